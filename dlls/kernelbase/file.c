/*
 * Opening files, and their names in ANSI or OEM characters.
 */
#include "file.h"

BOOL dos_to_nt(PCWSTR path, UNICODE_STRING *ret_nt)
{
    NTSTATUS status = path ? RtlDosPathNameToNtPathName_U_WithStatus(path, ret_nt, NULL, NULL)
                           : STATUS_OBJECT_NAME_INVALID;
    if (NT_SUCCESS(status))
        return TRUE;
    SetLastError(status == STATUS_NO_MEMORY       ? ERROR_NOT_ENOUGH_MEMORY
                 : status == STATUS_NAME_TOO_LONG ? ERROR_FILENAME_EXCED_RANGE
                                                  : ERROR_PATH_NOT_FOUND);
    return FALSE;
}

NTSTATUS open_dos_path(PCWSTR path, ACCESS_MASK access, ULONG sharing, ULONG options, HANDLE *ret_handle)
{
    UNICODE_STRING nt;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = path ? RtlDosPathNameToNtPathName_U_WithStatus(path, &nt, NULL, NULL)
                           : STATUS_OBJECT_NAME_INVALID;
    if (!NT_SUCCESS(status))
        return status == STATUS_OBJECT_NAME_INVALID ? STATUS_OBJECT_PATH_NOT_FOUND : status;
    name_attributes(&attributes, &nt);
    status = NtOpenFile(ret_handle, access | SYNCHRONIZE, &attributes, &iosb, sharing,
                        options | FILE_SYNCHRONOUS_IO_NONALERT);
    RtlFreeUnicodeString(&nt);
    return status;
}

static BOOL names_are_oem;

BOOL name_to_wide(const char *text, WCHAR **ret_wide)
{
    if (!text || !names_are_oem)
        return ansi_to_wide(text, ret_wide);
    ULONG length = (ULONG)lstrlenA(text) + 1, bytes;
    WCHAR *wide = RtlAllocateHeap(process_heap(), 0, length * sizeof *wide);
    if (!wide) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    RtlOemToUnicodeN(wide, length * sizeof *wide, &bytes, (PCHAR)text, length);
    *ret_wide = wide;
    return TRUE;
}

DWORD name_to_ansi(const WCHAR *wide, int length, char *to, DWORD size)
{
    if (!names_are_oem)
        return wide_to_ansi(wide, length, to, size);
    ULONG units = length < 0 ? (ULONG)lstrlenW(wide) : (ULONG)length, bytes = 0;
    UNICODE_STRING counted = {0, 0, (WCHAR *)wide};
    for (ULONG at = 0; at < units; at += counted.Length / sizeof(WCHAR)) {
        counted.Buffer = (WCHAR *)wide + at;
        counted.Length = (USHORT)(min(units - at, 0x7000) * sizeof(WCHAR));
        bytes += RtlxUnicodeStringToOemSize(&counted) - 1;
    }
    if (bytes < size) {
        RtlUnicodeToOemN(to, size, &bytes, (PWCH)wide, units * sizeof *wide);
        to[bytes] = 0;
    }
    return bytes + 1;
}

DWORD result_to_ansi(const WCHAR *wide, DWORD length, char *buffer, DWORD size)
{
    DWORD need = name_to_ansi(wide, (int)length, buffer, buffer ? size : 0);
    return need <= size && buffer ? need - 1 : need;
}

/* Attributes of flags that choose how a file is opened. */
static ULONG open_options(DWORD flags)
{
    ULONG options = flags & FILE_FLAG_OVERLAPPED ? 0 : FILE_SYNCHRONOUS_IO_NONALERT;
    if (flags & FILE_FLAG_WRITE_THROUGH)
        options |= FILE_WRITE_THROUGH;
    if (flags & FILE_FLAG_NO_BUFFERING)
        options |= FILE_NO_INTERMEDIATE_BUFFERING;
    if (flags & FILE_FLAG_RANDOM_ACCESS)
        options |= FILE_RANDOM_ACCESS;
    if (flags & FILE_FLAG_SEQUENTIAL_SCAN)
        options |= FILE_SEQUENTIAL_ONLY;
    if (flags & FILE_FLAG_OPEN_REPARSE_POINT)
        options |= FILE_OPEN_REPARSE_POINT;
    if (flags & FILE_FLAG_OPEN_NO_RECALL)
        options |= FILE_OPEN_NO_RECALL;
    if (flags & FILE_FLAG_BACKUP_SEMANTICS)
        options |= FILE_OPEN_FOR_BACKUP_INTENT;
    return options;
}

