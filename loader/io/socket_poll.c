/*
 * IOCTL_AFD_POLL: waits until one of the events wanted is so on one of some sockets. Levels, not edges:
 * what is so already ends a poll at once. A poll tells of one look at all of its sockets.
 * AFD_SELECT is the same inside one call, for select and WSAPoll.
 */
#include "io/socket.h"
#include "ke/wait.h"
#include "mm/guest.h"
#include "wow/wow.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_HANDLES = 4096 };

struct socket_poll_entry {
    struct socket_poll_entry *next, **previous; /* in socket->polls */
    struct socket_poll *poll;
    struct io_socket *socket; /* its file referenced; NULL: closed, or told */
    uint64_t handle;
    uint32_t events, result;
    NTSTATUS status;
};

/* Guarded by io_net_lock while it pends. */
struct socket_poll {
    struct socket_poll *next, **previous; /* of those with a deadline */
    struct io_request *request;
    int64_t deadline; /* monotonic ns; INT64_MAX: none */
    bool exclusive, fired;
    bool narrow; /* a 32-bit caller's layout */
    struct socket_poll *next_done;
    unsigned count;
    struct socket_poll_entry entries[];
};

static struct socket_poll *timed; /* guarded by io_net_lock */

struct poll_header {
    int64_t timeout;
    uint32_t count, exclusive;
};
struct poll_handle64 {
    uint64_t handle;
    uint32_t events;
    int32_t status;
};
struct poll_handle32 {
    uint32_t handle, events;
    int32_t status;
};

static NTSTATUS event_status(const struct io_socket *socket, uint32_t events)
{
    if (events & AFD_POLL_CONNECT_FAIL)
        return io_socket_status_from_errno(socket->connect_error);
    if (events & AFD_POLL_ABORT)
        return io_socket_status_from_errno(socket->error ? socket->error : ECONNRESET);
    return STATUS_SUCCESS;
}

/* Looks at all sockets of a poll; true: something wanted is so. io_net_lock held. */
static bool look(struct socket_poll *poll)
{
    bool found = false;
    short revents;
    for (unsigned i = 0; i < poll->count; i++) {
        struct socket_poll_entry *entry = &poll->entries[i];
        struct io_socket *socket = entry->socket;
        if (!socket || entry->result)
            continue;
        pthread_mutex_lock(&socket->lock);
        entry->result = socket_events(socket, &revents) & entry->events;
        entry->status = event_status(socket, entry->result);
        pthread_mutex_unlock(&socket->lock);
        found |= entry->result != 0;
    }
    return found;
}

static void unlink_entry(struct socket_poll_entry *entry)
{
    if (entry->previous) {
        *entry->previous = entry->next;
        if (entry->next)
            entry->next->previous = entry->previous;
        entry->previous = NULL;
    }
}

/* Takes a claimed poll out of all lists; io_net_lock held. */
static void detach(struct socket_poll *poll)
{
    for (unsigned i = 0; i < poll->count; i++)
        unlink_entry(&poll->entries[i]);
    if (poll->previous) {
        *poll->previous = poll->next;
        if (poll->next)
            poll->next->previous = poll->previous;
        poll->previous = NULL;
    }
}

static void free_poll(struct socket_poll *poll)
{
    for (unsigned i = 0; i < poll->count; i++)
        if (poll->entries[i].socket)
            ob_dereference(poll->entries[i].socket->file);
    free(poll);
}

/* Writes the answer into the caller's output; the size of it. */
static NTSTATUS answer(const struct socket_poll *poll, struct io_request *request, ULONG_PTR *ret_information)
{
    unsigned n = 0;
    size_t each = poll->narrow ? sizeof(struct poll_handle32) : sizeof(struct poll_handle64);
    struct poll_header header = {0};
    uint8_t *place = (uint8_t *)request->buffer + sizeof header;
    for (unsigned i = 0; i < poll->count; i++) {
        const struct socket_poll_entry *entry = &poll->entries[i];
        if (!entry->result)
            continue;
        struct poll_handle64 wide = {entry->handle, entry->result, entry->status};
        struct poll_handle32 narrow = {(uint32_t)entry->handle, entry->result, entry->status};
        if (sizeof header + (n + 1) * each > request->length)
            break;
        if (!io_poke(place + n * each, poll->narrow ? (void *)&narrow : &wide, each))
            return STATUS_ACCESS_VIOLATION;
        n++;
    }
    header.count = n;
    *ret_information = sizeof header + n * each;
    /* The caller's timeout and exclusive flag stay as they are. */
    return io_poke((uint8_t *)request->buffer + offsetof(struct poll_header, count), &header.count,
                   sizeof header.count)
               ? STATUS_SUCCESS
               : STATUS_ACCESS_VIOLATION;
}

