/*
 * Registry values: set, query, enumerate, delete; ANSI forms convert text data both ways.
 */
#include "registry.h"
#include <nt/nls.h>

LSTATUS WINAPI RegSetValueExW(HKEY key, LPCWSTR name, DWORD reserved, DWORD type, const BYTE *data,
                              DWORD size)
{
    HANDLE handle;
    UNICODE_STRING string;
    (void)reserved;
    LSTATUS error = registry_handle(key, &handle);
    if (error)
        return error;
    if (size && !data)
        return ERROR_NOACCESS;
    /* A string whose length leaves out its terminator gets it, if it is there. */
    if ((type == REG_SZ || type == REG_EXPAND_SZ) && size && size % sizeof(WCHAR) == 0) {
        const WCHAR *text = (const WCHAR *)data;
        DWORD units = size / sizeof(WCHAR);
        if (text[units - 1] && !text[units])
            size += sizeof(WCHAR);
    }
    registry_string(&string, name);
    return registry_error(NtSetValueKey(handle, &string, 0, type, (void *)data, size));
}

LSTATUS WINAPI RegSetValueExA(HKEY key, LPCSTR name, DWORD reserved, DWORD type, const BYTE *data, DWORD size)
{
    struct registry_name wide_name;
    WCHAR small[128], *wide = small;
    LSTATUS error = registry_name(&wide_name, name);
    if (error)
        return error;
    if (size && data && registry_is_text(type)) {
        if (type != REG_MULTI_SZ && data[size - 1] && !data[size])
            size++;
        ULONG bytes = size * sizeof(WCHAR);
        if (bytes > sizeof small)
            wide = RtlAllocateHeap(process_heap(), 0, bytes);
        if (!wide)
            error = ERROR_OUTOFMEMORY;
        else
            error = registry_error(RtlMultiByteToUnicodeN(wide, bytes, &bytes, (PCHAR)data, size));
        size = bytes;
        data = (const BYTE *)wide;
    }
    if (!error)
        error = RegSetValueExW(key, wide_name.text, reserved, type, data, size);
    if (wide != small)
        free_wide(wide);
    registry_free_name(&wide_name);
    return error;
}

LSTATUS WINAPI RegSetKeyValueW(HKEY key, LPCWSTR path, LPCWSTR name, DWORD type, LPCVOID data, DWORD size)
{
    HKEY target = key;
    LSTATUS error = ERROR_SUCCESS;
    if (path && *path)
        error = RegCreateKeyExW(key, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &target, NULL);
    if (error)
        return error;
    error = RegSetValueExW(target, name, 0, type, data, size);
    if (target != key)
        RegCloseKey(target);
    return error;
}

LSTATUS WINAPI RegSetKeyValueA(HKEY key, LPCSTR path, LPCSTR name, DWORD type, LPCVOID data, DWORD size)
{
    HKEY target = key;
    LSTATUS error = ERROR_SUCCESS;
    if (path && *path)
        error = RegCreateKeyExA(key, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &target, NULL);
    if (error)
        return error;
    error = RegSetValueExA(target, name, 0, type, data, size);
    if (target != key)
        RegCloseKey(target);
    return error;
}

LSTATUS WINAPI RegSetValueW(HKEY key, LPCWSTR path, DWORD type, LPCWSTR data, DWORD size)
{
    (void)size; /* documented: ignored, the string's own length counts */
    if (type != REG_SZ || !data)
        return ERROR_INVALID_PARAMETER;
    return RegSetKeyValueW(key, path, NULL, REG_SZ, data, (DWORD)(lstrlenW(data) + 1) * sizeof(WCHAR));
}

LSTATUS WINAPI RegSetValueA(HKEY key, LPCSTR path, DWORD type, LPCSTR data, DWORD size)
{
    (void)size;
    if (type != REG_SZ || !data)
        return ERROR_INVALID_PARAMETER;
    return RegSetKeyValueA(key, path, NULL, REG_SZ, data, (DWORD)lstrlenA(data) + 1);
}

