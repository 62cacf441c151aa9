/*
 * Registry keys: open, create, delete, enumerate, query, rename, copy.
 */
#include "registry.h"

#define OPTIONS                                                                                              \
    (REG_OPTION_VOLATILE | REG_OPTION_CREATE_LINK | REG_OPTION_BACKUP_RESTORE | REG_OPTION_OPEN_LINK)

/* A path may begin with one backslash less than an absolute NT one would: none. */
static LSTATUS path_string(UNICODE_STRING *string, const WCHAR *path)
{
    registry_string(string, path);
    if (string->Length && string->Buffer[0] == '\\')
        return ERROR_BAD_PATHNAME;
    return ERROR_SUCCESS;
}

static NTSTATUS open_below(HANDLE root, UNICODE_STRING *path, DWORD options, REGSAM access, HKEY *ret_key)
{
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, root, path, OBJ_CASE_INSENSITIVE, NULL, NULL};
    HANDLE handle;
    NTSTATUS status = NtOpenKeyEx(&handle, access, &attributes, options & REG_OPTION_OPEN_LINK);
    if (NT_SUCCESS(status))
        *ret_key = (HKEY)handle;
    return status;
}

LSTATUS WINAPI RegOpenKeyExW(HKEY key, LPCWSTR path, DWORD options, REGSAM access, PHKEY result)
{
    HANDLE root, user;
    UNICODE_STRING string;
    if (!result)
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = registry_handle(key, &root);
    if (error)
        return error;
    error = path_string(&string, path);
    if (error)
        return error;
    /* An empty path on a predefined key is that key itself. */
    if (!string.Length && root != (HANDLE)key && !(access & (KEY_WOW64_32KEY | KEY_WOW64_64KEY))) {
        *result = key;
        return ERROR_SUCCESS;
    }
    *result = NULL;
    user = registry_user_classes(key);
    if (user && NT_SUCCESS(open_below(user, &string, options, access, result)))
        return ERROR_SUCCESS;
    return registry_error(open_below(root, &string, options, access, result));
}

LSTATUS WINAPI RegOpenKeyExA(HKEY key, LPCSTR path, DWORD options, REGSAM access, PHKEY result)
{
    WCHAR *wide;
    LSTATUS error = registry_wide(path, &wide);
    if (!error) {
        error = RegOpenKeyExW(key, wide, options, access, result);
        free_wide(wide);
    }
    return error;
}

LSTATUS WINAPI RegOpenKeyW(HKEY key, LPCWSTR path, PHKEY result)
{
    if (!result)
        return ERROR_INVALID_PARAMETER;
    if (!path || !*path) {
        *result = key;
        return ERROR_SUCCESS;
    }
    return RegOpenKeyExW(key, path, 0, MAXIMUM_ALLOWED, result);
}

LSTATUS WINAPI RegOpenKeyA(HKEY key, LPCSTR path, PHKEY result)
{
    if (!result)
        return ERROR_INVALID_PARAMETER;
    if (!path || !*path) {
        *result = key;
        return ERROR_SUCCESS;
    }
    return RegOpenKeyExA(key, path, 0, MAXIMUM_ALLOWED, result);
}

LSTATUS WINAPI RegOpenCurrentUser(REGSAM access, PHKEY result)
{
    HANDLE root;
    UNICODE_STRING empty = {0};
    LSTATUS error = registry_handle(HKEY_CURRENT_USER, &root);
    return error ? error : registry_error(open_below(root, &empty, 0, access, result));
}

LSTATUS WINAPI RegOpenUserClassesRoot(HANDLE token, DWORD options, REGSAM access, PHKEY result)
{
    (void)token;
    return options ? ERROR_INVALID_PARAMETER
                   : RegOpenKeyExW(HKEY_CURRENT_USER, L"Software\\Classes", 0, access, result);
}

LSTATUS WINAPI RegConnectRegistryW(LPCWSTR machine, HKEY key, PHKEY result)
{
    if (!result)
        return ERROR_INVALID_PARAMETER;
    if (machine && *machine)
        return ERROR_BAD_NETPATH;
    *result = key;
    return ERROR_SUCCESS;
}