/* A claimed, detached poll ends; no lock held. */
static void complete(struct socket_poll *poll, NTSTATUS status)
{
    struct io_request *request = poll->request;
    ULONG_PTR information = 0;
    if (!NT_ERROR(status)) {
        NTSTATUS fault = answer(poll, request, &information);
        if (!NT_SUCCESS(fault))
            status = fault;
    }
    free_poll(poll);
    io_complete(request, status, information);
}

static void cancel_poll(struct io_request *request)
{
    struct socket_poll *poll = request->context;
    pthread_mutex_lock(&io_net_lock);
    detach(poll);
    pthread_mutex_unlock(&io_net_lock);
    complete(poll, STATUS_CANCELLED);
}

static NTSTATUS read_poll(struct io_request *request, struct socket_poll **ret_poll, int64_t *ret_timeout)
{
    struct poll_header header;
    NTSTATUS status = STATUS_SUCCESS;
    if (request->input_length < sizeof header || request->length < sizeof header)
        return STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(guest_read(&header, (struct poll_header *)request->input)))
        return STATUS_ACCESS_VIOLATION;
    if (!header.count || header.count > MAX_HANDLES)
        return STATUS_INVALID_PARAMETER;
    bool narrow = wow_active;
    size_t each = narrow ? sizeof(struct poll_handle32) : sizeof(struct poll_handle64);
    if (request->input_length < sizeof header + header.count * each)
        return STATUS_INVALID_PARAMETER;
    struct socket_poll *poll = calloc(1, sizeof *poll + header.count * sizeof poll->entries[0]);
    if (!poll)
        return STATUS_NO_MEMORY;
    poll->narrow = narrow;
    poll->exclusive = (header.exclusive & 0xff) != 0; /* a BOOLEAN in some declarations */
    poll->deadline = INT64_MAX;
    const uint8_t *place = (const uint8_t *)request->input + sizeof header;
    for (uint32_t i = 0; i < header.count && NT_SUCCESS(status); i++, place += each) {
        struct socket_poll_entry *entry = &poll->entries[i];
        struct poll_handle64 wide;
        struct poll_handle32 small;
        if (narrow) {
            status = guest_read(&small, (const struct poll_handle32 *)place);
            wide = (struct poll_handle64){(uint64_t)wow_handle(small.handle), small.events, 0};
        } else
            status = guest_read(&wide, (const struct poll_handle64 *)place);
        if (!NT_SUCCESS(status))
            break;
        entry->poll = poll;
        entry->handle = wide.handle;
        entry->events = wide.events;
        status = io_socket_lookup((HANDLE)(uintptr_t)wide.handle, &entry->socket);
        if (NT_SUCCESS(status))
            poll->count++;
    }
    if (!NT_SUCCESS(status)) {
        free_poll(poll);
        return status;
    }
    *ret_timeout = header.timeout;
    *ret_poll = poll;
    return STATUS_SUCCESS;
}

/* The deadline of an NT timeout in monotonic time. */
static int64_t deadline_of(int64_t timeout)
{
    if (timeout == INT64_MAX)
        return INT64_MAX;
    if (timeout >= 0) { /* a point in time, from 1601 on */
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        timeout -= ((int64_t)now.tv_sec + 11644473600) * 10000000 + now.tv_nsec / 100;
        timeout = timeout > 0 ? -timeout : 0;
    }
    return timeout < INT64_MIN / 200 ? INT64_MAX : ke_monotonic() - timeout * 100;
}

/* An exclusive poll replaces the one before it, which ends without events. */
static void end_exclusive(struct io_socket *socket, struct socket_poll **done)
{
    for (struct socket_poll_entry *entry = socket->polls, *next; entry; entry = next) {
        struct socket_poll *poll = entry->poll;
        next = entry->next;
        if (poll->exclusive && io_claim(poll->request)) {
            detach(poll);
            poll->next_done = *done;
            *done = poll;
            next = socket->polls; /* its other entries may have been next */
        }
    }
}

