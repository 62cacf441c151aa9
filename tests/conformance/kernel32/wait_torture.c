/*
 * Many threads of many processes wait for any and for all of what they share, mixed with objects of their
 * own, processes and threads, alertable and with time-outs. Nothing may be lost or doubled: tokens in
 * semaphores and events are counted at the end, what mutexes guard is checked on the way.
 */
#include "harness.h"

enum {
    PROCESSES = 5,
    THREADS = 5,
    SEMAPHORES = 6,
    EVENTS = 4,
    MUTEXES = 4,
    TOKENS = 4, /* in each semaphore */
    SHARED = SEMAPHORES + EVENTS + MUTEXES,
    MILLISECONDS = 1200
};

struct shared {
    LONG stop, ready;
    LONG turns[MUTEXES];          /* guarded by its mutex, not atomic */
    LONG counted[MUTEXES];        /* the same, atomic */
    volatile LONG owner[MUTEXES]; /* a thread's id while it has the mutex */
    LONG doubled, strange, abandoned;
    LONG successes, timeouts, alerts;
};

static HANDLE objects[SHARED];
static struct shared *shared;
static HANDLE own_semaphore, own_event, ended_thread;

static void name_of(char *ret, const char *prefix, int i)
{
    snprintf(ret, 64, "%s torture %d", prefix, i);
}

static BOOL open_objects(const char *prefix)
{
    char name[64];
    for (int i = 0; i < SHARED; i++) {
        name_of(name, prefix, i);
        objects[i] = i < SEMAPHORES            ? CreateSemaphoreA(NULL, TOKENS, 1000000, name)
                     : i < SEMAPHORES + EVENTS ? CreateEventA(NULL, FALSE, TRUE, name)
                                               : CreateMutexA(NULL, FALSE, name);
        if (!objects[i])
            return FALSE;
    }
    name_of(name, prefix, SHARED);
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof *shared, name);
    shared = section ? MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0) : NULL;
    return shared != NULL;
}

static void close_objects(void)
{
    for (int i = 0; i < SHARED; i++)
        CloseHandle(objects[i]);
    UnmapViewOfFile(shared);
}

static unsigned next(unsigned *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return *seed >> 16 & 0x7fff;
}

static BOOL is_mutex(int i)
{
    return i >= SEMAPHORES + EVENTS;
}

/* The caller has got the object, which must be its own from now on. */
static void take(int i)
{
    if (!is_mutex(i))
        return;
    int m = i - SEMAPHORES - EVENTS;
    LONG id = (LONG)GetCurrentThreadId() | (LONG)GetCurrentProcessId() << 12;
    if (InterlockedCompareExchange(&shared->owner[m], id, 0) != 0)
        InterlockedIncrement(&shared->doubled);
    shared->turns[m]++;
    InterlockedIncrement(&shared->counted[m]);
}

static void give(int i)
{
    if (is_mutex(i)) {
        shared->owner[i - SEMAPHORES - EVENTS] = 0;
        if (!ReleaseMutex(objects[i]))
            InterlockedIncrement(&shared->strange);
    } else if (i < SEMAPHORES ? !ReleaseSemaphore(objects[i], 1, NULL) : !SetEvent(objects[i])) {
        InterlockedIncrement(&shared->strange);
    }
}

/* A token of a semaphore may go into any other one; an event's is the event's. */
static int moved(int i, unsigned *seed)
{
    return i < SEMAPHORES ? (int)(next(seed) % SEMAPHORES) : i;
}

static LONG pending_apcs, apcs_run;

static void CALLBACK apc(ULONG_PTR argument)
{
    (void)argument;
    InterlockedIncrement(&apcs_run);
}

/* Some different shared objects, in an order of their own. */
static int choose(int *chosen, int count, unsigned *seed)
{
    int used[SHARED] = {0}, n = 0;
    for (int tries = 0; tries < 4 * count && n < count; tries++) {
        int i = (int)(next(seed) % SHARED);
        if (!used[i])
            chosen[n++] = i;
        used[i] = 1;
    }
    return n;
}

static HANDLE threads[THREADS];

