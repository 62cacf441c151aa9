/*
 * Change notification on registry keys: a pending NtNotifyChangeKey is a record on the key object; a change
 * completes it by its event, its APC, or wakes the thread that waits. Changes are posted to a ring in the
 * session's table if any process looks there; each such process has a thread that takes them from it.
 */
#include "cm/cm.h"
#include "io/io.h"
#include "ke/dispatcher.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ps/ps.h"
#include "session/table.h"
#include "wow/thunk.h"
#include <limits.h>
#include <linux/futex.h>
#include <nt/syscalls.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct cm_notification {
    struct cm_notification *next_all, *next; /* of all; of the key */
    struct cm_key *key;
    uint64_t id, second; /* of another key that is watched with it; 0: none */
    ULONG filter;
    bool tree;
    bool synchronous; /* the waiting thread frees it, after it has fired */
    bool fired;
    NTSTATUS status;
    struct ke_dispatcher_object *event; /* referenced; NULL: none */
    void *apc, *apc_context;
    struct ps_thread *owner;  /* referenced, with an APC */
    struct ke_thread *thread; /* with this one it ends; NULL: with none */
    IO_STATUS_BLOCK *guest_iosb;
};

static struct {
    pthread_mutex_t lock; /* guards the lists; no other lock is taken under it */
    struct cm_notification *all;
    bool watching;   /* this process counts among the table's watchers */
    uint32_t cursor; /* how many of the table's changes it has seen */
} notifications = {.lock = PTHREAD_MUTEX_INITIALIZER};

enum { FILTERS = 0xf, THREAD_AGNOSTIC = 0x10000000 };

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

/* Takes it off the lists; the lock is held. */
static void unlink_notification(struct cm_notification *notification)
{
    struct cm_notification **link = &notifications.all;
    while (*link && *link != notification)
        link = &(*link)->next_all;
    if (*link)
        *link = notification->next_all;
    link = &notification->key->notifications;
    while (*link && *link != notification)
        link = &(*link)->next;
    if (*link)
        *link = notification->next;
}

/* Tells whoever asked. The notification is on no list any more, unless a thread waits for it. */
static void complete(struct cm_notification *notification, NTSTATUS status)
{
    struct ke_dispatcher_object *event = notification->event;
    if (notification
            ->synchronous) { /* from the signal on it is the waiting thread's, which may be gone with it */
        ob_reference(event);
        notification->status = status;
        __atomic_store_n(&notification->fired, true, __ATOMIC_RELEASE);
        ke_signal(event);
        ob_dereference(event);
        return;
    }
    IO_STATUS_BLOCK iosb = {.Status = status};
    if (wow_active) {
        IO_STATUS_BLOCK32 narrow = {status, 0};
        io_poke(notification->guest_iosb, &narrow, sizeof narrow);
    } else {
        io_poke(notification->guest_iosb, &iosb, sizeof iosb);
    }
    if (event)
        ke_signal(event);
    if (notification->owner && notification->owner->ke)
        ke_queue_apc(notification->owner->ke, notification->apc, notification->apc_context,
                     notification->guest_iosb, NULL, false);
    if (notification->owner)
        ob_dereference(notification->owner);
    if (event)
        ob_dereference(event);
    free(notification);
}

/* Takes the first notification off that fits; NULL: there is none (left). */
static struct cm_notification *take(bool (*fits)(const struct cm_notification *, const void *),
                                    const void *what)
{
    pthread_mutex_lock(&notifications.lock);
    struct cm_notification *found = notifications.all;
    while (found && !fits(found, what))
        found = found->next_all;
    if (found)
        unlink_notification(found);
    pthread_mutex_unlock(&notifications.lock);
    return found;
}

struct changed {
    uint64_t id, tree; /* the key, or one above it whose tree is watched */
    ULONG change;
};

