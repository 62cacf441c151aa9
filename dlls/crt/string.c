/*
 * The string functions that know no locale, narrow and wide, and comparing and case mapping, which do.
 */
#include "crt.h"

int tolower(int c);
int toupper(int c);

#define T       char
#define UT      unsigned char
#define CHR     int
#define S(name) str##name
#define X(name) _str##name
#include "string_template.h"
#undef T
#undef UT
#undef CHR
#undef S
#undef X
#define T       wchar_t
#define UT      wchar_t
#define CHR     wchar_t
#define S(name) wcs##name
#define X(name) _wcs##name
#include "string_template.h"

/* An exhausted text stays exhausted: the saved position is then at its end. */
char *strtok(char *text, const char *separators)
{
    struct crt_thread *thread = crt_thread();

    if (!text && !thread->strtok_next)
        return NULL;
    return strtok_s(text, separators, &thread->strtok_next);
}

#if CRT_UCRT
wchar_t *wcstok(wchar_t *text, const wchar_t *separators, wchar_t **context)
{
    struct crt_thread *thread = crt_thread();

    if (!context)
        context = &thread->wcstok_next;
    if (!text && !*context)
        return NULL;
    return wcstok_s(text, separators, context);
}
wchar_t *_wcstok(wchar_t *text, const wchar_t *separators)
{
    return wcstok(text, separators, NULL);
}
#else
wchar_t *wcstok(wchar_t *text, const wchar_t *separators)
{
    struct crt_thread *thread = crt_thread();

    if (!text && !thread->wcstok_next)
        return NULL;
    return wcstok_s(text, separators, &thread->wcstok_next);
}
#endif

/* ---------------------------------------------------------------- without case */

static inline int fold(const struct crt_locale *l, unsigned char c)
{
    return l->lower[c];
}
static inline wchar_t wide_fold(wchar_t c, const struct crt_locale *l)
{
    if (c < 128)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    return l->lc_name[LC_CTYPE] ? (wchar_t)towlower(c) : c;
}

int _strnicmp_l(const char *a, const char *b, size_t count, crt_locale_t locale)
{
    const struct crt_locale *l = crt_locale_of(locale);

    CRT_CHECK(a && b && count <= CRT_INT_MAX, EINVAL, CRT_INT_MAX);
    for (; count; count--, a++, b++) {
        int x = fold(l, *a), y = fold(l, *b);
        if (x != y)
            return x - y;
        if (!x)
            break;
    }
    return 0;
}

int _stricmp_l(const char *a, const char *b, crt_locale_t l)
{
    return _strnicmp_l(a, b, CRT_INT_MAX, l);
}
int _strnicmp(const char *a, const char *b, size_t count)
{
    return _strnicmp_l(a, b, count, NULL);
}
int _stricmp(const char *a, const char *b)
{
    return _strnicmp_l(a, b, CRT_INT_MAX, NULL);
}
int _strcmpi(const char *a, const char *b)
{
    return _strnicmp_l(a, b, CRT_INT_MAX, NULL);
}

int _memicmp_l(const void *a, const void *b, size_t count, crt_locale_t locale)
{
    const struct crt_locale *l = crt_locale_of(locale);
    const unsigned char *p = a, *q = b;

    if (!count)
        return 0;
    CRT_CHECK(a && b, EINVAL, CRT_INT_MAX);
    for (; count; count--, p++, q++)
        if (fold(l, *p) != fold(l, *q))
            return fold(l, *p) - fold(l, *q);
    return 0;
}
int _memicmp(const void *a, const void *b, size_t count)
{
    return _memicmp_l(a, b, count, NULL);
}

int _wcsnicmp_l(const wchar_t *a, const wchar_t *b, size_t count, crt_locale_t locale)
{
    const struct crt_locale *l = crt_locale_of(locale);

    CRT_CHECK((a && b) || !count, EINVAL, CRT_INT_MAX);
    for (; count; count--, a++, b++) {
        int x = wide_fold(*a, l), y = wide_fold(*b, l);
        if (x != y)
            return x - y;
        if (!x)
            break;
    }
    return 0;
}
int _wcsicmp_l(const wchar_t *a, const wchar_t *b, crt_locale_t l)
{
    return _wcsnicmp_l(a, b, (size_t)-1, l);
}
int _wcsnicmp(const wchar_t *a, const wchar_t *b, size_t count)
{
    return _wcsnicmp_l(a, b, count, NULL);
}
int _wcsicmp(const wchar_t *a, const wchar_t *b)
{
    return _wcsnicmp_l(a, b, (size_t)-1, NULL);
}

/* ---------------------------------------------------------------- changing case */

