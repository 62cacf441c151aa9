/*
 * File mappings with and without a file: creation, views, protections, names.
 */
#include "harness.h"

#define PAGE    0x1000
#define GRANULE 0x10000

static char path[MAX_PATH];

static HANDLE make_file(DWORD access, DWORD size)
{
    char folder[MAX_PATH];
    DWORD done;
    GetTempPathA(sizeof folder, folder);
    GetTempFileNameA(folder, "sec", 0, path);
    HANDLE file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    for (DWORD i = 0; i < size; i++) {
        char byte = (char)(i * 7);
        WriteFile(file, &byte, 1, &done, NULL);
    }
    CloseHandle(file);
    file = CreateFileA(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    return file;
}

TEST(anonymous)
{
    MEMORY_BASIC_INFORMATION info;
    HANDLE mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x12345, NULL);
    CHECK(mapping != NULL);
    CHECK_EQ(GetLastError(), 0);
    char *a = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    char *b = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0x10000, 0);
    CHECK(a && b && a != b);
    CHECK_EQ((ULONG_PTR)a % GRANULE, 0);
    a[0x10005] = 'x';
    CHECK_EQ(b[5], 'x');
    VirtualQuery(a + 5, &info, sizeof info);
    CHECK_EQ(info.Type, MEM_MAPPED);
    CHECK_EQ(info.State, MEM_COMMIT);
    CHECK_EQ(info.Protect, PAGE_READWRITE);
    CHECK_EQ(info.AllocationProtect, PAGE_READWRITE);
    CHECK_EQ(info.RegionSize, 0x13000);
    VirtualQuery(b, &info, sizeof info);
    CHECK_EQ(info.Protect, PAGE_READONLY);
    CHECK_EQ(info.RegionSize, 0x3000);
    CHECK_ERROR(VirtualFree(a, 0, MEM_RELEASE), ERROR_INVALID_PARAMETER);
    CloseHandle(mapping); /* views keep the section */
    a[0x10006] = 'y';
    CHECK_EQ(b[6], 'y');
    CHECK(UnmapViewOfFile(a));
    CHECK_EQ(b[6], 'y');
    CHECK(UnmapViewOfFile(b + 100)); /* any address of the view */
    CHECK_ERROR(UnmapViewOfFile(b), ERROR_INVALID_ADDRESS);
}

TEST(copy_on_write)
{
    DWORD old;
    MEMORY_BASIC_INFORMATION info;
    HANDLE mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x2000, NULL);
    char *shared = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    char *copy = MapViewOfFile(mapping, FILE_MAP_COPY, 0, 0, 0);
    shared[0] = 1;
    CHECK_EQ(copy[0], 1);
    VirtualQuery(copy, &info, sizeof info);
    CHECK_EQ(info.AllocationProtect, PAGE_WRITECOPY);
    CHECK_EQ(info.Protect, PAGE_WRITECOPY);
    CHECK_EQ(info.RegionSize, 0x2000);
    copy[0] = 2;
    CHECK_EQ(shared[0], 1);
    shared[0x1000] = 3;
    CHECK_EQ(copy[0x1000], 3);
    if (!harness_is_wine()) { /* documented for VirtualQuery: a written page is PAGE_READWRITE */
        VirtualQuery(copy, &info, sizeof info);
        CHECK_EQ(info.Protect, PAGE_READWRITE);
        CHECK_EQ(info.RegionSize, 0x1000);
    }
    CHECK(VirtualProtect(copy, 0x1000, PAGE_READONLY, &old));
    CHECK(UnmapViewOfFile(copy));
    CHECK(UnmapViewOfFile(shared));
    CloseHandle(mapping);
}

TEST(create_failures)
{
    CHECK_ERROR(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0, NULL),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, 0, 0, 100, NULL), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_NOACCESS, 0, 100, NULL),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CreateFileMappingA((HANDLE)(ULONG_PTR)0xdeadbee0, NULL, PAGE_READONLY, 0, 100, NULL),
                ERROR_INVALID_HANDLE);
    HANDLE file = make_file(GENERIC_READ, 0);
    CHECK_ERROR(CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, NULL), ERROR_FILE_INVALID);
    CHECK_ERROR(CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 100, NULL), ERROR_NOT_ENOUGH_MEMORY);
    CHECK_ERROR(CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 100, NULL), ERROR_ACCESS_DENIED);
    CloseHandle(file);
    DeleteFileA(path);
    file = make_file(GENERIC_READ, 100);
    CHECK_ERROR(CreateFileMappingA(file, NULL, PAGE_READONLY | SEC_IMAGE, 0, 0, NULL), ERROR_BAD_EXE_FORMAT);
    CloseHandle(file);
    DeleteFileA(path);
}

