/*
 * Objects between processes: by name, by inheritance, by duplication; waits that mix them; what a process
 * leaves behind when it is killed.
 */
#include "harness.h"
#include <winternl.h>

static char names[16][64];

/* A name of this run. */
static const char *name(const char *stem)
{
    static int next;
    char *text = names[next++ % 16];
    snprintf(text, 64, "gastwirt-test-%lu-%s", GetCurrentProcessId(), stem);
    return text;
}

static BOOL start(PROCESS_INFORMATION *ret, BOOL inherit, DWORD flags, const char *format, ...)
{
    STARTUPINFOA info = {.cb = sizeof info};
    char path[MAX_PATH], rest[512], line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(rest, sizeof rest, format, arguments);
    va_end(arguments);
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --child %s", path, rest);
    return CreateProcessA(NULL, line, NULL, NULL, inherit, flags, NULL, NULL, &info, ret);
}

static DWORD finish(PROCESS_INFORMATION *process)
{
    DWORD code = 0xdeadbeef;
    CHECK_EQ(WaitForSingleObject(process->hProcess, 15000), WAIT_OBJECT_0);
    GetExitCodeProcess(process->hProcess, &code);
    CloseHandle(process->hThread);
    CloseHandle(process->hProcess);
    return code;
}

/* ---------------------------------------------------------------- names */

CHILD(answer)
{
    HANDLE ask = OpenEventA(EVENT_ALL_ACCESS, FALSE, argv[0]),
           reply = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[1]);
    int rounds = atoi(argv[2]);
    if (!ask || !reply)
        return 100;
    for (int i = 0; i < rounds; i++) {
        if (WaitForSingleObject(ask, 10000) != WAIT_OBJECT_0)
            return 101;
        SetEvent(reply);
    }
    return 7;
}

TEST(events_by_name)
{
    PROCESS_INFORMATION process;
    const char *ask_name = name("ask"), *reply_name = name("reply");
    HANDLE ask = CreateEventA(NULL, FALSE, FALSE, ask_name),
           reply = CreateEventA(NULL, FALSE, FALSE, reply_name);
    CHECK(ask && reply);
    CHECK(start(&process, FALSE, 0, "answer %s %s 500", ask_name, reply_name));
    int rounds = 0;
    for (; rounds < 500; rounds++) {
        SetEvent(ask);
        if (WaitForSingleObject(reply, 10000) != WAIT_OBJECT_0)
            break;
    }
    CHECK_EQ(rounds, 500);
    CHECK_EQ(finish(&process), 7);
    CHECK_EQ(WaitForSingleObject(ask, 0), WAIT_TIMEOUT);
    CloseHandle(ask);
    CHECK_ERROR(OpenEventA(SYNCHRONIZE, FALSE, ask_name), ERROR_FILE_NOT_FOUND);
    CloseHandle(reply);
}

CHILD(hold_names)
{
    HANDLE ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[0]);
    if (!CreateEventA(NULL, TRUE, TRUE, argv[1]) || !CreateSemaphoreA(NULL, 2, 5, argv[2]) || !ready)
        return 1;
    SetEvent(ready);
    Sleep(20000);
    return 0;
}

