/*
 * Timer objects: a heap of due times, guarded by the dispatcher lock, and one host thread that sleeps
 * until the first one; it is started with the first timer that is set.
 */
#include "ke/lock.h"
#include "ke/shared.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ps/ps.h"
#include <errno.h>
#include <gastwirt/due_heap.h>
#include <limits.h>
#include <nt/syscalls.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>

enum { TIMER_QUERY_STATE = 1, TIMER_MODIFY_STATE = 2 };
enum { TIMER_LIMIT = 1 << 20 };

struct timer {
    struct ke_dispatcher_object header;
    struct gw_due due;            /* monotonic nanoseconds */
    int64_t period;               /* nanoseconds, 0: once */
    struct ps_thread *apc_thread; /* referenced, with `apc` set up; else NULL */
    struct ke_apc apc;
    bool apc_queued; /* holds a reference to the timer */
};

static struct {
    struct gw_due_heap heap;
    uint32_t word; /* futex: changes when the first due time does */
    bool running;
} timers;
static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER; /* guards the thread's start */

int64_t ke_monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* ---------------------------------------------------------------- the heap, under the lock */

static struct timer *timer_of(struct gw_due *due)
{
    return (struct timer *)((char *)due - offsetof(struct timer, due));
}

static bool heap_insert(struct timer *timer)
{
    if (timers.heap.count == TIMER_LIMIT)
        return false;
    gw_due_insert(&timers.heap, &timer->due);
    return true;
}

/* ---------------------------------------------------------------- expiry */

static void apc_done(struct ke_apc *apc)
{
    struct timer *timer = (struct timer *)((char *)apc - offsetof(struct timer, apc));
    ke_lock();
    timer->apc_queued = false;
    ke_unlock();
    ob_dereference(timer);
}

static void expire(struct timer *timer, int64_t now, struct ke_wake *wake)
{
    if (!timer->header.sync) /* else the server does that */
        ke_signal_locked(&timer->header, 1, wake);
    if (timer->apc_thread && !timer->apc_queued) {
        ULARGE_INTEGER time;
        time.QuadPart = (uint64_t)ps_now();
        timer->apc.a2 = (void *)(uintptr_t)time.LowPart;
        timer->apc.a3 = (void *)(uintptr_t)time.HighPart;
        if (ke_queue_apc_locked(timer->apc_thread, &timer->apc, false, wake)) {
            timer->apc_queued = true;
            ob_reference(timer);
        }
    }
    if (timer->period) {
        timer->due.time = gw_due_next(timer->due.time, timer->period, now);
        heap_insert(timer);
    }
}

static void *timer_thread(void *unused)
{
    (void)unused;
    prctl(PR_SET_NAME, "timers");
    prctl(PR_SET_TIMERSLACK, 1);
    for (;;) {
        struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
        struct ke_deadline deadline = {.forever = true};
        ke_lock();
        uint32_t word = timers.word;
        if (timers.heap.count) {
            int64_t now = ke_monotonic();
            struct timer *first = timer_of(timers.heap.items[0]);
            if (first->due.time <= now) {
                gw_due_remove(&timers.heap, &first->due);
                expire(first, now, &wake);
                ke_unlock_and_wake(&wake);
                continue;
            }
            deadline.forever = false;
            deadline.time.tv_sec = first->due.time / 1000000000;
            deadline.time.tv_nsec = first->due.time % 1000000000;
        }
        ke_unlock();
        ke_futex_wait(&timers.word, word, &deadline);
    }
    return NULL;
}

static bool start_timer_thread(void)
{
    pthread_mutex_lock(&start_lock);
    if (!timers.running) {
        void *heap = mmap(NULL, TIMER_LIMIT * sizeof *timers.heap.items, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (heap != MAP_FAILED) {
            timers.heap.items = heap;
            ke_become_multithreaded();
            timers.running = ke_start_helper(timer_thread, NULL);
        }
    }
    bool running = timers.running;
    pthread_mutex_unlock(&start_lock);
    return running;
}

bool ke_start_helper(void *(*routine)(void *), void *argument)
{
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, old;
    ke_become_multithreaded();
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&thread, &attributes, routine, argument);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    return error == 0;
}

/* ---------------------------------------------------------------- the objects */

/* Off the heap and off its thread's APC queue; under the lock. *ret_release gets references to drop. */
static bool disarm(struct timer *timer, struct ps_thread **ret_thread, bool *ret_apc)
{
    bool armed = timer->due.place != 0;
    if (armed)
        gw_due_remove(&timers.heap, &timer->due);
    *ret_thread = timer->apc_thread;
    *ret_apc = timer->apc_queued && timer->apc_thread &&
               ke_unqueue_apc_locked(timer->apc_thread, &timer->apc);
    if (*ret_apc)
        timer->apc_queued = false;
    timer->apc_thread = NULL;
    return armed;
}

static void drop(struct timer *timer, struct ps_thread *thread, bool apc)
{
    if (thread)
        ob_dereference(thread);
    if (apc)
        ob_dereference(timer);
}

