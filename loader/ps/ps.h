/*
 * Processes and threads as objects. A process object stands for this process, for a child, or for
 * another Unix process; a thread object for a thread of this process or a child's first one.
 */
#ifndef PS_PS_H
#define PS_PS_H

#include "ke/dispatcher.h"

struct gw_process_page;

struct ps_process {
    struct ke_dispatcher_object header; /* signalled when it has ended */
    uint32_t id;                        /* 4 * Unix pid */
    int unix_pid;
    int pidfd;                    /* -1 for this process */
    int page_fd;                  /* of `page`, for other processes; -1: none */
    NTSTATUS exit_status;         /* STATUS_PENDING while it runs */
    bool own_child;               /* must be reaped */
    bool wow;                     /* runs i386 code, as far as is known */
    struct gw_process_page *page; /* shared with a Gastwirt child, or NULL */
    uint64_t peb;                 /* of one without a page, as it has said; 0: it was not asked */
    uint32_t parent_id;
    uint32_t main_thread_id;
    struct ps_thread *first_thread;                  /* of a child that still runs; referenced */
    struct ps_process *next;                         /* of those that are watched */
    struct ps_process *known_next;                   /* of all */
    int64_t create_time, exit_time;                  /* NT time */
    uint64_t kernel_time, user_time;                 /* 100 ns, once it has ended */
    uint32_t priority_class;                         /* PROCESS_PRIORITY_CLASS_* */
    WCHAR *image_path;                               /* DOS path; malloc'ed */
    size_t working_set_minimum, working_set_maximum; /* as set; 0: never */
    uint8_t page_priority;                           /* as set; 0: never */
    uint32_t mitigation[19];                         /* PROCESS_MITIGATION_POLICY: flags as set */
    bool boost_disabled;
};

struct ps_thread {
    struct ke_dispatcher_object header; /* signalled when it has ended */
    uint32_t id;
    struct ke_thread *ke;       /* NULL before it runs, once it has ended, and for other processes' threads */
    struct ps_process *process; /* referenced */
    NTSTATUS exit_status;       /* STATUS_PENDING while it runs */
    struct ps_thread *next; /* all threads of this process, oldest first; guarded by the dispatcher lock */
    struct ps_thread *hash_next;
    uint32_t suspend_count;
    uint32_t alert_word; /* NtWaitForAlertByThreadId: 0, 1 alerted, 2 waiting */
    uint32_t park_word;  /* 1: stopped by a suspend count, its context is readable */
    uint32_t stop_word;  /* changes when a stopped thread shall look again */
    TEB *teb;
    void *start_address, *argument;
    void *stack;                    /* guest stack allocation */
    void *stack_limit, *stack_base; /* as created */
    size_t stack_reserve, stack_commit;
    int unix_tid;
    int32_t priority, base_priority;
    bool boost_disabled, hidden, ended, terminating;
    bool frozen;                     /* stopped for a debug event of another thread */
    bool debug_started, debug_ended; /* the debugger has been told; all three: dispatcher lock */
    EXCEPTION_RECORD exception;      /* KE_PENDING_EXCEPTION */
    NTSTATUS terminate_status;
    KAFFINITY affinity;
    uint32_t ideal_processor;
    uint8_t page_priority; /* as set; 0: never */
    int64_t create_time, exit_time;
    uint64_t kernel_time, user_time; /* 100 ns, once it has ended */
    WCHAR *name;                     /* description; malloc'ed */
    uint32_t name_length;            /* WCHARs */
    struct ps_token *impersonation;
    struct ps_thread_watch *watches; /* other processes that wait for the end; dispatcher lock */
    struct ke_wait_state wait;
};

extern struct ps_process *ps_current_process;
extern const struct ob_type ps_process_type, ps_thread_type, ps_token_type, ps_job_type;

static inline struct ps_thread *ps_current_thread(void)
{
    return ke_self->thread;
}

/* The object a pseudo-handle stands for (process -1, thread -2, tokens -4 to -6), or NULL; no reference. */
void *ps_pseudo_handle(HANDLE handle);

#define PS_HOST_STACK_SIZE (256 * 1024) /* of a host thread that runs guest threads */

/* Allocates PEB and TEB, the stack, the first thread's objects. */
NTSTATUS ps_create_first_thread(uint64_t stack_reserve, uint64_t stack_commit, void *entry, PEB **ret_peb,
                                struct ps_thread **ret_thread);

/* Runs it on the calling host thread; comes back if that cannot be. */
void ps_run_first_thread(struct ps_thread *thread);

/* A further guest thread, not yet running if suspend_count > 0; one reference for the caller. */
NTSTATUS ps_create_thread(void *start, void *argument, size_t stack_reserve, size_t stack_commit,
                          uint32_t suspend_count, ULONG teb_flags, struct ps_thread **ret_thread);

/* The id of a process's n-th thread, from 1, if none has ended before; whose thread it is by its id (a Unix
 * pid; 0: it is no thread's). */
uint32_t ps_thread_id(uint32_t process_id, uint32_t number);
int ps_thread_owner(uint32_t id);

/* Ends the calling thread. */
_Noreturn void ps_exit_thread(NTSTATUS status);

/* Ends this process at once with the exit status: hooks, then _exit. */
_Noreturn void ps_exit_process(NTSTATUS status);

/* Asks for function to be called when the process ends (latest first), such as to restore the terminal. */
void ps_at_exit(void (*function)(void));

/* A thread of this process by its id; referenced, or NULL. */
struct ps_thread *ps_find_thread(uint32_t id);

/* Ends all other threads of this process and returns when none can run guest code any more. */
void ps_terminate_other_threads(NTSTATUS status);

int64_t ps_now(void); /* NT time: 100 ns since 1601, UTC */

/* Priority classes (PROCESS_PRIORITY_CLASS_*): what a child begins with (0: the normal one); false: there is
 * no such class. */
uint32_t ps_inherited_priority(void);
bool ps_set_priority(struct ps_process *process, uint32_t class);

extern uint32_t ps_default_error_mode; /* ProcessDefaultHardErrorMode of this process */

/* Guest threads of this process that have not ended. */
unsigned ps_thread_count(void);

/* IO_COUNTERS of a process: operations read, written, other; the same in bytes. Six numbers. */
void ps_io_counters(const struct ps_process *process, uint64_t *ret);

#endif
