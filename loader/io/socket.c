/*
 * Sockets as objects: creation, descriptors that come from a parent, closing; which function serves
 * which control code.
 */
#include "io/socket.h"
#include "ke/lock.h"
#include "mm/guest.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WSAENOTSOCK = 10038, WSAEPROTONOSUPPORT = 10043, WSAESOCKTNOSUPPORT = 10044, WSAEAFNOSUPPORT = 10047 };
enum { STATE_NONBLOCKING = 1, STATE_CONNECT_FAILED = 2, STATE_EXCLUSIVE = 4, STATE_REUSE = 8 };
enum { SOCKET_ACCESS = FILE_GENERIC_READ | FILE_GENERIC_WRITE };

static struct io_socket *all_sockets; /* guarded by io_net_lock */

static void cleanup(struct io_file *file)
{
    struct io_socket *socket = socket_of(file);
    pthread_mutex_lock(&io_net_lock);
    pthread_mutex_lock(&socket->lock);
    socket->closed = true;
    pthread_mutex_unlock(&socket->lock);
    socket_wake_sleepers(socket);
    pthread_mutex_unlock(&io_net_lock);
    socket_event_close(socket);
    socket_poll_closed(socket);
    socket_changed(socket);
}

static void destroy(struct io_file *file)
{
    struct io_socket *socket = socket_of(file);
    if (!socket)
        return;
    socket_disarm(socket);
    socket_watch_free(socket);
    pthread_mutex_lock(&io_net_lock);
    *socket->previous = socket->next;
    if (socket->next)
        socket->next->previous = socket->previous;
    pthread_mutex_unlock(&io_net_lock);
    pthread_mutex_destroy(&socket->lock);
    free(socket);
    file->device = NULL;
}

struct io_file *io_socket_wrap(int fd, int family, int type, int protocol, ULONG options)
{
    struct io_socket *socket = calloc(1, sizeof *socket);
    struct io_file *file = socket
                               ? io_file_create(IO_SOCKET, &io_socket_operations, fd, SOCKET_ACCESS, options)
                               : NULL;
    if (!file) {
        free(socket);
        close(fd);
        return NULL;
    }
    file->device = socket;
    pthread_mutex_init(&socket->lock, NULL);
    socket->file = file;
    socket->family = family;
    socket->type = type;
    socket->protocol = protocol;
    socket->reads.last = &socket->reads.first;
    socket->writes.last = &socket->writes.first;
    pthread_mutex_lock(&io_net_lock);
    socket->next = all_sockets;
    socket->previous = &all_sockets;
    if (socket->next)
        socket->next->previous = &socket->next;
    all_sockets = socket;
    pthread_mutex_unlock(&io_net_lock);
    return file;
}

static int host_option(int fd, int level, int name)
{
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(fd, level, name, &value, &length) == 0 ? value : -1;
}

struct io_file *io_socket_import(int fd, ULONG options, uint64_t state)
{
    int family = host_option(fd, SOL_SOCKET, SO_DOMAIN), type = host_option(fd, SOL_SOCKET, SO_TYPE);
    union host_address address;
    socklen_t length = sizeof address;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    struct io_file *file = io_socket_wrap(fd, family == AF_INET6 ? WIN_AF_INET6 : family, type,
                                          host_option(fd, SOL_SOCKET, SO_PROTOCOL), options);
    if (!file)
        return NULL;
    struct io_socket *socket = socket_of(file);
    socket->listening = host_option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 1;
    socket->connected = getpeername(fd, &address.any, &length) == 0;
    length = sizeof address;
    socket->bound = socket->connected || socket->listening ||
                    (getsockname(fd, &address.any, &length) == 0 &&
                     (family == AF_UNIX ? length > sizeof address.un.sun_family
                                        : socket_address_port(&address) != 0));
    socket->nonblocking = (state & STATE_NONBLOCKING) != 0;
    socket->connect_failed = (state & STATE_CONNECT_FAILED) != 0;
    socket->exclusive = (state & STATE_EXCLUSIVE) != 0;
    socket->reuse = (state & STATE_REUSE) != 0;
    return file;
}

