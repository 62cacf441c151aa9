/*
 * Records of the store: what a key has, by its number, the kind, and a name.
 */
#include "cm/store_internal.h"
#include <locale.h>
#include <string.h>
#include <wctype.h>

WCHAR cm_fold_beyond_ascii(WCHAR c)
{
    static locale_t locale;
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

void cm_named(struct cm_record_key *key, uint64_t id, enum cm_tag tag, const WCHAR *name, size_t length)
{
    cm_head(key, id, tag);
    size_t limit = length * 2 <= RECORD_NAME ? length : RECORD_HASHED / 2;
    for (size_t i = 0; i < limit; i++) {
        WCHAR c = cm_fold(name[i]);
        key->bytes[RECORD_HEAD + i * 2] = (uint8_t)(c >> 8);
        key->bytes[RECORD_HEAD + 1 + i * 2] = (uint8_t)c;
    }
    key->size += limit * 2;
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

NTSTATUS cm_record_get(struct cm_transaction *transaction, struct cm_record_key *key, MDB_val *ret_data)
{
    MDB_val name = {key->size, key->bytes};
    if (transaction->peeking) {
        transaction->unknown = true;
        return STATUS_RETRY;
    }
    return cm_status_from_lmdb(cm_lmdb.mdb_get(transaction->txn, transaction->store->table, &name, ret_data));
}

static NTSTATUS put(struct cm_transaction *transaction, struct cm_record_key *key, MDB_val *data,
                    unsigned flags)
{
    MDB_val name = {key->size, key->bytes};
    NTSTATUS status = cm_reserve(transaction, key->size + data->mv_size);
    return NT_SUCCESS(status) ? cm_status_from_lmdb(cm_lmdb.mdb_put(
                                    transaction->txn, transaction->store->table, &name, data, flags))
                              : status;
}

NTSTATUS cm_record_put(struct cm_transaction *transaction, struct cm_record_key *key, const void *data,
                       size_t size)
{
    MDB_val value = {size, (void *)data};
    return put(transaction, key, &value, 0);
}

NTSTATUS cm_record_make(struct cm_transaction *transaction, struct cm_record_key *key, size_t size,
                        void **ret_data)
{
    MDB_val value = {size, NULL};
    NTSTATUS status = put(transaction, key, &value, MDB_RESERVE);
    *ret_data = value.mv_data;
    return status;
}

NTSTATUS cm_record_delete(struct cm_transaction *transaction, struct cm_record_key *key)
{
    MDB_val name = {key->size, key->bytes};
    NTSTATUS status = cm_reserve(transaction, 0);
    return NT_SUCCESS(status) ? cm_status_from_lmdb(
                                    cm_lmdb.mdb_del(transaction->txn, transaction->store->table, &name, NULL))
                              : status;
}

static bool begins_with(const MDB_val *key, const uint8_t *prefix, size_t size)
{
    return key->mv_size >= size && memcmp(key->mv_data, prefix, size) == 0;
}

NTSTATUS cm_records_delete(struct cm_transaction *transaction, const uint8_t *prefix, size_t size)
{
    MDB_cursor *cursor;
    int error = cm_lmdb.mdb_cursor_open(transaction->txn, transaction->store->table, &cursor);
    NTSTATUS status = cm_status_from_lmdb(error);
    if (error)
        return status;
    while (NT_SUCCESS(status)) {
        MDB_val key = {size, (void *)prefix}, data;
        error = cm_lmdb.mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);
        if (error || !begins_with(&key, prefix, size))
            break;
        status = cm_reserve(transaction, 0);
        if (NT_SUCCESS(status))
            status = cm_status_from_lmdb(cm_lmdb.mdb_cursor_del(cursor, 0));
    }
    cm_lmdb.mdb_cursor_close(cursor);
    return status;
}

NTSTATUS cm_records_visit(struct cm_transaction *transaction, uint64_t id, enum cm_tag tag,
                          bool (*visit)(void *context, const MDB_val *key, const MDB_val *data),
                          void *context)
{
    MDB_cursor *cursor;
    uint8_t head[RECORD_HEAD];
    cm_put_id(head, id);
    head[8] = 0;
    head[9] = (uint8_t)tag;
    MDB_val key = {sizeof head, head}, data;
    int error = cm_lmdb.mdb_cursor_open(transaction->txn, transaction->store->table, &cursor);
    if (error)
        return cm_status_from_lmdb(error);
    for (error = cm_lmdb.mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);
         !error && begins_with(&key, head, sizeof head);
         error = cm_lmdb.mdb_cursor_get(cursor, &key, &data, MDB_NEXT))
        if (!visit(context, &key, &data))
            break;
    cm_lmdb.mdb_cursor_close(cursor);
    return error && error != MDB_NOTFOUND ? cm_status_from_lmdb(error) : STATUS_SUCCESS;
}
