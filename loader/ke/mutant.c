/*
 * Mutants (mutexes): owned by a thread, recursively; abandoned when it ends.
 */
#include "ke/lock.h"
#include "ke/shared.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ps/ps.h"
#include "wow/near.h"
#include <limits.h>
#include <nt/syscalls.h>
#include <x86intrin.h>

enum { MUTANT_QUERY_STATE = 1 };

static void unlink_owned(struct ke_mutant *mutant)
{
    if (mutant->previous)
        *mutant->previous = mutant->next;
    if (mutant->next)
        mutant->next->previous = mutant->previous;
    mutant->next = NULL;
    mutant->previous = NULL;
    mutant->owner = NULL;
}

/* A shared one that is owned has a reference for that. */
static void destroy(void *object)
{
    struct ke_mutant *mutant = object;
    ke_lock();
    if (mutant->owner)
        unlink_owned(mutant);
    ke_unlock();
}

/* The last handle of a shared one whose owner is here: if no other process has it, it ends, owned or not. */
static void close_handle(void *object, bool last_handle)
{
    struct ke_mutant *mutant = object;
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    struct gw_connection *connection;
    uint32_t handle;
    WCHAR name[1];
    if (!last_handle || !mutant->header.sync || !mutant->owner)
        return;
    struct gw_query_out out = {.name = name};
    if (!NT_SUCCESS(ob_share_handle(mutant, &connection, &handle)))
        return;
    struct gw_query_in in = {.handle = handle};
    NTSTATUS status = gw_query(connection, &in, &out);
    if (status != STATUS_BUFFER_TOO_SMALL && (!NT_SUCCESS(status) || out.references > 1))
        return;
    ke_lock();
    bool owned = mutant->owner != NULL;
    if (owned) {
        unlink_owned(mutant);
        mutant->header.signal = 1;
        ke_shared_release_mutant(mutant, true, &wake);
    }
    ke_unlock_and_wake(&wake);
    if (owned)
        ob_dereference(mutant);
}

static NTSTATUS publish(void *object, struct ob_publication *ret)
{
    struct ke_mutant *mutant = object;
    ret->owned = mutant->owner != NULL;
    ret->abandoned = mutant->abandoned;
    return STATUS_SUCCESS;
}

static NTSTATUS adopt(struct ob_reception *reception, void **ret_object)
{
    (void)reception;
    struct ke_mutant *mutant = ob_create(&ke_mutant_type);
    if (!mutant)
        return STATUS_NO_MEMORY;
    ke_dispatcher_object_initialize(&mutant->header, KE_MUTANT, 0);
    *ret_object = mutant;
    return STATUS_SUCCESS;
}

const struct ob_share_type ke_mutant_share = {GW_TYPE_MUTANT, publish, adopt, NULL, false};

const struct ob_type ke_mutant_type = {
    .name = "Mutant",
    .size = sizeof(struct ke_mutant),
    .generic_read = READ_CONTROL | MUTANT_QUERY_STATE,
    .generic_write = READ_CONTROL,
    .generic_execute = READ_CONTROL | SYNCHRONIZE,
    .all_access = STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 1,
    .waitable = true,
    .near = true,
    .share = &ke_mutant_share,
    .destroy = destroy,
    .close = close_handle,
};

NTSTATUS NtCreateMutant(HANDLE *MutantHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                        BOOLEAN InitialOwner)
{
    struct ke_mutant *mutant = ob_create(&ke_mutant_type);
    if (!mutant)
        return STATUS_NO_MEMORY;
    ke_dispatcher_object_initialize(&mutant->header, KE_MUTANT, InitialOwner ? 0 : 1);
    if (InitialOwner) {
        struct ke_wait_state *state = ke_self->wait;
        ke_lock();
        mutant->owner = state;
        mutant->next = state->mutants;
        mutant->previous = &state->mutants;
        if (state->mutants)
            state->mutants->previous = &mutant->next;
        state->mutants = mutant;
        ke_unlock();
    }
    return ob_insert(mutant, ObjectAttributes, DesiredAccess, MutantHandle);
}

NTSTATUS NtOpenMutant(HANDLE *MutantHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes)
{
    return ob_open(&ke_mutant_type, ObjectAttributes, DesiredAccess, MutantHandle);
}

/*
 * Who releases a mutant gives it to the first waiter, as Windows does. If threads take turns faster than one
 * can be woken, that would make each of them sleep each time. Then the mutant is left free, the waiter is
 * woken to try its luck, and whoever is running may take it before, but only so many times. A poll never
 * takes what waiters wait for.
 */
enum { CONVOY = 6, MISSES = 6, SOON = 10 /* in units of 64K cycles: some hundred microseconds */ };

static bool offer(struct ke_mutant *mutant)
{
    struct ke_wait_state *first = mutant->header.waiters->state;
    uint32_t now = (uint32_t)(__rdtsc() >> 16);
    if (now - mutant->contended > SOON)
        mutant->convoy = mutant->missed = 0;
    mutant->contended = now;
    if (mutant->convoy < CONVOY) {
        mutant->convoy++;
        return false;
    }
    if (mutant->missed >= MISSES || !first->thread || first->complete || first->count != 1) {
        mutant->missed = 0;
        return false;
    }
    mutant->header.signal = 1;
    if (!mutant->offered) {
        mutant->offered = first;
        first->offered = mutant;
        ke_set_word(&first->word, KE_WAIT_INTERRUPTED);
    }
    return true;
}

