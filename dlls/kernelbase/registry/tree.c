/*
 * Registry keys with all that is below them: delete, copy.
 */
#include "registry.h"

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
