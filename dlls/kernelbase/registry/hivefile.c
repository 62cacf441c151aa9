/*
 * Hive files: saving, restoring and loading them takes SeBackupPrivilege or SeRestorePrivilege, which no user
 * here has. Arguments are checked first.
 */
#include "registry.h"

static LSTATUS denied(HKEY key, const void *file)
{
    HANDLE handle;
    LSTATUS error = registry_handle(key, &handle);

    if (error)
        return error;
    return file ? ERROR_PRIVILEGE_NOT_HELD : ERROR_INVALID_PARAMETER;
}

LSTATUS WINAPI RegSaveKeyExW(HKEY key, LPCWSTR file, LPSECURITY_ATTRIBUTES security, DWORD flags)
{
    (void)security;
    if (flags != REG_STANDARD_FORMAT && flags != REG_LATEST_FORMAT && flags != REG_NO_COMPRESSION)
        return ERROR_INVALID_PARAMETER;
    return denied(key, file);
}

LSTATUS WINAPI RegSaveKeyExA(HKEY key, LPCSTR file, LPSECURITY_ATTRIBUTES security, DWORD flags)
{
    return RegSaveKeyExW(key, file ? L"" : NULL, security, flags);
}

LSTATUS WINAPI RegSaveKeyW(HKEY key, LPCWSTR file, LPSECURITY_ATTRIBUTES security)
{
    return RegSaveKeyExW(key, file, security, REG_STANDARD_FORMAT);
}

LSTATUS WINAPI RegSaveKeyA(HKEY key, LPCSTR file, LPSECURITY_ATTRIBUTES security)
{
    return RegSaveKeyExW(key, file ? L"" : NULL, security, REG_STANDARD_FORMAT);
}

LSTATUS WINAPI RegRestoreKeyW(HKEY key, LPCWSTR file, DWORD flags)
{
    (void)flags;
    return denied(key, file);
}

LSTATUS WINAPI RegRestoreKeyA(HKEY key, LPCSTR file, DWORD flags)
{
    (void)flags;
    return denied(key, file);
}

/* Hives are loaded below HKEY_LOCAL_MACHINE and HKEY_USERS. */
LSTATUS WINAPI RegLoadKeyW(HKEY key, LPCWSTR name, LPCWSTR file)
{
    (void)name;
    if (key != HKEY_LOCAL_MACHINE && key != HKEY_USERS && (ULONG_PTR)key >> 31 & 1)
        return ERROR_INVALID_PARAMETER;
    return denied(key, file);
}

LSTATUS WINAPI RegLoadKeyA(HKEY key, LPCSTR name, LPCSTR file)
{
    (void)name;
    return RegLoadKeyW(key, NULL, file ? L"" : NULL);
}

LSTATUS WINAPI RegUnLoadKeyW(HKEY key, LPCWSTR name)
{
    (void)name;
    return denied(key, L"");
}

LSTATUS WINAPI RegUnLoadKeyA(HKEY key, LPCSTR name)
{
    (void)name;
    return denied(key, L"");
}

LSTATUS WINAPI RegReplaceKeyW(HKEY key, LPCWSTR name, LPCWSTR fresh, LPCWSTR old)
{
    (void)name;
    return denied(key, fresh && old ? fresh : NULL);
}

LSTATUS WINAPI RegReplaceKeyA(HKEY key, LPCSTR name, LPCSTR fresh, LPCSTR old)
{
    (void)name;
    return denied(key, fresh && old ? fresh : NULL);
}

/* Reflection between the views of 32 and 64 bits ended with Windows 7: nothing to switch. */
LSTATUS WINAPI RegDisableReflectionKey(HKEY key)
{
    HANDLE handle;
    return registry_handle(key, &handle);
}

LSTATUS WINAPI RegEnableReflectionKey(HKEY key)
{
    HANDLE handle;
    return registry_handle(key, &handle);
}

LSTATUS WINAPI RegQueryReflectionKey(HKEY key, BOOL *disabled)
{
    HANDLE handle;
    LSTATUS error = registry_handle(key, &handle);

    if (!error)
        *disabled = TRUE;
    return error;
}

/* Several values at once, packed one after the other. */
LSTATUS WINAPI RegQueryMultipleValuesW(HKEY key, PVALENTW list, DWORD count, LPWSTR buffer, LPDWORD size)
{
    DWORD needed = 0, room = size && buffer ? *size : 0;
    LSTATUS result = ERROR_SUCCESS;

    if (!list || !size)
        return ERROR_INVALID_PARAMETER;
    for (DWORD i = 0; i < count; i++) {
        DWORD length = 0, type;
        LSTATUS error = RegQueryValueExW(key, list[i].ve_valuename, NULL, &type, NULL, &length);
        if (error)
            return error == ERROR_FILE_NOT_FOUND ? ERROR_CANTREAD : error;
        needed = (needed + 3) & ~3u;
        if (needed + length <= room) {
            error = RegQueryValueExW(key, list[i].ve_valuename, NULL, &type, (BYTE *)buffer + needed,
                                     &length);
            if (error)
                return error;
            list[i].ve_valueptr = (DWORD_PTR)buffer + needed;
        } else {
            result = ERROR_MORE_DATA;
        }
        list[i].ve_valuelen = length;
        list[i].ve_type = type;
        needed += length;
    }
    *size = needed;
    return result;
}
