/* Certificates, stores, text forms, protected data. */
#include "../harness.h"
#include <wincrypt.h>

/* Made with openssl req: CN=test.example, O=Gastwirt Test, C=DE, serial 0102030405. */
static const char text[] =
    "MIICgzCCAeygAwIBAgIFAQIDBAUwDQYJKoZIhvcNAQELBQAwPDELMAkGA1UEBhMCREUxFjAUBgNVBAoMDUdhc3R3aXJ0IFRl"
    "c3QxFTATBgNVBAMMDHRlc3QuZXhhbXBsZTAgFw0yNjExMjEwODUyMzFaGA8yMTI2MTAyODA4NTIzMVowPDELMAkGA1UEBhMC"
    "REUxFjAUBgNVBAoMDUdhc3R3aXJ0IFRlc3QxFTATBgNVBAMMDHRlc3QuZXhhbXBsZTCBnzANBgkqhkiG9w0BAQEFAAOBjQAw"
    "gYkCgYEAlj+EwvpA1CP+hyc1LGikTAlxQTjLbIyPHw7JJ2+PAcMNDb+cf46hjUOp3izm+/UPrCzL8wpfVSrYCkVPGRLcf9PH"
    "YRXbc/D55hd8C08te0Ocw0oPnV9sioljJTc7qlapeMLXq7DSFoI0EmMB4q6YZVJlY2SPb+I2igN0Ruf2E58CAwEAAaOBjjCB"
    "izAdBgNVHQ4EFgQUjT1nJW55Clz4Y0YUe7DfVpa9pJYwHwYDVR0jBBgwFoAUjT1nJW55Clz4Y0YUe7DfVpa9pJYwDwYDVR0T"
    "AQH/BAUwAwEB/zAWBgNVHREEDzANggthbHQuZXhhbXBsZTALBgNVHQ8EBAMCAoQwEwYDVR0lBAwwCgYIKwYBBQUHAwEwDQYJ"
    "KoZIhvcNAQELBQADgYEAkLGTZi16IGgLeYe+cScuXRJzUyE++JGPSE+dd451JAih4O8LLTZdM06mhHjEMiQwC9yzz8lVBsyD"
    "Ze5kcTUKnvKyY4Bb3iVmTgPihG59X+bzOeK5qFyzvISQfoqe1g2lS8HKZOWO7Gp4XGsl01XYlHwpabnRkHVMv3PVBCd04Tc=";

static BYTE der[2048];
static DWORD der_size;

static PCCERT_CONTEXT make(void)
{
    der_size = sizeof der;
    CHECK(CryptStringToBinaryA(text, 0, CRYPT_STRING_BASE64, der, &der_size, NULL, NULL));
    PCCERT_CONTEXT context = CertCreateCertificateContext(X509_ASN_ENCODING, der, der_size);
    CHECK(context != NULL);
    return context;
}

