/*
 * Naming sockets and connecting them: bind, listen, connect and ConnectEx, shutdown and DisconnectEx.
 */
#include "io/socket.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WSAEFAULT = 10014, WSAEINVAL = 10022, WSAEALREADY = 10037, WSAEADDRNOTAVAIL = 10049 };
enum { WIN_SD_RECEIVE, WIN_SD_SEND, WIN_SD_BOTH };
enum { TF_REUSE_SOCKET = 2 };

static bool is_tcp(const struct io_socket *socket)
{
    return socket->type == SOCK_STREAM && socket->family != WIN_AF_UNIX;
}

/* Windows refuses a name that a socket which has not been closed holds; connections that linger in the
 * kernel do not count. The host asks that of SO_REUSEADDR on both sides, and that would also let two sockets
 * have a name which neither listens on: it is set only while a name is asked for a second time, and from the
 * moment a socket listens or connects, for what lingers of it. */
static void let_successors_bind(const struct io_socket *socket, int on)
{
    if (is_tcp(socket))
        setsockopt(socket->file->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

static NTSTATUS bind_host(struct io_socket *socket, const union host_address *address, socklen_t length)
{
    int on = 1, fd = socket->file->fd;
    if (socket->reuse && !is_tcp(socket))
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (socket->reuse)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    int result = bind(fd, &address->any, length), error = errno;
    if (result != 0 && error == EADDRINUSE && is_tcp(socket) && !socket->exclusive) {
        let_successors_bind(socket, 1);
        result = bind(fd, &address->any, length);
        error = errno;
        let_successors_bind(socket, 0);
    }
    if (result == 0)
        return STATUS_SUCCESS;
    if (error == EINVAL || error == ENODEV)
        return STATUS_INVALID_ADDRESS_COMPONENT;
    /* Who wants to share is not told that the name is in use, but that its holder does not. */
    return io_socket_status_from_errno(error == EADDRINUSE && socket->reuse ? EACCES : error);
}

NTSTATUS socket_bind(struct io_socket *socket, struct io_request *request)
{
    union host_address address;
    socklen_t length;
    NTSTATUS status = socket_address_read(socket->family, request->input, request->input_length, &address,
                                          &length);
    if (!NT_SUCCESS(status))
        return status;
    pthread_mutex_lock(&socket->lock);
    if (socket->bound)
        status = STATUS_WINSOCK(WSAEINVAL);
    else {
        status = bind_host(socket, &address, length);
        socket->bound = NT_SUCCESS(status);
    }
    pthread_mutex_unlock(&socket->lock);
    return status;
}

NTSTATUS socket_bind_any(struct io_socket *socket)
{
    union host_address address = {0};
    address.any.sa_family = socket->family == WIN_AF_INET6 ? AF_INET6 : AF_INET;
    if (socket->family == WIN_AF_UNIX)
        return STATUS_SUCCESS;
    if (bind(socket->file->fd, &address.any,
             socket->family == WIN_AF_INET6 ? sizeof address.in6 : sizeof address.in) != 0)
        return io_socket_status_from_errno(errno);
    socket->bound = true;
    return STATUS_SUCCESS;
}

NTSTATUS socket_listen(struct io_socket *socket, struct io_request *request)
{
    int32_t backlog;
    NTSTATUS status = STATUS_SUCCESS;
    if (request->input_length < sizeof backlog ||
        !NT_SUCCESS(guest_read(&backlog, (int32_t *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    if (backlog < 0) /* SOMAXCONN_HINT(n) is -n */
        backlog = -backlog;
    pthread_mutex_lock(&socket->lock);
    let_successors_bind(socket, 1);
    if (socket->type != SOCK_STREAM)
        status = STATUS_WINSOCK(10045); /* WSAEOPNOTSUPP */
    else if (socket->connected)
        status = STATUS_CONNECTION_ACTIVE;
    else if (!socket->bound)
        status = STATUS_WINSOCK(WSAEINVAL);
    else if (listen(socket->file->fd, backlog < 1 ? 1 : backlog) != 0)
        status = io_socket_status_from_errno(errno);
    else
        socket->listening = true;
    pthread_mutex_unlock(&socket->lock);
    if (NT_SUCCESS(status))
        socket_changed(socket);
    return status;
}

/* ---- connecting ---- */

struct connecting {
    struct socket_operation operation;
    union host_address address;
    socklen_t length;
    bool started;
    uint8_t *data; /* ConnectEx: sent when connected */
    uint32_t size;
};

static void free_connecting(struct socket_operation *operation)
{
    free(((struct connecting *)operation)->data);
    free(operation);
}

static NTSTATUS start_connect(struct io_socket *socket, struct connecting *connecting)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    int fd = socket->file->fd;
    bool datagram = socket->type != SOCK_STREAM;
    if (socket->listening)
        return STATUS_WINSOCK(WSAEINVAL);
    if (socket->connected && !datagram)
        return STATUS_CONNECTION_ACTIVE;
    if (socket->connecting)
        return STATUS_WINSOCK(WSAEALREADY);
    if (datagram && socket->family != WIN_AF_UNIX && socket_address_is_any(&connecting->address) &&
        !socket_address_port(&connecting->address)) {
        (void)connect(fd, &none, sizeof none); /* takes the peer away */
        socket->connected = false;
        return STATUS_SUCCESS;
    }
    if (socket->family != WIN_AF_UNIX &&
        (socket_address_is_any(&connecting->address) || !socket_address_port(&connecting->address)))
        return STATUS_INVALID_ADDRESS_COMPONENT;
    socket->connect_failed = false;
    socket->connect_error = 0;
    socket->peer = connecting->address;
    if (socket->bound)
        let_successors_bind(socket, 1);
    while (connect(fd, &connecting->address.any, connecting->length) != 0) {
        if (errno == EINTR)
            continue;
        if (errno == EINPROGRESS) {
            socket->bound = socket->connecting = true;
            return STATUS_PENDING;
        }
        int error = errno == EAGAIN && socket->family == WIN_AF_UNIX ? ECONNREFUSED : errno;
        if (error == ECONNABORTED && !datagram) /* the end of a failed attempt before this one */
            continue;
        if (!datagram) {
            socket->connect_failed = true;
            socket->connect_error = error;
        }
        return error == EADDRNOTAVAIL && socket->bound ? STATUS_ADDRESS_ALREADY_EXISTS
                                                       : io_socket_status_from_errno(error);
    }
    socket->bound = socket->connected = true;
    socket->connect_time = ke_monotonic();
    return STATUS_SUCCESS;
}

static NTSTATUS attempt_connect(struct socket_operation *operation)
{
    struct connecting *connecting = (struct connecting *)operation;
    struct io_socket *socket = operation->socket;
    if (socket->closed)
        return STATUS_CANCELLED;
    if (!connecting->started) {
        connecting->started = true;
        NTSTATUS status = start_connect(socket, connecting);
        if (status != STATUS_SUCCESS)
            return status;
    } else {
        socket_settle(socket);
        if (socket->connecting)
            return STATUS_PENDING;
        if (socket->connect_failed)
            return io_socket_status_from_errno(socket->connect_error);
    }
    while (operation->information < connecting->size) {
        ssize_t n = send(socket->file->fd, connecting->data + operation->information,
                         connecting->size - operation->information, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return STATUS_PENDING;
        if (n < 0)
            return io_socket_status_from_errno(errno);
        operation->information += (ULONG_PTR)n;
    }
    return STATUS_SUCCESS;
}

/* A selected socket tells how its connection attempt ends by an event: from now on. */
static void watch_events(struct io_socket *socket)
{
    pthread_mutex_lock(&io_net_lock);
    socket->event_disabled &= ~(uint32_t)(AFD_FD_CONNECT | AFD_FD_CLOSE | AFD_FD_WRITE | AFD_FD_READ);
    pthread_mutex_unlock(&io_net_lock);
    socket_changed(socket);
}

NTSTATUS socket_connect(struct io_socket *socket, struct io_request *request)
{
    struct afd_connect given;
    if (request->input_length < sizeof given ||
        !NT_SUCCESS(guest_read(&given, (struct afd_connect *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    struct connecting *connecting = calloc(1, sizeof *connecting);
    if (!connecting)
        return STATUS_NO_MEMORY;
    connecting->operation = (struct socket_operation){
        .socket = socket, .attempt = attempt_connect, .free = free_connecting, .events = POLLOUT};
    NTSTATUS status = socket_address_read(socket->family, (void *)(uintptr_t)given.address,
                                          given.address_length < 0 ? 0 : (size_t)given.address_length,
                                          &connecting->address, &connecting->length);
    uint16_t family = 0;
    if (status == STATUS_WINSOCK(10047) && socket->type != SOCK_STREAM && socket->family != WIN_AF_UNIX &&
        NT_SUCCESS(guest_read(&family, (uint16_t *)(uintptr_t)given.address)) && !family) {
        connecting->address.any.sa_family = socket->family == WIN_AF_INET6 ? AF_INET6 : AF_INET;
        status = STATUS_SUCCESS; /* AF_UNSPEC: no peer any more */
    }
    if (NT_SUCCESS(status) && given.overlapped && !socket->bound)
        status = STATUS_WINSOCK(WSAEINVAL);
    if (NT_SUCCESS(status) && given.data && given.data_length) {
        connecting->size = given.data_length;
        connecting->data = malloc(given.data_length);
        if (!connecting->data)
            status = STATUS_NO_MEMORY;
        else if (!NT_SUCCESS(guest_copy(connecting->data, (void *)(uintptr_t)given.data, given.data_length)))
            status = STATUS_WINSOCK(WSAEFAULT);
    }
    if (!NT_SUCCESS(status)) {
        free_connecting(&connecting->operation);
        return status;
    }
    status = socket_run(&connecting->operation, request, &socket->writes, given.overlapped, 0);
    watch_events(socket);
    return status;
}

/* ---- ending connections ---- */

NTSTATUS socket_shutdown(struct io_socket *socket, struct io_request *request)
{
    int32_t how;
    NTSTATUS status = STATUS_SUCCESS;
    if (request->input_length < sizeof how || !NT_SUCCESS(guest_read(&how, (int32_t *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    if (how < WIN_SD_RECEIVE || how > WIN_SD_BOTH)
        return STATUS_WINSOCK(WSAEINVAL);
    pthread_mutex_lock(&socket->lock);
    socket_settle(socket);
    if (socket->type == SOCK_STREAM && !socket->connected)
        status = STATUS_INVALID_CONNECTION;
    else {
        if (how != WIN_SD_RECEIVE && !socket->shut_write) {
            if (socket->type == SOCK_STREAM && shutdown(socket->file->fd, SHUT_WR) != 0 &&
                errno == ENOTCONN && !socket->aborted)
                socket->aborted = true;
            socket->shut_write = true;
        }
        if (how != WIN_SD_SEND)
            socket->shut_read = true;
    }
    pthread_mutex_unlock(&socket->lock);
    if (NT_SUCCESS(status))
        socket_changed(socket);
    return status;
}

static NTSTATUS attempt_disconnect(struct socket_operation *operation)
{
    struct io_socket *socket = operation->socket;
    char data[4096];
    if (socket->closed)
        return STATUS_CANCELLED;
    for (;;) { /* until the peer has ended its side as well */
        ssize_t n = recv(socket->file->fd, data, sizeof data, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return STATUS_PENDING;
        if (n <= 0)
            break;
    }
    int fd;
    NTSTATUS status = io_socket_host(socket->family, socket->type, socket->protocol, &fd);
    if (NT_SUCCESS(status))
        status = socket_replace(socket, fd);
    if (NT_SUCCESS(status)) {
        socket->connected = socket->bound = socket->aborted = false;
        socket->shut_read = socket->shut_write = false;
        socket->error = 0;
    }
    return status;
}

static void free_plain(struct socket_operation *operation)
{
    free(operation);
}

NTSTATUS socket_disconnect(struct io_socket *socket, struct io_request *request)
{
    uint32_t flags;
    NTSTATUS status = STATUS_SUCCESS;
    if (request->input_length < sizeof flags || !NT_SUCCESS(guest_read(&flags, (uint32_t *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    if (flags & ~(uint32_t)TF_REUSE_SOCKET)
        return STATUS_WINSOCK(WSAEINVAL);
    pthread_mutex_lock(&socket->lock);
    socket_settle(socket);
    if (socket->type != SOCK_STREAM || !socket->connected)
        status = STATUS_INVALID_CONNECTION;
    else {
        shutdown(socket->file->fd, SHUT_WR);
        socket->shut_write = true;
    }
    pthread_mutex_unlock(&socket->lock);
    if (!NT_SUCCESS(status) || !(flags & TF_REUSE_SOCKET))
        return status;
    struct socket_operation *operation = calloc(1, sizeof *operation);
    if (!operation)
        return STATUS_NO_MEMORY;
    *operation = (struct socket_operation){
        .socket = socket, .attempt = attempt_disconnect, .free = free_plain, .events = POLLIN | POLLRDHUP};
    return socket_run(operation, request, &socket->reads, true, 0);
}
