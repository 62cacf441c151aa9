/* CryptoAPI: contexts, hashes, keys, encryption, signatures. */
#include "../harness.h"
#include <wincrypt.h>

static HCRYPTPROV acquire(void)
{
    HCRYPTPROV provider = 0;
    CHECK(CryptAcquireContextW(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
    return provider;
}

TEST(contexts)
{
    HCRYPTPROV provider, again;
    char name[128];
    DWORD size = sizeof name, type;
    CHECK_ERROR(CryptAcquireContextA(&provider, NULL, NULL, 0, CRYPT_VERIFYCONTEXT),
                (DWORD)NTE_BAD_PROV_TYPE);
    CHECK_ERROR(CryptAcquireContextA(&provider, NULL, "no such provider", PROV_RSA_FULL, CRYPT_VERIFYCONTEXT),
                (DWORD)NTE_KEYSET_NOT_DEF);
    CHECK_ERROR(CryptAcquireContextA(&provider, "gastwirt no such container", NULL, PROV_RSA_FULL, 0),
                (DWORD)NTE_BAD_KEYSET);
    CryptAcquireContextA(&provider, "gastwirt test", NULL, PROV_RSA_FULL, CRYPT_DELETEKEYSET);
    CHECK(CryptAcquireContextA(&provider, "gastwirt test", NULL, PROV_RSA_FULL, CRYPT_NEWKEYSET));
    CHECK_ERROR(CryptAcquireContextA(&again, "gastwirt test", NULL, PROV_RSA_FULL, CRYPT_NEWKEYSET),
                (DWORD)NTE_EXISTS);
    CHECK(CryptGetProvParam(provider, PP_CONTAINER, (BYTE *)name, &size, 0));
    CHECK_STR(name, "gastwirt test");
    HCRYPTKEY key, same;
    CHECK_ERROR(CryptGetUserKey(provider, AT_SIGNATURE, &key), (DWORD)NTE_NO_KEY);
    CHECK(CryptGenKey(provider, AT_SIGNATURE, 1024u << 16, &key));
    CHECK(CryptDestroyKey(key));
    CHECK(CryptReleaseContext(provider, 0));
    /* the key is kept */
    CHECK(CryptAcquireContextA(&provider, "gastwirt test", NULL, PROV_RSA_FULL, 0));
    CHECK(CryptGetUserKey(provider, AT_SIGNATURE, &same));
    CHECK(CryptDestroyKey(same));
    CHECK(CryptReleaseContext(provider, 0));
    CHECK(CryptAcquireContextA(&provider, "gastwirt test", NULL, PROV_RSA_FULL, CRYPT_DELETEKEYSET));
    CHECK_ERROR(CryptAcquireContextA(&provider, "gastwirt test", NULL, PROV_RSA_FULL, 0),
                (DWORD)NTE_BAD_KEYSET);
    size = sizeof name;
    CHECK(CryptGetDefaultProviderA(PROV_RSA_AES, NULL, CRYPT_MACHINE_DEFAULT, name, &size));
    size = sizeof name;
    CHECK(CryptEnumProvidersA(0, NULL, 0, &type, name, &size));
    CHECK_ERROR(CryptEnumProvidersA(1000, NULL, 0, &type, name, &size), ERROR_NO_MORE_ITEMS);
}

TEST(hashes)
{
    static const struct {
        ALG_ID id;
        BYTE size, first, last;
    } table[] = {{CALG_MD5, 16, 0x90, 0x72},     {CALG_SHA1, 20, 0xa9, 0x9d},
                 {CALG_SHA_256, 32, 0xba, 0xad}, {CALG_SHA_384, 48, 0xcb, 0xa7},
                 {CALG_SHA_512, 64, 0xdd, 0x9f}, {CALG_MD4, 16, 0xa4, 0x9d},
                 {CALG_MD2, 16, 0xda, 0xbb}};
    HCRYPTPROV provider = acquire();
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        HCRYPTHASH hash, copy;
        BYTE value[64];
        DWORD size = sizeof value, number;
        CHECK(CryptCreateHash(provider, table[i].id, 0, 0, &hash));
        CHECK(CryptHashData(hash, (const BYTE *)"a", 1, 0));
        CHECK(CryptDuplicateHash(hash, NULL, 0, &copy));
        CHECK(CryptHashData(hash, (const BYTE *)"bc", 2, 0));
        CHECK(CryptGetHashParam(hash, HP_HASHSIZE, (BYTE *)&number, &(DWORD){4}, 0));
        CHECK_EQ(number, table[i].size);
        CHECK(CryptGetHashParam(hash, HP_HASHVAL, value, &size, 0));
        CHECK_EQ(size, table[i].size);
        CHECK_EQ(value[0], table[i].first);
        CHECK_EQ(value[size - 1], table[i].last);
        CHECK_ERROR(CryptHashData(hash, (const BYTE *)"x", 1, 0), (DWORD)NTE_BAD_HASH_STATE);
        CHECK(CryptHashData(copy, (const BYTE *)"bc", 2, 0));
        CHECK(CryptGetHashParam(copy, HP_HASHVAL, value, &size, 0));
        CHECK_EQ(value[0], table[i].first);
        CHECK(CryptDestroyHash(hash));
        CHECK(CryptDestroyHash(copy));
    }
    HCRYPTHASH hash;
    CHECK_ERROR(CryptCreateHash(provider, 0x1234, 0, 0, &hash), (DWORD)NTE_BAD_ALGID);
    CHECK(CryptReleaseContext(provider, 0));
    CHECK_ERROR(CryptReleaseContext(0, 0), ERROR_INVALID_PARAMETER);
}

struct plain_blob {
    BLOBHEADER header;
    DWORD size;
    BYTE key[32];
};

static HCRYPTKEY import_plain(HCRYPTPROV provider, ALG_ID id, const void *secret, DWORD size)
{
    struct plain_blob blob = {{PLAINTEXTKEYBLOB, CUR_BLOB_VERSION, 0, id}, size, {0}};
    HCRYPTKEY key = 0;
    memcpy(blob.key, secret, size);
    CHECK(CryptImportKey(provider, (BYTE *)&blob, 12 + size, 0, CRYPT_EXPORTABLE, &key));
    return key;
}

TEST(encryption)
{
    static const BYTE secret[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    static const BYTE expected[16] = {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
                                      0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a};
    HCRYPTPROV provider = acquire();
    HCRYPTKEY key = import_plain(provider, CALG_AES_128, secret, 16);
    BYTE data[48];
    DWORD size = 16, mode = CRYPT_MODE_ECB, number, room = 4;
    for (int i = 0; i < 16; i++)
        data[i] = (BYTE)(i * 0x11);
    CHECK(CryptSetKeyParam(key, KP_MODE, (BYTE *)&mode, 0));
    CHECK(CryptEncrypt(key, 0, FALSE, 0, data, &size, sizeof data));
    CHECK_EQ(size, 16);
    CHECK(!memcmp(data, expected, 16));
    mode = CRYPT_MODE_CBC;
    CHECK(CryptSetKeyParam(key, KP_MODE, (BYTE *)&mode, 0));
    memset(data, 7, sizeof data);
    size = 20;
    CHECK_ERROR(CryptEncrypt(key, 0, TRUE, 0, data, &size, 20), ERROR_MORE_DATA);
    CHECK_EQ(size, 32);
    size = 20;
    CHECK(CryptEncrypt(key, 0, TRUE, 0, data, &size, sizeof data));
    CHECK_EQ(size, 32);
    CHECK(CryptDecrypt(key, 0, TRUE, 0, data, &size));
    CHECK_EQ(size, 20);
    CHECK_EQ(data[19], 7);
    CHECK(CryptGetKeyParam(key, KP_BLOCKLEN, (BYTE *)&number, &room, 0));
    CHECK_EQ(number, 128);
    CHECK(CryptGetKeyParam(key, KP_KEYLEN, (BYTE *)&number, &room, 0));
    CHECK_EQ(number, 128);
    CHECK(CryptDestroyKey(key));
    CHECK(CryptReleaseContext(provider, 0));
}

TEST(derived_keys)
{
    HCRYPTPROV provider = acquire();
    HCRYPTHASH hash;
    HCRYPTKEY key;
    BYTE blob[64];
    DWORD size = sizeof blob;
    CHECK(CryptCreateHash(provider, CALG_MD5, 0, 0, &hash));
    CHECK(CryptHashData(hash, (const BYTE *)"password", 8, 0));
    CHECK(CryptDeriveKey(provider, CALG_RC4, hash, CRYPT_EXPORTABLE | 128u << 16, &key));
    CHECK(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, blob, &size));
    CHECK_EQ(size, 12 + 16);
    CHECK_EQ(blob[12], 0x5f); /* MD5 of the word itself */
    CHECK(CryptDestroyKey(key));
    CHECK(CryptDestroyHash(hash));
    CHECK(CryptCreateHash(provider, CALG_SHA1, 0, 0, &hash));
    CHECK(CryptHashData(hash, (const BYTE *)"password", 8, 0));
    CHECK(CryptDeriveKey(provider, CALG_AES_256, hash, CRYPT_EXPORTABLE, &key));
    size = sizeof blob;
    CHECK(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, blob, &size));
    CHECK_EQ(size, 12 + 32);
    CHECK(CryptDestroyKey(key));
    CHECK(CryptDestroyHash(hash));
    CHECK(CryptReleaseContext(provider, 0));
}

