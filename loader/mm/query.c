/*
 * NtQueryVirtualMemory: answers from the areas, without asking Linux (except for which pages of a
 * copy-on-write mapping have been written, and what is resident).
 */
#include "mm/area.h"
#include "mm/guest.h"

#include <fcntl.h>
#include <nt/syscalls.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGEMAP_PRESENT (1ull << 63)
#define PAGEMAP_SWAPPED (1ull << 62)
#define PAGEMAP_FILE    (1ull << 61)

/* /proc/self/pagemap's words for consecutive pages; zeros if there are none. */
static void read_pagemap(uint64_t address, uint64_t *words, unsigned count)
{
    static int fd = -2;

    memset(words, 0, count * sizeof *words);
    if (fd == -2)
        fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && pread(fd, words, count * sizeof *words, (off_t)(address / MM_PAGE * sizeof *words)) < 0)
        memset(words, 0, count * sizeof *words);
}

static bool is_copied(uint64_t word)
{
    return word & (PAGEMAP_PRESENT | PAGEMAP_SWAPPED) && !(word & PAGEMAP_FILE);
}

bool mm_page_is_copied(uint64_t address)
{
    uint64_t word;

    read_pagemap(address, &word, 1);
    return is_copied(word);
}

static bool is_write_copy(uint16_t state)
{
    return (state & 0xff) == PAGE_WRITECOPY || (state & 0xff) == PAGE_EXECUTE_WRITECOPY;
}

static uint16_t after_copy(uint16_t state)
{
    return (uint16_t)((state & ~0xff) |
                      ((state & 0xff) == PAGE_WRITECOPY ? PAGE_READWRITE : PAGE_EXECUTE_READWRITE));
}

/* The protection to report for a copy-on-write page, and how far it is the same. */
static uint16_t copied_state(uint64_t address, uint64_t end, uint16_t state, uint64_t *ret_end)
{
    uint64_t words[64];
    int first = -1;

    for (uint64_t at = address; at < end;) {
        unsigned count = (end - at) / MM_PAGE < 64 ? (unsigned)((end - at) / MM_PAGE) : 64;
        read_pagemap(at, words, count);
        if (first < 0)
            first = is_copied(words[0]);
        for (unsigned i = 0; i < count; i++, at += MM_PAGE)
            if (is_copied(words[i]) != first) {
                *ret_end = at;
                return first ? after_copy(state) : state;
            }
    }
    *ret_end = end;
    return first == 1 ? after_copy(state) : state;
}

static ULONG area_type(const struct mm_area *area)
{
    return area->kind == MM_KIND_MAPPED ? MEM_MAPPED : area->kind == MM_KIND_IMAGE ? MEM_IMAGE : MEM_PRIVATE;
}

/* False if the answer can change without anybody's asking: copy-on-write pages do when they are written. */
static bool query_basic(uint64_t address, MEMORY_BASIC_INFORMATION *info)
{
    uint64_t next;
    struct mm_area *area = mm_find(address);

    address = mm_round_down(address, MM_PAGE);
    memset(info, 0, sizeof *info);
    info->BaseAddress = (PVOID)address;
    if (!area) {
        struct vad *above = vad_at_or_above(&mm.tree, address);
        info->RegionSize = (above && above->start < MM_HIGHEST ? above->start : MM_HIGHEST) - address;
        info->State = MEM_FREE;
        info->Protect = PAGE_NOACCESS;
        return true;
    }
    uint16_t state = mm_state_at(area, address, &next);
    bool lasting = !is_write_copy(state);
    if (!lasting)
        state = copied_state(address, next, state, &next);
    info->AllocationBase = (PVOID)area->node.start;
    info->AllocationProtect = area->protect;
    info->RegionSize = next - address;
    info->State = state ? MEM_COMMIT : MEM_RESERVE;
    info->Protect = state;
    info->Type = area_type(area);
    return lasting;
}

void mm_query_basic(uint64_t address, MEMORY_BASIC_INFORMATION *info)
{
    mm_lock_to_look();
    query_basic(address, info);
    mm_unlock();
}

/* The last answer holds for all of its pages until somebody takes the lock who may change something. The lock
 * is what costs most here. */
