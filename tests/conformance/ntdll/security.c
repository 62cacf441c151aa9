/* Rtl's security identifiers, access control lists and entries, access masks, LUIDs, privileges. */
#include "../harness.h"
#include <nt/base.h>

BOOLEAN NTAPI RtlValidSid(PSID);
BOOLEAN NTAPI RtlEqualSid(PSID, PSID);
BOOLEAN NTAPI RtlEqualPrefixSid(PSID, PSID);
ULONG NTAPI RtlLengthRequiredSid(ULONG);
ULONG NTAPI RtlLengthSid(PSID);
LONG NTAPI RtlInitializeSid(PSID, SID_IDENTIFIER_AUTHORITY *, UCHAR);
SID_IDENTIFIER_AUTHORITY *NTAPI RtlIdentifierAuthoritySid(PSID);
ULONG *NTAPI RtlSubAuthoritySid(PSID, ULONG);
UCHAR *NTAPI RtlSubAuthorityCountSid(PSID);
LONG NTAPI RtlCopySid(ULONG, PSID, PSID);
LONG NTAPI RtlAllocateAndInitializeSid(SID_IDENTIFIER_AUTHORITY *, UCHAR, ULONG, ULONG, ULONG, ULONG, ULONG,
                                       ULONG, ULONG, ULONG, PSID *);
PVOID NTAPI RtlFreeSid(PSID);
LONG NTAPI RtlConvertSidToUnicodeString(UNICODE_STRING *, PSID, BOOLEAN);
VOID NTAPI RtlFreeUnicodeString(UNICODE_STRING *);
BOOLEAN NTAPI RtlValidAcl(ACL *);
LONG NTAPI RtlCreateAcl(ACL *, ULONG, ULONG);
LONG NTAPI RtlAddAce(ACL *, ULONG, ULONG, void *, ULONG);
LONG NTAPI RtlGetAce(ACL *, ULONG, void **);
LONG NTAPI RtlDeleteAce(ACL *, ULONG);
BOOLEAN NTAPI RtlFirstFreeAce(ACL *, void **);
LONG NTAPI RtlAddAccessAllowedAce(ACL *, ULONG, ACCESS_MASK, PSID);
LONG NTAPI RtlAddAccessAllowedAceEx(ACL *, ULONG, ULONG, ACCESS_MASK, PSID);
LONG NTAPI RtlAddAccessDeniedAce(ACL *, ULONG, ACCESS_MASK, PSID);
LONG NTAPI RtlAddAccessDeniedAceEx(ACL *, ULONG, ULONG, ACCESS_MASK, PSID);
LONG NTAPI RtlAddAuditAccessAce(ACL *, ULONG, ACCESS_MASK, PSID, BOOLEAN, BOOLEAN);
LONG NTAPI RtlAddAuditAccessAceEx(ACL *, ULONG, ULONG, ACCESS_MASK, PSID, BOOLEAN, BOOLEAN);
LONG NTAPI RtlAddMandatoryAce(ACL *, ULONG, ULONG, PSID, ULONG, ACCESS_MASK);
LONG NTAPI RtlQueryInformationAcl(ACL *, void *, ULONG, ACL_INFORMATION_CLASS);
LONG NTAPI RtlSetInformationAcl(ACL *, void *, ULONG, ACL_INFORMATION_CLASS);
BOOLEAN NTAPI RtlAreAllAccessesGranted(ACCESS_MASK, ACCESS_MASK);
BOOLEAN NTAPI RtlAreAnyAccessesGranted(ACCESS_MASK, ACCESS_MASK);
VOID NTAPI RtlMapGenericMask(ACCESS_MASK *, const GENERIC_MAPPING *);
VOID NTAPI RtlCopyLuid(LUID *, const LUID *);
VOID NTAPI RtlCopyLuidAndAttributesArray(ULONG, const LUID_AND_ATTRIBUTES *, LUID_AND_ATTRIBUTES *);
LONG NTAPI RtlAdjustPrivilege(ULONG, BOOLEAN, BOOLEAN, BOOLEAN *);

