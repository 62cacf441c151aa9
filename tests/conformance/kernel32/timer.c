/*
 * Waitable timers.
 */
#include "harness.h"

static LARGE_INTEGER after(int milliseconds)
{
    LARGE_INTEGER time = {.QuadPart = milliseconds * -10000ll};
    return time;
}

TEST(relative)
{
    HANDLE timer = CreateWaitableTimerW(NULL, TRUE, NULL);
    LARGE_INTEGER due = after(50);
    CHECK(timer != NULL);
    ULONGLONG start = GetTickCount64();
    CHECK(SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE));
    CHECK_EQ(WaitForSingleObject(timer, 0), WAIT_TIMEOUT);
    CHECK_EQ(WaitForSingleObject(timer, 2000), WAIT_OBJECT_0);
    ULONGLONG took = GetTickCount64() - start;
    CHECK(took >= 30 && took < 1500);
    CHECK_EQ(WaitForSingleObject(timer, 0), WAIT_OBJECT_0); /* manual reset */
    due = after(100000);
    CHECK(SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE)); /* setting resets */
    CHECK_EQ(WaitForSingleObject(timer, 0), WAIT_TIMEOUT);
    CHECK(CancelWaitableTimer(timer));
    CHECK_EQ(WaitForSingleObject(timer, 20), WAIT_TIMEOUT);
    CloseHandle(timer);
    CHECK_ERROR(CancelWaitableTimer(timer), ERROR_INVALID_HANDLE);
}

TEST(absolute)
{
    HANDLE timer = CreateWaitableTimerA(NULL, FALSE, NULL);
    FILETIME now;
    LARGE_INTEGER due;
    GetSystemTimeAsFileTime(&now);
    due.LowPart = now.dwLowDateTime;
    due.HighPart = (LONG)now.dwHighDateTime;
    due.QuadPart -= 10000000; /* past: at once */
    CHECK(SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE));
    CHECK_EQ(WaitForSingleObject(timer, 1000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(timer, 0), WAIT_TIMEOUT);
    due.QuadPart += 10000000 + 800000;
    CHECK(SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE));
    CHECK_EQ(WaitForSingleObject(timer, 2000), WAIT_OBJECT_0);
    CloseHandle(timer);
}

TEST(periodic)
{
    HANDLE timer = CreateWaitableTimerExW(NULL, NULL, 0, TIMER_ALL_ACCESS);
    LARGE_INTEGER due = after(10);
    CHECK(SetWaitableTimer(timer, &due, 20, NULL, NULL, FALSE));
    for (int i = 0; i < 4; i++)
        CHECK_EQ(WaitForSingleObject(timer, 1000), WAIT_OBJECT_0);
    CHECK(CancelWaitableTimer(timer));
    if (!harness_is_wine()) /* documented: a negative period fails */
        CHECK_ERROR(SetWaitableTimer(timer, &due, -1, NULL, NULL, FALSE), ERROR_INVALID_PARAMETER);
    CloseHandle(timer);
}

static int calls;

static void CALLBACK on_timer(void *argument, DWORD low, DWORD high)
{
    calls++;
    CHECK_EQ((ULONG_PTR)argument, 77);
    CHECK(low != 0 || high != 0);
}

TEST(completion_routine)
{
    HANDLE timer = CreateWaitableTimerW(NULL, FALSE, NULL);
    LARGE_INTEGER due = after(10);
    CHECK(SetWaitableTimer(timer, &due, 0, on_timer, (void *)77, FALSE));
    CHECK_EQ(SleepEx(1000, TRUE), WAIT_IO_COMPLETION);
    CHECK_EQ(calls, 1);
    due = after(100000);
    CHECK(SetWaitableTimer(timer, &due, 0, on_timer, (void *)77, FALSE));
    CHECK(CancelWaitableTimer(timer));
    CHECK_EQ(SleepEx(20, TRUE), 0);
    CHECK_EQ(calls, 1);
    CloseHandle(timer);
}

TEST(names)
{
    HANDLE first = CreateWaitableTimerW(NULL, TRUE, L"gastwirt-timer");
    HANDLE second = OpenWaitableTimerW(TIMER_ALL_ACCESS, FALSE, L"gastwirt-timer");
    LARGE_INTEGER due = after(1);
    CHECK(first && second);
    CHECK(SetWaitableTimer(second, &due, 0, NULL, NULL, FALSE));
    CHECK_EQ(WaitForSingleObject(first, 1000), WAIT_OBJECT_0);
    CloseHandle(first);
    CloseHandle(second);
}
