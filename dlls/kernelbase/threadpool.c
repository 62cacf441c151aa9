/*
 * The Win32 thread pool, registered waits and timer queues on ntdll's.
 */
#include "kernelbase.h"

#define DEFINE_CREATE(name, type, callback_type, alloc)                                                      \
    type WINAPI name(callback_type callback, PVOID context, PTP_CALLBACK_ENVIRON environment)                \
    {                                                                                                        \
        type object;                                                                                         \
        return set_status(alloc(&object, callback, context, environment)) ? object : NULL;                   \
    }
DEFINE_CREATE(CreateThreadpoolWork, PTP_WORK, PTP_WORK_CALLBACK, TpAllocWork)
DEFINE_CREATE(CreateThreadpoolTimer, PTP_TIMER, PTP_TIMER_CALLBACK, TpAllocTimer)
DEFINE_CREATE(CreateThreadpoolWait, PTP_WAIT, PTP_WAIT_CALLBACK, TpAllocWait)

BOOL WINAPI TrySubmitThreadpoolCallback(PTP_SIMPLE_CALLBACK callback, PVOID context,
                                        PTP_CALLBACK_ENVIRON environment)
{
    return set_status(TpSimpleTryPost(callback, context, environment));
}

PTP_POOL WINAPI CreateThreadpool(PVOID reserved)
{
    PTP_POOL pool;

    return set_status(TpAllocPool(&pool, reserved)) ? pool : NULL;
}

BOOL WINAPI SetThreadpoolThreadMinimum(PTP_POOL pool, DWORD minimum)
{
    return set_status(TpSetPoolMinThreads(pool, (LONG)minimum));
}

PTP_CLEANUP_GROUP WINAPI CreateThreadpoolCleanupGroup(void)
{
    PTP_CLEANUP_GROUP group;

    return set_status(TpAllocCleanupGroup(&group)) ? group : NULL;
}

void WINAPI SetThreadpoolTimer(PTP_TIMER timer, PFILETIME due, DWORD period, DWORD window)
{
    TpSetTimer(timer, (LARGE_INTEGER *)due, (LONG)period, (LONG)window);
}

BOOL WINAPI SetThreadpoolTimerEx(PTP_TIMER timer, PFILETIME due, DWORD period, DWORD window)
{
    return TpSetTimerEx(timer, (LARGE_INTEGER *)due, (LONG)period, (LONG)window);
}

void WINAPI SetThreadpoolWait(PTP_WAIT wait, HANDLE handle, PFILETIME timeout)
{
    TpSetWait(wait, handle, (LARGE_INTEGER *)timeout);
}

BOOL WINAPI SetThreadpoolWaitEx(PTP_WAIT wait, HANDLE handle, PFILETIME timeout, PVOID reserved)
{
    return TpSetWaitEx(wait, handle, (LARGE_INTEGER *)timeout, reserved);
}

BOOL WINAPI CallbackMayRunLong(PTP_CALLBACK_INSTANCE instance)
{
    return NT_SUCCESS(TpCallbackMayRunLong(instance));
}

/* Win32's I/O callback takes an error and a count in place of the status block. */
struct io_context {
    PTP_WIN32_IO_CALLBACK callback;
    PVOID context;
};

static void NTAPI io_completed(PTP_CALLBACK_INSTANCE instance, PVOID context, PVOID overlapped,
                               IO_STATUS_BLOCK *iosb, PTP_IO io)
{
    const struct io_context *io_context = context;

    io_context->callback(instance, io_context->context, overlapped, RtlNtStatusToDosErrorNoTeb(iosb->Status),
                         iosb->Information, io);
}

PTP_IO WINAPI CreateThreadpoolIo(HANDLE file, PTP_WIN32_IO_CALLBACK callback, PVOID context,
                                 PTP_CALLBACK_ENVIRON environment)
{
    struct io_context *io_context = RtlAllocateHeap(process_heap(), 0, sizeof *io_context);
    PTP_IO io;

    if (!io_context) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    *io_context = (struct io_context){callback, context};
    if (set_status(TpAllocIoCompletion(&io, file, io_completed, io_context, environment)))
        return io;
    RtlFreeHeap(process_heap(), 0, io_context);
    return NULL;
}

