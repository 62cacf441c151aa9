/* Access checks, entries of lists, restricted tokens, privileges, names of accounts. */
#include "../harness.h"
#include <aclapi.h>
#include <sddl.h>

static const GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                                        FILE_ALL_ACCESS};

static HANDLE impersonation_token(void)
{
    HANDLE token, duplicate = NULL;
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_DUPLICATE | TOKEN_QUERY, &token));
    CHECK(DuplicateToken(token, SecurityImpersonation, &duplicate));
    CloseHandle(token);
    return duplicate;
}

static BOOL allowed(HANDLE token, const char *sddl, DWORD desired, DWORD *granted)
{
    PSECURITY_DESCRIPTOR descriptor;
    PRIVILEGE_SET privileges;
    DWORD size = sizeof privileges;
    BOOL result = FALSE;
    CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA(sddl, SDDL_REVISION_1, &descriptor, NULL));
    *granted = 0xdead;
    CHECK(AccessCheck(descriptor, token, desired, (GENERIC_MAPPING *)&mapping, &privileges, &size, granted,
                      &result));
    LocalFree(descriptor);
    return result;
}

TEST(access_check)
{
    HANDLE token = impersonation_token();
    DWORD granted;
    CHECK(allowed(token, "O:SYG:SYD:(A;;FR;;;WD)", FILE_READ_DATA, &granted));
    CHECK_EQ(granted, FILE_READ_DATA);
    CHECK(!allowed(token, "O:SYG:SYD:(A;;FR;;;WD)", FILE_WRITE_DATA, &granted));
    CHECK_EQ(granted, 0);
    CHECK_EQ(GetLastError(), ERROR_ACCESS_DENIED);
    CHECK(!allowed(token, "O:SYG:SYD:(D;;FW;;;WD)(A;;FA;;;WD)", FILE_WRITE_DATA, &granted));
    /* the first entry that speaks of a right decides */
    CHECK(allowed(token, "O:SYG:SYD:(A;;FA;;;WD)(D;;FW;;;WD)", FILE_WRITE_DATA, &granted));
    CHECK(!allowed(token, "O:SYG:SYD:(A;IO;FA;;;WD)", FILE_READ_DATA, &granted));
    CHECK(allowed(token, "O:SYG:SYD:(A;;GR;;;WD)", FILE_READ_DATA | READ_CONTROL, &granted));
    CHECK(allowed(token, "O:SYG:SYD:(A;;FR;;;WD)", MAXIMUM_ALLOWED, &granted));
    CHECK_EQ(granted, FILE_GENERIC_READ);
    CHECK(!allowed(token, "O:SYG:SYD:", MAXIMUM_ALLOWED, &granted));
    CHECK(!allowed(token, "O:SYG:SYD:(A;;FA;;;LG)", FILE_READ_DATA, &granted));
    CHECK(allowed(token, "O:SYG:SY", FILE_WRITE_DATA, &granted)); /* no list: everything */
    CloseHandle(token);
}

TEST(access_check_owner)
{
    HANDLE token = impersonation_token(), process;
    BYTE buffer[128];
    char text[256], *sid;
    DWORD size, granted;
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &process));
    CHECK(GetTokenInformation(process, TokenUser, buffer, sizeof buffer, &size));
    CHECK(ConvertSidToStringSidA(((TOKEN_USER *)buffer)->User.Sid, &sid));
    snprintf(text, sizeof text, "O:%sG:SYD:", sid);
    /* nobody can lock the owner out */
    CHECK(allowed(token, text, READ_CONTROL | WRITE_DAC, &granted));
    CHECK(!allowed(token, text, FILE_READ_DATA, &granted));
    LocalFree(sid);
    CloseHandle(process);
    CloseHandle(token);
}

TEST(access_check_errors)
{
    HANDLE token = impersonation_token(), process;
    PSECURITY_DESCRIPTOR descriptor;
    PRIVILEGE_SET privileges;
    DWORD size = sizeof privileges, granted;
    BOOL result;
    CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA("O:SYG:SYD:", 1, &descriptor, NULL));
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &process));
    CHECK_ERROR(AccessCheck(descriptor, process, READ_CONTROL, (GENERIC_MAPPING *)&mapping, &privileges,
                            &size, &granted, &result),
                ERROR_NO_IMPERSONATION_TOKEN);
    CHECK_ERROR(AccessCheck(descriptor, token, GENERIC_READ, (GENERIC_MAPPING *)&mapping, &privileges, &size,
                            &granted, &result),
                ERROR_GENERIC_NOT_MAPPED);
    LocalFree(descriptor);
    CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorA("D:", 1, &descriptor, NULL));
    CHECK_ERROR(AccessCheck(descriptor, token, READ_CONTROL, (GENERIC_MAPPING *)&mapping, &privileges, &size,
                            &granted, &result),
                ERROR_INVALID_SECURITY_DESCR);
    LocalFree(descriptor);
    CloseHandle(token);
    CloseHandle(process);
}

