/*
 * Semaphores.
 */
#include "ke/lock.h"
#include "ke/shared.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include <nt/syscalls.h>

enum { SEMAPHORE_QUERY_STATE = 1, SEMAPHORE_MODIFY_STATE = 2 };

static NTSTATUS publish(void *object, struct ob_publication *ret)
{
    struct ke_semaphore *semaphore = object;
    ret->count = semaphore->header.signal;
    ret->limit = semaphore->limit;
    return STATUS_SUCCESS;
}

static NTSTATUS adopt(struct ob_reception *reception, void **ret_object)
{
    struct ke_semaphore *semaphore = ob_create(&ke_semaphore_type);
    if (!semaphore)
        return STATUS_NO_MEMORY;
    ke_dispatcher_object_initialize(&semaphore->header, KE_SEMAPHORE, 0);
    semaphore->limit = reception->limit;
    *ret_object = semaphore;
    return STATUS_SUCCESS;
}

const struct ob_share_type ke_semaphore_share = {GW_TYPE_SEMAPHORE, publish, adopt, NULL, false};

const struct ob_type ke_semaphore_type = {
    .name = "Semaphore",
    .size = sizeof(struct ke_semaphore),
    .generic_read = READ_CONTROL | SEMAPHORE_QUERY_STATE,
    .generic_write = READ_CONTROL | SEMAPHORE_MODIFY_STATE,
    .generic_execute = READ_CONTROL | SYNCHRONIZE,
    .all_access = STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 3,
    .waitable = true,
    .near = true,
    .share = &ke_semaphore_share,
};

NTSTATUS NtCreateSemaphore(HANDLE *SemaphoreHandle, ACCESS_MASK DesiredAccess,
                           OBJECT_ATTRIBUTES *ObjectAttributes, LONG InitialCount, LONG MaximumCount)
{
    if (MaximumCount <= 0 || InitialCount < 0 || InitialCount > MaximumCount)
        return STATUS_INVALID_PARAMETER;
    struct ke_semaphore *semaphore = ob_create(&ke_semaphore_type);
    if (!semaphore)
        return STATUS_NO_MEMORY;
    ke_dispatcher_object_initialize(&semaphore->header, KE_SEMAPHORE, InitialCount);
    semaphore->limit = MaximumCount;
    return ob_insert(semaphore, ObjectAttributes, DesiredAccess, SemaphoreHandle);
}

NTSTATUS NtOpenSemaphore(HANDLE *SemaphoreHandle, ACCESS_MASK DesiredAccess,
                         OBJECT_ATTRIBUTES *ObjectAttributes)
{
    return ob_open(&ke_semaphore_type, ObjectAttributes, DesiredAccess, SemaphoreHandle);
}

NTSTATUS ke_semaphore_release_locked(void *object, int32_t count, int32_t *ret_previous, struct ke_wake *wake)
{
    struct ke_semaphore *semaphore = object;
    if (semaphore->header.sync)
        return ke_shared_release_semaphore(&semaphore->header, count, semaphore->limit, ret_previous, wake);
    int32_t previous = semaphore->header.signal;
    if (count > semaphore->limit - previous)
        return STATUS_SEMAPHORE_LIMIT_EXCEEDED;
    if (ret_previous)
        *ret_previous = previous;
    ke_signal_locked(&semaphore->header, previous + count, wake);
    return STATUS_SUCCESS;
}

NTSTATUS NtReleaseSemaphore(HANDLE SemaphoreHandle, LONG ReleaseCount, LONG *PreviousCount)
{
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    LONG previous = 0;
    void *object;
    if (ReleaseCount <= 0)
        return STATUS_INVALID_PARAMETER;
    ke_lock();
    NTSTATUS status = ob_handle_peek(SemaphoreHandle, &ke_semaphore_type, SEMAPHORE_MODIFY_STATE, &object);
    if (NT_SUCCESS(status))
        status = ke_semaphore_release_locked(object, ReleaseCount, &previous, &wake);
    ke_unlock_and_wake(&wake);
    return NT_SUCCESS(status) && PreviousCount ? guest_write(PreviousCount, previous) : status;
}

NTSTATUS NtQuerySemaphore(HANDLE SemaphoreHandle, ULONG SemaphoreInformationClass, void *SemaphoreInformation,
                          ULONG SemaphoreInformationLength, ULONG *ReturnLength)
{
    struct {
        LONG CurrentCount;
        LONG MaximumCount;
    } information;
    ULONG length = sizeof information;
    void *object;
    if (SemaphoreInformationClass != 0)
        return STATUS_INVALID_INFO_CLASS;
    if (SemaphoreInformationLength != length)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = ob_handle_lookup(SemaphoreHandle, &ke_semaphore_type, SEMAPHORE_QUERY_STATE, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ke_semaphore *semaphore = object;
    information.CurrentCount = semaphore->header.sync ? ke_shared_count(&semaphore->header)
                                                      : semaphore->header.signal;
    information.MaximumCount = semaphore->limit;
    ob_dereference(object);
    status = guest_copy(SemaphoreInformation, &information, length);
    return NT_SUCCESS(status) && ReturnLength ? guest_write(ReturnLength, length) : status;
}
