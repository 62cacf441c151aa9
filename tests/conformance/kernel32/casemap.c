/* LCMapString, FoldString, GetStringType, normalization. */
#include "harness.h"

static const WCHAR *map(DWORD flags, const WCHAR *text)
{
    static WCHAR buffer[64];

    buffer[0] = 0;
    LCMapStringW(LOCALE_INVARIANT, flags, text, -1, buffer, 64);
    return buffer;
}

TEST(casing)
{
    CHECK_WSTR(map(LCMAP_UPPERCASE, L"hello \u00e4\u00f6\u0444"), L"HELLO \u00c4\u00d6\u0424");
    CHECK_WSTR(map(LCMAP_LOWERCASE, L"HELLO \u00c4\u0424"), L"hello \u00e4\u0444");
    CHECK_WSTR(map(LCMAP_UPPERCASE, L"\u00df\u0131"), L"\u00df\u0131");
    CHECK_EQ(LCMapStringW(LOCALE_INVARIANT, LCMAP_UPPERCASE, L"abc", -1, NULL, 0), 4);
    CHECK_EQ(LCMapStringW(LOCALE_INVARIANT, LCMAP_UPPERCASE, L"abc", 2, NULL, 0), 2);
}

TEST(widths)
{
    CHECK_WSTR(map(LCMAP_FULLWIDTH, L"A1"), L"\uff21\uff11");
    CHECK_WSTR(map(LCMAP_HALFWIDTH, L"\uff21\uff11\u30ab"), L"A1\uff76");
    CHECK_WSTR(map(LCMAP_KATAKANA, L"\u3042"), L"\u30a2");
    CHECK_WSTR(map(LCMAP_HIRAGANA, L"\u30a2"), L"\u3042");
}

TEST(map_failures)
{
    WCHAR buffer[4];

    CHECK_ERROR(LCMapStringW(LOCALE_INVARIANT, LCMAP_UPPERCASE, L"abcdef", -1, buffer, 4),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(LCMapStringW(LOCALE_INVARIANT, LCMAP_UPPERCASE, L"abcdef", 0, buffer, 4),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(LCMapStringW(LOCALE_INVARIANT, LCMAP_UPPERCASE, NULL, -1, buffer, 4),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(LCMapStringW(LOCALE_INVARIANT, LCMAP_HIRAGANA | LCMAP_KATAKANA, L"a", -1, buffer, 4),
                ERROR_INVALID_FLAGS);
    CHECK_ERROR(LCMapStringW(LOCALE_INVARIANT, 0, L"a", -1, buffer, 4), ERROR_INVALID_FLAGS);
}

TEST(types)
{
    WORD types[8];

    CHECK(GetStringTypeW(CT_CTYPE1, L"aA1 .\t\u00e4", 7, types));
    CHECK_EQ(types[0] & (C1_LOWER | C1_ALPHA | C1_XDIGIT | C1_UPPER), C1_LOWER | C1_ALPHA | C1_XDIGIT);
    CHECK_EQ(types[1] & (C1_UPPER | C1_ALPHA | C1_XDIGIT), C1_UPPER | C1_ALPHA | C1_XDIGIT);
    CHECK_EQ(types[2] & (C1_DIGIT | C1_XDIGIT | C1_ALPHA), C1_DIGIT | C1_XDIGIT);
    CHECK_EQ(types[3] & (C1_SPACE | C1_BLANK), C1_SPACE | C1_BLANK);
    CHECK_EQ(types[4] & (C1_PUNCT | C1_ALPHA), C1_PUNCT);
    CHECK_EQ(types[5] & (C1_SPACE | C1_BLANK | C1_CNTRL), C1_SPACE | C1_BLANK | C1_CNTRL);
    CHECK_EQ(types[6] & (C1_LOWER | C1_ALPHA), C1_LOWER | C1_ALPHA);
    CHECK(GetStringTypeW(CT_CTYPE2, L"a1 \u05d0", 4, types));
    CHECK_EQ(types[0], C2_LEFTTORIGHT);
    CHECK_EQ(types[1], C2_EUROPENUMBER);
    CHECK_EQ(types[2], C2_WHITESPACE);
    CHECK_EQ(types[3], C2_RIGHTTOLEFT);
    CHECK(GetStringTypeW(CT_CTYPE3, L"\u30a2\u4e00\u0301", 3, types));
    CHECK(types[0] & C3_KATAKANA);
    CHECK(types[1] & C3_IDEOGRAPH);
    CHECK(types[2] & C3_NONSPACING);
    CHECK_ERROR(GetStringTypeW(17, L"a", 1, types), ERROR_INVALID_PARAMETER);
}

TEST(fold)
{
    WCHAR buffer[16];

    CHECK_EQ(FoldStringW(MAP_FOLDDIGITS, L"\u0661\u0967x", -1, buffer, 16), 4);
    CHECK_WSTR(buffer, L"11x");
    CHECK_EQ(FoldStringW(MAP_PRECOMPOSED, L"e\u0301", -1, buffer, 16), 2);
    CHECK_WSTR(buffer, L"\u00e9");
    CHECK_EQ(FoldStringW(MAP_COMPOSITE, L"\u00e9", -1, buffer, 16), 3);
    CHECK_WSTR(buffer, L"e\u0301");
    CHECK_ERROR(FoldStringW(0, L"a", -1, buffer, 16), ERROR_INVALID_FLAGS);
    CHECK_ERROR(FoldStringW(MAP_PRECOMPOSED | MAP_COMPOSITE, L"a", -1, buffer, 16), ERROR_INVALID_FLAGS);
    CHECK_ERROR(FoldStringW(MAP_FOLDDIGITS, NULL, -1, buffer, 16), ERROR_INVALID_PARAMETER);
}

TEST(normalization)
{
    WCHAR buffer[32];

    CHECK_EQ(NormalizeString(NormalizationC, L"A\u030a\u0327", -1, buffer, 32), 3);
    CHECK_WSTR(buffer, L"\u00c5\u0327");
    CHECK_EQ(NormalizeString(NormalizationKC, L"\ufb01\u2460", -1, buffer, 32), 4);
    CHECK_WSTR(buffer, L"fi1");
    CHECK_EQ(NormalizeString(NormalizationD, L"\uac01", -1, buffer, 32), 4);
    CHECK_WSTR(buffer, L"\u1100\u1161\u11a8");
    CHECK(IsNormalizedString(NormalizationC, L"abc", -1));
    CHECK(!IsNormalizedString(NormalizationC, L"e\u0301", -1));
    CHECK(IsNormalizedString(NormalizationD, L"e\u0301", -1));
}
