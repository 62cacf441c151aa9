/*
 * Mutexes: recursion, ownership, abandonment, names.
 */
#include "harness.h"

static DWORD WINAPI try_it(void *mutex)
{
    DWORD result = WaitForSingleObject(mutex, 0);
    if (result == WAIT_OBJECT_0 || result == WAIT_ABANDONED)
        ReleaseMutex(mutex);
    return result;
}

static DWORD WINAPI release_it(void *mutex)
{
    SetLastError(0);
    return ReleaseMutex(mutex) ? 0 : GetLastError();
}

static DWORD WINAPI take_and_die(void *mutex)
{
    WaitForSingleObject(mutex, INFINITE);
    return WaitForSingleObject(mutex, INFINITE);
}

static DWORD run(LPTHREAD_START_ROUTINE routine, void *argument)
{
    DWORD code = 0xdead;
    HANDLE thread = CreateThread(NULL, 0, routine, argument, 0, NULL);
    WaitForSingleObject(thread, 5000);
    GetExitCodeThread(thread, &code);
    CloseHandle(thread);
    return code;
}

TEST(recursion)
{
    HANDLE mutex = CreateMutexW(NULL, TRUE, NULL);
    CHECK(mutex != NULL);
    CHECK_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    CHECK_EQ(run(try_it, mutex), WAIT_TIMEOUT);
    CHECK(ReleaseMutex(mutex));
    CHECK_EQ(run(try_it, mutex), WAIT_TIMEOUT);
    CHECK_EQ(run(release_it, mutex), ERROR_NOT_OWNER);
    CHECK(ReleaseMutex(mutex));
    CHECK_EQ(run(try_it, mutex), WAIT_OBJECT_0);
    CHECK_ERROR(ReleaseMutex(mutex), ERROR_NOT_OWNER);
    CloseHandle(mutex);
}

TEST(abandoned)
{
    HANDLE mutex = CreateMutexW(NULL, FALSE, NULL);
    CHECK_EQ(run(take_and_die, mutex), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(mutex, 1000), WAIT_ABANDONED);
    /* Said once; and it is owned. */
    CHECK_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    CHECK(ReleaseMutex(mutex));
    CHECK(ReleaseMutex(mutex));
    CHECK_ERROR(ReleaseMutex(mutex), ERROR_NOT_OWNER);

    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE both[2] = {event, mutex};
    run(take_and_die, mutex);
    CHECK_EQ(WaitForMultipleObjects(2, both, FALSE, 0), WAIT_ABANDONED_0 + 1);
    ReleaseMutex(mutex);
    run(take_and_die, mutex);
    SetEvent(event);
    CHECK_EQ(WaitForMultipleObjects(2, both, TRUE, 0), WAIT_ABANDONED_0);
    ReleaseMutex(mutex);
    CloseHandle(event);
    CloseHandle(mutex);
}

TEST(names)
{
    HANDLE first = CreateMutexA(NULL, TRUE, "gastwirt-mutex");
    CHECK(first != NULL);
    HANDLE second = CreateMutexExW(NULL, L"gastwirt-mutex", CREATE_MUTEX_INITIAL_OWNER, MUTEX_ALL_ACCESS);
    CHECK(second != NULL);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    CHECK(ReleaseMutex(second)); /* owned once: the second creation did not take it */
    CHECK_ERROR(ReleaseMutex(first), ERROR_NOT_OWNER);
    HANDLE third = OpenMutexW(SYNCHRONIZE, FALSE, L"gastwirt-mutex");
    CHECK(third != NULL);
    CloseHandle(first);
    CloseHandle(second);
    CloseHandle(third);
    CHECK_ERROR(OpenMutexA(SYNCHRONIZE, FALSE, "gastwirt-mutex"), ERROR_FILE_NOT_FOUND);
}

static LONG counter;

static DWORD WINAPI count(void *mutex)
{
    for (int i = 0; i < 2000; i++) {
        WaitForSingleObject(mutex, INFINITE);
        counter++;
        ReleaseMutex(mutex);
    }
    return 0;
}

TEST(exclusion)
{
    HANDLE mutex = CreateMutexW(NULL, FALSE, NULL), threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = CreateThread(NULL, 0, count, mutex, 0, NULL);
    CHECK_EQ(WaitForMultipleObjects(4, threads, TRUE, 20000), WAIT_OBJECT_0);
    CHECK_EQ(counter, 8000);
    for (int i = 0; i < 4; i++)
        CloseHandle(threads[i]);
    CloseHandle(mutex);
}

/* ---- many at once ---- */

static struct {
    HANDLE mutex, always;
    volatile LONG inside, count, stop, timeouts, apcs;
} crowd;