TEST(names_end_with_their_process)
{
    PROCESS_INFORMATION process;
    const char *ready_name = name("ready"), *event_name = name("held event"), *semaphore_name = name("held");
    char quoted[100];
    snprintf(quoted, sizeof quoted, "\"%s\"", event_name);
    HANDLE ready = CreateEventA(NULL, FALSE, FALSE, ready_name);
    LONG previous = 0;
    CHECK(start(&process, FALSE, 0, "hold_names %s %s %s", ready_name, quoted, semaphore_name));
    CHECK_EQ(WaitForSingleObject(ready, 10000), WAIT_OBJECT_0);
    HANDLE event = OpenEventA(SYNCHRONIZE, FALSE, event_name);
    CHECK(event != NULL);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CHECK_ERROR(OpenMutexA(SYNCHRONIZE, FALSE, event_name), ERROR_INVALID_HANDLE);
    CHECK_ERROR(CreateMutexA(NULL, FALSE, event_name), ERROR_INVALID_HANDLE);
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 1, semaphore_name);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    CHECK(ReleaseSemaphore(semaphore, 3, &previous));
    CHECK_EQ(previous, 2);
    CHECK_ERROR(ReleaseSemaphore(semaphore, 1, NULL), ERROR_TOO_MANY_POSTS);
    TerminateProcess(process.hProcess, 9);
    CHECK_EQ(finish(&process), 9);
    /* What this process still has stays; the rest is gone. */
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CloseHandle(event);
    for (int i = 0; i < 50 && (event = OpenEventA(SYNCHRONIZE, FALSE, event_name)); i++) {
        CloseHandle(event);
        Sleep(10);
    }
    CHECK(event == NULL);
    CloseHandle(semaphore);
    CloseHandle(ready);
}

/* ---------------------------------------------------------------- mutexes */

CHILD(own_mutex)
{
    HANDLE mutex = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, argv[0]),
           ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[1]);
    if (!mutex || !ready || WaitForSingleObject(mutex, 5000) != WAIT_OBJECT_0)
        return 1;
    SetEvent(ready);
    if (!strcmp(argv[2], "exit"))
        return 5;
    if (!strcmp(argv[2], "release")) {
        Sleep(100);
        return ReleaseMutex(mutex) ? 6 : 2;
    }
    Sleep(20000);
    return 3;
}

static void mutex_case(const char *how, DWORD code, DWORD result)
{
    PROCESS_INFORMATION process;
    const char *mutex_name = name("mutex"), *ready_name = name("owned");
    HANDLE mutex = CreateMutexA(NULL, FALSE, mutex_name),
           ready = CreateEventA(NULL, FALSE, FALSE, ready_name);
    CHECK(start(&process, FALSE, 0, "own_mutex %s %s %s", mutex_name, ready_name, how));
    CHECK_EQ(WaitForSingleObject(ready, 10000), WAIT_OBJECT_0);
    if (code == 9) {
        CHECK_EQ(WaitForSingleObject(mutex, 0), WAIT_TIMEOUT);
        CHECK_ERROR(ReleaseMutex(mutex), ERROR_NOT_OWNER);
        TerminateProcess(process.hProcess, 9);
    }
    CHECK_EQ(WaitForSingleObject(mutex, 10000), result);
    CHECK(ReleaseMutex(mutex));
    CHECK_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(mutex, 0), WAIT_OBJECT_0);
    CHECK(ReleaseMutex(mutex));
    CHECK(ReleaseMutex(mutex));
    CHECK_ERROR(ReleaseMutex(mutex), ERROR_NOT_OWNER);
    CHECK_EQ(finish(&process), code);
    CloseHandle(mutex);
    CloseHandle(ready);
}

TEST(mutex_released)
{
    mutex_case("release", 6, WAIT_OBJECT_0);
}

TEST(mutex_abandoned_by_exit)
{
    mutex_case("exit", 5, WAIT_ABANDONED);
}

TEST(mutex_abandoned_by_kill)
{
    mutex_case("sleep", 9, WAIT_ABANDONED);
}

static DWORD WINAPI take_mutex(void *mutex)
{
    return WaitForSingleObject(mutex, 5000);
}

TEST(mutex_abandoned_by_thread)
{
    const char *mutex_name = name("thread mutex");
    HANDLE mutex = CreateMutexA(NULL, FALSE, mutex_name),
           other = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, mutex_name);
    HANDLE thread = CreateThread(NULL, 0, take_mutex, mutex, 0, NULL);
    WaitForSingleObject(thread, 5000);
    CHECK_EQ(WaitForSingleObject(other, 1000), WAIT_ABANDONED);
    CHECK(ReleaseMutex(mutex));
    CloseHandle(thread);
    CloseHandle(mutex);
    CloseHandle(other);
}

