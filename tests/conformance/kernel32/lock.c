/* Critical sections, SRW locks, condition variables, one-time initialization, WaitOnAddress, barriers. */
#include "../harness.h"
#include <synchapi.h>

static CRITICAL_SECTION section;
static SRWLOCK srw = SRWLOCK_INIT;
static CONDITION_VARIABLE variable = CONDITION_VARIABLE_INIT;
static volatile LONG counter, value;

static void run_threads(int count, LPTHREAD_START_ROUTINE function, void *argument)
{
    HANDLE threads[16] = {NULL};
    for (int i = 0; i < count; i++)
        threads[i] = CreateThread(NULL, 0, function, argument, 0, NULL);
    CHECK_EQ(WaitForMultipleObjects((DWORD)count, threads, TRUE, 60000), (DWORD)WAIT_OBJECT_0);
    for (int i = 0; i < count; i++)
        CloseHandle(threads[i]);
}

static DWORD WINAPI count_cs(void *argument)
{
    (void)argument;
    for (int i = 0; i < 20000; i++) {
        EnterCriticalSection(&section);
        counter = counter + 1;
        LeaveCriticalSection(&section);
    }
    return 0;
}

static DWORD WINAPI try_cs(void *argument)
{
    *(BOOL *)argument = TryEnterCriticalSection(&section);
    if (*(BOOL *)argument)
        LeaveCriticalSection(&section);
    return 0;
}

TEST(critical_section)
{
    BOOL other = TRUE;
    CHECK(InitializeCriticalSectionAndSpinCount(&section, 100));
    EnterCriticalSection(&section);
    CHECK(TryEnterCriticalSection(&section));
    CHECK_EQ(section.RecursionCount, 2);
    CHECK_EQ((DWORD)(ULONG_PTR)section.OwningThread, GetCurrentThreadId());
    run_threads(1, try_cs, &other);
    CHECK(!other);
    LeaveCriticalSection(&section);
    LeaveCriticalSection(&section);
    CHECK_EQ(section.LockCount, -1);
    run_threads(1, try_cs, &other);
    CHECK(other);
    counter = 0;
    run_threads(8, count_cs, NULL);
    CHECK_EQ(counter, 8 * 20000);
    CHECK_EQ(section.LockCount, -1);
    DeleteCriticalSection(&section);
}

static DWORD WINAPI count_srw(void *argument)
{
    (void)argument;
    for (int i = 0; i < 20000; i++) {
        if (i % 4) {
            AcquireSRWLockShared(&srw);
            LONG before = counter;
            if (counter != before)
                value++;
            ReleaseSRWLockShared(&srw);
        } else {
            AcquireSRWLockExclusive(&srw);
            counter = counter + 1;
            ReleaseSRWLockExclusive(&srw);
        }
    }
    return 0;
}

TEST(srw_lock)
{
    AcquireSRWLockShared(&srw);
    CHECK(TryAcquireSRWLockShared(&srw));
    CHECK(!TryAcquireSRWLockExclusive(&srw));
    ReleaseSRWLockShared(&srw);
    ReleaseSRWLockShared(&srw);
    CHECK(TryAcquireSRWLockExclusive(&srw));
    CHECK(!TryAcquireSRWLockShared(&srw));
    CHECK(!TryAcquireSRWLockExclusive(&srw));
    ReleaseSRWLockExclusive(&srw);
    counter = value = 0;
    run_threads(8, count_srw, NULL);
    CHECK_EQ(counter, 8 * 5000);
    CHECK_EQ(value, 0);
    CHECK(srw.Ptr == NULL);
}

static DWORD WINAPI consume(void *argument)
{
    (void)argument;
    for (int i = 0; i < 200; i++) {
        AcquireSRWLockExclusive(&srw);
        while (!value)
            SleepConditionVariableSRW(&variable, &srw, INFINITE, 0);
        value--;
        counter++;
        ReleaseSRWLockExclusive(&srw);
    }
    return 0;
}

static DWORD WINAPI produce(void *argument)
{
    for (int i = 0; i < 800; i++) {
        AcquireSRWLockExclusive(&srw);
        value++;
        ReleaseSRWLockExclusive(&srw);
        WakeConditionVariable(&variable);
    }
    (void)argument;
    return 0;
}

TEST(condition_variable)
{
    counter = value = 0;
    HANDLE producer = CreateThread(NULL, 0, produce, NULL, 0, NULL);
    run_threads(4, consume, NULL);
    WaitForSingleObject(producer, INFINITE);
    CloseHandle(producer);
    CHECK_EQ(counter, 800);
    CHECK_EQ(value, 0);

    AcquireSRWLockExclusive(&srw);
    CHECK(!SleepConditionVariableSRW(&variable, &srw, 20, 0));
    CHECK_EQ(GetLastError(), (DWORD)ERROR_TIMEOUT);
    ReleaseSRWLockExclusive(&srw);
    InitializeCriticalSection(&section);
    EnterCriticalSection(&section);
    CHECK(!SleepConditionVariableCS(&variable, &section, 0));
    CHECK_EQ(GetLastError(), (DWORD)ERROR_TIMEOUT);
    LeaveCriticalSection(&section);
    DeleteCriticalSection(&section);
    WakeAllConditionVariable(&variable);
}

