/*
 * CryptoAPI keys: generating, deriving, importing and exporting them.
 */
#include "crypt.h"

struct key *key_of(HCRYPTKEY handle)
{
    struct key *key = (struct key *)handle;
    return key && key->magic == KEY_MAGIC ? key : NULL;
}

struct key *new_key(ALG_ID algorithm)
{
    struct key *key = allocate(sizeof *key);

    if (!key) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    key->magic = KEY_MAGIC;
    key->references = 1;
    key->algorithm = algorithm;
    key->mode = CRYPT_MODE_CBC;
    key->permissions = CRYPT_ENCRYPT | CRYPT_DECRYPT | CRYPT_READ | CRYPT_WRITE | CRYPT_MAC;
    return key;
}

void release_key(struct key *key)
{
    if (!key || InterlockedDecrement(&key->references))
        return;
    if (key->handle)
        crypt_functions()->destroy_key(key->handle);
    RtlSecureZeroMemory(key, sizeof *key);
    release(key);
}

BOOL WINAPI CryptDestroyKey(HCRYPTKEY handle)
{
    struct key *key = key_of(handle);

    if (!key)
        return fail(ERROR_INVALID_HANDLE);
    release_key(key);
    return TRUE;
}

BOOL is_pair(const struct key *key)
{
    return GET_ALG_TYPE(key->algorithm) == ALG_TYPE_RSA;
}

/* DES keys count their parity bits in bytes but not in bits. */
static DWORD secret_bytes(const struct crypt_algorithm *a, DWORD bits)
{
    return a->block == 8 && a->id != CALG_RC2 ? bits / 7 : (bits + 7) / 8;
}

DWORD secret_bits(const struct key *key)
{
    BOOL des = key->algorithm == CALG_DES || key->algorithm == CALG_3DES || key->algorithm == CALG_3DES_112;
    return key->size * (des ? 7 : 8);
}

static struct key *new_secret(ALG_ID id, DWORD bits)
{
    const struct crypt_algorithm *a = crypt_algorithm(id);

    if (!a || GET_ALG_CLASS(id) != ALG_CLASS_DATA_ENCRYPT) {
        SetLastError((DWORD)NTE_BAD_ALGID);
        return NULL;
    }
    if (!bits)
        bits = a->bits;
    BOOL des = a->block == 8 && id != CALG_RC2;
    if (des && bits % 8 == 0 && bits % 7 && bits / 8 == a->bits / 7)
        bits = a->bits;
    if (bits < a->min_bits || bits > a->max_bits || (!des && bits % 8)) {
        SetLastError((DWORD)NTE_BAD_FLAGS);
        return NULL;
    }
    struct key *key = new_key(id);
    if (key) {
        key->size = secret_bytes(a, bits);
        key->effective_bits = bits;
    }
    return key;
}

/* ---------------------------------------------------------------- pairs */

static BOOL open_rsa(BCRYPT_ALG_HANDLE *ret_algorithm)
{
    const struct crypt_functions *bcrypt = crypt_functions();
    return bcrypt && check_status(bcrypt->open(ret_algorithm, BCRYPT_RSA_ALGORITHM, NULL, 0));
}

void copy_reversed(BYTE *to, const BYTE *from, DWORD size)
{
    for (DWORD i = 0; i < size; i++)
        to[i] = from[size - 1 - i];
}

