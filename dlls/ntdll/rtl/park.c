/*
 * Parking on addresses (park.h), and WaitOnAddress, which is little more. A thread sleeps in
 * NtWaitForAlertByThreadId; an alert may come late, so sleepers believe only their own `parked`.
 */
#include "park.h"

#define BUCKETS 256

static struct park_bucket buckets[BUCKETS];

static struct park_bucket *bucket_of(const volatile void *address)
{
    ULONG_PTR key = (ULONG_PTR)address >> 2;
    return &buckets[(key ^ key >> 8 ^ key >> 16) % BUCKETS];
}

struct park_bucket *park_lock(const volatile void *address)
{
    struct park_bucket *bucket = bucket_of(address);

    for (unsigned spins = 0; __atomic_exchange_n(&bucket->lock, 1, __ATOMIC_ACQUIRE); spins++) {
        while (__atomic_load_n(&bucket->lock, __ATOMIC_RELAXED)) {
            if (++spins % 128 == 0)
                NtYieldExecution();
            else
                spin_pause();
        }
    }
    return bucket;
}

void park_unlock(struct park_bucket *bucket)
{
    __atomic_store_n(&bucket->lock, 0, __ATOMIC_RELEASE);
}

void park_enqueue(struct park_bucket *bucket, struct parked *self, const volatile void *address, ULONG token)
{
    self->address = address;
    self->thread = rtl_teb()->ClientId.UniqueThread;
    self->token = token;
    self->parked = 1;
    self->next = NULL;
    self->previous = bucket->last;
    if (bucket->last)
        bucket->last->next = self;
    else
        bucket->first = self;
    bucket->last = self;
}

HANDLE park_remove(struct park_bucket *bucket, struct parked *thread)
{
    HANDLE id = thread->thread;

    if (thread->previous)
        thread->previous->next = thread->next;
    else
        bucket->first = thread->next;
    if (thread->next)
        thread->next->previous = thread->previous;
    else
        bucket->last = thread->previous;
    __atomic_store_n(&thread->parked, 0, __ATOMIC_RELEASE);
    return id; /* from here on *thread may be gone */
}

struct parked *park_find(struct park_bucket *bucket, const volatile void *address, struct parked *after)
{
    struct parked *thread = after ? after->next : bucket->first;

    while (thread && thread->address != address)
        thread = thread->next;
    return thread;
}

BOOLEAN park_is_empty(const volatile void *address)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return !__atomic_load_n(&bucket_of(address)->first, __ATOMIC_RELAXED);
}

ULONG park_spins(void)
{
    return rtl_peb()->NumberOfProcessors > 1 ? 100 : 0;
}

NTSTATUS park_sleep(struct parked *self, const LARGE_INTEGER *timeout,
                    void (*on_timeout)(const volatile void *address, struct park_bucket *bucket))
{
    LARGE_INTEGER until, now;

    if (timeout) {
        until = *timeout;
        if (until.QuadPart < 0) { /* an absolute time survives wake-ups that were not meant */
            NtQuerySystemTime(&now);
            until.QuadPart = now.QuadPart - until.QuadPart;
        }
    }
    while (__atomic_load_n(&self->parked, __ATOMIC_ACQUIRE)) {
        NTSTATUS status = NtWaitForAlertByThreadId((void *)self->address, timeout ? &until : NULL);
        if (status != STATUS_TIMEOUT)
            continue;
        struct park_bucket *bucket = park_lock(self->address);
        if (self->parked) {
            const volatile void *address = self->address;
            park_remove(bucket, self);
            if (on_timeout)
                on_timeout(address, bucket);
            park_unlock(bucket);
            return STATUS_TIMEOUT;
        }
        park_unlock(bucket);
    }
    return STATUS_SUCCESS;
}

static BOOLEAN same_value(const volatile void *address, const void *compare, SIZE_T size)
{
    switch (size) {
    case 1: return *(const volatile UCHAR *)address == *(const UCHAR *)compare;
    case 2: return *(const volatile USHORT *)address == *(const USHORT *)compare;
    case 4: return *(const volatile ULONG *)address == *(const ULONG *)compare;
    default: return *(const volatile ULONGLONG *)address == *(const ULONGLONG *)compare;
    }
}

NTSTATUS NTAPI RtlWaitOnAddress(const volatile void *address, const void *compare, SIZE_T size,
                                const LARGE_INTEGER *timeout)
{
    struct parked self;

    if (size != 1 && size != 2 && size != 4 && size != 8)
        return STATUS_INVALID_PARAMETER;
    if (!same_value(address, compare, size))
        return STATUS_SUCCESS;
    if (timeout && !timeout->QuadPart)
        return STATUS_TIMEOUT;

    struct park_bucket *bucket = park_lock(address);
    park_enqueue(bucket, &self, address, 0);
    park_unlock(bucket);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!same_value(address, compare, size)) {
        bucket = park_lock(address);
        if (self.parked)
            park_remove(bucket, &self);
        park_unlock(bucket);
        return STATUS_SUCCESS;
    }
    return park_sleep(&self, timeout, NULL);
}

void NTAPI RtlWakeAddressSingle(const void *address)
{
    if (park_is_empty(address))
        return;
    struct park_bucket *bucket = park_lock(address);
    struct parked *thread = park_find(bucket, address, NULL);
    HANDLE id = thread ? park_remove(bucket, thread) : NULL;
    park_unlock(bucket);
    if (id)
        NtAlertThreadByThreadId(id);
}

void NTAPI RtlWakeAddressAll(const void *address)
{
    if (park_is_empty(address))
        return;
    for (;;) {
        HANDLE ids[32];
        unsigned count = 0;
        struct parked *thread;
        struct park_bucket *bucket = park_lock(address);
        while (count < 32 && (thread = park_find(bucket, address, NULL)))
            ids[count++] = park_remove(bucket, thread);
        park_unlock(bucket);
        for (unsigned i = 0; i < count; i++)
            NtAlertThreadByThreadId(ids[i]);
        if (count < 32)
            return;
    }
}

void NTAPI RtlWakeAddressSingleNoFence(const void *address)
{
    RtlWakeAddressSingle(address);
}
void NTAPI RtlWakeAddressAllNoFence(const void *address)
{
    RtlWakeAddressAll(address);
}
