/*
 * The heap's insides. Every block has an 8-byte header before its data that says how big it is,
 * whether it is in use, and proves (check) that it belongs to this heap at this address.
 *
 *   small   up to SLAB_MAX: equal blocks in 64K slabs, one size class each; slabs come from regions
 *   middle  up to LARGE_MIN: segments with boundary tags, free blocks in bins by size
 *   large   its own virtual memory
 *
 * Threads keep freed small and middle blocks in caches of their own (struct heap_cache), by class;
 * only filling and flushing those takes the heap's lock.
 */
#ifndef NTDLL_RTL_HEAP_H
#define NTDLL_RTL_HEAP_H

#include <nt/rtl.h>

#define GRANULE            16
#define UNIT               0x10000 /* size of a slab, unit of commitment */
#define REGION_UNITS       64      /* the first holds struct region */
#define SEGMENT_UNITS_MAX  1024
#define LINEAR_CLASSES     31                       /* strides 32, 48, ... 512 */
#define CLASSES            (LINEAR_CLASSES + 8 * 8) /* then eight per doubling, to 128K */
#define SLAB_CLASSES       (LINEAR_CLASSES + 8 * 4) /* strides up to 8K are slabs' */
#define CLASS_MIDDLE       0x7d /* a middle block that no class fits, or of a fixed heap */
#define CLASS_LARGE        0x7e
#define CACHED_MAX         0x1ffc0 /* the largest request that has a class */
#define LARGE_MIN          0x1f0000
#define BINS               240
#define MAX_CACHED_HEAPS   64 /* heaps beyond do without thread caches */
#define CACHE_MIDDLE_BYTES 0x100000

#define STATE_MASK        0x0f
#define STATE_BUSY        0x09
#define STATE_FREE        0x06
#define STATE_FLAGS_SHIFT 4 /* three bits: HEAP_SETTABLE_USER_FLAGS >> 9 */
#define STATE_USER_VALUE  0x80

#define HEAP_MAGIC          0x47574850
#define HEAP_LOCKED_BY_USER 0x40000000 /* in heap.flags: RtlLockHeap; everybody takes the slow path */
#define HEAP_FIXED          0x20000000

struct header {
    ULONG size; /* requested bytes; of a free block: all it has; large blocks keep it elsewhere */
    UCHAR class;
    UCHAR state;
    USHORT check;
};

/* Before the data of a middle block. */
struct middle {
    ULONG previous; /* granules of the block before, 0: first of its segment */
    ULONG size;     /* granules of this block, MIDDLE_... */
    struct header header;
};
#define MIDDLE_FREE 0x80000000u
#define MIDDLE_LAST 0x40000000u
#define MIDDLE_SIZE 0x3fffffffu

struct free_links {
    struct middle *next, *previous;
};

struct segment {
    struct segment *next;
    char *first, *end; /* blocks */
    char *touched;     /* nothing was ever written from here to the end: it is zero */
    ULONG units, committed;
    ULONGLONG commit_map[SEGMENT_UNITS_MAX / 64];
};

struct region {
    struct region *next, *previous;
    ULONGLONG used, committed; /* a bit per unit */
};

struct slab {
    struct slab *next, *previous; /* in heap.partial[class], when it has a free block */
    struct region *region;
    void *free;
    ULONG class;
    USHORT capacity, carved, used;
};
#define SLAB_FIRST 80 /* data of the first block */

struct large {
    struct large *next, *previous; /* in heap.large[hash] */
    SIZE_T reserved, committed;    /* bytes of the allocation */
    SIZE_T size;                   /* requested */
    PVOID user_value;
    ULONGLONG pad[1 + (sizeof(void *) == 4) * 2 + (sizeof(void *) == 4)];
    struct header header;
};

struct bin {
    void *first;
    ULONG count, limit;
};

struct heap_cache {
    struct bin bins[CLASSES];
    SIZE_T middle_bytes;
    struct heap_cache *next;  /* of the same heap, guarded by its lock */
    struct heap_cache **slot; /* where its thread keeps it */
};

struct heap_thread {
    struct heap_cache *caches[MAX_CACHED_HEAPS];
};

