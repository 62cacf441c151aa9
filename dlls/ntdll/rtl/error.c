/*
 * Win32 errors and NTSTATUS codes: the table (status_errors.h), the thread's last error and mode.
 */
#include <nt/rtl.h>

static const struct {
    ULONG status, error;
} map[] = {
#define MAP(status, error) {(ULONG)(status), (ULONG)(error)},
#include "status_errors.h"
#undef MAP
};

ULONG NTAPI RtlNtStatusToDosErrorNoTeb(NTSTATUS status)
{
    ULONG code = (ULONG)status;
    unsigned low = 0, high = sizeof map / sizeof map[0];

    if (!code || code & 0x20000000) /* success; customers' codes are their own errors */
        return code;
    if (code >> 28 == 0xd) /* an error that was made from a status with FACILITY_NT_BIT */
        code &= ~0x10000000u;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (map[middle].status == code)
            return map[middle].error;
        if (map[middle].status < code)
            low = middle + 1;
        else
            high = middle;
    }
    if (code >> 16 == 0xc001 || code >> 16 == 0x8007 ||
        code >> 16 == 0xc007) /* FACILITY_NTWIN32: the error itself */
        return code & 0xffff;
    return ERROR_MR_MID_NOT_FOUND;
}

ULONG NTAPI RtlNtStatusToDosError(NTSTATUS status)
{
    rtl_teb()->LastStatusValue = status;
    return RtlNtStatusToDosErrorNoTeb(status);
}

ULONG NTAPI RtlGetLastWin32Error(void)
{
#ifdef _WIN64
    ULONG error;
    __asm__ volatile("movl %%gs:0x68, %0" : "=r"(error));
    return error;
#else
    return rtl_teb()->LastErrorValue;
#endif
}

void NTAPI RtlSetLastWin32Error(ULONG error)
{
#ifdef _WIN64
    __asm__ volatile("movl %0, %%gs:0x68" : : "r"(error));
#else
    rtl_teb()->LastErrorValue = error;
#endif
}

void NTAPI RtlRestoreLastWin32Error(ULONG error)
{
    RtlSetLastWin32Error(error);
}
NTSTATUS NTAPI RtlGetLastNtStatus(void)
{
    return rtl_teb()->LastStatusValue;
}

void NTAPI RtlSetLastWin32ErrorAndNtStatusFromNtStatus(NTSTATUS status)
{
    RtlSetLastWin32Error(RtlNtStatusToDosError(status));
}

ULONG NTAPI RtlGetThreadErrorMode(void)
{
    return rtl_teb()->HardErrorMode;
}

/* SetThreadErrorMode's three modes, from 0x10 on. */
NTSTATUS NTAPI RtlSetThreadErrorMode(ULONG mode, PULONG old)
{
    if (mode & ~0x70u)
        return STATUS_INVALID_PARAMETER_1;
    if (old)
        *old = rtl_teb()->HardErrorMode;
    rtl_teb()->HardErrorMode = mode;
    return STATUS_SUCCESS;
}
