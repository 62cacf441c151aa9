/*
 * Dispatcher objects and waiting, NT's own design: one dispatcher lock, a signal state and a list
 * of wait blocks per object, one futex word per thread. Wait-all is atomic, PulseEvent, abandoned
 * mutexes and alertable waits are exact. Nothing here talks to another process.
 */
#ifndef KE_DISPATCHER_H
#define KE_DISPATCHER_H

#include "ke/ke.h"
#include "ke/spin.h"
#include "ob/ob.h"

enum ke_kind {
    KE_NOTIFICATION_EVENT, /* stays signalled until reset; also process, thread, file objects */
    KE_SYNCHRONIZATION_EVENT,
    KE_MUTANT,
    KE_SEMAPHORE,
    KE_NOTIFICATION_TIMER,
    KE_SYNCHRONIZATION_TIMER,
};

struct ke_mutant;
struct ke_wait_state;
struct gw_state;
struct ob_shared;

/* A place in an object's list of waiters. */
struct ke_wait_block {
    struct ke_wait_block *next, *previous;
    struct ke_wait_state *state;
    struct ke_dispatcher_object *object;
    struct gw_state *page; /* of a shared object, while the wait is counted in there; else NULL */
    uint32_t sequence, pulse;
};

struct ke_apc {
    struct ke_apc *next;
    void *routine, *a1, *a2, *a3;
    void (*done)(struct ke_apc *apc); /* taken off the queue, no lock held; NULL: it is freed */
};

#define KE_MAXIMUM_WAIT_OBJECTS 64

/* Values of ke_wait_state.word: who changes it from KE_WAIT_SLEEPING has a sleeper to wake. */
enum { KE_WAIT_IDLE, KE_WAIT_AWAKE, KE_WAIT_SLEEPING, KE_WAIT_INTERRUPTED, KE_WAIT_DONE };

/* One wait in progress: a thread's, or (with `complete`) a wait completion packet's. All but `word`
 * is guarded by the dispatcher lock. */
struct ke_wait_state {
    uint32_t word; /* the thread's futex */
    bool queued;   /* its blocks are in lists */
    bool woken;    /* satisfied; word becomes KE_WAIT_DONE right after the lock is released */
    bool all, alertable;
    bool watched; /* in the list of ke/shared.c, through next_watched */
    unsigned count;
    NTSTATUS status;
    struct ke_thread *thread;
    struct ke_wait_state *next_woken, *next_watched;
    void (*complete)(struct ke_wait_state *state); /* instead of waking a thread; no lock held */
    struct ke_wait_block *blocks;

    /* The thread's own. */
    struct ke_spin spin;
    struct ke_wait_block own_blocks[KE_MAXIMUM_WAIT_OBJECTS];
    struct ke_mutant *mutants;          /* owned, to be abandoned at its end */
    struct ke_mutant *offered;          /* it was woken to take that if it can; NULL */
    struct ke_apc *apcs, *special_apcs; /* queues */
    struct ke_apc **apcs_end, **special_apcs_end;
    bool deliver_apcs; /* the next exit may run one of `apcs` */
    bool alerted;      /* NtAlertThread */
    bool ended;        /* takes no more APCs */
};

/* Threads to wake once the dispatcher lock has been released. */
struct ke_wake {
    struct ke_wait_state *first, **last;
    struct gw_state *shared; /* waiters in any process, or NULL */
    int shared_count;
};

/* What a waitable object begins with. */
struct ke_dispatcher_object {
    struct ob_object object;
    uint8_t kind;                  /* enum ke_kind */
    bool on_demand;                /* nobody keeps `signal` up to date until ke_before_wait was called */
    int32_t signal;                /* > 0: signalled; semaphore count; mutant: 1 - recursion */
    struct ke_wait_block *waiters; /* circular, in order of arrival; guarded by the dispatcher lock */
    struct ob_shared *sync;        /* NULL: private; else state and waiting are as ke/shared.c says */
};

/* A new object, not signalled if signal is 0. */
void ke_dispatcher_object_initialize(struct ke_dispatcher_object *object, enum ke_kind kind, int32_t signal);

/* Called without locks before a thread waits for an object that is on_demand; set by who made that. */
extern void (*ke_before_wait)(void);

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
struct ps_thread;
NTSTATUS ke_queue_thread_apc(struct ps_thread *target, void *routine, void *a1, void *a2, void *a3,
                             bool special);
NTSTATUS ke_queue_apc(struct ke_thread *thread, void *routine, void *a1, void *a2, void *a3, bool special);

/* Routines for callers that hold the dispatcher lock (ke/lock.h). */
#define KE_WAKE_INITIALIZER(wake)                                                                            \
    {                                                                                                        \
        NULL, &(wake).first, NULL, 0                                                                         \
    }
void ke_signal_locked(struct ke_dispatcher_object *object, int32_t signal, struct ke_wake *wake);
void ke_unlock_and_wake(struct ke_wake *wake);

/* Starts a wait without a thread: state->count blocks with their objects are filled in by the caller,
 * as is `complete`. False if it was satisfied at once (state->status is set). */
bool ke_wait_begin(struct ke_wait_state *state);
/* Withdraws it. False if it has been satisfied already: `complete` was or will be called. */
bool ke_wait_cancel(struct ke_wait_state *state);

/* The dispatcher object to wait on for an object, through its type's wait_object; NULL: not waitable. */
struct ke_dispatcher_object *ke_waitable(void *object);

/* Has an alertable thread APCs to run? Then they are delivered on the next way out. For
 * NtTestAlert and NtContinue(..., TRUE). */
bool ke_test_alert(void);

/* Wakes a thread that is to look at `pending` out of ke_wait, host calls or guest code. */
void ke_interrupt(struct ke_thread *thread);

/* Sets a thread's wait state up. */
void ke_wait_state_initialize(struct ke_wait_state *state, struct ke_thread *thread);

/* A thread ends: abandons mutants, drops APCs. */
void ke_wait_state_end(struct ke_wait_state *state);

/* Ownership of a mutant, as a wait sees it (ke/mutant.c). */
struct ke_mutant {
    struct ke_dispatcher_object header; /* signal: 1 - recursion */
    struct ke_wait_state *owner;        /* NULL: free */
    bool abandoned;
    uint8_t convoy;                     /* how often in a row it was contended soon after the last time */
    uint8_t missed;                     /* how often in a row who was woken came too late */
    uint32_t contended;                 /* when it was last released with waiters, in units of 64K cycles */
    struct ke_mutant *next, **previous; /* of the owner's mutants; NULL: not in the list (wow/near.c) */
    struct ke_wait_state *offered;      /* the waiter that was woken to take it if it can */
};

struct ke_semaphore {
    struct ke_dispatcher_object header; /* signal: the count */
    int32_t limit;
};
extern const struct ob_type ke_event_type, ke_mutant_type, ke_semaphore_type, ke_timer_type,
    ke_keyed_event_type;

/* Stops the calling thread while its suspend count is not 0 (ke/exit.c). */
void ke_park(void);

#endif
