/*
 * The store: copying a key with all that is below it. What is copied is read first: writing moves records.
 */
#include "cm/store_internal.h"
#include <stdlib.h>
#include <string.h>

struct value_copy {
    struct value_copy *next;
    struct cm_value value;
    uint8_t rest[]; /* name, data */
};

struct collected {
    struct value_copy *values, **last;
    uint64_t *ids;
    size_t count;
    bool failed;
};

static bool collect_value(void *context, const struct cm_value *value, const WCHAR *name, const void *data)
{
    struct collected *all = context;
    struct value_copy *copy = malloc(sizeof *copy + value->name_length + value->data_length);
    if (!copy) {
        all->failed = true;
        return false;
    }
    copy->next = NULL;
    copy->value = *value;
    memcpy(copy->rest, name, value->name_length);
    memcpy(copy->rest + value->name_length, data, value->data_length);
    *all->last = copy;
    all->last = &copy->next;
    return true;
}

static bool collect_id(void *context, uint64_t id)
{
    struct collected *all = context;
    uint64_t *ids = realloc(all->ids, (all->count + 1) * sizeof *ids);
    if (!ids) {
        all->failed = true;
        return false;
    }
    all->ids = ids;
    ids[all->count++] = id;
    return true;
}

static NTSTATUS copy_security(struct cm_transaction *transaction, uint64_t from, uint64_t to)
{
    const void *data;
    size_t size;
    if (!NT_SUCCESS(cm_get_security(transaction, from, &data, &size)))
        return STATUS_SUCCESS;
    void *copy = malloc(size);
    if (!copy)
        return STATUS_NO_MEMORY;
    memcpy(copy, data, size);
    NTSTATUS status = cm_set_security(transaction, to, copy, size);
    free(copy);
    return status;
}

static NTSTATUS copy_subkey(struct cm_transaction *transaction, uint64_t id, uint64_t to)
{
    struct cm_info info;
    const WCHAR *name, *class;
    uint64_t child;
    NTSTATUS status = cm_get_info(transaction, id, &info, &name, &class);
    if (!NT_SUCCESS(status) || info.flags & CM_KEY_VOLATILE)
        return status;
    WCHAR *names = malloc(info.name_length + info.class_length + 2u);
    if (!names)
        return STATUS_NO_MEMORY;
    memcpy(names, name, info.name_length);
    memcpy(names + info.name_length / 2, class, info.class_length);
    status = cm_find_key(transaction, to, names, info.name_length / 2, &child);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND)
        status = cm_create_key(transaction, to, names, info.name_length / 2, names + info.name_length / 2,
                               info.class_length / 2, info.flags & CM_KEY_LINK, &child);
    free(names);
    return NT_SUCCESS(status) ? cm_copy_tree(transaction, id, child) : status;
}

NTSTATUS cm_copy_tree(struct cm_transaction *transaction, uint64_t from, uint64_t to)
{
    struct collected all = {.last = &all.values};
    NTSTATUS status = cm_each_value(transaction, from, collect_value, &all);
    if (NT_SUCCESS(status))
        status = cm_each_subkey(transaction, from, collect_id, &all);
    if (NT_SUCCESS(status) && all.failed)
        status = STATUS_NO_MEMORY;
    if (NT_SUCCESS(status))
        status = copy_security(transaction, from, to);
    while (all.values) {
        struct value_copy *copy = all.values;
        all.values = copy->next;
        if (NT_SUCCESS(status))
            status = cm_set_value(transaction, to, (const WCHAR *)copy->rest, copy->value.name_length / 2,
                                  copy->value.type, 0, copy->rest + copy->value.name_length,
                                  copy->value.data_length);
        free(copy);
    }
    for (size_t i = 0; i < all.count && NT_SUCCESS(status); i++)
        status = copy_subkey(transaction, all.ids[i], to);
    free(all.ids);
    return status;
}
