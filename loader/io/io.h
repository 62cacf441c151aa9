/*
 * I/O manager: file objects, paths between the two worlds, requests and their completion.
 * A file object is a waitable object; what it does is in its operations (disk, pipe, console, ...).
 */
#ifndef IO_IO_H
#define IO_IO_H

#include "ke/dispatcher.h"
#include "ob/ob.h"
#include <nt/io.h>
#include <pthread.h>
#include <sys/stat.h>

struct io_file;
struct io_completion;
struct io_request;
struct io_share;
struct ps_thread;

/* ---- paths ---- */

/* A resolved path. unix_path is absolute, malloc'ed. For a folder of the C: overlay `overlay` is its
 * path below C: ("windows/system32"; "" for the root) and unix_path where writes go. */
struct io_path {
    char *unix_path;
    char *overlay;    /* canonical name of an overlay folder, or NULL */
    bool read_only;   /* belongs to the system overlay */
    bool exists;      /* as of resolution; else the parent exists and unix_path names what to create */
    bool trailing;    /* the guest's name ended in a backslash */
    bool statx_valid; /* `stat` describes unix_path, links not followed */
    struct statx stat;
};

/* What it holds, not the structure. */
void io_path_free(struct io_path *path);

/* NT path (\??\C:\..., already host memory) to Unix. STATUS_OBJECT_PATH_NOT_FOUND, _NAME_INVALID,
 * _PATH_SYNTAX_BAD; for a missing last component STATUS_SUCCESS with exists false. */
NTSTATUS io_path_to_unix(const WCHAR *nt, size_t length, struct io_path *ret_path);

/* Makes the folder in which path is to be created, if it is virtual until now. */
NTSTATUS io_path_make_parent(const struct io_path *path);

/* Unix path to DOS path ("Z:\home\u"); malloc'ed, terminated; NULL: no memory. Relative paths are
 * taken from the working directory. */
WCHAR *io_unix_to_dos(const char *unix_path);

/* DOS path (UTF-8, "C:\x" or "C:/x") to an existing Unix path, malloc'ed; NULL if there is none. */
char *io_dos_to_unix(const char *dos_path);

/* Of the Unix user; never NULL, not the caller's. */
const char *io_user_name(void);

/* Where user state is, with the C: drive below it. It exists only after a call with create; then
 * NULL if it cannot be made. */
const char *io_state_directory(bool create);

/* ---- text ---- */

/* Both return the number of units written, without a terminator (none is added). Invalid UTF-8 bytes
 * become U+DC80..U+DCFF and back, so every Unix name has a UTF-16 name that leads to it. Without room
 * for all they stop early. Output needs at most strlen units / 3 bytes a unit. */
size_t io_utf8_to_utf16(const char *text, WCHAR *out, size_t room);
size_t io_utf8_to_utf16_n(const char *text, size_t length, WCHAR *out, size_t room);
size_t io_utf16_to_utf8(const WCHAR *text, size_t length, char *out, size_t room);

/* File-name component: as above, and characters that are not allowed in Windows names (: * ? " < > |
 * \ and controls) are moved to U+F000 + c and back. */
size_t io_name_to_utf16(const char *name, size_t length, WCHAR *out);
size_t io_name_to_utf8(const WCHAR *name, size_t length, char *out);

/* As names of files are compared: Windows' table, one unit at a time. */
WCHAR io_upcase(WCHAR c);

/* errno to NTSTATUS; the only place. Sockets have statuses of their own for some. */
NTSTATUS io_status_from_errno(int error);
NTSTATUS io_socket_status_from_errno(int error);

/* ---- file objects ---- */

enum io_kind {
    IO_DISK,
    IO_DIRECTORY,
    IO_PIPE,
    IO_NAMED_PIPE,
    IO_MAILSLOT,
    IO_CONSOLE,
    IO_NULL,
    IO_VOLUME,
    IO_SOCKET,
    IO_DEVICE
};

struct io_operations {
    /* Start the request; return its final status with request->information, or STATUS_PENDING after
     * having queued it (then io_complete is called later, perhaps already). */
    NTSTATUS (*read)(struct io_file *file, struct io_request *request);
    NTSTATUS (*write)(struct io_file *file, struct io_request *request);
    NTSTATUS (*control)(struct io_file *file, struct io_request *request);
    NTSTATUS (*flush)(struct io_file *file); /* NULL: nothing to wait for */
    /* Information classes that are the device's own; STATUS_INVALID_INFO_CLASS: not known here. */
    NTSTATUS (*query)(struct io_file *file, ULONG info_class, void *buffer, ULONG length, ULONG *ret_length);
    NTSTATUS (*set)(struct io_file *file, ULONG info_class, const void *buffer, ULONG length);
    void (*cleanup)(struct io_file *file); /* last handle closed */
    void (*destroy)(struct io_file *file); /* last reference gone */
};

