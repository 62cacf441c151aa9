/*
 * Class identifiers and objects in streams.
 */
#define COBJMACROS
#include "harness.h"
#include <ole2.h>
#include <shlwapi.h>

static const CLSID some = {0x12345678, 0x1234, 0x5678, {1, 2, 3, 4, 5, 6, 7, 8}};
static int saved;

static HRESULT WINAPI query(IPersistStream *this, REFIID iid, void **ret)
{
    *ret = NULL;
    return E_NOINTERFACE;
}
static ULONG WINAPI count(IPersistStream *this)
{
    return 1;
}
static HRESULT WINAPI get_class(IPersistStream *this, CLSID *ret)
{
    *ret = some;
    return S_OK;
}
static HRESULT WINAPI is_dirty(IPersistStream *this)
{
    return S_OK;
}
static HRESULT WINAPI load(IPersistStream *this, IStream *stream)
{
    return S_OK;
}
static HRESULT WINAPI save(IPersistStream *this, IStream *stream, BOOL clear)
{
    saved += clear;
    return IStream_Write(stream, "data", 4, NULL);
}
static HRESULT WINAPI size_max(IPersistStream *this, ULARGE_INTEGER *ret)
{
    return E_NOTIMPL;
}

TEST(classes_in_streams)
{
    static IPersistStreamVtbl table = {query, count, count, get_class, is_dirty, load, save, size_max};
    IPersistStream object = {&table};
    LARGE_INTEGER start = {.QuadPart = 0};
    IUnknown *loaded;
    CLSID read;
    char data[4];
    CHECK(SUCCEEDED(CoInitialize(NULL)));
    IStream *stream = SHCreateMemStream(NULL, 0);
    CHECK_EQ(WriteClassStm(stream, &some), S_OK);
    CHECK_EQ(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL), S_OK);
    CHECK_EQ(ReadClassStm(stream, &read), S_OK);
    CHECK(IsEqualGUID(&read, &some));
    CHECK_EQ(ReadClassStm(stream, &read), STG_E_READFAULT); /* its end */
    if (!harness_is_wine())                                 /* looks before it checks */
        CHECK_EQ(WriteClassStm(NULL, &some), E_INVALIDARG);
    if (!harness_is_wine()) /* looks before it checks */
        CHECK_EQ(ReadClassStm(NULL, &read), E_INVALIDARG);
    if (!harness_is_wine()) /* looks before it checks */
        CHECK_EQ(ReadClassStm(stream, NULL), E_INVALIDARG);

    CHECK_EQ(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL), S_OK);
    CHECK_EQ(OleSaveToStream(&object, stream), S_OK);
    CHECK_EQ(saved, 1);
    if (!harness_is_wine()) /* looks before it checks */
        CHECK_EQ(OleSaveToStream(NULL, stream), E_INVALIDARG);
    if (!harness_is_wine()) /* looks before it checks */
        CHECK_EQ(OleSaveToStream(&object, NULL), STG_E_INVALIDPOINTER);
    CHECK_EQ(IStream_Seek(stream, start, STREAM_SEEK_SET, NULL), S_OK);
    CHECK_EQ(OleLoadFromStream(stream, &IID_IUnknown, (void **)&loaded), REGDB_E_CLASSNOTREG);
    CHECK_EQ(IStream_Read(stream, data, 4, NULL), S_OK);
    CHECK(!memcmp(data, "data", 4));
    IStream_Release(stream);
    CoUninitialize();
}

/* An object that is no proxy has no security blanket. */
TEST(proxy_blankets)
{
    static IPersistStreamVtbl table = {query, count, count, get_class, is_dirty, load, save, size_max};
    IPersistStream object = {&table};
    IUnknown *copy;
    CHECK_EQ(CoSetProxyBlanket((IUnknown *)&object, 10, 0, NULL, 3, 3, NULL, 0), E_NOINTERFACE);
    CHECK_EQ(CoQueryProxyBlanket((IUnknown *)&object, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
             E_NOINTERFACE);
    CHECK_EQ(CoCopyProxy((IUnknown *)&object, &copy), E_NOINTERFACE);
}
