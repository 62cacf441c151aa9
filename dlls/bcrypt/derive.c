/*
 * Deriving keys: from agreed secrets, passwords and other keys.
 */
#include "provider.h"

struct parameter {
    const void *data;
    ULONG size;
};

static struct parameter find(const BCryptBufferDesc *list, ULONG type)
{
    for (ULONG i = 0; list && i < list->cBuffers; i++)
        if (list->pBuffers[i].BufferType == type)
            return (struct parameter){list->pBuffers[i].pvBuffer, list->pBuffers[i].cbBuffer};
    return (struct parameter){NULL, 0};
}

/* The hash that the parameters name, or `fallback`. NULL: it is not one. */
static const struct algorithm *hash_in(const BCryptBufferDesc *list, LPCWSTR fallback)
{
    struct parameter name = find(list, KDF_HASH_ALGORITHM);
    const struct algorithm *a = find_algorithm(name.data ? name.data : fallback);
    return a && a->kind == KIND_HASH && a->id != 0xff ? a : NULL;
}

static NTSTATUS give(const UCHAR *data, ULONG size, PUCHAR output, ULONG room, ULONG *result)
{
    ULONG n = output && room < size ? room : size;

    *result = n;
    if (output)
        memcpy(output, data, n);
    return STATUS_SUCCESS;
}

/* HASH and HMAC: of prepended data, the secret, appended data. */
static NTSTATUS derive_hash(const struct secret *secret, BOOL hmac, const BCryptBufferDesc *list, ULONG flags,
                            PUCHAR output, ULONG room, ULONG *result)
{
    const struct algorithm *a = hash_in(list, BCRYPT_SHA1_ALGORITHM);
    struct parameter before = find(list, KDF_SECRET_PREPEND), after = find(list, KDF_SECRET_APPEND),
                     key = find(list, KDF_HMAC_KEY);
    UCHAR digest[64];

    if (!a)
        return STATUS_NOT_SUPPORTED;
    if (hmac && flags & KDF_USE_SECRET_AS_HMAC_KEY_FLAG)
        key = (struct parameter){secret->data, secret->size};
    else if (hmac && !key.data)
        return STATUS_INVALID_PARAMETER;
    const void *parts[] = {before.data, secret->data, after.data};
    ULONG sizes[] = {before.size, secret->size, after.size};
    NTSTATUS status = hash_parts(a, hmac ? key.data : NULL, key.size, parts, sizes, 3, digest);
    return NT_SUCCESS(status) ? give(digest, hash_size(a), output, room, result) : status;
}

