/*
 * Encoders of PNG, JPEG and BMP. The one frame is gathered in memory and written when it is committed.
 */
#include "wic.h"

struct encoder {
    IWICBitmapEncoder iface;
    LONG references;
    GUID container;
    IStream *stream;
    WICColor colors[256];
    UINT color_count;
    BOOL has_frame, frame_done, done;
};

static void encoder_destroy(struct encoder *encoder)
{
    if (encoder->stream)
        IStream_Release(encoder->stream);
}

WIC_UNKNOWN(encoder, IWICBitmapEncoder, &IID_IWICBitmapEncoder)

struct frame {
    IWICBitmapFrameEncode iface;
    LONG references;
    struct encoder *encoder;
    struct wic_image image; /* pixels NULL: nothing written yet */
    UINT row;               /* next one to be written */
    BOOL initialized, committed;
    float quality;
    UINT subsampling, filter;
    BOOL interlaced;
};

static void frame_destroy(struct frame *frame)
{
    wic_free(frame->image.pixels);
    IWICBitmapEncoder_Release(&frame->encoder->iface);
}

WIC_UNKNOWN(frame, IWICBitmapFrameEncode, &IID_IWICBitmapFrameEncode)

static struct frame *self(IWICBitmapFrameEncode *this)
{
    return (struct frame *)this;
}

/* What the container can hold that comes nearest to a format. */
static const GUID *choose_format(const GUID *container, const GUID *wanted)
{
    const struct wic_format *format = wic_find_format(wanted);

    if (IsEqualGUID(container, &GUID_ContainerFormatJpeg)) {
        if (format && (format->layout == WIC_GRAY8 || format->layout == WIC_CMYK32))
            return format->id;
        return format && format->bits <= 8 && !format->indexed && !format->has_alpha
                   ? &GUID_WICPixelFormat8bppGray
                   : &GUID_WICPixelFormat24bppBGR;
    }
    if (IsEqualGUID(container, &GUID_ContainerFormatPng)) {
        if (format && format->layout >= 0 && format->layout != WIC_CMYK32)
            return format->id;
        return format && format->has_alpha ? &GUID_WICPixelFormat32bppBGRA : &GUID_WICPixelFormat24bppBGR;
    }
    static const GUID *const bmp[] = {&GUID_WICPixelFormat1bppIndexed, &GUID_WICPixelFormat4bppIndexed,
                                      &GUID_WICPixelFormat8bppIndexed, &GUID_WICPixelFormat16bppBGR555,
                                      &GUID_WICPixelFormat16bppBGR565, &GUID_WICPixelFormat24bppBGR,
                                      &GUID_WICPixelFormat32bppBGR,    &GUID_WICPixelFormat32bppBGRA};
    for (UINT i = 0; i < sizeof bmp / sizeof bmp[0]; i++)
        if (IsEqualGUID(bmp[i], wanted))
            return bmp[i];
    return format && format->has_alpha ? &GUID_WICPixelFormat32bppBGRA : &GUID_WICPixelFormat24bppBGR;
}

static float number_option(IPropertyBag2 *bag, const WCHAR *name, float otherwise)
{
    VARIANT value;
    if (!bag || !wic_option(bag, name, &value))
        return otherwise;
    return value.vt == VT_R4 ? value.fltVal : value.vt == VT_UI1 ? value.bVal : value.boolVal != 0;
}

static HRESULT WINAPI frame_initialize(IWICBitmapFrameEncode *this, IPropertyBag2 *options)
{
    static const UCHAR filters[] = {0,    0x08, 0x10, 0x20,
                                    0x40, 0x80, 0xf8}; /* libpng's, by WICPngFilterOption */
    struct frame *frame = self(this);

    if (frame->initialized)
        return WINCODEC_ERR_WRONGSTATE;
    frame->quality = number_option(options, L"ImageQuality", 0.9f);
    frame->subsampling = (UINT)number_option(options, L"JpegYCrCbSubsampling", 0);
    frame->interlaced = number_option(options, L"InterlaceOption", 0) != 0;
    UINT filter = (UINT)number_option(options, L"FilterOption", 0);
    frame->filter = filter < sizeof filters ? filters[filter] : 0;
    if (!(frame->quality >= 0 && frame->quality <= 1))
        return E_INVALIDARG;
    frame->initialized = TRUE;
    return S_OK;
}

