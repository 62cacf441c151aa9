/*
 * Security descriptors as text (SDDL), both ways. Conditional and resource entries (XA, XD, ZA, RA...) are
 * not known: ERROR_INVALID_ACL.
 */
#include "advapi32.h"

#include <sddl.h>

struct name {
    WCHAR text[3];
    DWORD value;
};

/* Those that describe a mask whole come first; the order of the rest is that of the bits as text has them. */
static const struct name rights[] = {
    {L"CC", 0x001},        {L"DC", 0x002},       {L"LC", 0x004},           {L"SW", 0x008},
    {L"RP", 0x010},        {L"WP", 0x020},       {L"DT", 0x040},           {L"LO", 0x080},
    {L"CR", 0x100},        {L"SD", DELETE},      {L"RC", READ_CONTROL},    {L"WD", WRITE_DAC},
    {L"WO", WRITE_OWNER},  {L"GA", GENERIC_ALL}, {L"GX", GENERIC_EXECUTE}, {L"GW", GENERIC_WRITE},
    {L"GR", GENERIC_READ},
};
static const struct name whole_rights[] = {
    {L"FA", FILE_ALL_ACCESS},    {L"FR", FILE_GENERIC_READ},
    {L"FW", FILE_GENERIC_WRITE}, {L"FX", FILE_GENERIC_EXECUTE},
    {L"KA", KEY_ALL_ACCESS},     {L"KR", KEY_READ},
    {L"KW", KEY_WRITE},          {L"KX", KEY_EXECUTE},
};
static const struct name label_rights[] = {
    {L"NW", SYSTEM_MANDATORY_LABEL_NO_WRITE_UP},
    {L"NR", SYSTEM_MANDATORY_LABEL_NO_READ_UP},
    {L"NX", SYSTEM_MANDATORY_LABEL_NO_EXECUTE_UP},
};
static const struct name types[] = {
    {L"A", ACCESS_ALLOWED_ACE_TYPE},          {L"D", ACCESS_DENIED_ACE_TYPE},
    {L"AU", SYSTEM_AUDIT_ACE_TYPE},           {L"AL", SYSTEM_ALARM_ACE_TYPE},
    {L"OA", ACCESS_ALLOWED_OBJECT_ACE_TYPE},  {L"OD", ACCESS_DENIED_OBJECT_ACE_TYPE},
    {L"OU", SYSTEM_AUDIT_OBJECT_ACE_TYPE},    {L"OL", SYSTEM_ALARM_OBJECT_ACE_TYPE},
    {L"ML", SYSTEM_MANDATORY_LABEL_ACE_TYPE}, {L"SP", SYSTEM_SCOPED_POLICY_ID_ACE_TYPE},
};
static const struct name flags[] = {
    {L"OI", OBJECT_INHERIT_ACE},     {L"CI", CONTAINER_INHERIT_ACE}, {L"NP", NO_PROPAGATE_INHERIT_ACE},
    {L"IO", INHERIT_ONLY_ACE},       {L"ID", INHERITED_ACE},         {L"SA", SUCCESSFUL_ACCESS_ACE_FLAG},
    {L"FA", FAILED_ACCESS_ACE_FLAG},
};
#define COUNT(table) (sizeof(table) / sizeof *(table))

static BOOL find(const struct name *table, SIZE_T count, LPCWSTR text, SIZE_T length, DWORD *ret_value)
{
    for (SIZE_T i = 0; i < count; i++) {
        if (wcslen(table[i].text) == length && !_wcsnicmp(table[i].text, text, length)) {
            *ret_value = table[i].value;
            return TRUE;
        }
    }
    return FALSE;
}

