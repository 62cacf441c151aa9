/*
 * Packets of the link, with up to two descriptors.
 */
#include "dbgk/link.h"
#include <gastwirt/descriptors.h>

bool dbgk_send(int socket, const void *packet, size_t size, const int *fds)
{
    struct iovec piece = {(void *)packet, size};
    unsigned count = 0;
    while (fds && count < DBGK_DESCRIPTORS && fds[count] >= 0)
        count++;
    return gw_send_descriptors(socket, &piece, 1, fds, count, 0) >= 0;
}

/* ret_empty not NULL: does not wait; *ret_empty with the result false: there is nothing yet. */
bool dbgk_receive(int socket, void *packet, size_t size, int *ret_fds, bool *ret_empty)
{
    struct iovec piece = {packet, size};
    int fds[DBGK_DESCRIPTORS];
    unsigned count;
    int cut;
    ssize_t got = gw_receive_descriptors(socket, &piece, 1, fds, DBGK_DESCRIPTORS, &count, &cut,
                                         ret_empty ? MSG_DONTWAIT : 0);
    if (ret_empty)
        *ret_empty = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    bool good = got == (ssize_t)size && !cut;
    for (unsigned i = 0; i < DBGK_DESCRIPTORS; i++) {
        int fd = i < count ? fds[i] : -1;
        if (good && ret_fds)
            ret_fds[i] = fd;
        else if (fd >= 0)
            close(fd);
    }
    return good;
}
