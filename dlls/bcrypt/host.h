/*
 * bcrypt.dll and its host module, which is libcrypto's side of it. Handles of the module's objects are
 * opaque numbers to the DLL. Statuses are NTSTATUS.
 */
#ifndef BCRYPT_HOST_H
#define BCRYPT_HOST_H

#include <stdint.h>

enum { BCRYPT_HOST_VERSION = 1 };

#ifndef STATUS_AUTH_TAG_MISMATCH
#define STATUS_AUTH_TAG_MISMATCH ((NTSTATUS)0xc000a002)
#endif

enum host_hash {
    HOST_MD2,
    HOST_MD4,
    HOST_MD5,
    HOST_SHA1,
    HOST_SHA256,
    HOST_SHA384,
    HOST_SHA512,
    HOST_HASHES
};
enum host_mac { HOST_PLAIN, HOST_HMAC, HOST_CMAC };
enum host_cipher { HOST_AES, HOST_3DES, HOST_DES, HOST_DESX, HOST_RC2, HOST_RC4 };
enum host_mode { HOST_ECB, HOST_CBC, HOST_CFB, HOST_GCM, HOST_CCM, HOST_STREAM };
enum host_key_type { HOST_RSA, HOST_EC, HOST_DH };
enum host_padding { HOST_PAD_NONE, HOST_PAD_PKCS1, HOST_PAD_OAEP, HOST_PAD_PSS };

enum host_call_number {
    HOST_HASH_CREATE,
    HOST_HASH_UPDATE,
    HOST_HASH_FINISH,
    HOST_HASH_DUPLICATE,
    HOST_HASH_DESTROY,
    HOST_CIPHER,
    HOST_AEAD_BEGIN,
    HOST_AEAD_UPDATE,
    HOST_AEAD_FINISH,
    HOST_AEAD_DESTROY,
    HOST_KEY_GENERATE,
    HOST_KEY_IMPORT,
    HOST_KEY_EXPORT,
    HOST_KEY_REFERENCE,
    HOST_KEY_DESTROY,
    HOST_KEY_SIGN,
    HOST_KEY_VERIFY,
    HOST_KEY_CRYPT,
    HOST_KEY_AGREE,
    HOST_PBKDF2,
    HOST_CALLS
};

struct host_hash_create {
    uint32_t hash, mac; /* of HOST_CMAC the hash does not matter */
    uint64_t key;
    uint32_t key_size, zero;
    uint64_t handle; /* out */
};

struct host_hash_data { /* update; finish writes `size` bytes, and starts over if `again` */
    uint64_t handle, data;
    uint32_t size, again;
};

struct host_hash_handle { /* duplicate, destroy; also of keys and authenticated ciphers */
    uint64_t handle, copy;
};

struct host_cipher_run { /* whole blocks (but CFB and RC4); nothing is kept */
    uint32_t cipher, mode, encrypt, effective_bits;
    uint64_t key, iv, input, output; /* iv is updated for the next call */
    uint32_t key_size, iv_size, size, cfb_bytes;
};

struct host_aead { /* begin; update; finish (tag: written or compared) */
    uint64_t handle;
    uint32_t mode, encrypt;
    uint64_t key, nonce, aad, input, output, tag;
    uint32_t key_size, nonce_size, aad_size, size, tag_size, zero;
};

struct host_key { /* generate, import, export; parts are big-endian numbers */
    uint64_t handle;
    uint32_t type, bits; /* bits: modulus or curve (256, 384, 521) */
    uint64_t part[8];    /* guest: RSA e n p q dp dq qi d; EC x y d; DH p g y x */
    uint32_t part_size[8];
    uint32_t has_private, zero;
};

struct host_key_data { /* sign, verify, crypt */
    uint64_t handle, input, output, label;
    uint32_t input_size, output_size, padding, hash, salt_size, label_size;
    uint32_t encrypt, zero; /* hash: HOST_HASHES for none */
};

struct host_key_agreement {
    uint64_t private_key, public_key, output;
    uint32_t output_size, zero; /* in: room; out: what there is */
};

struct host_pbkdf2 {
    uint64_t password, salt, output, iterations;
    uint32_t password_size, salt_size, output_size, hash;
};

#endif
