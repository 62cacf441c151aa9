/*
 * Reading and writing files on disk and NUL. We keep the position; data moves with pread and
 * pwrite straight from and to guest memory.
 */
#include "io/device.h"
#include "io/fsctl.h"
#include "io/share.h"
#include "mm/guest.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* The kernel met a page that only a fault handler can provide: through a buffer of our own. */
static ssize_t bounce(struct io_file *file, struct io_request *request, int64_t offset, bool write)
{
    enum { CHUNK = 65536 };
    char *buffer = malloc(CHUNK);
    ssize_t total = 0, n = 0;
    if (!buffer)
        return errno = ENOMEM, -1;
    while ((size_t)total < request->length) {
        size_t step = request->length - (size_t)total < CHUNK ? request->length - (size_t)total : CHUNK;
        char *guest = (char *)request->buffer + total;
        if (write) {
            if (!NT_SUCCESS(guest_copy(buffer, guest, step))) {
                errno = EFAULT, n = -1;
                break;
            }
            struct iovec part = {buffer, step};
            n = offset < 0 ? pwritev2(file->fd, &part, 1, -1, RWF_APPEND)
                           : pwrite(file->fd, buffer, step, offset + total);
        } else {
            n = pread(file->fd, buffer, step, offset + total);
            if (n > 0 && !NT_SUCCESS(guest_copy(guest, buffer, (size_t)n))) {
                errno = EFAULT, n = -1;
                break;
            }
        }
        if (n <= 0)
            break;
        total += n;
        if ((size_t)n < step)
            break;
    }
    free(buffer);
    return n < 0 && total == 0 ? -1 : n < 0 && errno == EFAULT ? -1 : total;
}

static NTSTATUS start_offset(struct io_file *file, struct io_request *request)
{
    if (request->offset >= 0)
        return STATUS_SUCCESS;
    if (!request->synchronous)
        return STATUS_INVALID_PARAMETER;
    request->offset = file->kernel_position ? lseek(file->fd, 0, SEEK_CUR) : file->position;
    return request->offset >= 0 ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_REQUEST;
}

static void end_offset(struct io_file *file, struct io_request *request, ssize_t moved)
{
    if (!request->synchronous)
        return;
    file->position = request->offset + moved;
    if (file->kernel_position)
        lseek(file->fd, file->position, SEEK_SET);
}

static NTSTATUS disk_read(struct io_file *file, struct io_request *request)
{
    NTSTATUS status;
    ssize_t n = 0;
    if (file->kind == IO_DIRECTORY || file->fd < 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (request->synchronous)
        pthread_mutex_lock(&file->lock);
    status = start_offset(file, request);
    if (NT_SUCCESS(status) && !io_lock_allows(file, (uint64_t)request->offset, request->length, false))
        status = STATUS_FILE_LOCK_CONFLICT;
    if (NT_SUCCESS(status) && request->length) {
        n = pread(file->fd, request->buffer, request->length, request->offset);
        if (n < 0 && errno != EFAULT)
            status = io_status_from_errno(errno);
        else if (n == 0)
            status = STATUS_END_OF_FILE;
    }
    if (n < 0 && errno == EFAULT) {
        /* Copying may fault: not under the lock. */
        int64_t offset = request->offset;
        if (request->synchronous)
            pthread_mutex_unlock(&file->lock);
        n = bounce(file, request, offset, false);
        status = n < 0 ? io_status_from_errno(errno) : n == 0 ? STATUS_END_OF_FILE : STATUS_SUCCESS;
        if (request->synchronous)
            pthread_mutex_lock(&file->lock);
    }
    if (NT_SUCCESS(status))
        end_offset(file, request, n);
    if (request->synchronous)
        pthread_mutex_unlock(&file->lock);
    request->information = n > 0 ? (ULONG_PTR)n : 0;
    return status;
}

static NTSTATUS disk_write(struct io_file *file, struct io_request *request)
{
    NTSTATUS status = STATUS_SUCCESS;
    ssize_t n = 0;
    bool at_end = request->offset == IO_OFFSET_END || file->append_only;
    if (file->kind == IO_DIRECTORY || file->fd < 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (request->synchronous)
        pthread_mutex_lock(&file->lock);
    if (at_end) {
        int64_t end = lseek(file->fd, 0, SEEK_END); /* our reads and writes do not use this position */
        request->offset = end < 0 ? 0 : end;
    } else {
        status = start_offset(file, request);
    }
    if (NT_SUCCESS(status) && !io_lock_allows(file, (uint64_t)request->offset, request->length, true))
        status = STATUS_FILE_LOCK_CONFLICT;
    if (NT_SUCCESS(status) && request->length) {
        struct iovec part = {request->buffer, request->length};
        if (at_end)
            n = pwritev2(file->fd, &part, 1, -1, RWF_APPEND);
        else
            n = pwrite(file->fd, request->buffer, request->length, request->offset);
        if (n < 0 && errno != EFAULT)
            status = io_status_from_errno(errno);
        else if (n >= 0 && (size_t)n < request->length) {
            ssize_t more;
            while ((size_t)n < request->length &&
                   (more = pwrite(file->fd, (char *)request->buffer + n, request->length - (size_t)n,
                                  request->offset + n)) > 0)
                n += more;
            if ((size_t)n < request->length && more < 0 && errno == ENOSPC)
                status = STATUS_DISK_FULL;
        }
    }
    if (n < 0 && errno == EFAULT) {
        int64_t offset = request->offset;
        if (request->synchronous)
            pthread_mutex_unlock(&file->lock);
        n = bounce(file, request, at_end ? -1 : offset, true);
        status = n < 0 ? io_status_from_errno(errno) : STATUS_SUCCESS;
        if (request->synchronous)
            pthread_mutex_lock(&file->lock);
    }
    if (NT_SUCCESS(status)) {
        if (at_end && n > 0 && request->synchronous) {
            int64_t end = lseek(file->fd, 0, SEEK_CUR);
            if (end >= n)
                request->offset = end - n;
        }
        end_offset(file, request, n);
    }
    if (request->synchronous)
        pthread_mutex_unlock(&file->lock);
    request->information = n > 0 ? (ULONG_PTR)n : 0;
    return status;
}

const struct io_operations io_disk_operations = {
    .read = disk_read, .write = disk_write, .control = io_disk_control};

static NTSTATUS null_read(struct io_file *file, struct io_request *request)
{
    (void)file, (void)request;
    return STATUS_END_OF_FILE;
}

static NTSTATUS null_write(struct io_file *file, struct io_request *request)
{
    (void)file;
    request->information = request->length;
    return STATUS_SUCCESS;
}

const struct io_operations io_null_operations = {.read = null_read, .write = null_write};
