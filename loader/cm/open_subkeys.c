/*
 * Which keys are open below a key, and calls that only the system itself may make. What other processes have
 * open is not known.
 */
#include "cm/hivefile.h"
#include "cm/path.h"
#include "mm/guest.h"
#include "wow/wow.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct open_keys {
    uint64_t *ids;
    size_t count, room;
    bool failed;
};

static bool collect(HANDLE handle, void *object, ACCESS_MASK access, ULONG attributes, void *context)
{
    struct open_keys *keys = context;
    (void)handle, (void)access, (void)attributes;
    if (((struct ob_object *)object)->type != &cm_key_type)
        return true;
    if (keys->count == keys->room) {
        size_t room = keys->room ? keys->room * 2 : 64;
        uint64_t *ids = realloc(keys->ids, room * sizeof *ids);
        if (!ids) {
            keys->failed = true;
            return false;
        }
        keys->ids = ids;
        keys->room = room;
    }
    keys->ids[keys->count++] = ((struct cm_key *)object)->id;
    return true;
}

static bool is_below(struct cm_transaction *transaction, uint64_t id, uint64_t root)
{
    struct cm_info info;
    while (id != root && id != CM_ROOT && NT_SUCCESS(cm_get_info(transaction, id, &info, NULL, NULL)))
        if ((id = info.parent) == root)
            return true;
    return false;
}

/* The keys that this process has open below the one, of each handle one; a transaction is open then. */
static NTSTATUS find_open(OBJECT_ATTRIBUTES *target, struct cm_transaction **ret_transaction,
                          struct open_keys *keys)
{
    struct cm_key *key;
    HANDLE handle;
    NTSTATUS status = cm_open_key(target, &handle);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_handle_lookup(handle, &cm_key_type, 0, (void **)&key);
    ob_handle_close(handle);
    if (!NT_SUCCESS(status))
        return status;
    ob_handle_enumerate(collect, keys);
    status = keys->failed ? STATUS_NO_MEMORY : cm_begin_current(false, ret_transaction);
    if (NT_SUCCESS(status)) {
        size_t below = 0;
        for (size_t i = 0; i < keys->count; i++)
            if (is_below(*ret_transaction, keys->ids[i], key->id))
                keys->ids[below++] = keys->ids[i];
        keys->count = below;
    }
    ob_dereference(key);
    return status;
}

NTSTATUS NtQueryOpenSubKeys(OBJECT_ATTRIBUTES *TargetKey, ULONG *HandleCount)
{
    struct open_keys keys = {0};
    struct cm_transaction *transaction;
    NTSTATUS status = find_open(TargetKey, &transaction, &keys);
    if (NT_SUCCESS(status)) {
        cm_end(transaction, false);
        ULONG count = (ULONG)keys.count;
        status = guest_write(HandleCount, count);
    }
    free(keys.ids);
    return status;
}

/* One entry of KEY_OPEN_SUBKEYS_INFORMATION. */
struct entry {
    uint64_t process;
    uint16_t length, maximum;
    uint32_t pad;
    uint64_t text;
};

struct entry32 {
    uint32_t process;
    uint16_t length, maximum;
    uint32_t text;
};

static NTSTATUS put_entry(uint8_t *guest, size_t i, uint64_t text, size_t bytes)
{
    uint64_t process = (uint64_t)getpid() * 4;
    if (wow_active) {
        struct entry32 entry = {(uint32_t)process, (uint16_t)bytes, (uint16_t)bytes, (uint32_t)text};
        return guest_copy(guest + sizeof(uint32_t) + i * sizeof entry, &entry, sizeof entry);
    }
    struct entry entry = {process, (uint16_t)bytes, (uint16_t)bytes, 0, text};
    return guest_copy(guest + sizeof(uint64_t) + i * sizeof entry, &entry, sizeof entry);
}

NTSTATUS NtQueryOpenSubKeysEx(OBJECT_ATTRIBUTES *TargetKey, ULONG BufferLength, void *Buffer,
                              ULONG *RequiredSize)
{
    struct open_keys keys = {0};
    struct cm_transaction *transaction;
    if (!cm_has_privilege(RESTORE_PRIVILEGE))
        return STATUS_PRIVILEGE_NOT_HELD;
    NTSTATUS status = find_open(TargetKey, &transaction, &keys);
    if (!NT_SUCCESS(status)) {
        free(keys.ids);
        return status;
    }
    size_t head = wow_active ? sizeof(uint32_t) + keys.count * sizeof(struct entry32)
                             : sizeof(uint64_t) + keys.count * sizeof(struct entry);
    size_t at = head;
    WCHAR **names = calloc(keys.count + 1, sizeof *names);
    size_t *sizes = calloc(keys.count + 1, sizeof *sizes);
    if (!names || !sizes)
        status = STATUS_NO_MEMORY;
    for (size_t i = 0; i < keys.count && NT_SUCCESS(status); i++) {
        names[i] = cm_full_name(transaction, keys.ids[i], &sizes[i]);
        status = names[i] ? STATUS_SUCCESS : STATUS_NO_MEMORY;
        at += sizes[i];
    }
    cm_end(transaction, false);
    ULONG required = (ULONG)at, count = (ULONG)keys.count;
    if (NT_SUCCESS(status))
        status = guest_write(RequiredSize, required);
    if (NT_SUCCESS(status) && BufferLength < required)
        status = BufferLength < sizeof count ? STATUS_BUFFER_TOO_SMALL : STATUS_BUFFER_OVERFLOW;
    if (NT_SUCCESS(status) || status == STATUS_BUFFER_OVERFLOW) {
        NTSTATUS end = guest_write((ULONG *)Buffer, count);
        status = NT_SUCCESS(end) ? status : end;
    }
    at = head;
    for (size_t i = 0; i < keys.count && status == STATUS_SUCCESS; i++) {
        status = guest_copy((uint8_t *)Buffer + at, names[i], sizes[i]);
        if (NT_SUCCESS(status))
            status = put_entry(Buffer, i, (uint64_t)(uintptr_t)Buffer + at, sizes[i]);
        at += sizes[i];
    }
    for (size_t i = 0; names && i < keys.count; i++)
        free(names[i]);
    free(names);
    free(sizes);
    free(keys.ids);
    return status;
}

/* Takes a privilege that nobody has. */
NTSTATUS NtLockRegistryKey(HANDLE KeyHandle)
{
    struct cm_key *key;
    NTSTATUS status = ob_handle_lookup(KeyHandle, &cm_key_type, 0, (void **)&key);
    if (!NT_SUCCESS(status))
        return status;
    ob_dereference(key);
    return STATUS_PRIVILEGE_NOT_HELD;
}

/* That is done once while the system starts. */
NTSTATUS NtInitializeRegistry(USHORT BootCondition)
{
    (void)BootCondition;
    return STATUS_ACCESS_DENIED;
}
