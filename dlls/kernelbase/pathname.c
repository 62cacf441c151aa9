/*
 * Path names: full, long and short forms, searching.
 */
#include "file.h"

DWORD WINAPI GetFullPathNameW(PCWSTR name, DWORD size, PWSTR buffer, PWSTR *file_part)
{
    ULONG returned;
    NTSTATUS status = RtlGetFullPathName_UEx(name, size > 0x7fff ? 0xfffe : size * sizeof(WCHAR), buffer,
                                             file_part, &returned);
    if (status == STATUS_BUFFER_TOO_SMALL)
        return returned / sizeof(WCHAR);
    if (status == STATUS_OBJECT_NAME_INVALID) {
        SetLastError(ERROR_INVALID_NAME);
        return 0;
    }
    return set_status(status) ? returned / sizeof(WCHAR) : 0;
}

/* A W function's result in ANSI; file_part moves along. */
static DWORD to_ansi(const WCHAR *wide, DWORD length, char *buffer, DWORD size, const WCHAR *wide_part,
                     char **ret_part)
{
    DWORD result = result_to_ansi(wide, length, buffer, size);
    if (ret_part) {
        *ret_part = NULL;
        if (wide_part && result < size) {
            ULONG bytes = 0;
            RtlUnicodeToMultiByteSize(&bytes, (WCHAR *)wide, (ULONG)((wide_part - wide) * sizeof(WCHAR)));
            *ret_part = buffer + bytes;
        }
    }
    return result;
}

DWORD WINAPI GetFullPathNameA(PCSTR name, DWORD size, PSTR buffer, PSTR *file_part)
{
    WCHAR fixed[MAX_PATH + 1], *wide_name, *wide = fixed, *part = NULL;
    DWORD result = 0, room = MAX_PATH + 1;
    if (!name_to_wide(name, &wide_name))
        return 0;
    DWORD length = GetFullPathNameW(wide_name, room, wide, &part);
    if (length >= room) {
        room = length + 1;
        wide = RtlAllocateHeap(process_heap(), 0, room * sizeof(WCHAR));
        length = wide ? GetFullPathNameW(wide_name, room, wide, &part) : 0;
    }
    if (length)
        result = to_ansi(wide, length, buffer, size, part, file_part);
    if (wide != fixed)
        free_wide(wide);
    free_wide(wide_name);
    return result;
}

/* The spelling of each component as it is on disk. */
DWORD WINAPI GetLongPathNameW(PCWSTR name, PWSTR buffer, DWORD size)
{
    WIN32_FIND_DATAW data;
    DWORD length, at, used;
    WCHAR *work, *out;

    if (!name) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    length = (DWORD)lstrlenW(name);
    if (GetFileAttributesW(name) == INVALID_FILE_ATTRIBUTES)
        return 0;
    work = RtlAllocateHeap(process_heap(), 0, (length + 1) * sizeof(WCHAR));
    out = RtlAllocateHeap(process_heap(), 0, (length * 2 + MAX_PATH * 8 + 16) * sizeof(WCHAR));
    if (!work || !out) {
        free_wide(work);
        free_wide(out);
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return 0;
    }
    for (at = 0, used = 0; at < length;) {
        DWORD n = 0;
        while (at + n < length && name[at + n] != '\\' && name[at + n] != '/')
            n++;
        for (DWORD i = 0; i < at + n; i++)
            work[i] = name[i];
        work[at + n] = 0;
        BOOL plain = n && !(n == 2 && name[at + 1] == ':') &&
                     !(name[at] == '.' && (n == 1 || (n == 2 && name[at + 1] == '.'))) &&
                     !(at >= 2 && name[0] == '\\' && name[1] == '\\' && at < 4);
        for (DWORD i = 0; i < n && plain; i++)
            plain = name[at + i] != '*' && name[at + i] != '?';
        HANDLE find = plain ? FindFirstFileW(work, &data) : INVALID_HANDLE_VALUE;
        if (find != INVALID_HANDLE_VALUE) {
            FindClose(find);
            for (WCHAR *p = data.cFileName; *p; p++)
                out[used++] = *p;
        } else
            for (DWORD i = 0; i < n; i++)
                out[used++] = name[at + i];
        at += n;
        if (at < length)
            out[used++] = name[at++];
    }
    DWORD result = used;
    if (used + 1 > size)
        result = used + 1;
    else {
        for (DWORD i = 0; i < used; i++)
            buffer[i] = out[i];
        buffer[used] = 0;
    }
    free_wide(work);
    free_wide(out);
    return result;
}

