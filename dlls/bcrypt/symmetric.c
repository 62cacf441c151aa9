/*
 * Symmetric keys: making, importing and exporting them; encryption in all modes.
 */
#include "provider.h"

static BOOL good_length(const struct algorithm *a, ULONG bits)
{
    if (bits < a->bits || bits > a->max_bits)
        return FALSE;
    return !a->step || (bits - a->bits) % a->step == 0;
}

/* DES keys come with or without parity bits and with either size of 3DES; others must fit. */
NTSTATUS WINAPI BCryptGenerateSymmetricKey(BCRYPT_ALG_HANDLE handle, BCRYPT_KEY_HANDLE *ret_key,
                                           PUCHAR object, ULONG object_size, PUCHAR secret, ULONG size,
                                           ULONG flags)
{
    struct provider scratch;
    const struct provider *provider = provider_of(handle, &scratch);
    (void)flags;

    if (!provider)
        return STATUS_INVALID_HANDLE;
    if (!ret_key || !secret)
        return STATUS_INVALID_PARAMETER;
    const struct algorithm *a = provider->algorithm;
    if (a->kind != KIND_CIPHER && a->kind != KIND_DERIVATION)
        return STATUS_NOT_SUPPORTED;
    if (object && object_size < 64)
        return STATUS_BUFFER_TOO_SMALL;
    struct key *key = allocate(sizeof *key);
    if (!key)
        return STATUS_NO_MEMORY;
    if (a->kind == KIND_CIPHER && size * 8 > a->max_bits && a->id != HOST_RC4)
        size = a->max_bits / 8u; /* too much key material is no error: the rest is not used */
    if (size > sizeof key->secret || (a->kind == KIND_CIPHER && !good_length(a, size * 8))) {
        release(key);
        return STATUS_INVALID_PARAMETER;
    }
    key->magic = KEY_MAGIC;
    key->algorithm = a;
    key->mode = provider->mode;
    memcpy(key->secret, secret, size);
    key->secret_size = size;
    key->bits = (USHORT)(size * 8);
    key->effective_bits = size * 8;
    key->cfb_bytes = 1;
    *ret_key = key;
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI BCryptImportKey(BCRYPT_ALG_HANDLE handle, BCRYPT_KEY_HANDLE wrapping, LPCWSTR type,
                                BCRYPT_KEY_HANDLE *ret_key, PUCHAR object, ULONG object_size, PUCHAR input,
                                ULONG size, ULONG flags)
{
    const BCRYPT_KEY_DATA_BLOB_HEADER *header = (const void *)input;
    struct provider scratch;
    (void)flags;

    if (!provider_of(handle, &scratch))
        return STATUS_INVALID_HANDLE;
    if (!ret_key || !type || !input)
        return STATUS_INVALID_PARAMETER;
    if (wrapping || wcscmp(type, BCRYPT_KEY_DATA_BLOB))
        return STATUS_NOT_SUPPORTED;
    if (size < sizeof *header)
        return STATUS_BUFFER_TOO_SMALL;
    if (header->dwMagic != BCRYPT_KEY_DATA_BLOB_MAGIC || header->dwVersion != BCRYPT_KEY_DATA_BLOB_VERSION1 ||
        header->cbKeyData > size - sizeof *header)
        return STATUS_INVALID_PARAMETER;
    return BCryptGenerateSymmetricKey(handle, ret_key, object, object_size, (PUCHAR)(header + 1),
                                      header->cbKeyData, 0);
}

static NTSTATUS answer_number(PUCHAR output, ULONG room, ULONG *result, DWORD value)
{
    return answer(output, room, result, &value, sizeof value);
}

NTSTATUS key_property(struct key *key, LPCWSTR name, PUCHAR output, ULONG room, ULONG *result)
{
    const struct algorithm *a = key->algorithm;
    BOOL cipher = a->kind == KIND_CIPHER;

    if (!wcscmp(name, BCRYPT_ALGORITHM_NAME))
        return answer(output, room, result, a->name, (ULONG)((wcslen(a->name) + 1) * sizeof(WCHAR)));
    if (!wcscmp(name, BCRYPT_KEY_LENGTH) || !wcscmp(name, BCRYPT_KEY_STRENGTH))
        return answer_number(output, room, result, key->bits);
    if (cipher && !wcscmp(name, BCRYPT_BLOCK_LENGTH))
        return answer_number(output, room, result, a->block);
    if (cipher && !wcscmp(name, BCRYPT_CHAINING_MODE))
        return answer(output, room, result, mode_name(key->mode),
                      (ULONG)((wcslen(mode_name(key->mode)) + 1) * sizeof(WCHAR)));
    if (cipher && !wcscmp(name, BCRYPT_INITIALIZATION_VECTOR))
        return answer(output, room, result, key->iv, a->block);
    if (cipher && !wcscmp(name, BCRYPT_MESSAGE_BLOCK_LENGTH))
        return answer_number(output, room, result, key->mode == HOST_CFB ? key->cfb_bytes : a->block);
    if (cipher && a->id == HOST_RC2 && !wcscmp(name, BCRYPT_EFFECTIVE_KEY_LENGTH))
        return answer_number(output, room, result, key->effective_bits);
    if (cipher && !wcscmp(name, BCRYPT_OBJECT_LENGTH))
        return answer_number(output, room, result, 512);
    if (cipher && !wcscmp(name, BCRYPT_AUTH_TAG_LENGTH) && (key->mode == HOST_GCM || key->mode == HOST_CCM)) {
        BCRYPT_AUTH_TAG_LENGTHS_STRUCT tags = {key->mode == HOST_CCM ? 4 : 12, 16,
                                               key->mode == HOST_CCM ? 2 : 1};
        return answer(output, room, result, &tags, sizeof tags);
    }
    if (a->kind == KIND_KEY_PAIR && a->id == HOST_RSA && !wcscmp(name, BCRYPT_BLOCK_LENGTH))
        return answer_number(output, room, result, key_bytes(key));
    if (a->kind == KIND_KEY_PAIR && !a->secret && !wcscmp(name, BCRYPT_SIGNATURE_LENGTH))
        return answer_number(output, room, result, key_bytes(key) * (a->id == HOST_EC ? 2 : 1));
    if (a->kind == KIND_KEY_PAIR && a->id == HOST_EC && !wcscmp(name, L"ECCCurveName")) {
        const WCHAR *curve = key->bits == 256 ? L"nistP256" : key->bits == 384 ? L"nistP384" : L"nistP521";
        return answer(output, room, result, curve, (ULONG)((wcslen(curve) + 1) * sizeof(WCHAR)));
    }
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS set_key_property(struct key *key, LPCWSTR name, const UCHAR *input, ULONG size)
{
    const struct algorithm *a = key->algorithm;
    BYTE mode;

    if (a->kind == KIND_KEY_PAIR && a->id == HOST_RSA && !key->host && !wcscmp(name, BCRYPT_KEY_LENGTH)) {
        DWORD bits = *(const DWORD *)(const void *)input;
        if (size != sizeof bits || !good_length(a, bits))
            return STATUS_INVALID_PARAMETER;
        key->bits = (USHORT)bits;
        return STATUS_SUCCESS;
    }
    if (a->kind != KIND_CIPHER)
        return STATUS_NOT_SUPPORTED;
    if (!wcscmp(name, BCRYPT_CHAINING_MODE)) {
        if (!parse_mode((LPCWSTR)(const void *)input, size, &mode) ||
            ((mode == HOST_GCM || mode == HOST_CCM) && a->id != HOST_AES) ||
            (mode == HOST_STREAM) != (a->id == HOST_RC4))
            return STATUS_NOT_SUPPORTED;
        key->mode = mode;
        return STATUS_SUCCESS;
    }
    if (!wcscmp(name, BCRYPT_INITIALIZATION_VECTOR)) {
        if (size < a->block)
            return STATUS_INVALID_PARAMETER;
        memcpy(key->iv, input, a->block);
        return STATUS_SUCCESS;
    }
    if (!wcscmp(name, BCRYPT_MESSAGE_BLOCK_LENGTH) && size == sizeof(DWORD)) {
        DWORD bytes = *(const DWORD *)(const void *)input;
        if (key->mode != HOST_CFB || (bytes != 1 && bytes != a->block))
            return STATUS_INVALID_PARAMETER;
        key->cfb_bytes = bytes;
        return STATUS_SUCCESS;
    }
    if (!wcscmp(name, BCRYPT_EFFECTIVE_KEY_LENGTH) && a->id == HOST_RC2 && size == sizeof(DWORD)) {
        key->effective_bits = *(const DWORD *)(const void *)input;
        return STATUS_SUCCESS;
    }
    return STATUS_NOT_SUPPORTED;
}

/* ---------------------------------------------------------------- authenticated modes */

static void end_run(struct key *key)
{
    struct host_hash_handle destroy = {key->aead, 0};

    if (key->aead)
        HOST(HOST_AEAD_DESTROY, &destroy);
    key->aead = 0;
}

static NTSTATUS crypt_authenticated(struct key *key, BOOL encrypt, PUCHAR input, ULONG size,
                                    BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO *info, PUCHAR output, ULONG room,
                                    ULONG *result)
{
    if (!info || info->cbSize < sizeof *info || info->dwInfoVersion != 1)
        return STATUS_INVALID_PARAMETER;
    BOOL chained = (info->dwFlags & BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG) != 0;
    ULONG least = key->mode == HOST_CCM ? 4 : 12;
    *result = size;
    if (!output && size)
        return STATUS_SUCCESS;
    if (room < size)
        return STATUS_BUFFER_TOO_SMALL;
    if (chained && key->mode == HOST_CCM) /* needs to know the whole size first */
        return STATUS_NOT_SUPPORTED;
    if (!key->aead) {
        if (!info->pbNonce ||
            (key->mode == HOST_GCM ? info->cbNonce != 12 : info->cbNonce < 7 || info->cbNonce > 13))
            return STATUS_INVALID_PARAMETER;
        if (!chained && (!info->pbTag || info->cbTag < least || info->cbTag > 16))
            return STATUS_INVALID_PARAMETER;
        struct host_aead begin = {.mode = key->mode,
                                  .encrypt = (uint32_t)encrypt,
                                  .key = host_pointer(key->secret),
                                  .key_size = key->secret_size,
                                  .nonce = host_pointer(info->pbNonce),
                                  .nonce_size = info->cbNonce,
                                  .aad = host_pointer(info->pbAuthData),
                                  .aad_size = info->cbAuthData,
                                  .size = size,
                                  .tag = host_pointer(info->pbTag),
                                  .tag_size = info->pbTag ? info->cbTag : 0};
        NTSTATUS status = HOST(HOST_AEAD_BEGIN, &begin);
        if (!NT_SUCCESS(status))
            return status;
        key->aead = begin.handle;
    }
    if (chained && size % 16)
        return STATUS_INVALID_BUFFER_SIZE;
    struct host_aead update = {
        .handle = key->aead, .input = host_pointer(input), .output = host_pointer(output), .size = size};
    NTSTATUS status = HOST(HOST_AEAD_UPDATE, &update);
    if (NT_SUCCESS(status) && chained) {
        info->dwFlags |= BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG;
        info->cbData += size;
        return STATUS_SUCCESS;
    }
    if (NT_SUCCESS(status)) {
        struct host_aead finish = {
            .handle = key->aead, .tag = host_pointer(info->pbTag), .tag_size = info->cbTag};
        status = !info->pbTag || info->cbTag < least || info->cbTag > 16 ? STATUS_INVALID_PARAMETER
                                                                         : HOST(HOST_AEAD_FINISH, &finish);
        info->dwFlags &= ~(ULONG)BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG;
    }
    end_run(key);
    if (!NT_SUCCESS(status) && !encrypt && output)
        memset(output, 0, size); /* nothing unauthenticated gets out */
    return status;
}

/* ---------------------------------------------------------------- plain modes */

static NTSTATUS run(struct key *key, BOOL encrypt, const UCHAR *input, ULONG size, UCHAR *iv, UCHAR *output)
{
    BOOL chained = key->mode == HOST_CBC || key->mode == HOST_CFB;
    struct host_cipher_run run = {.cipher = key->algorithm->id,
                                  .mode = key->mode,
                                  .encrypt = (uint32_t)encrypt,
                                  .effective_bits = key->effective_bits,
                                  .key = host_pointer(key->secret),
                                  .iv = host_pointer(iv),
                                  .input = host_pointer(input),
                                  .output = host_pointer(output),
                                  .key_size = key->secret_size,
                                  .iv_size = chained ? key->algorithm->block : 0,
                                  .size = size,
                                  .cfb_bytes = key->cfb_bytes};

    return size ? HOST(HOST_CIPHER, &run) : STATUS_SUCCESS;
}

/* RC4, whose state goes on from call to call; kept in the key after its secret was mixed in. */
static void run_stream(struct key *key, const UCHAR *input, ULONG size, UCHAR *output)
{
    BYTE *s = key->stream;

    if (!key->stream_started) {
        for (unsigned i = 0; i < 256; i++)
            s[i] = (BYTE)i;
        for (unsigned i = 0, j = 0; i < 256; i++) {
            BYTE kept = s[i];
            j = (j + kept + key->secret[i % key->secret_size]) & 255;
            s[i] = s[j];
            s[j] = kept;
        }
        key->stream_started = TRUE;
    }
    for (ULONG n = 0; n < size; n++) {
        BYTE kept = s[++key->stream_i];
        key->stream_j = (BYTE)(key->stream_j + kept);
        s[key->stream_i] = s[key->stream_j];
        s[key->stream_j] = kept;
        output[n] = input[n] ^ s[(BYTE)(s[key->stream_i] + kept)];
    }
}

static NTSTATUS check_padding(const UCHAR *last, ULONG block, ULONG *ret_count)
{
    ULONG count = last[block - 1];

    if (!count || count > block)
        return STATUS_UNSUCCESSFUL;
    for (ULONG i = 1; i <= count; i++)
        if (last[block - i] != count)
            return STATUS_UNSUCCESSFUL;
    *ret_count = count;
    return STATUS_SUCCESS;
}

NTSTATUS crypt_symmetric(struct key *key, BOOL encrypt, PUCHAR input, ULONG size, void *info, PUCHAR iv,
                         ULONG iv_size, PUCHAR output, ULONG room, ULONG *result, ULONG flags)
{
    ULONG block = key->algorithm->block;
    UCHAR *vector = iv ? iv : key->iv, last[32];
    BOOL padded = (flags & BCRYPT_BLOCK_PADDING) != 0;
    NTSTATUS status;

    if (key->mode == HOST_GCM || key->mode == HOST_CCM)
        return crypt_authenticated(key, encrypt, input, size, info, output, room, result);
    if (flags & ~(ULONG)BCRYPT_BLOCK_PADDING)
        return STATUS_INVALID_PARAMETER;
    if (key->mode == HOST_STREAM || (key->mode == HOST_CFB && key->cfb_bytes == 1))
        block = 1;
    if (iv && (key->mode == HOST_CBC || key->mode == HOST_CFB) && iv_size != key->algorithm->block)
        return STATUS_INVALID_PARAMETER;
    if (block == 1)
        padded = FALSE;
    ULONG whole = size - size % block;
    *result = encrypt && padded ? whole + block : size;
    if (size % block && !(encrypt && padded))
        return STATUS_INVALID_BUFFER_SIZE;
    if (!output)
        return STATUS_SUCCESS;
    if (key->mode == HOST_STREAM) {
        if (room < size)
            return STATUS_BUFFER_TOO_SMALL;
        run_stream(key, input, size, output);
        return STATUS_SUCCESS;
    }
    if (encrypt) {
        if (room < *result)
            return STATUS_BUFFER_TOO_SMALL;
        UCHAR rest[16];
        if (padded) {
            memset(rest, (int)(block - size % block), sizeof rest);
            memcpy(rest, input + whole, size - whole);
        }
        status = run(key, TRUE, input, whole, vector, output);
        if (NT_SUCCESS(status) && padded)
            status = run(key, TRUE, rest, block, vector, output + whole);
        return status;
    }
    if (!padded)
        return room < size ? STATUS_BUFFER_TOO_SMALL : run(key, FALSE, input, size, vector, output);
    if (!size)
        return STATUS_INVALID_BUFFER_SIZE;
    /* The last block tells how much there is, so it comes first. */
    UCHAR chain[16], final[16], ciphertext[16];
    ULONG head = size - block, count;
    memcpy(chain, head ? input + head - block : vector, block);
    memcpy(ciphertext, input + head, block);
    status = run(key, FALSE, ciphertext, block, chain, last);
    if (NT_SUCCESS(status))
        status = check_padding(last, block, &count);
    if (!NT_SUCCESS(status))
        return status;
    *result = size - count;
    if (room < *result)
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(final, last, block);
    status = run(key, FALSE, input, head, vector, output);
    if (NT_SUCCESS(status))
        memcpy(output + head, final, block - count);
    if (key->mode == HOST_CBC || key->mode == HOST_CFB)
        memcpy(vector, ciphertext, block);
    return status;
}

static struct key *key_of(BCRYPT_KEY_HANDLE handle)
{
    struct key *key = handle;
    return key && key->magic == KEY_MAGIC ? key : NULL;
}

static NTSTATUS crypt(BCRYPT_KEY_HANDLE handle, BOOL encrypt, PUCHAR input, ULONG size, void *info, PUCHAR iv,
                      ULONG iv_size, PUCHAR output, ULONG room, ULONG *result, ULONG flags)
{
    struct key *key = key_of(handle);

    if (!key)
        return STATUS_INVALID_HANDLE;
    if (!result)
        return STATUS_INVALID_PARAMETER;
    if (key->algorithm->kind == KIND_CIPHER)
        return crypt_symmetric(key, encrypt, input, size, info, iv, iv_size, output, room, result, flags);
    if (key->algorithm->kind == KIND_KEY_PAIR &&
        key->algorithm->interface == BCRYPT_ASYMMETRIC_ENCRYPTION_INTERFACE)
        return crypt_pair(key, encrypt, input, size, info, output, room, result, flags);
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS WINAPI BCryptEncrypt(BCRYPT_KEY_HANDLE handle, PUCHAR input, ULONG size, void *info, PUCHAR iv,
                              ULONG iv_size, PUCHAR output, ULONG room, ULONG *result, ULONG flags)
{
    return crypt(handle, TRUE, input, size, info, iv, iv_size, output, room, result, flags);
}

NTSTATUS WINAPI BCryptDecrypt(BCRYPT_KEY_HANDLE handle, PUCHAR input, ULONG size, void *info, PUCHAR iv,
                              ULONG iv_size, PUCHAR output, ULONG room, ULONG *result, ULONG flags)
{
    return crypt(handle, FALSE, input, size, info, iv, iv_size, output, room, result, flags);
}

NTSTATUS WINAPI BCryptDuplicateKey(BCRYPT_KEY_HANDLE handle, BCRYPT_KEY_HANDLE *ret_copy, PUCHAR object,
                                   ULONG object_size, ULONG flags)
{
    struct key *key = key_of(handle), *copy;
    (void)flags;

    if (!key)
        return STATUS_INVALID_HANDLE;
    if (!ret_copy)
        return STATUS_INVALID_PARAMETER;
    if (object && object_size < 64)
        return STATUS_BUFFER_TOO_SMALL;
    if (!(copy = allocate(sizeof *copy)))
        return STATUS_NO_MEMORY;
    *copy = *key;
    copy->aead = 0;
    if (key->host) {
        struct host_hash_handle reference = {key->host, 0};
        HOST(HOST_KEY_REFERENCE, &reference);
    }
    *ret_copy = copy;
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI BCryptDestroyKey(BCRYPT_KEY_HANDLE handle)
{
    struct key *key = key_of(handle);

    if (!key)
        return STATUS_INVALID_HANDLE;
    end_run(key);
    if (key->host) {
        struct host_hash_handle destroy = {key->host, 0};
        HOST(HOST_KEY_DESTROY, &destroy);
    }
    RtlSecureZeroMemory(key, sizeof *key);
    release(key);
    return STATUS_SUCCESS;
}
