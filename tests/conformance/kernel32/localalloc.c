/*
 * GlobalAlloc and LocalAlloc, fixed and movable; the Heap functions as kernel32 offers them.
 */
#include "harness.h"

TEST(fixed)
{
    char *p = GlobalAlloc(GMEM_FIXED | GMEM_ZEROINIT, 100);
    CHECK(p != NULL);
    CHECK_EQ(p[99], 0);
    CHECK_EQ(GlobalSize(p), 100);
    CHECK(GlobalLock(p) == p);
    CHECK(GlobalHandle(p) == p);
    CHECK_EQ(GlobalFlags(p), 0);
    CHECK(GlobalUnlock(p));
    CHECK(GlobalFree(p) == NULL);
    CHECK(GlobalFree(NULL) == NULL);
    p = LocalAlloc(LPTR, 10);
    CHECK(LocalLock(p) == p);
    CHECK_ERROR(LocalUnlock(p), ERROR_NOT_LOCKED);
    CHECK_EQ(LocalSize(p), 10);
    CHECK(LocalFree(p) == NULL);
    p = GlobalAlloc(GMEM_FIXED, 0);
    CHECK(p != NULL);
    CHECK(GlobalFree(p) == NULL);
}

TEST(movable)
{
    HGLOBAL handle = GlobalAlloc(GMEM_MOVEABLE | GMEM_ZEROINIT, 100);
    CHECK(handle != NULL);
    char *p = GlobalLock(handle);
    CHECK(p != NULL && (HGLOBAL)p != handle);
    CHECK_EQ(p[50], 0);
    CHECK_EQ(GlobalFlags(handle) & GMEM_LOCKCOUNT, 1);
    CHECK(GlobalLock(handle) == p);
    CHECK_EQ(GlobalFlags(handle) & GMEM_LOCKCOUNT, 2);
    CHECK(GlobalHandle(p) == handle);
    CHECK_EQ(GlobalSize(handle), 100);
    CHECK(GlobalUnlock(handle));
    SetLastError(123);
    CHECK(!GlobalUnlock(handle));
    CHECK_EQ(GetLastError(), NO_ERROR);
    CHECK_ERROR(GlobalUnlock(handle), ERROR_NOT_LOCKED);
    p = GlobalLock(handle);
    strcpy(p, "kept");
    GlobalUnlock(handle);
    CHECK(GlobalReAlloc(handle, 100000, GMEM_MOVEABLE | GMEM_ZEROINIT) == handle);
    CHECK_EQ(GlobalSize(handle), 100000);
    p = GlobalLock(handle);
    CHECK(!strcmp(p, "kept"));
    CHECK_EQ(p[99999], 0);
    GlobalUnlock(handle);
    CHECK(GlobalFree(handle) == NULL);
    CHECK(GlobalFree(handle) == handle);
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GlobalLock(handle), ERROR_INVALID_HANDLE);
    CHECK_EQ(GlobalFlags(handle), GMEM_INVALID_HANDLE);
    CHECK_ERROR(GlobalSize(handle), ERROR_INVALID_HANDLE);
}

TEST(discarded)
{
    HGLOBAL handle = GlobalAlloc(GMEM_MOVEABLE, 0);
    CHECK(handle != NULL);
    CHECK(GlobalFlags(handle) & GMEM_DISCARDED);
    CHECK_ERROR(GlobalLock(handle), ERROR_DISCARDED);
    CHECK_EQ(GlobalSize(handle), 0);
    CHECK(GlobalReAlloc(handle, 10, GMEM_MOVEABLE) == handle);
    CHECK(GlobalLock(handle) != NULL);
    GlobalUnlock(handle);
    CHECK(GlobalReAlloc(handle, 0, GMEM_MOVEABLE) == handle);
    CHECK(GlobalFlags(handle) & GMEM_DISCARDED);
    CHECK(GlobalFree(handle) == NULL);
    handle = GlobalAlloc(GMEM_MOVEABLE | GMEM_DISCARDABLE, 10);
    CHECK(GlobalFlags(handle) & GMEM_DISCARDABLE);
    GlobalFree(handle);
}

