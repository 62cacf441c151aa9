/*
 * memcpy and friends, with SSE2 for short blocks and the string instructions for long ones.
 * Compiled without loop idioms, which would call themselves.
 */
#include "crt.h"

#include <emmintrin.h>

#define LOAD(p)     _mm_loadu_si128((const __m128i *)(p))
#define STORE(p, v) _mm_storeu_si128((__m128i *)(p), v)

void *memmove(void *to, const void *from, size_t count)
{
    unsigned char *d = to;
    const unsigned char *s = from;

    if (count <= 16) {
        if (count >= 8) {
            uint64_t a, b;
            __builtin_memcpy(&a, s, 8);
            __builtin_memcpy(&b, s + count - 8, 8);
            __builtin_memcpy(d, &a, 8);
            __builtin_memcpy(d + count - 8, &b, 8);
        } else if (count >= 4) {
            uint32_t a, b;
            __builtin_memcpy(&a, s, 4);
            __builtin_memcpy(&b, s + count - 4, 4);
            __builtin_memcpy(d, &a, 4);
            __builtin_memcpy(d + count - 4, &b, 4);
        } else if (count) {
            unsigned char a = s[0], b = s[count / 2], c = s[count - 1];
            d[0] = a;
            d[count / 2] = b;
            d[count - 1] = c;
        }
        return to;
    }
    if (count <= 32) {
        __m128i a = LOAD(s), b = LOAD(s + count - 16);
        STORE(d, a);
        STORE(d + count - 16, b);
        return to;
    }
    if (count <= 64) {
        __m128i a = LOAD(s), b = LOAD(s + 16), c = LOAD(s + count - 32), e = LOAD(s + count - 16);
        STORE(d, a);
        STORE(d + 16, b);
        STORE(d + count - 32, c);
        STORE(d + count - 16, e);
        return to;
    }
    if ((uintptr_t)d - (uintptr_t)s >= count) { /* forwards is safe */
        if (count >= 2048 && (uintptr_t)s - (uintptr_t)d >= 64) {
            __asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(count) : : "memory");
            return to;
        }
        __m128i tail[4] = {LOAD(s + count - 64), LOAD(s + count - 48), LOAD(s + count - 32),
                           LOAD(s + count - 16)};
        unsigned char *end = d + count;
        for (; count > 64; count -= 64, s += 64, d += 64) {
            __m128i a = LOAD(s), b = LOAD(s + 16), c = LOAD(s + 32), e = LOAD(s + 48);
            STORE(d, a);
            STORE(d + 16, b);
            STORE(d + 32, c);
            STORE(d + 48, e);
        }
        STORE(end - 64, tail[0]);
        STORE(end - 48, tail[1]);
        STORE(end - 32, tail[2]);
        STORE(end - 16, tail[3]);
        return to;
    }
    __m128i head[4] = {LOAD(s), LOAD(s + 16), LOAD(s + 32), LOAD(s + 48)};
    for (; count > 64; count -= 64) {
        __m128i a = LOAD(s + count - 16), b = LOAD(s + count - 32), c = LOAD(s + count - 48),
                e = LOAD(s + count - 64);
        STORE(d + count - 16, a);
        STORE(d + count - 32, b);
        STORE(d + count - 48, c);
        STORE(d + count - 64, e);
    }
    STORE(d, head[0]);
    STORE(d + 16, head[1]);
    STORE(d + 32, head[2]);
    STORE(d + 48, head[3]);
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    return memmove(to, from, count);
}

