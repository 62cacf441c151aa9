/*
 * What the files of bcrypt's host module share.
 */
#ifndef HOST_CRYPTO_H
#define HOST_CRYPTO_H

#include "../host.h"

#include <mm/guest.h>
#include <nt/base.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* A library context of our own with the legacy algorithms, untouched by the machine's configuration. */
OSSL_LIB_CTX *crypto_context(void);

const EVP_MD *crypto_digest(uint32_t hash); /* NULL: MD2, or not there */

static inline void *crypto_pointer(uint64_t address)
{
    return (void *)(uintptr_t)address;
}

/* A host copy of guest memory (at least one byte long); NULL: no memory or a fault, with *ret_status. */
uint8_t *crypto_copy_in(uint64_t guest, uint32_t size, NTSTATUS *ret_status);

enum { MD2_SIZE = 16, MD2_BLOCK = 16 };
struct md2 {
    uint8_t state[16], checksum[16], buffer[16];
    uint32_t used;
};
void md2_init(struct md2 *md2);
void md2_update(struct md2 *md2, const uint8_t *data, size_t size);
void md2_finish(struct md2 *md2, uint8_t digest[16]);

int32_t hash_create(void *arguments), hash_update(void *arguments), hash_finish(void *arguments),
    hash_duplicate(void *arguments), hash_destroy(void *arguments);
int32_t cipher_run(void *arguments);
int32_t aead_begin(void *arguments), aead_update(void *arguments), aead_finish(void *arguments),
    aead_destroy(void *arguments);
int32_t key_generate(void *arguments), key_import(void *arguments), key_export(void *arguments),
    key_reference(void *arguments), key_destroy(void *arguments);
int32_t key_sign(void *arguments), key_verify(void *arguments), key_crypt(void *arguments),
    key_agree(void *arguments);

#endif
