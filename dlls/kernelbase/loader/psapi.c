/*
 * The process status API (K32...), which psapi.dll forwards to. What concerns another process is read
 * from its memory.
 */
#define PSAPI_VERSION 2
#include "../kernelbase.h"
#include <nt/ldr.h>
#include <psapi.h>

typedef struct {
    NTSTATUS ExitStatus;
    PEB *PebBaseAddress;
    ULONG_PTR AffinityMask;
    KPRIORITY BasePriority;
    ULONG_PTR UniqueProcessId, InheritedFromUniqueProcessId;
} basic_information;

static BOOL read_memory(HANDLE process, const void *address, void *buffer, SIZE_T size)
{
    if (process == GetCurrentProcess()) {
        memcpy(buffer, address, size);
        return TRUE;
    }
    return set_status(NtReadVirtualMemory(process, (PVOID)address, buffer, size, NULL));
}

/* Calls visit for each module in load order until it returns FALSE. */
static BOOL walk_modules(HANDLE process, BOOL (*visit)(void *context, const LDR_DATA_TABLE_ENTRY *entry),
                         void *context)
{
    basic_information basic;
    PEB_LDR_DATA *list;
    LIST_ENTRY *head, *link;
    LDR_DATA_TABLE_ENTRY entry;
    BOOL local = process == GetCurrentProcess();
    BOOL result = TRUE;

    if (local) {
        basic.PebBaseAddress = current_peb();
    } else if (!set_status(NtQueryInformationProcess(process, 0, &basic, sizeof basic, NULL))) {
        return FALSE;
    } else if (basic.UniqueProcessId == GetCurrentProcessId()) {
        process = GetCurrentProcess(), local = TRUE;
    }
    if (!read_memory(process, &basic.PebBaseAddress->Ldr, &list, sizeof list))
        return FALSE;
    if (local)
        RtlEnterCriticalSection(current_peb()->LoaderLock);
    head = &list->InLoadOrderModuleList;
    result = read_memory(process, &head->Flink, &link, sizeof link);
    while (result && link != head) {
        result = read_memory(process, CONTAINING_RECORD(link, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks), &entry,
                             sizeof entry);
        if (!result || !visit(context, &entry))
            break;
        link = entry.InLoadOrderLinks.Flink;
    }
    if (local)
        RtlLeaveCriticalSection(current_peb()->LoaderLock);
    return result;
}

struct module_list {
    HMODULE *modules;
    DWORD capacity, count;
};

static BOOL add_module(void *context, const LDR_DATA_TABLE_ENTRY *entry)
{
    struct module_list *list = context;
    if (list->count < list->capacity)
        list->modules[list->count] = entry->DllBase;
    list->count++;
    return TRUE;
}

WINBOOL WINAPI K32EnumProcessModules(HANDLE process, HMODULE *modules, DWORD size, LPDWORD needed)
{
    struct module_list list = {modules, size / sizeof *modules, 0};
    if (!needed) {
        SetLastError(ERROR_NOACCESS);
        return FALSE;
    }
    if (!walk_modules(process, add_module, &list))
        return FALSE;
    *needed = list.count * sizeof *modules;
    return TRUE;
}

WINBOOL WINAPI K32EnumProcessModulesEx(HANDLE process, HMODULE *modules, DWORD size, LPDWORD needed,
                                       DWORD filter)
{
    if (filter & ~(DWORD)LIST_MODULES_ALL) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
#ifdef _WIN64
    if (filter == LIST_MODULES_32BIT) {
        *needed = 0;
        return TRUE;
    }
#endif
    return K32EnumProcessModules(process, modules, size, needed);
}

struct module_search {
    HMODULE module;
    LDR_DATA_TABLE_ENTRY entry;
    BOOL found;
};

