/*
 * bcrypt's host module: its table of functions, the library context, PBKDF2.
 */
#include "host/crypto.h"

#include <gastwirt/host_module.h>
#include <openssl/provider.h>
#include <pthread.h>

static struct {
    pthread_once_t once;
    OSSL_LIB_CTX *library;
    EVP_MD *digests[HOST_HASHES];
} context = {.once = PTHREAD_ONCE_INIT};

static void initialize(void)
{
    static const char *const names[HOST_HASHES] = {NULL, "MD4", "MD5", "SHA1", "SHA256", "SHA384", "SHA512"};

    context.library = OSSL_LIB_CTX_new();
    OSSL_PROVIDER_load(context.library, "default");
    OSSL_PROVIDER_load(context.library, "legacy"); /* may be missing: MD4, DES, RC2, RC4 then are */
    for (int i = 0; i < HOST_HASHES; i++)
        context.digests[i] = names[i] ? EVP_MD_fetch(context.library, names[i], NULL) : NULL;
}

OSSL_LIB_CTX *crypto_context(void)
{
    pthread_once(&context.once, initialize);
    return context.library;
}

const EVP_MD *crypto_digest(uint32_t hash)
{
    crypto_context();
    return hash < HOST_HASHES ? context.digests[hash] : NULL;
}

uint8_t *crypto_copy_in(uint64_t guest, uint32_t size, NTSTATUS *ret_status)
{
    uint8_t *copy = malloc(size ? size : 1);

    *ret_status = copy ? guest_copy(copy, crypto_pointer(guest), size) : STATUS_NO_MEMORY;
    if (!NT_SUCCESS(*ret_status)) {
        free(copy);
        copy = NULL;
    }
    return copy;
}

static int32_t pbkdf2(void *arguments)
{
    struct host_pbkdf2 *run = arguments;
    const EVP_MD *digest = crypto_digest(run->hash);
    NTSTATUS status;

    if (!digest || run->iterations > INT32_MAX || run->output_size > 1u << 20)
        return STATUS_NOT_SUPPORTED;
    uint8_t *password = crypto_copy_in(run->password, run->password_size, &status);
    uint8_t *salt = password ? crypto_copy_in(run->salt, run->salt_size, &status) : NULL;
    uint8_t *output = salt ? malloc(run->output_size ? run->output_size : 1) : NULL;
    if (output && PKCS5_PBKDF2_HMAC((char *)password, (int)run->password_size, salt, (int)run->salt_size,
                                    (int)run->iterations, digest, (int)run->output_size, output) == 1)
        status = guest_copy(crypto_pointer(run->output), output, run->output_size);
    else if (salt)
        status = STATUS_UNSUCCESSFUL;
    free(output);
    free(salt);
    free(password);
    return status;
}

static const struct host_function functions[HOST_CALLS] = {
    [HOST_HASH_CREATE] = {hash_create, sizeof(struct host_hash_create)},
    [HOST_HASH_UPDATE] = {hash_update, sizeof(struct host_hash_data)},
    [HOST_HASH_FINISH] = {hash_finish, sizeof(struct host_hash_data)},
    [HOST_HASH_DUPLICATE] = {hash_duplicate, sizeof(struct host_hash_handle)},
    [HOST_HASH_DESTROY] = {hash_destroy, sizeof(struct host_hash_handle)},
    [HOST_CIPHER] = {cipher_run, sizeof(struct host_cipher_run)},
    [HOST_AEAD_BEGIN] = {aead_begin, sizeof(struct host_aead)},
    [HOST_AEAD_UPDATE] = {aead_update, sizeof(struct host_aead)},
    [HOST_AEAD_FINISH] = {aead_finish, sizeof(struct host_aead)},
    [HOST_AEAD_DESTROY] = {aead_destroy, sizeof(struct host_hash_handle)},
    [HOST_KEY_GENERATE] = {key_generate, sizeof(struct host_key)},
    [HOST_KEY_IMPORT] = {key_import, sizeof(struct host_key)},
    [HOST_KEY_EXPORT] = {key_export, sizeof(struct host_key)},
    [HOST_KEY_REFERENCE] = {key_reference, sizeof(struct host_hash_handle)},
    [HOST_KEY_DESTROY] = {key_destroy, sizeof(struct host_hash_handle)},
    [HOST_KEY_SIGN] = {key_sign, sizeof(struct host_key_data)},
    [HOST_KEY_VERIFY] = {key_verify, sizeof(struct host_key_data)},
    [HOST_KEY_CRYPT] = {key_crypt, sizeof(struct host_key_data)},
    [HOST_KEY_AGREE] = {key_agree, sizeof(struct host_key_agreement)},
    [HOST_PBKDF2] = {pbkdf2, sizeof(struct host_pbkdf2)},
};

const struct host_module gastwirt_host_module = {BCRYPT_HOST_VERSION, HOST_CALLS, functions};
