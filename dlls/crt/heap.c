/*
 * The malloc family, on the process heap; aligned blocks keep the real block's address before them.
 */
#include "crt.h"

#define HEAP_LIMIT ((size_t)PTRDIFF_MAX - 64)

static int new_mode;
static int (*volatile new_handler)(size_t);
void *_aligned_offset_realloc(void *block, size_t size, size_t alignment, size_t offset);

int _set_new_mode(int mode)
{
    int old = new_mode;

    CRT_CHECK(mode == 0 || mode == 1, EINVAL, -1);
    new_mode = mode;
    return old;
}

int _query_new_mode(void)
{
    return new_mode;
}
void *_query_new_handler(void)
{
    return (void *)new_handler;
}
void *_set_new_handler(int (*handler)(size_t))
{
    return InterlockedExchangePointer((void *volatile *)&new_handler, (void *)handler);
}

/* Calls the new handler; zero if there is none or it gives up. */
int _callnewh(size_t size)
{
    int (*handler)(size_t) = new_handler;
    return handler && handler(size);
}

void *malloc(size_t size)
{
    if (size <= HEAP_LIMIT) {
        do {
            void *block = HeapAlloc(GetProcessHeap(), 0, size ? size : 1);
            if (__builtin_expect(block != NULL, 1))
                return block;
        } while (new_mode && _callnewh(size));
    }
    errno = ENOMEM;
    return NULL;
}

void *calloc(size_t count, size_t size)
{
    size_t total;

    if (!__builtin_mul_overflow(count, size, &total) && total <= HEAP_LIMIT) {
        do {
            void *block = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, total ? total : 1);
            if (block)
                return block;
        } while (new_mode && _callnewh(total));
    }
    errno = ENOMEM;
    return NULL;
}

void free(void *block)
{
    if (block)
        HeapFree(GetProcessHeap(), 0, block);
}

/* A size of zero frees. */
void *realloc(void *block, size_t size)
{
    if (!block)
        return malloc(size);
    if (!size) {
        free(block);
        return NULL;
    }
    if (size <= HEAP_LIMIT) {
        do {
            void *grown = HeapReAlloc(GetProcessHeap(), 0, block, size);
            if (grown)
                return grown;
        } while (new_mode && _callnewh(size));
    }
    errno = ENOMEM;
    return NULL;
}

size_t _msize(void *block)
{
    CRT_CHECK(block, EINVAL, (size_t)-1);
    return HeapSize(GetProcessHeap(), 0, block);
}

