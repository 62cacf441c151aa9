/*
 * Socket options with Windows' levels, names, sizes and defaults. Those that the host's kernel has too are
 * in a table; the others are kept with the socket or answered here.
 */
#include "io/socket.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>

enum { WSAEFAULT = 10014, WSAEINVAL = 10022, WSAENOPROTOOPT = 10042, WSAENOTCONN = 10057 };
enum { WIN_SOL_SOCKET = 0xffff, WIN_IP = 0, WIN_TCP = 6, WIN_UDP = 17, WIN_IPV6 = 41 };
enum {
    WIN_SO_DEBUG = 1,
    WIN_SO_ACCEPTCONN = 2,
    WIN_SO_REUSEADDR = 4,
    WIN_SO_KEEPALIVE = 8,
    WIN_SO_DONTROUTE = 0x10,
    WIN_SO_BROADCAST = 0x20,
    WIN_SO_USELOOPBACK = 0x40,
    WIN_SO_LINGER = 0x80,
    WIN_SO_OOBINLINE = 0x100,
    WIN_SO_SNDBUF = 0x1001,
    WIN_SO_RCVBUF,
    WIN_SO_SNDLOWAT,
    WIN_SO_RCVLOWAT,
    WIN_SO_SNDTIMEO,
    WIN_SO_RCVTIMEO,
    WIN_SO_ERROR,
    WIN_SO_TYPE,
    WIN_SO_GROUP_ID = 0x2001,
    WIN_SO_GROUP_PRIORITY = 0x2002,
    WIN_SO_MAX_MSG_SIZE = 0x2003,
    WIN_SO_CONDITIONAL_ACCEPT = 0x3002,
    WIN_SO_PAUSE_ACCEPT = 0x3003,
    WIN_SO_RANDOMIZE_PORT = 0x3005,
    WIN_SO_PORT_SCALABILITY = 0x3006,
    WIN_SO_REUSE_UNICASTPORT = 0x3007,
    WIN_SO_REUSE_MULTICASTPORT = 0x3008,
    WIN_SO_UPDATE_CONNECT_CONTEXT = 0x7010,
    WIN_SO_CONNECT_TIME = 0x700c,
    WIN_SO_EXCLUSIVEADDRUSE = ~WIN_SO_REUSEADDR,
    WIN_SO_DONTLINGER = ~WIN_SO_LINGER,
};

/* How a value crosses. */
enum form { INTEGER, BOOLEAN_INTEGER, ADDRESS4, MEMBERSHIP4, MEMBERSHIP6, SOURCE4, INTERFACE4, INTERFACE6 };

