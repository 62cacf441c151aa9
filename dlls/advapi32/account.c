/*
 * The user's name; privileges and their names.
 */
#include "advapi32.h"

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

static const struct {
    const WCHAR *name, *display;
} privileges[] = {
    {L"SeCreateTokenPrivilege", L"Create a token object"},
    {L"SeAssignPrimaryTokenPrivilege", L"Replace a process level token"},
    {L"SeLockMemoryPrivilege", L"Lock pages in memory"},
    {L"SeIncreaseQuotaPrivilege", L"Adjust memory quotas for a process"},
    {L"SeMachineAccountPrivilege", L"Add workstations to domain"},
    {L"SeTcbPrivilege", L"Act as part of the operating system"},
    {L"SeSecurityPrivilege", L"Manage auditing and security log"},
    {L"SeTakeOwnershipPrivilege", L"Take ownership of files or other objects"},
    {L"SeLoadDriverPrivilege", L"Load and unload device drivers"},
    {L"SeSystemProfilePrivilege", L"Profile system performance"},
    {L"SeSystemtimePrivilege", L"Change the system time"},
    {L"SeProfileSingleProcessPrivilege", L"Profile single process"},
    {L"SeIncreaseBasePriorityPrivilege", L"Increase scheduling priority"},
    {L"SeCreatePagefilePrivilege", L"Create a pagefile"},
    {L"SeCreatePermanentPrivilege", L"Create permanent shared objects"},
    {L"SeBackupPrivilege", L"Back up files and directories"},
    {L"SeRestorePrivilege", L"Restore files and directories"},
    {L"SeShutdownPrivilege", L"Shut down the system"},
    {L"SeDebugPrivilege", L"Debug programs"},
    {L"SeAuditPrivilege", L"Generate security audits"},
    {L"SeSystemEnvironmentPrivilege", L"Modify firmware environment values"},
    {L"SeChangeNotifyPrivilege", L"Bypass traverse checking"},
    {L"SeRemoteShutdownPrivilege", L"Force shutdown from a remote system"},
    {L"SeUndockPrivilege", L"Remove computer from docking station"},
    {L"SeSyncAgentPrivilege", L"Synchronize directory service data"},
    {L"SeEnableDelegationPrivilege", L"Enable computer and user accounts to be trusted for delegation"},
    {L"SeManageVolumePrivilege", L"Perform volume maintenance tasks"},
    {L"SeImpersonatePrivilege", L"Impersonate a client after authentication"},
    {L"SeCreateGlobalPrivilege", L"Create global objects"},
    {L"SeTrustedCredManAccessPrivilege", L"Access Credential Manager as a trusted caller"},
    {L"SeRelabelPrivilege", L"Modify an object label"},
    {L"SeIncreaseWorkingSetPrivilege", L"Increase a process working set"},
    {L"SeTimeZonePrivilege", L"Change the time zone"},
    {L"SeCreateSymbolicLinkPrivilege", L"Create symbolic links"},
    {L"SeDelegateSessionUserImpersonatePrivilege",
     L"Obtain an impersonation token for another user in the same session"},
};
#define PRIVILEGES (sizeof privileges / sizeof privileges[0])

BOOL WINAPI LookupPrivilegeValueW(LPCWSTR system, LPCWSTR name, PLUID luid)
{
    if (system && *system)
        return fail(RPC_S_SERVER_UNAVAILABLE);
    for (unsigned i = 0; name && i < PRIVILEGES; i++)
        if (!_wcsicmp(privileges[i].name, name)) {
            *luid = (LUID){i + 2, 0};
            return TRUE;
        }
    return fail(ERROR_NO_SUCH_PRIVILEGE);
}

WCHAR *widen(LPCSTR text)
{
    if (!text)
        return NULL;
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
    release(wide);
    return done;
}

BOOL WINAPI LookupPrivilegeNameW(LPCWSTR system, PLUID luid, LPWSTR name, LPDWORD size)
{
    if (system && *system)
        return fail(RPC_S_SERVER_UNAVAILABLE);
    if (luid->HighPart || luid->LowPart < 2 || luid->LowPart - 2 >= PRIVILEGES)
        return fail(ERROR_NO_SUCH_PRIVILEGE);
    DWORD length = (DWORD)wcslen(privileges[luid->LowPart - 2].name);
    if (*size <= length) {
        *size = length + 1;
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    memcpy(name, privileges[luid->LowPart - 2].name, (length + 1) * sizeof(WCHAR));
    *size = length;
    return TRUE;
}

/* Gives Unicode text in ANSI; *size counts characters, with the terminator where it does not suffice. */
static BOOL narrow_result(const WCHAR *text, LPSTR buffer, LPDWORD size)
{
    int needed = WideCharToMultiByte(CP_ACP, 0, text, -1, NULL, 0, NULL, NULL);

    if (*size < (DWORD)needed) {
        *size = (DWORD)needed;
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    WideCharToMultiByte(CP_ACP, 0, text, -1, buffer, needed, NULL, NULL);
    *size = (DWORD)needed - 1;
    return TRUE;
}

BOOL WINAPI LookupPrivilegeNameA(LPCSTR system, PLUID luid, LPSTR name, LPDWORD size)
{
    WCHAR wide[64];
    DWORD length = 64;

    if (system && *system)
        return fail(RPC_S_SERVER_UNAVAILABLE);
    return LookupPrivilegeNameW(NULL, luid, wide, &length) && narrow_result(wide, name, size);
}

BOOL WINAPI LookupPrivilegeDisplayNameW(LPCWSTR system, LPCWSTR name, LPWSTR display, LPDWORD size,
                                        LPDWORD language)
{
    LUID luid;

    if (!LookupPrivilegeValueW(system, name, &luid))
        return FALSE;
    const WCHAR *text = privileges[luid.LowPart - 2].display;
    DWORD length = (DWORD)wcslen(text);
    if (*size <= length) {
        *size = length + 1;
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    memcpy(display, text, (length + 1) * sizeof(WCHAR));
    *size = length;
    *language = MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US);
    return TRUE;
}

BOOL WINAPI LookupPrivilegeDisplayNameA(LPCSTR system, LPCSTR name, LPSTR display, LPDWORD size,
                                        LPDWORD language)
{
    WCHAR text[128], *wide = widen(name);
    DWORD length = 128;

    if (system && *system) {
        release(wide);
        return fail(RPC_S_SERVER_UNAVAILABLE);
    }
    BOOL done = LookupPrivilegeDisplayNameW(NULL, wide, text, &length, language) &&
                narrow_result(text, display, size);
    release(wide);
    return done;
}