static HRESULT WINAPI frame_set_size(IWICBitmapFrameEncode *this, UINT width, UINT height)
{
    struct frame *frame = self(this);
    if (!frame->initialized || frame->image.pixels)
        return frame->initialized ? WINCODEC_ERR_WRONGSTATE : WINCODEC_ERR_NOTINITIALIZED;
    if (!width || !height)
        return E_INVALIDARG;
    frame->image.width = width;
    frame->image.height = height;
    return S_OK;
}

static HRESULT WINAPI frame_set_resolution(IWICBitmapFrameEncode *this, double x, double y)
{
    struct frame *frame = self(this);
    if (!frame->initialized || frame->image.pixels)
        return frame->initialized ? WINCODEC_ERR_WRONGSTATE : WINCODEC_ERR_NOTINITIALIZED;
    frame->image.dpi_x = x;
    frame->image.dpi_y = y;
    return S_OK;
}

static HRESULT WINAPI frame_set_format(IWICBitmapFrameEncode *this, WICPixelFormatGUID *format)
{
    struct frame *frame = self(this);

    if (!format)
        return E_INVALIDARG;
    if (!frame->initialized || frame->image.pixels)
        return frame->initialized ? WINCODEC_ERR_WRONGSTATE : WINCODEC_ERR_NOTINITIALIZED;
    const GUID *chosen = choose_format(&frame->encoder->container, format);
    frame->image.format = wic_find_format(chosen);
    *format = *chosen;
    return S_OK;
}

static HRESULT WINAPI frame_set_contexts(IWICBitmapFrameEncode *this, UINT count, IWICColorContext **contexts)
{
    (void)contexts;
    if (!self(this)->initialized)
        return WINCODEC_ERR_NOTINITIALIZED;
    return count ? WINCODEC_ERR_UNSUPPORTEDOPERATION : S_OK; /* profiles are not written */
}

static HRESULT WINAPI frame_set_palette(IWICBitmapFrameEncode *this, IWICPalette *palette)
{
    struct frame *frame = self(this);
    UINT count;

    if (!palette)
        return E_INVALIDARG;
    if (!frame->initialized)
        return WINCODEC_ERR_NOTINITIALIZED;
    HRESULT result = IWICPalette_GetColors(palette, 256, frame->image.colors, &count);
    if (SUCCEEDED(result))
        frame->image.color_count = count;
    return result;
}

static HRESULT WINAPI frame_set_thumbnail(IWICBitmapFrameEncode *this, IWICBitmapSource *thumbnail)
{
    (void)this, (void)thumbnail;
    return WINCODEC_ERR_UNSUPPORTEDOPERATION;
}

/* The palette is the frame's, else the encoder's. */
static HRESULT begin(struct frame *frame)
{
    if (!frame->initialized)
        return WINCODEC_ERR_NOTINITIALIZED;
    if (frame->committed || !frame->image.width || !frame->image.format)
        return WINCODEC_ERR_WRONGSTATE;
    if (frame->image.pixels)
        return S_OK;
    if (frame->image.format->indexed && !frame->image.color_count) {
        if (!frame->encoder->color_count)
            return WINCODEC_ERR_PALETTEUNAVAILABLE;
        CopyMemory(frame->image.colors, frame->encoder->colors, sizeof frame->image.colors);
        frame->image.color_count = frame->encoder->color_count;
    }
    return wic_allocate_pixels(&frame->image);
}

