/*
 * NtLockFile and NtUnlockFile: byte-range locks.
 */
#include "io/share.h"
#include "mm/guest.h"

struct range {
    uint64_t start, length;
    ULONG key;
    bool exclusive, fail_at_once;
};

static NTSTATUS start_lock(struct io_file *file, struct io_request *request)
{
    const struct range *range = request->input;
    NTSTATUS status = io_lock_range(file, range->start, range->length, range->key, range->exclusive);
    if (status != STATUS_LOCK_NOT_GRANTED || range->fail_at_once)
        return status;
    return io_lock_wait(file, request, range->start, range->length, range->key, range->exclusive)
               ? STATUS_PENDING
               : STATUS_NO_MEMORY;
}

NTSTATUS NtLockFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                    IO_STATUS_BLOCK *IoStatusBlock, LARGE_INTEGER *ByteOffset, LARGE_INTEGER *Length,
                    ULONG Key, BOOLEAN FailImmediately, BOOLEAN ExclusiveLock)
{
    struct io_file *file;
    LARGE_INTEGER start, length;
    NTSTATUS status = guest_read(&start, ByteOffset);
    if (NT_SUCCESS(status))
        status = guest_read(&length, Length);
    if (!NT_SUCCESS(status))
        return status;
    struct range range = {(uint64_t)start.QuadPart, (uint64_t)length.QuadPart, Key, ExclusiveLock,
                          FailImmediately};
    struct io_request request = {
        .iosb = IoStatusBlock, .apc = (void *)ApcRoutine, .apc_context = ApcContext, .input = &range};
    status = ob_handle_lookup(FileHandle, &io_file_type, 0, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    if (!(file->access & (FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA)))
        status = STATUS_ACCESS_DENIED;
    else if (file->kind != IO_DISK || !file->share)
        status = STATUS_INVALID_DEVICE_REQUEST;
    else
        status = io_run(file, &request, Event, start_lock);
    ob_dereference(file);
    return status;
}

NTSTATUS NtUnlockFile(HANDLE FileHandle, IO_STATUS_BLOCK *IoStatusBlock, LARGE_INTEGER *ByteOffset,
                      LARGE_INTEGER *Length, ULONG Key)
{
    struct io_file *file;
    LARGE_INTEGER start, length;
    NTSTATUS status = guest_read(&start, ByteOffset);
    if (NT_SUCCESS(status))
        status = guest_read(&length, Length);
    if (NT_SUCCESS(status))
        status = ob_handle_lookup(FileHandle, &io_file_type, 0, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    status = io_unlock_range(file, (uint64_t)start.QuadPart, (uint64_t)length.QuadPart, Key);
    ob_dereference(file);
    return NT_SUCCESS(status) ? guest_write_iosb(IoStatusBlock, STATUS_SUCCESS, 0) : status;
}
