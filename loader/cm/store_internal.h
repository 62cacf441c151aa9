/*
 * What the files of the store share: LMDB, transactions, and records by key and tag (see store.h).
 */
#ifndef CM_STORE_INTERNAL_H
#define CM_STORE_INTERNAL_H

#include "cm/store.h"
#include <lmdb.h>

// clang-format off
#define LMDB_FUNCTIONS(F)                                                                                    \
    F(mdb_env_create) F(mdb_env_set_mapsize) F(mdb_env_set_maxreaders) F(mdb_env_open) F(mdb_env_close)      \
    F(mdb_env_info) F(mdb_env_get_fd) F(mdb_env_sync) F(mdb_env_copyfd) F(mdb_reader_check)                  \
    F(mdb_txn_begin) F(mdb_txn_commit) F(mdb_txn_abort) F(mdb_txn_reset) F(mdb_txn_renew) F(mdb_txn_id)      \
    F(mdb_dbi_open) F(mdb_get) F(mdb_put) F(mdb_del) F(mdb_cursor_open) F(mdb_cursor_close)                  \
    F(mdb_cursor_get) F(mdb_cursor_put) F(mdb_cursor_del)
// clang-format on

/* Loaded on first use, so that programs that never look at the registry pay nothing. */
struct lmdb {
#define F(name) __typeof__(name) *name;
    LMDB_FUNCTIONS(F)
#undef F
};
extern struct lmdb cm_lmdb;

enum { IDLE_READS = 8, CM_INDEXES = 16 };

/* Of the values or subkeys of one key (store_index.c); it may be that there is only a count of misses yet. */
struct cm_index {
    bool busy; /* who finds it so does without */
    int tag;
    uint64_t id, generation;
    uint32_t misses, enough;
    struct cm_table *table;
};

struct cm_store {
    MDB_env *env;
    MDB_dbi table;
    struct cm_transaction *idle_reads[IDLE_READS]; /* reset, ready to be renewed; taken by exchange */
    bool read_only;
    bool mapped; /* written through the mapping: what is written to must have been reserved on the disk */
    int fd;      /* LMDB's own */
    uint64_t map_size; /* bytes */
    uint64_t reserved; /* bytes from the file's beginning that surely have room on the disk */
    uint32_t writes;   /* transactions of this process */
    uint64_t next_id;  /* of a copy: what the next new key's number is, else 0 */
    struct cm_index indexes[CM_INDEXES];
};

struct cm_transaction {
    struct cm_store *store;
    MDB_txn *txn;
    bool write;
    bool peeking, unknown; /* see cm_begin_peek */
    uint32_t keys_made;
    uint64_t generation; /* that it peeks at */
    /* What it may take at most: the pages in use before, what it put, and how often. */
    uint64_t pages, bytes, puts;
};

NTSTATUS cm_status_from_lmdb(int error);
int64_t cm_now(void);            /* NT time */
const uint8_t *cm_boot_id(void); /* 16 bytes */

/* What a key has; the records of one key lie together, in this order. */
enum cm_tag { TAG_INFO, TAG_SECURITY, TAG_HIVE_FILE, TAG_SUBKEY, TAG_VALUE };

/* A record's key: id and tag in big endian, and of a subkey or value the folded name in big endian, so that
 * order is alphabetical. LMDB limits keys; a longer name keeps its beginning and gets a hash of the whole. */
struct cm_record_key {
    uint8_t bytes[512];
    size_t size;
};
enum {
    RECORD_HEAD = 10,
    RECORD_LIMIT = 511,
    RECORD_NAME = (RECORD_LIMIT - RECORD_HEAD) & ~1,
    RECORD_HASHED = RECORD_NAME - 16
};

static inline void cm_put_id(uint8_t *to, uint64_t id)
{
    id = __builtin_bswap64(id);
    __builtin_memcpy(to, &id, 8);
}

static inline uint64_t cm_get_id(const void *from)
{
    uint64_t id;
    __builtin_memcpy(&id, from, 8);
    return __builtin_bswap64(id);
}

/* A key without a name. */
static inline void cm_head(struct cm_record_key *key, uint64_t id, enum cm_tag tag)
{
    cm_put_id(key->bytes, id);
    key->bytes[8] = 0;
    key->bytes[9] = (uint8_t)tag;
    key->size = RECORD_HEAD;
}
void cm_named(struct cm_record_key *key, uint64_t id, enum cm_tag tag, const WCHAR *name, size_t length);

/* STATUS_OBJECT_NAME_NOT_FOUND. The data stays until something is written. */
NTSTATUS cm_record_get(struct cm_transaction *transaction, struct cm_record_key *key, MDB_val *ret_data);
NTSTATUS cm_record_put(struct cm_transaction *transaction, struct cm_record_key *key, const void *data,
                       size_t size);
/* Makes a record of which the caller writes all bytes, before anything else is written. */
NTSTATUS cm_record_make(struct cm_transaction *transaction, struct cm_record_key *key, size_t size,
                        void **ret_data);
NTSTATUS cm_record_delete(struct cm_transaction *transaction, struct cm_record_key *key);
/* Deletes all records of the key that begin like this one. */
NTSTATUS cm_records_delete(struct cm_transaction *transaction, const uint8_t *prefix, size_t size);
/* Calls visit for all records that begin with the key's head, until it returns false. */
NTSTATUS cm_records_visit(struct cm_transaction *transaction, uint64_t id, enum cm_tag tag,
                          bool (*visit)(void *context, const MDB_val *key, const MDB_val *data),
                          void *context);

/* A copy of a value's or subkey's record as it is in that generation, which is the last one now, if an index
 * has it and it is not larger than `room`. */
enum cm_at_hand { AT_HAND_UNKNOWN, AT_HAND_NONE, AT_HAND_FOUND };
enum cm_at_hand cm_index_get(struct cm_store *store, uint64_t generation, const struct cm_record_key *key,
                             void *buffer, size_t room, size_t *ret_size);
/* One of the key's values or subkeys was looked up in this transaction, a reading one. */
void cm_index_missed(struct cm_transaction *transaction, uint64_t id, enum cm_tag tag);
void cm_index_forget(struct cm_store *store);

/* Reads a key's record, lets `change` work on the fixed part, writes it back. *ret_before (may be NULL): as
 * it was. */
NTSTATUS cm_change_info(struct cm_transaction *transaction, uint64_t id,
                        void (*change)(struct cm_info *info, int64_t argument), int64_t argument,
                        struct cm_info *ret_before);

#endif
