/*
 * ntdll's functions for debuggers, and what they share with kernelbase.
 */
#ifndef NT_DBGUI_H
#define NT_DBGUI_H

#include <nt/debug.h>
#include <nt/peb.h>
#include <nt/rtl.h>

NTSTATUS NTAPI DbgUiConnectToDbg(void);
HANDLE NTAPI DbgUiGetThreadDebugObject(void);
VOID NTAPI DbgUiSetThreadDebugObject(HANDLE object);
NTSTATUS NTAPI DbgUiWaitStateChange(DBGUI_WAIT_STATE_CHANGE *state, LARGE_INTEGER *timeout);
NTSTATUS NTAPI DbgUiContinue(CLIENT_ID *id, NTSTATUS status);
NTSTATUS NTAPI DbgUiStopDebugging(HANDLE process);
NTSTATUS NTAPI DbgUiDebugActiveProcess(HANDLE process);
NTSTATUS NTAPI DbgUiIssueRemoteBreakin(HANDLE process);
VOID NTAPI DbgUiRemoteBreakin(PVOID unused);
NTSTATUS NTAPI DbgUiConvertStateChangeStructure(DBGUI_WAIT_STATE_CHANGE *state, DEBUG_EVENT *event);
NTSTATUS NTAPI DbgUiConvertStateChangeStructureEx(DBGUI_WAIT_STATE_CHANGE *state, DEBUG_EVENT *event);
VOID NTAPI DbgBreakPoint(void);
VOID NTAPI DbgUserBreakPoint(void);

#ifndef DBG_PRINTEXCEPTION_WIDE_C
#define DBG_PRINTEXCEPTION_WIDE_C ((NTSTATUS)0x4001000a)
#endif

/* Has this process a debugger? */
static inline BOOLEAN is_debugged(void)
{
    return rtl_peb()->BeingDebugged;
}

#endif
