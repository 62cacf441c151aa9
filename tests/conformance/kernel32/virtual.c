/*
 * VirtualAlloc and its family: reserve, commit, protect, query, guard pages, write watch.
 */
#include "harness.h"

#define PAGE    0x1000
#define GRANULE 0x10000

static MEMORY_BASIC_INFORMATION query(const void *address)
{
    MEMORY_BASIC_INFORMATION info;
    memset(&info, 0xcc, sizeof info);
    CHECK_EQ(VirtualQuery(address, &info, sizeof info), sizeof info);
    return info;
}

TEST(reserve_commit_free)
{
    char *p = VirtualAlloc(NULL, GRANULE, MEM_RESERVE, PAGE_READWRITE);
    CHECK(p != NULL);
    CHECK_EQ((ULONG_PTR)p % GRANULE, 0);
    MEMORY_BASIC_INFORMATION info = query(p + 0x2345);
    CHECK_EQ((ULONG_PTR)info.BaseAddress, (ULONG_PTR)p + 0x2000);
    CHECK_EQ((ULONG_PTR)info.AllocationBase, (ULONG_PTR)p);
    CHECK_EQ(info.AllocationProtect, PAGE_READWRITE);
    CHECK_EQ(info.RegionSize, GRANULE - 0x2000);
    CHECK_EQ(info.State, MEM_RESERVE);
    CHECK_EQ(info.Protect, 0);
    CHECK_EQ(info.Type, MEM_PRIVATE);

    CHECK(VirtualAlloc(p + 0x2001, 1, MEM_COMMIT, PAGE_READONLY) == p + 0x2000);
    CHECK(VirtualAlloc(p + 0x4fff, 2, MEM_COMMIT, PAGE_READWRITE) == p + 0x4000);
    info = query(p);
    CHECK_EQ(info.RegionSize, 0x2000);
    CHECK_EQ(info.State, MEM_RESERVE);
    info = query(p + 0x2000);
    CHECK_EQ(info.RegionSize, PAGE);
    CHECK_EQ(info.State, MEM_COMMIT);
    CHECK_EQ(info.Protect, PAGE_READONLY);
    info = query(p + 0x4000);
    CHECK_EQ(info.RegionSize, 2 * PAGE);
    CHECK_EQ(info.Protect, PAGE_READWRITE);
    CHECK_EQ(p[0x4000], 0);
    p[0x4000] = 1;
    p[0x5000] = 2;

    /* committing again keeps the contents and changes the protection */
    CHECK(VirtualAlloc(p + 0x4000, PAGE, MEM_COMMIT, PAGE_READONLY) == p + 0x4000);
    CHECK_EQ(p[0x4000], 1);
    CHECK_EQ(query(p + 0x4000).Protect, PAGE_READONLY);

    CHECK(VirtualFree(p + 0x4000, PAGE, MEM_DECOMMIT));
    CHECK_EQ(query(p + 0x4000).State, MEM_RESERVE);
    CHECK_EQ(p[0x5000], 2);
    CHECK(VirtualAlloc(p + 0x4000, PAGE, MEM_COMMIT, PAGE_READWRITE) == p + 0x4000);
    CHECK_EQ(p[0x4000], 0);

    CHECK(VirtualFree(p, 0, MEM_DECOMMIT));
    CHECK_EQ(query(p).State, MEM_RESERVE);
    if (!harness_is_wine()) /* documented: size 0 decommits the whole allocation */
        CHECK_EQ(query(p).RegionSize, GRANULE);
    CHECK(VirtualFree(p, 0, MEM_RELEASE));
    info = query(p);
    CHECK_EQ(info.State, MEM_FREE);
    CHECK_EQ(info.Protect, PAGE_NOACCESS);
    CHECK_EQ(info.AllocationProtect, 0);
    CHECK(info.AllocationBase == NULL);
    CHECK_EQ(info.Type, 0);
}

