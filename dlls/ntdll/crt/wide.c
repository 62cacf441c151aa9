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

size_t __cdecl wcsnlen(const wchar_t *string, size_t max)
{
    size_t i = 0;
    while (i < max && string[i])
        i++;
    return i;
}

int __cdecl wcscmp(const wchar_t *a, const wchar_t *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b ? 0 : *a < *b ? -1 : 1;
}

int __cdecl wcsncmp(const wchar_t *a, const wchar_t *b, size_t count)
{
    for (; count && *a && *a == *b; count--)
        a++, b++;
    return count ? *a - *b : 0;
}

int __cdecl _wcsicmp(const wchar_t *a, const wchar_t *b)
{
    int x, y;
    do {
        x = towlower(*a++);
        y = towlower(*b++);
    } while (x && x == y);
    return x - y;
}

int __cdecl _wcsnicmp(const wchar_t *a, const wchar_t *b, size_t count)
{
    int x = 0, y = 0;
    while (count--) {
        x = towlower(*a++);
        y = towlower(*b++);
        if (!x || x != y)
            break;
    }
    return x - y;
}

wchar_t *__cdecl wcscpy(wchar_t *to, const wchar_t *from)
{
    wchar_t *p = to;
    while ((*p++ = *from++))
        ;
    return to;
}

wchar_t *__cdecl wcsncpy(wchar_t *to, const wchar_t *from, size_t count)
{
    size_t i = 0;
    for (; i < count && from[i]; i++)
        to[i] = from[i];
    for (; i < count; i++)
        to[i] = 0;
    return to;
}

wchar_t *__cdecl wcscat(wchar_t *to, const wchar_t *from)
{
    wcscpy(to + wcslen(to), from);
    return to;
}

wchar_t *__cdecl wcsncat(wchar_t *to, const wchar_t *from, size_t count)
{
    wchar_t *p = to + wcslen(to);
    while (count-- && *from)
        *p++ = *from++;
    *p = 0;
    return to;
}

wchar_t *__cdecl wcschr(const wchar_t *string, wchar_t c)
{
    for (;; string++) {
        if (*string == c)
            return (wchar_t *)string;
        if (!*string)
            return NULL;
    }
}

wchar_t *__cdecl wcsrchr(const wchar_t *string, wchar_t c)
{
    const wchar_t *found = NULL;
    for (;; string++) {
        if (*string == c)
            found = string;
        if (!*string)
            return (wchar_t *)found;
    }
}

wchar_t *__cdecl wcsstr(const wchar_t *string, const wchar_t *part)
{
    size_t length = wcslen(part);
    if (!length)
        return (wchar_t *)string;
    for (; (string = wcschr(string, *part)); string++)
        if (!wcsncmp(string, part, length))
            return (wchar_t *)string;
    return NULL;
}

size_t __cdecl wcsspn(const wchar_t *string, const wchar_t *set)
{
    size_t i = 0;
    while (string[i] && wcschr(set, string[i]))
        i++;
    return i;
}

size_t __cdecl wcscspn(const wchar_t *string, const wchar_t *set)
{
    size_t i = 0;
    while (string[i] && !wcschr(set, string[i]))
        i++;
    return i;
}

wchar_t *__cdecl wcspbrk(const wchar_t *string, const wchar_t *set)
{
    string += wcscspn(string, set);
    return *string ? (wchar_t *)string : NULL;
}

wchar_t *__cdecl _wcslwr(wchar_t *string)
{
    for (wchar_t *p = string; *p; p++)
        *p = (wchar_t)towlower(*p);
    return string;
}

wchar_t *__cdecl _wcsupr(wchar_t *string)
{
    for (wchar_t *p = string; *p; p++)
        *p = (wchar_t)towupper(*p);
    return string;
}

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
