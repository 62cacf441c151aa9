/*
 * The registry's store on LMDB: opening it, and transactions (see store.h). Writes are atomic and survive a
 * kill of the writer; they are not synced to disk one by one.
 */
#include "cm/store_internal.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, RESERVE_STEP = 1 << 20, CHECK_READERS = 1024, READERS = 1024 };

struct lmdb cm_lmdb;
static pthread_once_t lmdb_once = PTHREAD_ONCE_INIT;
static bool lmdb_loaded;

static void load_lmdb(void)
{
    void *library = dlopen("liblmdb.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return;
    lmdb_loaded = true;
#define F(name) lmdb_loaded &= (cm_lmdb.name = (__typeof__(name) *)dlsym(library, #name)) != NULL;
    LMDB_FUNCTIONS(F)
#undef F
}

NTSTATUS cm_status_from_lmdb(int error)
{
    switch (error) {
    case MDB_SUCCESS: return STATUS_SUCCESS;
    case MDB_NOTFOUND: return STATUS_OBJECT_NAME_NOT_FOUND;
    case MDB_KEYEXIST: return STATUS_OBJECT_NAME_COLLISION;
    case MDB_MAP_FULL: return STATUS_DISK_FULL;
    case MDB_TXN_FULL: return STATUS_INSUFFICIENT_RESOURCES;
    case MDB_READERS_FULL: return STATUS_INSUFFICIENT_RESOURCES;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH: return STATUS_REGISTRY_CORRUPT;
    case ENOENT: return STATUS_OBJECT_NAME_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS: return STATUS_ACCESS_DENIED;
    case EDQUOT:
    case EFBIG:
    case ENOSPC: return STATUS_DISK_FULL;
    case ENOMEM: return STATUS_NO_MEMORY;
    default: return STATUS_REGISTRY_IO_FAILED;
    }
}

const uint8_t *cm_boot_id(void)
{
    static uint8_t id[16];
    static bool read_already;
    if (!__atomic_load_n(&read_already, __ATOMIC_ACQUIRE)) {
        char text[40] = {0};
        int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            if (read(fd, text, sizeof text - 1) > 0)
                for (size_t i = 0, n = 0; text[i] && n < 32; i++)
                    if (text[i] != '-' && text[i] != '\n') {
                        unsigned digit = text[i] <= '9' ? (unsigned)text[i] - '0'
                                                        : (unsigned)(text[i] | 32) - 'a' + 10;
                        id[n / 2] = (uint8_t)(id[n / 2] << 4 | digit);
                        n++;
                    }
            close(fd);
        }
        __atomic_store_n(&read_already, true, __ATOMIC_RELEASE);
    }
    return id;
}

int64_t cm_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (now.tv_sec + 11644473600ll) * 10000000 + now.tv_nsec / 100;
}

/* ---------------------------------------------------------------- opening */

/* LMDB writes to the mapping of its lock file: that, too, is to have room before. */
static int reserve_lock_file(const char *path)
{
    enum { LOCK_FILE = (READERS + 64) * 64 };
    char lock[PATH_MAX];
    if ((size_t)snprintf(lock, sizeof lock, "%s-lock", path) >= sizeof lock)
        return ENAMETOOLONG;
    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    int error = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, LOCK_FILE) == 0 ? 0 : errno;
    close(fd);
    return error == EOPNOTSUPP || error == ENOSYS || error == EINTR ? 0 : error;
}

/* Where address space is scarce (ulimit -v) the store cannot grow as far; LMDB maps a whole file at least. */
static int open_environment(struct cm_store *store, const char *path, unsigned flags)
{
    size_t size = flags & MDB_RDONLY ? (size_t)1 << 20 : (size_t)512 << 20;
    for (;;) {
        int error = cm_lmdb.mdb_env_create(&store->env);
        if (error) {
            store->env = NULL;
            return error;
        }
        cm_lmdb.mdb_env_set_maxreaders(store->env, READERS);
        cm_lmdb.mdb_env_set_mapsize(store->env, size);
        error = cm_lmdb.mdb_env_open(store->env, path, flags, 0600);
        store->map_size = size;
        if ((error != ENOMEM && error != EFBIG) || size <= 1 << 20)
            return error;
        size /= 4;
        cm_lmdb.mdb_env_close(store->env);
        store->env = NULL;
    }
}

