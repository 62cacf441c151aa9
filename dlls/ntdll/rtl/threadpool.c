/*
 * The thread pool: pools, workers, work items, cleanup groups, callback instances.
 */
#include "threadpool.h"

#define IDLE_SECONDS       10
#define EXIT_WAIT(seconds) ((LARGE_INTEGER){.QuadPart = -(LONGLONG)(seconds)*10000000})

static struct tp_pool *default_pool;
static RTL_SRWLOCK default_lock;

static struct tp_pool *new_pool(void)
{
    struct tp_pool *pool = RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY, sizeof *pool);

    if (!pool)
        return NULL;
    for (unsigned i = 0; i < TP_CALLBACK_PRIORITY_COUNT; i++)
        pool->queue[i].Flink = pool->queue[i].Blink = &pool->queue[i];
    pool->references = 1;
    pool->maximum = 500;
    pool->usual = (LONG)rtl_peb()->NumberOfProcessors + 1;
    return pool;
}

void tp_release_pool(struct tp_pool *pool)
{
    if (!__atomic_sub_fetch(&pool->references, 1, __ATOMIC_ACQ_REL))
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, pool);
}

struct tp_pool *tp_pool_of(PTP_CALLBACK_ENVIRON environment)
{
    if (environment && environment->Pool)
        return (struct tp_pool *)environment->Pool;
    struct tp_pool *pool = __atomic_load_n(&default_pool, __ATOMIC_ACQUIRE);
    if (!pool) {
        RtlAcquireSRWLockExclusive(&default_lock);
        if (!default_pool)
            __atomic_store_n(&default_pool, new_pool(), __ATOMIC_RELEASE);
        pool = default_pool;
        RtlReleaseSRWLockExclusive(&default_lock);
    }
    return pool;
}

NTSTATUS tp_create_thread(PTHREAD_START_ROUTINE function, PVOID argument, SIZE_T reserve, SIZE_T commit)
{
    HANDLE thread;
    NTSTATUS status = NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, NULL, NtCurrentProcess(), (PVOID)function,
                                       argument, 0, 0, commit, reserve, NULL);
    if (NT_SUCCESS(status))
        NtClose(thread);
    return status;
}

/* ---- objects ---- */

struct tp_object *tp_create(enum tp_kind kind, PVOID callback, PVOID context,
                            PTP_CALLBACK_ENVIRON environment)
{
    struct tp_pool *pool = tp_pool_of(environment);
    struct tp_object *object = pool
                                   ? RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY, sizeof *object)
                                   : NULL;

    if (!object)
        return NULL;
    object->references = 1;
    object->kind = (UCHAR)kind;
    object->priority = TP_CALLBACK_PRIORITY_NORMAL;
    object->pool = pool;
    object->callback = callback;
    object->context = context;
    __atomic_add_fetch(&pool->references, 1, __ATOMIC_RELAXED);
    if (environment) {
        object->finalization = environment->FinalizationCallback;
        object->module = environment->RaceDll;
        object->long_function = environment->u.s.LongFunction;
        if (environment->Version >= 3 && environment->CallbackPriority < TP_CALLBACK_PRIORITY_COUNT)
            object->priority = (UCHAR)environment->CallbackPriority;
        if (environment->CleanupGroup) {
            struct tp_group *group = (struct tp_group *)environment->CleanupGroup;
            object->group = group;
            object->group_cancel = environment->CleanupGroupCancelCallback;
            __atomic_add_fetch(&group->references, 1, __ATOMIC_RELAXED);
            __atomic_add_fetch(&object->references, 1, __ATOMIC_RELAXED); /* the group's */
            RtlAcquireSRWLockExclusive(&group->lock);
            object->group_link.Flink = &group->members;
            object->group_link.Blink = group->members.Blink;
            group->members.Blink->Flink = &object->group_link;
            group->members.Blink = &object->group_link;
            RtlReleaseSRWLockExclusive(&group->lock);
        }
    }
    return object;
}

void tp_reference(struct tp_object *object)
{
    __atomic_add_fetch(&object->references, 1, __ATOMIC_RELAXED);
}

static void release_group(struct tp_group *group)
{
    if (!__atomic_sub_fetch(&group->references, 1, __ATOMIC_ACQ_REL))
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, group);
}

