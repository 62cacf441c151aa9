/*
 * The dispatcher's inside: deadlines, futexes, and what the kinds of objects give each other.
 */
#ifndef KE_WAIT_H
#define KE_WAIT_H

#include "ke/dispatcher.h"
#include <time.h>

#ifndef SYNCHRONIZE
#define SYNCHRONIZE 0x00100000u
#endif
#ifndef STANDARD_RIGHTS_REQUIRED
#define STANDARD_RIGHTS_REQUIRED 0x000f0000u
#endif
#ifndef READ_CONTROL
#define READ_CONTROL 0x00020000u
#endif

struct ke_deadline {
    struct timespec time;
    bool forever, realtime; /* else CLOCK_MONOTONIC */
};

/* From an NT timeout (host pointer, NULL: for ever); false: it is over at once. */
bool ke_deadline_set(struct ke_deadline *deadline, const LARGE_INTEGER *timeout);

/* Returns 0 or errno; deadline NULL: for ever. */
int ke_futex_wait(uint32_t *word, uint32_t value, const struct ke_deadline *deadline);
void ke_futex_wake(uint32_t *word, int count);

/* As ke_wait with the current thread's own_blocks filled in; the dispatcher lock is held on entry and
 * released, then `wake` (may be NULL) is woken. */
NTSTATUS ke_wait_blocks(unsigned count, bool all, bool alertable, const LARGE_INTEGER *timeout,
                        struct ke_wake *wake);

/* Why a wait may not begin or go on: its status, or 0. Under the lock. */
NTSTATUS ke_wait_interruption(struct ke_wait_state *state);

/* Changes the word of a thread that waits, and wakes it if it sleeps. */
void ke_set_word(uint32_t *word, uint32_t value);

/* Lets go who can, in order of arrival; under the lock. */
void ke_test_waiters(struct ke_dispatcher_object *object, struct ke_wake *wake);

/* As ke_interrupt, under the lock. */
void ke_interrupt_locked(struct ke_thread *thread);

/* Ends a thread's wait with a status of its own, if it waits; under the lock. */
void ke_wait_finish_locked(struct ke_wait_state *state, NTSTATUS status, struct ke_wake *wake);

NTSTATUS ke_semaphore_release_locked(void *semaphore, int32_t count, int32_t *ret_previous,
                                     struct ke_wake *wake);
/* *ret_released: a reference to drop once the lock is released. */
NTSTATUS ke_mutant_release_locked(void *mutant, int32_t *ret_previous, struct ke_wake *wake,
                                  struct ke_mutant **ret_released);
/* A free mutant was offered to the wait, which ends without it: others get it. Under the lock. */
void ke_mutant_decline_locked(struct ke_wait_state *state, struct ke_wake *wake);
/* All that the wait owns; no lock held. */
void ke_mutants_abandon(struct ke_wait_state *state);

/* Queues an APC that the caller allocated; freed or given to its `done` when it is off the queue. False
 * if the thread has ended. A special one needs ke_interrupt afterwards. */
struct ps_thread;
bool ke_queue_apc_locked(struct ps_thread *target, struct ke_apc *apc, bool special, struct ke_wake *wake);
/* Takes it off again; false if it was not queued any more. */
bool ke_unqueue_apc_locked(struct ps_thread *target, struct ke_apc *apc);

/* Starts a detached host thread that takes no signals; false if it cannot. */
bool ke_start_helper(void *(*routine)(void *), void *argument);

/* Monotonic nanoseconds. */
int64_t ke_monotonic(void);

#endif
