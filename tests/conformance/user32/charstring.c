/* CharUpper and relatives. */
#include "harness.h"

TEST(casing)
{
    char text[] = "Hello";
    WCHAR wide[] = L"h\u00e4llo";

    CHECK(CharUpperA(text) == text);
    CHECK_STR(text, "HELLO");
    CHECK(CharLowerA(text) == text);
    CHECK_STR(text, "hello");
    CHECK(CharUpperW(wide) == wide);
    CHECK_WSTR(wide, L"H\u00c4LLO");
    CHECK_EQ((ULONG_PTR)CharUpperW((WCHAR *)(ULONG_PTR)'x'), 'X');
    CHECK_EQ((ULONG_PTR)CharLowerA((char *)(ULONG_PTR)'X'), 'x');
    CHECK_EQ(CharLowerBuffW(wide, 2), 2);
    CHECK_WSTR(wide, L"h\u00e4LLO");
}

TEST(stepping)
{
    const WCHAR *text = L"ab";
    const char *narrow = "ab";

    CHECK(CharNextW(text) == text + 1);
    CHECK(CharNextW(text + 2) == text + 2);
    CHECK(CharPrevW(text, text + 1) == text);
    CHECK(CharPrevW(text, text) == text);
    CHECK(CharNextA(narrow) == narrow + 1);
    CHECK(CharPrevA(narrow, narrow + 2) == narrow + 1);
}

TEST(kinds)
{
    CHECK(IsCharAlphaW(0xe4));
    CHECK(!IsCharAlphaW('1'));
    CHECK(IsCharAlphaNumericA('1'));
    CHECK(IsCharUpperW('A'));
    CHECK(!IsCharUpperW('a'));
    CHECK(IsCharLowerA('a'));
}
