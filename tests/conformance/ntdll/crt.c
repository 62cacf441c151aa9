/* The C functions that ntdll itself exports, called through its own export table. */
#include "../harness.h"

static void *found(const char *name)
{
    void *function = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);

    if (!function)
        FAIL("%s is not exported", name);
    return function;
}

#define C_FUNCTION(result, name, arguments) result(__cdecl *p_##name) arguments = found(#name)

TEST(narrow_strings)
{
    ORACLE_DIFFERS("strncat and strupr are not the documented ones");
    C_FUNCTION(char *, strchr, (const char *, int));
    C_FUNCTION(char *, strrchr, (const char *, int));
    C_FUNCTION(char *, strstr, (const char *, const char *));
    C_FUNCTION(char *, strncat, (char *, const char *, size_t));
    C_FUNCTION(char *, strncpy, (char *, const char *, size_t));
    C_FUNCTION(size_t, strnlen, (const char *, size_t));
    C_FUNCTION(size_t, strlen, (const char *));
    C_FUNCTION(int, strncmp, (const char *, const char *, size_t));
    C_FUNCTION(int, _stricmp, (const char *, const char *));
    C_FUNCTION(int, _memicmp, (const void *, const void *, size_t));
    C_FUNCTION(char *, _strupr, (char *));
    C_FUNCTION(size_t, strspn, (const char *, const char *));
    C_FUNCTION(size_t, strcspn, (const char *, const char *));
    C_FUNCTION(char *, strpbrk, (const char *, const char *));
    char text[16] = "abc", copy[8] = "-------";

    CHECK_EQ(p_strchr(text, 'b') - text, 1);
    CHECK_EQ(p_strchr(text, 0) - text, 3);
    CHECK(!p_strchr(text, 'x'));
    CHECK_EQ(p_strrchr("abcb", 'b')[1], 0);
    CHECK_STR(p_strstr("one two", "two"), "two");
    CHECK(!p_strstr("one", "two"));
    CHECK_STR(p_strncat(text, "defg", 2), "abcde");
    p_strncpy(copy, "xy", 5);
    CHECK_EQ(memcmp(copy, "xy\0\0\0--", 8), 0);
    p_strncpy(copy, "1234567", 3);
    CHECK_EQ(memcmp(copy, "123\0\0--", 8), 0);
    CHECK_EQ(p_strnlen("abcdef", 3), 3);
    CHECK_EQ(p_strnlen("ab", 3), 2);
    CHECK_EQ(p_strlen("abcd"), 4);
    CHECK(p_strncmp("abcx", "abcy", 4) < 0);
    CHECK_EQ(p_strncmp("abcx", "abcy", 3), 0);
    CHECK_EQ(p__stricmp("ABC", "abc"), 0);
    CHECK_EQ(p__memicmp("ABx", "abY", 2), 0);
    CHECK(p__memicmp("ABx", "abY", 3) < 0);
    CHECK_STR(p__strupr(text), "ABCDE");
    CHECK_EQ(p_strspn("aabbc", "ab"), 4);
    CHECK_EQ(p_strcspn("xyzab", "ab"), 3);
    CHECK_STR(p_strpbrk("xyzab", "ba"), "ab");
}

TEST(wide_strings)
{
    ORACLE_DIFFERS("wcsncpy does not fill up");
    C_FUNCTION(WCHAR *, wcschr, (const WCHAR *, WCHAR));
    C_FUNCTION(WCHAR *, wcsrchr, (const WCHAR *, WCHAR));
    C_FUNCTION(size_t, wcscspn, (const WCHAR *, const WCHAR *));
    C_FUNCTION(size_t, wcsspn, (const WCHAR *, const WCHAR *));
    C_FUNCTION(WCHAR *, wcspbrk, (const WCHAR *, const WCHAR *));
    C_FUNCTION(WCHAR *, wcsncat, (WCHAR *, const WCHAR *, size_t));
    C_FUNCTION(WCHAR *, wcsncpy, (WCHAR *, const WCHAR *, size_t));
    C_FUNCTION(size_t, wcsnlen, (const WCHAR *, size_t));
    C_FUNCTION(WCHAR *, wcsstr, (const WCHAR *, const WCHAR *));
    C_FUNCTION(WCHAR *, wcstok_s, (WCHAR *, const WCHAR *, WCHAR **));
    C_FUNCTION(WCHAR *, _wcslwr, (WCHAR *));
    C_FUNCTION(WCHAR *, _wcsupr, (WCHAR *));
    C_FUNCTION(int, _wcsicmp, (const WCHAR *, const WCHAR *));
    WCHAR text[16] = L"abc", copy[8] = L"-------", list[] = L" one, two", *rest = NULL;

    CHECK_EQ(p_wcschr(text, 'c') - text, 2);
    CHECK(!p_wcschr(text, 'x'));
    CHECK_EQ(p_wcsrchr(L"abab", 'a')[1], 'b');
    CHECK_EQ(p_wcscspn(L"xyzab", L"ab"), 3);
    CHECK_EQ(p_wcsspn(L"aabbc", L"ab"), 4);
    CHECK_WSTR(p_wcspbrk(L"xyzab", L"ba"), L"ab");
    CHECK_WSTR(p_wcsncat(text, L"defg", 2), L"abcde");
    p_wcsncpy(copy, L"xy", 4);
    CHECK_EQ(memcmp(copy, L"xy\0\0---", 16), 0);
    CHECK_EQ(p_wcsnlen(L"abcdef", 3), 3);
    CHECK_WSTR(p_wcsstr(L"one two", L"two"), L"two");
    CHECK_WSTR(p_wcstok_s(list, L" ,", &rest), L"one");
    CHECK_WSTR(p_wcstok_s(NULL, L" ,", &rest), L"two");
    CHECK(!p_wcstok_s(NULL, L" ,", &rest));
    CHECK_WSTR(p__wcsupr(text), L"ABCDE");
    CHECK_WSTR(p__wcslwr(text), L"abcde");
    CHECK_EQ(p__wcsicmp(L"ABC", L"abc"), 0);
}

