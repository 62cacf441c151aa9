/*
 * What the machine is: processors, memory, their load.
 */
#include "kernelbase.h"
#include <nt/system.h>

static BOOL query(ULONG class, void *info, ULONG size)
{
    return set_status(NtQuerySystemInformation(class, info, size, NULL));
}

void WINAPI GetNativeSystemInfo(LPSYSTEM_INFO info)
{
    NT_SYSTEM_BASIC_INFORMATION basic = {0};
    NT_SYSTEM_PROCESSOR_INFORMATION processor = {0};

    query(NT_SYSTEM_BASIC, &basic, sizeof basic);
    query(NT_SYSTEM_PROCESSOR, &processor, sizeof processor);
    info->wProcessorArchitecture = processor.ProcessorArchitecture;
    info->wReserved = 0;
    info->dwPageSize = basic.PageSize;
    info->lpMinimumApplicationAddress = (PVOID)basic.MinimumUserModeAddress;
    info->lpMaximumApplicationAddress = (PVOID)basic.MaximumUserModeAddress;
    info->dwActiveProcessorMask = basic.ActiveProcessorsAffinityMask;
    info->dwNumberOfProcessors = (UCHAR)basic.NumberOfProcessors;
    info->dwProcessorType = processor.ProcessorArchitecture == PROCESSOR_ARCHITECTURE_AMD64 ? PROCESSOR_AMD_X8664
                                                                                            : PROCESSOR_INTEL_PENTIUM;
    info->dwAllocationGranularity = basic.AllocationGranularity;
    info->wProcessorLevel = processor.ProcessorLevel;
    info->wProcessorRevision = processor.ProcessorRevision;
}

/* A 32-bit program sees a 32-bit machine. */
void WINAPI GetSystemInfo(LPSYSTEM_INFO info)
{
    GetNativeSystemInfo(info);
#ifndef _WIN64
    info->wProcessorArchitecture = PROCESSOR_ARCHITECTURE_INTEL;
    info->dwProcessorType = PROCESSOR_INTEL_PENTIUM;
#endif
}

BOOL WINAPI GlobalMemoryStatusEx(LPMEMORYSTATUSEX status)
{
    NT_SYSTEM_BASIC_INFORMATION basic;
    NT_SYSTEM_PERFORMANCE_INFORMATION performance;

    if (status->dwLength != sizeof *status) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!query(NT_SYSTEM_BASIC, &basic, sizeof basic) || !query(NT_SYSTEM_PERFORMANCE, &performance, sizeof performance))
        return FALSE;
    ULONGLONG page = basic.PageSize;
    status->ullTotalPhys = basic.NumberOfPhysicalPages * page;
    status->ullAvailPhys = performance.AvailablePages * page;
    status->ullTotalPageFile = performance.CommitLimit * page;
    status->ullAvailPageFile = (performance.CommitLimit - performance.CommittedPages) * page;
    status->ullTotalVirtual = (ULONGLONG)basic.MaximumUserModeAddress - basic.MinimumUserModeAddress + 1;
    status->ullAvailVirtual = status->ullTotalVirtual - status->ullTotalVirtual / 1000;
    status->ullAvailExtendedVirtual = 0;
    status->dwMemoryLoad =
        status->ullTotalPhys ? (DWORD)((status->ullTotalPhys - status->ullAvailPhys) * 100 / status->ullTotalPhys) : 0;
    return TRUE;
}

void WINAPI GlobalMemoryStatus(LPMEMORYSTATUS status)
{
    MEMORYSTATUSEX info = {.dwLength = sizeof info};

    if (!GlobalMemoryStatusEx(&info))
        return;
    const ULONGLONG most = (SIZE_T)-1;
    status->dwLength = sizeof *status;
    status->dwMemoryLoad = info.dwMemoryLoad;
    status->dwTotalPhys = (SIZE_T)min(info.ullTotalPhys, most);
    status->dwAvailPhys = (SIZE_T)min(info.ullAvailPhys, most);
    status->dwTotalPageFile = (SIZE_T)min(info.ullTotalPageFile, most);
    status->dwAvailPageFile = (SIZE_T)min(info.ullAvailPageFile, most);
    status->dwTotalVirtual = (SIZE_T)min(info.ullTotalVirtual, most);
    status->dwAvailVirtual = (SIZE_T)min(info.ullAvailVirtual, most);
}

BOOL WINAPI GetPhysicallyInstalledSystemMemory(PULONGLONG kilobytes)
{
    NT_SYSTEM_BASIC_INFORMATION basic;

    if (!kilobytes) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!query(NT_SYSTEM_BASIC, &basic, sizeof basic))
        return FALSE;
    *kilobytes = (ULONGLONG)basic.NumberOfPhysicalPages * basic.PageSize / 1024;
    return TRUE;
}

