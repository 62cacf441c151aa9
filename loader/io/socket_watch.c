/*
 * The socket poller: one host thread over an epoll of all sockets that something waits for. A socket
 * is registered once, one-shot; whoever begins to wait arms it again. Bits that are so already and
 * match nobody's wish are not armed, as they would fire for ever.
 */
#include "io/socket.h"
#include "ke/lock.h"
#include "ke/wait.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

pthread_mutex_t io_net_lock = PTHREAD_MUTEX_INITIALIZER;

/* A registration. Records are reused, never given back: the poller may hold a stale one. */
struct socket_watch {
    struct io_socket *socket; /* NULL: free */
    struct socket_watch *next_free;
    bool registered;
};

static struct {
    pthread_mutex_t lock; /* guards all of this; innermost */
    int epoll, wake;      /* 0: not yet */
    struct socket_watch *free;
    int64_t deadline; /* when the poller wakes by itself; INT64_MAX: never */
} net = {.lock = PTHREAD_MUTEX_INITIALIZER, .deadline = INT64_MAX};

static void *poller(void *unused);

static bool start_poller(void)
{
    if (net.epoll)
        return true;
    int epoll = epoll_create1(EPOLL_CLOEXEC), wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll >= 0 && wake >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) == 0) {
        net.epoll = epoll;
        net.wake = wake;
        if (ke_start_helper(poller, NULL))
            return true;
    }
    net.epoll = net.wake = 0;
    if (epoll >= 0)
        close(epoll);
    if (wake >= 0)
        close(wake);
    return false;
}

void socket_arm(struct io_socket *socket, short events)
{
    uint32_t wanted = (uint32_t)(uint16_t)events;
    if (!(wanted & ~socket->armed) || socket->closed)
        return;
    pthread_mutex_lock(&net.lock);
    struct socket_watch *watch = socket->watch;
    if (!watch && start_poller()) {
        watch = net.free;
        if (watch)
            net.free = watch->next_free;
        else
            watch = calloc(1, sizeof *watch);
        if (watch) {
            watch->socket = socket;
            watch->registered = false;
            socket->watch = watch;
        }
    }
    if (watch) {
        struct epoll_event event = {.events = wanted | socket->armed | EPOLLONESHOT, .data.ptr = watch};
        if (epoll_ctl(net.epoll, watch->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket->file->fd,
                      &event) == 0) {
            watch->registered = true;
            socket->armed |= wanted;
        }
    }
    pthread_mutex_unlock(&net.lock);
}

void socket_disarm(struct io_socket *socket)
{
    pthread_mutex_lock(&net.lock);
    if (socket->watch && socket->watch->registered) {
        epoll_ctl(net.epoll, EPOLL_CTL_DEL, socket->file->fd, NULL);
        socket->watch->registered = false;
    }
    socket->armed = 0;
    pthread_mutex_unlock(&net.lock);
}

void socket_watch_free(struct io_socket *socket)
{
    pthread_mutex_lock(&net.lock);
    if (socket->watch) {
        socket->watch->socket = NULL;
        socket->watch->next_free = net.free;
        net.free = socket->watch;
        socket->watch = NULL;
    }
    pthread_mutex_unlock(&net.lock);
}

/* The watched socket, its file referenced; NULL if it is going. */
static struct io_socket *watched(struct socket_watch *watch)
{
    pthread_mutex_lock(&net.lock);
    struct io_socket *socket = watch->socket;
    if (socket) {
        int *references = &socket->file->dispatcher.object.references;
        int count = __atomic_load_n(references, __ATOMIC_ACQUIRE);
        while (count && !__atomic_compare_exchange_n(references, &count, count + 1, true, __ATOMIC_ACQ_REL,
                                                     __ATOMIC_ACQUIRE))
            ;
        if (!count)
            socket = NULL;
    }
    pthread_mutex_unlock(&net.lock);
    return socket;
}

/* ---- queues ---- */

static void enqueue(struct socket_queue *queue, struct socket_operation *operation)
{
    operation->queue = queue;
    operation->next = NULL;
    *queue->last = operation;
    queue->last = &operation->next;
}