static LPCWSTR skip_spaces(LPCWSTR p)
{
    while (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
        p++;
    return p;
}

/* ---------------------------------------------------------------- from text */

struct list {
    ACL *acl; /* process heap */
    SIZE_T size, room;
    WORD count;
    BOOL object, present;
    WORD control;
};

static BOOL add(struct list *list, const void *data, SIZE_T size)
{
    if (list->size + size > 0xffff)
        return fail(ERROR_INVALID_ACL);
    if (list->size + size > list->room) {
        SIZE_T room = (list->size + size) * 2 + 64;
        ACL *fresh = allocate(room);
        if (!fresh)
            return fail(ERROR_NOT_ENOUGH_MEMORY);
        if (list->acl)
            memcpy(fresh, list->acl, list->size);
        release(list->acl);
        list->acl = fresh;
        list->room = room;
    }
    memcpy((char *)list->acl + list->size, data, size);
    list->size += size;
    return TRUE;
}

static BOOL parse_number(LPCWSTR *text, DWORD *ret_value)
{
    LPCWSTR p = *text;
    unsigned base = 10;
    ULONGLONG value = 0;

    if (p[0] == '0' && (p[1] | 32) == 'x')
        base = 16, p += 2;
    else if (p[0] == '0' && p[1] >= '0' && p[1] <= '7')
        base = 8, p++;
    LPCWSTR start = p;
    for (;; p++) {
        unsigned digit = *p >= '0' && *p <= '9'                 ? *p - (unsigned)'0'
                         : (*p | 32) >= 'a' && (*p | 32) <= 'f' ? (*p | 32u) - 'a' + 10
                                                                : 99;
        if (digit >= base)
            break;
        value = value * base + digit;
        if (value > 0xffffffff)
            return FALSE;
    }
    *text = p;
    *ret_value = (DWORD)value;
    return p != start;
}

static BOOL parse_rights(LPCWSTR *text, DWORD type, DWORD *ret_mask)
{
    LPCWSTR p = skip_spaces(*text);
    DWORD mask = 0, value;

    if (*p >= '0' && *p <= '9') {
        if (!parse_number(&p, &mask))
            return fail(ERROR_INVALID_ACL);
    } else {
        while (*p && *p != ';') {
            if (type == SYSTEM_MANDATORY_LABEL_ACE_TYPE
                    ? !find(label_rights, COUNT(label_rights), p, 2, &value)
                    : !find(rights, COUNT(rights), p, 2, &value) &&
                          !find(whole_rights, COUNT(whole_rights), p, 2, &value))
                return fail(ERROR_INVALID_ACL);
            mask |= value;
            p = skip_spaces(p + 2);
        }
    }
    *text = p;
    *ret_mask = mask;
    return TRUE;
}

static BOOL parse_guid(LPCWSTR *text, GUID *ret_guid)
{
    WCHAR braced[39];
    LPCWSTR p = skip_spaces(*text), end = p;
    UNICODE_STRING string = {76, 76, braced};

    while (*end && *end != ';')
        end++;
    if (end - p != 36)
        return fail(ERROR_INVALID_ACL);
    braced[0] = '{';
    memcpy(braced + 1, p, 36 * sizeof(WCHAR));
    braced[37] = '}';
    if (!NT_SUCCESS(RtlGUIDFromString(&string, ret_guid)))
        return fail(ERROR_INVALID_ACL);
    *text = end;
    return TRUE;
}

static BOOL expect(LPCWSTR *text, WCHAR c)
{
    LPCWSTR p = skip_spaces(*text);

    if (*p != c)
        return fail(ERROR_INVALID_ACL);
    *text = skip_spaces(p + 1);
    return TRUE;
}

/* (type;flags;rights;object;inherited object;account) */
static BOOL parse_ace(LPCWSTR *text, struct list *list)
{
    struct {
        ACE_HEADER header;
        DWORD mask, flags;
        GUID guids[2];
    } ace = {0};
    LPCWSTR p = *text, end;
    DWORD type, value;
    SIZE_T head = FIELD_OFFSET(ACCESS_ALLOWED_ACE, SidStart);
    PSID sid;

    if (!expect(&p, '('))
        return FALSE;
    for (end = p; *end && *end != ';' && *end != ' ';)
        end++;
    if (!find(types, COUNT(types), p, (SIZE_T)(end - p), &type))
        return fail(ERROR_INVALID_ACL);
    p = end;
    ace.header.AceType = (BYTE)type;
    if (!expect(&p, ';'))
        return FALSE;
    while (*p && *p != ';') {
        if (!find(flags, COUNT(flags), p, 2, &value))
            return fail(ERROR_INVALID_ACL);
        ace.header.AceFlags |= (BYTE)value;
        p = skip_spaces(p + 2);
    }
    if (!expect(&p, ';') || !parse_rights(&p, type, &ace.mask))
        return FALSE;
    BOOL object = type >= ACCESS_ALLOWED_OBJECT_ACE_TYPE && type <= SYSTEM_ALARM_OBJECT_ACE_TYPE;
    if (object)
        head += sizeof(DWORD);
    for (int i = 0; i < 2; i++) {
        if (!expect(&p, ';'))
            return FALSE;
        if (*p == ';')
            continue;
        GUID *guid = (GUID *)((char *)&ace + head);
        if (!object || !parse_guid(&p, guid))
            return fail(ERROR_INVALID_ACL);
        ace.flags |= i ? ACE_INHERITED_OBJECT_TYPE_PRESENT : ACE_OBJECT_TYPE_PRESENT;
        head += sizeof(GUID);
    }
    if (!expect(&p, ';') || !parse_sid(&p, &sid))
        return FALSE;
    ace.header.AceSize = (WORD)(head + RtlLengthSid(sid));
    BOOL done = add(list, &ace, head) && add(list, sid, RtlLengthSid(sid)) && expect(&p, ')');
    LocalFree(sid);
    list->count++;
    list->object |= object;
    *text = p;
    return done;
}

static BOOL parse_list(LPCWSTR *text, struct list *list, BOOL system)
{
    static const struct name control[] = {
        {L"P", SE_DACL_PROTECTED}, {L"AR", SE_DACL_AUTO_INHERIT_REQ}, {L"AI", SE_DACL_AUTO_INHERITED}};
    ACL empty = {ACL_REVISION, 0, 0, 0, 0};
    LPCWSTR p = skip_spaces(*text);
    DWORD value;

    list->present = TRUE;
    if (!system && !_wcsnicmp(p, L"NO_ACCESS_CONTROL", 17)) { /* a NULL list */
        *text = p + 17;
        return TRUE;
    }
    while (*p && *p != '(' && p[1] != ':') {
        SIZE_T length = (*p | 32) == 'p' ? 1 : 2;
        if (!find(control, COUNT(control), p, length, &value))
            return fail(ERROR_INVALID_ACL);
        list->control |= (WORD)(system ? value << 1 : value);
        p = skip_spaces(p + length);
    }
    if (!add(list, &empty, sizeof empty))
        return FALSE;
    while (*p == '(') {
        if (!parse_ace(&p, list))
            return FALSE;
        p = skip_spaces(p);
    }
    list->acl->AclSize = (WORD)list->size;
    list->acl->AceCount = list->count;
    list->acl->AclRevision = list->object ? ACL_REVISION_DS : ACL_REVISION;
    *text = p;
    return TRUE;
}

static BOOL parse_descriptor(LPCWSTR p, PSID *owner, PSID *group, struct list *dacl, struct list *sacl)
{
    for (p = skip_spaces(p); *p; p = skip_spaces(p)) {
        WCHAR part = *p & ~32;
        if (p[1] != ':')
            return fail(ERROR_INVALID_PARAMETER);
        p = skip_spaces(p + 2);
        if (part == 'O' || part == 'G') {
            PSID *sid = part == 'O' ? owner : group;
            if (*sid)
                return fail(ERROR_INVALID_PARAMETER);
            if (!parse_sid(&p, sid))
                return FALSE;
        } else if (part == 'D' || part == 'S') {
            struct list *list = part == 'D' ? dacl : sacl;
            if (list->present)
                return fail(ERROR_INVALID_PARAMETER);
            if (!parse_list(&p, list, part == 'S'))
                return FALSE;
        } else {
            return fail(ERROR_INVALID_PARAMETER);
        }
    }
    return TRUE;
}

BOOL WINAPI ConvertStringSecurityDescriptorToSecurityDescriptorW(LPCWSTR text, DWORD revision,
                                                                 PSECURITY_DESCRIPTOR *ret_descriptor,
                                                                 PULONG size)
{
    SECURITY_DESCRIPTOR absolute;
    PSID owner = NULL, group = NULL;
    struct list dacl = {0}, sacl = {0};
    ULONG length = 0;
    BOOL done = FALSE;

    if (!text || !ret_descriptor)
        return fail(ERROR_INVALID_PARAMETER);
    if (revision != SDDL_REVISION_1)
        return fail(ERROR_UNKNOWN_REVISION);
    if (parse_descriptor(text, &owner, &group, &dacl, &sacl)) {
        RtlCreateSecurityDescriptor(&absolute, SECURITY_DESCRIPTOR_REVISION);
        absolute.Owner = owner;
        absolute.Group = group;
        if (dacl.present)
            RtlSetDaclSecurityDescriptor(&absolute, TRUE, dacl.acl, FALSE);
        if (sacl.present)
            RtlSetSaclSecurityDescriptor(&absolute, TRUE, sacl.acl, FALSE);
        absolute.Control |= dacl.control | sacl.control;
        RtlMakeSelfRelativeSD(&absolute, NULL, &length);
        if ((*ret_descriptor = LocalAlloc(LMEM_FIXED, length))) {
            done = check_status(RtlMakeSelfRelativeSD(&absolute, *ret_descriptor, &length));
            if (size)
                *size = length;
        }
    }
    LocalFree(owner);
    LocalFree(group);
    release(dacl.acl);
    release(sacl.acl);
    return done;
}

BOOL WINAPI ConvertStringSecurityDescriptorToSecurityDescriptorA(LPCSTR text, DWORD revision,
                                                                 PSECURITY_DESCRIPTOR *descriptor,
                                                                 PULONG size)
{
    if (!text)
        return fail(ERROR_INVALID_PARAMETER);
    WCHAR *wide = widen(text);
    BOOL done = wide &&
                ConvertStringSecurityDescriptorToSecurityDescriptorW(wide, revision, descriptor, size);
    release(wide);
    return done;
}

/* ---------------------------------------------------------------- to text */

struct text {
    WCHAR *out; /* NULL: only counts */
    SIZE_T length;
};

static void put_n(struct text *to, const WCHAR *text, SIZE_T length)
{
    if (to->out)
        memcpy(to->out + to->length, text, length * sizeof(WCHAR));
    to->length += length;
}

static void put(struct text *to, const WCHAR *text)
{
    put_n(to, text, wcslen(text));
}

static BOOL put_sid(struct text *to, PSID sid)
{
    const WCHAR *alias = sid_alias(sid);
    UNICODE_STRING string;

    if (alias) {
        put(to, alias);
        return TRUE;
    }
    if (!check_status(RtlConvertSidToUnicodeString(&string, sid, TRUE)))
        return FALSE;
    put_n(to, string.Buffer, string.Length / sizeof(WCHAR));
    RtlFreeUnicodeString(&string);
    return TRUE;
}

static void put_hex(struct text *to, DWORD value)
{
    WCHAR digits[10];
    int n = 10;

    do
        digits[--n] = (WCHAR) "0123456789abcdef"[value & 15];
    while ((value >>= 4));
    put(to, L"0x");
    put_n(to, digits + n, (SIZE_T)(10 - n));
}

static void put_guid(struct text *to, const GUID *guid)
{
    UNICODE_STRING string;

    if (!NT_SUCCESS(RtlStringFromGUID(guid, &string)))
        return;
    for (SIZE_T i = 1; i < 37; i++) {
        WCHAR c = string.Buffer[i] >= 'A' && string.Buffer[i] <= 'F' ? string.Buffer[i] | 32
                                                                     : string.Buffer[i];
        put_n(to, &c, 1);
    }
    RtlFreeUnicodeString(&string);
}

static void put_mask(struct text *to, DWORD mask, DWORD type)
{
    const struct name *table = type == SYSTEM_MANDATORY_LABEL_ACE_TYPE ? label_rights : rights;
    SIZE_T count = type == SYSTEM_MANDATORY_LABEL_ACE_TYPE ? COUNT(label_rights) : COUNT(rights);
    DWORD known = 0;

    if (table == rights) {
        for (SIZE_T i = 0; i < COUNT(whole_rights); i++) {
            if (mask == whole_rights[i].value) {
                put(to, whole_rights[i].text);
                return;
            }
        }
    }
    for (SIZE_T i = 0; i < count; i++)
        known |= table[i].value;
    if (mask & ~known) {
        put_hex(to, mask);
        return;
    }
    for (SIZE_T i = 0; i < count; i++)
        if (mask & table[i].value)
            put(to, table[i].text);
}

static BOOL put_ace(struct text *to, const ACE_HEADER *header)
{
    const ACCESS_ALLOWED_OBJECT_ACE *object = (const ACCESS_ALLOWED_OBJECT_ACE *)header;
    const char *at = (const char *)header + FIELD_OFFSET(ACCESS_ALLOWED_ACE, SidStart);
    DWORD type = header->AceType;
    BOOL is_object = type >= ACCESS_ALLOWED_OBJECT_ACE_TYPE && type <= SYSTEM_ALARM_OBJECT_ACE_TYPE;
    SIZE_T i = 0;

    while (i < COUNT(types) && types[i].value != type)
        i++;
    if (i == COUNT(types))
        return fail(ERROR_INVALID_ACL);
    put(to, L"(");
    put(to, types[i].text);
    put(to, L";");
    for (i = 0; i < COUNT(flags); i++)
        if (header->AceFlags & flags[i].value)
            put(to, flags[i].text);
    put(to, L";");
    put_mask(to, object->Mask, type);
    put(to, L";");
    if (is_object)
        at += sizeof(DWORD);
    if (is_object && object->Flags & ACE_OBJECT_TYPE_PRESENT) {
        put_guid(to, (const GUID *)at);
        at += sizeof(GUID);
    }
    put(to, L";");
    if (is_object && object->Flags & ACE_INHERITED_OBJECT_TYPE_PRESENT) {
        put_guid(to, (const GUID *)at);
        at += sizeof(GUID);
    }
    put(to, L";");
    if (!put_sid(to, (PSID)at))
        return FALSE;
    put(to, L")");
    return TRUE;
}

static BOOL put_list(struct text *to, PACL acl, DWORD control)
{
    ACE_HEADER *ace;

    if (control & SE_DACL_PROTECTED)
        put(to, L"P");
    if (control & SE_DACL_AUTO_INHERIT_REQ)
        put(to, L"AR");
    if (control & SE_DACL_AUTO_INHERITED)
        put(to, L"AI");
    if (!acl) {
        put(to, L"NO_ACCESS_CONTROL");
        return TRUE;
    }
    if (!RtlValidAcl(acl))
        return fail(ERROR_INVALID_ACL);
    for (DWORD i = 0; i < acl->AceCount; i++)
        if (!check_status(RtlGetAce(acl, i, (void **)&ace)) || !put_ace(to, ace))
            return FALSE;
    return TRUE;
}

static BOOL put_descriptor(struct text *to, PSECURITY_DESCRIPTOR descriptor, SECURITY_INFORMATION information)
{
    SECURITY_DESCRIPTOR_CONTROL control;
    ULONG revision;
    BOOLEAN present, defaulted;
    PSID sid;
    PACL acl;

    RtlGetControlSecurityDescriptor(descriptor, &control, &revision);
    if (information & OWNER_SECURITY_INFORMATION &&
        NT_SUCCESS(RtlGetOwnerSecurityDescriptor(descriptor, &sid, &defaulted)) && sid) {
        put(to, L"O:");
        if (!put_sid(to, sid))
            return FALSE;
    }
    if (information & GROUP_SECURITY_INFORMATION &&
        NT_SUCCESS(RtlGetGroupSecurityDescriptor(descriptor, &sid, &defaulted)) && sid) {
        put(to, L"G:");
        if (!put_sid(to, sid))
            return FALSE;
    }
    if (information & DACL_SECURITY_INFORMATION &&
        NT_SUCCESS(RtlGetDaclSecurityDescriptor(descriptor, &present, &acl, &defaulted)) && present) {
        put(to, L"D:");
        if (!put_list(to, acl, control))
            return FALSE;
    }
    if (information & (SACL_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION) &&
        NT_SUCCESS(RtlGetSaclSecurityDescriptor(descriptor, &present, &acl, &defaulted)) && present) {
        put(to, L"S:");
        if (!put_list(to, acl, (DWORD)control >> 1))
            return FALSE;
    }
    return TRUE;
}

BOOL WINAPI ConvertSecurityDescriptorToStringSecurityDescriptorW(PSECURITY_DESCRIPTOR descriptor,
                                                                 DWORD revision,
                                                                 SECURITY_INFORMATION information,
                                                                 LPWSTR *ret_text, PULONG length)
{
    struct text text = {NULL, 0};

    if (revision != SDDL_REVISION_1)
        return fail(ERROR_UNKNOWN_REVISION);
    if (!ret_text)
        return fail(ERROR_INVALID_PARAMETER);
    if (!RtlValidSecurityDescriptor(descriptor))
        return fail(ERROR_INVALID_SECURITY_DESCR);
    if (!put_descriptor(&text, descriptor, information))
        return FALSE;
    if (!(text.out = LocalAlloc(LMEM_FIXED, (text.length + 1) * sizeof(WCHAR))))
        return FALSE;
    text.length = 0;
    put_descriptor(&text, descriptor, information);
    text.out[text.length] = 0;
    *ret_text = text.out;
    if (length)
        *length = (ULONG)text.length + 1;
    return TRUE;
}

BOOL WINAPI ConvertSecurityDescriptorToStringSecurityDescriptorA(PSECURITY_DESCRIPTOR descriptor,
                                                                 DWORD revision,
                                                                 SECURITY_INFORMATION information,
                                                                 LPSTR *ret_text, PULONG length)
{
    LPWSTR wide;
    ULONG count;

    if (!ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, revision, information, &wide,
                                                              &count))
        return FALSE;
    if ((*ret_text = LocalAlloc(LMEM_FIXED, count))) /* it is all ASCII */
        for (ULONG i = 0; i < count; i++)
            (*ret_text)[i] = (char)wide[i];
    LocalFree(wide);
    if (length)
        *length = count;
    return *ret_text != NULL;
}
