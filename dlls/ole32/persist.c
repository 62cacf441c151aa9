/*
 * Objects in streams: a class identifier, then what the object itself saves.
 */
#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <windows.h>
#include <ole2.h>

static const IID persist_stream = {0x109, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}}; /* IPersistStream */

HRESULT WINAPI WriteClassStm(IStream *stream, REFCLSID class)
{
    ULONG written = 0;
    if (!stream || !class)
        return E_INVALIDARG;
    HRESULT result = IStream_Write(stream, class, sizeof *class, &written);
    return FAILED(result) ? result : written == sizeof *class ? S_OK : STG_E_WRITEFAULT;
}

HRESULT WINAPI ReadClassStm(IStream *stream, CLSID *ret_class)
{
    ULONG read = 0;
    if (!stream || !ret_class)
        return E_INVALIDARG;
    *ret_class = (CLSID){0};
    HRESULT result = IStream_Read(stream, ret_class, sizeof *ret_class, &read);
    return FAILED(result) ? result : read == sizeof *ret_class ? S_OK : STG_E_READFAULT;
}

HRESULT WINAPI OleSaveToStream(IPersistStream *object, IStream *stream)
{
    CLSID class;
    if (!object)
        return E_INVALIDARG;
    if (!stream)
        return STG_E_INVALIDPOINTER;
    HRESULT result = IPersistStream_GetClassID(object, &class);
    if (SUCCEEDED(result))
        result = WriteClassStm(stream, &class);
    return FAILED(result) ? result : IPersistStream_Save(object, stream, TRUE);
}

HRESULT WINAPI OleLoadFromStream(IStream *stream, REFIID iid, void **ret_object)
{
    CLSID class;
    IPersistStream *persist;
    IUnknown *object;
    if (!ret_object)
        return E_INVALIDARG;
    *ret_object = NULL;
    HRESULT result = ReadClassStm(stream, &class);
    if (FAILED(result))
        return result;
    result = CoCreateInstance(&class, NULL,
                              CLSCTX_INPROC_SERVER | CLSCTX_INPROC_HANDLER | CLSCTX_LOCAL_SERVER, iid,
                              (void **)&object);
    if (FAILED(result))
        return result;
    result = IUnknown_QueryInterface(object, &persist_stream, (void **)&persist);
    if (SUCCEEDED(result)) {
        result = IPersistStream_Load(persist, stream);
        IPersistStream_Release(persist);
    }
    if (FAILED(result)) {
        IUnknown_Release(object);
        return result;
    }
    *ret_object = object;
    return S_OK;
}
