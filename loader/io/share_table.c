/*
 * Open files in the session's table, see share_table.h. A stripe's mutex guards its records; all changes are
 * made in an order that lets whoever finds the mutex's owner dead make the stripe whole again from the
 * records' kinds.
 */
#include "io/share_table.h"
#include "io/io.h"
#include "io/lookup.h"
#include "session/tidy.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { READS = FILE_READ_DATA | FILE_EXECUTE, WRITES = FILE_WRITE_DATA | FILE_APPEND_DATA };

static uint32_t head_of(uint64_t device, uint64_t inode)
{
    uint64_t hash = (inode * 0x9e3779b97f4a7c15ull + device) * 0xbf58476d1ce4e5b9ull;
    return (uint32_t)(hash >> 52); /* 12 bits: stripe and head */
}

static uint64_t device_of(const struct statx *stat)
{
    return (uint64_t)stat->stx_dev_major << 32 | stat->stx_dev_minor;
}

static uint64_t inode_of(const struct statx *stat)
{
    uint64_t born = 0;
    if (stat->stx_mask & STATX_BTIME)
        born = (uint64_t)stat->stx_btime.tv_sec * 1000000000 + stat->stx_btime.tv_nsec;
    return stat->stx_ino ^ born * 0x9e3779b97f4a7c15ull;
}

void io_table_find(struct io_table_place *place, const struct statx *stat)
{
    struct session_table *table = session_table();
    const uint64_t device = device_of(stat), inode = inode_of(stat);
    uint32_t hash = head_of(device, inode);
    *place = (struct io_table_place){.device = device,
                                     .inode = inode,
                                     .stripe = &table->stripes[hash / TABLE_HEADS],
                                     .records = table->records[hash / TABLE_HEADS],
                                     .head = hash % TABLE_HEADS};
}

/* ---------------------------------------------------------------- records */

static void repair(struct table_stripe *stripe, struct table_record *records)
{
    stripe->free = 0;
    stripe->locks = 0;
    memset(stripe->heads, 0, sizeof stripe->heads);
    if (stripe->top > TABLE_RECORDS)
        stripe->top = TABLE_RECORDS;
    for (uint32_t i = stripe->top; i > 0; i--) {
        struct table_record *record = &records[i - 1];
        uint32_t *list = &stripe->free;
        if (record->kind != TABLE_FREE) {
            list = &stripe->heads[head_of(record->device, record->inode) % TABLE_HEADS];
            stripe->locks += record->kind == TABLE_LOCK;
        }
        record->next = *list;
        *list = i;
    }
}

static void lock_stripe(struct table_stripe *stripe, struct table_record *records)
{
    if (session_table_lock(&stripe->mutex))
        repair(stripe, records);
}

static void lock_place(struct io_table_place *place)
{
    lock_stripe(place->stripe, place->records);
}

static void unlock_place(struct io_table_place *place)
{
    pthread_mutex_unlock(&place->stripe->mutex);
}

/* The records of the file, one after the other: `at` is 0 at first. The table is other processes' as well:
 * what it says is not trusted with an address. */
static struct table_record *next_record(struct io_table_place *place, uint32_t *at, uint32_t *steps)
{
    uint32_t next = *at ? place->records[*at - 1].next : place->stripe->heads[place->head];
    while (next && next <= TABLE_RECORDS && (*steps)++ < TABLE_RECORDS) {
        struct table_record *record = &place->records[next - 1];
        *at = next;
        if (record->inode == place->inode && record->device == place->device)
            return record;
        next = record->next;
    }
    return NULL;
}

#define EACH_RECORD(record, place)                                                                           \
    uint32_t at_ = 0, steps_ = 0;                                                                            \
    for (struct table_record * record; (record = next_record(place, &at_, &steps_));)

/* A record in the chain, of which all but its kind is to be filled in; 0: the stripe is full. */
static uint32_t new_record(struct io_table_place *place)
{
    struct table_stripe *stripe = place->stripe;
    uint32_t index = stripe->free;
    if (index && index <= TABLE_RECORDS)
        stripe->free = place->records[index - 1].next;
    else if (stripe->top < TABLE_RECORDS)
        index = ++stripe->top;
    else
        return 0;
    struct table_record *record = &place->records[index - 1];
    struct table_slot *slot = &session_table()->slots[session_slot()];
    __atomic_add_fetch(&slot->records, 1, __ATOMIC_RELAXED);
    record->device = place->device;
    record->inode = place->inode;
    record->owner = session_slot();
    record->next = stripe->heads[place->head];
    stripe->heads[place->head] = index;
    return index;
}

