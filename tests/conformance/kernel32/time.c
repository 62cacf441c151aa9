/* Clocks and conversions of times. */
#include "harness.h"

static ULONGLONG value(const FILETIME *time)
{
    return (ULONGLONG)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

TEST(clocks)
{
    LARGE_INTEGER frequency, before, after;
    FILETIME coarse, precise, later;
    ULONGLONG tick = GetTickCount64();

    CHECK(QueryPerformanceFrequency(&frequency));
    CHECK(frequency.QuadPart > 0);
    CHECK(QueryPerformanceCounter(&before));
    GetSystemTimeAsFileTime(&coarse);
    Sleep(50);
    CHECK(QueryPerformanceCounter(&after));
    GetSystemTimeAsFileTime(&later);
    CHECK(after.QuadPart - before.QuadPart > frequency.QuadPart / 25);
    CHECK(after.QuadPart - before.QuadPart < frequency.QuadPart * 2);
    CHECK(value(&later) - value(&coarse) >= 300000);
    CHECK(GetTickCount64() - tick >= 40);
    CHECK(GetTickCount64() - tick < 2000);
    GetSystemTimePreciseAsFileTime(&precise);
    CHECK(value(&precise) >= value(&later));
    CHECK(value(&precise) - value(&later) < 20000000);
    CHECK((LONG)(GetTickCount() - (DWORD)GetTickCount64()) <= 0);
}

/* The shared page moves and agrees with the calls. */
TEST(shared_data)
{
    volatile ULONGLONG *system_time = (volatile ULONGLONG *)0x7ffe0014;
    FILETIME now;
    ULONGLONG first, second;

    GetSystemTimeAsFileTime(&now);
    first = *system_time;
    CHECK(first >= value(&now) || harness_is_wine()); /* there the page is behind the call by up to a tick */
    Sleep(40);
    second = *system_time;
    CHECK(second > first);
    GetSystemTimeAsFileTime(&now);
    CHECK(value(&now) >= second);
    Sleep(200); /* longer than it ticks by itself */
    CHECK(*system_time > second);
    for (int i = 0; i < 100000; i++) {
        ULONGLONG next = *system_time;

        if (next < second) {
            FAIL("time went backwards");
            break;
        }
        second = next;
    }
}

TEST(many_calls)
{
    ULONGLONG last = 0, tick = GetTickCount64();

    for (int i = 0; i < 200000; i++) {
        FILETIME now;

        GetSystemTimeAsFileTime(&now);
        if (value(&now) < last) {
            FAIL("system time went backwards");
            break;
        }
        last = value(&now);
        if (GetTickCount64() < tick) {
            FAIL("ticks went backwards");
            break;
        }
        tick = GetTickCount64();
    }
}

TEST(conversions)
{
    SYSTEMTIME system = {2000, 2, 0, 29, 23, 59, 58, 999}, back;
    FILETIME time;
    WORD dos_date, dos_time;

    CHECK(SystemTimeToFileTime(&system, &time));
    CHECK_EQ(value(&time), 125963423989990000ull);
    CHECK(FileTimeToSystemTime(&time, &back));
    CHECK_EQ(back.wYear, 2000);
    CHECK_EQ(back.wMonth, 2);
    CHECK_EQ(back.wDay, 29);
    CHECK_EQ(back.wDayOfWeek, 2);
    CHECK_EQ(back.wMilliseconds, 999);
    CHECK(FileTimeToDosDateTime(&time, &dos_date, &dos_time));
    CHECK_EQ(dos_date, (20 << 9) | (2 << 5) | 29);
    CHECK_EQ(dos_time, (23 << 11) | (59 << 5) | 29);
    CHECK(DosDateTimeToFileTime(dos_date, dos_time, &time));
    CHECK(FileTimeToSystemTime(&time, &back));
    CHECK_EQ(back.wSecond, 58);
    system.wDay = 30;
    CHECK_ERROR(SystemTimeToFileTime(&system, &time), ERROR_INVALID_PARAMETER);
    system.wDay = 1;
    system.wYear = 1600;
    CHECK_ERROR(SystemTimeToFileTime(&system, &time), ERROR_INVALID_PARAMETER);
    time.dwHighDateTime = 0x80000000;
    CHECK_ERROR(FileTimeToSystemTime(&time, &back), ERROR_INVALID_PARAMETER);
    time.dwHighDateTime = 0;
    CHECK_ERROR(FileTimeToDosDateTime(&time, &dos_date, &dos_time), ERROR_INVALID_PARAMETER);
}

TEST(comparing)
{
    FILETIME a = {1, 2}, b = {2, 2}, c = {0, 3};

    CHECK_EQ(CompareFileTime(&a, &b), -1);
    CHECK_EQ(CompareFileTime(&c, &b), 1);
    CHECK_EQ(CompareFileTime(&a, &a), 0);
}
