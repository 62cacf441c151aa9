/*
 * Snapshots of processes, threads and modules: a section that holds the entries, as on Windows, so
 * that closing the handle frees it.
 */
#include "kernelbase.h"
#include "toolhelp.h"
#include <nt/ldr.h>
#include <nt/sysinfo.h>
#define PSAPI_VERSION 2
#include <psapi.h>

struct snapshot {
    DWORD process_count, thread_count, module_count, heap_count;
    DWORD process_next, thread_next, module_next, heap_next;
    DWORD processes, threads, modules, heaps; /* offsets of the arrays */
};

void *query_processes(void)
{
    ULONG size = 0x20000, needed = 0;
    for (;;) {
        void *buffer = RtlAllocateHeap(process_heap(), 0, size);
        if (!buffer) {
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
            return NULL;
        }
        NTSTATUS status = NtQuerySystemInformation(NtSystemProcessInformation, buffer, size, &needed);
        if (NT_SUCCESS(status))
            return buffer;
        RtlFreeHeap(process_heap(), 0, buffer);
        if (status != STATUS_INFO_LENGTH_MISMATCH) {
            set_status(status);
            return NULL;
        }
        size = (needed > size ? needed : size) + 0x8000;
    }
}

static const NT_SYSTEM_PROCESS_INFORMATION *next_process(const NT_SYSTEM_PROCESS_INFORMATION *process)
{
    if (!process->NextEntryOffset)
        return NULL;
    return (const NT_SYSTEM_PROCESS_INFORMATION *)((const BYTE *)process + process->NextEntryOffset);
}

static void copy_name(WCHAR *to, SIZE_T room, const UNICODE_STRING *name)
{
    SIZE_T length = name->Length / sizeof *to;
    if (length >= room)
        length = room - 1;
    RtlCopyMemory(to, name->Buffer, length * sizeof *to);
    to[length] = 0;
}

static void fill_processes(BYTE *base, struct snapshot *snapshot,
                           const NT_SYSTEM_PROCESS_INFORMATION *process)
{
    PROCESSENTRY32W *entry = (PROCESSENTRY32W *)(base + snapshot->processes);
    DWORD room = snapshot->process_count;
    snapshot->process_count = 0;
    for (; process && snapshot->process_count < room; process = next_process(process), entry++) {
        RtlFillMemory(entry, sizeof *entry, 0);
        entry->dwSize = sizeof *entry;
        entry->th32ProcessID = (DWORD)(ULONG_PTR)process->UniqueProcessId;
        entry->th32ParentProcessID = (DWORD)(ULONG_PTR)process->InheritedFromUniqueProcessId;
        entry->cntThreads = process->NumberOfThreads;
        entry->pcPriClassBase = process->BasePriority;
        copy_name(entry->szExeFile, MAX_PATH, &process->ImageName);
        snapshot->process_count++;
    }
}

static void fill_threads(BYTE *base, struct snapshot *snapshot, const NT_SYSTEM_PROCESS_INFORMATION *process)
{
    THREADENTRY32 *entry = (THREADENTRY32 *)(base + snapshot->threads);
    DWORD room = snapshot->thread_count;
    snapshot->thread_count = 0;
    for (; process; process = next_process(process)) {
        for (ULONG i = 0; i < process->NumberOfThreads && snapshot->thread_count < room; i++, entry++) {
            RtlFillMemory(entry, sizeof *entry, 0);
            entry->dwSize = sizeof *entry;
            entry->th32ThreadID = (DWORD)(ULONG_PTR)process->Threads[i].ClientId.UniqueThread;
            entry->th32OwnerProcessID = (DWORD)(ULONG_PTR)process->UniqueProcessId;
            entry->tpBasePri = process->Threads[i].BasePriority;
            snapshot->thread_count++;
        }
    }
}

LONG NTAPI GwListThreads(ULONG process_id, ULONG *ids, ULONG room, ULONG *ret_count);

/* The list of processes knows how many threads each has; which ones it is that another process has, that one
 * is asked. */
