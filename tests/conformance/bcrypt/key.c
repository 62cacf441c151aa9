/* Symmetric keys and key pairs. */
#include "../harness.h"
#include <bcrypt.h>

#ifndef STATUS_AUTH_TAG_MISMATCH
#define STATUS_AUTH_TAG_MISMATCH ((LONG)0xc000a002)
#endif

static UCHAR secret[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static UCHAR plain[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                          0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

static BCRYPT_ALG_HANDLE open(const WCHAR *name, const WCHAR *mode)
{
    BCRYPT_ALG_HANDLE algorithm = NULL;
    CHECK_STATUS(BCryptOpenAlgorithmProvider(&algorithm, name, NULL, 0), 0);
    if (mode)
        CHECK_STATUS(BCryptSetProperty(algorithm, BCRYPT_CHAINING_MODE, (UCHAR *)mode,
                                       (ULONG)(wcslen(mode) + 1) * sizeof(WCHAR), 0),
                     0);
    return algorithm;
}

TEST(ecb)
{
    static const UCHAR expected[16] = {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
                                       0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a};
    BCRYPT_ALG_HANDLE aes = open(L"AES", BCRYPT_CHAIN_MODE_ECB);
    BCRYPT_KEY_HANDLE key;
    UCHAR out[32], back[32];
    ULONG size;
    CHECK_STATUS(BCryptGenerateSymmetricKey(aes, &key, NULL, 0, secret, 16, 0), 0);
    CHECK_STATUS(BCryptEncrypt(key, plain, 16, NULL, NULL, 0, NULL, 0, &size, 0), 0);
    CHECK_EQ(size, 16);
    CHECK_STATUS(BCryptEncrypt(key, plain, 16, NULL, NULL, 0, out, 15, &size, 0), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(BCryptEncrypt(key, plain, 15, NULL, NULL, 0, out, 32, &size, 0), STATUS_INVALID_BUFFER_SIZE);
    CHECK_STATUS(BCryptEncrypt(key, plain, 16, NULL, NULL, 0, out, 32, &size, 0), 0);
    CHECK(!memcmp(out, expected, 16));
    CHECK_STATUS(BCryptEncrypt(key, plain, 13, NULL, NULL, 0, out, 32, &size, BCRYPT_BLOCK_PADDING), 0);
    CHECK_EQ(size, 16);
    CHECK_STATUS(BCryptDecrypt(key, out, 16, NULL, NULL, 0, back, 32, &size, BCRYPT_BLOCK_PADDING), 0);
    CHECK_EQ(size, 13);
    CHECK(!memcmp(back, plain, 13));
    CHECK_STATUS(BCryptEncrypt(key, plain, 16, NULL, NULL, 0, out, 32, &size, BCRYPT_BLOCK_PADDING), 0);
    CHECK_EQ(size, 32);
    CHECK_STATUS(BCryptDestroyKey(key), 0);
    CHECK_STATUS(BCryptGenerateSymmetricKey(aes, &key, NULL, 0, secret, 5, 0), STATUS_INVALID_PARAMETER);
    BCryptCloseAlgorithmProvider(aes, 0);
}

TEST(cbc)
{
    BCRYPT_ALG_HANDLE aes = open(L"AES", BCRYPT_CHAIN_MODE_CBC);
    BCRYPT_KEY_HANDLE key;
    UCHAR iv[16] = {0}, other[16] = {0}, text[40], whole[48], parts[48], back[48];
    ULONG size;
    for (int i = 0; i < 40; i++)
        text[i] = (UCHAR)(i * 7);
    CHECK_STATUS(BCryptGenerateSymmetricKey(aes, &key, NULL, 0, secret, 16, 0), 0);
    CHECK_STATUS(BCryptEncrypt(key, text, 40, NULL, iv, 16, whole, 48, &size, BCRYPT_BLOCK_PADDING), 0);
    CHECK_EQ(size, 48);
    /* the vector goes on from call to call */
    CHECK_STATUS(BCryptEncrypt(key, text, 16, NULL, other, 16, parts, 48, &size, 0), 0);
    CHECK_STATUS(
        BCryptEncrypt(key, text + 16, 24, NULL, other, 16, parts + 16, 32, &size, BCRYPT_BLOCK_PADDING), 0);
    if (!harness_is_wine()) /* goes on by itself */
        CHECK(!memcmp(whole, parts, 48));
    memset(iv, 0, 16);
    CHECK_STATUS(BCryptDecrypt(key, whole, 48, NULL, iv, 16, back, 48, &size, BCRYPT_BLOCK_PADDING), 0);
    CHECK_EQ(size, 40);
    CHECK(!memcmp(back, text, 40));
    if (!harness_is_wine()) /* another error */
        CHECK_STATUS(BCryptDecrypt(key, whole, 48, NULL, iv, 15, back, 48, &size, 0),
                     STATUS_INVALID_PARAMETER);
    BCryptDestroyKey(key);
    BCryptCloseAlgorithmProvider(aes, 0);
}

static void check_authenticated(const WCHAR *mode, ULONG tag_size)
{
    BCRYPT_ALG_HANDLE aes = open(L"AES", mode);
    BCRYPT_KEY_HANDLE key;
    UCHAR nonce[12] = {1, 2, 3}, tag[16], out[13], back[13];
    ULONG size;
    BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO info;
    BCRYPT_INIT_AUTH_MODE_INFO(info);
    info.pbNonce = nonce;
    info.cbNonce = sizeof nonce;
    info.pbTag = tag;
    info.cbTag = tag_size;
    info.pbAuthData = plain;
    info.cbAuthData = 16;
    CHECK_STATUS(BCryptGenerateSymmetricKey(aes, &key, NULL, 0, secret, 16, 0), 0);
    CHECK_STATUS(BCryptEncrypt(key, (UCHAR *)"hello, world!", 13, &info, NULL, 0, out, 13, &size, 0), 0);
    CHECK_EQ(size, 13);
    CHECK(memcmp(out, "hello, world!", 13) != 0);
    CHECK_STATUS(BCryptDecrypt(key, out, 13, &info, NULL, 0, back, 13, &size, 0), 0);
    CHECK(!memcmp(back, "hello, world!", 13));
    tag[0] ^= 1;
    CHECK_STATUS(BCryptDecrypt(key, out, 13, &info, NULL, 0, back, 13, &size, 0), STATUS_AUTH_TAG_MISMATCH);
    CHECK_STATUS(BCryptEncrypt(key, plain, 13, NULL, NULL, 0, out, 13, &size, 0), STATUS_INVALID_PARAMETER);
    BCryptDestroyKey(key);
    BCryptCloseAlgorithmProvider(aes, 0);
}

TEST(gcm)
{
    check_authenticated(BCRYPT_CHAIN_MODE_GCM, 16);
    /* test case 1 of the mode's specification: nothing but a tag */
    static const UCHAR expected[16] = {0x58, 0xe2, 0xfc, 0xce, 0xfa, 0x7e, 0x30, 0x61,
                                       0x36, 0x7f, 0x1d, 0x57, 0xa4, 0xe7, 0x45, 0x5a};
    BCRYPT_ALG_HANDLE aes = open(L"AES", BCRYPT_CHAIN_MODE_GCM);
    BCRYPT_KEY_HANDLE key;
    UCHAR zero[16] = {0}, tag[16], out[1];
    ULONG size;
    BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO info;
    BCRYPT_INIT_AUTH_MODE_INFO(info);
    info.pbNonce = zero;
    info.cbNonce = 12;
    info.pbTag = tag;
    info.cbTag = 16;
    CHECK_STATUS(BCryptGenerateSymmetricKey(aes, &key, NULL, 0, zero, 16, 0), 0);
    CHECK_STATUS(BCryptEncrypt(key, NULL, 0, &info, NULL, 0, out, 1, &size, 0), 0);
    CHECK(!memcmp(tag, expected, 16));
    BCryptDestroyKey(key);
    BCryptCloseAlgorithmProvider(aes, 0);
}

TEST(ccm)
{
    if (harness_is_wine()) /* does not know the mode */
        return;
    check_authenticated(BCRYPT_CHAIN_MODE_CCM, 8);
}

TEST(rc4)
{
    static const UCHAR expected[9] = {0xbb, 0xf3, 0x16, 0xe8, 0xd9, 0x40, 0xaf, 0x0a, 0xd3};
    if (harness_is_wine()) /* does not know it */
        return;
    BCRYPT_ALG_HANDLE rc4 = open(L"RC4", NULL);
    BCRYPT_KEY_HANDLE key;
    UCHAR out[9];
    ULONG size;
    CHECK_STATUS(BCryptGenerateSymmetricKey(rc4, &key, NULL, 0, (UCHAR *)"Key", 3, 0), 0);
    CHECK_STATUS(BCryptEncrypt(key, (UCHAR *)"Plain", 5, NULL, NULL, 0, out, 9, &size, 0), 0);
    CHECK_STATUS(BCryptEncrypt(key, (UCHAR *)"text", 4, NULL, NULL, 0, out + 5, 4, &size, 0), 0);
    CHECK(!memcmp(out, expected, 9));
    BCryptDestroyKey(key);
    BCryptCloseAlgorithmProvider(rc4, 0);
}

TEST(rsa)
{
    BCRYPT_ALG_HANDLE rsa = open(L"RSA", NULL);
    BCRYPT_KEY_HANDLE key, public, private;
    BCRYPT_PKCS1_PADDING_INFO padding = {BCRYPT_SHA256_ALGORITHM};
    BCRYPT_PSS_PADDING_INFO pss = {BCRYPT_SHA256_ALGORITHM, 32};
    BCRYPT_OAEP_PADDING_INFO oaep = {BCRYPT_SHA1_ALGORITHM, NULL, 0};
    UCHAR digest[32] = {1, 2, 3}, signature[256], blob[2048], cipher[256], back[256];
    ULONG size, length;
    CHECK_STATUS(BCryptGenerateKeyPair(rsa, &key, 2048, 0), 0);
    CHECK_STATUS(BCryptFinalizeKeyPair(key, 0), 0);
    CHECK_STATUS(BCryptSignHash(key, &padding, digest, 32, NULL, 0, &size, BCRYPT_PAD_PKCS1), 0);
    CHECK_EQ(size, 256);
    CHECK_STATUS(BCryptSignHash(key, &padding, digest, 32, signature, 256, &size, BCRYPT_PAD_PKCS1), 0);
    CHECK_STATUS(BCryptExportKey(key, NULL, BCRYPT_RSAPUBLIC_BLOB, blob, sizeof blob, &length, 0), 0);
    CHECK_EQ(length, sizeof(BCRYPT_RSAKEY_BLOB) + 3 + 256);
    CHECK_STATUS(BCryptImportKeyPair(rsa, NULL, BCRYPT_RSAPUBLIC_BLOB, &public, blob, length, 0), 0);
    CHECK_STATUS(BCryptVerifySignature(public, &padding, digest, 32, signature, 256, BCRYPT_PAD_PKCS1), 0);
    digest[0] ^= 1;
    CHECK_STATUS(BCryptVerifySignature(public, &padding, digest, 32, signature, 256, BCRYPT_PAD_PKCS1),
                 STATUS_INVALID_SIGNATURE);
    CHECK_STATUS(BCryptSignHash(key, &pss, digest, 32, signature, 256, &size, BCRYPT_PAD_PSS), 0);
    CHECK_STATUS(BCryptVerifySignature(public, &pss, digest, 32, signature, 256, BCRYPT_PAD_PSS), 0);
    if (harness_is_wine()) /* does not encrypt with OAEP */
        return;
    CHECK_STATUS(BCryptEncrypt(public, plain, 16, &oaep, NULL, 0, cipher, 256, &size, BCRYPT_PAD_OAEP), 0);
    CHECK_EQ(size, 256);
    CHECK_STATUS(BCryptDecrypt(key, cipher, 256, &oaep, NULL, 0, back, 256, &size, BCRYPT_PAD_OAEP), 0);
    CHECK_EQ(size, 16);
    CHECK(!memcmp(back, plain, 16));
    CHECK_STATUS(BCryptExportKey(key, NULL, BCRYPT_RSAPRIVATE_BLOB, blob, sizeof blob, &length, 0), 0);
    CHECK_STATUS(BCryptImportKeyPair(rsa, NULL, BCRYPT_RSAPRIVATE_BLOB, &private, blob, length, 0), 0);
    CHECK_STATUS(BCryptDecrypt(private, cipher, 256, &oaep, NULL, 0, back, 256, &size, BCRYPT_PAD_OAEP), 0);
    blob[0] ^= 0x80;
    CHECK(BCryptImportKeyPair(rsa, NULL, BCRYPT_RSAPRIVATE_BLOB, &private, blob, length, 0) < 0);
    BCryptDestroyKey(public);
    BCryptDestroyKey(key);
    BCryptCloseAlgorithmProvider(rsa, 0);
}

TEST(ecdsa)
{
    static const WCHAR *const names[] = {L"ECDSA_P256", L"ECDSA_P384", L"ECDSA_P521"};
    for (int i = 0; i < 3; i++) {
        if (i == 2 && harness_is_wine()) /* not there */
            continue;
        BCRYPT_ALG_HANDLE algorithm = open(names[i], NULL);
        BCRYPT_KEY_HANDLE key, public;
        UCHAR digest[32] = {1, 2, 3}, signature[132], blob[256];
        ULONG bits = i == 0 ? 256 : i == 1 ? 384 : 521, n = (bits + 7) / 8, size, length;
        CHECK_STATUS(BCryptGenerateKeyPair(algorithm, &key, bits, 0), 0);
        CHECK_STATUS(BCryptFinalizeKeyPair(key, 0), 0);
        CHECK_STATUS(BCryptSignHash(key, NULL, digest, 32, signature, sizeof signature, &size, 0), 0);
        CHECK_EQ(size, 2 * n);
        CHECK_STATUS(BCryptExportKey(key, NULL, BCRYPT_ECCPUBLIC_BLOB, blob, sizeof blob, &length, 0), 0);
        CHECK_EQ(length, sizeof(BCRYPT_ECCKEY_BLOB) + 2 * n);
        CHECK_STATUS(BCryptImportKeyPair(algorithm, NULL, BCRYPT_ECCPUBLIC_BLOB, &public, blob, length, 0),
                     0);
        CHECK_STATUS(BCryptVerifySignature(public, NULL, digest, 32, signature, size, 0), 0);
        signature[5] ^= 4;
        CHECK_STATUS(BCryptVerifySignature(public, NULL, digest, 32, signature, size, 0),
                     STATUS_INVALID_SIGNATURE);
        BCryptDestroyKey(public);
        BCryptDestroyKey(key);
        BCryptCloseAlgorithmProvider(algorithm, 0);
    }
}

TEST(ecdh)
{
    BCRYPT_ALG_HANDLE algorithm = open(L"ECDH_P256", NULL);
    BCRYPT_KEY_HANDLE a, b, public_a, public_b;
    BCRYPT_SECRET_HANDLE first, second;
    UCHAR blob[256], one[32], two[32];
    ULONG length;
    CHECK_STATUS(BCryptGenerateKeyPair(algorithm, &a, 256, 0), 0);
    CHECK_STATUS(BCryptFinalizeKeyPair(a, 0), 0);
    CHECK_STATUS(BCryptGenerateKeyPair(algorithm, &b, 256, 0), 0);
    CHECK_STATUS(BCryptFinalizeKeyPair(b, 0), 0);
    CHECK_STATUS(BCryptExportKey(a, NULL, BCRYPT_ECCPUBLIC_BLOB, blob, sizeof blob, &length, 0), 0);
    CHECK_EQ(*(ULONG *)blob, BCRYPT_ECDH_PUBLIC_P256_MAGIC);
    CHECK_STATUS(BCryptImportKeyPair(algorithm, NULL, BCRYPT_ECCPUBLIC_BLOB, &public_a, blob, length, 0), 0);
    CHECK_STATUS(BCryptExportKey(b, NULL, BCRYPT_ECCPUBLIC_BLOB, blob, sizeof blob, &length, 0), 0);
    CHECK_STATUS(BCryptImportKeyPair(algorithm, NULL, BCRYPT_ECCPUBLIC_BLOB, &public_b, blob, length, 0), 0);
    CHECK_STATUS(BCryptSecretAgreement(a, public_b, &first, 0), 0);
    CHECK_STATUS(BCryptSecretAgreement(b, public_a, &second, 0), 0);
    if (harness_is_wine()) /* agrees on nothing */
        return;
    CHECK_STATUS(BCryptDeriveKey(first, BCRYPT_KDF_RAW_SECRET, NULL, one, 32, &length, 0), 0);
    CHECK_EQ(length, 32);
    CHECK_STATUS(BCryptDeriveKey(second, BCRYPT_KDF_RAW_SECRET, NULL, two, 32, &length, 0), 0);
    CHECK(!memcmp(one, two, 32));
    CHECK_STATUS(BCryptDeriveKey(first, BCRYPT_KDF_HASH, NULL, one, 32, &length, 0), 0);
    CHECK_EQ(length, 20);
    BCryptDestroySecret(first);
    BCryptDestroySecret(second);
    BCryptDestroyKey(public_a);
    BCryptDestroyKey(public_b);
    BCryptDestroyKey(a);
    BCryptDestroyKey(b);
    BCryptCloseAlgorithmProvider(algorithm, 0);
}
