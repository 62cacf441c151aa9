/*
 * Character sets, searching from behind, numbers, sizes in words, printf into a buffer.
 */
#include "harness.h"
#include <shlwapi.h>

TEST(character_sets)
{
    CHECK_EQ(StrCSpnW(L"hello world", L" o"), 4);
    CHECK_EQ(StrCSpnA("hello", "xyz"), 5);
    CHECK_EQ(StrCSpnIW(L"heLLo", L"l"), 2);
    CHECK_EQ(StrCSpnIA("heLLo", "l"), 2);
    CHECK_EQ(StrSpnW(L"aabbc", L"ab"), 4);
    CHECK_EQ(StrSpnA("abc", "x"), 0);
    CHECK_EQ(StrCSpnA(NULL, "x"), 0);
    static const WCHAR wide[] = L"key=value";
    static const char text[] = "key=value";
    CHECK(StrPBrkW(wide, L"=;") == wide + 3);
    CHECK(!StrPBrkW(wide, L"#"));
    CHECK(StrPBrkA(text, "=") == text + 3);
}

TEST(from_behind)
{
    static const WCHAR wide[] = L"one ONE one";
    static const char text[] = "one ONE one";
    CHECK(StrRStrIW(wide, NULL, L"One") == wide + 8);
    CHECK(StrRStrIW(wide, wide + 8, L"One") == wide + 4);
    CHECK(StrRStrIA(text, text + 4, "ONE") == text);
    CHECK(!StrRStrIA(text, NULL, "two"));
    CHECK(!StrRStrIW(NULL, NULL, L"x") && !StrRStrIW(wide, NULL, NULL) && !StrRStrIW(wide, NULL, L""));
    CHECK(StrRChrIW(wide, NULL, L'O') == wide + 8);
    CHECK(StrRChrIA(text, text + 8, 'o') == text + 4 || harness_is_wine()); /* as the wide one */
    CHECK(!StrRChrIA(text, NULL, 'x'));
    CHECK(StrChrIA(text, 'N') == text + 1);
}

TEST(appending)
{
    WCHAR wide[8] = L"ab";
    char text[8] = "ab";
    CHECK(StrCatBuffW(wide, L"cdefghij", 5) == wide);
    CHECK_WSTR(wide, L"abcd");
    CHECK(StrCatBuffA(text, "cdefghij", 8) == text);
    CHECK_STR(text, "abcdefg");
    wcscpy(wide, L"ab");
    CHECK(StrNCatW(wide, L"cdef", 3) == wide);
    CHECK_WSTR(wide, L"abcd");
    strcpy(text, "ab");
    CHECK(StrNCatA(text, "cdef", 3) == text);
    CHECK_STR(text, "abcd");
}

TEST(numbers)
{
    LONGLONG value = 0;
    int small = 0;
    CHECK(StrToInt64ExW(L"  -12345678901x", STIF_DEFAULT, &value));
    CHECK(value == -12345678901ll);
    CHECK(StrToInt64ExA("0x1234567890ab", STIF_SUPPORT_HEX, &value));
    CHECK(value == 0x1234567890abll);
    CHECK(!StrToInt64ExW(L"abc", STIF_DEFAULT, &value));
    CHECK(!StrToInt64ExW(NULL, STIF_DEFAULT, &value));
    CHECK(StrToIntExA("42", STIF_DEFAULT, &small));
    CHECK_EQ(small, 42);
    CHECK_EQ(StrToIntA("-7z"), -7);
    CHECK_EQ(StrToIntA("x"), 0);
    char text[] = "  padded\t ";
    CHECK(StrTrimA(text, " \t"));
    CHECK_STR(text, "padded");
    CHECK(!StrTrimA(text, " \t"));
    CHECK(StrCmpNA("abcd", "abcx", 3) == 0 && StrCmpNA("a", "b", 1) < 0);
    CHECK(StrCmpNIA("ABcd", "abCx", 3) == 0 && StrCmpNIA("B", "a", 1) > 0);
}

