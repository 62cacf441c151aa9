/* The thread pool's own functions: work, timers, waits, I/O, clean-up groups, what a callback leaves to the
 * pool. */
#include "../harness.h"
#include <nt/base.h>

typedef VOID(NTAPI *io_callback)(PTP_CALLBACK_INSTANCE, void *, void *, IO_STATUS_BLOCK *, PTP_IO);

LONG NTAPI TpAllocPool(PTP_POOL *, void *);
VOID NTAPI TpReleasePool(PTP_POOL);
VOID NTAPI TpSetPoolMaxThreads(PTP_POOL, LONG);
LONG NTAPI TpSetPoolMinThreads(PTP_POOL, LONG);
LONG NTAPI TpSetPoolStackInformation(PTP_POOL, TP_POOL_STACK_INFORMATION *);
LONG NTAPI TpQueryPoolStackInformation(PTP_POOL, TP_POOL_STACK_INFORMATION *);
LONG NTAPI TpAllocCleanupGroup(PTP_CLEANUP_GROUP *);
VOID NTAPI TpReleaseCleanupGroup(PTP_CLEANUP_GROUP);
VOID NTAPI TpReleaseCleanupGroupMembers(PTP_CLEANUP_GROUP, LONG, void *);
LONG NTAPI TpSimpleTryPost(PTP_SIMPLE_CALLBACK, void *, PTP_CALLBACK_ENVIRON);
LONG NTAPI TpAllocWork(PTP_WORK *, PTP_WORK_CALLBACK, void *, PTP_CALLBACK_ENVIRON);
VOID NTAPI TpPostWork(PTP_WORK);
VOID NTAPI TpWaitForWork(PTP_WORK, LONG);
VOID NTAPI TpReleaseWork(PTP_WORK);
LONG NTAPI TpAllocTimer(PTP_TIMER *, PTP_TIMER_CALLBACK, void *, PTP_CALLBACK_ENVIRON);
VOID NTAPI TpSetTimer(PTP_TIMER, LARGE_INTEGER *, LONG, LONG);
BOOL NTAPI TpIsTimerSet(PTP_TIMER);
VOID NTAPI TpWaitForTimer(PTP_TIMER, LONG);
VOID NTAPI TpReleaseTimer(PTP_TIMER);
LONG NTAPI TpAllocWait(PTP_WAIT *, PTP_WAIT_CALLBACK, void *, PTP_CALLBACK_ENVIRON);
VOID NTAPI TpSetWait(PTP_WAIT, HANDLE, LARGE_INTEGER *);
VOID NTAPI TpWaitForWait(PTP_WAIT, LONG);
VOID NTAPI TpReleaseWait(PTP_WAIT);
LONG NTAPI TpAllocIoCompletion(PTP_IO *, HANDLE, io_callback, void *, PTP_CALLBACK_ENVIRON);
VOID NTAPI TpStartAsyncIoOperation(PTP_IO);
VOID NTAPI TpCancelAsyncIoOperation(PTP_IO);
VOID NTAPI TpWaitForIoCompletion(PTP_IO, LONG);
VOID NTAPI TpReleaseIoCompletion(PTP_IO);
LONG NTAPI TpCallbackMayRunLong(PTP_CALLBACK_INSTANCE);
VOID NTAPI TpCallbackSetEventOnCompletion(PTP_CALLBACK_INSTANCE, HANDLE);
VOID NTAPI TpCallbackReleaseSemaphoreOnCompletion(PTP_CALLBACK_INSTANCE, HANDLE, DWORD);
VOID NTAPI TpCallbackReleaseMutexOnCompletion(PTP_CALLBACK_INSTANCE, HANDLE);
VOID NTAPI TpCallbackLeaveCriticalSectionOnCompletion(PTP_CALLBACK_INSTANCE, CRITICAL_SECTION *);
VOID NTAPI TpCallbackUnloadDllOnCompletion(PTP_CALLBACK_INSTANCE, HMODULE);
VOID NTAPI TpDisassociateCallback(PTP_CALLBACK_INSTANCE);

