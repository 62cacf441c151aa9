/*
 * Whether a wait can end, and what it then takes. Inline: this is all that a wait for something signalled
 * costs. All of it is called under the dispatcher lock.
 */
#ifndef KE_SATISFY_H
#define KE_SATISFY_H

#include "ke/dispatcher.h"

/* Of private objects. */
static inline bool ke_is_signalled(const struct ke_dispatcher_object *object,
                                   const struct ke_wait_state *state)
{
    if (object->signal > 0)
        return true;
    return object->kind == KE_MUTANT && ((const struct ke_mutant *)object)->owner == state && state->thread;
}

/* Takes what a satisfied wait takes; true if it was an abandoned mutant. */
static inline bool ke_consume(struct ke_dispatcher_object *object, struct ke_wait_state *state)
{
    switch (object->kind) {
    case KE_SYNCHRONIZATION_EVENT:
    case KE_SYNCHRONIZATION_TIMER: object->signal = 0; break;
    case KE_SEMAPHORE: object->signal--; break;
    case KE_MUTANT: {
        struct ke_mutant *mutant = (struct ke_mutant *)object;
        if (object->signal-- == 1) {
            bool abandoned = mutant->abandoned;
            mutant->abandoned = false;
            mutant->owner = state;
            mutant->next = state->mutants;
            mutant->previous = &state->mutants;
            if (state->mutants)
                state->mutants->previous = &mutant->next;
            state->mutants = mutant;
            return abandoned;
        }
        break;
    }
    }
    return false;
}

static inline bool ke_has_shared(const struct ke_wait_state *state)
{
    for (unsigned i = 0; i < state->count; i++)
        if (__builtin_expect(state->blocks[i].object->sync != NULL, 0))
            return true;
    return false;
}

/* As ke_satisfy for a wait with shared objects. */
bool ke_satisfy_shared(struct ke_wait_state *state, NTSTATUS *ret_status);

/* Is the wait satisfied? Then takes the objects and sets *ret_status. Only the waiting thread itself calls
 * this, with its objects referenced or just looked up. */
static inline bool ke_satisfy(struct ke_wait_state *state, NTSTATUS *ret_status)
{
    unsigned count = state->count;
    if (ke_has_shared(state))
        return ke_satisfy_shared(state, ret_status);
    if (state->all) {
        bool abandoned = false;
        for (unsigned i = 0; i < count; i++)
            if (!ke_is_signalled(state->blocks[i].object, state))
                return false;
        for (unsigned i = 0; i < count; i++)
            abandoned |= ke_consume(state->blocks[i].object, state);
        *ret_status = abandoned ? STATUS_ABANDONED_WAIT_0 : STATUS_WAIT_0;
        return count > 0;
    }
    for (unsigned i = 0; i < count; i++) {
        if (ke_is_signalled(state->blocks[i].object, state)) {
            bool abandoned = ke_consume(state->blocks[i].object, state);
            *ret_status = (abandoned ? STATUS_ABANDONED_WAIT_0 : STATUS_WAIT_0) + (NTSTATUS)i;
            return true;
        }
    }
    return false;
}

#endif
