/*
 * Attaching to running processes, letting them go, the debugger's end, and debuggees of the other width.
 */
#include "debugger.h"
#include <stdlib.h>

static PROCESS_INFORMATION start_child(const char *arguments)
{
    struct debugger starter = {0};
    CHECK(debugger_start(&starter, arguments, 0));
    return starter.process;
}

static DWORD WINAPI sleeps(void *unused)
{
    Sleep(INFINITE);
    return 0;
}

/* Says that it runs by one event, and ends with 21 when the other is set, 22 if it then has a debugger. */
CHILD(runs)
{
    HANDLE ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[0]);
    HANDLE end = OpenEventA(SYNCHRONIZE, FALSE, argv[1]);
    CreateThread(NULL, 0, sleeps, NULL, 0, NULL);
    SetEvent(ready);
    if (WaitForSingleObject(end, 20000) != WAIT_OBJECT_0)
        return 1;
    return IsDebuggerPresent() ? 22 : 21;
}

struct running {
    char ready_name[64], end_name[64];
    HANDLE ready, end;
    PROCESS_INFORMATION process;
};

static void start_running(struct running *running)
{
    static int number;
    char arguments[160];
    snprintf(running->ready_name, sizeof running->ready_name, "debug-ready-%lu-%d", GetCurrentProcessId(),
             ++number);
    snprintf(running->end_name, sizeof running->end_name, "debug-end-%lu-%d", GetCurrentProcessId(), number);
    running->ready = CreateEventA(NULL, TRUE, FALSE, running->ready_name);
    running->end = CreateEventA(NULL, TRUE, FALSE, running->end_name);
    snprintf(arguments, sizeof arguments, "runs %s %s", running->ready_name, running->end_name);
    running->process = start_child(arguments);
    CHECK_EQ(WaitForSingleObject(running->ready, 20000), WAIT_OBJECT_0);
}

static DWORD end_running(struct running *running)
{
    DWORD code = 0;
    SetEvent(running->end);
    if (WaitForSingleObject(running->process.hProcess, 20000) != WAIT_OBJECT_0) {
        FAIL("the child does not end");
        TerminateProcess(running->process.hProcess, 99);
    }
    GetExitCodeProcess(running->process.hProcess, &code);
    CloseHandle(running->process.hProcess);
    CloseHandle(running->process.hThread);
    CloseHandle(running->ready);
    CloseHandle(running->end);
    return code;
}

/* Takes events until the breakpoint of the attachment. */
static void run_to_breakpoint(struct debugger *debugger)
{
    DEBUG_EVENT event;
    while (!debugger->breakpoints) {
        if (!WaitForDebugEvent(&event, 20000)) {
            FAIL("no event");
            return;
        }
        if (!debugger->counts[CREATE_PROCESS_DEBUG_EVENT])
            CHECK_EQ(event.dwDebugEventCode, CREATE_PROCESS_DEBUG_EVENT);
        debugger_note(debugger, &event);
        debugger_close_file(&event);
        CHECK(ContinueDebugEvent(event.dwProcessId, event.dwThreadId, DBG_CONTINUE));
    }
}

TEST(attach_and_let_go)
{
    struct running running;
    struct debugger debugger = {0};
    BOOL present = TRUE;
    start_running(&running);
    CHECK(CheckRemoteDebuggerPresent(running.process.hProcess, &present) && !present);
    CHECK(DebugActiveProcess(running.process.dwProcessId));
    CHECK(CheckRemoteDebuggerPresent(running.process.hProcess, &present) && present);
    run_to_breakpoint(&debugger);
    CHECK_EQ(debugger.counts[CREATE_PROCESS_DEBUG_EVENT], 1);
    CHECK(debugger.counts[CREATE_THREAD_DEBUG_EVENT] >= 2); /* its own, and the one that broke in */
    CHECK(debugger.counts[LOAD_DLL_DEBUG_EVENT] >= 3);
    CHECK(DebugActiveProcessStop(running.process.dwProcessId));
    CHECK(CheckRemoteDebuggerPresent(running.process.hProcess, &present) && !present);
    CHECK(!DebugActiveProcessStop(running.process.dwProcessId));
    CHECK_EQ(end_running(&running), 21);
}

