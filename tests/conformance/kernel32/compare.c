/* CompareString and relatives: linguistic order, flags, searching. */
#include "harness.h"

static int compare(const WCHAR *a, const WCHAR *b, DWORD flags)
{
    return CompareStringW(MAKELCID(MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), 0), flags, a, -1, b, -1) -
           CSTR_EQUAL;
}

TEST(order)
{
    CHECK_EQ(compare(L"a", L"a", 0), 0);
    CHECK_EQ(compare(L"a", L"A", 0), -1);
    CHECK_EQ(compare(L"A", L"b", 0), -1);
    CHECK_EQ(compare(L"a", L"B", 0), -1);
    CHECK_EQ(compare(L"ab", L"a", 0), 1);
    CHECK_EQ(compare(L"9", L"a", 0), -1);
    CHECK_EQ(compare(L"!", L"0", 0), -1);
    CHECK_EQ(compare(L"_", L"a", 0), -1);
    CHECK_EQ(compare(L"\u00e9", L"e", 0), 1);
    CHECK_EQ(compare(L"\u00e9", L"f", 0), -1);
    CHECK_EQ(compare(L"", L"a", 0), -1);
    CHECK_EQ(compare(L"z", L"\u4e00", 0), -1);
}

TEST(flags)
{
    CHECK_EQ(compare(L"HeLLo", L"hEllO", NORM_IGNORECASE), 0);
    CHECK_EQ(compare(L"r\u00e9sum\u00e9", L"resume", NORM_IGNORENONSPACE), 0);
    CHECK_EQ(compare(L"a.b,c", L"abc", NORM_IGNORESYMBOLS), 0);
    CHECK_EQ(compare(L"\uff21", L"A", NORM_IGNOREWIDTH), 0);
    CHECK(compare(L"\uff21", L"A", 0) != 0);
    CHECK_EQ(compare(L"\u3042", L"\u30a2", NORM_IGNOREKANATYPE), 0);
    CHECK(compare(L"\u3042", L"\u30a2", 0) != 0);
    CHECK_EQ(compare(L"file10", L"file9", SORT_DIGITSASNUMBERS), 1);
    CHECK_EQ(compare(L"file10", L"file9", 0), -1);
    CHECK_ERROR(CompareStringW(LOCALE_USER_DEFAULT, 0x80, L"a", -1, L"b", -1), ERROR_INVALID_FLAGS);
    CHECK_ERROR(CompareStringW(LOCALE_USER_DEFAULT, 0, NULL, -1, L"b", -1), ERROR_INVALID_PARAMETER);
    CHECK_EQ(CompareStringW(LOCALE_USER_DEFAULT, 0, L"abX", 2, L"abY", 2), CSTR_EQUAL);
}

TEST(word_sort)
{
    /* Hyphens count only when nothing else differs. */
    CHECK_EQ(compare(L"co-op", L"coop", 0), 1);
    CHECK_EQ(compare(L"co-op", L"coot", 0), -1);
    CHECK_EQ(compare(L"coop", L"co-oq", 0), -1);
    CHECK_EQ(compare(L"co-op", L"coop", SORT_STRINGSORT), -1);
}

TEST(marks)
{
    CHECK_EQ(compare(L"e\u0301", L"\u00e9", 0), 0);
    CHECK_EQ(compare(L"\u00e6", L"ae", NORM_IGNORENONSPACE | NORM_IGNORECASE), 0);
}

TEST(lstrcmp_family)
{
    CHECK(lstrcmpW(L"abc", L"ABC") < 0);
    CHECK_EQ(lstrcmpiW(L"abc", L"ABC"), 0);
    CHECK_EQ(lstrcmpiA("abc", "ABC"), 0);
    CHECK(lstrcmpA("a", "b") < 0);
    CHECK_EQ(lstrcmpA(NULL, NULL), 0);
    CHECK(lstrcmpA(NULL, "") < 0);
    CHECK(lstrcmpW(L"", NULL) > 0);
}

TEST(ordinal)
{
    CHECK_EQ(CompareStringOrdinal(L"a", -1, L"B", -1, FALSE), CSTR_GREATER_THAN);
    CHECK_EQ(CompareStringOrdinal(L"a", -1, L"B", -1, TRUE), CSTR_LESS_THAN);
    CHECK_EQ(CompareStringOrdinal(L"\u00e4X", 1, L"\u00c4Y", 1, TRUE), CSTR_EQUAL);
    CHECK_ERROR(CompareStringOrdinal(NULL, 0, L"a", -1, TRUE), ERROR_INVALID_PARAMETER);
    CHECK_EQ(FindStringOrdinal(FIND_FROMSTART, L"one two one", -1, L"ONE", -1, TRUE), 0);
    CHECK_EQ(FindStringOrdinal(FIND_FROMEND, L"one two one", -1, L"ONE", -1, TRUE), 8);
    CHECK_EQ(FindStringOrdinal(FIND_STARTSWITH, L"one two", -1, L"two", -1, FALSE), -1);
    CHECK_EQ(FindStringOrdinal(FIND_ENDSWITH, L"one two", -1, L"two", -1, FALSE), 4);
}

TEST(sort_keys)
{
    BYTE a[64], b[64];
    int x = LCMapStringW(LOCALE_USER_DEFAULT, LCMAP_SORTKEY, L"hello", -1, (WCHAR *)a, sizeof a);
    int y = LCMapStringW(LOCALE_USER_DEFAULT, LCMAP_SORTKEY, L"help", -1, (WCHAR *)b, sizeof b);

    CHECK(x > 0 && y > 0);
    CHECK(strcmp((char *)a, (char *)b) < 0);
    CHECK_EQ(a[x - 1], 0);
    CHECK_EQ(LCMapStringW(LOCALE_USER_DEFAULT, LCMAP_SORTKEY, L"hello", -1, NULL, 0), x);
    LCMapStringW(LOCALE_USER_DEFAULT, LCMAP_SORTKEY | NORM_IGNORECASE, L"HELLO", -1, (WCHAR *)a, sizeof a);
    LCMapStringW(LOCALE_USER_DEFAULT, LCMAP_SORTKEY | NORM_IGNORECASE, L"hello", -1, (WCHAR *)b, sizeof b);
    CHECK_EQ(strcmp((char *)a, (char *)b), 0);
}
