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

VOID NTAPI RtlRaiseStatus(NTSTATUS status)
{
    NtTerminateProcess(NtCurrentProcess(), status);
}

DECLSPEC_NORETURN void NTAPI __gastwirt_missing(const char *dll, const char *function)
{
    ldr_print("%s.%s is not implemented", dll, function);
    for (;;)
        NtTerminateProcess(NtCurrentProcess(), STATUS_ENTRYPOINT_NOT_FOUND);
}
