/*
 * The x64 unwinder: RtlVirtualUnwind interprets a function's unwind codes (versions 1 and 2, chained
 * data, machine frames, epilogues), RtlUnwindEx runs termination handlers up to a target frame.
 */
#include "copy.h"
#include <nt/exception.h>
#include <nt/peb.h>
#include <string.h>

struct unwind_info {
    UCHAR version : 3, flags : 5;
    UCHAR prologue_size;
    UCHAR code_count;
    UCHAR frame_register : 4, frame_offset : 4; /* of the frame register: 16-byte units */
    struct unwind_code {
        UCHAR offset;
        UCHAR operation : 4, info : 4;
    } codes[];
};

enum {
    PUSH_NONVOL,
    ALLOC_LARGE,
    ALLOC_SMALL,
    SET_FPREG,
    SAVE_NONVOL,
    SAVE_NONVOL_FAR,
    EPILOG, /* version 1: an old form of SAVE_XMM, never produced */
    SPARE,
    SAVE_XMM128,
    SAVE_XMM128_FAR,
    PUSH_MACHFRAME,
};

#define FLAG_CHAINED 4

_Static_assert(offsetof(DISPATCHER_CONTEXT, LanguageHandler) == 0x30, "context.inc");
_Static_assert(offsetof(CONTEXT, FltSave.XmmRegisters) == 0x1a0, "context.inc");
_Static_assert(sizeof(CONTEXT) == 0x4d0, "context.inc");

void exception_resume(CONTEXT *context) __attribute__((noreturn));
EXCEPTION_DISPOSITION exception_call_unwind_handler(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                                    DISPATCHER_CONTEXT *dispatch);
void exception_unwind(PVOID target_frame, PVOID target_ip, EXCEPTION_RECORD *record, PVOID value,
                      CONTEXT *context, UNWIND_HISTORY_TABLE *history);

/* Slots that a code takes. */
static inline unsigned code_slots(const struct unwind_info *info, unsigned i)
{
    static const UCHAR slots[2][16] = {{1, 2, 1, 1, 2, 3, 2, 3, 2, 3, 1, 1, 1, 1, 1, 1},
                                       {1, 2, 1, 1, 2, 3, 1, 2, 2, 3, 1, 1, 1, 1, 1, 1}};
    const struct unwind_code *code = &info->codes[i];
    return slots[info->version >= 2][code->operation] + (code->operation == ALLOC_LARGE && code->info);
}

static ULONG far_operand(const struct unwind_code *code)
{
    ULONG value;
    memcpy(&value, code, sizeof value);
    return value;
}

static USHORT near_operand(const struct unwind_code *code)
{
    USHORT value;
    memcpy(&value, code, sizeof value);
    return value;
}

static const RUNTIME_FUNCTION *chained_entry(const struct unwind_info *info)
{
    return (const RUNTIME_FUNCTION *)&info->codes[(info->code_count + 1) & ~1u];
}

/* Entries may refer to another entry instead of data. */
static const struct unwind_info *unwind_data(DWORD64 base, const RUNTIME_FUNCTION *function)
{
    while (function->UnwindData & 1)
        function = (const RUNTIME_FUNCTION *)(base + (function->UnwindData & ~1u));
    return (const struct unwind_info *)(base + function->UnwindData);
}

/* The entry at the root of a chain. */
static const RUNTIME_FUNCTION *primary_entry(DWORD64 base, const RUNTIME_FUNCTION *function)
{
    const struct unwind_info *info = unwind_data(base, function);
    while (info->flags & FLAG_CHAINED) {
        function = chained_entry(info);
        info = unwind_data(base, function);
    }
    return function;
}

static void set_integer(CONTEXT *context, KNONVOLATILE_CONTEXT_POINTERS *pointers, unsigned number,
                        DWORD64 address)
{
    (&context->Rax)[number] = *(DWORD64 *)address;
    if (pointers)
        pointers->IntegerContext[number] = (PULONG64)address;
}

static void set_xmm(CONTEXT *context, KNONVOLATILE_CONTEXT_POINTERS *pointers, unsigned number,
                    DWORD64 address)
{
    memcpy(&context->FltSave.XmmRegisters[number], (void *)address, sizeof(M128A));
    if (pointers)
        pointers->FloatingContext[number] = (M128A *)address;
}

static void pop_return_address(CONTEXT *context)
{
    context->Rip = *(DWORD64 *)context->Rsp;
    context->Rsp += 8;
}

