/*
 * Names of accounts: the well-known ones, the user's own, and Unix users and groups by number
 * (S-1-22-1-uid, S-1-22-2-gid, "Unix User\1000").
 */
#include "advapi32.h"

static const struct account {
    BYTE authority, count;
    DWORD first, second;
    const WCHAR *name, *domain;
    SID_NAME_USE use;
} known[] = {
    {0, 1, 0, 0, L"NULL SID", L"", SidTypeWellKnownGroup},
    {1, 1, 0, 0, L"Everyone", L"", SidTypeWellKnownGroup},
    {2, 1, 0, 0, L"LOCAL", L"", SidTypeWellKnownGroup},
    {3, 1, 0, 0, L"CREATOR OWNER", L"", SidTypeWellKnownGroup},
    {3, 1, 1, 0, L"CREATOR GROUP", L"", SidTypeWellKnownGroup},
    {3, 1, 2, 0, L"CREATOR OWNER SERVER", L"", SidTypeWellKnownGroup},
    {3, 1, 3, 0, L"CREATOR GROUP SERVER", L"", SidTypeWellKnownGroup},
    {3, 1, 4, 0, L"OWNER RIGHTS", L"", SidTypeWellKnownGroup},
    {5, 1, 1, 0, L"DIALUP", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 2, 0, L"NETWORK", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 3, 0, L"BATCH", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 4, 0, L"INTERACTIVE", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 6, 0, L"SERVICE", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 7, 0, L"ANONYMOUS LOGON", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 8, 0, L"PROXY", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 9, 0, L"ENTERPRISE DOMAIN CONTROLLERS", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 10, 0, L"SELF", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 11, 0, L"Authenticated Users", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 12, 0, L"RESTRICTED", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 13, 0, L"TERMINAL SERVER USER", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 14, 0, L"REMOTE INTERACTIVE LOGON", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 18, 0, L"SYSTEM", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 19, 0, L"LOCAL SERVICE", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 20, 0, L"NETWORK SERVICE", L"NT AUTHORITY", SidTypeWellKnownGroup},
    {5, 1, 32, 0, L"BUILTIN", L"BUILTIN", SidTypeDomain},
    {5, 2, 32, 544, L"Administrators", L"BUILTIN", SidTypeAlias},
    {5, 2, 32, 545, L"Users", L"BUILTIN", SidTypeAlias},
    {5, 2, 32, 546, L"Guests", L"BUILTIN", SidTypeAlias},
    {5, 2, 32, 547, L"Power Users", L"BUILTIN", SidTypeAlias},
    {5, 2, 32, 551, L"Backup Operators", L"BUILTIN", SidTypeAlias},
    {5, 2, 32, 552, L"Replicator", L"BUILTIN", SidTypeAlias},
    {5, 2, 32, 555, L"Remote Desktop Users", L"BUILTIN", SidTypeAlias},
    {5, 2, 32, 556, L"Network Configuration Operators", L"BUILTIN", SidTypeAlias},
    {16, 1, 0, 0, L"Untrusted Mandatory Level", L"Mandatory Label", SidTypeLabel},
    {16, 1, 0x1000, 0, L"Low Mandatory Level", L"Mandatory Label", SidTypeLabel},
    {16, 1, 0x2000, 0, L"Medium Mandatory Level", L"Mandatory Label", SidTypeLabel},
    {16, 1, 0x3000, 0, L"High Mandatory Level", L"Mandatory Label", SidTypeLabel},
    {16, 1, 0x4000, 0, L"System Mandatory Level", L"Mandatory Label", SidTypeLabel},
};
enum { KNOWN = sizeof known / sizeof known[0], NAME_SIZE = 257 };

struct answer {
    WCHAR name[NAME_SIZE], domain[NAME_SIZE];
    SID_NAME_USE use;
};

static void computer_name(WCHAR name[NAME_SIZE])
{
    DWORD size = NAME_SIZE;

    if (!GetComputerNameW(name, &size))
        name[0] = 0;
}

