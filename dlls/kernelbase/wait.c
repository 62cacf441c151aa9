/*
 * Waiting and sleeping.
 */
#include "kernelbase.h"

/* The handle that a standard handle's number stands for. */
static HANDLE real_handle(HANDLE handle)
{
    if ((LONG_PTR)handle >= (LONG_PTR)(LONG)STD_ERROR_HANDLE &&
        (LONG_PTR)handle <= (LONG_PTR)(LONG)STD_INPUT_HANDLE) {
        RTL_USER_PROCESS_PARAMETERS *parameters = current_peb()->ProcessParameters;
        HANDLE standard[] = {parameters->StandardError, parameters->StandardOutput,
                             parameters->StandardInput};
        return standard[(LONG_PTR)handle - (LONG)STD_ERROR_HANDLE];
    }
    return handle;
}

static DWORD wait_result(NTSTATUS status)
{
    if (NT_SUCCESS(status))
        return (DWORD)status;
    set_status(status);
    return WAIT_FAILED;
}

DWORD WINAPI WaitForSingleObjectEx(HANDLE handle, DWORD milliseconds, BOOL alertable)
{
    LARGE_INTEGER time, *timeout = nt_timeout(&time, milliseconds);
    NTSTATUS status;
    handle = real_handle(handle);
    do
        status = NtWaitForSingleObject(handle, (BOOLEAN)(alertable != 0), timeout);
    while (status == STATUS_ALERTED && alertable);
    return wait_result(status);
}

DWORD WINAPI WaitForSingleObject(HANDLE handle, DWORD milliseconds)
{
    LARGE_INTEGER time;
    return wait_result(NtWaitForSingleObject(real_handle(handle), FALSE, nt_timeout(&time, milliseconds)));
}

DWORD WINAPI WaitForMultipleObjectsEx(DWORD count, const HANDLE *handles, BOOL all, DWORD milliseconds,
                                      BOOL alertable)
{
    LARGE_INTEGER time, *timeout = nt_timeout(&time, milliseconds);
    HANDLE real[MAXIMUM_WAIT_OBJECTS];
    NTSTATUS status;
    if (count > MAXIMUM_WAIT_OBJECTS) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return WAIT_FAILED;
    }
    for (DWORD i = 0; i < count; i++)
        real[i] = real_handle(handles[i]);
    do
        status = NtWaitForMultipleObjects(count, real, all ? 0 : 1, (BOOLEAN)(alertable != 0), timeout);
    while (status == STATUS_ALERTED && alertable);
    return wait_result(status);
}

DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *handles, BOOL all, DWORD milliseconds)
{
    return WaitForMultipleObjectsEx(count, handles, all, milliseconds, FALSE);
}

DWORD WINAPI SignalObjectAndWait(HANDLE signal, HANDLE wait, DWORD milliseconds, BOOL alertable)
{
    LARGE_INTEGER time, *timeout = nt_timeout(&time, milliseconds);
    NTSTATUS status = NtSignalAndWaitForSingleObject(signal, wait, (BOOLEAN)(alertable != 0), timeout);
    while (status == STATUS_ALERTED && alertable)
        status = NtWaitForSingleObject(wait, TRUE, timeout);
    return wait_result(status);
}

DWORD WINAPI SleepEx(DWORD milliseconds, BOOL alertable)
{
    LARGE_INTEGER time, *timeout = nt_timeout(&time, milliseconds);
    NTSTATUS status;
    if (!timeout) {
        time.QuadPart = (LONGLONG)(1ull << 63); /* the lowest value: for ever */
        timeout = &time;
    }
    do
        status = NtDelayExecution((BOOLEAN)(alertable != 0), timeout);
    while (status == STATUS_ALERTED && alertable);
    return status == STATUS_USER_APC ? WAIT_IO_COMPLETION : 0;
}

void WINAPI Sleep(DWORD milliseconds)
{
    SleepEx(milliseconds, FALSE);
}

BOOL WINAPI SwitchToThread(void)
{
    return NtYieldExecution() != STATUS_NO_YIELD_PERFORMED;
}
