/*
 * The scanf family: an engine that reads characters one at a time from a stream or a string.
 */
#include "crt.h"

struct narrow_source {
    FILE *file;
    const char *text;
    size_t limit, count;
    bool ended;
};
struct wide_source {
    FILE *file;
    const wchar_t *text;
    size_t limit, count;
    bool ended;
};

#define T       char
#define UT      unsigned char
#define WIDE    0
#define NAME(x) narrow_##x
#include "scanf_template.h"
#define T       wchar_t
#define UT      wchar_t
#define WIDE    1
#define NAME(x) wide_##x
#include "scanf_template.h"

#define D (CRT_UCRT ? 0 : SCANF_LEGACY_WIDE_SPECIFIERS)
#define S (D | SCANF_SECURECRT)

#define ENGINES(T, kind)                                                                                     \
    static int kind##_file(FILE *file, unsigned int options, const T *format, crt_locale_t l, va_list args)  \
    {                                                                                                        \
        CRT_CHECK(file &&format, EINVAL, EOF);                                                               \
        struct kind##_source in = {.file = file};                                                            \
        va_list copy;                                                                                        \
        va_copy(copy, args);                                                                                 \
        _lock_file(file);                                                                                    \
        int result = kind##_scan(&in, options, format, l, copy);                                             \
        _unlock_file(file);                                                                                  \
        va_end(copy);                                                                                        \
        return result;                                                                                       \
    }                                                                                                        \
    static int kind##_text(const T *text, size_t limit, unsigned int options, const T *format,               \
                           crt_locale_t l, va_list args)                                                     \
    {                                                                                                        \
        CRT_CHECK(text &&format, EINVAL, EOF);                                                               \
        struct kind##_source in = {.text = text, .limit = limit};                                            \
        va_list copy;                                                                                        \
        va_copy(copy, args);                                                                                 \
        int result = kind##_scan(&in, options, format, l, copy);                                             \
        va_end(copy);                                                                                        \
        return result;                                                                                       \
    }
ENGINES(char, narrow)
ENGINES(wchar_t, wide)

#if CRT_UCRT
int __stdio_common_vfscanf(uint64_t options, FILE *file, const char *format, crt_locale_t l, va_list args)
{
    return narrow_file(file, (unsigned int)options, format, l, args);
}
int __stdio_common_vfwscanf(uint64_t options, FILE *file, const wchar_t *format, crt_locale_t l, va_list args)
{
    return wide_file(file, (unsigned int)options, format, l, args);
}
int __stdio_common_vsscanf(uint64_t options, const char *text, size_t limit, const char *format,
                           crt_locale_t l, va_list args)
{
    return narrow_text(text, limit, (unsigned int)options, format, l, args);
}
int __stdio_common_vswscanf(uint64_t options, const wchar_t *text, size_t limit, const wchar_t *format,
                            crt_locale_t l, va_list args)
{
    return wide_text(text, limit, (unsigned int)options, format, l, args);
}
#endif

#define VA(last, call)                                                                                       \
    va_list args;                                                                                            \
    va_start(args, last);                                                                                    \
    int result = call;                                                                                       \
    va_end(args);                                                                                            \
    return result;