static void CALLBACK crowd_apc(ULONG_PTR unused)
{
    (void)unused;
    InterlockedIncrement(&crowd.apcs);
}

/* Waits in every way there is; what is counted under the mutex is whole. */
static DWORD WINAPI crowd_thread(void *argument)
{
    unsigned seed = (unsigned)(ULONG_PTR)argument;
    LONG taken = 0;
    for (int i = 0; i < 20000 && !crowd.stop; i++) {
        HANDLE both[2] = {crowd.mutex, crowd.always};
        DWORD result;
        seed = seed * 1103515245 + 12345;
        switch (seed >> 20 & 7) {
        case 0: result = WaitForSingleObject(crowd.mutex, 0); break;
        case 1: result = WaitForSingleObject(crowd.mutex, 1); break;
        case 2: result = WaitForMultipleObjects(2, both, TRUE, INFINITE); break;
        case 3: result = WaitForSingleObjectEx(crowd.mutex, INFINITE, TRUE); break;
        default: result = WaitForSingleObject(crowd.mutex, INFINITE);
        }
        if (result == WAIT_TIMEOUT || result == WAIT_IO_COMPLETION) {
            InterlockedIncrement(&crowd.timeouts);
            continue;
        }
        if (result != WAIT_OBJECT_0 || InterlockedIncrement(&crowd.inside) != 1)
            return 1000000;
        crowd.count++;
        taken++;
        InterlockedDecrement(&crowd.inside);
        if (!ReleaseMutex(crowd.mutex))
            return 1000001;
    }
    return (DWORD)taken;
}

TEST(a_crowd)
{
    HANDLE threads[6];
    LONG sum = 0;
    crowd.mutex = CreateMutexA(NULL, FALSE, NULL);
    crowd.always = CreateEventA(NULL, TRUE, TRUE, NULL);
    for (int i = 0; i < 6; i++)
        threads[i] = CreateThread(NULL, 0, crowd_thread, (void *)(ULONG_PTR)(i + 1), 0, NULL);
    for (int i = 0; i < 300; i++)
        QueueUserAPC(crowd_apc, threads[i % 6], 0);
    CHECK(WaitForMultipleObjects(6, threads, TRUE, 60000) < WAIT_OBJECT_0 + 6);
    for (int i = 0; i < 6; i++) {
        DWORD code = 0;
        GetExitCodeThread(threads[i], &code);
        CHECK(code < 1000000);
        sum += (LONG)code;
        CloseHandle(threads[i]);
    }
    CHECK_EQ(sum, crowd.count);
    CHECK_EQ(WaitForSingleObject(crowd.mutex, 0), WAIT_OBJECT_0);
    CHECK(ReleaseMutex(crowd.mutex));
    CloseHandle(crowd.always);
    CloseHandle(crowd.mutex);
}

static DWORD WINAPI crowd_waiter(void *unused)
{
    (void)unused;
    while (!crowd.stop && WaitForSingleObject(crowd.mutex, INFINITE) != WAIT_FAILED) {
        crowd.count++;
        ReleaseMutex(crowd.mutex);
    }
    return 0;
}

/* Waiters are ended and suspended at any moment: the others go on. */
TEST(a_crowd_loses_some)
{
    HANDLE threads[4];
    DWORD result;
    crowd.stop = 0;
    crowd.mutex = CreateMutexA(NULL, FALSE, NULL);
    for (int i = 0; i < 4; i++)
        threads[i] = CreateThread(NULL, 0, crowd_waiter, NULL, 0, NULL);
    for (int i = 0; i < 40; i++) {
        int victim = i % 4;
        Sleep(2);
        if (i & 1) {
            TerminateThread(threads[victim], 0);
            CHECK_EQ(WaitForSingleObject(threads[victim], 10000), WAIT_OBJECT_0);
            CloseHandle(threads[victim]);
            threads[victim] = CreateThread(NULL, 0, crowd_waiter, NULL, 0, NULL);
        } else {
            SuspendThread(threads[victim]);
            ResumeThread(threads[victim]);
        }
        /* Who was ended while it owned the mutex has abandoned it. */
        result = WaitForSingleObject(crowd.mutex, 10000);
        CHECK(result == WAIT_OBJECT_0 || result == WAIT_ABANDONED);
        LONG before = crowd.count;
        CHECK(ReleaseMutex(crowd.mutex));
        for (int tries = 0; crowd.count == before && tries < 1000; tries++)
            Sleep(1);
        CHECK(crowd.count != before);
    }
    crowd.stop = 1;
    CHECK_EQ(WaitForMultipleObjects(4, threads, TRUE, 10000), WAIT_OBJECT_0);
    for (int i = 0; i < 4; i++)
        CloseHandle(threads[i]);
    CloseHandle(crowd.mutex);
}