static volatile LONG count;
static HANDLE done;

static HANDLE fresh_event(void)
{
    count = 0;
    return done = CreateEventA(NULL, FALSE, FALSE, NULL);
}

static void CALLBACK simple(PTP_CALLBACK_INSTANCE instance, void *context)
{
    InterlockedIncrement(&count);
    TpCallbackSetEventOnCompletion(instance, context);
}

static void CALLBACK work_callback(PTP_CALLBACK_INSTANCE instance, void *context, PTP_WORK work)
{
    InterlockedIncrement(&count);
    if (context)
        Sleep(10);
}

static void CALLBACK timer_callback(PTP_CALLBACK_INSTANCE instance, void *context, PTP_TIMER timer)
{
    if (InterlockedIncrement(&count) == (LONG)(LONG_PTR)context)
        SetEvent(done);
}

static void CALLBACK wait_callback(PTP_CALLBACK_INSTANCE instance, void *context, PTP_WAIT wait,
                                   TP_WAIT_RESULT result)
{
    *(TP_WAIT_RESULT *)context = result;
    SetEvent(done);
}

TEST(simple_work)
{
    HANDLE event = fresh_event();
    PTP_WORK work = NULL;

    CHECK_STATUS(TpSimpleTryPost(simple, event, NULL), STATUS_SUCCESS);
    CHECK_EQ(WaitForSingleObject(event, 2000), WAIT_OBJECT_0);
    CHECK_EQ(count, 1);
    count = 0;
    CHECK_STATUS(TpAllocWork(&work, work_callback, NULL, NULL), STATUS_SUCCESS);
    for (int i = 0; i < 20; i++)
        TpPostWork(work);
    TpWaitForWork(work, FALSE);
    CHECK_EQ(count, 20);
    TpReleaseWork(work);
    CloseHandle(event);
}

TEST(pools)
{
    ORACLE_DIFFERS("TpSetPoolMinThreads returns a BOOL there");
    PTP_POOL pool = NULL;
    PTP_WORK work = NULL;
    TP_CALLBACK_ENVIRON environment;
    TP_POOL_STACK_INFORMATION stack = {0x100000, 0x2000}, got = {0, 0};

    count = 0;
    CHECK_STATUS(TpAllocPool(&pool, NULL), STATUS_SUCCESS);
    TpSetPoolMaxThreads(pool, 2);
    CHECK_STATUS(TpSetPoolMinThreads(pool, 1), STATUS_SUCCESS);
    CHECK_STATUS(TpSetPoolStackInformation(pool, &stack), STATUS_SUCCESS);
    CHECK_STATUS(TpQueryPoolStackInformation(pool, &got), STATUS_SUCCESS);
    CHECK_EQ(got.StackReserve, 0x100000);
    CHECK_EQ(got.StackCommit, 0x2000);
    InitializeThreadpoolEnvironment(&environment);
    SetThreadpoolCallbackPool(&environment, pool);
    CHECK_STATUS(TpAllocWork(&work, work_callback, (void *)1, &environment), STATUS_SUCCESS);
    for (int i = 0; i < 6; i++)
        TpPostWork(work);
    TpWaitForWork(work, FALSE);
    CHECK_EQ(count, 6);
    for (int i = 0; i < 50; i++)
        TpPostWork(work);
    TpWaitForWork(work, TRUE); /* what has not begun is given up */
    CHECK(count < 56);
    TpReleaseWork(work);
    TpReleasePool(pool);
}

