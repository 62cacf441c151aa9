/*
 * Key pairs: generating, importing and exporting them; signatures, asymmetric encryption.
 */
#include "provider.h"

enum { RSA_E, RSA_N, RSA_P, RSA_Q, RSA_DP, RSA_DQ, RSA_QI, RSA_D };
enum { EC_X, EC_Y, EC_D };
enum { DH_P, DH_G, DH_Y, DH_X };

static struct key *pair_of(BCRYPT_KEY_HANDLE handle)
{
    struct key *key = handle;
    return key && key->magic == KEY_MAGIC && key->algorithm->kind == KIND_KEY_PAIR ? key : NULL;
}

ULONG key_bytes(const struct key *key)
{
    return (key->bits + 7u) / 8;
}

NTSTATUS WINAPI BCryptGenerateKeyPair(BCRYPT_ALG_HANDLE handle, BCRYPT_KEY_HANDLE *ret_key, ULONG bits,
                                      ULONG flags)
{
    struct provider scratch;
    const struct provider *provider = provider_of(handle, &scratch);
    (void)flags;

    if (!provider)
        return STATUS_INVALID_HANDLE;
    if (!ret_key)
        return STATUS_INVALID_PARAMETER;
    const struct algorithm *a = provider->algorithm;
    if (a->kind != KIND_KEY_PAIR)
        return STATUS_NOT_SUPPORTED;
    if (!bits && a->id == HOST_EC)
        bits = a->bits ? a->bits : provider->curve;
    if (!bits && a->id != HOST_EC)
        bits = 2048;
    if (a->bits ? bits < a->bits || bits > a->max_bits || (a->step && bits % a->step)
                : bits != 256 && bits != 384 && bits != 521)
        return STATUS_INVALID_PARAMETER;
    struct key *key = allocate(sizeof *key);
    if (!key)
        return STATUS_NO_MEMORY;
    key->magic = KEY_MAGIC;
    key->algorithm = a;
    key->bits = (USHORT)bits;
    *ret_key = key;
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI BCryptFinalizeKeyPair(BCRYPT_KEY_HANDLE handle, ULONG flags)
{
    struct key *key = pair_of(handle);
    (void)flags;

    if (!key || key->host)
        return STATUS_INVALID_HANDLE;
    struct host_key generate = {.type = key->algorithm->id, .bits = key->bits};
    NTSTATUS status = HOST(HOST_KEY_GENERATE, &generate);
    if (NT_SUCCESS(status)) {
        key->host = generate.handle;
        key->has_private = TRUE;
    }
    return status;
}

/* ---------------------------------------------------------------- blobs */

static ULONG curve_of_magic(ULONG magic, BOOL *ret_private, BOOL *ret_secret)
{
    static const USHORT curves[] = {256, 384, 521};
    for (ULONG i = 0; i < 6; i++) {
        *ret_private = i & 1;
        *ret_secret = TRUE;
        if (magic == BCRYPT_ECDH_PUBLIC_P256_MAGIC + (i << 24))
            return curves[i / 2];
        *ret_secret = FALSE;
        if (magic == BCRYPT_ECDSA_PUBLIC_P256_MAGIC + (i << 24))
            return curves[i / 2];
    }
    *ret_private = magic == BCRYPT_ECDH_PRIVATE_GENERIC_MAGIC || magic == BCRYPT_ECDSA_PRIVATE_GENERIC_MAGIC;
    *ret_secret = magic == BCRYPT_ECDH_PRIVATE_GENERIC_MAGIC || magic == BCRYPT_ECDH_PUBLIC_GENERIC_MAGIC;
    return magic == BCRYPT_ECDH_PUBLIC_GENERIC_MAGIC || magic == BCRYPT_ECDSA_PUBLIC_GENERIC_MAGIC ||
                   *ret_private
               ? 1
               : 0;
}

struct reader {
    const UCHAR *p;
    ULONG left;
};

static BOOL take(struct reader *reader, ULONG size, uint64_t *part, uint32_t *part_size)
{
    if (size > reader->left)
        return FALSE;
    *part = host_pointer(reader->p);
    *part_size = size;
    reader->p += size;
    reader->left -= size;
    return TRUE;
}

#define TAKE(index, bytes) take(&reader, bytes, &import->part[index], &import->part_size[index])

static NTSTATUS read_rsa(const UCHAR *input, ULONG size, BOOL private, struct host_key *import)
{
    const BCRYPT_RSAKEY_BLOB *blob = (const void *)input;
    struct reader reader = {input + sizeof *blob, size - (ULONG)sizeof *blob};

    if (size < sizeof *blob)
        return STATUS_INVALID_PARAMETER;
    BOOL full = blob->Magic == BCRYPT_RSAFULLPRIVATE_MAGIC;
    if (blob->Magic != (private ? full ? BCRYPT_RSAFULLPRIVATE_MAGIC : BCRYPT_RSAPRIVATE_MAGIC
                                : BCRYPT_RSAPUBLIC_MAGIC) &&
        !(!private && (full || blob->Magic == BCRYPT_RSAPRIVATE_MAGIC)))
        return STATUS_INVALID_PARAMETER;
    if (!TAKE(RSA_E, blob->cbPublicExp) || !TAKE(RSA_N, blob->cbModulus))
        return STATUS_INVALID_PARAMETER;
    if (private && (!TAKE(RSA_P, blob->cbPrime1) || !TAKE(RSA_Q, blob->cbPrime2)))
        return STATUS_INVALID_PARAMETER;
    if (private && full &&
        (!TAKE(RSA_DP, blob->cbPrime1) || !TAKE(RSA_DQ, blob->cbPrime2) || !TAKE(RSA_QI, blob->cbPrime1) ||
         !TAKE(RSA_D, blob->cbModulus)))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static NTSTATUS read_ec(const UCHAR *input, ULONG size, BOOL private, struct host_key *import)
{
    const BCRYPT_ECCKEY_BLOB *blob = (const void *)input;
    struct reader reader = {input + sizeof *blob, size - (ULONG)sizeof *blob};
    BOOL is_private, is_secret;

    if (size < sizeof *blob)
        return STATUS_INVALID_PARAMETER;
    ULONG curve = curve_of_magic(blob->dwMagic, &is_private, &is_secret);
    if (curve == 1) /* any: the size tells */
        curve = blob->cbKey == 32 ? 256 : blob->cbKey == 48 ? 384 : blob->cbKey == 66 ? 521 : 0;
    if (!curve || blob->cbKey != (curve + 7) / 8 || is_private != private)
        return STATUS_INVALID_PARAMETER;
    import->bits = curve;
    if (!TAKE(EC_X, blob->cbKey) || !TAKE(EC_Y, blob->cbKey) || (private && !TAKE(EC_D, blob->cbKey)))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static NTSTATUS read_dh(const UCHAR *input, ULONG size, BOOL private, struct host_key *import)
{
    const BCRYPT_DH_KEY_BLOB *blob = (const void *)input;
    struct reader reader = {input + sizeof *blob, size - (ULONG)sizeof *blob};

    if (size < sizeof *blob ||
        blob->dwMagic != (private ? BCRYPT_DH_PRIVATE_MAGIC : BCRYPT_DH_PUBLIC_MAGIC) ||
        !TAKE(DH_P, blob->cbKey) || !TAKE(DH_G, blob->cbKey) || !TAKE(DH_Y, blob->cbKey) ||
        (private && !TAKE(DH_X, blob->cbKey)))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

/* Which of the algorithm's blobs the name means; FALSE: none. */
static BOOL blob_kind(const struct algorithm *a, LPCWSTR type, BOOL *ret_private, BOOL *ret_full)
{
    static const WCHAR *const public_names[] = {BCRYPT_RSAPUBLIC_BLOB, BCRYPT_ECCPUBLIC_BLOB,
                                                BCRYPT_DH_PUBLIC_BLOB};
    static const WCHAR *const private_names[] = {BCRYPT_RSAPRIVATE_BLOB, BCRYPT_ECCPRIVATE_BLOB,
                                                 BCRYPT_DH_PRIVATE_BLOB};

    *ret_full = a->id == HOST_RSA && !wcscmp(type, BCRYPT_RSAFULLPRIVATE_BLOB);
    *ret_private = *ret_full || !wcscmp(type, private_names[a->id]) || !wcscmp(type, BCRYPT_PRIVATE_KEY_BLOB);
    return *ret_private || !wcscmp(type, public_names[a->id]) || !wcscmp(type, BCRYPT_PUBLIC_KEY_BLOB);
}

NTSTATUS WINAPI BCryptImportKeyPair(BCRYPT_ALG_HANDLE handle, BCRYPT_KEY_HANDLE wrapping, LPCWSTR type,
                                    BCRYPT_KEY_HANDLE *ret_key, PUCHAR input, ULONG size, ULONG flags)
{
    struct provider scratch;
    const struct provider *provider = provider_of(handle, &scratch);
    struct host_key import = {0};
    BOOL private, full;
    NTSTATUS status;
    (void)flags;

    if (!provider)
        return STATUS_INVALID_HANDLE;
    if (!ret_key || !type || !input)
        return STATUS_INVALID_PARAMETER;
    const struct algorithm *a = provider->algorithm;
    if (wrapping || a->kind != KIND_KEY_PAIR || !blob_kind(a, type, &private, &full))
        return STATUS_NOT_SUPPORTED;
    import.type = a->id;
    status = a->id == HOST_RSA  ? read_rsa(input, size, private, &import)
             : a->id == HOST_EC ? read_ec(input, size, private, &import)
                                : read_dh(input, size, private, &import);
    if (NT_SUCCESS(status) && a->id == HOST_EC && a->bits && import.bits != a->bits)
        status = STATUS_INVALID_PARAMETER;
    struct key *key = NT_SUCCESS(status) ? allocate(sizeof *key) : NULL;
    if (!key)
        return NT_SUCCESS(status) ? STATUS_NO_MEMORY : status;
    status = HOST(HOST_KEY_IMPORT, &import);
    if (!NT_SUCCESS(status)) {
        release(key);
        return status;
    }
    key->magic = KEY_MAGIC;
    key->algorithm = a;
    key->bits = (USHORT)import.bits;
    key->host = import.handle;
    key->has_private = import.has_private != 0;
    *ret_key = key;
    return STATUS_SUCCESS;
}

#define PUT(index, bytes)                                                                                    \
    (export.part[index] = host_pointer(p), export.part_size[index] = (bytes), p += (bytes))

static NTSTATUS export_pair(struct key *key, BOOL private, BOOL full, PUCHAR output, ULONG room,
                            ULONG *result)
{
    const struct algorithm *a = key->algorithm;
    ULONG n = key_bytes(key), half = (key->bits / 2u + 7) / 8, exponent = 4;
    UCHAR e[4], *p = output;
    struct host_key export = {.handle = key->host, .type = a->id};

    if (a->id == HOST_RSA) { /* the exponent's size first */
        export.part[RSA_E] = host_pointer(e);
        export.part_size[RSA_E] = sizeof e;
        NTSTATUS status = HOST(HOST_KEY_EXPORT, &export);
        if (!NT_SUCCESS(status))
            return status;
        while (exponent > 1 && !e[4 - exponent])
            exponent--;
        *result = (ULONG)sizeof(BCRYPT_RSAKEY_BLOB) + exponent + n + (private ? 2 * half : 0) +
                  (full ? 3 * half + n : 0);
    } else {
        *result = 8 + n * (a->id == HOST_EC ? 2u + (ULONG) private : 3u + (ULONG) private);
    }
    if (!output)
        return STATUS_SUCCESS;
    if (room < *result)
        return STATUS_BUFFER_TOO_SMALL;
    if (a->id == HOST_RSA) {
        BCRYPT_RSAKEY_BLOB *blob = (void *)output;
        *blob = (BCRYPT_RSAKEY_BLOB){full      ? BCRYPT_RSAFULLPRIVATE_MAGIC
                                     : private ? BCRYPT_RSAPRIVATE_MAGIC
                                               : BCRYPT_RSAPUBLIC_MAGIC,
                                     key->bits,
                                     exponent,
                                     n,
                                     private ? half : 0,
                                     private ? half : 0};
        p += sizeof *blob;
        PUT(RSA_E, exponent);
        PUT(RSA_N, n);
        if (private) {
            PUT(RSA_P, half);
            PUT(RSA_Q, half);
        }
        if (full) {
            PUT(RSA_DP, half);
            PUT(RSA_DQ, half);
            PUT(RSA_QI, half);
            PUT(RSA_D, n);
        }
        return HOST(HOST_KEY_EXPORT, &export);
    }
    BCRYPT_ECCKEY_BLOB *blob = (void *)output; /* DH's has the same head */
    blob->cbKey = n;
    p += sizeof *blob;
    if (a->id == HOST_DH) {
        blob->dwMagic = private ? BCRYPT_DH_PRIVATE_MAGIC : BCRYPT_DH_PUBLIC_MAGIC;
        PUT(DH_P, n);
        PUT(DH_G, n);
        PUT(DH_Y, n);
        if (private)
            PUT(DH_X, n);
        return HOST(HOST_KEY_EXPORT, &export);
    }
    ULONG curve = key->bits == 256 ? 0 : key->bits == 384 ? 2 : 4;
    blob->dwMagic = (a->secret ? BCRYPT_ECDH_PUBLIC_P256_MAGIC : BCRYPT_ECDSA_PUBLIC_P256_MAGIC) +
                    ((curve + (ULONG) private) << 24);
    PUT(EC_X, n);
    PUT(EC_Y, n);
    if (private)
        PUT(EC_D, n);
    return HOST(HOST_KEY_EXPORT, &export);
}

NTSTATUS WINAPI BCryptExportKey(BCRYPT_KEY_HANDLE handle, BCRYPT_KEY_HANDLE wrapping, LPCWSTR type,
                                PUCHAR output, ULONG room, ULONG *result, ULONG flags)
{
    struct key *key = handle;
    BOOL private, full;
    (void)flags;

    if (!key || key->magic != KEY_MAGIC)
        return STATUS_INVALID_HANDLE;
    if (!type || !result)
        return STATUS_INVALID_PARAMETER;
    if (wrapping)
        return STATUS_NOT_SUPPORTED;
    if (key->algorithm->kind == KIND_CIPHER) {
        BCRYPT_KEY_DATA_BLOB_HEADER *header = (void *)output;
        if (wcscmp(type, BCRYPT_KEY_DATA_BLOB))
            return STATUS_NOT_SUPPORTED;
        *result = (ULONG)sizeof *header + key->secret_size;
        if (!output)
            return STATUS_SUCCESS;
        if (room < *result)
            return STATUS_BUFFER_TOO_SMALL;
        *header = (BCRYPT_KEY_DATA_BLOB_HEADER){BCRYPT_KEY_DATA_BLOB_MAGIC, BCRYPT_KEY_DATA_BLOB_VERSION1,
                                                key->secret_size};
        memcpy(header + 1, key->secret, key->secret_size);
        return STATUS_SUCCESS;
    }
    if (key->algorithm->kind != KIND_KEY_PAIR || !blob_kind(key->algorithm, type, &private, &full))
        return STATUS_NOT_SUPPORTED;
    if (!key->host)
        return STATUS_INVALID_HANDLE;
    if (private && !key->has_private)
        return STATUS_INVALID_PARAMETER;
    return export_pair(key, private, full, output, room, result);
}

/* ---------------------------------------------------------------- signatures and encryption */

/* What an algorithm's name in a padding structure means; HOST_HASHES: none given. */
static NTSTATUS padding_hash(LPCWSTR name, uint32_t *ret_hash)
{
    *ret_hash = HOST_HASHES;
    if (!name)
        return STATUS_SUCCESS;
    const struct algorithm *a = find_algorithm(name);
    if (!a || a->kind != KIND_HASH || a->id == 0xff)
        return STATUS_NOT_SUPPORTED;
    *ret_hash = a->id;
    return STATUS_SUCCESS;
}

static NTSTATUS fill_padding(const struct key *key, void *info, ULONG flags, struct host_key_data *run)
{
    const BCRYPT_PSS_PADDING_INFO *pss = info;
    const BCRYPT_PKCS1_PADDING_INFO *pkcs1 = info;

    run->hash = HOST_HASHES;
    if (key->algorithm->id == HOST_EC)
        return info ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
    if (!info)
        return STATUS_INVALID_PARAMETER;
    if (flags & BCRYPT_PAD_PSS) {
        run->padding = HOST_PAD_PSS;
        run->salt_size = pss->cbSalt;
        return pss->pszAlgId ? padding_hash(pss->pszAlgId, &run->hash) : STATUS_INVALID_PARAMETER;
    }
    if (!(flags & BCRYPT_PAD_PKCS1))
        return STATUS_INVALID_PARAMETER;
    run->padding = HOST_PAD_PKCS1;
    return padding_hash(pkcs1->pszAlgId, &run->hash);
}

/* A digest that names its hash must be of its size. */
static BOOL fits_hash(const struct host_key_data *run)
{
    static const BYTE sizes[] = {16, 16, 16, 20, 32, 48, 64};
    return run->hash == HOST_HASHES || run->input_size == sizes[run->hash];
}

NTSTATUS WINAPI BCryptSignHash(BCRYPT_KEY_HANDLE handle, void *info, PUCHAR input, ULONG size, PUCHAR output,
                               ULONG room, ULONG *result, ULONG flags)
{
    struct key *key = pair_of(handle);

    if (!key || !key->host)
        return STATUS_INVALID_HANDLE;
    if (key->algorithm->secret || !key->has_private)
        return STATUS_NOT_SUPPORTED;
    if (!input || !result)
        return STATUS_INVALID_PARAMETER;
    ULONG needed = key_bytes(key) * (key->algorithm->id == HOST_EC ? 2 : 1);
    *result = needed;
    if (!output)
        return STATUS_SUCCESS;
    if (room < needed)
        return STATUS_BUFFER_TOO_SMALL;
    struct host_key_data run = {.handle = key->host,
                                .input = host_pointer(input),
                                .input_size = size,
                                .output = host_pointer(output),
                                .output_size = room};
    NTSTATUS status = fill_padding(key, info, flags, &run);
    if (NT_SUCCESS(status) && !fits_hash(&run))
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        status = HOST(HOST_KEY_SIGN, &run);
    if (NT_SUCCESS(status))
        *result = run.output_size;
    return status;
}

NTSTATUS WINAPI BCryptVerifySignature(BCRYPT_KEY_HANDLE handle, void *info, PUCHAR hash, ULONG hash_length,
                                      PUCHAR signature, ULONG size, ULONG flags)
{
    struct key *key = pair_of(handle);

    if (!key || !key->host)
        return STATUS_INVALID_HANDLE;
    if (key->algorithm->secret)
        return STATUS_NOT_SUPPORTED;
    if (!hash || !signature || !hash_length || !size)
        return STATUS_INVALID_PARAMETER;
    struct host_key_data run = {.handle = key->host,
                                .input = host_pointer(hash),
                                .input_size = hash_length,
                                .output = host_pointer(signature),
                                .output_size = size};
    NTSTATUS status = fill_padding(key, info, flags, &run);
    if (NT_SUCCESS(status) && !fits_hash(&run))
        status = STATUS_INVALID_PARAMETER;
    return NT_SUCCESS(status) ? HOST(HOST_KEY_VERIFY, &run) : status;
}

NTSTATUS crypt_pair(struct key *key, BOOL encrypt, PUCHAR input, ULONG size, void *info, PUCHAR output,
                    ULONG room, ULONG *result, ULONG flags)
{
    const BCRYPT_OAEP_PADDING_INFO *oaep = info;
    ULONG n = key_bytes(key);
    NTSTATUS status = STATUS_SUCCESS;
    struct host_key_data run = {.handle = key->host,
                                .input = host_pointer(input),
                                .input_size = size,
                                .output = host_pointer(output),
                                .output_size = room,
                                .hash = HOST_HASHES,
                                .encrypt = (uint32_t)encrypt};

    if (!key->host || (!encrypt && !key->has_private))
        return STATUS_INVALID_HANDLE;
    *result = n;
    if (flags & BCRYPT_PAD_OAEP) {
        run.padding = HOST_PAD_OAEP;
        status = info ? padding_hash(oaep->pszAlgId, &run.hash) : STATUS_INVALID_PARAMETER;
        if (NT_SUCCESS(status) && oaep->pbLabel) {
            run.label = host_pointer(oaep->pbLabel);
            run.label_size = oaep->cbLabel;
        }
    } else if (flags & BCRYPT_PAD_PKCS1) {
        run.padding = HOST_PAD_PKCS1;
    } else if (flags & BCRYPT_PAD_NONE && size == n) {
        run.padding = HOST_PAD_NONE;
    } else {
        return STATUS_INVALID_PARAMETER;
    }
    if (!NT_SUCCESS(status) || !output)
        return status;
    if (encrypt && room < n)
        return STATUS_BUFFER_TOO_SMALL;
    if (!encrypt && size != n)
        return STATUS_INVALID_PARAMETER;
    status = HOST(HOST_KEY_CRYPT, &run);
    if (NT_SUCCESS(status) || status == STATUS_BUFFER_TOO_SMALL)
        *result = run.output_size;
    return status;
}

/* ---------------------------------------------------------------- agreement */

NTSTATUS WINAPI BCryptSecretAgreement(BCRYPT_KEY_HANDLE private_handle, BCRYPT_KEY_HANDLE public_handle,
                                      BCRYPT_SECRET_HANDLE *ret_secret, ULONG flags)
{
    struct key *private = pair_of(private_handle), *public = pair_of(public_handle);
    (void)flags;

    if (!private || !public || !private->host || !public->host)
        return STATUS_INVALID_HANDLE;
    if (!ret_secret)
        return STATUS_INVALID_PARAMETER;
    if (!private->algorithm->secret || private->algorithm->id != public->algorithm->id)
        return STATUS_NOT_SUPPORTED;
    struct secret *secret = allocate(sizeof *secret);
    if (!secret)
        return STATUS_NO_MEMORY;
    struct host_key_agreement run = {private->host, public->host, host_pointer(secret->data),
                                     sizeof secret->data, 0};
    NTSTATUS status = HOST(HOST_KEY_AGREE, &run);
    if (!NT_SUCCESS(status)) {
        release(secret);
        return status;
    }
    secret->magic = SECRET_MAGIC;
    secret->size = run.output_size;
    *ret_secret = secret;
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI BCryptDestroySecret(BCRYPT_SECRET_HANDLE handle)
{
    struct secret *secret = handle;

    if (!secret || secret->magic != SECRET_MAGIC)
        return STATUS_INVALID_HANDLE;
    RtlSecureZeroMemory(secret, sizeof *secret);
    release(secret);
    return STATUS_SUCCESS;
}
