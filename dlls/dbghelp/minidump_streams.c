/*
 * The streams of a dump: the system, the process, threads, modules, the exception.
 */
#include "minidump.h"

#include <nt/ldr.h>
#include <nt/rtl.h>
#include <nt/syscalls.h>
#include <string.h>

enum { ThreadQuerySetWin32StartAddress = 9 };
enum { CODE_AROUND = 256 }; /* bytes around a program counter */

static ULONG64 stack_pointer(const CONTEXT *context)
{
#ifdef _WIN64
    return context->Rsp;
#else
    return context->Esp;
#endif
}

static ULONG64 program_counter(const CONTEXT *context)
{
#ifdef _WIN64
    return context->Rip;
#else
    return context->Eip;
#endif
}

static void write_threads(struct dump *dump)
{
    const struct dump_thread *threads = (void *)dump->threads.data;
    const ULONG32 total = (ULONG32)(dump->threads.used / sizeof *threads);
    const ULONG32 at = dump_reserve(dump, sizeof(ULONG32) + total * sizeof(MINIDUMP_THREAD));
    ULONG32 count = 0;

    for (ULONG32 i = 0; i < total && !dump->error; i++) {
        const struct dump_thread *thread = &threads[i];
        if (!(thread->flags & ThreadWriteThread))
            continue;
        const ULONG32 entry = at + (ULONG32)(sizeof(ULONG32) + count++ * sizeof(MINIDUMP_THREAD));
        MINIDUMP_THREAD out = {
            .ThreadId = thread->id, .SuspendCount = thread->suspend_count, .Teb = thread->teb};
        out.PriorityClass = GetPriorityClass(dump->process);
        out.Priority = thread->handle ? (ULONG32)GetThreadPriority(thread->handle) : 0;
        if (thread->flags & ThreadWriteContext) {
            out.ThreadContext.DataSize = sizeof(CONTEXT);
            out.ThreadContext.Rva = dump_append(dump, &thread->context, sizeof(CONTEXT));
        }
        const ULONG64 sp = stack_pointer(&thread->context);
        if ((thread->flags & ThreadWriteStack) && sp >= thread->stack_limit && sp < thread->stack_base) {
            out.Stack.StartOfMemoryRange = sp;
            out.Stack.Memory.DataSize = (ULONG32)(thread->stack_base - sp);
            if (!(dump->type & MiniDumpWithFullMemory))
                dump_add_range(dump, sp, (SIZE_T)(thread->stack_base - sp),
                               entry + (ULONG32)offsetof(MINIDUMP_THREAD, Stack.Memory.Rva));
        }
        if (program_counter(&thread->context) && !(dump->type & MiniDumpWithFullMemory))
            dump_add_range(dump, program_counter(&thread->context) - CODE_AROUND / 2, CODE_AROUND, 0);
        if (!dump->error)
            memcpy(dump->blob.data + entry, &out, sizeof out);
    }
    if (!dump->error)
        memcpy(dump->blob.data + at, &count, sizeof count);
    dump_add_stream(dump, ThreadListStream, at, (ULONG32)(sizeof count + count * sizeof(MINIDUMP_THREAD)));
}

/* The record of a module's debug directory that names its program database; and its headers. */
static void describe_module(struct dump *dump, const struct dump_module *module, MINIDUMP_MODULE *out)
{
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS nt;
    IMAGE_DEBUG_DIRECTORY debug;
    BYTE record[600];

    if (!dump_read(dump, module->base, &dos, sizeof dos) ||
        !dump_read(dump, module->base + (DWORD)dos.e_lfanew, &nt, sizeof nt) ||
        nt.Signature != IMAGE_NT_SIGNATURE)
        return;
    out->CheckSum = nt.OptionalHeader.CheckSum;
    out->TimeDateStamp = nt.FileHeader.TimeDateStamp;
    const IMAGE_DATA_DIRECTORY *directory = &nt.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_DEBUG];
    for (DWORD i = 0; (module->flags & ModuleWriteCvRecord) && i < directory->Size / sizeof debug && i < 16;
         i++)
        if (dump_read(dump, module->base + directory->VirtualAddress + i * sizeof debug, &debug,
                      sizeof debug) &&
            debug.Type == IMAGE_DEBUG_TYPE_CODEVIEW && debug.SizeOfData <= sizeof record &&
            dump_read(dump, module->base + debug.AddressOfRawData, record, debug.SizeOfData)) {
            out->CvRecord.DataSize = debug.SizeOfData;
            out->CvRecord.Rva = dump_append(dump, record, debug.SizeOfData);
            return;
        }
}

/* Sections that are written to, for MiniDumpWithDataSegs. */
static void add_data_sections(struct dump *dump, const struct dump_module *module)
{
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS nt;
    IMAGE_SECTION_HEADER section;

    if (!dump_read(dump, module->base, &dos, sizeof dos) ||
        !dump_read(dump, module->base + (DWORD)dos.e_lfanew, &nt, sizeof nt))
        return;
    ULONG64 at = module->base + (DWORD)dos.e_lfanew + offsetof(IMAGE_NT_HEADERS, OptionalHeader) +
                 nt.FileHeader.SizeOfOptionalHeader;
    for (WORD i = 0; i < nt.FileHeader.NumberOfSections; i++, at += sizeof section)
        if (dump_read(dump, at, &section, sizeof section) && (section.Characteristics & IMAGE_SCN_MEM_WRITE))
            dump_add_range(dump, module->base + section.VirtualAddress, section.Misc.VirtualSize, 0);
}