static BOOL find_entry(void *context, const LDR_DATA_TABLE_ENTRY *entry)
{
    struct module_search *search = context;
    if (search->module && search->module != entry->DllBase)
        return TRUE;
    search->entry = *entry;
    search->found = TRUE;
    return FALSE;
}

static BOOL find_module(HANDLE process, HMODULE module, LDR_DATA_TABLE_ENTRY *ret_entry)
{
    struct module_search search = {.module = module};
    if (!walk_modules(process, find_entry, &search))
        return FALSE;
    if (!search.found) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    *ret_entry = search.entry;
    return TRUE;
}

WINBOOL WINAPI K32GetModuleInformation(HANDLE process, HMODULE module, LPMODULEINFO information, DWORD size)
{
    LDR_DATA_TABLE_ENTRY entry;
    if (size < sizeof *information) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    if (!find_module(process, module, &entry))
        return FALSE;
    information->lpBaseOfDll = entry.DllBase;
    information->SizeOfImage = entry.SizeOfImage;
    information->EntryPoint = entry.EntryPoint;
    return TRUE;
}

static DWORD copy_name(HANDLE process, const UNICODE_STRING *name, WCHAR *to, DWORD size)
{
    DWORD length = name->Length / sizeof(WCHAR);
    if (!size) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    if (length < size) {
        if (!read_memory(process, name->Buffer, to, name->Length))
            return 0;
        to[length] = 0;
        return length;
    }
    if (!read_memory(process, name->Buffer, to, (size - 1) * sizeof(WCHAR)))
        return 0;
    to[size - 1] = 0;
    SetLastError(ERROR_INSUFFICIENT_BUFFER);
    return size;
}

DWORD WINAPI K32GetModuleBaseNameW(HANDLE process, HMODULE module, LPWSTR name, DWORD size)
{
    LDR_DATA_TABLE_ENTRY entry;
    return find_module(process, module, &entry) ? copy_name(process, &entry.BaseDllName, name, size) : 0;
}

DWORD WINAPI K32GetModuleFileNameExW(HANDLE process, HMODULE module, LPWSTR name, DWORD size)
{
    LDR_DATA_TABLE_ENTRY entry;
    return find_module(process, module, &entry) ? copy_name(process, &entry.FullDllName, name, size) : 0;
}

/* The ANSI form of a W function's result, cut to size. */
static DWORD narrow(const WCHAR *wide, DWORD length, char *to, DWORD size)
{
    DWORD bytes;
    if (!length || !size)
        return 0;
    bytes = wide_to_ansi(wide, length, to, size);
    if (bytes <= size)
        return bytes - 1;
    char *all = RtlAllocateHeap(process_heap(), 0, bytes);
    if (!all) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return 0;
    }
    wide_to_ansi(wide, length, all, bytes);
    memcpy(to, all, size - 1);
    to[size - 1] = 0;
    RtlFreeHeap(process_heap(), 0, all);
    SetLastError(ERROR_INSUFFICIENT_BUFFER);
    return size;
}

DWORD WINAPI K32GetModuleBaseNameA(HANDLE process, HMODULE module, LPSTR name, DWORD size)
{
    WCHAR wide[1024];
    return narrow(wide, K32GetModuleBaseNameW(process, module, wide, 1024), name, size);
}

DWORD WINAPI K32GetModuleFileNameExA(HANDLE process, HMODULE module, LPSTR name, DWORD size)
{
    WCHAR wide[1024];
    return narrow(wide, K32GetModuleFileNameExW(process, module, wide, 1024), name, size);
}

/* ------------------------------------------------------------------ names of mapped files and images */

DWORD WINAPI K32GetMappedFileNameW(HANDLE process, LPVOID address, LPWSTR name, DWORD size)
{
    struct {
        UNICODE_STRING name;
        WCHAR buffer[1024];
    } information;
    if (!size) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    NTSTATUS status = NtQueryVirtualMemory(process, address, 2 /* MemoryMappedFilenameInformation */,
                                           &information, sizeof information, NULL);
    if (!set_status(status))
        return 0;
    return copy_name(GetCurrentProcess(), &information.name, name, size);
}

