/* Hashes, authentication codes, random bytes, key derivation. */
#include "../harness.h"
#include <bcrypt.h>

#define STATUS_OK 0

static void hex(const UCHAR *data, ULONG size, char *text)
{
    for (ULONG i = 0; i < size; i++)
        sprintf(text + 2 * i, "%02x", data[i]);
}

static void check_hash(const WCHAR *name, const char *key, const char *data, const char *expected)
{
    BCRYPT_ALG_HANDLE algorithm;
    BCRYPT_HASH_HANDLE hash;
    UCHAR digest[64];
    char text[129];
    ULONG size = 0, length = (ULONG)strlen(expected) / 2, n = (ULONG)strlen(data);
    if (BCryptOpenAlgorithmProvider(&algorithm, name, NULL, key ? BCRYPT_ALG_HANDLE_HMAC_FLAG : 0)) {
        FAIL("%ls is not there", name);
        return;
    }
    CHECK_STATUS(BCryptGetProperty(algorithm, BCRYPT_HASH_LENGTH, (UCHAR *)&length, sizeof length, &size, 0),
                 0);
    CHECK_EQ(length, strlen(expected) / 2);
    CHECK_STATUS(BCryptCreateHash(algorithm, &hash, NULL, 0, (UCHAR *)key, key ? (ULONG)strlen(key) : 0, 0),
                 0);
    CHECK_STATUS(BCryptHashData(hash, (UCHAR *)data, n / 2, 0), 0);
    CHECK_STATUS(BCryptHashData(hash, (UCHAR *)data + n / 2, n - n / 2, 0), 0);
    CHECK_STATUS(BCryptFinishHash(hash, digest, length, 0), 0);
    hex(digest, length, text);
    CHECK_STR(text, expected);
    CHECK_STATUS(BCryptDestroyHash(hash), 0);
    CHECK_STATUS(BCryptCloseAlgorithmProvider(algorithm, 0), 0);
}

