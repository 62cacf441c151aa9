/*
 * Sections and virtual memory by the newer and the rarer functions; the process's, global and local heaps.
 */
#include "../harness.h"

typedef struct WIN32_RANGE {
    void *address;
    SIZE_T size;
} RANGE;

static void *found(const char *name)
{
    void *function = (void *)GetProcAddress(GetModuleHandleA("kernelbase.dll"), name);

    return function ? function : (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"), name);
}

TEST(sections)
{
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x20000,
                                        L"confa section");
    BOOL(WINAPI * unmap)(void *, ULONG) = found("UnmapViewOfFileEx");
    char *first, *second;

    CHECK(section != NULL);
    CHECK_EQ(GetLastError(), 0);
    HANDLE again = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x20000,
                                      L"confa section");
    CHECK(again != NULL);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    CloseHandle(again);
    HANDLE opened = OpenFileMappingW(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, L"confa section");
    CHECK(opened != NULL);
    CHECK((first = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0)) != NULL);
    CHECK((second = MapViewOfFileExNuma(opened, FILE_MAP_READ, 0, 0x10000, 0x1000, NULL, 0)) != NULL);
    first[0x10005] = 'x';
    CHECK_EQ(second[5], 'x');
    CHECK(unmap(second, 0));
    CHECK_ERROR(unmap(second, 0), ERROR_INVALID_ADDRESS);
    CHECK(UnmapViewOfFile(first));
    CloseHandle(opened);
    CloseHandle(section);
    CHECK_ERROR(OpenFileMappingW(FILE_MAP_READ, FALSE, L"confa section"), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(OpenFileMappingW(FILE_MAP_READ, FALSE, NULL), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0, NULL),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, 0x777, 0, 4096, NULL),
                ERROR_INVALID_PARAMETER);
}

TEST(sections_of_nodes)
{
    ORACLE_CRASHES("CreateFileMappingNuma is missing");
    HANDLE section;

    section = CreateFileMappingNumaW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL,
                                     NUMA_NO_PREFERRED_NODE);
    CHECK(section != NULL);
    CloseHandle(section);
    section = CreateFileMappingNumaA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, NULL, 0);
    CHECK(section != NULL);
    CloseHandle(section);
}

TEST(section_functions_for_store_programs)
{
    HANDLE(WINAPI * create)
    (HANDLE, SECURITY_ATTRIBUTES *, ULONG, ULONG64, const WCHAR *) = found("CreateFileMappingFromApp");
    HANDLE(WINAPI * open)(ULONG, BOOL, const WCHAR *) = found("OpenFileMappingFromApp");
    void *(WINAPI * map)(HANDLE, ULONG, ULONG64, SIZE_T) = found("MapViewOfFileFromApp");
    void *(WINAPI * map2)(HANDLE, HANDLE, ULONG64, void *, SIZE_T, ULONG, ULONG,
                          ULONG) = found("MapViewOfFileNuma2");
    void *(WINAPI * map3)(HANDLE, HANDLE, void *, ULONG64, SIZE_T, ULONG, ULONG, void *,
                          ULONG) = found("MapViewOfFile3FromApp");
    HANDLE(WINAPI * create2)
    (HANDLE, SECURITY_ATTRIBUTES *, ULONG, ULONG, ULONG, ULONG64, const WCHAR *, void *,
     ULONG) = found("CreateFileMapping2");
    char *view;

    if (!create || !open || !map || !map2 || !map3 || !create2) {
        CHECK(harness_is_wine());
        return;
    }
    HANDLE section = create(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0x3000, L"confa app section");
    CHECK(section != NULL);
    HANDLE opened = open(FILE_MAP_READ, FALSE, L"confa app section");
    CHECK(opened != NULL);
    CHECK_ERROR(open(FILE_MAP_READ, FALSE, L"none of this name"), ERROR_FILE_NOT_FOUND);
    char *writable = map(section, FILE_MAP_WRITE, 0, 0x3000);
    CHECK(writable != NULL);
    writable[7] = 'y';
    CHECK((view = map2(opened, GetCurrentProcess(), 0, NULL, 0, 0, PAGE_READONLY, NUMA_NO_PREFERRED_NODE)) !=
          NULL);
    CHECK_EQ(view[7], 'y');
    CHECK(UnmapViewOfFile(view));
    CHECK((view = map3(opened, GetCurrentProcess(), NULL, 0, 0, 0, PAGE_READONLY, NULL, 0)) != NULL);
    CHECK_EQ(view[7], 'y');
    CHECK(UnmapViewOfFile(view));
    CHECK(UnmapViewOfFile(writable));
    CloseHandle(opened);
    CloseHandle(section);
    section = create2(INVALID_HANDLE_VALUE, NULL, SECTION_ALL_ACCESS, PAGE_READWRITE, SEC_COMMIT, 0x1000,
                      NULL, NULL, 0);
    CHECK(section != NULL);
    CloseHandle(section);
    CHECK(!map(INVALID_HANDLE_VALUE, FILE_MAP_READ, 0, 0));
}

