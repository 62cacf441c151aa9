/*
 * Object manager: reference-counted host objects of a type, the process's handle table, names.
 * An object starts with struct ob_object; its type says how it ends.
 */
#ifndef OB_OB_H
#define OB_OB_H

#include <nt/base.h>

struct ob_object;
struct ob_shared;
struct ob_share_type;
struct ob_security;

struct ob_type {
    const char *name; /* as NtQueryObject reports it: "Event", "File" */
    size_t size;      /* of the whole object */
    ACCESS_MASK generic_read, generic_write, generic_execute, all_access; /* what GENERIC_* map to */
    bool waitable;                 /* starts with struct ke_dispatcher_object (ke/dispatcher.h) */
    bool near;                     /* i386 code has short ways to it (wow/near.h) */
    void (*destroy)(void *object); /* last reference gone; frees what it holds, not the object */
    void (*close)(void *object, bool last_handle); /* a handle was closed; may be NULL */
    /* Another waitable object to wait on in its place (a file's event); may be NULL. Called under the
     * dispatcher lock: returns a pointer that lives as long as the object, nothing more. */
    void *(*wait_object)(void *object);
    /* Its name for NtQueryObject, malloc'ed, or NULL if it has none (*ret_length in WCHARs); the function
     * may be NULL: its name in the namespace. */
    WCHAR *(*query_name)(void *object, size_t *ret_length);
    const struct ob_share_type *share; /* how other processes get to see it (ob/share.h); NULL: they do not */
    /* Objects whose security descriptor is kept elsewhere (files, keys). The getter gives all of it, or
     * STATUS_NOT_IMPLEMENTED for an object that has none of its own; the setter takes a whole one, of which
     * `information` changed. Both NULL: it is kept with the object. */
    NTSTATUS (*get_security)(void *object, struct ob_security **ret_security);
    NTSTATUS (*set_security)(void *object, ULONG information, const struct ob_security *security);
};

struct ob_object {
    const struct ob_type *type;
    int references;               /* atomic */
    int handles;                  /* atomic */
    struct ob_shared *shared;     /* what the server knows it as, or NULL; set once */
    struct ob_security *security; /* what NtSetSecurityObject stored, or NULL */
};

/* A zeroed object of the type with one reference, or NULL. */
void *ob_create(const struct ob_type *type);
void ob_reference(void *object);
void ob_dereference(void *object);

/* A new handle to the object (takes its own reference). attributes: OBJ_INHERIT and friends. */
NTSTATUS ob_handle_create(void *object, ACCESS_MASK access, ULONG attributes, HANDLE *ret_handle);

/* Looks a handle up: *ret_object is referenced. type NULL: any. Pseudo-handles -1 (process) and -2
 * (thread) work. STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH, STATUS_ACCESS_DENIED. */
NTSTATUS ob_handle_lookup(HANDLE handle, const struct ob_type *type, ACCESS_MASK wanted, void **ret_object);

/* The access mask a handle was opened with. */
NTSTATUS ob_handle_access(HANDLE handle, ACCESS_MASK *ret_access);

/* STATUS_INVALID_HANDLE, STATUS_HANDLE_NOT_CLOSABLE. */
NTSTATUS ob_handle_close(HANDLE handle);

/* The object behind a handle without a reference: only under the dispatcher lock (ke/lock.h), valid
 * until it is released. Arguments and statuses as for ob_handle_lookup. */
NTSTATUS ob_handle_peek(HANDLE handle, const struct ob_type *type, ACCESS_MASK wanted, void **ret_object);

/* Calls visit for every handle with the object referenced and no lock held; stops when it returns
 * false. */
void ob_handle_enumerate(bool (*visit)(HANDLE handle, void *object, ACCESS_MASK access, ULONG attributes,
                                       void *context),
                         void *context);

/* Enters an object at this very handle value, which must be free: a child takes over what it inherits. */
NTSTATUS ob_handle_create_at(HANDLE handle, void *object, ACCESS_MASK access, ULONG attributes);

/* Handles of this process. */
unsigned ob_handle_count(void);

/* The type's number, as NtQueryObject and lists of handles tell it. */
uint8_t ob_type_index(const struct ob_type *type);

/* For types: in lists of types and by name. Known types are registered by ob_create. */
#define OBJ_PROTECT_CLOSE 0x00000001 /* a handle attribute, like OBJ_INHERIT */

/* Expands GENERIC_* and MAXIMUM_ALLOWED by the type's mapping. */
ACCESS_MASK ob_map_access(const struct ob_type *type, ACCESS_MASK access);

/* The tail of every NtCreateXxx: enters the (fresh) object under the guest's OBJECT_ATTRIBUTES, if
 * they name it, makes a handle and writes it to *guest_handle. If OBJ_OPENIF and an object of the
 * same name and type exists, that one is opened: STATUS_OBJECT_NAME_EXISTS. Consumes the caller's
 * reference to object in every case. STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_TYPE_MISMATCH ... */
NTSTATUS ob_insert(void *object, const OBJECT_ATTRIBUTES *guest_attributes, ACCESS_MASK access,
                   HANDLE *guest_handle);

/* The whole of every NtOpenXxx for named objects. */
NTSTATUS ob_open(const struct ob_type *type, const OBJECT_ATTRIBUTES *guest_attributes, ACCESS_MASK access,
                 HANDLE *guest_handle);

/* Before any other call: reserves the handle table. */
void ob_initialize(void);

/* Other processes may ask for and give handles. */
void ob_duplicate_initialize(void);

#endif
