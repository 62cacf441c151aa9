/*
 * Every function of the scanf family by its way of calling. The _s forms take the room of each text after it.
 */
#include "crt.h"

#include <errno.h>

typedef void *any;
enum shape { TEXT = 1, LIMITED = 2, STREAM = 4, CONSOLE_IN = 8, LOCALE = 16, WIDE_ONE = 32, SECURE = 64 };

static const char name[] = "crt_scanf_family.tmp";

#ifdef UCRT
static int scan_common(const char *function, unsigned long long options, any from, size_t size,
                       const void *pattern, ...)
{
    va_list list;
    any f = crt_function(function);
    int result;

    va_start(list, pattern);
    if (strstr(function, "vf"))
        result = ((int(__cdecl *)(unsigned long long, any, const void *, any, va_list))f)(
            options, from, pattern, NULL, list);
    else
        result = ((int(__cdecl *)(unsigned long long, const void *, size_t, const void *, any, va_list))f)(
            options, from, size, pattern, NULL, list);
    va_end(list);
    return result;
}

CRT_TEST(common)
{
    int number = 0;
    char text[10] = "";
    wchar_t wide[10] = L"";

    CHECK_EQ(scan_common("__stdio_common_vsscanf", 0, "42 abcdef", -1, "%d %s", &number, text), 2);
    CHECK_EQ(number, 42);
    CHECK_STR(text, "abcdef");
    CHECK_EQ(scan_common("__stdio_common_vsscanf", 0, "4299", 2, "%d", &number), 1); /* the text's limit */
    CHECK_EQ(number, 42);
    CHECK_EQ(scan_common("__stdio_common_vsscanf", 1, "abc", -1, "%s", text, 10), 1); /* checked */
    CHECK_STR(text, "abc");
    CHECK_EQ(scan_common("__stdio_common_vsscanf", 1, "abcdef", -1, "%s", text, 4), 0);
    CHECK_EQ(text[0], 0);
    CHECK_EQ(scan_common("__stdio_common_vswscanf", 0, L"43 wide", -1, L"%d %ls", &number, wide), 2);
    CHECK_EQ(number, 43);
    CHECK_WSTR(wide, L"wide");
    CHECK_EQ(scan_common("__stdio_common_vswscanf", 2, L"wide", -1, L"%s", wide),
             1); /* as it was: %s is wide */
    CHECK_WSTR(wide, L"wide");
    CHECK_EQ(scan_common("__stdio_common_vswscanf", 0, L"narrow", -1, L"%s", text), 1);
    CHECK_STR(text, "narrow");
    CHECK_EQ(scan_common("__stdio_common_vsscanf", 0, "", -1, "%d", &number), -1);
    CHECK_INVALID(scan_common("__stdio_common_vsscanf", 0, NULL, -1, "%d", &number), -1, EINVAL);
    CHECK_INVALID(scan_common("__stdio_common_vsscanf", 0, "1", -1, NULL), -1, EINVAL);

    any f = CRT(any, fopen, (const char *, const char *))(name, "w+");
    CRT(int, fputs, (const char *, any))("12 one\n34 two\n", f);
    CRT(void, rewind, (any))(f);
    CHECK_EQ(scan_common("__stdio_common_vfscanf", 0, f, 0, "%d %s", &number, text), 2);
    CHECK_EQ(number, 12);
    CHECK_STR(text, "one");
    CHECK_EQ(scan_common("__stdio_common_vfwscanf", 0, f, 0, L"%d %ls", &number, wide), 2);
    CHECK_EQ(number, 34);
    CHECK_WSTR(wide, L"two");
    CHECK_EQ(scan_common("__stdio_common_vfscanf", 0, f, 0, "%d", &number), -1);
    CRT(int, fclose, (any))(f);
    CRT(int, remove, (const char *))(name);
}
#else
static const struct member {
    const char *name;
    int shape;
} members[] = {
    {"sscanf", TEXT},
    {"_sscanf_l", TEXT | LOCALE},
    {"sscanf_s", TEXT | SECURE},
    {"_sscanf_s_l", TEXT | SECURE | LOCALE},
    {"_snscanf", TEXT | LIMITED},
    {"_snscanf_l", TEXT | LIMITED | LOCALE},
    {"_snscanf_s", TEXT | LIMITED | SECURE},
    {"_snscanf_s_l", TEXT | LIMITED | SECURE | LOCALE},
    {"swscanf", TEXT | WIDE_ONE},
    {"_swscanf_l", TEXT | LOCALE | WIDE_ONE},
    {"swscanf_s", TEXT | SECURE | WIDE_ONE},
    {"_swscanf_s_l", TEXT | SECURE | LOCALE | WIDE_ONE},
    {"_snwscanf", TEXT | LIMITED | WIDE_ONE},
    {"_snwscanf_l", TEXT | LIMITED | LOCALE | WIDE_ONE},
    {"_snwscanf_s", TEXT | LIMITED | SECURE | WIDE_ONE},
    {"_snwscanf_s_l", TEXT | LIMITED | SECURE | LOCALE | WIDE_ONE},
    {"fscanf", STREAM},
    {"_fscanf_l", STREAM | LOCALE},
    {"fscanf_s", STREAM | SECURE},
    {"_fscanf_s_l", STREAM | SECURE | LOCALE},
    {"fwscanf", STREAM | WIDE_ONE},
    {"_fwscanf_l", STREAM | LOCALE | WIDE_ONE},
    {"fwscanf_s", STREAM | SECURE | WIDE_ONE},
    {"_fwscanf_s_l", STREAM | SECURE | LOCALE | WIDE_ONE},
    {"scanf", CONSOLE_IN},
    {"_scanf_l", CONSOLE_IN | LOCALE},
    {"scanf_s", CONSOLE_IN | SECURE},
    {"_scanf_s_l", CONSOLE_IN | SECURE | LOCALE},
    {"wscanf", CONSOLE_IN | WIDE_ONE},
    {"_wscanf_l", CONSOLE_IN | LOCALE | WIDE_ONE},
    {"wscanf_s", CONSOLE_IN | SECURE | WIDE_ONE},
    {"_wscanf_s_l", CONSOLE_IN | SECURE | LOCALE | WIDE_ONE},
};

