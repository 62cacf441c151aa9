/*
 * Heap lists of toolhelp. A heap can only be walked by its own process: for another one a thread is started
 * there, in this DLL, which lies at the same place in both, and writes what it finds into a section.
 */
#include "kernelbase.h"
#include "toolhelp.h"
#include <nt/rtl.h>
#define PSAPI_VERSION 2
#include <psapi.h>

enum { PATIENCE_MS = 5000, SKIP_ATTACH = 2 };

struct block {
    ULONG_PTR address;
    SIZE_T size;
    DWORD flags;
};

/* What is asked for, then the answer: the heaps (default one first), or one heap's blocks. */
struct report {
    ULONG_PTR heap; /* 0: the heaps */
    SIZE_T room, count;
    BOOL done;
    struct block blocks[];
};

static void list_heaps(struct report *report)
{
    PVOID heaps[256], own = current_peb()->ProcessHeap;
    ULONG count = RtlGetProcessHeaps(ARRAYSIZE(heaps), heaps);
    for (int others = 0; others < 2; others++)
        for (ULONG i = 0; i < count && i < ARRAYSIZE(heaps); i++)
            if ((heaps[i] != own) == others && report->count++ < report->room)
                report->blocks[report->count - 1] = (struct block){(ULONG_PTR)heaps[i], 0,
                                                                   others ? 0 : HF32_DEFAULT};
}

static void list_blocks(struct report *report)
{
    PVOID heaps[256], heap = (PVOID)report->heap;
    RTL_HEAP_WALK_ENTRY entry = {0};
    ULONG count = RtlGetProcessHeaps(ARRAYSIZE(heaps), heaps), i = 0;
    while (i < count && i < ARRAYSIZE(heaps) && heaps[i] != heap)
        i++;
    if (i == count || i == ARRAYSIZE(heaps) || !RtlLockHeap(heap))
        return;
    while (NT_SUCCESS(RtlWalkHeap(heap, &entry)))
        if (entry.DataSize && report->count++ < report->room)
            report->blocks[report->count - 1] = (struct block){
                (ULONG_PTR)entry.DataAddress, entry.DataSize,
                entry.Flags & PROCESS_HEAP_ENTRY_BUSY ? LF32_FIXED : LF32_FREE};
    RtlUnlockHeap(heap);
}

static void fill(struct report *report)
{
    report->count = 0;
    if (report->heap)
        list_blocks(report);
    else
        list_heaps(report);
    report->done = TRUE;
}

/* Runs in the other process, as a thread that no DLL is told of. */
static DWORD WINAPI report_to(void *section)
{
    struct report *report = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    if (report) {
        fill(report);
        UnmapViewOfFile(report);
    }
    NtClose(section);
    return 0;
}

/* Is this DLL where it is here? */
static BOOL is_like_us(HANDLE process)
{
    HMODULE modules[1024];
    DWORD needed;
    BOOL here = FALSE, there = FALSE;
    void *base;
    RtlPcToFileHeader((PVOID)(ULONG_PTR)report_to, &base);
    IsWow64Process(GetCurrentProcess(), &here);
    if (!IsWow64Process(process, &there) || here != there ||
        !K32EnumProcessModules(process, modules, sizeof modules, &needed))
        return FALSE;
    for (DWORD i = 0; i < needed / sizeof *modules && i < ARRAYSIZE(modules); i++)
        if (modules[i] == base)
            return TRUE;
    return FALSE;
}

