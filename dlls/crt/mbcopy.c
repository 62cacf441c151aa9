/*
 * Multibyte strings: copying, filling, changing case, with and without checks.
 */
#include "mbstring_private.h"

byte *_mbscpy(byte *to, const byte *from)
{
    return (byte *)strcpy((char *)to, (char *)from);
}
byte *_mbscat(byte *to, const byte *from)
{
    return (byte *)strcat((char *)to, (char *)from);
}
byte *_mbsdup(const byte *p)
{
    return (byte *)_strdup((char *)p);
}
void _mbccpy_l(byte *to, const byte *from, crt_locale_t l)
{
    memcpy(to, from, mb_size_at(from, crt_mbc_of(l)));
}
void _mbccpy(byte *to, const byte *from)
{
    _mbccpy_l(to, from, NULL);
}

size_t mb_whole(const byte *p, size_t limit, const struct crt_mbc *m)
{
    size_t n = 0;

    while (n < limit && p[n]) {
        int size = mb_size_at(p + n, m);
        if (n + size > limit)
            break;
        n += size;
    }
    return n;
}

byte *_mbsnbcpy_l(byte *to, const byte *from, size_t count, crt_locale_t l)
{
    CRT_CHECK(to && from, EINVAL, NULL);
    size_t n = mb_whole(from, count, crt_mbc_of(l));
    memcpy(to, from, n);
    memset(to + n, 0, count - n);
    return to;
}
byte *_mbsnbcpy(byte *to, const byte *from, size_t count)
{
    return _mbsnbcpy_l(to, from, count, NULL);
}
byte *_mbsncpy_l(byte *to, const byte *from, size_t count, crt_locale_t l)
{
    CRT_CHECK(to && from, EINVAL, NULL);
    size_t n = _mbsnbcnt_l(from, count, l), characters = _mbsnccnt_l(from, n, l);
    memcpy(to, from, n);
    memset(to + n, 0, count - characters);
    return to;
}
byte *_mbsncpy(byte *to, const byte *from, size_t count)
{
    return _mbsncpy_l(to, from, count, NULL);
}
byte *_mbsnbcat_l(byte *to, const byte *from, size_t count, crt_locale_t l)
{
    CRT_CHECK(to && from, EINVAL, NULL);
    size_t n = mb_whole(from, count, crt_mbc_of(l)), used = LENGTH(to);
    memcpy(to + used, from, n);
    to[used + n] = 0;
    return to;
}
byte *_mbsnbcat(byte *to, const byte *from, size_t count)
{
    return _mbsnbcat_l(to, from, count, NULL);
}
byte *_mbsncat_l(byte *to, const byte *from, size_t count, crt_locale_t l)
{
    CRT_CHECK(to && from, EINVAL, NULL);
    return _mbsnbcat_l(to, from, _mbsnbcnt_l(from, count, l), l);
}
byte *_mbsncat(byte *to, const byte *from, size_t count)
{
    return _mbsncat_l(to, from, count, NULL);
}

byte *_mbsrev_l(byte *text, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    size_t length = LENGTH(text), out = length;
    byte *copy = malloc(length + 1);

    if (!copy)
        return NULL;
    memcpy(copy, text, length + 1);
    for (byte *p = copy; *p;) {
        int size = mb_size_at(p, m);
        out -= size;
        memcpy(text + out, p, size);
        p += size;
    }
    free(copy);
    return text;
}
byte *_mbsrev(byte *text)
{
    return _mbsrev_l(text, NULL);
}

