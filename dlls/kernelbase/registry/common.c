/*
 * The registry API's shared parts; see registry.h.
 */
#include "registry.h"
#include <nt/nls.h>

static HANDLE predefined[8];
static HANDLE overrides[8];

static const WCHAR *const paths[8] = {
    L"\\REGISTRY\\MACHINE\\SOFTWARE\\Classes",
    L"\\REGISTRY\\USER\\Current",
    L"\\REGISTRY\\MACHINE",
    L"\\REGISTRY\\USER",
    NULL, /* performance data */
    L"\\REGISTRY\\MACHINE\\SYSTEM\\CurrentControlSet\\Hardware Profiles\\Current",
    NULL, /* dynamic data */
    L"\\REGISTRY\\USER\\Current\\Software\\Classes\\Local Settings",
};

static NTSTATUS open_path(const WCHAR *path, HANDLE *ret_handle)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, &name, OBJ_CASE_INSENSITIVE, NULL, NULL};
    RtlInitUnicodeString(&name, path);
    NTSTATUS status = NtOpenKey(ret_handle, MAXIMUM_ALLOWED, &attributes);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND)
        status = NtCreateKey(ret_handle, MAXIMUM_ALLOWED, &attributes, 0, NULL, 0, NULL);
    return status;
}

/* Opens once; two threads at a time leave one of the handles over, which is closed. */
static LSTATUS open_once(HANDLE *slot, const WCHAR *path, HANDLE *ret_handle)
{
    HANDLE handle = *(HANDLE volatile *)slot;
    if (!handle) {
        NTSTATUS status = open_path(path, &handle);
        if (!NT_SUCCESS(status))
            return registry_error(status);
        HANDLE other = InterlockedCompareExchangePointer(slot, handle, NULL);
        if (other) {
            NtClose(handle);
            handle = other;
        }
    }
    *ret_handle = handle;
    return ERROR_SUCCESS;
}

LSTATUS registry_handle(HKEY key, HANDLE *ret_handle)
{
    ULONG_PTR index = (ULONG_PTR)key & 0x7fffffff;
    if (!key)
        return ERROR_INVALID_HANDLE;
    /* 0x80000000 and on, sign-extended or not */
    if (!((ULONG_PTR)key & 0x80000000) || index >= ARRAYSIZE(paths)) {
        *ret_handle = key;
        return ERROR_SUCCESS;
    }
    if (overrides[index]) {
        *ret_handle = overrides[index];
        return ERROR_SUCCESS;
    }
    if (!paths[index])
        return ERROR_INVALID_HANDLE;
    return open_once(&predefined[index], paths[index], ret_handle);
}

BOOL registry_is_overridden(HKEY key)
{
    return overrides[(ULONG_PTR)key & (ARRAYSIZE(overrides) - 1)] != NULL;
}

LSTATUS WINAPI RegOverridePredefKey(HKEY key, HKEY replacement)
{
    ULONG_PTR index = (ULONG_PTR)key & 0x7fffffff;
    HANDLE copy = NULL;
    if (!((ULONG_PTR)key & 0x80000000) || index >= ARRAYSIZE(paths))
        return ERROR_INVALID_HANDLE;
    if (replacement) {
        HANDLE source;
        LSTATUS error = registry_handle(replacement, &source);
        if (!error)
            error = registry_error(NtDuplicateObject(NtCurrentProcess(), source, NtCurrentProcess(), &copy, 0,
                                                     0, DUPLICATE_SAME_ACCESS));
        if (error)
            return error;
    }
    HANDLE old = InterlockedExchangePointer(&overrides[index], copy);
    if (old)
        NtClose(old);
    return ERROR_SUCCESS;
}

LSTATUS registry_wide(const char *text, WCHAR **ret_wide)
{
    return ansi_to_wide(text, ret_wide) ? ERROR_SUCCESS : (LSTATUS)GetLastError();
}

LSTATUS registry_name(struct registry_name *name, const char *text)
{
    ULONG length = text ? (ULONG)lstrlenA(text) + 1 : 0;
    if (!text || length > ARRAYSIZE(name->small)) {
        LSTATUS error = registry_wide(text, &name->text);
        name->bytes = error || !text ? 0 : (ULONG)(lstrlenW(name->text) + 1) * sizeof(WCHAR);
        return error;
    }
    name->text = name->small;
    RtlMultiByteToUnicodeN(name->text, sizeof name->small, &name->bytes, (PCHAR)text, length);
    return ERROR_SUCCESS;
}

LSTATUS registry_read(HKEY key, const WCHAR *name, DWORD *ret_type, void **ret_data, DWORD *ret_size)
{
    DWORD size = 256;
    LSTATUS error;
    void *data = NULL;
    do {
        if (data)
            RtlFreeHeap(process_heap(), 0, data);
        data = RtlAllocateHeap(process_heap(), 0, size + 2 * sizeof(WCHAR));
        if (!data)
            return ERROR_OUTOFMEMORY;
        error = RegQueryValueExW(key, name, NULL, ret_type, data, &size);
    } while (error == ERROR_MORE_DATA);
    if (error) {
        RtlFreeHeap(process_heap(), 0, data);
        return error;
    }
    *ret_size = size;
    *ret_data = data;
    return ERROR_SUCCESS;
}
