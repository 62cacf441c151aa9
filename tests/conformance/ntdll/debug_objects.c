/*
 * Debug objects by the system calls: creation, waiting, answers, and what can be asked about a debuggee.
 */
#include "debugger.h"
#include <winternl.h>

#define KILL_ON_CLOSE        1
#define PROCESS_DEBUG_PORT   7
#define PROCESS_DEBUG_OBJECT 30
#define PROCESS_DEBUG_FLAGS  31
#define THREAD_HIDE          17
#define NOT_SET              ((LONG)0xc0000353) /* STATUS_PORT_NOT_SET */
#define INVALID              ((LONG)0xc000000d) /* STATUS_INVALID_PARAMETER */
#define BAD_HANDLE           ((LONG)0xc0000008)
#define WRONG_TYPE           ((LONG)0xc0000024)
#define BAD_LENGTH           ((LONG)0xc0000004)
#define DENIED               ((LONG)0xc0000022)
#define ALREADY_SET          ((LONG)0xc0000048) /* STATUS_PORT_ALREADY_SET */
#define ACCESS_ALL           0x1f000f
#define REPLY_LATER          0x40010001

static LONG(NTAPI *create_debug_object)(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG);
static LONG(NTAPI *debug_active_process)(HANDLE, HANDLE);
static LONG(NTAPI *remove_process_debug)(HANDLE, HANDLE);
static LONG(NTAPI *wait_for_debug_event)(HANDLE, BOOLEAN, LARGE_INTEGER *, void *);
static LONG(NTAPI *debug_continue)(HANDLE, void *, LONG);
static LONG(NTAPI *set_information)(HANDLE, ULONG, void *, ULONG, ULONG *);
static HANDLE(NTAPI *get_debug_object)(void);
static LONG(NTAPI *connect_to_debugger)(void);
static void(NTAPI *set_debug_object)(HANDLE);

static void look_up(void)
{
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    create_debug_object = (void *)GetProcAddress(ntdll, "NtCreateDebugObject");
    debug_active_process = (void *)GetProcAddress(ntdll, "NtDebugActiveProcess");
    remove_process_debug = (void *)GetProcAddress(ntdll, "NtRemoveProcessDebug");
    wait_for_debug_event = (void *)GetProcAddress(ntdll, "NtWaitForDebugEvent");
    debug_continue = (void *)GetProcAddress(ntdll, "NtDebugContinue");
    set_information = (void *)GetProcAddress(ntdll, "NtSetInformationDebugObject");
    get_debug_object = (void *)GetProcAddress(ntdll, "DbgUiGetThreadDebugObject");
    set_debug_object = (void *)GetProcAddress(ntdll, "DbgUiSetThreadDebugObject");
    connect_to_debugger = (void *)GetProcAddress(ntdll, "DbgUiConnectToDbg");
}

static HANDLE new_object(ULONG flags)
{
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes};
    HANDLE object = NULL;
    look_up();
    CHECK_STATUS(create_debug_object(&object, ACCESS_ALL, &attributes, flags), 0);
    return object;
}

TEST(creation)
{
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes};
    HANDLE object = new_object(KILL_ON_CLOSE), other = NULL;
    CHECK(object != NULL);
    CHECK_STATUS(create_debug_object(&other, ACCESS_ALL, &attributes, 2), INVALID);
    CHECK_EQ(WaitForSingleObject(object, 0), WAIT_TIMEOUT); /* nothing to be had */
    CHECK(CloseHandle(object));
}

TEST(information)
{
    HANDLE object = new_object(0);
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    ULONG flags = 1, needed = 0;
    CHECK_STATUS(set_information(object, 1, &flags, sizeof flags, &needed), 0);
    flags = 2;
    CHECK_STATUS(set_information(object, 1, &flags, sizeof flags, NULL), INVALID);
    flags = 0;
    CHECK_STATUS(set_information(object, 1, &flags, 2, NULL), BAD_LENGTH);
    CHECK_STATUS(set_information(object, 7, &flags, sizeof flags, NULL), INVALID);
    CHECK_STATUS(set_information(event, 1, &flags, sizeof flags, NULL), WRONG_TYPE);
    CHECK_STATUS(set_information((HANDLE)(ULONG_PTR)0xdead0, 1, &flags, sizeof flags, NULL), BAD_HANDLE);
    CloseHandle(event);
    CloseHandle(object);
}

