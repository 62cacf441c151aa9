/*
 * The wide-string functions that ntdll exports, in the "C" locale (ASCII case).
 */
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#include <emmintrin.h>
#include <nt/rtl.h>

#undef iswdigit
#undef iswlower
#undef iswupper
#undef iswalpha
#undef iswalnum
#undef iswspace
#undef iswxdigit

wint_t __cdecl towlower(wint_t c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}
wint_t __cdecl towupper(wint_t c)
{
    return c >= 'a' && c <= 'z' ? c - 32 : c;
}
int __cdecl iswdigit(wint_t c)
{
    return c >= '0' && c <= '9';
}
int __cdecl iswlower(wint_t c)
{
    return c >= 'a' && c <= 'z';
}
int __cdecl iswupper(wint_t c)
{
    return c >= 'A' && c <= 'Z';
}
int __cdecl iswalpha(wint_t c)
{
    return iswlower(c) || iswupper(c);
}
int __cdecl iswalnum(wint_t c)
{
    return iswalpha(c) || iswdigit(c);
}
int __cdecl iswspace(wint_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
int __cdecl iswxdigit(wint_t c)
{
    return iswdigit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

size_t __cdecl wcslen(const wchar_t *string)
{
    const wchar_t *p = string;

    if ((ULONG_PTR)string & 1) {
        while (*p)
            p++;
        return (size_t)(p - string);
    }
    while ((ULONG_PTR)p & 15) {
        if (!*p)
            return (size_t)(p - string);
        p++;
    }
    for (;; p += 8) {
        unsigned mask = (unsigned)_mm_movemask_epi8(
            _mm_cmpeq_epi16(_mm_load_si128((const __m128i *)p), _mm_setzero_si128()));
        if (mask)
            return (size_t)(p - string) + (size_t)__builtin_ctz(mask) / 2;
    }
}

#define T         wchar_t
#define UNSIGNED  wchar_t
#define CHARACTER wchar_t
#define FN(x)     wcs##x
#define _FN(x)    _wcs##x
#define LOWER     towlower
#define UPPER     towupper
#include "text_template.h"

wchar_t *__cdecl wcstok_s(wchar_t *string, const wchar_t *set, wchar_t **context)
{
    if (!string)
        string = *context;
    string += wcsspn(string, set);
    if (!*string) {
        *context = string;
        return NULL;
    }
    wchar_t *end = string + wcscspn(string, set);
    if (*end)
        *end++ = 0;
    *context = end;
    return string;
}