TEST(sizes_are_rounded)
{
    char *p = VirtualAlloc(NULL, 0x1234, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    CHECK_EQ(query(p).RegionSize, 0x2000);
    CHECK_EQ((ULONG_PTR)p % GRANULE, 0);
    char *q = VirtualAlloc(NULL, GRANULE * 4, MEM_RESERVE, PAGE_NOACCESS);
    CHECK(VirtualFree(q, 0, MEM_RELEASE));
    /* the base is rounded down to the granularity, the size covers the range asked for */
    CHECK(VirtualAlloc(q + 0x1800, PAGE, MEM_RESERVE, PAGE_NOACCESS) == q);
    CHECK_EQ(query(q).RegionSize, 0x3000);
    CHECK(VirtualFree(q, 0, MEM_RELEASE));
    CHECK(VirtualFree(p, 0, MEM_RELEASE));
    /* MEM_COMMIT alone without an address reserves as well */
    p = VirtualAlloc(NULL, PAGE, MEM_COMMIT, PAGE_READWRITE);
    CHECK(p != NULL);
    p[0] = 1;
    CHECK(VirtualFree(p, 0, MEM_RELEASE));
}

TEST(alloc_failures)
{
    char *p = VirtualAlloc(NULL, GRANULE, MEM_RESERVE, PAGE_READWRITE);
    CHECK_ERROR(VirtualAlloc(NULL, 0, MEM_RESERVE, PAGE_READWRITE), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(VirtualAlloc(p, PAGE, MEM_RESERVE, PAGE_READWRITE), ERROR_INVALID_ADDRESS);
    CHECK_ERROR(VirtualAlloc(p + GRANULE - PAGE, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE),
                ERROR_INVALID_ADDRESS);
    CHECK_ERROR(VirtualAlloc((void *)0x1000, PAGE, MEM_RESERVE, PAGE_READWRITE), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(VirtualAlloc(NULL, PAGE, MEM_RESERVE, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(VirtualAlloc(NULL, PAGE, MEM_RESERVE, PAGE_READONLY | PAGE_READWRITE),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(VirtualAlloc(NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_WRITECOPY), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(VirtualAlloc(NULL, PAGE, 0, PAGE_READWRITE), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(VirtualAlloc(NULL, PAGE, MEM_RELEASE | MEM_RESERVE, PAGE_READWRITE), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(VirtualFree(p, PAGE, MEM_RELEASE), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(VirtualFree(p + PAGE, 0, MEM_RELEASE), ERROR_INVALID_ADDRESS);
    CHECK_ERROR(VirtualFree(p, 0, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(VirtualFree(p, 0, MEM_RELEASE | MEM_DECOMMIT), ERROR_INVALID_PARAMETER);
    CHECK(VirtualFree(p, 0, MEM_RELEASE));
    if (!harness_is_wine()) /* STATUS_MEMORY_NOT_ALLOCATED is ERROR_INVALID_ADDRESS; wine has another status
                             */
        CHECK_ERROR(VirtualFree(p, 0, MEM_RELEASE), ERROR_INVALID_ADDRESS);
    CHECK_ERROR(VirtualAlloc(p, PAGE, MEM_COMMIT, PAGE_READWRITE), ERROR_INVALID_ADDRESS);
#ifdef _WIN64
    CHECK(VirtualAlloc(NULL, (SIZE_T)1 << 60, MEM_RESERVE, PAGE_READWRITE) == NULL);
#endif
}

TEST(protect)
{
    DWORD old = 0;
    char *p = VirtualAlloc(NULL, 4 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    CHECK(VirtualProtect(p + 0x1fff, 2, PAGE_READONLY, &old));
    CHECK_EQ(old, PAGE_READWRITE);
    CHECK_EQ(query(p).RegionSize, PAGE);
    CHECK_EQ(query(p + PAGE).RegionSize, 2 * PAGE);
    CHECK_EQ(query(p + PAGE).Protect, PAGE_READONLY);
    CHECK_EQ(query(p + PAGE).AllocationProtect, PAGE_READWRITE);
    CHECK(VirtualProtect(p, 4 * PAGE, PAGE_EXECUTE_READ, &old));
    CHECK_EQ(old, PAGE_READWRITE);
    CHECK_EQ(query(p).RegionSize, 4 * PAGE);
    CHECK_ERROR(VirtualProtect(p, PAGE, 0, &old), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(VirtualProtect(p, PAGE, PAGE_WRITECOPY, &old), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(VirtualProtect(p, PAGE, PAGE_READONLY, NULL), ERROR_NOACCESS);
    /* STATUS_CONFLICTING_ADDRESSES beyond an allocation; wine has STATUS_INVALID_PARAMETER */
    if (!harness_is_wine())
        CHECK_ERROR(VirtualProtect(p, 0x20000, PAGE_READONLY, &old), ERROR_INVALID_ADDRESS);
    CHECK(VirtualFree(p + PAGE, PAGE, MEM_DECOMMIT));
    CHECK_ERROR(VirtualProtect(p, 4 * PAGE, PAGE_READONLY, &old), ERROR_INVALID_ADDRESS);
    CHECK(VirtualFree(p, 0, MEM_RELEASE));
    if (!harness_is_wine())
        CHECK_ERROR(VirtualProtect(p, PAGE, PAGE_READONLY, &old), ERROR_INVALID_ADDRESS);
}

TEST(query)
{
    MEMORY_BASIC_INFORMATION info;
    CHECK_ERROR(VirtualQuery(&info, &info, sizeof info - 1), ERROR_BAD_LENGTH);
#ifdef _WIN64
    CHECK_ERROR(VirtualQuery((void *)0x7fffffff0000, &info, sizeof info), ERROR_INVALID_PARAMETER);
#endif
    info = query(NULL);
    CHECK(info.BaseAddress == NULL);
    CHECK_EQ(info.State, MEM_FREE);
    /* an image: this program */
    info = query(GetModuleHandleA(NULL));
    CHECK_EQ(info.Type, MEM_IMAGE);
    CHECK_EQ(info.State, MEM_COMMIT);
    CHECK_EQ(info.Protect, PAGE_READONLY);
    CHECK(info.AllocationBase == (void *)GetModuleHandleA(NULL));
    info = query((void *)query);
    CHECK_EQ(info.Protect, PAGE_EXECUTE_READ);
    CHECK_EQ(info.Type, MEM_IMAGE);
    CHECK_EQ(info.AllocationProtect, PAGE_EXECUTE_WRITECOPY);
    /* the whole address space can be walked */
    char *at = NULL;
    unsigned regions = 0;
    while (VirtualQuery(at, &info, sizeof info)) {
        if (info.BaseAddress != at || !info.RegionSize || info.RegionSize % PAGE) {
            FAIL("region at %p", at);
            break;
        }
        at += info.RegionSize;
        regions++;
    }
    CHECK(regions > 10);
}

static DWORD CALLBACK protect_second(void *base)
{
    DWORD old;
    return VirtualProtect((char *)base + 0x1000, 0x1000, PAGE_READONLY, &old) ? 0 : GetLastError();
}

/* What is asked again is answered as it is by then, whoever has changed it. */
TEST(query_again)
{
    MEMORY_BASIC_INFORMATION info;
    DWORD old;
    char *base = VirtualAlloc(NULL, 0x8000, MEM_RESERVE, PAGE_READWRITE);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(VirtualQuery(base + 0x1234, &info, sizeof info), sizeof info);
        CHECK(info.BaseAddress == base + 0x1000 && info.AllocationBase == base);
        CHECK(info.RegionSize == 0x7000 && info.State == MEM_RESERVE);
    }
    CHECK_EQ(VirtualQuery(base + 0x5000, &info, sizeof info), sizeof info);
    CHECK(info.BaseAddress == base + 0x5000 && info.RegionSize == 0x3000);
    CHECK_EQ(VirtualQuery(base, &info, sizeof info), sizeof info);
    CHECK(info.BaseAddress == base && info.RegionSize == 0x8000);
    CHECK(VirtualAlloc(base, 0x4000, MEM_COMMIT, PAGE_READWRITE) == base);
    CHECK_EQ(VirtualQuery(base, &info, sizeof info), sizeof info);
    CHECK(info.RegionSize == 0x4000 && info.State == MEM_COMMIT && info.Protect == PAGE_READWRITE);
    HANDLE thread = CreateThread(NULL, 0, protect_second, base, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CHECK_EQ(VirtualQuery(base, &info, sizeof info), sizeof info);
    CHECK_EQ(info.RegionSize, 0x1000);
    CHECK(VirtualProtect(base, 0x1000, PAGE_READWRITE | PAGE_GUARD, &old));
    CHECK_EQ(VirtualQuery(base, &info, sizeof info), sizeof info);
    CHECK_EQ(info.Protect, PAGE_READWRITE | PAGE_GUARD);
    CHECK(!ReadProcessMemory(GetCurrentProcess(), base, &old, sizeof old, NULL) || harness_is_wine());
    volatile LONG *second = (volatile LONG *)(base + 0x2000);
    *second = 1;
    CHECK_EQ(VirtualQuery(base + 0x2000, &info, sizeof info), sizeof info);
    CHECK(info.RegionSize == 0x2000 && info.Protect == PAGE_READWRITE);
    CHECK(VirtualFree(base, 0, MEM_RELEASE));
    CHECK_EQ(VirtualQuery(base + 0x2000, &info, sizeof info), sizeof info);
    CHECK_EQ(info.State, MEM_FREE);
    CHECK(VirtualAlloc(base, 0x3000, MEM_RESERVE | MEM_COMMIT, PAGE_READONLY) == base);
    CHECK_EQ(VirtualQuery(base + 0x2000, &info, sizeof info), sizeof info);
    CHECK(info.State == MEM_COMMIT && info.Protect == PAGE_READONLY && info.RegionSize == 0x1000);
    CHECK(VirtualFree(base, 0, MEM_RELEASE));
}

TEST(user_shared_data)
{
    MEMORY_BASIC_INFORMATION info = query((void *)0x7ffe0000);
    CHECK_EQ(info.State, MEM_COMMIT);
    CHECK_EQ(info.Protect, PAGE_READONLY);
    CHECK_EQ(info.RegionSize, PAGE);
    CHECK_EQ(info.Type, MEM_PRIVATE);
}

TEST(image_data_is_copied_on_write)
{
    static volatile char data[4 * PAGE] __attribute__((aligned(4096))) = {1};
    DWORD old;
    if (harness_is_wine())
        SKIP("wine does not tell written pages from others");
    data[0] = 2;
    CHECK_EQ(query((void *)data).Protect, PAGE_READWRITE);
    CHECK(VirtualProtect((void *)data, PAGE, PAGE_READONLY, &old));
    CHECK_EQ(old, PAGE_READWRITE);
    CHECK(VirtualProtect((void *)data, PAGE, PAGE_READWRITE, &old));
    data[0] = 3;
    CHECK_EQ(query((void *)data).Protect, PAGE_READWRITE);
    CHECK_EQ(data[0], 3);
}

TEST(top_down)
{
    char *low = VirtualAlloc(NULL, GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    char *high = VirtualAlloc(NULL, GRANULE, MEM_RESERVE | MEM_TOP_DOWN, PAGE_NOACCESS);
    CHECK(high > low);
    VirtualFree(low, 0, MEM_RELEASE);
    VirtualFree(high, 0, MEM_RELEASE);
}

#ifdef _WIN64
TEST(huge_reservations)
{
    void *blocks[8];
    for (int i = 0; i < 8; i++) {
        blocks[i] = VirtualAlloc(NULL, (SIZE_T)1 << 40, MEM_RESERVE, PAGE_NOACCESS);
        CHECK(blocks[i] != NULL);
        CHECK(VirtualAlloc((char *)blocks[i] + ((SIZE_T)1 << 39), PAGE, MEM_COMMIT, PAGE_READWRITE) != NULL);
        ((char *)blocks[i])[(SIZE_T)1 << 39] = 1;
    }
    for (int i = 0; i < 8; i++)
        CHECK(VirtualFree(blocks[i], 0, MEM_RELEASE));
}
#endif

TEST(guard_pages)
{
    DWORD old;
    SIZE_T done;
    char byte;
    if (harness_is_wine())
        SKIP("wine's ReadProcessMemory does not see guard pages");
    char *p = VirtualAlloc(NULL, 2 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD);
    CHECK_EQ(query(p).Protect, PAGE_READWRITE | PAGE_GUARD);
    /* the first access fails and takes the guard away */
    CHECK(!ReadProcessMemory(GetCurrentProcess(), p, &byte, 1, &done));
    CHECK(ReadProcessMemory(GetCurrentProcess(), p, &byte, 1, &done));
    CHECK_EQ(query(p).Protect, PAGE_READWRITE);
    CHECK_EQ(query(p + PAGE).Protect, PAGE_READWRITE | PAGE_GUARD);
    CHECK(VirtualProtect(p + PAGE, PAGE, PAGE_READONLY, &old));
    CHECK_EQ(old, PAGE_READWRITE | PAGE_GUARD);
    CHECK_ERROR(VirtualAlloc(NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_NOACCESS | PAGE_GUARD),
                ERROR_INVALID_PARAMETER);
    VirtualFree(p, 0, MEM_RELEASE);
}

TEST(write_watch)
{
    void *found[16];
    ULONG_PTR count;
    DWORD granularity = 0;
    char *p = VirtualAlloc(NULL, 16 * PAGE, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE);
    CHECK(p != NULL);
    count = 16;
    CHECK_EQ(GetWriteWatch(0, p, 16 * PAGE, found, &count, &granularity), 0);
    CHECK_EQ(count, 0);
    CHECK_EQ(granularity, PAGE);
    p[0] = 1;
    p[5 * PAGE + 7] = 1;
    p[6 * PAGE] = 1;
    (void)*(volatile char *)(p + 9 * PAGE); /* reading does not count */
    count = 16;
    CHECK_EQ(GetWriteWatch(WRITE_WATCH_FLAG_RESET, p, 16 * PAGE, found, &count, &granularity), 0);
    CHECK_EQ(count, 3);
    CHECK(found[0] == p && found[1] == p + 5 * PAGE && found[2] == p + 6 * PAGE);
    count = 16;
    GetWriteWatch(0, p, 16 * PAGE, found, &count, &granularity);
    CHECK_EQ(count, 0);
    memset(p, 2, 16 * PAGE);
    count = 4; /* only as many as fit */
    CHECK_EQ(GetWriteWatch(WRITE_WATCH_FLAG_RESET, p, 16 * PAGE, found, &count, &granularity), 0);
    CHECK_EQ(count, 4);
    count = 16;
    CHECK_EQ(GetWriteWatch(0, p, 16 * PAGE, found, &count, &granularity), 0);
    CHECK_EQ(count, 12);
    CHECK(found[0] == p + 4 * PAGE);
    CHECK_EQ(ResetWriteWatch(p, 16 * PAGE), 0);
    count = 16;
    GetWriteWatch(0, p, 16 * PAGE, found, &count, &granularity);
    CHECK_EQ(count, 0);
    /* what the system writes counts, too */
    SIZE_T done;
    CHECK(ReadProcessMemory(GetCurrentProcess(), "x", p + 3 * PAGE, 1, &done));
    count = 16;
    GetWriteWatch(0, p, 16 * PAGE, found, &count, &granularity);
    CHECK_EQ(count, 1);
    CHECK(found[0] == p + 3 * PAGE);
    CHECK(VirtualFree(p, 0, MEM_RELEASE));

    p = VirtualAlloc(NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    count = 16;
    CHECK(GetWriteWatch(0, p, PAGE, found, &count, &granularity) != 0);
    CHECK_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
    CHECK(ResetWriteWatch(p, PAGE) != 0);
    VirtualFree(p, 0, MEM_RELEASE);
}

TEST(reset)
{
    char *p = VirtualAlloc(NULL, 4 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    CHECK(VirtualAlloc(p, 4 * PAGE, MEM_RESET, PAGE_NOACCESS) == p);
    CHECK_EQ(query(p).Protect, PAGE_READWRITE);
    p[0] = 1;
    CHECK_EQ(p[0], 1);
    if (!harness_is_wine()) /* documented: MEM_RESET cannot be used with any other value */
        CHECK_ERROR(VirtualAlloc(p, PAGE, MEM_RESET | MEM_COMMIT, PAGE_READWRITE), ERROR_INVALID_PARAMETER);
    VirtualFree(p, 0, MEM_RELEASE);
}

TEST(lock)
{
    char *p = VirtualAlloc(NULL, 4 * PAGE, MEM_RESERVE, PAGE_READWRITE);
    CHECK(!VirtualLock(p, PAGE));
    if (!harness_is_wine()) /* pages that are not committed: STATUS_ACCESS_VIOLATION */
        CHECK_ERROR(VirtualLock(p, PAGE), ERROR_NOACCESS);
    VirtualAlloc(p, PAGE, MEM_COMMIT, PAGE_READWRITE);
    CHECK(VirtualLock(p, PAGE));
    CHECK(VirtualUnlock(p, PAGE));
    VirtualFree(p, 0, MEM_RELEASE);
}

TEST(process_memory)
{
    SIZE_T done = 99;
    char buffer[64] = {0};
    char *p = VirtualAlloc(NULL, 2 * PAGE, MEM_RESERVE, PAGE_READWRITE);
    VirtualAlloc(p, PAGE, MEM_COMMIT, PAGE_READWRITE);
    strcpy(p, "hello");
    CHECK(ReadProcessMemory(GetCurrentProcess(), p, buffer, 6, &done));
    CHECK_EQ(done, 6);
    CHECK(!strcmp(buffer, "hello"));
    CHECK(WriteProcessMemory(GetCurrentProcess(), p + 8, "world", 6, NULL));
    CHECK(!strcmp(p + 8, "world"));
    if (harness_is_wine())
        SKIP("wine reads reserved pages of the own process");
    CHECK_ERROR(ReadProcessMemory(GetCurrentProcess(), p + PAGE - 4, buffer, 8, &done), ERROR_PARTIAL_COPY);
    CHECK(!ReadProcessMemory(GetCurrentProcess(), p + PAGE, buffer, 8, &done));
    CHECK(!ReadProcessMemory(GetCurrentProcess(), NULL, buffer, 8, &done));
    CHECK(!WriteProcessMemory(GetCurrentProcess(), p + PAGE, buffer, 8, &done));
    VirtualFree(p, 0, MEM_RELEASE);
}

TEST(bad_pointers)
{
    DWORD old;
    char *p = VirtualAlloc(NULL, 2 * PAGE, MEM_RESERVE, PAGE_READWRITE);
    VirtualAlloc(p, PAGE, MEM_COMMIT, PAGE_READWRITE);
    CHECK(!IsBadReadPtr(p, PAGE));
    CHECK(IsBadReadPtr(p, PAGE + 1));
    CHECK(!IsBadWritePtr(p, PAGE));
    CHECK(IsBadReadPtr(NULL, 1));
    CHECK(!IsBadReadPtr(NULL, 0));
    memset(p, 'x', PAGE);
    CHECK(IsBadStringPtrA(p, PAGE + 1));
    CHECK(!IsBadStringPtrA(p, PAGE));
    p[PAGE - 1] = 0;
    CHECK(!IsBadStringPtrA(p, 2 * PAGE));
    CHECK(!IsBadCodePtr((FARPROC)(ULONG_PTR)query));
    VirtualProtect(p, PAGE, PAGE_READONLY, &old);
    CHECK(!IsBadReadPtr(p, 1));
    CHECK(IsBadWritePtr(p, 1));
    VirtualFree(p, 0, MEM_RELEASE);
}

TEST(executable_memory)
{
    static const unsigned char code[] = {0xb8, 0x2a, 0, 0, 0, 0xc3}; /* mov eax, 42; ret */
    DWORD old;
    char *p = VirtualAlloc(NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    memcpy(p, code, sizeof code);
    CHECK(VirtualProtect(p, PAGE, PAGE_EXECUTE_READ, &old));
    CHECK(FlushInstructionCache(GetCurrentProcess(), p, sizeof code));
    CHECK_EQ(((int (*)(void))(ULONG_PTR)p)(), 42);
    VirtualFree(p, 0, MEM_RELEASE);
}
