/*
 * Sending and receiving. Data goes straight between the host's socket and guest memory; where the host
 * cannot reach it (EFAULT), through a buffer.
 */
#include "io/socket.h"
#include "io/socket_control.h"
#include "mm/guest.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIN_MSG_OOB = 1,
    WIN_MSG_PEEK = 2,
    WIN_MSG_DONTROUTE = 4,
    WIN_MSG_WAITALL = 8,
    WIN_MSG_TRUNC = 0x100,
    WIN_MSG_CTRUNC = 0x200,
    WIN_MSG_PARTIAL = 0x8000,
};
enum { WSAEFAULT = 10014, WSAEINVAL = 10022, WSAEOPNOTSUPP = 10045 };
enum { INLINE_PARTS = 4, MAX_PARTS = 0x10000, HOST_PARTS = 1024, MAX_BOUNCE = 0x40000, CONTROL_ROOM = 512 };

struct transfer {
    struct socket_operation operation;
    uint32_t flags; /* Windows' */
    bool message, has_address;
    unsigned pointer_size;
    void *address; /* guest: where the sender's goes */
    int32_t *address_length;
    uint32_t *ret_flags;
    void *control;
    uint32_t *control_length;
    uint32_t control_room;
    union host_address peer;
    socklen_t peer_length;
    uint32_t result_flags;
    bool has_result;
    uint8_t *bounce; /* received data on its way to guest memory */
    size_t total;
    struct iovec *parts;
    unsigned count;
    uint8_t *control_host;
    size_t control_size;
    struct iovec inline_parts[INLINE_PARTS];
};

static struct transfer *transfer_of(struct socket_operation *operation)
{
    return (struct transfer *)operation;
}

static void free_transfer(struct socket_operation *operation)
{
    struct transfer *transfer = transfer_of(operation);
    if (transfer->parts != transfer->inline_parts)
        free(transfer->parts);
    free(transfer->bounce);
    free(transfer->control_host);
    free(transfer);
}

/* The parts that are left after `done` bytes, at most `room`; how many. */
static unsigned remaining(const struct transfer *transfer, size_t done, struct iovec *out, unsigned room)
{
    unsigned n = 0;
    for (unsigned i = 0; i < transfer->count && n < room; i++) {
        struct iovec part = transfer->parts[i];
        if (done >= part.iov_len) {
            done -= part.iov_len;
            continue;
        }
        out[n].iov_base = (char *)part.iov_base + done;
        out[n++].iov_len = part.iov_len - done;
        done = 0;
    }
    return n;
}

/* Takes the unreachable-port reports off a datagram socket. */
static void drain_errors(int fd)
{
    char data[64], control[512];
    struct iovec part = {data, sizeof data};
    for (;;) {
        struct msghdr message = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            return;
    }
}

static bool is_report(int error)
{
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == ENOPROTOOPT ||
           error == EHOSTDOWN || error == EACCES || error == EPROTO;
}

/* ---- receiving ---- */

static NTSTATUS receive_error(struct io_socket *socket, int error)
{
    if (error == ECONNRESET || error == ETIMEDOUT || error == EPIPE || error == ECONNABORTED) {
        socket->aborted = true;
        if (!socket->error)
            socket->error = error;
    }
    return error == ENOTCONN && socket->aborted ? STATUS_CONNECTION_RESET
                                                : io_socket_status_from_errno(error);
}

