/*
 * Streams on files and on memory.
 */
#define COBJMACROS
#include "harness.h"
#include <ole2.h>
#include <shlwapi.h>

TEST(file)
{
    WCHAR folder[MAX_PATH], path[MAX_PATH];
    IStream *stream = NULL, *second = NULL;
    char text[16] = "";
    ULONG count = 0;
    LARGE_INTEGER start = {.QuadPart = 0};
    ULARGE_INTEGER size = {.QuadPart = 3};
    STATSTG statistics;

    GetTempPathW(MAX_PATH, folder);
    GetTempFileNameW(folder, L"str", 0, path);
    DeleteFileW(path);
    CHECK_EQ(SHCreateStreamOnFileW(path, STGM_READ, &stream), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    CHECK(stream == NULL);
    CHECK_EQ(SHCreateStreamOnFileEx(path, STGM_READWRITE, 0, FALSE, NULL, &stream),
             HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    CHECK_EQ(SHCreateStreamOnFileW(path, STGM_CREATE | STGM_READWRITE, &stream), S_OK);
    CHECK_EQ(IStream_Write(stream, "hello", 5, &count), S_OK);
    CHECK_EQ(count, 5);
    CHECK_EQ(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL), S_OK);
    CHECK_EQ(IStream_Read(stream, text, 5, &count), S_OK);
    CHECK(count == 5 && memcmp(text, "hello", 5) == 0);
    CHECK_EQ(IStream_SetSize(stream, size), S_OK);
    CHECK_EQ(IStream_Stat(stream, &statistics, STATFLAG_DEFAULT), S_OK);
    CHECK_EQ(statistics.cbSize.QuadPart, 3);
    CHECK(statistics.pwcsName && wcsstr(statistics.pwcsName, L"str"));
    CoTaskMemFree(statistics.pwcsName);
    IStream_Release(stream);

    CHECK_EQ(SHCreateStreamOnFileW(path, STGM_READ, &stream), S_OK);
    CHECK(FAILED(IStream_Write(stream, "x", 1, NULL)));
    CHECK_EQ(SHCreateStreamOnFileEx(path, STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, FALSE, NULL, &second),
             HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION));
    IStream_Release(stream);
    DeleteFileW(path);
}

TEST(file_by_narrow_name)
{
    char folder[MAX_PATH], path[MAX_PATH];
    IStream *stream = NULL;
    GetTempPathA(MAX_PATH, folder);
    GetTempFileNameA(folder, "str", 0, path);
    CHECK_EQ(SHCreateStreamOnFileA(path, STGM_READWRITE, &stream), S_OK);
    CHECK_EQ(IStream_Write(stream, "abc", 3, NULL), S_OK);
    IStream_Release(stream);
    DeleteFileA(path);
    CHECK_EQ(SHCreateStreamOnFileA(path, STGM_READ, &stream), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
}

TEST(memory)
{
    IStream *stream = SHCreateMemStream((const BYTE *)"abc", 3);
    char text[8];
    ULONG count = 0;

    CHECK(stream != NULL);
    CHECK(SUCCEEDED(IStream_Read(stream, text, 8, &count)));
    CHECK(count == 3 && memcmp(text, "abc", 3) == 0);
    IStream_Release(stream);
}
