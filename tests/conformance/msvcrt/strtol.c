/* Integers from text: bases, ends, overflow; integers to text. */
#include "crt.h"

#include <errno.h>

TEST(strtol_bases)
{
    long (*strtol_)(const char *, char **, int) = CRT(long, strtol, (const char *, char **, int));
    char *end;

    CHECK_EQ(strtol_("  -123abc", &end, 10), -123);
    CHECK_STR(end, "abc");
    CHECK_EQ(strtol_("0x1fz", &end, 0), 31);
    CHECK_STR(end, "z");
    CHECK_EQ(strtol_("017", NULL, 0), 15);
    CHECK_EQ(strtol_("zz", NULL, 36), 35 * 36 + 35);
    CHECK_EQ(strtol_("0xg", &end, 16), 0);
    if (!harness_is_wine()) /* C: the number is the "0" before the x */
        CHECK_STR(end, "xg");
    CHECK_EQ(strtol_("+", &end, 10), 0);
    CHECK_STR(end, "+");
}

TEST(overflow)
{
    CRT_ERRNO = 0;
    CHECK_EQ(CRT(long, strtol, (const char *, char **, int))("2147483648", NULL, 10), LONG_MAX);
    CHECK_EQ(CRT_ERRNO, ERANGE);
    CRT_ERRNO = 0;
    CHECK_EQ(CRT(long, strtol, (const char *, char **, int))("-2147483649", NULL, 10), LONG_MIN);
    CHECK_EQ(CRT_ERRNO, ERANGE);
    CRT_ERRNO = 0;
    CHECK_EQ(CRT(unsigned long, strtoul, (const char *, char **, int))("-1", NULL, 10), ULONG_MAX);
    CHECK_EQ(CRT_ERRNO, 0);
    CHECK_EQ(CRT(unsigned long, strtoul, (const char *, char **, int))("4294967296", NULL, 10), ULONG_MAX);
    CHECK_EQ(CRT_ERRNO, ERANGE);
    CHECK_EQ(CRT(long long, _strtoi64, (const char *, char **, int))("-9223372036854775808", NULL, 10),
             INT64_MIN);
    CHECK_EQ(CRT(long long, _wcstoi64, (const wchar_t *, wchar_t **, int))(L" 0x7fffffffffffffff", NULL, 0),
             INT64_MAX);
}

TEST(to_text)
{
    char text[80];

    CHECK_STR(CRT(char *, _itoa, (int, char *, int))(-255, text, 10), "-255");
    CHECK_STR(CRT(char *, _itoa, (int, char *, int))(-1, text, 16), "ffffffff");
    CHECK_STR(CRT(char *, _i64toa, (long long, char *, int))(INT64_MIN, text, 10), "-9223372036854775808");
    CHECK_STR(CRT(char *, _ui64toa, (unsigned long long, char *, int))(UINT64_MAX, text, 2),
              "1111111111111111111111111111111111111111111111111111111111111111");
    CHECK_EQ(CRT(int, atoi, (const char *))(" 12x"), 12);
}
