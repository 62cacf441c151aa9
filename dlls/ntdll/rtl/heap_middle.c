/*
 * The heap's middle blocks: segments with boundary tags, free blocks in bins (eight sizes per
 * doubling) found through a bit map. Only what is used of a segment is committed, and long free
 * stretches are decommitted again.
 */
#include "heap.h"

#define DECOMMIT_MIN (4u * UNIT)
#define DIRTY_MIN    0x400000 /* free but committed bytes that are always tolerated */
#define MINIMUM      3        /* granules: header and links */

static inline struct free_links *links_of(struct middle *block)
{
    return (struct free_links *)(block + 1);
}
static inline ULONG granules(const struct middle *block)
{
    return block->size & MIDDLE_SIZE;
}
static inline struct middle *after(struct middle *block)
{
    return (struct middle *)((char *)block + (SIZE_T)granules(block) * GRANULE);
}

static inline ULONG bin_of(ULONG size)
{
    if (size < 16)
        return size;
    ULONG level = 31 - (ULONG)__builtin_clz(size);
    return level * 8 - 16 + ((size >> (level - 3)) & 7);
}

static void insert_free(struct heap *heap, struct middle *block)
{
    ULONG bin = bin_of(granules(block));
    struct free_links *links = links_of(block);

    block->size |= MIDDLE_FREE;
    block->header = (struct header){0, CLASS_MIDDLE, STATE_FREE, heap_check(heap, block + 1)};
    links->previous = NULL;
    links->next = heap->bins[bin];
    if (links->next)
        links_of(links->next)->previous = block;
    heap->bins[bin] = block;
    heap->bin_map[bin / 64] |= 1ull << bin % 64;
}

static void remove_free(struct heap *heap, struct middle *block)
{
    ULONG bin = bin_of(granules(block));
    struct free_links *links = links_of(block);

    if (links->previous)
        links_of(links->previous)->next = links->next;
    else if (!(heap->bins[bin] = links->next))
        heap->bin_map[bin / 64] &= ~(1ull << bin % 64);
    if (links->next)
        links_of(links->next)->previous = links->previous;
    block->size &= ~MIDDLE_FREE;
}

void heap_cover(struct heap *heap, void *base, SIZE_T size)
{
    ULONG_PTR low = heap->low, high = heap->low + heap->span;

    if (!heap->span || (ULONG_PTR)base < low)
        low = (ULONG_PTR)base;
    if (!heap->span || (ULONG_PTR)base + size > high)
        high = (ULONG_PTR)base + size;
    /* Read without the lock: the interval must never be seen too small for blocks already given out. */
    if (low != heap->low) {
        ULONG_PTR span = heap->low + heap->span - low;
        if (heap->span)
            __atomic_store_n(&heap->span, span, __ATOMIC_RELEASE);
        __atomic_store_n(&heap->low, low, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&heap->span, high - low, __ATOMIC_RELEASE);
}

static struct segment *segment_of(struct heap *heap, const void *address)
{
    struct segment *segment = heap->segments;

    while (segment && ((const char *)address < segment->first || (const char *)address >= segment->end))
        segment = segment->next;
    return segment;
}

/* The units [from, to) of a segment start at its own base, which is unit-aligned. */
static char *base_of(struct segment *segment)
{
    return (char *)((ULONG_PTR)segment->first & ~(ULONG_PTR)(UNIT - 1));
}

static BOOLEAN commit(struct heap *heap, struct segment *segment, char *from, char *to)
{
    char *base = base_of(segment);
    ULONG unit = (ULONG)((from - base) / UNIT), end = (ULONG)((to - base + UNIT - 1) / UNIT);

    if (end > segment->units)
        end = segment->units;
    for (; unit < end; unit++) {
        if (segment->commit_map[unit / 64] >> unit % 64 & 1)
            continue;
        /* Some more than asked, so that growing does not mean a call each time. */
        ULONG stop = unit + 1,
              most = end > unit + 4 + segment->committed / 8 ? end : unit + 4 + segment->committed / 8;
        while (stop < segment->units && stop < most && !(segment->commit_map[stop / 64] >> stop % 64 & 1))
            stop++;
        void *address = base + (SIZE_T)unit * UNIT;
        SIZE_T size = (SIZE_T)(stop - unit) * UNIT;
        if (!NT_SUCCESS(
                NtAllocateVirtualMemory(NtCurrentProcess(), &address, 0, &size, MEM_COMMIT, PAGE_READWRITE)))
            return FALSE;
        for (; unit < stop; unit++) {
            segment->commit_map[unit / 64] |= 1ull << unit % 64;
            segment->committed++;
            heap->middle_committed += UNIT;
        }
        unit--;
    }
    return TRUE;
}

static void decommit(struct heap *heap, struct middle *block)
{
    struct segment *segment = segment_of(heap, block);
    char *base = base_of(segment);
    char *from = (char *)block + sizeof *block + sizeof(struct free_links), *to = (char *)after(block);
    ULONG unit = (ULONG)((from - base + UNIT - 1) / UNIT), end = (ULONG)((to - base) / UNIT);

    for (; unit < end; unit++) {
        ULONG stop = unit;
        while (stop < end && (segment->commit_map[stop / 64] >> stop % 64 & 1))
            stop++;
        if (stop == unit)
            continue;
        void *address = base + (SIZE_T)unit * UNIT;
        SIZE_T size = (SIZE_T)(stop - unit) * UNIT;
        if (!NT_SUCCESS(NtFreeVirtualMemory(NtCurrentProcess(), &address, &size, MEM_DECOMMIT)))
            return;
        for (; unit < stop; unit++) {
            segment->commit_map[unit / 64] &= ~(1ull << unit % 64);
            segment->committed--;
            heap->middle_committed -= UNIT;
        }
    }
}

/* Makes [first, end) one free block. `committed` units from the base are committed already. */
void heap_segment_set_up(struct heap *heap, struct segment *segment, char *first, char *end, ULONG committed)
{
    first = (char *)(((ULONG_PTR)first + GRANULE - 1) & ~(ULONG_PTR)(GRANULE - 1));
    segment->first = first;
    segment->end = end;
    segment->touched = first + sizeof(struct middle) + sizeof(struct free_links);
    segment->units = (ULONG)((end - base_of(segment) + UNIT - 1) / UNIT);
    segment->committed = committed;
    for (ULONG unit = 0; unit < committed; unit++)
        segment->commit_map[unit / 64] |= 1ull << unit % 64;
    segment->next = heap->segments;
    heap->segments = segment;
    heap->middle_committed += (SIZE_T)committed * UNIT;
    heap_cover(heap, first, (SIZE_T)(end - first));
    struct middle *block = (struct middle *)first;
    block->previous = 0;
    block->size = (ULONG)((SIZE_T)(end - first) / GRANULE) | MIDDLE_LAST;
    insert_free(heap, block);
}

void *heap_map(SIZE_T *size, SIZE_T *first)
{
    void *base = NULL;
    if (!NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, size, MEM_RESERVE, PAGE_READWRITE)))
        return NULL;
    if (!NT_SUCCESS(
            NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, first, MEM_COMMIT, PAGE_READWRITE))) {
        *size = 0;
        NtFreeVirtualMemory(NtCurrentProcess(), &base, size, MEM_RELEASE);
        return NULL;
    }
    return base;
}

