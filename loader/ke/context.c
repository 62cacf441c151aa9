/*
 * Thread contexts: between Unix signals, the door's frame and CONTEXT; raising an exception in the
 * guest, delivering an APC, going on with a context.
 */
#include "dbgk/dbgk.h"
#include "ke/breakpoint.h"
#include "ke/signal.h"
#include "mm/guest.h"
#include "ps/ntdll.h"
#include "wow/wow.h"
#include <gastwirt/door.h>
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENT_CODE (wow_active ? WOW_CODE_SELECTOR : 0x33)
#define SEGMENT_DATA 0x2b
#define SEGMENT_FS   0x53
#define EFLAGS_USER  0x254dd5u /* what a program may change: status flags, TF, DF, NT, AC, ID, RF */
#define EFLAGS_IF    0x200u
#define XSAVE_HEADER 512
#define XSAVE_MAGIC  0x46505853u /* in the FXSAVE image's software bytes: more follows */
#define RED_ZONE     128         /* host functions that guest code calls directly use it */

void ke_context_from_signal(const ucontext_t *signal, CONTEXT *ret_context)
{
    const greg_t *from = signal->uc_mcontext.gregs;
    CONTEXT *context = ret_context;
    memset(context, 0, offsetof(CONTEXT, FltSave));
    context->ContextFlags = CONTEXT_ALL;
    context->SegCs = (WORD)from[REG_CSGSFS];
    context->SegDs = context->SegEs = context->SegGs = context->SegSs = SEGMENT_DATA;
    context->SegFs = SEGMENT_FS;
    context->EFlags = (DWORD)from[REG_EFL];
    context->Rax = (DWORD64)from[REG_RAX];
    context->Rcx = (DWORD64)from[REG_RCX];
    context->Rdx = (DWORD64)from[REG_RDX];
    context->Rbx = (DWORD64)from[REG_RBX];
    context->Rsp = (DWORD64)from[REG_RSP];
    context->Rbp = (DWORD64)from[REG_RBP];
    context->Rsi = (DWORD64)from[REG_RSI];
    context->Rdi = (DWORD64)from[REG_RDI];
    context->R8 = (DWORD64)from[REG_R8];
    context->R9 = (DWORD64)from[REG_R9];
    context->R10 = (DWORD64)from[REG_R10];
    context->R11 = (DWORD64)from[REG_R11];
    context->R12 = (DWORD64)from[REG_R12];
    context->R13 = (DWORD64)from[REG_R13];
    context->R14 = (DWORD64)from[REG_R14];
    context->R15 = (DWORD64)from[REG_R15];
    context->Rip = (DWORD64)from[REG_RIP];
    memcpy(&context->FltSave, signal->uc_mcontext.fpregs, sizeof context->FltSave);
    memset(context->FltSave.Reserved4, 0, sizeof context->FltSave.Reserved4);
    context->MxCsr = context->FltSave.MxCsr;
    memset(context->VectorRegister, 0, sizeof *context - offsetof(CONTEXT, VectorRegister));
}

uint64_t ke_xsave_from_signal(const ucontext_t *signal, uint8_t *xsave)
{
    const uint8_t *image = (const uint8_t *)signal->uc_mcontext.fpregs;
    uint32_t magic;
    uint64_t in_use;
    memcpy(&magic, image + 464, sizeof magic);
    if (magic != XSAVE_MAGIC)
        return 0;
    memcpy(&in_use, image + XSAVE_HEADER, sizeof in_use);
    in_use &= ke_xsave_mask();
    for (unsigned i = 2; i < 8; i++) {
        const struct ke_xsave_component *component = &ke_xsave_components[i];
        if (in_use >> i & 1)
            memcpy(xsave + component->offset, image + component->offset, component->size);
    }
    return in_use;
}