static void name_threads(NT_SYSTEM_PROCESS_INFORMATION *process)
{
    ULONG ids[1024], count;
    while (process) {
        ULONG id = (ULONG)(ULONG_PTR)process->UniqueProcessId;
        if (id && id != GetCurrentProcessId() && GwListThreads(id, ids, ARRAYSIZE(ids), &count) >= 0) {
            if (count < process->NumberOfThreads) /* the others are the host's */
                process->NumberOfThreads = count;
            for (ULONG i = 0; i < count && i < process->NumberOfThreads; i++)
                process->Threads[i].ClientId.UniqueThread = (HANDLE)(ULONG_PTR)ids[i];
        }
        process = (NT_SYSTEM_PROCESS_INFORMATION *)next_process(process);
    }
}

/* Under the loader lock. */
static DWORD fill_modules(MODULEENTRY32W *entry, DWORD room)
{
    LIST_ENTRY *head = &current_peb()->Ldr->InLoadOrderModuleList;
    DWORD count = 0;
    for (LIST_ENTRY *link = head->Flink; link != head; link = link->Flink, count++) {
        const LDR_DATA_TABLE_ENTRY *module = CONTAINING_RECORD(link, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks);
        if (count >= room)
            continue;
        RtlFillMemory(entry, sizeof *entry, 0);
        entry->dwSize = sizeof *entry;
        entry->th32ModuleID = 1;
        entry->th32ProcessID = GetCurrentProcessId();
        entry->GlblcntUsage = entry->ProccntUsage = module->ObsoleteLoadCount;
        entry->modBaseAddr = module->DllBase;
        entry->modBaseSize = module->SizeOfImage;
        entry->hModule = module->DllBase;
        copy_name(entry->szModule, MAX_MODULE_NAME32 + 1, &module->BaseDllName);
        copy_name(entry->szExePath, MAX_PATH, &module->FullDllName);
        entry++;
    }
    return count;
}

/* The modules of another process, on the heap; NULL with the last error set. */
static MODULEENTRY32W *read_modules(DWORD id, DWORD *ret_count)
{
    HMODULE modules[1024];
    DWORD needed, count = 0;
    HANDLE process = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, id);
    MODULEENTRY32W *entries = NULL;
    if (!process)
        return NULL;
    if (K32EnumProcessModules(process, modules, sizeof modules, &needed)) {
        count = needed < sizeof modules ? needed / sizeof *modules : ARRAYSIZE(modules);
        entries = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, (count + 1) * sizeof *entries);
        if (!entries)
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    } else {
        SetLastError(ERROR_PARTIAL_COPY);
    }
    for (DWORD i = 0; entries && i < count; i++) {
        MODULEINFO information = {0};
        K32GetModuleInformation(process, modules[i], &information, sizeof information);
        entries[i].dwSize = sizeof *entries;
        entries[i].th32ModuleID = 1;
        entries[i].th32ProcessID = id;
        entries[i].GlblcntUsage = entries[i].ProccntUsage = 0xffff;
        entries[i].modBaseAddr = (BYTE *)modules[i];
        entries[i].modBaseSize = information.SizeOfImage;
        entries[i].hModule = modules[i];
        K32GetModuleBaseNameW(process, modules[i], entries[i].szModule, MAX_MODULE_NAME32 + 1);
        K32GetModuleFileNameExW(process, modules[i], entries[i].szExePath, MAX_PATH);
    }
    NtClose(process);
    *ret_count = count;
    return entries;
}

