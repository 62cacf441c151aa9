/*
 * System information: processors, memory, NUMA, computer name.
 */
#include "kernelbase.h"

#include <nt/sysinfo.h>

typedef NTSTATUS(NTAPI *query_function)(ULONG class, void *information, ULONG length, ULONG *returned);

static void fill_system_info(SYSTEM_INFO *info, query_function query)
{
    NT_SYSTEM_BASIC_INFORMATION basic;
    NT_SYSTEM_PROCESSOR_INFORMATION processor;

    memset(info, 0, sizeof *info);
    if (!NT_SUCCESS(query(NtSystemBasicInformation, &basic, sizeof basic, NULL)) ||
        !NT_SUCCESS(query(NtSystemProcessorInformation, &processor, sizeof processor, NULL)))
        return;
    info->dwPageSize = basic.PageSize;
    info->lpMinimumApplicationAddress = (void *)basic.MinimumUserModeAddress;
    info->lpMaximumApplicationAddress = (void *)basic.MaximumUserModeAddress;
    info->dwActiveProcessorMask = basic.ActiveProcessorsAffinityMask;
    info->dwNumberOfProcessors = basic.NumberOfProcessors;
    info->dwAllocationGranularity = basic.AllocationGranularity;
    info->wProcessorArchitecture = processor.ProcessorArchitecture;
    info->wProcessorLevel = processor.ProcessorLevel;
    info->wProcessorRevision = processor.ProcessorRevision;
    info->dwProcessorType = processor.ProcessorArchitecture == PROCESSOR_ARCHITECTURE_INTEL
                                ? PROCESSOR_INTEL_PENTIUM
                                : PROCESSOR_AMD_X8664;
}

void WINAPI GetSystemInfo(SYSTEM_INFO *info)
{
    fill_system_info(info, NtQuerySystemInformation);
}

void WINAPI GetNativeSystemInfo(SYSTEM_INFO *info)
{
    fill_system_info(info, RtlGetNativeSystemInformation);
}

BOOL WINAPI GlobalMemoryStatusEx(MEMORYSTATUSEX *status)
{
    NT_SYSTEM_BASIC_INFORMATION basic;
    NT_SYSTEM_PERFORMANCE_INFORMATION performance;

    if (status->dwLength != sizeof *status) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!set_status(NtQuerySystemInformation(NtSystemBasicInformation, &basic, sizeof basic, NULL)) ||
        !set_status(
            NtQuerySystemInformation(NtSystemPerformanceInformation, &performance, sizeof performance, NULL)))
        return FALSE;
    const ULONGLONG page = basic.PageSize;
    status->ullTotalPhys = basic.NumberOfPhysicalPages * page;
    status->ullAvailPhys = performance.AvailablePages * page;
    status->dwMemoryLoad = (DWORD)(100 - performance.AvailablePages * 100ull /
                                             (basic.NumberOfPhysicalPages ? basic.NumberOfPhysicalPages : 1));
    status->ullTotalPageFile = performance.CommitLimit * page;
    status->ullAvailPageFile = (ULONGLONG)(performance.CommitLimit - performance.CommittedPages) * page;
    status->ullTotalVirtual = (ULONGLONG)basic.MaximumUserModeAddress - basic.MinimumUserModeAddress + 1;
    status->ullAvailVirtual = status->ullTotalVirtual;
    MEMORY_BASIC_INFORMATION region;
    ULONG_PTR used = 0, address = 0;
    SIZE_T length;
    for (unsigned i = 0; i < 4096 && NT_SUCCESS(NtQueryVirtualMemory(NtCurrentProcess(), (void *)address, 0,
                                                                     &region, sizeof region, &length));
         i++) {
        if (region.State != MEM_FREE)
            used += region.RegionSize;
        address = (ULONG_PTR)region.BaseAddress + region.RegionSize;
    }
    status->ullAvailVirtual -= used;
    status->ullAvailExtendedVirtual = 0;
    return TRUE;
}

void WINAPI GlobalMemoryStatus(MEMORYSTATUS *status)
{
    MEMORYSTATUSEX more = {.dwLength = sizeof more};

    GlobalMemoryStatusEx(&more);
    status->dwLength = sizeof *status;
    status->dwMemoryLoad = more.dwMemoryLoad;
    status->dwTotalPhys = (SIZE_T)more.ullTotalPhys;
    status->dwAvailPhys = (SIZE_T)more.ullAvailPhys;
    status->dwTotalPageFile = (SIZE_T)more.ullTotalPageFile;
    status->dwAvailPageFile = (SIZE_T)more.ullAvailPageFile;
    status->dwTotalVirtual = (SIZE_T)more.ullTotalVirtual;
    status->dwAvailVirtual = (SIZE_T)more.ullAvailVirtual;
}