size_t ke_pack_xstate(uint8_t *area, const uint8_t *xsave, uint64_t in_use)
{
    uint64_t header[2] = {in_use, ke_xsave_compact ? 1ull << 63 | ke_xsave_mask() : 0};
    size_t size = XSTATE_HEADER_SIZE;
    memset(area, 0, XSTATE_HEADER_SIZE);
    memcpy(area, header, sizeof header);
    for (unsigned i = 2; i < 8; i++) {
        const struct ke_xsave_component *component = &ke_xsave_components[i];
        if (!(ke_xsave_mask() >> i & 1))
            continue;
        if (in_use >> i & 1)
            memcpy(area + size, xsave + component->offset, component->size);
        size += component->size;
    }
    return size;
}

NTSTATUS ke_unpack_xstate(const uint8_t *guest_area, size_t length, uint8_t *xsave, uint64_t *ret_in_use)
{
    uint64_t header[2];
    if (length < XSTATE_HEADER_SIZE)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = guest_copy(header, guest_area, sizeof header);
    uint64_t in_use = header[0] & ke_xsave_mask();
    uint64_t laid_out = header[1] & 1ull << 63 ? header[1] & ke_xsave_mask() : ke_xsave_mask();
    size_t at = XSTATE_HEADER_SIZE;
    for (unsigned i = 2; i < 8 && NT_SUCCESS(status); i++) {
        const struct ke_xsave_component *component = &ke_xsave_components[i];
        if (!(laid_out >> i & 1))
            continue;
        if (at + component->size > length) {
            in_use &= (1ull << i) - 1;
            break;
        }
        if (in_use >> i & 1)
            status = guest_copy(xsave + component->offset, guest_area + at, component->size);
        at += component->size;
    }
    if (NT_SUCCESS(status))
        *ret_in_use = in_use & laid_out;
    return status;
}

/* The frame as a full context; RAX is the call's result. */
static void context_from_frame(const struct ke_frame *frame, uint64_t rax, CONTEXT *context)
{
    memset(context, 0, sizeof *context);
    context->ContextFlags = CONTEXT_ALL;
    context->SegCs = SEGMENT_CODE;
    context->SegDs = context->SegEs = context->SegGs = context->SegSs = SEGMENT_DATA;
    context->SegFs = SEGMENT_FS;
    context->EFlags = EFLAGS_IF;
    context->Rax = rax;
    context->Rip = frame->rip;
    context->Rsp = frame->rsp;
    context->Rbx = frame->rbx;
    context->Rbp = frame->rbp;
    context->Rsi = frame->rsi;
    context->Rdi = frame->rdi;
    context->R12 = frame->r12;
    context->R13 = frame->r13;
    context->R14 = frame->r14;
    context->R15 = frame->r15;
    memcpy(&context->FltSave.XmmRegisters[6], frame->xmm, sizeof frame->xmm);
    context->MxCsr = context->FltSave.MxCsr = 0x1f80;
    context->FltSave.MxCsr_Mask = 0xffff;
    context->FltSave.ControlWord = 0x27f;
}

void ke_make_full_context(struct ke_thread *thread, uint64_t rax)
{
    if (thread->full_context)
        return;
    context_from_frame(&thread->frame, rax, &thread->context);
    if (thread == ke_self) { /* the control words are per thread and host code leaves them alone */
        __asm__("stmxcsr %0" : "=m"(thread->context.MxCsr));
        __asm__("fnstcw %0" : "=m"(thread->context.FltSave.ControlWord));
        thread->context.FltSave.MxCsr = thread->context.MxCsr;
    }
    thread->xstate_mask = 0;
    thread->full_context = 1;
}