static void wait_for_all(unsigned *seed)
{
    int chosen[4], count = choose(chosen, 2 + (int)(next(seed) % 3), seed);
    HANDLE handles[8];
    BOOL own = next(seed) % 3 == 0, late = next(seed) % 4 == 0;
    BOOL alertable = next(seed) % 2;
    DWORD n = 0;
    for (int i = 0; i < count; i++)
        handles[n++] = objects[chosen[i]];
    if (own)
        handles[n++] = own_semaphore;
    if (late)
        handles[n++] = ended_thread; /* signalled for ever */
    DWORD result = WaitForMultipleObjectsEx(n, handles, TRUE, next(seed) % 12, alertable);
    if (result == WAIT_TIMEOUT) {
        InterlockedIncrement(&shared->timeouts);
    } else if (result == WAIT_IO_COMPLETION) {
        InterlockedIncrement(&shared->alerts);
        if (!alertable)
            InterlockedIncrement(&shared->strange);
    } else if (result < WAIT_OBJECT_0 + n) {
        InterlockedIncrement(&shared->successes);
        for (int i = 0; i < count; i++)
            take(chosen[i]);
        if (next(seed) % 4 == 0)
            SwitchToThread();
        for (int i = count; i-- > 0;)
            give(is_mutex(chosen[i]) ? chosen[i] : moved(chosen[i], seed));
        if (own && !ReleaseSemaphore(own_semaphore, 1, NULL))
            InterlockedIncrement(&shared->strange);
    } else {
        InterlockedIncrement(&shared->strange);
    }
}

static void wait_for_any(unsigned *seed)
{
    int chosen[6], count = choose(chosen, 1 + (int)(next(seed) % 5), seed);
    HANDLE handles[10];
    DWORD n = 0, first;
    handles[n++] = GetCurrentProcess();
    handles[n++] = own_event; /* never set */
    first = n;
    for (int i = 0; i < count; i++)
        handles[n++] = objects[chosen[i]];
    DWORD result = count == 1 ? WaitForSingleObjectEx(handles[first], next(seed) % 8, next(seed) % 2)
                              : WaitForMultipleObjectsEx(n, handles, FALSE, next(seed) % 8, next(seed) % 2);
    if (count == 1 && result == WAIT_OBJECT_0)
        result += first;
    if (result == WAIT_TIMEOUT) {
        InterlockedIncrement(&shared->timeouts);
    } else if (result == WAIT_IO_COMPLETION) {
        InterlockedIncrement(&shared->alerts);
    } else if (result >= first && result < n) {
        int i = chosen[result - first];
        InterlockedIncrement(&shared->successes);
        take(i);
        give(is_mutex(i) ? i : moved(i, seed));
    } else {
        InterlockedIncrement(&shared->strange);
    }
}

/* Takes one token or mutex with what gives something else in the same step. */
static void signal_and_wait(unsigned *seed)
{
    int i = (int)(next(seed) % SHARED), m = SEMAPHORES + EVENTS + (int)(next(seed) % MUTEXES);
    if (harness_is_wine() && i == m) /* it then says that it has the mutex, but does not have it */
        return;
    if (WaitForSingleObject(objects[m], next(seed) % 4) != WAIT_OBJECT_0)
        return;
    take(m);
    shared->owner[m - SEMAPHORES - EVENTS] = 0;
    DWORD result = SignalObjectAndWait(objects[m], objects[i], next(seed) % 6, FALSE);
    if (result == WAIT_OBJECT_0) {
        InterlockedIncrement(&shared->successes);
        take(i);
        give(is_mutex(i) ? i : moved(i, seed));
    } else if (result != WAIT_TIMEOUT) {
        InterlockedIncrement(&shared->strange);
    }
}

static DWORD WINAPI work(void *argument)
{
    unsigned seed = (unsigned)(ULONG_PTR)argument;
    while (!*(volatile LONG *)&shared->stop) {
        unsigned kind = next(&seed) % 16;
        if (kind < 7) {
            wait_for_all(&seed);
        } else if (kind < 13) {
            wait_for_any(&seed);
        } else if (kind < 15) {
            signal_and_wait(&seed);
        } else {
            HANDLE target = threads[next(&seed) % THREADS];
            if (target && QueueUserAPC(apc, target, 0))
                InterlockedIncrement(&pending_apcs);
        }
    }
    while (SleepEx(0, TRUE) == WAIT_IO_COMPLETION)
        ;
    return 0;
}

static DWORD WINAPI nothing(void *argument)
{
    (void)argument;
    return 0;
}

/* The exit code: what was wrong in this process alone. */
CHILD(worker)
{
    unsigned seed = (unsigned)strtoul(argv[1], NULL, 0);
    (void)argc;
    if (!open_objects(argv[0]))
        return 1;
    own_semaphore = CreateSemaphoreA(NULL, 2, 2, NULL);
    own_event = CreateEventA(NULL, TRUE, FALSE, NULL);
    ended_thread = CreateThread(NULL, 0, nothing, NULL, 0, NULL);
    WaitForSingleObject(ended_thread, INFINITE);
    for (int i = 0; i < THREADS; i++)
        threads[i] = CreateThread(NULL, 0, work, (void *)(ULONG_PTR)(seed * 100 + (unsigned)i),
                                  CREATE_SUSPENDED, NULL);
    InterlockedIncrement(&shared->ready);
    for (int i = 0; i < THREADS; i++)
        ResumeThread(threads[i]);
    if (WaitForMultipleObjects(THREADS, threads, TRUE, 30000) != WAIT_OBJECT_0)
        return 2;
    LONG count = 0;
    if (!ReleaseSemaphore(own_semaphore, 1, &count) ? GetLastError() != ERROR_TOO_MANY_POSTS : 1)
        return 3; /* its two are back */
    /* What was queued late for a thread that had ended by then is lost with it. */
    return apcs_run > pending_apcs ? 4 : 0;
}

