/*
 * The registry's store on LMDB (see store.h). liblmdb is loaded on first use, so that programs
 * that never look at the registry pay nothing. Writes are atomic and survive a kill of the
 * writer; they are not synced to disk one by one.
 */
#include "cm/store.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wctype.h>
#include <locale.h>

struct cm_store {
    MDB_env *env;
    MDB_dbi keys, infos, values;
    struct cm_transaction *idle_read; /* a reset read transaction, ready to be renewed; taken by exchange */
    bool read_only;
};

struct cm_transaction {
    struct cm_store *store;
    MDB_txn *txn;
    bool write;
};

// clang-format off
#define LMDB_FUNCTIONS(F)                                                                                    \
    F(mdb_env_create)                                                                                        \
    F(mdb_env_set_mapsize)                                                                                   \
    F(mdb_env_set_maxdbs)                                                                                    \
    F(mdb_env_set_maxreaders) F(mdb_env_open) F(mdb_env_close) F(mdb_env_info) F(mdb_env_get_maxkeysize)     \
        F(mdb_txn_begin) F(mdb_txn_commit) F(mdb_txn_abort) F(mdb_txn_reset) F(mdb_txn_renew)                \
            F(mdb_dbi_open) F(mdb_get) F(mdb_put) F(mdb_del) F(mdb_cursor_open) F(mdb_cursor_close)          \
                F(mdb_cursor_get) F(mdb_reader_check)
// clang-format on

static struct {
#define F(name) __typeof__(name) *name;
    LMDB_FUNCTIONS(F)
#undef F
} lmdb;

static pthread_once_t lmdb_once = PTHREAD_ONCE_INIT;
static bool lmdb_loaded;

static void load_lmdb(void)
{
    void *library = dlopen("liblmdb.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return;
    lmdb_loaded = true;
#define F(name) lmdb_loaded &= (lmdb.name = (__typeof__(name) *)dlsym(library, #name)) != NULL;
    LMDB_FUNCTIONS(F)
#undef F
}

static NTSTATUS status_from_lmdb(int error)
{
    switch (error) {
    case MDB_SUCCESS: return STATUS_SUCCESS;
    case MDB_NOTFOUND: return STATUS_OBJECT_NAME_NOT_FOUND;
    case MDB_KEYEXIST: return STATUS_OBJECT_NAME_COLLISION;
    case MDB_MAP_FULL: return STATUS_DISK_FULL;
    case MDB_READERS_FULL: return STATUS_INSUFFICIENT_RESOURCES;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH: return STATUS_REGISTRY_CORRUPT;
    case ENOENT: return STATUS_OBJECT_NAME_NOT_FOUND;
    case EACCES:
    case EROFS: return STATUS_ACCESS_DENIED;
    case ENOSPC: return STATUS_DISK_FULL;
    case ENOMEM: return STATUS_NO_MEMORY;
    default: return STATUS_REGISTRY_IO_FAILED;
    }
}

WCHAR cm_fold(WCHAR c)
{
    static locale_t locale;
    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c;
    locale_t unicode = __atomic_load_n(&locale, __ATOMIC_ACQUIRE);
    if (!unicode) {
        unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
        if (!unicode)
            return c;
        __atomic_store_n(&locale, unicode, __ATOMIC_RELEASE);
    }
    wint_t upper = towupper_l(c, unicode);
    return upper <= 0xffff ? (WCHAR)upper : c;
}

/* A table key: id in big endian, then the folded name big endian, so that order is alphabetical.
 * LMDB limits keys; a longer name keeps its beginning and gets a hash of the whole. */
struct table_key {
    uint8_t bytes[512];
    size_t size;
};

enum { KEY_LIMIT = 511, NAME_LIMIT = (KEY_LIMIT - 8) & ~1, HASHED_PREFIX = NAME_LIMIT - 16 };

static void put_id(uint8_t *to, uint64_t id)
{
    id = __builtin_bswap64(id);
    memcpy(to, &id, 8);
}

static uint64_t get_id(const void *from)
{
    uint64_t id;
    memcpy(&id, from, 8);
    return __builtin_bswap64(id);
}

static void make_key(struct table_key *key, uint64_t id, const WCHAR *name, size_t length)
{
    put_id(key->bytes, id);
    size_t limit = length * 2 <= NAME_LIMIT ? length : HASHED_PREFIX / 2;
    for (size_t i = 0; i < limit; i++) {
        WCHAR c = cm_fold(name[i]);
        key->bytes[8 + i * 2] = (uint8_t)(c >> 8);
        key->bytes[9 + i * 2] = (uint8_t)c;
    }
    key->size = 8 + limit * 2;
    if (limit < length) {
        uint64_t hash[2] = {0xcbf29ce484222325, 0x9e3779b97f4a7c15};
        for (size_t i = 0; i < length; i++) {
            WCHAR c = cm_fold(name[i]);
            hash[0] = (hash[0] ^ c) * 0x100000001b3;
            hash[1] = (hash[1] + c) * 0xbf58476d1ce4e5b9 ^ hash[1] >> 29;
        }
        memcpy(key->bytes + key->size, hash, sizeof hash);
        key->size += sizeof hash;
    }
}

static const uint8_t *boot_id(void)
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

static int64_t nt_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (now.tv_sec + 11644473600ll) * 10000000 + now.tv_nsec / 100;
}

