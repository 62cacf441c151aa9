/*
 * Mutants (mutexes): owned by a thread, recursively; abandoned when it ends.
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ps/ps.h"
#include <limits.h>
#include <nt/syscalls.h>

enum { MUTANT_QUERY_STATE = 1 };

static void unlink_owned(struct ke_mutant *mutant)
{
    *mutant->previous = mutant->next;
    if (mutant->next)
        mutant->next->previous = mutant->previous;
    mutant->owner = NULL;
}

static void destroy(void *object)
{
    struct ke_mutant *mutant = object;
    ke_lock();
    if (mutant->owner)
        unlink_owned(mutant);
    ke_unlock();
}

const struct ob_type ke_mutant_type = {
    .name = "Mutant",
    .size = sizeof(struct ke_mutant),
    .generic_read = READ_CONTROL | MUTANT_QUERY_STATE,
    .generic_write = READ_CONTROL,
    .generic_execute = READ_CONTROL | SYNCHRONIZE,
    .all_access = STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 1,
    .waitable = true,
    .destroy = destroy,
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

NTSTATUS ke_mutant_release_locked(void *object, int32_t *ret_previous, struct ke_wake *wake)
{
    struct ke_mutant *mutant = object;
    if (mutant->owner != ke_self->wait)
        return STATUS_MUTANT_NOT_OWNED;
    if (ret_previous)
        *ret_previous = mutant->header.signal;
    if (mutant->header.signal == 0)
        unlink_owned(mutant);
    ke_signal_locked(&mutant->header, mutant->header.signal + 1, wake);
    return STATUS_SUCCESS;
}

void ke_mutants_abandon_locked(struct ke_wait_state *state, struct ke_wake *wake)
{
    while (state->mutants) {
        struct ke_mutant *mutant = state->mutants;
        unlink_owned(mutant);
        mutant->abandoned = true;
        ke_signal_locked(&mutant->header, 1, wake);
    }
}

NTSTATUS NtReleaseMutant(HANDLE MutantHandle, LONG *PreviousCount)
{
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    LONG previous = 0;
    void *object;
    ke_lock();
    NTSTATUS status = ob_handle_peek(MutantHandle, &ke_mutant_type, 0, &object);
    if (NT_SUCCESS(status))
        status = ke_mutant_release_locked(object, &previous, &wake);
    ke_unlock_and_wake(&wake);
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
            information.basic.CurrentCount = mutant->header.signal;
            information.basic.OwnedByCaller = mutant->owner == ke_self->wait;
            information.basic.AbandonedState = mutant->abandoned;
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