void tp_dereference(struct tp_object *object)
{
    if (__atomic_sub_fetch(&object->references, 1, __ATOMIC_ACQ_REL))
        return;
    if (object->kind == TP_IO_ITEM && object->io.port)
        NtClose(object->io.port);
    if (object->group)
        release_group(object->group);
    tp_release_pool(object->pool);
    if (object->owned)
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, object->owned);
    RtlFreeHeap(rtl_peb()->ProcessHeap, 0, object);
}

/* Takes the object out of its group, if it still is a member; drops the group's reference. */
static void leave_group(struct tp_object *object)
{
    struct tp_group *group = object->group;
    BOOLEAN member;

    if (!group)
        return;
    RtlAcquireSRWLockExclusive(&group->lock);
    member = object->group_link.Flink != NULL;
    if (member) {
        object->group_link.Flink->Blink = object->group_link.Blink;
        object->group_link.Blink->Flink = object->group_link.Flink;
        object->group_link.Flink = NULL;
    }
    RtlReleaseSRWLockExclusive(&group->lock);
    if (member)
        tp_dereference(object);
}

void tp_release(struct tp_object *object)
{
    object->released = TRUE;
    tp_disarm(object);
    leave_group(object);
    tp_dereference(object);
}

/* ---- workers ---- */

static void run_instance(struct tp_instance *instance, struct tp_packet *packet, TP_WAIT_RESULT result)
{
    struct tp_object *object = instance->object;
    PTP_CALLBACK_INSTANCE handle = (PTP_CALLBACK_INSTANCE)instance;

    switch (object->kind) {
    case TP_SIMPLE_WORK: ((PTP_SIMPLE_CALLBACK)object->callback)(handle, object->context); break;
    case TP_WORK_ITEM:
        ((PTP_WORK_CALLBACK)object->callback)(handle, object->context, (PTP_WORK)object);
        break;
    case TP_TIMER_ITEM:
        ((PTP_TIMER_CALLBACK)object->callback)(handle, object->context, (PTP_TIMER)object);
        break;
    case TP_WAIT_ITEM:
        ((PTP_WAIT_CALLBACK)object->callback)(handle, object->context, (PTP_WAIT)object, result);
        break;
    case TP_IO_ITEM:
        ((PTP_IO_CALLBACK)object->callback)(handle, object->context, packet->apc_context, &packet->iosb,
                                            (PTP_IO)object);
        break;
    }
    if (object->finalization)
        object->finalization(handle, object->context);
    if (instance->section)
        RtlLeaveCriticalSection(instance->section);
    if (instance->mutex)
        NtReleaseMutant(instance->mutex, NULL);
    if (instance->semaphore)
        NtReleaseSemaphore(instance->semaphore, (LONG)instance->semaphore_count, NULL);
    if (instance->event)
        NtSetEvent(instance->event, NULL);
}

static void disassociate(struct tp_instance *instance)
{
    struct tp_object *object = instance->object;

    if (!instance->associated)
        return;
    instance->associated = FALSE;
    RtlAcquireSRWLockExclusive(&object->pool->lock);
    object->running--;
    BOOLEAN done = !object->running && !object->pending;
    RtlReleaseSRWLockExclusive(&object->pool->lock);
    if (done)
        RtlWakeAllConditionVariable(&object->done);
}

NTSTATUS NTAPI LdrUnloadDll(HMODULE Module);

/* The callback is already counted in object->running, with a reference. */
void tp_run(struct tp_object *object, struct tp_packet *packet, TP_WAIT_RESULT result)
{
    struct tp_instance instance = {.object = object, .associated = TRUE};

    run_instance(&instance, packet, result);
    disassociate(&instance);
    if (packet)
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, packet);
    if (object->kind == TP_SIMPLE_WORK)
        leave_group(object);
    tp_dereference(object);
    if (instance.module)
        LdrUnloadDll(instance.module);
}

static struct tp_object *take(struct tp_pool *pool, struct tp_packet **ret_packet, TP_WAIT_RESULT *ret_result)
{
    for (unsigned i = 0; i < TP_CALLBACK_PRIORITY_COUNT; i++) {
        LIST_ENTRY *head = &pool->queue[i], *link = head->Flink;
        if (link == head)
            continue;
        struct tp_object *object = CONTAINING_RECORD(link, struct tp_object, queue_link);
        head->Flink = link->Flink;
        link->Flink->Blink = head;
        pool->queued--;
        object->running++;
        if (--object->pending) { /* back to the end: others have their turn */
            tp_reference(object);
            link->Flink = head;
            link->Blink = head->Blink;
            head->Blink->Flink = link;
            head->Blink = link;
        } else
            object->queued = FALSE;
        *ret_packet = NULL;
        if (object->kind == TP_IO_ITEM) {
            *ret_packet = object->io.first;
            if (!(object->io.first = object->io.first->next))
                object->io.last = &object->io.first;
        }
        if (object->kind == TP_WAIT_ITEM)
            *ret_result = object->wait.result;
        pool->progress++;
        return object;
    }
    return NULL;
}

