/*
 * System calls about time that are not clocks: setting it is declined, timer resolution is what
 * the host gives anyway.
 */
#include "ex/ex.h"
#include "mm/guest.h"
#include <nt/syscalls.h>

#define RESOLUTION_COARSEST 156250 /* 100 ns */
#define RESOLUTION_FINEST   5000

/* What the process asked for; the host's timers are always finer. 0: nothing. */
static ULONG requested_resolution;

NTSTATUS NtSetSystemTime(LARGE_INTEGER *SystemTime, LARGE_INTEGER *PreviousTime)
{
    (void)SystemTime, (void)PreviousTime;
    return STATUS_PRIVILEGE_NOT_HELD;
}

static ULONG current_resolution(void)
{
    ULONG requested = __atomic_load_n(&requested_resolution, __ATOMIC_RELAXED);

    return requested ? requested : RESOLUTION_COARSEST;
}

NTSTATUS NtQueryTimerResolution(ULONG *MaximumTime, ULONG *MinimumTime, ULONG *CurrentTime)
{
    ULONG coarsest = RESOLUTION_COARSEST, finest = RESOLUTION_FINEST, current = current_resolution();
    NTSTATUS status = guest_write(MaximumTime, coarsest);

    if (NT_SUCCESS(status))
        status = guest_write(MinimumTime, finest);
    if (NT_SUCCESS(status))
        status = guest_write(CurrentTime, current);
    return status;
}

NTSTATUS NtSetTimerResolution(ULONG DesiredTime, BOOLEAN SetResolution, ULONG *ActualTime)
{
    ULONG before = __atomic_load_n(&requested_resolution, __ATOMIC_RELAXED), actual;
    NTSTATUS status;

    if (SetResolution) {
        ULONG wanted = DesiredTime < RESOLUTION_FINEST     ? RESOLUTION_FINEST
                       : DesiredTime > RESOLUTION_COARSEST ? RESOLUTION_COARSEST
                                                           : DesiredTime;

        __atomic_store_n(&requested_resolution, wanted, __ATOMIC_RELAXED);
    } else {
        __atomic_store_n(&requested_resolution, 0, __ATOMIC_RELAXED);
    }
    actual = current_resolution();
    status = guest_write(ActualTime, actual);
    if (!NT_SUCCESS(status))
        return status;
    return SetResolution || before ? STATUS_SUCCESS : STATUS_TIMER_RESOLUTION_NOT_SET;
}
