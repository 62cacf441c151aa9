/*
 * The printf family's entry points: what each does at the end of its buffer and which options it has.
 */
#include "crt.h"

int crt_vfprintf(FILE *file, unsigned int options, const char *format, crt_locale_t l, va_list args)
{
    CRT_CHECK(file && format, EINVAL, -1);
    _lock_file(file);
    bool lent = crt_begin_buffer(file);
    struct crt_sink sink = {.file = file};
    int result = crt_format(&sink, options, format, l, args);
    crt_end_buffer(lent, file);
    _unlock_file(file);
    return result;
}

static int vfwprintf_options(FILE *file, unsigned int options, const wchar_t *format, crt_locale_t l,
                             va_list args)
{
    CRT_CHECK(file && format, EINVAL, -1);
    _lock_file(file);
    bool lent = crt_begin_buffer(file);
    struct crt_sink sink = {.file = file};
    int result = crt_format_wide(&sink, options, format, l, args);
    crt_end_buffer(lent, file);
    _unlock_file(file);
    return result;
}

/* How a buffer ends. */
enum end {
    END_OLD,      /* _snprintf: -1 when truncated, no terminator if there is no room */
    END_C99,      /* snprintf: terminated, the whole length */
    END_SECURE,   /* sprintf_s: too long is an invalid parameter */
    END_TRUNCATE, /* _snprintf_s with _TRUNCATE or less room than the count */
    END_VSWPRINTF /* C99's vswprintf and _snprintf_c: terminated, -1 when truncated */
};

#define DEFINE_BUFFER(name, T, format_function)                                                              \
    static int name(T *buffer, size_t size, size_t limit, enum end end, unsigned int options,                \
                    const T *format, crt_locale_t l, va_list args)                                           \
    {                                                                                                        \
        CRT_CHECK(format, EINVAL, -1);                                                                       \
        if (end == END_SECURE || end == END_TRUNCATE)                                                        \
            CRT_CHECK(buffer &&size, EINVAL, -1);                                                            \
        else                                                                                                 \
            CRT_CHECK(buffer || !size, EINVAL, -1);                                                          \
        struct crt_sink sink = {.buffer = buffer, .size = size};                                             \
        if (end == END_TRUNCATE && limit < size)                                                             \
            sink.size = limit;                                                                               \
        int result = format_function(&sink, options, format, l, args);                                       \
        if (result < 0) {                                                                                    \
            if (size)                                                                                        \
                buffer[end == END_OLD && sink.count < size ? sink.count : 0] = 0;                            \
            return result;                                                                                   \
        }                                                                                                    \
        size_t length = sink.count;                                                                          \
        switch (end) {                                                                                       \
        case END_OLD:                                                                                        \
            if (length < size)                                                                               \
                buffer[length] = 0;                                                                          \
            return buffer && length > size ? -1 : result;                                                    \
        case END_C99:                                                                                        \
            if (size)                                                                                        \
                buffer[length < size ? length : size - 1] = 0;                                               \
            return result;                                                                                   \
        case END_VSWPRINTF:                                                                                  \
            if (size)                                                                                        \
                buffer[length < size ? length : size - 1] = 0;                                               \
            return size && length >= size ? -1 : result;                                                     \
        case END_SECURE:                                                                                     \
            if (length >= size) {                                                                            \
                buffer[0] = 0;                                                                               \
                CRT_CHECK(false, ERANGE, -1);                                                                \
            }                                                                                                \
            buffer[length] = 0;                                                                              \
            return result;                                                                                   \
        case END_TRUNCATE:                                                                                   \
            if (length < size && length <= limit) {                                                          \
                buffer[length] = 0;                                                                          \
                return result;                                                                               \
            }                                                                                                \
            if (limit == _TRUNCATE || limit < size) {                                                        \
                buffer[limit < size ? limit : size - 1] = 0;                                                 \
                return -1;                                                                                   \
            }                                                                                                \
            buffer[0] = 0;                                                                                   \
            CRT_CHECK(false, ERANGE, -1);                                                                    \
        }                                                                                                    \
        return -1;                                                                                           \
    }

DEFINE_BUFFER(to_buffer, char, crt_format)
DEFINE_BUFFER(to_wide_buffer, wchar_t, crt_format_wide)

