/*
 * Security of kernel objects and files, access checks, restricted tokens, and what else asks about SIDs.
 */
#include "kernelbase.h"

#include "file.h"

/* GetSecurityAccessMask's documented mapping: what a handle must be opened with. */
void WINAPI QuerySecurityAccessMask(SECURITY_INFORMATION information, LPDWORD access)
{
    *access = 0;
    if (information & (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION |
                       LABEL_SECURITY_INFORMATION))
        *access |= READ_CONTROL;
    if (information & SACL_SECURITY_INFORMATION)
        *access |= ACCESS_SYSTEM_SECURITY;
}

void WINAPI SetSecurityAccessMask(SECURITY_INFORMATION information, LPDWORD access)
{
    *access = 0;
    if (information & (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION))
        *access |= WRITE_OWNER;
    if (information & DACL_SECURITY_INFORMATION)
        *access |= WRITE_DAC;
    if (information & SACL_SECURITY_INFORMATION)
        *access |= ACCESS_SYSTEM_SECURITY;
}

BOOL WINAPI GetKernelObjectSecurity(HANDLE handle, SECURITY_INFORMATION information,
                                    PSECURITY_DESCRIPTOR descriptor, DWORD length, LPDWORD needed)
{
    return set_status(NtQuerySecurityObject(handle, information, descriptor, length, needed));
}

BOOL WINAPI SetKernelObjectSecurity(HANDLE handle, SECURITY_INFORMATION information,
                                    PSECURITY_DESCRIPTOR descriptor)
{
    return set_status(NtSetSecurityObject(handle, information, descriptor));
}

static BOOL open_file(PCWSTR name, ACCESS_MASK access, HANDLE *ret_handle)
{
    UNICODE_STRING nt;
    IO_STATUS_BLOCK block;

    if (!dos_to_nt(name, &nt))
        return FALSE;
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof attributes, .ObjectName = &nt, .Attributes = OBJ_CASE_INSENSITIVE};
    NTSTATUS status = NtOpenFile(ret_handle, access, &attributes, &block,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, 0);
    RtlFreeUnicodeString(&nt);
    return set_status(status);
}

BOOL WINAPI GetFileSecurityW(LPCWSTR name, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor,
                             DWORD length, LPDWORD needed)
{
    DWORD access;
    HANDLE handle;

    QuerySecurityAccessMask(information, &access);
    if (!open_file(name, access, &handle))
        return FALSE;
    NTSTATUS status = NtQuerySecurityObject(handle, information, descriptor, length, needed);
    NtClose(handle);
    return set_status(status);
}

BOOL WINAPI SetFileSecurityW(LPCWSTR name, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor)
{
    DWORD access;
    HANDLE handle;

    SetSecurityAccessMask(information, &access);
    if (!open_file(name, access, &handle))
        return FALSE;
    NTSTATUS status = NtSetSecurityObject(handle, information, descriptor);
    NtClose(handle);
    return set_status(status);
}

BOOL WINAPI AccessCheck(PSECURITY_DESCRIPTOR descriptor, HANDLE token, DWORD desired,
                        PGENERIC_MAPPING mapping, PPRIVILEGE_SET privileges, LPDWORD length, LPDWORD granted,
                        LPBOOL allowed)
{
    NTSTATUS result;

    if (!set_status(NtAccessCheck(descriptor, token, desired, mapping, privileges, length, granted, &result)))
        return FALSE;
    *allowed = NT_SUCCESS(result);
    if (!*allowed)
        set_status(result);
    return TRUE;
}

BOOL WINAPI PrivilegeCheck(HANDLE token, PPRIVILEGE_SET privileges, LPBOOL held)
{
    BOOLEAN result;

    if (!set_status(NtPrivilegeCheck(token, privileges, &result)))
        return FALSE;
    *held = result;
    return TRUE;
}

/* The counts are apart from the lists here; the system call wants them together. */
static void *counted(DWORD count, const void *entries, SIZE_T entry, SIZE_T head)
{
    void *list = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, head + count * entry);

    if (list) {
        *(DWORD *)list = count;
        if (count)
            memcpy((char *)list + head, entries, count * entry);
    }
    return list;
}

