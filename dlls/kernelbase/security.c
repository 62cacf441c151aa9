/*
 * SIDs, access control lists, security descriptors: ntdll's functions with last errors.
 */
#include "kernelbase.h"

BOOL WINAPI AllocateAndInitializeSid(PSID_IDENTIFIER_AUTHORITY authority, BYTE count, DWORD s0, DWORD s1,
                                     DWORD s2, DWORD s3, DWORD s4, DWORD s5, DWORD s6, DWORD s7, PSID *sid)
{
    return set_status(RtlAllocateAndInitializeSid(authority, count, s0, s1, s2, s3, s4, s5, s6, s7, sid));
}

PVOID WINAPI FreeSid(PSID sid)
{
    return RtlFreeSid(sid);
}
BOOL WINAPI CopySid(DWORD length, PSID to, PSID from)
{
    return set_status(RtlCopySid(length, to, from));
}
BOOL WINAPI EqualPrefixSid(PSID a, PSID b)
{
    return RtlEqualPrefixSid(a, b);
}
DWORD WINAPI GetSidLengthRequired(UCHAR count)
{
    return RtlLengthRequiredSid(count);
}

BOOL WINAPI EqualSid(PSID a, PSID b)
{
    BOOL equal = RtlEqualSid(a, b);

    SetLastError(ERROR_SUCCESS);
    return equal;
}

BOOL WINAPI IsValidSid(PSID sid)
{
    if (RtlValidSid(sid))
        return TRUE;
    SetLastError(ERROR_INVALID_SID);
    return FALSE;
}

BOOL WINAPI InitializeSid(PSID sid, PSID_IDENTIFIER_AUTHORITY authority, BYTE count)
{
    return set_status(RtlInitializeSid(sid, authority, count));
}

DWORD WINAPI GetLengthSid(PSID sid)
{
    SetLastError(ERROR_SUCCESS);
    return RtlLengthSid(sid);
}

PSID_IDENTIFIER_AUTHORITY WINAPI GetSidIdentifierAuthority(PSID sid)
{
    SetLastError(ERROR_SUCCESS);
    return RtlIdentifierAuthoritySid(sid);
}

PDWORD WINAPI GetSidSubAuthority(PSID sid, DWORD index)
{
    SetLastError(ERROR_SUCCESS);
    return RtlSubAuthoritySid(sid, index);
}

PUCHAR WINAPI GetSidSubAuthorityCount(PSID sid)
{
    SetLastError(ERROR_SUCCESS);
    return RtlSubAuthorityCountSid(sid);
}

/* ---- well-known SIDs ---- */

