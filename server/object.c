/*
 * Objects: creation and end, their data.
 */
#include "server.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct server_object *server_object_create(uint32_t type)
{
    static uint64_t last_id = 0x100;
    struct server_object *object = calloc(1, sizeof *object);
    if (object) {
        object->type = type;
        object->references = 1;
        object->id = ++last_id;
        object->memory = -1;
        object->entries_end = &object->entries;
        object->generation = 1;
    }
    return object;
}

void server_object_release(struct server_object *object)
{
    if (--object->references)
        return;
    if (object->type == GW_TYPE_TIMER)
        server_timer_disarm(object);
    server_job_destroy(object);
    server_state_destroy(object);
    if (object->memory >= 0)
        close(object->memory);
    free(object->data);
    free(object->security);
    free(object);
}

NTSTATUS server_object_set_data(struct server_object *object, const void *data, uint32_t size)
{
    void *copy = NULL;
    if (size > GW_DATA_LIMIT && object->type != GW_TYPE_SYMBOLIC_LINK)
        return STATUS_INVALID_PARAMETER;
    if (size) {
        copy = malloc(size);
        if (!copy)
            return STATUS_NO_MEMORY;
        memcpy(copy, data, size);
    }
    free(object->data);
    object->data = copy;
    object->data_size = size;
    return STATUS_SUCCESS;
}