TEST(waiting_for_nothing)
{
    HANDLE object = new_object(0);
    LARGE_INTEGER timeout = {.QuadPart = 0};
    BYTE state[0x100];
    CHECK_STATUS(wait_for_debug_event(object, FALSE, &timeout, state), 0x102 /* STATUS_TIMEOUT */);
    timeout.QuadPart = -200000;
    DWORD begin = GetTickCount();
    CHECK_STATUS(wait_for_debug_event(object, FALSE, &timeout, state), 0x102);
    CHECK(GetTickCount() - begin >= 10);
    ULONG_PTR id[2] = {1, 2};
    if (!harness_is_wine()) /* STATUS_INVALID_CID, which is the same for Win32 */
        CHECK_STATUS(debug_continue(object, id, DBG_CONTINUE), INVALID);
    CHECK_STATUS(debug_continue(object, id, 0), INVALID);
    CloseHandle(object);
}

TEST(no_debugger)
{
    HANDLE object = new_object(0), answer = (HANDLE)(ULONG_PTR)1;
    ULONG_PTR port = 1;
    ULONG flags = 0;
    CHECK_STATUS(debug_active_process(GetCurrentProcess(), object), DENIED);
    if (!harness_is_wine()) /* ACCESS_DENIED, here and below */
        CHECK_STATUS(remove_process_debug(GetCurrentProcess(), object), NOT_SET);
    CHECK_STATUS(NtQueryInformationProcess(GetCurrentProcess(), PROCESS_DEBUG_PORT, &port, sizeof port, NULL),
                 0);
    CHECK_EQ(port, 0);
    CHECK_STATUS(
        NtQueryInformationProcess(GetCurrentProcess(), PROCESS_DEBUG_OBJECT, &answer, sizeof answer, NULL),
        NOT_SET);
    CHECK_STATUS(
        NtQueryInformationProcess(GetCurrentProcess(), PROCESS_DEBUG_FLAGS, &flags, sizeof flags, NULL), 0);
    CHECK_EQ(flags, 1);
    CloseHandle(object);
}

TEST(thread_debug_object)
{
    look_up();
    HANDLE before = get_debug_object(), own = new_object(0);
    set_debug_object(own);
    CHECK(get_debug_object() == own);
    CHECK_STATUS(connect_to_debugger(), 0); /* there is one */
    CHECK(get_debug_object() == own);
    set_debug_object(NULL);
    CHECK_STATUS(connect_to_debugger(), 0);
    CHECK(get_debug_object() != NULL && get_debug_object() != own);
    CloseHandle(get_debug_object());
    CloseHandle(own);
    set_debug_object(before);
}

/* ---------------------------------------------------------------- what a debuggee says of itself */

CHILD(asks)
{
    ULONG_PTR port = 0;
    HANDLE object = NULL;
    ULONG flags = 9;
    int result = 0;
    if (NtQueryInformationProcess(GetCurrentProcess(), PROCESS_DEBUG_PORT, &port, sizeof port, NULL) == 0 &&
        port)
        result |= 1;
    if (NtQueryInformationProcess(GetCurrentProcess(), PROCESS_DEBUG_OBJECT, &object, sizeof object, NULL) ==
            0 &&
        object)
        result |= 2;
    if (NtQueryInformationProcess(GetCurrentProcess(), PROCESS_DEBUG_FLAGS, &flags, sizeof flags, NULL) ==
            0 &&
        flags == 0)
        result |= 4;
    return result;
}