/* Whether a jump to `target` leaves the function (a tail call), rather than going to a part of it. */
static BOOLEAN leaves_function(DWORD64 base, const RUNTIME_FUNCTION *function, DWORD64 target)
{
    DWORD64 begin = base + function->BeginAddress, other_base;
    if (target >= begin && target < base + function->EndAddress)
        return target == begin && !(unwind_data(base, function)->flags & FLAG_CHAINED);
    const RUNTIME_FUNCTION *other = RtlLookupFunctionEntry(target, &other_base, NULL);
    if (!other || other_base != base)
        return TRUE;
    const RUNTIME_FUNCTION *primary = primary_entry(base, function);
    other = primary_entry(base, other);
    return other->BeginAddress != primary->BeginAddress || target == base + primary->BeginAddress;
}

/* The rest of an epilogue from `code` on: [add/lea rsp] pop... ret/jmp. With `context` it is carried
 * out, else only recognised. */
static BOOLEAN epilogue(DWORD64 base, const RUNTIME_FUNCTION *function, const struct unwind_info *info,
                        const UCHAR *code, BOOLEAN carry_out, CONTEXT *context,
                        KNONVOLATILE_CONTEXT_POINTERS *pointers)
{
    const UCHAR *end = (const UCHAR *)(base + function->EndAddress);
    LONG displacement;
    if (code + 4 <= end && code[0] == 0x48 && code[1] == 0x83 && code[2] == 0xc4) { /* add rsp, imm8 */
        if (carry_out)
            context->Rsp += (DWORD64)(LONG64)(signed char)code[3];
        code += 4;
    } else if (code + 7 <= end && code[0] == 0x48 && code[1] == 0x81 && code[2] == 0xc4) { /* imm32 */
        memcpy(&displacement, code + 3, 4);
        if (carry_out)
            context->Rsp += (DWORD64)(LONG64)displacement;
        code += 7;
    } else if (code + 4 <= end && (code[0] & 0xfe) == 0x48 && code[1] == 0x8d && (code[2] >> 3 & 7) == 4) {
        /* lea rsp, disp(frame register) */
        unsigned mode = code[2] >> 6, number = (code[2] & 7) | (code[0] & 1) << 3;
        if (!info->frame_register || number != info->frame_register || (number & 7) == 4 || mode == 3)
            return FALSE;
        displacement = 0;
        if (mode == 1) {
            displacement = (signed char)code[3];
            code += 4;
        } else if (mode == 2) {
            memcpy(&displacement, code + 3, 4);
            code += 7;
        } else {
            if ((number & 7) == 5)
                return FALSE;
            code += 3;
        }
        if (carry_out)
            context->Rsp = (&context->Rax)[number] + (DWORD64)(LONG64)displacement;
    }
    for (;;) {
        unsigned high = 0;
        const UCHAR *at = code;
        if (at < end && (*at & 0xf0) == 0x40) {
            high = (*at & 1) << 3;
            at++;
        }
        if (at >= end || (*at & 0xf8) != 0x58)
            break;
        if (carry_out) {
            set_integer(context, pointers, (*at & 7) | high, context->Rsp);
            context->Rsp += 8;
        }
        code = at + 1;
    }
    if (code >= end)
        return FALSE;
    if (code[0] == 0xc3 || (code[0] == 0xf3 && code + 1 < end && code[1] == 0xc3)) {
        if (carry_out)
            pop_return_address(context);
        return TRUE;
    }
    if (code[0] == 0xc2 && code + 3 <= end) {
        if (carry_out) {
            USHORT more;
            memcpy(&more, code + 1, 2);
            pop_return_address(context);
            context->Rsp += more;
        }
        return TRUE;
    }
    BOOLEAN tail_call = FALSE;
    if (code[0] == 0xeb && code + 2 <= end) {
        tail_call = leaves_function(base, function,
                                    (DWORD64)code + 2 + (DWORD64)(LONG64)(signed char)code[1]);
    } else if (code[0] == 0xe9 && code + 5 <= end) {
        memcpy(&displacement, code + 1, 4);
        tail_call = leaves_function(base, function, (DWORD64)code + 5 + (DWORD64)(LONG64)displacement);
    } else if (code[0] == 0xff && code + 2 <= end) {
        tail_call = code[1] == 0x25; /* jmp [rip + x] */
    } else if ((code[0] & 0xf8) == 0x48 && code + 3 <= end && code[1] == 0xff) {
        tail_call = (code[2] & 0x38) == 0x20; /* rex.w jmp */
    }
    if (tail_call && carry_out)
        pop_return_address(context);
    return tail_call;
}

/* Version 2 data says where the epilogues are. */
static BOOLEAN in_listed_epilogue(const struct unwind_info *info, DWORD64 base,
                                  const RUNTIME_FUNCTION *function, DWORD64 pc)
{
    if (!info->code_count || info->codes[0].operation != EPILOG)
        return FALSE;
    unsigned size = info->codes[0].offset;
    DWORD64 end = base + function->EndAddress;
    if ((info->codes[0].info & 1) && pc >= end - size && pc < end)
        return TRUE;
    for (unsigned i = 1; i < info->code_count && info->codes[i].operation == EPILOG; i++) {
        unsigned from_end = info->codes[i].offset | (unsigned)info->codes[i].info << 8;
        if (from_end && pc >= end - from_end && pc < end - from_end + size)
            return TRUE;
    }
    return FALSE;
}

