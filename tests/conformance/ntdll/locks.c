/* Rtl's locks: critical sections, SRW locks, condition variables, one-time initialization, resources,
 * barriers, waiting on addresses, fiber-local storage. */
#include "../harness.h"
#include <nt/peb.h>

LONG NTAPI RtlInitializeCriticalSection(RTL_CRITICAL_SECTION *);
LONG NTAPI RtlInitializeCriticalSectionAndSpinCount(RTL_CRITICAL_SECTION *, ULONG);
LONG NTAPI RtlInitializeCriticalSectionEx(RTL_CRITICAL_SECTION *, ULONG, ULONG);
LONG NTAPI RtlDeleteCriticalSection(RTL_CRITICAL_SECTION *);
LONG NTAPI RtlEnterCriticalSection(RTL_CRITICAL_SECTION *);
LONG NTAPI RtlLeaveCriticalSection(RTL_CRITICAL_SECTION *);
ULONG NTAPI RtlTryEnterCriticalSection(RTL_CRITICAL_SECTION *);
ULONG NTAPI RtlSetCriticalSectionSpinCount(RTL_CRITICAL_SECTION *, ULONG);
ULONG NTAPI RtlIsCriticalSectionLocked(RTL_CRITICAL_SECTION *);
ULONG NTAPI RtlIsCriticalSectionLockedByThread(RTL_CRITICAL_SECTION *);
VOID NTAPI RtlInitializeSRWLock(RTL_SRWLOCK *);
VOID NTAPI RtlAcquireSRWLockExclusive(RTL_SRWLOCK *);
VOID NTAPI RtlAcquireSRWLockShared(RTL_SRWLOCK *);
VOID NTAPI RtlReleaseSRWLockExclusive(RTL_SRWLOCK *);
VOID NTAPI RtlReleaseSRWLockShared(RTL_SRWLOCK *);
BOOLEAN NTAPI RtlTryAcquireSRWLockExclusive(RTL_SRWLOCK *);
BOOLEAN NTAPI RtlTryAcquireSRWLockShared(RTL_SRWLOCK *);
VOID NTAPI RtlInitializeConditionVariable(RTL_CONDITION_VARIABLE *);
LONG NTAPI RtlSleepConditionVariableCS(RTL_CONDITION_VARIABLE *, RTL_CRITICAL_SECTION *,
                                       const LARGE_INTEGER *);
LONG NTAPI RtlSleepConditionVariableSRW(RTL_CONDITION_VARIABLE *, RTL_SRWLOCK *, const LARGE_INTEGER *,
                                        ULONG);
VOID NTAPI RtlWakeConditionVariable(RTL_CONDITION_VARIABLE *);
VOID NTAPI RtlWakeAllConditionVariable(RTL_CONDITION_VARIABLE *);

typedef struct {
    RTL_CRITICAL_SECTION section;
    HANDLE shared_semaphore;
    ULONG waiting_shared;
    HANDLE exclusive_semaphore;
    ULONG waiting_exclusive;
    LONG active;
    HANDLE owner;
    ULONG flags;
    void *debug;
} RESOURCE;

VOID NTAPI RtlInitializeResource(RESOURCE *);
VOID NTAPI RtlDeleteResource(RESOURCE *);
BOOLEAN NTAPI RtlAcquireResourceExclusive(RESOURCE *, BOOLEAN);
BOOLEAN NTAPI RtlAcquireResourceShared(RESOURCE *, BOOLEAN);
VOID NTAPI RtlReleaseResource(RESOURCE *);
VOID NTAPI RtlConvertExclusiveToShared(RESOURCE *);
VOID NTAPI RtlConvertSharedToExclusive(RESOURCE *);
VOID NTAPI RtlAcquirePebLock(void);
VOID NTAPI RtlReleasePebLock(void);

static void *found(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

/* What another thread gets when it tries. */
static DWORD WINAPI call(void *argument)
{
    struct attempt {
        ULONG (*function)(void *);
        void *object;
    } *attempt = argument;
    return attempt->function(attempt->object);
}

static ULONG elsewhere(ULONG (*function)(void *), void *object)
{
    struct {
        ULONG (*function)(void *);
        void *object;
    } attempt = {function, object};
    DWORD result = 77;
    HANDLE thread = CreateThread(NULL, 0, call, &attempt, 0, NULL);

    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &result);
    CloseHandle(thread);
    return result;
}

