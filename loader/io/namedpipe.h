/*
 * What the files of the named pipe device share.
 */
#ifndef IO_NAMEDPIPE_H
#define IO_NAMEDPIPE_H

#include "io/device.h"
#include "io/pipe_link.h"

/* Requests that wait for one kind of readiness, oldest first by `context`. */
struct pipe_queue {
    struct io_request *first, **last;
    struct io_wait *wait; /* armed: holds a reference to the file, which is the argument of `function` */
    void (*function)(void *);
};

/* Something whose name the session server knows, and the next one has to be told; while it has a handle. */
struct io_revivable {
    struct io_revivable *next, **place; /* place NULL: not in the list */
    struct io_file *file;
    void (*revive)(struct io_file *file);
    uint32_t pass;
};

/* file->device of a pipe's end; a handle to the device itself has none. */
struct pipe_end {
    pthread_mutex_t
        lock; /* guards all of it; rank: io file. Guest memory is touched under it by the kernel only */
    struct io_file *file;
    bool server;
    int control;            /* of the server's end; -1: none */
    int client;             /* package of the other end of one without a name; -1: none, or taken */
    struct pipe_link *link; /* NULL: closed */
    struct pipe_queue readers, writers, listeners;
    struct io_revivable revivable; /* of one that was made here */
    unsigned revivals;             /* in a row, for a waiting listener */
};

extern const struct io_operations io_named_pipe_operations;

/* A file object over a link and a control socket (or -1), which it takes over; NULL: no memory, both are
 * gone. */
struct io_file *io_named_pipe_file(struct pipe_link *link, int control, ACCESS_MASK access, ULONG options);

/* The current link, referenced; NULL: the end is closed. */
struct pipe_link *io_named_pipe_link(struct pipe_end *end);

/* pipe_listen.c */
NTSTATUS io_named_pipe_listen(struct pipe_end *end, struct io_request *request);
NTSTATUS io_named_pipe_disconnect(struct pipe_end *end);

/* pipe_revive.c */
void io_revive_add(struct io_revivable *revivable, struct io_file *file, void (*revive)(struct io_file *));
void io_revive_remove(struct io_revivable *revivable);
void io_revive_all(void);
bool io_control_is_dead(int control);
/* Makes the instance known to another server if its own is gone. No lock held. */
void io_pipe_revive(struct pipe_end *end);

/* A new instance's link and control socket. */
NTSTATUS io_pipe_register(const struct pipe_page *page, ULONG disposition, struct pipe_link **ret_link,
                          int *ret_control, ULONG *ret_information);

/* pipe_name.c: what the session server is asked. Names without a prefix, length in units. */
NTSTATUS io_pipe_wait(struct io_request *request);
ULONG io_pipe_instances(const struct pipe_page *page);

/* pipe_attribute.c: queries, and the controls that ask. */
NTSTATUS io_named_pipe_query(struct io_file *file, ULONG info_class, void *buffer, ULONG length,
                             ULONG *ret_length);
NTSTATUS io_named_pipe_set(struct io_file *file, ULONG info_class, const void *buffer, ULONG length);
NTSTATUS io_named_pipe_attribute(struct pipe_end *end, struct io_request *request);

/* Requests that ended while a lock was held, linked by `context`: status and information are in them. */
void io_pipe_finish(struct io_request **list, struct io_request *request, NTSTATUS status,
                    ULONG_PTR information);
void io_pipe_complete(struct io_request *list);
void io_pipe_enqueue(struct pipe_queue *queue, struct io_request *request);

/* Takes the request out; false if it is not there. */
bool io_pipe_dequeue(struct pipe_queue *queue, struct io_request *request);
/* Ends all requests of the queue. */
void io_pipe_fail(struct pipe_queue *queue, NTSTATUS status, struct io_request **list);
/* Calls function(file) when the descriptor is ready. Under the device's lock; what disarming gives back is
 * dereferenced without it. */
bool io_pipe_arm(struct io_file *file, struct pipe_queue *queue, int fd, short events,
                 void (*function)(void *));
void io_pipe_disarm(struct io_file *file, struct pipe_queue *queue, struct io_file **ret_release);

#endif
