/*
 * Random bytes from the kernel.
 */
#include "mm/guest.h"

#include <errno.h>
#include <nt/syscalls.h>
#include <string.h>
#include <sys/random.h>

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
