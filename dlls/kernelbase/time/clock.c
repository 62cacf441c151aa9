/*
 * Clocks: ticks, the system time, the performance counter.
 */
#include "../kernelbase.h"
#include <gastwirt/door.h>
#include <nt/kuser.h>
#include <nt/nls.h>

#define USER ((const KUSER_SHARED_DATA *)KUSER_SHARED_DATA_ADDRESS)

static inline BOOL ticking(void)
{
    return ((const volatile struct door_time *)DOOR_TIME)->ticking != 0;
}

/* A time of the shared page. */
static inline ULONGLONG read_time(const volatile KSYSTEM_TIME *time)
{
#ifdef _WIN64
    return *(const volatile ULONGLONG *)time;
#else
    LONG high;
    ULONG low;

    do {
        high = time->High1Time;
        low = time->LowPart;
    } while (high != time->High2Time);
    return (ULONGLONG)(ULONG)high << 32 | low;
#endif
}

ULONGLONG WINAPI GetTickCount64(void)
{
    if (ticking())
        return read_time(&USER->TickCount);
    return GwInterruptTime() / 10000;
}

DWORD WINAPI GetTickCount(void)
{
    if (ticking())
        return USER->TickCountLowDeprecated;
    return (DWORD)(GwInterruptTime() / 10000);
}

static void set_filetime(FILETIME *time, ULONGLONG value)
{
    time->dwLowDateTime = (DWORD)value;
    time->dwHighDateTime = (DWORD)(value >> 32);
}

VOID WINAPI GetSystemTimeAsFileTime(LPFILETIME time)
{
    if (ticking()) {
        set_filetime(time, read_time(&USER->SystemTime));
        return;
    }
    set_filetime(time, (ULONGLONG)GwSystemTime());
}

VOID WINAPI GetSystemTimePreciseAsFileTime(LPFILETIME time)
{
    set_filetime(time, (ULONGLONG)RtlGetSystemTimePrecise());
}

BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *counter)
{
    return RtlQueryPerformanceCounter(counter);
}

BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *frequency)
{
    return RtlQueryPerformanceFrequency(frequency);
}

BOOL WINAPI QueryUnbiasedInterruptTime(PULONGLONG time)
{
    if (RtlQueryUnbiasedInterruptTime(time))
        return TRUE;
    SetLastError(ERROR_INVALID_PARAMETER);
    return FALSE;
}

VOID WINAPI QueryInterruptTime(PULONGLONG time)
{
    *time = GwInterruptTime();
}

VOID WINAPI QueryInterruptTimePrecise(PULONGLONG time)
{
    LARGE_INTEGER counter;

    *time = RtlGetInterruptTimePrecise(&counter);
}

VOID WINAPI QueryUnbiasedInterruptTimePrecise(PULONGLONG time)
{
    RtlQueryUnbiasedInterruptTime(time);
}

VOID WINAPI GetSystemTime(LPSYSTEMTIME time)
{
    FILETIME now;

    GetSystemTimeAsFileTime(&now);
    FileTimeToSystemTime(&now, time);
}

VOID WINAPI GetLocalTime(LPSYSTEMTIME time)
{
    FILETIME now, local;

    GetSystemTimeAsFileTime(&now);
    FileTimeToLocalFileTime(&now, &local);
    FileTimeToSystemTime(&local, time);
}

/* The guest does not set the host's clock. */
BOOL WINAPI SetSystemTime(const SYSTEMTIME *time)
{
    FILETIME unused;

    if (!SystemTimeToFileTime(time, &unused))
        return FALSE;
    SetLastError(ERROR_PRIVILEGE_NOT_HELD);
    return FALSE;
}

BOOL WINAPI SetLocalTime(const SYSTEMTIME *time)
{
    return SetSystemTime(time);
}

BOOL WINAPI GetSystemTimeAdjustment(PDWORD adjustment, PDWORD increment, PBOOL disabled)
{
    *adjustment = *increment = 156250;
    *disabled = TRUE;
    return TRUE;
}

BOOL WINAPI SetSystemTimeAdjustment(DWORD adjustment, BOOL disabled)
{
    (void)adjustment, (void)disabled;
    SetLastError(ERROR_PRIVILEGE_NOT_HELD);
    return FALSE;
}
