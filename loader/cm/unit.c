/*
 * Units of work (see unit.h). The copy is of one generation of the store, and made anew, with all changes,
 * when somebody has committed others. Two units that change the same key or name exclude each other by locks
 * of the kernel's on bytes of a file beside the store: whoever is killed holds none. Who writes without a
 * transaction is not held up; the unit ends then, as documented.
 */
#include "cm/unit.h"
#include "cm/cm.h"
#include "io/io.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOCAL 0x8000000000000000ull /* a key that the unit has made */

struct note {
    struct note *next;
    struct cm_change change; /* points into `rest` */
    uint8_t rest[];
};

struct cm_unit {
    int references;
    pthread_mutex_t lock; /* guards all that follows; taken before that of any store */
    enum cm_outcome outcome;
    uint64_t deadline;     /* CLOCK_MONOTONIC, ns; 0: none */
    struct cm_store *copy; /* NULL: not yet needed */
    uint64_t base;         /* generation of the store that it is a copy of */
    struct note *notes, **end, *pending, **pending_end;
    struct touched {
        uint64_t id, seen; /* no change of it by others is younger than that generation */
    } * touched;
    size_t touched_count, touched_room;
    int locks; /* the file; -1: not open */
};

/* ---------------------------------------------------------------- life */

struct cm_unit *cm_unit_create(void)
{
    struct cm_unit *unit = calloc(1, sizeof *unit);
    if (!unit)
        return NULL;
    unit->references = 1;
    pthread_mutex_init(&unit->lock, NULL);
    unit->outcome = CM_UNDETERMINED;
    unit->end = &unit->notes;
    unit->pending_end = &unit->pending;
    unit->locks = -1;
    return unit;
}

struct cm_unit *cm_unit_reference(struct cm_unit *unit)
{
    if (unit)
        __atomic_add_fetch(&unit->references, 1, __ATOMIC_RELAXED);
    return unit;
}

static void free_notes(struct note **list, struct note ***end)
{
    while (*list) {
        struct note *note = *list;
        *list = note->next;
        free(note);
    }
    *end = list;
}

/* With the lock held: nothing is left but how it came out. */
static void finish(struct cm_unit *unit, enum cm_outcome outcome)
{
    unit->outcome = outcome;
    if (unit->copy)
        cm_store_close(unit->copy);
    unit->copy = NULL;
    free_notes(&unit->notes, &unit->end);
    free_notes(&unit->pending, &unit->pending_end);
    free(unit->touched);
    unit->touched = NULL;
    unit->touched_count = unit->touched_room = 0;
    if (unit->locks >= 0)
        close(unit->locks);
    unit->locks = -1;
}

void cm_unit_dereference(struct cm_unit *unit)
{
    if (!unit || __atomic_sub_fetch(&unit->references, 1, __ATOMIC_ACQ_REL))
        return;
    finish(unit, CM_ABORTED);
    pthread_mutex_destroy(&unit->lock);
    free(unit);
}

/* ---------------------------------------------------------------- time */

static uint64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void cm_unit_set_timeout(struct cm_unit *unit, uint64_t milliseconds)
{
    pthread_mutex_lock(&unit->lock);
    unit->deadline = milliseconds ? clock_now() + milliseconds * 1000000 : 0;
    pthread_mutex_unlock(&unit->lock);
}

/* ---------------------------------------------------------------- the store's state */

/* What was changed is as it was seen, in this transaction on the store. */
static bool is_untouched(struct cm_unit *unit, struct cm_transaction *transaction)
{
    struct cm_info info;
    for (size_t i = 0; i < unit->touched_count; i++)
        if (!NT_SUCCESS(cm_get_info(transaction, unit->touched[i].id, &info, NULL, NULL)) ||
            info.changed > unit->touched[i].seen)
            return false;
    return true;
}

/* The number in the store of a key of the copy. */
struct made {
    uint64_t local, id;
};

