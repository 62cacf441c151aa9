/*
 * HKEY_CLASSES_ROOT: the user's Software\Classes over the machine's. The root and some keys below it show the
 * subkeys (and values) of both; below them, a key of the user hides the machine's of the same name. The
 * handle of a key that is shown merged carries a mark in its low bits, which the system ignores.
 */
#include "registry.h"
#include <nt/nls.h>

#define MARK ((ULONG_PTR)2)

static const WCHAR user_root[] = L"\\REGISTRY\\USER\\Current\\Software\\Classes";
static const WCHAR machine_root[] = L"\\REGISTRY\\MACHINE\\SOFTWARE\\Classes";

/* The keys whose subkeys are merged, beside the root. */
static const WCHAR *const merged[] = {
    L"*",
    L"*\\shellex",
    L"*\\shellex\\ContextMenuHandlers",
    L"*\\shellex\\PropertySheetHandlers",
    L"AppID",
    L"CLSID",
    L"Component Categories",
    L"Directory",
    L"Directory\\shellex",
    L"Directory\\shellex\\ContextMenuHandlers",
    L"Directory\\shellex\\PropertySheetHandlers",
    L"Drive",
    L"Drive\\shellex",
    L"Drive\\shellex\\ContextMenuHandlers",
    L"Drive\\shellex\\PropertySheetHandlers",
    L"file",
    L"file\\shellex",
    L"file\\shellex\\ContextMenuHandlers",
    L"file\\shellex\\PropertySheetHandlers",
    L"Filter",
    L"Folder",
    L"Folder\\shellex",
    L"Folder\\shellex\\ContextMenuHandlers",
    L"Folder\\shellex\\PropertySheetHandlers",
    L"Installer",
    L"Installer\\Components",
    L"Installer\\Features",
    L"Installer\\Products",
    L"Interface",
    L"Media Type",
    L"MediaFoundation",
    L"MIME",
    L"MIME\\Database",
    L"MIME\\Database\\Charset",
    L"MIME\\Database\\Codepage",
    L"MIME\\Database\\Content Type",
    L"Record",
    L"TypeLib",
};

BOOL registry_is_merged(HKEY key)
{
    if ((ULONG_PTR)key & 0x80000000)
        return (DWORD)(ULONG_PTR)key == 0x80000000 && !registry_is_overridden(key);
    return ((ULONG_PTR)key & MARK) != 0;
}

/* One string below a key's path; the buffer is the caller's to free. */
static LSTATUS join(const WCHAR *first, USHORT first_bytes, const WCHAR *second, USHORT second_bytes,
                    UNICODE_STRING *ret_path)
{
    ULONG bytes = first_bytes + sizeof(WCHAR) + second_bytes;
    if (bytes > 0xfffe)
        return ERROR_INVALID_PARAMETER;
    WCHAR *path = RtlAllocateHeap(process_heap(), 0, bytes);
    if (!path)
        return ERROR_OUTOFMEMORY;
    BYTE *at = (BYTE *)path;
    RtlMoveMemory(at, first, first_bytes);
    at += first_bytes;
    if (first_bytes && second_bytes) {
        *(WCHAR *)at = '\\';
        at += sizeof(WCHAR);
    }
    RtlMoveMemory(at, second, second_bytes);
    at += second_bytes;
    *ret_path = (UNICODE_STRING){(USHORT)(at - (BYTE *)path), (USHORT)bytes, path};
    return ERROR_SUCCESS;
}

static BOOL begins_with(const UNICODE_STRING *path, const WCHAR *prefix, USHORT *ret_rest)
{
    UNICODE_STRING start;
    RtlInitUnicodeString(&start, prefix);
    if (!RtlPrefixUnicodeString(&start, path, TRUE))
        return FALSE;
    if (path->Length > start.Length && path->Buffer[start.Length / sizeof(WCHAR)] != '\\')
        return FALSE;
    *ret_rest = start.Length;
    return TRUE;
}

