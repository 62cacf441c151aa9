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

/* Wrong arguments are what is tested. */
#pragma GCC diagnostic ignored "-Wnonnull"
#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
#pragma GCC diagnostic ignored "-Wstringop-overflow"

#ifdef UCRT
#define CRT_DLL "ucrtbase.dll"
#define IS_UCRT 1
#else
#define CRT_DLL "msvcrt.dll"
#define IS_UCRT 0
#endif

/* In place of what Debian's wine does not export: the test then counts as skipped there. */
static void *__cdecl crt_absent(void)
{
    return NULL;
}

static inline void *crt_function(const char *name)
{
    static HMODULE module;

    if (!module)
        module = LoadLibraryA(CRT_DLL);
    void *function = (void *)GetProcAddress(module, name);
    if (!function && harness_is_wine()) {
        printf("  wine's %s lacks %s\n", CRT_DLL, name);
        ORACLE_DIFFERS("a function is not there");
        return (void *)crt_absent;
    }
    if (!function) {
        printf("%s lacks %s\n", CRT_DLL, name);
        exit(1);
    }
    return function;
}

/*
 * Debian's wine raises an exception in functions that it exports and does not have; and a test may stumble
 * over what crt_absent returned. Either ends the test, which then counts as skipped.
 */
static void *crt_test_frame[5] __attribute__((unused));

static __attribute__((unused)) LONG NTAPI crt_oracle_stumbles(EXCEPTION_POINTERS *info)
{
    DWORD code = info->ExceptionRecord->ExceptionCode;

    if (code == 0x80000100u || code >= 0xc0000000u)
        __builtin_longjmp(crt_test_frame, 1);
    return EXCEPTION_CONTINUE_SEARCH;
}

static __attribute__((noinline, unused)) void crt_run(void (*body)(void))
{
    if (!harness_is_wine()) {
        body();
        return;
    }
    void *handler = AddVectoredExceptionHandler(1, crt_oracle_stumbles);
    if (__builtin_setjmp(crt_test_frame) == 0)
        body();
    else
        ORACLE_DIFFERS("wine does not get to the end");
    RemoveVectoredExceptionHandler(handler);
}

#define CRT_TEST(name)                                                                                       \
    static void body_##name(void);                                                                           \
    TEST(name)                                                                                               \
    {                                                                                                        \
        crt_run(body_##name);                                                                                \
    }                                                                                                        \
    static void body_##name(void)

/* CRT(int, strcmp, (const char *, const char *))("a", "b") */
#define CRT(result, name, parameters) ((result(__cdecl *) parameters)crt_function(#name))
#define CRT_ERRNO                     (*CRT(int *, _errno, (void))())

/* FN(strcmp)("a", "b"): the type is the one that mingw-w64's headers declare. */
#define FN(name) ((__typeof__(name) *)crt_function(#name))

/* The same test text for narrow and wide functions: a file is included twice, with and without WIDE. */
#define CRT_JOIN_(a, b) a##b
#define CRT_JOIN(a, b)  CRT_JOIN_(a, b)

static inline int crt_has(const char *name)
{
    return GetProcAddress(LoadLibraryA(CRT_DLL), name) != NULL;
}

static volatile int crt_invalid_count __attribute__((unused));

static inline void __cdecl crt_count_invalid(const wchar_t *a, const wchar_t *b, const wchar_t *c,
                                             unsigned int d, uintptr_t e)
{
    crt_invalid_count++;
}

/* Invalid parameters are counted, not fatal. The system's msvcrt only sets errno for them. */
static inline void crt_allow_invalid(void)
{
    if (IS_UCRT)
        CRT(void *, _set_invalid_parameter_handler, (void *))((void *)crt_count_invalid);
}

/* The call gives this value and errno; with CHECK_INVALID by way of the invalid-parameter handler. */
#define CHECK_ERRNO(call, value, code)                                                                       \
    do {                                                                                                     \
        CRT_ERRNO = 0xdead;                                                                                  \
        CHECK_EQ(call, value);                                                                               \
        CHECK_EQ(CRT_ERRNO, code);                                                                           \
    } while (0)
#define CHECK_INVALID(call, value, code)                                                                     \
    do {                                                                                                     \
        crt_allow_invalid();                                                                                 \
        int check_invalid_count = crt_invalid_count;                                                         \
        CRT_ERRNO = 0xdead;                                                                                  \
        long long check_invalid = (long long)(call);                                                         \
        int check_reports = crt_invalid_count - check_invalid_count, check_errno = CRT_ERRNO;                \
        if (check_invalid != (long long)(value) || check_errno != (code) || check_reports != IS_UCRT) {      \
            ORACLE_DIFFERS("what is documented as an invalid parameter is not refused as one");              \
            FAIL("%s is %lld, errno %d, %d reports", #call, check_invalid, check_errno, check_reports);      \
        }                                                                                                    \
    } while (0)
#define CHECK_NEAR(value, expected)                                                                          \
    do {                                                                                                     \
        double check_near = (value), check_near_to = (expected);                                             \
        if (!(fabs(check_near - check_near_to) <= 1e-12 * (1 + fabs(check_near_to))))                        \
            FAIL("%s is %.17g, not %.17g", #value, check_near, check_near_to);                               \
    } while (0)
#define CHECK_BYTES(value, expected, size)                                                                   \
    do {                                                                                                     \
        if (memcmp(value, expected, size) != 0)                                                              \
            FAIL("%s is not %s", #value, #expected);                                                         \
    } while (0)

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