static NTSTATUS check_receive(struct io_socket *socket)
{
    socket_settle(socket);
    if (socket->closed)
        return STATUS_CANCELLED;
    if (socket->type == SOCK_STREAM) {
        if (!socket->connected)
            return STATUS_INVALID_CONNECTION;
        if (socket->shut_read)
            return STATUS_PIPE_DISCONNECTED;
        if (socket->aborted)
            return io_socket_status_from_errno(socket->error ? socket->error : ECONNRESET);
        return STATUS_SUCCESS;
    }
    if (!socket->bound && !socket->connected)
        return STATUS_INVALID_PARAMETER;
    if (socket->shut_read)
        return STATUS_PIPE_DISCONNECTED;
    if (socket->error == ECONNREFUSED) {
        socket->error = 0;
        if (!socket->ignore_unreachable)
            return STATUS_PORT_UNREACHABLE;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS attempt_receive(struct socket_operation *operation)
{
    struct transfer *transfer = transfer_of(operation);
    struct io_socket *socket = operation->socket;
    bool stream = socket->type == SOCK_STREAM;
    struct iovec local[16], *parts = local;
    char probe;
    NTSTATUS status = check_receive(socket);
    if (status != STATUS_SUCCESS)
        return status;
    int flags = MSG_DONTWAIT | (transfer->flags & WIN_MSG_OOB ? MSG_OOB : 0) |
                (transfer->flags & WIN_MSG_PEEK ? MSG_PEEK : 0);
    for (;;) {
        struct msghdr message = {.msg_control = transfer->control_host,
                                 .msg_controllen = transfer->control_host ? CONTROL_ROOM : 0};
        if (!stream) {
            message.msg_name = &transfer->peer;
            message.msg_namelen = sizeof transfer->peer;
        }
        if (transfer->bounce) {
            local[0] = (struct iovec){transfer->bounce,
                                      transfer->total < MAX_BOUNCE ? transfer->total : MAX_BOUNCE};
            message.msg_iovlen = 1;
        } else if (stream && !transfer->total) { /* waits for data without taking any */
            local[0] = (struct iovec){&probe, 1};
            message.msg_iovlen = 1;
            flags |= MSG_PEEK;
        } else if (transfer->count <= 16)
            message.msg_iovlen = remaining(transfer, operation->information, local, 16);
        else {
            parts = transfer->parts;
            message.msg_iovlen = transfer->count < HOST_PARTS ? transfer->count : HOST_PARTS;
        }
        message.msg_iov = parts;
        ssize_t n = recvmsg(socket->file->fd, &message, flags);
        int error = errno;
        if (n < 0 && error == EINTR)
            continue;
        if (n < 0 && error == EFAULT && !transfer->bounce && !operation->information) {
            transfer->bounce = malloc(transfer->total < MAX_BOUNCE ? transfer->total : MAX_BOUNCE);
            if (!transfer->bounce)
                return STATUS_NO_MEMORY;
            continue;
        }
        if (n < 0 && error == EAGAIN)
            return STATUS_PENDING;
        if (n < 0 && !stream && is_report(error)) {
            drain_errors(socket->file->fd);
            if (error == ECONNREFUSED && !socket->ignore_unreachable)
                return STATUS_PORT_UNREACHABLE;
            continue;
        }
        if (n < 0)
            return operation->information ? STATUS_SUCCESS : receive_error(socket, error);
        if (stream && !transfer->total)
            return STATUS_SUCCESS;
        operation->information += (ULONG_PTR)n;
        transfer->has_result = true;
        transfer->peer_length = message.msg_namelen;
        transfer->control_size = message.msg_controllen;
        if (!stream && (message.msg_flags & MSG_TRUNC)) {
            transfer->result_flags = transfer->message ? WIN_MSG_TRUNC : WIN_MSG_PARTIAL;
            return STATUS_BUFFER_OVERFLOW;
        }
        if (message.msg_flags & MSG_CTRUNC)
            transfer->result_flags |= WIN_MSG_CTRUNC;
        if (stream && (transfer->flags & WIN_MSG_WAITALL) && !(transfer->flags & WIN_MSG_PEEK) && n > 0 &&
            !transfer->bounce && parts == local && operation->information < transfer->total)
            continue;
        return STATUS_SUCCESS;
    }
}

static bool poke_address(struct transfer *transfer)
{
    uint8_t out[AFD_ADDRESS_SIZE];
    int32_t room, size = (int32_t)socket_address_out(transfer->operation.socket->family, &transfer->peer,
                                                     transfer->peer_length, out);
    if (!transfer->address_length || !io_peek(&room, transfer->address_length, sizeof room))
        return false;
    return io_poke(transfer->address, out,
                   (size_t)(size < room ? size
                            : room > 0  ? room
                                        : 0)) &&
           io_poke(transfer->address_length, &size, sizeof size);
}

static NTSTATUS finish_receive(struct socket_operation *operation, NTSTATUS status)
{
    struct transfer *transfer = transfer_of(operation);
    if (NT_ERROR(status) && status != STATUS_BUFFER_OVERFLOW)
        return status;
    bool good = true;
    if (transfer->bounce) {
        size_t done = 0;
        for (unsigned i = 0; i < transfer->count && done < operation->information && good; i++) {
            size_t n = operation->information - done;
            if (n > transfer->parts[i].iov_len)
                n = transfer->parts[i].iov_len;
            good = io_poke(transfer->parts[i].iov_base, transfer->bounce + done, n);
            done += n;
        }
    }
    if (good && transfer->has_result && transfer->address && operation->socket->type != SOCK_STREAM)
        good = poke_address(transfer);
    if (good && transfer->control_length) {
        uint8_t control[CONTROL_ROOM];
        size_t used = 0;
        struct msghdr message = {.msg_control = transfer->control_host,
                                 .msg_controllen = transfer->control_size};
        uint32_t room = transfer->control_room < sizeof control ? transfer->control_room : sizeof control;
        if (transfer->control_host &&
            !socket_control_out(&message, transfer->pointer_size, control, room, &used))
            transfer->result_flags |= WIN_MSG_CTRUNC;
        uint32_t length = (uint32_t)used;
        good = (!used || io_poke(transfer->control, control, used)) &&
               io_poke(transfer->control_length, &length, sizeof length);
    }
    /* The flags of WSARecv and WSARecvFrom need not outlive the call; those in a WSAMSG must. */
    if (good && transfer->ret_flags && (transfer->message || !operation->request))
        good = io_poke(transfer->ret_flags, &transfer->result_flags, sizeof transfer->result_flags);
    return good ? status : STATUS_ACCESS_VIOLATION;
}

/* ---- sending ---- */

static NTSTATUS check_send(struct io_socket *socket, const struct transfer *transfer)
{
    socket_settle(socket);
    if (socket->closed)
        return STATUS_CANCELLED;
    if (socket->shut_write)
        return STATUS_PIPE_DISCONNECTED;
    if (socket->type == SOCK_STREAM) {
        if (!socket->connected)
            return STATUS_INVALID_CONNECTION;
        if (socket->aborted)
            return io_socket_status_from_errno(socket->error ? socket->error : ECONNRESET);
    } else if (!transfer->has_address && !socket->connected)
        return STATUS_INVALID_CONNECTION;
    return STATUS_SUCCESS;
}

static NTSTATUS attempt_send(struct socket_operation *operation)
{
    struct transfer *transfer = transfer_of(operation);
    struct io_socket *socket = operation->socket;
    bool stream = socket->type == SOCK_STREAM;
    struct iovec local[16], *parts = local;
    NTSTATUS status = check_send(socket, transfer);
    if (status != STATUS_SUCCESS)
        return status;
    int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (transfer->flags & WIN_MSG_OOB ? MSG_OOB : 0) |
                (transfer->flags & WIN_MSG_DONTROUTE ? MSG_DONTROUTE : 0);
    if (!stream && !socket->bound) {
        status = socket_bind_any(socket);
        if (!NT_SUCCESS(status))
            return status;
    }
    if (stream && !transfer->total)
        return STATUS_SUCCESS;
    for (;;) {
        struct msghdr message = {.msg_control = transfer->control_host,
                                 .msg_controllen = transfer->control_size};
        if (transfer->has_address && !stream) {
            message.msg_name = &transfer->peer;
            message.msg_namelen = transfer->peer_length;
        }
        if (stream || transfer->count <= 16)
            message.msg_iovlen = remaining(transfer, operation->information, local, 16);
        else {
            parts = transfer->parts;
            message.msg_iovlen = transfer->count < HOST_PARTS ? transfer->count : HOST_PARTS;
        }
        message.msg_iov = parts;
        ssize_t n = sendmsg(socket->file->fd, &message, flags);
        int error = errno;
        if (n < 0 && error == EINTR)
            continue;
        if (n < 0 && (error == EAGAIN || (error == ENOBUFS && stream)))
            return STATUS_PENDING;
        if (n < 0 && error == ECONNREFUSED && !stream) { /* a report about an earlier datagram */
            drain_errors(socket->file->fd);
            socket->error = error;
            continue;
        }
        if (n < 0 && stream && (error == EPIPE || error == ECONNRESET || error == ETIMEDOUT)) {
            socket->aborted = true;
            if (error != EPIPE)
                socket->error = error;
            return io_socket_status_from_errno(socket->error ? socket->error : ECONNRESET);
        }
        if (n < 0)
            return io_socket_status_from_errno(error);
        operation->information += (ULONG_PTR)n;
        if (!stream || operation->information >= transfer->total)
            return STATUS_SUCCESS;
    }
}

/* ---- arguments ---- */

static NTSTATUS read_buffers(struct transfer *transfer, uint64_t guest, uint32_t count, uint32_t pointer_size)
{
    struct buffer64 {
        uint32_t length, padding;
        uint64_t buffer;
    };
    struct buffer32 {
        uint32_t length, buffer;
    };
    uint8_t local[INLINE_PARTS * sizeof(struct buffer64)], *raw = local;
    size_t each = pointer_size == 4 ? sizeof(struct buffer32) : sizeof(struct buffer64);
    NTSTATUS status = STATUS_SUCCESS;

    if (count > MAX_PARTS)
        return STATUS_WINSOCK(WSAEINVAL);
    transfer->parts = transfer->inline_parts;
    if (count > INLINE_PARTS) {
        transfer->parts = malloc(count * sizeof *transfer->parts);
        raw = malloc(count * each);
        if (!raw || !transfer->parts) {
            free(raw);
            return STATUS_NO_MEMORY;
        }
    }
    if (!NT_SUCCESS(guest_copy(raw, (void *)(uintptr_t)guest, count * each)))
        status = STATUS_WINSOCK(WSAEFAULT);
    for (uint32_t i = 0; NT_SUCCESS(status) && i < count; i++) {
        struct iovec *part = &transfer->parts[i];
        if (pointer_size == 4) {
            struct buffer32 *buffer = (struct buffer32 *)raw + i;
            *part = (struct iovec){(void *)(uintptr_t)buffer->buffer, buffer->length};
        } else {
            struct buffer64 *buffer = (struct buffer64 *)raw + i;
            *part = (struct iovec){(void *)(uintptr_t)buffer->buffer, buffer->length};
        }
        transfer->total += part->iov_len;
    }
    transfer->count = count;
    if (raw != local)
        free(raw);
    return status;
}

static NTSTATUS read_control(struct transfer *transfer, const struct afd_transfer *given, bool sending)
{
    if (!given->control_length)
        return STATUS_SUCCESS;
    transfer->control_host = malloc(CONTROL_ROOM);
    if (!transfer->control_host)
        return STATUS_NO_MEMORY;
    if (!sending) {
        transfer->control = (void *)(uintptr_t)given->control;
        transfer->control_length = (uint32_t *)(uintptr_t)given->control_length;
        return guest_read(&transfer->control_room, transfer->control_length);
    }
    uint8_t copy[CONTROL_ROOM];
    struct msghdr message = {.msg_control = transfer->control_host};
    if (given->control_length > sizeof copy ||
        !NT_SUCCESS(guest_copy(copy, (void *)(uintptr_t)given->control, given->control_length)))
        return STATUS_WINSOCK(WSAEFAULT);
    if (!socket_control_in(copy, given->control_length, transfer->pointer_size, &message, CONTROL_ROOM))
        return STATUS_WINSOCK(WSAEINVAL);
    transfer->control_size = message.msg_controllen;
    return STATUS_SUCCESS;
}

static struct transfer *new_transfer(struct io_socket *socket, bool sending, uint32_t flags)
{
    struct transfer *transfer = malloc(sizeof *transfer);
    if (!transfer)
        return NULL;
    memset(transfer, 0, offsetof(struct transfer, inline_parts));
    transfer->flags = flags;
    transfer->parts = transfer->inline_parts;
    transfer->operation = (struct socket_operation){.socket = socket,
                                                    .attempt = sending ? attempt_send : attempt_receive,
                                                    .finish = sending ? NULL : finish_receive,
                                                    .free = free_transfer,
                                                    .events = sending               ? POLLOUT
                                                              : flags & WIN_MSG_OOB ? POLLPRI
                                                                                    : POLLIN | POLLRDHUP};
    return transfer;
}

/* Makes image pages, which are provided in pieces of 64 KB when they are touched, readable for the host. */
static bool touch(const struct iovec *part)
{
    char byte;
    for (size_t at = 0; at < part->iov_len; at += 0x10000)
        if (!NT_SUCCESS(guest_copy(&byte, (char *)part->iov_base + at, 1)))
            return false;
    return !part->iov_len || NT_SUCCESS(guest_copy(&byte, (char *)part->iov_base + part->iov_len - 1, 1));
}

static NTSTATUS run(struct io_socket *socket, struct io_request *request, struct transfer *transfer,
                    bool sending, bool overlapped)
{
    uint32_t bits = sending ? 0 : transfer->flags & WIN_MSG_OOB ? AFD_FD_OOB : AFD_FD_READ;
    for (unsigned i = 0; sending && i < transfer->count; i++)
        if (!touch(&transfer->parts[i])) {
            free_transfer(&transfer->operation);
            return STATUS_WINSOCK(WSAEFAULT);
        }
    NTSTATUS status = socket_run(&transfer->operation, request, sending ? &socket->writes : &socket->reads,
                                 overlapped, sending ? socket->send_timeout : socket->receive_timeout);
    if (sending && status == STATUS_DEVICE_NOT_READY)
        bits = AFD_FD_WRITE;
    if (bits && socket->event_mask)
        socket_event_enable(socket, bits);
    return status;
}

NTSTATUS socket_transfer(struct io_socket *socket, struct io_request *request)
{
    struct afd_transfer given;
    if (request->input_length < sizeof given ||
        !NT_SUCCESS(guest_read(&given, (struct afd_transfer *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    bool sending = given.mode & AFD_TRANSFER_SEND;
    struct transfer *transfer = new_transfer(socket, sending, given.flags);
    if (!transfer)
        return STATUS_NO_MEMORY;
    transfer->message = (given.mode & AFD_TRANSFER_MESSAGE) != 0;
    transfer->pointer_size = given.pointer_size == 4 ? 4 : 8;
    NTSTATUS status = read_buffers(transfer, given.buffers, given.count, given.pointer_size);
    if (NT_SUCCESS(status) && given.address) {
        if (!sending) {
            transfer->address = (void *)(uintptr_t)given.address;
            transfer->address_length = (int32_t *)(uintptr_t)given.address_length;
        } else if (socket->type != SOCK_STREAM) {
            transfer->has_address = true;
            status = socket_address_read(socket->family, (void *)(uintptr_t)given.address,
                                         (size_t)given.address_length, &transfer->peer,
                                         &transfer->peer_length);
            if (NT_SUCCESS(status) && socket->family != WIN_AF_UNIX &&
                (!socket_address_port(&transfer->peer) || socket_address_is_any(&transfer->peer)))
                status = STATUS_INVALID_ADDRESS_COMPONENT;
        }
    }
    if (NT_SUCCESS(status) && !sending)
        transfer->ret_flags = (uint32_t *)(uintptr_t)given.ret_flags;
    if (NT_SUCCESS(status))
        status = read_control(transfer, &given, sending);
    if (NT_SUCCESS(status) && (given.flags & WIN_MSG_OOB) && socket->type != SOCK_STREAM)
        status = STATUS_WINSOCK(WSAEOPNOTSUPP);
    if (!NT_SUCCESS(status)) {
        free_transfer(&transfer->operation);
        return status;
    }
    return run(socket, request, transfer, sending, given.mode & AFD_TRANSFER_OVERLAPPED);
}

/* AFD's own receive, which libuv calls: the flags are TDI's, the layout the caller's. */
NTSTATUS socket_native_receive(struct io_socket *socket, struct io_request *request)
{
    enum { AFD_IMMEDIATE = 4, TDI_EXPEDITED = 0x40, TDI_PEEK = 0x80 };
    struct {
        uint64_t buffers;
        uint32_t count, flags, tdi_flags, padding;
        uint64_t address, address_length;
    } wide = {0};
    struct {
        uint32_t buffers, count, flags, tdi_flags, address, address_length;
    } narrow = {0};
    bool datagram = request->code == IOCTL_AFD_RECEIVE_DATAGRAM;
    size_t wide_size = datagram ? sizeof wide : offsetof(__typeof__(wide), address);
    size_t narrow_size = datagram ? sizeof narrow : offsetof(__typeof__(narrow), address);
    bool small = request->input_length < wide_size;
    if (request->input_length < narrow_size)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = small ? guest_copy(&narrow, request->input, narrow_size)
                            : guest_copy(&wide, request->input, wide_size);
    if (!NT_SUCCESS(status))
        return status;
    if (small) {
        wide.buffers = narrow.buffers;
        wide.count = narrow.count;
        wide.flags = narrow.flags;
        wide.tdi_flags = narrow.tdi_flags;
        wide.address = narrow.address;
        wide.address_length = narrow.address_length;
    }
    struct transfer *transfer = new_transfer(socket, false,
                                             (wide.tdi_flags & TDI_PEEK ? WIN_MSG_PEEK : 0u) |
                                                 (wide.tdi_flags & TDI_EXPEDITED ? WIN_MSG_OOB : 0u));
    if (!transfer)
        return STATUS_NO_MEMORY;
    status = read_buffers(transfer, wide.buffers, wide.count, small ? 4 : 8);
    if (!NT_SUCCESS(status)) {
        free_transfer(&transfer->operation);
        return STATUS_ACCESS_VIOLATION;
    }
    if (wide.address && wide.address_length) {
        transfer->address = (void *)(uintptr_t)wide.address;
        transfer->address_length = (int32_t *)(uintptr_t)wide.address_length;
    }
    return run(socket, request, transfer, false, !(wide.flags & AFD_IMMEDIATE) || !socket->nonblocking);
}

/* NtReadFile and NtWriteFile: as one buffer; without an event or a status to wait for they block. */
static NTSTATUS plain(struct io_file *file, struct io_request *request, bool sending)
{
    struct io_socket *socket = socket_of(file);
    struct transfer *transfer = new_transfer(socket, sending, 0);
    if (!transfer)
        return STATUS_NO_MEMORY;
    transfer->parts[0] = (struct iovec){request->buffer, request->length};
    transfer->count = 1;
    transfer->total = request->length;
    return run(socket, request, transfer, sending, true);
}

NTSTATUS socket_read(struct io_file *file, struct io_request *request)
{
    return plain(file, request, false);
}

NTSTATUS socket_write(struct io_file *file, struct io_request *request)
{
    return plain(file, request, true);
}
