/*
 * I/O completion ports.
 */
#include "file.h"

HANDLE WINAPI CreateIoCompletionPort(HANDLE file, HANDLE existing, ULONG_PTR key, DWORD threads)
{
    HANDLE port = existing;
    NTSTATUS status = STATUS_SUCCESS;
    if (file == INVALID_HANDLE_VALUE && existing) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (!existing)
        status = NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, NULL, threads);
    if (!set_status(status))
        return NULL;
    if (file != INVALID_HANDLE_VALUE) {
        IO_STATUS_BLOCK iosb;
        FILE_COMPLETION_INFORMATION info = {port, (void *)key};
        status = NtSetInformationFile(file, &iosb, &info, sizeof info, FileCompletionInformation);
        if (!set_status(status)) {
            if (!existing)
                NtClose(port);
            return NULL;
        }
    }
    return port;
}

BOOL WINAPI GetQueuedCompletionStatus(HANDLE port, DWORD *ret_bytes, ULONG_PTR *ret_key,
                                      OVERLAPPED **ret_overlapped, DWORD milliseconds)
{
    LARGE_INTEGER time;
    IO_STATUS_BLOCK iosb;
    void *key, *context;
    *ret_overlapped = NULL;
    NTSTATUS status = NtRemoveIoCompletion(port, &key, &context, &iosb, nt_timeout(&time, milliseconds));
    if (status == STATUS_TIMEOUT) {
        SetLastError(WAIT_TIMEOUT);
        return FALSE;
    }
    if (status != STATUS_SUCCESS) {
        SetLastError(status == STATUS_ABANDONED ? ERROR_ABANDONED_WAIT_0 : RtlNtStatusToDosError(status));
        return FALSE;
    }
    *ret_bytes = (DWORD)iosb.Information;
    *ret_key = (ULONG_PTR)key;
    *ret_overlapped = context;
    return set_status(iosb.Status);
}

BOOL WINAPI GetQueuedCompletionStatusEx(HANDLE port, OVERLAPPED_ENTRY *entries, ULONG count, ULONG *ret_count,
                                        DWORD milliseconds, BOOL alertable)
{
    LARGE_INTEGER time;
    *ret_count = 0;
    /* OVERLAPPED_ENTRY and FILE_IO_COMPLETION_INFORMATION are the same four words. */
    _Static_assert(sizeof(OVERLAPPED_ENTRY) == sizeof(FILE_IO_COMPLETION_INFORMATION), "entry");
    NTSTATUS status = NtRemoveIoCompletionEx(port, entries, count, ret_count, nt_timeout(&time, milliseconds),
                                             (BOOLEAN)alertable);
    if (status == STATUS_SUCCESS)
        return TRUE;
    *ret_count = status == STATUS_TIMEOUT || status == STATUS_USER_APC ? 0 : *ret_count;
    SetLastError(status == STATUS_TIMEOUT    ? WAIT_TIMEOUT
                 : status == STATUS_USER_APC ? WAIT_IO_COMPLETION
                                             : RtlNtStatusToDosError(status));
    return FALSE;
}

BOOL WINAPI PostQueuedCompletionStatus(HANDLE port, DWORD bytes, ULONG_PTR key, OVERLAPPED *overlapped)
{
    return set_status(NtSetIoCompletion(port, (void *)key, overlapped, STATUS_SUCCESS, bytes));
}
