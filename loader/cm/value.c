/*
 * Registry values: set, query, enumerate (in the order of their creation), delete.
 */
#include "cm/cm.h"
#include "cm/unit.h"
#include "mm/guest.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

struct cm_order {
    uint64_t generation, changed;
    uint64_t made;       /* the generation of which the records are */
    size_t first, count; /* entries before the first are gone */
    size_t by_name;      /* so many were looked up by their names in the generation */
    struct entry {
        uint32_t order, size; /* bytes of the record */
        const void *record;
        uint32_t name_length; /* WCHARs */
        WCHAR *name;
    } entries[];
};

enum { MAX_DATA = 0x7ffffff };

/* A value's name, copied from the guest: in `small` if it is as short as most are. */
struct name {
    WCHAR small[64], *text;
    size_t length;
};

static NTSTATUS read_value_name(const UNICODE_STRING *guest, struct name *name)
{
    UNICODE_STRING string = {0};
    NTSTATUS status = STATUS_SUCCESS;
    name->text = name->small;
    name->length = 0;
    if (guest)
        status = guest_read(&string, guest);
    size_t length = string.Length / sizeof *name->text;
    if (!NT_SUCCESS(status) || !length)
        return status;
    if (length > CM_MAX_VALUE_NAME)
        return STATUS_INVALID_PARAMETER;
    if (string.Length > sizeof name->small && !(name->text = malloc(string.Length)))
        return STATUS_NO_MEMORY;
    name->length = length;
    return guest_copy(name->text, string.Buffer, length * sizeof *name->text);
}

static void free_value_name(struct name *name)
{
    if (name->text != name->small)
        free(name->text);
}

NTSTATUS NtSetValueKey(HANDLE KeyHandle, UNICODE_STRING *ValueName, ULONG TitleIndex, ULONG Type, void *Data,
                       ULONG DataSize)
{
    struct cm_key *key;
    struct cm_transaction *transaction;
    struct name name;
    uint8_t small[512], *data = small; /* no transaction is open while guest memory is read */
    (void)TitleIndex;
    if (DataSize > MAX_DATA)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = ob_handle_lookup(KeyHandle, &cm_key_type, KEY_SET_VALUE, (void **)&key);
    if (!NT_SUCCESS(status))
        return status;
    status = read_value_name(ValueName, &name);
    if (NT_SUCCESS(status) && DataSize > sizeof small && !(data = malloc(DataSize)))
        status = STATUS_NO_MEMORY;
    if (NT_SUCCESS(status) && DataSize)
        status = guest_copy(data, Data, DataSize);
    if (NT_SUCCESS(status) && NT_SUCCESS(status = cm_begin_key(key, true, &transaction))) {
        status = cm_set_value(transaction, key->id, name.text, name.length, Type, 0, data, DataSize);
        if (NT_SUCCESS(status) && key->unit)
            status = cm_note_change(key, transaction,
                                    &(struct cm_change){.kind = CM_CHANGE_SET_VALUE,
                                                        .id = key->id,
                                                        .type = Type,
                                                        .name = name.text,
                                                        .length = name.length,
                                                        .data = data,
                                                        .size = DataSize});
        NTSTATUS end = cm_end_key(key, transaction, NT_SUCCESS(status));
        status = status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_KEY_DELETED
                 : NT_SUCCESS(status)                   ? end
                                                        : status;
        if (NT_SUCCESS(status) && !key->unit)
            cm_notify(key->id, REG_NOTIFY_CHANGE_LAST_SET);
    }
    if (data != small)
        free(data);
    free_value_name(&name);
    ob_dereference(key);
    return status;
}

