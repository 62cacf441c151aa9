/*
 * What i386 code asks about 64-bit processes in their own layouts (NtWow64...64): addresses and numbers are
 * 64 bits wide on both sides, so the calls are handed on as they are.
 */
#include "mm/area.h"
#include "mm/guest.h"
#include <nt/syscalls.h>

NTSTATUS GwTransferMemory64(HANDLE ProcessHandle, ULONGLONG Address, void *Buffer, ULONGLONG Size,
                            ULONG Write, ULONGLONG *Done)
{
    NTSTATUS status = mm_check_process(ProcessHandle);
    SIZE_T done = 0;
    if (status != STATUS_NOT_SUPPORTED) { /* this process */
        status = Write ? NtWriteVirtualMemory(ProcessHandle, (PVOID)Address, Buffer, Size, &done)
                       : NtReadVirtualMemory(ProcessHandle, (PVOID)Address, Buffer, Size, &done);
    } else if (Address + Size < Address || Address + Size >= 1ull << 47) {
        return STATUS_ACCESS_VIOLATION;
    } else {
        status = mm_remote_transfer(ProcessHandle, (uint8_t *)Address, Buffer, Size, Write != 0, &done);
    }
    if (Done) {
        ULONGLONG count = done;
        NTSTATUS written = guest_copy(Done, &count, sizeof count);
        if (!NT_SUCCESS(written))
            return written;
    }
    return status;
}

NTSTATUS GwQueryInformationProcess64(HANDLE ProcessHandle, ULONG ProcessInformationClass,
                                     void *ProcessInformation, ULONG ProcessInformationLength,
                                     ULONG *ReturnLength)
{
    if (ProcessInformationClass != 0) /* ProcessBasicInformation is all that there is */
        return STATUS_NOT_IMPLEMENTED;
    return NtQueryInformationProcess(ProcessHandle, ProcessInformationClass, ProcessInformation,
                                     ProcessInformationLength, ReturnLength);
}

NTSTATUS GwAllocateVirtualMemory64(HANDLE ProcessHandle, ULONGLONG *BaseAddress, ULONGLONG ZeroBits,
                                   ULONGLONG *RegionSize, ULONG AllocationType, ULONG Protect)
{
    return NtAllocateVirtualMemory(ProcessHandle, (PVOID *)BaseAddress, ZeroBits, (SIZE_T *)RegionSize,
                                   AllocationType, Protect);
}