/* Reads "NUMBER TEXT"; the last argument is the room for the text and ignored by the unchecked forms. */
static int call(const struct member *m, any from, size_t size, int *number, any text, unsigned int room)
{
    any f = crt_function(m->name), pattern = m->shape & WIDE_ONE ? (any)L"%d %s" : (any) "%d %s";

    switch (m->shape & (LIMITED | LOCALE | CONSOLE_IN)) {
    case 0: return ((int(__cdecl *)(any, any, ...))f)(from, pattern, number, text, room);
    case LOCALE: return ((int(__cdecl *)(any, any, any, ...))f)(from, pattern, NULL, number, text, room);
    case LIMITED: return ((int(__cdecl *)(any, size_t, any, ...))f)(from, size, pattern, number, text, room);
    case LIMITED | LOCALE:
        return ((int(__cdecl *)(any, size_t, any, any, ...))f)(from, size, pattern, NULL, number, text, room);
    case CONSOLE_IN: return ((int(__cdecl *)(any, ...))f)(pattern, number, text, room);
    default: return ((int(__cdecl *)(any, any, ...))f)(pattern, NULL, number, text, room);
    }
}

static void try(const struct member *m)
{
    char text[20] = "";
    wchar_t wide[20] = L"";
    int number = 0, result = -2;
    any to = m->shape & WIDE_ONE ? (any)wide : text, stream = NULL;

    if (m->shape & TEXT) {
        result = call(m, m->shape & WIDE_ONE ? (any)L"42 abcdef" : (any) "42 abcdef", 9, &number, to, 20);
    } else {
        stream = m->shape & CONSOLE_IN ? CRT(any, freopen, (const char *, const char *, any))(
                                             name, "r", CRT(char *, __p__iob, (void))())
                                       : CRT(any, fopen, (const char *, const char *))(name, "r");
        result = call(m, stream, 0, &number, to, 20);
        if (!(m->shape & CONSOLE_IN))
            CRT(int, fclose, (any))(stream);
    }
    if (m->shape & WIDE_ONE)
        WideCharToMultiByte(CP_ACP, 0, wide, -1, text, 20, NULL, NULL);
    if (result != 2 || number != 42 || strcmp(text, "abcdef"))
        FAIL("%s gives %d: %d, \"%s\"", m->name, result, number, text);
    if (!(m->shape & TEXT))
        return;
    if (m->shape & LIMITED) { /* the first characters only */
        result = call(m, m->shape & WIDE_ONE ? (any)L"42 abcdef" : (any) "42 abcdef", 5, &number, to, 20);
        if (m->shape & WIDE_ONE)
            WideCharToMultiByte(CP_ACP, 0, wide, -1, text, 20, NULL, NULL);
        if (result != 2 || strcmp(text, "ab"))
            FAIL("%s with a limit gives %d: \"%s\"", m->name, result, text);
    }
    if (m->shape & SECURE) { /* a text that does not fit is not taken */
        result = call(m, m->shape & WIDE_ONE ? (any)L"42 abcdef" : (any) "42 abcdef", 9, &number, to, 4);
        if (result != 1 || (m->shape & WIDE_ONE ? wide[0] : text[0]))
            FAIL("%s without room gives %d", m->name, result);
    }
}

