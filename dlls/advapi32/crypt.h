/*
 * CryptoAPI: what contexts, hashes and keys are. The algorithms are bcrypt.dll's, loaded on first use.
 */
#ifndef ADVAPI32_CRYPT_H
#define ADVAPI32_CRYPT_H

#include "advapi32.h"

#include <wincrypt.h>

#include <bcrypt.h>

struct crypt_functions {
    NTSTATUS(WINAPI *open)(BCRYPT_ALG_HANDLE *, LPCWSTR, LPCWSTR, ULONG);
    NTSTATUS(WINAPI *close)(BCRYPT_ALG_HANDLE, ULONG);
    NTSTATUS(WINAPI *set)(BCRYPT_HANDLE, LPCWSTR, PUCHAR, ULONG, ULONG);
    NTSTATUS(WINAPI *create_hash)
    (BCRYPT_ALG_HANDLE, BCRYPT_HASH_HANDLE *, PUCHAR, ULONG, PUCHAR, ULONG, ULONG);
    NTSTATUS(WINAPI *hash_data)(BCRYPT_HASH_HANDLE, PUCHAR, ULONG, ULONG);
    NTSTATUS(WINAPI *finish_hash)(BCRYPT_HASH_HANDLE, PUCHAR, ULONG, ULONG);
    NTSTATUS(WINAPI *duplicate_hash)(BCRYPT_HASH_HANDLE, BCRYPT_HASH_HANDLE *, PUCHAR, ULONG, ULONG);
    NTSTATUS(WINAPI *destroy_hash)(BCRYPT_HASH_HANDLE);
    NTSTATUS(WINAPI *make_key)(BCRYPT_ALG_HANDLE, BCRYPT_KEY_HANDLE *, PUCHAR, ULONG, PUCHAR, ULONG, ULONG);
    NTSTATUS(WINAPI *encrypt)
    (BCRYPT_KEY_HANDLE, PUCHAR, ULONG, void *, PUCHAR, ULONG, PUCHAR, ULONG, ULONG *, ULONG);
    NTSTATUS(WINAPI *decrypt)
    (BCRYPT_KEY_HANDLE, PUCHAR, ULONG, void *, PUCHAR, ULONG, PUCHAR, ULONG, ULONG *, ULONG);
    NTSTATUS(WINAPI *duplicate_key)(BCRYPT_KEY_HANDLE, BCRYPT_KEY_HANDLE *, PUCHAR, ULONG, ULONG);
    NTSTATUS(WINAPI *destroy_key)(BCRYPT_KEY_HANDLE);
    NTSTATUS(WINAPI *generate_pair)(BCRYPT_ALG_HANDLE, BCRYPT_KEY_HANDLE *, ULONG, ULONG);
    NTSTATUS(WINAPI *finalize_pair)(BCRYPT_KEY_HANDLE, ULONG);
    NTSTATUS(WINAPI *import_pair)
    (BCRYPT_ALG_HANDLE, BCRYPT_KEY_HANDLE, LPCWSTR, BCRYPT_KEY_HANDLE *, PUCHAR, ULONG, ULONG);
    NTSTATUS(WINAPI *export)(BCRYPT_KEY_HANDLE, BCRYPT_KEY_HANDLE, LPCWSTR, PUCHAR, ULONG, ULONG *, ULONG);
    NTSTATUS(WINAPI *sign)(BCRYPT_KEY_HANDLE, void *, PUCHAR, ULONG, PUCHAR, ULONG, ULONG *, ULONG);
    NTSTATUS(WINAPI *verify)(BCRYPT_KEY_HANDLE, void *, PUCHAR, ULONG, PUCHAR, ULONG, ULONG);
};

/* NULL with the last error if bcrypt.dll or its library is missing. */
const struct crypt_functions *crypt_functions(void);

#define CONTEXT_MAGIC 0x43525950
#define HASH_MAGIC    0x48534148
#define KEY_MAGIC     0x59454b48

struct key;

struct context {
    ULONG magic;
    LONG references;
    DWORD type, flags, enumeration;
    const WCHAR *provider;
    WCHAR container[261]; /* empty: CRYPT_VERIFYCONTEXT, keys are not kept */
    struct key *pair[3];  /* AT_KEYEXCHANGE, AT_SIGNATURE */
};

struct hash {
    ULONG magic;
    struct context *context;
    ALG_ID algorithm;
    BCRYPT_HASH_HANDLE hash, inner; /* of CALG_SSL3_SHAMD5: MD5 and SHA1 */
    struct key *key;                /* of CALG_HMAC */
    ALG_ID hmac_algorithm;
    DWORD size;
    BOOL finished;
    BYTE value[64];
};

struct key {
    ULONG magic;
    LONG references;
    ALG_ID algorithm;
    DWORD size, mode, effective_bits, permissions, spec; /* size: of the secret, in bytes */
    BYTE secret[64], iv[16], current_iv[16], salt[16];
    DWORD salt_size;
    BOOL exportable, in_progress;
    BCRYPT_KEY_HANDLE handle; /* of symmetric ones: made when needed */
};

/* One algorithm. */
struct crypt_algorithm {
    ALG_ID id;
    const WCHAR *name;                     /* bcrypt's */
    DWORD bits, min_bits, max_bits, block; /* hashes: bits of the value; keys: default, ...; block in bytes */
    const char *short_name, *long_name;
};
const struct crypt_algorithm *crypt_algorithm(ALG_ID id);
extern const struct crypt_algorithm crypt_algorithms[];
extern const unsigned crypt_algorithm_count;

struct context *context_of(HCRYPTPROV handle);
struct hash *hash_of(HCRYPTHASH handle);
struct key *key_of(HCRYPTKEY handle);

/* NTE_... as the last error; returns FALSE. */
static inline BOOL fail_crypt(HRESULT error)
{
    return fail((DWORD)error);
}

/* How Crypt...Param answers: *room becomes the size; data NULL asks only for that. */
static inline BOOL give_parameter(const void *value, DWORD size, BYTE *data, DWORD *room)
{
    DWORD had = *room;

    *room = size;
    if (!data)
        return TRUE;
    if (had < size)
        return fail(ERROR_MORE_DATA);
    memcpy(data, value, size);
    return TRUE;
}

/* The value of a hash, finishing it; FALSE with the last error. */
BOOL hash_value(struct hash *hash);

/* A pair from PUBLICKEYBLOB or PRIVATEKEYBLOB, and back (data NULL: the size). */
BOOL import_rsa(const BYTE *data, DWORD size, struct key **ret_key);
BOOL export_rsa(struct key *key, DWORD type, BYTE *data, DWORD *size);
struct key *new_key(ALG_ID algorithm);
void release_key(struct key *key);
BOOL is_pair(const struct key *key);
DWORD secret_bits(const struct key *key); /* its length without parity and the like */
void copy_reversed(BYTE *to, const BYTE *from, DWORD size);

/* The key has changed: what has been made of it for encryption goes. */
void drop_handle(struct key *key);

/* The container's keys, from and to the registry. */
BOOL load_container(struct context *context);
BOOL store_container_key(struct context *context, DWORD spec);

#endif
