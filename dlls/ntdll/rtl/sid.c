/*
 * Security identifiers.
 */
#include <nt/rtl.h>

typedef SID *sid_pointer;

BOOLEAN NTAPI RtlValidSid(PSID sid)
{
    const SID *s = sid;

    return s && s->Revision == SID_REVISION && s->SubAuthorityCount <= SID_MAX_SUB_AUTHORITIES;
}

ULONG NTAPI RtlLengthRequiredSid(ULONG count)
{
    return (ULONG)(8 + count * sizeof(ULONG));
}
ULONG NTAPI RtlLengthSid(PSID sid)
{
    return RtlLengthRequiredSid(((const SID *)sid)->SubAuthorityCount);
}

BOOLEAN NTAPI RtlEqualSid(PSID a, PSID b)
{
    if (!RtlValidSid(a) || !RtlValidSid(b) || *RtlSubAuthorityCountSid(a) != *RtlSubAuthorityCountSid(b))
        return FALSE;
    return !memcmp(a, b, RtlLengthSid(a));
}

/* All but the last sub-authority. */
BOOLEAN NTAPI RtlEqualPrefixSid(PSID a, PSID b)
{
    const SID *x = a, *y = b;

    if (!RtlValidSid(a) || !RtlValidSid(b) || x->SubAuthorityCount != y->SubAuthorityCount)
        return FALSE;
    return !memcmp(a, b, RtlLengthRequiredSid(x->SubAuthorityCount ? x->SubAuthorityCount - 1u : 0));
}

NTSTATUS NTAPI RtlInitializeSid(PSID sid, PSID_IDENTIFIER_AUTHORITY authority, UCHAR count)
{
    SID *s = sid;

    if (count > SID_MAX_SUB_AUTHORITIES)
        return STATUS_INVALID_PARAMETER;
    s->Revision = SID_REVISION;
    s->SubAuthorityCount = count;
    s->IdentifierAuthority = *authority;
    return STATUS_SUCCESS;
}

PSID_IDENTIFIER_AUTHORITY NTAPI RtlIdentifierAuthoritySid(PSID sid)
{
    return &((sid_pointer)sid)->IdentifierAuthority;
}
PULONG NTAPI RtlSubAuthoritySid(PSID sid, ULONG index)
{
    return (PULONG)((char *)sid + 8) + index;
}
PUCHAR NTAPI RtlSubAuthorityCountSid(PSID sid)
{
    return &((sid_pointer)sid)->SubAuthorityCount;
}

