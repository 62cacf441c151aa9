/*
 * Strings: comparing, mapping, searching, folding and typing by locale name and in ANSI; domain names;
 * the character functions that user32 also has.
 */
#include "../harness.h"
#include <shlwapi.h>

static const LCID english = 0x409;

TEST(comparing)
{
    static const struct {
        DWORD flags;
        const WCHAR *a, *b;
        int result;
    } cases[] = {
        {0, L"abc", L"abc", CSTR_EQUAL},
        {0, L"abc", L"abd", CSTR_LESS_THAN},
        {0, L"abc", L"ABC", CSTR_LESS_THAN},
        {NORM_IGNORECASE, L"abc", L"ABC", CSTR_EQUAL},
        {0, L"b", L"a", CSTR_GREATER_THAN},
        {0, L"a\x0308", L"\xe4", CSTR_EQUAL},
        {LINGUISTIC_IGNORECASE, L"\xc4", L"\xe4", CSTR_EQUAL},
        {NORM_IGNORENONSPACE, L"\xe4", L"a", CSTR_EQUAL},
        {NORM_IGNORESYMBOLS, L"a-b", L"ab", CSTR_EQUAL},
        {0, L"", L"", CSTR_EQUAL},
        {0, L"", L"a", CSTR_LESS_THAN},
        {SORT_DIGITSASNUMBERS, L"a9", L"a10", CSTR_LESS_THAN},
        {0, L"a9", L"a10", CSTR_GREATER_THAN},
    };

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        int got = CompareStringEx(L"en-US", cases[i].flags, cases[i].a, -1, cases[i].b, -1, NULL, NULL, 0);
        if (got != cases[i].result)
            FAIL("%ls and %ls with %lx: %d, not %d", cases[i].a, cases[i].b, cases[i].flags, got,
                 cases[i].result);
    }
    CHECK_EQ(CompareStringEx(L"en-US", 0, L"abx", 2, L"aby", 2, NULL, NULL, 0), CSTR_EQUAL);
    CHECK_EQ(CompareStringA(english, NORM_IGNORECASE, "abc", 3, "ABCD", 3), CSTR_EQUAL);
    CHECK_EQ(CompareStringA(english, 0, "abc", -1, "abd", -1), CSTR_LESS_THAN);
    CHECK_ERROR(CompareStringEx(L"en-US", 0, NULL, 1, L"a", 1, NULL, NULL, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CompareStringEx(L"no-locale-x", 0, L"a", 1, L"a", 1, NULL, NULL, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CompareStringEx(L"en-US", 0x80000, L"a", 1, L"a", 1, NULL, NULL, 0), ERROR_INVALID_FLAGS);
    CHECK_ERROR(CompareStringA(english, 0, "a", 1, NULL, 1), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CompareStringA(english, 0x80000, "a", 1, "a", 1), ERROR_INVALID_FLAGS);
}

TEST(mapping)
{
    ORACLE_DIFFERS("title case is missing");
    WCHAR text[32];
    char ansi[32], key[64], other[64];

    CHECK_EQ(LCMapStringEx(L"en-US", LCMAP_UPPERCASE, L"abc\xe4", -1, text, 32, NULL, NULL, 0), 5);
    CHECK_WSTR(text, L"ABC\xc4");
    CHECK_EQ(LCMapStringEx(L"en-US", LCMAP_LOWERCASE, L"ABCD", 2, text, 32, NULL, NULL, 0), 2);
    CHECK_EQ(text[1], 'b');
    CHECK_EQ(
        LCMapStringEx(L"tr-TR", LCMAP_UPPERCASE | LCMAP_LINGUISTIC_CASING, L"i", 1, text, 32, NULL, NULL, 0),
        1);
    CHECK_EQ(text[0], 0x130);
    CHECK_EQ(LCMapStringEx(L"en-US", LCMAP_UPPERCASE, L"abc", -1, NULL, 0, NULL, NULL, 0), 4);
    CHECK_ERROR(LCMapStringEx(L"en-US", LCMAP_UPPERCASE, L"abc", -1, text, 3, NULL, NULL, 0),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(LCMapStringEx(L"en-US", LCMAP_HIRAGANA | LCMAP_KATAKANA, L"abc", -1, text, 32, NULL, NULL, 0),
                ERROR_INVALID_FLAGS);
    CHECK_ERROR(LCMapStringEx(L"en-US", LCMAP_UPPERCASE, NULL, -1, text, 32, NULL, NULL, 0),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(LCMapStringEx(L"en-US", LCMAP_UPPERCASE, L"abc", 0, text, 32, NULL, NULL, 0),
                ERROR_INVALID_PARAMETER);
    CHECK_EQ(LCMapStringEx(L"en-US", LCMAP_TITLECASE, L"hELLO world", -1, text, 32, NULL, NULL, 0), 12);
    CHECK_WSTR(text, L"Hello World");
    CHECK_EQ(LCMapStringEx(L"en-US", LCMAP_BYTEREV, L"\x1234", 1, text, 32, NULL, NULL, 0), 1);
    CHECK_EQ(text[0], 0x3412);
    CHECK_EQ(LCMapStringA(english, LCMAP_UPPERCASE, "abc", -1, ansi, 32), 4);
    CHECK_STR(ansi, "ABC");
    CHECK_ERROR(LCMapStringA(english, LCMAP_UPPERCASE, "abc", -1, ansi, 2), ERROR_INSUFFICIENT_BUFFER);
    int n = LCMapStringA(english, LCMAP_SORTKEY | NORM_IGNORECASE, "Hello", -1, key, 64);
    CHECK(n > 6);
    CHECK_EQ(LCMapStringA(english, LCMAP_SORTKEY | NORM_IGNORECASE, "hELLO", -1, other, 64), n);
    CHECK_EQ(memcmp(key, other, (size_t)n), 0);
}

TEST(searching)
{
    ORACLE_DIFFERS("no ERROR_SUCCESS where nothing is found, no check of the flags");
    int length = 0;

    CHECK_EQ(
        FindNLSStringEx(L"en-US", FIND_FROMSTART, L"one two one", -1, L"one", -1, &length, NULL, NULL, 0), 0);
    CHECK_EQ(length, 3);
    CHECK_EQ(FindNLSStringEx(L"en-US", FIND_FROMEND, L"one two one", -1, L"one", -1, &length, NULL, NULL, 0),
             8);
    CHECK_EQ(FindNLSStringEx(L"en-US", FIND_FROMSTART | NORM_IGNORECASE, L"one TWO", -1, L"two", -1, &length,
                             NULL, NULL, 0),
             4);
    CHECK_EQ(FindNLSStringEx(L"en-US", FIND_STARTSWITH, L"one two", -1, L"two", -1, NULL, NULL, NULL, 0), -1);
    CHECK_EQ(FindNLSStringEx(L"en-US", FIND_STARTSWITH, L"one two", -1, L"one", -1, NULL, NULL, NULL, 0), 0);
    CHECK_EQ(FindNLSStringEx(L"en-US", FIND_ENDSWITH, L"one two", -1, L"two", -1, NULL, NULL, NULL, 0), 4);
    CHECK_EQ(FindNLSString(english, FIND_FROMSTART, L"abc", -1, L"c", -1, &length), 2);
    CHECK_EQ(length, 1);
    SetLastError(5);
    CHECK_EQ(FindNLSString(english, FIND_FROMSTART, L"abc", -1, L"x", -1, &length), -1);
    CHECK_EQ(GetLastError(), ERROR_SUCCESS);
    CHECK_ERROR(FindNLSString(english, FIND_FROMSTART, NULL, -1, L"x", -1, &length) + 1,
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(FindNLSStringEx(L"en-US", FIND_FROMSTART, L"a", -1, L"x", -5, &length, NULL, NULL, 0) + 1,
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(
        FindNLSStringEx(L"en-US", FIND_FROMSTART | FIND_FROMEND, L"a", -1, L"x", -1, NULL, NULL, NULL, 0) + 1,
        ERROR_INVALID_FLAGS);
}

TEST(folding_and_types)
{
    char ansi[16];
    WORD types[8];

    CHECK_EQ(FoldStringA(MAP_PRECOMPOSED, "abc", -1, ansi, 16), 4);
    CHECK_STR(ansi, "abc");
    CHECK_ERROR(FoldStringA(MAP_PRECOMPOSED, "abc", -1, ansi, 2), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(FoldStringA(MAP_PRECOMPOSED | MAP_COMPOSITE, "abc", -1, ansi, 16), ERROR_INVALID_FLAGS);
    CHECK(GetStringTypeExW(english, CT_CTYPE1, L"a1 A", 4, types));
    CHECK_EQ(types[0], C1_DEFINED | C1_ALPHA | C1_LOWER | C1_XDIGIT);
    CHECK_EQ(types[1], C1_DEFINED | C1_DIGIT | C1_XDIGIT);
    CHECK_EQ(types[2], C1_DEFINED | C1_SPACE | C1_BLANK);
    CHECK_EQ(types[3], C1_DEFINED | C1_ALPHA | C1_UPPER | C1_XDIGIT);
    memset(types, 0, sizeof types);
    CHECK(GetStringTypeA(english, CT_CTYPE1, "z\t", 2, types));
    CHECK_EQ(types[0], C1_DEFINED | C1_ALPHA | C1_LOWER);
    CHECK_EQ(types[1], C1_DEFINED | C1_SPACE | C1_BLANK | C1_CNTRL);
    CHECK_EQ(types[2], 0);
    CHECK(GetStringTypeExA(english, CT_CTYPE2, "a1", 2, types));
    CHECK_EQ(types[0], C2_LEFTTORIGHT);
    CHECK_EQ(types[1], C2_EUROPENUMBER);
    CHECK(GetStringTypeExW(english, CT_CTYPE3, L"\x30a2", 1, types));
    CHECK(types[0] & C3_KATAKANA);
    CHECK_ERROR(GetStringTypeExW(english, 8, L"a", 1, types), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetStringTypeExA(english, 8, "a", 1, types), ERROR_INVALID_PARAMETER);
}

TEST(domain_names)
{
    ORACLE_DIFFERS("unknown flags are ERROR_INVALID_FLAGS");
    WCHAR text[64];

    CHECK_EQ(IdnToAscii(0,
                        L"b\xfc"
                        L"cher.example",
                        -1, text, 64),
             22);
    CHECK_WSTR(text, L"xn--bcher-kva.example");
    CHECK_EQ(IdnToUnicode(0, L"xn--bcher-kva.example", -1, text, 64), 15);
    CHECK_WSTR(text, L"b\xfc"
                     L"cher.example");
    CHECK_EQ(IdnToNameprepUnicode(0,
                                  L"B\xdc"
                                  L"CHER",
                                  -1, text, 64),
             7);
    CHECK_WSTR(text, L"b\xfc"
                     L"cher");
    CHECK_EQ(IdnToAscii(0, L"plain.example", 5, text, 64), 5);
    CHECK_EQ(IdnToAscii(0, L"plain", -1, NULL, 0), 6);
    CHECK_ERROR(IdnToAscii(0, L"plain", -1, text, 3), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(IdnToAscii(0x80, L"plain", -1, text, 64), ERROR_INVALID_FLAGS);
    CHECK_ERROR(IdnToAscii(0, NULL, -1, text, 64), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(IdnToAscii(0, L"a..b", -1, text, 64), ERROR_INVALID_NAME);
    CHECK_ERROR(IdnToAscii(IDN_USE_STD3_ASCII_RULES, L"a_b", -1, text, 64), ERROR_INVALID_NAME);
    CHECK_ERROR(
        IdnToAscii(0, L"-label-longer-than-the-sixty-three-characters-that-are-allowed-in-one", -1, text, 64),
        ERROR_INVALID_NAME);
    CHECK_ERROR(IdnToUnicode(0, L"xn--\xe4", -1, text, 64), ERROR_INVALID_NAME);
}

TEST(characters)
{
    WCHAR wide[] = L"Stra\xdf"
                   L"e \xc4";
    char ansi[] = "MiXed", *p;

    CHECK_EQ((ULONG_PTR)CharLowerW((WCHAR *)(ULONG_PTR)0xc4), 0xe4);
    CHECK_WSTR(CharLowerW(wide), L"stra\xdf"
                                 L"e \xe4");
    CHECK_EQ(CharUpperBuffW(wide, 2), 2);
    CHECK_WSTR(wide, L"STra\xdf"
                     L"e \xe4");
    CHECK_EQ(CharLowerBuffA(ansi, 3), 3);
    CHECK_STR(ansi, "mixed");
    CHECK_EQ(CharUpperBuffA(ansi, 2), 2);
    CHECK_STR(ansi, "MIxed");
    CHECK_EQ(CharUpperBuffA(NULL, 2), 0);
    CHECK_EQ(CharLowerBuffA(NULL, 2), 0);
    CHECK(IsCharAlphaA('a') && !IsCharAlphaA('1') && !IsCharAlphaA(' '));
    CHECK(IsCharAlphaNumericW('1') && IsCharAlphaNumericW(0xe4) && !IsCharAlphaNumericW('-'));
    CHECK(IsCharLowerW(0xe4) && !IsCharLowerW(0xc4) && !IsCharLowerW('1'));
    CHECK(IsCharUpperA('A') && !IsCharUpperA('a'));
    static const char mixed[] = "a\x82\xa0"
                                "b";
    p = CharNextExA(932, mixed, 0);
    CHECK_EQ(p - mixed, 1);
    p = CharNextExA(932, p, 0);
    CHECK_EQ(p - mixed, 3);
    p = CharNextExA(932, mixed + 4, 0);
    CHECK_EQ(p - mixed, 4);
    p = CharPrevExA(932, mixed, mixed + 3, 0);
    CHECK_EQ(p - mixed, 1);
    p = CharPrevExA(932, mixed, mixed + 1, 0);
    CHECK_EQ(p - mixed, 0);
    p = CharPrevExA(932, mixed, mixed, 0);
    CHECK_EQ(p - mixed, 0);
}

static int format(char *to, const char *pattern, ...)
{
    va_list arguments;

    va_start(arguments, pattern);
    int n = wvsprintfA(to, pattern, arguments);
    va_end(arguments);
    return n;
}

static int format_wide(WCHAR *to, const WCHAR *pattern, ...)
{
    va_list arguments;

    va_start(arguments, pattern);
    int n = wvsprintfW(to, pattern, arguments);
    va_end(arguments);
    return n;
}

TEST(formatting)
{
    char text[128];
    WCHAR wide[128];

    CHECK_EQ(format(text, "%d|%5u|%-5d|%05d", -7, 42u, 3, 17), 20);
    CHECK_STR(text, "-7|   42|3    |00017");
    CHECK_EQ(format(text, "%x|%X|%#x|%c%%", 0xbeef, 0xbeef, 16, 'z'), 17);
    CHECK_STR(text, "beef|BEEF|0x10|z%");
    CHECK_EQ(format(text, "%s|%S|%.2s|%hs", "one", L"two", "three", "four"), 15);
    CHECK_STR(text, "one|two|th|four");
    CHECK_EQ(format_wide(wide, L"%s|%S|%ls|%hs", L"one", "two", L"three", "four"), 18);
    CHECK_WSTR(wide, L"one|two|three|four");
    CHECK_EQ(format_wide(wide, L"%I64d|%lu", 123456789012ll, 4000000000ul), 23);
    CHECK_WSTR(wide, L"123456789012|4000000000");
}
