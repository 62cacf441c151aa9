/*
 * Calls that survive bad pointers, for the lstr functions, which are documented to.
 */
#include "nls.h"

#ifdef _WIN64

EXCEPTION_DISPOSITION nls_guard_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                        DISPATCHER_CONTEXT *dispatcher);
EXCEPTION_DISPOSITION nls_guard_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                        DISPATCHER_CONTEXT *dispatcher)
{
    (void)context; /* the unwinder still reads it: the scratch context is the dispatcher's */
    if (!(record->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)) &&
        (record->ExceptionCode == (DWORD)STATUS_ACCESS_VIOLATION ||
         record->ExceptionCode == (DWORD)STATUS_IN_PAGE_ERROR))
        RtlUnwindEx(frame, (char *)dispatcher->ImageBase + *(const ULONG *)dispatcher->HandlerData, record,
                    NULL, dispatcher->ContextRecord, dispatcher->HistoryTable);
    return ExceptionContinueSearch;
}

#else

/* i386 frames are registered, not found: the record on the stack, then the call. */
struct guard_frame {
    EXCEPTION_REGISTRATION_RECORD registration;
    void *resume[5]; /* __builtin_setjmp */
};

static EXCEPTION_DISPOSITION __cdecl handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                             void *dispatcher)
{
    struct guard_frame *guard = frame;

    (void)context, (void)dispatcher;
    if ((record->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)) ||
        (record->ExceptionCode != (DWORD)STATUS_ACCESS_VIOLATION &&
         record->ExceptionCode != (DWORD)STATUS_IN_PAGE_ERROR))
        return ExceptionContinueSearch;
    RtlUnwind(frame, NULL, record, NULL);
    __builtin_longjmp(guard->resume, 1);
}

ULONG_PTR nls_guarded_call(ULONG_PTR (*function)(void *, const void *, ULONG_PTR), void *a, const void *b,
                           ULONG_PTR c)
{
    NT_TIB *tib = (NT_TIB *)NtCurrentTeb();
    struct guard_frame guard;
    volatile ULONG_PTR result = 0;

    guard.registration.Next = (void *)tib->ExceptionList;
    guard.registration.Handler = (PEXCEPTION_ROUTINE)(void *)handler;
    tib->ExceptionList = (void *)&guard.registration;
    if (!__builtin_setjmp(guard.resume))
        result = function(a, b, c);
    else
        result = 0;
    tib->ExceptionList = (void *)guard.registration.Next;
    return result;
}

#endif
