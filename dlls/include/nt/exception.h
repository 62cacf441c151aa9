/*
 * Exceptions, as ntdll exports them and windows.h does not declare them; at the end what ntdll's own
 * files share.
 */
#ifndef NT_EXCEPTION_H
#define NT_EXCEPTION_H

#include <nt/base.h>
#include <nt/context.h>

#define EXCEPTION_UNWINDING_ALL (0x2 | 0x4 | 0x20 | 0x40)

VOID NTAPI RtlRaiseException(EXCEPTION_RECORD *record);
VOID NTAPI RtlRaiseStatus(NTSTATUS status);
PVOID NTAPI RtlAddVectoredExceptionHandler(ULONG first, PVECTORED_EXCEPTION_HANDLER handler);
ULONG NTAPI RtlRemoveVectoredExceptionHandler(PVOID handle);
PVOID NTAPI RtlAddVectoredContinueHandler(ULONG first, PVECTORED_EXCEPTION_HANDLER handler);
ULONG NTAPI RtlRemoveVectoredContinueHandler(PVOID handle);
PVOID NTAPI RtlSetUnhandledExceptionFilter(PTOP_LEVEL_EXCEPTION_FILTER filter);
LONG NTAPI RtlUnhandledExceptionFilter(EXCEPTION_POINTERS *pointers);
LONG NTAPI RtlUnhandledExceptionFilter2(EXCEPTION_POINTERS *pointers, ULONG flags);
NTSTATUS NTAPI RtlReportException(EXCEPTION_RECORD *record, CONTEXT *context, ULONG flags);
BOOLEAN NTAPI RtlDispatchException(EXCEPTION_RECORD *record, CONTEXT *context);
ULONG NTAPI RtlWalkFrameChain(PVOID *callers, ULONG count, ULONG flags);
#ifdef _WIN64
EXCEPTION_DISPOSITION __C_specific_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                           DISPATCHER_CONTEXT *dispatch);
void _local_unwind(void *frame, void *target);
#else
VOID NTAPI RtlRestoreContext(CONTEXT *context, EXCEPTION_RECORD *record);
#endif

/* The caller's registers as of behind this call. RtlCaptureContext is that on x86-64; on i386 it is
 * documented to take the registers of its caller's caller, by the frame pointer. */
#ifdef _WIN64
#define __gastwirt_capture_context RtlCaptureContext
#else
void __cdecl __gastwirt_capture_context(CONTEXT *context);
#endif

/* Prints the crash report of an exception that nobody handled, one block on stderr. `why` may be
 * NULL. Exported for kernelbase's UnhandledExceptionFilter and RaiseFailFastException. */
void __gastwirt_report_exception(EXCEPTION_RECORD *record, CONTEXT *context, const char *why);

/* Shows a record to vectored handlers alone, with the caller's context, as if raised within a frame
 * that handles it. Nothing happens if there are none. */
void __gastwirt_notify_handlers(EXCEPTION_RECORD *record);

/* What a missing function's stub calls. */
DECLSPEC_NORETURN void NTAPI __gastwirt_missing(const char *dll, const char *function);

/* The loader calls these when it has mapped an image (before its code runs) and before it unmaps it. */
VOID NTAPI RtlInsertInvertedFunctionTable(PVOID base, ULONG size);
VOID NTAPI RtlRemoveInvertedFunctionTable(PVOID base);

/* XSAVE components above SSE that are enabled and that contexts can carry. */
ULONG64 NTAPI RtlGetEnabledExtendedFeatures(ULONG64 mask);

/* ---- within ntdll ---- */

/* The tails of the dispatchers (dispatcher.S). */
void exception_dispatch(EXCEPTION_RECORD *record, CONTEXT *context) __attribute__((noreturn));
void exception_raise(EXCEPTION_RECORD *record, CONTEXT *context) __attribute__((noreturn));
void apc_dispatch(CONTEXT *context) __attribute__((noreturn));

/* Offers the exception to the handlers of the calling thread's frames; TRUE if one continues execution. */
BOOLEAN exception_dispatch_to_frames(EXCEPTION_RECORD *record, CONTEXT *context);

/* Raises an exception that cannot be continued, which `cause` led to. */
void exception_raise_within(NTSTATUS status, EXCEPTION_RECORD *cause);

/* Vectored handlers in order; TRUE if one continues execution. */
BOOLEAN exception_call_vectored(EXCEPTION_RECORD *record, CONTEXT *context);
BOOLEAN exception_call_continue(EXCEPTION_RECORD *record, CONTEXT *context);

/* Ends the process with the report. */
void exception_fatal(EXCEPTION_RECORD *record, CONTEXT *context, const char *why) __attribute__((noreturn));

/* A loaded module by an address in it: its base name in ASCII; base 0 if there is none. */
struct exception_module {
    ULONG_PTR base;
    ULONG size;
    char name[64];
};
void exception_find_module(ULONG_PTR address, struct exception_module *ret_module);

#endif
