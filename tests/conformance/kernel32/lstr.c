/* lstr functions: lengths, copies, bad pointers. */
#include "harness.h"

TEST(lengths)
{
    CHECK_EQ(lstrlenA("hello"), 5);
    CHECK_EQ(lstrlenW(L"hello"), 5);
    CHECK_EQ(lstrlenA(NULL), 0);
    CHECK_EQ(lstrlenW(NULL), 0);
    CHECK_EQ(lstrlenA((LPCSTR)0x10), 0);
    CHECK_EQ(lstrlenW((LPCWSTR)0x10), 0);
}

TEST(copies)
{
    char a[16] = "xxxxxxxxxxxxxxx";
    WCHAR w[16];

    CHECK(lstrcpyA(a, "one") == a);
    CHECK_STR(a, "one");
    CHECK(lstrcatA(a, "two") == a);
    CHECK_STR(a, "onetwo");
    CHECK(lstrcpynA(a, "longer text", 5) == a);
    CHECK_STR(a, "long");
    CHECK(lstrcpyW(w, L"one") == w);
    CHECK(lstrcatW(w, L"two") == w);
    CHECK_WSTR(w, L"onetwo");
    CHECK(lstrcpynW(w, L"longer", 4) == w);
    CHECK_WSTR(w, L"lon");
}

TEST(bad_pointers)
{
    char a[4] = "abc";

    CHECK(lstrcpyA(NULL, "x") == NULL);
    CHECK(lstrcpyA(a, NULL) == NULL);
    CHECK(lstrcatA(NULL, "x") == NULL);
    CHECK(lstrcpyW(NULL, L"x") == NULL);
    CHECK(lstrcpynW(NULL, L"x", 4) == NULL);
}
