/*
 * Numbers to text and back: the _itoa family, _ecvt and its kin, the ato and strto families, narrow and wide.
 */
#include "crt.h"

#include <errno.h>

static const struct {
    long long value;
    int base;
    const char *text32, *text64;
} integers[] = {
    {0, 10, "0", "0"},
    {0, 2, "0", "0"},
    {1, 2, "1", "1"},
    {42, 8, "52", "52"},
    {255, 16, "ff", "ff"},
    {35, 36, "z", "z"},
    {-1, 10, "-1", "-1"},
    {-1, 16, "ffffffff", "ffffffffffffffff"}, /* a sign only in base 10 */
    {INT_MIN, 10, "-2147483648", "-2147483648"},
    {INT_MAX, 10, "2147483647", "2147483647"},
    {INT_MIN, 2, "10000000000000000000000000000000",
     "1111111111111111111111111111111110000000000000000000000000000000"},
    {1234567, 7, "13331215", "13331215"},
};

#define WIDEN(text) (MultiByteToWideChar(CP_ACP, 0, text, -1, wide_expected, 100), wide_expected)

CRT_TEST(integers_to_text)
{
    char text[100];
    wchar_t wide[100], wide_expected[100];

    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        int v = (int)integers[i].value, base = integers[i].base;
        long long q = integers[i].value;
        const char *expected = integers[i].text32, *expected64 = integers[i].text64;
        CHECK_STR(FN(_itoa)(v, text, base), expected);
        CHECK_STR(FN(_ltoa)(v, text, base), expected);
        CHECK_STR(FN(_i64toa)(q, text, base), expected64);
        CHECK_WSTR(FN(_itow)(v, wide, base), WIDEN(expected));
        CHECK_WSTR(FN(_ltow)(v, wide, base), WIDEN(expected));
        CHECK_WSTR(FN(_i64tow)(q, wide, base), WIDEN(expected64));
#define CHECKED(name, T, value, expect)                                                                      \
    CHECK_EQ(CRT(int, name, (T, char *, size_t, int))(value, text, sizeof text, base), 0);                   \
    CHECK_STR(text, expect)
#define CHECKED_WIDE(name, T, value, expect)                                                                 \
    CHECK_EQ(CRT(int, name, (T, wchar_t *, size_t, int))(value, wide, 100, base), 0);                        \
    CHECK_WSTR(wide, WIDEN(expect))
        CHECKED(_itoa_s, int, v, expected);
        CHECKED(_ltoa_s, long, v, expected);
        CHECKED(_i64toa_s, long long, q, expected64);
        CHECKED_WIDE(_itow_s, int, v, expected);
        CHECKED_WIDE(_ltow_s, long, v, expected);
        CHECKED_WIDE(_i64tow_s, long long, q, expected64);
        if (q < 0 && base == 10)
            continue;
        CHECK_STR(FN(_ultoa)(v, text, base), expected);
        CHECK_STR(FN(_ui64toa)(q, text, base), expected64);
        CHECK_WSTR(FN(_ultow)(v, wide, base), WIDEN(expected));
        CHECK_WSTR(FN(_ui64tow)(q, wide, base), WIDEN(expected64));
        CHECKED(_ultoa_s, unsigned long, v, expected);
        CHECKED(_ui64toa_s, unsigned long long, q, expected64);
        CHECKED_WIDE(_ultow_s, unsigned long, v, expected);
        CHECKED_WIDE(_ui64tow_s, unsigned long long, q, expected64);
    }
    CHECK_STR(FN(_i64toa)(INT64_MIN, text, 10), "-9223372036854775808");
    CHECK_STR(FN(_ui64toa)(UINT64_MAX, text, 10), "18446744073709551615");
    CHECK_STR(FN(_ultoa)(0xffffffff, text, 10), "4294967295");
}

