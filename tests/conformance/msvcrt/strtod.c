/*
 * strtod and strtof: correctly rounded in hard cases, end pointer, range errors.
 */
#include "crt.h"

#include <errno.h>
#undef errno

static double parse(const char *text)
{
    return CRT(double, strtod, (const char *, char **))(text, NULL);
}
static uint64_t bits(double value)
{
    uint64_t result;
    memcpy(&result, &value, sizeof result);
    return result;
}

TEST(hard_cases)
{
    static const struct {
        const char *text;
        uint64_t bits;
    } cases[] = {
        {"0", 0},
        {"-0", 1ull << 63},
        {"1", 0x3ff0000000000000},
        {"0.1", 0x3fb999999999999a},
        {"1e23", 0x44b52d02c7e14af6},
        {"9007199254740993", 0x4340000000000000},
        {"9007199254740993.0000000000000000000000000000000001", 0x4340000000000001},
        {"2.2250738585072011e-308", 0x000fffffffffffff},
        {"2.2250738585072012e-308", 0x0010000000000000},
        {"4.9406564584124654e-324", 1},
        {"2.4703282292062327e-324", 0},
        {"2.4703282292062329e-324", 1},
        {"1.7976931348623157e308", 0x7fefffffffffffff},
        {"1.7976931348623158e308", 0x7fefffffffffffff},
        {"179769313486231580793728971405301199e273", 0x7fefffffffffffff},
        {"1.00000000000000011102230246251565404236316680908203125", 0x3ff0000000000000},
        {"1.00000000000000011102230246251565404236316680908203126", 0x3ff0000000000001},
        {"1.00000000000000033306690738754696212708950042724609375", 0x3ff0000000000002},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (bits(parse(cases[i].text)) != cases[i].bits)
            FAIL("%s is 0x%016llx, not 0x%016llx", cases[i].text,
                 (unsigned long long)bits(parse(cases[i].text)), (unsigned long long)cases[i].bits);
    }
}

/* What prints with 17 digits reads back as itself. */
TEST(round_trip)
{
    uint64_t seed = 0x9e3779b97f4a7c15;
    char text[64];

    for (int i = 0; i < 20000; i++) {
        double value;
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        memcpy(&value, &seed, sizeof value);
        if (!isfinite(value))
            continue;
        format(text, sizeof text, "%.17g", value);
        if (bits(parse(text)) != seed) {
            FAIL("%s reads as 0x%llx, not 0x%llx", text, (unsigned long long)bits(parse(text)),
                 (unsigned long long)seed);
            return;
        }
    }
}

TEST(end)
{
    char *end;
    double (*strtod_)(const char *, char **) = CRT(double, strtod, (const char *, char **));
    const char *text = " \t12.5e2xyz";

    CHECK(strtod_(text, &end) == 1250);
    CHECK_STR(end, "xyz");
    text = "1e+";
    CHECK(strtod_(text, &end) == 1);
    CHECK_STR(end, "e+");
    text = ".";
    CHECK(strtod_(text, &end) == 0);
    CHECK(end == text);
    text = "-.5.";
    CHECK(strtod_(text, &end) == -0.5);
    CHECK_STR(end, ".");
}

TEST(range)
{
    CRT_ERRNO = 0;
    CHECK(isinf(parse("1e400")));
    CHECK_EQ(CRT_ERRNO, ERANGE);
    CRT_ERRNO = 0;
    CHECK(parse("-1e400") == -HUGE_VAL);
    CHECK_EQ(CRT_ERRNO, ERANGE);
}

#ifdef UCRT
TEST(ucrt_forms)
{
    CHECK(parse("0x1.8p3") == 12);
    CHECK(isinf(parse("infinity")));
    CHECK(isnan(parse("NaN")));
    CHECK(CRT(float, strtof, (const char *, char **))("16777217", NULL) == 16777216.0f);
    CHECK(CRT(float, strtof, (const char *, char **))("1.1754943508222875e-38", NULL) == 1.17549435e-38f);
}
#endif
