/*
 * Opening and closing algorithm providers: the random number generator is the one there is.
 */
#include "provider.h"

NTSTATUS WINAPI BCryptOpenAlgorithmProvider(PVOID *algorithm, LPCWSTR name, LPCWSTR implementation,
                                            ULONG flags)
{
    (void)flags;
    if (!algorithm || !name)
        return STATUS_INVALID_PARAMETER;
    if (implementation && lstrcmpiW(implementation, L"Microsoft Primitive Provider") != 0)
        return STATUS_NOT_FOUND;
    if (lstrcmpiW(name, L"RNG") != 0 && lstrcmpiW(name, L"FIPS186DSARNG") != 0)
        return STATUS_NOT_FOUND;
    struct provider *provider = HeapAlloc(GetProcessHeap(), 0, sizeof *provider);
    if (!provider)
        return STATUS_NO_MEMORY;
    provider->magic = RNG_MAGIC;
    *algorithm = provider;
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI BCryptCloseAlgorithmProvider(PVOID algorithm, ULONG flags)
{
    struct provider *provider = algorithm;
    (void)flags;
    if (!provider || ((ULONG_PTR)provider & 0xf) == 1 || provider->magic != RNG_MAGIC)
        return STATUS_INVALID_HANDLE;
    provider->magic = 0;
    HeapFree(GetProcessHeap(), 0, provider);
    return STATUS_SUCCESS;
}
