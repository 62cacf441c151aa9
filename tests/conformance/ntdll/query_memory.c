/*
 * What memory and sections answer and take by their NT calls: each structure that has pointers or sizes in
 * it, which the two widths lay out differently.
 */
#include "../harness.h"
#include <stddef.h>
#include <winternl.h>

NTSTATUS NTAPI NtQueryVirtualMemory(HANDLE, const void *, ULONG, PVOID, SIZE_T, SIZE_T *);
NTSTATUS NTAPI NtQuerySection(HANDLE, ULONG, PVOID, SIZE_T, SIZE_T *);
NTSTATUS NTAPI NtGetWriteWatch(HANDLE, ULONG, PVOID, SIZE_T, PVOID *, ULONG_PTR *, ULONG *);
NTSTATUS NTAPI NtAllocateVirtualMemory(HANDLE, PVOID *, ULONG_PTR, SIZE_T *, ULONG, ULONG);
NTSTATUS NTAPI NtFreeVirtualMemory(HANDLE, PVOID *, SIZE_T *, ULONG);
NTSTATUS NTAPI NtSetInformationVirtualMemory(HANDLE, ULONG, ULONG_PTR, PVOID, PVOID, ULONG);
NTSTATUS NTAPI NtUnmapViewOfSection(HANDLE, PVOID);

#define SELF GetCurrentProcess()

/* Calls that wine 8 does not have are looked up. */
static void *nt(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

TEST(basic_information)
{
    MEMORY_BASIC_INFORMATION info;
    SIZE_T size = 0;
    char *area = VirtualAlloc(NULL, 0x30000, MEM_RESERVE, PAGE_READWRITE);

    VirtualAlloc(area + 0x10000, 0x2000, MEM_COMMIT, PAGE_READONLY);
    CHECK_STATUS(NtQueryVirtualMemory(SELF, area + 0x11234, 0, &info, sizeof info, &size), STATUS_SUCCESS);
    CHECK_EQ(size, sizeof info);
    CHECK_EQ((ULONG_PTR)info.BaseAddress, (ULONG_PTR)area + 0x11000);
    CHECK_EQ((ULONG_PTR)info.AllocationBase, (ULONG_PTR)area);
    CHECK_EQ(info.AllocationProtect, PAGE_READWRITE);
    CHECK_EQ(info.RegionSize, 0x1000);
    CHECK_EQ(info.State, MEM_COMMIT);
    CHECK_EQ(info.Protect, PAGE_READONLY);
    CHECK_EQ(info.Type, MEM_PRIVATE);
    CHECK_STATUS(NtQueryVirtualMemory(SELF, area, 0, &info, sizeof info - 1, NULL),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryVirtualMemory(SELF, area, 0, NULL, sizeof info, NULL), STATUS_ACCESS_VIOLATION);
    VirtualFree(area, 0, MEM_RELEASE);
}

TEST(region_information)
{
    struct {
        void *base;
        ULONG protect, type;
        SIZE_T size;
    } region = {0};
    char *area = VirtualAlloc(NULL, 0x30000, MEM_RESERVE, PAGE_READWRITE);

    ORACLE_DIFFERS("gives the size from the address on");
    CHECK_STATUS(NtQueryVirtualMemory(SELF, area + 0x1234, 3, &region, sizeof region, NULL), STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)region.base, (ULONG_PTR)area);
    CHECK_EQ(region.protect, PAGE_READWRITE);
    CHECK_EQ(region.size, 0x30000);
    CHECK_STATUS(NtQueryVirtualMemory(SELF, area, 3, &region, 4, NULL), STATUS_INFO_LENGTH_MISMATCH);
    VirtualFree(area, 0, MEM_RELEASE);
}

TEST(image_information)
{
    struct {
        void *base;
        SIZE_T size;
        ULONG flags;
    } image = {0};
    HMODULE self = GetModuleHandleA(NULL);
    const IMAGE_DOS_HEADER *dos = (void *)self;
    const IMAGE_NT_HEADERS *headers = (void *)((char *)self + dos->e_lfanew);

    ORACLE_DIFFERS("MemoryImageInformation is not implemented");
    CHECK_STATUS(NtQueryVirtualMemory(SELF, (char *)self + 0x1000, 6, &image, sizeof image, NULL),
                 STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)image.base, (ULONG_PTR)self);
    CHECK_EQ(image.size, headers->OptionalHeader.SizeOfImage);
}

