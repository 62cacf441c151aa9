/*
 * Reparse points with tags that mean nothing here (those of filters and of programs' own): they are kept,
 * shown and given back, and whoever does not ask for the point itself cannot open it. The data is the
 * extended attribute user.gastwirt.reparse, the tag stands with the file's attributes. Links and junctions
 * are Unix links: fsctl.c.
 */
#include "io/attributes.h"
#include "io/device.h"
#include "io/fsctl.h"
#include "mm/guest.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ATTRIBUTE_NAME "user.gastwirt.reparse"

enum { LIMIT = 16384, GUID_HEADER = 24, MICROSOFT = 0x80000000 };

/* Other makers' tags have a GUID behind the header. */
static size_t header_size(ULONG tag)
{
    return tag & MICROSOFT ? REPARSE_DATA_BUFFER_HEADER_SIZE : GUID_HEADER;
}

static ssize_t read_data(const struct io_file *file, void *data)
{
    return getxattr(file->path, ATTRIBUTE_NAME, data, LIMIT);
}

/* Whether what is there already may be replaced or removed by who names this tag and GUID. */
static NTSTATUS compare(const struct io_file *file, const REPARSE_DATA_BUFFER *data)
{
    char *old = malloc(LIMIT);
    NTSTATUS status = STATUS_SUCCESS;
    if (!old)
        return STATUS_NO_MEMORY;
    ssize_t size = read_data(file, old);
    if (size < REPARSE_DATA_BUFFER_HEADER_SIZE)
        status = STATUS_NOT_A_REPARSE_POINT;
    else if (memcmp(old, data, sizeof data->ReparseTag) != 0)
        status = STATUS_IO_REPARSE_TAG_MISMATCH;
    else if (!(data->ReparseTag & MICROSOFT) && memcmp(old + 8, (const char *)data + 8, 16) != 0)
        status = STATUS_REPARSE_ATTRIBUTE_CONFLICT;
    free(old);
    return status;
}

NTSTATUS io_reparse_set(struct io_file *file, const REPARSE_DATA_BUFFER *data, size_t size)
{
    if (data->ReparseTag <= 2) /* reserved */
        return STATUS_IO_REPARSE_TAG_INVALID;
    size_t header = header_size(data->ReparseTag);
    if (size < header || size - header != data->ReparseDataLength)
        return STATUS_IO_REPARSE_DATA_INVALID;
    if (file->link_itself)
        return STATUS_IO_REPARSE_TAG_MISMATCH;
    NTSTATUS status = compare(file, data);
    if (!NT_SUCCESS(status) && status != STATUS_NOT_A_REPARSE_POINT)
        return status;
    if (file->kind == IO_DIRECTORY) {
        int fd = open(file->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        bool empty = fd < 0 || io_directory_is_empty(fd);
        if (fd >= 0)
            close(fd);
        if (!empty)
            return STATUS_DIRECTORY_NOT_EMPTY;
    }
    if (setxattr(file->path, ATTRIBUTE_NAME, data, size, 0) != 0)
        return errno == EOPNOTSUPP ? STATUS_INVALID_DEVICE_REQUEST : io_status_from_errno(errno);
    return io_set_reparse_tag(file->path, data->ReparseTag);
}

NTSTATUS io_reparse_get(struct io_file *file, struct io_request *request)
{
    char *data = malloc(LIMIT);
    NTSTATUS status = STATUS_NOT_A_REPARSE_POINT;
    ssize_t size = data && file->path ? read_data(file, data) : -1;
    if (size >= REPARSE_DATA_BUFFER_HEADER_SIZE) {
        const ULONG tag = ((const REPARSE_DATA_BUFFER *)data)->ReparseTag;
        status = STATUS_BUFFER_TOO_SMALL;
        if (request->length >= header_size(tag)) {
            request->information = request->length < (size_t)size ? request->length : (size_t)size;
            status = guest_copy(request->buffer, data, request->information);
            if (NT_SUCCESS(status) && request->length < (size_t)size)
                status = STATUS_BUFFER_OVERFLOW;
        }
    }
    free(data);
    return status;
}

NTSTATUS io_reparse_delete(struct io_file *file, struct io_request *request)
{
    struct {
        REPARSE_DATA_BUFFER header;
        char guid[16];
    } wanted = {0};
    size_t size = request->input_length < sizeof wanted ? request->input_length : sizeof wanted;
    if (size < REPARSE_DATA_BUFFER_HEADER_SIZE)
        return STATUS_IO_REPARSE_DATA_INVALID;
    NTSTATUS status = guest_copy(&wanted, request->input, size);
    if (NT_SUCCESS(status))
        status = size < header_size(wanted.header.ReparseTag) ? STATUS_IO_REPARSE_DATA_INVALID
                                                              : compare(file, &wanted.header);
    if (!NT_SUCCESS(status))
        return status;
    if (removexattr(file->path, ATTRIBUTE_NAME) != 0)
        return io_status_from_errno(errno);
    return io_set_reparse_tag(file->path, 0);
}
