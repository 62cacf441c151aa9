/*
 * Ending what threads wait for: NtCancelSynchronousIoFile, and what a thread leaves behind.
 */
#include "io/device.h"
#include "mm/guest.h"
#include "ps/ps.h"

NTSTATUS NtCancelSynchronousIoFile(HANDLE ThreadHandle, IO_STATUS_BLOCK *IoRequestToCancel,
                                   IO_STATUS_BLOCK *IoStatusBlock)
{
    struct ps_thread *thread;
    (void)IoRequestToCancel;
    NTSTATUS status = ob_handle_lookup(ThreadHandle, &ps_thread_type, 1 /* THREAD_TERMINATE */,
                                       (void **)&thread);
    if (!NT_SUCCESS(status))
        return status;
    status = io_cancel_blocked(thread->ke) ? STATUS_SUCCESS : STATUS_NOT_FOUND;
    ob_dereference(thread);
    NTSTATUS fault = guest_write_iosb(IoStatusBlock, status, 0);
    return NT_SUCCESS(fault) ? status : fault;
}
