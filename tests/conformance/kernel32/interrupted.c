/*
 * Events, semaphores and mutexes while their users are stopped at any instruction: nothing is lost, nothing
 * counts twice, and a thread's end gives its mutexes away.
 */
#include "harness.h"

#define ROUNDS    600
#define NO_ROUNDS 0xffffffffu

static HANDLE mutex, semaphore, automatic, manual;
static volatile LONG counter, stop, taken;

static DWORD WINAPI count_in_mutex(void *unused)
{
    LONG rounds = 0;
    (void)unused;
    while (!stop) {
        if (WaitForSingleObject(mutex, INFINITE) != WAIT_OBJECT_0)
            return NO_ROUNDS;
        counter++;
        if (!ReleaseMutex(mutex))
            return NO_ROUNDS;
        rounds++;
    }
    return (DWORD)rounds;
}

static DWORD WINAPI count_recursively(void *unused)
{
    LONG rounds = 0;
    (void)unused;
    while (!stop) {
        for (int i = 0; i < 3; i++)
            if (WaitForSingleObject(mutex, 1000) != WAIT_OBJECT_0)
                return NO_ROUNDS;
        counter++;
        for (int i = 0; i < 3; i++)
            if (!ReleaseMutex(mutex))
                return NO_ROUNDS;
        rounds++;
    }
    return (DWORD)rounds;
}

static DWORD WINAPI give_and_take(void *unused)
{
    LONG rounds = 0;
    (void)unused;
    while (!stop) {
        if (!ReleaseSemaphore(semaphore, 2, NULL))
            return 0;
        for (int i = 0; i < 2; i++)
            if (WaitForSingleObject(semaphore, INFINITE) != WAIT_OBJECT_0)
                return NO_ROUNDS;
        rounds++;
    }
    return (DWORD)rounds;
}

static DWORD WINAPI set_and_reset(void *unused)
{
    LONG rounds = 0;
    (void)unused;
    while (!stop) {
        SetEvent(automatic);
        if (WaitForSingleObject(automatic, 0) == WAIT_OBJECT_0 &&
            WaitForSingleObject(automatic, 0) == WAIT_TIMEOUT)
            rounds++;
        SetEvent(manual);
        if (WaitForSingleObject(manual, INFINITE) != WAIT_OBJECT_0 || !ResetEvent(manual) ||
            WaitForSingleObject(manual, 0) != WAIT_TIMEOUT)
            return NO_ROUNDS;
        taken++;
    }
    return taken == rounds ? (DWORD)rounds : NO_ROUNDS;
}

/* Stops the threads again and again while they run; the sum of what they counted. */
static DWORD disturb(unsigned count, LPTHREAD_START_ROUTINE const *routines)
{
    HANDLE threads[4];
    DWORD sum = 0;
    stop = 0;
    for (unsigned i = 0; i < count; i++)
        threads[i] = CreateThread(NULL, 0, routines[i], NULL, 0, NULL);
    for (int round = 0; round < ROUNDS; round++) {
        HANDLE thread = threads[round % count];
        CONTEXT context = {.ContextFlags = CONTEXT_FULL};
        CHECK(SuspendThread(thread) == 0);
        CHECK(GetThreadContext(thread, &context));
        if (round % 3 == 0)
            CHECK(SetThreadContext(thread, &context));
        CHECK(ResumeThread(thread) == 1);
        for (volatile int spin = 0; spin < round * 37 % 4001; spin++)
            ;
    }
    stop = 1;
    for (unsigned i = 0; i < count; i++) {
        DWORD rounds = 0;
        CHECK_EQ(WaitForSingleObject(threads[i], 10000), WAIT_OBJECT_0);
        CHECK(GetExitCodeThread(threads[i], &rounds));
        CHECK(rounds != NO_ROUNDS);
        sum += rounds;
        CloseHandle(threads[i]);
    }
    return sum;
}

TEST(mutex_of_one_and_of_three)
{
    LPTHREAD_START_ROUTINE routines[] = {count_in_mutex, count_recursively, count_in_mutex};
    mutex = CreateMutexW(NULL, FALSE, NULL);
    counter = 0;
    CHECK_EQ((DWORD)counter, 0);
    CHECK_EQ(disturb(1, routines), (DWORD)counter);
    counter = 0;
    DWORD sum = disturb(3, routines);
    CHECK_EQ(sum, (DWORD)counter);
    CHECK_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    CHECK(ReleaseMutex(mutex));
    CHECK_ERROR(ReleaseMutex(mutex), ERROR_NOT_OWNER);
    CloseHandle(mutex);
}

TEST(semaphore_keeps_its_count)
{
    LPTHREAD_START_ROUTINE routines[] = {give_and_take, give_and_take};
    LONG previous = -1;
    semaphore = CreateSemaphoreW(NULL, 1, 100, NULL);
    disturb(1, routines);
    disturb(2, routines);
    CHECK(ReleaseSemaphore(semaphore, 1, &previous));
    CHECK_EQ(previous, 1);
    CHECK_ERROR(ReleaseSemaphore(semaphore, 99, NULL), ERROR_TOO_MANY_POSTS);
    CHECK(ReleaseSemaphore(semaphore, 98, NULL));
    CloseHandle(semaphore);
}

TEST(events_keep_their_state)
{
    LPTHREAD_START_ROUTINE routines[] = {set_and_reset};
    automatic = CreateEventW(NULL, FALSE, FALSE, NULL);
    manual = CreateEventW(NULL, TRUE, FALSE, NULL);
    taken = 0;
    disturb(1, routines);
    CloseHandle(automatic);
    CloseHandle(manual);
}

