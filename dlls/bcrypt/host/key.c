/*
 * Key pairs: RSA, elliptic curves, Diffie-Hellman. Numbers cross the door big-endian, without sign.
 */
#include "crypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

enum { PARTS = 8, NUMBER_MAX = 2048 };
enum { RSA_E, RSA_N, RSA_P, RSA_Q, RSA_DP, RSA_DQ, RSA_QI, RSA_D };
enum { EC_X, EC_Y, EC_D };
enum { DH_P, DH_G, DH_Y, DH_X };

static const char *const rsa_names[PARTS] = {OSSL_PKEY_PARAM_RSA_E,
                                             OSSL_PKEY_PARAM_RSA_N,
                                             OSSL_PKEY_PARAM_RSA_FACTOR1,
                                             OSSL_PKEY_PARAM_RSA_FACTOR2,
                                             OSSL_PKEY_PARAM_RSA_EXPONENT1,
                                             OSSL_PKEY_PARAM_RSA_EXPONENT2,
                                             OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
                                             OSSL_PKEY_PARAM_RSA_D};
static const char *const dh_names[4] = {OSSL_PKEY_PARAM_FFC_P, OSSL_PKEY_PARAM_FFC_G, OSSL_PKEY_PARAM_PUB_KEY,
                                        OSSL_PKEY_PARAM_PRIV_KEY};

static const char *curve_name(uint32_t bits)
{
    return bits == 256 ? "P-256" : bits == 384 ? "P-384" : bits == 521 ? "P-521" : NULL;
}

static const char *type_name(uint32_t type)
{
    return type == HOST_RSA ? "RSA" : type == HOST_EC ? "EC" : "DH";
}

int32_t key_generate(void *arguments)
{
    struct host_key *generate = arguments;
    EVP_PKEY *key = NULL;

    if (generate->type == HOST_RSA) {
        key = EVP_PKEY_Q_keygen(crypto_context(), NULL, "RSA", (size_t)generate->bits);
    } else if (generate->type == HOST_EC && curve_name(generate->bits)) {
        key = EVP_PKEY_Q_keygen(crypto_context(), NULL, "EC", curve_name(generate->bits));
    } else if (generate->type == HOST_DH) {
        const char *group = generate->bits == 2048   ? "ffdhe2048"
                            : generate->bits == 3072 ? "ffdhe3072"
                            : generate->bits == 4096 ? "ffdhe4096"
                                                     : NULL;
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(crypto_context(), "DH", NULL);
        OSSL_PARAM parameters[2] = {
            OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(group ? group : ""), 0),
            OSSL_PARAM_construct_end()};
        if (context && group && EVP_PKEY_keygen_init(context) == 1 &&
            EVP_PKEY_CTX_set_params(context, parameters) == 1)
            EVP_PKEY_generate(context, &key);
        EVP_PKEY_CTX_free(context);
    }
    if (!key)
        return STATUS_NOT_SUPPORTED;
    generate->handle = (uintptr_t)key;
    return STATUS_SUCCESS;
}

static NTSTATUS read_numbers(const struct host_key *import, BIGNUM *numbers[PARTS])
{
    uint8_t buffer[NUMBER_MAX];

    for (int i = 0; i < PARTS; i++) {
        if (!import->part_size[i])
            continue;
        if (import->part_size[i] > sizeof buffer)
            return STATUS_INVALID_PARAMETER;
        NTSTATUS status = guest_copy(buffer, crypto_pointer(import->part[i]), import->part_size[i]);
        if (!NT_SUCCESS(status))
            return status;
        if (!(numbers[i] = BN_bin2bn(buffer, (int)import->part_size[i], NULL)))
            return STATUS_NO_MEMORY;
    }
    OPENSSL_cleanse(buffer, sizeof buffer);
    return STATUS_SUCCESS;
}

/* The exponents that a short private blob leaves out. */
static bool complete_rsa(BIGNUM *n[PARTS])
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *p1 = BN_new(), *q1 = BN_new(), *phi = BN_new(), *gcd = BN_new();
    bool good = context && p1 && q1 && phi && gcd && BN_sub(p1, n[RSA_P], BN_value_one()) &&
                BN_sub(q1, n[RSA_Q], BN_value_one()) && BN_mul(phi, p1, q1, context) &&
                BN_gcd(gcd, p1, q1, context) && BN_div(phi, NULL, phi, gcd, context);
    if (good && !n[RSA_D])
        good = (n[RSA_D] = BN_mod_inverse(NULL, n[RSA_E], phi, context)) != NULL;
    if (good && !n[RSA_DP])
        good = (n[RSA_DP] = BN_new()) && BN_mod(n[RSA_DP], n[RSA_D], p1, context);
    if (good && !n[RSA_DQ])
        good = (n[RSA_DQ] = BN_new()) && BN_mod(n[RSA_DQ], n[RSA_D], q1, context);
    if (good && !n[RSA_QI])
        good = (n[RSA_QI] = BN_mod_inverse(NULL, n[RSA_Q], n[RSA_P], context)) != NULL;
    BN_free(p1), BN_free(q1), BN_free(phi), BN_free(gcd);
    BN_CTX_free(context);
    return good;
}