LSTATUS WINAPI RegDeleteValueW(HKEY key, LPCWSTR name)
{
    HANDLE handle;
    UNICODE_STRING string;
    LSTATUS error;
    if (registry_is_merged(key)) { /* the one that is seen */
        struct registry_sides sides;
        error = ERROR_FILE_NOT_FOUND;
        if (!registry_merged_sides(key, KEY_SET_VALUE, &sides))
            return ERROR_INVALID_HANDLE;
        for (int i = 0; i < 2 && error == ERROR_FILE_NOT_FOUND; i++)
            if (sides.side[i])
                error = RegDeleteValueW(sides.side[i], name);
        registry_close_sides(&sides);
        return error;
    }
    error = registry_handle(key, &handle);
    registry_string(&string, name);
    return error ? error : registry_error(NtDeleteValueKey(handle, &string));
}

LSTATUS WINAPI RegDeleteValueA(HKEY key, LPCSTR name)
{
    WCHAR *wide;
    LSTATUS error = registry_wide(name, &wide);
    if (!error) {
        error = RegDeleteValueW(key, wide);
        free_wide(wide);
    }
    return error;
}

LSTATUS WINAPI RegDeleteKeyValueW(HKEY key, LPCWSTR path, LPCWSTR name)
{
    HKEY target = key;
    LSTATUS error = ERROR_SUCCESS;
    if (path && *path && (error = RegOpenKeyExW(key, path, 0, KEY_SET_VALUE, &target)))
        return error;
    error = RegDeleteValueW(target, name);
    if (target != key)
        RegCloseKey(target);
    return error;
}

LSTATUS WINAPI RegDeleteKeyValueA(HKEY key, LPCSTR path, LPCSTR name)
{
    WCHAR *wide_path, *wide_name;
    LSTATUS error = registry_wide(path, &wide_path);
    if (error)
        return error;
    error = registry_wide(name, &wide_name);
    if (!error) {
        error = RegDeleteKeyValueW(key, wide_path, wide_name);
        free_wide(wide_name);
    }
    free_wide(wide_path);
    return error;
}

/* The user's value, or else the machine's. */
static LSTATUS query_merged(HKEY key, const WCHAR *name, DWORD *type, BYTE *data, DWORD *size)
{
    struct registry_sides sides;
    LSTATUS error = ERROR_FILE_NOT_FOUND;
    DWORD room = size ? *size : 0;
    if (!registry_merged_sides(key, KEY_QUERY_VALUE, &sides))
        return ERROR_INVALID_HANDLE;
    for (int i = 0; i < 2 && error == ERROR_FILE_NOT_FOUND; i++)
        if (sides.side[i]) {
            if (size)
                *size = room;
            error = RegQueryValueExW(sides.side[i], name, NULL, type, data, size);
        }
    registry_close_sides(&sides);
    return error;
}

LSTATUS WINAPI RegQueryValueExW(HKEY key, LPCWSTR name, LPDWORD reserved, LPDWORD type, LPBYTE data,
                                LPDWORD size)
{
    HANDLE handle;
    UNICODE_STRING string;
    union {
        KEY_VALUE_PARTIAL_INFORMATION partial;
        BYTE bytes[512];
    } small;
    KEY_VALUE_PARTIAL_INFORMATION *information = &small.partial;
    ULONG header = offsetof(KEY_VALUE_PARTIAL_INFORMATION, Data), room = sizeof small, result;
    if (reserved || (data && !size))
        return ERROR_INVALID_PARAMETER;
    if (registry_is_merged(key))
        return query_merged(key, name, type, data, size);
    LSTATUS error = registry_handle(key, &handle);
    if (error)
        return error;
    registry_string(&string, name);
    if (data && *size + header > room) {
        room = *size + header;
        information = RtlAllocateHeap(process_heap(), 0, room);
        if (!information)
            return ERROR_OUTOFMEMORY;
    }
    NTSTATUS status = NtQueryValueKey(handle, &string, KeyValuePartialInformation, information, room,
                                      &result);
    if (!NT_SUCCESS(status) && status != STATUS_BUFFER_OVERFLOW) {
        error = registry_error(status);
        if (type && error == ERROR_FILE_NOT_FOUND)
            *type = REG_NONE;
        if (size && error == ERROR_FILE_NOT_FOUND)
            *size = 0;
    } else {
        ULONG length = information->DataLength;
        if (data && length <= *size) {
            RtlMoveMemory(data, information->Data, length);
            /* text that was stored without its terminator gets one where there is room */
            if (registry_is_text(information->Type) && *size - length >= sizeof(WCHAR))
                *(UNALIGNED WCHAR *)(data + length) = 0;
        } else if (data) {
            error = ERROR_MORE_DATA;
        }
        if (size)
            *size = length;
        if (type)
            *type = information->Type;
    }
    if (information != &small.partial)
        RtlFreeHeap(process_heap(), 0, information);
    return error;
}

