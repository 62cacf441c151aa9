/*
 * Accepting connections: accept makes a new handle, AcceptEx fills a socket that exists and may wait for
 * the first data.
 */
#include "io/socket.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WSAEFAULT = 10014, WSAEINVAL = 10022 };

struct accepting {
    struct socket_operation operation;
    int fd; /* accepted; -1: not yet */
    union host_address address, local;
    socklen_t length, local_length;
    /* AcceptEx */
    struct io_socket *target; /* its file referenced */
    uint8_t *buffer;          /* guest */
    uint8_t *data;
    uint32_t data_length, address_room[2];
    bool filled; /* the target has the connection */
};

static void free_accepting(struct socket_operation *operation)
{
    struct accepting *accepting = (struct accepting *)operation;
    if (accepting->fd >= 0)
        close(accepting->fd);
    if (accepting->target)
        ob_dereference(accepting->target->file);
    free(accepting->data);
    free(accepting);
}

static NTSTATUS take_connection(struct io_socket *socket, struct accepting *accepting)
{
    if (socket->closed)
        return STATUS_CANCELLED;
    if (!socket->listening)
        return STATUS_WINSOCK(WSAEINVAL);
    for (;;) {
        accepting->length = sizeof accepting->address;
        accepting->fd = accept4(socket->file->fd, &accepting->address.any, &accepting->length,
                                SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepting->fd >= 0)
            return STATUS_SUCCESS;
        if (errno == EAGAIN)
            return STATUS_PENDING;
        if (errno != EINTR && errno != ECONNABORTED) /* reset while it waited: as if it had not been */
            return io_socket_status_from_errno(errno);
    }
}

static NTSTATUS attempt_accept(struct socket_operation *operation)
{
    return take_connection(operation->socket, (struct accepting *)operation);
}

/* What finish makes of the connection: a handle for the caller. */
static NTSTATUS finish_accept(struct socket_operation *operation, NTSTATUS status)
{
    struct accepting *accepting = (struct accepting *)operation;
    struct io_socket *listener = operation->socket;
    struct afd_accept *given = (struct afd_accept *)(void *)accepting->data;
    if (status != STATUS_SUCCESS)
        return status;
    int fd = accepting->fd;
    accepting->fd = -1;
    struct io_file *file = io_socket_wrap(fd, listener->family, listener->type, listener->protocol,
                                          listener->file->options);
    if (!file)
        return STATUS_NO_MEMORY;
    struct io_socket *socket = socket_of(file);
    HANDLE handle;
    socket->bound = socket->connected = true;
    socket->connect_time = ke_monotonic();
    socket->peer = accepting->address;
    pthread_mutex_lock(&listener->lock);
    socket->nonblocking = listener->nonblocking;
    socket->receive_timeout = listener->receive_timeout;
    socket->send_timeout = listener->send_timeout;
    pthread_mutex_unlock(&listener->lock);
    status = ob_handle_create(file, file->access, given->no_inherit ? 0 : OBJ_INHERIT, &handle);
    if (NT_SUCCESS(status)) {
        struct afd_accepted accepted = {.handle = (uintptr_t)handle};
        accepted.address_length = (int32_t)socket_address_out(listener->family, &accepting->address,
                                                              accepting->length, accepted.address);
        status = guest_copy(accepting->buffer, &accepted, sizeof accepted);
        if (!NT_SUCCESS(status))
            ob_handle_close(handle);
        else
            socket_event_inherit(socket, listener);
        operation->information = sizeof accepted;
    }
    ob_dereference(file);
    return status;
}

NTSTATUS socket_accept(struct io_socket *socket, struct io_request *request)
{
    struct accepting *accepting = calloc(1, sizeof *accepting);
    struct afd_accept *given = malloc(sizeof *given);
    if (!accepting || !given || request->input_length < sizeof *given ||
        request->length < sizeof(struct afd_accepted) ||
        !NT_SUCCESS(guest_read(given, (struct afd_accept *)request->input))) {
        free(accepting);
        free(given);
        return STATUS_INVALID_PARAMETER;
    }
    accepting->operation = (struct socket_operation){.socket = socket,
                                                     .attempt = attempt_accept,
                                                     .finish = finish_accept,
                                                     .free = free_accepting,
                                                     .events = POLLIN};
    accepting->fd = -1;
    accepting->data = (uint8_t *)given;
    accepting->buffer = request->buffer;
    NTSTATUS status = socket_run(&accepting->operation, request, &socket->reads, false, 0);
    if (socket->event_mask)
        socket_event_enable(socket, AFD_FD_ACCEPT);
    return status;
}

/* ---- AcceptEx ---- */

