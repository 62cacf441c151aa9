/*
 * Multimedia time: the tick, its resolution, timer events.
 */
#include "harness.h"
#include <mmsystem.h>

TEST(tick)
{
    MMTIME time = {0};
    DWORD before = timeGetTime(), tick = GetTickCount();
    CHECK(tick - before < 1000 || before - tick < 1000); /* the same clock */
    Sleep(30);
    DWORD after = timeGetTime();
    CHECK(after - before >= 29 && after - before < 5000);
    CHECK_EQ(timeGetSystemTime(&time, sizeof time), TIMERR_NOERROR);
    CHECK_EQ(time.wType, TIME_MS);
    CHECK(time.u.ms - after < 5000);
}

TEST(resolution)
{
    TIMECAPS caps = {0};
    CHECK_EQ(timeGetDevCaps(&caps, sizeof caps), TIMERR_NOERROR);
    CHECK_EQ(caps.wPeriodMin, 1);
    CHECK(caps.wPeriodMax > caps.wPeriodMin);
    CHECK_EQ(timeGetDevCaps(NULL, sizeof caps), TIMERR_NOCANDO);
    CHECK_EQ(timeGetDevCaps(&caps, sizeof caps - 1), TIMERR_NOCANDO);
    CHECK_EQ(timeBeginPeriod(1), TIMERR_NOERROR);
    CHECK_EQ(timeEndPeriod(1), TIMERR_NOERROR);
    CHECK_EQ(timeBeginPeriod(0), TIMERR_NOCANDO);
    CHECK_EQ(timeEndPeriod(0), TIMERR_NOCANDO);
}

static LONG calls;
static UINT called_id;
static DWORD_PTR called_user;

static void CALLBACK count_call(UINT id, UINT message, DWORD_PTR user, DWORD_PTR first, DWORD_PTR second)
{
    called_id = id;
    called_user = user;
    InterlockedIncrement(&calls);
}

TEST(one_shot)
{
    calls = 0;
    UINT id = timeSetEvent(20, 0, count_call, 0x1234, TIME_ONESHOT | TIME_CALLBACK_FUNCTION);
    CHECK(id != 0);
    CHECK_EQ(calls, 0);
    for (int i = 0; i < 200 && !calls; i++)
        Sleep(10);
    Sleep(60);
    CHECK_EQ(calls, 1);
    CHECK_EQ(called_id, id);
    CHECK_EQ(called_user, 0x1234);
}

TEST(periodic)
{
    calls = 0;
    UINT id = timeSetEvent(10, 0, count_call, 0,
                           TIME_PERIODIC | TIME_CALLBACK_FUNCTION | TIME_KILL_SYNCHRONOUS);
    CHECK(id != 0);
    for (int i = 0; i < 500 && calls < 5; i++)
        Sleep(10);
    CHECK(calls >= 5);
    CHECK_EQ(timeKillEvent(id), TIMERR_NOERROR);
    LONG seen = calls; /* none after a synchronous kill */
    Sleep(50);
    CHECK_EQ(calls, seen);
    CHECK(timeKillEvent(id) == MMSYSERR_INVALPARAM || harness_is_wine()); /* documented */
}

TEST(killed_before)
{
    calls = 0;
    UINT id = timeSetEvent(300, 0, count_call, 0, TIME_ONESHOT);
    CHECK_EQ(timeKillEvent(id), TIMERR_NOERROR);
    Sleep(400);
    CHECK_EQ(calls, 0);
    CHECK(timeKillEvent(0) == MMSYSERR_INVALPARAM || harness_is_wine());
}

TEST(events)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    CHECK(timeSetEvent(10, 0, (LPTIMECALLBACK)event, 0, TIME_ONESHOT | TIME_CALLBACK_EVENT_SET) != 0);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    ResetEvent(event);
    UINT id = timeSetEvent(10, 0, (LPTIMECALLBACK)event, 0, TIME_PERIODIC | TIME_CALLBACK_EVENT_PULSE);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CHECK_EQ(timeKillEvent(id), TIMERR_NOERROR);
    CloseHandle(event);
}