/* Fills bytes of the text, at most `bytes`, with whole characters; a last odd byte gets a space. */
static byte *fill(byte *text, unsigned int c, size_t bytes, size_t characters)
{
    byte *p = text;

    while (*p && bytes && characters--) {
        if (c > 255) {
            if (!p[1] || bytes < 2) {
                *p = ' ';
                break;
            }
            *p++ = (byte)(c >> 8);
            *p++ = (byte)c;
            bytes -= 2;
        } else {
            *p++ = (byte)c;
            bytes--;
        }
    }
    return text;
}
byte *_mbsset_l(byte *text, unsigned int c, crt_locale_t l)
{
    return (void)l, fill(text, c, SIZE_MAX, SIZE_MAX);
}
byte *_mbsset(byte *text, unsigned int c)
{
    return fill(text, c, SIZE_MAX, SIZE_MAX);
}
byte *_mbsnset_l(byte *text, unsigned int c, size_t n, crt_locale_t l)
{
    return (void)l, fill(text, c, SIZE_MAX, n);
}
byte *_mbsnset(byte *text, unsigned int c, size_t n)
{
    return fill(text, c, SIZE_MAX, n);
}
byte *_mbsnbset_l(byte *text, unsigned int c, size_t n, crt_locale_t l)
{
    return (void)l, fill(text, c, n, SIZE_MAX);
}
byte *_mbsnbset(byte *text, unsigned int c, size_t n)
{
    return fill(text, c, n, SIZE_MAX);
}

static byte *change_case(byte *text, bool upper, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);

    CRT_CHECK(text, EINVAL, NULL);
    for (byte *p = text; *p; p += mb_size_at(p, m)) {
        unsigned int c = mb_map(mb_value_at(p, m), m, upper);
        if (c > 255) {
            p[0] = (byte)(c >> 8);
            p[1] = (byte)c;
        } else {
            *p = (byte)c;
        }
    }
    return text;
}
byte *_mbslwr_l(byte *text, crt_locale_t l)
{
    return change_case(text, false, l);
}
byte *_mbslwr(byte *text)
{
    return change_case(text, false, NULL);
}
byte *_mbsupr_l(byte *text, crt_locale_t l)
{
    return change_case(text, true, l);
}
byte *_mbsupr(byte *text)
{
    return change_case(text, true, NULL);
}

/* ---------------------------------------------------------------- the checked forms */

#define FAIL(code)                                                                                           \
    do {                                                                                                     \
        *to = 0;                                                                                             \
        errno = (code);                                                                                      \
        _invalid_parameter_noinfo();                                                                         \
        return (code);                                                                                       \
    } while (0)

/* Puts `bytes` bytes of whole characters after `used`; _TRUNCATE takes what fits. */
static int put(byte *to, size_t used, size_t size, const byte *from, size_t bytes, bool truncate,
               crt_locale_t l)
{
    if (bytes >= size - used) {
        if (!truncate)
            FAIL(ERANGE);
        bytes = mb_whole(from, size - used - 1, crt_mbc_of(l));
        memcpy(to + used, from, bytes);
        to[used + bytes] = 0;
        return STRUNCATE;
    }
    memcpy(to + used, from, bytes);
    to[used + bytes] = 0;
    return 0;
}

#define CHECKED(name, limit)                                                                                 \
    int _mbs##name##cpy_s_l(byte *to, size_t size, const byte *from, size_t n, crt_locale_t l)               \
    {                                                                                                        \
        if (!n && !to && !size)                                                                              \
            return 0;                                                                                        \
        CRT_CHECK(to &&size, EINVAL, EINVAL);                                                                \
        if (!n) {                                                                                            \
            *to = 0;                                                                                         \
            return 0;                                                                                        \
        }                                                                                                    \
        if (!from)                                                                                           \
            FAIL(EINVAL);                                                                                    \
        return put(to, 0, size, from, n == _TRUNCATE ? LENGTH(from) : limit, n == _TRUNCATE, l);             \
    }                                                                                                        \
    int _mbs##name##cpy_s(byte *to, size_t size, const byte *from, size_t n)                                 \
    {                                                                                                        \
        return _mbs##name##cpy_s_l(to, size, from, n, NULL);                                                 \
    }                                                                                                        \
    int _mbs##name##cat_s_l(byte *to, size_t size, const byte *from, size_t n, crt_locale_t l)               \
    {                                                                                                        \
        if (!n && !to && !size)                                                                              \
            return 0;                                                                                        \
        CRT_CHECK(to &&size, EINVAL, EINVAL);                                                                \
        size_t used = strnlen((char *)to, size);                                                             \
        if (used == size || (!from && n))                                                                    \
            FAIL(EINVAL);                                                                                    \
        if (!n)                                                                                              \
            return 0;                                                                                        \
        return put(to, used, size, from, n == _TRUNCATE ? LENGTH(from) : limit, n == _TRUNCATE, l);          \
    }                                                                                                        \
    int _mbs##name##cat_s(byte *to, size_t size, const byte *from, size_t n)                                 \
    {                                                                                                        \
        return _mbs##name##cat_s_l(to, size, from, n, NULL);                                                 \
    }