TEST(digests)
{
    check_hash(L"MD2", NULL, "", "8350e5a3e24c153df2275c9f80692773");
    check_hash(L"MD2", NULL, "message digest", "ab4f496bfb2a530b219ff33031fe06b0");
    check_hash(L"MD4", NULL, "message digest", "d9130a8164549fe818874806e1c7014b");
    check_hash(L"MD5", NULL, "message digest", "f96b697d7cb7938d525a2f31aaf161d0");
    check_hash(L"SHA1", NULL, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
    check_hash(L"SHA256", NULL, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_hash(
        L"SHA384", NULL, "abc",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
    check_hash(L"SHA512", NULL, "abc",
               "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
               "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(hmac)
{
    check_hash(L"MD5", "Jefe", "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738");
    check_hash(L"SHA1", "Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    check_hash(L"SHA256", "Jefe", "what do ya want for nothing?",
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(handles)
{
    if (harness_is_wine()) /* other errors, fewer properties */
        return;
    BCRYPT_ALG_HANDLE algorithm;
    BCRYPT_HASH_HANDLE hash, copy;
    UCHAR digest[20], again[20];
    ULONG number, size;
    WCHAR name[16];
    CHECK_STATUS(BCryptOpenAlgorithmProvider(&algorithm, L"no such", NULL, 0), STATUS_NOT_FOUND);
    CHECK_STATUS(BCryptOpenAlgorithmProvider(&algorithm, NULL, NULL, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(BCryptOpenAlgorithmProvider(&algorithm, L"SHA1", L"another provider", 0), STATUS_NOT_FOUND);
    CHECK_STATUS(BCryptOpenAlgorithmProvider(&algorithm, L"SHA1", MS_PRIMITIVE_PROVIDER, 0), 0);
    CHECK_STATUS(BCryptGetProperty(algorithm, BCRYPT_HASH_BLOCK_LENGTH, (UCHAR *)&number, 4, &size, 0), 0);
    CHECK_EQ(number, 64);
    CHECK_STATUS(BCryptGetProperty(algorithm, BCRYPT_ALGORITHM_NAME, (UCHAR *)name, sizeof name, &size, 0),
                 0);
    CHECK_WSTR(name, L"SHA1");
    CHECK_EQ(size, 10);
    CHECK_STATUS(BCryptGetProperty(algorithm, BCRYPT_HASH_LENGTH, (UCHAR *)&number, 2, &size, 0),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(BCryptGetProperty(algorithm, L"nothing", (UCHAR *)&number, 4, &size, 0),
                 STATUS_NOT_SUPPORTED);
    CHECK_STATUS(BCryptCreateHash(NULL, &hash, NULL, 0, NULL, 0, 0), STATUS_INVALID_HANDLE);
    CHECK_STATUS(BCryptCreateHash(algorithm, &hash, NULL, 0, NULL, 0, 0), 0);
    CHECK_STATUS(BCryptHashData(hash, (UCHAR *)"ab", 2, 0), 0);
    CHECK_STATUS(BCryptDuplicateHash(hash, &copy, NULL, 0, 0), 0);
    CHECK_STATUS(BCryptHashData(hash, (UCHAR *)"c", 1, 0), 0);
    CHECK_STATUS(BCryptHashData(copy, (UCHAR *)"c", 1, 0), 0);
    CHECK_STATUS(BCryptFinishHash(hash, digest, 19, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(BCryptFinishHash(hash, digest, 20, 0), 0);
    CHECK_STATUS(BCryptFinishHash(copy, again, 20, 0), 0);
    CHECK(!memcmp(digest, again, 20));
    CHECK_EQ(digest[0], 0xa9);
    CHECK_STATUS(BCryptDestroyHash(hash), 0);
    CHECK_STATUS(BCryptDestroyHash(copy), 0);
    CHECK_STATUS(BCryptDestroyHash(NULL), STATUS_INVALID_HANDLE);
    CHECK_STATUS(BCryptCreateHash(algorithm, &hash, NULL, 0, NULL, 0, BCRYPT_HASH_REUSABLE_FLAG), 0);
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(BCryptHashData(hash, (UCHAR *)"abc", 3, 0), 0);
        CHECK_STATUS(BCryptFinishHash(hash, again, 20, 0), 0);
        CHECK(!memcmp(digest, again, 20));
    }
    CHECK_STATUS(BCryptDestroyHash(hash), 0);
    CHECK_STATUS(BCryptCloseAlgorithmProvider(algorithm, 0), 0);
    CHECK_STATUS(BCryptCloseAlgorithmProvider(NULL, 0), STATUS_INVALID_HANDLE);
}

TEST(random_bytes)
{
    UCHAR a[32] = {0}, b[32] = {0};
    CHECK_STATUS(BCryptGenRandom(NULL, a, sizeof a, BCRYPT_USE_SYSTEM_PREFERRED_RNG), 0);
    CHECK_STATUS(BCryptGenRandom(NULL, b, sizeof b, BCRYPT_USE_SYSTEM_PREFERRED_RNG), 0);
    CHECK(memcmp(a, b, sizeof a) != 0);
    CHECK_STATUS(BCryptGenRandom(NULL, a, sizeof a, 0), STATUS_INVALID_HANDLE);
}

TEST(pbkdf2)
{
    BCRYPT_ALG_HANDLE algorithm;
    UCHAR key[20];
    char text[41];
    CHECK_STATUS(BCryptOpenAlgorithmProvider(&algorithm, L"SHA1", NULL, BCRYPT_ALG_HANDLE_HMAC_FLAG), 0);
    CHECK_STATUS(
        BCryptDeriveKeyPBKDF2(algorithm, (UCHAR *)"password", 8, (UCHAR *)"salt", 4, 4096, key, 20, 0), 0);
    hex(key, 20, text);
    CHECK_STR(text, "4b007901b765489abead49d926f721d065a429c1");
    CHECK_STATUS(BCryptDeriveKeyPBKDF2(algorithm, (UCHAR *)"password", 8, (UCHAR *)"salt", 4, 0, key, 20, 0),
                 STATUS_INVALID_PARAMETER);
    BCryptCloseAlgorithmProvider(algorithm, 0);
}
