/*
 * The dispatcher lock: guards handle-table entries, signal states, wait lists, APC queues and thread
 * states. Innermost rank: held for a few instructions, never over a system call, guest memory or
 * a callback. While the process has one thread it costs nothing.
 */
#ifndef KE_LOCK_H
#define KE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

/* A page of its own: i386 code has it at NEAR_LOCK as well (wow/near.c). */
struct ke_lock_page {
    uint32_t lock;
    bool multithreaded; /* set, for good, before a second thread that uses host objects starts */
} __attribute__((aligned(4096)));
extern struct ke_lock_page ke_dispatcher;

/* To be called, with no lock held, before creating any thread (a guest's or a helper of the host). */
static inline void ke_become_multithreaded(void)
{
    ke_dispatcher.multithreaded = true;
}

/* Waits for the lock; only from ke_lock. */
void ke_lock_slow(void);

static inline void ke_lock(void)
{
    if (ke_dispatcher.multithreaded && __atomic_exchange_n(&ke_dispatcher.lock, 1, __ATOMIC_ACQUIRE))
        ke_lock_slow();
}

static inline void ke_unlock(void)
{
    if (ke_dispatcher.multithreaded)
        __atomic_store_n(&ke_dispatcher.lock, 0, __ATOMIC_RELEASE);
}

/* A counter that is only shared once there are several threads; returns the new value. */
static inline int ke_add(int *counter, int amount)
{
    if (ke_dispatcher.multithreaded)
        return __atomic_add_fetch(counter, amount, __ATOMIC_ACQ_REL);
    return *counter += amount;
}

#endif
