/*
 * Algorithm providers: names, handles, pseudo-handles, their properties.
 */
#include "provider.h"

struct host_module_reference bcrypt_module = {"bcrypt", BCRYPT_HOST_VERSION, 0};

#define CIPHER     BCRYPT_CIPHER_INTERFACE
#define ASYMMETRIC BCRYPT_ASYMMETRIC_ENCRYPTION_INTERFACE
#define AGREEMENT  BCRYPT_SECRET_AGREEMENT_INTERFACE
#define SIGNATURE  BCRYPT_SIGNATURE_INTERFACE
#define DERIVATION BCRYPT_KEY_DERIVATION_INTERFACE

static const struct algorithm algorithms[] = {
    {L"MD2", KIND_HASH, HOST_MD2, 0, 0, 0, 16, BCRYPT_HASH_INTERFACE, 0},
    {L"MD4", KIND_HASH, HOST_MD4, 0, 0, 0, 64, BCRYPT_HASH_INTERFACE, 0},
    {L"MD5", KIND_HASH, HOST_MD5, 0, 0, 0, 64, BCRYPT_HASH_INTERFACE, 0},
    {L"SHA1", KIND_HASH, HOST_SHA1, 0, 0, 0, 64, BCRYPT_HASH_INTERFACE, 0},
    {L"SHA256", KIND_HASH, HOST_SHA256, 0, 0, 0, 64, BCRYPT_HASH_INTERFACE, 0},
    {L"SHA384", KIND_HASH, HOST_SHA384, 0, 0, 0, 128, BCRYPT_HASH_INTERFACE, 0},
    {L"SHA512", KIND_HASH, HOST_SHA512, 0, 0, 0, 128, BCRYPT_HASH_INTERFACE, 0},
    {L"AES-CMAC", KIND_HASH, 0xff, 0, 0, 0, 16, BCRYPT_HASH_INTERFACE, 0},
    {L"RNG", KIND_RNG, 0, 0, 0, 0, 0, BCRYPT_RNG_INTERFACE, 0},
    {L"FIPS186DSARNG", KIND_RNG, 0, 0, 0, 0, 0, BCRYPT_RNG_INTERFACE, 0},
    {L"AES", KIND_CIPHER, HOST_AES, 128, 256, 64, 16, CIPHER, 0},
    {L"3DES", KIND_CIPHER, HOST_3DES, 192, 192, 0, 8, CIPHER, 0},
    {L"3DES_112", KIND_CIPHER, HOST_3DES, 128, 128, 0, 8, CIPHER, 0},
    {L"DES", KIND_CIPHER, HOST_DES, 64, 64, 0, 8, CIPHER, 0},
    {L"DESX", KIND_CIPHER, HOST_DESX, 192, 192, 0, 8, CIPHER, 0},
    {L"RC2", KIND_CIPHER, HOST_RC2, 16, 128, 8, 8, CIPHER, 0},
    {L"RC4", KIND_CIPHER, HOST_RC4, 8, 512, 8, 1, CIPHER, 0},
    {L"RSA", KIND_KEY_PAIR, HOST_RSA, 512, 16384, 64, 0, ASYMMETRIC, 0},
    {L"RSA_SIGN", KIND_KEY_PAIR, HOST_RSA, 512, 16384, 64, 0, SIGNATURE, 0},
    {L"ECDSA_P256", KIND_KEY_PAIR, HOST_EC, 256, 256, 0, 0, SIGNATURE, 0},
    {L"ECDSA_P384", KIND_KEY_PAIR, HOST_EC, 384, 384, 0, 0, SIGNATURE, 0},
    {L"ECDSA_P521", KIND_KEY_PAIR, HOST_EC, 521, 521, 0, 0, SIGNATURE, 0},
    {L"ECDSA", KIND_KEY_PAIR, HOST_EC, 0, 0, 0, 0, SIGNATURE, 0},
    {L"ECDH_P256", KIND_KEY_PAIR, HOST_EC, 256, 256, 0, 0, AGREEMENT, 1},
    {L"ECDH_P384", KIND_KEY_PAIR, HOST_EC, 384, 384, 0, 0, AGREEMENT, 1},
    {L"ECDH_P521", KIND_KEY_PAIR, HOST_EC, 521, 521, 0, 0, AGREEMENT, 1},
    {L"ECDH", KIND_KEY_PAIR, HOST_EC, 0, 0, 0, 0, AGREEMENT, 1},
    {L"DH", KIND_KEY_PAIR, HOST_DH, 512, 4096, 64, 0, AGREEMENT, 1},
    {L"PBKDF2", KIND_DERIVATION, DERIVE_PBKDF2, 0, 4096, 8, 0, DERIVATION, 0},
    {L"SP800_108_CTR_HMAC", KIND_DERIVATION, DERIVE_SP800_108, 0, 4096, 8, 0, DERIVATION, 0},
    {L"SP800_56A_CONCAT", KIND_DERIVATION, DERIVE_SP800_56A, 0, 4096, 8, 0, DERIVATION, 0},
};
enum { ALGORITHMS = sizeof algorithms / sizeof algorithms[0] };