static DWORD WINAPI worker(LPVOID argument)
{
    struct tp_pool *pool = argument;
    struct tp_packet *packet;
    TP_WAIT_RESULT result = 0;

    RtlAcquireSRWLockExclusive(&pool->lock);
    for (;;) {
        struct tp_object *object = take(pool, &packet, &result);
        if (object) {
            RtlReleaseSRWLockExclusive(&pool->lock);
            tp_run(object, packet, result);
            RtlAcquireSRWLockExclusive(&pool->lock);
            continue;
        }
        if (pool->closing)
            break;
        pool->idle++;
        NTSTATUS status = RtlSleepConditionVariableSRW(&pool->wake, &pool->lock, &EXIT_WAIT(IDLE_SECONDS), 0);
        pool->idle--;
        if (status == STATUS_TIMEOUT && !pool->queued && pool->threads > pool->minimum)
            break;
    }
    pool->threads--;
    RtlReleaseSRWLockExclusive(&pool->lock);
    tp_release_pool(pool);
    return 0;
}

/* With the pool's lock held. */
static void add_worker(struct tp_pool *pool)
{
    pool->threads++;
    __atomic_add_fetch(&pool->references, 1, __ATOMIC_RELAXED);
    if (!NT_SUCCESS(tp_create_thread(worker, pool, pool->stack_reserve, pool->stack_commit))) {
        pool->threads--;
        __atomic_sub_fetch(&pool->references, 1, __ATOMIC_RELAXED);
    }
}

/* Called by the timer thread now and then while work waits: another worker if nothing moves. */
BOOLEAN tp_check_progress(struct tp_pool *pool, LONG *last)
{
    RtlAcquireSRWLockExclusive(&pool->lock);
    BOOLEAN waiting = pool->queued > pool->idle;
    if (waiting && *last == pool->progress && pool->threads < pool->maximum)
        add_worker(pool);
    *last = pool->progress;
    if (!waiting)
        pool->watched = FALSE;
    RtlReleaseSRWLockExclusive(&pool->lock);
    return waiting;
}

/* Queues one more call of the object's callback. With the pool's lock held; TRUE: wake a worker. */
static BOOLEAN post_locked(struct tp_object *object)
{
    struct tp_pool *pool = object->pool;
    LIST_ENTRY *head = &pool->queue[object->priority];

    object->pending++;
    pool->queued++;
    if (!object->queued) {
        object->queued = TRUE;
        tp_reference(object);
        object->queue_link.Flink = head;
        object->queue_link.Blink = head->Blink;
        head->Blink->Flink = &object->queue_link;
        head->Blink = &object->queue_link;
    }
    /* A worker stays in `idle` until it runs again, so an idle one may be spoken for by an item posted
     * before: only as many as there are queued items count. */
    if (pool->idle >= pool->queued)
        return TRUE;
    if (pool->threads < pool->usual && pool->threads < pool->maximum)
        add_worker(pool);
    else if (!pool->threads)
        add_worker(pool);
    return pool->idle != 0;
}

BOOLEAN tp_post_unwatched(struct tp_object *object)
{
    struct tp_pool *pool = object->pool;
    BOOLEAN watch = FALSE;

    RtlAcquireSRWLockExclusive(&pool->lock);
    BOOLEAN wake = post_locked(object);
    if (pool->queued > pool->idle && pool->threads >= pool->usual && !pool->watched &&
        pool->threads < pool->maximum)
        watch = pool->watched = TRUE;
    RtlReleaseSRWLockExclusive(&pool->lock);
    if (wake)
        RtlWakeConditionVariable(&pool->wake);
    return watch;
}

void tp_post(struct tp_object *object)
{
    if (tp_post_unwatched(object))
        tp_watch(object->pool);
}

