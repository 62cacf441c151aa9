/*
 * Reading, writing and locking files, overlapped or not: results, cancelling, device control.
 */
#include "console.h"

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
    if (status == STATUS_ALERTED) /* Ctrl-C at the console */
        SetLastError(ERROR_OPERATION_ABORTED);
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
