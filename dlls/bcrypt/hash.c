/*
 * Hashes and message authentication codes.
 */
#include "provider.h"

ULONG hash_size(const struct algorithm *algorithm)
{
    static const BYTE sizes[] = {16, 16, 16, 20, 32, 48, 64};
    return algorithm->id == 0xff ? 16 : sizes[algorithm->id];
}

ULONG hash_block(const struct algorithm *algorithm)
{
    return algorithm->block;
}

static struct hash *hash_of(BCRYPT_HASH_HANDLE handle)
{
    struct hash *hash = handle;
    return hash && hash->magic == HASH_MAGIC ? hash : NULL;
}

static NTSTATUS create_host(const struct algorithm *algorithm, ULONG flags, const UCHAR *key, ULONG key_size,
                            uint64_t *ret_host)
{
    BOOL cmac = algorithm->id == 0xff, hmac = (flags & BCRYPT_ALG_HANDLE_HMAC_FLAG) != 0;
    struct host_hash_create create = {
        .hash = cmac ? 0 : algorithm->id,
        .mac = cmac   ? HOST_CMAC
               : hmac ? HOST_HMAC
                      : HOST_PLAIN,
        .key = host_pointer(key),
        .key_size = key_size,
    };
    NTSTATUS status = HOST(HOST_HASH_CREATE, &create);
    *ret_host = create.handle;
    return status;
}

NTSTATUS WINAPI BCryptCreateHash(BCRYPT_ALG_HANDLE handle, BCRYPT_HASH_HANDLE *ret_hash, PUCHAR object,
                                 ULONG object_size, PUCHAR secret, ULONG secret_size, ULONG flags)
{
    struct provider scratch;
    const struct provider *provider = provider_of(handle, &scratch);

    if (flags & ~(ULONG)BCRYPT_HASH_REUSABLE_FLAG || !ret_hash)
        return STATUS_INVALID_PARAMETER;
    if (!provider)
        return STATUS_INVALID_HANDLE;
    if (provider->algorithm->kind != KIND_HASH)
        return STATUS_NOT_SUPPORTED;
    if (object && object_size < 64)
        return STATUS_BUFFER_TOO_SMALL;
    struct hash *hash = allocate(sizeof *hash);
    if (!hash)
        return STATUS_NO_MEMORY;
    hash->magic = HASH_MAGIC;
    hash->algorithm = provider->algorithm;
    hash->size = hash_size(provider->algorithm);
    hash->keyed = provider->algorithm->id == 0xff || provider->flags & BCRYPT_ALG_HANDLE_HMAC_FLAG;
    hash->reusable = ((flags | provider->flags) & BCRYPT_HASH_REUSABLE_FLAG) != 0;
    NTSTATUS status = create_host(provider->algorithm, provider->flags, hash->keyed ? secret : NULL,
                                  hash->keyed && secret ? secret_size : 0, &hash->host);
    if (!NT_SUCCESS(status)) {
        release(hash);
        return status;
    }
    *ret_hash = hash;
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI BCryptHashData(BCRYPT_HASH_HANDLE handle, PUCHAR data, ULONG size, ULONG flags)
{
    struct hash *hash = hash_of(handle);
    (void)flags;
    if (!hash)
        return STATUS_INVALID_HANDLE;
    if (hash->finished)
        return STATUS_INVALID_HANDLE;
    if (!data || !size)
        return STATUS_SUCCESS;
    struct host_hash_data update = {hash->host, host_pointer(data), size, 0};
    return HOST(HOST_HASH_UPDATE, &update);
}

NTSTATUS WINAPI BCryptFinishHash(BCRYPT_HASH_HANDLE handle, PUCHAR output, ULONG size, ULONG flags)
{
    struct hash *hash = hash_of(handle);
    (void)flags;
    if (!hash || hash->finished)
        return STATUS_INVALID_HANDLE;
    if (!output || size != hash->size)
        return STATUS_INVALID_PARAMETER;
    struct host_hash_data finish = {hash->host, host_pointer(output), size, (uint32_t)hash->reusable};
    hash->finished = !hash->reusable;
    return HOST(HOST_HASH_FINISH, &finish);
}

NTSTATUS WINAPI BCryptDuplicateHash(BCRYPT_HASH_HANDLE handle, BCRYPT_HASH_HANDLE *ret_copy, PUCHAR object,
                                    ULONG object_size, ULONG flags)
{
    struct hash *hash = hash_of(handle);
    (void)flags;
    if (!hash)
        return STATUS_INVALID_HANDLE;
    if (!ret_copy)
        return STATUS_INVALID_PARAMETER;
    if (object && object_size < 64)
        return STATUS_BUFFER_TOO_SMALL;
    struct hash *copy = allocate(sizeof *copy);
    if (!copy)
        return STATUS_NO_MEMORY;
    struct host_hash_handle duplicate = {hash->host, 0};
    NTSTATUS status = HOST(HOST_HASH_DUPLICATE, &duplicate);
    if (!NT_SUCCESS(status)) {
        release(copy);
        return status;
    }
    *copy = *hash;
    copy->host = duplicate.copy;
    *ret_copy = copy;
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI BCryptDestroyHash(BCRYPT_HASH_HANDLE handle)
{
    struct hash *hash = hash_of(handle);
    if (!hash)
        return STATUS_INVALID_HANDLE;
    struct host_hash_handle destroy = {hash->host, 0};
    HOST(HOST_HASH_DESTROY, &destroy);
    hash->magic = 0;
    release(hash);
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI BCryptHash(BCRYPT_ALG_HANDLE handle, PUCHAR secret, ULONG secret_size, PUCHAR input,
                           ULONG input_size, PUCHAR output, ULONG output_size)
{
    BCRYPT_HASH_HANDLE hash;
    NTSTATUS status = BCryptCreateHash(handle, &hash, NULL, 0, secret, secret_size, 0);

    if (!NT_SUCCESS(status))
        return status;
    status = BCryptHashData(hash, input, input_size, 0);
    if (NT_SUCCESS(status))
        status = BCryptFinishHash(hash, output, output_size, 0);
    BCryptDestroyHash(hash);
    return status;
}

NTSTATUS hash_parts(const struct algorithm *algorithm, const void *key, ULONG key_size,
                    const void *const parts[], const ULONG sizes[], unsigned count, UCHAR *output)
{
    uint64_t host;
    NTSTATUS status = create_host(algorithm, key ? BCRYPT_ALG_HANDLE_HMAC_FLAG : 0, key, key_size, &host);

    if (!NT_SUCCESS(status))
        return status;
    for (unsigned i = 0; i < count && NT_SUCCESS(status); i++) {
        struct host_hash_data update = {host, host_pointer(parts[i]), sizes[i], 0};
        if (sizes[i])
            status = HOST(HOST_HASH_UPDATE, &update);
    }
    struct host_hash_data finish = {host, host_pointer(output), hash_size(algorithm), 0};
    if (NT_SUCCESS(status))
        status = HOST(HOST_HASH_FINISH, &finish);
    struct host_hash_handle destroy = {host, 0};
    HOST(HOST_HASH_DESTROY, &destroy);
    return status;
}
