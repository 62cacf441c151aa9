/* Heaps: allocation, zeroing, reallocation, sizes, validation, walking, private and fixed heaps. */
#include "../harness.h"

TEST(allocate_and_free)
{
    HANDLE heap = GetProcessHeap();
    for (SIZE_T size = 0; size < 300000; size = size * 3 / 2 + 1) {
        unsigned char *p = HeapAlloc(heap, HEAP_ZERO_MEMORY, size);
        CHECK(p != NULL);
        CHECK_EQ((ULONG_PTR)p % (2 * sizeof(void *)), 0u);
        CHECK_EQ(HeapSize(heap, 0, p), size);
        for (SIZE_T i = 0; i < size; i++)
            if (p[i]) {
                CHECK(!"memory is zero");
                break;
            }
        memset(p, 0xa5, size);
        CHECK(HeapValidate(heap, 0, p));
        CHECK(HeapFree(heap, 0, p));
    }
    CHECK(HeapFree(heap, 0, NULL));
}

TEST(reallocate)
{
    HANDLE heap = GetProcessHeap();
    unsigned char *p = HeapAlloc(heap, 0, 10);
    for (int i = 0; i < 10; i++)
        p[i] = (unsigned char)i;
    for (SIZE_T size = 20; size < 8000000; size *= 3) {
        p = HeapReAlloc(heap, HEAP_ZERO_MEMORY, p, size);
        CHECK(p != NULL);
        CHECK_EQ(HeapSize(heap, 0, p), size);
        CHECK_EQ(p[9], 9);
        CHECK_EQ(p[10], 0);
        CHECK_EQ(p[size - 1], 0);
    }
    p = HeapReAlloc(heap, 0, p, 5);
    CHECK_EQ(HeapSize(heap, 0, p), 5u);
    CHECK_EQ(p[4], 4);
    CHECK(HeapReAlloc(heap, HEAP_REALLOC_IN_PLACE_ONLY, p, 50000000) == NULL);
    CHECK_EQ(p[4], 4);
    CHECK(HeapReAlloc(heap, HEAP_REALLOC_IN_PLACE_ONLY, p, 4) == p);
    CHECK(HeapFree(heap, 0, p));
}

TEST(private_heap)
{
    HANDLE heap = HeapCreate(0, 0, 0), list[64];
    char *blocks[1000];
    DWORD count = GetProcessHeaps(64, list), i;
    CHECK(heap != NULL);
    for (i = 0; i < count && list[i] != heap; i++)
        ;
    CHECK(i < count);
    for (i = 0; i < 1000; i++) {
        blocks[i] = HeapAlloc(heap, 0, i * 7);
        CHECK(blocks[i] != NULL);
    }
    for (i = 0; i < 1000; i += 2)
        CHECK(HeapFree(heap, 0, blocks[i]));
    CHECK(HeapValidate(heap, 0, NULL));
    CHECK(HeapDestroy(heap));
    count = GetProcessHeaps(64, list);
    for (i = 0; i < count; i++)
        CHECK(list[i] != heap);
}

TEST(fixed_heap)
{
    HANDLE heap = HeapCreate(0, 0x1000, 0x40000);
    unsigned got = 0;
    void *blocks[64];
    CHECK(heap != NULL);
    while (got < 64 && (blocks[got] = HeapAlloc(heap, 0, 0x4000)))
        got++;
    CHECK(got >= 8 && got < 17);
    CHECK(HeapFree(heap, 0, blocks[0]));
    CHECK((blocks[0] = HeapAlloc(heap, 0, 0x4000)) != NULL);
    CHECK(HeapAlloc(heap, 0, 0x100000) == NULL);
    CHECK(HeapDestroy(heap));
}

TEST(walk)
{
    HANDLE heap = HeapCreate(0, 0, 0);
    PROCESS_HEAP_ENTRY entry = {0};
    char *small = HeapAlloc(heap, 0, 33), *middle = HeapAlloc(heap, 0, 50001),
         *freed = HeapAlloc(heap, 0, 77);
    int seen_small = 0, seen_middle = 0, seen_freed = 0;
    HeapFree(heap, 0, freed);
    CHECK(HeapLock(heap));
    while (HeapWalk(heap, &entry)) {
        if (!(entry.wFlags & PROCESS_HEAP_ENTRY_BUSY))
            continue;
        if (entry.lpData == small && entry.cbData == 33)
            seen_small++;
        if (entry.lpData == middle && entry.cbData == 50001)
            seen_middle++;
        if (entry.lpData == freed)
            seen_freed++;
    }
    CHECK_EQ(GetLastError(), (DWORD)ERROR_NO_MORE_ITEMS);
    CHECK(HeapUnlock(heap));
    CHECK_EQ(seen_small, 1);
    CHECK_EQ(seen_middle, 1);
    CHECK_EQ(seen_freed, 0);
    CHECK(HeapDestroy(heap));
}