static BOOLEAN in_epilogue(const struct unwind_info *info, DWORD64 base, const RUNTIME_FUNCTION *function,
                           DWORD64 pc, CONTEXT *context)
{
    if (info->version >= 2 && !in_listed_epilogue(info, base, function, pc))
        return FALSE;
    return epilogue(base, function, info, (const UCHAR *)pc, FALSE, context, NULL);
}

/* The frame's fixed base: what SAVE codes count from. `reached` is the prologue offset of pc. */
static DWORD64 frame_base(const struct unwind_info *info, unsigned reached, const CONTEXT *context)
{
    if (!info->frame_register)
        return context->Rsp;
    if (reached < info->prologue_size) {
        unsigned i = 0;
        while (i < info->code_count &&
               (info->codes[i].operation != SET_FPREG || info->codes[i].offset > reached))
            i += code_slots(info, i);
        if (i >= info->code_count)
            return context->Rsp;
    }
    return (&context->Rax)[info->frame_register] - info->frame_offset * 16;
}

PEXCEPTION_ROUTINE NTAPI RtlVirtualUnwind(DWORD type, DWORD64 base, DWORD64 pc, RUNTIME_FUNCTION *function,
                                          CONTEXT *context, PVOID *handler_data, DWORD64 *establisher,
                                          KNONVOLATILE_CONTEXT_POINTERS *pointers)
{
    if (!function) {
        *establisher = context->Rsp;
        pop_return_address(context);
        return NULL;
    }
    const struct unwind_info *info = unwind_data(base, function);
    DWORD64 offset = pc - base - function->BeginAddress;
    unsigned reached = offset < info->prologue_size ? (unsigned)offset : ~0u;
    BOOLEAN in_prologue = reached != ~0u && !(info->flags & FLAG_CHAINED);
    BOOLEAN machine_frame = FALSE;
    DWORD64 frame = frame_base(info, reached, context);

    *establisher = frame;
    if (reached == ~0u && in_epilogue(info, base, function, pc, context)) {
        epilogue(base, function, info, (const UCHAR *)pc, TRUE, context, pointers);
        return NULL;
    }
    for (;;) {
        for (unsigned i = 0; i < info->code_count; i += code_slots(info, i)) {
            const struct unwind_code *code = &info->codes[i];
            if (code->offset > reached && code->operation != EPILOG)
                continue;
            if (code->operation == PUSH_NONVOL) { /* most of them: a branch that predicts well */
                set_integer(context, pointers, code->info, context->Rsp);
                context->Rsp += 8;
                continue;
            }
            switch (code->operation) {
            case ALLOC_LARGE:
                context->Rsp += code->info ? far_operand(code + 1) : near_operand(code + 1) * 8u;
                break;
            case ALLOC_SMALL: context->Rsp += code->info * 8u + 8; break;
            case SET_FPREG: context->Rsp = frame; break;
            case SAVE_NONVOL:
                set_integer(context, pointers, code->info, frame + near_operand(code + 1) * 8u);
                break;
            case SAVE_NONVOL_FAR:
                set_integer(context, pointers, code->info, frame + far_operand(code + 1));
                break;
            case SAVE_XMM128:
                set_xmm(context, pointers, code->info, frame + near_operand(code + 1) * 16u);
                break;
            case SAVE_XMM128_FAR:
                set_xmm(context, pointers, code->info, frame + far_operand(code + 1));
                break;
            case PUSH_MACHFRAME:
                if (code->info)
                    context->Rsp += 8;
                context->Rip = ((DWORD64 *)context->Rsp)[0];
                context->Rsp = ((DWORD64 *)context->Rsp)[3];
                machine_frame = TRUE;
                break;
            }
        }
        if (!(info->flags & FLAG_CHAINED))
            break;
        info = unwind_data(base, chained_entry(info));
        reached = ~0u;
    }
    if (!machine_frame)
        pop_return_address(context);
    if (in_prologue || !(info->flags & type))
        return NULL;
    const ULONG *handler = (const ULONG *)&info->codes[(info->code_count + 1) & ~1u];
    *handler_data = (PVOID)(handler + 1);
    return (PEXCEPTION_ROUTINE)(base + *handler);
}

static BOOLEAN is_in_stack(DWORD64 frame)
{
    const NT_TIB *tib = (const NT_TIB *)NtCurrentTeb();
    return !(frame & 7) && frame >= (DWORD64)tib->StackLimit && frame < (DWORD64)tib->StackBase;
}

