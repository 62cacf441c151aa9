/*
 * The printf family: integers, text, floating point with exact digits, truncation.
 */
#include "crt.h"

static char out[3000];
#define PRINTS(expected, ...)                                                                                \
    do {                                                                                                     \
        int printed_length = format(out, sizeof out, __VA_ARGS__);                                           \
        CHECK_STR(out, expected);                                                                            \
        CHECK_EQ(printed_length, strlen(expected));                                                          \
    } while (0)

TEST(integers)
{
    PRINTS("42|  -42|42   |00042|+42| 42", "%d|%5d|%-5d|%05d|%+d|% d", 42, -42, 42, 42, 42, 42);
    PRINTS("ff|FF|0xff|0XFF|0|017|000", "%x|%X|%#x|%#X|%#x|%#o|%.3u", 255, 255, 255, 255, 0, 15, 0);
    PRINTS("[]|[  007]|[007  ]|[-0007]", "[%.0d]|[%5.3d]|[%-5.3d]|[%.4d]", 0, 7, 7, -7);
    PRINTS("-9223372036854775808 18446744073709551615", "%I64d %I64u", INT64_MIN, UINT64_MAX);
    PRINTS("-9223372036854775808 ffffffffffffffff", "%lld %llx", INT64_MIN, UINT64_MAX);
    PRINTS("-1 65535 -2147483648", "%hd %hu %I32d", 0x1ffff, 0x1ffff, INT_MIN);
    PRINTS("    5|5    |00005", "%*d|%*d|%0*d", 5, 5, -5, 5, 5, 5);
    PRINTS("100%", "%d%%", 100);
}

TEST(text)
{
    PRINTS("abc|  abc|abc  |ab", "%s|%5s|%-5s|%.2s", "abc", "abc", "abc", "abc");
    PRINTS("wide w x X", "%ls %S %c %C", L"wide", L"w", 'x', L'X');
    PRINTS("(null) na", "%s %hs", NULL, "na");
    PRINTS("ab", "%.*s", 2, "abcdef");
#ifdef _WIN64
    PRINTS("00000000DEADBEEF", "%p", (void *)(uintptr_t)0xdeadbeef);
#endif
}

TEST(fixed)
{
    PRINTS("0.000000 1.500000 -2.25 3", "%f %f %.2f %.0f", 0.0, 1.5, -2.25, 3.4);
    PRINTS("1.", "%#.0f", 1.0);
    PRINTS("  3.14|3.14  |003.14|+3.14", "%6.2f|%-6.2f|%06.2f|%+.2f", 3.14159, 3.14159, 3.14159, 3.14159);
    PRINTS("0.1000000000000000055511151231257827021181583404541015625", "%.55f", 0.1);
    PRINTS(
        "17976931348623157081452742373170435679807056752584499659891747680315726078002853876058955863276687"
        "81715404589535143824642343213268894641827684675467035375169860499105765512820762454900903893289440"
        "75868508455133942304583236903222948165808559332123348274797826204144723168738177180919299881250404"
        "026184124858368",
        "%.0f", 1.7976931348623157e308);
    PRINTS("99999999999999991611392.000000", "%f", 1e23);
    PRINTS("9.99|10.0", "%.2f|%.1f", 9.994, 9.96);
    PRINTS("0.0000|0.001", "%.4f|%.3f", 1e-10, 0.0009999);
}

TEST(thousand_digits)
{
    CHECK_EQ(format(out, sizeof out, "%.1000f", 0.5), 1002);
    CHECK_EQ(strspn(out + 3, "0"), 999);
    format(out, sizeof out, "%.1074f", 4.9406564584124654e-324);
    CHECK_STR(out + 1076 - 10, "3447265625"); /* the last digits of 2^-1074 */
    CHECK(strncmp(out + 2 + 323, "4940656458412465441765687928682213723650598026143", 49) == 0);
}