TEST(a_debuggee_asks)
{
    struct debugger debugger = {0};
    CHECK(debugger_start(&debugger, "asks", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    CHECK_EQ(debugger.exit_code & 5, 5);
    if (!harness_is_wine()) /* which gives the handle to nobody but the debugger */
        CHECK_EQ(debugger.exit_code & 2, 2);
    debugger_end(&debugger);
}

TEST(the_debugger_asks)
{
    struct debugger debugger = {0};
    HANDLE object = NULL, second = new_object(0);
    DEBUG_EVENT event;
    CHECK(debugger_start(&debugger, "asks", DEBUG_ONLY_THIS_PROCESS));
    CHECK(WaitForDebugEvent(&event, 20000));
    debugger_note(&debugger, &event);
    debugger_close_file(&event);
    CHECK_STATUS(NtQueryInformationProcess(debugger.process.hProcess, PROCESS_DEBUG_OBJECT, &object,
                                           sizeof object, NULL),
                 0);
    CHECK(object != NULL);
    CloseHandle(object);
    if (!harness_is_wine())
        CHECK_STATUS(remove_process_debug(debugger.process.hProcess, second), NOT_SET);
    if (!harness_is_wine())
        CHECK_STATUS(debug_active_process(debugger.process.hProcess, second), ALREADY_SET);
    CHECK(ContinueDebugEvent(event.dwProcessId, event.dwThreadId, DBG_CONTINUE));
    debugger_run(&debugger);
    debugger_end(&debugger);
    CloseHandle(second);
}

/* ---------------------------------------------------------------- hidden threads, late answers */

static DWORD WINAPI hides(void *unused)
{
    LONG(NTAPI * set)
    (HANDLE, ULONG, void *, ULONG) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"),
                                                            "NtSetInformationThread");
    set(GetCurrentThread(), THREAD_HIDE, NULL, 0);
    OutputDebugStringA("nobody hears this");
    return 0;
}

CHILD(has_a_hidden_thread)
{
    HANDLE thread = CreateThread(NULL, 0, hides, NULL, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    OutputDebugStringA("but this");
    return 6;
}

TEST(hidden_thread)
{
    struct debugger debugger = {0};
    CHECK(debugger_start(&debugger, "has_a_hidden_thread", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    if (!harness_is_wine()) /* which tells of hidden threads all the same */
        CHECK_EQ(debugger.counts[OUTPUT_DEBUG_STRING_EVENT], 1);
    CHECK_EQ(debugger.exit_code, 6);
    debugger_end(&debugger);
}

static volatile LONG counter;

static DWORD WINAPI counts_up(void *unused)
{
    for (;;) {
        counter++;
        Sleep(1);
    }
    return 0;
}

CHILD(is_answered_late)
{
    const ULONG_PTR address = (ULONG_PTR)&counter;
    CreateThread(NULL, 0, counts_up, NULL, 0, NULL);
    while (!counter)
        Sleep(1);
    RaiseException(DEBUGGER_MESSAGE, 0, 1, &address);
    return 8;
}

static DWORD answer_late(struct debugger *debugger, DEBUG_EVENT *event)
{
    DWORD *count = debugger->data;
    if (event->dwDebugEventCode != EXCEPTION_DEBUG_EVENT ||
        event->u.Exception.ExceptionRecord.ExceptionCode != DEBUGGER_MESSAGE)
        return debugger_default(event);
    if (++*count == 2)
        return DBG_CONTINUE;
    LONG before = 0, after = 0;
    void *address = (void *)event->u.Exception.ExceptionRecord.ExceptionInformation[0];
    CHECK(SuspendThread(debugger->process.hThread) == 0);
    CHECK(ReadProcessMemory(debugger->process.hProcess, address, &before, sizeof before, NULL));
    CHECK(ContinueDebugEvent(event->dwProcessId, event->dwThreadId, REPLY_LATER));
    /* all others run on */
    CHECK_ERROR(WaitForDebugEvent(event, 100), ERROR_SEM_TIMEOUT);
    CHECK(ReadProcessMemory(debugger->process.hProcess, address, &after, sizeof after, NULL));
    CHECK(after > before);
    CHECK(ResumeThread(debugger->process.hThread) == 1);
    /* the event comes again */
    CHECK(WaitForDebugEvent(event, 20000));
    CHECK_EQ(event->dwDebugEventCode, EXCEPTION_DEBUG_EVENT);
    CHECK_EQ(event->dwThreadId, debugger->process.dwThreadId);
    ++*count;
    return DBG_CONTINUE;
}

TEST(late_answer)
{
    DWORD count = 0;
    struct debugger debugger = {.react = answer_late, .data = &count};
    CHECK(debugger_start(&debugger, "is_answered_late", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    CHECK_EQ(count, 2);
    CHECK_EQ(debugger.exit_code, 8);
    debugger_end(&debugger);
}

/* ---------------------------------------------------------------- DbgUi */

CHILD(waits)
{
    HANDLE end = OpenEventA(SYNCHRONIZE, FALSE, argv[0]);
    return WaitForSingleObject(end, 20000) == WAIT_OBJECT_0 ? 4 : 1;
}

TEST(debugging_with_dbgui)
{
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    LONG(NTAPI * wait)(void *, LARGE_INTEGER *) = (void *)GetProcAddress(ntdll, "DbgUiWaitStateChange");
    LONG(NTAPI * go_on)(void *, LONG) = (void *)GetProcAddress(ntdll, "DbgUiContinue");
    LONG(NTAPI * attach)(HANDLE) = (void *)GetProcAddress(ntdll, "DbgUiDebugActiveProcess");
    LONG(NTAPI * stop)(HANDLE) = (void *)GetProcAddress(ntdll, "DbgUiStopDebugging");
    LONG(NTAPI * break_in)(HANDLE) = (void *)GetProcAddress(ntdll, "DbgUiIssueRemoteBreakin");
    LONG(NTAPI * convert)
    (void *, DEBUG_EVENT *) = (void *)GetProcAddress(ntdll, "DbgUiConvertStateChangeStructure");
    LONG(NTAPI * convert_ex)
    (void *, DEBUG_EVENT *) = (void *)GetProcAddress(ntdll, "DbgUiConvertStateChangeStructureEx");
    struct debugger debugger = {0};
    char name[64], arguments[96];
    LARGE_INTEGER timeout = {.QuadPart = -200000000};
    DWORD breakpoints = 0, code = 0;
    look_up();
    CHECK(GetProcAddress(ntdll, "DbgUiRemoteBreakin") != NULL);
    snprintf(name, sizeof name, "dbgui-%lu", GetCurrentProcessId());
    snprintf(arguments, sizeof arguments, "waits %s", name);
    HANDLE end = CreateEventA(NULL, TRUE, FALSE, name);
    CHECK(debugger_start(&debugger, arguments, 0));
    HANDLE process = debugger.process.hProcess;
    Sleep(200); /* so that it has its modules */
    CHECK_STATUS(connect_to_debugger(), 0);
    CHECK_STATUS(attach(process), 0);
    while (breakpoints < 2) {
        DEBUG_EVENT event = {0}, same = {0};
        ULONG_PTR state[0x20];
        LONG status = wait(state, &timeout);
        if (status) {
            FAIL("DbgUiWaitStateChange: 0x%08lx", status);
            break;
        }
        CHECK_STATUS(convert(state, &event), 0);
        if (convert_ex) {
            CHECK_STATUS(convert_ex(state, &same), 0);
            CHECK_EQ(same.dwDebugEventCode, event.dwDebugEventCode);
        }
        CHECK_EQ(event.dwProcessId, debugger.process.dwProcessId);
        if (event.dwDebugEventCode == EXCEPTION_DEBUG_EVENT &&
            is_breakpoint(event.u.Exception.ExceptionRecord.ExceptionCode) && ++breakpoints == 1)
            CHECK_STATUS(break_in(process), 0);
        debugger_close_file(&event);
        CHECK_STATUS(go_on(state + 1, DBG_CONTINUE), 0); /* the CLIENT_ID is behind the state */
    }
    CHECK_EQ(breakpoints, 2);
    CHECK_STATUS(stop(process), 0);
    SetEvent(end);
    CHECK_EQ(WaitForSingleObject(process, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process, &code));
    CHECK_EQ(code, 4);
    CloseHandle(end);
    debugger_end(&debugger);
}
