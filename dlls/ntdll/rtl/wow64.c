/*
 * What a 32-bit program asks about the 64-bit system around it; 64-bit programs may ask, too.
 */
#include <nt/rtl.h>
#include <nt/syscalls.h>

NTSTATUS NTAPI RtlGetNativeSystemInformation(ULONG class, PVOID information, ULONG length, ULONG *returned)
{
    return GwNativeSystemInformation(class, information, length, returned);
}

NTSTATUS NTAPI RtlWow64EnableFsRedirectionEx(ULONG disable, ULONG *previous)
{
#ifdef _WIN64
    (void)disable, (void)previous;
    return STATUS_NOT_IMPLEMENTED;
#else
    return GwFsRedirection(disable, previous);
#endif
}

NTSTATUS NTAPI RtlWow64EnableFsRedirection(BOOLEAN enable)
{
    ULONG previous;
    return RtlWow64EnableFsRedirectionEx(!enable, &previous);
}

NTSTATUS NTAPI RtlWow64GetProcessMachines(HANDLE process, USHORT *machine, USHORT *native)
{
    enum { ProcessWow64Information = 26 };
    ULONG_PTR peb;
    NTSTATUS status = NtQueryInformationProcess(process, ProcessWow64Information, &peb, sizeof peb, NULL);
    if (!NT_SUCCESS(status))
        return status;
    *machine = peb ? IMAGE_FILE_MACHINE_I386 : IMAGE_FILE_MACHINE_UNKNOWN;
    if (native)
        *native = IMAGE_FILE_MACHINE_AMD64;
    return STATUS_SUCCESS;
}

USHORT NTAPI RtlWow64GetCurrentMachine(void)
{
#ifdef _WIN64
    return IMAGE_FILE_MACHINE_AMD64;
#else
    return IMAGE_FILE_MACHINE_I386;
#endif
}

NTSTATUS NTAPI RtlWow64IsWowGuestMachineSupported(USHORT machine, BOOLEAN *supported)
{
    *supported = machine == IMAGE_FILE_MACHINE_I386;
    return STATUS_SUCCESS;
}
