/*
 * Pixel formats: what they look like, and rows of them to and from the two middle forms, 8-bit BGRA and
 * 16-bit RGBA.
 */
#include "wic.h"

#define ROW_IN  const BYTE *row, void *to, UINT width, const WICColor *colors, UINT color_count
#define ROW_OUT const void *from, BYTE *row, UINT width, const WICColor *colors, UINT color_count
#define UNUSED  (void)colors, (void)color_count

static inline DWORD bgra(BYTE b, BYTE g, BYTE r, BYTE a)
{
    return b | (DWORD)g << 8 | (DWORD)r << 16 | (DWORD)a << 24;
}

static inline BYTE luminance(DWORD pixel)
{
    return (BYTE)(((pixel & 255) * 29 + (pixel >> 8 & 255) * 150 + (pixel >> 16 & 255) * 77 + 128) >> 8);
}

static UINT bits_at(const BYTE *row, UINT x, UINT bits)
{
    UINT at = x * bits;
    return (row[at / 8] >> (8 - bits - at % 8)) & ((1u << bits) - 1);
}

static void set_bits(BYTE *row, UINT x, UINT bits, UINT value)
{
    UINT at = x * bits, shift = 8 - bits - at % 8, mask = ((1u << bits) - 1) << shift;
    row[at / 8] = (BYTE)((row[at / 8] & ~mask) | (value << shift & mask));
}

static UINT nearest(DWORD pixel, const WICColor *colors, UINT count)
{
    UINT best = 0, best_distance = ~0u;
    for (UINT i = 0; i < count && best_distance; i++) {
        int b = (int)(pixel & 255) - (int)(colors[i] & 255);
        int g = (int)(pixel >> 8 & 255) - (int)(colors[i] >> 8 & 255);
        int r = (int)(pixel >> 16 & 255) - (int)(colors[i] >> 16 & 255);
        int a = (int)(pixel >> 24) - (int)(colors[i] >> 24);
        UINT distance = (UINT)(b * b + g * g + r * r + a * a);
        if (distance < best_distance)
            best = i, best_distance = distance;
    }
    return best;
}

#define INDEXED(bits)                                                                                        \
    static void unpack_index##bits(ROW_IN)                                                                   \
    {                                                                                                        \
        for (UINT x = 0; x < width; x++) {                                                                   \
            UINT index = bits_at(row, x, bits);                                                              \
            ((DWORD *)to)[x] = index < color_count ? colors[index] : 0xff000000;                             \
        }                                                                                                    \
    }                                                                                                        \
    static void pack_index##bits(ROW_OUT)                                                                    \
    {                                                                                                        \
        for (UINT x = 0; x < width; x++)                                                                     \
            set_bits(row, x, bits, nearest(((const DWORD *)from)[x], colors, color_count));                  \
    }
#define GRAY(bits)                                                                                           \
    static void unpack_gray##bits(ROW_IN)                                                                    \
    {                                                                                                        \
        UNUSED;                                                                                              \
        for (UINT x = 0; x < width; x++) {                                                                   \
            BYTE v = (BYTE)(bits_at(row, x, bits) * 255 / ((1 << bits) - 1));                                \
            ((DWORD *)to)[x] = bgra(v, v, v, 255);                                                           \
        }                                                                                                    \
    }                                                                                                        \
    static void pack_gray##bits(ROW_OUT)                                                                     \
    {                                                                                                        \
        UNUSED;                                                                                              \
        for (UINT x = 0; x < width; x++)                                                                     \
            set_bits(row, x, bits, (luminance(((const DWORD *)from)[x]) * ((1u << bits) - 1) + 127) / 255);  \
    }
/* clang-format off: these take no semicolons */
INDEXED(1)
INDEXED(2)
INDEXED(4)
INDEXED(8)
GRAY(1)
GRAY(2)
GRAY(4)
GRAY(8)
/* clang-format on */