TEST(view_failures)
{
    HANDLE mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READONLY, 0, 0x20000, NULL);
    CHECK_ERROR(MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0), ERROR_ACCESS_DENIED);
    CHECK_ERROR(MapViewOfFile(mapping, FILE_MAP_READ, 0, 0x1000, 0), ERROR_MAPPED_ALIGNMENT);
    CHECK_ERROR(MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0x30000), ERROR_ACCESS_DENIED);
    CHECK_ERROR(MapViewOfFile(NULL, FILE_MAP_READ, 0, 0, 0), ERROR_INVALID_HANDLE);
    char *p = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
    CHECK_ERROR(MapViewOfFileEx(mapping, FILE_MAP_READ, 0, 0, 0, p), ERROR_INVALID_ADDRESS);
    CHECK_ERROR(MapViewOfFileEx(mapping, FILE_MAP_READ, 0, 0, 0, p + 0x1000), ERROR_MAPPED_ALIGNMENT);
    DWORD old;
    CHECK(!VirtualProtect(p, PAGE, PAGE_READWRITE, &old));
    CHECK(VirtualProtect(p, PAGE, PAGE_NOACCESS, &old));
    CHECK_EQ(old, PAGE_READONLY);
    CHECK(UnmapViewOfFile(p));
    char *q = MapViewOfFileEx(mapping, FILE_MAP_READ, 0, 0, 0, p);
    CHECK(q == p);
    CHECK(UnmapViewOfFile(q));
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    CHECK_ERROR(MapViewOfFile(event, FILE_MAP_READ, 0, 0, 0), ERROR_INVALID_HANDLE);
    CloseHandle(event);
    CloseHandle(mapping);
}

TEST(files)
{
    HANDLE file = make_file(GENERIC_READ | GENERIC_WRITE, 5000);
    HANDLE mapping = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL);
    CHECK(mapping != NULL);
    char *p = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    MEMORY_BASIC_INFORMATION info;
    DWORD done;
    char byte;
    CHECK_EQ(p[100], (char)700);
    CHECK_EQ(p[4999], (char)(4999 * 7));
    CHECK_EQ(p[5000], 0); /* the rest of the last page */
    VirtualQuery(p, &info, sizeof info);
    CHECK_EQ(info.RegionSize, 0x2000);
    CHECK_EQ(info.Type, MEM_MAPPED);
    p[10] = 'A';
    CHECK(FlushViewOfFile(p, 0));
    CHECK(FlushViewOfFile(p, 11));
    SetFilePointer(file, 10, NULL, FILE_BEGIN);
    CHECK(ReadFile(file, &byte, 1, &done, NULL));
    CHECK_EQ(byte, 'A');
    SetFilePointer(file, 11, NULL, FILE_BEGIN);
    CHECK(WriteFile(file, "B", 1, &done, NULL));
    CHECK_EQ(p[11], 'B');
    CHECK(UnmapViewOfFile(p));
    if (!harness_is_wine()) /* STATUS_NOT_MAPPED_VIEW; wine has STATUS_INVALID_PARAMETER */
        CHECK_ERROR(FlushViewOfFile(p, 0), ERROR_INVALID_ADDRESS);
    /* private changes do not reach the file */
    p = MapViewOfFile(mapping, FILE_MAP_COPY, 0, 0, 0);
    p[11] = 'C';
    SetFilePointer(file, 11, NULL, FILE_BEGIN);
    ReadFile(file, &byte, 1, &done, NULL);
    CHECK_EQ(byte, 'B');
    UnmapViewOfFile(p);
    CloseHandle(mapping);
    /* a larger mapping extends a writable file */
    mapping = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 20000, NULL);
    CHECK(mapping != NULL);
    CHECK_EQ(GetFileSize(file, NULL), 20000);
    p = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 20000);
    CHECK_EQ(p[19999], 0);
    UnmapViewOfFile(p);
    CloseHandle(mapping);
    /* a smaller one shows less */
    mapping = CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 100, NULL);
    CHECK(MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 101) == NULL);
    p = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 100);
    CHECK(p != NULL);
    CloseHandle(file);
    CHECK_EQ(p[10], 'A'); /* without handles the view lives on */
    CloseHandle(mapping);
    CHECK_EQ(p[11], 'B');
    UnmapViewOfFile(p);
    CHECK(DeleteFileA(path));
}

TEST(offsets)
{
    HANDLE file = make_file(GENERIC_READ, 0x10100);
    HANDLE mapping = CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, NULL);
    char *p = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0x10000, 0);
    CHECK(p != NULL);
    CHECK_EQ(p[0xff], (char)(0x100ff * 7));
    UnmapViewOfFile(p);
    CHECK(MapViewOfFile(mapping, FILE_MAP_READ, 0, 0x20000, 0) == NULL);
    CloseHandle(mapping);
    CloseHandle(file);
    DeleteFileA(path);
}

