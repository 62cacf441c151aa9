/*
 * Access control lists.
 */
#include <nt/rtl.h>

static inline ACE_HEADER *first_ace(PACL acl)
{
    return (ACE_HEADER *)(acl + 1);
}
static inline ACE_HEADER *next_ace(ACE_HEADER *ace)
{
    return (ACE_HEADER *)((char *)ace + ace->AceSize);
}
static inline char *end_of(PACL acl)
{
    return (char *)acl + acl->AclSize;
}

BOOLEAN NTAPI RtlValidAcl(PACL acl)
{
    if (!acl || acl->AclRevision < MIN_ACL_REVISION || acl->AclRevision > MAX_ACL_REVISION ||
        acl->AclSize < sizeof(ACL))
        return FALSE;
    ACE_HEADER *ace = first_ace(acl);
    for (unsigned i = 0; i < acl->AceCount; i++) {
        if ((char *)(ace + 1) > end_of(acl) || ace->AceSize < sizeof *ace ||
            (char *)ace + ace->AceSize > end_of(acl))
            return FALSE;
        ace = next_ace(ace);
    }
    return TRUE;
}

/* *ret_ace: behind the last entry, NULL if nothing fits there. FALSE: the list is corrupt. */
BOOLEAN NTAPI RtlFirstFreeAce(PACL acl, PVOID *ret_ace)
{
    ACE_HEADER *ace = first_ace(acl);

    *ret_ace = NULL;
    for (unsigned i = 0; i < acl->AceCount; i++) {
        if ((char *)(ace + 1) > end_of(acl))
            return FALSE;
        ace = next_ace(ace);
    }
    if ((char *)ace <= end_of(acl))
        *ret_ace = ace;
    return TRUE;
}

