/*
 * Registry values, checked and prepared: RegGetValue, strings from resources, several at once.
 */
#include "registry.h"

/* Whether RRF_RT_* admits the type; the checks of RegGetValue. */
static BOOL type_allowed(DWORD flags, DWORD type, DWORD size, LSTATUS *ret_error)
{
    static const DWORD bits[] = {RRF_RT_REG_NONE,
                                 RRF_RT_REG_SZ,
                                 RRF_RT_REG_EXPAND_SZ,
                                 RRF_RT_REG_BINARY,
                                 RRF_RT_REG_DWORD,
                                 0,
                                 0,
                                 RRF_RT_REG_MULTI_SZ,
                                 0,
                                 0,
                                 0,
                                 RRF_RT_REG_QWORD};
    *ret_error = ERROR_UNSUPPORTED_TYPE;
    if ((flags & RRF_RT_ANY) == RRF_RT_ANY)
        return TRUE;
    if (type >= ARRAYSIZE(bits) || !(flags & bits[type]))
        return FALSE;
    if ((flags & RRF_RT_ANY) == RRF_RT_DWORD && size != 4) {
        *ret_error = ERROR_INVALID_DATA;
        return FALSE;
    }
    if ((flags & RRF_RT_ANY) == RRF_RT_QWORD && size != 8) {
        *ret_error = ERROR_INVALID_DATA;
        return FALSE;
    }
    return TRUE;
}

/* The value as RegGetValueW gives it: terminated, expanded; a heap block. */
static LSTATUS read_checked(HKEY key, const WCHAR *path, const WCHAR *name, DWORD flags, DWORD *ret_type,
                            WCHAR **ret_data, DWORD *ret_size)
{
    HKEY target = key;
    void *data;
    DWORD size, type;
    LSTATUS error = ERROR_SUCCESS;
    if (path && *path) {
        REGSAM view = flags & 0x10000 ? KEY_WOW64_64KEY : flags & 0x20000 ? KEY_WOW64_32KEY : 0;
        error = RegOpenKeyExW(key, path, 0, KEY_QUERY_VALUE | view, &target);
    }
    if (error)
        return error;
    error = registry_read(target, name, &type, &data, &size);
    if (target != key)
        RegCloseKey(target);
    if (error)
        return error;
    if (registry_is_text(type)) {
        /* room for terminators */
        DWORD units = size / sizeof(WCHAR);
        WCHAR *text = RtlReAllocateHeap(process_heap(), 0, data, (units + 2) * sizeof *text);
        if (!text) {
            RtlFreeHeap(process_heap(), 0, data);
            return ERROR_OUTOFMEMORY;
        }
        if (!units || text[units - 1])
            text[units++] = 0;
        if (type == REG_MULTI_SZ && (units < 2 || text[units - 2]))
            text[units++] = 0;
        data = text;
        size = units * sizeof *text;
        if (type == REG_EXPAND_SZ && !(flags & RRF_NOEXPAND)) {
            DWORD needed = ExpandEnvironmentStringsW(text, NULL, 0);
            WCHAR *expanded = RtlAllocateHeap(process_heap(), 0, needed * sizeof *expanded);
            if (!expanded) {
                RtlFreeHeap(process_heap(), 0, data);
                return ERROR_OUTOFMEMORY;
            }
            ExpandEnvironmentStringsW(text, expanded, needed);
            RtlFreeHeap(process_heap(), 0, data);
            data = expanded;
            size = needed * sizeof *expanded;
            type = REG_SZ;
        }
    }
    if (!type_allowed(flags, type, size, &error)) {
        RtlFreeHeap(process_heap(), 0, data);
        return error;
    }
    *ret_type = type;
    *ret_data = data;
    *ret_size = size;
    return ERROR_SUCCESS;
}

