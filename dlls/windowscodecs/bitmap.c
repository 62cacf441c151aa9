/*
 * IWICBitmap: an image in memory that can be locked and written to.
 */
#include "wic.h"

struct bitmap {
    IWICBitmap iface;
    LONG references;
    LONG locks; /* readers, or -1: a writer */
    struct wic_image image;
};

static void bitmap_destroy(struct bitmap *bitmap)
{
    wic_free(bitmap->image.pixels);
}

WIC_UNKNOWN(bitmap, IWICBitmap, &IID_IWICBitmapSource, &IID_IWICBitmap)

struct lock {
    IWICBitmapLock iface;
    LONG references;
    struct bitmap *bitmap;
    BOOL writes;
    WICRect rect;
};

static void lock_destroy(struct lock *lock)
{
    if (lock->writes)
        InterlockedExchange(&lock->bitmap->locks, 0);
    else
        InterlockedDecrement(&lock->bitmap->locks);
    IWICBitmap_Release(&lock->bitmap->iface);
}

WIC_UNKNOWN(lock, IWICBitmapLock, &IID_IWICBitmapLock)

static struct wic_image *locked_image(IWICBitmapLock *this)
{
    return &((struct lock *)this)->bitmap->image;
}

static HRESULT WINAPI lock_get_size(IWICBitmapLock *this, UINT *width, UINT *height)
{
    if (!width || !height)
        return E_INVALIDARG;
    *width = (UINT)((struct lock *)this)->rect.Width;
    *height = (UINT)((struct lock *)this)->rect.Height;
    return S_OK;
}

static HRESULT WINAPI lock_get_stride(IWICBitmapLock *this, UINT *stride)
{
    if (!stride)
        return E_INVALIDARG;
    *stride = locked_image(this)->stride;
    return S_OK;
}

static HRESULT WINAPI lock_get_data(IWICBitmapLock *this, UINT *size, BYTE **data)
{
    struct wic_image *image = locked_image(this);
    const WICRect *rect = &((struct lock *)this)->rect;

    if (!size || !data)
        return E_INVALIDARG;
    *data = image->pixels + (SIZE_T)rect->Y * image->stride + (SIZE_T)rect->X * image->format->bits / 8;
    *size = ((UINT)rect->Height - 1) * image->stride + wic_row_bytes((UINT)rect->Width, image->format->bits);
    return S_OK;
}

static HRESULT WINAPI lock_get_format(IWICBitmapLock *this, WICPixelFormatGUID *format)
{
    if (!format)
        return E_INVALIDARG;
    *format = *locked_image(this)->format->id;
    return S_OK;
}

static struct wic_image *image_of(IWICBitmap *this)
{
    return &((struct bitmap *)this)->image;
}

static HRESULT WINAPI get_size(IWICBitmap *this, UINT *width, UINT *height)
{
    if (!width || !height)
        return E_INVALIDARG;
    *width = image_of(this)->width;
    *height = image_of(this)->height;
    return S_OK;
}

static HRESULT WINAPI get_format(IWICBitmap *this, WICPixelFormatGUID *format)
{
    if (!format)
        return E_INVALIDARG;
    *format = *image_of(this)->format->id;
    return S_OK;
}

static HRESULT WINAPI get_resolution(IWICBitmap *this, double *x, double *y)
{
    if (!x || !y)
        return E_INVALIDARG;
    *x = image_of(this)->dpi_x;
    *y = image_of(this)->dpi_y;
    return S_OK;
}

static HRESULT WINAPI copy_palette(IWICBitmap *this, IWICPalette *palette)
{
    if (!palette)
        return E_INVALIDARG;
    if (!image_of(this)->color_count)
        return WINCODEC_ERR_PALETTEUNAVAILABLE;
    return IWICPalette_InitializeCustom(palette, image_of(this)->colors, image_of(this)->color_count);
}

static HRESULT WINAPI copy_pixels(IWICBitmap *this, const WICRect *rect, UINT stride, UINT size, BYTE *buffer)
{
    return wic_copy_pixels(image_of(this), rect, stride, size, buffer);
}

static HRESULT WINAPI lock_bitmap(IWICBitmap *this, const WICRect *rect, DWORD flags,
                                  IWICBitmapLock **ret_lock)
{
    static IWICBitmapLockVtbl table = {lock_query,      lock_add_reference, lock_release,   lock_get_size,
                                       lock_get_stride, lock_get_data,      lock_get_format};
    struct bitmap *bitmap = (struct bitmap *)this;
    BOOL writes = (flags & WICBitmapLockWrite) != 0;
    WICRect part;

    if (!ret_lock || !(flags & (WICBitmapLockRead | WICBitmapLockWrite)))
        return E_INVALIDARG;
    HRESULT result = wic_check_rect(bitmap->image.width, bitmap->image.height, bitmap->image.format->bits,
                                    rect, 0x7fffffff, ~0u, &part);
    if (result == E_INVALIDARG || (ULONGLONG)part.X * bitmap->image.format->bits % 8)
        return E_INVALIDARG;
    struct lock *lock = wic_allocate(sizeof *lock);
    if (!lock)
        return E_OUTOFMEMORY;
    LONG seen = bitmap->locks, old;
    do {
        old = seen;
        if (writes ? old : old < 0) {
            wic_free(lock);
            return WINCODEC_ERR_ALREADYLOCKED;
        }
        seen = InterlockedCompareExchange(&bitmap->locks, writes ? -1 : old + 1, old);
    } while (seen != old);
    lock->iface.lpVtbl = &table;
    lock->references = 1;
    lock->bitmap = bitmap;
    lock->writes = writes;
    lock->rect = part;
    IWICBitmap_AddRef(this);
    *ret_lock = &lock->iface;
    return S_OK;
}

static HRESULT WINAPI set_palette(IWICBitmap *this, IWICPalette *palette)
{
    UINT count;
    if (!palette)
        return E_INVALIDARG;
    HRESULT result = IWICPalette_GetColors(palette, 256, image_of(this)->colors, &count);
    if (SUCCEEDED(result))
        image_of(this)->color_count = count;
    return result;
}

static HRESULT WINAPI set_resolution(IWICBitmap *this, double x, double y)
{
    image_of(this)->dpi_x = x;
    image_of(this)->dpi_y = y;
    return S_OK;
}

HRESULT wic_create_bitmap(const struct wic_image *image, IWICBitmap **object)
{
    static IWICBitmapVtbl table = {bitmap_query, bitmap_add_reference, bitmap_release, get_size,
                                   get_format,   get_resolution,       copy_palette,   copy_pixels,
                                   lock_bitmap,  set_palette,          set_resolution};
    struct bitmap *bitmap = wic_allocate(sizeof *bitmap);
    *object = (IWICBitmap *)bitmap;
    if (!bitmap)
        return E_OUTOFMEMORY;
    bitmap->iface.lpVtbl = &table;
    bitmap->references = 1;
    bitmap->image = *image;
    return S_OK;
}