static BOOL name_of(PSID sid, struct answer *answer)
{
    const SID_IDENTIFIER_AUTHORITY *authority = RtlIdentifierAuthoritySid(sid);
    BYTE count = *RtlSubAuthorityCountSid(sid), user[SECURITY_MAX_SID_SIZE];
    DWORD first = count ? *RtlSubAuthoritySid(sid, 0) : 0, last = count > 1 ? *RtlSubAuthoritySid(sid, 1) : 0;
    DWORD size = NAME_SIZE;

    for (unsigned i = 0; i < KNOWN; i++) {
        if (known[i].authority != authority->Value[5] || authority->Value[4] || known[i].count != count ||
            known[i].first != first || (count > 1 && known[i].second != last))
            continue;
        memcpy(answer->name, known[i].name, (wcslen(known[i].name) + 1) * sizeof(WCHAR));
        memcpy(answer->domain, known[i].domain, (wcslen(known[i].domain) + 1) * sizeof(WCHAR));
        answer->use = known[i].use;
        return TRUE;
    }
    if (authority->Value[5] == 22 && count == 2 && (first == 1 || first == 2)) {
        UNICODE_STRING number = {0, sizeof answer->name, answer->name};
        RtlIntegerToUnicodeString(last, 10, &number);
        const WCHAR *kind = first == 1 ? L"Unix User" : L"Unix Group";
        memcpy(answer->domain, kind, (wcslen(kind) + 1) * sizeof(WCHAR));
        answer->use = first == 1 ? SidTypeUser : SidTypeGroup;
        return TRUE;
    }
    if (!current_user_sid(user))
        return FALSE;
    computer_name(answer->domain);
    if (RtlEqualSid(sid, user) && GetUserNameW(answer->name, &size)) {
        answer->use = SidTypeUser;
        return TRUE;
    }
    if (RtlEqualPrefixSid(sid, user) && *RtlSubAuthoritySid(sid, 4) == DOMAIN_GROUP_RID_USERS) {
        memcpy(answer->name, L"None", sizeof L"None");
        answer->use = SidTypeGroup;
        return TRUE;
    }
    return fail(ERROR_NONE_MAPPED);
}

static PSID make_sid(const struct account *account, PSID sid)
{
    SID_IDENTIFIER_AUTHORITY authority = {{0, 0, 0, 0, 0, account->authority}};

    RtlInitializeSid(sid, &authority, account->count);
    *RtlSubAuthoritySid(sid, 0) = account->first;
    if (account->count > 1)
        *RtlSubAuthoritySid(sid, 1) = account->second;
    return sid;
}

/* "name", "domain\name" or "name@domain" to a SID. */
static BOOL sid_of(LPCWSTR text, PSID sid, struct answer *answer)
{
    WCHAR domain[NAME_SIZE] = L"", own[NAME_SIZE];
    const WCHAR *name = text, *split = wcschr(text, '\\');
    DWORD size = NAME_SIZE;

    if (split && split - text < NAME_SIZE) {
        memcpy(domain, text, (SIZE_T)(split - text) * sizeof(WCHAR));
        name = split + 1;
    }
    computer_name(own);
    BOOL here = !domain[0] || !_wcsicmp(domain, own) || !wcscmp(domain, L".");
    for (unsigned i = 0; i < KNOWN; i++) {
        if (!_wcsicmp(known[i].name, name) && (!domain[0] || !_wcsicmp(domain, known[i].domain))) {
            make_sid(&known[i], sid);
            return name_of(sid, answer);
        }
    }
    if (here && *name && GetUserNameW(answer->name, &size) && !_wcsicmp(answer->name, name))
        return current_user_sid(sid) && name_of(sid, answer);
    if (here && !_wcsicmp(name, L"None") && current_user_sid(sid)) { /* the primary group of local users */
        *RtlSubAuthoritySid(sid, 4) = DOMAIN_GROUP_RID_USERS;
        return name_of(sid, answer);
    }
    if (!wcsncmp(domain, L"Unix ", 5) &&
        (!_wcsicmp(domain + 5, L"User") || !_wcsicmp(domain + 5, L"Group"))) {
        struct account account = {.authority = 22, .count = 2, .first = (domain[5] | 32) == 'u' ? 1 : 2};
        UNICODE_STRING number;
        RtlInitUnicodeString(&number, name);
        if (*name >= '0' && *name <= '9' &&
            NT_SUCCESS(RtlUnicodeStringToInteger(&number, 10, &account.second))) {
            make_sid(&account, sid);
            return name_of(sid, answer);
        }
    }
    if (!_wcsicmp(name, own) && (here || !domain[0]) && current_user_sid(sid)) {
        *RtlSubAuthorityCountSid(sid) = 4; /* the machine itself is a domain */
        answer->name[0] = 0;
        computer_name(answer->domain);
        answer->use = SidTypeDomain;
        return TRUE;
    }
    return fail(ERROR_NONE_MAPPED);
}