LSTATUS WINAPI RegGetValueW(HKEY key, LPCWSTR path, LPCWSTR name, DWORD flags, LPDWORD type, PVOID data,
                            LPDWORD size)
{
    WCHAR *value;
    DWORD value_type, value_size;
    if (data && !size)
        return ERROR_INVALID_PARAMETER;
    if ((flags & RRF_RT_REG_EXPAND_SZ) && !(flags & RRF_NOEXPAND) && (flags & RRF_RT_ANY) != RRF_RT_ANY)
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = read_checked(key, path, name, flags, &value_type, &value, &value_size);
    if (error) {
        if (data && size && flags & RRF_ZEROONFAILURE)
            RtlZeroMemory(data, *size);
        return error;
    }
    if (data) {
        if (value_size <= *size)
            RtlMoveMemory(data, value, value_size);
        else {
            error = ERROR_MORE_DATA;
            if (flags & RRF_ZEROONFAILURE)
                RtlZeroMemory(data, *size);
        }
    }
    if (size)
        *size = value_size;
    if (type)
        *type = value_type;
    RtlFreeHeap(process_heap(), 0, value);
    return error;
}

LSTATUS WINAPI RegGetValueA(HKEY key, LPCSTR path, LPCSTR name, DWORD flags, LPDWORD type, PVOID data,
                            LPDWORD size)
{
    WCHAR *wide_path, *wide_name, *value = NULL;
    DWORD value_type, value_size;
    if (data && !size)
        return ERROR_INVALID_PARAMETER;
    if ((flags & RRF_RT_REG_EXPAND_SZ) && !(flags & RRF_NOEXPAND) && (flags & RRF_RT_ANY) != RRF_RT_ANY)
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = registry_wide(path, &wide_path);
    if (error)
        return error;
    error = registry_wide(name, &wide_name);
    if (!error) {
        error = read_checked(key, wide_path, wide_name, flags, &value_type, &value, &value_size);
        free_wide(wide_name);
    }
    free_wide(wide_path);
    if (error) {
        if (data && flags & RRF_ZEROONFAILURE)
            RtlZeroMemory(data, *size);
        return error;
    }
    DWORD room = data ? *size : 0, length = value_size;
    if (registry_is_text(value_type))
        length = registry_text_to_ansi(value, value_size, data, room);
    else if (data && length <= room)
        RtlMoveMemory(data, value, length);
    if (data && length > room) {
        error = ERROR_MORE_DATA;
        if (flags & RRF_ZEROONFAILURE)
            RtlZeroMemory(data, *size);
    }
    if (size)
        *size = length;
    if (type)
        *type = value_type;
    RtlFreeHeap(process_heap(), 0, value);
    return error;
}

/* ---------------------------------------------------------------- strings from resources */

/* "@[path\\]file,-number", with environment variables: the module's file and the number. */
static BOOL split_reference(WCHAR *text, const WCHAR **ret_file, UINT *ret_number)
{
    WCHAR *comma = NULL;
    if (*text != '@')
        return FALSE;
    for (WCHAR *at = text; *at && *at != ';'; at++)
        if (*at == ',' && at[1] == '-')
            comma = at;
    if (!comma)
        return FALSE;
    UINT number = 0;
    const WCHAR *digit = comma + 2;
    for (; *digit >= '0' && *digit <= '9'; digit++)
        number = number * 10 + (UINT)(*digit - '0');
    if (digit == comma + 2)
        return FALSE;
    *comma = 0;
    *ret_file = text + 1;
    *ret_number = number;
    return TRUE;
}

static LSTATUS load_reference(WCHAR *text, const WCHAR *directory, const WCHAR **ret_text, DWORD *ret_units,
                              HMODULE *ret_module)
{
    const WCHAR *file;
    WCHAR path[1024];
    UINT number;
    if (!split_reference(text, &file, &number))
        return ERROR_INVALID_DATA;
    DWORD length = directory ? (DWORD)lstrlenW(directory) : 0;
    if (length + (DWORD)lstrlenW(file) + 2 > ARRAYSIZE(path))
        return ERROR_FILENAME_EXCED_RANGE;
    if (length) {
        RtlMoveMemory(path, directory, length * sizeof *path);
        if (path[length - 1] != '\\')
            path[length++] = '\\';
    }
    RtlMoveMemory(path + length, file, (lstrlenW(file) + 1) * sizeof *path);
    HMODULE module = LoadLibraryExW(path, NULL, LOAD_LIBRARY_AS_DATAFILE | LOAD_LIBRARY_AS_IMAGE_RESOURCE);
    if (!module)
        return (LSTATUS)GetLastError();
    int units = LoadStringW(module, number, (WCHAR *)ret_text, 0); /* a pointer to the resource itself */
    if (units <= 0) {
        FreeLibrary(module);
        return ERROR_RESOURCE_NAME_NOT_FOUND;
    }
    *ret_units = (DWORD)units;
    *ret_module = module;
    return ERROR_SUCCESS;
}

