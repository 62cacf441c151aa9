/*
 * Time zones: the process's, any by name and year, and conversions with them.
 */
#include "../kernelbase.h"
#include <nt/nls.h>
#include <string.h>
#include <timezoneapi.h>

_Static_assert(sizeof(RTL_TIME_ZONE_INFORMATION) == sizeof(TIME_ZONE_INFORMATION), "time zones");

/* TIME_FIELDS and SYSTEMTIME order their members differently. */
static void to_system_time(SYSTEMTIME *to, const TIME_FIELDS *from)
{
    SYSTEMTIME time = {(WORD)from->Year, (WORD)from->Month,  (WORD)from->Weekday, (WORD)from->Day,
                       (WORD)from->Hour, (WORD)from->Minute, (WORD)from->Second,  (WORD)from->Milliseconds};

    *to = time;
}

static void to_fields(TIME_FIELDS *to, const SYSTEMTIME *from)
{
    TIME_FIELDS fields = {(SHORT)from->wYear,         (SHORT)from->wMonth,    (SHORT)from->wDay,
                          (SHORT)from->wHour,         (SHORT)from->wMinute,   (SHORT)from->wSecond,
                          (SHORT)from->wMilliseconds, (SHORT)from->wDayOfWeek};

    *to = fields;
}

static void from_rtl(TIME_ZONE_INFORMATION *to, const RTL_TIME_ZONE_INFORMATION *from)
{
    to->Bias = from->Bias;
    to->StandardBias = from->StandardBias;
    to->DaylightBias = from->DaylightBias;
    memcpy(to->StandardName, from->StandardName, sizeof to->StandardName);
    memcpy(to->DaylightName, from->DaylightName, sizeof to->DaylightName);
    to_system_time(&to->StandardDate, &from->StandardStart);
    to_system_time(&to->DaylightDate, &from->DaylightStart);
}

static void to_rtl(RTL_TIME_ZONE_INFORMATION *to, const TIME_ZONE_INFORMATION *from)
{
    memset(to, 0, sizeof *to);
    to->Bias = from->Bias;
    to->StandardBias = from->StandardBias;
    to->DaylightBias = from->DaylightBias;
    to_fields(&to->StandardStart, &from->StandardDate);
    to_fields(&to->DaylightStart, &from->DaylightDate);
}

static void from_rtl_dynamic(DYNAMIC_TIME_ZONE_INFORMATION *to, const RTL_DYNAMIC_TIME_ZONE_INFORMATION *from)
{
    from_rtl((TIME_ZONE_INFORMATION *)to, &from->tzi);
    memcpy(to->TimeZoneKeyName, from->TimeZoneKeyName, sizeof to->TimeZoneKeyName);
    to->DynamicDaylightTimeDisabled = from->DynamicDaylightTimeDisabled;
}

static DWORD zone_id(const RTL_TIME_ZONE_INFORMATION *zone)
{
    LONG bias;

    if (!zone->DaylightStart.Month)
        return TIME_ZONE_ID_UNKNOWN;
    return GwIsDaylight(zone, GwSystemTime(), &bias) ? TIME_ZONE_ID_DAYLIGHT : TIME_ZONE_ID_STANDARD;
}

DWORD WINAPI GetDynamicTimeZoneInformation(PDYNAMIC_TIME_ZONE_INFORMATION information)
{
    RTL_DYNAMIC_TIME_ZONE_INFORMATION zone;

    if (!set_status(RtlQueryDynamicTimeZoneInformation(&zone)))
        return TIME_ZONE_ID_INVALID;
    from_rtl_dynamic(information, &zone);
    return zone_id(&zone.tzi);
}

DWORD WINAPI GetTimeZoneInformation(LPTIME_ZONE_INFORMATION information)
{
    RTL_TIME_ZONE_INFORMATION zone;

    if (!set_status(RtlQueryTimeZoneInformation(&zone)))
        return TIME_ZONE_ID_INVALID;
    from_rtl(information, &zone);
    return zone_id(&zone);
}

/* The rule of a year: of the zone named, or the current one's. */
static BOOL zone_for_year(LONG year, const DYNAMIC_TIME_ZONE_INFORMATION *dynamic,
                          RTL_DYNAMIC_TIME_ZONE_INFORMATION *zone)
{
    if (!dynamic) {
        RTL_DYNAMIC_TIME_ZONE_INFORMATION dated;

        RtlQueryDynamicTimeZoneInformation(zone);
        if (GwQueryZone(0, zone->TimeZoneKeyName, year, &dated) == STATUS_SUCCESS)
            *zone = dated;
        return TRUE;
    }
    if (!dynamic->DynamicDaylightTimeDisabled && dynamic->TimeZoneKeyName[0])
        return set_status(GwQueryZone(0, dynamic->TimeZoneKeyName, year, zone));
    to_rtl(&zone->tzi, (const TIME_ZONE_INFORMATION *)dynamic);
    memcpy(zone->tzi.StandardName, dynamic->StandardName, sizeof dynamic->StandardName);
    memcpy(zone->tzi.DaylightName, dynamic->DaylightName, sizeof dynamic->DaylightName);
    return TRUE;
}

BOOL WINAPI GetTimeZoneInformationForYear(USHORT year, PDYNAMIC_TIME_ZONE_INFORMATION dynamic,
                                          LPTIME_ZONE_INFORMATION information)
{
    RTL_DYNAMIC_TIME_ZONE_INFORMATION zone;

    if (!zone_for_year(year, dynamic, &zone))
        return FALSE;
    from_rtl(information, &zone.tzi);
    return TRUE;
}

