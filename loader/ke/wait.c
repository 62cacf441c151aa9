/*
 * The dispatcher: signal states, wait lists, waiting. A waiter's blocks hang in the lists of its
 * objects; whoever signals an object decides under the dispatcher lock which waiters go, unlinks
 * all their blocks and wakes them through one futex word each after releasing the lock.
 */
#include "ke/wait.h"
#include "ke/lock.h"
#include "ke/satisfy.h"
#include "ke/shared.h"
#include <errno.h>
#include <sched.h>
#include <string.h>

void ke_dispatcher_object_initialize(struct ke_dispatcher_object *object, enum ke_kind kind, int32_t signal)
{
    object->kind = (uint8_t)kind;
    object->signal = signal;
    object->waiters = NULL;
}

void (*ke_before_wait)(void);

struct ke_dispatcher_object *ke_waitable(void *pointer)
{
    struct ob_object *object = pointer;
    if (object->type->wait_object)
        return object->type->wait_object(object);
    return object->type->waitable ? (struct ke_dispatcher_object *)object : NULL;
}

void ke_wait_state_initialize(struct ke_wait_state *state, struct ke_thread *thread)
{
    memset(state, 0, sizeof *state);
    state->thread = thread;
    state->blocks = state->own_blocks;
    state->apcs_end = &state->apcs;
    state->special_apcs_end = &state->special_apcs;
}

/* ---------------------------------------------------------------- lists, under the lock */

static inline void link_block(struct ke_wait_block *block)
{
    struct ke_dispatcher_object *object = block->object;
    if (!object->waiters) {
        object->waiters = block->next = block->previous = block;
    } else {
        struct ke_wait_block *first = object->waiters;
        block->next = first;
        block->previous = first->previous;
        first->previous->next = block;
        first->previous = block;
    }
}

static inline void unlink_block(struct ke_wait_block *block)
{
    struct ke_dispatcher_object *object = block->object;
    if (block->next == block) {
        object->waiters = NULL;
    } else {
        block->previous->next = block->next;
        block->next->previous = block->previous;
        if (object->waiters == block)
            object->waiters = block->next;
    }
}

/* Who could not take what it was woken for keeps its place. */
static inline void link_block_first(struct ke_wait_block *block)
{
    link_block(block);
    block->object->waiters = block;
}

static inline void dequeue(struct ke_wait_state *state)
{
    for (unsigned i = 0; i < state->count; i++)
        unlink_block(&state->blocks[i]);
    state->queued = false;
}

/* A wait with shared objects: the lock is released for a moment when another process is in the way. */
bool ke_satisfy_shared(struct ke_wait_state *state, NTSTATUS *ret_status)
{
    for (;;) {
        bool busy = false;
        if (ke_shared_satisfy(state, ret_status, &busy))
            return true;
        if (!busy)
            return false;
        ke_unlock();
        sched_yield();
        ke_lock();
    }
}

static void finish(struct ke_wait_state *state, NTSTATUS status, struct ke_wake *wake)
{
    if (state->queued)
        dequeue(state);
    if (__builtin_expect(state->watched, 0))
        ke_shared_unwatch(state);
    if (__builtin_expect(state->offered != NULL, 0)) {
        state->offered->offered = NULL;
        state->offered = NULL;
    }
    state->woken = true;
    state->status = status;
    state->next_woken = NULL;
    *wake->last = state;
    wake->last = &state->next_woken;
}

void ke_test_waiters(struct ke_dispatcher_object *object, struct ke_wake *wake)
{
    struct ke_wait_block *block = object->waiters;
    while (block && (object->signal > 0 || object->kind == KE_MUTANT)) {
        NTSTATUS status;
        bool satisfied, busy = false;
        if (ke_has_shared(block->state))
            satisfied = ke_shared_satisfy(block->state, &status, &busy);
        else
            satisfied = ke_satisfy(block->state, &status);
        if (busy)
            ke_shared_disturb(object);
        if (satisfied) {
            finish(block->state, status, wake);
            block = object->waiters;
            if (object->signal <= 0)
                break;
        } else {
            block = block->next;
            if (block == object->waiters)
                break;
        }
    }
}

void ke_signal_locked(struct ke_dispatcher_object *object, int32_t signal, struct ke_wake *wake)
{
    if (__builtin_expect(object->sync != NULL, 0)) {
        ke_shared_set(object, signal, wake);
        return;
    }
    object->signal = signal;
    if (object->waiters)
        ke_test_waiters(object, wake);
}

/* Changes the word of a thread that waits, and wakes it if it sleeps. */
void ke_set_word(uint32_t *word, uint32_t value)
{
    if (__atomic_exchange_n(word, value, __ATOMIC_ACQ_REL) == KE_WAIT_SLEEPING)
        ke_futex_wake(word, 1);
}