/* The path of a merged key below Classes, followed by `name`. */
static LSTATUS relative_path(HKEY key, const UNICODE_STRING *name, UNICODE_STRING *ret_path)
{
    union {
        KEY_NAME_INFORMATION name;
        BYTE bytes[1024]; /* the merged keys' names are short */
    } information;
    ULONG size;
    USHORT rest = 0;
    if ((ULONG_PTR)key & 0x80000000)
        return join(NULL, 0, name->Buffer, name->Length, ret_path);
    NTSTATUS status = NtQueryKey((HANDLE)key, KeyNameInformation, &information, sizeof information, &size);
    if (!NT_SUCCESS(status))
        return registry_error(status);
    UNICODE_STRING path = {(USHORT)information.name.NameLength, (USHORT)information.name.NameLength,
                           information.name.Name};
    if (!begins_with(&path, machine_root, &rest)) {
        /* \REGISTRY\USER\<SID>\Software\Classes */
        static const WCHAR classes[] = L"\\Software\\Classes";
        for (USHORT at = 0; at < path.Length && !rest; at += sizeof(WCHAR)) {
            UNICODE_STRING tail = {(USHORT)(path.Length - at), (USHORT)(path.Length - at),
                                   path.Buffer + at / sizeof(WCHAR)};
            USHORT length;
            if (begins_with(&tail, classes, &length))
                rest = (USHORT)(at + length);
        }
        if (!rest)
            return ERROR_BADKEY;
    }
    if (rest < path.Length)
        rest += sizeof(WCHAR);
    return join(path.Buffer + rest / sizeof(WCHAR), (USHORT)(path.Length - rest), name->Buffer, name->Length,
                ret_path);
}

/* Bytes of the path's first n components, at most all. */
static USHORT components(const UNICODE_STRING *path, unsigned n)
{
    USHORT at = 0, units = path->Length / sizeof(WCHAR);
    while (n-- && at < units) {
        if (at)
            at++;
        while (at < units && path->Buffer[at] != '\\')
            at++;
    }
    return (USHORT)(at * sizeof(WCHAR));
}

static BOOL is_merged_path(const WCHAR *path, USHORT bytes)
{
    static const WCHAR node[] = L"WOW6432Node";
    UNICODE_STRING string = {bytes, bytes, (WCHAR *)path};
    USHORT skip;
    if (begins_with(&string, node, &skip)) {
        if (skip == bytes)
            return TRUE;
        skip += sizeof(WCHAR);
        string = (UNICODE_STRING){(USHORT)(bytes - skip), (USHORT)(bytes - skip),
                                  (WCHAR *)path + skip / sizeof(WCHAR)};
    }
    for (unsigned i = 0; i < ARRAYSIZE(merged); i++) {
        UNICODE_STRING other;
        RtlInitUnicodeString(&other, merged[i]);
        if (RtlEqualUnicodeString(&string, &other, TRUE))
            return TRUE;
    }
    return FALSE;
}

static NTSTATUS open_at(const WCHAR *root, const UNICODE_STRING *path, USHORT bytes, DWORD options,
                        REGSAM access, HANDLE *ret_handle)
{
    UNICODE_STRING whole;
    if (join(root, (USHORT)(lstrlenW(root) * sizeof(WCHAR)), path->Buffer, bytes, &whole))
        return STATUS_NO_MEMORY;
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, &whole, OBJ_CASE_INSENSITIVE, NULL, NULL};
    NTSTATUS status = NtOpenKeyEx(ret_handle, access, &attributes, options & REG_OPTION_OPEN_LINK);
    RtlFreeHeap(process_heap(), 0, whole.Buffer);
    return status;
}

/* Which side a path is on: the longest part of it that is merged, and then the user's key if there is one. */
static const WCHAR *side_of(const UNICODE_STRING *path, REGSAM access, BOOL *ret_merged)
{
    unsigned n = 0;
    HANDLE handle;
    REGSAM view = access & (KEY_WOW64_32KEY | KEY_WOW64_64KEY);
    while (components(path, n) < path->Length && is_merged_path(path->Buffer, components(path, n + 1)))
        n++;
    *ret_merged = components(path, n) == path->Length;
    if (NT_SUCCESS(open_at(user_root, path, components(path, n + 1), REG_OPTION_OPEN_LINK,
                           KEY_QUERY_VALUE | view, &handle))) {
        NtClose(handle);
        return user_root;
    }
    return machine_root;
}

