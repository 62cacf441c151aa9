/*
 * Numbers from strings and back, sorting and searching: what ntdll exports of stdlib.h.
 */
#include <limits.h>
#include <nt/rtl.h>

int __cdecl isspace(int c);

static int digit_value(unsigned c)
{
    if (c >= '0' && c <= '9')
        return (int)(c - '0');
    if ((c | 32) >= 'a' && (c | 32) <= 'z')
        return (int)((c | 32) - 'a') + 10;
    return 99;
}

/* strto(u)l(l) for characters of any width: value, sign, overflow, end. */
#define DEFINE_PARSE(name, type)                                                                             \
    static ULONGLONG name(const type *s, const type **end, int base, BOOL *negative, BOOL *overflow)         \
    {                                                                                                        \
        const type *p = s, *digits;                                                                          \
        ULONGLONG value = 0;                                                                                 \
        *negative = *overflow = FALSE;                                                                       \
        while (*p < 128 && isspace((int)*p))                                                                 \
            p++;                                                                                             \
        if (*p == '-' || *p == '+')                                                                          \
            *negative = *p++ == '-';                                                                         \
        if ((!base || base == 16) && p[0] == '0' && (p[1] | 32) == 'x' && digit_value(p[2]) < 16) {          \
            p += 2;                                                                                          \
            base = 16;                                                                                       \
        } else if (!base)                                                                                    \
            base = *p == '0' ? 8 : 10;                                                                       \
        for (digits = p; digit_value(*p) < base; p++) {                                                      \
            if (value > (~0ull - (unsigned)digit_value(*p)) / (unsigned)base)                                \
                *overflow = TRUE;                                                                            \
            value = value * (unsigned)base + (unsigned)digit_value(*p);                                      \
        }                                                                                                    \
        *end = p == digits ? s : p;                                                                          \
        return value;                                                                                        \
    }
DEFINE_PARSE(parse_narrow, unsigned char)
DEFINE_PARSE(parse_wide, wchar_t)

static LONG clamp_long(ULONGLONG value, BOOL negative, BOOL overflow)
{
    if (overflow || value > (ULONGLONG)LONG_MAX + negative)
        return negative ? LONG_MIN : LONG_MAX;
    return (LONG)(negative ? 0 - value : value);
}

static ULONG clamp_ulong(ULONGLONG value, BOOL negative, BOOL overflow)
{
    if (overflow || value > ULONG_MAX)
        return ULONG_MAX;
    return (ULONG)(negative ? 0 - value : value);
}

static LONGLONG clamp_i64(ULONGLONG value, BOOL negative, BOOL overflow)
{
    if (overflow || value > (ULONGLONG)LLONG_MAX + negative)
        return negative ? LLONG_MIN : LLONG_MAX;
    return (LONGLONG)(negative ? 0 - value : value);
}

#define DEFINE_STRTO(result, name, type, parse, ptype, clamp)                                                \
    result __cdecl name(const type *s, type **end, int base)                                                 \
    {                                                                                                        \
        BOOL negative, overflow;                                                                             \
        const ptype *stop;                                                                                   \
        ULONGLONG value = parse((const ptype *)s, &stop, base, &negative, &overflow);                        \
        if (end)                                                                                             \
            *end = (type *)stop;                                                                             \
        return clamp(value, negative, overflow);                                                             \
    }
DEFINE_STRTO(LONG, strtol, char, parse_narrow, unsigned char, clamp_long)
DEFINE_STRTO(ULONG, strtoul, char, parse_narrow, unsigned char, clamp_ulong)
DEFINE_STRTO(LONG, wcstol, wchar_t, parse_wide, wchar_t, clamp_long)
DEFINE_STRTO(ULONG, wcstoul, wchar_t, parse_wide, wchar_t, clamp_ulong)

int __cdecl atoi(const char *s)
{
    return strtol(s, NULL, 10);
}
LONG __cdecl atol(const char *s)
{
    return strtol(s, NULL, 10);
}
int __cdecl _wtoi(const wchar_t *s)
{
    return wcstol(s, NULL, 10);
}
LONG __cdecl _wtol(const wchar_t *s)
{
    return wcstol(s, NULL, 10);
}

LONGLONG __cdecl _atoi64(const char *s)
{
    BOOL negative, overflow;
    const unsigned char *end;
    ULONGLONG value = parse_narrow((const unsigned char *)s, &end, 10, &negative, &overflow);
    return clamp_i64(value, negative, overflow);
}