TEST(timers)
{
    HANDLE event = fresh_event();
    PTP_TIMER timer = NULL;
    LARGE_INTEGER due = {.QuadPart = -50000};
    BOOL(NTAPI * set_ex)
    (PTP_TIMER, LARGE_INTEGER *, LONG, LONG) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"),
                                                                      "TpSetTimerEx");

    CHECK_STATUS(TpAllocTimer(&timer, timer_callback, (void *)3, NULL), STATUS_SUCCESS);
    CHECK(!TpIsTimerSet(timer));
    TpSetTimer(timer, &due, 5, 0);
    CHECK(TpIsTimerSet(timer));
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    TpSetTimer(timer, NULL, 0, 0);
    TpWaitForTimer(timer, TRUE);
    CHECK(count >= 3);
    CHECK(!TpIsTimerSet(timer));
    LONG before = count;
    Sleep(30);
    CHECK_EQ(count, before);
    if (set_ex) {
        due.QuadPart = -1000000000;
        CHECK(!set_ex(timer, &due, 0, 0));
        CHECK(set_ex(timer, NULL, 0, 0));
    }
    TpReleaseTimer(timer);
    CloseHandle(event);
}

TEST(waits)
{
    HANDLE event = fresh_event(), awaited = CreateEventA(NULL, FALSE, FALSE, NULL);
    PTP_WAIT wait = NULL;
    TP_WAIT_RESULT result = 77;
    LARGE_INTEGER soon = {.QuadPart = -50000};
    BOOL(NTAPI * set_ex)
    (PTP_WAIT, HANDLE, LARGE_INTEGER *, void *) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"),
                                                                         "TpSetWaitEx");

    CHECK_STATUS(TpAllocWait(&wait, wait_callback, &result, NULL), STATUS_SUCCESS);
    TpSetWait(wait, awaited, NULL);
    CHECK_EQ(WaitForSingleObject(event, 20), WAIT_TIMEOUT);
    SetEvent(awaited);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(result, WAIT_OBJECT_0);
    TpSetWait(wait, awaited, &soon);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(result, WAIT_TIMEOUT);
    if (set_ex) {
        CHECK(!set_ex(wait, awaited, NULL, NULL));
        CHECK(set_ex(wait, NULL, NULL, NULL));
    }
    TpSetWait(wait, NULL, NULL);
    TpWaitForWait(wait, TRUE);
    TpReleaseWait(wait);
    CloseHandle(awaited);
    CloseHandle(event);
}

static IO_STATUS_BLOCK seen;

static VOID NTAPI on_io(PTP_CALLBACK_INSTANCE instance, void *context, void *apc, IO_STATUS_BLOCK *status,
                        PTP_IO io)
{
    seen = *status;
    SetEvent(done);
}