static HRESULT WINAPI frame_write_pixels(IWICBitmapFrameEncode *this, UINT rows, UINT stride, UINT size,
                                         BYTE *pixels)
{
    struct frame *frame = self(this);
    HRESULT result = begin(frame);

    if (FAILED(result))
        return result;
    UINT bytes = wic_row_bytes(frame->image.width, frame->image.format->bits);
    if (!rows || !pixels || stride < bytes || (ULONGLONG)stride * (rows - 1) + bytes > size)
        return E_INVALIDARG;
    if (rows > frame->image.height - frame->row)
        return WINCODEC_ERR_CODECTOOMANYSCANLINES;
    for (UINT y = 0; y < rows; y++)
        CopyMemory(frame->image.pixels + (SIZE_T)(frame->row + y) * frame->image.stride,
                   pixels + (SIZE_T)y * stride, bytes);
    frame->row += rows;
    return S_OK;
}

/* What was not set before is taken from the source: size, format, palette. */
static HRESULT adopt_source(struct frame *frame, IWICBitmapSource *source, const WICRect *rect)
{
    WICPixelFormatGUID format;
    UINT width, height;
    HRESULT result = IWICBitmapSource_GetPixelFormat(source, &format);

    if (SUCCEEDED(result))
        result = IWICBitmapSource_GetSize(source, &width, &height);
    if (FAILED(result))
        return result;
    if (!frame->image.width) {
        frame->image.width = rect ? (UINT)rect->Width : width;
        frame->image.height = rect ? (UINT)rect->Height : height;
    }
    if (!frame->image.format)
        frame->image.format = wic_find_format(choose_format(&frame->encoder->container, &format));
    return S_OK;
}

static HRESULT WINAPI frame_write_source(IWICBitmapFrameEncode *this, IWICBitmapSource *source, WICRect *rect)
{
    struct frame *frame = self(this);
    IWICBitmapSource *converted;
    struct wic_image image;

    if (!source)
        return E_INVALIDARG;
    if (!frame->initialized)
        return WINCODEC_ERR_NOTINITIALIZED;
    HRESULT result = adopt_source(frame, source, rect);
    if (SUCCEEDED(result))
        result = WICConvertBitmapSource(frame->image.format->id, source, &converted);
    if (FAILED(result))
        return result;
    WICRect part = rect ? *rect : (WICRect){0, 0, (INT)frame->image.width, (INT)frame->image.height};
    result = wic_read_source(converted, &part, &image);
    IWICBitmapSource_Release(converted);
    if (FAILED(result))
        return result;
    if (image.color_count && !frame->image.color_count) {
        CopyMemory(frame->image.colors, image.colors, sizeof image.colors);
        frame->image.color_count = image.color_count;
    }
    result = image.width == frame->image.width ? frame_write_pixels(this, image.height, image.stride,
                                                                    image.stride * image.height, image.pixels)
                                               : WINCODEC_ERR_SOURCERECTDOESNOTMATCHDIMENSIONS;
    wic_free(image.pixels);
    return result;
}

static HRESULT encode_by_host(struct frame *frame, BYTE **ret_data, SIZE_T *ret_size)
{
    struct wic_image *image = &frame->image;
    struct wic_host_encode *arguments = wic_allocate(sizeof *arguments);
    uint64_t pixels_size = (uint64_t)image->stride * image->height;
    SIZE_T capacity = (SIZE_T)pixels_size + pixels_size / 8 +
                      0x4000; /* what cannot be compressed grows a bit */
    BYTE *data = wic_allocate(capacity);

    if (!arguments || !data) {
        wic_free(arguments);
        wic_free(data);
        return E_OUTOFMEMORY;
    }
    arguments->pixels = (ULONG_PTR)image->pixels;
    arguments->pixels_size = pixels_size;
    arguments->data = (ULONG_PTR)data;
    arguments->capacity = capacity;
    arguments->codec = IsEqualGUID(&frame->encoder->container, &GUID_ContainerFormatPng) ? WIC_PNG : WIC_JPEG;
    arguments->stride = image->stride;
    arguments->width = image->width;
    arguments->height = image->height;
    arguments->layout = (uint32_t)image->format->layout;
    CopyMemory(arguments->colors, image->colors, sizeof arguments->colors);
    arguments->color_count = image->color_count;
    arguments->interlaced = (uint32_t)frame->interlaced;
    arguments->filter = frame->filter;
    arguments->quality = (uint32_t)(frame->quality * 100 + 0.5f);
    arguments->subsampling = frame->subsampling;
    arguments->dpi_x = image->dpi_x;
    arguments->dpi_y = image->dpi_y;
    HRESULT result = wic_from_status(wic_host_call(WIC_HOST_ENCODE, arguments, sizeof *arguments));
    if (SUCCEEDED(result)) {
        *ret_data = data;
        *ret_size = (SIZE_T)arguments->size;
    } else {
        wic_free(data);
    }
    wic_free(arguments);
    return result;
}

