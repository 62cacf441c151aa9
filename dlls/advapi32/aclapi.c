/*
 * Access control lists by entries: SetEntriesInAcl, GetExplicitEntriesFromAcl, GetEffectiveRightsFromAcl.
 */
#include "trustee.h"

/* Where an entry belongs: denials before grants, what is inherited after both. */
static int rank(const ACE_HEADER *ace)
{
    BOOL denies = ace->AceType == ACCESS_DENIED_ACE_TYPE || ace->AceType == ACCESS_DENIED_OBJECT_ACE_TYPE;
    return (ace->AceFlags & INHERITED_ACE ? 2 : 0) + !denies;
}

/* The entry's SID; NULL: a kind that has none here. */
static PSID ace_sid(ACE_HEADER *ace)
{
    ACCESS_ALLOWED_OBJECT_ACE *object = (ACCESS_ALLOWED_OBJECT_ACE *)ace;

    switch (ace->AceType) {
    case ACCESS_ALLOWED_ACE_TYPE:
    case ACCESS_DENIED_ACE_TYPE:
    case SYSTEM_AUDIT_ACE_TYPE:
    case SYSTEM_ALARM_ACE_TYPE:
    case SYSTEM_MANDATORY_LABEL_ACE_TYPE: return &((ACCESS_ALLOWED_ACE *)ace)->SidStart;
    case ACCESS_ALLOWED_OBJECT_ACE_TYPE:
    case ACCESS_DENIED_OBJECT_ACE_TYPE:
    case SYSTEM_AUDIT_OBJECT_ACE_TYPE:
        return (char *)&object->ObjectType + (object->Flags & ACE_OBJECT_TYPE_PRESENT ? sizeof(GUID) : 0) +
               (object->Flags & ACE_INHERITED_OBJECT_TYPE_PRESENT ? sizeof(GUID) : 0);
    default: return NULL;
    }
}

static DWORD ace_mask(const ACE_HEADER *ace)
{
    return ((const ACCESS_ALLOWED_ACE *)ace)->Mask;
}

/* A list in the making, as an array of entries in one block. */
struct entries {
    char *data; /* process heap */
    SIZE_T size, room;
    BOOL object;
};

static DWORD append(struct entries *list, const void *ace, SIZE_T size)
{
    if (list->size + size > list->room) {
        SIZE_T room = (list->size + size) * 2 + 128;
        char *fresh = allocate(room);
        if (!fresh)
            return ERROR_NOT_ENOUGH_MEMORY;
        if (list->size)
            memcpy(fresh, list->data, list->size);
        release(list->data);
        list->data = fresh;
        list->room = room;
    }
    memcpy(list->data + list->size, ace, size);
    list->size += size;
    return ERROR_SUCCESS;
}

static DWORD append_plain(struct entries *list, BYTE type, BYTE flags, DWORD mask, PSID sid)
{
    char buffer[FIELD_OFFSET(ACCESS_ALLOWED_ACE, SidStart) + SECURITY_MAX_SID_SIZE];
    ACCESS_ALLOWED_ACE *ace = (ACCESS_ALLOWED_ACE *)buffer;
    WORD size = (WORD)(FIELD_OFFSET(ACCESS_ALLOWED_ACE, SidStart) + RtlLengthSid(sid));

    ace->Header = (ACE_HEADER){type, flags, size};
    ace->Mask = mask;
    memcpy(&ace->SidStart, sid, RtlLengthSid(sid));
    return append(list, ace, size);
}

static DWORD append_object(struct entries *list, BYTE type, BYTE flags, DWORD mask,
                           const OBJECTS_AND_SID *objects)
{
    struct {
        ACE_HEADER header;
        DWORD mask, present;
        char rest[2 * sizeof(GUID) + SECURITY_MAX_SID_SIZE];
    } ace = {{type, flags, 0}, mask, objects->ObjectsPresent, {0}};
    char *p = ace.rest;

    if (objects->ObjectsPresent & ACE_OBJECT_TYPE_PRESENT)
        p = (char *)memcpy(p, &objects->ObjectTypeGuid, sizeof(GUID)) + sizeof(GUID);
    if (objects->ObjectsPresent & ACE_INHERITED_OBJECT_TYPE_PRESENT)
        p = (char *)memcpy(p, &objects->InheritedObjectTypeGuid, sizeof(GUID)) + sizeof(GUID);
    memcpy(p, objects->pSid, RtlLengthSid(objects->pSid));
    p += RtlLengthSid(objects->pSid);
    ace.header.AceSize = (WORD)(p - (char *)&ace);
    list->object = TRUE;
    return append(list, &ace, ace.header.AceSize);
}

#define FIRST(list)       ((ACE_HEADER *)(list)->data)
#define NEXT(ace)         ((ACE_HEADER *)((char *)(ace) + (ace)->AceSize))
#define INSIDE(list, ace) ((char *)(ace) < (list)->data + (list)->size)

