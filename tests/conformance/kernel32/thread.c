/*
 * Threads: life, suspension, contexts, information.
 */
#include "harness.h"

static DWORD WINAPI give(void *argument)
{
    return (DWORD)(ULONG_PTR)argument;
}

static DWORD WINAPI give_id(void *argument)
{
    (void)argument;
    return GetCurrentThreadId();
}

TEST(create)
{
    DWORD id = 0, code;
    HANDLE thread = CreateThread(NULL, 0, give_id, NULL, 0, &id);
    CHECK(thread != NULL);
    CHECK(id != 0 && id % 4 == 0 && id != GetCurrentThreadId());
    CHECK_EQ(WaitForSingleObject(thread, 2000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, id);
    CHECK_EQ(GetThreadId(thread), id);
    CHECK_EQ(GetProcessIdOfThread(thread), GetCurrentProcessId());
    CloseHandle(thread);
    CHECK_ERROR(GetExitCodeThread(thread, &code), ERROR_INVALID_HANDLE);
}

static DWORD WINAPI leave(void *argument)
{
    ExitThread((DWORD)(ULONG_PTR)argument);
    return 0;
}

TEST(exit_thread)
{
    DWORD code;
    HANDLE thread = CreateThread(NULL, 0x10000, leave, (void *)0xabcd1234, STACK_SIZE_PARAM_IS_A_RESERVATION,
                                 NULL);
    CHECK_EQ(WaitForSingleObject(thread, 2000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 0xabcd1234);
    CloseHandle(thread);
}

static volatile LONG ticks;

static DWORD WINAPI spin(void *argument)
{
    (void)argument;
    for (;;)
        InterlockedIncrement(&ticks);
    return 0;
}

TEST(suspend)
{
    HANDLE thread = CreateThread(NULL, 0, spin, NULL, CREATE_SUSPENDED, NULL);
    DWORD code;
    Sleep(30);
    CHECK_EQ(ticks, 0);
    CHECK_EQ(SuspendThread(thread), 1);
    CHECK_EQ(ResumeThread(thread), 2);
    CHECK_EQ(ResumeThread(thread), 1);
    CHECK_EQ(ResumeThread(thread), 0);
    while (!ticks)
        Sleep(1);
    CHECK_EQ(SuspendThread(thread), 0);
    CONTEXT context;
    context.ContextFlags = CONTEXT_CONTROL;
    CHECK(GetThreadContext(thread, &context)); /* now it has stopped */
    LONG now = ticks;
    Sleep(30);
    CHECK_EQ(ticks, now);
    CHECK_EQ(ResumeThread(thread), 1);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, STILL_ACTIVE);
    CHECK(TerminateThread(thread, 77));
    CHECK_EQ(WaitForSingleObject(thread, 2000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 77);
    SetLastError(0);
    CHECK_EQ(SuspendThread(thread), (DWORD)-1);
    CHECK_EQ(GetLastError(), ERROR_ACCESS_DENIED);
    CloseHandle(thread);
    SetLastError(0);
    CHECK_EQ(ResumeThread(thread), (DWORD)-1);
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
}

static DWORD WINAPI wait_event(void *event)
{
    return WaitForSingleObject(event, 5000);
}

/* A thread that waits can be suspended; it goes on waiting when resumed. */
TEST(suspend_waiting)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, wait_event, event, 0, NULL);
    Sleep(30);
    CHECK_EQ(SuspendThread(thread), 0);
    Sleep(20);
    CHECK_EQ(ResumeThread(thread), 1);
    CHECK_EQ(WaitForSingleObject(thread, 50), WAIT_TIMEOUT);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(thread, 2000), WAIT_OBJECT_0);
    CloseHandle(thread);
    thread = CreateThread(NULL, 0, wait_event, event, 0, NULL);
    Sleep(30);
    CHECK(TerminateThread(thread, 5)); /* and ended */
    CHECK_EQ(WaitForSingleObject(thread, 2000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CloseHandle(event);
}

static void __attribute__((noreturn)) elsewhere(void)
{
    ExitThread(4711);
}

/* A new context takes effect at once in a running thread, and after the wait in one that waits. */
TEST(set_context)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (int i = 0; i < 2; i++) {
        HANDLE thread = CreateThread(NULL, 0, i ? wait_event : spin, event, 0, NULL);
        CONTEXT context;
        DWORD code;
        Sleep(30);
        CHECK_EQ(SuspendThread(thread), 0);
        context.ContextFlags = CONTEXT_FULL;
        CHECK(GetThreadContext(thread, &context));
#ifdef _WIN64
        context.Rip = (DWORD64)elsewhere;
        context.Rsp = (context.Rsp & ~15ull) - 8;
#else
        context.Eip = (DWORD)elsewhere;
#endif
        CHECK(SetThreadContext(thread, &context));
        CHECK_EQ(ResumeThread(thread), 1);
        if (i) {
            CHECK_EQ(WaitForSingleObject(thread, 50), WAIT_TIMEOUT);
            SetEvent(event);
        }
        CHECK_EQ(WaitForSingleObject(thread, 2000), WAIT_OBJECT_0);
        CHECK(GetExitCodeThread(thread, &code));
        CHECK_EQ(code, 4711);
        CloseHandle(thread);
    }
    CloseHandle(event);
}

