/*
 * Slim reader/writer locks and condition variables on parking (park.h).
 * The lock word: bit 0 owned exclusively, bit 1 somebody is parked, the rest counts readers.
 * A condition variable's word counts the threads parked on it.
 */
#include "park.h"

#define EXCLUSIVE 1
#define PARKED    2
#define READER    4

#define word_of(lock) ((ULONG_PTR *)&(lock)->Ptr)

void NTAPI RtlInitializeSRWLock(RTL_SRWLOCK *lock)
{
    lock->Ptr = NULL;
}

static __attribute__((noinline)) void acquire_slow(RTL_SRWLOCK *lock, BOOLEAN shared)
{
    ULONG_PTR *word = word_of(lock), value;
    ULONG spins = park_spins();

    for (;;) {
        value = __atomic_load_n(word, __ATOMIC_RELAXED);
        if (shared ? !(value & (EXCLUSIVE | PARKED)) : !(value & ~(ULONG_PTR)PARKED)) {
            if (__atomic_compare_exchange_n(word, &value, shared ? value + READER : value | EXCLUSIVE, 0,
                                            __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
                return;
            continue;
        }
        if (spins && !(value & PARKED)) {
            spins--;
            spin_pause();
            continue;
        }
        struct parked self;
        struct park_bucket *bucket = park_lock(lock);
        value = __atomic_load_n(word, __ATOMIC_RELAXED);
        while ((value & EXCLUSIVE) || value >= READER || (shared && value & PARKED)) {
            if (value & PARKED || __atomic_compare_exchange_n(word, &value, value | PARKED, 0,
                                                              __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
                park_enqueue(bucket, &self, lock, shared);
                park_unlock(bucket);
                park_sleep(&self, NULL, NULL);
                bucket = NULL;
                break;
            }
        }
        if (bucket)
            park_unlock(bucket);
        spins = park_spins();
    }
}

/* The lock was just released with PARKED set: wakes the first writer, or all that are parked if a
 * reader is first; clears PARKED when nobody is left. Whoever is woken competes anew. */
static __attribute__((noinline)) void wake(RTL_SRWLOCK *lock)
{
    BOOLEAN more = TRUE;

    while (more) {
        HANDLE ids[32];
        unsigned count = 0;
        struct park_bucket *bucket = park_lock(lock);
        struct parked *thread = park_find(bucket, lock, NULL);
        BOOLEAN all = thread && thread->token;
        while (thread && count < (all ? 32u : 1u)) {
            ids[count++] = park_remove(bucket, thread);
            thread = park_find(bucket, lock, NULL);
        }
        if (!thread)
            __atomic_fetch_and(word_of(lock), ~(ULONG_PTR)PARKED, __ATOMIC_RELEASE);
        park_unlock(bucket);
        for (unsigned i = 0; i < count; i++)
            NtAlertThreadByThreadId(ids[i]);
        more = thread && all;
    }
}

void NTAPI RtlAcquireSRWLockExclusive(RTL_SRWLOCK *lock)
{
    ULONG_PTR expected = 0;

    if (!__atomic_compare_exchange_n(word_of(lock), &expected, EXCLUSIVE, 0, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        acquire_slow(lock, FALSE);
}

void NTAPI RtlAcquireSRWLockShared(RTL_SRWLOCK *lock)
{
    ULONG_PTR value = __atomic_load_n(word_of(lock), __ATOMIC_RELAXED);

    if ((value & (EXCLUSIVE | PARKED)) || !__atomic_compare_exchange_n(word_of(lock), &value, value + READER,
                                                                       0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        acquire_slow(lock, TRUE);
}

BOOLEAN NTAPI RtlTryAcquireSRWLockExclusive(RTL_SRWLOCK *lock)
{
    ULONG_PTR value = __atomic_load_n(word_of(lock), __ATOMIC_RELAXED);

    while (!(value & ~(ULONG_PTR)PARKED))
        if (__atomic_compare_exchange_n(word_of(lock), &value, value | EXCLUSIVE, 0, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            return TRUE;
    return FALSE;
}

BOOLEAN NTAPI RtlTryAcquireSRWLockShared(RTL_SRWLOCK *lock)
{
    ULONG_PTR value = __atomic_load_n(word_of(lock), __ATOMIC_RELAXED);

    while (!(value & EXCLUSIVE))
        if (__atomic_compare_exchange_n(word_of(lock), &value, value + READER, 0, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            return TRUE;
    return FALSE;
}

void NTAPI RtlReleaseSRWLockExclusive(RTL_SRWLOCK *lock)
{
    ULONG_PTR expected = EXCLUSIVE;

    if (__atomic_compare_exchange_n(word_of(lock), &expected, 0, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        return;
    if (__atomic_fetch_and(word_of(lock), ~(ULONG_PTR)EXCLUSIVE, __ATOMIC_RELEASE) & PARKED)
        wake(lock);
}

void NTAPI RtlReleaseSRWLockShared(RTL_SRWLOCK *lock)
{
    if (__atomic_sub_fetch(word_of(lock), READER, __ATOMIC_RELEASE) == PARKED)
        wake(lock);
}

void NTAPI RtlAcquireReleaseSRWLockExclusive(RTL_SRWLOCK *lock)
{
    RtlAcquireSRWLockExclusive(lock);
    RtlReleaseSRWLockExclusive(lock);
}

/* ---- condition variables ---- */

void NTAPI RtlInitializeConditionVariable(RTL_CONDITION_VARIABLE *variable)
{
    variable->Ptr = NULL;
}

static void forget(const volatile void *address, struct park_bucket *bucket)
{
    (void)bucket;
    __atomic_fetch_sub((ULONG_PTR *)address, 1, __ATOMIC_RELAXED);
}

static void park_on(RTL_CONDITION_VARIABLE *variable, struct parked *self)
{
    struct park_bucket *bucket = park_lock(variable);

    park_enqueue(bucket, self, variable, 0);
    __atomic_fetch_add(word_of(variable), 1, __ATOMIC_SEQ_CST);
    park_unlock(bucket);
}

NTSTATUS NTAPI RtlSleepConditionVariableCS(RTL_CONDITION_VARIABLE *variable, RTL_CRITICAL_SECTION *section,
                                           const LARGE_INTEGER *timeout)
{
    struct parked self;

    park_on(variable, &self);
    RtlLeaveCriticalSection(section);
    NTSTATUS status = park_sleep(&self, timeout, forget);
    RtlEnterCriticalSection(section);
    return status;
}

NTSTATUS NTAPI RtlSleepConditionVariableSRW(RTL_CONDITION_VARIABLE *variable, RTL_SRWLOCK *lock,
                                            const LARGE_INTEGER *timeout, ULONG flags)
{
    struct parked self;

    if (flags & ~(ULONG)RTL_CONDITION_VARIABLE_LOCKMODE_SHARED)
        return STATUS_INVALID_PARAMETER_4;
    park_on(variable, &self);
    if (flags)
        RtlReleaseSRWLockShared(lock);
    else
        RtlReleaseSRWLockExclusive(lock);
    NTSTATUS status = park_sleep(&self, timeout, forget);
    if (flags)
        RtlAcquireSRWLockShared(lock);
    else
        RtlAcquireSRWLockExclusive(lock);
    return status;
}

static void wake_variable(RTL_CONDITION_VARIABLE *variable, BOOLEAN all)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (BOOLEAN more = TRUE; more && __atomic_load_n(word_of(variable), __ATOMIC_RELAXED);) {
        HANDLE ids[32];
        unsigned count = 0;
        struct parked *thread;
        struct park_bucket *bucket = park_lock(variable);
        while (count < (all ? 32u : 1u) && (thread = park_find(bucket, variable, NULL))) {
            ids[count++] = park_remove(bucket, thread);
            __atomic_fetch_sub(word_of(variable), 1, __ATOMIC_RELAXED);
        }
        park_unlock(bucket);
        for (unsigned i = 0; i < count; i++)
            NtAlertThreadByThreadId(ids[i]);
        more = count == 32;
    }
}

void NTAPI RtlWakeConditionVariable(RTL_CONDITION_VARIABLE *variable)
{
    wake_variable(variable, FALSE);
}
void NTAPI RtlWakeAllConditionVariable(RTL_CONDITION_VARIABLE *variable)
{
    wake_variable(variable, TRUE);
}
