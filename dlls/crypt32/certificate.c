/*
 * Certificate contexts: X.509 taken apart.
 */
#include "crypt32.h"

#include <bcrypt.h>

BOOL hash_data(const WCHAR *name, const BYTE *data, DWORD size, BYTE *digest, DWORD digest_size)
{
    BCRYPT_ALG_HANDLE algorithm;

    if (BCryptOpenAlgorithmProvider(&algorithm, name, NULL, 0) < 0)
        return fail((DWORD)NTE_BAD_ALGID);
    NTSTATUS status = BCryptHash(algorithm, NULL, 0, (PUCHAR)data, size, digest, digest_size);
    BCryptCloseAlgorithmProvider(algorithm, 0);
    return NT_SUCCESS(status) ? TRUE : fail(RtlNtStatusToDosError(status));
}

static BOOL read_algorithm(const struct der *from, char oid[128], CRYPT_ALGORITHM_IDENTIFIER *to)
{
    struct der in = *from, part;

    if (from->tag != 0x30 || !der_next(&in, &part) || !der_oid(&part, oid))
        return FALSE;
    to->pszObjId = oid;
    to->Parameters = (CRYPT_OBJID_BLOB){in.size, (BYTE *)in.data};
    return TRUE;
}

/* Numbers are least significant byte first here, so they are copied: behind the structure. */
static BOOL copy_serial(struct certificate *certificate, const struct der *serial)
{
    BYTE *copy = allocate(serial->size + 1);
    DWORD size = serial->size;

    if (!copy)
        return FALSE;
    for (DWORD i = 0; i < size; i++)
        copy[i] = serial->data[size - 1 - i];
    while (size > 1 && !copy[size - 1])
        size--;
    certificate->info.SerialNumber = (CRYPT_INTEGER_BLOB){size, copy};
    return TRUE;
}

static BOOL read_extensions(CERT_INFO *info, struct der *in)
{
    struct der list, one, oid, part, count;

    if (!der_next(in, &list) || list.tag != 0x30)
        return FALSE;
    count = list;
    DWORD n = 0;
    while (count.size && der_next(&count, &one))
        n++;
    /* the OIDs' text lies behind the array */
    CERT_EXTENSION *extensions = allocate(n * (sizeof *extensions + 128) + 1);
    if (!extensions)
        return FALSE;
    info->rgExtension = extensions;
    char *text = (char *)(extensions + n);
    for (DWORD i = 0; i < n; i++, text += 128) {
        if (!der_next(&list, &one) || one.tag != 0x30 || !der_next(&one, &oid) || !der_oid(&oid, text) ||
            !der_next(&one, &part))
            return FALSE;
        extensions[i].pszObjId = text;
        if (part.tag == 1) {
            extensions[i].fCritical = part.size && part.data[0];
            if (!der_next(&one, &part))
                return FALSE;
        }
        extensions[i].Value = (CRYPT_OBJID_BLOB){part.size, (BYTE *)part.data};
        info->cExtension = i + 1;
    }
    return TRUE;
}

static BOOL parse(struct certificate *certificate)
{
    CERT_INFO *info = &certificate->info;
    struct der outer, tbs, part, inner;

    if (!der_open(certificate->context.pbCertEncoded, certificate->context.cbCertEncoded, &outer) ||
        outer.tag != 0x30 || !der_next(&outer, &tbs) || tbs.tag != 0x30 || !der_next(&tbs, &part))
        return FALSE;
    if (part.tag == 0xa0) {
        info->dwVersion = part.size == 3 ? part.data[2] : 0;
        if (!der_next(&tbs, &part))
            return FALSE;
    }
    if (part.tag != 2 || !copy_serial(certificate, &part) || !der_next(&tbs, &part) ||
        !read_algorithm(&part, certificate->oids[0], &info->SignatureAlgorithm) || !der_next(&tbs, &part))
        return FALSE;
    info->Issuer = (CERT_NAME_BLOB){part.whole_size, (BYTE *)part.whole};
    if (!der_next(&tbs, &part) || !der_next(&part, &inner) || !der_time(&inner, &info->NotBefore) ||
        !der_next(&part, &inner) || !der_time(&inner, &info->NotAfter) || !der_next(&tbs, &part))
        return FALSE;
    info->Subject = (CERT_NAME_BLOB){part.whole_size, (BYTE *)part.whole};
    if (!der_next(&tbs, &part) || !der_next(&part, &inner) ||
        !read_algorithm(&inner, certificate->oids[1], &info->SubjectPublicKeyInfo.Algorithm) ||
        !der_next(&part, &inner) || inner.tag != 3 || !inner.size)
        return FALSE;
    info->SubjectPublicKeyInfo.PublicKey = (CRYPT_BIT_BLOB){inner.size - 1, (BYTE *)inner.data + 1,
                                                            inner.data[0]};
    while (tbs.size) {
        if (!der_next(&tbs, &part))
            return FALSE;
        if (part.tag == 0xa3 && !read_extensions(info, &part))
            return FALSE;
    }
    return TRUE;
}