static ULONG try_section(void *section)
{
    ULONG got = RtlTryEnterCriticalSection(section);

    if (got)
        RtlLeaveCriticalSection(section);
    return got;
}

static ULONG section_is_mine(void *section)
{
    return RtlIsCriticalSectionLockedByThread(section);
}

TEST(critical_sections)
{
    RTL_CRITICAL_SECTION section;

    CHECK_STATUS(RtlInitializeCriticalSection(&section), STATUS_SUCCESS);
    CHECK(!RtlIsCriticalSectionLocked(&section));
    CHECK_STATUS(RtlEnterCriticalSection(&section), STATUS_SUCCESS);
    CHECK(RtlTryEnterCriticalSection(&section));
    CHECK_EQ(section.RecursionCount, 2);
    CHECK_EQ((ULONG_PTR)section.OwningThread, GetCurrentThreadId());
    CHECK(RtlIsCriticalSectionLocked(&section));
    CHECK(RtlIsCriticalSectionLockedByThread(&section));
    CHECK_EQ(elsewhere(try_section, &section), FALSE);
    CHECK_EQ(elsewhere(section_is_mine, &section), FALSE);
    CHECK_STATUS(RtlLeaveCriticalSection(&section), STATUS_SUCCESS);
    CHECK_EQ(elsewhere(try_section, &section), FALSE);
    CHECK_STATUS(RtlLeaveCriticalSection(&section), STATUS_SUCCESS);
    CHECK_EQ(elsewhere(try_section, &section), TRUE);
    CHECK_EQ(section.LockCount, -1);
    CHECK_STATUS(RtlDeleteCriticalSection(&section), STATUS_SUCCESS);
    CHECK_STATUS(RtlInitializeCriticalSectionAndSpinCount(&section, 100), STATUS_SUCCESS);
    RtlSetCriticalSectionSpinCount(&section, 200);
    CHECK_STATUS(RtlDeleteCriticalSection(&section), STATUS_SUCCESS);
    CHECK_STATUS(RtlInitializeCriticalSectionEx(&section, 0, RTL_CRITICAL_SECTION_FLAG_NO_DEBUG_INFO),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlDeleteCriticalSection(&section), STATUS_SUCCESS);
}

static ULONG try_exclusive(void *lock)
{
    ULONG got = RtlTryAcquireSRWLockExclusive(lock);

    if (got)
        RtlReleaseSRWLockExclusive(lock);
    return got;
}

static ULONG try_shared(void *lock)
{
    ULONG got = RtlTryAcquireSRWLockShared(lock);

    if (got)
        RtlReleaseSRWLockShared(lock);
    return got;
}

TEST(slim_locks)
{
    RTL_SRWLOCK lock;
    VOID(NTAPI * acquire_release)(RTL_SRWLOCK *) = found("RtlAcquireReleaseSRWLockExclusive");

    memset(&lock, 0x55, sizeof lock);
    RtlInitializeSRWLock(&lock);
    CHECK(!lock.Ptr);
    RtlAcquireSRWLockShared(&lock);
    CHECK_EQ(elsewhere(try_shared, &lock), TRUE);
    CHECK_EQ(elsewhere(try_exclusive, &lock), FALSE);
    RtlReleaseSRWLockShared(&lock);
    RtlAcquireSRWLockExclusive(&lock);
    CHECK_EQ(elsewhere(try_shared, &lock), FALSE);
    CHECK_EQ(elsewhere(try_exclusive, &lock), FALSE);
    RtlReleaseSRWLockExclusive(&lock);
    CHECK_EQ(elsewhere(try_exclusive, &lock), TRUE);
    CHECK(!lock.Ptr);
    if (acquire_release) {
        acquire_release(&lock);
        CHECK(!lock.Ptr);
    }
}

static RTL_CONDITION_VARIABLE variable;
static RTL_CRITICAL_SECTION variable_section;
static RTL_SRWLOCK variable_lock;
static volatile LONG ready, awake;