/* Authority, number of sub-authorities, the first; domain-relative ones have authority 0xff. */
static const struct {
    BYTE authority, count;
    DWORD first, second;
} well_known[] = {
    [WinNullSid] = {0, 1, 0, 0},
    [WinWorldSid] = {1, 1, 0, 0},
    [WinLocalSid] = {2, 1, 0, 0},
    [WinCreatorOwnerSid] = {3, 1, 0, 0},
    [WinCreatorGroupSid] = {3, 1, 1, 0},
    [WinCreatorOwnerServerSid] = {3, 1, 2, 0},
    [WinCreatorGroupServerSid] = {3, 1, 3, 0},
    [WinNtAuthoritySid] = {5, 0, 0, 0},
    [WinDialupSid] = {5, 1, 1, 0},
    [WinNetworkSid] = {5, 1, 2, 0},
    [WinBatchSid] = {5, 1, 3, 0},
    [WinInteractiveSid] = {5, 1, 4, 0},
    [WinServiceSid] = {5, 1, 6, 0},
    [WinAnonymousSid] = {5, 1, 7, 0},
    [WinProxySid] = {5, 1, 8, 0},
    [WinEnterpriseControllersSid] = {5, 1, 9, 0},
    [WinSelfSid] = {5, 1, 10, 0},
    [WinAuthenticatedUserSid] = {5, 1, 11, 0},
    [WinRestrictedCodeSid] = {5, 1, 12, 0},
    [WinTerminalServerSid] = {5, 1, 13, 0},
    [WinRemoteLogonIdSid] = {5, 1, 14, 0},
    [WinLogonIdsSid] = {5, 1, 5, 0},
    [WinLocalSystemSid] = {5, 1, 18, 0},
    [WinLocalServiceSid] = {5, 1, 19, 0},
    [WinNetworkServiceSid] = {5, 1, 20, 0},
    [WinBuiltinDomainSid] = {5, 1, 32, 0},
    [WinBuiltinAdministratorsSid] = {5, 2, 32, 544},
    [WinBuiltinUsersSid] = {5, 2, 32, 545},
    [WinBuiltinGuestsSid] = {5, 2, 32, 546},
    [WinBuiltinPowerUsersSid] = {5, 2, 32, 547},
    [WinBuiltinAccountOperatorsSid] = {5, 2, 32, 548},
    [WinBuiltinSystemOperatorsSid] = {5, 2, 32, 549},
    [WinBuiltinPrintOperatorsSid] = {5, 2, 32, 550},
    [WinBuiltinBackupOperatorsSid] = {5, 2, 32, 551},
    [WinBuiltinReplicatorSid] = {5, 2, 32, 552},
    [WinBuiltinPreWindows2000CompatibleAccessSid] = {5, 2, 32, 554},
    [WinBuiltinRemoteDesktopUsersSid] = {5, 2, 32, 555},
    [WinBuiltinNetworkConfigurationOperatorsSid] = {5, 2, 32, 556},
    [WinAccountAdministratorSid] = {0xff, 1, 500, 0},
    [WinAccountGuestSid] = {0xff, 1, 501, 0},
    [WinAccountKrbtgtSid] = {0xff, 1, 502, 0},
    [WinAccountDomainAdminsSid] = {0xff, 1, 512, 0},
    [WinAccountDomainUsersSid] = {0xff, 1, 513, 0},
    [WinAccountDomainGuestsSid] = {0xff, 1, 514, 0},
    [WinAccountComputersSid] = {0xff, 1, 515, 0},
    [WinAccountControllersSid] = {0xff, 1, 516, 0},
    [WinUntrustedLabelSid] = {16, 1, 0, 0},
    [WinLowLabelSid] = {16, 1, 0x1000, 0},
    [WinMediumLabelSid] = {16, 1, 0x2000, 0},
    [WinHighLabelSid] = {16, 1, 0x3000, 0},
    [WinSystemLabelSid] = {16, 1, 0x4000, 0},
};