TEST(attached_to_its_end)
{
    struct running running;
    struct debugger debugger = {0};
    start_running(&running);
    debugger.process = running.process;
    CHECK(DebugActiveProcess(running.process.dwProcessId));
    run_to_breakpoint(&debugger);
    SetEvent(running.end);
    debugger_run(&debugger);
    CHECK_EQ(debugger.exit_code, 22);
    CHECK_EQ(end_running(&running), 22);
}

TEST(attached_twice)
{
    struct running running;
    struct debugger debugger = {0};
    start_running(&running);
    for (int i = 0; i < 3; i++) {
        memset(&debugger, 0, sizeof debugger);
        CHECK(DebugActiveProcess(running.process.dwProcessId));
        run_to_breakpoint(&debugger);
        CHECK(DebugActiveProcessStop(running.process.dwProcessId));
    }
    CHECK_EQ(end_running(&running), 21);
}

TEST(break_process)
{
    struct running running;
    struct debugger debugger = {0};
    start_running(&running);
    CHECK(DebugActiveProcess(running.process.dwProcessId));
    run_to_breakpoint(&debugger);
    debugger.breakpoints = 0;
    CHECK(DebugBreakProcess(running.process.hProcess));
    run_to_breakpoint(&debugger);
    CHECK_EQ(debugger.breakpoints, 1);
    CHECK(DebugActiveProcessStop(running.process.dwProcessId));
    CHECK_EQ(end_running(&running), 21);
}

TEST(nobody_to_attach_to)
{
    CHECK_ERROR(DebugActiveProcess(0x7ffffff0), ERROR_INVALID_PARAMETER);
    CHECK(!DebugActiveProcess(GetCurrentProcessId()));
}

/* ---------------------------------------------------------------- the debugger's end */

/* Attaches to a process, and ends with its event outstanding: kill-on-exit as said. */
CHILD(debugs_and_ends)
{
    DEBUG_EVENT event;
    BOOL kill = atoi(argv[1]);
    if (!DebugActiveProcess((DWORD)strtoul(argv[0], NULL, 10)) || !DebugSetProcessKillOnExit(kill))
        return 1;
    for (int i = 0; i < 3; i++)
        if (!WaitForDebugEvent(&event, 10000) ||
            (i < 2 && !ContinueDebugEvent(event.dwProcessId, event.dwThreadId, DBG_CONTINUE)))
            return 2;
    if (atoi(argv[2]))
        TerminateProcess(GetCurrentProcess(), 5);
    return 5;
}

static void run_debugger(const struct running *running, BOOL kill, BOOL terminate)
{
    char arguments[64];
    DWORD code = 0;
    snprintf(arguments, sizeof arguments, "debugs_and_ends %lu %d %d", running->process.dwProcessId, kill,
             terminate);
    PROCESS_INFORMATION process = start_child(arguments);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 20000), WAIT_OBJECT_0);
    GetExitCodeProcess(process.hProcess, &code);
    CHECK_EQ(code, 5);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
}

TEST(debugger_ends)
{
    struct running running;
    for (int terminate = 0; terminate < 2; terminate++) {
        start_running(&running);
        run_debugger(&running, FALSE, terminate);
        CHECK_EQ(WaitForSingleObject(running.process.hProcess, 100), WAIT_TIMEOUT);
        CHECK_EQ(end_running(&running), 21);

        start_running(&running);
        run_debugger(&running, TRUE, terminate);
        CHECK_EQ(WaitForSingleObject(running.process.hProcess, 10000), WAIT_OBJECT_0);
        CHECK(end_running(&running) != 21);
    }
}

static DWORD WINAPI debugs_in_a_thread(void *argument)
{
    const struct running *running = argument;
    struct debugger debugger = {0};
    CHECK(DebugActiveProcess(running->process.dwProcessId));
    run_to_breakpoint(&debugger);
    return 0;
}

