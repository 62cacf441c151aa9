/*
 * Certificate stores. ROOT is the host's bundle of certificate authorities; the other system stores are
 * empty; what is added lives as long as the process.
 */
#include "crypt32.h"

#define STORE_MAGIC 0x524f5453

struct store {
    DWORD magic;
    LONG references;
    RTL_CRITICAL_SECTION lock;
    struct certificate *first, **last;
};

static struct store *store_of(HCERTSTORE handle)
{
    struct store *store = handle;
    return store && store->magic == STORE_MAGIC ? store : NULL;
}

static struct store *create(void)
{
    struct store *store = allocate(sizeof *store);

    if (!store)
        return NULL;
    store->magic = STORE_MAGIC;
    store->references = 1;
    store->last = &store->first;
    RtlInitializeCriticalSection(&store->lock);
    return store;
}

/* Takes over the reference. */
static void append(struct store *store, struct certificate *certificate)
{
    RtlEnterCriticalSection(&store->lock);
    certificate->context.hCertStore = store;
    certificate->store = store;
    *store->last = certificate;
    store->last = &certificate->next;
    RtlLeaveCriticalSection(&store->lock);
}

static void load_bundle(struct store *store)
{
    static const WCHAR *const places[] = {
        L"Z:\\etc\\ssl\\certs\\ca-certificates.crt", /* Debian */
        L"Z:\\etc\\pki\\tls\\certs\\ca-bundle.crt",  /* Fedora */
        L"Z:\\etc\\ssl\\ca-bundle.pem",              /* SUSE */
        L"Z:\\etc\\ssl\\cert.pem",
    };
    static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
    HANDLE file = INVALID_HANDLE_VALUE;
    DWORD size = 0, got = 0;

    for (unsigned i = 0; i < 4 && file == INVALID_HANDLE_VALUE; i++)
        file = CreateFileW(places[i], GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return;
    size = GetFileSize(file, NULL);
    char *text = allocate((SIZE_T)size + 1), *p = text;
    if (text && !ReadFile(file, text, size, &got, NULL))
        got = 0;
    CloseHandle(file);
    while (p && (p = strstr(p, begin))) {
        char *body = p + sizeof begin - 1, *stop = strstr(body, end);
        DWORD length = stop ? (DWORD)(stop - body) : 0;
        BYTE *der = stop ? allocate(length) : NULL;
        struct certificate *certificate = NULL;
        if (der && base64_decode(body, (SIZE_T)(stop - body), der, &length))
            certificate = certificate_create(X509_ASN_ENCODING, der, length);
        if (certificate)
            append(store, certificate);
        release(der);
        p = stop;
    }
    release(text);
}

HCERTSTORE WINAPI CertOpenStore(LPCSTR provider, DWORD encoding, HCRYPTPROV_LEGACY legacy, DWORD flags,
                                const void *parameter)
{
    WCHAR name[64] = L"";
    (void)encoding, (void)legacy;

    if (!((ULONG_PTR)provider >> 16)) {
        switch ((ULONG_PTR)provider) {
        case (ULONG_PTR)CERT_STORE_PROV_MEMORY:
        case (ULONG_PTR)CERT_STORE_PROV_COLLECTION: break;
        case (ULONG_PTR)CERT_STORE_PROV_SYSTEM_A:
        case (ULONG_PTR)CERT_STORE_PROV_SYSTEM_REGISTRY_A:
            for (int i = 0; parameter && i < 63 && (name[i] = (BYTE)((const char *)parameter)[i]); i++)
                ;
            break;
        case (ULONG_PTR)CERT_STORE_PROV_SYSTEM_W:
        case (ULONG_PTR)CERT_STORE_PROV_SYSTEM_REGISTRY_W:
            for (int i = 0; parameter && i < 63 && (name[i] = ((const WCHAR *)parameter)[i]); i++)
                ;
            break;
        default: SetLastError(ERROR_FILE_NOT_FOUND); return NULL;
        }
        if ((ULONG_PTR)provider != (ULONG_PTR)CERT_STORE_PROV_MEMORY &&
            (ULONG_PTR)provider != (ULONG_PTR)CERT_STORE_PROV_COLLECTION && !parameter) {
            SetLastError(ERROR_INVALID_PARAMETER);
            return NULL;
        }
    } else if (!strcmp(provider, "Memory")) {
    } else if (!strcmp(provider, "System") || !strcmp(provider, "SystemRegistry")) {
        for (int i = 0; parameter && i < 63 && (name[i] = ((const WCHAR *)parameter)[i]); i++)
            ;
    } else {
        SetLastError(ERROR_FILE_NOT_FOUND);
        return NULL;
    }
    if (flags & CERT_STORE_DELETE_FLAG) {
        SetLastError(ERROR_ACCESS_DENIED);
        return NULL;
    }
    static const WCHAR *const known[] = {L"ROOT",
                                         L"CA",
                                         L"MY",
                                         L"TRUST",
                                         L"Disallowed",
                                         L"AuthRoot",
                                         L"TrustedPublisher",
                                         L"TrustedPeople",
                                         L"AddressBook",
                                         L"ADDRESSBOOK"};
    BOOL exists = !name[0];
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        exists |= !_wcsicmp(name, known[i]);
    if (!exists && flags & CERT_STORE_OPEN_EXISTING_FLAG) {
        SetLastError(ERROR_FILE_NOT_FOUND);
        return NULL;
    }
    struct store *store = create();
    if (store && !_wcsicmp(name, L"ROOT"))
        load_bundle(store);
    return store;
}

HCERTSTORE WINAPI CertOpenSystemStoreW(HCRYPTPROV_LEGACY legacy, LPCWSTR name)
{
    if (!name) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    return CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, legacy, CERT_SYSTEM_STORE_CURRENT_USER, name);
}