NTSTATUS NTAPI RtlCopySid(ULONG length, PSID destination, PSID source)
{
    ULONG size = RtlLengthSid(source);

    if (size > length)
        return STATUS_BUFFER_TOO_SMALL;
    memmove(destination, source, size);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAllocateAndInitializeSid(PSID_IDENTIFIER_AUTHORITY authority, UCHAR count, ULONG s0,
                                           ULONG s1, ULONG s2, ULONG s3, ULONG s4, ULONG s5, ULONG s6,
                                           ULONG s7, PSID *ret_sid)
{
    const ULONG values[8] = {s0, s1, s2, s3, s4, s5, s6, s7};
    PSID sid;

    if (count > 8)
        return STATUS_INVALID_SID;
    if (!(sid = RtlAllocateHeap(rtl_peb()->ProcessHeap, 0, RtlLengthRequiredSid(count))))
        return STATUS_NO_MEMORY;
    RtlInitializeSid(sid, authority, count);
    for (ULONG i = 0; i < count; i++)
        *RtlSubAuthoritySid(sid, i) = values[i];
    *ret_sid = sid;
    return STATUS_SUCCESS;
}

PVOID NTAPI RtlFreeSid(PSID sid)
{
    RtlFreeHeap(rtl_peb()->ProcessHeap, 0, sid);
    return NULL;
}

/* S-1-authority-sub-...; the authority in hexadecimal if it needs more than 32 bits. */
NTSTATUS NTAPI RtlConvertSidToUnicodeString(PUNICODE_STRING string, PSID sid, BOOLEAN allocate)
{
    const SID *s = sid;
    WCHAR text[256], *p = text;
    UNICODE_STRING part;
    ULONGLONG authority = 0;

    if (!RtlValidSid(sid))
        return STATUS_INVALID_SID;
    for (unsigned i = 0; i < 6; i++)
        authority = authority << 8 | s->IdentifierAuthority.Value[i];
    *p++ = 'S', *p++ = '-', *p++ = '1', *p++ = '-';
    if (authority >> 32) {
        *p++ = '0', *p++ = 'x';
        for (int shift = 44; shift >= 0; shift -= 4)
            *p++ = (WCHAR) "0123456789ABCDEF"[authority >> shift & 15];
    } else {
        part = (UNICODE_STRING){0, 40, p};
        RtlIntegerToUnicodeString((ULONG)authority, 10, &part);
        p += part.Length / sizeof(WCHAR);
    }
    for (ULONG i = 0; i < s->SubAuthorityCount; i++) {
        *p++ = '-';
        part = (UNICODE_STRING){0, 40, p};
        RtlIntegerToUnicodeString(*RtlSubAuthoritySid(sid, i), 10, &part);
        p += part.Length / sizeof(WCHAR);
    }
    *p = 0;
    USHORT length = (USHORT)((char *)p - (char *)text);
    if (allocate)
        return RtlCreateUnicodeString(string, text) ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    if (length > string->MaximumLength)
        return STATUS_BUFFER_OVERFLOW;
    memcpy(string->Buffer, text, length);
    string->Length = length;
    if (length + sizeof(WCHAR) <= string->MaximumLength)
        string->Buffer[length / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlLengthSidAsUnicodeString(PSID sid, PULONG length)
{
    UNICODE_STRING string;
    NTSTATUS status = RtlConvertSidToUnicodeString(&string, sid, TRUE);

    if (NT_SUCCESS(status)) {
        *length = string.MaximumLength;
        RtlFreeUnicodeString(&string);
    }
    return status;
}

/* ---- access masks ---- */

BOOLEAN NTAPI RtlAreAllAccessesGranted(ACCESS_MASK granted, ACCESS_MASK desired)
{
    return (granted & desired) == desired;
}
BOOLEAN NTAPI RtlAreAnyAccessesGranted(ACCESS_MASK granted, ACCESS_MASK desired)
{
    return (granted & desired) != 0;
}

void NTAPI RtlMapGenericMask(ACCESS_MASK *mask, const GENERIC_MAPPING *mapping)
{
    if (*mask & GENERIC_READ)
        *mask |= mapping->GenericRead;
    if (*mask & GENERIC_WRITE)
        *mask |= mapping->GenericWrite;
    if (*mask & GENERIC_EXECUTE)
        *mask |= mapping->GenericExecute;
    if (*mask & GENERIC_ALL)
        *mask |= mapping->GenericAll;
    *mask &= ~(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL);
}

NTSTATUS NTAPI RtlAdjustPrivilege(ULONG privilege, BOOLEAN enable, BOOLEAN thread, PBOOLEAN was_enabled)
{
    TOKEN_PRIVILEGES fresh = {1, {{{privilege, 0}, enable ? SE_PRIVILEGE_ENABLED : 0}}}, old;
    HANDLE token;
    ULONG length;
    NTSTATUS status = thread ? NtOpenThreadToken(NtCurrentThread(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY,
                                                 FALSE, &token)
                             : NtOpenProcessToken(NtCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY,
                                                  &token);

    if (!NT_SUCCESS(status))
        return status;
    status = NtAdjustPrivilegesToken(token, FALSE, &fresh, sizeof old, &old, &length);
    NtClose(token);
    if (status == STATUS_NOT_ALL_ASSIGNED)
        return STATUS_PRIVILEGE_NOT_HELD;
    if (NT_SUCCESS(status) && was_enabled)
        *was_enabled = old.PrivilegeCount ? (old.Privileges[0].Attributes & SE_PRIVILEGE_ENABLED) != 0
                                          : enable;
    return status;
}
