/*
 * Palettes: custom ones, predefined ones, and the colours of an image.
 */
#include "wic.h"

struct palette {
    IWICPalette iface;
    LONG references;
    WICBitmapPaletteType type;
    UINT count;
    WICColor colors[256];
};

static void palette_destroy(struct palette *palette)
{
    (void)palette;
}

WIC_UNKNOWN(palette, IWICPalette, &IID_IWICPalette)

static struct palette *self(IWICPalette *this)
{
    return (struct palette *)this;
}

static HRESULT WINAPI predefined(IWICPalette *this, WICBitmapPaletteType type, BOOL transparent)
{
    struct palette *palette = self(this);
    UINT levels = 0, grays = 0, count = 0;

    switch (type) {
    case WICBitmapPaletteTypeFixedBW: grays = 2; break;
    case WICBitmapPaletteTypeFixedGray4: grays = 4; break;
    case WICBitmapPaletteTypeFixedGray16: grays = 16; break;
    case WICBitmapPaletteTypeFixedGray256: grays = 256; break;
    case WICBitmapPaletteTypeFixedHalftone8: levels = 2; break;
    case WICBitmapPaletteTypeFixedHalftone27: levels = 3; break;
    case WICBitmapPaletteTypeFixedHalftone64: levels = 4; break;
    case WICBitmapPaletteTypeFixedHalftone125: levels = 5; break;
    case WICBitmapPaletteTypeFixedHalftone216: levels = 6; break;
    default: return E_INVALIDARG;
    }
    for (UINT i = 0; i < grays; i++)
        palette->colors[count++] = 0xff000000 | i * 255 / (grays - 1) * 0x010101;
    for (UINT i = 0; i < levels * levels * levels; i++)
        palette->colors[count++] = 0xff000000 | i / (levels * levels) * 255 / (levels - 1) << 16 |
                                   i / levels % levels * 255 / (levels - 1) << 8 |
                                   i % levels * 255 / (levels - 1);
    if (transparent && count < 256)
        palette->colors[count++] = 0;
    palette->count = count;
    palette->type = type;
    return S_OK;
}

static HRESULT WINAPI custom(IWICPalette *this, WICColor *colors, UINT count)
{
    struct palette *palette = self(this);
    if (!count || !colors || count > 256)
        return E_INVALIDARG;
    CopyMemory(palette->colors, colors, count * sizeof *colors);
    palette->count = count;
    palette->type = WICBitmapPaletteTypeCustom;
    return S_OK;
}

struct box {
    UINT first, count;
};

static UINT channel(DWORD color, UINT which)
{
    return color >> (which * 8) & 255;
}

/* The channel that varies most in a box, and by how much. */
static UINT widest(const DWORD *pixels, const struct box *box, UINT *ret_spread)
{
    UINT best = 0;
    *ret_spread = 0;
    for (UINT which = 0; which < 3; which++) {
        UINT low = 255, high = 0;
        for (UINT i = box->first; i < box->first + box->count; i++) {
            UINT value = channel(pixels[i], which);
            low = min(low, value), high = max(high, value);
        }
        if (high > low && high - low > *ret_spread)
            *ret_spread = high - low, best = which;
    }
    return best;
}

/* Orders a box's pixels by a channel: counting sort. */
static void sort_box(DWORD *pixels, DWORD *scratch, const struct box *box, UINT which)
{
    UINT counts[257] = {0};
    for (UINT i = box->first; i < box->first + box->count; i++)
        counts[channel(pixels[i], which) + 1]++;
    for (UINT i = 1; i < 257; i++)
        counts[i] += counts[i - 1];
    for (UINT i = box->first; i < box->first + box->count; i++)
        scratch[counts[channel(pixels[i], which)]++] = pixels[i];
    CopyMemory(pixels + box->first, scratch, box->count * sizeof *pixels);
}

/* Median cut: the box that spreads most is halved until there are enough. */
static UINT median_cut(DWORD *pixels, DWORD *scratch, UINT pixel_count, WICColor *colors, UINT wanted)
{
    struct box boxes[256] = {{0, pixel_count}};
    UINT count = 1;

    while (count < wanted) {
        UINT best = 0, best_spread = 0, best_channel = 0;
        for (UINT i = 0; i < count; i++) {
            UINT spread, which = widest(pixels, &boxes[i], &spread);
            if (spread > best_spread)
                best = i, best_spread = spread, best_channel = which;
        }
        if (!best_spread)
            break;
        struct box *box = &boxes[best];
        sort_box(pixels, scratch, box, best_channel);
        UINT half = box->count / 2; /* not between equals */
        while (half < box->count - 1 && channel(pixels[box->first + half], best_channel) ==
                                            channel(pixels[box->first + half - 1], best_channel))
            half++;
        if (channel(pixels[box->first + half], best_channel) ==
            channel(pixels[box->first + half - 1], best_channel))
            for (half = box->count / 2; half > 1 && channel(pixels[box->first + half], best_channel) ==
                                                        channel(pixels[box->first + half - 1], best_channel);)
                half--;
        boxes[count++] = (struct box){box->first + half, box->count - half};
        box->count = half;
    }
    for (UINT i = 0; i < count; i++) {
        ULONGLONG sums[3] = {0};
        for (UINT j = boxes[i].first; j < boxes[i].first + boxes[i].count; j++)
            for (UINT which = 0; which < 3; which++)
                sums[which] += channel(pixels[j], which);
        colors[i] = 0xff000000;
        for (UINT which = 0; which < 3; which++)
            colors[i] |= (DWORD)((sums[which] + boxes[i].count / 2) / boxes[i].count) << (which * 8);
    }
    return count;
}