static HRESULT WINAPI frame_commit(IWICBitmapFrameEncode *this)
{
    struct frame *frame = self(this);
    BYTE *data;
    SIZE_T size;
    ULONG written;

    if (!frame->initialized)
        return WINCODEC_ERR_NOTINITIALIZED;
    if (frame->committed || !frame->image.pixels || frame->row != frame->image.height)
        return WINCODEC_ERR_WRONGSTATE;
    HRESULT result = IsEqualGUID(&frame->encoder->container, &GUID_ContainerFormatBmp)
                         ? wic_bmp_encode(&frame->image, &data, &size)
                         : encode_by_host(frame, &data, &size);
    if (FAILED(result))
        return result;
    result = IStream_Write(frame->encoder->stream, data, (ULONG)size, &written);
    wic_free(data);
    if (FAILED(result))
        return result;
    if (written != size)
        return WINCODEC_ERR_STREAMWRITE;
    frame->committed = frame->encoder->frame_done = TRUE;
    return S_OK;
}

static HRESULT WINAPI frame_get_metadata(IWICBitmapFrameEncode *this, IWICMetadataQueryWriter **writer)
{
    (void)this;
    if (!writer)
        return E_INVALIDARG;
    *writer = NULL;
    return WINCODEC_ERR_UNSUPPORTEDOPERATION; /* metadata is not written */
}

/* ------------------------------------------------------------------ the encoder */

static struct encoder *encoder_of(IWICBitmapEncoder *this)
{
    return (struct encoder *)this;
}

static HRESULT WINAPI initialize(IWICBitmapEncoder *this, IStream *stream, WICBitmapEncoderCacheOption option)
{
    struct encoder *encoder = encoder_of(this);

    (void)option;
    if (!stream)
        return E_INVALIDARG;
    if (encoder->stream)
        return WINCODEC_ERR_WRONGSTATE;
    IStream_AddRef(stream);
    encoder->stream = stream;
    return S_OK;
}

static HRESULT WINAPI get_container(IWICBitmapEncoder *this, GUID *container)
{
    if (!container)
        return E_INVALIDARG;
    *container = encoder_of(this)->container;
    return S_OK;
}

static HRESULT WINAPI get_info(IWICBitmapEncoder *this, IWICBitmapEncoderInfo **info)
{
    (void)this;
    if (!info)
        return E_INVALIDARG;
    *info = NULL;
    return WINCODEC_ERR_COMPONENTNOTFOUND;
}

static HRESULT WINAPI set_contexts(IWICBitmapEncoder *this, UINT count, IWICColorContext **contexts)
{
    (void)this, (void)count, (void)contexts;
    return WINCODEC_ERR_UNSUPPORTEDOPERATION; /* they are the frame's */
}

static HRESULT WINAPI set_palette(IWICBitmapEncoder *this, IWICPalette *palette)
{
    struct encoder *encoder = encoder_of(this);
    UINT count;

    if (!palette)
        return E_INVALIDARG;
    if (!encoder->stream)
        return WINCODEC_ERR_NOTINITIALIZED;
    HRESULT result = IWICPalette_GetColors(palette, 256, encoder->colors, &count);
    if (SUCCEEDED(result))
        encoder->color_count = count;
    return result;
}