static const struct host_option {
    int level, name, host_level, host_name;
    enum form form;
} host_options[] = {
    {WIN_SOL_SOCKET, WIN_SO_KEEPALIVE, SOL_SOCKET, SO_KEEPALIVE, BOOLEAN_INTEGER},
    {WIN_SOL_SOCKET, WIN_SO_DONTROUTE, SOL_SOCKET, SO_DONTROUTE, BOOLEAN_INTEGER},
    {WIN_SOL_SOCKET, WIN_SO_BROADCAST, SOL_SOCKET, SO_BROADCAST, BOOLEAN_INTEGER},
    {WIN_SOL_SOCKET, WIN_SO_OOBINLINE, SOL_SOCKET, SO_OOBINLINE, BOOLEAN_INTEGER},
    {WIN_SOL_SOCKET, WIN_SO_ACCEPTCONN, SOL_SOCKET, SO_ACCEPTCONN, BOOLEAN_INTEGER},
    {WIN_SOL_SOCKET, WIN_SO_RCVLOWAT, SOL_SOCKET, SO_RCVLOWAT, INTEGER},
    {WIN_TCP, 1, IPPROTO_TCP, TCP_NODELAY, BOOLEAN_INTEGER},
    {WIN_TCP, 3, IPPROTO_TCP, TCP_KEEPIDLE, INTEGER},
    {WIN_TCP, 4, IPPROTO_TCP, TCP_MAXSEG, INTEGER},
    {WIN_TCP, 5, IPPROTO_TCP, TCP_USER_TIMEOUT, INTEGER}, /* TCP_MAXRT; in seconds, see below */
    {WIN_TCP, 15, IPPROTO_TCP, TCP_FASTOPEN, INTEGER},
    {WIN_TCP, 16, IPPROTO_TCP, TCP_KEEPCNT, INTEGER},
    {WIN_TCP, 17, IPPROTO_TCP, TCP_KEEPINTVL, INTEGER},
    {WIN_IP, 2, IPPROTO_IP, IP_HDRINCL, BOOLEAN_INTEGER},
    {WIN_IP, 3, IPPROTO_IP, IP_TOS, INTEGER},
    {WIN_IP, 4, IPPROTO_IP, IP_TTL, INTEGER},
    {WIN_IP, 9, IPPROTO_IP, IP_MULTICAST_IF, INTERFACE4},
    {WIN_IP, 10, IPPROTO_IP, IP_MULTICAST_TTL, INTEGER},
    {WIN_IP, 11, IPPROTO_IP, IP_MULTICAST_LOOP, BOOLEAN_INTEGER},
    {WIN_IP, 12, IPPROTO_IP, IP_ADD_MEMBERSHIP, MEMBERSHIP4},
    {WIN_IP, 13, IPPROTO_IP, IP_DROP_MEMBERSHIP, MEMBERSHIP4},
    {WIN_IP, 14, IPPROTO_IP, IP_MTU_DISCOVER, BOOLEAN_INTEGER}, /* IP_DONTFRAGMENT */
    {WIN_IP, 15, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, SOURCE4},
    {WIN_IP, 16, IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, SOURCE4},
    {WIN_IP, 17, IPPROTO_IP, IP_BLOCK_SOURCE, SOURCE4},
    {WIN_IP, 18, IPPROTO_IP, IP_UNBLOCK_SOURCE, SOURCE4},
    {WIN_IP, 19, IPPROTO_IP, IP_PKTINFO, BOOLEAN_INTEGER},
    {WIN_IP, 21, IPPROTO_IP, IP_RECVTTL, BOOLEAN_INTEGER}, /* IP_HOPLIMIT */
    {WIN_IP, 31, IPPROTO_IP, IP_UNICAST_IF, INTERFACE4},
    {WIN_IP, 40, IPPROTO_IP, IP_RECVTOS, BOOLEAN_INTEGER},
    {WIN_IP, 50, IPPROTO_IP, IP_RECVTOS, BOOLEAN_INTEGER}, /* IP_RECVECN */
    {WIN_IP, 71, IPPROTO_IP, IP_MTU_DISCOVER, INTEGER},
    {WIN_IP, 73, IPPROTO_IP, IP_MTU, INTEGER},
    {WIN_IPV6, 4, IPPROTO_IPV6, IPV6_UNICAST_HOPS, INTEGER},
    {WIN_IPV6, 9, IPPROTO_IPV6, IPV6_MULTICAST_IF, INTERFACE6},
    {WIN_IPV6, 10, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, INTEGER},
    {WIN_IPV6, 11, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, BOOLEAN_INTEGER},
    {WIN_IPV6, 12, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, MEMBERSHIP6},
    {WIN_IPV6, 13, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, MEMBERSHIP6},
    {WIN_IPV6, 14, IPPROTO_IPV6, IPV6_DONTFRAG, BOOLEAN_INTEGER},
    {WIN_IPV6, 19, IPPROTO_IPV6, IPV6_RECVPKTINFO, BOOLEAN_INTEGER},
    {WIN_IPV6, 21, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, BOOLEAN_INTEGER},
    {WIN_IPV6, 27, IPPROTO_IPV6, IPV6_V6ONLY, BOOLEAN_INTEGER},
    {WIN_IPV6, 31, IPPROTO_IPV6, IPV6_UNICAST_IF, INTERFACE6},
    {WIN_IPV6, 39, IPPROTO_IPV6, IPV6_TCLASS, INTEGER},
    {WIN_IPV6, 40, IPPROTO_IPV6, IPV6_RECVTCLASS, BOOLEAN_INTEGER},
    {WIN_IPV6, 50, IPPROTO_IPV6, IPV6_RECVTCLASS, BOOLEAN_INTEGER},
    {WIN_IPV6, 72, IPPROTO_IPV6, IPV6_MTU, INTEGER},
};