/* The curve's point as libcrypto has it; from the private number if only that is known. */
static bool push_point(OSSL_PARAM_BLD *builder, uint32_t bits, BIGNUM *numbers[PARTS], uint8_t point[133])
{
    int nid = bits == 256 ? NID_X9_62_prime256v1 : bits == 384 ? NID_secp384r1 : NID_secp521r1;
    size_t size = (bits + 7) / 8;

    point[0] = POINT_CONVERSION_UNCOMPRESSED;
    if (numbers[EC_X] && numbers[EC_Y] && !(BN_is_zero(numbers[EC_X]) && BN_is_zero(numbers[EC_Y]))) {
        if (BN_bn2binpad(numbers[EC_X], point + 1, (int)size) < 0 ||
            BN_bn2binpad(numbers[EC_Y], point + 1 + size, (int)size) < 0)
            return false;
    } else {
        EC_GROUP *group = EC_GROUP_new_by_curve_name_ex(crypto_context(), NULL, nid);
        EC_POINT *public = group ? EC_POINT_new(group) : NULL;
        bool good = public && numbers[EC_D] && EC_POINT_mul(group, public, numbers[EC_D], NULL, NULL, NULL) &&
                    EC_POINT_point2oct(group, public, POINT_CONVERSION_UNCOMPRESSED, point, 133, NULL);
        EC_POINT_free(public);
        EC_GROUP_free(group);
        if (!good)
            return false;
    }
    return OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size);
}

static bool push(OSSL_PARAM_BLD *builder, struct host_key *import, BIGNUM *numbers[PARTS], uint8_t point[133])
{
    bool good = true;

    if (import->type == HOST_EC) {
        const char *curve = curve_name(import->bits);
        return curve && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) &&
               push_point(builder, import->bits, numbers, point) &&
               (!numbers[EC_D] || OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, numbers[EC_D]));
    }
    if (import->type == HOST_RSA) {
        if (!numbers[RSA_E] || !numbers[RSA_N])
            return false;
        if (numbers[RSA_P] && numbers[RSA_Q] && !complete_rsa(numbers))
            return false;
        for (int i = 0; i < PARTS && good; i++)
            if (numbers[i])
                good = OSSL_PARAM_BLD_push_BN(builder, rsa_names[i], numbers[i]);
        return good;
    }
    for (int i = 0; i < 4 && good; i++)
        if (numbers[i])
            good = OSSL_PARAM_BLD_push_BN(builder, dh_names[i], numbers[i]);
    return good;
}

int32_t key_import(void *arguments)
{
    struct host_key *import = arguments;
    BIGNUM *numbers[PARTS] = {NULL};
    uint8_t point[133];
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = NULL;
    NTSTATUS status = read_numbers(import, numbers);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(crypto_context(), type_name(import->type), NULL);

    if (NT_SUCCESS(status) && builder && context) {
        bool private = import->type == HOST_RSA  ? numbers[RSA_D] || numbers[RSA_P]
                       : import->type == HOST_EC ? numbers[EC_D] != NULL
                                                 : numbers[DH_X] != NULL;
        if (!push(builder, import, numbers, point) || !(parameters = OSSL_PARAM_BLD_to_param(builder)) ||
            EVP_PKEY_fromdata_init(context) != 1 ||
            EVP_PKEY_fromdata(context, &key, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, parameters) !=
                1)
            status = STATUS_INVALID_PARAMETER;
        import->has_private = private;
    } else if (NT_SUCCESS(status)) {
        status = STATUS_NO_MEMORY;
    }
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    for (int i = 0; i < PARTS; i++)
        BN_clear_free(numbers[i]);
    if (NT_SUCCESS(status)) {
        import->handle = (uintptr_t)key;
        import->bits = (uint32_t)EVP_PKEY_get_bits(key);
    }
    return status;
}