BOOL WINAPI CreateWellKnownSid(WELL_KNOWN_SID_TYPE type, PSID domain, PSID sid, DWORD *size)
{
    if ((unsigned)type >= sizeof well_known / sizeof well_known[0] || !size ||
        (type != WinNullSid && !well_known[type].authority)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    BYTE authority = well_known[type].authority, count = well_known[type].count;
    BYTE before = 0;
    if (authority == 0xff) {
        if (!domain || !RtlValidSid(domain)) {
            SetLastError(ERROR_INVALID_PARAMETER);
            return FALSE;
        }
        before = *RtlSubAuthorityCountSid(domain);
    }
    DWORD needed = RtlLengthRequiredSid((ULONG)before + count);
    if (*size < needed || !sid) {
        *size = needed;
        SetLastError(sid ? ERROR_INSUFFICIENT_BUFFER : ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    SID_IDENTIFIER_AUTHORITY value = {{0, 0, 0, 0, 0, authority}};
    RtlInitializeSid(sid, before ? RtlIdentifierAuthoritySid(domain) : &value, (UCHAR)(before + count));
    for (BYTE i = 0; i < before; i++)
        *RtlSubAuthoritySid(sid, i) = *RtlSubAuthoritySid(domain, i);
    if (count > 0)
        *RtlSubAuthoritySid(sid, before) = well_known[type].first;
    if (count > 1)
        *RtlSubAuthoritySid(sid, before + 1u) = well_known[type].second;
    *size = needed;
    return TRUE;
}

BOOL WINAPI IsWellKnownSid(PSID sid, WELL_KNOWN_SID_TYPE type)
{
    BYTE buffer[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof buffer;

    if ((unsigned)type < sizeof well_known / sizeof well_known[0] && well_known[type].authority == 0xff) {
        BYTE count = *RtlSubAuthorityCountSid(sid);
        return RtlValidSid(sid) && count == 5 && *RtlSubAuthoritySid(sid, 0) == 21 &&
               *RtlSubAuthoritySid(sid, 4) == well_known[type].first;
    }
    return CreateWellKnownSid(type, NULL, buffer, &size) && RtlEqualSid(sid, buffer);
}

/* ---- access control lists ---- */

BOOL WINAPI IsValidAcl(PACL acl)
{
    if (RtlValidAcl(acl))
        return TRUE;
    SetLastError(ERROR_INVALID_ACL);
    return FALSE;
}

BOOL WINAPI InitializeAcl(PACL acl, DWORD length, DWORD revision)
{
    return set_status(RtlCreateAcl(acl, length, revision));
}
BOOL WINAPI GetAce(PACL acl, DWORD index, LPVOID *ace)
{
    return set_status(RtlGetAce(acl, index, ace));
}
BOOL WINAPI DeleteAce(PACL acl, DWORD index)
{
    return set_status(RtlDeleteAce(acl, index));
}
BOOL WINAPI AddAce(PACL acl, DWORD r, DWORD i, LPVOID list, DWORD n)
{
    return set_status(RtlAddAce(acl, r, i, list, n));
}
BOOL WINAPI FindFirstFreeAce(PACL acl, LPVOID *ace)
{
    return RtlFirstFreeAce(acl, ace);
}

BOOL WINAPI AddAccessAllowedAce(PACL acl, DWORD revision, DWORD mask, PSID sid)
{
    return set_status(RtlAddAccessAllowedAce(acl, revision, mask, sid));
}

BOOL WINAPI AddAccessAllowedAceEx(PACL acl, DWORD revision, DWORD flags, DWORD mask, PSID sid)
{
    return set_status(RtlAddAccessAllowedAceEx(acl, revision, flags, mask, sid));
}

BOOL WINAPI AddAccessDeniedAce(PACL acl, DWORD revision, DWORD mask, PSID sid)
{
    return set_status(RtlAddAccessDeniedAce(acl, revision, mask, sid));
}

BOOL WINAPI AddAccessDeniedAceEx(PACL acl, DWORD revision, DWORD flags, DWORD mask, PSID sid)
{
    return set_status(RtlAddAccessDeniedAceEx(acl, revision, flags, mask, sid));
}

BOOL WINAPI AddAuditAccessAce(PACL acl, DWORD revision, DWORD mask, PSID sid, BOOL success, BOOL failure)
{
    return set_status(RtlAddAuditAccessAce(acl, revision, mask, sid, success != 0, failure != 0));
}

BOOL WINAPI AddAuditAccessAceEx(PACL acl, DWORD revision, DWORD flags, DWORD mask, PSID sid, BOOL success,
                                BOOL failure)
{
    return set_status(RtlAddAuditAccessAceEx(acl, revision, flags, mask, sid, success != 0, failure != 0));
}

BOOL WINAPI AddMandatoryAce(PACL acl, DWORD revision, DWORD flags, DWORD policy, PSID sid)
{
    return set_status(RtlAddMandatoryAce(acl, revision, flags, sid, SYSTEM_MANDATORY_LABEL_ACE_TYPE, policy));
}

BOOL WINAPI GetAclInformation(PACL acl, LPVOID information, DWORD length, ACL_INFORMATION_CLASS class)
{
    return set_status(RtlQueryInformationAcl(acl, information, length, class));
}

BOOL WINAPI SetAclInformation(PACL acl, LPVOID information, DWORD length, ACL_INFORMATION_CLASS class)
{
    return set_status(RtlSetInformationAcl(acl, information, length, class));
}

/* ---- security descriptors ---- */

BOOL WINAPI InitializeSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, DWORD revision)
{
    return set_status(RtlCreateSecurityDescriptor(descriptor, revision));
}

BOOL WINAPI IsValidSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor)
{
    if (RtlValidSecurityDescriptor(descriptor))
        return TRUE;
    SetLastError(ERROR_INVALID_SECURITY_DESCR);
    return FALSE;
}

DWORD WINAPI GetSecurityDescriptorLength(PSECURITY_DESCRIPTOR descriptor)
{
    return RtlLengthSecurityDescriptor(descriptor);
}

#define DEFINE_ACL_PART(name)                                                                                \
    BOOL WINAPI GetSecurityDescriptor##name(PSECURITY_DESCRIPTOR descriptor, LPBOOL present, PACL *acl,      \
                                            LPBOOL defaulted)                                                \
    {                                                                                                        \
        BOOLEAN is_present, is_default = FALSE;                                                              \
        if (!set_status(RtlGet##name##SecurityDescriptor(descriptor, &is_present, acl, &is_default)))        \
            return FALSE;                                                                                    \
        *present = is_present;                                                                               \
        if (is_present)                                                                                      \
            *defaulted = is_default;                                                                         \
        return TRUE;                                                                                         \
    }                                                                                                        \
    BOOL WINAPI SetSecurityDescriptor##name(PSECURITY_DESCRIPTOR descriptor, BOOL present, PACL acl,         \
                                            BOOL defaulted)                                                  \
    {                                                                                                        \
        return set_status(RtlSet##name##SecurityDescriptor(descriptor, present != 0, acl, defaulted != 0));  \
    }
DEFINE_ACL_PART(Dacl)
DEFINE_ACL_PART(Sacl)

#define DEFINE_SID_PART(name)                                                                                \
    BOOL WINAPI GetSecurityDescriptor##name(PSECURITY_DESCRIPTOR descriptor, PSID *sid, LPBOOL defaulted)    \
    {                                                                                                        \
        BOOLEAN is_default;                                                                                  \
        if (!set_status(RtlGet##name##SecurityDescriptor(descriptor, sid, &is_default)))                     \
            return FALSE;                                                                                    \
        *defaulted = is_default;                                                                             \
        return TRUE;                                                                                         \
    }                                                                                                        \
    BOOL WINAPI SetSecurityDescriptor##name(PSECURITY_DESCRIPTOR descriptor, PSID sid, BOOL defaulted)       \
    {                                                                                                        \
        return set_status(RtlSet##name##SecurityDescriptor(descriptor, sid, defaulted != 0));                \
    }
DEFINE_SID_PART(Owner)
DEFINE_SID_PART(Group)

BOOL WINAPI GetSecurityDescriptorControl(PSECURITY_DESCRIPTOR descriptor,
                                         PSECURITY_DESCRIPTOR_CONTROL control, LPDWORD revision)
{
    return set_status(RtlGetControlSecurityDescriptor(descriptor, control, revision));
}

BOOL WINAPI SetSecurityDescriptorControl(PSECURITY_DESCRIPTOR descriptor, SECURITY_DESCRIPTOR_CONTROL mask,
                                         SECURITY_DESCRIPTOR_CONTROL bits)
{
    return set_status(RtlSetControlSecurityDescriptor(descriptor, mask, bits));
}

BOOL WINAPI MakeSelfRelativeSD(PSECURITY_DESCRIPTOR source, PSECURITY_DESCRIPTOR destination, LPDWORD length)
{
    return set_status(RtlAbsoluteToSelfRelativeSD(source, destination, length));
}

BOOL WINAPI MakeAbsoluteSD(PSECURITY_DESCRIPTOR source, PSECURITY_DESCRIPTOR destination, LPDWORD length,
                           PACL dacl, LPDWORD dacl_length, PACL sacl, LPDWORD sacl_length, PSID owner,
                           LPDWORD owner_length, PSID group, LPDWORD group_length)
{
    return set_status(RtlSelfRelativeToAbsoluteSD(source, destination, length, dacl, dacl_length, sacl,
                                                  sacl_length, owner, owner_length, group, group_length));
}

void WINAPI MapGenericMask(PDWORD mask, PGENERIC_MAPPING mapping)
{
    RtlMapGenericMask(mask, mapping);
}
BOOL WINAPI AreAllAccessesGranted(DWORD granted, DWORD desired)
{
    return RtlAreAllAccessesGranted(granted, desired);
}
BOOL WINAPI AreAnyAccessesGranted(DWORD granted, DWORD desired)
{
    return RtlAreAnyAccessesGranted(granted, desired);
}