static const struct host_option *find(int level, int name)
{
    for (size_t i = 0; i < sizeof host_options / sizeof *host_options; i++)
        if (host_options[i].level == level && host_options[i].name == name)
            return &host_options[i];
    return NULL;
}

/* Multicast and source options of the other address family are unknown to a socket. */
static bool fits(const struct io_socket *socket, const struct host_option *option)
{
    switch (option->level) {
    case WIN_TCP: return socket->type == SOCK_STREAM && socket->family != WIN_AF_UNIX;
    case WIN_IP: return socket->family != WIN_AF_UNIX;
    case WIN_IPV6: return socket->family == WIN_AF_INET6;
    default: return true;
    }
}

static NTSTATUS reply(struct io_request *request, const void *value, ULONG size)
{
    if (request->length < size)
        return STATUS_WINSOCK(WSAEFAULT);
    request->information = size;
    return guest_copy(request->buffer, value, size);
}

/* Windows lets Boolean options be read into one byte or more. */
static NTSTATUS reply_boolean(struct io_request *request, uint32_t value)
{
    if (!request->length)
        return STATUS_WINSOCK(WSAEFAULT);
    request->information = request->length < sizeof value ? 1 : sizeof value;
    return guest_copy(request->buffer, &value, request->information);
}

static NTSTATUS option_error(int error)
{
    return error == ENOPROTOOPT || error == EOPNOTSUPP ? STATUS_WINSOCK(WSAENOPROTOOPT)
                                                       : io_socket_status_from_errno(error);
}

static int host_integer(const struct io_socket *socket, int level, int name, int *ret)
{
    socklen_t length = sizeof *ret;
    *ret = 0;
    return getsockopt(socket->file->fd, level, name, ret, &length) == 0 ? 0 : errno;
}

/* ---- reading ---- */

static NTSTATUS get_error(struct io_socket *socket, struct io_request *request)
{
    int error = 0;
    pthread_mutex_lock(&socket->lock);
    socket_settle(socket);
    if (socket->connect_failed)
        error = socket->connect_error;
    else if (socket->error)
        error = socket->error;
    else
        host_integer(socket, SOL_SOCKET, SO_ERROR, &error);
    if (socket->type != SOCK_STREAM)
        socket->error = 0;
    pthread_mutex_unlock(&socket->lock);
    /* As a status: ws2_32 has the table to Winsock's numbers. */
    int32_t status = error ? (int32_t)io_socket_status_from_errno(error) : 0;
    return reply(request, &status, sizeof status);
}