/* Answers both value queries. */
static NTSTATUS reply_value(const struct cm_value *value, const WCHAR *name, const void *data, ULONG class,
                            void *guest, ULONG length, ULONG *guest_result)
{
    switch (class) {
    case KeyValueBasicInformation: {
        size_t fixed = offsetof(KEY_VALUE_BASIC_INFORMATION, Name);
        KEY_VALUE_BASIC_INFORMATION basic = {.Type = value->type, .NameLength = value->name_length};
        struct cm_piece pieces[] = {{&basic, fixed, 0}, {name, value->name_length, fixed}};
        return cm_reply(guest, length, guest_result, fixed, pieces, 2);
    }
    case KeyValueFullInformation:
    case KeyValueFullInformationAlign64: {
        size_t fixed = offsetof(KEY_VALUE_FULL_INFORMATION, Name);
        size_t alignment = class == KeyValueFullInformation ? 4 : 8;
        size_t data_at = (fixed + value->name_length + alignment - 1) & ~(alignment - 1);
        KEY_VALUE_FULL_INFORMATION full = {.Type = value->type,
                                           .DataOffset = (ULONG)data_at,
                                           .DataLength = value->data_length,
                                           .NameLength = value->name_length};
        struct cm_piece pieces[] = {
            {&full, fixed, 0}, {name, value->name_length, fixed}, {data, value->data_length, data_at}};
        return cm_reply(guest, length, guest_result, fixed, pieces, 3);
    }
    case KeyValuePartialInformation: {
        size_t fixed = offsetof(KEY_VALUE_PARTIAL_INFORMATION, Data);
        KEY_VALUE_PARTIAL_INFORMATION partial = {.Type = value->type, .DataLength = value->data_length};
        struct cm_piece pieces[] = {{&partial, fixed, 0}, {data, value->data_length, fixed}};
        return cm_reply(guest, length, guest_result, fixed, pieces, 2);
    }
    case KeyValuePartialInformationAlign64: {
        size_t fixed = offsetof(KEY_VALUE_PARTIAL_INFORMATION_ALIGN64, Data);
        KEY_VALUE_PARTIAL_INFORMATION_ALIGN64 partial = {.Type = value->type,
                                                         .DataLength = value->data_length};
        struct cm_piece pieces[] = {{&partial, fixed, 0}, {data, value->data_length, fixed}};
        return cm_reply(guest, length, guest_result, fixed, pieces, 2);
    }
    default: return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS NtQueryValueKey(HANDLE KeyHandle, UNICODE_STRING *ValueName, ULONG KeyValueInformationClass,
                         void *KeyValueInformation, ULONG Length, ULONG *ResultLength)
{
    struct cm_key *key;
    struct cm_transaction *transaction;
    struct cm_value value;
    const WCHAR *found_name;
    const void *data;
    struct name name;
    NTSTATUS status = ob_handle_lookup(KeyHandle, &cm_key_type, KEY_QUERY_VALUE, (void **)&key);
    if (!NT_SUCCESS(status))
        return status;
    status = read_value_name(ValueName, &name);
    if (status == STATUS_INVALID_PARAMETER)
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    if (NT_SUCCESS(status)) {
        struct cm_value_copy copy;
        struct cm_store *store = key->unit ? NULL : cm_peek_store();
        status = store ? cm_peek_value(store, key->id, name.text, name.length, &copy) : STATUS_RETRY;
        if (status == STATUS_SUCCESS)
            status = reply_value(&copy.value, (const WCHAR *)copy.rest, copy.rest + copy.value.name_length,
                                 KeyValueInformationClass, KeyValueInformation, Length, ResultLength);
    }
    if (status == STATUS_RETRY && NT_SUCCESS(status = cm_begin_key(key, false, &transaction))) {
        status = cm_get_value(transaction, key->id, name.text, name.length, &value, &found_name, &data);
        if (NT_SUCCESS(status)) {
            status = reply_value(&value, found_name, data, KeyValueInformationClass, KeyValueInformation,
                                 Length, ResultLength);
        } else if (status == STATUS_OBJECT_NAME_NOT_FOUND) {
            struct cm_info info;
            if (cm_get_info(transaction, key->id, &info, NULL, NULL) == STATUS_OBJECT_NAME_NOT_FOUND)
                status = STATUS_KEY_DELETED;
        }
        cm_end_key(key, transaction, false);
    }
    free_value_name(&name);
    ob_dereference(key);
    return status;
}

static void free_order(struct cm_order *order)
{
    for (size_t i = 0; order && i < order->count; i++)
        free(order->entries[order->first + i].name);
    free(order);
}

struct collector {
    struct cm_order *order;
    size_t room;
    NTSTATUS status;
};

static bool collect(void *context, const struct cm_value *value, const WCHAR *name, const void *data)
{
    struct collector *collector = context;
    (void)data;
    if (collector->order->count == collector->room) {
        size_t room = collector->room * 2;
        struct cm_order *order = realloc(collector->order, sizeof *order + room * sizeof *order->entries);
        if (!order) {
            collector->status = STATUS_NO_MEMORY;
            return false;
        }
        collector->order = order;
        collector->room = room;
    }
    WCHAR *copy = malloc(value->name_length + 2);
    if (!copy) {
        collector->status = STATUS_NO_MEMORY;
        return false;
    }
    memcpy(copy, name, value->name_length);
    collector->order->entries[collector->order->count++] = (struct entry){
        .order = value->order,
        .size = (uint32_t)sizeof *value + value->name_length + value->data_length,
        .record = (const uint8_t *)name - sizeof *value,
        .name_length = value->name_length / 2,
        .name = copy};
    return true;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *first = a, *second = b;
    return first->order < second->order ? -1 : first->order > second->order;
}

static NTSTATUS make_order(struct cm_transaction *transaction, uint64_t id, struct cm_order **ret_order)
{
    struct collector collector = {malloc(sizeof(struct cm_order) + 16 * sizeof(struct entry)), 16,
                                  STATUS_SUCCESS};
    if (!collector.order)
        return STATUS_NO_MEMORY;
    collector.order->first = collector.order->count = collector.order->by_name = 0;
    collector.order->made = cm_generation(transaction);
    cm_each_value(transaction, id, collect, &collector);
    if (!NT_SUCCESS(collector.status)) {
        free_order(collector.order);
        return collector.status;
    }
    qsort(collector.order->entries, collector.order->count, sizeof(struct entry), compare_entries);
    *ret_order = collector.order;
    return STATUS_SUCCESS;
}

/* Sees to it that *order is that of the key's values now. It is taken out of the key object while in use, so
 * that two threads never share one. */
static NTSTATUS validate_order(struct cm_transaction *transaction, uint64_t id, struct cm_order **order)
{
    struct cm_info info;
    uint64_t generation = cm_generation(transaction);
    if (*order && (*order)->generation == generation &&
        ((*order)->made == generation || (*order)->by_name++ <= (*order)->count / 4))
        return STATUS_SUCCESS;
    NTSTATUS status = cm_get_info(transaction, id, &info, NULL, NULL);
    if (!NT_SUCCESS(status))
        return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_KEY_DELETED : status;
    if (!*order || (*order)->changed != info.changed || (*order)->generation == generation) {
        free_order(*order);
        *order = NULL;
        status = make_order(transaction, id, order);
        if (!NT_SUCCESS(status))
            return status;
        (*order)->changed = info.changed;
    }
    if ((*order)->generation != generation)
        (*order)->by_name = 0;
    (*order)->generation = generation;
    return STATUS_SUCCESS;
}

/* The value with that number by an order that is of the last generation: STATUS_RETRY if it is none. */
static NTSTATUS peek_entry(const struct cm_order *order, ULONG index, struct cm_value_copy *ret_copy)
{
    struct cm_store *store = order ? cm_peek_store() : NULL;
    if (!store || order->generation != cm_last_generation(store))
        return STATUS_RETRY;
    if (index >= order->count)
        return STATUS_NO_MORE_ENTRIES;
    const struct entry *entry = &order->entries[order->first + index];
    if (order->made != order->generation || entry->size > sizeof *ret_copy)
        return STATUS_RETRY;
    memcpy(ret_copy, entry->record, entry->size);
    return order->generation == cm_last_generation(store) ? STATUS_SUCCESS : STATUS_RETRY;
}

NTSTATUS NtEnumerateValueKey(HANDLE KeyHandle, ULONG Index, ULONG KeyValueInformationClass,
                             void *KeyValueInformation, ULONG Length, ULONG *ResultLength)
{
    struct cm_key *key;
    struct cm_transaction *transaction;
    struct cm_value value;
    const WCHAR *name;
    const void *data;
    NTSTATUS status = ob_handle_lookup(KeyHandle, &cm_key_type, KEY_QUERY_VALUE, (void **)&key);
    if (!NT_SUCCESS(status))
        return status;
    struct cm_value_copy copy;
    struct cm_order *order = __atomic_exchange_n(&key->values, NULL, __ATOMIC_ACQ_REL);
    if (key->unit) { /* generations of its copy say nothing */
        free_order(order);
        order = NULL;
    }
    status = peek_entry(order, Index, &copy);
    if (status != STATUS_RETRY) {
        free_order(__atomic_exchange_n(&key->values, order, __ATOMIC_ACQ_REL));
        if (status == STATUS_SUCCESS)
            status = reply_value(&copy.value, (const WCHAR *)copy.rest, copy.rest + copy.value.name_length,
                                 KeyValueInformationClass, KeyValueInformation, Length, ResultLength);
        ob_dereference(key);
        return status;
    }
    status = cm_begin_key(key, false, &transaction);
    if (!NT_SUCCESS(status)) {
        free_order(__atomic_exchange_n(&key->values, order, __ATOMIC_ACQ_REL));
        ob_dereference(key);
        return status;
    }
    status = validate_order(transaction, key->id, &order);
    if (NT_SUCCESS(status)) {
        if (Index >= order->count)
            status = STATUS_NO_MORE_ENTRIES;
        else {
            const struct entry *entry = &order->entries[order->first + Index];
            status = cm_get_value(transaction, key->id, entry->name, entry->name_length, &value, &name,
                                  &data);
        }
        if (NT_SUCCESS(status) && status != STATUS_NO_MORE_ENTRIES)
            status = reply_value(&value, name, data, KeyValueInformationClass, KeyValueInformation, Length,
                                 ResultLength);
    }
    free_order(__atomic_exchange_n(&key->values, order, __ATOMIC_ACQ_REL));
    cm_end_key(key, transaction, false);
    ob_dereference(key);
    return status;
}

/* A value was deleted: programs that delete all values by their numbers need not have the order made anew for
 * each. */
static void forget_value(struct cm_key *key, const struct cm_deleted *deleted, uint64_t now)
{
    struct cm_order *order = __atomic_exchange_n(&key->values, NULL, __ATOMIC_ACQ_REL);
    if (order && order->changed == deleted->changed) {
        struct entry *entries = order->entries + order->first;
        size_t low = 0, high = order->count;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (entries[middle].order < deleted->order)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < order->count && entries[low].order == deleted->order) {
            free(entries[low].name);
            if (low < order->count / 2) { /* the shorter part moves */
                memmove(entries + 1, entries, low * sizeof *entries);
                order->first++;
            } else {
                memmove(entries + low, entries + low + 1, (order->count - low - 1) * sizeof *entries);
            }
            order->count--;
            order->changed = order->generation = now;
        }
    }
    free_order(__atomic_exchange_n(&key->values, order, __ATOMIC_ACQ_REL));
}

NTSTATUS NtDeleteValueKey(HANDLE KeyHandle, UNICODE_STRING *ValueName)
{
    struct cm_key *key;
    struct cm_transaction *transaction;
    struct cm_deleted deleted;
    struct cm_info info;
    struct name name;
    NTSTATUS status = ob_handle_lookup(KeyHandle, &cm_key_type, KEY_SET_VALUE, (void **)&key);
    if (!NT_SUCCESS(status))
        return status;
    status = read_value_name(ValueName, &name);
    if (NT_SUCCESS(status) && NT_SUCCESS(status = cm_begin_key(key, true, &transaction))) {
        uint64_t generation = cm_generation(transaction);
        status = cm_delete_value(transaction, key->id, name.text, name.length, &deleted);
        if (status == STATUS_OBJECT_NAME_NOT_FOUND &&
            cm_get_info(transaction, key->id, &info, NULL, NULL) == STATUS_OBJECT_NAME_NOT_FOUND)
            status = STATUS_KEY_DELETED;
        if (NT_SUCCESS(status) && key->unit)
            status = cm_note_change(
                key, transaction,
                &(struct cm_change){
                    .kind = CM_CHANGE_DELETE_VALUE, .id = key->id, .name = name.text, .length = name.length});
        NTSTATUS end = cm_end_key(key, transaction, NT_SUCCESS(status));
        status = NT_SUCCESS(status) ? end : status;
        if (NT_SUCCESS(status) && !key->unit) {
            forget_value(key, &deleted, generation);
            cm_notify(key->id, REG_NOTIFY_CHANGE_LAST_SET);
        }
    }
    free_value_name(&name);
    ob_dereference(key);
    return status;
}

void cm_free_value_order(struct cm_order *order)
{
    free_order(order);
}
