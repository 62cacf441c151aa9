/*
 * The short ways of i386 code (near32.S): the commonest calls on events, semaphores and mutants without
 * the two far jumps of the door, on the host's own data.
 *
 * In i386 processes the dispatcher lock's page, the beginning of the handle table and a pool of objects lie
 * at low addresses, too. A short way takes the dispatcher lock like any host function, and leaves to the
 * door all that is not simple: other objects, waiters, shared objects, errors. No signal handler of the
 * thread ever sees it half done (near_leave).
 */
#ifndef WOW_NEAR_H
#define WOW_NEAR_H

/* Above all guest memory, readable and writable by i386 code. */
#define NEAR_BASE         0xffff0000
#define NEAR_LOCK         0xffff0000
#define NEAR_TABLE        0xffff1000
#define NEAR_HANDLES      0x400 /* the handles below this number, 16 bytes each */
#define NEAR_OBJECTS      0xffff5000
#define NEAR_OBJECTS_SIZE 0xa000
#define NEAR_SIZE         0xf000
#define NEAR_SLOT         96 /* of an object */

/* A thread's words, below its 32-bit TEB: its struct ke_wait_state as mutants know their owner. */
#define NEAR_TEB_OWNER (-0xc0)

#define NEAR_CALLS 0x40 /* short ways are for calls below this number */

#ifndef __ASSEMBLER__
#include "ke/dispatcher.h"
#include <signal.h>
#include <ucontext.h>

/* Before the process's second thread. Without the memory, or when calls are traced, all go through the door.
 */
void near_initialize(void);

/* A zeroed object, or NULL: none left, or no i386 process. */
void *near_allocate(size_t size);
bool near_free(void *object); /* false: not one of these */

/* The thread is its thread object's from now on. */
void near_bind(struct ke_thread *thread);

/* A mutant that the short way has taken for this owner, or NULL; under the dispatcher lock. */
struct ke_mutant *near_owned_mutant(const struct ke_wait_state *owner);

/* For signal handlers, first: if the signal interrupted a short way, that is undone and the call goes to the
 * door, or, if it took effect, done to its end. True if so: the interrupted context has changed. */
bool near_leave(const struct ke_thread *thread, ucontext_t *signal);
#endif

#endif