BOOL WINAPI CreateRestrictedToken(HANDLE token, DWORD flags, DWORD disable_count, PSID_AND_ATTRIBUTES disable,
                                  DWORD delete_count, PLUID_AND_ATTRIBUTES privileges, DWORD restrict_count,
                                  PSID_AND_ATTRIBUTES restricted, PHANDLE fresh)
{
    NTSTATUS status = STATUS_NO_MEMORY;

    if ((disable_count && !disable) || (delete_count && !privileges) || (restrict_count && !restricted)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    void *disabled = counted(disable_count, disable, sizeof *disable, FIELD_OFFSET(TOKEN_GROUPS, Groups));
    void *deleted = counted(delete_count, privileges, sizeof *privileges,
                            FIELD_OFFSET(TOKEN_PRIVILEGES, Privileges));
    void *only = counted(restrict_count, restricted, sizeof *restricted, FIELD_OFFSET(TOKEN_GROUPS, Groups));
    if (disabled && deleted && only)
        status = NtFilterToken(token, flags, disabled, deleted, only, fresh);
    RtlFreeHeap(process_heap(), 0, disabled);
    RtlFreeHeap(process_heap(), 0, deleted);
    RtlFreeHeap(process_heap(), 0, only);
    return set_status(status);
}

BOOL WINAPI AdjustTokenGroups(HANDLE token, BOOL reset, PTOKEN_GROUPS fresh, DWORD length,
                              PTOKEN_GROUPS previous, PDWORD returned)
{
    ULONG unused;
    NTSTATUS status = NtAdjustGroupsToken(token, reset != 0, fresh, length, previous,
                                          previous ? returned : &unused);

    SetLastError(RtlNtStatusToDosError(status));
    return NT_SUCCESS(status);
}

BOOL WINAPI AllocateLocallyUniqueId(PLUID luid)
{
    return set_status(NtAllocateLocallyUniqueId(luid));
}

/* ---- SIDs of accounts: S-1-5-21-a-b-c[-rid] ---- */

static BOOL is_account(PSID sid)
{
    static const SID_IDENTIFIER_AUTHORITY nt = {SECURITY_NT_AUTHORITY};

    return RtlValidSid(sid) && *RtlSubAuthorityCountSid(sid) >= 4 &&
           *RtlSubAuthoritySid(sid, 0) == SECURITY_NT_NON_UNIQUE &&
           !memcmp(RtlIdentifierAuthoritySid(sid), &nt, sizeof nt);
}

BOOL WINAPI GetWindowsAccountDomainSid(PSID sid, PSID domain, DWORD *size)
{
    const DWORD needed = RtlLengthRequiredSid(4);

    if (!RtlValidSid(sid)) {
        SetLastError(ERROR_INVALID_SID);
        return FALSE;
    }
    if (!is_account(sid)) {
        SetLastError(ERROR_NON_ACCOUNT_SID);
        return FALSE;
    }
    if (!domain || *size < needed) {
        *size = needed;
        SetLastError(domain ? ERROR_INSUFFICIENT_BUFFER : ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    RtlInitializeSid(domain, RtlIdentifierAuthoritySid(sid), 4);
    for (int i = 0; i < 4; i++)
        *RtlSubAuthoritySid(domain, (ULONG)i) = *RtlSubAuthoritySid(sid, (ULONG)i);
    *size = needed;
    return TRUE;
}

BOOL WINAPI EqualDomainSid(PSID a, PSID b, BOOL *equal)
{
    BYTE first[32], second[32];
    DWORD size = sizeof first;

    if (!RtlValidSid(a) || !RtlValidSid(b)) {
        SetLastError(ERROR_INVALID_SID);
        return FALSE;
    }
    BOOL builtin_a = *RtlSubAuthoritySid(a, 0) == SECURITY_BUILTIN_DOMAIN_RID,
         builtin_b = *RtlSubAuthoritySid(b, 0) == SECURITY_BUILTIN_DOMAIN_RID;
    if ((!builtin_a && !is_account(a)) || (!builtin_b && !is_account(b))) {
        SetLastError(ERROR_NON_DOMAIN_SID);
        return FALSE;
    }
    if (builtin_a || builtin_b) {
        *equal = builtin_a && builtin_b;
    } else {
        GetWindowsAccountDomainSid(a, first, &size);
        size = sizeof second;
        GetWindowsAccountDomainSid(b, second, &size);
        *equal = RtlEqualSid(first, second);
    }
    SetLastError(ERROR_SUCCESS);
    return TRUE;
}

BOOL WINAPI CheckTokenMembershipEx(HANDLE token, PSID sid, DWORD flags, PBOOL is_member)
{
    if (flags & ~(DWORD)CTMF_VALID_FLAGS) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return CheckTokenMembership(token, sid, is_member);
}

DWORD WINAPI GetSecurityDescriptorRMControl(PSECURITY_DESCRIPTOR descriptor, PUCHAR control)
{
    return RtlGetSecurityDescriptorRMControl(descriptor, control) ? ERROR_SUCCESS : ERROR_INVALID_DATA;
}

DWORD WINAPI SetSecurityDescriptorRMControl(PSECURITY_DESCRIPTOR descriptor, PUCHAR control)
{
    RtlSetSecurityDescriptorRMControl(descriptor, control);
    return ERROR_SUCCESS;
}