TEST(names)
{
    HANDLE a = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x1000,
                                  "gastwirt_test_section");
    CHECK(a != NULL);
    CHECK_EQ(GetLastError(), 0);
    HANDLE b = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x9000,
                                  "gastwirt_test_section");
    CHECK(b != NULL);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    HANDLE c = OpenFileMappingA(FILE_MAP_READ, FALSE, "gastwirt_test_section");
    CHECK(c != NULL);
    char *p = MapViewOfFile(a, FILE_MAP_WRITE, 0, 0, 0), *q = MapViewOfFile(c, FILE_MAP_READ, 0, 0, 0);
    CHECK(p && q);
    p[77] = 7;
    CHECK_EQ(q[77], 7);
    CHECK_ERROR(MapViewOfFile(c, FILE_MAP_WRITE, 0, 0, 0), ERROR_ACCESS_DENIED);
    CHECK(MapViewOfFile(b, FILE_MAP_WRITE, 0, 0, 0x9000) == NULL); /* the size is the first one's */
    UnmapViewOfFile(p);
    UnmapViewOfFile(q);
    CloseHandle(a);
    CloseHandle(b);
    CloseHandle(c);
    CHECK_ERROR(OpenFileMappingA(FILE_MAP_READ, FALSE, "gastwirt_test_section"), ERROR_FILE_NOT_FOUND);
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, "gastwirt_test_other");
    CHECK_ERROR(
        CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x1000, "gastwirt_test_other"),
        ERROR_INVALID_HANDLE);
    CloseHandle(event);
}

TEST(reserved_sections)
{
    MEMORY_BASIC_INFORMATION info;
    HANDLE mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 0, 0x100000,
                                        NULL);
    CHECK(mapping != NULL);
    char *a = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0),
         *b = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0x10000, 0);
    VirtualQuery(a, &info, sizeof info);
    CHECK_EQ(info.State, MEM_RESERVE);
    CHECK_EQ(info.RegionSize, 0x100000);
    CHECK_EQ(info.Type, MEM_MAPPED);
    CHECK(VirtualAlloc(a + 0x12000, 0x2000, MEM_COMMIT, PAGE_READWRITE) == a + 0x12000);
    a[0x12000] = 9;
    VirtualQuery(a + 0x12000, &info, sizeof info);
    CHECK_EQ(info.State, MEM_COMMIT);
    CHECK_EQ(info.RegionSize, 0x2000);
    /* the commit is the section's: other views see it */
    VirtualQuery(b, &info, sizeof info);
    CHECK_EQ(info.State, MEM_RESERVE);
    CHECK_EQ(info.RegionSize, 0x2000);
    VirtualQuery(b + 0x2000, &info, sizeof info);
    CHECK_EQ(info.State, MEM_COMMIT);
    CHECK_EQ(b[0x2000], 9);
    char *c = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
    CHECK_EQ(c[0x12000], 9);
    CHECK(!VirtualFree(a + 0x12000, 0x1000, MEM_DECOMMIT));
    UnmapViewOfFile(a);
    UnmapViewOfFile(b);
    CHECK_EQ(c[0x12000], 9);
    UnmapViewOfFile(c);
    CloseHandle(mapping);
}

TEST(image_sections)
{
    char name[MAX_PATH];
    GetModuleFileNameA(NULL, name, sizeof name);
    HANDLE file = CreateFileA(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    HANDLE mapping = CreateFileMappingA(file, NULL, PAGE_READONLY | SEC_IMAGE, 0, 0, NULL);
    CHECK(mapping != NULL);
    char *p = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
    CHECK(p != NULL && p != (char *)GetModuleHandleA(NULL));
    if (p) {
        MEMORY_BASIC_INFORMATION info;
        IMAGE_DOS_HEADER *dos = (void *)p;
        IMAGE_NT_HEADERS *nt = (void *)(p + dos->e_lfanew);
        CHECK_EQ(dos->e_magic, IMAGE_DOS_SIGNATURE);
        CHECK_EQ(nt->Signature, IMAGE_NT_SIGNATURE);
        IMAGE_SECTION_HEADER *section = IMAGE_FIRST_SECTION(nt);
        VirtualQuery(p + section->VirtualAddress, &info, sizeof info);
        CHECK_EQ(info.Type, MEM_IMAGE);
        CHECK(info.AllocationBase == p);
        CHECK_EQ(info.Protect, PAGE_EXECUTE_READ);
        CHECK(UnmapViewOfFile(p));
    }
    CloseHandle(mapping);
    CloseHandle(file);
}