static bool fits_change(const struct cm_notification *notification, const void *what)
{
    const struct changed *changed = what;
    return notification->filter & changed->change &&
           (notification->id == changed->id || notification->second == changed->id ||
            (notification->tree && changed->tree &&
             (notification->id == changed->tree || notification->second == changed->tree)));
}

static bool fits_all(const struct cm_notification *notification, const void *what)
{
    (void)notification, (void)what;
    return true;
}

static bool fits_key(const struct cm_notification *notification, const void *key)
{
    return notification->key == key;
}

static bool fits_thread(const struct cm_notification *notification, const void *thread)
{
    return notification->thread == thread;
}

static void notify_here(uint64_t id, ULONG change)
{
    struct changed changed = {id, 0, change};
    struct cm_notification *notification;
    uint64_t trees[64];
    size_t count = 0;
    if (!__atomic_load_n(&notifications.all, __ATOMIC_ACQUIRE))
        return;
    while ((notification = take(fits_change, &changed)))
        complete(notification, STATUS_NOTIFY_ENUM_DIR);
    /* is_below reads the store: not under the lock. */
    pthread_mutex_lock(&notifications.lock);
    for (struct cm_notification *n = notifications.all; n && count + 2 <= 64; n = n->next_all)
        if (n->tree && n->filter & change) {
            trees[count++] = n->id;
            if (n->second)
                trees[count++] = n->second;
        }
    pthread_mutex_unlock(&notifications.lock);
    for (size_t i = 0; i < count; i++) {
        changed.tree = trees[i];
        if (is_below(id, trees[i]))
            while ((notification = take(fits_change, &changed)))
                complete(notification, STATUS_NOTIFY_ENUM_DIR);
    }
}

/* Tells other processes, if any looks: the table's number of watchers may be too high (after a kill), never
 * too low. */