void mm_query_basic_again(uint64_t address, MEMORY_BASIC_INFORMATION *info)
{
    static __thread struct {
        MEMORY_BASIC_INFORMATION info;
        uint64_t size; /* 0: nothing is known */
        uint64_t changes;
    } last;
    uint64_t start = (uint64_t)last.info.BaseAddress;
    if (address - start < last.size && last.changes == __atomic_load_n(&mm.changes, __ATOMIC_ACQUIRE)) {
        uint64_t page = mm_round_down(address, MM_PAGE);
        *info = last.info;
        info->BaseAddress = (PVOID)page;
        info->RegionSize -= page - start;
        return;
    }
    mm_lock_to_look();
    last.size = query_basic(address, info) ? info->RegionSize : 0;
    last.changes = mm.changes;
    mm_unlock();
    last.info = *info;
}

static NTSTATUS query_region(uint64_t address, NT_MEMORY_REGION_INFORMATION *info)
{
    struct mm_area *area = mm_find(address);

    if (!area)
        return STATUS_INVALID_ADDRESS;
    memset(info, 0, sizeof *info);
    info->AllocationBase = (PVOID)area->node.start;
    info->AllocationProtect = area->protect;
    info->RegionSize = area->node.end - area->node.start;
    for (uint64_t at = area->node.start, next; at < area->node.end; at = next)
        if (mm_state_at(area, at, &next))
            info->CommitSize += next - at;
    switch (area->kind) {
    case MM_KIND_MAPPED:
        info->RegionType = area->path ? 2 : 8; /* MappedDataFile, MappedPageFile */
        break;
    case MM_KIND_IMAGE:
        info->RegionType = 4; /* MappedImage */
        break;
    default: info->RegionType = 1; /* Private */
    }
    return STATUS_SUCCESS;
}

/* An NT or DOS path as the device path that programs expect ("\\Device\\HarddiskVolume3\\x" for C:\\x);
 * malloc'ed, *ret_length in WCHARs. NULL: no memory. */
static WCHAR *device_path(const WCHAR *path, size_t *ret_length)
{
    static const WCHAR volume[] = u"\\Device\\HarddiskVolume";
    size_t prefix = sizeof volume / sizeof *volume - 1, length = 0, used = 0;
    unsigned number = 0;

    if (path[0] == '\\' && path[1] == '?' && path[2] == '?' && path[3] == '\\')
        path += 4;
    while (path[length])
        length++;
    WCHAR *result = malloc((prefix + 3 + length) * sizeof *result);
    if (!result)
        return NULL;
    if (length >= 2 && path[1] == ':') {
        number = (path[0] | 0x20) - 'a' + 1u;
        path += 2;
        length -= 2;
        memcpy(result, volume, prefix * sizeof *result);
        used = prefix;
        if (number >= 10)
            result[used++] = (WCHAR)('0' + number / 10);
        result[used++] = (WCHAR)('0' + number % 10);
    }
    memcpy(result + used, path, (length + 1) * sizeof *result);
    *ret_length = used + length;
    return result;
}

/* A UNICODE_STRING with its characters behind it. */
static NTSTATUS query_file_name(uint64_t address, void *buffer, SIZE_T length, SIZE_T *guest_length)
{
    UNICODE_STRING string;
    WCHAR *path = NULL;
    size_t size = 0;
    NTSTATUS status = STATUS_SUCCESS;

    mm_lock();
    struct mm_area *area = mm_find(address);
    if (!area)
        status = STATUS_INVALID_ADDRESS;
    else if (!area->path)
        status = area->kind == MM_KIND_MAPPED || area->kind == MM_KIND_IMAGE ? STATUS_FILE_INVALID
                                                                             : STATUS_INVALID_ADDRESS;
    if (!status && !(path = device_path(area->path, &size)))
        status = STATUS_NO_MEMORY;
    mm_unlock();
    if (status)
        return status;
    size *= sizeof(WCHAR);
    SIZE_T needed = sizeof string + size + sizeof(WCHAR);
    if (guest_length)
        status = guest_write(guest_length, needed);
    if (!status && length < needed)
        status = length < sizeof string ? STATUS_INFO_LENGTH_MISMATCH : STATUS_BUFFER_OVERFLOW;
    if (!status) {
        string.Length = (USHORT)size;
        string.MaximumLength = (USHORT)(size + sizeof(WCHAR));
        string.Buffer = (PWSTR)((UNICODE_STRING *)buffer + 1);
        status = guest_copy(buffer, &string, sizeof string);
        if (!status)
            status = guest_copy(string.Buffer, path, size + sizeof(WCHAR));
    }
    free(path);
    return status;
}

