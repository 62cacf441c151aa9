/*
 * Debug events of a child: which come, what they say, what the answers do.
 */
#include "debugger.h"

static BOOL is_exception(const DEBUG_EVENT *event, DWORD code)
{
    return event->dwDebugEventCode == EXCEPTION_DEBUG_EVENT &&
           event->u.Exception.ExceptionRecord.ExceptionCode == code;
}

CHILD(exits)
{
    return IsDebuggerPresent() ? 42 : 1;
}

/* ---------------------------------------------------------------- the life of a process */

static DWORD look_at_start(struct debugger *debugger, DEBUG_EVENT *event)
{
    DWORD total = 0;
    for (int i = 0; i < 16; i++)
        total += debugger->counts[i];
    if (total == 1) {
        CHECK_EQ(event->dwDebugEventCode, CREATE_PROCESS_DEBUG_EVENT);
        CHECK_EQ(event->dwProcessId, debugger->process.dwProcessId);
        CHECK_EQ(event->dwThreadId, debugger->process.dwThreadId);
        const CREATE_PROCESS_DEBUG_INFO *info = &event->u.CreateProcessInfo;
        CHECK_EQ(GetProcessId(info->hProcess), event->dwProcessId);
        CHECK_EQ(GetThreadId(info->hThread), event->dwThreadId);
        char headers[2] = "", path[MAX_PATH] = "";
        DWORD got = 0;
        CHECK(ReadFile(info->hFile, headers, 2, &got, NULL) && got == 2);
        CHECK(headers[0] == 'M' && headers[1] == 'Z');
        CHECK(GetFinalPathNameByHandleA(info->hFile, path, sizeof path, 0) > 0);
        SIZE_T read = 0;
        CHECK(ReadProcessMemory(info->hProcess, info->lpBaseOfImage, headers, 2, &read) && read == 2);
        CHECK(headers[0] == 'M' && headers[1] == 'Z');
        CHECK(info->lpThreadLocalBase != NULL);
        CHECK(info->lpStartAddress != NULL);
    } else if (total == 2) { /* ntdll */
        CHECK_EQ(event->dwDebugEventCode, LOAD_DLL_DEBUG_EVENT);
        CHECK(event->u.LoadDll.lpBaseOfDll == (void *)GetModuleHandleA("ntdll.dll"));
    }
    if (event->dwDebugEventCode == LOAD_DLL_DEBUG_EVENT)
        CHECK(event->u.LoadDll.hFile != NULL && event->u.LoadDll.lpBaseOfDll != NULL);
    return debugger_default(event);
}

