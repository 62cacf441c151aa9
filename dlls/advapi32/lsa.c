/*
 * The local security policy, as far as it is true here: the machine is in no domain, its accounts are
 * those of lookup.c, nobody has account rights of his own, secrets are not kept.
 */
#include "advapi32.h"

#include <ntsecapi.h>

#define POLICY_MAGIC 0x4153534c

struct policy {
    DWORD magic;
};

static BOOL is_policy(LSA_HANDLE handle)
{
    return handle && ((struct policy *)handle)->magic == POLICY_MAGIC;
}

ULONG WINAPI LsaNtStatusToWinError(NTSTATUS status)
{
    return RtlNtStatusToDosError(status);
}

NTSTATUS WINAPI LsaOpenPolicy(PLSA_UNICODE_STRING system, PLSA_OBJECT_ATTRIBUTES attributes,
                              ACCESS_MASK access, PLSA_HANDLE ret_handle)
{
    WCHAR own[64];
    DWORD size = 64;

    if (!attributes || !ret_handle)
        return STATUS_INVALID_PARAMETER;
    *ret_handle = NULL;
    if (system && system->Length &&
        (!GetComputerNameW(own, &size) || size * sizeof(WCHAR) != system->Length ||
         _wcsnicmp(own, system->Buffer, size)))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (access &
        ~(ACCESS_MASK)(POLICY_VIEW_LOCAL_INFORMATION | POLICY_LOOKUP_NAMES | POLICY_GET_PRIVATE_INFORMATION |
                       READ_CONTROL | GENERIC_READ | GENERIC_EXECUTE | MAXIMUM_ALLOWED))
        return STATUS_ACCESS_DENIED; /* for administrators */
    struct policy *policy = allocate(sizeof *policy);
    if (!policy)
        return STATUS_NO_MEMORY;
    policy->magic = POLICY_MAGIC;
    *ret_handle = policy;
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI LsaClose(LSA_HANDLE handle)
{
    if (!is_policy(handle))
        return STATUS_INVALID_HANDLE;
    ((struct policy *)handle)->magic = 0;
    release(handle);
    return STATUS_SUCCESS;
}

NTSTATUS WINAPI LsaFreeMemory(PVOID memory)
{
    release(memory);
    return STATUS_SUCCESS;
}

/* A name and the machine's SID in one block behind the structure. */
struct domain_answer {
    union {
        POLICY_ACCOUNT_DOMAIN_INFO account;
        POLICY_PRIMARY_DOMAIN_INFO primary;
        POLICY_DNS_DOMAIN_INFO dns;
        POLICY_LSA_SERVER_ROLE_INFO role;
        POLICY_AUDIT_EVENTS_INFO audit;
    };
    BYTE sid[SECURITY_MAX_SID_SIZE];
    WCHAR name[64];
};

static void set_name(PLSA_UNICODE_STRING to, WCHAR *text)
{
    to->Buffer = text;
    to->Length = (USHORT)(wcslen(text) * sizeof(WCHAR));
    to->MaximumLength = (USHORT)(to->Length + sizeof(WCHAR));
}

NTSTATUS WINAPI LsaQueryInformationPolicy(LSA_HANDLE handle, POLICY_INFORMATION_CLASS class,
                                          PVOID *ret_buffer)
{
    DWORD size = 64;

    if (!is_policy(handle))
        return STATUS_INVALID_HANDLE;
    if (!ret_buffer)
        return STATUS_INVALID_PARAMETER;
    struct domain_answer *answer = allocate(sizeof *answer);
    if (!answer)
        return STATUS_NO_MEMORY;
    switch (class) {
    case PolicyAccountDomainInformation:
        GetComputerNameW(answer->name, &size);
        set_name(&answer->account.DomainName, answer->name);
        if (current_user_sid(answer->sid)) {
            *RtlSubAuthorityCountSid(answer->sid) = 4; /* the machine's: the user's without his number */
            answer->account.DomainSid = answer->sid;
        }
        break;
    case PolicyPrimaryDomainInformation:
        memcpy(answer->name, L"WORKGROUP", sizeof L"WORKGROUP");
        set_name(&answer->primary.Name, answer->name);
        break;
    case PolicyDnsDomainInformation:
        memcpy(answer->name, L"WORKGROUP", sizeof L"WORKGROUP");
        set_name(&answer->dns.Name, answer->name);
        break;
    case PolicyLsaServerRoleInformation: answer->role.LsaServerRole = PolicyServerRolePrimary; break;
    case PolicyAuditEventsInformation: break; /* nothing is audited */
    default: release(answer); return STATUS_INVALID_PARAMETER;
    }
    *ret_buffer = answer;
    return STATUS_SUCCESS;
}

/* ---------------------------------------------------------------- names */

/* Everything of an answer is in one block; domains are not shared between entries. */
NTSTATUS WINAPI LsaLookupSids(LSA_HANDLE handle, ULONG count, PSID *sids,
                              PLSA_REFERENCED_DOMAIN_LIST *ret_domains, PLSA_TRANSLATED_NAME *ret_names)
{
    enum { TEXT = 257 };
    ULONG found = 0;

    if (!is_policy(handle))
        return STATUS_INVALID_HANDLE;
    if (!sids || !ret_domains || !ret_names || !count || count > 1024)
        return STATUS_INVALID_PARAMETER;
    LSA_REFERENCED_DOMAIN_LIST *domains = allocate(sizeof *domains +
                                                   count * (sizeof *domains->Domains + TEXT * sizeof(WCHAR)));
    LSA_TRANSLATED_NAME *names = allocate(count * (sizeof *names + TEXT * sizeof(WCHAR)));
    if (!domains || !names) {
        release(domains);
        release(names);
        return STATUS_NO_MEMORY;
    }
    domains->Domains = (LSA_TRUST_INFORMATION *)(domains + 1);
    WCHAR *domain_text = (WCHAR *)(domains->Domains + count), *name_text = (WCHAR *)(names + count);
    for (ULONG i = 0; i < count; i++, name_text += TEXT) {
        DWORD name_size = TEXT, domain_size = TEXT;
        names[i].Use = SidTypeUnknown;
        names[i].DomainIndex = -1;
        if (!LookupAccountSidW(NULL, sids[i], name_text, &name_size, domain_text, &domain_size,
                               &names[i].Use)) {
            UNICODE_STRING text = {0, TEXT * sizeof(WCHAR), name_text};
            RtlConvertSidToUnicodeString(&text, sids[i], FALSE);
            set_name(&names[i].Name, name_text);
            continue;
        }
        found++;
        set_name(&names[i].Name, name_text);
        names[i].DomainIndex = (LONG)domains->Entries;
        set_name(&domains->Domains[domains->Entries++].Name, domain_text);
        domain_text += TEXT;
    }
    *ret_domains = domains;
    *ret_names = names;
    return found == count ? STATUS_SUCCESS : found ? STATUS_SOME_NOT_MAPPED : STATUS_NONE_MAPPED;
}

NTSTATUS WINAPI LsaLookupNames2(LSA_HANDLE handle, ULONG flags, ULONG count, PLSA_UNICODE_STRING names,
                                PLSA_REFERENCED_DOMAIN_LIST *ret_domains, PLSA_TRANSLATED_SID2 *ret_sids)
{
    enum { TEXT = 257 };
    ULONG found = 0;
    (void)flags;

    if (!is_policy(handle))
        return STATUS_INVALID_HANDLE;
    if (!names || !ret_domains || !ret_sids || !count || count > 1024)
        return STATUS_INVALID_PARAMETER;
    LSA_REFERENCED_DOMAIN_LIST *domains = allocate(sizeof *domains +
                                                   count * (sizeof *domains->Domains + TEXT * sizeof(WCHAR)));
    LSA_TRANSLATED_SID2 *sids = allocate(count * (sizeof *sids + SECURITY_MAX_SID_SIZE));
    if (!domains || !sids) {
        release(domains);
        release(sids);
        return STATUS_NO_MEMORY;
    }
    domains->Domains = (LSA_TRUST_INFORMATION *)(domains + 1);
    WCHAR *domain_text = (WCHAR *)(domains->Domains + count);
    BYTE *sid = (BYTE *)(sids + count);
    for (ULONG i = 0; i < count; i++, sid += SECURITY_MAX_SID_SIZE) {
        WCHAR name[TEXT];
        DWORD sid_size = SECURITY_MAX_SID_SIZE, domain_size = TEXT;
        sids[i].Use = SidTypeUnknown;
        sids[i].DomainIndex = -1;
        ULONG length = names[i].Length / sizeof(WCHAR);
        if (length >= TEXT)
            continue;
        memcpy(name, names[i].Buffer, names[i].Length);
        name[length] = 0;
        if (!LookupAccountNameW(NULL, name, sid, &sid_size, domain_text, &domain_size, &sids[i].Use))
            continue;
        found++;
        sids[i].Sid = sid;
        sids[i].DomainIndex = (LONG)domains->Entries;
        set_name(&domains->Domains[domains->Entries++].Name, domain_text);
        domain_text += TEXT;
    }
    *ret_domains = domains;
    *ret_sids = sids;
    return found == count ? STATUS_SUCCESS : found ? STATUS_SOME_NOT_MAPPED : STATUS_NONE_MAPPED;
}

/* ---------------------------------------------------------------- rights and secrets: none */

NTSTATUS WINAPI LsaEnumerateAccountRights(LSA_HANDLE handle, PSID sid, PLSA_UNICODE_STRING *ret_rights,
                                          PULONG count)
{
    if (!is_policy(handle))
        return STATUS_INVALID_HANDLE;
    if (!RtlValidSid(sid) || !ret_rights || !count)
        return STATUS_INVALID_PARAMETER;
    *ret_rights = NULL;
    *count = 0;
    return STATUS_OBJECT_NAME_NOT_FOUND; /* the account has no rights of its own */
}

NTSTATUS WINAPI LsaAddAccountRights(LSA_HANDLE handle, PSID sid, PLSA_UNICODE_STRING rights, ULONG count)
{
    (void)sid, (void)rights, (void)count;
    return is_policy(handle) ? STATUS_ACCESS_DENIED : STATUS_INVALID_HANDLE;
}

NTSTATUS WINAPI LsaRemoveAccountRights(LSA_HANDLE handle, PSID sid, BOOLEAN all, PLSA_UNICODE_STRING rights,
                                       ULONG count)
{
    (void)sid, (void)all, (void)rights, (void)count;
    return is_policy(handle) ? STATUS_ACCESS_DENIED : STATUS_INVALID_HANDLE;
}

NTSTATUS WINAPI LsaStorePrivateData(LSA_HANDLE handle, PLSA_UNICODE_STRING name, PLSA_UNICODE_STRING data)
{
    (void)name, (void)data;
    return is_policy(handle) ? STATUS_ACCESS_DENIED : STATUS_INVALID_HANDLE;
}

NTSTATUS WINAPI LsaRetrievePrivateData(LSA_HANDLE handle, PLSA_UNICODE_STRING name, PLSA_UNICODE_STRING *data)
{
    (void)name;
    if (!is_policy(handle))
        return STATUS_INVALID_HANDLE;
    if (data)
        *data = NULL;
    return STATUS_OBJECT_NAME_NOT_FOUND;
}