static uint64_t find_made(const struct made *made, size_t count, uint64_t id)
{
    size_t low = 0, high = count; /* they were made in the order of their local numbers */
    if (!(id & LOCAL) || !made)
        return id;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (made[middle].local < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && made[low].local == id ? made[low].id : id;
}

NTSTATUS cm_apply_change(struct cm_transaction *transaction, const struct cm_change *change, uint64_t id,
                         uint64_t *ret_made)
{
    switch (change->kind) {
    case CM_CHANGE_CREATE:
        return cm_create_key(transaction, id, change->name, change->length, change->class,
                             change->class_length, change->flags, ret_made);
    case CM_CHANGE_SET_VALUE:
        return cm_set_value(transaction, id, change->name, change->length, change->type, 0, change->data,
                            change->size);
    case CM_CHANGE_DELETE_VALUE: return cm_delete_value(transaction, id, change->name, change->length, NULL);
    case CM_CHANGE_DELETE_KEY: return cm_delete_key(transaction, id);
    case CM_CHANGE_RENAME: return cm_rename_key(transaction, id, change->name, change->length);
    case CM_CHANGE_SECURITY: return cm_set_security(transaction, id, change->data, change->size);
    case CM_CHANGE_TIME: return cm_set_last_write(transaction, id, change->time);
    case CM_CHANGE_USER_FLAGS: return cm_set_user_flags(transaction, id, change->flags);
    case CM_CHANGE_CONTROL_FLAGS: return cm_set_control_flags(transaction, id, change->flags);
    }
    return STATUS_INVALID_PARAMETER;
}

/* Does all that was noted down; into the copy with the numbers that the keys have there. */
static NTSTATUS replay(struct cm_unit *unit, struct cm_transaction *transaction, struct made *made,
                       size_t *made_count)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (struct note *note = unit->notes; note && NT_SUCCESS(status); note = note->next) {
        uint64_t id = note->change.id, new_id = 0;
        if (made)
            id = find_made(made, *made_count, id);
        else if (note->change.kind == CM_CHANGE_CREATE)
            cm_number_keys(unit->copy, note->change.made);
        status = cm_apply_change(transaction, &note->change, id, &new_id);
        if (made && NT_SUCCESS(status) && note->change.kind == CM_CHANGE_CREATE)
            made[(*made_count)++] = (struct made){note->change.made, new_id};
    }
    return status;
}

