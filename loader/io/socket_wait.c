/*
 * What is so on a socket now, in AFD's terms, and sleeping until it may be otherwise.
 */
#include "io/socket.h"
#include "ke/wait.h"
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* A thread blocked in a call on some sockets, on its stack. */
struct sleeper {
    struct sleeper *next;
    struct io_socket *const *sockets;
    unsigned count;
    struct ke_thread *thread;
    bool changed;
};

static struct sleeper *sleepers; /* guarded by io_net_lock */

static int take_error(struct io_socket *socket)
{
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(socket->file->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
        return 0;
    return error;
}

void socket_settle(struct io_socket *socket)
{
    if (!socket->connecting)
        return;
    struct pollfd poll_fd = {socket->file->fd, POLLOUT, 0};
    if (poll(&poll_fd, 1, 0) <= 0)
        return;
    int error = take_error(socket);
    socket->connecting = false;
    socket->connected = error == 0;
    socket->connect_failed = error != 0;
    socket->connect_error = error;
    socket->connect_time = ke_monotonic();
}

uint32_t socket_events(struct io_socket *socket, short *ret_revents)
{
    uint32_t events = 0;
    int available = 0;
    bool stream = socket->type == SOCK_STREAM;

    *ret_revents = 0;
    if (socket->closed)
        return AFD_POLL_LOCAL_CLOSE;
    socket_settle(socket);
    if (socket->connect_failed)
        return AFD_POLL_CONNECT_FAIL;
    if (stream && !socket->connected && !socket->listening)
        return 0;
    struct pollfd poll_fd = {socket->file->fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
    if (poll(&poll_fd, 1, 0) < 0)
        return 0;
    short now = poll_fd.revents;
    *ret_revents = now;
    if (socket->listening)
        return now & POLLIN ? AFD_POLL_ACCEPT : 0;
    if (!stream) {
        if (now & (POLLIN | POLLERR))
            events |= AFD_POLL_RECEIVE;
        return events | (now & POLLOUT ? AFD_POLL_SEND : 0);
    }
    events = AFD_POLL_CONNECT;
    if (now & POLLERR) {
        int error = take_error(socket);
        if (error) {
            socket->error = error;
            socket->aborted = true;
        }
    }
    if (socket->aborted)
        return events | AFD_POLL_ABORT | AFD_POLL_SEND;
    if (now & POLLOUT)
        events |= AFD_POLL_SEND;
    if (now & (POLLRDHUP | POLLHUP))
        events |= AFD_POLL_DISCONNECT;
    if (now & POLLPRI)
        events |= AFD_POLL_RECEIVE_EXPEDITED;
    if ((now & POLLIN) && (!(now & (POLLRDHUP | POLLHUP)) ||
                           (ioctl(socket->file->fd, FIONREAD, &available) == 0 && available > 0)))
        events |= AFD_POLL_RECEIVE;
    return events;
}

short socket_poll_bits(const struct io_socket *socket, uint32_t wanted)
{
    int bits = 0;
    if (socket->type == SOCK_STREAM && !socket->connected && !socket->listening && !socket->connecting)
        return 0; /* nothing happens to it by itself */
    if (wanted & (AFD_POLL_RECEIVE | AFD_POLL_ACCEPT))
        bits |= POLLIN;
    if (wanted & (AFD_POLL_SEND | AFD_POLL_CONNECT | AFD_POLL_CONNECT_FAIL))
        bits |= POLLOUT;
    if (wanted & (AFD_POLL_DISCONNECT | AFD_POLL_ABORT))
        bits |= POLLRDHUP;
    if (wanted & AFD_POLL_RECEIVE_EXPEDITED)
        bits |= POLLPRI;
    if (socket->connecting) /* only its end is of interest */
        bits = wanted ? POLLOUT : 0;
    return (short)bits;
}

void socket_wake_sleepers(struct io_socket *socket)
{
    for (struct sleeper *sleeper = sleepers; sleeper; sleeper = sleeper->next)
        for (unsigned i = 0; i < sleeper->count; i++)
            if (sleeper->sockets[i] == socket) {
                sleeper->changed = true;
                __atomic_or_fetch(&sleeper->thread->pending, KE_PENDING_CANCEL_IO, __ATOMIC_ACQ_REL);
                ke_kick(sleeper->thread);
                break;
            }
}

NTSTATUS socket_sleep(struct io_socket *const *sockets, struct pollfd *fds, unsigned count, int64_t deadline)
{
    struct sleeper sleeper = {.sockets = sockets, .count = count, .thread = ke_self};
    struct io_blocked blocked;
    NTSTATUS status = STATUS_SUCCESS;

    io_block_enter(&blocked, NULL, NULL);
    pthread_mutex_lock(&io_net_lock);
    sleeper.next = sleepers;
    sleepers = &sleeper;
    bool closed = false;
    for (unsigned i = 0; i < count; i++)
        closed |= sockets[i]->closed;
    pthread_mutex_unlock(&io_net_lock);
    while (!closed) {
        struct timespec time, *timeout = NULL;
        if (deadline >= 0) {
            int64_t left = deadline - ke_monotonic();
            if (left < 0)
                left = 0;
            time = (struct timespec){left / 1000000000, left % 1000000000};
            timeout = &time;
        }
        long result = io_syscall_interruptible(SYS_ppoll, (long)fds, (long)count, (long)timeout, 0, 8, 0);
        if (result > 0)
            break;
        if (result == 0) {
            status = STATUS_IO_TIMEOUT;
            break;
        }
        if (result != -EINTR) {
            status = io_socket_status_from_errno((int)-result);
            break;
        }
        if (__atomic_load_n(&sleeper.changed, __ATOMIC_ACQUIRE))
            break;
        status = io_interrupted();
        if (!NT_SUCCESS(status))
            break;
    }
    pthread_mutex_lock(&io_net_lock);
    struct sleeper **place = &sleepers;
    while (*place != &sleeper)
        place = &(*place)->next;
    *place = sleeper.next;
    pthread_mutex_unlock(&io_net_lock);
    io_block_leave(&blocked);
    return status;
}

NTSTATUS socket_wait(struct io_socket *socket, short events, int64_t deadline)
{
    struct pollfd poll_fd = {socket->file->fd, events, 0};
    NTSTATUS status = socket_sleep(&socket, &poll_fd, 1, deadline);
    return NT_SUCCESS(status) && socket->closed ? STATUS_CANCELLED : status;
}
