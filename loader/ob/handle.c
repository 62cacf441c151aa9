/*
 * The handle table: a flat array of entries, guarded by the dispatcher lock; last freed, first used.
 */
#include "dbgk/dbgk.h"
#include "ke/lock.h"
#include "no_memory.h"
#include "ob/internal.h"
#include "ps/remote.h"
#include "ps/ps.h"
#include <nt/io.h>
#include <nt/syscalls.h>
#include <stdlib.h>
#include <sys/mman.h>

struct ob_table ob_table;

static void handle_table_create(void)
{
    void *entries = mmap(NULL, sizeof(struct ob_entry) * OB_TABLE_LIMIT, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (entries == MAP_FAILED)
        die_without_memory();
    ob_table.entries = entries;
    ob_table.used = 1;
}

void ob_initialize(void)
{
    handle_table_create();
    ob_duplicate_initialize();
    ps_remote_initialize();
    dbgk_initialize();
}

static inline void set_free(uint32_t index)
{
    ob_table.entries[index].object = (struct ob_object *)((uintptr_t)ob_table.free << 1 | 1);
    ob_table.free = index;
}

static inline void fill(struct ob_entry *entry, struct ob_object *object, ACCESS_MASK access,
                        ULONG attributes)
{
    ob_reference(object);
    object->handles++;
    entry->access = access;
    entry->attributes = attributes & (OBJ_INHERIT | OBJ_PROTECT_CLOSE);
    entry->object = object;
    ob_table.count++;
}

NTSTATUS ob_handle_create(void *pointer, ACCESS_MASK access, ULONG attributes, HANDLE *ret_handle)
{
    struct ob_object *object = pointer;
    if (access & ACCESS_SYSTEM_SECURITY) /* takes SeSecurityPrivilege, which nobody has */
        return STATUS_PRIVILEGE_NOT_HELD;
    access = ob_map_access(object->type, access);
    ke_lock();
    uint32_t index = ob_table.free;
    if (index) {
        ob_table.free = (uint32_t)((uintptr_t)ob_table.entries[index].object >> 1);
    } else if (ob_table.used < OB_TABLE_LIMIT) {
        index = ob_table.used++;
    } else {
        ke_unlock();
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    struct ob_entry *entry = &ob_table.entries[index];
    fill(entry, object, access, attributes);
    ke_unlock();
    *ret_handle = (HANDLE)((uintptr_t)index << 2);
    return STATUS_SUCCESS;
}

NTSTATUS ob_handle_create_at(HANDLE handle, void *pointer, ACCESS_MASK access, ULONG attributes)
{
    struct ob_object *object = pointer;
    uint32_t index = (uint32_t)((uintptr_t)handle >> 2);
    if (!index || (uintptr_t)handle >> 2 >= OB_TABLE_LIMIT)
        return STATUS_INVALID_HANDLE;
    ke_lock();
    while (ob_table.used <= index)
        set_free(ob_table.used++);
    uint32_t *place = &ob_table.free, next = ob_table.free;
    struct ob_entry *previous = NULL;
    while (next && next != index) {
        previous = &ob_table.entries[next];
        next = (uint32_t)((uintptr_t)previous->object >> 1);
    }
    if (!next) {
        ke_unlock();
        return STATUS_INVALID_HANDLE;
    }
    struct ob_entry *entry = &ob_table.entries[index];
    if (previous)
        previous->object = entry->object;
    else
        *place = (uint32_t)((uintptr_t)entry->object >> 1);
    fill(entry, object, access, attributes);
    ke_unlock();
    return STATUS_SUCCESS;
}

NTSTATUS ob_handle_peek(HANDLE handle, const struct ob_type *type, ACCESS_MASK wanted, void **ret_object)
{
    struct ob_entry *entry = ob_find_entry(handle);
    if (__builtin_expect(!entry, 0)) {
        void *object = ps_pseudo_handle(handle);
        if (!object)
            return STATUS_INVALID_HANDLE;
        if (type && ((struct ob_object *)object)->type != type)
            return STATUS_OBJECT_TYPE_MISMATCH;
        *ret_object = object;
        return STATUS_SUCCESS;
    }
    if (type && entry->object->type != type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    if (wanted & ~entry->access)
        return STATUS_ACCESS_DENIED;
    *ret_object = entry->object;
    return STATUS_SUCCESS;
}

NTSTATUS ob_handle_lookup(HANDLE handle, const struct ob_type *type, ACCESS_MASK wanted, void **ret_object)
{
    void *object;
    ke_lock();
    NTSTATUS status = ob_handle_peek(handle, type, wanted, &object);
    if (NT_SUCCESS(status))
        ob_reference(object);
    ke_unlock();
    if (NT_SUCCESS(status))
        *ret_object = object;
    return status;
}

NTSTATUS ob_handle_access(HANDLE handle, ACCESS_MASK *ret_access)
{
    NTSTATUS status = STATUS_SUCCESS;
    ke_lock();
    struct ob_entry *entry = ob_find_entry(handle);
    void *object = entry ? NULL : ps_pseudo_handle(handle);
    if (entry)
        *ret_access = entry->access;
    else if (object)
        *ret_access = ((struct ob_object *)object)->type->all_access;
    else
        status = STATUS_INVALID_HANDLE;
    ke_unlock();
    return status;
}

NTSTATUS ob_handle_close(HANDLE handle)
{
    ke_lock();
    struct ob_entry *entry = ob_find_entry(handle);
    if (!entry || entry->attributes & OBJ_PROTECT_CLOSE) {
        ke_unlock();
        /* Pseudo-handles close without effect. */
        if (!entry)
            return (LONG_PTR)handle >= -6 && (LONG_PTR)handle <= -1 ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
        return STATUS_HANDLE_NOT_CLOSABLE;
    }
    struct ob_object *object = entry->object;
    bool last = --object->handles == 0;
    set_free((uint32_t)(entry - ob_table.entries));
    ob_table.count--;
    ke_unlock();
    if (object->type->close)
        object->type->close(object, last);
    ob_dereference(object);
    return STATUS_SUCCESS;
}

unsigned ob_handle_count(void)
{
    return ob_table.count;
}

void ob_handle_enumerate(bool (*visit)(HANDLE handle, void *object, ACCESS_MASK access, ULONG attributes,
                                       void *context),
                         void *context)
{
    bool go_on = true;
    for (uint32_t index = 1; go_on; index++) {
        ke_lock();
        if (index >= ob_table.used) {
            ke_unlock();
            break;
        }
        HANDLE handle = (HANDLE)((uintptr_t)index << 2);
        struct ob_entry *found = ob_find_entry(handle), entry;
        if (found) {
            entry = *found;
            ob_reference(entry.object);
        }
        ke_unlock();
        if (found) {
            go_on = visit(handle, entry.object, entry.access, entry.attributes, context);
            ob_dereference(entry.object);
        }
    }
}

/* Inherit and protect-from-close, for NtSetInformationObject; which: the bits to change. */
NTSTATUS ob_handle_set_attributes(HANDLE handle, ULONG which, ULONG attributes)
{
    ke_lock();
    struct ob_entry *entry = ob_find_entry(handle);
    if (entry)
        entry->attributes = (entry->attributes & ~which) | (attributes & which);
    ke_unlock();
    return entry ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

NTSTATUS ob_handle_attributes(HANDLE handle, ULONG *ret_attributes)
{
    ke_lock();
    struct ob_entry *entry = ob_find_entry(handle);
    if (entry)
        *ret_attributes = entry->attributes;
    bool pseudo = !entry && ps_pseudo_handle(handle);
    if (pseudo)
        *ret_attributes = 0;
    ke_unlock();
    return entry || pseudo ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

/* A debugger is to hear of a handle that is none. */
NTSTATUS NtClose(HANDLE Handle)
{
    NTSTATUS status = ob_handle_close(Handle);
    if (status == STATUS_INVALID_HANDLE && dbgk_is_debugged())
        ke_raise_user_exception(status);
    return status;
}