/* The root and the keys that have fixed numbers. */
static NTSTATUS create_fixed_keys(struct cm_store *store)
{
    static const struct {
        uint64_t id, parent;
        const WCHAR *name;
        size_t length;
    } keys[] = {
        {CM_ROOT, 0, u"REGISTRY", 8},
        {CM_MACHINE, CM_ROOT, u"MACHINE", 7},
        {CM_USER, CM_ROOT, u"USER", 4},
        {CM_SOFTWARE, CM_MACHINE, u"SOFTWARE", 8},
        {CM_WOW_NODE, CM_SOFTWARE, u"WOW6432Node", 11},
        {CM_CLASSES, CM_SOFTWARE, u"Classes", 7},
        {CM_CURRENT_USER, CM_USER, u"Current", 7},
        {CM_USER_SOFTWARE, CM_CURRENT_USER, u"Software", 8},
        {CM_USER_CLASSES, CM_USER_SOFTWARE, u"Classes", 7},
    };
    struct cm_transaction *transaction;
    struct cm_info info;
    NTSTATUS status = cm_begin(store, true, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    if (cm_get_info(transaction, CM_ROOT, &info, NULL, NULL) == STATUS_OBJECT_NAME_NOT_FOUND)
        for (size_t i = 0; i < sizeof keys / sizeof *keys && NT_SUCCESS(status); i++)
            status = cm_create_numbered(transaction, keys[i].id, keys[i].parent, keys[i].name,
                                        keys[i].length);
    NTSTATUS end = cm_end(transaction, NT_SUCCESS(status));
    return NT_SUCCESS(status) ? end : status;
}

static NTSTATUS open_table(struct cm_store *store)
{
    MDB_txn *txn;
    int error = cm_lmdb.mdb_txn_begin(store->env, NULL, store->read_only ? MDB_RDONLY : 0, &txn);
    if (error)
        return cm_status_from_lmdb(error);
    error = cm_lmdb.mdb_dbi_open(txn, NULL, 0, &store->table);
    if (error) {
        cm_lmdb.mdb_txn_abort(txn);
        return cm_status_from_lmdb(error);
    }
    return cm_status_from_lmdb(cm_lmdb.mdb_txn_commit(txn));
}

NTSTATUS cm_store_open(const char *path, bool read_only, bool create, struct cm_store **ret_store)
{
    pthread_once(&lmdb_once, load_lmdb);
    if (!lmdb_loaded)
        return STATUS_DLL_NOT_FOUND;
    struct cm_store *store = calloc(1, sizeof *store);
    if (!store)
        return STATUS_NO_MEMORY;
    store->read_only = read_only;
    store->mapped = !read_only && !create;
    unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;
    if (read_only)
        flags |= MDB_RDONLY | MDB_NOLOCK;
    else if (create)
        flags |= MDB_NOSYNC; /* the build tool: the file stays as small as its content */
    else
        flags |= MDB_NOSYNC | MDB_WRITEMAP;
    int error = !create && access(path, F_OK) != 0 ? ENOENT : store->mapped ? reserve_lock_file(path) : 0;
    if (!error)
        error = open_environment(store, path, flags);
    if (!store->env) {
        free(store);
        return cm_status_from_lmdb(error);
    }
    NTSTATUS status = cm_status_from_lmdb(error);
    if (NT_SUCCESS(status) && !read_only) {
        int dead;
        cm_lmdb.mdb_reader_check(store->env, &dead); /* slots of killed processes */
        cm_lmdb.mdb_env_get_fd(store->env, &store->fd);
    }
    if (NT_SUCCESS(status))
        status = open_table(store);
    if (NT_SUCCESS(status) && create)
        status = create_fixed_keys(store);
    if (!NT_SUCCESS(status)) {
        cm_store_close(store);
        return status;
    }
    *ret_store = store;
    return STATUS_SUCCESS;
}

NTSTATUS cm_store_copy(struct cm_store *original, struct cm_store **ret_copy)
{
    char path[32];
    struct cm_store *store = calloc(1, sizeof *store);
    int fd = memfd_create("registry transaction", MFD_CLOEXEC);
    NTSTATUS status = store && fd >= 0 ? cm_status_from_lmdb(cm_lmdb.mdb_env_copyfd(original->env, fd))
                                       : STATUS_NO_MEMORY;
    if (NT_SUCCESS(status)) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        status = cm_status_from_lmdb(
            open_environment(store, path, MDB_NOSUBDIR | MDB_NOTLS | MDB_NOLOCK | MDB_NOSYNC));
    }
    if (fd >= 0)
        close(fd);
    if (NT_SUCCESS(status))
        status = open_table(store);
    if (NT_SUCCESS(status)) {
        *ret_copy = store;
        return status;
    }
    if (store && store->env)
        cm_lmdb.mdb_env_close(store->env);
    free(store);
    return status;
}

