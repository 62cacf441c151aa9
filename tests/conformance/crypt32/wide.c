/*
 * Wide texts, contexts and stores that are counted, comparing, memory.
 */
#include "harness.h"
#include <wincrypt.h>

/* The certificate of certificate.c: CN=test.example, O=Gastwirt Test, C=DE. */
static const WCHAR text[] =
    L"MIICgzCCAeygAwIBAgIFAQIDBAUwDQYJKoZIhvcNAQELBQAwPDELMAkGA1UEBhMCREUxFjAUBgNVBAoMDUdhc3R3aXJ0IFRl"
    L"c3QxFTATBgNVBAMMDHRlc3QuZXhhbXBsZTAgFw0yNjExMjEwODUyMzFaGA8yMTI2MTAyODA4NTIzMVowPDELMAkGA1UEBhMC"
    L"REUxFjAUBgNVBAoMDUdhc3R3aXJ0IFRlc3QxFTATBgNVBAMMDHRlc3QuZXhhbXBsZTCBnzANBgkqhkiG9w0BAQEFAAOBjQAw"
    L"gYkCgYEAlj+EwvpA1CP+hyc1LGikTAlxQTjLbIyPHw7JJ2+PAcMNDb+cf46hjUOp3izm+/UPrCzL8wpfVSrYCkVPGRLcf9PH"
    L"YRXbc/D55hd8C08te0Ocw0oPnV9sioljJTc7qlapeMLXq7DSFoI0EmMB4q6YZVJlY2SPb+I2igN0Ruf2E58CAwEAAaOBjjCB"
    L"izAdBgNVHQ4EFgQUjT1nJW55Clz4Y0YUe7DfVpa9pJYwHwYDVR0jBBgwFoAUjT1nJW55Clz4Y0YUe7DfVpa9pJYwDwYDVR0T"
    L"AQH/BAUwAwEB/zAWBgNVHREEDzANggthbHQuZXhhbXBsZTALBgNVHQ8EBAMCAoQwEwYDVR0lBAwwCgYIKwYBBQUHAwEwDQYJ"
    L"KoZIhvcNAQELBQADgYEAkLGTZi16IGgLeYe+cScuXRJzUyE++JGPSE+dd451JAih4O8LLTZdM06mhHjEMiQwC9yzz8lVBsyD"
    L"Ze5kcTUKnvKyY4Bb3iVmTgPihG59X+bzOeK5qFyzvISQfoqe1g2lS8HKZOWO7Gp4XGsl01XYlHwpabnRkHVMv3PVBCd04Tc=";

static BYTE der[2048];
static DWORD der_size;

static PCCERT_CONTEXT make(void)
{
    der_size = sizeof der;
    CHECK(CryptStringToBinaryW(text, 0, CRYPT_STRING_BASE64, der, &der_size, NULL, NULL));
    PCCERT_CONTEXT context = CertCreateCertificateContext(X509_ASN_ENCODING, der, der_size);
    CHECK(context != NULL);
    return context;
}

TEST(names)
{
    PCCERT_CONTEXT context = make();
    WCHAR name[256];
    CHECK_EQ(CertNameToStrW(X509_ASN_ENCODING, &context->pCertInfo->Subject, CERT_X500_NAME_STR, name, 256),
             sizeof "C=DE, O=Gastwirt Test, CN=test.example");
    CHECK_WSTR(name, L"C=DE, O=Gastwirt Test, CN=test.example");
    CHECK_EQ(CertGetNameStringW(context, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, NULL, name, 256),
             sizeof "test.example");
    CHECK_WSTR(name, L"test.example");
    CHECK_EQ(CertGetNameStringW(context, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, NULL, NULL, 0),
             sizeof "test.example");
    CHECK_EQ(CertGetNameStringW(context, CERT_NAME_EMAIL_TYPE, 0, NULL, name, 256), 1); /* has none */
    CHECK_WSTR(name, L"");
    CertFreeCertificateContext(context);
}

