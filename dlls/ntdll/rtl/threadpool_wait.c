/*
 * The thread pool's timers, waits and I/O: the service threads that post their objects. One thread
 * keeps the timers (and adds workers to pools that are stuck), one each up to 63 waits, one each
 * completion port of an I/O object.
 */
#include "threadpool.h"
#include <nt/io.h>

#define NEVER       ~0ull
#define STUCK_CHECK 100000ull /* 10 ms in 100 ns */

ULONGLONG tp_now(void)
{
    LARGE_INTEGER now;

    NtQuerySystemTime(&now);
    return (ULONGLONG)now.QuadPart;
}

static ULONGLONG due_time(const LARGE_INTEGER *time)
{
    if (!time)
        return NEVER;
    if (time->QuadPart == (LONGLONG)0x8000000000000000ull)
        return NEVER;
    return time->QuadPart < 0 ? tp_now() - (ULONGLONG)time->QuadPart : (ULONGLONG)time->QuadPart;
}

/* ---- timers ---- */

static RTL_SRWLOCK timer_lock; /* guards the list and the timer part of objects; taken before a pool's lock */
static RTL_CONDITION_VARIABLE timer_wake;
static LIST_ENTRY timers = {&timers, &timers};
static LIST_ENTRY watched = {&watched, &watched};
static BOOLEAN timer_thread_runs;

static void insert_timer(struct tp_object *object)
{
    LIST_ENTRY *link = timers.Blink;

    while (link != &timers &&
           CONTAINING_RECORD(link, struct tp_object, timer.link)->timer.due > object->timer.due)
        link = link->Blink;
    object->timer.link.Flink = link->Flink;
    object->timer.link.Blink = link;
    link->Flink->Blink = &object->timer.link;
    link->Flink = &object->timer.link;
    object->timer.armed = TRUE;
}

static void remove_timer(struct tp_object *object)
{
    object->timer.link.Flink->Blink = object->timer.link.Blink;
    object->timer.link.Blink->Flink = object->timer.link.Flink;
    object->timer.armed = FALSE;
}

/* With timer_lock held. */
static void watch(struct tp_pool *pool)
{
    __atomic_add_fetch(&pool->references, 1, __ATOMIC_RELAXED);
    pool->watch_link.Flink = watched.Flink;
    pool->watch_link.Blink = &watched;
    watched.Flink->Blink = &pool->watch_link;
    watched.Flink = &pool->watch_link;
}

/* The timer thread's own, which holds timer_lock. */
static void post_due(struct tp_object *object)
{
    if (tp_post_unwatched(object))
        watch(object->pool);
}

static DWORD WINAPI timer_thread(LPVOID argument)
{
    LONG last_progress = -1;
    ULONGLONG next_check = 0;
    (void)argument;

    RtlAcquireSRWLockExclusive(&timer_lock);
    for (;;) {
        ULONGLONG now = tp_now(), due = NEVER;
        while (timers.Flink != &timers) {
            struct tp_object *object = CONTAINING_RECORD(timers.Flink, struct tp_object, timer.link);
            if (object->timer.due > now) {
                due = object->timer.due;
                break;
            }
            remove_timer(object);
            if (object->timer.period) {
                object->timer.due += object->timer.period * 10000ull;
                if (object->timer.due < now) /* missed ones are not made up for */
                    object->timer.due = now + object->timer.period * 10000ull;
                insert_timer(object);
                post_due(object);
            } else {
                post_due(object);
                tp_dereference(object); /* armed no more; its owner still holds it, we hold the lock */
            }
        }
        if (watched.Flink != &watched) {
            if (now >= next_check) {
                for (LIST_ENTRY *link = watched.Flink, *next; link != &watched; link = next) {
                    next = link->Flink;
                    struct tp_pool *pool = CONTAINING_RECORD(link, struct tp_pool, watch_link);
                    if (!tp_check_progress(pool, &last_progress)) {
                        link->Blink->Flink = link->Flink;
                        link->Flink->Blink = link->Blink;
                        tp_release_pool(pool);
                    }
                }
                next_check = now + STUCK_CHECK;
            }
            if (watched.Flink != &watched && next_check < due)
                due = next_check;
        }
        LARGE_INTEGER until = {.QuadPart = (LONGLONG)due};
        RtlSleepConditionVariableSRW(&timer_wake, &timer_lock, due == NEVER ? NULL : &until, 0);
    }
    return 0;
}

