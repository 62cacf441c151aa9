/*
 * What most text is: the ASCII characters at its beginning, converted sixteen bytes at a time. For code pages
 * that have ASCII where ASCII is.
 */
#ifndef NTDLL_NLS_ASCII_H
#define NTDLL_NLS_ASCII_H

#include <emmintrin.h>
#include <nt/nls.h>

/* How many of the bytes are ASCII before the first that is not; they are written to `to`, which may be NULL.
 */
static inline ULONG ascii_to_wide(const CHAR *from, ULONG count, WCHAR *to)
{
    ULONG i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(from + i));
        if (_mm_movemask_epi8(bytes))
            break;
        if (to) {
            _mm_storeu_si128((__m128i *)(to + i), _mm_unpacklo_epi8(bytes, _mm_setzero_si128()));
            _mm_storeu_si128((__m128i *)(to + i + 8), _mm_unpackhi_epi8(bytes, _mm_setzero_si128()));
        }
    }
    if (i + 8 <= count) {
        __m128i bytes = _mm_loadl_epi64((const __m128i *)(from + i));
        if (!_mm_movemask_epi8(bytes)) {
            if (to)
                _mm_storeu_si128((__m128i *)(to + i), _mm_unpacklo_epi8(bytes, _mm_setzero_si128()));
            i += 8;
        }
    }
    for (; i < count && (UCHAR)from[i] < 0x80; i++)
        if (to)
            to[i] = (WCHAR)from[i];
    return i;
}

/* The same the other way. */
static inline ULONG ascii_from_wide(const WCHAR *from, ULONG count, CHAR *to)
{
    const __m128i others = _mm_set1_epi16((short)0xff80);
    ULONG i = 0;
    for (; i + 8 <= count; i += 8) {
        __m128i units = _mm_loadu_si128((const __m128i *)(from + i));
        __m128i beyond = _mm_cmpeq_epi16(_mm_and_si128(units, others), _mm_setzero_si128());
        if (_mm_movemask_epi8(beyond) != 0xffff)
            break;
        if (to)
            _mm_storel_epi64((__m128i *)(to + i), _mm_packus_epi16(units, units));
    }
    for (; i < count && from[i] < 0x80; i++)
        if (to)
            to[i] = (CHAR)from[i];
    return i;
}

#endif
