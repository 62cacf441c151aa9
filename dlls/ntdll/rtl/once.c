/*
 * One-time initialization, barriers, resources (the old reader/writer lock).
 * A RTL_RUN_ONCE: low two bits 0 not begun, 1 in progress, 2 done (the rest is the context),
 * 3 in progress asynchronously.
 */
#include "park.h"

#define NOT_BEGUN 0
#define PENDING   1
#define DONE      2
#define ASYNC     3

void NTAPI RtlRunOnceInitialize(RTL_RUN_ONCE *once)
{
    once->Ptr = NULL;
}

NTSTATUS NTAPI RtlRunOnceBeginInitialize(RTL_RUN_ONCE *once, ULONG flags, PVOID *context)
{
    ULONG_PTR *word = (ULONG_PTR *)&once->Ptr;

    if (flags & ~(ULONG)(RTL_RUN_ONCE_CHECK_ONLY | RTL_RUN_ONCE_ASYNC))
        return STATUS_INVALID_PARAMETER_2;
    if ((flags & RTL_RUN_ONCE_CHECK_ONLY) && (flags & RTL_RUN_ONCE_ASYNC))
        return STATUS_INVALID_PARAMETER_2;
    for (;;) {
        ULONG_PTR value = __atomic_load_n(word, __ATOMIC_ACQUIRE);
        switch (value & 3) {
        case DONE:
            if (context)
                *context = (PVOID)(value & ~(ULONG_PTR)3);
            return STATUS_SUCCESS;
        case NOT_BEGUN:
            if (flags & RTL_RUN_ONCE_CHECK_ONLY)
                return STATUS_UNSUCCESSFUL;
            if (__atomic_compare_exchange_n(word, &value, flags & RTL_RUN_ONCE_ASYNC ? ASYNC : PENDING, 0,
                                            __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
                return STATUS_PENDING;
            break;
        case PENDING:
            if (flags & RTL_RUN_ONCE_CHECK_ONLY)
                return STATUS_UNSUCCESSFUL;
            if (flags & RTL_RUN_ONCE_ASYNC)
                return STATUS_INVALID_PARAMETER_2;
            RtlWaitOnAddress(word, &value, sizeof value, NULL);
            break;
        case ASYNC:
            if (flags & RTL_RUN_ONCE_CHECK_ONLY)
                return STATUS_UNSUCCESSFUL;
            return flags & RTL_RUN_ONCE_ASYNC ? STATUS_PENDING : STATUS_INVALID_PARAMETER_2;
        }
    }
}

NTSTATUS NTAPI RtlRunOnceComplete(RTL_RUN_ONCE *once, ULONG flags, PVOID context)
{
    ULONG_PTR *word = (ULONG_PTR *)&once->Ptr, value = __atomic_load_n(word, __ATOMIC_RELAXED);
    BOOLEAN failed = (flags & RTL_RUN_ONCE_INIT_FAILED) != 0, async = (flags & RTL_RUN_ONCE_ASYNC) != 0;

    if (flags & ~(ULONG)(RTL_RUN_ONCE_INIT_FAILED | RTL_RUN_ONCE_ASYNC) || (failed && (async || context)))
        return STATUS_INVALID_PARAMETER_2;
    if ((ULONG_PTR)context & 3)
        return STATUS_INVALID_PARAMETER_3;
    switch (value & 3) {
    case PENDING:
        if (async)
            return STATUS_INVALID_PARAMETER_2;
        __atomic_store_n(word, failed ? NOT_BEGUN : (ULONG_PTR)context | DONE, __ATOMIC_RELEASE);
        RtlWakeAddressAll(word);
        return STATUS_SUCCESS;
    case ASYNC:
        if (!async)
            return STATUS_INVALID_PARAMETER_2;
        if (__atomic_compare_exchange_n(word, &value, (ULONG_PTR)context | DONE, 0, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
            return STATUS_SUCCESS;
        return STATUS_OBJECT_NAME_COLLISION;
    case DONE: return async ? STATUS_OBJECT_NAME_COLLISION : STATUS_UNSUCCESSFUL;
    }
    return STATUS_UNSUCCESSFUL;
}

NTSTATUS NTAPI RtlRunOnceExecuteOnce(RTL_RUN_ONCE *once, PRTL_RUN_ONCE_INIT_FN function, PVOID parameter,
                                     PVOID *context)
{
    PVOID result = NULL;
    NTSTATUS status = RtlRunOnceBeginInitialize(once, 0, context);

    if (status != STATUS_PENDING)
        return status;
    if (!function(once, parameter, context ? context : &result)) {
        RtlRunOnceComplete(once, RTL_RUN_ONCE_INIT_FAILED, NULL);
        return STATUS_UNSUCCESSFUL;
    }
    return RtlRunOnceComplete(once, 0, context ? *context : result);
}

/* ---- barriers: Reserved1 threads still to come, Reserved2 total, Reserved3[0] phase, Reserved4 spins,
 *      Reserved3[1] threads that have not left the previous phase ---- */

#define to_come(barrier)  ((volatile LONG *)&(barrier)->Reserved1)
#define phase_of(barrier) ((volatile ULONG_PTR *)&(barrier)->Reserved3[0])
#define inside(barrier)   ((volatile ULONG_PTR *)&(barrier)->Reserved3[1])

NTSTATUS NTAPI RtlInitBarrier(RTL_BARRIER *barrier, ULONG total, ULONG spins)
{
    if (!total || total > 0x7fffffff)
        return STATUS_INVALID_PARAMETER;
    memset(barrier, 0, sizeof *barrier);
    barrier->Reserved1 = total;
    barrier->Reserved2 = total;
    barrier->Reserved4 = spins == ~0u ? 2000 : spins;
    return STATUS_SUCCESS;
}

/* TRUE for the thread that came last. */
BOOLEAN NTAPI RtlBarrier(RTL_BARRIER *barrier, ULONG flags)
{
    ULONG_PTR phase = *phase_of(barrier);
    BOOLEAN last;

    __atomic_fetch_add(inside(barrier), 1, __ATOMIC_ACQ_REL);
    last = !__atomic_sub_fetch(to_come(barrier), 1, __ATOMIC_ACQ_REL);
    if (last) {
        *to_come(barrier) = (LONG)barrier->Reserved2;
        __atomic_store_n(phase_of(barrier), phase + 1, __ATOMIC_SEQ_CST);
        RtlWakeAddressAll((void *)phase_of(barrier));
    } else {
        if (!(flags & SYNCHRONIZATION_BARRIER_FLAGS_BLOCK_ONLY) && park_spins())
            for (ULONG i = 0; *phase_of(barrier) == phase &&
                              (i < barrier->Reserved4 || flags & SYNCHRONIZATION_BARRIER_FLAGS_SPIN_ONLY);
                 i++) {
                if (i % 1024 == 1023)
                    NtYieldExecution();
                spin_pause();
            }
        while (__atomic_load_n(phase_of(barrier), __ATOMIC_ACQUIRE) == phase)
            RtlWaitOnAddress(phase_of(barrier), &phase, sizeof phase, NULL);
    }
    if (!__atomic_sub_fetch(inside(barrier), 1, __ATOMIC_ACQ_REL) &&
        !(flags & SYNCHRONIZATION_BARRIER_FLAGS_NO_DELETE))
        RtlWakeAddressAll((void *)inside(barrier));
    return last;
}

/* Waits until no thread is inside any more. */
NTSTATUS NTAPI RtlDeleteBarrier(RTL_BARRIER *barrier)
{
    ULONG_PTR left;

    while ((left = __atomic_load_n(inside(barrier), __ATOMIC_ACQUIRE)))
        RtlWaitOnAddress(inside(barrier), &left, sizeof left, &(LARGE_INTEGER){.QuadPart = -10000});
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlBarrierForDelete(RTL_BARRIER *barrier, ULONG flags)
{
    return RtlBarrier(barrier, flags);
}

/* ---- resources: the critical section guards the counts; waiters sleep on NumberOfActive ---- */

void NTAPI RtlInitializeResource(PRTL_RESOURCE resource)
{
    memset(resource, 0, sizeof *resource);
    RtlInitializeCriticalSection(&resource->CriticalSection);
}

void NTAPI RtlDeleteResource(PRTL_RESOURCE resource)
{
    RtlDeleteCriticalSection(&resource->CriticalSection);
}

static BOOLEAN wait_for_resource(PRTL_RESOURCE resource, PULONG waiters)
{
    LONG active = resource->NumberOfActive;

    ++*waiters;
    RtlLeaveCriticalSection(&resource->CriticalSection);
    RtlWaitOnAddress(&resource->NumberOfActive, &active, sizeof active, NULL);
    RtlEnterCriticalSection(&resource->CriticalSection);
    --*waiters;
    return TRUE;
}

BOOLEAN NTAPI RtlAcquireResourceExclusive(PRTL_RESOURCE resource, BOOLEAN wait)
{
    HANDLE self = rtl_teb()->ClientId.UniqueThread;
    BOOLEAN taken = TRUE;

    RtlEnterCriticalSection(&resource->CriticalSection);
    while (resource->NumberOfActive &&
           !(resource->NumberOfActive < 0 && resource->ExclusiveOwnerThread == self))
        if (!wait || !wait_for_resource(resource, &resource->NumberOfWaitingExclusive)) {
            taken = FALSE;
            break;
        }
    if (taken) {
        resource->NumberOfActive--;
        resource->ExclusiveOwnerThread = self;
    }
    RtlLeaveCriticalSection(&resource->CriticalSection);
    return taken;
}

BOOLEAN NTAPI RtlAcquireResourceShared(PRTL_RESOURCE resource, BOOLEAN wait)
{
    HANDLE self = rtl_teb()->ClientId.UniqueThread;
    BOOLEAN taken = TRUE;

    RtlEnterCriticalSection(&resource->CriticalSection);
    while (resource->NumberOfActive < 0 && resource->ExclusiveOwnerThread != self)
        if (!wait || !wait_for_resource(resource, &resource->NumberOfWaitingShared)) {
            taken = FALSE;
            break;
        }
    if (taken)
        resource->NumberOfActive += resource->NumberOfActive < 0 ? -1 : 1;
    RtlLeaveCriticalSection(&resource->CriticalSection);
    return taken;
}

void NTAPI RtlReleaseResource(PRTL_RESOURCE resource)
{
    RtlEnterCriticalSection(&resource->CriticalSection);
    if (resource->NumberOfActive)
        resource->NumberOfActive += resource->NumberOfActive < 0 ? 1 : -1;
    BOOLEAN wake = !resource->NumberOfActive &&
                   (resource->NumberOfWaitingExclusive || resource->NumberOfWaitingShared);
    if (!resource->NumberOfActive)
        resource->ExclusiveOwnerThread = NULL;
    RtlLeaveCriticalSection(&resource->CriticalSection);
    if (wake)
        RtlWakeAddressAll(&resource->NumberOfActive);
}

void NTAPI RtlConvertExclusiveToShared(PRTL_RESOURCE resource)
{
    RtlEnterCriticalSection(&resource->CriticalSection);
    if (resource->NumberOfActive == -1) {
        resource->NumberOfActive = 1;
        resource->ExclusiveOwnerThread = NULL;
    }
    RtlLeaveCriticalSection(&resource->CriticalSection);
    RtlWakeAddressAll(&resource->NumberOfActive);
}

void NTAPI RtlConvertSharedToExclusive(PRTL_RESOURCE resource)
{
    RtlReleaseResource(resource);
    RtlAcquireResourceExclusive(resource, TRUE);
}