/* With timer_lock held. */
static NTSTATUS need_timer_thread(void)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (!timer_thread_runs && NT_SUCCESS(status = tp_create_thread(timer_thread, NULL, 0, 0)))
        timer_thread_runs = TRUE;
    return status;
}

void tp_watch(struct tp_pool *pool)
{
    RtlAcquireSRWLockExclusive(&timer_lock);
    watch(pool);
    need_timer_thread();
    RtlReleaseSRWLockExclusive(&timer_lock);
    RtlWakeConditionVariable(&timer_wake);
}

NTSTATUS NTAPI TpAllocTimer(PTP_TIMER *ret_timer, PTP_TIMER_CALLBACK callback, PVOID context,
                            PTP_CALLBACK_ENVIRON environment)
{
    struct tp_object *object = tp_create(TP_TIMER_ITEM, (PVOID)callback, context, environment);

    if (!object)
        return STATUS_NO_MEMORY;
    *ret_timer = (PTP_TIMER)object;
    return STATUS_SUCCESS;
}

/* Returns whether it was set before. */
static BOOLEAN set_timer(struct tp_object *object, LARGE_INTEGER *due, LONG period)
{
    RtlAcquireSRWLockExclusive(&timer_lock);
    BOOLEAN was = object->timer.armed;
    if (was)
        remove_timer(object);
    object->timer.set = due != NULL;
    if (due) {
        object->timer.due = due->QuadPart ? due_time(due) : tp_now();
        object->timer.period = period > 0 ? (ULONG)period : 0;
        if (!was)
            tp_reference(object);
        insert_timer(object);
        need_timer_thread();
    }
    BOOLEAN first = due && timers.Flink == &object->timer.link;
    RtlReleaseSRWLockExclusive(&timer_lock);
    if (was && !due)
        tp_dereference(object);
    if (first)
        RtlWakeConditionVariable(&timer_wake);
    return was;
}

void NTAPI TpSetTimer(PTP_TIMER timer, LARGE_INTEGER *due, LONG period, LONG window)
{
    (void)window;
    set_timer((struct tp_object *)timer, due, period);
}

NTSTATUS NTAPI TpSetTimerEx(PTP_TIMER timer, LARGE_INTEGER *due, LONG period, LONG window)
{
    (void)window;
    return set_timer((struct tp_object *)timer, due, period);
}

BOOL NTAPI TpIsTimerSet(PTP_TIMER timer)
{
    return ((struct tp_object *)timer)->timer.set;
}
void NTAPI TpWaitForTimer(PTP_TIMER timer, LONG cancel)
{
    tp_wait((struct tp_object *)timer, cancel != 0);
}
void NTAPI TpReleaseTimer(PTP_TIMER timer)
{
    tp_release((struct tp_object *)timer);
}

/* ---- waits ---- */

#define WAITS_PER_THREAD (MAXIMUM_WAIT_OBJECTS - 1)

/* What is waited on is an own handle: the caller's may be closed as soon as the wait is set. It is closed by
 * the thread that waits on it, when it does not. */
struct tp_target {
    struct tp_target *next;
    HANDLE handle;
    BOOLEAN own;
};

struct tp_waiter {
    struct tp_waiter *next;
    HANDLE changed; /* event: look at the list again */
    LIST_ENTRY waits;
    ULONG count;
    struct tp_target *done; /* to be closed */
};

static RTL_SRWLOCK waiter_lock; /* guards the waiters and the wait part of objects; before a pool's lock */
static struct tp_waiter *waiters;

static struct tp_target *new_target(HANDLE handle)
{
    struct tp_target *target = RtlAllocateHeap(rtl_peb()->ProcessHeap, 0, sizeof *target);
    ULONG device[2];
    IO_STATUS_BLOCK iosb;