#define D CRT_PRINTF_DEFAULT
#define S (CRT_PRINTF_DEFAULT | PRINTF_SECURE)
#define P (CRT_PRINTF_DEFAULT | PRINTF_POSITIONAL)

int crt_vsprintf(char *buffer, size_t size, unsigned int options, const char *format, crt_locale_t l,
                 va_list args)
{
    return to_buffer(buffer, size, size, END_OLD, options, format, l, args);
}

#if CRT_UCRT
int __stdio_common_vfprintf(uint64_t options, FILE *file, const char *format, crt_locale_t l, va_list args)
{
    return crt_vfprintf(file, (unsigned int)options, format, l, args);
}
int __stdio_common_vfprintf_s(uint64_t options, FILE *file, const char *format, crt_locale_t l, va_list args)
{
    return crt_vfprintf(file, (unsigned int)options | PRINTF_SECURE, format, l, args);
}
int __stdio_common_vfprintf_p(uint64_t options, FILE *file, const char *format, crt_locale_t l, va_list args)
{
    return crt_vfprintf(file, (unsigned int)options | PRINTF_POSITIONAL, format, l, args);
}
int __stdio_common_vfwprintf(uint64_t options, FILE *file, const wchar_t *format, crt_locale_t l,
                             va_list args)
{
    return vfwprintf_options(file, (unsigned int)options, format, l, args);
}
int __stdio_common_vfwprintf_s(uint64_t options, FILE *file, const wchar_t *format, crt_locale_t l,
                               va_list args)
{
    return vfwprintf_options(file, (unsigned int)options | PRINTF_SECURE, format, l, args);
}
int __stdio_common_vfwprintf_p(uint64_t options, FILE *file, const wchar_t *format, crt_locale_t l,
                               va_list args)
{
    return vfwprintf_options(file, (unsigned int)options | PRINTF_POSITIONAL, format, l, args);
}
static enum end end_of(uint64_t options)
{
    return options & PRINTF_STANDARD_SNPRINTF_BEHAVIOR         ? END_C99
           : options & PRINTF_LEGACY_VSPRINTF_NULL_TERMINATION ? END_OLD
                                                               : END_VSWPRINTF;
}
int __stdio_common_vsprintf(uint64_t options, char *buffer, size_t size, const char *format, crt_locale_t l,
                            va_list args)
{
    return to_buffer(buffer, buffer ? size : 0, size, end_of(options), (unsigned int)options, format, l,
                     args);
}
int __stdio_common_vswprintf(uint64_t options, wchar_t *buffer, size_t size, const wchar_t *format,
                             crt_locale_t l, va_list args)
{
    return to_wide_buffer(buffer, buffer ? size : 0, size, end_of(options), (unsigned int)options, format, l,
                          args);
}
int __stdio_common_vsprintf_s(uint64_t options, char *buffer, size_t size, const char *format, crt_locale_t l,
                              va_list args)
{
    return to_buffer(buffer, size, size, END_SECURE, (unsigned int)options | PRINTF_SECURE, format, l, args);
}
int __stdio_common_vswprintf_s(uint64_t options, wchar_t *buffer, size_t size, const wchar_t *format,
                               crt_locale_t l, va_list args)
{
    return to_wide_buffer(buffer, size, size, END_SECURE, (unsigned int)options | PRINTF_SECURE, format, l,
                          args);
}
int __stdio_common_vsnprintf_s(uint64_t options, char *buffer, size_t size, size_t limit, const char *format,
                               crt_locale_t l, va_list args)
{
    if (!limit && !buffer && !size)
        return 0;
    return to_buffer(buffer, size, limit, END_TRUNCATE, (unsigned int)options | PRINTF_SECURE, format, l,
                     args);
}
int __stdio_common_vsnwprintf_s(uint64_t options, wchar_t *buffer, size_t size, size_t limit,
                                const wchar_t *format, crt_locale_t l, va_list args)
{
    if (!limit && !buffer && !size)
        return 0;
    return to_wide_buffer(buffer, size, limit, END_TRUNCATE, (unsigned int)options | PRINTF_SECURE, format, l,
                          args);
}
int __stdio_common_vsprintf_p(uint64_t options, char *buffer, size_t size, const char *format, crt_locale_t l,
                              va_list args)
{
    return to_buffer(buffer, size, size, END_SECURE, (unsigned int)options | PRINTF_POSITIONAL, format, l,
                     args);
}
int __stdio_common_vswprintf_p(uint64_t options, wchar_t *buffer, size_t size, const wchar_t *format,
                               crt_locale_t l, va_list args)
{
    return to_wide_buffer(buffer, size, size, END_SECURE, (unsigned int)options | PRINTF_POSITIONAL, format,
                          l, args);
}
#endif

