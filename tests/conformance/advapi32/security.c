/* SIDs, access control lists, security descriptors, tokens, random bytes. */
#include "../harness.h"
#include <sddl.h>
#include <wincrypt.h>

static SID_IDENTIFIER_AUTHORITY nt = {SECURITY_NT_AUTHORITY}, world = {SECURITY_WORLD_SID_AUTHORITY};

TEST(sids)
{
    PSID admins, everyone, back;
    char *text;
    BYTE buffer[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof buffer;
    CHECK(AllocateAndInitializeSid(&nt, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0,
                                   0, 0, &admins));
    CHECK(AllocateAndInitializeSid(&world, 1, 0, 0, 0, 0, 0, 0, 0, 0, &everyone));
    CHECK(IsValidSid(admins));
    CHECK_EQ(GetLengthSid(admins), 16u);
    CHECK(!EqualSid(admins, everyone));
    CHECK(ConvertSidToStringSidA(admins, &text));
    CHECK_STR(text, "S-1-5-32-544");
    LocalFree(text);
    CHECK(ConvertStringSidToSidA("S-1-5-32-544", &back));
    CHECK(EqualSid(admins, back));
    LocalFree(back);
    CHECK(ConvertStringSidToSidA("WD", &back));
    CHECK(EqualSid(everyone, back));
    LocalFree(back);
    CHECK_ERROR(ConvertStringSidToSidA("nonsense", &back), ERROR_INVALID_SID);
    CHECK(CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, buffer, &size));
    CHECK_EQ(size, 16u);
    CHECK(EqualSid(buffer, admins));
    CHECK(IsWellKnownSid(everyone, WinWorldSid));
    CHECK(!IsWellKnownSid(everyone, WinLocalSid));
    if (!harness_is_wine()) /* fails there too, and sets no error */
        CHECK_ERROR(CopySid(4, buffer, admins), ERROR_INSUFFICIENT_BUFFER);
    CHECK(FreeSid(admins) == NULL);
    FreeSid(everyone);
}

TEST(acls)
{
    BYTE buffer[256], sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    ACL *acl = (ACL *)buffer;
    void *ace;
    ACL_SIZE_INFORMATION info;
    CHECK(CreateWellKnownSid(WinWorldSid, NULL, sid, &size));
    CHECK_ERROR(InitializeAcl(acl, 3, ACL_REVISION), ERROR_INSUFFICIENT_BUFFER);
    CHECK(InitializeAcl(acl, 64, ACL_REVISION));
    CHECK(AddAccessAllowedAce(acl, ACL_REVISION, GENERIC_READ, sid));
    CHECK(AddAccessDeniedAce(acl, ACL_REVISION, GENERIC_WRITE, sid));
    CHECK_ERROR(AddAccessAllowedAce(acl, ACL_REVISION, GENERIC_READ, sid), ERROR_ALLOTTED_SPACE_EXCEEDED);
    CHECK(IsValidAcl(acl));
    CHECK(GetAclInformation(acl, &info, sizeof info, AclSizeInformation));
    CHECK_EQ(info.AceCount, 2u);
    CHECK_EQ(info.AclBytesInUse, 8u + 2 * 20);
    CHECK(GetAce(acl, 1, &ace));
    CHECK_EQ(((ACCESS_DENIED_ACE *)ace)->Mask, GENERIC_WRITE);
    CHECK_ERROR(GetAce(acl, 2, &ace), ERROR_INVALID_PARAMETER);
    CHECK(DeleteAce(acl, 0));
    CHECK(GetAce(acl, 0, &ace));
    CHECK_EQ(((ACE_HEADER *)ace)->AceType, ACCESS_DENIED_ACE_TYPE);
}

TEST(descriptors)
{
    SECURITY_DESCRIPTOR descriptor;
    BYTE copy[256], sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid, length = 4;
    BOOL present, defaulted;
    ACL *acl = (ACL *)1;
    PSID owner;
    CHECK(CreateWellKnownSid(WinWorldSid, NULL, sid, &size));
    CHECK_ERROR(InitializeSecurityDescriptor(&descriptor, 7), ERROR_UNKNOWN_REVISION);
    CHECK(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    CHECK(SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE));
    CHECK(SetSecurityDescriptorOwner(&descriptor, sid, FALSE));
    CHECK(IsValidSecurityDescriptor(&descriptor));
    CHECK(GetSecurityDescriptorDacl(&descriptor, &present, &acl, &defaulted));
    CHECK(present && !acl && !defaulted);
    CHECK_ERROR(MakeSelfRelativeSD(&descriptor, copy, &length), ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(length, 20u + 12);
    CHECK(MakeSelfRelativeSD(&descriptor, copy, &length));
    CHECK(IsValidSecurityDescriptor(copy));
    CHECK(GetSecurityDescriptorOwner(copy, &owner, &defaulted));
    CHECK(EqualSid(owner, sid));
    CHECK_ERROR(SetSecurityDescriptorOwner(copy, sid, FALSE), ERROR_INVALID_SECURITY_DESCR);
}

TEST(token)
{
    HANDLE token;
    DWORD length = 0;
    TOKEN_PRIVILEGES privileges = {.PrivilegeCount = 1};
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES, &token));
    CHECK_ERROR(GetTokenInformation(token, TokenUser, NULL, 0, &length), ERROR_INSUFFICIENT_BUFFER);
    TOKEN_USER *user = malloc(length);
    CHECK(GetTokenInformation(token, TokenUser, user, length, &length));
    CHECK(IsValidSid(user->User.Sid));
    BOOL member = FALSE;
    CHECK(CheckTokenMembership(NULL, user->User.Sid, &member));
    CHECK(member || harness_is_wine()); /* documented: "the user and groups"; there the groups only */
    free(user);
    CHECK(LookupPrivilegeValueA(NULL, "SeChangeNotifyPrivilege", &privileges.Privileges[0].Luid));
    CHECK_EQ(privileges.Privileges[0].Luid.LowPart, 23u);
    privileges.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    CHECK(AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL));
    CHECK_EQ(GetLastError(), (DWORD)ERROR_SUCCESS);
    CHECK_ERROR(LookupPrivilegeValueA(NULL, "SeNoSuchPrivilege", &privileges.Privileges[0].Luid),
                ERROR_NO_SUCH_PRIVILEGE);
    CloseHandle(token);
}

TEST(user_name)
{
    char name[257];
    DWORD size = sizeof name;
    CHECK(GetUserNameA(name, &size));
    CHECK_EQ(size, strlen(name) + 1);
    size = 1;
    CHECK_ERROR(GetUserNameA(name, &size), ERROR_INSUFFICIENT_BUFFER);
}

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);

TEST(random)
{
    BYTE a[64] = {0}, b[64] = {0};
    HCRYPTPROV provider = 0;
    CHECK(SystemFunction036(a, sizeof a));
    CHECK(SystemFunction036(b, sizeof b));
    CHECK(memcmp(a, b, sizeof a) != 0);
    CHECK(CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT));
    CHECK(CryptGenRandom(provider, sizeof a, a));
    CHECK(memcmp(a, b, sizeof a) != 0);
    CHECK(CryptReleaseContext(provider, 0));
}
