/*
 * Private namespaces: directories without a name, found by their boundary (bytes).
 */
#include "server.h"
#include <stdlib.h>
#include <string.h>

enum { BOUNDARY_LIMIT = 0x1000 };

/* A directory's data is its boundary while it can be found. */
static struct server_object *first;

static struct server_object *find(const void *boundary, uint32_t size)
{
    for (struct server_object *each = first; each; each = each->name.next)
        if (each->data_size == size && memcmp(each->data, boundary, size) == 0)
            return each;
    return NULL;
}

void server_private_leave(struct server_object *object)
{
    if (!object->private)
        return;
    object->private = false;
    *object->name.place = object->name.next;
    if (object->name.next)
        object->name.next->name.place = object->name.place;
    object->name.next = NULL;
    object->name.place = NULL;
    server_directory_left(object);
}

NTSTATUS serve_open_namespace(struct server_client *client, struct gw_open_namespace_in *in,
                              struct gw_open_namespace_out *out)
{
    if (!in->boundary_size || in->boundary_size > BOUNDARY_LIMIT || in->security_size > 0x10000)
        return STATUS_INVALID_PARAMETER;
    struct server_object *object = find(in->boundary, in->boundary_size);
    if (object && in->create)
        return STATUS_OBJECT_NAME_COLLISION;
    if (!object && !in->create)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (object) {
        NTSTATUS status = server_handle_create(client, object, &out->handle);
        out->id = object->id;
        return status;
    }
    object = server_object_create(GW_TYPE_DIRECTORY);
    NTSTATUS status = object ? server_object_set_data(object, in->boundary, in->boundary_size)
                             : STATUS_NO_MEMORY;
    if (NT_SUCCESS(status) && in->security_size) {
        object->security = malloc(in->security_size);
        if (object->security)
            memcpy(object->security, in->security, in->security_size);
        object->security_size = object->security ? in->security_size : 0;
        status = object->security ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    }
    if (NT_SUCCESS(status))
        status = server_handle_create(client, object, &out->handle);
    if (NT_SUCCESS(status)) {
        object->private = true;
        object->name.next = first;
        object->name.place = &first;
        if (first)
            first->name.place = &object->name.next;
        first = object;
        out->id = object->id;
    }
    if (object)
        server_object_release(object);
    return status;
}

NTSTATUS serve_delete_namespace(struct server_client *client, struct gw_delete_namespace_in *in)
{
    struct server_object *object = server_handle_object(client, in->handle, GW_TYPE_DIRECTORY);
    if (!object)
        return STATUS_INVALID_HANDLE;
    if (!object->private)
        return STATUS_NOT_FOUND;
    server_private_leave(object);
    return STATUS_SUCCESS;
}