CRT_TEST(integers_to_text_checks)
{
    int(__cdecl * itoa_s)(int, char *, size_t, int) = (void *)crt_function("_itoa_s");
    int(__cdecl * itow_s)(int, wchar_t *, size_t, int) = (void *)crt_function("_itow_s");
    int(__cdecl * i64toa_s)(long long, char *, size_t, int) = (void *)crt_function("_i64toa_s");
    char text[10] = "********";
    wchar_t wide[10] = L"********";

    ORACLE_DIFFERS("every failure sets errno");
    CHECK_EQ(itoa_s(-123, text, 5, 10), 0);
    CHECK_STR(text, "-123");
    CHECK_INVALID(itoa_s(-123, text, 4, 10), ERANGE, ERANGE);
    CHECK_EQ(text[0], 0);
    CHECK_INVALID(itoa_s(1, NULL, 4, 10), EINVAL, EINVAL);
    CHECK_INVALID(itoa_s(1, text, 0, 10), EINVAL, EINVAL);
    text[0] = 'x';
    CHECK_INVALID(itoa_s(1, text, 4, 1), EINVAL, EINVAL);
    CHECK_EQ(text[0], 0);
    CHECK_INVALID(itoa_s(1, text, 4, 37), EINVAL, EINVAL);
    CHECK_EQ(itow_s(99, wide, 3, 10), 0);
    CHECK_WSTR(wide, L"99");
    CHECK_INVALID(itow_s(100, wide, 3, 10), ERANGE, ERANGE);
    CHECK_EQ(wide[0], 0);
    CHECK_INVALID(itow_s(1, NULL, 3, 10), EINVAL, EINVAL);
    CHECK_INVALID(i64toa_s(1000, text, 4, 10), ERANGE, ERANGE);
    CHECK_EQ(text[0], 0);
    CHECK_EQ(i64toa_s(1000, text, 5, 10), 0);
    CHECK_STR(text, "1000");
}

CRT_TEST(digits_of_doubles)
{
    ORACLE_CRASHES("a size of zero is EINVAL, and buffers that are too small are said");
    static const struct {
        double value;
        int count;
        const char *ecvt, *fcvt;
        int e_point, f_point, sign;
    } cases[] = {
        {3.14159265, 3, "314", "3142", 1, 1, 0}, {-3.14159265, 5, "31416", "314159", 1, 1, 1},
        {0.0, 4, "0000", "0000", 0, 0, 0},       {1234.5, 2, "12", "123450", 4, 4, 0},
        {0.000123, 2, "12", "", -3, -3, 0},      {999.96, 1, "1", "10000", 4, 4, 0},
        {1e10, 0, "", "10000000000", 11, 11, 0},
    };
    char text[500];
    int point, sign;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_STR(FN(_ecvt)(cases[i].value, cases[i].count, &point, &sign), cases[i].ecvt);
        if (cases[i].count && cases[i].value != 0)
            CHECK_EQ(point, cases[i].e_point);
        CHECK_EQ(!!sign, cases[i].sign);
        CHECK_STR(FN(_fcvt)(cases[i].value, cases[i].count, &point, &sign), cases[i].fcvt);
        if (*cases[i].fcvt && cases[i].value != 0)
            CHECK_EQ(point, cases[i].f_point);
        CHECK_EQ(!!sign, cases[i].sign);
        CHECK_EQ(FN(_ecvt_s)(text, sizeof text, cases[i].value, cases[i].count, &point, &sign), 0);
        CHECK_STR(text, cases[i].ecvt);
        CHECK_EQ(FN(_fcvt_s)(text, sizeof text, cases[i].value, cases[i].count, &point, &sign), 0);
        CHECK_STR(text, cases[i].fcvt);
    }
    CHECK_INVALID(FN(_ecvt_s)(NULL, 5, 1.0, 3, &point, &sign), EINVAL, EINVAL);
    CHECK_INVALID(FN(_ecvt_s)(text, 0, 1.0, 3, &point, &sign), EINVAL, EINVAL);
    CHECK_INVALID(FN(_ecvt_s)(text, 5, 1.0, 3, NULL, &sign), EINVAL, EINVAL);
    CHECK_INVALID(FN(_ecvt_s)(text, 5, 1.0, 3, &point, NULL), EINVAL, EINVAL);
    CHECK_EQ(FN(_ecvt_s)(text, 3, 1.0, 3, &point, &sign), ERANGE);
    CHECK_INVALID(FN(_fcvt_s)(NULL, 5, 1.0, 3, &point, &sign), EINVAL, EINVAL);
    CHECK_EQ(FN(_fcvt_s)(text, 3, 100.0, 3, &point, &sign), ERANGE);
}

