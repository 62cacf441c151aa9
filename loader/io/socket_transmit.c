/*
 * TransmitFile: a head, a part of a file, a tail, without the data coming by here.
 */
#include "io/socket.h"
#include "mm/guest.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TF_DISCONNECT = 1, TF_REUSE_SOCKET = 2 };

struct transmission {
    struct socket_operation operation;
    uint8_t *ends; /* head and tail */
    size_t head, tail, sent_ends;
    struct io_file *file; /* referenced, or NULL */
    int fd;               /* of the file; -1: none */
    off_t offset;
    uint64_t left; /* of the file */
    uint32_t flags;
    bool own_position; /* the file's own position moves */
};

static void free_transmission(struct socket_operation *operation)
{
    struct transmission *transmission = (struct transmission *)operation;
    if (transmission->file)
        ob_dereference(transmission->file);
    free(transmission->ends);
    free(transmission);
}

static NTSTATUS attempt_transmit(struct socket_operation *operation)
{
    struct transmission *transmission = (struct transmission *)operation;
    struct io_socket *socket = operation->socket;
    int fd = socket->file->fd;
    if (socket->closed)
        return STATUS_CANCELLED;
    if (!socket->connected)
        return STATUS_INVALID_CONNECTION;
    if (socket->shut_write)
        return STATUS_PIPE_DISCONNECTED;
    for (;;) {
        ssize_t n;
        if (transmission->sent_ends < transmission->head)
            n = send(fd, transmission->ends + transmission->sent_ends,
                     transmission->head - transmission->sent_ends,
                     MSG_DONTWAIT | MSG_NOSIGNAL | (transmission->left ? MSG_MORE : 0));
        else if (transmission->left) {
            uint64_t step = transmission->left < 0x40000000 ? transmission->left : 0x40000000;
            n = sendfile(fd, transmission->fd, &transmission->offset, (size_t)step);
            if (n == 0)
                transmission->left = 0; /* the file is shorter than it was */
        } else if (transmission->sent_ends < transmission->head + transmission->tail)
            n = send(fd, transmission->ends + transmission->sent_ends,
                     transmission->head + transmission->tail - transmission->sent_ends,
                     MSG_DONTWAIT | MSG_NOSIGNAL);
        else
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return STATUS_PENDING;
        if (n < 0) {
            if (errno == EPIPE || errno == ECONNRESET)
                socket->aborted = true;
            return errno == EPIPE ? STATUS_CONNECTION_RESET : io_socket_status_from_errno(errno);
        }
        if (transmission->sent_ends >= transmission->head && transmission->left)
            transmission->left -= (uint64_t)n;
        else
            transmission->sent_ends += (size_t)n;
        operation->information += (ULONG_PTR)n;
    }
    if (transmission->flags & TF_DISCONNECT) {
        shutdown(fd, SHUT_WR);
        socket->shut_write = true;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS finish_transmit(struct socket_operation *operation, NTSTATUS status)
{
    struct transmission *transmission = (struct transmission *)operation;
    if (transmission->file && transmission->own_position) {
        pthread_mutex_lock(&transmission->file->lock);
        transmission->file->position = transmission->offset;
        if (transmission->file->kernel_position)
            lseek(transmission->fd, transmission->offset, SEEK_SET);
        pthread_mutex_unlock(&transmission->file->lock);
    }
    return status;
}

static NTSTATUS open_source(struct transmission *transmission, const struct afd_transmit *given)
{
    struct stat stat;
    NTSTATUS status = ob_handle_lookup((HANDLE)(uintptr_t)given->file, &io_file_type, FILE_READ_DATA,
                                       (void **)&transmission->file);
    if (!NT_SUCCESS(status))
        return status;
    struct io_file *file = transmission->file;
    if (file->kind != IO_DISK || file->fd < 0 || fstat(file->fd, &stat) != 0)
        return STATUS_INVALID_PARAMETER;
    transmission->fd = file->fd;
    transmission->own_position = !given->use_offset;
    pthread_mutex_lock(&file->lock);
    transmission->offset = given->use_offset       ? (off_t)given->offset
                           : file->kernel_position ? lseek(file->fd, 0, SEEK_CUR)
                                                   : (off_t)file->position;
    pthread_mutex_unlock(&file->lock);
    transmission->left = stat.st_size > transmission->offset ? (uint64_t)(stat.st_size - transmission->offset)
                                                             : 0;
    if (given->length && given->length < transmission->left)
        transmission->left = given->length;
    return STATUS_SUCCESS;
}

NTSTATUS socket_transmit(struct io_socket *socket, struct io_request *request)
{
    struct afd_transmit given;
    NTSTATUS status = STATUS_SUCCESS;
    if (request->input_length < sizeof given ||
        !NT_SUCCESS(guest_read(&given, (struct afd_transmit *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    struct transmission *transmission = calloc(1, sizeof *transmission);
    if (!transmission)
        return STATUS_NO_MEMORY;
    transmission->operation = (struct socket_operation){.socket = socket,
                                                        .attempt = attempt_transmit,
                                                        .finish = finish_transmit,
                                                        .free = free_transmission,
                                                        .events = POLLOUT};
    transmission->fd = -1;
    transmission->flags = given.flags;
    transmission->head = given.head ? given.head_length : 0;
    transmission->tail = given.tail ? given.tail_length : 0;
    size_t ends = transmission->head + transmission->tail;
    if (ends && !(transmission->ends = malloc(ends)))
        status = STATUS_NO_MEMORY;
    if (NT_SUCCESS(status) && transmission->head)
        status = guest_copy(transmission->ends, (void *)(uintptr_t)given.head, transmission->head);
    if (NT_SUCCESS(status) && transmission->tail)
        status = guest_copy(transmission->ends + transmission->head, (void *)(uintptr_t)given.tail,
                            transmission->tail);
    if (NT_SUCCESS(status) && given.file)
        status = open_source(transmission, &given);
    if (!NT_SUCCESS(status)) {
        free_transmission(&transmission->operation);
        return status;
    }
    return socket_run(&transmission->operation, request, &socket->writes, given.overlapped, 0);
}