#define CASE(name, type, each)                                                                               \
    int name##_s_l(type *text, size_t size, crt_locale_t locale);                                            \
    int name##_s_l(type *text, size_t size, crt_locale_t locale)                                             \
    {                                                                                                        \
        const struct crt_locale *l = crt_locale_of(locale);                                                  \
        CRT_CHECK(text, EINVAL, EINVAL);                                                                     \
        size_t length = 0;                                                                                   \
        while (length < size && text[length])                                                                \
            length++;                                                                                        \
        if (length == size) {                                                                                \
            if (size)                                                                                        \
                *text = 0;                                                                                   \
            CRT_CHECK(false, EINVAL, EINVAL);                                                                \
        }                                                                                                    \
        for (type *p = text; *p; p++)                                                                        \
            *p = (type)(each);                                                                               \
        return 0;                                                                                            \
    }                                                                                                        \
    int name##_s(type *text, size_t size)                                                                    \
    {                                                                                                        \
        return name##_s_l(text, size, NULL);                                                                 \
    }                                                                                                        \
    type *name##_l(type *text, crt_locale_t l)                                                               \
    {                                                                                                        \
        return name##_s_l(text, (size_t)-1, l) ? NULL : text;                                                \
    }                                                                                                        \
    type *name(type *text)                                                                                   \
    {                                                                                                        \
        return name##_s_l(text, (size_t)-1, NULL) ? NULL : text;                                             \
    }

static inline wchar_t wide_upper(wchar_t c, const struct crt_locale *l)
{
    if (c < 128)
        return c >= 'a' && c <= 'z' ? c - 32 : c;
    return l->lc_name[LC_CTYPE] ? (wchar_t)towupper(c) : c;
}

CASE(_strlwr, char, l->lower[(unsigned char)*p])
CASE(_strupr, char, l->upper[(unsigned char)*p])
CASE(_wcslwr, wchar_t, wide_fold(*p, l))
CASE(_wcsupr, wchar_t, wide_upper(*p, l))

/* ---------------------------------------------------------------- collation */

static int collate(const wchar_t *a, int a_length, const wchar_t *b, int b_length, DWORD flags,
                   const struct crt_locale *l)
{
    int result = CompareStringEx(l->lc_name[LC_COLLATE], flags, a, a_length, b, b_length, NULL, NULL, 0);

    if (!result) {
        errno = EINVAL;
        return CRT_INT_MAX;
    }
    return result - 2;
}

int _wcsncoll_l(const wchar_t *a, const wchar_t *b, size_t count, crt_locale_t locale)
{
    const struct crt_locale *l = crt_locale_of(locale);

    if (!count)
        return 0;
    CRT_CHECK(a && b, EINVAL, CRT_INT_MAX);
    if (!l->lc_name[LC_COLLATE])
        return wcsncmp(a, b, count);
    return collate(a, (int)wcsnlen(a, count), b, (int)wcsnlen(b, count), SORT_STRINGSORT, l);
}

int _wcsnicoll_l(const wchar_t *a, const wchar_t *b, size_t count, crt_locale_t locale)
{
    const struct crt_locale *l = crt_locale_of(locale);

    if (!count)
        return 0;
    CRT_CHECK(a && b, EINVAL, CRT_INT_MAX);
    if (!l->lc_name[LC_COLLATE])
        return _wcsnicmp_l(a, b, count, locale);
    return collate(a, (int)wcsnlen(a, count), b, (int)wcsnlen(b, count), SORT_STRINGSORT | NORM_IGNORECASE,
                   l);
}

static int narrow_coll(const char *a, const char *b, size_t count, crt_locale_t locale, bool ignore_case)
{
    const struct crt_locale *l = crt_locale_of(locale);

    if (!count)
        return 0;
    CRT_CHECK(a && b, EINVAL, CRT_INT_MAX);
    if (!l->lc_name[LC_COLLATE])
        return ignore_case ? _strnicmp_l(a, b, count < CRT_INT_MAX ? count : CRT_INT_MAX, locale)
                           : strncmp(a, b, count);
    int a_length = (int)strnlen(a, count), b_length = (int)strnlen(b, count);
    wchar_t *wide = malloc((a_length + b_length + 2) * sizeof *wide);
    if (!wide)
        return CRT_INT_MAX;
    int x = MultiByteToWideChar(l->collate_codepage, 0, a, a_length, wide, a_length);
    int y = MultiByteToWideChar(l->collate_codepage, 0, b, b_length, wide + a_length, b_length);
    int result = collate(wide, x, wide + a_length, y, SORT_STRINGSORT | (ignore_case ? NORM_IGNORECASE : 0),
                         l);
    free(wide);
    return result;
}