void *_recalloc(void *block, size_t count, size_t size)
{
    size_t total, old = block ? _msize(block) : 0;

    if (__builtin_mul_overflow(count, size, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    void *grown = realloc(block, total);
    if (grown && old < total)
        memset((char *)grown + old, 0, total - old);
    return grown;
}

void *_expand(void *block, size_t size)
{
    CRT_CHECK(block, EINVAL, NULL);
    if (size > HEAP_LIMIT) {
        errno = ENOMEM;
        return NULL;
    }
    void *grown = HeapReAlloc(GetProcessHeap(), HEAP_REALLOC_IN_PLACE_ONLY, block, size ? size : 1);
    if (!grown)
        errno = ENOMEM;
    return grown;
}

void *_malloc_base(size_t size)
{
    return malloc(size);
}
void *_calloc_base(size_t count, size_t size)
{
    return calloc(count, size);
}
void *_realloc_base(void *block, size_t size)
{
    return realloc(block, size);
}
void _free_base(void *block)
{
    free(block);
}
size_t _msize_base(void *block)
{
    return _msize(block);
}
intptr_t _get_heap_handle(void)
{
    return (intptr_t)GetProcessHeap();
}

/* ---------------------------------------------------------------- aligned blocks */

void *_aligned_offset_malloc(size_t size, size_t alignment, size_t offset)
{
    CRT_CHECK(alignment && !(alignment & (alignment - 1)), EINVAL, NULL);
    CRT_CHECK(!offset || offset < size, EINVAL, NULL);
    if (alignment < sizeof(void *))
        alignment = sizeof(void *);
    size_t total;
    if (__builtin_add_overflow(size, alignment - 1 + 2 * sizeof(void *), &total)) {
        errno = ENOMEM;
        return NULL;
    }
    size_t gap = (0 - offset) & (sizeof(void *) - 1);
    char *block = malloc(total + gap);
    if (!block)
        return NULL;
    uintptr_t start = (uintptr_t)block + sizeof(void *) + gap;
    char *result = (char *)(((start + offset + alignment - 1) & ~(uintptr_t)(alignment - 1)) - offset);
    void **slot = (void **)(((uintptr_t)result - sizeof(void *)) & ~(uintptr_t)(sizeof(void *) - 1));
    *slot = block;
    return result;
}

static void *aligned_base(void *block)
{
    return *(void **)(((uintptr_t)block - sizeof(void *)) & ~(uintptr_t)(sizeof(void *) - 1));
}

void *_aligned_malloc(size_t size, size_t alignment)
{
    return _aligned_offset_malloc(size, alignment, 0);
}

void _aligned_free(void *block)
{
    if (block)
        free(aligned_base(block));
}

/* What was asked for: the real block less what _aligned_offset_malloc adds for these two. */
size_t _aligned_msize(void *block, size_t alignment, size_t offset)
{
    CRT_CHECK(block, EINVAL, (size_t)-1);
    if (alignment < sizeof(void *))
        alignment = sizeof(void *);
    size_t gap = (0 - offset) & (sizeof(void *) - 1);
    return _msize(aligned_base(block)) - gap - (alignment - 1 + 2 * sizeof(void *));
}

void *_aligned_offset_realloc(void *block, size_t size, size_t alignment, size_t offset)
{
    if (!block)
        return _aligned_offset_malloc(size, alignment, offset);
    if (!size) {
        _aligned_free(block);
        return NULL;
    }
    void *moved = _aligned_offset_malloc(size, alignment, offset);
    if (moved) {
        size_t old = _msize(aligned_base(block)) - ((char *)block - (char *)aligned_base(block));
        memcpy(moved, block, old < size ? old : size);
        _aligned_free(block);
    }
    return moved;
}

void *_aligned_realloc(void *block, size_t size, size_t alignment)
{
    return _aligned_offset_realloc(block, size, alignment, 0);
}

void *_aligned_offset_recalloc(void *block, size_t count, size_t size, size_t alignment, size_t offset)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    size_t old = block ? _msize(aligned_base(block)) - ((char *)block - (char *)aligned_base(block)) : 0;
    void *grown = _aligned_offset_realloc(block, total, alignment, offset);
    if (grown) {
        size_t room = _msize(aligned_base(grown)) - ((char *)grown - (char *)aligned_base(grown));
        if (old < room)
            memset((char *)grown + (old < total ? old : total), 0, total - (old < total ? old : total));
    }
    return grown;
}

void *_aligned_recalloc(void *block, size_t count, size_t size, size_t alignment)
{
    return _aligned_offset_recalloc(block, count, size, alignment, 0);
}

/* ---------------------------------------------------------------- checks */

#define HEAPEMPTY    (-1)
#define HEAPOK       (-2)
#define HEAPBADBEGIN (-3)
#define HEAPBADNODE  (-4)
#define HEAPEND      (-5)
#define HEAPBADPTR   (-6)

struct heap_info {
    int *_pentry;
    size_t _size;
    int _useflag;
};

int _heapchk(void)
{
    return HeapValidate(GetProcessHeap(), 0, NULL) ? HEAPOK : HEAPBADNODE;
}
int _heapset(unsigned int fill)
{
    (void)fill;
    return _heapchk();
}
int _heapmin(void)
{
    HeapCompact(GetProcessHeap(), 0);
    return 0;
}
int _heapadd(void *block, size_t size)
{
    (void)block, (void)size;
    errno = ENOSYS;
    return -1;
}
size_t _heapused(size_t *used, size_t *committed)
{
    PROCESS_HEAP_ENTRY entry = {0};
    size_t total = 0, all = 0;

    while (HeapWalk(GetProcessHeap(), &entry))
        if (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY)
            total += entry.cbData;
        else if (entry.wFlags & PROCESS_HEAP_REGION)
            all += entry.Region.dwCommittedSize;
    if (used)
        *used = total;
    if (committed)
        *committed = all > total ? all : total; /* large blocks lie outside of the regions */
    return total;
}

int _heapwalk(struct heap_info *info)
{
    PROCESS_HEAP_ENTRY entry = {0};

    CRT_CHECK(info, EINVAL, HEAPBADPTR);
    entry.lpData = info->_pentry;
    if (info->_pentry)
        entry.wFlags = PROCESS_HEAP_ENTRY_BUSY;
    do {
        if (!HeapWalk(GetProcessHeap(), &entry))
            return GetLastError() == ERROR_NO_MORE_ITEMS ? HEAPEND : HEAPBADNODE;
    } while (entry.wFlags & (PROCESS_HEAP_REGION | PROCESS_HEAP_UNCOMMITTED_RANGE));
    info->_pentry = entry.lpData;
    info->_size = entry.cbData;
    info->_useflag = entry.wFlags & PROCESS_HEAP_ENTRY_BUSY ? 1 : 0;
    return HEAPOK;
}

static size_t sbh_threshold;
size_t _get_sbh_threshold(void)
{
    return sbh_threshold;
}
int _set_sbh_threshold(size_t size)
{
    sbh_threshold = size;
    return 1;
}

/* The C++ operators: retry through the new handler. What they throw without memory is cxx's affair. */
void *crt_operator_new(size_t size);
void *crt_operator_new(size_t size)
{
    for (;;) {
        void *block = size <= HEAP_LIMIT ? HeapAlloc(GetProcessHeap(), 0, size ? size : 1) : NULL;
        if (block || !_callnewh(size))
            return block;
    }
}
