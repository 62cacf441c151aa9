/*
 * Change notification on registry keys, within this process: a pending NtNotifyChangeKey is a record
 * on the key object; a change completes it by its event, or wakes the thread that waits.
 */
#include "cm/cm.h"
#include "ke/dispatcher.h"
#include "mm/guest.h"
#include <nt/syscalls.h>
#include <pthread.h>
#include <stdlib.h>

struct cm_notification {
    struct cm_notification *next_all, *next;
    uint64_t id;
    ULONG filter;
    bool tree;
    bool fired;
    struct ke_dispatcher_object *event; /* referenced; NULL: none */
    IO_STATUS_BLOCK *guest_iosb;
};

static struct {
    pthread_mutex_t lock; /* guards the list; no other lock is taken under it */
    struct cm_notification *all;
} notifications = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* True if id is below ancestor. */
static bool is_below(uint64_t id, uint64_t ancestor)
{
    struct cm_transaction *transaction;
    struct cm_info info;
    bool below = false;
    if (!NT_SUCCESS(cm_begin_current(false, &transaction)))
        return false;
    while (id != CM_ROOT && !below && NT_SUCCESS(cm_get_info(transaction, id, &info, NULL, NULL))) {
        id = info.parent;
        below = id == ancestor;
    }
    cm_end(transaction, false);
    return below;
}

static void unlink_notification(struct cm_notification *notification)
{
    struct cm_notification **link = &notifications.all;
    while (*link && *link != notification)
        link = &(*link)->next_all;
    if (*link)
        *link = notification->next_all;
}

void cm_notify(uint64_t id, ULONG change)
{
    if (!__atomic_load_n(&notifications.all, __ATOMIC_ACQUIRE))
        return;
    /* Decide without the lock held: is_below reads the store. The list only grows at its head. */
    for (;;) {
        struct cm_notification *found = NULL;
        uint64_t tree_ids[64];
        size_t trees = 0;
        pthread_mutex_lock(&notifications.lock);
        for (struct cm_notification *n = notifications.all; n && !found; n = n->next_all) {
            if (n->fired || !(n->filter & change))
                continue;
            if (n->id == id)
                found = n;
            else if (n->tree && trees < 64)
                tree_ids[trees++] = n->id;
        }
        pthread_mutex_unlock(&notifications.lock);
        uint64_t matched = found ? id : 0;
        for (size_t i = 0; i < trees && !matched; i++)
            if (is_below(id, tree_ids[i]))
                matched = tree_ids[i];
        if (!matched)
            return;
        struct ke_dispatcher_object *event = NULL;
        pthread_mutex_lock(&notifications.lock);
        found = NULL;
        for (struct cm_notification *n = notifications.all; n && !found; n = n->next_all)
            if (!n->fired && n->filter & change && n->id == matched && (matched == id || n->tree))
                found = n;
        if (found) {
            found->fired = true;
            event = found->event;
            if (event)
                ob_reference(event);
        }
        pthread_mutex_unlock(&notifications.lock);
        if (event) {
            ke_signal(event);
            ob_dereference(event);
        }
    }
}

void cm_forget_notifications(struct cm_key *key)
{
    while (key->notifications) {
        struct cm_notification *notification = key->notifications;
        key->notifications = notification->next;
        pthread_mutex_lock(&notifications.lock);
        unlink_notification(notification);
        pthread_mutex_unlock(&notifications.lock);
        if (notification->event) {
            if (!notification->fired)
                ke_signal(notification->event); /* closing the key completes what is pending */
            ob_dereference(notification->event);
        }
        free(notification);
    }
}

/* A fresh notification event for a synchronous wait. */
static const struct ob_type wait_type = {
    .name = "Event", .size = sizeof(struct ke_dispatcher_object), .waitable = true};

NTSTATUS NtNotifyChangeKey(HANDLE KeyHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                           IO_STATUS_BLOCK *IoStatusBlock, ULONG CompletionFilter, BOOLEAN WatchTree,
                           void *Buffer, ULONG BufferSize, BOOLEAN Asynchronous)
{
    struct cm_key *key;
    struct ke_dispatcher_object *event = NULL;
    (void)Buffer, (void)BufferSize, (void)ApcContext;
    if (ApcRoutine)
        return STATUS_NOT_SUPPORTED;
    if (!(CompletionFilter & 0xf))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = ob_handle_lookup(KeyHandle, &cm_key_type, KEY_NOTIFY, (void **)&key);
    if (!NT_SUCCESS(status))
        return status;
    if (Event) {
        status = ob_handle_lookup(Event, NULL, 0x0002 /* EVENT_MODIFY_STATE */, (void **)&event);
        if (NT_SUCCESS(status) && !event->object.type->waitable) {
            ob_dereference(event);
            status = STATUS_OBJECT_TYPE_MISMATCH;
        }
        if (NT_SUCCESS(status))
            ke_reset(event);
    } else {
        event = ob_create(&wait_type);
        if (event)
            ke_dispatcher_object_initialize(event, KE_NOTIFICATION_EVENT, 0);
        else
            status = STATUS_NO_MEMORY;
    }
    struct cm_notification *notification = NT_SUCCESS(status) ? calloc(1, sizeof *notification) : NULL;
    if (!notification) {
        if (NT_SUCCESS(status)) {
            ob_dereference(event);
            status = STATUS_NO_MEMORY;
        }
        ob_dereference(key);
        return status;
    }
    notification->id = key->id;
    notification->filter = CompletionFilter & 0xf;
    notification->tree = WatchTree;
    notification->event = event;
    notification->guest_iosb = IoStatusBlock;
    pthread_mutex_lock(&notifications.lock);
    notification->next = key->notifications;
    key->notifications = notification;
    notification->next_all = notifications.all;
    __atomic_store_n(&notifications.all, notification, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&notifications.lock);
    status = STATUS_PENDING;
    if (!Asynchronous) {
        struct ke_dispatcher_object *object = event;
        ob_reference(object);
        status = ke_wait(1, &object, false, false, NULL);
        ob_dereference(object);
        if (status == STATUS_SUCCESS)
            status = guest_write_iosb(IoStatusBlock, STATUS_NOTIFY_ENUM_DIR, 0);
    }
    ob_dereference(key);
    return status;
}