static NTSTATUS query_working_set(NT_MEMORY_WORKING_SET_EX *guest, SIZE_T length)
{
    for (SIZE_T i = 0; i < length / sizeof *guest; i++) {
        NT_MEMORY_WORKING_SET_EX entry;
        uint64_t word, next;
        NTSTATUS status = guest_read(&entry, &guest[i]);
        if (status)
            return status;
        uint64_t address = (uint64_t)entry.VirtualAddress;
        entry.Flags = 0;
        mm_lock();
        struct mm_area *area = mm_find(address);
        uint16_t state = area ? mm_state_at(area, mm_round_down(address, MM_PAGE), &next) : 0;
        bool shareable = area && (area->kind == MM_KIND_MAPPED || area->kind == MM_KIND_IMAGE);
        mm_unlock();
        if (state && !(state & (PAGE_NOACCESS | PAGE_GUARD))) {
            read_pagemap(address, &word, 1);
            if (word & PAGEMAP_PRESENT) {
                bool shared = shareable && word & PAGEMAP_FILE;
                if (is_write_copy(state) && is_copied(word))
                    state = after_copy(state);
                entry.Flags = 1 | (shared ? 1ull << 1 | 1ull << 15 : 0) | (ULONG_PTR)(state & 0x7ff) << 4;
            }
        }
        if ((status = guest_write(&guest[i].Flags, entry.Flags)))
            return status;
    }
    return STATUS_SUCCESS;
}

/* PSAPI_WORKING_SET_BLOCK's code of a protection. */
static unsigned protection_code(uint16_t state)
{
    switch (state & 0xff) {
    case PAGE_READONLY: return 1;
    case PAGE_EXECUTE: return 2;
    case PAGE_EXECUTE_READ: return 3;
    case PAGE_READWRITE: return 4;
    case PAGE_WRITECOPY: return 5;
    case PAGE_EXECUTE_READWRITE: return 6;
    case PAGE_EXECUTE_WRITECOPY: return 7;
    }
    return 0;
}

NTSTATUS mm_list_working_set(void *guest, SIZE_T length, bool narrow, SIZE_T *ret_used)
{
    SIZE_T unit = narrow ? sizeof(uint32_t) : sizeof(uint64_t), room = length / unit, count = 0;
    uint64_t address = 0, words[256];
    NTSTATUS status = STATUS_SUCCESS;

    if (!room)
        return STATUS_INFO_LENGTH_MISMATCH;
    for (uint64_t next = 0; NT_SUCCESS(status); address = next) {
        mm_lock();
        struct mm_area *area = (struct mm_area *)vad_at_or_above(&mm.tree, address);
        if (!area) {
            mm_unlock();
            break;
        }
        if (address < area->node.start)
            address = area->node.start;
        uint16_t state = mm_state_at(area, address, &next);
        bool shareable = area->kind == MM_KIND_MAPPED || area->kind == MM_KIND_IMAGE;
        mm_unlock();
        while (state && !(state & (PAGE_NOACCESS | PAGE_GUARD)) && address < next && NT_SUCCESS(status)) {
            unsigned some = (next - address) / MM_PAGE < 256 ? (unsigned)((next - address) / MM_PAGE) : 256;
            read_pagemap(address, words, some);
            for (unsigned i = 0; i < some && NT_SUCCESS(status); i++, address += MM_PAGE) {
                if (!(words[i] & PAGEMAP_PRESENT) || ++count >= room)
                    continue;
                bool copied = is_write_copy(state) && is_copied(words[i]);
                uint64_t word = address | (shareable && words[i] & PAGEMAP_FILE ? 1 << 8 | 1 << 5 : 0) |
                                protection_code(copied ? after_copy(state) : state);
                uint32_t narrow_word = (uint32_t)word;
                status = guest_copy((char *)guest + count * unit,
                                    narrow ? (void *)&narrow_word : (void *)&word, unit);
            }
        }
    }
    if (NT_SUCCESS(status)) {
        uint64_t number = count;
        status = guest_copy(guest, &number, unit);
    }
    *ret_used = (count + 1) * unit;
    return NT_SUCCESS(status) && count >= room ? STATUS_INFO_LENGTH_MISMATCH : status;
}

