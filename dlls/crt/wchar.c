/*
 * Conversion between multibyte and wide characters by the locale's code page. In the "C" locale a
 * byte is the character of the same number.
 */
#include "crt.h"

int crt_mbtowc(wchar_t *wide, const char *text, size_t count, crt_locale_t locale)
{
    const struct crt_locale *l = crt_locale_of(locale);
    unsigned char c = (unsigned char)*text;

    if (!count)
        return -2;
    if (!c) {
        *wide = 0;
        return 0;
    }
    if (!l->codepage) {
        *wide = c;
        return 1;
    }
    if (c < 128) {
        *wide = c;
        return 1;
    }
    int length = 1;
    if (l->codepage == CP_UTF8) {
        length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0;
        if (!length || c > 0xf4)
            return -1;
    } else if (l->pctype[c] & CT_LEADBYTE) {
        length = 2;
    }
    if ((size_t)length > count)
        return -2;
    for (int i = 1; i < length; i++)
        if (!text[i])
            return -1;
    wchar_t pair[2];
    int n = MultiByteToWideChar(l->codepage, MB_ERR_INVALID_CHARS, text, length, pair, 2);
    if (n < 1)
        return -1;
    *wide = pair[0];
    return n == 2 ? -1 : length; /* beyond the basic plane: no single wide character */
}

int crt_wctomb(char *text, wchar_t wide, crt_locale_t locale)
{
    const struct crt_locale *l = crt_locale_of(locale);
    BOOL lost = FALSE;

    if (!l->codepage) {
        if (wide > 255) {
            errno = EILSEQ;
            return -1;
        }
        *text = (char)wide;
        return 1;
    }
    if (wide < 128) {
        *text = (char)wide;
        return 1;
    }
    if (l->codepage == CP_UTF8 && wide >= 0xd800 && wide < 0xe000) {
        errno = EILSEQ;
        return -1;
    }
    int n = WideCharToMultiByte(l->codepage, 0, &wide, 1, text, 5, NULL,
                                l->codepage == CP_UTF8 ? NULL : &lost);
    if (n < 1 || lost) {
        errno = EILSEQ;
        return -1;
    }
    return n;
}

/* ---------------------------------------------------------------- single characters */

int _mbtowc_l(wchar_t *wide, const char *text, size_t count, crt_locale_t l)
{
    wchar_t dummy;

    if (!text || !count)
        return 0;
    int n = crt_mbtowc(wide ? wide : &dummy, text, count, l);
    if (n < 0) {
        errno = EILSEQ;
        return -1;
    }
    return n;
}
int mbtowc(wchar_t *wide, const char *text, size_t count)
{
    return _mbtowc_l(wide, text, count, NULL);
}
int _mblen_l(const char *text, size_t count, crt_locale_t l)
{
    return _mbtowc_l(NULL, text, count, l);
}
int mblen(const char *text, size_t count)
{
    return _mbtowc_l(NULL, text, count, NULL);
}

int _wctomb_s_l(int *ret_count, char *text, size_t size, wchar_t wide, crt_locale_t l)
{
    char bytes[8];

    if (!text && size) {
        if (ret_count)
            *ret_count = 0;
        return 0;
    }
    if (ret_count)
        *ret_count = -1;
    CRT_CHECK(size <= INT_MAX, EINVAL, EINVAL);
    if (!text) {
        if (ret_count)
            *ret_count = 0;
        return 0;
    }
    int n = crt_wctomb(bytes, wide, l);
    if (n < 0)
        return errno;
    if ((size_t)n > size) {
        memset(text, 0, size);
        CRT_CHECK(false, ERANGE, ERANGE);
    }
    memcpy(text, bytes, n);
    if (ret_count)
        *ret_count = n;
    return 0;
}
int wctomb_s(int *ret_count, char *text, size_t size, wchar_t wide)
{
    return _wctomb_s_l(ret_count, text, size, wide, NULL);
}
int _wctomb_l(char *text, wchar_t wide, crt_locale_t l)
{
    return text ? crt_wctomb(text, wide, l) : 0;
}
int wctomb(char *text, wchar_t wide)
{
    return text ? crt_wctomb(text, wide, NULL) : 0;
}
wint_t btowc(int c)
{
    char byte = (char)c;
    wchar_t wide;

    if (c == EOF)
        return WEOF;
    return !byte ? 0 : crt_mbtowc(&wide, &byte, 1, NULL) == 1 ? wide : WEOF;
}
int wctob(wint_t c)
{
    char bytes[8];

    return c != WEOF && crt_wctomb(bytes, c, NULL) == 1 ? (unsigned char)bytes[0] : EOF;
}

