/*
 * Waiting awake for a moment before going to sleep: waking a sleeper on another processor costs tens
 * of microseconds, so that who is likely to be woken at once does better to keep looking.
 */
#ifndef KE_SPIN_H
#define KE_SPIN_H

#include <stdbool.h>
#include <stdint.h>

/* What one thread's waits have taught; zero-initialized. Used by that thread only. */
struct ke_spin {
    uint8_t score;   /* > 0: spinning has paid lately */
    uint8_t skipped; /* waits since the last try */
};

/* Looks at *word for about as long as a wake-up costs, where the thread's recent waits (or an occasional
 * try) say that it pays, and another processor is there to change it. True once it is no longer `value`. */
bool ke_spin(struct ke_spin *spin, const uint32_t *word, uint32_t value);

#endif
