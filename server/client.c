/*
 * Connections: receiving, replying, calling processes, and the end of a client.
 */
#include "server.h"
#include <gastwirt/descriptors.h>
#include <gastwirt/job.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* One message in, one out at a time: the server has one thread. */
static _Alignas(16) uint8_t incoming[GW_MESSAGE_LIMIT], outgoing[GW_MESSAGE_LIMIT];

size_t server_pad(uint8_t *body, size_t size)
{
    memset(body + size, 0, GW_PAD(size) - size);
    return GW_PAD(size);
}

struct server_client *server_client_create(int fd)
{
    static uint32_t last_number;
    struct server_client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    client->watch.fd = client->channel.fd = client->process.fd = -1;
    if (!server_watch_add(&client->watch, SERVER_CLIENT, fd, EPOLLIN)) {
        free(client);
        return NULL;
    }
    last_number = last_number % (GW_STATE_CLIENT_LIMIT - 1) + 1;
    client->number = last_number;
    client->next = server.clients;
    client->place = &server.clients;
    if (server.clients)
        server.clients->place = &client->next;
    server.clients = client;
    server.client_count++;
    return client;
}

void server_pending_drop(struct server_pending *pending)
{
    *pending->place = pending->next;
    if (pending->next)
        pending->next->place = pending->place;
    server_watch_drop(&pending->watch);
    free(pending);
}

void server_client_destroy(struct server_client *client)
{
    for (struct server_pending *pending = server.pending, *next; pending; pending = next) {
        next = pending->next;
        if (pending->from == client)
            server_pending_drop(pending);
    }
    server_jobs_client_died(client);
    server_handles_destroy(client);
    server_watch_drop(&client->watch);
    server_watch_drop(&client->channel);
    server_watch_drop(&client->process);
    *client->place = client->next;
    if (client->next)
        client->next->place = client->place;
    server.client_count--;
    free(client->image);
    free(client);
}

struct server_client *server_client_find(uint32_t pid)
{
    for (struct server_client *client = server.clients; client; client = client->next)
        if (client->known && client->pid == pid && !client->closing)
            return client;
    return NULL;
}

/* ---------------------------------------------------------------- sending */

bool server_notify(struct server_client *client, uint16_t code, const void *body, size_t size,
                   const struct gw_part *parts, unsigned part_count, int fd)
{
    static const uint8_t zeroes[8];
    struct iovec pieces[2 + 2 * 4];
    size_t total = sizeof(struct gw_message) + size, count = 0;
    struct gw_message message = {.code = code};
    if (client->channel.fd < 0)
        return false;
    pieces[count++] = (struct iovec){&message, sizeof message};
    pieces[count++] = (struct iovec){(void *)body, size};
    for (unsigned i = 0; i < part_count; i++) {
        pieces[count++] = (struct iovec){(void *)parts[i].data, parts[i].size};
        pieces[count++] = (struct iovec){(void *)zeroes, GW_PAD(parts[i].size) - parts[i].size};
        total += GW_PAD(parts[i].size);
    }
    message.size = (uint32_t)total;
    return gw_send_descriptors(client->channel.fd, pieces, count, &fd, fd >= 0, MSG_DONTWAIT) >= 0;
}

/* ---------------------------------------------------------------- receiving */

/* The descriptor that came along, or -1; *ret_bad if there was more than one. The sender's id and user. */
static int take_control(struct msghdr *message, struct ucred *ret_sender, bool *ret_bad)
{
    int fd = -1;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head; head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET)
            continue;
        if (head->cmsg_type == SCM_CREDENTIALS)
            memcpy(ret_sender, CMSG_DATA(head), sizeof *ret_sender);
        if (head->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int one;
            memcpy(&one, CMSG_DATA(head) + i * sizeof one, sizeof one);
            if (fd < 0 && count == 1) {
                fd = one;
            } else {
                close(one);
                *ret_bad = true;
            }
        }
    }
    if (message->msg_flags & (MSG_TRUNC | MSG_CTRUNC))
        *ret_bad = true;
    return fd;
}