    if (!target)
        return NULL;
    *target = (struct tp_target){NULL, handle, FALSE};
    /* Of files only consoles: the last handle of others says more than that nobody uses it. */
    NTSTATUS status = NtQueryVolumeInformationFile(handle, &iosb, device, sizeof device,
                                                   4 /* FileFsDeviceInformation */);
    if (!NT_SUCCESS(status) || device[0] == FILE_DEVICE_CONSOLE)
        target->own = NT_SUCCESS(NtDuplicateObject(NtCurrentProcess(), handle, NtCurrentProcess(),
                                                   &target->handle, 0, 0, DUPLICATE_SAME_ACCESS));
    return target;
}

/* With waiter_lock held. */
static void unlink_wait(struct tp_object *object)
{
    struct tp_target *target = object->wait.target;

    target->next = object->wait.waiter->done;
    object->wait.waiter->done = target;
    object->wait.target = NULL;
    object->wait.link.Flink->Blink = object->wait.link.Blink;
    object->wait.link.Blink->Flink = object->wait.link.Flink;
    object->wait.waiter->count--;
    object->wait.waiter = NULL;
}

static DWORD WINAPI waiter_thread(LPVOID argument)
{
    struct tp_waiter *waiter = argument;
    HANDLE handles[MAXIMUM_WAIT_OBJECTS];
    struct tp_object *objects[MAXIMUM_WAIT_OBJECTS];
    struct tp_target *targets[MAXIMUM_WAIT_OBJECTS];

    for (;;) {
        ULONG count = 1;
        ULONGLONG due = NEVER;
        handles[0] = waiter->changed;
        RtlAcquireSRWLockExclusive(&waiter_lock);
        struct tp_target *done = waiter->done;
        waiter->done = NULL;
        for (LIST_ENTRY *link = waiter->waits.Flink; link != &waiter->waits; link = link->Flink) {
            struct tp_object *object = CONTAINING_RECORD(link, struct tp_object, wait.link);
            targets[count] = object->wait.target;
            handles[count] = object->wait.target->handle;
            objects[count++] = object;
            tp_reference(object);
            if (object->wait.due < due)
                due = object->wait.due;
        }
        RtlReleaseSRWLockExclusive(&waiter_lock);
        for (struct tp_target *next; done; done = next) {
            next = done->next;
            if (done->own)
                NtClose(done->handle);
            RtlFreeHeap(rtl_peb()->ProcessHeap, 0, done);
        }
        LARGE_INTEGER until = {.QuadPart = (LONGLONG)due};
        NTSTATUS status = NtWaitForMultipleObjects(count, handles, 1 /* WaitAny */, FALSE,
                                                   due == NEVER ? NULL : &until);
        ULONG signalled = (ULONG)status < count ? (ULONG)status
                          : (ULONG)(status - STATUS_ABANDONED_WAIT_0) < count
                              ? (ULONG)(status - STATUS_ABANDONED_WAIT_0)
                              : 0;
        ULONGLONG now = due == NEVER && signalled ? 0 : tp_now();
        if (!NT_SUCCESS(status)) { /* a handle was closed while we waited: find and drop it */
            LARGE_INTEGER none = {.QuadPart = 0};
            for (ULONG i = 1; i < count; i++)
                if (!NT_SUCCESS(NtWaitForSingleObject(handles[i], FALSE, &none))) {
                    RtlAcquireSRWLockExclusive(&waiter_lock);
                    BOOLEAN mine = objects[i]->wait.waiter == waiter && objects[i]->wait.target == targets[i];
                    if (mine)
                        unlink_wait(objects[i]);
                    RtlReleaseSRWLockExclusive(&waiter_lock);
                    if (mine)
                        tp_dereference(objects[i]);
                }
        }
        for (ULONG i = 1; i < count; i++) {
            RtlAcquireSRWLockExclusive(&waiter_lock);
            BOOLEAN fire = objects[i]->wait.waiter == waiter && objects[i]->wait.target == targets[i] &&
                           (i == signalled || objects[i]->wait.due <= now);
            if (fire) {
                unlink_wait(objects[i]);
                objects[i]->wait.result = i == signalled ? WAIT_OBJECT_0 : WAIT_TIMEOUT;
                tp_post(objects[i]);
            }
            RtlReleaseSRWLockExclusive(&waiter_lock);
            if (fire)
                tp_dereference(objects[i]);
            tp_dereference(objects[i]);
        }
    }
    return 0;
}