TEST(mapped_file_name)
{
    union {
        UNICODE_STRING string;
        char space[2000];
    } answer;
    SIZE_T size = 0;
    HMODULE module = GetModuleHandleA("ntdll.dll");

    CHECK_STATUS(NtQueryVirtualMemory(SELF, module, 2, &answer, sizeof answer, &size), STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)answer.string.Buffer, (ULONG_PTR)(&answer.string + 1));
    CHECK(answer.string.Length > 20 && size >= sizeof answer.string + answer.string.Length);
    CHECK(_wcsnicmp(answer.string.Buffer + answer.string.Length / 2 - 9, L"ntdll.dll", 9) == 0);
    size = 0;
    CHECK_STATUS(NtQueryVirtualMemory(SELF, module, 2, &answer, sizeof(UNICODE_STRING), &size),
                 STATUS_BUFFER_OVERFLOW);
    CHECK(size > sizeof(UNICODE_STRING));
    CHECK_STATUS(NtQueryVirtualMemory(SELF, module, 2, &answer, 4, NULL), STATUS_INFO_LENGTH_MISMATCH);
    void *area = VirtualAlloc(NULL, 4096, MEM_COMMIT, PAGE_READWRITE);
    CHECK(NtQueryVirtualMemory(SELF, area, 2, &answer, sizeof answer, NULL) < 0);
    VirtualFree(area, 0, MEM_RELEASE);
}

TEST(working_set_entries)
{
    struct {
        void *address;
        ULONG_PTR flags; /* bit 0: valid */
    } entries[2];
    char *area = VirtualAlloc(NULL, 0x2000, MEM_COMMIT, PAGE_READWRITE);

    area[0] = 1;
    entries[0].address = area;
    entries[1].address = (void *)(ULONG_PTR)0x1000; /* nothing is there */
    entries[0].flags = entries[1].flags = 0;
    CHECK_STATUS(NtQueryVirtualMemory(SELF, NULL, 4, entries, sizeof entries, NULL), STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)entries[0].address, (ULONG_PTR)area);
    CHECK_EQ(entries[0].flags & 1, 1);
    CHECK_EQ(entries[1].flags & 1, 0);
    VirtualFree(area, 0, MEM_RELEASE);
}

TEST(addresses_are_read_and_written)
{
    PVOID base = (PVOID)0x23451234;
    SIZE_T size = 0x1001;

    CHECK_STATUS(NtAllocateVirtualMemory(SELF, &base, 0, &size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                 STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)base, 0x23450000);
    CHECK_EQ(size, 0x3000); /* the pages from 0x23450000 to the end of what was asked for */
    size = 0;
    CHECK_STATUS(NtFreeVirtualMemory(SELF, &base, &size, MEM_RELEASE), STATUS_SUCCESS);
    CHECK_EQ(size, 0x3000);
    CHECK_STATUS(NtAllocateVirtualMemory(SELF, NULL, 0, &size, MEM_RESERVE, PAGE_READWRITE),
                 STATUS_ACCESS_VIOLATION);
    base = NULL;
    CHECK_STATUS(NtAllocateVirtualMemory(SELF, &base, 0, NULL, MEM_RESERVE, PAGE_READWRITE),
                 STATUS_ACCESS_VIOLATION);
}

TEST(allocation_within_bounds)
{
    NTSTATUS(NTAPI * allocate)
    (HANDLE, PVOID *, SIZE_T *, ULONG, ULONG, MEM_EXTENDED_PARAMETER *,
     ULONG) = nt("NtAllocateVirtualMemoryEx");
    MEM_ADDRESS_REQUIREMENTS bounds = {(PVOID)0x30000000, (PVOID)0x37ffffff, 0x100000};
    MEM_EXTENDED_PARAMETER parameter;
    PVOID base = NULL;
    SIZE_T size = 0x12345;

    if (!allocate)
        SKIP("no NtAllocateVirtualMemoryEx");
    memset(&parameter, 0, sizeof parameter);
    parameter.Type = MemExtendedParameterAddressRequirements;
    parameter.Pointer = &bounds;
    ORACLE_DIFFERS("the parameters are ignored");
    CHECK_STATUS(allocate(SELF, &base, &size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, &parameter, 1),
                 STATUS_SUCCESS);
    CHECK((ULONG_PTR)base >= 0x30000000 && (ULONG_PTR)base < 0x38000000);
    CHECK_EQ((ULONG_PTR)base % 0x100000, 0);
    CHECK_EQ(size, 0x13000);
    VirtualFree(base, 0, MEM_RELEASE);
    base = NULL;
    bounds.Alignment = 3;
    CHECK_STATUS(allocate(SELF, &base, &size, MEM_RESERVE, PAGE_READWRITE, &parameter, 1),
                 STATUS_INVALID_PARAMETER);
}

TEST(views_within_bounds)
{
    NTSTATUS(NTAPI * map)
    (HANDLE, HANDLE, PVOID *, LARGE_INTEGER *, SIZE_T *, ULONG, ULONG, MEM_EXTENDED_PARAMETER *,
     ULONG) = nt("NtMapViewOfSectionEx");
    MEM_ADDRESS_REQUIREMENTS bounds = {(PVOID)0x30000000, (PVOID)0x37ffffff, 0};
    MEM_EXTENDED_PARAMETER parameter;
    LARGE_INTEGER offset = {.QuadPart = 0x10000};
    PVOID base = NULL;
    SIZE_T size = 0x2001;
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x40000, NULL);

    if (!map)
        SKIP("no NtMapViewOfSectionEx");
    memset(&parameter, 0, sizeof parameter);
    parameter.Type = MemExtendedParameterAddressRequirements;
    parameter.Pointer = &bounds;
    ORACLE_DIFFERS("the parameters are ignored");
    CHECK_STATUS(map(section, SELF, &base, &offset, &size, 0, PAGE_READWRITE, &parameter, 1), STATUS_SUCCESS);
    CHECK((ULONG_PTR)base >= 0x30000000 && (ULONG_PTR)base < 0x38000000);
    CHECK_EQ(size, 0x3000);
    CHECK_STATUS(NtUnmapViewOfSection(SELF, base), STATUS_SUCCESS);
    CloseHandle(section);
}

