/*
 * The wide forms of names: users, accounts, privileges, SIDs as text, security of named objects; logging on
 * and the policy's rights.
 */
#include "harness.h"
#include <aclapi.h>
#include <ntsecapi.h>
#include <sddl.h>

TEST(user_name)
{
    WCHAR wide[257], as_wide[257];
    char narrow[257];
    DWORD size = 257, narrow_size = sizeof narrow;
    CHECK(GetUserNameW(wide, &size));
    CHECK_EQ(size, wcslen(wide) + 1);
    CHECK(GetUserNameA(narrow, &narrow_size));
    MultiByteToWideChar(CP_ACP, 0, narrow, -1, as_wide, 257);
    CHECK_WSTR(as_wide, wide);
    DWORD needed = size;
    size = 1;
    CHECK_ERROR(GetUserNameW(wide, &size), ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(size, needed);
}

TEST(accounts)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    WCHAR name[256], domain[256];
    DWORD size = 0, name_size = 256, domain_size = 0;
    SID_NAME_USE use;

    CHECK_ERROR(LookupAccountNameW(NULL, L"Everyone", NULL, &size, NULL, &domain_size, &use),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(size, 12);
    CHECK(domain_size >= 1);
    domain_size = 256;
    size = sizeof sid;
    CHECK(LookupAccountNameW(NULL, L"Everyone", sid, &size, domain, &domain_size, &use));
    CHECK(IsWellKnownSid(sid, WinWorldSid));
    CHECK_EQ(use, SidTypeWellKnownGroup);
    domain_size = 256;
    CHECK(LookupAccountSidW(NULL, sid, name, &name_size, domain, &domain_size, &use));
    CHECK_WSTR(name, L"Everyone");
    CHECK_EQ(name_size, 8);
    CHECK_WSTR(domain, L"");
    CHECK_ERROR(LookupAccountNameW(NULL, L"no such account", sid, &size, domain, &domain_size, &use),
                ERROR_NONE_MAPPED);
    name_size = domain_size = 256;
    BYTE stranger[] = {1, 2, 0, 0, 0, 0, 0, 77, 1, 0, 0, 0, 2, 0, 0, 0};
    CHECK_ERROR(LookupAccountSidW(NULL, stranger, name, &name_size, domain, &domain_size, &use),
                ERROR_NONE_MAPPED);
}

TEST(privileges)
{
    LUID luid = {0, 0}, none = {0x7777, 0};
    WCHAR name[64];
    DWORD size = 64, language;
    CHECK(LookupPrivilegeValueW(NULL, SE_DEBUG_NAME L"", &luid));
    CHECK_EQ(luid.LowPart, 20);
    CHECK_EQ(luid.HighPart, 0);
    CHECK(LookupPrivilegeNameW(NULL, &luid, name, &size));
    CHECK_WSTR(name, L"SeDebugPrivilege");
    CHECK_EQ(size, 16);
    CHECK_ERROR(LookupPrivilegeValueW(NULL, L"SeNoSuchPrivilege", &luid), ERROR_NO_SUCH_PRIVILEGE);
    size = 64;
    CHECK_ERROR(LookupPrivilegeNameW(NULL, &none, name, &size), ERROR_NO_SUCH_PRIVILEGE);
    if (harness_is_wine()) /* has no display names */
        return;
    size = 64;
    CHECK(LookupPrivilegeDisplayNameW(NULL, L"SeDebugPrivilege", name, &size, &language));
    CHECK_WSTR(name, L"Debug programs");
    size = 2;
    CHECK_ERROR(LookupPrivilegeDisplayNameW(NULL, L"SeDebugPrivilege", name, &size, &language),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(size, 15);
    CHECK_ERROR(LookupPrivilegeDisplayNameW(NULL, L"SeNoSuchPrivilege", name, &size, &language),
                ERROR_NO_SUCH_PRIVILEGE);
}

TEST(sid_text)
{
    PSID sid = NULL;
    WCHAR *text = NULL;
    CHECK(ConvertStringSidToSidW(L"S-1-5-32-544", &sid));
    CHECK(IsWellKnownSid(sid, WinBuiltinAdministratorsSid));
    CHECK(ConvertSidToStringSidW(sid, &text));
    CHECK_WSTR(text, L"S-1-5-32-544");
    LocalFree(text);
    LocalFree(sid);
    CHECK(ConvertStringSidToSidW(L"WD", &sid));
    CHECK(IsWellKnownSid(sid, WinWorldSid));
    LocalFree(sid);
    CHECK_ERROR(ConvertStringSidToSidW(L"S-1", &sid), ERROR_INVALID_SID);
    CHECK_ERROR(ConvertStringSidToSidW(L"QQ", &sid), ERROR_INVALID_SID);
    CHECK_ERROR(ConvertStringSidToSidW(NULL, &sid), ERROR_INVALID_PARAMETER);
    BYTE wrong[] = {9, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    CHECK_ERROR(ConvertSidToStringSidW(wrong, &text), ERROR_INVALID_SID);
}

TEST(named_objects)
{
    WCHAR folder[MAX_PATH], path[MAX_PATH];
    char narrow[MAX_PATH];
    PSID owner = NULL;
    ACL *dacl = NULL;
    PSECURITY_DESCRIPTOR descriptor = NULL;

    GetTempPathW(MAX_PATH, folder);
    GetTempFileNameW(folder, L"sec", 0, path);
    WideCharToMultiByte(CP_ACP, 0, path, -1, narrow, MAX_PATH, NULL, NULL);
    CHECK_EQ(GetNamedSecurityInfoW(path, SE_FILE_OBJECT,
                                   OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL,
                                   &dacl, NULL, &descriptor),
             ERROR_SUCCESS);
    CHECK(descriptor && owner && IsValidSid(owner) && dacl && IsValidAcl(dacl));
    CHECK_EQ(SetNamedSecurityInfoW(path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, dacl, NULL),
             ERROR_SUCCESS);
    CHECK_EQ(SetNamedSecurityInfoA(narrow, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, dacl, NULL),
             ERROR_SUCCESS);
    LocalFree(descriptor);
    DeleteFileW(path);
    CHECK_EQ(GetNamedSecurityInfoW(path, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL,
                                   &descriptor),
             ERROR_FILE_NOT_FOUND);
    CHECK_EQ(SetNamedSecurityInfoW(path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, NULL, NULL),
             ERROR_FILE_NOT_FOUND);
    CHECK_EQ(SetNamedSecurityInfoA(narrow, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, NULL, NULL),
             ERROR_FILE_NOT_FOUND);
}

TEST(logon)
{
    HANDLE token;
    ORACLE_DIFFERS("wine lets everybody in");
    CHECK_ERROR(LogonUserW(L"nobody", NULL, L"x", LOGON32_LOGON_NETWORK, LOGON32_PROVIDER_DEFAULT, &token),
                ERROR_LOGON_FAILURE);
    CHECK_ERROR(LogonUserW(L"nobody", NULL, L"x", 99, LOGON32_PROVIDER_DEFAULT, &token),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(LogonUserW(NULL, NULL, L"x", LOGON32_LOGON_NETWORK, LOGON32_PROVIDER_DEFAULT, &token),
                ERROR_INVALID_PARAMETER);
}

TEST(account_rights)
{
    ORACLE_CRASHES("wine 8.0 has stubs of these");
    LSA_OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes};
    LSA_HANDLE policy = NULL;
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    WCHAR name[] = L"SeServiceLogonRight", key[] = L"key";
    LSA_UNICODE_STRING right = {sizeof name - 2, sizeof name, name},
                       secret = {sizeof key - 2, sizeof key, key}, *list = NULL, *data = NULL;
    ULONG count = 0;

    CHECK(CreateWellKnownSid(WinWorldSid, NULL, sid, &size));
    CHECK_STATUS(LsaOpenPolicy(NULL, &attributes, POLICY_LOOKUP_NAMES, &policy), 0);
    CHECK_STATUS(LsaEnumerateAccountRights(policy, sid, &list, &count), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(LsaAddAccountRights(policy, sid, &right, 1), STATUS_ACCESS_DENIED);
    CHECK_STATUS(LsaRemoveAccountRights(policy, sid, TRUE, NULL, 0), STATUS_ACCESS_DENIED);
    CHECK_STATUS(LsaStorePrivateData(policy, &secret, &secret), STATUS_ACCESS_DENIED);
    NTSTATUS status = LsaRetrievePrivateData(policy, &secret, &data);
    CHECK(status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_ACCESS_DENIED);
    LsaClose(policy);
    CHECK_STATUS(LsaEnumerateAccountRights(NULL, sid, &list, &count), STATUS_INVALID_HANDLE);
    CHECK_STATUS(LsaAddAccountRights(NULL, sid, &right, 1), STATUS_INVALID_HANDLE);
    CHECK_STATUS(LsaRemoveAccountRights(NULL, sid, TRUE, NULL, 0), STATUS_INVALID_HANDLE);
    CHECK_STATUS(LsaStorePrivateData(NULL, &secret, NULL), STATUS_INVALID_HANDLE);
    CHECK_STATUS(LsaRetrievePrivateData(NULL, &secret, &data), STATUS_INVALID_HANDLE);
}

/* The primary group of local accounts has a name, and that name is its. */
TEST(primary_group)
{
    union {
        TOKEN_PRIMARY_GROUP group;
        BYTE room[128];
    } primary;
    WCHAR name[64], domain[64];
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size, name_size = ARRAYSIZE(name), domain_size = ARRAYSIZE(domain), sid_size = sizeof sid;
    SID_NAME_USE use = SidTypeUnknown;
    HANDLE token;

    ORACLE_DIFFERS("wine finds no SID for the name that it gives");
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    CHECK(GetTokenInformation(token, TokenPrimaryGroup, &primary, sizeof primary, &size));
    CloseHandle(token);
    CHECK(LookupAccountSidW(NULL, primary.group.PrimaryGroup, name, &name_size, domain, &domain_size, &use));
    domain_size = ARRAYSIZE(domain);
    CHECK(LookupAccountNameW(NULL, name, sid, &sid_size, domain, &domain_size, &use));
    CHECK_EQ(use, SidTypeGroup);
    CHECK(EqualSid(sid, primary.group.PrimaryGroup));
}