static SID_IDENTIFIER_AUTHORITY nt = {SECURITY_NT_AUTHORITY};
static SID world = {1, 1, {SECURITY_WORLD_SID_AUTHORITY}, {0}};
static SID system_sid = {1, 1, {SECURITY_NT_AUTHORITY}, {SECURITY_LOCAL_SYSTEM_RID}};

TEST(identifiers)
{
    ORACLE_DIFFERS("RtlInitializeSid and RtlCopySid return a BOOLEAN there");
    char room[SECURITY_MAX_SID_SIZE];
    PSID sid = room, allocated;
    UNICODE_STRING text = {0, 0, NULL};
    WCHAR buffer[32];

    CHECK_EQ(RtlLengthRequiredSid(0), 8);
    CHECK_EQ(RtlLengthRequiredSid(2), 16);
    CHECK_STATUS(RtlInitializeSid(sid, &nt, 2), STATUS_SUCCESS);
    CHECK_STATUS(RtlInitializeSid(sid, &nt, 16), STATUS_INVALID_PARAMETER);
    *RtlSubAuthoritySid(sid, 0) = 32;
    *RtlSubAuthoritySid(sid, 1) = 544;
    CHECK_EQ(*RtlSubAuthorityCountSid(sid), 2);
    CHECK_EQ(RtlLengthSid(sid), 16);
    CHECK_EQ(RtlIdentifierAuthoritySid(sid)->Value[5], 5);
    CHECK(RtlValidSid(sid));
    CHECK_STATUS(RtlConvertSidToUnicodeString(&text, sid, TRUE), STATUS_SUCCESS);
    CHECK_WSTR(text.Buffer, L"S-1-5-32-544");
    CHECK_EQ(text.Length, 24);
    RtlFreeUnicodeString(&text);
    text = (UNICODE_STRING){0, sizeof buffer, buffer};
    CHECK_STATUS(RtlConvertSidToUnicodeString(&text, sid, FALSE), STATUS_SUCCESS);
    CHECK_EQ(text.Length, 24);
    text.MaximumLength = 20;
    CHECK_STATUS(RtlConvertSidToUnicodeString(&text, sid, FALSE), STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(RtlAllocateAndInitializeSid(&nt, 2, 32, 544, 0, 0, 0, 0, 0, 0, &allocated), STATUS_SUCCESS);
    CHECK(RtlEqualSid(sid, allocated));
    CHECK(RtlEqualPrefixSid(sid, allocated));
    *RtlSubAuthoritySid(allocated, 1) = 545;
    CHECK(!RtlEqualSid(sid, allocated));
    CHECK(RtlEqualPrefixSid(sid, allocated));
    *RtlSubAuthoritySid(allocated, 0) = 33;
    CHECK(!RtlEqualPrefixSid(sid, allocated));
    CHECK(!RtlEqualSid(sid, &world));
    CHECK_STATUS(RtlCopySid(16, allocated, sid), STATUS_SUCCESS);
    CHECK(RtlEqualSid(sid, allocated));
    CHECK_STATUS(RtlCopySid(15, allocated, sid), STATUS_BUFFER_TOO_SMALL);
    CHECK(!RtlFreeSid(allocated));
    CHECK_STATUS(RtlAllocateAndInitializeSid(&nt, 9, 0, 0, 0, 0, 0, 0, 0, 0, &allocated), STATUS_INVALID_SID);
    ((SID *)sid)->Revision = 2;
    CHECK(!RtlValidSid(sid));
    ((SID *)sid)->Revision = 1;
    ((SID *)sid)->SubAuthorityCount = 16;
    CHECK(!RtlValidSid(sid));
    ULONG(NTAPI * text_length)
    (PSID, ULONG *) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlLengthSidAsUnicodeString");
    ULONG length = 0;
    if (text_length) {
        CHECK_STATUS(text_length(&world, &length), STATUS_SUCCESS);
        CHECK(length >= 16);
    }
}

TEST(lists)
{
    ULONG room[64];
    ACL *acl = (ACL *)room;
    void *ace = NULL;

    CHECK_STATUS(RtlCreateAcl(acl, 7, ACL_REVISION), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(RtlCreateAcl(acl, sizeof room, 1), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlCreateAcl(acl, 0x10000, ACL_REVISION), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlCreateAcl(acl, sizeof room, ACL_REVISION), STATUS_SUCCESS);
    CHECK(RtlValidAcl(acl));
    CHECK(RtlFirstFreeAce(acl, &ace));
    CHECK_EQ((char *)ace - (char *)acl, 8);
    CHECK_STATUS(RtlGetAce(acl, 0, &ace), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlAddAccessAllowedAce(acl, ACL_REVISION, GENERIC_READ, &world), STATUS_SUCCESS);
    CHECK_STATUS(RtlAddAccessDeniedAce(acl, ACL_REVISION, GENERIC_WRITE, &system_sid), STATUS_SUCCESS);
    CHECK_STATUS(RtlAddAccessAllowedAceEx(acl, ACL_REVISION, CONTAINER_INHERIT_ACE, 1, &world),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlAddAccessDeniedAceEx(acl, ACL_REVISION, OBJECT_INHERIT_ACE, 2, &world), STATUS_SUCCESS);
    CHECK_STATUS(RtlAddAuditAccessAce(acl, ACL_REVISION, 4, &world, TRUE, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(RtlAddAuditAccessAceEx(acl, ACL_REVISION, 1, 8, &world, FALSE, TRUE), STATUS_SUCCESS);
    CHECK_EQ(acl->AceCount, 6);
    static const struct {
        UCHAR type, flags;
        ACCESS_MASK mask;
    } expected[] = {{ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_READ},
                    {ACCESS_DENIED_ACE_TYPE, 0, GENERIC_WRITE},
                    {ACCESS_ALLOWED_ACE_TYPE, CONTAINER_INHERIT_ACE, 1},
                    {ACCESS_DENIED_ACE_TYPE, OBJECT_INHERIT_ACE, 2},
                    {SYSTEM_AUDIT_ACE_TYPE, SUCCESSFUL_ACCESS_ACE_FLAG, 4},
                    {SYSTEM_AUDIT_ACE_TYPE, FAILED_ACCESS_ACE_FLAG | 1, 8}};
    for (ULONG i = 0; i < ARRAYSIZE(expected); i++) {
        CHECK_STATUS(RtlGetAce(acl, i, &ace), STATUS_SUCCESS);
        ACCESS_ALLOWED_ACE *allowed = ace;
        CHECK_EQ(allowed->Header.AceType, expected[i].type);
        CHECK_EQ(allowed->Header.AceFlags, expected[i].flags);
        CHECK_EQ(allowed->Header.AceSize, 20);
        CHECK_EQ(allowed->Mask, expected[i].mask);
        CHECK(RtlEqualSid(&allowed->SidStart, i == 1 ? (PSID)&system_sid : &world));
    }
    CHECK_STATUS(RtlDeleteAce(acl, 0), STATUS_SUCCESS);
    CHECK_EQ(acl->AceCount, 5);
    CHECK_STATUS(RtlGetAce(acl, 0, &ace), STATUS_SUCCESS);
    CHECK_EQ(((ACE_HEADER *)ace)->AceType, ACCESS_DENIED_ACE_TYPE);
    CHECK_STATUS(RtlDeleteAce(acl, 5), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlAddAccessAllowedAce(acl, 9, 1, &world), STATUS_REVISION_MISMATCH);
    CHECK(RtlFirstFreeAce(acl, &ace));
    CHECK_EQ((char *)ace - (char *)acl, 8 + 5 * 20);
    acl->AclSize = 8 + 5 * 20 + 8;
    CHECK_STATUS(RtlAddAccessAllowedAce(acl, ACL_REVISION, 1, &world), STATUS_ALLOTTED_SPACE_EXCEEDED);
    CHECK(RtlValidAcl(acl));
    acl->AclSize = 8 + 4 * 20;
    CHECK(!RtlValidAcl(acl));
    acl->AclSize = sizeof room;
    acl->AclRevision = 1;
    CHECK(!RtlValidAcl(acl));
}

TEST(entries)
{
    ORACLE_DIFFERS("inserting before the first entry");
    ULONG room[64], other_room[32];
    ACL *acl = (ACL *)room, *other = (ACL *)other_room;
    void *ace;

    RtlCreateAcl(other, sizeof other_room, ACL_REVISION);
    RtlAddAccessAllowedAce(other, ACL_REVISION, 1, &world);
    RtlAddAccessDeniedAce(other, ACL_REVISION, 2, &world);
    CHECK_STATUS(RtlGetAce(other, 0, &ace), STATUS_SUCCESS);
    RtlCreateAcl(acl, sizeof room, ACL_REVISION);
    CHECK_STATUS(RtlAddAce(acl, ACL_REVISION, MAXDWORD, ace, 40), STATUS_SUCCESS);
    CHECK_EQ(acl->AceCount, 2);
    CHECK_STATUS(RtlAddAce(acl, ACL_REVISION, 0, (char *)ace + 20, 20), STATUS_SUCCESS);
    CHECK_EQ(acl->AceCount, 3);
    CHECK_STATUS(RtlGetAce(acl, 0, &ace), STATUS_SUCCESS);
    CHECK_EQ(((ACE_HEADER *)ace)->AceType, ACCESS_DENIED_ACE_TYPE);
    CHECK_STATUS(RtlGetAce(acl, 1, &ace), STATUS_SUCCESS);
    CHECK_EQ(((ACE_HEADER *)ace)->AceType, ACCESS_ALLOWED_ACE_TYPE);
    CHECK_STATUS(RtlAddAce(acl, ACL_REVISION, 0, ace, 19), STATUS_INVALID_PARAMETER);
}

TEST(mandatory_labels)
{
    ORACLE_DIFFERS("the kind of label is not taken");
    static SID low = {1, 1, {SECURITY_MANDATORY_LABEL_AUTHORITY}, {SECURITY_MANDATORY_LOW_RID}};
    ULONG room[32];
    ACL *acl = (ACL *)room;
    SYSTEM_MANDATORY_LABEL_ACE *ace;

    RtlCreateAcl(acl, sizeof room, ACL_REVISION);
    CHECK_STATUS(RtlAddMandatoryAce(acl, ACL_REVISION, 0, &low, SYSTEM_MANDATORY_LABEL_ACE_TYPE,
                                    SYSTEM_MANDATORY_LABEL_NO_WRITE_UP),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlGetAce(acl, 0, (void **)&ace), STATUS_SUCCESS);
    CHECK_EQ(ace->Header.AceType, SYSTEM_MANDATORY_LABEL_ACE_TYPE);
    CHECK_EQ(ace->Mask, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP);
    CHECK(RtlEqualSid(&ace->SidStart, &low));
}

TEST(list_information)
{
    ULONG room[32];
    ACL *acl = (ACL *)room;
    ACL_SIZE_INFORMATION size;
    ACL_REVISION_INFORMATION revision;

    RtlCreateAcl(acl, 100, ACL_REVISION);
    RtlAddAccessAllowedAce(acl, ACL_REVISION, 1, &world);
    CHECK_STATUS(RtlQueryInformationAcl(acl, &size, sizeof size, AclSizeInformation), STATUS_SUCCESS);
    CHECK_EQ(size.AceCount, 1);
    CHECK_EQ(size.AclBytesInUse, 28);
    CHECK_EQ(size.AclBytesFree, 72);
    CHECK_STATUS(RtlQueryInformationAcl(acl, &revision, sizeof revision, AclRevisionInformation),
                 STATUS_SUCCESS);
    CHECK_EQ(revision.AclRevision, ACL_REVISION);
    if (!harness_is_wine()) { /* which knows one code for all that is wrong */
        CHECK_STATUS(RtlQueryInformationAcl(acl, &size, 4, AclSizeInformation), STATUS_BUFFER_TOO_SMALL);
        CHECK_STATUS(RtlQueryInformationAcl(acl, &size, sizeof size, 77), STATUS_INVALID_INFO_CLASS);
    }
}

TEST(list_information_is_set)
{
    ORACLE_CRASHES("RtlSetInformationAcl is missing");
    ULONG room[32];
    ACL *acl = (ACL *)room;
    ACL_SIZE_INFORMATION size = {0};
    ACL_REVISION_INFORMATION revision;

    RtlCreateAcl(acl, 100, ACL_REVISION);
    revision.AclRevision = ACL_REVISION_DS;
    CHECK_STATUS(RtlSetInformationAcl(acl, &revision, sizeof revision, AclRevisionInformation),
                 STATUS_SUCCESS);
    CHECK_EQ(acl->AclRevision, ACL_REVISION_DS);
    revision.AclRevision = ACL_REVISION;
    CHECK_STATUS(RtlSetInformationAcl(acl, &revision, sizeof revision, AclRevisionInformation),
                 STATUS_INVALID_PARAMETER); /* it only goes up */
    CHECK_STATUS(RtlSetInformationAcl(acl, &revision, 1, AclRevisionInformation), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(RtlSetInformationAcl(acl, &size, sizeof size, AclSizeInformation),
                 STATUS_INVALID_INFO_CLASS);
}

TEST(masks)
{
    static const GENERIC_MAPPING mapping = {0x11, 0x22, 0x44, 0xff};
    ACCESS_MASK mask = GENERIC_READ | 0x100;

    RtlMapGenericMask(&mask, &mapping);
    CHECK_EQ(mask, 0x111);
    mask = GENERIC_WRITE | GENERIC_EXECUTE;
    RtlMapGenericMask(&mask, &mapping);
    CHECK_EQ(mask, 0x66);
    mask = GENERIC_ALL;
    RtlMapGenericMask(&mask, &mapping);
    CHECK_EQ(mask, 0xff);
    CHECK(RtlAreAllAccessesGranted(7, 5));
    CHECK(!RtlAreAllAccessesGranted(7, 9));
    CHECK(RtlAreAllAccessesGranted(0, 0));
    CHECK(RtlAreAnyAccessesGranted(7, 9));
    CHECK(!RtlAreAnyAccessesGranted(6, 9));
}

TEST(luids)
{
    LUID from = {5, 6}, to = {0, 0};
    LUID_AND_ATTRIBUTES many[2] = {{{1, 2}, 3}, {{4, 5}, 6}}, copies[2];

    RtlCopyLuid(&to, &from);
    CHECK_EQ(to.LowPart, 5);
    CHECK_EQ(to.HighPart, 6);
    RtlCopyLuidAndAttributesArray(2, many, copies);
    CHECK_EQ(copies[1].Luid.LowPart, 4);
    CHECK_EQ(copies[1].Attributes, 6);
    BOOLEAN(NTAPI * equal)
    (const LUID *, const LUID *) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlEqualLuid");
    if (equal) {
        CHECK(equal(&to, &from));
        to.HighPart = 0;
        CHECK(!equal(&to, &from));
    }
}

TEST(privileges)
{
    ORACLE_DIFFERS("the old state is not the documented one");
    BOOLEAN old = 77, was = 77;

    /* SeChangeNotifyPrivilege: everybody has it, enabled. */
    CHECK_STATUS(RtlAdjustPrivilege(23, TRUE, FALSE, &old), STATUS_SUCCESS);
    CHECK_EQ(old, TRUE);
    CHECK_STATUS(RtlAdjustPrivilege(23, FALSE, FALSE, &was), STATUS_SUCCESS);
    CHECK_EQ(was, TRUE);
    CHECK_STATUS(RtlAdjustPrivilege(23, TRUE, FALSE, &was), STATUS_SUCCESS);
    CHECK_EQ(was, FALSE);
    CHECK_STATUS(RtlAdjustPrivilege(500, TRUE, FALSE, &was), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(RtlAdjustPrivilege(23, TRUE, TRUE, &was), STATUS_NO_TOKEN);
}