/* There are no short names: a long one is its own, as on volumes that do not make them. */
DWORD WINAPI GetShortPathNameW(PCWSTR name, PWSTR buffer, DWORD size)
{
    return GetLongPathNameW(name, buffer, size);
}

static DWORD long_name(PCSTR name, PSTR buffer, DWORD size)
{
    WCHAR *wide_name;
    DWORD result = 0;
    if (!name) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    if (!name_to_wide(name, &wide_name))
        return 0;
    DWORD room = GetLongPathNameW(wide_name, NULL, 0);
    WCHAR *wide = room ? RtlAllocateHeap(process_heap(), 0, room * sizeof(WCHAR)) : NULL;
    if (wide) {
        DWORD length = GetLongPathNameW(wide_name, wide, room);
        if (length && length < room)
            result = result_to_ansi(wide, length, buffer, size);
    }
    free_wide(wide);
    free_wide(wide_name);
    return result;
}

DWORD WINAPI GetLongPathNameA(PCSTR name, PSTR buffer, DWORD size)
{
    return long_name(name, buffer, size);
}

DWORD WINAPI GetShortPathNameA(PCSTR name, PSTR buffer, DWORD size)
{
    return long_name(name, buffer, size);
}

/* ---- SearchPath ---- */

/* Program's folder, system folders, working directory, PATH; from the process heap. */
static WCHAR *default_search_path(void)
{
    UNICODE_STRING *image = &current_peb()->ProcessParameters->ImagePathName;
    SIZE_T length = 0, folder = image->Length / sizeof(WCHAR);
    RtlQueryEnvironmentVariable(NULL, L"PATH", 4, NULL, 0, &length);
    WCHAR *path = RtlAllocateHeap(process_heap(), 0, (folder + length + 80) * sizeof(WCHAR)), *out = path;
    if (!path)
        return NULL;
    while (folder && image->Buffer[folder - 1] != '\\')
        folder--;
    for (SIZE_T i = 0; i < folder; i++)
        *out++ = image->Buffer[i];
    for (const WCHAR *p = L";C:\\windows\\system32;C:\\windows\\system;C:\\windows;.;"; *p; p++)
        *out++ = *p;
    SIZE_T got = 0;
    if (!length || !NT_SUCCESS(RtlQueryEnvironmentVariable(NULL, L"PATH", 4, out, length + 1, &got)))
        got = 0;
    out[got] = 0;
    return path;
}

DWORD WINAPI SearchPathW(PCWSTR path, PCWSTR name, PCWSTR extension, DWORD size, PWSTR buffer,
                         PWSTR *file_part)
{
    WCHAR *own = NULL;
    if (file_part)
        *file_part = NULL;
    if (!name || !*name) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    if (!path && !(path = own = default_search_path())) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return 0;
    }
    DWORD result = RtlDosSearchPath_U(path, name, extension, size > 0x7fff ? 0xfffe : size * sizeof(WCHAR),
                                      buffer, file_part) /
                   sizeof(WCHAR);
    free_wide(own);
    if (!result)
        SetLastError(ERROR_FILE_NOT_FOUND);
    return result;
}

DWORD WINAPI SearchPathA(PCSTR path, PCSTR name, PCSTR extension, DWORD size, PSTR buffer, PSTR *file_part)
{
    WCHAR *wide_path = NULL, *wide_name = NULL, *wide_extension = NULL, *part = NULL;
    DWORD result = 0;
    if (name_to_wide(path, &wide_path) && name_to_wide(name, &wide_name) &&
        name_to_wide(extension, &wide_extension)) {
        WCHAR *wide = RtlAllocateHeap(process_heap(), 0, 0x8000 * sizeof(WCHAR));
        DWORD length = wide ? SearchPathW(wide_path, wide_name, wide_extension, 0x7fff, wide, &part) : 0;
        if (length)
            result = to_ansi(wide, length, buffer, size, part, file_part);
        free_wide(wide);
    }
    free_wide(wide_path);
    free_wide(wide_name);
    free_wide(wide_extension);
    return result;
}

BOOL WINAPI NeedCurrentDirectoryForExePathW(PCWSTR name)
{
    WCHAR value[2];
    SIZE_T length = 0;
    for (; *name; name++)
        if (*name == '\\')
            return TRUE;
    return RtlQueryEnvironmentVariable(NULL, L"NoDefaultCurrentDirectoryInExePath", 34, value, 2, &length) ==
           STATUS_VARIABLE_NOT_FOUND;
}

BOOL WINAPI NeedCurrentDirectoryForExePathA(PCSTR name)
{
    WITH_WIDE(name, wide, FALSE, NeedCurrentDirectoryForExePathW(wide));
}