TEST(section_information)
{
    struct {
        void *base;
        ULONG attributes;
        LARGE_INTEGER size;
    } basic = {0};
    SIZE_T size = 0;
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x12000, NULL);

    CHECK_STATUS(NtQuerySection(section, 0, &basic, sizeof basic, &size), STATUS_SUCCESS);
    CHECK_EQ(size, sizeof basic);
    CHECK_EQ(basic.size.QuadPart, 0x12000);
    CHECK_EQ(basic.attributes, SEC_COMMIT);
    CHECK_STATUS(NtQuerySection(section, 0, &basic, sizeof basic - 1, NULL), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQuerySection(section, 1, &basic, sizeof basic, NULL), STATUS_INFO_LENGTH_MISMATCH);
    CloseHandle(section);

    struct {
        void *entry;
        ULONG zero_bits;
        SIZE_T reserve, commit;
        ULONG subsystem;
        USHORT minor, major, os_minor, os_major, characteristics, dll_characteristics, machine;
        BOOLEAN has_code;
        UCHAR flags;
        ULONG loader_flags, size, checksum;
    } image = {0};
    char path[MAX_PATH];
    GetModuleFileNameA(NULL, path, sizeof path);
    HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    section = CreateFileMappingA(file, NULL, PAGE_READONLY | SEC_IMAGE, 0, 0, NULL);
    CHECK(section != NULL);
    CHECK_STATUS(NtQuerySection(section, 1, &image, sizeof image, &size), STATUS_SUCCESS);
    CHECK_EQ(size, sizeof image);
    const IMAGE_DOS_HEADER *dos = (void *)GetModuleHandleA(NULL);
    const IMAGE_NT_HEADERS *headers = (void *)((char *)dos + dos->e_lfanew);
    CHECK_EQ(image.machine, headers->FileHeader.Machine);
    CHECK_EQ(image.reserve, headers->OptionalHeader.SizeOfStackReserve);
    CHECK_EQ(image.subsystem, headers->OptionalHeader.Subsystem);
    CloseHandle(section);
    CloseHandle(file);
}

TEST(write_watch)
{
    PVOID addresses[8];
    ULONG_PTR count = 8;
    ULONG granularity = 0;
    char *area = VirtualAlloc(NULL, 0x10000, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE);

    area[0x3000] = area[0x7123] = area[0x8000] = 1;
    CHECK_STATUS(NtGetWriteWatch(SELF, 1 /* reset */, area, 0x10000, addresses, &count, &granularity),
                 STATUS_SUCCESS);
    CHECK_EQ(count, 3);
    CHECK_EQ(granularity, 0x1000);
    CHECK_EQ((ULONG_PTR)addresses[0], (ULONG_PTR)area + 0x3000);
    CHECK_EQ((ULONG_PTR)addresses[1], (ULONG_PTR)area + 0x7000);
    CHECK_EQ((ULONG_PTR)addresses[2], (ULONG_PTR)area + 0x8000);
    area[0] = area[0x1000] = 1;
    count = 1;
    CHECK_STATUS(NtGetWriteWatch(SELF, 0, area, 0x10000, addresses, &count, &granularity), STATUS_SUCCESS);
    CHECK_EQ(count, 1);
    CHECK_EQ((ULONG_PTR)addresses[0], (ULONG_PTR)area);
    VirtualFree(area, 0, MEM_RELEASE);
}

TEST(prefetching)
{
    char *area = VirtualAlloc(NULL, 0x10000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    WIN32_MEMORY_RANGE_ENTRY ranges[2] = {{area, 0x1000}, {area + 0x8000, 0x2000}};
    ULONG flags = 0;

    CHECK(PrefetchVirtualMemory(SELF, 2, ranges, 0));
    CHECK_STATUS(NtSetInformationVirtualMemory(SELF, 0, 2, ranges, &flags, sizeof flags), STATUS_SUCCESS);
    CHECK_STATUS(NtSetInformationVirtualMemory(SELF, 0, 2, ranges, NULL, sizeof flags),
                 STATUS_INVALID_PARAMETER_5);
    CHECK_STATUS(NtSetInformationVirtualMemory(SELF, 0, 2, ranges, &flags, 2), STATUS_INVALID_PARAMETER_6);
    CHECK_STATUS(NtSetInformationVirtualMemory(SELF, 0, 0, ranges, &flags, sizeof flags),
                 STATUS_INVALID_PARAMETER_3);
    VirtualFree(area, 0, MEM_RELEASE);
}
