/*
 * Keys of the store: their records, their links from the parent, trees (see store.h).
 */
#include "cm/store_internal.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A parent's record of a subkey. */
struct link {
    uint8_t id[8]; /* big endian */
    uint8_t flags; /* CM_KEY_*, so that few need the key's own record */
};
static_assert(sizeof(struct link) == 9, "packed");

NTSTATUS cm_get_info(struct cm_transaction *transaction, uint64_t id, struct cm_info *ret_info,
                     const WCHAR **ret_name, const WCHAR **ret_class)
{
    struct cm_record_key key;
    MDB_val data;
    cm_head(&key, id, TAG_INFO);
    NTSTATUS status = cm_record_get(transaction, &key, &data);
    if (!NT_SUCCESS(status))
        return status;
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
    struct cm_record_key key;
    void *data;
    cm_head(&key, id, TAG_INFO);
    NTSTATUS status = cm_record_make(transaction, &key, sizeof *info + info->name_length + info->class_length,
                                     &data);
    if (!NT_SUCCESS(status))
        return status;
    uint8_t *record = data;
    memcpy(record, info, sizeof *info);
    memcpy(record + sizeof *info, name, info->name_length);
    if (info->class_length)
        memcpy(record + sizeof *info + info->name_length, class, info->class_length);
    return STATUS_SUCCESS;
}

NTSTATUS cm_change_info(struct cm_transaction *transaction, uint64_t id,
                        void (*change)(struct cm_info *info, int64_t argument), int64_t argument,
                        struct cm_info *ret_before)
{
    struct cm_record_key key;
    uint8_t small[768], *copy = small;
    struct cm_info info;
    MDB_cursor *cursor;
    MDB_val data;
    cm_head(&key, id, TAG_INFO);
    int error = cm_lmdb.mdb_cursor_open(transaction->txn, transaction->store->table, &cursor);
    if (error)
        return cm_status_from_lmdb(error);
    MDB_val name = {key.size, key.bytes};
    NTSTATUS status = cm_status_from_lmdb(cm_lmdb.mdb_cursor_get(cursor, &name, &data, MDB_SET));
    if (NT_SUCCESS(status) && data.mv_size > sizeof small && !(copy = malloc(data.mv_size)))
        status = STATUS_NO_MEMORY;
    if (NT_SUCCESS(status))
        status = cm_reserve(transaction, key.size + data.mv_size);
    if (NT_SUCCESS(status)) {
        memcpy(copy, data.mv_data, data.mv_size);
        memcpy(&info, copy, sizeof info);
        if (ret_before)
            *ret_before = info;
        change(&info, argument);
        info.changed = cm_generation(transaction);
        memcpy(copy, &info, sizeof info);
        data.mv_data = copy;
        status = cm_status_from_lmdb(cm_lmdb.mdb_cursor_put(cursor, &name, &data, MDB_CURRENT));
    }
    cm_lmdb.mdb_cursor_close(cursor);
    if (copy != small)
        free(copy);
    return status;
}

static void change_subkeys(struct cm_info *info, int64_t by)
{
    info->subkeys = (uint32_t)(info->subkeys + by);
    info->last_write = cm_now();
    info->flags &= ~(uint32_t)CM_FROM_SYSTEM;
}

static void change_last_write(struct cm_info *info, int64_t time)
{
    info->last_write = time;
}

NTSTATUS cm_set_last_write(struct cm_transaction *transaction, uint64_t id, int64_t time)
{
    return cm_change_info(transaction, id, change_last_write, time, NULL);
}

static void change_user_flags(struct cm_info *info, int64_t flags)
{
    info->flags = (info->flags & ~(uint32_t)CM_KEY_USER_FLAGS) | (uint32_t)flags * CM_KEY_USER_FLAG;
}

NTSTATUS cm_set_user_flags(struct cm_transaction *transaction, uint64_t id, uint32_t flags)
{
    return cm_change_info(transaction, id, change_user_flags, flags & 0xf, NULL);
}