DWORD WINAPI K32GetMappedFileNameA(HANDLE process, LPVOID address, LPSTR name, DWORD size)
{
    WCHAR wide[1024];
    return narrow(wide, K32GetMappedFileNameW(process, address, wide, 1024), name, size);
}

DWORD WINAPI K32GetProcessImageFileNameW(HANDLE process, LPWSTR name, DWORD size)
{
    struct {
        UNICODE_STRING name;
        WCHAR buffer[1024];
    } information;
    if (!set_status(NtQueryInformationProcess(process, 27 /* ProcessImageFileName */, &information,
                                              sizeof information, NULL)))
        return 0;
    if (information.name.Length / sizeof(WCHAR) >= size) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    return copy_name(GetCurrentProcess(), &information.name, name, size);
}

DWORD WINAPI K32GetProcessImageFileNameA(HANDLE process, LPSTR name, DWORD size)
{
    WCHAR wide[1024];
    DWORD length = K32GetProcessImageFileNameW(process, wide, 1024);
    if (length && wide_to_ansi(wide, length, name, size) > size) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    return length ? wide_to_ansi(wide, length, name, size) - 1 : 0;
}

/* ------------------------------------------------------------------ processes and memory */

typedef struct {
    SIZE_T PeakVirtualSize, VirtualSize;
    ULONG PageFaultCount;
    SIZE_T PeakWorkingSetSize, WorkingSetSize, QuotaPeakPagedPoolUsage, QuotaPagedPoolUsage,
        QuotaPeakNonPagedPoolUsage, QuotaNonPagedPoolUsage, PagefileUsage, PeakPagefileUsage, PrivateUsage;
} vm_counters;

WINBOOL WINAPI K32GetProcessMemoryInfo(HANDLE process, PPROCESS_MEMORY_COUNTERS counters, DWORD size)
{
    PROCESS_MEMORY_COUNTERS_EX result = {0};
    vm_counters vm;
    if (size < sizeof(PROCESS_MEMORY_COUNTERS)) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    if (!set_status(NtQueryInformationProcess(process, 3 /* ProcessVmCounters */, &vm, sizeof vm, NULL)))
        return FALSE;
    result.cb = size < sizeof result ? sizeof(PROCESS_MEMORY_COUNTERS) : sizeof result;
    result.PageFaultCount = vm.PageFaultCount;
    result.PeakWorkingSetSize = vm.PeakWorkingSetSize;
    result.WorkingSetSize = vm.WorkingSetSize;
    result.QuotaPeakPagedPoolUsage = vm.QuotaPeakPagedPoolUsage;
    result.QuotaPagedPoolUsage = vm.QuotaPagedPoolUsage;
    result.QuotaPeakNonPagedPoolUsage = vm.QuotaPeakNonPagedPoolUsage;
    result.QuotaNonPagedPoolUsage = vm.QuotaNonPagedPoolUsage;
    result.PagefileUsage = vm.PagefileUsage;
    result.PeakPagefileUsage = vm.PeakPagefileUsage;
    result.PrivateUsage = vm.PrivateUsage;
    memcpy(counters, &result, result.cb);
    return TRUE;
}

/* What SystemProcessInformation begins each process with, as far as it is read here. */
typedef struct {
    ULONG NextEntryOffset, NumberOfThreads;
    LARGE_INTEGER Reserved[3];
    LARGE_INTEGER CreateTime, UserTime, KernelTime;
    UNICODE_STRING ImageName;
    KPRIORITY BasePriority;
    HANDLE UniqueProcessId;
    HANDLE InheritedFromUniqueProcessId;
    ULONG HandleCount;
} process_information;

