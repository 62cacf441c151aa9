/*
 * Distinguished names as text.
 */
#include "crypt32.h"

static const struct {
    const char *oid;
    const WCHAR *key;
} attributes[] = {
    {szOID_COMMON_NAME, L"CN"},
    {szOID_SUR_NAME, L"SN"},
    {szOID_DEVICE_SERIAL_NUMBER, L"SERIALNUMBER"},
    {szOID_COUNTRY_NAME, L"C"},
    {szOID_LOCALITY_NAME, L"L"},
    {szOID_STATE_OR_PROVINCE_NAME, L"S"},
    {szOID_STREET_ADDRESS, L"STREET"},
    {szOID_ORGANIZATION_NAME, L"O"},
    {szOID_ORGANIZATIONAL_UNIT_NAME, L"OU"},
    {szOID_TITLE, L"T"},
    {szOID_GIVEN_NAME, L"G"},
    {szOID_INITIALS, L"I"},
    {szOID_RSA_emailAddr, L"E"},
    {szOID_DOMAIN_COMPONENT, L"DC"},
};

/* A string of any of ASN.1's kinds; gives its length. */
static DWORD value_text(const struct der *value, WCHAR *text, DWORD room)
{
    DWORD n = 0;

    if (value->tag == 0x1e) { /* BMPString */
        for (; n < value->size / 2 && n < room; n++)
            text[n] = (WCHAR)(value->data[2 * n] << 8 | value->data[2 * n + 1]);
        return n;
    }
    if (value->tag == 0x0c)
        return (DWORD)MultiByteToWideChar(CP_UTF8, 0, (LPCSTR)value->data, (int)value->size, text, (int)room);
    for (; n < value->size && n < room; n++)
        text[n] = value->data[n];
    return n;
}

BOOL name_attribute(const CERT_NAME_BLOB *name, const char *oid, WCHAR *text, DWORD room)
{
    struct der all, set, pair, type, value;
    char id[128];
    BOOL found = FALSE;

    if (!der_open(name->pbData, name->cbData, &all))
        return FALSE;
    while (all.size && der_next(&all, &set)) {
        while (set.size && der_next(&set, &pair)) {
            if (!der_next(&pair, &type) || !der_next(&pair, &value) || !der_oid(&type, id))
                return FALSE;
            if (!strcmp(id, oid)) { /* the last one counts */
                text[value_text(&value, text, room - 1)] = 0;
                found = TRUE;
            }
        }
    }
    return found;
}

struct output {
    WCHAR *text;
    DWORD room, length;
};

static void put(struct output *out, WCHAR c)
{
    if (out->text && out->length + 1 < out->room)
        out->text[out->length] = c;
    out->length++;
}

static void put_text(struct output *out, const WCHAR *text)
{
    while (*text)
        put(out, *text++);
}

static void put_pair(struct output *out, const char *oid, const WCHAR *value, DWORD length, DWORD flags)
{
    BOOL quote = !length;

    if ((flags & 0xffff) != CERT_SIMPLE_NAME_STR) {
        unsigned i = 0;
        while ((flags & 0xffff) == CERT_X500_NAME_STR && i < sizeof attributes / sizeof *attributes &&
               strcmp(attributes[i].oid, oid))
            i++;
        if ((flags & 0xffff) == CERT_X500_NAME_STR && i < sizeof attributes / sizeof *attributes) {
            put_text(out, attributes[i].key);
        } else {
            if ((flags & 0xffff) == CERT_X500_NAME_STR)
                put_text(out, L"OID.");
            while (*oid)
                put(out, (WCHAR)*oid++);
        }
        put(out, '=');
    }
    for (DWORD i = 0; i < length; i++)
        quote |= wcschr(L",+=\"<>#;\n", value[i]) != NULL || ((!i || i == length - 1) && value[i] == ' ');
    quote = quote && !(flags & CERT_NAME_STR_NO_QUOTING_FLAG);
    if (quote)
        put(out, '"');
    for (DWORD i = 0; i < length; i++) {
        if (value[i] == '"' && quote)
            put(out, '"');
        put(out, value[i]);
    }
    if (quote)
        put(out, '"');
}

DWORD name_to_text(const CERT_NAME_BLOB *name, DWORD flags, WCHAR *text, DWORD room)
{
    struct output out = {text, room, 0};
    struct der all, sets[64], set, pair, type, value;
    unsigned count = 0;
    const WCHAR *separator = flags & CERT_NAME_STR_SEMICOLON_FLAG ? L"; "
                             : flags & CERT_NAME_STR_CRLF_FLAG    ? L"\r\n"
                                                                  : L", ";

    if (der_open(name->pbData, name->cbData, &all))
        while (all.size && count < 64 && der_next(&all, &sets[count]))
            count++;
    for (unsigned i = 0; i < count; i++) {
        set = sets[flags & CERT_NAME_STR_REVERSE_FLAG ? count - 1 - i : i];
        if (i)
            put_text(&out, separator);
        for (BOOL first = TRUE; set.size && der_next(&set, &pair); first = FALSE) {
            WCHAR buffer[1024];
            char oid[128];
            if (!der_next(&pair, &type) || !der_next(&pair, &value) || !der_oid(&type, oid))
                break;
            if (!first)
                put_text(&out, flags & CERT_NAME_STR_NO_PLUS_FLAG ? L" " : L" + ");
            put_pair(&out, oid, buffer, value_text(&value, buffer, 1024), flags);
        }
    }
    if (text && room)
        text[out.length < room ? out.length : room - 1] = 0;
    return text && room && out.length >= room ? room : out.length + 1;
}

