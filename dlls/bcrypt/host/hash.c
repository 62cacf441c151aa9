/*
 * Hashes, HMAC and AES-CMAC.
 */
#include "crypto.h"

#include <openssl/core_names.h>

struct hash {
    uint32_t kind, mac, key_size;
    EVP_MD_CTX *digest;
    EVP_MAC_CTX *code;
    struct md2 md2, inner; /* HMAC of MD2: inner is the state after the key, md2 the running one */
    uint8_t key[64];       /* of MD2's HMAC, padded to its block */
};

static void start_md2(struct hash *hash)
{
    uint8_t pad[MD2_BLOCK];

    md2_init(&hash->md2);
    for (int i = 0; i < MD2_BLOCK; i++)
        pad[i] = hash->key[i] ^ 0x36;
    if (hash->mac)
        md2_update(&hash->md2, pad, MD2_BLOCK);
}

static NTSTATUS create_code(struct hash *hash, const uint8_t *key, uint32_t key_size)
{
    const char *name = hash->mac == HOST_HMAC ? "HMAC" : "CMAC";
    const char *digest = hash->mac == HOST_HMAC ? EVP_MD_get0_name(crypto_digest(hash->kind))
                         : key_size == 16       ? "AES-128-CBC"
                         : key_size == 24       ? "AES-192-CBC"
                                                : "AES-256-CBC";
    OSSL_PARAM parameters[2] = {
        OSSL_PARAM_construct_utf8_string(
            hash->mac == HOST_HMAC ? OSSL_MAC_PARAM_DIGEST : OSSL_MAC_PARAM_CIPHER, (char *)digest, 0),
        OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(crypto_context(), name, NULL);

    if (!mac)
        return STATUS_NOT_SUPPORTED;
    hash->code = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    if (!hash->code)
        return STATUS_NO_MEMORY;
    return EVP_MAC_init(hash->code, key, key_size, parameters) == 1 ? STATUS_SUCCESS
                                                                    : STATUS_INVALID_PARAMETER;
}

static void free_hash(struct hash *hash)
{
    EVP_MD_CTX_free(hash->digest);
    EVP_MAC_CTX_free(hash->code);
    free(hash);
}

int32_t hash_create(void *arguments)
{
    struct host_hash_create *create = arguments;
    struct hash *hash = calloc(1, sizeof *hash);
    NTSTATUS status;

    if (!hash)
        return STATUS_NO_MEMORY;
    uint8_t *key = crypto_copy_in(create->key, create->key_size, &status);
    hash->kind = create->hash;
    hash->mac = create->mac;
    if (!key) {
    } else if (hash->kind == HOST_MD2 && hash->mac != HOST_CMAC) {
        if (create->key_size > MD2_BLOCK) {
            md2_init(&hash->md2);
            md2_update(&hash->md2, key, create->key_size);
            md2_finish(&hash->md2, hash->key);
        } else {
            memcpy(hash->key, key, create->key_size);
        }
        start_md2(hash);
    } else if (hash->mac != HOST_CMAC && !crypto_digest(hash->kind)) {
        status = STATUS_NOT_SUPPORTED;
    } else if (hash->mac) {
        status = create_code(hash, key, create->key_size);
    } else {
        hash->digest = EVP_MD_CTX_new();
        if (!hash->digest || EVP_DigestInit_ex2(hash->digest, crypto_digest(hash->kind), NULL) != 1)
            status = STATUS_NO_MEMORY;
    }
    free(key);
    if (!NT_SUCCESS(status)) {
        free_hash(hash);
        return status;
    }
    create->handle = (uintptr_t)hash;
    return STATUS_SUCCESS;
}

int32_t hash_update(void *arguments)
{
    struct host_hash_data *update = arguments;
    struct hash *hash = crypto_pointer(update->handle);
    const uint8_t *guest = crypto_pointer(update->data);
    uint8_t buffer[16384];

    for (uint32_t done = 0; done < update->size;) {
        uint32_t part = update->size - done < sizeof buffer ? update->size - done : sizeof buffer;
        NTSTATUS status = guest_copy(buffer, guest + done, part);
        if (!NT_SUCCESS(status))
            return status;
        int good = 1;
        if (hash->code)
            good = EVP_MAC_update(hash->code, buffer, part);
        else if (hash->digest)
            good = EVP_DigestUpdate(hash->digest, buffer, part);
        else
            md2_update(&hash->md2, buffer, part);
        if (good != 1)
            return STATUS_UNSUCCESSFUL;
        done += part;
    }
    return STATUS_SUCCESS;
}

static void finish_md2(struct hash *hash, uint8_t *output)
{
    uint8_t pad[MD2_BLOCK];

    md2_finish(&hash->md2, output);
    if (!hash->mac)
        return;
    for (int i = 0; i < MD2_BLOCK; i++)
        pad[i] = hash->key[i] ^ 0x5c;
    md2_init(&hash->md2);
    md2_update(&hash->md2, pad, MD2_BLOCK);
    md2_update(&hash->md2, output, MD2_SIZE);
    md2_finish(&hash->md2, output);
}

int32_t hash_finish(void *arguments)
{
    struct host_hash_data *finish = arguments;
    struct hash *hash = crypto_pointer(finish->handle);
    uint8_t output[EVP_MAX_MD_SIZE];
    size_t length = 0;
    unsigned short_length = 0;
    int good = 1;

    if (finish->size > sizeof output)
        return STATUS_INVALID_PARAMETER;
    if (hash->code)
        good = EVP_MAC_final(hash->code, output, &length, sizeof output);
    else if (hash->digest)
        good = EVP_DigestFinal_ex(hash->digest, output, &short_length);
    else
        finish_md2(hash, output);
    if (good == 1 && finish->again) {
        if (hash->code)
            good = EVP_MAC_init(hash->code, NULL, 0, NULL);
        else if (hash->digest)
            good = EVP_DigestInit_ex2(hash->digest, crypto_digest(hash->kind), NULL);
        else
            start_md2(hash);
    }
    if (good != 1)
        return STATUS_UNSUCCESSFUL;
    return guest_copy(crypto_pointer(finish->data), output, finish->size);
}

int32_t hash_duplicate(void *arguments)
{
    struct host_hash_handle *duplicate = arguments;
    struct hash *hash = crypto_pointer(duplicate->handle), *copy = malloc(sizeof *copy);

    if (!copy)
        return STATUS_NO_MEMORY;
    *copy = *hash;
    copy->digest = NULL;
    copy->code = NULL;
    bool good = true;
    if (hash->code)
        good = (copy->code = EVP_MAC_CTX_dup(hash->code)) != NULL;
    if (hash->digest)
        good = (copy->digest = EVP_MD_CTX_new()) && EVP_MD_CTX_copy_ex(copy->digest, hash->digest) == 1;
    if (!good) {
        free_hash(copy);
        return STATUS_NO_MEMORY;
    }
    duplicate->copy = (uintptr_t)copy;
    return STATUS_SUCCESS;
}

int32_t hash_destroy(void *arguments)
{
    struct host_hash_handle *destroy = arguments;

    free_hash(crypto_pointer(destroy->handle));
    return STATUS_SUCCESS;
}
