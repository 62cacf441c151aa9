/*
 * GlobalAlloc and LocalAlloc. Fixed memory is a block of the process heap. Movable memory is an
 * entry in a table; its handle is the entry's address plus the size of a pointer, which no heap
 * block ever has (they are aligned to two pointers).
 */
#include "kernelbase.h"
#include <nt/memory.h>

#define MAX_ENTRIES 65536 /* as many handles as Windows allows */
#define MAX_LOCKS   255
#define HANDLE_TAG  sizeof(void *)
#define DISCARDED   GMEM_DISCARDED
#define KNOWN_FLAGS                                                                                          \
    (GMEM_MOVEABLE | GMEM_ZEROINIT | GMEM_NOCOMPACT | GMEM_NODISCARD | GMEM_DISCARDABLE | GMEM_DDESHARE)

struct entry {
    void *memory; /* NULL: discarded; of a free entry: the next one */
    USHORT flags; /* USED, GMEM_DISCARDABLE, GMEM_DDESHARE */
    UCHAR locks;
#ifdef _WIN64
    UCHAR padding[5];
#else
    UCHAR padding[9];
#endif
};
C_ASSERT(sizeof(struct entry) == 16);
#define USED 1

static struct {
    RTL_SRWLOCK lock;      /* guards everything here and the entries */
    struct entry *entries; /* room for MAX_ENTRIES, committed as they are used */
    ULONG used, committed;
    struct entry *free;
} table;

static BOOL is_handle(HLOCAL memory)
{
    return ((ULONG_PTR)memory & (2 * sizeof(void *) - 1)) == HANDLE_TAG;
}

/* The entry of a movable handle, or NULL. */
static struct entry *find_entry(HLOCAL handle)
{
    ULONG_PTR offset = (ULONG_PTR)handle - HANDLE_TAG - (ULONG_PTR)table.entries;

    if (!table.entries || offset >= table.used * sizeof(struct entry) || offset % sizeof(struct entry))
        return NULL;
    struct entry *entry = &table.entries[offset / sizeof(struct entry)];
    return entry->flags & USED ? entry : NULL;
}

static HLOCAL to_handle(struct entry *entry)
{
    return (char *)entry + HANDLE_TAG;
}

static struct entry *new_entry(void)
{
    struct entry *entry = table.free;
    SIZE_T size;

    if (entry) {
        table.free = entry->memory;
        return entry;
    }
    if (!table.entries) {
        PVOID base = NULL;
        size = MAX_ENTRIES * sizeof *entry;
        if (NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE, PAGE_READWRITE))
            return NULL;
        table.entries = base;
    }
    if (table.used == MAX_ENTRIES)
        return NULL;
    if (table.used == table.committed) {
        PVOID base = &table.entries[table.used];
        size = 0x1000;
        if (NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_COMMIT, PAGE_READWRITE))
            return NULL;
        table.committed += (ULONG)(size / sizeof *entry);
    }
    return &table.entries[table.used++];
}

static void free_entry(struct entry *entry)
{
    entry->flags = 0;
    entry->memory = table.free;
    table.free = entry;
}

static void lock_table(void)
{
    RtlAcquireSRWLockExclusive(&table.lock);
}

static void unlock_table(void)
{
    RtlReleaseSRWLockExclusive(&table.lock);
}

static BOOL is_block(void *memory)
{
    return memory && !((ULONG_PTR)memory & (sizeof(void *) - 1)) &&
           RtlValidateHeap(process_heap(), 0, memory);
}

HLOCAL WINAPI LocalAlloc(UINT flags, SIZE_T size)
{
    ULONG heap_flags = flags & LMEM_ZEROINIT ? HEAP_ZERO_MEMORY : 0;

    if (!(flags & LMEM_MOVEABLE)) {
        void *memory = RtlAllocateHeap(process_heap(), heap_flags, size);
        if (!memory)
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return memory;
    }
    if (flags & LMEM_INVALID_HANDLE) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    void *memory = size ? RtlAllocateHeap(process_heap(), heap_flags, size) : NULL;
    struct entry *entry = NULL;
    if (memory || !size) {
        lock_table();
        entry = new_entry();
        if (entry) {
            entry->memory = memory;
            entry->flags = USED | (flags & (GMEM_DISCARDABLE | GMEM_DDESHARE));
            entry->locks = 0;
        }
        unlock_table();
        if (!entry && memory)
            RtlFreeHeap(process_heap(), 0, memory);
    }
    if (!entry) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    return to_handle(entry);
}