static HRESULT WINAPI set_source(IWICBitmapEncoder *this, IWICBitmapSource *source)
{
    (void)this, (void)source;
    return WINCODEC_ERR_UNSUPPORTEDOPERATION; /* thumbnails and previews */
}

static HRESULT WINAPI create_frame(IWICBitmapEncoder *this, IWICBitmapFrameEncode **ret_frame,
                                   IPropertyBag2 **ret_options)
{
    static IWICBitmapFrameEncodeVtbl table = {
        frame_query,          frame_add_reference, frame_release,      frame_initialize,  frame_set_size,
        frame_set_resolution, frame_set_format,    frame_set_contexts, frame_set_palette, frame_set_thumbnail,
        frame_write_pixels,   frame_write_source,  frame_commit,       frame_get_metadata};
    struct encoder *encoder = encoder_of(this);

    if (!ret_frame)
        return E_INVALIDARG;
    *ret_frame = NULL;
    if (!encoder->stream)
        return WINCODEC_ERR_NOTINITIALIZED;
    if (encoder->has_frame || encoder->done)
        return encoder->done ? WINCODEC_ERR_WRONGSTATE : WINCODEC_ERR_UNSUPPORTEDOPERATION;
    if (ret_options) {
        HRESULT result = wic_create_options(&encoder->container, ret_options);
        if (FAILED(result))
            return result;
    }
    struct frame *frame = wic_allocate(sizeof *frame);
    if (!frame) {
        if (ret_options)
            IPropertyBag2_Release(*ret_options);
        return E_OUTOFMEMORY;
    }
    frame->iface.lpVtbl = &table;
    frame->references = 1;
    frame->encoder = encoder;
    frame->image.dpi_x = frame->image.dpi_y = 96;
    IWICBitmapEncoder_AddRef(this);
    encoder->has_frame = TRUE;
    *ret_frame = &frame->iface;
    return S_OK;
}

static HRESULT WINAPI commit(IWICBitmapEncoder *this)
{
    struct encoder *encoder = encoder_of(this);

    if (!encoder->stream)
        return WINCODEC_ERR_NOTINITIALIZED;
    if (!encoder->frame_done || encoder->done)
        return WINCODEC_ERR_WRONGSTATE;
    encoder->done = TRUE;
    HRESULT result = IStream_Commit(encoder->stream, STGC_DEFAULT);
    IStream_Release(encoder->stream); /* a file may be read now */
    encoder->stream = NULL;
    return result == E_NOTIMPL ? S_OK : result;
}

static HRESULT WINAPI get_metadata(IWICBitmapEncoder *this, IWICMetadataQueryWriter **writer)
{
    (void)this;
    if (!writer)
        return E_INVALIDARG;
    *writer = NULL;
    return WINCODEC_ERR_UNSUPPORTEDOPERATION;
}

HRESULT wic_create_encoder(const GUID *container, IWICBitmapEncoder **object)
{
    static IWICBitmapEncoderVtbl table = {
        encoder_query, encoder_add_reference, encoder_release, initialize, get_container, get_info,
        set_contexts,  set_palette,           set_source,      set_source, create_frame,  commit,
        get_metadata};
    struct encoder *encoder;

    *object = NULL;
    if (!IsEqualGUID(container, &GUID_ContainerFormatPng) &&
        !IsEqualGUID(container, &GUID_ContainerFormatJpeg) &&
        !IsEqualGUID(container, &GUID_ContainerFormatBmp))
        return WINCODEC_ERR_COMPONENTNOTFOUND;
    if (!(encoder = wic_allocate(sizeof *encoder)))
        return E_OUTOFMEMORY;
    encoder->iface.lpVtbl = &table;
    encoder->references = 1;
    encoder->container = *container;
    *object = &encoder->iface;
    return S_OK;
}