BOOL WINAPI GetPhysicallyInstalledSystemMemory(PULONGLONG kilobytes)
{
    NT_SYSTEM_BASIC_INFORMATION basic;

    if (!kilobytes) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!set_status(NtQuerySystemInformation(NtSystemBasicInformation, &basic, sizeof basic, NULL)))
        return FALSE;
    *kilobytes = (ULONGLONG)basic.NumberOfPhysicalPages * basic.PageSize / 1024;
    return TRUE;
}

static BOOL logical_result(NTSTATUS status)
{
    if (status == STATUS_INFO_LENGTH_MISMATCH) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    return set_status(status);
}

BOOL WINAPI GetLogicalProcessorInformation(PSYSTEM_LOGICAL_PROCESSOR_INFORMATION buffer, PDWORD length)
{
    if (!length) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return logical_result(
        NtQuerySystemInformation(NtSystemLogicalProcessorInformation, buffer, *length, length));
}

BOOL WINAPI GetLogicalProcessorInformationEx(LOGICAL_PROCESSOR_RELATIONSHIP relation,
                                             PSYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX buffer, PDWORD length)
{
    ULONG wanted = relation;

    if (!length) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return logical_result(NtQuerySystemInformationEx(NtSystemLogicalProcessorInformationEx, &wanted,
                                                     sizeof wanted, buffer, *length, length));
}

/* ---- processor groups and NUMA: one of each ---- */

static DWORD processor_count(void)
{
    return current_peb()->NumberOfProcessors;
}
WORD WINAPI GetActiveProcessorGroupCount(void)
{
    return 1;
}
WORD WINAPI GetMaximumProcessorGroupCount(void)
{
    return 1;
}

DWORD WINAPI GetActiveProcessorCount(WORD group)
{
    if (group && group != ALL_PROCESSOR_GROUPS)
        return fail(ERROR_INVALID_PARAMETER);
    return processor_count();
}

DWORD WINAPI GetMaximumProcessorCount(WORD group)
{
    return GetActiveProcessorCount(group);
}

BOOL WINAPI GetNumaHighestNodeNumber(PULONG node)
{
    if (!node)
        return fail(ERROR_INVALID_PARAMETER);
    *node = 0;
    return TRUE;
}

static ULONGLONG all_processors(void)
{
    DWORD count = processor_count();
    return count >= 64 ? ~0ull : (1ull << count) - 1;
}

BOOL WINAPI GetNumaNodeProcessorMask(UCHAR node, PULONGLONG mask)
{
    if (node)
        return fail(ERROR_INVALID_PARAMETER);
    *mask = all_processors();
    return TRUE;
}

BOOL WINAPI GetNumaNodeProcessorMaskEx(USHORT node, PGROUP_AFFINITY affinity)
{
    if (node)
        return fail(ERROR_INVALID_PARAMETER);
    memset(affinity, 0, sizeof *affinity);
    affinity->Mask = (KAFFINITY)all_processors();
    return TRUE;
}

BOOL WINAPI GetNumaProcessorNode(UCHAR processor, PUCHAR node)
{
    if (processor >= processor_count()) {
        *node = 0xff;
        return fail(ERROR_INVALID_PARAMETER);
    }
    *node = 0;
    return TRUE;
}

BOOL WINAPI GetNumaProcessorNodeEx(PPROCESSOR_NUMBER processor, PUSHORT node)
{
    if (processor->Group || processor->Number >= processor_count()) {
        *node = 0xffff;
        return fail(ERROR_INVALID_PARAMETER);
    }
    *node = 0;
    return TRUE;
}

BOOL WINAPI GetNumaAvailableMemoryNodeEx(USHORT node, PULONGLONG bytes)
{
    NT_SYSTEM_PERFORMANCE_INFORMATION performance;

    if (node)
        return fail(ERROR_INVALID_PARAMETER);
    if (!set_status(
            NtQuerySystemInformation(NtSystemPerformanceInformation, &performance, sizeof performance, NULL)))
        return FALSE;
    *bytes = performance.AvailablePages * 4096ull;
    return TRUE;
}

/* ---- computer name: the environment's COMPUTERNAME, which the loader takes from the host ---- */

