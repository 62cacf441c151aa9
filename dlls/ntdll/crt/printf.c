/*
 * The printf family of ntdll: integers, characters and strings, counted ones too, in the "C" locale; like
 * the kernel's it has no floating point.
 */
#include <nt/rtl.h>
#include <printf_spec.h>

#define TRUNCATE ((SIZE_T)-1)

struct sink {
    void *buffer;
    size_t room, count; /* in characters; count goes on behind the end */
    bool failed;        /* never */
};

#define PRINTF_LEGACY_WIDE_SPECIFIERS 1
#define PRINTF_POSITIONAL             0

#define PRINTF_SINK               struct sink
#define PRINTF_LOCALE             int /* there is only one */
#define PRINTF_FLOATING           0
#define PRINTF_SINK_IS_FULL(sink) ((sink)->count >= (sink)->room)
#define PRINTF_IS_TOO_LONG(sink)  ((sink)->count > INT_MAX)
#define PRINTF_ERROR(code)        ((void)0)
#define PRINTF_INVALID()          ((void)0)
#define PRINTF_IS_STRICT(options) 0
#define PRINTF_MAY_COUNT          1
#define PRINTF_HAS_CHAR_SIZE      0

static void put(struct sink *sink, const void *text, size_t count, size_t unit)
{
    if (sink->count < sink->room) {
        size_t room = sink->room - sink->count;
        memcpy((char *)sink->buffer + sink->count * unit, text, (count < room ? count : room) * unit);
    }
    sink->count += count;
}

static void narrow_put(struct sink *sink, const char *text, size_t count)
{
    put(sink, text, count, sizeof *text);
}

static void wide_put(struct sink *sink, const WCHAR *text, size_t count)
{
    put(sink, text, count, sizeof *text);
}

static int narrow_convert(char *out, const WCHAR *text, size_t available, size_t *ret_taken, int locale)
{
    (void)available, (void)locale;
    *out = (char)(*text > 0xff ? '?' : *text);
    *ret_taken = 1;
    return 1;
}

static int wide_convert(WCHAR *out, const char *text, size_t available, size_t *ret_taken, int locale)
{
    (void)available, (void)locale;
    *out = (unsigned char)*text;
    *ret_taken = 1;
    return 1;
}

#define T              char
#define OTHER          WCHAR
#define WIDE           0
#define NAME(x)        narrow_##x
#define LENGTH         strlen
#define LENGTH_LIMITED strnlen
#include <printf_fields.h>
#include <printf_template.h>
#define T              WCHAR
#define OTHER          char
#define WIDE           1
#define NAME(x)        wide_##x
#define LENGTH         wcslen
#define LENGTH_LIMITED wcsnlen
#include <printf_fields.h>
#include <printf_template.h>

#define NO_LIMIT ((SIZE_T)0x7fffffff)

/* Too long: -1; terminated where there is room for that, as the old functions do. */
#define DEFINE_RUN(T, engine)                                                                                \
    static int engine##_run(T *buffer, size_t room, const T *format, va_list arguments)                      \
    {                                                                                                        \
        struct sink sink = {buffer, buffer ? room : 0, 0, false};                                            \
        int length = engine##_format(&sink, PRINTF_LEGACY_WIDE_SPECIFIERS, format, 0, arguments);            \
        if (sink.count < sink.room)                                                                          \
            buffer[sink.count] = 0;                                                                          \
        return buffer && sink.count > room ? -1 : length;                                                    \
    }                                                                                                        \
                                                                                                             \
    /* Too long: nothing and -1, or with a smaller limit as much as that. */                                 \
    static int engine##_run_secure(T *buffer, size_t size, size_t limit, const T *format, va_list arguments) \
    {                                                                                                        \
        if (!buffer || !size || !format)                                                                     \
            return -1;                                                                                       \
        size_t room = limit < size ? limit : size - 1;                                                       \
        int length = engine##_run(buffer, room, format, arguments);                                          \
        if (length >= 0)                                                                                     \
            buffer[length] = 0;                                                                              \
        else                                                                                                 \
            buffer[limit < size || limit == TRUNCATE ? room : 0] = 0;                                        \
        return length;                                                                                       \
    }
DEFINE_RUN(char, narrow)
DEFINE_RUN(WCHAR, wide)

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
