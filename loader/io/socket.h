/*
 * Sockets: file objects over non-blocking host sockets. What cannot be done at once waits in the
 * socket's lists for the socket poller (socket_watch.c).
 * Locks, outermost first: io_net_lock (polls, sleepers, event selection), a socket's own, the request lock.
 */
#ifndef IO_SOCKET_H
#define IO_SOCKET_H

#include "io/device.h"
#include <gastwirt/afd.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

struct io_socket;
struct socket_operation;

/* Windows' values where they are not the host's. */
enum { WIN_AF_UNSPEC = 0, WIN_AF_UNIX = 1, WIN_AF_INET = 2, WIN_AF_INET6 = 23 };

/* An error that only Winsock has, as a status: RtlNtStatusToDosError gives it back. */
#define STATUS_WINSOCK(error) ((NTSTATUS)(0xc0010000u | (error)))

union host_address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_storage storage;
};

/* A list of operations in order of arrival. */
struct socket_queue {
    struct socket_operation *first, **last;
};

struct socket_operation {
    struct socket_operation *next;
    struct socket_queue *queue; /* NULL: in none */
    struct io_socket *socket;
    struct io_request *request; /* its heap copy once it pends */
    /* Tries again under the socket's lock; STATUS_PENDING: still not. */
    NTSTATUS (*attempt)(struct socket_operation *operation);
    /* After a successful attempt: is there another stage? Then it has set socket, attempt and events for it;
     * it waits in the socket's reads. No lock held. May be NULL. */
    bool (*stage)(struct socket_operation *operation);
    /* Writes results into guest memory, no lock held; may change the status. May be NULL. */
    NTSTATUS (*finish)(struct socket_operation *operation, NTSTATUS status);
    void (*free)(struct socket_operation *operation); /* what it holds, and itself */
    short events;                                     /* poll events it waits for */
    NTSTATUS status;
    ULONG_PTR information;
};

struct socket_poll_entry;
struct socket_watch;

struct io_socket {
    pthread_mutex_t lock; /* guards all that has no other comment */
    struct io_file *file;
    int family, type, protocol; /* Windows' */
    bool nonblocking, bound, listening, connecting, connected, connect_failed;
    bool shut_read, shut_write, aborted, closed;
    bool exclusive, reuse, ignore_unreachable, shared_port;
    int connect_error, error;               /* errno, not yet told */
    uint32_t receive_timeout, send_timeout; /* ms; 0: none */
    int64_t connect_time;                   /* monotonic ns */
    union host_address local, peer; /* of datagram sockets and what was asked for: not used for the wire */
    struct socket_queue reads, writes;
    struct socket_watch *watch;
    uint32_t armed;
    /* Guarded by io_net_lock. */
    struct socket_poll_entry *polls;
    struct ke_dispatcher_object *event; /* referenced */
    uint32_t event_mask, event_recorded, event_disabled;
    NTSTATUS event_status[AFD_FD_COUNT];
    struct io_socket *next, **previous; /* all of this process */
};

extern pthread_mutex_t io_net_lock;
extern const struct io_operations io_socket_operations, io_afd_operations;

static inline struct io_socket *socket_of(struct io_file *file)
{
    return file->device;
}

/* ---- socket.c ---- */

/* A socket's file over fd (consumed, also on failure); NULL: no memory. Types are Windows'. */
struct io_file *io_socket_wrap(int fd, int family, int type, int protocol, ULONG options);
/* Of an inherited descriptor: what the kernel tells about it. state: io_socket_state of the other side. */
struct io_file *io_socket_import(int fd, ULONG options, uint64_t state);
uint64_t io_socket_state(struct io_file *file);
/* Creates a host socket for Windows' values, with what Windows has as defaults; a descriptor. */
NTSTATUS io_socket_host(int family, int type, int protocol, int *ret_fd);
/* The socket behind a handle, its file referenced. STATUS_WINSOCK(WSAENOTSOCK)... */
NTSTATUS io_socket_lookup(HANDLE handle, struct io_socket **ret_socket);

/* ---- socket_address.c ---- */

/* Windows' sockaddr (host memory) to the host's; *ret_length. WSAEFAULT, WSAEAFNOSUPPORT as statuses. */
NTSTATUS socket_address_in(int family, const void *address, size_t length, union host_address *ret,
                           socklen_t *ret_length);
/* The same from guest memory. */
NTSTATUS socket_address_read(int family, const void *guest, size_t length, union host_address *ret,
                             socklen_t *ret_length);
/* The host's to Windows'; its length. */
size_t socket_address_out(int family, const union host_address *address, socklen_t length,
                          uint8_t ret[AFD_ADDRESS_SIZE]);
bool socket_address_is_any(const union host_address *address);
uint16_t socket_address_port(const union host_address *address);

/* ---- socket_wait.c ---- */

