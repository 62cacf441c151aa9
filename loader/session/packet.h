/*
 * Packets between processes: a head of fixed size, data behind it, and up to one descriptor. The other end
 * may be killed at any moment and is not believed.
 */
#ifndef SESSION_PACKET_H
#define SESSION_PACKET_H

#include <stdbool.h>
#include <stddef.h>

/* fd -1: none. False: nobody is there any more. */
bool session_send_packet(int socket, const void *head, size_t head_size, const void *data, size_t size,
                         int fd);

/* How many bytes of data came; -1: the end, or a packet that is torn or too large. *ret_fd: the caller's, -1
 * if there was none; NULL: one that comes is closed. */
ptrdiff_t session_receive_packet(int socket, void *head, size_t head_size, void *data, size_t room,
                                 int *ret_fd);

#endif
