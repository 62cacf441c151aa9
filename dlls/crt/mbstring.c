/*
 * Multibyte strings: moving, measuring and searching.
 */
#include "mbstring_private.h"

byte *_mbsinc_l(const byte *p, crt_locale_t l)
{
    CRT_CHECK(p, EINVAL, NULL);
    return (byte *)p + mb_size_at(p, crt_mbc_of(l));
}
byte *_mbsinc(const byte *p)
{
    return _mbsinc_l(p, NULL);
}
byte *_mbsdec_l(const byte *start, const byte *p, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    const byte *last = NULL;

    CRT_CHECK(start && p, EINVAL, NULL);
    while (start < p) {
        last = start;
        start += mb_size_at(start, m);
    }
    return (byte *)last;
}
byte *_mbsdec(const byte *start, const byte *p)
{
    return _mbsdec_l(start, p, NULL);
}
unsigned int _mbsnextc_l(const byte *p, crt_locale_t l)
{
    CRT_CHECK(p, EINVAL, 0);
    return mb_value_at(p, crt_mbc_of(l));
}
unsigned int _mbsnextc(const byte *p)
{
    return _mbsnextc_l(p, NULL);
}
/* Bytes in the first `count` characters. */
size_t _mbsnbcnt_l(const byte *p, size_t count, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    const byte *start = p;

    CRT_CHECK(p || !count, EINVAL, 0);
    while (count-- && *p)
        p += mb_size_at(p, m);
    return p - start;
}
size_t _mbsnbcnt(const byte *p, size_t count)
{
    return _mbsnbcnt_l(p, count, NULL);
}
/* Characters in the first `count` bytes. */
size_t _mbsnccnt_l(const byte *p, size_t count, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    const byte *end = p + count;
    size_t n = 0;

    CRT_CHECK(p || !count, EINVAL, 0);
    for (; p < end && *p; n++)
        p += mb_size_at(p, m);
    return n;
}
size_t _mbsnccnt(const byte *p, size_t count)
{
    return _mbsnccnt_l(p, count, NULL);
}
size_t _mbslen_l(const byte *p, crt_locale_t l)
{
    CRT_CHECK(p, EINVAL, (size_t)-1);
    return _mbsnccnt_l(p, strlen((char *)p), l);
}
size_t _mbslen(const byte *p)
{
    return _mbslen_l(p, NULL);
}
size_t _mbsnlen_l(const byte *p, size_t size, crt_locale_t l)
{
    size_t length = strnlen((char *)p, size);
    return length == size ? size : _mbsnccnt_l(p, length, l);
}
size_t _mbsnlen(const byte *p, size_t size)
{
    return _mbsnlen_l(p, size, NULL);
}
byte *_mbsninc_l(const byte *p, size_t count, crt_locale_t l)
{
    return p ? (byte *)p + _mbsnbcnt_l(p, count, l) : NULL;
}
byte *_mbsninc(const byte *p, size_t count)
{
    return _mbsninc_l(p, count, NULL);
}
/* By the locale's code page. */
size_t _mbstrnlen_l(const char *p, size_t limit, crt_locale_t l)
{
    size_t n = 0;
    const char *end = p + limit;

    CRT_CHECK(p, EINVAL, (size_t)-1);
    while (p < end && *p) {
        wchar_t c;
        int size = crt_mbtowc(&c, p, crt_locale_of(l)->mb_cur_max, l);
        if (size <= 0) {
            errno = EILSEQ;
            return (size_t)-1;
        }
        p += size;
        n++;
    }
    return n;
}
size_t _mbstrnlen(const char *p, size_t limit)
{
    return _mbstrnlen_l(p, limit, NULL);
}
size_t _mbstrlen_l(const char *p, crt_locale_t l)
{
    return _mbstrnlen_l(p, p ? strlen(p) : 0, l);
}
size_t _mbstrlen(const char *p)
{
    return _mbstrlen_l(p, NULL);
}

