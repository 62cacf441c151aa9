/*
 * A small debugger for the tests: runs a child of this program under a table of reactions to its events.
 */
#ifndef DEBUGGER_H
#define DEBUGGER_H

#include "harness.h"

#ifdef _WIN64
#define CONTEXT_IP(context) ((context).Rip)
#else
#define CONTEXT_IP(context) ((context).Eip)
#endif

struct debugger {
    PROCESS_INFORMATION process;
    DWORD counts[16];     /* of each event code */
    DWORD exit_code;      /* EXIT_PROCESS */
    DWORD breakpoints;    /* first-chance ones, the initial one included */
    void *image_base;     /* CREATE_PROCESS */
    HANDLE event_process; /* the event's own handles */
    HANDLE event_thread;
    void *data; /* the test's */
    /* Decides about an event; the answer for ContinueDebugEvent. NULL: breakpoints and text are handled. */
    DWORD (*react)(struct debugger *debugger, DEBUG_EVENT *event);
};

static inline BOOL debugger_start_program(struct debugger *debugger, const char *program,
                                          const char *arguments, DWORD flags)
{
    STARTUPINFOA startup = {.cb = sizeof startup};
    char line[2 * MAX_PATH];
    snprintf(line, sizeof line, "\"%s\" --child %s", program, arguments);
    return CreateProcessA(program, line, NULL, NULL, FALSE, flags, NULL, NULL, &startup, &debugger->process);
}

static inline BOOL debugger_start(struct debugger *debugger, const char *arguments, DWORD flags)
{
    char path[MAX_PATH];
    GetModuleFileNameA(NULL, path, sizeof path);
    return debugger_start_program(debugger, path, arguments, flags);
}

/* Of the own kind, or of 32-bit code. */
static inline BOOL is_breakpoint(DWORD code)
{
    return code == (DWORD)EXCEPTION_BREAKPOINT || code == 0x4000001f;
}

static inline DWORD debugger_default(const DEBUG_EVENT *event)
{
    if (event->dwDebugEventCode == EXCEPTION_DEBUG_EVENT) {
        DWORD code = event->u.Exception.ExceptionRecord.ExceptionCode;
        return is_breakpoint(code) || code == (DWORD)EXCEPTION_SINGLE_STEP || code == 0x4000001e
                   ? DBG_CONTINUE
                   : DBG_EXCEPTION_NOT_HANDLED;
    }
    return DBG_CONTINUE;
}

static inline void debugger_note(struct debugger *debugger, const DEBUG_EVENT *event)
{
    debugger->counts[event->dwDebugEventCode & 15]++;
    switch (event->dwDebugEventCode) {
    case CREATE_PROCESS_DEBUG_EVENT:
        if (debugger->counts[CREATE_PROCESS_DEBUG_EVENT] == 1) {
            debugger->image_base = event->u.CreateProcessInfo.lpBaseOfImage;
            debugger->event_process = event->u.CreateProcessInfo.hProcess;
            debugger->event_thread = event->u.CreateProcessInfo.hThread;
        }
        break;
    case EXIT_PROCESS_DEBUG_EVENT: debugger->exit_code = event->u.ExitProcess.dwExitCode; break;
    case EXCEPTION_DEBUG_EVENT: {
        DWORD code = event->u.Exception.ExceptionRecord.ExceptionCode;
        if (is_breakpoint(code) && event->u.Exception.dwFirstChance)
            debugger->breakpoints++;
        break;
    }
    }
}

static inline void debugger_close_file(const DEBUG_EVENT *event)
{
    if (event->dwDebugEventCode == CREATE_PROCESS_DEBUG_EVENT && event->u.CreateProcessInfo.hFile)
        CloseHandle(event->u.CreateProcessInfo.hFile);
    else if (event->dwDebugEventCode == LOAD_DLL_DEBUG_EVENT && event->u.LoadDll.hFile)
        CloseHandle(event->u.LoadDll.hFile);
}

/* Until the first process has ended; FALSE: no event came for 20 seconds. */
static inline BOOL debugger_run(struct debugger *debugger)
{
    for (;;) {
        DEBUG_EVENT event;
        if (!WaitForDebugEvent(&event, 20000)) {
            FAIL("no debug event: error %lu", GetLastError());
            TerminateProcess(debugger->process.hProcess, 99);
            return FALSE;
        }
        debugger_note(debugger, &event);
        DWORD answer = debugger->react ? debugger->react(debugger, &event) : debugger_default(&event);
        BOOL last = event.dwDebugEventCode == EXIT_PROCESS_DEBUG_EVENT &&
                    event.dwProcessId == debugger->process.dwProcessId;
        debugger_close_file(&event);
        if (!ContinueDebugEvent(event.dwProcessId, event.dwThreadId, answer)) {
            FAIL("ContinueDebugEvent: error %lu", GetLastError());
            return FALSE;
        }
        if (last)
            return TRUE;
    }
}

static inline void debugger_end(struct debugger *debugger)
{
    CloseHandle(debugger->process.hThread);
    CloseHandle(debugger->process.hProcess);
}

/* The first exception's parameters that a child sends with this code are for its debugger. */
#define DEBUGGER_MESSAGE 0xe0474201u

#endif