TEST(entries)
{
    if (harness_is_wine()) /* order, rights and names are incomplete there */
        return;
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid, mask = 0;
    ULONG count = 0;
    EXPLICIT_ACCESSW access[3], *list = NULL;
    ACL *acl = NULL, *more = NULL;
    ACE_HEADER *ace;
    CHECK(CreateWellKnownSid(WinWorldSid, NULL, sid, &size));
    memset(access, 0, sizeof access);
    access[0].grfAccessPermissions = FILE_GENERIC_READ;
    access[0].grfAccessMode = GRANT_ACCESS;
    BuildTrusteeWithSidW(&access[0].Trustee, sid);
    access[1].grfAccessPermissions = FILE_WRITE_DATA;
    access[1].grfAccessMode = DENY_ACCESS;
    access[1].grfInheritance = SUB_CONTAINERS_AND_OBJECTS_INHERIT;
    BuildTrusteeWithNameW(&access[1].Trustee, (WCHAR *)L"Everyone");
    CHECK_EQ(SetEntriesInAclW(2, access, NULL, &acl), ERROR_SUCCESS);
    CHECK_EQ(acl->AceCount, 2);
    CHECK(GetAce(acl, 0, (void **)&ace)); /* denials first */
    CHECK_EQ(ace->AceType, ACCESS_DENIED_ACE_TYPE);
    CHECK_EQ(ace->AceFlags, OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE);
    CHECK_EQ(GetEffectiveRightsFromAclW(acl, &access[0].Trustee, &mask), ERROR_SUCCESS);
    CHECK_EQ(mask, FILE_GENERIC_READ);
    if (!harness_is_wine()) {
        CHECK_EQ(GetExplicitEntriesFromAclW(acl, &count, &list), ERROR_SUCCESS);
        CHECK_EQ(count, 2);
        CHECK_EQ(list[0].grfAccessMode, DENY_ACCESS);
        CHECK_EQ(list[1].grfAccessPermissions, FILE_GENERIC_READ);
        CHECK(EqualSid(list[1].Trustee.ptstrName, sid));
        LocalFree(list);
    }
    access[0].grfAccessMode = REVOKE_ACCESS;
    CHECK_EQ(SetEntriesInAclW(1, access, acl, &more), ERROR_SUCCESS);
    CHECK_EQ(more->AceCount, 0);
    LocalFree(more);
    access[0].grfAccessMode = SET_ACCESS;
    access[0].grfAccessPermissions = FILE_EXECUTE;
    CHECK_EQ(SetEntriesInAclW(1, access, acl, &more), ERROR_SUCCESS);
    CHECK(GetAce(more, more->AceCount - 1u, (void **)&ace));
    CHECK_EQ(((ACCESS_ALLOWED_ACE *)ace)->Mask, FILE_EXECUTE);
    LocalFree(more);
    LocalFree(acl);
    BuildTrusteeWithNameW(&access[1].Trustee, (WCHAR *)L"no such account here");
    CHECK_EQ(SetEntriesInAclW(1, access + 1, NULL, &acl), ERROR_NONE_MAPPED);
    CHECK_EQ(SetEntriesInAclW(0, NULL, NULL, &acl), ERROR_SUCCESS);
    CHECK(!acl);
}