TEST(context)
{
    PCCERT_CONTEXT context = make();
    char name[256];
    BYTE usage, hash[20];
    DWORD size = sizeof hash;
    CHECK_EQ(context->cbCertEncoded, der_size);
    CHECK_EQ(context->pCertInfo->dwVersion, CERT_V3);
    CHECK_EQ(context->pCertInfo->SerialNumber.cbData, 5);
    CHECK_EQ(context->pCertInfo->SerialNumber.pbData[0], 5);
    CHECK_STR(context->pCertInfo->SignatureAlgorithm.pszObjId, szOID_RSA_SHA256RSA);
    CHECK_STR(context->pCertInfo->SubjectPublicKeyInfo.Algorithm.pszObjId, szOID_RSA_RSA);
    CHECK(CertCompareCertificateName(X509_ASN_ENCODING, &context->pCertInfo->Subject,
                                     &context->pCertInfo->Issuer));
    CHECK_EQ(CertNameToStrA(X509_ASN_ENCODING, &context->pCertInfo->Subject, CERT_X500_NAME_STR, name,
                            sizeof name),
             sizeof "C=DE, O=Gastwirt Test, CN=test.example");
    CHECK_STR(name, "C=DE, O=Gastwirt Test, CN=test.example");
    CHECK_EQ(CertNameToStrA(X509_ASN_ENCODING, &context->pCertInfo->Subject, CERT_SIMPLE_NAME_STR, NULL, 0),
             sizeof "DE, Gastwirt Test, test.example");
    CHECK_EQ(CertGetNameStringA(context, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, NULL, name, sizeof name),
             sizeof "test.example");
    CHECK_STR(name, "test.example");
    CertGetNameStringA(context, CERT_NAME_DNS_TYPE, 0, NULL, name, sizeof name);
    CHECK_STR(name, "alt.example");
    CertGetNameStringA(context, CERT_NAME_ATTR_TYPE, 0, (void *)szOID_ORGANIZATION_NAME, name, sizeof name);
    CHECK_STR(name, "Gastwirt Test");
    CHECK(CertGetIntendedKeyUsage(X509_ASN_ENCODING, context->pCertInfo, &usage, 1));
    CHECK_EQ(usage, CERT_DIGITAL_SIGNATURE_KEY_USAGE | CERT_KEY_CERT_SIGN_KEY_USAGE);
    CHECK(CertFindExtension(szOID_KEY_USAGE, context->pCertInfo->cExtension,
                            context->pCertInfo->rgExtension) != NULL);
    CHECK_EQ(CertVerifyTimeValidity(NULL, context->pCertInfo), 0);
    CHECK(CertGetCertificateContextProperty(context, CERT_SHA1_HASH_PROP_ID, hash, &size));
    CHECK_EQ(hash[0], 0xC5);
    CHECK_ERROR(CertGetCertificateContextProperty(context, CERT_KEY_PROV_INFO_PROP_ID, NULL, &size),
                (DWORD)CRYPT_E_NOT_FOUND);
    DWORD needed = 0;
    CHECK(CertGetEnhancedKeyUsage(context, 0, NULL, &needed));
    CERT_ENHKEY_USAGE *list = malloc(needed);
    CHECK(CertGetEnhancedKeyUsage(context, 0, list, &needed));
    CHECK_EQ(list->cUsageIdentifier, 1);
    CHECK_STR(list->rgpszUsageIdentifier[0], szOID_PKIX_KP_SERVER_AUTH);
    free(list);
    CHECK(CertFreeCertificateContext(context));
    CHECK(!CertCreateCertificateContext(X509_ASN_ENCODING, der, der_size - 1));
    CHECK_ERROR(CertCreateCertificateContext(0, der, der_size),
                (DWORD)(harness_is_wine() ? E_INVALIDARG : 87));
}

TEST(stores)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    PCCERT_CONTEXT context = make(), found;
    CHECK(store != NULL);
    CHECK(!CertEnumCertificatesInStore(store, NULL));
    CHECK(CertAddCertificateContextToStore(store, context, CERT_STORE_ADD_NEW, NULL));
    CHECK_ERROR(CertAddCertificateContextToStore(store, context, CERT_STORE_ADD_NEW, NULL),
                (DWORD)CRYPT_E_EXISTS);
    CHECK(CertAddCertificateContextToStore(store, context, CERT_STORE_ADD_REPLACE_EXISTING, NULL));
    found = CertEnumCertificatesInStore(store, NULL);
    CHECK(found != NULL);
    CHECK(!CertEnumCertificatesInStore(store, found));
    found = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SUBJECT_STR_A, "TEST.exam",
                                       NULL);
    CHECK(found != NULL);
    CHECK(CertDeleteCertificateFromStore(found));
    CHECK_ERROR(CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_ANY, NULL, NULL),
                (DWORD)CRYPT_E_NOT_FOUND);
    CHECK(CertFreeCertificateContext(context));
    CHECK(CertCloseStore(store, 0));
    CHECK(CertCloseStore(NULL, 0));
    CHECK_ERROR(CertOpenStore((LPCSTR)99, 0, 0, 0, NULL), ERROR_FILE_NOT_FOUND);
}