static void write_modules(struct dump *dump)
{
    const struct dump_module *modules = (void *)dump->modules.data;
    const ULONG32 count = (ULONG32)(dump->modules.used / sizeof *modules);
    const ULONG32 size = (ULONG32)(sizeof count + count * sizeof(MINIDUMP_MODULE)),
                  at = dump_reserve(dump, size);

    for (ULONG32 i = 0; i < count && !dump->error; i++) {
        MINIDUMP_MODULE out = {.BaseOfImage = modules[i].base, .SizeOfImage = modules[i].size};
        out.VersionInfo = modules[i].version;
        out.ModuleNameRva = dump_append_string(dump, modules[i].name);
        describe_module(dump, &modules[i], &out);
        if ((modules[i].flags & ModuleWriteDataSeg) && !(dump->type & MiniDumpWithFullMemory))
            add_data_sections(dump, &modules[i]);
        if (!dump->error)
            memcpy(dump->blob.data + at + sizeof count + i * sizeof out, &out, sizeof out);
    }
    if (!dump->error)
        memcpy(dump->blob.data + at, &count, sizeof count);
    dump_add_stream(dump, ModuleListStream, at, size);
}

static void write_system(struct dump *dump)
{
    SYSTEM_INFO system;
    RTL_OSVERSIONINFOEXW version = {.dwOSVersionInfoSize = sizeof version};
    MINIDUMP_SYSTEM_INFO out = {0};

    GetSystemInfo(&system);
    RtlGetVersion((void *)&version);
    out.ProcessorArchitecture = system.wProcessorArchitecture;
    out.ProcessorLevel = system.wProcessorLevel;
    out.ProcessorRevision = system.wProcessorRevision;
    out.NumberOfProcessors = (UCHAR)(system.dwNumberOfProcessors < 255 ? system.dwNumberOfProcessors : 255);
    out.ProductType = version.wProductType;
    out.MajorVersion = version.dwMajorVersion;
    out.MinorVersion = version.dwMinorVersion;
    out.BuildNumber = version.dwBuildNumber;
    out.PlatformId = version.dwPlatformId;
    out.SuiteMask = version.wSuiteMask;
#ifdef _WIN64
    for (DWORD i = 0; i < 64; i++)
        if (IsProcessorFeaturePresent(i))
            out.Cpu.OtherCpuInfo.ProcessorFeatures[0] |= 1ull << i;
#else
    ULONG32 a, b, c, d;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(0), "c"(0));
    out.Cpu.X86CpuInfo.VendorId[0] = b;
    out.Cpu.X86CpuInfo.VendorId[1] = d;
    out.Cpu.X86CpuInfo.VendorId[2] = c;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1), "c"(0));
    out.Cpu.X86CpuInfo.VersionInformation = a;
    out.Cpu.X86CpuInfo.FeatureInformation = d;
#endif
    const ULONG32 at = dump_reserve(dump, sizeof out);
    out.CSDVersionRva = dump_append_string(dump, version.szCSDVersion);
    if (!dump->error)
        memcpy(dump->blob.data + at, &out, sizeof out);
    dump_add_stream(dump, SystemInfoStream, at, sizeof out);
}

ULONG32 dump_seconds(const FILETIME *time, ULONG64 since)
{
    const ULONG64 value = (ULONG64)time->dwHighDateTime << 32 | time->dwLowDateTime;

    return value > since ? (ULONG32)((value - since) / 10000000) : 0;
}

static void write_misc(struct dump *dump)
{
    FILETIME created, ended, kernel, user;
    MINIDUMP_MISC_INFO out = {sizeof out, 1 /* the process's id */, dump->process_id, 0, 0, 0};

    if (GetProcessTimes(dump->process, &created, &ended, &kernel, &user)) {
        out.Flags1 |= 2; /* and its times */
        out.ProcessCreateTime = dump_seconds(&created, 116444736000000000ull);
        out.ProcessUserTime = dump_seconds(&user, 0);
        out.ProcessKernelTime = dump_seconds(&kernel, 0);
    }
    dump_add_stream(dump, MiscInfoStream, dump_append(dump, &out, sizeof out), sizeof out);
}

static BOOL fetch(const struct dump *dump, BOOL client, const void *from, void *to, SIZE_T size)
{
    if (client)
        return dump_read(dump, (ULONG_PTR)from, to, size);
    memcpy(to, from, size);
    return TRUE;
}

