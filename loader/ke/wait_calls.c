/*
 * NtWaitForSingleObject and its kin. A wait for private objects that are signalled ends here, without a
 * reference taken; all others go on in ke/wait.c.
 */
#include "ke/lock.h"
#include "ke/satisfy.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include <limits.h>
#include <nt/syscalls.h>
#include <sched.h>

/* Finds what a handle waits on; the lock is held. */
static inline NTSTATUS peek_waitable(HANDLE handle, struct ke_dispatcher_object **ret_waitable,
                                     void **ret_object)
{
    void *object;
    NTSTATUS status = ob_handle_peek(handle, NULL, SYNCHRONIZE, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ke_dispatcher_object *waitable = ke_waitable(object);
    if (!waitable)
        return STATUS_OBJECT_TYPE_MISMATCH;
    *ret_waitable = waitable;
    *ret_object = object;
    return STATUS_SUCCESS;
}

/* A free mutant that others wait for (ke/mutant.c). */
static inline bool is_promised(const struct ke_dispatcher_object *object)
{
    return object->kind == KE_MUTANT && object->signal > 0 && object->waiters;
}

/* Is somebody to be told first that these are waited for? */
static inline bool is_on_demand(const struct ke_wait_state *state, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (state->own_blocks[i].object->on_demand)
            return true;
    return false;
}

NTSTATUS NtWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, LARGE_INTEGER *Timeout)
{
    struct ke_wait_state *state = ke_self->wait;
    LARGE_INTEGER timeout;
    void *object;
    NTSTATUS status;
    bool told = false;
    if (Timeout && !NT_SUCCESS(status = guest_read(&timeout, Timeout)))
        return status;

again:
    ke_lock();
    status = peek_waitable(Handle, &state->own_blocks[0].object, &object);
    if (!NT_SUCCESS(status)) {
        ke_unlock();
        return status;
    }
    state->own_blocks[0].state = state;
    state->count = 1;
    state->all = false;
    state->alertable = Alertable;
    bool shared = ke_has_shared(state), poll = Timeout && timeout.QuadPart == 0;
    if (!shared && !(poll && is_promised(state->own_blocks[0].object)) && ke_satisfy(state, &status)) {
        ke_unlock();
        return status;
    }
    if (!told && is_on_demand(state, 1)) {
        ke_unlock();
        ke_before_wait();
        told = true;
        goto again;
    }
    if (!shared && poll) {
        status = ke_wait_interruption(state);
        ke_unlock();
        return status ? status : STATUS_TIMEOUT;
    }
    ob_reference(object);
    status = ke_wait_blocks(1, false, Alertable, Timeout ? &timeout : NULL, NULL);
    ob_dereference(object);
    return status;
}

NTSTATUS NtWaitForMultipleObjects(ULONG Count, HANDLE *Handles, ULONG WaitType, BOOLEAN Alertable,
                                  LARGE_INTEGER *Timeout)
{
    enum { WAIT_ALL, WAIT_ANY };
    struct ke_wait_state *state = ke_self->wait;
    HANDLE handles[KE_MAXIMUM_WAIT_OBJECTS];
    void *objects[KE_MAXIMUM_WAIT_OBJECTS];
    LARGE_INTEGER timeout;
    NTSTATUS status;
    bool told = false;
    if (Count == 0 || Count > KE_MAXIMUM_WAIT_OBJECTS)
        return STATUS_INVALID_PARAMETER_1;
    if (WaitType > WAIT_ANY)
        return STATUS_INVALID_PARAMETER_3;
    if (!NT_SUCCESS(status = guest_copy(handles, Handles, Count * sizeof *handles)))
        return status;
    if (Timeout && !NT_SUCCESS(status = guest_read(&timeout, Timeout)))
        return status;

again:
    ke_lock();
    for (ULONG i = 0; i < Count; i++) {
        status = peek_waitable(handles[i], &state->own_blocks[i].object, &objects[i]);
        if (!NT_SUCCESS(status)) {
            ke_unlock();
            return status;
        }
        state->own_blocks[i].state = state;
    }
    if (WaitType == WAIT_ALL) {
        for (ULONG i = 1; i < Count; i++) {
            for (ULONG j = 0; j < i; j++) {
                if (state->own_blocks[i].object == state->own_blocks[j].object) {
                    ke_unlock();
                    return STATUS_INVALID_PARAMETER_MIX;
                }
            }
        }
    }
    state->count = Count;
    state->all = WaitType == WAIT_ALL && Count > 1;
    state->alertable = Alertable;
    bool shared = ke_has_shared(state);
    if (!shared && ke_satisfy(state, &status)) {
        ke_unlock();
        return status;
    }
    if (!told && is_on_demand(state, Count)) {
        ke_unlock();
        ke_before_wait();
        told = true;
        goto again;
    }
    if (!shared && Timeout && timeout.QuadPart == 0) {
        status = ke_wait_interruption(state);
        ke_unlock();
        return status ? status : STATUS_TIMEOUT;
    }
    for (ULONG i = 0; i < Count; i++)
        ob_reference(objects[i]);
    status = ke_wait_blocks(Count, state->all, Alertable, Timeout ? &timeout : NULL, NULL);
    for (ULONG i = 0; i < Count; i++)
        ob_dereference(objects[i]);
    return status;
}

