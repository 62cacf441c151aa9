/*
 * Symmetric ciphers: whole runs, from which nothing is kept, and authenticated ones in pieces.
 */
#include "crypto.h"

#include <openssl/core_names.h>

enum { BLOCK_MAX = 16 };

static EVP_CIPHER *fetch(const struct host_cipher_run *run)
{
    char name[32];
    static const char *const modes[] = {"ECB", "CBC", "CFB8"};
    const char *mode = run->mode <= HOST_CFB ? modes[run->mode] : "ECB";

    if (run->mode == HOST_CFB && run->cfb_bytes > 1)
        mode = "CFB";
    switch (run->cipher) {
    case HOST_AES: snprintf(name, sizeof name, "AES-%u-%s", run->key_size * 8, mode); break;
    case HOST_3DES:
        snprintf(name, sizeof name, run->key_size == 16 ? "DES-EDE-%s" : "DES-EDE3-%s", mode);
        break;
    case HOST_DES: snprintf(name, sizeof name, "DES-%s", mode); break;
    case HOST_DESX: snprintf(name, sizeof name, "DESX-CBC"); break;
    case HOST_RC2: snprintf(name, sizeof name, "RC2-%s", mode); break;
    case HOST_RC4: snprintf(name, sizeof name, "RC4"); break;
    default: return NULL;
    }
    return EVP_CIPHER_fetch(crypto_context(), name, NULL);
}

/* What the next call is to start from: the last block of ciphertext, or for CFB8 the last bytes. */
static void next_iv(const struct host_cipher_run *run, uint8_t *iv, const uint8_t *ciphertext)
{
    uint32_t n = run->iv_size;

    if (!run->size || (run->mode != HOST_CBC && run->mode != HOST_CFB))
        return;
    if (run->size >= n) {
        memcpy(iv, ciphertext + run->size - n, n);
    } else {
        memmove(iv, iv + run->size, n - run->size);
        memcpy(iv + n - run->size, ciphertext, run->size);
    }
}

static NTSTATUS run_cipher(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher,
                           const struct host_cipher_run *run, const uint8_t *key, const uint8_t *iv,
                           const uint8_t *input, uint8_t *output)
{
    int length = 0;
    unsigned bits = run->effective_bits;
    OSSL_PARAM parameters[2] = {OSSL_PARAM_construct_uint(OSSL_CIPHER_PARAM_RC2_KEYBITS, &bits),
                                OSSL_PARAM_construct_end()};

    if (EVP_CipherInit_ex2(context, cipher, NULL, NULL, (int)run->encrypt, NULL) != 1)
        return STATUS_UNSUCCESSFUL;
    EVP_CIPHER_CTX_set_padding(context, 0);
    if ((run->cipher == HOST_RC2 || run->cipher == HOST_RC4) &&
        EVP_CIPHER_CTX_set_key_length(context, (int)run->key_size) != 1)
        return STATUS_INVALID_PARAMETER;
    if (run->cipher == HOST_RC2 && bits)
        EVP_CIPHER_CTX_set_params(context, parameters);
    if (EVP_CipherInit_ex2(context, NULL, key, run->iv_size ? iv : NULL, (int)run->encrypt, NULL) != 1 ||
        EVP_CipherUpdate(context, output, &length, input, (int)run->size) != 1 ||
        (uint32_t)length != run->size)
        return STATUS_UNSUCCESSFUL;
    return STATUS_SUCCESS;
}

int32_t cipher_run(void *arguments)
{
    struct host_cipher_run *run = arguments;
    uint8_t key[256] = {0}, iv[BLOCK_MAX] = {0};

    if (run->key_size > sizeof key || run->iv_size > sizeof iv || run->size > INT32_MAX)
        return STATUS_INVALID_PARAMETER;
    EVP_CIPHER *cipher = fetch(run);
    if (!cipher)
        return STATUS_NOT_SUPPORTED;
    NTSTATUS status = guest_copy(key, crypto_pointer(run->key), run->key_size);
    if (NT_SUCCESS(status) && run->iv_size)
        status = guest_copy(iv, crypto_pointer(run->iv), run->iv_size);
    uint8_t *input = NT_SUCCESS(status) ? crypto_copy_in(run->input, run->size, &status) : NULL;
    uint8_t *output = input ? malloc(run->size + 2 * BLOCK_MAX) : NULL;
    EVP_CIPHER_CTX *context = output ? EVP_CIPHER_CTX_new() : NULL;
    if (input && !context)
        status = STATUS_NO_MEMORY;
    if (context)
        status = run_cipher(context, cipher, run, key, iv, input, output);
    if (NT_SUCCESS(status))
        status = guest_copy(crypto_pointer(run->output), output, run->size);
    if (NT_SUCCESS(status) && input && output && run->iv_size) {
        next_iv(run, iv, run->encrypt ? output : input);
        status = guest_copy(crypto_pointer(run->iv), iv, run->iv_size);
    }
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    OPENSSL_cleanse(key, sizeof key);
    free(output);
    free(input);
    return status;
}

/* ---------------------------------------------------------------- GCM and CCM */

struct aead {
    EVP_CIPHER_CTX *context;
    uint32_t encrypt, mode;
};

