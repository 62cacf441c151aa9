/*
 * The heap: creating, allocating, freeing, reallocating, and the threads' caches (heap.h has the
 * design). The fast paths touch only the calling thread's cache and the block.
 */
#include "heap.h"

#define MAX_HEAPS 1024

BOOLEAN heap_terminate_on_corruption;

static RTL_SRWLOCK heaps_lock; /* guards the PEB's heap list */
static PVOID heap_list[MAX_HEAPS];
static ULONG next_index;

static inline struct heap *heap_from_handle(PVOID handle)
{
    struct heap *heap = handle;
    return heap && heap->magic == HEAP_MAGIC ? heap : NULL;
}

static void set_error(ULONG error)
{
    rtl_teb()->LastErrorValue = error;
}

void NTAPI RtlRaiseStatus(NTSTATUS Status);

static PVOID out_of_memory(struct heap *heap, ULONG flags)
{
    set_error(ERROR_NOT_ENOUGH_MEMORY);
    if ((flags | heap->flags) & HEAP_GENERATE_EXCEPTIONS)
        RtlRaiseStatus(STATUS_NO_MEMORY);
    return NULL;
}

static BOOLEAN bad_pointer(void)
{
    if (heap_terminate_on_corruption)
        RtlRaiseStatus(STATUS_HEAP_CORRUPTION);
    set_error(ERROR_INVALID_PARAMETER);
    return FALSE;
}

/* ---- creation ---- */

PVOID NTAPI RtlCreateHeap(ULONG flags, PVOID base, SIZE_T reserve, SIZE_T commit, PVOID lock,
                          PRTL_HEAP_PARAMETERS parameters)
{
    SIZE_T first = UNIT, size = reserve;
    (void)lock, (void)parameters;

    if (size < commit)
        size = commit;
    size = (size + UNIT - 1) & ~(SIZE_T)(UNIT - 1);
    if (flags & HEAP_GROWABLE || !size) {
        flags |= HEAP_GROWABLE;
        if (size < 0x100000)
            size = 0x100000;
    }
    if (size > (SIZE_T)SEGMENT_UNITS_MAX * UNIT) {
        if (!(flags & HEAP_GROWABLE))
            return NULL;
        size = (SIZE_T)SEGMENT_UNITS_MAX * UNIT;
    }
    first = commit > UNIT ? (commit + UNIT - 1) & ~(SIZE_T)(UNIT - 1) : UNIT;
    if (first > size)
        first = size;
    base = heap_map(&size, &first); /* memory of the caller's cannot grow or be given back: take our own */
    if (!base)
        return NULL;

    struct heap *heap = base;
    heap->flags = flags & ~(HEAP_FIXED | HEAP_LOCKED_BY_USER);
    if (!(flags & HEAP_GROWABLE)) {
        heap->flags |= HEAP_FIXED;
        heap->maximum = size;
    }
    heap->cookie = (ULONG)(((ULONG_PTR)heap >> 16) * 0x9e37u ^ (ULONG)__builtin_ia32_rdtsc());
    heap->segment_size = size * 2;
    RtlInitializeCriticalSection(&heap->user_lock);
    struct segment *segment = (struct segment *)(heap + 1);
    heap_segment_set_up(heap, segment, (char *)(segment + 1), (char *)heap + size, (ULONG)(first / UNIT));
    heap->magic = HEAP_MAGIC;

    PPEB peb = rtl_peb();
    RtlAcquireSRWLockExclusive(&heaps_lock);
    if (!peb->ProcessHeaps || peb->MaximumNumberOfHeaps != MAX_HEAPS) {
        peb->ProcessHeaps = heap_list;
        peb->MaximumNumberOfHeaps = MAX_HEAPS;
    }
    if (peb->NumberOfHeaps < MAX_HEAPS)
        heap_list[peb->NumberOfHeaps++] = heap;
    heap->index = next_index++;
    RtlReleaseSRWLockExclusive(&heaps_lock);
    return heap;
}

