/*
 * Dates, times, numbers and money in a locale's form, by name and in ANSI; enumerating formats and calendars.
 */
#include "../harness.h"

static const SYSTEMTIME moment = {2021, 3, 3, 17, 14, 5, 9, 0}; /* a Wednesday */
static const LCID english = 0x409;

TEST(dates_by_name)
{
    ORACLE_DIFFERS("German short day names have no full stop on Windows 10");
    WCHAR text[64];

    CHECK_EQ(GetDateFormatEx(L"en-US", DATE_SHORTDATE, &moment, NULL, text, 64, NULL), 10);
    CHECK_WSTR(text, L"3/17/2021");
    CHECK_EQ(GetDateFormatEx(L"en-US", DATE_LONGDATE, &moment, NULL, text, 64, NULL), 26);
    CHECK_WSTR(text, L"Wednesday, March 17, 2021");
    CHECK_EQ(GetDateFormatEx(L"de-DE", 0, &moment, L"ddd dd'.'MM'.'yy", text, 64, NULL), 12);
    CHECK_WSTR(text, L"Mi 17.03.21");
    CHECK_EQ(GetDateFormatEx(L"en-US", 0, &moment, L"yyyy-MM-dd", NULL, 0, NULL), 11);
    CHECK_ERROR(GetDateFormatEx(L"en-US", 0, &moment, L"yyyy-MM-dd", text, 10, NULL),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(GetDateFormatEx(L"en-US", 0, &moment, L"yyyy-MM-dd", text, 11, NULL), 11);
    CHECK_WSTR(text, L"2021-03-17");
    CHECK_ERROR(GetDateFormatEx(L"xx-no-locale", 0, &moment, NULL, text, 64, NULL), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetDateFormatEx(L"en-US", DATE_SHORTDATE, &moment, L"yyyy", text, 64, NULL),
                ERROR_INVALID_FLAGS);
    CHECK_ERROR(GetDateFormatEx(L"en-US", 0, &moment, L"yyyy", text, 64, L"calendar"),
                ERROR_INVALID_PARAMETER);
    SYSTEMTIME bad = moment;
    bad.wMonth = 13;
    CHECK_ERROR(GetDateFormatEx(L"en-US", 0, &bad, L"yyyy", text, 64, NULL), ERROR_INVALID_PARAMETER);
    bad = moment;
    bad.wDay = 31;
    bad.wMonth = 2;
    CHECK_ERROR(GetDateFormatEx(L"en-US", 0, &bad, L"yyyy", text, 64, NULL), ERROR_INVALID_PARAMETER);
    bad = moment;
    bad.wDayOfWeek = 6; /* computed, not believed */
    CHECK_EQ(GetDateFormatEx(L"en-US", 0, &bad, L"dddd", text, 64, NULL), 10);
    CHECK_WSTR(text, L"Wednesday");
}

TEST(dates_in_ansi)
{
    ORACLE_DIFFERS("A.D. as Windows writes it");
    char text[64];

    CHECK_EQ(GetDateFormatA(english, DATE_SHORTDATE, &moment, NULL, text, 64), 10);
    CHECK_STR(text, "3/17/2021");
    CHECK_EQ(GetDateFormatA(english, 0, &moment, "dd'th of' MMMM gg", text, 64), 19);
    CHECK_STR(text, "17th of March A.D.");
    CHECK_ERROR(GetDateFormatA(english, 0, &moment, "yyyy", text, 2), ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(GetDateFormatA(english, 0, &moment, "yyyy", NULL, 0), 5);
    CHECK_ERROR(GetDateFormatA(english, DATE_SHORTDATE, &moment, "yyyy", text, 64), ERROR_INVALID_FLAGS);
}

TEST(times_by_name)
{
    WCHAR text[64];

    CHECK_EQ(GetTimeFormatEx(L"en-US", 0, &moment, NULL, text, 64), 11);
    CHECK_WSTR(text, L"2:05:09 PM");
    CHECK_EQ(GetTimeFormatEx(L"en-US", TIME_NOSECONDS, &moment, NULL, text, 64), 8);
    CHECK_WSTR(text, L"2:05 PM");
    CHECK_EQ(GetTimeFormatEx(L"en-US", TIME_FORCE24HOURFORMAT | TIME_NOTIMEMARKER, &moment, NULL, text, 64),
             9);
    CHECK_WSTR(text, L"14:05:09");
    CHECK_EQ(GetTimeFormatEx(L"de-DE", 0, &moment, NULL, text, 64), 9);
    CHECK_WSTR(text, L"14:05:09");
    CHECK_EQ(GetTimeFormatEx(L"en-US", 0, &moment, L"HH'h'mm", text, 64), 6);
    CHECK_WSTR(text, L"14h05");
    CHECK_ERROR(GetTimeFormatEx(L"en-US", 0, &moment, L"HH'h'mm", text, 5), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(GetTimeFormatEx(L"no-locale-x", 0, &moment, NULL, text, 64), ERROR_INVALID_PARAMETER);
    SYSTEMTIME bad = moment;
    bad.wHour = 24;
    CHECK_ERROR(GetTimeFormatEx(L"en-US", 0, &bad, NULL, text, 64), ERROR_INVALID_PARAMETER);
    char ansi[64];
    CHECK_EQ(GetTimeFormatA(english, 0, &moment, "hh':'mm t", ansi, 64), 8);
    CHECK_STR(ansi, "02:05 P");
    CHECK_ERROR(GetTimeFormatA(english, 0, &moment, "hh", ansi, 2), ERROR_INSUFFICIENT_BUFFER);
}

TEST(numbers_by_name)
{
    ORACLE_DIFFERS("the last group repeats");
    NUMBERFMTW format = {3, 1, 3, L",", L".", 1};
    NUMBERFMTA ansi_format = {1, 0, 32, ".", "'", 0};
    WCHAR text[64];
    char ansi[64];

    CHECK_EQ(GetNumberFormatEx(L"en-US", 0, L"-1234567.891", NULL, text, 64), 14);
    CHECK_WSTR(text, L"-1,234,567.89");
    CHECK_EQ(GetNumberFormatEx(L"en-US", 0, L"1234567.8914", &format, text, 64), 14);
    CHECK_WSTR(text, L"1.234.567,891");
    CHECK_EQ(GetNumberFormatEx(L"en-US", 0, L"0.9996", &format, text, 64), 6);
    CHECK_WSTR(text, L"1,000");
    CHECK_EQ(GetNumberFormatEx(L"en-US", 0, L"12", NULL, NULL, 0), 6);
    CHECK_ERROR(GetNumberFormatEx(L"en-US", 0, L"12", NULL, text, 5), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(GetNumberFormatEx(L"en-US", 0, L"1,2", NULL, text, 64), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetNumberFormatEx(L"en-US", LOCALE_NOUSEROVERRIDE, L"12", &format, text, 64),
                ERROR_INVALID_FLAGS);
    CHECK_EQ(GetNumberFormatA(english, 0, "-12345678.26", &ansi_format, ansi, 64), 16);
    CHECK_STR(ansi, "(1'23'45'678.3)");
    CHECK_ERROR(GetNumberFormatA(english, 0, "12", NULL, ansi, 2), ERROR_INSUFFICIENT_BUFFER);
}

TEST(money_by_name)
{
    CURRENCYFMTW format = {2, 1, 3, L".", L",", 1, 0, L"EUR"};
    WCHAR text[64];
    char ansi[64];

    CHECK_EQ(GetCurrencyFormatEx(L"en-US", 0, L"1234.5", NULL, text, 64), 10);
    CHECK_WSTR(text, L"$1,234.50");
    CHECK_EQ(GetCurrencyFormatEx(L"en-US", 0, L"1234.5", &format, text, 64), 12);
    CHECK_WSTR(text, L"EUR1,234.50");
    format.PositiveOrder = 3;
    CHECK_EQ(GetCurrencyFormatEx(L"en-US", 0, L"1234.5", &format, text, 64), 13);
    CHECK_WSTR(text, L"1,234.50 EUR");
    CHECK_EQ(GetCurrencyFormatEx(L"en-US", 0, L"-1", &format, text, 64), 9);
    CHECK_WSTR(text, L"-EUR1.00");
    CHECK_ERROR(GetCurrencyFormatEx(L"en-US", 0, L"1", &format, text, 2), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(GetCurrencyFormatEx(L"en-US", 0, L"x", &format, text, 64), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetCurrencyFormatA(english, 0, "7", NULL, ansi, 64), 6);
    CHECK_STR(ansi, "$7.00");
    CHECK_ERROR(GetCurrencyFormatA(english, 0, "7", NULL, ansi, 5), ERROR_INSUFFICIENT_BUFFER);
}

static int calls;
static BOOL seen;
static const WCHAR *sought;

static BOOL CALLBACK wide_string(WCHAR *text)
{
    seen |= sought && !lstrcmpW(text, sought);
    calls++;
    return TRUE;
}

static BOOL CALLBACK wide_once(WCHAR *text)
{
    calls++;
    return FALSE;
}

static BOOL CALLBACK wide_calendar(WCHAR *text, CALID calendar)
{
    CHECK_EQ(calendar, CAL_GREGORIAN);
    return wide_string(text);
}

static BOOL CALLBACK wide_calendar_ex(WCHAR *text, CALID calendar, LPARAM argument)
{
    CHECK_EQ(argument, 77);
    return wide_calendar(text, calendar);
}

static BOOL CALLBACK wide_argument(WCHAR *text, LPARAM argument)
{
    CHECK_EQ(argument, 77);
    return wide_string(text);
}

static BOOL CALLBACK ansi_string(char *text)
{
    WCHAR wide[128];

    MultiByteToWideChar(CP_ACP, 0, text, -1, wide, 128);
    return wide_string(wide);
}

static BOOL CALLBACK ansi_calendar(char *text, CALID calendar)
{
    CHECK_EQ(calendar, CAL_GREGORIAN);
    return ansi_string(text);
}

/* The last enumeration called back at least so often and with this string. */
static void check_seen(int line, int least)
{
    if (calls < least || !seen)
        harness_fail(__FILE__, line, "%d calls, \"%ls\" %s", calls, sought, seen ? "seen" : "not seen");
    calls = 0;
    seen = FALSE;
}

TEST(date_formats)
{
    ORACLE_CRASHES("EnumDateFormatsExEx faults");
    sought = L"M/d/yyyy";
    CHECK(EnumDateFormatsW(wide_string, english, DATE_SHORTDATE));
    check_seen(__LINE__, 1);
    CHECK(EnumDateFormatsA(ansi_string, english, DATE_SHORTDATE));
    check_seen(__LINE__, 1);
    CHECK(EnumDateFormatsExW(wide_calendar, english, DATE_SHORTDATE));
    check_seen(__LINE__, 1);
    CHECK(EnumDateFormatsExA(ansi_calendar, english, DATE_SHORTDATE));
    check_seen(__LINE__, 1);
    CHECK(EnumDateFormatsExEx(wide_calendar_ex, L"en-US", DATE_SHORTDATE, 77));
    check_seen(__LINE__, 1);
    sought = L"dddd, MMMM d, yyyy";
    CHECK(EnumDateFormatsW(wide_string, english, DATE_LONGDATE));
    check_seen(__LINE__, 1);
    CHECK(EnumDateFormatsW(wide_once, english, DATE_SHORTDATE));
    CHECK_EQ(calls, 1);
    calls = 0;
    CHECK_ERROR(EnumDateFormatsW(NULL, english, DATE_SHORTDATE), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(EnumDateFormatsW(wide_string, 0x1234, DATE_SHORTDATE), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(EnumDateFormatsW(wide_string, english, DATE_SHORTDATE | DATE_LONGDATE), ERROR_INVALID_FLAGS);
    CHECK_ERROR(EnumDateFormatsExEx(wide_calendar_ex, L"no-locale-x", DATE_SHORTDATE, 77),
                ERROR_INVALID_PARAMETER);
    CHECK_EQ(calls, 0);
}

TEST(time_formats)
{
    sought = L"h:mm:ss tt";
    CHECK(EnumTimeFormatsW(wide_string, english, 0));
    check_seen(__LINE__, 1);
    CHECK(EnumTimeFormatsA(ansi_string, english, 0));
    check_seen(__LINE__, 1);
    CHECK(EnumTimeFormatsEx(wide_argument, L"en-US", 0, 77));
    check_seen(__LINE__, 1);
    sought = L"h:mm tt";
    CHECK(EnumTimeFormatsW(wide_string, english, TIME_NOSECONDS));
    check_seen(__LINE__, 1);
    CHECK_ERROR(EnumTimeFormatsW(NULL, english, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(EnumTimeFormatsW(wide_string, 0x1234, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(EnumTimeFormatsEx(wide_argument, L"no-locale-x", 0, 77), ERROR_INVALID_PARAMETER);
}

TEST(calendars)
{
    WCHAR text[64];
    char ansi[64];
    DWORD number = 0;

    sought = L"Monday";
    CHECK(EnumCalendarInfoW(wide_string, english, CAL_GREGORIAN, CAL_SDAYNAME1));
    check_seen(__LINE__, 1);
    CHECK(EnumCalendarInfoA(ansi_string, english, CAL_GREGORIAN, CAL_SDAYNAME1));
    check_seen(__LINE__, 1);
    CHECK(EnumCalendarInfoExW(wide_calendar, english, CAL_GREGORIAN, CAL_SDAYNAME1));
    check_seen(__LINE__, 1);
    CHECK(EnumCalendarInfoExA(ansi_calendar, english, CAL_GREGORIAN, CAL_SDAYNAME1));
    check_seen(__LINE__, 1);
    CHECK_ERROR(EnumCalendarInfoW(NULL, english, CAL_GREGORIAN, CAL_SDAYNAME1), ERROR_INVALID_PARAMETER);

    CHECK_EQ(GetCalendarInfoEx(L"en-US", CAL_GREGORIAN, NULL, CAL_SMONTHNAME3, text, 64, NULL), 6);
    CHECK_WSTR(text, L"March");
    CHECK_EQ(GetCalendarInfoW(english, CAL_GREGORIAN, CAL_SABBREVDAYNAME7, text, 64, NULL), 4);
    CHECK_WSTR(text, L"Sun");
    CHECK_EQ(GetCalendarInfoA(english, CAL_GREGORIAN, CAL_SMONTHNAME12, ansi, 64, NULL), 9);
    CHECK_STR(ansi, "December");
    CHECK_EQ(
        GetCalendarInfoW(english, CAL_GREGORIAN, CAL_ITWODIGITYEARMAX | CAL_RETURN_NUMBER, NULL, 0, &number),
        2);
    CHECK(number >= 2029 && number <= 2049);
    CHECK_EQ(GetCalendarInfoW(english, CAL_GREGORIAN, CAL_SMONTHNAME3, NULL, 0, NULL), 6);
    CHECK_ERROR(GetCalendarInfoW(english, CAL_GREGORIAN, CAL_SMONTHNAME3, text, 5, NULL),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(GetCalendarInfoA(english, CAL_GREGORIAN, CAL_SMONTHNAME3, ansi, 5, NULL),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(GetCalendarInfoW(0x1234, CAL_GREGORIAN, CAL_SMONTHNAME3, text, 64, NULL),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetCalendarInfoW(english, CAL_GREGORIAN, CAL_SMONTHNAME3, text, 64, &number),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetCalendarInfoEx(L"no-locale-x", CAL_GREGORIAN, NULL, CAL_SMONTHNAME3, text, 64, NULL),
                ERROR_INVALID_PARAMETER);
}
