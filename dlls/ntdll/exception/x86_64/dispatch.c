/*
 * Dispatching an exception to the frames of the stack, and the C language handler of __try. Nested
 * exceptions and collided unwinds follow the marks that dispatcher.S leaves.
 */
#include "copy.h"
#include <nt/exception.h>
#include <nt/peb.h>
#include <nt/syscalls.h>
#include <string.h>

EXCEPTION_DISPOSITION exception_call_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                             DISPATCHER_CONTEXT *dispatch);
EXCEPTION_DISPOSITION exception_nested_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                               DISPATCHER_CONTEXT *dispatch);
EXCEPTION_DISPOSITION exception_collided_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                                 DISPATCHER_CONTEXT *dispatch);

/* The handler of exception_call_handler's frame: an exception in a handler. */
EXCEPTION_DISPOSITION exception_nested_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                               DISPATCHER_CONTEXT *dispatch)
{
    (void)context;
    if (record->ExceptionFlags & EXCEPTION_UNWIND)
        return ExceptionContinueSearch;
    dispatch->EstablisherFrame = (*(DISPATCHER_CONTEXT **)((char *)frame + 0x20))->EstablisherFrame;
    return ExceptionNestedException;
}

/* The handler of exception_call_unwind_handler's frame: an exception or unwind in a termination
 * handler takes over the older unwind's state. */
EXCEPTION_DISPOSITION exception_collided_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                                 DISPATCHER_CONTEXT *dispatch)
{
    const DISPATCHER_CONTEXT *older = *(DISPATCHER_CONTEXT **)((char *)frame + 0x20);
    (void)record, (void)context;
    dispatch->ControlPc = older->ControlPc;
    dispatch->ImageBase = older->ImageBase;
    dispatch->FunctionEntry = older->FunctionEntry;
    dispatch->EstablisherFrame = older->EstablisherFrame;
    dispatch->ContextRecord = older->ContextRecord;
    dispatch->LanguageHandler = older->LanguageHandler;
    dispatch->HandlerData = older->HandlerData;
    dispatch->HistoryTable = older->HistoryTable;
    dispatch->ScopeIndex = older->ScopeIndex;
    return ExceptionCollidedUnwind;
}

BOOLEAN exception_dispatch_to_frames(EXCEPTION_RECORD *record, CONTEXT *context)
{
    const NT_TIB *tib = (const NT_TIB *)NtCurrentTeb();
    const DWORD64 low = (DWORD64)tib->StackLimit, high = (DWORD64)tib->StackBase;
    UNWIND_HISTORY_TABLE history;
    DISPATCHER_CONTEXT dispatch;
    CONTEXT here;
    PVOID handler_data = NULL;
    DWORD64 base, frame, nested_frame = 0;
    DWORD flags = record->ExceptionFlags & EXCEPTION_NONCONTINUABLE;

    history.Count = 0;
    copy_context(&here, context);
    while (here.Rsp >= low && here.Rsp < high && !(here.Rsp & 7)) {
        const DWORD64 pc = here.Rip, rsp = here.Rsp;
        RUNTIME_FUNCTION *function = RtlLookupFunctionEntry(pc, &base, &history);
        if (!function) {
            here.Rip = *(DWORD64 *)here.Rsp;
            here.Rsp += 8;
            continue;
        }
        PEXCEPTION_ROUTINE routine = RtlVirtualUnwind(UNW_FLAG_EHANDLER, base, pc, function, &here,
                                                      &handler_data, &frame, NULL);
        if (frame < low || frame >= high || (frame & 7)) {
            record->ExceptionFlags |= EXCEPTION_STACK_INVALID;
            return FALSE;
        }
        if (!routine) {
            if (here.Rsp == rsp && here.Rip == pc)
                return FALSE;
            if (frame == nested_frame) {
                flags &= ~(DWORD)EXCEPTION_NESTED_CALL;
                nested_frame = 0;
            }
            continue;
        }
        dispatch.ControlPc = pc;
        dispatch.ImageBase = base;
        dispatch.FunctionEntry = function;
        dispatch.EstablisherFrame = frame;
        dispatch.TargetIp = 0;
        dispatch.ContextRecord = &here;
        dispatch.LanguageHandler = routine;
        dispatch.HandlerData = handler_data;
        dispatch.HistoryTable = &history;
        dispatch.ScopeIndex = 0;
        for (BOOLEAN again = TRUE; again;) {
            again = FALSE;
            record->ExceptionFlags = (record->ExceptionFlags &
                                      ~(DWORD)(EXCEPTION_NESTED_CALL | EXCEPTION_NONCONTINUABLE)) |
                                     flags;
            EXCEPTION_DISPOSITION disposition = exception_call_handler(record, (void *)frame, context,
                                                                       &dispatch);
            flags |= record->ExceptionFlags & EXCEPTION_NONCONTINUABLE;
            if (frame == nested_frame) {
                record->ExceptionFlags &= ~(DWORD)EXCEPTION_NESTED_CALL;
                flags &= ~(DWORD)EXCEPTION_NESTED_CALL;
                nested_frame = 0;
            }
            switch (disposition) {
            case ExceptionContinueExecution:
                if (record->ExceptionFlags & EXCEPTION_NONCONTINUABLE)
                    exception_raise_within(STATUS_NONCONTINUABLE_EXCEPTION, record);
                return TRUE;
            case ExceptionContinueSearch: break;
            case ExceptionNestedException:
                flags |= EXCEPTION_NESTED_CALL;
                if (dispatch.EstablisherFrame > nested_frame)
                    nested_frame = dispatch.EstablisherFrame;
                break;
            case ExceptionCollidedUnwind:
                /* The frames down to the older unwind's are gone: look at its frame again. */
                copy_context(&here, dispatch.ContextRecord);
                frame = dispatch.EstablisherFrame;
                base = dispatch.ImageBase;
                DWORD64 ignored;
                RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, dispatch.ControlPc, dispatch.FunctionEntry, &here,
                                 &handler_data, &ignored, NULL);
                dispatch.ContextRecord = &here;
                again = TRUE;
                break;
            default: exception_raise_within(STATUS_INVALID_DISPOSITION, record);
            }
        }
    }
    return FALSE;
}

