/*
 * Random bytes from the kernel; identifiers that are unique until the machine starts again.
 */
#include "mm/guest.h"

#include <errno.h>
#include <nt/syscalls.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

NTSTATUS GwRandom(void *Buffer, SIZE_T Length)
{
    uint8_t chunk[256];
    NTSTATUS status = STATUS_SUCCESS;

    while (Length && NT_SUCCESS(status)) {
        size_t size = Length < sizeof chunk ? Length : sizeof chunk;
        ssize_t got = getrandom(chunk, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return STATUS_INTERNAL_ERROR;
        status = guest_copy(Buffer, chunk, (size_t)got);
        Buffer = (uint8_t *)Buffer + got;
        Length -= (size_t)got;
    }
    explicit_bzero(chunk, sizeof chunk);
    return status;
}

/* The process and a number that is never lower than the time since the machine started (in 1/100 s), so that
 * a process whose id comes back does not repeat its predecessor's. */
NTSTATUS NtAllocateLocallyUniqueId(LUID *Luid)
{
    static uint32_t last;
    struct timespec now;
    LUID luid = {.HighPart = getpid()};
    uint32_t old = __atomic_load_n(&last, __ATOMIC_RELAXED);

    clock_gettime(CLOCK_BOOTTIME, &now);
    uint32_t ticks = (uint32_t)now.tv_sec * 100 + (uint32_t)(now.tv_nsec / 10000000);
    do
        luid.LowPart = old >= ticks ? old + 1 : ticks;
    while (
        !__atomic_compare_exchange_n(&last, &old, luid.LowPart, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return guest_copy(Luid, &luid, sizeof luid);
}