/* Writes every part that the key has and the caller asks for, padded to part_size. */
int32_t key_export(void *arguments)
{
    struct host_key *export = arguments;
    EVP_PKEY *key = crypto_pointer(export->handle);
    uint8_t buffer[NUMBER_MAX];
    static const char *const ec_names[3] = {OSSL_PKEY_PARAM_EC_PUB_X, OSSL_PKEY_PARAM_EC_PUB_Y,
                                            OSSL_PKEY_PARAM_PRIV_KEY};
    NTSTATUS status = STATUS_SUCCESS;

    for (int i = 0; i < PARTS && NT_SUCCESS(status); i++) {
        const char *name = export->type == HOST_RSA           ? rsa_names[i]
                           : export->type == HOST_EC && i < 3 ? ec_names[i]
                           : export->type == HOST_DH && i < 4 ? dh_names[i]
                                                              : NULL;
        BIGNUM *number = NULL;
        if (!name || !export->part_size[i])
            continue;
        if (export->part_size[i] > sizeof buffer)
            return STATUS_INVALID_PARAMETER;
        if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
            return STATUS_NOT_SUPPORTED;
        if (BN_bn2binpad(number, buffer, (int)export->part_size[i]) < 0)
            status = STATUS_INTERNAL_ERROR;
        else
            status = guest_copy(crypto_pointer(export->part[i]), buffer, export->part_size[i]);
        BN_clear_free(number);
    }
    OPENSSL_cleanse(buffer, sizeof buffer);
    return status;
}

int32_t key_reference(void *arguments)
{
    struct host_hash_handle *reference = arguments;

    EVP_PKEY_up_ref(crypto_pointer(reference->handle));
    reference->copy = reference->handle;
    return STATUS_SUCCESS;
}

int32_t key_destroy(void *arguments)
{
    struct host_hash_handle *destroy = arguments;

    EVP_PKEY_free(crypto_pointer(destroy->handle));
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- use */

static bool set_padding(EVP_PKEY_CTX *context, const struct host_key_data *run, const uint8_t *label)
{
    const EVP_MD *digest = crypto_digest(run->hash);

    switch (run->padding) {
    case HOST_PAD_NONE: return EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1;
    case HOST_PAD_PKCS1: return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    case HOST_PAD_PSS: return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1;
    case HOST_PAD_OAEP: {
        if (!digest || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) != 1 ||
            EVP_PKEY_CTX_set_rsa_oaep_md(context, digest) != 1 ||
            EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) != 1)
            return false;
        if (!run->label_size)
            return true;
        void *owned = OPENSSL_memdup(label, run->label_size);
        if (owned && EVP_PKEY_CTX_set0_rsa_oaep_label(context, owned, (int)run->label_size) == 1)
            return true;
        OPENSSL_free(owned);
        return false;
    }
    default: return false;
    }
}

/* Both as r and s of the curve's size. */
static int encode_signature(const uint8_t *raw, size_t half, uint8_t *der)
{
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, (int)half, NULL), *s = BN_bin2bn(raw + half, (int)half, NULL);
    int length = -1;

    if (signature && r && s && ECDSA_SIG_set0(signature, r, s)) {
        r = s = NULL;
        length = i2d_ECDSA_SIG(signature, &der);
    }
    BN_free(r), BN_free(s);
    ECDSA_SIG_free(signature);
    return length;
}

static bool decode_signature(const uint8_t *der, size_t length, size_t half, uint8_t *raw)
{
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)length);
    bool good = signature && BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, (int)half) > 0 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + half, (int)half) > 0;
    ECDSA_SIG_free(signature);
    return good;
}

static EVP_PKEY_CTX *start(struct host_key_data *run, EVP_PKEY *key, int (*init)(EVP_PKEY_CTX *))
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(crypto_context(), key, NULL);
    bool rsa = EVP_PKEY_is_a(key, "RSA");

    if (context && init(context) == 1 && (!rsa || set_padding(context, run, NULL)) &&
        (!crypto_digest(run->hash) ||
         EVP_PKEY_CTX_set_signature_md(context, crypto_digest(run->hash)) == 1) &&
        (run->padding != HOST_PAD_PSS || !rsa ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)run->salt_size) == 1))
        return context;
    EVP_PKEY_CTX_free(context);
    return NULL;
}

