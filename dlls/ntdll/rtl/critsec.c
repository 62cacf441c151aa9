/*
 * Critical sections. LockCount is laid out as Windows documents it since Vista: bit 0 clear while
 * owned, bit 1 clear while a woken thread is on its way, the rest the complement of the number of
 * waiters; -1 is free. LockSemaphore counts wake-up tokens that waiters take (no kernel object).
 */
#include "park.h"

#define LOCK_FREE     1
#define LOCK_NO_WAKER 2
#define LOCK_WAITER   4

static RTL_CRITICAL_SECTION_DEBUG no_debug_info = {0};

static inline HANDLE current_thread(void)
{
    return rtl_teb()->ClientId.UniqueThread;
}

NTSTATUS NTAPI RtlInitializeCriticalSectionEx(RTL_CRITICAL_SECTION *section, ULONG spins, ULONG flags)
{
    if (flags & ~(RTL_CRITICAL_SECTION_ALL_FLAG_BITS))
        return STATUS_INVALID_PARAMETER_3;
    if (spins & RTL_CRITICAL_SECTION_ALL_FLAG_BITS)
        return STATUS_INVALID_PARAMETER_2;
    section->DebugInfo = (PRTL_CRITICAL_SECTION_DEBUG)(LONG_PTR)-1;
    section->LockCount = -1;
    section->RecursionCount = 0;
    section->OwningThread = NULL;
    section->LockSemaphore = NULL;
    section->SpinCount = rtl_peb()->NumberOfProcessors > 1 ? spins : 0;
    if (flags & RTL_CRITICAL_SECTION_FLAG_FORCE_DEBUG_INFO &&
        !(flags & RTL_CRITICAL_SECTION_FLAG_NO_DEBUG_INFO)) {
        RTL_CRITICAL_SECTION_DEBUG *debug = RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY,
                                                            sizeof *debug);
        if (!debug)
            return STATUS_NO_MEMORY;
        debug->CriticalSection = section;
        debug->ProcessLocksList.Flink = debug->ProcessLocksList.Blink = &debug->ProcessLocksList;
        section->DebugInfo = debug;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlInitializeCriticalSectionAndSpinCount(RTL_CRITICAL_SECTION *section, ULONG spins)
{
    return RtlInitializeCriticalSectionEx(section, spins & ~RTL_CRITICAL_SECTION_ALL_FLAG_BITS, 0);
}

NTSTATUS NTAPI RtlInitializeCriticalSection(RTL_CRITICAL_SECTION *section)
{
    return RtlInitializeCriticalSectionEx(section, 0, 0);
}

NTSTATUS NTAPI RtlDeleteCriticalSection(RTL_CRITICAL_SECTION *section)
{
    RTL_CRITICAL_SECTION_DEBUG *debug = section->DebugInfo;

    if (debug && debug != (void *)(LONG_PTR)-1 && debug != &no_debug_info &&
        debug->CriticalSection == section)
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, debug);
    section->DebugInfo = NULL;
    section->LockCount = -1;
    section->RecursionCount = 0;
    section->OwningThread = NULL;
    section->LockSemaphore = NULL;
    section->SpinCount = 0;
    return STATUS_SUCCESS;
}

ULONG NTAPI RtlSetCriticalSectionSpinCount(RTL_CRITICAL_SECTION *section, ULONG spins)
{
    ULONG old = (ULONG)section->SpinCount;
    section->SpinCount = rtl_peb()->NumberOfProcessors > 1 ? spins & ~RTL_CRITICAL_SECTION_ALL_FLAG_BITS : 0;
    return old;
}

/* Takes the lock bit; TRUE if it was free. */
static inline BOOLEAN take(RTL_CRITICAL_SECTION *section)
{
    LONG expected = -1;
    return __atomic_compare_exchange_n(&section->LockCount, &expected, -1 - LOCK_FREE, 0, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED) ||
           ((expected & LOCK_FREE) &&
            __atomic_fetch_and(&section->LockCount, ~LOCK_FREE, __ATOMIC_ACQUIRE) & LOCK_FREE);
}

