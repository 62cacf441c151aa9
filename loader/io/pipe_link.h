/*
 * The connection of a named pipe's two ends: a pair of Unix sockets (a stream, or packets if it is a pipe of
 * messages) and a page that says what sockets cannot: state, modes, how far a message has been read. The same
 * whether the ends are in one process or in two; a Unix program can have either end as it is.
 */
#ifndef IO_PIPE_LINK_H
#define IO_PIPE_LINK_H

#include "io/io.h"
#include <gastwirt/shared.h>

enum { PIPE_NAME_LIMIT = 256, PIPE_PAGE_SIZE = 4096 };
enum { PIPE_CLIENT, PIPE_SERVER };

/* What one end has done; counts go up only. */
struct pipe_side {
    uint32_t read_mode, completion_mode;
    uint32_t lock; /* the process that reads messages: guards `at` and what belongs to it */
    uint32_t at;   /* bytes of the first message that have been read */
    uint32_t empty_sent, empty_taken; /* messages of no length, which look like the end of the stream */
    uint32_t has_read;
    uint32_t padding;
    uint64_t sent, taken; /* bytes */
    uint64_t excess_sent,
        excess_taken; /* by how much large messages exceed the packets that stand for them */
};

/* Processes change fields atomically and believe nothing in it that could hurt them. */
struct pipe_page {
    uint32_t type, sharing, maximum;
    uint32_t generation; /* of the instance's connections, from 1 */
    uint32_t state;      /* FILE_PIPE_..._STATE; that the other end is gone is seen by its socket */
    uint32_t quota[2];   /* of what this end reads */
    uint32_t process[2]; /* ids */
    int64_t timeout;     /* what clients wait by default */
    struct pipe_side side[2];
    uint32_t name_length; /* units */
    WCHAR name[PIPE_NAME_LIMIT];
};
_Static_assert(sizeof(struct pipe_page) <= PIPE_PAGE_SIZE, "a page");

struct pipe_link {
    int references;
    int fd, page_fd;
    unsigned own; /* PIPE_CLIENT or PIPE_SERVER */
    struct pipe_page *page;
};

/* A new connection: the server's end, and in *ret_package the client's. `like` says what it is to be. */
NTSTATUS pipe_link_create(const struct pipe_page *like, struct pipe_link **ret_link, int *ret_package);
/* What the next connection of the same instance is to be. */
void pipe_link_next(const struct pipe_link *link, struct pipe_page *ret_like);
/* From two descriptors, which are consumed in any case. */
NTSTATUS pipe_link_open(int fd, int page_fd, unsigned own, struct pipe_link **ret_link);
struct pipe_link *pipe_link_reference(struct pipe_link *link);
void pipe_link_release(struct pipe_link *link);

/* Several descriptors as one, a socket with a message that carries them; -1: none. Unpacking consumes it
 * unless it is to be used again (`keep`); how many there were. */
int io_pack_descriptors(const int *fds, unsigned count);
unsigned io_unpack_descriptors(int package, int *ret_fds, unsigned room, bool keep);

/* What stands against using the pipe; STATUS_SUCCESS if it is connected, STATUS_PIPE_BROKEN if the other end
 * is gone. */
NTSTATUS pipe_link_usable(const struct pipe_link *link);
bool pipe_link_is_hung_up(const struct pipe_link *link);

static inline bool pipe_link_has_messages(const struct pipe_link *link)
{
    return link->page->type == FILE_PIPE_MESSAGE_TYPE;
}

static inline struct pipe_side *pipe_link_side(const struct pipe_link *link)
{
    return &link->page->side[link->own];
}

/* Moves what can be moved without waiting; STATUS_PENDING: nothing. Buffers are the guest's. A write adds to
 * *progress and is done when that is `length`. */
NTSTATUS pipe_link_read(struct pipe_link *link, void *buffer, ULONG length, ULONG *ret_length);
NTSTATUS pipe_link_write(struct pipe_link *link, const void *buffer, ULONG length, ULONG_PTR *progress);

/* The same for streams, waiting in the kernel; STATUS_PENDING never. */
NTSTATUS pipe_link_read_waiting(struct pipe_link *link, void *buffer, ULONG length, ULONG *ret_length);

/* What can be read: all, and of the first message. Data up to `room` into buffer (host memory). */
struct pipe_peek {
    ULONG available, message, copied;
};
NTSTATUS pipe_link_peek(struct pipe_link *link, void *buffer, ULONG room, struct pipe_peek *ret_peek);

/* Bytes of this end that the other one has not read. */
ULONG pipe_link_unread(const struct pipe_link *link);
bool pipe_link_is_drained(const struct pipe_link *link);

/* A descriptor that becomes readable when the other end has read something, from now on; -1: none. */
int pipe_link_watch(const struct pipe_link *link);
/* Blocks until then. */
NTSTATUS pipe_link_wait(int watch);

#endif
