/*
 * MiniDumpWriteDump, and what its parts build on. The file is what lies in `blob`, then the memory.
 */
#include "minidump.h"

#include <string.h>

#define DUMP_SIGNATURE 0x504d444d /* "MDMP" */

enum { VALID_TYPES = 0x01ffffff };

void *dump_extend(struct dump *dump, struct dump_array *array, SIZE_T size)
{
    if (array->used + size > array->capacity) {
        const SIZE_T capacity = (array->used + size) * 2 + 0x10000;
        BYTE *grown = VirtualAlloc(NULL, capacity, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
        if (!grown) {
            dump->error = E_OUTOFMEMORY;
            return NULL;
        }
        if (array->data) {
            memcpy(grown, array->data, array->used);
            VirtualFree(array->data, 0, MEM_RELEASE);
        }
        array->data = grown;
        array->capacity = capacity;
    }
    void *at = array->data + array->used;
    array->used += size;
    return at;
}

static void release(struct dump_array *array)
{
    if (array->data)
        VirtualFree(array->data, 0, MEM_RELEASE);
}

ULONG32 dump_reserve(struct dump *dump, SIZE_T size)
{
    const SIZE_T skip = -dump->blob.used & 3;

    if (skip)
        dump_extend(dump, &dump->blob, skip);
    const ULONG32 at = (ULONG32)dump->blob.used;
    dump_extend(dump, &dump->blob, size);
    return at;
}

ULONG32 dump_append(struct dump *dump, const void *data, SIZE_T size)
{
    const ULONG32 at = dump_reserve(dump, size);

    if (!dump->error)
        memcpy(dump->blob.data + at, data, size);
    return at;
}

ULONG32 dump_append_string(struct dump *dump, const WCHAR *text)
{
    const ULONG32 length = (ULONG32)wcslen(text) * (ULONG32)sizeof *text,
                  at = dump_append(dump, &length, sizeof length);

    dump_append(dump, text, length + sizeof *text);
    return at;
}

void dump_add_stream(struct dump *dump, ULONG type, ULONG32 rva, ULONG32 size)
{
    if (dump->streams < STREAM_MAX)
        dump->directory[dump->streams++] = (MINIDUMP_DIRECTORY){type, {size, rva}};
}

BOOL dump_read(const struct dump *dump, ULONG64 address, void *to, SIZE_T size)
{
    return ReadProcessMemory(dump->process, (void *)(ULONG_PTR)address, to, size, NULL);
}

void dump_add_range(struct dump *dump, ULONG64 start, SIZE_T size, ULONG32 patch)
{
    MEMORY_BASIC_INFORMATION info;
    SIZE_T good = 0;

    while (good < size &&
           VirtualQueryEx(dump->process, (void *)(ULONG_PTR)(start + good), &info, sizeof info) &&
           info.State == MEM_COMMIT && !(info.Protect & (PAGE_GUARD | PAGE_NOACCESS)))
        good = (SIZE_T)((ULONG64)(ULONG_PTR)info.BaseAddress + info.RegionSize - start);
    if (good > size)
        good = size;
    struct dump_range *range = good ? dump_extend(dump, &dump->ranges, sizeof *range) : NULL;
    if (range)
        *range = (struct dump_range){start, good, patch};
}

void dump_for_regions(struct dump *dump, void (*call)(struct dump *, const MEMORY_BASIC_INFORMATION *))
{
    MEMORY_BASIC_INFORMATION info;
    ULONG_PTR at = 0;

    while (!dump->error && VirtualQueryEx(dump->process, (void *)at, &info, sizeof info)) {
        call(dump, &info);
        if ((ULONG_PTR)info.BaseAddress + info.RegionSize <= at)
            break;
        at = (ULONG_PTR)info.BaseAddress + info.RegionSize;
    }
}

static BOOL readable(const MEMORY_BASIC_INFORMATION *info)
{
    return info->State == MEM_COMMIT && !(info->Protect & (PAGE_GUARD | PAGE_NOACCESS));
}

/* The dump's own arrays are left out. */
static BOOL is_own(const struct dump *dump, const MEMORY_BASIC_INFORMATION *info)
{
    const struct dump_array *arrays[] = {&dump->threads, &dump->modules, &dump->ranges, &dump->blob};

    for (DWORD i = 0; i < ARRAYSIZE(arrays); i++)
        if (info->AllocationBase && info->AllocationBase == arrays[i]->data &&
            dump->process_id == GetCurrentProcessId())
            return TRUE;
    return FALSE;
}

static void add_region(struct dump *dump, const MEMORY_BASIC_INFORMATION *info)
{
    if (readable(info) && !is_own(dump, info))
        dump_add_range(dump, (ULONG_PTR)info->BaseAddress, info->RegionSize, 0);
}

static void add_private(struct dump *dump, const MEMORY_BASIC_INFORMATION *info)
{
    if (info->Type == MEM_PRIVATE && (info->Protect & (PAGE_READWRITE | PAGE_EXECUTE_READWRITE)))
        add_region(dump, info);
}

/* ---------------------------------------------------------------- memory, and the file */

/* The table of the ranges. Their places in the file follow from their order behind the blob. */
static ULONG32 write_memory_table(struct dump *dump)
{
    const ULONG32 count = (ULONG32)(dump->ranges.used / sizeof(struct dump_range));
    const BOOL full = dump->type & MiniDumpWithFullMemory;
    const SIZE_T head = full ? 2 * sizeof(ULONG64) : sizeof count;
    const SIZE_T entry = full ? sizeof(MINIDUMP_MEMORY_DESCRIPTOR64) : sizeof(MINIDUMP_MEMORY_DESCRIPTOR);
    const ULONG32 at = dump_reserve(dump, head + count * entry);

    dump_add_stream(dump, full ? Memory64ListStream : MemoryListStream, at, (ULONG32)(head + count * entry));
    return at;
}

static void fill_memory_table(struct dump *dump, ULONG32 at)
{
    const struct dump_range *ranges = (void *)dump->ranges.data;
    const ULONG32 count = (ULONG32)(dump->ranges.used / sizeof *ranges);
    const BOOL full = dump->type & MiniDumpWithFullMemory;
    ULONG64 place = dump->blob.used;
    BYTE *out = dump->blob.data + at;

    if (full) {
        const ULONG64 head[2] = {count, place};
        memcpy(out, head, sizeof head);
        out += sizeof head;
    } else {
        memcpy(out, &count, sizeof count);
        out += sizeof count;
    }
    for (ULONG32 i = 0; i < count; i++) {
        const MINIDUMP_MEMORY_DESCRIPTOR64 large = {ranges[i].start, ranges[i].size};
        const MINIDUMP_MEMORY_DESCRIPTOR small = {ranges[i].start, {(ULONG32)ranges[i].size, (ULONG32)place}};
        if (full) {
            memcpy(out, &large, sizeof large);
            out += sizeof large;
        } else {
            memcpy(out, &small, sizeof small);
            out += sizeof small;
            if (ranges[i].patch)
                memcpy(dump->blob.data + ranges[i].patch, &small.Memory.Rva, sizeof small.Memory.Rva);
        }
        place += ranges[i].size;
    }
}

static BOOL put(struct dump *dump, const void *data, SIZE_T size)
{
    DWORD written;

    for (SIZE_T done = 0; done < size; done += written) {
        const SIZE_T left = size - done;
        if (!WriteFile(dump->file, (const BYTE *)data + done, left < 0x10000000 ? (DWORD)left : 0x10000000,
                       &written, NULL) ||
            !written) {
            dump->error = HRESULT_FROM_WIN32(GetLastError());
            return FALSE;
        }
    }
    return TRUE;
}

static void write_file(struct dump *dump)
{
    static BYTE chunk[0x10000]; /* guarded by the one lock of all dumps */
    const struct dump_range *ranges = (void *)dump->ranges.data;

    if (!put(dump, dump->blob.data, dump->blob.used))
        return;
    for (SIZE_T i = 0; i < dump->ranges.used / sizeof *ranges; i++)
        for (SIZE_T done = 0; done < ranges[i].size;) {
            const SIZE_T left = ranges[i].size - done, size = left < sizeof chunk ? left : sizeof chunk;
            if (!dump_read(dump, ranges[i].start + done, chunk, size))
                memset(chunk, 0, size); /* it went away meanwhile */
            if (!put(dump, chunk, size))
                return;
            done += size;
        }
}

static void write_dump(struct dump *dump, const MINIDUMP_EXCEPTION_INFORMATION *exception,
                       const MINIDUMP_USER_STREAM_INFORMATION *user)
{
    MINIDUMP_HEADER header = {.Signature = DUMP_SIGNATURE, .Version = MINIDUMP_VERSION, .Flags = dump->type};
    FILETIME now;

    GetSystemTimeAsFileTime(&now);
    header.TimeDateStamp = dump_seconds(&now, 116444736000000000ull);
    dump_reserve(dump, sizeof header);
    const ULONG32 directory = dump_reserve(dump, sizeof dump->directory);
    dump_write_streams(dump, exception, user);
    if (dump->type & MiniDumpWithFullMemory)
        dump_for_regions(dump, add_region);
    else if (dump->type & MiniDumpWithPrivateReadWriteMemory)
        dump_for_regions(dump, add_private);
    const ULONG32 table = write_memory_table(dump);
    if (dump->error)
        return;
    fill_memory_table(dump, table);
    header.NumberOfStreams = dump->streams;
    header.StreamDirectoryRva = directory;
    memcpy(dump->blob.data, &header, sizeof header);
    memcpy(dump->blob.data + directory, dump->directory, dump->streams * sizeof *dump->directory);
    write_file(dump);
}

/* The last error of a failure is an HRESULT. */
BOOL WINAPI MiniDumpWriteDump(HANDLE process, DWORD process_id, HANDLE file, MINIDUMP_TYPE type,
                              const PMINIDUMP_EXCEPTION_INFORMATION exception,
                              const PMINIDUMP_USER_STREAM_INFORMATION user,
                              const PMINIDUMP_CALLBACK_INFORMATION callback)
{
    static SRWLOCK lock =
        SRWLOCK_INIT; /* one dump at a time: threads that write dumps must not suspend each other */
    struct dump dump = {process, file, process_id, (ULONG)type,   callback, {0},
                        {0},     {0},  {0},        {{0, {0, 0}}}, 0,        S_OK};

    if ((ULONG)type & ~(ULONG)VALID_TYPES) {
        SetLastError((DWORD)E_INVALIDARG);
        return FALSE;
    }
    if (GetProcessId(process) != process_id || !process_id) {
        SetLastError((DWORD)HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE));
        return FALSE;
    }
    AcquireSRWLockExclusive(&lock);
    dump_list_modules(&dump);
    dump_list_threads(&dump);
    if (!dump.error) {
        dump_suspend_threads(&dump);
        write_dump(&dump, exception, user);
    }
    dump_resume_threads(&dump);
    release(&dump.threads);
    release(&dump.modules);
    release(&dump.ranges);
    release(&dump.blob);
    ReleaseSRWLockExclusive(&lock);
    if (dump.error)
        SetLastError((DWORD)dump.error);
    return SUCCEEDED(dump.error);
}

BOOL WINAPI MiniDumpReadDumpStream(PVOID base, ULONG number, PMINIDUMP_DIRECTORY *ret_entry,
                                   PVOID *ret_stream, ULONG *ret_size)
{
    const MINIDUMP_HEADER *header = base;

    if (!header || header->Signature != DUMP_SIGNATURE) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    MINIDUMP_DIRECTORY *entry = (void *)((BYTE *)base + header->StreamDirectoryRva);
    for (ULONG i = 0; i < header->NumberOfStreams; i++, entry++)
        if (entry->StreamType == number) {
            if (ret_entry)
                *ret_entry = entry;
            if (ret_stream)
                *ret_stream = (BYTE *)base + entry->Location.Rva;
            if (ret_size)
                *ret_size = entry->Location.DataSize;
            return TRUE;
        }
    SetLastError(ERROR_NOT_FOUND);
    return FALSE;
}
