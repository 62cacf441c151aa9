/*
 * Share modes, byte-range locks and delete-pending of files open in this process, see share.h.
 */
#include "io/share.h"
#include <stdlib.h>
#include <string.h>

struct opener {
    struct opener *next;
    struct io_file *file;
};

struct waiter {
    struct waiter *next;
    struct io_request *request;
    struct io_lock wanted;
};

struct io_share {
    struct io_share *next;
    uint64_t device, inode;
    struct opener *openers;
    struct io_lock *locks;
    struct waiter *waiters;
    bool delete_pending;
};

enum { BUCKETS = 1024 };

static struct {
    pthread_mutex_t lock; /* guards all of this; rank: io file */
    struct io_share *buckets[BUCKETS];
} shares = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct io_share **bucket_of(uint64_t device, uint64_t inode)
{
    return &shares.buckets[(inode * 0x9e3779b97f4a7c15ull + device) >> 54];
}

static struct io_share *find(uint64_t device, uint64_t inode)
{
    struct io_share *share = *bucket_of(device, inode);
    while (share && (share->inode != inode || share->device != device))
        share = share->next;
    return share;
}

enum { READS = FILE_READ_DATA | FILE_EXECUTE, WRITES = FILE_WRITE_DATA | FILE_APPEND_DATA };

static bool conflict(const struct io_file *a, const struct io_file *b)
{
    ACCESS_MASK any = READS | WRITES | DELETE;
    if (!(a->access & any) || !(b->access & any))
        return false;
    return ((a->access & READS) && !(b->sharing & FILE_SHARE_READ)) ||
           ((a->access & WRITES) && !(b->sharing & FILE_SHARE_WRITE)) ||
           ((a->access & DELETE) && !(b->sharing & FILE_SHARE_DELETE));
}

NTSTATUS io_share_enter(struct io_file *file, uint64_t device, uint64_t inode)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct opener *opener = malloc(sizeof *opener);
    if (!opener)
        return STATUS_NO_MEMORY;
    pthread_mutex_lock(&shares.lock);
    struct io_share *share = find(device, inode);
    if (share && share->delete_pending)
        status = STATUS_DELETE_PENDING;
    for (struct opener *other = share ? share->openers : NULL; other && NT_SUCCESS(status);
         other = other->next)
        if (conflict(file, other->file) || conflict(other->file, file))
            status = STATUS_SHARING_VIOLATION;
    if (NT_SUCCESS(status) && !share) {
        share = calloc(1, sizeof *share);
        if (share) {
            struct io_share **bucket = bucket_of(device, inode);
            share->device = device;
            share->inode = inode;
            share->next = *bucket;
            *bucket = share;
        } else
            status = STATUS_NO_MEMORY;
    }
    if (NT_SUCCESS(status)) {
        opener->file = file;
        opener->next = share->openers;
        share->openers = opener;
        file->share = share;
        opener = NULL;
    }
    pthread_mutex_unlock(&shares.lock);
    free(opener);
    return status;
}

/* Does a lock of somebody else's (or a shared one, for writing) stand in the way? */
static bool blocks(const struct io_lock *lock, const struct io_lock *wanted)
{
    if (!lock->length || !wanted->length)
        return false;
    uint64_t last = lock->start + lock->length - 1, wanted_last = wanted->start + wanted->length - 1;
    return lock->start <= wanted_last && wanted->start <= last && (lock->exclusive || wanted->exclusive);
}

static bool try_lock(struct io_share *share, const struct io_lock *wanted)
{
    for (struct io_lock *lock = share->locks; lock; lock = lock->next)
        if (blocks(lock, wanted))
            return false;
    struct io_lock *fresh = malloc(sizeof *fresh);
    if (!fresh)
        return false;
    *fresh = *wanted;
    fresh->next = share->locks;
    share->locks = fresh;
    return true;
}

/* Grants what can be granted now; the caller completes the returned requests after unlocking. */
static struct waiter *grant(struct io_share *share)
{
    struct waiter *granted = NULL;
    for (struct waiter **place = &share->waiters; *place;) {
        struct waiter *waiter = *place;
        if (try_lock(share, &waiter->wanted)) {
            *place = waiter->next;
            waiter->next = granted;
            granted = waiter;
        } else
            place = &waiter->next;
    }
    return granted;
}

static void finish(struct waiter *granted)
{
    while (granted) {
        struct waiter *next = granted->next;
        struct io_request *request = granted->request;
        if (io_claim(request))
            io_complete(request, STATUS_SUCCESS, 0);
        else /* it is being cancelled: give the lock back */
            io_unlock_range(granted->wanted.owner, granted->wanted.start, granted->wanted.length,
                            granted->wanted.key);
        free(granted);
        granted = next;
    }
}

bool io_share_leave(struct io_file *file)
{
    struct io_share *share = file->share;
    bool last = false;
    if (!share)
        return false;
    pthread_mutex_lock(&shares.lock);
    for (struct opener **place = &share->openers; *place; place = &(*place)->next)
        if ((*place)->file == file) {
            struct opener *opener = *place;
            *place = opener->next;
            free(opener);
            break;
        }
    for (struct io_lock **place = &share->locks; *place;) {
        struct io_lock *lock = *place;
        if (lock->owner == file) {
            *place = lock->next;
            free(lock);
        } else
            place = &lock->next;
    }
    struct waiter *granted = grant(share);
    file->share = NULL;
    if (!share->openers) {
        last = share->delete_pending;
        struct io_share **place = bucket_of(share->device, share->inode);
        while (*place != share)
            place = &(*place)->next;
        *place = share->next;
        free(share);
    }
    pthread_mutex_unlock(&shares.lock);
    finish(granted);
    return last;
}

