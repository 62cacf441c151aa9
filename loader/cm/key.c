/*
 * Registry keys: opening along a path, creating, deleting, renaming, changing.
 */
#include "cm/path.h"
#include "cm/unit.h"
#include "mm/guest.h"
#include "ob/security.h"
#include "wow/thunk.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

static void destroy_key(void *object)
{
    struct cm_key *key = object;
    cm_forget_notifications(key);
    cm_dereference_hive(key->hive);
    cm_unit_dereference(key->unit);
    cm_free_key_order(key->subkeys);
    cm_free_value_order(key->values);
}

const struct ob_type cm_key_type = {
    .name = "Key",
    .size = sizeof(struct cm_key),
    .generic_read = KEY_READ,
    .generic_write = KEY_WRITE,
    .generic_execute = KEY_READ,
    .all_access = KEY_ALL_ACCESS,
    .destroy = destroy_key,
    .get_security = cm_key_get_security,
    .set_security = cm_key_set_security,
};

static NTSTATUS create_object(uint64_t id, struct cm_hive *hive, struct cm_unit *unit, ACCESS_MASK access,
                              ULONG attributes, HANDLE *guest_handle)
{
    HANDLE handle;
    struct cm_key *key = ob_create(&cm_key_type);
    if (!key)
        return STATUS_NO_MEMORY;
    key->id = id;
    key->hive = cm_reference_hive(hive);
    key->unit = cm_unit_reference(unit);
    key->wow64 = access & (KEY_WOW64_64KEY | KEY_WOW64_32KEY);
    access &= ~(ACCESS_MASK)(KEY_WOW64_64KEY | KEY_WOW64_32KEY);
    NTSTATUS status = ob_handle_create(key, ob_map_access(&cm_key_type, access), attributes, &handle);
    ob_dereference(key);
    if (!NT_SUCCESS(status))
        return status;
    status = guest_write(guest_handle, handle);
    if (!NT_SUCCESS(status))
        ob_handle_close(handle);
    return status;
}

NTSTATUS cm_open_hive(uint64_t id, struct cm_hive *hive, ACCESS_MASK access, HANDLE *guest_handle)
{
    return create_object(id, hive, NULL, access, 0, guest_handle);
}

/* Name and starting key of the guest's OBJECT_ATTRIBUTES; the view of the registry in *access. The hive of
 * the starting key is referenced. */