PVOID NTAPI RtlDestroyHeap(PVOID handle)
{
    struct heap *heap = heap_from_handle(handle);
    PPEB peb = rtl_peb();
    void *base;
    SIZE_T size;

    if (!heap || handle == peb->ProcessHeap)
        return handle;
    RtlAcquireSRWLockExclusive(&heaps_lock);
    for (ULONG i = 0; i < peb->NumberOfHeaps; i++)
        if (heap_list[i] == heap) {
            for (; i + 1 < peb->NumberOfHeaps; i++)
                heap_list[i] = heap_list[i + 1];
            peb->NumberOfHeaps--;
        }
    RtlReleaseSRWLockExclusive(&heaps_lock);

    heap->magic = 0;
    RtlAcquireSRWLockExclusive(&heap->lock);
    for (struct heap_cache *cache = heap->caches, *next; cache; cache = next) {
        next = cache->next;
        *cache->slot = NULL;
        RtlFreeHeap(peb->ProcessHeap, 0, cache);
    }
    for (ULONG i = 0; i < 64; i++)
        for (struct large *large = heap->large[i], *next; large; large = next) {
            next = large->next;
            base = large;
            size = 0;
            NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
        }
    for (struct region *region = heap->regions, *next; region; region = next) {
        next = region->next;
        base = region;
        size = 0;
        NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
    }
    for (struct segment *segment = heap->segments, *next; segment; segment = next) {
        next = segment->next;
        if (!next) /* the first, which also holds the heap */
            break;
        base = segment;
        size = 0;
        NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
    }
    RtlDeleteCriticalSection(&heap->user_lock);
    base = heap;
    size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
    return NULL;
}

/* ---- threads' caches ---- */

/* The thread's cache for the heap, made on first use; NULL if the heap or the state has none. */
static __attribute__((noinline)) struct heap_cache *make_cache(struct heap *heap)
{
    struct heap *process_heap = rtl_peb()->ProcessHeap;
    struct heap_thread *thread = TEB_RTL_DATA(rtl_teb());
    void *data;
    const SIZE_T thread_size = sizeof *thread, cache_size = sizeof(struct heap_cache);

    if (heap->index >= MAX_CACHED_HEAPS || heap->flags & (HEAP_FIXED | HEAP_LOCKED_BY_USER) ||
        !process_heap || process_heap->magic != HEAP_MAGIC)
        return NULL;
    if (!thread) {
        RtlAcquireSRWLockExclusive(&process_heap->lock);
        data = heap_middle_allocate(process_heap, thread_size, FALSE, NULL);
        RtlReleaseSRWLockExclusive(&process_heap->lock);
        if (!data)
            return NULL;
        header_of(data)->size = (ULONG)thread_size;
        memset(data, 0, thread_size);
        TEB_RTL_DATA(rtl_teb()) = thread = data;
    }
    RtlAcquireSRWLockExclusive(&process_heap->lock);
    data = heap_middle_allocate(process_heap, cache_size, FALSE, NULL);
    RtlReleaseSRWLockExclusive(&process_heap->lock);
    if (!data)
        return NULL;
    header_of(data)->size = (ULONG)cache_size;
    struct heap_cache *cache = data;
    memset(cache, 0, cache_size);
    for (ULONG class = 0; class < CLASSES; class ++) {
        SIZE_T limit = UNIT / stride_of(class);
        cache->bins[class].limit = class >= SLAB_CLASSES ? 8 : limit > 256 ? 256 : (ULONG)limit;
    }
    cache->slot = &thread->caches[heap->index];
    RtlAcquireSRWLockExclusive(&heap->lock);
    cache->next = heap->caches;
    heap->caches = cache;
    RtlReleaseSRWLockExclusive(&heap->lock);
    return *cache->slot = cache;
}

static inline struct heap_cache *cache_of(const struct heap *heap)
{
    struct heap_thread *thread = TEB_RTL_DATA(rtl_teb());

    return thread && heap->index < MAX_CACHED_HEAPS ? thread->caches[heap->index] : NULL;
}