TEST(restricted_token)
{
    HANDLE process, token = NULL, duplicate;
    BYTE buffer[1024], sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid, granted;
    BOOL member = TRUE;
    CHECK(CreateWellKnownSid(WinAuthenticatedUserSid, NULL, sid, &size));
    SID_AND_ATTRIBUTES list = {sid, 0};
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &process));
    CHECK(CreateRestrictedToken(process, DISABLE_MAX_PRIVILEGE, 1, &list, 0, NULL, 0, NULL, &token));
    CHECK(GetTokenInformation(token, TokenPrivileges, buffer, sizeof buffer, &size));
    if (!harness_is_wine()) { /* leaves the privileges */
        CHECK_EQ(((TOKEN_PRIVILEGES *)buffer)->PrivilegeCount, 1);
        CHECK_EQ(((TOKEN_PRIVILEGES *)buffer)->Privileges[0].Luid.LowPart, 23);
    }
    CHECK(DuplicateToken(token, SecurityImpersonation, &duplicate));
    CHECK(CheckTokenMembership(duplicate, sid, &member));
    CHECK(!member);
    if (!harness_is_wine()) {
        /* for denials only */
        CHECK(!allowed(duplicate, "O:SYG:SYD:(A;;FR;;;AU)", FILE_READ_DATA, &granted));
        CHECK(!allowed(duplicate, "O:SYG:SYD:(D;;FR;;;AU)(A;;FR;;;WD)", FILE_READ_DATA, &granted));
    }
    CloseHandle(duplicate);
    CloseHandle(token);
    size = sizeof sid;
    CHECK(CreateWellKnownSid(WinRestrictedCodeSid, NULL, sid, &size));
    CHECK(CreateRestrictedToken(process, 0, 0, NULL, 0, NULL, 1, &list, &token));
    if (!harness_is_wine()) { /* keeps no restricting SIDs */
        CHECK(IsTokenRestricted(token));
        CHECK(DuplicateToken(token, SecurityImpersonation, &duplicate));
        CHECK(!allowed(duplicate, "O:SYG:SYD:(A;;FR;;;WD)", FILE_READ_DATA, &granted));
        CHECK(allowed(duplicate, "O:SYG:SYD:(A;;FR;;;WD)(A;;FR;;;RC)", FILE_READ_DATA, &granted));
        CloseHandle(duplicate);
    }
    CHECK(!IsTokenRestricted(process));
    CloseHandle(token);
    CloseHandle(process);
}

TEST(privileges)
{
    HANDLE process;
    PRIVILEGE_SET set = {1, PRIVILEGE_SET_ALL_NECESSARY, {{{23, 0}, 0}}};
    BOOL held = FALSE;
    char name[64];
    DWORD size = sizeof name, language;
    LUID luid;
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &process));
    CHECK(PrivilegeCheck(process, &set, &held));
    CHECK(held);
    CHECK_EQ(set.Privilege[0].Attributes & SE_PRIVILEGE_USED_FOR_ACCESS, SE_PRIVILEGE_USED_FOR_ACCESS);
    CHECK(LookupPrivilegeValueA(NULL, "SeBackupPrivilege", &luid));
    CHECK(LookupPrivilegeNameA(NULL, &luid, name, &size));
    CHECK_STR(name, "SeBackupPrivilege");
    CHECK_EQ(size, 17);
    size = 3;
    CHECK_ERROR(LookupPrivilegeNameA(NULL, &luid, name, &size), ERROR_INSUFFICIENT_BUFFER);
    if (!harness_is_wine()) /* leaves it */
        CHECK_EQ(size, 18);
    size = sizeof name;
    if (!harness_is_wine()) {
        CHECK(LookupPrivilegeDisplayNameA(NULL, "SeBackupPrivilege", name, &size, &language));
        CHECK_STR(name, "Back up files and directories");
    }
    CloseHandle(process);
}

TEST(account_names)
{
    BYTE sid[SECURITY_MAX_SID_SIZE], user[128];
    char name[256], domain[256], text[600];
    DWORD size = sizeof sid, name_size = sizeof name, domain_size = sizeof domain;
    SID_NAME_USE use;
    HANDLE process;
    CHECK(LookupAccountNameA(NULL, "Everyone", sid, &size, domain, &domain_size, &use));
    CHECK(IsWellKnownSid(sid, WinWorldSid));
    CHECK_EQ(use, SidTypeWellKnownGroup);
    domain_size = sizeof domain;
    CHECK(LookupAccountSidA(NULL, sid, name, &name_size, domain, &domain_size, &use));
    CHECK_STR(name, "Everyone");
    name_size = 2;
    CHECK_ERROR(LookupAccountSidA(NULL, sid, name, &name_size, domain, &domain_size, &use),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(name_size, 9);
    size = sizeof sid, domain_size = sizeof domain;
    CHECK_ERROR(LookupAccountNameA(NULL, "no such account", sid, &size, domain, &domain_size, &use),
                ERROR_NONE_MAPPED);
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &process));
    CHECK(GetTokenInformation(process, TokenUser, user, sizeof user, &size));
    name_size = sizeof name, domain_size = sizeof domain;
    CHECK(LookupAccountSidA(NULL, ((TOKEN_USER *)user)->User.Sid, name, &name_size, domain, &domain_size,
                            &use));
    CHECK_EQ(use, SidTypeUser);
    snprintf(text, sizeof text, "%s\\%s", domain, name);
    size = sizeof sid, domain_size = sizeof domain;
    CHECK(LookupAccountNameA(NULL, text, sid, &size, domain, &domain_size, &use));
    CHECK(EqualSid(sid, ((TOKEN_USER *)user)->User.Sid));
    CloseHandle(process);
}
