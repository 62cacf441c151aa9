/*
 * CryptoAPI: what is asked of and set on a key.
 */
#include "crypt.h"

BOOL WINAPI CryptGetKeyParam(HCRYPTKEY handle, DWORD parameter, BYTE *data, DWORD *room, DWORD flags)
{
    struct key *key = key_of(handle);
    DWORD number, size = sizeof number;
    const void *value = &number;

    if (!key)
        return fail(ERROR_INVALID_HANDLE);
    if (!room)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags)
        return fail_crypt(NTE_BAD_FLAGS);
    const struct crypt_algorithm *a = crypt_algorithm(key->algorithm);
    switch (parameter) {
    case KP_ALGID: number = key->algorithm; break;
    case KP_KEYLEN: number = is_pair(key) ? key->size * 8 : secret_bits(key); break;
    case KP_BLOCKLEN: number = is_pair(key) ? key->size * 8 : a->block == 1 ? 0 : a->block * 8; break;
    case KP_EFFECTIVE_KEYLEN: number = is_pair(key) ? key->size * 8 : key->effective_bits; break;
    case KP_PERMISSIONS: number = key->permissions | (key->exportable ? CRYPT_EXPORT : 0); break;
    case KP_MODE: number = key->mode; break;
    case KP_MODE_BITS: number = 8; break;
    case KP_PADDING: number = PKCS5_PADDING; break;
    case KP_IV:
        value = key->iv;
        size = a->block;
        break;
    case KP_SALT:
        value = key->salt;
        size = key->salt_size;
        break;
    default: return fail_crypt(NTE_BAD_TYPE);
    }
    if (is_pair(key) && (parameter == KP_MODE || parameter == KP_IV || parameter == KP_PADDING))
        return fail_crypt(NTE_BAD_TYPE);
    return give_parameter(value, size, data, room);
}

BOOL WINAPI CryptSetKeyParam(HCRYPTKEY handle, DWORD parameter, const BYTE *data, DWORD flags)
{
    struct key *key = key_of(handle);
    DWORD number;
    (void)flags;

    if (!key)
        return fail(ERROR_INVALID_HANDLE);
    if (!data)
        return fail(ERROR_INVALID_PARAMETER);
    memcpy(&number, data, sizeof number);
    const struct crypt_algorithm *a = crypt_algorithm(key->algorithm);
    switch (parameter) {
    case KP_IV:
        memcpy(key->iv, data, a->block);
        drop_handle(key);
        return TRUE;
    case KP_MODE:
        if (number != CRYPT_MODE_CBC && number != CRYPT_MODE_ECB && number != CRYPT_MODE_CFB)
            return fail_crypt(NTE_BAD_DATA);
        key->mode = number;
        drop_handle(key);
        return TRUE;
    case KP_PADDING: return number == PKCS5_PADDING ? TRUE : fail_crypt(NTE_BAD_DATA);
    case KP_MODE_BITS: return number == 8 ? TRUE : fail_crypt(NTE_BAD_DATA);
    case KP_PERMISSIONS: key->permissions = number; return TRUE;
    case KP_EFFECTIVE_KEYLEN:
        if (key->algorithm != CALG_RC2)
            return fail_crypt(NTE_BAD_TYPE);
        if (!number || number > 1024)
            return fail_crypt(NTE_BAD_DATA);
        key->effective_bits = number;
        drop_handle(key);
        return TRUE;
    case KP_SALT:
        if (key->size >= 16)
            return fail_crypt(NTE_BAD_KEY);
        key->salt_size = 16 - key->size;
        memcpy(key->salt, data, key->salt_size);
        drop_handle(key);
        return TRUE;
    case KP_SALT_EX: {
        const CRYPT_DATA_BLOB *blob = (const void *)data;
        if (blob->cbData > sizeof key->salt)
            return fail_crypt(NTE_BAD_DATA);
        key->salt_size = blob->cbData;
        memcpy(key->salt, blob->pbData, blob->cbData);
        drop_handle(key);
        return TRUE;
    }
    default: return fail_crypt(NTE_BAD_TYPE);
    }
}
