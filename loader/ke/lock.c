/*
 * The dispatcher lock under contention: spins briefly, then gives the processor away.
 */
#include "ke/lock.h"
#include <sched.h>
#include <time.h>

struct ke_lock_page ke_dispatcher;

void ke_lock_slow(void)
{
    for (unsigned round = 0;; round++) {
        for (unsigned spin = 0; spin < 64; spin++) {
            if (!__atomic_load_n(&ke_dispatcher.lock, __ATOMIC_RELAXED) &&
                !__atomic_exchange_n(&ke_dispatcher.lock, 1, __ATOMIC_ACQUIRE))
                return;
            __builtin_ia32_pause();
        }
        if (round < 64) {
            sched_yield();
        } else {
            struct timespec pause = {0, 20000};
            nanosleep(&pause, NULL);
        }
    }
}