LSTATUS registry_merged_open(HKEY key, const UNICODE_STRING *name, DWORD options, REGSAM access,
                             HKEY *ret_key)
{
    UNICODE_STRING path;
    HANDLE handle;
    BOOL is_merged;
    LSTATUS error = relative_path(key, name, &path);
    if (error)
        return error;
    const WCHAR *root = side_of(&path, access, &is_merged);
    NTSTATUS status = open_at(root, &path, path.Length, options, access, &handle);
    if (NT_SUCCESS(status))
        *ret_key = (HKEY)((ULONG_PTR)handle | (is_merged ? MARK : 0));
    RtlFreeHeap(process_heap(), 0, path.Buffer);
    return registry_error(status);
}

/* Where a key is made: beside what the user has, else in the machine's part. The root's handle is the
 * caller's. */
LSTATUS registry_merged_place(HKEY key, const UNICODE_STRING *name, REGSAM access, HANDLE *ret_root,
                              UNICODE_STRING *ret_path)
{
    static const UNICODE_STRING none = {0};
    BOOL is_merged;
    LSTATUS error = relative_path(key, name, ret_path);
    if (error)
        return error;
    const WCHAR *root = side_of(ret_path, access, &is_merged);
    REGSAM view = access & (KEY_WOW64_32KEY | KEY_WOW64_64KEY);
    error = registry_error(
        open_at(is_merged ? machine_root : root, &none, 0, 0, MAXIMUM_ALLOWED | view, ret_root));
    if (error)
        RtlFreeHeap(process_heap(), 0, ret_path->Buffer);
    return error;
}

BOOL registry_merged_sides(HKEY key, REGSAM access, struct registry_sides *ret_sides)
{
    static const UNICODE_STRING none = {0};
    UNICODE_STRING path;
    *ret_sides = (struct registry_sides){0};
    if (relative_path(key, &none, &path))
        return FALSE;
    HANDLE handle;
    if (NT_SUCCESS(open_at(user_root, &path, path.Length, 0, access | KEY_WOW64_64KEY, &handle)))
        ret_sides->side[0] = (HKEY)handle;
    if (NT_SUCCESS(open_at(machine_root, &path, path.Length, 0, access | KEY_WOW64_64KEY, &handle)))
        ret_sides->side[1] = (HKEY)handle;
    RtlFreeHeap(process_heap(), 0, path.Buffer);
    return TRUE;
}

void registry_close_sides(struct registry_sides *sides)
{
    for (int i = 0; i < 2; i++)
        if (sides->side[i])
            NtClose((HANDLE)sides->side[i]);
}

LSTATUS registry_merged_other(HKEY key, HANDLE handle, UNICODE_STRING *ret_path)
{
    static const UNICODE_STRING none = {0};
    union {
        KEY_NAME_INFORMATION name;
        BYTE bytes[1024];
    } information;
    ULONG size;
    USHORT rest;
    UNICODE_STRING path;
    LSTATUS error = relative_path(key, &none, &path);
    if (error)
        return error;
    error = registry_error(NtQueryKey(handle, KeyNameInformation, &information, sizeof information, &size));
    if (!error) {
        UNICODE_STRING own = {(USHORT)information.name.NameLength, (USHORT)information.name.NameLength,
                              information.name.Name};
        const WCHAR *root = begins_with(&own, machine_root, &rest) ? user_root : machine_root;
        error = join(root, (USHORT)(lstrlenW(root) * sizeof(WCHAR)), path.Buffer, path.Length, ret_path);
    }
    RtlFreeHeap(process_heap(), 0, path.Buffer);
    return error;
}

/* ---------------------------------------------------------------- what is merged */

static BOOL has_subkey(HKEY key, const WCHAR *name)
{
    UNICODE_STRING string;
    HANDLE handle;
    RtlInitUnicodeString(&string, name);
    OBJECT_ATTRIBUTES attributes = {sizeof attributes,    (HANDLE)key, &string,
                                    OBJ_CASE_INSENSITIVE, NULL,        NULL};
    if (!key || !NT_SUCCESS(NtOpenKeyEx(&handle, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &attributes,
                                        REG_OPTION_OPEN_LINK)))
        return FALSE;
    NtClose(handle);
    return TRUE;
}

static BOOL has_value(HKEY key, const WCHAR *name)
{
    return key && RegQueryValueExW(key, name, NULL, NULL, NULL, NULL) == ERROR_SUCCESS;
}

