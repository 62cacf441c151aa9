/* scanf: conversions, widths, sets, counts, failures. */
#include "crt.h"

TEST(numbers)
{
    int a, b, c, n;
    float f;
    double d;

    CHECK_EQ(scan(" 12 -7 0x1f", "%d %d %x", &a, &b, &c, NULL, NULL, NULL), 3);
    CHECK_EQ(a, 12);
    CHECK_EQ(b, -7);
    CHECK_EQ(c, 31);
    CHECK_EQ(scan("010 0x10 10", "%i%i%i", &a, &b, &c, NULL, NULL, NULL), 3);
    CHECK_EQ(a, 8);
    CHECK_EQ(b, 16);
    CHECK_EQ(c, 10);
    CHECK_EQ(scan("12345", "%2d%3d%n", &a, &b, &n, NULL, NULL, NULL), 2);
    CHECK_EQ(a, 12);
    CHECK_EQ(b, 345);
    CHECK_EQ(n, 5);
    CHECK_EQ(scan("1.5e2 -.25", "%f %lf", &f, &d, NULL, NULL, NULL, NULL), 2);
    CHECK(f == 150);
    CHECK(d == -0.25);
    long long big;
    short small;
    CHECK_EQ(scan("-9223372036854775808 70000", "%I64d %hd", &big, &small, NULL, NULL, NULL, NULL), 2);
    CHECK_EQ(big, INT64_MIN);
    CHECK_EQ(small, 70000 - 65536);
}

TEST(text)
{
    char a[20], b[20], c[5] = "";

    CHECK_EQ(scan("hello world", "%s %3s", a, b, NULL, NULL, NULL, NULL), 2);
    CHECK_STR(a, "hello");
    CHECK_STR(b, "wor");
    CHECK_EQ(scan("abc123,rest", "%[a-z]%[^,],%2c", a, b, c, NULL, NULL, NULL), 3);
    CHECK_STR(a, "abc");
    CHECK_STR(b, "123");
    CHECK_STR(c, "re");
    CHECK_EQ(scan("x y", "%*s %s", a, NULL, NULL, NULL, NULL, NULL), 1);
    CHECK_STR(a, "y");
    wchar_t w[10];
    CHECK_EQ(scan("wide", "%ls", w, NULL, NULL, NULL, NULL, NULL), 1);
    CHECK_WSTR(w, L"wide");
}

TEST(failures)
{
    int a;

    CHECK_EQ(scan("", "%d", &a, NULL, NULL, NULL, NULL, NULL), -1);
    CHECK_EQ(scan("x", "%d", &a, NULL, NULL, NULL, NULL, NULL), 0);
    CHECK_EQ(scan("5 x", "%d %d", &a, &a, NULL, NULL, NULL, NULL), 1);
    CHECK_EQ(scan("5%6", "%d%%%d", &a, &a, NULL, NULL, NULL, NULL), 2);
}
