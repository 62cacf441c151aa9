/*
 * The conversions by name between text and numbers, booleans, currency and dates.
 */
#include "harness.h"
#include <ole2.h>
#include <oleauto.h>

#define ENGLISH MAKELCID(MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), SORT_DEFAULT)
#define GERMAN  MAKELCID(MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN), SORT_DEFAULT)

/* The text is read as this number; or not at all, with this error. */
#define READS(function, text, type, expected)                                                                \
    do {                                                                                                     \
        type to = 85;                                                                                        \
        HRESULT result = function((OLECHAR *)(text), ENGLISH, 0, &to);                                       \
        if (result != S_OK || to != (type)(expected))                                                        \
            FAIL("%s(%s): 0x%08lx, %s", #function, #text, result, result ? "not S_OK" : "not " #expected);   \
    } while (0)

#define REFUSES(function, text, type, error)                                                                 \
    do {                                                                                                     \
        type to;                                                                                             \
        HRESULT result = function((OLECHAR *)(text), ENGLISH, 0, &to);                                       \
        if (result != (error))                                                                               \
            FAIL("%s(%s): 0x%08lx, not %s", #function, #text, result, #error);                               \
    } while (0)

#define WRITES(call, expected)                                                                               \
    do {                                                                                                     \
        BSTR text = NULL;                                                                                    \
        CHECK_EQ(call, S_OK);                                                                                \
        CHECK_WSTR(text, expected);                                                                          \
        CHECK_EQ(SysStringLen(text), wcslen(expected));                                                      \
        SysFreeString(text);                                                                                 \
    } while (0)

#define WHOLE(function, type, low, high, below, above)                                                       \
    do {                                                                                                     \
        READS(function, L"0", type, 0);                                                                      \
        READS(function, L"+17", type, 17);                                                                   \
        READS(function, L"  17  ", type, 17);                                                                \
        READS(function, L"1.5", type, 2);                                                                    \
        READS(function, L"2.5", type, 2);                                                                    \
        READS(function, L"1e1", type, 10);                                                                   \
        READS(function, low, type, to_number(low));                                                          \
        READS(function, high, type, to_number(high));                                                        \
        REFUSES(function, below, type, DISP_E_OVERFLOW);                                                     \
        REFUSES(function, above, type, DISP_E_OVERFLOW);                                                     \
        REFUSES(function, L"", type, DISP_E_TYPEMISMATCH);                                                   \
        REFUSES(function, L"seven", type, DISP_E_TYPEMISMATCH);                                              \
        REFUSES(function, L"1 2", type, DISP_E_TYPEMISMATCH);                                                \
        REFUSES(function, L"1e", type, DISP_E_TYPEMISMATCH);                                                 \
        REFUSES(function, NULL, type, DISP_E_TYPEMISMATCH);                                                  \
    } while (0)

static ULONGLONG to_number(const WCHAR *text)
{
    ULONGLONG value = 0;
    for (const WCHAR *digit = *text == '-' ? text + 1 : text; *digit; digit++)
        value = value * 10 + (ULONGLONG)(*digit - '0');
    return *text == '-' ? 0 - value : value;
}

TEST(whole_numbers)
{
    WHOLE(VarI1FromStr, CHAR, L"-128", L"127", L"-129", L"128");
    WHOLE(VarUI1FromStr, BYTE, L"0", L"255", L"-1", L"256");
    WHOLE(VarI2FromStr, SHORT, L"-32768", L"32767", L"-32769", L"32768");
    WHOLE(VarUI2FromStr, USHORT, L"0", L"65535", L"-1", L"65536");
    WHOLE(VarI4FromStr, LONG, L"-2147483648", L"2147483647", L"-2147483649", L"2147483648");
    WHOLE(VarUI4FromStr, ULONG, L"0", L"4294967295", L"-1", L"4294967296");
    WHOLE(VarI8FromStr, LONG64, L"-9223372036854775808", L"9223372036854775807", L"-9223372036854775809",
          L"9223372036854775808");
    WHOLE(VarUI8FromStr, ULONG64, L"0", L"18446744073709551615", L"-1", L"18446744073709551616");
}

TEST(real_numbers)
{
    READS(VarR8FromStr, L"-1,234.5", DOUBLE, -1234.5);
    READS(VarR8FromStr, L"1e-3", DOUBLE, 0.001);
    READS(VarR8FromStr, L".5", DOUBLE, 0.5);
    READS(VarR8FromStr, L"0.1", DOUBLE, 0.1);
    REFUSES(VarR8FromStr, L"1e400", DOUBLE, DISP_E_OVERFLOW);
    REFUSES(VarR8FromStr, L"1.2.3", DOUBLE, DISP_E_TYPEMISMATCH);
    REFUSES(VarR8FromStr, L"-", DOUBLE, DISP_E_TYPEMISMATCH);
    READS(VarR4FromStr, L"0.25", FLOAT, 0.25);
    REFUSES(VarR4FromStr, L"1e40", FLOAT, DISP_E_OVERFLOW);
    REFUSES(VarR4FromStr, L"x", FLOAT, DISP_E_TYPEMISMATCH);

    double value = 0;
    CHECK_EQ(VarR8FromStr((OLECHAR *)L"1.234,5", GERMAN, 0, &value), S_OK);
    CHECK(value == 1234.5);
}

TEST(currency)
{
    static const struct {
        const WCHAR *text;
        HRESULT result;
        LONGLONG value;
    } cases[] = {{L"1234.5678", S_OK, 12345678},
                 {L"-0.5", S_OK, -5000},
                 {L"1.23456", S_OK, 12346},
                 {L"922337203685478", DISP_E_OVERFLOW, 0},
                 {L"ten", DISP_E_TYPEMISMATCH, 0}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CY value = {0};
        CHECK_EQ(VarCyFromStr((OLECHAR *)cases[i].text, ENGLISH, 0, &value), cases[i].result);
        CHECK_EQ(value.int64, cases[i].value);
    }
}

TEST(largest_currency)
{
    ORACLE_DIFFERS("wine 8.0 goes through a double, which has no room for the last digits");
    CY value = {0};
    CHECK_EQ(VarCyFromStr((OLECHAR *)L"922337203685477.5807", ENGLISH, 0, &value), S_OK);
    CHECK_EQ(value.int64, 9223372036854775807);
    CHECK_EQ(VarCyFromStr((OLECHAR *)L"-922,337,203,685,477.5808", ENGLISH, 0, &value), S_OK);
    CHECK_EQ(value.int64, -9223372036854775807 - 1);
    CHECK_EQ(VarCyFromStr((OLECHAR *)L"922337203685477.5808", ENGLISH, 0, &value), DISP_E_OVERFLOW);
}

TEST(booleans)
{
    READS(VarBoolFromStr, L"True", VARIANT_BOOL, VARIANT_TRUE);
    READS(VarBoolFromStr, L"tRUE", VARIANT_BOOL, VARIANT_TRUE);
    READS(VarBoolFromStr, L"False", VARIANT_BOOL, VARIANT_FALSE);
    READS(VarBoolFromStr, L"#TRUE#", VARIANT_BOOL, VARIANT_TRUE);
    READS(VarBoolFromStr, L"#FALSE#", VARIANT_BOOL, VARIANT_FALSE);
    READS(VarBoolFromStr, L"0", VARIANT_BOOL, VARIANT_FALSE);
    READS(VarBoolFromStr, L"0.5", VARIANT_BOOL, VARIANT_TRUE);
    REFUSES(VarBoolFromStr, L"yes", VARIANT_BOOL, DISP_E_TYPEMISMATCH);
    REFUSES(VarBoolFromStr, L"", VARIANT_BOOL, DISP_E_TYPEMISMATCH);
    REFUSES(VarBoolFromStr, NULL, VARIANT_BOOL, DISP_E_TYPEMISMATCH);
}

TEST(from_whole_numbers)
{
    WRITES(VarBstrFromI1(-128, ENGLISH, 0, &text), L"-128");
    WRITES(VarBstrFromUI1(255, ENGLISH, 0, &text), L"255");
    WRITES(VarBstrFromI2(-32768, ENGLISH, 0, &text), L"-32768");
    WRITES(VarBstrFromUI2(65535, ENGLISH, 0, &text), L"65535");
    WRITES(VarBstrFromI4(-2147483647 - 1, ENGLISH, 0, &text), L"-2147483648");
    WRITES(VarBstrFromUI4(4294967295u, ENGLISH, 0, &text), L"4294967295");
    WRITES(VarBstrFromI8(-9223372036854775807 - 1, ENGLISH, 0, &text), L"-9223372036854775808");
    WRITES(VarBstrFromUI8(18446744073709551615u, ENGLISH, 0, &text), L"18446744073709551615");
    WRITES(VarBstrFromI8(0, ENGLISH, 0, &text), L"0");
}

TEST(from_real_numbers)
{
    WRITES(VarBstrFromR8(0, ENGLISH, 0, &text), L"0");
    WRITES(VarBstrFromR8(-1.5, ENGLISH, 0, &text), L"-1.5");
    WRITES(VarBstrFromR8(0.1, ENGLISH, 0, &text), L"0.1");
    WRITES(VarBstrFromR8(123456789012345.0, ENGLISH, 0, &text), L"123456789012345");
    WRITES(VarBstrFromR8(1e15, ENGLISH, 0, &text), L"1E+15");
    WRITES(VarBstrFromR8(1.5e-7, ENGLISH, 0, &text), L"1.5E-07");
    WRITES(VarBstrFromR8(1e300, ENGLISH, 0, &text), L"1E+300");
    WRITES(VarBstrFromR8(0.5, GERMAN, 0, &text), L"0,5");
    WRITES(VarBstrFromR4(0.25f, ENGLISH, 0, &text), L"0.25");
    WRITES(VarBstrFromR4(0.1f, ENGLISH, 0, &text), L"0.1");
    WRITES(VarBstrFromR4(1e10f, ENGLISH, 0, &text), L"1E+10");
}

TEST(from_other_types)
{
    CY price = {.int64 = 12345678}, debt = {.int64 = -1}, lowest = {.int64 = -9223372036854775807ll - 1};

    WRITES(VarBstrFromCy(price, ENGLISH, 0, &text), L"1234.5678");
    WRITES(VarBstrFromCy(price, GERMAN, 0, &text), L"1234,5678");
    WRITES(VarBstrFromCy(debt, ENGLISH, 0, &text), L"-0.0001");
    WRITES(VarBstrFromCy(lowest, ENGLISH, 0, &text), L"-922337203685477.5808");
    WRITES(VarBstrFromBool(VARIANT_TRUE, ENGLISH, 0, &text), L"True");
    WRITES(VarBstrFromBool(VARIANT_FALSE, ENGLISH, 0, &text), L"False");
    WRITES(VarBstrFromDate(36585, ENGLISH, 0, &text), L"2/29/2000");
    WRITES(VarBstrFromDate(36585.75, ENGLISH, 0, &text), L"2/29/2000 6:00:00 PM");
    WRITES(VarBstrFromDate(36585.75, ENGLISH, VAR_DATEVALUEONLY, &text), L"2/29/2000");
    WRITES(VarBstrFromDate(36585.75, ENGLISH, VAR_TIMEVALUEONLY, &text), L"6:00:00 PM");
    WRITES(VarBstrFromDate(0.5, ENGLISH, 0, &text), L"12:00:00 PM");
    BSTR text = NULL;
    CHECK_EQ(VarBstrFromDate(3000000, ENGLISH, 0, &text), E_INVALIDARG);
}