struct segment *heap_add_segment(struct heap *heap, SIZE_T need)
{
    SIZE_T size = heap->segment_size, first = UNIT;

    if (heap->flags & HEAP_FIXED)
        return NULL;
    need = (need + sizeof(struct segment) + 2 * UNIT) & ~(SIZE_T)(UNIT - 1);
    if (size < need)
        size = need;
    void *base = heap_map(&size, &first);
    if (!base)
        return NULL;
    if (heap->segment_size < (SIZE_T)SEGMENT_UNITS_MAX * UNIT)
        heap->segment_size *= 2;
    struct segment *segment = base;
    memset(segment, 0, sizeof *segment);
    heap_segment_set_up(heap, segment, (char *)(segment + 1), (char *)base + size, 1);
    return segment;
}

/* A free block of at least so many granules; roomy: in the largest bin. */
static struct middle *find(struct heap *heap, ULONG need, BOOLEAN roomy)
{
    ULONG bin = bin_of(need);

    if (roomy)
        for (int word = 3; word >= 0; word--)
            if (heap->bin_map[word]) {
                ULONG top = (ULONG)word * 64 + 63 - (ULONG)__builtin_clzll(heap->bin_map[word]);
                struct middle *block = heap->bins[top];
                if (granules(block) / 2 >= need)
                    return block;
                break;
            }
    unsigned tries = 0;
    for (struct middle *block = heap->bins[bin]; block && tries < 8; block = links_of(block)->next, tries++)
        if (granules(block) >= need)
            return block;
    for (ULONG next = bin + 1; next < BINS;) {
        ULONGLONG word = heap->bin_map[next / 64] >> next % 64;
        if (word)
            return heap->bins[next + (ULONG)__builtin_ctzll(word)];
        next = (next / 64 + 1) * 64;
    }
    for (struct middle *block = heap->bins[bin]; block; block = links_of(block)->next)
        if (granules(block) >= need)
            return block;
    return NULL;
}

/* Cuts a (not free) block to `size` granules; the rest becomes free. Its header is committed. */
static void split(struct heap *heap, struct middle *block, ULONG size)
{
    ULONG rest = granules(block) - size;

    if (rest < MINIMUM)
        return;
    struct middle *second = (struct middle *)((char *)block + (SIZE_T)size * GRANULE);
    second->previous = size;
    second->size = rest | (block->size & MIDDLE_LAST);
    block->size = size;
    if (!(second->size & MIDDLE_LAST)) {
        struct middle *third = after(second);
        third->previous = rest;
        if (third->size & MIDDLE_FREE) {
            remove_free(heap, third);
            second->size = (rest + granules(third)) | (third->size & MIDDLE_LAST);
            if (!(second->size & MIDDLE_LAST))
                after(second)->previous = granules(second);
        }
    }
    insert_free(heap, second);
}