HLOCAL WINAPI LocalFree(HLOCAL memory)
{
    if (!memory)
        return NULL;
    if (is_handle(memory)) {
        lock_table();
        struct entry *entry = find_entry(memory);
        void *block = entry ? entry->memory : NULL;
        if (entry)
            free_entry(entry);
        unlock_table();
        if (entry) {
            if (block)
                RtlFreeHeap(process_heap(), 0, block);
            return NULL;
        }
    } else if (is_block(memory) && RtlFreeHeap(process_heap(), 0, memory)) {
        return NULL;
    }
    SetLastError(ERROR_INVALID_HANDLE);
    return memory;
}

LPVOID WINAPI LocalLock(HLOCAL memory)
{
    void *block = NULL;
    DWORD error = ERROR_INVALID_HANDLE;

    if (!is_handle(memory)) {
        if (is_block(memory))
            return memory;
        SetLastError(error);
        return NULL;
    }
    lock_table();
    struct entry *entry = find_entry(memory);
    if (entry) {
        block = entry->memory;
        error = ERROR_DISCARDED;
        if (block && entry->locks < MAX_LOCKS)
            entry->locks++;
    }
    unlock_table();
    if (!block)
        SetLastError(error);
    return block;
}

/* Takes one lock off; *ret_left are those that remain. */
static DWORD unlock(HLOCAL memory, UINT *ret_left)
{
    DWORD error = ERROR_INVALID_HANDLE;

    lock_table();
    struct entry *entry = find_entry(memory);
    if (entry) {
        error = entry->locks ? NO_ERROR : ERROR_NOT_LOCKED;
        if (entry->locks)
            entry->locks--;
        *ret_left = entry->locks;
    }
    unlock_table();
    return error;
}

/* FALSE with NO_ERROR when the last lock is gone; ERROR_NOT_LOCKED for fixed memory. */
BOOL WINAPI LocalUnlock(HLOCAL memory)
{
    UINT left = 0;

    SetLastError(is_handle(memory) ? unlock(memory, &left) : ERROR_NOT_LOCKED);
    return left > 0;
}

SIZE_T WINAPI LocalSize(HLOCAL memory)
{
    SIZE_T size = (SIZE_T)-1;

    if (is_handle(memory)) {
        lock_table();
        struct entry *entry = find_entry(memory);
        if (entry)
            size = entry->memory ? RtlSizeHeap(process_heap(), 0, entry->memory) : 0;
        unlock_table();
    } else if (is_block(memory)) {
        size = RtlSizeHeap(process_heap(), 0, memory);
    }
    if (size == (SIZE_T)-1) {
        SetLastError(ERROR_INVALID_HANDLE);
        return 0;
    }
    return size;
}

UINT WINAPI LocalFlags(HLOCAL memory)
{
    UINT flags = LMEM_INVALID_HANDLE;

    if (is_handle(memory)) {
        lock_table();
        struct entry *entry = find_entry(memory);
        if (entry)
            flags = entry->locks | (entry->flags & (GMEM_DISCARDABLE | GMEM_DDESHARE)) |
                    (entry->memory ? 0 : DISCARDED);
        unlock_table();
    } else if (is_block(memory)) {
        flags = 0;
    }
    if (flags == LMEM_INVALID_HANDLE)
        SetLastError(ERROR_INVALID_HANDLE);
    return flags;
}

/* The handle of a block: its own address if it is fixed. */
HLOCAL WINAPI LocalHandle(LPCVOID memory)
{
    HLOCAL handle = NULL;

    if (!memory) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    lock_table();
    if (is_handle((HLOCAL)memory)) {
        if (find_entry((HLOCAL)memory))
            handle = (HLOCAL)memory;
    } else {
        for (ULONG i = 0; i < table.used && !handle; i++)
            if (table.entries[i].flags & USED && table.entries[i].memory == memory)
                handle = to_handle(&table.entries[i]);
    }
    unlock_table();
    if (!handle && is_block((void *)memory))
        handle = (HLOCAL)memory;
    if (!handle)
        SetLastError(ERROR_INVALID_HANDLE);
    return handle;
}

