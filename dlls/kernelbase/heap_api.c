/*
 * Heap functions of the Win32 API. HeapAlloc, HeapReAlloc and HeapSize are forwarders to ntdll.
 */
#include "kernelbase.h"

#ifndef HEAP_GROWABLE
#define HEAP_GROWABLE 0x00000002
#endif
#define CREATE_FLAGS (HEAP_NO_SERIALIZE | HEAP_GENERATE_EXCEPTIONS | HEAP_CREATE_ENABLE_EXECUTE)

HANDLE WINAPI GetProcessHeap(void)
{
    return process_heap();
}

DWORD WINAPI GetProcessHeaps(DWORD count, PHANDLE heaps)
{
    return RtlGetProcessHeaps(count, heaps);
}

/* A maximum makes the heap fixed in size: initial size up to maximum. */
HANDLE WINAPI HeapCreate(DWORD flags, SIZE_T initial, SIZE_T maximum)
{
    flags &= CREATE_FLAGS;
    if (!maximum)
        flags |= HEAP_GROWABLE;
    else if (initial > maximum)
        maximum = initial;
    HANDLE heap = RtlCreateHeap(flags, NULL, maximum, initial, NULL, NULL);
    if (!heap)
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return heap;
}

BOOL WINAPI HeapDestroy(HANDLE heap)
{
    if (RtlDestroyHeap(heap)) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    return TRUE;
}

BOOL WINAPI HeapFree(HANDLE heap, DWORD flags, LPVOID memory)
{
    return RtlFreeHeap(heap, flags, memory);
}

BOOL WINAPI HeapValidate(HANDLE heap, DWORD flags, LPCVOID memory)
{
    return RtlValidateHeap(heap, flags, (PVOID)memory);
}

BOOL WINAPI HeapLock(HANDLE heap)
{
    return RtlLockHeap(heap);
}

BOOL WINAPI HeapUnlock(HANDLE heap)
{
    return RtlUnlockHeap(heap);
}

/* Returns the size of the largest free block, or 0 with NO_ERROR if there is none. */
SIZE_T WINAPI HeapCompact(HANDLE heap, DWORD flags)
{
    SetLastError(NO_ERROR);
    return RtlCompactHeap(heap, flags);
}

/* The classes report their failures as NTSTATUS. */
BOOL WINAPI HeapSetInformation(HANDLE heap, HEAP_INFORMATION_CLASS class, PVOID information, SIZE_T length)
{
    return set_status((NTSTATUS)RtlSetHeapInformation(heap, class, information, length));
}

BOOL WINAPI HeapQueryInformation(HANDLE heap, HEAP_INFORMATION_CLASS class, PVOID information, SIZE_T length,
                                 PSIZE_T written)
{
    return set_status((NTSTATUS)RtlQueryHeapInformation(heap, class, information, length, written));
}

BOOL WINAPI HeapWalk(HANDLE heap, LPPROCESS_HEAP_ENTRY entry)
{
    RTL_HEAP_WALK_ENTRY walk = {.DataAddress = entry->lpData};

    if (entry->lpData) { /* continue after this one */
        walk.DataSize = entry->cbData;
        walk.OverheadBytes = entry->cbOverhead;
        walk.SegmentIndex = entry->iRegionIndex;
        walk.Flags = entry->wFlags;
        if (entry->wFlags & PROCESS_HEAP_REGION) {
            walk.Segment.CommittedSize = entry->Region.dwCommittedSize;
            walk.Segment.UnCommittedSize = entry->Region.dwUnCommittedSize;
            walk.Segment.FirstEntry = entry->Region.lpFirstBlock;
            walk.Segment.LastEntry = entry->Region.lpLastBlock;
        }
    }
    if (!set_status(RtlWalkHeap(heap, &walk)))
        return FALSE;
    entry->lpData = walk.DataAddress;
    entry->cbData = (DWORD)walk.DataSize;
    entry->cbOverhead = walk.OverheadBytes;
    entry->iRegionIndex = walk.SegmentIndex;
    entry->wFlags = walk.Flags;
    if (walk.Flags & PROCESS_HEAP_REGION) {
        entry->Region.dwCommittedSize = walk.Segment.CommittedSize;
        entry->Region.dwUnCommittedSize = walk.Segment.UnCommittedSize;
        entry->Region.lpFirstBlock = walk.Segment.FirstEntry;
        entry->Region.lpLastBlock = walk.Segment.LastEntry;
    } else {
        entry->Block.hMem = NULL;
    }
    return TRUE;
}

/* Adds up a heap as HeapWalk sees it. */
BOOL WINAPI HeapSummary(HANDLE heap, DWORD flags, LPHEAP_SUMMARY out)
{
    PROCESS_HEAP_ENTRY entry = {0};

    (void)flags;
    if (out->cb != sizeof *out) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    out->cbAllocated = out->cbCommitted = out->cbReserved = 0;
    HeapLock(heap);
    while (HeapWalk(heap, &entry)) {
        if (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY)
            out->cbAllocated += entry.cbData;
        out->cbCommitted += (SIZE_T)entry.cbData + entry.cbOverhead;
    }
    HeapUnlock(heap);
    out->cbReserved = out->cbMaxReserve = out->cbCommitted;
    return TRUE;
}

/* For calls inside this DLL; programs go to ntdll directly. */
LPVOID WINAPI HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    return RtlAllocateHeap(heap, flags, size);
}

LPVOID WINAPI HeapReAlloc(HANDLE heap, DWORD flags, LPVOID memory, SIZE_T size)
{
    return RtlReAllocateHeap(heap, flags, memory, size);
}

SIZE_T WINAPI HeapSize(HANDLE heap, DWORD flags, LPCVOID memory)
{
    return RtlSizeHeap(heap, flags, (PVOID)memory);
}