static DWORD WINAPI sleeper(void *by_section)
{
    if (by_section) {
        RtlEnterCriticalSection(&variable_section);
        ready++;
        CHECK_STATUS(RtlSleepConditionVariableCS(&variable, &variable_section, NULL), STATUS_SUCCESS);
        awake++;
        RtlLeaveCriticalSection(&variable_section);
    } else {
        RtlAcquireSRWLockExclusive(&variable_lock);
        ready++;
        CHECK_STATUS(RtlSleepConditionVariableSRW(&variable, &variable_lock, NULL, 0), STATUS_SUCCESS);
        awake++;
        RtlReleaseSRWLockExclusive(&variable_lock);
    }
    return 0;
}

TEST(condition_variables)
{
    LARGE_INTEGER soon = {.QuadPart = -100000};

    RtlInitializeCriticalSection(&variable_section);
    RtlInitializeConditionVariable(&variable);
    RtlEnterCriticalSection(&variable_section);
    CHECK_STATUS(RtlSleepConditionVariableCS(&variable, &variable_section, &soon), STATUS_TIMEOUT);
    CHECK(RtlIsCriticalSectionLockedByThread(&variable_section));
    RtlLeaveCriticalSection(&variable_section);
    RtlAcquireSRWLockShared(&variable_lock);
    CHECK_STATUS(RtlSleepConditionVariableSRW(&variable, &variable_lock, &soon,
                                              RTL_CONDITION_VARIABLE_LOCKMODE_SHARED),
                 STATUS_TIMEOUT);
    RtlReleaseSRWLockShared(&variable_lock);
    for (int by_section = 0; by_section < 2; by_section++) {
        HANDLE threads[2];
        ready = awake = 0;
        for (int i = 0; i < 2; i++)
            threads[i] = CreateThread(NULL, 0, sleeper, by_section ? (void *)1 : NULL, 0, NULL);
        for (BOOL all = FALSE; !all; Sleep(1)) { /* both sleep once both have given up the lock */
            if (by_section)
                RtlEnterCriticalSection(&variable_section);
            else
                RtlAcquireSRWLockExclusive(&variable_lock);
            all = ready == 2;
            if (by_section)
                RtlLeaveCriticalSection(&variable_section);
            else
                RtlReleaseSRWLockExclusive(&variable_lock);
        }
        RtlWakeConditionVariable(&variable);
        CHECK(WaitForMultipleObjects(2, threads, FALSE, 5000) <= WAIT_OBJECT_0 + 1);
        CHECK_EQ(awake, 1);
        RtlWakeAllConditionVariable(&variable);
        CHECK_EQ(WaitForMultipleObjects(2, threads, TRUE, 5000), WAIT_OBJECT_0);
        CHECK_EQ(awake, 2);
        CloseHandle(threads[0]);
        CloseHandle(threads[1]);
    }
    RtlDeleteCriticalSection(&variable_section);
}

static DWORD NTAPI initialize(RTL_RUN_ONCE *once, void *parameter, void **context)
{
    ++*(int *)parameter;
    *context = (void *)0x1230;
    return *(int *)parameter > 1; /* the first time fails */
}

TEST(run_once)
{
    ORACLE_DIFFERS("the codes of RTL_RUN_ONCE failures");
    VOID(NTAPI * init)(RTL_RUN_ONCE *) = found("RtlRunOnceInitialize");
    LONG(NTAPI * begin)(RTL_RUN_ONCE *, ULONG, void **) = found("RtlRunOnceBeginInitialize");
    LONG(NTAPI * complete)(RTL_RUN_ONCE *, ULONG, void *) = found("RtlRunOnceComplete");
    LONG(NTAPI * execute)
    (RTL_RUN_ONCE *, PRTL_RUN_ONCE_INIT_FN, void *, void **) = found("RtlRunOnceExecuteOnce");
    RTL_RUN_ONCE once;
    void *context = NULL;
    int calls = 0;

    init(&once);
    CHECK_STATUS(begin(&once, RTL_RUN_ONCE_CHECK_ONLY, &context), STATUS_UNSUCCESSFUL);
    CHECK_STATUS(begin(&once, 0, &context), STATUS_PENDING);
    CHECK_STATUS(complete(&once, 0, (void *)0x40), STATUS_SUCCESS);
    CHECK_STATUS(begin(&once, 0, &context), STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)context, 0x40);
    CHECK_STATUS(complete(&once, 0, (void *)0x40), STATUS_UNSUCCESSFUL);
    CHECK_STATUS(begin(&once, RTL_RUN_ONCE_CHECK_ONLY | RTL_RUN_ONCE_ASYNC, &context),
                 STATUS_INVALID_PARAMETER_2);
    init(&once);
    CHECK_STATUS(begin(&once, RTL_RUN_ONCE_ASYNC, &context), STATUS_PENDING);
    CHECK_STATUS(begin(&once, RTL_RUN_ONCE_ASYNC, &context), STATUS_PENDING);
    CHECK_STATUS(complete(&once, RTL_RUN_ONCE_ASYNC, (void *)0x80), STATUS_SUCCESS);
    CHECK_STATUS(complete(&once, RTL_RUN_ONCE_ASYNC, (void *)0xc0), STATUS_OBJECT_NAME_COLLISION);
    init(&once);
    CHECK_STATUS(execute(&once, initialize, &calls, &context), STATUS_UNSUCCESSFUL);
    CHECK_STATUS(execute(&once, initialize, &calls, &context), STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)context, 0x1230);
    CHECK_STATUS(execute(&once, initialize, &calls, &context), STATUS_SUCCESS);
    CHECK_EQ(calls, 2);
}