static void complete_all(struct socket_poll *done)
{
    while (done) {
        struct socket_poll *next = done->next_done;
        complete(done, STATUS_SUCCESS);
        done = next;
    }
}

/* Asks the poller for what the poll waits for; io_net_lock held. */
static void arm_all(struct socket_poll *poll)
{
    for (unsigned i = 0; i < poll->count; i++) {
        struct socket_poll_entry *entry = &poll->entries[i];
        struct io_socket *socket = entry->socket;
        short revents;
        pthread_mutex_lock(&socket->lock);
        socket_events(socket, &revents);
        if (!(revents & (POLLHUP | POLLERR)))
            socket_arm(socket, (short)(socket_poll_bits(socket, entry->events) & ~revents));
        pthread_mutex_unlock(&socket->lock);
    }
}

NTSTATUS socket_poll(struct io_file *file, struct io_request *request)
{
    struct socket_poll *poll, *done = NULL;
    int64_t timeout;
    (void)file;
    NTSTATUS status = read_poll(request, &poll, &timeout);
    if (!NT_SUCCESS(status))
        return status;
    pthread_mutex_lock(&io_net_lock);
    for (unsigned i = 0; poll->exclusive && i < poll->count; i++)
        end_exclusive(poll->entries[i].socket, &done);
    bool found = look(poll);
    if (!found && timeout) {
        request->context = poll;
        poll->deadline = deadline_of(timeout);
        int64_t deadline = poll->deadline;
        struct io_request *heap = io_pend(request, cancel_poll);
        if (heap) {
            poll->request = heap;
            for (unsigned i = 0; i < poll->count; i++) {
                struct socket_poll_entry *entry = &poll->entries[i];
                entry->next = entry->socket->polls;
                entry->previous = &entry->socket->polls;
                if (entry->next)
                    entry->next->previous = &entry->next;
                entry->socket->polls = entry;
            }
            if (deadline != INT64_MAX) {
                poll->next = timed;
                poll->previous = &timed;
                if (timed)
                    timed->previous = &poll->next;
                timed = poll;
            }
            arm_all(poll);
        }
        pthread_mutex_unlock(&io_net_lock);
        if (heap && deadline != INT64_MAX)
            socket_poller_deadline(deadline);
        if (!heap)
            free_poll(poll);
        complete_all(done);
        return heap ? STATUS_PENDING : STATUS_NO_MEMORY;
    }
    pthread_mutex_unlock(&io_net_lock);
    complete_all(done);
    status = answer(poll, request, &request->information);
    free_poll(poll);
    return NT_SUCCESS(status) && !found ? STATUS_TIMEOUT : status;
}

void socket_poll_check(struct io_socket *socket)
{
    struct socket_poll *done = NULL;
    short revents;
    pthread_mutex_lock(&io_net_lock);
    if (socket->polls) {
        pthread_mutex_lock(&socket->lock);
        uint32_t events = socket_events(socket, &revents);
        pthread_mutex_unlock(&socket->lock);
        for (struct socket_poll_entry *entry = socket->polls, *next; entry; entry = next) {
            struct socket_poll *poll = entry->poll;
            next = entry->next;
            if ((events & entry->events) && !poll->fired && io_claim(poll->request)) {
                look(poll);
                detach(poll);
                poll->fired = true;
                poll->next_done = done;
                done = poll;
                next = socket->polls;
            }
        }
    }
    pthread_mutex_unlock(&io_net_lock);
    complete_all(done);
}

uint32_t socket_poll_wanted(const struct io_socket *socket)
{
    uint32_t wanted = 0;
    for (const struct socket_poll_entry *entry = socket->polls; entry; entry = entry->next)
        wanted |= entry->events;
    return wanted;
}

void socket_poll_closed(struct io_socket *socket)
{
    struct socket_poll *done = NULL;
    struct io_file *file = socket->file;
    unsigned released = 0;
    pthread_mutex_lock(&io_net_lock);
    while (socket->polls) {
        struct socket_poll_entry *entry = socket->polls;
        struct socket_poll *poll = entry->poll;
        if (io_claim(poll->request)) { /* told to every poll, wanted or not */
            look(poll);
            for (unsigned i = 0; i < poll->count; i++)
                if (poll->entries[i].socket == socket)
                    poll->entries[i].result = AFD_POLL_LOCAL_CLOSE;
            detach(poll);
            poll->next_done = done;
            done = poll;
            continue;
        }
        unlink_entry(entry); /* it goes on without this socket */
        entry->socket = NULL;
        released++;
    }
    pthread_mutex_unlock(&io_net_lock);
    complete_all(done);
    while (released--)
        ob_dereference(file);
}

