/*
 * Debugging aids: without a debugger, text and breakpoints are exceptions that handlers may see.
 */
#include "kernelbase.h"
#include <nt/exception.h>

#define DBG_PRINT_WIDE 0x4001000au

WINBOOL WINAPI IsDebuggerPresent(void)
{
    return current_peb()->BeingDebugged;
}

WINBOOL WINAPI CheckRemoteDebuggerPresent(HANDLE process, PBOOL ret_present)
{
    ULONG_PTR port = 0;
    if (!process || !ret_present) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (process == NtCurrentProcess()) {
        *ret_present = current_peb()->BeingDebugged;
        return TRUE;
    }
    if (!set_status(NtQueryInformationProcess(process, 7 /* ProcessDebugPort */, &port, sizeof port, NULL)))
        return FALSE;
    *ret_present = port != 0;
    return TRUE;
}

VOID WINAPI DebugBreak(void)
{
    __asm__ volatile("int3");
}

/* Only vectored handlers get to see the text: on Windows too the innermost frame handles it. */
VOID WINAPI OutputDebugStringA(LPCSTR text)
{
    EXCEPTION_RECORD record = {.ExceptionCode = (DWORD)DBG_PRINTEXCEPTION_C, .NumberParameters = 2};
    size_t length = 0;
    if (!text)
        text = "";
    while (text[length])
        length++;
    record.ExceptionInformation[0] = length + 1;
    record.ExceptionInformation[1] = (ULONG_PTR)text;
    __gastwirt_notify_handlers(&record);
}

VOID WINAPI OutputDebugStringW(LPCWSTR text)
{
    EXCEPTION_RECORD record = {.ExceptionCode = DBG_PRINT_WIDE, .NumberParameters = 4};
    char small[256], *ansi = small;
    size_t length = 0;
    if (!text)
        text = L"";
    while (text[length])
        length++;
    DWORD bytes = wide_to_ansi(text, -1, small, sizeof small);
    if (bytes > sizeof small) {
        ansi = HeapAlloc(process_heap(), 0, bytes);
        if (!ansi)
            return;
        wide_to_ansi(text, -1, ansi, bytes);
    }
    record.ExceptionInformation[0] = length + 1;
    record.ExceptionInformation[1] = (ULONG_PTR)text;
    record.ExceptionInformation[2] = bytes;
    record.ExceptionInformation[3] = (ULONG_PTR)ansi;
    __gastwirt_notify_handlers(&record);
    if (ansi != small)
        HeapFree(process_heap(), 0, ansi);
}

WINBOOL WINAPI GetThreadContext(HANDLE thread, LPCONTEXT context)
{
    return set_status(NtGetContextThread(thread, context));
}

WINBOOL WINAPI SetThreadContext(HANDLE thread, const CONTEXT *context)
{
    return set_status(NtSetContextThread(thread, (void *)context));
}

/* 64-bit threads have no descriptor table of their own. */
WINBOOL WINAPI GetThreadSelectorEntry(HANDLE thread, DWORD selector, LPLDT_ENTRY ret_entry)
{
#ifdef _WIN64
    (void)thread, (void)selector, (void)ret_entry;
    SetLastError(ERROR_NOT_SUPPORTED);
    return FALSE;
#else
    return Wow64GetThreadSelectorEntry(thread, selector, (WOW64_LDT_ENTRY *)ret_entry);
#endif
}