TEST(reallocate_fixed)
{
    char *p = LocalAlloc(LMEM_FIXED, 10);
    strcpy(p, "123456789");
    char *q = LocalReAlloc(p, 100000, LMEM_MOVEABLE | LMEM_ZEROINIT);
    CHECK(q != NULL);
    CHECK(!strcmp(q, "123456789"));
    CHECK_EQ(LocalSize(q), 100000);
    CHECK_EQ(q[99999], 0);
    LocalFree(q);
}

TEST(many_handles)
{
    static HGLOBAL handles[3000];
    for (int i = 0; i < 3000; i++) {
        handles[i] = GlobalAlloc(GMEM_MOVEABLE, 8);
        *(int *)GlobalLock(handles[i]) = i;
        GlobalUnlock(handles[i]);
    }
    for (int i = 0; i < 3000; i++) {
        CHECK_EQ(*(int *)GlobalLock(handles[i]), i);
        GlobalUnlock(handles[i]);
        GlobalFree(handles[i]);
    }
}

TEST(too_much)
{
    CHECK_ERROR(GlobalAlloc(GMEM_FIXED, (SIZE_T)-1 / 2), ERROR_NOT_ENOUGH_MEMORY);
    CHECK_ERROR(LocalAlloc(LMEM_MOVEABLE, (SIZE_T)-1 / 2), ERROR_NOT_ENOUGH_MEMORY);
}

TEST(heaps)
{
    HANDLE heap = HeapCreate(0, 0, 0);
    CHECK(heap != NULL && heap != GetProcessHeap());
    char *p = HeapAlloc(heap, HEAP_ZERO_MEMORY, 1000);
    CHECK(p != NULL);
    CHECK_EQ((ULONG_PTR)p % (2 * sizeof(void *)), 0);
    CHECK_EQ(p[999], 0);
    CHECK_EQ(HeapSize(heap, 0, p), 1000);
    CHECK(HeapValidate(heap, 0, p));
    CHECK(HeapValidate(heap, 0, NULL));
    p[999] = 5;
    p = HeapReAlloc(heap, HEAP_ZERO_MEMORY, p, 50000);
    CHECK_EQ(p[999], 5);
    CHECK_EQ(p[49999], 0);
    CHECK(HeapReAlloc(heap, HEAP_REALLOC_IN_PLACE_ONLY, p, 100) == p);
    CHECK_EQ(HeapSize(heap, 0, p), 100);
    CHECK(HeapLock(heap));
    unsigned found = 0;
    PROCESS_HEAP_ENTRY entry = {0};
    while (HeapWalk(heap, &entry))
        if (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY && entry.lpData == p)
            found++;
    CHECK_EQ(GetLastError(), ERROR_NO_MORE_ITEMS);
    CHECK_EQ(found, 1);
    CHECK(HeapUnlock(heap));
    CHECK(HeapFree(heap, 0, p));
    CHECK(HeapFree(heap, 0, NULL));
    HANDLE heaps[64];
    DWORD count = GetProcessHeaps(64, heaps);
    CHECK(count >= 2 && count <= 64);
    CHECK_EQ(GetProcessHeaps(0, NULL), count);
    CHECK(HeapDestroy(heap));
    CHECK_EQ(GetProcessHeaps(0, NULL), count - 1);
}

TEST(fixed_size_heap)
{
    HANDLE heap = HeapCreate(0, 0x1000, 0x10000);
    CHECK(heap != NULL);
    int blocks = 0;
    while (blocks < 1000 && HeapAlloc(heap, 0, 1000))
        blocks++;
    CHECK(blocks > 10 && blocks < 66);
    CHECK(HeapAlloc(heap, 0, 0x20000) == NULL);
    CHECK(HeapDestroy(heap));
}
