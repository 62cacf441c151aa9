/*
 * Requests about objects and names. in->... are checked for length only: everything else is checked here.
 */
#include "server.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifndef OBJ_PERMANENT
#define OBJ_PERMANENT 0x10
#endif
#ifndef OBJ_CASE_INSENSITIVE
#define OBJ_CASE_INSENSITIVE 0x40
#endif
#ifndef OBJ_OPENIF
#define OBJ_OPENIF 0x80
#endif

enum { SECURITY_LIMIT = 0x10000 };

/* Fills what replies about an object have in common. */
#define DESCRIBE(object, out)                                                                                \
    do {                                                                                                     \
        (out)->id = (object)->id;                                                                            \
        (out)->type = (object)->type;                                                                        \
        (out)->kind = (object)->kind;                                                                        \
        (out)->limit = (object)->limit;                                                                      \
        (out)->memory = (object)->memory;                                                                    \
        (out)->data_size = copy_data((out)->data, (out)->data_size, (object)->data, (object)->data_size);    \
    } while (0)

static uint32_t copy_data(void *to, uint32_t room, const void *data, uint32_t size)
{
    if (size > room)
        size = 0;
    if (size)
        memcpy(to, data, size);
    return size;
}

/* The directory a path starts in. */
static NTSTATUS find_directory(struct server_client *client, uint32_t handle,
                               struct server_object **ret_directory)
{
    *ret_directory = NULL;
    if (!handle)
        return STATUS_SUCCESS;
    *ret_directory = server_handle_object(client, handle, GW_TYPE_DIRECTORY);
    return *ret_directory ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

/* Makes the object of a create request, without a name. */
static NTSTATUS make_object(struct server_client *client, struct gw_create_in *in,
                            struct server_object **ret_object)
{
    struct server_object *object = server_object_create(in->type);
    NTSTATUS status = object ? server_object_set_data(object, in->data, in->data_size) : STATUS_NO_MEMORY;
    if (!NT_SUCCESS(status))
        goto fail;
    if (in->type == GW_TYPE_JOB && !server_job_create(object)) {
        status = STATUS_NO_MEMORY;
        goto fail;
    }
    object->kind = in->kind;
    object->limit = in->limit;
    if (GW_TYPE_HAS_STATE(in->type)) {
        int32_t count = in->count;
        uint32_t owner = 0;
        if (in->type == GW_TYPE_MUTANT) {
            count = !in->owned;
            owner = in->owned ? client->number : 0;
        }
        if (!server_state_create(object, count, owner)) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            goto fail;
        }
        if (in->abandoned)
            object->state->state |= GW_STATE_ABANDONED;
    } else if (in->memory >= 0) {
        object->memory = in->memory;
        in->memory = -1;
    }
    if (in->security_size) {
        object->security = malloc(in->security_size);
        if (!object->security) {
            status = STATUS_NO_MEMORY;
            goto fail;
        }
        memcpy(object->security, in->security, in->security_size);
        object->security_size = in->security_size;
    }
    *ret_object = object;
    return STATUS_SUCCESS;
fail:
    if (object)
        server_object_release(object);
    return status;
}

NTSTATUS serve_create(struct server_client *client, struct gw_create_in *in, struct gw_create_out *out)
{
    struct server_object *directory, *object = NULL;
    const uint16_t *text;
    uint32_t size;
    if (!in->type || in->type >= GW_TYPE_MAX || in->name_size & 1 || in->security_size > SECURITY_LIMIT)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = find_directory(client, in->directory, &directory);
    if (!NT_SUCCESS(status))
        return status;
    struct server_object *parent = NULL;
    if (in->name_size) {
        status = server_resolve(directory, in->name, in->name_size, in->attributes & OBJ_CASE_INSENSITIVE,
                                in->type == GW_TYPE_SYMBOLIC_LINK, &object, &parent, &text, &size);
        if (!NT_SUCCESS(status))
            return status;
    }
    if (object) {
        if (!(in->attributes & OBJ_OPENIF))
            return STATUS_OBJECT_NAME_COLLISION;
        if (object->type != in->type)
            return STATUS_OBJECT_TYPE_MISMATCH;
        status = server_handle_create(client, object, &out->handle);
        if (!NT_SUCCESS(status))
            return status;
        out->existed = 1;
        DESCRIBE(object, out);
        return STATUS_OBJECT_NAME_EXISTS;
    }
    status = make_object(client, in, &object);
    if (!NT_SUCCESS(status))
        return status;
    if (parent)
        status = server_name_enter(parent, text, size, object, in->attributes & OBJ_PERMANENT);
    if (NT_SUCCESS(status)) {
        status = server_handle_create(client, object, &out->handle);
        if (!NT_SUCCESS(status) && parent)
            server_name_leave(object);
    }
    if (NT_SUCCESS(status))
        DESCRIBE(object, out);
    server_object_release(object);
    return status;
}

