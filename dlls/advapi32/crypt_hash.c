/*
 * CryptoAPI hashes and signatures.
 */
#include "crypt.h"

const struct crypt_algorithm crypt_algorithms[] = {
    {CALG_RC2, L"RC2", 128, 40, 128, 8, "RC2", "RSA Data Security's RC2"},
    {CALG_RC4, L"RC4", 128, 40, 128, 1, "RC4", "RSA Data Security's RC4"},
    {CALG_DES, L"DES", 56, 56, 56, 8, "DES", "Data Encryption Standard (DES)"},
    {CALG_3DES_112, L"3DES_112", 112, 112, 112, 8, "3DES TWO KEY", "Two Key Triple DES"},
    {CALG_3DES, L"3DES", 168, 168, 168, 8, "3DES", "Three Key Triple DES"},
    {CALG_AES_128, L"AES", 128, 128, 128, 16, "AES 128", "Advanced Encryption Standard (AES-128)"},
    {CALG_AES_192, L"AES", 192, 192, 192, 16, "AES 192", "Advanced Encryption Standard (AES-192)"},
    {CALG_AES_256, L"AES", 256, 256, 256, 16, "AES 256", "Advanced Encryption Standard (AES-256)"},
    {CALG_SHA1, L"SHA1", 160, 160, 160, 0, "SHA-1", "Secure Hash Algorithm (SHA-1)"},
    {CALG_SHA_256, L"SHA256", 256, 256, 256, 0, "SHA-256", "Secure Hash Algorithm (SHA-256)"},
    {CALG_SHA_384, L"SHA384", 384, 384, 384, 0, "SHA-384", "Secure Hash Algorithm (SHA-384)"},
    {CALG_SHA_512, L"SHA512", 512, 512, 512, 0, "SHA-512", "Secure Hash Algorithm (SHA-512)"},
    {CALG_MD2, L"MD2", 128, 128, 128, 0, "MD2", "Message Digest 2 (MD2)"},
    {CALG_MD4, L"MD4", 128, 128, 128, 0, "MD4", "Message Digest 4 (MD4)"},
    {CALG_MD5, L"MD5", 128, 128, 128, 0, "MD5", "Message Digest 5 (MD5)"},
    {CALG_SSL3_SHAMD5, NULL, 288, 288, 288, 0, "SSL3 SHAMD5", "SSL3 SHAMD5"},
    {CALG_RSA_SIGN, L"RSA", 2048, 384, 16384, 0, "RSA_SIGN", "RSA Signature"},
    {CALG_RSA_KEYX, L"RSA", 2048, 384, 16384, 0, "RSA_KEYX", "RSA Key Exchange"},
    {CALG_HMAC, NULL, 0, 0, 0, 0, "HMAC", "Hugo's MAC (HMAC)"},
};
const unsigned crypt_algorithm_count = sizeof crypt_algorithms / sizeof crypt_algorithms[0];

const struct crypt_algorithm *crypt_algorithm(ALG_ID id)
{
    for (unsigned i = 0; i < crypt_algorithm_count; i++)
        if (crypt_algorithms[i].id == id)
            return &crypt_algorithms[i];
    return NULL;
}

struct hash *hash_of(HCRYPTHASH handle)
{
    struct hash *hash = (struct hash *)handle;
    return hash && hash->magic == HASH_MAGIC ? hash : NULL;
}

/* bcrypt's hash, keyed if key is not NULL. */
static BOOL start(ALG_ID id, const struct key *key, BCRYPT_HASH_HANDLE *ret_hash)
{
    const struct crypt_functions *bcrypt = crypt_functions();
    const struct crypt_algorithm *a = crypt_algorithm(id);
    BCRYPT_ALG_HANDLE algorithm;

    if (!bcrypt)
        return FALSE;
    if (!a || !a->name || GET_ALG_CLASS(id) != ALG_CLASS_HASH)
        return fail_crypt(NTE_BAD_ALGID);
    NTSTATUS status = bcrypt->open(&algorithm, a->name, NULL, key ? BCRYPT_ALG_HANDLE_HMAC_FLAG : 0);
    if (NT_SUCCESS(status)) {
        status = bcrypt->create_hash(algorithm, ret_hash, NULL, 0, key ? (PUCHAR)key->secret : NULL,
                                     key ? key->size : 0, 0);
        bcrypt->close(algorithm, 0);
    }
    return check_status(status);
}