BOOL import_rsa(const BYTE *data, DWORD size, struct key **ret_key)
{
    const BLOBHEADER *header = (const void *)data;
    const RSAPUBKEY *rsa = (const void *)(header + 1);
    BOOL private = size >= sizeof *header && header->bType == PRIVATEKEYBLOB;
    BCRYPT_ALG_HANDLE algorithm;

    if (size < sizeof *header + sizeof *rsa || rsa->magic != (private ? 0x32415352u : 0x31415352u) ||
        rsa->bitlen % 8)
        return fail_crypt(NTE_BAD_DATA);
    DWORD n = rsa->bitlen / 8, half = (rsa->bitlen + 15) / 16;
    if (size < sizeof *header + sizeof *rsa + n + (private ? 5 * half + n : 0))
        return fail_crypt(NTE_BAD_DATA);
    DWORD blob_size = (DWORD)sizeof(BCRYPT_RSAKEY_BLOB) + 4 + n + (private ? 5 * half + n : 0);
    BYTE *blob = allocate(blob_size), *p;
    struct key *key = blob ? new_key(header->aiKeyAlg) : NULL;
    if (!key || !open_rsa(&algorithm)) {
        release(blob);
        release_key(key);
        return FALSE;
    }
    *(BCRYPT_RSAKEY_BLOB *)(void *)blob = (BCRYPT_RSAKEY_BLOB){private ? BCRYPT_RSAFULLPRIVATE_MAGIC
                                                                       : BCRYPT_RSAPUBLIC_MAGIC,
                                                               rsa->bitlen,
                                                               4,
                                                               n,
                                                               private ? half : 0,
                                                               private ? half : 0};
    p = blob + sizeof(BCRYPT_RSAKEY_BLOB);
    copy_reversed(p, (const BYTE *)&rsa->pubexp, 4);
    p += 4;
    const BYTE *from = (const BYTE *)(rsa + 1);
    const DWORD sizes[] = {n, half, half, half, half, half, n};
    for (unsigned i = 0; i < (private ? 7u : 1u); i++) {
        copy_reversed(p, from, sizes[i]);
        p += sizes[i];
        from += sizes[i];
    }
    NTSTATUS status = crypt_functions()->import_pair(
        algorithm, NULL, private ? BCRYPT_RSAFULLPRIVATE_BLOB : BCRYPT_RSAPUBLIC_BLOB, &key->handle, blob,
        blob_size, 0);
    crypt_functions()->close(algorithm, 0);
    RtlSecureZeroMemory(blob, blob_size);
    release(blob);
    if (!NT_SUCCESS(status)) {
        release_key(key);
        return fail_crypt(NTE_BAD_DATA);
    }
    key->size = n;
    *ret_key = key;
    return TRUE;
}

BOOL export_rsa(struct key *key, DWORD type, BYTE *data, DWORD *size)
{
    BOOL private = type == PRIVATEKEYBLOB;
    DWORD n = key->size, half = (n + 1) / 2, had = *size;
    DWORD needed = (DWORD)(sizeof(BLOBHEADER) + sizeof(RSAPUBKEY)) + n + (private ? 5 * half + n : 0);
    ULONG blob_size = 0;
    LPCWSTR name = private ? BCRYPT_RSAFULLPRIVATE_BLOB : BCRYPT_RSAPUBLIC_BLOB;

    *size = needed;
    if (!data)
        return TRUE;
    if (had < needed)
        return fail(ERROR_MORE_DATA);
    NTSTATUS status = crypt_functions()->export(key->handle, NULL, name, NULL, 0, &blob_size, 0);
    if (!NT_SUCCESS(status))
        return fail_crypt(NTE_BAD_KEY);
    BYTE *blob = allocate(blob_size);
    if (!blob)
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    status = crypt_functions()->export(key->handle, NULL, name, blob, blob_size, &blob_size, 0);
    if (NT_SUCCESS(status)) {
        const BCRYPT_RSAKEY_BLOB *head = (const void *)blob;
        BLOBHEADER *header = (void *)data;
        RSAPUBKEY *rsa = (void *)(header + 1);
        const BYTE *from = (const BYTE *)(head + 1);
        BYTE *p = (BYTE *)(rsa + 1);
        *header = (BLOBHEADER){(BYTE)type, CUR_BLOB_VERSION, 0, key->algorithm};
        *rsa = (RSAPUBKEY){private ? 0x32415352u : 0x31415352u, n * 8, 0};
        copy_reversed((BYTE *)&rsa->pubexp, from, head->cbPublicExp);
        from += head->cbPublicExp;
        const DWORD sizes[] = {n, half, half, half, half, half, n};
        for (unsigned i = 0; i < (private ? 7u : 1u); i++) {
            copy_reversed(p, from, sizes[i]);
            p += sizes[i];
            from += sizes[i];
        }
    }
    RtlSecureZeroMemory(blob, blob_size);
    release(blob);
    return check_status(status);
}

static BOOL generate_pair(struct context *context, DWORD spec, DWORD flags, struct key **ret_key)
{
    DWORD bits = flags >> 16 ? flags >> 16 : 2048;
    BCRYPT_ALG_HANDLE algorithm;

    if (bits < 512 || bits > 16384 || bits % 8)
        return fail_crypt(NTE_BAD_FLAGS);
    struct key *key = new_key(spec == AT_SIGNATURE ? CALG_RSA_SIGN : CALG_RSA_KEYX);
    if (!key || !open_rsa(&algorithm)) {
        release_key(key);
        return FALSE;
    }
    bits = (bits + 63) / 64 * 64;
    NTSTATUS status = crypt_functions()->generate_pair(algorithm, &key->handle, bits, 0);
    if (NT_SUCCESS(status))
        status = crypt_functions()->finalize_pair(key->handle, 0);
    crypt_functions()->close(algorithm, 0);
    if (!NT_SUCCESS(status)) {
        release_key(key);
        return check_status(status);
    }
    key->size = bits / 8;
    key->spec = spec;
    key->exportable = (flags & CRYPT_EXPORTABLE) != 0;
    release_key(context->pair[spec]);
    InterlockedIncrement(&key->references);
    context->pair[spec] = key;
    *ret_key = key;
    return store_container_key(context, spec);
}