static void destroy(void *object)
{
    struct ps_thread *thread;
    bool apc;
    ke_lock();
    disarm(object, &thread, &apc);
    ke_unlock();
    if (thread)
        ob_dereference(thread);
}

static NTSTATUS publish(void *object, struct ob_publication *ret)
{
    struct timer *timer = object;
    ret->kind = timer->header.kind;
    ret->count = timer->header.signal;
    return STATUS_SUCCESS;
}

static NTSTATUS adopt(struct ob_reception *reception, void **ret_object)
{
    if (reception->kind != KE_NOTIFICATION_TIMER && reception->kind != KE_SYNCHRONIZATION_TIMER)
        return STATUS_OBJECT_TYPE_MISMATCH;
    struct timer *timer = ob_create(&ke_timer_type);
    if (!timer)
        return STATUS_NO_MEMORY;
    ke_dispatcher_object_initialize(&timer->header, reception->kind, 0);
    *ret_object = timer;
    return STATUS_SUCCESS;
}

static NTSTATUS set_at_server(struct timer *timer, int64_t due, int64_t period, uint32_t *ret_signalled)
{
    struct gw_connection *connection;
    struct gw_set_timer_in in = {.due = due, .period = period};
    struct gw_set_timer_out out = {0};
    NTSTATUS status = ob_share_handle(timer, &connection, &in.handle);
    if (NT_SUCCESS(status))
        status = gw_set_timer(connection, &in, &out);
    *ret_signalled = out.signalled;
    return status;
}

/* A timer that is set becomes the server's; its APC stays here. */
static void published(void *object)
{
    struct timer *timer = object;
    uint32_t signalled;
    ke_lock();
    bool armed = timer->due.place != 0;
    int64_t due = timer->due.time, period = timer->period;
    if (armed && !timer->apc_thread)
        gw_due_remove(&timers.heap, &timer->due);
    ke_unlock();
    if (armed)
        set_at_server(timer, due, period, &signalled);
}

const struct ob_share_type ke_timer_share = {GW_TYPE_TIMER, publish, adopt, published, false};

const struct ob_type ke_timer_type = {
    .name = "Timer",
    .size = sizeof(struct timer),
    .generic_read = READ_CONTROL | TIMER_QUERY_STATE,
    .generic_write = READ_CONTROL | TIMER_MODIFY_STATE,
    .generic_execute = READ_CONTROL | SYNCHRONIZE,
    .all_access = STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 3,
    .waitable = true,
    .share = &ke_timer_share,
    .destroy = destroy,
};

NTSTATUS NtCreateTimer(HANDLE *TimerHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                       ULONG TimerType)
{
    if (TimerType > 1)
        return STATUS_INVALID_PARAMETER_4;
    struct timer *timer = ob_create(&ke_timer_type);
    if (!timer)
        return STATUS_NO_MEMORY;
    ke_dispatcher_object_initialize(&timer->header,
                                    TimerType == 0 ? KE_NOTIFICATION_TIMER : KE_SYNCHRONIZATION_TIMER, 0);
    return ob_insert(timer, ObjectAttributes, DesiredAccess, TimerHandle);
}

NTSTATUS NtOpenTimer(HANDLE *TimerHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes)
{
    return ob_open(&ke_timer_type, ObjectAttributes, DesiredAccess, TimerHandle);
}