/* Copies the parts that flags name. */
static void copy_parts(CONTEXT *to, const CONTEXT *from, DWORD flags)
{
    if ((flags & CONTEXT_CONTROL) == CONTEXT_CONTROL) {
        to->SegCs = SEGMENT_CODE;
        to->SegSs = SEGMENT_DATA;
        to->Rip = from->Rip;
        to->Rsp = from->Rsp;
        to->EFlags = (from->EFlags & EFLAGS_USER) | EFLAGS_IF;
    }
    if ((flags & CONTEXT_INTEGER) == CONTEXT_INTEGER) {
        memcpy(&to->Rax, &from->Rax, 4 * sizeof to->Rax);  /* RAX, RCX, RDX, RBX */
        memcpy(&to->Rbp, &from->Rbp, 11 * sizeof to->Rax); /* RBP to R15 */
    }
    if ((flags & CONTEXT_SEGMENTS) == CONTEXT_SEGMENTS) {
        to->SegDs = to->SegEs = to->SegGs = SEGMENT_DATA;
        to->SegFs = SEGMENT_FS;
    }
    if ((flags & CONTEXT_FLOATING_POINT) == CONTEXT_FLOATING_POINT) {
        to->FltSave = from->FltSave;
        memset(to->FltSave.Reserved4, 0, sizeof to->FltSave.Reserved4);
        to->FltSave.MxCsr = from->MxCsr & 0xffff;
        to->MxCsr = to->FltSave.MxCsr;
        to->FltSave.MxCsr_Mask = 0xffff;
    }
    if ((flags & CONTEXT_DEBUG_REGISTERS) == CONTEXT_DEBUG_REGISTERS)
        memcpy(&to->Dr0, &from->Dr0, 6 * sizeof to->Dr0);
}

void ke_get_context(const struct ke_thread *thread, CONTEXT *context)
{
    CONTEXT from;
    DWORD flags = context->ContextFlags;
    if (thread->full_context)
        from = thread->context;
    else
        context_from_frame(&thread->frame, 0, &from);
    if ((flags & CONTEXT_DEBUG_REGISTERS) == CONTEXT_DEBUG_REGISTERS)
        ke_breakpoints_get(thread, &from);
    copy_parts(context, &from, flags);
    context->ContextFlags = flags & ~(CONTEXT_EXCEPTION_REPORTING | CONTEXT_SERVICE_ACTIVE |
                                      CONTEXT_EXCEPTION_ACTIVE);
    if (flags & CONTEXT_EXCEPTION_REQUEST)
        context->ContextFlags |= CONTEXT_EXCEPTION_REPORTING |
                                 (thread->full_context ? 0 : CONTEXT_SERVICE_ACTIVE);
}

void ke_set_context(struct ke_thread *thread, const CONTEXT *context)
{
    ke_make_full_context(thread, 0);
    copy_parts(&thread->context, context, context->ContextFlags);
    if ((context->ContextFlags & CONTEXT_DEBUG_REGISTERS) == CONTEXT_DEBUG_REGISTERS)
        ke_breakpoints_set(thread, context);
}

/* The guest goes on at `rip` with RSP `rsp`, through the frame. */
static void enter_at(struct ke_thread *thread, const void *rip, uint64_t rsp)
{
    thread->frame.rip = (uint64_t)rip;
    thread->frame.rsp = rsp;
    thread->full_context = 0;
}

void ke_raise_frame(struct exception_frame *frame, uint64_t xstate_mask)
{
    struct ke_thread *thread = ke_self;
    CONTEXT *context = &frame->context;
    uint64_t rsp = (context->Rsp - RED_ZONE - sizeof *frame) & ~63ull;
    size_t size = offsetof(struct exception_frame, xstate);

    ke_breakpoints_get(thread, context);
    if (wow_active) {
        wow_raise_frame(&frame->record, context, xstate_mask);
        return;
    }
    context->ContextFlags = CONTEXT_ALL | CONTEXT_EXCEPTION_REPORTING | CONTEXT_EXCEPTION_ACTIVE;
    frame->context_ex.All.Offset = frame->context_ex.Legacy.Offset = -(LONG)sizeof(CONTEXT);
    frame->context_ex.Legacy.Length = sizeof(CONTEXT);
    if (ke_xsave_mask()) {
        size_t xstate_size = ke_pack_xstate(frame->xstate, thread->xsave, xstate_mask);
        context->ContextFlags |= CONTEXT_XSTATE;
        frame->context_ex.XState.Offset = offsetof(struct exception_frame, xstate) - sizeof(CONTEXT);
        frame->context_ex.XState.Length = (DWORD)xstate_size;
        /* Only the header need be copied if there is nothing behind it. */
        size += xstate_mask ? xstate_size : XSTATE_HEADER_SIZE;
        frame->context_ex.All.Length = (DWORD)(offsetof(struct exception_frame, xstate) + xstate_size);
    } else {
        frame->context_ex.XState.Offset = sizeof(CONTEXT_EX) + 8;
        frame->context_ex.XState.Length = 0;
        frame->context_ex.All.Length = (DWORD)size;
    }
    frame->machine_frame.rip = context->Rip;
    frame->machine_frame.cs = context->SegCs;
    frame->machine_frame.eflags = context->EFlags;
    frame->machine_frame.rsp = context->Rsp;
    frame->machine_frame.ss = context->SegSs;
    frame->reserved = frame->reserved2 = frame->reserved3 = 0;

    /* From here on a fault concerns the exception's stack, not the interrupted code. */
    thread->frame.rsp = context->Rsp;
    if (!NT_SUCCESS(guest_copy((void *)rsp, frame, size)))
        ke_crash(&frame->record, context, "the stack cannot take the exception");
    if (!ps_ntdll.KiUserExceptionDispatcher)
        ke_crash(&frame->record, context, "ntdll has no KiUserExceptionDispatcher");
    enter_at(thread, ps_ntdll.KiUserExceptionDispatcher, rsp);
}