TEST(references)
{
    PCCERT_CONTEXT context = make(), same, other = make(), stored = NULL;
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL), twin;

    same = CertDuplicateCertificateContext(context);
    CHECK(same == context);
    CHECK(CertFreeCertificateContext(context));
    CHECK_EQ(same->cbCertEncoded, der_size); /* still there */
    CHECK(CertCompareCertificate(X509_ASN_ENCODING, same->pCertInfo, other->pCertInfo));
    CHECK(CertCompareIntegerBlob(&same->pCertInfo->SerialNumber, &other->pCertInfo->SerialNumber));
    CRYPT_INTEGER_BLOB one = {2, (BYTE[]){5, 0}}, two = {1, (BYTE[]){5}}, three = {1, (BYTE[]){6}};
    CHECK(CertCompareIntegerBlob(&one, &two)); /* leading zeros do not count */
    CHECK(!CertCompareIntegerBlob(&two, &three));
    CRYPT_INTEGER_BLOB negative = {2, (BYTE[]){0x85, 0xff}}, same_negative = {1, (BYTE[]){0x85}};
    CRYPT_INTEGER_BLOB positive = {2, (BYTE[]){0x85, 0}};
    CHECK(CertCompareIntegerBlob(&negative, &same_negative));
    CHECK(!CertCompareIntegerBlob(&positive, &same_negative));

    twin = CertDuplicateStore(store);
    CHECK(twin == store);
    CHECK(CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, der_size, CERT_STORE_ADD_NEW,
                                           &stored));
    CHECK(stored && stored->hCertStore == store);
    CertFreeCertificateContext(stored);
    CHECK_ERROR(
        CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, der_size, CERT_STORE_ADD_NEW, NULL),
        (DWORD)CRYPT_E_EXISTS);
    CHECK(!CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, 10, CERT_STORE_ADD_ALWAYS, NULL));
    CHECK(CertCloseStore(store, 0));
    stored = CertEnumCertificatesInStore(twin, NULL);
    CHECK(stored != NULL);
    CertFreeCertificateContext(stored);
    CHECK(CertCloseStore(twin, 0));
    CertFreeCertificateContext(same);
    CertFreeCertificateContext(other);
    CHECK(!CertDuplicateCertificateContext(NULL));
}

TEST(system_stores)
{
    HCERTSTORE store = CertOpenSystemStoreW(0, L"ROOT");
    CHECK(store != NULL);
    CHECK(CertControlStore(store, 0, CERT_STORE_CTRL_RESYNC, NULL));
    CHECK(!CertControlStore(store, 0, 99, NULL));
    CHECK(CertCloseStore(store, 0));
    CHECK(!CertControlStore(NULL, 0, CERT_STORE_CTRL_RESYNC, NULL) || harness_is_wine());
}

TEST(texts)
{
    WCHAR out[64];
    BYTE back[16];
    DWORD size = 64, skip = 9, used = 9;
    CHECK(CryptBinaryToStringW((const BYTE *)"hello", 5, CRYPT_STRING_BASE64 | CRYPT_STRING_NOCRLF, out,
                               &size));
    CHECK_WSTR(out, L"aGVsbG8=");
    CHECK_EQ(size, 8);
    size = 3;
    CHECK_ERROR(CryptBinaryToStringW((const BYTE *)"hello", 5, CRYPT_STRING_BASE64, out, &size),
                ERROR_MORE_DATA);
    size = sizeof back;
    CHECK(CryptStringToBinaryW(L"aGVsbG8=", 0, CRYPT_STRING_ANY, back, &size, &skip, &used));
    CHECK(size == 5 && !memcmp(back, "hello", 5));
    CHECK_EQ(skip, 0);
    CHECK_EQ(used, CRYPT_STRING_BASE64);
    CHECK_ERROR(CryptStringToBinaryW(L"a*b", 0, CRYPT_STRING_BASE64, back, &size, NULL, NULL),
                ERROR_INVALID_DATA);
    CHECK_ERROR(CryptStringToBinaryW(L"aGVsbG8=", 0, 0x77, back, &size, NULL, NULL), ERROR_INVALID_DATA);
}

TEST(memory)
{
    BYTE *memory = CryptMemAlloc(10);
    CHECK(memory != NULL);
    memory[9] = 7;
    memory = CryptMemRealloc(memory, 5000);
    CHECK(memory && memory[9] == 7);
    CryptMemFree(memory);
    CryptMemFree(NULL);
}
