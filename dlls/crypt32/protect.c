/*
 * CryptProtectData: data that only this user can read again. AES-256-GCM with a key of the user's, which
 * is made on first use and kept in his registry. Not the format of Windows, which nobody else can read
 * either.
 */
#include "crypt32.h"

#include <bcrypt.h>

struct head {
    DWORD magic, version, description_size, size;
    BYTE nonce[12], tag[16], salt[16];
};
#define MAGIC 0x50544147

static BOOL user_key(BYTE key[32])
{
    DWORD size = 32;
    HKEY handle;

    if (RegCreateKeyExW(HKEY_CURRENT_USER, L"Software\\Gastwirt\\Protect", 0, NULL, 0, KEY_READ | KEY_WRITE,
                        NULL, &handle, NULL))
        return fail((DWORD)NTE_KEYSET_NOT_DEF);
    LSTATUS error = RegQueryValueExW(handle, L"Key", NULL, NULL, key, &size);
    if (error || size != 32) {
        BCryptGenRandom(NULL, key, 32, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
        error = RegSetValueExW(handle, L"Key", 0, REG_BINARY, key, 32);
    }
    RegCloseKey(handle);
    return error ? fail((DWORD)error) : TRUE;
}

/* The data's own key: of the user's, the caller's entropy and a salt. */
static NTSTATUS run(BOOL encrypt, struct head *head, const DATA_BLOB *entropy, BYTE *data, DWORD size,
                    const BYTE *described)
{
    BCRYPT_ALG_HANDLE algorithm = NULL;
    BCRYPT_HASH_HANDLE hash = NULL;
    BCRYPT_KEY_HANDLE handle = NULL;
    BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO info;
    BYTE master[32], key[32];
    ULONG done;

    if (!user_key(master))
        return STATUS_UNSUCCESSFUL;
    NTSTATUS status = BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_SHA256_ALGORITHM, NULL,
                                                  BCRYPT_ALG_HANDLE_HMAC_FLAG);
    if (NT_SUCCESS(status))
        status = BCryptCreateHash(algorithm, &hash, NULL, 0, master, 32, 0);
    if (NT_SUCCESS(status))
        status = BCryptHashData(hash, head->salt, sizeof head->salt, 0);
    if (NT_SUCCESS(status) && entropy && entropy->cbData)
        status = BCryptHashData(hash, entropy->pbData, entropy->cbData, 0);
    if (NT_SUCCESS(status))
        status = BCryptFinishHash(hash, key, 32, 0);
    if (hash)
        BCryptDestroyHash(hash);
    if (algorithm)
        BCryptCloseAlgorithmProvider(algorithm, 0);
    if (!NT_SUCCESS(status))
        return status;
    BCRYPT_INIT_AUTH_MODE_INFO(info);
    info.pbNonce = head->nonce;
    info.cbNonce = sizeof head->nonce;
    info.pbTag = head->tag;
    info.cbTag = sizeof head->tag;
    info.pbAuthData = (PUCHAR)described;
    info.cbAuthData = head->description_size;
    status = BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_AES_ALGORITHM, NULL, 0);
    if (NT_SUCCESS(status)) {
        BCryptSetProperty(algorithm, BCRYPT_CHAINING_MODE, (PUCHAR)BCRYPT_CHAIN_MODE_GCM,
                          sizeof BCRYPT_CHAIN_MODE_GCM, 0);
        status = BCryptGenerateSymmetricKey(algorithm, &handle, NULL, 0, key, 32, 0);
    }
    if (NT_SUCCESS(status))
        status = encrypt ? BCryptEncrypt(handle, data, size, &info, NULL, 0, data, size, &done, 0)
                         : BCryptDecrypt(handle, data, size, &info, NULL, 0, data, size, &done, 0);
    if (handle)
        BCryptDestroyKey(handle);
    if (algorithm)
        BCryptCloseAlgorithmProvider(algorithm, 0);
    RtlSecureZeroMemory(master, sizeof master);
    RtlSecureZeroMemory(key, sizeof key);
    return status;
}

BOOL WINAPI CryptProtectData(DATA_BLOB *in, LPCWSTR description, DATA_BLOB *entropy, PVOID reserved,
                             CRYPTPROTECT_PROMPTSTRUCT *prompt, DWORD flags, DATA_BLOB *out)
{
    (void)reserved, (void)prompt, (void)flags;
    if (!in || !out || (in->cbData && !in->pbData))
        return fail(ERROR_INVALID_PARAMETER);
    DWORD text = description ? (DWORD)((wcslen(description) + 1) * sizeof(WCHAR)) : 0;
    DWORD size = (DWORD)sizeof(struct head) + text + in->cbData;
    BYTE *blob = LocalAlloc(LMEM_FIXED | LMEM_ZEROINIT, size);
    if (!blob)
        return FALSE;
    struct head *head = (struct head *)(void *)blob;
    *head = (struct head){.magic = MAGIC, .version = 1, .description_size = text, .size = in->cbData};
    BCryptGenRandom(NULL, head->nonce, sizeof head->nonce, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
    BCryptGenRandom(NULL, head->salt, sizeof head->salt, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
    BYTE *described = blob + sizeof *head, *data = described + text;
    if (text)
        memcpy(described, description, text);
    memcpy(data, in->pbData, in->cbData);
    NTSTATUS status = run(TRUE, head, entropy, data, in->cbData, described);
    if (!NT_SUCCESS(status)) {
        LocalFree(blob);
        return fail(RtlNtStatusToDosError(status));
    }
    out->cbData = size;
    out->pbData = blob;
    return TRUE;
}

BOOL WINAPI CryptUnprotectData(DATA_BLOB *in, LPWSTR *description, DATA_BLOB *entropy, PVOID reserved,
                               CRYPTPROTECT_PROMPTSTRUCT *prompt, DWORD flags, DATA_BLOB *out)
{
    struct head head;
    (void)reserved, (void)prompt, (void)flags;

    if (!in || !out || !in->pbData)
        return fail(ERROR_INVALID_PARAMETER);
    if (in->cbData < sizeof head)
        return fail(ERROR_INVALID_DATA);
    memcpy(&head, in->pbData, sizeof head);
    DWORD left = in->cbData - (DWORD)sizeof head;
    if (head.magic != MAGIC || head.version != 1 || head.description_size > left ||
        head.size != left - head.description_size)
        return fail(ERROR_INVALID_DATA);
    const BYTE *described = in->pbData + sizeof head;
    BYTE *data = LocalAlloc(LMEM_FIXED, head.size + 1);
    if (!data)
        return FALSE;
    memcpy(data, described + head.description_size, head.size);
    if (!NT_SUCCESS(run(FALSE, &head, entropy, data, head.size, described))) {
        LocalFree(data);
        return fail(ERROR_INVALID_DATA);
    }
    if (description) {
        *description = LocalAlloc(LMEM_FIXED | LMEM_ZEROINIT, head.description_size + sizeof(WCHAR));
        if (*description)
            memcpy(*description, described, head.description_size);
    }
    out->cbData = head.size;
    out->pbData = data;
    return TRUE;
}
