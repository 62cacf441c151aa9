/*
 * Raising by status code, and what is small.
 */
#include <nt/dbgui.h>
#include <nt/exception.h>
#include <nt/peb.h>
#include <nt/syscalls.h>

VOID NTAPI RtlRaiseStatus(NTSTATUS status)
{
    EXCEPTION_RECORD record = {.ExceptionCode = (DWORD)status, .ExceptionFlags = EXCEPTION_NONCONTINUABLE};
    RtlRaiseException(&record);
}

VOID NTAPI RtlRaiseNoncontinuableException(EXCEPTION_RECORD *record, CONTEXT *context);
VOID NTAPI RtlRaiseNoncontinuableException(EXCEPTION_RECORD *record, CONTEXT *context)
{
    (void)context;
    EXCEPTION_RECORD outer = {.ExceptionCode = (DWORD)STATUS_NONCONTINUABLE_EXCEPTION,
                              .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
                              .ExceptionRecord = record};
    RtlRaiseException(&outer);
}

/* Without a debugger: the report, and the process is to end. */
LONG NTAPI RtlUnhandledExceptionFilter(EXCEPTION_POINTERS *pointers)
{
    __gastwirt_report_exception(pointers->ExceptionRecord, pointers->ContextRecord, NULL);
    return EXCEPTION_EXECUTE_HANDLER;
}

LONG NTAPI RtlUnhandledExceptionFilter2(EXCEPTION_POINTERS *pointers, ULONG flags)
{
    (void)flags;
    return RtlUnhandledExceptionFilter(pointers);
}

NTSTATUS NTAPI RtlReportException(EXCEPTION_RECORD *record, CONTEXT *context, ULONG flags)
{
    (void)flags;
    __gastwirt_report_exception(record, context, NULL);
    return STATUS_SUCCESS;
}

void __gastwirt_notify_handlers(EXCEPTION_RECORD *record)
{
    CONTEXT context;
    __gastwirt_capture_context(&context);
    record->ExceptionAddress = __builtin_return_address(0);
    if (is_debugged()) {
        record->ExceptionFlags |= EXCEPTION_GASTWIRT_NOTIFY;
        NTSTATUS status = NtRaiseException(record, &context, TRUE);
        record->ExceptionFlags &= ~EXCEPTION_GASTWIRT_NOTIFY;
        if (NT_SUCCESS(status))
            return;
    }
    if (exception_call_vectored(record, &context))
        exception_call_continue(record, &context);
}