struct io_file {
    struct ke_dispatcher_object dispatcher;
    const struct io_operations *operations;
    uint8_t kind;
    bool delete_pending; /* disposition set: remove at last close */
    bool delete_posix;
    bool removed; /* already gone from its folder */
    bool delete_on_close;
    bool kernel_position; /* the descriptor's own position counts (inherited or shared with a child) */
    bool owns_fd;
    bool append_only;
    bool read_only_media;
    uint8_t standard;         /* bits of the descriptors 0 to 2 that are this file as well */
    bool link_itself;         /* opened with FILE_OPEN_REPARSE_POINT on a link: fd is O_PATH */
    uint8_t completion_flags; /* FILE_SKIP_... */
    int fd;                   /* -1: none */
    ACCESS_MASK access;       /* as opened */
    ULONG options;            /* FILE_... create options */
    ULONG sharing;
    int64_t position;     /* guarded by lock */
    pthread_mutex_t lock; /* rank: io file */
    char *path;           /* Unix path; NULL: none */
    char *overlay;        /* overlay folder, see io_path */
    WCHAR *device_name;   /* what NtQueryObject and FileNameInformation say if there is no path */
    struct io_share *share;
    uint32_t moves;                     /* the session's count of renames when the path was right */
    struct io_enumeration *enumeration; /* of a directory handle */
    struct io_notify *notify;
    struct io_completion *port;
    void *port_key;
    struct io_request *requests; /* pending, guarded by the request lock */
    void *device;                /* the device's own */
    uint32_t carried;            /* bytes written to a pipe, up to where it gets more room */
};

extern const struct ob_type io_file_type;
extern const struct ob_type io_completion_type;

/* Creates the drive map, the standard types. Before anything else here. */
void io_initialize(void);

/* A Unix program that was just started gets the limits this process was started with. */
void io_restore_limits(int unix_pid);

/* A fresh file object (one reference) over fd, which it owns if owns_fd. NULL: no memory. */
struct io_file *io_file_create(enum io_kind kind, const struct io_operations *operations, int fd,
                               ACCESS_MASK access, ULONG options);

/* A handle for the inherited descriptor 0, 1 or 2: console, pipe, disk, NUL, by what it is.
 * STATUS_INVALID_HANDLE if it is closed. */
NTSTATUS io_open_standard(int fd, HANDLE *ret_handle);

/* The handle's file is also the descriptor `fd` (0 to 2), which is given up with its last handle. */
void io_set_standard(HANDLE handle, int fd);

/* A handle for any descriptor, which the file then owns. */
NTSTATUS io_open_descriptor(int fd, ACCESS_MASK access, ULONG options, HANDLE *ret_handle);

/* The Unix descriptor behind a file handle, for sections and children; a duplicate (O_CLOEXEC) that
 * the caller closes. access: FILE_READ_DATA... that the handle must have. STATUS_INVALID_HANDLE,
 * STATUS_OBJECT_TYPE_MISMATCH, STATUS_ACCESS_DENIED. */
NTSTATUS io_file_descriptor(HANDLE handle, ACCESS_MASK access, int *ret_fd);

/* What a child needs to build the file again: descriptor (duplicate), access, options, path (malloc'ed, may
 * be NULL). Consoles and pipes included. */
struct io_inherit {
    int fd;
    int plain; /* of an export: what can be a standard descriptor; -1: fd itself */
    ULONG kind, access, options;
    int64_t position; /* of a socket: its state; of a console: whether it is the input */
    char *path;
    ULONG sharing; /* IO_INHERIT_SHARES and FILE_SHARE_..., 0: it has no part in that */
};
enum { IO_INHERIT_SHARES = 0x100 };
NTSTATUS io_file_export(HANDLE handle, struct io_inherit *ret_inherit);
NTSTATUS io_file_import(const struct io_inherit *inherit, ULONG attributes, HANDLE *ret_handle);

/* The same without a handle: a file whose last handle is closed is closed. */
NTSTATUS io_file_adopt(const struct io_inherit *inherit, void **ret_object);

/* The NT path ("\Device\HarddiskVolume3\..." ) of an open file, for MemoryMappedFilenameInformation;
 * malloc'ed. */
WCHAR *io_file_nt_path(struct io_file *file);

/* Opens (with O_CREAT: or makes) a file by NT path for the host's own use: a descriptor. */
NTSTATUS io_open_unix(const WCHAR *nt_path, size_t length, int flags, int *ret_fd);

/* ---- requests ---- */

enum { IO_OFFSET_CURRENT = -1, IO_OFFSET_END = -2 };