TEST(numbers)
{
    C_FUNCTION(LONGLONG, _atoi64, (const char *));
    C_FUNCTION(int, atoi, (const char *));
    C_FUNCTION(LONG, atol, (const char *));
    C_FUNCTION(int, _wtoi, (const WCHAR *));
    C_FUNCTION(LONG, _wtol, (const WCHAR *));
    C_FUNCTION(LONGLONG, _wtoi64, (const WCHAR *));
    C_FUNCTION(LONG, wcstol, (const WCHAR *, WCHAR **, int));
    C_FUNCTION(ULONG, wcstoul, (const WCHAR *, WCHAR **, int));
    C_FUNCTION(LONG, strtol, (const char *, char **, int));
    C_FUNCTION(ULONG, strtoul, (const char *, char **, int));
    C_FUNCTION(char *, _ltoa, (LONG, char *, int));
    C_FUNCTION(char *, _ultoa, (ULONG, char *, int));
    C_FUNCTION(char *, _itoa, (int, char *, int));
    C_FUNCTION(WCHAR *, _itow, (int, WCHAR *, int));
    C_FUNCTION(WCHAR *, _ltow, (LONG, WCHAR *, int));
    C_FUNCTION(WCHAR *, _ultow, (ULONG, WCHAR *, int));
    C_FUNCTION(WCHAR *, _i64tow, (LONGLONG, WCHAR *, int));
    C_FUNCTION(WCHAR *, _ui64tow, (ULONGLONG, WCHAR *, int));
    C_FUNCTION(LONG, labs, (LONG));
    char text[80], *end;
    WCHAR wide[80], *wide_end;

    CHECK_EQ(p__atoi64(" -123456789012x"), -123456789012ll);
    CHECK_EQ(p_atoi("42abc"), 42);
    CHECK_EQ(p_atol("-7"), -7);
    CHECK_EQ(p__wtoi(L" 42"), 42);
    CHECK_EQ(p__wtol(L"-42"), -42);
    CHECK_EQ(p__wtoi64(L"123456789012"), 123456789012ll);
    CHECK_EQ(p_wcstol(L"0x1fz", &wide_end, 0), 31);
    CHECK_WSTR(wide_end, L"z");
    CHECK_EQ(p_wcstoul(L"777", &wide_end, 8), 511);
    CHECK_EQ(p_strtol("-12 ", &end, 10), -12);
    CHECK_STR(end, " ");
    CHECK_EQ(p_strtol("99999999999", NULL, 10), 0x7fffffff);
    CHECK_EQ(p_strtoul("ffffffff", NULL, 16), 0xffffffff);
    CHECK_STR(p__ltoa(-255, text, 10), "-255");
    CHECK_STR(p__ultoa(255, text, 16), "ff");
    CHECK_STR(p__itoa(5, text, 2), "101");
    CHECK_WSTR(p__itow(-5, wide, 10), L"-5");
    CHECK_WSTR(p__ltow(77, wide, 8), L"115");
    CHECK_WSTR(p__ultow(0xffffffff, wide, 10), L"4294967295");
    CHECK_WSTR(p__i64tow(-123456789012ll, wide, 10), L"-123456789012");
    CHECK_WSTR(p__ui64tow(~0ull, wide, 16), L"ffffffffffffffff");
    CHECK_EQ(p_labs(-9), 9);
}

