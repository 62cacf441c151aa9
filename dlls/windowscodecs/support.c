/*
 * What every object needs: memory, QueryInterface, errors of the host module; and images in memory.
 */
#include "wic.h"
#include <host_call.h>

void *wic_allocate(SIZE_T size)
{
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

void wic_free(void *block)
{
    if (block)
        HeapFree(GetProcessHeap(), 0, block);
}

HRESULT wic_query(void *this, REFIID iid, void **object, const IID *const *iids)
{
    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    for (; *iids; iids++)
        if (IsEqualGUID(iid, *iids)) {
            IUnknown_AddRef((IUnknown *)this);
            *object = this;
            return S_OK;
        }
    return E_NOINTERFACE;
}

HRESULT wic_from_status(NTSTATUS status)
{
    switch ((DWORD)status) {
    case 0: return S_OK;
    case STATUS_NO_MEMORY: return E_OUTOFMEMORY;
    case 0xc000007b: return WINCODEC_ERR_BADIMAGE; /* STATUS_INVALID_IMAGE_FORMAT */
    case 0xc0000023: return WINCODEC_ERR_INSUFFICIENTBUFFER;
    case 0xc0000135:
    case 0xc0000059:
        return WINCODEC_ERR_COMPONENTINITIALIZEFAILURE; /* the module or its library is not there */
    default: return WINCODEC_ERR_INTERNALERROR;
    }
}

NTSTATUS wic_host_call(ULONG function, void *arguments, ULONG size)
{
    static struct host_module_reference module = {"windowscodecs", WIC_HOST_VERSION, 0};
    return host_call(&module, function, arguments, size);
}

HRESULT wic_allocate_pixels(struct wic_image *image)
{
    UINT bytes = wic_row_bytes(image->width, image->format->bits);

    if (!image->width || !image->height || !bytes)
        return WINCODEC_ERR_IMAGESIZEOUTOFRANGE;
    image->stride = (bytes + 3) & ~3u;
    if ((ULONGLONG)image->stride * image->height > 0x7fffffff)
        return WINCODEC_ERR_IMAGESIZEOUTOFRANGE;
    image->pixels = wic_allocate((SIZE_T)image->stride * image->height);
    return image->pixels ? S_OK : E_OUTOFMEMORY;
}

HRESULT wic_check_rect(UINT width, UINT height, UINT bits, const WICRect *rect, UINT stride, UINT size,
                       WICRect *ret_rect)
{
    WICRect all = {0, 0, (INT)width, (INT)height};

    *ret_rect = rect ? *rect : all;
    if (ret_rect->X < 0 || ret_rect->Y < 0 || ret_rect->Width <= 0 || ret_rect->Height <= 0 ||
        ret_rect->Width > all.Width - ret_rect->X || ret_rect->Height > all.Height - ret_rect->Y)
        return E_INVALIDARG;
    UINT bytes = wic_row_bytes((UINT)ret_rect->Width, bits);
    return stride < bytes || (ULONGLONG)stride * ((UINT)ret_rect->Height - 1) + bytes > size ? E_INVALIDARG
                                                                                             : S_OK;
}

HRESULT wic_copy_pixels(const struct wic_image *image, const WICRect *rect, UINT stride, UINT size,
                        BYTE *buffer)
{
    UINT bits = image->format->bits;
    WICRect part;
    HRESULT result = buffer ? wic_check_rect(image->width, image->height, bits, rect, stride, size, &part)
                            : E_INVALIDARG;

    if (FAILED(result))
        return result;
    UINT bytes = wic_row_bytes((UINT)part.Width, bits), shift = (UINT)((ULONGLONG)part.X * bits % 8);
    for (INT y = 0; y < part.Height; y++) {
        const BYTE *from = image->pixels + (SIZE_T)(part.Y + y) * image->stride +
                           (ULONGLONG)part.X * bits / 8;
        BYTE *to = buffer + (SIZE_T)y * stride;
        if (!shift) {
            CopyMemory(to, from, bytes);
            continue;
        }
        const BYTE *end = image->pixels + (SIZE_T)(part.Y + y) * image->stride + image->stride;
        for (UINT i = 0; i < bytes; i++)
            to[i] = (BYTE)(from[i] << shift | (from + i + 1 < end ? from[i + 1] >> (8 - shift) : 0));
    }
    return S_OK;
}

HRESULT wic_read_source(IWICBitmapSource *source, const WICRect *rect, struct wic_image *image)
{
    WICPixelFormatGUID id;
    IWICPalette *palette;
    UINT count;
    HRESULT result = IWICBitmapSource_GetPixelFormat(source, &id);

    ZeroMemory(image, sizeof *image);
    if (SUCCEEDED(result))
        result = IWICBitmapSource_GetSize(source, &image->width, &image->height);
    if (FAILED(result))
        return result;
    if (rect) {
        image->width = (UINT)rect->Width;
        image->height = (UINT)rect->Height;
    }
    if (!(image->format = wic_find_format(&id)))
        return WINCODEC_ERR_UNSUPPORTEDPIXELFORMAT;
    if (FAILED(IWICBitmapSource_GetResolution(source, &image->dpi_x, &image->dpi_y)))
        image->dpi_x = image->dpi_y = 96;
    if (image->format->indexed && SUCCEEDED(wic_create_palette(&palette))) {
        if (SUCCEEDED(IWICBitmapSource_CopyPalette(source, palette)) &&
            SUCCEEDED(IWICPalette_GetColors(palette, 256, image->colors, &count)))
            image->color_count = count;
        IWICPalette_Release(palette);
    }
    result = wic_allocate_pixels(image);
    if (SUCCEEDED(result))
        result = IWICBitmapSource_CopyPixels(source, rect, image->stride, image->stride * image->height,
                                             image->pixels);
    if (FAILED(result)) {
        wic_free(image->pixels);
        image->pixels = NULL;
    }
    return result;
}
