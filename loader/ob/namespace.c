/*
 * Names of objects: the tails of NtCreateXxx and NtOpenXxx. The names are the server's; what is there from
 * the start is known here too, so that a program that only looks at directories needs no server. Files and
 * registry keys are found elsewhere (io, cm).
 */
#include "mm/guest.h"
#include "ob/directory.h"
#include "ob/security.h"
#include "ob/share.h"
#include "session/session.h"
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>

/* Reads attributes and name; *ret_root is referenced or NULL. */
static NTSTATUS read_attributes(const OBJECT_ATTRIBUTES *guest, OBJECT_ATTRIBUTES *ret_attributes,
                                struct ob_path *ret_path, void **ret_root)
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
static bool is_plain(const struct ob_path *path)
{
    if (!path->directory || !path->directory->builtin)
        return false;
    for (size_t i = 0; i < path->length; i++)
        if (path->text[i] == '\\')
            return false;
    return true;
}

/* Creates or opens the object by name; *ret_handle is to what has the name then. */
static NTSTATUS insert_named_once(struct ob_object *object, const struct ob_path *path, ULONG attributes,
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
        status = ob_directory_handle(path->directory, &in.directory);
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
static NTSTATUS insert_named(struct ob_object *object, const struct ob_path *path, ULONG attributes,
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
    struct ob_path path = {0};
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
static NTSTATUS find_object_once(const struct ob_type *type, const struct ob_path *path, ULONG attributes,
                                 void **ret_object)
{
    struct gw_connection *connection;
    uint8_t data[GW_DATA_LIMIT];
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    int index;
    if (!path->directory || path->directory->builtin) {
        int start = path->directory ? (int)(path->directory->builtin & ~GW_BUILTIN) : -1;
        status = ob_builtin_resolve(start, path, type == &ob_symbolic_link_type, &index);
        if (NT_SUCCESS(status)) {
            if (type && type != (ob_builtin_type(index)))
                return STATUS_OBJECT_TYPE_MISMATCH;
            *ret_object = ob_builtin_create(index);
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
    status = ob_directory_handle(path->directory, &in.directory);
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
    struct ob_path path;
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
    status = find_object_once(type, &path, attributes.Attributes, &object); /* as insert_named */
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

WCHAR *ob_full_name(struct ob_object *object, size_t *ret_length)
{
    enum { NAME_LIMIT = 0x10000 };
    struct gw_connection *connection;
    struct gw_query_in in;
    *ret_length = 0;
    if (object->type == &ob_directory_type && ((struct ob_directory *)object)->builtin)
        return ob_builtin_name((int)(((struct ob_directory *)object)->builtin & ~GW_BUILTIN), ret_length);
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
