/*
 * The byte-string functions that ntdll exports, in the "C" locale (ASCII case).
 */
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#include <emmintrin.h>
#include <nt/rtl.h>

int __cdecl tolower(int c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}
int __cdecl toupper(int c)
{
    return c >= 'a' && c <= 'z' ? c - 32 : c;
}
int __cdecl isdigit(int c)
{
    return c >= '0' && c <= '9';
}
int __cdecl islower(int c)
{
    return c >= 'a' && c <= 'z';
}
int __cdecl isupper(int c)
{
    return c >= 'A' && c <= 'Z';
}
int __cdecl isalpha(int c)
{
    return islower(c) || isupper(c);
}
int __cdecl isalnum(int c)
{
    return isalpha(c) || isdigit(c);
}
int __cdecl isspace(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
int __cdecl isxdigit(int c)
{
    return isdigit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}
int __cdecl iscntrl(int c)
{
    return (c >= 0 && c < 32) || c == 127;
}
int __cdecl isprint(int c)
{
    return c >= 32 && c < 127;
}
int __cdecl isgraph(int c)
{
    return c > 32 && c < 127;
}
int __cdecl ispunct(int c)
{
    return isgraph(c) && !isalnum(c);
}

/* Aligned 16-byte reads never cross into a page that the string does not reach. */
size_t __cdecl strlen(const char *string)
{
    const __m128i zero = _mm_setzero_si128();
    const __m128i *p = (const __m128i *)((ULONG_PTR)string & ~(ULONG_PTR)15);
    unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_load_si128(p), zero)) >>
                    ((ULONG_PTR)string & 15);

    if (mask)
        return (size_t)__builtin_ctz(mask);
    for (;;) {
        mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_load_si128(++p), zero));
        if (mask)
            return (size_t)((const char *)p - string) + (size_t)__builtin_ctz(mask);
    }
}

int __cdecl _memicmp(const void *a, const void *b, size_t count)
{
    const unsigned char *p = a, *q = b;
    for (; count; count--, p++, q++)
        if (tolower(*p) != tolower(*q))
            return tolower(*p) - tolower(*q);
    return 0;
}

#define T         char
#define UNSIGNED  unsigned char
#define CHARACTER int
#define FN(x)     str##x
#define _FN(x)    _str##x
#define LOWER     tolower
#define UPPER     toupper
#include "text_template.h"
