/*
 * Waiting on one and several objects, signal and wait, sleeping.
 */
#include "harness.h"

TEST(single_errors)
{
    SetLastError(0);
    CHECK_EQ(WaitForSingleObject(NULL, 0), WAIT_FAILED);
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
    SetLastError(0);
    CHECK_EQ(WaitForSingleObject((HANDLE)0x7ffffff4, 0), WAIT_FAILED);
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
    /* The pseudo-handles can be waited on: the process runs. */
    CHECK_EQ(WaitForSingleObject(GetCurrentProcess(), 0), WAIT_TIMEOUT);
    CHECK_EQ(WaitForSingleObject(GetCurrentThread(), 0), WAIT_TIMEOUT);
}

TEST(timeout)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    ULONGLONG start = GetTickCount64();
    CHECK_EQ(WaitForSingleObject(event, 60), WAIT_TIMEOUT);
    ULONGLONG took = GetTickCount64() - start;
    CHECK(took >= 40 && took < 1500);
    CloseHandle(event);
}

TEST(multiple)
{
    HANDLE events[64];
    for (int i = 0; i < 64; i++)
        events[i] = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK_EQ(WaitForMultipleObjects(64, events, FALSE, 0), WAIT_TIMEOUT);
    SetEvent(events[63]);
    SetEvent(events[20]);
    CHECK_EQ(WaitForMultipleObjects(64, events, FALSE, 0), WAIT_OBJECT_0 + 20); /* the lowest number wins */
    CHECK_EQ(WaitForMultipleObjects(64, events, FALSE, 0), WAIT_OBJECT_0 + 63);
    /* All or nothing: what is signalled stays so while others are missing. */
    SetEvent(events[0]);
    CHECK_EQ(WaitForMultipleObjects(2, events, TRUE, 0), WAIT_TIMEOUT);
    CHECK_EQ(WaitForSingleObject(events[0], 0), WAIT_OBJECT_0);
    SetEvent(events[0]);
    SetEvent(events[1]);
    CHECK_EQ(WaitForMultipleObjects(2, events, TRUE, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(events[0], 0), WAIT_TIMEOUT);
    CHECK_EQ(WaitForSingleObject(events[1], 0), WAIT_TIMEOUT);
    SetLastError(0);
    CHECK_EQ(WaitForMultipleObjects(0, events, FALSE, 0), WAIT_FAILED);
    CHECK_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
    SetLastError(0);
    CHECK_EQ(WaitForMultipleObjects(65, events, FALSE, 0), WAIT_FAILED);
    CHECK_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
    for (int i = 0; i < 64; i++)
        CloseHandle(events[i]);
    SetLastError(0);
    CHECK_EQ(WaitForMultipleObjects(2, events, FALSE, 0), WAIT_FAILED);
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
}

struct pair {
    HANDLE a, b;
};

static DWORD WINAPI wait_both(void *argument)
{
    struct pair *pair = argument;
    HANDLE both[2] = {pair->a, pair->b};
    return WaitForMultipleObjects(2, both, TRUE, 5000);
}

/* A waiter for all takes nothing before it can have everything. */
TEST(all_is_atomic)
{
    struct pair pair = {CreateEventW(NULL, FALSE, FALSE, NULL), CreateSemaphoreW(NULL, 0, 5, NULL)};
    HANDLE thread = CreateThread(NULL, 0, wait_both, &pair, 0, NULL);
    DWORD code;
    Sleep(50);
    SetEvent(pair.a);
    Sleep(20);
    CHECK_EQ(WaitForSingleObject(pair.a, 0), WAIT_OBJECT_0);
    ReleaseSemaphore(pair.b, 1, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 20), WAIT_TIMEOUT);
    SetEvent(pair.a);
    CHECK_EQ(WaitForSingleObject(thread, 2000), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &code);
    CHECK_EQ(code, WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(pair.b, 0), WAIT_TIMEOUT);
    CloseHandle(thread);
    CloseHandle(pair.a);
    CloseHandle(pair.b);
}

static DWORD WINAPI answer(void *argument)
{
    struct pair *pair = argument;
    for (int i = 0; i < 100; i++) {
        if (WaitForSingleObject(pair->a, 5000) != WAIT_OBJECT_0)
            return 1;
        SetEvent(pair->b);
    }
    return 0;
}

TEST(signal_and_wait)
{
    struct pair pair = {CreateEventW(NULL, FALSE, FALSE, NULL), CreateEventW(NULL, FALSE, FALSE, NULL)};
    HANDLE thread = CreateThread(NULL, 0, answer, &pair, 0, NULL);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(SignalObjectAndWait(pair.a, pair.b, 5000, FALSE), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(thread, 2000), WAIT_OBJECT_0);
    HANDLE semaphore = CreateSemaphoreW(NULL, 1, 1, NULL);
    SetLastError(0);
    CHECK_EQ(SignalObjectAndWait(semaphore, pair.b, 0, FALSE), WAIT_FAILED);
    CHECK_EQ(GetLastError(), ERROR_TOO_MANY_POSTS);
    SetLastError(0);
    CHECK_EQ(SignalObjectAndWait(thread, pair.b, 0, FALSE), WAIT_FAILED);
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
    CloseHandle(semaphore);
    CloseHandle(thread);
    CloseHandle(pair.a);
    CloseHandle(pair.b);
}

TEST(sleep)
{
    ULONGLONG start = GetTickCount64();
    Sleep(50);
    CHECK(GetTickCount64() - start >= 30);
    Sleep(0);
    CHECK_EQ(SleepEx(1, TRUE), 0);
    SwitchToThread();
}