LSTATUS WINAPI RegConnectRegistryA(LPCSTR machine, HKEY key, PHKEY result)
{
    return RegConnectRegistryW(machine && *machine ? L"remote" : NULL, key, result);
}

/* NtCreateKey makes the last component only: missing parents are made one after the other. */
static NTSTATUS create_below(HANDLE root, UNICODE_STRING *path, UNICODE_STRING *class, DWORD options,
                             REGSAM access, const SECURITY_ATTRIBUTES *security, HANDLE *ret_handle,
                             ULONG *ret_disposition)
{
    void *descriptor = security ? security->lpSecurityDescriptor : NULL;
    ULONG flags = OBJ_CASE_INSENSITIVE | (security && security->bInheritHandle ? OBJ_INHERIT : 0);
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, root, path, flags, descriptor, NULL};
    NTSTATUS status = NtCreateKey(ret_handle, access, &attributes, 0, class, options, ret_disposition);
    if (status != STATUS_OBJECT_NAME_NOT_FOUND)
        return status;
    HANDLE parent = root;
    USHORT at = 0, end = path->Length / sizeof(WCHAR);
    for (;;) {
        while (at < end && path->Buffer[at] == '\\')
            at++;
        USHORT start = at;
        while (at < end && path->Buffer[at] != '\\')
            at++;
        USHORT next = at;
        while (next < end && path->Buffer[next] == '\\')
            next++;
        UNICODE_STRING part = {(USHORT)((at - start) * sizeof(WCHAR)), (USHORT)((at - start) * sizeof(WCHAR)),
                               path->Buffer + start};
        BOOL last = next >= end;
        HANDLE handle;
        attributes.RootDirectory = parent;
        attributes.ObjectName = &part;
        attributes.Attributes = last ? flags : OBJ_CASE_INSENSITIVE;
        attributes.SecurityDescriptor = last ? descriptor : NULL;
        ACCESS_MASK wanted = last ? access : MAXIMUM_ALLOWED | (access & (KEY_WOW64_64KEY | KEY_WOW64_32KEY));
        status = NtCreateKey(&handle, wanted, &attributes, 0, last ? class : NULL,
                             last ? options : options & REG_OPTION_VOLATILE, ret_disposition);
        if (parent != root)
            NtClose(parent);
        if (!NT_SUCCESS(status))
            return status;
        if (last) {
            *ret_handle = handle;
            return status;
        }
        parent = handle;
    }
}

LSTATUS WINAPI RegCreateKeyExW(HKEY key, LPCWSTR path, DWORD reserved, LPWSTR class, DWORD options,
                               REGSAM access, const LPSECURITY_ATTRIBUTES security, PHKEY result,
                               LPDWORD disposition)
{
    HANDLE root, user, handle;
    UNICODE_STRING string, class_string;
    ULONG made;
    HKEY existing;
    if (reserved || !result || options & ~OPTIONS)
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = registry_handle(key, &root);
    if (!error)
        error = path_string(&string, path);
    if (error)
        return error;
    if (!path)
        return ERROR_BADKEY;
    registry_string(&class_string, class);
    user = registry_user_classes(key);
    if (user && NT_SUCCESS(open_below(user, &string, options, access, &existing))) {
        *result = existing;
        if (disposition)
            *disposition = REG_OPENED_EXISTING_KEY;
        return ERROR_SUCCESS;
    }
    NTSTATUS status = create_below(root, &string, &class_string, options, access, security, &handle, &made);
    if (!NT_SUCCESS(status))
        return registry_error(status);
    *result = (HKEY)handle;
    if (disposition)
        *disposition = made;
    return ERROR_SUCCESS;
}

