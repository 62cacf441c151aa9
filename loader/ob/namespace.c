/*
 * Names of objects: the tails of NtCreateXxx and NtOpenXxx. The names are the server's; what is there from
 * the start is known here too, so that a program that only looks at directories needs no server. Files and
 * registry keys are found elsewhere (io, cm).
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ob/internal.h"
#include "ob/security.h"
#include "ob/share.h"
#include "session/session.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

enum { DIRECTORY_QUERY = 1, DIRECTORY_TRAVERSE = 2, DIRECTORY_CREATE_OBJECT = 4 };
enum { SYMBOLIC_LINK_QUERY = 1 };
enum { LINK_LIMIT = 32 };

struct ob_directory {
    struct ob_object object;
    uint32_t builtin; /* its handle at any server, or 0 */
};

struct symbolic_link {
    struct ob_object object;
    WCHAR *target; /* malloc'ed */
    size_t length;
};

static void destroy_link(void *object)
{
    free(((struct symbolic_link *)object)->target);
}

static NTSTATUS adopt_directory(struct ob_reception *reception, void **ret_object)
{
    (void)reception;
    *ret_object = ob_create(&ob_directory_type);
    return *ret_object ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static struct symbolic_link *make_link(const void *target, size_t length)
{
    struct symbolic_link *link = ob_create(&ob_symbolic_link_type);
    if (!link)
        return NULL;
    link->target = malloc(length * 2 + 2);
    if (!link->target) {
        ob_dereference(link);
        return NULL;
    }
    memcpy(link->target, target, length * 2);
    link->length = length;
    return link;
}

static NTSTATUS adopt_link(struct ob_reception *reception, void **ret_object)
{
    *ret_object = make_link(reception->data, reception->data_size / 2);
    return *ret_object ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static NTSTATUS publish_link(void *object, struct ob_publication *ret)
{
    const struct symbolic_link *link = object;
    WCHAR *copy = malloc(link->length * 2 + 2);
    if (!copy)
        return STATUS_NO_MEMORY;
    memcpy(copy, link->target, link->length * 2);
    ret->data = copy;
    ret->data_size = (uint32_t)link->length * 2;
    return STATUS_SUCCESS;
}

static const struct ob_share_type directory_share = {GW_TYPE_DIRECTORY, NULL, adopt_directory, NULL, false};
static const struct ob_share_type link_share = {GW_TYPE_SYMBOLIC_LINK, publish_link, adopt_link, NULL, false};

const struct ob_type ob_directory_type = {
    .name = "Directory",
    .size = sizeof(struct ob_directory),
    .generic_read = READ_CONTROL | DIRECTORY_QUERY | DIRECTORY_TRAVERSE,
    .generic_write = READ_CONTROL | 0xc,
    .generic_execute = READ_CONTROL | DIRECTORY_QUERY | DIRECTORY_TRAVERSE,
    .all_access = STANDARD_RIGHTS_REQUIRED | 0xf,
    .share = &directory_share,
};

const struct ob_type ob_symbolic_link_type = {
    .name = "SymbolicLink",
    .size = sizeof(struct symbolic_link),
    .generic_read = READ_CONTROL | SYMBOLIC_LINK_QUERY,
    .generic_write = READ_CONTROL,
    .generic_execute = READ_CONTROL | SYMBOLIC_LINK_QUERY,
    .all_access = STANDARD_RIGHTS_REQUIRED | 1,
    .destroy = destroy_link,
    .share = &link_share,
};

/* ---------------------------------------------------------------- what is there from the start */

static const struct gw_builtin builtins[] = GW_BUILTIN_TABLE;
enum { BUILTIN_COUNT = sizeof builtins / sizeof *builtins };

/* A path being resolved; text is owned and may be replaced when it leads through a link. */
struct path {
    struct ob_directory *directory; /* where it starts; NULL: the root */
    WCHAR *text;
    size_t length;
    bool insensitive;
};

static int find_builtin(int parent, const WCHAR *text, size_t length, bool insensitive)
{
    for (int i = 1; i < BUILTIN_COUNT; i++) {
        const char *name = builtins[i].name;
        size_t at = 0;
        if (builtins[i].parent != parent || strlen(name) != length)
            continue;
        while (at < length && (text[at] == (unsigned char)name[at] ||
                               (insensitive && gw_fold(text[at]) == gw_fold((unsigned char)name[at]))))
            at++;
        if (at == length)
            return i;
    }
    return -1;
}

/* As the server would resolve the path if nobody had made anything; open_link: a link as the last
 * component is itself meant. */
static NTSTATUS resolve_builtin(int start, const struct path *path, bool open_link, int *ret_index)
{
    WCHAR buffers[2][512];
    const WCHAR *text = path->text;
    size_t length = path->length;
    for (int links = 0; links < LINK_LIMIT; links++) {
        size_t at = 0;
        int directory = start, found = -1;
        if (start < 0) {
            if (!length || text[0] != '\\')
                return STATUS_OBJECT_PATH_SYNTAX_BAD;
            if (length == 1) {
                *ret_index = 0;
                return STATUS_SUCCESS;
            }
            at = 1;
            directory = 0;
        } else if (text[0] == '\\') {
            return STATUS_OBJECT_PATH_SYNTAX_BAD;
        }
        for (;;) {
            size_t end = at;
            while (end < length && text[end] != '\\')
                end++;
            if (end == at)
                return STATUS_OBJECT_NAME_INVALID;
            bool last = end == length;
            found = find_builtin(directory, text + at, end - at, path->insensitive);
            if (found < 0)
                return last ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_OBJECT_PATH_NOT_FOUND;
            if (builtins[found].target && !(last && open_link)) {
                WCHAR *buffer = buffers[text == buffers[0]];
                size_t size = strlen(builtins[found].target), rest = length - end;
                if (size + rest > 512) /* too long for anything that is there */
                    return STATUS_OBJECT_NAME_NOT_FOUND;
                memmove(buffer + size, text + end, rest * 2);
                for (size_t i = 0; i < size; i++)
                    buffer[i] = (unsigned char)builtins[found].target[i];
                text = buffer;
                length = size + rest;
                start = -1;
                break;
            }
            if (last) {
                *ret_index = found;
                return STATUS_SUCCESS;
            }
            directory = found;
            at = end + 1;
        }
    }
    return STATUS_OBJECT_PATH_NOT_FOUND;
}

static void *make_builtin(int index)
{
    if (builtins[index].target) {
        WCHAR target[64];
        size_t length = 0;
        for (; builtins[index].target[length]; length++)
            target[length] = (unsigned char)builtins[index].target[length];
        return make_link(target, length);
    }
    struct ob_directory *directory = ob_create(&ob_directory_type);
    if (directory)
        directory->builtin = GW_BUILTIN | (uint32_t)index;
    return directory;
}

/* How requests name a directory; 0: the root. */
static NTSTATUS directory_handle(struct ob_directory *directory, uint32_t *ret_handle)
{
    struct gw_connection *connection;
    *ret_handle = directory ? directory->builtin : 0;
    if (!directory || directory->builtin)
        return STATUS_SUCCESS;
    return ob_share_handle(directory, &connection, ret_handle);
}

/* ---------------------------------------------------------------- for the other components */

/* Reads attributes and name; *ret_root is referenced or NULL. */
static NTSTATUS read_attributes(const OBJECT_ATTRIBUTES *guest, OBJECT_ATTRIBUTES *ret_attributes,
                                struct path *ret_path, void **ret_root)
{
    NTSTATUS status = guest_read(ret_attributes, guest);
    memset(ret_path, 0, sizeof *ret_path);
    *ret_root = NULL;
    if (!NT_SUCCESS(status))
        return status;
    if (ret_attributes->Length != sizeof *ret_attributes)
        return STATUS_INVALID_PARAMETER;
    if (ret_attributes->ObjectName) {
        UNICODE_STRING name;
        status = guest_read(&name, ret_attributes->ObjectName);
        if (NT_SUCCESS(status) && name.Length & 1)
            status = STATUS_OBJECT_NAME_INVALID;
        if (NT_SUCCESS(status) && name.Length)
            status = guest_read_unicode_string(ret_attributes->ObjectName, &ret_path->text,
                                               &ret_path->length);
        if (!NT_SUCCESS(status))
            return status;
    }
    ret_path->insensitive = ret_attributes->Attributes & OBJ_CASE_INSENSITIVE;
    if (ret_path->length && ret_attributes->RootDirectory) {
        status = ob_handle_lookup(ret_attributes->RootDirectory, &ob_directory_type, 0, ret_root);
        if (!NT_SUCCESS(status)) {
            free(ret_path->text);
            ret_path->text = NULL;
            return status;
        }
        ret_path->directory = *ret_root;
    }
    return STATUS_SUCCESS;
}

/* Writes the handle to the guest, or closes it. */
static NTSTATUS give(HANDLE handle, HANDLE *guest_handle, NTSTATUS status)
{
    NTSTATUS written = guest_write(guest_handle, handle);
    if (NT_SUCCESS(written))
        return status;
    ob_handle_close(handle);
    return written;
}

/* Is it a plain name in a directory that is always there? */
static bool is_plain(const struct path *path)
{
    if (!path->directory || !path->directory->builtin)
        return false;
    for (size_t i = 0; i < path->length; i++)
        if (path->text[i] == '\\')
            return false;
    return true;
}

/* Creates or opens the object by name; *ret_handle is to what has the name then. */
static NTSTATUS insert_named_once(struct ob_object *object, const struct path *path, ULONG attributes,
                                  ACCESS_MASK access, HANDLE *ret_handle)
{
    const struct ob_share_type *share = object->type->share;
    struct gw_connection *connection;
    struct ob_publication publication;
    uint8_t data[GW_DATA_LIMIT];
    struct gw_create_in in = {
        .type = share ? share->code : GW_TYPE_OTHER,
        .attributes = attributes,
        .name = path->text,
        .name_size = (uint32_t)path->length * 2,
    };
    NTSTATUS status = session_connect(true, &connection);
    if (NT_SUCCESS(status))
        status = directory_handle(path->directory, &in.directory);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_share_publish(object, &publication);
    if (!NT_SUCCESS(status))
        return status;
    in.kind = publication.kind;
    in.count = publication.count;
    in.limit = publication.limit;
    in.owned = publication.owned;
    in.abandoned = publication.abandoned;
    in.data = publication.data;
    in.data_size = publication.data_size;
    in.memory = publication.memory;
    if (object->security) {
        in.security = object->security->descriptor;
        in.security_size = object->security->size;
    }
    struct gw_create_out out = {.data = data, .data_size = sizeof data};
    void *existing = NULL;
    bool plain = is_plain(path), known;
    ob_share_lock();
    known = plain && attributes & OBJ_OPENIF &&
            ob_share_find_name(in.directory, path->text, path->length, &existing);
    status = known ? STATUS_OBJECT_NAME_EXISTS : gw_create(connection, &in, &out);
    if (status == STATUS_OBJECT_NAME_EXISTS && !known) {
        struct ob_reception reception = {out.type, out.kind, out.limit, out.data, out.data_size, out.memory};
        NTSTATUS adopted = ob_share_adopt(&reception, out.handle, out.id, &existing);
        if (!NT_SUCCESS(adopted))
            status = adopted;
    } else if (NT_SUCCESS(status) && !known) {
        status = ob_share_attach_fresh(object, out.handle, out.id, out.memory);
    }
    if (plain && NT_SUCCESS(status) && !known)
        ob_share_remember_name(existing ? existing : object, in.directory, path->text, path->length);
    ob_share_unlock();
    free((void *)publication.data);
    if (NT_SUCCESS(status) && existing && ((struct ob_object *)existing)->type != object->type)
        status = STATUS_OBJECT_TYPE_MISMATCH;
    if (NT_SUCCESS(status)) {
        NTSTATUS created = ob_handle_create(existing ? existing : object, access, attributes, ret_handle);
        if (!NT_SUCCESS(created))
            status = created;
    }
    if (existing)
        ob_dereference(existing);
    return status;
}

/* A server that died unnoticed is found out by the first request: a new one does it. */
static NTSTATUS insert_named(struct ob_object *object, const struct path *path, ULONG attributes,
                             ACCESS_MASK access, HANDLE *ret_handle)
{
    NTSTATUS status = insert_named_once(object, path, attributes, access, ret_handle);
    if (status == STATUS_PORT_DISCONNECTED)
        status = insert_named_once(object, path, attributes, access, ret_handle);
    return status;
}

NTSTATUS ob_insert(void *pointer, const OBJECT_ATTRIBUTES *guest_attributes, ACCESS_MASK access,
                   HANDLE *guest_handle)
{
    struct ob_object *object = pointer;
    OBJECT_ATTRIBUTES attributes = {0};
    struct path path = {0};
    void *root_object = NULL;
    HANDLE handle;
    NTSTATUS status = STATUS_SUCCESS;

    if (guest_attributes) {
        status = read_attributes(guest_attributes, &attributes, &path, &root_object);
        if (NT_SUCCESS(status) && attributes.SecurityDescriptor)
            status = ob_security_capture(attributes.SecurityDescriptor, &object->security);
    }
    if (NT_SUCCESS(status))
        status = path.length ? insert_named(object, &path, attributes.Attributes, access, &handle)
                             : ob_handle_create(object, access, attributes.Attributes, &handle);
    if (NT_SUCCESS(status))
        status = give(handle, guest_handle, status);
    free(path.text);
    if (root_object)
        ob_dereference(root_object);
    ob_dereference(object);
    return status;
}

/* The object a path names, referenced. */
static NTSTATUS find_object_once(const struct ob_type *type, const struct path *path, ULONG attributes,
                                 void **ret_object)
{
    struct gw_connection *connection;
    uint8_t data[GW_DATA_LIMIT];
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    int index;
    if (!path->directory || path->directory->builtin) {
        int start = path->directory ? (int)(path->directory->builtin & ~GW_BUILTIN) : -1;
        status = resolve_builtin(start, path, type == &ob_symbolic_link_type, &index);
        if (NT_SUCCESS(status)) {
            if (type && type != (builtins[index].target ? &ob_symbolic_link_type : &ob_directory_type))
                return STATUS_OBJECT_TYPE_MISMATCH;
            *ret_object = make_builtin(index);
            return *ret_object ? STATUS_SUCCESS : STATUS_NO_MEMORY;
        }
        if (!NT_SUCCESS(session_connect(false, &connection)))
            return status;
    } else if (!NT_SUCCESS(status = session_connect(true, &connection))) {
        return status;
    }
    struct gw_open_in in = {
        .type = !type         ? GW_TYPE_ANY
                : type->share ? type->share->code
                              : GW_TYPE_OTHER,
        .attributes = attributes,
        .name = path->text,
        .name_size = (uint32_t)path->length * 2,
    };
    struct gw_open_out out = {.data = data, .data_size = sizeof data};
    status = directory_handle(path->directory, &in.directory);
    if (!NT_SUCCESS(status))
        return status;
    bool plain = is_plain(path);
    ob_share_lock();
    if (!plain || !ob_share_find_name(in.directory, path->text, path->length, ret_object)) {
        status = gw_open(connection, &in, &out);
        if (NT_SUCCESS(status)) {
            struct ob_reception reception = {out.type, out.kind,      out.limit,
                                             out.data, out.data_size, out.memory};
            status = ob_share_adopt(&reception, out.handle, out.id, ret_object);
        }
        if (plain && NT_SUCCESS(status))
            ob_share_remember_name(*ret_object, in.directory, path->text, path->length);
    }
    ob_share_unlock();
    if (NT_SUCCESS(status) && type && (*(struct ob_object **)ret_object)->type != type) {
        ob_dereference(*ret_object);
        status = STATUS_OBJECT_TYPE_MISMATCH;
    }
    return status;
}

NTSTATUS ob_open(const struct ob_type *type, const OBJECT_ATTRIBUTES *guest_attributes, ACCESS_MASK access,
                 HANDLE *guest_handle)
{
    OBJECT_ATTRIBUTES attributes;
    struct path path;
    void *root_object, *object;
    HANDLE handle;

    if (!guest_attributes)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = read_attributes(guest_attributes, &attributes, &path, &root_object);
    if (!NT_SUCCESS(status))
        return status;
    if (!path.length) {
        free(path.text);
        return attributes.RootDirectory ? STATUS_OBJECT_NAME_INVALID : STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    status = find_object_once(type, &path, attributes.Attributes, &object); /* as above */
    if (status == STATUS_PORT_DISCONNECTED)
        status = find_object_once(type, &path, attributes.Attributes, &object);
    if (NT_SUCCESS(status)) {
        status = ob_handle_create(object, access, attributes.Attributes, &handle);
        ob_dereference(object);
    }
    if (NT_SUCCESS(status))
        status = give(handle, guest_handle, status);
    free(path.text);
    if (root_object)
        ob_dereference(root_object);
    return status;
}

static WCHAR *builtin_name(int index, size_t *ret_length)
{
    char path[128] = "";
    for (int i = index; i > 0; i = builtins[i].parent) {
        size_t size = strlen(builtins[i].name);
        memmove(path + size + 1, path, strlen(path) + 1);
        memcpy(path + 1, builtins[i].name, size);
        path[0] = '\\';
    }
    size_t length = strlen(path);
    WCHAR *text = malloc((length + 2) * 2);
    if (!text)
        return NULL;
    for (size_t i = 0; i < length; i++)
        text[i] = (unsigned char)path[i];
    if (!length)
        text[length++] = '\\';
    *ret_length = length;
    return text;
}

WCHAR *ob_full_name(struct ob_object *object, size_t *ret_length)
{
    enum { NAME_LIMIT = 0x10000 };
    struct gw_connection *connection;
    struct gw_query_in in;
    *ret_length = 0;
    if (object->type == &ob_directory_type && ((struct ob_directory *)object)->builtin)
        return builtin_name((int)(((struct ob_directory *)object)->builtin & ~GW_BUILTIN), ret_length);
    if (!object->shared || !NT_SUCCESS(ob_share_handle(object, &connection, &in.handle)))
        return NULL;
    struct gw_query_out out = {.name = malloc(NAME_LIMIT), .name_size = NAME_LIMIT};
    if (!out.name || !NT_SUCCESS(gw_query(connection, &in, &out)) || !out.name_size) {
        free(out.name);
        return NULL;
    }
    *ret_length = out.name_size / 2;
    return out.name;
}

/* ---------------------------------------------------------------- the system calls */

NTSTATUS NtCreateDirectoryObject(HANDLE *DirectoryHandle, ACCESS_MASK DesiredAccess,
                                 OBJECT_ATTRIBUTES *ObjectAttributes)
{
    struct ob_directory *directory = ob_create(&ob_directory_type);
    return directory ? ob_insert(directory, ObjectAttributes, DesiredAccess, DirectoryHandle)
                     : STATUS_NO_MEMORY;
}

NTSTATUS NtOpenDirectoryObject(HANDLE *DirectoryHandle, ACCESS_MASK DesiredAccess,
                               OBJECT_ATTRIBUTES *ObjectAttributes)
{
    return ob_open(&ob_directory_type, ObjectAttributes, DesiredAccess, DirectoryHandle);
}

NTSTATUS NtCreateSymbolicLinkObject(HANDLE *LinkHandle, ACCESS_MASK DesiredAccess,
                                    OBJECT_ATTRIBUTES *ObjectAttributes, UNICODE_STRING *LinkTarget)
{
    struct symbolic_link *link = ob_create(&ob_symbolic_link_type);
    if (!link)
        return STATUS_NO_MEMORY;
    NTSTATUS status = guest_read_unicode_string(LinkTarget, &link->target, &link->length);
    if (NT_SUCCESS(status) && !link->length)
        status = STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(status)) {
        ob_dereference(link);
        return status;
    }
    return ob_insert(link, ObjectAttributes, DesiredAccess, LinkHandle);
}

NTSTATUS NtOpenSymbolicLinkObject(HANDLE *LinkHandle, ACCESS_MASK DesiredAccess,
                                  OBJECT_ATTRIBUTES *ObjectAttributes)
{
    return ob_open(&ob_symbolic_link_type, ObjectAttributes, DesiredAccess, LinkHandle);
}

NTSTATUS NtQuerySymbolicLinkObject(HANDLE LinkHandle, UNICODE_STRING *LinkTarget, ULONG *ReturnedLength)
{
    UNICODE_STRING string;
    void *object;
    NTSTATUS status = guest_read(&string, LinkTarget);
    if (NT_SUCCESS(status))
        status = ob_handle_lookup(LinkHandle, &ob_symbolic_link_type, SYMBOLIC_LINK_QUERY, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct symbolic_link *link = object;
    ULONG needed = (ULONG)(link->length + 1) * 2;
    if (ReturnedLength)
        status = guest_write(ReturnedLength, needed);
    if (NT_SUCCESS(status) && string.MaximumLength < link->length * 2)
        status = STATUS_BUFFER_TOO_SMALL;
    if (NT_SUCCESS(status)) {
        WCHAR zero = 0;
        string.Length = (USHORT)(link->length * 2);
        status = guest_copy(string.Buffer, link->target, string.Length);
        if (NT_SUCCESS(status) && string.MaximumLength >= needed)
            status = guest_copy(string.Buffer + link->length, &zero, 2);
        if (NT_SUCCESS(status))
            status = guest_copy(LinkTarget, &string, sizeof string);
    }
    ob_dereference(object);
    return status;
}

NTSTATUS NtMakeTemporaryObject(HANDLE Handle)
{
    struct gw_connection *connection;
    struct gw_make_temporary_in in;
    void *object;
    NTSTATUS status = ob_handle_lookup(Handle, NULL, 0, &object);
    if (!NT_SUCCESS(status))
        return status;
    if (((struct ob_object *)object)->shared) {
        status = ob_share_handle(object, &connection, &in.handle);
        if (NT_SUCCESS(status))
            status = gw_make_temporary(connection, &in);
    }
    ob_dereference(object);
    return status;
}

struct directory_entry {
    UNICODE_STRING name, type;
};

static const char *type_name(unsigned code)
{
    static const char *const names[GW_TYPE_MAX] = {
        [GW_TYPE_DIRECTORY] = "Directory",
        [GW_TYPE_SYMBOLIC_LINK] = "SymbolicLink",
        [GW_TYPE_EVENT] = "Event",
        [GW_TYPE_MUTANT] = "Mutant",
        [GW_TYPE_SEMAPHORE] = "Semaphore",
        [GW_TYPE_TIMER] = "Timer",
        [GW_TYPE_SECTION] = "Section",
        [GW_TYPE_JOB] = "Job",
        [GW_TYPE_KEYED_EVENT] = "KeyedEvent",
        [GW_TYPE_COMPLETION] = "IoCompletion",
        [GW_TYPE_FILE] = "File",
        [GW_TYPE_PROCESS] = "Process",
        [GW_TYPE_THREAD] = "Thread",
        [GW_TYPE_TOKEN] = "Token",
    };
    return code < GW_TYPE_MAX && names[code] ? names[code] : "Object";
}

/* The entries of a server's list (u16 type, u16 bytes, name; padded to 4), as NT lays them out: the array
 * with an empty one at its end, then the strings. Returns how many fit and the bytes used; *ret_needed: for
 * one more. */
static size_t lay_out(const uint8_t *list, size_t size, const uint8_t *guest, uint8_t *copy, size_t room,
                      size_t limit, size_t *ret_used, size_t *ret_needed)
{
    size_t used = sizeof(struct directory_entry), count = 0, at = 0;
    *ret_needed = 0;
    for (; at + 4 <= size && count < limit; count++) {
        const uint16_t *head = (const uint16_t *)(list + at);
        size_t more = sizeof(struct directory_entry) + head[1] + 2 + (strlen(type_name(head[0])) + 1) * 2;
        if (used + more > room) {
            *ret_needed = used + more;
            break;
        }
        used += more;
        at += 4 + ((head[1] + 3u) & ~3u);
    }
    struct directory_entry *entry = (struct directory_entry *)copy;
    size_t place = (count + 1) * sizeof *entry;
    if (count)
        memset(copy, 0, place);
    at = 0;
    for (size_t i = 0; i < count; i++, entry++) {
        const uint16_t *head = (const uint16_t *)(list + at);
        const char *type = type_name(head[0]);
        entry->name.Length = head[1];
        entry->name.MaximumLength = head[1] + 2;
        entry->name.Buffer = (PWSTR)(guest + place);
        memcpy(copy + place, head + 2, head[1]);
        *(WCHAR *)(copy + place + head[1]) = 0;
        place += head[1] + 2u;
        entry->type.Length = (USHORT)(strlen(type) * 2);
        entry->type.MaximumLength = entry->type.Length + 2;
        entry->type.Buffer = (PWSTR)(guest + place);
        for (size_t j = 0; j <= strlen(type); j++, place += 2)
            *(WCHAR *)(copy + place) = (WCHAR)type[j];
        at += 4 + ((head[1] + 3u) & ~3u);
    }
    *ret_used = used;
    return count;
}

NTSTATUS NtQueryDirectoryObject(HANDLE DirectoryHandle, void *Buffer, ULONG Length, BOOLEAN ReturnSingleEntry,
                                BOOLEAN RestartScan, ULONG *Context, ULONG *ReturnLength)
{
    enum { LIST_LIMIT = 0x10000 };
    struct gw_connection *connection;
    ULONG position = 0;
    void *object;
    NTSTATUS status = ob_handle_lookup(DirectoryHandle, &ob_directory_type, DIRECTORY_QUERY, &object);
    if (!NT_SUCCESS(status))
        return status;
    struct gw_list_directory_in in;
    struct gw_list_directory_out out = {0};
    if (!RestartScan)
        status = guest_read(&position, Context);
    if (NT_SUCCESS(status))
        status = session_connect(true, &connection);
    if (NT_SUCCESS(status))
        status = directory_handle(object, &in.handle);
    if (NT_SUCCESS(status)) {
        in.position = position;
        out.entries = malloc(LIST_LIMIT);
        out.entries_size = LIST_LIMIT;
        status = out.entries ? gw_list_directory(connection, &in, &out) : STATUS_NO_MEMORY;
    }
    ob_dereference(object);
    size_t used = 0, needed = 0, count = 0, room = Length < 0x40000 ? Length : 0x40000;
    uint8_t *copy = NT_SUCCESS(status) ? malloc(room + 1) : NULL;
    if (NT_SUCCESS(status) && !copy)
        status = STATUS_NO_MEMORY;
    if (NT_SUCCESS(status)) {
        count = lay_out(out.entries, out.entries_size, Buffer, copy, room, ReturnSingleEntry ? 1 : out.count,
                        &used, &needed);
        bool more = count < out.count || out.more;
        if (!count) {
            status = more ? STATUS_BUFFER_TOO_SMALL : STATUS_NO_MORE_ENTRIES;
        } else {
            status = guest_copy(Buffer, copy, used);
            position += (ULONG)count;
            if (NT_SUCCESS(status))
                status = guest_write(Context, position);
            if (NT_SUCCESS(status) && more && !ReturnSingleEntry)
                status = STATUS_MORE_ENTRIES;
        }
        ULONG length = (ULONG)(count ? used : needed);
        if (ReturnLength) {
            NTSTATUS written = guest_write(ReturnLength, length);
            if (!NT_SUCCESS(written))
                status = written;
        }
    }
    free(copy);
    free(out.entries);
    return status;
}
