/*
 * What is looked up again and again in one key is found through an index in this process: a hash table of the
 * key's values, or of its subkeys, which points into the mapped file. It is of one generation; nobody writes
 * to the pages of a generation while it is the last one, so that a record may be copied without a transaction
 * if the generation is still the last one afterwards.
 */
#include "cm/store_internal.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_RECORDS = 16384, FEW_MISSES = 4 };

struct record {
    const uint8_t *key, *data;
    uint32_t data_size;
    uint16_t key_size, check;
};

struct cm_table {
    uint32_t count, room; /* records */
    uint32_t mask;        /* of the places */
    uint16_t *places;     /* number of a record, 0: none */
    struct record records[];
};

static uint64_t hash_name(const struct cm_record_key *key)
{
    uint64_t hash = 0x9e3779b97f4a7c15;
    size_t at = RECORD_HEAD;
    for (; at + 8 <= key->size; at += 8) {
        uint64_t part;
        memcpy(&part, key->bytes + at, 8);
        hash = (hash ^ part) * 0xbf58476d1ce4e5b9;
        hash ^= hash >> 32;
    }
    for (; at < key->size; at += 2) {
        uint16_t part;
        memcpy(&part, key->bytes + at, 2);
        hash = (hash ^ part) * 0x94d049bb133111eb;
        hash ^= hash >> 29;
    }
    return hash ^ hash >> 17;
}

static struct cm_index *find_index(struct cm_store *store, uint64_t id, enum cm_tag tag)
{
    uint64_t hash = (id * 2 + (tag == TAG_VALUE)) * 0x9e3779b97f4a7c15;
    return &store->indexes[hash >> 32 & (CM_INDEXES - 1)];
}

static bool try_lock(struct cm_index *index)
{
    return !__atomic_load_n(&index->busy, __ATOMIC_RELAXED) &&
           !__atomic_exchange_n(&index->busy, true, __ATOMIC_ACQUIRE);
}

static void unlock(struct cm_index *index)
{
    __atomic_store_n(&index->busy, false, __ATOMIC_RELEASE);
}

uint64_t cm_last_generation(struct cm_store *store)
{
    MDB_envinfo info;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    cm_lmdb.mdb_env_info(store->env, &info);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return info.me_last_txnid;
}

static const struct record *find_record(const struct cm_table *table, const struct cm_record_key *key)
{
    uint64_t hash = hash_name(key);
    for (uint32_t at = (uint32_t)hash & table->mask; table->places[at]; at = (at + 1) & table->mask) {
        const struct record *record = &table->records[table->places[at] - 1];
        if (record->check == (uint16_t)(hash >> 48) && record->key_size == key->size &&
            memcmp(record->key, key->bytes, key->size) == 0)
            return record;
    }
    return NULL;
}

enum cm_at_hand cm_index_get(struct cm_store *store, uint64_t generation, const struct cm_record_key *key,
                             void *buffer, size_t room, size_t *ret_size)
{
    uint64_t id = cm_get_id(key->bytes);
    enum cm_tag tag = key->bytes[9];
    struct cm_index *index = find_index(store, id, tag);
    enum cm_at_hand result = AT_HAND_UNKNOWN;
    if (index->id != id || !try_lock(index))
        return result;
    if (index->table && index->id == id && index->tag == (int)tag && index->generation == generation) {
        const struct record *record = find_record(index->table, key);
        if (!record) {
            result = AT_HAND_NONE;
        } else if (record->data_size <= room) {
            memcpy(buffer, record->data, record->data_size);
            *ret_size = record->data_size;
            result = AT_HAND_FOUND;
        }
    }
    unlock(index);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return result != AT_HAND_UNKNOWN && cm_last_generation(store) == generation ? result : AT_HAND_UNKNOWN;
}

static bool add_record(void *context, const MDB_val *name, const MDB_val *data)
{
    struct cm_table *table = context;
    struct cm_record_key key;
    if (table->count == table->room)
        return false;
    memcpy(key.bytes, name->mv_data, name->mv_size);
    key.size = name->mv_size;
    uint64_t hash = hash_name(&key);
    uint32_t at = (uint32_t)hash & table->mask;
    while (table->places[at])
        at = (at + 1) & table->mask;
    table->records[table->count++] = (struct record){name->mv_data, data->mv_data, (uint32_t)data->mv_size,
                                                     (uint16_t)name->mv_size, (uint16_t)(hash >> 48)};
    table->places[at] = (uint16_t)table->count;
    return true;
}

static struct cm_table *make_table(struct cm_transaction *transaction, uint64_t id, enum cm_tag tag,
                                   uint32_t count)
{
    uint32_t places = 8;
    while (places < count * 2)
        places *= 2;
    struct cm_table *table = malloc(sizeof *table + (count + 1) * sizeof *table->records +
                                    places * sizeof *table->places);
    if (!table)
        return NULL;
    *table = (struct cm_table){.room = count + 1, .mask = places - 1};
    table->places = (uint16_t *)(table->records + count + 1);
    memset(table->places, 0, places * sizeof *table->places);
    if (!NT_SUCCESS(cm_records_visit(transaction, id, tag, add_record, table)) || table->count > count) {
        free(table);
        return NULL;
    }
    return table;
}

/* An index costs as much as a look-up of a quarter of what is in it. */
void cm_index_missed(struct cm_transaction *transaction, uint64_t id, enum cm_tag tag)
{
    struct cm_index *index = find_index(transaction->store, id, tag);
    uint64_t generation = cm_generation(transaction);
    struct cm_info info;
    if (!try_lock(index))
        return;
    if (index->id != id || index->tag != (int)tag || index->generation != generation) {
        free(index->table);
        index->table = NULL;
        index->id = id;
        index->tag = tag;
        index->generation = generation;
        index->misses = 0;
        index->enough = FEW_MISSES;
    }
    if (!index->table && ++index->misses >= index->enough &&
        NT_SUCCESS(cm_get_info(transaction, id, &info, NULL, NULL))) {
        uint32_t count = tag == TAG_VALUE ? info.values : info.subkeys;
        if (count > MOST_RECORDS)
            index->enough = UINT32_MAX;
        else if (index->misses >= FEW_MISSES + count / 4)
            index->table = make_table(transaction, id, tag, count);
        if (!index->table && index->enough != UINT32_MAX)
            index->enough = index->misses >= FEW_MISSES + count / 4 ? UINT32_MAX : FEW_MISSES + count / 4;
    }
    unlock(index);
}

void cm_index_forget(struct cm_store *store)
{
    for (size_t i = 0; i < CM_INDEXES; i++)
        free(store->indexes[i].table);
}
