/*
 * File mappings: sections and their views.
 */
#include "kernelbase.h"
#include <nt/memory.h>

#define ATTRIBUTES                                                                                           \
    (SEC_FILE | SEC_IMAGE | SEC_PROTECTED_IMAGE | SEC_RESERVE | SEC_COMMIT | SEC_NOCACHE |                   \
     SEC_WRITECOMBINE | SEC_LARGE_PAGES)
#ifndef FILE_MAP_EXECUTE
#define FILE_MAP_EXECUTE 0x0020
#endif

/* The access a mapping's first handle has, by its protection; 0: not a protection for mappings. */
static ACCESS_MASK section_access(DWORD protect)
{
    const ACCESS_MASK basic = STANDARD_RIGHTS_REQUIRED | SECTION_QUERY | SECTION_MAP_READ;

    switch (protect) {
    case PAGE_READONLY:
    case PAGE_WRITECOPY: return basic;
    case PAGE_READWRITE: return basic | SECTION_MAP_WRITE;
    case PAGE_EXECUTE_READ:
    case PAGE_EXECUTE_WRITECOPY:
    case PAGE_EXECUTE: return basic | SECTION_MAP_EXECUTE;
    case PAGE_EXECUTE_READWRITE: return basic | SECTION_MAP_WRITE | SECTION_MAP_EXECUTE;
    }
    return 0;
}