static NTSTATUS get_socket_option(struct io_socket *socket, struct io_request *request, int name)
{
    int value, error;
    switch (name) {
    case WIN_SO_ERROR: return get_error(socket, request);
    case WIN_SO_TYPE: return reply(request, &socket->type, sizeof socket->type);
    case WIN_SO_DEBUG:
    case WIN_SO_USELOOPBACK:
    case WIN_SO_CONDITIONAL_ACCEPT:
    case WIN_SO_PAUSE_ACCEPT:
    case WIN_SO_RANDOMIZE_PORT:
    case WIN_SO_PORT_SCALABILITY:
    case WIN_SO_REUSE_MULTICASTPORT:
    case WIN_SO_GROUP_ID:
    case WIN_SO_GROUP_PRIORITY: return reply_boolean(request, 0);
    case WIN_SO_REUSE_UNICASTPORT: return reply_boolean(request, socket->shared_port);
    case WIN_SO_REUSEADDR: return reply_boolean(request, socket->reuse);
    case WIN_SO_EXCLUSIVEADDRUSE: return reply_boolean(request, socket->exclusive);
    case WIN_SO_SNDTIMEO: return reply(request, &socket->send_timeout, sizeof socket->send_timeout);
    case WIN_SO_RCVTIMEO: return reply(request, &socket->receive_timeout, sizeof socket->receive_timeout);
    case WIN_SO_MAX_MSG_SIZE:
        value = socket->type == SOCK_STREAM ? -1 : socket->family == WIN_AF_INET6 ? 65527 : 65507;
        return reply(request, &value, sizeof value);
    case WIN_SO_SNDBUF:
    case WIN_SO_RCVBUF:
        error = host_integer(socket, SOL_SOCKET, name == WIN_SO_SNDBUF ? SO_SNDBUF : SO_RCVBUF, &value);
        if (error)
            return option_error(error);
        value /= 2; /* the kernel tells twice what was set, for its own needs */
        return reply(request, &value, sizeof value);
    case WIN_SO_LINGER:
    case WIN_SO_DONTLINGER: {
        struct linger linger = {0, 0};
        socklen_t length = sizeof linger;
        if (socket->type != SOCK_STREAM)
            return STATUS_WINSOCK(WSAENOPROTOOPT);
        if (getsockopt(socket->file->fd, SOL_SOCKET, SO_LINGER, &linger, &length) != 0)
            return option_error(errno);
        uint16_t windows[2] = {linger.l_onoff != 0, (uint16_t)linger.l_linger};
        return name == WIN_SO_LINGER ? reply(request, windows, sizeof windows)
                                     : reply_boolean(request, !linger.l_onoff);
    }
    case WIN_SO_CONNECT_TIME: {
        pthread_mutex_lock(&socket->lock);
        socket_settle(socket);
        uint32_t seconds = socket->connected
                               ? (uint32_t)((ke_monotonic() - socket->connect_time) / 1000000000)
                               : 0xffffffff;
        pthread_mutex_unlock(&socket->lock);
        return reply(request, &seconds, sizeof seconds);
    }
    default: return STATUS_WINSOCK(WSAENOPROTOOPT);
    }
}

static NTSTATUS get_host_option(struct io_socket *socket, struct io_request *request,
                                const struct host_option *option)
{
    int value, error;
    if (option->form == INTERFACE4 && option->host_name == IP_MULTICAST_IF) {
        struct in_addr address = {0};
        socklen_t length = sizeof address;
        if (getsockopt(socket->file->fd, option->host_level, option->host_name, &address, &length) != 0)
            return option_error(errno);
        return reply(request, &address, sizeof address);
    }
    if (option->form == MEMBERSHIP4 || option->form == MEMBERSHIP6 || option->form == SOURCE4)
        return STATUS_WINSOCK(WSAENOPROTOOPT);
    error = host_integer(socket, option->host_level, option->host_name, &value);
    if (error)
        return option_error(error);
    if (option->level == WIN_IP && option->name == 14)
        value = value == IP_PMTUDISC_DO;
    if (option->level == WIN_TCP && option->name == 5)
        value = value ? value / 1000 : 21;
    return option->form == BOOLEAN_INTEGER ? reply_boolean(request, value != 0)
                                           : reply(request, &value, sizeof value);
}