CRT_TEST(gcvt)
{
    ORACLE_DIFFERS("wine 8.0 drops a point that nothing follows; _gcvt keeps it");
    static const struct {
        double value;
        int digits;
        const char *text, *long_exponent;
    } cases[] = {
        {3.1415926535, 5, "3.1416", NULL},
        {-0.5, 3, "-0.5", NULL},
        {100.0, 2, "1.e+02", "1.e+002"},
        {1234567.0, 3, "1.23e+06", "1.23e+006"},
        {1e-7, 4, "1.e-07", "1.e-007"},
        {0.0, 4, "0.", NULL},
        {42.0, 5, "42.", NULL},
        {1e100, 3, "1.e+100", NULL},
    };
    char text[100];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *expected = !IS_UCRT && cases[i].long_exponent ? cases[i].long_exponent : cases[i].text;
        CHECK_STR(FN(_gcvt)(cases[i].value, cases[i].digits, text), expected);
        CHECK_EQ(FN(_gcvt_s)(text, sizeof text, cases[i].value, cases[i].digits), 0);
        CHECK_STR(text, expected);
    }
    CHECK_INVALID(FN(_gcvt_s)(NULL, 5, 1.0, 3), EINVAL, EINVAL);
    CHECK_INVALID(FN(_gcvt_s)(text, 0, 1.0, 3), EINVAL, EINVAL);
    CHECK_EQ(FN(_gcvt_s)(text, 3, 123.456, 6), ERANGE);
    CHECK_EQ(text[0], 0);
}

