/*
 * Looking at heaps: validation, walking, locking, user values, compaction, information classes.
 */
#include "heap.h"

static struct heap *heap_from_handle(PVOID handle)
{
    struct heap *heap = handle;
    return heap && heap->magic == HEAP_MAGIC ? heap : NULL;
}

/* ---- lock ---- */

BOOLEAN NTAPI RtlLockHeap(PVOID handle)
{
    struct heap *heap = heap_from_handle(handle);

    if (!heap)
        return FALSE;
    RtlEnterCriticalSection(&heap->user_lock);
    __atomic_fetch_or(&heap->flags, HEAP_LOCKED_BY_USER, __ATOMIC_SEQ_CST);
    return TRUE;
}

BOOLEAN NTAPI RtlUnlockHeap(PVOID handle)
{
    struct heap *heap = heap_from_handle(handle);

    if (!heap || !RtlIsCriticalSectionLockedByThread(&heap->user_lock))
        return FALSE;
    if (heap->user_lock.RecursionCount == 1)
        __atomic_fetch_and(&heap->flags, ~HEAP_LOCKED_BY_USER, __ATOMIC_SEQ_CST);
    RtlLeaveCriticalSection(&heap->user_lock);
    return TRUE;
}

/* ---- enumeration ---- */

static void describe(RTL_HEAP_WALK_ENTRY *entry, void *data, SIZE_T size, ULONG overhead, BOOLEAN busy)
{
    memset(entry, 0, sizeof *entry);
    entry->DataAddress = data;
    entry->DataSize = size;
    entry->OverheadBytes = (UCHAR)overhead;
    entry->Flags = busy ? PROCESS_HEAP_ENTRY_BUSY : 0;
}

static BOOLEAN middle_entry(struct middle *block, RTL_HEAP_WALK_ENTRY *entry)
{
    BOOLEAN busy = !(block->size & MIDDLE_FREE) && (block->header.state & STATE_MASK) == STATE_BUSY;

    describe(entry, block + 1, busy ? block->header.size : capacity_of(block + 1), sizeof *block, busy);
    return TRUE;
}

static BOOLEAN slab_entry(struct region *region, ULONG unit, ULONG index, RTL_HEAP_WALK_ENTRY *entry)
{
    for (; unit < REGION_UNITS; unit++, index = 0) {
        struct slab *slab = (struct slab *)((char *)region + (SIZE_T)unit * UNIT);
        if (!unit || !(region->used >> unit & 1) || index >= slab->carved)
            continue;
        char *data = (char *)slab + SLAB_FIRST + index * stride_of(slab->class);
        describe(entry, data, header_of(data)->size, sizeof(struct header),
                 (header_of(data)->state & STATE_MASK) == STATE_BUSY);
        return TRUE;
    }
    return FALSE;
}

/* The block after entry->DataAddress in the order segments, regions, large blocks. */
static BOOLEAN next_entry(struct heap *heap, RTL_HEAP_WALK_ENTRY *entry)
{
    char *at = entry->DataAddress;
    struct segment *segment = heap->segments;
    struct region *region = heap->regions;
    ULONG bucket = 0;

    if (!at)
        return middle_entry((struct middle *)segment->first, entry);
    while (segment && (at < segment->first || at > segment->end))
        segment = segment->next;
    if (segment) {
        struct middle *block = middle_of(at);
        if (!(block->size & MIDDLE_LAST))
            return middle_entry(
                (struct middle *)((char *)block + (SIZE_T)(block->size & MIDDLE_SIZE) * GRANULE), entry);
        if (segment->next)
            return middle_entry((struct middle *)segment->next->first, entry);
    } else {
        while (region && (at < (char *)region || at >= (char *)region + (SIZE_T)REGION_UNITS * UNIT))
            region = region->next;
        if (region) {
            ULONG unit = (ULONG)((at - (char *)region) / UNIT);
            struct slab *slab = (struct slab *)((char *)region + (SIZE_T)unit * UNIT);
            ULONG index = (ULONG)((at - (char *)slab - SLAB_FIRST) / stride_of(slab->class));
            if (slab_entry(region, unit, index + 1, entry))
                return TRUE;
            region = region->next;
        } else {
            struct large *large = large_of(at);
            if (large->next) {
                large = large->next;
                describe(entry, large + 1, large->size, sizeof *large, TRUE);
                return TRUE;
            }
            bucket = (ULONG)(((ULONG_PTR)large >> 16 ^ (ULONG_PTR)large >> 22) % 64) + 1;
        }
    }
    for (; region; region = region->next)
        if (slab_entry(region, 1, 0, entry))
            return TRUE;
    for (; bucket < 64; bucket++)
        if (heap->large[bucket]) {
            describe(entry, heap->large[bucket] + 1, heap->large[bucket]->size, sizeof(struct large), TRUE);
            return TRUE;
        }
    return FALSE;
}