LONGLONG __cdecl _wtoi64(const wchar_t *s)
{
    BOOL negative, overflow;
    const wchar_t *end;
    ULONGLONG value = parse_wide(s, &end, 10, &negative, &overflow);
    return clamp_i64(value, negative, overflow);
}

#define DEFINE_FORMAT(name, type)                                                                            \
    static type *name(ULONGLONG value, BOOL negative, type *to, int base)                                    \
    {                                                                                                        \
        type buffer[66], *p = buffer + 65, *out = to;                                                        \
        *p = 0;                                                                                              \
        do                                                                                                   \
            *--p = (type) "0123456789abcdefghijklmnopqrstuvwxyz"[value % (unsigned)base];                    \
        while (value /= (unsigned)base);                                                                     \
        if (negative)                                                                                        \
            *--p = '-';                                                                                      \
        while ((*out++ = *p++))                                                                              \
            ;                                                                                                \
        return to;                                                                                           \
    }
DEFINE_FORMAT(format_narrow, char)
DEFINE_FORMAT(format_wide, wchar_t)

#define NEGATIVE(value, base) ((base) == 10 && (value) < 0)
#define MAGNITUDE(value, unsigned_type, base)                                                                \
    (NEGATIVE(value, base) ? (ULONGLONG)0 - (ULONGLONG)(LONGLONG)(value) : (unsigned_type)(value))

char *__cdecl _itoa(int v, char *to, int base)
{
    return format_narrow(MAGNITUDE(v, ULONG, base), NEGATIVE(v, base), to, base);
}
char *__cdecl _ltoa(LONG v, char *to, int base)
{
    return format_narrow(MAGNITUDE(v, ULONG, base), NEGATIVE(v, base), to, base);
}
char *__cdecl _ultoa(ULONG v, char *to, int base)
{
    return format_narrow(v, FALSE, to, base);
}
char *__cdecl _i64toa(LONGLONG v, char *to, int base)
{
    return format_narrow(MAGNITUDE(v, ULONGLONG, base), NEGATIVE(v, base), to, base);
}
char *__cdecl _ui64toa(ULONGLONG v, char *to, int base)
{
    return format_narrow(v, FALSE, to, base);
}
wchar_t *__cdecl _itow(int v, wchar_t *to, int base)
{
    return format_wide(MAGNITUDE(v, ULONG, base), NEGATIVE(v, base), to, base);
}
wchar_t *__cdecl _ltow(LONG v, wchar_t *to, int base)
{
    return format_wide(MAGNITUDE(v, ULONG, base), NEGATIVE(v, base), to, base);
}
wchar_t *__cdecl _ultow(ULONG v, wchar_t *to, int base)
{
    return format_wide(v, FALSE, to, base);
}
wchar_t *__cdecl _i64tow(LONGLONG v, wchar_t *to, int base)
{
    return format_wide(MAGNITUDE(v, ULONGLONG, base), NEGATIVE(v, base), to, base);
}
wchar_t *__cdecl _ui64tow(ULONGLONG v, wchar_t *to, int base)
{
    return format_wide(v, FALSE, to, base);
}

int __cdecl abs(int v)
{
    return v < 0 ? -v : v;
}
LONG __cdecl labs(LONG v)
{
    return v < 0 ? -v : v;
}

static void swap_bytes(char *a, char *b, size_t size)
{
    while (size--) {
        char t = *a;
        *a++ = *b;
        *b++ = t;
    }
}

/* Heap sort: no recursion, no worst case. */
static void sift(char *base, size_t root, size_t count, size_t size,
                 int(__cdecl *compare)(const void *, const void *))
{
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count)
            return;
        if (child + 1 < count && compare(base + child * size, base + (child + 1) * size) < 0)
            child++;
        if (compare(base + root * size, base + child * size) >= 0)
            return;
        swap_bytes(base + root * size, base + child * size, size);
        root = child;
    }
}

void __cdecl qsort(void *array, size_t count, size_t size, int(__cdecl *compare)(const void *, const void *))
{
    char *base = array;

    if (count < 2)
        return;
    for (size_t i = count / 2; i--;)
        sift(base, i, count, size, compare);
    while (--count) {
        swap_bytes(base, base + count * size, size);
        sift(base, 0, count, size, compare);
    }
}

void *__cdecl bsearch(const void *key, const void *array, size_t count, size_t size,
                      int(__cdecl *compare)(const void *, const void *))
{
    const char *base = array;

    while (count) {
        const char *middle = base + count / 2 * size;
        int order = compare(key, middle);
        if (!order)
            return (void *)middle;
        if (order > 0) {
            base = middle + size;
            count -= count / 2 + 1;
        } else
            count /= 2;
    }
    return NULL;
}