/* Size 0 for unlocked movable memory discards it. */
static DWORD reallocate_entry(struct entry *entry, SIZE_T size, UINT flags)
{
    ULONG heap_flags = flags & LMEM_ZEROINIT ? HEAP_ZERO_MEMORY : 0;
    void *memory;

    if (flags & LMEM_MODIFY) {
        entry->flags = (USHORT)(entry->flags & ~GMEM_DISCARDABLE) | (flags & GMEM_DISCARDABLE);
        return NO_ERROR;
    }
    if (!size) {
        if (entry->locks)
            return ERROR_INVALID_PARAMETER;
        if (entry->memory)
            RtlFreeHeap(process_heap(), 0, entry->memory);
        entry->memory = NULL;
        return NO_ERROR;
    }
    if (!entry->memory) {
        memory = RtlAllocateHeap(process_heap(), heap_flags, size);
    } else {
        if (entry->locks && !(flags & LMEM_MOVEABLE))
            heap_flags |= HEAP_REALLOC_IN_PLACE_ONLY;
        memory = RtlReAllocateHeap(process_heap(), heap_flags, entry->memory, size);
    }
    if (!memory)
        return ERROR_NOT_ENOUGH_MEMORY;
    entry->memory = memory;
    return NO_ERROR;
}

HLOCAL WINAPI LocalReAlloc(HLOCAL memory, SIZE_T size, UINT flags)
{
    DWORD error = ERROR_INVALID_HANDLE;
    HLOCAL result = memory;

    if (is_handle(memory)) {
        lock_table();
        struct entry *entry = find_entry(memory);
        if (entry)
            error = reallocate_entry(entry, size, flags);
        unlock_table();
    } else if (is_block(memory)) {
        error = NO_ERROR;
        if (flags & LMEM_MODIFY) {
            /* fixed memory becomes movable: it gets a handle */
            if (flags & LMEM_MOVEABLE) {
                lock_table();
                struct entry *entry = new_entry();
                if (entry) {
                    *entry = (struct entry){.memory = memory, .flags = USED | (flags & GMEM_DISCARDABLE)};
                    result = to_handle(entry);
                } else {
                    error = ERROR_NOT_ENOUGH_MEMORY;
                }
                unlock_table();
            }
        } else {
            /* fixed memory stays where it is unless LMEM_MOVEABLE lets it move */
            ULONG heap_flags = (flags & LMEM_ZEROINIT ? HEAP_ZERO_MEMORY : 0) |
                               (flags & LMEM_MOVEABLE ? 0 : HEAP_REALLOC_IN_PLACE_ONLY);
            result = RtlReAllocateHeap(process_heap(), heap_flags, memory, size);
            if (!result)
                error = ERROR_NOT_ENOUGH_MEMORY;
        }
    }
    if (error) {
        SetLastError(error);
        return NULL;
    }
    return result;
}

SIZE_T WINAPI LocalCompact(UINT minimum)
{
    (void)minimum;
    return RtlCompactHeap(process_heap(), 0);
}

SIZE_T WINAPI LocalShrink(HLOCAL memory, UINT size)
{
    (void)memory;
    (void)size;
    return RtlCompactHeap(process_heap(), 0);
}

HGLOBAL WINAPI GlobalAlloc(UINT flags, SIZE_T size)
{
    return LocalAlloc(flags & KNOWN_FLAGS, size);
}

HGLOBAL WINAPI GlobalFree(HGLOBAL memory)
{
    return LocalFree(memory);
}

LPVOID WINAPI GlobalLock(HGLOBAL memory)
{
    return LocalLock(memory);
}

/* Unlike LocalUnlock, fixed memory counts as locked for ever: TRUE. */
BOOL WINAPI GlobalUnlock(HGLOBAL memory)
{
    if (!is_handle(memory)) {
        if (is_block(memory))
            return TRUE;
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    return LocalUnlock(memory);
}

SIZE_T WINAPI GlobalSize(HGLOBAL memory)
{
    return LocalSize(memory);
}

UINT WINAPI GlobalFlags(HGLOBAL memory)
{
    return LocalFlags(memory);
}

HGLOBAL WINAPI GlobalHandle(LPCVOID memory)
{
    return LocalHandle(memory);
}

HGLOBAL WINAPI GlobalReAlloc(HGLOBAL memory, SIZE_T size, UINT flags)
{
    return LocalReAlloc(memory, size, flags);
}

SIZE_T WINAPI GlobalCompact(DWORD minimum)
{
    return LocalCompact(minimum);
}

void WINAPI GlobalFix(HGLOBAL memory)
{
    if (memory != (HGLOBAL)-1)
        GlobalLock(memory);
}

void WINAPI GlobalUnfix(HGLOBAL memory)
{
    if (memory != (HGLOBAL)-1)
        GlobalUnlock(memory);
}

LPVOID WINAPI GlobalWire(HGLOBAL memory)
{
    return GlobalLock(memory);
}

BOOL WINAPI GlobalUnWire(HGLOBAL memory)
{
    return GlobalUnlock(memory);
}