static NTSTATUS set_timer(HANDLE handle, int64_t due_time, void *routine, void *context, ULONG period,
                          BOOLEAN *guest_previous)
{
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    struct ps_thread *old_thread;
    bool old_apc;
    void *object;
    NTSTATUS status;
    if ((LONG)period < 0)
        return STATUS_INVALID_PARAMETER_6;
    status = ob_handle_lookup(handle, &ke_timer_type, TIMER_MODIFY_STATE, &object);
    if (!NT_SUCCESS(status))
        return status;
    if (!timers.running && !start_timer_thread()) {
        ob_dereference(object);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    struct timer *timer = object;
    int64_t now = ke_monotonic(), wait = due_time < 0 ? -due_time : due_time - ps_now();
    if (due_time == LLONG_MIN || wait > LLONG_MAX / 200)
        wait = LLONG_MAX / 200;
    if (due_time == 0 || wait < 0)
        wait = 0;
    bool shared = timer->header.sync != NULL;
    uint32_t signalled = 0;
    if (shared) {
        status = set_at_server(timer, now + wait * 100, (int64_t)period * 1000000, &signalled);
        if (!NT_SUCCESS(status)) {
            ob_dereference(object);
            return status;
        }
    }
    ke_lock();
    disarm(timer, &old_thread, &old_apc);
    BOOLEAN previous = shared ? signalled != 0 : timer->header.signal > 0;
    timer->header.signal = 0;
    timer->due.time = now + wait * 100;
    timer->period = (int64_t)period * 1000000;
    if (routine) {
        timer->apc_thread = ke_self->thread;
        ob_reference(timer->apc_thread);
        timer->apc.routine = routine;
        timer->apc.a1 = context;
        timer->apc.done = apc_done;
    }
    bool wake_thread = false;
    if (shared && !routine) {
        wake_thread = false;
    } else if (wait == 0) {
        expire(timer, now, &wake);
        wake_thread = timer->due.place == 1;
    } else if (heap_insert(timer)) {
        wake_thread = timer->due.place == 1;
    } else {
        status = STATUS_INSUFFICIENT_RESOURCES;
    }
    if (wake_thread)
        timers.word++;
    ke_unlock_and_wake(&wake);
    if (wake_thread)
        ke_futex_wake(&timers.word, 1);
    drop(timer, old_thread, old_apc);
    ob_dereference(object);
    return NT_SUCCESS(status) && guest_previous ? guest_write(guest_previous, previous) : status;
}

NTSTATUS NtSetTimer(HANDLE TimerHandle, LARGE_INTEGER *DueTime, PVOID TimerApcRoutine, PVOID TimerContext,
                    BOOLEAN ResumeTimer, LONG Period, BOOLEAN *PreviousState)
{
    LARGE_INTEGER due;
    NTSTATUS status = guest_read(&due, DueTime);
    if (!NT_SUCCESS(status))
        return status;
    if (Period < 0)
        return STATUS_INVALID_PARAMETER_6;
    status = set_timer(TimerHandle, due.QuadPart, TimerApcRoutine, TimerContext, (ULONG)Period,
                       PreviousState);
    return NT_SUCCESS(status) && ResumeTimer ? STATUS_TIMER_RESUME_IGNORED : status;
}

/* Class 0, TimerSetCoalescableTimer, is the only one. */
NTSTATUS NtSetTimerEx(HANDLE TimerHandle, ULONG TimerSetInformationClass, void *TimerSetInformation,
                      ULONG TimerSetInformationLength)
{
    struct {
        LARGE_INTEGER DueTime;
        PVOID TimerApcRoutine, TimerContext, WakeContext;
        ULONG Period, TolerableDelay;
        BOOLEAN *PreviousState;
    } information;
    if (TimerSetInformationClass != 0)
        return STATUS_INVALID_INFO_CLASS;
    if (TimerSetInformationLength != sizeof information)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = guest_copy(&information, TimerSetInformation, sizeof information);
    if (!NT_SUCCESS(status))
        return status;
    status = set_timer(TimerHandle, information.DueTime.QuadPart, information.TimerApcRoutine,
                       information.TimerContext, information.Period, information.PreviousState);
    return NT_SUCCESS(status) && information.WakeContext ? STATUS_TIMER_RESUME_IGNORED : status;
}

NTSTATUS NtCancelTimer(HANDLE TimerHandle, BOOLEAN *CurrentState)
{
    struct ps_thread *thread;
    bool apc;
    void *object;
    NTSTATUS status = ob_handle_lookup(TimerHandle, &ke_timer_type, TIMER_MODIFY_STATE, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct timer *timer = object;
    ke_lock();
    disarm(timer, &thread, &apc);
    BOOLEAN state = timer->header.signal > 0;
    bool shared = timer->header.sync != NULL;
    ke_unlock();
    drop(timer, thread, apc);
    if (shared) {
        struct gw_connection *connection;
        struct gw_cancel_timer_in in;
        struct gw_cancel_timer_out out = {0};
        status = ob_share_handle(timer, &connection, &in.handle);
        if (NT_SUCCESS(status))
            status = gw_cancel_timer(connection, &in, &out);
        if (!NT_SUCCESS(status)) {
            ob_dereference(object);
            return status;
        }
        state = out.signalled != 0;
    }
    ob_dereference(object);
    return CurrentState ? guest_write(CurrentState, state) : STATUS_SUCCESS;
}

NTSTATUS NtQueryTimer(HANDLE TimerHandle, ULONG TimerInformationClass, void *TimerInformation,
                      ULONG TimerInformationLength, ULONG *ReturnLength)
{
    struct {
        LARGE_INTEGER RemainingTime;
        BOOLEAN TimerState;
    } information = {0};
    ULONG length = sizeof information;
    void *object;
    if (TimerInformationClass != 0)
        return STATUS_INVALID_INFO_CLASS;
    if (TimerInformationLength != length)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = ob_handle_lookup(TimerHandle, &ke_timer_type, TIMER_QUERY_STATE, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct timer *timer = object;
    int64_t now = ke_monotonic();
    ke_lock();
    information.TimerState = timer->header.sync ? ke_shared_count(&timer->header) > 0
                                                : timer->header.signal > 0;
    information.RemainingTime.QuadPart = timer->due.place ? (timer->due.time - now) / 100 : 0;
    bool shared = timer->header.sync != NULL;
    ke_unlock();
    if (shared) {
        struct gw_connection *connection;
        struct gw_query_timer_in in;
        struct gw_query_timer_out out;
        status = ob_share_handle(timer, &connection, &in.handle);
        if (NT_SUCCESS(status))
            status = gw_query_timer(connection, &in, &out);
        if (!NT_SUCCESS(status)) {
            ob_dereference(object);
            return status;
        }
        information.RemainingTime.QuadPart = out.armed ? (out.due - now) / 100 : 0;
    }
    ob_dereference(object);
    status = guest_copy(TimerInformation, &information, length);
    return NT_SUCCESS(status) && ReturnLength ? guest_write(ReturnLength, length) : status;
}