static void change_control_flags(struct cm_info *info, int64_t flags)
{
    info->flags = (info->flags & ~(uint32_t)CM_KEY_CONTROL_FLAGS) | (uint32_t)flags * CM_KEY_CONTROL_FLAG;
}

NTSTATUS cm_set_control_flags(struct cm_transaction *transaction, uint64_t id, uint32_t flags)
{
    return cm_change_info(transaction, id, change_control_flags, flags & 0xf, NULL);
}

/* ---------------------------------------------------------------- links */

static NTSTATUS put_link(struct cm_transaction *transaction, uint64_t parent, const WCHAR *name,
                         size_t length, uint64_t id, uint32_t flags)
{
    struct cm_record_key key;
    struct link link = {.flags = (uint8_t)(flags & (CM_KEY_VOLATILE | CM_KEY_LINK | CM_KEY_HIVE))};
    cm_put_id(link.id, id);
    cm_named(&key, parent, TAG_SUBKEY, name, length);
    return cm_record_put(transaction, &key, &link, sizeof link);
}

/* The key's flags have changed: so do those that its parent keeps. */
static NTSTATUS update_link(struct cm_transaction *transaction, uint64_t id)
{
    struct cm_info info;
    const WCHAR *name;
    WCHAR copy[CM_MAX_NAME + 1];
    NTSTATUS status = cm_get_info(transaction, id, &info, &name, NULL);
    if (!NT_SUCCESS(status))
        return status;
    memcpy(copy, name, info.name_length);
    return put_link(transaction, info.parent, copy, info.name_length / 2, id, info.flags);
}

static bool is_stale(const struct cm_info *info)
{
    return info->flags & (CM_KEY_VOLATILE | CM_KEY_HIVE) &&
           memcmp(info->boot_id, cm_boot_id(), sizeof info->boot_id) != 0;
}

/* The link is to a key that the last boot of the machine ended. A key that was alive once is so as long as
 * there are links to it. */
static bool is_dead(struct cm_transaction *transaction, const struct link *link)
{
    static uint64_t alive[64];
    struct cm_info info;
    if (!(link->flags & (CM_KEY_VOLATILE | CM_KEY_HIVE)))
        return false;
    uint64_t id = cm_get_id(link->id), *known = &alive[id % (sizeof alive / sizeof *alive)];
    if (__atomic_load_n(known, __ATOMIC_RELAXED) == id)
        return false;
    if (!NT_SUCCESS(cm_get_info(transaction, id, &info, NULL, NULL)) || is_stale(&info))
        return true;
    __atomic_store_n(known, id, __ATOMIC_RELAXED);
    return false;
}

static NTSTATUS get_link(struct cm_transaction *transaction, uint64_t parent, struct cm_record_key *key,
                         struct link *ret_link)
{
    MDB_val data;
    size_t size;
    if (transaction->peeking)
        switch (cm_index_get(transaction->store, transaction->generation, key, ret_link, sizeof *ret_link,
                             &size)) {
        case AT_HAND_FOUND: return STATUS_SUCCESS;
        case AT_HAND_NONE: return STATUS_OBJECT_NAME_NOT_FOUND;
        default: break;
        }
    NTSTATUS status = cm_record_get(transaction, key, &data);
    if (!transaction->write && !transaction->peeking)
        cm_index_missed(transaction, parent, TAG_SUBKEY);
    if (NT_SUCCESS(status))
        memcpy(ret_link, data.mv_data, sizeof *ret_link);
    return status;
}

NTSTATUS cm_find_subkey(struct cm_transaction *transaction, uint64_t parent, const WCHAR *name, size_t length,
                        uint64_t *ret_id, uint32_t *ret_flags)
{
    struct cm_record_key key;
    struct link link;
    cm_named(&key, parent, TAG_SUBKEY, name, length);
    NTSTATUS status = get_link(transaction, parent, &key, &link);
    if (!NT_SUCCESS(status))
        return status;
    if (is_dead(transaction, &link))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    *ret_id = cm_get_id(link.id);
    *ret_flags = link.flags;
    return STATUS_SUCCESS;
}

