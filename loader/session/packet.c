/*
 * Sending and receiving packets, see packet.h.
 */
#include "session/packet.h"
#include <gastwirt/descriptors.h>

bool session_send_packet(int socket, const void *head, size_t head_size, const void *data, size_t size,
                         int fd)
{
    struct iovec pieces[2] = {{(void *)head, head_size}, {(void *)data, size}};
    return gw_send_descriptors(socket, pieces, 2, &fd, fd >= 0, 0) >= 0;
}

ptrdiff_t session_receive_packet(int socket, void *head, size_t head_size, void *data, size_t room,
                                 int *ret_fd)
{
    struct iovec pieces[2] = {{head, head_size}, {data, room}};
    int fd = -1;
    unsigned count;
    int cut;
    ssize_t got = gw_receive_descriptors(socket, pieces, 2, &fd, 1, &count, &cut, 0);
    bool good = got >= (ssize_t)head_size && !cut;
    if (fd >= 0 && !(good && ret_fd)) {
        close(fd);
        fd = -1;
    }
    if (ret_fd)
        *ret_fd = fd;
    return good ? got - (ssize_t)head_size : -1;
}
