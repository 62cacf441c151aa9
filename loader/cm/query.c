/*
 * Registry keys: querying, and enumerating their subkeys in alphabetical order.
 */
#include "cm/path.h"
#include "mm/guest.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

/* The longest names and data below a key, for KeyFullInformation. */
struct extent {
    struct cm_transaction *transaction;
    ULONG subkeys, name, class, values, value_name, value_data;
};

static bool measure_subkey(void *context, uint64_t id)
{
    struct extent *extent = context;
    struct cm_info info;
    if (NT_SUCCESS(cm_get_info(extent->transaction, id, &info, NULL, NULL))) {
        extent->subkeys++;
        extent->name = info.name_length > extent->name ? info.name_length : extent->name;
        extent->class = info.class_length > extent->class ? info.class_length : extent->class;
    }
    return true;
}

static bool measure_value(void *context, const struct cm_value *value, const WCHAR *name, const void *data)
{
    struct extent *extent = context;
    (void)name, (void)data;
    extent->values++;
    extent->value_name = value->name_length > extent->value_name ? value->name_length : extent->value_name;
    extent->value_data = value->data_length > extent->value_data ? value->data_length : extent->value_data;
    return true;
}

/* Answers NtQueryKey and NtEnumerateKey about the key id. */
static NTSTATUS query_key(struct cm_transaction *transaction, uint64_t id, ULONG class, void *guest,
                          ULONG length, ULONG *guest_result)
{
    struct cm_info info;
    const WCHAR *name, *class_name;
    struct extent extent = {.transaction = transaction};
    NTSTATUS status = cm_get_info(transaction, id, &info, &name, &class_name);
    if (!NT_SUCCESS(status))
        return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_KEY_DELETED : status;
    size_t units;
    cm_shown_name(id, name, info.name_length / 2, &name, &units);
    info.name_length = (uint16_t)(units * 2);
    if (class == KeyFullInformation || class == KeyCachedInformation) {
        cm_each_subkey(transaction, id, measure_subkey, &extent);
        cm_each_value(transaction, id, measure_value, &extent);
    }
    switch (class) {
    case KeyBasicInformation: {
        KEY_BASIC_INFORMATION basic = {.LastWriteTime.QuadPart = info.last_write,
                                       .NameLength = info.name_length};
        size_t fixed = offsetof(KEY_BASIC_INFORMATION, Name);
        struct cm_piece pieces[] = {{&basic, fixed, 0}, {name, info.name_length, fixed}};
        return cm_reply(guest, length, guest_result, fixed, pieces, 2);
    }
    case KeyNodeInformation: {
        size_t fixed = offsetof(KEY_NODE_INFORMATION, Name);
        size_t class_at = (fixed + info.name_length + 3) & ~3ull;
        KEY_NODE_INFORMATION node = {.LastWriteTime.QuadPart = info.last_write,
                                     .ClassOffset = info.class_length ? (ULONG)class_at : ~0u,
                                     .ClassLength = info.class_length,
                                     .NameLength = info.name_length};
        struct cm_piece pieces[] = {
            {&node, fixed, 0}, {name, info.name_length, fixed}, {class_name, info.class_length, class_at}};
        return cm_reply(guest, length, guest_result, fixed, pieces, 3);
    }
    case KeyFullInformation: {
        size_t fixed = offsetof(KEY_FULL_INFORMATION, Class);
        KEY_FULL_INFORMATION full = {.LastWriteTime.QuadPart = info.last_write,
                                     .ClassOffset = info.class_length ? (ULONG)fixed : ~0u,
                                     .ClassLength = info.class_length,
                                     .SubKeys = extent.subkeys,
                                     .MaxNameLength = extent.name,
                                     .MaxClassLength = extent.class,
                                     .Values = extent.values,
                                     .MaxValueNameLength = extent.value_name,
                                     .MaxValueDataLength = extent.value_data};
        struct cm_piece pieces[] = {{&full, fixed, 0}, {class_name, info.class_length, fixed}};
        return cm_reply(guest, length, guest_result, fixed, pieces, 2);
    }
    case KeyCachedInformation: {
        KEY_CACHED_INFORMATION cached = {.LastWriteTime.QuadPart = info.last_write,
                                         .SubKeys = extent.subkeys,
                                         .MaxNameLength = extent.name,
                                         .Values = extent.values,
                                         .MaxValueNameLength = extent.value_name,
                                         .MaxValueDataLength = extent.value_data,
                                         .NameLength = info.name_length};
        struct cm_piece piece = {&cached, sizeof cached, 0};
        return cm_reply(guest, length, guest_result, sizeof cached, &piece, 1);
    }
    case KeyFlagsInformation: {
        KEY_FLAGS_INFORMATION flags = {
            .Wow64Flags = (info.flags & CM_KEY_USER_FLAGS) / CM_KEY_USER_FLAG,
            .KeyFlags = info.flags & (CM_KEY_VOLATILE | CM_KEY_LINK),
            .ControlFlags = (info.flags & CM_KEY_CONTROL_FLAGS) / CM_KEY_CONTROL_FLAG,
        };
        struct cm_piece piece = {&flags, sizeof flags, 0};
        return cm_reply(guest, length, guest_result, sizeof flags, &piece, 1);
    }
    case KeyNameInformation: {
        size_t bytes = 0, fixed = offsetof(KEY_NAME_INFORMATION, Name);
        WCHAR *path = cm_full_name(transaction, id, &bytes);
        if (!path)
            return STATUS_NO_MEMORY;
        KEY_NAME_INFORMATION information = {.NameLength = (ULONG)bytes};
        struct cm_piece pieces[] = {{&information, fixed, 0}, {path, bytes, fixed}};
        status = cm_reply(guest, length, guest_result, fixed, pieces, 2);
        free(path);
        return status;
    }
    case KeyHandleTagsInformation: {
        ULONG tags = 0;
        struct cm_piece piece = {&tags, sizeof tags, 0};
        return cm_reply(guest, length, guest_result, sizeof tags, &piece, 1);
    }
    default: return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NtQueryKey(HANDLE KeyHandle, ULONG KeyInformationClass, void *KeyInformation, ULONG Length,
                    ULONG *ResultLength)
{
    struct cm_key *key;
    struct cm_transaction *transaction;
    /* the name may be asked for with any access */
    ACCESS_MASK access = KeyInformationClass == KeyNameInformation ||
                                 KeyInformationClass == KeyHandleTagsInformation
                             ? 0
                             : KEY_QUERY_VALUE;
    NTSTATUS status = ob_handle_lookup(KeyHandle, &cm_key_type, access, (void **)&key);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_begin_key(key, false, &transaction);
    if (NT_SUCCESS(status)) {
        status = query_key(transaction, key->id, KeyInformationClass, KeyInformation, Length, ResultLength);
        cm_end_key(key, transaction, false);
    }
    ob_dereference(key);
    return status;
}

struct cm_key_order {
    uint64_t generation, changed;
    size_t count, room;
    uint64_t ids[];
};

void cm_free_key_order(struct cm_key_order *order)
{
    free(order);
}

static bool collect(void *context, uint64_t id)
{
    struct cm_key_order **place = context, *order = *place;
    if (order->count == order->room) {
        size_t room = order->room * 2;
        order = realloc(order, sizeof *order + room * sizeof *order->ids);
        if (!order) {
            free(*place);
            *place = NULL;
            return false;
        }
        order->room = room;
        *place = order;
    }
    order->ids[order->count++] = id;
    return true;
}

struct nth {
    ULONG left;
    uint64_t id; /* 0: there are not so many */
};

static bool count_down(void *context, uint64_t id)
{
    struct nth *nth = context;
    if (nth->left--)
        return true;
    nth->id = id;
    return false;
}

/* The subkey with that number, STATUS_NO_MORE_ENTRIES. The order of a key with many is kept with the handle,
 * as long as the key does not change; `*order` is taken out of it while in use, so that two threads never
 * share one. */
static NTSTATUS nth_subkey(struct cm_transaction *transaction, uint64_t id, ULONG index,
                           struct cm_key_order **order, uint64_t *ret_id)
{
    enum { WITHOUT_ORDER = 4 };
    uint64_t generation = cm_generation(transaction);
    struct cm_info info;
    if (!*order || (*order)->generation != generation) {
        NTSTATUS status = cm_get_info(transaction, id, &info, NULL, NULL);
        if (!NT_SUCCESS(status))
            return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_KEY_DELETED : status;
        if (*order && (*order)->changed == info.changed) {
            (*order)->generation = generation;
        } else {
            free(*order);
            *order = NULL;
        }
    }
    if (!*order && index < WITHOUT_ORDER) {
        struct nth nth = {index, 0};
        cm_each_subkey(transaction, id, count_down, &nth);
        *ret_id = nth.id;
        return nth.id ? STATUS_SUCCESS : STATUS_NO_MORE_ENTRIES;
    }
    if (!*order) {
        struct cm_key_order *made = malloc(sizeof *made + 16 * sizeof *made->ids);
        if (made) {
            *made = (struct cm_key_order){.generation = generation, .changed = info.changed, .room = 16};
            cm_each_subkey(transaction, id, collect, &made);
        }
        if (!made)
            return STATUS_NO_MEMORY;
        *order = made;
    }
    if (index >= (*order)->count)
        return STATUS_NO_MORE_ENTRIES;
    *ret_id = (*order)->ids[index];
    return STATUS_SUCCESS;
}

NTSTATUS NtEnumerateKey(HANDLE KeyHandle, ULONG Index, ULONG KeyInformationClass, void *KeyInformation,
                        ULONG Length, ULONG *ResultLength)
{
    struct cm_key *key;
    struct cm_transaction *transaction;
    uint64_t id;
    NTSTATUS status = ob_handle_lookup(KeyHandle, &cm_key_type, KEY_ENUMERATE_SUB_KEYS, (void **)&key);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_begin_key(key, false, &transaction);
    if (!NT_SUCCESS(status)) {
        ob_dereference(key);
        return status;
    }
    struct cm_key_order *order = __atomic_exchange_n(&key->subkeys, NULL, __ATOMIC_ACQ_REL);
    if (key->unit) { /* generations of its copy say nothing */
        free(order);
        order = NULL;
    }
    status = nth_subkey(transaction, key->id, Index, &order, &id);
    if (status == STATUS_SUCCESS)
        status = KeyInformationClass > KeyFullInformation
                     ? STATUS_INVALID_PARAMETER
                     : query_key(transaction, id, KeyInformationClass, KeyInformation, Length, ResultLength);
    free(__atomic_exchange_n(&key->subkeys, order, __ATOMIC_ACQ_REL));
    cm_end_key(key, transaction, false);
    ob_dereference(key);
    return status;
}
