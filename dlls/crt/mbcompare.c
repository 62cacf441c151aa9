/*
 * Multibyte strings: comparing, by code and by the locale.
 */
#include "mbstring_private.h"

/* With limits in bytes and in characters; SIZE_MAX is none. */
static int compare(const byte *a, const byte *b, size_t bytes, size_t characters, bool fold, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);

    if (!bytes || !characters)
        return 0;
    CRT_CHECK(a && b, EINVAL, INT_MAX);
    while (bytes && characters) {
        unsigned int x = mb_value_at(a, m), y = mb_value_at(b, m);
        int step = mb_size_at(a, m);
        if (bytes < (size_t)step)
            x = *a, y = *b;
        if (fold) {
            x = mb_map(x, m, false);
            y = mb_map(y, m, false);
        }
        if (x != y)
            return x < y ? -1 : 1;
        if (!x)
            break;
        a += step;
        b += mb_size_at(b, m);
        bytes -= bytes == SIZE_MAX ? 0 : bytes < (size_t)step ? bytes : (size_t)step;
        characters -= characters != SIZE_MAX;
    }
    return 0;
}
static int collate(const byte *a, const byte *b, size_t a_bytes, size_t b_bytes, DWORD flags, crt_locale_t l)
{
    const struct crt_mbc *m = crt_mbc_of(l);
    wchar_t *x, *y;

    CRT_CHECK(a && b, EINVAL, INT_MAX);
    if (!crt_locale_of(l)->lc_name[LC_COLLATE])
        return compare(a, b, a_bytes > b_bytes ? a_bytes : b_bytes, SIZE_MAX, flags != 0, l);
    x = malloc((a_bytes + b_bytes + 2) * sizeof *x);
    if (!x)
        return INT_MAX;
    int n = MultiByteToWideChar(m->codepage, 0, (char *)a, (int)a_bytes, x, (int)a_bytes);
    y = x + n;
    int k = MultiByteToWideChar(m->codepage, 0, (char *)b, (int)b_bytes, y, (int)b_bytes);
    int result = CompareStringEx(crt_locale_of(l)->lc_name[LC_COLLATE], flags | SORT_STRINGSORT, x, n, y, k,
                                 NULL, NULL, 0);
    free(x);
    return result ? result - 2 : INT_MAX;
}

#define COMPARE2(name, call)                                                                                 \
    int name##_l(const byte *a, const byte *b, crt_locale_t l)                                               \
    {                                                                                                        \
        return call;                                                                                         \
    }                                                                                                        \
    int name(const byte *a, const byte *b)                                                                   \
    {                                                                                                        \
        return name##_l(a, b, NULL);                                                                         \
    }
#define COMPARE3(name, call)                                                                                 \
    int name##_l(const byte *a, const byte *b, size_t n, crt_locale_t l)                                     \
    {                                                                                                        \
        return call;                                                                                         \
    }                                                                                                        \
    int name(const byte *a, const byte *b, size_t n)                                                         \
    {                                                                                                        \
        return name##_l(a, b, n, NULL);                                                                      \
    }
#define LIMITED(p) strnlen((char *)(p), n)
COMPARE2(_mbscmp, compare(a, b, SIZE_MAX, SIZE_MAX, false, l))
COMPARE2(_mbsicmp, compare(a, b, SIZE_MAX, SIZE_MAX, true, l))
COMPARE3(_mbsncmp, compare(a, b, SIZE_MAX, n, false, l))
COMPARE3(_mbsnicmp, compare(a, b, SIZE_MAX, n, true, l))
COMPARE3(_mbsnbcmp, compare(a, b, n, SIZE_MAX, false, l))
COMPARE3(_mbsnbicmp, compare(a, b, n, SIZE_MAX, true, l))
COMPARE2(_mbscoll, collate(a, b, LENGTH(a), LENGTH(b), 0, l))
COMPARE2(_mbsicoll, collate(a, b, LENGTH(a), LENGTH(b), NORM_IGNORECASE, l))
COMPARE3(_mbsncoll, collate(a, b, _mbsnbcnt_l(a, n, l), _mbsnbcnt_l(b, n, l), 0, l))
COMPARE3(_mbsnicoll, collate(a, b, _mbsnbcnt_l(a, n, l), _mbsnbcnt_l(b, n, l), NORM_IGNORECASE, l))
COMPARE3(_mbsnbcoll, collate(a, b, LIMITED(a), LIMITED(b), 0, l))
COMPARE3(_mbsnbicoll, collate(a, b, LIMITED(a), LIMITED(b), NORM_IGNORECASE, l))
