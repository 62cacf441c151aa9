/*
 * MultiByteToWideChar, WideCharToMultiByte: arguments and flags here, the conversions in ntdll.
 * UTF-7 and the symbol code page, which have no table, are at the end of convert.
 */
#include "nls.h"
#include <string.h>

#define CP_GB18030 54936

UINT nls_resolve_code_page(UINT code_page)
{
    switch (code_page) {
    case CP_ACP: return GwAnsiCodePage();
    case CP_OEMCP: return GwOemCodePage();
    case CP_MACCP: return 10000;
    case CP_THREAD_ACP: return nls_locale_code_page(GetThreadLocale(), 0);
    }
    return code_page;
}

/* ---- UTF-7 (RFC 2152) */

static int base64_value(UCHAR c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

static ULONG utf7_to_wide(const char *from, ULONG count, WCHAR *to, ULONG room, ULONG *ret_state)
{
    ULONG written = 0, state = 0, bits = 0, value = 0;
    BOOL shifted = FALSE;

    for (ULONG i = 0; i < count; i++) {
        UCHAR c = (UCHAR)from[i];
        WCHAR out;

        if (!shifted && c == '+') {
            if (i + 1 < count && from[i + 1] == '-') {
                i++;
                out = '+';
            } else {
                shifted = TRUE;
                bits = value = 0;
                continue;
            }
        } else if (shifted && base64_value(c) >= 0) {
            value = value << 6 | (ULONG)base64_value(c);
            bits += 6;
            if (bits < 16)
                continue;
            bits -= 16;
            out = (WCHAR)(value >> bits);
            value &= (1u << bits) - 1;
        } else if (shifted) {
            shifted = FALSE;
            if (c == '-')
                continue;
            out = c;
        } else {
            out = c;
        }
        if (to && written >= room) {
            state = NLS_OVERFLOW;
            break;
        }
        if (to)
            to[written] = out;
        written++;
    }
    *ret_state = state;
    return written;
}

static BOOL utf7_direct(WCHAR c)
{
    return c < 0x80 && (c == 0 || c == '\t' || c == '\n' || c == '\r' || c == ' ' || (c >= '0' && c <= '9') ||
                        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("'(),-./:?", (int)c));
}

static ULONG utf7_from_wide(const WCHAR *from, ULONG count, char *to, ULONG room, ULONG *ret_state)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    ULONG written = 0, i = 0;

#define PUT(byte)                                                                                            \
    do {                                                                                                     \
        if (to && written >= room) {                                                                         \
            *ret_state = NLS_OVERFLOW;                                                                       \
            return written;                                                                                  \
        }                                                                                                    \
        if (to)                                                                                              \
            to[written] = (byte);                                                                            \
        written++;                                                                                           \
    } while (0)
    *ret_state = 0;
    while (i < count) {
        ULONG value = 0, bits = 0;

        if (utf7_direct(from[i])) {
            PUT((char)from[i]);
            i++;
            continue;
        }
        PUT('+');
        if (from[i] == '+') {
            PUT('-');
            i++;
            continue;
        }
        for (; i < count && !utf7_direct(from[i]); i++) {
            value = value << 16 | from[i];
            bits += 16;
            while (bits >= 6) {
                bits -= 6;
                PUT(digits[value >> bits & 0x3f]);
            }
            value &= (1u << bits) - 1;
        }
        if (bits)
            PUT(digits[value << (6 - bits) & 0x3f]);
        PUT('-');
    }
#undef PUT
    return written;
}

/* ---- the symbol code page: U+F020 to U+F0FF */

static ULONG symbol_to_wide(const char *from, ULONG count, WCHAR *to, ULONG room, ULONG *ret_state)
{
    ULONG written = to && room < count ? room : count;

    *ret_state = written < count ? NLS_OVERFLOW : 0;
    for (ULONG i = 0; to && i < written; i++)
        to[i] = (UCHAR)from[i] < 0x20 ? (UCHAR)from[i] : 0xf000 + (UCHAR)from[i];
    return written;
}

static ULONG symbol_from_wide(const WCHAR *from, ULONG count, char *to, ULONG room, ULONG *ret_state)
{
    ULONG state = 0, i;

    for (i = 0; i < count; i++) {
        if (to && i >= room) {
            state |= NLS_OVERFLOW;
            break;
        }
        if (!(from[i] < 0x20 || (from[i] >= 0xf020 && from[i] <= 0xf0ff)))
            state |= NLS_INVALID;
        else if (to)
            to[i] = (char)from[i];
    }
    *ret_state = state;
    return i;
}

