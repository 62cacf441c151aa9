/*
 * Access control lists, security descriptors, identifiers, masks and tokens, as advapi32 and kernelbase
 * export them.
 */
#include "../harness.h"
#include <aclapi.h>
#include <sddl.h>

static SID world = {1, 1, {SECURITY_WORLD_SID_AUTHORITY}, {0}};
static SID system_sid = {1, 1, {SECURITY_NT_AUTHORITY}, {SECURITY_LOCAL_SYSTEM_RID}};

TEST(lists)
{
    ORACLE_DIFFERS("revisions and lengths are not checked");
    ULONG room[64], other_room[32];
    ACL *acl = (ACL *)room, *other = (ACL *)other_room;
    void *ace = NULL;
    ACL_REVISION_INFORMATION revision = {ACL_REVISION_DS};

    CHECK(InitializeAcl(acl, sizeof room, ACL_REVISION));
    CHECK(AddAccessAllowedAceEx(acl, ACL_REVISION, CONTAINER_INHERIT_ACE, GENERIC_READ, &world));
    CHECK(AddAccessDeniedAceEx(acl, ACL_REVISION, OBJECT_INHERIT_ACE, GENERIC_WRITE, &world));
    CHECK(AddAuditAccessAce(acl, ACL_REVISION, 1, &world, TRUE, TRUE));
    CHECK(AddAuditAccessAceEx(acl, ACL_REVISION, CONTAINER_INHERIT_ACE, 2, &world, FALSE, TRUE));
    CHECK(GetAce(acl, 0, &ace));
    CHECK_EQ(((ACE_HEADER *)ace)->AceFlags, CONTAINER_INHERIT_ACE);
    CHECK(GetAce(acl, 2, &ace));
    CHECK_EQ(((ACE_HEADER *)ace)->AceFlags, SUCCESSFUL_ACCESS_ACE_FLAG | FAILED_ACCESS_ACE_FLAG);
    CHECK(GetAce(acl, 3, &ace));
    CHECK_EQ(((ACE_HEADER *)ace)->AceFlags, FAILED_ACCESS_ACE_FLAG | CONTAINER_INHERIT_ACE);
    CHECK(FindFirstFreeAce(acl, &ace));
    CHECK_EQ((char *)ace - (char *)acl, 8 + 4 * 20);
    CHECK(GetAce(acl, 1, &ace));
    CHECK(InitializeAcl(other, sizeof other_room, ACL_REVISION));
    CHECK(AddAce(other, ACL_REVISION, MAXDWORD, ace, 20));
    CHECK_EQ(other->AceCount, 1);
    CHECK(GetAce(other, 0, &ace));
    CHECK_EQ(((ACE_HEADER *)ace)->AceType, ACCESS_DENIED_ACE_TYPE);
    CHECK(SetAclInformation(other, &revision, sizeof revision, AclRevisionInformation));
    CHECK_EQ(other->AclRevision, ACL_REVISION_DS);
    CHECK_ERROR(SetAclInformation(other, &revision, 1, AclRevisionInformation), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(SetAclInformation(other, &revision, sizeof revision, AclSizeInformation),
                ERROR_INVALID_PARAMETER);
    other->AclSize = 8 + 20;
    CHECK_ERROR(AddAccessAllowedAceEx(other, ACL_REVISION_DS, 0, 1, &world), ERROR_ALLOTTED_SPACE_EXCEEDED);
    CHECK_ERROR(AddAccessDeniedAceEx(other, ACL_REVISION_DS, 0, 1, &world), ERROR_ALLOTTED_SPACE_EXCEEDED);
    CHECK_ERROR(AddAuditAccessAce(other, ACL_REVISION_DS, 1, &world, TRUE, TRUE),
                ERROR_ALLOTTED_SPACE_EXCEEDED);
    CHECK_ERROR(AddAccessAllowedAceEx(acl, 9, 0, 1, &world), ERROR_REVISION_MISMATCH);
}

TEST(mandatory_entries)
{
    static SID low = {1, 1, {SECURITY_MANDATORY_LABEL_AUTHORITY}, {SECURITY_MANDATORY_LOW_RID}};
    ULONG room[32];
    ACL *acl = (ACL *)room;
    SYSTEM_MANDATORY_LABEL_ACE *ace = NULL;

    CHECK(InitializeAcl(acl, sizeof room, ACL_REVISION));
    CHECK(AddMandatoryAce(acl, ACL_REVISION, 0, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP, &low));
    CHECK(GetAce(acl, 0, (void **)&ace));
    CHECK_EQ(ace->Header.AceType, SYSTEM_MANDATORY_LABEL_ACE_TYPE);
    CHECK_EQ(ace->Mask, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP);
    CHECK(EqualSid(&ace->SidStart, &low));
}

TEST(identifiers)
{
    ORACLE_DIFFERS("ERROR_NON_ACCOUNT_SID is documented");
    SID_IDENTIFIER_AUTHORITY nt = {SECURITY_NT_AUTHORITY};
    char room[SECURITY_MAX_SID_SIZE], domain_room[SECURITY_MAX_SID_SIZE], other[SECURITY_MAX_SID_SIZE];
    PSID sid = room, account = NULL, account2 = NULL;
    DWORD size = sizeof domain_room;
    BOOL equal = 77;

    CHECK_EQ(GetSidLengthRequired(3), 20);
    CHECK(InitializeSid(sid, &nt, 2));
    CHECK(!InitializeSid(sid, &nt, 16));
    CHECK(InitializeSid(sid, &nt, 2));
    *GetSidSubAuthority(sid, 0) = 32;
    *GetSidSubAuthority(sid, 1) = 544;
    CHECK_EQ(GetSidIdentifierAuthority(sid)->Value[5], 5);
    CHECK(CopySid(sizeof other, other, sid));
    CHECK(EqualPrefixSid(sid, other));
    *GetSidSubAuthority(other, 1) = 545;
    CHECK(EqualPrefixSid(sid, other));
    *GetSidSubAuthority(other, 0) = 31;
    CHECK(!EqualPrefixSid(sid, other));
    CHECK(ConvertStringSidToSidA("S-1-5-21-1-2-3-1001", &account));
    CHECK(ConvertStringSidToSidA("S-1-5-21-1-2-3-1002", &account2));
    CHECK(GetWindowsAccountDomainSid(account, domain_room, &size));
    CHECK_EQ(*GetSidSubAuthorityCount(domain_room), 4);
    CHECK_EQ(*GetSidSubAuthority(domain_room, 3), 3);
    CHECK_EQ(size, 24);
    size = 4;
    CHECK_ERROR(GetWindowsAccountDomainSid(account, domain_room, &size), ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(size, 24);
    size = sizeof domain_room;
    CHECK_ERROR(GetWindowsAccountDomainSid(&world, domain_room, &size), ERROR_NON_ACCOUNT_SID);
    CHECK(EqualDomainSid(account, account2, &equal));
    CHECK_EQ(equal, TRUE);
    CHECK_ERROR(EqualDomainSid(account, &world, &equal), ERROR_NON_DOMAIN_SID);
    LocalFree(account);
    LocalFree(account2);
}

TEST(descriptors)
{
    ORACLE_CRASHES("the resource manager's bits are missing");
    SECURITY_DESCRIPTOR descriptor, absolute;
    ULONG room[64], acl_room[16];
    ACL *acl = (ACL *)acl_room, *got = NULL;
    BOOL present = 77, defaulted = 77;
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    DWORD revision = 0, size = sizeof room, sizes[5] = {sizeof absolute, 64, 0, 64, 64};
    UCHAR bits = 0x3c, got_bits = 0;
    ULONG dacl[16], owner[16], group[16];
    PSID sid = NULL;

    CHECK(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    CHECK(InitializeAcl(acl, 28, ACL_REVISION));
    CHECK(AddAccessAllowedAce(acl, ACL_REVISION, 7, &world));
    CHECK(SetSecurityDescriptorDacl(&descriptor, TRUE, acl, FALSE));
    CHECK(SetSecurityDescriptorSacl(&descriptor, TRUE, NULL, TRUE));
    CHECK(GetSecurityDescriptorSacl(&descriptor, &present, &got, &defaulted));
    CHECK(present && defaulted && !got);
    CHECK(SetSecurityDescriptorSacl(&descriptor, FALSE, NULL, FALSE));
    CHECK(GetSecurityDescriptorSacl(&descriptor, &present, &got, &defaulted));
    CHECK(!present);
    CHECK(SetSecurityDescriptorOwner(&descriptor, &system_sid, FALSE));
    CHECK(SetSecurityDescriptorGroup(&descriptor, &world, TRUE));
    CHECK(GetSecurityDescriptorGroup(&descriptor, &sid, &defaulted));
    CHECK(EqualSid(sid, &world) && defaulted);
    CHECK(SetSecurityDescriptorControl(&descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED));
    CHECK(GetSecurityDescriptorControl(&descriptor, &control, &revision));
    CHECK_EQ(control, SE_DACL_PRESENT | SE_GROUP_DEFAULTED | SE_DACL_PROTECTED);
    CHECK_EQ(revision, SECURITY_DESCRIPTOR_REVISION);
    CHECK_ERROR(SetSecurityDescriptorControl(&descriptor, SE_OWNER_DEFAULTED, SE_OWNER_DEFAULTED),
                ERROR_INVALID_PARAMETER);
    CHECK_EQ(SetSecurityDescriptorRMControl(&descriptor, &bits), ERROR_SUCCESS);
    CHECK_EQ(GetSecurityDescriptorRMControl(&descriptor, &got_bits), ERROR_SUCCESS);
    CHECK_EQ(got_bits, 0x3c);
    CHECK_EQ(SetSecurityDescriptorRMControl(&descriptor, NULL), ERROR_SUCCESS);
    CHECK_EQ(GetSecurityDescriptorRMControl(&descriptor, &got_bits), ERROR_INVALID_DATA);
    CHECK(MakeSelfRelativeSD(&descriptor, room, &size));
    CHECK(MakeAbsoluteSD(room, &absolute, &sizes[0], (ACL *)dacl, &sizes[1], NULL, &sizes[2], owner,
                         &sizes[3], group, &sizes[4]));
    CHECK(EqualSid(owner, &system_sid));
    CHECK_EQ((ULONG_PTR)absolute.Dacl, (ULONG_PTR)dacl);
    memset(sizes, 0, sizeof sizes);
    CHECK_ERROR(MakeAbsoluteSD(room, NULL, &sizes[0], NULL, &sizes[1], NULL, &sizes[2], NULL, &sizes[3], NULL,
                               &sizes[4]),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(sizes[0], sizeof absolute);
    CHECK_EQ(sizes[1], 28);
    CHECK_EQ(sizes[3], 12);
    descriptor.Revision = 9;
    CHECK_ERROR(SetSecurityDescriptorGroup(&descriptor, &world, TRUE), ERROR_UNKNOWN_REVISION);
    CHECK_ERROR(GetSecurityDescriptorGroup(&descriptor, &sid, &defaulted), ERROR_UNKNOWN_REVISION);
    CHECK_ERROR(SetSecurityDescriptorSacl(&descriptor, FALSE, NULL, FALSE), ERROR_UNKNOWN_REVISION);
}

TEST(masks)
{
    ORACLE_CRASHES("QuerySecurityAccessMask is missing");
    GENERIC_MAPPING mapping = {0x11, 0x22, 0x44, 0xff};
    DWORD mask = GENERIC_READ | GENERIC_EXECUTE | 0x100;

    MapGenericMask(&mask, &mapping);
    CHECK_EQ(mask, 0x155);
    CHECK(AreAllAccessesGranted(7, 5) && !AreAllAccessesGranted(7, 9));
    CHECK(AreAnyAccessesGranted(7, 9) && !AreAnyAccessesGranted(6, 9));
    QuerySecurityAccessMask(OWNER_SECURITY_INFORMATION, &mask);
    CHECK_EQ(mask, READ_CONTROL);
    QuerySecurityAccessMask(SACL_SECURITY_INFORMATION, &mask);
    CHECK_EQ(mask, ACCESS_SYSTEM_SECURITY);
    SetSecurityAccessMask(OWNER_SECURITY_INFORMATION, &mask);
    CHECK_EQ(mask, WRITE_OWNER);
    SetSecurityAccessMask(DACL_SECURITY_INFORMATION | SACL_SECURITY_INFORMATION, &mask);
    CHECK_EQ(mask, WRITE_DAC | ACCESS_SYSTEM_SECURITY);
}

TEST(file_descriptors)
{
    ULONG room[256];
    DWORD size = 0;
    SECURITY_DESCRIPTOR descriptor;
    PSID owner = NULL;
    BOOL defaulted;
    HANDLE file = CreateFileA("secured", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);

    CloseHandle(file);
    CHECK_ERROR(GetFileSecurityW(L"secured", OWNER_SECURITY_INFORMATION, NULL, 0, &size),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK(size >= 20 && size <= sizeof room);
    CHECK(GetFileSecurityW(L"secured", OWNER_SECURITY_INFORMATION, room, size, &size));
    CHECK(IsValidSecurityDescriptor(room));
    CHECK(GetSecurityDescriptorOwner(room, &owner, &defaulted));
    CHECK(IsValidSid(owner));
    CHECK(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    CHECK(SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE));
    CHECK(SetFileSecurityW(L"secured", DACL_SECURITY_INFORMATION, &descriptor));
    CHECK_ERROR(GetFileSecurityW(L"no such file", OWNER_SECURITY_INFORMATION, room, sizeof room, &size),
                ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(SetFileSecurityW(L"no such file", DACL_SECURITY_INFORMATION, &descriptor),
                ERROR_FILE_NOT_FOUND);
    CHECK(DeleteFileA("secured"));
}

TEST(thread_tokens)
{
    HANDLE token = NULL, primary = NULL, copy = NULL;
    DWORD size = 0;
    SECURITY_IMPERSONATION_LEVEL level = 77;

    CHECK_ERROR(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token), ERROR_NO_TOKEN);
    CHECK(ImpersonateSelf(SecurityImpersonation));
    CHECK(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token));
    CHECK(GetTokenInformation(token, TokenImpersonationLevel, &level, sizeof level, &size));
    CHECK_EQ(level, SecurityImpersonation);
    CloseHandle(token);
    CHECK(RevertToSelf());
    CHECK_ERROR(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token), ERROR_NO_TOKEN);
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &primary));
    CHECK(
        DuplicateTokenEx(primary, TOKEN_ALL_ACCESS, NULL, SecurityIdentification, TokenImpersonation, &copy));
    CHECK(GetTokenInformation(copy, TokenImpersonationLevel, &level, sizeof level, &size));
    CHECK_EQ(level, SecurityIdentification);
    CHECK_ERROR(GetTokenInformation(primary, TokenImpersonationLevel, &level, sizeof level, &size),
                ERROR_INVALID_PARAMETER);
    CHECK(SetThreadToken(NULL, copy));
    CHECK(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token));
    CloseHandle(token);
    CHECK(SetThreadToken(NULL, NULL));
    CHECK_ERROR(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token), ERROR_NO_TOKEN);
    CHECK(ImpersonateLoggedOnUser(primary));
    CHECK(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token));
    CloseHandle(token);
    CHECK(RevertToSelf());
    CHECK_ERROR(ImpersonateLoggedOnUser(NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(DuplicateTokenEx(NULL, 0, NULL, SecurityImpersonation, TokenPrimary, &copy),
                ERROR_INVALID_HANDLE);
    CloseHandle(primary);
}

TEST(membership)
{
    BOOL member = 77;
    HANDLE token;

    CHECK(CheckTokenMembership(NULL, &world, &member));
    CHECK_EQ(member, TRUE);
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token));
    CHECK_ERROR(CheckTokenMembership(token, &world, &member), ERROR_NO_IMPERSONATION_TOKEN);
    CloseHandle(token);
}