/* ---- the older interfaces ---- */

BOOL WINAPI QueueUserWorkItem(LPTHREAD_START_ROUTINE function, PVOID context, ULONG flags)
{
    return set_status(RtlQueueWorkItem(function, context, flags));
}

BOOL WINAPI BindIoCompletionCallback(HANDLE file, LPOVERLAPPED_COMPLETION_ROUTINE callback, ULONG flags)
{
    return set_status(RtlSetIoCompletionCallback(file, (PRTL_OVERLAPPED_COMPLETION_ROUTINE)callback, flags));
}

BOOL WINAPI RegisterWaitForSingleObject(PHANDLE wait, HANDLE object, WAITORTIMERCALLBACK callback,
                                        PVOID context, ULONG milliseconds, ULONG flags)
{
    return set_status(RtlRegisterWait(wait, object, callback, context, milliseconds, flags));
}

HANDLE WINAPI RegisterWaitForSingleObjectEx(HANDLE object, WAITORTIMERCALLBACK callback, PVOID context,
                                            ULONG milliseconds, ULONG flags)
{
    HANDLE wait;

    return RegisterWaitForSingleObject(&wait, object, callback, context, milliseconds, flags) ? wait : NULL;
}

/* STATUS_PENDING is a failure here: a callback still runs. */
static BOOL pending_result(NTSTATUS status)
{
    if (status == STATUS_PENDING) {
        SetLastError(ERROR_IO_PENDING);
        return FALSE;
    }
    return set_status(status);
}

BOOL WINAPI UnregisterWaitEx(HANDLE wait, HANDLE event)
{
    return pending_result(RtlDeregisterWaitEx(wait, event));
}
BOOL WINAPI UnregisterWait(HANDLE wait)
{
    return pending_result(RtlDeregisterWaitEx(wait, NULL));
}

HANDLE WINAPI CreateTimerQueue(void)
{
    HANDLE queue;

    return set_status(RtlCreateTimerQueue(&queue)) ? queue : NULL;
}

BOOL WINAPI DeleteTimerQueueEx(HANDLE queue, HANDLE event)
{
    return pending_result(RtlDeleteTimerQueueEx(queue, event));
}
BOOL WINAPI DeleteTimerQueue(HANDLE queue)
{
    return pending_result(RtlDeleteTimerQueueEx(queue, NULL));
}

BOOL WINAPI CreateTimerQueueTimer(PHANDLE timer, HANDLE queue, WAITORTIMERCALLBACK callback, PVOID context,
                                  DWORD due, DWORD period, ULONG flags)
{
    return set_status(RtlCreateTimer(queue, timer, callback, context, due, period, flags));
}

BOOL WINAPI ChangeTimerQueueTimer(HANDLE queue, HANDLE timer, ULONG due, ULONG period)
{
    return set_status(RtlUpdateTimer(queue, timer, due, period));
}

BOOL WINAPI DeleteTimerQueueTimer(HANDLE queue, HANDLE timer, HANDLE event)
{
    return pending_result(RtlDeleteTimer(queue, timer, event));
}

HANDLE WINAPI SetTimerQueueTimer(HANDLE queue, WAITORTIMERCALLBACK callback, PVOID context, DWORD due,
                                 DWORD period, BOOL io)
{
    HANDLE timer;

    return CreateTimerQueueTimer(&timer, queue, callback, context, due, period, io ? WT_EXECUTEINIOTHREAD : 0)
               ? timer
               : NULL;
}

BOOL WINAPI CancelTimerQueueTimer(HANDLE queue, HANDLE timer)
{
    return DeleteTimerQueueTimer(queue, timer, NULL);
}
