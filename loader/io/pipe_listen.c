/*
 * The server's end of a named pipe between clients: listening, being connected, disconnecting. A connection
 * is never used twice: who listens again offers a new one, and the old client keeps what it has.
 */
#include "io/namedpipe.h"
#include "session/packet.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How often in a row a listener looks for another server. */
enum { REVIVALS = 3 };

static void send_control(struct pipe_end *end, uint32_t what, uint32_t generation, int package)
{
    struct gw_pipe_message text = {what, generation, 0};
    session_send_packet(end->control, &text, sizeof text, NULL, 0, package);
}

/* Has a client come? STATUS_PENDING: not yet. Stale news of earlier connections are taken off. */
static NTSTATUS look(int control, struct pipe_link *link)
{
    for (;;) {
        struct gw_pipe_message message;
        uint32_t state = __atomic_load_n(&link->page->state, __ATOMIC_ACQUIRE),
                 old = FILE_PIPE_LISTENING_STATE;
        if (state == FILE_PIPE_CONNECTED_STATE)
            return STATUS_SUCCESS;
        if (state != FILE_PIPE_LISTENING_STATE)
            return STATUS_PIPE_DISCONNECTED;
        ssize_t got = recv(control, &message, sizeof message, MSG_DONTWAIT | MSG_PEEK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return STATUS_PENDING;
        if (got != sizeof message) /* the session server is gone: nobody will come */
            return STATUS_PIPE_BROKEN;
        if (message.what == GW_PIPE_CONNECTED && message.generation == link->page->generation) {
            /* The client says so itself, if it lives that long. */
            __atomic_store_n(&link->page->process[PIPE_CLIENT], message.pid * 4, __ATOMIC_RELAXED);
            __atomic_compare_exchange_n(&link->page->state, &old, FILE_PIPE_CONNECTED_STATE, false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
        } else {
            recv(control, &message, sizeof message, MSG_DONTWAIT);
        }
    }
}

/* Offers a new connection. Under the lock. */
static NTSTATUS offer(struct pipe_end *end, struct pipe_link **ret_old)
{
    struct pipe_page like;
    struct pipe_link *link;
    int package;
    pipe_link_next(end->link, &like);
    NTSTATUS status = pipe_link_create(&like, &link, &package);
    if (!NT_SUCCESS(status))
        return status;
    send_control(end, GW_PIPE_LISTEN, like.generation, package);
    close(package);
    *ret_old = end->link;
    end->link = link;
    return STATUS_SUCCESS;
}

static void listeners_ready(void *argument);

/* On a worker: the server is gone, and another has to be told. */
static void revive_listener(void *argument)
{
    struct io_file *file = argument;
    io_pipe_revive(file->device);
    listeners_ready(file);
}

static void listeners_ready(void *argument)
{
    struct io_file *file = argument;
    struct pipe_end *end = file->device;
    struct io_request *done = NULL;
    pthread_mutex_lock(&end->lock);
    end->listeners.wait = NULL;
    NTSTATUS status = end->link ? look(end->control, end->link) : STATUS_PIPE_BROKEN;
    bool revive = status == STATUS_PIPE_BROKEN && end->link && end->listeners.first &&
                  end->revivals++ < REVIVALS;
    if (revive && io_queue_work(revive_listener, file)) {
        pthread_mutex_unlock(&end->lock);
        return;
    }
    if (status == STATUS_PENDING)
        end->revivals = 0;
    if (status != STATUS_PENDING)
        io_pipe_fail(&end->listeners, status, &done);
    else if (end->listeners.first &&
             !io_pipe_arm(end->file, &end->listeners, end->control, POLLIN, listeners_ready))
        io_pipe_fail(&end->listeners, STATUS_INSUFFICIENT_RESOURCES, &done);
    pthread_mutex_unlock(&end->lock);
    io_pipe_complete(done);
    ob_dereference(file);
}

static void cancel_listen(struct io_request *request)
{
    struct pipe_end *end = request->file->device;
    struct io_file *release = NULL;
    pthread_mutex_lock(&end->lock);
    if (io_pipe_dequeue(&end->listeners, request) && !end->listeners.first)
        io_pipe_disarm(end->file, &end->listeners, &release);
    pthread_mutex_unlock(&end->lock);
    io_complete(request, STATUS_CANCELLED, 0);
    if (release)
        ob_dereference(release);
}

NTSTATUS io_named_pipe_listen(struct pipe_end *end, struct io_request *request)
{
    struct pipe_link *old = NULL;
    bool fresh = false;
    if (!end->server)
        return STATUS_ILLEGAL_FUNCTION;
    io_pipe_revive(end);
    pthread_mutex_lock(&end->lock);
    if (!end->link) {
        pthread_mutex_unlock(&end->lock);
        return STATUS_PIPE_BROKEN;
    }
    bool no_wait = pipe_link_side(end->link)->completion_mode == FILE_PIPE_COMPLETE_OPERATION;
    NTSTATUS status = pipe_link_usable(end->link);
    if (!end->link->page->name_length &&
        (status == STATUS_PIPE_LISTENING || status == STATUS_PIPE_DISCONNECTED)) {
        pthread_mutex_unlock(&end->lock); /* without a name nobody comes by himself */
        return STATUS_ILLEGAL_FUNCTION;
    }
    if (status == STATUS_PIPE_DISCONNECTED) {
        status = offer(end, &old);
        if (NT_SUCCESS(status))
            status = STATUS_PIPE_LISTENING;
        fresh = true;
    }
    if (status == STATUS_PIPE_LISTENING) { /* a client that was killed on its way has come all the same */
        NTSTATUS found = look(end->control, end->link);
        status = found == STATUS_PENDING ? STATUS_PIPE_LISTENING : found;
    }
    if (status == STATUS_SUCCESS)
        status = STATUS_PIPE_CONNECTED;
    else if (status == STATUS_PIPE_BROKEN)
        status = STATUS_PIPE_CLOSING;
    else if (status == STATUS_PIPE_LISTENING && no_wait)
        status = fresh ? STATUS_SUCCESS : STATUS_PIPE_LISTENING;
    else if (status == STATUS_PIPE_LISTENING) {
        struct io_request *heap = io_pend(request, cancel_listen);
        status = STATUS_PENDING;
        if (!heap) {
            status = STATUS_NO_MEMORY;
        } else {
            io_pipe_enqueue(&end->listeners, heap);
            if (!io_pipe_arm(end->file, &end->listeners, end->control, POLLIN, listeners_ready)) {
                io_pipe_dequeue(&end->listeners, heap);
                if (io_claim(heap)) {
                    pthread_mutex_unlock(&end->lock);
                    io_complete(heap, STATUS_INSUFFICIENT_RESOURCES, 0);
                    return STATUS_PENDING;
                }
            }
        }
    }
    pthread_mutex_unlock(&end->lock);
    if (old)
        pipe_link_release(old);
    return status;
}

NTSTATUS io_named_pipe_disconnect(struct pipe_end *end)
{
    struct io_request *done = NULL;
    struct pipe_queue *queues[] = {&end->readers, &end->writers, &end->listeners};
    struct io_file *release[3] = {0};
    NTSTATUS status = STATUS_SUCCESS;
    if (!end->server)
        return STATUS_ILLEGAL_FUNCTION;
    pthread_mutex_lock(&end->lock);
    uint32_t before = end->link ? __atomic_exchange_n(&end->link->page->state, FILE_PIPE_DISCONNECTED_STATE,
                                                      __ATOMIC_ACQ_REL)
                                : FILE_PIPE_DISCONNECTED_STATE;
    if (before == FILE_PIPE_DISCONNECTED_STATE) {
        status = STATUS_PIPE_DISCONNECTED;
    } else {
        if (before == FILE_PIPE_LISTENING_STATE)
            send_control(end, GW_PIPE_WITHDRAW, 0, -1);
        shutdown(end->link->fd, SHUT_RDWR); /* wakes both ends, in whatever process */
        for (int i = 0; i < 3; i++) {
            io_pipe_fail(queues[i], STATUS_PIPE_DISCONNECTED, &done);
            io_pipe_disarm(end->file, queues[i], &release[i]);
        }
    }
    pthread_mutex_unlock(&end->lock);
    io_pipe_complete(done);
    for (int i = 0; i < 3; i++)
        if (release[i])
            ob_dereference(release[i]);
    return status;
}