BOOL WINAPI CryptCreateHash(HCRYPTPROV handle, ALG_ID id, HCRYPTKEY key_handle, DWORD flags,
                            HCRYPTHASH *ret_hash)
{
    struct context *context = context_of(handle);
    const struct crypt_algorithm *a = crypt_algorithm(id);
    struct key *key = NULL;
    BOOL done = TRUE;

    if (!context || !ret_hash)
        return fail(context ? ERROR_INVALID_PARAMETER : ERROR_INVALID_HANDLE);
    if (flags)
        return fail_crypt(NTE_BAD_FLAGS);
    if (!a || GET_ALG_CLASS(id) != ALG_CLASS_HASH)
        return fail_crypt(NTE_BAD_ALGID);
    if (id == CALG_HMAC) {
        if (!(key = key_of(key_handle)))
            return fail_crypt(NTE_BAD_KEY);
        if (GET_ALG_CLASS(key->algorithm) != ALG_CLASS_DATA_ENCRYPT)
            return fail_crypt(NTE_BAD_KEY);
    } else if (key_handle) {
        return fail_crypt(NTE_BAD_KEY);
    }
    struct hash *hash = allocate(sizeof *hash);
    if (!hash)
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    hash->magic = HASH_MAGIC;
    hash->context = context;
    hash->algorithm = id;
    hash->size = a->bits / 8;
    if (key) {
        InterlockedIncrement(&key->references);
        hash->key = key;
    } else if (id == CALG_SSL3_SHAMD5) {
        done = start(CALG_MD5, NULL, &hash->inner) && start(CALG_SHA1, NULL, &hash->hash);
    } else {
        done = start(id, NULL, &hash->hash);
    }
    if (!done) {
        DWORD error = GetLastError();
        CryptDestroyHash((HCRYPTHASH)hash);
        return fail(error);
    }
    *ret_hash = (HCRYPTHASH)hash;
    return TRUE;
}

BOOL WINAPI CryptDestroyHash(HCRYPTHASH handle)
{
    struct hash *hash = hash_of(handle);

    if (!hash)
        return fail(ERROR_INVALID_HANDLE);
    if (hash->hash)
        crypt_functions()->destroy_hash(hash->hash);
    if (hash->inner)
        crypt_functions()->destroy_hash(hash->inner);
    release_key(hash->key);
    hash->magic = 0;
    release(hash);
    return TRUE;
}

BOOL WINAPI CryptDuplicateHash(HCRYPTHASH handle, DWORD *reserved, DWORD flags, HCRYPTHASH *ret_copy)
{
    struct hash *hash = hash_of(handle);
    NTSTATUS status = STATUS_SUCCESS;

    if (!hash)
        return fail(ERROR_INVALID_HANDLE);
    if (reserved || !ret_copy)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags)
        return fail_crypt(NTE_BAD_FLAGS);
    struct hash *copy = allocate(sizeof *copy);
    if (!copy)
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    *copy = *hash;
    copy->hash = copy->inner = NULL;
    if (copy->key)
        InterlockedIncrement(&copy->key->references);
    if (hash->hash)
        status = crypt_functions()->duplicate_hash(hash->hash, &copy->hash, NULL, 0, 0);
    if (NT_SUCCESS(status) && hash->inner)
        status = crypt_functions()->duplicate_hash(hash->inner, &copy->inner, NULL, 0, 0);
    if (!NT_SUCCESS(status)) {
        CryptDestroyHash((HCRYPTHASH)copy);
        return check_status(status);
    }
    *ret_copy = (HCRYPTHASH)copy;
    return TRUE;
}