static BOOL ask(HANDLE process, HANDLE section)
{
    HANDLE theirs, thread;
    if (!DuplicateHandle(GetCurrentProcess(), section, process, &theirs, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return FALSE;
    NTSTATUS status = NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, NULL, process, (PVOID)(ULONG_PTR)report_to,
                                       theirs, SKIP_ATTACH, 0, 0, 0, NULL);
    if (!NT_SUCCESS(status)) {
        DuplicateHandle(process, theirs, NULL, NULL, 0, FALSE, DUPLICATE_CLOSE_SOURCE);
        return FALSE;
    }
    BOOL good = WaitForSingleObject(thread, PATIENCE_MS) == WAIT_OBJECT_0;
    NtClose(thread);
    return good;
}

/* A view of the report, which UnmapViewOfFile gives up; NULL with the last error set. */
static struct report *make_report(DWORD id, ULONG_PTR heap)
{
    SIZE_T room = 1024;
    HANDLE process = NULL;
    struct report *report = NULL;
    if (id && id != GetCurrentProcessId()) {
        process = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ | PROCESS_CREATE_THREAD |
                                  PROCESS_DUP_HANDLE,
                              FALSE, id);
        if (!process)
            return NULL;
        if (!is_like_us(process)) {
            NtClose(process);
            SetLastError(ERROR_PARTIAL_COPY);
            return NULL;
        }
    }
    for (;;) {
        HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
                                            (DWORD)(sizeof *report + room * sizeof *report->blocks), NULL);
        report = section ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0) : NULL;
        if (report) {
            report->heap = heap;
            report->room = room;
            if (process)
                ask(process, section);
            else
                fill(report);
        }
        if (section)
            NtClose(section);
        if (report && report->done && report->count > room) { /* with some for what comes meanwhile */
            room = report->count + report->count / 8;
            UnmapViewOfFile(report);
            continue;
        }
        if (report && !report->done) {
            UnmapViewOfFile(report);
            report = NULL;
            SetLastError(ERROR_PARTIAL_COPY);
        }
        break;
    }
    if (process)
        NtClose(process);
    return report;
}

HEAPLIST32 *toolhelp_list_heaps(DWORD id, DWORD *ret_count)
{
    struct report *report = make_report(id, 0);
    if (!report)
        return NULL;
    HEAPLIST32 *list = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, (report->count + 1) * sizeof *list);
    for (SIZE_T i = 0; list && i < report->count; i++)
        list[i] = (HEAPLIST32){sizeof *list, id ? id : GetCurrentProcessId(), report->blocks[i].address,
                               report->blocks[i].flags};
    *ret_count = (DWORD)report->count;
    UnmapViewOfFile(report);
    if (!list)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return list;
}

/* ---- walking one heap */

/* The last report, for the entries that are asked for next. */
static struct {
    RTL_SRWLOCK lock; /* guards all of this */
    struct report *report;
    DWORD process;
} last;

static BOOL give(HEAPENTRY32 *entry, DWORD id, ULONG_PTR heap, SIZE_T index)
{
    BOOL good = FALSE;
    DWORD error = ERROR_NO_MORE_FILES;
    RtlAcquireSRWLockExclusive(&last.lock);
    if (!index || !last.report || last.process != id || last.report->heap != heap) {
        struct report *report = make_report(id, heap);
        if (report) {
            if (last.report)
                UnmapViewOfFile(last.report);
            last.report = report;
            last.process = id;
        } else {
            error = GetLastError();
        }
    }
    if (last.report && last.process == id && last.report->heap == heap && index < last.report->count) {
        const struct block *block = &last.report->blocks[index];
        entry->hHandle = (HANDLE)block->address;
        entry->dwAddress = block->address;
        entry->dwBlockSize = block->size;
        entry->dwFlags = block->flags;
        entry->dwLockCount = 0;
        entry->dwResvd = (DWORD)index;
        entry->th32ProcessID = id;
        entry->th32HeapID = heap;
        good = TRUE;
    } else if (last.report) { /* the walk is over */
        UnmapViewOfFile(last.report);
        last.report = NULL;
    }
    RtlReleaseSRWLockExclusive(&last.lock);
    if (!good)
        SetLastError(error);
    return good;
}

static BOOL check_size(const HEAPENTRY32 *entry)
{
    if (entry && entry->dwSize == sizeof *entry)
        return TRUE;
    SetLastError(entry ? ERROR_INSUFFICIENT_BUFFER : ERROR_INVALID_PARAMETER);
    return FALSE;
}

BOOL WINAPI Heap32First(HEAPENTRY32 *entry, DWORD id, ULONG_PTR heap)
{
    if (!check_size(entry))
        return FALSE;
    return give(entry, id ? id : GetCurrentProcessId(), heap, 0);
}

BOOL WINAPI Heap32Next(HEAPENTRY32 *entry)
{
    if (!check_size(entry))
        return FALSE;
    return give(entry, entry->th32ProcessID, entry->th32HeapID, entry->dwResvd + 1);
}
