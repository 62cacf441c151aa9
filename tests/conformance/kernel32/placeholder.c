/*
 * VirtualAlloc2, MapViewOfFile3 and placeholders: split, replace, preserve, coalesce.
 */
#include "harness.h"

#ifndef MEM_RESERVE_PLACEHOLDER
#define MEM_RESERVE_PLACEHOLDER   0x00040000
#define MEM_REPLACE_PLACEHOLDER   0x00004000
#define MEM_PRESERVE_PLACEHOLDER  0x00000002
#define MEM_COALESCE_PLACEHOLDERS 0x00000001
#endif

#define PAGE    0x1000
#define GRANULE 0x10000

struct parameter {
    DWORD64 type;
    union {
        DWORD64 value;
        void *pointer;
    } u;
};

struct requirements {
    void *low, *high;
    SIZE_T alignment;
};

static PVOID(WINAPI *alloc2)(HANDLE, PVOID, SIZE_T, ULONG, ULONG, struct parameter *, ULONG);
static PVOID(WINAPI *map3)(HANDLE, HANDLE, PVOID, ULONG64, SIZE_T, ULONG, ULONG, struct parameter *, ULONG);
static BOOL(WINAPI *unmap2)(HANDLE, PVOID, ULONG);

static BOOL find_functions(void)
{
    HMODULE module = GetModuleHandleA("kernelbase.dll");
    alloc2 = (void *)GetProcAddress(module, "VirtualAlloc2");
    map3 = (void *)GetProcAddress(module, "MapViewOfFile3");
    unmap2 = (void *)GetProcAddress(module, "UnmapViewOfFile2");
    return alloc2 && map3 && unmap2 && !harness_is_wine(); /* wine 8.0 has no placeholders */
}

static MEMORY_BASIC_INFORMATION query(const void *address)
{
    MEMORY_BASIC_INFORMATION info;
    CHECK_EQ(VirtualQuery(address, &info, sizeof info), sizeof info);
    return info;
}

TEST(split_and_coalesce)
{
    if (!find_functions())
        SKIP("VirtualAlloc2 is missing");
    char *p = alloc2(NULL, NULL, 4 * GRANULE, MEM_RESERVE | MEM_RESERVE_PLACEHOLDER, PAGE_NOACCESS, NULL, 0);
    CHECK(p != NULL);
    CHECK_EQ(query(p).State, MEM_RESERVE);
    CHECK_EQ(query(p).RegionSize, 4 * GRANULE);
    CHECK_EQ(query(p).AllocationProtect, PAGE_NOACCESS);
    /* a placeholder cannot be committed */
    CHECK(VirtualAlloc(p, PAGE, MEM_COMMIT, PAGE_READWRITE) == NULL);
    CHECK(VirtualFree(p, GRANULE, MEM_RELEASE | MEM_PRESERVE_PLACEHOLDER));
    CHECK_EQ(query(p).RegionSize, GRANULE);
    CHECK(query(p + GRANULE).AllocationBase == p + GRANULE);
    CHECK_EQ(query(p + GRANULE).RegionSize, 3 * GRANULE);
    CHECK(VirtualFree(p + 2 * GRANULE, PAGE, MEM_RELEASE | MEM_PRESERVE_PLACEHOLDER)); /* from the middle */
    CHECK(query(p + 2 * GRANULE + PAGE).AllocationBase == p + 2 * GRANULE + PAGE);
    CHECK(VirtualFree(p, 4 * GRANULE, MEM_RELEASE | MEM_COALESCE_PLACEHOLDERS));
    CHECK_EQ(query(p).RegionSize, 4 * GRANULE);
    CHECK(query(p + 3 * GRANULE).AllocationBase == p);
    CHECK(!VirtualFree(p, 4 * GRANULE, MEM_RELEASE | MEM_COALESCE_PLACEHOLDERS)); /* only one */
    CHECK(!VirtualFree(p, 4 * GRANULE, MEM_RELEASE | MEM_PRESERVE_PLACEHOLDER));  /* nothing to split */
    CHECK(VirtualFree(p, 0, MEM_RELEASE));
    CHECK_EQ(query(p).State, MEM_FREE);
}

TEST(replace_with_private_memory)
{
    if (!find_functions())
        SKIP("VirtualAlloc2 is missing");
    char *p = alloc2(NULL, NULL, 4 * GRANULE, MEM_RESERVE | MEM_RESERVE_PLACEHOLDER, PAGE_NOACCESS, NULL, 0);
    CHECK(VirtualFree(p, GRANULE, MEM_RELEASE | MEM_PRESERVE_PLACEHOLDER));
    /* the whole placeholder or nothing */
    CHECK(alloc2(NULL, p, 2 * GRANULE, MEM_RESERVE | MEM_COMMIT | MEM_REPLACE_PLACEHOLDER, PAGE_READWRITE,
                 NULL, 0) == NULL);
    CHECK(alloc2(NULL, p + GRANULE, GRANULE, MEM_RESERVE | MEM_REPLACE_PLACEHOLDER, PAGE_READWRITE, NULL,
                 0) == NULL);
    CHECK(alloc2(NULL, p, GRANULE, MEM_RESERVE | MEM_COMMIT | MEM_REPLACE_PLACEHOLDER, PAGE_READWRITE, NULL,
                 0) == p);
    CHECK_EQ(query(p).State, MEM_COMMIT);
    CHECK_EQ(query(p).RegionSize, GRANULE);
    p[0] = 1;
    CHECK(VirtualFree(p, GRANULE, MEM_RELEASE | MEM_PRESERVE_PLACEHOLDER));
    CHECK_EQ(query(p).State, MEM_RESERVE);
    CHECK(alloc2(NULL, p, GRANULE, MEM_RESERVE | MEM_COMMIT | MEM_REPLACE_PLACEHOLDER, PAGE_READWRITE, NULL,
                 0) == p);
    CHECK_EQ(p[0], 0);
    CHECK(VirtualFree(p, 0, MEM_RELEASE));
    CHECK_EQ(query(p).State, MEM_FREE);
    CHECK(VirtualFree(p + GRANULE, 0, MEM_RELEASE));
}