/* Checks and serves one message; false: the connection ends. */
static bool serve(struct server_client *client, size_t size, int *fd, const struct ucred *sender)
{
    const struct gw_message *message = (const struct gw_message *)incoming;
    struct gw_message *head = (struct gw_message *)outgoing;
    struct server_reply reply = {
        .body = outgoing + sizeof *head, .room = sizeof outgoing - sizeof *head, .fd = -1};
    if (size < sizeof *message || message->size != size || message->zero || message->status ||
        message->code >= GW_CODE_MAX || !server_requests[message->code].run ||
        message->sequence != client->sequence + 1)
        return false;
    if (!client->known) {
        if (message->code != GW_HELLO || sender->uid != getuid())
            return false;
        client->pid = (uint32_t)sender->pid;
    } else if (message->code == GW_HELLO) {
        return false;
    }
    client->sequence++;
    const struct server_request *request = &server_requests[message->code];
    NTSTATUS status = request->run(client, incoming + sizeof *message, size - sizeof *message, fd, &reply);
    if (status == GW_MALFORMED)
        return false;
    bool good = true;
    if (!request->oneway) {
        *head = (struct gw_message){
            .size = (uint32_t)(sizeof *head + reply.size),
            .code = message->code,
            .sequence = client->sequence,
            .status = status,
        };
        struct iovec piece = {outgoing, head->size};
        good = gw_send_descriptors(client->watch.fd, &piece, 1, &reply.fd, reply.fd >= 0, MSG_DONTWAIT) >= 0;
    }
    if (reply.fd_owned && reply.fd >= 0)
        close(reply.fd);
    return good;
}

/* One message: what other clients did before it was sent, their end above all, is seen before the next one.
 */
void server_client_event(struct server_client *client)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct iovec piece = {incoming, sizeof incoming};
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
    struct ucred sender = {.uid = (uid_t)-1};
    bool bad = false;
    ssize_t size = recvmsg(client->watch.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    int fd = size >= 0 ? take_control(&message, &sender, &bad) : -1;
    bool good = size > 0 && !bad && serve(client, (size_t)size, &fd, &sender);
    if (fd >= 0)
        close(fd);
    if (!good)
        client->closing = true;
}

/* ---------------------------------------------------------------- requests about processes */

NTSTATUS serve_hello(struct server_client *client, struct gw_hello_in *in, struct gw_hello_out *out)
{
    if (in->version != GW_PROTOCOL_VERSION)
        return STATUS_REVISION_MISMATCH;
    if (in->image_size > GW_DATA_LIMIT)
        return GW_MALFORMED;
    if (in->image_size) {
        client->image = malloc(in->image_size);
        if (!client->image)
            return STATUS_NO_MEMORY;
        memcpy(client->image, in->image, in->image_size);
        client->image_size = in->image_size;
    }
    int process = client->pid ? (int)syscall(SYS_pidfd_open, client->pid, 0) : -1;
    if (process >= 0 && !server_watch_add(&client->process, SERVER_PROCESS, process, EPOLLIN))
        close(process);
    if (!client->pid) /* it is in another pid namespace */
        client->pid = in->pid;
    client->parent = in->parent;
    client->machine = in->machine;
    client->known = true;
    out->client = client->number;
    out->pid = client->pid;
    server_child_arrived(client);
    return STATUS_SUCCESS;
}

