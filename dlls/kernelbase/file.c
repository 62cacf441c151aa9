/*
 * Files: opening, reading, writing, position and size, overlapped results.
 */
#include "console.h"
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

/* The old standard handles' numbers. */
static HANDLE real_handle(HANDLE file)
{
    if (file == (HANDLE)(LONG_PTR)(LONG)STD_INPUT_HANDLE)
        return current_peb()->ProcessParameters->StandardInput;
    if (file == (HANDLE)(LONG_PTR)(LONG)STD_OUTPUT_HANDLE)
        return current_peb()->ProcessParameters->StandardOutput;
    if (file == (HANDLE)(LONG_PTR)(LONG)STD_ERROR_HANDLE)
        return current_peb()->ProcessParameters->StandardError;
    return file;
}

/* An APC context for completion ports, unless the event's low bit says not to. */
static void *port_context(OVERLAPPED *overlapped)
{
    return (ULONG_PTR)overlapped->hEvent & 1 ? NULL : overlapped;
}

static HANDLE event_of(const OVERLAPPED *overlapped)
{
    return (HANDLE)((ULONG_PTR)overlapped->hEvent & ~(ULONG_PTR)1);
}

static LARGE_INTEGER offset_of(const OVERLAPPED *overlapped)
{
    LARGE_INTEGER offset;
    offset.LowPart = overlapped->Offset;
    offset.HighPart = (LONG)overlapped->OffsetHigh;
    return offset;
}

BOOL WINAPI ReadFile(HANDLE file, void *buffer, DWORD size, DWORD *ret_read, OVERLAPPED *overlapped)
{
    IO_STATUS_BLOCK iosb;
    NTSTATUS status;
    BOOL good;
    if (ret_read)
        *ret_read = 0;
    file = real_handle(file);
    if (overlapped) {
        LARGE_INTEGER offset = offset_of(overlapped);
        overlapped->Internal = (ULONG_PTR)STATUS_PENDING;
        overlapped->InternalHigh = 0;
        status = NtReadFile(file, event_of(overlapped), NULL, port_context(overlapped),
                            (IO_STATUS_BLOCK *)overlapped, buffer, size, &offset, NULL);
        if (status == STATUS_END_OF_FILE || (status < 0 && status != STATUS_PENDING))
            overlapped->Internal = (ULONG_PTR)(LONG_PTR)status;
        if (NT_SUCCESS(status) && status != STATUS_PENDING && ret_read)
            *ret_read = (DWORD)overlapped->InternalHigh;
        if (NT_SUCCESS(status) && status != STATUS_PENDING)
            return TRUE;
        if (status == STATUS_BUFFER_OVERFLOW && ret_read)
            *ret_read = (DWORD)overlapped->InternalHigh;
        SetLastError(status == STATUS_PENDING ? ERROR_IO_PENDING : RtlNtStatusToDosError(status));
        return FALSE;
    }
    if (console_converts && console_file_read(file, buffer, size, ret_read, &good))
        return good;
    iosb.Information = 0;
    status = NtReadFile(file, NULL, NULL, NULL, &iosb, buffer, size, NULL, NULL);
    if (status == STATUS_PENDING) {
        NtWaitForSingleObject(file, FALSE, NULL);
        status = iosb.Status;
    }
    if (status == STATUS_END_OF_FILE)
        return TRUE;
    if (ret_read && !NT_ERROR(status))
        *ret_read = (DWORD)iosb.Information;
    return NT_SUCCESS(status) ? TRUE : set_status(status);
}