TEST(classes)
{
    static const struct {
        const char *narrow, *wide;
        const char *members; /* of ASCII, as ranges */
    } cases[] = {{"isalnum", "iswalnum", "09AZaz"},
                 {"isdigit", "iswdigit", "09"},
                 {"isxdigit", "iswxdigit", "09AFaf"},
                 {"islower", "iswlower", "az"},
                 {"isupper", NULL, "AZ"},
                 {"isalpha", "iswalpha", "AZaz"},
                 {"isspace", "iswspace", "\t\r  "},
                 {"iscntrl", NULL, "\1\37\177\177"},
                 {"isgraph", NULL, "!~"},
                 {"isprint", NULL, " ~"},
                 {"ispunct", NULL, "!/:@[`{~"}};

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        int(__cdecl * narrow)(int) = found(cases[i].narrow);
        int(__cdecl * wide)(int) = cases[i].wide ? found(cases[i].wide) : NULL;
        for (int c = 1; c < 128; c++) {
            int member = 0;
            for (const char *range = cases[i].members; *range; range += 2)
                member |= c >= range[0] && c <= range[1];
            if ((narrow(c) != 0) != member)
                FAIL("%s(%d) is %d", cases[i].narrow, c, narrow(c));
            if (wide && (wide(c) != 0) != member)
                FAIL("%s(%d) is %d", cases[i].wide, c, wide(c));
        }
    }
    C_FUNCTION(int, tolower, (int));
    C_FUNCTION(int, toupper, (int));
    C_FUNCTION(WCHAR, towlower, (WCHAR));
    C_FUNCTION(WCHAR, towupper, (WCHAR));
    CHECK_EQ(p_tolower('A'), 'a');
    CHECK_EQ(p_tolower('1'), '1');
    CHECK_EQ(p_toupper('z'), 'Z');
    CHECK_EQ(p_towlower('Q'), 'q');
    CHECK_EQ(p_towupper('q'), 'Q');
}

static int __cdecl compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

TEST(sorting)
{
    C_FUNCTION(void, qsort, (void *, size_t, size_t, int(__cdecl *)(const void *, const void *)));
    C_FUNCTION(void *, bsearch,
               (const void *, const void *, size_t, size_t, int(__cdecl *)(const void *, const void *)));
    int numbers[500], key;

    for (int i = 0; i < 500; i++)
        numbers[i] = i * 7919 % 500;
    p_qsort(numbers, 500, sizeof *numbers, compare);
    for (int i = 0; i < 500; i++)
        CHECK_EQ(numbers[i], i);
    key = 321;
    CHECK_EQ((int *)p_bsearch(&key, numbers, 500, sizeof key, compare) - numbers, 321);
    key = 500;
    CHECK(!p_bsearch(&key, numbers, 500, sizeof key, compare));
}

TEST(more_strings)
{
    C_FUNCTION(void *, memchr, (const void *, int, size_t));
    C_FUNCTION(void *, memmove, (void *, const void *, size_t));
    C_FUNCTION(char *, _strlwr, (char *));
    C_FUNCTION(int, _strnicmp, (const char *, const char *, size_t));
    C_FUNCTION(int, wcscmp, (const WCHAR *, const WCHAR *));
    C_FUNCTION(int, wcsncmp, (const WCHAR *, const WCHAR *, size_t));
    C_FUNCTION(WCHAR *, wcscpy, (WCHAR *, const WCHAR *));
    C_FUNCTION(size_t, wcslen, (const WCHAR *));
    char text[16] = "0123456789", capital[8] = "A\xc4Z1";
    WCHAR wide[8] = L"xxxxxxx";

    CHECK_EQ((char *)p_memchr(text, '5', 10) - text, 5);
    CHECK(!p_memchr(text, '5', 5));
    CHECK(!p_memchr(text, '5', 0));
    CHECK(p_memchr("a\xff", 0x1ff, 2)); /* of the number its low byte */
    CHECK_EQ((ULONG_PTR)p_memmove(text + 2, text, 6), (ULONG_PTR)(text + 2));
    CHECK_STR(text, "0101234589");
    p_memmove(text, text + 2, 6);
    CHECK_STR(text, "0123454589");
    CHECK_EQ((ULONG_PTR)p__strlwr(capital), (ULONG_PTR)capital);
    CHECK_STR(capital, "a\xc4z1"); /* ASCII alone */
    CHECK_EQ(p__strnicmp("ABCx", "abcY", 3), 0);
    CHECK(p__strnicmp("ABCx", "abcY", 4) < 0);
    CHECK_EQ(p__strnicmp("A", "b", 0), 0);
    CHECK_EQ(p_wcscmp(L"abc", L"abc"), 0);
    CHECK(p_wcscmp(L"abc", L"abd") < 0);
    CHECK(p_wcscmp(L"\x8000", L"a") > 0);
    CHECK_EQ(p_wcsncmp(L"abcx", L"abcy", 3), 0);
    CHECK(p_wcsncmp(L"abcy", L"abcx", 4) > 0);
    CHECK_EQ((ULONG_PTR)p_wcscpy(wide, L"ab"), (ULONG_PTR)wide);
    CHECK_EQ(memcmp(wide, L"ab\0xxxx", 16), 0);
    CHECK_EQ(p_wcslen(L""), 0);
    CHECK_EQ(p_wcslen(L"four"), 4);
}

