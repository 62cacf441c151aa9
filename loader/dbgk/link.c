/*
 * Packets of the link, with up to two descriptors.
 */
#include "dbgk/link.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    struct cmsghdr head;
    char room[CMSG_SPACE(DBGK_DESCRIPTORS * sizeof(int))];
};

bool dbgk_send(int socket, const void *packet, size_t size, const int *fds)
{
    struct iovec piece = {(void *)packet, size};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    union control control = {0};
    int given[DBGK_DESCRIPTORS];
    unsigned count = 0;
    for (unsigned i = 0; fds && i < DBGK_DESCRIPTORS && fds[i] >= 0; i++)
        given[count++] = fds[i];
    if (count) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof *given);
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(count * sizeof *given);
        memcpy(CMSG_DATA(&control.head), given, count * sizeof *given);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

/* ret_empty not NULL: does not wait; *ret_empty with the result false: there is nothing yet. */
bool dbgk_receive(int socket, void *packet, size_t size, int *ret_fds, bool *ret_empty)
{
    struct iovec piece = {packet, size};
    union control control;
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
    int fds[DBGK_DESCRIPTORS];
    unsigned count = 0;
    ssize_t got;
    do
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (ret_empty ? MSG_DONTWAIT : 0));
    while (got < 0 && errno == EINTR);
    struct cmsghdr *head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
        count = (unsigned)((head->cmsg_len - CMSG_LEN(0)) / sizeof *fds);
        memcpy(fds, CMSG_DATA(head), count * sizeof *fds);
    }
    if (ret_empty)
        *ret_empty = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    bool good = got == (ssize_t)size && !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC));
    for (unsigned i = 0; i < DBGK_DESCRIPTORS; i++) {
        int fd = i < count ? fds[i] : -1;
        if (good && ret_fds)
            ret_fds[i] = fd;
        else if (fd >= 0)
            close(fd);
    }
    return good;
}