static DWORD computer_name(WCHAR *name, DWORD size)
{
    SIZE_T length = 0;

    if (!NT_SUCCESS(RtlQueryEnvironmentVariable(NULL, L"COMPUTERNAME", 12, name, size, &length)) || !length) {
        static const WCHAR fallback[] = L"GASTWIRT";
        memcpy(name, fallback, sizeof fallback);
        length = sizeof fallback / sizeof *fallback - 1;
    }
    return (DWORD)length;
}

BOOL WINAPI GetComputerNameExW(COMPUTER_NAME_FORMAT format, LPWSTR buffer, LPDWORD size)
{
    WCHAR name[256];
    DWORD length;

    if ((unsigned)format >= ComputerNameMax || !size || (!buffer && *size))
        return fail(ERROR_INVALID_PARAMETER);
    if (format == ComputerNameDnsDomain || format == ComputerNamePhysicalDnsDomain)
        length = 0;
    else {
        length = computer_name(name, 256);
        if (format == ComputerNameNetBIOS || format == ComputerNamePhysicalNetBIOS) {
            if (length > MAX_COMPUTERNAME_LENGTH)
                length = MAX_COMPUTERNAME_LENGTH;
            for (DWORD i = 0; i < length; i++)
                if (name[i] >= 'a' && name[i] <= 'z')
                    name[i] -= 32;
        }
    }
    if (*size < length + 1) {
        *size = length + 1;
        return fail(ERROR_MORE_DATA);
    }
    memcpy(buffer, name, length * sizeof(WCHAR));
    buffer[length] = 0;
    *size = length;
    return TRUE;
}

BOOL WINAPI GetComputerNameExA(COMPUTER_NAME_FORMAT format, LPSTR buffer, LPDWORD size)
{
    WCHAR name[256];
    DWORD length = 256;

    if (!size || (!buffer && *size))
        return fail(ERROR_INVALID_PARAMETER);
    if (!GetComputerNameExW(format, name, &length))
        return FALSE;
    DWORD needed = wide_to_ansi(name, -1, buffer, *size);
    if (needed > *size) {
        *size = needed;
        return fail(ERROR_MORE_DATA);
    }
    *size = needed - 1;
    return TRUE;
}

static BOOL netbios_result(BOOL done)
{
    if (!done && GetLastError() == ERROR_MORE_DATA)
        SetLastError(ERROR_BUFFER_OVERFLOW);
    return done;
}

BOOL WINAPI GetComputerNameW(LPWSTR buffer, LPDWORD size)
{
    return netbios_result(GetComputerNameExW(ComputerNameNetBIOS, buffer, size));
}
BOOL WINAPI GetComputerNameA(LPSTR buffer, LPDWORD size)
{
    return netbios_result(GetComputerNameExA(ComputerNameNetBIOS, buffer, size));
}

/* ---- times, and what is left of NUMA ---- */

BOOL WINAPI GetSystemTimes(PFILETIME idle, PFILETIME kernel, PFILETIME user)
{
    NT_SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION times[64];
    ULONGLONG sums[3] = {0};
    ULONG length = 0;
    PFILETIME const results[3] = {idle, kernel, user};

    if (!set_status(
            NtQuerySystemInformation(NtSystemProcessorPerformanceInformation, times, sizeof times, &length)))
        return FALSE;
    for (ULONG i = 0; i < length / sizeof times[0]; i++) {
        sums[0] += (ULONGLONG)times[i].IdleTime.QuadPart;
        sums[1] += (ULONGLONG)times[i].KernelTime.QuadPart;
        sums[2] += (ULONGLONG)times[i].UserTime.QuadPart;
    }
    for (int i = 0; i < 3; i++)
        if (results[i])
            *results[i] = (FILETIME){(DWORD)sums[i], (DWORD)(sums[i] >> 32)};
    return TRUE;
}

BOOL WINAPI GetNumaAvailableMemoryNode(UCHAR node, PULONGLONG bytes)
{
    return GetNumaAvailableMemoryNodeEx(node, bytes);
}

BOOL WINAPI GetNumaProximityNode(ULONG proximity, PUCHAR node)
{
    if (proximity || !node)
        return fail(ERROR_INVALID_PARAMETER);
    *node = 0;
    return TRUE;
}

BOOL WINAPI GetNumaProximityNodeEx(ULONG proximity, PUSHORT node)
{
    if (proximity || !node)
        return fail(ERROR_INVALID_PARAMETER);
    *node = 0;
    return TRUE;
}

ULONG NTAPI RtlGetActiveConsoleId(void);

DWORD WINAPI WTSGetActiveConsoleSessionId(void)
{
    return RtlGetActiveConsoleId();
}