/* With waiter_lock held: a waiter with room. */
static struct tp_waiter *find_waiter(void)
{
    struct tp_waiter *waiter = waiters;

    while (waiter && waiter->count >= WAITS_PER_THREAD)
        waiter = waiter->next;
    if (waiter)
        return waiter;
    if (!(waiter = RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY, sizeof *waiter)))
        return NULL;
    waiter->waits.Flink = waiter->waits.Blink = &waiter->waits;
    if (NT_SUCCESS(
            NtCreateEvent(&waiter->changed, EVENT_ALL_ACCESS, NULL, 1 /* SynchronizationEvent */, FALSE))) {
        if (NT_SUCCESS(tp_create_thread(waiter_thread, waiter, 0, 0))) {
            waiter->next = waiters;
            waiters = waiter;
            return waiter;
        }
        NtClose(waiter->changed);
    }
    RtlFreeHeap(rtl_peb()->ProcessHeap, 0, waiter);
    return NULL;
}

/* handle NULL stops waiting. Returns whether it was waiting. */
static BOOLEAN set_wait(struct tp_object *object, HANDLE handle, LARGE_INTEGER *timeout)
{
    HANDLE wake = NULL;
    struct tp_target *target = handle ? new_target(handle) : NULL;

    RtlAcquireSRWLockExclusive(&waiter_lock);
    BOOLEAN was = object->wait.waiter != NULL;
    if (was) {
        wake = object->wait.waiter->changed;
        unlink_wait(object);
    }
    struct tp_waiter *waiter = target ? find_waiter() : NULL;
    HANDLE other = NULL;
    if (waiter) {
        object->wait.due = timeout && !timeout->QuadPart ? 0 : due_time(timeout);
        object->wait.waiter = waiter;
        object->wait.target = target;
        object->wait.link.Flink = &waiter->waits;
        object->wait.link.Blink = waiter->waits.Blink;
        waiter->waits.Blink->Flink = &object->wait.link;
        waiter->waits.Blink = &object->wait.link;
        waiter->count++;
        tp_reference(object);
        other = waiter->changed;
    }
    RtlReleaseSRWLockExclusive(&waiter_lock);
    if (target && !waiter) {
        if (target->own)
            NtClose(target->handle);
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, target);
    }
    if (wake)
        NtSetEvent(wake, NULL);
    if (other && other != wake)
        NtSetEvent(other, NULL);
    if (was)
        tp_dereference(object);
    return was;
}

NTSTATUS NTAPI TpAllocWait(PTP_WAIT *ret_wait, PTP_WAIT_CALLBACK callback, PVOID context,
                           PTP_CALLBACK_ENVIRON environment)
{
    struct tp_object *object = tp_create(TP_WAIT_ITEM, (PVOID)callback, context, environment);

    if (!object)
        return STATUS_NO_MEMORY;
    *ret_wait = (PTP_WAIT)object;
    return STATUS_SUCCESS;
}

void NTAPI TpSetWait(PTP_WAIT wait, HANDLE handle, LARGE_INTEGER *timeout)
{
    set_wait((struct tp_object *)wait, handle, timeout);
}

NTSTATUS NTAPI TpSetWaitEx(PTP_WAIT wait, HANDLE handle, LARGE_INTEGER *timeout, PVOID reserved)
{
    (void)reserved;
    return set_wait((struct tp_object *)wait, handle, timeout);
}

void NTAPI TpWaitForWait(PTP_WAIT wait, LONG cancel)
{
    tp_wait((struct tp_object *)wait, cancel != 0);
}
void NTAPI TpReleaseWait(PTP_WAIT wait)
{
    tp_release((struct tp_object *)wait);
}

