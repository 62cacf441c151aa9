/*
 * What the two kinds of traffic over a named pipe's connection share, and messages for pipe_link.c.
 */
#ifndef IO_PIPE_MESSAGE_H
#define IO_PIPE_MESSAGE_H

#include "io/pipe_link.h"

enum { PIPE_MESSAGE_QUOTA = 65536 }; /* at least, of pipes of messages: before that no writer waits */

#define LOAD(place)       __atomic_load_n(&(place), __ATOMIC_ACQUIRE)
#define ADD(place, count) __atomic_add_fetch(&(place), count, __ATOMIC_ACQ_REL)

/* What the page alone says: STATUS_SUCCESS if it is connected. */
NTSTATUS pipe_link_stated(const struct pipe_link *link);
/* What a call on the socket that failed for good (errno; 0: the end) comes to. */
NTSTATUS pipe_link_broken(const struct pipe_link *link, int error, bool writing);
/* Makes the kernel's EFAULT go away where only a fault handler can provide pages; false: there are none. */
bool pipe_link_touch(const void *buffer, size_t length, bool write);

/* As pipe_link_read, _write and _peek do for pipes of messages. */
NTSTATUS pipe_message_read(struct pipe_link *link, void *buffer, ULONG length, ULONG *ret_length);
NTSTATUS pipe_message_write(struct pipe_link *link, const void *buffer, ULONG length, ULONG_PTR *progress);
NTSTATUS pipe_message_peek(struct pipe_link *link, void *buffer, ULONG room, struct pipe_peek *ret_peek);

#endif
