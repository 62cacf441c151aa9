/*
 * DbgUi: a debugger's thread keeps its debug object in its TEB; events in the form of Win32.
 */
#include <nt/dbgui.h>
#include <nt/exception.h>
#include <nt/ldr.h>
#include <nt/syscalls.h>

static HANDLE *debug_object(void)
{
    return (HANDLE *)&rtl_teb()->DbgSsReserved[1];
}

NTSTATUS NTAPI DbgUiConnectToDbg(void)
{
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes};
    if (*debug_object())
        return STATUS_SUCCESS;
    return NtCreateDebugObject(debug_object(), DEBUG_ALL_ACCESS, &attributes, DEBUG_KILL_ON_CLOSE);
}

HANDLE NTAPI DbgUiGetThreadDebugObject(void)
{
    return *debug_object();
}

VOID NTAPI DbgUiSetThreadDebugObject(HANDLE object)
{
    *debug_object() = object;
}

NTSTATUS NTAPI DbgUiWaitStateChange(DBGUI_WAIT_STATE_CHANGE *state, LARGE_INTEGER *timeout)
{
    return NtWaitForDebugEvent(*debug_object(), TRUE, timeout, state);
}

NTSTATUS NTAPI DbgUiContinue(CLIENT_ID *id, NTSTATUS status)
{
    return NtDebugContinue(*debug_object(), id, status);
}

NTSTATUS NTAPI DbgUiStopDebugging(HANDLE process)
{
    return NtRemoveProcessDebug(process, *debug_object());
}

NTSTATUS NTAPI DbgUiDebugActiveProcess(HANDLE process)
{
    NTSTATUS status = NtDebugActiveProcess(process, *debug_object());
    if (NT_SUCCESS(status)) {
        status = DbgUiIssueRemoteBreakin(process);
        if (!NT_SUCCESS(status))
            DbgUiStopDebugging(process);
    }
    return status;
}

/* The system takes the target's own DbgUiRemoteBreakin, which need not be where it is here. */
NTSTATUS NTAPI DbgUiIssueRemoteBreakin(HANDLE process)
{
    HANDLE thread;
    NTSTATUS status = NtCreateThreadEx(&thread, 0x1fffff, NULL, process, (PVOID)DbgUiRemoteBreakin, NULL,
                                       2 /* THREAD_CREATE_FLAGS_SKIP_THREAD_ATTACH */, 0, 0, 0x4000, NULL);
    if (NT_SUCCESS(status))
        NtClose(thread);
    return status;
}

/* A breakpoint that nobody takes any more (the debugger has just gone) is no crash. */
static LONG NTAPI ignore_breakpoint(EXCEPTION_POINTERS *pointers)
{
    CONTEXT *context = pointers->ContextRecord;
    if (pointers->ExceptionRecord->ExceptionCode != (DWORD)STATUS_BREAKPOINT ||
        pointers->ExceptionRecord->ExceptionAddress != (PVOID)DbgBreakPoint)
        return EXCEPTION_CONTINUE_SEARCH;
#ifdef _WIN64
    context->Rip++;
#else
    context->Eip++;
#endif
    return EXCEPTION_CONTINUE_EXECUTION;
}

VOID NTAPI DbgUiRemoteBreakin(PVOID unused)
{
    (void)unused;
    if (is_debugged()) {
        PVOID handler = RtlAddVectoredExceptionHandler(TRUE, ignore_breakpoint);
        DbgBreakPoint();
        if (handler)
            RtlRemoveVectoredExceptionHandler(handler);
    }
    RtlExitUserThread(STATUS_SUCCESS);
}

static PVOID thread_teb(HANDLE thread)
{
    struct {
        NTSTATUS status;
        PVOID teb;
        CLIENT_ID id;
        ULONG_PTR affinity;
        LONG priority, base_priority;
    } basic;
    if (!NT_SUCCESS(
            NtQueryInformationThread(thread, 0 /* ThreadBasicInformation */, &basic, sizeof basic, NULL)))
        return NULL;
    return basic.teb;
}

/* Text for the debugger is an exception until here. In the wide form a debugger that asks for it gets wide
 * text, any other the same in the ANSI code page. */
static BOOLEAN convert_text(const EXCEPTION_RECORD *record, BOOLEAN wide, OUTPUT_DEBUG_STRING_INFO *ret)
{
    const ULONG_PTR *value = record->ExceptionInformation;
    if (record->ExceptionCode == (DWORD)DBG_PRINTEXCEPTION_C && record->NumberParameters >= 2) {
        *ret = (OUTPUT_DEBUG_STRING_INFO){(LPSTR)value[1], FALSE, (WORD)value[0]};
        return TRUE;
    }
    if (record->ExceptionCode == (DWORD)DBG_PRINTEXCEPTION_WIDE_C && record->NumberParameters >= 4) {
        if (wide)
            *ret = (OUTPUT_DEBUG_STRING_INFO){(LPSTR)value[1], TRUE, (WORD)value[0]};
        else
            *ret = (OUTPUT_DEBUG_STRING_INFO){(LPSTR)value[3], FALSE, (WORD)value[2]};
        return TRUE;
    }
    return FALSE;
}