/* Gives `count` blocks of a bin back. With heap->lock held. */
static void flush_bin(struct heap *heap, struct heap_cache *cache, ULONG class, ULONG count)
{
    struct bin *bin = &cache->bins[class];

    while (count-- && bin->first) {
        void *block = bin->first;
        bin->first = *(void **)block;
        bin->count--;
        if (class < SLAB_CLASSES)
            heap_slab_return(heap, block);
        else {
            cache->middle_bytes -= capacity_of(block);
            heap_middle_free(heap, block);
        }
    }
}

void heap_flush_cache(struct heap *heap, struct heap_cache *cache)
{
    for (ULONG class = 0; class < CLASSES; class ++)
        flush_bin(heap, cache, class, ~0u);
}

/* The calling thread ends: its blocks go back to their heaps. */
void rtl_heap_thread_detach(void)
{
    struct heap_thread *thread = TEB_RTL_DATA(rtl_teb());
    PPEB peb = rtl_peb();

    if (!thread)
        return;
    TEB_RTL_DATA(rtl_teb()) = NULL;
    RtlAcquireSRWLockExclusive(&heaps_lock);
    for (ULONG i = 0; i < peb->NumberOfHeaps; i++) {
        struct heap *heap = heap_list[i];
        struct heap_cache *cache = heap->index < MAX_CACHED_HEAPS ? thread->caches[heap->index] : NULL;
        if (!cache)
            continue;
        RtlAcquireSRWLockExclusive(&heap->lock);
        heap_flush_cache(heap, cache);
        struct heap_cache **link = &heap->caches;
        while (*link != cache)
            link = &(*link)->next;
        *link = cache->next;
        RtlReleaseSRWLockExclusive(&heap->lock);
        struct heap *process_heap = peb->ProcessHeap;
        RtlAcquireSRWLockExclusive(&process_heap->lock);
        heap_middle_free(process_heap, cache);
        RtlReleaseSRWLockExclusive(&process_heap->lock);
    }
    RtlReleaseSRWLockExclusive(&heaps_lock);
    struct heap *process_heap = peb->ProcessHeap;
    RtlAcquireSRWLockExclusive(&process_heap->lock);
    heap_middle_free(process_heap, thread);
    RtlReleaseSRWLockExclusive(&process_heap->lock);
}

/* ---- large blocks ---- */

static struct large **large_list(struct heap *heap, const void *base)
{
    return &heap->large[((ULONG_PTR)base >> 16 ^ (ULONG_PTR)base >> 22) % 64];
}

struct large *heap_find_large(struct heap *heap, const void *data)
{
    struct large *wanted = large_of(data), *large;

    if ((ULONG_PTR)wanted & (UNIT - 1))
        return NULL;
    RtlAcquireSRWLockShared(&heap->lock);
    large = *large_list(heap, wanted);
    while (large && large != wanted)
        large = large->next;
    RtlReleaseSRWLockShared(&heap->lock);
    return large;
}

static void *large_allocate(struct heap *heap, SIZE_T size, SIZE_T spare)
{
    void *base = NULL;
    SIZE_T committed = (size + sizeof(struct large) + 0xfff) & ~(SIZE_T)0xfff, reserved;

    if (size > (SIZE_T)-1 / 2 || heap->flags & HEAP_FIXED)
        return NULL;
    reserved = (committed + spare + UNIT - 1) & ~(SIZE_T)(UNIT - 1);
    ULONG type = spare ? MEM_RESERVE : MEM_RESERVE | MEM_COMMIT;
    if (!spare)
        reserved = committed;
    if (!NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &reserved, type, PAGE_READWRITE)))
        return NULL;
    if (spare && !NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &committed, MEM_COMMIT,
                                                     PAGE_READWRITE))) {
        reserved = 0;
        NtFreeVirtualMemory(NtCurrentProcess(), &base, &reserved, MEM_RELEASE);
        return NULL;
    }
    struct large *large = base, **list = large_list(heap, base);
    large->reserved = reserved;
    large->committed = committed;
    large->size = size;
    large->header = (struct header){0, CLASS_LARGE, STATE_BUSY, heap_check(heap, large + 1)};
    RtlAcquireSRWLockExclusive(&heap->lock);
    large->previous = NULL;
    if ((large->next = *list))
        large->next->previous = large;
    *list = large;
    heap->large_bytes += committed;
    RtlReleaseSRWLockExclusive(&heap->lock);
    return large + 1;
}