BOOL WINAPI WriteFile(HANDLE file, const void *buffer, DWORD size, DWORD *ret_written, OVERLAPPED *overlapped)
{
    IO_STATUS_BLOCK iosb;
    NTSTATUS status;
    BOOL good;
    if (ret_written)
        *ret_written = 0;
    file = real_handle(file);
    if (overlapped) {
        LARGE_INTEGER offset = offset_of(overlapped);
        overlapped->Internal = (ULONG_PTR)STATUS_PENDING;
        overlapped->InternalHigh = 0;
        status = NtWriteFile(file, event_of(overlapped), NULL, port_context(overlapped),
                             (IO_STATUS_BLOCK *)overlapped, (void *)buffer, size, &offset, NULL);
        if (NT_SUCCESS(status) && status != STATUS_PENDING) {
            if (ret_written)
                *ret_written = (DWORD)overlapped->InternalHigh;
            return TRUE;
        }
        if (status != STATUS_PENDING)
            overlapped->Internal = (ULONG_PTR)(LONG_PTR)status;
        SetLastError(status == STATUS_PENDING ? ERROR_IO_PENDING : RtlNtStatusToDosError(status));
        return FALSE;
    }
    if (console_converts && console_file_write(file, buffer, size, ret_written, &good))
        return good;
    iosb.Information = 0;
    status = NtWriteFile(file, NULL, NULL, NULL, &iosb, (void *)buffer, size, NULL, NULL);
    if (status == STATUS_PENDING) {
        NtWaitForSingleObject(file, FALSE, NULL);
        status = iosb.Status;
    }
    if (ret_written && !NT_ERROR(status))
        *ret_written = (DWORD)iosb.Information;
    return NT_SUCCESS(status) ? TRUE : set_status(status);
}

/* The APC of ReadFileEx and its relatives. */
static void CALLBACK completion_apc(void *context, IO_STATUS_BLOCK *iosb, ULONG reserved)
{
    (void)reserved;
    ((LPOVERLAPPED_COMPLETION_ROUTINE)context)(RtlNtStatusToDosError(iosb->Status), (DWORD)iosb->Information,
                                               (OVERLAPPED *)iosb);
}

static BOOL started(NTSTATUS status)
{
    SetLastError(NT_SUCCESS(status) ? 0 : RtlNtStatusToDosError(status));
    return NT_SUCCESS(status);
}

BOOL WINAPI ReadFileEx(HANDLE file, void *buffer, DWORD size, OVERLAPPED *overlapped,
                       LPOVERLAPPED_COMPLETION_ROUTINE routine)
{
    LARGE_INTEGER offset = offset_of(overlapped);
    overlapped->Internal = (ULONG_PTR)STATUS_PENDING;
    return started(NtReadFile(file, NULL, (PIO_APC_ROUTINE)completion_apc, (void *)routine,
                              (IO_STATUS_BLOCK *)overlapped, buffer, size, &offset, NULL));
}

BOOL WINAPI WriteFileEx(HANDLE file, const void *buffer, DWORD size, OVERLAPPED *overlapped,
                        LPOVERLAPPED_COMPLETION_ROUTINE routine)
{
    LARGE_INTEGER offset = offset_of(overlapped);
    overlapped->Internal = (ULONG_PTR)STATUS_PENDING;
    return started(NtWriteFile(file, NULL, (PIO_APC_ROUTINE)completion_apc, (void *)routine,
                               (IO_STATUS_BLOCK *)overlapped, (void *)buffer, size, &offset, NULL));
}

static BOOL overlapped_result(NTSTATUS status)
{
    if (NT_SUCCESS(status) && status != STATUS_PENDING)
        return TRUE;
    SetLastError(status == STATUS_PENDING ? ERROR_IO_PENDING : RtlNtStatusToDosError(status));
    return FALSE;
}

BOOL WINAPI ReadFileScatter(HANDLE file, FILE_SEGMENT_ELEMENT *segments, DWORD size, DWORD *reserved,
                            OVERLAPPED *overlapped)
{
    LARGE_INTEGER offset = offset_of(overlapped);
    (void)reserved;
    overlapped->Internal = (ULONG_PTR)STATUS_PENDING;
    return overlapped_result(NtReadFileScatter(file, event_of(overlapped), NULL, port_context(overlapped),
                                               (IO_STATUS_BLOCK *)overlapped, segments, size, &offset, NULL));
}