HCERTSTORE WINAPI CertOpenSystemStoreA(HCRYPTPROV_LEGACY legacy, LPCSTR name)
{
    if (!name) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    return CertOpenStore(CERT_STORE_PROV_SYSTEM_A, 0, legacy, CERT_SYSTEM_STORE_CURRENT_USER, name);
}

HCERTSTORE WINAPI CertDuplicateStore(HCERTSTORE handle)
{
    if (store_of(handle))
        InterlockedIncrement(&store_of(handle)->references);
    return handle;
}

BOOL WINAPI CertCloseStore(HCERTSTORE handle, DWORD flags)
{
    struct store *store = store_of(handle);

    if (!handle)
        return TRUE;
    if (!store)
        return fail(ERROR_INVALID_PARAMETER);
    if (InterlockedDecrement(&store->references))
        return TRUE;
    BOOL pending = FALSE;
    store->magic = 0;
    for (struct certificate *c = store->first, *next; c; c = next) {
        next = c->next;
        pending |= c->references > 1;
        c->next = NULL;
        c->store = NULL;
        c->context.hCertStore = NULL;
        CertFreeCertificateContext(&c->context);
    }
    RtlDeleteCriticalSection(&store->lock);
    release(store);
    return flags & CERT_CLOSE_STORE_CHECK_FLAG && pending ? fail((DWORD)CRYPT_E_PENDING_CLOSE) : TRUE;
}

/* The one after `previous`, whose reference is used up. */
static struct certificate *next_of(struct store *store, PCCERT_CONTEXT previous)
{
    struct certificate *next = !previous                               ? store->first
                               : CERTIFICATE(previous)->store == store ? CERTIFICATE(previous)->next
                                                                       : NULL;
    if (next)
        InterlockedIncrement(&next->references);
    CertFreeCertificateContext(previous);
    return next;
}

PCCERT_CONTEXT WINAPI CertEnumCertificatesInStore(HCERTSTORE handle, PCCERT_CONTEXT previous)
{
    struct store *store = store_of(handle);

    if (!store) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    RtlEnterCriticalSection(&store->lock);
    struct certificate *next = next_of(store, previous);
    RtlLeaveCriticalSection(&store->lock);
    if (!next)
        SetLastError((DWORD)CRYPT_E_NOT_FOUND);
    return next ? &next->context : NULL;
}

static BOOL contains_text(const CERT_NAME_BLOB *name, const WCHAR *what)
{
    WCHAR text[2048];
    SIZE_T n = wcslen(what);

    name_to_text(name, CERT_SIMPLE_NAME_STR, text, 2048);
    for (const WCHAR *p = text; *p; p++)
        if (!_wcsnicmp(p, what, n))
            return TRUE;
    return !n;
}

static BOOL matches(const struct certificate *c, DWORD type, const void *parameter)
{
    const CRYPT_DATA_BLOB *blob = parameter;
    const CERT_CONTEXT *other = parameter;
    WCHAR wide[512];

    switch (type) {
    case CERT_FIND_ANY: return TRUE;
    case CERT_FIND_SHA1_HASH: return blob->cbData == 20 && !memcmp(blob->pbData, c->sha1, 20);
    case CERT_FIND_SUBJECT_NAME:
        return CertCompareCertificateName(0, (CERT_NAME_BLOB *)blob, (CERT_NAME_BLOB *)&c->info.Subject);
    case CERT_FIND_ISSUER_NAME:
        return CertCompareCertificateName(0, (CERT_NAME_BLOB *)blob, (CERT_NAME_BLOB *)&c->info.Issuer);
    case CERT_FIND_SUBJECT_STR_W: return contains_text(&c->info.Subject, parameter);
    case CERT_FIND_ISSUER_STR_W: return contains_text(&c->info.Issuer, parameter);
    case CERT_FIND_SUBJECT_STR_A:
    case CERT_FIND_ISSUER_STR_A:
        MultiByteToWideChar(CP_ACP, 0, parameter, -1, wide, 512);
        wide[511] = 0;
        return contains_text(type == CERT_FIND_SUBJECT_STR_A ? &c->info.Subject : &c->info.Issuer, wide);
    case CERT_FIND_EXISTING:
        return other->cbCertEncoded == c->context.cbCertEncoded &&
               !memcmp(other->pbCertEncoded, c->context.pbCertEncoded, other->cbCertEncoded);
    case CERT_FIND_SUBJECT_CERT:
        return CertCompareCertificate(0, (CERT_INFO *)parameter, (CERT_INFO *)&c->info);
    case CERT_FIND_ISSUER_OF:
        return CertCompareCertificateName(0, &other->pCertInfo->Issuer, (CERT_NAME_BLOB *)&c->info.Subject);
    default: return FALSE;
    }
}