static void remove_record(struct io_table_place *place, uint32_t index)
{
    struct table_stripe *stripe = place->stripe;
    struct table_record *record = &place->records[index - 1];
    uint32_t *link = &stripe->heads[place->head];
    for (uint32_t steps = 0; *link && *link <= TABLE_RECORDS && *link != index && steps < TABLE_RECORDS;
         steps++)
        link = &place->records[*link - 1].next;
    if (*link == index)
        *link = record->next;
    if (record->kind == TABLE_LOCK)
        stripe->locks--;
    __atomic_store_n(&record->kind, TABLE_FREE, __ATOMIC_RELEASE);
    record->next = stripe->free;
    stripe->free = index;
    if (record->owner < TABLE_SLOTS)
        __atomic_sub_fetch(&session_table()->slots[record->owner].records, 1, __ATOMIC_RELAXED);
}

static void wake_lock_waiters(void)
{
    struct session_table *table = session_table();
    __atomic_add_fetch(&table->unlocks, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&table->lock_waiters, __ATOMIC_SEQ_CST))
        syscall(SYS_futex, &table->unlocks, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* ---------------------------------------------------------------- paths of what is to be deleted */

static uint16_t new_note(const char *path)
{
    struct session_table *table = session_table();
    uint16_t note = 0;
    if (strlen(path) >= TABLE_NOTE_SIZE)
        return 0;
    session_table_lock(&table->notes_mutex);
    for (uint16_t i = 0; i < TABLE_NOTES && !note; i++)
        if (!table->note_owner[i]) {
            table->note_owner[i] = session_slot() + 1;
            note = i + 1;
        }
    pthread_mutex_unlock(&table->notes_mutex);
    if (note)
        strcpy(table->notes[note - 1], path);
    return note;
}

static void free_note(uint16_t note)
{
    if (note && note <= TABLE_NOTES)
        __atomic_store_n(&session_table()->note_owner[note - 1], 0, __ATOMIC_RELEASE);
}

/* Deletes what a dead process would have deleted, if it is still what the path leads to. */
static void delete_if(const char *path, uint64_t device, uint64_t inode)
{
    struct statx stat;
    if (path[0] != '/' || io_statx(path, &stat) != 0 || inode_of(&stat) != inode ||
        device_of(&stat) != device)
        return;
    if (S_ISDIR(stat.stx_mode))
        rmdir(path);
    else
        unlink(path);
}

static void delete_noted(uint16_t note, uint64_t device, uint64_t inode)
{
    char path[TABLE_NOTE_SIZE];
    if (!note || note > TABLE_NOTES)
        return;
    memcpy(path, session_table()->notes[note - 1], sizeof path);
    path[sizeof path - 1] = 0;
    delete_if(path, device, inode);
}

void io_table_initialize(void)
{
    session_table_on_death(io_table_reap);
    session_on_doom(delete_if);
}

/* ---------------------------------------------------------------- the dead */

/* Removes one record of the slot from the stripe; false: there is none. The file to delete, if there is one.
 */
static bool reap_one(struct io_table_place *place, uint32_t slot, uint32_t *at, uint16_t *ret_note,
                     bool *ret_doomed)
{
    *ret_note = 0;
    *ret_doomed = false;
    for (; *at < place->stripe->top && *at < TABLE_RECORDS; ++*at) {
        struct table_record *record = &place->records[*at];
        if (record->kind == TABLE_FREE || record->owner != slot)
            continue;
        place->device = record->device;
        place->inode = record->inode;
        place->head = head_of(record->device, record->inode) % TABLE_HEADS;
        if (record->kind == TABLE_OPEN && record->flags) {
            bool others = false;
            *ret_doomed = record->flags & TABLE_DOOMED;
            EACH_RECORD(other, place)
            {
                if (other == record || other->kind != TABLE_OPEN)
                    continue;
                other->flags |= TABLE_DELETE_PENDING;
                others = true;
            }
            if (!others)
                *ret_note = record->note;
        }
        remove_record(place, *at + 1);
        return true;
    }
    return false;
}

void io_table_reap(uint32_t slot)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    struct session_table *table = session_table_if_there();
    pthread_mutex_lock(&one_at_a_time);
    if (table && session_slot_claim(slot)) {
        for (uint32_t i = 0; i < TABLE_STRIPES && table->slots[slot].records; i++) {
            struct io_table_place place = {.stripe = &table->stripes[i], .records = table->records[i]};
            uint32_t at = 0;
            uint16_t note;
            bool found = true, doomed;
            while (found) {
                lock_place(&place);
                found = reap_one(&place, slot, &at, &note, &doomed);
                unlock_place(&place);
                delete_noted(note, place.device, place.inode);
                if (doomed)
                    session_spare(table->slots[slot].owner, place.device, place.inode);
            }
        }
        for (unsigned i = 0; i < TABLE_NOTES; i++)
            if (table->note_owner[i] == slot + 1)
                free_note((uint16_t)(i + 1));
        session_slot_free(slot);
        wake_lock_waiters();
    }
    pthread_mutex_unlock(&one_at_a_time);
}