LSTATUS WINAPI RegCreateKeyExA(HKEY key, LPCSTR path, DWORD reserved, LPSTR class, DWORD options,
                               REGSAM access, const LPSECURITY_ATTRIBUTES security, PHKEY result,
                               LPDWORD disposition)
{
    WCHAR *wide, *wide_class;
    LSTATUS error = registry_wide(path, &wide);
    if (error)
        return error;
    error = registry_wide(class, &wide_class);
    if (!error) {
        error = RegCreateKeyExW(key, wide, reserved, wide_class, options, access, security, result,
                                disposition);
        free_wide(wide_class);
    }
    free_wide(wide);
    return error;
}

LSTATUS WINAPI RegCreateKeyW(HKEY key, LPCWSTR path, PHKEY result)
{
    return RegCreateKeyExW(key, path ? path : L"", 0, NULL, 0, MAXIMUM_ALLOWED, NULL, result, NULL);
}

LSTATUS WINAPI RegCreateKeyA(HKEY key, LPCSTR path, PHKEY result)
{
    return RegCreateKeyExA(key, path ? path : "", 0, NULL, 0, MAXIMUM_ALLOWED, NULL, result, NULL);
}

LSTATUS WINAPI RegCloseKey(HKEY key)
{
    if (!key)
        return ERROR_INVALID_HANDLE;
    if ((ULONG_PTR)key & 0x80000000)
        return ERROR_SUCCESS;
    return registry_error(NtClose(key));
}

LSTATUS WINAPI RegFlushKey(HKEY key)
{
    HANDLE handle;
    LSTATUS error = registry_handle(key, &handle);
    return error ? error : registry_error(NtFlushKey(handle));
}

LSTATUS WINAPI RegDeleteKeyExW(HKEY key, LPCWSTR path, REGSAM view, DWORD reserved)
{
    HKEY target;
    if (reserved || !path)
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = RegOpenKeyExW(key, path, REG_OPTION_OPEN_LINK, DELETE | view, &target);
    if (!error) {
        error = registry_error(NtDeleteKey(target));
        RegCloseKey(target);
        if (error == ERROR_INVALID_FUNCTION)
            error = ERROR_ACCESS_DENIED;
    }
    return error;
}

LSTATUS WINAPI RegDeleteKeyExA(HKEY key, LPCSTR path, REGSAM view, DWORD reserved)
{
    WCHAR *wide;
    LSTATUS error = registry_wide(path, &wide);
    if (!error) {
        error = RegDeleteKeyExW(key, wide, view, reserved);
        free_wide(wide);
    }
    return error;
}

LSTATUS WINAPI RegDeleteKeyW(HKEY key, LPCWSTR path)
{
    return RegDeleteKeyExW(key, path, 0, 0);
}

LSTATUS WINAPI RegDeleteKeyA(HKEY key, LPCSTR path)
{
    return RegDeleteKeyExA(key, path, 0, 0);
}

LSTATUS WINAPI RegEnumKeyExW(HKEY key, DWORD index, LPWSTR name, LPDWORD name_length, LPDWORD reserved,
                             LPWSTR class, LPDWORD class_length, PFILETIME time)
{
    HANDLE handle;
    union {
        KEY_NODE_INFORMATION node;
        BYTE bytes[sizeof(KEY_NODE_INFORMATION) + 256 * sizeof(WCHAR) + 1024];
    } information;
    ULONG size;
    if (reserved || !name || !name_length || (class && !class_length))
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = registry_handle(key, &handle);
    if (error)
        return error;
    NTSTATUS status = NtEnumerateKey(handle, index, KeyNodeInformation, &information, sizeof information,
                                     &size);
    if (!NT_SUCCESS(status) && status != STATUS_BUFFER_OVERFLOW)
        return registry_error(status);
    DWORD length = information.node.NameLength / sizeof(WCHAR);
    if (length >= *name_length)
        return ERROR_MORE_DATA;
    RtlMoveMemory(name, information.node.Name, information.node.NameLength);
    name[length] = 0;
    *name_length = length;
    if (class_length) {
        DWORD units = information.node.ClassLength / sizeof(WCHAR);
        if (class && units >= *class_length)
            return ERROR_MORE_DATA;
        if (class) {
            RtlMoveMemory(class, information.bytes + information.node.ClassOffset, units * sizeof(WCHAR));
            class[units] = 0;
        }
        *class_length = units;
    }
    if (time) {
        time->dwLowDateTime = information.node.LastWriteTime.LowPart;
        time->dwHighDateTime = (DWORD)information.node.LastWriteTime.HighPart;
    }
    return ERROR_SUCCESS;
}

