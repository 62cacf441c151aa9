/*
 * Waiting on objects that processes share: see <gastwirt/shared.h> for the page and ke/shared.c.
 */
#ifndef KE_SHARED_H
#define KE_SHARED_H

#include "ke/wait.h"
#include "ob/share.h"

/* As for private objects, in a wait that has a shared one. Under the lock. *ret_busy: another process is
 * just looking at several objects; try again. */
bool ke_shared_satisfy(struct ke_wait_state *state, NTSTATUS *ret_status, bool *ret_busy);

/* Counts the wait in at its shared objects (those not yet counted), and remembers their sequence; true if it
 * has any. Under the lock; satisfy afterwards, then ke_shared_sleep. */
bool ke_shared_register(struct ke_wait_state *state);

/* Counts it out, and passes on wakes that it did not use. No lock held. */
void ke_shared_unregister(struct ke_wait_state *state);

/* Sleeps until `word` or one of the objects changes. 0 or ETIMEDOUT. */
int ke_shared_sleep(struct ke_wait_state *state, const struct ke_deadline *deadline);

/* Signal operations, under the lock; what is to be woken goes to `wake`. */
int32_t ke_shared_set(struct ke_dispatcher_object *object, int32_t signal, struct ke_wake *wake);
int32_t ke_shared_reset(struct ke_dispatcher_object *object);
int32_t ke_shared_pulse(struct ke_dispatcher_object *object, struct ke_wake *wake);
NTSTATUS ke_shared_release_semaphore(struct ke_dispatcher_object *object, int32_t count, int32_t limit,
                                     int32_t *ret_previous, struct ke_wake *wake);
/* The owner (this process) gives it up or changes the recursion in header.signal. */
void ke_shared_release_mutant(struct ke_mutant *mutant, bool abandon, struct ke_wake *wake);
int32_t ke_shared_count(struct ke_dispatcher_object *object);
bool ke_shared_owned_here(struct ke_mutant *mutant);

/* The object becomes a shared one: its state goes to the page (copy), waiters look again. */
void ke_shared_attach(struct ke_dispatcher_object *object, struct ob_shared *shared, bool copy);

/* Its waiters look again. Under the lock. */
void ke_shared_disturb(struct ke_dispatcher_object *object);

/* For struct ke_wake: the futexes of pages, after the lock is released. */
void ke_shared_wake(struct gw_state *state, int count);

/* A wait without a thread that has shared objects is watched by a host thread. Under the lock. */
void ke_shared_watch(struct ke_wait_state *state);
void ke_shared_unwatch(struct ke_wait_state *state);
void ke_shared_start_watching(void); /* afterwards, without the lock */

extern const struct ob_share_type ke_event_share, ke_mutant_share, ke_semaphore_share, ke_timer_share;

#endif
