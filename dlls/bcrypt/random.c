/*
 * BCryptGenRandom and the algorithm providers it takes.
 */
#include "provider.h"

#define USE_ENTROPY_IN_BUFFER    1
#define USE_SYSTEM_PREFERRED_RNG 2

NTSTATUS WINAPI BCryptGenRandom(PVOID algorithm, PUCHAR buffer, ULONG size, ULONG flags)
{
    const struct provider *provider = algorithm;
    const ULONG_PTR pseudo = (ULONG_PTR)algorithm; /* BCRYPT_RNG_ALG_HANDLE and friends are odd numbers */

    if (flags & ~(ULONG)(USE_ENTROPY_IN_BUFFER | USE_SYSTEM_PREFERRED_RNG))
        return STATUS_INVALID_PARAMETER;
    if (!algorithm && !(flags & USE_SYSTEM_PREFERRED_RNG))
        return STATUS_INVALID_HANDLE;
    if (algorithm && flags & USE_SYSTEM_PREFERRED_RNG)
        return STATUS_INVALID_HANDLE;
    if (algorithm && pseudo != 0x81 && ((pseudo & 0xf) == 1 || provider->magic != RNG_MAGIC))
        return STATUS_INVALID_HANDLE;
    if (!buffer)
        return STATUS_INVALID_PARAMETER;
    return GwRandom(buffer, size);
}
