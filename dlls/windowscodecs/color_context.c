/*
 * Colour contexts: an ICC profile, or one of Exif's colour spaces.
 */
#include "wic.h"

struct context {
    IWICColorContext iface;
    LONG references;
    WICColorContextType type;
    BYTE *profile;
    UINT size, space;
};

static void context_destroy(struct context *context)
{
    wic_free(context->profile);
}

WIC_UNKNOWN(context, IWICColorContext, &IID_IWICColorContext)

static HRESULT WINAPI from_memory(IWICColorContext *this, const BYTE *bytes, UINT size)
{
    struct context *context = (struct context *)this;

    if (context->type == WICColorContextExifColorSpace)
        return WINCODEC_ERR_WRONGSTATE;
    if (!bytes)
        return E_INVALIDARG;
    BYTE *copy = wic_allocate(size ? size : 1);
    if (!copy)
        return E_OUTOFMEMORY;
    CopyMemory(copy, bytes, size);
    wic_free(context->profile);
    context->profile = copy;
    context->size = size;
    context->type = WICColorContextProfile;
    return S_OK;
}

static HRESULT WINAPI from_file(IWICColorContext *this, LPCWSTR name)
{
    DWORD size, got = 0;
    HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return HRESULT_FROM_WIN32(GetLastError());
    size = GetFileSize(file, NULL);
    BYTE *bytes = size < 0x4000000 ? wic_allocate(size ? size : 1) : NULL;
    HRESULT result = !bytes                                    ? E_OUTOFMEMORY
                     : ReadFile(file, bytes, size, &got, NULL) ? from_memory(this, bytes, got)
                                                               : HRESULT_FROM_WIN32(GetLastError());
    wic_free(bytes);
    CloseHandle(file);
    return result;
}

static HRESULT WINAPI from_space(IWICColorContext *this, UINT space)
{
    struct context *context = (struct context *)this;
    if (context->type == WICColorContextProfile)
        return WINCODEC_ERR_WRONGSTATE;
    context->type = WICColorContextExifColorSpace;
    context->space = space;
    return S_OK;
}

static HRESULT WINAPI get_type(IWICColorContext *this, WICColorContextType *type)
{
    if (!type)
        return E_INVALIDARG;
    *type = ((struct context *)this)->type;
    return S_OK;
}

static HRESULT WINAPI get_profile(IWICColorContext *this, UINT room, BYTE *bytes, UINT *ret_size)
{
    struct context *context = (struct context *)this;
    if (context->type != WICColorContextProfile)
        return WINCODEC_ERR_NOTINITIALIZED;
    if (!ret_size)
        return E_INVALIDARG;
    *ret_size = context->size;
    if (bytes && room < context->size)
        return E_INVALIDARG;
    if (bytes)
        CopyMemory(bytes, context->profile, context->size);
    return S_OK;
}

static HRESULT WINAPI get_space(IWICColorContext *this, UINT *space)
{
    struct context *context = (struct context *)this;
    if (!space)
        return E_INVALIDARG;
    *space = context->type == WICColorContextExifColorSpace ? context->space : 0xffffffff;
    return S_OK;
}

HRESULT wic_create_color_context(IWICColorContext **object)
{
    static IWICColorContextVtbl table = {context_query, context_add_reference, context_release,
                                         from_file,     from_memory,           from_space,
                                         get_type,      get_profile,           get_space};
    struct context *context = wic_allocate(sizeof *context);
    *object = (IWICColorContext *)context;
    if (!context)
        return E_OUTOFMEMORY;
    context->iface.lpVtbl = &table;
    context->references = 1;
    return S_OK;
}