void ke_raise_exception(const EXCEPTION_RECORD *record, const CONTEXT *context, uint64_t xstate_mask)
{
    struct exception_frame frame;
    frame.context = *context;
    frame.record = *record;
    ke_raise_frame(&frame, xstate_mask);
}

NTSTATUS ke_deliver_apc(void *routine, void *a1, void *a2, void *a3, uint64_t rax)
{
    struct ke_thread *thread = ke_self;
    struct apc_frame frame;
    if (wow_active)
        return wow_deliver_apc(routine, a1, a2, a3, rax);
    ke_make_full_context(thread, rax);
    size_t size = offsetof(struct apc_frame, xstate);
    frame.context = thread->context;
    frame.context.ContextFlags = CONTEXT_FULL | CONTEXT_SEGMENTS;
    frame.context.P1Home = (DWORD64)a1;
    frame.context.P2Home = (DWORD64)a2;
    frame.context.P3Home = (DWORD64)a3;
    frame.context.P4Home = (DWORD64)routine;
    memset(&frame.context_ex, 0, sizeof frame.context_ex);
    frame.context_ex.All.Offset = frame.context_ex.Legacy.Offset = -(LONG)sizeof(CONTEXT);
    frame.context_ex.Legacy.Length = sizeof(CONTEXT);
    if (thread->xstate_mask) {
        size_t xstate_size = ke_pack_xstate(frame.xstate, thread->xsave, thread->xstate_mask);
        frame.context.ContextFlags |= CONTEXT_XSTATE;
        frame.context_ex.XState.Offset = offsetof(struct apc_frame, xstate) - sizeof(CONTEXT);
        frame.context_ex.XState.Length = (DWORD)xstate_size;
        size += xstate_size;
    }
    frame.context_ex.All.Length = (DWORD)size;
    frame.machine_frame.rip = frame.context.Rip;
    frame.machine_frame.cs = frame.context.SegCs;
    frame.machine_frame.eflags = frame.context.EFlags;
    frame.machine_frame.rsp = frame.context.Rsp;
    frame.machine_frame.ss = frame.context.SegSs;
    frame.reserved = 0;
    memset(frame.reserved2, 0, sizeof frame.reserved2);
    uint64_t rsp = (frame.context.Rsp - RED_ZONE - sizeof frame) & ~63ull;
    NTSTATUS status = guest_copy((void *)rsp, &frame, size);
    if (NT_SUCCESS(status))
        enter_at(thread, ps_ntdll.KiUserApcDispatcher, rsp);
    return status;
}

void ke_raise_user_exception(NTSTATUS status)
{
    struct ke_thread *thread = ke_self;
    if (wow_active) {
        wow_raise_user_exception(status);
        return;
    }
    guest_write(&thread->teb->ExceptionCode, status);
    if (thread->full_context || !ps_ntdll.KiRaiseUserExceptionDispatcher)
        return;
    /* As if the caller of the stub had called it: below the return address the frame is the same. */
    uint64_t rsp = thread->frame.rsp - 8;
    if (NT_SUCCESS(guest_copy((void *)rsp, &thread->frame.rip, 8)))
        enter_at(thread, ps_ntdll.KiRaiseUserExceptionDispatcher, rsp);
}