BOOL WINAPI WriteFileGather(HANDLE file, FILE_SEGMENT_ELEMENT *segments, DWORD size, DWORD *reserved,
                            OVERLAPPED *overlapped)
{
    LARGE_INTEGER offset = offset_of(overlapped);
    (void)reserved;
    overlapped->Internal = (ULONG_PTR)STATUS_PENDING;
    return overlapped_result(NtWriteFileGather(file, event_of(overlapped), NULL, port_context(overlapped),
                                               (IO_STATUS_BLOCK *)overlapped, segments, size, &offset, NULL));
}

/* ---- position and size ---- */

BOOL WINAPI SetFilePointerEx(HANDLE file, LARGE_INTEGER distance, LARGE_INTEGER *ret_position, DWORD method)
{
    IO_STATUS_BLOCK iosb;
    gw_file_seek seek = {.distance = distance.QuadPart, .method = method};
    if (method > FILE_END) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    NTSTATUS status = NtQueryInformationFile(file, &iosb, &seek, sizeof seek, GwFileSeek);
    if (!NT_SUCCESS(status)) {
        SetLastError(status == STATUS_INVALID_PARAMETER ? ERROR_NEGATIVE_SEEK
                                                        : RtlNtStatusToDosError(status));
        return FALSE;
    }
    if (ret_position)
        ret_position->QuadPart = seek.distance;
    return TRUE;
}

DWORD WINAPI SetFilePointer(HANDLE file, LONG distance, LONG *high, DWORD method)
{
    LARGE_INTEGER offset, position;
    if (high) {
        offset.LowPart = (DWORD)distance;
        offset.HighPart = *high;
    } else
        offset.QuadPart = distance;
    if (!SetFilePointerEx(file, offset, &position, method))
        return INVALID_SET_FILE_POINTER;
    if (!high && position.HighPart) {
        /* The position would not fit: as if it had not been asked for. */
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_SET_FILE_POINTER;
    }
    if (high)
        *high = position.HighPart;
    if (position.LowPart == INVALID_SET_FILE_POINTER)
        SetLastError(0);
    return position.LowPart;
}

BOOL WINAPI SetEndOfFile(HANDLE file)
{
    IO_STATUS_BLOCK iosb;
    FILE_POSITION_INFORMATION position;
    NTSTATUS status = NtQueryInformationFile(file, &iosb, &position, sizeof position,
                                             FilePositionInformation);
    if (NT_SUCCESS(status))
        status = NtSetInformationFile(file, &iosb, &position, sizeof position, FileEndOfFileInformation);
    return set_status(status);
}

BOOL WINAPI SetFileValidData(HANDLE file, LONGLONG length)
{
    IO_STATUS_BLOCK iosb;
    return set_status(
        NtSetInformationFile(file, &iosb, &length, sizeof length, FileValidDataLengthInformation));
}

BOOL WINAPI GetFileSizeEx(HANDLE file, LARGE_INTEGER *ret_size)
{
    IO_STATUS_BLOCK iosb;
    FILE_STANDARD_INFORMATION info;
    if (!set_status(NtQueryInformationFile(file, &iosb, &info, sizeof info, FileStandardInformation)))
        return FALSE;
    *ret_size = info.EndOfFile;
    return TRUE;
}

DWORD WINAPI GetFileSize(HANDLE file, DWORD *high)
{
    LARGE_INTEGER size;
    if (!GetFileSizeEx(file, &size))
        return INVALID_FILE_SIZE;
    if (high)
        *high = (DWORD)size.HighPart;
    if (size.LowPart == INVALID_FILE_SIZE)
        SetLastError(0);
    return size.LowPart;
}

BOOL WINAPI FlushFileBuffers(HANDLE file)
{
    IO_STATUS_BLOCK iosb;
    return set_status(NtFlushBuffersFile(real_handle(file), &iosb));
}

