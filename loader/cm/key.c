/*
 * Registry keys: opening along a path, creating, deleting, renaming, changing.
 */
#include "cm/path.h"
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

static NTSTATUS create_object(uint64_t id, struct cm_hive *hive, ACCESS_MASK access, ULONG attributes,
                              HANDLE *guest_handle)
{
    HANDLE handle;
    struct cm_key *key = ob_create(&cm_key_type);
    if (!key)
        return STATUS_NO_MEMORY;
    key->id = id;
    key->hive = cm_reference_hive(hive);
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
    return create_object(id, hive, access, 0, guest_handle);
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
    if (!NT_SUCCESS(status))
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

static NTSTATUS open_key(HANDLE *guest_handle, ACCESS_MASK access, const OBJECT_ATTRIBUTES *guest_attributes,
                         ULONG options)
{
    struct cm_walk walk;
    struct cm_hive *hive;
    uint64_t root, generation;
    ULONG flags;
    WCHAR *name;
    size_t length;
    NTSTATUS status = read_attributes(guest_attributes, &access, &root, &hive, &flags, &name, &length);
    if (!NT_SUCCESS(status))
        return status;
    bool open_link = options & REG_OPTION_OPEN_LINK || flags & OBJ_OPENLINK;
    status = cm_walk_now(root, name, length, access, open_link, &walk, &generation);
    if (NT_SUCCESS(status))
        status = create_object(walk.id, hive, access, flags, guest_handle);
    cm_dereference_hive(hive);
    free(walk.link_path);
    free(name);
    return status;
}

NTSTATUS NtOpenKey(HANDLE *KeyHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes)
{
    return open_key(KeyHandle, DesiredAccess, ObjectAttributes, 0);
}

NTSTATUS NtOpenKeyEx(HANDLE *KeyHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                     ULONG OpenOptions)
{
    return open_key(KeyHandle, DesiredAccess, ObjectAttributes, OpenOptions);
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
    if (NT_SUCCESS(status) && !request->security)
        status = cm_inherit_security(transaction, walk->parent, &request->security);
    if (NT_SUCCESS(status) && request->security)
        status = cm_set_security(transaction, *ret_id, request->security->descriptor,
                                 request->security->size);
    return status;
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

NTSTATUS NtCreateKey(HANDLE *KeyHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                     ULONG TitleIndex, UNICODE_STRING *Class, ULONG CreateOptions, ULONG *Disposition)
{
    struct request request = {.access = DesiredAccess, .options = CreateOptions};
    struct cm_hive *hive;
    uint64_t id;
    ULONG flags, disposition;
    (void)TitleIndex;
    NTSTATUS status = read_attributes(ObjectAttributes, &request.access, &request.root, &hive, &flags,
                                      &request.name, &request.length);
    if (!NT_SUCCESS(status))
        return status;
    request.open_link = CreateOptions & (REG_OPTION_OPEN_LINK | REG_OPTION_CREATE_LINK) ||
                        flags & OBJ_OPENLINK;
    status = read_security(ObjectAttributes, &request.security);
    if (NT_SUCCESS(status))
        status = cm_read_name(Class, CM_MAX_CLASS, &request.class, &request.class_length);
    if (NT_SUCCESS(status))
        status = find_or_make(&request, &id, &disposition);
    if (NT_SUCCESS(status))
        status = create_object(id, hive, request.access, flags, KeyHandle);
    if (NT_SUCCESS(status) && Disposition)
        status = guest_write(Disposition, disposition);
    cm_dereference_hive(hive);
    free(request.security);
    free(request.class);
    free(request.name);
    return status;
}

/* Runs a change on the key of a handle in a write transaction. */
static NTSTATUS change_key(HANDLE handle, ACCESS_MASK access,
                           NTSTATUS (*change)(struct cm_transaction *, uint64_t, void *), void *argument,
                           ULONG notification)
{
    struct cm_key *key;
    struct cm_transaction *transaction;
    struct cm_info info = {0};
    NTSTATUS status = ob_handle_lookup(handle, &cm_key_type, access, (void **)&key);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_begin_current(true, &transaction);
    if (NT_SUCCESS(status)) {
        status = cm_get_info(transaction, key->id, &info, NULL, NULL);
        if (status == STATUS_OBJECT_NAME_NOT_FOUND)
            status = STATUS_KEY_DELETED;
        if (NT_SUCCESS(status) && change)
            status = change(transaction, key->id, argument);
        NTSTATUS end = cm_end(transaction, NT_SUCCESS(status));
        status = NT_SUCCESS(status) ? end : status;
    }
    if (NT_SUCCESS(status) && notification) {
        cm_notify(key->id, notification);
        cm_notify(info.parent, notification);
    }
    ob_dereference(key);
    return status;
}

static NTSTATUS do_delete(struct cm_transaction *transaction, uint64_t id, void *argument)
{
    (void)argument;
    return cm_delete_key(transaction, id);
}

NTSTATUS NtDeleteKey(HANDLE KeyHandle)
{
    return change_key(KeyHandle, 0x10000 /* DELETE */, do_delete, NULL, REG_NOTIFY_CHANGE_NAME);
}

struct new_name {
    WCHAR *name;
    size_t length;
};

static NTSTATUS do_rename(struct cm_transaction *transaction, uint64_t id, void *argument)
{
    struct new_name *new_name = argument;
    return cm_rename_key(transaction, id, new_name->name, new_name->length);
}

NTSTATUS NtRenameKey(HANDLE KeyHandle, UNICODE_STRING *NewName)
{
    struct new_name new_name;
    NTSTATUS status = cm_read_name(NewName, CM_MAX_NAME, &new_name.name, &new_name.length);
    if (!NT_SUCCESS(status))
        return status;
    status = change_key(KeyHandle, KEY_WRITE, do_rename, &new_name, REG_NOTIFY_CHANGE_NAME);
    free(new_name.name);
    return status;
}

static NTSTATUS do_set_flags(struct cm_transaction *transaction, uint64_t id, void *argument)
{
    return cm_set_user_flags(transaction, id, *(uint32_t *)argument);
}

static NTSTATUS do_set_control(struct cm_transaction *transaction, uint64_t id, void *argument)
{
    return cm_set_control_flags(transaction, id, *(uint32_t *)argument);
}

static NTSTATUS do_set_time(struct cm_transaction *transaction, uint64_t id, void *argument)
{
    return cm_set_last_write(transaction, id, *(int64_t *)argument);
}

NTSTATUS NtSetInformationKey(HANDLE KeyHandle, ULONG KeySetInformationClass, void *KeySetInformation,
                             ULONG KeySetInformationLength)
{
    int64_t time;
    uint32_t flags;
    NTSTATUS status;
    switch (KeySetInformationClass) {
    case KeyWriteTimeInformation:
        if (KeySetInformationLength != sizeof time)
            return STATUS_INFO_LENGTH_MISMATCH;
        status = guest_read(&time, (int64_t *)KeySetInformation);
        return NT_SUCCESS(status) ? change_key(KeyHandle, KEY_SET_VALUE, do_set_time, &time, 0) : status;
    case KeyWow64FlagsInformation: /* flags of the program's own */
        if (KeySetInformationLength != sizeof flags)
            return STATUS_INFO_LENGTH_MISMATCH;
        status = guest_read(&flags, (uint32_t *)KeySetInformation);
        return NT_SUCCESS(status) ? change_key(KeyHandle, KEY_SET_VALUE, do_set_flags, &flags, 0) : status;
    case KeyControlFlagsInformation:
        if (KeySetInformationLength != sizeof flags)
            return STATUS_INFO_LENGTH_MISMATCH;
        status = guest_read(&flags, (uint32_t *)KeySetInformation);
        return NT_SUCCESS(status) ? change_key(KeyHandle, KEY_SET_VALUE, do_set_control, &flags, 0) : status;
    case KeySetVirtualizationInformation: /* nothing is virtualized here */
        if (KeySetInformationLength != sizeof flags)
            return STATUS_INFO_LENGTH_MISMATCH;
        status = guest_read(&flags, (uint32_t *)KeySetInformation);
        return NT_SUCCESS(status) ? change_key(KeyHandle, KEY_SET_VALUE, NULL, NULL, 0) : status;
    default: return STATUS_INVALID_INFO_CLASS;
    }
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