/* The handles that need no opening: 0x1, 0x11, 0x21, ... */
static const struct {
    const WCHAR *name;
    BYTE mode;
    BYTE hmac;
} pseudo[] = {
    {L"MD2", 0, 0},
    {L"MD4", 0, 0},
    {L"MD5", 0, 0},
    {L"SHA1", 0, 0},
    {L"SHA256", 0, 0},
    {L"SHA384", 0, 0},
    {L"SHA512", 0, 0},
    {L"RC4", HOST_STREAM, 0},
    {L"RNG", 0, 0},
    {L"MD5", 0, 1},
    {L"SHA1", 0, 1},
    {L"SHA256", 0, 1},
    {L"SHA384", 0, 1},
    {L"SHA512", 0, 1},
    {L"RSA", 0, 0},
    {L"ECDSA_P256", 0, 0},
    {L"AES-CMAC", 0, 0},
    {NULL, 0, 0},
    {L"MD2", 0, 1},
    {L"MD4", 0, 1},
    {L"3DES", HOST_CBC, 0},
    {L"3DES", HOST_ECB, 0},
    {L"3DES", HOST_CFB, 0},
    {L"3DES_112", HOST_CBC, 0},
    {L"3DES_112", HOST_ECB, 0},
    {L"3DES_112", HOST_CFB, 0},
    {L"AES", HOST_CBC, 0},
    {L"AES", HOST_ECB, 0},
    {L"AES", HOST_CFB, 0},
    {L"AES", HOST_CCM, 0},
    {L"AES", HOST_GCM, 0},
    {L"DES", HOST_CBC, 0},
    {L"DES", HOST_ECB, 0},
    {L"DES", HOST_CFB, 0},
    {L"DESX", HOST_CBC, 0},
    {L"DESX", HOST_ECB, 0},
    {L"DESX", HOST_CFB, 0},
    {L"RC2", HOST_CBC, 0},
    {L"RC2", HOST_ECB, 0},
    {L"RC2", HOST_CFB, 0},
    {L"DH", 0, 0},
    {L"ECDH", 0, 0},
    {L"ECDH_P256", 0, 0},
    {L"ECDH_P384", 0, 0},
    {L"ECDH_P521", 0, 0},
    {NULL, 0, 0},
    {L"ECDSA", 0, 0},
    {L"ECDSA_P384", 0, 0},
    {L"ECDSA_P521", 0, 0},
    {L"RSA_SIGN", 0, 0},
    {NULL, 0, 0},
    {L"PBKDF2", 0, 0},
    {L"SP800_108_CTR_HMAC", 0, 0},
    {L"SP800_56A_CONCAT", 0, 0},
    {NULL, 0, 0},
    {NULL, 0, 0},
    {NULL, 0, 0},
    {NULL, 0, 0},
};

const struct algorithm *find_algorithm(LPCWSTR name)
{
    for (unsigned i = 0; i < ALGORITHMS; i++)
        if (!_wcsicmp(algorithms[i].name, name))
            return &algorithms[i];
    return NULL;
}

const struct provider *provider_of(BCRYPT_ALG_HANDLE handle, struct provider *scratch)
{
    ULONG_PTR value = (ULONG_PTR)handle;

    if ((value & 15) == 1) {
        if (value >> 4 >= sizeof pseudo / sizeof *pseudo || !pseudo[value >> 4].name)
            return NULL;
        *scratch = (struct provider){.magic = ALGORITHM_MAGIC,
                                     .algorithm = find_algorithm(pseudo[value >> 4].name),
                                     .flags = pseudo[value >> 4].hmac ? BCRYPT_ALG_HANDLE_HMAC_FLAG : 0,
                                     .mode = pseudo[value >> 4].mode};
        return scratch;
    }
    const struct provider *provider = handle;
    return provider && provider->magic == ALGORITHM_MAGIC ? provider : NULL;
}