static DWORD WINAPI churn(void *argument)
{
    unsigned seed = (unsigned)(ULONG_PTR)argument;
    char *live[256] = {0};
    for (int i = 0; i < 50000; i++) {
        seed = seed * 1103515245 + 12345;
        unsigned slot = seed >> 8 & 255;
        if (live[slot]) {
            if (live[slot][0] != (char)slot)
                return 1;
            HeapFree(GetProcessHeap(), 0, live[slot]);
        }
        live[slot] = HeapAlloc(GetProcessHeap(), 0, 1 + (seed >> 16) % 3000);
        if (!live[slot])
            return 2;
        live[slot][0] = (char)slot;
    }
    for (int i = 0; i < 256; i++)
        if (live[i])
            HeapFree(GetProcessHeap(), 0, live[i]);
    return 0;
}

TEST(threads)
{
    HANDLE threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = CreateThread(NULL, 0, churn, (void *)(ULONG_PTR)(i + 1), 0, NULL);
    for (int i = 0; i < 4; i++) {
        DWORD code = 99;
        CHECK_EQ(WaitForSingleObject(threads[i], INFINITE), (DWORD)WAIT_OBJECT_0);
        CHECK(GetExitCodeThread(threads[i], &code));
        CHECK_EQ(code, 0u);
        CloseHandle(threads[i]);
    }
    CHECK(HeapValidate(GetProcessHeap(), 0, NULL));
}

/* A block freed by another thread than the one that allocated it can be had again. */
static DWORD WINAPI free_all(void *argument)
{
    char **blocks = argument;
    for (int i = 0; i < 5000; i++)
        HeapFree(GetProcessHeap(), 0, blocks[i]);
    return 0;
}

TEST(free_elsewhere)
{
    static char *blocks[5000];
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 5000; i++)
            CHECK((blocks[i] = HeapAlloc(GetProcessHeap(), 0, 64)) != NULL);
        HANDLE thread = CreateThread(NULL, 0, free_all, blocks, 0, NULL);
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
    }
    CHECK(HeapValidate(GetProcessHeap(), 0, NULL));
}

TEST(too_large)
{
    CHECK(HeapAlloc(GetProcessHeap(), 0, ~(SIZE_T)0) == NULL);
    CHECK(HeapAlloc(GetProcessHeap(), 0, ~(SIZE_T)0 / 2) == NULL);
}

TEST(information)
{
    ULONG kind = 99;
    SIZE_T length = 0;
    CHECK(HeapQueryInformation(GetProcessHeap(), HeapCompatibilityInformation, &kind, sizeof kind, &length));
    CHECK_EQ(length, sizeof kind);
    CHECK(kind <= 2);
    CHECK(!HeapQueryInformation(GetProcessHeap(), HeapCompatibilityInformation, &kind, 1, &length));
    CHECK_EQ(GetLastError(), (DWORD)ERROR_INSUFFICIENT_BUFFER);
}

/* Whatever became of the memory before, in blocks that are split, merged and grown: zero is asked for, zero
 * comes. */
TEST(zeroed_blocks_are_zero)
{
    enum { BLOCKS = 40, ROUNDS = 4000 };
    HANDLE heap = HeapCreate(0, 0, 0);
    char *blocks[BLOCKS] = {0};
    SIZE_T sizes[BLOCKS];
    unsigned seed = 12345, dirty = 0;

    CHECK(heap != NULL);
    for (int round = 0; round < ROUNDS; round++) {
        seed = seed * 1103515245 + 12345;
        unsigned i = seed >> 16 & 0x7fff;
        unsigned slot = i % BLOCKS;
        SIZE_T size = (SIZE_T)1 << (4 + (seed >> 8) % 15);
        size += (seed >> 3) % size;
        if (blocks[slot] && i & 0x4000) {
            char *grown = HeapReAlloc(heap, HEAP_ZERO_MEMORY, blocks[slot], size);
            CHECK(grown != NULL);
            for (SIZE_T at = sizes[slot]; at < size; at++)
                dirty += grown[at] != 0;
            blocks[slot] = grown;
        } else {
            if (blocks[slot])
                CHECK(HeapFree(heap, 0, blocks[slot]));
            blocks[slot] = HeapAlloc(heap, HEAP_ZERO_MEMORY, size);
            CHECK(blocks[slot] != NULL);
            for (SIZE_T at = 0; at < size; at++)
                dirty += blocks[slot][at] != 0;
        }
        sizes[slot] = size;
        memset(blocks[slot], 0xa5, size);
    }
    CHECK_EQ(dirty, 0);
    CHECK(HeapDestroy(heap));
}
