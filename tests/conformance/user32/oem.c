/*
 * CharToOem and OemToChar: texts between the code page of windows and the one of the console.
 */
#include "harness.h"

TEST(to_oem)
{
    char text[16], expected[16];
    const WCHAR *umlauts = L"a\u00e4\u00f6z";

    WideCharToMultiByte(CP_OEMCP, 0, umlauts, -1, expected, sizeof expected, NULL, NULL);
    CHECK(CharToOemW(umlauts, text));
    CHECK_STR(text, expected);
    memset(text, '#', sizeof text);
    CHECK(CharToOemBuffW(L"abc", text, 2)); /* no more than asked for, no terminator */
    CHECK(memcmp(text, "ab#", 3) == 0);

    char ansi[16];
    WideCharToMultiByte(CP_ACP, 0, umlauts, -1, ansi, sizeof ansi, NULL, NULL);
    CHECK(CharToOemA(ansi, text));
    CHECK_STR(text, expected);
    CHECK(CharToOemA(ansi, ansi)); /* in place */
    CHECK_STR(ansi, expected);
    memset(text, '#', sizeof text);
    CHECK(CharToOemBuffA("abc", text, 2));
    CHECK(memcmp(text, "ab#", 3) == 0);
    CHECK(!CharToOemA(NULL, text) && !CharToOemW(NULL, text));
    CHECK(!CharToOemA("a", NULL) && !CharToOemW(L"a", NULL));
    CHECK(!CharToOemBuffA(NULL, text, 1) && !CharToOemBuffW(NULL, text, 1));
}

TEST(from_oem)
{
    char oem[16], text[16], ansi[16];
    WCHAR wide[16];
    const WCHAR *umlauts = L"a\u00e4\u00f6z";

    WideCharToMultiByte(CP_OEMCP, 0, umlauts, -1, oem, sizeof oem, NULL, NULL);
    WideCharToMultiByte(CP_ACP, 0, umlauts, -1, ansi, sizeof ansi, NULL, NULL);
    CHECK(OemToCharW(oem, wide));
    CHECK_WSTR(wide, umlauts);
    CHECK(OemToCharA(oem, text));
    CHECK_STR(text, ansi);
    memset(text, '#', sizeof text);
    CHECK(OemToCharBuffA("abc", text, 2));
    CHECK(memcmp(text, "ab#", 3) == 0);
    memset(wide, 0x55, sizeof wide);
    CHECK(OemToCharBuffW("abc", wide, 2));
    CHECK(wide[0] == 'a' && wide[1] == 'b' && wide[2] == 0x5555);
    CHECK(!OemToCharA(NULL, text) && !OemToCharW(NULL, wide));
    CHECK(!OemToCharA("a", NULL) && !OemToCharW("a", NULL));
    CHECK(!OemToCharBuffA(NULL, text, 1) && !OemToCharBuffW(NULL, wide, 1));
}
