/*
 * Sending and receiving packets, see packet.h.
 */
#include "session/packet.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(int))];
};

bool session_send_packet(int socket, const void *head, size_t head_size, const void *data, size_t size,
                         int fd)
{
    struct iovec pieces[2] = {{(void *)head, head_size}, {(void *)data, size}};
    union control control = {0};
    struct msghdr packet = {.msg_iov = pieces, .msg_iovlen = 2};
    if (fd >= 0) {
        packet.msg_control = &control;
        packet.msg_controllen = sizeof control.room;
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &packet, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

ptrdiff_t session_receive_packet(int socket, void *head, size_t head_size, void *data, size_t room,
                                 int *ret_fd)
{
    struct iovec pieces[2] = {{head, head_size}, {data, room}};
    union control control;
    struct msghdr packet = {
        .msg_iov = pieces, .msg_iovlen = 2, .msg_control = &control, .msg_controllen = sizeof control.room};
    ssize_t got;
    int fd = -1;
    do
        got = recvmsg(socket, &packet, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    struct cmsghdr *first = got > 0 ? CMSG_FIRSTHDR(&packet) : NULL;
    if (first && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_RIGHTS &&
        first->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(first), sizeof fd);
    bool good = got >= (ssize_t)head_size && !(packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC));
    if (fd >= 0 && !(good && ret_fd)) {
        close(fd);
        fd = -1;
    }
    if (ret_fd)
        *ret_fd = fd;
    return good ? got - (ssize_t)head_size : -1;
}