NTSTATUS WINAPI BCryptOpenAlgorithmProvider(BCRYPT_ALG_HANDLE *ret_handle, LPCWSTR name,
                                            LPCWSTR implementation, ULONG flags)
{
    if (!ret_handle || !name ||
        flags & ~(ULONG)(BCRYPT_ALG_HANDLE_HMAC_FLAG | BCRYPT_HASH_REUSABLE_FLAG | BCRYPT_PROV_DISPATCH))
        return STATUS_INVALID_PARAMETER;
    const struct algorithm *algorithm = find_algorithm(name);
    if (!algorithm || (implementation && _wcsicmp(implementation, MS_PRIMITIVE_PROVIDER)))
        return STATUS_NOT_FOUND;
    if (flags & BCRYPT_ALG_HANDLE_HMAC_FLAG && algorithm->kind != KIND_HASH)
        return STATUS_INVALID_PARAMETER;
    struct provider *provider = allocate(sizeof *provider);
    if (!provider)
        return STATUS_NO_MEMORY;
    provider->magic = ALGORITHM_MAGIC;
    provider->algorithm = algorithm;
    provider->flags = flags;
    provider->mode = algorithm->id == HOST_RC4 ? HOST_STREAM : HOST_CBC;
    *ret_handle = provider;
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI BCryptCloseAlgorithmProvider(BCRYPT_ALG_HANDLE handle, ULONG flags)
{
    struct provider *provider = handle;
    (void)flags;
    if (!provider || ((ULONG_PTR)provider & 15) == 1 || provider->magic != ALGORITHM_MAGIC)
        return STATUS_INVALID_HANDLE;
    provider->magic = 0;
    release(provider);
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- properties */

NTSTATUS answer(PUCHAR output, ULONG room, ULONG *result, const void *data, ULONG size)
{
    *result = size;
    if (!output)
        return STATUS_SUCCESS;
    if (room < size)
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(output, data, size);
    return STATUS_SUCCESS;
}

static NTSTATUS answer_number(PUCHAR output, ULONG room, ULONG *result, DWORD value)
{
    return answer(output, room, result, &value, sizeof value);
}

static NTSTATUS answer_text(PUCHAR output, ULONG room, ULONG *result, const WCHAR *text)
{
    return answer(output, room, result, text, (ULONG)((wcslen(text) + 1) * sizeof(WCHAR)));
}

const WCHAR *mode_name(BYTE mode)
{
    static const WCHAR *const names[] = {BCRYPT_CHAIN_MODE_ECB, BCRYPT_CHAIN_MODE_CBC, BCRYPT_CHAIN_MODE_CFB,
                                         BCRYPT_CHAIN_MODE_GCM, BCRYPT_CHAIN_MODE_CCM, BCRYPT_CHAIN_MODE_NA};
    return names[mode];
}

BOOL parse_mode(LPCWSTR text, ULONG size, BYTE *ret_mode)
{
    (void)size;
    for (BYTE i = 0; i <= HOST_STREAM; i++) {
        if (!wcscmp(text, mode_name(i))) {
            *ret_mode = i;
            return TRUE;
        }
    }
    return FALSE;
}

static NTSTATUS provider_property(const struct provider *provider, LPCWSTR name, PUCHAR output, ULONG room,
                                  ULONG *result)
{
    const struct algorithm *a = provider->algorithm;

    if (!wcscmp(name, BCRYPT_ALGORITHM_NAME))
        return answer_text(output, room, result, a->name);
    if (!wcscmp(name, BCRYPT_PROVIDER_HANDLE))
        return answer(output, room, result, &provider, sizeof provider);
    if (!wcscmp(name, BCRYPT_OBJECT_LENGTH)) /* everything is kept elsewhere */
        return a->kind == KIND_KEY_PAIR || a->kind == KIND_RNG ? STATUS_NOT_SUPPORTED
                                                               : answer_number(output, room, result, 512);
    if (!wcscmp(name, BCRYPT_PRIMITIVE_TYPE))
        return answer_number(output, room, result, a->interface);
    if (a->kind == KIND_HASH) {
        if (!wcscmp(name, BCRYPT_HASH_LENGTH))
            return answer_number(output, room, result, hash_size(a));
        if (!wcscmp(name, BCRYPT_HASH_BLOCK_LENGTH))
            return answer_number(output, room, result, hash_block(a));
        if (!wcscmp(name, BCRYPT_IS_KEYED_HASH))
            return answer_number(output, room, result,
                                 (provider->flags & BCRYPT_ALG_HANDLE_HMAC_FLAG) != 0 || a->id == 0xff);
        if (!wcscmp(name, BCRYPT_IS_REUSABLE_HASH))
            return answer_number(output, room, result, (provider->flags & BCRYPT_HASH_REUSABLE_FLAG) != 0);
    }
    BCRYPT_KEY_LENGTHS_STRUCT lengths = {a->bits, a->max_bits, a->step};
    if (a->kind >= KIND_CIPHER && a->max_bits && !wcscmp(name, BCRYPT_KEY_LENGTHS))
        return answer(output, room, result, &lengths, sizeof lengths);
    if (a->kind == KIND_CIPHER) {
        if (!wcscmp(name, BCRYPT_BLOCK_LENGTH))
            return answer_number(output, room, result, a->block);
        if (!wcscmp(name, BCRYPT_BLOCK_SIZE_LIST))
            return answer_number(output, room, result, a->block);
        if (!wcscmp(name, BCRYPT_CHAINING_MODE))
            return answer_text(output, room, result, mode_name(provider->mode));
        if (!wcscmp(name, BCRYPT_AUTH_TAG_LENGTH)) {
            BCRYPT_AUTH_TAG_LENGTHS_STRUCT tags = {provider->mode == HOST_CCM ? 4 : 12, 16,
                                                   provider->mode == HOST_CCM ? 2 : 1};
            if (provider->mode != HOST_GCM && provider->mode != HOST_CCM)
                return STATUS_NOT_SUPPORTED;
            return answer(output, room, result, &tags, sizeof tags);
        }
    }
    if (a->kind == KIND_KEY_PAIR && a->id == HOST_RSA && !wcscmp(name, BCRYPT_PADDING_SCHEMES))
        return answer_number(
            output, room, result,
            BCRYPT_SUPPORTED_PAD_ROUTER | BCRYPT_SUPPORTED_PAD_PKCS1_SIG | BCRYPT_SUPPORTED_PAD_PSS |
                (a->interface == ASYMMETRIC ? BCRYPT_SUPPORTED_PAD_PKCS1_ENC | BCRYPT_SUPPORTED_PAD_OAEP
                                            : 0));
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS WINAPI BCryptGetProperty(BCRYPT_HANDLE handle, LPCWSTR name, PUCHAR output, ULONG room,
                                  ULONG *result, ULONG flags)
{
    struct provider scratch;
    (void)flags;

    if (!handle)
        return STATUS_INVALID_HANDLE;
    if (!name || !result)
        return STATUS_INVALID_PARAMETER;
    const struct provider *provider = provider_of(handle, &scratch);
    if (provider)
        return provider_property(provider, name, output, room, result);
    if (((ULONG_PTR)handle & 15) == 1)
        return STATUS_INVALID_HANDLE;
    switch (*(ULONG *)handle) {
    case KEY_MAGIC: return key_property(handle, name, output, room, result);
    case HASH_MAGIC: {
        const struct hash *hash = handle;
        if (!wcscmp(name, BCRYPT_HASH_LENGTH))
            return answer_number(output, room, result, hash->size);
        if (!wcscmp(name, BCRYPT_ALGORITHM_NAME))
            return answer_text(output, room, result, hash->algorithm->name);
        if (!wcscmp(name, BCRYPT_OBJECT_LENGTH))
            return answer_number(output, room, result, 512);
        if (!wcscmp(name, BCRYPT_HASH_BLOCK_LENGTH))
            return answer_number(output, room, result, hash_block(hash->algorithm));
        return STATUS_NOT_SUPPORTED;
    }
    default: return STATUS_INVALID_HANDLE;
    }
}

NTSTATUS WINAPI BCryptSetProperty(BCRYPT_HANDLE handle, LPCWSTR name, PUCHAR input, ULONG size, ULONG flags)
{
    struct provider *provider = handle;
    (void)flags;

    if (!handle || ((ULONG_PTR)handle & 15) == 1)
        return STATUS_INVALID_HANDLE;
    if (!name)
        return STATUS_INVALID_PARAMETER;
    if (provider->magic == KEY_MAGIC)
        return set_key_property(handle, name, input, size);
    if (provider->magic != ALGORITHM_MAGIC)
        return STATUS_INVALID_HANDLE;
    if (provider->algorithm->kind == KIND_CIPHER && !wcscmp(name, BCRYPT_CHAINING_MODE)) {
        BYTE mode;
        if (!parse_mode((LPCWSTR)input, size, &mode))
            return STATUS_NOT_SUPPORTED;
        if ((mode == HOST_GCM || mode == HOST_CCM) && provider->algorithm->id != HOST_AES)
            return STATUS_NOT_SUPPORTED;
        if ((mode == HOST_STREAM) != (provider->algorithm->id == HOST_RC4))
            return STATUS_NOT_SUPPORTED;
        provider->mode = mode;
        return STATUS_SUCCESS;
    }
    if (provider->algorithm->id == HOST_EC && provider->algorithm->kind == KIND_KEY_PAIR &&
        !provider->algorithm->bits && !wcscmp(name, L"ECCCurveName")) {
        LPCWSTR curve = (LPCWSTR)input;
        provider->curve = !_wcsicmp(curve, L"nistP256") || !_wcsicmp(curve, L"secP256r1")   ? 256
                          : !_wcsicmp(curve, L"nistP384") || !_wcsicmp(curve, L"secP384r1") ? 384
                          : !_wcsicmp(curve, L"nistP521") || !_wcsicmp(curve, L"secP521r1") ? 521
                                                                                            : 0;
        return provider->curve ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
    }
    return STATUS_NOT_SUPPORTED;
}

/* ---------------------------------------------------------------- lists */

void WINAPI BCryptFreeBuffer(PVOID buffer)
{
    release(buffer);
}

NTSTATUS WINAPI BCryptEnumAlgorithms(ULONG operations, ULONG *count, BCRYPT_ALGORITHM_IDENTIFIER **ret_list,
                                     ULONG flags)
{
    static const ULONG operation_of[] = {0,
                                         BCRYPT_CIPHER_OPERATION,
                                         BCRYPT_HASH_OPERATION,
                                         BCRYPT_ASYMMETRIC_ENCRYPTION_OPERATION,
                                         BCRYPT_SECRET_AGREEMENT_OPERATION,
                                         BCRYPT_SIGNATURE_OPERATION,
                                         BCRYPT_RNG_OPERATION,
                                         BCRYPT_KEY_DERIVATION_OPERATION};

    if (!count || !ret_list || !operations || operations & ~0x7fu)
        return STATUS_INVALID_PARAMETER;
    (void)flags;
    BCRYPT_ALGORITHM_IDENTIFIER *list = allocate(ALGORITHMS * sizeof *list);
    if (!list)
        return STATUS_NO_MEMORY;
    *count = 0;
    for (unsigned i = 0; i < ALGORITHMS; i++)
        if (operations & operation_of[algorithms[i].interface])
            list[(*count)++] = (BCRYPT_ALGORITHM_IDENTIFIER){(LPWSTR)algorithms[i].name,
                                                             algorithms[i].interface, 0};
    *ret_list = list;
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI BCryptEnumProviders(LPCWSTR name, ULONG *count, BCRYPT_PROVIDER_NAME **ret_list, ULONG flags)
{
    (void)flags;
    if (!name || !count || !ret_list)
        return STATUS_INVALID_PARAMETER;
    if (!find_algorithm(name))
        return STATUS_NOT_FOUND;
    BCRYPT_PROVIDER_NAME *list = allocate(sizeof *list);
    if (!list)
        return STATUS_NO_MEMORY;
    list->pszProviderName = (LPWSTR)MS_PRIMITIVE_PROVIDER;
    *count = 1;
    *ret_list = list;
    return STATUS_SUCCESS;
}

/* Whether the machine insists on certified algorithms: it does not. */
NTSTATUS WINAPI BCryptGetFipsAlgorithmMode(BOOLEAN *enabled)
{
    if (!enabled)
        return STATUS_INVALID_PARAMETER;
    *enabled = FALSE;
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI BCryptGenRandom(BCRYPT_ALG_HANDLE handle, PUCHAR buffer, ULONG size, ULONG flags)
{
    struct provider scratch;

    if (flags & ~(ULONG)(BCRYPT_RNG_USE_ENTROPY_IN_BUFFER | BCRYPT_USE_SYSTEM_PREFERRED_RNG))
        return STATUS_INVALID_PARAMETER;
    if (!handle != !!(flags & BCRYPT_USE_SYSTEM_PREFERRED_RNG))
        return STATUS_INVALID_HANDLE;
    if (handle) {
        const struct provider *provider = provider_of(handle, &scratch);
        if (!provider || provider->algorithm->kind != KIND_RNG)
            return STATUS_INVALID_HANDLE;
    }
    if (!buffer)
        return STATUS_INVALID_PARAMETER;
    return GwRandom(buffer, size);
}
