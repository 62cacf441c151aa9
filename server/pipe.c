/*
 * The meeting place of named pipes and mailslots: which names there are, which instances listen. What an
 * instance offers is a descriptor from its owner that goes to the client unopened; data never comes here. The
 * owner is seen through a control socket: all holders of the instance have it, and its end is theirs.
 */
#include "server.h"
#include <gastwirt/descriptors.h>
#include <stdlib.h>
#include <sys/epoll.h>

enum { NAME_LIMIT = 512, DISPOSITION_OPEN = 1, DISPOSITION_CREATE = 2 };

struct pipe_name {
    struct pipe_name *next, **place;
    struct server_pipe *instances, **instances_end; /* oldest first */
    struct server_pipe_waiter *waiters;
    uint32_t kind, type, sharing, maximum, count;
    int64_t timeout;
    uint32_t size; /* bytes */
    uint16_t text[];
};

struct server_pipe {
    struct server_watch control; /* fd -1: it is gone */
    struct server_pipe *next, **place;
    struct pipe_name *name;
    int end; /* -1: it does not listen */
    uint32_t generation;
};

struct server_pipe_waiter {
    struct server_watch watch; /* the socket that is closed when there is something new */
    struct server_pipe_waiter *next, **place;
};

static struct pipe_name *names;
static struct server_pipe *dead; /* freed at the end of the round: events may name them */
static struct server_pipe_waiter *dead_waiters;

static struct pipe_name *find(uint32_t kind, const uint16_t *text, uint32_t size)
{
    struct pipe_name *name = names;
    for (; name; name = name->next) {
        uint32_t i = 0;
        if (name->kind != kind || name->size != size)
            continue;
        while (i < size / 2 && gw_fold(name->text[i]) == gw_fold(text[i]))
            i++;
        if (i == size / 2)
            break;
    }
    return name;
}

/* ---------------------------------------------------------------- going */

static void drop_waiter(struct server_pipe_waiter *waiter)
{
    server_watch_drop(&waiter->watch);
    *waiter->place = waiter->next;
    if (waiter->next)
        waiter->next->place = waiter->place;
    waiter->next = dead_waiters;
    dead_waiters = waiter;
}

static void wake_waiters(struct pipe_name *name)
{
    while (name->waiters)
        drop_waiter(name->waiters);
}

static void withdraw(struct server_pipe *pipe)
{
    if (pipe->end >= 0)
        close(pipe->end);
    pipe->end = -1;
}

static void drop_pipe(struct server_pipe *pipe)
{
    struct pipe_name *name = pipe->name;
    server_watch_drop(&pipe->control);
    withdraw(pipe);
    *pipe->place = pipe->next;
    if (pipe->next)
        pipe->next->place = pipe->place;
    else
        name->instances_end = pipe->place;
    pipe->next = dead;
    dead = pipe;
    server.pipe_count--;
    if (--name->count == 0) {
        wake_waiters(name);
        *name->place = name->next;
        if (name->next)
            name->next->place = name->place;
        free(name);
    }
}

void server_pipes_collect(void)
{
    while (dead) {
        struct server_pipe *next = dead->next;
        free(dead);
        dead = next;
    }
    while (dead_waiters) {
        struct server_pipe_waiter *next = dead_waiters->next;
        free(dead_waiters);
        dead_waiters = next;
    }
}

/* ---------------------------------------------------------------- what owners say */

