/*
 * Registry keys: what is below one, and how much of it there is.
 */
#include "registry.h"

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
    LSTATUS error;
    if (registry_is_merged(key)) {
        struct registry_sides sides;
        HKEY side;
        DWORD number;
        if (!registry_merged_sides(key, KEY_READ, &sides))
            return ERROR_INVALID_HANDLE;
        error = registry_merged_number(key, &sides, index, FALSE, &side, &number);
        if (!error)
            error = RegEnumKeyExW(side, number, name, name_length, reserved, class, class_length, time);
        registry_close_sides(&sides);
        return error;
    }
    error = registry_handle(key, &handle);
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

static void raise(DWORD *value, DWORD other)
{
    if (value && *value < other)
        *value = other;
}

/* What the user's and the machine's key are together. */
static LSTATUS query_merged(HKEY key, LPWSTR class, LPDWORD class_length, LPDWORD subkeys, LPDWORD max_subkey,
                            LPDWORD max_class, LPDWORD values, LPDWORD max_value_name, LPDWORD max_value,
                            LPDWORD security, PFILETIME time)
{
    struct registry_sides sides;
    DWORD longest[4];
    if (!registry_merged_sides(key, KEY_READ, &sides))
        return ERROR_INVALID_HANDLE;
    int first = sides.side[0] ? 0 : 1;
    LSTATUS error = RegQueryInfoKeyW(sides.side[first], class, class_length, NULL, subkeys, max_subkey,
                                     max_class, values, max_value_name, max_value, security, time);
    if (!error && first == 0 && sides.side[1]) {
        error = RegQueryInfoKeyW(sides.side[1], NULL, NULL, NULL, NULL, &longest[0], &longest[1], NULL,
                                 &longest[2], &longest[3], NULL, NULL);
        raise(max_subkey, longest[0]);
        raise(max_class, longest[1]);
        raise(max_value_name, longest[2]);
        raise(max_value, longest[3]);
        if (subkeys)
            *subkeys = registry_merged_count(&sides, FALSE);
        if (values)
            *values = registry_merged_count(&sides, TRUE);
    }
    registry_close_sides(&sides);
    return error;
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
    if (registry_is_merged(key))
        return query_merged(key, class, class_length, subkeys, max_subkey, max_class, values, max_value_name,
                            max_value, security, time);
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
