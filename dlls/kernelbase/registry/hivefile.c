/*
 * Hive files: saving, restoring and loading them takes SeBackupPrivilege or SeRestorePrivilege, switched on;
 * an application's own hive takes neither.
 */
#include "registry.h"
#include "../file.h"

enum { APP_HIVE = 0x10 };

/* The name of a file as an NT path, to be freed with RtlFreeUnicodeString. */
static LSTATUS file_name(LPCWSTR file, UNICODE_STRING *ret_name)
{
    if (!file || !*file)
        return ERROR_INVALID_PARAMETER;
    return dos_to_nt(file, ret_name) ? ERROR_SUCCESS : ERROR_BAD_PATHNAME;
}

static LSTATUS open_hive(LPCWSTR file, ACCESS_MASK access, const SECURITY_ATTRIBUTES *security,
                         ULONG disposition, HANDLE *ret_handle)
{
    UNICODE_STRING name;
    IO_STATUS_BLOCK iosb;
    LSTATUS error = file_name(file, &name);
    if (error)
        return error;
    OBJECT_ATTRIBUTES attributes = {sizeof attributes,
                                    NULL,
                                    &name,
                                    OBJ_CASE_INSENSITIVE,
                                    security ? security->lpSecurityDescriptor : NULL,
                                    NULL};
    NTSTATUS status = NtCreateFile(ret_handle, access | SYNCHRONIZE, &attributes, &iosb, NULL,
                                   FILE_ATTRIBUTE_NORMAL, FILE_SHARE_READ, disposition,
                                   FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE, NULL, 0);
    RtlFreeUnicodeString(&name);
    return status == STATUS_OBJECT_NAME_COLLISION ? ERROR_ALREADY_EXISTS : registry_error(status);
}

LSTATUS WINAPI RegSaveKeyExW(HKEY key, LPCWSTR file, LPSECURITY_ATTRIBUTES security, DWORD flags)
{
    HANDLE handle, target;
    UNICODE_STRING name;
    if (flags != REG_STANDARD_FORMAT && flags != REG_LATEST_FORMAT && flags != REG_NO_COMPRESSION)
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = registry_handle(key, &handle);
    if (!error)
        error = open_hive(file, GENERIC_WRITE | DELETE, security, FILE_CREATE, &target);
    if (error)
        return error;
    error = registry_error(NtSaveKeyEx(handle, target, flags));
    NtClose(target);
    if (error && !file_name(file, &name)) { /* no file is left of what failed */
        OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, &name, OBJ_CASE_INSENSITIVE, NULL, NULL};
        NtDeleteFile(&attributes);
        RtlFreeUnicodeString(&name);
    }
    return error;
}

LSTATUS WINAPI RegSaveKeyExA(HKEY key, LPCSTR file, LPSECURITY_ATTRIBUTES security, DWORD flags)
{
    WCHAR *wide;
    LSTATUS error = registry_wide(file, &wide);
    if (!error) {
        error = RegSaveKeyExW(key, wide, security, flags);
        free_wide(wide);
    }
    return error;
}

LSTATUS WINAPI RegSaveKeyW(HKEY key, LPCWSTR file, LPSECURITY_ATTRIBUTES security)
{
    return RegSaveKeyExW(key, file, security, REG_STANDARD_FORMAT);
}

LSTATUS WINAPI RegSaveKeyA(HKEY key, LPCSTR file, LPSECURITY_ATTRIBUTES security)
{
    return RegSaveKeyExA(key, file, security, REG_STANDARD_FORMAT);
}

LSTATUS WINAPI RegRestoreKeyW(HKEY key, LPCWSTR file, DWORD flags)
{
    HANDLE handle, source;
    LSTATUS error = registry_handle(key, &handle);
    if (!error)
        error = open_hive(file, GENERIC_READ, NULL, FILE_OPEN, &source);
    if (error && error != ERROR_INVALID_HANDLE) /* the privilege comes first */
        return NtRestoreKey(handle, NULL, flags) == STATUS_PRIVILEGE_NOT_HELD ? ERROR_PRIVILEGE_NOT_HELD
                                                                              : error;
    if (error)
        return error;
    error = registry_error(NtRestoreKey(handle, source, flags));
    NtClose(source);
    return error;
}

LSTATUS WINAPI RegRestoreKeyA(HKEY key, LPCSTR file, DWORD flags)
{
    WCHAR *wide;
    LSTATUS error = registry_wide(file, &wide);
    if (!error) {
        error = RegRestoreKeyW(key, wide, flags);
        free_wide(wide);
    }
    return error;
}

/* Hives are loaded below HKEY_LOCAL_MACHINE and HKEY_USERS. */
static LSTATUS hive_root(HKEY key, HANDLE *ret_handle)
{
    if (key != HKEY_LOCAL_MACHINE && key != HKEY_USERS && (ULONG_PTR)key >> 31 & 1)
        return ERROR_INVALID_PARAMETER;
    return registry_handle(key, ret_handle);
}

