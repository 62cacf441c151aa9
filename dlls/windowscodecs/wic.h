/*
 * What the files of windowscodecs share: the making of objects, pixel formats, images in memory.
 */
#ifndef WINDOWSCODECS_WIC_H
#define WINDOWSCODECS_WIC_H

#define COBJMACROS
#include <windows.h>
#include <ole2.h>
#include <wincodec.h>
#include <nt/base.h>

#include "host.h"

/* IUnknown of an object whose interface comes first and which has `references`; NAME_destroy frees it. */
HRESULT wic_query(void *this, REFIID iid, void **object, const IID *const *iids);
#define WIC_UNKNOWN(name, interface_type, ...)                                                               \
    static HRESULT WINAPI name##_query(interface_type *this, REFIID iid, void **object)                      \
    {                                                                                                        \
        return wic_query(this, iid, object, (const IID *const[]){&IID_IUnknown, __VA_ARGS__, NULL});         \
    }                                                                                                        \
    static ULONG WINAPI name##_add_reference(interface_type *this)                                           \
    {                                                                                                        \
        return (ULONG)InterlockedIncrement(&((struct name *)this)->references);                              \
    }                                                                                                        \
    static ULONG WINAPI name##_release(interface_type *this)                                                 \
    {                                                                                                        \
        LONG left = InterlockedDecrement(&((struct name *)this)->references);                                \
        if (!left) {                                                                                         \
            name##_destroy((struct name *)this);                                                             \
            wic_free(this);                                                                                  \
        }                                                                                                    \
        return (ULONG)left;                                                                                  \
    }

void *wic_allocate(SIZE_T size); /* zeroed */
void wic_free(void *block);
HRESULT wic_from_status(NTSTATUS status);
NTSTATUS wic_host_call(ULONG function, void *arguments, ULONG size);

/* formats.c */
struct wic_format {
    const GUID *id;
    USHORT bits;        /* of a pixel */
    UCHAR indexed;      /* has a palette */
    signed char layout; /* enum wic_layout, or -1 */
    UCHAR wide;         /* 16 bits a channel */
    UCHAR has_alpha;
    /* A row to and from 8-bit BGRA, or (wide) 16-bit RGBA. pack NULL: only a source. */
    void (*unpack)(const BYTE *row, void *to, UINT width, const WICColor *colors, UINT color_count);
    void (*pack)(const void *from, BYTE *row, UINT width, const WICColor *colors, UINT color_count);
};
const struct wic_format *wic_find_format(const GUID *id);
const struct wic_format *wic_format_of_layout(UINT layout);
UINT wic_row_bytes(UINT width, UINT bits); /* 0: too much */
/* Both ways through the wider of the two's middle form. */
HRESULT wic_convert_row(const struct wic_format *from, const BYTE *row, const struct wic_format *to,
                        BYTE *out, UINT width, const WICColor *from_colors, UINT from_count,
                        const WICColor *to_colors, UINT to_count, void *scratch);

/* An image in memory. */
struct wic_image {
    UINT width, height, stride;
    const struct wic_format *format;
    BYTE *pixels;
    WICColor colors[256];
    UINT color_count;
    double dpi_x, dpi_y;
};
HRESULT wic_allocate_pixels(struct wic_image *image);
/* CopyPixels of an image: checks of the rectangle and the buffer included. */
HRESULT wic_copy_pixels(const struct wic_image *image, const WICRect *rect, UINT stride, UINT size,
                        BYTE *buffer);
HRESULT wic_check_rect(UINT width, UINT height, UINT bits, const WICRect *rect, UINT stride, UINT size,
                       WICRect *ret_rect);
/* All of a source, in its own format. */
HRESULT wic_read_source(IWICBitmapSource *source, const WICRect *rect, struct wic_image *image);

/* the makers of objects, one a file */
HRESULT wic_create_factory(REFIID iid, void **object);
HRESULT wic_create_stream(IWICStream **object);
HRESULT wic_create_palette(IWICPalette **object);
HRESULT wic_create_color_context(IWICColorContext **object);
HRESULT wic_create_converter(IWICFormatConverter **object);
HRESULT wic_create_scaler(IWICBitmapScaler **object);
HRESULT wic_create_clipper(IWICBitmapClipper **object);
HRESULT wic_create_rotator(IWICBitmapFlipRotator **object);
HRESULT wic_create_bitmap(const struct wic_image *image, IWICBitmap **object); /* takes over the pixels */
HRESULT wic_create_decoder(const GUID *container, IWICBitmapDecoder **object);
HRESULT wic_create_encoder(const GUID *container, IWICBitmapEncoder **object);
HRESULT wic_create_options(const GUID *container, IPropertyBag2 **object);
BOOL wic_option(IPropertyBag2 *bag, const WCHAR *name, VARIANT *ret_value);

/* bmp.c */
HRESULT wic_bmp_info(const BYTE *data, SIZE_T size, struct wic_image *image);
HRESULT wic_bmp_decode(const BYTE *data, SIZE_T size, struct wic_image *image);
HRESULT wic_bmp_encode(const struct wic_image *image, BYTE **ret_data, SIZE_T *ret_size);

#endif