TEST(priority)
{
    HANDLE thread = GetCurrentThread();
    BOOL disabled;
    CHECK_EQ(GetThreadPriority(thread), THREAD_PRIORITY_NORMAL);
    CHECK(SetThreadPriority(thread, THREAD_PRIORITY_BELOW_NORMAL));
    CHECK_EQ(GetThreadPriority(thread), THREAD_PRIORITY_BELOW_NORMAL);
    CHECK(SetThreadPriority(thread, THREAD_PRIORITY_TIME_CRITICAL));
    CHECK_EQ(GetThreadPriority(thread), THREAD_PRIORITY_TIME_CRITICAL);
    CHECK(SetThreadPriority(thread, THREAD_PRIORITY_IDLE));
    CHECK_EQ(GetThreadPriority(thread), THREAD_PRIORITY_IDLE);
    CHECK(SetThreadPriority(thread, THREAD_PRIORITY_NORMAL));
    CHECK_ERROR(SetThreadPriority(thread, 9), ERROR_INVALID_PARAMETER);
    CHECK(SetThreadPriorityBoost(thread, TRUE));
    CHECK(GetThreadPriorityBoost(thread, &disabled));
    CHECK(disabled || harness_is_wine());
    CHECK(SetThreadPriorityBoost(thread, FALSE));
}

TEST(affinity)
{
    DWORD_PTR process, system;
    CHECK(GetProcessAffinityMask(GetCurrentProcess(), &process, &system));
    CHECK(process && !(process & ~system));
    DWORD_PTR previous = SetThreadAffinityMask(GetCurrentThread(), 1);
    CHECK_EQ(previous, process);
    CHECK_EQ(SetThreadAffinityMask(GetCurrentThread(), process), 1);
    CHECK_ERROR(SetThreadAffinityMask(GetCurrentThread(), 0), ERROR_INVALID_PARAMETER);
    CHECK(GetCurrentProcessorNumber() < 1024);
}

TEST(times)
{
    FILETIME created, exited, kernel, user;
    HANDLE thread = CreateThread(NULL, 0, give, NULL, 0, NULL);
    WaitForSingleObject(thread, 2000);
    CHECK(GetThreadTimes(thread, &created, &exited, &kernel, &user));
    CHECK(CompareFileTime(&created, &exited) <= 0);
    CHECK(created.dwHighDateTime != 0);
    CloseHandle(thread);
    CHECK(GetThreadTimes(GetCurrentThread(), &created, &exited, &kernel, &user));
}

TEST(open)
{
    HANDLE thread = OpenThread(THREAD_QUERY_LIMITED_INFORMATION, FALSE, GetCurrentThreadId());
    CHECK(thread != NULL);
    CHECK_EQ(GetThreadId(thread), GetCurrentThreadId());
    CHECK_ERROR(TerminateThread(thread, 0), ERROR_ACCESS_DENIED);
    CloseHandle(thread);
    CHECK_ERROR(OpenThread(THREAD_ALL_ACCESS, FALSE, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(OpenThread(THREAD_ALL_ACCESS, FALSE, 0x7ffffff0), ERROR_INVALID_PARAMETER);
}

TEST(stack_limits)
{
    ULONG_PTR low, high;
    int local;
    GetCurrentThreadStackLimits(&low, &high);
    CHECK(low < (ULONG_PTR)&local && (ULONG_PTR)&local < high);
}

static __thread int local_value = 5;

static DWORD WINAPI use_local(void *argument)
{
    (void)argument;
    local_value += 2;
    return (DWORD)local_value;
}

TEST(many)
{
    HANDLE threads[32];
    DWORD code;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 32; i++)
            threads[i] = CreateThread(NULL, 0, use_local, NULL, 0, NULL);
        CHECK_EQ(WaitForMultipleObjects(32, threads, TRUE, 10000), WAIT_OBJECT_0);
        for (int i = 0; i < 32; i++) {
            CHECK(GetExitCodeThread(threads[i], &code) && code == 7);
            CloseHandle(threads[i]);
        }
    }
}