TEST(sizes)
{
    static const struct {
        LONGLONG size;
        const WCHAR *text;
    } sizes[] = {{0, L"0 bytes"},         {532, L"532 bytes"},        {1023, L"1023 bytes"},
                 {1024, L"1.00 KB"},      {1340, L"1.30 KB"},         {23506, L"22.9 KB"},
                 {2400016, L"2.28 MB"},   {2400000000ll, L"2.23 GB"}, {1023 * 1024ll, L"0.99 MB"},
                 {102400, L"100 KB"},     {10480, L"10.2 KB"},        {5ll << 40, L"5.00 TB"},
                 {3ll << 50, L"3.00 PB"}, {1ll << 60, L"1.00 EB"}};
    WCHAR wide[32];
    char text[32];
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK(StrFormatByteSizeW(sizes[i].size, wide, 32) == wide);
        CHECK_WSTR(wide, sizes[i].text);
    }
    CHECK(StrFormatByteSizeA(1340, text, 32) == text);
    CHECK_STR(text, "1.30 KB");
    CHECK(StrFormatByteSize64A(2400000000ll, text, 32) == text);
    CHECK_STR(text, "2.23 GB");
    CHECK(StrFormatKBSizeW(1234567, wide, 32) == wide);
    CHECK_WSTR(wide, L"1,206 KB");
    CHECK(StrFormatKBSizeA(1024, text, 32) == text);
    CHECK_STR(text, "1 KB");
    CHECK(!StrFormatByteSizeW(1, wide, 0) || harness_is_wine());
}

TEST(printing)
{
    char text[16];
    WCHAR wide[16];
    CHECK_EQ(wnsprintfA(text, sizeof text, "%d %s", 5, "a"), 3);
    CHECK_STR(text, "5 a");
    CHECK_EQ(wnsprintfA(text, 4, "%s", "abcdef"), -1);
    CHECK_STR(text, "abc");
    CHECK_EQ(wnsprintfW(wide, 16, L"%s %04x", L"a", 0xbe), 6);
    CHECK_WSTR(wide, L"a 00be");
    CHECK_EQ(wnsprintfW(wide, 3, L"abcdef"), -1);
    CHECK_WSTR(wide, L"ab");
}

static int print_list(const char *format, ...)
{
    char text[8];
    va_list list;

    va_start(list, format);
    int n = wvnsprintfA(text, 8, format, list);
    va_end(list);
    return n < 0 ? n : n + (int)strlen(text) * 100;
}

static int print_wide_list(const WCHAR *format, ...)
{
    WCHAR text[8];
    va_list list;

    va_start(list, format);
    int n = wvnsprintfW(text, 8, format, list);
    va_end(list);
    return n < 0 ? n : n + (int)wcslen(text) * 100;
}

TEST(printing_lists)
{
    CHECK_EQ(print_list("%d-%s", 12, "ab"), 505);
    CHECK_EQ(print_list("%s", "longer than it"), -1);
    CHECK_EQ(print_wide_list(L"%d-%s", 12, L"ab"), 505);
    CHECK_EQ(print_wide_list(L"%s", L"longer than it"), -1);
}

TEST(sizes_with_flags)
{
    ORACLE_CRASHES("StrFormatByteSizeEx is missing");
    HRESULT(WINAPI * format)
    (ULONGLONG, int, WCHAR *, UINT) = (void *)GetProcAddress(LoadLibraryA("shlwapi.dll"),
                                                             "StrFormatByteSizeEx");
    WCHAR text[32];

    CHECK_EQ(format(1535, 2 /* truncated */, text, 32), S_OK);
    CHECK_WSTR(text, L"1.49 KB");
    CHECK_EQ(format(1535, 1 /* rounded */, text, 32), S_OK);
    CHECK_WSTR(text, L"1.50 KB");
    CHECK_EQ(format(1535, 7, text, 32), E_INVALIDARG);
    CHECK_EQ(format(1535, 1, text, 0), E_INVALIDARG);
}