static HRESULT WINAPI from_bitmap(IWICPalette *this, IWICBitmapSource *source, UINT wanted, BOOL transparent)
{
    struct palette *palette = self(this);
    IWICBitmapSource *converted;
    struct wic_image image;

    if (!source || wanted < 2 || wanted > 256)
        return E_INVALIDARG;
    HRESULT result = WICConvertBitmapSource(&GUID_WICPixelFormat32bppBGRA, source, &converted);
    if (FAILED(result))
        return result;
    result = wic_read_source(converted, NULL, &image);
    IWICBitmapSource_Release(converted);
    if (FAILED(result))
        return result;
    DWORD *scratch = wic_allocate((SIZE_T)image.stride * image.height);
    if (scratch) {
        UINT count = median_cut((DWORD *)(void *)image.pixels, scratch, image.width * image.height,
                                palette->colors, transparent ? wanted - 1 : wanted);
        if (transparent)
            palette->colors[count++] = 0;
        palette->count = count;
        palette->type = WICBitmapPaletteTypeCustom;
    }
    wic_free(image.pixels);
    wic_free(scratch);
    return scratch ? S_OK : E_OUTOFMEMORY;
}

static HRESULT WINAPI from_palette(IWICPalette *this, IWICPalette *other)
{
    UINT count;
    if (!other)
        return E_INVALIDARG;
    HRESULT result = IWICPalette_GetColors(other, 256, self(this)->colors, &count);
    if (SUCCEEDED(result)) {
        self(this)->count = count;
        result = IWICPalette_GetType(other, &self(this)->type);
    }
    return result;
}

static HRESULT WINAPI get_type(IWICPalette *this, WICBitmapPaletteType *type)
{
    if (!type)
        return E_INVALIDARG;
    *type = self(this)->type;
    return S_OK;
}

static HRESULT WINAPI get_count(IWICPalette *this, UINT *count)
{
    if (!count)
        return E_INVALIDARG;
    *count = self(this)->count;
    return S_OK;
}

static HRESULT WINAPI get_colors(IWICPalette *this, UINT room, WICColor *colors, UINT *ret_count)
{
    struct palette *palette = self(this);
    if (!colors || !ret_count)
        return E_INVALIDARG;
    *ret_count = min(room, palette->count);
    CopyMemory(colors, palette->colors, *ret_count * sizeof *colors);
    return S_OK;
}

static HRESULT WINAPI is_black_white(IWICPalette *this, BOOL *answer)
{
    if (!answer)
        return E_INVALIDARG;
    *answer = self(this)->type == WICBitmapPaletteTypeFixedBW;
    return S_OK;
}

static HRESULT WINAPI is_grayscale(IWICPalette *this, BOOL *answer)
{
    WICBitmapPaletteType type = self(this)->type;
    if (!answer)
        return E_INVALIDARG;
    *answer = type == WICBitmapPaletteTypeFixedBW || type == WICBitmapPaletteTypeFixedGray4 ||
              type == WICBitmapPaletteTypeFixedGray16 || type == WICBitmapPaletteTypeFixedGray256;
    return S_OK;
}

static HRESULT WINAPI has_alpha(IWICPalette *this, BOOL *answer)
{
    if (!answer)
        return E_INVALIDARG;
    *answer = FALSE;
    for (UINT i = 0; i < self(this)->count; i++)
        if (self(this)->colors[i] >> 24 != 255)
            *answer = TRUE;
    return S_OK;
}

HRESULT wic_create_palette(IWICPalette **object)
{
    static IWICPaletteVtbl table = {
        palette_query,  palette_add_reference, palette_release, predefined, custom,
        from_bitmap,    from_palette,          get_type,        get_count,  get_colors,
        is_black_white, is_grayscale,          has_alpha};
    struct palette *palette = wic_allocate(sizeof *palette);
    *object = (IWICPalette *)palette;
    if (!palette)
        return E_OUTOFMEMORY;
    palette->iface.lpVtbl = &table;
    palette->references = 1;
    return S_OK;
}