/* Each family: NAME(args...), vNAME(args..., va_list), and the _l forms. The engine's call is `body`
 * in terms of format, l and args. */
#define VA_CALL(call)                                                                                        \
    va_list args;                                                                                            \
    va_start(args, format);                                                                                  \
    int result = call;                                                                                       \
    va_end(args);                                                                                            \
    return result;

#define FILE_FAMILY(T, engine, options, f, vf, f_l, vf_l, p, vp, p_l, vp_l)                                  \
    int vf_l(FILE *file, const T *format, crt_locale_t l, va_list args)                                      \
    {                                                                                                        \
        return engine(file, options, format, l, args);                                                       \
    }                                                                                                        \
    int vf(FILE *file, const T *format, va_list args)                                                        \
    {                                                                                                        \
        return engine(file, options, format, NULL, args);                                                    \
    }                                                                                                        \
    int vp_l(const T *format, crt_locale_t l, va_list args)                                                  \
    {                                                                                                        \
        return engine(stdout, options, format, l, args);                                                     \
    }                                                                                                        \
    int vp(const T *format, va_list args)                                                                    \
    {                                                                                                        \
        return engine(stdout, options, format, NULL, args);                                                  \
    }                                                                                                        \
    int f(FILE *file, const T *format, ...)                                                                  \
    {                                                                                                        \
        VA_CALL(engine(file, options, format, NULL, args))                                                   \
    }                                                                                                        \
    int f_l(FILE *file, const T *format, crt_locale_t l, ...)                                                \
    {                                                                                                        \
        va_list args;                                                                                        \
        va_start(args, l);                                                                                   \
        int result = engine(file, options, format, l, args);                                                 \
        va_end(args);                                                                                        \
        return result;                                                                                       \
    }                                                                                                        \
    int p(const T *format, ...)                                                                              \
    {                                                                                                        \
        VA_CALL(engine(stdout, options, format, NULL, args))                                                 \
    }                                                                                                        \
    int p_l(const T *format, crt_locale_t l, ...)                                                            \
    {                                                                                                        \
        va_list args;                                                                                        \
        va_start(args, l);                                                                                   \
        int result = engine(stdout, options, format, l, args);                                               \
        va_end(args);                                                                                        \
        return result;                                                                                       \
    }

FILE_FAMILY(char, crt_vfprintf, D, fprintf, vfprintf, _fprintf_l, _vfprintf_l, printf, vprintf, _printf_l,
            _vprintf_l)
FILE_FAMILY(char, crt_vfprintf, S, fprintf_s, vfprintf_s, _fprintf_s_l, _vfprintf_s_l, printf_s, vprintf_s,
            _printf_s_l, _vprintf_s_l)
FILE_FAMILY(char, crt_vfprintf, P, _fprintf_p, _vfprintf_p, _fprintf_p_l, _vfprintf_p_l, _printf_p,
            _vprintf_p, _printf_p_l, _vprintf_p_l)
FILE_FAMILY(wchar_t, vfwprintf_options, D, fwprintf, vfwprintf, _fwprintf_l, _vfwprintf_l, wprintf, vwprintf,
            _wprintf_l, _vwprintf_l)
FILE_FAMILY(wchar_t, vfwprintf_options, S, fwprintf_s, vfwprintf_s, _fwprintf_s_l, _vfwprintf_s_l, wprintf_s,
            vwprintf_s, _wprintf_s_l, _vwprintf_s_l)
FILE_FAMILY(wchar_t, vfwprintf_options, P, _fwprintf_p, _vfwprintf_p, _fwprintf_p_l, _vfwprintf_p_l,
            _wprintf_p, _vwprintf_p, _wprintf_p_l, _vwprintf_p_l)