static HANDLE create_file(PCWSTR name, DWORD access, DWORD sharing, const SECURITY_ATTRIBUTES *security,
                          DWORD disposition, DWORD attributes, DWORD flags, HANDLE template)
{
    static const UCHAR dispositions[] = {[CREATE_NEW] = FILE_CREATE,
                                         [CREATE_ALWAYS] = FILE_OVERWRITE_IF,
                                         [OPEN_EXISTING] = FILE_OPEN,
                                         [OPEN_ALWAYS] = FILE_OPEN_IF,
                                         [TRUNCATE_EXISTING] = FILE_OVERWRITE};
    UNICODE_STRING nt;
    OBJECT_ATTRIBUTES oa;
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    ULONG options = 0;

    (void)template;
    if (!name || !*name) {
        SetLastError(ERROR_PATH_NOT_FOUND);
        return INVALID_HANDLE_VALUE;
    }
    if (disposition < CREATE_NEW || disposition > TRUNCATE_EXISTING) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    if (disposition == TRUNCATE_EXISTING && !(access & (GENERIC_WRITE | FILE_WRITE_DATA | GENERIC_ALL))) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    /* The consoles' names stand for the process's own. */
    if ((name[0] | 0x20) == 'c' &&
        (lstrcmpiW(name, L"CONIN$") == 0 || lstrcmpiW(name, L"CONOUT$") == 0 ||
         (lstrcmpiW(name, L"CON") == 0 && !(access & GENERIC_READ && access & GENERIC_WRITE))))
        flags &= ~(DWORD)FILE_FLAG_OVERLAPPED;
    if (!dos_to_nt(name, &nt))
        return INVALID_HANDLE_VALUE;
    options = open_options(flags);
    if (flags & FILE_FLAG_DELETE_ON_CLOSE) {
        options |= FILE_DELETE_ON_CLOSE;
        access |= DELETE;
    }
    if (flags & FILE_FLAG_BACKUP_SEMANTICS) {
        if (attributes & FILE_ATTRIBUTE_DIRECTORY && flags & FILE_FLAG_POSIX_SEMANTICS &&
            disposition == CREATE_NEW)
            options |= FILE_DIRECTORY_FILE;
    } else
        options |= FILE_NON_DIRECTORY_FILE;
    name_attributes(&oa, &nt);
    if (flags & FILE_FLAG_POSIX_SEMANTICS)
        oa.Attributes = 0;
    if (security) {
        if (security->bInheritHandle)
            oa.Attributes |= OBJ_INHERIT;
        oa.SecurityDescriptor = security->lpSecurityDescriptor;
    }
    NTSTATUS status = NtCreateFile(&handle, access | SYNCHRONIZE | FILE_READ_ATTRIBUTES, &oa, &iosb, NULL,
                                   attributes & 0x7fb7 & ~(DWORD)FILE_ATTRIBUTE_DIRECTORY, sharing,
                                   dispositions[disposition], options, NULL, 0);
    RtlFreeUnicodeString(&nt);
    if (!NT_SUCCESS(status)) {
        if (status == STATUS_OBJECT_NAME_COLLISION)
            SetLastError(ERROR_FILE_EXISTS);
        else if (status == STATUS_FILE_IS_A_DIRECTORY) {
            SIZE_T n = lstrlenW(name);
            SetLastError(name[n - 1] == '\\' || name[n - 1] == '/' ? ERROR_PATH_NOT_FOUND
                                                                   : ERROR_ACCESS_DENIED);
        } else
            set_status(status);
        return INVALID_HANDLE_VALUE;
    }
    BOOL existed = iosb.Information == FILE_OPENED || iosb.Information == FILE_OVERWRITTEN;
    SetLastError(
        existed && (disposition == CREATE_ALWAYS || disposition == OPEN_ALWAYS) ? ERROR_ALREADY_EXISTS : 0);
    return handle;
}

/* Another handle to an open file or folder; the first one's sharing counts as for any opening. */
HANDLE WINAPI ReOpenFile(HANDLE file, DWORD access, DWORD sharing, DWORD flags)
{
    UNICODE_STRING empty = {0, 0, NULL};
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, file, &empty, 0, NULL, NULL};
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    if (flags & 0xffff) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    ULONG options = open_options(flags);
    if (flags & FILE_FLAG_DELETE_ON_CLOSE) {
        options |= FILE_DELETE_ON_CLOSE;
        access |= DELETE;
    }
    NTSTATUS status = NtCreateFile(&handle, access | SYNCHRONIZE | FILE_READ_ATTRIBUTES, &attributes, &iosb,
                                   NULL, 0, sharing, FILE_OPEN, options, NULL, 0);
    return set_status(status) ? handle : INVALID_HANDLE_VALUE;
}

HANDLE WINAPI CreateFileW(PCWSTR name, DWORD access, DWORD sharing, SECURITY_ATTRIBUTES *security,
                          DWORD disposition, DWORD flags, HANDLE template)
{
    return create_file(name, access, sharing, security, disposition, flags & 0xffff, flags & 0xffff0000u,
                       template);
}

HANDLE WINAPI CreateFileA(PCSTR name, DWORD access, DWORD sharing, SECURITY_ATTRIBUTES *security,
                          DWORD disposition, DWORD flags, HANDLE template)
{
    WITH_WIDE(name, wide, INVALID_HANDLE_VALUE,
              CreateFileW(wide, access, sharing, security, disposition, flags, template));
}

HANDLE WINAPI CreateFile2(PCWSTR name, DWORD access, DWORD sharing, DWORD disposition,
                          CREATEFILE2_EXTENDED_PARAMETERS *parameters)
{
    if (!parameters)
        return create_file(name, access, sharing, NULL, disposition, 0, 0, NULL);
    if (parameters->dwSize < sizeof *parameters) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    return create_file(name, access, sharing, parameters->lpSecurityAttributes, disposition,
                       parameters->dwFileAttributes & 0xffff, parameters->dwFileFlags,
                       parameters->hTemplateFile);
}

/* ---- ANSI or OEM names; the oldest calls ---- */

BOOL WINAPI AreFileApisANSI(void)
{
    return !names_are_oem;
}

void WINAPI SetFileApisToOEM(void)
{
    names_are_oem = TRUE;
}

void WINAPI SetFileApisToANSI(void)
{
    names_are_oem = FALSE;
}