DWORD WINAPI EnumDynamicTimeZoneInformation(const DWORD index, PDYNAMIC_TIME_ZONE_INFORMATION information)
{
    RTL_DYNAMIC_TIME_ZONE_INFORMATION zone;

    if (!information)
        return ERROR_INVALID_PARAMETER;
    if (GwQueryZone(index, NULL, 0, &zone) != STATUS_SUCCESS)
        return ERROR_NO_MORE_ITEMS;
    from_rtl_dynamic(information, &zone);
    return ERROR_SUCCESS;
}

DWORD WINAPI GetDynamicTimeZoneInformationEffectiveYears(const PDYNAMIC_TIME_ZONE_INFORMATION information,
                                                         LPDWORD first, LPDWORD last)
{
    RTL_DYNAMIC_TIME_ZONE_INFORMATION zone;

    if (!information || !first || !last)
        return ERROR_INVALID_PARAMETER;
    if (GwQueryZone(0, information->TimeZoneKeyName, 0, &zone) != STATUS_SUCCESS ||
        !zone.tzi.DaylightStart.Month)
        return ERROR_FILE_NOT_FOUND;
    *first = 1970;
    *last = 2037;
    return ERROR_SUCCESS;
}

/* The host's settings are not the guest's to change. */
BOOL WINAPI SetTimeZoneInformation(const TIME_ZONE_INFORMATION *information)
{
    (void)information;
    return fail(ERROR_PRIVILEGE_NOT_HELD);
}

BOOL WINAPI SetDynamicTimeZoneInformation(const DYNAMIC_TIME_ZONE_INFORMATION *information)
{
    (void)information;
    return fail(ERROR_PRIVILEGE_NOT_HELD);
}

/* ---- conversions */

static BOOL utc_to_local(const RTL_TIME_ZONE_INFORMATION *zone, const SYSTEMTIME *utc, SYSTEMTIME *local)
{
    ULARGE_INTEGER time;
    FILETIME value;
    LONG bias;

    if (!SystemTimeToFileTime(utc, &value))
        return FALSE;
    time.LowPart = value.dwLowDateTime;
    time.HighPart = value.dwHighDateTime;
    GwIsDaylight(zone, (LONGLONG)time.QuadPart, &bias);
    time.QuadPart -= (ULONGLONG)(bias * 600000000ll);
    value.dwLowDateTime = time.LowPart;
    value.dwHighDateTime = time.HighPart;
    return FileTimeToSystemTime(&value, local);
}

/* A wall-clock time that exists twice is taken as standard time, one that does not exist as if the
 * clock had not been put forward. */
static BOOL local_to_utc(const RTL_TIME_ZONE_INFORMATION *zone, const SYSTEMTIME *local, SYSTEMTIME *utc)
{
    LONG standard = zone->Bias + zone->StandardBias, bias;
    ULARGE_INTEGER time;
    FILETIME value;

    if (!SystemTimeToFileTime(local, &value))
        return FALSE;
    time.LowPart = value.dwLowDateTime;
    time.HighPart = value.dwHighDateTime;
    if (GwIsDaylight(zone, (LONGLONG)time.QuadPart + standard * 600000000ll, &bias)) {
        LONG daylight = bias, check;

        /* Daylight time as seen from standard time; does the daylight reading agree? */
        if (!GwIsDaylight(zone, (LONGLONG)time.QuadPart + daylight * 600000000ll, &check))
            bias = standard;
    }
    time.QuadPart += (ULONGLONG)(bias * 600000000ll);
    value.dwLowDateTime = time.LowPart;
    value.dwHighDateTime = time.HighPart;
    return FileTimeToSystemTime(&value, utc);
}

BOOL WINAPI SystemTimeToTzSpecificLocalTime(const TIME_ZONE_INFORMATION *information, const SYSTEMTIME *utc,
                                            LPSYSTEMTIME local)
{
    RTL_TIME_ZONE_INFORMATION zone;

    if (information)
        to_rtl(&zone, information);
    else
        RtlQueryTimeZoneInformation(&zone);
    return utc_to_local(&zone, utc, local);
}

BOOL WINAPI TzSpecificLocalTimeToSystemTime(const TIME_ZONE_INFORMATION *information, const SYSTEMTIME *local,
                                            LPSYSTEMTIME utc)
{
    RTL_TIME_ZONE_INFORMATION zone;

    if (information)
        to_rtl(&zone, information);
    else
        RtlQueryTimeZoneInformation(&zone);
    return local_to_utc(&zone, local, utc);
}

BOOL WINAPI SystemTimeToTzSpecificLocalTimeEx(const DYNAMIC_TIME_ZONE_INFORMATION *information,
                                              const SYSTEMTIME *utc, LPSYSTEMTIME local)
{
    RTL_DYNAMIC_TIME_ZONE_INFORMATION zone;

    return zone_for_year(utc->wYear, information, &zone) && utc_to_local(&zone.tzi, utc, local);
}

BOOL WINAPI TzSpecificLocalTimeToSystemTimeEx(const DYNAMIC_TIME_ZONE_INFORMATION *information,
                                              const SYSTEMTIME *local, LPSYSTEMTIME utc)
{
    RTL_DYNAMIC_TIME_ZONE_INFORMATION zone;

    return zone_for_year(local->wYear, information, &zone) && local_to_utc(&zone.tzi, local, utc);
}