int _wcscoll_l(const wchar_t *a, const wchar_t *b, crt_locale_t l)
{
    return _wcsncoll_l(a, b, (size_t)-1, l);
}
int wcscoll(const wchar_t *a, const wchar_t *b)
{
    return _wcsncoll_l(a, b, (size_t)-1, NULL);
}
int _wcsncoll(const wchar_t *a, const wchar_t *b, size_t n)
{
    return _wcsncoll_l(a, b, n, NULL);
}
int _wcsicoll_l(const wchar_t *a, const wchar_t *b, crt_locale_t l)
{
    return _wcsnicoll_l(a, b, (size_t)-1, l);
}
int _wcsicoll(const wchar_t *a, const wchar_t *b)
{
    return _wcsnicoll_l(a, b, (size_t)-1, NULL);
}
int _wcsnicoll(const wchar_t *a, const wchar_t *b, size_t n)
{
    return _wcsnicoll_l(a, b, n, NULL);
}
int _strncoll_l(const char *a, const char *b, size_t n, crt_locale_t l)
{
    return narrow_coll(a, b, n, l, false);
}
int _strcoll_l(const char *a, const char *b, crt_locale_t l)
{
    return narrow_coll(a, b, (size_t)-1, l, false);
}
int strcoll(const char *a, const char *b)
{
    return narrow_coll(a, b, (size_t)-1, NULL, false);
}
int _strncoll(const char *a, const char *b, size_t n)
{
    return narrow_coll(a, b, n, NULL, false);
}
int _stricoll_l(const char *a, const char *b, crt_locale_t l)
{
    return narrow_coll(a, b, (size_t)-1, l, true);
}
int _stricoll(const char *a, const char *b)
{
    return narrow_coll(a, b, (size_t)-1, NULL, true);
}
int _strnicoll_l(const char *a, const char *b, size_t n, crt_locale_t l)
{
    return narrow_coll(a, b, n, l, true);
}
int _strnicoll(const char *a, const char *b, size_t n)
{
    return narrow_coll(a, b, n, NULL, true);
}

/* The transformed text's length; more than size - 1 means that it was not stored whole. */
size_t _strxfrm_l(char *to, const char *from, size_t size, crt_locale_t locale)
{
    const struct crt_locale *l = crt_locale_of(locale);

    CRT_CHECK(from && (to || !size) && size <= CRT_INT_MAX, EINVAL, CRT_INT_MAX);
    if (!l->lc_name[LC_COLLATE]) {
        if (size)
            strncpy(to, from, size);
        return strlen(from);
    }
    wchar_t *wide = crt_wide(from, l->collate_codepage);
    if (!wide)
        return CRT_INT_MAX;
    int length = LCMapStringEx(l->lc_name[LC_COLLATE], LCMAP_SORTKEY, wide, -1, NULL, 0, NULL, NULL, 0);
    if (length && (size_t)length <= size)
        LCMapStringEx(l->lc_name[LC_COLLATE], LCMAP_SORTKEY, wide, -1, (wchar_t *)to, (int)size, NULL, NULL,
                      0);
    else if (length && size)
        *to = 0, errno = ERANGE;
    free(wide);
    return length ? (size_t)length - 1 : CRT_INT_MAX;
}
size_t strxfrm(char *to, const char *from, size_t size)
{
    return _strxfrm_l(to, from, size, NULL);
}

size_t _wcsxfrm_l(wchar_t *to, const wchar_t *from, size_t size, crt_locale_t locale)
{
    const struct crt_locale *l = crt_locale_of(locale);

    CRT_CHECK(from && (to || !size) && size <= CRT_INT_MAX, EINVAL, CRT_INT_MAX);
    if (!l->lc_name[LC_COLLATE]) {
        if (size)
            wcsncpy(to, from, size);
        return wcslen(from);
    }
    int length = LCMapStringEx(l->lc_name[LC_COLLATE], LCMAP_SORTKEY, from, -1, NULL, 0, NULL, NULL, 0);
    if (!length)
        return CRT_INT_MAX;
    if ((size_t)length <= size) { /* each byte of the key becomes a character */
        unsigned char *key = malloc(length);
        if (!key)
            return CRT_INT_MAX;
        LCMapStringEx(l->lc_name[LC_COLLATE], LCMAP_SORTKEY, from, -1, (wchar_t *)key, length, NULL, NULL, 0);
        for (int i = 0; i < length; i++)
            to[i] = key[i];
        free(key);
    } else if (size) {
        *to = 0;
        errno = ERANGE;
    }
    return length - 1;
}
size_t wcsxfrm(wchar_t *to, const wchar_t *from, size_t size)
{
    return _wcsxfrm_l(to, from, size, NULL);
}

/* ---------------------------------------------------------------- conversion between encodings */

wchar_t *crt_wide(const char *text, unsigned int codepage)
{
    int length = MultiByteToWideChar(codepage, 0, text, -1, NULL, 0);
    wchar_t *wide = malloc((length + 1) * sizeof *wide);

    if (wide && !MultiByteToWideChar(codepage, 0, text, -1, wide, length))
        wide[0] = 0;
    return wide;
}

char *crt_narrow(const wchar_t *text, unsigned int codepage)
{
    int length = WideCharToMultiByte(codepage, 0, text, -1, NULL, 0, NULL, NULL);
    char *narrow = malloc(length + 1);

    if (narrow && !WideCharToMultiByte(codepage, 0, text, -1, narrow, length, NULL, NULL))
        narrow[0] = 0;
    return narrow;
}

wchar_t *crt_wide_path(const char *text)
{
    if (!text) {
        errno = EINVAL;
        return NULL;
    }
    return crt_wide(text, AreFileApisANSI() ? CP_ACP : CP_OEMCP);
}

char *crt_narrow_path(const wchar_t *text)
{
    return crt_narrow(text, AreFileApisANSI() ? CP_ACP : CP_OEMCP);
}