uint64_t io_socket_state(struct io_file *file)
{
    struct io_socket *socket = socket_of(file);
    pthread_mutex_lock(&socket->lock);
    uint64_t state = (socket->nonblocking ? STATE_NONBLOCKING : 0u) |
                     (socket->connect_failed ? STATE_CONNECT_FAILED : 0u) |
                     (socket->exclusive ? STATE_EXCLUSIVE : 0u) | (socket->reuse ? STATE_REUSE : 0u);
    pthread_mutex_unlock(&socket->lock);
    return state;
}

NTSTATUS io_socket_host(int family, int type, int protocol, int *ret_fd)
{
    int on = 1;
    int host_family = family == WIN_AF_INET    ? AF_INET
                      : family == WIN_AF_INET6 ? AF_INET6
                      : family == WIN_AF_UNIX  ? AF_UNIX
                                               : -1;
    if (host_family < 0)
        return STATUS_WINSOCK(WSAEAFNOSUPPORT);
    int fd = socket(host_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (fd < 0)
        return errno == EPROTONOSUPPORT                          ? STATUS_WINSOCK(WSAEPROTONOSUPPORT)
               : errno == ESOCKTNOSUPPORT || errno == EPROTOTYPE ? STATUS_WINSOCK(WSAESOCKTNOSUPPORT)
               : errno == EAFNOSUPPORT                           ? STATUS_WINSOCK(WSAEAFNOSUPPORT)
                                                                 : io_socket_status_from_errno(errno);
    if (family == WIN_AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (type == SOCK_DGRAM && family != WIN_AF_UNIX) {
        /* Windows tells datagram sockets that are not connected of unreachable ports, too. */
        setsockopt(fd, family == WIN_AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
                   family == WIN_AF_INET ? IP_RECVERR : IPV6_RECVERR, &on, sizeof on);
        setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &(int){0}, sizeof on);
    }
    *ret_fd = fd;
    return STATUS_SUCCESS;
}

NTSTATUS socket_replace(struct io_socket *socket, int fd)
{
    socket_disarm(socket);
    int result = dup3(fd, socket->file->fd, O_CLOEXEC);
    int error = errno;
    close(fd);
    return result < 0 ? io_socket_status_from_errno(error) : STATUS_SUCCESS;
}

NTSTATUS io_socket_lookup(HANDLE handle, struct io_socket **ret_socket)
{
    struct io_file *file;
    NTSTATUS status = ob_handle_lookup(handle, &io_file_type, 0, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    if (file->kind != IO_SOCKET) {
        ob_dereference(file);
        return STATUS_INVALID_HANDLE;
    }
    *ret_socket = socket_of(file);
    return STATUS_SUCCESS;
}

NTSTATUS GwSocket(HANDLE *Handle, ULONG Family, ULONG Type, ULONG Protocol, ULONG Options, ULONG Attributes)
{
    int fd;
    HANDLE handle;
    NTSTATUS status = io_socket_host((int)Family, (int)Type, (int)Protocol, &fd);
    if (!NT_SUCCESS(status))
        return status;
    struct io_file *file = io_socket_wrap(fd, (int)Family, (int)Type, (int)Protocol,
                                          Options & FILE_SYNCHRONOUS);
    if (!file)
        return STATUS_NO_MEMORY;
    status = ob_handle_create(file, SOCKET_ACCESS, Attributes & OBJ_INHERIT, &handle);
    ob_dereference(file);
    if (!NT_SUCCESS(status))
        return status;
    status = guest_write(Handle, handle);
    if (!NT_SUCCESS(status))
        ob_handle_close(handle);
    return status;
}

/* ---- small control codes ---- */

static NTSTATUS get_name(struct io_socket *socket, struct io_request *request)
{
    enum { WSAEFAULT = 10014 };
    uint32_t peer;
    uint8_t out[AFD_ADDRESS_SIZE];
    union host_address address = {0};
    socklen_t length = sizeof address;
    if (request->input_length < sizeof peer || !NT_SUCCESS(guest_read(&peer, (uint32_t *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    pthread_mutex_lock(&socket->lock);
    socket_settle(socket);
    int error = 0;
    if (peer ? !socket->connected : !socket->bound)
        error = peer ? ENOTCONN : EINVAL;
    else if ((peer ? getpeername(socket->file->fd, &address.any, &length)
                   : getsockname(socket->file->fd, &address.any, &length)) != 0)
        error = errno;
    if (error && peer && socket->connected && error == ENOTCONN && socket->peer.any.sa_family) {
        address = socket->peer; /* the connection was reset, its name stays */
        length = sizeof address;
        error = 0;
    }
    pthread_mutex_unlock(&socket->lock);
    if (error)
        return io_socket_status_from_errno(error);
    size_t size = socket_address_out(socket->family, &address, length, out);
    if (request->length < size)
        return STATUS_WINSOCK(WSAEFAULT);
    request->information = size;
    return guest_copy(request->buffer, out, size);
}

static NTSTATUS query(struct io_socket *socket, struct io_request *request)
{
    struct afd_information info = {0};
    int available = 0, mark = 1;
    pthread_mutex_lock(&socket->lock);
    socket_settle(socket);
    info.family = socket->family;
    info.type = socket->type;
    info.protocol = socket->protocol;
    info.nonblocking = socket->nonblocking;
    if (!socket->listening && ioctl(socket->file->fd, FIONREAD, &available) == 0)
        info.available = (uint32_t)available;
    if (socket->type == SOCK_STREAM && socket->connected)
        mark = sockatmark(socket->file->fd) == 1;
    info.at_mark = (uint32_t)mark;
    info.bound = socket->bound;
    info.connected = socket->connected;
    info.listening = socket->listening;
    info.overlapped = !(socket->file->options & FILE_SYNCHRONOUS);
    pthread_mutex_unlock(&socket->lock);
    if (request->length < sizeof info)
        return STATUS_BUFFER_TOO_SMALL;
    request->information = sizeof info;
    return guest_copy(request->buffer, &info, sizeof info);
}

static NTSTATUS read_word(struct io_request *request, uint32_t *ret)
{
    if (request->input_length < sizeof *ret)
        return STATUS_INVALID_PARAMETER;
    return guest_read(ret, (uint32_t *)request->input);
}

static NTSTATUS set_mode(struct io_socket *socket, struct io_request *request)
{
    uint32_t value;
    NTSTATUS status = read_word(request, &value);
    if (!NT_SUCCESS(status))
        return status;
    pthread_mutex_lock(&io_net_lock);
    bool selected = socket->event_mask != 0;
    pthread_mutex_unlock(&io_net_lock);
    if (!value && selected)
        return STATUS_INVALID_PARAMETER;
    pthread_mutex_lock(&socket->lock);
    socket->nonblocking = value != 0;
    pthread_mutex_unlock(&socket->lock);
    return STATUS_SUCCESS;
}

static NTSTATUS set_connection_reset(struct io_socket *socket, struct io_request *request)
{
    uint32_t value;
    NTSTATUS status = read_word(request, &value);
    if (!NT_SUCCESS(status))
        return status;
    if (socket->type != SOCK_DGRAM)
        return STATUS_INVALID_PARAMETER;
    pthread_mutex_lock(&socket->lock);
    socket->ignore_unreachable = !value;
    pthread_mutex_unlock(&socket->lock);
    return STATUS_SUCCESS;
}

/* Which local address packets to a destination leave from: asks the routing table by connecting a
 * datagram socket, which sends nothing. */
static NTSTATUS route(struct io_socket *target, struct io_request *request)
{
    union host_address address;
    socklen_t length;
    uint8_t out[AFD_ADDRESS_SIZE];
    NTSTATUS status = socket_address_read(target->family, request->input, request->input_length, &address,
                                          &length);
    if (!NT_SUCCESS(status))
        return status;
    int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return io_socket_status_from_errno(errno);
    if (address.any.sa_family == AF_INET && !address.in.sin_port)
        address.in.sin_port = htons(9);
    if (address.any.sa_family == AF_INET6 && !address.in6.sin6_port)
        address.in6.sin6_port = htons(9);
    if (connect(fd, &address.any, length) != 0 ||
        (length = sizeof address, getsockname(fd, &address.any, &length) != 0))
        status = io_socket_status_from_errno(errno);
    close(fd);
    if (!NT_SUCCESS(status))
        return status;
    if (address.any.sa_family == AF_INET)
        address.in.sin_port = 0;
    else
        address.in6.sin6_port = 0;
    size_t size = socket_address_out(target->family, &address, length, out);
    request->information = size;
    if (request->length < size)
        return STATUS_BUFFER_TOO_SMALL;
    return guest_copy(request->buffer, out, size);
}

/* SO_UPDATE_ACCEPT_CONTEXT: the accepted socket takes over its listener's mode. */
static NTSTATUS accept_context(struct io_socket *socket, struct io_request *request)
{
    uint64_t handle;
    struct io_socket *listener;
    if (request->input_length < sizeof handle || !NT_SUCCESS(guest_read(&handle, (uint64_t *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = io_socket_lookup((HANDLE)(uintptr_t)handle, &listener);
    if (!NT_SUCCESS(status))
        return status;
    pthread_mutex_lock(&listener->lock);
    bool listening = listener->listening;
    uint32_t receive = listener->receive_timeout, send = listener->send_timeout;
    pthread_mutex_unlock(&listener->lock);
    pthread_mutex_lock(&socket->lock);
    if (!listening)
        status = STATUS_INVALID_PARAMETER;
    else if (!socket->connected)
        status = STATUS_INVALID_CONNECTION;
    else {
        socket->receive_timeout = receive;
        socket->send_timeout = send;
    }
    pthread_mutex_unlock(&socket->lock);
    ob_dereference(listener->file);
    return status;
}

static NTSTATUS control(struct io_file *file, struct io_request *request)
{
    struct io_socket *socket = socket_of(file);
    switch (request->code) {
    case AFD_TRANSFER: return socket_transfer(socket, request);
    case IOCTL_AFD_POLL: return socket_poll(file, request);
    case IOCTL_AFD_RECEIVE:
    case IOCTL_AFD_RECEIVE_DATAGRAM: return socket_native_receive(socket, request);
    case AFD_SELECT: return socket_select(file, request);
    case AFD_BIND: return socket_bind(socket, request);
    case AFD_LISTEN: return socket_listen(socket, request);
    case AFD_ACCEPT: return socket_accept(socket, request);
    case AFD_ACCEPT_EX: return socket_accept_ex(socket, request);
    case AFD_ACCEPT_CONTEXT: return accept_context(socket, request);
    case AFD_CONNECT: return socket_connect(socket, request);
    case AFD_SHUTDOWN: return socket_shutdown(socket, request);
    case AFD_DISCONNECT: return socket_disconnect(socket, request);
    case AFD_TRANSMIT: return socket_transmit(socket, request);
    case AFD_GET_NAME: return get_name(socket, request);
    case AFD_GET_OPTION: return socket_get_option(socket, request);
    case AFD_SET_OPTION: return socket_set_option(socket, request);
    case AFD_KEEPALIVE: return socket_keepalive(socket, request);
    case AFD_SET_MODE: return set_mode(socket, request);
    case AFD_QUERY: return query(socket, request);
    case AFD_EVENT_SELECT: return socket_event_select(socket, request);
    case AFD_ENUM_EVENTS: return socket_event_enumerate(socket, request);
    case AFD_CONNRESET: return set_connection_reset(socket, request);
    case AFD_ROUTE: return route(socket, request);
    default: return STATUS_INVALID_DEVICE_REQUEST;
    }
}

const struct io_operations io_socket_operations = {
    .read = socket_read, .write = socket_write, .control = control, .cleanup = cleanup, .destroy = destroy};

/* \Device\Afd itself: polls other sockets. */
static NTSTATUS device_control(struct io_file *file, struct io_request *request)
{
    return request->code == IOCTL_AFD_POLL ? socket_poll(file, request) : STATUS_INVALID_DEVICE_REQUEST;
}

const struct io_operations io_afd_operations = {.control = device_control};