TEST(life_of_a_process)
{
    struct debugger debugger = {.react = look_at_start};
    DWORD code = 0, flags;
    CHECK(debugger_start(&debugger, "exits", DEBUG_ONLY_THIS_PROCESS));
    if (!debugger_run(&debugger))
        return;
    CHECK_EQ(debugger.counts[CREATE_PROCESS_DEBUG_EVENT], 1);
    CHECK_EQ(debugger.counts[EXIT_PROCESS_DEBUG_EVENT], 1);
    CHECK(debugger.counts[LOAD_DLL_DEBUG_EVENT] >= 3);
    CHECK_EQ(debugger.counts[CREATE_THREAD_DEBUG_EVENT], debugger.counts[EXIT_THREAD_DEBUG_EVENT]);
    CHECK_EQ(debugger.breakpoints, 1);
    CHECK_EQ(debugger.exit_code, 42);
    CHECK_EQ(WaitForSingleObject(debugger.process.hProcess, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(debugger.process.hProcess, &code));
    CHECK_EQ(code, 42);
    /* the event's handles are gone */
    CHECK(debugger.event_process != debugger.process.hProcess);
    if (!harness_is_wine()) { /* which leaves them open, against the documentation */
        CHECK_ERROR(GetHandleInformation(debugger.event_process, &flags), ERROR_INVALID_HANDLE);
        CHECK_ERROR(GetHandleInformation(debugger.event_thread, &flags), ERROR_INVALID_HANDLE);
    }
    debugger_end(&debugger);
}

TEST(suspended_start)
{
    struct debugger debugger = {0};
    DEBUG_EVENT event;
    ORACLE_DIFFERS("tells of the process before its first thread runs");
    CHECK(debugger_start(&debugger, "exits", DEBUG_ONLY_THIS_PROCESS | CREATE_SUSPENDED));
    CHECK_ERROR(WaitForDebugEvent(&event, 100), ERROR_SEM_TIMEOUT);
    CHECK_EQ(ResumeThread(debugger.process.hThread), 1);
    debugger_run(&debugger);
    CHECK_EQ(debugger.exit_code, 42);
    debugger_end(&debugger);
}

/* ---------------------------------------------------------------- text */

CHILD(prints)
{
    OutputDebugStringA("narrow text");
    OutputDebugStringW(L"wide text");
    return 0;
}

static DWORD read_text(struct debugger *debugger, DEBUG_EVENT *event)
{
    if (event->dwDebugEventCode == OUTPUT_DEBUG_STRING_EVENT) {
        char text[64] = "";
        const OUTPUT_DEBUG_STRING_INFO *info = &event->u.DebugString;
        CHECK_EQ(info->fUnicode, FALSE);
        CHECK(info->nDebugStringLength < sizeof text);
        CHECK(ReadProcessMemory(debugger->process.hProcess, info->lpDebugStringData, text,
                                info->nDebugStringLength, NULL));
        CHECK_STR(text, debugger->counts[OUTPUT_DEBUG_STRING_EVENT] == 1 ? "narrow text" : "wide text");
        CHECK_EQ(info->nDebugStringLength, strlen(text) + 1);
    }
    return debugger_default(event);
}

TEST(output_debug_string)
{
    struct debugger debugger = {.react = read_text};
    CHECK(debugger_start(&debugger, "prints", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    CHECK_EQ(debugger.counts[OUTPUT_DEBUG_STRING_EVENT], 2);
    CHECK_EQ(debugger.exit_code, 0);
    debugger_end(&debugger);
}

TEST(wide_text_for_who_asks)
{
    static BOOL(WINAPI * wait_ex)(LPDEBUG_EVENT, DWORD);
    struct debugger debugger = {0};
    DEBUG_EVENT event = {0};
    DWORD wide = 0;
    wait_ex = (void *)GetProcAddress(GetModuleHandleA("kernelbase.dll"), "WaitForDebugEventEx");
    if (!wait_ex)
        SKIP("there is no WaitForDebugEventEx");
    CHECK(debugger_start(&debugger, "prints", DEBUG_ONLY_THIS_PROCESS));
    do {
        if (!wait_ex(&event, 20000)) {
            FAIL("no event");
            break;
        }
        if (event.dwDebugEventCode == OUTPUT_DEBUG_STRING_EVENT && event.u.DebugString.fUnicode) {
            wchar_t text[32] = L"";
            CHECK_EQ(event.u.DebugString.nDebugStringLength, 10);
            CHECK(ReadProcessMemory(debugger.process.hProcess, event.u.DebugString.lpDebugStringData, text,
                                    20, NULL));
            CHECK_WSTR(text, L"wide text");
            wide++;
        }
        debugger_close_file(&event);
        ContinueDebugEvent(event.dwProcessId, event.dwThreadId, debugger_default(&event));
    } while (event.dwDebugEventCode != EXIT_PROCESS_DEBUG_EVENT);
    CHECK_EQ(wide, 1);
    debugger_end(&debugger);
}

/* ---------------------------------------------------------------- exceptions */

static volatile LONG handled;

static LONG CALLBACK count_exception(EXCEPTION_POINTERS *pointers)
{
    if (pointers->ExceptionRecord->ExceptionCode != 0xe0000001)
        return EXCEPTION_CONTINUE_SEARCH;
    handled++;
    return EXCEPTION_CONTINUE_EXECUTION;
}

CHILD(raises)
{
    const ULONG_PTR parameters[2] = {11, 22};
    AddVectoredExceptionHandler(1, count_exception);
    RaiseException(0xe0000001, 0, 2, parameters);
    return handled;
}

static DWORD answer_with_data(struct debugger *debugger, DEBUG_EVENT *event)
{
    if (is_exception(event, 0xe0000001)) {
        const EXCEPTION_RECORD *record = &event->u.Exception.ExceptionRecord;
        CHECK_EQ(event->u.Exception.dwFirstChance, 1);
        CHECK_EQ(record->NumberParameters, 2);
        CHECK(record->ExceptionInformation[0] == 11 && record->ExceptionInformation[1] == 22);
        return (DWORD)(ULONG_PTR)debugger->data;
    }
    return debugger_default(event);
}

TEST(first_chance)
{
    struct debugger debugger = {.react = answer_with_data,
                                .data = (void *)(ULONG_PTR)DBG_EXCEPTION_NOT_HANDLED};
    CHECK(debugger_start(&debugger, "raises", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    CHECK_EQ(debugger.exit_code, 1);
    debugger_end(&debugger);

    struct debugger handles = {.react = answer_with_data, .data = (void *)(ULONG_PTR)DBG_CONTINUE};
    CHECK(debugger_start(&handles, "raises", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&handles);
    CHECK_EQ(handles.exit_code, 0);
    debugger_end(&handles);
}

static LONG WINAPI never_called(EXCEPTION_POINTERS *pointers)
{
    ExitProcess(7);
}

CHILD(crashes)
{
    SetUnhandledExceptionFilter(never_called);
    *(volatile int *)(ULONG_PTR)0x10 = 1;
    return 0;
}

static DWORD count_chances(struct debugger *debugger, DEBUG_EVENT *event)
{
    DWORD *chances = debugger->data;
    if (is_exception(event, EXCEPTION_ACCESS_VIOLATION)) {
        const EXCEPTION_RECORD *record = &event->u.Exception.ExceptionRecord;
        chances[event->u.Exception.dwFirstChance != 0]++;
        CHECK_EQ(record->NumberParameters, 2);
        CHECK_EQ(record->ExceptionInformation[0], 1);
        CHECK_EQ(record->ExceptionInformation[1], 0x10);
        CONTEXT context = {.ContextFlags = CONTEXT_FULL};
        CHECK(GetThreadContext(debugger->process.hThread, &context));
        CHECK_EQ(CONTEXT_IP(context), (ULONG_PTR)record->ExceptionAddress);
    }
    return debugger_default(event);
}

TEST(second_chance)
{
    DWORD chances[2] = {0, 0};
    struct debugger debugger = {.react = count_chances, .data = chances};
    CHECK(debugger_start(&debugger, "crashes", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    CHECK_EQ(chances[1], 1);
    CHECK_EQ(chances[0], 1);
    CHECK_EQ(debugger.exit_code, (DWORD)EXCEPTION_ACCESS_VIOLATION);
    debugger_end(&debugger);
}

CHILD(fails_fast)
{
    __asm__ volatile("movl $7, %%ecx\n\tint $0x29" : : : "ecx");
    return 0;
}

static DWORD count_fast_fails(struct debugger *debugger, DEBUG_EVENT *event)
{
    DWORD *chances = debugger->data;
    if (is_exception(event, 0xc0000409)) {
        chances[event->u.Exception.dwFirstChance != 0]++;
        CHECK_EQ(event->u.Exception.ExceptionRecord.ExceptionInformation[0], 7);
    }
    return debugger_default(event);
}

TEST(fast_fail)
{
    DWORD chances[2] = {0, 0};
    struct debugger debugger = {.react = count_fast_fails, .data = chances};
    CHECK(debugger_start(&debugger, "fails_fast", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    CHECK_EQ(chances[0], 1); /* there is only a second chance */
    if (!harness_is_wine())
        CHECK_EQ(chances[1], 0);
    CHECK_EQ(debugger.exit_code, 0xc0000409);
    debugger_end(&debugger);
}

/* The debugger repairs what was wrong: the faulting instruction is skipped by its context. */
int faults(volatile int *place);
__asm__(
#ifdef _WIN64
    ".globl faults\nfaults: movl $1, %eax\nmovl $5, (%rcx)\nmovl $2, %eax\nret\n"
#else
    ".globl _faults\n_faults: movl 4(%esp), %ecx\nmovl $1, %eax\nmovl $5, (%ecx)\nmovl $2, %eax\nret\n"
#endif
);

CHILD(is_repaired)
{
    return faults((volatile int *)(ULONG_PTR)0x20);
}

static DWORD skip_instruction(struct debugger *debugger, DEBUG_EVENT *event)
{
    if (is_exception(event, EXCEPTION_ACCESS_VIOLATION) && event->u.Exception.dwFirstChance) {
        CONTEXT context = {.ContextFlags = CONTEXT_FULL};
        CHECK(GetThreadContext(debugger->process.hThread, &context));
        CONTEXT_IP(context) += 6 + 5; /* both */
        CHECK(SetThreadContext(debugger->process.hThread, &context));
        return DBG_CONTINUE;
    }
    return debugger_default(event);
}

TEST(repaired_by_context)
{
    struct debugger debugger = {.react = skip_instruction};
    CHECK(debugger_start(&debugger, "is_repaired", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    CHECK_EQ(debugger.exit_code, 1);
    debugger_end(&debugger);
}

CHILD(closes_nothing)
{
    CloseHandle((HANDLE)(ULONG_PTR)0xdead0);
    return 5;
}

static DWORD count_invalid(struct debugger *debugger, DEBUG_EVENT *event)
{
    if (is_exception(event, EXCEPTION_INVALID_HANDLE)) {
        ++*(DWORD *)debugger->data;
        return DBG_CONTINUE;
    }
    return debugger_default(event);
}

TEST(invalid_handle)
{
    DWORD count = 0;
    struct debugger debugger = {.react = count_invalid, .data = &count};
    CHECK(debugger_start(&debugger, "closes_nothing", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    CHECK_EQ(count, 1);
    CHECK_EQ(debugger.exit_code, 5);
    debugger_end(&debugger);
}

/* ---------------------------------------------------------------- threads, modules */

static volatile LONG counter;

static DWORD WINAPI counts_up(void *unused)
{
    for (;;)
        counter++;
    return 0;
}

static DWORD WINAPI ends(void *unused)
{
    return 17;
}

CHILD(has_threads)
{
    const ULONG_PTR address = (ULONG_PTR)&counter;
    HANDLE thread = CreateThread(NULL, 0, ends, NULL, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    CreateThread(NULL, 0, counts_up, NULL, 0, NULL);
    while (counter < 1000)
        Sleep(1);
    RaiseException(DEBUGGER_MESSAGE, 0, 1, &address);
    return 3;
}

struct threads {
    DWORD created, ended, exit_code;
    void *start;
};

static DWORD watch_threads(struct debugger *debugger, DEBUG_EVENT *event)
{
    struct threads *threads = debugger->data;
    if (event->dwDebugEventCode == CREATE_THREAD_DEBUG_EVENT) {
        threads->created++;
        CHECK_EQ(GetThreadId(event->u.CreateThread.hThread), event->dwThreadId);
        CHECK(event->u.CreateThread.lpStartAddress != NULL);
        CHECK(event->u.CreateThread.lpThreadLocalBase != NULL);
        HANDLE thread = OpenThread(THREAD_GET_CONTEXT, FALSE, event->dwThreadId);
        CHECK(thread != NULL);
        CloseHandle(thread);
    } else if (event->dwDebugEventCode == EXIT_THREAD_DEBUG_EVENT) {
        threads->ended++;
        if (threads->ended == 1)
            threads->exit_code = event->u.ExitThread.dwExitCode;
    } else if (is_exception(event, DEBUGGER_MESSAGE)) {
        LONG first = 0, second = 0;
        void *address = (void *)event->u.Exception.ExceptionRecord.ExceptionInformation[0];
        CHECK(ReadProcessMemory(debugger->process.hProcess, address, &first, sizeof first, NULL));
        Sleep(30);
        CHECK(ReadProcessMemory(debugger->process.hProcess, address, &second, sizeof second, NULL));
        CHECK(first >= 1000);
        CHECK_EQ(second, first); /* the other thread stands still */
        return DBG_CONTINUE;
    }
    return debugger_default(event);
}

TEST(threads)
{
    struct threads threads = {0};
    struct debugger debugger = {.react = watch_threads, .data = &threads};
    CHECK(debugger_start(&debugger, "has_threads", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    CHECK_EQ(threads.created, 2);
    CHECK(threads.ended >= 1); /* the second one may end with the process */
    CHECK_EQ(threads.exit_code, 17);
    CHECK_EQ(debugger.exit_code, 3);
    debugger_end(&debugger);
}

CHILD(loads)
{
    HMODULE module = LoadLibraryA("wsock32.dll");
    if (!module)
        return 1;
    RaiseException(DEBUGGER_MESSAGE, 0, 1, (ULONG_PTR *)&module);
    FreeLibrary(module);
    return 0;
}

struct modules {
    void *loaded[64], *asked, *unloaded;
    unsigned count, named;
};

static DWORD watch_modules(struct debugger *debugger, DEBUG_EVENT *event)
{
    struct modules *modules = debugger->data;
    if (event->dwDebugEventCode == LOAD_DLL_DEBUG_EVENT && modules->count < 64) {
        modules->loaded[modules->count++] = event->u.LoadDll.lpBaseOfDll;
        ULONG_PTR name = 0;
        WCHAR text[MAX_PATH] = L"";
        /* the name is there while the event is, if it is told at all */
        if (event->u.LoadDll.lpImageName &&
            ReadProcessMemory(debugger->process.hProcess, event->u.LoadDll.lpImageName, &name, sizeof name,
                              NULL) &&
            name &&
            ReadProcessMemory(debugger->process.hProcess, (void *)name, text, sizeof text - 2, NULL)) {
            CHECK(event->u.LoadDll.fUnicode);
            const WCHAR *dot = wcsrchr(text, L'.');
            modules->named += dot && lstrcmpiW(dot, L".dll") == 0;
        }
    } else if (event->dwDebugEventCode == UNLOAD_DLL_DEBUG_EVENT) {
        if (event->u.UnloadDll.lpBaseOfDll == modules->asked)
            modules->unloaded = event->u.UnloadDll.lpBaseOfDll;
    } else if (is_exception(event, DEBUGGER_MESSAGE)) {
        modules->asked = (void *)event->u.Exception.ExceptionRecord.ExceptionInformation[0];
        return DBG_CONTINUE;
    }
    return debugger_default(event);
}

TEST(modules)
{
    struct modules modules = {0};
    struct debugger debugger = {.react = watch_modules, .data = &modules};
    BOOL found = FALSE;
    CHECK(debugger_start(&debugger, "loads", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    for (unsigned i = 0; i < modules.count; i++)
        found |= modules.loaded[i] == modules.asked;
    CHECK(modules.asked != NULL);
    CHECK(found);
    CHECK(modules.unloaded == modules.asked);
    CHECK(modules.named >= 2);
    debugger_end(&debugger);
}

/* ---------------------------------------------------------------- breakpoints and steps */

static volatile LONG visited;

__attribute__((noinline)) static void stop_here(void)
{
    visited++;
}

CHILD(is_stepped)
{
    const ULONG_PTR address = (ULONG_PTR)stop_here;
    RaiseException(DEBUGGER_MESSAGE, 0, 1, &address);
    void (*volatile function)(void) = stop_here;
    for (int i = 0; i < 3; i++)
        function();
    return visited;
}

struct stepping {
    BYTE *address, original;
    DWORD hits, steps;
    BOOL restore;
};

static DWORD step(struct debugger *debugger, DEBUG_EVENT *event)
{
    struct stepping *stepping = debugger->data;
    HANDLE process = debugger->process.hProcess, thread = debugger->process.hThread;
    CONTEXT context = {.ContextFlags = CONTEXT_FULL};
    const BYTE breakpoint = 0xcc;
    if (event->dwDebugEventCode != EXCEPTION_DEBUG_EVENT)
        return debugger_default(event);
    const EXCEPTION_RECORD *record = &event->u.Exception.ExceptionRecord;
    if (record->ExceptionCode == DEBUGGER_MESSAGE) {
        stepping->address = (BYTE *)record->ExceptionInformation[0];
        CHECK(ReadProcessMemory(process, stepping->address, &stepping->original, 1, NULL));
        CHECK(WriteProcessMemory(process, stepping->address, &breakpoint, 1, NULL));
        CHECK(FlushInstructionCache(process, stepping->address, 1));
        return DBG_CONTINUE;
    }
    if (record->ExceptionCode == (DWORD)EXCEPTION_BREAKPOINT &&
        record->ExceptionAddress == stepping->address) {
        stepping->hits++;
        CHECK(GetThreadContext(thread, &context));
        CHECK_EQ(CONTEXT_IP(context), (ULONG_PTR)stepping->address + 1); /* behind it */
        CONTEXT_IP(context)--;
        context.EFlags |= 0x100;
        CHECK(SetThreadContext(thread, &context));
        CHECK(WriteProcessMemory(process, stepping->address, &stepping->original, 1, NULL));
        stepping->restore = TRUE;
    } else if (record->ExceptionCode == (DWORD)EXCEPTION_SINGLE_STEP) {
        stepping->steps++;
        CHECK(GetThreadContext(thread, &context));
        CHECK_EQ(CONTEXT_IP(context), (ULONG_PTR)record->ExceptionAddress);
        CHECK(CONTEXT_IP(context) > (ULONG_PTR)stepping->address &&
              CONTEXT_IP(context) <= (ULONG_PTR)stepping->address + 16);
        if (stepping->restore)
            CHECK(WriteProcessMemory(process, stepping->address, &breakpoint, 1, NULL));
        stepping->restore = FALSE;
    }
    return debugger_default(event);
}

TEST(breakpoint_and_step)
{
    struct stepping stepping = {0};
    struct debugger debugger = {.react = step, .data = &stepping};
    CHECK(debugger_start(&debugger, "is_stepped", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    CHECK_EQ(stepping.hits, 3);
    CHECK_EQ(stepping.steps, 3);
    CHECK_EQ(debugger.exit_code, 3);
    debugger_end(&debugger);
}

/* ---------------------------------------------------------------- ends */

static DWORD terminate_at_breakpoint(struct debugger *debugger, DEBUG_EVENT *event)
{
    if (is_exception(event, EXCEPTION_BREAKPOINT))
        CHECK(TerminateProcess(debugger->process.hProcess, 77));
    return debugger_default(event);
}

TEST(terminated)
{
    struct debugger debugger = {.react = terminate_at_breakpoint};
    CHECK(debugger_start(&debugger, "exits", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    CHECK_EQ(debugger.counts[EXIT_PROCESS_DEBUG_EVENT], 1);
    CHECK_EQ(debugger.exit_code, 77);
    debugger_end(&debugger);
}

/* ---------------------------------------------------------------- children of children */

CHILD(starts_another)
{
    struct debugger debugger = {0};
    DWORD code = 0;
    if (!debugger_start(&debugger, "exits", 0))
        return 1;
    WaitForSingleObject(debugger.process.hProcess, INFINITE);
    GetExitCodeProcess(debugger.process.hProcess, &code);
    return (int)code + 1;
}

TEST(children)
{
    struct debugger debugger = {0};
    CHECK(debugger_start(&debugger, "starts_another", DEBUG_PROCESS));
    debugger_run(&debugger);
    CHECK_EQ(debugger.counts[CREATE_PROCESS_DEBUG_EVENT], 2);
    CHECK_EQ(debugger.counts[EXIT_PROCESS_DEBUG_EVENT], 2);
    CHECK_EQ(debugger.exit_code, 43);
    debugger_end(&debugger);

    struct debugger only = {0};
    CHECK(debugger_start(&only, "starts_another", DEBUG_PROCESS | DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&only);
    CHECK_EQ(only.counts[CREATE_PROCESS_DEBUG_EVENT], 1);
    CHECK_EQ(only.exit_code, 2);
    debugger_end(&only);
}

/* ---------------------------------------------------------------- what fails */

TEST(failures)
{
    DEBUG_EVENT event;
    struct debugger debugger = {0};
    CHECK(debugger_start(&debugger, "exits", DEBUG_ONLY_THIS_PROCESS));
    CHECK(WaitForDebugEvent(&event, 20000));
    debugger_note(&debugger, &event);
    debugger_close_file(&event);
    DEBUG_EVENT none;
    CHECK_ERROR(WaitForDebugEvent(&none, 0), ERROR_SEM_TIMEOUT);
    CHECK_ERROR(WaitForDebugEvent(&none, 50), ERROR_SEM_TIMEOUT);
    CHECK_ERROR(ContinueDebugEvent(event.dwProcessId, event.dwThreadId, 12345), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(ContinueDebugEvent(event.dwProcessId, 1, DBG_CONTINUE), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(ContinueDebugEvent(1, event.dwThreadId, DBG_CONTINUE), ERROR_INVALID_PARAMETER);
    BOOL present = FALSE;
    CHECK(CheckRemoteDebuggerPresent(debugger.process.hProcess, &present) && present);
    /* STATUS_PORT_ALREADY_SET */
    CHECK_ERROR(DebugActiveProcess(debugger.process.dwProcessId),
                harness_is_wine() ? ERROR_ACCESS_DENIED : ERROR_INVALID_PARAMETER);
    CHECK(ContinueDebugEvent(event.dwProcessId, event.dwThreadId, DBG_CONTINUE));
    debugger_run(&debugger);
    CHECK(!ContinueDebugEvent(event.dwProcessId, event.dwThreadId, DBG_CONTINUE));
    CHECK_EQ(debugger.exit_code, 42);
    debugger_end(&debugger);
}