/* A state holds the bytes of an unfinished character, least significant first, or for UTF-8 a low
 * surrogate still to be given (bit 31). */
struct mb_state {
    unsigned int bytes;
    unsigned short count, state;
};

size_t mbrtowc(wchar_t *wide, const char *text, size_t count, struct mb_state *state)
{
    static struct mb_state own;
    wchar_t dummy;

    if (!state)
        state = &own;
    if (!text) {
        state->bytes = state->count = 0;
        return 0;
    }
    if (!wide)
        wide = &dummy;
    char bytes[5] = {0};
    size_t have = state->count & 7, taken = 0;
    memcpy(bytes, &state->bytes, have < 4 ? have : 4);
    while (taken < count && have < 4) {
        bytes[have++] = text[taken++];
        int n = crt_mbtowc(wide, bytes, have, NULL);
        if (n == 0) {
            state->count = 0;
            return 0;
        }
        if (n > 0) {
            state->count = 0;
            return taken;
        }
        if (n == -1) {
            state->count = 0;
            errno = EILSEQ;
            return (size_t)-1;
        }
    }
    memcpy(&state->bytes, bytes, 4);
    state->count = (unsigned short)have;
    return (size_t)-2;
}
size_t mbrlen(const char *text, size_t count, struct mb_state *state)
{
    static struct mb_state own;
    return mbrtowc(NULL, text, count, state ? state : &own);
}
int mbsinit(const struct mb_state *state)
{
    return !state || !state->count;
}
size_t wcrtomb(char *text, wchar_t wide, struct mb_state *state)
{
    char bytes[8];

    (void)state;
    if (!text)
        return 1;
    int n = crt_wctomb(bytes, wide, NULL);
    if (n < 0)
        return (size_t)-1;
    memcpy(text, bytes, n);
    return n;
}
int wcrtomb_s(size_t *ret_count, char *text, size_t size, wchar_t wide, struct mb_state *state)
{
    char bytes[8];

    if (ret_count)
        *ret_count = (size_t)-1;
    if (!text) {
        if (ret_count)
            *ret_count = 0;
        return 0;
    }
    size_t n = wcrtomb(bytes, wide, state);
    if (n == (size_t)-1)
        return errno;
    if (n > size) {
        *text = 0;
        CRT_CHECK(false, ERANGE, ERANGE);
    }
    memcpy(text, bytes, n);
    if (ret_count)
        *ret_count = n;
    return 0;
}

/* ---------------------------------------------------------------- strings */

/* Converts up to limit wide characters; without `wide` it counts. The length without terminator, or
 * -1. *ret_end, if asked, is where it stopped, NULL after the terminator. */
static size_t to_wide(wchar_t *wide, const char *text, size_t limit, crt_locale_t l, const char **ret_end)
{
    unsigned int cp = crt_codepage(l);
    size_t count = 0;
    const char *p = text;

    if (!cp) {
        for (; count < limit || !wide; count++, p++) {
            if (wide)
                wide[count] = (unsigned char)*p;
            if (!*p) {
                p = NULL;
                break;
            }
        }
        if (ret_end)
            *ret_end = p;
        return count;
    }
    while (count < limit || !wide) {
        wchar_t pair[2];
        unsigned char c = (unsigned char)*p;
        int length = 1, n = 1;
        if (c < 128) {
            pair[0] = c;
        } else {
            if (cp == CP_UTF8)
                length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
            else if (crt_locale_of(l)->pctype[c] & CT_LEADBYTE)
                length = 2;
            length = (int)strnlen(p, length);
            n = MultiByteToWideChar(cp, MB_ERR_INVALID_CHARS, p, length, pair, 2);
            if (n < 1) {
                errno = EILSEQ;
                if (ret_end)
                    *ret_end = p;
                return (size_t)-1;
            }
        }
        if (wide) {
            if (count + n > limit)
                break;
            memcpy(wide + count, pair, n * sizeof *pair);
        }
        if (!c) {
            p = NULL;
            break;
        }
        count += n;
        p += length;
    }
    if (ret_end)
        *ret_end = p;
    return count;
}

size_t _mbstowcs_l(wchar_t *wide, const char *text, size_t count, crt_locale_t l)
{
    CRT_CHECK(text, EINVAL, (size_t)-1);
    return to_wide(wide, text, count, l, NULL);
}
size_t mbstowcs(wchar_t *wide, const char *text, size_t count)
{
    return _mbstowcs_l(wide, text, count, NULL);
}
size_t mbsrtowcs(wchar_t *wide, const char **text, size_t count, struct mb_state *state)
{
    const char *end;

    (void)state;
    CRT_CHECK(text && *text, EINVAL, (size_t)-1);
    size_t result = to_wide(wide, *text, count, NULL, &end);
    if (wide)
        *text = end;
    return result;
}

