/*
 * Streams on global memory.
 */
#define COBJMACROS
#include "harness.h"
#include <ole2.h>

static ULONGLONG seek(IStream *stream, LONGLONG move, DWORD origin)
{
    LARGE_INTEGER distance = {.QuadPart = move};
    ULARGE_INTEGER position = {.QuadPart = 0};
    CHECK_EQ(IStream_Seek(stream, distance, origin, &position), S_OK);
    return position.QuadPart;
}

TEST(read_and_write)
{
    IStream *stream = NULL, *clone = NULL;
    char text[16] = "";
    ULONG count = 0;
    STATSTG statistics;
    LARGE_INTEGER before = {.QuadPart = -1};

    CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, NULL), E_INVALIDARG);
    CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
    CHECK_EQ(IStream_Write(stream, "hello world", 11, &count), S_OK);
    CHECK_EQ(count, 11);
    CHECK_EQ(seek(stream, 0, STREAM_SEEK_SET), 0);
    CHECK_EQ(IStream_Read(stream, text, 5, &count), S_OK);
    CHECK(count == 5 && memcmp(text, "hello", 5) == 0);
    CHECK_EQ(IStream_Clone(stream, &clone), S_OK);
    CHECK_EQ(IStream_Read(clone, text, sizeof text, &count), S_OK);
    CHECK(count == 6 && memcmp(text, " world", 6) == 0);
    CHECK_EQ(seek(stream, 0, STREAM_SEEK_CUR), 5);
    CHECK_EQ(seek(stream, -1, STREAM_SEEK_END), 10);
    CHECK_EQ(IStream_Seek(stream, before, STREAM_SEEK_SET, NULL), STG_E_SEEKERROR);
    CHECK_EQ(seek(stream, 20, STREAM_SEEK_SET), 20);
    if (!harness_is_wine()) { /* which reads a byte there */
        CHECK_EQ(IStream_Read(stream, text, 1, &count), S_OK);
        CHECK_EQ(count, 0);
    }
    CHECK_EQ(IStream_Write(stream, "!", 1, NULL), S_OK);
    CHECK_EQ(IStream_Stat(clone, &statistics, STATFLAG_NONAME), S_OK);
    CHECK_EQ(statistics.cbSize.QuadPart, 21);
    CHECK_EQ(statistics.type, STGTY_STREAM);
    seek(clone, 12, STREAM_SEEK_SET);
    CHECK_EQ(IStream_Read(clone, text, 1, &count), S_OK);
    CHECK_EQ(text[0], 0);
    CHECK_EQ(IStream_Release(clone), 0);
    CHECK_EQ(IStream_Commit(stream, 0), S_OK);
    CHECK_EQ(IStream_Release(stream), 0);
}

TEST(memory)
{
    IStream *stream, *other;
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, 8), same = NULL;
    ULARGE_INTEGER size = {.QuadPart = 4}, count = {.QuadPart = 100}, done;
    char text[16];
    ULONG read;

    memcpy(GlobalLock(memory), "12345678", 8);
    GlobalUnlock(memory);
    CHECK_EQ(CreateStreamOnHGlobal(memory, FALSE, &stream), S_OK);
    CHECK_EQ(GetHGlobalFromStream(stream, &same), S_OK);
    CHECK(same == memory);
    CHECK_EQ(IStream_SetSize(stream, size), S_OK);
    CHECK_EQ(seek(stream, 0, STREAM_SEEK_END), 4);
    seek(stream, 0, STREAM_SEEK_SET);
    CHECK_EQ(CreateStreamOnHGlobal(NULL, TRUE, &other), S_OK);
    CHECK_EQ(IStream_CopyTo(stream, other, count, &done, NULL), S_OK);
    CHECK_EQ(done.QuadPart, 4);
    seek(other, 0, STREAM_SEEK_SET);
    CHECK_EQ(IStream_Read(other, text, sizeof text, &read), S_OK);
    CHECK(read == 4 && memcmp(text, "1234", 4) == 0);
    IStream_Release(other);
    IStream_Release(stream);
    CHECK(GlobalFree(memory) == NULL);
    CHECK_EQ(GetHGlobalFromStream(NULL, &same), E_INVALIDARG);
}
