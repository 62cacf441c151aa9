/*
 * Fiber-local storage. A thread's (or fiber's) values are a block that TEB.FlsData points at; the
 * blocks of all threads are linked so that freeing an index can clear and call back everywhere.
 */
#include <nt/rtl.h>

#define FLS_MAX   4080 /* FLS_MAXIMUM_AVAILABLE of Windows 10 19H1 and later */
#define FLS_GROUP 64

struct fls_block {
    LIST_ENTRY link;
    PVOID *groups[(FLS_MAX + FLS_GROUP - 1) / FLS_GROUP]; /* made as needed */
};

static RTL_SRWLOCK lock; /* guards all below; never held while calling back */
static LIST_ENTRY blocks = {&blocks, &blocks};
static PFLS_CALLBACK_FUNCTION callbacks[FLS_MAX]; /* NULL: free; NO_CALLBACK: none was given */
static ULONG highest;
#define NO_CALLBACK ((PFLS_CALLBACK_FUNCTION)(LONG_PTR)-1)

static inline struct fls_block *current(void)
{
    return rtl_teb()->FlsData;
}

static inline PVOID *slot_of(struct fls_block *block, ULONG index)
{
    PVOID *group = block ? block->groups[index / FLS_GROUP] : NULL;
    return group ? &group[index % FLS_GROUP] : NULL;
}

/* Index 0 is never handed out: programs take it for "none". */
NTSTATUS NTAPI RtlFlsAlloc(PFLS_CALLBACK_FUNCTION callback, PULONG ret_index)
{
    NTSTATUS status = STATUS_NO_MEMORY;

    RtlAcquireSRWLockExclusive(&lock);
    for (ULONG index = 1; index < FLS_MAX; index++)
        if (!callbacks[index]) {
            callbacks[index] = callback ? callback : NO_CALLBACK;
            if (index > highest)
                highest = index;
            *ret_index = index;
            status = STATUS_SUCCESS;
            break;
        }
    RtlReleaseSRWLockExclusive(&lock);
    return status;
}

/* Calls back for every thread that has a value. */
NTSTATUS NTAPI RtlFlsFree(ULONG index)
{
    if (!index || index >= FLS_MAX)
        return STATUS_INVALID_PARAMETER;
    RtlAcquireSRWLockExclusive(&lock);
    PFLS_CALLBACK_FUNCTION callback = callbacks[index];
    if (!callback) {
        RtlReleaseSRWLockExclusive(&lock);
        return STATUS_INVALID_PARAMETER;
    }
    for (;;) {
        PVOID value = NULL;
        for (LIST_ENTRY *link = blocks.Flink; link != &blocks && !value; link = link->Flink) {
            PVOID *slot = slot_of(CONTAINING_RECORD(link, struct fls_block, link), index);
            if (slot && *slot) {
                value = *slot;
                *slot = NULL;
            }
        }
        if (!value)
            break;
        if (callback != NO_CALLBACK) {
            RtlReleaseSRWLockExclusive(&lock);
            callback(value);
            RtlAcquireSRWLockExclusive(&lock);
        }
    }
    callbacks[index] = NULL;
    RtlReleaseSRWLockExclusive(&lock);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlFlsSetValue(ULONG index, PVOID value)
{
    struct fls_block *block = current();
    PVOID *slot = index < FLS_MAX ? slot_of(block, index) : NULL;

    if (slot && index) {
        *slot = value;
        return STATUS_SUCCESS;
    }
    if (!index || index >= FLS_MAX)
        return STATUS_INVALID_PARAMETER;
    if (!block) {
        if (!(block = RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY, sizeof *block)))
            return STATUS_NO_MEMORY;
        rtl_teb()->FlsData = block;
        RtlAcquireSRWLockExclusive(&lock);
        block->link.Flink = &blocks;
        block->link.Blink = blocks.Blink;
        blocks.Blink->Flink = &block->link;
        blocks.Blink = &block->link;
        RtlReleaseSRWLockExclusive(&lock);
    }
    PVOID *group = RtlAllocateHeap(rtl_peb()->ProcessHeap, HEAP_ZERO_MEMORY, FLS_GROUP * sizeof(PVOID));
    if (!group)
        return STATUS_NO_MEMORY;
    group[index % FLS_GROUP] = value;
    __atomic_store_n(&block->groups[index / FLS_GROUP], group, __ATOMIC_RELEASE);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlFlsGetValue(ULONG index, PVOID *ret_value)
{
    if (!index || index >= FLS_MAX)
        return STATUS_INVALID_PARAMETER;
    PVOID *slot = slot_of(current(), index);
    *ret_value = slot ? *slot : NULL;
    return STATUS_SUCCESS;
}

/* What a thread's end (or DeleteFiber) does with a block. Flags: 1 run the callbacks, 2 free it. */
void NTAPI RtlProcessFlsData(PVOID data, ULONG flags)
{
    struct fls_block *block = data;

    if (!block)
        return;
    if (flags & 1)
        for (ULONG index = 1; index <= highest; index++) {
            PVOID *slot = slot_of(block, index);
            if (!slot || !*slot)
                continue;
            RtlAcquireSRWLockExclusive(&lock);
            PFLS_CALLBACK_FUNCTION callback = callbacks[index];
            PVOID value = *slot;
            *slot = NULL;
            RtlReleaseSRWLockExclusive(&lock);
            if (value && callback && callback != NO_CALLBACK)
                callback(value);
        }
    if (flags & 2) {
        RtlAcquireSRWLockExclusive(&lock);
        block->link.Blink->Flink = block->link.Flink;
        block->link.Flink->Blink = block->link.Blink;
        RtlReleaseSRWLockExclusive(&lock);
        for (ULONG i = 0; i < sizeof block->groups / sizeof block->groups[0]; i++)
            if (block->groups[i])
                RtlFreeHeap(rtl_peb()->ProcessHeap, 0, block->groups[i]);
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, block);
    }
}

/* The calling thread ends. */
void rtl_thread_detach(void)
{
    PTEB teb = rtl_teb();
    PVOID data = teb->FlsData;

    RtlProcessFlsData(data, 1);
    teb->FlsData = NULL;
    RtlProcessFlsData(data, 2);
    if (teb->TlsExpansionSlots) {
        PVOID slots = teb->TlsExpansionSlots;
        teb->TlsExpansionSlots = NULL;
        RtlFreeHeap(rtl_peb()->ProcessHeap, 0, slots);
    }
}