NTSTATUS cm_find_key(struct cm_transaction *transaction, uint64_t parent, const WCHAR *name, size_t length,
                     uint64_t *ret_id)
{
    uint32_t flags;
    return cm_find_subkey(transaction, parent, name, length, ret_id, &flags);
}

struct visitor {
    struct cm_transaction *transaction;
    bool (*visit)(void *context, uint64_t id);
    void *context;
    bool dead_too;
};

static bool visit_subkey(void *context, const MDB_val *key, const MDB_val *data)
{
    struct visitor *visitor = context;
    struct link link;
    (void)key;
    memcpy(&link, data->mv_data, sizeof link);
    if (!visitor->dead_too && is_dead(visitor->transaction, &link))
        return true;
    return visitor->visit(visitor->context, cm_get_id(link.id));
}

NTSTATUS cm_each_subkey(struct cm_transaction *transaction, uint64_t id,
                        bool (*visit)(void *context, uint64_t id), void *context)
{
    struct visitor visitor = {transaction, visit, context, false};
    return cm_records_visit(transaction, id, TAG_SUBKEY, visit_subkey, &visitor);
}

/* ---------------------------------------------------------------- what a key may be */

static void change_to_link(struct cm_info *info, int64_t unused)
{
    (void)unused;
    info->flags |= CM_KEY_LINK;
}

NTSTATUS cm_make_link(struct cm_transaction *transaction, uint64_t id)
{
    NTSTATUS status = cm_change_info(transaction, id, change_to_link, 0, NULL);
    return NT_SUCCESS(status) ? update_link(transaction, id) : status;
}

NTSTATUS cm_get_security(struct cm_transaction *transaction, uint64_t id, const void **ret_data,
                         size_t *ret_size)
{
    struct cm_record_key key;
    MDB_val data;
    cm_head(&key, id, TAG_SECURITY);
    NTSTATUS status = cm_record_get(transaction, &key, &data);
    if (!NT_SUCCESS(status))
        return status;
    *ret_data = data.mv_data;
    *ret_size = data.mv_size;
    return STATUS_SUCCESS;
}

static void touch(struct cm_info *info, int64_t unused)
{
    (void)unused;
    info->last_write = cm_now();
}

NTSTATUS cm_set_security(struct cm_transaction *transaction, uint64_t id, const void *bytes, size_t size)
{
    struct cm_record_key key;
    cm_head(&key, id, TAG_SECURITY);
    NTSTATUS status = cm_change_info(transaction, id, touch, 0, NULL);
    return NT_SUCCESS(status) ? cm_record_put(transaction, &key, bytes, size) : status;
}

NTSTATUS cm_get_hive(struct cm_transaction *transaction, uint64_t id, const char **ret_path)
{
    struct cm_record_key key;
    MDB_val data;
    cm_head(&key, id, TAG_HIVE_FILE);
    NTSTATUS status = cm_record_get(transaction, &key, &data);
    if (NT_SUCCESS(status))
        *ret_path = data.mv_data;
    return status;
}

static void change_to_hive(struct cm_info *info, int64_t unused)
{
    (void)unused;
    info->flags |= CM_KEY_HIVE;
    memcpy(info->boot_id, cm_boot_id(), sizeof info->boot_id);
}

NTSTATUS cm_set_hive(struct cm_transaction *transaction, uint64_t id, const char *path)
{
    struct cm_record_key key;
    cm_head(&key, id, TAG_HIVE_FILE);
    NTSTATUS status = cm_change_info(transaction, id, change_to_hive, 0, NULL);
    if (NT_SUCCESS(status))
        status = update_link(transaction, id);
    return NT_SUCCESS(status) ? cm_record_put(transaction, &key, path, strlen(path) + 1) : status;
}

/* ---------------------------------------------------------------- deleting */

struct ids {
    uint64_t *ids;
    size_t count, room;
    bool failed;
};