static BOOL start(const char *command, PROCESS_INFORMATION *ret)
{
    STARTUPINFOA info = {.cb = sizeof info};
    char path[MAX_PATH], line[MAX_PATH + 128];
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --child %s", path, command);
    return CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, ret);
}

static void check_tokens(void)
{
    LONG tokens = 0, events = 0;
    for (int i = 0; i < SEMAPHORES; i++)
        while (WaitForSingleObject(objects[i], 0) == WAIT_OBJECT_0)
            tokens++;
    for (int i = SEMAPHORES; i < SEMAPHORES + EVENTS; i++)
        events += WaitForSingleObject(objects[i], 0) == WAIT_OBJECT_0;
    CHECK_EQ(tokens, SEMAPHORES * TOKENS);
    CHECK_EQ(events, EVENTS);
    for (int i = 0; i < MUTEXES; i++) {
        CHECK_EQ(WaitForSingleObject(objects[SEMAPHORES + EVENTS + i], 0), WAIT_OBJECT_0);
        CHECK(ReleaseMutex(objects[SEMAPHORES + EVENTS + i]));
        CHECK_EQ(shared->turns[i], shared->counted[i]);
    }
}

TEST(nothing_is_lost)
{
    PROCESS_INFORMATION processes[PROCESSES];
    CHECK(open_objects("plain"));
    if (!shared)
        return;
    for (int i = 0; i < PROCESSES; i++) {
        char command[64];
        snprintf(command, sizeof command, "worker plain %d", i + 1);
        CHECK(start(command, &processes[i]));
    }
    for (int i = 0; i < 1000 && *(volatile LONG *)&shared->ready < PROCESSES; i++)
        Sleep(10);
    CHECK_EQ(shared->ready, PROCESSES);
    Sleep(MILLISECONDS);
    InterlockedExchange(&shared->stop, 1);
    for (int i = 0; i < PROCESSES; i++) {
        DWORD code = 99;
        CHECK_EQ(WaitForSingleObject(processes[i].hProcess, 40000), WAIT_OBJECT_0);
        GetExitCodeProcess(processes[i].hProcess, &code);
        CHECK_EQ(code, 0);
        CloseHandle(processes[i].hProcess);
        CloseHandle(processes[i].hThread);
    }
    CHECK_EQ(shared->strange, 0);
    CHECK_EQ(shared->doubled, 0);
    CHECK(shared->successes > 100);
    check_tokens();
    close_objects();
}

/* Takes mutexes one by one and together, until it is killed. */
static DWORD WINAPI lock_on(void *argument)
{
    unsigned seed = (unsigned)(ULONG_PTR)argument;
    HANDLE *mutexes = objects + SEMAPHORES + EVENTS;
    LONG id = (LONG)GetCurrentProcessId();
    while (!*(volatile LONG *)&shared->stop) {
        int a = (int)(next(&seed) % MUTEXES), b = (a + 1 + (int)(next(&seed) % (MUTEXES - 1))) % MUTEXES;
        HANDLE both[2] = {mutexes[a], mutexes[b]};
        DWORD result = WaitForMultipleObjects(2, both, TRUE, 50);
        if (result == WAIT_TIMEOUT)
            continue;
        if (result >= WAIT_ABANDONED_0 && result < WAIT_ABANDONED_0 + 2) {
            InterlockedIncrement(&shared->abandoned);
        } else if (result >= WAIT_OBJECT_0 + 2) {
            InterlockedIncrement(&shared->strange);
            continue;
        } else if (shared->owner[a] || shared->owner[b]) { /* not told that its owner has gone */
            InterlockedIncrement(&shared->doubled);
        }
        shared->owner[a] = shared->owner[b] = id;
        if (next(&seed) % 4 == 0)
            Sleep(0);
        if (shared->owner[a] != id || shared->owner[b] != id)
            InterlockedIncrement(&shared->doubled);
        shared->owner[a] = shared->owner[b] = 0;
        if (!ReleaseMutex(mutexes[a]) || !ReleaseMutex(mutexes[b]))
            InterlockedIncrement(&shared->strange);
        InterlockedIncrement(&shared->successes);
    }
    return 0;
}