NTSTATUS socket_get_option(struct io_socket *socket, struct io_request *request)
{
    struct afd_option given;
    if (request->input_length < sizeof given ||
        !NT_SUCCESS(guest_read(&given, (struct afd_option *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    const struct host_option *option = find(given.level, given.name);
    if (option)
        return fits(socket, option) ? get_host_option(socket, request, option)
                                    : STATUS_WINSOCK(WSAENOPROTOOPT);
    if (given.level != WIN_SOL_SOCKET)
        return given.level == WIN_IP || given.level == WIN_TCP || given.level == WIN_UDP ||
                       given.level == WIN_IPV6
                   ? STATUS_WINSOCK(WSAENOPROTOOPT)
                   : STATUS_WINSOCK(WSAEINVAL);
    return get_socket_option(socket, request, given.name);
}

/* ---- writing ---- */

static NTSTATUS set_buffer(struct io_socket *socket, int name, int value)
{
    /* Windows takes any size; 0 (no buffering) is the smallest the host can do. */
    if (value < 0)
        return STATUS_WINSOCK(WSAEINVAL);
    return setsockopt(socket->file->fd, SOL_SOCKET, name, &value, sizeof value) == 0 ? STATUS_SUCCESS
                                                                                     : option_error(errno);
}

static NTSTATUS set_socket_option(struct io_socket *socket, int name, const uint8_t *value, ULONG length)
{
    int number = length >= sizeof number ? 0 : value[0];
    if (length >= sizeof number)
        memcpy(&number, value, sizeof number);
    switch (name) {
    case WIN_SO_REUSEADDR:
        if (socket->exclusive && number)
            return STATUS_WINSOCK(WSAEINVAL);
        socket->reuse = number != 0;
        return STATUS_SUCCESS;
    case WIN_SO_EXCLUSIVEADDRUSE:
        if (socket->bound || (socket->reuse && number))
            return STATUS_WINSOCK(WSAEINVAL);
        socket->exclusive = number != 0;
        return STATUS_SUCCESS;
    case WIN_SO_SNDTIMEO:
    case WIN_SO_RCVTIMEO:
        if (length < sizeof number)
            return STATUS_WINSOCK(WSAEFAULT);
        *(name == WIN_SO_SNDTIMEO ? &socket->send_timeout : &socket->receive_timeout) = (uint32_t)number;
        return STATUS_SUCCESS;
    case WIN_SO_SNDBUF:
    case WIN_SO_RCVBUF:
        if (length < sizeof number)
            return STATUS_WINSOCK(WSAEFAULT);
        return set_buffer(socket, name == WIN_SO_SNDBUF ? SO_SNDBUF : SO_RCVBUF, number);
    case WIN_SO_LINGER:
    case WIN_SO_DONTLINGER: {
        struct linger linger = {0, 0};
        uint16_t windows[2];
        if (socket->type != SOCK_STREAM)
            return STATUS_WINSOCK(WSAENOPROTOOPT);
        if (name == WIN_SO_LINGER) {
            if (length < sizeof windows)
                return STATUS_WINSOCK(WSAEFAULT);
            memcpy(windows, value, sizeof windows);
            linger = (struct linger){windows[0] != 0, windows[1]};
        }
        return setsockopt(socket->file->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0
                   ? STATUS_SUCCESS
                   : option_error(errno);
    }
    case WIN_SO_UPDATE_CONNECT_CONTEXT: return STATUS_SUCCESS;
    case WIN_SO_REUSE_UNICASTPORT: socket->shared_port = number != 0; return STATUS_SUCCESS;
    case WIN_SO_DEBUG:
    case WIN_SO_USELOOPBACK:
    case WIN_SO_CONDITIONAL_ACCEPT:
    case WIN_SO_PAUSE_ACCEPT:
    case WIN_SO_RANDOMIZE_PORT:
    case WIN_SO_PORT_SCALABILITY:
    case WIN_SO_REUSE_MULTICASTPORT:
    case WIN_SO_GROUP_PRIORITY: return STATUS_SUCCESS; /* hints, or without an effect on the host */
    default: return STATUS_WINSOCK(WSAENOPROTOOPT);
    }
}

static int set_value(struct io_socket *socket, const struct host_option *option, const void *value,
                     size_t size)
{
    return setsockopt(socket->file->fd, option->host_level, option->host_name, value, (socklen_t)size) == 0
               ? 0
               : errno;
}

static NTSTATUS set_host_option(struct io_socket *socket, const struct host_option *option,
                                const uint8_t *value, ULONG length)
{
    int number = value[0], error;
    uint32_t words[3] = {0};
    if (length >= sizeof number)
        memcpy(&number, value, sizeof number);
    memcpy(words, value, length < sizeof words ? length : sizeof words);
    switch (option->form) {
    case MEMBERSHIP4:
    case SOURCE4: {
        struct ip_mreqn group = {.imr_multiaddr.s_addr = words[0]};
        struct ip_mreq_source source = {.imr_multiaddr.s_addr = words[0],
                                        .imr_sourceaddr.s_addr = words[1],
                                        .imr_interface.s_addr = words[2]};
        if (length < (option->form == SOURCE4 ? 12 : 8))
            return STATUS_WINSOCK(WSAEFAULT);
        if (option->form == SOURCE4) {
            error = set_value(socket, option, &source, sizeof source);
            break;
        }
        if (words[1] && !(words[1] & 0xff)) /* 0.x.x.x is an interface's index */
            group.imr_ifindex = (int)ntohl(words[1]);
        else
            group.imr_address.s_addr = words[1];
        error = set_value(socket, option, &group, sizeof group);
        break;
    }
    case MEMBERSHIP6:
        if (length < sizeof(struct ipv6_mreq))
            return STATUS_WINSOCK(WSAEFAULT);
        error = set_value(socket, option, value, sizeof(struct ipv6_mreq));
        break;
    case INTERFACE4:
        if (option->host_name == IP_MULTICAST_IF) {
            struct ip_mreqn group = {0};
            if (words[0] && !(words[0] & 0xff))
                group.imr_ifindex = (int)ntohl(words[0]);
            else
                group.imr_address.s_addr = words[0];
            error = set_value(socket, option, &group, sizeof group);
            break;
        }
        error = set_value(socket, option, &number, sizeof number);
        break;
    default:
        if (option->form == BOOLEAN_INTEGER)
            number = number != 0;
        else if (length < sizeof number)
            return STATUS_WINSOCK(WSAEFAULT);
        if (option->level == WIN_IP && option->name == 14)
            number = number ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
        if (option->level == WIN_TCP && option->name == 5)
            number *= 1000;
        if (option->level == WIN_TCP && option->name == 15)
            return STATUS_SUCCESS; /* fast open is the kernel's decision */
        error = set_value(socket, option, &number, sizeof number);
    }
    return error ? option_error(error) : STATUS_SUCCESS;
}

NTSTATUS socket_set_option(struct io_socket *socket, struct io_request *request)
{
    struct afd_option given;
    uint8_t value[64] = {0};
    ULONG length = request->length < sizeof value ? request->length : sizeof value;
    if (request->input_length < sizeof given ||
        !NT_SUCCESS(guest_read(&given, (struct afd_option *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    if (length && !NT_SUCCESS(guest_copy(value, request->buffer, length)))
        return STATUS_WINSOCK(WSAEFAULT);
    bool context = given.level == WIN_SOL_SOCKET && given.name == WIN_SO_UPDATE_CONNECT_CONTEXT;
    if (!length && !context)
        return STATUS_WINSOCK(WSAEFAULT);
    const struct host_option *option = find(given.level, given.name);
    if (!option && given.level != WIN_SOL_SOCKET)
        return STATUS_WINSOCK(WSAENOPROTOOPT);
    if (option && !fits(socket, option))
        return STATUS_WINSOCK(WSAENOPROTOOPT);
    pthread_mutex_lock(&socket->lock);
    NTSTATUS status = option ? set_host_option(socket, option, value, length)
                             : set_socket_option(socket, given.name, value, length);
    pthread_mutex_unlock(&socket->lock);
    return status;
}

NTSTATUS socket_keepalive(struct io_socket *socket, struct io_request *request)
{
    struct {
        uint32_t on, time, interval; /* ms */
    } given;
    if (request->input_length < sizeof given)
        return STATUS_WINSOCK(WSAEFAULT);
    if (!NT_SUCCESS(guest_copy(&given, request->input, sizeof given)))
        return STATUS_WINSOCK(WSAEFAULT);
    int fd = socket->file->fd, on = given.on != 0, idle = (int)((given.time + 999) / 1000),
        interval = (int)((given.interval + 999) / 1000);
    if (socket->type != SOCK_STREAM)
        return STATUS_WINSOCK(WSAENOPROTOOPT);
    if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) != 0)
        return option_error(errno);
    if (on && ((idle > 0 && setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle) != 0) ||
               (interval > 0 && setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval) != 0)))
        return option_error(errno);
    return STATUS_SUCCESS;
}