NTSTATUS NtSignalAndWaitForSingleObject(HANDLE SignalHandle, HANDLE WaitHandle, BOOLEAN Alertable,
                                        LARGE_INTEGER *Timeout)
{
    struct ke_wait_state *state = ke_self->wait;
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    LARGE_INTEGER timeout;
    void *signal, *object;
    struct ke_mutant *released = NULL;
    NTSTATUS status;
    if (Timeout && !NT_SUCCESS(status = guest_read(&timeout, Timeout)))
        return status;

    ke_lock();
    status = ob_handle_peek(SignalHandle, NULL, 0, &signal);
    if (NT_SUCCESS(status))
        status = peek_waitable(WaitHandle, &state->own_blocks[0].object, &object);
    if (NT_SUCCESS(status)) {
        ACCESS_MASK wanted = 0;
        const struct ob_type *type = ((struct ob_object *)signal)->type;
        if (type == &ke_event_type)
            wanted = 2; /* EVENT_MODIFY_STATE */
        else if (type == &ke_semaphore_type)
            wanted = 2; /* SEMAPHORE_MODIFY_STATE */
        else if (type != &ke_mutant_type)
            status = STATUS_OBJECT_TYPE_MISMATCH;
        if (wanted)
            status = ob_handle_peek(SignalHandle, NULL, wanted, &signal);
        if (NT_SUCCESS(status)) {
            if (type == &ke_event_type)
                ke_signal_locked(signal, 1, &wake);
            else if (type == &ke_semaphore_type)
                status = ke_semaphore_release_locked(signal, 1, NULL, &wake);
            else
                status = ke_mutant_release_locked(signal, NULL, &wake, &released);
        }
    }
    if (!NT_SUCCESS(status)) {
        ke_unlock();
        return status;
    }
    ob_reference(object);
    state->own_blocks[0].state = state;
    *wake.last = NULL;
    status = ke_wait_blocks(1, false, Alertable, Timeout ? &timeout : NULL, &wake);
    if (released)
        ob_dereference(released);
    ob_dereference(object);
    return status;
}

NTSTATUS NtDelayExecution(BOOLEAN Alertable, LARGE_INTEGER *DelayInterval)
{
    LARGE_INTEGER interval;
    NTSTATUS status = guest_read(&interval, DelayInterval);
    if (!NT_SUCCESS(status))
        return status;
    if (interval.QuadPart == 0) {
        if (Alertable && (status = ke_wait(0, NULL, false, true, &interval)) != STATUS_TIMEOUT)
            return status;
        sched_yield();
        return STATUS_SUCCESS;
    }
    /* The lowest value means for ever. */
    status = ke_wait(0, NULL, false, Alertable, interval.QuadPart == LLONG_MIN ? NULL : &interval);
    return status == STATUS_TIMEOUT ? STATUS_SUCCESS : status;
}

NTSTATUS NtYieldExecution(void)
{
    sched_yield();
    return STATUS_SUCCESS;
}