TEST(more_numbers)
{
    C_FUNCTION(int, abs, (int));
    C_FUNCTION(char *, _i64toa, (LONGLONG, char *, int));
    C_FUNCTION(char *, _ui64toa, (ULONGLONG, char *, int));
    char text[80];

    CHECK_EQ(p_abs(-5), 5);
    CHECK_EQ(p_abs(5), 5);
    CHECK_STR(p__i64toa(-1234567890123, text, 10), "-1234567890123");
    CHECK_STR(p__i64toa(-1, text, 16), "ffffffffffffffff");
    CHECK_STR(p__i64toa(0, text, 2), "0");
    CHECK_STR(p__ui64toa(~0ull, text, 10), "18446744073709551615");
    CHECK_STR(p__ui64toa(35, text, 36), "z");
}

TEST(wide_capitals)
{
    ORACLE_CRASHES("iswupper is not exported there");
    C_FUNCTION(int, iswupper, (int));

    CHECK(p_iswupper('A') && p_iswupper('Z') && !p_iswupper('a') && !p_iswupper('1'));
}

/* What a compiler calls where a frame is large: eax (rax) bytes, every page touched. */
TEST(stack_probes)
{
#ifdef _WIN64
    void *probe = found("__chkstk");
    ULONG_PTR size = 0x8000, rest;

    __asm__ volatile("mov %%rsp, %%rbx\n\tsub $0x40, %%rsp\n\tand $-16, %%rsp\n\tcall *%2\n\tmov %%rbx, %%rsp"
                     : "=a"(rest)
                     : "0"(size), "r"(probe)
                     : "rbx", "r10", "r11", "memory", "cc");
    CHECK_EQ(rest, size); /* it is the caller that moves the stack */
#else
    static const char *const names[] = {"_chkstk", "_alloca_probe"}, *const aligned[] = {"_alloca_probe_8",
                                                                                         "_alloca_probe_16"};
    for (int i = 0; i < 4; i++) {
        void *probe = found(i < 2 ? names[i] : aligned[i - 2]);
        ULONG_PTR moved, after;
        __asm__ volatile("mov %%esp, %%ebx\n\tcall *%3\n\tmov %%esp, %1\n\tmov %%ebx, %%esp\n\tmov %%ebx, %0"
                         : "=&d"(moved), "=&S"(after)
                         : "a"(0x8004), "D"(probe)
                         : "ebx", "ecx", "memory", "cc");
        if (i < 2)
            CHECK_EQ(moved - after, 0x8004);
        else
            CHECK(moved - after >= 0x8004 && moved - after < 0x8004 + 16 && after % (i == 2 ? 8 : 16) == 0);
    }
#endif
}

#ifndef _WIN64
/* From the x87's stack into edx:eax, truncated. */
TEST(floating_to_integer)
{
    static const char *const names[] = {"_ftol", "_ftol2", "_ftol2_sse"};
    static const struct {
        double from;
        LONGLONG to;
    } cases[] = {{1.9, 1}, {-1.9, -1}, {0, 0}, {123456789012345.7, 123456789012345}, {-4e9, -4000000000ll}};

    for (int i = 0; i < 3; i++) {
        void *convert = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), names[i]);
        if (!convert && harness_is_wine())
            continue;
        CHECK(convert != NULL);
        for (unsigned c = 0; c < ARRAYSIZE(cases); c++) {
            LONGLONG got;
            __asm__ volatile("fldl %1\n\tcall *%2"
                             : "=&A"(got)
                             : "m"(cases[c].from), "S"(convert)
                             : "ecx", "memory", "cc");
            CHECK_EQ(got, cases[c].to);
        }
    }
}

TEST(interlocked)
{
    LONGLONG(NTAPI * exchange)(LONGLONG *, LONGLONG, LONGLONG) = found("RtlInterlockedCompareExchange64");
    LONGLONG value = 0x1111111122222222;

    CHECK_EQ(exchange(&value, 5, 0x22222222), 0x1111111122222222);
    CHECK_EQ(value, 0x1111111122222222);
    CHECK_EQ(exchange(&value, 0x500000006, 0x1111111122222222), 0x1111111122222222);
    CHECK_EQ(value, 0x500000006);
}
#endif