HANDLE WINAPI CreateToolhelp32Snapshot(DWORD flags, DWORD id)
{
    struct snapshot count = {0};
    NT_SYSTEM_PROCESS_INFORMATION *processes = NULL;
    HANDLE section = INVALID_HANDLE_VALUE;
    MODULEENTRY32W *others = NULL;
    HEAPLIST32 *heaps = NULL;
    BOOL modules = (flags & (TH32CS_SNAPMODULE | TH32CS_SNAPMODULE32)) != 0;
    ULONG_PTR cookie = 0;
    if (!(flags & (TH32CS_SNAPALL | TH32CS_SNAPMODULE32))) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    if (modules && id && id != GetCurrentProcessId() && !(others = read_modules(id, &count.module_count)))
        return INVALID_HANDLE_VALUE;
    if (flags & (TH32CS_SNAPPROCESS | TH32CS_SNAPTHREAD) && !(processes = query_processes())) {
        if (others)
            RtlFreeHeap(process_heap(), 0, others);
        return INVALID_HANDLE_VALUE;
    }
    if (flags & TH32CS_SNAPHEAPLIST && !(heaps = toolhelp_list_heaps(id, &count.heap_count))) {
        if (others)
            RtlFreeHeap(process_heap(), 0, others);
        if (processes)
            RtlFreeHeap(process_heap(), 0, processes);
        return INVALID_HANDLE_VALUE;
    }
    if (flags & TH32CS_SNAPTHREAD)
        name_threads(processes);
    for (const NT_SYSTEM_PROCESS_INFORMATION *process = processes; process; process = next_process(process)) {
        count.process_count += (flags & TH32CS_SNAPPROCESS) != 0;
        if (flags & TH32CS_SNAPTHREAD)
            count.thread_count += process->NumberOfThreads;
    }
    if (modules && !others) {
        LdrLockLoaderLock(0, NULL, &cookie);
        count.module_count = fill_modules(NULL, 0);
    }
    count.processes = (sizeof count + 15) & ~15u;
    count.threads = (count.processes + count.process_count * (DWORD)sizeof(PROCESSENTRY32W) + 15) & ~15u;
    count.modules = (count.threads + count.thread_count * (DWORD)sizeof(THREADENTRY32) + 15) & ~15u;
    count.heaps = (count.modules + count.module_count * (DWORD)sizeof(MODULEENTRY32W) + 15) & ~15u;
    DWORD size = count.heaps + count.heap_count * (DWORD)sizeof(HEAPLIST32);
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, (flags & TH32CS_INHERIT) != 0};
    HANDLE mapping = CreateFileMappingW(INVALID_HANDLE_VALUE, &security, PAGE_READWRITE, 0, size, NULL);
    BYTE *view = mapping ? MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0) : NULL;
    if (view) {
        struct snapshot *snapshot = (struct snapshot *)view;
        *snapshot = count;
        if (count.process_count)
            fill_processes(view, snapshot, processes);
        if (count.thread_count)
            fill_threads(view, snapshot, processes);
        if (others)
            RtlCopyMemory(view + count.modules, others, count.module_count * sizeof *others);
        else if (modules)
            fill_modules((MODULEENTRY32W *)(view + count.modules), count.module_count);
        if (heaps)
            RtlCopyMemory(view + count.heaps, heaps, count.heap_count * sizeof *heaps);
        UnmapViewOfFile(view);
        section = mapping;
    } else if (mapping) {
        NtClose(mapping);
    }
    if (others)
        RtlFreeHeap(process_heap(), 0, others);
    else if (modules)
        LdrUnlockLoaderLock(0, cookie);
    if (processes)
        RtlFreeHeap(process_heap(), 0, processes);
    if (heaps)
        RtlFreeHeap(process_heap(), 0, heaps);
    return section;
}

enum kind { PROCESSES, THREADS, MODULES, HEAPS };

/* Copies the first or next entry. */
static BOOL step(HANDLE handle, enum kind kind, BOOL first, void *to, DWORD size)
{
    struct snapshot *snapshot = MapViewOfFile(handle, FILE_MAP_WRITE, 0, 0, 0);
    if (!snapshot)
        return FALSE;
    DWORD *nexts[] = {&snapshot->process_next, &snapshot->thread_next, &snapshot->module_next,
                      &snapshot->heap_next};
    DWORD counts[] = {snapshot->process_count, snapshot->thread_count, snapshot->module_count,
                      snapshot->heap_count};
    DWORD offsets[] = {snapshot->processes, snapshot->threads, snapshot->modules, snapshot->heaps};
    DWORD *next = nexts[kind];
    if (first)
        *next = 0;
    BOOL good = *next < counts[kind];
    if (good)
        RtlCopyMemory(to, (BYTE *)snapshot + offsets[kind] + (*next)++ * size, size);
    UnmapViewOfFile(snapshot);
    return good ? TRUE : fail(ERROR_NO_MORE_FILES);
}

static BOOL step_wide(HANDLE handle, enum kind kind, BOOL first, void *entry, DWORD size)
{
    if (*(DWORD *)entry < size) /* dwSize */
        return fail(ERROR_INSUFFICIENT_BUFFER);
    return step(handle, kind, first, entry, size);
}

