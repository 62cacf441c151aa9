/*
 * UTF-8 and UTF-16 for names and console text, and upper case for name comparison. Every byte
 * string has a UTF-16 form that leads back to it: bytes that are not UTF-8 become U+DC80..U+DCFF,
 * lone surrogates become three bytes.
 */
#include "io/io.h"
#include <string.h>
#include <wctype.h>
#include <locale.h>

/* Decodes one character; returns its length in bytes, 0 if the bytes are not UTF-8. */
static size_t decode(const uint8_t *p, size_t left, uint32_t *ret)
{
    uint32_t c = p[0], min;
    size_t n;
    if (c < 0x80) {
        *ret = c;
        return 1;
    }
    if (c >= 0xc2 && c < 0xe0)
        n = 2, c &= 0x1f, min = 0x80;
    else if (c >= 0xe0 && c < 0xf0)
        n = 3, c &= 0x0f, min = 0x800;
    else if (c >= 0xf0 && c < 0xf5)
        n = 4, c &= 0x07, min = 0x10000;
    else
        return 0;
    if (left < n)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < min || c > 0x10ffff || (c >= 0xdc80 && c <= 0xdcff))
        return 0;
    *ret = c;
    return n;
}

size_t io_utf8_to_utf16_n(const char *text, size_t length, WCHAR *out, size_t room)
{
    const uint8_t *p = (const uint8_t *)text, *end = p + length;
    size_t used = 0;
    while (p < end && used < room) {
        if (*p < 0x80) {
            out[used++] = *p++;
            continue;
        }
        uint32_t c;
        size_t n = decode(p, (size_t)(end - p), &c);
        if (n == 0) {
            out[used++] = (WCHAR)(0xdc00 + *p++);
        } else if (c < 0x10000) {
            out[used++] = (WCHAR)c;
            p += n;
        } else {
            if (room - used < 2)
                break;
            out[used++] = (WCHAR)(0xd800 + ((c - 0x10000) >> 10));
            out[used++] = (WCHAR)(0xdc00 + (c & 0x3ff));
            p += n;
        }
    }
    return used;
}

size_t io_utf8_to_utf16(const char *text, WCHAR *out, size_t room)
{
    return io_utf8_to_utf16_n(text, strlen(text), out, room);
}

size_t io_utf16_to_utf8(const WCHAR *text, size_t length, char *out, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        uint32_t c = text[i];
        if (c < 0x80) {
            if (used == room)
                break;
            out[used++] = (char)c;
            continue;
        }
        if (c >= 0xd800 && c < 0xdc00 && i + 1 < length && (text[i + 1] & 0xfc00) == 0xdc00) {
            if (room - used < 4)
                break;
            c = 0x10000 + ((c & 0x3ff) << 10) + (text[++i] & 0x3ff);
            out[used++] = (char)(0xf0 | c >> 18);
            out[used++] = (char)(0x80 | (c >> 12 & 0x3f));
            out[used++] = (char)(0x80 | (c >> 6 & 0x3f));
            out[used++] = (char)(0x80 | (c & 0x3f));
        } else if (c >= 0xdc80 && c <= 0xdcff) {
            if (used == room)
                break;
            out[used++] = (char)(c - 0xdc00);
        } else if (c < 0x800) {
            if (room - used < 2)
                break;
            out[used++] = (char)(0xc0 | c >> 6);
            out[used++] = (char)(0x80 | (c & 0x3f));
        } else {
            if (room - used < 3)
                break;
            out[used++] = (char)(0xe0 | c >> 12);
            out[used++] = (char)(0x80 | (c >> 6 & 0x3f));
            out[used++] = (char)(0x80 | (c & 0x3f));
        }
    }
    return used;
}

static bool moves_away(uint32_t c)
{
    return c < 0x20 || (c < 0x80 && strchr(":*?\"<>|\\", (int)c));
}

size_t io_name_to_utf16(const char *name, size_t length, WCHAR *out)
{
    size_t used = io_utf8_to_utf16_n(name, length, out, length);
    for (size_t i = 0; i < used; i++)
        if (out[i] < 0x80 && moves_away(out[i]))
            out[i] += 0xf000;
    return used;
}

size_t io_name_to_utf8(const WCHAR *name, size_t length, char *out)
{
    size_t used = 0;
    for (size_t i = 0; i < length;) {
        if (name[i] >= 0xf001 && name[i] < 0xf080 && moves_away(name[i] - 0xf000u)) {
            out[used++] = (char)(name[i++] - 0xf000);
            continue;
        }
        size_t run = i;
        while (run < length &&
               !(name[run] >= 0xf001 && name[run] < 0xf080 && moves_away(name[run] - 0xf000u)))
            run++;
        used += io_utf16_to_utf8(name + i, run - i, out + used, (run - i) * 3);
        i = run;
    }
    return used;
}

WCHAR io_upcase(WCHAR c)
{
    static locale_t unicode;
    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? (WCHAR)(c - 0x20) : c;
    if (!unicode) {
        locale_t fresh = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
        unicode = fresh ? fresh : (locale_t)-1;
    }
    if (unicode == (locale_t)-1)
        return c;
    if (c == 0xdf || c == 0x131 || c == 0x17f) /* NTFS keeps these: their capitals belong to others */
        return c;
    wint_t upper = towupper_l(c, unicode);
    return upper < 0x10000 ? (WCHAR)upper : c;
}