int32_t key_sign(void *arguments)
{
    struct host_key_data *run = arguments;
    EVP_PKEY *key = crypto_pointer(run->handle);
    uint8_t output[NUMBER_MAX], raw[NUMBER_MAX];
    size_t length = sizeof output;
    NTSTATUS status;
    uint8_t *input = crypto_copy_in(run->input, run->input_size, &status);
    EVP_PKEY_CTX *context = input ? start(run, key, EVP_PKEY_sign_init) : NULL;

    if (input && (!context || EVP_PKEY_sign(context, output, &length, input, run->input_size) != 1))
        status = STATUS_INVALID_PARAMETER;
    const uint8_t *result = output;
    if (NT_SUCCESS(status) && EVP_PKEY_is_a(key, "EC")) {
        size_t half = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
        if (!decode_signature(output, length, half, raw))
            status = STATUS_INTERNAL_ERROR;
        length = 2 * half;
        result = raw;
    }
    EVP_PKEY_CTX_free(context);
    free(input);
    if (!NT_SUCCESS(status))
        return status;
    if (length > run->output_size)
        return STATUS_BUFFER_TOO_SMALL;
    run->output_size = (uint32_t)length;
    return guest_copy(crypto_pointer(run->output), result, length);
}

/* `output` is the signature. */
int32_t key_verify(void *arguments)
{
    struct host_key_data *run = arguments;
    EVP_PKEY *key = crypto_pointer(run->handle);
    uint8_t der[512];
    NTSTATUS status;
    uint8_t *input = crypto_copy_in(run->input, run->input_size, &status);
    uint8_t *signature = input ? crypto_copy_in(run->output, run->output_size, &status) : NULL;
    const uint8_t *given = signature;
    size_t length = run->output_size;

    if (signature && EVP_PKEY_is_a(key, "EC")) {
        size_t half = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
        int encoded = length == 2 * half ? encode_signature(signature, half, der) : -1;
        if (encoded < 0)
            status = STATUS_INVALID_SIGNATURE;
        length = (size_t)encoded;
        given = der;
    }
    EVP_PKEY_CTX *context = NT_SUCCESS(status) ? start(run, key, EVP_PKEY_verify_init) : NULL;
    if (NT_SUCCESS(status))
        status = !context ? STATUS_INVALID_PARAMETER
                 : EVP_PKEY_verify(context, given, length, input, run->input_size) == 1
                     ? STATUS_SUCCESS
                     : STATUS_INVALID_SIGNATURE;
    EVP_PKEY_CTX_free(context);
    free(signature);
    free(input);
    return status;
}

int32_t key_crypt(void *arguments)
{
    struct host_key_data *run = arguments;
    EVP_PKEY *key = crypto_pointer(run->handle);
    uint8_t output[NUMBER_MAX];
    size_t length = sizeof output;
    NTSTATUS status;
    uint8_t *input = crypto_copy_in(run->input, run->input_size, &status);
    uint8_t *label = input ? crypto_copy_in(run->label, run->label_size, &status) : NULL;
    EVP_PKEY_CTX *context = label ? EVP_PKEY_CTX_new_from_pkey(crypto_context(), key, NULL) : NULL;

    if (label) {
        int good = context &&
                   (run->encrypt ? EVP_PKEY_encrypt_init(context) : EVP_PKEY_decrypt_init(context)) == 1 &&
                   set_padding(context, run, label);
        if (good)
            good = run->encrypt ? EVP_PKEY_encrypt(context, output, &length, input, run->input_size)
                                : EVP_PKEY_decrypt(context, output, &length, input, run->input_size);
        if (good != 1)
            status = STATUS_INVALID_PARAMETER;
    }
    EVP_PKEY_CTX_free(context);
    free(label);
    free(input);
    if (!NT_SUCCESS(status))
        return status;
    uint32_t room = run->output_size;
    run->output_size = (uint32_t)length;
    if (length > room)
        return STATUS_BUFFER_TOO_SMALL;
    return guest_copy(crypto_pointer(run->output), output, length);
}

int32_t key_agree(void *arguments)
{
    struct host_key_agreement *run = arguments;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(crypto_context(), crypto_pointer(run->private_key),
                                                       NULL);
    uint8_t output[NUMBER_MAX];
    size_t length = sizeof output;
    unsigned pad = 1;
    OSSL_PARAM parameters[2] = {OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &pad),
                                OSSL_PARAM_construct_end()};
    bool dh = EVP_PKEY_is_a(crypto_pointer(run->private_key), "DH");
    int good = context && EVP_PKEY_derive_init_ex(context, dh ? parameters : NULL) == 1 &&
               EVP_PKEY_derive_set_peer(context, crypto_pointer(run->public_key)) == 1 &&
               EVP_PKEY_derive(context, output, &length) == 1;

    EVP_PKEY_CTX_free(context);
    if (!good)
        return STATUS_INVALID_PARAMETER;
    if (length > run->output_size)
        return STATUS_BUFFER_TOO_SMALL;
    run->output_size = (uint32_t)length;
    NTSTATUS status = guest_copy(crypto_pointer(run->output), output, length);
    OPENSSL_cleanse(output, sizeof output);
    return status;
}