CRT_TEST(text_to_integers)
{
    static const struct {
        const char *text;
        long long value;
    } cases[] = {
        {"0", 0},   {"  42xyz", 42},         {"\t\n-17", -17},         {"+9", 9},  {"abc", 0}, {"", 0},
        {"- 5", 0}, {"2147483647", INT_MAX}, {"-2147483648", INT_MIN}, {"0x10", 0}};
    wchar_t wide_expected[100];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = cases[i].text;
        const wchar_t *wide = WIDEN(text);
        long long v = cases[i].value;
        CHECK_EQ(FN(atoi)(text), v);
        CHECK_EQ(FN(atol)(text), v);
        CHECK_EQ(FN(_atoi64)(text), v);
        CHECK_EQ(FN(_atoi_l)(text, NULL), v);
        CHECK_EQ(FN(_atol_l)(text, NULL), v);
        CHECK_EQ(FN(_atoi64_l)(text, NULL), v);
        CHECK_EQ(FN(_wtoi)(wide), v);
        CHECK_EQ(FN(_wtol)(wide), v);
        CHECK_EQ(FN(_wtoi64)(wide), v);
        CHECK_EQ(FN(_wtoi_l)(wide, NULL), v);
        CHECK_EQ(FN(_wtol_l)(wide, NULL), v);
        CHECK_EQ(FN(_wtoi64_l)(wide, NULL), v);
#ifdef UCRT
        CHECK_EQ(CRT(long long, atoll, (const char *))(text), v);
        CHECK_EQ(CRT(long long, _atoll_l, (const char *, void *))(text, NULL), v);
        CHECK_EQ(CRT(long long, _wtoll, (const wchar_t *))(wide), v);
        CHECK_EQ(CRT(long long, _wtoll_l, (const wchar_t *, void *))(wide, NULL), v);
#endif
        char *end;
        wchar_t *wend;
        CHECK_EQ(FN(_strtol_l)(text, &end, 10, NULL), v);
        CHECK_EQ(FN(wcstol)(wide, &wend, 10), v);
        CHECK_EQ(wend - wide, end - text);
        CHECK_EQ(FN(_wcstol_l)(wide, &wend, 10, NULL), v);
        CHECK_EQ((int)FN(_strtoul_l)(text, &end, 10, NULL), v);
        CHECK_EQ((int)FN(wcstoul)(wide, &wend, 10), v);
        CHECK_EQ((int)FN(_wcstoul_l)(wide, &wend, 10, NULL), v);
        CHECK_EQ(FN(_strtoi64)(text, &end, 10), v);
        CHECK_EQ(FN(_strtoi64_l)(text, &end, 10, NULL), v);
        CHECK_EQ(FN(_wcstoi64)(wide, &wend, 10), v);
        CHECK_EQ(FN(_wcstoi64_l)(wide, &wend, 10, NULL), v);
        CHECK_EQ(wend - wide, end - text);
        CHECK_EQ((long long)FN(_strtoui64)(text, &end, 10), v);
        CHECK_EQ((long long)FN(_strtoui64_l)(text, &end, 10, NULL), v);
        CHECK_EQ((long long)FN(_wcstoui64)(wide, &wend, 10), v);
        CHECK_EQ((long long)FN(_wcstoui64_l)(wide, &wend, 10, NULL), v);
    }
    CHECK_EQ(FN(_atoi64)("-9223372036854775808"), INT64_MIN);
    CHECK_EQ(FN(_wtoi64)(L"9223372036854775807"), INT64_MAX);
    if (IS_UCRT) { /* overflow saturates and is said */
        CHECK_ERRNO(FN(atoi)("2147483648"), INT_MAX, ERANGE);
        CHECK_ERRNO(FN(_wtoi)(L"-2147483649"), INT_MIN, ERANGE);
        CHECK_ERRNO(FN(_atoi64)("9223372036854775808"), INT64_MAX, ERANGE);
    }
}

