/*
 * The older interfaces on the thread pool: work items, registered waits, timer queues.
 */
#include "threadpool.h"

static PVOID process_heap(void)
{
    return rtl_peb()->ProcessHeap;
}

/* ---- RtlQueueWorkItem ---- */

struct item {
    PTHREAD_START_ROUTINE function;
    PVOID context;
};

static void CALLBACK run_item(PTP_CALLBACK_INSTANCE instance, PVOID context)
{
    struct item item = *(struct item *)context;
    (void)instance;

    RtlFreeHeap(process_heap(), 0, context);
    item.function(item.context);
}

NTSTATUS NTAPI RtlQueueWorkItem(PTHREAD_START_ROUTINE function, PVOID context, ULONG flags)
{
    TP_CALLBACK_ENVIRON environment = {
        .Version = 3, .CallbackPriority = TP_CALLBACK_PRIORITY_NORMAL, .Size = sizeof environment};
    struct item *item = RtlAllocateHeap(process_heap(), 0, sizeof *item);

    if (!item)
        return STATUS_NO_MEMORY;
    *item = (struct item){function, context};
    environment.u.s.LongFunction = (flags & WT_EXECUTELONGFUNCTION) != 0;
    NTSTATUS status = TpSimpleTryPost(run_item, item, &environment);
    if (!NT_SUCCESS(status))
        RtlFreeHeap(process_heap(), 0, item);
    return status;
}

/* ---- a registration: wait or timer ---- */

/* Its memory goes with the object, which every posted callback holds. */
struct registration {
    RTL_SRWLOCK lock; /* guards users and deleted; the pool's locks are taken inside */
    LONG users;       /* its owner, and callbacks that run */
    BOOLEAN deleted;
    struct tp_object *object;
    RTL_WAITORTIMERCALLBACKFUNC callback;
    PVOID context;
    HANDLE handle;
    ULONG milliseconds, flags;
    HANDLE event; /* to be set once no callback runs */
    struct timer_queue *queue;
    LIST_ENTRY link;
};

/* False: it is deleted, and its callback must not be called any more. */
static BOOLEAN enter(struct registration *registration)
{
    RtlAcquireSRWLockExclusive(&registration->lock);
    BOOLEAN deleted = registration->deleted;
    if (!deleted)
        registration->users++;
    RtlReleaseSRWLockExclusive(&registration->lock);
    return !deleted;
}

/* With the lock held, which it releases. */
static void leave(struct registration *registration)
{
    HANDLE event = --registration->users ? NULL : registration->event;
    RtlReleaseSRWLockExclusive(&registration->lock);
    if (event)
        NtSetEvent(event, NULL);
}

static LARGE_INTEGER *timeout_of(LARGE_INTEGER *time, ULONG milliseconds)
{
    if (milliseconds == INFINITE)
        return NULL;
    time->QuadPart = -(LONGLONG)milliseconds * 10000;
    return time;
}

static void CALLBACK wait_fired(PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_WAIT wait,
                                TP_WAIT_RESULT result)
{
    struct registration *registration = context;
    LARGE_INTEGER time;
    (void)instance;

    if (!enter(registration))
        return;
    registration->callback(registration->context, result == WAIT_TIMEOUT);
    /* Under the lock: a wait that is set after it was deleted would take another one's signals once the
     * handle's number is used again. */
    RtlAcquireSRWLockExclusive(&registration->lock);
    if (!registration->deleted && !(registration->flags & WT_EXECUTEONLYONCE))
        TpSetWait(wait, registration->handle, timeout_of(&time, registration->milliseconds));
    leave(registration);
}