static void large_free(struct heap *heap, struct large *large)
{
    void *base = large;
    SIZE_T size = 0;

    RtlAcquireSRWLockExclusive(&heap->lock);
    if (large->previous)
        large->previous->next = large->next;
    else
        *large_list(heap, large) = large->next;
    if (large->next)
        large->next->previous = large->previous;
    heap->large_bytes -= large->committed;
    RtlReleaseSRWLockExclusive(&heap->lock);
    NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
}

static BOOLEAN large_resize(struct large *large, SIZE_T size)
{
    SIZE_T committed = (size + sizeof *large + 0xfff) & ~(SIZE_T)0xfff;

    if (committed > large->reserved || committed < large->committed / 2)
        return FALSE;
    if (committed > large->committed) {
        void *address = (char *)large + large->committed;
        SIZE_T more = committed - large->committed;
        if (!NT_SUCCESS(
                NtAllocateVirtualMemory(NtCurrentProcess(), &address, 0, &more, MEM_COMMIT, PAGE_READWRITE)))
            return FALSE;
        large->committed = committed;
    }
    large->size = size;
    return TRUE;
}

/* ---- allocating ---- */

/* A class gets slabs, a page or two each, only when more than a few blocks of it have been asked for: most
 * programs want few of most sizes, and these lie side by side in a segment. With heap->lock held. */
static BOOLEAN is_young(struct heap *heap, ULONG class)
{
    SIZE_T stride = stride_of(class);
    ULONG few = stride <= 128 ? 16 : stride <= 1024 ? 4 : 2;

    if (heap->young[class] >= few)
        return FALSE;
    heap->young[class]++;
    return TRUE;
}

/* Marks a block as in use. Beyond its first `dirty` bytes it is zero. */
static inline void *hand_out(void *data, SIZE_T size, ULONG flags, SIZE_T dirty)
{
    struct header *header = header_of(data);

    header->size = (ULONG)size;
    header->state = STATE_BUSY;
    if (flags & (HEAP_ZERO_MEMORY | HEAP_SETTABLE_USER_VALUE | HEAP_SETTABLE_USER_FLAGS)) {
        header->state |= (UCHAR)((flags & HEAP_SETTABLE_USER_FLAGS) >> 9 << STATE_FLAGS_SHIFT);
        if (flags & HEAP_SETTABLE_USER_VALUE) {
            header->state |= STATE_USER_VALUE;
            *(PVOID *)((char *)data + capacity_of(data) - sizeof(PVOID)) = NULL;
        }
        if (flags & HEAP_ZERO_MEMORY)
            memset(data, 0, size < dirty ? size : dirty);
    }
    return data;
}

static BOOLEAN pop_is_sane(const struct heap *heap, const void *data)
{
    const struct header *header = header_of(data);

    return header->state == STATE_FREE && header->check == heap_check(heap, data);
}

