/*
 * Clocks without a system call where the host's vDSO can be used from guest code, else through one.
 */
#include <gastwirt/door.h>
#include <nt/kuser.h>
#include <nt/nls.h>
#include <nt/syscalls.h>

#define FREQUENCY        10000000
#define EPOCH_DIFFERENCE 116444736000000000ll /* 1601 to 1970 */
#define USER             ((const KUSER_SHARED_DATA *)KUSER_SHARED_DATA_ADDRESS)

enum { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_REALTIME_COARSE = 5, CLOCK_BOOTTIME = 7 };

#ifdef _WIN64
struct host_timespec {
    LONGLONG seconds, nanoseconds;
};
int nls_vdso_clock(int clock, struct host_timespec *time);

/* The time in 100 ns, or -1. */
static LONGLONG host_clock(int clock)
{
    static BOOLEAN asked;
    struct host_timespec now;

    if (!((const volatile struct door_time *)DOOR_TIME)->clock) {
        LARGE_INTEGER counter;

        if (asked)
            return -1;
        asked = TRUE;
        NtQueryPerformanceCounter(&counter, NULL);
        if (!((const volatile struct door_time *)DOOR_TIME)->clock)
            return -1;
    }
    nls_vdso_clock(clock, &now);
    return now.seconds * 10000000 + (LONGLONG)((ULONGLONG)now.nanoseconds / 100);
}
#else
static const volatile struct door_time *const line = (const volatile struct door_time *)DOOR_TIME;

/* The performance counter by the time page's line, or -1. */
static inline LONGLONG read_line(void)
{
    ULONG sequence = line->sequence, low, high;
    ULONGLONG length, time;

    __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
    length = ((ULONGLONG)high << 32 | low) - line->stamp;
    time = line->counter + (((ULONGLONG)(ULONG)length * line->rate + line->fraction) >> 32);
    if (length >= line->span || (sequence & 1))
        return -1;
    __asm__ volatile("" : : : "memory");
    return line->sequence == sequence ? (LONGLONG)time : -1;
}

static LONGLONG read_offset(const volatile long long *offset)
{
    LONGLONG value;
    ULONG sequence;

    do {
        sequence = line->sequence & ~1u;
        value = *offset;
        __asm__ volatile("" : : : "memory");
    } while (line->sequence != sequence);
    return value;
}

static LONGLONG host_clock(int clock)
{
    LONGLONG now;

    if (clock == CLOCK_REALTIME_COARSE)
        return -1;
    now = read_line();
    if (now < 0) {
        LARGE_INTEGER counter;

        NtQueryPerformanceCounter(&counter, NULL);
        now = counter.QuadPart;
    }
    if (clock == CLOCK_MONOTONIC)
        return now;
    if (!line->sequence)
        return -1;
    return now + read_offset(clock == CLOCK_REALTIME ? &line->system_offset : &line->interrupt_offset);
}
#endif

static LONGLONG read_time(const volatile KSYSTEM_TIME *time)
{
#ifdef _WIN64
    return *(const volatile LONGLONG *)time;
#else
    LONG high;
    ULONG low;

    do {
        high = time->High1Time;
        low = time->LowPart;
    } while (high != time->High2Time);
    return (LONGLONG)high << 32 | low;
#endif
}

BOOL NTAPI RtlQueryPerformanceCounter(LARGE_INTEGER *counter)
{
    counter->QuadPart = host_clock(CLOCK_MONOTONIC);
    if (counter->QuadPart < 0)
        NtQueryPerformanceCounter(counter, NULL);
    return TRUE;
}

BOOL NTAPI RtlQueryPerformanceFrequency(LARGE_INTEGER *frequency)
{
    frequency->QuadPart = FREQUENCY;
    return TRUE;
}

LONGLONG NTAPI RtlGetSystemTimePrecise(void)
{
    LONGLONG now = host_clock(CLOCK_REALTIME);
    LARGE_INTEGER time;

    if (now >= 0)
        return now + EPOCH_DIFFERENCE;
    NtQuerySystemTime(&time);
    return time.QuadPart;
}

#ifndef _WIN64
NTSTATUS NTAPI GwDoorNtQuerySystemTime(LARGE_INTEGER *time);

/* As on Windows, no system call: a bad pointer is an exception, not a status. */
NTSTATUS NTAPI NtQuerySystemTime(LARGE_INTEGER *time)
{
    LONGLONG now = host_clock(CLOCK_REALTIME);

    if (now < 0)
        return GwDoorNtQuerySystemTime(time);
    time->QuadPart = now + EPOCH_DIFFERENCE;
    return STATUS_SUCCESS;
}

/* Both names are one function, as everywhere. */
NTSTATUS NTAPI ZwQuerySystemTime(LARGE_INTEGER *time) __attribute__((alias("NtQuerySystemTime@4")));
#endif

ULONGLONG NTAPI RtlGetInterruptTimePrecise(LARGE_INTEGER *ret_counter)
{
    LONGLONG now;

    RtlQueryPerformanceCounter(ret_counter);
    now = host_clock(CLOCK_BOOTTIME);
    return now >= 0 ? (ULONGLONG)now : (ULONGLONG)read_time(&USER->InterruptTime);
}

/* The coarse clocks: KUSER_SHARED_DATA while it ticks, so that all readers agree; else the host's.
 * Who asks often makes it tick: a read of the page is much faster. */
#define OFTEN 256

static BOOLEAN use_user_page(void)
{
    static ULONG calls;

    return ((const volatile struct door_time *)DOOR_TIME)->ticking || ++calls % OFTEN == 0;
}

LONGLONG NTAPI GwSystemTime(void)
{
    LONGLONG now;

    if (use_user_page() || (now = host_clock(CLOCK_REALTIME_COARSE)) < 0)
        return read_time(&USER->SystemTime);
    return now + EPOCH_DIFFERENCE;
}

ULONGLONG NTAPI GwInterruptTime(void)
{
    LONGLONG now;

    if (use_user_page() || (now = host_clock(CLOCK_BOOTTIME)) < 0)
        return (ULONGLONG)read_time(&USER->InterruptTime);
    return (ULONGLONG)now;
}

/* Unbiased: without the time the machine slept. */
BOOL NTAPI RtlQueryUnbiasedInterruptTime(ULONGLONG *time)
{
    LONGLONG now;

    if (!time)
        return FALSE;
    now = host_clock(CLOCK_MONOTONIC);
    *time = now >= 0 ? (ULONGLONG)now : (ULONGLONG)read_time(&USER->InterruptTime) - USER->InterruptTimeBias;
    return TRUE;
}

ULONG NTAPI NtGetTickCount(void)
{
    return (ULONG)(GwInterruptTime() / 10000);
}
