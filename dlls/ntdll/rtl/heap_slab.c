/*
 * The heap's small blocks: 64K slabs of equal blocks, carved as they are first needed, in regions
 * of 64 units. A slab that becomes empty gives its unit back; spare units are decommitted.
 */
#include "heap.h"

#define COMMIT_UNITS 16 /* units committed at a time */
#define CARVE_BYTES  3072

static struct region *add_region(struct heap *heap)
{
    SIZE_T size = (SIZE_T)REGION_UNITS * UNIT, first = (SIZE_T)COMMIT_UNITS * UNIT;
    void *base = heap_map(&size, &first);
    if (!base)
        return NULL;
    struct region *region = base;
    region->used = 1;
    region->committed = (1ull << COMMIT_UNITS) - 1;
    region->previous = NULL;
    region->next = heap->regions;
    if (region->next)
        region->next->previous = region;
    heap->regions = region;
    heap->free_units += COMMIT_UNITS - 1;
    heap_cover(heap, base, (SIZE_T)REGION_UNITS * UNIT);
    return region;
}

static void *take_unit(struct heap *heap, struct region **ret_region)
{
    struct region *region, *spare = NULL;

    for (region = heap->regions; region; region = region->next) {
        if (region->committed & ~region->used)
            break;
        if (~region->used)
            spare = region;
    }
    if (!region && spare) {
        ULONG unit = (ULONG)__builtin_ctzll(~spare->used), end = unit;
        while (end < REGION_UNITS && end < unit + COMMIT_UNITS && !(spare->used & 1ull << end))
            end++;
        void *base = (char *)spare + (SIZE_T)unit * UNIT;
        SIZE_T size = (SIZE_T)(end - unit) * UNIT;
        if (!NT_SUCCESS(
                NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_COMMIT, PAGE_READWRITE)))
            return NULL;
        for (; unit < end; unit++) {
            spare->committed |= 1ull << unit;
            heap->free_units++;
        }
        region = spare;
    }
    if (!region && !(region = add_region(heap)))
        return NULL;
    ULONG unit = (ULONG)__builtin_ctzll(region->committed & ~region->used);
    region->used |= 1ull << unit;
    heap->free_units--;
    heap->slab_units++;
    *ret_region = region;
    return (char *)region + (SIZE_T)unit * UNIT;
}

static void decommit_unit(struct heap *heap, struct region *region, ULONG unit)
{
    void *base = (char *)region + (SIZE_T)unit * UNIT;
    SIZE_T size = UNIT;

    if (NT_SUCCESS(NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_DECOMMIT))) {
        region->committed &= ~(1ull << unit);
        heap->free_units--;
    }
}

static void give_unit_back(struct heap *heap, struct slab *slab)
{
    struct region *region = slab->region;
    ULONG unit = (ULONG)(((char *)slab - (char *)region) / UNIT);

    region->used &= ~(1ull << unit);
    heap->free_units++;
    heap->slab_units--;
    if (heap->free_units > COMMIT_UNITS * 2 + heap->slab_units / 4)
        decommit_unit(heap, region, unit);
    if (region->used == 1 && (region->next || region->previous)) {
        void *base = region;
        SIZE_T size = 0;
        heap->free_units -= (ULONG)__builtin_popcountll(region->committed & ~region->used);
        if (region->previous)
            region->previous->next = region->next;
        else
            heap->regions = region->next;
        if (region->next)
            region->next->previous = region->previous;
        NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
    }
}

static void link_partial(struct heap *heap, struct slab *slab)
{
    slab->previous = NULL;
    slab->next = heap->partial[slab->class];
    if (slab->next)
        slab->next->previous = slab;
    heap->partial[slab->class] = slab;
}

static void unlink_partial(struct heap *heap, struct slab *slab)
{
    if (slab->previous)
        slab->previous->next = slab->next;
    else
        heap->partial[slab->class] = slab->next;
    if (slab->next)
        slab->next->previous = slab->previous;
}

static struct slab *new_slab(struct heap *heap, ULONG class)
{
    struct region *region;
    struct slab *slab = take_unit(heap, &region);

    if (!slab)
        return NULL;
    slab->region = region;
    slab->free = NULL;
    slab->class = class;
    slab->capacity = (USHORT)((UNIT - SLAB_FIRST + sizeof(struct header)) / stride_of(class));
    slab->carved = slab->used = 0;
    link_partial(heap, slab);
    return slab;
}

/* A chain of up to `wanted` free blocks, linked through their first word; returns how many. */
ULONG heap_slab_fill(struct heap *heap, ULONG class, ULONG wanted, void **ret_chain)
{
    const SIZE_T stride = stride_of(class);
    void *chain = NULL;
    ULONG count = 0;

    while (count < wanted) {
        struct slab *slab = heap->partial[class];
        if (!slab) {
            if (count || !(slab = new_slab(heap, class)))
                break;
        }
        while (count < wanted && slab->free) {
            void *block = slab->free;
            slab->free = *(void **)block;
            *(void **)block = chain;
            chain = block;
            slab->used++;
            count++;
        }
        /* Carve from the highest so that the chain hands them out in ascending order. */
        if (count < wanted && slab->carved < slab->capacity) {
            ULONG some = slab->capacity - slab->carved;
            if (some > wanted - count)
                some = wanted - count;
            /* Of a fresh slab about a page, so that a program that needs few blocks touches few pages. */
            ULONG limit = CARVE_BYTES / (ULONG)stride + 1;
            if (limit < slab->carved)
                limit = slab->carved;
            if (some > limit) {
                some = limit;
                wanted = count + some;
            }
            char *data = (char *)slab + SLAB_FIRST + (slab->carved + some) * stride;
            for (ULONG i = 0; i < some; i++) {
                data -= stride;
                *header_of(data) = (struct header){(ULONG)(stride - sizeof(struct header)), (UCHAR) class,
                                                   STATE_FREE, heap_check(heap, data)};
                *(void **)data = chain;
                chain = data;
            }
            slab->carved = (USHORT)(slab->carved + some);
            slab->used = (USHORT)(slab->used + some);
            count += some;
        }
        if (!slab->free && slab->carved == slab->capacity)
            unlink_partial(heap, slab);
    }
    *ret_chain = chain;
    return count;
}

void heap_slab_return(struct heap *heap, void *data)
{
    struct slab *slab = (struct slab *)((ULONG_PTR)data & ~(ULONG_PTR)(UNIT - 1));
    BOOLEAN full = !slab->free && slab->carved == slab->capacity;

    *(void **)data = slab->free;
    slab->free = data;
    slab->used--;
    if (full)
        link_partial(heap, slab);
    else if (!slab->used && (slab->next || slab->previous)) {
        unlink_partial(heap, slab);
        give_unit_back(heap, slab);
    }
}

/* Gives back what is entirely free. */
void heap_slab_trim(struct heap *heap)
{
    for (ULONG class = 0; class < SLAB_CLASSES; class ++)
        for (struct slab *slab = heap->partial[class], *next; slab; slab = next) {
            next = slab->next;
            if (!slab->used) {
                unlink_partial(heap, slab);
                give_unit_back(heap, slab);
            }
        }
    for (struct region *region = heap->regions; region; region = region->next)
        for (ULONG unit = 1; unit < REGION_UNITS; unit++)
            if (region->committed & ~region->used & 1ull << unit)
                decommit_unit(heap, region, unit);
}
