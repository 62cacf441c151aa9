/*
 * BMP files: all of the headers since OS/2, run-length coding, bit fields. What is read is not trusted.
 */
#include "wic.h"

struct layout {
    UINT width, height, bits, compression, color_offset, color_size, color_count, pixels;
    BOOL top_down, has_alpha;
    DWORD masks[4]; /* red, green, blue, alpha */
    double dpi_x, dpi_y;
};

static DWORD get32(const BYTE *at)
{
    return at[0] | (DWORD)at[1] << 8 | (DWORD)at[2] << 16 | (DWORD)at[3] << 24;
}

static WORD get16(const BYTE *at)
{
    return (WORD)(at[0] | at[1] << 8);
}

static HRESULT parse(const BYTE *data, SIZE_T size, struct layout *out)
{
    if (size < 26 || data[0] != 'B' || data[1] != 'M')
        return WINCODEC_ERR_UNKNOWNIMAGEFORMAT;
    DWORD header = get32(data + 14);
    ZeroMemory(out, sizeof *out);
    out->pixels = get32(data + 10);
    out->dpi_x = out->dpi_y = 96;
    if (header == 12) {
        out->width = get16(data + 18);
        out->height = get16(data + 20);
        out->bits = get16(data + 24);
        out->color_size = 3;
        out->color_offset = 26;
    } else {
        if (header < 40 || header > size || size < 14 + header)
            return WINCODEC_ERR_BADHEADER;
        LONG width = (LONG)get32(data + 18), height = (LONG)get32(data + 22);
        if (width <= 0 || !height || height == (LONG)0x80000000)
            return WINCODEC_ERR_BADHEADER;
        out->width = (UINT)width;
        out->top_down = height < 0;
        out->height = (UINT)(height < 0 ? -height : height);
        out->bits = get16(data + 28);
        out->compression = get32(data + 30);
        if (get32(data + 38) && get32(data + 42)) {
            out->dpi_x = (LONG)get32(data + 38) * 0.0254;
            out->dpi_y = (LONG)get32(data + 42) * 0.0254;
        }
        out->color_count = get32(data + 46);
        out->color_size = 4;
        out->color_offset = 14 + header;
        BOOL fields = out->compression == BI_BITFIELDS || out->compression == 6 /* with alpha */;
        if (fields && header == 40)
            out->color_offset += out->compression == 6 ? 16 : 12;
        if (fields && size >= 14 + 40 + (header >= 56 || out->compression == 6 ? 16u : 12u)) {
            for (UINT i = 0; i < (header >= 56 || out->compression == 6 ? 4u : 3u); i++)
                out->masks[i] = get32(data + 54 + i * 4);
            out->has_alpha = out->masks[3] == 0xff000000;
        } else if (fields) {
            return WINCODEC_ERR_BADHEADER;
        }
    }
    if (!out->width || !out->height || out->width > 0xfffff || out->height > 0xfffff)
        return WINCODEC_ERR_BADHEADER;
    if (out->bits <= 8) {
        if (!out->color_count || out->color_count > 1u << out->bits)
            out->color_count = 1u << out->bits;
        if (out->color_offset > size || (size - out->color_offset) / out->color_size < out->color_count)
            return WINCODEC_ERR_BADHEADER;
    }
    return out->pixels < size ? S_OK : WINCODEC_ERR_BADHEADER;
}

static const GUID *format_of(const struct layout *layout)
{
    BOOL fields = layout->compression == BI_BITFIELDS || layout->compression == 6;

    if (layout->compression == BI_RLE8 || layout->compression == BI_RLE4)
        return layout->bits == (layout->compression == BI_RLE8 ? 8 : 4)
                   ? layout->bits == 8 ? &GUID_WICPixelFormat8bppIndexed : &GUID_WICPixelFormat4bppIndexed
                   : NULL;
    if (layout->compression != BI_RGB && !fields)
        return NULL;
    switch (layout->bits) {
    case 1: return fields ? NULL : &GUID_WICPixelFormat1bppIndexed;
    case 4: return fields ? NULL : &GUID_WICPixelFormat4bppIndexed;
    case 8: return fields ? NULL : &GUID_WICPixelFormat8bppIndexed;
    case 16:
        if (!fields || layout->masks[1] == 0x3e0)
            return &GUID_WICPixelFormat16bppBGR555;
        return layout->masks[1] == 0x7e0 ? &GUID_WICPixelFormat16bppBGR565 : NULL;
    case 24: return &GUID_WICPixelFormat24bppBGR;
    case 32:
        if (fields &&
            (layout->masks[0] != 0xff0000 || layout->masks[1] != 0xff00 || layout->masks[2] != 0xff))
            return NULL;
        return layout->has_alpha ? &GUID_WICPixelFormat32bppBGRA : &GUID_WICPixelFormat32bppBGR;
    default: return NULL;
    }
}

HRESULT wic_bmp_info(const BYTE *data, SIZE_T size, struct wic_image *image)
{
    struct layout layout;
    HRESULT result = parse(data, size, &layout);
    const GUID *format = SUCCEEDED(result) ? format_of(&layout) : NULL;

    if (FAILED(result))
        return result;
    if (!format)
        return WINCODEC_ERR_UNSUPPORTEDPIXELFORMAT;
    image->width = layout.width;
    image->height = layout.height;
    image->format = wic_find_format(format);
    image->dpi_x = layout.dpi_x;
    image->dpi_y = layout.dpi_y;
    image->color_count = layout.bits <= 8 ? layout.color_count : 0;
    for (UINT i = 0; i < image->color_count; i++) {
        const BYTE *color = data + layout.color_offset + i * layout.color_size;
        image->colors[i] = 0xff000000 | (DWORD)color[2] << 16 | (DWORD)color[1] << 8 | color[0];
    }
    return S_OK;
}