LSTATUS WINAPI RegLoadMUIStringW(HKEY key, LPCWSTR name, LPWSTR buffer, DWORD size, LPDWORD used, DWORD flags,
                                 LPCWSTR directory)
{
    WCHAR *text, *expanded = NULL;
    DWORD type, bytes;
    HMODULE module = NULL;
    if (flags & ~(DWORD)REG_MUI_STRING_TRUNCATE || (flags & REG_MUI_STRING_TRUNCATE && used) ||
        (!buffer && !used) || (!buffer && size))
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = registry_read(key, name, &type, (void **)&text, &bytes);
    if (error)
        return error;
    text[bytes / sizeof *text] = 0;
    const WCHAR *result = text;
    DWORD units = (DWORD)lstrlenW(text);
    if (type != REG_SZ && type != REG_EXPAND_SZ) {
        error = ERROR_FILE_NOT_FOUND;
    } else {
        DWORD needed = ExpandEnvironmentStringsW(text, NULL, 0);
        expanded = RtlAllocateHeap(process_heap(), 0, needed * sizeof *expanded);
        if (!expanded)
            error = ERROR_OUTOFMEMORY;
        else if (ExpandEnvironmentStringsW(text, expanded, needed) && *text == '@')
            error = load_reference(expanded, directory, &result, &units, &module);
    }
    if (!error && units >= size / sizeof(WCHAR)) {
        if (flags & REG_MUI_STRING_TRUNCATE && size >= sizeof(WCHAR))
            units = size / sizeof(WCHAR) - 1;
        else
            error = ERROR_MORE_DATA;
    }
    if (!error) {
        RtlMoveMemory(buffer, result, units * sizeof *buffer);
        buffer[units] = 0;
    }
    if (used && (!error || error == ERROR_MORE_DATA))
        *used = (units + 1) * sizeof *buffer;
    if (module)
        FreeLibrary(module);
    if (expanded)
        RtlFreeHeap(process_heap(), 0, expanded);
    RtlFreeHeap(process_heap(), 0, text);
    return error;
}

/* Documented: only the Unicode form is there. */
LSTATUS WINAPI RegLoadMUIStringA(HKEY key, LPCSTR name, LPSTR buffer, DWORD size, LPDWORD used, DWORD flags,
                                 LPCSTR directory)
{
    (void)key, (void)name, (void)buffer, (void)size, (void)used, (void)flags, (void)directory;
    return ERROR_CALL_NOT_IMPLEMENTED;
}

/* ---------------------------------------------------------------- several values at once */

enum { MOST_MULTIPLE = 0x100000 }; /* documented: no more than a megabyte at once */

/* All values as they are at one moment, in a heap block of *size bytes; the entries say where. */
static LSTATUS read_multiple(HKEY key, KEY_VALUE_ENTRY *entries, DWORD count, BYTE **ret_data,
                             ULONG *ret_size)
{
    HANDLE handle;
    ULONG room = 0, needed = 0;
    NTSTATUS status;
    BYTE *data = NULL;
    LSTATUS error = registry_handle(key, &handle);
    if (error)
        return error;
    do {
        if (data)
            RtlFreeHeap(process_heap(), 0, data);
        room = needed;
        data = RtlAllocateHeap(process_heap(), 0, room + 4);
        if (!data)
            return ERROR_OUTOFMEMORY;
        status = NtQueryMultipleValueKey(handle, entries, count, data, &room, &needed);
    } while (status == STATUS_BUFFER_OVERFLOW && needed <= MOST_MULTIPLE);
    if (!NT_SUCCESS(status)) {
        RtlFreeHeap(process_heap(), 0, data);
        return status == STATUS_BUFFER_OVERFLOW         ? ERROR_NO_SYSTEM_RESOURCES
               : status == STATUS_OBJECT_NAME_NOT_FOUND ? ERROR_CANTREAD
                                                        : registry_error(status);
    }
    *ret_data = data;
    *ret_size = room;
    return ERROR_SUCCESS;
}

