/*
 * Folders: creating, removing, the current one, the system's, temporary files.
 */
#include "file.h"

BOOL WINAPI CreateDirectoryW(PCWSTR name, SECURITY_ATTRIBUTES *security)
{
    UNICODE_STRING nt;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    if (!dos_to_nt(name, &nt))
        return FALSE;
    name_attributes(&attributes, &nt);
    if (security)
        attributes.SecurityDescriptor = security->lpSecurityDescriptor;
    NTSTATUS status = NtCreateFile(&handle, FILE_LIST_DIRECTORY | SYNCHRONIZE, &attributes, &iosb, NULL,
                                   FILE_ATTRIBUTE_NORMAL, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_CREATE,
                                   FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT |
                                       FILE_OPEN_FOR_BACKUP_INTENT | FILE_OPEN_REPARSE_POINT,
                                   NULL, 0);
    RtlFreeUnicodeString(&nt);
    if (NT_SUCCESS(status))
        NtClose(handle);
    return set_status(status);
}

BOOL WINAPI CreateDirectoryA(PCSTR name, SECURITY_ATTRIBUTES *security)
{
    WITH_WIDE(name, wide, FALSE, CreateDirectoryW(wide, security));
}

BOOL WINAPI CreateDirectoryExW(PCWSTR template, PCWSTR name, SECURITY_ATTRIBUTES *security)
{
    DWORD attributes = GetFileAttributesW(template);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return FALSE;
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
        SetLastError(ERROR_DIRECTORY);
        return FALSE;
    }
    if (!CreateDirectoryW(name, security))
        return FALSE;
    attributes &= FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_READONLY;
    return !attributes || SetFileAttributesW(name, attributes);
}

BOOL WINAPI CreateDirectoryExA(PCSTR template, PCSTR name, SECURITY_ATTRIBUTES *security)
{
    WITH_WIDE2(template, wide_template, name, wide, FALSE, CreateDirectoryExW(wide_template, wide, security));
}

BOOL WINAPI RemoveDirectoryW(PCWSTR name)
{
    HANDLE handle;
    IO_STATUS_BLOCK iosb;
    FILE_DISPOSITION_INFORMATION info = {TRUE};
    NTSTATUS status = open_dos_path(name, DELETE, SHARE_ALL, FILE_DIRECTORY_FILE | FILE_OPEN_REPARSE_POINT,
                                    &handle);
    if (NT_SUCCESS(status)) {
        FILE_DISPOSITION_INFORMATION_EX ex = {FILE_DISPOSITION_DELETE | FILE_DISPOSITION_POSIX_SEMANTICS};
        status = NtSetInformationFile(handle, &iosb, &ex, sizeof ex, FileDispositionInformationEx);
        if (status == STATUS_INVALID_PARAMETER || status == STATUS_NOT_SUPPORTED)
            status = NtSetInformationFile(handle, &iosb, &info, sizeof info, FileDispositionInformation);
        NtClose(handle);
    }
    return set_status(status);
}

BOOL WINAPI RemoveDirectoryA(PCSTR name)
{
    WITH_WIDE(name, wide, FALSE, RemoveDirectoryW(wide));
}

DWORD WINAPI GetCurrentDirectoryW(DWORD size, PWSTR buffer)
{
    return RtlGetCurrentDirectory_U(size > 0x7fff ? 0xfffe : size * sizeof(WCHAR), buffer) / sizeof(WCHAR);
}

DWORD WINAPI GetCurrentDirectoryA(DWORD size, PSTR buffer)
{
    WCHAR fixed[MAX_PATH + 1], *wide = fixed;
    DWORD room = MAX_PATH + 1, length = GetCurrentDirectoryW(room, fixed);
    if (length >= room) {
        room = length;
        wide = RtlAllocateHeap(process_heap(), 0, room * sizeof(WCHAR));
        if (!wide) {
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
            return 0;
        }
        length = GetCurrentDirectoryW(room, wide);
    }
    DWORD result = result_to_ansi(wide, length, buffer, size);
    if (wide != fixed)
        free_wide(wide);
    return result;
}

