/*
 * What happens at the door on the way back to the guest: ending, stopping, APCs, replaced contexts.
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ps/ntdll.h"
#include "ps/ps.h"
#include <stdlib.h>
#include <string.h>

/* A full context from the frame of a system call that returns rax. */
static void frame_to_context(CONTEXT *context, const struct ke_frame *frame, uint64_t rax)
{
    __asm__ volatile("fxsave64 %0" : "=m"(context->FltSave));
    context->ContextFlags = CONTEXT_ALL & ~(CONTEXT_DEBUG_REGISTERS & ~CONTEXT_AMD64);
    context->MxCsr = context->FltSave.MxCsr;
    context->SegCs = 0x33;
    context->SegDs = context->SegEs = context->SegGs = context->SegSs = 0x2b;
    context->SegFs = 0x53;
    context->EFlags = 0x202;
    context->Rax = rax;
    context->Rcx = frame->rip;
    context->Rdx = 0;
    context->R8 = context->R9 = context->R10 = 0;
    context->R11 = 0x202;
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
    memset(context->FltSave.XmmRegisters, 0, sizeof context->FltSave.XmmRegisters);
    memcpy(&context->FltSave.XmmRegisters[6], frame->xmm, sizeof frame->xmm);
}

static void park(uint64_t rax)
{
    struct ke_thread *self = ke_self;
    struct ps_thread *thread = self->thread;
    if (!self->full_context)
        frame_to_context(&self->context, &self->frame, rax);
    ke_lock();
    while (thread->suspend_count && !(__atomic_load_n(&self->pending, __ATOMIC_ACQUIRE) & KE_PENDING_TERMINATE)) {
        uint32_t stop = thread->stop_word;
        __atomic_store_n(&thread->park_word, 1, __ATOMIC_RELEASE);
        ke_unlock();
        ke_futex_wake(&thread->park_word, 64);
        ke_futex_wait(&thread->stop_word, stop, NULL);
        ke_lock();
    }
    __atomic_store_n(&thread->park_word, 0, __ATOMIC_RELEASE);
    if (!thread->suspend_count)
        __atomic_and_fetch(&self->pending, ~(uint32_t)KE_PENDING_SUSPEND, __ATOMIC_ACQ_REL);
    ke_unlock();
}

void ke_park(void)
{
    park(0);
}

/* Lays the next APC on the guest stack; false if there is none to run. */
static bool deliver_apc(uint64_t rax)
{
    struct ke_thread *self = ke_self;
    struct ke_wait_state *state = self->wait;
    ke_lock();
    __atomic_and_fetch(&self->pending, ~(uint32_t)KE_PENDING_APC, __ATOMIC_ACQ_REL);
    struct ke_apc *apc = NULL;
    if (state->special_apcs) {
        apc = state->special_apcs;
        state->special_apcs = apc->next;
        if (!state->special_apcs)
            state->special_apcs_end = &state->special_apcs;
        if (state->special_apcs)
            __atomic_or_fetch(&self->pending, KE_PENDING_APC, __ATOMIC_RELAXED);
    } else if (state->deliver_apcs && state->apcs) {
        apc = state->apcs;
        state->apcs = apc->next;
        if (!state->apcs)
            state->apcs_end = &state->apcs;
        state->deliver_apcs = false;
    }
    ke_unlock();
    if (!apc)
        return false;

    CONTEXT *context = &self->context;
    if (!self->full_context)
        frame_to_context(context, &self->frame, rax);
    context->P1Home = (DWORD64)apc->a1;
    context->P2Home = (DWORD64)apc->a2;
    context->P3Home = (DWORD64)apc->a3;
    context->P4Home = (DWORD64)apc->routine;
    uint64_t rsp = (context->Rsp - 0x80 - sizeof *context) & ~63ull;
    if (apc->done)
        apc->done(apc);
    else
        free(apc);
    if (!NT_SUCCESS(guest_copy((void *)rsp, context, sizeof *context)))
        ps_exit_process(STATUS_STACK_OVERFLOW);
    context->Rip = (DWORD64)ps_ntdll.KiUserApcDispatcher;
    context->Rsp = rsp;
    context->EFlags = 0x202;
    self->full_context = 1;
    return true;
}

uint64_t ke_exit_pending(uint64_t rax)
{
    struct ke_thread *self = ke_self;
    uint32_t pending = __atomic_load_n(&self->pending, __ATOMIC_ACQUIRE);
    if (pending & KE_PENDING_TERMINATE)
        ps_exit_thread(self->thread->terminate_status);
    if (pending & KE_PENDING_SUSPEND)
        park(rax);
    else if (pending & KE_PENDING_CONTEXT) {
        __atomic_and_fetch(&self->pending, ~(uint32_t)KE_PENDING_CONTEXT, __ATOMIC_ACQ_REL);
        self->full_context = 1;
    } else if (pending & KE_PENDING_APC) {
        deliver_apc(rax);
    }
    return rax;
}
