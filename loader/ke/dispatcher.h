/*
 * Dispatcher objects and waiting, NT's own design: one dispatcher lock, a signal state and a list
 * of wait blocks per object, one futex word per thread. Wait-all is atomic, PulseEvent, abandoned
 * mutexes and alertable waits are exact. Nothing here talks to another process.
 */
#ifndef KE_DISPATCHER_H
#define KE_DISPATCHER_H

#include "ke/ke.h"
#include "ob/ob.h"

enum ke_kind {
    KE_NOTIFICATION_EVENT, /* stays signalled until reset; also process, thread, file objects */
    KE_SYNCHRONIZATION_EVENT,
    KE_MUTANT,
    KE_SEMAPHORE,
    KE_NOTIFICATION_TIMER,
    KE_SYNCHRONIZATION_TIMER,
};

struct ke_wait_block;

/* What a waitable object begins with. */
struct ke_dispatcher_object {
    struct ob_object object;
    uint8_t kind;            /* enum ke_kind */
    int32_t signal;          /* > 0: signalled; semaphore count; mutant: 1 - recursion */
    struct ke_wait_block *waiters; /* circular, in order of arrival; guarded by the dispatcher lock */
};

void ke_dispatcher_object_initialize(struct ke_dispatcher_object *object, enum ke_kind kind, int32_t signal);

/* Signals (wakes who can go) and resets event-like objects; both return the previous state. */
int32_t ke_signal(struct ke_dispatcher_object *object);
int32_t ke_reset(struct ke_dispatcher_object *object);

/* NtWaitFor...: timeout in NT form (NULL for ever, negative relative, positive absolute 100 ns; a
 * host pointer). Returns STATUS_WAIT_0 + n, STATUS_ABANDONED_WAIT_0 + n, STATUS_TIMEOUT,
 * STATUS_USER_APC, STATUS_ALERTED. */
NTSTATUS ke_wait(unsigned count, struct ke_dispatcher_object *const *objects, bool all, bool alertable,
                 const LARGE_INTEGER *timeout);

/* Queues a user-mode APC that runs routine(a1, a2, a3) in the thread when it is alertable
 * (special: at once). STATUS_UNSUCCESSFUL if the thread has ended. */
NTSTATUS ke_queue_apc(struct ke_thread *thread, void *routine, void *a1, void *a2, void *a3, bool special);

#endif
