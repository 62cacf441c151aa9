/*
 * Event objects.
 */
#include "ke/lock.h"
#include "ke/shared.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include <nt/syscalls.h>

enum { EVENT_QUERY_STATE = 1, EVENT_MODIFY_STATE = 2 };
enum { NOTIFICATION_EVENT, SYNCHRONIZATION_EVENT };

static NTSTATUS publish(void *object, struct ob_publication *ret)
{
    struct ke_dispatcher_object *event = object;
    ret->kind = event->kind;
    ret->count = event->signal;
    return STATUS_SUCCESS;
}

static NTSTATUS adopt(struct ob_reception *reception, void **ret_object)
{
    if (reception->kind != KE_NOTIFICATION_EVENT && reception->kind != KE_SYNCHRONIZATION_EVENT)
        return STATUS_OBJECT_TYPE_MISMATCH;
    struct ke_dispatcher_object *event = ob_create(&ke_event_type);
    if (!event)
        return STATUS_NO_MEMORY;
    ke_dispatcher_object_initialize(event, reception->kind, 0);
    *ret_object = event;
    return STATUS_SUCCESS;
}

const struct ob_share_type ke_event_share = {GW_TYPE_EVENT, publish, adopt, NULL, false};

const struct ob_type ke_event_type = {
    .name = "Event",
    .size = sizeof(struct ke_dispatcher_object),
    .generic_read = READ_CONTROL | EVENT_QUERY_STATE,
    .generic_write = READ_CONTROL | EVENT_MODIFY_STATE,
    .generic_execute = READ_CONTROL | SYNCHRONIZE,
    .all_access = STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 3,
    .waitable = true,
    .near = true,
    .share = &ke_event_share,
};

NTSTATUS NtCreateEvent(HANDLE *EventHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                       ULONG EventType, BOOLEAN InitialState)
{
    if (EventType > SYNCHRONIZATION_EVENT)
        return STATUS_INVALID_PARAMETER;
    struct ke_dispatcher_object *event = ob_create(&ke_event_type);
    if (!event)
        return STATUS_NO_MEMORY;
    ke_dispatcher_object_initialize(
        event, EventType == NOTIFICATION_EVENT ? KE_NOTIFICATION_EVENT : KE_SYNCHRONIZATION_EVENT,
        InitialState != 0);
    return ob_insert(event, ObjectAttributes, DesiredAccess, EventHandle);
}

NTSTATUS NtOpenEvent(HANDLE *EventHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes)
{
    return ob_open(&ke_event_type, ObjectAttributes, DesiredAccess, EventHandle);
}

/* Sets the state (pulse: and resets it) and reports the old one. */
static inline NTSTATUS change(HANDLE handle, int32_t signal, bool pulse, LONG *guest_previous)
{
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    void *object;
    ke_lock();
    NTSTATUS status = ob_handle_peek(handle, &ke_event_type, EVENT_MODIFY_STATE, &object);
    if (!NT_SUCCESS(status)) {
        ke_unlock();
        return status;
    }
    struct ke_dispatcher_object *event = object;
    LONG previous = event->signal;
    if (__builtin_expect(event->sync != NULL, 0)) {
        previous = pulse    ? ke_shared_pulse(event, &wake)
                   : signal ? ke_shared_set(event, 1, &wake)
                            : ke_shared_reset(event);
    } else {
        if (signal)
            ke_signal_locked(event, 1, &wake);
        if (!signal || pulse)
            event->signal = 0;
    }
    ke_unlock_and_wake(&wake);
    return guest_previous ? guest_write(guest_previous, previous) : STATUS_SUCCESS;
}

NTSTATUS NtSetEvent(HANDLE EventHandle, LONG *PreviousState)
{
    return change(EventHandle, 1, false, PreviousState);
}

NTSTATUS NtResetEvent(HANDLE EventHandle, LONG *PreviousState)
{
    return change(EventHandle, 0, false, PreviousState);
}

NTSTATUS NtClearEvent(HANDLE EventHandle)
{
    return change(EventHandle, 0, false, NULL);
}

NTSTATUS NtPulseEvent(HANDLE EventHandle, LONG *PreviousState)
{
    return change(EventHandle, 1, true, PreviousState);
}

NTSTATUS NtQueryEvent(HANDLE EventHandle, ULONG EventInformationClass, void *EventInformation,
                      ULONG EventInformationLength, ULONG *ReturnLength)
{
    struct {
        ULONG EventType;
        LONG EventState;
    } information;
    void *object;
    if (EventInformationClass != 0)
        return STATUS_INVALID_INFO_CLASS;
    if (EventInformationLength != sizeof information)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = ob_handle_lookup(EventHandle, &ke_event_type, EVENT_QUERY_STATE, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct ke_dispatcher_object *event = object;
    information.EventType = event->kind == KE_NOTIFICATION_EVENT ? NOTIFICATION_EVENT : SYNCHRONIZATION_EVENT;
    information.EventState = event->sync ? ke_shared_count(event) : event->signal;
    ob_dereference(object);
    status = guest_copy(EventInformation, &information, sizeof information);
    if (NT_SUCCESS(status) && ReturnLength) {
        ULONG length = sizeof information;
        status = guest_write(ReturnLength, length);
    }
    return status;
}
