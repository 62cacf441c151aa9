/* Rtl's blocks of memory, and single-linked lists that threads share. */
#include "../harness.h"

SIZE_T NTAPI RtlCompareMemoryUlong(void *, SIZE_T, ULONG);

#undef RtlMoveMemory
#undef RtlCopyMemory
#undef RtlFillMemory
#undef RtlZeroMemory

TEST(comparing)
{
    static const char a[] = "0123456789abcdef0123456789abcdef", b[] = "0123456789abcdef0123456789abcdXf";

    CHECK_EQ(RtlCompareMemory(a, a, 32), 32);
    CHECK_EQ(RtlCompareMemory(a, b, 32), 30);
    CHECK_EQ(RtlCompareMemory(a, b, 30), 30);
    CHECK_EQ(RtlCompareMemory(a, b + 1, 5), 0);
    CHECK_EQ(RtlCompareMemory(a, b, 0), 0);
    ULONG words[4] = {7, 7, 8, 7};
    CHECK_EQ(RtlCompareMemoryUlong(words, 16, 7), 8);
    CHECK_EQ(RtlCompareMemoryUlong(words, 8, 7), 8);
    CHECK_EQ(RtlCompareMemoryUlong(words, 7, 7), 4); /* whole words only */
    CHECK_EQ(RtlCompareMemoryUlong(words, 16, 1), 0);
    CHECK_EQ(RtlCompareMemoryUlong(words, 3, 7), 0);
}

TEST(filling)
{
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    VOID(NTAPI * move)(void *, const void *, SIZE_T) = (void *)GetProcAddress(ntdll, "RtlMoveMemory");
    VOID(NTAPI * copy)(void *, const void *, SIZE_T) = (void *)GetProcAddress(ntdll, "RtlCopyMemory");
    VOID(NTAPI * fill)(void *, SIZE_T, UCHAR) = (void *)GetProcAddress(ntdll, "RtlFillMemory");
    VOID(NTAPI * zero)(void *, SIZE_T) = (void *)GetProcAddress(ntdll, "RtlZeroMemory");
    VOID(NTAPI * fill64)(void *, SIZE_T, ULONGLONG) = (void *)GetProcAddress(ntdll, "RtlFillMemoryUlonglong");
    VOID(NTAPI * fill32)(void *, SIZE_T, ULONG) = (void *)GetProcAddress(ntdll, "RtlFillMemoryUlong");
    char text[12] = "0123456789";
    ULONG words[4] = {0};
    ULONGLONG longs[3] = {0};

    move(text + 2, text, 5);
    CHECK_STR(text, "0101234789");
    move(text, text + 2, 5);
    CHECK_STR(text, "0123434789");
    fill(text + 1, 3, 'x');
    CHECK_STR(text, "0xxx434789");
    zero(text + 5, 2);
    CHECK_STR(text, "0xxx4");
    CHECK_EQ(text[7], '7');
    if (copy) {
        copy(text, "ABC", 3);
        CHECK_STR(text, "ABCx4");
    }
    fill32(words, 12, 0x01020304);
    CHECK_EQ(words[2], 0x01020304);
    CHECK_EQ(words[3], 0);
    fill32(words, 7, 5);
    CHECK_EQ(words[0], 5);
    CHECK_EQ(words[1], 0x01020304);
    if (fill64) {
        fill64(longs, 16, 0x0102030405060708ull);
        CHECK_EQ(longs[1], 0x0102030405060708ull);
        CHECK_EQ(longs[2], 0);
    }
}

struct item {
    SLIST_ENTRY entry;
    int number;
} __attribute__((aligned(16)));

static SLIST_HEADER head __attribute__((aligned(16)));
static struct item items[4];