static NTSTATUS query_image(uint64_t address, NT_MEMORY_IMAGE_INFORMATION *info)
{
    struct mm_area *area = mm_find(address);

    if (!area)
        return STATUS_INVALID_ADDRESS;
    memset(info, 0, sizeof *info);
    if (area->kind == MM_KIND_IMAGE) {
        info->ImageBase = (PVOID)area->node.start;
        info->SizeOfImage = area->node.end - area->node.start;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS deliver(void *buffer, const void *info, SIZE_T size, SIZE_T *guest_length)
{
    NTSTATUS status = guest_copy(buffer, info, size);
    if (!status && guest_length)
        status = guest_write(guest_length, size);
    return status;
}

NTSTATUS NtQueryVirtualMemory(HANDLE ProcessHandle, PVOID BaseAddress, ULONG MemoryInformationClass,
                              void *MemoryInformation, SIZE_T MemoryInformationLength, SIZE_T *ReturnLength)
{
    uint64_t address = (uint64_t)BaseAddress;
    NTSTATUS status = mm_check_process(ProcessHandle);

    if (status == STATUS_NOT_SUPPORTED && MemoryInformationClass != MemoryWorkingSetExInformationClass)
        return mm_remote_query(ProcessHandle, BaseAddress, MemoryInformationClass, MemoryInformation,
                               MemoryInformationLength, ReturnLength);
    if (status)
        return status;
    if (address >= MM_HIGHEST && MemoryInformationClass != MemoryWorkingSetExInformationClass)
        return STATUS_INVALID_PARAMETER;
    switch (MemoryInformationClass) {
    case MemoryBasicInformationClass:
    case MemoryPrivilegedBasicInformationClass: {
        MEMORY_BASIC_INFORMATION info;
        if (MemoryInformationLength < sizeof info)
            return STATUS_INFO_LENGTH_MISMATCH;
        mm_query_basic(address, &info);
        return deliver(MemoryInformation, &info, sizeof info, ReturnLength);
    }
    case MemoryMappedFilenameInformationClass:
        return query_file_name(address, MemoryInformation, MemoryInformationLength, ReturnLength);
    case MemoryRegionInformationClass:
    case MemoryRegionInformationExClass: {
        NT_MEMORY_REGION_INFORMATION info;
        SIZE_T size = MemoryInformationLength < sizeof info ? MemoryInformationLength : sizeof info;
        if (size < offsetof(NT_MEMORY_REGION_INFORMATION, CommitSize))
            return STATUS_INFO_LENGTH_MISMATCH;
        mm_lock();
        status = query_region(address, &info);
        mm_unlock();
        return status ? status : deliver(MemoryInformation, &info, size, ReturnLength);
    }
    case MemoryWorkingSetExInformationClass:
        if (MemoryInformationLength < sizeof(NT_MEMORY_WORKING_SET_EX))
            return STATUS_INFO_LENGTH_MISMATCH;
        status = query_working_set(MemoryInformation, MemoryInformationLength);
        if (!status && ReturnLength)
            status = guest_write(ReturnLength, MemoryInformationLength);
        return status;
    case MemoryWorkingSetInformationClass: {
        SIZE_T used = 0;
        status = mm_list_working_set(MemoryInformation, MemoryInformationLength, false, &used);
        return NT_SUCCESS(status) && ReturnLength ? guest_write(ReturnLength, used) : status;
    }
    case MemoryImageInformationClass: {
        NT_MEMORY_IMAGE_INFORMATION info;
        if (MemoryInformationLength < sizeof info)
            return STATUS_INFO_LENGTH_MISMATCH;
        mm_lock();
        status = query_image(address, &info);
        mm_unlock();
        return status ? status : deliver(MemoryInformation, &info, sizeof info, ReturnLength);
    }
    }
    return STATUS_INVALID_INFO_CLASS;
}