BOOL WINAPI LookupAccountSidW(LPCWSTR system, PSID sid, LPWSTR name, LPDWORD name_size, LPWSTR domain,
                              LPDWORD domain_size, PSID_NAME_USE use)
{
    struct answer answer;
    WCHAR own[NAME_SIZE];

    computer_name(own);
    if (system && *system && _wcsicmp(system, own))
        return fail(RPC_S_SERVER_UNAVAILABLE);
    if (!RtlValidSid(sid))
        return fail(ERROR_INVALID_PARAMETER);
    if (!name_of(sid, &answer))
        return FALSE;
    DWORD length = (DWORD)wcslen(answer.name), domain_length = (DWORD)wcslen(answer.domain);
    BOOL fits = *name_size > length && *domain_size > domain_length;
    if (fits) {
        memcpy(name, answer.name, (length + 1) * sizeof(WCHAR));
        memcpy(domain, answer.domain, (domain_length + 1) * sizeof(WCHAR));
        *use = answer.use;
    }
    *name_size = length + !fits;
    *domain_size = domain_length + !fits;
    return fits ? TRUE : fail(ERROR_INSUFFICIENT_BUFFER);
}

static DWORD to_ansi(const WCHAR *text, LPSTR buffer, DWORD size)
{
    int needed = WideCharToMultiByte(CP_ACP, 0, text, -1, NULL, 0, NULL, NULL);

    if (buffer && size >= (DWORD)needed)
        WideCharToMultiByte(CP_ACP, 0, text, -1, buffer, needed, NULL, NULL);
    return (DWORD)needed;
}

BOOL WINAPI LookupAccountSidA(LPCSTR system, PSID sid, LPSTR name, LPDWORD name_size, LPSTR domain,
                              LPDWORD domain_size, PSID_NAME_USE use)
{
    struct answer answer;
    DWORD length = NAME_SIZE, domain_length = NAME_SIZE;
    WCHAR *wide = widen(system);
    BOOL done = LookupAccountSidW(wide, sid, answer.name, &length, answer.domain, &domain_length,
                                  &answer.use);

    release(wide);
    if (!done)
        return FALSE;
    length = to_ansi(answer.name, NULL, 0);
    domain_length = to_ansi(answer.domain, NULL, 0);
    BOOL fits = *name_size >= length && *domain_size >= domain_length;
    if (fits) {
        to_ansi(answer.name, name, *name_size);
        to_ansi(answer.domain, domain, *domain_size);
        *use = answer.use;
    }
    *name_size = length - fits;
    *domain_size = domain_length - fits;
    return fits ? TRUE : fail(ERROR_INSUFFICIENT_BUFFER);
}

BOOL WINAPI LookupAccountNameW(LPCWSTR system, LPCWSTR name, PSID sid, LPDWORD sid_size, LPWSTR domain,
                               LPDWORD domain_size, PSID_NAME_USE use)
{
    struct answer answer;
    WCHAR own[NAME_SIZE];
    BYTE found[SECURITY_MAX_SID_SIZE];

    computer_name(own);
    if (system && *system && _wcsicmp(system, own))
        return fail(RPC_S_SERVER_UNAVAILABLE);
    if (!name || !*name)
        name = L"BUILTIN";
    if (!sid_of(name, found, &answer))
        return FALSE;
    DWORD length = RtlLengthSid(found), domain_length = (DWORD)wcslen(answer.domain);
    BOOL fits = *sid_size >= length && *domain_size > domain_length;
    if (fits) {
        memcpy(sid, found, length);
        if (domain)
            memcpy(domain, answer.domain, (domain_length + 1) * sizeof(WCHAR));
        *use = answer.use;
    }
    *sid_size = length;
    *domain_size = domain_length + !fits;
    return fits ? TRUE : fail(ERROR_INSUFFICIENT_BUFFER);
}

BOOL WINAPI LookupAccountNameA(LPCSTR system, LPCSTR name, PSID sid, LPDWORD sid_size, LPSTR domain,
                               LPDWORD domain_size, PSID_NAME_USE use)
{
    WCHAR *wide_system = widen(system), *wide = widen(name), text[NAME_SIZE];
    BYTE found[SECURITY_MAX_SID_SIZE];
    DWORD length = sizeof found, domain_length = NAME_SIZE;
    SID_NAME_USE kind;
    BOOL done = LookupAccountNameW(wide_system, wide, found, &length, text, &domain_length, &kind);

    release(wide_system);
    release(wide);
    if (!done)
        return FALSE;
    domain_length = to_ansi(text, NULL, 0);
    BOOL fits = *sid_size >= length && *domain_size >= domain_length;
    if (fits) {
        memcpy(sid, found, length);
        to_ansi(text, domain, *domain_size);
        *use = kind;
    }
    *sid_size = length;
    *domain_size = domain_length - fits;
    return fits ? TRUE : fail(ERROR_INSUFFICIENT_BUFFER);
}