static bool collect_id(void *context, uint64_t id)
{
    struct ids *list = context;
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 16;
        uint64_t *ids = realloc(list->ids, room * sizeof *ids);
        if (!ids) {
            list->failed = true;
            return false;
        }
        list->ids = ids;
        list->room = room;
    }
    list->ids[list->count++] = id;
    return true;
}

static NTSTATUS remove_tree(struct cm_transaction *transaction, uint64_t id);

/* Everything below the key, what the last boot ended too. */
static NTSTATUS remove_below(struct cm_transaction *transaction, uint64_t id)
{
    struct ids list = {0};
    struct visitor visitor = {transaction, collect_id, &list, true};
    NTSTATUS status = cm_records_visit(transaction, id, TAG_SUBKEY, visit_subkey, &visitor);
    if (list.failed)
        status = STATUS_NO_MEMORY;
    for (size_t i = 0; i < list.count && NT_SUCCESS(status); i++)
        status = remove_tree(transaction, list.ids[i]);
    free(list.ids);
    return status;
}

/* The key with all it has, nothing of it below, and its parent's link to it. */
static NTSTATUS remove_key(struct cm_transaction *transaction, uint64_t id, uint64_t parent,
                           const WCHAR *name, size_t length)
{
    struct cm_record_key key;
    cm_named(&key, parent, TAG_SUBKEY, name, length);
    NTSTATUS status = cm_record_delete(transaction, &key);
    cm_put_id(key.bytes, id);
    if (NT_SUCCESS(status))
        status = cm_records_delete(transaction, key.bytes, 8);
    if (NT_SUCCESS(status))
        status = cm_change_info(transaction, parent, change_subkeys, -1, NULL);
    return status;
}

static NTSTATUS remove_tree(struct cm_transaction *transaction, uint64_t id)
{
    struct cm_info info;
    const WCHAR *name;
    NTSTATUS status = cm_get_info(transaction, id, &info, &name, NULL);
    if (NT_SUCCESS(status) && info.subkeys) {
        status = remove_below(transaction, id);
        if (NT_SUCCESS(status))
            status = cm_get_info(transaction, id, &info, &name, NULL);
    }
    return NT_SUCCESS(status) ? remove_key(transaction, id, info.parent, name, info.name_length / 2) : status;
}

static bool find_any(void *context, uint64_t id)
{
    (void)id;
    *(bool *)context = true;
    return false;
}

NTSTATUS cm_delete_key(struct cm_transaction *transaction, uint64_t id)
{
    struct cm_info info;
    const WCHAR *name;
    bool any = false;
    if (id <= CM_LAST_FIXED)
        return STATUS_CANNOT_DELETE;
    NTSTATUS status = cm_get_info(transaction, id, &info, &name, NULL);
    if (!NT_SUCCESS(status))
        return status;
    if (info.parent == CM_ROOT)
        return STATUS_CANNOT_DELETE;
    if (!info.subkeys)
        return remove_key(transaction, id, info.parent, name, info.name_length / 2);
    cm_each_subkey(transaction, id, find_any, &any); /* which may be volatile ones of an earlier boot */
    return any ? STATUS_CANNOT_DELETE : remove_tree(transaction, id);
}

NTSTATUS cm_delete_tree(struct cm_transaction *transaction, uint64_t id)
{
    return id <= CM_LAST_FIXED ? STATUS_CANNOT_DELETE : remove_tree(transaction, id);
}

NTSTATUS cm_clear_key(struct cm_transaction *transaction, uint64_t id)
{
    NTSTATUS status = remove_below(transaction, id);
    return NT_SUCCESS(status) ? cm_delete_values(transaction, id) : status;
}

/* ---------------------------------------------------------------- creating, renaming */