static void dequeue(struct socket_operation *operation)
{
    struct socket_queue *queue = operation->queue;
    struct socket_operation **link = &queue->first;
    while (*link != operation)
        link = &(*link)->next;
    *link = operation->next;
    if (!operation->next)
        queue->last = link;
    operation->queue = NULL;
}

static void cancel(struct io_request *request);

/* Begins an operation's next stage; false: it ended at once, with *status. */
static bool next_stage(struct socket_operation *operation, NTSTATUS *status)
{
    struct io_socket *socket = operation->socket;
    bool pending = false;
    pthread_mutex_lock(&socket->lock);
    *status = socket->reads.first ? STATUS_PENDING : operation->attempt(operation);
    if (*status == STATUS_PENDING) {
        enqueue(&socket->reads, operation);
        pending = io_unclaim(operation->request, cancel);
        if (pending)
            socket_arm(socket, operation->events);
        else {
            dequeue(operation);
            *status = STATUS_CANCELLED;
        }
    }
    pthread_mutex_unlock(&socket->lock);
    return pending;
}

static void end(struct socket_operation *operation, NTSTATUS status)
{
    struct io_request *request = operation->request;
    ULONG_PTR information;
    if (status == STATUS_SUCCESS && operation->stage && operation->stage(operation) &&
        next_stage(operation, &status))
        return;
    if (operation->finish)
        status = operation->finish(operation, status);
    information = operation->information;
    operation->free(operation);
    io_complete(request, status, information);
}

static void cancel(struct io_request *request)
{
    struct socket_operation *operation = request->context;
    struct io_socket *socket = operation->socket;
    pthread_mutex_lock(&socket->lock);
    dequeue(operation);
    pthread_mutex_unlock(&socket->lock);
    end(operation, STATUS_CANCELLED);
}

NTSTATUS socket_pend(struct socket_operation *operation, struct io_request *request,
                     struct socket_queue *queue)
{
    request->context = operation;
    struct io_request *heap = io_pend(request, cancel);
    if (!heap)
        return STATUS_NO_MEMORY;
    operation->request = heap;
    enqueue(queue, operation);
    socket_arm(operation->socket, operation->events);
    return STATUS_PENDING;
}

/* Tries the operations of a queue in order; those that ended go to *done. Under the socket's lock. */
static void advance(struct io_socket *socket, struct socket_queue *queue, struct socket_operation ***done,
                    short *wanted)
{
    struct socket_operation *operation = queue->first, *next;
    for (; operation; operation = next) {
        next = operation->next;
        if (!io_claim(operation->request)) /* whoever cancels it takes it out */
            continue;
        NTSTATUS status = operation->attempt(operation);
        if (status == STATUS_PENDING) {
            if (io_unclaim(operation->request, cancel)) {
                *wanted |= operation->events;
                break;
            }
            status = STATUS_CANCELLED;
        }
        dequeue(operation);
        operation->status = status;
        operation->next = NULL;
        **done = operation;
        *done = &operation->next;
    }
    (void)socket;
}

/* Looks at everything that waits for the socket; from the poller, `fired`: its arming is used up. */
static void look(struct io_socket *socket, bool fired)
{
    struct socket_operation *done = NULL, **last = &done;
    short wanted = 0, revents;

    pthread_mutex_lock(&socket->lock);
    if (fired)
        socket->armed = 0;
    socket_settle(socket);
    advance(socket, &socket->reads, &last, &wanted);
    advance(socket, &socket->writes, &last, &wanted);
    socket_arm(socket, wanted);
    pthread_mutex_unlock(&socket->lock);
    while (done) {
        struct socket_operation *operation = done;
        done = operation->next;
        end(operation, operation->status);
    }
    socket_poll_check(socket);
    socket_event_check(socket);

    pthread_mutex_lock(&io_net_lock);
    pthread_mutex_lock(&socket->lock);
    uint32_t more = socket_poll_wanted(socket) | socket_event_wanted(socket);
    if (more) {
        uint32_t events = socket_events(socket, &revents);
        if (events & more) /* between the two looks: once more */
            socket_arm(socket, socket_poll_bits(socket, more));
        else if (!(revents & (POLLHUP | POLLERR)))
            socket_arm(socket, (short)(socket_poll_bits(socket, more) & ~revents));
    }
    pthread_mutex_unlock(&socket->lock);
    pthread_mutex_unlock(&io_net_lock);
}

