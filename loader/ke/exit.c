/*
 * What happens at the door on the way back to the guest: ending, stopping, APCs, replaced contexts.
 */
#include "dbgk/dbgk.h"
#include "ke/breakpoint.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include "ps/thread.h"
#include "session/session.h"
#include <stdlib.h>

void ke_park(void)
{
    struct ke_thread *self = ke_self;
    struct ps_thread *thread = self->thread;
    struct ke_deadline end;
    bool paused = false;
    session_answer();
    ke_lock();
    while (((paused = ps_is_paused_locked(&end)) || thread->suspend_count || thread->frozen) &&
           !(__atomic_load_n(&self->pending, __ATOMIC_ACQUIRE) & KE_PENDING_TERMINATE)) {
        uint32_t stop = thread->stop_word;
        __atomic_store_n(&thread->park_word, 1, __ATOMIC_RELEASE);
        ke_unlock();
        ke_futex_wake(&thread->park_word, 64);
        ke_futex_wait(&thread->stop_word, stop, paused ? &end : NULL);
        session_answer();
        ke_lock();
    }
    __atomic_store_n(&thread->park_word, 0, __ATOMIC_RELEASE);
    if (!paused && !thread->suspend_count && !thread->frozen)
        __atomic_and_fetch(&self->pending, ~(uint32_t)KE_PENDING_SUSPEND, __ATOMIC_ACQ_REL);
    ke_unlock();
}

/* Lays the next APC on the guest stack, if there is one that may run. */
static void deliver_apc(uint64_t rax)
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
        return;

    void *routine = apc->routine, *a1 = apc->a1, *a2 = apc->a2, *a3 = apc->a3;
    if (apc->done)
        apc->done(apc);
    else
        free(apc);
    if (!NT_SUCCESS(ke_deliver_apc(routine, a1, a2, a3, rax)))
        ps_exit_process(STATUS_STACK_OVERFLOW);
}

/* The debugger sees a breakpoint with RIP behind it, where the thread goes on if that was all; handlers see
 * it at the breakpoint. */
static void raise_exception(struct ke_thread *self)
{
    EXCEPTION_RECORD record = self->thread->exception;
    uint64_t address = (uint64_t)record.ExceptionAddress;
    bool breakpoint = record.ExceptionCode == (DWORD)STATUS_BREAKPOINT && self->context.Rip == address;
    bool fatal = record.ExceptionFlags & EXCEPTION_GASTWIRT_FATAL; /* no handler is asked */
    self->context.Rip += breakpoint;
    if (dbgk_exception(&record, !fatal))
        return;
    if (fatal && dbgk_is_debugged())
        ps_exit_process((NTSTATUS)record.ExceptionCode);
    if (breakpoint && self->context.Rip == address + 1)
        self->context.Rip = address;
    CONTEXT context = self->context;
    ke_raise_exception(&record, &context, self->xstate_mask);
}

uint64_t ke_exit_pending(uint64_t rax)
{
    struct ke_thread *self = ke_self;
    uint32_t pending = __atomic_load_n(&self->pending, __ATOMIC_ACQUIRE);
    if (pending & KE_PENDING_TERMINATE)
        ps_exit_thread(self->thread->terminate_status);
    if (pending & KE_PENDING_SUSPEND) {
        ke_make_full_context(self, rax); /* others may read and change it */
        ke_park();
    } else if (pending & KE_PENDING_EXCEPTION) {
        __atomic_and_fetch(&self->pending, ~(uint32_t)KE_PENDING_EXCEPTION, __ATOMIC_ACQ_REL);
        raise_exception(self);
    } else if (pending & KE_PENDING_CONTEXT) {
        __atomic_and_fetch(&self->pending, ~(uint32_t)KE_PENDING_CONTEXT, __ATOMIC_ACQ_REL);
        ke_breakpoints_apply(self);
        if (self->single_step) {
            self->single_step = 0;
            ke_make_full_context(self, rax);
            self->context.EFlags |= 0x100; /* TF */
        }
    } else if (pending & KE_PENDING_APC) {
        deliver_apc(rax);
    }
    return rax;
}
