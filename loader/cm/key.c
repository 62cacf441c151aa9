/*
 * Registry keys: opening along a path, creating, deleting, renaming, querying and enumerating.
 */
#include "cm/view.h"
#include "mm/guest.h"
#include "ob/security.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINKS = 16, MAX_DEPTH = 512 };

struct cm_key_order {
    uint64_t generation;
    size_t count;
    uint64_t ids[];
};

static void destroy_key(void *object)
{
    struct cm_key *key = object;
    cm_forget_notifications(key);
    cm_dereference_hive(key->hive);
    free(key->subkeys);
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

static bool equals(const WCHAR *name, size_t length, const char *ascii)
{
    size_t i = 0;
    for (; i < length && ascii[i]; i++)
        if (cm_fold(name[i]) != cm_fold((WCHAR)ascii[i]))
            return false;
    return i == length && !ascii[i];
}

/* \REGISTRY\USER\<SID of the user> is the one user key of the state, under a fixed name;
 * <SID>_Classes is its Software\Classes. */
static const WCHAR *alias_of_user(const WCHAR *name, size_t length, bool *ret_classes)
{
    static const char prefix[] = "S-1-5-21-";
    if (length < sizeof prefix || !equals(name, sizeof prefix - 1, prefix))
        return NULL;
    *ret_classes = length > 8 && equals(name + length - 8, 8, "_Classes");
    return u"Current";
}

static NTSTATUS read_link(struct cm_transaction *transaction, uint64_t id, WCHAR **ret_target,
                          size_t *ret_length)
{
    struct cm_value value;
    const void *data;
    NTSTATUS status = cm_get_value(transaction, id, u"SymbolicLinkValue", 17, &value, NULL, &data);
    if (!NT_SUCCESS(status))
        return status;
    WCHAR *target = malloc(value.data_length + sizeof *target);
    if (!target)
        return STATUS_NO_MEMORY;
    memcpy(target, data, value.data_length);
    *ret_length = value.data_length / sizeof *target;
    *ret_target = target;
    return STATUS_SUCCESS;
}

/* What a walk along a path found: the key; or, with STATUS_OBJECT_NAME_NOT_FOUND and last set, the
 * parent in which the last component is missing. */
struct walk {
    uint64_t id, parent;
    const WCHAR *last; /* in the path */
    size_t last_length;
    WCHAR *link_path; /* the path after symbolic links; freed by the caller */
};

static NTSTATUS walk_path(struct cm_transaction *transaction, uint64_t root, const WCHAR *path, size_t length,
                          ACCESS_MASK access, bool open_link, struct walk *walk)
{
    uint64_t id = root;
    unsigned links = 0;
    size_t at = 0, depth = 0;
    *walk = (struct walk){.id = root};
    if (root == CM_ROOT && length && path[0] == '\\') {
        if (length < 9 || !equals(path, 9, "\\REGISTRY") || (length > 9 && path[9] != '\\'))
            return STATUS_OBJECT_PATH_SYNTAX_BAD;
        at = 9;
    }
    uint64_t user_root = 0;
    cm_find_key(transaction, CM_ROOT, u"USER", 4, &user_root);
    struct cm_view view;
    cm_view_begin(&view, transaction, access);
    for (;;) {
        while (at < length && path[at] == '\\')
            at++;
        if (view.active && length)
            id = cm_view_redirect(&view, transaction, id, path + at, length - at);
        if (at >= length)
            break;
        size_t end = at;
        while (end < length && path[end] != '\\')
            end++;
        const WCHAR *name = path + at;
        size_t name_length = end - at;
        if (name_length > CM_MAX_NAME || ++depth > MAX_DEPTH)
            return STATUS_INVALID_PARAMETER;
        bool is_last = true;
        for (size_t i = end; i < length; i++)
            is_last &= path[i] == '\\';
        bool classes = false;
        uint64_t child;
        NTSTATUS status;
        const WCHAR *alias = id == user_root ? alias_of_user(name, name_length, &classes) : NULL;
        if (alias) {
            status = cm_find_key(transaction, id, alias, 7, &child);
            if (NT_SUCCESS(status) && classes &&
                NT_SUCCESS(status = cm_find_key(transaction, child, u"Software", 8, &child)))
                status = cm_find_key(transaction, child, u"Classes", 7, &child);
        } else {
            status = cm_find_key(transaction, id, name, name_length, &child);
        }
        if (!NT_SUCCESS(status)) {
            if (is_last) {
                walk->parent = id;
                walk->last = name;
                walk->last_length = name_length;
            }
            return status;
        }
        struct cm_info info;
        status = cm_get_info(transaction, child, &info, NULL, NULL);
        if (!NT_SUCCESS(status))
            return status;
        if (info.flags & CM_KEY_LINK && !(is_last && open_link)) {
            WCHAR *target;
            size_t target_length;
            if (++links > MAX_LINKS)
                return STATUS_OBJECT_NAME_NOT_FOUND;
            status = read_link(transaction, child, &target, &target_length);
            if (!NT_SUCCESS(status))
                return status;
            WCHAR *whole = realloc(target, (target_length + length - end + 1) * sizeof *whole);
            if (!whole) {
                free(target);
                return STATUS_NO_MEMORY;
            }
            memcpy(whole + target_length, path + end, (length - end) * sizeof *whole);
            length = target_length + length - end;
            free(walk->link_path);
            walk->link_path = whole;
            path = whole;
            id = CM_ROOT;
            at = length >= 9 && equals(path, 9, "\\REGISTRY") ? 9 : 0;
            continue;
        }
        walk->parent = id;
        id = child;
        at = end;
    }
    walk->id = id;
    return STATUS_SUCCESS;
}

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
    struct walk walk = {0};
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
        status = walk_path(transaction, root, name, length, access, open_link, &walk);
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
    struct walk walk = {0};
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
        status = walk_path(transaction, root, name, length, DesiredAccess, open_link, &walk);
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
            status = walk_path(transaction, root, name, length, DesiredAccess, open_link, &walk);
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
        if (NT_SUCCESS(status))
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

static NTSTATUS do_set_time(struct cm_transaction *transaction, uint64_t id, void *argument)
{
    return cm_set_last_write(transaction, id, *(int64_t *)argument);
}

NTSTATUS NtSetInformationKey(HANDLE KeyHandle, ULONG KeySetInformationClass, void *KeySetInformation,
                             ULONG KeySetInformationLength)
{
    int64_t time;
    switch (KeySetInformationClass) {
    case KeyWriteTimeInformation:
        if (KeySetInformationLength != sizeof time)
            return STATUS_INFO_LENGTH_MISMATCH;
        NTSTATUS status = guest_read(&time, (int64_t *)KeySetInformation);
        return NT_SUCCESS(status) ? change_key(KeyHandle, KEY_SET_VALUE, do_set_time, &time, 0) : status;
    case KeyWow64FlagsInformation:
    case KeyControlFlagsInformation:
        return KeySetInformationLength == sizeof(ULONG) ? STATUS_SUCCESS : STATUS_INFO_LENGTH_MISMATCH;
    default: return STATUS_INVALID_INFO_CLASS;
    }
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

/* The full path \REGISTRY\... of a key, malloc'ed; NULL without memory. */
static WCHAR *full_name(struct cm_transaction *transaction, uint64_t id, size_t *ret_bytes)
{
    WCHAR *path = NULL;
    size_t bytes = 0;
    struct cm_info info;
    const WCHAR *name;
    while (id != CM_ROOT && NT_SUCCESS(cm_get_info(transaction, id, &info, &name, NULL))) {
        WCHAR *longer = malloc(bytes + info.name_length + 2);
        if (!longer)
            break;
        longer[0] = '\\';
        memcpy(longer + 1, name, info.name_length);
        if (bytes)
            memcpy((uint8_t *)longer + 2 + info.name_length, path, bytes);
        bytes += info.name_length + 2u;
        free(path);
        path = longer;
        id = info.parent;
    }
    static const WCHAR root[] = u"\\REGISTRY";
    WCHAR *whole = malloc(bytes + sizeof root);
    if (whole) {
        memcpy(whole, root, sizeof root - 2);
        if (bytes)
            memcpy((uint8_t *)whole + sizeof root - 2, path, bytes);
        *ret_bytes = bytes + sizeof root - 2;
    }
    free(path);
    return whole;
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
        KEY_FLAGS_INFORMATION flags = {.KeyFlags = info.flags & (CM_KEY_VOLATILE | CM_KEY_LINK)};
        struct cm_piece piece = {&flags, sizeof flags, 0};
        return cm_reply(guest, length, guest_result, sizeof flags, &piece, 1);
    }
    case KeyNameInformation: {
        size_t bytes = 0, fixed = offsetof(KEY_NAME_INFORMATION, Name);
        WCHAR *path = full_name(transaction, id, &bytes);
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
    status = cm_begin_current(false, &transaction);
    if (NT_SUCCESS(status)) {
        status = query_key(transaction, key->id, KeyInformationClass, KeyInformation, Length, ResultLength);
        cm_end(transaction, false);
    }
    ob_dereference(key);
    return status;
}

struct collector {
    struct cm_key_order *order;
    size_t room;
};

static bool collect(void *context, uint64_t id)
{
    struct collector *collector = context;
    if (collector->order->count == collector->room) {
        size_t room = collector->room * 2;
        struct cm_key_order *order = realloc(collector->order, sizeof *order + room * sizeof *order->ids);
        if (!order)
            return false;
        collector->order = order;
        collector->room = room;
    }
    collector->order->ids[collector->order->count++] = id;
    return true;
}

NTSTATUS NtEnumerateKey(HANDLE KeyHandle, ULONG Index, ULONG KeyInformationClass, void *KeyInformation,
                        ULONG Length, ULONG *ResultLength)
{
    struct cm_key *key;
    struct cm_transaction *transaction;
    NTSTATUS status = ob_handle_lookup(KeyHandle, &cm_key_type, KEY_ENUMERATE_SUB_KEYS, (void **)&key);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_begin_current(false, &transaction);
    if (!NT_SUCCESS(status)) {
        ob_dereference(key);
        return status;
    }
    /* Taken out of the key while in use, so that two threads never share one. */
    uint64_t generation = cm_store_generation(cm_current_store());
    struct cm_key_order *order = __atomic_exchange_n(&key->subkeys, NULL, __ATOMIC_ACQ_REL);
    if (!order || order->generation != generation) {
        struct cm_info info;
        free(order);
        struct collector collector = {malloc(sizeof *order + 16 * sizeof *order->ids), 16};
        order = collector.order;
        if (!order)
            status = STATUS_NO_MEMORY;
        else if (cm_get_info(transaction, key->id, &info, NULL, NULL) == STATUS_OBJECT_NAME_NOT_FOUND)
            status = STATUS_KEY_DELETED;
        if (NT_SUCCESS(status)) {
            order->count = 0;
            cm_each_subkey(transaction, key->id, collect, &collector);
            order = collector.order;
            order->generation = generation;
        }
    }
    if (NT_SUCCESS(status)) {
        if (Index >= order->count)
            status = STATUS_NO_MORE_ENTRIES;
        else if (KeyInformationClass > KeyFullInformation)
            status = STATUS_INVALID_INFO_CLASS;
        else
            status = query_key(transaction, order->ids[Index], KeyInformationClass, KeyInformation, Length,
                               ResultLength);
        order = __atomic_exchange_n(&key->subkeys, order, __ATOMIC_ACQ_REL);
    }
    free(order);
    cm_end(transaction, false);
    ob_dereference(key);
    return status;
}