LSTATUS WINAPI RegEnumKeyExA(HKEY key, DWORD index, LPSTR name, LPDWORD name_length, LPDWORD reserved,
                             LPSTR class, LPDWORD class_length, PFILETIME time)
{
    WCHAR wide[256], wide_class[512];
    DWORD length = ARRAYSIZE(wide), units = ARRAYSIZE(wide_class);
    if (!name || !name_length || (class && !class_length))
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = RegEnumKeyExW(key, index, wide, &length, reserved, wide_class, &units, time);
    if (error)
        return error;
    DWORD needed = wide_to_ansi(wide, (int)length, name, *name_length);
    if (needed > *name_length)
        return ERROR_MORE_DATA;
    *name_length = needed - 1;
    if (class_length) {
        needed = wide_to_ansi(wide_class, (int)units, class, class ? *class_length : 0);
        if (class && needed > *class_length)
            return ERROR_MORE_DATA;
        *class_length = needed - 1;
    }
    return ERROR_SUCCESS;
}

LSTATUS WINAPI RegEnumKeyW(HKEY key, DWORD index, LPWSTR name, DWORD size)
{
    return RegEnumKeyExW(key, index, name, &size, NULL, NULL, NULL, NULL);
}

LSTATUS WINAPI RegEnumKeyA(HKEY key, DWORD index, LPSTR name, DWORD size)
{
    return RegEnumKeyExA(key, index, name, &size, NULL, NULL, NULL, NULL);
}

LSTATUS WINAPI RegQueryInfoKeyW(HKEY key, LPWSTR class, LPDWORD class_length, LPDWORD reserved,
                                LPDWORD subkeys, LPDWORD max_subkey, LPDWORD max_class, LPDWORD values,
                                LPDWORD max_value_name, LPDWORD max_value, LPDWORD security, PFILETIME time)
{
    HANDLE handle;
    union {
        KEY_FULL_INFORMATION full;
        BYTE bytes[sizeof(KEY_FULL_INFORMATION) + 1024];
    } information;
    ULONG size;
    if (reserved || (class && !class_length))
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = registry_handle(key, &handle);
    if (error)
        return error;
    NTSTATUS status = NtQueryKey(handle, KeyFullInformation, &information, sizeof information, &size);
    if (!NT_SUCCESS(status) && status != STATUS_BUFFER_OVERFLOW)
        return registry_error(status);
    if (class_length) {
        DWORD units = information.full.ClassLength / sizeof(WCHAR);
        if (class) {
            if (units >= *class_length) {
                error = ERROR_MORE_DATA;
            } else {
                RtlMoveMemory(class, information.full.Class, units * sizeof(WCHAR));
                class[units] = 0;
            }
        }
        *class_length = units;
    }
    if (subkeys)
        *subkeys = information.full.SubKeys;
    if (max_subkey)
        *max_subkey = information.full.MaxNameLength / sizeof(WCHAR);
    if (max_class)
        *max_class = information.full.MaxClassLength / sizeof(WCHAR);
    if (values)
        *values = information.full.Values;
    if (max_value_name)
        *max_value_name = information.full.MaxValueNameLength / sizeof(WCHAR);
    if (max_value)
        *max_value = information.full.MaxValueDataLength;
    if (security) {
        ULONG needed = 0;
        NtQuerySecurityObject(
            handle, OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, NULL,
            0, &needed);
        *security = needed;
    }
    if (time) {
        time->dwLowDateTime = information.full.LastWriteTime.LowPart;
        time->dwHighDateTime = (DWORD)information.full.LastWriteTime.HighPart;
    }
    return error;
}