/* Gives the connection to the socket that waits for it. */
static NTSTATUS fill_target(struct accepting *accepting)
{
    struct io_socket *target = accepting->target;
    accepting->local_length = sizeof accepting->local;
    getsockname(accepting->fd, &accepting->local.any, &accepting->local_length);
    pthread_mutex_lock(&target->lock);
    int fd = accepting->fd;
    accepting->fd = -1;
    NTSTATUS status = socket_replace(target, fd);
    if (NT_SUCCESS(status)) {
        target->bound = target->connected = true;
        target->connect_failed = target->shut_read = target->shut_write = target->aborted = false;
        target->connect_time = ke_monotonic();
        target->peer = accepting->address;
    }
    pthread_mutex_unlock(&target->lock);
    accepting->filled = NT_SUCCESS(status);
    return status;
}

static NTSTATUS attempt_accept_ex(struct socket_operation *operation)
{
    struct accepting *accepting = (struct accepting *)operation;
    NTSTATUS status = STATUS_SUCCESS;
    if (!accepting->filled) {
        status = take_connection(operation->socket, accepting);
        if (status == STATUS_SUCCESS)
            status = fill_target(accepting);
    }
    return status;
}

static NTSTATUS attempt_first_data(struct socket_operation *operation)
{
    struct accepting *accepting = (struct accepting *)operation;
    ssize_t n = recv(operation->socket->file->fd, accepting->data, accepting->data_length, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return operation->socket->closed ? STATUS_CANCELLED : STATUS_PENDING;
    if (n < 0)
        return io_socket_status_from_errno(errno);
    operation->information = (ULONG_PTR)n;
    return STATUS_SUCCESS;
}

/* With room for data the request goes on until there is some. */
static bool stage_data(struct socket_operation *operation)
{
    struct accepting *accepting = (struct accepting *)operation;
    if (!accepting->data_length || operation->socket == accepting->target)
        return false;
    operation->socket = accepting->target;
    operation->attempt = attempt_first_data;
    operation->events = POLLIN | POLLRDHUP;
    return true;
}

/* The layout that GetAcceptExSockaddrs reads: data, then each address behind its length. */
static NTSTATUS deliver(struct accepting *accepting, ULONG_PTR bytes)
{
    uint8_t *at = accepting->buffer + accepting->data_length;
    const union host_address *addresses[] = {&accepting->local, &accepting->address};
    const socklen_t lengths[] = {accepting->local_length, accepting->length};
    bool good = !bytes || io_poke(accepting->buffer, accepting->data, bytes);
    for (int i = 0; i < 2 && good; i++) {
        uint8_t out[AFD_ADDRESS_SIZE + 16] = {0};
        uint16_t size = (uint16_t)socket_address_out(accepting->target->family, addresses[i], lengths[i],
                                                     out + 2);
        uint32_t room = accepting->address_room[i];
        memcpy(out, &size, sizeof size);
        good = io_poke(at, out, room < sizeof out ? room : sizeof out);
        at += room;
    }
    return good ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

static NTSTATUS finish_accept_ex(struct socket_operation *operation, NTSTATUS status)
{
    struct accepting *accepting = (struct accepting *)operation;
    return status == STATUS_SUCCESS ? deliver(accepting, operation->information) : status;
}

NTSTATUS socket_accept_ex(struct io_socket *socket, struct io_request *request)
{
    struct afd_accept_ex given;
    struct io_socket *target;
    if (request->input_length < sizeof given ||
        !NT_SUCCESS(guest_read(&given, (struct afd_accept_ex *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    if (given.local_length < 16 || given.remote_length < 16 || given.data_length > 0x10000000)
        return STATUS_WINSOCK(WSAEINVAL);
    NTSTATUS status = io_socket_lookup((HANDLE)(uintptr_t)given.socket, &target);
    if (!NT_SUCCESS(status))
        return status;
    pthread_mutex_lock(&target->lock);
    bool free_target = !target->connected && !target->listening && !target->bound && !target->connecting;
    pthread_mutex_unlock(&target->lock);
    struct accepting *accepting = calloc(1, sizeof *accepting);
    if (!accepting || !free_target || target->family != socket->family) {
        free(accepting);
        ob_dereference(target->file);
        return accepting ? STATUS_WINSOCK(WSAEINVAL) : STATUS_NO_MEMORY;
    }
    accepting->operation = (struct socket_operation){.socket = socket,
                                                     .attempt = attempt_accept_ex,
                                                     .stage = stage_data,
                                                     .finish = finish_accept_ex,
                                                     .free = free_accepting,
                                                     .events = POLLIN};
    accepting->fd = -1;
    accepting->target = target;
    accepting->buffer = (uint8_t *)(uintptr_t)given.buffer;
    accepting->data_length = given.data_length;
    accepting->address_room[0] = given.local_length;
    accepting->address_room[1] = given.remote_length;
    if (given.data_length && !(accepting->data = malloc(given.data_length))) {
        free_accepting(&accepting->operation);
        return STATUS_NO_MEMORY;
    }
    return socket_run(&accepting->operation, request, &socket->reads, true, 0);
}