static ULONG granules_for(SIZE_T size)
{
    ULONG need = (ULONG)((size + sizeof(struct middle) + GRANULE - 1) / GRANULE);
    return need < MINIMUM ? MINIMUM : need;
}

/* The block, and the header and links of the free one after it, are written to. */
static void touch(struct segment *segment, struct middle *block)
{
    char *end = (char *)after(block) + sizeof(struct middle) + sizeof(struct free_links);

    if (end > segment->touched)
        segment->touched = end < segment->end ? end : segment->end;
}

void *heap_middle_allocate(struct heap *heap, SIZE_T size, BOOLEAN roomy, SIZE_T *ret_dirty)
{
    ULONG need = granules_for(size);
    struct middle *block = find(heap, need, roomy);

    if (!block && (!heap_add_segment(heap, (SIZE_T)need * GRANULE) || !(block = find(heap, need, roomy))))
        return NULL;
    struct segment *segment = segment_of(heap, block);
    char *end = (char *)block + ((SIZE_T)need + MINIMUM) * GRANULE;
    if (!commit(heap, segment, (char *)block, end > segment->end ? segment->end : end))
        return NULL;
    remove_free(heap, block);
    split(heap, block, need);
    heap->middle_used += (SIZE_T)granules(block) * GRANULE;
    if (ret_dirty)
        *ret_dirty = segment->touched > (char *)(block + 1) ? (SIZE_T)(segment->touched - (char *)(block + 1))
                                                            : 0;
    touch(segment, block);
    block->header = (struct header){0, CLASS_MIDDLE, STATE_BUSY, heap_check(heap, block + 1)};
    return block + 1;
}

void heap_middle_free(struct heap *heap, void *data)
{
    struct middle *block = middle_of(data);

    heap->middle_used -= (SIZE_T)granules(block) * GRANULE;
    if (!(block->size & MIDDLE_LAST)) {
        struct middle *next = after(block);
        if (next->size & MIDDLE_FREE) {
            remove_free(heap, next);
            block->size = (granules(block) + granules(next)) | (next->size & MIDDLE_LAST);
        }
    }
    if (block->previous) {
        struct middle *previous = (struct middle *)((char *)block - (SIZE_T)block->previous * GRANULE);
        if (previous->size & MIDDLE_FREE) {
            remove_free(heap, previous);
            previous->size = (granules(previous) + granules(block)) | (block->size & MIDDLE_LAST);
            block = previous;
        }
    }
    if (!(block->size & MIDDLE_LAST))
        after(block)->previous = granules(block);
    insert_free(heap, block);

    SIZE_T dirty = heap->middle_committed - heap->middle_used;
    if (dirty > DIRTY_MIN + heap->middle_used / 4 && (SIZE_T)granules(block) * GRANULE >= DECOMMIT_MIN)
        heap_middle_trim(heap, FALSE);
}

/* Grows or shrinks in place. */
BOOLEAN heap_middle_resize(struct heap *heap, void *data, SIZE_T size)
{
    struct middle *block = middle_of(data), *next;
    ULONG need = granules_for(size), old = granules(block);

    if (need > old) {
        struct segment *segment = segment_of(heap, block);
        if (block->size & MIDDLE_LAST)
            return FALSE;
        next = after(block);
        if (!(next->size & MIDDLE_FREE) || old + granules(next) < need)
            return FALSE;
        char *end = (char *)block + ((SIZE_T)need + MINIMUM) * GRANULE;
        if (!commit(heap, segment, (char *)block, end > segment->end ? segment->end : end))
            return FALSE;
        remove_free(heap, next);
        block->size = (old + granules(next)) | (next->size & MIDDLE_LAST);
        if (!(block->size & MIDDLE_LAST))
            after(block)->previous = granules(block);
        split(heap, block, need);
        touch(segment, block);
    } else
        split(heap, block, need);
    heap->middle_used += (SIZE_T)granules(block) * GRANULE - (SIZE_T)old * GRANULE;
    return TRUE;
}

/* Decommits long free stretches; entirely free segments go altogether, except the first. */
void heap_middle_trim(struct heap *heap, BOOLEAN everything)
{
    SIZE_T least = everything ? UNIT : DECOMMIT_MIN;

    for (ULONG bin = bin_of((ULONG)(least / GRANULE)); bin < BINS; bin++)
        for (struct middle *block = heap->bins[bin], *next; block; block = next) {
            next = links_of(block)->next;
            if (!block->previous && (block->size & MIDDLE_LAST)) {
                struct segment **link = &heap->segments;
                while (*link && (*link)->first != (char *)block)
                    link = &(*link)->next;
                struct segment *segment = *link;
                if (segment && segment->next) { /* the first made is the last in the list */
                    void *base = base_of(segment);
                    SIZE_T size = 0;
                    remove_free(heap, block);
                    *link = segment->next;
                    heap->middle_committed -= (SIZE_T)segment->committed * UNIT;
                    NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
                    continue;
                }
            }
            decommit(heap, block);
        }
}
