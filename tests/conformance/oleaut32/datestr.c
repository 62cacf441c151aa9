/*
 * VarDateFromStr: dates and times in the orders of locales, names, years of two digits, what is no date.
 */
#include "harness.h"
#include <oleauto.h>

#define US MAKELCID(MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), SORT_DEFAULT)
#define UK MAKELCID(MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_UK), SORT_DEFAULT)
#define DE MAKELCID(MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN), SORT_DEFAULT)

static DATE day(int year, int month, int number, int hour, int minute, int second)
{
    SYSTEMTIME time = {(WORD)year, (WORD)month, 0, (WORD)number, (WORD)hour, (WORD)minute, (WORD)second, 0};
    DATE date = 0;
    SystemTimeToVariantTime(&time, &date);
    return date;
}

static BOOL is(const WCHAR *text, LCID lcid, ULONG flags, DATE expected)
{
    DATE date = -1;
    HRESULT result = VarDateFromStr((WCHAR *)text, lcid, flags, &date);
    if (result != S_OK || date < expected - 1e-7 || date > expected + 1e-7)
        printf("  %ls: %08lx %f, not %f\n", text, result, date, expected);
    return result == S_OK && date >= expected - 1e-7 && date <= expected + 1e-7;
}

static BOOL is_none(const WCHAR *text)
{
    DATE date;
    HRESULT result = VarDateFromStr((WCHAR *)text, US, LOCALE_NOUSEROVERRIDE, &date);
    if (result != DISP_E_TYPEMISMATCH)
        printf("  %ls: %08lx\n", text, result);
    return result == DISP_E_TYPEMISMATCH;
}

TEST(numbers)
{
    DATE may = day(1999, 5, 12, 0, 0, 0);
    CHECK(is(L"5/12/1999", US, 0, may));
    CHECK(is(L"12/5/1999", UK, 0, may));
    CHECK(is(L"12.5.1999", DE, 0, may));
    CHECK(is(L"05-12-1999", US, 0, may));
    CHECK(is(L"1999/05/12", US, 0, may));
    CHECK(is(L"1999-05-12", UK, 0, may));
    CHECK(is(L"  5/12/1999  ", US, 0, may));
    CHECK(is(L"25/5/1999", US, 0, day(1999, 5, 25, 0, 0, 0))); /* no month 25 */
    CHECK(is(L"5/25/1999", UK, 0, day(1999, 5, 25, 0, 0, 0)));
    CHECK(is(L"5/12/99", US, 0, may));
    CHECK(is(L"5/12/05", US, 0, day(2005, 5, 12, 0, 0, 0)));
    CHECK(is(L"2/29/2000", US, 0, day(2000, 2, 29, 0, 0, 0)));
    CHECK(is(L"5/1999", US, 0, day(1999, 5, 1, 0, 0, 0)));
    SYSTEMTIME now;
    GetLocalTime(&now);
    CHECK(is(L"5/12", US, 0, day(now.wYear, 5, 12, 0, 0, 0)));
    CHECK(is(L"12/5", UK, 0, day(now.wYear, 5, 12, 0, 0, 0)));
}

TEST(names)
{
    DATE may = day(1999, 5, 12, 0, 0, 0);
    CHECK(is(L"12 May 1999", US, 0, may));
    CHECK(is(L"May 12, 1999", US, 0, may));
    CHECK(is(L"MAY 12 1999", UK, 0, may));
    CHECK(is(L"12-May-1999", US, 0, may));
    CHECK(is(L"Wednesday, May 12, 1999", US, 0, may));
    CHECK(is(L"Jan 2, 2003", US, 0, day(2003, 1, 2, 0, 0, 0)));
    CHECK(is(L"12. Mai 1999", DE, 0, may));
    CHECK(is(L"12 M\x00e4rz 1999", DE, 0, day(1999, 3, 12, 0, 0, 0)));
    CHECK(is(L"May 1999", US, 0, day(1999, 5, 1, 0, 0, 0)));
}

TEST(times)
{
    DATE may = day(1999, 5, 12, 0, 0, 0);
    CHECK(is(L"5/12/1999 13:45:30", US, 0, day(1999, 5, 12, 13, 45, 30)));
    CHECK(is(L"13:45:30 5/12/1999", US, 0, day(1999, 5, 12, 13, 45, 30)));
    CHECK(is(L"5/12/1999 1:45 PM", US, 0, day(1999, 5, 12, 13, 45, 0)));
    CHECK(is(L"5/12/1999 12:05 am", US, 0, day(1999, 5, 12, 0, 5, 0)));
    CHECK(is(L"5/12/1999 12 pm", US, 0, day(1999, 5, 12, 12, 0, 0)));
    CHECK(is(L"18:00", US, 0, 0.75));
    CHECK(is(L"6 PM", US, 0, 0.75));
    CHECK(is(L"6:00:00PM", US, 0, 0.75));
    CHECK(is(L"5/12/1999 18:00", US, VAR_DATEVALUEONLY, may));
    CHECK(is(L"5/12/1999 18:00", US, VAR_TIMEVALUEONLY, 0.75));
}

TEST(no_dates)
{
    DATE date;
    CHECK_EQ(VarDateFromStr(NULL, US, 0, &date), DISP_E_TYPEMISMATCH);
    CHECK(is_none(L""));
    CHECK(is_none(L"text"));
    CHECK(is_none(L"13/32/1999"));
    CHECK(is_none(L"2/30/1999"));
    CHECK(is_none(L"25:00"));
    CHECK(is_none(L"10:60"));
    CHECK(is_none(L"1/2/3/4"));
    CHECK(is_none(L"May May 1999") || harness_is_wine());
}

TEST(variants)
{
    VARIANTARG from, to;
    VariantInit(&from);
    VariantInit(&to);
    from.vt = VT_BSTR;
    from.bstrVal = SysAllocString(L"5/12/1999 18:00");
    CHECK_EQ(VariantChangeTypeEx(&to, &from, US, 0, VT_DATE), S_OK);
    CHECK(to.vt == VT_DATE && to.date == day(1999, 5, 12, 18, 0, 0));
    VariantClear(&from);
}
