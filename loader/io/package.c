/*
 * Several descriptors as one: a socket with a message in it that carries them.
 */
#include "io/pipe_link.h"
#include <gastwirt/descriptors.h>

int io_pack_descriptors(const int *fds, unsigned count)
{
    int pair[2];
    char mark = 0;
    struct iovec piece = {&mark, 1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    ssize_t sent = gw_send_descriptors(pair[0], &piece, 1, fds, count, 0);
    close(pair[0]);
    if (sent == 1)
        return pair[1];
    close(pair[1]);
    return -1;
}

unsigned io_unpack_descriptors(int package, int *ret_fds, unsigned room, bool keep)
{
    char mark;
    unsigned count;
    int cut;
    struct iovec piece = {&mark, 1};
    ssize_t got = gw_receive_descriptors(package, &piece, 1, ret_fds, room, &count, &cut,
                                         MSG_DONTWAIT | (keep ? MSG_PEEK : 0));
    if (count > room)
        count = room;
    if (got != 1)
        for (; count; count--)
            close(ret_fds[count - 1]);
    if (!keep)
        close(package);
    return count;
}
