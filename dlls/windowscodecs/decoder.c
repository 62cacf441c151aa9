/*
 * Decoders of PNG, JPEG and BMP and their one frame. The file is read at once, the pixels are decoded when
 * they are first asked for.
 */
#include "wic.h"

struct decoder {
    IWICBitmapDecoder iface;
    LONG references;
    GUID container;
    BYTE *data; /* NULL: not initialized */
    SIZE_T size;
    struct wic_image image; /* pixels NULL: not decoded yet */
    UINT profile_size;
    SRWLOCK lock; /* guards decoding */
};

static void decoder_destroy(struct decoder *decoder)
{
    wic_free(decoder->data);
    wic_free(decoder->image.pixels);
}

WIC_UNKNOWN(decoder, IWICBitmapDecoder, &IID_IWICBitmapDecoder)

struct frame {
    IWICBitmapFrameDecode iface;
    LONG references;
    struct decoder *decoder;
};

static void frame_destroy(struct frame *frame)
{
    IWICBitmapDecoder_Release(&frame->decoder->iface);
}

WIC_UNKNOWN(frame, IWICBitmapFrameDecode, &IID_IWICBitmapSource, &IID_IWICBitmapFrameDecode)

static UINT codec_of(const struct decoder *decoder)
{
    return IsEqualGUID(&decoder->container, &GUID_ContainerFormatPng) ? WIC_PNG : WIC_JPEG;
}

static BOOL is_bmp(const struct decoder *decoder)
{
    return IsEqualGUID(&decoder->container, &GUID_ContainerFormatBmp);
}

/* ------------------------------------------------------------------ the frame */

static struct decoder *decoder_of(IWICBitmapFrameDecode *this)
{
    return ((struct frame *)this)->decoder;
}

static HRESULT WINAPI frame_get_size(IWICBitmapFrameDecode *this, UINT *width, UINT *height)
{
    if (!width || !height)
        return E_INVALIDARG;
    *width = decoder_of(this)->image.width;
    *height = decoder_of(this)->image.height;
    return S_OK;
}

static HRESULT WINAPI frame_get_format(IWICBitmapFrameDecode *this, WICPixelFormatGUID *format)
{
    if (!format)
        return E_INVALIDARG;
    *format = *decoder_of(this)->image.format->id;
    return S_OK;
}

static HRESULT WINAPI frame_get_resolution(IWICBitmapFrameDecode *this, double *x, double *y)
{
    if (!x || !y)
        return E_INVALIDARG;
    *x = decoder_of(this)->image.dpi_x;
    *y = decoder_of(this)->image.dpi_y;
    return S_OK;
}

static HRESULT WINAPI frame_copy_palette(IWICBitmapFrameDecode *this, IWICPalette *palette)
{
    struct wic_image *image = &decoder_of(this)->image;
    if (!palette)
        return E_INVALIDARG;
    if (!image->format->indexed || !image->color_count)
        return WINCODEC_ERR_PALETTEUNAVAILABLE;
    return IWICPalette_InitializeCustom(palette, image->colors, image->color_count);
}

static HRESULT decode(struct decoder *decoder)
{
    struct wic_image *image = &decoder->image;
    HRESULT result = wic_allocate_pixels(image);

    if (FAILED(result))
        return result;
    if (is_bmp(decoder)) {
        result = wic_bmp_decode(decoder->data, decoder->size, image);
    } else {
        struct wic_host_decode arguments = {.data = (ULONG_PTR)decoder->data,
                                            .size = decoder->size,
                                            .pixels = (ULONG_PTR)image->pixels,
                                            .capacity = (uint64_t)image->stride * image->height,
                                            .codec = codec_of(decoder),
                                            .stride = image->stride};
        result = wic_from_status(wic_host_call(WIC_HOST_DECODE, &arguments, sizeof arguments));
    }
    if (FAILED(result)) {
        wic_free(image->pixels);
        image->pixels = NULL;
    }
    return result;
}

static HRESULT WINAPI frame_copy_pixels(IWICBitmapFrameDecode *this, const WICRect *rect, UINT stride,
                                        UINT size, BYTE *buffer)
{
    struct decoder *decoder = decoder_of(this);
    HRESULT result = S_OK;

    AcquireSRWLockExclusive(&decoder->lock);
    if (!decoder->image.pixels)
        result = decode(decoder);
    ReleaseSRWLockExclusive(&decoder->lock);
    return FAILED(result) ? result : wic_copy_pixels(&decoder->image, rect, stride, size, buffer);
}

static HRESULT WINAPI frame_get_metadata(IWICBitmapFrameDecode *this, IWICMetadataQueryReader **reader)
{
    (void)this;
    if (!reader)
        return E_INVALIDARG;
    *reader = NULL;
    return WINCODEC_ERR_UNSUPPORTEDOPERATION; /* metadata is not read */
}