static void unpack_alpha8(ROW_IN)
{
    UNUSED;
    for (UINT x = 0; x < width; x++)
        ((DWORD *)to)[x] = bgra(0, 0, 0, row[x]);
}

static void pack_alpha8(ROW_OUT)
{
    UNUSED;
    for (UINT x = 0; x < width; x++)
        row[x] = (BYTE)(((const DWORD *)from)[x] >> 24);
}

static void unpack_555(ROW_IN)
{
    UNUSED;
    for (UINT x = 0; x < width; x++) {
        UINT v = ((const USHORT *)(const void *)row)[x];
        ((DWORD *)to)[x] = bgra((BYTE)((v & 31) * 255 / 31), (BYTE)((v >> 5 & 31) * 255 / 31),
                                (BYTE)((v >> 10 & 31) * 255 / 31), 255);
    }
}

static void pack_555(ROW_OUT)
{
    UNUSED;
    for (UINT x = 0; x < width; x++) {
        DWORD p = ((const DWORD *)from)[x];
        ((USHORT *)(void *)row)[x] = (USHORT)((p >> 3 & 31) | (p >> 11 & 31) << 5 | (p >> 19 & 31) << 10);
    }
}

static void unpack_565(ROW_IN)
{
    UNUSED;
    for (UINT x = 0; x < width; x++) {
        UINT v = ((const USHORT *)(const void *)row)[x];
        ((DWORD *)to)[x] = bgra((BYTE)((v & 31) * 255 / 31), (BYTE)((v >> 5 & 63) * 255 / 63),
                                (BYTE)((v >> 11 & 31) * 255 / 31), 255);
    }
}

static void pack_565(ROW_OUT)
{
    UNUSED;
    for (UINT x = 0; x < width; x++) {
        DWORD p = ((const DWORD *)from)[x];
        ((USHORT *)(void *)row)[x] = (USHORT)((p >> 3 & 31) | (p >> 10 & 63) << 5 | (p >> 19 & 31) << 11);
    }
}

/* Bytes in any order: B, G, R, A are their places, step the bytes of a pixel, A -1 for none. */
#define BYTES(name, step, B, G, R, A, opaque)                                                                \
    static void unpack_##name(ROW_IN)                                                                        \
    {                                                                                                        \
        UNUSED;                                                                                              \
        for (UINT x = 0; x < width; x++, row += step)                                                        \
            ((DWORD *)to)[x] = bgra(row[B], row[G], row[R], opaque ? 255 : row[(A) < 0 ? 0 : (A)]);          \
    }                                                                                                        \
    static void pack_##name(ROW_OUT)                                                                         \
    {                                                                                                        \
        UNUSED;                                                                                              \
        for (UINT x = 0; x < width; x++, row += step) {                                                      \
            DWORD p = ((const DWORD *)from)[x];                                                              \
            row[B] = (BYTE)p, row[G] = (BYTE)(p >> 8), row[R] = (BYTE)(p >> 16);                             \
            if ((A) >= 0)                                                                                    \
                row[(A) < 0 ? 0 : (A)] = opaque ? 255 : (BYTE)(p >> 24);                                     \
        }                                                                                                    \
    }
BYTES(bgr24, 3, 0, 1, 2, -1, 1)
BYTES(rgb24, 3, 2, 1, 0, -1, 1)
BYTES(bgr32, 4, 0, 1, 2, 3, 1)
BYTES(rgb32, 4, 2, 1, 0, 3, 1)
BYTES(bgra32, 4, 0, 1, 2, 3, 0)
BYTES(rgba32, 4, 2, 1, 0, 3, 0)

static DWORD divide_alpha(DWORD p)
{
    UINT a = p >> 24;
    if (a == 0 || a == 255)
        return a ? p : 0;
    UINT b = (p & 255) * 255 / a, g = (p >> 8 & 255) * 255 / a, r = (p >> 16 & 255) * 255 / a;
    return bgra((BYTE)min(b, 255), (BYTE)min(g, 255), (BYTE)min(r, 255), (BYTE)a);
}

