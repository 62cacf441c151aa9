/*
 * What bcrypt's handles point to.
 */
#ifndef BCRYPT_PROVIDER_H
#define BCRYPT_PROVIDER_H

#include "host.h"

#include <host_call.h>
#include <nt/rtl.h>

#include <bcrypt.h>

enum algorithm_kind { KIND_RNG, KIND_HASH, KIND_CIPHER, KIND_KEY_PAIR, KIND_DERIVATION };
enum derivation { DERIVE_PBKDF2, DERIVE_SP800_108, DERIVE_SP800_56A };

/* One algorithm by its documented name; of key pairs `use` is the interface. */
struct algorithm {
    const WCHAR *name;
    BYTE kind;
    BYTE id;     /* enum host_hash, host_cipher, host_key_type, derivation; 0xff: AES-CMAC */
    USHORT bits; /* a curve's; a cipher's smallest key */
    USHORT max_bits;
    BYTE step, block;
    BYTE interface, secret; /* BCRYPT_..._INTERFACE; of key pairs: agrees on secrets */
};

#define ALGORITHM_MAGIC 0x474c4148
#define HASH_MAGIC      0x48534148
#define KEY_MAGIC       0x59454b48
#define SECRET_MAGIC    0x43455348

struct provider {
    ULONG magic;
    const struct algorithm *algorithm;
    ULONG flags; /* BCRYPT_ALG_HANDLE_HMAC_FLAG, BCRYPT_HASH_REUSABLE_FLAG */
    BYTE mode;   /* enum host_mode */
    USHORT curve;
};

struct hash {
    ULONG magic;
    const struct algorithm *algorithm;
    ULONG size;
    BOOL reusable, finished, keyed;
    uint64_t host;
};

struct key {
    ULONG magic;
    const struct algorithm *algorithm;
    BYTE mode;
    USHORT bits;
    /* symmetric */
    BYTE secret[256], iv[16];
    ULONG secret_size, effective_bits, cfb_bytes;
    BYTE stream[256], stream_i, stream_j; /* RC4's state */
    BOOL stream_started;
    uint64_t aead; /* an authenticated run in pieces */
    /* pairs */
    uint64_t host; /* 0: not generated yet */
    BOOL has_private;
};

struct secret {
    ULONG magic, size;
    BYTE data[2048];
};

extern struct host_module_reference bcrypt_module;
#define HOST(number, block) host_call(&bcrypt_module, number, block, sizeof *(block))

static inline void *allocate(SIZE_T size)
{
    return RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY, size);
}
static inline void release(void *memory)
{
    RtlFreeHeap(rtl_peb()->ProcessHeap, 0, memory);
}

/* The provider behind a handle or pseudo-handle (*scratch is then filled); NULL: neither. */
const struct provider *provider_of(BCRYPT_ALG_HANDLE handle, struct provider *scratch);

const struct algorithm *find_algorithm(LPCWSTR name);
ULONG hash_size(const struct algorithm *algorithm);
ULONG hash_block(const struct algorithm *algorithm);

/* Sizes of keys: the modulus or field in bytes. */
ULONG key_bytes(const struct key *key);

/* Answers a property that is a number or bytes; the size checks in one place. */
NTSTATUS answer(PUCHAR output, ULONG room, ULONG *result, const void *data, ULONG size);

NTSTATUS key_property(struct key *key, LPCWSTR name, PUCHAR output, ULONG room, ULONG *result);
NTSTATUS set_key_property(struct key *key, LPCWSTR name, const UCHAR *input, ULONG size);
BOOL parse_mode(LPCWSTR text, ULONG size, BYTE *ret_mode);
const WCHAR *mode_name(BYTE mode);

/* One-shot hashing for derivations: up to four parts. */
NTSTATUS hash_parts(const struct algorithm *algorithm, const void *key, ULONG key_size,
                    const void *const parts[], const ULONG sizes[], unsigned count, UCHAR *output);

NTSTATUS crypt_symmetric(struct key *key, BOOL encrypt, PUCHAR input, ULONG size, void *info, PUCHAR iv,
                         ULONG iv_size, PUCHAR output, ULONG room, ULONG *result, ULONG flags);
NTSTATUS crypt_pair(struct key *key, BOOL encrypt, PUCHAR input, ULONG size, void *info, PUCHAR output,
                    ULONG room, ULONG *result, ULONG flags);

#endif
