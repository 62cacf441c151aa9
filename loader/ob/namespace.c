/*
 * The object namespace of this process: directories, symbolic links, and the tails of NtCreateXxx
 * and NtOpenXxx. Files and registry keys are found elsewhere (io, cm).
 */
#include "ke/lock.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "ob/internal.h"
#include <nt/syscalls.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { DIRECTORY_QUERY = 1, DIRECTORY_TRAVERSE = 2, DIRECTORY_CREATE_OBJECT = 4 };
enum { SYMBOLIC_LINK_QUERY = 1 };
enum { LINK_LIMIT = 32 };

struct ob_directory {
    struct ob_object object;
    struct ob_name *names, **end;
};

struct symbolic_link {
    struct ob_object object;
    WCHAR *target; /* malloc'ed */
    size_t length;
};

/* Guards directories and the `name` of every object. Outermost rank. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ob_directory *root;

static void destroy_link(void *object)
{
    free(((struct symbolic_link *)object)->target);
}

const struct ob_type ob_directory_type = {
    .name = "Directory",
    .size = sizeof(struct ob_directory),
    .generic_read = READ_CONTROL | DIRECTORY_QUERY | DIRECTORY_TRAVERSE,
    .generic_write = READ_CONTROL | 0xc,
    .generic_execute = READ_CONTROL | DIRECTORY_QUERY | DIRECTORY_TRAVERSE,
    .all_access = STANDARD_RIGHTS_REQUIRED | 0xf,
};

const struct ob_type ob_symbolic_link_type = {
    .name = "SymbolicLink",
    .size = sizeof(struct symbolic_link),
    .generic_read = READ_CONTROL | SYMBOLIC_LINK_QUERY,
    .generic_write = READ_CONTROL,
    .generic_execute = READ_CONTROL | SYMBOLIC_LINK_QUERY,
    .all_access = STANDARD_RIGHTS_REQUIRED | 1,
    .destroy = destroy_link,
};

/* ---------------------------------------------------------------- names, under the lock */

static WCHAR fold(WCHAR c)
{
    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? c - 32 : c;
    if ((c >= 0xe0 && c <= 0xfe && c != 0xf7) || (c >= 0x3b1 && c <= 0x3c9 && c != 0x3c2) ||
        (c >= 0x430 && c <= 0x44f))
        return c - 32;
    if (c >= 0x450 && c <= 0x45f)
        return c - 80;
    if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x481))
        return c & ~1;
    return c == 0xff ? 0x178 : c;
}

static bool equal(const WCHAR *a, const WCHAR *b, size_t length, bool insensitive)
{
    if (!insensitive)
        return memcmp(a, b, length * 2) == 0;
    for (size_t i = 0; i < length; i++)
        if (fold(a[i]) != fold(b[i]))
            return false;
    return true;
}

static struct ob_object *find(struct ob_directory *directory, const WCHAR *text, size_t length,
                              bool insensitive)
{
    for (struct ob_name *name = directory->names; name; name = name->next)
        if (name->length == length && equal(name->text, text, length, insensitive))
            return name->object;
    return NULL;
}

static NTSTATUS enter(struct ob_directory *directory, const WCHAR *text, size_t length,
                      struct ob_object *object, bool permanent)
{
    struct ob_name *name = malloc(sizeof *name + length * 2);
    if (!name)
        return STATUS_NO_MEMORY;
    name->directory = directory;
    name->next = NULL;
    name->object = object;
    name->permanent = permanent;
    name->length = (uint32_t)length;
    memcpy(name->text, text, length * 2);
    if (!directory->end)
        directory->end = &directory->names;
    *directory->end = name;
    directory->end = &name->next;
    object->name = name;
    ob_reference(directory);
    return STATUS_SUCCESS;
}

static struct ob_directory *leave(struct ob_object *object)
{
    struct ob_name *name = object->name;
    struct ob_directory *directory = name->directory;
    struct ob_name **place = &directory->names;
    while (*place != name)
        place = &(*place)->next;
    *place = name->next;
    if (!name->next)
        directory->end = place;
    object->name = NULL;
    free(name);
    return directory;
}

void ob_name_release(struct ob_object *object)
{
    struct ob_directory *directory = NULL;
    pthread_mutex_lock(&lock);
    ke_lock();
    bool unused = object->handles == 0;
    ke_unlock();
    if (unused && object->name && !object->name->permanent)
        directory = leave(object);
    pthread_mutex_unlock(&lock);
    if (directory)
        ob_dereference(directory);
}