/* An existing mapping of the name is opened: the last error is then ERROR_ALREADY_EXISTS. */
static HANDLE create_mapping(HANDLE file, SECURITY_ATTRIBUTES *security, DWORD protect, ULONG64 size,
                             const WCHAR *name)
{
    DWORD attributes = protect & ATTRIBUTES;
    LARGE_INTEGER maximum = {.QuadPart = (LONGLONG)size};
    OBJECT_ATTRIBUTES object;
    UNICODE_STRING string;
    HANDLE handle;

    protect &= ~(DWORD)ATTRIBUTES;
    if (!(attributes & (SEC_IMAGE | SEC_RESERVE | SEC_COMMIT)))
        attributes |= SEC_COMMIT;
    ACCESS_MASK access = section_access(protect);
    if (!access) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (file == INVALID_HANDLE_VALUE) {
        file = NULL;
        if (!size) {
            SetLastError(ERROR_INVALID_PARAMETER);
            return NULL;
        }
    } else if (!file) {
        SetLastError(ERROR_INVALID_HANDLE);
        return NULL;
    }
    if (name || security)
        object_attributes(&object, &string, name, security, OBJ_OPENIF);
    NTSTATUS status = NtCreateSection(&handle, access, name || security ? &object : NULL,
                                      size ? &maximum : NULL, protect, attributes, file);
    if (!set_status(status))
        return NULL;
    SetLastError(status == STATUS_OBJECT_NAME_EXISTS ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
    return handle;
}

HANDLE WINAPI CreateFileMappingW(HANDLE file, LPSECURITY_ATTRIBUTES security, DWORD protect, DWORD size_high,
                                 DWORD size_low, LPCWSTR name)
{
    return create_mapping(file, security, protect, (ULONG64)size_high << 32 | size_low, name);
}

HANDLE WINAPI CreateFileMappingNumaW(HANDLE file, LPSECURITY_ATTRIBUTES security, DWORD protect,
                                     DWORD size_high, DWORD size_low, LPCWSTR name, DWORD node)
{
    (void)node;
    return create_mapping(file, security, protect, (ULONG64)size_high << 32 | size_low, name);
}

HANDLE WINAPI CreateFileMappingFromApp(HANDLE file, PSECURITY_ATTRIBUTES security, ULONG protect,
                                       ULONG64 size, PCWSTR name)
{
    return create_mapping(file, security, protect, size, name);
}

HANDLE WINAPI CreateFileMappingA(HANDLE file, LPSECURITY_ATTRIBUTES security, DWORD protect, DWORD size_high,
                                 DWORD size_low, LPCSTR name)
{
    WCHAR *wide;

    if (!ansi_to_wide(name, &wide))
        return NULL;
    HANDLE handle = create_mapping(file, security, protect, (ULONG64)size_high << 32 | size_low, wide);
    free_wide(wide);
    return handle;
}

HANDLE WINAPI CreateFileMappingNumaA(HANDLE file, LPSECURITY_ATTRIBUTES security, DWORD protect,
                                     DWORD size_high, DWORD size_low, LPCSTR name, DWORD node)
{
    (void)node;
    return CreateFileMappingA(file, security, protect, size_high, size_low, name);
}

HANDLE WINAPI CreateFileMapping2(HANDLE file, SECURITY_ATTRIBUTES *security, ULONG access, ULONG protect,
                                 ULONG attributes, ULONG64 size, PCWSTR name,
                                 MEM_EXTENDED_PARAMETER *parameters, ULONG count)
{
    LARGE_INTEGER maximum = {.QuadPart = (LONGLONG)size};
    OBJECT_ATTRIBUTES object;
    UNICODE_STRING string;
    HANDLE handle;

    if (file == INVALID_HANDLE_VALUE)
        file = NULL;
    if (!(attributes & (SEC_IMAGE | SEC_RESERVE | SEC_COMMIT)))
        attributes |= SEC_COMMIT;
    object_attributes(&object, &string, name, security, OBJ_OPENIF);
    NTSTATUS status = NtCreateSectionEx(&handle, access | SECTION_QUERY, &object, size ? &maximum : NULL,
                                        protect, attributes, file, parameters, count);
    if (!set_status(status))
        return NULL;
    SetLastError(status == STATUS_OBJECT_NAME_EXISTS ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
    return handle;
}

static HANDLE open_mapping(DWORD access, BOOL inherit, const WCHAR *name)
{
    OBJECT_ATTRIBUTES object;
    UNICODE_STRING string;
    HANDLE handle;

    if (!name) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (access == FILE_MAP_COPY)
        access = FILE_MAP_READ;
    if (access & FILE_MAP_EXECUTE)
        access = (access & ~(DWORD)FILE_MAP_EXECUTE) | SECTION_MAP_EXECUTE;
    object_attributes(&object, &string, name, NULL, inherit ? OBJ_INHERIT : 0);
    return set_status(NtOpenSection(&handle, access, &object)) ? handle : NULL;
}

HANDLE WINAPI OpenFileMappingW(DWORD access, BOOL inherit, LPCWSTR name)
{
    return open_mapping(access, inherit, name);
}

HANDLE WINAPI OpenFileMappingFromApp(ULONG access, BOOL inherit, PCWSTR name)
{
    return open_mapping(access, inherit, name);
}

HANDLE WINAPI OpenFileMappingA(DWORD access, BOOL inherit, LPCSTR name)
{
    WCHAR *wide;

    if (!ansi_to_wide(name, &wide))
        return NULL;
    HANDLE handle = open_mapping(access, inherit, wide);
    free_wide(wide);
    return handle;
}

/* The page protection that FILE_MAP_... bits mean: write wins over copy, copy over read. */
static DWORD view_protection(DWORD access)
{
    BOOL execute = access & FILE_MAP_EXECUTE;

    if (access & FILE_MAP_WRITE)
        return execute ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE;
    if (access & FILE_MAP_COPY)
        return execute ? PAGE_EXECUTE_WRITECOPY : PAGE_WRITECOPY;
    if (access & FILE_MAP_READ)
        return execute ? PAGE_EXECUTE_READ : PAGE_READONLY;
    return execute ? PAGE_EXECUTE : PAGE_NOACCESS;
}

static LPVOID map_view(HANDLE mapping, DWORD access, ULONG64 offset, SIZE_T size, LPVOID address)
{
    LARGE_INTEGER place = {.QuadPart = (LONGLONG)offset};
    PVOID base = address;

    return set_status(NtMapViewOfSection(mapping, NtCurrentProcess(), &base, 0, 0, &place, &size,
                                         NT_VIEW_SHARE, 0, view_protection(access)))
               ? base
               : NULL;
}

LPVOID WINAPI MapViewOfFile(HANDLE mapping, DWORD access, DWORD offset_high, DWORD offset_low, SIZE_T size)
{
    return map_view(mapping, access, (ULONG64)offset_high << 32 | offset_low, size, NULL);
}

LPVOID WINAPI MapViewOfFileEx(HANDLE mapping, DWORD access, DWORD offset_high, DWORD offset_low, SIZE_T size,
                              LPVOID address)
{
    return map_view(mapping, access, (ULONG64)offset_high << 32 | offset_low, size, address);
}

LPVOID WINAPI MapViewOfFileExNuma(HANDLE mapping, DWORD access, DWORD offset_high, DWORD offset_low,
                                  SIZE_T size, LPVOID address, DWORD node)
{
    (void)node;
    return map_view(mapping, access, (ULONG64)offset_high << 32 | offset_low, size, address);
}

PVOID WINAPI MapViewOfFileFromApp(HANDLE mapping, ULONG access, ULONG64 offset, SIZE_T size)
{
    return map_view(mapping, access, offset, size, NULL);
}

PVOID WINAPI MapViewOfFile3(HANDLE mapping, HANDLE process, PVOID address, ULONG64 offset, SIZE_T size,
                            ULONG type, ULONG protect, MEM_EXTENDED_PARAMETER *parameters, ULONG count)
{
    LARGE_INTEGER place = {.QuadPart = (LONGLONG)offset};
    PVOID base = address;

    if (!process)
        process = NtCurrentProcess();
    return set_status(
               NtMapViewOfSectionEx(mapping, process, &base, &place, &size, type, protect, parameters, count))
               ? base
               : NULL;
}

PVOID WINAPI MapViewOfFile3FromApp(HANDLE mapping, HANDLE process, PVOID address, ULONG64 offset, SIZE_T size,
                                   ULONG type, ULONG protect, MEM_EXTENDED_PARAMETER *parameters, ULONG count)
{
    return MapViewOfFile3(mapping, process, address, offset, size, type, protect, parameters, count);
}

PVOID WINAPI MapViewOfFileNuma2(HANDLE mapping, HANDLE process, ULONG64 offset, PVOID address, SIZE_T size,
                                ULONG type, ULONG protect, ULONG node)
{
    LARGE_INTEGER place = {.QuadPart = (LONGLONG)offset};
    PVOID base = address;

    (void)node;
    return set_status(
               NtMapViewOfSection(mapping, process, &base, 0, 0, &place, &size, NT_VIEW_UNMAP, type, protect))
               ? base
               : NULL;
}

BOOL WINAPI UnmapViewOfFile(LPCVOID address)
{
    return set_status(NtUnmapViewOfSection(NtCurrentProcess(), (PVOID)address));
}

BOOL WINAPI UnmapViewOfFileEx(PVOID address, ULONG flags)
{
    return set_status(NtUnmapViewOfSectionEx(NtCurrentProcess(), address, flags));
}

BOOL WINAPI UnmapViewOfFile2(HANDLE process, PVOID address, ULONG flags)
{
    return set_status(NtUnmapViewOfSectionEx(process, address, flags));
}

BOOL WINAPI FlushViewOfFile(LPCVOID address, SIZE_T size)
{
    PVOID base = (PVOID)address;
    IO_STATUS_BLOCK block;

    return set_status(NtFlushVirtualMemory(NtCurrentProcess(), &base, &size, &block));
}
