/*
 * Win32's face of exceptions: raising, vectored handlers, the unhandled-exception filter, error modes.
 */
#include "kernelbase.h"
#include <nt/exception.h>

#define STATUS_FAIL_FAST 0xc0000602

static PTOP_LEVEL_EXCEPTION_FILTER user_filter;

/* More than 15 arguments are cut off; flags but EXCEPTION_NONCONTINUABLE are ignored. */
VOID WINAPI RaiseException(DWORD code, DWORD flags, DWORD count, const ULONG_PTR *arguments)
{
    EXCEPTION_RECORD record;
    record.ExceptionCode = code;
    record.ExceptionFlags = flags & EXCEPTION_NONCONTINUABLE;
    record.ExceptionRecord = NULL;
    record.ExceptionAddress = (PVOID)RaiseException;
    record.NumberParameters = 0;
    if (arguments && count) {
        if (count > EXCEPTION_MAXIMUM_PARAMETERS)
            count = EXCEPTION_MAXIMUM_PARAMETERS;
        record.NumberParameters = count;
        for (DWORD i = 0; i < count; i++)
            record.ExceptionInformation[i] = arguments[i];
    }
    RtlRaiseException(&record);
}

/* Ends the process with the report, past all handlers. */
VOID WINAPI RaiseFailFastException(PEXCEPTION_RECORD record, PCONTEXT context, DWORD flags)
{
    EXCEPTION_RECORD own_record = {.ExceptionCode = STATUS_FAIL_FAST,
                                   .ExceptionFlags = EXCEPTION_NONCONTINUABLE};
    CONTEXT own_context;
    if (!context) {
        __gastwirt_capture_context(&own_context);
        context = &own_context;
    }
    if (!record || (flags & FAIL_FAST_GENERATE_EXCEPTION_ADDRESS)) {
        if (!record)
            record = &own_record;
        record->ExceptionAddress = __builtin_return_address(0);
    }
    record->ExceptionFlags |= EXCEPTION_NONCONTINUABLE;
    __gastwirt_report_exception(record, context, "fail fast");
    NtTerminateProcess(NtCurrentProcess(), (NTSTATUS)record->ExceptionCode);
}

PVOID WINAPI AddVectoredExceptionHandler(ULONG first, PVECTORED_EXCEPTION_HANDLER handler)
{
    return RtlAddVectoredExceptionHandler(first, handler);
}

ULONG WINAPI RemoveVectoredExceptionHandler(PVOID handle)
{
    return RtlRemoveVectoredExceptionHandler(handle);
}

PVOID WINAPI AddVectoredContinueHandler(ULONG first, PVECTORED_EXCEPTION_HANDLER handler)
{
    return RtlAddVectoredContinueHandler(first, handler);
}

ULONG WINAPI RemoveVectoredContinueHandler(PVOID handle)
{
    return RtlRemoveVectoredContinueHandler(handle);
}

/* The program's filter; if that does not decide, the crash report. */
LONG WINAPI UnhandledExceptionFilter(EXCEPTION_POINTERS *pointers)
{
    PTOP_LEVEL_EXCEPTION_FILTER filter = user_filter;
    if (current_peb()->BeingDebugged)
        return EXCEPTION_CONTINUE_SEARCH;
    if (filter) {
        LONG verdict = filter(pointers);
        if (verdict == EXCEPTION_EXECUTE_HANDLER || verdict == EXCEPTION_CONTINUE_EXECUTION)
            return verdict;
    }
    __gastwirt_report_exception(pointers->ExceptionRecord, pointers->ContextRecord, NULL);
    return EXCEPTION_EXECUTE_HANDLER;
}

LPTOP_LEVEL_EXCEPTION_FILTER WINAPI SetUnhandledExceptionFilter(LPTOP_LEVEL_EXCEPTION_FILTER filter)
{
    RtlSetUnhandledExceptionFilter(UnhandledExceptionFilter);
    return __atomic_exchange_n(&user_filter, filter, __ATOMIC_SEQ_CST);
}

