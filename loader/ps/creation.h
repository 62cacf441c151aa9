/*
 * One NtCreateUserProcess on its way: what its files (create*.c, spawn.c) share.
 */
#ifndef PS_CREATION_H
#define PS_CREATION_H

#include "io/io.h"
#include "ps/child_block.h"
#include "ps/ps.h"
#include <gastwirt/job.h>

enum { CREATION_ENVIRONMENT_LIMIT = 0x200000 }; /* units */

/* An open file, pipe or device that the child inherits. */
struct creation_file {
    struct io_inherit file;
    HANDLE handle;
    ACCESS_MASK access;
};

/* A handle of anything else that the child inherits: an object of the session. */
struct creation_shared {
    struct ob_object *object; /* referenced */
    struct ps_child_shared saved;
};

/* Everything about one start. */
struct creation {
    RTL_USER_PROCESS_PARAMETERS parameters;
    WCHAR *image, *command_line, *directory, *environment, *dos_path, *window_title, *desktop;
    size_t image_length, command_line_length, directory_length, environment_length, dos_path_length,
        window_title_length, desktop_length;
    uint8_t *runtime_data;
    char *unix_path, *unix_directory;
    bool inherit, suspended, has_handle_list;
    HANDLE *handle_list;
    size_t handle_list_count;
    struct creation_file *files;
    size_t file_count, file_room;
    struct creation_shared *shared;
    size_t shared_count, shared_room;
    void *jobs[GW_JOB_LIST_LIMIT]; /* referenced: those it is to be in besides its parent's */
    unsigned job_count;
    bool breakaway, in_job;
    uint32_t priority_class, error_mode;
    HANDLE debug_handle;
    void *debug_object; /* referenced: debugs the child; NULL */
    int debug_fd;       /* the child's end of the link to its debugger; -1: nobody debugs it */
    int debug_own_end;  /* the debugger's */
    bool debug_kill, debug_children;
    int session_fd; /* the child's connection, which holds what it inherits; -1: none */
    CLIENT_ID *guest_client_id;
    HANDLE parent; /* which is to have the child instead of this process; NULL */
};

/* NULL: no memory. creation_free() also drops the handles and references it holds. */
struct creation *creation_new(void);
void creation_free(struct creation *creation);

/* UTF-8, malloc'ed; NULL: no memory. */
char *creation_to_utf8(const WCHAR *text, size_t length);

/* create_read.c: copies what the caller wants out of the guest's structures, and finds the files. */
NTSTATUS creation_read(struct creation *creation, void *parameters, void *attributes);

/* create_inherit.c: what the child inherits.
 * collect: exports all inheritable or listed handles and the standard ones. STATUS_INVALID_PARAMETER if one
 * that is listed is not inheritable or not there. prepare_session: makes the shared objects known to the
 * server, with a connection for the child that holds them. join_jobs: the child pid, whose page is the memory
 * file page (-1: none), exists and is in its jobs from now on. standard_fd: the descriptor of a standard
 * handle, borrowed; -1: it has none. */
NTSTATUS creation_collect(struct creation *creation);
NTSTATUS creation_prepare_session(struct creation *creation, bool is_unix);
NTSTATUS creation_join_jobs(struct creation *creation, bool is_unix, int pid, int page);
int creation_standard_fd(const struct creation *creation, HANDLE handle);

/* create_block.c: writes all that a Windows program's start needs into a memory file (child_block.h) and
 * returns its descriptor, or -1. append: data goes to the offset *at, which moves on. */
int creation_write_block(const struct creation *creation);
bool creation_append(int fd, off_t *at, const void *data, size_t size);

/* spawn.c: starts the program; its pid, or -errno. */
int creation_spawn_windows(struct creation *creation, int block_fd);
int creation_spawn_unix(struct creation *creation);

/* create.c: all of it, in this process. create_other.c: in the process creation->parent. */
NTSTATUS creation_start(struct creation *creation, struct ps_process **ret_process);
NTSTATUS creation_start_elsewhere(struct creation *creation, struct ps_process **ret_process);

#endif