TEST(hmac)
{
    static const BYTE expected[4] = {0xef, 0xfc, 0xdf, 0x6a};
    HCRYPTPROV provider = acquire();
    struct plain_blob blob = {{PLAINTEXTKEYBLOB, CUR_BLOB_VERSION, 0, CALG_RC2}, 4, "Jefe"};
    HCRYPTKEY key;
    HCRYPTHASH hash;
    HMAC_INFO info = {CALG_SHA1, NULL, 0, NULL, 0};
    BYTE value[20];
    DWORD size = sizeof value;
    CHECK(CryptImportKey(provider, (BYTE *)&blob, 16, 0, CRYPT_IPSEC_HMAC_KEY, &key));
    CHECK(CryptCreateHash(provider, CALG_HMAC, key, 0, &hash));
    CHECK(CryptSetHashParam(hash, HP_HMAC_INFO, (BYTE *)&info, 0));
    CHECK(CryptHashData(hash, (const BYTE *)"what do ya want for nothing?", 28, 0));
    CHECK(CryptGetHashParam(hash, HP_HASHVAL, value, &size, 0));
    CHECK(!memcmp(value, expected, 4));
    CHECK(CryptDestroyHash(hash));
    CHECK(CryptDestroyKey(key));
    CHECK(CryptReleaseContext(provider, 0));
}