/* Finds out how a connection attempt ended; under the socket's lock. */
void socket_settle(struct io_socket *socket);
/* AFD_POLL_... that are so now; *ret_revents: the poll bits behind it. Under the socket's lock. */
uint32_t socket_events(struct io_socket *socket, short *ret_revents);
/* Poll bits to wait for if none of the AFD events wanted is there; under the socket's lock. */
short socket_poll_bits(const struct io_socket *socket, uint32_t wanted);

/* Blocks the calling thread until the socket may be ready or has changed; deadline in monotonic ns, < 0:
 * none. STATUS_SUCCESS: look again; STATUS_IO_TIMEOUT, STATUS_CANCELLED, STATUS_THREAD_IS_TERMINATING. */
NTSTATUS socket_sleep(struct io_socket *const *sockets, struct pollfd *fds, unsigned count, int64_t deadline);
NTSTATUS socket_wait(struct io_socket *socket, short events, int64_t deadline);
/* Wakes who sleeps on the socket, so that it looks again; io_net_lock held. */
void socket_wake_sleepers(struct io_socket *socket);

/* ---- socket_watch.c ---- */

/* Queues the operation of a request that could not be done at once; under the socket's lock. Returns
 * STATUS_PENDING or an error (then the operation is the caller's still). */
NTSTATUS socket_pend(struct socket_operation *operation, struct io_request *request,
                     struct socket_queue *queue);
/* Asks the poller to look when any of these poll bits comes up; under the socket's lock. */
void socket_arm(struct io_socket *socket, short events);
/* Forgets the descriptor's registration (before it is closed or replaced); under the socket's lock. */
void socket_disarm(struct io_socket *socket);
void socket_watch_free(struct io_socket *socket);
/* The socket's state changed by a local call: looks at all that waits for it. No lock held. */
void socket_changed(struct io_socket *socket);
/* Lets the poller call socket_poll_expire at this time (monotonic ns) at the latest. */
void socket_poller_deadline(int64_t deadline);

/* ---- socket_poll.c ---- */
NTSTATUS socket_poll(struct io_file *file, struct io_request *request);
NTSTATUS socket_select(struct io_file *file, struct io_request *request);
/* Completes polls whose events are there; no lock held. */
void socket_poll_check(struct io_socket *socket);
/* Bits of all polls; io_net_lock and the socket's held. */
uint32_t socket_poll_wanted(const struct io_socket *socket);
void socket_poll_closed(struct io_socket *socket);
/* Completes polls whose time is over; the next deadline or INT64_MAX. */
int64_t socket_poll_expire(void);

/* ---- socket_event.c ---- */
NTSTATUS socket_event_select(struct io_socket *socket, struct io_request *request);
NTSTATUS socket_event_enumerate(struct io_socket *socket, struct io_request *request);
void socket_event_check(struct io_socket *socket);
uint32_t socket_event_wanted(const struct io_socket *socket);
/* A re-enabling function was called (AFD_FD_... bits); no lock held. */
void socket_event_enable(struct io_socket *socket, uint32_t bits);
/* An accepted socket has its listener's selection. */
void socket_event_inherit(struct io_socket *socket, struct io_socket *listener);
void socket_event_close(struct io_socket *socket);

/* ---- socket_connect.c, socket_accept.c, socket_transfer.c, socket_transmit.c ---- */
NTSTATUS socket_bind(struct io_socket *socket, struct io_request *request);
NTSTATUS socket_bind_any(struct io_socket *socket); /* if it is not bound; under the lock */
NTSTATUS socket_listen(struct io_socket *socket, struct io_request *request);
NTSTATUS socket_connect(struct io_socket *socket, struct io_request *request);
NTSTATUS socket_shutdown(struct io_socket *socket, struct io_request *request);
NTSTATUS socket_disconnect(struct io_socket *socket, struct io_request *request);
NTSTATUS socket_accept(struct io_socket *socket, struct io_request *request);
NTSTATUS socket_accept_ex(struct io_socket *socket, struct io_request *request);
NTSTATUS socket_transfer(struct io_socket *socket, struct io_request *request);
NTSTATUS socket_native_receive(struct io_socket *socket, struct io_request *request);
NTSTATUS socket_read(struct io_file *file, struct io_request *request);
NTSTATUS socket_write(struct io_file *file, struct io_request *request);
NTSTATUS socket_transmit(struct io_socket *socket, struct io_request *request);

/* Replaces the file's host socket by another (consumed). Under the lock. */
NTSTATUS socket_replace(struct io_socket *socket, int fd);

/* ---- socket_option.c ---- */
NTSTATUS socket_get_option(struct io_socket *socket, struct io_request *request);
NTSTATUS socket_set_option(struct io_socket *socket, struct io_request *request);
NTSTATUS socket_keepalive(struct io_socket *socket, struct io_request *request);

/* Starts an operation: tries once, then by the socket's mode waits in the call or, overlapped, pends.
 * Frees the operation unless it pends. events: poll bits; timeout ms for the blocking wait, 0: none. */
NTSTATUS socket_run(struct socket_operation *operation, struct io_request *request,
                    struct socket_queue *queue, bool overlapped, uint32_t timeout);

#endif