static NTSTATUS convert(const DBGUI_WAIT_STATE_CHANGE *state, BOOLEAN wide, DEBUG_EVENT *event)
{
    event->dwProcessId = (DWORD)(ULONG_PTR)state->AppClientId.UniqueProcess;
    event->dwThreadId = (DWORD)(ULONG_PTR)state->AppClientId.UniqueThread;
    switch (state->NewState) {
    case DbgCreateThreadStateChange:
        event->dwDebugEventCode = CREATE_THREAD_DEBUG_EVENT;
        event->u.CreateThread.hThread = state->StateInfo.CreateThread.HandleToThread;
        event->u.CreateThread.lpStartAddress = (LPTHREAD_START_ROUTINE)
                                                   state->StateInfo.CreateThread.NewThread.StartAddress;
        event->u.CreateThread.lpThreadLocalBase = thread_teb(state->StateInfo.CreateThread.HandleToThread);
        break;
    case DbgCreateProcessStateChange: {
        const DBGKM_CREATE_PROCESS *from = &state->StateInfo.CreateProcessInfo.NewProcess;
        CREATE_PROCESS_DEBUG_INFO *to = &event->u.CreateProcessInfo;
        event->dwDebugEventCode = CREATE_PROCESS_DEBUG_EVENT;
        to->hFile = from->FileHandle;
        to->hProcess = state->StateInfo.CreateProcessInfo.HandleToProcess;
        to->hThread = state->StateInfo.CreateProcessInfo.HandleToThread;
        to->lpBaseOfImage = from->BaseOfImage;
        to->dwDebugInfoFileOffset = from->DebugInfoFileOffset;
        to->nDebugInfoSize = from->DebugInfoFileSize;
        to->lpThreadLocalBase = thread_teb(to->hThread);
        to->lpStartAddress = (LPTHREAD_START_ROUTINE)from->InitialThread.StartAddress;
        to->lpImageName = NULL;
        to->fUnicode = TRUE;
        break;
    }
    case DbgExitThreadStateChange:
        event->dwDebugEventCode = EXIT_THREAD_DEBUG_EVENT;
        event->u.ExitThread.dwExitCode = (DWORD)state->StateInfo.ExitThread.ExitStatus;
        break;
    case DbgExitProcessStateChange:
        event->dwDebugEventCode = EXIT_PROCESS_DEBUG_EVENT;
        event->u.ExitProcess.dwExitCode = (DWORD)state->StateInfo.ExitProcess.ExitStatus;
        break;
    case DbgExceptionStateChange:
    case DbgBreakpointStateChange:
    case DbgSingleStepStateChange:
        if (convert_text(&state->StateInfo.Exception.ExceptionRecord, wide, &event->u.DebugString)) {
            event->dwDebugEventCode = OUTPUT_DEBUG_STRING_EVENT;
            break;
        }
        event->dwDebugEventCode = EXCEPTION_DEBUG_EVENT;
        event->u.Exception.ExceptionRecord = state->StateInfo.Exception.ExceptionRecord;
        event->u.Exception.dwFirstChance = state->StateInfo.Exception.FirstChance;
        break;
    case DbgLoadDllStateChange:
        event->dwDebugEventCode = LOAD_DLL_DEBUG_EVENT;
        event->u.LoadDll.hFile = state->StateInfo.LoadDll.FileHandle;
        event->u.LoadDll.lpBaseOfDll = state->StateInfo.LoadDll.BaseOfDll;
        event->u.LoadDll.dwDebugInfoFileOffset = state->StateInfo.LoadDll.DebugInfoFileOffset;
        event->u.LoadDll.nDebugInfoSize = state->StateInfo.LoadDll.DebugInfoFileSize;
        event->u.LoadDll.lpImageName = state->StateInfo.LoadDll.NamePointer;
        event->u.LoadDll.fUnicode = TRUE;
        break;
    case DbgUnloadDllStateChange:
        event->dwDebugEventCode = UNLOAD_DLL_DEBUG_EVENT;
        event->u.UnloadDll.lpBaseOfDll = state->StateInfo.UnloadDll.BaseAddress;
        break;
    default: return STATUS_UNSUCCESSFUL;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DbgUiConvertStateChangeStructure(DBGUI_WAIT_STATE_CHANGE *state, DEBUG_EVENT *event)
{
    return convert(state, FALSE, event);
}

NTSTATUS NTAPI DbgUiConvertStateChangeStructureEx(DBGUI_WAIT_STATE_CHANGE *state, DEBUG_EVENT *event)
{
    return convert(state, TRUE, event);
}