static BOOL CALLBACK initialize(PINIT_ONCE once, PVOID parameter, PVOID *context)
{
    (void)once;
    counter++;
    *context = (PVOID)0x1230;
    return parameter == NULL;
}

TEST(init_once)
{
    INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    PVOID context = NULL;
    BOOL pending = FALSE;
    counter = 0;
    CHECK(!InitOnceExecuteOnce(&once, initialize, (void *)1, &context));
    CHECK_EQ(counter, 1);
    CHECK(InitOnceExecuteOnce(&once, initialize, NULL, &context));
    CHECK(context == (PVOID)0x1230);
    context = NULL;
    CHECK(InitOnceExecuteOnce(&once, initialize, NULL, &context));
    CHECK_EQ(counter, 2);
    CHECK(context == (PVOID)0x1230);
    CHECK(InitOnceBeginInitialize(&once, INIT_ONCE_CHECK_ONLY, &pending, &context));
    CHECK(!pending);

    InitOnceInitialize(&once);
    CHECK(!InitOnceBeginInitialize(&once, INIT_ONCE_CHECK_ONLY, &pending, &context));
    CHECK(InitOnceBeginInitialize(&once, INIT_ONCE_ASYNC, &pending, &context));
    CHECK(pending);
    CHECK(InitOnceComplete(&once, INIT_ONCE_ASYNC, (PVOID)0x4560));
    CHECK(!InitOnceComplete(&once, INIT_ONCE_ASYNC, (PVOID)0x7890));
    CHECK(InitOnceBeginInitialize(&once, 0, &pending, &context));
    CHECK(!pending);
    CHECK(context == (PVOID)0x4560);
}

static DWORD WINAPI wait_for_value(void *argument)
{
    LONG zero = 0;
    (void)argument;
    while (!value)
        WaitOnAddress(&value, &zero, sizeof zero, INFINITE);
    InterlockedIncrement(&counter);
    return 0;
}

TEST(wait_on_address)
{
    LONG same = 5;
    value = 5;
    CHECK(!WaitOnAddress(&value, &same, sizeof same, 10));
    CHECK_EQ(GetLastError(), (DWORD)ERROR_TIMEOUT);
    same = 4;
    CHECK(WaitOnAddress(&value, &same, sizeof same, INFINITE));
    CHECK(!WaitOnAddress(&value, &same, 3, 10));
    CHECK_EQ(GetLastError(), (DWORD)ERROR_INVALID_PARAMETER);
    value = counter = 0;
    HANDLE threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = CreateThread(NULL, 0, wait_for_value, NULL, 0, NULL);
    Sleep(30);
    CHECK_EQ(counter, 0);
    value = 1;
    WakeByAddressAll((void *)&value);
    CHECK_EQ(WaitForMultipleObjects(4, threads, TRUE, 10000), (DWORD)WAIT_OBJECT_0);
    CHECK_EQ(counter, 4);
    for (int i = 0; i < 4; i++)
        CloseHandle(threads[i]);
}

static SYNCHRONIZATION_BARRIER barrier;

static DWORD WINAPI meet(void *argument)
{
    (void)argument;
    for (int i = 0; i < 100; i++)
        if (EnterSynchronizationBarrier(&barrier, 0))
            InterlockedIncrement(&counter);
    return 0;
}

/* Two threads take turns: a wake-up that gets lost leaves both asleep. */
static volatile LONG turn;

static DWORD WINAPI take_turns(void *argument)
{
    LONG mine = (LONG)(LONG_PTR)argument;
    for (int i = 0; i < 20000; i++) {
        for (LONG now; (now = turn) != mine;)
            WaitOnAddress(&turn, &now, sizeof now, INFINITE);
        InterlockedExchange(&turn, !mine);
        WakeByAddressSingle((void *)&turn);
    }
    return 0;
}

TEST(wait_on_address_loses_no_wake_up)
{
    HANDLE other = CreateThread(NULL, 0, take_turns, (void *)1, 0, NULL);
    turn = 0;
    HANDLE self = CreateThread(NULL, 0, take_turns, (void *)0, 0, NULL);
    CHECK_EQ(WaitForSingleObject(self, 60000), (DWORD)WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(other, 60000), (DWORD)WAIT_OBJECT_0);
    CloseHandle(self);
    CloseHandle(other);
}

TEST(barrier)
{
    ORACLE_CRASHES("Debian's wine has no barriers");
    counter = 0;
    CHECK(InitializeSynchronizationBarrier(&barrier, 4, -1));
    run_threads(4, meet, NULL);
    CHECK_EQ(counter, 100);
    CHECK(DeleteSynchronizationBarrier(&barrier));
}
