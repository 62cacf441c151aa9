/*
 * Threads, for the files of ps and ke that work on them.
 */
#ifndef PS_THREAD_H
#define PS_THREAD_H

#include "ps/ps.h"

enum {
    THREAD_TERMINATE = 0x0001,
    THREAD_SUSPEND_RESUME = 0x0002,
    THREAD_ALERT = 0x0004,
    THREAD_GET_CONTEXT = 0x0008,
    THREAD_SET_CONTEXT = 0x0010,
    THREAD_SET_INFORMATION = 0x0020,
    THREAD_QUERY_INFORMATION = 0x0040,
    THREAD_SET_LIMITED_INFORMATION = 0x0400,
    THREAD_QUERY_LIMITED_INFORMATION = 0x0800,
};

enum { PS_THREAD_NAME = 38 }; /* ThreadNameInformation */

/* Bits of TEB.SameTebFlags. */
enum { TEB_SKIP_THREAD_ATTACH = 0x0008, TEB_INITIAL_THREAD = 0x0400, TEB_LOADER_WORKER = 0x2000 };

/* Under the dispatcher lock; no reference. */
struct ps_thread *ps_find_thread_locked(uint32_t id);
extern struct ps_thread *ps_threads;

/* A TEB out of 64K blocks of guest memory; zeroed but for what Windows sets. The first one brings the PEB. */
TEB *ps_teb_allocate(PEB **ret_peb);
void ps_teb_free(TEB *teb);

/* The stack that a TEB describes: of i386 code in its 32-bit one. */
struct ps_stack_bounds {
    uint64_t base, limit, allocation, guaranteed;
};
struct ps_stack_bounds ps_teb_stack(const TEB *teb);
void ps_teb_set_stack(TEB *teb, uint64_t base, uint64_t limit, uint64_t allocation);
void ps_teb_set_stack_limit(TEB *teb, uint64_t limit);

/* Reads or replaces the context (host memory) of a thread of this process, which is stopped for it. */
NTSTATUS ps_access_context(struct ps_thread *thread, CONTEXT *context, bool set);

/* A thread object that is not in any list; process becomes referenced. */
struct ps_thread *ps_thread_object(struct ps_process *process, uint32_t id);

/* Gives a thread of this process its id and enters it in the list, or takes it out; under the lock. */
void ps_thread_link_locked(struct ps_thread *thread);
void ps_thread_unlink_locked(struct ps_thread *thread);

/* Starts a thread that is in the list, on a host thread; false if there can be none. The running thread has a
 * reference of its own. */
bool ps_thread_start(struct ps_thread *thread);

/* Its TEB and its stack, which may be kept for another thread. */
void ps_thread_release_memory(struct ps_thread *thread);

/* Ends a thread of this process; from any host thread but its own. */
void ps_terminate_thread(struct ps_thread *thread, NTSTATUS status);

/* Suspends or resumes; under the dispatcher lock. */
void ps_suspend_locked(struct ps_thread *thread);
void ps_resume_locked(struct ps_thread *thread);
/* Stops all threads but one (NULL: none), which is a debug event's, apart from suspension; those that come
 * meanwhile begin stopped. Returns when none runs guest code any more. */
void ps_freeze_others(const struct ps_thread *except, bool freeze);
extern bool ps_frozen; /* under the dispatcher lock */

/* No guest code runs until then (CLOCK_MONOTONIC, ns); a later end than the one before replaces it. */
void ps_pause(int64_t until);
struct ke_deadline;
bool ps_is_paused_locked(struct ke_deadline *ret_end); /* under the dispatcher lock */

void ps_suspend_all(bool suspend); /* or resumes; takes the lock itself */

/* The default stack sizes of this process's image. */
extern uint64_t ps_stack_reserve, ps_stack_commit;

/* Makes ps_current_process; called with the first thread. */
struct ps_process *ps_process_create_current(void);

#endif
