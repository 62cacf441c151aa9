/*
 * Registry keys: open, create, delete, rename, watch.
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
    HANDLE root;
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
    if (registry_is_merged(key))
        return registry_merged_open(key, &string, options, access, result);
    return registry_error(open_below(root, &string, options, access, result));
}

LSTATUS WINAPI RegOpenKeyExA(HKEY key, LPCSTR path, DWORD options, REGSAM access, PHKEY result)
{
    struct registry_name wide;
    LSTATUS error = registry_name(&wide, path);
    if (!error) {
        error = RegOpenKeyExW(key, wide.text, options, access, result);
        registry_free_name(&wide);
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

/* There is no other machine whose registry could be reached: only the own one, by none or any of its names.
 */
static BOOL is_this_machine(const WCHAR *machine)
{
    WCHAR name[256];
    DWORD size = ARRAYSIZE(name);
    if (!machine || !*machine)
        return TRUE;
    if (machine[0] == '\\' && machine[1] == '\\')
        machine += 2;
    return GetComputerNameExW(ComputerNameNetBIOS, name, &size) && lstrcmpiW(name, machine) == 0;
}

LSTATUS WINAPI RegConnectRegistryW(LPCWSTR machine, HKEY key, PHKEY result)
{
    if (!result)
        return ERROR_INVALID_PARAMETER;
    if (!is_this_machine(machine))
        return ERROR_BAD_NETPATH;
    if (!((ULONG_PTR)key & 0x80000000))
        return ERROR_INVALID_HANDLE;
    *result = key;
    return ERROR_SUCCESS;
}

LSTATUS WINAPI RegConnectRegistryA(LPCSTR machine, HKEY key, PHKEY result)
{
    WCHAR *wide;
    LSTATUS error = registry_wide(machine, &wide);
    if (!error) {
        error = RegConnectRegistryW(wide, key, result);
        free_wide(wide);
    }
    return error;
}

LSTATUS WINAPI RegConnectRegistryExW(LPCWSTR machine, HKEY key, ULONG flags, PHKEY result)
{
    return flags & ~1u ? ERROR_INVALID_PARAMETER : RegConnectRegistryW(machine, key, result);
}

LSTATUS WINAPI RegConnectRegistryExA(LPCSTR machine, HKEY key, ULONG flags, PHKEY result)
{
    return flags & ~1u ? ERROR_INVALID_PARAMETER : RegConnectRegistryA(machine, key, result);
}

static NTSTATUS create_one(HANDLE transaction, HANDLE *ret_handle, REGSAM access,
                           OBJECT_ATTRIBUTES *attributes, UNICODE_STRING *class, DWORD options,
                           ULONG *ret_disposition)
{
    return transaction ? NtCreateKeyTransacted(ret_handle, access, attributes, 0, class, options, transaction,
                                               ret_disposition)
                       : NtCreateKey(ret_handle, access, attributes, 0, class, options, ret_disposition);
}

/* NtCreateKey makes the last component only: missing parents are made one after the other. */
NTSTATUS registry_create_below(HANDLE root, UNICODE_STRING *path, UNICODE_STRING *class, DWORD options,
                               REGSAM access, const SECURITY_ATTRIBUTES *security, HANDLE transaction,
                               HANDLE *ret_handle, ULONG *ret_disposition)
{
    void *descriptor = security ? security->lpSecurityDescriptor : NULL;
    ULONG flags = OBJ_CASE_INSENSITIVE | (security && security->bInheritHandle ? OBJ_INHERIT : 0);
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, root, path, flags, descriptor, NULL};
    NTSTATUS status = create_one(transaction, ret_handle, access, &attributes, class, options,
                                 ret_disposition);
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
        status = create_one(transaction, &handle, wanted, &attributes, last ? class : NULL,
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
    HANDLE root, handle;
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
    if (registry_is_merged(key)) {
        UNICODE_STRING place;
        error = registry_merged_open(key, &string, options, access, &existing);
        if (!error) {
            *result = existing;
            if (disposition)
                *disposition = REG_OPENED_EXISTING_KEY;
        }
        if (error != ERROR_FILE_NOT_FOUND ||
            (error = registry_merged_place(key, &string, access, &root, &place)))
            return error;
        NTSTATUS status = registry_create_below(root, &place, &class_string, options, access, security, NULL,
                                                &handle, &made);
        NtClose(root);
        RtlFreeHeap(process_heap(), 0, place.Buffer);
        error = registry_error(status);
    } else {
        error = registry_error(registry_create_below(root, &string, &class_string, options, access, security,
                                                     NULL, &handle, &made));
    }
    if (error)
        return error;
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

LSTATUS WINAPI RegNotifyChangeKeyValue(HKEY key, BOOL subtree, DWORD filter, HANDLE event, BOOL asynchronous)
{
    static IO_STATUS_BLOCK iosb; /* written when it is over, by then this call is long gone */
    HANDLE handle;
    LSTATUS error = registry_handle(key, &handle);
    if (error)
        return error;
    if (asynchronous && !event)
        return ERROR_INVALID_PARAMETER;
    UNICODE_STRING other = {0};
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, &other, OBJ_CASE_INSENSITIVE, NULL, NULL};
    if (registry_is_merged(key))
        registry_merged_other(key, handle, &other);
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    if (other.Buffer) { /* both sides of a merged key, if there are two */
        status = NtNotifyChangeMultipleKeys(handle, 1, &attributes, asynchronous ? event : NULL, NULL, NULL,
                                            &iosb, filter, (BOOLEAN)subtree, NULL, 0, (BOOLEAN)asynchronous);
        RtlFreeHeap(process_heap(), 0, other.Buffer);
    }
    if (status == STATUS_OBJECT_NAME_NOT_FOUND)
        status = NtNotifyChangeKey(handle, asynchronous ? event : NULL, NULL, NULL, &iosb, filter,
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