TEST(allocations_for_store_programs)
{
    void *(WINAPI * allocate)(void *, SIZE_T, ULONG, ULONG) = found("VirtualAllocFromApp");
    void *(WINAPI * allocate2)(HANDLE, void *, SIZE_T, ULONG, ULONG, void *,
                               ULONG) = found("VirtualAlloc2FromApp");
    BOOL(WINAPI * protect)(void *, SIZE_T, ULONG, ULONG *) = found("VirtualProtectFromApp");
    ULONG old = 0;
    MEMORY_BASIC_INFORMATION info;

    if (!allocate || !allocate2 || !protect) {
        CHECK(harness_is_wine());
        return;
    }
    char *block = allocate(NULL, 0x2000, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    CHECK(block != NULL);
    block[0x1fff] = 1;
    CHECK(protect(block, 0x1000, PAGE_READONLY, &old));
    CHECK_EQ(old, PAGE_READWRITE);
    CHECK(VirtualQuery(block, &info, sizeof info));
    CHECK_EQ(info.Protect, PAGE_READONLY);
    CHECK(VirtualFree(block, 0, MEM_RELEASE));
    block = allocate2(NULL, NULL, 0x1000, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE, NULL, 0);
    CHECK(block != NULL);
    CHECK(VirtualFree(block, 0, MEM_RELEASE));
    CHECK_ERROR(allocate(NULL, 0x1000, MEM_COMMIT, PAGE_EXECUTE_READWRITE), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(allocate2(NULL, NULL, 0x1000, MEM_COMMIT, PAGE_EXECUTE, NULL, 0), ERROR_INVALID_PARAMETER);
}

TEST(pages)
{
    ORACLE_DIFFERS("flags are not checked");
    char *block = VirtualAllocExNuma(GetCurrentProcess(), NULL, 0x4000, MEM_COMMIT | MEM_RESERVE,
                                     PAGE_READWRITE, 0);
    RANGE range = {block, 0x4000};
    DWORD(WINAPI * offer)(void *, SIZE_T, int) = found("OfferVirtualMemory");
    DWORD(WINAPI * reclaim)(const void *, SIZE_T) = found("ReclaimVirtualMemory");
    DWORD(WINAPI * discard)(void *, SIZE_T) = found("DiscardVirtualMemory");
    BOOL(WINAPI * prefetch)(HANDLE, ULONG_PTR, RANGE *, ULONG) = found("PrefetchVirtualMemory");
    BOOL(WINAPI * unlock)(HANDLE, void *, SIZE_T) = found("VirtualUnlockEx");

    CHECK(block != NULL);
    if (prefetch) {
        CHECK(prefetch(GetCurrentProcess(), 1, &range, 0));
        CHECK_ERROR(prefetch(GetCurrentProcess(), 1, &range, 5), ERROR_INVALID_PARAMETER);
        CHECK_ERROR(prefetch(GetCurrentProcess(), 0, &range, 0), ERROR_INVALID_PARAMETER);
    }
    if (discard) {
        CHECK_EQ(discard(block, 0x1000), ERROR_SUCCESS);
        block[0] = 'z'; /* whatever it was, it can be used again */
        CHECK_EQ(discard(block + 1, 0x1000), ERROR_INVALID_PARAMETER);
    }
    if (offer && reclaim) {
        CHECK_EQ(offer(block + 0x1000, 0x1000, 4), ERROR_SUCCESS);
        DWORD kept = reclaim(block + 0x1000, 0x1000);
        CHECK(kept == ERROR_SUCCESS || kept == ERROR_BUSY);
        block[0x1000] = 'q';
        CHECK_EQ(offer(block + 1, 0x1000, 4), ERROR_INVALID_PARAMETER);
        CHECK_EQ(offer(block, 0x1000, 9), ERROR_INVALID_PARAMETER);
    }
    if (unlock)
        CHECK_ERROR(unlock(GetCurrentProcess(), block, 0x1000), ERROR_NOT_LOCKED);
    CHECK(VirtualFree(block, 0, MEM_RELEASE));
    SIZE_T large = GetLargePageMinimum();
    CHECK(large == 0 || (large & (large - 1)) == 0);
    ULONGLONG installed = 0;
    if (GetPhysicallyInstalledSystemMemory(&installed)) {
        MEMORYSTATUSEX status = {.dwLength = sizeof status};
        CHECK(GlobalMemoryStatusEx(&status));
        CHECK(installed * 1024 >= status.ullTotalPhys);
    } else
        CHECK_EQ(GetLastError(), ERROR_INVALID_DATA);
    CHECK_ERROR(GetPhysicallyInstalledSystemMemory(NULL), ERROR_INVALID_PARAMETER);
}

TEST(region_information)
{
    ORACLE_DIFFERS("not as documented");
    struct {
        void *allocation_base;
        ULONG allocation_protect, flags;
        SIZE_T region_size, commit_size;
    } info = {0};
    BOOL(WINAPI * query)
    (HANDLE, const void *, int, void *, SIZE_T, SIZE_T *) = found("QueryVirtualMemoryInformation");
    SIZE_T size = 0;
    char *block = VirtualAlloc(NULL, 0x5000, MEM_RESERVE, PAGE_READWRITE);

    if (!query)
        SKIP("missing");
    VirtualAlloc(block, 0x2000, MEM_COMMIT, PAGE_READWRITE);
    CHECK(query(GetCurrentProcess(), block + 0x3000, 0, &info, sizeof info, &size));
    CHECK_EQ((ULONG_PTR)info.allocation_base, (ULONG_PTR)block);
    CHECK_EQ(info.allocation_protect, PAGE_READWRITE);
    CHECK_EQ(info.region_size, 0x5000);
    CHECK_EQ(info.commit_size, 0x2000);
    CHECK_ERROR(query(GetCurrentProcess(), block, 9, &info, sizeof info, &size), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(query(GetCurrentProcess(), block, 0, &info, 4, &size), ERROR_BAD_LENGTH);
    VirtualFree(block, 0, MEM_RELEASE);
}

TEST(old_memory_status)
{
    MEMORYSTATUS status = {0};
    MEMORYSTATUSEX extended = {.dwLength = sizeof extended};

    GlobalMemoryStatus(&status);
    CHECK(GlobalMemoryStatusEx(&extended));
    CHECK_EQ(status.dwLength, sizeof status);
    CHECK(status.dwMemoryLoad <= 100);
    CHECK(status.dwTotalPhys > 0);
    CHECK(status.dwTotalPhys <= extended.ullTotalPhys);
    CHECK(status.dwTotalVirtual > 0);
}

TEST(global_and_local)
{
    HGLOBAL global = GlobalAlloc(GMEM_MOVEABLE, 100);
    HLOCAL local = LocalAlloc(LMEM_FIXED, 10);

    CHECK(GlobalWire(global) != NULL);
    GlobalUnWire(global);
    GlobalFix(global);
    GlobalUnfix(global);
    CHECK_EQ(GlobalFlags(global) & GMEM_LOCKCOUNT, 0);
    CHECK_EQ((ULONG_PTR)LocalHandle(local), (ULONG_PTR)local);
    CHECK_EQ(LocalFlags(local), 0);
    CHECK(!GlobalFree(global));
    CHECK(!LocalFree(local));
    local = LocalAlloc(LMEM_MOVEABLE, 10);
    void *block = LocalLock(local);
    CHECK_EQ((ULONG_PTR)LocalHandle(block), (ULONG_PTR)local);
    CHECK_EQ(LocalFlags(local), 1);
    LocalUnlock(local);
    local = LocalReAlloc(local, 0, LMEM_MODIFY | LMEM_DISCARDABLE | LMEM_MOVEABLE);
    CHECK(LocalFlags(local) & LMEM_DISCARDABLE);
    CHECK(!LocalFree(local));
    GlobalCompact(0);
    LocalCompact(0);
    CHECK_EQ(LocalShrink(NULL, 0) & 7, 0);
}

TEST(heaps)
{
    HANDLE heap = HeapCreate(0, 0, 0);
    ULONG kind = 2;
    struct {
        DWORD cb;
        SIZE_T allocated, committed, reserved, maximum;
    } summary = {.cb = sizeof summary};
    BOOL(WINAPI * summarize)(HANDLE, DWORD, void *) = found("HeapSummary");
    void *block = HeapAlloc(heap, 0, 5000);

    if (!harness_is_wine()) /* documented: the largest free block; there it is not sought */
        CHECK(HeapCompact(heap, 0) > 0);
    CHECK(HeapSetInformation(heap, HeapEnableTerminationOnCorruption, NULL, 0));
    CHECK(HeapSetInformation(heap, HeapCompatibilityInformation, &kind, sizeof kind));
    if (!harness_is_wine()) /* the length is not looked at there */
        CHECK_ERROR(HeapSetInformation(heap, HeapCompatibilityInformation, &kind, 1),
                    ERROR_INSUFFICIENT_BUFFER);
    if (!harness_is_wine()) { /* where HeapSummary is missing */
        CHECK(summarize(heap, 0, &summary));
        CHECK(summary.allocated >= 5000);
        CHECK(summary.committed >= summary.allocated);
        CHECK(summary.reserved >= summary.committed);
    }
    CHECK(HeapFree(heap, 0, block));
    CHECK(HeapDestroy(heap));
}

TEST(bad_pointers)
{
    CHECK(!IsBadStringPtrW(L"abc", 10));
    CHECK(IsBadStringPtrW((WCHAR *)16, 10));
    CHECK(IsBadStringPtrW(NULL, 1));
    if (!harness_is_wine()) /* documented: zero for a length of zero; there NULL is bad first */
        CHECK(!IsBadStringPtrW(NULL, 0));
    char byte;
    CHECK(!IsBadHugeReadPtr(&byte, 1));
    CHECK(IsBadHugeReadPtr((void *)16, 1));
    CHECK(!IsBadHugeWritePtr(&byte, 1));
    CHECK(IsBadHugeWritePtr((void *)(ULONG_PTR)IsBadStringPtrW, 1)); /* code */
}