static NTSTATUS read_attributes(const OBJECT_ATTRIBUTES *guest, ACCESS_MASK *access, uint64_t *ret_root,
                                struct cm_hive **ret_hive, ULONG *ret_flags, WCHAR **ret_name,
                                size_t *ret_length)
{
    OBJECT_ATTRIBUTES attributes;
    NTSTATUS status = guest_read(&attributes, guest);
    if (!NT_SUCCESS(status))
        return status;
    if (attributes.Length != sizeof attributes)
        return STATUS_INVALID_PARAMETER;
    *ret_root = CM_ROOT;
    *ret_hive = NULL;
    if (attributes.RootDirectory) {
        struct cm_key *root;
        status = ob_handle_lookup(attributes.RootDirectory, &cm_key_type, 0, (void **)&root);
        if (!NT_SUCCESS(status))
            return status;
        *ret_root = root->id;
        *ret_hive = cm_reference_hive(root->hive);
        if (!(*access & (KEY_WOW64_64KEY | KEY_WOW64_32KEY)))
            *access |= root->wow64; /* the view goes along */
        ob_dereference(root);
    }
    *ret_flags = attributes.Attributes;
    status = cm_read_name(attributes.ObjectName, 0x7fff, ret_name, ret_length);
    if (NT_SUCCESS(status) && attributes.RootDirectory && *ret_length && (*ret_name)[0] == '\\') {
        free(*ret_name);
        status = STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    if (NT_SUCCESS(status))
        cm_look_at_machine(*ret_name, *ret_length);
    else
        cm_dereference_hive(*ret_hive);
    return status;
}

/* The security descriptor that a new key is to have, malloc'ed; NULL: none. */
static NTSTATUS read_security(const OBJECT_ATTRIBUTES *guest, struct ob_security **ret_security)
{
    OBJECT_ATTRIBUTES attributes;
    NTSTATUS status = guest_read(&attributes, guest);
    if (NT_SUCCESS(status) && attributes.SecurityDescriptor)
        status = ob_security_capture(attributes.SecurityDescriptor, ret_security);
    return status;
}

/* As the unit sees the registry, or (NULL) as it is. */
static NTSTATUS walk_in(struct cm_unit *unit, uint64_t root, const WCHAR *name, size_t length,
                        ACCESS_MASK access, bool open_link, struct cm_walk *walk)
{
    struct cm_transaction *transaction;
    struct cm_info info;
    uint64_t generation;
    if (!unit)
        return cm_walk_now(root, name, length, access, open_link, walk, &generation);
    *walk = (struct cm_walk){0};
    NTSTATUS status = cm_unit_begin(unit, false, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_walk(transaction, root, name, length, access, open_link, walk);
    if (NT_SUCCESS(status) && walk->id == root &&
        cm_get_info(transaction, root, &info, NULL, NULL) == STATUS_OBJECT_NAME_NOT_FOUND)
        status = STATUS_KEY_DELETED;
    cm_unit_end(unit, transaction, false);
    return status;
}

static NTSTATUS open_key(HANDLE *guest_handle, ACCESS_MASK access, const OBJECT_ATTRIBUTES *guest_attributes,
                         ULONG options, struct cm_unit *unit)
{
    struct cm_walk walk;
    struct cm_hive *hive;
    uint64_t root;
    ULONG flags;
    WCHAR *name;
    size_t length;
    NTSTATUS status = read_attributes(guest_attributes, &access, &root, &hive, &flags, &name, &length);
    if (!NT_SUCCESS(status))
        return status;
    bool open_link = options & REG_OPTION_OPEN_LINK || flags & OBJ_OPENLINK;
    status = walk_in(unit, root, name, length, access, open_link, &walk);
    if (NT_SUCCESS(status))
        status = create_object(walk.id, hive, unit, access, flags, guest_handle);
    cm_dereference_hive(hive);
    free(walk.link_path);
    free(name);
    return status;
}

NTSTATUS NtOpenKey(HANDLE *KeyHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes)
{
    return open_key(KeyHandle, DesiredAccess, ObjectAttributes, 0, NULL);
}

NTSTATUS cm_open_key(const OBJECT_ATTRIBUTES *attributes, HANDLE *ret_handle)
{
    return open_key(ret_handle, 0, attributes, 0, NULL);
}

NTSTATUS NtOpenKeyEx(HANDLE *KeyHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                     ULONG OpenOptions)
{
    return open_key(KeyHandle, DesiredAccess, ObjectAttributes, OpenOptions, NULL);
}

NTSTATUS NtOpenKeyTransactedEx(HANDLE *KeyHandle, ACCESS_MASK DesiredAccess,
                               OBJECT_ATTRIBUTES *ObjectAttributes, ULONG OpenOptions,
                               HANDLE TransactionHandle)
{
    struct cm_unit *unit;
    NTSTATUS status = cm_unit_of_handle(TransactionHandle, &unit);
    if (!NT_SUCCESS(status))
        return status;
    status = open_key(KeyHandle, DesiredAccess, ObjectAttributes, OpenOptions, unit);
    cm_unit_dereference(unit);
    return status;
}

NTSTATUS NtOpenKeyTransacted(HANDLE *KeyHandle, ACCESS_MASK DesiredAccess,
                             OBJECT_ATTRIBUTES *ObjectAttributes, HANDLE TransactionHandle)
{
    return NtOpenKeyTransactedEx(KeyHandle, DesiredAccess, ObjectAttributes, 0, TransactionHandle);
}

/* In the transaction that the root's handle is in, if it is in one. */
NTSTATUS GwOpenKeyAlike(HANDLE *KeyHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                        ULONG OpenOptions)
{
    OBJECT_ATTRIBUTES attributes;
    struct cm_key *root;
    NTSTATUS status = guest_read(&attributes, ObjectAttributes);
    if (NT_SUCCESS(status))
        status = ob_handle_lookup(attributes.RootDirectory, &cm_key_type, 0, (void **)&root);
    if (!NT_SUCCESS(status))
        return status;
    status = open_key(KeyHandle, DesiredAccess, ObjectAttributes, OpenOptions, root->unit);
    ob_dereference(root);
    return status;
}

/* What NtCreateKey was asked for. */
struct request {
    uint64_t root;
    ACCESS_MASK access;
    WCHAR *name, *class;
    size_t length, class_length;
    ULONG options;
    bool open_link;
    struct ob_security *security;
    struct cm_unit *unit;
};

/* Makes the key that the walk has not found. */
static NTSTATUS make_key(struct cm_transaction *transaction, struct request *request,
                         const struct cm_walk *walk, uint64_t *ret_id)
{
    struct cm_info parent;
    uint32_t flags = (request->options & REG_OPTION_VOLATILE ? CM_KEY_VOLATILE : 0) |
                     (request->options & REG_OPTION_CREATE_LINK ? CM_KEY_LINK : 0);
    if (walk->parent == CM_ROOT)
        return STATUS_ACCESS_DENIED;
    NTSTATUS status = cm_get_info(transaction, walk->parent, &parent, NULL, NULL);
    if (!NT_SUCCESS(status))
        return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_KEY_DELETED : status;
    if (parent.flags & CM_KEY_VOLATILE && !(flags & CM_KEY_VOLATILE))
        return STATUS_CHILD_MUST_BE_VOLATILE;
    status = cm_create_key(transaction, walk->parent, walk->last, walk->last_length, request->class,
                           request->class_length, flags, ret_id);
    if (NT_SUCCESS(status) && request->unit)
        status = cm_unit_note(request->unit, transaction,
                              &(struct cm_change){.kind = CM_CHANGE_CREATE,
                                                  .id = walk->parent,
                                                  .made = *ret_id,
                                                  .flags = flags,
                                                  .name = walk->last,
                                                  .length = walk->last_length,
                                                  .class = request->class,
                                                  .class_length = request->class_length});
    if (NT_SUCCESS(status) && !request->security)
        status = cm_inherit_security(transaction, walk->parent, &request->security);
    if (NT_SUCCESS(status) && request->security)
        status = cm_set_security(transaction, *ret_id, request->security->descriptor,
                                 request->security->size);
    if (NT_SUCCESS(status) && request->security && request->unit)
        status = cm_unit_note(request->unit, transaction,
                              &(struct cm_change){.kind = CM_CHANGE_SECURITY,
                                                  .id = *ret_id,
                                                  .data = request->security->descriptor,
                                                  .size = request->security->size});
    return status;
}

static NTSTATUS find_or_make_in_unit(struct request *request, uint64_t *ret_id, ULONG *ret_disposition)
{
    struct cm_transaction *transaction;
    struct cm_walk walk;
    NTSTATUS status = cm_unit_begin(request->unit, true, &transaction);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_walk(transaction, request->root, request->name, request->length, request->access,
                     request->open_link, &walk);
    *ret_disposition = REG_OPENED_EXISTING_KEY;
    if (NT_SUCCESS(status) && request->options & REG_OPTION_CREATE_LINK)
        status = STATUS_OBJECT_NAME_COLLISION;
    if (status == STATUS_OBJECT_NAME_NOT_FOUND && walk.last) {
        status = make_key(transaction, request, &walk, &walk.id);
        *ret_disposition = REG_CREATED_NEW_KEY;
    }
    NTSTATUS end = cm_unit_end(request->unit, transaction,
                               NT_SUCCESS(status) && *ret_disposition == REG_CREATED_NEW_KEY);
    *ret_id = walk.id;
    free(walk.link_path);
    return NT_SUCCESS(status) ? end : status;
}

/* Finds the key, or makes it. Most calls open what exists: it looks first without a write transaction. */
static NTSTATUS find_or_make(struct request *request, uint64_t *ret_id, ULONG *ret_disposition)
{
    struct cm_transaction *transaction;
    struct cm_walk walk;
    uint64_t generation;
    NTSTATUS status = cm_walk_now(request->root, request->name, request->length, request->access,
                                  request->open_link, &walk, &generation);
    *ret_disposition = REG_OPENED_EXISTING_KEY;
    if (NT_SUCCESS(status) && request->options & REG_OPTION_CREATE_LINK)
        status = STATUS_OBJECT_NAME_COLLISION;
    if (status == STATUS_OBJECT_NAME_NOT_FOUND && walk.last &&
        NT_SUCCESS(status = cm_begin_current(true, &transaction))) {
        status = STATUS_OBJECT_NAME_NOT_FOUND;
        if (cm_generation(transaction) != generation + 1) { /* somebody has written since */
            free(walk.link_path);
            status = cm_walk(transaction, request->root, request->name, request->length, request->access,
                             request->open_link, &walk);
        }
        if (status == STATUS_OBJECT_NAME_NOT_FOUND && walk.last) {
            status = make_key(transaction, request, &walk, &walk.id);
            *ret_disposition = REG_CREATED_NEW_KEY;
        }
        NTSTATUS end = cm_end(transaction, NT_SUCCESS(status));
        status = NT_SUCCESS(status) ? end : status;
        if (NT_SUCCESS(status) && *ret_disposition == REG_CREATED_NEW_KEY)
            cm_notify(walk.parent, REG_NOTIFY_CHANGE_NAME);
    }
    *ret_id = walk.id;
    free(walk.link_path);
    return status;
}

static NTSTATUS create_key(HANDLE *guest_handle, ACCESS_MASK access, const OBJECT_ATTRIBUTES *attributes,
                           const UNICODE_STRING *class, ULONG options, ULONG *guest_disposition,
                           struct cm_unit *unit)
{
    struct request request = {.access = access, .options = options, .unit = unit};
    struct cm_hive *hive;
    uint64_t id;
    ULONG flags, disposition;
    NTSTATUS status = read_attributes(attributes, &request.access, &request.root, &hive, &flags,
                                      &request.name, &request.length);
    if (!NT_SUCCESS(status))
        return status;
    request.open_link = options & (REG_OPTION_OPEN_LINK | REG_OPTION_CREATE_LINK) || flags & OBJ_OPENLINK;
    status = read_security(attributes, &request.security);
    if (NT_SUCCESS(status))
        status = cm_read_name(class, CM_MAX_CLASS, &request.class, &request.class_length);
    if (NT_SUCCESS(status))
        status = unit ? find_or_make_in_unit(&request, &id, &disposition)
                      : find_or_make(&request, &id, &disposition);
    if (NT_SUCCESS(status))
        status = create_object(id, hive, unit, request.access, flags, guest_handle);
    if (NT_SUCCESS(status) && guest_disposition)
        status = guest_write(guest_disposition, disposition);
    cm_dereference_hive(hive);
    free(request.security);
    free(request.class);
    free(request.name);
    return status;
}

NTSTATUS NtCreateKey(HANDLE *KeyHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                     ULONG TitleIndex, UNICODE_STRING *Class, ULONG CreateOptions, ULONG *Disposition)
{
    (void)TitleIndex;
    return create_key(KeyHandle, DesiredAccess, ObjectAttributes, Class, CreateOptions, Disposition, NULL);
}

NTSTATUS NtCreateKeyTransacted(HANDLE *KeyHandle, ACCESS_MASK DesiredAccess,
                               OBJECT_ATTRIBUTES *ObjectAttributes, ULONG TitleIndex, UNICODE_STRING *Class,
                               ULONG CreateOptions, HANDLE TransactionHandle, ULONG *Disposition)
{
    struct cm_unit *unit;
    (void)TitleIndex;
    NTSTATUS status = cm_unit_of_handle(TransactionHandle, &unit);
    if (!NT_SUCCESS(status))
        return status;
    status = create_key(KeyHandle, DesiredAccess, ObjectAttributes, Class, CreateOptions, Disposition, unit);
    cm_unit_dereference(unit);
    return status;
}

/* Makes a change of the key of a handle, in a write transaction. */
static NTSTATUS change_key(HANDLE handle, ACCESS_MASK access, struct cm_change *change, ULONG notification)
{
    struct cm_key *key;
    struct cm_transaction *transaction;
    struct cm_info info = {0};
    NTSTATUS status = ob_handle_lookup(handle, &cm_key_type, access, (void **)&key);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_begin_key(key, true, &transaction);
    if (NT_SUCCESS(status)) {
        status = cm_get_info(transaction, key->id, &info, NULL, NULL);
        if (status == STATUS_OBJECT_NAME_NOT_FOUND)
            status = STATUS_KEY_DELETED;
        if (change)
            change->id = key->id;
        if (NT_SUCCESS(status) && change) /* noted first: what it was called is asked then */
            status = cm_note_change(key, transaction, change);
        if (NT_SUCCESS(status) && change)
            status = cm_apply_change(transaction, change, key->id, NULL);
        NTSTATUS end = cm_end_key(key, transaction, NT_SUCCESS(status));
        status = NT_SUCCESS(status) ? end : status;
    }
    if (NT_SUCCESS(status) && notification && !key->unit) {
        cm_notify(key->id, notification);
        cm_notify(info.parent, notification);
    }
    ob_dereference(key);
    return status;
}

NTSTATUS NtDeleteKey(HANDLE KeyHandle)
{
    struct cm_change change = {.kind = CM_CHANGE_DELETE_KEY};
    return change_key(KeyHandle, 0x10000 /* DELETE */, &change, REG_NOTIFY_CHANGE_NAME);
}

NTSTATUS NtRenameKey(HANDLE KeyHandle, UNICODE_STRING *NewName)
{
    struct cm_change change = {.kind = CM_CHANGE_RENAME};
    WCHAR *name;
    NTSTATUS status = cm_read_name(NewName, CM_MAX_NAME, &name, &change.length);
    if (!NT_SUCCESS(status))
        return status;
    change.name = name;
    status = change_key(KeyHandle, KEY_WRITE, &change, REG_NOTIFY_CHANGE_NAME);
    free(name);
    return status;
}

NTSTATUS NtSetInformationKey(HANDLE KeyHandle, ULONG KeySetInformationClass, void *KeySetInformation,
                             ULONG KeySetInformationLength)
{
    struct cm_change change = {0};
    NTSTATUS status;
    bool time = KeySetInformationClass == KeyWriteTimeInformation;
    switch (KeySetInformationClass) {
    case KeyWriteTimeInformation: change.kind = CM_CHANGE_TIME; break;
    case KeyWow64FlagsInformation: change.kind = CM_CHANGE_USER_FLAGS; break; /* of the program's own */
    case KeyControlFlagsInformation: change.kind = CM_CHANGE_CONTROL_FLAGS; break;
    case KeySetVirtualizationInformation: break; /* nothing is virtualized here */
    default: return STATUS_INVALID_INFO_CLASS;
    }
    if (KeySetInformationLength != (time ? sizeof change.time : sizeof change.flags))
        return STATUS_INFO_LENGTH_MISMATCH;
    status = time ? guest_read(&change.time, (int64_t *)KeySetInformation)
                  : guest_read(&change.flags, (uint32_t *)KeySetInformation);
    if (!NT_SUCCESS(status))
        return status;
    return change_key(KeyHandle, KEY_SET_VALUE,
                      KeySetInformationClass == KeySetVirtualizationInformation ? NULL : &change, 0);
}

/* What is deleted is used again by itself: there is nothing to compact, but the keys are to be keys. */
NTSTATUS NtCompressKey(HANDLE Key)
{
    struct cm_key *key;
    NTSTATUS status = ob_handle_lookup(Key, &cm_key_type, KEY_WRITE, (void **)&key);
    if (NT_SUCCESS(status))
        ob_dereference(key);
    return status;
}

NTSTATUS NtCompactKeys(ULONG Count, void *KeyArray)
{
    for (ULONG i = 0; i < Count; i++) {
        HANDLE handle;
        uint32_t narrow;
        NTSTATUS status = wow_active ? guest_read(&narrow, (uint32_t *)KeyArray + i)
                                     : guest_read(&handle, (HANDLE *)KeyArray + i);
        if (NT_SUCCESS(status))
            status = NtCompressKey(wow_active ? wow_handle(narrow) : handle);
        if (!NT_SUCCESS(status))
            return status;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NtFlushKey(HANDLE KeyHandle)
{
    struct cm_key *key;
    NTSTATUS status = ob_handle_lookup(KeyHandle, &cm_key_type, 0, (void **)&key);
    if (NT_SUCCESS(status)) {
        status = cm_flush_hive(key->id);
        ob_dereference(key);
    }
    return status;
}
