/* Rtl's older thread pool: work items, timer queues, registered waits, completion callbacks. */
#include "../harness.h"

typedef VOID(NTAPI *callback_type)(void *, BOOLEAN);

LONG NTAPI RtlQueueWorkItem(LPTHREAD_START_ROUTINE, void *, ULONG);
LONG NTAPI RtlCreateTimerQueue(HANDLE *);
LONG NTAPI RtlCreateTimer(HANDLE, HANDLE *, callback_type, void *, DWORD, DWORD, ULONG);
LONG NTAPI RtlUpdateTimer(HANDLE, HANDLE, DWORD, DWORD);
LONG NTAPI RtlDeleteTimer(HANDLE, HANDLE, HANDLE);
LONG NTAPI RtlDeleteTimerQueueEx(HANDLE, HANDLE);
LONG NTAPI RtlDeleteTimerQueue(HANDLE);
LONG NTAPI RtlRegisterWait(HANDLE *, HANDLE, callback_type, void *, ULONG, ULONG);
LONG NTAPI RtlDeregisterWait(HANDLE);
LONG NTAPI RtlDeregisterWaitEx(HANDLE, HANDLE);
LONG NTAPI RtlSetIoCompletionCallback(HANDLE, LPOVERLAPPED_COMPLETION_ROUTINE, ULONG);

static HANDLE done;
static volatile LONG count;
static BOOLEAN timed_out;

static VOID NTAPI fire(void *context, BOOLEAN late)
{
    timed_out = late;
    if (InterlockedIncrement(&count) == (LONG)(LONG_PTR)context)
        SetEvent(done);
}

static DWORD WINAPI work(void *context)
{
    fire(context, FALSE);
    return 0;
}

static void begin(void)
{
    count = 0;
    done = CreateEventA(NULL, FALSE, FALSE, NULL);
}

TEST(work_items)
{
    begin();
    CHECK_STATUS(RtlQueueWorkItem(work, (void *)2, WT_EXECUTEDEFAULT), STATUS_SUCCESS);
    CHECK_STATUS(RtlQueueWorkItem(work, (void *)2, WT_EXECUTELONGFUNCTION), STATUS_SUCCESS);
    CHECK_EQ(WaitForSingleObject(done, 5000), WAIT_OBJECT_0);
    CHECK_EQ(count, 2);
}

TEST(timers)
{
    HANDLE queue = NULL, timer = NULL;

    begin();
    CHECK_STATUS(RtlCreateTimerQueue(&queue), STATUS_SUCCESS);
    CHECK_STATUS(RtlCreateTimer(queue, &timer, fire, (void *)3, 5, 5, 0), STATUS_SUCCESS);
    CHECK_EQ(WaitForSingleObject(done, 5000), WAIT_OBJECT_0);
    CHECK_EQ(timed_out, TRUE);
    CHECK_STATUS(RtlUpdateTimer(queue, timer, 100000, 0), STATUS_SUCCESS);
    CHECK_STATUS(RtlDeleteTimer(queue, timer, INVALID_HANDLE_VALUE), STATUS_SUCCESS);
    LONG before = count;
    Sleep(20);
    CHECK_EQ(count, before);
    if (!harness_is_wine()) /* which dereferences it */
        CHECK_STATUS(RtlDeleteTimer(queue, NULL, NULL), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(RtlDeleteTimerQueueEx(queue, INVALID_HANDLE_VALUE), STATUS_SUCCESS);
}

TEST(queue_without_waiting)
{
    ORACLE_CRASHES("RtlDeleteTimerQueue is missing");
    HANDLE queue = NULL, timer = NULL;

    begin();
    CHECK_STATUS(RtlCreateTimerQueue(&queue), STATUS_SUCCESS);
    CHECK_STATUS(RtlCreateTimer(queue, &timer, fire, NULL, 100000, 0, 0), STATUS_SUCCESS);
    LONG status = RtlDeleteTimerQueue(queue);
    CHECK(status == STATUS_SUCCESS || status == STATUS_PENDING);
}

TEST(waits)
{
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL), wait = NULL;

    begin();
    CHECK_STATUS(RtlRegisterWait(&wait, event, fire, (void *)1, INFINITE, WT_EXECUTEONLYONCE),
                 STATUS_SUCCESS);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(done, 5000), WAIT_OBJECT_0);
    CHECK_EQ(timed_out, FALSE);
    CHECK_STATUS(RtlDeregisterWaitEx(wait, INVALID_HANDLE_VALUE), STATUS_SUCCESS);
    begin();
    CHECK_STATUS(RtlRegisterWait(&wait, event, fire, (void *)1, 5, WT_EXECUTEONLYONCE), STATUS_SUCCESS);
    CHECK_EQ(WaitForSingleObject(done, 5000), WAIT_OBJECT_0);
    CHECK_EQ(timed_out, TRUE);
    LONG status = RtlDeregisterWait(wait);
    CHECK(status == STATUS_SUCCESS || status == STATUS_PENDING);
    CHECK_STATUS(RtlDeregisterWait(NULL), STATUS_INVALID_HANDLE);
}

static DWORD io_bytes;

static void CALLBACK on_io(DWORD error, DWORD bytes, OVERLAPPED *overlapped)
{
    io_bytes = bytes;
    SetEvent(done);
}

TEST(completions)
{
    OVERLAPPED overlapped = {0};
    HANDLE file = CreateFileA("rtl io", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                              FILE_FLAG_OVERLAPPED | FILE_FLAG_DELETE_ON_CLOSE, NULL);

    begin();
    CHECK_STATUS(RtlSetIoCompletionCallback(file, on_io, 0), STATUS_SUCCESS);
    CHECK(WriteFile(file, "abc", 3, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    CHECK_EQ(WaitForSingleObject(done, 5000), WAIT_OBJECT_0);
    CHECK_EQ(io_bytes, 3);
    CHECK(RtlSetIoCompletionCallback((HANDLE)0x7ff0, on_io, 0) < 0);
    CloseHandle(file);
}