DWORD WINAPI CertNameToStrW(DWORD encoding, PCERT_NAME_BLOB name, DWORD flags, LPWSTR text, DWORD room)
{
    (void)encoding;
    return name_to_text(name, flags, room ? text : NULL, room);
}

static DWORD narrow(const WCHAR *wide, LPSTR text, DWORD room)
{
    DWORD needed = (DWORD)WideCharToMultiByte(CP_ACP, 0, wide, -1, NULL, 0, NULL, NULL);

    if (!text || !room)
        return needed;
    if (needed > room) {
        *text = 0;
        return 1;
    }
    return (DWORD)WideCharToMultiByte(CP_ACP, 0, wide, -1, text, (int)room, NULL, NULL);
}

DWORD WINAPI CertNameToStrA(DWORD encoding, PCERT_NAME_BLOB name, DWORD flags, LPSTR text, DWORD room)
{
    DWORD length = CertNameToStrW(encoding, name, flags, NULL, 0);
    WCHAR *wide = allocate(length * sizeof *wide);

    if (!wide)
        return 0;
    CertNameToStrW(encoding, name, flags, wide, length);
    length = narrow(wide, text, room);
    release(wide);
    return length;
}

/* A name from the subject's alternative names: tag 1 mail, 2 DNS, 6 URL. */
static BOOL alternative(const CERT_INFO *info, BYTE kind, WCHAR *text, DWORD room)
{
    const CERT_EXTENSION *extension = find_extension(szOID_SUBJECT_ALT_NAME2, info);
    struct der list, one;

    if (!extension || !der_open(extension->Value.pbData, extension->Value.cbData, &list))
        return FALSE;
    while (list.size && der_next(&list, &one)) {
        if (one.tag == (0x80 | kind)) {
            text[value_text(&one, text, room - 1)] = 0;
            return TRUE;
        }
    }
    return FALSE;
}

DWORD WINAPI CertGetNameStringW(PCCERT_CONTEXT context, DWORD type, DWORD flags, void *parameter, LPWSTR text,
                                DWORD room)
{
    const CERT_INFO *info = context->pCertInfo;
    const CERT_NAME_BLOB *name = flags & CERT_NAME_ISSUER_FLAG ? &info->Issuer : &info->Subject;
    static const char *const simple[] = {szOID_COMMON_NAME, szOID_ORGANIZATIONAL_UNIT_NAME,
                                         szOID_ORGANIZATION_NAME, szOID_RSA_emailAddr};
    WCHAR buffer[1024] = L"";
    BOOL alt = !(flags & CERT_NAME_ISSUER_FLAG);

    switch (type) {
    case CERT_NAME_RDN_TYPE:
        name_to_text(name, parameter ? *(DWORD *)parameter : CERT_SIMPLE_NAME_STR, buffer, 1024);
        break;
    case CERT_NAME_ATTR_TYPE: name_attribute(name, parameter, buffer, 1024); break;
    case CERT_NAME_EMAIL_TYPE:
        if (!alt || !alternative(info, 1, buffer, 1024))
            name_attribute(name, szOID_RSA_emailAddr, buffer, 1024);
        break;
    case CERT_NAME_DNS_TYPE:
        if (!alt || !alternative(info, 2, buffer, 1024))
            name_attribute(name, szOID_COMMON_NAME, buffer, 1024);
        break;
    case CERT_NAME_URL_TYPE:
        if (alt)
            alternative(info, 6, buffer, 1024);
        break;
    case CERT_NAME_SIMPLE_DISPLAY_TYPE:
    case CERT_NAME_FRIENDLY_DISPLAY_TYPE:
        for (unsigned i = 0; i < 4 && !buffer[0]; i++)
            name_attribute(name, simple[i], buffer, 1024);
        break;
    }
    DWORD length = (DWORD)wcslen(buffer) + 1;
    if (!text || !room)
        return length;
    DWORD n = length < room ? length : room;
    memcpy(text, buffer, n * sizeof *text);
    text[n - 1] = 0;
    return n;
}

DWORD WINAPI CertGetNameStringA(PCCERT_CONTEXT context, DWORD type, DWORD flags, void *parameter, LPSTR text,
                                DWORD room)
{
    WCHAR buffer[1024];

    CertGetNameStringW(context, type, flags, parameter, buffer, 1024);
    return narrow(buffer, text, room);
}