TEST(mutex_closed_while_owned)
{
    const char *mutex_name = name("closed mutex");
    HANDLE mutex = CreateMutexA(NULL, TRUE, mutex_name);
    CloseHandle(mutex);
    CHECK_ERROR(OpenMutexA(SYNCHRONIZE, FALSE, mutex_name), ERROR_FILE_NOT_FOUND);
    mutex = CreateMutexA(NULL, TRUE, mutex_name);
    CHECK_EQ(GetLastError(), ERROR_SUCCESS);
    CHECK(ReleaseMutex(mutex));
    CloseHandle(mutex);
}

/* ---------------------------------------------------------------- waiting */

CHILD(set_after)
{
    HANDLE event = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[0]);
    Sleep(atoi(argv[1]));
    if (argc > 2)
        PulseEvent(event);
    else
        SetEvent(event);
    return 0;
}

TEST(mixed_any)
{
    PROCESS_INFORMATION process;
    const char *event_name = name("mixed");
    HANDLE handles[4] = {CreateEventA(NULL, FALSE, FALSE, NULL), CreateEventA(NULL, FALSE, FALSE, event_name),
                         NULL, GetCurrentThread()};
    CHECK(start(&process, FALSE, 0, "set_after %s 100", event_name));
    DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &handles[3], 0, FALSE,
                    DUPLICATE_SAME_ACCESS);
    handles[2] = process.hProcess;
    CHECK_EQ(WaitForMultipleObjects(4, handles, FALSE, 10000), WAIT_OBJECT_0 + 1);
    CHECK_EQ(WaitForMultipleObjects(4, handles, FALSE, 10000), WAIT_OBJECT_0 + 2);
    SetEvent(handles[0]);
    SetEvent(handles[1]);
    CHECK_EQ(WaitForMultipleObjects(4, handles, FALSE, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForMultipleObjects(4, handles, FALSE, 0), WAIT_OBJECT_0 + 1);
    CHECK_EQ(WaitForMultipleObjects(2, handles, FALSE, 30), WAIT_TIMEOUT);
    finish(&process);
    CloseHandle(handles[0]);
    CloseHandle(handles[1]);
    CloseHandle(handles[3]);
}

TEST(mixed_all)
{
    PROCESS_INFORMATION process;
    const char *first = name("all 1"), *second = name("all2");
    HANDLE handles[3] = {CreateEventA(NULL, FALSE, TRUE, first), CreateEventA(NULL, FALSE, FALSE, second),
                         CreateSemaphoreA(NULL, 1, 1, NULL)};
    CHECK_EQ(WaitForMultipleObjects(3, handles, TRUE, 20), WAIT_TIMEOUT);
    /* Nothing was taken. */
    CHECK_EQ(WaitForSingleObject(handles[0], 0), WAIT_OBJECT_0);
    SetEvent(handles[0]);
    CHECK(start(&process, FALSE, 0, "set_after %s 50", second));
    CHECK_EQ(WaitForMultipleObjects(3, handles, TRUE, 10000), WAIT_OBJECT_0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(WaitForSingleObject(handles[i], 0), WAIT_TIMEOUT);
    finish(&process);
    for (int i = 0; i < 3; i++)
        CloseHandle(handles[i]);
}

TEST(pulse_releases_waiters)
{
    PROCESS_INFORMATION process;
    const char *event_name = name("pulse");
    for (int manual = 0; manual < 2; manual++) {
        HANDLE event = CreateEventA(NULL, manual, FALSE, event_name);
        CHECK(start(&process, FALSE, 0, "set_after %s 300 pulse", event_name));
        CHECK_EQ(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
        CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
        CHECK_EQ(finish(&process), 0);
        CloseHandle(event);
    }
}

static void CALLBACK count_apc(ULONG_PTR count)
{
    ++*(int *)count;
}

static DWORD WINAPI send_apc(void *thread)
{
    static int count;
    Sleep(50);
    QueueUserAPC(count_apc, thread, (ULONG_PTR)&count);
    return 0;
}

TEST(alertable)
{
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, name("alertable")), self;
    DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &self, 0, FALSE,
                    DUPLICATE_SAME_ACCESS);
    HANDLE thread = CreateThread(NULL, 0, send_apc, self, 0, NULL);
    CHECK_EQ(WaitForSingleObjectEx(event, 5000, TRUE), WAIT_IO_COMPLETION);
    WaitForSingleObject(thread, 5000);
    CloseHandle(thread);
    CloseHandle(self);
    CloseHandle(event);
}

