/*
 * What all of kernelbase shares; see kernelbase.h.
 */
#include "kernelbase.h"
#include <nt/nls.h>

BOOL set_status(NTSTATUS status)
{
    if (NT_SUCCESS(status))
        return TRUE;
    SetLastError(RtlNtStatusToDosError(status));
    return FALSE;
}

BOOL ansi_to_wide(const char *text, WCHAR **ret_wide)
{
    if (!text) {
        *ret_wide = NULL;
        return TRUE;
    }
    ULONG length = lstrlenA(text) + 1, bytes;
    WCHAR *wide = RtlAllocateHeap(process_heap(), 0, length * sizeof *wide);
    if (!wide) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    if (!set_status(RtlMultiByteToUnicodeN(wide, length * sizeof *wide, &bytes, (PCHAR)text, length))) {
        free_wide(wide);
        return FALSE;
    }
    *ret_wide = wide;
    return TRUE;
}

void free_wide(WCHAR *wide)
{
    if (wide)
        RtlFreeHeap(process_heap(), 0, wide);
}

DWORD wide_to_ansi(const WCHAR *wide, int length, char *to, DWORD size)
{
    ULONG units = length < 0 ? (ULONG)lstrlenW(wide) : (ULONG)length, bytes = 0;
    if (units >= size / 4) /* no unit takes more than four bytes: what surely fits need not be counted */
        RtlUnicodeToMultiByteSize(&bytes, (PWCH)wide, units * sizeof *wide);
    if (bytes < size) {
        RtlUnicodeToMultiByteN(to, size, &bytes, (PWCH)wide, units * sizeof *wide);
        to[bytes] = 0;
    }
    return bytes + 1;
}

LARGE_INTEGER *nt_timeout(LARGE_INTEGER *time, DWORD milliseconds)
{
    if (milliseconds == INFINITE)
        return NULL;
    time->QuadPart = milliseconds * -10000ll;
    return time;
}