BOOL WINAPI GetSystemTimes(PFILETIME idle, PFILETIME kernel, PFILETIME user)
{
    NT_PROCESSOR_TIMES processors[64];
    ULONGLONG sums[3] = {0};
    ULONG size = 0;

    if (!set_status(NtQuerySystemInformation(NT_SYSTEM_PROCESSOR_PERFORMANCE, processors, sizeof processors, &size)))
        return FALSE;
    for (ULONG i = 0; i < size / sizeof *processors; i++) {
        sums[0] += (ULONGLONG)processors[i].IdleTime.QuadPart;
        sums[1] += (ULONGLONG)processors[i].KernelTime.QuadPart;
        sums[2] += (ULONGLONG)processors[i].UserTime.QuadPart;
    }
    FILETIME *out[3] = {idle, kernel, user};
    for (int i = 0; i < 3; i++)
        if (out[i]) {
            out[i]->dwLowDateTime = (DWORD)sums[i];
            out[i]->dwHighDateTime = (DWORD)(sums[i] >> 32);
        }
    return TRUE;
}

/* Both ask for a larger buffer with ERROR_INSUFFICIENT_BUFFER and the size in *length. */
static BOOL topology(NTSTATUS status)
{
    if (status == STATUS_INFO_LENGTH_MISMATCH)
        status = STATUS_BUFFER_TOO_SMALL;
    return set_status(status);
}

BOOL WINAPI GetLogicalProcessorInformation(PSYSTEM_LOGICAL_PROCESSOR_INFORMATION buffer, PDWORD length)
{
    if (!length) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return topology(NtQuerySystemInformation(NT_SYSTEM_LOGICAL_PROCESSOR, buffer, *length, (ULONG *)length));
}

BOOL WINAPI GetLogicalProcessorInformationEx(LOGICAL_PROCESSOR_RELATIONSHIP relation,
                                             PSYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX buffer, PDWORD length)
{
    ULONG wanted = relation;

    if (!length) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return topology(NtQuerySystemInformationEx(NT_SYSTEM_LOGICAL_PROCESSOR_AND_GROUP, &wanted, sizeof wanted, buffer,
                                               *length, (ULONG *)length));
}

static DWORD processor_count(void)
{
    return current_peb()->NumberOfProcessors;
}

DWORD WINAPI GetActiveProcessorCount(WORD group)
{
    if (group && group != ALL_PROCESSOR_GROUPS) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    return processor_count();
}

DWORD WINAPI GetMaximumProcessorCount(WORD group)
{
    return GetActiveProcessorCount(group);
}

WORD WINAPI GetActiveProcessorGroupCount(void)
{
    return 1;
}

WORD WINAPI GetMaximumProcessorGroupCount(void)
{
    return 1;
}

/* One memory node, 0, with all processors. */
BOOL WINAPI GetNumaHighestNodeNumber(PULONG node)
{
    *node = 0;
    return TRUE;
}

static BOOL check_node(ULONG node)
{
    if (node)
        SetLastError(ERROR_INVALID_PARAMETER);
    return !node;
}

BOOL WINAPI GetNumaNodeProcessorMask(UCHAR node, PULONGLONG mask)
{
    if (!check_node(node))
        return FALSE;
    *mask = current_peb()->ActiveProcessAffinityMask;
    return TRUE;
}

BOOL WINAPI GetNumaNodeProcessorMaskEx(USHORT node, PGROUP_AFFINITY mask)
{
    if (!check_node(node))
        return FALSE;
    *mask = (GROUP_AFFINITY){.Mask = current_peb()->ActiveProcessAffinityMask};
    return TRUE;
}

BOOL WINAPI GetNumaProcessorNode(UCHAR processor, PUCHAR node)
{
    *node = processor < processor_count() ? 0 : 0xff;
    return check_node(*node);
}

BOOL WINAPI GetNumaProcessorNodeEx(PPROCESSOR_NUMBER processor, PUSHORT node)
{
    *node = !processor->Group && processor->Number < processor_count() ? 0 : 0xffff;
    return check_node(*node);
}

BOOL WINAPI GetNumaProximityNode(ULONG proximity, PUCHAR node)
{
    *node = 0;
    return check_node(proximity);
}

BOOL WINAPI GetNumaProximityNodeEx(ULONG proximity, PUSHORT node)
{
    *node = 0;
    return check_node(proximity);
}

static BOOL available_memory(ULONG node, PULONGLONG bytes)
{
    NT_SYSTEM_PERFORMANCE_INFORMATION performance;

    if (!check_node(node) || !query(NT_SYSTEM_PERFORMANCE, &performance, sizeof performance))
        return FALSE;
    *bytes = performance.AvailablePages * 4096ull;
    return TRUE;
}

BOOL WINAPI GetNumaAvailableMemoryNode(UCHAR node, PULONGLONG bytes)
{
    return available_memory(node, bytes);
}

BOOL WINAPI GetNumaAvailableMemoryNodeEx(USHORT node, PULONGLONG bytes)
{
    return available_memory(node, bytes);
}