TEST(exponents)
{
#ifdef UCRT
    PRINTS("1.000000e+00 1.5e+10 1e-100 0.000000e+00", "%e %.1e %.0e %e", 1.0, 1.5e10, 1e-100, 0.0);
    PRINTS("1e+20 1E-05 0.0001 123456 1.23457e+06", "%g %G %g %g %g", 1e20, 1e-5, 0.0001, 123456.0,
           1234567.0);
#else
    PRINTS("1.000000e+000 1.5e+010 1e-100 0.000000e+000", "%e %.1e %.0e %e", 1.0, 1.5e10, 1e-100, 0.0);
    PRINTS("1e+020 1E-005 0.0001 123456 1.23457e+006", "%g %G %g %g %g", 1e20, 1e-5, 0.0001, 123456.0,
           1234567.0);
#endif
    PRINTS("0 1 100000 1.00000 0.1", "%g %g %g %#g %g", 0.0, 1.0, 100000.0, 1.0, 0.1);
    PRINTS("5e-324", IS_UCRT ? "%.0e" : "%.0e", 4.9406564584124654e-324);
    PRINTS("0.1 0.10000000000000001", "%.16g %.17g", 0.1, 0.1);
}

TEST(not_finite)
{
    double infinity = HUGE_VAL;
#ifdef UCRT
    PRINTS("inf -inf INF      inf", "%f %g %E %8f", infinity, -infinity, infinity, infinity);
    PRINTS("nan -nan(ind)", "%f %f", NAN, -NAN);
#else
    PRINTS("1.#INF00 -1.#INF 1.#J", "%f %g %.2f", infinity, -infinity, infinity);
    PRINTS("1.#QNAN0 -1.#IND00", "%f %f", NAN, -NAN);
#endif
}

TEST(hexadecimal)
{
    PRINTS("0x1.8000000000000p+0 0X1.8P-1 0x1p+4", "%a %.1A %.0a", 1.5, 0.75, 16.0);
    PRINTS("-0x0.0000000000000p+0", "%a", -0.0);
}

/* Ties: the older runtime rounds them away from zero, the newer to even. */
TEST(ties)
{
    if (harness_is_wine())
        SKIP("wine has one rule for both");
    PRINTS(IS_UCRT ? "0 2 2 0.2 0.12" : "1 2 3 0.3 0.13", "%.0f %.0f %.0f %.1f %.2f", 0.5, 1.5, 2.5, 0.25,
           0.125);
}

TEST(truncation)
{
    memset(out, 'x', 10);
    CHECK_EQ(format(out, 3, "abc"), 3);
    CHECK_EQ(out[3], 'x'); /* no terminator where there is no room */
    CHECK_EQ(format(out, 2, "abc"), -1);
    CHECK_EQ(format(NULL, 0, "%d", 12345), 5);
#ifndef UCRT
    CHECK_EQ(
        CRT(int, _snprintf_s, (char *, size_t, size_t, const char *, ...))(out, 4, _TRUNCATE, "%s", "abcdef"),
        -1);
    CHECK_STR(out, "abc");
    CHECK_EQ(CRT(int, sprintf_s, (char *, size_t, const char *, ...))(out, 10, "%d", 77), 2);
    CHECK_EQ(CRT(int, _scprintf, (const char *, ...))("%s-%d", "abc", 5), 5);
#endif
}

#ifndef UCRT
TEST(wide)
{
    wchar_t text[100];
    int (*print)(wchar_t *, size_t, const wchar_t *, ...) = CRT(int, _snwprintf,
                                                                (wchar_t *, size_t, const wchar_t *, ...));

    CHECK_EQ(print(text, 100, L"%s %hs %S %d %.2f %c", L"a", "b", "c", 5, 1.25, L'x'), 14);
    CHECK_WSTR(text, L"a b c 5 1.25 x");
}

TEST(positional)
{
    int (*print)(char *, size_t, const char *, void *,
                 ...) = (void *)GetProcAddress(GetModuleHandleA(CRT_DLL), "_sprintf_p_l");

    if (!print)
        SKIP("no _sprintf_p_l");
    CHECK_EQ(print(out, 100, "%2$s %1$d %2$s", NULL, 5, "x"), 5);
    CHECK_STR(out, "x 5 x");
}
#endif
