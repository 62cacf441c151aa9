/*
 * Profile folders of a user. There is one user; the token only says which one.
 */
#include <windows.h>
#include <userenv.h>

/* *size counts characters with the terminator; too small: ERROR_INSUFFICIENT_BUFFER and what is needed. */
static BOOL give_wide(const WCHAR *text, WCHAR *path, DWORD *size)
{
    DWORD need = (DWORD)lstrlenW(text) + 1, have;
    if (!size) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    have = *size;
    *size = need;
    if (!path || have < need) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    lstrcpyW(path, text);
    return TRUE;
}

static BOOL give_narrow(const WCHAR *text, char *path, DWORD *size)
{
    DWORD need = (DWORD)WideCharToMultiByte(CP_ACP, 0, text, -1, NULL, 0, NULL, NULL), have;
    if (!size) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    have = *size;
    *size = need;
    if (!path || have < need) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    WideCharToMultiByte(CP_ACP, 0, text, -1, path, (int)have, NULL, NULL);
    return TRUE;
}

static const WCHAR *variable(const WCHAR *name, const WCHAR *fallback, WCHAR *buffer)
{
    DWORD length = GetEnvironmentVariableW(name, buffer, MAX_PATH);
    return length && length < MAX_PATH ? buffer : fallback;
}

static BOOL is_token(HANDLE token)
{
    TOKEN_STATISTICS statistics;
    DWORD size;
    return GetTokenInformation(token, TokenStatistics, &statistics, sizeof statistics, &size);
}

WINBOOL WINAPI GetUserProfileDirectoryW(HANDLE token, LPWSTR path, LPDWORD size)
{
    WCHAR buffer[MAX_PATH];
    if (!is_token(token))
        return FALSE;
    return give_wide(variable(L"USERPROFILE", L"C:\\users\\user", buffer), path, size);
}

WINBOOL WINAPI GetUserProfileDirectoryA(HANDLE token, LPSTR path, LPDWORD size)
{
    WCHAR buffer[MAX_PATH];
    if (!is_token(token))
        return FALSE;
    return give_narrow(variable(L"USERPROFILE", L"C:\\users\\user", buffer), path, size);
}

WINBOOL WINAPI GetProfilesDirectoryW(LPWSTR path, LPDWORD size)
{
    return give_wide(L"C:\\users", path, size);
}

WINBOOL WINAPI GetProfilesDirectoryA(LPSTR path, LPDWORD size)
{
    return give_narrow(L"C:\\users", path, size);
}

WINBOOL WINAPI GetAllUsersProfileDirectoryW(LPWSTR path, LPDWORD size)
{
    WCHAR buffer[MAX_PATH];
    return give_wide(variable(L"ALLUSERSPROFILE", L"C:\\ProgramData", buffer), path, size);
}

WINBOOL WINAPI GetAllUsersProfileDirectoryA(LPSTR path, LPDWORD size)
{
    WCHAR buffer[MAX_PATH];
    return give_narrow(variable(L"ALLUSERSPROFILE", L"C:\\ProgramData", buffer), path, size);
}

WINBOOL WINAPI GetDefaultUserProfileDirectoryW(LPWSTR path, LPDWORD size)
{
    return give_wide(L"C:\\users\\Default", path, size);
}

WINBOOL WINAPI GetDefaultUserProfileDirectoryA(LPSTR path, LPDWORD size)
{
    return give_narrow(L"C:\\users\\Default", path, size);
}

WINBOOL WINAPI GetProfileType(DWORD *ret_flags)
{
    if (!ret_flags) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    *ret_flags = 0; /* local and permanent */
    return TRUE;
}