LSTATUS WINAPI RegLoadKeyW(HKEY key, LPCWSTR name, LPCWSTR file)
{
    UNICODE_STRING target_name, source_name;
    HANDLE root;
    LSTATUS error = hive_root(key, &root);
    if (!error && (!name || !*name))
        error = ERROR_INVALID_PARAMETER;
    if (!error)
        error = file_name(file, &source_name);
    if (error)
        return error;
    registry_string(&target_name, name);
    OBJECT_ATTRIBUTES target = {sizeof target, root, &target_name, OBJ_CASE_INSENSITIVE, NULL, NULL},
                      source = {sizeof source, NULL, &source_name, OBJ_CASE_INSENSITIVE, NULL, NULL};
    error = registry_error(NtLoadKey(&target, &source));
    RtlFreeUnicodeString(&source_name);
    return error;
}

LSTATUS WINAPI RegLoadKeyA(HKEY key, LPCSTR name, LPCSTR file)
{
    WCHAR *wide, *wide_file;
    LSTATUS error = registry_wide(name, &wide);
    if (error)
        return error;
    error = registry_wide(file, &wide_file);
    if (!error) {
        error = RegLoadKeyW(key, wide, wide_file);
        free_wide(wide_file);
    }
    free_wide(wide);
    return error;
}

LSTATUS WINAPI RegUnLoadKeyW(HKEY key, LPCWSTR name)
{
    UNICODE_STRING string;
    HANDLE root;
    LSTATUS error = hive_root(key, &root);
    if (error)
        return error;
    registry_string(&string, name);
    OBJECT_ATTRIBUTES target = {sizeof target, root, &string, OBJ_CASE_INSENSITIVE, NULL, NULL};
    return registry_error(NtUnloadKey(&target));
}

LSTATUS WINAPI RegUnLoadKeyA(HKEY key, LPCSTR name)
{
    WCHAR *wide;
    LSTATUS error = registry_wide(name, &wide);
    if (!error) {
        error = RegUnLoadKeyW(key, wide);
        free_wide(wide);
    }
    return error;
}

LSTATUS WINAPI RegLoadAppKeyW(LPCWSTR file, PHKEY result, REGSAM access, DWORD options, DWORD reserved)
{
    UNICODE_STRING name;
    HANDLE handle, made;
    if (!result || reserved || options & ~(DWORD)REG_PROCESS_APPKEY)
        return ERROR_INVALID_PARAMETER;
    *result = NULL;
    LSTATUS error = open_hive(file, GENERIC_READ, NULL, FILE_OPEN_IF, &made); /* made if it is not there */
    if (!error)
        error = file_name(file, &name);
    if (error)
        return error;
    NtClose(made);
    OBJECT_ATTRIBUTES source = {sizeof source, NULL, &name, OBJ_CASE_INSENSITIVE, NULL, NULL};
    error = registry_error(NtLoadKeyEx(NULL, &source, APP_HIVE, NULL, NULL, access, &handle, NULL));
    RtlFreeUnicodeString(&name);
    if (!error)
        *result = (HKEY)handle;
    return error;
}

LSTATUS WINAPI RegLoadAppKeyA(LPCSTR file, PHKEY result, REGSAM access, DWORD options, DWORD reserved)
{
    WCHAR *wide;
    LSTATUS error = registry_wide(file, &wide);
    if (!error) {
        error = RegLoadAppKeyW(wide, result, access, options, reserved);
        free_wide(wide);
    }
    return error;
}

/* The hive that is loaded stays as it is; from its next loading on, it is what the fresh file has. */
LSTATUS WINAPI RegReplaceKeyW(HKEY key, LPCWSTR path, LPCWSTR fresh, LPCWSTR old)
{
    UNICODE_STRING fresh_name, old_name;
    HKEY target = key;
    HANDLE handle;
    LSTATUS error = registry_handle(key, &handle);
    if (error)
        return error;
    if (path && *path && (error = RegOpenKeyExW(key, path, 0, MAXIMUM_ALLOWED, &target)))
        return error;
    error = registry_handle(target, &handle);
    if (!error)
        error = file_name(fresh, &fresh_name);
    if (!error) {
        error = file_name(old, &old_name);
        if (!error) {
            OBJECT_ATTRIBUTES new_file = {sizeof new_file,      NULL, &fresh_name,
                                          OBJ_CASE_INSENSITIVE, NULL, NULL},
                              old_file = {sizeof old_file, NULL, &old_name, OBJ_CASE_INSENSITIVE, NULL, NULL};
            error = registry_error(NtReplaceKey(&new_file, handle, &old_file));
            RtlFreeUnicodeString(&old_name);
        }
        RtlFreeUnicodeString(&fresh_name);
    }
    if (target != key)
        RegCloseKey(target);
    return error;
}

LSTATUS WINAPI RegReplaceKeyA(HKEY key, LPCSTR path, LPCSTR fresh, LPCSTR old)
{
    WCHAR *wide[3] = {NULL, NULL, NULL};
    LSTATUS error = registry_wide(path, &wide[0]);
    if (!error)
        error = registry_wide(fresh, &wide[1]);
    if (!error)
        error = registry_wide(old, &wide[2]);
    if (!error)
        error = RegReplaceKeyW(key, wide[0], wide[1], wide[2]);
    for (int i = 0; i < 3; i++)
        free_wide(wide[i]);
    return error;
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