/* ---- __try ---- */

EXCEPTION_DISPOSITION __C_specific_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                           DISPATCHER_CONTEXT *dispatch)
{
    const SCOPE_TABLE_AMD64 *table = dispatch->HandlerData;
    const DWORD64 base = dispatch->ImageBase, pc = dispatch->ControlPc - base;

    if (!(record->ExceptionFlags & EXCEPTION_UNWIND)) {
        for (DWORD i = dispatch->ScopeIndex; i < table->Count; i++) {
            if (pc < table->ScopeRecord[i].BeginAddress || pc >= table->ScopeRecord[i].EndAddress ||
                !table->ScopeRecord[i].JumpTarget)
                continue;
            LONG verdict = EXCEPTION_EXECUTE_HANDLER;
            if (table->ScopeRecord[i].HandlerAddress != EXCEPTION_EXECUTE_HANDLER) {
                EXCEPTION_POINTERS pointers = {record, context};
                verdict = ((LONG(*)(EXCEPTION_POINTERS *, void *))(
                    base + table->ScopeRecord[i].HandlerAddress))(&pointers, frame);
            }
            if (verdict < 0)
                return ExceptionContinueExecution;
            if (verdict > 0)
                RtlUnwindEx(frame, (PVOID)(base + table->ScopeRecord[i].JumpTarget), record,
                            (PVOID)(ULONG_PTR)record->ExceptionCode, dispatch->ContextRecord,
                            dispatch->HistoryTable);
        }
        return ExceptionContinueSearch;
    }

    const DWORD64 target = dispatch->TargetIp - base;
    const BOOLEAN is_target = (record->ExceptionFlags & EXCEPTION_TARGET_UNWIND) != 0;
    for (DWORD i = dispatch->ScopeIndex; i < table->Count; i++) {
        DWORD begin = table->ScopeRecord[i].BeginAddress, end = table->ScopeRecord[i].EndAddress;
        if (pc < begin || pc >= end)
            continue;
        /* The target lies within the same block, or is this block's own handler: done. */
        if (is_target && target >= begin && target < end)
            break;
        if (table->ScopeRecord[i].JumpTarget) {
            if (is_target && table->ScopeRecord[i].JumpTarget == target)
                break;
        } else {
            dispatch->ScopeIndex = i + 1;
            ((void (*)(BOOLEAN, void *))(base + table->ScopeRecord[i].HandlerAddress))(TRUE, frame);
        }
    }
    return ExceptionContinueSearch;
}
