/*
 * The printf family of ntdll: integers, characters and strings, counted ones too, in the "C" locale; like
 * the kernel's it has no floating point.
 */
#include <nt/rtl.h>
#include <stdarg.h>
#include <string.h>

#define TRUNCATE ((SIZE_T)-1)

enum size { SIZE_DEFAULT, SIZE_SHORT, SIZE_LONG, SIZE_64 };

struct spec {
    BOOLEAN left, plus, space, alternate, zero;
    int width, precision; /* precision -1: none */
    enum size size;
};

#define T       char
#define NAME(x) narrow_##x
#include "printf_template.h"
#define T       WCHAR
#define NAME(x) wide_##x
#include "printf_template.h"

#define NO_LIMIT ((SIZE_T)0x7fffffff)

#define DEFINE(T, engine, formatted, plain, limited, secure, secure_limited)                                 \
    int __cdecl v##plain(T *buffer, const T *format, va_list arguments);                                     \
    int __cdecl _v##limited(T *buffer, SIZE_T count, const T *format, va_list arguments);                    \
    int __cdecl _v##formatted(const T *format, va_list arguments);                                           \
    int __cdecl v##secure(T *buffer, SIZE_T size, const T *format, va_list arguments);                       \
    int __cdecl _v##secure_limited(T *buffer, SIZE_T size, SIZE_T count, const T *format,                    \
                                   va_list arguments);                                                       \
    int __cdecl plain(T *buffer, const T *format, ...);                                                      \
    int __cdecl _##limited(T *buffer, SIZE_T count, const T *format, ...);                                   \
    int __cdecl secure(T *buffer, SIZE_T size, const T *format, ...);                                        \
    int __cdecl _##secure_limited(T *buffer, SIZE_T size, SIZE_T count, const T *format, ...);               \
                                                                                                             \
    int __cdecl v##plain(T *buffer, const T *format, va_list arguments)                                      \
    {                                                                                                        \
        return engine##_run(buffer, NO_LIMIT, format, arguments);                                            \
    }                                                                                                        \
    int __cdecl _v##limited(T *buffer, SIZE_T count, const T *format, va_list arguments)                     \
    {                                                                                                        \
        return engine##_run(buffer, count, format, arguments);                                               \
    }                                                                                                        \
    int __cdecl _v##formatted(const T *format, va_list arguments)                                            \
    {                                                                                                        \
        return engine##_run(NULL, 0, format, arguments);                                                     \
    }                                                                                                        \
    int __cdecl v##secure(T *buffer, SIZE_T size, const T *format, va_list arguments)                        \
    {                                                                                                        \
        return engine##_run_secure(buffer, size, size, format, arguments);                                   \
    }                                                                                                        \
    int __cdecl _v##secure_limited(T *buffer, SIZE_T size, SIZE_T count, const T *format, va_list arguments) \
    {                                                                                                        \
        return engine##_run_secure(buffer, size, count, format, arguments);                                  \
    }                                                                                                        \
    int __cdecl plain(T *buffer, const T *format, ...)                                                       \
    {                                                                                                        \
        va_list arguments;                                                                                   \
        va_start(arguments, format);                                                                         \
        int result = engine##_run(buffer, NO_LIMIT, format, arguments);                                      \
        va_end(arguments);                                                                                   \
        return result;                                                                                       \
    }                                                                                                        \
    int __cdecl _##limited(T *buffer, SIZE_T count, const T *format, ...)                                    \
    {                                                                                                        \
        va_list arguments;                                                                                   \
        va_start(arguments, format);                                                                         \
        int result = engine##_run(buffer, count, format, arguments);                                         \
        va_end(arguments);                                                                                   \
        return result;                                                                                       \
    }                                                                                                        \
    int __cdecl secure(T *buffer, SIZE_T size, const T *format, ...)                                         \
    {                                                                                                        \
        va_list arguments;                                                                                   \
        va_start(arguments, format);                                                                         \
        int result = engine##_run_secure(buffer, size, size, format, arguments);                             \
        va_end(arguments);                                                                                   \
        return result;                                                                                       \
    }                                                                                                        \
    int __cdecl _##secure_limited(T *buffer, SIZE_T size, SIZE_T count, const T *format, ...)                \
    {                                                                                                        \
        va_list arguments;                                                                                   \
        va_start(arguments, format);                                                                         \
        int result = engine##_run_secure(buffer, size, count, format, arguments);                            \
        va_end(arguments);                                                                                   \
        return result;                                                                                       \
    }

/* Redeclared with the types of ntdll; the compiler's own idea of them does not matter here. */
DEFINE(char, narrow, scprintf, sprintf, snprintf, sprintf_s, snprintf_s)
DEFINE(WCHAR, wide, scwprintf, nt_swprintf, snwprintf, swprintf_s, snwprintf_s)