void *memset(void *to, int value, size_t count)
{
    unsigned char *d = to;

    if (count < 16) {
        uint64_t pattern = 0x0101010101010101ull * (unsigned char)value;
        if (count >= 8) {
            __builtin_memcpy(d, &pattern, 8);
            __builtin_memcpy(d + count - 8, &pattern, 8);
        } else if (count >= 4) {
            __builtin_memcpy(d, &pattern, 4);
            __builtin_memcpy(d + count - 4, &pattern, 4);
        } else if (count) {
            d[0] = d[count / 2] = d[count - 1] = (unsigned char)value;
        }
        return to;
    }
    if (count >= 1024) {
        void *at = d;
        __asm__ volatile("rep stosb" : "+D"(at), "+c"(count) : "a"(value) : "memory");
        return to;
    }
    __m128i v = _mm_set1_epi8((char)value);
    unsigned char *end = d + count - 16;
    for (; d < end; d += 16)
        STORE(d, v);
    STORE(end, v);
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const unsigned char *p = a, *q = b;

    for (; count >= 16; count -= 16, p += 16, q += 16) {
        unsigned int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(LOAD(p), LOAD(q)));
        if (mask != 0xffff) {
            int i = __builtin_ctz(~mask);
            return p[i] < q[i] ? -1 : 1;
        }
    }
    for (; count; count--, p++, q++)
        if (*p != *q)
            return *p < *q ? -1 : 1;
    return 0;
}

void *memchr(const void *block, int value, size_t count)
{
    const unsigned char *p = block;
    __m128i v = _mm_set1_epi8((char)value);

    for (; count >= 16; count -= 16, p += 16) {
        unsigned int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(LOAD(p), v));
        if (mask)
            return (void *)(p + __builtin_ctz(mask));
    }
    for (; count; count--, p++)
        if (*p == (unsigned char)value)
            return (void *)p;
    return NULL;
}

size_t strlen(const char *text)
{
    /* Aligned reads never cross into a page that the string does not touch. */
    const char *p = (const char *)((uintptr_t)text & ~(uintptr_t)15);
    const __m128i zero = _mm_setzero_si128();
    unsigned int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_load_si128((const __m128i *)p), zero));

    mask &= ~0u << (text - p);
    while (!mask) {
        p += 16;
        mask = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_load_si128((const __m128i *)p), zero));
    }
    return p + __builtin_ctz(mask) - text;
}

size_t wcslen(const wchar_t *text)
{
    const wchar_t *p = text;

    while ((uintptr_t)p & 15) {
        if (!*p)
            return p - text;
        if ((uintptr_t)p & 1) { /* odd addresses never get aligned */
            while (*p)
                p++;
            return p - text;
        }
        p++;
    }
    for (;; p += 8) {
        unsigned int mask = _mm_movemask_epi8(
            _mm_cmpeq_epi16(_mm_load_si128((const __m128i *)p), _mm_setzero_si128()));
        if (mask)
            return p + __builtin_ctz(mask) / 2 - text;
    }
}

void *_memccpy(void *to, const void *from, int stop, size_t count)
{
    unsigned char *d = to;
    const unsigned char *s = from;

    while (count--)
        if ((*d++ = *s++) == (unsigned char)stop)
            return d;
    return NULL;
}

int memcpy_s(void *to, size_t size, const void *from, size_t count)
{
    if (!count)
        return 0;
    CRT_CHECK(to, EINVAL, EINVAL);
    if (!from || size < count) {
        memset(to, 0, size);
        CRT_CHECK(from, EINVAL, EINVAL);
        CRT_CHECK(size >= count, ERANGE, ERANGE);
    }
    memcpy(to, from, count);
    return 0;
}

int memmove_s(void *to, size_t size, const void *from, size_t count)
{
    if (!count)
        return 0;
    CRT_CHECK(to && from, EINVAL, EINVAL);
    CRT_CHECK(size >= count, ERANGE, ERANGE);
    memmove(to, from, count);
    return 0;
}

int wmemcpy_s(wchar_t *to, size_t size, const wchar_t *from, size_t count)
{
    return memcpy_s(to, size * 2, from, count * 2);
}
int wmemmove_s(wchar_t *to, size_t size, const wchar_t *from, size_t count)
{
    return memmove_s(to, size * 2, from, count * 2);
}

void _swab(char *from, char *to, int count)
{
    for (; count > 1; count -= 2, from += 2, to += 2) {
        char a = from[0], b = from[1];
        to[0] = b;
        to[1] = a;
    }
}
