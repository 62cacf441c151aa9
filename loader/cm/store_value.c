/*
 * Values of the store (see store.h).
 */
#include "cm/store_internal.h"
#include <stdlib.h>
#include <string.h>

static void change_values(struct cm_info *info, int64_t by)
{
    info->values = (uint32_t)(info->values + by);
    if (by > 0)
        info->next_value++;
    info->last_write = cm_now();
    info->flags &= ~(uint32_t)CM_FROM_SYSTEM;
}

NTSTATUS cm_get_value(struct cm_transaction *transaction, uint64_t id, const WCHAR *name, size_t length,
                      struct cm_value *ret_value, const WCHAR **ret_name, const void **ret_data)
{
    struct cm_record_key key;
    MDB_val data;
    cm_named(&key, id, TAG_VALUE, name, length);
    NTSTATUS status = cm_record_get(transaction, &key, &data);
    if (!transaction->write)
        cm_index_missed(transaction, id, TAG_VALUE);
    if (!NT_SUCCESS(status))
        return status;
    memcpy(ret_value, data.mv_data, sizeof *ret_value);
    const uint8_t *rest = (const uint8_t *)data.mv_data + sizeof *ret_value;
    if (ret_name)
        *ret_name = (const WCHAR *)rest;
    if (ret_data)
        *ret_data = rest + ret_value->name_length;
    return STATUS_SUCCESS;
}

NTSTATUS cm_peek_value(struct cm_store *store, uint64_t id, const WCHAR *name, size_t length,
                       struct cm_value_copy *ret_copy)
{
    struct cm_record_key key;
    size_t size;
    cm_named(&key, id, TAG_VALUE, name, length);
    switch (cm_index_get(store, cm_last_generation(store), &key, ret_copy, sizeof *ret_copy, &size)) {
    case AT_HAND_FOUND: return STATUS_SUCCESS;
    case AT_HAND_NONE: return STATUS_OBJECT_NAME_NOT_FOUND;
    default: return STATUS_RETRY;
    }
}

NTSTATUS cm_set_value(struct cm_transaction *transaction, uint64_t id, const WCHAR *name, size_t length,
                      uint32_t type, uint32_t flags, const void *bytes, size_t size)
{
    struct cm_record_key key;
    struct cm_info before = {0};
    WCHAR small[256], *spelled = NULL;
    MDB_val data;
    void *record;
    struct cm_value value = {
        .type = type, .flags = flags, .name_length = (uint32_t)length * 2, .data_length = (uint32_t)size};
    if (length > CM_MAX_VALUE_NAME)
        return STATUS_INVALID_PARAMETER;
    cm_named(&key, id, TAG_VALUE, name, length);
    bool exists = NT_SUCCESS(cm_record_get(transaction, &key, &data));
    if (exists) { /* it keeps its place, and the case the name was made with */
        struct cm_value old;
        memcpy(&old, data.mv_data, sizeof old);
        value.order = old.order;
        value.name_length = old.name_length;
        spelled = old.name_length <= sizeof small ? small : malloc(old.name_length);
        if (!spelled)
            return STATUS_NO_MEMORY;
        memcpy(spelled, (const uint8_t *)data.mv_data + sizeof old, old.name_length);
        name = spelled;
    }
    NTSTATUS status = cm_change_info(transaction, id, change_values, exists ? 0 : 1, &before);
    if (!exists)
        value.order = before.next_value;
    if (NT_SUCCESS(status))
        status = cm_record_make(transaction, &key, sizeof value + value.name_length + size, &record);
    if (NT_SUCCESS(status)) {
        memcpy(record, &value, sizeof value);
        memcpy((uint8_t *)record + sizeof value, name, value.name_length);
        if (size)
            memcpy((uint8_t *)record + sizeof value + value.name_length, bytes, size);
    }
    if (spelled != small)
        free(spelled);
    return status;
}

NTSTATUS cm_delete_value(struct cm_transaction *transaction, uint64_t id, const WCHAR *name, size_t length,
                         struct cm_deleted *ret_deleted)
{
    struct cm_record_key key;
    struct cm_value value;
    struct cm_info before;
    MDB_val data;
    cm_named(&key, id, TAG_VALUE, name, length);
    NTSTATUS status = cm_record_get(transaction, &key, &data);
    if (!NT_SUCCESS(status))
        return status;
    memcpy(&value, data.mv_data, sizeof value);
    status = cm_record_delete(transaction, &key);
    if (NT_SUCCESS(status))
        status = cm_change_info(transaction, id, change_values, -1, &before);
    if (NT_SUCCESS(status) && ret_deleted)
        *ret_deleted = (struct cm_deleted){value.order, before.changed};
    return status;
}

static void change_to_none(struct cm_info *info, int64_t unused)
{
    (void)unused;
    info->values = info->next_value = 0;
    info->last_write = cm_now();
}

NTSTATUS cm_delete_values(struct cm_transaction *transaction, uint64_t id)
{
    struct cm_record_key key;
    cm_head(&key, id, TAG_VALUE);
    NTSTATUS status = cm_records_delete(transaction, key.bytes, key.size);
    return NT_SUCCESS(status) ? cm_change_info(transaction, id, change_to_none, 0, NULL) : status;
}

struct visitor {
    bool (*visit)(void *context, const struct cm_value *value, const WCHAR *name, const void *data);
    void *context;
};

static bool visit_value(void *context, const MDB_val *key, const MDB_val *data)
{
    struct visitor *visitor = context;
    struct cm_value value;
    (void)key;
    memcpy(&value, data->mv_data, sizeof value);
    const uint8_t *name = (const uint8_t *)data->mv_data + sizeof value;
    return visitor->visit(visitor->context, &value, (const WCHAR *)name, name + value.name_length);
}

NTSTATUS cm_each_value(struct cm_transaction *transaction, uint64_t id,
                       bool (*visit)(void *context, const struct cm_value *value, const WCHAR *name,
                                     const void *data),
                       void *context)
{
    struct visitor visitor = {visit, context};
    return cm_records_visit(transaction, id, TAG_VALUE, visit_value, &visitor);
}
