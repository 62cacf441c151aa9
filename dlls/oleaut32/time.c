/*
 * Automation's time: days since 1899-12-30 as a double, the time of day in the fraction (which counts
 * forward on negative days, too).
 */
#include "oleaut32.h"

enum { FIRST_DAY = -657434 /* year 100 */, LAST_DAY = 2958465 /* 9999-12-31 */, DAY_MS = 86400000 };

/* Days of a date in the Gregorian calendar, counted from 1899-12-30. */
static LONG days_from_date(int year, int month, int day)
{
    year -= month <= 2;
    int era = year / 400, in_era = year - era * 400;
    int in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 693899;
}

static void date_from_days(LONG days, SYSTEMTIME *time)
{
    LONG shifted = days + 693899, era = shifted / 146097, in_era = shifted - era * 146097;
    LONG year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    LONG in_year = in_era - (365 * year + year / 4 - year / 100), month = (5 * in_year + 2) / 153;

    time->wDay = (WORD)(in_year - (153 * month + 2) / 5 + 1);
    time->wMonth = (WORD)(month < 10 ? month + 3 : month - 9);
    time->wYear = (WORD)(year + era * 400 + (time->wMonth <= 2));
    time->wDayOfWeek = (WORD)((((days + 6) % 7) + 7) % 7); /* 1899-12-30 was a Saturday */
}

INT WINAPI SystemTimeToVariantTime(LPSYSTEMTIME time, double *ret_time)
{
    int year = time->wYear;

    if (year < 30) /* two digits: 2000 to 2029, 1930 to 1999 */
        year += 2000;
    else if (year < 100)
        year += 1900;
    if (year > 9999 || !time->wMonth || time->wMonth > 12 || time->wDay > 31 || time->wHour > 23 ||
        time->wMinute > 59 || time->wSecond > 59)
        return FALSE;
    LONG days = days_from_date(year, time->wMonth, time->wDay);
    double part = (time->wHour * 3600 + time->wMinute * 60 + time->wSecond) / 86400.0;
    *ret_time = days < 0 ? days - part : days + part;
    return TRUE;
}

INT WINAPI VariantTimeToSystemTime(double time, LPSYSTEMTIME ret_time)
{
    if (!(time > FIRST_DAY - 1 && time < LAST_DAY + 1))
        return FALSE;
    LONG days = (LONG)time; /* towards zero: the fraction counts forward from there */
    double part = time - days;
    if (part < 0)
        part = -part;
    LONG seconds = (LONG)(part * 86400.0 + 0.5);
    if (seconds >= 86400)
        seconds -= 86400, days++;
    ZeroMemory(ret_time, sizeof *ret_time);
    date_from_days(days, ret_time);
    ret_time->wHour = (WORD)(seconds / 3600);
    ret_time->wMinute = (WORD)(seconds / 60 % 60);
    ret_time->wSecond = (WORD)(seconds % 60);
    return TRUE;
}

INT WINAPI DosDateTimeToVariantTime(USHORT date, USHORT time, double *ret_time)
{
    SYSTEMTIME system = {.wYear = (WORD)(1980 + (date >> 9)),
                         .wMonth = (date >> 5) & 15,
                         .wDay = date & 31,
                         .wHour = time >> 11,
                         .wMinute = (time >> 5) & 63,
                         .wSecond = (WORD)((time & 31) * 2)};
    return SystemTimeToVariantTime(&system, ret_time);
}

INT WINAPI VariantTimeToDosDateTime(double time, USHORT *date, USHORT *dos_time)
{
    SYSTEMTIME system;
    if (!VariantTimeToSystemTime(time, &system) || system.wYear < 1980 || system.wYear > 2099)
        return FALSE;
    *date = (USHORT)((system.wYear - 1980) << 9 | system.wMonth << 5 | system.wDay);
    *dos_time = (USHORT)(system.wHour << 11 | system.wMinute << 5 | system.wSecond / 2);
    return TRUE;
}
