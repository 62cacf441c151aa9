/*
 * CryptoAPI: encryption and decryption, with secrets and with pairs.
 */
#include "crypt.h"

void drop_handle(struct key *key)
{
    if (!is_pair(key) && key->handle) {
        crypt_functions()->destroy_key(key->handle);
        key->handle = NULL;
    }
    key->in_progress = FALSE;
}

static BOOL prepare(struct key *key)
{
    const struct crypt_functions *bcrypt = crypt_functions();
    const struct crypt_algorithm *a = crypt_algorithm(key->algorithm);
    BCRYPT_ALG_HANDLE algorithm;
    BYTE secret[80];

    if (!bcrypt)
        return FALSE;
    if (!key->in_progress)
        memcpy(key->current_iv, key->iv, sizeof key->iv);
    if (key->handle)
        return TRUE;
    NTSTATUS status = bcrypt->open(&algorithm, a->name, NULL, 0);
    if (!NT_SUCCESS(status))
        return check_status(status);
    memcpy(secret, key->secret, key->size);
    memcpy(secret + key->size, key->salt, key->salt_size);
    status = bcrypt->make_key(algorithm, &key->handle, NULL, 0, secret, key->size + key->salt_size, 0);
    bcrypt->close(algorithm, 0);
    const WCHAR *mode = key->mode == CRYPT_MODE_ECB   ? BCRYPT_CHAIN_MODE_ECB
                        : key->mode == CRYPT_MODE_CFB ? BCRYPT_CHAIN_MODE_CFB
                                                      : BCRYPT_CHAIN_MODE_CBC;
    if (NT_SUCCESS(status) && a->block > 1)
        status = bcrypt->set(key->handle, BCRYPT_CHAINING_MODE, (PUCHAR)mode,
                             (ULONG)((wcslen(mode) + 1) * sizeof(WCHAR)), 0);
    if (NT_SUCCESS(status) && key->algorithm == CALG_RC2)
        status = bcrypt->set(key->handle, BCRYPT_EFFECTIVE_KEY_LENGTH, (PUCHAR)&key->effective_bits,
                             sizeof key->effective_bits, 0);
    RtlSecureZeroMemory(secret, sizeof secret);
    return check_status(status);
}

/* After the last piece the key starts over. */
static void end(struct key *key, BOOL final)
{
    key->in_progress = !final;
    if (final && key->algorithm == CALG_RC4)
        drop_handle(key);
}

static BOOL encrypt_pair(struct key *key, DWORD flags, BYTE *data, DWORD *length, DWORD room)
{
    BYTE cipher[2048];
    BCRYPT_OAEP_PADDING_INFO oaep = {BCRYPT_SHA1_ALGORITHM, NULL, 0};
    ULONG result, padding = flags & CRYPT_OAEP ? BCRYPT_PAD_OAEP : BCRYPT_PAD_PKCS1;

    if (!data) {
        *length = key->size;
        return TRUE;
    }
    if (key->size > sizeof cipher || *length + 11 > key->size)
        return fail_crypt(NTE_BAD_LEN);
    if (room < key->size) {
        *length = key->size;
        return fail(ERROR_MORE_DATA);
    }
    NTSTATUS status = crypt_functions()->encrypt(key->handle, data, *length,
                                                 flags & CRYPT_OAEP ? &oaep : NULL, NULL, 0, cipher,
                                                 key->size, &result, padding);
    if (!NT_SUCCESS(status))
        return fail_crypt(NTE_BAD_DATA);
    copy_reversed(data, cipher, key->size);
    *length = key->size;
    return TRUE;
}

