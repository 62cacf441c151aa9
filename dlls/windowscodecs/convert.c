/*
 * The format converter. Rows go through a middle form (formats.c); dithering is not done, which every type of
 * it allows.
 */
#include "wic.h"

struct converter {
    IWICFormatConverter iface;
    LONG references;
    IWICBitmapSource *source;
    const struct wic_format *from, *to;
    WICColor from_colors[256], to_colors[256];
    UINT from_count, to_count;
};

static void converter_destroy(struct converter *converter)
{
    if (converter->source)
        IWICBitmapSource_Release(converter->source);
}

WIC_UNKNOWN(converter, IWICFormatConverter, &IID_IWICFormatConverter, &IID_IWICBitmapSource)

static struct converter *self(IWICFormatConverter *this)
{
    return (struct converter *)this;
}

static HRESULT WINAPI get_size(IWICFormatConverter *this, UINT *width, UINT *height)
{
    if (!self(this)->source)
        return WINCODEC_ERR_NOTINITIALIZED;
    return IWICBitmapSource_GetSize(self(this)->source, width, height);
}

static HRESULT WINAPI get_format(IWICFormatConverter *this, WICPixelFormatGUID *format)
{
    if (!format)
        return E_INVALIDARG;
    if (!self(this)->source)
        return WINCODEC_ERR_NOTINITIALIZED;
    *format = *self(this)->to->id;
    return S_OK;
}

static HRESULT WINAPI get_resolution(IWICFormatConverter *this, double *x, double *y)
{
    if (!self(this)->source)
        return WINCODEC_ERR_NOTINITIALIZED;
    return IWICBitmapSource_GetResolution(self(this)->source, x, y);
}

static HRESULT WINAPI copy_palette(IWICFormatConverter *this, IWICPalette *palette)
{
    struct converter *converter = self(this);
    if (!palette)
        return E_INVALIDARG;
    if (!converter->source)
        return WINCODEC_ERR_NOTINITIALIZED;
    if (!converter->to_count)
        return WINCODEC_ERR_PALETTEUNAVAILABLE;
    return IWICPalette_InitializeCustom(palette, converter->to_colors, converter->to_count);
}

static HRESULT WINAPI copy_pixels(IWICFormatConverter *this, const WICRect *rect, UINT stride, UINT size,
                                  BYTE *buffer)
{
    struct converter *converter = self(this);
    UINT width, height;
    WICRect part;

    if (!buffer)
        return E_INVALIDARG;
    if (!converter->source)
        return WINCODEC_ERR_NOTINITIALIZED;
    HRESULT result = IWICBitmapSource_GetSize(converter->source, &width, &height);
    if (SUCCEEDED(result))
        result = wic_check_rect(width, height, converter->to->bits, rect, stride, size, &part);
    if (FAILED(result))
        return result;
    if (converter->from == converter->to)
        return IWICBitmapSource_CopyPixels(converter->source, rect, stride, size, buffer);
    UINT bytes = wic_row_bytes((UINT)part.Width, converter->from->bits);
    UINT rows = bytes ? max(0x40000 / bytes, 1u) : 0; /* a quarter megabyte at a time */
    rows = min(rows, (UINT)part.Height);
    if (!bytes)
        return WINCODEC_ERR_IMAGESIZEOUTOFRANGE;
    BYTE *block = wic_allocate((SIZE_T)bytes * rows), *scratch = wic_allocate((SIZE_T)part.Width * 16);
    if (!block || !scratch)
        result = E_OUTOFMEMORY;
    for (INT y = 0; y < part.Height && SUCCEEDED(result); y += (INT)rows) {
        WICRect band = {part.X, part.Y + y, part.Width, min((INT)rows, part.Height - y)};
        result = IWICBitmapSource_CopyPixels(converter->source, &band, bytes, bytes * (UINT)band.Height,
                                             block);
        for (INT i = 0; i < band.Height && SUCCEEDED(result); i++)
            result = wic_convert_row(converter->from, block + (SIZE_T)i * bytes, converter->to,
                                     buffer + (SIZE_T)(y + i) * stride, (UINT)part.Width,
                                     converter->from_colors, converter->from_count, converter->to_colors,
                                     converter->to_count, scratch);
    }
    wic_free(block);
    wic_free(scratch);
    return result;
}

static HRESULT read_palette(IWICPalette *palette, WICColor *colors, UINT *count)
{
    return IWICPalette_GetColors(palette, 256, colors, count);
}