static NTSTATUS open_tables(struct cm_store *store, bool create)
{
    MDB_txn *txn;
    int error = lmdb.mdb_txn_begin(store->env, NULL, store->read_only ? MDB_RDONLY : 0, &txn);
    if (error)
        return status_from_lmdb(error);
    unsigned flags = create ? MDB_CREATE : 0;
    if ((error = lmdb.mdb_dbi_open(txn, "keys", flags, &store->keys)) ||
        (error = lmdb.mdb_dbi_open(txn, "infos", flags, &store->infos)) ||
        (error = lmdb.mdb_dbi_open(txn, "values", flags, &store->values))) {
        lmdb.mdb_txn_abort(txn);
        return status_from_lmdb(error);
    }
    return status_from_lmdb(lmdb.mdb_txn_commit(txn));
}

static NTSTATUS create_root(struct cm_store *store)
{
    struct cm_transaction *transaction;
    struct cm_info info;
    NTSTATUS status = cm_begin(store, true, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    if (cm_get_info(transaction, CM_ROOT, &info, NULL, NULL) == STATUS_OBJECT_NAME_NOT_FOUND) {
        uint8_t id[8];
        put_id(id, CM_ROOT);
        info = (struct cm_info){.last_write = nt_time()};
        MDB_val key = {8, id}, data = {sizeof info, &info};
        status = status_from_lmdb(lmdb.mdb_put(transaction->txn, store->infos, &key, &data, 0));
    }
    NTSTATUS end = cm_end(transaction, NT_SUCCESS(status));
    return NT_SUCCESS(status) ? end : status;
}

/* Where address space is scarce (ulimit -v) the store cannot grow as far; LMDB maps a whole file at least. */
static int open_environment(struct cm_store *store, const char *path, unsigned flags)
{
    size_t size = flags & MDB_RDONLY ? (size_t)1 << 20 : (size_t)256 << 20;
    for (;;) {
        int error = lmdb.mdb_env_create(&store->env);
        if (error) {
            store->env = NULL;
            return error;
        }
        lmdb.mdb_env_set_maxdbs(store->env, 3);
        lmdb.mdb_env_set_maxreaders(store->env, 1024);
        lmdb.mdb_env_set_mapsize(store->env, size);
        error = lmdb.mdb_env_open(store->env, path, flags, 0600);
        if (error != ENOMEM || size <= 1 << 20)
            return error;
        size /= 4;
        lmdb.mdb_env_close(store->env);
        store->env = NULL;
    }
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
    unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;
    if (read_only)
        flags |= MDB_RDONLY | MDB_NOLOCK;
    else if (create)
        flags |= MDB_NOSYNC; /* the build tool: the file stays as small as its content */
    else
        flags |= MDB_NOSYNC | MDB_WRITEMAP;
    int error = !create && access(path, F_OK) != 0 ? ENOENT : open_environment(store, path, flags);
    if (!store->env) {
        free(store);
        return status_from_lmdb(error);
    }
    NTSTATUS status = status_from_lmdb(error);
    if (NT_SUCCESS(status) && !read_only) {
        int dead;
        lmdb.mdb_reader_check(store->env, &dead); /* slots of killed processes */
    }
    if (NT_SUCCESS(status))
        status = open_tables(store, create);
    if (NT_SUCCESS(status) && create)
        status = create_root(store);
    if (!NT_SUCCESS(status)) {
        cm_store_close(store);
        return status;
    }
    *ret_store = store;
    return STATUS_SUCCESS;
}

void cm_store_close(struct cm_store *store)
{
    if (store->idle_read) {
        lmdb.mdb_txn_abort(store->idle_read->txn);
        free(store->idle_read);
    }
    lmdb.mdb_env_close(store->env);
    free(store);
}

uint64_t cm_store_generation(struct cm_store *store)
{
    MDB_envinfo info;
    lmdb.mdb_env_info(store->env, &info);
    return info.me_last_txnid;
}

NTSTATUS cm_begin(struct cm_store *store, bool write, struct cm_transaction **ret_transaction)
{
    struct cm_transaction *transaction = NULL;
    int error = 0;
    if (write && store->read_only)
        return STATUS_ACCESS_DENIED;
    if (!write && (transaction = __atomic_exchange_n(&store->idle_read, NULL, __ATOMIC_ACQ_REL))) {
        if (lmdb.mdb_txn_renew(transaction->txn) == 0) {
            *ret_transaction = transaction;
            return STATUS_SUCCESS;
        }
        lmdb.mdb_txn_abort(transaction->txn);
    }
    if (!transaction && !(transaction = malloc(sizeof *transaction)))
        return STATUS_NO_MEMORY;
    *transaction = (struct cm_transaction){.store = store, .write = write};
    error = lmdb.mdb_txn_begin(store->env, NULL, write ? 0 : MDB_RDONLY, &transaction->txn);
    if (error) {
        free(transaction);
        return status_from_lmdb(error);
    }
    *ret_transaction = transaction;
    return STATUS_SUCCESS;
}

NTSTATUS cm_end(struct cm_transaction *transaction, bool commit)
{
    struct cm_store *store = transaction->store;
    struct cm_transaction *none = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    if (!transaction->write) {
        lmdb.mdb_txn_reset(transaction->txn);
        if (__atomic_compare_exchange_n(&store->idle_read, &none, transaction, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED))
            return STATUS_SUCCESS;
    }
    if (transaction->write && commit)
        status = status_from_lmdb(lmdb.mdb_txn_commit(transaction->txn));
    else
        lmdb.mdb_txn_abort(transaction->txn);
    free(transaction);
    return status;
}

NTSTATUS cm_get_info(struct cm_transaction *transaction, uint64_t id, struct cm_info *ret_info,
                     const WCHAR **ret_name, const WCHAR **ret_class)
{
    uint8_t bytes[8];
    put_id(bytes, id);
    MDB_val key = {8, bytes}, data;
    int error = lmdb.mdb_get(transaction->txn, transaction->store->infos, &key, &data);
    if (error)
        return status_from_lmdb(error);
    memcpy(ret_info, data.mv_data, sizeof *ret_info);
    const WCHAR *name = (const WCHAR *)((const uint8_t *)data.mv_data + sizeof *ret_info);
    if (ret_name)
        *ret_name = name;
    if (ret_class)
        *ret_class = name + ret_info->name_length / 2;
    return STATUS_SUCCESS;
}

static NTSTATUS put_info(struct cm_transaction *transaction, uint64_t id, const struct cm_info *info,
                         const WCHAR *name, const WCHAR *class)
{
    uint8_t bytes[8];
    uint8_t *record = malloc(sizeof *info + info->name_length + info->class_length);
    if (!record)
        return STATUS_NO_MEMORY;
    memcpy(record, info, sizeof *info);
    memcpy(record + sizeof *info, name, info->name_length);
    memcpy(record + sizeof *info + info->name_length, class, info->class_length);
    put_id(bytes, id);
    MDB_val key = {8, bytes}, data = {sizeof *info + info->name_length + info->class_length, record};
    NTSTATUS status = status_from_lmdb(
        lmdb.mdb_put(transaction->txn, transaction->store->infos, &key, &data, 0));
    free(record);
    return status;
}

/* Reads a key's record, lets `change` work on the fixed part, writes it back. */
static NTSTATUS change_info(struct cm_transaction *transaction, uint64_t id,
                            void (*change)(struct cm_info *info, int64_t argument), int64_t argument)
{
    uint8_t bytes[8];
    put_id(bytes, id);
    MDB_val key = {8, bytes}, data;
    int error = lmdb.mdb_get(transaction->txn, transaction->store->infos, &key, &data);
    if (error)
        return status_from_lmdb(error);
    uint8_t *copy = malloc(data.mv_size);
    if (!copy)
        return STATUS_NO_MEMORY;
    memcpy(copy, data.mv_data, data.mv_size);
    struct cm_info info;
    memcpy(&info, copy, sizeof info);
    change(&info, argument);
    memcpy(copy, &info, sizeof info);
    data.mv_data = copy;
    error = lmdb.mdb_put(transaction->txn, transaction->store->infos, &key, &data, 0);
    free(copy);
    return status_from_lmdb(error);
}

static void change_subkeys(struct cm_info *info, int64_t by)
{
    info->subkeys = (uint32_t)(info->subkeys + by);
    info->last_write = nt_time();
    info->flags &= ~(uint32_t)CM_FROM_SYSTEM;
}

static void change_values(struct cm_info *info, int64_t by)
{
    info->values = (uint32_t)(info->values + by);
    if (by > 0)
        info->next_value++;
    info->last_write = nt_time();
    info->flags &= ~(uint32_t)CM_FROM_SYSTEM;
}

static void change_last_write(struct cm_info *info, int64_t time)
{
    info->last_write = time;
}

NTSTATUS cm_set_last_write(struct cm_transaction *transaction, uint64_t id, int64_t time)
{
    return change_info(transaction, id, change_last_write, time);
}

static void change_to_link(struct cm_info *info, int64_t argument)
{
    (void)argument;
    info->flags |= CM_KEY_LINK;
}

NTSTATUS cm_make_link(struct cm_transaction *transaction, uint64_t id)
{
    return change_info(transaction, id, change_to_link, 0);
}

/* What a key has beside its record. */
enum { SECURITY = 1, HIVE_FILE = 2 };
struct tagged {
    uint8_t bytes[9];
};

static struct tagged tagged_key(uint64_t id, uint8_t tag)
{
    struct tagged key = {{[8] = tag}};
    put_id(key.bytes, id);
    return key;
}

static NTSTATUS get_tagged(struct cm_transaction *transaction, uint64_t id, uint8_t tag, MDB_val *ret_data)
{
    struct tagged name = tagged_key(id, tag);
    MDB_val key = {sizeof name.bytes, name.bytes};
    return status_from_lmdb(lmdb.mdb_get(transaction->txn, transaction->store->infos, &key, ret_data));
}

static NTSTATUS put_tagged(struct cm_transaction *transaction, uint64_t id, uint8_t tag, const void *bytes,
                           size_t size)
{
    struct tagged name = tagged_key(id, tag);
    MDB_val key = {sizeof name.bytes, name.bytes}, data = {size, (void *)bytes};
    return status_from_lmdb(lmdb.mdb_put(transaction->txn, transaction->store->infos, &key, &data, 0));
}

static void delete_tagged(struct cm_transaction *transaction, uint64_t id, uint8_t tag)
{
    struct tagged name = tagged_key(id, tag);
    MDB_val key = {sizeof name.bytes, name.bytes};
    lmdb.mdb_del(transaction->txn, transaction->store->infos, &key, NULL);
}

NTSTATUS cm_get_security(struct cm_transaction *transaction, uint64_t id, const void **ret_data,
                         size_t *ret_size)
{
    MDB_val data;
    NTSTATUS status = get_tagged(transaction, id, SECURITY, &data);
    if (!NT_SUCCESS(status))
        return status;
    *ret_data = data.mv_data;
    *ret_size = data.mv_size;
    return STATUS_SUCCESS;
}

static void touch(struct cm_info *info, int64_t unused)
{
    (void)unused;
    info->last_write = nt_time();
}

NTSTATUS cm_set_security(struct cm_transaction *transaction, uint64_t id, const void *bytes, size_t size)
{
    NTSTATUS status = change_info(transaction, id, touch, 0);
    return NT_SUCCESS(status) ? put_tagged(transaction, id, SECURITY, bytes, size) : status;
}

static void change_to_hive(struct cm_info *info, int64_t unused)
{
    (void)unused;
    info->flags |= CM_KEY_HIVE;
    memcpy(info->boot_id, boot_id(), sizeof info->boot_id);
}

NTSTATUS cm_get_hive(struct cm_transaction *transaction, uint64_t id, const char **ret_path)
{
    MDB_val data;
    NTSTATUS status = get_tagged(transaction, id, HIVE_FILE, &data);
    if (NT_SUCCESS(status))
        *ret_path = data.mv_data;
    return status;
}

NTSTATUS cm_set_hive(struct cm_transaction *transaction, uint64_t id, const char *path)
{
    struct cm_info info;
    const WCHAR *name;
    struct table_key table_key;
    uint8_t link[9] = {0};
    NTSTATUS status = change_info(transaction, id, change_to_hive, 0);
    if (NT_SUCCESS(status))
        status = cm_get_info(transaction, id, &info, &name, NULL);
    if (!NT_SUCCESS(status))
        return status;
    make_key(&table_key, info.parent, name, info.name_length / 2);
    put_id(link, id);
    MDB_val key = {table_key.size, table_key.bytes}, data = {9, link};
    status = status_from_lmdb(lmdb.mdb_put(transaction->txn, transaction->store->keys, &key, &data, 0));
    return NT_SUCCESS(status) ? put_tagged(transaction, id, HIVE_FILE, path, strlen(path) + 1) : status;
}

static bool is_stale(const struct cm_info *info)
{
    return info->flags & (CM_KEY_VOLATILE | CM_KEY_HIVE) &&
           memcmp(info->boot_id, boot_id(), sizeof info->boot_id) != 0;
}

NTSTATUS cm_find_key(struct cm_transaction *transaction, uint64_t parent, const WCHAR *name, size_t length,
                     uint64_t *ret_id)
{
    struct table_key table_key;
    make_key(&table_key, parent, name, length);
    MDB_val key = {table_key.size, table_key.bytes}, data;
    int error = lmdb.mdb_get(transaction->txn, transaction->store->keys, &key, &data);
    if (error)
        return status_from_lmdb(error);
    uint64_t id = get_id(data.mv_data);
    if (data.mv_size > 8) { /* a byte more: the key is volatile */
        struct cm_info info;
        NTSTATUS status = cm_get_info(transaction, id, &info, NULL, NULL);
        if (!NT_SUCCESS(status))
            return status;
        if (is_stale(&info))
            return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    *ret_id = id;
    return STATUS_SUCCESS;
}

static bool collect_ids(void *context, uint64_t id)
{
    struct {
        uint64_t *ids;
        size_t count;
    } *list = context;
    uint64_t *ids = realloc(list->ids, (list->count + 1) * sizeof *ids);
    if (!ids)
        return false;
    list->ids = ids;
    ids[list->count++] = id;
    return true;
}

/* Removes a key's records, and its parent's link to it by the given name. */
static NTSTATUS remove_records(struct cm_transaction *transaction, uint64_t id, uint64_t parent,
                               const WCHAR *name, size_t length)
{
    struct cm_store *store = transaction->store;
    struct table_key table_key;
    uint8_t bytes[8];
    MDB_cursor *cursor;
    int error = lmdb.mdb_cursor_open(transaction->txn, store->values, &cursor);
    if (error)
        return status_from_lmdb(error);
    put_id(bytes, id);
    for (;;) {
        MDB_val key = {8, bytes}, data;
        error = lmdb.mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);
        if (error || key.mv_size < 8 || memcmp(key.mv_data, bytes, 8) != 0)
            break;
        memcpy(table_key.bytes, key.mv_data, key.mv_size);
        MDB_val value = {key.mv_size, table_key.bytes};
        if (lmdb.mdb_del(transaction->txn, store->values, &value, NULL))
            break;
    }
    lmdb.mdb_cursor_close(cursor);
    make_key(&table_key, parent, name, length);
    MDB_val link = {table_key.size, table_key.bytes}, info = {8, bytes};
    lmdb.mdb_del(transaction->txn, store->keys, &link, NULL);
    delete_tagged(transaction, id, SECURITY);
    delete_tagged(transaction, id, HIVE_FILE);
    return status_from_lmdb(lmdb.mdb_del(transaction->txn, store->infos, &info, NULL));
}

/* Deletes what a stale volatile key (and all below it) left. */
static NTSTATUS remove_tree(struct cm_transaction *transaction, uint64_t id)
{
    struct {
        uint64_t *ids;
        size_t count;
    } list = {NULL, 0};
    struct cm_info info;
    const WCHAR *name;
    WCHAR copy[CM_MAX_NAME + 1];
    cm_each_subkey(transaction, id, collect_ids, &list);
    for (size_t i = 0; i < list.count; i++)
        remove_tree(transaction, list.ids[i]);
    free(list.ids);
    NTSTATUS status = cm_get_info(transaction, id, &info, &name, NULL);
    if (!NT_SUCCESS(status))
        return status;
    memcpy(copy, name, info.name_length);
    status = remove_records(transaction, id, info.parent, copy, info.name_length / 2);
    if (NT_SUCCESS(status))
        status = change_info(transaction, info.parent, change_subkeys, -1);
    return status;
}

static NTSTATUS next_id(struct cm_transaction *transaction, uint64_t *ret_id)
{
    MDB_cursor *cursor;
    MDB_val key, data;
    int error = lmdb.mdb_cursor_open(transaction->txn, transaction->store->infos, &cursor);
    if (error)
        return status_from_lmdb(error);
    error = lmdb.mdb_cursor_get(cursor, &key, &data, MDB_LAST);
    if (!error)
        *ret_id = get_id(key.mv_data) + 1;
    lmdb.mdb_cursor_close(cursor);
    return status_from_lmdb(error);
}

NTSTATUS cm_create_key(struct cm_transaction *transaction, uint64_t parent, const WCHAR *name, size_t length,
                       const WCHAR *class, size_t class_length, uint32_t flags, uint64_t *ret_id)
{
    struct cm_store *store = transaction->store;
    struct table_key table_key;
    uint64_t id = 0;
    if (!length || length > CM_MAX_NAME)
        return STATUS_INVALID_PARAMETER;
    make_key(&table_key, parent, name, length);
    MDB_val key = {table_key.size, table_key.bytes}, data;
    if (lmdb.mdb_get(transaction->txn, store->keys, &key, &data) == 0) {
        struct cm_info old;
        uint64_t old_id = get_id(data.mv_data);
        if (NT_SUCCESS(cm_get_info(transaction, old_id, &old, NULL, NULL)) && !is_stale(&old))
            return STATUS_OBJECT_NAME_COLLISION;
        remove_tree(transaction, old_id);
    }
    NTSTATUS status = next_id(transaction, &id);
    if (!NT_SUCCESS(status))
        return status;
    uint8_t link[9] = {0};
    put_id(link, id);
    key = (MDB_val){table_key.size, table_key.bytes};
    data = (MDB_val){flags & (CM_KEY_VOLATILE | CM_KEY_HIVE) ? 9 : 8, link};
    int error = lmdb.mdb_put(transaction->txn, store->keys, &key, &data, 0);
    if (error)
        return status_from_lmdb(error);
    struct cm_info info = {.parent = parent,
                           .last_write = nt_time(),
                           .flags = flags,
                           .name_length = (uint16_t)(length * 2),
                           .class_length = (uint16_t)(class_length * 2)};
    if (flags & CM_KEY_VOLATILE)
        memcpy(info.boot_id, boot_id(), sizeof info.boot_id);
    status = put_info(transaction, id, &info, name, class ? class : name);
    if (NT_SUCCESS(status))
        status = change_info(transaction, parent, change_subkeys, 1);
    if (NT_SUCCESS(status))
        *ret_id = id;
    return status;
}

NTSTATUS cm_delete_key(struct cm_transaction *transaction, uint64_t id)
{
    struct cm_info info;
    NTSTATUS status = cm_get_info(transaction, id, &info, NULL, NULL);
    if (!NT_SUCCESS(status))
        return status;
    if (info.subkeys)
        return STATUS_CANNOT_DELETE;
    return remove_tree(transaction, id);
}

NTSTATUS cm_delete_tree(struct cm_transaction *transaction, uint64_t id)
{
    return remove_tree(transaction, id);
}

static bool collect_names(void *context, const struct cm_value *value, const WCHAR *name, const void *data)
{
    struct {
        WCHAR *name;
        size_t length;
    } *first = context;
    (void)data;
    first->length = value->name_length / 2;
    first->name = malloc(value->name_length + sizeof *name);
    if (first->name)
        memcpy(first->name, name, value->name_length);
    return false;
}

NTSTATUS cm_clear_key(struct cm_transaction *transaction, uint64_t id)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct {
        uint64_t *ids;
        size_t count;
    } list = {NULL, 0};
    cm_each_subkey(transaction, id, collect_ids, &list);
    for (size_t i = 0; i < list.count && NT_SUCCESS(status); i++)
        status = remove_tree(transaction, list.ids[i]);
    free(list.ids);
    while (NT_SUCCESS(status)) {
        struct {
            WCHAR *name;
            size_t length;
        } first = {NULL, 0};
        cm_each_value(transaction, id, collect_names, &first);
        if (!first.name)
            break;
        status = cm_delete_value(transaction, id, first.name, first.length);
        free(first.name);
    }
    return status;
}

