/*
 * A client's table of references to objects.
 */
#include "server.h"
#include <stdlib.h>
#include <string.h>

enum { HANDLE_LIMIT = 1 << 20 };

struct server_object *server_handle_object(struct server_client *client, uint32_t handle, uint32_t type)
{
    struct server_object *object;
    if (handle & GW_BUILTIN)
        object = server_builtin(handle);
    else
        object = handle && handle < client->handle_room ? client->handles[handle].object : NULL;
    return object && (!type || object->type == type) ? object : NULL;
}

static bool grow(struct server_client *client)
{
    uint32_t room = client->handle_room ? client->handle_room * 2 : 16;
    if (room > HANDLE_LIMIT)
        return false;
    struct server_handle *handles = realloc(client->handles, room * sizeof *handles);
    if (!handles)
        return false;
    memset(handles + client->handle_room, 0, (room - client->handle_room) * sizeof *handles);
    /* In order, so that the first handles of a child are known to its parent. */
    for (uint32_t i = room - 1; i >= client->handle_room && i; i--) {
        handles[i].references = client->handle_free;
        client->handle_free = i;
    }
    client->handles = handles;
    client->handle_room = room;
    return true;
}

NTSTATUS server_handle_create(struct server_client *client, struct server_object *object,
                              uint32_t *ret_handle)
{
    if (!client->handle_free && !grow(client))
        return STATUS_INSUFFICIENT_RESOURCES;
    uint32_t handle = client->handle_free;
    client->handle_free = client->handles[handle].references;
    client->handles[handle] = (struct server_handle){object, 1};
    object->references++;
    object->holders++;
    *ret_handle = handle;
    return STATUS_SUCCESS;
}

/* died: what the client has of the object's state is taken from it. A client that lives gives that back
 * itself, and may have other handles to the object. */
static void drop(struct server_client *client, uint32_t handle, bool died)
{
    struct server_object *object = client->handles[handle].object;
    client->handles[handle] = (struct server_handle){NULL, client->handle_free};
    client->handle_free = handle;
    if (died && object->state)
        server_state_client_died(object, client->number);
    if (--object->holders == 0) {
        if (object->type == GW_TYPE_TIMER)
            server_timer_disarm(object);
        server_private_leave(object);
        server_job_closed(object);
        if (!object->name.directory) /* its way there was this handle */
            server_directory_left(object);
        else if (!object->name.permanent)
            server_name_leave(object);
    }
    server_object_release(object);
}

bool server_handle_release(struct server_client *client, uint32_t handle, uint32_t count)
{
    if (handle & GW_BUILTIN)
        return true;
    if (!server_handle_object(client, handle, 0) || !count || client->handles[handle].references < count)
        return false;
    client->handles[handle].references -= count;
    if (!client->handles[handle].references)
        drop(client, handle, false);
    return true;
}

void server_handles_destroy(struct server_client *client)
{
    for (uint32_t i = 1; i < client->handle_room; i++)
        if (client->handles[i].object)
            drop(client, i, true);
    free(client->handles);
    client->handles = NULL;
    client->handle_room = client->handle_free = 0;
}