CHILD(locker)
{
    HANDLE lockers[3];
    (void)argc;
    if (!open_objects("killed"))
        return 1;
    unsigned seed = (unsigned)strtoul(argv[0], NULL, 0);
    for (int i = 0; i < 3; i++)
        lockers[i] = CreateThread(NULL, 0, lock_on, (void *)(ULONG_PTR)(seed * 10 + (unsigned)i), 0, NULL);
    return WaitForMultipleObjects(3, lockers, TRUE, 30000) == WAIT_OBJECT_0 ? 0 : 2;
}

TEST(the_killed_let_go)
{
    PROCESS_INFORMATION processes[4];
    char command[64];
    int number = 0;
    CHECK(open_objects("killed"));
    if (!shared)
        return;
    for (int i = 0; i < 4; i++) {
        snprintf(command, sizeof command, "locker %d", ++number);
        CHECK(start(command, &processes[i]));
    }
    for (int i = 0; i < 24; i++) {
        PROCESS_INFORMATION *process = &processes[i % 4];
        Sleep(40);
        TerminateProcess(process->hProcess, 7);
        CHECK_EQ(WaitForSingleObject(process->hProcess, 10000), WAIT_OBJECT_0);
        CloseHandle(process->hProcess);
        CloseHandle(process->hThread);
        snprintf(command, sizeof command, "locker %d", ++number);
        CHECK(start(command, process));
    }
    Sleep(200);
    InterlockedExchange(&shared->stop, 1);
    for (int i = 0; i < 4; i++) {
        DWORD code = 99;
        CHECK_EQ(WaitForSingleObject(processes[i].hProcess, 40000), WAIT_OBJECT_0);
        GetExitCodeProcess(processes[i].hProcess, &code);
        CHECK_EQ(code, 0);
        CloseHandle(processes[i].hProcess);
        CloseHandle(processes[i].hThread);
    }
    CHECK_EQ(shared->strange, 0);
    CHECK_EQ(shared->doubled, 0);
    CHECK(shared->successes > 20);
    for (int i = 0; i < MUTEXES; i++) {
        DWORD result = WaitForSingleObject(objects[SEMAPHORES + EVENTS + i], 5000);
        CHECK(result == WAIT_OBJECT_0 || result == WAIT_ABANDONED);
        CHECK(ReleaseMutex(objects[SEMAPHORES + EVENTS + i]));
    }
    close_objects();
}

/* Sixty-four at once: half of them shared, the rest its own, processes and threads. */
TEST(sixty_four)
{
    HANDLE handles[65];
    char name[64];
    PROCESS_INFORMATION process;
    for (int i = 0; i < 64; i++) {
        snprintf(name, sizeof name, "sixty-four %d", i);
        handles[i] = CreateEventA(NULL, FALSE, FALSE, i % 2 ? name : NULL);
    }
    handles[64] = handles[0];
    CHECK_EQ(WaitForMultipleObjects(64, handles, FALSE, 0), WAIT_TIMEOUT);
    CHECK_EQ(WaitForMultipleObjects(64, handles, TRUE, 0), WAIT_TIMEOUT);
    CHECK_ERROR(WaitForMultipleObjects(65, handles, FALSE, 0) == WAIT_FAILED ? 0 : 1,
                ERROR_INVALID_PARAMETER);
    for (int i = 63; i >= 0; i -= 7) {
        SetEvent(handles[i]);
        CHECK_EQ(WaitForMultipleObjects(64, handles, FALSE, 1000), (DWORD)i);
    }
    for (int i = 0; i < 63; i++)
        SetEvent(handles[i]);
    CHECK_EQ(WaitForMultipleObjects(64, handles, TRUE, 20), WAIT_TIMEOUT);
    CHECK_EQ(WaitForSingleObject(handles[62], 0), WAIT_OBJECT_0); /* nothing was taken */
    SetEvent(handles[62]);
    SetEvent(handles[63]);
    CHECK_EQ(WaitForMultipleObjects(64, handles, TRUE, 1000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForMultipleObjects(64, handles, FALSE, 0), WAIT_TIMEOUT);
    CloseHandle(handles[10]);
    CloseHandle(handles[20]);
    CHECK(start("short", &process));
    handles[10] = process.hProcess;
    handles[20] = process.hThread;
    DWORD result = WaitForMultipleObjects(64, handles, FALSE, 10000);
    CHECK(result == 10 || result == 20);
    for (int i = 0; i < 64; i++)
        CloseHandle(handles[i]);
}

CHILD(short)
{
    (void)argc, (void)argv;
    Sleep(100);
    return 0;
}