NTSTATUS NTAPI RtlCreateAcl(PACL acl, ULONG length, ULONG revision)
{
    if (length < sizeof(ACL))
        return STATUS_BUFFER_TOO_SMALL;
    if (revision < MIN_ACL_REVISION || revision > MAX_ACL_REVISION || length > 0xffff)
        return STATUS_INVALID_PARAMETER;
    *acl = (ACL){(BYTE)revision, 0, (WORD)(length & ~3u), 0, 0};
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAddAce(PACL acl, ULONG revision, ULONG index, PVOID list, ULONG length)
{
    ACE_HEADER *ace, *place;
    PVOID free_place;
    unsigned count = 0;

    if (!RtlValidAcl(acl) || !RtlFirstFreeAce(acl, &free_place) || revision > MAX_ACL_REVISION)
        return STATUS_INVALID_PARAMETER;
    for (ace = list; (char *)ace < (char *)list + length; ace = next_ace(ace), count++)
        if ((char *)(ace + 1) > (char *)list + length || ace->AceSize < sizeof *ace ||
            (char *)ace + ace->AceSize > (char *)list + length)
            return STATUS_INVALID_PARAMETER;
    if (!free_place || (char *)free_place + length > end_of(acl))
        return STATUS_BUFFER_TOO_SMALL;
    place = first_ace(acl);
    for (unsigned i = 0; i < acl->AceCount && i < index; i++)
        place = next_ace(place);
    memmove((char *)place + length, place, (size_t)((char *)free_place - (char *)place));
    memcpy(place, list, length);
    acl->AceCount = (WORD)(acl->AceCount + count);
    if (revision > acl->AclRevision)
        acl->AclRevision = (BYTE)revision;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlGetAce(PACL acl, ULONG index, PVOID *ret_ace)
{
    if (acl->AclRevision < MIN_ACL_REVISION || acl->AclRevision > MAX_ACL_REVISION || index >= acl->AceCount)
        return STATUS_INVALID_PARAMETER;
    ACE_HEADER *ace = first_ace(acl);
    while (index--) {
        if ((char *)ace >= end_of(acl))
            return STATUS_INVALID_PARAMETER;
        ace = next_ace(ace);
    }
    if ((char *)ace >= end_of(acl))
        return STATUS_INVALID_PARAMETER;
    *ret_ace = ace;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDeleteAce(PACL acl, ULONG index)
{
    PVOID ace, free_place;
    NTSTATUS status = RtlGetAce(acl, index, &ace);

    if (!NT_SUCCESS(status))
        return status;
    if (!RtlFirstFreeAce(acl, &free_place) || !free_place)
        return STATUS_INVALID_PARAMETER;
    ACE_HEADER *next = next_ace(ace);
    memmove(ace, next, (size_t)((char *)free_place - (char *)next));
    acl->AceCount--;
    return STATUS_SUCCESS;
}

/* Entries of the shape header, mask, SID: allowed, denied, audit, label. */
static NTSTATUS add_sid_ace(PACL acl, ULONG revision, UCHAR type, ULONG flags, ACCESS_MASK mask, PSID sid)
{
    PVOID place;

    if (!RtlValidSid(sid))
        return STATUS_INVALID_SID;
    if (acl->AclRevision > MAX_ACL_REVISION || revision > MAX_ACL_REVISION)
        return STATUS_REVISION_MISMATCH;
    if (!RtlFirstFreeAce(acl, &place))
        return STATUS_INVALID_ACL;
    ULONG size = (ULONG)(sizeof(ACE_HEADER) + sizeof(ACCESS_MASK)) + RtlLengthSid(sid);
    if (!place || (char *)place + size > end_of(acl))
        return STATUS_ALLOTTED_SPACE_EXCEEDED;
    ACCESS_ALLOWED_ACE *ace = place;
    ace->Header = (ACE_HEADER){type, (BYTE)flags, (WORD)size};
    ace->Mask = mask;
    memcpy(&ace->SidStart, sid, RtlLengthSid(sid));
    acl->AceCount++;
    if (revision > acl->AclRevision)
        acl->AclRevision = (BYTE)revision;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAddAccessAllowedAceEx(PACL acl, ULONG revision, ULONG flags, ACCESS_MASK mask, PSID sid)
{
    return add_sid_ace(acl, revision, ACCESS_ALLOWED_ACE_TYPE, flags, mask, sid);
}

NTSTATUS NTAPI RtlAddAccessAllowedAce(PACL acl, ULONG revision, ACCESS_MASK mask, PSID sid)
{
    return RtlAddAccessAllowedAceEx(acl, revision, 0, mask, sid);
}

NTSTATUS NTAPI RtlAddAccessDeniedAceEx(PACL acl, ULONG revision, ULONG flags, ACCESS_MASK mask, PSID sid)
{
    return add_sid_ace(acl, revision, ACCESS_DENIED_ACE_TYPE, flags, mask, sid);
}

NTSTATUS NTAPI RtlAddAccessDeniedAce(PACL acl, ULONG revision, ACCESS_MASK mask, PSID sid)
{
    return RtlAddAccessDeniedAceEx(acl, revision, 0, mask, sid);
}

NTSTATUS NTAPI RtlAddAuditAccessAceEx(PACL acl, ULONG revision, ULONG flags, ACCESS_MASK mask, PSID sid,
                                      BOOLEAN success, BOOLEAN failure)
{
    flags |= (success ? SUCCESSFUL_ACCESS_ACE_FLAG : 0u) | (failure ? FAILED_ACCESS_ACE_FLAG : 0u);
    return add_sid_ace(acl, revision, SYSTEM_AUDIT_ACE_TYPE, flags, mask, sid);
}

NTSTATUS NTAPI RtlAddAuditAccessAce(PACL acl, ULONG revision, ACCESS_MASK mask, PSID sid, BOOLEAN success,
                                    BOOLEAN failure)
{
    return RtlAddAuditAccessAceEx(acl, revision, 0, mask, sid, success, failure);
}

NTSTATUS NTAPI RtlAddMandatoryAce(PACL acl, ULONG revision, ULONG flags, PSID sid, UCHAR type,
                                  ACCESS_MASK mask)
{
    if (type != SYSTEM_MANDATORY_LABEL_ACE_TYPE)
        return STATUS_INVALID_PARAMETER;
    return add_sid_ace(acl, revision, type, flags, mask, sid);
}

NTSTATUS NTAPI RtlQueryInformationAcl(PACL acl, PVOID information, ULONG length, ACL_INFORMATION_CLASS class)
{
    PVOID place;

    switch (class) {
    case AclRevisionInformation:
        if (length < sizeof(ACL_REVISION_INFORMATION))
            return STATUS_BUFFER_TOO_SMALL;
        ((ACL_REVISION_INFORMATION *)information)->AclRevision = acl->AclRevision;
        return STATUS_SUCCESS;
    case AclSizeInformation: {
        ACL_SIZE_INFORMATION *info = information;
        if (length < sizeof *info)
            return STATUS_BUFFER_TOO_SMALL;
        if (!RtlFirstFreeAce(acl, &place))
            return STATUS_INVALID_PARAMETER;
        info->AceCount = acl->AceCount;
        info->AclBytesInUse = place ? (ULONG)((char *)place - (char *)acl) : acl->AclSize;
        info->AclBytesFree = place ? acl->AclSize - info->AclBytesInUse : 0;
        return STATUS_SUCCESS;
    }
    }
    return STATUS_INVALID_INFO_CLASS;
}

NTSTATUS NTAPI RtlSetInformationAcl(PACL acl, PVOID information, ULONG length, ACL_INFORMATION_CLASS class)
{
    const ACL_REVISION_INFORMATION *info = information;

    if (class != AclRevisionInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (length < sizeof *info)
        return STATUS_BUFFER_TOO_SMALL;
    if (info->AclRevision < acl->AclRevision)
        return STATUS_INVALID_PARAMETER;
    acl->AclRevision = (BYTE)info->AclRevision;
    return STATUS_SUCCESS;
}
