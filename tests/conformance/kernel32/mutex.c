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