void io_table_process_ended(uint32_t pid)
{
    if (!session_table_if_there())
        return;
    uint32_t slot = session_slot_of_process(pid);
    if (slot < TABLE_SLOTS && slot != session_slot())
        io_table_reap(slot);
}

/* Somebody's record stands in the way: is that final, or was he dead? */
static bool is_in_the_way(uint32_t owner)
{
    if (owner >= TABLE_SLOTS || session_slot_alive(owner))
        return true;
    io_table_reap(owner);
    return false;
}

/* ---------------------------------------------------------------- open files */

static bool conflict(ACCESS_MASK access, ULONG sharing, ACCESS_MASK other_access, ULONG other_sharing)
{
    ACCESS_MASK any = READS | WRITES | DELETE;
    if (!(access & any) || !(other_access & any))
        return false;
    return ((access & READS) && !(other_sharing & FILE_SHARE_READ)) ||
           ((access & WRITES) && !(other_sharing & FILE_SHARE_WRITE)) ||
           ((access & DELETE) && !(other_sharing & FILE_SHARE_DELETE)) ||
           ((other_access & READS) && !(sharing & FILE_SHARE_READ)) ||
           ((other_access & WRITES) && !(sharing & FILE_SHARE_WRITE)) ||
           ((other_access & DELETE) && !(sharing & FILE_SHARE_DELETE));
}

static NTSTATUS try_enter(struct io_table_place *place, ACCESS_MASK fresh, ULONG fresh_sharing,
                          uint32_t *ret_owner)
{
    EACH_RECORD(record, place)
    {
        if (record->kind != TABLE_OPEN)
            continue;
        *ret_owner = record->owner;
        if (record->flags & TABLE_DELETE_PENDING)
            return STATUS_DELETE_PENDING;
        if (record->owner != session_slot() &&
            conflict(fresh, fresh_sharing, record->access, record->sharing))
            return STATUS_SHARING_VIOLATION;
    }
    return STATUS_SUCCESS;
}

NTSTATUS io_table_enter(struct io_table_place *place, ACCESS_MASK fresh, ULONG fresh_sharing,
                        ACCESS_MASK access, ULONG sharing, const char *delete_path)
{
    NTSTATUS status;
    uint32_t owner;
    for (;;) {
        lock_place(place);
        status = try_enter(place, fresh, fresh_sharing, &owner);
        if (NT_SUCCESS(status))
            break;
        unlock_place(place);
        if (is_in_the_way(owner) || status == STATUS_DELETE_PENDING)
            return status;
    }
    if (!place->own && (place->own = new_record(place))) {
        struct table_record *record = &place->records[place->own - 1];
        record->flags = record->note = 0;
        record->access = access;
        record->sharing = sharing;
        __atomic_store_n(&record->kind, TABLE_OPEN, __ATOMIC_RELEASE);
    } else if (place->own) {
        place->records[place->own - 1].access = access;
        place->records[place->own - 1].sharing = sharing;
    }
    bool dooms = false;
    if (delete_path && place->own) {
        struct table_record *record = &place->records[place->own - 1];
        if (!record->note)
            record->note = new_note(delete_path);
        dooms = !(record->flags & TABLE_DOOMED);
        record->flags |= TABLE_DELETE_ON_CLOSE | TABLE_DOOMED;
    }
    unlock_place(place);
    if (dooms)
        session_doom(delete_path, place->device, place->inode);
    return STATUS_SUCCESS;
}

