/* wsprintf: its conversions and its limit. */
#include "harness.h"

TEST(conversions)
{
    WCHAR wide[128];
    char text[128];

    CHECK_EQ(wsprintfW(wide, L"%d %u %x %X", -5, 7, 0xab, 0xcd), 10);
    CHECK_WSTR(wide, L"-5 7 ab CD");
    CHECK_EQ(wsprintfA(text, "[%5d|%-5d|%05d]", 42, 42, 42), 19);
    CHECK_STR(text, "[   42|42   |00042]");
    wsprintfA(text, "%s %c %S %ls", "narrow", 'x', L"wide", L"long");
    CHECK_STR(text, "narrow x wide long");
    wsprintfW(wide, L"%s %c %S %hs", L"wide", 'x', "narrow", "short");
    CHECK_WSTR(wide, L"wide x narrow short");
    wsprintfA(text, "%I64d %I64x", -1234567890123ll, 0x123456789abcll);
    CHECK_STR(text, "-1234567890123 123456789abc");
    wsprintfA(text, "%#x %.3s|%8.2s|", 255, "abcdef", "xyz");
    CHECK_STR(text, "0xff abc|      xy|");
    wsprintfA(text, "100%%");
    CHECK_STR(text, "100%");
}