NTSTATUS NTAPI RtlWalkHeap(PVOID handle, PRTL_HEAP_WALK_ENTRY entry)
{
    struct heap *heap = heap_from_handle(handle);

    if (!heap || !entry)
        return STATUS_INVALID_PARAMETER;
    RtlAcquireSRWLockShared(&heap->lock);
    BOOLEAN more = next_entry(heap, entry);
    RtlReleaseSRWLockShared(&heap->lock);
    return more ? STATUS_SUCCESS : STATUS_NO_MORE_ENTRIES;
}

BOOLEAN NTAPI RtlValidateHeap(PVOID handle, ULONG flags, PVOID data)
{
    struct heap *heap = heap_from_handle(handle);
    RTL_HEAP_WALK_ENTRY entry = {0};
    BOOLEAN valid = TRUE;
    (void)flags;

    if (!heap)
        return FALSE;
    if (data)
        return heap_block_is_busy(heap, data);
    RtlAcquireSRWLockShared(&heap->lock);
    for (struct segment *segment = heap->segments; segment && valid; segment = segment->next) {
        ULONG previous = 0;
        for (struct middle *block = (struct middle *)segment->first; valid;) {
            ULONG size = block->size & MIDDLE_SIZE;
            valid = block->previous == previous && size &&
                    (char *)block + (SIZE_T)size * GRANULE <= segment->end &&
                    block->header.check == heap_check(heap, block + 1);
            if (!valid || block->size & MIDDLE_LAST)
                break;
            previous = size;
            block = (struct middle *)((char *)block + (SIZE_T)size * GRANULE);
        }
    }
    while (valid && next_entry(heap, &entry)) {
        const struct header *header = header_of(entry.DataAddress);
        UCHAR state = header->state & STATE_MASK;
        valid = header->check == heap_check(heap, entry.DataAddress) &&
                (state == STATE_BUSY || state == STATE_FREE);
    }
    RtlReleaseSRWLockShared(&heap->lock);
    return valid;
}

BOOLEAN NTAPI RtlValidateProcessHeaps(void)
{
    PVOID heaps[64];
    ULONG count = heap_list_copy(64, heaps);
    BOOLEAN valid = TRUE;

    for (ULONG i = 0; i < count && i < 64; i++)
        valid = RtlValidateHeap(heaps[i], 0, NULL) && valid;
    return valid;
}

ULONG NTAPI RtlGetProcessHeaps(ULONG count, PVOID *heaps)
{
    return heap_list_copy(count, heaps);
}

NTSTATUS NTAPI RtlEnumProcessHeaps(PRTL_ENUM_HEAPS_ROUTINE routine, PVOID parameter)
{
    PVOID heaps[64];
    ULONG count = heap_list_copy(64, heaps);
    NTSTATUS status = STATUS_SUCCESS;

    for (ULONG i = 0; i < count && i < 64 && NT_SUCCESS(status); i++)
        status = routine(heaps[i], parameter);
    return status;
}

/* ---- user values and flags ---- */

BOOLEAN NTAPI RtlGetUserInfoHeap(PVOID handle, ULONG flags, PVOID data, PVOID *value, PULONG user_flags)
{
    struct heap *heap = heap_from_handle(handle);
    (void)flags;

    if (!heap || !data || !heap_block_is_busy(heap, data))
        return FALSE;
    const struct header *header = header_of(data);
    if (value && header->state & STATE_USER_VALUE)
        *value = *(PVOID *)((char *)data + capacity_of(data) - sizeof(PVOID));
    if (user_flags)
        *user_flags = (ULONG)(header->state >> STATE_FLAGS_SHIFT & 7) << 9;
    return TRUE;
}