NTSTATUS cm_rename_key(struct cm_transaction *transaction, uint64_t id, const WCHAR *name, size_t length)
{
    struct cm_store *store = transaction->store;
    struct cm_info info;
    const WCHAR *old_name, *class;
    uint64_t other;
    struct table_key table_key;
    if (!length || length > CM_MAX_NAME)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = cm_get_info(transaction, id, &info, &old_name, &class);
    if (!NT_SUCCESS(status))
        return status;
    if (NT_SUCCESS(cm_find_key(transaction, info.parent, name, length, &other)) && other != id)
        return STATUS_OBJECT_NAME_COLLISION;
    WCHAR *class_copy = malloc(info.class_length + 2);
    if (!class_copy)
        return STATUS_NO_MEMORY;
    memcpy(class_copy, class, info.class_length);
    make_key(&table_key, info.parent, old_name, info.name_length / 2);
    MDB_val key = {table_key.size, table_key.bytes};
    lmdb.mdb_del(transaction->txn, store->keys, &key, NULL);
    make_key(&table_key, info.parent, name, length);
    uint8_t link[9] = {0};
    put_id(link, id);
    key = (MDB_val){table_key.size, table_key.bytes};
    MDB_val data = {info.flags & (CM_KEY_VOLATILE | CM_KEY_HIVE) ? 9 : 8, link};
    status = status_from_lmdb(lmdb.mdb_put(transaction->txn, store->keys, &key, &data, 0));
    info.name_length = (uint16_t)(length * 2);
    info.last_write = nt_time();
    if (NT_SUCCESS(status))
        status = put_info(transaction, id, &info, name, class_copy);
    free(class_copy);
    return status;
}