static ULONG try_resource_shared(void *resource)
{
    ULONG got = RtlAcquireResourceShared(resource, FALSE);

    if (got)
        RtlReleaseResource(resource);
    return got;
}

static ULONG try_resource_exclusive(void *resource)
{
    ULONG got = RtlAcquireResourceExclusive(resource, FALSE);

    if (got)
        RtlReleaseResource(resource);
    return got;
}

TEST(resources)
{
    RESOURCE resource;

    RtlInitializeResource(&resource);
    CHECK_EQ(resource.active, 0);
    CHECK(RtlAcquireResourceShared(&resource, TRUE));
    CHECK_EQ(resource.active, 1);
    CHECK_EQ(elsewhere(try_resource_shared, &resource), TRUE);
    CHECK_EQ(elsewhere(try_resource_exclusive, &resource), FALSE);
    RtlReleaseResource(&resource);
    CHECK(RtlAcquireResourceExclusive(&resource, TRUE));
    CHECK_EQ(resource.active, -1);
    CHECK_EQ(elsewhere(try_resource_shared, &resource), FALSE);
    CHECK_EQ(elsewhere(try_resource_exclusive, &resource), FALSE);
    RtlReleaseResource(&resource);
    CHECK_EQ(elsewhere(try_resource_exclusive, &resource), TRUE);
    RtlDeleteResource(&resource);
}

TEST(converted_resources)
{
    ORACLE_CRASHES("RtlConvertSharedToExclusive is missing");
    RESOURCE resource;

    RtlInitializeResource(&resource);
    CHECK(RtlAcquireResourceShared(&resource, TRUE));
    RtlConvertSharedToExclusive(&resource);
    CHECK_EQ(resource.active, -1);
    CHECK_EQ(elsewhere(try_resource_shared, &resource), FALSE);
    CHECK(RtlAcquireResourceExclusive(&resource, FALSE)); /* its owner again */
    CHECK_EQ(resource.active, -2);
    RtlReleaseResource(&resource);
    RtlConvertExclusiveToShared(&resource);
    CHECK_EQ(resource.active, 1);
    CHECK_EQ(elsewhere(try_resource_shared, &resource), TRUE);
    RtlReleaseResource(&resource);
    CHECK_EQ(elsewhere(try_resource_exclusive, &resource), TRUE);
    RtlDeleteResource(&resource);
}

static RTL_BARRIER barrier;

static DWORD WINAPI arrive(void *argument)
{
    BOOLEAN(NTAPI * enter)(RTL_BARRIER *, ULONG) = argument;

    return enter(&barrier, 0);
}

TEST(barriers)
{
    LONG(NTAPI * init)(RTL_BARRIER *, LONG, LONG) = found("RtlInitBarrier");
    LONG(NTAPI * destroy)(RTL_BARRIER *) = found("RtlDeleteBarrier");
    BOOLEAN(NTAPI * enter)(RTL_BARRIER *, ULONG) = found("RtlBarrier");
    HANDLE threads[2];
    DWORD last = 0, code;

    if (!init || !destroy || !enter)
        SKIP("barriers are missing");
    CHECK_STATUS(init(&barrier, 3, -1), STATUS_SUCCESS);
    for (int i = 0; i < 2; i++)
        threads[i] = CreateThread(NULL, 0, arrive, enter, 0, NULL);
    CHECK_EQ(WaitForMultipleObjects(2, threads, FALSE, 50), WAIT_TIMEOUT);
    last += enter(&barrier, 0);
    CHECK_EQ(WaitForMultipleObjects(2, threads, TRUE, 5000), WAIT_OBJECT_0);
    for (int i = 0; i < 2; i++) {
        GetExitCodeThread(threads[i], &code);
        last += code;
        CloseHandle(threads[i]);
    }
    CHECK_EQ(last, 1); /* exactly one is told that it was the last */
    CHECK_STATUS(destroy(&barrier), STATUS_SUCCESS);
}