static NTSTATUS make_copy(struct cm_unit *unit, struct cm_store *store)
{
    struct cm_transaction *transaction;
    if (unit->copy)
        cm_store_close(unit->copy);
    unit->copy = NULL;
    NTSTATUS status = cm_store_copy(store, &unit->copy);
    if (!NT_SUCCESS(status))
        return status;
    unit->base = cm_last_generation(unit->copy);
    status = cm_begin(unit->copy, true, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    bool untouched = is_untouched(unit, transaction);
    if (untouched)
        status = replay(unit, transaction, NULL, NULL);
    NTSTATUS end = cm_end(transaction, untouched && NT_SUCCESS(status));
    if (!untouched || !NT_SUCCESS(status))
        finish(unit, CM_ABORTED);
    return !untouched || !NT_SUCCESS(status) ? STATUS_TRANSACTION_NOT_ACTIVE : end;
}

/* With the lock held: it is active, and the copy is that of the store as it is now. */
static NTSTATUS bring_up_to_date(struct cm_unit *unit)
{
    struct cm_store *store;
    if (unit->outcome == CM_UNDETERMINED && unit->deadline && clock_now() >= unit->deadline)
        finish(unit, CM_ABORTED);
    if (unit->outcome != CM_UNDETERMINED)
        return STATUS_TRANSACTION_NOT_ACTIVE;
    NTSTATUS status = cm_writable_store(&store);
    if (NT_SUCCESS(status) && (!unit->copy || unit->base != cm_last_generation(store)))
        status = make_copy(unit, store);
    return status;
}

enum cm_outcome cm_unit_outcome(struct cm_unit *unit)
{
    pthread_mutex_lock(&unit->lock);
    if (unit->copy || unit->deadline)
        bring_up_to_date(unit);
    enum cm_outcome outcome = unit->outcome;
    pthread_mutex_unlock(&unit->lock);
    return outcome;
}

NTSTATUS cm_unit_begin(struct cm_unit *unit, bool write, struct cm_transaction **ret_transaction)
{
    static uint64_t next_local = LOCAL; /* of all units: no two have a key of the same number */
    pthread_mutex_lock(&unit->lock);
    NTSTATUS status = bring_up_to_date(unit);
    if (NT_SUCCESS(status)) {
        if (write) /* one write makes one key at most */
            cm_number_keys(unit->copy, __atomic_fetch_add(&next_local, 1, __ATOMIC_RELAXED));
        status = cm_begin(unit->copy, write, ret_transaction);
    }
    if (!NT_SUCCESS(status))
        pthread_mutex_unlock(&unit->lock);
    return status;
}

NTSTATUS cm_unit_end(struct cm_unit *unit, struct cm_transaction *transaction, bool commit)
{
    NTSTATUS status = cm_end(transaction, commit);
    if (commit && NT_SUCCESS(status) && unit->pending) {
        *unit->end = unit->pending;
        unit->end = unit->pending_end;
        unit->pending = NULL;
        unit->pending_end = &unit->pending;
    } else {
        free_notes(&unit->pending, &unit->pending_end);
    }
    pthread_mutex_unlock(&unit->lock);
    return status;
}

/* ---------------------------------------------------------------- exclusion */

/* What a lock is on: a key's content, that it is there under its name, a name below it. */
enum locked { LOCK_CONTENT, LOCK_EXISTENCE, LOCK_NAME };

static NTSTATUS lock_it(struct cm_unit *unit, enum locked what, uint64_t id, const WCHAR *name, size_t length,
                        bool exclusive)
{
    char path[4096];
    uint64_t hash = (id * 4 + what) * 0x9e3779b97f4a7c15;
    for (size_t i = 0; i < length; i++)
        hash = ((hash ^ cm_fold(name[i])) * 0xbf58476d1ce4e5b9) ^ hash >> 31;
    hash ^= hash >> 29;
    if (unit->locks < 0) {
        const char *state = io_state_directory(true);
        if (!state || (size_t)snprintf(path, sizeof path, "%s/registry-2.locks", state) >= sizeof path)
            return STATUS_ACCESS_DENIED;
        unit->locks = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (unit->locks < 0)
            return STATUS_ACCESS_DENIED;
    }
    struct flock lock = {.l_type = exclusive ? F_WRLCK : F_RDLCK,
                         .l_whence = SEEK_SET,
                         .l_start = (off_t)(hash >> 2),
                         .l_len = 1};
    if (fcntl(unit->locks, F_OFD_SETLK, &lock) == 0)
        return STATUS_SUCCESS;
    return errno == EAGAIN || errno == EACCES ? STATUS_TRANSACTIONAL_CONFLICT : io_status_from_errno(errno);
}

/* It has the locks for that already. */
static bool is_known(const struct cm_unit *unit, uint64_t id, unsigned kind)
{
    if (kind == CM_CHANGE_CREATE)
        return false;
    for (size_t i = unit->touched_count; i-- > 0;)
        if (unit->touched[i].id == id)
            return true;
    return false;
}

static NTSTATUS touch(struct cm_unit *unit, uint64_t id)
{
    for (size_t i = unit->touched_count; i-- > 0;)
        if (unit->touched[i].id == id)
            return STATUS_SUCCESS;
    if (unit->touched_count == unit->touched_room) {
        size_t room = unit->touched_room ? unit->touched_room * 2 : 16;
        struct touched *touched = realloc(unit->touched, room * sizeof *touched);
        if (!touched)
            return STATUS_NO_MEMORY;
        unit->touched = touched;
        unit->touched_room = room;
    }
    unit->touched[unit->touched_count++] = (struct touched){id, unit->base};
    return STATUS_SUCCESS;
}

static NTSTATUS exclude_others(struct cm_unit *unit, struct cm_transaction *transaction,
                               const struct cm_change *change)
{
    struct cm_info info;
    const WCHAR *name;
    bool goes = change->kind == CM_CHANGE_DELETE_KEY || change->kind == CM_CHANGE_RENAME;
    NTSTATUS status = STATUS_SUCCESS;
    if (!goes && is_known(unit, change->id, change->kind))
        return STATUS_SUCCESS;
    if (!(change->id & LOCAL)) {
        status = lock_it(unit, LOCK_EXISTENCE, change->id, NULL, 0, goes);
        if (NT_SUCCESS(status) && change->kind != CM_CHANGE_CREATE)
            status = lock_it(unit, LOCK_CONTENT, change->id, NULL, 0, true);
        if (NT_SUCCESS(status) && change->kind != CM_CHANGE_CREATE)
            status = touch(unit, change->id);
    }
    if (!NT_SUCCESS(status))
        return status;
    if (change->kind == CM_CHANGE_CREATE && !(change->id & LOCAL))
        return lock_it(unit, LOCK_NAME, change->id, change->name, change->length, true);
    if (!goes || !NT_SUCCESS(cm_get_info(transaction, change->id, &info, &name, NULL)) || info.parent & LOCAL)
        return status;
    status = lock_it(unit, LOCK_NAME, info.parent, name, info.name_length / 2, true);
    if (NT_SUCCESS(status) && change->kind == CM_CHANGE_RENAME)
        status = lock_it(unit, LOCK_NAME, info.parent, change->name, change->length, true);
    return status;
}

NTSTATUS cm_unit_note(struct cm_unit *unit, struct cm_transaction *transaction,
                      const struct cm_change *change)
{
    NTSTATUS status = exclude_others(unit, transaction, change);
    if (!NT_SUCCESS(status))
        return status;
    size_t names = (change->length + change->class_length) * sizeof(WCHAR);
    struct note *note = malloc(sizeof *note + names + change->size);
    if (!note)
        return STATUS_NO_MEMORY;
    note->next = NULL;
    note->change = *change;
    WCHAR *text = (WCHAR *)note->rest;
    note->change.name = text;
    note->change.class = text + change->length;
    note->change.data = note->rest + names;
    if (change->length)
        memcpy(text, change->name, change->length * sizeof(WCHAR));
    if (change->class_length)
        memcpy(text + change->length, change->class, change->class_length * sizeof(WCHAR));
    if (change->size)
        memcpy(note->rest + names, change->data, change->size);
    *unit->pending_end = note;
    unit->pending_end = &note->next;
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- the end */

static NTSTATUS already(const struct cm_unit *unit)
{
    return unit->outcome == CM_COMMITTED ? STATUS_TRANSACTION_ALREADY_COMMITTED
                                         : STATUS_TRANSACTION_ALREADY_ABORTED;
}

/* Tells who waits for changes of what was changed. */
static void notify(const struct cm_unit *unit, const struct made *made, size_t count)
{
    for (const struct note *note = unit->notes; note; note = note->next) {
        const struct cm_change *change = &note->change;
        bool names = change->kind == CM_CHANGE_CREATE || change->kind == CM_CHANGE_DELETE_KEY ||
                     change->kind == CM_CHANGE_RENAME;
        cm_notify(find_made(made, count, change->id), names ? REG_NOTIFY_CHANGE_NAME
                                                      : change->kind == CM_CHANGE_SECURITY
                                                          ? REG_NOTIFY_CHANGE_SECURITY
                                                          : REG_NOTIFY_CHANGE_LAST_SET);
    }
}

/* With the lock held. */
static NTSTATUS commit_notes(struct cm_unit *unit)
{
    struct cm_transaction *transaction;
    struct cm_store *store;
    size_t creations = 0, count = 0;
    for (struct note *note = unit->notes; note; note = note->next)
        creations += note->change.kind == CM_CHANGE_CREATE;
    struct made *made = malloc((creations + 1) * sizeof *made);
    if (!made)
        return STATUS_NO_MEMORY;
    NTSTATUS status = cm_writable_store(&store);
    if (NT_SUCCESS(status))
        status = cm_begin(store, true, &transaction);
    if (NT_SUCCESS(status)) {
        status = is_untouched(unit, transaction) ? replay(unit, transaction, made, &count)
                                                 : STATUS_TRANSACTION_ALREADY_ABORTED;
        if (status == STATUS_OBJECT_NAME_COLLISION || status == STATUS_OBJECT_NAME_NOT_FOUND ||
            status == STATUS_CANNOT_DELETE) /* others were there first */
            status = STATUS_TRANSACTION_ALREADY_ABORTED;
        NTSTATUS end = cm_end(transaction, NT_SUCCESS(status));
        status = NT_SUCCESS(status) ? end : status;
    }
    if (NT_SUCCESS(status))
        notify(unit, made, count);
    free(made);
    return status;
}

NTSTATUS cm_unit_commit(struct cm_unit *unit)
{
    pthread_mutex_lock(&unit->lock);
    if (unit->outcome == CM_UNDETERMINED && unit->deadline && clock_now() >= unit->deadline)
        finish(unit, CM_ABORTED);
    NTSTATUS status = STATUS_SUCCESS;
    if (unit->outcome != CM_UNDETERMINED) {
        status = already(unit);
    } else {
        if (unit->notes)
            status = commit_notes(unit);
        finish(unit, NT_SUCCESS(status) ? CM_COMMITTED : CM_ABORTED);
    }
    pthread_mutex_unlock(&unit->lock);
    return status;
}

NTSTATUS cm_unit_abandon(struct cm_unit *unit)
{
    pthread_mutex_lock(&unit->lock);
    NTSTATUS status = unit->outcome == CM_UNDETERMINED ? STATUS_SUCCESS : already(unit);
    if (NT_SUCCESS(status))
        finish(unit, CM_ABORTED);
    pthread_mutex_unlock(&unit->lock);
    return status;
}

/* ---------------------------------------------------------------- keys of handles */

NTSTATUS cm_begin_key(struct cm_key *key, bool write, struct cm_transaction **ret_transaction)
{
    return key->unit ? cm_unit_begin(key->unit, write, ret_transaction)
                     : cm_begin_current(write, ret_transaction);
}

NTSTATUS cm_end_key(struct cm_key *key, struct cm_transaction *transaction, bool commit)
{
    return key->unit ? cm_unit_end(key->unit, transaction, commit) : cm_end(transaction, commit);
}

NTSTATUS cm_note_change(struct cm_key *key, struct cm_transaction *transaction,
                        const struct cm_change *change)
{
    return key->unit ? cm_unit_note(key->unit, transaction, change) : STATUS_SUCCESS;
}

NTSTATUS cm_lookup_plain(HANDLE handle, ACCESS_MASK access, struct cm_key **ret_key)
{
    struct cm_key *key;
    NTSTATUS status = ob_handle_lookup(handle, &cm_key_type, access, (void **)&key);
    if (!NT_SUCCESS(status))
        return status;
    if (key->unit) {
        ob_dereference(key);
        return STATUS_OPERATION_NOT_SUPPORTED_IN_TRANSACTION;
    }
    *ret_key = key;
    return STATUS_SUCCESS;
}