NTSTATUS cm_get_value(struct cm_transaction *transaction, uint64_t id, const WCHAR *name, size_t length,
                      struct cm_value *ret_value, const WCHAR **ret_name, const void **ret_data)
{
    struct table_key table_key;
    make_key(&table_key, id, name, length);
    MDB_val key = {table_key.size, table_key.bytes}, data;
    int error = lmdb.mdb_get(transaction->txn, transaction->store->values, &key, &data);
    if (error)
        return status_from_lmdb(error);
    memcpy(ret_value, data.mv_data, sizeof *ret_value);
    const uint8_t *rest = (const uint8_t *)data.mv_data + sizeof *ret_value;
    if (ret_name)
        *ret_name = (const WCHAR *)rest;
    if (ret_data)
        *ret_data = rest + ret_value->name_length;
    return STATUS_SUCCESS;
}

NTSTATUS cm_set_value(struct cm_transaction *transaction, uint64_t id, const WCHAR *name, size_t length,
                      uint32_t type, uint32_t flags, const void *bytes, size_t size)
{
    struct cm_store *store = transaction->store;
    struct table_key table_key;
    struct cm_info info;
    struct cm_value value = {
        .type = type, .flags = flags, .name_length = (uint32_t)length * 2, .data_length = (uint32_t)size};
    if (length > CM_MAX_VALUE_NAME)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = cm_get_info(transaction, id, &info, NULL, NULL);
    if (!NT_SUCCESS(status))
        return status;
    value.order = info.next_value;
    make_key(&table_key, id, name, length);
    MDB_val key = {table_key.size, table_key.bytes}, data;
    bool exists = lmdb.mdb_get(transaction->txn, store->values, &key, &data) == 0;
    size_t record_size = sizeof value + length * 2 + size;
    uint8_t *record = malloc(record_size);
    if (!record)
        return STATUS_NO_MEMORY;
    if (exists) {
        struct cm_value old;
        memcpy(&old, data.mv_data, sizeof old);
        value.order = old.order;
        /* the name keeps the case it was made with */
        memcpy(record + sizeof value, (const uint8_t *)data.mv_data + sizeof old, old.name_length);
    } else {
        memcpy(record + sizeof value, name, length * 2);
    }
    memcpy(record, &value, sizeof value);
    if (size)
        memcpy(record + sizeof value + length * 2, bytes, size);
    key = (MDB_val){table_key.size, table_key.bytes};
    data = (MDB_val){record_size, record};
    status = status_from_lmdb(lmdb.mdb_put(transaction->txn, store->values, &key, &data, 0));
    free(record);
    if (NT_SUCCESS(status))
        status = change_info(transaction, id, change_values, exists ? 0 : 1);
    return status;
}