static __attribute__((noinline)) void *allocate_slow(struct heap *heap, ULONG flags, SIZE_T size,
                                                     BOOLEAN roomy)
{
    /* A user value takes the end of the block. */
    SIZE_T need = size + (flags & HEAP_SETTABLE_USER_VALUE ? sizeof(PVOID) : 0);
    BOOLEAN locked = FALSE;
    void *data = NULL;
    SIZE_T dirty = size;

    if (need < size)
        return out_of_memory(heap, flags);
    if (heap->flags & HEAP_LOCKED_BY_USER) {
        RtlEnterCriticalSection(&heap->user_lock);
        locked = TRUE;
    }
    if (need > CACHED_MAX || heap->flags & HEAP_FIXED) {
        if (need < LARGE_MIN || heap->flags & HEAP_FIXED) {
            if (need < 0x40000000) {
                RtlAcquireSRWLockExclusive(&heap->lock);
                data = heap_middle_allocate(heap, need, roomy, &dirty);
                RtlReleaseSRWLockExclusive(&heap->lock);
            }
        } else if ((data = large_allocate(heap, need, roomy ? need / 2 : 0))) {
            large_of(data)->size = size;
            struct header *header = header_of(data);
            header->state = (UCHAR)(STATE_BUSY |
                                    (flags & HEAP_SETTABLE_USER_FLAGS) >> 9 << STATE_FLAGS_SHIFT |
                                    (flags & HEAP_SETTABLE_USER_VALUE ? STATE_USER_VALUE : 0));
            if (locked)
                RtlLeaveCriticalSection(&heap->user_lock);
            return data; /* fresh memory is zero */
        }
    } else {
        ULONG class = class_of_size(need);
        struct heap_cache *cache = cache_of(heap);
        if (!cache)
            cache = make_cache(heap);
        struct bin *bin = cache ? &cache->bins[class] : NULL;
        if (bin && bin->first && !(heap->flags & HEAP_LOCKED_BY_USER)) {
            data = bin->first;
            bin->first = *(void **)data;
            bin->count--;
            if (class >= SLAB_CLASSES)
                cache->middle_bytes -= capacity_of(data);
        } else {
            RtlAcquireSRWLockExclusive(&heap->lock);
            if (class >= SLAB_CLASSES)
                data = heap_middle_allocate(heap, stride_of(class) - sizeof(struct middle), roomy, &dirty);
            else if (is_young(heap, class))
                data = heap_middle_allocate(heap, need, FALSE, &dirty);
            else {
                ULONG wanted = bin && !locked ? (bin->limit + 3) / 4 : 1;
                ULONG got = heap_slab_fill(heap, class, wanted, &data);
                if (got > 1) {
                    bin->first = *(void **)data;
                    bin->count = got - 1;
                }
            }
            RtlReleaseSRWLockExclusive(&heap->lock);
        }
    }
    if (locked)
        RtlLeaveCriticalSection(&heap->user_lock);
    return data ? hand_out(data, size, flags | (heap->flags & HEAP_ZERO_MEMORY), dirty)
                : out_of_memory(heap, flags);
}

PVOID NTAPI RtlAllocateHeap(PVOID handle, ULONG flags, SIZE_T size)
{
    struct heap *heap = handle;

    if (!heap || heap->magic != HEAP_MAGIC) {
        set_error(ERROR_INVALID_HANDLE);
        return NULL;
    }
    if (size <= CACHED_MAX - sizeof(PVOID) &&
        !((heap->flags & (HEAP_FIXED | HEAP_LOCKED_BY_USER)) | (flags & HEAP_SETTABLE_USER_VALUE))) {
        struct heap_thread *thread = TEB_RTL_DATA(rtl_teb());
        if (thread && heap->index < MAX_CACHED_HEAPS) {
            struct heap_cache *cache = thread->caches[heap->index];
            ULONG class = class_of_size(size);
            void *data;
            if (cache && (data = cache->bins[class].first)) {
                if (!pop_is_sane(heap, data)) {
                    cache->bins[class].first = NULL; /* somebody wrote into freed memory: lose the rest */
                    cache->bins[class].count = 0;
                    if (heap_terminate_on_corruption)
                        RtlRaiseStatus(STATUS_HEAP_CORRUPTION);
                    return allocate_slow(heap, flags, size, FALSE);
                }
                cache->bins[class].first = *(void **)data;
                cache->bins[class].count--;
                if (class >= SLAB_CLASSES)
                    cache->middle_bytes -= capacity_of(data);
                return hand_out(data, size, flags | heap->flags, size);
            }
        }
    }
    return allocate_slow(heap, flags, size, FALSE);
}

/* ---- freeing ---- */