static void post(uint64_t id, ULONG change)
{
    struct session_table *table = session_table();
    if (__atomic_load_n(&table->watchers, __ATOMIC_SEQ_CST) <= (notifications.watching ? 1u : 0u))
        return;
    uint32_t number = __atomic_fetch_add(&table->changes, 1, __ATOMIC_SEQ_CST);
    struct table_change *entry = &table->change[number % TABLE_CHANGES];
    __atomic_store_n(&entry->number, 0, __ATOMIC_RELEASE);
    entry->key = id;
    entry->what = change;
    entry->owner = session_slot();
    __atomic_store_n(&entry->number, number + 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, &table->changes, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void cm_notify(uint64_t id, ULONG change)
{
    notify_here(id, change);
    post(id, change);
}

/* One change from the ring; false: it is lost, or its writer died over it. */
static bool read_change(struct session_table *table, uint32_t number, struct table_change *ret_change)
{
    struct table_change *entry = &table->change[number % TABLE_CHANGES];
    for (unsigned tries = 0; tries < 2000; tries++) {
        if (__atomic_load_n(&entry->number, __ATOMIC_ACQUIRE) == number + 1) {
            *ret_change = *entry;
            __atomic_thread_fence(__ATOMIC_ACQUIRE);
            return __atomic_load_n(&entry->number, __ATOMIC_RELAXED) == number + 1;
        }
        if (__atomic_load_n(&table->changes, __ATOMIC_ACQUIRE) - number > TABLE_CHANGES)
            return false;
        sched_yield();
    }
    return false;
}

static void *watch_changes(void *unused)
{
    struct session_table *table = session_table();
    (void)unused;
    prctl(PR_SET_NAME, "registry");
    for (;;) {
        uint32_t changes = __atomic_load_n(&table->changes, __ATOMIC_SEQ_CST);
        while (notifications.cursor != changes) {
            struct table_change change;
            struct cm_notification *notification;
            if (read_change(table, notifications.cursor, &change)) {
                notifications.cursor++;
                if (change.owner != session_slot())
                    notify_here(change.key, change.what);
                continue;
            }
            /* Who knows what it was: everybody has to look again. */
            notifications.cursor = changes;
            while ((notification = take(fits_all, NULL)))
                complete(notification, STATUS_NOTIFY_ENUM_DIR);
        }
        syscall(SYS_futex, &table->changes, FUTEX_WAIT, changes, NULL, NULL, 0);
    }
    return NULL;
}

static void stop_watching(void)
{
    __atomic_sub_fetch(&session_table()->watchers, 1, __ATOMIC_SEQ_CST);
}

static void start_watching(void)
{
    struct session_table *table = session_table();
    pthread_mutex_lock(&notifications.lock);
    bool first = !notifications.watching;
    notifications.watching = true;
    if (first) {
        __atomic_add_fetch(&table->watchers, 1, __ATOMIC_SEQ_CST);
        notifications.cursor = __atomic_load_n(&table->changes, __ATOMIC_SEQ_CST);
    }
    pthread_mutex_unlock(&notifications.lock);
    if (!first)
        return;
    ps_at_exit(stop_watching);
    ke_start_helper(watch_changes, NULL);
}

void cm_forget_notifications(struct cm_key *key)
{
    struct cm_notification *notification;
    while (key->notifications && (notification = take(fits_key, key)))
        complete(notification, STATUS_NOTIFY_CLEANUP); /* closing the key completes what is pending */
}

void cm_thread_exit(void)
{
    struct cm_notification *notification;
    if (!__atomic_load_n(&notifications.all, __ATOMIC_ACQUIRE))
        return;
    while ((notification = take(fits_thread, ke_self)))
        complete(notification, STATUS_NOTIFY_CLEANUP);
}

/* A fresh notification event for a synchronous wait. */
static const struct ob_type wait_type = {
    .name = "Event", .size = sizeof(struct ke_dispatcher_object), .waitable = true};

static NTSTATUS find_event(HANDLE handle, bool asynchronous, struct ke_dispatcher_object **ret_event)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct ke_dispatcher_object *event = NULL;
    if (!asynchronous) {
        event = ob_create(&wait_type);
        if (!event)
            return STATUS_NO_MEMORY;
        ke_dispatcher_object_initialize(event, KE_NOTIFICATION_EVENT, 0);
    } else if (handle) {
        status = ob_handle_lookup(handle, NULL, 0x0002 /* EVENT_MODIFY_STATE */, (void **)&event);
        if (NT_SUCCESS(status) && !event->object.type->waitable) {
            ob_dereference(event);
            return STATUS_OBJECT_TYPE_MISMATCH;
        }
        if (NT_SUCCESS(status))
            ke_reset(event);
    }
    *ret_event = event;
    return status;
}

/* Waits until it has fired, or the thread is to end. */
static NTSTATUS wait_for(struct cm_notification *notification, IO_STATUS_BLOCK *guest_iosb)
{
    struct ke_dispatcher_object *event = notification->event;
    NTSTATUS status = ke_wait(1, &event, false, false, NULL);
    bool fired = true;
    pthread_mutex_lock(&notifications.lock);
    struct cm_notification *listed = notifications.all;
    while (listed && listed != notification)
        listed = listed->next_all;
    if (listed) {
        unlink_notification(listed);
        fired = false;
    }
    pthread_mutex_unlock(&notifications.lock);
    if (fired) { /* or is about to: whoever took it off will say so */
        while (!__atomic_load_n(&notification->fired, __ATOMIC_ACQUIRE))
            sched_yield();
        status = guest_write_iosb(guest_iosb, notification->status, 0);
        if (NT_SUCCESS(status))
            status = notification->status;
    }
    ob_dereference(event);
    free(notification);
    return status;
}

/* The other key that is watched. */
static NTSTATUS find_second(void *guest, uint64_t *ret_id)
{
    HANDLE handle;
    struct cm_key *key;
    struct wow_attributes storage;
    OBJECT_ATTRIBUTES *attributes = guest;
    NTSTATUS status = STATUS_SUCCESS;
    if (wow_active)
        status = wow_read_attributes((uint32_t)(uintptr_t)guest, &storage, &attributes);
    if (NT_SUCCESS(status))
        status = NtOpenKey(&handle, KEY_NOTIFY, attributes);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_lookup_plain(handle, KEY_NOTIFY, &key);
    if (NT_SUCCESS(status)) {
        *ret_id = key->id;
        ob_dereference(key);
    }
    ob_handle_close(handle);
    return status;
}

NTSTATUS NtNotifyChangeMultipleKeys(HANDLE MasterKeyHandle, ULONG Count, void *SubordinateObjects,
                                    HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                                    IO_STATUS_BLOCK *IoStatusBlock, ULONG CompletionFilter, BOOLEAN WatchTree,
                                    void *Buffer, ULONG BufferSize, BOOLEAN Asynchronous)
{
    struct cm_key *key;
    struct cm_transaction *transaction;
    struct cm_info info;
    struct ke_dispatcher_object *event;
    uint64_t second = 0;
    (void)Buffer, (void)BufferSize;
    if (!(CompletionFilter & FILTERS) || CompletionFilter & ~(ULONG)(FILTERS | THREAD_AGNOSTIC))
        return STATUS_INVALID_PARAMETER;
    if (Count > 1)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = cm_lookup_plain(MasterKeyHandle, KEY_NOTIFY, &key);
    if (!NT_SUCCESS(status))
        return status;
    if (Count && !NT_SUCCESS(status = find_second(SubordinateObjects, &second))) {
        ob_dereference(key);
        return status;
    }
    start_watching();
    status = cm_begin_current(false, &transaction);
    if (NT_SUCCESS(status)) {
        status = cm_get_info(transaction, key->id, &info, NULL, NULL);
        cm_end(transaction, false);
    }
    status = status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_KEY_DELETED
             : NT_SUCCESS(status)                   ? find_event(Event, Asynchronous, &event)
                                                    : status;
    if (!NT_SUCCESS(status)) {
        ob_dereference(key);
        return status;
    }
    struct cm_notification *notification = calloc(1, sizeof *notification);
    if (!notification) {
        if (event)
            ob_dereference(event);
        ob_dereference(key);
        return STATUS_NO_MEMORY;
    }
    notification->key = key;
    notification->id = key->id;
    notification->second = second;
    notification->filter = CompletionFilter & FILTERS;
    notification->tree = WatchTree;
    notification->event = event;
    notification->guest_iosb = IoStatusBlock;
    notification->synchronous = !Asynchronous;
    notification->thread = CompletionFilter & THREAD_AGNOSTIC ? NULL : ke_self;
    if (Asynchronous && ApcRoutine) {
        notification->apc = (void *)ApcRoutine;
        notification->apc_context = ApcContext;
        notification->owner = ke_self->thread;
        ob_reference(notification->owner);
    }
    pthread_mutex_lock(&notifications.lock);
    notification->next = key->notifications;
    key->notifications = notification;
    notification->next_all = notifications.all;
    __atomic_store_n(&notifications.all, notification, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&notifications.lock);
    status = Asynchronous ? STATUS_PENDING : wait_for(notification, IoStatusBlock);
    ob_dereference(key);
    return status;
}

NTSTATUS NtNotifyChangeKey(HANDLE KeyHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                           IO_STATUS_BLOCK *IoStatusBlock, ULONG CompletionFilter, BOOLEAN WatchTree,
                           void *Buffer, ULONG BufferSize, BOOLEAN Asynchronous)
{
    return NtNotifyChangeMultipleKeys(KeyHandle, 0, NULL, Event, ApcRoutine, ApcContext, IoStatusBlock,
                                      CompletionFilter, WatchTree, Buffer, BufferSize, Asynchronous);
}
