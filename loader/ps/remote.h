/*
 * What a process does for another one: its memory, its threads, children in its name. A host thread of the
 * target serves over a socket that the session server has introduced.
 */
#ifndef PS_REMOTE_H
#define PS_REMOTE_H

#include "ps/ps.h"

enum ps_remote_operation {
    PS_REMOTE_REPLY,
    PS_REMOTE_ALLOCATE,       /* base, zero bits, size, type, protection: base, size */
    PS_REMOTE_FREE,           /* base, size, type: base, size */
    PS_REMOTE_PROTECT,        /* base, size, protection: base, size, old protection */
    PS_REMOTE_QUERY,          /* address, class, length: length; data */
    PS_REMOTE_READ,           /* address, length: data as far as it can be read */
    PS_REMOTE_WRITE,          /* address; data: bytes written */
    PS_REMOTE_CREATE_THREAD,  /* start, argument, reserve, commit, flags: id, TEB. Its end is a second reply.
                               */
    PS_REMOTE_SUSPEND_THREAD, /* id: previous count */
    PS_REMOTE_RESUME_THREAD,  /* id: previous count */
    PS_REMOTE_TERMINATE_THREAD, /* id, status */
    PS_REMOTE_OPEN_THREAD,      /* id: TEB, start. Its end is a second reply. */
    PS_REMOTE_LIST_THREADS,     /* nothing: uint32_t ids, oldest first */
    PS_REMOTE_QUEUE_APC,        /* id, special, routine, three arguments */
    PS_REMOTE_QUERY_THREAD,     /* id, class, length: length, where the data was; data */
    PS_REMOTE_SET_THREAD,       /* id, class; data: nothing */
    PS_REMOTE_SUSPEND_PROCESS,
    PS_REMOTE_RESUME_PROCESS,
    PS_REMOTE_GET_PAGE,       /* nothing: PEB; the process's own page goes along */
    PS_REMOTE_LIST_HANDLES,   /* the first to tell of: how many there are in all; struct ps_remote_handle each
                               */
    PS_REMOTE_CONTEXT,        /* id, set or get; a CONTEXT: the same, as it is then */
    PS_REMOTE_CREATE_PROCESS, /* with a memory file (ps/create.c): Unix pid, is i386; the child's page */
};

enum { PS_REMOTE_DATA = 0x10000 };

/* Either direction; up to PS_REMOTE_DATA bytes follow. */
struct ps_remote {
    uint32_t operation;
    NTSTATUS status; /* of a reply */
    uint64_t value[6];
};

/* Makes the process serve an operation (enum session_operation) on *ret_socket, the caller's to close.
 * STATUS_PROCESS_IS_TERMINATING: it has ended; STATUS_ACCESS_DENIED: it is none that could serve. */
NTSTATUS ps_call_process(struct ps_process *process, uint32_t operation, int *ret_socket);

/* Asks and waits for the reply, which replaces *message. in: what follows; out: room for what follows the
 * reply, *ret_size bytes; fd (-1: none) goes along and *ret_fd comes back (NULL: not wanted). Returns the
 * reply's status, or why there is none. */
NTSTATUS ps_remote_call(struct ps_process *process, struct ps_remote *message, const void *in, size_t in_size,
                        void *out, size_t *ret_size);
NTSTATUS ps_remote_call_fd(struct ps_process *process, struct ps_remote *message, int fd, int *ret_fd);

/* A thread in another process; the object ends when the thread does. */
NTSTATUS ps_remote_create_thread(struct ps_process *process, void *start, void *argument, size_t reserve,
                                 size_t commit, ULONG flags, struct ps_thread **ret_thread);

/* A thread of another process by its id: the object is the same each time, and ends when the thread does. */
NTSTATUS ps_remote_open_thread(struct ps_process *process, uint32_t id, struct ps_thread **ret_thread);

/* The ids of its threads, oldest first; malloc'ed. */
NTSTATUS ps_remote_list_threads(struct ps_process *process, uint32_t **ret_ids, size_t *ret_count);

/* An open handle; the types are numbered as in OBJECT_TYPE_INFORMATION. */
struct ps_remote_handle {
    uint32_t handle, access;
    uint8_t type, attributes;
};

/* All of this process's, and of another one; malloc'ed. */
struct ps_remote_handle *ps_own_handles(size_t *ret_count);
NTSTATUS ps_remote_list_handles(struct ps_process *process, struct ps_remote_handle **ret_handles,
                                size_t *ret_count);

/* Somebody has stopped the Unix process, or it is ending: it does not answer. */
bool ps_is_stopped(int pid);

/* A thread of this process that other ones wait for has ended. */
void ps_remote_thread_ended(struct ps_thread *thread);

/* From now on other processes' work on this one is done. */
void ps_remote_initialize(void);

#endif