TEST(membership_with_capabilities)
{
    ORACLE_CRASHES("CheckTokenMembershipEx is missing");
    BOOL member = 77;

    CHECK(CheckTokenMembershipEx(NULL, &world, 0, &member));
    CHECK_EQ(member, TRUE);
    CHECK_ERROR(CheckTokenMembershipEx(NULL, &world, 0x80, &member), ERROR_INVALID_PARAMETER);
}

TEST(token_changes)
{
    HANDLE token = NULL;
    LUID id = {0, 0}, other = {0, 0};
    DWORD session = 1, size;
    union {
        TOKEN_DEFAULT_DACL dacl;
        char bytes[1024];
    } information;

    CHECK(AllocateLocallyUniqueId(&id));
    CHECK(AllocateLocallyUniqueId(&other));
    CHECK(id.LowPart != other.LowPart || id.HighPart != other.HighPart);
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token));
    CHECK(GetTokenInformation(token, TokenDefaultDacl, &information, sizeof information, &size));
    CHECK(SetTokenInformation(token, TokenDefaultDacl, &information, sizeof information.dacl));
    CHECK_ERROR(SetTokenInformation(token, TokenDefaultDacl, &information, 1), ERROR_BAD_LENGTH);
    CHECK(!SetTokenInformation(token, TokenStatistics, &session, sizeof session));
    CHECK_ERROR(SetTokenInformation(NULL, TokenDefaultDacl, &information, sizeof information.dacl),
                ERROR_INVALID_HANDLE);
    CloseHandle(token);
}

TEST(groups_of_a_token)
{
    ORACLE_DIFFERS("AdjustTokenGroups is not implemented there");
    HANDLE token = NULL;
    TOKEN_GROUPS none = {0};

    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token));
    CHECK(AdjustTokenGroups(token, FALSE, &none, 0, NULL, NULL));
    CHECK_ERROR(AdjustTokenGroups(NULL, FALSE, &none, 0, NULL, NULL), ERROR_INVALID_HANDLE);
    CloseHandle(token);
}
