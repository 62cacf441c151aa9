/*
 * Access control lists: entries found, taken out and put in at the place that the canonical order gives them
 * (denied before allowed, inherited ones last).
 */
#include "icacls.h"

#include <stddef.h>
#include <string.h>

static ACE_HEADER *entry(const ACL *list, DWORD index)
{
    void *ace;
    return GetAce((PACL)list, index, &ace) ? ace : NULL;
}

/* All entry kinds that files have begin alike; those of objects, with GUIDs before the SID, are left alone.
 */
PSID ace_sid(const ACE_HEADER *ace)
{
    switch (ace->AceType) {
    case ACCESS_ALLOWED_ACE_TYPE:
    case ACCESS_DENIED_ACE_TYPE:
    case SYSTEM_AUDIT_ACE_TYPE:
    case SYSTEM_MANDATORY_LABEL_ACE_TYPE:
    case ACCESS_ALLOWED_CALLBACK_ACE_TYPE:
    case ACCESS_DENIED_CALLBACK_ACE_TYPE: return (PSID)((BYTE *)ace + offsetof(ACCESS_ALLOWED_ACE, SidStart));
    default: return NULL;
    }
}

static BOOL is_denied(const ACE_HEADER *ace)
{
    return ace->AceType == ACCESS_DENIED_ACE_TYPE || ace->AceType == ACCESS_DENIED_CALLBACK_ACE_TYPE;
}

static PACL fresh(DWORD size)
{
    PACL list = LocalAlloc(LMEM_FIXED | LMEM_ZEROINIT, size);
    if (!list || !InitializeAcl(list, size, ACL_REVISION))
        stop(ERROR_NOT_ENOUGH_MEMORY, L"Not enough memory.\n");
    return list;
}

/* A missing list lets everybody do everything; so does its copy. */
PACL list_copy(const ACL *list)
{
    SID_IDENTIFIER_AUTHORITY world = SECURITY_WORLD_SID_AUTHORITY;
    BYTE everyone[SECURITY_MAX_SID_SIZE];

    if (list) {
        PACL copy = fresh(list->AclSize);
        memcpy(copy, list, list->AclSize);
        return copy;
    }
    PACL made = fresh(sizeof(ACL));
    InitializeSid(everyone, &world, 1);
    *GetSidSubAuthority(everyone, 0) = 0;
    list_insert(&made, ACCESS_ALLOWED_ACE_TYPE, 0, FILE_ALL_ACCESS, everyone);
    return made;
}

void list_remove(PACL list, PSID sid, BOOL granted, BOOL denied)
{
    for (DWORD i = list->AceCount; i-- > 0;) {
        const ACE_HEADER *ace = entry(list, i);
        PSID own = ace ? ace_sid(ace) : NULL;
        if (own && !(ace->AceFlags & INHERITED_ACE) && EqualSid(own, sid) &&
            (is_denied(ace) ? denied : granted))
            DeleteAce(list, i);
    }
}

void list_remove_inherited(PACL list, BOOL keep_as_own)
{
    for (DWORD i = list->AceCount; i-- > 0;) {
        ACE_HEADER *ace = entry(list, i);
        if (!ace || !(ace->AceFlags & INHERITED_ACE))
            continue;
        if (keep_as_own)
            ace->AceFlags &= (BYTE)~INHERITED_ACE;
        else
            DeleteAce(list, i);
    }
}

/* Room for one more entry with this SID. */
static void grow(PACL *list, PSID sid)
{
    const DWORD size = (*list)->AclSize + (DWORD)sizeof(ACCESS_ALLOWED_ACE) + GetLengthSid(sid);
    PACL larger = fresh(size);
    memcpy(larger, *list, (*list)->AclSize);
    larger->AclSize = (WORD)size;
    LocalFree(*list);
    *list = larger;
}

static void insert_at(PACL *list, DWORD index, BYTE type, BYTE flags, DWORD mask, PSID sid)
{
    BYTE room[sizeof(ACCESS_ALLOWED_ACE) + SECURITY_MAX_SID_SIZE];
    ACCESS_ALLOWED_ACE *ace = (ACCESS_ALLOWED_ACE *)room;
    const DWORD size = (DWORD)offsetof(ACCESS_ALLOWED_ACE, SidStart) + GetLengthSid(sid);

    grow(list, sid);
    ace->Header = (ACE_HEADER){type, flags, (WORD)size};
    ace->Mask = mask;
    CopySid(GetLengthSid(sid), &ace->SidStart, sid);
    if (!AddAce(*list, (*list)->AclRevision, index, ace, size))
        stop((int)GetLastError(), L"The access control list cannot hold more.\n");
}