static HRESULT WINAPI frame_get_contexts(IWICBitmapFrameDecode *this, UINT room, IWICColorContext **contexts,
                                         UINT *ret_count)
{
    struct decoder *decoder = decoder_of(this);

    if (!ret_count)
        return E_INVALIDARG;
    *ret_count = decoder->profile_size ? 1 : 0;
    if (!room || !contexts || !decoder->profile_size)
        return S_OK;
    BYTE *profile = wic_allocate(decoder->profile_size);
    if (!profile)
        return E_OUTOFMEMORY;
    struct wic_host_profile arguments = {.data = (ULONG_PTR)decoder->data,
                                         .size = decoder->size,
                                         .profile = (ULONG_PTR)profile,
                                         .capacity = decoder->profile_size,
                                         .codec = codec_of(decoder)};
    HRESULT result = wic_from_status(wic_host_call(WIC_HOST_PROFILE, &arguments, sizeof arguments));
    if (SUCCEEDED(result))
        result = IWICColorContext_InitializeFromMemory(contexts[0], profile, decoder->profile_size);
    wic_free(profile);
    return result;
}

static HRESULT WINAPI frame_get_thumbnail(IWICBitmapFrameDecode *this, IWICBitmapSource **thumbnail)
{
    (void)this;
    if (!thumbnail)
        return E_INVALIDARG;
    *thumbnail = NULL;
    return WINCODEC_ERR_CODECNOTHUMBNAIL;
}

/* ------------------------------------------------------------------ the decoder */

static struct decoder *self(IWICBitmapDecoder *this)
{
    return (struct decoder *)this;
}

static HRESULT read_all(IStream *stream, BYTE **ret_data, SIZE_T *ret_size)
{
    static const LARGE_INTEGER start;
    SIZE_T size = 0, capacity = 0x10000;
    BYTE *data = wic_allocate(capacity);
    HRESULT result = IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);

    while (data && SUCCEEDED(result)) {
        ULONG got = 0;
        if (size == capacity) {
            BYTE *larger = HeapReAlloc(GetProcessHeap(), 0, data, capacity *= 2);
            if (!larger) {
                result = E_OUTOFMEMORY;
                break;
            }
            data = larger;
        }
        result = IStream_Read(stream, data + size, (ULONG)min(capacity - size, 0x1000000), &got);
        size += got;
        if (!got)
            break;
    }
    if (!data || FAILED(result)) {
        wic_free(data);
        return data ? WINCODEC_ERR_STREAMREAD : E_OUTOFMEMORY;
    }
    *ret_data = data;
    *ret_size = size;
    return S_OK;
}

static BOOL has_signature(const struct decoder *decoder)
{
    static const BYTE png[] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10};
    if (is_bmp(decoder))
        return decoder->size > 2 && decoder->data[0] == 'B' && decoder->data[1] == 'M';
    if (codec_of(decoder) == WIC_PNG)
        return decoder->size > sizeof png && RtlCompareMemory(decoder->data, png, sizeof png) == sizeof png;
    return decoder->size > 3 && decoder->data[0] == 0xff && decoder->data[1] == 0xd8 &&
           decoder->data[2] == 0xff;
}

static HRESULT read_info(struct decoder *decoder)
{
    if (!has_signature(decoder))
        return WINCODEC_ERR_UNKNOWNIMAGEFORMAT;
    if (is_bmp(decoder))
        return wic_bmp_info(decoder->data, decoder->size, &decoder->image);
    struct wic_host_info *info = wic_allocate(sizeof *info);
    if (!info)
        return E_OUTOFMEMORY;
    info->data = (ULONG_PTR)decoder->data;
    info->size = decoder->size;
    info->codec = codec_of(decoder);
    HRESULT result = wic_from_status(wic_host_call(WIC_HOST_INFO, info, sizeof *info));
    if (SUCCEEDED(result)) {
        struct wic_image *image = &decoder->image;
        image->width = info->width;
        image->height = info->height;
        image->format = wic_format_of_layout(info->layout);
        image->dpi_x = info->dpi_x;
        image->dpi_y = info->dpi_y;
        image->color_count = info->color_count;
        CopyMemory(image->colors, info->colors, sizeof image->colors);
        decoder->profile_size = info->profile_size;
    }
    wic_free(info);
    return result;
}

static HRESULT WINAPI initialize(IWICBitmapDecoder *this, IStream *stream, WICDecodeOptions options)
{
    struct decoder *decoder = self(this);

    (void)options;
    if (!stream)
        return E_INVALIDARG;
    if (decoder->data)
        return WINCODEC_ERR_WRONGSTATE;
    HRESULT result = read_all(stream, &decoder->data, &decoder->size);
    if (SUCCEEDED(result))
        result = read_info(decoder);
    if (FAILED(result)) {
        wic_free(decoder->data);
        decoder->data = NULL;
    }
    return result;
}