/* A path being resolved; text is owned and may be replaced when it leads through a link. */
struct path {
    struct ob_directory *directory; /* where the rest starts */
    WCHAR *text;
    size_t length;
    bool insensitive;
};

/* Replaces the path up to `consumed` by a link's target. */
static NTSTATUS follow(struct path *path, const struct symbolic_link *link, size_t consumed)
{
    size_t rest = path->length - consumed;
    WCHAR *text = malloc((link->length + rest + 1) * 2);
    if (!text)
        return STATUS_NO_MEMORY;
    memcpy(text, link->target, link->length * 2);
    memcpy(text + link->length, path->text + consumed, rest * 2);
    free(path->text);
    path->text = text;
    path->length = link->length + rest;
    path->directory = NULL;
    return STATUS_SUCCESS;
}

/* Walks to the last component: *ret_parent and the component's place in path->text; *ret_object is
 * what it names, or NULL. open_link: a link as the last component is itself meant. */
static NTSTATUS resolve(struct path *path, bool open_link, struct ob_directory **ret_parent,
                        size_t *ret_start, struct ob_object **ret_object)
{
    for (int links = 0; links < LINK_LIMIT; links++) {
        struct ob_directory *directory = path->directory ? path->directory : root;
        size_t start = 0;
        bool followed = false;
        if (!path->directory) {
            if (!path->length || path->text[0] != '\\')
                return STATUS_OBJECT_PATH_SYNTAX_BAD;
            start = 1;
            if (path->length == 1) {
                *ret_parent = NULL;
                *ret_start = 1;
                *ret_object = &root->object;
                return STATUS_SUCCESS;
            }
        } else if (path->text[0] == '\\') {
            return STATUS_OBJECT_PATH_SYNTAX_BAD;
        }
        for (;;) {
            size_t end = start;
            while (end < path->length && path->text[end] != '\\')
                end++;
            if (end == start)
                return STATUS_OBJECT_NAME_INVALID;
            bool last = end == path->length;
            struct ob_object *object = find(directory, path->text + start, end - start, path->insensitive);
            if (object && object->type == &ob_symbolic_link_type && !(last && open_link)) {
                NTSTATUS status = follow(path, (struct symbolic_link *)object, end);
                if (!NT_SUCCESS(status))
                    return status;
                followed = true;
                break;
            }
            if (last) {
                *ret_parent = directory;
                *ret_start = start;
                *ret_object = object;
                return STATUS_SUCCESS;
            }
            if (!object)
                return STATUS_OBJECT_PATH_NOT_FOUND;
            if (object->type != &ob_directory_type)
                return STATUS_OBJECT_PATH_NOT_FOUND;
            directory = (struct ob_directory *)object;
            start = end + 1;
        }
        if (!followed)
            break;
    }
    return STATUS_OBJECT_PATH_NOT_FOUND;
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

NTSTATUS ob_insert(void *pointer, const OBJECT_ATTRIBUTES *guest_attributes, ACCESS_MASK access,
                   HANDLE *guest_handle)
{
    struct ob_object *object = pointer, *existing;
    struct ob_directory *parent;
    OBJECT_ATTRIBUTES attributes = {0};
    struct path path = {0};
    void *root_object = NULL;
    HANDLE handle;
    size_t start;
    NTSTATUS status = STATUS_SUCCESS;

    if (guest_attributes) {
        status = read_attributes(guest_attributes, &attributes, &path, &root_object);
        if (NT_SUCCESS(status) && attributes.SecurityDescriptor)
            status = ob_security_capture(attributes.SecurityDescriptor, &object->security);
    }
    if (!NT_SUCCESS(status))
        goto out;
    if (!path.length) {
        status = ob_handle_create(object, access, attributes.Attributes, &handle);
        if (NT_SUCCESS(status))
            status = give(handle, guest_handle, status);
        goto out;
    }

    pthread_mutex_lock(&lock);
    status = resolve(&path, object->type == &ob_symbolic_link_type, &parent, &start, &existing);
    if (NT_SUCCESS(status)) {
        if (!existing) {
            status = enter(parent, path.text + start, path.length - start, object,
                           attributes.Attributes & OBJ_PERMANENT);
            if (NT_SUCCESS(status))
                status = ob_handle_create(object, access, attributes.Attributes, &handle);
        } else if (!(attributes.Attributes & OBJ_OPENIF)) {
            status = existing->type == object->type ? STATUS_OBJECT_NAME_COLLISION
                                                    : STATUS_OBJECT_TYPE_MISMATCH;
            if (existing->type != object->type && !(attributes.Attributes & OBJ_OPENIF))
                status = STATUS_OBJECT_NAME_COLLISION;
        } else if (existing->type != object->type) {
            status = STATUS_OBJECT_TYPE_MISMATCH;
        } else {
            status = ob_handle_create(existing, access, attributes.Attributes, &handle);
            if (NT_SUCCESS(status))
                status = STATUS_OBJECT_NAME_EXISTS;
        }
    }
    pthread_mutex_unlock(&lock);
    if (NT_SUCCESS(status))
        status = give(handle, guest_handle, status);
out:
    free(path.text);
    if (root_object)
        ob_dereference(root_object);
    ob_dereference(object);
    return status;
}

NTSTATUS ob_open(const struct ob_type *type, const OBJECT_ATTRIBUTES *guest_attributes, ACCESS_MASK access,
                 HANDLE *guest_handle)
{
    struct ob_directory *parent;
    struct ob_object *existing;
    OBJECT_ATTRIBUTES attributes;
    struct path path;
    void *root_object;
    HANDLE handle;
    size_t start;

    if (!guest_attributes)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = read_attributes(guest_attributes, &attributes, &path, &root_object);
    if (!NT_SUCCESS(status))
        return status;
    if (!path.length) {
        free(path.text);
        return attributes.RootDirectory ? STATUS_OBJECT_NAME_INVALID : STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    pthread_mutex_lock(&lock);
    status = resolve(&path, type == &ob_symbolic_link_type, &parent, &start, &existing);
    if (NT_SUCCESS(status)) {
        if (!existing)
            status = STATUS_OBJECT_NAME_NOT_FOUND;
        else if (type && existing->type != type)
            status = STATUS_OBJECT_TYPE_MISMATCH;
        else
            status = ob_handle_create(existing, access, attributes.Attributes, &handle);
    }
    pthread_mutex_unlock(&lock);
    if (NT_SUCCESS(status))
        status = give(handle, guest_handle, status);
    free(path.text);
    if (root_object)
        ob_dereference(root_object);
    return status;
}

WCHAR *ob_full_name(struct ob_object *object, size_t *ret_length)
{
    WCHAR *text = NULL;
    size_t length = 0;
    pthread_mutex_lock(&lock);
    if (object == &root->object) {
        text = malloc(4);
        if (text)
            text[0] = '\\';
        length = 1;
    } else if (object->name) {
        for (struct ob_object *o = object; o->name; o = &o->name->directory->object)
            length += o->name->length + 1;
        text = malloc((length + 1) * 2);
        size_t at = length;
        for (struct ob_object *o = object; text && o->name; o = &o->name->directory->object) {
            at -= o->name->length;
            memcpy(text + at, o->name->text, o->name->length * 2);
            text[--at] = '\\';
        }
    }
    pthread_mutex_unlock(&lock);
    *ret_length = text ? length : 0;
    return text;
}

/* ---------------------------------------------------------------- the first directories */

static struct ob_directory *add_directory(struct ob_directory *parent, const WCHAR *name)
{
    struct ob_directory *directory = ob_create(&ob_directory_type);
    size_t length = 0;
    while (name[length])
        length++;
    if (!directory || !NT_SUCCESS(enter(parent, name, length, &directory->object, true)))
        abort();
    return directory;
}

static void add_link(struct ob_directory *parent, const WCHAR *name, const WCHAR *target)
{
    struct symbolic_link *link = ob_create(&ob_symbolic_link_type);
    size_t length = 0;
    if (!link)
        abort();
    while (target[link->length])
        link->length++;
    link->target = malloc(link->length * 2);
    if (!link->target)
        abort();
    memcpy(link->target, target, link->length * 2);
    while (name[length])
        length++;
    if (!NT_SUCCESS(enter(parent, name, length, &link->object, true)))
        abort();
}

static void add_names_directory(struct ob_directory *parent, const WCHAR *self)
{
    struct ob_directory *names = add_directory(parent, u"BaseNamedObjects");
    add_link(names, u"Global", u"\\BaseNamedObjects");
    add_link(names, u"Local", self);
    add_link(names, u"Session", u"\\Sessions\\BNOLINKS");
    add_directory(names, u"Restricted");
}

void ob_namespace_initialize(void)
{
    root = ob_create(&ob_directory_type);
    if (!root)
        abort();
    add_names_directory(root, u"\\BaseNamedObjects");
    struct ob_directory *sessions = add_directory(root, u"Sessions");
    struct ob_directory *links = add_directory(sessions, u"BNOLINKS");
    add_link(links, u"0", u"\\BaseNamedObjects");
    add_link(links, u"1", u"\\Sessions\\1\\BaseNamedObjects");
    add_names_directory(add_directory(sessions, u"1"), u"\\Sessions\\1\\BaseNamedObjects");
    add_directory(root, u"KnownDlls");
    add_directory(root, u"KernelObjects");
    add_directory(root, u"RPC Control");
    add_directory(root, u"Windows");
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
    void *object;
    NTSTATUS status = ob_handle_lookup(Handle, NULL, 0, &object);
    if (!NT_SUCCESS(status))
        return status;
    pthread_mutex_lock(&lock);
    struct ob_name *name = ((struct ob_object *)object)->name;
    if (name)
        name->permanent = false;
    pthread_mutex_unlock(&lock);
    ob_dereference(object);
    return STATUS_SUCCESS;
}

struct directory_entry {
    UNICODE_STRING name, type;
};

NTSTATUS NtQueryDirectoryObject(HANDLE DirectoryHandle, void *Buffer, ULONG Length, BOOLEAN ReturnSingleEntry,
                                BOOLEAN RestartScan, ULONG *Context, ULONG *ReturnLength)
{
    ULONG position = 0;
    void *object;
    NTSTATUS status = ob_handle_lookup(DirectoryHandle, &ob_directory_type, DIRECTORY_QUERY, &object);
    if (!NT_SUCCESS(status))
        return status;
    if (!RestartScan && !NT_SUCCESS(status = guest_read(&position, Context))) {
        ob_dereference(object);
        return status;
    }

    /* How many entries fit: the array with an empty one at its end, then the strings. */
    struct ob_directory *directory = object;
    size_t used = sizeof(struct directory_entry), count = 0, needed = 0;
    uint8_t *copy = NULL;
    pthread_mutex_lock(&lock);
    struct ob_name *first = directory->names;
    for (ULONG i = 0; first && i < position; i++)
        first = first->next;
    bool more = false;
    for (struct ob_name *name = first; name; name = name->next) {
        size_t size = sizeof(struct directory_entry) + (name->length + 1) * 2 +
                      (strlen(name->object->type->name) + 1) * 2;
        if (used + size > Length || (ReturnSingleEntry && count)) {
            needed = used + size;
            more = true;
            break;
        }
        used += size;
        count++;
    }
    if (count && (copy = malloc(used))) {
        struct directory_entry *entry = (struct directory_entry *)copy;
        size_t at = (count + 1) * sizeof *entry;
        struct ob_name *name = first;
        memset(copy, 0, at);
        for (size_t i = 0; i < count; i++, entry++, name = name->next) {
            const char *type = name->object->type->name;
            entry->name.Length = (USHORT)(name->length * 2);
            entry->name.MaximumLength = entry->name.Length + 2;
            entry->name.Buffer = (PWSTR)((uint8_t *)Buffer + at);
            memcpy(copy + at, name->text, name->length * 2);
            *(WCHAR *)(copy + at + name->length * 2) = 0;
            at += name->length * 2 + 2;
            entry->type.Length = (USHORT)(strlen(type) * 2);
            entry->type.MaximumLength = entry->type.Length + 2;
            entry->type.Buffer = (PWSTR)((uint8_t *)Buffer + at);
            for (size_t j = 0; j <= strlen(type); j++, at += 2)
                *(WCHAR *)(copy + at) = (WCHAR)type[j];
        }
    }
    pthread_mutex_unlock(&lock);
    ob_dereference(object);

    ULONG length = (ULONG)(count ? used : needed);
    if (count && !copy)
        return STATUS_NO_MEMORY;
    if (!count)
        status = more ? STATUS_BUFFER_TOO_SMALL : STATUS_NO_MORE_ENTRIES;
    else
        status = guest_copy(Buffer, copy, used);
    free(copy);
    if (count && NT_SUCCESS(status)) {
        position += (ULONG)count;
        status = guest_write(Context, position);
    }
    if (ReturnLength) {
        NTSTATUS written = guest_write(ReturnLength, length);
        if (!NT_SUCCESS(written))
            return written;
    }
    return count && NT_SUCCESS(status) && more && !ReturnSingleEntry ? STATUS_MORE_ENTRIES : status;
}