LSTATUS WINAPI RegQueryInfoKeyA(HKEY key, LPSTR class, LPDWORD class_length, LPDWORD reserved,
                                LPDWORD subkeys, LPDWORD max_subkey, LPDWORD max_class, LPDWORD values,
                                LPDWORD max_value_name, LPDWORD max_value, LPDWORD security, PFILETIME time)
{
    WCHAR wide[512];
    DWORD units = ARRAYSIZE(wide);
    if (class && !class_length)
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = RegQueryInfoKeyW(key, wide, &units, reserved, subkeys, max_subkey, max_class, values,
                                     max_value_name, max_value, security, time);
    if (!error && class_length) {
        DWORD needed = wide_to_ansi(wide, (int)units, class, class ? *class_length : 0);
        if (class && needed > *class_length)
            error = ERROR_MORE_DATA;
        *class_length = needed - 1;
    }
    return error;
}

LSTATUS WINAPI RegRenameKey(HKEY key, LPCWSTR path, LPCWSTR new_name)
{
    HKEY target = key;
    HANDLE handle;
    UNICODE_STRING string;
    LSTATUS error = ERROR_SUCCESS;
    if (!new_name)
        return ERROR_INVALID_PARAMETER;
    if (path && (error = RegOpenKeyExW(key, path, 0, KEY_WRITE, &target)))
        return error;
    error = registry_handle(target, &handle);
    registry_string(&string, new_name);
    if (!error)
        error = registry_error(NtRenameKey(handle, &string));
    if (target != key)
        RegCloseKey(target);
    return error;
}

/* Deletes everything below a key. */
static LSTATUS clear_tree(HKEY key)
{
    WCHAR name[256];
    LSTATUS error;
    for (;;) {
        DWORD length = ARRAYSIZE(name);
        HKEY child;
        error = RegEnumKeyExW(key, 0, name, &length, NULL, NULL, NULL, NULL);
        if (error)
            break;
        error = RegOpenKeyExW(key, name, REG_OPTION_OPEN_LINK, KEY_READ | KEY_WRITE | DELETE, &child);
        if (error)
            return error;
        error = clear_tree(child);
        if (!error)
            error = registry_error(NtDeleteKey(child));
        RegCloseKey(child);
        if (error)
            return error;
    }
    return error == ERROR_NO_MORE_ITEMS ? ERROR_SUCCESS : error;
}

static LSTATUS clear_values(HKEY key)
{
    DWORD longest;
    LSTATUS error = RegQueryInfoKeyW(key, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &longest, NULL, NULL,
                                     NULL);
    WCHAR *name = error ? NULL : RtlAllocateHeap(process_heap(), 0, (longest + 1) * sizeof *name);
    if (!name)
        return error ? error : ERROR_OUTOFMEMORY;
    while (!error) {
        DWORD length = longest + 1;
        error = RegEnumValueW(key, 0, name, &length, NULL, NULL, NULL, NULL);
        if (!error)
            error = RegDeleteValueW(key, name);
    }
    RtlFreeHeap(process_heap(), 0, name);
    return error == ERROR_NO_MORE_ITEMS ? ERROR_SUCCESS : error;
}

LSTATUS WINAPI RegDeleteTreeW(HKEY key, LPCWSTR path)
{
    HKEY target = key;
    LSTATUS error;
    if (path && *path) {
        error = RegOpenKeyExW(key, path, 0, KEY_READ | KEY_WRITE | DELETE, &target);
        if (error)
            return error;
        error = clear_tree(target);
        if (!error)
            error = registry_error(NtDeleteKey(target));
        RegCloseKey(target);
        return error;
    }
    error = clear_tree(key);
    return error ? error : clear_values(key);
}

LSTATUS WINAPI RegDeleteTreeA(HKEY key, LPCSTR path)
{
    WCHAR *wide;
    LSTATUS error = registry_wide(path, &wide);
    if (!error) {
        error = RegDeleteTreeW(key, wide);
        free_wide(wide);
    }
    return error;
}