/* Converts up to limit bytes without cutting a character in two. */
static size_t to_narrow(char *text, const wchar_t *wide, size_t limit, crt_locale_t l,
                        const wchar_t **ret_end)
{
    unsigned int cp = crt_codepage(l);
    size_t count = 0;
    const wchar_t *p = wide;

    while (count < limit || !text) {
        char bytes[8];
        int n, units = 1;
        if (cp == CP_UTF8 && *p >= 0xd800 && *p < 0xdc00 && p[1] >= 0xdc00 && p[1] < 0xe000) {
            units = 2;
            n = WideCharToMultiByte(cp, 0, p, 2, bytes, sizeof bytes, NULL, NULL);
        } else {
            n = crt_wctomb(bytes, *p, l);
        }
        if (n < 0) {
            if (ret_end)
                *ret_end = p;
            return (size_t)-1;
        }
        if (text) {
            if (count + n > limit)
                break;
            memcpy(text + count, bytes, n);
        }
        if (!*p) {
            p = NULL;
            break;
        }
        count += n;
        p += units;
    }
    if (ret_end)
        *ret_end = p;
    return count;
}

size_t _wcstombs_l(char *text, const wchar_t *wide, size_t count, crt_locale_t l)
{
    CRT_CHECK(wide, EINVAL, (size_t)-1);
    return to_narrow(text, wide, count, l, NULL);
}
size_t wcstombs(char *text, const wchar_t *wide, size_t count)
{
    return _wcstombs_l(text, wide, count, NULL);
}
size_t wcsrtombs(char *text, const wchar_t **wide, size_t count, struct mb_state *state)
{
    const wchar_t *end;

    (void)state;
    CRT_CHECK(wide && *wide, EINVAL, (size_t)-1);
    size_t result = to_narrow(text, *wide, count, NULL, &end);
    if (text)
        *wide = end;
    return result;
}

#define CHECKED(name, TO, FROM, convert)                                                                     \
    int name##_s_l(size_t *ret_count, TO *to, size_t size, const FROM *from, size_t count, crt_locale_t l)   \
    {                                                                                                        \
        if (ret_count)                                                                                       \
            *ret_count = 0;                                                                                  \
        CRT_CHECK((to && size) || (!to && !size), EINVAL, EINVAL);                                           \
        if (to)                                                                                              \
            *to = 0;                                                                                         \
        CRT_CHECK(from, EINVAL, EINVAL);                                                                     \
        size_t limit = count < size ? count : size;                                                          \
        size_t length = convert(to, from, to ? limit : 0, l, NULL);                                          \
        if (length == (size_t)-1) {                                                                          \
            if (to)                                                                                          \
                *to = 0;                                                                                     \
            return errno;                                                                                    \
        }                                                                                                    \
        if (to) {                                                                                            \
            if (length >= size) {                                                                            \
                if (count != _TRUNCATE) {                                                                    \
                    *to = 0;                                                                                 \
                    CRT_CHECK(false, ERANGE, ERANGE);                                                        \
                }                                                                                            \
                length = size - 1;                                                                           \
                to[length] = 0;                                                                              \
                if (ret_count)                                                                               \
                    *ret_count = length + 1;                                                                 \
                return STRUNCATE;                                                                            \
            }                                                                                                \
            to[length] = 0;                                                                                  \
        }                                                                                                    \
        if (ret_count)                                                                                       \
            *ret_count = length + 1;                                                                         \
        return 0;                                                                                            \
    }

CHECKED(_mbstowcs, wchar_t, char, to_wide)
CHECKED(_wcstombs, char, wchar_t, to_narrow)
int mbstowcs_s(size_t *n, wchar_t *to, size_t size, const char *from, size_t count)
{
    return _mbstowcs_s_l(n, to, size, from, count, NULL);
}
int wcstombs_s(size_t *n, char *to, size_t size, const wchar_t *from, size_t count)
{
    return _wcstombs_s_l(n, to, size, from, count, NULL);
}
int mbsrtowcs_s(size_t *n, wchar_t *to, size_t size, const char **from, size_t count, struct mb_state *state)
{
    CRT_CHECK(from, EINVAL, EINVAL);
    int error = _mbstowcs_s_l(n, to, size, *from, count, NULL);
    if (!error && to)
        *from = NULL;
    (void)state;
    return error;
}
int wcsrtombs_s(size_t *n, char *to, size_t size, const wchar_t **from, size_t count, struct mb_state *state)
{
    CRT_CHECK(from, EINVAL, EINVAL);
    int error = _wcstombs_s_l(n, to, size, *from, count, NULL);
    if (!error && to)
        *from = NULL;
    (void)state;
    return error;
}