static KEY_VALUE_ENTRY *make_entries(DWORD count)
{
    return RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY,
                           (SIZE_T)count * (sizeof(KEY_VALUE_ENTRY) + sizeof(UNICODE_STRING)) + 1);
}

LSTATUS WINAPI RegQueryMultipleValuesW(HKEY key, PVALENTW list, DWORD count, LPWSTR buffer, LPDWORD size)
{
    BYTE *data;
    ULONG bytes;
    if (!list || !size || (!buffer && *size))
        return ERROR_INVALID_PARAMETER;
    if (count > MOST_MULTIPLE / sizeof *list)
        return ERROR_NO_SYSTEM_RESOURCES;
    KEY_VALUE_ENTRY *entries = make_entries(count);
    if (!entries)
        return ERROR_OUTOFMEMORY;
    UNICODE_STRING *names = (UNICODE_STRING *)(entries + count);
    for (DWORD i = 0; i < count; i++) {
        registry_string(&names[i], list[i].ve_valuename);
        entries[i].ValueName = &names[i];
    }
    LSTATUS error = read_multiple(key, entries, count, &data, &bytes);
    if (!error) {
        for (DWORD i = 0; i < count; i++) {
            list[i].ve_valuelen = entries[i].DataLength;
            list[i].ve_type = entries[i].Type;
            list[i].ve_valueptr = (DWORD_PTR)buffer + entries[i].DataOffset;
        }
        if (bytes <= *size)
            RtlMoveMemory(buffer, data, bytes);
        else
            error = ERROR_MORE_DATA;
        *size = bytes;
        RtlFreeHeap(process_heap(), 0, data);
    }
    RtlFreeHeap(process_heap(), 0, entries);
    return error;
}

LSTATUS WINAPI RegQueryMultipleValuesA(HKEY key, PVALENTA list, DWORD count, LPSTR buffer, LPDWORD size)
{
    BYTE *data = NULL;
    ULONG bytes;
    LSTATUS error = ERROR_SUCCESS;
    if (!list || !size || (!buffer && *size))
        return ERROR_INVALID_PARAMETER;
    if (count > MOST_MULTIPLE / sizeof *list)
        return ERROR_NO_SYSTEM_RESOURCES;
    KEY_VALUE_ENTRY *entries = make_entries(count);
    if (!entries)
        return ERROR_OUTOFMEMORY;
    UNICODE_STRING *names = (UNICODE_STRING *)(entries + count);
    for (DWORD i = 0; i < count && !error; i++) {
        WCHAR *wide;
        error = registry_wide(list[i].ve_valuename, &wide);
        if (!error)
            registry_string(&names[i], wide ? wide : L"");
        entries[i].ValueName = &names[i];
    }
    if (!error)
        error = read_multiple(key, entries, count, &data, &bytes);
    if (!error) {
        DWORD at = 0, room = *size;
        for (DWORD i = 0; i < count; i++) {
            const BYTE *value = data + entries[i].DataOffset;
            DWORD length = entries[i].DataLength;
            at = (at + 3) & ~3u;
            if (registry_is_text(entries[i].Type))
                length = registry_text_to_ansi(value, length, at < room ? (BYTE *)buffer + at : NULL,
                                               at < room ? room - at : 0);
            else if (at + length <= room)
                RtlMoveMemory(buffer + at, value, length);
            list[i].ve_valuelen = length;
            list[i].ve_type = entries[i].Type;
            list[i].ve_valueptr = (DWORD_PTR)buffer + at;
            at += length;
        }
        if (at > room)
            error = ERROR_MORE_DATA;
        *size = at;
        RtlFreeHeap(process_heap(), 0, data);
    }
    for (DWORD i = 0; i < count; i++)
        if (list[i].ve_valuename)
            free_wide(names[i].Buffer);
    RtlFreeHeap(process_heap(), 0, entries);
    return error;
}
