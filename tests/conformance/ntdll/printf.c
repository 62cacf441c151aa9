/*
 * The printf family of ntdll, found by name: formats, what happens at the end of the buffer, counted strings.
 */
#include "harness.h"
#include <stdarg.h>
#include <winternl.h>

static FARPROC fn(const char *name)
{
    return GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

static int(__cdecl *p_vsnprintf)(char *, size_t, const char *, va_list);
static int(__cdecl *p_vsnwprintf)(WCHAR *, size_t, const WCHAR *, va_list);

static int format(char *to, size_t room, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    int n = p_vsnprintf(to, room, text, arguments);
    va_end(arguments);
    return n;
}

static int format_wide(WCHAR *to, size_t room, const WCHAR *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    int n = p_vsnwprintf(to, room, text, arguments);
    va_end(arguments);
    return n;
}

static void find(void)
{
    p_vsnprintf = (void *)fn("_vsnprintf");
    p_vsnwprintf = (void *)fn("_vsnwprintf");
    CHECK(p_vsnprintf && p_vsnwprintf);
}

#define IS(expected, ...)                                                                                    \
    do {                                                                                                     \
        char to_[128];                                                                                       \
        CHECK_EQ(format(to_, sizeof to_, __VA_ARGS__), (int)strlen(expected));                               \
        CHECK_STR(to_, expected);                                                                            \
    } while (0)
#define IS_WIDE(expected, ...)                                                                               \
    do {                                                                                                     \
        WCHAR to_[128];                                                                                      \
        CHECK_EQ(format_wide(to_, 128, __VA_ARGS__), (int)wcslen(expected));                                 \
        CHECK_WSTR(to_, expected);                                                                           \
    } while (0)

TEST(integers)
{
    find();
    IS("-5 7 4294967291", "%d %i %u", -5, 7, -5);
    IS("  -5|-5  |-005|+5| 5", "%4d|%-4d|%04d|%+d|% d", -5, -5, -5, 5, 5);
    IS("00042|  042|042  ", "%.5d|%5.3d|%-5.3d", 42, 42, 42);
    IS("ff FF 0xff 0XFF 17 017", "%x %X %#x %#X %o %#o", 255, 255, 255, 255, 15, 15);
    IS("123456789012 -1 1234567890abcdef", "%I64d %lld %I64x", 123456789012ll, -1ll, 0x1234567890abcdefll);
    IS("-1 65535", "%hd %hu", 0x1ffff, 0x1ffff);
    IS("|0", "%.0d|%d", 0, 0);
    IS("7|7   |", "%*d|%*d|", 1, 7, -4, 7);
    IS(sizeof(void *) == 8 ? "0000000000001234" : "00001234", "%p", (void *)0x1234);
    IS("100%", "%d%%", 100);
    IS_WIDE(L"-5 0xff 00042", L"%d %#x %.5d", -5, 255, 42);
}

TEST(texts)
{
    find();
    IS("abc|  abc|abc  |ab", "%s|%5s|%-5s|%.2s", "abc", "abc", "abc", "abc");
    IS("wide w x", "%S %C %c", L"wide", L'w', 'x');
    IS("wide n", "%ls %hs", L"wide", "n");
    IS("(null) (nu", "%s %.3s", NULL, NULL);
    IS_WIDE(L"wide narrow n", L"%s %S %hs", L"wide", "narrow", "n");
    IS_WIDE(L"ab  |c", L"%-4.2s|%c", L"abc", L'c');

    if (harness_is_wine()) /* its ntdll does not know counted strings */
        return;
    UNICODE_STRING unicode = {6, 8, (WCHAR *)L"uni_"};
    ANSI_STRING ansi = {3, 4, (char *)"ans_"};
    IS("uni ans", "%wZ %Z", &unicode, &ansi);
    IS_WIDE(L"uni", L"%wZ", &unicode);
}

TEST(ends)
{
    char to[8];
    WCHAR wide[8];
    find();
    memset(to, 'x', sizeof to);
    CHECK_EQ(format(to, 4, "%s", "abc"), 3); /* room for the zero */
    CHECK_STR(to, "abc");
    memset(to, 'x', sizeof to);
    CHECK_EQ(format(to, 3, "%s", "abc"), 3); /* no zero */
    CHECK(to[2] == 'c' && to[3] == 'x');
    memset(to, 'x', sizeof to);
    CHECK_EQ(format(to, 2, "%s", "abc"), -1);
    CHECK(to[1] == 'b' && to[2] == 'x');
    memset(wide, 'x', sizeof wide);
    CHECK_EQ(format_wide(wide, 2, L"%s", L"abc"), -1);
    CHECK(wide[1] == 'b' && wide[2] == 0x7878);
}

TEST(others)
{
    int(__cdecl * p_sprintf)(char *, const char *, ...) = (void *)fn("sprintf");
    int(__cdecl * p_swprintf)(WCHAR *, const WCHAR *, ...) = (void *)fn("swprintf");
    int(__cdecl * p_snprintf)(char *, size_t, const char *, ...) = (void *)fn("_snprintf");
    int(__cdecl * p_snwprintf)(WCHAR *, size_t, const WCHAR *, ...) = (void *)fn("_snwprintf");
    int(__cdecl * p_sprintf_s)(char *, size_t, const char *, ...) = (void *)fn("sprintf_s");
    int(__cdecl * p_swprintf_s)(WCHAR *, size_t, const WCHAR *, ...) = (void *)fn("swprintf_s");
    int(__cdecl * p_snprintf_s)(char *, size_t, size_t, const char *, ...) = (void *)fn("_snprintf_s");
    char to[32];
    WCHAR wide[32];

    CHECK(p_sprintf && p_swprintf && p_snprintf && p_snwprintf);
    CHECK_EQ(p_sprintf(to, "%d-%s", 12, "a"), 4);
    CHECK_STR(to, "12-a");
    CHECK_EQ(p_swprintf(wide, L"%d-%s", 12, L"a"), 4);
    CHECK_WSTR(wide, L"12-a");
    CHECK_EQ(p_snprintf(to, 2, "%d", 123), -1);
    CHECK_EQ(p_snwprintf(wide, 4, L"%d", 123), 3);
    CHECK_EQ(p_sprintf_s(to, sizeof to, "%x", 0xbeef), 4);
    CHECK_STR(to, "beef");
    CHECK_EQ(p_swprintf_s(wide, 32, L"%x", 0xbeef), 4);
    CHECK_WSTR(wide, L"beef");
    CHECK_EQ(p_snprintf_s(to, sizeof to, 2, "%s", "abcdef"), -1); /* cut at the count */
    CHECK_STR(to, "ab");
    if (harness_is_wine()) /* gives nothing for _TRUNCATE */
        return;
    CHECK_EQ(p_snprintf_s(to, 4, (size_t)-1, "%s", "abcdef"), -1); /* _TRUNCATE */
    CHECK_STR(to, "abc");
}

TEST(debug_text)
{
    ULONG(__cdecl * print)(const char *, ...) = (void *)fn("DbgPrint");
    ULONG(__cdecl * print_ex)(ULONG, ULONG, const char *, ...) = (void *)fn("DbgPrintEx");
    CHECK_EQ(print("nobody %s\n", "listens"), 0);
    CHECK_EQ(print_ex(0, 0, "nobody %s\n", "listens"), 0);
}