/* Takes out the explicit entries of a SID: all of them, or those that grant (or audit) only. */
static void remove_entries(struct entries *list, PSID sid, BOOL grants_only, BOOL audits)
{
    for (ACE_HEADER *ace = FIRST(list); list->data && INSIDE(list, ace);) {
        PSID own = ace_sid(ace);
        BOOL is_audit = ace->AceType == SYSTEM_AUDIT_ACE_TYPE || ace->AceType == SYSTEM_AUDIT_OBJECT_ACE_TYPE;
        BOOL is_grant = ace->AceType == ACCESS_ALLOWED_ACE_TYPE;
        if (own && !(ace->AceFlags & INHERITED_ACE) && RtlEqualSid(own, sid) && is_audit == audits &&
            (!grants_only || is_grant)) {
            SIZE_T size = ace->AceSize, at = (SIZE_T)((char *)ace - list->data);
            memmove(ace, (char *)ace + size, list->size - at - size);
            list->size -= size;
        } else {
            ace = NEXT(ace);
        }
    }
}

/* A grant that only adds rights to an equal entry is merged with it. */
static BOOL merge(struct entries *list, BYTE type, BYTE flags, DWORD mask, PSID sid)
{
    for (ACE_HEADER *ace = FIRST(list); list->data && INSIDE(list, ace); ace = NEXT(ace)) {
        if (ace->AceType == type && ace->AceFlags == flags && RtlEqualSid(ace_sid(ace), sid)) {
            ((ACCESS_ALLOWED_ACE *)ace)->Mask |= mask;
            return TRUE;
        }
    }
    return FALSE;
}

static DWORD apply(struct entries *list, const EXPLICIT_ACCESS_W *access)
{
    BYTE sid[SECURITY_MAX_SID_SIZE], flags = (BYTE)(access->grfInheritance & VALID_INHERIT_FLAGS), type;
    DWORD error = trustee_sid(&access->Trustee, sid);

    if (error)
        return error;
    switch (access->grfAccessMode) {
    case GRANT_ACCESS: type = ACCESS_ALLOWED_ACE_TYPE; break;
    case SET_ACCESS:
        remove_entries(list, sid, FALSE, FALSE);
        type = ACCESS_ALLOWED_ACE_TYPE;
        break;
    case DENY_ACCESS: type = ACCESS_DENIED_ACE_TYPE; break;
    case REVOKE_ACCESS: remove_entries(list, sid, FALSE, FALSE); return ERROR_SUCCESS;
    case SET_AUDIT_SUCCESS:
    case SET_AUDIT_FAILURE:
        type = SYSTEM_AUDIT_ACE_TYPE;
        flags |= access->grfAccessMode == SET_AUDIT_SUCCESS ? SUCCESSFUL_ACCESS_ACE_FLAG
                                                            : FAILED_ACCESS_ACE_FLAG;
        break;
    default: return ERROR_INVALID_PARAMETER;
    }
    if (access->Trustee.TrusteeForm == TRUSTEE_IS_OBJECTS_AND_SID &&
        ((OBJECTS_AND_SID *)access->Trustee.ptstrName)->ObjectsPresent)
        return append_object(list, type + (ACCESS_ALLOWED_OBJECT_ACE_TYPE - ACCESS_ALLOWED_ACE_TYPE), flags,
                             access->grfAccessPermissions, (OBJECTS_AND_SID *)access->Trustee.ptstrName);
    if (merge(list, type, flags, access->grfAccessPermissions, sid))
        return ERROR_SUCCESS;
    return append_plain(list, type, flags, access->grfAccessPermissions, sid);
}

/* LocalAlloc'ed, in canonical order. */
static DWORD finish(const struct entries *list, PACL *ret_acl)
{
    SIZE_T size = sizeof(ACL) + list->size;
    ACL *acl = size > 0xffff ? NULL : LocalAlloc(LMEM_FIXED, size);
    char *p = (char *)(acl + 1);

    if (!acl)
        return size > 0xffff ? ERROR_INVALID_PARAMETER : ERROR_NOT_ENOUGH_MEMORY;
    *acl = (ACL){list->object ? ACL_REVISION_DS : ACL_REVISION, 0, (WORD)size, 0, 0};
    for (int wanted = 0; wanted < 4; wanted++) {
        for (ACE_HEADER *ace = FIRST(list); list->data && INSIDE(list, ace); ace = NEXT(ace)) {
            if (rank(ace) != wanted)
                continue;
            memcpy(p, ace, ace->AceSize);
            p += ace->AceSize;
            acl->AceCount++;
        }
    }
    *ret_acl = acl;
    return ERROR_SUCCESS;
}

