/*
 * The last error.
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
