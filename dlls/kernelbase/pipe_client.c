/*
 * Who is at the other end of a named pipe.
 */
#include "file.h"

/* An attribute that is a number. */
static BOOL attribute(HANDLE pipe, ULONG code, const char *name, ULONG size, ULONG *ret_value)
{
    IO_STATUS_BLOCK iosb;
    ULONG value;
    if (!ret_value) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    NTSTATUS status = NtFsControlFile(pipe, NULL, NULL, NULL, &iosb, code, (void *)name, size, &value,
                                      sizeof value);
    if (status == STATUS_PENDING) {
        NtWaitForSingleObject(pipe, FALSE, NULL);
        status = iosb.Status;
    }
    if (NT_SUCCESS(status))
        *ret_value = value;
    return set_status(status);
}

#define ATTRIBUTE(pipe, code, name, ret_value) attribute(pipe, code, name, sizeof name, ret_value)

BOOL WINAPI GetNamedPipeClientProcessId(HANDLE pipe, ULONG *ret_id)
{
    return ATTRIBUTE(pipe, FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE, "ClientProcessId", ret_id);
}

BOOL WINAPI GetNamedPipeClientSessionId(HANDLE pipe, ULONG *ret_id)
{
    return ATTRIBUTE(pipe, FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE, "ClientSessionId", ret_id);
}

BOOL WINAPI GetNamedPipeServerProcessId(HANDLE pipe, ULONG *ret_id)
{
    return ATTRIBUTE(pipe, FSCTL_PIPE_GET_PIPE_ATTRIBUTE, "ServerProcessId", ret_id);
}

BOOL WINAPI GetNamedPipeServerSessionId(HANDLE pipe, ULONG *ret_id)
{
    return ATTRIBUTE(pipe, FSCTL_PIPE_GET_PIPE_ATTRIBUTE, "ServerSessionId", ret_id);
}

/* Clients are always on this computer. */
BOOL WINAPI GetNamedPipeClientComputerNameW(HANDLE pipe, PWSTR name, ULONG size)
{
    ULONG client;
    (void)name, (void)size;
    if (GetNamedPipeClientProcessId(pipe, &client))
        SetLastError(ERROR_PIPE_LOCAL);
    return FALSE;
}

BOOL WINAPI GetNamedPipeClientComputerNameA(HANDLE pipe, PSTR name, ULONG size)
{
    (void)name;
    return GetNamedPipeClientComputerNameW(pipe, NULL, size);
}

BOOL WINAPI ImpersonateNamedPipeClient(HANDLE pipe)
{
    IO_STATUS_BLOCK iosb;
    return set_status(
        NtFsControlFile(pipe, NULL, NULL, NULL, &iosb, FSCTL_PIPE_IMPERSONATE, NULL, 0, NULL, 0));
}
