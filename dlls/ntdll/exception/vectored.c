/*
 * Vectored exception and continue handlers: two lists under one lock. A handler that is being called
 * stays allocated until the call returns; one removed meanwhile is not called again.
 */
#include <nt/exception.h>
#include <nt/peb.h>

PVOID NTAPI RtlAllocateHeap(PVOID heap, ULONG flags, SIZE_T size);
BOOLEAN NTAPI RtlFreeHeap(PVOID heap, ULONG flags, PVOID block);
VOID NTAPI RtlAcquireSRWLockExclusive(PRTL_SRWLOCK lock);
VOID NTAPI RtlReleaseSRWLockExclusive(PRTL_SRWLOCK lock);

struct vectored {
    LIST_ENTRY links;
    LONG references; /* of the list and of calls under way; guarded by the lock */
    BOOLEAN removed;
    PVECTORED_EXCEPTION_HANDLER handler;
};

static RTL_SRWLOCK lock;
static LIST_ENTRY lists[2] = {{&lists[0], &lists[0]}, {&lists[1], &lists[1]}}; /* exception, continue */

static PVOID add(unsigned which, ULONG first, PVECTORED_EXCEPTION_HANDLER handler)
{
    LIST_ENTRY *head = &lists[which];
    struct vectored *entry;
    if (!handler)
        return NULL;
    entry = RtlAllocateHeap(NtCurrentTeb()->ProcessEnvironmentBlock->ProcessHeap, 0, sizeof *entry);
    if (!entry)
        return NULL;
    entry->references = 1;
    entry->removed = FALSE;
    entry->handler = handler;
    RtlAcquireSRWLockExclusive(&lock);
    LIST_ENTRY *before = first ? head : head->Blink;
    entry->links.Blink = before;
    entry->links.Flink = before->Flink;
    before->Flink->Blink = &entry->links;
    before->Flink = &entry->links;
    RtlReleaseSRWLockExclusive(&lock);
    return entry;
}

/* With the lock held: drops a reference; returns the entry if it is to be freed. */
static struct vectored *drop(struct vectored *entry)
{
    if (--entry->references)
        return NULL;
    entry->links.Blink->Flink = entry->links.Flink;
    entry->links.Flink->Blink = entry->links.Blink;
    return entry;
}

static ULONG remove_handler(unsigned which, PVOID handle)
{
    struct vectored *dead = NULL;
    ULONG found = FALSE;
    RtlAcquireSRWLockExclusive(&lock);
    for (LIST_ENTRY *at = lists[which].Flink; at != &lists[which]; at = at->Flink) {
        struct vectored *entry = (struct vectored *)at;
        if (entry == handle && !entry->removed) {
            entry->removed = TRUE;
            dead = drop(entry);
            found = TRUE;
            break;
        }
    }
    RtlReleaseSRWLockExclusive(&lock);
    if (dead)
        RtlFreeHeap(NtCurrentTeb()->ProcessEnvironmentBlock->ProcessHeap, 0, dead);
    return found;
}

static BOOLEAN call(unsigned which, EXCEPTION_RECORD *record, CONTEXT *context)
{
    EXCEPTION_POINTERS pointers = {record, context};
    LIST_ENTRY *head = &lists[which];
    struct vectored *dead = NULL;
    BOOLEAN handled = FALSE;
    if (*(LIST_ENTRY *volatile *)&head->Flink == head)
        return FALSE;
    RtlAcquireSRWLockExclusive(&lock);
    for (LIST_ENTRY *at = head->Flink; at != head && !handled;) {
        struct vectored *entry = (struct vectored *)at;
        if (entry->removed) {
            at = at->Flink;
            continue;
        }
        entry->references++;
        RtlReleaseSRWLockExclusive(&lock);
        handled = entry->handler(&pointers) == EXCEPTION_CONTINUE_EXECUTION;
        RtlAcquireSRWLockExclusive(&lock);
        at = at->Flink;
        if (drop(entry)) {
            entry->links.Flink = (LIST_ENTRY *)dead;
            dead = entry;
        }
    }
    RtlReleaseSRWLockExclusive(&lock);
    while (dead) {
        struct vectored *next = (struct vectored *)dead->links.Flink;
        RtlFreeHeap(NtCurrentTeb()->ProcessEnvironmentBlock->ProcessHeap, 0, dead);
        dead = next;
    }
    return handled;
}

PVOID NTAPI RtlAddVectoredExceptionHandler(ULONG first, PVECTORED_EXCEPTION_HANDLER handler)
{
    return add(0, first, handler);
}

PVOID NTAPI RtlAddVectoredContinueHandler(ULONG first, PVECTORED_EXCEPTION_HANDLER handler)
{
    return add(1, first, handler);
}

ULONG NTAPI RtlRemoveVectoredExceptionHandler(PVOID handle)
{
    return remove_handler(0, handle);
}

ULONG NTAPI RtlRemoveVectoredContinueHandler(PVOID handle)
{
    return remove_handler(1, handle);
}

BOOLEAN exception_call_vectored(EXCEPTION_RECORD *record, CONTEXT *context)
{
    return call(0, record, context);
}

BOOLEAN exception_call_continue(EXCEPTION_RECORD *record, CONTEXT *context)
{
    return call(1, record, context);
}