BOOLEAN NTAPI RtlSetUserValueHeap(PVOID handle, ULONG flags, PVOID data, PVOID value)
{
    struct heap *heap = heap_from_handle(handle);
    (void)flags;

    if (!heap || !data || !heap_block_is_busy(heap, data) || !(header_of(data)->state & STATE_USER_VALUE))
        return FALSE;
    *(PVOID *)((char *)data + capacity_of(data) - sizeof(PVOID)) = value;
    return TRUE;
}

BOOLEAN NTAPI RtlSetUserFlagsHeap(PVOID handle, ULONG flags, PVOID data, ULONG reset, ULONG set)
{
    struct heap *heap = heap_from_handle(handle);
    (void)flags;

    if (!heap || !data || (reset | set) & ~(ULONG)HEAP_SETTABLE_USER_FLAGS || !heap_block_is_busy(heap, data))
        return FALSE;
    struct header *header = header_of(data);
    header->state &= (UCHAR) ~(reset >> 9 << STATE_FLAGS_SHIFT);
    header->state |= (UCHAR)(set >> 9 << STATE_FLAGS_SHIFT);
    return TRUE;
}

/* ---- the rest ---- */

/* Gives back what is free; returns the size of the largest free block. */
SIZE_T NTAPI RtlCompactHeap(PVOID handle, ULONG flags)
{
    struct heap *heap = heap_from_handle(handle);
    struct heap_thread *thread = TEB_RTL_DATA(rtl_teb());
    SIZE_T largest = 0;
    (void)flags;

    if (!heap)
        return 0;
    RtlAcquireSRWLockExclusive(&heap->lock);
    if (thread && heap->index < MAX_CACHED_HEAPS && thread->caches[heap->index])
        heap_flush_cache(heap, thread->caches[heap->index]);
    heap_slab_trim(heap);
    heap_middle_trim(heap, TRUE);
    for (ULONG bin = BINS; bin-- && !largest;)
        if (heap->bins[bin])
            largest = (SIZE_T)(heap->bins[bin]->size & MIDDLE_SIZE) * GRANULE - sizeof(struct middle);
    RtlReleaseSRWLockExclusive(&heap->lock);
    return largest;
}

void NTAPI RtlFlushHeaps(void)
{
    PVOID heaps[64];
    ULONG count = heap_list_copy(64, heaps);

    for (ULONG i = 0; i < count && i < 64; i++)
        RtlCompactHeap(heaps[i], 0);
}

DWORD NTAPI RtlSetHeapInformation(PVOID handle, HEAP_INFORMATION_CLASS class, PVOID information,
                                  SIZE_T length)
{
    struct heap *heap = heap_from_handle(handle);

    switch ((int)class) {
    case HeapCompatibilityInformation:
        if (length < sizeof(ULONG) || !information)
            return (DWORD)STATUS_BUFFER_TOO_SMALL;
        if (!heap || *(ULONG *)information > 2)
            return (DWORD)STATUS_INVALID_PARAMETER;
        if (heap->flags & (HEAP_NO_SERIALIZE | HEAP_FIXED))
            return (DWORD)STATUS_UNSUCCESSFUL;
        heap->compatibility = *(ULONG *)information;
        return STATUS_SUCCESS;
    case HeapEnableTerminationOnCorruption: heap_terminate_on_corruption = TRUE; return STATUS_SUCCESS;
    case 3: /* HeapOptimizeResources */
        if (heap)
            RtlCompactHeap(heap, 0);
        else
            RtlFlushHeaps();
        return STATUS_SUCCESS;
    }
    return (DWORD)STATUS_INVALID_PARAMETER;
}

/* Every growable heap is a low-fragmentation one. */
DWORD NTAPI RtlQueryHeapInformation(PVOID handle, HEAP_INFORMATION_CLASS class, PVOID information,
                                    SIZE_T length, PSIZE_T ret_length)
{
    struct heap *heap = heap_from_handle(handle);

    if (class != HeapCompatibilityInformation)
        return (DWORD)STATUS_UNSUCCESSFUL;
    if (ret_length)
        *ret_length = sizeof(ULONG);
    if (length < sizeof(ULONG))
        return (DWORD)STATUS_BUFFER_TOO_SMALL;
    if (!heap)
        return (DWORD)STATUS_INVALID_PARAMETER;
    *(ULONG *)information = heap->flags & (HEAP_FIXED | HEAP_NO_SERIALIZE) ? 0 : 2;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlZeroHeap(PVOID handle, ULONG flags)
{
    RtlCompactHeap(handle, flags);
    return heap_from_handle(handle) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}
