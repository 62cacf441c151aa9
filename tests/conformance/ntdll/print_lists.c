/* ntdll's printing into buffers from argument lists, counting, and with checked sizes. */
#include "harness.h"

static void *found(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

/* Calls with the rest as a list. */
static int with_list(int(__cdecl *print)(void *, const void *, va_list), void *to, const void *format, ...)
{
    va_list list;

    va_start(list, format);
    int n = print(to, format, list);
    va_end(list);
    return n;
}

static int with_size(int(__cdecl *print)(void *, size_t, const void *, va_list), void *to, size_t size,
                     const void *format, ...)
{
    va_list list;

    va_start(list, format);
    int n = print(to, size, format, list);
    va_end(list);
    return n;
}

static int with_count(int(__cdecl *print)(void *, size_t, size_t, const void *, va_list), void *to,
                      size_t size, size_t count, const void *format, ...)
{
    va_list list;

    va_start(list, format);
    int n = print(to, size, count, format, list);
    va_end(list);
    return n;
}

static int length_of(int(__cdecl *count)(const void *, va_list), const void *format, ...)
{
    va_list list;

    va_start(list, format);
    int n = count(format, list);
    va_end(list);
    return n;
}

TEST(into_buffers)
{
    char text[32] = "";
    WCHAR wide[32] = L"";

    CHECK_EQ(with_list(found("vsprintf"), text, "%d-%s", 42, "x"), 4);
    CHECK_STR(text, "42-x");
    CHECK_EQ(with_size(found("vsprintf_s"), text, 32, "%05u", 7), 5);
    CHECK_STR(text, "00007");
    CHECK_EQ(with_size(found("vswprintf_s"), wide, 32, L"%s|%d", L"ab", -3), 5);
    CHECK_WSTR(wide, L"ab|-3");
}

TEST(cut)
{
    char text[32] = "";
    WCHAR wide[32] = L"";
    int(__cdecl * counted)(WCHAR *, size_t, size_t, const WCHAR *, ...) = found("_snwprintf_s");

    CHECK_EQ(with_count(found("_vsnprintf_s"), text, 32, 3, "%s", "abcdef"), -1);
    CHECK_STR(text, "abc");
    CHECK_EQ(with_count(found("_vsnprintf_s"), text, 32, 10, "%s", "abc"), 3);
    CHECK_EQ(with_count(found("_vsnwprintf_s"), wide, 32, 2, L"%s", L"abcdef"), -1);
    CHECK_WSTR(wide, L"ab");
    CHECK_EQ(counted(wide, 32, 4, L"%d", 1234567), -1);
    CHECK_WSTR(wide, L"1234");
    CHECK_EQ(counted(wide, 32, 8, L"%d", 1234567), 7);
}

TEST(counted)
{
    ORACLE_CRASHES("_vscprintf, _vscwprintf and _vswprintf are missing");
    WCHAR wide[32] = L"";

    CHECK_EQ(length_of(found("_vscprintf"), "%d-%s", 42, "xyz"), 6);
    CHECK_EQ(length_of(found("_vscwprintf"), L"%d-%s", 42, L"xyz"), 6);
    CHECK_EQ(with_list(found("_vswprintf"), wide, L"%x", 255), 2);
    CHECK_WSTR(wide, L"ff");
}
