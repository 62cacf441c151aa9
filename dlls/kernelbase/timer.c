/*
 * Waitable timers.
 */
#include "sync.h"

#ifndef CREATE_WAITABLE_TIMER_HIGH_RESOLUTION
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 2
#endif

/* Every timer has high resolution here. */
HANDLE WINAPI CreateWaitableTimerExW(SECURITY_ATTRIBUTES *security, const WCHAR *name, DWORD flags,
                                     DWORD access)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING string;
    HANDLE handle = NULL;
    if (flags & ~(CREATE_WAITABLE_TIMER_MANUAL_RESET | CREATE_WAITABLE_TIMER_HIGH_RESOLUTION) ||
        (flags & CREATE_WAITABLE_TIMER_HIGH_RESOLUTION && name)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    object_attributes(&attributes, &string, name, security, OBJ_OPENIF);
    return created(
        NtCreateTimer(&handle, access, &attributes, flags & CREATE_WAITABLE_TIMER_MANUAL_RESET ? 0 : 1),
        &handle);
}

HANDLE WINAPI CreateWaitableTimerExA(SECURITY_ATTRIBUTES *security, const char *name, DWORD flags,
                                     DWORD access)
{
    WCHAR *wide;
    if (!object_name(name, &wide))
        return NULL;
    HANDLE handle = CreateWaitableTimerExW(security, wide, flags, access);
    free_wide(wide);
    return handle;
}

HANDLE WINAPI CreateWaitableTimerW(SECURITY_ATTRIBUTES *security, BOOL manual_reset, const WCHAR *name)
{
    return CreateWaitableTimerExW(security, name, manual_reset ? CREATE_WAITABLE_TIMER_MANUAL_RESET : 0,
                                  TIMER_ALL_ACCESS);
}

HANDLE WINAPI CreateWaitableTimerA(SECURITY_ATTRIBUTES *security, BOOL manual_reset, const char *name)
{
    return CreateWaitableTimerExA(security, name, manual_reset ? CREATE_WAITABLE_TIMER_MANUAL_RESET : 0,
                                  TIMER_ALL_ACCESS);
}

DEFINE_OPEN(OpenWaitableTimer, NtOpenTimer)

/* Asking to wake the system from sleep succeeds with the last error ERROR_NOT_SUPPORTED, as
 * documented for systems that cannot. */
BOOL WINAPI SetWaitableTimer(HANDLE handle, const LARGE_INTEGER *due, LONG period, PTIMERAPCROUTINE routine,
                             void *argument, BOOL resume)
{
    NTSTATUS status = NtSetTimer(handle, (LARGE_INTEGER *)due, (void *)routine, argument,
                                 (BOOLEAN)(resume != 0), period, NULL);
    if (!set_status(status))
        return FALSE;
    SetLastError(status == STATUS_TIMER_RESUME_IGNORED ? ERROR_NOT_SUPPORTED : ERROR_SUCCESS);
    return TRUE;
}

BOOL WINAPI SetWaitableTimerEx(HANDLE handle, const LARGE_INTEGER *due, LONG period, PTIMERAPCROUTINE routine,
                               void *argument, REASON_CONTEXT *wake_context, ULONG tolerable_delay)
{
    (void)tolerable_delay;
    if (period < 0) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return SetWaitableTimer(handle, due, period, routine, argument, wake_context != NULL);
}

BOOL WINAPI CancelWaitableTimer(HANDLE handle)
{
    return set_status(NtCancelTimer(handle, NULL));
}