CHECKED(n, _mbsnbcnt_l(from, n, l))
CHECKED(nb, mb_whole(from, n, crt_mbc_of(l)))

int strcpy_s(char *to, size_t size, const char *from);
int strcat_s(char *to, size_t size, const char *from);
int _mbscpy_s_l(byte *to, size_t size, const byte *from, crt_locale_t l)
{
    return (void)l, strcpy_s((char *)to, size, (char *)from);
}
int _mbscpy_s(byte *to, size_t size, const byte *from)
{
    return strcpy_s((char *)to, size, (char *)from);
}
int _mbscat_s_l(byte *to, size_t size, const byte *from, crt_locale_t l)
{
    return (void)l, strcat_s((char *)to, size, (char *)from);
}
int _mbscat_s(byte *to, size_t size, const byte *from)
{
    return strcat_s((char *)to, size, (char *)from);
}
int _mbccpy_s_l(byte *to, size_t size, int *ret_size, const byte *from, crt_locale_t l)
{
    CRT_CHECK(to && size, EINVAL, EINVAL);
    if (!from)
        FAIL(EINVAL);
    int n = mb_size_at(from, crt_mbc_of(l));
    if ((size_t)n > size)
        FAIL(ERANGE);
    memcpy(to, from, n);
    if (ret_size)
        *ret_size = n;
    return 0;
}
int _mbccpy_s(byte *to, size_t size, int *ret_size, const byte *from)
{
    return _mbccpy_s_l(to, size, ret_size, from, NULL);
}

#define IN_PLACE(name, parameters, pass, call)                                                               \
    int name##_s_l parameters                                                                                \
    {                                                                                                        \
        CRT_CHECK(to &&size, EINVAL, EINVAL);                                                                \
        if (strnlen((char *)to, size) == size)                                                               \
            FAIL(EINVAL);                                                                                    \
        call;                                                                                                \
        return 0;                                                                                            \
    }
IN_PLACE(_mbslwr, (byte * to, size_t size, crt_locale_t l), , _mbslwr_l(to, l))
IN_PLACE(_mbsupr, (byte * to, size_t size, crt_locale_t l), , _mbsupr_l(to, l))
IN_PLACE(_mbsset, (byte * to, size_t size, unsigned int c, crt_locale_t l), , _mbsset_l(to, c, l))
IN_PLACE(_mbsnset, (byte * to, size_t size, unsigned int c, size_t n, crt_locale_t l), ,
         _mbsnset_l(to, c, n, l))
IN_PLACE(_mbsnbset, (byte * to, size_t size, unsigned int c, size_t n, crt_locale_t l), ,
         _mbsnbset_l(to, c, n, l))
int _mbslwr_s(byte *to, size_t size)
{
    return _mbslwr_s_l(to, size, NULL);
}
int _mbsupr_s(byte *to, size_t size)
{
    return _mbsupr_s_l(to, size, NULL);
}
int _mbsset_s(byte *to, size_t size, unsigned int c)
{
    return _mbsset_s_l(to, size, c, NULL);
}
int _mbsnset_s(byte *to, size_t size, unsigned int c, size_t n)
{
    return _mbsnset_s_l(to, size, c, n, NULL);
}
int _mbsnbset_s(byte *to, size_t size, unsigned int c, size_t n)
{
    return _mbsnbset_s_l(to, size, c, n, NULL);
}