DWORD registry_text_to_ansi(const void *data, DWORD size, BYTE *to, DWORD room)
{
    ULONG bytes = 0;
    RtlUnicodeToMultiByteSize(&bytes, (PWCH)data, size & ~1u);
    if (to && bytes <= room)
        RtlUnicodeToMultiByteN((PCHAR)to, room, &bytes, (PWCH)data, size & ~1u);
    return bytes;
}

LSTATUS WINAPI RegQueryValueExA(HKEY key, LPCSTR name, LPDWORD reserved, LPDWORD type, LPBYTE data,
                                LPDWORD size)
{
    union {
        KEY_VALUE_PARTIAL_INFORMATION information;
        BYTE bytes[512];
    } small; /* most names and values fit on the stack */
    struct registry_name wide;
    HANDLE handle;
    UNICODE_STRING string;
    void *value = small.information.Data, *block = NULL;
    DWORD value_type, value_size, length;
    ULONG bytes;
    if (reserved || (data && !size))
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = registry_handle(key, &handle);
    if (!error)
        error = registry_name(&wide, name);
    if (error)
        return error;
    if (wide.bytes && wide.bytes <= UNICODE_STRING_MAX_BYTES)
        string = (UNICODE_STRING){(USHORT)(wide.bytes - sizeof(WCHAR)), (USHORT)wide.bytes, wide.text};
    else
        registry_string(&string, wide.text);
    NTSTATUS status = STATUS_BUFFER_OVERFLOW;
    if (!registry_is_merged(key))
        status = NtQueryValueKey(handle, &string, KeyValuePartialInformation, &small, sizeof small, &bytes);
    if (status == STATUS_BUFFER_OVERFLOW) {
        error = registry_read(key, string.Buffer, &value_type, &block, &value_size);
        value = block;
    } else {
        error = registry_error(status);
        value_type = small.information.Type;
        value_size = small.information.DataLength;
    }
    registry_free_name(&wide);
    if (error) {
        if (error == ERROR_FILE_NOT_FOUND && type)
            *type = REG_NONE;
        return error;
    }
    DWORD room = data ? *size : 0;
    length = value_size;
    if (registry_is_text(value_type)) {
        length = registry_text_to_ansi(value, value_size, data, room);
        if (data && length < room)
            data[length] = 0;
    } else if (data && length <= room) {
        RtlMoveMemory(data, value, length);
    }
    if (data && length > room)
        error = ERROR_MORE_DATA;
    if (size)
        *size = length;
    if (type)
        *type = value_type;
    if (block)
        RtlFreeHeap(process_heap(), 0, block);
    return error;
}

LSTATUS WINAPI RegQueryValueW(HKEY key, LPCWSTR path, LPWSTR data, PLONG size)
{
    HKEY target = key;
    LSTATUS error = ERROR_SUCCESS;
    if (path && *path && (error = RegOpenKeyExW(key, path, 0, KEY_QUERY_VALUE, &target)))
        return error;
    LONG room = size ? *size : 0;
    error = RegQueryValueExW(target, NULL, NULL, NULL, (LPBYTE)data, (LPDWORD)size);
    if (target != key)
        RegCloseKey(target);
    if (error == ERROR_FILE_NOT_FOUND) {
        /* a key without default value has an empty one */
        if (data && room >= (LONG)sizeof(WCHAR))
            *data = 0;
        if (size)
            *size = sizeof(WCHAR);
        error = ERROR_SUCCESS;
    }
    return error;
}

LSTATUS WINAPI RegQueryValueA(HKEY key, LPCSTR path, LPSTR data, PLONG size)
{
    HKEY target = key;
    LSTATUS error = ERROR_SUCCESS;
    if (path && *path && (error = RegOpenKeyExA(key, path, 0, KEY_QUERY_VALUE, &target)))
        return error;
    LONG room = size ? *size : 0;
    error = RegQueryValueExA(target, NULL, NULL, NULL, (LPBYTE)data, (LPDWORD)size);
    if (target != key)
        RegCloseKey(target);
    if (error == ERROR_FILE_NOT_FOUND) {
        if (data && room > 0)
            *data = 0;
        if (size)
            *size = 1;
        error = ERROR_SUCCESS;
    }
    return error;
}

