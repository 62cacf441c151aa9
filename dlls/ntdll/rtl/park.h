/*
 * Parking: how a thread sleeps on an address. The word a lock or condition keeps says only that
 * somebody may be parked; who it is stands in a hash table of queues. The table's spin locks are
 * held for a few instructions, never across a system call.
 */
#ifndef NTDLL_RTL_PARK_H
#define NTDLL_RTL_PARK_H

#include <nt/rtl.h>

struct parked {
    struct parked *next, *previous;
    const volatile void *address;
    HANDLE thread;
    ULONG token;          /* the parker's own: shared or exclusive */
    volatile LONG parked; /* 0: taken off the queue by a waker; guarded by the bucket until then */
};

struct park_bucket {
    volatile LONG lock;
    struct parked *first, *last;
};

struct park_bucket *park_lock(const volatile void *address);
void park_unlock(struct park_bucket *bucket);

/* With the bucket locked: queues the calling thread. */
void park_enqueue(struct park_bucket *bucket, struct parked *self, const volatile void *address, ULONG token);

/* Sleeps until a waker has taken `self` off. timeout in NT form or NULL. On STATUS_TIMEOUT self is
 * off the queue too; `on_timeout` (may be NULL) runs then, with the bucket locked. */
NTSTATUS park_sleep(struct parked *self, const LARGE_INTEGER *timeout,
                    void (*on_timeout)(const volatile void *address, struct park_bucket *bucket));

/* With the bucket locked: the first thread parked on the address after `after`, or the first. */
struct parked *park_find(struct park_bucket *bucket, const volatile void *address, struct parked *after);

/* With the bucket locked: takes a thread off and says whom to alert once the bucket is unlocked. */
HANDLE park_remove(struct park_bucket *bucket, struct parked *thread);

/* TRUE if nothing is parked in the address's bucket; a cheap test that needs no lock. */
BOOLEAN park_is_empty(const volatile void *address);

/* How long to spin before parking; 0 on one processor. */
ULONG park_spins(void);

#define spin_pause() __builtin_ia32_pause()

#endif
