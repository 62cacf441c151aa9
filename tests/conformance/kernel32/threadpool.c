/* The thread pool: work, timers, waits, cleanup groups, timer queues, registered waits. */
#include "../harness.h"

static volatile LONG counter;
static HANDLE event;

static void CALLBACK work(PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_WORK item)
{
    (void)instance, (void)item;
    InterlockedAdd(&counter, (LONG)(LONG_PTR)context);
}

TEST(work)
{
    counter = 0;
    PTP_WORK item = CreateThreadpoolWork(work, (void *)2, NULL);
    CHECK(item != NULL);
    for (int i = 0; i < 5000; i++)
        SubmitThreadpoolWork(item);
    WaitForThreadpoolWorkCallbacks(item, FALSE);
    CHECK_EQ(counter, 10000);
    CloseThreadpoolWork(item);
}

static void CALLBACK simple(PTP_CALLBACK_INSTANCE instance, PVOID context)
{
    InterlockedIncrement(&counter);
    SetEventWhenCallbackReturns(instance, context);
}

TEST(simple_callback)
{
    counter = 0;
    event = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(TrySubmitThreadpoolCallback(simple, event, NULL));
    CHECK_EQ(WaitForSingleObject(event, 10000), (DWORD)WAIT_OBJECT_0);
    CHECK_EQ(counter, 1);
    CloseHandle(event);
}

static DWORD WINAPI queued(void *context)
{
    InterlockedIncrement(&counter);
    SetEvent(context);
    return 0;
}

TEST(queue_user_work_item)
{
    counter = 0;
    event = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(QueueUserWorkItem(queued, event, WT_EXECUTEDEFAULT));
    CHECK_EQ(WaitForSingleObject(event, 10000), (DWORD)WAIT_OBJECT_0);
    CHECK_EQ(counter, 1);
    CloseHandle(event);
}

/* Work that waits for other work gets more threads. */
static void CALLBACK blocked(PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_WORK item)
{
    (void)instance, (void)item;
    if (InterlockedIncrement(&counter) == 12)
        SetEvent(context);
    WaitForSingleObject(context, 20000);
}

TEST(blocked_workers)
{
    if (harness_is_wine())
        SKIP("Debian's wine starts no more threads than processors for work that waits");
    counter = 0;
    event = CreateEventA(NULL, TRUE, FALSE, NULL);
    PTP_WORK item = CreateThreadpoolWork(blocked, event, NULL);
    for (int i = 0; i < 12; i++)
        SubmitThreadpoolWork(item);
    CHECK_EQ(WaitForSingleObject(event, 15000), (DWORD)WAIT_OBJECT_0);
    SetEvent(event);
    WaitForThreadpoolWorkCallbacks(item, FALSE);
    CloseThreadpoolWork(item);
    CHECK_EQ(counter, 12);
    CloseHandle(event);
}

static void CALLBACK tick(PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_TIMER timer)
{
    (void)instance, (void)timer;
    if (InterlockedIncrement(&counter) == 3)
        SetEvent(context);
}

TEST(timer)
{
    LARGE_INTEGER due = {.QuadPart = -100000};
    counter = 0;
    event = CreateEventA(NULL, TRUE, FALSE, NULL);
    PTP_TIMER timer = CreateThreadpoolTimer(tick, event, NULL);
    CHECK(timer != NULL);
    CHECK(!IsThreadpoolTimerSet(timer));
    SetThreadpoolTimer(timer, (FILETIME *)&due, 10, 0);
    CHECK(IsThreadpoolTimerSet(timer));
    CHECK_EQ(WaitForSingleObject(event, 10000), (DWORD)WAIT_OBJECT_0);
    SetThreadpoolTimer(timer, NULL, 0, 0);
    WaitForThreadpoolTimerCallbacks(timer, TRUE);
    LONG before = counter;
    Sleep(40);
    CHECK_EQ(counter, before);
    CloseThreadpoolTimer(timer);
    CloseHandle(event);
}

static void CALLBACK waited(PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_WAIT wait,
                            TP_WAIT_RESULT result)
{
    (void)instance, (void)wait;
    counter = (LONG)result + 100;
    SetEvent(context);
}

static void CALLBACK hold(PTP_CALLBACK_INSTANCE instance, PVOID context)
{
    (void)instance;
    InterlockedIncrement(&counter);
    WaitForSingleObject(context, 30000);
}