/* Sleeps while nobody has changed the word; 0 or errno. On return it may be KE_WAIT_SLEEPING still. */
static int sleep_on(struct ke_wait_state *state, const struct ke_deadline *deadline)
{
    uint32_t awake = KE_WAIT_AWAKE;
    if (state->count > 0 && ke_spin(&state->spin, &state->word, KE_WAIT_AWAKE))
        return 0;
    if (!__atomic_compare_exchange_n(&state->word, &awake, KE_WAIT_SLEEPING, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE) &&
        awake != KE_WAIT_SLEEPING)
        return 0;
    return ke_futex_wait(&state->word, KE_WAIT_SLEEPING, deadline);
}

/* Once word is KE_WAIT_DONE its thread may be gone: nothing of the state is touched after that. */
static void wake_all(struct ke_wait_state *state)
{
    while (state) {
        struct ke_wait_state *next = state->next_woken;
        if (state->complete) {
            state->complete(state);
        } else {
            ke_set_word(&state->word, KE_WAIT_DONE);
        }
        state = next;
    }
}

void ke_unlock_and_wake(struct ke_wake *wake)
{
    ke_unlock();
    if (__builtin_expect(wake->shared != NULL, 0))
        ke_shared_wake(wake->shared, wake->shared_count);
    if (__builtin_expect(wake->first != NULL, 0)) {
        *wake->last = NULL;
        wake_all(wake->first);
    }
}

int32_t ke_signal(struct ke_dispatcher_object *object)
{
    struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
    ke_lock();
    int32_t previous = object->sync ? ke_shared_count(object) : object->signal;
    ke_signal_locked(object, 1, &wake);
    ke_unlock_and_wake(&wake);
    return previous;
}

int32_t ke_reset(struct ke_dispatcher_object *object)
{
    ke_lock();
    int32_t previous = object->sync ? ke_shared_reset(object) : object->signal;
    if (!object->sync)
        object->signal = 0;
    ke_unlock();
    return previous;
}

/* ---------------------------------------------------------------- waiting */

NTSTATUS ke_wait_interruption(struct ke_wait_state *state)
{
    uint32_t pending = __atomic_load_n(&state->thread->pending, __ATOMIC_ACQUIRE);
    if (pending & KE_PENDING_TERMINATE)
        return STATUS_THREAD_IS_TERMINATING;
    if (state->special_apcs)
        return STATUS_USER_APC;
    if (state->alertable) {
        if (state->alerted) {
            state->alerted = false;
            return STATUS_ALERTED;
        }
        if (state->apcs) {
            state->deliver_apcs = true;
            __atomic_or_fetch(&state->thread->pending, KE_PENDING_APC, __ATOMIC_RELAXED);
            return STATUS_USER_APC;
        }
    }
    return 0;
}

/* The mutant that was offered to the wait, if it is still there: true, or it is offered to the next one.
 * wake: for who is to be woken then. Under the lock. */
static bool take_offer(struct ke_wait_state *state, NTSTATUS *ret_status, struct ke_wake *wake)
{
    bool ends = __atomic_load_n(&state->thread->pending, __ATOMIC_ACQUIRE) & KE_PENDING_TERMINATE;
    bool taken = !ends && ke_satisfy(state, ret_status);
    state->offered->missed = taken ? 0 : state->offered->missed + 1;
    ke_mutant_decline_locked(state, wake);
    return taken;
}

/* Into the lists of its objects; first: before all others. Under the lock. */
static inline void enqueue(struct ke_wait_state *state, bool first)
{
    for (unsigned i = 0; i < state->count; i++)
        if (first)
            link_block_first(&state->blocks[i]);
        else
            link_block(&state->blocks[i]);
    state->queued = true;
    state->woken = false;
    __atomic_store_n(&state->word, KE_WAIT_AWAKE, __ATOMIC_RELAXED);
}

/* Waits for the blocks filled in; the lock is held on entry and released. `wake`: others to wake before. */
static inline NTSTATUS wait_for(struct ke_wait_state *state, const LARGE_INTEGER *timeout,
                                struct ke_wake *wake)
{
    NTSTATUS status;
    struct ke_deadline deadline;
    bool have_deadline = false, counted = false, first = false;
    struct ke_wait_state *others = wake ? wake->first : NULL;
    if (wake && wake->shared) {
        ke_unlock();
        ke_shared_wake(wake->shared, wake->shared_count);
        ke_lock();
    }