DWORD WINAPI SetEntriesInAclW(ULONG count, PEXPLICIT_ACCESS_W entries, PACL old, PACL *ret_acl)
{
    struct entries list = {0};
    DWORD error = ERROR_SUCCESS;
    ACE_HEADER *ace;

    if (!ret_acl)
        return ERROR_INVALID_PARAMETER;
    if (!count && !old) {
        *ret_acl = NULL;
        return ERROR_SUCCESS;
    }
    if (old && !RtlValidAcl(old))
        return ERROR_INVALID_ACL;
    list.object = old && old->AclRevision >= ACL_REVISION_DS;
    for (DWORD i = 0; old && i < old->AceCount && !error; i++)
        if (NT_SUCCESS(RtlGetAce(old, i, (void **)&ace)))
            error = append(&list, ace, ace->AceSize);
    for (ULONG i = 0; i < count && !error; i++)
        error = apply(&list, &entries[i]);
    if (!error)
        error = finish(&list, ret_acl);
    release(list.data);
    return error;
}

DWORD WINAPI SetEntriesInAclA(ULONG count, PEXPLICIT_ACCESS_A entries, PACL old, PACL *ret_acl)
{
    EXPLICIT_ACCESS_W *wide = allocate((count + 1) * sizeof *wide);
    DWORD error = wide ? ERROR_SUCCESS : ERROR_NOT_ENOUGH_MEMORY;
    ULONG done = 0;

    for (; done < count && !error; done++) {
        wide[done].grfAccessPermissions = entries[done].grfAccessPermissions;
        wide[done].grfAccessMode = entries[done].grfAccessMode;
        wide[done].grfInheritance = entries[done].grfInheritance;
        error = trustee_to_wide(&entries[done].Trustee, &wide[done].Trustee);
    }
    if (!error)
        error = SetEntriesInAclW(count, wide, old, ret_acl);
    while (done--)
        free_wide_trustee(&wide[done].Trustee);
    release(wide);
    return error;
}

/* One LocalAlloc'ed block: the entries, then their SIDs. */
DWORD WINAPI GetExplicitEntriesFromAclW(PACL acl, PULONG ret_count, PEXPLICIT_ACCESS_W *ret_entries)
{
    ACE_HEADER *ace;
    SIZE_T size = 0;
    ULONG count = 0;

    *ret_count = 0;
    *ret_entries = NULL;
    if (!acl)
        return ERROR_SUCCESS;
    if (!RtlValidAcl(acl))
        return ERROR_INVALID_ACL;
    for (DWORD i = 0; i < acl->AceCount; i++)
        if (NT_SUCCESS(RtlGetAce(acl, i, (void **)&ace)) && !(ace->AceFlags & INHERITED_ACE) &&
            ace_sid(ace)) {
            size += sizeof(EXPLICIT_ACCESS_W) + RtlLengthSid(ace_sid(ace));
            count++;
        }
    if (!count)
        return ERROR_SUCCESS;
    EXPLICIT_ACCESS_W *entries = LocalAlloc(LMEM_FIXED | LMEM_ZEROINIT, size);
    if (!entries)
        return ERROR_NOT_ENOUGH_MEMORY;
    char *p = (char *)(entries + count);
    count = 0;
    for (DWORD i = 0; i < acl->AceCount; i++) {
        if (!NT_SUCCESS(RtlGetAce(acl, i, (void **)&ace)) || ace->AceFlags & INHERITED_ACE || !ace_sid(ace))
            continue;
        EXPLICIT_ACCESS_W *entry = &entries[count++];
        entry->grfAccessPermissions = ace_mask(ace);
        entry->grfInheritance = ace->AceFlags & VALID_INHERIT_FLAGS;
        switch (ace->AceType) {
        case ACCESS_DENIED_ACE_TYPE:
        case ACCESS_DENIED_OBJECT_ACE_TYPE: entry->grfAccessMode = DENY_ACCESS; break;
        case SYSTEM_AUDIT_ACE_TYPE:
        case SYSTEM_AUDIT_OBJECT_ACE_TYPE:
            entry->grfAccessMode = ace->AceFlags & SUCCESSFUL_ACCESS_ACE_FLAG ? SET_AUDIT_SUCCESS
                                                                              : SET_AUDIT_FAILURE;
            break;
        default: entry->grfAccessMode = GRANT_ACCESS;
        }
        memcpy(p, ace_sid(ace), RtlLengthSid(ace_sid(ace)));
        BuildTrusteeWithSidW(&entry->Trustee, p);
        p += RtlLengthSid(ace_sid(ace));
    }
    *ret_count = count;
    *ret_entries = entries;
    return ERROR_SUCCESS;
}

/* All trustees are SIDs: the structures are the same in both character sets. */
DWORD WINAPI GetExplicitEntriesFromAclA(PACL acl, PULONG count, PEXPLICIT_ACCESS_A *entries)
{
    return GetExplicitEntriesFromAclW(acl, count, (PEXPLICIT_ACCESS_W *)entries);
}