static BOOL decrypt_pair(struct key *key, DWORD flags, BYTE *data, DWORD *length)
{
    BYTE cipher[2048], plain[2048];
    BCRYPT_OAEP_PADDING_INFO oaep = {BCRYPT_SHA1_ALGORITHM, NULL, 0};
    ULONG result, padding = flags & CRYPT_OAEP ? BCRYPT_PAD_OAEP : BCRYPT_PAD_PKCS1;

    if (*length != key->size || key->size > sizeof cipher)
        return fail_crypt(NTE_BAD_LEN);
    copy_reversed(cipher, data, key->size);
    NTSTATUS status = crypt_functions()->decrypt(key->handle, cipher, key->size,
                                                 flags & CRYPT_OAEP ? &oaep : NULL, NULL, 0, plain,
                                                 sizeof plain, &result, padding);
    if (!NT_SUCCESS(status))
        return fail_crypt(NTE_BAD_DATA);
    memcpy(data, plain, result);
    *length = result;
    return TRUE;
}

BOOL WINAPI CryptEncrypt(HCRYPTKEY handle, HCRYPTHASH hash, BOOL final, DWORD flags, BYTE *data,
                         DWORD *length, DWORD room)
{
    struct key *key = key_of(handle);

    if (!key)
        return fail(ERROR_INVALID_HANDLE);
    if (!length)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags & ~(DWORD)CRYPT_OAEP)
        return fail_crypt(NTE_BAD_FLAGS);
    if (hash && data && !CryptHashData(hash, data, *length, 0))
        return FALSE;
    if (is_pair(key))
        return encrypt_pair(key, flags, data, length, room);
    const struct crypt_algorithm *a = crypt_algorithm(key->algorithm);
    BOOL stream = a->block == 1 || key->mode == CRYPT_MODE_CFB;
    if (!stream && !final && *length % a->block)
        return fail_crypt(NTE_BAD_LEN);
    DWORD needed = stream || !final ? *length : *length - *length % a->block + a->block;
    if (!data || room < needed) {
        *length = needed;
        return data ? fail(ERROR_MORE_DATA) : TRUE;
    }
    ULONG result;
    if (!prepare(key))
        return FALSE;
    NTSTATUS status = crypt_functions()->encrypt(
        key->handle, data, *length, NULL,
        key->mode == CRYPT_MODE_ECB || a->block == 1 ? NULL : key->current_iv,
        key->mode == CRYPT_MODE_ECB || a->block == 1 ? 0 : a->block, data, room, &result,
        !stream && final ? BCRYPT_BLOCK_PADDING : 0);
    end(key, final);
    if (!NT_SUCCESS(status))
        return check_status(status);
    *length = result;
    return TRUE;
}

BOOL WINAPI CryptDecrypt(HCRYPTKEY handle, HCRYPTHASH hash, BOOL final, DWORD flags, BYTE *data,
                         DWORD *length)
{
    struct key *key = key_of(handle);

    if (!key)
        return fail(ERROR_INVALID_HANDLE);
    if (!length || !data)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags & ~(DWORD)(CRYPT_OAEP | CRYPT_DECRYPT_RSA_NO_PADDING_CHECK))
        return fail_crypt(NTE_BAD_FLAGS);
    if (is_pair(key))
        return decrypt_pair(key, flags, data, length) && (!hash || CryptHashData(hash, data, *length, 0));
    const struct crypt_algorithm *a = crypt_algorithm(key->algorithm);
    BOOL stream = a->block == 1 || key->mode == CRYPT_MODE_CFB;
    ULONG result;
    if (!stream && (*length % a->block || (final && !*length)))
        return fail_crypt(final ? NTE_BAD_DATA : NTE_BAD_LEN);
    if (!prepare(key))
        return FALSE;
    NTSTATUS status = crypt_functions()->decrypt(
        key->handle, data, *length, NULL,
        key->mode == CRYPT_MODE_ECB || a->block == 1 ? NULL : key->current_iv,
        key->mode == CRYPT_MODE_ECB || a->block == 1 ? 0 : a->block, data, *length, &result,
        !stream && final ? BCRYPT_BLOCK_PADDING : 0);
    end(key, final);
    if (!NT_SUCCESS(status))
        return fail_crypt(NTE_BAD_DATA);
    *length = result;
    return !hash || CryptHashData(hash, data, result, 0);
}