/* Waits until no callback is posted or runs; cancel: those not begun are dropped. */
void tp_wait(struct tp_object *object, BOOLEAN cancel)
{
    struct tp_pool *pool = object->pool;
    struct tp_packet *packets = NULL;
    BOOLEAN dropped = FALSE;

    RtlAcquireSRWLockExclusive(&pool->lock);
    if (cancel && object->queued) {
        object->queue_link.Flink->Blink = object->queue_link.Blink;
        object->queue_link.Blink->Flink = object->queue_link.Flink;
        pool->queued -= object->pending;
        object->pending = 0;
        object->queued = FALSE;
        dropped = TRUE;
        if (object->kind == TP_IO_ITEM) {
            packets = object->io.first;
            object->io.first = NULL;
            object->io.last = &object->io.first;
        }
    }
    while (object->pending || object->running)
        RtlSleepConditionVariableSRW(&object->done, &pool->lock, NULL, 0);
    RtlReleaseSRWLockExclusive(&pool->lock);
    while (packets) {
        struct tp_packet *next = packets->next;
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, packets);
        packets = next;
    }
    if (dropped)
        tp_dereference(object);
}

/* ---- pools ---- */

NTSTATUS NTAPI TpAllocPool(PTP_POOL *ret_pool, PVOID reserved)
{
    (void)reserved;
    *ret_pool = (PTP_POOL)new_pool();
    return *ret_pool ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

void NTAPI TpReleasePool(PTP_POOL handle)
{
    struct tp_pool *pool = (struct tp_pool *)handle;

    RtlAcquireSRWLockExclusive(&pool->lock);
    pool->closing = TRUE;
    RtlReleaseSRWLockExclusive(&pool->lock);
    RtlWakeAllConditionVariable(&pool->wake);
    tp_release_pool(pool);
}

void NTAPI TpSetPoolMaxThreads(PTP_POOL handle, LONG maximum)
{
    struct tp_pool *pool = (struct tp_pool *)handle;

    RtlAcquireSRWLockExclusive(&pool->lock);
    pool->maximum = maximum > 0 ? maximum : 1;
    if (pool->minimum > pool->maximum)
        pool->minimum = pool->maximum;
    RtlReleaseSRWLockExclusive(&pool->lock);
}

NTSTATUS NTAPI TpSetPoolMinThreads(PTP_POOL handle, LONG minimum)
{
    struct tp_pool *pool = (struct tp_pool *)handle;

    RtlAcquireSRWLockExclusive(&pool->lock);
    pool->minimum = minimum;
    if (pool->maximum < minimum)
        pool->maximum = minimum;
    while (pool->threads < minimum) {
        LONG before = pool->threads;
        add_worker(pool);
        if (pool->threads == before)
            break;
    }
    NTSTATUS status = pool->threads < minimum ? STATUS_NO_MEMORY : STATUS_SUCCESS;
    RtlReleaseSRWLockExclusive(&pool->lock);
    return status;
}

NTSTATUS NTAPI TpSetPoolStackInformation(PTP_POOL handle, PVOID information)
{
    const TP_POOL_STACK_INFORMATION *info = information;

    ((struct tp_pool *)handle)->stack_reserve = info->StackReserve;
    ((struct tp_pool *)handle)->stack_commit = info->StackCommit;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI TpQueryPoolStackInformation(PTP_POOL handle, PVOID information)
{
    TP_POOL_STACK_INFORMATION *info = information;

    info->StackReserve = ((struct tp_pool *)handle)->stack_reserve;
    info->StackCommit = ((struct tp_pool *)handle)->stack_commit;
    return STATUS_SUCCESS;
}

/* ---- cleanup groups ---- */

NTSTATUS NTAPI TpAllocCleanupGroup(PTP_CLEANUP_GROUP *ret_group)
{
    struct tp_group *group = RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY, sizeof *group);

    if (!group)
        return STATUS_NO_MEMORY;
    group->references = 1;
    group->members.Flink = group->members.Blink = &group->members;
    *ret_group = (PTP_CLEANUP_GROUP)group;
    return STATUS_SUCCESS;
}

void NTAPI TpReleaseCleanupGroup(PTP_CLEANUP_GROUP handle)
{
    release_group((struct tp_group *)handle);
}

/* Waits for the members' callbacks (or cancels those not begun) and releases the members. */
void NTAPI TpReleaseCleanupGroupMembers(PTP_CLEANUP_GROUP handle, LONG cancel, PVOID parameter)
{
    struct tp_group *group = (struct tp_group *)handle;

    for (;;) {
        struct tp_object *object = NULL;
        RtlAcquireSRWLockExclusive(&group->lock);
        LIST_ENTRY *link = group->members.Flink;
        if (link != &group->members) {
            object = CONTAINING_RECORD(link, struct tp_object, group_link);
            group->members.Flink = link->Flink;
            link->Flink->Blink = &group->members;
            link->Flink = NULL;
        }
        RtlReleaseSRWLockExclusive(&group->lock);
        if (!object)
            return;
        BOOLEAN pending = object->pending != 0;
        tp_disarm(object);
        tp_wait(object, cancel != 0);
        /* Told of each object that nobody released; a simple call is one while it has not run. */
        if (cancel && object->group_cancel && (object->kind == TP_SIMPLE_WORK ? pending : !object->released))
            object->group_cancel(object->context, parameter);
        if (object->kind != TP_SIMPLE_WORK && !object->released)
            tp_dereference(object); /* the owner's: a simple call has none */
        tp_dereference(object);
    }
}

/* ---- work ---- */

NTSTATUS NTAPI TpAllocWork(PTP_WORK *ret_work, PTP_WORK_CALLBACK callback, PVOID context,
                           PTP_CALLBACK_ENVIRON environment)
{
    struct tp_object *object = tp_create(TP_WORK_ITEM, (PVOID)callback, context, environment);

    if (!object)
        return STATUS_NO_MEMORY;
    *ret_work = (PTP_WORK)object;
    return STATUS_SUCCESS;
}

void NTAPI TpPostWork(PTP_WORK work)
{
    tp_post((struct tp_object *)work);
}
void NTAPI TpWaitForWork(PTP_WORK work, LONG cancel)
{
    tp_wait((struct tp_object *)work, cancel != 0);
}
void NTAPI TpReleaseWork(PTP_WORK work)
{
    tp_release((struct tp_object *)work);
}

NTSTATUS NTAPI TpSimpleTryPost(PTP_SIMPLE_CALLBACK callback, PVOID context, PTP_CALLBACK_ENVIRON environment)
{
    struct tp_object *object = tp_create(TP_SIMPLE_WORK, (PVOID)callback, context, environment);

    if (!object)
        return STATUS_NO_MEMORY;
    tp_post(object);
    tp_dereference(object);
    return STATUS_SUCCESS;
}

/* ---- callback instances ---- */

/* Makes room for another worker; fails if the pool has as many as it may. */
NTSTATUS NTAPI TpCallbackMayRunLong(PTP_CALLBACK_INSTANCE handle)
{
    struct tp_instance *instance = (struct tp_instance *)handle;
    struct tp_pool *pool = instance->object->pool;
    NTSTATUS status = STATUS_SUCCESS;

    if (instance->long_running)
        return status;
    RtlAcquireSRWLockExclusive(&pool->lock);
    if (!pool->idle) {
        if (pool->threads >= pool->maximum)
            status = STATUS_TOO_MANY_THREADS;
        else
            add_worker(pool);
    }
    RtlReleaseSRWLockExclusive(&pool->lock);
    instance->long_running = TRUE;
    return status;
}

void NTAPI TpDisassociateCallback(PTP_CALLBACK_INSTANCE instance)
{
    disassociate((struct tp_instance *)instance);
}

void NTAPI TpCallbackSetEventOnCompletion(PTP_CALLBACK_INSTANCE instance, HANDLE event)
{
    ((struct tp_instance *)instance)->event = event;
}

void NTAPI TpCallbackReleaseSemaphoreOnCompletion(PTP_CALLBACK_INSTANCE instance, HANDLE semaphore,
                                                  ULONG count)
{
    ((struct tp_instance *)instance)->semaphore = semaphore;
    ((struct tp_instance *)instance)->semaphore_count = count;
}

void NTAPI TpCallbackReleaseMutexOnCompletion(PTP_CALLBACK_INSTANCE instance, HANDLE mutex)
{
    ((struct tp_instance *)instance)->mutex = mutex;
}

void NTAPI TpCallbackLeaveCriticalSectionOnCompletion(PTP_CALLBACK_INSTANCE instance,
                                                      PCRITICAL_SECTION section)
{
    ((struct tp_instance *)instance)->section = section;
}

void NTAPI TpCallbackUnloadDllOnCompletion(PTP_CALLBACK_INSTANCE instance, HMODULE module)
{
    ((struct tp_instance *)instance)->module = module;
}
