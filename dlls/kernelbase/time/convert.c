/*
 * FILETIME, SYSTEMTIME and DOS dates.
 */
#include "../kernelbase.h"
#include <nt/nls.h>

BOOL WINAPI FileTimeToSystemTime(const FILETIME *time, LPSYSTEMTIME system)
{
    LARGE_INTEGER value;
    TIME_FIELDS fields;

    value.LowPart = time->dwLowDateTime;
    value.HighPart = (LONG)time->dwHighDateTime;
    if (value.QuadPart < 0)
        return fail(ERROR_INVALID_PARAMETER);
    RtlTimeToTimeFields(&value, &fields);
    system->wYear = (WORD)fields.Year;
    system->wMonth = (WORD)fields.Month;
    system->wDayOfWeek = (WORD)fields.Weekday;
    system->wDay = (WORD)fields.Day;
    system->wHour = (WORD)fields.Hour;
    system->wMinute = (WORD)fields.Minute;
    system->wSecond = (WORD)fields.Second;
    system->wMilliseconds = (WORD)fields.Milliseconds;
    return TRUE;
}

BOOL WINAPI SystemTimeToFileTime(const SYSTEMTIME *system, LPFILETIME time)
{
    TIME_FIELDS fields = {
        (SHORT)system->wYear,   (SHORT)system->wMonth,  (SHORT)system->wDay,          (SHORT)system->wHour,
        (SHORT)system->wMinute, (SHORT)system->wSecond, (SHORT)system->wMilliseconds, 0};
    LARGE_INTEGER value;

    if (!RtlTimeFieldsToTime(&fields, &value))
        return fail(ERROR_INVALID_PARAMETER);
    time->dwLowDateTime = value.LowPart;
    time->dwHighDateTime = (DWORD)value.HighPart;
    return TRUE;
}

LONG WINAPI CompareFileTime(const FILETIME *a, const FILETIME *b)
{
    if (a->dwHighDateTime != b->dwHighDateTime)
        return a->dwHighDateTime < b->dwHighDateTime ? -1 : 1;
    if (a->dwLowDateTime != b->dwLowDateTime)
        return a->dwLowDateTime < b->dwLowDateTime ? -1 : 1;
    return 0;
}

/* These use today's offset, whatever the time's own date, as documented. */
BOOL WINAPI FileTimeToLocalFileTime(const FILETIME *time, LPFILETIME local)
{
    LARGE_INTEGER value, result;

    value.LowPart = time->dwLowDateTime;
    value.HighPart = (LONG)time->dwHighDateTime;
    if (!set_status(RtlSystemTimeToLocalTime(&value, &result)))
        return FALSE;
    local->dwLowDateTime = result.LowPart;
    local->dwHighDateTime = (DWORD)result.HighPart;
    return TRUE;
}

BOOL WINAPI LocalFileTimeToFileTime(const FILETIME *local, LPFILETIME time)
{
    LARGE_INTEGER value, result;

    value.LowPart = local->dwLowDateTime;
    value.HighPart = (LONG)local->dwHighDateTime;
    if (!set_status(RtlLocalTimeToSystemTime(&value, &result)))
        return FALSE;
    time->dwLowDateTime = result.LowPart;
    time->dwHighDateTime = (DWORD)result.HighPart;
    return TRUE;
}

/* Years 1980 to 2107, seconds in twos. */
BOOL WINAPI FileTimeToDosDateTime(const FILETIME *time, LPWORD dos_date, LPWORD dos_time)
{
    SYSTEMTIME system;

    if (!dos_date || !dos_time)
        return fail(ERROR_INVALID_PARAMETER);
    if (!FileTimeToSystemTime(time, &system))
        return FALSE;
    if (system.wYear < 1980 || system.wYear > 2107)
        return fail(ERROR_INVALID_PARAMETER);
    *dos_date = (WORD)((system.wYear - 1980) << 9 | system.wMonth << 5 | system.wDay);
    *dos_time = (WORD)(system.wHour << 11 | system.wMinute << 5 | system.wSecond / 2);
    return TRUE;
}

BOOL WINAPI DosDateTimeToFileTime(WORD dos_date, WORD dos_time, LPFILETIME time)
{
    SYSTEMTIME system = {0};

    system.wYear = (WORD)(1980 + (dos_date >> 9));
    system.wMonth = dos_date >> 5 & 0xf;
    system.wDay = dos_date & 0x1f;
    system.wHour = dos_time >> 11;
    system.wMinute = dos_time >> 5 & 0x3f;
    system.wSecond = (WORD)((dos_time & 0x1f) * 2);
    return SystemTimeToFileTime(&system, time);
}