TEST(barrier_before_deletion)
{
    LONG(NTAPI * init)(RTL_BARRIER *, LONG, LONG) = found("RtlInitBarrier");
    LONG(NTAPI * destroy)(RTL_BARRIER *) = found("RtlDeleteBarrier");
    BOOLEAN(NTAPI * enter)(RTL_BARRIER *, ULONG) = found("RtlBarrierForDelete");
    HANDLE threads[2];
    DWORD last = 0, code;

    if (!init || !destroy || !enter)
        SKIP("barriers are missing");
    CHECK_STATUS(init(&barrier, 3, 0), STATUS_SUCCESS);
    for (int i = 0; i < 2; i++)
        threads[i] = CreateThread(NULL, 0, arrive, enter, 0, NULL);
    CHECK_EQ(WaitForMultipleObjects(2, threads, FALSE, 50), WAIT_TIMEOUT);
    last += enter(&barrier, 0);
    CHECK_STATUS(destroy(&barrier), STATUS_SUCCESS); /* nobody is within any more */
    CHECK_EQ(WaitForMultipleObjects(2, threads, TRUE, 5000), WAIT_OBJECT_0);
    for (int i = 0; i < 2; i++) {
        GetExitCodeThread(threads[i], &code);
        last += code;
        CloseHandle(threads[i]);
    }
    CHECK_EQ(last, 1);
}

/* For who has already ended, and for who asks early: nothing happens to others. */
TEST(orphans_and_early_events)
{
    VOID(NTAPI * check)(HANDLE) = found("RtlCheckForOrphanedCriticalSections");
    VOID(NTAPI * early)(void) = found("RtlEnableEarlyCriticalSectionEventCreation");
    RTL_CRITICAL_SECTION section;

    if (!check || !early)
        SKIP("not exported there");
    early();
    CHECK_STATUS(RtlInitializeCriticalSection(&section), STATUS_SUCCESS);
    RtlEnterCriticalSection(&section);
    check(GetCurrentThread());
    CHECK(RtlIsCriticalSectionLockedByThread(&section));
    RtlLeaveCriticalSection(&section);
    CHECK(!RtlIsCriticalSectionLocked(&section));
    RtlDeleteCriticalSection(&section);
}

static volatile LONG watched;

static DWORD WINAPI watcher(void *argument)
{
    LONG(NTAPI * wait)(const volatile void *, const void *, SIZE_T, const LARGE_INTEGER *) = argument;
    LONG same = 0;

    while (!watched)
        wait(&watched, &same, 4, NULL);
    return 0;
}

TEST(addresses)
{
    LONG(NTAPI * wait)
    (const volatile void *, const void *, SIZE_T, const LARGE_INTEGER *) = found("RtlWaitOnAddress");
    VOID(NTAPI * wake_one)(const void *) = found("RtlWakeAddressSingle");
    VOID(NTAPI * wake_all)(const void *) = found("RtlWakeAddressAll");
    LARGE_INTEGER soon = {.QuadPart = -50000};
    LONG same = 0, other = 1;
    HANDLE threads[2];

    CHECK_STATUS(wait(&watched, &same, 4, &soon), STATUS_TIMEOUT);
    CHECK_STATUS(wait(&watched, &other, 4, NULL), STATUS_SUCCESS);
    CHECK_STATUS(wait(&watched, &same, 3, NULL), STATUS_INVALID_PARAMETER);
    for (int i = 0; i < 2; i++)
        threads[i] = CreateThread(NULL, 0, watcher, wait, 0, NULL);
    Sleep(20);
    InterlockedExchange(&watched, 1);
    wake_one((void *)&watched);
    CHECK(WaitForMultipleObjects(2, threads, FALSE, 5000) != WAIT_TIMEOUT);
    wake_all((void *)&watched);
    CHECK_EQ(WaitForMultipleObjects(2, threads, TRUE, 5000), WAIT_OBJECT_0);
    for (int i = 0; i < 2; i++)
        CloseHandle(threads[i]);
}