static void CALLBACK tick_beside(PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_TIMER timer)
{
    (void)instance, (void)timer;
    SetEvent(context);
}

/* A timer that comes due while every worker is busy gets another one. */
TEST(timer_beside_busy_workers)
{
    HANDLE go = CreateEventA(NULL, TRUE, FALSE, NULL), ticked = CreateEventA(NULL, FALSE, FALSE, NULL);
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    if (harness_is_wine())
        SKIP("Debian's wine starts no more threads than processors for work that waits");
    for (LONG busy = 1; busy <= (LONG)system.dwNumberOfProcessors + 3; busy++) {
        LARGE_INTEGER due = {.QuadPart = -10000};
        TP_CALLBACK_ENVIRON environment;
        PTP_POOL pool = CreateThreadpool(NULL);
        InitializeThreadpoolEnvironment(&environment);
        SetThreadpoolCallbackPool(&environment, pool);
        counter = 0;
        ResetEvent(go);
        for (LONG i = 0; i < busy; i++)
            CHECK(TrySubmitThreadpoolCallback(hold, go, &environment));
        for (int i = 0; i < 1000 && counter < busy; i++)
            Sleep(10);
        CHECK_EQ(counter, busy);
        Sleep(50); /* nothing waits for a worker any more */
        PTP_TIMER timer = CreateThreadpoolTimer(tick_beside, ticked, &environment);
        SetThreadpoolTimer(timer, (FILETIME *)&due, 3, 0);
        CHECK_EQ(WaitForSingleObject(ticked, 10000), WAIT_OBJECT_0);
        CHECK_EQ(WaitForSingleObject(ticked, 10000), WAIT_OBJECT_0);
        SetEvent(go);
        SetThreadpoolTimer(timer, NULL, 0, 0);
        WaitForThreadpoolTimerCallbacks(timer, TRUE);
        CloseThreadpoolTimer(timer);
        CloseThreadpool(pool);
    }
    CloseHandle(go);
    CloseHandle(ticked);
}

TEST(wait)
{
    HANDLE object = CreateEventA(NULL, FALSE, FALSE, NULL);
    LARGE_INTEGER timeout = {.QuadPart = -200000};
    event = CreateEventA(NULL, FALSE, FALSE, NULL);
    PTP_WAIT wait = CreateThreadpoolWait(waited, event, NULL);
    CHECK(wait != NULL);
    SetThreadpoolWait(wait, object, NULL);
    CHECK_EQ(WaitForSingleObject(event, 30), (DWORD)WAIT_TIMEOUT);
    SetEvent(object);
    CHECK_EQ(WaitForSingleObject(event, 10000), (DWORD)WAIT_OBJECT_0);
    CHECK_EQ(counter, 100 + (LONG)WAIT_OBJECT_0);
    SetThreadpoolWait(wait, object, (FILETIME *)&timeout);
    CHECK_EQ(WaitForSingleObject(event, 10000), (DWORD)WAIT_OBJECT_0);
    CHECK_EQ(counter, 100 + (LONG)WAIT_TIMEOUT);
    WaitForThreadpoolWaitCallbacks(wait, TRUE);
    CloseThreadpoolWait(wait);
    CloseHandle(object);
    CloseHandle(event);
}

TEST(cleanup_group)
{
    TP_CALLBACK_ENVIRON environment;
    InitializeThreadpoolEnvironment(&environment);
    PTP_POOL pool = CreateThreadpool(NULL);
    PTP_CLEANUP_GROUP group = CreateThreadpoolCleanupGroup();
    CHECK(pool && group);
    SetThreadpoolThreadMaximum(pool, 2);
    CHECK(SetThreadpoolThreadMinimum(pool, 1));
    SetThreadpoolCallbackPool(&environment, pool);
    SetThreadpoolCallbackCleanupGroup(&environment, group, NULL);
    counter = 0;
    for (int k = 0; k < 4; k++) {
        PTP_WORK item = CreateThreadpoolWork(work, (void *)1, &environment);
        for (int i = 0; i < 10; i++)
            SubmitThreadpoolWork(item);
    }
    CloseThreadpoolCleanupGroupMembers(group, FALSE, NULL);
    CHECK_EQ(counter, 40);
    CloseThreadpoolCleanupGroup(group);
    CloseThreadpool(pool);
}