void io_share_set_delete(struct io_file *file, bool pending)
{
    pthread_mutex_lock(&shares.lock);
    if (file->share)
        file->share->delete_pending = pending;
    pthread_mutex_unlock(&shares.lock);
}

bool io_share_delete_pending(struct io_file *file)
{
    pthread_mutex_lock(&shares.lock);
    bool pending = file->share && file->share->delete_pending;
    pthread_mutex_unlock(&shares.lock);
    return pending || file->removed;
}

bool io_share_in_use(uint64_t device, uint64_t inode)
{
    bool used = false;
    pthread_mutex_lock(&shares.lock);
    struct io_share *share = find(device, inode);
    for (struct opener *opener = share ? share->openers : NULL; opener && !used; opener = opener->next)
        used = !(opener->file->sharing & FILE_SHARE_DELETE) &&
               (opener->file->access & (READS | WRITES | DELETE));
    pthread_mutex_unlock(&shares.lock);
    return used;
}

void io_share_renamed(struct io_file *file, const char *path)
{
    pthread_mutex_lock(&shares.lock);
    for (struct opener *opener = file->share ? file->share->openers : NULL; opener; opener = opener->next) {
        char *copy = strdup(path);
        if (copy && opener->file->path && file->path &&
            (opener->file == file || strcmp(opener->file->path, file->path) == 0)) {
            if (opener->file == file) {
                free(copy); /* last, below: the others are compared with it */
                continue;
            }
            free(opener->file->path);
            opener->file->path = copy;
        } else
            free(copy);
    }
    char *copy = strdup(path);
    if (copy) {
        free(file->path);
        file->path = copy;
    }
    pthread_mutex_unlock(&shares.lock);
}

NTSTATUS io_lock_range(struct io_file *file, uint64_t start, uint64_t length, ULONG key, bool exclusive)
{
    struct io_lock wanted = {
        .owner = file, .start = start, .length = length, .key = key, .exclusive = exclusive};
    if (length && start + length - 1 < start)
        return STATUS_INVALID_LOCK_RANGE;
    pthread_mutex_lock(&shares.lock);
    bool good = file->share && try_lock(file->share, &wanted);
    pthread_mutex_unlock(&shares.lock);
    return good ? STATUS_SUCCESS : STATUS_LOCK_NOT_GRANTED;
}

NTSTATUS io_unlock_range(struct io_file *file, uint64_t start, uint64_t length, ULONG key)
{
    NTSTATUS status = STATUS_RANGE_NOT_LOCKED;
    struct waiter *granted = NULL;
    pthread_mutex_lock(&shares.lock);
    for (struct io_lock **place = file->share ? &file->share->locks : NULL; place && *place;
         place = &(*place)->next) {
        struct io_lock *lock = *place;
        if (lock->owner == file && lock->start == start && lock->length == length && lock->key == key) {
            *place = lock->next;
            free(lock);
            status = STATUS_SUCCESS;
            granted = grant(file->share);
            break;
        }
    }
    pthread_mutex_unlock(&shares.lock);
    finish(granted);
    return status;
}

bool io_lock_allows(struct io_file *file, uint64_t start, uint64_t length, bool write)
{
    struct io_lock wanted = {.start = start, .length = length, .exclusive = write};
    bool good = true;
    if (!file->share || !file->share->locks || !length)
        return true;
    pthread_mutex_lock(&shares.lock);
    for (struct io_lock *lock = file->share->locks; lock && good; lock = lock->next)
        if ((lock->owner != file || (write && !lock->exclusive)) && blocks(lock, &wanted))
            good = false;
    pthread_mutex_unlock(&shares.lock);
    return good;
}

static void cancel_wait(struct io_request *request)
{
    struct waiter *found = NULL;
    pthread_mutex_lock(&shares.lock);
    struct io_share *share = request->file->share;
    for (struct waiter **place = share ? &share->waiters : NULL; place && *place; place = &(*place)->next)
        if ((*place)->request == request) {
            found = *place;
            *place = found->next;
            break;
        }
    pthread_mutex_unlock(&shares.lock);
    free(found);
    io_complete(request, STATUS_CANCELLED, 0);
}

bool io_lock_wait(struct io_file *file, struct io_request *request, uint64_t start, uint64_t length,
                  ULONG key, bool exclusive)
{
    struct waiter *waiter = malloc(sizeof *waiter), *granted = NULL;
    if (!waiter)
        return false;
    waiter->wanted = (struct io_lock){
        .owner = file, .start = start, .length = length, .key = key, .exclusive = exclusive};
    waiter->request = io_pend(request, cancel_wait);
    if (!waiter->request) {
        free(waiter);
        return false;
    }
    pthread_mutex_lock(&shares.lock);
    struct waiter **place = &file->share->waiters;
    while (*place)
        place = &(*place)->next;
    waiter->next = NULL;
    *place = waiter;
    granted = grant(file->share);
    pthread_mutex_unlock(&shares.lock);
    finish(granted);
    return true;
}