BOOL WINAPI CryptHashData(HCRYPTHASH handle, const BYTE *data, DWORD size, DWORD flags)
{
    struct hash *hash = hash_of(handle);

    if (!hash)
        return fail(ERROR_INVALID_HANDLE);
    if (flags)
        return fail_crypt(NTE_BAD_FLAGS);
    if (hash->finished)
        return fail_crypt(NTE_BAD_HASH_STATE);
    if (hash->algorithm == CALG_HMAC && !hash->hash)
        return fail_crypt(NTE_BAD_HASH_STATE); /* which hash was not said yet */
    NTSTATUS status = crypt_functions()->hash_data(hash->hash, (PUCHAR)data, size, 0);
    if (NT_SUCCESS(status) && hash->inner)
        status = crypt_functions()->hash_data(hash->inner, (PUCHAR)data, size, 0);
    return check_status(status);
}

BOOL WINAPI CryptHashSessionKey(HCRYPTHASH handle, HCRYPTKEY key_handle, DWORD flags)
{
    struct key *key = key_of(key_handle);
    BYTE secret[64];

    if (!hash_of(handle) || !key)
        return fail(ERROR_INVALID_HANDLE);
    if (flags & ~(DWORD)CRYPT_LITTLE_ENDIAN)
        return fail_crypt(NTE_BAD_FLAGS);
    for (DWORD i = 0; i < key->size; i++)
        secret[i] = key->secret[flags & CRYPT_LITTLE_ENDIAN ? i : key->size - 1 - i];
    return CryptHashData(handle, secret, key->size, 0);
}

BOOL hash_value(struct hash *hash)
{
    NTSTATUS status = STATUS_SUCCESS;
    DWORD at = 0;

    if (hash->finished)
        return TRUE;
    if (!hash->hash)
        return fail_crypt(NTE_BAD_HASH_STATE);
    if (hash->inner) {
        status = crypt_functions()->finish_hash(hash->inner, hash->value, 16, 0);
        at = 16;
    }
    if (NT_SUCCESS(status))
        status = crypt_functions()->finish_hash(hash->hash, hash->value + at, hash->size - at, 0);
    hash->finished = NT_SUCCESS(status);
    return check_status(status);
}

BOOL WINAPI CryptGetHashParam(HCRYPTHASH handle, DWORD parameter, BYTE *data, DWORD *room, DWORD flags)
{
    struct hash *hash = hash_of(handle);
    const void *value;
    DWORD size = sizeof(DWORD);

    if (!hash)
        return fail(ERROR_INVALID_HANDLE);
    if (!room)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags)
        return fail_crypt(NTE_BAD_FLAGS);
    switch (parameter) {
    case HP_ALGID: value = &hash->algorithm; break;
    case HP_HASHSIZE: value = &hash->size; break;
    case HP_HASHVAL:
        if (data && *room >= hash->size && !hash_value(hash))
            return FALSE;
        value = hash->value;
        size = hash->size;
        break;
    default: return fail_crypt(NTE_BAD_TYPE);
    }
    return give_parameter(value, size, data, room);
}

BOOL WINAPI CryptSetHashParam(HCRYPTHASH handle, DWORD parameter, const BYTE *data, DWORD flags)
{
    struct hash *hash = hash_of(handle);
    const HMAC_INFO *info = (const void *)data;

    if (!hash)
        return fail(ERROR_INVALID_HANDLE);
    if (!data)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags)
        return fail_crypt(NTE_BAD_FLAGS);
    switch (parameter) {
    case HP_HASHVAL:
        memcpy(hash->value, data, hash->size);
        hash->finished = TRUE;
        return TRUE;
    case HP_HMAC_INFO: /* paddings of one's own are not done */
        if (hash->algorithm != CALG_HMAC || hash->hash || (info->pbInnerString && info->cbInnerString) ||
            (info->pbOuterString && info->cbOuterString))
            return fail_crypt(NTE_BAD_HASH_STATE);
        if (!start(info->HashAlgid, hash->key, &hash->hash))
            return FALSE;
        hash->hmac_algorithm = info->HashAlgid;
        hash->size = crypt_algorithm(info->HashAlgid)->bits / 8;
        return TRUE;
    default: return fail_crypt(NTE_BAD_TYPE);
    }
}

/* ---------------------------------------------------------------- signatures: numbers are little-endian here
 */