TEST(signatures)
{
    HCRYPTPROV provider = acquire();
    HCRYPTKEY key, public, session, back;
    HCRYPTHASH hash;
    BYTE signature[256], blob[600], wrapped[600], plain[64], again[64];
    DWORD size = sizeof signature, length = sizeof blob;
    CHECK(CryptGenKey(provider, AT_KEYEXCHANGE, 1024u << 16 | CRYPT_EXPORTABLE, &key));
    CHECK(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash));
    CHECK(CryptHashData(hash, (const BYTE *)"message", 7, 0));
    CHECK(CryptSignHashA(hash, AT_KEYEXCHANGE, NULL, 0, signature, &size));
    CHECK_EQ(size, 128);
    CHECK(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, &length));
    CHECK_EQ(length, sizeof(BLOBHEADER) + sizeof(RSAPUBKEY) + 128);
    CHECK(CryptImportKey(provider, blob, length, 0, 0, &public));
    CHECK(CryptVerifySignatureA(hash, signature, size, public, NULL, 0));
    signature[3] ^= 1;
    CHECK_ERROR(CryptVerifySignatureA(hash, signature, size, public, NULL, 0), (DWORD)NTE_BAD_SIGNATURE);
    CHECK(CryptDestroyHash(hash));
    /* a session key, wrapped */
    CHECK(CryptGenKey(provider, CALG_AES_128, CRYPT_EXPORTABLE, &session));
    length = sizeof wrapped;
    CHECK(CryptExportKey(session, public, SIMPLEBLOB, 0, wrapped, &length));
    CHECK(CryptImportKey(provider, wrapped, length, key, CRYPT_EXPORTABLE, &back));
    DWORD a = sizeof plain, b = sizeof again;
    CHECK(CryptExportKey(session, 0, PLAINTEXTKEYBLOB, 0, plain, &a));
    CHECK(CryptExportKey(back, 0, PLAINTEXTKEYBLOB, 0, again, &b));
    CHECK_EQ(a, b);
    CHECK(!memcmp(plain, again, a));
    CHECK(CryptDestroyKey(session));
    CHECK(CryptDestroyKey(back));
    length = sizeof blob;
    CHECK(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, blob, &length) || GetLastError() == ERROR_MORE_DATA);
    CHECK(CryptDestroyKey(public));
    CHECK(CryptDestroyKey(key));
    CHECK(CryptReleaseContext(provider, 0));
}