static HANDLE pool_done;

static void CALLBACK pool_callback(void *context, BOOLEAN timed_out)
{
    (void)context, (void)timed_out;
    SetEvent(pool_done);
}

TEST(thread_pool_waits)
{
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, name("pool")), wait;
    pool_done = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(RegisterWaitForSingleObject(&wait, event, pool_callback, NULL, INFINITE, WT_EXECUTEONLYONCE));
    CHECK_EQ(WaitForSingleObject(pool_done, 30), WAIT_TIMEOUT);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(pool_done, 5000), WAIT_OBJECT_0);
    CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
    CloseHandle(event);
    CloseHandle(pool_done);
}

TEST(timers_by_name)
{
    LARGE_INTEGER due = {.QuadPart = -200000}; /* 20 ms */
    const char *timer_name = name("timer");
    HANDLE timer = CreateWaitableTimerA(NULL, FALSE, timer_name),
           other = OpenWaitableTimerA(TIMER_ALL_ACCESS, FALSE, timer_name);
    CHECK(timer && other);
    CHECK(SetWaitableTimer(timer, &due, 10, NULL, NULL, FALSE));
    CHECK_EQ(WaitForSingleObject(other, 5000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(other, 5000), WAIT_OBJECT_0);
    CHECK(CancelWaitableTimer(other));
    WaitForSingleObject(timer, 0);
    CHECK_EQ(WaitForSingleObject(timer, 50), WAIT_TIMEOUT);
    CloseHandle(timer);
    CloseHandle(other);
}

/* ---------------------------------------------------------------- sections */

CHILD(increment)
{
    HANDLE section = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, argv[0]),
           mutex = OpenMutexA(SYNCHRONIZE, FALSE, argv[1]);
    volatile LONG *view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    (void)argc;
    if (!view || !mutex)
        return 1;
    for (int i = 0; i < 1000; i++) {
        if (WaitForSingleObject(mutex, 10000) != WAIT_OBJECT_0)
            return 2;
        view[0] = view[0] + 1;
        ReleaseMutex(mutex);
    }
    return 0;
}

TEST(sections_by_name)
{
    PROCESS_INFORMATION processes[3];
    const char *section_name = name("section"), *mutex_name = name("section mutex");
    char quoted[100];
    snprintf(quoted, sizeof quoted, "\"%s\"", mutex_name);
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x20000, section_name);
    HANDLE mutex = CreateMutexA(NULL, FALSE, mutex_name);
    LONG *view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    MEMORY_BASIC_INFORMATION info;
    for (int i = 0; i < 3; i++)
        CHECK(start(&processes[i], FALSE, 0, "increment %s %s", section_name, quoted));
    for (int i = 0; i < 3; i++)
        CHECK_EQ(finish(&processes[i]), 0);
    CHECK_EQ(view[0], 3000);
    HANDLE again = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x1000, section_name);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    LONG *other = MapViewOfFile(again, FILE_MAP_READ, 0, 0, 0);
    VirtualQuery(other, &info, sizeof info);
    CHECK_EQ(info.RegionSize, 0x20000);
    CHECK_EQ(other[0], 3000);
    UnmapViewOfFile(other);
    CloseHandle(again);
    UnmapViewOfFile(view);
    CloseHandle(section);
    CHECK_ERROR(OpenFileMappingA(FILE_MAP_READ, FALSE, section_name), ERROR_FILE_NOT_FOUND);
    CloseHandle(mutex);
}

