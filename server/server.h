/*
 * The session server: one thread, one epoll loop. It owns what processes share: objects, names, who refers
 * to what. It believes nothing that a client says: messages are checked by generated code (dispatch.gen.c),
 * handles by server_handle_object, and of a shared page it reads single words only.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <gastwirt/due_heap.h>
#include <gastwirt/protocol.h>
#include <gastwirt/shared.h>
#include <sys/types.h>

struct server_client;

/* What an epoll event belongs to. */
enum server_source {
    SERVER_LISTENER,
    SERVER_TIMERS,
    SERVER_CLIENT,
    SERVER_CHANNEL,
    SERVER_PROCESS,
    SERVER_PENDING,
    SERVER_MEMBER,
    SERVER_PIPE,
    SERVER_PIPE_WAITER
};

struct server_watch {
    enum server_source source;
    int fd; /* -1: none */
};

struct server_name {
    struct server_object *directory; /* referenced; NULL: no name */
    struct server_object *hash_next;
    struct server_object *next, **place; /* among the directory's entries, oldest first */
    uint32_t hash;
    uint32_t size; /* bytes */
    bool permanent;
    uint16_t *text; /* malloc'ed */
};

struct server_job;
struct server_member;
enum { SERVER_BIRTHS = 17 };

struct server_object {
    uint32_t references; /* who needs the structure: handles, children of a directory */
    uint32_t holders;    /* handles of clients; at 0 a name that is not permanent goes */
    uint32_t type, kind;
    bool private; /* a private namespace that can be found: in private.c's list through name.next */
    int32_t limit;
    uint64_t id;
    struct server_name name;
    int memory;             /* -1: none */
    struct gw_state *state; /* mapped memory, for types that have it */
    void *data, *security;  /* malloc'ed */
    uint32_t data_size, security_size;
    uint64_t generation;                          /* of data, from 1 */
    struct server_object *entries, **entries_end; /* of a directory */
    struct server_object *next_unreachable;
    bool builtin; /* there from the start, and for good */
    struct server_job *job; /* of a job */
    struct gw_due due;      /* of a timer, CLOCK_MONOTONIC; armed if it is in the heap */
    int64_t period;
};

/* A free entry holds the next free index in `references` and has no object. */
struct server_handle {
    struct server_object *object;
    uint32_t references;
};

struct server_client {
    struct server_watch watch, channel;
    struct server_watch process; /* whose end is the client's, even if it has left its socket to somebody */
    struct server_client *next, **place;
    uint32_t number; /* in shared state, from 1 */
    uint32_t pid, parent, machine;
    bool known;   /* has said hello */
    bool closing; /* to be destroyed at the end of this round */
    uint32_t sequence;
    struct server_handle *handles;
    uint32_t handle_room, handle_free; /* index 0 is never used */
    void *image;
    uint32_t image_size;
    /* Of a child that has not said hello: the jobs it is to be in (referenced), how often they had been
     * ended. */
    struct server_object *births[SERVER_BIRTHS];
    uint32_t birth_endings[SERVER_BIRTHS], birth_count;
};

/* A call to a process that has no channel yet. */
struct server_pending {
    struct server_watch watch; /* the socket */
    struct server_pending *next, **place;
    struct server_client *from;
    uint32_t pid, operation;
};

struct server_reply {
    uint8_t *body; /* room bytes, 8-aligned */
    size_t size, room;
    int fd;
    bool fd_owned;
};

struct server_request {
    NTSTATUS(*run)
    (struct server_client *client, const void *body, size_t size, int *fd, struct server_reply *reply);
    bool oneway;
};
extern const struct server_request server_requests[GW_CODE_MAX];

extern struct server {
    int epoll;
    int spare; /* a descriptor to give up when there are no more; -1: none */
    struct server_watch listener, timers;
    struct server_client *clients;
    uint32_t client_count;
    struct server_pending *pending;
    struct server_object *root;
    uint32_t pipe_count; /* instances of pipes and mailslots: they keep the server as clients do */
    bool harmless;       /* a fuzzer chooses the processes: none is ended */
} server;