PCCERT_CONTEXT WINAPI CertFindCertificateInStore(HCERTSTORE handle, DWORD encoding, DWORD flags, DWORD type,
                                                 const void *parameter, PCCERT_CONTEXT previous)
{
    struct store *store = store_of(handle);
    (void)encoding, (void)flags;

    if (!store) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    RtlEnterCriticalSection(&store->lock);
    struct certificate *c = next_of(store, previous);
    while (c && !matches(c, type, parameter))
        c = next_of(store, &c->context);
    RtlLeaveCriticalSection(&store->lock);
    if (!c)
        SetLastError((DWORD)CRYPT_E_NOT_FOUND);
    return c ? &c->context : NULL;
}

BOOL WINAPI CertAddEncodedCertificateToStore(HCERTSTORE handle, DWORD encoding, const BYTE *der, DWORD size,
                                             DWORD disposition, PCCERT_CONTEXT *ret_context)
{
    struct store *store = store_of(handle);
    struct certificate *fresh = (encoding & 0xffff) == X509_ASN_ENCODING
                                    ? certificate_create(encoding, der, size)
                                    : NULL;

    if (!fresh)
        return (encoding & 0xffff) == X509_ASN_ENCODING ? FALSE : fail(ERROR_INVALID_PARAMETER);
    PCCERT_CONTEXT old = NULL;
    if (store && disposition != CERT_STORE_ADD_ALWAYS)
        old = CertFindCertificateInStore(handle, encoding, 0, CERT_FIND_SUBJECT_CERT, &fresh->info, NULL);
    if (old) {
        switch (disposition) {
        case CERT_STORE_ADD_NEW:
            CertFreeCertificateContext(old);
            CertFreeCertificateContext(&fresh->context);
            return fail((DWORD)CRYPT_E_EXISTS);
        case CERT_STORE_ADD_USE_EXISTING:
            CertFreeCertificateContext(&fresh->context);
            if (ret_context)
                *ret_context = old;
            else
                CertFreeCertificateContext(old);
            return TRUE;
        default: CertDeleteCertificateFromStore(old); break;
        }
    }
    if (ret_context)
        *ret_context = CertDuplicateCertificateContext(&fresh->context);
    if (store)
        append(store, fresh);
    else
        CertFreeCertificateContext(&fresh->context);
    return TRUE;
}

BOOL WINAPI CertAddCertificateContextToStore(HCERTSTORE handle, PCCERT_CONTEXT context, DWORD disposition,
                                             PCCERT_CONTEXT *ret_context)
{
    if (!disposition || disposition > CERT_STORE_ADD_NEWER_INHERIT_PROPERTIES)
        return fail((DWORD)E_INVALIDARG);
    return CertAddEncodedCertificateToStore(handle, context->dwCertEncodingType, context->pbCertEncoded,
                                            context->cbCertEncoded, disposition, ret_context);
}

/* Uses the caller's reference up. */
BOOL WINAPI CertDeleteCertificateFromStore(PCCERT_CONTEXT context)
{
    struct certificate *certificate = context ? CERTIFICATE(context) : NULL;
    struct store *store = certificate ? certificate->store : NULL;

    if (store) {
        RtlEnterCriticalSection(&store->lock);
        for (struct certificate **link = &store->first; *link; link = &(*link)->next) {
            if (*link != certificate)
                continue;
            *link = certificate->next;
            if (store->last == &certificate->next)
                store->last = link;
            certificate->store = NULL;
            certificate->context.hCertStore = NULL;
            CertFreeCertificateContext(context); /* the store's */
            break;
        }
        RtlLeaveCriticalSection(&store->lock);
    }
    CertFreeCertificateContext(context);
    return TRUE;
}

BOOL WINAPI CertControlStore(HCERTSTORE handle, DWORD flags, DWORD type, const void *parameter)
{
    (void)flags, (void)parameter;
    if (!store_of(handle))
        return fail(ERROR_INVALID_PARAMETER);
    /* nothing is cached, nothing changes behind one's back */
    return type == CERT_STORE_CTRL_RESYNC || type == CERT_STORE_CTRL_COMMIT ||
                   type == CERT_STORE_CTRL_AUTO_RESYNC
               ? TRUE
               : fail(ERROR_NOT_SUPPORTED);
}
