/*
 * Several values of a key at once, as they are at one moment.
 */
#include "cm/cm.h"
#include "mm/guest.h"
#include "wow/thunk.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ENTRIES = 0x10000 };

struct entry32 {
    uint32_t name, length, offset, type;
};

/* The name of the entry with that number, malloc'ed. */
static NTSTATUS read_entry_name(const void *guest, ULONG i, WCHAR **ret_name, size_t *ret_length)
{
    if (wow_active) {
        struct entry32 entry;
        UNICODE_STRING storage, *string;
        NTSTATUS status = guest_read(&entry, (const struct entry32 *)guest + i);
        if (NT_SUCCESS(status))
            status = wow_read_string(entry.name, &storage, &string);
        return NT_SUCCESS(status) ? cm_read_name(string, CM_MAX_VALUE_NAME, ret_name, ret_length) : status;
    }
    KEY_VALUE_ENTRY entry;
    NTSTATUS status = guest_read(&entry, (const KEY_VALUE_ENTRY *)guest + i);
    return NT_SUCCESS(status) ? cm_read_name(entry.ValueName, CM_MAX_VALUE_NAME, ret_name, ret_length)
                              : status;
}

static NTSTATUS write_entry(void *guest, ULONG i, const struct cm_value *value, ULONG offset)
{
    if (wow_active) {
        struct entry32 *entry = (struct entry32 *)guest + i;
        uint32_t result[3] = {value->data_length, offset, value->type};
        return guest_copy(&entry->length, result, sizeof result);
    }
    KEY_VALUE_ENTRY *entry = (KEY_VALUE_ENTRY *)guest + i;
    ULONG result[3] = {value->data_length, offset, value->type};
    return guest_copy(&entry->DataLength, result, sizeof result);
}

struct name {
    WCHAR *text;
    size_t length;
};

static NTSTATUS reply(struct cm_transaction *transaction, uint64_t id, const struct name *names, ULONG count,
                      void *guest_entries, uint8_t *guest_buffer, ULONG room, ULONG *ret_size)
{
    uint64_t at = 0;
    for (ULONG i = 0; i < count; i++) {
        struct cm_value value;
        const void *data;
        NTSTATUS status = cm_get_value(transaction, id, names[i].text, names[i].length, &value, NULL, &data);
        if (!NT_SUCCESS(status))
            return status;
        at = (at + 3) & ~3ull;
        if (at + value.data_length > 0xffffffff)
            return STATUS_INTEGER_OVERFLOW;
        status = write_entry(guest_entries, i, &value, (ULONG)at);
        if (NT_SUCCESS(status) && at + value.data_length <= room)
            status = guest_copy(guest_buffer + at, data, value.data_length);
        if (!NT_SUCCESS(status))
            return status;
        at += value.data_length;
    }
    *ret_size = (ULONG)at;
    return at > room ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

NTSTATUS NtQueryMultipleValueKey(HANDLE KeyHandle, void *ValueEntries, ULONG EntryCount, void *ValueBuffer,
                                 ULONG *BufferLength, ULONG *RequiredBufferLength)
{
    struct cm_key *key;
    struct cm_transaction *transaction;
    struct cm_info info;
    ULONG room, size = 0, read = 0;
    NTSTATUS status = ob_handle_lookup(KeyHandle, &cm_key_type, KEY_QUERY_VALUE, (void **)&key);
    if (!NT_SUCCESS(status))
        return status;
    struct name *names = NULL;
    status = guest_read(&room, BufferLength);
    if (NT_SUCCESS(status) && EntryCount > MOST_ENTRIES)
        status = STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(status) && !(names = calloc(EntryCount + 1, sizeof *names)))
        status = STATUS_NO_MEMORY;
    while (NT_SUCCESS(status) && read < EntryCount) {
        status = read_entry_name(ValueEntries, read, &names[read].text, &names[read].length);
        read += NT_SUCCESS(status);
    }
    if (NT_SUCCESS(status) && NT_SUCCESS(status = cm_begin_key(key, false, &transaction))) {
        if (cm_get_info(transaction, key->id, &info, NULL, NULL) == STATUS_OBJECT_NAME_NOT_FOUND)
            status = STATUS_KEY_DELETED;
        else
            status = reply(transaction, key->id, names, EntryCount, ValueEntries, ValueBuffer, room, &size);
        cm_end_key(key, transaction, false);
    }
    if (NT_SUCCESS(status) || status == STATUS_BUFFER_OVERFLOW) {
        NTSTATUS end = guest_write(BufferLength, size);
        if (NT_SUCCESS(end) && RequiredBufferLength)
            end = guest_write(RequiredBufferLength, size);
        status = NT_SUCCESS(end) ? status : end;
    }
    for (ULONG i = 0; i < read; i++)
        free(names[i].text);
    free(names);
    ob_dereference(key);
    return status;
}