/* Room for most values on the stack; the rest is fetched into the heap. */
union value_buffer {
    KEY_VALUE_FULL_INFORMATION information;
    BYTE bytes[768];
};

/* *ret_information is in the buffer, or on the heap: release with free_value. */
static LSTATUS enumerate_value(HKEY key, DWORD index, union value_buffer *buffer,
                               KEY_VALUE_FULL_INFORMATION **ret_information)
{
    HANDLE handle;
    KEY_VALUE_FULL_INFORMATION *information = &buffer->information;
    ULONG room = sizeof *buffer;
    LSTATUS error;
    if (registry_is_merged(key)) {
        struct registry_sides sides;
        HKEY side;
        if (!registry_merged_sides(key, KEY_QUERY_VALUE, &sides))
            return ERROR_INVALID_HANDLE;
        error = registry_merged_number(key, &sides, index, TRUE, &side, &index);
        if (!error)
            error = enumerate_value(side, index, buffer, ret_information);
        registry_close_sides(&sides);
        return error;
    }
    error = registry_handle(key, &handle);
    if (error)
        return error;
    NTSTATUS status = NtEnumerateValueKey(handle, index, KeyValueFullInformation, information, room, &room);
    while (status == STATUS_BUFFER_OVERFLOW) {
        if (information != &buffer->information)
            RtlFreeHeap(process_heap(), 0, information);
        information = RtlAllocateHeap(process_heap(), 0, room);
        if (!information)
            return ERROR_OUTOFMEMORY;
        status = NtEnumerateValueKey(handle, index, KeyValueFullInformation, information, room, &room);
    }
    if (NT_SUCCESS(status)) {
        *ret_information = information;
        return ERROR_SUCCESS;
    }
    if (information != &buffer->information)
        RtlFreeHeap(process_heap(), 0, information);
    return registry_error(status);
}

static void free_value(union value_buffer *buffer, KEY_VALUE_FULL_INFORMATION *information)
{
    if (information != &buffer->information)
        RtlFreeHeap(process_heap(), 0, information);
}

LSTATUS WINAPI RegEnumValueW(HKEY key, DWORD index, LPWSTR name, LPDWORD name_length, LPDWORD reserved,
                             LPDWORD type, LPBYTE data, LPDWORD size)
{
    union value_buffer buffer;
    KEY_VALUE_FULL_INFORMATION *information;
    if (reserved || !name || !name_length || (data && !size))
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = enumerate_value(key, index, &buffer, &information);
    if (error)
        return error;
    DWORD units = information->NameLength / sizeof(WCHAR);
    if (units >= *name_length) {
        error = ERROR_MORE_DATA;
    } else {
        RtlMoveMemory(name, information->Name, information->NameLength);
        name[units] = 0;
        *name_length = units;
        if (data && information->DataLength > *size)
            error = ERROR_MORE_DATA;
        else if (data)
            RtlMoveMemory(data, (BYTE *)information + information->DataOffset, information->DataLength);
        if (size)
            *size = information->DataLength;
        if (type)
            *type = information->Type;
    }
    free_value(&buffer, information);
    return error;
}

LSTATUS WINAPI RegEnumValueA(HKEY key, DWORD index, LPSTR name, LPDWORD name_length, LPDWORD reserved,
                             LPDWORD type, LPBYTE data, LPDWORD size)
{
    union value_buffer buffer;
    KEY_VALUE_FULL_INFORMATION *information;
    ULONG needed;
    if (reserved || !name || !name_length || (data && !size))
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = enumerate_value(key, index, &buffer, &information);
    if (error)
        return error;
    RtlUnicodeToMultiByteSize(&needed, information->Name, information->NameLength);
    if (needed >= *name_length) {
        error = ERROR_MORE_DATA;
    } else {
        void *value = (BYTE *)information + information->DataOffset;
        DWORD room = data ? *size : 0, length = information->DataLength;
        RtlUnicodeToMultiByteN(name, *name_length, &needed, information->Name, information->NameLength);
        name[needed] = 0;
        *name_length = needed;
        if (registry_is_text(information->Type))
            length = registry_text_to_ansi(value, length, data, room);
        else if (data && length <= room)
            RtlMoveMemory(data, value, length);
        if (data && length > room)
            error = ERROR_MORE_DATA;
        if (size)
            *size = length;
        if (type)
            *type = information->Type;
    }
    free_value(&buffer, information);
    return error;
}