TEST(root_store)
{
    HCERTSTORE store = CertOpenSystemStoreA(0, "ROOT");
    PCCERT_CONTEXT context = NULL;
    int count = 0;
    CHECK(store != NULL);
    while ((context = CertEnumCertificatesInStore(store, context)))
        count++;
    CHECK(count > 10);
    CHECK(CertCloseStore(store, 0));
}

static void check_text(const char *data, DWORD flags, const char *expected)
{
    char buffer[256];
    DWORD size = 0;
    CHECK(CryptBinaryToStringA((const BYTE *)data, (DWORD)strlen(data), flags, NULL, &size));
    CHECK_EQ(size, strlen(expected) + 1);
    CHECK(CryptBinaryToStringA((const BYTE *)data, (DWORD)strlen(data), flags, buffer, &size));
    CHECK_STR(buffer, expected);
    CHECK_EQ(size, strlen(expected));
}

TEST(text_forms)
{
    BYTE back[16];
    DWORD size = sizeof back, skip, used;
    check_text("hello", CRYPT_STRING_BASE64, "aGVsbG8=\r\n");
    check_text("hello", CRYPT_STRING_BASE64 | CRYPT_STRING_NOCRLF, "aGVsbG8=");
    check_text("hello", CRYPT_STRING_BASE64 | CRYPT_STRING_NOCR, "aGVsbG8=\n");
    check_text("hello", CRYPT_STRING_BASE64HEADER,
               "-----BEGIN CERTIFICATE-----\r\naGVsbG8=\r\n-----END CERTIFICATE-----\r\n");
    check_text("hi", CRYPT_STRING_HEXRAW | CRYPT_STRING_NOCRLF, "6869");
    CHECK(CryptStringToBinaryA("aGVsbG8=", 0, CRYPT_STRING_BASE64, back, &size, NULL, NULL));
    CHECK_EQ(size, 5);
    CHECK(!memcmp(back, "hello", 5));
    size = sizeof back;
    CHECK(CryptStringToBinaryA("x\n-----BEGIN A-----\naGVsbG8=\n-----END A-----\n", 0, CRYPT_STRING_ANY, back,
                               &size, &skip, &used));
    CHECK_EQ(size, 5);
    CHECK_EQ(used, CRYPT_STRING_BASE64HEADER);
    CHECK_EQ(skip, 2);
    size = 2;
    CHECK_ERROR(CryptStringToBinaryA("aGVsbG8=", 0, CRYPT_STRING_BASE64, back, &size, NULL, NULL),
                ERROR_INSUFFICIENT_BUFFER);
    size = sizeof back;
    CHECK_ERROR(CryptStringToBinaryA("a*b", 0, CRYPT_STRING_BASE64, back, &size, NULL, NULL),
                ERROR_INVALID_DATA);
}

TEST(protected_data)
{
    DATA_BLOB in = {6, (BYTE *)"secret"}, out = {0}, back = {0}, entropy = {4, (BYTE *)"more"};
    WCHAR *description = NULL;
    CHECK(CryptProtectData(&in, L"what it is", &entropy, NULL, NULL, 0, &out));
    CHECK(CryptUnprotectData(&out, &description, &entropy, NULL, NULL, 0, &back));
    CHECK_EQ(back.cbData, 6);
    CHECK(!memcmp(back.pbData, "secret", 6));
    CHECK_WSTR(description, L"what it is");
    LocalFree(back.pbData);
    LocalFree(description);
    CHECK_ERROR(CryptUnprotectData(&out, NULL, NULL, NULL, NULL, 0, &back), ERROR_INVALID_DATA);
    LocalFree(out.pbData);
}