/* Whether an entry for `own` speaks of the trustee: itself, Everyone, and for the user the token's groups. */
static BOOL concerns(PSID own, PSID trustee, const TOKEN_GROUPS *groups)
{
    static const SID everyone = {SID_REVISION, 1, {SECURITY_WORLD_SID_AUTHORITY}, {SECURITY_WORLD_RID}};

    if (RtlEqualSid(own, trustee) || RtlEqualSid(own, (PSID)&everyone))
        return TRUE;
    for (DWORD i = 0; groups && i < groups->GroupCount; i++)
        if (groups->Groups[i].Attributes & SE_GROUP_ENABLED && RtlEqualSid(groups->Groups[i].Sid, own))
            return TRUE;
    return FALSE;
}

DWORD WINAPI GetEffectiveRightsFromAclW(PACL acl, PTRUSTEE_W trustee, PACCESS_MASK ret_mask)
{
    BYTE sid[SECURITY_MAX_SID_SIZE], user[SECURITY_MAX_SID_SIZE];
    TOKEN_GROUPS *groups = NULL;
    ULONG length = 0;
    ACCESS_MASK allowed = 0, denied = 0;
    ACE_HEADER *ace;
    HANDLE token;
    DWORD error = trustee_sid(trustee, sid);

    if (error)
        return error;
    if (!acl) {
        *ret_mask = STANDARD_RIGHTS_ALL | SPECIFIC_RIGHTS_ALL;
        return ERROR_SUCCESS;
    }
    if (!RtlValidAcl(acl))
        return ERROR_INVALID_ACL;
    if (current_user_sid(user) && RtlEqualSid(user, sid) &&
        NT_SUCCESS(NtOpenProcessToken(NtCurrentProcess(), TOKEN_QUERY, &token))) {
        NtQueryInformationToken(token, TokenGroups, NULL, 0, &length);
        groups = allocate(length);
        if (groups && !NT_SUCCESS(NtQueryInformationToken(token, TokenGroups, groups, length, &length)))
            groups->GroupCount = 0;
        NtClose(token);
    }
    for (DWORD i = 0; i < acl->AceCount; i++) {
        if (!NT_SUCCESS(RtlGetAce(acl, i, (void **)&ace)) || ace->AceFlags & INHERIT_ONLY_ACE)
            continue;
        BOOL denies = ace->AceType == ACCESS_DENIED_ACE_TYPE;
        if ((!denies && ace->AceType != ACCESS_ALLOWED_ACE_TYPE) || !concerns(ace_sid(ace), sid, groups))
            continue;
        if (denies)
            denied |= ace_mask(ace) & ~allowed;
        else
            allowed |= ace_mask(ace) & ~denied;
    }
    release(groups);
    *ret_mask = allowed;
    return ERROR_SUCCESS;
}

DWORD WINAPI GetEffectiveRightsFromAclA(PACL acl, PTRUSTEE_A trustee, PACCESS_MASK mask)
{
    TRUSTEE_W wide;
    DWORD error = trustee_to_wide(trustee, &wide);

    if (!error)
        error = GetEffectiveRightsFromAclW(acl, &wide, mask);
    free_wide_trustee(&wide);
    return error;
}

/* What is audited of a trustee's accesses. */
DWORD WINAPI GetAuditedPermissionsFromAclW(PACL acl, PTRUSTEE_W trustee, PACCESS_MASK success,
                                           PACCESS_MASK failure)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    ACE_HEADER *ace;
    DWORD error = trustee_sid(trustee, sid);

    if (error)
        return error;
    if (!acl || !RtlValidAcl(acl))
        return ERROR_INVALID_ACL;
    *success = *failure = 0;
    for (DWORD i = 0; i < acl->AceCount; i++) {
        if (!NT_SUCCESS(RtlGetAce(acl, i, (void **)&ace)) || ace->AceType != SYSTEM_AUDIT_ACE_TYPE ||
            !concerns(ace_sid(ace), sid, NULL))
            continue;
        if (ace->AceFlags & SUCCESSFUL_ACCESS_ACE_FLAG)
            *success |= ace_mask(ace);
        if (ace->AceFlags & FAILED_ACCESS_ACE_FLAG)
            *failure |= ace_mask(ace);
    }
    return ERROR_SUCCESS;
}

DWORD WINAPI GetAuditedPermissionsFromAclA(PACL acl, PTRUSTEE_A trustee, PACCESS_MASK success,
                                           PACCESS_MASK failure)
{
    TRUSTEE_W wide;
    DWORD error = trustee_to_wide(trustee, &wide);

    if (!error)
        error = GetAuditedPermissionsFromAclW(acl, &wide, success, failure);
    free_wide_trustee(&wide);
    return error;
}