BOOL WINAPI SetCurrentDirectoryW(PCWSTR name)
{
    UNICODE_STRING string;
    if (!name || !*name) {
        SetLastError(name ? ERROR_INVALID_NAME : ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!set_status(RtlInitUnicodeStringEx(&string, name)))
        return FALSE;
    return set_status(RtlSetCurrentDirectory_U(&string));
}

BOOL WINAPI SetCurrentDirectoryA(PCSTR name)
{
    WITH_WIDE(name, wide, FALSE, SetCurrentDirectoryW(wide));
}

/* ---- the system's folders ---- */

static DWORD give(const WCHAR *text, PWSTR buffer, DWORD size)
{
    DWORD n = (DWORD)lstrlenW(text);
    if (size < n + 1)
        return n + 1;
    for (DWORD i = 0; i <= n; i++)
        buffer[i] = text[i];
    return n;
}

static DWORD give_ansi(const WCHAR *text, PSTR buffer, DWORD size)
{
    return result_to_ansi(text, (DWORD)lstrlenW(text), buffer, size);
}

static const WCHAR windows_folder[] = L"C:\\windows", system_folder[] = L"C:\\windows\\system32";

UINT WINAPI GetWindowsDirectoryW(PWSTR buffer, UINT size)
{
    return give(windows_folder, buffer, size);
}

UINT WINAPI GetWindowsDirectoryA(PSTR buffer, UINT size)
{
    return give_ansi(windows_folder, buffer, size);
}

UINT WINAPI GetSystemWindowsDirectoryW(PWSTR buffer, UINT size)
{
    return give(windows_folder, buffer, size);
}

UINT WINAPI GetSystemWindowsDirectoryA(PSTR buffer, UINT size)
{
    return give_ansi(windows_folder, buffer, size);
}

UINT WINAPI GetSystemDirectoryW(PWSTR buffer, UINT size)
{
    return give(system_folder, buffer, size);
}

UINT WINAPI GetSystemDirectoryA(PSTR buffer, UINT size)
{
    return give_ansi(system_folder, buffer, size);
}

UINT WINAPI GetSystemWow64DirectoryW(PWSTR buffer, UINT size)
{
    return give(L"C:\\windows\\syswow64", buffer, size);
}

UINT WINAPI GetSystemWow64DirectoryA(PSTR buffer, UINT size)
{
    return give_ansi(L"C:\\windows\\syswow64", buffer, size);
}

/* Programs of another kind than this computer's have the one folder only. */
UINT WINAPI GetSystemWow64Directory2W(LPWSTR buffer, UINT size, WORD machine)
{
    if (machine == IMAGE_FILE_MACHINE_I386)
        return GetSystemWow64DirectoryW(buffer, size);
    SetLastError(ERROR_INVALID_PARAMETER);
    return 0;
}

UINT WINAPI GetSystemWow64Directory2A(LPSTR buffer, UINT size, WORD machine)
{
    if (machine == IMAGE_FILE_MACHINE_I386)
        return GetSystemWow64DirectoryA(buffer, size);
    SetLastError(ERROR_INVALID_PARAMETER);
    return 0;
}

/* ---- temporary files ---- */

/* The first of TMP, TEMP, USERPROFILE that is set, in full, with a backslash; units. */
static DWORD temp_path(WCHAR *buffer, DWORD size)
{
    static const WCHAR *const names[] = {L"TMP", L"TEMP", L"USERPROFILE"};
    WCHAR value[MAX_PATH + 2];
    SIZE_T length = 0;
    for (int i = 0; i < 3; i++)
        if (NT_SUCCESS(RtlQueryEnvironmentVariable(NULL, names[i], (SIZE_T)lstrlenW(names[i]), value,
                                                   MAX_PATH, &length)) &&
            length && length < MAX_PATH) {
            value[length] = 0;
            goto found;
        }
    lstrcpyW(value, windows_folder);
found:;
    ULONG bytes = RtlGetFullPathName_U(value, size * sizeof(WCHAR), buffer, NULL);
    DWORD n = bytes / sizeof(WCHAR);
    if (!n || n + 2 > size)
        return n + 2;
    if (buffer[n - 1] != '\\') {
        buffer[n++] = '\\';
        buffer[n] = 0;
    }
    return n;
}

DWORD WINAPI GetTempPathW(DWORD size, PWSTR buffer)
{
    WCHAR path[MAX_PATH + 4];
    DWORD n = temp_path(path, MAX_PATH + 3);
    if (n + 1 > size)
        return n + 1;
    for (DWORD i = 0; i <= n; i++)
        buffer[i] = path[i];
    return n;
}

DWORD WINAPI GetTempPathA(DWORD size, PSTR buffer)
{
    WCHAR path[MAX_PATH + 4];
    DWORD n = temp_path(path, MAX_PATH + 3);
    return result_to_ansi(path, n, buffer, size);
}

DWORD WINAPI GetTempPath2W(DWORD size, PWSTR buffer)
{
    return GetTempPathW(size, buffer);
}

DWORD WINAPI GetTempPath2A(DWORD size, PSTR buffer)
{
    return GetTempPathA(size, buffer);
}

UINT WINAPI GetTempFileNameW(PCWSTR folder, PCWSTR prefix, UINT unique, PWSTR buffer)
{
    static const WCHAR digits[] = L"0123456789ABCDEF";
    static LONG sequence;
    DWORD n = (DWORD)lstrlenW(folder), attributes;

    if (n > MAX_PATH - 14) {
        SetLastError(ERROR_BUFFER_OVERFLOW);
        return 0;
    }
    attributes = GetFileAttributesW(folder);
    if (attributes == INVALID_FILE_ATTRIBUTES || !(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
        SetLastError(ERROR_DIRECTORY);
        return 0;
    }
    lstrcpyW(buffer, folder);
    if (n && buffer[n - 1] != '\\' && buffer[n - 1] != '/')
        buffer[n++] = '\\';
    for (int i = 0; prefix && prefix[i] && i < 3; i++)
        buffer[n++] = prefix[i];
    LARGE_INTEGER now;
    NtQuerySystemTime(&now);
    UINT number = unique ? unique & 0xffff
                         : (UINT)(now.QuadPart >> 16) + (UINT)InterlockedIncrement(&sequence) * 7;
    for (UINT attempt = 0; attempt < 0x10000; attempt++, number++) {
        UINT value = number & 0xffff, at = n;
        if (!value)
            continue;
        BOOL any = FALSE;
        for (int shift = 12; shift >= 0; shift -= 4) {
            any |= (value >> shift & 15) != 0;
            if (any)
                buffer[at++] = digits[value >> shift & 15];
        }
        lstrcpyW(buffer + at, L".tmp");
        if (unique)
            return value;
        HANDLE file = CreateFileW(buffer, GENERIC_READ, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
        if (file != INVALID_HANDLE_VALUE) {
            NtClose(file);
            return value;
        }
        if (GetLastError() != ERROR_FILE_EXISTS && GetLastError() != ERROR_SHARING_VIOLATION)
            return 0;
    }
    SetLastError(ERROR_FILE_EXISTS);
    return 0;
}

UINT WINAPI GetTempFileNameA(PCSTR folder, PCSTR prefix, UINT unique, PSTR buffer)
{
    WCHAR result[MAX_PATH + 1], *wide_folder, *wide_prefix;
    if (!name_to_wide(folder, &wide_folder))
        return 0;
    if (!name_to_wide(prefix, &wide_prefix)) {
        free_wide(wide_folder);
        return 0;
    }
    UINT number = GetTempFileNameW(wide_folder, wide_prefix, unique, result);
    free_wide(wide_folder);
    free_wide(wide_prefix);
    if (number)
        name_to_ansi(result, -1, buffer, MAX_PATH);
    return number;
}