/* ---- I/O ---- */

#define FILE_COMPLETION_INFORMATION_CLASS 30

static DWORD WINAPI io_thread(LPVOID argument)
{
    struct tp_object *object = argument;
    HANDLE port = object->io.port;

    for (;;) {
        PVOID key = NULL, apc = NULL;
        IO_STATUS_BLOCK iosb;
        NTSTATUS status = NtRemoveIoCompletion(port, &key, &apc, &iosb, NULL);
        if (!NT_SUCCESS(status) || !key) /* released: see tp_disarm */
            break;
        struct tp_packet *packet = RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_GENERATE_EXCEPTIONS,
                                                   sizeof *packet);
        packet->next = NULL;
        packet->apc_context = apc;
        packet->iosb = iosb;
        RtlAcquireSRWLockExclusive(&object->pool->lock);
        if (!object->io.first)
            object->io.last = &object->io.first;
        *object->io.last = packet;
        object->io.last = &packet->next;
        RtlReleaseSRWLockExclusive(&object->pool->lock);
        tp_post(object);
        __atomic_sub_fetch(&object->io.outstanding, 1, __ATOMIC_RELEASE);
        RtlWakeAddressAll(&object->io.outstanding);
    }
    tp_dereference(object);
    return 0;
}

NTSTATUS NTAPI TpAllocIoCompletion(PTP_IO *ret_io, HANDLE file, PTP_IO_CALLBACK callback, PVOID context,
                                   PTP_CALLBACK_ENVIRON environment)
{
    struct tp_object *object = tp_create(TP_IO_ITEM, (PVOID)callback, context, environment);
    IO_STATUS_BLOCK iosb;
    NTSTATUS status;

    if (!object)
        return STATUS_NO_MEMORY;
    status = NtCreateIoCompletion(&object->io.port, IO_COMPLETION_ALL_ACCESS, NULL, 0);
    if (NT_SUCCESS(status)) {
        struct {
            HANDLE port;
            PVOID key;
        } information = {object->io.port, object};
        status = NtSetInformationFile(file, &iosb, &information, sizeof information,
                                      FILE_COMPLETION_INFORMATION_CLASS);
    }
    if (NT_SUCCESS(status)) {
        tp_reference(object); /* the thread's */
        status = tp_create_thread(io_thread, object, 0, 0);
        if (!NT_SUCCESS(status))
            tp_dereference(object);
    }
    if (!NT_SUCCESS(status)) {
        tp_release(object);
        return status;
    }
    *ret_io = (PTP_IO)object;
    return STATUS_SUCCESS;
}

void NTAPI TpStartAsyncIoOperation(PTP_IO io)
{
    __atomic_add_fetch(&((struct tp_object *)io)->io.outstanding, 1, __ATOMIC_ACQ_REL);
}

void NTAPI TpCancelAsyncIoOperation(PTP_IO io)
{
    struct tp_object *object = (struct tp_object *)io;

    __atomic_sub_fetch(&object->io.outstanding, 1, __ATOMIC_ACQ_REL);
    RtlWakeAddressAll(&object->io.outstanding);
}

void NTAPI TpWaitForIoCompletion(PTP_IO io, LONG cancel)
{
    struct tp_object *object = (struct tp_object *)io;
    LONG left;

    while (!cancel && (left = __atomic_load_n(&object->io.outstanding, __ATOMIC_ACQUIRE)) > 0)
        RtlWaitOnAddress(&object->io.outstanding, &left, sizeof left, NULL);
    tp_wait(object, cancel != 0);
}

void NTAPI TpReleaseIoCompletion(PTP_IO io)
{
    tp_release((struct tp_object *)io);
}

void tp_disarm(struct tp_object *object)
{
    switch (object->kind) {
    case TP_TIMER_ITEM: set_timer(object, NULL, 0); break;
    case TP_WAIT_ITEM: set_wait(object, NULL, NULL); break;
    case TP_IO_ITEM:
        if (object->io.port)
            NtSetIoCompletion(object->io.port, NULL, NULL, STATUS_SUCCESS, 0);
        break;
    }
}