static bool is_packet_socket(int fd)
{
    int type = 0, domain = 0;
    socklen_t size = sizeof type;
    return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET &&
           getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

NTSTATUS serve_channel(struct server_client *client, struct gw_channel_in *in)
{
    if (!is_packet_socket(in->socket) || client->channel.fd >= 0)
        return STATUS_INVALID_PARAMETER;
    if (!server_watch_add(&client->channel, SERVER_CHANNEL, in->socket, 0))
        return STATUS_INSUFFICIENT_RESOURCES;
    in->socket = -1;
    for (struct server_pending *pending = server.pending, *next; pending; pending = next) {
        next = pending->next;
        if (pending->pid != client->pid)
            continue;
        struct gw_note_call_process_in call = {pending->from->number, pending->from->pid, pending->operation,
                                               pending->watch.fd};
        notify_call_process(client, &call);
        server_pending_drop(pending);
    }
    return STATUS_SUCCESS;
}

NTSTATUS serve_call_process(struct server_client *client, struct gw_call_process_in *in)
{
    struct server_client *target = server_client_find(in->pid);
    if (in->socket < 0)
        return STATUS_INVALID_PARAMETER;
    if (target && target->channel.fd >= 0) {
        struct gw_note_call_process_in call = {client->number, client->pid, in->operation, in->socket};
        return notify_call_process(target, &call) ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    }
    /* Its sender wakes the process; once that is connected it gets the call. */
    struct server_pending *pending = calloc(1, sizeof *pending);
    if (!pending)
        return STATUS_NO_MEMORY;
    if (!server_watch_add(&pending->watch, SERVER_PENDING, in->socket, 0)) {
        free(pending);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    in->socket = -1;
    pending->from = client;
    pending->pid = in->pid;
    pending->operation = in->operation;
    pending->next = server.pending;
    pending->place = &server.pending;
    if (server.pending)
        server.pending->place = &pending->next;
    server.pending = pending;
    return STATUS_PENDING;
}

NTSTATUS serve_grant(struct server_client *client, struct gw_grant_in *in, struct gw_grant_out *out)
{
    struct server_object *object = server_handle_object(client, in->handle, 0);
    struct server_client *target = server_client_find(in->pid);
    if (!object)
        return STATUS_INVALID_HANDLE;
    if (!target)
        return STATUS_NOT_FOUND;
    if (in->handle & GW_BUILTIN) {
        out->handle = in->handle;
        return STATUS_SUCCESS;
    }
    return server_handle_create(target, object, &out->handle);
}

NTSTATUS serve_prepare_child(struct server_client *client, struct gw_prepare_child_in *in,
                             struct gw_prepare_child_out *out)
{
    const uint32_t *handles = in->handles;
    struct server_object *jobs[SERVER_BIRTHS];
    uint32_t job_count = 0;
    int pair[2];
    for (uint32_t i = 0; i < in->handles_size / 4; i++)
        if (!server_handle_object(client, handles[i], 0) || handles[i] & GW_BUILTIN)
            return STATUS_INVALID_HANDLE;
    NTSTATUS status = server_child_jobs(client, in, jobs, &job_count);
    if (!NT_SUCCESS(status))
        return status;
    out->in_job = job_count > 0;
    out->socket = -1;
    if (in->flags & GW_CHILD_UNIX || (!job_count && !in->handles_size))
        return STATUS_SUCCESS;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return STATUS_INSUFFICIENT_RESOURCES;
    struct server_client *child = server_client_create(pair[0]);
    if (!child) {
        close(pair[0]);
        close(pair[1]);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    for (uint32_t i = 0; i < in->handles_size / 4; i++) {
        uint32_t handle;
        struct server_object *object = server_handle_object(client, handles[i], 0);
        status = server_handle_create(child, object, &handle);
        if (!NT_SUCCESS(status)) {
            close(pair[1]);
            server_client_destroy(child);
            return status;
        }
    }
    for (uint32_t i = 0; i < job_count; i++) {
        jobs[i]->references++;
        child->births[i] = jobs[i];
        child->birth_endings[i] = server_job_endings(jobs[i]);
    }
    child->birth_count = job_count;
    out->socket = pair[1];
    out->socket_owned = true;
    return STATUS_SUCCESS;
}

NTSTATUS serve_list_processes(struct server_client *client, struct gw_list_processes_in *in,
                              struct gw_list_processes_out *out)
{
    uint32_t room = out->processes_size, at = 0, position = 0;
    (void)client;
    for (struct server_client *each = server.clients; each; each = each->next) {
        uint32_t head[4] = {each->pid, each->parent, each->machine, each->image_size};
        uint32_t size = (uint32_t)(sizeof head + ((each->image_size + 3u) & ~3u));
        if (!each->known || position++ < in->position)
            continue;
        if (size > room - at) {
            out->more = 1;
            break;
        }
        memset((uint8_t *)out->processes + at, 0, size);
        memcpy((uint8_t *)out->processes + at, head, sizeof head);
        if (each->image_size)
            memcpy((uint8_t *)out->processes + at + sizeof head, each->image, each->image_size);
        at += size;
        out->count++;
    }
    out->processes_size = at;
    return STATUS_SUCCESS;
}