BOOL WINAPI CryptGenKey(HCRYPTPROV handle, ALG_ID id, DWORD flags, HCRYPTKEY *ret_key)
{
    struct context *context = context_of(handle);
    struct key *key;

    if (!context)
        return fail(ERROR_INVALID_HANDLE);
    if (!ret_key)
        return fail(ERROR_INVALID_PARAMETER);
    if (id == AT_KEYEXCHANGE || id == AT_SIGNATURE || id == CALG_RSA_KEYX || id == CALG_RSA_SIGN) {
        if (!generate_pair(context,
                           id == AT_KEYEXCHANGE || id == CALG_RSA_KEYX ? AT_KEYEXCHANGE : AT_SIGNATURE, flags,
                           &key))
            return FALSE;
    } else {
        if (!(key = new_secret(id, flags >> 16)))
            return FALSE;
        key->exportable = (flags & CRYPT_EXPORTABLE) != 0;
        GwRandom(key->secret, key->size);
        if (flags & CRYPT_CREATE_SALT && key->size < 16) {
            key->salt_size = 16 - key->size;
            GwRandom(key->salt, key->salt_size);
        }
    }
    *ret_key = (HCRYPTKEY)key;
    return TRUE;
}

/* The documented derivation: the hash's first bytes; for 3DES and AES, of hashes other than SHA-2, or where
 * the hash is too short, those of the hashes of two pads that it was mixed into. */
static BOOL derive(struct context *context, struct hash *hash, struct key *key)
{
    BOOL sha2 = hash->algorithm == CALG_SHA_256 || hash->algorithm == CALG_SHA_384 ||
                hash->algorithm == CALG_SHA_512;
    BOOL wide = key->algorithm == CALG_3DES || key->algorithm == CALG_3DES_112 ||
                key->algorithm == CALG_AES_128 || key->algorithm == CALG_AES_192 ||
                key->algorithm == CALG_AES_256;
    BYTE both[128];

    if (!hash_value(hash))
        return FALSE;
    if (key->size <= hash->size && (sha2 || !wide)) {
        memcpy(key->secret, hash->value, key->size);
        return TRUE;
    }
    if (key->size > 2 * hash->size)
        return fail_crypt(NTE_BAD_LEN);
    for (unsigned i = 0; i < 2; i++) {
        BYTE pad[64];
        HCRYPTHASH part;
        DWORD size = hash->size;
        memset(pad, i ? 0x5c : 0x36, sizeof pad);
        for (DWORD j = 0; j < hash->size; j++)
            pad[j] ^= hash->value[j];
        if (!CryptCreateHash((HCRYPTPROV)context, hash->algorithm, 0, 0, &part))
            return FALSE;
        BOOL done = CryptHashData(part, pad, sizeof pad, 0) &&
                    CryptGetHashParam(part, HP_HASHVAL, both + i * hash->size, &size, 0);
        CryptDestroyHash(part);
        if (!done)
            return FALSE;
    }
    memcpy(key->secret, both, key->size);
    return TRUE;
}

BOOL WINAPI CryptDeriveKey(HCRYPTPROV handle, ALG_ID id, HCRYPTHASH hash_handle, DWORD flags,
                           HCRYPTKEY *ret_key)
{
    struct context *context = context_of(handle);
    struct hash *hash = hash_of(hash_handle);

    if (!context || !hash)
        return fail(ERROR_INVALID_HANDLE);
    if (!ret_key)
        return fail(ERROR_INVALID_PARAMETER);
    struct key *key = new_secret(id, flags >> 16);
    if (!key)
        return FALSE;
    key->exportable = (flags & CRYPT_EXPORTABLE) != 0;
    if (!derive(context, hash, key)) {
        DWORD error = GetLastError();
        release_key(key);
        return fail(error);
    }
    *ret_key = (HCRYPTKEY)key;
    return TRUE;
}