static DWORD multiply_alpha(DWORD p)
{
    UINT a = p >> 24;
    return bgra((BYTE)(((p & 255) * a + 127) / 255), (BYTE)(((p >> 8 & 255) * a + 127) / 255),
                (BYTE)(((p >> 16 & 255) * a + 127) / 255), (BYTE)a);
}

#define PREMULTIPLIED(name, plain)                                                                           \
    static void unpack_##name(ROW_IN)                                                                        \
    {                                                                                                        \
        unpack_##plain(row, to, width, colors, color_count);                                                 \
        for (UINT x = 0; x < width; x++)                                                                     \
            ((DWORD *)to)[x] = divide_alpha(((DWORD *)to)[x]);                                               \
    }                                                                                                        \
    static void pack_##name(ROW_OUT)                                                                         \
    {                                                                                                        \
        for (UINT x = 0; x < width; x++) {                                                                   \
            DWORD p = multiply_alpha(((const DWORD *)from)[x]);                                              \
            pack_##plain(&p, row + x * 4, 1, colors, color_count);                                           \
        }                                                                                                    \
    }
PREMULTIPLIED(pbgra32, bgra32)
PREMULTIPLIED(prgba32, rgba32)

static void unpack_cmyk32(ROW_IN)
{
    UNUSED;
    for (UINT x = 0; x < width; x++, row += 4)
        ((DWORD *)to)[x] = bgra((BYTE)((255 - row[2]) * (255 - row[3]) / 255),
                                (BYTE)((255 - row[1]) * (255 - row[3]) / 255),
                                (BYTE)((255 - row[0]) * (255 - row[3]) / 255), 255);
}

/* 16 bits: the middle form is RGBA64. */
static void unpack_gray16(ROW_IN)
{
    UNUSED;
    USHORT *out = to;
    for (UINT x = 0; x < width; x++, out += 4) {
        out[0] = out[1] = out[2] = ((const USHORT *)(const void *)row)[x];
        out[3] = 0xffff;
    }
}

static void pack_gray16(ROW_OUT)
{
    UNUSED;
    const USHORT *in = from;
    for (UINT x = 0; x < width; x++, in += 4)
        ((USHORT *)(void *)row)[x] = (USHORT)((in[0] * 77u + in[1] * 150u + in[2] * 29u + 128) >> 8);
}

static void unpack_rgb48(ROW_IN)
{
    UNUSED;
    const USHORT *in = (const USHORT *)(const void *)row;
    USHORT *out = to;
    for (UINT x = 0; x < width; x++, in += 3, out += 4)
        out[0] = in[0], out[1] = in[1], out[2] = in[2], out[3] = 0xffff;
}

static void pack_rgb48(ROW_OUT)
{
    UNUSED;
    const USHORT *in = from;
    USHORT *out = (USHORT *)(void *)row;
    for (UINT x = 0; x < width; x++, in += 4, out += 3)
        out[0] = in[0], out[1] = in[1], out[2] = in[2];
}

static void unpack_rgba64(ROW_IN)
{
    UNUSED;
    CopyMemory(to, row, (SIZE_T)width * 8);
}

static void pack_rgba64(ROW_OUT)
{
    UNUSED;
    CopyMemory(row, from, (SIZE_T)width * 8);
}

#define F(id, bits, indexed, layout, wide, alpha, name)                                                      \
    {                                                                                                        \
        &GUID_WICPixelFormat##id, bits, indexed, layout, wide, alpha, unpack_##name, pack_##name             \
    }

