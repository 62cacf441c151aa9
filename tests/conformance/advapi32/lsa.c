/* The local security policy; logging on. */
#include "../harness.h"
#include <ntsecapi.h>

static LSA_HANDLE open_policy(void)
{
    LSA_OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes};
    LSA_HANDLE policy = NULL;
    CHECK_STATUS(
        LsaOpenPolicy(NULL, &attributes, POLICY_LOOKUP_NAMES | POLICY_VIEW_LOCAL_INFORMATION, &policy), 0);
    CHECK(policy != NULL);
    return policy;
}

TEST(policy)
{
    LSA_HANDLE policy = open_policy();
    POLICY_ACCOUNT_DOMAIN_INFO *account = NULL;
    POLICY_PRIMARY_DOMAIN_INFO *primary = NULL;
    WCHAR name[64];
    DWORD size = 64;
    GetComputerNameW(name, &size);
    CHECK_STATUS(LsaQueryInformationPolicy(policy, PolicyAccountDomainInformation, (void **)&account), 0);
    CHECK_WSTR(account->DomainName.Buffer, name);
    CHECK(account->DomainSid && IsValidSid(account->DomainSid));
    CHECK_EQ(*GetSidSubAuthorityCount(account->DomainSid), 4);
    LsaFreeMemory(account);
    CHECK_STATUS(LsaQueryInformationPolicy(policy, PolicyPrimaryDomainInformation, (void **)&primary), 0);
    CHECK(!primary->Sid); /* no domain */
    LsaFreeMemory(primary);
    CHECK_STATUS(LsaClose(policy), 0);
    CHECK_EQ(LsaNtStatusToWinError(STATUS_ACCESS_DENIED), ERROR_ACCESS_DENIED);
}

TEST(names)
{
    LSA_HANDLE policy = open_policy();
    LSA_REFERENCED_DOMAIN_LIST *domains;
    LSA_TRANSLATED_NAME *names;
    LSA_TRANSLATED_SID2 *sids;
    WCHAR text[] = L"Everyone", none[] = L"no such account here";
    LSA_UNICODE_STRING strings[2] = {{16, 18, text}, {40, 42, none}};
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    PSID list[1] = {sid};
    CHECK(CreateWellKnownSid(WinWorldSid, NULL, sid, &size));
    CHECK_STATUS(LsaLookupSids(policy, 1, list, &domains, &names), 0);
    CHECK_EQ(names[0].Use, SidTypeWellKnownGroup);
    CHECK_EQ(names[0].Name.Length, 16);
    LsaFreeMemory(domains);
    LsaFreeMemory(names);
    CHECK_STATUS(LsaLookupNames2(policy, 0, 2, strings, &domains, &sids), STATUS_SOME_NOT_MAPPED);
    CHECK(EqualSid(sids[0].Sid, sid));
    CHECK_EQ(sids[1].Use, SidTypeUnknown);
    LsaFreeMemory(domains);
    LsaFreeMemory(sids);
    LsaClose(policy);
}

TEST(logon)
{
    HANDLE token;
    if (harness_is_wine()) /* lets everybody in */
        return;
    CHECK_ERROR(LogonUserA("nobody", NULL, "x", LOGON32_LOGON_NETWORK, LOGON32_PROVIDER_DEFAULT, &token),
                ERROR_LOGON_FAILURE);
    CHECK_ERROR(LogonUserA("nobody", NULL, "x", 99, LOGON32_PROVIDER_DEFAULT, &token),
                ERROR_INVALID_PARAMETER);
}
