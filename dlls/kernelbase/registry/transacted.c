/*
 * Registry keys in transactions. What is opened or created with a transaction is seen and changed in it;
 * below HKEY_CLASSES_ROOT the user's key comes before the machine's, as without one.
 */
#include "registry.h"

LSTATUS WINAPI RegOpenKeyTransactedW(HKEY key, LPCWSTR path, DWORD options, REGSAM access, PHKEY result,
                                     HANDLE transaction, PVOID extended)
{
    HANDLE root, handle;
    UNICODE_STRING string;
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, &string, OBJ_CASE_INSENSITIVE, NULL, NULL};
    if (!result || extended)
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = registry_handle(key, &root);
    if (error)
        return error;
    registry_string(&string, path);
    if (string.Length && *string.Buffer == '\\')
        return ERROR_BAD_PATHNAME;
    *result = NULL;
    options &= REG_OPTION_OPEN_LINK;
    if (registry_is_merged(key)) {
        struct registry_sides sides;
        error = ERROR_FILE_NOT_FOUND;
        if (!registry_merged_sides(key, MAXIMUM_ALLOWED, &sides))
            return ERROR_INVALID_HANDLE;
        for (int i = 0; i < 2 && error == ERROR_FILE_NOT_FOUND; i++)
            if (sides.side[i])
                error = RegOpenKeyTransactedW(sides.side[i], path, options, access, result, transaction,
                                              NULL);
        registry_close_sides(&sides);
        return error;
    }
    attributes.RootDirectory = root;
    NTSTATUS status = NtOpenKeyTransactedEx(&handle, access, &attributes, options, transaction);
    if (NT_SUCCESS(status))
        *result = (HKEY)handle;
    return registry_error(status);
}

LSTATUS WINAPI RegOpenKeyTransactedA(HKEY key, LPCSTR path, DWORD options, REGSAM access, PHKEY result,
                                     HANDLE transaction, PVOID extended)
{
    struct registry_name wide;
    LSTATUS error = registry_name(&wide, path);
    if (!error) {
        error = RegOpenKeyTransactedW(key, wide.text, options, access, result, transaction, extended);
        registry_free_name(&wide);
    }
    return error;
}

LSTATUS WINAPI RegCreateKeyTransactedW(HKEY key, LPCWSTR path, DWORD reserved, LPWSTR class, DWORD options,
                                       REGSAM access, const LPSECURITY_ATTRIBUTES security, PHKEY result,
                                       LPDWORD disposition, HANDLE transaction, PVOID extended)
{
    HANDLE root, handle, place_root = NULL;
    UNICODE_STRING string, class_string, place = {0};
    ULONG made;
    if (reserved || !result || extended || options & ~(DWORD)REG_LEGAL_OPTION)
        return ERROR_INVALID_PARAMETER;
    if (!path)
        return ERROR_BADKEY;
    LSTATUS error = registry_handle(key, &root);
    if (error)
        return error;
    registry_string(&string, path);
    registry_string(&class_string, class);
    if (string.Length && *string.Buffer == '\\')
        return ERROR_BAD_PATHNAME;
    if (registry_is_merged(key)) {
        error = RegOpenKeyTransactedW(key, path, options, access, result, transaction, NULL);
        if (!error && disposition)
            *disposition = REG_OPENED_EXISTING_KEY;
        if (error != ERROR_FILE_NOT_FOUND)
            return error;
        error = registry_merged_place(key, &string, access, &place_root, &place);
        if (error)
            return error;
        root = place_root;
        string = place;
    }
    error = registry_error(registry_create_below(root, &string, &class_string, options, access, security,
                                                 transaction, &handle, &made));
    if (place_root) {
        NtClose(place_root);
        RtlFreeHeap(process_heap(), 0, place.Buffer);
    }
    if (error)
        return error;
    *result = (HKEY)handle;
    if (disposition)
        *disposition = made;
    return ERROR_SUCCESS;
}

LSTATUS WINAPI RegCreateKeyTransactedA(HKEY key, LPCSTR path, DWORD reserved, LPSTR class, DWORD options,
                                       REGSAM access, const LPSECURITY_ATTRIBUTES security, PHKEY result,
                                       LPDWORD disposition, HANDLE transaction, PVOID extended)
{
    struct registry_name wide, wide_class;
    LSTATUS error = registry_name(&wide, path);
    if (error)
        return error;
    error = registry_name(&wide_class, class);
    if (!error) {
        error = RegCreateKeyTransactedW(key, wide.text, reserved, wide_class.text, options, access, security,
                                        result, disposition, transaction, extended);
        registry_free_name(&wide_class);
    }
    registry_free_name(&wide);
    return error;
}

LSTATUS WINAPI RegDeleteKeyTransactedW(HKEY key, LPCWSTR path, REGSAM view, DWORD reserved,
                                       HANDLE transaction, PVOID extended)
{
    HKEY target;
    if (reserved || !path || extended)
        return ERROR_INVALID_PARAMETER;
    LSTATUS error = RegOpenKeyTransactedW(key, path, REG_OPTION_OPEN_LINK, DELETE | view, &target,
                                          transaction, NULL);
    if (!error) {
        error = registry_error(NtDeleteKey(target));
        RegCloseKey(target);
        if (error == ERROR_INVALID_FUNCTION)
            error = ERROR_ACCESS_DENIED;
    }
    return error;
}

LSTATUS WINAPI RegDeleteKeyTransactedA(HKEY key, LPCSTR path, REGSAM view, DWORD reserved, HANDLE transaction,
                                       PVOID extended)
{
    struct registry_name wide;
    LSTATUS error = registry_name(&wide, path);
    if (!error) {
        error = RegDeleteKeyTransactedW(key, wide.text, view, reserved, transaction, extended);
        registry_free_name(&wide);
    }
    return error;
}