void socket_changed(struct io_socket *socket)
{
    pthread_mutex_lock(&io_net_lock);
    socket_wake_sleepers(socket);
    pthread_mutex_unlock(&io_net_lock);
    look(socket, false);
}

void socket_poller_deadline(int64_t deadline)
{
    pthread_mutex_lock(&net.lock);
    if (start_poller() && deadline < net.deadline) {
        net.deadline = deadline;
        uint64_t one = 1;
        if (write(net.wake, &one, sizeof one) < 0) {
            /* full: it is awake */
        }
    }
    pthread_mutex_unlock(&net.lock);
}

static void *poller(void *unused)
{
    int64_t next = INT64_MAX;
    (void)unused;
    for (;;) {
        struct epoll_event events[64];
        int timeout = -1;
        if (next != INT64_MAX) {
            int64_t left = next - ke_monotonic();
            timeout = left <= 0 ? 0 : left > 3600000000000 ? 3600000 : (int)((left + 999999) / 1000000);
        }
        int n = epoll_wait(net.epoll, events, 64, timeout);
        for (int i = 0; i < n; i++) {
            struct socket_watch *watch = events[i].data.ptr;
            if (!watch) {
                uint64_t count;
                if (read(net.wake, &count, sizeof count) < 0)
                    continue;
                continue;
            }
            struct io_socket *socket = watched(watch);
            if (socket) {
                struct io_file *file = socket->file;
                look(socket, true);
                ob_dereference(file);
            }
        }
        pthread_mutex_lock(&net.lock);
        net.deadline = INT64_MAX;
        pthread_mutex_unlock(&net.lock);
        next = socket_poll_expire();
        pthread_mutex_lock(&net.lock);
        if (next < net.deadline)
            net.deadline = next;
        else
            next = net.deadline;
        pthread_mutex_unlock(&net.lock);
    }
    return NULL;
}

static void refuse(struct io_request *request)
{
    io_complete(request, STATUS_INVALID_BUFFER_SIZE, 0);
}

NTSTATUS socket_run(struct socket_operation *operation, struct io_request *request,
                    struct socket_queue *queue, bool overlapped, uint32_t timeout)
{
    int64_t deadline = timeout ? ke_monotonic() + (int64_t)timeout * 1000000 : -1;
    NTSTATUS status;
    for (;;) {
        struct io_socket *socket = operation->socket;
        status = STATUS_PENDING;
        pthread_mutex_lock(&socket->lock);
        if (!overlapped || !queue->first) /* else it is not its turn */
            status = operation->attempt(operation);
        if (status == STATUS_PENDING && overlapped) {
            status = socket_pend(operation, request, queue);
            if (status == STATUS_PENDING) {
                pthread_mutex_unlock(&socket->lock);
                return status;
            }
        }
        bool nonblocking = socket->nonblocking;
        pthread_mutex_unlock(&socket->lock);
        if (status == STATUS_SUCCESS && operation->stage && operation->stage(operation)) {
            queue = &operation->socket->reads;
            continue;
        }
        if (status != STATUS_PENDING)
            break;
        if (nonblocking) {
            status = operation->information ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
            break;
        }
        status = socket_wait(socket, operation->events, deadline);
        if (!NT_SUCCESS(status))
            break;
    }
    if (operation->finish)
        status = operation->finish(operation, status);
    request->information = operation->information;
    operation->free(operation);
    if (overlapped &&
        status == STATUS_INVALID_BUFFER_SIZE) { /* known to the transport only: told by completion */
        struct io_request *heap = io_pend(request, refuse);
        if (heap) {
            if (io_claim(heap))
                io_complete(heap, status, 0);
            status = STATUS_PENDING;
        }
    }
    return status;
}
