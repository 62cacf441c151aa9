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

size_t __cdecl strnlen(const char *string, size_t max)
{
    size_t i = 0;
    while (i < max && string[i])
        i++;
    return i;
}

int __cdecl strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (unsigned char)*a == (unsigned char)*b ? 0 : (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

int __cdecl strncmp(const char *a, const char *b, size_t count)
{
    for (; count && *a && *a == *b; count--)
        a++, b++;
    return count ? (unsigned char)*a - (unsigned char)*b : 0;
}

int __cdecl _stricmp(const char *a, const char *b)
{
    int x, y;
    do {
        x = tolower((unsigned char)*a++);
        y = tolower((unsigned char)*b++);
    } while (x && x == y);
    return x - y;
}

int __cdecl _strnicmp(const char *a, const char *b, size_t count)
{
    int x = 0, y = 0;
    while (count--) {
        x = tolower((unsigned char)*a++);
        y = tolower((unsigned char)*b++);
        if (!x || x != y)
            break;
    }
    return x - y;
}

int __cdecl _memicmp(const void *a, const void *b, size_t count)
{
    const unsigned char *p = a, *q = b;
    for (; count; count--, p++, q++)
        if (tolower(*p) != tolower(*q))
            return tolower(*p) - tolower(*q);
    return 0;
}

char *__cdecl strcpy(char *to, const char *from)
{
    char *p = to;
    while ((*p++ = *from++))
        ;
    return to;
}

char *__cdecl strncpy(char *to, const char *from, size_t count)
{
    size_t i = 0;
    for (; i < count && from[i]; i++)
        to[i] = from[i];
    for (; i < count; i++)
        to[i] = 0;
    return to;
}

char *__cdecl strcat(char *to, const char *from)
{
    strcpy(to + strlen(to), from);
    return to;
}

char *__cdecl strncat(char *to, const char *from, size_t count)
{
    char *p = to + strlen(to);
    while (count-- && *from)
        *p++ = *from++;
    *p = 0;
    return to;
}

char *__cdecl strchr(const char *string, int c)
{
    for (;; string++) {
        if (*string == (char)c)
            return (char *)string;
        if (!*string)
            return NULL;
    }
}

char *__cdecl strrchr(const char *string, int c)
{
    const char *found = NULL;
    for (;; string++) {
        if (*string == (char)c)
            found = string;
        if (!*string)
            return (char *)found;
    }
}

char *__cdecl strstr(const char *string, const char *part)
{
    size_t length = strlen(part);
    if (!length)
        return (char *)string;
    for (; (string = strchr(string, *part)); string++)
        if (!strncmp(string, part, length))
            return (char *)string;
    return NULL;
}

size_t __cdecl strspn(const char *string, const char *set)
{
    size_t i = 0;
    while (string[i] && strchr(set, string[i]))
        i++;
    return i;
}

size_t __cdecl strcspn(const char *string, const char *set)
{
    size_t i = 0;
    while (string[i] && !strchr(set, string[i]))
        i++;
    return i;
}

char *__cdecl strpbrk(const char *string, const char *set)
{
    string += strcspn(string, set);
    return *string ? (char *)string : NULL;
}

char *__cdecl _strlwr(char *string)
{
    for (char *p = string; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return string;
}

char *__cdecl _strupr(char *string)
{
    for (char *p = string; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    return string;
}
