/*
 * The first page of the memory file that a process has in common with its parent, with whoever has a handle
 * to it and, if it is in a job, with the session server (which reads and writes it like a file). Words change
 * atomically; none is ever trusted to be what it was.
 */
#ifndef GASTWIRT_PROCESS_PAGE_H
#define GASTWIRT_PROCESS_PAGE_H

#include <stdint.h>

struct gw_process_page {
    uint32_t ended; /* exit_status and `usage` are the process's own, in full */
    int32_t exit_status;
    uint32_t terminated; /* somebody ended it, with terminate_status */
    int32_t terminate_status;
    uint64_t peb;             /* once it has one */
    uint32_t suspend_count;   /* futex: its first thread starts when it is 0 */
    uint32_t in_job;          /* written by the server, as are the next two */
    uint32_t job_priority;    /* the class that its job wants (PROCESS_PRIORITY_CLASS_*); 0: none */
    uint32_t commit_failures; /* how often the limit was met */
    uint32_t priority_class;  /* its own, whoever set it (PROCESS_PRIORITY_CLASS_*); 0: as it began */
    uint32_t debug;           /* enum gw_debug */
    uint64_t commit_limit;    /* bytes that it may commit, by its job; 0: no limit */
    uint64_t committed, peak_committed; /* bytes; while it has a limit, and at its end */
    uint64_t user_time, kernel_time;    /* of an ended process, 100 ns */
    uint64_t io[6];                     /* reads, writes, others: operations; the same in bytes */
};

/* It has a debugger; its children are to have the same one only if the other bit is not set. */
enum gw_debug { GW_DEBUGGED = 1, GW_DEBUG_NO_INHERIT = 2 };

#define GW_PROCESS_PAGE_SIZE 4096

#endif
