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
