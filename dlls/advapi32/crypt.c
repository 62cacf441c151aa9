/*
 * CryptoAPI: contexts without keys, which is what programs take to get random bytes.
 */
#include <nt/rtl.h>

#include <wincrypt.h>

#define CONTEXT_MAGIC 0x43525950

struct context {
    ULONG magic;
    LONG references;
    DWORD type;
};

static BOOL fail(DWORD error)
{
    SetLastError(error);
    return FALSE;
}

static struct context *context_of(HCRYPTPROV handle)
{
    struct context *context = (struct context *)handle;
    return context && context->magic == CONTEXT_MAGIC ? context : NULL;
}

/* Key containers are not kept: only CRYPT_VERIFYCONTEXT and new or default containers open. */
static BOOL acquire(HCRYPTPROV *provider, DWORD type, DWORD flags)
{
    struct context *context;

    if (!provider)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags & ~(DWORD)(CRYPT_VERIFYCONTEXT | CRYPT_NEWKEYSET | CRYPT_MACHINE_KEYSET | CRYPT_DELETEKEYSET |
                         CRYPT_SILENT))
        return fail((DWORD)NTE_BAD_FLAGS);
    if (type != PROV_RSA_FULL && type != PROV_RSA_AES && type != PROV_RSA_SCHANNEL &&
        type != PROV_INTEL_SEC && type != PROV_RNG)
        return fail(type && type < 1000 ? (DWORD)NTE_PROV_TYPE_NOT_DEF : (DWORD)NTE_BAD_PROV_TYPE);
    if (flags & CRYPT_DELETEKEYSET)
        return TRUE;
    if (!(flags & (CRYPT_VERIFYCONTEXT | CRYPT_NEWKEYSET)))
        return fail((DWORD)NTE_BAD_KEYSET);
    if (!(context = RtlAllocateHeap(rtl_peb()->ProcessHeap, 0, sizeof *context)))
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    *context = (struct context){CONTEXT_MAGIC, 1, type};
    *provider = (HCRYPTPROV)context;
    return TRUE;
}

BOOL WINAPI CryptAcquireContextW(HCRYPTPROV *provider, LPCWSTR container, LPCWSTR name, DWORD type,
                                 DWORD flags)
{
    (void)name;
    if (container && flags & CRYPT_VERIFYCONTEXT && *container)
        return fail((DWORD)NTE_BAD_FLAGS);
    return acquire(provider, type, flags);
}

BOOL WINAPI CryptAcquireContextA(HCRYPTPROV *provider, LPCSTR container, LPCSTR name, DWORD type, DWORD flags)
{
    (void)name;
    if (container && flags & CRYPT_VERIFYCONTEXT && *container)
        return fail((DWORD)NTE_BAD_FLAGS);
    return acquire(provider, type, flags);
}

BOOL WINAPI CryptContextAddRef(HCRYPTPROV provider, DWORD *reserved, DWORD flags)
{
    struct context *context = context_of(provider);

    if (!context || reserved || flags)
        return fail(ERROR_INVALID_PARAMETER);
    __atomic_add_fetch(&context->references, 1, __ATOMIC_RELAXED);
    return TRUE;
}

BOOL WINAPI CryptReleaseContext(HCRYPTPROV provider, DWORD flags)
{
    struct context *context = context_of(provider);

    if (!context)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags)
        return fail((DWORD)NTE_BAD_FLAGS);
    if (!__atomic_sub_fetch(&context->references, 1, __ATOMIC_ACQ_REL)) {
        context->magic = 0;
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, context);
    }
    return TRUE;
}

BOOL WINAPI CryptGenRandom(HCRYPTPROV provider, DWORD size, BYTE *buffer)
{
    if (!context_of(provider))
        return fail(ERROR_INVALID_HANDLE);
    NTSTATUS status = GwRandom(buffer, size);
    return NT_SUCCESS(status) ? TRUE : fail(RtlNtStatusToDosError(status));
}