/* The documented use: a ring buffer mapped twice in a row. */
TEST(replace_with_views)
{
    if (!find_functions())
        SKIP("VirtualAlloc2 is missing");
    char *p = alloc2(NULL, NULL, 2 * GRANULE, MEM_RESERVE | MEM_RESERVE_PLACEHOLDER, PAGE_NOACCESS, NULL, 0);
    CHECK(VirtualFree(p, GRANULE, MEM_RELEASE | MEM_PRESERVE_PLACEHOLDER));
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, GRANULE, NULL);
    CHECK(map3(section, NULL, p, 0, GRANULE, MEM_REPLACE_PLACEHOLDER, PAGE_READWRITE, NULL, 0) == p);
    CHECK(map3(section, NULL, p + GRANULE, 0, GRANULE, MEM_REPLACE_PLACEHOLDER, PAGE_READWRITE, NULL, 0) ==
          p + GRANULE);
    p[5] = 'r';
    CHECK_EQ(p[GRANULE + 5], 'r');
    CHECK(unmap2(GetCurrentProcess(), p, MEM_PRESERVE_PLACEHOLDER));
    CHECK_EQ(query(p).State, MEM_RESERVE);
    CHECK_EQ(query(p).Type, MEM_PRIVATE);
    CHECK_EQ(p[GRANULE + 5], 'r');
    CHECK(unmap2(GetCurrentProcess(), p + GRANULE, 0));
    CHECK_EQ(query(p + GRANULE).State, MEM_FREE);
    CHECK(VirtualFree(p, 0, MEM_RELEASE));
    /* a view that replaced nothing leaves nothing */
    p = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    CHECK(!unmap2(GetCurrentProcess(), p, MEM_PRESERVE_PLACEHOLDER));
    CHECK(UnmapViewOfFile(p));
    CloseHandle(section);
}

TEST(address_requirements)
{
    struct requirements wanted = {NULL, NULL, 0x1000000};
    struct parameter parameter = {1, {.pointer = &wanted}};
    if (!find_functions())
        SKIP("VirtualAlloc2 is missing");
    char *p = alloc2(NULL, NULL, PAGE, MEM_RESERVE, PAGE_READWRITE, &parameter, 1);
    CHECK(p != NULL);
    CHECK_EQ((ULONG_PTR)p % 0x1000000, 0);
    VirtualFree(p, 0, MEM_RELEASE);
    wanted = (struct requirements){(void *)0x20000000, (void *)0x2fffffff, 0};
    p = alloc2(NULL, NULL, PAGE, MEM_RESERVE, PAGE_READWRITE, &parameter, 1);
    CHECK(p >= (char *)0x20000000 && p < (char *)0x30000000);
    VirtualFree(p, 0, MEM_RELEASE);
    wanted = (struct requirements){NULL, (void *)0x6fffffff, 0};
    p = alloc2(NULL, NULL, PAGE, MEM_RESERVE | MEM_TOP_DOWN, PAGE_READWRITE, &parameter, 1);
    CHECK(p && p < (char *)0x70000000);
    VirtualFree(p, 0, MEM_RELEASE);
    wanted = (struct requirements){NULL, NULL, 0x1234};
    CHECK_ERROR(alloc2(NULL, NULL, PAGE, MEM_RESERVE, PAGE_READWRITE, &parameter, 1),
                ERROR_INVALID_PARAMETER);
    wanted = (struct requirements){(void *)0x20001000, NULL, 0};
    CHECK_ERROR(alloc2(NULL, NULL, PAGE, MEM_RESERVE, PAGE_READWRITE, &parameter, 1),
                ERROR_INVALID_PARAMETER);
    wanted = (struct requirements){NULL, (void *)0x30000000, 0};
    CHECK_ERROR(alloc2(NULL, NULL, PAGE, MEM_RESERVE, PAGE_READWRITE, &parameter, 1),
                ERROR_INVALID_PARAMETER);
    wanted = (struct requirements){NULL, NULL, GRANULE};
    CHECK_ERROR(alloc2(NULL, (void *)0x30000000, PAGE, MEM_RESERVE, PAGE_READWRITE, &parameter, 1),
                ERROR_INVALID_PARAMETER);
}