/* TRUE if data is a block of the heap that is in use. */
static inline BOOLEAN is_busy_block(struct heap *heap, const void *data)
{
    const struct header *header = header_of(data);

    if ((ULONG_PTR)data & 15)
        return FALSE;
    if ((ULONG_PTR)data - heap->low >= heap->span || header->class == CLASS_LARGE) {
        struct large *large = heap_find_large(heap, data);
        return large && (large->header.state & STATE_MASK) == STATE_BUSY;
    }
    return (header->state & STATE_MASK) == STATE_BUSY && header->check == heap_check(heap, data);
}

static __attribute__((noinline)) void free_slow(struct heap *heap, void *data)
{
    struct header *header = header_of(data);
    BOOLEAN locked = FALSE;

    if (heap->flags & HEAP_LOCKED_BY_USER) {
        RtlEnterCriticalSection(&heap->user_lock);
        locked = TRUE;
    }
    if (header->class == CLASS_LARGE)
        large_free(heap, large_of(data));
    else {
        RtlAcquireSRWLockExclusive(&heap->lock);
        header->state = STATE_FREE;
        if (header->class < SLAB_CLASSES)
            heap_slab_return(heap, data);
        else
            heap_middle_free(heap, data);
        RtlReleaseSRWLockExclusive(&heap->lock);
    }
    if (locked)
        RtlLeaveCriticalSection(&heap->user_lock);
}

static __attribute__((noinline)) void overflow(struct heap *heap, struct heap_cache *cache, ULONG class)
{
    RtlAcquireSRWLockExclusive(&heap->lock);
    if (class < SLAB_CLASSES)
        flush_bin(heap, cache, class, cache->bins[class].limit / 2 + 1);
    else if (cache->middle_bytes > CACHE_MIDDLE_BYTES) {
        for (ULONG other = CLASSES; other-- > SLAB_CLASSES && cache->middle_bytes > CACHE_MIDDLE_BYTES / 2;)
            flush_bin(heap, cache, other, cache->bins[other].count / 2 + 1);
    } else
        flush_bin(heap, cache, class, cache->bins[class].limit / 2 + 1);
    RtlReleaseSRWLockExclusive(&heap->lock);
}