DWORD WINAPI GetFileType(HANDLE file)
{
    IO_STATUS_BLOCK iosb;
    FILE_FS_DEVICE_INFORMATION info;
    NTSTATUS status = NtQueryVolumeInformationFile(real_handle(file), &iosb, &info, sizeof info,
                                                   FileFsDeviceInformation);
    if (!NT_SUCCESS(status)) {
        set_status(status);
        return FILE_TYPE_UNKNOWN;
    }
    SetLastError(0);
    switch (info.DeviceType) {
    case FILE_DEVICE_NULL:
    case FILE_DEVICE_CONSOLE: return FILE_TYPE_CHAR;
    case FILE_DEVICE_NAMED_PIPE: return FILE_TYPE_PIPE;
    default: return FILE_TYPE_DISK;
    }
}

/* ---- locks ---- */

BOOL WINAPI LockFileEx(HANDLE file, DWORD flags, DWORD reserved, DWORD low, DWORD high,
                       OVERLAPPED *overlapped)
{
    LARGE_INTEGER offset, length;
    if (reserved) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    offset = offset_of(overlapped);
    length.LowPart = low;
    length.HighPart = (LONG)high;
    overlapped->Internal = (ULONG_PTR)STATUS_PENDING;
    NTSTATUS status = NtLockFile(
        file, event_of(overlapped), NULL, port_context(overlapped), (IO_STATUS_BLOCK *)overlapped, &offset,
        &length, 0, (flags & LOCKFILE_FAIL_IMMEDIATELY) != 0, (flags & LOCKFILE_EXCLUSIVE_LOCK) != 0);
    if (status == STATUS_LOCK_NOT_GRANTED && (flags & LOCKFILE_FAIL_IMMEDIATELY))
        return set_status(status);
    return overlapped_result(status);
}

BOOL WINAPI LockFile(HANDLE file, DWORD offset_low, DWORD offset_high, DWORD low, DWORD high)
{
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER offset, length;
    offset.LowPart = offset_low;
    offset.HighPart = (LONG)offset_high;
    length.LowPart = low;
    length.HighPart = (LONG)high;
    NTSTATUS status = NtLockFile(file, NULL, NULL, NULL, &iosb, &offset, &length, 0, TRUE, TRUE);
    return set_status(status);
}

BOOL WINAPI UnlockFileEx(HANDLE file, DWORD reserved, DWORD low, DWORD high, OVERLAPPED *overlapped)
{
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER offset = offset_of(overlapped), length;
    if (reserved) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    length.LowPart = low;
    length.HighPart = (LONG)high;
    return set_status(NtUnlockFile(file, &iosb, &offset, &length, 0));
}

BOOL WINAPI UnlockFile(HANDLE file, DWORD offset_low, DWORD offset_high, DWORD low, DWORD high)
{
    OVERLAPPED overlapped = {.Offset = offset_low, .OffsetHigh = offset_high};
    return UnlockFileEx(file, 0, low, high, &overlapped);
}

/* ---- overlapped results, cancelling, control ---- */

BOOL WINAPI GetOverlappedResultEx(HANDLE file, OVERLAPPED *overlapped, DWORD *ret_bytes, DWORD milliseconds,
                                  BOOL alertable)
{
    LARGE_INTEGER time;
    NTSTATUS status = (NTSTATUS) * (volatile ULONG_PTR *)&overlapped->Internal;
    if (status == STATUS_PENDING) {
        if (!milliseconds) {
            SetLastError(ERROR_IO_INCOMPLETE);
            return FALSE;
        }
        HANDLE event = event_of(overlapped);
        NTSTATUS wait = NtWaitForSingleObject(event ? event : file, (BOOLEAN)alertable,
                                              nt_timeout(&time, milliseconds));
        if (wait == STATUS_USER_APC) {
            SetLastError(WAIT_IO_COMPLETION);
            return FALSE;
        }
        if (wait == STATUS_TIMEOUT) {
            SetLastError(WAIT_TIMEOUT);
            return FALSE;
        }
        if (wait != STATUS_WAIT_0)
            return set_status(wait), FALSE;
        status = (NTSTATUS) * (volatile ULONG_PTR *)&overlapped->Internal;
        if (status == STATUS_PENDING) {
            SetLastError(ERROR_IO_INCOMPLETE);
            return FALSE;
        }
    }
    *ret_bytes = (DWORD)overlapped->InternalHigh;
    return set_status(status);
}