NTSTATUS NTAPI RtlRegisterWait(PHANDLE ret_wait, HANDLE handle, RTL_WAITORTIMERCALLBACKFUNC callback,
                               PVOID context, ULONG milliseconds, ULONG flags)
{
    struct registration *registration = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY,
                                                        sizeof *registration);
    LARGE_INTEGER time;
    PTP_WAIT wait;

    if (!registration)
        return STATUS_NO_MEMORY;
    registration->users = 1;
    registration->callback = callback;
    registration->context = context;
    registration->handle = handle;
    registration->milliseconds = milliseconds;
    registration->flags = flags;
    NTSTATUS status = TpAllocWait(&wait, wait_fired, registration, NULL);
    if (!NT_SUCCESS(status)) {
        RtlFreeHeap(process_heap(), 0, registration);
        return status;
    }
    registration->object = (struct tp_object *)wait;
    registration->object->owned = registration;
    *ret_wait = registration;
    TpSetWait(wait, handle, timeout_of(&time, milliseconds));
    return STATUS_SUCCESS;
}

/* Stops the registration. event NULL: at once, STATUS_PENDING while a callback runs;
 * INVALID_HANDLE_VALUE: waits for it; else the event is set when none runs any more. */
static NTSTATUS unregister(struct registration *registration, HANDLE event)
{
    struct tp_object *object = registration->object;
    BOOLEAN wait = event == INVALID_HANDLE_VALUE;

    RtlAcquireSRWLockExclusive(&registration->lock);
    registration->deleted = TRUE;
    tp_disarm(object);
    if (!wait)
        registration->event = event;
    NTSTATUS status = !wait && registration->users > 1 ? STATUS_PENDING : STATUS_SUCCESS;
    leave(registration);
    if (wait)
        tp_wait(object, TRUE);
    tp_release(object);
    return status;
}

NTSTATUS NTAPI RtlDeregisterWaitEx(HANDLE wait, HANDLE event)
{
    return wait ? unregister(wait, event) : STATUS_INVALID_HANDLE;
}

NTSTATUS NTAPI RtlDeregisterWait(HANDLE wait)
{
    return RtlDeregisterWaitEx(wait, NULL);
}

/* ---- timer queues ---- */

#define QUEUE_MAGIC 0x54515545

struct timer_queue {
    ULONG magic;
    RTL_SRWLOCK lock; /* guards the list */
    LIST_ENTRY timers;
};

static struct timer_queue default_queue = {
    QUEUE_MAGIC, RTL_SRWLOCK_INIT, {&default_queue.timers, &default_queue.timers}};

static struct timer_queue *queue_of(HANDLE handle)
{
    return handle ? handle : &default_queue;
}

NTSTATUS NTAPI RtlCreateTimerQueue(PHANDLE ret_queue)
{
    struct timer_queue *queue = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, sizeof *queue);

    if (!queue)
        return STATUS_NO_MEMORY;
    queue->magic = QUEUE_MAGIC;
    queue->timers.Flink = queue->timers.Blink = &queue->timers;
    *ret_queue = queue;
    return STATUS_SUCCESS;
}

static void CALLBACK timer_fired(PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_TIMER timer)
{
    struct registration *registration = context;
    (void)instance, (void)timer;

    if (!enter(registration))
        return;
    registration->callback(registration->context, TRUE);
    RtlAcquireSRWLockExclusive(&registration->lock);
    leave(registration);
}

