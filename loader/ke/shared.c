/*
 * Shared dispatcher objects. State is in a page that several processes map; it changes by compare and
 * exchange on one word, so that a process may be killed anywhere. Here the dispatcher lock only orders the
 * threads of this process. A wait for all locks the words of its objects in the order of their ids, one flag
 * each; who takes from a locked object tries again, who signals one does not care.
 */
#include "ke/satisfy.h"
#include "ke/shared.h"
#include "ke/lock.h"
#include "ps/ps.h"
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef FUTEX_32 /* kernel headers before 5.16 */
#define FUTEX_32 2
struct futex_waitv {
    uint64_t val, uaddr;
    uint32_t flags, reserved;
};
#endif

/* Without futex_waitv: how long a wait for several words sleeps between looks. */
#define POLL_NANOSECONDS 1000000

static inline uint64_t load(const struct gw_state *state)
{
    return __atomic_load_n(&state->state, __ATOMIC_SEQ_CST);
}

static inline bool exchange(struct gw_state *state, uint64_t *old, uint64_t new)
{
    return __atomic_compare_exchange_n(&state->state, old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

void ke_shared_wake(struct gw_state *state, int count)
{
    syscall(SYS_futex, &state->sequence, FUTEX_WAKE, count, NULL, NULL, 0);
}

/* Announces a change; `count` waiters can make use of it. */
static void announce(struct gw_state *state, int count, struct ke_wake *wake)
{
    __atomic_add_fetch(&state->sequence, 1, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&state->waiters, __ATOMIC_SEQ_CST))
        return;
    if (__atomic_load_n(&state->all_waiters,
                        __ATOMIC_RELAXED)) /* the one that is woken may not be able to go */
        count = INT_MAX;
    wake->shared = state;
    wake->shared_count = count;
}

/* ---------------------------------------------------------------- taking */

enum taken { TAKEN, TAKEN_ABANDONED, NOT_TAKEN, BUSY };

static void own(struct ke_mutant *mutant, struct ke_wait_state *state)
{
    struct gw_state *page = mutant->header.sync->state;
    mutant->owner = state;
    mutant->header.signal = 0;
    mutant->next = state->mutants;
    mutant->previous = &state->mutants;
    if (state->mutants)
        state->mutants->previous = &mutant->next;
    state->mutants = mutant;
    page->owner_process = ps_current_process->id;
    page->owner_thread = state->thread->thread->id;
    page->recursion = 1;
    ob_reference(mutant); /* it stays until it is released, handles or not */
}

static bool is_own(const struct ke_dispatcher_object *object, const struct ke_wait_state *state)
{
    return object->kind == KE_MUTANT && state->thread && ((const struct ke_mutant *)object)->owner == state;
}

static void recurse(struct ke_dispatcher_object *object)
{
    object->signal--;
    object->sync->state->recursion = (uint32_t)(1 - object->signal);
}

static enum taken take(struct ke_wait_block *block, struct ke_wait_state *state)
{
    struct ke_dispatcher_object *object = block->object;
    struct gw_state *page = object->sync->state;
    uint64_t old = load(page);
    if (is_own(object, state)) {
        recurse(object);
        return TAKEN;
    }
    for (;;) {
        if (gw_state_count(old) <= 0) {
            if (block->page && __atomic_load_n(&page->pulse, __ATOMIC_SEQ_CST) != block->pulse) {
                block->pulse = __atomic_load_n(&page->pulse, __ATOMIC_SEQ_CST);
                if (object->kind == KE_NOTIFICATION_EVENT)
                    return TAKEN;
                uint32_t tokens = __atomic_load_n(&page->pulse_tokens, __ATOMIC_SEQ_CST);
                while (tokens)
                    if (__atomic_compare_exchange_n(&page->pulse_tokens, &tokens, tokens - 1, false,
                                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
                        return TAKEN;
            }
            return NOT_TAKEN;
        }
        if (object->kind == KE_NOTIFICATION_EVENT || object->kind == KE_NOTIFICATION_TIMER)
            return TAKEN;
        if (old & GW_STATE_LOCKED)
            return BUSY;
        uint64_t new = gw_state_make(object->kind == KE_SEMAPHORE ? gw_state_count(old) - 1 : 0,
                                     object->kind == KE_MUTANT ? object->sync->client : 0);
        if (exchange(page, &old, new))
            break;
    }
    if (object->kind != KE_MUTANT)
        return TAKEN;
    own((struct ke_mutant *)object, state);
    return old & GW_STATE_ABANDONED ? TAKEN_ABANDONED : TAKEN;
}

static bool satisfy_any(struct ke_wait_state *state, NTSTATUS *ret_status, bool *ret_busy)
{
    for (unsigned i = 0; i < state->count; i++) {
        struct ke_wait_block *block = &state->blocks[i];
        bool abandoned = false;
        if (!block->object->sync) {
            if (!ke_is_signalled(block->object, state))
                continue;
            abandoned = ke_consume(block->object, state);
        } else if (block->object->sync->lost) {
            *ret_status = STATUS_INVALID_HANDLE;
            return true;
        } else {
            enum taken taken = take(block, state);
            if (taken == BUSY)
                *ret_busy = true;
            if (taken == BUSY || taken == NOT_TAKEN)
                continue;
            abandoned = taken == TAKEN_ABANDONED;
        }
        *ret_status = (abandoned ? STATUS_ABANDONED_WAIT_0 : STATUS_WAIT_0) + (NTSTATUS)i;
        return true;
    }
    return false;
}

/* Takes the flag back; the client's number goes unless it is the owner. */
static void unlock_word(struct ke_wait_block *block)
{
    struct gw_state *page = block->object->sync->state;
    uint64_t old = load(page);
    while (!exchange(page, &old, gw_state_make(gw_state_count(old), 0) | (old & GW_STATE_ABANDONED)))
        ;
}

static enum taken lock_word(struct ke_wait_block *block)
{
    struct gw_state *page = block->object->sync->state;
    uint64_t old = load(page);
    for (;;) {
        if (gw_state_count(old) <= 0)
            return NOT_TAKEN;
        if (old & GW_STATE_LOCKED)
            return BUSY;
        uint64_t new = gw_state_make(gw_state_count(old), block->object->sync->client) | GW_STATE_LOCKED |
                       (old & GW_STATE_ABANDONED);
        if (exchange(page, &old, new))
            return TAKEN;
    }
}

/* Takes what a locked word gives; true if it was an abandoned mutant. */
static bool consume_locked(struct ke_wait_block *block, struct ke_wait_state *state)
{
    struct ke_dispatcher_object *object = block->object;
    struct gw_state *page = object->sync->state;
    uint64_t old = load(page), new;
    do {
        int32_t count = gw_state_count(old);
        if (object->kind == KE_SEMAPHORE)
            count--;
        else if (object->kind != KE_NOTIFICATION_EVENT && object->kind != KE_NOTIFICATION_TIMER)
            count = 0;
        new = gw_state_make(count, object->kind == KE_MUTANT ? object->sync->client : 0);
    } while (!exchange(page, &old, new));
    if (object->kind != KE_MUTANT)
        return false;
    own((struct ke_mutant *)object, state);
    return old & GW_STATE_ABANDONED;
}

static bool satisfy_all(struct ke_wait_state *state, NTSTATUS *ret_status, bool *ret_busy)
{
    struct ke_wait_block *order[KE_MAXIMUM_WAIT_OBJECTS];
    unsigned count = 0, locked = 0;
    for (unsigned i = 0; i < state->count; i++) {
        struct ke_wait_block *block = &state->blocks[i];
        if (!block->object->sync) {
            if (!ke_is_signalled(block->object, state))
                return false;
        } else if (block->object->sync->lost) {
            *ret_status = STATUS_INVALID_HANDLE;
            return true;
        } else if (!is_own(block->object, state)) {
            unsigned at = count++;
            for (; at && order[at - 1]->object->sync->id > block->object->sync->id; at--)
                order[at] = order[at - 1];
            order[at] = block;
        }
    }
    enum taken result = TAKEN;
    while (locked < count && (result = lock_word(order[locked])) == TAKEN)
        locked++;
    if (result != TAKEN) {
        for (unsigned i = 0; i < locked; i++)
            unlock_word(order[i]);
        *ret_busy |= result == BUSY;
        return false;
    }
    bool abandoned = false;
    for (unsigned i = 0; i < state->count; i++) {
        struct ke_dispatcher_object *object = state->blocks[i].object;
        if (!object->sync)
            abandoned |= ke_consume(object, state);
        else if (is_own(object, state))
            recurse(object);
        else
            abandoned |= consume_locked(&state->blocks[i], state);
    }
    *ret_status = abandoned ? STATUS_ABANDONED_WAIT_0 : STATUS_WAIT_0;
    return true;
}

bool ke_shared_satisfy(struct ke_wait_state *state, NTSTATUS *ret_status, bool *ret_busy)
{
    return state->all ? satisfy_all(state, ret_status, ret_busy) : satisfy_any(state, ret_status, ret_busy);
}

/* ---------------------------------------------------------------- sleeping */

bool ke_shared_register(struct ke_wait_state *state)
{
    bool any = false;
    for (unsigned i = 0; i < state->count; i++) {
        struct ke_wait_block *block = &state->blocks[i];
        if (!block->object->sync)
            continue;
        any = true;
        struct gw_state *page = block->object->sync->state;
        if (!block->page) {
            block->page = page;
            block->pulse = __atomic_load_n(&page->pulse, __ATOMIC_SEQ_CST);
            if (state->all)
                __atomic_add_fetch(&page->all_waiters, 1, __ATOMIC_SEQ_CST);
            __atomic_add_fetch(&page->waiters, 1, __ATOMIC_SEQ_CST);
        }
        block->sequence = __atomic_load_n(&page->sequence, __ATOMIC_SEQ_CST);
    }
    return any;
}

void ke_shared_unregister(struct ke_wait_state *state)
{
    for (unsigned i = 0; i < state->count; i++) {
        struct ke_wait_block *block = &state->blocks[i];
        struct gw_state *page = block->page;
        if (!page)
            continue;
        block->page = NULL;
        if (state->all)
            __atomic_sub_fetch(&page->all_waiters, 1, __ATOMIC_SEQ_CST);
        /* A wake for one may have come to this thread, which leaves for another reason. */
        if (__atomic_sub_fetch(&page->waiters, 1, __ATOMIC_SEQ_CST) &&
            block->sequence != __atomic_load_n(&page->sequence, __ATOMIC_SEQ_CST) &&
            gw_state_count(load(page)) > 0)
            ke_shared_wake(page, 1);
    }
}

int ke_shared_sleep(struct ke_wait_state *state, const struct ke_deadline *deadline)
{
    struct futex_waitv words[1 + KE_MAXIMUM_WAIT_OBJECTS] = {
        {.val = KE_WAIT_SLEEPING, .uaddr = (uintptr_t)&state->word, .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG}};
    unsigned count = 1;
    uint32_t awake = KE_WAIT_AWAKE;
    if (!__atomic_compare_exchange_n(&state->word, &awake, KE_WAIT_SLEEPING, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        return 0;
    for (unsigned i = 0; i < state->count; i++)
        if (state->blocks[i].page)
            words[count++] = (struct futex_waitv){
                .val = state->blocks[i].sequence,
                .uaddr = (uintptr_t)&state->blocks[i].page->sequence,
                .flags = FUTEX_32,
            };
    bool forever = !deadline || deadline->forever;
    if (syscall(SYS_futex_waitv, words, count, 0, forever ? NULL : &deadline->time,
                forever || !deadline->realtime ? CLOCK_MONOTONIC : CLOCK_REALTIME) >= 0)
        return 0;
    if (errno != ENOSYS && errno != EPERM)
        return errno == ETIMEDOUT ? ETIMEDOUT : 0;
    struct ke_deadline step = {.forever = false};
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &step.time);
    step.time.tv_nsec += POLL_NANOSECONDS;
    if (step.time.tv_nsec >= 1000000000) {
        step.time.tv_nsec -= 1000000000;
        step.time.tv_sec++;
    }
    ke_futex_wait(&state->word, KE_WAIT_SLEEPING, &step);
    if (forever)
        return 0;
    clock_gettime(deadline->realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
    return now.tv_sec > deadline->time.tv_sec ||
                   (now.tv_sec == deadline->time.tv_sec && now.tv_nsec >= deadline->time.tv_nsec)
               ? ETIMEDOUT
               : 0;
}

/* ---------------------------------------------------------------- signalling */

static int32_t set_count(struct gw_state *page, int32_t count)
{
    uint64_t old = load(page);
    while (!exchange(page, &old, (old & ~0xffffffffull) | (uint32_t)count))
        ;
    return gw_state_count(old);
}

static bool is_notification(const struct ke_dispatcher_object *object)
{
    return object->kind == KE_NOTIFICATION_EVENT || object->kind == KE_NOTIFICATION_TIMER;
}

int32_t ke_shared_set(struct ke_dispatcher_object *object, int32_t signal, struct ke_wake *wake)
{
    struct gw_state *page = object->sync->state;
    int32_t previous = set_count(page, signal);
    if (previous <= 0)
        announce(page, is_notification(object) ? INT_MAX : 1, wake);
    return previous;
}

int32_t ke_shared_reset(struct ke_dispatcher_object *object)
{
    return set_count(object->sync->state, 0);
}

/* Releases who waits now. Waiters compare `pulse`; those of a synchronization event need a token besides. */
int32_t ke_shared_pulse(struct ke_dispatcher_object *object, struct ke_wake *wake)
{
    struct gw_state *page = object->sync->state;
    int32_t previous = set_count(page, 0);
    if (!__atomic_load_n(&page->waiters, __ATOMIC_SEQ_CST))
        return previous;
    __atomic_store_n(&page->pulse_tokens, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&page->pulse, 1, __ATOMIC_SEQ_CST);
    announce(page, INT_MAX, wake);
    return previous;
}

NTSTATUS ke_shared_release_semaphore(struct ke_dispatcher_object *object, int32_t count, int32_t limit,
                                     int32_t *ret_previous, struct ke_wake *wake)
{
    struct gw_state *page = object->sync->state;
    uint64_t old = load(page);
    int32_t previous;
    do {
        previous = gw_state_count(old);
        if (previous < 0 || count > limit - previous)
            return STATUS_SEMAPHORE_LIMIT_EXCEEDED;
    } while (!exchange(page, &old, (old & ~0xffffffffull) | (uint32_t)(previous + count)));
    if (ret_previous)
        *ret_previous = previous;
    announce(page, count, wake);
    return STATUS_SUCCESS;
}

void ke_shared_release_mutant(struct ke_mutant *mutant, bool abandon, struct ke_wake *wake)
{
    struct gw_state *page = mutant->header.sync->state;
    page->recursion = mutant->header.signal > 0 ? 0 : (uint32_t)(1 - mutant->header.signal);
    if (mutant->header.signal <= 0)
        return;
    mutant->header.signal = 0;
    page->owner_thread = page->owner_process = 0;
    __atomic_store_n(&page->state, gw_state_make(1, 0) | (abandon ? GW_STATE_ABANDONED : 0),
                     __ATOMIC_SEQ_CST);
    announce(page, 1, wake);
}

int32_t ke_shared_count(struct ke_dispatcher_object *object)
{
    const struct gw_state *page = object->sync->state;
    int32_t count = gw_state_count(load(page));
    if (object->kind == KE_MUTANT && count <= 0)
        return 1 - (int32_t)__atomic_load_n(&page->recursion, __ATOMIC_RELAXED);
    return count;
}

/* ---------------------------------------------------------------- becoming shared */

void ke_shared_disturb(struct ke_dispatcher_object *object)
{
    struct ke_wait_block *block = object->waiters;
    if (!block)
        return;
    do {
        struct ke_wait_state *state = block->state;
        if (!state->woken && state->complete) {
            ke_shared_watch(state);
        } else if (!state->woken) {
            ke_set_word(&state->word, KE_WAIT_INTERRUPTED);
        }
        block = block->next;
    } while (block != object->waiters);
}

void ke_shared_attach(struct ke_dispatcher_object *object, struct ob_shared *shared, bool copy)
{
    struct gw_state *page = shared->state;
    ke_lock();
    object->sync = shared;
    if (object->kind == KE_MUTANT) {
        struct ke_mutant *mutant = (struct ke_mutant *)object;
        if (copy)
            page->state = mutant->owner ? gw_state_make(0, shared->client)
                                        : gw_state_make(1, 0) | (mutant->abandoned ? GW_STATE_ABANDONED : 0);
        if (mutant->owner) {
            page->owner_process = ps_current_process->id;
            page->owner_thread = mutant->owner->thread->thread->id;
            page->recursion = (uint32_t)(1 - object->signal);
            ob_reference(mutant);
        }
    } else if (copy) {
        page->state = gw_state_make(object->signal, 0);
    }
    ke_shared_disturb(object);
    ke_unlock();
}

/* ---------------------------------------------------------------- waits without a thread */

/* One host thread watches them all in turns: it is rare. */
static struct {
    struct ke_wait_state *list;
    uint32_t word; /* futex: the list has changed */
    bool running, wanted;
} watcher;

enum { WATCH_LIMIT = 100 };

static void *watch_thread(void *unused)
{
    (void)unused;
    for (;;) {
        struct ke_wake wake = KE_WAKE_INITIALIZER(wake);
        struct futex_waitv words[1 + WATCH_LIMIT];
        unsigned count = 1;
        bool more = false;
        ke_lock();
        words[0] = (struct futex_waitv){
            .val = watcher.word, .uaddr = (uintptr_t)&watcher.word, .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG};
        for (struct ke_wait_state **place = &watcher.list, *state; (state = *place);) {
            NTSTATUS status;
            bool busy = false;
            ke_shared_register(state);
            if (ke_shared_satisfy(state, &status, &busy)) {
                ke_wait_finish_locked(state, status, &wake); /* takes it off the list */
                continue;
            }
            more |= busy;
            for (unsigned i = 0; i < state->count; i++) {
                if (!state->blocks[i].page)
                    continue;
                if (count > WATCH_LIMIT)
                    more = true;
                else
                    words[count++] = (struct futex_waitv){
                        .val = state->blocks[i].sequence,
                        .uaddr = (uintptr_t)&state->blocks[i].page->sequence,
                        .flags = FUTEX_32};
            }
            place = &state->next_watched;
        }
        ke_unlock_and_wake(&wake);
        struct timespec step;
        clock_gettime(CLOCK_MONOTONIC, &step);
        step.tv_nsec += POLL_NANOSECONDS * 10;
        if (step.tv_nsec >= 1000000000) {
            step.tv_nsec -= 1000000000;
            step.tv_sec++;
        }
        if (syscall(SYS_futex_waitv, words, count, 0, more ? &step : NULL, CLOCK_MONOTONIC) < 0 &&
            (errno == ENOSYS || errno == EPERM))
            usleep(POLL_NANOSECONDS / 1000);
    }
    return NULL;
}

void ke_shared_watch(struct ke_wait_state *state)
{
    if (!state->watched) {
        state->watched = true;
        state->next_watched = watcher.list;
        watcher.list = state;
    }
    watcher.word++;
    ke_futex_wake(&watcher.word, 1);
    watcher.wanted = true;
}

/* After a wait without a thread has begun: no lock held. */
void ke_shared_start_watching(void)
{
    ke_lock();
    bool start = watcher.wanted && !watcher.running;
    if (start)
        watcher.running = true;
    ke_unlock();
    if (start)
        ke_start_helper(watch_thread, NULL);
}

void ke_shared_unwatch(struct ke_wait_state *state)
{
    for (struct ke_wait_state **place = &watcher.list; *place; place = &(*place)->next_watched) {
        if (*place == state) {
            *place = state->next_watched;
            break;
        }
    }
    state->watched = false;
    ke_shared_unregister(state);
}
