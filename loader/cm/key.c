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
    struct cm_transaction *transaction;
    struct cm_walk walk = {0};
    struct cm_hive *hive;
    uint64_t root;
    ULONG flags;
    WCHAR *name;
    size_t length;
    NTSTATUS status = read_attributes(guest_attributes, &access, &root, &hive, &flags, &name, &length);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_begin_current(false, &transaction);
    if (NT_SUCCESS(status)) {
        bool open_link = options & REG_OPTION_OPEN_LINK || flags & OBJ_OPENLINK;
        status = cm_walk(transaction, root, name, length, access, open_link, &walk);
        struct cm_info info;
        if (NT_SUCCESS(status) &&
            cm_get_info(transaction, walk.id, &info, NULL, NULL) == STATUS_OBJECT_NAME_NOT_FOUND)
            status = STATUS_KEY_DELETED;
        cm_end(transaction, false);
    }
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

NTSTATUS NtCreateKey(HANDLE *KeyHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                     ULONG TitleIndex, UNICODE_STRING *Class, ULONG CreateOptions, ULONG *Disposition)
{
    struct cm_transaction *transaction;
    struct cm_walk walk = {0};
    uint64_t root, id = 0;
    ULONG flags, disposition = REG_OPENED_EXISTING_KEY;
    struct ob_security *security = NULL;
    struct cm_hive *hive;
    WCHAR *name, *class = NULL;
    size_t length, class_length = 0;
    (void)TitleIndex;
    NTSTATUS status = read_attributes(ObjectAttributes, &DesiredAccess, &root, &hive, &flags, &name, &length);
    if (!NT_SUCCESS(status))
        return status;
    status = read_security(ObjectAttributes, &security);
    if (NT_SUCCESS(status))
        status = cm_read_name(Class, 0x7fff, &class, &class_length);
    if (!NT_SUCCESS(status)) {
        cm_dereference_hive(hive);
        free(security);
        free(name);
        return status;
    }
    /* Most calls open what exists: look first without a write transaction. */
    bool open_link = CreateOptions & (REG_OPTION_OPEN_LINK | REG_OPTION_CREATE_LINK) || flags & OBJ_OPENLINK;
    status = cm_begin_current(false, &transaction);
    if (NT_SUCCESS(status)) {
        status = cm_walk(transaction, root, name, length, DesiredAccess, open_link, &walk);
        id = walk.id;
        cm_end(transaction, false);
    }
    if (NT_SUCCESS(status) && CreateOptions & REG_OPTION_CREATE_LINK)
        status = STATUS_OBJECT_NAME_COLLISION;
    if (status == STATUS_OBJECT_NAME_NOT_FOUND && walk.last) {
        free(walk.link_path);
        walk.link_path = NULL;
        status = cm_begin_current(true, &transaction);
        if (NT_SUCCESS(status)) {
            status = cm_walk(transaction, root, name, length, DesiredAccess, open_link, &walk);
            id = walk.id;
            if (status == STATUS_OBJECT_NAME_NOT_FOUND && walk.last) {
                struct cm_info parent;
                uint32_t key_flags = (CreateOptions & REG_OPTION_VOLATILE ? CM_KEY_VOLATILE : 0) |
                                     (CreateOptions & REG_OPTION_CREATE_LINK ? CM_KEY_LINK : 0);
                if (walk.parent == CM_ROOT)
                    status = STATUS_ACCESS_DENIED;
                else if ((status = cm_get_info(transaction, walk.parent, &parent, NULL, NULL)) ==
                         STATUS_OBJECT_NAME_NOT_FOUND)
                    status = STATUS_KEY_DELETED;
                else if (NT_SUCCESS(status) && parent.flags & CM_KEY_VOLATILE &&
                         !(CreateOptions & REG_OPTION_VOLATILE))
                    status = STATUS_CHILD_MUST_BE_VOLATILE;
                else if (NT_SUCCESS(status))
                    status = cm_create_key(transaction, walk.parent, walk.last, walk.last_length, class,
                                           class_length, key_flags, &id);
                if (NT_SUCCESS(status) && !security)
                    status = cm_inherit_security(transaction, walk.parent, &security);
                if (NT_SUCCESS(status) && security)
                    status = cm_set_security(transaction, id, security->descriptor, security->size);
                disposition = REG_CREATED_NEW_KEY;
            }
            NTSTATUS end = cm_end(transaction, NT_SUCCESS(status));
            status = NT_SUCCESS(status) ? end : status;
            if (NT_SUCCESS(status))
                cm_notify(walk.parent, REG_NOTIFY_CHANGE_NAME);
        }
    }
    if (NT_SUCCESS(status))
        status = create_object(id, hive, DesiredAccess, flags, KeyHandle);
    if (NT_SUCCESS(status) && Disposition)
        status = guest_write(Disposition, disposition);
    cm_dereference_hive(hive);
    free(walk.link_path);
    free(security);
    free(class);
    free(name);
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
    struct cm_info info;
    (void)argument;
    NTSTATUS status = cm_get_info(transaction, id, &info, NULL, NULL);
    if (!NT_SUCCESS(status))
        return status;
    return id == CM_ROOT || info.parent == CM_ROOT ? STATUS_CANNOT_DELETE : cm_delete_key(transaction, id);
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