struct heap {
    ULONG magic, flags;
    ULONG index; /* into heap_thread.caches */
    ULONG cookie;
    ULONG_PTR low, span; /* all slabs and middle blocks lie in [low, low + span) */
    RTL_SRWLOCK lock;    /* guards everything below; a leaf */
    SIZE_T maximum;      /* of a fixed heap */
    struct segment *segments;
    SIZE_T segment_size; /* of the next one */
    SIZE_T middle_committed, middle_used;
    ULONGLONG bin_map[4];
    struct middle *bins[BINS];
    struct slab *partial[SLAB_CLASSES];
    UCHAR young[SLAB_CLASSES]; /* blocks that came from segments, as the class had no slab yet */
    struct region *regions;
    ULONG free_units; /* committed ones */
    ULONG slab_units;
    struct heap_cache *caches;
    struct large *large[64];
    SIZE_T large_bytes;
    ULONG compatibility;
    RTL_CRITICAL_SECTION user_lock; /* RtlLockHeap's */
};

extern BOOLEAN heap_terminate_on_corruption;

static inline USHORT heap_check(const struct heap *heap, const void *data)
{
    return (USHORT)(((ULONG_PTR)data >> 4) ^ heap->cookie);
}

static inline struct header *header_of(const void *data)
{
    return (struct header *)data - 1;
}
static inline struct middle *middle_of(const void *data)
{
    return (struct middle *)data - 1;
}
static inline struct large *large_of(const void *data)
{
    return (struct large *)data - 1;
}

static inline ULONG class_of_stride_down(SIZE_T stride)
{
    if (stride <= 512)
        return (ULONG)(stride / 16) - 2;
    ULONG level = 63 - (ULONG)__builtin_clzll((ULONGLONG)stride); /* 2^level <= stride, level >= 9 */
    return LINEAR_CLASSES - 1 + (level - 9) * 8 + (ULONG)((stride - ((SIZE_T)1 << level)) >> (level - 3));
}

/* The smallest class whose blocks hold size bytes; middle classes have 8 bytes more of header. */
static inline ULONG class_of_size(SIZE_T size)
{
    if (size <= 504)
        return size <= 24 ? 0 : (ULONG)((size + 8 + 15) / 16) - 2;
    SIZE_T stride = size + (size > 8184 ? 16 : 8);
    ULONG level = 63 - (ULONG)__builtin_clzll((ULONGLONG)(stride - 1));
    return LINEAR_CLASSES + (level - 9) * 8 + (ULONG)((stride - 1 - ((SIZE_T)1 << level)) >> (level - 3));
}

static inline SIZE_T stride_of(ULONG class)
{
    if (class < LINEAR_CLASSES)
        return (class + 2) * 16;
    ULONG level = 9 + (class - LINEAR_CLASSES) / 8;
    return ((SIZE_T)1 << level) + ((SIZE_T)((class - LINEAR_CLASSES) % 8 + 1) << (level - 3));
}

/* Bytes of data that the (checked) block has room for. */
static inline SIZE_T capacity_of(const void *data)
{
    ULONG class = header_of(data)->class;

    if (class < SLAB_CLASSES)
        return stride_of(class) - sizeof(struct header);
    if (class == CLASS_LARGE)
        return large_of(data)->committed - sizeof(struct large);
    return (SIZE_T)(middle_of(data)->size & MIDDLE_SIZE) * GRANULE - sizeof(struct middle);
}

/* heap_middle.c; all with heap->lock held. `roomy`: prefer a place where it can grow. */
/* Reserves *size bytes and commits the first of them, both rounded up to pages; NULL: no memory. */
void *heap_map(SIZE_T *size, SIZE_T *first);
struct segment *heap_add_segment(struct heap *heap, SIZE_T need);
/* *ret_dirty: so many of the first bytes may be other than zero; NULL: nobody asks. */
void *heap_middle_allocate(struct heap *heap, SIZE_T size, BOOLEAN roomy, SIZE_T *ret_dirty);
void heap_middle_free(struct heap *heap, void *data);
BOOLEAN heap_middle_resize(struct heap *heap, void *data, SIZE_T size);
void heap_middle_trim(struct heap *heap, BOOLEAN everything);
void heap_segment_set_up(struct heap *heap, struct segment *segment, char *first, char *end, ULONG committed);
void heap_cover(struct heap *heap, void *base, SIZE_T size);

/* heap_slab.c; with heap->lock held. */
ULONG heap_slab_fill(struct heap *heap, ULONG class, ULONG wanted, void **ret_chain);
void heap_slab_return(struct heap *heap, void *data);
void heap_slab_trim(struct heap *heap);

/* heap.c */
void heap_flush_cache(struct heap *heap, struct heap_cache *cache);
BOOLEAN heap_block_is_busy(struct heap *heap, const void *data);
ULONG heap_list_copy(ULONG count, PVOID *heaps);
struct large *heap_find_large(struct heap *heap, const void *data);

#endif