byte *_mbschr_l(const byte *p, unsigned int c, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);

    CRT_CHECK(p, EINVAL, NULL);
    for (;; p += mb_size_at(p, m)) {
        if (mb_value_at(p, m) == c)
            return (byte *)p;
        if (!*p)
            return NULL;
    }
}
byte *_mbschr(const byte *p, unsigned int c)
{
    return _mbschr_l(p, c, NULL);
}
byte *_mbsrchr_l(const byte *p, unsigned int c, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    const byte *found = NULL;

    CRT_CHECK(p, EINVAL, NULL);
    for (;; p += mb_size_at(p, m)) {
        if (mb_value_at(p, m) == c)
            found = p;
        if (!*p)
            return (byte *)found;
    }
}
byte *_mbsrchr(const byte *p, unsigned int c)
{
    return _mbsrchr_l(p, c, NULL);
}
byte *_mbsstr_l(const byte *p, const byte *part, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    size_t length;

    CRT_CHECK(p && part, EINVAL, NULL);
    length = LENGTH(part);
    for (;; p += mb_size_at(p, m)) {
        if (!strncmp((char *)p, (char *)part, length))
            return (byte *)p;
        if (!*p)
            return NULL;
    }
}
byte *_mbsstr(const byte *p, const byte *part)
{
    return _mbsstr_l(p, part, NULL);
}
static const byte *span(const byte *p, const byte *set, bool in, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);

    for (; *p; p += mb_size_at(p, m))
        if ((_mbschr_l(set, mb_value_at(p, m), l) != NULL) != in)
            break;
    return p;
}
size_t _mbsspn_l(const byte *p, const byte *set, crt_locale_t l)
{
    CRT_CHECK(p && set, EINVAL, 0);
    return span(p, set, true, l) - p;
}
size_t _mbsspn(const byte *p, const byte *set)
{
    return _mbsspn_l(p, set, NULL);
}
size_t _mbscspn_l(const byte *p, const byte *set, crt_locale_t l)
{
    CRT_CHECK(p && set, EINVAL, 0);
    return span(p, set, false, l) - p;
}
size_t _mbscspn(const byte *p, const byte *set)
{
    return _mbscspn_l(p, set, NULL);
}
byte *_mbspbrk_l(const byte *p, const byte *set, crt_locale_t l)
{
    CRT_CHECK(p && set, EINVAL, NULL);
    p = span(p, set, false, l);
    return *p ? (byte *)p : NULL;
}
byte *_mbspbrk(const byte *p, const byte *set)
{
    return _mbspbrk_l(p, set, NULL);
}
byte *_mbsspnp_l(const byte *p, const byte *set, crt_locale_t l)
{
    CRT_CHECK(p && set, EINVAL, NULL);
    p = span(p, set, true, l);
    return *p ? (byte *)p : NULL;
}
byte *_mbsspnp(const byte *p, const byte *set)
{
    return _mbsspnp_l(p, set, NULL);
}
byte *_mbstok_s_l(byte *p, const byte *set, byte **context, crt_locale_t l)
{
    CRT_CHECK(context && set && (p || *context), EINVAL, NULL);
    if (!p)
        p = *context;
    p = (byte *)span(p, set, true, l);
    if (!*p) {
        *context = p;
        return NULL;
    }
    byte *end = (byte *)span(p, set, false, l);
    if (*end) {
        int size = mb_size_at(end, crt_mbc_of(l));
        *end = 0;
        end += size;
    }
    *context = end;
    return p;
}
byte *_mbstok_s(byte *p, const byte *set, byte **context)
{
    return _mbstok_s_l(p, set, context, NULL);
}
byte *_mbstok_l(byte *p, const byte *set, crt_locale_t l)
{
    struct crt_thread *thread = crt_thread();

    if (!p && !thread->mbstok_next)
        return NULL;
    return _mbstok_s_l(p, set, &thread->mbstok_next, l);
}
byte *_mbstok(byte *p, const byte *set)
{
    return _mbstok_l(p, set, NULL);
}