/* The names without a memory barrier wake as well. */
TEST(addresses_without_fence)
{
    LONG(NTAPI * wait)
    (const volatile void *, const void *, SIZE_T, const LARGE_INTEGER *) = found("RtlWaitOnAddress");
    VOID(NTAPI * wake_one)(const void *) = found("RtlWakeAddressSingleNoFence");
    VOID(NTAPI * wake_all)(const void *) = found("RtlWakeAddressAllNoFence");
    HANDLE threads[2];

    if (!wake_one || !wake_all)
        SKIP("not exported there");
    watched = 0;
    for (int i = 0; i < 2; i++)
        threads[i] = CreateThread(NULL, 0, watcher, wait, 0, NULL);
    Sleep(20);
    InterlockedExchange(&watched, 1);
    wake_one((void *)&watched);
    CHECK(WaitForMultipleObjects(2, threads, FALSE, 5000) != WAIT_TIMEOUT);
    wake_all((void *)&watched);
    CHECK_EQ(WaitForMultipleObjects(2, threads, TRUE, 5000), WAIT_OBJECT_0);
    for (int i = 0; i < 2; i++)
        CloseHandle(threads[i]);
}

static int fls_freed;

static void CALLBACK fls_free(void *value)
{
    fls_freed += (int)(ULONG_PTR)value;
}

TEST(fiber_local_storage)
{
    LONG(NTAPI * alloc)(PFLS_CALLBACK_FUNCTION, ULONG *) = found("RtlFlsAlloc");
    LONG(NTAPI * release)(ULONG) = found("RtlFlsFree");
    LONG(NTAPI * set)(ULONG, void *) = found("RtlFlsSetValue");
    LONG(NTAPI * get)(ULONG, void **) = found("RtlFlsGetValue");
    ULONG index = 0;
    void *value = (void *)1;

    if (!alloc || !release || !set || !get)
        SKIP("not exported there");
    CHECK_STATUS(alloc(fls_free, &index), STATUS_SUCCESS);
    CHECK(index != 0 && index != FLS_OUT_OF_INDEXES);
    CHECK_STATUS(get(index, &value), STATUS_SUCCESS);
    CHECK(!value);
    CHECK_STATUS(set(index, (void *)5), STATUS_SUCCESS);
    CHECK_STATUS(get(index, &value), STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)value, 5);
    CHECK_EQ((ULONG_PTR)FlsGetValue(index), 5);
    CHECK_STATUS(release(index), STATUS_SUCCESS);
    CHECK_EQ(fls_freed, 5);
    CHECK_STATUS(release(index), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(set(0xfffff, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(get(0xfffff, &value), STATUS_INVALID_PARAMETER);
}

static DWORD WINAPI processes_its_data(void *unused)
{
    VOID(NTAPI * process)(void *, ULONG) = found("RtlProcessFlsData");
    void **data = &((TEB *)NtCurrentTeb())->FlsData, *block;
    DWORD index = FlsAlloc(fls_free);

    FlsSetValue(index, (void *)3);
    block = *data;
    process(block, 1); /* the callbacks */
    DWORD result = fls_freed == 3 && !FlsGetValue(index);
    *data = NULL;
    process(block, 2); /* the memory */
    process(NULL, 3);
    result += !FlsGetValue(index);
    FlsFree(index);
    return result;
}

TEST(data_of_a_fiber)
{
    DWORD code = 0;

    if (!found("RtlProcessFlsData"))
        SKIP("not exported there");
    fls_freed = 0;
    HANDLE thread = CreateThread(NULL, 0, processes_its_data, NULL, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 2);
    CHECK_EQ(fls_freed, 3);
    CloseHandle(thread);
}

TEST(block_lock)
{
    BOOLEAN(NTAPI * try_lock)(void) = found("RtlTryAcquirePebLock");

    RtlAcquirePebLock();
    if (try_lock) {
        CHECK(try_lock());
        RtlReleasePebLock();
    }
    RtlReleasePebLock();
}