void cm_number_keys(struct cm_store *copy, uint64_t next)
{
    copy->next_id = next;
}

void cm_store_close(struct cm_store *store)
{
    for (int i = 0; i < IDLE_READS; i++)
        if (store->idle_reads[i]) {
            cm_lmdb.mdb_txn_abort(store->idle_reads[i]->txn);
            free(store->idle_reads[i]);
        }
    cm_index_forget(store);
    cm_lmdb.mdb_env_close(store->env);
    free(store);
}

NTSTATUS cm_store_sync(struct cm_store *store)
{
    return store->read_only ? STATUS_SUCCESS : cm_status_from_lmdb(cm_lmdb.mdb_env_sync(store->env, 1));
}

/* ---------------------------------------------------------------- transactions */

/* Writing to a page of the mapping that has no room on the disk would kill the process: so there is room
 * before. A transaction takes at most a copy of every page in use, and new ones for what it puts, twice as
 * much for halves. */
NTSTATUS cm_reserve(struct cm_transaction *transaction, size_t size)
{
    enum { COPIES = 10, SLACK = 64 };
    struct cm_store *store = transaction->store;
    if (!store->mapped)
        return STATUS_SUCCESS;
    transaction->bytes += size + 64;
    transaction->puts++;
    uint64_t copies = transaction->puts * COPIES < transaction->pages ? transaction->puts * COPIES
                                                                      : transaction->pages;
    uint64_t end = (transaction->pages + copies + SLACK) * PAGE + transaction->bytes * 3;
    if (end <= store->reserved)
        return STATUS_SUCCESS;
    end = (end + RESERVE_STEP) & ~(uint64_t)(RESERVE_STEP - 1);
    if (end > store->map_size)
        end = store->map_size;
    if (end > store->reserved) {
        int result;
        while ((result = fallocate(store->fd, 0, (off_t)store->reserved, (off_t)(end - store->reserved))) !=
                   0 &&
               errno == EINTR)
            ;
        if (result != 0 && errno != EOPNOTSUPP && errno != ENOSYS)
            return cm_status_from_lmdb(errno);
        store->reserved = end;
    }
    return STATUS_SUCCESS;
}

static struct cm_transaction *take_idle(struct cm_store *store)
{
    for (int i = 0; i < IDLE_READS; i++) {
        struct cm_transaction *transaction;
        if (__atomic_load_n(&store->idle_reads[i], __ATOMIC_RELAXED) &&
            (transaction = __atomic_exchange_n(&store->idle_reads[i], NULL, __ATOMIC_ACQ_REL)))
            return transaction;
    }
    return NULL;
}