WINBOOL WINAPI K32EnumProcesses(DWORD *ids, DWORD size, DWORD *needed)
{
    process_information *all = query_processes(), *process = all;
    DWORD count = 0;
    if (!all)
        return FALSE;
    for (;;) {
        if (count == size / sizeof *ids)
            break;
        ids[count++] = (DWORD)(ULONG_PTR)process->UniqueProcessId;
        if (!process->NextEntryOffset)
            break;
        process = (void *)((char *)process + process->NextEntryOffset);
    }
    RtlFreeHeap(process_heap(), 0, all);
    *needed = count * sizeof *ids;
    return TRUE;
}

WINBOOL WINAPI K32GetPerformanceInfo(PPERFORMANCE_INFORMATION information, DWORD size)
{
    process_information *all, *process;
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    SYSTEM_INFO system;

    if (size < sizeof *information) {
        SetLastError(ERROR_BAD_LENGTH);
        return FALSE;
    }
    if (!GlobalMemoryStatusEx(&memory) || !(all = process = query_processes()))
        return FALSE;
    GetSystemInfo(&system);
    memset(information, 0, sizeof *information);
    information->cb = sizeof *information;
    information->PageSize = system.dwPageSize;
    information->PhysicalTotal = (SIZE_T)(memory.ullTotalPhys / system.dwPageSize);
    information->PhysicalAvailable = (SIZE_T)(memory.ullAvailPhys / system.dwPageSize);
    information->CommitLimit = (SIZE_T)(memory.ullTotalPageFile / system.dwPageSize);
    information->CommitTotal = (SIZE_T)((memory.ullTotalPageFile - memory.ullAvailPageFile) /
                                        system.dwPageSize);
    information->CommitPeak = information->CommitTotal;
    for (;;) {
        information->ProcessCount++;
        information->ThreadCount += process->NumberOfThreads;
        information->HandleCount += process->HandleCount;
        if (!process->NextEntryOffset)
            break;
        process = (void *)((char *)process + process->NextEntryOffset);
    }
    RtlFreeHeap(process_heap(), 0, all);
    return TRUE;
}

WINBOOL WINAPI K32EmptyWorkingSet(HANDLE process)
{
    return SetProcessWorkingSetSize(process, (SIZE_T)-1, (SIZE_T)-1);
}

WINBOOL WINAPI K32QueryWorkingSet(HANDLE process, PVOID buffer, DWORD size)
{
    return set_status(
        NtQueryVirtualMemory(process, NULL, 1 /* MemoryWorkingSetInformation */, buffer, size, NULL));
}

WINBOOL WINAPI K32QueryWorkingSetEx(HANDLE process, PVOID buffer, DWORD size)
{
    return set_status(
        NtQueryVirtualMemory(process, NULL, 4 /* MemoryWorkingSetExInformation */, buffer, size, NULL));
}

/* There are no drivers. */
WINBOOL WINAPI K32EnumDeviceDrivers(LPVOID *bases, DWORD size, LPDWORD needed)
{
    (void)bases, (void)size;
    *needed = 0;
    return TRUE;
}

static DWORD no_driver(void)
{
    SetLastError(ERROR_INVALID_HANDLE);
    return 0;
}

DWORD WINAPI K32GetDeviceDriverBaseNameA(LPVOID base, LPSTR name, DWORD size)
{
    (void)base, (void)name, (void)size;
    return no_driver();
}

DWORD WINAPI K32GetDeviceDriverBaseNameW(LPVOID base, LPWSTR name, DWORD size)
{
    (void)base, (void)name, (void)size;
    return no_driver();
}

DWORD WINAPI K32GetDeviceDriverFileNameA(LPVOID base, LPSTR name, DWORD size)
{
    (void)base, (void)name, (void)size;
    return no_driver();
}

DWORD WINAPI K32GetDeviceDriverFileNameW(LPVOID base, LPWSTR name, DWORD size)
{
    (void)base, (void)name, (void)size;
    return no_driver();
}