    for (;;) {
        /* Counted in at shared objects before the look, so that a change after it is not missed. */
        if (counted)
            ke_shared_register(state);
        if (__builtin_expect(state->offered != NULL, 0)) {
            struct ke_wake next = KE_WAKE_INITIALIZER(next);
            first = !take_offer(state, &status, &next);
            if (!first) {
                ke_unlock_and_wake(&next);
                break;
            }
            if (next.first) {
                ke_unlock_and_wake(&next);
                ke_lock();
            }
        }
        /* What is signalled wins over alerts, as does a poll. */
        if (ke_satisfy(state, &status)) {
            ke_unlock();
            break;
        }
        status = ke_wait_interruption(state);
        if (status) {
            ke_unlock();
            break;
        }
        if (timeout && timeout->QuadPart == 0) {
            ke_unlock();
            status = STATUS_TIMEOUT;
            break;
        }
        if (__atomic_load_n(&state->thread->pending, __ATOMIC_ACQUIRE) & KE_PENDING_SUSPEND) {
            ke_unlock();
            if (others) {
                wake_all(others);
                others = NULL;
            }
            ke_park();
            ke_lock();
            continue;
        }
        if (!counted && ke_has_shared(state)) {
            counted = true;
            continue;
        }
        enqueue(state, first);
        first = false;
        ke_unlock();
        if (others) {
            wake_all(others);
            others = NULL;
        }
        if (!have_deadline) {
            ke_deadline_set(&deadline, timeout);
            have_deadline = true;
        }

        int error = 0;
        uint32_t word;
        while ((word = __atomic_load_n(&state->word, __ATOMIC_ACQUIRE)) == KE_WAIT_AWAKE ||
               word == KE_WAIT_SLEEPING) {
            error = counted ? ke_shared_sleep(state, &deadline) : sleep_on(state, &deadline);
            if (error == ETIMEDOUT || counted)
                break;
            error = 0;
        }
        if (word == KE_WAIT_DONE) {
            state->word = KE_WAIT_IDLE;
            return state->status;
        }
        ke_lock();
        if (state->woken) {
            /* Satisfied meanwhile: the waker, which has only left the lock, still has to touch the state. */
            ke_unlock();
            while (__atomic_load_n(&state->word, __ATOMIC_ACQUIRE) != KE_WAIT_DONE)
                sched_yield();
            state->word = KE_WAIT_IDLE;
            return state->status;
        }
        dequeue(state);
        state->word = KE_WAIT_IDLE;
        if (error == ETIMEDOUT && !state->offered) {
            ke_unlock();
            return STATUS_TIMEOUT;
        }
        /* Interrupted: look again. */
    }
    if (others)
        wake_all(others);
    return status;
}

/* ... and is counted out of shared objects at its end. */
static NTSTATUS wait_locked(struct ke_wait_state *state, const LARGE_INTEGER *timeout, struct ke_wake *wake)
{
    NTSTATUS status = wait_for(state, timeout, wake);
    for (unsigned i = 0; i < state->count; i++) {
        if (__builtin_expect(state->blocks[i].page != NULL, 0)) {
            ke_shared_unregister(state);
            break;
        }
    }
    return status;
}

NTSTATUS ke_wait_blocks(unsigned count, bool all, bool alertable, const LARGE_INTEGER *timeout,
                        struct ke_wake *wake)
{
    struct ke_wait_state *state = ke_self->wait;
    state->count = count;
    state->all = all;
    state->alertable = alertable;
    return wait_locked(state, timeout, wake);
}

NTSTATUS ke_wait(unsigned count, struct ke_dispatcher_object *const *objects, bool all, bool alertable,
                 const LARGE_INTEGER *timeout)
{
    struct ke_wait_state *state = ke_self->wait;
    for (unsigned i = 0; i < count; i++) {
        state->own_blocks[i].object = objects[i];
        state->own_blocks[i].state = state;
    }
    ke_lock();
    return ke_wait_blocks(count, all && count > 1, alertable, timeout, NULL);
}

bool ke_wait_begin(struct ke_wait_state *state)
{
    NTSTATUS status;
    ke_lock();
    state->woken = false;
    bool done = ke_satisfy(state, &status), shared = false;
    if (done) {
        state->status = status;
    } else {
        for (unsigned i = 0; i < state->count; i++)
            link_block(&state->blocks[i]);
        state->queued = true;
        shared = ke_has_shared(state);
        if (shared)
            ke_shared_watch(state);
    }
    ke_unlock();
    if (shared)
        ke_shared_start_watching();
    return !done;
}

bool ke_wait_cancel(struct ke_wait_state *state)
{
    ke_lock();
    bool queued = state->queued;
    if (queued)
        dequeue(state);
    if (state->watched)
        ke_shared_unwatch(state);
    ke_unlock();
    return queued;
}

void ke_interrupt(struct ke_thread *thread)
{
    ke_lock();
    ke_interrupt_locked(thread);
    ke_unlock();
}

/* The signal is sent under the lock: the thread cannot end and be freed before. */
void ke_interrupt_locked(struct ke_thread *thread)
{
    struct ke_wait_state *state = thread->wait;
    if (state && state->queued && !state->woken) {
        ke_set_word(&state->word, KE_WAIT_INTERRUPTED);
    } else if (thread != ke_self) {
        ke_kick(thread);
    }
}

void ke_wait_finish_locked(struct ke_wait_state *state, NTSTATUS status, struct ke_wake *wake)
{
    if (!state->queued || state->woken)
        return;
    struct ke_mutant *offered = state->offered;
    finish(state, status, wake);
    if (offered) { /* ... and is not taken */
        state->offered = offered;
        offered->offered = state;
        ke_mutant_decline_locked(state, wake);
    }
}