static bool put_idle(struct cm_transaction *transaction)
{
    struct cm_store *store = transaction->store;
    for (int i = 0; i < IDLE_READS; i++) {
        struct cm_transaction *none = NULL;
        if (!__atomic_load_n(&store->idle_reads[i], __ATOMIC_RELAXED) &&
            __atomic_compare_exchange_n(&store->idle_reads[i], &none, transaction, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED))
            return true;
    }
    return false;
}

NTSTATUS cm_begin_peek(struct cm_store *store, struct cm_transaction **ret_transaction)
{
    struct cm_transaction *transaction = take_idle(store);
    if (!transaction)
        return STATUS_RETRY;
    transaction->peeking = true;
    transaction->unknown = false;
    transaction->generation = cm_last_generation(store);
    *ret_transaction = transaction;
    return STATUS_SUCCESS;
}

bool cm_peek_failed(struct cm_transaction *transaction)
{
    return transaction->peeking && transaction->unknown;
}

/* A writer that begins every so often frees the slots of readers that were killed: they keep old pages in
 * use. */
static int begin_write(struct cm_transaction *transaction)
{
    struct cm_store *store = transaction->store;
    int dead;
    if (__atomic_add_fetch(&store->writes, 1, __ATOMIC_RELAXED) % CHECK_READERS == 0)
        cm_lmdb.mdb_reader_check(store->env, &dead);
    int error = cm_lmdb.mdb_txn_begin(store->env, NULL, 0, &transaction->txn);
    if (!error) {
        MDB_envinfo info;
        cm_lmdb.mdb_env_info(store->env, &info);
        transaction->pages = info.me_last_pgno + 1;
    }
    return error;
}

NTSTATUS cm_begin(struct cm_store *store, bool write, struct cm_transaction **ret_transaction)
{
    struct cm_transaction *transaction = NULL;
    int error = 0, dead;
    if (write && store->read_only)
        return STATUS_ACCESS_DENIED;
    if (!write && (transaction = take_idle(store))) {
        if (cm_lmdb.mdb_txn_renew(transaction->txn) == 0) {
            *ret_transaction = transaction;
            return STATUS_SUCCESS;
        }
        cm_lmdb.mdb_txn_abort(transaction->txn);
    }
    if (!transaction && !(transaction = malloc(sizeof *transaction)))
        return STATUS_NO_MEMORY;
    *transaction = (struct cm_transaction){.store = store, .write = write};
    if (write) {
        error = begin_write(transaction);
    } else {
        error = cm_lmdb.mdb_txn_begin(store->env, NULL, MDB_RDONLY, &transaction->txn);
        if (error == MDB_READERS_FULL && cm_lmdb.mdb_reader_check(store->env, &dead) == 0 && dead)
            error = cm_lmdb.mdb_txn_begin(store->env, NULL, MDB_RDONLY, &transaction->txn);
    }
    if (error) {
        free(transaction);
        return cm_status_from_lmdb(error);
    }
    *ret_transaction = transaction;
    return STATUS_SUCCESS;
}

NTSTATUS cm_end(struct cm_transaction *transaction, bool commit)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (transaction->peeking)
        transaction->peeking = false;
    else if (!transaction->write)
        cm_lmdb.mdb_txn_reset(transaction->txn);
    if (!transaction->write && put_idle(transaction))
        return STATUS_SUCCESS;
    if (transaction->write && commit)
        status = cm_status_from_lmdb(cm_lmdb.mdb_txn_commit(transaction->txn));
    else
        cm_lmdb.mdb_txn_abort(transaction->txn);
    free(transaction);
    return status;
}

uint64_t cm_generation(struct cm_transaction *transaction)
{
    return transaction->peeking ? transaction->generation : cm_lmdb.mdb_txn_id(transaction->txn);
}
