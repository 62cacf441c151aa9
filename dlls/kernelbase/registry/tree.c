/*
 * Registry keys with all that is below them: delete, copy.
 */
#include "registry.h"

/* A subkey to be deleted: in the transaction that the key is in, if it is in one, as documented. */
static LSTATUS open_alike(HKEY key, const WCHAR *path, DWORD options, HKEY *ret_key)
{
    HANDLE root, handle;
    UNICODE_STRING string;
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, &string, OBJ_CASE_INSENSITIVE, NULL, NULL};
    REGSAM access = KEY_READ | KEY_WRITE | DELETE;
    if (registry_is_merged(key))
        return RegOpenKeyExW(key, path, options, access, ret_key);
    LSTATUS error = registry_handle(key, &root);
    registry_string(&string, path);
    if (!error && *path == '\\')
        error = ERROR_BAD_PATHNAME;
    attributes.RootDirectory = root;
    if (!error)
        error = registry_error(GwOpenKeyAlike(&handle, access, &attributes, options));
    if (!error)
        *ret_key = (HKEY)handle;
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
        error = open_alike(key, name, REG_OPTION_OPEN_LINK, &child);
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
        error = open_alike(key, path, 0, &target);
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

/* The key's security descriptor, a heap block; NULL: none that could be had. */
static void *read_security(HKEY key)
{
    enum { PARTS = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION };
    DWORD size = 0;
    if (RegGetKeySecurity(key, PARTS, NULL, &size) != ERROR_INSUFFICIENT_BUFFER)
        return NULL;
    void *descriptor = RtlAllocateHeap(process_heap(), 0, size);
    if (descriptor && RegGetKeySecurity(key, PARTS, descriptor, &size)) {
        RtlFreeHeap(process_heap(), 0, descriptor);
        descriptor = NULL;
    }
    return descriptor;
}

static LSTATUS copy_below(HKEY from, HKEY to);

/* A subkey with its class and security descriptor; of a symbolic link the link itself, not what it leads to.
 */
static LSTATUS copy_subkey(HKEY from, HKEY to, const WCHAR *name, WCHAR *class)
{
    KEY_FLAGS_INFORMATION flags = {0};
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, FALSE};
    HKEY source, target;
    ULONG size;
    LSTATUS error = RegOpenKeyExW(from, name, REG_OPTION_OPEN_LINK, KEY_READ, &source);
    if (error)
        return error;
    NtQueryKey((HANDLE)source, KeyFlagsInformation, &flags, sizeof flags, &size);
    DWORD options = flags.KeyFlags & 2 ? REG_OPTION_CREATE_LINK : 0;
    security.lpSecurityDescriptor = read_security(source);
    error = RegCreateKeyExW(to, name, 0, class, options, KEY_READ | KEY_WRITE, &security, &target, NULL);
    if (!error) {
        error = copy_below(source, target);
        RegCloseKey(target);
    }
    if (security.lpSecurityDescriptor)
        RtlFreeHeap(process_heap(), 0, security.lpSecurityDescriptor);
    RegCloseKey(source);
    return error;
}

static LSTATUS copy_below(HKEY from, HKEY to)
{
    enum { CLASS = 512 };
    WCHAR name[256];
    WCHAR *class = RtlAllocateHeap(process_heap(), 0, CLASS * sizeof *class);
    LSTATUS error = class ? copy_values(from, to) : ERROR_OUTOFMEMORY;
    for (DWORD i = 0; !error; i++) {
        DWORD length = ARRAYSIZE(name), class_length = CLASS;
        error = RegEnumKeyExW(from, i, name, &length, NULL, class, &class_length, NULL);
        if (!error)
            error = copy_subkey(from, to, name, class_length ? class : NULL);
    }
    if (class)
        RtlFreeHeap(process_heap(), 0, class);
    return error == ERROR_NO_MORE_ITEMS ? ERROR_SUCCESS : error;
}

LSTATUS WINAPI RegCopyTreeW(HKEY from, LPCWSTR path, HKEY to)
{
    HKEY source = from;
    LSTATUS error = ERROR_SUCCESS;
    if (path && *path && (error = RegOpenKeyExW(from, path, 0, KEY_READ, &source)))
        return error;
    error = copy_below(source, to);
    if (source != from)
        RegCloseKey(source);
    return error;
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
