/*
 * Singly linked lists without locks. 64-bit: a 16-byte header, {depth:16, sequence:48} and
 * {reserved:4, next:60 (address >> 4)}; 32-bit: {next, depth:16 | sequence:16}.
 */
#include <nt/rtl.h>

#ifdef _WIN64

static inline PSLIST_ENTRY next_of(const SLIST_HEADER *head)
{
    return (PSLIST_ENTRY)(head->Region & ~15ull);
}

static inline BOOLEAN replace(SLIST_HEADER *head, SLIST_HEADER *old, ULONGLONG alignment, ULONGLONG region)
{
    BOOLEAN done;
    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(done), "+m"(*head), "+a"(old->Alignment), "+d"(old->Region)
                     : "b"(alignment), "c"(region)
                     : "memory");
    return done;
}

#define DEPTH(alignment) ((alignment)&0xffff)
#define SEQUENCE         0x10000ull

void NTAPI RtlInitializeSListHead(PSLIST_HEADER head)
{
    head->Alignment = head->Region = 0;
}

PSLIST_ENTRY NTAPI RtlFirstEntrySList(const SLIST_HEADER *head)
{
    return next_of(head);
}
WORD NTAPI RtlQueryDepthSList(PSLIST_HEADER head)
{
    return (WORD)DEPTH(head->Alignment);
}

PSLIST_ENTRY NTAPI RtlInterlockedPushListSListEx(PSLIST_HEADER head, PSLIST_ENTRY first, PSLIST_ENTRY last,
                                                 DWORD count)
{
    SLIST_HEADER old = *head;

    do
        last->Next = next_of(&old);
    while (!replace(head, &old, ((old.Alignment & ~0xffffull) + SEQUENCE) | DEPTH(old.Alignment + count),
                    (ULONGLONG)first | 1));
    return next_of(&old);
}

/* Another thread may free the first entry while we read its link: the read then faults, and the
 * exception dispatcher resumes at ExpInterlockedPopEntrySListResume as Windows does. Our heap keeps
 * such memory readable, so only memory given back to the system needs that. */
PSLIST_ENTRY NTAPI RtlInterlockedPopEntrySList(PSLIST_HEADER head)
{
    SLIST_HEADER old = *head;
    PSLIST_ENTRY first;

    do {
        first = next_of(&old);
        if (!first)
            return NULL;
    } while (!replace(head, &old, ((old.Alignment & ~0xffffull) + SEQUENCE) | DEPTH(old.Alignment - 1),
                      (ULONGLONG)__atomic_load_n(&first->Next, __ATOMIC_RELAXED) | 1));
    return first;
}

PSLIST_ENTRY NTAPI RtlInterlockedFlushSList(PSLIST_HEADER head)
{
    SLIST_HEADER old = *head;

    do
        if (!next_of(&old))
            return NULL;
    while (!replace(head, &old, (old.Alignment & ~0xffffull) + SEQUENCE, 1));
    return next_of(&old);
}

#else

void NTAPI RtlInitializeSListHead(PSLIST_HEADER head)
{
    head->Alignment = 0;
}
PSLIST_ENTRY NTAPI RtlFirstEntrySList(const SLIST_HEADER *head)
{
    return head->Next.Next;
}
WORD NTAPI RtlQueryDepthSList(PSLIST_HEADER head)
{
    return head->Depth;
}

static inline BOOLEAN replace(SLIST_HEADER *head, SLIST_HEADER *old, PSLIST_ENTRY first, WORD depth)
{
    SLIST_HEADER fresh;

    fresh.Next.Next = first;
    fresh.Depth = depth;
    fresh.Sequence = old->Sequence + 1;
    return __atomic_compare_exchange_n(&head->Alignment, &old->Alignment, fresh.Alignment, 0,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

PSLIST_ENTRY NTAPI RtlInterlockedPushListSListEx(PSLIST_HEADER head, PSLIST_ENTRY first, PSLIST_ENTRY last,
                                                 DWORD count)
{
    SLIST_HEADER old = *head;

    do
        last->Next = old.Next.Next;
    while (!replace(head, &old, first, (WORD)(old.Depth + count)));
    return old.Next.Next;
}

PSLIST_ENTRY NTAPI RtlInterlockedPopEntrySList(PSLIST_HEADER head)
{
    SLIST_HEADER old = *head;

    do
        if (!old.Next.Next)
            return NULL;
    while (!replace(head, &old, old.Next.Next->Next, (WORD)(old.Depth - 1)));
    return old.Next.Next;
}

PSLIST_ENTRY NTAPI RtlInterlockedFlushSList(PSLIST_HEADER head)
{
    SLIST_HEADER old = *head;

    do
        if (!old.Next.Next)
            return NULL;
    while (!replace(head, &old, NULL, 0));
    return old.Next.Next;
}

#endif

PSLIST_ENTRY NTAPI RtlInterlockedPushEntrySList(PSLIST_HEADER head, PSLIST_ENTRY entry)
{
    return RtlInterlockedPushListSListEx(head, entry, entry, 1);
}

PSLIST_ENTRY __fastcall RtlInterlockedPushListSList(PSLIST_HEADER head, PSLIST_ENTRY first, PSLIST_ENTRY last,
                                                    DWORD count);
PSLIST_ENTRY __fastcall RtlInterlockedPushListSList(PSLIST_HEADER head, PSLIST_ENTRY first, PSLIST_ENTRY last,
                                                    DWORD count)
{
    return RtlInterlockedPushListSListEx(head, first, last, count);
}