static void CALLBACK queue_timer(PVOID context, BOOLEAN timed_out)
{
    if (timed_out && InterlockedIncrement(&counter) == 3)
        SetEvent(context);
}

TEST(timer_queue)
{
    HANDLE queue = CreateTimerQueue(), timer;
    counter = 0;
    event = CreateEventA(NULL, TRUE, FALSE, NULL);
    CHECK(queue != NULL);
    CHECK(CreateTimerQueueTimer(&timer, queue, queue_timer, event, 10, 10, 0));
    CHECK_EQ(WaitForSingleObject(event, 10000), (DWORD)WAIT_OBJECT_0);
    CHECK(ChangeTimerQueueTimer(queue, timer, 100000, 0));
    CHECK(DeleteTimerQueueTimer(queue, timer, INVALID_HANDLE_VALUE));
    CHECK(DeleteTimerQueueEx(queue, INVALID_HANDLE_VALUE));
    CloseHandle(event);
}

static void CALLBACK registered(PVOID context, BOOLEAN timed_out)
{
    InterlockedAdd(&counter, timed_out ? 100 : 1);
    SetEvent(context);
}

TEST(registered_wait)
{
    HANDLE object = CreateEventA(NULL, FALSE, FALSE, NULL), wait;
    counter = 0;
    event = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(RegisterWaitForSingleObject(&wait, object, registered, event, INFINITE, WT_EXECUTEDEFAULT));
    SetEvent(object);
    CHECK_EQ(WaitForSingleObject(event, 10000), (DWORD)WAIT_OBJECT_0);
    SetEvent(object);
    CHECK_EQ(WaitForSingleObject(event, 10000), (DWORD)WAIT_OBJECT_0);
    CHECK_EQ(counter, 2);
    CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
    SetEvent(object);
    CHECK_EQ(WaitForSingleObject(event, 50), (DWORD)WAIT_TIMEOUT);
    ResetEvent(object);
    CHECK(RegisterWaitForSingleObject(&wait, object, registered, event, 10, WT_EXECUTEONLYONCE));
    CHECK_EQ(WaitForSingleObject(event, 10000), (DWORD)WAIT_OBJECT_0);
    CHECK_EQ(counter, 102);
    CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
    CloseHandle(object);
    CloseHandle(event);
}

/* A wait that was taken back takes no signal of another event that has got its handle's number. */
TEST(registered_waits_of_short_life)
{
    DWORD lost = 0;
    event = CreateEventA(NULL, FALSE, FALSE, NULL);
    for (int i = 0; i < 1000 && !lost; i++) {
        HANDLE object = CreateEventA(NULL, FALSE, FALSE, NULL), wait;
        CHECK(
            RegisterWaitForSingleObject(&wait, object, registered, event, INFINITE, WT_EXECUTEINWAITTHREAD));
        SetEvent(object);
        CHECK_EQ(WaitForSingleObject(event, 10000), (DWORD)WAIT_OBJECT_0);
        UnregisterWait(wait);
        CloseHandle(object);
        object = CreateEventA(NULL, FALSE, FALSE, NULL);
        Sleep(0);
        SetEvent(object);
        lost += WaitForSingleObject(object, 1000) != WAIT_OBJECT_0;
        CloseHandle(object);
    }
    CHECK_EQ(lost, 0);
    CloseHandle(event);
}

static void CALLBACK count_wait(void *counter, BOOLEAN timed_out)
{
    if (!timed_out)
        InterlockedIncrement(counter);
}

/* A wait that is set keeps its object. That is not promised, but libuv's consoles rely on it. */
TEST(handle_closed_after_registering)
{
    ORACLE_DIFFERS("wine waits for the handle");
    LONG count = 0;

    for (int i = 0; i < 50 && count == i; i++) {
        HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL), other, wait;
        const LONG before = count;
        CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &other, 0, FALSE,
                              DUPLICATE_SAME_ACCESS));
        CHECK(RegisterWaitForSingleObject(&wait, event, count_wait, &count, INFINITE, WT_EXECUTEONLYONCE));
        CHECK(CloseHandle(event));
        CHECK(SetEvent(other));
        for (int k = 0; k < 500 && *(volatile LONG *)&count == before; k++)
            Sleep(10);
        CHECK_EQ(count, before + 1);
        CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
        CHECK(CloseHandle(other));
    }
}