BOOL WINAPI GetOverlappedResult(HANDLE file, OVERLAPPED *overlapped, DWORD *ret_bytes, BOOL wait)
{
    return GetOverlappedResultEx(file, overlapped, ret_bytes, wait ? INFINITE : 0, FALSE);
}

BOOL WINAPI CancelIo(HANDLE file)
{
    IO_STATUS_BLOCK iosb;
    return set_status(NtCancelIoFile(file, &iosb));
}

BOOL WINAPI CancelIoEx(HANDLE file, OVERLAPPED *overlapped)
{
    IO_STATUS_BLOCK iosb;
    return set_status(NtCancelIoFileEx(file, (IO_STATUS_BLOCK *)overlapped, &iosb));
}

BOOL WINAPI CancelSynchronousIo(HANDLE thread)
{
    IO_STATUS_BLOCK iosb;
    return set_status(NtCancelSynchronousIoFile(thread, NULL, &iosb));
}

BOOL WINAPI DeviceIoControl(HANDLE file, DWORD code, void *input, DWORD input_size, void *output,
                            DWORD output_size, DWORD *ret_bytes, OVERLAPPED *overlapped)
{
    BOOL fs = code >> 16 == FILE_DEVICE_FILE_SYSTEM || code >> 16 == FILE_DEVICE_NAMED_PIPE;
    IO_STATUS_BLOCK local = {.Information = 0}, *iosb = overlapped ? (IO_STATUS_BLOCK *)overlapped : &local;
    HANDLE event = overlapped ? event_of(overlapped) : NULL;
    void *context = overlapped ? port_context(overlapped) : NULL;
    NTSTATUS status;
    if (ret_bytes)
        *ret_bytes = 0;
    if (overlapped) {
        overlapped->Internal = (ULONG_PTR)STATUS_PENDING;
        overlapped->InternalHigh = 0;
    }
    if (fs)
        status = NtFsControlFile(file, event, NULL, context, iosb, code, input, input_size, output,
                                 output_size);
    else
        status = NtDeviceIoControlFile(file, event, NULL, context, iosb, code, input, input_size, output,
                                       output_size);
    if (!overlapped && status == STATUS_PENDING) {
        NtWaitForSingleObject(file, FALSE, NULL);
        status = iosb->Status;
    }
    if (!NT_ERROR(status) && status != STATUS_PENDING && ret_bytes)
        *ret_bytes = (DWORD)iosb->Information;
    return overlapped_result(status);
}

BOOL WINAPI SetFileCompletionNotificationModes(HANDLE file, UCHAR flags)
{
    IO_STATUS_BLOCK iosb;
    FILE_IO_COMPLETION_NOTIFICATION_INFORMATION info = {flags};
    if (flags & ~3) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return set_status(
        NtSetInformationFile(file, &iosb, &info, sizeof info, FileIoCompletionNotificationInformation));
}

BOOL WINAPI SetFileIoOverlappedRange(HANDLE file, PUCHAR start, ULONG length)
{
    IO_STATUS_BLOCK iosb;
    FILE_POSITION_INFORMATION position;
    (void)start, (void)length; /* an optimisation hint: nothing to lock down here */
    return set_status(
        NtQueryInformationFile(file, &iosb, &position, sizeof position, FilePositionInformation));
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