/* ---------------------------------------------------------------- inheritance, duplication */

CHILD(use_inherited)
{
    HANDLE event = (HANDLE)(ULONG_PTR)strtoul(argv[0], NULL, 0),
           mutex = (HANDLE)(ULONG_PTR)strtoul(argv[1], NULL, 0);
    HANDLE section = (HANDLE)(ULONG_PTR)strtoul(argv[2], NULL, 0),
           parent = (HANDLE)(ULONG_PTR)strtoul(argv[3], NULL, 0);
    HANDLE not_inherited = (HANDLE)(ULONG_PTR)strtoul(argv[4], NULL, 0);
    DWORD flags;
    (void)argc;
    LONG *view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    if (!view || view[0] != 41)
        return 1;
    view[0] = 42;
    if (WaitForSingleObject(mutex, 0) != WAIT_TIMEOUT)
        return 2;
    if (WaitForSingleObject(parent, 0) != WAIT_TIMEOUT || GetProcessId(parent) == GetCurrentProcessId())
        return 3;
    if (!GetHandleInformation(event, &flags) || flags != HANDLE_FLAG_INHERIT)
        return 4;
    if (GetHandleInformation(not_inherited, &flags))
        return 5;
    return SetEvent(event) ? 0 : 6;
}

TEST(inheritance)
{
    PROCESS_INFORMATION process;
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    HANDLE event = CreateEventA(&inherit, FALSE, FALSE, NULL), mutex = CreateMutexA(&inherit, TRUE, NULL);
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, &inherit, PAGE_READWRITE, 0, 4096, NULL);
    HANDLE own, plain;
    LONG *view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    view[0] = 41;
    DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &own, 0, TRUE,
                    DUPLICATE_SAME_ACCESS);
    /* The highest handle: no other one is there in the child. */
    for (int i = 0; i < 100; i++)
        plain = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(start(&process, TRUE, 0, "use_inherited 0x%p 0x%p 0x%p 0x%p 0x%p", event, mutex, section, own,
                plain));
    CHECK_EQ(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    CHECK_EQ(finish(&process), 0);
    CHECK_EQ(view[0], 42);
    CHECK(ReleaseMutex(mutex));
    UnmapViewOfFile(view);
    CloseHandle(section);
    CloseHandle(event);
    CloseHandle(mutex);
    CloseHandle(own);
}

CHILD(wait_for_handle)
{
    /* The parent writes the handle's value here once it has put it into this process. */
    HANDLE section = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, argv[0]);
    HANDLE ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[1]);
    volatile ULONG64 *view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    (void)argc;
    if (!view)
        return 1;
    HANDLE own = CreateSemaphoreA(NULL, 3, 10, NULL);
    view[1] = (ULONG64)(ULONG_PTR)own;
    SetEvent(ready);
    for (int i = 0; i < 1000 && !view[0]; i++)
        Sleep(10);
    if (WaitForSingleObject((HANDLE)(ULONG_PTR)view[0], 10000) != WAIT_OBJECT_0)
        return 2;
    return WaitForSingleObject(own, 0) == WAIT_OBJECT_0 && WaitForSingleObject(own, 0) == WAIT_TIMEOUT ? 0
                                                                                                       : 3;
}