/* Whoever enumerates goes on where the last call was: the machine's number of the merged number. */
static struct {
    RTL_SRWLOCK lock;
    HKEY key;
    BOOL values;
    DWORD index, machine;
} last;

static BOOL name_of(HKEY key, DWORD index, BOOL values, WCHAR *name, DWORD size, LSTATUS *ret_error)
{
    *ret_error = values ? RegEnumValueW(key, index, name, &size, NULL, NULL, NULL, NULL)
                        : RegEnumKeyExW(key, index, name, &size, NULL, NULL, NULL, NULL);
    return *ret_error == ERROR_SUCCESS;
}

LSTATUS registry_merged_number(HKEY key, const struct registry_sides *sides, DWORD index, BOOL values,
                               HKEY *ret_side, DWORD *ret_index)
{
    enum { NAME = 16384 };
    DWORD own = 0;
    LSTATUS error = ERROR_SUCCESS;
    if (sides->side[0])
        error = values ? RegQueryInfoKeyW(sides->side[0], NULL, NULL, NULL, NULL, NULL, NULL, &own, NULL,
                                          NULL, NULL, NULL)
                       : RegQueryInfoKeyW(sides->side[0], NULL, NULL, NULL, &own, NULL, NULL, NULL, NULL,
                                          NULL, NULL, NULL);
    if (error)
        return error;
    *ret_side = sides->side[0];
    *ret_index = index;
    if (index < own)
        return ERROR_SUCCESS;
    *ret_side = sides->side[1];
    *ret_index = index - own;
    if (!sides->side[1])
        return ERROR_NO_MORE_ITEMS;
    if (!own)
        return ERROR_SUCCESS;
    DWORD at = own, machine = 0;
    RtlAcquireSRWLockExclusive(&last.lock);
    if (last.key == key && last.values == values && last.index < index && last.index >= own) {
        at = last.index + 1;
        machine = last.machine + 1;
    }
    RtlReleaseSRWLockExclusive(&last.lock);
    WCHAR *name = RtlAllocateHeap(process_heap(), 0, NAME * sizeof *name);
    if (!name)
        return ERROR_OUTOFMEMORY;
    while (name_of(sides->side[1], machine, values, name, NAME, &error)) {
        BOOL hidden = values ? has_value(sides->side[0], name) : has_subkey(sides->side[0], name);
        if (!hidden && at++ == index)
            break;
        machine++;
    }
    RtlFreeHeap(process_heap(), 0, name);
    if (error)
        return error;
    RtlAcquireSRWLockExclusive(&last.lock);
    last.key = key;
    last.values = values;
    last.index = index;
    last.machine = machine;
    RtlReleaseSRWLockExclusive(&last.lock);
    *ret_index = machine;
    return ERROR_SUCCESS;
}

/* How many there are of both. */
DWORD registry_merged_count(const struct registry_sides *sides, BOOL values)
{
    enum { NAME = 16384 };
    DWORD count = 0, hidden = 0;
    LSTATUS error;
    WCHAR *name = RtlAllocateHeap(process_heap(), 0, NAME * sizeof *name);
    if (!name)
        return 0;
    for (int side = 0; side < 2; side++)
        for (DWORD i = 0; sides->side[side] && name_of(sides->side[side], i, values, name, NAME, &error);
             i++) {
            count++;
            if (side == 0 && (values ? has_value(sides->side[1], name) : has_subkey(sides->side[1], name)))
                hidden++;
        }
    RtlFreeHeap(process_heap(), 0, name);
    return count - hidden;
}

LSTATUS WINAPI RegOpenUserClassesRoot(HANDLE token, DWORD options, REGSAM access, PHKEY result)
{
    static const UNICODE_STRING none = {0};
    ULONG size;
    BYTE user[128];
    if (options || !result)
        return ERROR_INVALID_PARAMETER;
    /* every token is one of the session's user, whose profile is loaded */
    NTSTATUS status = NtQueryInformationToken(token, TokenUser, user, sizeof user, &size);
    if (!NT_SUCCESS(status))
        return registry_error(status);
    return registry_merged_open(HKEY_CLASSES_ROOT, &none, 0, access, result);
}
