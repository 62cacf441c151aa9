/*
 * NtReadFile, NtWriteFile and their relatives: arguments to a request, the request to the device.
 */
#include "io/device.h"
#include "mm/guest.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static NTSTATUS read_offset(const LARGE_INTEGER *guest, int64_t *ret)
{
    LARGE_INTEGER offset;
    *ret = IO_OFFSET_CURRENT;
    if (!guest)
        return STATUS_SUCCESS;
    NTSTATUS status = guest_read(&offset, guest);
    if (!NT_SUCCESS(status))
        return status;
    if (offset.QuadPart >= 0)
        *ret = offset.QuadPart;
    else if (offset.HighPart == -1 && offset.LowPart == FILE_WRITE_TO_END_OF_FILE)
        *ret = IO_OFFSET_END;
    else if (offset.HighPart != -1 || offset.LowPart != FILE_USE_FILE_POINTER_POSITION)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

NTSTATUS NtReadFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                    IO_STATUS_BLOCK *IoStatusBlock, void *Buffer, ULONG Length, LARGE_INTEGER *ByteOffset,
                    ULONG *Key)
{
    (void)Key;
    struct io_file *file;
    struct io_request request = {.iosb = IoStatusBlock,
                                 .apc = (void *)ApcRoutine,
                                 .apc_context = ApcContext,
                                 .buffer = Buffer,
                                 .length = Length};
    NTSTATUS status = ob_handle_lookup(FileHandle, &io_file_type, FILE_READ_DATA, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    status = read_offset(ByteOffset, &request.offset);
    if (NT_SUCCESS(status))
        status = file->operations->read ? io_run(file, &request, Event, file->operations->read)
                                        : STATUS_INVALID_DEVICE_REQUEST;
    ob_dereference(file);
    return status;
}

static NTSTATUS lookup_for_write(HANDLE handle, struct io_file **ret_file)
{
    NTSTATUS status = ob_handle_lookup(handle, &io_file_type, FILE_WRITE_DATA, (void **)ret_file);
    if (status == STATUS_ACCESS_DENIED)
        status = ob_handle_lookup(handle, &io_file_type, FILE_APPEND_DATA, (void **)ret_file);
    return status;
}

NTSTATUS NtWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                     IO_STATUS_BLOCK *IoStatusBlock, void *Buffer, ULONG Length, LARGE_INTEGER *ByteOffset,
                     ULONG *Key)
{
    (void)Key;
    struct io_file *file;
    struct io_request request = {.iosb = IoStatusBlock,
                                 .apc = (void *)ApcRoutine,
                                 .apc_context = ApcContext,
                                 .buffer = Buffer,
                                 .length = Length};
    NTSTATUS status = lookup_for_write(FileHandle, &file);
    if (!NT_SUCCESS(status))
        return status;
    status = read_offset(ByteOffset, &request.offset);
    if (NT_SUCCESS(status))
        status = file->operations->write ? io_run(file, &request, Event, file->operations->write)
                                         : STATUS_INVALID_DEVICE_REQUEST;
    ob_dereference(file);
    return status;
}

/* Page-wise lists of buffers: moved through one request a page, as one operation to the caller. */
static NTSTATUS start_segments(struct io_file *file, struct io_request *request, bool write)
{
    enum { SEGMENT = 4096 };
    FILE_SEGMENT_ELEMENT *segments = request->input;
    ULONG_PTR total = 0;
    int64_t offset = request->offset;
    NTSTATUS status = STATUS_SUCCESS;
    if (!(file->options & FILE_NO_INTERMEDIATE_BUFFERING) || request->synchronous || offset < 0)
        return STATUS_INVALID_PARAMETER;
    while (total < request->length) {
        FILE_SEGMENT_ELEMENT segment;
        struct io_request part = *request;
        status = guest_read(&segment, segments++);
        if (!NT_SUCCESS(status))
            break;
        part.buffer = segment.Buffer;
        part.length = request->length - total < SEGMENT ? (ULONG)(request->length - total) : SEGMENT;
        part.offset = offset + (int64_t)total;
        status = write ? file->operations->write(file, &part) : file->operations->read(file, &part);
        if (!NT_SUCCESS(status))
            break;
        total += part.information;
        if (part.information < part.length)
            break;
    }
    request->information = total;
    return total ? STATUS_SUCCESS : status;
}

static NTSTATUS start_scatter(struct io_file *file, struct io_request *request)
{
    return start_segments(file, request, false);
}

static NTSTATUS start_gather(struct io_file *file, struct io_request *request)
{
    return start_segments(file, request, true);
}

