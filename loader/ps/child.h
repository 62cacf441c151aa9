/*
 * Starting other processes, and being started by a Gastwirt parent: both ends of the memory file
 * that goes from one to the other. Its first page stays shared: exit status, suspension.
 */
#ifndef PS_CHILD_H
#define PS_CHILD_H

#include "ps/ps.h"
#include "ps/start.h"
#include <gastwirt/process_page.h>

/* In the child: reads the file (consuming fd), takes over inherited handles and fills *start. Returns
 * NULL or what is wrong. */
const char *ps_child_receive(int fd, struct ps_start *start);

/* The page in which this process tells how it ends, as a descriptor; -1: there can be none. */
int ps_child_own_page(void);

/* The first thread exists: waits here while the parent keeps it suspended. */
void ps_child_started(struct ps_thread *thread);

/* The priority class (PROCESS_PRIORITY_CLASS_*) that the process's job wants; 0: none. */
uint32_t ps_child_job_priority(const struct ps_process *process);

/* Its own, as it or another process has set it; 0: not known. */
uint32_t ps_child_priority(const struct ps_process *process);
void ps_child_tell_priority(const struct ps_process *process, uint32_t class);

/* Tells the parent where the PEB is. */
void ps_child_set_peb(const PEB *peb);

PEB *ps_child_peb(void); /* this process's; NULL before it has one */

/* What a process's page says of its debugger (enum gw_debug), as far as it is known. */
uint32_t ps_child_debug(const struct ps_process *process);
void ps_child_set_debug(const struct ps_process *process, uint32_t bit, bool set);

/* The process ends with this status. */
void ps_child_ended(NTSTATUS status);

/* In the parent: lets a child go that was started suspended. */
void ps_child_resume(struct gw_process_page *page);

/* A process object for a Unix process; own_child: it is reaped and its status is collected. Consumes
 * pidfd and page. NULL: no memory. */
struct ps_process *ps_process_watch(int unix_pid, int pidfd, bool own_child, struct gw_process_page *page);

/* A process object for any Unix process; referenced. STATUS_INVALID_CID: there is none. */
NTSTATUS ps_process_open(int unix_pid, struct ps_process **ret_process);

/* Starts what another process describes in a memory file, as this process's child. Returns its Unix pid,
 * whether it is an i386 program, and the file with its page (-1: a Unix program). */
NTSTATUS ps_create_for_other(int description, uint64_t *ret_pid, uint64_t *ret_wow, int *ret_page);

/* The last reference is gone: only now its id may be another's. */
void ps_process_forget(struct ps_process *process);

/* The child's first thread: signalled together with the process. */
void ps_process_set_thread(struct ps_process *process, struct ps_thread *thread);

/* A child that still runs or whose object still exists, referenced; NULL. */
struct ps_process *ps_process_find_child(int unix_pid);

/* Ends a process that is not this one. */
NTSTATUS ps_process_kill(struct ps_process *process, NTSTATUS status);

#endif