BOOLEAN NTAPI RtlFreeHeap(PVOID handle, ULONG flags, PVOID data)
{
    struct heap *heap = handle;
    (void)flags;

    if (!data)
        return TRUE;
    if (!heap || heap->magic != HEAP_MAGIC) {
        set_error(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    if (!is_busy_block(heap, data))
        return bad_pointer();

    struct header *header = header_of(data);
    struct heap_cache *cache = cache_of(heap);
    if (!cache || heap->flags & (HEAP_FIXED | HEAP_LOCKED_BY_USER) || header->class == CLASS_LARGE) {
        free_slow(heap, data);
        return TRUE;
    }
    ULONG class = header->class;
    if (class >= SLAB_CLASSES) {
        SIZE_T capacity = capacity_of(data);
        class = class_of_stride_down(capacity + sizeof(struct middle));
        if (class >= CLASSES || class < SLAB_CLASSES) {
            free_slow(heap, data);
            return TRUE;
        }
        cache->middle_bytes += capacity;
    }
    struct bin *bin = &cache->bins[class];
    header->state = STATE_FREE;
    *(void **)data = bin->first;
    bin->first = data;
    if (++bin->count > bin->limit || cache->middle_bytes > CACHE_MIDDLE_BYTES)
        overflow(heap, cache, class);
    return TRUE;
}

/* ---- size, reallocation ---- */

SIZE_T NTAPI RtlSizeHeap(PVOID handle, ULONG flags, PVOID data)
{
    struct heap *heap = heap_from_handle(handle);
    (void)flags;

    if (!heap || !data || !is_busy_block(heap, data)) {
        set_error(ERROR_INVALID_PARAMETER);
        return (SIZE_T)-1;
    }
    return header_of(data)->class == CLASS_LARGE ? large_of(data)->size : header_of(data)->size;
}

PVOID NTAPI RtlReAllocateHeap(PVOID handle, ULONG flags, PVOID data, SIZE_T size)
{
    struct heap *heap = heap_from_handle(handle);
    PVOID value = NULL;

    if (!heap || !data)
        return NULL;
    if (!is_busy_block(heap, data)) {
        bad_pointer();
        return NULL;
    }
    struct header *header = header_of(data);
    SIZE_T old = header->class == CLASS_LARGE ? large_of(data)->size : header->size;
    SIZE_T extra = header->state & STATE_USER_VALUE ? sizeof(PVOID) : 0, need = size + extra;
    SIZE_T capacity = capacity_of(data);

    if (need < size)
        return out_of_memory(heap, flags);
    if (extra)
        value = *(PVOID *)((char *)data + capacity - sizeof(PVOID));
    BOOLEAN fits = header->class == CLASS_LARGE ? large_resize(large_of(data), need)
                   : need <= capacity           ? header->class < SLAB_CLASSES || need > capacity / 2
                                                : FALSE;
    if (!fits && header->class >= SLAB_CLASSES && header->class != CLASS_LARGE && need > 8184 &&
        need < 0x40000000 && (need < LARGE_MIN || heap->flags & HEAP_FIXED)) {
        RtlAcquireSRWLockExclusive(&heap->lock);
        fits = heap_middle_resize(heap, data, need);
        RtlReleaseSRWLockExclusive(&heap->lock);
    }
    if (fits || (flags & HEAP_REALLOC_IN_PLACE_ONLY && need <= capacity)) {
        if (header->class == CLASS_LARGE)
            large_of(data)->size = size;
        else
            header->size = (ULONG)size;
        if (extra)
            *(PVOID *)((char *)data + capacity_of(data) - sizeof(PVOID)) = value;
        if (flags & HEAP_ZERO_MEMORY && size > old)
            memset((char *)data + old, 0, size - old);
        return data;
    }
    if (flags & HEAP_REALLOC_IN_PLACE_ONLY)
        return out_of_memory(heap, flags);

    ULONG user = (ULONG)(header->state >> STATE_FLAGS_SHIFT & 7) << 9 |
                 (extra ? HEAP_SETTABLE_USER_VALUE : 0);
    PVOID fresh = need > 8184 && size > old
                      ? allocate_slow(heap, (flags & ~HEAP_ZERO_MEMORY) | user, size, TRUE)
                      : RtlAllocateHeap(handle, (flags & ~HEAP_ZERO_MEMORY) | user, size);
    if (!fresh)
        return NULL;
    memcpy(fresh, data, old < size ? old : size);
    if (flags & HEAP_ZERO_MEMORY && size > old)
        memset((char *)fresh + old, 0, size - old);
    if (extra)
        *(PVOID *)((char *)fresh + capacity_of(fresh) - sizeof(PVOID)) = value;
    RtlFreeHeap(handle, flags, data);
    return fresh;
}

ULONG NTAPI RtlMultipleAllocateHeap(PVOID heap, ULONG flags, SIZE_T size, ULONG count, PVOID *array)
{
    ULONG i = 0;

    while (i < count && (array[i] = RtlAllocateHeap(heap, flags, size)))
        i++;
    return i;
}

ULONG NTAPI RtlMultipleFreeHeap(PVOID heap, ULONG flags, ULONG count, PVOID *array)
{
    ULONG i = 0;

    while (i < count && RtlFreeHeap(heap, flags, array[i]))
        i++;
    return i;
}

BOOLEAN heap_block_is_busy(struct heap *heap, const void *data)
{
    return is_busy_block(heap, data);
}

/* Both used by heap_info.c. */
ULONG heap_list_copy(ULONG count, PVOID *heaps)
{
    PPEB peb = rtl_peb();

    RtlAcquireSRWLockShared(&heaps_lock);
    ULONG n = peb->NumberOfHeaps;
    for (ULONG i = 0; i < n && i < count; i++)
        heaps[i] = heap_list[i];
    RtlReleaseSRWLockShared(&heaps_lock);
    return n;
}
