/*
 * Virtual memory: thin layers over NtAllocateVirtualMemory and its family.
 */
#include "kernelbase.h"
#include <nt/memory.h>

#define LARGE_PAGE     0x200000
#define LOCK_IN_MEMORY 1 /* MapType of NtLockVirtualMemory: the working set */

LPVOID WINAPI VirtualAllocEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    PVOID base = address;

    if (address && (ULONG_PTR)address < 0x10000) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    return set_status(NtAllocateVirtualMemory(process, &base, 0, &size, type, protect)) ? base : NULL;
}

LPVOID WINAPI VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect)
{
    return VirtualAllocEx(NtCurrentProcess(), address, size, type, protect);
}

/* There is one memory node as far as programs can tell. */
static BOOL is_node(DWORD node)
{
    ULONG highest;
    return node == NUMA_NO_PREFERRED_NODE || (GetNumaHighestNodeNumber(&highest) && node <= highest);
}

LPVOID WINAPI VirtualAllocExNuma(HANDLE process, LPVOID address, SIZE_T size, DWORD type, DWORD protect,
                                 DWORD node)
{
    if (!is_node(node)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    return VirtualAllocEx(process, address, size, type, protect); /* memory of all nodes is one to us */
}

PVOID WINAPI VirtualAlloc2(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect,
                           MEM_EXTENDED_PARAMETER *parameters, ULONG count)
{
    PVOID base = address;

    if (!process)
        process = NtCurrentProcess();
    return set_status(NtAllocateVirtualMemoryEx(process, &base, &size, type, protect, parameters, count))
               ? base
               : NULL;
}

/* The forms for packaged programs refuse executable memory that was not asked for in the manifest;
 * no program here is packaged. */
/* A store program makes pages executable with VirtualProtectFromApp only. */
static BOOL is_executable(ULONG protect)
{
    if (!(protect & (PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY)))
        return FALSE;
    SetLastError(ERROR_INVALID_PARAMETER);
    return TRUE;
}

PVOID WINAPI VirtualAllocFromApp(PVOID address, SIZE_T size, ULONG type, ULONG protect)
{
    if (is_executable(protect))
        return NULL;
    return VirtualAlloc(address, size, type, protect);
}

PVOID WINAPI VirtualAlloc2FromApp(HANDLE process, PVOID address, SIZE_T size, ULONG type, ULONG protect,
                                  MEM_EXTENDED_PARAMETER *parameters, ULONG count)
{
    if (is_executable(protect))
        return NULL;
    return VirtualAlloc2(process, address, size, type, protect, parameters, count);
}

/* MEM_RELEASE takes whole allocations only, unless a placeholder is to remain. */
BOOL WINAPI VirtualFreeEx(HANDLE process, LPVOID address, SIZE_T size, DWORD type)
{
    PVOID base = address;

    if (type == MEM_RELEASE && size) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return set_status(NtFreeVirtualMemory(process, &base, &size, type));
}

BOOL WINAPI VirtualFree(LPVOID address, SIZE_T size, DWORD type)
{
    return VirtualFreeEx(NtCurrentProcess(), address, size, type);
}

BOOL WINAPI VirtualProtectEx(HANDLE process, LPVOID address, SIZE_T size, DWORD protect, DWORD *old)
{
    PVOID base = address;

    return set_status(NtProtectVirtualMemory(process, &base, &size, protect, (ULONG *)old));
}

BOOL WINAPI VirtualProtect(LPVOID address, SIZE_T size, DWORD protect, DWORD *old)
{
    return VirtualProtectEx(NtCurrentProcess(), address, size, protect, old);
}

BOOL WINAPI VirtualProtectFromApp(PVOID address, SIZE_T size, ULONG protect, ULONG *old)
{
    return VirtualProtectEx(NtCurrentProcess(), address, size, protect, (DWORD *)old);
}

SIZE_T WINAPI VirtualQueryEx(HANDLE process, LPCVOID address, MEMORY_BASIC_INFORMATION *info, SIZE_T length)
{
    SIZE_T written = 0;

    return set_status(NtQueryVirtualMemory(process, (PVOID)address, MemoryBasicInformationClass, info, length,
                                           &written))
               ? written
               : 0;
}

SIZE_T WINAPI VirtualQuery(LPCVOID address, MEMORY_BASIC_INFORMATION *info, SIZE_T length)
{
    return VirtualQueryEx(NtCurrentProcess(), address, info, length);
}

BOOL WINAPI QueryVirtualMemoryInformation(HANDLE process, const VOID *address, int class, PVOID information,
                                          SIZE_T length, PSIZE_T written)
{
    struct { /* WIN32_MEMORY_REGION_INFORMATION */
        PVOID AllocationBase;
        ULONG AllocationProtect;
        ULONG Flags;
        SIZE_T RegionSize;
        SIZE_T CommitSize;
    } *out = information;
    NT_MEMORY_REGION_INFORMATION region;

    if (class) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (length < sizeof *out) {
        SetLastError(ERROR_BAD_LENGTH);
        return FALSE;
    }
    if (!set_status(NtQueryVirtualMemory(process, (PVOID)address, MemoryRegionInformationClass, &region,
                                         sizeof region, NULL)))
        return FALSE;
    out->AllocationBase = region.AllocationBase;
    out->AllocationProtect = region.AllocationProtect;
    out->Flags = region.RegionType;
    out->RegionSize = region.RegionSize;
    out->CommitSize = region.CommitSize;
    if (written)
        *written = sizeof *out;
    return TRUE;
}

BOOL WINAPI VirtualLock(LPVOID address, SIZE_T size)
{
    PVOID base = address;

    return set_status(NtLockVirtualMemory(NtCurrentProcess(), &base, &size, LOCK_IN_MEMORY));
}

BOOL WINAPI VirtualUnlockEx(HANDLE process, LPVOID address, SIZE_T size)
{
    PVOID base = address;

    return set_status(
        NtUnlockVirtualMemory(process ? process : NtCurrentProcess(), &base, &size, LOCK_IN_MEMORY));
}

BOOL WINAPI VirtualUnlock(LPVOID address, SIZE_T size)
{
    return VirtualUnlockEx(NtCurrentProcess(), address, size);
}

BOOL WINAPI PrefetchVirtualMemory(HANDLE process, ULONG_PTR count, WIN32_MEMORY_RANGE_ENTRY *ranges,
                                  ULONG flags)
{
    return set_status(NtSetInformationVirtualMemory(process, VmPrefetchInformationClass, count, ranges,
                                                    &flags, sizeof flags));
}

/* Both report failure by a result other than 0. */
UINT WINAPI GetWriteWatch(DWORD flags, PVOID base, SIZE_T size, PVOID *addresses, ULONG_PTR *count,
                          LPDWORD granularity)
{
    return set_status(
               NtGetWriteWatch(NtCurrentProcess(), flags, base, size, addresses, count, (ULONG *)granularity))
               ? 0
               : ~0u;
}

UINT WINAPI ResetWriteWatch(LPVOID base, SIZE_T size)
{
    return set_status(NtResetWriteWatch(NtCurrentProcess(), base, size)) ? 0 : ~0u;
}

/* Offered, discarded and reclaimed memory: these return error codes. The range is whole pages. */
static DWORD reset_pages(PVOID address, SIZE_T size, ULONG type)
{
    NTSTATUS status;

    if (((ULONG_PTR)address | size) & 0xfff || !address || !size)
        return ERROR_INVALID_PARAMETER;
    status = NtAllocateVirtualMemory(NtCurrentProcess(), &address, 0, &size, type, PAGE_READWRITE);
    return NT_SUCCESS(status) ? ERROR_SUCCESS : RtlNtStatusToDosError(status);
}

DWORD WINAPI OfferVirtualMemory(PVOID address, SIZE_T size, OFFER_PRIORITY priority)
{
    if ((int)priority < 1 || priority > 4)
        return ERROR_INVALID_PARAMETER;
    return reset_pages(address, size, MEM_RESET);
}

DWORD WINAPI ReclaimVirtualMemory(PVOID address, SIZE_T size)
{
    return reset_pages(address, size, MEM_RESET_UNDO);
}

DWORD WINAPI DiscardVirtualMemory(PVOID address, SIZE_T size)
{
    return reset_pages(address, size, MEM_RESET);
}

SIZE_T WINAPI GetLargePageMinimum(void)
{
    return LARGE_PAGE;
}

BOOL WINAPI FlushInstructionCache(HANDLE process, LPCVOID address, SIZE_T size)
{
    return set_status(NtFlushInstructionCache(process, (PVOID)address, size));
}

BOOL WINAPI ReadProcessMemory(HANDLE process, LPCVOID address, LPVOID buffer, SIZE_T size, SIZE_T *read)
{
    return set_status(NtReadVirtualMemory(process, (PVOID)address, buffer, size, read));
}

/* Writes to code that may not be written, as debuggers do it: the protection is lifted meanwhile. */
static NTSTATUS write_code(HANDLE process, char *address, const char *buffer, SIZE_T size,
                           SIZE_T *ret_written)
{
    MEMORY_BASIC_INFORMATION info;
    PVOID base = address;
    SIZE_T length;
    ULONG old, unused;
    NTSTATUS status = NtQueryVirtualMemory(process, address, MemoryBasicInformationClass, &info, sizeof info,
                                           NULL);
    *ret_written = 0;
    if (status)
        return status;
    if (info.State != MEM_COMMIT || !(info.Protect & (PAGE_EXECUTE | PAGE_EXECUTE_READ)))
        return STATUS_ACCESS_VIOLATION;
    length = (char *)info.BaseAddress + info.RegionSize - address;
    if (length > size)
        length = size;
    size = length;
    status = NtProtectVirtualMemory(process, &base, &length, PAGE_EXECUTE_READWRITE, &old);
    if (status == STATUS_INVALID_PAGE_PROTECTION || status == STATUS_SECTION_PROTECTION)
        status = NtProtectVirtualMemory(process, &base, &length, PAGE_EXECUTE_WRITECOPY, &old);
    if (status)
        return status;
    status = NtWriteVirtualMemory(process, address, (PVOID)buffer, size, ret_written);
    NtProtectVirtualMemory(process, &base, &length, old, &unused);
    NtFlushInstructionCache(process, address, size);
    return status;
}

/* Other processes' memory is written with two rights, whatever its protection is. */
static BOOL may_write(HANDLE process)
{
    struct { /* OBJECT_BASIC_INFORMATION */
        ULONG Attributes;
        ACCESS_MASK GrantedAccess;
        ULONG rest[12];
    } basic;
    return process == GetCurrentProcess() ||
           !NT_SUCCESS(NtQueryObject(process, 0, &basic, sizeof basic, NULL)) ||
           basic.GrantedAccess & PROCESS_VM_OPERATION;
}

BOOL WINAPI WriteProcessMemory(HANDLE process, LPVOID address, LPCVOID buffer, SIZE_T size, SIZE_T *written)
{
    SIZE_T done = 0;
    if (!may_write(process)) {
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    NTSTATUS status = NtWriteVirtualMemory(process, address, (PVOID)buffer, size, &done);
    while (status == STATUS_PARTIAL_COPY || status == STATUS_ACCESS_VIOLATION) {
        SIZE_T more = 0;
        NTSTATUS code = write_code(process, (char *)address + done, (const char *)buffer + done, size - done,
                                   &more);
        done += more;
        if (code && !more)
            break;
        status = STATUS_SUCCESS;
        if (done < size) {
            status = NtWriteVirtualMemory(process, (char *)address + done,
                                          (PVOID)((const char *)buffer + done), size - done, &more);
            done += more;
        }
    }
    if (written)
        *written = done;
    return set_status(status);
}

/* Whether every page of the range allows the access; a copy-on-write page can be written. */
static BOOL is_accessible(const void *address, SIZE_T size, DWORD protections)
{
    const char *at = address, *end = at + size;
    MEMORY_BASIC_INFORMATION info;

    if (!address || end < at)
        return FALSE;
    while (at < end) {
        if (NtQueryVirtualMemory(NtCurrentProcess(), (PVOID)at, MemoryBasicInformationClass, &info,
                                 sizeof info, NULL))
            return FALSE;
        if (info.State != MEM_COMMIT || !(info.Protect & protections) || info.Protect & PAGE_GUARD)
            return FALSE;
        at = (const char *)info.BaseAddress + info.RegionSize;
    }
    return TRUE;
}

#define WRITABLE (PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY)
#define READABLE (WRITABLE | PAGE_READONLY | PAGE_EXECUTE_READ | PAGE_EXECUTE)

BOOL WINAPI IsBadReadPtr(const void *address, UINT_PTR size)
{
    return size && !is_accessible(address, size, READABLE);
}

BOOL WINAPI IsBadWritePtr(LPVOID address, UINT_PTR size)
{
    return size && !is_accessible(address, size, WRITABLE);
}

BOOL WINAPI IsBadHugeReadPtr(const void *address, UINT_PTR size)
{
    return IsBadReadPtr(address, size);
}

BOOL WINAPI IsBadHugeWritePtr(LPVOID address, UINT_PTR size)
{
    return IsBadWritePtr(address, size);
}

BOOL WINAPI IsBadCodePtr(FARPROC address)
{
    return IsBadReadPtr((const void *)(ULONG_PTR)address, 1);
}

BOOL WINAPI IsBadStringPtrA(LPCSTR text, UINT_PTR max)
{
    for (UINT_PTR i = 0; i < max; i++) {
        if ((!i || !((ULONG_PTR)(text + i) & 0xfff)) && IsBadReadPtr(text + i, 1))
            return TRUE;
        if (!text[i])
            return FALSE;
    }
    return FALSE;
}

BOOL WINAPI IsBadStringPtrW(LPCWSTR text, UINT_PTR max)
{
    for (UINT_PTR i = 0; i < max; i++) {
        if ((!i || ((ULONG_PTR)(text + i) & 0xfff) < sizeof *text) && IsBadReadPtr(text + i, sizeof *text))
            return TRUE;
        if (!text[i])
            return FALSE;
    }
    return FALSE;
}