void io_table_update(struct io_table_place *place, ACCESS_MASK access, ULONG sharing)
{
    if (!place->own)
        return;
    lock_place(place);
    place->records[place->own - 1].access = access;
    place->records[place->own - 1].sharing = sharing;
    unlock_place(place);
}

/* The record goes. */
static void leave_locked(struct io_table_place *place)
{
    const struct table_record *own = &place->records[place->own - 1];
    bool doomed = own->flags & TABLE_DOOMED;
    free_note(own->note);
    remove_record(place, place->own);
    place->own = 0;
    unlock_place(place);
    if (doomed)
        session_spare(session_process_word(), place->device, place->inode);
}

bool io_table_leave(struct io_table_place *place)
{
    if (!place->own)
        return false;
    lock_place(place);
    struct table_record *own = &place->records[place->own - 1];
    bool last = own->flags & TABLE_DELETE_PENDING;
    while (last) {
        uint32_t owner = TABLE_SLOTS;
        EACH_RECORD(record, place)
        {
            if (record != own && record->kind == TABLE_OPEN)
                owner = record->owner;
        }
        if (owner == TABLE_SLOTS)
            break;
        unlock_place(place);
        last = !is_in_the_way(owner);
        lock_place(place);
    }
    if (last)
        unlock_place(place);
    else
        leave_locked(place);
    return last;
}

void io_table_left(struct io_table_place *place)
{
    if (!place->own)
        return;
    lock_place(place);
    leave_locked(place);
}

void io_table_set_pending(struct io_table_place *place, bool pending, const char *path)
{
    lock_place(place);
    EACH_RECORD(record, place)
    {
        if (record->kind != TABLE_OPEN)
            continue;
        if (pending)
            record->flags |= TABLE_DELETE_PENDING;
        else
            record->flags &= (uint16_t)~TABLE_DELETE_PENDING;
    }
    struct table_record *own = place->own ? &place->records[place->own - 1] : NULL;
    if (own && pending && path && !own->note)
        own->note = new_note(path);
    unlock_place(place);
}

bool io_table_pending(struct io_table_place *place)
{
    return place->own && place->records[place->own - 1].flags & TABLE_DELETE_PENDING;
}

bool io_table_pending_anywhere(struct io_table_place *place)
{
    uint32_t owner;
    lock_place(place);
    NTSTATUS status = try_enter(place, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, &owner);
    unlock_place(place);
    return status == STATUS_DELETE_PENDING;
}

static bool has_others(struct io_table_place *place, bool that_deny)
{
    for (;;) {
        uint32_t owner = TABLE_SLOTS;
        lock_place(place);
        EACH_RECORD(record, place)
        {
            if (record->kind == TABLE_OPEN && record->owner != session_slot() &&
                (!that_deny ||
                 (!(record->sharing & FILE_SHARE_DELETE) && record->access & (READS | WRITES | DELETE))))
                owner = record->owner;
        }
        unlock_place(place);
        if (owner == TABLE_SLOTS)
            return false;
        if (is_in_the_way(owner))
            return true;
    }
}

bool io_table_denies_delete(struct io_table_place *place)
{
    return has_others(place, true);
}

bool io_table_has_others(struct io_table_place *place)
{
    return has_others(place, false);
}

/* Has the owner of the slot this (a link of /proc to an open file or folder) open in the table's sense? */
static bool is_open_below(uint32_t slot, const char *link, const char *folder, size_t length)
{
    char path[TABLE_NOTE_SIZE];
    struct io_table_place place;
    struct statx stat;
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= (ssize_t)length || memcmp(path, folder, length) != 0 || path[length] != '/' ||
        statx(AT_FDCWD, link, 0, STATX_INO | STATX_BTIME, &stat) != 0)
        return false;
    bool found = false;
    io_table_find(&place, &stat);
    lock_place(&place);
    EACH_RECORD(record, (&place))
    {
        found |= record->kind == TABLE_OPEN && record->owner == slot;
    }
    unlock_place(&place);
    return found;
}