/* Families that write to a buffer of a given size. */
#define SIZED_FAMILY(T, engine, end, options, name, vname, name_l, vname_l)                                  \
    int vname_l(T *buffer, size_t size, const T *format, crt_locale_t l, va_list args)                       \
    {                                                                                                        \
        return engine(buffer, size, size, end, options, format, l, args);                                    \
    }                                                                                                        \
    int vname(T *buffer, size_t size, const T *format, va_list args)                                         \
    {                                                                                                        \
        return engine(buffer, size, size, end, options, format, NULL, args);                                 \
    }                                                                                                        \
    int name(T *buffer, size_t size, const T *format, ...)                                                   \
    {                                                                                                        \
        VA_CALL(engine(buffer, size, size, end, options, format, NULL, args))                                \
    }                                                                                                        \
    int name_l(T *buffer, size_t size, const T *format, crt_locale_t l, ...)                                 \
    {                                                                                                        \
        va_list args;                                                                                        \
        va_start(args, l);                                                                                   \
        int result = engine(buffer, size, size, end, options, format, l, args);                              \
        va_end(args);                                                                                        \
        return result;                                                                                       \
    }

SIZED_FAMILY(char, to_buffer, END_OLD, D, _snprintf, _vsnprintf, _snprintf_l, _vsnprintf_l)
SIZED_FAMILY(char, to_buffer, END_C99, D, snprintf, vsnprintf, crt_snprintf_l, crt_vsnprintf_l)
SIZED_FAMILY(char, to_buffer, END_VSWPRINTF, D, _snprintf_c, _vsnprintf_c, _snprintf_c_l, _vsnprintf_c_l)
SIZED_FAMILY(char, to_buffer, END_SECURE, S, sprintf_s, vsprintf_s, _sprintf_s_l, _vsprintf_s_l)
SIZED_FAMILY(char, to_buffer, END_SECURE, P, _sprintf_p, _vsprintf_p, _sprintf_p_l, _vsprintf_p_l)
SIZED_FAMILY(wchar_t, to_wide_buffer, END_OLD, D, _snwprintf, _vsnwprintf, _snwprintf_l, _vsnwprintf_l)
SIZED_FAMILY(wchar_t, to_wide_buffer, END_VSWPRINTF, D, _swprintf_c, _vswprintf_c, _swprintf_c_l,
             _vswprintf_c_l)
SIZED_FAMILY(wchar_t, to_wide_buffer, END_SECURE, S, swprintf_s, vswprintf_s, _swprintf_s_l, _vswprintf_s_l)
SIZED_FAMILY(wchar_t, to_wide_buffer, END_SECURE, P, _swprintf_p, _vswprintf_p, _swprintf_p_l, _vswprintf_p_l)

#define LIMITED_FAMILY(T, engine, name, vname, name_l, vname_l)                                              \
    int vname_l(T *buffer, size_t size, size_t limit, const T *format, crt_locale_t l, va_list args)         \
    {                                                                                                        \
        if (!limit && !buffer && !size)                                                                      \
            return 0;                                                                                        \
        return engine(buffer, size, limit, END_TRUNCATE, S, format, l, args);                                \
    }                                                                                                        \
    int vname(T *buffer, size_t size, size_t limit, const T *format, va_list args)                           \
    {                                                                                                        \
        return vname_l(buffer, size, limit, format, NULL, args);                                             \
    }                                                                                                        \
    int name(T *buffer, size_t size, size_t limit, const T *format, ...)                                     \
    {                                                                                                        \
        VA_CALL(vname_l(buffer, size, limit, format, NULL, args))                                            \
    }                                                                                                        \
    int name_l(T *buffer, size_t size, size_t limit, const T *format, crt_locale_t l, ...)                   \
    {                                                                                                        \
        va_list args;                                                                                        \
        va_start(args, l);                                                                                   \
        int result = vname_l(buffer, size, limit, format, l, args);                                          \
        va_end(args);                                                                                        \
        return result;                                                                                       \
    }