CRT_TEST(text_to_integers_ends)
{
    wchar_t *wend;
    char *end;

    CHECK_ERRNO(FN(wcstol)(L"99999999999", &wend, 10), INT_MAX, ERANGE);
    CHECK_EQ(*wend, 0);
    CHECK_ERRNO(FN(wcstol)(L"-99999999999", &wend, 10), INT_MIN, ERANGE);
    CHECK_ERRNO(FN(wcstoul)(L"99999999999", &wend, 10), 0xffffffffu, ERANGE);
    CHECK_ERRNO(FN(_wcstoi64)(L"9223372036854775808", &wend, 10), INT64_MAX, ERANGE);
    CHECK_ERRNO(FN(_wcstoui64)(L"18446744073709551616", &wend, 10), -1, ERANGE);
    CHECK_ERRNO(FN(_strtoui64)("18446744073709551616", &end, 10), -1, ERANGE);
    const wchar_t *hex = L"0xfFg", *bare = L"zz";
    CHECK_EQ(FN(wcstol)(hex, &wend, 0), 255);
    CHECK_EQ(wend - hex, 4);
    CHECK_EQ(FN(wcstol)(hex, &wend, 16), 255);
    CHECK_EQ(FN(wcstol)(L"0755", &wend, 0), 0755);
    CHECK_EQ(FN(wcstol)(bare, &wend, 36), 35 * 37);
    CHECK_EQ(FN(wcstol)(bare, &wend, 10), 0);
    CHECK_EQ(wend - bare, 0);
    CHECK_INVALID(FN(wcstol)(NULL, &wend, 10), 0, EINVAL);
    CHECK_INVALID(FN(wcstol)(L"1", &wend, 37), 0, EINVAL);
    CHECK_INVALID(FN(wcstol)(L"1", &wend, 1), 0, EINVAL);
    CHECK_INVALID(FN(_strtoui64)(NULL, &end, 10), 0, EINVAL);
    CHECK_INVALID(FN(_strtoui64)("1", &end, -1), 0, EINVAL);
#ifdef UCRT
    CHECK_ERRNO(CRT(long long, strtoll, (const char *, char **, int))("9223372036854775808", &end, 10),
                INT64_MAX, ERANGE);
    CHECK_EQ(CRT(long long, _strtoll_l, (const char *, char **, int, void *))("-5", &end, 10, NULL), -5);
    CHECK_EQ(CRT(unsigned long long, strtoull, (const char *, char **, int))("-1", &end, 10), -1);
    CHECK_EQ(CRT(unsigned long long, _strtoull_l, (const char *, char **, int, void *))("f", &end, 16, NULL),
             15);
    CHECK_EQ(CRT(long long, wcstoll, (const wchar_t *, wchar_t **, int))(L"-77", &wend, 10), -77);
    CHECK_EQ(CRT(long long, _wcstoll_l, (const wchar_t *, wchar_t **, int, void *))(L"-7", &wend, 8, NULL),
             -7);
    CHECK_EQ(CRT(unsigned long long, wcstoull, (const wchar_t *, wchar_t **, int))(L"77", &wend, 8), 63);
    CHECK_EQ(CRT(unsigned long long, _wcstoull_l, (const wchar_t *, wchar_t **, int, void *))(L"7", &wend, 8,
                                                                                              NULL),
             7);
    CHECK_EQ(CRT(intmax_t, strtoimax, (const char *, char **, int))("-12x", &end, 10), -12);
    CHECK_STR(end, "x");
    CHECK_EQ(CRT(intmax_t, _strtoimax_l, (const char *, char **, int, void *))("-12", &end, 10, NULL), -12);
    CHECK_EQ(CRT(uintmax_t, strtoumax, (const char *, char **, int))("12", &end, 10), 12);
    CHECK_EQ(CRT(uintmax_t, _strtoumax_l, (const char *, char **, int, void *))("12", &end, 10, NULL), 12);
    CHECK_EQ(CRT(intmax_t, wcstoimax, (const wchar_t *, wchar_t **, int))(L"-12x", &wend, 10), -12);
    CHECK_EQ(CRT(intmax_t, _wcstoimax_l, (const wchar_t *, wchar_t **, int, void *))(L"-12", &wend, 10, NULL),
             -12);
    CHECK_EQ(CRT(uintmax_t, wcstoumax, (const wchar_t *, wchar_t **, int))(L"12", &wend, 10), 12);
    CHECK_EQ(CRT(uintmax_t, _wcstoumax_l, (const wchar_t *, wchar_t **, int, void *))(L"12", &wend, 10, NULL),
             12);
#endif
}

