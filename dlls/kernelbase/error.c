/*
 * Last error and error mode.
 */
#include "kernelbase.h"

#undef GetLastError
#undef SetLastError

DWORD WINAPI GetLastError(void)
{
#ifdef _WIN64
    DWORD error;
    __asm__ volatile("movl %%gs:0x68, %0" : "=r"(error));
    return error;
#else
    return rtl_teb()->LastErrorValue;
#endif
}

void WINAPI SetLastError(DWORD error)
{
#ifdef _WIN64
    __asm__ volatile("movl %0, %%gs:0x68" : : "r"(error));
#else
    rtl_teb()->LastErrorValue = error;
#endif
}

DWORD WINAPI RestoreLastError(DWORD error)
{
    SetLastError(error);
    return 0;
}

static volatile UINT process_mode;

UINT WINAPI GetErrorMode(void) { return process_mode; }

/* SEM_NOALIGNMENTFAULTEXCEPT cannot be taken back once set. */
UINT WINAPI SetErrorMode(UINT mode)
{
    UINT old = process_mode;

    process_mode = (mode & 0x8007) | (old & SEM_NOALIGNMENTFAULTEXCEPT);
    return old;
}

static DWORD to_win32(ULONG mode) { return (mode & 0x10 ? 1u : 0) | (mode & 0x20 ? 2u : 0) | (mode & 0x40 ? 0x8000u : 0); }

DWORD WINAPI GetThreadErrorMode(void) { return to_win32(RtlGetThreadErrorMode()); }

BOOL WINAPI SetThreadErrorMode(DWORD mode, DWORD *old)
{
    ULONG before;

    if (mode & ~0x8003u) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    RtlSetThreadErrorMode((mode & 1 ? 0x10u : 0) | (mode & 2 ? 0x20u : 0) | (mode & 0x8000 ? 0x40u : 0), &before);
    if (old)
        *old = to_win32(before);
    return TRUE;
}