BOOL WINAPI CryptGetUserKey(HCRYPTPROV handle, DWORD spec, HCRYPTKEY *ret_key)
{
    struct context *context = context_of(handle);

    if (!context)
        return fail(ERROR_INVALID_HANDLE);
    if (!ret_key)
        return fail(ERROR_INVALID_PARAMETER);
    if ((spec != AT_KEYEXCHANGE && spec != AT_SIGNATURE) || !context->pair[spec])
        return fail_crypt(NTE_NO_KEY);
    InterlockedIncrement(&context->pair[spec]->references);
    *ret_key = (HCRYPTKEY)context->pair[spec];
    return TRUE;
}

/* ---------------------------------------------------------------- blobs of secrets */

static BOOL import_secret(ALG_ID id, const BYTE *secret, DWORD size, struct key **ret_key)
{
    const struct crypt_algorithm *a = crypt_algorithm(id);

    if (!a || GET_ALG_CLASS(id) != ALG_CLASS_DATA_ENCRYPT)
        return fail_crypt(NTE_BAD_ALGID);
    struct key *key = new_key(id);
    if (!key)
        return FALSE;
    if (size > sizeof key->secret || (a->block > 1 && id != CALG_RC2 && size != secret_bytes(a, a->bits))) {
        release_key(key);
        return fail_crypt(NTE_BAD_DATA);
    }
    memcpy(key->secret, secret, size);
    key->size = size;
    key->effective_bits = size * 8;
    *ret_key = key;
    return TRUE;
}

/* Encrypted with an RSA key, least significant byte first. */
static BOOL import_simple(const BYTE *data, DWORD size, struct key *with, ALG_ID id, struct key **ret_key)
{
    BYTE buffer[2048], plain[2048];
    ULONG length;

    if (!with || !is_pair(with))
        return fail_crypt(NTE_BAD_KEY);
    if (size < with->size || with->size > sizeof buffer)
        return fail_crypt(NTE_BAD_DATA);
    copy_reversed(buffer, data, with->size);
    NTSTATUS status = crypt_functions()->decrypt(with->handle, buffer, with->size, NULL, NULL, 0, plain,
                                                 sizeof plain, &length, BCRYPT_PAD_PKCS1);
    if (!NT_SUCCESS(status) || length > 64)
        return fail_crypt(NTE_BAD_DATA);
    copy_reversed(buffer, plain, length);
    return import_secret(id, buffer, length, ret_key);
}

BOOL WINAPI CryptImportKey(HCRYPTPROV handle, const BYTE *data, DWORD size, HCRYPTKEY with, DWORD flags,
                           HCRYPTKEY *ret_key)
{
    struct context *context = context_of(handle);
    const BLOBHEADER *header = (const void *)data;
    struct key *key = NULL;
    BOOL done;

    if (!context)
        return fail(ERROR_INVALID_HANDLE);
    if (!data || !ret_key)
        return fail(ERROR_INVALID_PARAMETER);
    if (size < sizeof *header)
        return fail_crypt(NTE_BAD_DATA);
    if (header->bVersion != CUR_BLOB_VERSION)
        return fail_crypt(NTE_BAD_VER);
    const BYTE *body = (const BYTE *)(header + 1);
    DWORD left = size - (DWORD)sizeof *header;
    switch (header->bType) {
    case PUBLICKEYBLOB: done = import_rsa(data, size, &key); break;
    case PRIVATEKEYBLOB: {
        done = import_rsa(data, size, &key);
        if (!done)
            break;
        DWORD spec = key->algorithm == CALG_RSA_SIGN ? AT_SIGNATURE : AT_KEYEXCHANGE;
        key->spec = spec;
        release_key(context->pair[spec]);
        InterlockedIncrement(&key->references);
        context->pair[spec] = key;
        done = store_container_key(context, spec);
        break;
    }
    case PLAINTEXTKEYBLOB:
        if (left < sizeof(DWORD) || *(const DWORD *)(const void *)body > left - sizeof(DWORD))
            return fail_crypt(NTE_BAD_DATA);
        if (flags & CRYPT_IPSEC_HMAC_KEY || header->aiKeyAlg == CALG_RC2 || header->aiKeyAlg == CALG_RC4)
            done = import_secret(header->aiKeyAlg, body + 4, *(const DWORD *)(const void *)body, &key);
        else
            done = import_secret(header->aiKeyAlg, body + 4, *(const DWORD *)(const void *)body, &key);
        break;
    case SIMPLEBLOB:
        if (left < sizeof(ALG_ID))
            return fail_crypt(NTE_BAD_DATA);
        done = import_simple(body + sizeof(ALG_ID), left - (DWORD)sizeof(ALG_ID),
                             with ? key_of(with) : context->pair[AT_KEYEXCHANGE], header->aiKeyAlg, &key);
        break;
    default: return fail_crypt(NTE_BAD_TYPE);
    }
    if (!done)
        return FALSE;
    key->exportable |= (flags & CRYPT_EXPORTABLE) != 0 || header->bType == PUBLICKEYBLOB;
    *ret_key = (HCRYPTKEY)key;
    return TRUE;
}