NTSTATUS cm_delete_value(struct cm_transaction *transaction, uint64_t id, const WCHAR *name, size_t length)
{
    struct table_key table_key;
    make_key(&table_key, id, name, length);
    MDB_val key = {table_key.size, table_key.bytes};
    int error = lmdb.mdb_del(transaction->txn, transaction->store->values, &key, NULL);
    return error ? status_from_lmdb(error) : change_info(transaction, id, change_values, -1);
}

NTSTATUS cm_each_subkey(struct cm_transaction *transaction, uint64_t id,
                        bool (*visit)(void *context, uint64_t id), void *context)
{
    MDB_cursor *cursor;
    uint8_t bytes[8];
    put_id(bytes, id);
    MDB_val key = {8, bytes}, data;
    int error = lmdb.mdb_cursor_open(transaction->txn, transaction->store->keys, &cursor);
    if (error)
        return status_from_lmdb(error);
    for (error = lmdb.mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);
         !error && key.mv_size >= 8 && memcmp(key.mv_data, bytes, 8) == 0;
         error = lmdb.mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) {
        struct cm_info info;
        uint64_t child = get_id(data.mv_data);
        if (data.mv_size > 8 && NT_SUCCESS(cm_get_info(transaction, child, &info, NULL, NULL)) &&
            is_stale(&info))
            continue;
        if (!visit(context, child))
            break;
    }
    lmdb.mdb_cursor_close(cursor);
    return STATUS_SUCCESS;
}

NTSTATUS cm_each_value(struct cm_transaction *transaction, uint64_t id,
                       bool (*visit)(void *context, const struct cm_value *value, const WCHAR *name,
                                     const void *data),
                       void *context)
{
    MDB_cursor *cursor;
    uint8_t bytes[8];
    put_id(bytes, id);
    MDB_val key = {8, bytes}, data;
    int error = lmdb.mdb_cursor_open(transaction->txn, transaction->store->values, &cursor);
    if (error)
        return status_from_lmdb(error);
    for (error = lmdb.mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);
         !error && key.mv_size >= 8 && memcmp(key.mv_data, bytes, 8) == 0;
         error = lmdb.mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) {
        struct cm_value value;
        memcpy(&value, data.mv_data, sizeof value);
        const uint8_t *name = (const uint8_t *)data.mv_data + sizeof value;
        if (!visit(context, &value, (const WCHAR *)name, name + value.name_length))
            break;
    }
    lmdb.mdb_cursor_close(cursor);
    return STATUS_SUCCESS;
}