static NTSTATUS segments(HANDLE handle, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context,
                         IO_STATUS_BLOCK *iosb, void *array, ULONG length, LARGE_INTEGER *byte_offset,
                         bool write)
{
    struct io_file *file;
    struct io_request request = {
        .iosb = iosb, .apc = (void *)apc, .apc_context = apc_context, .input = array, .length = length};
    NTSTATUS status = write ? lookup_for_write(handle, &file)
                            : ob_handle_lookup(handle, &io_file_type, FILE_READ_DATA, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    status = read_offset(byte_offset, &request.offset);
    if (NT_SUCCESS(status))
        status = file->kind == IO_DISK ? io_run(file, &request, event, write ? start_gather : start_scatter)
                                       : STATUS_INVALID_DEVICE_REQUEST;
    ob_dereference(file);
    return status;
}

NTSTATUS NtReadFileScatter(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                           IO_STATUS_BLOCK *IoStatusBlock, void *SegmentArray, ULONG Length,
                           LARGE_INTEGER *ByteOffset, ULONG *Key)
{
    (void)Key;
    return segments(FileHandle, Event, ApcRoutine, ApcContext, IoStatusBlock, SegmentArray, Length,
                    ByteOffset, false);
}

NTSTATUS NtWriteFileGather(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                           IO_STATUS_BLOCK *IoStatusBlock, void *SegmentArray, ULONG Length,
                           LARGE_INTEGER *ByteOffset, ULONG *Key)
{
    (void)Key;
    return segments(FileHandle, Event, ApcRoutine, ApcContext, IoStatusBlock, SegmentArray, Length,
                    ByteOffset, true);
}

NTSTATUS NtFlushBuffersFile(HANDLE FileHandle, IO_STATUS_BLOCK *IoStatusBlock)
{
    struct io_file *file;
    NTSTATUS status = lookup_for_write(FileHandle, &file);
    if (!NT_SUCCESS(status))
        return status;
    if (file->kind == IO_DISK && file->fd >= 0)
        fsync(file->fd);
    if (file->operations->flush) {
        struct io_blocked blocked;
        io_block_enter(&blocked, file, IoStatusBlock);
        status = file->operations->flush(file);
        io_block_leave(&blocked);
    }
    ob_dereference(file);
    return NT_SUCCESS(status) ? guest_write_iosb(IoStatusBlock, STATUS_SUCCESS, 0) : status;
}

NTSTATUS NtFlushBuffersFileEx(HANDLE FileHandle, ULONG Flags, void *Parameters, ULONG ParametersSize,
                              IO_STATUS_BLOCK *IoStatusBlock)
{
    (void)Flags, (void)Parameters, (void)ParametersSize;
    return NtFlushBuffersFile(FileHandle, IoStatusBlock);
}

NTSTATUS NtCancelIoFile(HANDLE FileHandle, IO_STATUS_BLOCK *IoStatusBlock)
{
    struct io_file *file;
    NTSTATUS status = ob_handle_lookup(FileHandle, &io_file_type, 0, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    io_cancel(file, ke_self, NULL);
    ob_dereference(file);
    return guest_write_iosb(IoStatusBlock, STATUS_SUCCESS, 0);
}

NTSTATUS NtCancelIoFileEx(HANDLE FileHandle, IO_STATUS_BLOCK *IoRequestToCancel,
                          IO_STATUS_BLOCK *IoStatusBlock)
{
    struct io_file *file;
    NTSTATUS status = ob_handle_lookup(FileHandle, &io_file_type, 0, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    unsigned count = io_cancel_file(file, IoRequestToCancel);
    ob_dereference(file);
    status = guest_write_iosb(IoStatusBlock, STATUS_SUCCESS, 0);
    return !NT_SUCCESS(status) ? status : count ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

/* ---- control codes ---- */

static NTSTATUS start_control(struct io_file *file, struct io_request *request)
{
    return file->operations->control ? file->operations->control(file, request)
                                     : STATUS_INVALID_DEVICE_REQUEST;
}

static NTSTATUS control(HANDLE handle, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context,
                        IO_STATUS_BLOCK *iosb, ULONG code, void *input, ULONG input_length, void *output,
                        ULONG output_length)
{
    struct io_file *file;
    struct io_request request = {.iosb = iosb,
                                 .apc = (void *)apc,
                                 .apc_context = apc_context,
                                 .code = code,
                                 .input = input,
                                 .input_length = input_length,
                                 .buffer = output,
                                 .length = output_length};
    /* Bits 14 and 15 of the code are the access that the handle must have. */
    NTSTATUS status = ob_handle_lookup(handle, &io_file_type, code >> 14 & 3, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    status = io_run(file, &request, event, start_control);
    if (status == STATUS_BUFFER_TOO_SMALL || status == STATUS_PIPE_DISCONNECTED)
        request.information = 0;
    ob_dereference(file);
    return status;
}

NTSTATUS NtDeviceIoControlFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                               IO_STATUS_BLOCK *IoStatusBlock, ULONG IoControlCode, void *InputBuffer,
                               ULONG InputBufferLength, void *OutputBuffer, ULONG OutputBufferLength)
{
    return control(FileHandle, Event, ApcRoutine, ApcContext, IoStatusBlock, IoControlCode, InputBuffer,
                   InputBufferLength, OutputBuffer, OutputBufferLength);
}

NTSTATUS NtFsControlFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                         IO_STATUS_BLOCK *IoStatusBlock, ULONG FsControlCode, void *InputBuffer,
                         ULONG InputBufferLength, void *OutputBuffer, ULONG OutputBufferLength)
{
    return control(FileHandle, Event, ApcRoutine, ApcContext, IoStatusBlock, FsControlCode, InputBuffer,
                   InputBufferLength, OutputBuffer, OutputBufferLength);
}
