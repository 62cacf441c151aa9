/*
 * The process environment. ANSI variants convert through the ANSI code page.
 */
#include "kernelbase.h"

DWORD WINAPI GetEnvironmentVariableW(LPCWSTR name, LPWSTR value, DWORD size)
{
    SIZE_T length;
    NTSTATUS status = RtlQueryEnvironmentVariable(NULL, name, name ? wcslen(name) : 0, value,
                                                  value ? size : 0, &length);

    if (status == STATUS_BUFFER_TOO_SMALL) {
        if (value && size)
            value[0] = 0;
        return (DWORD)length;
    }
    if (!set_status(status))
        return 0;
    if (!length)
        SetLastError(ERROR_SUCCESS);
    return (DWORD)length;
}

DWORD WINAPI GetEnvironmentVariableA(LPCSTR name, LPSTR value, DWORD size)
{
    WCHAR *wide_name, local[512], *text = local;
    DWORD result = 0, length;

    if (!ansi_to_wide(name, &wide_name))
        return 0;
    SetLastError(ERROR_SUCCESS);
    length = GetEnvironmentVariableW(wide_name, text, 512);
    while (text != NULL && length >= (text == local ? 512 : result)) {
        /* too long: again on the heap, in case it still grows */
        if (text != local)
            RtlFreeHeap(process_heap(), 0, text);
        result = length;
        text = RtlAllocateHeap(process_heap(), 0, length * sizeof(WCHAR));
        if (text)
            length = GetEnvironmentVariableW(wide_name, text, length);
    }
    result = 0;
    if (!text)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    else if (length || GetLastError() == ERROR_SUCCESS) {
        DWORD needed = wide_to_ansi(text, -1, value, value ? size : 0);
        result = needed <= size && value ? needed - 1 : needed;
        if (result && result == needed && value && size)
            value[0] = 0;
    }
    if (text != local && text)
        RtlFreeHeap(process_heap(), 0, text);
    free_wide(wide_name);
    return result;
}

BOOL WINAPI SetEnvironmentVariableW(LPCWSTR name, LPCWSTR value)
{
    if (!name) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return set_status(RtlSetEnvironmentVar(NULL, name, wcslen(name), value, value ? wcslen(value) : 0));
}

BOOL WINAPI SetEnvironmentVariableA(LPCSTR name, LPCSTR value)
{
    WCHAR *wide_name, *wide_value;
    BOOL done = FALSE;

    if (!name) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!ansi_to_wide(name, &wide_name))
        return FALSE;
    if (ansi_to_wide(value, &wide_value)) {
        done = SetEnvironmentVariableW(wide_name, wide_value);
        free_wide(wide_value);
    }
    free_wide(wide_name);
    return done;
}

static SIZE_T block_size(const WCHAR *block)
{
    const WCHAR *p = block;

    while (*p)
        p += wcslen(p) + 1;
    return (SIZE_T)(p - block) + 1;
}

LPWSTR WINAPI GetEnvironmentStringsW(void)
{
    PWSTR block = NULL;

    return set_status(RtlCreateEnvironment(TRUE, &block)) ? block : NULL;
}

LPSTR WINAPI GetEnvironmentStringsA(void)
{
    LPWSTR wide = GetEnvironmentStringsW();
    LPSTR narrow = NULL;

    if (!wide)
        return NULL;
    int length = (int)block_size(wide);
    DWORD size = wide_to_ansi(wide, length, NULL, 0);
    if ((narrow = RtlAllocateHeap(process_heap(), 0, size)))
        wide_to_ansi(wide, length, narrow, size);
    else
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    RtlDestroyEnvironment(wide);
    return narrow;
}

BOOL WINAPI FreeEnvironmentStringsW(LPWSTR block)
{
    return RtlFreeHeap(process_heap(), 0, block);
}
BOOL WINAPI FreeEnvironmentStringsA(LPSTR block)
{
    return RtlFreeHeap(process_heap(), 0, block);
}

BOOL WINAPI SetEnvironmentStringsW(LPWCH block)
{
    return set_status(RtlSetEnvironmentStrings(block, block_size(block) * sizeof(WCHAR)));
}

DWORD WINAPI ExpandEnvironmentStringsW(LPCWSTR source, LPWSTR destination, DWORD size)
{
    SIZE_T needed;
    WCHAR nothing;
    NTSTATUS status = RtlExpandEnvironmentStrings(
        NULL, source, wcslen(source), destination ? destination : &nothing, destination ? size : 0, &needed);

    if (status == STATUS_BUFFER_TOO_SMALL || set_status(status))
        return (DWORD)needed;
    return 0;
}

DWORD WINAPI ExpandEnvironmentStringsA(LPCSTR source, LPSTR destination, DWORD size)
{
    WCHAR *wide, *expanded;
    DWORD needed = 0;

    if (!ansi_to_wide(source, &wide))
        return 0;
    DWORD length = ExpandEnvironmentStringsW(wide, NULL, 0);
    if ((expanded = RtlAllocateHeap(process_heap(), 0, length * sizeof(WCHAR)))) {
        ExpandEnvironmentStringsW(wide, expanded, length);
        needed = wide_to_ansi(expanded, -1, destination, destination ? size : 0);
        if (needed > size && destination && size)
            destination[0] = 0;
        RtlFreeHeap(process_heap(), 0, expanded);
    } else
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    free_wide(wide);
    return needed;
}