/* What control characters look like on a PC screen: MB_USEGLYPHCHARS. */
static void use_glyphs(WCHAR *text, int count)
{
    static const WCHAR glyphs[32] = {0,      0x263a, 0x263b, 0x2665, 0x2666, 0x2663, 0x2660, 0x2022,
                                     0x25d8, 0x25cb, 0x25d9, 0x2642, 0x2640, 0x266a, 0x266b, 0x263c,
                                     0x25ba, 0x25c4, 0x2195, 0x203c, 0x00b6, 0x00a7, 0x25ac, 0x21a8,
                                     0x2191, 0x2193, 0x2192, 0x2190, 0x221f, 0x2194, 0x25b2, 0x25bc};

    for (int i = 0; i < count; i++)
        if (text[i] < 0x20)
            text[i] = glyphs[text[i]];
        else if (text[i] == 0x7f)
            text[i] = 0x2302;
}

/* MB_COMPOSITE: the same text decomposed. */
static int decompose(const WCHAR *text, int count, WCHAR *to, int room)
{
    int needed = FoldStringW(MAP_COMPOSITE, text, count, NULL, 0);

    if (!room)
        return needed;
    if (needed > room) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    return FoldStringW(MAP_COMPOSITE, text, count, to, room);
}

static BOOL no_flags_allowed(UINT code_page)
{
    return code_page == CP_SYMBOL || code_page == CP_UTF7 || (code_page >= 50220 && code_page <= 50229) ||
           (code_page >= 57002 && code_page <= 57011);
}

int WINAPI MultiByteToWideChar(UINT code_page, DWORD flags, LPCSTR from, int from_length, LPWSTR to,
                               int to_length)
{
    const struct nls_code_page *page = NULL;
    ULONG count, state, written, engine = flags & MB_ERR_INVALID_CHARS ? NLS_STRICT : 0;

    if (!from || !from_length || to_length < 0 || (to_length && !to) ||
        (const void *)from == (const void *)to) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    code_page = nls_resolve_code_page(code_page);
    if (code_page != CP_UTF8 && code_page != CP_UTF7 && code_page != CP_SYMBOL &&
        !(page = GwFindCodePage(code_page))) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    if (flags) {
        DWORD valid = no_flags_allowed(code_page) ? 0
                      : code_page == CP_UTF8 || code_page == CP_GB18030
                          ? MB_ERR_INVALID_CHARS
                          : MB_PRECOMPOSED | MB_COMPOSITE | MB_USEGLYPHCHARS | MB_ERR_INVALID_CHARS;

        if ((flags & ~valid) ||
            (flags & (MB_PRECOMPOSED | MB_COMPOSITE)) == (MB_PRECOMPOSED | MB_COMPOSITE)) {
            SetLastError(ERROR_INVALID_FLAGS);
            return 0;
        }
    }
    count = from_length < 0 ? (ULONG)strlen(from) + 1 : (ULONG)from_length;
    if (!to_length)
        to = NULL;
    if (flags & MB_COMPOSITE) {
        WCHAR *wide = RtlAllocateHeap(process_heap(), 0, count * sizeof *wide);
        int result = 0;

        if (!wide) {
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
            return 0;
        }
        written = GwCodePageToWide(page, engine, from, count, wide, count, &state);
        if (state & NLS_INVALID && engine)
            SetLastError(ERROR_NO_UNICODE_TRANSLATION);
        else
            result = decompose(wide, (int)written, to, to_length);
        RtlFreeHeap(process_heap(), 0, wide);
        return result;
    }
    if (page)
        written = GwCodePageToWide(page, engine, from, count, to, (ULONG)to_length, &state);
    else if (code_page == CP_UTF8)
        written = GwUtf8ToWide(engine, from, count, to, (ULONG)to_length, &state);
    else if (code_page == CP_UTF7)
        written = utf7_to_wide(from, count, to, (ULONG)to_length, &state);
    else
        written = symbol_to_wide(from, count, to, (ULONG)to_length, &state);
    if (flags & MB_USEGLYPHCHARS && to)
        use_glyphs(to, (int)written);
    if (state & NLS_OVERFLOW) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    if (engine && (state & NLS_INVALID)) {
        SetLastError(ERROR_NO_UNICODE_TRANSLATION);
        return 0;
    }
    return (int)written;
}

