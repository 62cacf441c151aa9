/*
 * Accounts and privileges: names of the user, of SIDs and of privileges; SIDs as text.
 */
#include <nt/rtl.h>

static BOOL fail(DWORD error)
{
    SetLastError(error);
    return FALSE;
}

static BOOL check(NTSTATUS status)
{
    return NT_SUCCESS(status) ? TRUE : fail(RtlNtStatusToDosError(status));
}

/* The host's user, as the environment has it. */
static DWORD user_name(WCHAR name[257])
{
    SIZE_T length = 0;

    if (NT_SUCCESS(RtlQueryEnvironmentVariable(NULL, L"USERNAME", 8, name, 257, &length)) && length)
        return (DWORD)length;
    memcpy(name, L"user", sizeof L"user");
    return 4;
}

BOOL WINAPI GetUserNameW(LPWSTR buffer, LPDWORD size)
{
    WCHAR name[257];
    DWORD length = user_name(name);

    if (!size)
        return fail(ERROR_INVALID_PARAMETER);
    if (!buffer || *size < length + 1) {
        *size = length + 1;
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    memcpy(buffer, name, (length + 1) * sizeof(WCHAR));
    *size = length + 1;
    return TRUE;
}

BOOL WINAPI GetUserNameA(LPSTR buffer, LPDWORD size)
{
    WCHAR name[257];
    int needed;

    user_name(name);
    if (!size)
        return fail(ERROR_INVALID_PARAMETER);
    needed = WideCharToMultiByte(CP_ACP, 0, name, -1, NULL, 0, NULL, NULL);
    if (!buffer || *size < (DWORD)needed) {
        *size = (DWORD)needed;
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    WideCharToMultiByte(CP_ACP, 0, name, -1, buffer, needed, NULL, NULL);
    *size = (DWORD)needed;
    return TRUE;
}

/* ---- privileges: the LUID's low part is the index plus two ---- */

static const WCHAR *const privileges[] = {
    L"SeCreateTokenPrivilege",
    L"SeAssignPrimaryTokenPrivilege",
    L"SeLockMemoryPrivilege",
    L"SeIncreaseQuotaPrivilege",
    L"SeMachineAccountPrivilege",
    L"SeTcbPrivilege",
    L"SeSecurityPrivilege",
    L"SeTakeOwnershipPrivilege",
    L"SeLoadDriverPrivilege",
    L"SeSystemProfilePrivilege",
    L"SeSystemtimePrivilege",
    L"SeProfileSingleProcessPrivilege",
    L"SeIncreaseBasePriorityPrivilege",
    L"SeCreatePagefilePrivilege",
    L"SeCreatePermanentPrivilege",
    L"SeBackupPrivilege",
    L"SeRestorePrivilege",
    L"SeShutdownPrivilege",
    L"SeDebugPrivilege",
    L"SeAuditPrivilege",
    L"SeSystemEnvironmentPrivilege",
    L"SeChangeNotifyPrivilege",
    L"SeRemoteShutdownPrivilege",
    L"SeUndockPrivilege",
    L"SeSyncAgentPrivilege",
    L"SeEnableDelegationPrivilege",
    L"SeManageVolumePrivilege",
    L"SeImpersonatePrivilege",
    L"SeCreateGlobalPrivilege",
    L"SeTrustedCredManAccessPrivilege",
    L"SeRelabelPrivilege",
    L"SeIncreaseWorkingSetPrivilege",
    L"SeTimeZonePrivilege",
    L"SeCreateSymbolicLinkPrivilege",
    L"SeDelegateSessionUserImpersonatePrivilege",
};
#define PRIVILEGES (sizeof privileges / sizeof privileges[0])

BOOL WINAPI LookupPrivilegeValueW(LPCWSTR system, LPCWSTR name, PLUID luid)
{
    if (system && *system)
        return fail(RPC_S_SERVER_UNAVAILABLE);
    for (unsigned i = 0; name && i < PRIVILEGES; i++)
        if (!_wcsicmp(privileges[i], name)) {
            *luid = (LUID){i + 2, 0};
            return TRUE;
        }
    return fail(ERROR_NO_SUCH_PRIVILEGE);
}

static WCHAR *widen(LPCSTR text)
{
    int length = MultiByteToWideChar(CP_ACP, 0, text, -1, NULL, 0);
    WCHAR *wide = RtlAllocateHeap(rtl_peb()->ProcessHeap, 0, (SIZE_T)length * sizeof(WCHAR));

    if (wide)
        MultiByteToWideChar(CP_ACP, 0, text, -1, wide, length);
    return wide;
}

BOOL WINAPI LookupPrivilegeValueA(LPCSTR system, LPCSTR name, PLUID luid)
{
    if (system && *system)
        return fail(RPC_S_SERVER_UNAVAILABLE);
    WCHAR *wide = name ? widen(name) : NULL;
    BOOL done = LookupPrivilegeValueW(NULL, wide, luid);
    RtlFreeHeap(rtl_peb()->ProcessHeap, 0, wide);
    return done;
}

BOOL WINAPI LookupPrivilegeNameW(LPCWSTR system, PLUID luid, LPWSTR name, LPDWORD size)
{
    if (system && *system)
        return fail(RPC_S_SERVER_UNAVAILABLE);
    if (luid->HighPart || luid->LowPart < 2 || luid->LowPart - 2 >= PRIVILEGES)
        return fail(ERROR_NO_SUCH_PRIVILEGE);
    DWORD length = (DWORD)wcslen(privileges[luid->LowPart - 2]);
    if (*size <= length) {
        *size = length + 1;
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    memcpy(name, privileges[luid->LowPart - 2], (length + 1) * sizeof(WCHAR));
    *size = length;
    return TRUE;
}

/* ---- SIDs as text ---- */

BOOL WINAPI ConvertSidToStringSidW(PSID sid, LPWSTR *string)
{
    UNICODE_STRING text;

    if (!sid || !string)
        return fail(ERROR_INVALID_PARAMETER);
    if (!check(RtlConvertSidToUnicodeString(&text, sid, TRUE)))
        return FALSE;
    *string = LocalAlloc(LMEM_FIXED, text.Length + sizeof(WCHAR));
    if (*string)
        memcpy(*string, text.Buffer, text.Length + sizeof(WCHAR));
    RtlFreeUnicodeString(&text);
    return *string != NULL;
}

BOOL WINAPI ConvertSidToStringSidA(PSID sid, LPSTR *string)
{
    LPWSTR wide;

    if (!string)
        return fail(ERROR_INVALID_PARAMETER);
    if (!ConvertSidToStringSidW(sid, &wide))
        return FALSE;
    SIZE_T length = wcslen(wide) + 1;
    if ((*string = LocalAlloc(LMEM_FIXED, length)))
        for (SIZE_T i = 0; i < length; i++)
            (*string)[i] = (char)wide[i];
    LocalFree(wide);
    return *string != NULL;
}

static const struct {
    WCHAR name[3];
    BYTE authority, count;
    DWORD first, second;
} aliases[] = {
    {L"AN", 5, 1, 7, 0},       {L"AU", 5, 1, 11, 0},      {L"BA", 5, 2, 32, 544},
    {L"BG", 5, 2, 32, 546},    {L"BO", 5, 2, 32, 551},    {L"BU", 5, 2, 32, 545},
    {L"CG", 3, 1, 1, 0},       {L"CO", 3, 1, 0, 0},       {L"IU", 5, 1, 4, 0},
    {L"LS", 5, 1, 19, 0},      {L"NS", 5, 1, 20, 0},      {L"NU", 5, 1, 2, 0},
    {L"OW", 3, 1, 4, 0},       {L"PS", 5, 1, 10, 0},      {L"PU", 5, 2, 32, 547},
    {L"RC", 5, 1, 12, 0},      {L"SU", 5, 1, 6, 0},       {L"SY", 5, 1, 18, 0},
    {L"WD", 1, 1, 0, 0},       {L"LW", 16, 1, 0x1000, 0}, {L"ME", 16, 1, 0x2000, 0},
    {L"HI", 16, 1, 0x3000, 0}, {L"SI", 16, 1, 0x4000, 0},
};

/* Reads a SID ("S-1-..." or a two-letter alias) and moves *text behind it. */
static BOOL parse_sid(LPCWSTR *text, PSID *ret_sid)
{
    LPCWSTR p = *text;
    DWORD values[SID_MAX_SUB_AUTHORITIES];
    SID_IDENTIFIER_AUTHORITY authority = {{0}};
    unsigned count = 0;

    if ((p[0] | 32) == 's' && p[1] == '-' && p[2] == '1' && p[3] == '-') {
        ULONGLONG number = 0;
        for (p += 4; *p >= '0' && *p <= '9'; p++)
            number = number * 10 + (unsigned)(*p - '0');
        for (int i = 5; i >= 0; i--, number >>= 8)
            authority.Value[i] = (BYTE)number;
        while (*p == '-' && p[1] >= '0' && p[1] <= '9' && count < SID_MAX_SUB_AUTHORITIES) {
            number = 0;
            for (p++; *p >= '0' && *p <= '9'; p++)
                number = number * 10 + (unsigned)(*p - '0');
            if (number > 0xffffffff)
                return fail(ERROR_INVALID_SID);
            values[count++] = (DWORD)number;
        }
        if (!count)
            return fail(ERROR_INVALID_SID);
    } else {
        unsigned i = 0;
        while (i < sizeof aliases / sizeof aliases[0] && _wcsnicmp(aliases[i].name, p, 2))
            i++;
        if (i == sizeof aliases / sizeof aliases[0])
            return fail(ERROR_INVALID_SID);
        authority.Value[5] = aliases[i].authority;
        count = aliases[i].count;
        values[0] = aliases[i].first;
        values[1] = aliases[i].second;
        p += 2;
    }
    PSID sid = LocalAlloc(LMEM_FIXED, RtlLengthRequiredSid(count));
    if (!sid)
        return FALSE;
    RtlInitializeSid(sid, &authority, (UCHAR)count);
    for (unsigned i = 0; i < count; i++)
        *RtlSubAuthoritySid(sid, i) = values[i];
    *ret_sid = sid;
    *text = p;
    return TRUE;
}

BOOL WINAPI ConvertStringSidToSidW(LPCWSTR text, PSID *sid)
{
    if (!text || !sid)
        return fail(ERROR_INVALID_PARAMETER);
    if (!parse_sid(&text, sid))
        return FALSE;
    if (!*text)
        return TRUE;
    LocalFree(*sid);
    return fail(ERROR_INVALID_SID);
}

BOOL WINAPI ConvertStringSidToSidA(LPCSTR text, PSID *sid)
{
    if (!text || !sid)
        return fail(ERROR_INVALID_PARAMETER);
    WCHAR *wide = widen(text);
    BOOL done = wide && ConvertStringSidToSidW(wide, sid);
    RtlFreeHeap(rtl_peb()->ProcessHeap, 0, wide);
    return done;
}

/* The well-known names, and the user's own SID. */
BOOL WINAPI LookupAccountSidW(LPCWSTR system, PSID sid, LPWSTR name, LPDWORD name_size, LPWSTR domain,
                              LPDWORD domain_size, PSID_NAME_USE use)
{
    static const struct {
        BYTE authority, count;
        DWORD first, second;
        const WCHAR *name, *domain;
        SID_NAME_USE use;
    } known[] = {
        {1, 1, 0, 0, L"Everyone", L"", SidTypeWellKnownGroup},
        {3, 1, 0, 0, L"CREATOR OWNER", L"", SidTypeWellKnownGroup},
        {5, 1, 2, 0, L"NETWORK", L"NT AUTHORITY", SidTypeWellKnownGroup},
        {5, 1, 4, 0, L"INTERACTIVE", L"NT AUTHORITY", SidTypeWellKnownGroup},
        {5, 1, 11, 0, L"Authenticated Users", L"NT AUTHORITY", SidTypeWellKnownGroup},
        {5, 1, 18, 0, L"SYSTEM", L"NT AUTHORITY", SidTypeWellKnownGroup},
        {5, 1, 19, 0, L"LOCAL SERVICE", L"NT AUTHORITY", SidTypeWellKnownGroup},
        {5, 1, 20, 0, L"NETWORK SERVICE", L"NT AUTHORITY", SidTypeWellKnownGroup},
        {5, 2, 32, 544, L"Administrators", L"BUILTIN", SidTypeAlias},
        {5, 2, 32, 545, L"Users", L"BUILTIN", SidTypeAlias},
        {5, 2, 32, 546, L"Guests", L"BUILTIN", SidTypeAlias},
    };
    const WCHAR *found = NULL, *found_domain = NULL;
    WCHAR user[257], computer[64];
    DWORD computer_size = 64;

    if (system && *system)
        return fail(RPC_S_SERVER_UNAVAILABLE);
    if (!RtlValidSid(sid))
        return fail(ERROR_INVALID_SID);
    BYTE authority = RtlIdentifierAuthoritySid(sid)->Value[5], count = *RtlSubAuthorityCountSid(sid);
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].authority == authority && known[i].count == count &&
            *RtlSubAuthoritySid(sid, 0) == known[i].first &&
            (count < 2 || *RtlSubAuthoritySid(sid, 1) == known[i].second)) {
            found = known[i].name;
            found_domain = known[i].domain;
            *use = known[i].use;
        }
    if (!found) {
        HANDLE token;
        ULONG_PTR buffer[32];
        ULONG length;
        if (NT_SUCCESS(NtOpenProcessToken(NtCurrentProcess(), TOKEN_QUERY, &token))) {
            if (NT_SUCCESS(NtQueryInformationToken(token, TokenUser, buffer, sizeof buffer, &length)) &&
                RtlEqualSid(((TOKEN_USER *)buffer)->User.Sid, sid)) {
                user_name(user);
                found = user;
                GetComputerNameW(computer, &computer_size);
                found_domain = computer;
                *use = SidTypeUser;
            }
            NtClose(token);
        }
    }
    if (!found)
        return fail(ERROR_NONE_MAPPED);
    DWORD length = (DWORD)wcslen(found), domain_length = (DWORD)wcslen(found_domain);
    BOOL fits = *name_size > length && *domain_size > domain_length;
    if (fits) {
        memcpy(name, found, (length + 1) * sizeof(WCHAR));
        memcpy(domain, found_domain, (domain_length + 1) * sizeof(WCHAR));
    }
    *name_size = length + !fits;
    *domain_size = domain_length + !fits;
    return fits ? TRUE : fail(ERROR_INSUFFICIENT_BUFFER);
}
