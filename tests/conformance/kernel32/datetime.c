/* GetDateFormat, GetTimeFormat, GetNumberFormat, GetCurrencyFormat. */
#include "harness.h"

#define EN_US MAKELCID(MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), SORT_DEFAULT)

static WCHAR buffer[128];
static const SYSTEMTIME moment = {2002, 5, 0, 4, 15, 7, 9, 123}; /* a Saturday */

static const WCHAR *date(DWORD flags, const WCHAR *pattern)
{
    buffer[0] = 0;
    GetDateFormatW(EN_US, flags, &moment, pattern, buffer, 128);
    return buffer;
}

static const WCHAR *daytime(DWORD flags, const WCHAR *pattern)
{
    buffer[0] = 0;
    GetTimeFormatW(EN_US, flags, &moment, pattern, buffer, 128);
    return buffer;
}

TEST(dates)
{
    ORACLE_DIFFERS("documented: y is the last digit of the year, wine writes two");
    CHECK_WSTR(date(0, L"ddd', 'MMM dd yy"), L"Sat, May 04 02");
    CHECK_WSTR(date(0, L"d/M/y yyyy"), L"4/5/2 2002");
    CHECK_WSTR(date(DATE_SHORTDATE | LOCALE_NOUSEROVERRIDE, NULL), L"5/4/2002");
    CHECK_WSTR(date(DATE_LONGDATE | LOCALE_NOUSEROVERRIDE, NULL), L"Saturday, May 4, 2002");
    CHECK_WSTR(date(0, L"'it''s' dddd"), L"it's Saturday");
}

TEST(times)
{
    CHECK_WSTR(daytime(LOCALE_NOUSEROVERRIDE, NULL), L"3:07:09 PM");
    CHECK_WSTR(daytime(0, L"HH:mm:ss"), L"15:07:09");
    CHECK_WSTR(daytime(0, L"h 'o''clock' t"), L"3 o'clock P");
    CHECK_WSTR(daytime(TIME_NOSECONDS | LOCALE_NOUSEROVERRIDE, NULL), L"3:07 PM");
    CHECK_WSTR(daytime(TIME_NOTIMEMARKER, L"h:mm:ss tt"), L"3:07:09");
    CHECK_WSTR(daytime(TIME_FORCE24HOURFORMAT, L"h:mm"), L"15:07");
}

TEST(date_failures)
{
    SYSTEMTIME bad = {2002, 13, 0, 4, 0, 0, 0, 0};

    CHECK_ERROR(GetDateFormatW(EN_US, 0, &bad, NULL, buffer, 128), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetDateFormatW(EN_US, DATE_LONGDATE, &moment, L"d", buffer, 128), ERROR_INVALID_FLAGS);
    CHECK_ERROR(GetDateFormatW(EN_US, DATE_LONGDATE | DATE_SHORTDATE, &moment, NULL, buffer, 128),
                ERROR_INVALID_FLAGS);
    CHECK_ERROR(GetDateFormatW(EN_US, 0, &moment, L"dddd", buffer, 3), ERROR_INSUFFICIENT_BUFFER);
    bad.wHour = 25;
    CHECK_ERROR(GetTimeFormatW(EN_US, 0, &bad, NULL, buffer, 128), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetDateFormatW(EN_US, 0, &moment, L"dd", NULL, 0), 3);
}

static const WCHAR *number(const WCHAR *value)
{
    buffer[0] = 0;
    GetNumberFormatW(EN_US, LOCALE_NOUSEROVERRIDE, value, NULL, buffer, 128);
    return buffer;
}

TEST(numbers)
{
    ORACLE_DIFFERS("documented: the grouping 3;0 repeats, wine groups once");
    static WCHAR dot[] = L".", comma[] = L",";
    NUMBERFMTW format = {0, 0, 32, dot, comma, 0};

    CHECK_WSTR(number(L"1234567.891"), L"1,234,567.89");
    CHECK_WSTR(number(L"-1234.5"), L"-1,234.50");
    CHECK_WSTR(number(L"0.999"), L"1.00");
    CHECK_WSTR(number(L".5"), L"0.50");
    CHECK_EQ(GetNumberFormatW(EN_US, 0, L"-123456789", &format, buffer, 128), 15);
    CHECK_WSTR(buffer, L"(12,34,56,789)");
    CHECK_ERROR(GetNumberFormatW(EN_US, 0, L"12x", NULL, buffer, 128), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetNumberFormatW(EN_US, 0, L"1234567", NULL, buffer, 3), ERROR_INSUFFICIENT_BUFFER);
}

TEST(currency)
{
    CHECK(GetCurrencyFormatW(EN_US, LOCALE_NOUSEROVERRIDE, L"1234.5", NULL, buffer, 128) > 0);
    CHECK_WSTR(buffer, L"$1,234.50");
    CHECK(GetCurrencyFormatW(EN_US, LOCALE_NOUSEROVERRIDE, L"-1234.5", NULL, buffer, 128) > 0);
    CHECK_WSTR(buffer, L"($1,234.50)");
}