int64_t socket_poll_expire(void)
{
    struct socket_poll *done = NULL;
    int64_t now = ke_monotonic(), next_deadline = INT64_MAX;
    pthread_mutex_lock(&io_net_lock);
    for (struct socket_poll *poll = timed, *next; poll; poll = next) {
        next = poll->next;
        if (poll->deadline > now) {
            if (poll->deadline < next_deadline)
                next_deadline = poll->deadline;
        } else if (io_claim(poll->request)) {
            detach(poll);
            poll->next_done = done;
            done = poll;
        }
    }
    pthread_mutex_unlock(&io_net_lock);
    while (done) {
        struct socket_poll *next = done->next_done;
        complete(done, STATUS_TIMEOUT);
        done = next;
    }
    return next_deadline;
}

/* ---- AFD_SELECT ---- */

struct selection {
    struct afd_select_entry entry;
    struct io_socket *socket;
};

static uint32_t select_look(struct selection *all, struct io_socket **sockets, struct pollfd *fds,
                            uint32_t count)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct io_socket *socket = sockets[i];
        short revents;
        pthread_mutex_lock(&socket->lock);
        uint32_t events = socket_events(socket, &revents);
        uint32_t result = events & (all[i].entry.events | AFD_POLL_LOCAL_CLOSE);
        short bits = (short)(socket_poll_bits(socket, all[i].entry.events) & ~revents);
        if (revents & (POLLHUP | POLLERR))
            bits = 0;
        fds[i] = (struct pollfd){bits ? socket->file->fd : -1, bits, 0};
        all[i].entry.status = result ? event_status(socket, result) : STATUS_SUCCESS;
        pthread_mutex_unlock(&socket->lock);
        /* The events stay what is wanted until something is found. */
        all[i].entry.handle = result;
        found += result != 0;
    }
    return found;
}

NTSTATUS socket_select(struct io_file *file, struct io_request *request)
{
    struct afd_select given;
    NTSTATUS status = STATUS_SUCCESS;
    uint32_t found = 0, count = 0;
    (void)file;
    if (request->input_length < sizeof given ||
        !NT_SUCCESS(guest_read(&given, (struct afd_select *)request->input)) || given.count > MAX_HANDLES)
        return STATUS_INVALID_PARAMETER;
    struct afd_select_entry *guest = ((struct afd_select *)request->input)->entries;
    struct selection *all = calloc(given.count + 1, sizeof *all);
    struct io_socket **sockets = calloc(given.count + 1, sizeof(struct io_socket *));
    struct pollfd *fds = calloc(given.count + 1, sizeof *fds);
    if (!all || !sockets || !fds)
        status = STATUS_NO_MEMORY;
    for (; NT_SUCCESS(status) && count < given.count; count++) {
        status = guest_read(&all[count].entry, &guest[count]);
        if (NT_SUCCESS(status))
            status = io_socket_lookup((HANDLE)(uintptr_t)all[count].entry.handle, &sockets[count]);
        if (!NT_SUCCESS(status))
            break;
    }
    int64_t deadline = given.timeout < 0 ? -1 : ke_monotonic() + given.timeout * 100;
    while (NT_SUCCESS(status)) {
        found = select_look(all, sockets, fds, count);
        if (found || !given.timeout)
            break;
        status = socket_sleep(sockets, fds, count, deadline);
    }
    if (status == STATUS_IO_TIMEOUT)
        status = STATUS_SUCCESS;
    for (uint32_t i = 0; NT_SUCCESS(status) && i < count; i++) {
        uint32_t events = (uint32_t)all[i].entry.handle;
        status = guest_write(&guest[i].events, events);
        if (NT_SUCCESS(status))
            status = guest_write(&guest[i].status, all[i].entry.status);
    }
    for (uint32_t i = 0; i < count; i++)
        ob_dereference(sockets[i]->file);
    free(all);
    free(sockets);
    free(fds);
    request->information = found;
    return status;
}