/* One message of the owner, or its end. False: there is nothing more, or the instance is gone. */
static bool hear(struct server_pipe *pipe)
{
    struct gw_pipe_message text;
    struct iovec piece = {&text, sizeof text};
    int fd = -1, cut;
    unsigned count;
    ssize_t got = gw_receive_descriptors(pipe->control.fd, &piece, 1, &fd, 1, &count, &cut, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return false;
    bool good = got == sizeof text && !(cut & MSG_CTRUNC) && count <= 1;
    if (good && text.what == GW_PIPE_LISTEN && fd >= 0) {
        withdraw(pipe);
        pipe->end = fd;
        fd = -1;
        pipe->generation = text.generation;
        wake_waiters(pipe->name);
    } else if (good && text.what == GW_PIPE_WITHDRAW) {
        withdraw(pipe);
    } else {
        good = false;
    }
    if (fd >= 0)
        close(fd);
    if (!good)
        drop_pipe(pipe);
    return good;
}

void server_pipe_event(struct server_watch *watch)
{
    if (watch->fd >= 0)
        hear((struct server_pipe *)((char *)watch - offsetof(struct server_pipe, control)));
}

void server_pipe_waiter_event(struct server_watch *watch)
{
    if (watch->fd >= 0)
        drop_waiter(
            (struct server_pipe_waiter *)((char *)watch - offsetof(struct server_pipe_waiter, watch)));
}

/* What owners did before this request is known; NULL if there is no such name (any more). */
static struct pipe_name *find_current(uint32_t kind, const uint16_t *text, uint32_t size)
{
    struct pipe_name *name = find(kind, text, size);
    uint32_t count = name ? name->count : 0;
    for (struct server_pipe *pipe = name ? name->instances : NULL, *next; pipe && count--; pipe = next) {
        next = pipe->next;
        while (hear(pipe))
            ;
    }
    return name ? find(kind, text, size) : NULL;
}

/* ---------------------------------------------------------------- requests */

static bool name_is_good(const void *name, uint32_t size)
{
    return name && size && !(size & 1) && size <= NAME_LIMIT;
}

static struct pipe_name *make_name(const struct gw_create_pipe_in *in)
{
    struct pipe_name *name = calloc(1, sizeof *name + in->name_size);
    if (!name)
        return NULL;
    name->kind = in->kind;
    name->type = in->type;
    name->sharing = in->sharing;
    name->maximum = in->maximum;
    name->timeout = in->timeout;
    name->size = in->name_size;
    memcpy(name->text, in->name, in->name_size);
    name->instances_end = &name->instances;
    name->next = names;
    name->place = &names;
    if (names)
        names->place = &name->next;
    names = name;
    return name;
}

NTSTATUS serve_create_pipe(struct server_client *client, struct gw_create_pipe_in *in,
                           struct gw_create_pipe_out *out)
{
    int pair[2];
    (void)client;
    if (!name_is_good(in->name, in->name_size) || in->end < 0 || in->kind >= GW_PIPE_KINDS || !in->maximum)
        return STATUS_INVALID_PARAMETER;
    struct pipe_name *name = find_current(in->kind, in->name, in->name_size);
    if (name) {
        if (in->kind == GW_PIPE_MAILSLOT)
            return STATUS_OBJECT_NAME_COLLISION;
        if (in->disposition == DISPOSITION_CREATE || name->type != in->type || name->sharing != in->sharing)
            return STATUS_ACCESS_DENIED;
        if (name->count >= name->maximum)
            return STATUS_INSTANCE_NOT_AVAILABLE;
    } else if (in->disposition == DISPOSITION_OPEN) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    struct server_pipe *pipe = calloc(1, sizeof *pipe);
    if (!pipe || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        free(pipe);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    out->existed = name != NULL;
    if ((!name && !(name = make_name(in))) ||
        !server_watch_add(&pipe->control, SERVER_PIPE, pair[0], EPOLLIN)) {
        if (name && !name->count) {
            names = name->next; /* just made: it is the first */
            if (names)
                names->place = &names;
            free(name);
        }
        close(pair[0]);
        close(pair[1]);
        free(pipe);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    pipe->end = in->end;
    in->end = -1;
    pipe->generation = 1; /* every LISTEN says the next one */
    pipe->name = name;
    pipe->place = name->instances_end; /* clients get the oldest first */
    *name->instances_end = pipe;
    name->instances_end = &pipe->next;
    name->count++;
    server.pipe_count++;
    out->control = pair[1];
    out->control_owned = true;
    wake_waiters(name);
    return STATUS_SUCCESS;
}

static struct server_pipe *listening(const struct pipe_name *name)
{
    struct server_pipe *pipe = name->instances;
    while (pipe && pipe->end < 0)
        pipe = pipe->next;
    return pipe;
}

NTSTATUS serve_open_pipe(struct server_client *client, struct gw_open_pipe_in *in,
                         struct gw_open_pipe_out *out)
{
    if (!name_is_good(in->name, in->name_size) || in->kind >= GW_PIPE_KINDS)
        return STATUS_OBJECT_NAME_INVALID;
    struct pipe_name *name = find_current(in->kind, in->name, in->name_size);
    if (!name)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (in->access & ~name->sharing & (GW_PIPE_READ | GW_PIPE_WRITE))
        return STATUS_ACCESS_DENIED;
    struct server_pipe *pipe = listening(name);
    if (!pipe)
        return STATUS_PIPE_NOT_AVAILABLE;
    out->end = pipe->end;
    if (in->kind == GW_PIPE_MAILSLOT) /* everybody gets it */
        return STATUS_SUCCESS;
    struct gw_pipe_message message = {GW_PIPE_CONNECTED, pipe->generation, client->pid};
    send(pipe->control.fd, &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL);
    out->end_owned = true;
    pipe->end = -1;
    return STATUS_SUCCESS;
}

NTSTATUS serve_wait_pipe(struct server_client *client, struct gw_wait_pipe_in *in,
                         struct gw_wait_pipe_out *out)
{
    (void)client;
    if (!name_is_good(in->name, in->name_size))
        return STATUS_OBJECT_NAME_INVALID;
    if (in->notify < 0)
        return STATUS_INVALID_PARAMETER;
    struct pipe_name *name = find_current(GW_PIPE_NAMED, in->name, in->name_size);
    if (!name)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    out->timeout = name->timeout;
    if (listening(name))
        return STATUS_SUCCESS;
    struct server_pipe_waiter *waiter = calloc(1, sizeof *waiter);
    if (!waiter)
        return STATUS_NO_MEMORY;
    if (!server_watch_add(&waiter->watch, SERVER_PIPE_WAITER, in->notify, 0)) {
        free(waiter);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    in->notify = -1;
    waiter->next = name->waiters;
    waiter->place = &name->waiters;
    if (name->waiters)
        name->waiters->place = &waiter->next;
    name->waiters = waiter;
    return STATUS_PENDING;
}

NTSTATUS serve_query_pipe(struct server_client *client, struct gw_query_pipe_in *in,
                          struct gw_query_pipe_out *out)
{
    (void)client;
    if (!name_is_good(in->name, in->name_size) || in->kind >= GW_PIPE_KINDS)
        return STATUS_OBJECT_NAME_INVALID;
    struct pipe_name *name = find_current(in->kind, in->name, in->name_size);
    if (!name)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    out->instances = name->count;
    out->maximum = name->maximum;
    return STATUS_SUCCESS;
}

NTSTATUS serve_list_pipes(struct server_client *client, struct gw_list_pipes_in *in,
                          struct gw_list_pipes_out *out)
{
    uint32_t room = out->entries_size, at = 0, position = 0;
    (void)client;
    for (struct pipe_name *name = names; name; name = name->next) {
        uint32_t head[3] = {name->count, name->maximum, name->size};
        uint32_t size = (uint32_t)(sizeof head + ((name->size + 3u) & ~3u));
        if (name->kind != in->kind || position++ < in->position)
            continue;
        if (size > room - at) {
            out->more = 1;
            break;
        }
        memset((uint8_t *)out->entries + at, 0, size);
        memcpy((uint8_t *)out->entries + at, head, sizeof head);
        memcpy((uint8_t *)out->entries + at + sizeof head, name->text, name->size);
        at += size;
        out->count++;
    }
    out->entries_size = at;
    return STATUS_SUCCESS;
}
