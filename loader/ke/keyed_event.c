/*
 * Keyed events: a releaser and a waiter with the same key meet, whoever comes first sleeps. Each
 * sleeper waits on a dispatcher object of its own in the keyed event's list.
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include <nt/syscalls.h>

enum { KEYEDEVENT_WAIT = 1, KEYEDEVENT_WAKE = 2 };

/* One who sleeps, on its host stack; guarded by the dispatcher lock. */
struct sleeper {
    struct ke_dispatcher_object event;
    struct sleeper *next;
    void *key;
    bool releaser;
};

struct keyed_event {
    struct ob_object object;
    struct sleeper *sleepers; /* oldest first */
};

const struct ob_type ke_keyed_event_type = {
    .name = "KeyedEvent",
    .size = sizeof(struct keyed_event),
    .generic_read = READ_CONTROL | KEYEDEVENT_WAIT,
    .generic_write = READ_CONTROL | KEYEDEVENT_WAKE,
    .generic_execute = READ_CONTROL,
    .all_access = STANDARD_RIGHTS_REQUIRED | 3,
};

/* What a NULL handle means. */
static struct keyed_event critical_section_out_of_memory = {
    .object = {&ke_keyed_event_type, 1, 0, NULL, NULL}};

NTSTATUS NtCreateKeyedEvent(HANDLE *KeyedEventHandle, ACCESS_MASK DesiredAccess,
                            OBJECT_ATTRIBUTES *ObjectAttributes, ULONG Flags)
{
    if (Flags)
        return STATUS_INVALID_PARAMETER_4;
    struct keyed_event *event = ob_create(&ke_keyed_event_type);
    return event ? ob_insert(event, ObjectAttributes, DesiredAccess, KeyedEventHandle) : STATUS_NO_MEMORY;
}

NTSTATUS NtOpenKeyedEvent(HANDLE *KeyedEventHandle, ACCESS_MASK DesiredAccess,
                          OBJECT_ATTRIBUTES *ObjectAttributes)
{
    return ob_open(&ke_keyed_event_type, ObjectAttributes, DesiredAccess, KeyedEventHandle);
}

static NTSTATUS meet(HANDLE handle, void *key, bool releaser, bool alertable, LARGE_INTEGER *guest_timeout)
{
    struct ke_wait_state *state = ke_self->wait;
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    LARGE_INTEGER timeout;
    void *object = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    if ((uintptr_t)key & 1)
        return STATUS_INVALID_PARAMETER_1;
    if (guest_timeout && !NT_SUCCESS(status = guest_read(&timeout, guest_timeout)))
        return status;
    if (handle)
        status = ob_handle_lookup(handle, &ke_keyed_event_type, releaser ? KEYEDEVENT_WAKE : KEYEDEVENT_WAIT,
                                  &object);
    if (!NT_SUCCESS(status))
        return status;
    struct keyed_event *event = object ? object : &critical_section_out_of_memory;

    ke_lock();
    struct sleeper **place = &event->sleepers;
    while (*place && ((*place)->key != key || (*place)->releaser == releaser || (*place)->event.signal))
        place = &(*place)->next;
    if (*place) {
        struct sleeper *partner = *place;
        *place = partner->next;
        partner->key = NULL;
        ke_signal_locked(&partner->event, 1, &wake);
        ke_unlock_and_wake(&wake);
    } else {
        struct sleeper own = {.key = key, .releaser = releaser};
        ke_dispatcher_object_initialize(&own.event, KE_NOTIFICATION_EVENT, 0);
        *place = &own;
        state->own_blocks[0].object = &own.event;
        state->own_blocks[0].state = state;
        status = ke_wait_blocks(1, false, alertable, guest_timeout ? &timeout : NULL, NULL);
        ke_lock();
        if (status != STATUS_SUCCESS && own.event.signal)
            status = STATUS_SUCCESS; /* met in the last moment */
        for (place = &event->sleepers; *place; place = &(*place)->next) {
            if (*place == &own) {
                *place = own.next;
                break;
            }
        }
        ke_unlock();
    }
    if (object)
        ob_dereference(object);
    return status;
}

NTSTATUS NtWaitForKeyedEvent(HANDLE KeyedEventHandle, PVOID KeyValue, BOOLEAN Alertable,
                             LARGE_INTEGER *Timeout)
{
    return meet(KeyedEventHandle, KeyValue, false, Alertable, Timeout);
}

NTSTATUS NtReleaseKeyedEvent(HANDLE KeyedEventHandle, PVOID KeyValue, BOOLEAN Alertable,
                             LARGE_INTEGER *Timeout)
{
    return meet(KeyedEventHandle, KeyValue, true, Alertable, Timeout);
}
