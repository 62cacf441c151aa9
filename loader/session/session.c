/*
 * The connection: one socket for the whole process, one exchange at a time under its lock. The thread that
 * listens for calls has a socket of its own (listen.c), and notices first when the server is gone.
 */
#include "session/session.h"
#include "ke/lock.h"
#include "ob/share.h"
#include "options.h"
#include "ps/ps.h"
#include "session/connect.h"
#include <gastwirt/descriptors.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gw_connection {
    pthread_mutex_t lock; /* guards all of this; rank: below ob namespace, nothing is taken under it */
    int fd;               /* -1: not connected */
    uint32_t sequence;
    uint32_t generation, client;
    bool warned;
};

static struct gw_connection connection = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};
bool session_tracing;

uint32_t session_generation(void)
{
    return __atomic_load_n(&connection.generation, __ATOMIC_ACQUIRE);
}

uint32_t session_client(void)
{
    return __atomic_load_n(&connection.client, __ATOMIC_ACQUIRE);
}

void gw_drop_fd(struct gw_exchange *exchange)
{
    if (exchange->received_fd >= 0)
        close(exchange->received_fd);
    exchange->received_fd = -1;
}

/* ---------------------------------------------------------------- one exchange, under the lock */

static bool send_request(struct gw_connection *to, const struct gw_exchange *exchange)
{
    static const uint8_t zeroes[8];
    struct iovec pieces[2 + 2 * 4];
    struct gw_message head = {.code = exchange->code, .sequence = ++to->sequence};
    size_t count = 0, total = sizeof head + exchange->request_size;
    pieces[count++] = (struct iovec){&head, sizeof head};
    pieces[count++] = (struct iovec){(void *)exchange->request, exchange->request_size};
    for (unsigned i = 0; i < exchange->part_count; i++) {
        size_t size = exchange->parts[i].size;
        pieces[count++] = (struct iovec){(void *)exchange->parts[i].data, size};
        pieces[count++] = (struct iovec){(void *)zeroes, GW_PAD(size) - size};
        total += GW_PAD(size);
    }
    head.size = (uint32_t)total;
    return gw_send_descriptors(to->fd, pieces, count, &exchange->send_fd, exchange->send_fd >= 0, 0) ==
           (ssize_t)total;
}

/* False: the connection is of no use any more. */
static bool receive_reply(struct gw_connection *from, struct gw_exchange *exchange, NTSTATUS *ret_status)
{
    struct gw_message head = {0};
    struct iovec pieces[3] = {
        {&head, sizeof head}, {exchange->reply, exchange->reply_size}, {exchange->data, exchange->data_room}};
    uint8_t padding[8];
    struct iovec all[4] = {pieces[0], pieces[1], pieces[2], {padding, sizeof padding}};
    unsigned count;
    int cut;
    exchange->received_fd = -1;
    ssize_t got = gw_receive_descriptors(from->fd, all, 4, &exchange->received_fd, 1, &count, &cut, 0);
    if (got < (ssize_t)sizeof head || head.sequence != from->sequence || head.code != exchange->code ||
        cut & MSG_CTRUNC)
        return false;
    *ret_status = head.status;
    if (head.status < 0)
        return true;
    if (cut & MSG_TRUNC) {
        *ret_status = STATUS_BUFFER_TOO_SMALL;
        gw_drop_fd(exchange);
        return true;
    }
    if ((size_t)got != head.size || (size_t)got < sizeof head + exchange->reply_size)
        return false;
    exchange->data_size = 0;
    if (exchange->has_data) { /* its size is the last field that is not padding: checked by the caller */
        size_t size = (size_t)got - sizeof head - exchange->reply_size;
        exchange->data_size = (uint32_t)(size < exchange->data_room ? size : exchange->data_room);
    }
    return true;
}

static void lose(struct gw_connection *lost)
{
    if (lost->fd >= 0)
        close(lost->fd);
    lost->fd = -1;
}

void session_forget(uint32_t generation)
{
    pthread_mutex_lock(&connection.lock);
    if (connection.generation == generation)
        lose(&connection);
    pthread_mutex_unlock(&connection.lock);
}

static NTSTATUS transfer_locked(struct gw_connection *to, struct gw_exchange *exchange)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (to->fd < 0)
        return STATUS_PORT_DISCONNECTED;
    if (!send_request(to, exchange) || (!exchange->oneway && !receive_reply(to, exchange, &status))) {
        gw_drop_fd(exchange);
        lose(to);
        return STATUS_PORT_DISCONNECTED;
    }
    return status;
}

/* Another thread may be connected to the next server before this one looks at what the last one said. */
static _Thread_local struct {
    uint32_t generation, client;
} served;

