/*
 * The session server inside a unit test: clients are socket pairs, each request runs rounds of the server's
 * loop.
 */
#ifndef SERVER_FIXTURE_H
#define SERVER_FIXTURE_H

#include "server.h"

/* Generated; part of the program under test. */
#include "server/protocol_client.gen.c"
#include "server/protocol_server.gen.c"
#include "server/protocol_table.gen.c"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* As ck_assert, but silent while it holds: Check takes longer over millions of notes than the tests over what
 * they are about. */
#define fixture_require(condition)                                                                           \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            ck_abort_msg("%s does not hold", #condition);                                                    \
    } while (0)

struct gw_connection {
    int fd;
    uint32_t sequence, number;
    struct server_client *client;
};

static inline struct gw_connection fixture_raw(void)
{
    struct gw_connection connection = {0};
    int pair[2];
    fixture_require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    connection.client = server_client_create(pair[0]);
    fixture_require(connection.client);
    connection.fd = pair[1];
    return connection;
}

static inline void fixture_rounds(void)
{
    for (int i = 0; i < 4; i++)
        server_round(0);
}

static inline void fixture_send(struct gw_connection *to, const void *data, size_t size, int fd)
{
    struct iovec piece = {(void *)data, size};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control.room;
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    }
    if (sendmsg(to->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        fixture_require(errno == EPIPE || errno == EAGAIN || errno == ECONNRESET || errno == EMSGSIZE);
}

/* The size; 0: the server has closed the connection; -1: there is nothing. */
static inline ssize_t fixture_receive(struct gw_connection *from, void *buffer, size_t room, int *ret_fd)
{
    struct iovec piece = {buffer, room};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
    ssize_t got = recvmsg(from->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    *ret_fd = -1;
    if (got < 0)
        return errno == EAGAIN ? -1 : 0;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head))
        if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
            memcpy(ret_fd, CMSG_DATA(head), sizeof(int));
    return got;
}

NTSTATUS gw_transfer(struct gw_connection *connection, struct gw_exchange *exchange)
{
    static _Alignas(16) uint8_t buffer[GW_MESSAGE_LIMIT];
    struct gw_message *head = (struct gw_message *)buffer;
    size_t at = sizeof *head;
    memset(buffer, 0, sizeof *head);
    if (exchange->request_size)
        memcpy(buffer + at, exchange->request, exchange->request_size);
    at += exchange->request_size;
    for (unsigned i = 0; i < exchange->part_count; i++) {
        memset(buffer + at, 0, GW_PAD(exchange->parts[i].size));
        if (exchange->parts[i].size)
            memcpy(buffer + at, exchange->parts[i].data, exchange->parts[i].size);
        at += GW_PAD(exchange->parts[i].size);
    }
    *head = (struct gw_message){
        .size = (uint32_t)at, .code = exchange->code, .sequence = ++connection->sequence};
    fixture_send(connection, buffer, at, exchange->send_fd);
    fixture_rounds();
    if (exchange->oneway)
        return STATUS_SUCCESS;
    ssize_t got = fixture_receive(connection, buffer, sizeof buffer, &exchange->received_fd);
    if (got < (ssize_t)sizeof *head)
        return STATUS_PORT_DISCONNECTED;
    fixture_require(head->size == (size_t)got);
    fixture_require(head->sequence == connection->sequence);
    fixture_require(head->code == exchange->code);
    if (head->status < 0) {
        fixture_require(head->size == sizeof *head);
        return head->status;
    }
    fixture_require((size_t)got >= sizeof *head + exchange->reply_size);
    if (exchange->reply_size)
        memcpy(exchange->reply, buffer + sizeof *head, exchange->reply_size);
    size_t size = (size_t)got - sizeof *head - exchange->reply_size;
    if (exchange->has_data) {
        exchange->data_size = (uint32_t)(size < exchange->data_room ? size : exchange->data_room);
        if (exchange->data_size)
            memcpy(exchange->data, buffer + sizeof *head + exchange->reply_size, exchange->data_size);
    }
    return head->status;
}

void gw_drop_fd(struct gw_exchange *exchange)
{
    if (exchange->received_fd >= 0)
        close(exchange->received_fd);
    exchange->received_fd = -1;
}

static inline struct gw_connection fixture_connect(void)
{
    struct gw_connection connection = fixture_raw();
    struct gw_hello_in in = {.version = GW_PROTOCOL_VERSION, .pid = (uint32_t)getpid()};
    struct gw_hello_out out;
    ck_assert_int_eq(gw_hello(&connection, &in, &out), STATUS_SUCCESS);
    ck_assert_uint_eq(out.pid, (uint32_t)getpid());
    connection.number = out.client;
    return connection;
}

static inline void fixture_close(struct gw_connection *connection)
{
    close(connection->fd);
    fixture_rounds();
}

static inline unsigned fixture_descriptors(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        count++;
    closedir(folder);
    return count;
}

#endif
