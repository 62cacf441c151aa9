/*
 * The debugger's functions of Win32. Which handles of a debuggee's events are open is in a list of the
 * calling thread, for ContinueDebugEvent to close them behind the last event of a thread or process.
 */
#include "kernelbase.h"
#include <nt/dbgui.h>

/* A handle from a creation event, closed behind the end of its thread or process. */
struct open_handle {
    struct open_handle *next;
    DWORD process, thread; /* thread 0: the process's */
    HANDLE handle;
    BOOL ended; /* the last event is with the debugger */
};

static struct open_handle **open_handles(void)
{
    return (struct open_handle **)&rtl_teb()->DbgSsReserved[0];
}

static void remember(DWORD process, DWORD thread, HANDLE handle)
{
    struct open_handle *entry = handle ? HeapAlloc(process_heap(), 0, sizeof *entry) : NULL;
    if (!entry)
        return;
    *entry = (struct open_handle){*open_handles(), process, thread, handle, FALSE};
    *open_handles() = entry;
}

static void mark_ended(DWORD process, DWORD thread)
{
    for (struct open_handle *entry = *open_handles(); entry; entry = entry->next)
        if (entry->process == process && (entry->thread == thread || !thread))
            entry->ended = TRUE;
}

static void close_ended(DWORD process, DWORD thread, BOOL all)
{
    struct open_handle **place = open_handles();
    while (*place) {
        struct open_handle *entry = *place;
        if (entry->process == process &&
            (all || (entry->ended && (!thread || entry->thread == thread || !entry->thread)))) {
            *place = entry->next;
            NtClose(entry->handle);
            HeapFree(process_heap(), 0, entry);
        } else {
            place = &entry->next;
        }
    }
}

static void note_handles(const DEBUG_EVENT *event)
{
    switch (event->dwDebugEventCode) {
    case CREATE_PROCESS_DEBUG_EVENT:
        remember(event->dwProcessId, 0, event->u.CreateProcessInfo.hProcess);
        remember(event->dwProcessId, event->dwThreadId, event->u.CreateProcessInfo.hThread);
        break;
    case CREATE_THREAD_DEBUG_EVENT:
        remember(event->dwProcessId, event->dwThreadId, event->u.CreateThread.hThread);
        break;
    case EXIT_THREAD_DEBUG_EVENT: mark_ended(event->dwProcessId, event->dwThreadId); break;
    case EXIT_PROCESS_DEBUG_EVENT: mark_ended(event->dwProcessId, 0); break;
    }
}

static BOOL wait_for_event(DEBUG_EVENT *event, DWORD milliseconds,
                           NTSTATUS NTAPI (*convert)(DBGUI_WAIT_STATE_CHANGE *, DEBUG_EVENT *))
{
    DBGUI_WAIT_STATE_CHANGE state;
    LARGE_INTEGER timeout = {.QuadPart = -(LONGLONG)milliseconds * 10000};
    NTSTATUS status;
    do
        status = DbgUiWaitStateChange(&state, milliseconds == INFINITE ? NULL : &timeout);
    while (status == STATUS_ALERTED || status == STATUS_USER_APC);
    if (status == STATUS_TIMEOUT) {
        SetLastError(ERROR_SEM_TIMEOUT);
        return FALSE;
    }
    if (NT_SUCCESS(status))
        status = convert(&state, event);
    if (!set_status(status))
        return FALSE;
    note_handles(event);
    return TRUE;
}

WINBOOL WINAPI WaitForDebugEvent(LPDEBUG_EVENT event, DWORD milliseconds)
{
    return wait_for_event(event, milliseconds, DbgUiConvertStateChangeStructure);
}

WINBOOL WINAPI WaitForDebugEventEx(LPDEBUG_EVENT event, DWORD milliseconds)
{
    return wait_for_event(event, milliseconds, DbgUiConvertStateChangeStructureEx);
}

WINBOOL WINAPI ContinueDebugEvent(DWORD process, DWORD thread, DWORD answer)
{
    CLIENT_ID id = {(HANDLE)(ULONG_PTR)process, (HANDLE)(ULONG_PTR)thread};
    if (!set_status(DbgUiContinue(&id, (NTSTATUS)answer)))
        return FALSE;
    close_ended(process, thread, FALSE);
    return TRUE;
}

static HANDLE open_debuggee(DWORD id)
{
    return OpenProcess(PROCESS_CREATE_THREAD | PROCESS_VM_OPERATION | PROCESS_VM_READ | PROCESS_VM_WRITE |
                           PROCESS_QUERY_INFORMATION | PROCESS_SUSPEND_RESUME,
                       FALSE, id);
}

WINBOOL WINAPI DebugActiveProcess(DWORD id)
{
    if (!set_status(DbgUiConnectToDbg()))
        return FALSE;
    HANDLE process = open_debuggee(id);
    if (!process)
        return FALSE;
    NTSTATUS status = DbgUiDebugActiveProcess(process);
    NtClose(process);
    return set_status(status);
}

WINBOOL WINAPI DebugActiveProcessStop(DWORD id)
{
    HANDLE process = open_debuggee(id);
    if (!process)
        return FALSE;
    close_ended(id, 0, TRUE);
    NTSTATUS status = DbgUiStopDebugging(process);
    NtClose(process);
    /* That it is not debugged, or not by this thread, is all one to the caller. */
    if (!NT_SUCCESS(status)) {
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    return TRUE;
}

WINBOOL WINAPI DebugSetProcessKillOnExit(WINBOOL kill)
{
    ULONG flags = kill ? DEBUG_KILL_ON_CLOSE : 0;
    HANDLE object = DbgUiGetThreadDebugObject();
    if (!object) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    return set_status(NtSetInformationDebugObject(object, DebugObjectKillProcessOnExitInformation, &flags,
                                                  sizeof flags, NULL));
}

WINBOOL WINAPI DebugBreakProcess(HANDLE process)
{
    return set_status(DbgUiIssueRemoteBreakin(process));
}
