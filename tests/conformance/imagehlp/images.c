/* Check sums of images, and images mapped as files. The library is loaded at run time. */
#include "harness.h"
#include <imagehlp.h>

#define LOAD(name)                                                                                           \
    __typeof__(name) *p##name = (__typeof__(name) *)(void *)GetProcAddress(LoadLibraryW(L"imagehlp.dll"),    \
                                                                           #name)

static char self[MAX_PATH], copy[MAX_PATH];

static void begin(void)
{
    GetModuleFileNameA(NULL, self, MAX_PATH);
    GetTempPathA(MAX_PATH, copy);
    strcat(copy, "image copy.exe");
    CHECK(CopyFileA(self, copy, FALSE));
}

TEST(check_sums)
{
    LOAD(MapFileAndCheckSumA);
    DWORD header = 1, computed = 2;

    begin();
    CHECK_EQ(pMapFileAndCheckSumA(self, &header, &computed), CHECKSUM_SUCCESS);
    CHECK(computed != 0);
    CHECK_EQ(header, computed); /* the linker's */
    CHECK_EQ(pMapFileAndCheckSumA("C:\\no such file", &header, &computed), CHECKSUM_OPEN_FAILURE);
    DeleteFileA(copy);
}

TEST(check_sums_of_wide_names)
{
    LOAD(MapFileAndCheckSumA);
    LOAD(MapFileAndCheckSumW);
    WCHAR name[MAX_PATH];
    DWORD header = 1, computed = 2, header_a = 3, computed_a = 4;

    begin();
    GetModuleFileNameW(NULL, name, MAX_PATH);
    CHECK_EQ(pMapFileAndCheckSumW(name, &header, &computed), CHECKSUM_SUCCESS);
    CHECK_EQ(pMapFileAndCheckSumA(self, &header_a, &computed_a), CHECKSUM_SUCCESS);
    CHECK_EQ(header, header_a);
    CHECK_EQ(computed, computed_a);
    CHECK_EQ(pMapFileAndCheckSumW(L"C:\\no such file", &header, &computed), CHECKSUM_OPEN_FAILURE);
    HANDLE empty = CreateFileW(L"empty", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CloseHandle(empty);
    CHECK_EQ(pMapFileAndCheckSumW(L"empty", &header, &computed), CHECKSUM_MAP_FAILURE);
    CHECK_EQ(pMapFileAndCheckSumA("empty", &header, &computed), CHECKSUM_MAP_FAILURE);
    DeleteFileW(L"empty");
    DeleteFileA(copy);
}

TEST(touching)
{
    LOAD(TouchFileTimes);
    HANDLE file = CreateFileW(L"touched", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    SYSTEMTIME time = {2001, 2, 0, 3, 4, 5, 6, 0}, bad = {2001, 13, 0, 3, 4, 5, 6, 0};
    FILETIME stamp, access, write, now;

    CHECK(SystemTimeToFileTime(&time, &stamp));
    CHECK(GetFileTime(file, NULL, &access, NULL));
    CHECK(pTouchFileTimes(file, &time));
    CHECK(GetFileTime(file, NULL, &now, &write));
    CHECK_EQ(CompareFileTime(&write, &stamp), 0);
    CHECK_EQ(CompareFileTime(&access, &now), 0); /* documented: the time of the last change */
    CHECK(pTouchFileTimes(file, NULL));
    CHECK(GetFileTime(file, NULL, NULL, &write));
    GetSystemTimeAsFileTime(&now);
    LONGLONG passed = (LONGLONG)(((ULARGE_INTEGER){{now.dwLowDateTime, now.dwHighDateTime}}).QuadPart -
                                 ((ULARGE_INTEGER){{write.dwLowDateTime, write.dwHighDateTime}}).QuadPart);
    CHECK(passed >= 0 && passed < 600000000);
    CHECK_ERROR(pTouchFileTimes(INVALID_HANDLE_VALUE, &time), ERROR_INVALID_HANDLE);
    CHECK_ERROR(pTouchFileTimes(file, &bad), ERROR_INVALID_PARAMETER);
    CloseHandle(file);
    DeleteFileW(L"touched");
}

TEST(unused_header_bytes)
{
    LOAD(MapAndLoad);
    LOAD(UnMapAndLoad);
    LOAD(GetImageUnusedHeaderBytes);
    LOADED_IMAGE image;
    DWORD unused = 77;

    ORACLE_DIFFERS("GetImageUnusedHeaderBytes is not implemented there");
    begin();
    CHECK(pMapAndLoad(self, NULL, &image, FALSE, TRUE));
    DWORD start = pGetImageUnusedHeaderBytes(&image, &unused);
    CHECK_EQ(start, (BYTE *)(image.Sections + image.NumberOfSections) - image.MappedAddress);
    CHECK_EQ(start + unused, image.FileHeader->OptionalHeader.SizeOfHeaders);
    CHECK(pUnMapAndLoad(&image));
    DeleteFileA(copy);
}

TEST(no_image)
{
    LOAD(CheckSumMappedFile);
    BYTE bytes[5] = {1, 2, 3, 4, 5};
    DWORD header = 1, computed = 2;

    ORACLE_DIFFERS("leaves the first sum alone; documented: zero");
    CHECK(pCheckSumMappedFile(bytes, sizeof bytes, &header, &computed) == NULL);
    CHECK_EQ(header, 0);
}

TEST(map_and_load)
{
    LOAD(MapAndLoad);
    LOAD(UnMapAndLoad);
    LOAD(MapFileAndCheckSumA);
    LOADED_IMAGE image;
    DWORD header, computed;

    ORACLE_DIFFERS("does not write the check sum");
    begin();
    CHECK(pMapAndLoad(copy, NULL, &image, FALSE, FALSE));
    CHECK_EQ(image.FileHeader->Signature, IMAGE_NT_SIGNATURE);
    CHECK_EQ(image.NumberOfSections, image.FileHeader->FileHeader.NumberOfSections);
    image.FileHeader->FileHeader.TimeDateStamp ^= 0x1234567;
    CHECK(pUnMapAndLoad(&image));
    CHECK_EQ(pMapFileAndCheckSumA(copy, &header, &computed), CHECKSUM_SUCCESS);
    CHECK_EQ(header, computed);
    CHECK_ERROR(pMapAndLoad("no such image.exe", NULL, &image, FALSE, TRUE), ERROR_FILE_NOT_FOUND);
    DeleteFileA(copy);
}

TEST(image_load)
{
    LOAD(ImageLoad);
    LOAD(ImageUnload);

    ORACLE_DIFFERS("leaves fReadOnly undefined");
    begin();
    LOADED_IMAGE *image = pImageLoad(self, NULL);
    CHECK(image != NULL);
    if (image) {
        CHECK_EQ(image->fReadOnly, TRUE);
        CHECK(pImageUnload(image));
    }
    DeleteFileA(copy);
}