NTSTATUS NTAPI RtlCreateTimer(HANDLE handle, PHANDLE ret_timer, RTL_WAITORTIMERCALLBACKFUNC callback,
                              PVOID context, ULONG due, ULONG period, ULONG flags)
{
    struct timer_queue *queue = queue_of(handle);
    struct registration *registration;
    PTP_TIMER timer;

    if (queue->magic != QUEUE_MAGIC)
        return STATUS_INVALID_HANDLE;
    if (!(registration = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, sizeof *registration)))
        return STATUS_NO_MEMORY;
    registration->users = 1;
    registration->callback = callback;
    registration->context = context;
    registration->flags = flags;
    registration->queue = queue;
    NTSTATUS status = TpAllocTimer(&timer, timer_fired, registration, NULL);
    if (!NT_SUCCESS(status)) {
        RtlFreeHeap(process_heap(), 0, registration);
        return status;
    }
    registration->object = (struct tp_object *)timer;
    registration->object->owned = registration;
    RtlAcquireSRWLockExclusive(&queue->lock);
    registration->link.Flink = &queue->timers;
    registration->link.Blink = queue->timers.Blink;
    queue->timers.Blink->Flink = &registration->link;
    queue->timers.Blink = &registration->link;
    RtlReleaseSRWLockExclusive(&queue->lock);
    *ret_timer = registration;
    if (due != INFINITE) {
        LARGE_INTEGER time = {.QuadPart = -(LONGLONG)due * 10000};
        TpSetTimer(timer, &time, flags & WT_EXECUTEONLYONCE ? 0 : (LONG)period, 0);
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUpdateTimer(HANDLE queue, HANDLE timer, ULONG due, ULONG period)
{
    struct registration *registration = timer;
    LARGE_INTEGER time = {.QuadPart = -(LONGLONG)due * 10000};
    (void)queue;

    TpSetTimer((PTP_TIMER)registration->object, due == INFINITE ? NULL : &time, (LONG)period, 0);
    return STATUS_SUCCESS;
}

static void unlink_timer(struct registration *registration)
{
    RtlAcquireSRWLockExclusive(&registration->queue->lock);
    registration->link.Flink->Blink = registration->link.Blink;
    registration->link.Blink->Flink = registration->link.Flink;
    RtlReleaseSRWLockExclusive(&registration->queue->lock);
}

NTSTATUS NTAPI RtlDeleteTimer(HANDLE queue, HANDLE timer, HANDLE event)
{
    (void)queue;
    if (!timer)
        return STATUS_INVALID_PARAMETER_1;
    unlink_timer(timer);
    return unregister(timer, event);
}

NTSTATUS NTAPI RtlDeleteTimerQueueEx(HANDLE handle, HANDLE event)
{
    struct timer_queue *queue = handle;
    NTSTATUS status = STATUS_SUCCESS;

    if (!queue || queue->magic != QUEUE_MAGIC)
        return STATUS_INVALID_HANDLE;
    while (queue->timers.Flink != &queue->timers) {
        struct registration *registration = CONTAINING_RECORD(queue->timers.Flink, struct registration, link);
        unlink_timer(registration);
        if (unregister(registration, event == INVALID_HANDLE_VALUE ? event : NULL) == STATUS_PENDING)
            status = STATUS_PENDING;
    }
    queue->magic = 0;
    if (event && event != INVALID_HANDLE_VALUE)
        NtSetEvent(event, NULL);
    RtlFreeHeap(process_heap(), 0, queue);
    return event == INVALID_HANDLE_VALUE ? STATUS_SUCCESS : status;
}

NTSTATUS NTAPI RtlDeleteTimerQueue(HANDLE queue)
{
    return RtlDeleteTimerQueueEx(queue, NULL);
}

/* ---- BindIoCompletionCallback ---- */

static void NTAPI io_completed(PTP_CALLBACK_INSTANCE instance, PVOID context, PVOID overlapped,
                               IO_STATUS_BLOCK *iosb, PTP_IO io)
{
    (void)instance, (void)io;
    ((PRTL_OVERLAPPED_COMPLETION_ROUTINE)context)(RtlNtStatusToDosErrorNoTeb(iosb->Status),
                                                  (DWORD)iosb->Information, overlapped);
}

NTSTATUS NTAPI RtlSetIoCompletionCallback(HANDLE file, PRTL_OVERLAPPED_COMPLETION_ROUTINE callback,
                                          ULONG flags)
{
    PTP_IO io;

    if (flags)
        return STATUS_INVALID_PARAMETER;
    return TpAllocIoCompletion(&io, file, io_completed, (PVOID)callback,
                               NULL); /* lives as long as the process */
}