static void write_exception(struct dump *dump, const MINIDUMP_EXCEPTION_INFORMATION *exception)
{
    EXCEPTION_POINTERS pointers = {0};
    EXCEPTION_RECORD record = {0};
    CONTEXT context = {0};
    MINIDUMP_EXCEPTION_STREAM out = {.ThreadId = exception->ThreadId};
    const BOOL client = exception->ClientPointers;

    if (exception->ExceptionPointers &&
        (!fetch(dump, client, exception->ExceptionPointers, &pointers, sizeof pointers) ||
         !fetch(dump, client, pointers.ExceptionRecord, &record, sizeof record) ||
         !fetch(dump, client, pointers.ContextRecord, &context, sizeof context))) {
        dump->error = HRESULT_FROM_WIN32(ERROR_PARTIAL_COPY);
        return;
    }
    out.ExceptionRecord.ExceptionCode = record.ExceptionCode;
    out.ExceptionRecord.ExceptionFlags = record.ExceptionFlags;
    out.ExceptionRecord.ExceptionRecord = (ULONG_PTR)record.ExceptionRecord;
    out.ExceptionRecord.ExceptionAddress = (ULONG_PTR)record.ExceptionAddress;
    out.ExceptionRecord.NumberParameters = record.NumberParameters;
    for (DWORD i = 0; i < EXCEPTION_MAXIMUM_PARAMETERS; i++)
        out.ExceptionRecord.ExceptionInformation[i] = record.ExceptionInformation[i];
    out.ThreadContext.DataSize = sizeof context;
    out.ThreadContext.Rva = dump_append(dump, &context, sizeof context);
    if (!(dump->type & MiniDumpWithFullMemory))
        dump_add_range(dump, program_counter(&context) - CODE_AROUND / 2, CODE_AROUND, 0);
    dump_add_stream(dump, ExceptionStream, dump_append(dump, &out, sizeof out), sizeof out);
}

static void append_info(struct dump *dump, const MEMORY_BASIC_INFORMATION *info)
{
    const MINIDUMP_MEMORY_INFO out = {(ULONG_PTR)info->BaseAddress,
                                      (ULONG_PTR)info->AllocationBase,
                                      info->AllocationProtect,
                                      0,
                                      info->RegionSize,
                                      info->State,
                                      info->Protect,
                                      info->Type,
                                      0};

    dump_append(dump, &out, sizeof out);
}

static void write_memory_info(struct dump *dump)
{
    MINIDUMP_MEMORY_INFO_LIST head = {sizeof head, sizeof(MINIDUMP_MEMORY_INFO), 0};
    const ULONG32 at = dump_reserve(dump, sizeof head);

    dump_for_regions(dump, append_info);
    const ULONG32 size = (ULONG32)dump->blob.used - at;
    head.NumberOfEntries = (size - sizeof head) / sizeof(MINIDUMP_MEMORY_INFO);
    if (!dump->error)
        memcpy(dump->blob.data + at, &head, sizeof head);
    dump_add_stream(dump, MemoryInfoListStream, at, size);
}

static ULONG64 number(const FILETIME *time)
{
    return (ULONG64)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

static void write_thread_info(struct dump *dump)
{
    const struct dump_thread *threads = (void *)dump->threads.data;
    const ULONG count = (ULONG)(dump->threads.used / sizeof *threads);
    const MINIDUMP_THREAD_INFO_LIST head = {sizeof head, sizeof(MINIDUMP_THREAD_INFO), count};
    const ULONG32 at = dump_append(dump, &head, sizeof head);

    for (ULONG i = 0; i < count; i++) {
        MINIDUMP_THREAD_INFO out = {.ThreadId = threads[i].id, .ExitStatus = STILL_ACTIVE};
        FILETIME created, ended, kernel, user;
        void *start = NULL;
        if (threads[i].handle && GetThreadTimes(threads[i].handle, &created, &ended, &kernel, &user)) {
            out.CreateTime = number(&created);
            out.KernelTime = number(&kernel);
            out.UserTime = number(&user);
        }
        if (threads[i].handle && !NtQueryInformationThread(threads[i].handle, ThreadQuerySetWin32StartAddress,
                                                           &start, sizeof start, NULL))
            out.StartAddress = (ULONG_PTR)start;
        dump_append(dump, &out, sizeof out);
    }
    dump_add_stream(dump, ThreadInfoListStream, at, (ULONG32)dump->blob.used - at);
}

void dump_write_streams(struct dump *dump, const MINIDUMP_EXCEPTION_INFORMATION *exception,
                        const MINIDUMP_USER_STREAM_INFORMATION *user)
{
    write_system(dump);
    write_misc(dump);
    write_threads(dump);
    write_modules(dump);
    if (exception && !dump->error)
        write_exception(dump, exception);
    if (dump->type & MiniDumpWithFullMemoryInfo)
        write_memory_info(dump);
    if (dump->type & MiniDumpWithThreadInfo)
        write_thread_info(dump);
    for (ULONG i = 0; user && i < user->UserStreamCount; i++) {
        const MINIDUMP_USER_STREAM *stream = &user->UserStreamArray[i];
        dump_add_stream(dump, stream->Type, dump_append(dump, stream->Buffer, stream->BufferSize),
                        stream->BufferSize);
    }
}
