/*
 * What the object manager's own files share: the handle table's entries and the namespace.
 */
#ifndef OB_INTERNAL_H
#define OB_INTERNAL_H

#include "ob/ob.h"
#include "ob/security.h"

/* A free entry holds the index of the next free one, times two plus one, in `object`. */
struct ob_entry {
    struct ob_object *object;
    ACCESS_MASK access;
    uint32_t attributes; /* OBJ_INHERIT, OBJ_PROTECT_CLOSE */
};

/* Guarded by the dispatcher lock. One reservation of address space; pages come when touched. */
struct ob_table {
    struct ob_entry *entries;
    uint32_t used; /* entries below this have been in use */
    uint32_t free; /* first free one, 0: none */
    uint32_t count;
};
extern struct ob_table ob_table;

#define OB_TABLE_LIMIT 0x400000u

static inline struct ob_entry *ob_find_entry(HANDLE handle)
{
    uintptr_t index = (uintptr_t)handle >> 2;
    if (!index || index >= ob_table.used)
        return NULL;
    struct ob_entry *entry = &ob_table.entries[index];
    return (uintptr_t)entry->object & 1 || !entry->object ? NULL : entry;
}

/* The full path of a named object, malloc'ed; NULL if it has none. */
WCHAR *ob_full_name(struct ob_object *object, size_t *ret_length);
NTSTATUS ob_handle_set_attributes(HANDLE handle, ULONG which, ULONG attributes);
NTSTATUS ob_handle_attributes(HANDLE handle, ULONG *ret_attributes);

extern const struct ob_type ob_directory_type, ob_symbolic_link_type;

#endif
