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
