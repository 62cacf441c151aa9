/*
 * UTF-8 and UTF-16, sixteen ASCII characters at a time. What is ill-formed becomes U+FFFD, one for
 * each maximal part that could have begun a character, as Windows 10 does.
 */
#include <emmintrin.h>
#include <nt/nls.h>

/* The code point at from[*position], advancing it; -1 for an ill-formed part. */
static inline LONG decode(const UCHAR *from, ULONG count, ULONG *position)
{
    ULONG i = *position;
    UCHAR lead = from[i++];
    UCHAR low = 0x80, high = 0xbf;
    ULONG more;
    LONG code;

    if (lead < 0x80) {
        *position = i;
        return lead;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        more = 1;
        code = lead & 0x1f;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        more = 2;
        code = lead & 0x0f;
        if (lead == 0xe0)
            low = 0xa0;
        else if (lead == 0xed)
            high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        more = 3;
        code = lead & 0x07;
        if (lead == 0xf0)
            low = 0x90;
        else if (lead == 0xf4)
            high = 0x8f;
    } else {
        *position = i;
        return -1;
    }
    for (; more; more--) {
        if (i >= count || from[i] < low || from[i] > high) {
            *position = i;
            return -1;
        }
        code = code << 6 | (from[i++] & 0x3f);
        low = 0x80;
        high = 0xbf;
    }
    *position = i;
    return code;
}

ULONG NTAPI GwUtf8ToWide(ULONG flags, const CHAR *text, ULONG count, WCHAR *to, ULONG room, ULONG *ret_state)
{
    const UCHAR *from = (const UCHAR *)text;
    ULONG written = 0, state = 0, i = 0;

    if (!to)
        room = MAXDWORD;
    while (i < count) {
        LONG code;
        ULONG size;

        while (count - i >= 16 && room - written >= 16) {
            __m128i bytes = _mm_loadu_si128((const __m128i *)(from + i));

            if (_mm_movemask_epi8(bytes))
                break;
            if (to) {
                _mm_storeu_si128((__m128i *)(to + written), _mm_unpacklo_epi8(bytes, _mm_setzero_si128()));
                _mm_storeu_si128((__m128i *)(to + written + 8),
                                 _mm_unpackhi_epi8(bytes, _mm_setzero_si128()));
            }
            i += 16;
            written += 16;
        }
        if (i >= count)
            break;
        code = decode(from, count, &i);
        if (code < 0) {
            state |= NLS_INVALID;
            if (flags & NLS_STRICT)
                break;
            code = 0xfffd;
        }
        size = code > 0xffff ? 2 : 1;
        if (room - written < size) {
            state |= NLS_OVERFLOW;
            break;
        }
        if (to && size == 1) {
            to[written] = (WCHAR)code;
        } else if (to) {
            to[written] = (WCHAR)(0xd7c0 + (code >> 10));
            to[written + 1] = (WCHAR)(0xdc00 + (code & 0x3ff));
        }
        written += size;
    }
    *ret_state = state;
    return written;
}

ULONG NTAPI GwWideToUtf8(ULONG flags, const WCHAR *from, ULONG count, CHAR *to, ULONG room, ULONG *ret_state)
{
    ULONG written = 0, state = 0, i = 0;

    if (!to)
        room = MAXDWORD;
    while (i < count) {
        ULONG code, size;

        while (count - i >= 16 && room - written >= 16) {
            __m128i first = _mm_loadu_si128((const __m128i *)(from + i));
            __m128i second = _mm_loadu_si128((const __m128i *)(from + i + 8));
            __m128i high = _mm_and_si128(_mm_or_si128(first, second), _mm_set1_epi16((short)0xff80));

            if (_mm_movemask_epi8(_mm_cmpeq_epi16(high, _mm_setzero_si128())) != 0xffff)
                break;
            if (to)
                _mm_storeu_si128((__m128i *)(to + written), _mm_packus_epi16(first, second));
            i += 16;
            written += 16;
        }
        if (i >= count)
            break;
        code = from[i++];
        if (code >= 0xd800 && code <= 0xdfff) {
            if (code <= 0xdbff && i < count && from[i] >= 0xdc00 && from[i] <= 0xdfff) {
                code = ((code - 0xd7c0) << 10) + (from[i++] - 0xdc00);
            } else {
                state |= NLS_INVALID;
                if (flags & NLS_STRICT)
                    break;
                code = 0xfffd;
            }
        }
        size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        if (room - written < size) {
            state |= NLS_OVERFLOW;
            break;
        }
        if (to) {
            CHAR *p = to + written;

            if (size == 1) {
                p[0] = (CHAR)code;
            } else if (size == 2) {
                p[0] = (CHAR)(0xc0 | code >> 6);
                p[1] = (CHAR)(0x80 | (code & 0x3f));
            } else if (size == 3) {
                p[0] = (CHAR)(0xe0 | code >> 12);
                p[1] = (CHAR)(0x80 | (code >> 6 & 0x3f));
                p[2] = (CHAR)(0x80 | (code & 0x3f));
            } else {
                p[0] = (CHAR)(0xf0 | code >> 18);
                p[1] = (CHAR)(0x80 | (code >> 12 & 0x3f));
                p[2] = (CHAR)(0x80 | (code >> 6 & 0x3f));
                p[3] = (CHAR)(0x80 | (code & 0x3f));
            }
        }
        written += size;
    }
    *ret_state = state;
    return written;
}

NTSTATUS NTAPI RtlUTF8ToUnicodeN(WCHAR *to, ULONG to_size, ULONG *ret_size, const CHAR *from, ULONG from_size)
{
    ULONG state, size;

    if (!from)
        return STATUS_INVALID_PARAMETER_4;
    if (!to && !ret_size)
        return STATUS_INVALID_PARAMETER;
    size = GwUtf8ToWide(0, from, from_size, to, to_size / sizeof(WCHAR), &state) * sizeof(WCHAR);
    if (ret_size)
        *ret_size = size;
    if (state & NLS_OVERFLOW)
        return STATUS_BUFFER_TOO_SMALL;
    return state & NLS_INVALID ? STATUS_SOME_NOT_MAPPED : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeToUTF8N(CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from, ULONG from_size)
{
    ULONG state, size;

    if (!from)
        return STATUS_INVALID_PARAMETER_4;
    if (!to && !ret_size)
        return STATUS_INVALID_PARAMETER;
    if (to && from_size % sizeof(WCHAR))
        return STATUS_INVALID_PARAMETER_5;
    size = GwWideToUtf8(0, from, from_size / sizeof(WCHAR), to, to_size, &state);
    if (ret_size)
        *ret_size = size;
    if (state & NLS_OVERFLOW)
        return STATUS_BUFFER_TOO_SMALL;
    return state & NLS_INVALID ? STATUS_SOME_NOT_MAPPED : STATUS_SUCCESS;
}