/* The colours of an indexed target: those given, or made from the source. */
static HRESULT choose_palette(struct converter *converter, IWICBitmapSource *source, IWICPalette *palette,
                              WICBitmapPaletteType type)
{
    IWICPalette *made;

    if (!converter->to->indexed)
        return S_OK;
    if (palette)
        return read_palette(palette, converter->to_colors, &converter->to_count);
    if (type == WICBitmapPaletteTypeCustom)
        return E_INVALIDARG;
    HRESULT result = wic_create_palette(&made);
    if (FAILED(result))
        return result;
    result = type == WICBitmapPaletteTypeMedianCut
                 ? IWICPalette_InitializeFromBitmap(made, source, 1u << converter->to->bits, FALSE)
                 : IWICPalette_InitializePredefined(made, type, FALSE);
    if (SUCCEEDED(result))
        result = read_palette(made, converter->to_colors, &converter->to_count);
    converter->to_count = min(converter->to_count, 1u << converter->to->bits);
    IWICPalette_Release(made);
    return result;
}

static HRESULT WINAPI initialize(IWICFormatConverter *this, IWICBitmapSource *source,
                                 REFWICPixelFormatGUID format, WICBitmapDitherType dither,
                                 IWICPalette *palette, double threshold, WICBitmapPaletteType type)
{
    struct converter *converter = self(this);
    WICPixelFormatGUID id;
    IWICPalette *colors;

    (void)dither, (void)threshold;
    if (!source || !format)
        return E_INVALIDARG;
    if (converter->source)
        return WINCODEC_ERR_WRONGSTATE;
    HRESULT result = IWICBitmapSource_GetPixelFormat(source, &id);
    if (FAILED(result))
        return result;
    converter->from = wic_find_format(&id);
    converter->to = wic_find_format(format);
    if (!converter->from || !converter->to || (!converter->to->pack && converter->from != converter->to))
        return WINCODEC_ERR_UNSUPPORTEDPIXELFORMAT;
    if (converter->from->indexed) {
        result = wic_create_palette(&colors);
        if (SUCCEEDED(result)) {
            result = IWICBitmapSource_CopyPalette(source, colors);
            if (SUCCEEDED(result))
                result = read_palette(colors, converter->from_colors, &converter->from_count);
            IWICPalette_Release(colors);
        }
    }
    if (SUCCEEDED(result) && converter->from == converter->to && !palette) {
        CopyMemory(converter->to_colors, converter->from_colors, sizeof converter->to_colors);
        converter->to_count = converter->from_count;
    } else if (SUCCEEDED(result)) {
        result = choose_palette(converter, source, palette, type);
    }
    if (FAILED(result))
        return result;
    IWICBitmapSource_AddRef(source);
    converter->source = source;
    return S_OK;
}

static HRESULT WINAPI can_convert(IWICFormatConverter *this, REFWICPixelFormatGUID from,
                                  REFWICPixelFormatGUID to, BOOL *answer)
{
    const struct wic_format *target = wic_find_format(to);
    (void)this;
    if (!answer)
        return E_INVALIDARG;
    *answer = wic_find_format(from) && target && target->pack;
    return S_OK;
}

HRESULT wic_create_converter(IWICFormatConverter **object)
{
    static IWICFormatConverterVtbl table = {converter_query,   converter_add_reference,
                                            converter_release, get_size,
                                            get_format,        get_resolution,
                                            copy_palette,      copy_pixels,
                                            initialize,        can_convert};
    struct converter *converter = wic_allocate(sizeof *converter);
    *object = (IWICFormatConverter *)converter;
    if (!converter)
        return E_OUTOFMEMORY;
    converter->iface.lpVtbl = &table;
    converter->references = 1;
    return S_OK;
}

HRESULT WINAPI WICConvertBitmapSource(REFWICPixelFormatGUID format, IWICBitmapSource *source,
                                      IWICBitmapSource **ret_source)
{
    WICPixelFormatGUID now;
    IWICFormatConverter *converter;

    if (!source || !ret_source)
        return E_INVALIDARG;
    *ret_source = NULL;
    HRESULT result = IWICBitmapSource_GetPixelFormat(source, &now);
    if (FAILED(result))
        return result;
    if (IsEqualGUID(&now, format)) {
        IWICBitmapSource_AddRef(source);
        *ret_source = source;
        return S_OK;
    }
    result = wic_create_converter(&converter);
    if (FAILED(result))
        return result;
    result = initialize(converter, source, format, WICBitmapDitherTypeNone, NULL, 0,
                        WICBitmapPaletteTypeMedianCut);
    if (FAILED(result))
        IWICFormatConverter_Release(converter);
    else
        *ret_source = (IWICBitmapSource *)converter;
    return result;
}