NTSTATUS NtContinueEx(void *ContextRecord, void *ContinueArgument)
{
    struct ke_thread *thread = ke_self;
    struct {
        ULONG ContinueType, ContinueFlags;
    } argument;
    BOOLEAN test_alert = FALSE;
    CONTEXT context;
    CONTEXT_EX extension;
    uint64_t xstate_mask = 0;

    NTSTATUS status = guest_copy(&context, ContextRecord, sizeof context);
    if (!NT_SUCCESS(status))
        return status;
    if ((uint64_t)ContinueArgument > 0xff) {
        status = guest_copy(&argument, ContinueArgument, sizeof argument);
        if (!NT_SUCCESS(status))
            return status;
        test_alert = argument.ContinueFlags & 1;
    } else {
        test_alert = ContinueArgument != NULL;
    }
    if ((context.ContextFlags & CONTEXT_XSTATE) == CONTEXT_XSTATE && ke_xsave_mask()) {
        status = guest_copy(&extension, (uint8_t *)ContextRecord + sizeof context, sizeof extension);
        if (NT_SUCCESS(status))
            status = ke_unpack_xstate((uint8_t *)ContextRecord + sizeof context + extension.XState.Offset,
                                      extension.XState.Length, thread->xsave, &xstate_mask);
        if (!NT_SUCCESS(status))
            return status;
    }
    ke_make_full_context(thread, 0);
    copy_parts(&thread->context, &context, context.ContextFlags);
    if ((context.ContextFlags & CONTEXT_DEBUG_REGISTERS) == CONTEXT_DEBUG_REGISTERS)
        ke_breakpoints_set(thread, &context);
    thread->xstate_mask = xstate_mask;
    if (test_alert)
        NtTestAlert();
    return STATUS_SUCCESS;
}

NTSTATUS NtContinue(void *ContextRecord, BOOLEAN TestAlert)
{
    return NtContinueEx(ContextRecord, (void *)(ULONG_PTR)(TestAlert ? 1 : 0));
}

NTSTATUS ke_raise_from_call(EXCEPTION_RECORD *record, const CONTEXT *context, bool first_chance)
{
    struct ke_thread *thread = ke_self;
    bool notify = record->ExceptionFlags & EXCEPTION_GASTWIRT_NOTIFY;
    record->ExceptionFlags &= ~EXCEPTION_GASTWIRT;
    uint8_t before = thread->full_context;
    ke_make_full_context(thread, 0);
    CONTEXT full = thread->context;
    copy_parts(&full, context, context->ContextFlags);
    if (notify) {
        thread->full_context = before;
        return dbgk_exception_in_call(record, &full, true) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
    }
    thread->context = full;
    if (dbgk_is_debugged()) {
        if (dbgk_exception(record, first_chance))
            return STATUS_SUCCESS;
        if (!first_chance && dbgk_is_debugged())
            ps_exit_process((NTSTATUS)record->ExceptionCode);
        full = thread->context;
    }
    if (!first_chance) /* nobody handled it and there is no debugger */
        record->ExceptionFlags |= EXCEPTION_GASTWIRT_FATAL;
    ke_raise_exception(record, &full, 0);
    return STATUS_SUCCESS;
}

NTSTATUS NtRaiseException(void *ExceptionRecord, void *ContextRecord, BOOLEAN FirstChance)
{
    EXCEPTION_RECORD record;
    CONTEXT context;
    NTSTATUS status = guest_copy(&context, ContextRecord, sizeof context);
    if (NT_SUCCESS(status))
        status = guest_copy(&record, ExceptionRecord, sizeof record);
    if (!NT_SUCCESS(status))
        return status;
    if (record.NumberParameters > EXCEPTION_MAXIMUM_PARAMETERS)
        return STATUS_INVALID_PARAMETER;
    return ke_raise_from_call(&record, &context, FirstChance);
}