static void __attribute__((noinline)) enter_slow(RTL_CRITICAL_SECTION *section)
{
    ULONG spins = (ULONG)(section->SpinCount & 0xffffff);
    ULONG most = park_spins();
    volatile LONG *tokens = (volatile LONG *)&section->LockSemaphore;
    LONG zero = 0;

    if (spins < most)
        spins = most;
    else if (spins > 2000)
        spins = 2000;
    for (ULONG i = 0; i < spins; i++) {
        if ((section->LockCount & LOCK_FREE) && take(section))
            return;
        spin_pause();
    }
    for (;;) {
        LONG count = section->LockCount;
        if (count & LOCK_FREE) {
            if (take(section))
                return;
            continue;
        }
        if (!__atomic_compare_exchange_n(&section->LockCount, &count, count - LOCK_WAITER, 0,
                                         __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            continue;
        for (;;) {
            LONG have = *tokens;
            if (have > 0) {
                if (__atomic_compare_exchange_n(tokens, &have, have - 1, 0, __ATOMIC_ACQ_REL,
                                                __ATOMIC_RELAXED))
                    break;
            } else
                RtlWaitOnAddress(tokens, &zero, sizeof zero, NULL);
        }
        /* We were counted out by the waker; let it be known that the next leaver must wake again. */
        for (;;) {
            count = section->LockCount;
            if (count & LOCK_FREE) {
                if (__atomic_compare_exchange_n(&section->LockCount, &count,
                                                (count & ~LOCK_FREE) | LOCK_NO_WAKER, 0, __ATOMIC_ACQ_REL,
                                                __ATOMIC_RELAXED))
                    return;
            } else if (__atomic_compare_exchange_n(&section->LockCount, &count, count | LOCK_NO_WAKER, 0,
                                                   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
                break;
        }
    }
}

NTSTATUS NTAPI RtlEnterCriticalSection(RTL_CRITICAL_SECTION *section)
{
    HANDLE self = current_thread();
    LONG expected = -1;

    if (!__atomic_compare_exchange_n(&section->LockCount, &expected, -1 - LOCK_FREE, 0, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED)) {
        if (section->OwningThread == self) {
            section->RecursionCount++;
            return STATUS_SUCCESS;
        }
        enter_slow(section);
    }
    section->OwningThread = self;
    section->RecursionCount = 1;
    return STATUS_SUCCESS;
}

ULONG NTAPI RtlTryEnterCriticalSection(RTL_CRITICAL_SECTION *section)
{
    if (take(section)) {
        section->OwningThread = current_thread();
        section->RecursionCount = 1;
        return TRUE;
    }
    if (section->OwningThread != current_thread())
        return FALSE;
    section->RecursionCount++;
    return TRUE;
}

static void __attribute__((noinline)) leave_slow(RTL_CRITICAL_SECTION *section)
{
    LONG count = __atomic_or_fetch(&section->LockCount, LOCK_FREE, __ATOMIC_RELEASE);

    /* Somebody waits, nobody is on its way and the lock is still free: wake one. */
    while ((count & LOCK_FREE) && (count & LOCK_NO_WAKER) && count != -1) {
        if (__atomic_compare_exchange_n(&section->LockCount, &count, (count & ~LOCK_NO_WAKER) + LOCK_WAITER,
                                        0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
            __atomic_fetch_add((volatile LONG *)&section->LockSemaphore, 1, __ATOMIC_RELEASE);
            RtlWakeAddressSingle(&section->LockSemaphore);
            return;
        }
    }
}

NTSTATUS NTAPI RtlLeaveCriticalSection(RTL_CRITICAL_SECTION *section)
{
    LONG expected = -1 - LOCK_FREE;

    if (--section->RecursionCount > 0)
        return STATUS_SUCCESS;
    section->RecursionCount = 0;
    section->OwningThread = NULL;
    if (!__atomic_compare_exchange_n(&section->LockCount, &expected, -1, 0, __ATOMIC_RELEASE,
                                     __ATOMIC_RELAXED))
        leave_slow(section);
    return STATUS_SUCCESS;
}

ULONG NTAPI RtlIsCriticalSectionLocked(RTL_CRITICAL_SECTION *section)
{
    return !(section->LockCount & LOCK_FREE);
}

ULONG NTAPI RtlIsCriticalSectionLockedByThread(RTL_CRITICAL_SECTION *section)
{
    return section->OwningThread == current_thread() && section->RecursionCount > 0;
}

void NTAPI RtlEnableEarlyCriticalSectionEventCreation(void)
{
}
void NTAPI RtlCheckForOrphanedCriticalSections(HANDLE thread)
{
    (void)thread;
}

/* The PEB lock. LDR points FastPebLock at peb_lock before the first use. */
RTL_CRITICAL_SECTION rtl_peb_lock = {.DebugInfo = (PRTL_CRITICAL_SECTION_DEBUG)(LONG_PTR)-1, .LockCount = -1};

void NTAPI RtlAcquirePebLock(void)
{
    RtlEnterCriticalSection(rtl_peb()->FastPebLock ? rtl_peb()->FastPebLock : &rtl_peb_lock);
}
void NTAPI RtlReleasePebLock(void)
{
    RtlLeaveCriticalSection(rtl_peb()->FastPebLock ? rtl_peb()->FastPebLock : &rtl_peb_lock);
}
ULONG NTAPI RtlTryAcquirePebLock(void)
{
    return RtlTryEnterCriticalSection(rtl_peb()->FastPebLock ? rtl_peb()->FastPebLock : &rtl_peb_lock);
}
PPEB NTAPI RtlGetCurrentPeb(void)
{
    return rtl_peb();
}