void ke_mutant_decline_locked(struct ke_wait_state *state, struct ke_wake *wake)
{
    struct ke_mutant *mutant = state->offered;
    if (!mutant)
        return;
    state->offered = NULL;
    mutant->offered = NULL;
    if (mutant->header.waiters && !mutant->header.sync && mutant->header.signal > 0)
        ke_test_waiters(&mutant->header, wake);
}

NTSTATUS ke_mutant_release_locked(void *object, int32_t *ret_previous, struct ke_wake *wake,
                                  struct ke_mutant **ret_released)
{
    struct ke_mutant *mutant = object;
    if (mutant->owner != ke_self->wait)
        return STATUS_MUTANT_NOT_OWNED;
    if (ret_previous)
        *ret_previous = mutant->header.signal;
    if (mutant->header.signal == 0)
        unlink_owned(mutant);
    if (mutant->header.sync) {
        mutant->header.signal++;
        if (mutant->header.signal > 0)
            *ret_released = mutant;
        ke_shared_release_mutant(mutant, false, wake);
        return STATUS_SUCCESS;
    }
    if (mutant->header.signal < 0 || !mutant->header.waiters || !offer(mutant))
        ke_signal_locked(&mutant->header, mutant->header.signal + 1, wake);
    return STATUS_SUCCESS;
}

void ke_mutants_abandon(struct ke_wait_state *state)
{
    for (;;) {
        struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
        struct ke_mutant *released = NULL;
        ke_lock();
        struct ke_mutant *mutant = state->mutants;
        if (!mutant)
            mutant = near_owned_mutant(state);
        if (!mutant) {
            ke_unlock();
            return;
        }
        unlink_owned(mutant);
        if (mutant->header.sync) {
            released = mutant;
            mutant->header.signal = 1;
            ke_shared_release_mutant(mutant, true, &wake);
        } else {
            mutant->abandoned = true;
            ke_signal_locked(&mutant->header, 1, &wake);
        }
        ke_unlock_and_wake(&wake);
        if (released)
            ob_dereference(released);
    }
}

NTSTATUS NtReleaseMutant(HANDLE MutantHandle, LONG *PreviousCount)
{
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    struct ke_mutant *released = NULL;
    LONG previous = 0;
    void *object;
    ke_lock();
    NTSTATUS status = ob_handle_peek(MutantHandle, &ke_mutant_type, 0, &object);
    if (NT_SUCCESS(status))
        status = ke_mutant_release_locked(object, &previous, &wake, &released);
    ke_unlock_and_wake(&wake);
    if (released)
        ob_dereference(released);
    return NT_SUCCESS(status) && PreviousCount ? guest_write(PreviousCount, previous) : status;
}

NTSTATUS NtQueryMutant(HANDLE MutantHandle, ULONG MutantInformationClass, void *MutantInformation,
                       ULONG MutantInformationLength, ULONG *ReturnLength)
{
    enum { BASIC, OWNER };
    union {
        struct {
            LONG CurrentCount;
            BOOLEAN OwnedByCaller;
            BOOLEAN AbandonedState;
        } basic;
        CLIENT_ID owner;
    } information = {0};
    void *object;
    if (MutantInformationClass > OWNER)
        return STATUS_INVALID_INFO_CLASS;
    ULONG length = MutantInformationClass == BASIC ? sizeof information.basic : sizeof information.owner;
    if (MutantInformationLength != length)
        return STATUS_INFO_LENGTH_MISMATCH;
    ke_lock();
    NTSTATUS status = ob_handle_peek(MutantHandle, &ke_mutant_type, MUTANT_QUERY_STATE, &object);
    if (NT_SUCCESS(status)) {
        struct ke_mutant *mutant = object;
        if (MutantInformationClass == BASIC) {
            const struct ob_shared *shared = mutant->header.sync;
            information.basic.CurrentCount = shared ? ke_shared_count(&mutant->header)
                                                    : mutant->header.signal;
            information.basic.OwnedByCaller = mutant->owner == ke_self->wait;
            information.basic.AbandonedState = shared ? (shared->state->state & GW_STATE_ABANDONED) != 0
                                                      : mutant->abandoned;
        } else if (mutant->header.sync) {
            const struct gw_state *page = mutant->header.sync->state;
            information.owner.UniqueProcess = (HANDLE)(uintptr_t)page->owner_process;
            information.owner.UniqueThread = (HANDLE)(uintptr_t)page->owner_thread;
        } else if (mutant->owner) {
            information.owner.UniqueProcess = (HANDLE)(uintptr_t)ps_current_process->id;
            information.owner.UniqueThread = (HANDLE)(uintptr_t)mutant->owner->thread->thread->id;
        }
    }
    ke_unlock();
    if (!NT_SUCCESS(status) || !NT_SUCCESS(status = guest_copy(MutantInformation, &information, length)))
        return status;
    return ReturnLength ? guest_write(ReturnLength, length) : STATUS_SUCCESS;
}