static BOOL export_simple(struct key *key, struct key *with, BYTE *data, DWORD *size)
{
    BYTE secret[64], cipher[2048];
    DWORD needed = (DWORD)(sizeof(BLOBHEADER) + sizeof(ALG_ID)), had = *size;
    ULONG length;

    if (!with || !is_pair(with) || with->size > sizeof cipher)
        return fail_crypt(NTE_BAD_KEY);
    *size = needed += with->size;
    if (!data)
        return TRUE;
    if (had < needed)
        return fail(ERROR_MORE_DATA);
    copy_reversed(secret, key->secret, key->size);
    NTSTATUS status = crypt_functions()->encrypt(with->handle, secret, key->size, NULL, NULL, 0, cipher,
                                                 with->size, &length, BCRYPT_PAD_PKCS1);
    if (!NT_SUCCESS(status))
        return check_status(status);
    *(BLOBHEADER *)(void *)data = (BLOBHEADER){SIMPLEBLOB, CUR_BLOB_VERSION, 0, key->algorithm};
    *(ALG_ID *)(void *)(data + sizeof(BLOBHEADER)) = CALG_RSA_KEYX;
    copy_reversed(data + sizeof(BLOBHEADER) + sizeof(ALG_ID), cipher, with->size);
    return TRUE;
}

BOOL WINAPI CryptExportKey(HCRYPTKEY handle, HCRYPTKEY with, DWORD type, DWORD flags, BYTE *data, DWORD *size)
{
    struct key *key = key_of(handle);
    (void)flags;

    if (!key)
        return fail(ERROR_INVALID_HANDLE);
    if (!size)
        return fail(ERROR_INVALID_PARAMETER);
    if (type != PUBLICKEYBLOB && !key->exportable && type != SIMPLEBLOB)
        return fail_crypt(NTE_BAD_KEY_STATE);
    switch (type) {
    case PUBLICKEYBLOB:
    case PRIVATEKEYBLOB:
        if (with || !is_pair(key))
            return fail_crypt(NTE_BAD_KEY);
        return export_rsa(key, type, data, size);
    case PLAINTEXTKEYBLOB: {
        DWORD needed = (DWORD)(sizeof(BLOBHEADER) + sizeof(DWORD)) + key->size, had = *size;
        if (is_pair(key))
            return fail_crypt(NTE_BAD_KEY);
        *size = needed;
        if (!data)
            return TRUE;
        if (had < needed)
            return fail(ERROR_MORE_DATA);
        *(BLOBHEADER *)(void *)data = (BLOBHEADER){PLAINTEXTKEYBLOB, CUR_BLOB_VERSION, 0, key->algorithm};
        *(DWORD *)(void *)(data + sizeof(BLOBHEADER)) = key->size;
        memcpy(data + sizeof(BLOBHEADER) + sizeof(DWORD), key->secret, key->size);
        return TRUE;
    }
    case SIMPLEBLOB:
        return is_pair(key) ? fail_crypt(NTE_BAD_KEY) : export_simple(key, key_of(with), data, size);
    default: return fail_crypt(NTE_BAD_TYPE);
    }
}

BOOL WINAPI CryptDuplicateKey(HCRYPTKEY handle, DWORD *reserved, DWORD flags, HCRYPTKEY *ret_copy)
{
    struct key *key = key_of(handle);

    if (!key)
        return fail(ERROR_INVALID_HANDLE);
    if (reserved || flags || !ret_copy)
        return fail(ERROR_INVALID_PARAMETER);
    struct key *copy = new_key(key->algorithm);
    if (!copy)
        return FALSE;
    *copy = *key;
    copy->references = 1;
    copy->handle = NULL;
    if (key->handle) {
        NTSTATUS status = crypt_functions()->duplicate_key(key->handle, &copy->handle, NULL, 0, 0);
        if (!NT_SUCCESS(status)) {
            release_key(copy);
            return check_status(status);
        }
    }
    *ret_copy = (HCRYPTKEY)copy;
    return TRUE;
}