TEST(duplication_both_ways)
{
    PROCESS_INFORMATION process;
    const char *section_name = name("dup"), *ready_name = name("dup-ready");
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, section_name);
    HANDLE ready = CreateEventA(NULL, FALSE, FALSE, ready_name),
           event = CreateEventA(NULL, FALSE, FALSE, NULL);
    HANDLE there = NULL, semaphore = NULL, again = NULL;
    volatile ULONG64 *view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    CHECK(start(&process, FALSE, 0, "wait_for_handle %s %s", section_name, ready_name));
    CHECK_EQ(WaitForSingleObject(ready, 10000), WAIT_OBJECT_0);
    CHECK(DuplicateHandle(process.hProcess, (HANDLE)(ULONG_PTR)view[1], GetCurrentProcess(), &semaphore, 0,
                          FALSE, DUPLICATE_SAME_ACCESS));
    CHECK_EQ(WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
    CHECK_ERROR(DuplicateHandle(process.hProcess, (HANDLE)(ULONG_PTR)0x123454, GetCurrentProcess(), &again, 0,
                                FALSE, DUPLICATE_SAME_ACCESS),
                ERROR_INVALID_HANDLE);
    CHECK(DuplicateHandle(GetCurrentProcess(), event, process.hProcess, &there, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    view[0] = (ULONG64)(ULONG_PTR)there;
    SetEvent(event);
    CHECK_EQ(finish(&process), 0);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    UnmapViewOfFile((void *)view);
    CloseHandle(section);
    CloseHandle(semaphore);
    CloseHandle(event);
    CloseHandle(ready);
}

CHILD(lie_still)
{
    (void)argc, (void)argv;
    Sleep(20000);
    return 0;
}

CHILD(run_on)
{
    (void)argc, (void)argv;
    for (volatile unsigned long long i = 0; i < 1ull << 60; i++)
        ;
    return 0;
}

CHILD(read_on)
{
    HANDLE read_end, write_end;
    char byte;
    DWORD got;
    (void)argc, (void)argv;
    CreatePipe(&read_end, &write_end, NULL, 0);
    return ReadFile(read_end, &byte, 1, &got, NULL);
}

TEST(duplication_into_the_busy)
{
    static const char *const kinds[] = {"run_on", "read_on"};
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    for (int i = 0; i < 2; i++) {
        PROCESS_INFORMATION process;
        HANDLE there = NULL;
        CHECK(start(&process, FALSE, 0, kinds[i]));
        Sleep(100);
        CHECK(DuplicateHandle(GetCurrentProcess(), event, process.hProcess, &there, 0, FALSE,
                              DUPLICATE_SAME_ACCESS));
        CHECK_EQ(WaitForSingleObject(process.hProcess, 0), WAIT_TIMEOUT);
        TerminateProcess(process.hProcess, 3);
        CHECK_EQ(finish(&process), 3);
    }
    CloseHandle(event);
}

/* A process that has shared nothing, and one that has not even begun. */
TEST(duplication_into_a_stranger)
{
    PROCESS_INFORMATION process;
    HANDLE there = NULL, back = NULL, event = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(start(&process, FALSE, 0, "lie_still"));
    Sleep(200);
    CHECK(DuplicateHandle(GetCurrentProcess(), event, process.hProcess, &there, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(DuplicateHandle(process.hProcess, there, GetCurrentProcess(), &back, 0, FALSE,
                          DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    SetEvent(back);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CHECK_ERROR(
        DuplicateHandle(process.hProcess, there, GetCurrentProcess(), &back, 0, FALSE, DUPLICATE_SAME_ACCESS),
        ERROR_INVALID_HANDLE);
    TerminateProcess(process.hProcess, 3);
    CHECK_EQ(finish(&process), 3);

    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "lie_still"));
    CHECK(DuplicateHandle(GetCurrentProcess(), event, process.hProcess, &there, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(there != NULL);
    TerminateProcess(process.hProcess, 4);
    CHECK_EQ(finish(&process), 4);
    CloseHandle(event);
    CloseHandle(back);
}

TEST(duplication_of_files)
{
    PROCESS_INFORMATION process;
    HANDLE read_end, write_end, there = NULL;
    char buffer[8] = "";
    DWORD got = 0;
    CHECK(CreatePipe(&read_end, &write_end, NULL, 0));
    CHECK(start(&process, FALSE, 0, "lie_still"));
    CHECK(DuplicateHandle(GetCurrentProcess(), write_end, process.hProcess, &there, 0, FALSE,
                          DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    CHECK(DuplicateHandle(process.hProcess, there, GetCurrentProcess(), &write_end, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(WriteFile(write_end, "pipe", 4, &got, NULL));
    CHECK(ReadFile(read_end, buffer, sizeof buffer, &got, NULL));
    CHECK_EQ(got, 4);
    CloseHandle(write_end);
    TerminateProcess(process.hProcess, 3);
    CHECK_EQ(finish(&process), 3);
    CHECK_ERROR(ReadFile(read_end, buffer, sizeof buffer, &got, NULL), ERROR_BROKEN_PIPE);
    CloseHandle(read_end);
}

TEST(protected_handles)
{
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, name("protected"));
    DWORD flags = 0;
    CHECK(SetHandleInformation(event, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE));
    CHECK(GetHandleInformation(event, &flags));
    CHECK_EQ(flags, HANDLE_FLAG_PROTECT_FROM_CLOSE);
    CHECK(SetHandleInformation(event, HANDLE_FLAG_PROTECT_FROM_CLOSE | HANDLE_FLAG_INHERIT, 0));
    CHECK(CloseHandle(event));
}

/* ---------------------------------------------------------------- jobs */

CHILD(hold_job)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    HANDLE job = OpenJobObjectA(JOB_OBJECT_ALL_ACCESS, FALSE, argv[0]),
           ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[1]);
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting;
    BOOL inside = FALSE;
    (void)argc;
    if (!job || !IsProcessInJob(GetCurrentProcess(), job, &inside) || !inside)
        return 1;
    if (!QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &accounting, sizeof accounting,
                                   NULL) ||
        accounting.ActiveProcesses != 2)
        return 2;
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (!SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
        return 3;
    SetEvent(ready);
    Sleep(20000);
    return 4;
}

TEST(jobs_by_name)
{
    PROCESS_INFORMATION first, second;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    const char *job_name = name("job"), *ready_name = name("job-ready");
    HANDLE job = CreateJobObjectA(NULL, job_name), ready = CreateEventA(NULL, FALSE, FALSE, ready_name);
    CHECK(job && ready);
    CHECK_ERROR(CreateEventA(NULL, FALSE, FALSE, job_name), ERROR_INVALID_HANDLE);
    CHECK(start(&first, FALSE, 0, "lie_still"));
    CHECK(start(&second, FALSE, CREATE_SUSPENDED, "hold_job %s %s", job_name, ready_name));
    CHECK(AssignProcessToJobObject(job, first.hProcess));
    CHECK(AssignProcessToJobObject(job, second.hProcess));
    ResumeThread(second.hThread);
    CHECK_EQ(WaitForSingleObject(ready, 10000), WAIT_OBJECT_0);
    CHECK(QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits, NULL));
    if (!harness_is_wine()) /* wine does not say what was set */
        CHECK_EQ(limits.BasicLimitInformation.LimitFlags, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE);
    CloseHandle(job);
    /* The second still has the job, until it ends. */
    CHECK_EQ(WaitForSingleObject(first.hProcess, 100), WAIT_TIMEOUT);
    TerminateProcess(second.hProcess, 5);
    CHECK_EQ(finish(&second), 5);
    CHECK_EQ(WaitForSingleObject(first.hProcess, 10000), WAIT_OBJECT_0);
    finish(&first);
    CloseHandle(ready);
}

/* ---------------------------------------------------------------- private namespaces */

static HANDLE make_boundary(const WCHAR *text, WELL_KNOWN_SID_TYPE type)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    HANDLE boundary = CreateBoundaryDescriptorW(text, 0);
    CHECK(boundary != NULL);
    CHECK(CreateWellKnownSid(type, NULL, sid, &size));
    CHECK(AddSIDToBoundaryDescriptor(&boundary, sid));
    return boundary;
}

CHILD(open_namespace)
{
    HANDLE boundary = make_boundary(L"gastwirt-test", WinWorldSid);
    HANDLE space = OpenPrivateNamespaceW(boundary, L"theirs");
    (void)argc, (void)argv;
    if (!space)
        return (int)GetLastError() + 1000;
    HANDLE event = OpenEventA(EVENT_MODIFY_STATE, FALSE, "theirs\\event");
    if (!event || OpenEventA(SYNCHRONIZE, FALSE, "event"))
        return 2;
    SetEvent(event);
    return ClosePrivateNamespace(space, 0) ? 0 : 3;
}

TEST(private_namespaces)
{
    PROCESS_INFORMATION process;
    if (harness_is_wine())
        SKIP("wine's are stubs");
    HANDLE boundary = make_boundary(L"gastwirt-test", WinWorldSid), foreign = make_boundary(L"x", WinNullSid);
    HANDLE space = CreatePrivateNamespaceW(NULL, boundary, L"mine");
    CHECK(space != NULL);
    CHECK_ERROR(CreatePrivateNamespaceW(NULL, boundary, L"again"), ERROR_ALREADY_EXISTS);
    CHECK_ERROR(CreatePrivateNamespaceW(NULL, foreign, L"foreign"), ERROR_ACCESS_DENIED);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, "mine\\event");
    CHECK(event != NULL);
    CHECK_ERROR(OpenEventA(SYNCHRONIZE, FALSE, "other\\event"), ERROR_PATH_NOT_FOUND);
    CHECK(start(&process, FALSE, 0, "open_namespace"));
    CHECK_EQ(finish(&process), 0);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CHECK(ClosePrivateNamespace(space, PRIVATE_NAMESPACE_FLAG_DESTROY));
    CHECK_ERROR(OpenEventA(SYNCHRONIZE, FALSE, "mine\\event"), ERROR_PATH_NOT_FOUND);
    CHECK(start(&process, FALSE, 0, "open_namespace"));
    CHECK_EQ(finish(&process), ERROR_PATH_NOT_FOUND + 1000);
    CloseHandle(event);
    DeleteBoundaryDescriptor(boundary);
    DeleteBoundaryDescriptor(foreign);
}

/* ---------------------------------------------------------------- security */

TEST(security_is_shared)
{
    const char *event_name = name("security");
    BYTE buffer[512], acl[256];
    DWORD needed = 0;
    SECURITY_DESCRIPTOR descriptor;
    BOOL present = FALSE, defaulted;
    PACL list = NULL;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, FALSE};
    BYTE world[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof world;
    CreateWellKnownSid(WinWorldSid, NULL, world, &size);
    CHECK(InitializeAcl((ACL *)acl, sizeof acl, ACL_REVISION));
    CHECK(AddAccessAllowedAce((ACL *)acl, ACL_REVISION, EVENT_ALL_ACCESS, world));
    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&descriptor, TRUE, (ACL *)acl, FALSE);
    HANDLE event = CreateEventA(&attributes, FALSE, FALSE, event_name);
    HANDLE other = OpenEventA(EVENT_ALL_ACCESS, FALSE, event_name);
    CHECK(GetKernelObjectSecurity(other, DACL_SECURITY_INFORMATION, (SECURITY_DESCRIPTOR *)buffer,
                                  sizeof buffer, &needed));
    CHECK(GetSecurityDescriptorDacl((SECURITY_DESCRIPTOR *)buffer, &present, &list, &defaulted));
    CHECK(present && list && list->AceCount == 1);
    SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE);
    CHECK(SetKernelObjectSecurity(other, DACL_SECURITY_INFORMATION, &descriptor));
    CHECK(GetKernelObjectSecurity(event, DACL_SECURITY_INFORMATION, (SECURITY_DESCRIPTOR *)buffer,
                                  sizeof buffer, &needed));
    CHECK(GetSecurityDescriptorDacl((SECURITY_DESCRIPTOR *)buffer, &present, &list, &defaulted));
    CHECK(present && !list);
    CloseHandle(event);
    CloseHandle(other);
}