LIMITED_FAMILY(char, to_buffer, _snprintf_s, _vsnprintf_s, _snprintf_s_l, _vsnprintf_s_l)
LIMITED_FAMILY(wchar_t, to_wide_buffer, _snwprintf_s, _vsnwprintf_s, _snwprintf_s_l, _vsnwprintf_s_l)
int vsnprintf_s(char *buffer, size_t size, size_t limit, const char *format, va_list args)
{
    return _vsnprintf_s(buffer, size, limit, format, args);
}

/* Without a size: the caller promises room. */
#define UNSIZED_FAMILY(T, engine, name, vname, name_l, vname_l)                                              \
    int vname_l(T *buffer, const T *format, crt_locale_t l, va_list args)                                    \
    {                                                                                                        \
        return engine(buffer, (size_t)INT_MAX + 1, INT_MAX, END_OLD, D, format, l, args);                    \
    }                                                                                                        \
    int vname(T *buffer, const T *format, va_list args)                                                      \
    {                                                                                                        \
        return vname_l(buffer, format, NULL, args);                                                          \
    }                                                                                                        \
    int name(T *buffer, const T *format, ...)                                                                \
    {                                                                                                        \
        VA_CALL(vname_l(buffer, format, NULL, args))                                                         \
    }                                                                                                        \
    int name_l(T *buffer, const T *format, crt_locale_t l, ...)                                              \
    {                                                                                                        \
        va_list args;                                                                                        \
        va_start(args, l);                                                                                   \
        int result = vname_l(buffer, format, l, args);                                                       \
        va_end(args);                                                                                        \
        return result;                                                                                       \
    }

UNSIZED_FAMILY(char, to_buffer, sprintf, vsprintf, _sprintf_l, _vsprintf_l)
UNSIZED_FAMILY(wchar_t, to_wide_buffer, swprintf, vswprintf, __swprintf_l, __vswprintf_l)
int _swprintf(wchar_t *buffer, const wchar_t *format, ...)
{
    VA_CALL(__vswprintf_l(buffer, format, NULL, args))
}
int _vswprintf(wchar_t *buffer, const wchar_t *format, va_list args)
{
    return __vswprintf_l(buffer, format, NULL, args);
}
int _swprintf_l(wchar_t *buffer, size_t size, const wchar_t *format, crt_locale_t l, ...)
{
    va_list args;
    va_start(args, l);
    int result = to_wide_buffer(buffer, size, size, END_VSWPRINTF, D, format, l, args);
    va_end(args);
    return result;
}
int _vswprintf_l(wchar_t *buffer, size_t size, const wchar_t *format, crt_locale_t l, va_list args)
{
    return to_wide_buffer(buffer, size, size, END_VSWPRINTF, D, format, l, args);
}

/* Counting only. */
#define COUNT_FAMILY(T, engine, options, name, vname, name_l, vname_l)                                       \
    int vname_l(const T *format, crt_locale_t l, va_list args)                                               \
    {                                                                                                        \
        return engine(NULL, 0, 0, END_C99, options, format, l, args);                                        \
    }                                                                                                        \
    int vname(const T *format, va_list args)                                                                 \
    {                                                                                                        \
        return vname_l(format, NULL, args);                                                                  \
    }                                                                                                        \
    int name(const T *format, ...)                                                                           \
    {                                                                                                        \
        VA_CALL(vname_l(format, NULL, args))                                                                 \
    }                                                                                                        \
    int name_l(const T *format, crt_locale_t l, ...)                                                         \
    {                                                                                                        \
        va_list args;                                                                                        \
        va_start(args, l);                                                                                   \
        int result = vname_l(format, l, args);                                                               \
        va_end(args);                                                                                        \
        return result;                                                                                       \
    }

COUNT_FAMILY(char, to_buffer, D, _scprintf, _vscprintf, _scprintf_l, _vscprintf_l)
COUNT_FAMILY(char, to_buffer, P, _scprintf_p, _vscprintf_p, _scprintf_p_l, _vscprintf_p_l)
COUNT_FAMILY(wchar_t, to_wide_buffer, D, _scwprintf, _vscwprintf, _scwprintf_l, _vscwprintf_l)
COUNT_FAMILY(wchar_t, to_wide_buffer, P, _scwprintf_p, _vscwprintf_p, _scwprintf_p_l, _vscwprintf_p_l)
