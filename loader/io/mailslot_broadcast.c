/*
 * "\\*\mailslot\name": messages to the mailslot of that name on every computer of the domain. This computer
 * is the only one that is reached; as in a network nobody tells whether there is such a slot.
 */
#include "io/device.h"
#include "mm/guest.h"
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 424, NAME_LIMIT = 256 }; /* of a message that goes out as one datagram; units */

struct broadcast {
    size_t length;
    WCHAR name[NAME_LIMIT];
};

static NTSTATUS broadcast_write(struct io_file *file, struct io_request *request)
{
    const struct broadcast *broadcast = file->device;
    struct io_file *slot;
    if (request->length > LONGEST)
        return STATUS_BAD_NETWORK_PATH;
    NTSTATUS status = io_mailslot_open(broadcast->name, broadcast->length, FILE_WRITE_DATA | SYNCHRONIZE, 0,
                                       &slot);
    if (NT_SUCCESS(status)) {
        struct io_request one = *request;
        one.file = slot;
        status = slot->operations->write(slot, &one);
        ob_dereference(slot);
    }
    if (status == STATUS_ACCESS_VIOLATION)
        return status;
    request->information = request->length;
    return STATUS_SUCCESS;
}

static void broadcast_destroy(struct io_file *file)
{
    free(file->device);
}

static const struct io_operations operations = {.write = broadcast_write, .destroy = broadcast_destroy};

NTSTATUS io_mailslot_open_broadcast(const WCHAR *name, size_t length, ACCESS_MASK access, ULONG options,
                                    struct io_file **ret_file)
{
    struct broadcast *broadcast = calloc(1, sizeof *broadcast);
    if (!length || length > NAME_LIMIT || access & FILE_READ_DATA) {
        free(broadcast);
        return access & FILE_READ_DATA ? STATUS_ACCESS_DENIED : STATUS_OBJECT_NAME_INVALID;
    }
    *ret_file = broadcast ? io_file_create(IO_DEVICE, &operations, -1, access, options) : NULL;
    if (!*ret_file) {
        free(broadcast);
        return STATUS_NO_MEMORY;
    }
    memcpy(broadcast->name, name, length * sizeof *name);
    broadcast->length = length;
    (*ret_file)->device = broadcast;
    return STATUS_SUCCESS;
}