CRT_TEST(members)
{
    HANDLE file = CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD count;

    ORACLE_DIFFERS("some of the functions are not there");
    WriteFile(file, "42 abcdef\r\n", 11, &count, NULL);
    CloseHandle(file);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        try(&members[i]);
    CRT(any, freopen, (const char *, const char *, any))("NUL", "r", CRT(char *, __p__iob, (void))());
    DeleteFileA(name);
}
#endif

/* The conversions that the texts of scanf.c do not have. */
CRT_TEST(conversions)
{
    int a = 0, b = 0, n = 0;
    short s = 0;
    long long q = 0;
    float f = 0;
    double d = 0;
    char text[20] = "";
    void *p = NULL;

    CHECK_EQ(scan("0x1f 017 99", "%i %i %*d%n", &a, &b, &n), 2);
    CHECK_EQ(a, 31);
    CHECK_EQ(b, 15);
    CHECK_EQ(n, 11);
    CHECK_EQ(scan("-5 123456789012345 1.5 2.5e1", "%hd %lld %f %lf", &s, &q, &f, &d), 4);
    CHECK_EQ(s, -5);
    CHECK_EQ(q, 123456789012345ll);
    CHECK(f == 1.5f && d == 25);
    CHECK_EQ(scan("777 ff", "%o %x", &a, &b), 2);
    CHECK_EQ(a, 0777);
    CHECK_EQ(b, 255);
    CHECK_EQ(scan("12345", "%2d%3d", &a, &b), 2);
    CHECK_EQ(a, 12);
    CHECK_EQ(b, 345);
    CHECK_EQ(scan("abc-xyz", "%[a-c]-%3c", text, text + 10), 2);
    CHECK_STR(text, "abc");
    CHECK_BYTES(text + 10, "xyz", 3);
    CHECK_EQ(scan("key=value", "%[^=]=%s", text, text + 10), 2);
    CHECK_STR(text, "key");
    CHECK_STR(text + 10, "value");
    CHECK_EQ(scan("100%", "%d%%", &a), 1);
    CHECK_EQ(scan("7 x", "%d %d", &a, &b), 1);
    CHECK_EQ(scan("x", "%d", &a), 0);
    CHECK_EQ(scan("", "%d", &a), -1);
    if (!harness_is_wine()) /* white space only is the end of the input, before any conversion */
        CHECK_EQ(scan("  ", "%d", &a), -1);
    CHECK_EQ(scan("-", "%d", &a), IS_UCRT ? 0 : 0);
    CHECK_EQ(scan("00DEBEEF", "%p", &p), 1);
    CHECK_EQ((uintptr_t)p, 0xdebeef);
    CHECK_EQ(scan("5", "%I64d", &q), 1);
    CHECK_EQ(q, 5);
}
