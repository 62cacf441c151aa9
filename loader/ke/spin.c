/*
 * Adaptive spinning: a thread's score rises when the word changed in time and falls when it did not.
 * At zero it still tries one wait in PROBE_INTERVAL, which is what a partner that is just being
 * woken needs to find it awake.
 */
#include "ke/spin.h"
#include "ke/lock.h"
#include <sched.h>
#include <x86intrin.h>

enum {
    SPIN_CYCLES = 150000, /* of the time-stamp counter: 40 to 70 us */
    SCORE_MAXIMUM = 16,
    SCORE_REWARD = 2,
    PROBE_INTERVAL = 32,
};

/* May this thread run beside another one? */
static bool has_company(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
}

bool ke_spin(struct ke_spin *spin, const uint32_t *word, uint32_t value)
{
    if (!ke_dispatcher.multithreaded)
        return false;
    if (spin->score == 0) {
        if (++spin->skipped < PROBE_INTERVAL)
            return false;
        spin->skipped = 0;
        if (!has_company())
            return false;
    }
    uint64_t start = __rdtsc();
    do {
        for (unsigned i = 0; i < 16; i++) {
            if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value) {
                unsigned score = spin->score + SCORE_REWARD;
                spin->score = (uint8_t)(score < SCORE_MAXIMUM ? score : SCORE_MAXIMUM);
                return true;
            }
            __builtin_ia32_pause();
        }
    } while (__rdtsc() - start < SPIN_CYCLES);
    if (spin->score)
        spin->score--;
    return false;
}