static LSTATUS copy_values(HKEY from, HKEY to)
{
    DWORD count, name_size, data_size;
    LSTATUS error = RegQueryInfoKeyW(from, NULL, NULL, NULL, NULL, NULL, NULL, &count, &name_size, &data_size,
                                     NULL, NULL);
    if (error || !count)
        return error;
    WCHAR *name = RtlAllocateHeap(process_heap(), 0, (name_size + 1) * sizeof *name);
    BYTE *data = RtlAllocateHeap(process_heap(), 0, data_size + 1);
    if (!name || !data)
        error = ERROR_OUTOFMEMORY;
    for (DWORD i = 0; !error; i++) {
        DWORD length = name_size + 1, size = data_size, type;
        error = RegEnumValueW(from, i, name, &length, NULL, &type, data, &size);
        if (!error)
            error = RegSetValueExW(to, name, 0, type, data, size);
    }
    RtlFreeHeap(process_heap(), 0, name);
    RtlFreeHeap(process_heap(), 0, data);
    return error == ERROR_NO_MORE_ITEMS ? ERROR_SUCCESS : error;
}

LSTATUS WINAPI RegCopyTreeW(HKEY from, LPCWSTR path, HKEY to)
{
    HKEY source = from;
    WCHAR name[256];
    LSTATUS error = ERROR_SUCCESS;
    if (path && *path && (error = RegOpenKeyExW(from, path, 0, KEY_READ, &source)))
        return error;
    error = copy_values(source, to);
    for (DWORD i = 0; !error; i++) {
        DWORD length = ARRAYSIZE(name);
        HKEY child;
        error = RegEnumKeyExW(source, i, name, &length, NULL, NULL, NULL, NULL);
        if (error)
            break;
        error = RegCreateKeyExW(to, name, 0, NULL, 0, KEY_READ | KEY_WRITE, NULL, &child, NULL);
        if (!error) {
            error = RegCopyTreeW(source, name, child);
            RegCloseKey(child);
        }
    }
    if (source != from)
        RegCloseKey(source);
    return error == ERROR_NO_MORE_ITEMS ? ERROR_SUCCESS : error;
}

LSTATUS WINAPI RegCopyTreeA(HKEY from, LPCSTR path, HKEY to)
{
    WCHAR *wide;
    LSTATUS error = registry_wide(path, &wide);
    if (!error) {
        error = RegCopyTreeW(from, wide, to);
        free_wide(wide);
    }
    return error;
}

LSTATUS WINAPI RegNotifyChangeKeyValue(HKEY key, BOOL subtree, DWORD filter, HANDLE event, BOOL asynchronous)
{
    static IO_STATUS_BLOCK iosb; /* written when it is over, by then this call is long gone */
    HANDLE handle;
    LSTATUS error = registry_handle(key, &handle);
    if (error)
        return error;
    if (asynchronous && !event)
        return ERROR_INVALID_PARAMETER;
    NTSTATUS status = NtNotifyChangeKey(handle, asynchronous ? event : NULL, NULL, NULL, &iosb, filter,
                                        (BOOLEAN)subtree, NULL, 0, (BOOLEAN)asynchronous);
    return status == STATUS_PENDING ? ERROR_SUCCESS : registry_error(status);
}

LSTATUS WINAPI RegGetKeySecurity(HKEY key, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor,
                                 LPDWORD size)
{
    HANDLE handle;
    LSTATUS error = registry_handle(key, &handle);
    return error ? error
                 : registry_error(NtQuerySecurityObject(handle, information, descriptor, *size, size));
}

LSTATUS WINAPI RegSetKeySecurity(HKEY key, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor)
{
    HANDLE handle;
    LSTATUS error = registry_handle(key, &handle);
    return error ? error : registry_error(NtSetSecurityObject(handle, information, descriptor));
}

LSTATUS WINAPI RegDisablePredefinedCache(void)
{
    return ERROR_SUCCESS;
}

LSTATUS WINAPI RegDisablePredefinedCacheEx(void)
{
    return ERROR_SUCCESS;
}