enum { PROCESS_DEFAULT_HARD_ERROR_MODE = 12 };

/* The system counts the lowest bit the other way round. */
UINT WINAPI GetErrorMode(void)
{
    ULONG mode = 1;
    NtQueryInformationProcess(NtCurrentProcess(), PROCESS_DEFAULT_HARD_ERROR_MODE, &mode, sizeof mode, NULL);
    return mode ^ SEM_FAILCRITICALERRORS;
}

UINT WINAPI SetErrorMode(UINT mode)
{
    UINT old = GetErrorMode();
    ULONG new = (mode & 0x8007) ^ SEM_FAILCRITICALERRORS;
    NtSetInformationProcess(NtCurrentProcess(), PROCESS_DEFAULT_HARD_ERROR_MODE, &new, sizeof new);
    return old;
}

/* The thread keeps ntdll's numbers for its modes. */
static const struct {
    DWORD mode;
    ULONG kept;
} thread_modes[] = {
    {SEM_FAILCRITICALERRORS, 0x10}, {SEM_NOGPFAULTERRORBOX, 0x20}, {SEM_NOOPENFILEERRORBOX, 0x40}};

DWORD WINAPI GetThreadErrorMode(void)
{
    ULONG kept = RtlGetThreadErrorMode();
    DWORD mode = 0;

    for (unsigned i = 0; i < ARRAYSIZE(thread_modes); i++)
        if (kept & thread_modes[i].kept)
            mode |= thread_modes[i].mode;
    return mode;
}

WINBOOL WINAPI SetThreadErrorMode(DWORD mode, LPDWORD ret_old)
{
    DWORD old = GetThreadErrorMode();
    ULONG kept = 0;
    if (mode & ~(DWORD)(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    for (unsigned i = 0; i < ARRAYSIZE(thread_modes); i++)
        if (mode & thread_modes[i].mode)
            kept |= thread_modes[i].kept;
    RtlSetThreadErrorMode(kept, NULL);
    if (ret_old)
        *ret_old = old;
    return TRUE;
}

/* *size 0 only asks; otherwise the guarantee is raised to it, in whole pages, and *size becomes the
 * old one. */
WINBOOL WINAPI SetThreadStackGuarantee(PULONG size)
{
    TEB *teb = (TEB *)NtCurrentTeb();
    const ULONG old = teb->GuaranteedStackBytes, wanted = (*size + 0xfff) & ~0xfffu;
    const SIZE_T stack = (SIZE_T)((char *)teb->NtTib.StackBase - (char *)teb->DeallocationStack);
    if (wanted && (SIZE_T)wanted + 0x3000 >= stack) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (wanted > old)
        teb->GuaranteedStackBytes = wanted;
    *size = old;
    return TRUE;
}

VOID WINAPI FatalExit(int code)
{
    NtTerminateProcess(NtCurrentProcess(), code);
}

static void fatal_app_exit(const char *message)
{
    EXCEPTION_RECORD record = {.ExceptionCode = (DWORD)STATUS_FATAL_APP_EXIT,
                               .ExceptionFlags = EXCEPTION_NONCONTINUABLE};
    CONTEXT context;
    __gastwirt_capture_context(&context);
    record.ExceptionAddress = __builtin_return_address(0);
    __gastwirt_report_exception(&record, &context, message);
    NtTerminateProcess(NtCurrentProcess(), 1);
}

VOID WINAPI FatalAppExitA(UINT action, LPCSTR message)
{
    (void)action;
    fatal_app_exit(message);
}

VOID WINAPI FatalAppExitW(UINT action, LPCWSTR message)
{
    char text[512];
    (void)action;
    text[0] = 0;
    if (message)
        wide_to_ansi(message, -1, text, sizeof text);
    fatal_app_exit(text);
}