NTSTATUS serve_open(struct server_client *client, struct gw_open_in *in, struct gw_open_out *out)
{
    struct server_object *directory, *object, *parent;
    const uint16_t *text;
    uint32_t size;
    if (in->type >= GW_TYPE_MAX || in->name_size & 1)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = find_directory(client, in->directory, &directory);
    if (!NT_SUCCESS(status))
        return status;
    status = server_resolve(directory, in->name, in->name_size, in->attributes & OBJ_CASE_INSENSITIVE,
                            in->type == GW_TYPE_SYMBOLIC_LINK, &object, &parent, &text, &size);
    if (!NT_SUCCESS(status))
        return status;
    if (!object)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (in->type && object->type != in->type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    status = server_handle_create(client, object, &out->handle);
    if (NT_SUCCESS(status))
        DESCRIBE(object, out);
    return status;
}

NTSTATUS serve_attach(struct server_client *client, struct gw_attach_in *in, struct gw_attach_out *out)
{
    struct server_object *object = server_handle_object(client, in->handle, 0);
    if (!object)
        return STATUS_INVALID_HANDLE;
    DESCRIBE(object, out);
    return STATUS_SUCCESS;
}

NTSTATUS serve_release(struct server_client *client, struct gw_release_in *in)
{
    return server_handle_release(client, in->handle, in->count) ? STATUS_SUCCESS : GW_MALFORMED;
}

NTSTATUS serve_query(struct server_client *client, struct gw_query_in *in, struct gw_query_out *out)
{
    struct server_object *object = server_handle_object(client, in->handle, 0);
    if (!object)
        return STATUS_INVALID_HANDLE;
    out->references = object->holders;
    out->permanent = object->name.permanent;
    uint32_t size = server_full_name(object, out->name, out->name_size);
    if (size > out->name_size)
        return STATUS_NAME_TOO_LONG;
    out->name_size = size;
    return STATUS_SUCCESS;
}

NTSTATUS serve_read_data(struct server_client *client, struct gw_read_data_in *in,
                         struct gw_read_data_out *out)
{
    struct server_object *object = server_handle_object(client, in->handle, 0);
    if (!object)
        return STATUS_INVALID_HANDLE;
    out->generation = object->generation;
    out->data_size = copy_data(out->data, out->data_size, object->data, object->data_size);
    return STATUS_SUCCESS;
}

NTSTATUS serve_write_data(struct server_client *client, struct gw_write_data_in *in,
                          struct gw_write_data_out *out)
{
    struct server_object *object = server_handle_object(client, in->handle, 0);
    if (!object)
        return STATUS_INVALID_HANDLE;
    if (object->type == GW_TYPE_SYMBOLIC_LINK || object->type == GW_TYPE_DIRECTORY)
        /* what a path is made of does not change, nor what a namespace is found by */
        return STATUS_OBJECT_TYPE_MISMATCH;
    if (in->expected && in->expected != object->generation)
        return STATUS_RETRY;
    NTSTATUS status = server_object_set_data(object, in->data, in->data_size);
    if (NT_SUCCESS(status))
        out->generation = ++object->generation;
    return status;
}

NTSTATUS serve_read_security(struct server_client *client, struct gw_read_security_in *in,
                             struct gw_read_security_out *out)
{
    struct server_object *object = server_handle_object(client, in->handle, 0);
    if (!object)
        return STATUS_INVALID_HANDLE;
    out->security_size = copy_data(out->security, out->security_size, object->security,
                                   object->security_size);
    return STATUS_SUCCESS;
}

NTSTATUS serve_write_security(struct server_client *client, struct gw_write_security_in *in)
{
    struct server_object *object = server_handle_object(client, in->handle, 0);
    void *copy = NULL;
    if (!object || in->handle & GW_BUILTIN)
        return object ? STATUS_ACCESS_DENIED : STATUS_INVALID_HANDLE;
    if (in->security_size > SECURITY_LIMIT)
        return STATUS_INVALID_PARAMETER;
    if (in->security_size) {
        copy = malloc(in->security_size);
        if (!copy)
            return STATUS_NO_MEMORY;
        memcpy(copy, in->security, in->security_size);
    }
    free(object->security);
    object->security = copy;
    object->security_size = in->security_size;
    return STATUS_SUCCESS;
}

NTSTATUS serve_make_temporary(struct server_client *client, struct gw_make_temporary_in *in)
{
    struct server_object *object = server_handle_object(client, in->handle, 0);
    if (!object)
        return STATUS_INVALID_HANDLE;
    if (object->builtin)
        return STATUS_ACCESS_DENIED;
    if (object->holders)
        object->name.permanent = false;
    return STATUS_SUCCESS;
}

NTSTATUS serve_list_directory(struct server_client *client, struct gw_list_directory_in *in,
                              struct gw_list_directory_out *out)
{
    struct server_object *directory = server_handle_object(client, in->handle, GW_TYPE_DIRECTORY);
    uint32_t room = out->entries_size, at = 0, position = 0;
    if (!directory)
        return STATUS_INVALID_HANDLE;
    for (struct server_object *each = directory->entries; each; each = each->name.next) {
        uint16_t head[2] = {(uint16_t)each->type, (uint16_t)each->name.size};
        uint32_t size = (uint32_t)(sizeof head + ((each->name.size + 3u) & ~3u));
        if (position++ < in->position)
            continue;
        if (size > room - at) {
            out->more = 1;
            break;
        }
        memset((uint8_t *)out->entries + at, 0, size);
        memcpy((uint8_t *)out->entries + at, head, sizeof head);
        memcpy((uint8_t *)out->entries + at + sizeof head, each->name.text, each->name.size);
        at += size;
        out->count++;
    }
    out->entries_size = at;
    return STATUS_SUCCESS;
}