TEST(debugging_thread_ends)
{
    struct running running;
    start_running(&running);
    HANDLE thread = CreateThread(NULL, 0, debugs_in_a_thread, &running, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CHECK_EQ(WaitForSingleObject(running.process.hProcess, 10000), WAIT_OBJECT_0);
    end_running(&running);
}

TEST(kill_on_exit_needs_a_debugger)
{
    static DWORD error;
    SetLastError(0);
    error = DebugSetProcessKillOnExit(TRUE) ? 0 : GetLastError();
    CHECK(error == 0 || error == ERROR_INVALID_HANDLE); /* a debug object may be there from other tests */
}

/* ---------------------------------------------------------------- the other width */

#ifdef _WIN64

CHILD(is_debugged)
{
    if (argc && *argv[0] == 'x')
        RaiseException(0xe0000055, 0, 0, NULL);
    return IsDebuggerPresent() ? 32 : 1;
}

struct kinds {
    DWORD native, wow, wow_steps;
    BOOL stepped;
};

static DWORD count_kinds(struct debugger *debugger, DEBUG_EVENT *event)
{
    struct kinds *kinds = debugger->data;
    if (event->dwDebugEventCode != EXCEPTION_DEBUG_EVENT)
        return debugger_default(event);
    DWORD code = event->u.Exception.ExceptionRecord.ExceptionCode;
    kinds->native += code == (DWORD)EXCEPTION_BREAKPOINT;
    kinds->wow += code == 0x4000001f;
    kinds->wow_steps += code == 0x4000001e;
    if (code == 0x4000001f) {
        WOW64_CONTEXT context = {.ContextFlags = WOW64_CONTEXT_FULL};
        CHECK(Wow64GetThreadContext(debugger->event_thread, &context));
        CHECK_EQ(context.Eip, (ULONG_PTR)event->u.Exception.ExceptionRecord.ExceptionAddress + 1);
        context.EFlags |= 0x100;
        CHECK(Wow64SetThreadContext(debugger->event_thread, &context));
    }
    return debugger_default(event);
}

TEST(debuggee_of_32_bits)
{
    struct kinds kinds = {0};
    struct debugger debugger = {.react = count_kinds, .data = &kinds};
    char path[MAX_PATH], *place;
    if (harness_is_wine())
        SKIP("this wine runs no 32-bit programs");
    GetModuleFileNameA(NULL, path, sizeof path);
    place = strstr(path, "x86_64");
    if (!place)
        SKIP("the 32-bit tests are elsewhere");
    memcpy(place, "i686", 4);
    memmove(place + 4, place + 6, strlen(place + 6) + 1);
    if (GetFileAttributesA(path) == INVALID_FILE_ATTRIBUTES ||
        !debugger_start_program(&debugger, path, "ends_with_32", DEBUG_ONLY_THIS_PROCESS))
        SKIP("there is no 32-bit program here");
    debugger_run(&debugger);
    CHECK_EQ(debugger.exit_code, 32);
    CHECK_EQ(kinds.native, 1); /* the 64-bit part's */
    CHECK_EQ(kinds.wow, 1);
    CHECK_EQ(kinds.wow_steps, 1);
    debugger_end(&debugger);
}

#else

CHILD(ends_with_32)
{
    return IsDebuggerPresent() ? 32 : 1;
}

TEST(debuggee_of_64_bits)
{
    struct debugger debugger = {0};
    char path[MAX_PATH], changed[MAX_PATH + 2], *place;
    GetModuleFileNameA(NULL, path, sizeof path);
    place = strstr(path, "i686");
    if (!place)
        SKIP("the 64-bit tests are elsewhere");
    snprintf(changed, sizeof changed, "%.*sx86_64%s", (int)(place - path), path, place + 4);
    if (GetFileAttributesA(changed) == INVALID_FILE_ATTRIBUTES)
        SKIP("there is no 64-bit program here");
    SetLastError(0);
    CHECK(!debugger_start_program(&debugger, changed, "is_debugged", DEBUG_ONLY_THIS_PROCESS));
    CHECK_EQ(GetLastError(), ERROR_NOT_SUPPORTED);
}

#endif
