/*
 * Control messages of datagrams between Windows' and the host's form.
 */
#ifndef IO_SOCKET_CONTROL_H
#define IO_SOCKET_CONTROL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* What a received message carries, in Windows' layout for callers with pointers of this size; false: it
 * did not all fit. */
bool socket_control_out(struct msghdr *message, unsigned pointer, uint8_t *out, size_t room,
                        size_t *ret_used);

/* The opposite: fills message->msg_control (room bytes); false: a message is malformed or not known. */
bool socket_control_in(const uint8_t *in, size_t size, unsigned pointer, struct msghdr *message, size_t room);

#endif