TEST(lists)
{
    PSLIST_ENTRY __fastcall (*push_list)(PSLIST_HEADER, PSLIST_ENTRY, PSLIST_ENTRY,
                                         DWORD) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"),
                                                                         "RtlInterlockedPushListSList");

    RtlInitializeSListHead(&head);
    CHECK_EQ(RtlQueryDepthSList(&head), 0);
    CHECK(!RtlFirstEntrySList(&head));
    CHECK(!RtlInterlockedPopEntrySList(&head));
    CHECK(!RtlInterlockedFlushSList(&head));
    CHECK(!RtlInterlockedPushEntrySList(&head, &items[0].entry));
    CHECK_EQ((ULONG_PTR)RtlInterlockedPushEntrySList(&head, &items[1].entry), (ULONG_PTR)&items[0]);
    CHECK_EQ(RtlQueryDepthSList(&head), 2);
    CHECK_EQ((ULONG_PTR)RtlFirstEntrySList(&head), (ULONG_PTR)&items[1]);
    items[2].entry.Next = &items[3].entry;
    CHECK_EQ((ULONG_PTR)RtlInterlockedPushListSListEx(&head, &items[2].entry, &items[3].entry, 2),
             (ULONG_PTR)&items[1]);
    CHECK_EQ(RtlQueryDepthSList(&head), 4);
    CHECK_EQ((ULONG_PTR)RtlInterlockedPopEntrySList(&head), (ULONG_PTR)&items[2]);
    CHECK_EQ((ULONG_PTR)RtlInterlockedPopEntrySList(&head), (ULONG_PTR)&items[3]);
    SLIST_ENTRY *rest = RtlInterlockedFlushSList(&head);
    CHECK_EQ((ULONG_PTR)rest, (ULONG_PTR)&items[1]);
    CHECK_EQ((ULONG_PTR)rest->Next, (ULONG_PTR)&items[0]);
    CHECK(!rest->Next->Next);
    CHECK_EQ(RtlQueryDepthSList(&head), 0);
    CHECK(!push_list(&head, &items[1].entry, &items[0].entry, 2));
    CHECK_EQ(RtlQueryDepthSList(&head), 2);
}

static struct item shared_items[64];
static volatile LONG stop;
static LONG moved;

static DWORD WINAPI mover(void *argument)
{
    SLIST_HEADER *lists = argument;

    while (!stop) {
        SLIST_ENTRY *entry = RtlInterlockedPopEntrySList(&lists[0]);
        if (entry) {
            RtlInterlockedPushEntrySList(&lists[1], entry);
            InterlockedIncrement(&moved);
        }
        if ((entry = RtlInterlockedPopEntrySList(&lists[1])))
            RtlInterlockedPushEntrySList(&lists[0], entry);
    }
    return 0;
}

TEST(threads_share_lists)
{
    static SLIST_HEADER lists[2] __attribute__((aligned(16)));
    HANDLE threads[3];
    int count = 0;
    char seen[64] = "";

    RtlInitializeSListHead(&lists[0]);
    RtlInitializeSListHead(&lists[1]);
    for (int i = 0; i < 64; i++)
        RtlInterlockedPushEntrySList(&lists[0], &shared_items[i].entry);
    for (int i = 0; i < 3; i++)
        threads[i] = CreateThread(NULL, 0, mover, lists, 0, NULL);
    Sleep(50);
    stop = 1;
    WaitForMultipleObjects(3, threads, TRUE, INFINITE);
    CHECK(moved > 0);
    CHECK_EQ(RtlQueryDepthSList(&lists[0]) + RtlQueryDepthSList(&lists[1]), 64);
    for (int i = 0; i < 2; i++)
        for (SLIST_ENTRY *at = RtlInterlockedFlushSList(&lists[i]); at; at = at->Next, count++)
            seen[(struct item *)at - shared_items]++;
    CHECK_EQ(count, 64);
    for (int i = 0; i < 64; i++)
        CHECK_EQ(seen[i], 1);
    for (int i = 0; i < 3; i++)
        CloseHandle(threads[i]);
}
