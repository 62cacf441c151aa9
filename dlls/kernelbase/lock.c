/*
 * Critical sections, condition variables, one-time initialization, WaitOnAddress, barriers: what is
 * not simply ntdll's function under another name.
 */
#include "kernelbase.h"

void WINAPI InitializeCriticalSection(CRITICAL_SECTION *section)
{
    RtlInitializeCriticalSection(section);
}

BOOL WINAPI InitializeCriticalSectionAndSpinCount(CRITICAL_SECTION *section, DWORD spins)
{
    return set_status(RtlInitializeCriticalSectionAndSpinCount(section, spins));
}

BOOL WINAPI InitializeCriticalSectionEx(CRITICAL_SECTION *section, DWORD spins, DWORD flags)
{
    return set_status(RtlInitializeCriticalSectionEx(section, spins, flags));
}

/* A time-out is a failure with ERROR_TIMEOUT. */
static BOOL wait_result(NTSTATUS status)
{
    if (status == STATUS_TIMEOUT) {
        SetLastError(ERROR_TIMEOUT);
        return FALSE;
    }
    return set_status(status);
}

BOOL WINAPI SleepConditionVariableCS(CONDITION_VARIABLE *variable, CRITICAL_SECTION *section,
                                     DWORD milliseconds)
{
    LARGE_INTEGER time;

    return wait_result(RtlSleepConditionVariableCS(variable, section, nt_timeout(&time, milliseconds)));
}

BOOL WINAPI SleepConditionVariableSRW(CONDITION_VARIABLE *variable, SRWLOCK *lock, DWORD milliseconds,
                                      ULONG flags)
{
    LARGE_INTEGER time;

    return wait_result(RtlSleepConditionVariableSRW(variable, lock, nt_timeout(&time, milliseconds), flags));
}

BOOL WINAPI WaitOnAddress(volatile void *address, void *compare, SIZE_T size, DWORD milliseconds)
{
    LARGE_INTEGER time;

    return wait_result(RtlWaitOnAddress(address, compare, size, nt_timeout(&time, milliseconds)));
}

BOOL WINAPI InitOnceBeginInitialize(INIT_ONCE *once, DWORD flags, BOOL *pending, LPVOID *context)
{
    NTSTATUS status = RtlRunOnceBeginInitialize(once, flags, context);

    if (NT_SUCCESS(status))
        *pending = status == STATUS_PENDING;
    else if (status == STATUS_UNSUCCESSFUL)
        *pending = TRUE;
    return set_status(status);
}

BOOL WINAPI InitOnceComplete(INIT_ONCE *once, DWORD flags, LPVOID context)
{
    return set_status(RtlRunOnceComplete(once, flags, context));
}

BOOL WINAPI InitOnceExecuteOnce(INIT_ONCE *once, PINIT_ONCE_FN function, PVOID parameter, LPVOID *context)
{
    return !RtlRunOnceExecuteOnce(once, (PRTL_RUN_ONCE_INIT_FN)function, parameter, context);
}

BOOL WINAPI InitializeSynchronizationBarrier(LPSYNCHRONIZATION_BARRIER barrier, LONG total, LONG spins)
{
    if (total <= 0 || spins < -1) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return set_status(RtlInitBarrier(barrier, (ULONG)total, (ULONG)spins));
}

BOOL WINAPI EnterSynchronizationBarrier(LPSYNCHRONIZATION_BARRIER barrier, DWORD flags)
{
    return RtlBarrier(barrier, flags);
}

BOOL WINAPI DeleteSynchronizationBarrier(LPSYNCHRONIZATION_BARRIER barrier)
{
    RtlDeleteBarrier(barrier);
    return TRUE;
}