TEST(io)
{
    HANDLE event = fresh_event(), file;
    PTP_IO io = NULL;
    OVERLAPPED overlapped = {0};
    char buffer[4];

    file = CreateFileA("tp io", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                       FILE_FLAG_OVERLAPPED | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    CHECK_STATUS(TpAllocIoCompletion(&io, file, on_io, NULL, NULL), STATUS_SUCCESS);
    TpStartAsyncIoOperation(io);
    CHECK(WriteFile(file, "abcd", 4, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(seen.Status, STATUS_SUCCESS);
    CHECK_EQ(seen.Information, 4);
    TpStartAsyncIoOperation(io);
    if (!ReadFile(NULL, buffer, 4, NULL, &overlapped))
        TpCancelAsyncIoOperation(io); /* it never began */
    TpWaitForIoCompletion(io, FALSE);
    TpReleaseIoCompletion(io);
    CloseHandle(file);
    CHECK(TpAllocIoCompletion(&io, (HANDLE)0x7ff0, on_io, NULL, NULL) < 0);
    CloseHandle(event);
}

static volatile LONG cleaned;

static void CALLBACK cleanup(void *object, void *parameter)
{
    if (object && parameter == (void *)0x99)
        InterlockedIncrement(&cleaned);
}

TEST(cleanup_groups)
{
    PTP_CLEANUP_GROUP group = NULL;
    TP_CALLBACK_ENVIRON environment;
    PTP_WORK work = NULL;
    PTP_TIMER timer = NULL;

    count = cleaned = 0;
    CHECK_STATUS(TpAllocCleanupGroup(&group), STATUS_SUCCESS);
    InitializeThreadpoolEnvironment(&environment);
    SetThreadpoolCallbackCleanupGroup(&environment, group, cleanup);
    CHECK_STATUS(TpAllocWork(&work, work_callback, (void *)1, &environment), STATUS_SUCCESS);
    CHECK_STATUS(TpAllocTimer(&timer, timer_callback, (void *)2, &environment), STATUS_SUCCESS);
    TpPostWork(work);
    TpReleaseCleanupGroupMembers(group, FALSE, (void *)0x99);
    CHECK_EQ(count, 1); /* what was posted has run */
    CHECK_EQ(cleaned, 0);
    CHECK_STATUS(TpAllocWork(&work, work_callback, (void *)1, &environment), STATUS_SUCCESS);
    CHECK_STATUS(TpAllocTimer(&timer, timer_callback, (void *)2, &environment), STATUS_SUCCESS);
    TpReleaseCleanupGroupMembers(group, TRUE, (void *)0x99);
    CHECK_EQ(cleaned, 2); /* what was given up is handed over */
    TpReleaseCleanupGroup(group);
}

static struct {
    HANDLE semaphore, mutex, ended;
    CRITICAL_SECTION section;
    HMODULE library;
    LONG long_status;
} left;

static void CALLBACK leaver(PTP_CALLBACK_INSTANCE instance, void *context)
{
    left.long_status = TpCallbackMayRunLong(instance);
    WaitForSingleObject(left.mutex, INFINITE);
    EnterCriticalSection(&left.section);
    TpCallbackReleaseSemaphoreOnCompletion(instance, left.semaphore, 2);
    TpCallbackReleaseMutexOnCompletion(instance, left.mutex);
    TpCallbackLeaveCriticalSectionOnCompletion(instance, &left.section);
    TpCallbackUnloadDllOnCompletion(instance, left.library);
    TpCallbackSetEventOnCompletion(instance, left.ended);
}

TEST(left_to_the_pool)
{
    left.semaphore = CreateSemaphoreA(NULL, 0, 5, NULL);
    left.mutex = CreateMutexA(NULL, FALSE, NULL);
    left.ended = CreateEventA(NULL, FALSE, FALSE, NULL);
    left.library = LoadLibraryA("version.dll");
    InitializeCriticalSection(&left.section);
    CHECK_STATUS(TpSimpleTryPost(leaver, NULL, NULL), STATUS_SUCCESS);
    CHECK_EQ(WaitForSingleObject(left.ended, 5000), WAIT_OBJECT_0);
    CHECK(left.long_status == STATUS_SUCCESS || left.long_status == (LONG)STATUS_TOO_MANY_THREADS);
    CHECK_EQ(WaitForSingleObject(left.semaphore, 2000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(left.semaphore, 2000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(left.semaphore, 0), WAIT_TIMEOUT);
    CHECK_EQ(WaitForSingleObject(left.mutex, 2000), WAIT_OBJECT_0); /* released, not abandoned */
    EnterCriticalSection(&left.section);
    LeaveCriticalSection(&left.section);
}

static void CALLBACK disassociated(PTP_CALLBACK_INSTANCE instance, void *context, PTP_WORK work)
{
    TpDisassociateCallback(instance);
    TpWaitForWork(work, FALSE); /* would wait for itself else */
    SetEvent(context);
}

TEST(disassociating)
{
    HANDLE event = fresh_event();
    PTP_WORK work = NULL;

    CHECK_STATUS(TpAllocWork(&work, disassociated, event, NULL), STATUS_SUCCESS);
    TpPostWork(work);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    TpReleaseWork(work);
    CloseHandle(event);
}