CRT_TEST(text_to_doubles)
{
    static const struct {
        const char *text;
        double value;
        int used;
    } cases[] = {{"0", 0, 1},
                 {"1.5", 1.5, 3},
                 {"  -2.25e2x", -225, 9},
                 {"1e", 1, 1},
                 {".5", 0.5, 2},
                 {"5.", 5, 2},
                 {"+1e-3", 0.001, 5},
                 {"abc", 0, 0},
                 {"1e400", HUGE_VAL, 5},
                 {"-1e400", -HUGE_VAL, 6},
                 {"1e-400", 0, 6},
                 {"9007199254740993", 9007199254740992.0, 16}};
    wchar_t wide_expected[100], *wend;
    char *end;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = cases[i].text;
        const wchar_t *wide = WIDEN(text);
        double v = cases[i].value;
        CHECK(FN(atof)(text) == v);
        CHECK(FN(_atof_l)(text, NULL) == v);
        CHECK(CRT(double, _wtof, (const wchar_t *))(wide) == v);
        CHECK(CRT(double, _wtof_l, (const wchar_t *, void *))(wide, NULL) == v);
        CHECK(CRT(double, _strtod_l, (const char *, char **, void *))(text, &end, NULL) == v);
        CHECK_EQ(end - text, cases[i].used);
        CHECK(CRT(double, wcstod, (const wchar_t *, wchar_t **))(wide, &wend) == v);
        CHECK_EQ(wend - wide, cases[i].used);
#ifdef UCRT
        CHECK(CRT(double, _wcstod_l, (const wchar_t *, wchar_t **, void *))(wide, &wend, NULL) == v);
        CHECK(CRT(float, wcstof, (const wchar_t *, wchar_t **))(wide, &wend) == (float)v);
        CHECK_EQ(wend - wide, cases[i].used);
        CHECK(CRT(float, _strtof_l, (const char *, char **, void *))(text, &end, NULL) == (float)v);
        CHECK(CRT(float, _wcstof_l, (const wchar_t *, wchar_t **, void *))(wide, &wend, NULL) == (float)v);
        /* long double is double */
        CHECK(CRT(double, _strtold_l, (const char *, char **, void *))(text, &end, NULL) == v);
        CHECK(CRT(double, _wcstold_l, (const wchar_t *, wchar_t **, void *))(wide, &wend, NULL) == v);
#endif
    }
    CHECK_ERRNO(CRT(double, wcstod, (const wchar_t *, wchar_t **))(L"1e999", &wend) == HUGE_VAL, 1, ERANGE);
    CHECK_INVALID(CRT(double, wcstod, (const wchar_t *, wchar_t **))(NULL, &wend) == 0, 1, EINVAL);

    double d;
    float f;
    char text[] = "12.5", large[] = "1e400", small_number[] = "1e-500", large_float[] = "1e39";
    CHECK_EQ(CRT(int, _atodbl, (double *, char *))(&d, text), 0);
    CHECK(d == 12.5);
    CHECK_EQ(CRT(int, _atodbl, (double *, char *))(&d, large), _OVERFLOW);
    CHECK_EQ(CRT(int, _atodbl, (double *, char *))(&d, small_number), _UNDERFLOW);
    CHECK_EQ(CRT(int, _atodbl_l, (double *, char *, void *))(&d, text, NULL), 0);
    CHECK(d == 12.5);
    CHECK_EQ(CRT(int, _atoflt_l, (float *, char *, void *))(&f, text, NULL), 0);
    CHECK(f == 12.5f);
    CHECK_EQ(CRT(int, _atoflt_l, (float *, char *, void *))(&f, large_float, NULL), _OVERFLOW);
#ifdef UCRT
    CHECK_EQ(CRT(int, _atoflt, (float *, char *))(&f, text), 0);
    CHECK(f == 12.5f);
#endif
}

CRT_TEST(absolute_values_and_quotients)
{
    CHECK_EQ(FN(abs)(-5), 5);
    CHECK_EQ(FN(labs)(-5), 5);
    CHECK_EQ(CRT(long long, _abs64, (long long))(-5000000000ll), 5000000000ll);
    CHECK_EQ(CRT(intmax_t, imaxabs, (intmax_t))(-5000000000ll), 5000000000ll);
    div_t d = FN(div)(-17, 5);
    CHECK_EQ(d.quot, -3);
    CHECK_EQ(d.rem, -2);
    ldiv_t l = FN(ldiv)(17, -5);
    CHECK_EQ(l.quot, -3);
    CHECK_EQ(l.rem, 2);
#ifdef UCRT
    CHECK_EQ(CRT(long long, llabs, (long long))(-5000000000ll), 5000000000ll);
    lldiv_t ll = CRT(lldiv_t, lldiv, (long long, long long))(-5000000001ll, 5);
    CHECK_EQ(ll.quot, -1000000000);
    CHECK_EQ(ll.rem, -1);
    ll = CRT(lldiv_t, imaxdiv, (long long, long long))(-5000000001ll, 5);
    CHECK_EQ(ll.rem, -1);
#endif
}