/* Whatever it was doing, its mutex is free afterwards. */
TEST(ended_in_the_middle)
{
    LPTHREAD_START_ROUTINE routines[] = {count_in_mutex, count_recursively};
    mutex = CreateMutexW(NULL, FALSE, NULL);
    stop = 0;
    for (int round = 0; round < 40; round++) {
        HANDLE thread = CreateThread(NULL, 0, routines[round & 1], NULL, 0, NULL);
        LONG before = counter;
        while (counter == before)
            SwitchToThread();
        for (volatile int spin = 0; spin < round * 11; spin++)
            ;
        CHECK(TerminateThread(thread, 1));
        CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
        DWORD result = WaitForSingleObject(mutex, 5000);
        CHECK(result == WAIT_OBJECT_0 || result == WAIT_ABANDONED);
        CHECK(ReleaseMutex(mutex));
        CHECK_ERROR(ReleaseMutex(mutex), ERROR_NOT_OWNER);
        CloseHandle(thread);
    }
    CloseHandle(mutex);
}

static DWORD WINAPI take_three(void *handles)
{
    HANDLE *mutexes = handles;
    for (int i = 0; i < 3; i++)
        WaitForSingleObject(mutexes[i], INFINITE);
    ReleaseMutex(mutexes[1]);
    return 0;
}

TEST(end_gives_all_mutexes_away)
{
    HANDLE mutexes[3];
    for (int i = 0; i < 3; i++)
        mutexes[i] = CreateMutexW(NULL, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, take_three, mutexes, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CHECK_EQ(WaitForSingleObject(mutexes[0], 1000), WAIT_ABANDONED);
    CHECK_EQ(WaitForSingleObject(mutexes[1], 1000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(mutexes[2], 1000), WAIT_ABANDONED);
    for (int i = 0; i < 3; i++) {
        CHECK(ReleaseMutex(mutexes[i]));
        CHECK_ERROR(ReleaseMutex(mutexes[i]), ERROR_NOT_OWNER);
        CHECK(CloseHandle(mutexes[i]));
        CHECK_ERROR(WaitForSingleObject(mutexes[i], 0) == WAIT_FAILED ? 0 : 1, ERROR_INVALID_HANDLE);
    }
}

/* Owned when it becomes one of two processes. */
CHILD(wait_for_mutex)
{
    HANDLE inherited = (HANDLE)(ULONG_PTR)strtoul(argv[0], NULL, 0);
    (void)argc;
    if (WaitForSingleObject(inherited, 0) != WAIT_TIMEOUT)
        return 1;
    return WaitForSingleObject(inherited, 10000) == WAIT_OBJECT_0 && ReleaseMutex(inherited) ? 0 : 2;
}

TEST(owned_mutex_is_inherited)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    char path[MAX_PATH], command[MAX_PATH + 80];
    DWORD code = 99;
    mutex = CreateMutexW(&inherit, FALSE, NULL);
    CHECK_EQ(WaitForSingleObject(mutex, INFINITE), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(mutex, INFINITE), WAIT_OBJECT_0);
    GetModuleFileNameA(NULL, path, sizeof path);
    sprintf(command, "\"%s\" --child wait_for_mutex %u", path, (unsigned)(ULONG_PTR)mutex);
    CHECK(CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 300), WAIT_TIMEOUT);
    CHECK(ReleaseMutex(mutex));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 100), WAIT_TIMEOUT);
    CHECK(ReleaseMutex(mutex));
    CHECK_ERROR(ReleaseMutex(mutex), ERROR_NOT_OWNER);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CHECK_EQ(code, 0);
    CHECK_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(mutex);
}

/* More objects and handles than there are quick ways for. */
TEST(many_objects)
{
    static HANDLE events[3000];
    for (unsigned i = 0; i < 3000; i++)
        events[i] = CreateEventW(NULL, FALSE, i & 1, NULL);
    for (unsigned i = 0; i < 3000; i++)
        CHECK_EQ(WaitForSingleObject(events[i], 0), i & 1 ? WAIT_OBJECT_0 : WAIT_TIMEOUT);
    for (unsigned i = 0; i < 3000; i++)
        CHECK(SetEvent(events[i]));
    for (unsigned i = 0; i < 3000; i++) {
        CHECK_EQ(WaitForSingleObject(events[i], INFINITE), WAIT_OBJECT_0);
        CHECK(CloseHandle(events[i]));
    }
    HANDLE again = CreateEventW(NULL, TRUE, FALSE, NULL);
    CHECK_EQ(WaitForSingleObject(again, 0), WAIT_TIMEOUT);
    CHECK(CloseHandle(again));
}

/* What a handle may not do, it does not; what is no event is not set. */
TEST(refused)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL), weak;
    HANDLE other = CreateSemaphoreW(NULL, 0, 1, NULL);
    CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &weak, SYNCHRONIZE, FALSE, 0));
    CHECK_ERROR(SetEvent(weak), ERROR_ACCESS_DENIED);
    CHECK_ERROR(ResetEvent(weak), ERROR_ACCESS_DENIED);
    CHECK_EQ(WaitForSingleObject(weak, 0), WAIT_TIMEOUT);
    CloseHandle(weak);
    CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &weak, EVENT_MODIFY_STATE, FALSE,
                          0));
    CHECK(SetEvent(weak));
    CHECK_ERROR(WaitForSingleObject(weak, 0) != WAIT_FAILED, ERROR_ACCESS_DENIED);
    CloseHandle(weak);
    CHECK_ERROR(SetEvent(other), ERROR_INVALID_HANDLE);
    CHECK_ERROR(ReleaseMutex(other), ERROR_INVALID_HANDLE);
    CHECK_ERROR(ReleaseSemaphore(event, 1, NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(SetEvent(NULL), ERROR_INVALID_HANDLE);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CloseHandle(event);
    CloseHandle(other);
}
