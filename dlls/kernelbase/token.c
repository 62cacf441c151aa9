/*
 * Access tokens.
 */
#include "kernelbase.h"

BOOL WINAPI OpenProcessToken(HANDLE process, DWORD access, PHANDLE token)
{
    return set_status(NtOpenProcessToken(process, access, token));
}

BOOL WINAPI OpenThreadToken(HANDLE thread, DWORD access, BOOL as_self, PHANDLE token)
{
    return set_status(NtOpenThreadToken(thread, access, as_self != 0, token));
}

BOOL WINAPI GetTokenInformation(HANDLE token, TOKEN_INFORMATION_CLASS class, LPVOID information, DWORD length,
                                PDWORD returned)
{
    ULONG unused;

    return set_status(
        NtQueryInformationToken(token, class, information, length, returned ? returned : &unused));
}

BOOL WINAPI SetTokenInformation(HANDLE token, TOKEN_INFORMATION_CLASS class, LPVOID information, DWORD length)
{
    return set_status(NtSetInformationToken(token, class, information, length));
}

/* Succeeds with ERROR_NOT_ALL_ASSIGNED if the token lacks one of the privileges. */
BOOL WINAPI AdjustTokenPrivileges(HANDLE token, BOOL disable_all, PTOKEN_PRIVILEGES fresh, DWORD length,
                                  PTOKEN_PRIVILEGES old, PDWORD returned)
{
    ULONG unused = 0;
    NTSTATUS status = NtAdjustPrivilegesToken(token, disable_all != 0, fresh, length, old,
                                              old ? returned : &unused);

    SetLastError(RtlNtStatusToDosError(status));
    return NT_SUCCESS(status);
}

BOOL WINAPI DuplicateTokenEx(HANDLE token, DWORD access, LPSECURITY_ATTRIBUTES security,
                             SECURITY_IMPERSONATION_LEVEL level, TOKEN_TYPE type, PHANDLE duplicate)
{
    SECURITY_QUALITY_OF_SERVICE quality = {sizeof quality, level, SECURITY_STATIC_TRACKING, FALSE};
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .SecurityQualityOfService = &quality};

    if (security) {
        attributes.Attributes = security->bInheritHandle ? OBJ_INHERIT : 0;
        attributes.SecurityDescriptor = security->lpSecurityDescriptor;
    }
    return set_status(NtDuplicateToken(token, access, &attributes, FALSE, type, duplicate));
}

BOOL WINAPI DuplicateToken(HANDLE token, SECURITY_IMPERSONATION_LEVEL level, PHANDLE duplicate)
{
    return DuplicateTokenEx(token, TOKEN_IMPERSONATE | TOKEN_QUERY, NULL, level, TokenImpersonation,
                            duplicate);
}

#define THREAD_IMPERSONATION_TOKEN 5 /* ThreadImpersonationToken */

BOOL WINAPI SetThreadToken(PHANDLE thread, HANDLE token)
{
    return set_status(NtSetInformationThread(thread ? *thread : NtCurrentThread(), THREAD_IMPERSONATION_TOKEN,
                                             &token, sizeof token));
}

BOOL WINAPI RevertToSelf(void)
{
    return SetThreadToken(NULL, NULL);
}

BOOL WINAPI ImpersonateSelf(SECURITY_IMPERSONATION_LEVEL level)
{
    HANDLE token, duplicate;
    BOOL done = FALSE;

    if (!set_status(NtOpenProcessToken(NtCurrentProcess(), TOKEN_DUPLICATE, &token)))
        return FALSE;
    if (DuplicateToken(token, level, &duplicate)) {
        done = SetThreadToken(NULL, duplicate);
        NtClose(duplicate);
    }
    NtClose(token);
    return done;
}

BOOL WINAPI ImpersonateLoggedOnUser(HANDLE token)
{
    HANDLE duplicate;

    if (!DuplicateToken(token, SecurityImpersonation, &duplicate))
        return FALSE;
    BOOL done = SetThreadToken(NULL, duplicate);
    NtClose(duplicate);
    return done;
}

/* Whether the SID is enabled in the token, which must be one for impersonation (NULL: the thread's or the
 * process's). */
BOOL WINAPI CheckTokenMembership(HANDLE token, PSID sid, PBOOL is_member)
{
    HANDLE opened = NULL;
    ULONG length = 0;
    TOKEN_TYPE type;
    BOOL done = FALSE;

    *is_member = FALSE;
    if (!token) {
        if (!NT_SUCCESS(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &opened)) &&
            !set_status(NtOpenProcessToken(NtCurrentProcess(), TOKEN_QUERY, &opened)))
            return FALSE;
        token = opened;
    } else if (!set_status(NtQueryInformationToken(token, TokenType, &type, sizeof type, &length))) {
        return FALSE;
    } else if (type != TokenImpersonation) {
        SetLastError(ERROR_NO_IMPERSONATION_TOKEN);
        return FALSE;
    }
    NtQueryInformationToken(token, TokenUser, NULL, 0, &length);
    TOKEN_USER *user = RtlAllocateHeap(process_heap(), 0, length);
    if (user && set_status(NtQueryInformationToken(token, TokenUser, user, length, &length))) {
        done = TRUE;
        *is_member = RtlEqualSid(user->User.Sid, sid);
    }
    RtlFreeHeap(process_heap(), 0, user);
    length = 0;
    NtQueryInformationToken(token, TokenGroups, NULL, 0, &length);
    TOKEN_GROUPS *groups = done && !*is_member ? RtlAllocateHeap(process_heap(), 0, length) : NULL;
    if (groups && set_status(NtQueryInformationToken(token, TokenGroups, groups, length, &length)))
        for (DWORD i = 0; i < groups->GroupCount; i++)
            if (groups->Groups[i].Attributes & SE_GROUP_ENABLED &&
                !(groups->Groups[i].Attributes & SE_GROUP_USE_FOR_DENY_ONLY) &&
                RtlEqualSid(groups->Groups[i].Sid, sid))
                *is_member = TRUE;
    RtlFreeHeap(process_heap(), 0, groups);
    if (opened)
        NtClose(opened);
    return done;
}

BOOL WINAPI IsTokenRestricted(HANDLE token)
{
    TOKEN_GROUPS none;
    ULONG length = 0;

    NTSTATUS status = NtQueryInformationToken(token, TokenRestrictedSids, &none, sizeof none, &length);
    return NT_SUCCESS(status) ? none.GroupCount != 0 : status == STATUS_BUFFER_TOO_SMALL;
}