BOOL WINAPI Process32FirstW(HANDLE snapshot, PROCESSENTRY32W *entry)
{
    return step_wide(snapshot, PROCESSES, TRUE, entry, sizeof *entry);
}

BOOL WINAPI Process32NextW(HANDLE snapshot, PROCESSENTRY32W *entry)
{
    return step_wide(snapshot, PROCESSES, FALSE, entry, sizeof *entry);
}

static BOOL process_ansi(HANDLE snapshot, PROCESSENTRY32 *entry, BOOL first)
{
    PROCESSENTRY32W wide;
    if (entry->dwSize < sizeof *entry)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    if (!step(snapshot, PROCESSES, first, &wide, sizeof wide))
        return FALSE;
    RtlCopyMemory(entry, &wide, FIELD_OFFSET(PROCESSENTRY32, szExeFile));
    entry->dwSize = sizeof *entry;
    entry->szExeFile[0] = 0;
    wide_to_ansi(wide.szExeFile, -1, entry->szExeFile, sizeof entry->szExeFile);
    return TRUE;
}

BOOL WINAPI Process32First(HANDLE snapshot, PROCESSENTRY32 *entry)
{
    return process_ansi(snapshot, entry, TRUE);
}

BOOL WINAPI Process32Next(HANDLE snapshot, PROCESSENTRY32 *entry)
{
    return process_ansi(snapshot, entry, FALSE);
}

BOOL WINAPI Thread32First(HANDLE snapshot, THREADENTRY32 *entry)
{
    return step_wide(snapshot, THREADS, TRUE, entry, sizeof *entry);
}

BOOL WINAPI Thread32Next(HANDLE snapshot, THREADENTRY32 *entry)
{
    return step_wide(snapshot, THREADS, FALSE, entry, sizeof *entry);
}

/* Its size field is a SIZE_T. */
static BOOL step_heap(HANDLE snapshot, HEAPLIST32 *list, BOOL first)
{
    if (list->dwSize != sizeof *list)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    return step(snapshot, HEAPS, first, list, sizeof *list);
}

BOOL WINAPI Heap32ListFirst(HANDLE snapshot, HEAPLIST32 *list)
{
    return step_heap(snapshot, list, TRUE);
}

BOOL WINAPI Heap32ListNext(HANDLE snapshot, HEAPLIST32 *list)
{
    return step_heap(snapshot, list, FALSE);
}

BOOL WINAPI Module32FirstW(HANDLE snapshot, MODULEENTRY32W *entry)
{
    return step_wide(snapshot, MODULES, TRUE, entry, sizeof *entry);
}

BOOL WINAPI Module32NextW(HANDLE snapshot, MODULEENTRY32W *entry)
{
    return step_wide(snapshot, MODULES, FALSE, entry, sizeof *entry);
}

static BOOL module_ansi(HANDLE snapshot, MODULEENTRY32 *entry, BOOL first)
{
    MODULEENTRY32W wide;
    if (entry->dwSize < sizeof *entry)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    if (!step(snapshot, MODULES, first, &wide, sizeof wide))
        return FALSE;
    RtlCopyMemory(entry, &wide, FIELD_OFFSET(MODULEENTRY32, szModule));
    entry->dwSize = sizeof *entry;
    entry->szModule[0] = entry->szExePath[0] = 0;
    wide_to_ansi(wide.szModule, -1, entry->szModule, sizeof entry->szModule);
    wide_to_ansi(wide.szExePath, -1, entry->szExePath, sizeof entry->szExePath);
    return TRUE;
}

BOOL WINAPI Module32First(HANDLE snapshot, MODULEENTRY32 *entry)
{
    return module_ansi(snapshot, entry, TRUE);
}

BOOL WINAPI Module32Next(HANDLE snapshot, MODULEENTRY32 *entry)
{
    return module_ansi(snapshot, entry, FALSE);
}

BOOL WINAPI Toolhelp32ReadProcessMemory(DWORD id, const void *address, void *to, SIZE_T size, SIZE_T *read)
{
    HANDLE process = id ? OpenProcess(PROCESS_VM_READ, FALSE, id) : GetCurrentProcess();
    if (!process)
        return FALSE;
    BOOL good = ReadProcessMemory(process, address, to, size, read);
    if (id)
        NtClose(process);
    return good;
}
