/*
 * Share modes, byte-range locks and delete-pending, see share.h. Each file that is open here has one record;
 * what the process has of it as a whole stands in the session's table, where other processes look.
 */
#include "io/share.h"
#include "io/device.h"
#include "io/share_table.h"
#include "ke/wait.h"
#include "ps/ps.h"
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct opener {
    struct opener *next;
    struct io_file *file;
    uint32_t number; /* of this open file, for its locks */
};

struct waiter {
    struct waiter *next;
    struct io_request *request;
    struct io_file *file;
    struct io_table_range wanted;
};

struct io_share {
    struct io_share *next;
    struct opener *openers;
    struct waiter *waiters;
    struct io_table_place place;
    bool delete_pending; /* counts if the table has no room for it */
};

enum { BUCKETS = 1024 };

static struct {
    pthread_mutex_t lock; /* guards all of this; rank: io file */
    uint32_t numbers;
    unsigned waiting; /* how many waiters there are */
    bool watched;     /* a thread looks after them */
    bool at_exit;
    struct io_file *deferred; /* a file that is open and in no list yet */
    struct statx deferred_stat;
    struct io_share *buckets[BUCKETS];
} shares = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct io_share **bucket_of(uint64_t device, uint64_t inode)
{
    return &shares.buckets[(inode * 0x9e3779b97f4a7c15ull + device) >> 54];
}

