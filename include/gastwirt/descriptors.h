/*
 * Messages over Unix sockets that carry descriptors; for loader and server.
 */
#ifndef GASTWIRT_DESCRIPTORS_H
#define GASTWIRT_DESCRIPTORS_H

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

enum { GW_DESCRIPTOR_LIMIT = 4 }; /* of one message */

/* sendmsg with `count` descriptors, which stay the caller's; again when a signal came, and without SIGPIPE.
 */
static inline ssize_t gw_send_descriptors(int socket, struct iovec *pieces, size_t piece_count,
                                          const int *fds, unsigned count, int flags)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(GW_DESCRIPTOR_LIMIT * sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = piece_count};
    if (count) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof *fds);
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(count * sizeof *fds);
        memcpy(CMSG_DATA(&control.head), fds, count * sizeof *fds);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, flags | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

/* The descriptors of a received message, now the caller's: up to `room` in ret_fds, the others are closed.
 * How many came. */
static inline unsigned gw_take_descriptors(struct msghdr *message, int *ret_fds, unsigned room)
{
    unsigned count = 0;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head; head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < (head->cmsg_len - CMSG_LEN(0)) / sizeof *ret_fds; i++, count++) {
            int fd;
            memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
            if (count < room)
                ret_fds[count] = fd;
            else
                close(fd);
        }
    }
    return count;
}

/* recvmsg, again when a signal came. *ret_count as above, 0 when there was an error. *ret_cut: MSG_TRUNC if
 * the message did not fit, MSG_CTRUNC if not all its descriptors could be had. */
static inline ssize_t gw_receive_descriptors(int socket, struct iovec *pieces, size_t piece_count,
                                             int *ret_fds, unsigned room, unsigned *ret_count, int *ret_cut,
                                             int flags)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(GW_DESCRIPTOR_LIMIT * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct msghdr message = {.msg_iov = pieces,
                             .msg_iovlen = piece_count,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.room};
    ssize_t got;
    do
        got = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    *ret_count = got < 0 ? 0 : gw_take_descriptors(&message, ret_fds, room);
    *ret_cut = got < 0 ? 0 : message.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
    return got;
}

#endif
