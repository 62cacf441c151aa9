/*
 * memcpy and friends: overlapping vector moves for short blocks, `rep movsb/stosb` for long ones.
 * Loops here must not become calls of the functions they implement.
 */
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#include <emmintrin.h>
#include <nt/rtl.h>

#define REP_THRESHOLD 1024

typedef __m128i vector;

static inline vector load(const void *p)
{
    return _mm_loadu_si128((const vector *)p);
}
static inline void store(void *p, vector v)
{
    _mm_storeu_si128((vector *)p, v);
}

/* Copies up to 16 bytes: everything is read before anything is written. */
static inline void copy_small(char *to, const char *from, size_t size)
{
    if (size >= 8) {
        unsigned long long a, b;
        __builtin_memcpy(&a, from, 8);
        __builtin_memcpy(&b, from + size - 8, 8);
        __builtin_memcpy(to, &a, 8);
        __builtin_memcpy(to + size - 8, &b, 8);
    } else if (size >= 4) {
        unsigned a, b;
        __builtin_memcpy(&a, from, 4);
        __builtin_memcpy(&b, from + size - 4, 4);
        __builtin_memcpy(to, &a, 4);
        __builtin_memcpy(to + size - 4, &b, 4);
    } else if (size) {
        char a = from[0], b = from[size >> 1], c = from[size - 1];
        to[0] = a;
        to[size >> 1] = b;
        to[size - 1] = c;
    }
}

static inline void copy_rep(char *to, const char *from, size_t size)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

/* Ascending; right when `to` is below `from` or the blocks do not overlap. */
static void *copy_up(char *to, const char *from, size_t size)
{
    char *result = to;
    vector tail = load(from + size - 16), tail2 = load(from + size - 32);
    char *end = to + size;

    while (size > 64) {
        vector a = load(from), b = load(from + 16), c = load(from + 32), d = load(from + 48);
        store(to, a);
        store(to + 16, b);
        store(to + 32, c);
        store(to + 48, d);
        to += 64;
        from += 64;
        size -= 64;
    }
    if (size > 32) {
        vector a = load(from), b = load(from + 16);
        store(to, a);
        store(to + 16, b);
    }
    store(end - 32, tail2);
    store(end - 16, tail);
    return result;
}

static void *copy_down(char *to, const char *from, size_t size)
{
    vector head = load(from), head2 = load(from + 16);
    size_t left = size;

    while (left > 64) {
        vector a = load(from + left - 16), b = load(from + left - 32), c = load(from + left - 48),
               d = load(from + left - 64);
        store(to + left - 16, a);
        store(to + left - 32, b);
        store(to + left - 48, c);
        store(to + left - 64, d);
        left -= 64;
    }
    if (left > 32) {
        vector a = load(from + left - 16), b = load(from + left - 32);
        store(to + left - 16, a);
        store(to + left - 32, b);
    }
    store(to + 16, head2);
    store(to, head);
    return to;
}

void *__cdecl memcpy(void *restrict to, const void *restrict from, size_t size)
{
    if (size <= 16) {
        copy_small(to, from, size);
        return to;
    }
    if (size <= 32) {
        vector a = load(from), b = load((const char *)from + size - 16);
        store(to, a);
        store((char *)to + size - 16, b);
        return to;
    }
    if (size >= REP_THRESHOLD && (size_t)((char *)to - (const char *)from) >= size) {
        copy_rep(to, from, size);
        return to;
    }
    if ((size_t)((char *)to - (const char *)from) < size)
        return copy_down(to, from, size);
    return copy_up(to, from, size);
}

void *__cdecl memmove(void *to, const void *from, size_t size)
{
    if (size <= 16) {
        copy_small(to, from, size);
        return to;
    }
    if (size <= 32) {
        vector a = load(from), b = load((const char *)from + size - 16);
        store(to, a);
        store((char *)to + size - 16, b);
        return to;
    }
    if ((size_t)((char *)to - (const char *)from) < size)
        return copy_down(to, from, size);
    if (size >= REP_THRESHOLD && (size_t)((const char *)from - (char *)to) >= size)
        copy_rep(to, from, size);
    else
        copy_up(to, from, size);
    return to;
}

void *__cdecl memset(void *to, int value, size_t size)
{
    char *p = to;

    if (size < 16) {
        unsigned long long pattern = 0x0101010101010101ull * (unsigned char)value;
        if (size >= 8) {
            __builtin_memcpy(p, &pattern, 8);
            __builtin_memcpy(p + size - 8, &pattern, 8);
        } else if (size >= 4) {
            __builtin_memcpy(p, &pattern, 4);
            __builtin_memcpy(p + size - 4, &pattern, 4);
        } else if (size) {
            p[0] = p[size >> 1] = p[size - 1] = (char)value;
        }
        return to;
    }
    if (size >= REP_THRESHOLD) {
        __asm__ volatile("rep stosb" : "+D"(p), "+c"(size) : "a"(value) : "memory");
        return to;
    }
    vector v = _mm_set1_epi8((char)value);
    for (size_t i = 0; i + 16 <= size; i += 16)
        store(p + i, v);
    store(p + size - 16, v);
    return to;
}

int __cdecl memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *p = a, *q = b;

    for (; size >= 16; size -= 16, p += 16, q += 16) {
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(load(p), load(q)));
        if (mask != 0xffff) {
            unsigned i = (unsigned)__builtin_ctz(~mask);
            return p[i] < q[i] ? -1 : 1;
        }
    }
    for (; size; size--, p++, q++)
        if (*p != *q)
            return *p < *q ? -1 : 1;
    return 0;
}

void *__cdecl memchr(const void *block, int value, size_t size)
{
    const unsigned char *p = block;

    for (; size; size--, p++)
        if (*p == (unsigned char)value)
            return (void *)p;
    return NULL;
}

#undef RtlMoveMemory
#undef RtlCopyMemory
#undef RtlZeroMemory
#undef RtlFillMemory
void NTAPI RtlMoveMemory(void *to, const void *from, SIZE_T size)
{
    memmove(to, from, size);
}
void NTAPI RtlCopyMemory(void *to, const void *from, SIZE_T size)
{
    memcpy(to, from, size);
}
void NTAPI RtlZeroMemory(void *to, SIZE_T size)
{
    memset(to, 0, size);
}
void NTAPI RtlFillMemory(void *to, SIZE_T size, UCHAR value)
{
    memset(to, value, size);
}

void NTAPI RtlFillMemoryUlong(PULONG to, SIZE_T size, ULONG pattern)
{
    for (size /= sizeof(ULONG); size; size--)
        *to++ = pattern;
}

void NTAPI RtlFillMemoryUlonglong(PULONGLONG to, SIZE_T size, ULONGLONG pattern)
{
    for (size /= sizeof(ULONGLONG); size; size--)
        *to++ = pattern;
}

SIZE_T NTAPI RtlCompareMemory(const void *a, const void *b, SIZE_T size)
{
    const unsigned char *p = a, *q = b;
    SIZE_T i = 0;

    while (i < size && p[i] == q[i])
        i++;
    return i;
}

SIZE_T NTAPI RtlCompareMemoryUlong(PVOID source, SIZE_T size, ULONG pattern)
{
    const ULONG *p = source;
    SIZE_T i = 0, count = size / sizeof(ULONG);

    while (i < count && p[i] == pattern)
        i++;
    return i * sizeof(ULONG);
}
