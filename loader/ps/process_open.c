/*
 * NtOpenProcess and NtGetNextProcess: process objects for Unix processes.
 */
#include "mm/guest.h"
#include "ps/child.h"
#include <dirent.h>
#include <errno.h>
#include <nt/syscalls.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static NTSTATUS give_process(struct ps_process *process, ACCESS_MASK access, ULONG attributes,
                             HANDLE *guest_handle)
{
    HANDLE handle;
    NTSTATUS status = ob_handle_create(process, access, attributes, &handle);
    if (!NT_SUCCESS(status))
        return status;
    status = guest_write(guest_handle, handle);
    if (!NT_SUCCESS(status))
        ob_handle_close(handle);
    return status;
}

NTSTATUS ps_process_open(int pid, struct ps_process **ret_process)
{
    if (ps_current_process && pid == ps_current_process->unix_pid) {
        ob_reference(ps_current_process);
        *ret_process = ps_current_process;
        return STATUS_SUCCESS;
    }
    struct ps_process *process = ps_process_find_child(pid);
    if (!process) {
        int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (pidfd < 0)
            return errno == ESRCH || errno == EINVAL ? STATUS_INVALID_CID : STATUS_ACCESS_DENIED;
        process = ps_process_watch(pid, pidfd, false, NULL);
    }
    if (!process)
        return STATUS_NO_MEMORY;
    *ret_process = process;
    return STATUS_SUCCESS;
}

NTSTATUS NtOpenProcess(HANDLE *ProcessHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                       CLIENT_ID *ClientId)
{
    OBJECT_ATTRIBUTES attributes = {0};
    CLIENT_ID id;
    struct ps_process *process;
    NTSTATUS status = guest_read(&id, ClientId);
    if (NT_SUCCESS(status) && ObjectAttributes)
        status = guest_read(&attributes, ObjectAttributes);
    if (!NT_SUCCESS(status))
        return status;
    uint64_t number = (uint64_t)id.UniqueProcess;
    if (number == 0 || number >> 32)
        return STATUS_INVALID_CID;
    if (id.UniqueThread) {
        struct ps_thread *thread = ps_find_thread((uint32_t)(uintptr_t)id.UniqueThread);
        if (!thread)
            return STATUS_INVALID_CID;
        ob_dereference(thread);
    }
    status = ps_process_open((int)(number / 4), &process);
    if (!NT_SUCCESS(status))
        return status;
    status = give_process(process, DesiredAccess, attributes.Attributes, ProcessHandle);
    ob_dereference(process);
    return status;
}

/* Processes by ascending id, as far as Unix lets us see them. */
NTSTATUS NtGetNextProcess(HANDLE ProcessHandle, ACCESS_MASK DesiredAccess, ULONG HandleAttributes,
                          ULONG Flags, HANDLE *NewProcessHandle)
{
    int after = 0, next = 0;
    struct ps_process *process;
    if (Flags)
        return STATUS_INVALID_PARAMETER_4;
    if (ProcessHandle) {
        void *object;
        NTSTATUS status = ob_handle_lookup(ProcessHandle, &ps_process_type, 0, &object);
        if (!NT_SUCCESS(status))
            return status;
        after = ((struct ps_process *)object)->unix_pid;
        ob_dereference(object);
    }
    for (;;) {
        DIR *folder = opendir("/proc");
        if (!folder)
            return STATUS_NO_MORE_ENTRIES;
        next = 0;
        for (struct dirent *entry; (entry = readdir(folder));) {
            int pid = atoi(entry->d_name);
            if (pid > after && (!next || pid < next))
                next = pid;
        }
        closedir(folder);
        if (!next)
            return STATUS_NO_MORE_ENTRIES;
        if (NT_SUCCESS(ps_process_open(next, &process)))
            break;
        after = next;
    }
    NTSTATUS status = give_process(process, DesiredAccess, HandleAttributes, NewProcessHandle);
    ob_dereference(process);
    return status;
}
