/*
 * WSAEventSelect: each event is recorded once and signals the event object; the call that deals with it
 * (recv for FD_READ ...) enables it again.
 */
#include "io/socket.h"
#include "mm/guest.h"
#include <errno.h>
#include <poll.h>
#include <string.h>

enum { INDEX_READ, INDEX_WRITE, INDEX_OOB, INDEX_ACCEPT, INDEX_CONNECT, INDEX_CLOSE };

extern const struct ob_type ke_event_type;

/* AFD events to WSAEventSelect's. */
static uint32_t selected_events(struct io_socket *socket, uint32_t events)
{
    uint32_t bits = 0;
    if (events & AFD_POLL_RECEIVE)
        bits |= AFD_FD_READ;
    if (events & AFD_POLL_RECEIVE_EXPEDITED)
        bits |= AFD_FD_OOB;
    if ((events & AFD_POLL_SEND) && !socket->aborted)
        bits |= AFD_FD_WRITE;
    if (events & AFD_POLL_ACCEPT)
        bits |= AFD_FD_ACCEPT;
    if (socket->type == SOCK_STREAM && (events & (AFD_POLL_CONNECT | AFD_POLL_CONNECT_FAIL)))
        bits |= AFD_FD_CONNECT;
    /* The end of the stream is told when everything before it was read. */
    if ((events & AFD_POLL_ABORT) || ((events & AFD_POLL_DISCONNECT) && !(events & AFD_POLL_RECEIVE)))
        bits |= AFD_FD_CLOSE;
    return bits;
}

void socket_event_check(struct io_socket *socket)
{
    short revents;
    pthread_mutex_lock(&io_net_lock);
    uint32_t wanted = socket->event_mask & ~socket->event_disabled;
    if (socket->event && wanted) {
        pthread_mutex_lock(&socket->lock);
        uint32_t bits = selected_events(socket, socket_events(socket, &revents)) & wanted;
        NTSTATUS failure = socket->connect_failed ? io_socket_status_from_errno(socket->connect_error)
                           : socket->aborted
                               ? io_socket_status_from_errno(socket->error ? socket->error : ECONNRESET)
                               : STATUS_SUCCESS;
        bool aborted = socket->aborted;
        pthread_mutex_unlock(&socket->lock);
        if (bits) {
            if (bits & AFD_FD_CONNECT)
                socket->event_status[INDEX_CONNECT] = failure;
            if (bits & AFD_FD_CLOSE)
                socket->event_status[INDEX_CLOSE] = aborted ? failure : STATUS_SUCCESS;
            socket->event_recorded |= bits;
            socket->event_disabled |= bits;
            ke_signal(socket->event);
        }
    }
    pthread_mutex_unlock(&io_net_lock);
}

uint32_t socket_event_wanted(const struct io_socket *socket)
{
    uint32_t mask = socket->event ? socket->event_mask & ~socket->event_disabled : 0, wanted = 0;
    if (mask & AFD_FD_READ)
        wanted |= AFD_POLL_RECEIVE;
    if (mask & AFD_FD_WRITE)
        wanted |= AFD_POLL_SEND;
    if (mask & AFD_FD_OOB)
        wanted |= AFD_POLL_RECEIVE_EXPEDITED;
    if (mask & AFD_FD_ACCEPT)
        wanted |= AFD_POLL_ACCEPT;
    if (mask & AFD_FD_CONNECT)
        wanted |= AFD_POLL_CONNECT_FAIL | (socket->connected ? 0 : AFD_POLL_CONNECT);
    if (mask & AFD_FD_CLOSE)
        wanted |= AFD_POLL_DISCONNECT | AFD_POLL_ABORT;
    return wanted;
}

void socket_event_enable(struct io_socket *socket, uint32_t bits)
{
    pthread_mutex_lock(&io_net_lock);
    bool more = socket->event && (socket->event_mask & socket->event_disabled & bits);
    socket->event_disabled &= ~bits;
    pthread_mutex_unlock(&io_net_lock);
    if (more || bits & AFD_FD_READ) /* reading to the end makes the close visible */
        socket_changed(socket);
}

NTSTATUS socket_event_select(struct io_socket *socket, struct io_request *request)
{
    struct afd_event_select given;
    void *event = NULL;
    if (request->input_length < sizeof given ||
        !NT_SUCCESS(guest_read(&given, (struct afd_event_select *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    if (given.mask && !given.event)
        return STATUS_INVALID_PARAMETER;
    if (given.mask) {
        NTSTATUS status = ob_handle_lookup((HANDLE)(uintptr_t)given.event, &ke_event_type, 2, &event);
        if (!NT_SUCCESS(status))
            return STATUS_INVALID_PARAMETER;
    }
    pthread_mutex_lock(&socket->lock);
    socket->nonblocking = true;
    pthread_mutex_unlock(&socket->lock);
    pthread_mutex_lock(&io_net_lock);
    void *old = socket->event;
    bool connected = socket->connected;
    socket->event = event;
    socket->event_mask = given.mask;
    socket->event_recorded = 0;
    socket->event_disabled = connected ? AFD_FD_CONNECT : 0;
    memset(socket->event_status, 0, sizeof socket->event_status);
    pthread_mutex_unlock(&io_net_lock);
    if (old)
        ob_dereference(old);
    socket_changed(socket);
    return STATUS_SUCCESS;
}

NTSTATUS socket_event_enumerate(struct io_socket *socket, struct io_request *request)
{
    struct afd_event_select given;
    struct afd_events answer = {0};
    if (request->input_length < sizeof given || request->length < sizeof answer ||
        !NT_SUCCESS(guest_read(&given, (struct afd_event_select *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    void *event = NULL;
    if (given.event &&
        !NT_SUCCESS(ob_handle_lookup((HANDLE)(uintptr_t)given.event, &ke_event_type, 2, &event)))
        return STATUS_INVALID_PARAMETER;
    pthread_mutex_lock(&io_net_lock);
    if (event)
        ke_reset(event);
    answer.mask = socket->event_recorded;
    for (int i = 0; i < AFD_FD_COUNT; i++)
        answer.status[i] = answer.mask >> i & 1 ? socket->event_status[i] : 0;
    socket->event_recorded = 0;
    pthread_mutex_unlock(&io_net_lock);
    if (event)
        ob_dereference(event);
    request->information = sizeof answer;
    return guest_copy(request->buffer, &answer, sizeof answer);
}

void socket_event_inherit(struct io_socket *socket, struct io_socket *listener)
{
    pthread_mutex_lock(&io_net_lock);
    if (listener->event) {
        ob_reference(listener->event);
        socket->event = listener->event;
        socket->event_mask = listener->event_mask;
        socket->event_disabled = AFD_FD_CONNECT;
    }
    bool selected = socket->event != NULL;
    pthread_mutex_unlock(&io_net_lock);
    if (selected)
        socket_changed(socket);
}

void socket_event_close(struct io_socket *socket)
{
    pthread_mutex_lock(&io_net_lock);
    void *event = socket->event;
    socket->event = NULL;
    socket->event_mask = 0;
    pthread_mutex_unlock(&io_net_lock);
    if (event)
        ob_dereference(event);
}