/* NIST SP 800-56A: hash(counter, secret, other information), counter from 1. */
static NTSTATUS concat(const struct algorithm *a, const UCHAR *secret, ULONG secret_size,
                       const BCryptBufferDesc *list, PUCHAR output, ULONG size)
{
    static const ULONG types[] = {KDF_ALGORITHMID, KDF_PARTYUINFO, KDF_PARTYVINFO, KDF_SUPPPUBINFO,
                                  KDF_SUPPPRIVINFO};
    const void *parts[7] = {NULL, secret};
    ULONG sizes[7] = {4, secret_size};

    for (unsigned i = 0; i < 5; i++) {
        struct parameter p = find(list, types[i]);
        parts[i + 2] = p.data;
        sizes[i + 2] = p.size;
    }
    for (ULONG done = 0, counter = 1; done < size; counter++) {
        UCHAR digest[64];
        const UCHAR number[4] = {(UCHAR)(counter >> 24), (UCHAR)(counter >> 16), (UCHAR)(counter >> 8),
                                 (UCHAR)counter};
        parts[0] = number;
        NTSTATUS status = hash_parts(a, NULL, 0, parts, sizes, 7, digest);
        if (!NT_SUCCESS(status))
            return status;
        ULONG n = size - done < hash_size(a) ? size - done : hash_size(a);
        memcpy(output + done, digest, n);
        done += n;
    }
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI BCryptDeriveKey(BCRYPT_SECRET_HANDLE handle, LPCWSTR kdf, BCryptBufferDesc *list,
                                PUCHAR output, ULONG room, ULONG *result, ULONG flags)
{
    const struct secret *secret = handle;

    if (!secret || secret->magic != SECRET_MAGIC)
        return STATUS_INVALID_HANDLE;
    if (!kdf || !result)
        return STATUS_INVALID_PARAMETER;
    if (!wcscmp(kdf, BCRYPT_KDF_HASH) || !wcscmp(kdf, BCRYPT_KDF_HMAC))
        return derive_hash(secret, !wcscmp(kdf, BCRYPT_KDF_HMAC), list, flags, output, room, result);
    if (!wcscmp(kdf, BCRYPT_KDF_RAW_SECRET)) { /* the other way round, as it is documented */
        UCHAR reversed[sizeof secret->data];
        for (ULONG i = 0; i < secret->size; i++)
            reversed[i] = secret->data[secret->size - 1 - i];
        NTSTATUS status = give(reversed, secret->size, output, room, result);
        RtlSecureZeroMemory(reversed, sizeof reversed);
        return status;
    }
    if (!wcscmp(kdf, BCRYPT_KDF_SP80056A_CONCAT)) {
        const struct algorithm *a = hash_in(list, BCRYPT_SHA1_ALGORITHM);
        if (!a)
            return STATUS_NOT_SUPPORTED;
        *result = output ? room : hash_size(a);
        return output ? concat(a, secret->data, secret->size, list, output, room) : STATUS_SUCCESS;
    }
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS pbkdf2(const struct algorithm *a, const void *password, ULONG password_size, const void *salt,
                       ULONG salt_size, ULONGLONG iterations, PUCHAR output, ULONG size)
{
    struct host_pbkdf2 run = {host_pointer(password),
                              host_pointer(salt),
                              host_pointer(output),
                              iterations,
                              password_size,
                              salt_size,
                              size,
                              a->id};
    return HOST(HOST_PBKDF2, &run);
}

NTSTATUS WINAPI BCryptDeriveKeyPBKDF2(BCRYPT_ALG_HANDLE handle, PUCHAR password, ULONG password_size,
                                      PUCHAR salt, ULONG salt_size, ULONGLONG iterations, PUCHAR output,
                                      ULONG size, ULONG flags)
{
    struct provider scratch;
    const struct provider *provider = provider_of(handle, &scratch);

    if (!provider)
        return STATUS_INVALID_HANDLE;
    if (provider->algorithm->kind != KIND_HASH || provider->algorithm->id == 0xff ||
        !(provider->flags & BCRYPT_ALG_HANDLE_HMAC_FLAG))
        return STATUS_INVALID_PARAMETER;
    if (!output || !size || !iterations || flags)
        return STATUS_INVALID_PARAMETER;
    return pbkdf2(provider->algorithm, password, password_size, salt, salt_size, iterations, output, size);
}

/* What CryptDeriveKey does with a hash: its value, or for longer keys the hashes of two padded ones. */
NTSTATUS WINAPI BCryptDeriveKeyCapi(BCRYPT_HASH_HANDLE handle, BCRYPT_ALG_HANDLE target, PUCHAR output,
                                    ULONG size, ULONG flags)
{
    struct hash *hash = handle;
    struct provider scratch;
    UCHAR digest[64], pad[2][64], both[128];
    (void)flags;

    if (!hash || hash->magic != HASH_MAGIC)
        return STATUS_INVALID_HANDLE;
    if (!output || !size || size > 2 * hash->size)
        return STATUS_INVALID_PARAMETER;
    const struct algorithm *a = hash->algorithm;
    NTSTATUS status = BCryptFinishHash(handle, digest, hash->size, 0);
    const struct provider *provider = target ? provider_of(target, &scratch) : NULL;
    BOOL aes = provider && provider->algorithm->kind == KIND_CIPHER && provider->algorithm->id == HOST_AES;
    if (!NT_SUCCESS(status))
        return status;
    if (size <= hash->size && !(aes && a->id < HOST_SHA256)) {
        memcpy(output, digest, size);
        return STATUS_SUCCESS;
    }
    memset(pad[0], 0x36, 64);
    memset(pad[1], 0x5c, 64);
    for (unsigned i = 0; i < 2 && NT_SUCCESS(status); i++) {
        const void *parts[] = {pad[i]};
        ULONG sizes[] = {64};
        for (ULONG j = 0; j < hash->size; j++)
            pad[i][j] ^= digest[j];
        status = hash_parts(a, NULL, 0, parts, sizes, 1, both + i * hash->size);
    }
    if (NT_SUCCESS(status))
        memcpy(output, both, size);
    return status;
}

/* NIST SP 800-108 in counter mode: HMAC(key, counter, label, 0, context, bits). */
static NTSTATUS counter_mode(const struct algorithm *a, const struct key *key, const BCryptBufferDesc *list,
                             PUCHAR output, ULONG size)
{
    struct parameter label = find(list, KDF_LABEL), context = find(list, KDF_CONTEXT);

    for (ULONG done = 0, counter = 1; done < size; counter++) {
        ULONG bits = size * 8;
        UCHAR digest[64],
            zero = 0,
            number[4] = {(UCHAR)(counter >> 24), (UCHAR)(counter >> 16), (UCHAR)(counter >> 8),
                         (UCHAR)counter},
            length[4] = {(UCHAR)(bits >> 24), (UCHAR)(bits >> 16), (UCHAR)(bits >> 8), (UCHAR)bits};
        const void *parts[] = {number, label.data, &zero, context.data, length};
        ULONG sizes[] = {4, label.size, 1, context.size, 4};
        NTSTATUS status = hash_parts(a, key->secret, key->secret_size, parts, sizes, 5, digest);
        if (!NT_SUCCESS(status))
            return status;
        ULONG n = size - done < hash_size(a) ? size - done : hash_size(a);
        memcpy(output + done, digest, n);
        done += n;
    }
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI BCryptKeyDerivation(BCRYPT_KEY_HANDLE handle, BCryptBufferDesc *list, PUCHAR output,
                                    ULONG size, ULONG *result, ULONG flags)
{
    const struct key *key = handle;
    (void)flags;

    if (!key || key->magic != KEY_MAGIC)
        return STATUS_INVALID_HANDLE;
    if (!output || !result)
        return STATUS_INVALID_PARAMETER;
    if (key->algorithm->kind != KIND_DERIVATION)
        return STATUS_NOT_SUPPORTED;
    struct parameter name = find(list, KDF_HASH_ALGORITHM);
    const struct algorithm *a = name.data ? hash_in(list, NULL) : NULL;
    if (!a)
        return STATUS_INVALID_PARAMETER;
    *result = size;
    switch (key->algorithm->id) {
    case DERIVE_PBKDF2: {
        struct parameter salt = find(list, KDF_SALT), count = find(list, KDF_ITERATION_COUNT);
        ULONGLONG iterations = 10000;
        if (count.size == 8)
            iterations = *(const ULONGLONG *)count.data;
        else if (count.size == 4)
            iterations = *(const ULONG *)count.data;
        return pbkdf2(a, key->secret, key->secret_size, salt.data, salt.size, iterations, output, size);
    }
    case DERIVE_SP800_108: return counter_mode(a, key, list, output, size);
    case DERIVE_SP800_56A: return concat(a, key->secret, key->secret_size, list, output, size);
    default: return STATUS_NOT_SUPPORTED;
    }
}