static const struct wic_format formats[] = {
    F(1bppIndexed, 1, 1, WIC_INDEX1, 0, 0, index1),
    F(2bppIndexed, 2, 1, WIC_INDEX2, 0, 0, index2),
    F(4bppIndexed, 4, 1, WIC_INDEX4, 0, 0, index4),
    F(8bppIndexed, 8, 1, WIC_INDEX8, 0, 0, index8),
    F(BlackWhite, 1, 0, WIC_GRAY1, 0, 0, gray1),
    F(2bppGray, 2, 0, WIC_GRAY2, 0, 0, gray2),
    F(4bppGray, 4, 0, WIC_GRAY4, 0, 0, gray4),
    F(8bppGray, 8, 0, WIC_GRAY8, 0, 0, gray8),
    F(8bppAlpha, 8, 0, -1, 0, 1, alpha8),
    F(16bppGray, 16, 0, WIC_GRAY16, 1, 0, gray16),
    F(16bppBGR555, 16, 0, -1, 0, 0, 555),
    F(16bppBGR565, 16, 0, -1, 0, 0, 565),
    F(24bppBGR, 24, 0, WIC_BGR24, 0, 0, bgr24),
    F(24bppRGB, 24, 0, -1, 0, 0, rgb24),
    F(32bppBGR, 32, 0, -1, 0, 0, bgr32),
    F(32bppRGB, 32, 0, -1, 0, 0, rgb32),
    F(32bppBGRA, 32, 0, WIC_BGRA32, 0, 1, bgra32),
    F(32bppRGBA, 32, 0, -1, 0, 1, rgba32),
    F(32bppPBGRA, 32, 0, -1, 0, 1, pbgra32),
    F(32bppPRGBA, 32, 0, -1, 0, 1, prgba32),
    F(48bppRGB, 48, 0, WIC_RGB48, 1, 0, rgb48),
    F(64bppRGBA, 64, 0, WIC_RGBA64, 1, 1, rgba64),
    {&GUID_WICPixelFormat32bppCMYK, 32, 0, WIC_CMYK32, 0, 0, unpack_cmyk32, NULL},
};

const struct wic_format *wic_find_format(const GUID *id)
{
    for (SIZE_T i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (IsEqualGUID(formats[i].id, id))
            return &formats[i];
    return NULL;
}

const struct wic_format *wic_format_of_layout(UINT layout)
{
    for (SIZE_T i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].layout == (int)layout)
            return &formats[i];
    return NULL;
}

UINT wic_row_bytes(UINT width, UINT bits)
{
    ULONGLONG bytes = ((ULONGLONG)width * bits + 7) / 8;
    return bytes < 0x7ffffff0 ? (UINT)bytes : 0;
}

/* scratch: 16 bytes a pixel. */
HRESULT wic_convert_row(const struct wic_format *from, const BYTE *row, const struct wic_format *to,
                        BYTE *out, UINT width, const WICColor *from_colors, UINT from_count,
                        const WICColor *to_colors, UINT to_count, void *scratch)
{
    USHORT *wide = scratch;
    DWORD *narrow = (DWORD *)((BYTE *)scratch + (SIZE_T)width * 8);

    if (!to->pack)
        return WINCODEC_ERR_UNSUPPORTEDPIXELFORMAT;
    if (from->wide == to->wide) {
        from->unpack(row, wide, width, from_colors, from_count);
        to->pack(wide, out, width, to_colors, to_count);
    } else if (from->wide) {
        from->unpack(row, wide, width, from_colors, from_count);
        for (UINT x = 0; x < width; x++)
            narrow[x] = bgra((BYTE)(wide[x * 4 + 2] >> 8), (BYTE)(wide[x * 4 + 1] >> 8),
                             (BYTE)(wide[x * 4] >> 8), (BYTE)(wide[x * 4 + 3] >> 8));
        to->pack(narrow, out, width, to_colors, to_count);
    } else {
        from->unpack(row, narrow, width, from_colors, from_count);
        for (UINT x = 0; x < width; x++) {
            DWORD p = narrow[x];
            wide[x * 4] = (USHORT)((p >> 16 & 255) * 257);
            wide[x * 4 + 1] = (USHORT)((p >> 8 & 255) * 257);
            wide[x * 4 + 2] = (USHORT)((p & 255) * 257);
            wide[x * 4 + 3] = (USHORT)((p >> 24) * 257);
        }
        to->pack(wide, out, width, to_colors, to_count);
    }
    return S_OK;
}