static void reverse(BYTE *data, DWORD size)
{
    for (DWORD i = 0; i < size / 2; i++) {
        BYTE kept = data[i];
        data[i] = data[size - 1 - i];
        data[size - 1 - i] = kept;
    }
}

static BCRYPT_PKCS1_PADDING_INFO padding_of(const struct hash *hash, DWORD flags)
{
    const struct crypt_algorithm *a = crypt_algorithm(hash->algorithm);
    return (BCRYPT_PKCS1_PADDING_INFO){flags & CRYPT_NOHASHOID || !a ? NULL : a->name};
}

BOOL WINAPI CryptSignHashW(HCRYPTHASH handle, DWORD spec, LPCWSTR description, DWORD flags, BYTE *signature,
                           DWORD *size)
{
    struct hash *hash = hash_of(handle);
    ULONG needed;

    if (!hash)
        return fail(ERROR_INVALID_HANDLE);
    if (!size || (description && *description))
        return fail(ERROR_INVALID_PARAMETER);
    if (flags & ~(DWORD)(CRYPT_NOHASHOID | CRYPT_TYPE2_FORMAT | CRYPT_X931_FORMAT))
        return fail_crypt(NTE_BAD_FLAGS);
    if (spec != AT_KEYEXCHANGE && spec != AT_SIGNATURE)
        return fail_crypt(NTE_BAD_KEY);
    struct key *key = hash->context->pair[spec];
    if (!key)
        return fail_crypt(NTE_NO_KEY);
    BCRYPT_PKCS1_PADDING_INFO padding = padding_of(hash, flags);
    NTSTATUS status = crypt_functions()->sign(key->handle, &padding, hash->value, hash->size, NULL, 0,
                                              &needed, BCRYPT_PAD_PKCS1);
    DWORD had = *size;
    *size = needed;
    if (!NT_SUCCESS(status) || !signature)
        return check_status(status);
    if (had < needed)
        return fail(ERROR_MORE_DATA);
    if (!hash_value(hash))
        return FALSE;
    status = crypt_functions()->sign(key->handle, &padding, hash->value, hash->size, signature, needed,
                                     &needed, BCRYPT_PAD_PKCS1);
    if (NT_SUCCESS(status))
        reverse(signature, needed);
    return check_status(status);
}

BOOL WINAPI CryptSignHashA(HCRYPTHASH hash, DWORD spec, LPCSTR description, DWORD flags, BYTE *signature,
                           DWORD *size)
{
    return CryptSignHashW(hash, spec, description && *description ? L"?" : NULL, flags, signature, size);
}

BOOL WINAPI CryptVerifySignatureW(HCRYPTHASH handle, const BYTE *signature, DWORD size, HCRYPTKEY key_handle,
                                  LPCWSTR description, DWORD flags)
{
    struct hash *hash = hash_of(handle);
    struct key *key = key_of(key_handle);
    (void)description;

    if (!hash || !key)
        return fail(ERROR_INVALID_HANDLE);
    if (!signature)
        return fail(ERROR_INVALID_PARAMETER);
    if (GET_ALG_CLASS(key->algorithm) != ALG_CLASS_SIGNATURE &&
        GET_ALG_CLASS(key->algorithm) != ALG_CLASS_KEY_EXCHANGE)
        return fail_crypt(NTE_BAD_KEY);
    if (!hash_value(hash))
        return FALSE;
    BYTE *copy = allocate(size);
    if (!copy)
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    memcpy(copy, signature, size);
    reverse(copy, size);
    BCRYPT_PKCS1_PADDING_INFO padding = padding_of(hash, flags);
    NTSTATUS status = crypt_functions()->verify(key->handle, &padding, hash->value, hash->size, copy, size,
                                                BCRYPT_PAD_PKCS1);
    release(copy);
    return NT_SUCCESS(status) ? TRUE : fail_crypt(NTE_BAD_SIGNATURE);
}

BOOL WINAPI CryptVerifySignatureA(HCRYPTHASH hash, const BYTE *signature, DWORD size, HCRYPTKEY key,
                                  LPCSTR description, DWORD flags)
{
    (void)description;
    return CryptVerifySignatureW(hash, signature, size, key, NULL, flags);
}
