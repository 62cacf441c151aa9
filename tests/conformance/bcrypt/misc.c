/*
 * Lists of algorithms and providers, hashing in one call, keys imported, copied and derived.
 */
#include "harness.h"
#include <bcrypt.h>

TEST(lists)
{
    BCRYPT_ALGORITHM_IDENTIFIER *algorithms = NULL;
    BCRYPT_PROVIDER_NAME *providers = NULL;
    ULONG count = 0, all = 0;
    BOOL sha256 = FALSE, aes = FALSE;

    CHECK_STATUS(BCryptEnumAlgorithms(BCRYPT_HASH_OPERATION, &count, &algorithms, 0), 0);
    for (ULONG i = 0; i < count; i++) {
        CHECK_EQ(algorithms[i].dwClass, BCRYPT_HASH_INTERFACE);
        sha256 |= !wcscmp(algorithms[i].pszName, BCRYPT_SHA256_ALGORITHM);
    }
    CHECK(sha256);
    BCryptFreeBuffer(algorithms);
    CHECK_STATUS(BCryptEnumAlgorithms(BCRYPT_HASH_OPERATION | BCRYPT_CIPHER_OPERATION, &all, &algorithms, 0),
                 0);
    CHECK(all > count);
    for (ULONG i = 0; i < all; i++)
        aes |= !wcscmp(algorithms[i].pszName, BCRYPT_AES_ALGORITHM);
    CHECK(aes);
    BCryptFreeBuffer(algorithms);
    BCryptFreeBuffer(NULL);
    CHECK_STATUS(BCryptEnumAlgorithms(BCRYPT_HASH_OPERATION, NULL, &algorithms, 0), STATUS_INVALID_PARAMETER);
    if (harness_is_wine()) /* takes 0 for all, has no BCryptEnumProviders */
        return;
    CHECK_STATUS(BCryptEnumAlgorithms(0, &count, &algorithms, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(BCryptEnumProviders(BCRYPT_SHA256_ALGORITHM, &count, &providers, 0), 0);
    CHECK_EQ(count, 1);
    CHECK_WSTR(providers[0].pszProviderName, MS_PRIMITIVE_PROVIDER);
    BCryptFreeBuffer(providers);
    CHECK_STATUS(BCryptEnumProviders(L"no such algorithm", &count, &providers, 0), STATUS_NOT_FOUND);
    CHECK_STATUS(BCryptEnumProviders(NULL, &count, &providers, 0), STATUS_INVALID_PARAMETER);
}

TEST(fips)
{
    BOOLEAN enabled = 7;
    CHECK_STATUS(BCryptGetFipsAlgorithmMode(&enabled), 0);
    CHECK_EQ(enabled, FALSE);
    CHECK_STATUS(BCryptGetFipsAlgorithmMode(NULL), STATUS_INVALID_PARAMETER);
}

TEST(one_call)
{
    static const BYTE expected[4] = {0xba, 0x78, 0x16, 0xbf}, authentic[4] = {0x5b, 0xdc, 0xc1, 0x46};
    BCRYPT_ALG_HANDLE sha, hmac;
    UCHAR digest[32];
    CHECK_STATUS(BCryptOpenAlgorithmProvider(&sha, BCRYPT_SHA256_ALGORITHM, NULL, 0), 0);
    CHECK_STATUS(
        BCryptOpenAlgorithmProvider(&hmac, BCRYPT_SHA256_ALGORITHM, NULL, BCRYPT_ALG_HANDLE_HMAC_FLAG), 0);
    CHECK_STATUS(BCryptHash(sha, NULL, 0, (UCHAR *)"abc", 3, digest, 32), 0);
    CHECK(!memcmp(digest, expected, 4));
    CHECK_STATUS(
        BCryptHash(hmac, (UCHAR *)"Jefe", 4, (UCHAR *)"what do ya want for nothing?", 28, digest, 32), 0);
    CHECK(!memcmp(digest, authentic, 4));
    CHECK_STATUS(BCryptHash(NULL, NULL, 0, (UCHAR *)"abc", 3, digest, 32), STATUS_INVALID_HANDLE);
    CHECK_STATUS(BCryptHash(sha, NULL, 0, (UCHAR *)"abc", 3, digest, 31), STATUS_INVALID_PARAMETER);
    BCryptCloseAlgorithmProvider(sha, 0);
    BCryptCloseAlgorithmProvider(hmac, 0);
}

static void check_encryption(BCRYPT_KEY_HANDLE key)
{
    static const BYTE expected[4] = {0x69, 0xc4, 0xe0, 0xd8};
    BYTE plain[16], out[16];
    ULONG size = 0;
    for (int i = 0; i < 16; i++)
        plain[i] = (BYTE)(i * 0x11);
    CHECK_STATUS(BCryptEncrypt(key, plain, 16, NULL, NULL, 0, out, 16, &size, 0), 0);
    CHECK_EQ(size, 16);
    CHECK(!memcmp(out, expected, 4));
}

TEST(imported_key)
{
    struct {
        BCRYPT_KEY_DATA_BLOB_HEADER header;
        BYTE key[16];
    } blob = {{BCRYPT_KEY_DATA_BLOB_MAGIC, BCRYPT_KEY_DATA_BLOB_VERSION1, 16}, {0}};
    BCRYPT_ALG_HANDLE aes;
    BCRYPT_KEY_HANDLE key, copy;

    for (int i = 0; i < 16; i++)
        blob.key[i] = (BYTE)i;
    CHECK_STATUS(BCryptOpenAlgorithmProvider(&aes, BCRYPT_AES_ALGORITHM, NULL, 0), 0);
    CHECK_STATUS(BCryptSetProperty(aes, BCRYPT_CHAINING_MODE, (UCHAR *)BCRYPT_CHAIN_MODE_ECB,
                                   sizeof BCRYPT_CHAIN_MODE_ECB, 0),
                 0);
    CHECK_STATUS(
        BCryptImportKey(aes, NULL, BCRYPT_KEY_DATA_BLOB, &key, NULL, 0, (UCHAR *)&blob, sizeof blob, 0), 0);
    check_encryption(key);
    CHECK_STATUS(BCryptDuplicateKey(key, &copy, NULL, 0, 0), 0);
    CHECK_STATUS(BCryptDestroyKey(key), 0);
    check_encryption(copy);
    CHECK_STATUS(BCryptDestroyKey(copy), 0);
    CHECK_STATUS(BCryptDuplicateKey(NULL, &copy, NULL, 0, 0), STATUS_INVALID_HANDLE);
    blob.header.dwMagic = 7;
    CHECK_STATUS(
        BCryptImportKey(aes, NULL, BCRYPT_KEY_DATA_BLOB, &key, NULL, 0, (UCHAR *)&blob, sizeof blob, 0),
        STATUS_INVALID_PARAMETER);
    CHECK_STATUS(BCryptImportKey(aes, NULL, BCRYPT_KEY_DATA_BLOB, &key, NULL, 0, (UCHAR *)&blob, 4, 0),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(
        BCryptImportKey(NULL, NULL, BCRYPT_KEY_DATA_BLOB, &key, NULL, 0, (UCHAR *)&blob, sizeof blob, 0),
        STATUS_INVALID_HANDLE);
    CHECK_STATUS(BCryptImportKey(aes, NULL, NULL, &key, NULL, 0, (UCHAR *)&blob, sizeof blob, 0),
                 STATUS_INVALID_PARAMETER);
    BCryptCloseAlgorithmProvider(aes, 0);
}

/* RFC 6070, the first vector. */
TEST(key_derivation)
{
    static const BYTE expected[20] = {0x0c, 0x60, 0xc8, 0x0f, 0x96, 0x1f, 0x0e, 0x71, 0xf3, 0xa9,
                                      0xb5, 0x24, 0xaf, 0x60, 0x12, 0x06, 0x2f, 0xe0, 0x37, 0xa6};
    ORACLE_CRASHES("wine 8.0 lacks it");
    BCRYPT_ALG_HANDLE algorithm;
    BCRYPT_KEY_HANDLE key;
    ULONGLONG iterations = 1;
    BCryptBuffer buffers[] = {
        {sizeof BCRYPT_SHA1_ALGORITHM, KDF_HASH_ALGORITHM, (void *)BCRYPT_SHA1_ALGORITHM},
        {4, KDF_SALT, (void *)"salt"},
        {sizeof iterations, KDF_ITERATION_COUNT, &iterations}};
    BCryptBufferDesc list = {BCRYPTBUFFER_VERSION, 3, buffers}, none = {BCRYPTBUFFER_VERSION, 0, buffers};
    UCHAR output[20];
    ULONG size = 0;

    CHECK_STATUS(BCryptOpenAlgorithmProvider(&algorithm, L"PBKDF2", NULL, 0), 0);
    CHECK_STATUS(BCryptGenerateSymmetricKey(algorithm, &key, NULL, 0, (UCHAR *)"password", 8, 0), 0);
    CHECK_STATUS(BCryptKeyDerivation(key, &list, output, sizeof output, &size, 0), 0);
    CHECK_EQ(size, 20);
    CHECK(!memcmp(output, expected, 20));
    CHECK_STATUS(BCryptKeyDerivation(key, &none, output, sizeof output, &size, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(BCryptKeyDerivation(NULL, &list, output, sizeof output, &size, 0), STATUS_INVALID_HANDLE);
    BCryptDestroyKey(key);
    BCryptCloseAlgorithmProvider(algorithm, 0);
}

TEST(derivation_as_cryptoapi)
{
    static const BYTE start[4] = {0xa9, 0x99, 0x3e, 0x36};
    ORACLE_CRASHES("wine 8.0 lacks it");
    BCRYPT_ALG_HANDLE algorithm;
    BCRYPT_HASH_HANDLE hash;
    UCHAR output[64];

    CHECK_STATUS(BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_SHA1_ALGORITHM, NULL, 0), 0);
    CHECK_STATUS(BCryptCreateHash(algorithm, &hash, NULL, 0, NULL, 0, 0), 0);
    CHECK_STATUS(BCryptHashData(hash, (UCHAR *)"abc", 3, 0), 0);
    CHECK_STATUS(BCryptDeriveKeyCapi(hash, NULL, output, 16, 0), 0);
    CHECK(!memcmp(output, start, 4));
    BCryptDestroyHash(hash);
    CHECK_STATUS(BCryptCreateHash(algorithm, &hash, NULL, 0, NULL, 0, 0), 0);
    CHECK_STATUS(BCryptDeriveKeyCapi(hash, NULL, output, 41, 0),
                 STATUS_INVALID_PARAMETER); /* twice the hash at most */
    CHECK_STATUS(BCryptDeriveKeyCapi(NULL, NULL, output, 16, 0), STATUS_INVALID_HANDLE);
    BCryptDestroyHash(hash);
    BCryptCloseAlgorithmProvider(algorithm, 0);
}
