/*
 * An exception's way: vectored handlers, the frames of the stack (one way for each architecture), the
 * top-level filter; and how the thread goes on.
 */
#include <nt/dbgui.h>
#include <nt/exception.h>
#include <nt/peb.h>
#include <nt/syscalls.h>

static PTOP_LEVEL_EXCEPTION_FILTER top_level_filter;

PVOID NTAPI RtlSetUnhandledExceptionFilter(PTOP_LEVEL_EXCEPTION_FILTER filter)
{
    return (PVOID)__atomic_exchange_n(&top_level_filter, filter, __ATOMIC_SEQ_CST);
}

void exception_raise_within(NTSTATUS status, EXCEPTION_RECORD *cause)
{
    EXCEPTION_RECORD record = {
        .ExceptionCode = (DWORD)status, .ExceptionFlags = EXCEPTION_NONCONTINUABLE, .ExceptionRecord = cause};
    RtlRaiseException(&record);
}

BOOLEAN NTAPI RtlDispatchException(EXCEPTION_RECORD *record, CONTEXT *context)
{
    BOOLEAN handled = exception_call_vectored(record, context) ||
                      exception_dispatch_to_frames(record, context);
    if (handled)
        exception_call_continue(record, context);
    return handled;
}

/* Nobody handled it: the process's top-level filter, as Windows has it around every thread's start. */
static void last_chance(EXCEPTION_RECORD *record, CONTEXT *context)
{
    EXCEPTION_POINTERS pointers = {record, context};
    if (is_debugged())
        NtRaiseException(record, context, FALSE); /* the debugger's second chance; does not return */
    if (record->ExceptionFlags & EXCEPTION_STACK_INVALID)
        exception_fatal(record, context, "the stack is invalid");
    if (!top_level_filter)
        exception_fatal(record, context, NULL);
    if (top_level_filter(&pointers) != EXCEPTION_CONTINUE_EXECUTION) {
        NtTerminateProcess(NtCurrentProcess(), (NTSTATUS)record->ExceptionCode);
        exception_fatal(record, context, NULL);
    }
    if (record->ExceptionFlags & EXCEPTION_NONCONTINUABLE)
        exception_raise_within(STATUS_NONCONTINUABLE_EXCEPTION, record);
    exception_call_continue(record, context);
}

void exception_dispatch(EXCEPTION_RECORD *record, CONTEXT *context)
{
    if (record->ExceptionFlags & EXCEPTION_GASTWIRT_FATAL) {
        record->ExceptionFlags &= ~EXCEPTION_GASTWIRT_FATAL;
        exception_fatal(record, context, NULL);
    }
#ifdef _WIN64
    const DWORD64 debug[6] = {context->Dr0, context->Dr1, context->Dr2,
                              context->Dr3, context->Dr6, context->Dr7};
#endif
    if (!RtlDispatchException(record, context))
        last_chance(record, context);
#ifdef _WIN64
    /* Handlers set breakpoints in the debug registers: only the system can do that. */
    if ((context->ContextFlags & CONTEXT_DEBUG_REGISTERS) == CONTEXT_DEBUG_REGISTERS &&
        memcmp(debug, &context->Dr0, sizeof debug) != 0)
        NtContinue(context, FALSE);
#endif
    RtlRestoreContext(context, NULL);
    __builtin_unreachable();
}

void exception_raise(EXCEPTION_RECORD *record, CONTEXT *context)
{
    if (is_debugged())
        NtRaiseException(record, context, TRUE); /* which the debugger is to see first */
    exception_dispatch(record, context);
}

void apc_dispatch(CONTEXT *context)
{
    NTSTATUS status = NtContinue(context, TRUE);
    RtlRaiseStatus(status);
    __builtin_unreachable();
}
