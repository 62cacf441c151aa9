/*
 * What crypt32's files share: reading DER, certificates and stores.
 */
#ifndef CRYPT32_H
#define CRYPT32_H

#include <nt/rtl.h>

#include <wincrypt.h>

static inline BOOL fail(DWORD error)
{
    SetLastError(error);
    return FALSE;
}
static inline void *allocate(SIZE_T size)
{
    return RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY, size);
}
static inline void release(void *memory)
{
    RtlFreeHeap(rtl_peb()->ProcessHeap, 0, memory);
}

/* One DER element: its tag, its contents, and all of it. */
struct der {
    BYTE tag;
    const BYTE *data, *whole;
    DWORD size, whole_size;
};

/* Takes the element at the front of what is left of `in` (data, size); FALSE: malformed or at the end. */
BOOL der_next(struct der *in, struct der *ret);
BOOL der_open(const BYTE *data, DWORD size, struct der *ret); /* one element that fills it all */

/* "1.2.840.113549.1.1.11" to a buffer of 128 bytes. */
BOOL der_oid(const struct der *oid, char *text);
BOOL der_time(const struct der *time, FILETIME *ret);

struct store;

struct certificate {
    CERT_CONTEXT context; /* first: the handle is a pointer to it */
    LONG references;
    CERT_INFO info;
    struct certificate *next; /* in its store, which holds a reference */
    struct store *store;
    BYTE sha1[20];
    char oids[2][128]; /* of signature and key */
};

#define CERTIFICATE(pointer) ((struct certificate *)(void *)(pointer))

struct certificate *certificate_create(DWORD encoding, const BYTE *der, DWORD size);
BOOL hash_data(const WCHAR *algorithm, const BYTE *data, DWORD size, BYTE *digest, DWORD digest_size);

/* The attribute's value as text; room counts characters, the result with terminator. */
DWORD name_to_text(const CERT_NAME_BLOB *name, DWORD flags, WCHAR *text, DWORD room);
BOOL name_attribute(const CERT_NAME_BLOB *name, const char *oid, WCHAR *text, DWORD room);
const CERT_EXTENSION *find_extension(const char *oid, const CERT_INFO *info);

/* Base64 with or without what surrounds it; NULL output counts. */
BOOL base64_decode(const char *text, SIZE_T length, BYTE *data, DWORD *size);

#endif
