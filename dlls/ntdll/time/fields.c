/*
 * Times as fields and as seconds. The calendar is the Gregorian one from 1601 on, when every 400
 * years begin alike.
 */
#include <nt/nls.h>

#define MILLISECOND          10000ll
#define SECOND               (1000 * MILLISECOND)
#define DAY                  (86400 * SECOND)
#define SECONDS_1601_TO_1970 11644473600ll
#define SECONDS_1601_TO_1980 11960006400ll

static const USHORT days_before[2][13] = {{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
                                          {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}};

static BOOLEAN is_leap(LONG year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1601-01-01 to the first of January of `year`. */
static LONG days_to_year(LONG year)
{
    LONG years = year - 1601;

    return years * 365 + years / 4 - years / 100 + years / 400;
}

static void split_day(LONGLONG ticks, TIME_FIELDS *fields)
{
    LONG milliseconds = (LONG)(ticks / MILLISECOND);

    fields->Milliseconds = (SHORT)(milliseconds % 1000);
    milliseconds /= 1000;
    fields->Second = (SHORT)(milliseconds % 60);
    milliseconds /= 60;
    fields->Minute = (SHORT)(milliseconds % 60);
    fields->Hour = (SHORT)(milliseconds / 60);
}

VOID NTAPI RtlTimeToTimeFields(const LARGE_INTEGER *time, TIME_FIELDS *fields)
{
    LONG days = (LONG)(time->QuadPart / DAY), year, day, month = 0;
    BOOLEAN leap;

    split_day(time->QuadPart % DAY, fields);
    fields->Weekday = (SHORT)((days + 1) % 7); /* 1601-01-01 was a Monday */
    year = 1601 + (LONG)((LONGLONG)days * 400 / 146097);
    while (days_to_year(year) > days)
        year--;
    while (days_to_year(year + 1) <= days)
        year++;
    day = days - days_to_year(year);
    leap = is_leap(year);
    while (day >= days_before[leap][month + 1])
        month++;
    fields->Year = (SHORT)year;
    fields->Month = (SHORT)(month + 1);
    fields->Day = (SHORT)(day - days_before[leap][month] + 1);
}

BOOLEAN NTAPI RtlTimeFieldsToTime(const TIME_FIELDS *fields, LARGE_INTEGER *time)
{
    BOOLEAN leap = is_leap(fields->Year);
    LONG days;

    if (fields->Milliseconds < 0 || fields->Milliseconds > 999 || fields->Second < 0 || fields->Second > 59 ||
        fields->Minute < 0 || fields->Minute > 59 || fields->Hour < 0 || fields->Hour > 23 ||
        fields->Month < 1 || fields->Month > 12 || fields->Day < 1 || fields->Year < 1601 ||
        fields->Year > 30827 ||
        fields->Day > days_before[leap][fields->Month] - days_before[leap][fields->Month - 1])
        return FALSE;
    days = days_to_year(fields->Year) + days_before[leap][fields->Month - 1] + fields->Day - 1;
    time->QuadPart = days * DAY + ((fields->Hour * 60ll + fields->Minute) * 60 + fields->Second) * SECOND +
                     fields->Milliseconds * MILLISECOND;
    return TRUE;
}

/* A span of time: days in Day. */
VOID NTAPI RtlTimeToElapsedTimeFields(const LARGE_INTEGER *time, TIME_FIELDS *fields)
{
    split_day(time->QuadPart % DAY, fields);
    fields->Year = fields->Month = fields->Weekday = 0;
    fields->Day = (SHORT)(time->QuadPart / DAY);
}

/* A change of time as time zones give it: with a year it is a date; without, Day is which one (5:
 * the last) of the month's days of that Weekday. The year is that of *current, or the one after if
 * that has passed and this_year is not set. */
BOOLEAN NTAPI RtlCutoverTimeToSystemTime(const TIME_FIELDS *cutover, LARGE_INTEGER *time,
                                         const LARGE_INTEGER *current, BOOLEAN this_year)
{
    TIME_FIELDS now, fields = *cutover;

    if (cutover->Year)
        return RtlTimeFieldsToTime(cutover, time);
    if (cutover->Month < 1 || cutover->Month > 12 || cutover->Day < 1 || cutover->Day > 5 ||
        cutover->Weekday < 0 || cutover->Weekday > 6)
        return FALSE;
    RtlTimeToTimeFields(current, &now);
    fields.Year = now.Year;
    for (;;) {
        BOOLEAN leap = is_leap(fields.Year);
        LONG length = days_before[leap][fields.Month] - days_before[leap][fields.Month - 1];
        LONG first = (days_to_year(fields.Year) + days_before[leap][fields.Month - 1] + 1) % 7;
        LONG day = 1 + (cutover->Weekday - first + 7) % 7 + (cutover->Day - 1) * 7;

        while (day > length)
            day -= 7;
        fields.Day = (SHORT)day;
        if (!RtlTimeFieldsToTime(&fields, time))
            return FALSE;
        if (this_year || time->QuadPart >= current->QuadPart || fields.Year != now.Year)
            return TRUE;
        fields.Year++;
    }
}

static BOOLEAN to_seconds(const LARGE_INTEGER *time, ULONG *seconds, LONGLONG epoch)
{
    LONGLONG value = time->QuadPart / SECOND - epoch;

    if (time->QuadPart < 0 || value < 0 || value > MAXDWORD)
        return FALSE;
    *seconds = (ULONG)value;
    return TRUE;
}

BOOLEAN NTAPI RtlTimeToSecondsSince1970(const LARGE_INTEGER *time, ULONG *seconds)
{
    return to_seconds(time, seconds, SECONDS_1601_TO_1970);
}

BOOLEAN NTAPI RtlTimeToSecondsSince1980(const LARGE_INTEGER *time, ULONG *seconds)
{
    return to_seconds(time, seconds, SECONDS_1601_TO_1980);
}

VOID NTAPI RtlSecondsSince1970ToTime(ULONG seconds, LARGE_INTEGER *time)
{
    time->QuadPart = (seconds + SECONDS_1601_TO_1970) * SECOND;
}

VOID NTAPI RtlSecondsSince1980ToTime(ULONG seconds, LARGE_INTEGER *time)
{
    time->QuadPart = (seconds + SECONDS_1601_TO_1980) * SECOND;
}
