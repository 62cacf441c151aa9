/*
 * This process's connection to the session server. Requests are the functions gw_NAME of
 * <gastwirt/protocol.h>; any thread may make them, with no lock held of rank mm or below.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <gastwirt/protocol.h>

/* The connection, made at the first call. start: also starts the server if none runs, else
 * STATUS_OBJECT_NAME_NOT_FOUND. */
NTSTATUS session_connect(bool start, struct gw_connection **ret_connection);

/* Counts connections: what belongs to an earlier one is lost. 0: none yet. */
uint32_t session_generation(void);

/* This process's number at the server, as in shared state; valid while connected. */
uint32_t session_client(void);

/* Those of the connection over which this thread's last request went. */
uint32_t session_served_generation(void);
uint32_t session_served_client(void);

/* A child takes over the connection its parent prepared; consumes fd. */
void session_inherit(int fd);

/* Cuts the connection: what the server says makes no sense. */
void session_cut(void);

/* A program's own socket pair to another process, after that process has been told what for. Wakes the
 * process (by a signal) if it is not connected. STATUS_NOT_FOUND if it is none of this session.
 * Requests are then exchanged as packets. */
NTSTATUS session_call(int unix_pid, uint32_t operation, int *ret_socket);

/* What other processes may ask of this one: handler runs in a host thread of its own; socket is closed behind
 * it. `from` is the caller's Unix pid. */
typedef void session_handler(uint32_t from, int socket);
void session_register(uint32_t operation, session_handler *handler);

enum session_operation {
    SESSION_DUPLICATE = 1,
    SESSION_REMOTE = 2,
    SESSION_DEBUG = 3,
    SESSION_OPERATIONS = 32
};

/* This process is to be reachable: it connects when another one asks for that by signal. session_answer does
 * it, for threads that look at `pending`, with no lock held. */
void session_initialize(void);
void session_answer(void);

/* The server of this generation is gone: who wants it next finds or starts another. */
void session_forget(uint32_t generation);

/* Called, in a helper thread, when the server was found to be gone; the same function may be given again. */
void session_on_loss(void (*function)(void));

/* Called by the listening thread with what jobs say; NULL: nobody listens. */
extern void (*session_job_message)(const struct gw_note_job_message_in *in);

/* Is the Unix process another one of this program (that is, one that can be called)? */
bool session_is_ours(int unix_pid);
/* Does it take calls by now, and is it not stopped from outside? */
bool session_can_be_called(int pid);

/* run --list and run --kill PID|all: the exit status. */
int session_list(void);
int session_kill(const char *who);

/* Where the session's socket is: folder (0700, checked) and name. NULL with *ret_why: there can be none. */
const char *session_folder(bool make, const char **ret_why);
const char *session_name(void);
void session_is_at(const char *folder, const char *name); /* for its server, which is told */
uint64_t session_hash(const char *state);                 /* of a state directory: what the name is made of */

extern bool session_tracing;
void session_trace(const struct gw_exchange *exchange, NTSTATUS status);

#endif