TEST(references)
{
    HCRYPTPROV provider = acquire();
    HCRYPTKEY key, copy;
    HCRYPTHASH hash, other;
    BYTE one[32] = "0123456789abcde", two[32] = "0123456789abcde", value[32], again[32];
    DWORD size = 15, length = sizeof value;

    CHECK(CryptContextAddRef(provider, NULL, 0));
    CHECK(CryptReleaseContext(provider, 0));
    CHECK(CryptGenKey(provider, CALG_AES_128, CRYPT_EXPORTABLE, &key)); /* still open */
    CHECK(CryptDuplicateKey(key, NULL, 0, &copy));
    CHECK(CryptEncrypt(key, 0, TRUE, 0, one, &size, sizeof one));
    size = 15;
    CHECK(CryptEncrypt(copy, 0, TRUE, 0, two, &size, sizeof two));
    CHECK(!memcmp(one, two, 16));

    CHECK(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &hash));
    CHECK(CryptHashSessionKey(hash, key, 0));
    CHECK(CryptGetHashParam(hash, HP_HASHVAL, value, &length, 0));
    CHECK(CryptCreateHash(provider, CALG_SHA_256, 0, 0, &other));
    CHECK(CryptHashSessionKey(other, copy, 0));
    length = sizeof again;
    CHECK(CryptGetHashParam(other, HP_HASHVAL, again, &length, 0));
    CHECK(!memcmp(value, again, 32)); /* the same key */
    CHECK(CryptDestroyHash(hash) && CryptDestroyHash(other));
    CHECK(CryptDestroyKey(key) && CryptDestroyKey(copy));
    CHECK(CryptReleaseContext(provider, 0));
    CHECK_ERROR(CryptContextAddRef(0, NULL, 0), ERROR_INVALID_PARAMETER);
}

TEST(wide_forms)
{
    HCRYPTPROV provider = acquire();
    HCRYPTKEY key;
    HCRYPTHASH hash;
    BYTE signature[256];
    WCHAR name[128];
    DWORD size = sizeof signature, type;

    CHECK(CryptGenKey(provider, AT_SIGNATURE, 1024u << 16, &key));
    CHECK(CryptCreateHash(provider, CALG_SHA1, 0, 0, &hash));
    CHECK(CryptHashData(hash, (const BYTE *)"message", 7, 0));
    CHECK(CryptSignHashW(hash, AT_SIGNATURE, NULL, 0, signature, &size));
    CHECK_EQ(size, 128);
    CHECK(CryptVerifySignatureW(hash, signature, size, key, NULL, 0));
    signature[0] ^= 1;
    CHECK_ERROR(CryptVerifySignatureW(hash, signature, size, key, NULL, 0), (DWORD)NTE_BAD_SIGNATURE);
    CHECK(CryptDestroyHash(hash) && CryptDestroyKey(key));

    size = sizeof name;
    CHECK(CryptGetDefaultProviderW(PROV_RSA_AES, NULL, CRYPT_MACHINE_DEFAULT, name, &size));
    CHECK_EQ(size, (wcslen(name) + 1) * sizeof *name);
    size = sizeof name;
    CHECK(CryptEnumProvidersW(0, NULL, 0, &type, name, &size));
    CHECK(*name && type >= PROV_RSA_FULL);
    CHECK_ERROR(CryptEnumProvidersW(1000, NULL, 0, &type, name, &size), ERROR_NO_MORE_ITEMS);
    size = sizeof name;
    CHECK(CryptEnumProviderTypesW(0, NULL, 0, &type, name, &size));
    CHECK_ERROR(CryptEnumProviderTypesW(1000, NULL, 0, &type, name, &size), ERROR_NO_MORE_ITEMS);
    size = sizeof name;
    CHECK(CryptEnumProviderTypesA(0, NULL, 0, &type, (char *)name, &size));
    CHECK_ERROR(CryptEnumProviderTypesA(1000, NULL, 0, &type, (char *)name, &size), ERROR_NO_MORE_ITEMS);
    CHECK(!CryptSetProvParam(0, PP_USE_HARDWARE_RNG, NULL, 0));
    CHECK(CryptReleaseContext(provider, 0));
}
