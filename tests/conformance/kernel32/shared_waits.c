/*
 * Mutexes of several processes, and waits that mix objects of one process with shared ones.
 */
#include "children.h"

/* A name of this run. */
static const char *name(const char *stem)
{
    return name_of_run("gastwirt-test-", stem);
}

/* ---------------------------------------------------------------- mutexes */

CHILD(own_mutex)
{
    HANDLE mutex = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, argv[0]),
           ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[1]);
    if (!mutex || !ready || WaitForSingleObject(mutex, 5000) != WAIT_OBJECT_0)
        return 1;
    SetEvent(ready);
    if (!strcmp(argv[2], "exit"))
        return 5;
    if (!strcmp(argv[2], "release")) {
        Sleep(100);
        return ReleaseMutex(mutex) ? 6 : 2;
    }
    Sleep(20000);
    return 3;
}

static void mutex_case(const char *how, DWORD code, DWORD result)
{
    PROCESS_INFORMATION process;
    const char *mutex_name = name("mutex"), *ready_name = name("owned");
    HANDLE mutex = CreateMutexA(NULL, FALSE, mutex_name),
           ready = CreateEventA(NULL, FALSE, FALSE, ready_name);
    CHECK(start(&process, FALSE, 0, "own_mutex %s %s %s", mutex_name, ready_name, how));
    CHECK_EQ(WaitForSingleObject(ready, 10000), WAIT_OBJECT_0);
    if (code == 9) {
        CHECK_EQ(WaitForSingleObject(mutex, 0), WAIT_TIMEOUT);
        CHECK_ERROR(ReleaseMutex(mutex), ERROR_NOT_OWNER);
        TerminateProcess(process.hProcess, 9);
    }
    CHECK_EQ(WaitForSingleObject(mutex, 10000), result);
    CHECK(ReleaseMutex(mutex));
    CHECK_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    CHECK(ReleaseMutex(mutex));
    CHECK(ReleaseMutex(mutex));
    CHECK_ERROR(ReleaseMutex(mutex), ERROR_NOT_OWNER);
    CHECK_EQ(finish(&process), code);
    CloseHandle(mutex);
    CloseHandle(ready);
}

TEST(mutex_released)
{
    mutex_case("release", 6, WAIT_OBJECT_0);
}

TEST(mutex_abandoned_by_exit)
{
    mutex_case("exit", 5, WAIT_ABANDONED);
}

TEST(mutex_abandoned_by_kill)
{
    mutex_case("sleep", 9, WAIT_ABANDONED);
}

static DWORD WINAPI take_mutex(void *mutex)
{
    return WaitForSingleObject(mutex, 5000);
}

TEST(mutex_abandoned_by_thread)
{
    const char *mutex_name = name("thread mutex");
    HANDLE mutex = CreateMutexA(NULL, FALSE, mutex_name),
           other = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, mutex_name);
    HANDLE thread = CreateThread(NULL, 0, take_mutex, mutex, 0, NULL);
    WaitForSingleObject(thread, 5000);
    CHECK_EQ(WaitForSingleObject(other, 1000), WAIT_ABANDONED);
    CHECK(ReleaseMutex(mutex));
    CloseHandle(thread);
    CloseHandle(mutex);
    CloseHandle(other);
}

TEST(mutex_closed_while_owned)
{
    const char *mutex_name = name("closed mutex");
    HANDLE mutex = CreateMutexA(NULL, TRUE, mutex_name);
    CloseHandle(mutex);
    CHECK_ERROR(OpenMutexA(SYNCHRONIZE, FALSE, mutex_name), ERROR_FILE_NOT_FOUND);
    mutex = CreateMutexA(NULL, TRUE, mutex_name);
    CHECK_EQ(GetLastError(), ERROR_SUCCESS);
    CHECK(ReleaseMutex(mutex));
    CloseHandle(mutex);
}

/* ---------------------------------------------------------------- waiting */

CHILD(set_after)
{
    HANDLE event = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[0]);
    Sleep(atoi(argv[1]));
    if (argc > 2)
        PulseEvent(event);
    else
        SetEvent(event);
    return 0;
}