static NTSTATUS create_key(struct cm_transaction *transaction, uint64_t id, uint64_t parent,
                           const WCHAR *name, size_t length, const WCHAR *class, size_t class_length,
                           uint32_t flags)
{
    struct cm_info info = {.parent = parent,
                           .last_write = cm_now(),
                           .changed = cm_generation(transaction),
                           .flags = flags,
                           .name_length = (uint16_t)(length * 2),
                           .class_length = (uint16_t)(class_length * 2)};
    if (flags & CM_KEY_VOLATILE)
        memcpy(info.boot_id, cm_boot_id(), sizeof info.boot_id);
    NTSTATUS status = put_info(transaction, id, &info, name, class);
    if (NT_SUCCESS(status) && parent)
        status = put_link(transaction, parent, name, length, id, flags);
    if (NT_SUCCESS(status) && parent)
        status = cm_change_info(transaction, parent, change_subkeys, 1, NULL);
    return status;
}

NTSTATUS cm_create_numbered(struct cm_transaction *transaction, uint64_t id, uint64_t parent,
                            const WCHAR *name, size_t length)
{
    return create_key(transaction, id, parent, name, length, NULL, 0, CM_FROM_SYSTEM);
}

NTSTATUS cm_create_key(struct cm_transaction *transaction, uint64_t parent, const WCHAR *name, size_t length,
                       const WCHAR *class, size_t class_length, uint32_t flags, uint64_t *ret_id)
{
    enum { ID_SHIFT = 24 }; /* so many keys one transaction can make */
    struct cm_record_key key;
    struct link link;
    MDB_val data;
    if (!length || length > CM_MAX_NAME || class_length > CM_MAX_CLASS)
        return STATUS_INVALID_PARAMETER;
    cm_named(&key, parent, TAG_SUBKEY, name, length);
    if (NT_SUCCESS(cm_record_get(transaction, &key, &data))) {
        memcpy(&link, data.mv_data, sizeof link);
        if (!is_dead(transaction, &link))
            return STATUS_OBJECT_NAME_COLLISION;
        NTSTATUS status = remove_tree(transaction, cm_get_id(link.id));
        if (!NT_SUCCESS(status))
            return status;
    }
    if (transaction->keys_made >> ID_SHIFT)
        return STATUS_INSUFFICIENT_RESOURCES;
    /* no other transaction has this number, nor has anything else ever had it */
    uint64_t id = transaction->store->next_id
                      ? transaction->store->next_id++
                      : cm_generation(transaction) << ID_SHIFT | transaction->keys_made++;
    NTSTATUS status = create_key(transaction, id, parent, name, length, class, class_length, flags);
    if (NT_SUCCESS(status))
        *ret_id = id;
    return status;
}

NTSTATUS cm_rename_key(struct cm_transaction *transaction, uint64_t id, const WCHAR *name, size_t length)
{
    struct cm_record_key key;
    struct cm_info info;
    const WCHAR *old_name, *class;
    uint64_t other;
    if (!length || length > CM_MAX_NAME)
        return STATUS_INVALID_PARAMETER;
    if (id <= CM_LAST_FIXED)
        return STATUS_ACCESS_DENIED;
    NTSTATUS status = cm_get_info(transaction, id, &info, &old_name, &class);
    if (!NT_SUCCESS(status))
        return status;
    if (NT_SUCCESS(cm_find_key(transaction, info.parent, name, length, &other)) && other != id)
        return STATUS_OBJECT_NAME_COLLISION;
    WCHAR *class_copy = malloc(info.class_length + 2u);
    if (!class_copy)
        return STATUS_NO_MEMORY;
    memcpy(class_copy, class, info.class_length);
    cm_named(&key, info.parent, TAG_SUBKEY, old_name, info.name_length / 2);
    status = cm_record_delete(transaction, &key);
    if (NT_SUCCESS(status))
        status = put_link(transaction, info.parent, name, length, id, info.flags);
    info.name_length = (uint16_t)(length * 2);
    info.last_write = cm_now();
    if (NT_SUCCESS(status))
        status = put_info(transaction, id, &info, name, class_copy);
    free(class_copy);
    if (NT_SUCCESS(status)) /* the order of its siblings is another one */
        status = cm_change_info(transaction, info.parent, change_subkeys, 0, NULL);
    return status;
}