#define FAMILY(T, kind, options, f, v, f_l, p, vp, p_l, s, vs, s_l, n, n_l)                                  \
    int f(FILE *file, const T *format, ...)                                                                  \
    {                                                                                                        \
        VA(format, kind##_file(file, options, format, NULL, args))                                           \
    }                                                                                                        \
    int v(FILE *file, const T *format, va_list args)                                                         \
    {                                                                                                        \
        return kind##_file(file, options, format, NULL, args);                                               \
    }                                                                                                        \
    int f_l(FILE *file, const T *format, crt_locale_t l, ...)                                                \
    {                                                                                                        \
        VA(l, kind##_file(file, options, format, l, args))                                                   \
    }                                                                                                        \
    int p(const T *format, ...)                                                                              \
    {                                                                                                        \
        VA(format, kind##_file(stdin, options, format, NULL, args))                                          \
    }                                                                                                        \
    int vp(const T *format, va_list args)                                                                    \
    {                                                                                                        \
        return kind##_file(stdin, options, format, NULL, args);                                              \
    }                                                                                                        \
    int p_l(const T *format, crt_locale_t l, ...)                                                            \
    {                                                                                                        \
        VA(l, kind##_file(stdin, options, format, l, args))                                                  \
    }                                                                                                        \
    int s(const T *text, const T *format, ...)                                                               \
    {                                                                                                        \
        VA(format, kind##_text(text, SIZE_MAX, options, format, NULL, args))                                 \
    }                                                                                                        \
    int vs(const T *text, const T *format, va_list args)                                                     \
    {                                                                                                        \
        return kind##_text(text, SIZE_MAX, options, format, NULL, args);                                     \
    }                                                                                                        \
    int s_l(const T *text, const T *format, crt_locale_t l, ...)                                             \
    {                                                                                                        \
        VA(l, kind##_text(text, SIZE_MAX, options, format, l, args))                                         \
    }                                                                                                        \
    int n(const T *text, size_t limit, const T *format, ...)                                                 \
    {                                                                                                        \
        VA(format, kind##_text(text, limit, options, format, NULL, args))                                    \
    }                                                                                                        \
    int n_l(const T *text, size_t limit, const T *format, crt_locale_t l, ...)                               \
    {                                                                                                        \
        VA(l, kind##_text(text, limit, options, format, l, args))                                            \
    }

FAMILY(char, narrow, D, fscanf, vfscanf, _fscanf_l, scanf, vscanf, _scanf_l, sscanf, vsscanf, _sscanf_l,
       _snscanf, _snscanf_l)
FAMILY(char, narrow, S, fscanf_s, vfscanf_s, _fscanf_s_l, scanf_s, vscanf_s, _scanf_s_l, sscanf_s, vsscanf_s,
       _sscanf_s_l, _snscanf_s, _snscanf_s_l)
FAMILY(wchar_t, wide, D, fwscanf, vfwscanf, _fwscanf_l, wscanf, vwscanf, _wscanf_l, swscanf, vswscanf,
       _swscanf_l, _snwscanf, _snwscanf_l)
FAMILY(wchar_t, wide, S, fwscanf_s, vfwscanf_s, _fwscanf_s_l, wscanf_s, vwscanf_s, _wscanf_s_l, swscanf_s,
       vswscanf_s, _swscanf_s_l, _snwscanf_s, _snwscanf_s_l)

/* ---------------------------------------------------------------- the console's */

int crt_console_getc(void);
/* Console input is scanned a line at a time. */
static int console_scan(unsigned int options, const char *format, crt_locale_t l, va_list args)
{
    char line[1024 * 3 + 1];

    if (crt_console_line(line, sizeof line) < 0)
        return EOF;
    return narrow_text(line, SIZE_MAX, options, format, l, args);
}
static int console_scan_wide(unsigned int options, const wchar_t *format, crt_locale_t l, va_list args)
{
    wchar_t wide[1025];

    if (crt_console_line_wide(wide, 1025) < 0)
        return EOF;
    return wide_text(wide, SIZE_MAX, options, format, l, args);
}
int _cscanf(const char *format, ...)
{
    VA(format, console_scan(D, format, NULL, args))
}
int _cscanf_l(const char *format, crt_locale_t l, ...)
{
    VA(l, console_scan(D, format, l, args))
}
int _cscanf_s(const char *format, ...)
{
    VA(format, console_scan(S, format, NULL, args))
}
int _cscanf_s_l(const char *format, crt_locale_t l, ...)
{
    VA(l, console_scan(S, format, l, args))
}
int _cwscanf(const wchar_t *format, ...)
{
    VA(format, console_scan_wide(D, format, NULL, args))
}
int _cwscanf_l(const wchar_t *format, crt_locale_t l, ...)
{
    VA(l, console_scan_wide(D, format, l, args))
}
int _cwscanf_s(const wchar_t *format, ...)
{
    VA(format, console_scan_wide(S, format, NULL, args))
}
int _cwscanf_s_l(const wchar_t *format, crt_locale_t l, ...)
{
    VA(l, console_scan_wide(S, format, l, args))
}
#if CRT_UCRT
int __conio_common_vcscanf(uint64_t options, const char *format, crt_locale_t l, va_list args)
{
    return console_scan((unsigned int)options, format, l, args);
}
int __conio_common_vcwscanf(uint64_t options, const wchar_t *format, crt_locale_t l, va_list args)
{
    return console_scan_wide((unsigned int)options, format, l, args);
}
#endif