static HRESULT WINAPI query_capability(IWICBitmapDecoder *this, IStream *stream, DWORD *capability)
{
    if (!stream || !capability)
        return E_INVALIDARG;
    HRESULT result = initialize(this, stream, WICDecodeMetadataCacheOnDemand);
    if (SUCCEEDED(result))
        *capability = WICBitmapDecoderCapabilityCanDecodeAllImages |
                      WICBitmapDecoderCapabilityCanDecodeSomeImages;
    return result;
}

static HRESULT WINAPI get_container(IWICBitmapDecoder *this, GUID *container)
{
    if (!container)
        return E_INVALIDARG;
    *container = self(this)->container;
    return S_OK;
}

static HRESULT WINAPI get_info(IWICBitmapDecoder *this, IWICBitmapDecoderInfo **info)
{
    (void)this;
    if (!info)
        return E_INVALIDARG;
    *info = NULL;
    return WINCODEC_ERR_COMPONENTNOTFOUND;
}

static HRESULT WINAPI copy_palette(IWICBitmapDecoder *this, IWICPalette *palette)
{
    (void)this, (void)palette;
    return WINCODEC_ERR_PALETTEUNAVAILABLE; /* it is the frame's */
}

static HRESULT WINAPI get_metadata(IWICBitmapDecoder *this, IWICMetadataQueryReader **reader)
{
    (void)this;
    if (!reader)
        return E_INVALIDARG;
    *reader = NULL;
    return WINCODEC_ERR_UNSUPPORTEDOPERATION;
}

static HRESULT WINAPI get_preview(IWICBitmapDecoder *this, IWICBitmapSource **preview)
{
    (void)this;
    if (!preview)
        return E_INVALIDARG;
    *preview = NULL;
    return WINCODEC_ERR_UNSUPPORTEDOPERATION;
}

static HRESULT WINAPI get_contexts(IWICBitmapDecoder *this, UINT room, IWICColorContext **contexts,
                                   UINT *count)
{
    (void)this, (void)room, (void)contexts, (void)count;
    return WINCODEC_ERR_UNSUPPORTEDOPERATION; /* they are the frame's */
}

static HRESULT WINAPI get_thumbnail(IWICBitmapDecoder *this, IWICBitmapSource **thumbnail)
{
    (void)this;
    if (!thumbnail)
        return E_INVALIDARG;
    *thumbnail = NULL;
    return WINCODEC_ERR_CODECNOTHUMBNAIL;
}

static HRESULT WINAPI get_frame_count(IWICBitmapDecoder *this, UINT *count)
{
    if (!count)
        return E_INVALIDARG;
    *count = self(this)->data ? 1 : 0;
    return self(this)->data ? S_OK : WINCODEC_ERR_NOTINITIALIZED;
}

static HRESULT WINAPI get_frame(IWICBitmapDecoder *this, UINT index, IWICBitmapFrameDecode **ret_frame)
{
    static IWICBitmapFrameDecodeVtbl table = {frame_query,        frame_add_reference, frame_release,
                                              frame_get_size,     frame_get_format,    frame_get_resolution,
                                              frame_copy_palette, frame_copy_pixels,   frame_get_metadata,
                                              frame_get_contexts, frame_get_thumbnail};

    if (!ret_frame)
        return E_INVALIDARG;
    *ret_frame = NULL;
    if (!self(this)->data)
        return WINCODEC_ERR_NOTINITIALIZED;
    if (index)
        return WINCODEC_ERR_FRAMEMISSING;
    struct frame *frame = wic_allocate(sizeof *frame);
    if (!frame)
        return E_OUTOFMEMORY;
    frame->iface.lpVtbl = &table;
    frame->references = 1;
    frame->decoder = self(this);
    IWICBitmapDecoder_AddRef(this);
    *ret_frame = &frame->iface;
    return S_OK;
}

HRESULT wic_create_decoder(const GUID *container, IWICBitmapDecoder **object)
{
    static IWICBitmapDecoderVtbl table = {decoder_query,   decoder_add_reference,
                                          decoder_release, query_capability,
                                          initialize,      get_container,
                                          get_info,        copy_palette,
                                          get_metadata,    get_preview,
                                          get_contexts,    get_thumbnail,
                                          get_frame_count, get_frame};
    struct decoder *decoder;

    *object = NULL;
    if (!IsEqualGUID(container, &GUID_ContainerFormatPng) &&
        !IsEqualGUID(container, &GUID_ContainerFormatJpeg) &&
        !IsEqualGUID(container, &GUID_ContainerFormatBmp))
        return WINCODEC_ERR_COMPONENTNOTFOUND;
    if (!(decoder = wic_allocate(sizeof *decoder)))
        return E_OUTOFMEMORY;
    decoder->iface.lpVtbl = &table;
    decoder->references = 1;
    decoder->container = *container;
    *object = &decoder->iface;
    return S_OK;
}