static void put_index(const struct wic_image *image, const struct layout *layout, UINT x, UINT y, BYTE value)
{
    if (x >= image->width || y >= image->height)
        return;
    BYTE *row = image->pixels + (SIZE_T)(layout->top_down ? y : image->height - 1 - y) * image->stride;
    if (layout->bits == 8)
        row[x] = value;
    else
        row[x / 2] = (BYTE)(x & 1 ? (row[x / 2] & 0xf0) | value : (row[x / 2] & 0x0f) | value << 4);
}

static void decode_runs(const BYTE *at, const BYTE *end, const struct layout *layout, struct wic_image *image)
{
    UINT x = 0, y = 0;
    BOOL nibbles = layout->bits == 4;

    while (end - at >= 2 && y < image->height) {
        UINT count = *at++, value = *at++;
        if (count) {
            for (UINT i = 0; i < count; i++, x++)
                put_index(image, layout, x, y, (BYTE)(nibbles ? (i & 1 ? value & 15 : value >> 4) : value));
        } else if (value == 0) {
            x = 0, y++;
        } else if (value == 1) {
            break;
        } else if (value == 2) {
            if (end - at < 2)
                break;
            x += *at++;
            y += *at++;
        } else {
            UINT bytes = nibbles ? (value + 1) / 2 : value;
            if ((UINT)(end - at) < bytes)
                break;
            for (UINT i = 0; i < value; i++, x++)
                put_index(image, layout, x, y,
                          (BYTE)(nibbles ? (i & 1 ? at[i / 2] & 15 : at[i / 2] >> 4) : at[i]));
            at += min((bytes + 1) & ~1u, (UINT)(end - at));
        }
    }
}

HRESULT wic_bmp_decode(const BYTE *data, SIZE_T size, struct wic_image *image)
{
    struct layout layout;
    HRESULT result = parse(data, size, &layout);

    if (FAILED(result))
        return result;
    const BYTE *pixels = data + layout.pixels, *end = data + size;
    if (layout.compression == BI_RLE8 || layout.compression == BI_RLE4) {
        decode_runs(pixels, end, &layout, image);
        return S_OK;
    }
    UINT bytes = wic_row_bytes(layout.width, layout.bits), stride = (bytes + 3) & ~3u;
    for (UINT y = 0; y < layout.height; y++) {
        SIZE_T offset = (SIZE_T)y * stride, left = (SIZE_T)(end - pixels);
        if (offset + bytes > left)
            return WINCODEC_ERR_STREAMREAD;
        CopyMemory(image->pixels + (SIZE_T)(layout.top_down ? y : layout.height - 1 - y) * image->stride,
                   pixels + offset, bytes);
    }
    return S_OK;
}

static void put32(BYTE *at, DWORD value)
{
    at[0] = (BYTE)value, at[1] = (BYTE)(value >> 8), at[2] = (BYTE)(value >> 16), at[3] = (BYTE)(value >> 24);
}

/* BGRA gets a V5 header with an alpha mask, everything else the usual one. */
HRESULT wic_bmp_encode(const struct wic_image *image, BYTE **ret_data, SIZE_T *ret_size)
{
    UINT bits = image->format->bits, stride = (wic_row_bytes(image->width, bits) + 3) & ~3u;
    UINT colors = image->format->indexed ? image->color_count : 0;
    BOOL alpha = image->format->has_alpha,
         fields = alpha || image->format->id == &GUID_WICPixelFormat16bppBGR565;
    UINT header = alpha ? 124 : 40, masks = fields && !alpha ? 12 : 0;
    UINT start = 14 + header + masks + colors * 4;
    SIZE_T size = start + (SIZE_T)stride * image->height;
    BYTE *data = wic_allocate(size);

    if (!data)
        return E_OUTOFMEMORY;
    data[0] = 'B', data[1] = 'M';
    put32(data + 2, (DWORD)size);
    put32(data + 10, start);
    put32(data + 14, header);
    put32(data + 18, image->width);
    put32(data + 22, image->height);
    data[26] = 1;
    data[28] = (BYTE)bits;
    put32(data + 30, fields ? BI_BITFIELDS : BI_RGB);
    put32(data + 34, stride * image->height);
    put32(data + 38, (DWORD)(image->dpi_x / 0.0254 + 0.5));
    put32(data + 42, (DWORD)(image->dpi_y / 0.0254 + 0.5));
    put32(data + 46, colors);
    if (alpha) {
        put32(data + 54, 0xff0000), put32(data + 58, 0xff00), put32(data + 62, 0xff);
        put32(data + 66, 0xff000000);
        put32(data + 70, 0x73524742 /* sRGB */);
        put32(data + 122, 4 /* LCS_GM_IMAGES */);
    } else if (fields) {
        put32(data + 54, 0xf800), put32(data + 58, 0x7e0), put32(data + 62, 0x1f);
    }
    for (UINT i = 0; i < colors; i++)
        put32(data + 14 + header + i * 4, image->colors[i] & 0xffffff);
    for (UINT y = 0; y < image->height; y++)
        CopyMemory(data + start + (SIZE_T)(image->height - 1 - y) * stride,
                   image->pixels + (SIZE_T)y * image->stride, wic_row_bytes(image->width, bits));
    *ret_data = data;
    *ret_size = size;
    return S_OK;
}