static struct io_share *find(uint64_t device, uint64_t inode)
{
    struct io_share *share = *bucket_of(device, inode);
    while (share && (share->place.inode != inode || share->place.device != device))
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

/* All accesses of those that count, and what all of them share. */
static void add_up(const struct io_file *file, ACCESS_MASK *access, ULONG *sharing)
{
    if (!(file->access & (READS | WRITES | DELETE)))
        return;
    *access |= file->access & (READS | WRITES | DELETE);
    *sharing &= file->sharing;
}

static void exit_process(void);

/* With the lock held; the place is looked up without it. */
static NTSTATUS enter(struct io_file *file, const struct io_table_place *place, struct opener *opener,
                      bool unconditionally)
{
    ACCESS_MASK access = 0;
    ULONG sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    struct io_share *share = find(place->device, place->inode), *fresh = NULL;
    if (share && share->delete_pending && !unconditionally)
        return STATUS_DELETE_PENDING;
    add_up(file, &access, &sharing);
    for (struct opener *other = share ? share->openers : NULL; other; other = other->next) {
        if (!unconditionally && (conflict(file, other->file) || conflict(other->file, file)))
            return STATUS_SHARING_VIOLATION;
        add_up(other->file, &access, &sharing);
    }
    if (!share) {
        share = fresh = calloc(1, sizeof *share);
        if (!share)
            return STATUS_NO_MEMORY;
        share->place = *place;
    }
    bool deletes = file->options & FILE_DELETE_ON_CLOSE;
    NTSTATUS status = io_table_enter(&share->place, unconditionally ? 0 : file->access, file->sharing, access,
                                     sharing, deletes ? file->path : NULL);
    if (!NT_SUCCESS(status)) {
        free(fresh);
        return status;
    }
    if (fresh) {
        struct io_share **bucket = bucket_of(place->device, place->inode);
        share->next = *bucket;
        *bucket = share;
    }
    if (deletes && !shares.at_exit) {
        shares.at_exit = true;
        ps_at_exit(exit_process);
    }
    file->moves = session_table()->moves;
    opener->file = file;
    opener->number = ++shares.numbers;
    opener->next = share->openers;
    share->openers = opener;
    file->share = share;
    return STATUS_SUCCESS;
}

static NTSTATUS enter_file(struct io_file *file, const struct statx *stat, bool unconditionally)
{
    struct io_table_place place;
    struct opener *opener = malloc(sizeof *opener);
    if (!opener)
        return STATUS_NO_MEMORY;
    io_table_find(&place, stat);
    pthread_mutex_lock(&shares.lock);
    NTSTATUS status = enter(file, &place, opener, unconditionally);
    pthread_mutex_unlock(&shares.lock);
    if (!NT_SUCCESS(status))
        free(opener);
    return status;
}

static void enter_deferred(void)
{
    struct io_table_place place;
    pthread_mutex_lock(&shares.lock);
    struct statx stat = shares.deferred_stat;
    pthread_mutex_unlock(&shares.lock);
    io_table_find(&place, &stat);
    struct opener *opener = malloc(sizeof *opener);
    pthread_mutex_lock(&shares.lock);
    if (opener && shares.deferred && NT_SUCCESS(enter(shares.deferred, &place, opener, true)))
        opener = NULL;
    __atomic_store_n(&shares.deferred, NULL, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&shares.lock);
    free(opener);
}

/* The working directory, which every program opens first, does not make a program without other files join
 * the session's table. */
static bool defer(struct io_file *file, const struct statx *stat)
{
    if (file->kind != IO_DIRECTORY || (file->access & ~(ACCESS_MASK)SYNCHRONIZE) != FILE_TRAVERSE ||
        session_table_if_there())
        return false;
    pthread_mutex_lock(&shares.lock);
    bool deferred = !shares.deferred;
    if (deferred) {
        shares.deferred_stat = *stat;
        __atomic_store_n(&shares.deferred, file, __ATOMIC_RELAXED);
    }
    pthread_mutex_unlock(&shares.lock);
    return deferred;
}

NTSTATUS io_share_enter(struct io_file *file, const struct statx *stat)
{
    if (defer(file, stat))
        return STATUS_SUCCESS;
    if (__atomic_load_n(&shares.deferred, __ATOMIC_RELAXED))
        enter_deferred();
    return enter_file(file, stat, false);
}

void io_share_join(struct io_file *file, const struct statx *stat)
{
    enter_file(file, stat, true);
}

static struct opener *opener_of(struct io_file *file)
{
    struct opener *opener = file->share ? file->share->openers : NULL;
    while (opener && opener->file != file)
        opener = opener->next;
    return opener;
}

/* Grants what can be granted now; the caller completes the returned requests after unlocking. */
static struct waiter *grant(struct io_share *share)
{
    struct waiter *granted = NULL;
    for (struct waiter **place = &share->waiters; *place;) {
        struct waiter *waiter = *place;
        if (io_table_lock(&share->place, &waiter->wanted) == STATUS_SUCCESS) {
            *place = waiter->next;
            waiter->next = granted;
            granted = waiter;
            shares.waiting--;
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
            io_unlock_range(granted->file, granted->wanted.start, granted->wanted.length,
                            granted->wanted.key);
        free(granted);
        granted = next;
    }
}

bool io_share_leave(struct io_file *file, struct io_table_place *ret_place)
{
    ret_place->own = 0;
    if (!file->share && __atomic_load_n(&shares.deferred, __ATOMIC_RELAXED) != file)
        return false;
    bool last = false;
    struct waiter *granted = NULL;
    pthread_mutex_lock(&shares.lock);
    if (shares.deferred == file)
        __atomic_store_n(&shares.deferred, NULL, __ATOMIC_RELAXED);
    struct io_share *share = file->share;
    struct opener *opener = opener_of(file);
    if (!share || !opener) {
        pthread_mutex_unlock(&shares.lock);
        return false;
    }
    io_table_unlock_all(&share->place, opener->number);
    struct opener **place = &share->openers;
    while (*place != opener)
        place = &(*place)->next;
    *place = opener->next;
    free(opener);
    file->share = NULL;
    if (share->openers) {
        ACCESS_MASK access = 0;
        ULONG sharing = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
        for (opener = share->openers; opener; opener = opener->next)
            add_up(opener->file, &access, &sharing);
        io_table_update(&share->place, access, sharing);
        granted = grant(share);
    } else {
        last = share->place.own ? io_table_leave(&share->place) : share->delete_pending;
        *ret_place = share->place;
        struct io_share **link = bucket_of(share->place.device, share->place.inode);
        while (*link != share)
            link = &(*link)->next;
        *link = share->next;
        free(share);
    }
    pthread_mutex_unlock(&shares.lock);
    finish(granted);
    return last;
}

/* The process ends with open files: what is to be deleted with them is. Its other threads are gone or as
 * good. */
static void exit_process(void)
{
    if (pthread_mutex_trylock(&shares.lock) != 0)
        return; /* whoever has it is killed with us: others tidy up behind us */
    for (unsigned i = 0; i < BUCKETS; i++)
        for (struct io_share *share = shares.buckets[i]; share; share = share->next) {
            struct io_file *deleted = NULL;
            for (struct opener *opener = share->openers; opener; opener = opener->next)
                if (opener->file->delete_on_close || io_table_pending(&share->place))
                    deleted = opener->file;
            if (!deleted)
                continue;
            io_table_set_pending(&share->place, true, deleted->path);
            if (io_table_leave(&share->place) && !deleted->removed)
                io_remove_file(deleted);
            io_table_left(&share->place);
        }
    pthread_mutex_unlock(&shares.lock);
}

void io_share_set_delete(struct io_file *file, bool pending)
{
    pthread_mutex_lock(&shares.lock);
    if (file->share) {
        file->share->delete_pending = pending;
        io_table_set_pending(&file->share->place, pending, file->path);
        if (pending && !shares.at_exit) {
            shares.at_exit = true;
            ps_at_exit(exit_process);
        }
    }
    bool others = file->share && (file->share->openers->next || io_table_has_others(&file->share->place));
    pthread_mutex_unlock(&shares.lock);
    if (pending && others && file->kind == IO_DIRECTORY)
        io_notify_touch(file->path);
}

bool io_share_delete_pending(struct io_file *file)
{
    pthread_mutex_lock(&shares.lock);
    bool pending = file->share && (file->share->place.own ? io_table_pending(&file->share->place)
                                                          : file->share->delete_pending);
    pthread_mutex_unlock(&shares.lock);
    return pending || file->removed;
}

bool io_share_in_use(const struct statx *stat, bool at_all)
{
    struct io_table_place place;
    bool used = false;
    io_table_find(&place, stat);
    pthread_mutex_lock(&shares.lock);
    struct io_share *share = find(place.device, place.inode);
    for (struct opener *opener = share ? share->openers : NULL; opener && !used; opener = opener->next)
        used = at_all || (!(opener->file->sharing & FILE_SHARE_DELETE) &&
                          (opener->file->access & (READS | WRITES | DELETE)));
    pthread_mutex_unlock(&shares.lock);
    return used || (at_all ? io_table_has_others(&place) : io_table_denies_delete(&place));
}

bool io_share_is_pending(const struct statx *stat)
{
    struct io_table_place place;
    if (!session_table_if_there())
        return false; /* a creation that fails is no reason to have one */
    io_table_find(&place, stat);
    pthread_mutex_lock(&shares.lock);
    struct io_share *share = find(place.device, place.inode);
    bool pending = share && share->delete_pending;
    pthread_mutex_unlock(&shares.lock);
    return pending || io_table_pending_anywhere(&place);
}

bool io_share_open_below(const char *folder)
{
    size_t length = strlen(folder);
    bool found = false;
    pthread_mutex_lock(&shares.lock);
    for (unsigned i = 0; i < BUCKETS && !found; i++)
        for (struct io_share *share = shares.buckets[i]; share && !found; share = share->next)
            for (struct opener *opener = share->openers; opener && !found; opener = opener->next) {
                const char *path = opener->file->path;
                found = path && !opener->file->removed && strncmp(path, folder, length) == 0 &&
                        path[length] == '/';
            }
    pthread_mutex_unlock(&shares.lock);
    return found || io_table_open_below(folder);
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
    if (file->kind == IO_DIRECTORY || (file->share && io_table_has_others(&file->share->place)))
        file->moves = __atomic_add_fetch(&session_table()->moves, 1, __ATOMIC_ACQ_REL);
    pthread_mutex_unlock(&shares.lock);
}

/* Somebody renames: the kernel knows the new path of what has a descriptor. */
void io_share_follow(struct io_file *file)
{
    struct session_table *table = session_table_if_there();
    char link[64], path[4096];
    struct stat here, there;
    uint32_t moves = table ? __atomic_load_n(&table->moves, __ATOMIC_ACQUIRE) : 0;
    if (file->moves == moves || file->fd < 0 || !file->path || file->overlay || file->link_itself)
        return;
    file->moves = moves;
    if (fstat(file->fd, &here) != 0 ||
        (lstat(file->path, &there) == 0 && here.st_ino == there.st_ino && here.st_dev == there.st_dev))
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file->fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0)
        return;
    path[n] = 0;
    if (lstat(path, &there) != 0 || here.st_ino != there.st_ino || here.st_dev != there.st_dev)
        return;
    char *copy = strdup(path);
    if (!copy)
        return;
    pthread_mutex_lock(&shares.lock);
    free(file->path);
    file->path = copy;
    pthread_mutex_unlock(&shares.lock);
}

/* ---- byte-range locks ---- */

static bool make_range(struct io_file *file, uint64_t start, uint64_t length, ULONG key, bool exclusive,
                       struct io_table_range *ret_range)
{
    struct opener *opener = opener_of(file);
    if (opener)
        *ret_range = (struct io_table_range){start, length, opener->number, key, exclusive};
    return opener != NULL;
}

NTSTATUS io_lock_range(struct io_file *file, uint64_t start, uint64_t length, ULONG key, bool exclusive)
{
    struct io_table_range wanted;
    NTSTATUS status = STATUS_LOCK_NOT_GRANTED;
    if (length && start + length - 1 < start)
        return STATUS_INVALID_LOCK_RANGE;
    pthread_mutex_lock(&shares.lock);
    if (make_range(file, start, length, key, exclusive, &wanted))
        status = io_table_lock(&file->share->place, &wanted);
    pthread_mutex_unlock(&shares.lock);
    return status;
}

NTSTATUS io_unlock_range(struct io_file *file, uint64_t start, uint64_t length, ULONG key)
{
    NTSTATUS status = STATUS_RANGE_NOT_LOCKED;
    struct io_table_range range;
    struct waiter *granted = NULL;
    pthread_mutex_lock(&shares.lock);
    if (make_range(file, start, length, key, false, &range) && io_table_unlock(&file->share->place, &range)) {
        status = STATUS_SUCCESS;
        granted = grant(file->share);
    }
    pthread_mutex_unlock(&shares.lock);
    finish(granted);
    return status;
}

bool io_lock_allows(struct io_file *file, uint64_t start, uint64_t length, bool write)
{
    struct io_table_range wanted;
    struct io_share *share = file->share;
    bool good = true;
    if (!share || !length || !__atomic_load_n(&share->place.stripe->locks, __ATOMIC_RELAXED))
        return true;
    pthread_mutex_lock(&shares.lock);
    if (make_range(file, start, length, 0, write, &wanted))
        good = io_table_allows(&share->place, &wanted);
    pthread_mutex_unlock(&shares.lock);
    return good;
}

/* Looks after the waiters as long as there are any: locks that other processes give up move `unlocks`; locks
 * of processes that died are found by looking again. */
static void *watch_locks(void *unused)
{
    struct session_table *table = session_table();
    struct timespec pause = {0, 20000000};
    (void)unused;
    prctl(PR_SET_NAME, "file locks");
    __atomic_add_fetch(&table->lock_waiters, 1, __ATOMIC_SEQ_CST);
    for (;;) {
        uint32_t unlocks = __atomic_load_n(&table->unlocks, __ATOMIC_SEQ_CST);
        struct waiter *granted = NULL, *all = NULL;
        pthread_mutex_lock(&shares.lock);
        if (!shares.waiting) {
            shares.watched = false;
            pthread_mutex_unlock(&shares.lock);
            break;
        }
        for (unsigned i = 0; i < BUCKETS; i++)
            for (struct io_share *share = shares.buckets[i]; share; share = share->next)
                if (share->waiters && (granted = grant(share))) {
                    struct waiter *end = granted;
                    while (end->next)
                        end = end->next;
                    end->next = all;
                    all = granted;
                }
        pthread_mutex_unlock(&shares.lock);
        finish(all);
        syscall(SYS_futex, &table->unlocks, FUTEX_WAIT, unlocks, &pause, NULL, 0);
    }
    __atomic_sub_fetch(&table->lock_waiters, 1, __ATOMIC_SEQ_CST);
    return NULL;
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
            shares.waiting--;
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
    waiter->file = file;
    pthread_mutex_lock(&shares.lock);
    bool known = make_range(file, start, length, key, exclusive, &waiter->wanted);
    pthread_mutex_unlock(&shares.lock);
    waiter->request = known ? io_pend(request, cancel_wait) : NULL;
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
    shares.waiting++;
    granted = grant(file->share);
    bool start_watch = shares.waiting && !shares.watched;
    shares.watched |= start_watch;
    pthread_mutex_unlock(&shares.lock);
    finish(granted);
    if (start_watch && !ke_start_helper(watch_locks, NULL))
        shares.watched = false;
    return true;
}