TEST(mixed_any)
{
    PROCESS_INFORMATION process;
    const char *event_name = name("mixed");
    HANDLE handles[4] = {CreateEventA(NULL, FALSE, FALSE, NULL), CreateEventA(NULL, FALSE, FALSE, event_name),
                         NULL, GetCurrentThread()};
    CHECK(start(&process, FALSE, 0, "set_after %s 100", event_name));
    DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &handles[3], 0, FALSE,
                    DUPLICATE_SAME_ACCESS);
    handles[2] = process.hProcess;
    CHECK_EQ(WaitForMultipleObjects(4, handles, FALSE, 10000), WAIT_OBJECT_0 + 1);
    CHECK_EQ(WaitForMultipleObjects(4, handles, FALSE, 10000), WAIT_OBJECT_0 + 2);
    SetEvent(handles[0]);
    SetEvent(handles[1]);
    CHECK_EQ(WaitForMultipleObjects(4, handles, FALSE, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForMultipleObjects(4, handles, FALSE, 0), WAIT_OBJECT_0 + 1);
    CHECK_EQ(WaitForMultipleObjects(2, handles, FALSE, 30), WAIT_TIMEOUT);
    finish(&process);
    CloseHandle(handles[0]);
    CloseHandle(handles[1]);
    CloseHandle(handles[3]);
}

TEST(mixed_all)
{
    PROCESS_INFORMATION process;
    const char *first = name("all 1"), *second = name("all2");
    HANDLE handles[3] = {CreateEventA(NULL, FALSE, TRUE, first), CreateEventA(NULL, FALSE, FALSE, second),
                         CreateSemaphoreA(NULL, 1, 1, NULL)};
    CHECK_EQ(WaitForMultipleObjects(3, handles, TRUE, 20), WAIT_TIMEOUT);
    /* Nothing was taken. */
    CHECK_EQ(WaitForSingleObject(handles[0], 0), WAIT_OBJECT_0);
    SetEvent(handles[0]);
    CHECK(start(&process, FALSE, 0, "set_after %s 50", second));
    CHECK_EQ(WaitForMultipleObjects(3, handles, TRUE, 10000), WAIT_OBJECT_0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(WaitForSingleObject(handles[i], 0), WAIT_TIMEOUT);
    finish(&process);
    for (int i = 0; i < 3; i++)
        CloseHandle(handles[i]);
}

TEST(pulse_releases_waiters)
{
    PROCESS_INFORMATION process;
    const char *event_name = name("pulse");
    for (int manual = 0; manual < 2; manual++) {
        HANDLE event = CreateEventA(NULL, manual, FALSE, event_name);
        CHECK(start(&process, FALSE, 0, "set_after %s 300 pulse", event_name));
        CHECK_EQ(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
        CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
        CHECK_EQ(finish(&process), 0);
        CloseHandle(event);
    }
}

static void CALLBACK count_apc(ULONG_PTR count)
{
    ++*(int *)count;
}

static DWORD WINAPI send_apc(void *thread)
{
    static int count;
    Sleep(50);
    QueueUserAPC(count_apc, thread, (ULONG_PTR)&count);
    return 0;
}

TEST(alertable)
{
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, name("alertable")), self;
    DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &self, 0, FALSE,
                    DUPLICATE_SAME_ACCESS);
    HANDLE thread = CreateThread(NULL, 0, send_apc, self, 0, NULL);
    CHECK_EQ(WaitForSingleObjectEx(event, 5000, TRUE), WAIT_IO_COMPLETION);
    WaitForSingleObject(thread, 5000);
    CloseHandle(thread);
    CloseHandle(self);
    CloseHandle(event);
}

static HANDLE pool_done;

static void CALLBACK pool_callback(void *context, BOOLEAN timed_out)
{
    (void)context, (void)timed_out;
    SetEvent(pool_done);
}

TEST(thread_pool_waits)
{
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, name("pool")), wait;
    pool_done = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(RegisterWaitForSingleObject(&wait, event, pool_callback, NULL, INFINITE, WT_EXECUTEONLYONCE));
    CHECK_EQ(WaitForSingleObject(pool_done, 30), WAIT_TIMEOUT);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(pool_done, 5000), WAIT_OBJECT_0);
    CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
    CloseHandle(event);
    CloseHandle(pool_done);
}

TEST(timers_by_name)
{
    LARGE_INTEGER due = {.QuadPart = -200000}; /* 20 ms */
    const char *timer_name = name("timer");
    HANDLE timer = CreateWaitableTimerA(NULL, FALSE, timer_name),
           other = OpenWaitableTimerA(TIMER_ALL_ACCESS, FALSE, timer_name);
    CHECK(timer && other);
    CHECK(SetWaitableTimer(timer, &due, 10, NULL, NULL, FALSE));
    CHECK_EQ(WaitForSingleObject(other, 5000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(other, 5000), WAIT_OBJECT_0);
    CHECK(CancelWaitableTimer(other));
    WaitForSingleObject(timer, 0);
    CHECK_EQ(WaitForSingleObject(timer, 50), WAIT_TIMEOUT);
    CloseHandle(timer);
    CloseHandle(other);
}
