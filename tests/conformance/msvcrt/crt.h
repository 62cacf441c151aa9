/*
 * The runtime under test is reached by name, because mingw-w64 links some functions of its own. The
 * sources serve msvcrt and, with UCRT defined by the file that includes them, ucrtbase.
 */
#ifndef CRT_TEST_H
#define CRT_TEST_H

#include <harness.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>

#ifdef UCRT
#define CRT_DLL "ucrtbase.dll"
#define IS_UCRT 1
#else
#define CRT_DLL "msvcrt.dll"
#define IS_UCRT 0
#endif

static inline void *crt_function(const char *name)
{
    static HMODULE module;

    if (!module)
        module = LoadLibraryA(CRT_DLL);
    void *function = (void *)GetProcAddress(module, name);
    if (!function) {
        printf("%s lacks %s\n", CRT_DLL, name);
        exit(1);
    }
    return function;
}

/* CRT(int, strcmp, (const char *, const char *))("a", "b") */
#define CRT(result, name, parameters) ((result(__cdecl *) parameters)crt_function(#name))
#define CRT_ERRNO                     (*CRT(int *, _errno, (void))())

static inline int format(char *buffer, size_t size, const char *text, ...)
{
    va_list args;

    va_start(args, text);
#ifdef UCRT
    int result = CRT(int, __stdio_common_vsprintf,
                     (unsigned long long, char *, size_t, const char *, void *, va_list))(1, buffer, size,
                                                                                          text, NULL, args);
#else
    int result = CRT(int, _vsnprintf, (char *, size_t, const char *, va_list))(buffer, size, text, args);
#endif
    va_end(args);
    return result;
}

static inline int scan(const char *text, const char *pattern, ...)
{
    va_list args;
    int result;

    va_start(args, pattern);
#ifdef UCRT
    result = CRT(int, __stdio_common_vsscanf,
                 (unsigned long long, const char *, size_t, const char *, void *, va_list))(
        0, text, (size_t)-1, pattern, NULL, args);
#else
    void *a[6];
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(args, void *);
    result = CRT(int, sscanf, (const char *, const char *, ...))(text, pattern, a[0], a[1], a[2], a[3], a[4],
                                                                 a[5]);
#endif
    va_end(args);
    return result;
}
#endif