int WINAPI WideCharToMultiByte(UINT code_page, DWORD flags, LPCWSTR from, int from_length, LPSTR to,
                               int to_length, LPCSTR default_char, LPBOOL used_default)
{
    const struct nls_code_page *page = NULL;
    ULONG count, state, written, engine = 0;
    WCHAR *composed = NULL;

    if (!from || !from_length || to_length < 0 || (to_length && !to) ||
        (const void *)from == (const void *)to) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    code_page = nls_resolve_code_page(code_page);
    if (code_page != CP_UTF8 && code_page != CP_UTF7 && code_page != CP_SYMBOL &&
        !(page = GwFindCodePage(code_page))) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    /* UTF-8 is documented to decline these as well. But programs pass them with GetConsoleOutputCP, which is
     * an OEM code page there and UTF-8 here: nothing is ever replaced, and that is the answer. */
    if ((code_page == CP_UTF7 || code_page == CP_SYMBOL) && (default_char || used_default)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    if (flags) {
        DWORD valid = no_flags_allowed(code_page) ? 0
                      : code_page == CP_UTF8 || code_page == CP_GB18030
                          ? WC_ERR_INVALID_CHARS
                          : WC_DISCARDNS | WC_SEPCHARS | WC_DEFAULTCHAR | WC_COMPOSITECHECK |
                                WC_NO_BEST_FIT_CHARS;

        if (flags & ~valid) {
            SetLastError(ERROR_INVALID_FLAGS);
            return 0;
        }
        if (flags & WC_ERR_INVALID_CHARS)
            engine |= NLS_STRICT;
        if (flags & WC_NO_BEST_FIT_CHARS)
            engine |= NLS_NO_BEST_FIT;
    }
    count = from_length < 0 ? (ULONG)lstrlenW(from) + 1 : (ULONG)from_length;
    if (!to_length)
        to = NULL;
    if (flags & WC_COMPOSITECHECK) {
        int length = FoldStringW(MAP_PRECOMPOSED, from, (int)count, NULL, 0);

        composed = length > 0 ? RtlAllocateHeap(process_heap(), 0, (SIZE_T)length * sizeof(WCHAR)) : NULL;
        if (composed) {
            count = (ULONG)FoldStringW(MAP_PRECOMPOSED, from, (int)count, composed, length);
            from = composed;
        }
    }
    if (page) {
        ULONG default_size = 0;

        if (default_char)
            default_size = page->lead_offset && NLS_AT(page, lead_offset, UCHAR)[(UCHAR)default_char[0]] ? 2
                                                                                                         : 1;
        written = GwWideToCodePage(page, engine, from, count, to, (ULONG)to_length, default_char,
                                   default_size, &state);
        if (used_default)
            *used_default = (state & NLS_INVALID) != 0;
    } else if (code_page == CP_UTF8) {
        written = GwWideToUtf8(engine, from, count, to, (ULONG)to_length, &state);
        if (used_default)
            *used_default = FALSE;
    } else if (code_page == CP_UTF7) {
        written = utf7_from_wide(from, count, to, (ULONG)to_length, &state);
    } else {
        written = symbol_from_wide(from, count, to, (ULONG)to_length, &state);
        engine = NLS_STRICT;
    }
    if (composed)
        RtlFreeHeap(process_heap(), 0, composed);
    if (state & NLS_OVERFLOW) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    if ((engine & NLS_STRICT) && (state & NLS_INVALID)) {
        SetLastError(ERROR_NO_UNICODE_TRANSLATION);
        return 0;
    }
    return (int)written;
}

/* ---- what other ANSI functions use */

BOOL nls_wide_from_ansi(struct nls_wide *wide, UINT code_page, const char *text, int length)
{
    int count;

    wide->text = NULL;
    wide->length = 0;
    if (!text)
        return TRUE;
    if (code_page != CP_UTF7 && length < 0) { /* short ASCII, the usual case */
        for (count = 0; count < (int)(sizeof wide->buffer / sizeof *wide->buffer); count++) {
            BYTE c = (BYTE)text[count];

            if (c >= 0x80 ||
                (code_page == 37 || code_page == 500 || code_page == 875 || code_page == 1026 ||
                 code_page == 1140 || (code_page >= 20273 && code_page <= 20424))) /* or EBCDIC */
                break;
            wide->buffer[count] = c;
            if (!c) {
                wide->text = wide->buffer;
                wide->length = count;
                return TRUE;
            }
        }
    }
    count = length < 0 ? (int)strlen(text) + 1 : length;
    wide->text = wide->buffer;
    if (count > (int)(sizeof wide->buffer / sizeof *wide->buffer)) {
        wide->text = RtlAllocateHeap(process_heap(), 0, (SIZE_T)count * sizeof(WCHAR));
        if (!wide->text) {
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
            return FALSE;
        }
    }
    wide->length = count ? MultiByteToWideChar(code_page, 0, text, count, wide->text, count) : 0;
    if (length < 0)
        wide->length--;
    return TRUE;
}

void nls_wide_free(struct nls_wide *wide)
{
    if (wide->text && wide->text != wide->buffer)
        RtlFreeHeap(process_heap(), 0, wide->text);
}