/* main.c */
bool server_watch_add(struct server_watch *watch, enum server_source source, int fd, uint32_t events);
void server_watch_drop(struct server_watch *watch); /* closes */
bool server_initialize(void);
/* Handles what is ready, waiting up to timeout ms. */
void server_round(int timeout);

/* client.c */
struct server_client *server_client_create(int fd);
void server_client_event(struct server_client *client);
void server_client_destroy(struct server_client *client);
struct server_client *server_client_find(uint32_t pid); /* one that has said hello */
bool server_notify(struct server_client *client, uint16_t code, const void *body, size_t size,
                   const struct gw_part *parts, unsigned part_count, int fd);
size_t server_pad(uint8_t *body, size_t size); /* zeroes the padding */
void server_pending_drop(struct server_pending *pending);

/* handle.c. A handle holds its object. */
struct server_object *server_handle_object(struct server_client *client, uint32_t handle, uint32_t type);
/* A new reference: through the handle the client has for the object already, else a new one. */
NTSTATUS server_handle_create(struct server_client *client, struct server_object *object,
                              uint32_t *ret_handle);
bool server_handle_release(struct server_client *client, uint32_t handle, uint32_t count);
void server_handles_destroy(struct server_client *client);

/* object.c */
struct server_object *server_object_create(uint32_t type);
void server_object_release(struct server_object *object);
NTSTATUS server_object_set_data(struct server_object *object, const void *data, uint32_t size);

/* name.c */
bool server_names_initialize(void);
struct server_object *server_builtin(uint32_t handle);
NTSTATUS server_name_enter(struct server_object *directory, const uint16_t *text, uint32_t size,
                           struct server_object *object, bool permanent);
void server_name_leave(struct server_object *object);
/* Nobody can find the directory any more: what is permanent in it is so no longer. */
void server_directory_left(struct server_object *directory);
/* The object a path names, or NULL in *ret_object, *ret_directory and the last component's text; for the
 * root both are NULL but the object. Bytes. */
NTSTATUS server_resolve(struct server_object *directory, const uint16_t *path, uint32_t size,
                        bool insensitive, bool open_link, struct server_object **ret_object,
                        struct server_object **ret_directory, const uint16_t **ret_text, uint32_t *ret_size);
/* Writes the full path; its size in bytes, even if that is more than room. */
uint32_t server_full_name(struct server_object *object, void *buffer, uint32_t room);

/* private.c: it can be found no more. */
void server_private_leave(struct server_object *object);

/* job.c. Its part of a new object; the member's process has ended; nobody has a handle to the job any more;
 * it goes. */
bool server_job_create(struct server_object *object);
void server_member_ended(struct server_member *member);
void server_job_closed(struct server_object *job);
void server_job_destroy(struct server_object *job);
/* The jobs that a child is to be in, outermost first (room for SERVER_BIRTHS), if it may be started. */
NTSTATUS server_child_jobs(struct server_client *client, struct gw_prepare_child_in *in,
                           struct server_object **jobs, uint32_t *ret_count);
uint32_t server_job_endings(const struct server_object *job);
void server_child_arrived(struct server_client *child);
void server_jobs_client_died(struct server_client *client);

/* job_info.c. Enforces limits that time and memory have met; ms until it wants to look again, -1: not at all.
 */
int server_jobs_check(void);
int server_rates_check(void); /* job_rate.c, the same for CPU rates */
size_t server_list_children(uint32_t pid, uint32_t *ret_pids, size_t room);
uint32_t server_parent_of(uint32_t pid); /* 0: there is none */

/* pipe.c. Structures that events may name go at the end of a round. */
void server_pipe_event(struct server_watch *watch);
void server_pipe_waiter_event(struct server_watch *watch);
void server_pipes_collect(void);

/* state.c */
bool server_state_create(struct server_object *object, int32_t count, uint32_t owner);
void server_state_destroy(struct server_object *object);
void server_state_signal(struct server_object *object);
/* A client that held the object is gone. */
void server_state_client_died(struct server_object *object, uint32_t number);

/* timer.c */
bool server_timers_initialize(void);
void server_timers_expire(void);
void server_timer_disarm(struct server_object *object);

#endif