uint32_t session_served_generation(void)
{
    return served.generation;
}

uint32_t session_served_client(void)
{
    return served.client;
}

NTSTATUS gw_transfer(struct gw_connection *to, struct gw_exchange *exchange)
{
    bool own = exchange->code != GW_HELLO && exchange->code != GW_CHANNEL; /* those are made under the lock */
    if (own)
        pthread_mutex_lock(&to->lock);
    NTSTATUS status = transfer_locked(to, exchange);
    served.generation = to->generation;
    served.client = to->client;
    if (own)
        pthread_mutex_unlock(&to->lock);
    if (session_tracing)
        session_trace(exchange, status);
    return status;
}

/* ---------------------------------------------------------------- connecting */

/* Says hello over a fresh socket and opens the channel; under the lock. */
static NTSTATUS introduce(struct gw_connection *to, int fd, int *ret_channel)
{
    int pair[2];
    const WCHAR *image = ps_current_process ? ps_current_process->image_path : NULL;
    size_t length = 0;
    while (image && image[length] && length < 1000)
        length++;
    struct gw_hello_in hello = {
        .version = GW_PROTOCOL_VERSION,
        .pid = (uint32_t)getpid(),
        .parent = (uint32_t)getppid(),
        .machine = 0x8664,
        .image = image,
        .image_size = (uint32_t)length * 2,
    };
    struct gw_hello_out out;
    to->fd = fd;
    to->sequence = 0;
    NTSTATUS status = gw_hello(to, &hello, &out);
    if (NT_SUCCESS(status) && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        status = STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(status)) {
        lose(to);
        return status;
    }
    struct gw_channel_in channel = {.socket = pair[0]};
    status = gw_channel(to, &channel);
    close(pair[0]);
    if (!NT_SUCCESS(status)) {
        close(pair[1]);
        lose(to);
        return status;
    }
    *ret_channel = pair[1];
    __atomic_store_n(&to->client, out.client, __ATOMIC_RELEASE);
    __atomic_add_fetch(&to->generation, 1, __ATOMIC_ACQ_REL);
    return STATUS_SUCCESS;
}

/* One plain line, once. */
static void warn(struct gw_connection *to, const char *what, const char *why)
{
    if (!to->warned)
        fprintf(stderr, "run: programs cannot share objects: %s %s\n", what, why);
    to->warned = true;
}

NTSTATUS session_connect(bool start, struct gw_connection **ret_connection)
{
    NTSTATUS status = STATUS_SUCCESS;
    const char *why = "";
    int channel = -1;
    pthread_mutex_lock(&connection.lock);
    if (connection.fd < 0 && connection.generation) { /* before anything of the next server's is there */
        uint32_t last = connection.generation;
        pthread_mutex_unlock(&connection.lock);
        ob_share_lost(last);
        pthread_mutex_lock(&connection.lock);
    }
    for (int i = 0; connection.fd < 0 && i < 5; i++) {
        int fd = session_open_socket(start, &why);
        if (fd < 0) {
            status = start ? STATUS_INSUFFICIENT_RESOURCES : STATUS_OBJECT_NAME_NOT_FOUND;
            if (start)
                warn(&connection, session_name(), why);
            break;
        }
        status = introduce(&connection, fd, &channel);
        if (status == STATUS_REVISION_MISMATCH) {
            warn(&connection, "the session's server", "is of another version");
            break;
        }
        if (status != STATUS_PORT_DISCONNECTED) /* a server that was leaving */
            break;
    }
    if (status == STATUS_PORT_DISCONNECTED) {
        warn(&connection, "the session's server", "takes no more programs");
        status = STATUS_INSUFFICIENT_RESOURCES;
    }
    bool connected = connection.fd >= 0;
    uint32_t generation = connection.generation;
    pthread_mutex_unlock(&connection.lock);
    if (channel >= 0 && !session_start_listener(channel, generation)) {
        session_cut();
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!connected)
        return NT_SUCCESS(status) ? STATUS_PORT_DISCONNECTED : status;
    *ret_connection = &connection;
    return STATUS_SUCCESS;
}

void session_inherit(int fd)
{
    int channel = -1;
    pthread_mutex_lock(&connection.lock);
    NTSTATUS status = introduce(&connection, fd, &channel);
    uint32_t generation = connection.generation;
    pthread_mutex_unlock(&connection.lock);
    if (NT_SUCCESS(status) && !session_start_listener(channel, generation))
        session_cut();
}

void session_cut(void)
{
    pthread_mutex_lock(&connection.lock);
    lose(&connection);
    pthread_mutex_unlock(&connection.lock);
    ob_share_lost(session_generation());
}