static void raise_within(NTSTATUS status, EXCEPTION_RECORD *cause)
{
    EXCEPTION_RECORD record = {
        .ExceptionCode = (DWORD)status, .ExceptionFlags = EXCEPTION_NONCONTINUABLE, .ExceptionRecord = cause};
    RtlRaiseException(&record);
}

/* RtlUnwindEx with its caller's registers in *context. Does not return. */
void exception_unwind(PVOID target_frame, PVOID target_ip, EXCEPTION_RECORD *record, PVOID value,
                      CONTEXT *context, UNWIND_HISTORY_TABLE *history)
{
    const DWORD64 target = (DWORD64)target_frame;
    EXCEPTION_RECORD own_record;
    DISPATCHER_CONTEXT dispatch;
    CONTEXT next;
    DWORD64 base, frame = 0;
    PVOID handler_data = NULL;

    if (!record) {
        memset(&own_record, 0, sizeof own_record);
        own_record.ExceptionCode = (DWORD)STATUS_UNWIND;
        own_record.ExceptionAddress = (PVOID)context->Rip;
        record = &own_record;
    }
    record->ExceptionFlags |= EXCEPTION_UNWINDING | (target ? 0 : EXCEPTION_EXIT_UNWIND);
    next.ContextFlags = context->ContextFlags;
    while (is_in_stack(context->Rsp)) {
        RUNTIME_FUNCTION *function = RtlLookupFunctionEntry(context->Rip, &base, history);
        if (!function) {
            frame = context->Rsp;
            if (frame == target)
                break;
            pop_return_address(context);
            continue;
        }
        copy_context(&next, context);
        PEXCEPTION_ROUTINE routine = RtlVirtualUnwind(UNW_FLAG_UHANDLER, base, context->Rip, function, &next,
                                                      &handler_data, &frame, NULL);
        if (!is_in_stack(frame))
            raise_within(STATUS_BAD_STACK, record);
        if (target && frame > target)
            raise_within(STATUS_INVALID_UNWIND_TARGET, record);
        if (routine) {
            dispatch.ControlPc = context->Rip;
            dispatch.ImageBase = base;
            dispatch.FunctionEntry = function;
            dispatch.EstablisherFrame = frame;
            dispatch.TargetIp = (DWORD64)target_ip;
            dispatch.ContextRecord = context;
            dispatch.LanguageHandler = routine;
            dispatch.HandlerData = handler_data;
            dispatch.HistoryTable = history;
            dispatch.ScopeIndex = 0;
            for (;;) {
                if (frame == target)
                    record->ExceptionFlags |= EXCEPTION_TARGET_UNWIND;
                context->Rax = (DWORD64)value;
                EXCEPTION_DISPOSITION disposition = exception_call_unwind_handler(record, (void *)frame,
                                                                                  context, &dispatch);
                record->ExceptionFlags &= ~(DWORD)(EXCEPTION_COLLIDED_UNWIND | EXCEPTION_TARGET_UNWIND);
                if (disposition == ExceptionContinueSearch)
                    break;
                if (disposition != ExceptionCollidedUnwind)
                    raise_within(STATUS_INVALID_DISPOSITION, record);
                /* An unwind within a termination handler ran into an older one: take that one's
                 * place, behind the handler it was in. */
                if (dispatch.ContextRecord != context)
                    copy_context(context, dispatch.ContextRecord);
                dispatch.ContextRecord = context;
                dispatch.TargetIp = (DWORD64)target_ip;
                frame = dispatch.EstablisherFrame;
                base = dispatch.ImageBase;
                copy_context(&next, context);
                RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, dispatch.ControlPc, dispatch.FunctionEntry, &next,
                                 &handler_data, &frame, NULL);
                frame = dispatch.EstablisherFrame;
                record->ExceptionFlags |= EXCEPTION_COLLIDED_UNWIND;
            }
        }
        if (frame == target)
            break;
        copy_context(context, &next);
    }
    if (frame != target) /* the stack ended first */
        exception_fatal(record, context, target ? "the unwind target is not on the stack" : NULL);
    context->Rax = (DWORD64)value;
    if (record->ExceptionCode != (DWORD)STATUS_UNWIND_CONSOLIDATE)
        context->Rip = (DWORD64)target_ip;
    if (record->ExceptionCode == (DWORD)STATUS_UNWIND_CONSOLIDATE ||
        record->ExceptionCode == (DWORD)STATUS_LONGJUMP)
        RtlRestoreContext(context, record);
    exception_resume(context);
}

VOID NTAPI RtlUnwind(PVOID target_frame, PVOID target_ip, EXCEPTION_RECORD *record, PVOID value)
{
    CONTEXT context;
    RtlUnwindEx(target_frame, target_ip, record, value, &context, NULL);
}

void _local_unwind(void *frame, void *target)
{
    RtlUnwind(frame, target, NULL, NULL);
}