static void destroy(struct certificate *certificate)
{
    release(certificate->info.SerialNumber.pbData);
    release(certificate->info.rgExtension);
    release(certificate->context.pbCertEncoded);
    release(certificate);
}

struct certificate *certificate_create(DWORD encoding, const BYTE *der, DWORD size)
{
    struct certificate *certificate = allocate(sizeof *certificate);
    BYTE *copy = allocate(size + 1);

    if (!certificate || !copy) {
        release(certificate);
        release(copy);
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    memcpy(copy, der, size);
    certificate->references = 1;
    certificate->context = (CERT_CONTEXT){encoding, copy, size, &certificate->info, NULL};
    if (!parse(certificate) || !hash_data(BCRYPT_SHA1_ALGORITHM, copy, size, certificate->sha1, 20)) {
        destroy(certificate);
        SetLastError((DWORD)CRYPT_E_ASN1_BADTAG);
        return NULL;
    }
    return certificate;
}

PCCERT_CONTEXT WINAPI CertCreateCertificateContext(DWORD encoding, const BYTE *der, DWORD size)
{
    if ((encoding & 0xffff) != X509_ASN_ENCODING || !der) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    struct certificate *certificate = certificate_create(encoding, der, size);
    return certificate ? &certificate->context : NULL;
}

PCCERT_CONTEXT WINAPI CertDuplicateCertificateContext(PCCERT_CONTEXT context)
{
    if (context)
        InterlockedIncrement(&CERTIFICATE(context)->references);
    return context;
}

BOOL WINAPI CertFreeCertificateContext(PCCERT_CONTEXT context)
{
    if (context && !InterlockedDecrement(&CERTIFICATE(context)->references))
        destroy(CERTIFICATE(context));
    return TRUE;
}

BOOL WINAPI CertGetCertificateContextProperty(PCCERT_CONTEXT context, DWORD property, void *data, DWORD *size)
{
    const struct certificate *certificate = CERTIFICATE(context);
    BYTE digest[32];
    const void *value = digest;
    DWORD length, had = *size;

    switch (property) {
    case CERT_SHA1_HASH_PROP_ID:
        value = certificate->sha1;
        length = 20;
        break;
    case CERT_MD5_HASH_PROP_ID:
        length = 16;
        if (!hash_data(BCRYPT_MD5_ALGORITHM, context->pbCertEncoded, context->cbCertEncoded, digest, 16))
            return FALSE;
        break;
    case CERT_SUBJECT_NAME_MD5_HASH_PROP_ID:
        length = 16;
        if (!hash_data(BCRYPT_MD5_ALGORITHM, certificate->info.Subject.pbData,
                       certificate->info.Subject.cbData, digest, 16))
            return FALSE;
        break;
    case CERT_KEY_IDENTIFIER_PROP_ID: {
        const CERT_EXTENSION *extension = find_extension(szOID_SUBJECT_KEY_IDENTIFIER, &certificate->info);
        struct der id;
        if (extension && der_open(extension->Value.pbData, extension->Value.cbData, &id) && id.tag == 4) {
            value = id.data;
            length = id.size;
            break;
        }
        length = 20;
        if (!hash_data(BCRYPT_SHA1_ALGORITHM, certificate->info.SubjectPublicKeyInfo.PublicKey.pbData,
                       certificate->info.SubjectPublicKeyInfo.PublicKey.cbData, digest, 20))
            return FALSE;
        break;
    }
    default: return fail((DWORD)CRYPT_E_NOT_FOUND);
    }
    *size = length;
    if (!data)
        return TRUE;
    if (had < length)
        return fail(ERROR_MORE_DATA);
    memcpy(data, value, length);
    return TRUE;
}

/* ---------------------------------------------------------------- extensions, names, validity */

const CERT_EXTENSION *find_extension(const char *oid, const CERT_INFO *info)
{
    for (DWORD i = 0; i < info->cExtension; i++)
        if (!strcmp(info->rgExtension[i].pszObjId, oid))
            return &info->rgExtension[i];
    return NULL;
}

PCERT_EXTENSION WINAPI CertFindExtension(LPCSTR oid, DWORD count, CERT_EXTENSION *extensions)
{
    for (DWORD i = 0; oid && i < count; i++)
        if (!strcmp(extensions[i].pszObjId, oid))
            return &extensions[i];
    SetLastError(oid && !count ? (DWORD)CRYPT_E_NOT_FOUND : ERROR_INVALID_PARAMETER);
    return NULL;
}

BOOL WINAPI CertCompareCertificateName(DWORD encoding, PCERT_NAME_BLOB a, PCERT_NAME_BLOB b)
{
    (void)encoding;
    return a->cbData == b->cbData && !memcmp(a->pbData, b->pbData, a->cbData);
}

/* How many bytes a number (lowest first) needs without those that only repeat its sign. */
static DWORD significant(const CRYPT_INTEGER_BLOB *number)
{
    DWORD n = number->cbData;
    while (n > 1 && ((number->pbData[n - 1] == 0 && !(number->pbData[n - 2] & 0x80)) ||
                     (number->pbData[n - 1] == 0xff && number->pbData[n - 2] & 0x80)))
        n--;
    return n;
}

BOOL WINAPI CertCompareIntegerBlob(PCRYPT_INTEGER_BLOB a, PCRYPT_INTEGER_BLOB b)
{
    return significant(a) == significant(b) && !memcmp(a->pbData, b->pbData, significant(a));
}

BOOL WINAPI CertCompareCertificate(DWORD encoding, PCERT_INFO a, PCERT_INFO b)
{
    return CertCompareCertificateName(encoding, &a->Issuer, &b->Issuer) &&
           CertCompareIntegerBlob(&a->SerialNumber, &b->SerialNumber);
}

LONG WINAPI CertVerifyTimeValidity(LPFILETIME when, PCERT_INFO info)
{
    FILETIME now;

    if (!when)
        GetSystemTimeAsFileTime(when = &now);
    return CompareFileTime(when, &info->NotBefore) < 0 ? -1 : CompareFileTime(when, &info->NotAfter) > 0;
}

BOOL WINAPI CertGetIntendedKeyUsage(DWORD encoding, PCERT_INFO info, BYTE *usage, DWORD size)
{
    const CERT_EXTENSION *extension = find_extension(szOID_KEY_USAGE, info);
    struct der bits;
    (void)encoding;

    memset(usage, 0, size);
    SetLastError(0);
    if (!extension || !der_open(extension->Value.pbData, extension->Value.cbData, &bits) || bits.tag != 3 ||
        !bits.size)
        return FALSE;
    for (DWORD i = 0; i < size && i + 1 < bits.size; i++)
        usage[i] = bits.data[i + 1];
    return TRUE;
}

/* Without the extension every usage is good: an empty list and CRYPT_E_NOT_FOUND as the last error. */
BOOL WINAPI CertGetEnhancedKeyUsage(PCCERT_CONTEXT context, DWORD flags, PCERT_ENHKEY_USAGE usage,
                                    DWORD *size)
{
    const CERT_EXTENSION *extension = flags & CERT_FIND_PROP_ONLY_ENHKEY_USAGE_FLAG
                                          ? NULL
                                          : find_extension(szOID_ENHANCED_KEY_USAGE, context->pCertInfo);
    struct der list = {0}, one, counter;
    DWORD n = 0, had = *size;

    if (extension && !der_open(extension->Value.pbData, extension->Value.cbData, &list))
        return fail((DWORD)CRYPT_E_ASN1_BADTAG);
    for (counter = list; counter.size && der_next(&counter, &one);)
        n++;
    DWORD needed = (DWORD)(sizeof *usage + n * (sizeof(LPSTR) + 128));
    *size = needed;
    if (usage && had < needed)
        return fail(ERROR_MORE_DATA);
    if (usage) {
        usage->cUsageIdentifier = n;
        usage->rgpszUsageIdentifier = (LPSTR *)(usage + 1);
        char *text = (char *)(usage->rgpszUsageIdentifier + n);
        for (DWORD i = 0; i < n && der_next(&list, &one); i++, text += 128) {
            der_oid(&one, text);
            usage->rgpszUsageIdentifier[i] = text;
        }
    }
    SetLastError(extension ? ERROR_SUCCESS : (DWORD)CRYPT_E_NOT_FOUND);
    return TRUE;
}
