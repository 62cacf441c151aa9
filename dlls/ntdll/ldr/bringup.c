/*
 * Stand-ins while the process comes up in pieces. WHEN YOURS IS READY, DELETE THE
 * ONE HERE.
 */
#include "private.h"

ULONG NTAPI RtlGetFullPathName_U(PCWSTR name, ULONG size, PWSTR buffer, PWSTR *part)
{
    ULONG length = ldr_wcslen(name);
    (void)part;
    if ((length + 1) * sizeof(WCHAR) > size)
        return (length + 1) * sizeof(WCHAR);
    memcpy(buffer, name, (length + 1) * sizeof(WCHAR));
    return length * sizeof(WCHAR);
}