/* CCM must know tag (for decryption) and size beforehand. */
int32_t aead_begin(void *arguments)
{
    struct host_aead *begin = arguments;
    char name[32];
    uint8_t key[32], nonce[16], tag[16];
    NTSTATUS status = STATUS_INVALID_PARAMETER;
    int length;

    if (begin->key_size > sizeof key || begin->nonce_size > sizeof nonce || begin->tag_size > sizeof tag)
        return status;
    snprintf(name, sizeof name, "AES-%u-%s", begin->key_size * 8, begin->mode == HOST_GCM ? "GCM" : "CCM");
    struct aead *aead = calloc(1, sizeof *aead);
    EVP_CIPHER *cipher = aead ? EVP_CIPHER_fetch(crypto_context(), name, NULL) : NULL;
    if (!cipher) {
        free(aead);
        return aead ? STATUS_NOT_SUPPORTED : STATUS_NO_MEMORY;
    }
    uint8_t *aad = crypto_copy_in(begin->aad, begin->aad_size, &status);
    if (aad)
        status = guest_copy(key, crypto_pointer(begin->key), begin->key_size);
    if (NT_SUCCESS(status))
        status = guest_copy(nonce, crypto_pointer(begin->nonce), begin->nonce_size);
    bool ccm = begin->mode == HOST_CCM;
    if (NT_SUCCESS(status) && ccm && !begin->encrypt)
        status = guest_copy(tag, crypto_pointer(begin->tag), begin->tag_size);
    EVP_CIPHER_CTX *context = NT_SUCCESS(status) ? aead->context = EVP_CIPHER_CTX_new() : NULL;
    aead->encrypt = begin->encrypt;
    aead->mode = begin->mode;
    if (context &&
        !(EVP_CipherInit_ex2(context, cipher, NULL, NULL, (int)begin->encrypt, NULL) == 1 &&
          EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)begin->nonce_size, NULL) == 1 &&
          (!ccm || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, (int)begin->tag_size,
                                       begin->encrypt ? NULL : tag) == 1) &&
          EVP_CipherInit_ex2(context, NULL, key, nonce, (int)begin->encrypt, NULL) == 1 &&
          (!ccm || EVP_CipherUpdate(context, NULL, &length, NULL, (int)begin->size) == 1) &&
          (!begin->aad_size || EVP_CipherUpdate(context, NULL, &length, aad, (int)begin->aad_size) == 1)))
        status = STATUS_INVALID_PARAMETER;
    free(aad);
    EVP_CIPHER_free(cipher);
    OPENSSL_cleanse(key, sizeof key);
    if (!context || !NT_SUCCESS(status)) {
        EVP_CIPHER_CTX_free(context);
        free(aead);
        return NT_SUCCESS(status) ? STATUS_NO_MEMORY : status;
    }
    begin->handle = (uintptr_t)aead;
    return STATUS_SUCCESS;
}

int32_t aead_update(void *arguments)
{
    struct host_aead *update = arguments;
    struct aead *aead = crypto_pointer(update->handle);
    NTSTATUS status;
    int length = 0;
    uint8_t *input = crypto_copy_in(update->input, update->size, &status);
    uint8_t *output = input ? malloc(update->size + BLOCK_MAX) : NULL;

    if (!output) {
        free(input);
        return input ? STATUS_NO_MEMORY : status;
    }
    /* Of CCM, this is where the tag is found to be wrong. */
    if ((update->size || aead->mode == HOST_CCM) &&
        EVP_CipherUpdate(aead->context, output, &length, input, (int)update->size) != 1)
        status = aead->mode == HOST_CCM && !aead->encrypt ? STATUS_AUTH_TAG_MISMATCH : STATUS_UNSUCCESSFUL;
    else
        status = guest_copy(crypto_pointer(update->output), output, update->size);
    free(output);
    free(input);
    return status;
}

int32_t aead_finish(void *arguments)
{
    struct host_aead *finish = arguments;
    struct aead *aead = crypto_pointer(finish->handle);
    uint8_t tag[16], last[BLOCK_MAX];
    int length = 0;
    NTSTATUS status = STATUS_SUCCESS;

    if (finish->tag_size > sizeof tag)
        return STATUS_INVALID_PARAMETER;
    if (aead->encrypt) {
        if ((aead->mode == HOST_GCM && EVP_CipherFinal_ex(aead->context, last, &length) != 1) ||
            EVP_CIPHER_CTX_ctrl(aead->context, EVP_CTRL_AEAD_GET_TAG, (int)finish->tag_size, tag) != 1)
            return STATUS_UNSUCCESSFUL;
        return guest_copy(crypto_pointer(finish->tag), tag, finish->tag_size);
    }
    if (aead->mode == HOST_CCM)
        return STATUS_SUCCESS;
    status = guest_copy(tag, crypto_pointer(finish->tag), finish->tag_size);
    if (NT_SUCCESS(status) &&
        (EVP_CIPHER_CTX_ctrl(aead->context, EVP_CTRL_AEAD_SET_TAG, (int)finish->tag_size, tag) != 1 ||
         EVP_CipherFinal_ex(aead->context, last, &length) != 1))
        status = STATUS_AUTH_TAG_MISMATCH;
    return status;
}

int32_t aead_destroy(void *arguments)
{
    struct host_hash_handle *destroy = arguments;
    struct aead *aead = crypto_pointer(destroy->handle);

    EVP_CIPHER_CTX_free(aead->context);
    free(aead);
    return STATUS_SUCCESS;
}