/* Rights of the same account with the same inheritance become one entry. */
void list_insert(PACL *list, BYTE type, BYTE flags, DWORD mask, PSID sid)
{
    DWORD at = 0;

    for (DWORD i = 0; i < (*list)->AceCount; i++) {
        ACE_HEADER *ace = entry(*list, i);
        if (!ace || ace->AceFlags & INHERITED_ACE)
            break;
        if (type == ACCESS_DENIED_ACE_TYPE && !is_denied(ace))
            break;
        if (ace->AceType == type && ace->AceFlags == flags && EqualSid(ace_sid(ace), sid)) {
            ((ACCESS_ALLOWED_ACE *)ace)->Mask |= mask;
            return;
        }
        at = i + 1;
    }
    insert_at(list, at, type, flags, mask, sid);
}

void list_label(PACL *list, BYTE flags, DWORD policy, PSID level)
{
    for (DWORD i = *list ? (*list)->AceCount : 0; i-- > 0;)
        if (entry(*list, i)->AceType == SYSTEM_MANDATORY_LABEL_ACE_TYPE)
            DeleteAce(*list, i);
    if (!*list)
        *list = fresh(sizeof(ACL));
    insert_at(list, 0, SYSTEM_MANDATORY_LABEL_ACE_TYPE, flags, policy, level);
}

BOOL list_is_canonical(const ACL *list)
{
    int reached = 0;

    for (DWORD i = 0; list && i < list->AceCount; i++) {
        const ACE_HEADER *ace = entry(list, i);
        const int group = !ace ? -1 : (ace->AceFlags & INHERITED_ACE ? 2 : 0) + !is_denied(ace);
        /* what is inherited comes in generations, each of them denied first */
        if (group < reached && !(group >= 2 && reached >= 2))
            return FALSE;
        reached = group;
    }
    return TRUE;
}

BOOL list_names(const ACL *list, PSID sid)
{
    for (DWORD i = 0; list && i < list->AceCount; i++) {
        const ACE_HEADER *ace = entry(list, i);
        if (ace && ace_sid(ace) && EqualSid(ace_sid(ace), sid))
            return TRUE;
    }
    return FALSE;
}

static BOOL is_creator(PSID sid, DWORD which)
{
    return *GetSidSubAuthorityCount(sid) == 1 && GetSidIdentifierAuthority(sid)->Value[5] == 3 &&
           *GetSidSubAuthority(sid, 0) == which;
}

/* Appends what the parent's list gives to what is in it; "creator owner" and "creator group" become who they
 * are. */
BOOL list_inherit(PACL *list, const ACL *parent, BOOL directory, PSID owner, PSID group)
{
    BOOL any = FALSE;

    for (DWORD i = 0; parent && i < parent->AceCount; i++) {
        const ACE_HEADER *ace = entry(parent, i);
        PSID sid = ace ? ace_sid(ace) : NULL;
        const BYTE both = OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE;
        if (!sid || !(ace->AceFlags & (directory ? both : OBJECT_INHERIT_ACE)))
            continue;
        const DWORD mask = ((const ACCESS_ALLOWED_ACE *)ace)->Mask;
        const BOOL effective = !directory || ace->AceFlags & CONTAINER_INHERIT_ACE;
        BYTE onward = directory && !(ace->AceFlags & NO_PROPAGATE_INHERIT_ACE) ? ace->AceFlags & both : 0;
        PSID who = is_creator(sid, 0) ? owner : is_creator(sid, 1) ? group : sid;
        if (effective)
            insert_at(list, MAXDWORD, ace->AceType, INHERITED_ACE | (who == sid ? onward : 0),
                      specific_rights(mask), who);
        if (onward && (who != sid || !effective))
            insert_at(list, MAXDWORD, ace->AceType, INHERITED_ACE | INHERIT_ONLY_ACE | onward, mask, sid);
        any = TRUE;
    }
    return any;
}

/* Takes the rights that are denied from now on out of what was granted. */
void list_reduce(PACL list, DWORD mask, PSID sid)
{
    for (DWORD i = list->AceCount; i-- > 0;) {
        ACCESS_ALLOWED_ACE *ace = (ACCESS_ALLOWED_ACE *)entry(list, i);
        if (!ace || ace->Header.AceType != ACCESS_ALLOWED_ACE_TYPE || ace->Header.AceFlags & INHERITED_ACE ||
            !EqualSid(&ace->SidStart, sid))
            continue;
        ace->Mask &= ~mask | SYNCHRONIZE;
        if (!(ace->Mask & ~SYNCHRONIZE))
            DeleteAce(list, i);
    }
}