/* The table knows files, not paths: those are the kernel's. */
static bool process_open_below(uint32_t slot, const char *folder, size_t length)
{
    char link[300];
    bool found = false;
    const unsigned pid = session_slot_pid(slot);
    snprintf(link, sizeof link, "/proc/%u/fd", pid);
    DIR *descriptors = opendir(link);
    for (struct dirent *entry; descriptors && !found && (entry = readdir(descriptors));) {
        snprintf(link, sizeof link, "/proc/%u/fd/%s", pid, entry->d_name);
        found = entry->d_name[0] != '.' && is_open_below(slot, link, folder, length);
    }
    if (descriptors)
        closedir(descriptors);
    snprintf(link, sizeof link, "/proc/%u/cwd", pid);
    return found || is_open_below(slot, link, folder, length);
}

bool io_table_open_below(const char *folder)
{
    const struct session_table *table = session_table();
    const size_t length = strlen(folder);
    for (uint32_t slot = 0; slot < TABLE_SLOTS; slot++)
        if (session_slot_pid(slot) && table->slots[slot].records && slot != session_slot() &&
            session_slot_alive(slot) && process_open_below(slot, folder, length))
            return true;
    return false;
}

/* ---------------------------------------------------------------- byte-range locks */

static bool overlap(const struct table_record *record, const struct io_table_range *range)
{
    return record->length && range->length && record->first <= range->start + (range->length - 1) &&
           range->start <= record->first + (record->length - 1);
}

NTSTATUS io_table_lock(struct io_table_place *place, const struct io_table_range *range)
{
    for (;;) {
        uint32_t owner = TABLE_SLOTS;
        lock_place(place);
        EACH_RECORD(record, place)
        {
            if (record->kind == TABLE_LOCK && overlap(record, range) &&
                (record->exclusive || range->exclusive))
                owner = record->owner;
        }
        if (owner == TABLE_SLOTS)
            break;
        unlock_place(place);
        if (is_in_the_way(owner))
            return STATUS_LOCK_NOT_GRANTED;
    }
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    uint32_t index = new_record(place);
    if (index) {
        struct table_record *record = &place->records[index - 1];
        record->first = range->start;
        record->length = range->length;
        record->key = range->key;
        record->exclusive = range->exclusive;
        record->file = range->file;
        __atomic_store_n(&place->stripe->locks, place->stripe->locks + 1, __ATOMIC_RELAXED);
        __atomic_store_n(&record->kind, TABLE_LOCK, __ATOMIC_RELEASE);
        status = STATUS_SUCCESS;
    }
    unlock_place(place);
    return status;
}

/* Removes the locks of one of this process's open files, or one of them. */
static bool unlock(struct io_table_place *place, uint32_t file, const struct io_table_range *range)
{
    bool found = false, again = true;
    if (!__atomic_load_n(&place->stripe->locks, __ATOMIC_RELAXED))
        return false;
    lock_place(place);
    while (again) {
        again = false;
        EACH_RECORD(record, place)
        {
            if (record->kind != TABLE_LOCK || record->owner != session_slot() || record->file != file ||
                (range && (record->first != range->start || record->length != range->length ||
                           record->key != range->key)))
                continue;
            remove_record(place, (uint32_t)(record - place->records) + 1);
            found = true;
            again = !range;
            break;
        }
    }
    unlock_place(place);
    if (found)
        wake_lock_waiters();
    return found;
}

bool io_table_unlock(struct io_table_place *place, const struct io_table_range *range)
{
    return unlock(place, range->file, range);
}

void io_table_unlock_all(struct io_table_place *place, uint32_t file)
{
    unlock(place, file, NULL);
}

bool io_table_allows(struct io_table_place *place, const struct io_table_range *range)
{
    while (__atomic_load_n(&place->stripe->locks, __ATOMIC_RELAXED)) {
        uint32_t owner = TABLE_SLOTS;
        lock_place(place);
        EACH_RECORD(record, place)
        {
            bool own = record->owner == session_slot() && record->file == range->file;
            if (record->kind == TABLE_LOCK && overlap(record, range) &&
                (own ? range->exclusive && !record->exclusive : record->exclusive || range->exclusive))
                owner = record->owner;
        }
        unlock_place(place);
        if (owner == TABLE_SLOTS)
            return true;
        if (is_in_the_way(owner))
            return false;
    }
    return true;
}