struct io_request {
    struct io_request *next, **previous;         /* in file->requests while pending */
    struct io_request *all_next, **all_previous; /* all pending ones */
    struct io_file *file;                        /* referenced while pending */
    IO_STATUS_BLOCK *iosb;                       /* guest */
    void *event;                                 /* referenced, or NULL */
    void *apc;                                   /* guest routine, or NULL */
    void *apc_context;
    struct ke_thread *thread; /* who asked */
    struct ps_thread *owner;  /* the same, referenced, of a pending request with an APC */
    void *buffer;             /* guest: data to read or write; output of a control */
    ULONG length;
    void *input; /* guest: input of a control */
    ULONG input_length;
    ULONG code;
    int64_t offset; /* IO_OFFSET_CURRENT, IO_OFFSET_END, or from the start */
    ULONG_PTR information;
    bool synchronous; /* the caller waits inside the call */
    bool completed, cancelled, heap, no_port;
    int references;
    struct io_request *pended; /* of the caller's request: its heap copy */
    NTSTATUS status;
    void (*cancel)(struct io_request *request); /* set while pending: completes it with STATUS_CANCELLED */
    void *context;                              /* the device's own */
    struct ke_dispatcher_object done;           /* synchronous requests wait here */
};

/* The body of every call with a request: looks up event, runs start, waits for synchronous handles,
 * reports. */
NTSTATUS io_run(struct io_file *file, struct io_request *request, HANDLE event,
                NTSTATUS (*start)(struct io_file *, struct io_request *));

/* A pending request has ended: fills the status block, sets event, queues APC or packet. From any
 * host thread; frees the request if it is on the heap. */
void io_complete(struct io_request *request, NTSTATUS status, ULONG_PTR information);

/* Makes a heap copy of the request that outlives the call; to be returned with STATUS_PENDING. */
struct io_request *io_pend(struct io_request *request, void (*cancel)(struct io_request *));

/* The same with one more reference, for whom the request must not be gone; io_request_release gives it back.
 */
struct io_request *io_pend_held(struct io_request *request, void (*cancel)(struct io_request *));
void io_request_hold(struct io_request *request);
void io_request_release(struct io_request *request);

/* Takes a pending request for completion; false: it is being cancelled, leave it alone. */
bool io_claim(struct io_request *request);

/* The opposite: the claimed request goes on pending. False: it was cancelled meanwhile, complete it. */
bool io_unclaim(struct io_request *request, void (*cancel)(struct io_request *));

/* Cancels what is pending on the file (of the thread, of the status block, if given); how many. */
unsigned io_cancel(struct io_file *file, struct ke_thread *thread, IO_STATUS_BLOCK *iosb);

/* The same for a file as a whole, and calls that block on its synchronous handle in other threads. */
unsigned io_cancel_file(struct io_file *file, IO_STATUS_BLOCK *iosb);

/* Copies into and out of guest memory from any thread, also one that is not a guest's; false on a fault. */
bool io_poke(void *guest, const void *data, size_t size);
bool io_peek(void *data, const void *guest, size_t size);

/* The calling guest thread ends: its pending requests are cancelled, but those of completion ports. */
void io_thread_exit(void);

/* A system call that a kick interrupts: returns -EINTR without having started if ke_self->pending is
 * set or becomes so (interruptible.S; ke/signal.c moves an interrupted RIP in
 * [io_interruptible_begin, io_interruptible_end) to io_interruptible_out). */
long io_syscall_interruptible(long number, long a, long b, long c, long d, long e, long f);
extern char io_interruptible_begin[], io_interruptible_end[], io_interruptible_out[];

/* Should a blocked call give up? (the thread is to end or its I/O was cancelled) */
bool io_should_stop(void);

/* Completion ports. */
NTSTATUS io_completion_post(struct io_completion *port, void *key, void *apc_context, NTSTATUS status,
                            ULONG_PTR information);

/* The same for a packet that can be withdrawn while it is queued: `source` names it. Withdrawing tells
 * whether it is there, and takes it out if `remove`. */
NTSTATUS io_completion_post_from(struct io_completion *port, const void *source, void *key, void *apc_context,
                                 NTSTATUS status, ULONG_PTR information);
bool io_completion_withdraw(struct io_completion *port, const void *source, bool remove);

/* Runs function(argument) on a host thread when fd is ready (poll events); one shot. false: no memory. */
struct io_wait;
struct io_wait *io_wait_descriptor(int fd, short events, void (*function)(void *), void *argument);
/* True: the function will not run. Function and argument say which: records are used again. */
bool io_wait_cancel(struct io_wait *wait, void (*function)(void *), void *argument);

/* Runs function(argument) on a worker of the pool. */
bool io_queue_work(void (*function)(void *), void *argument);

/* ---- the console ---- */

/* Puts the terminal back; async-signal-safe. */
void io_console_restore(void);

/* A child is about to be started: the terminal is its user's again, until the next line is read here. */
void io_console_lend(void);

/* Ctrl-C is ignored here, and by the children started now. */
bool io_console_ignores_ctrl_c(void);

#endif
