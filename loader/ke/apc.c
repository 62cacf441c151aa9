/*
 * User APCs: queues per thread, and the calls that fill and test them. Delivery is in ke/exit.c.
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "ps/remote.h"
#include "ps/thread.h"
#include <nt/syscalls.h>
#include <stdlib.h>

bool ke_queue_apc_locked(struct ps_thread *target, struct ke_apc *apc, bool special, struct ke_wake *wake)
{
    struct ke_thread *thread = target->ke; /* NULL: not started yet */
    struct ke_wait_state *state = &target->wait;
    if (state->ended || target->process != ps_current_process)
        return false;
    apc->next = NULL;
    if (special) {
        *state->special_apcs_end = apc;
        state->special_apcs_end = &apc->next;
        if (thread)
            __atomic_or_fetch(&thread->pending, KE_PENDING_APC, __ATOMIC_RELEASE);
    } else {
        *state->apcs_end = apc;
        state->apcs_end = &apc->next;
        if (state->queued && !state->woken && state->alertable) {
            state->deliver_apcs = true;
            __atomic_or_fetch(&thread->pending, KE_PENDING_APC, __ATOMIC_RELEASE);
            ke_wait_finish_locked(state, STATUS_USER_APC, wake);
        }
    }
    return true;
}

bool ke_unqueue_apc_locked(struct ps_thread *target, struct ke_apc *apc)
{
    for (struct ke_apc **place = &target->wait.apcs; *place; place = &(*place)->next) {
        if (*place == apc) {
            *place = apc->next;
            if (!*place)
                target->wait.apcs_end = place;
            return true;
        }
    }
    return false;
}

NTSTATUS ke_queue_thread_apc(struct ps_thread *target, void *routine, void *a1, void *a2, void *a3,
                             bool special)
{
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    struct ke_apc *apc = calloc(1, sizeof *apc);
    if (!apc)
        return STATUS_NO_MEMORY;
    apc->routine = routine;
    apc->a1 = a1;
    apc->a2 = a2;
    apc->a3 = a3;
    ke_lock();
    bool queued = ke_queue_apc_locked(target, apc, special, &wake);
    if (queued && special && target->ke && target->ke != ke_self)
        ke_interrupt_locked(target->ke);
    ke_unlock_and_wake(&wake);
    if (!queued)
        free(apc);
    return queued ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

NTSTATUS ke_queue_apc(struct ke_thread *thread, void *routine, void *a1, void *a2, void *a3, bool special)
{
    ke_lock();
    struct ps_thread *target = thread->thread;
    if (target)
        ob_reference(target);
    ke_unlock();
    if (!target)
        return STATUS_UNSUCCESSFUL;
    NTSTATUS status = ke_queue_thread_apc(target, routine, a1, a2, a3, special);
    ob_dereference(target);
    return status;
}

bool ke_test_alert(void)
{
    struct ke_wait_state *state = ke_self->wait;
    ke_lock();
    bool any = state->apcs || state->special_apcs;
    if (any) {
        state->deliver_apcs = true;
        __atomic_or_fetch(&ke_self->pending, KE_PENDING_APC, __ATOMIC_RELAXED);
    }
    ke_unlock();
    return any;
}

NTSTATUS NtTestAlert(void)
{
    struct ke_wait_state *state = ke_self->wait;
    ke_lock();
    bool alerted = state->alerted;
    state->alerted = false;
    ke_unlock();
    if (alerted)
        return STATUS_ALERTED;
    ke_test_alert();
    return STATUS_SUCCESS;
}

static NTSTATUS queue(HANDLE handle, bool special, void *routine, void *a1, void *a2, void *a3)
{
    void *object;
    NTSTATUS status = ob_handle_lookup(handle, &ps_thread_type, THREAD_SET_CONTEXT, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ps_thread *thread = object;
    if (thread->process == ps_current_process) {
        status = ke_queue_thread_apc(thread, routine, a1, a2, a3, special);
    } else {
        struct ps_remote message = {
            .operation = PS_REMOTE_QUEUE_APC,
            .value = {thread->id, special, (uint64_t)routine, (uint64_t)a1, (uint64_t)a2, (uint64_t)a3}};
        status = ps_remote_call(thread->process, &message, NULL, 0, NULL, NULL);
    }
    ob_dereference(object);
    return status;
}

NTSTATUS NtQueueApcThread(HANDLE ThreadHandle, PVOID ApcRoutine, PVOID ApcArgument1, PVOID ApcArgument2,
                          PVOID ApcArgument3)
{
    return queue(ThreadHandle, false, ApcRoutine, ApcArgument1, ApcArgument2, ApcArgument3);
}

/* A reserve handle of 1 asks for a special user APC, as on Windows. */
NTSTATUS NtQueueApcThreadEx(HANDLE ThreadHandle, HANDLE ReserveHandle, PVOID ApcRoutine, PVOID ApcArgument1,
                            PVOID ApcArgument2, PVOID ApcArgument3)
{
    if (ReserveHandle && ReserveHandle != (HANDLE)1)
        return STATUS_INVALID_HANDLE;
    return queue(ThreadHandle, ReserveHandle == (HANDLE)1, ApcRoutine, ApcArgument1, ApcArgument2,
                 ApcArgument3);
}

/* QUEUE_USER_APC_FLAGS_SPECIAL_USER_APC is 1; the callback-data flag changes what the routine gets, and is
 * not served. */
NTSTATUS NtQueueApcThreadEx2(HANDLE ThreadHandle, HANDLE ReserveHandle, ULONG Flags, PVOID ApcRoutine,
                             PVOID ApcArgument1, PVOID ApcArgument2, PVOID ApcArgument3)
{
    if (Flags & ~1u)
        return STATUS_INVALID_PARAMETER;
    if (ReserveHandle)
        return STATUS_INVALID_HANDLE;
    return queue(ThreadHandle, Flags & 1, ApcRoutine, ApcArgument1, ApcArgument2, ApcArgument3);
}

void ke_wait_state_end(struct ke_wait_state *state)
{
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    ke_lock();
    state->ended = true;
    struct ke_apc *lists[2] = {state->apcs, state->special_apcs};
    state->apcs = state->special_apcs = NULL;
    ke_unlock_and_wake(&wake);
    ke_mutants_abandon(state);
    for (int i = 0; i < 2; i++) {
        for (struct ke_apc *apc = lists[i], *next; apc; apc = next) {
            next = apc->next;
            if (apc->done)
                apc->done(apc);
            else
                free(apc);
        }
    }
}
