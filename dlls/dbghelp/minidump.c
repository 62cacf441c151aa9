/*
 * MiniDumpWriteDump. All that needs the heap happens before the other threads are suspended (one of them may
 * hold its lock); from then on memory comes from VirtualAlloc only. The file is what lies in `blob`, then the
 * memory.
 */
#include <windows.h>

#include <dbghelp.h>
#include <nt/ldr.h>
#include <nt/rtl.h>
#include <nt/syscalls.h>
#include <psapi.h>
#include <string.h>
#include <tlhelp32.h>

/* THREADINFOCLASS */
enum { ThreadBasicInformation = 0, ThreadQuerySetWin32StartAddress = 9 };

struct thread_basic_information {
    NTSTATUS exit_status;
    void *teb;
    HANDLE process_id, thread_id;
    ULONG_PTR affinity;
    LONG priority, base_priority;
};

#define DUMP_SIGNATURE 0x504d444d /* "MDMP" */

enum { STREAM_MAX = 64, CODE_AROUND = 256, NAME_MAX_CHARS = 1024, VALID_TYPES = 0x01ffffff };

/* A growing array in pages of its own. */
struct array {
    BYTE *data;
    SIZE_T used, capacity;
};

struct thread {
    DWORD id;
    HANDLE handle; /* NULL: could not be opened */
    BOOL suspended;
    ULONG flags; /* ThreadWrite... */
    DWORD suspend_count;
    ULONG64 teb, stack_base, stack_limit;
    CONTEXT context;
};

struct module {
    ULONG64 base;
    DWORD size;
    ULONG flags; /* ModuleWrite... */
    VS_FIXEDFILEINFO version;
    WCHAR name[NAME_MAX_CHARS];
};

/* Memory to be written; where its address in the file goes, or 0. */
struct range {
    ULONG64 start;
    SIZE_T size;
    ULONG32 patch;
};

struct dump {
    HANDLE process, file;
    DWORD process_id;
    ULONG type;
    const MINIDUMP_CALLBACK_INFORMATION *callback;
    struct array threads, modules, ranges, blob;
    MINIDUMP_DIRECTORY directory[STREAM_MAX];
    ULONG streams;
    HRESULT error;
};

/* ---------------------------------------------------------------- arrays */

/* Room for `size` bytes, zeroed; NULL and the dump's error if there is no memory. */
static void *extend(struct dump *dump, struct array *array, SIZE_T size)
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

static void release(struct array *array)
{
    if (array->data)
        VirtualFree(array->data, 0, MEM_RELEASE);
}

/* Offset in the file of a piece of `size` bytes, aligned to 4. */
static ULONG32 reserve(struct dump *dump, SIZE_T size)
{
    const SIZE_T skip = -dump->blob.used & 3;

    if (skip)
        extend(dump, &dump->blob, skip);
    const ULONG32 at = (ULONG32)dump->blob.used;
    extend(dump, &dump->blob, size);
    return at;
}

static ULONG32 append(struct dump *dump, const void *data, SIZE_T size)
{
    const ULONG32 at = reserve(dump, size);

    if (!dump->error)
        memcpy(dump->blob.data + at, data, size);
    return at;
}

static ULONG32 append_string(struct dump *dump, const WCHAR *text)
{
    const ULONG32 length = (ULONG32)wcslen(text) * (ULONG32)sizeof *text,
                  at = append(dump, &length, sizeof length);

    append(dump, text, length + sizeof *text);
    return at;
}

static void add_stream(struct dump *dump, ULONG type, ULONG32 rva, ULONG32 size)
{
    if (dump->streams < STREAM_MAX)
        dump->directory[dump->streams++] = (MINIDUMP_DIRECTORY){type, {size, rva}};
}

static BOOL read(const struct dump *dump, ULONG64 address, void *to, SIZE_T size)
{
    return ReadProcessMemory(dump->process, (void *)(ULONG_PTR)address, to, size, NULL);
}

/* Only what can be read: memory is given up from the first page on that cannot. */
static void add_range(struct dump *dump, ULONG64 start, SIZE_T size, ULONG32 patch)
{
    MEMORY_BASIC_INFORMATION info;
    SIZE_T good = 0;

    while (good < size &&
           VirtualQueryEx(dump->process, (void *)(ULONG_PTR)(start + good), &info, sizeof info) &&
           info.State == MEM_COMMIT && !(info.Protect & (PAGE_GUARD | PAGE_NOACCESS)))
        good = (SIZE_T)((ULONG64)(ULONG_PTR)info.BaseAddress + info.RegionSize - start);
    if (good > size)
        good = size;
    struct range *range = good ? extend(dump, &dump->ranges, sizeof *range) : NULL;
    if (range)
        *range = (struct range){start, good, patch};
}

/* ---------------------------------------------------------------- the callback */

static BOOL ask(const struct dump *dump, MINIDUMP_CALLBACK_INPUT *in, MINIDUMP_CALLBACK_OUTPUT *out)
{
    if (!dump->callback || !dump->callback->CallbackRoutine)
        return TRUE;
    in->ProcessId = dump->process_id;
    in->ProcessHandle = dump->process;
    return dump->callback->CallbackRoutine(dump->callback->CallbackParam, in, out);
}

/* ---------------------------------------------------------------- what there is */

static void list_threads(struct dump *dump)
{
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    const HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);

    if (snapshot == INVALID_HANDLE_VALUE)
        return;
    for (BOOL more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry)) {
        MINIDUMP_CALLBACK_INPUT in = {.CallbackType = IncludeThreadCallback};
        MINIDUMP_CALLBACK_OUTPUT out = {.ThreadWriteFlags = ThreadWriteThread | ThreadWriteStack |
                                                            ThreadWriteContext};
        if (entry.th32OwnerProcessID != dump->process_id)
            continue;
        in.IncludeThread.ThreadId = entry.th32ThreadID;
        if (!ask(dump, &in, &out))
            continue;
        struct thread *thread = extend(dump, &dump->threads, sizeof *thread);
        if (!thread)
            break;
        thread->id = entry.th32ThreadID;
        thread->flags = out.ThreadWriteFlags;
        thread->handle = OpenThread(THREAD_GET_CONTEXT | THREAD_SUSPEND_RESUME | THREAD_QUERY_INFORMATION,
                                    FALSE, entry.th32ThreadID);
    }
    CloseHandle(snapshot);
}

/* The version resource of a file: its fixed part, by its signature. */
static void read_version(const WCHAR *path, VS_FIXEDFILEINFO *version)
{
    const HMODULE file = LoadLibraryExW(path, NULL,
                                        LOAD_LIBRARY_AS_DATAFILE | LOAD_LIBRARY_AS_IMAGE_RESOURCE);
    const HRSRC found = file ? FindResourceW(file, MAKEINTRESOURCEW(1), (WCHAR *)RT_VERSION) : NULL;
    const HGLOBAL loaded = found ? LoadResource(file, found) : NULL;
    const BYTE *data = loaded ? LockResource(loaded) : NULL;
    const DWORD size = found ? SizeofResource(file, found) : 0;

    for (DWORD at = 0; data && at + sizeof *version <= size && at < 128; at += 4)
        if (*(const DWORD *)(const void *)(data + at) == 0xfeef04bd) {
            memcpy(version, data + at, sizeof *version);
            break;
        }
    if (file)
        FreeLibrary(file);
}

static void list_modules(struct dump *dump)
{
    HMODULE handles[1024];
    DWORD size;

    if (!K32EnumProcessModules(dump->process, handles, sizeof handles, &size))
        return;
    const DWORD count = size < sizeof handles ? size / sizeof *handles : ARRAYSIZE(handles);
    for (DWORD i = 0; i < count; i++) {
        MINIDUMP_CALLBACK_INPUT in = {.CallbackType = IncludeModuleCallback};
        MINIDUMP_CALLBACK_OUTPUT out = {
            .ModuleWriteFlags = ModuleWriteModule | ModuleWriteMiscRecord | ModuleWriteCvRecord |
                                (dump->type & MiniDumpWithDataSegs ? ModuleWriteDataSeg : 0)};
        MODULEINFO info;
        if (!K32GetModuleInformation(dump->process, handles[i], &info, sizeof info))
            continue;
        in.IncludeModule.BaseOfImage = (ULONG_PTR)info.lpBaseOfDll;
        if (!ask(dump, &in, &out))
            continue;
        struct module *module = extend(dump, &dump->modules, sizeof *module);
        if (!module)
            break;
        module->base = (ULONG_PTR)info.lpBaseOfDll;
        module->size = info.SizeOfImage;
        K32GetModuleFileNameExW(dump->process, handles[i], module->name, NAME_MAX_CHARS);
        read_version(module->name, &module->version);
        in = (MINIDUMP_CALLBACK_INPUT){.CallbackType = ModuleCallback};
        in.Module.FullPath = module->name;
        in.Module.BaseOfImage = module->base;
        in.Module.SizeOfImage = module->size;
        in.Module.VersionInfo = module->version;
        if (!ask(dump, &in, &out))
            out.ModuleWriteFlags = 0;
        module->flags = out.ModuleWriteFlags;
        if (!(module->flags & ModuleWriteModule))
            dump->modules.used -= sizeof *module;
    }
}

/* From here on nothing may touch the heap. */
static void suspend_threads(struct dump *dump)
{
    struct thread *threads = (void *)dump->threads.data;
    const SIZE_T count = dump->threads.used / sizeof *threads;

    for (SIZE_T i = 0; i < count; i++) {
        struct thread *thread = &threads[i];
        if (thread->id == GetCurrentThreadId() || !thread->handle)
            continue;
        const DWORD before = SuspendThread(thread->handle);
        thread->suspended = before != (DWORD)-1;
        thread->suspend_count = thread->suspended ? before : 0;
    }
    for (SIZE_T i = 0; i < count; i++) {
        struct thread *thread = &threads[i];
        struct thread_basic_information basic;
        ULONG_PTR bounds[3]; /* at the start of the TEB: handlers, stack base, stack limit */
        thread->context.ContextFlags = CONTEXT_ALL;
        if (thread->id == GetCurrentThreadId())
            RtlCaptureContext(&thread->context);
        else if (!thread->handle || !GetThreadContext(thread->handle, &thread->context))
            memset(&thread->context, 0, sizeof thread->context);
        const HANDLE handle = thread->id == GetCurrentThreadId() ? GetCurrentThread() : thread->handle;
        if (handle && !NtQueryInformationThread(handle, ThreadBasicInformation, &basic, sizeof basic, NULL)) {
            thread->teb = (ULONG_PTR)basic.teb;
            if (read(dump, thread->teb, bounds, sizeof bounds)) {
                thread->stack_base = bounds[1];
                thread->stack_limit = bounds[2];
            }
        }
    }
}

static void resume_threads(struct dump *dump)
{
    struct thread *threads = (void *)dump->threads.data;

    for (SIZE_T i = 0; i < dump->threads.used / sizeof *threads; i++) {
        if (threads[i].suspended)
            ResumeThread(threads[i].handle);
        if (threads[i].handle)
            CloseHandle(threads[i].handle);
    }
}

/* ---------------------------------------------------------------- the streams */

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
    const struct thread *threads = (void *)dump->threads.data;
    const ULONG32 total = (ULONG32)(dump->threads.used / sizeof *threads);
    const ULONG32 at = reserve(dump, sizeof(ULONG32) + total * sizeof(MINIDUMP_THREAD));
    ULONG32 count = 0;

    for (ULONG32 i = 0; i < total && !dump->error; i++) {
        const struct thread *thread = &threads[i];
        if (!(thread->flags & ThreadWriteThread))
            continue;
        const ULONG32 entry = at + (ULONG32)(sizeof(ULONG32) + count++ * sizeof(MINIDUMP_THREAD));
        MINIDUMP_THREAD out = {
            .ThreadId = thread->id, .SuspendCount = thread->suspend_count, .Teb = thread->teb};
        out.PriorityClass = GetPriorityClass(dump->process);
        out.Priority = thread->handle ? (ULONG32)GetThreadPriority(thread->handle) : 0;
        if (thread->flags & ThreadWriteContext) {
            out.ThreadContext.DataSize = sizeof(CONTEXT);
            out.ThreadContext.Rva = append(dump, &thread->context, sizeof(CONTEXT));
        }
        const ULONG64 sp = stack_pointer(&thread->context);
        if ((thread->flags & ThreadWriteStack) && sp >= thread->stack_limit && sp < thread->stack_base) {
            out.Stack.StartOfMemoryRange = sp;
            out.Stack.Memory.DataSize = (ULONG32)(thread->stack_base - sp);
            if (!(dump->type & MiniDumpWithFullMemory))
                add_range(dump, sp, (SIZE_T)(thread->stack_base - sp),
                          entry + (ULONG32)offsetof(MINIDUMP_THREAD, Stack.Memory.Rva));
        }
        if (program_counter(&thread->context) && !(dump->type & MiniDumpWithFullMemory))
            add_range(dump, program_counter(&thread->context) - CODE_AROUND / 2, CODE_AROUND, 0);
        if (!dump->error)
            memcpy(dump->blob.data + entry, &out, sizeof out);
    }
    if (!dump->error)
        memcpy(dump->blob.data + at, &count, sizeof count);
    add_stream(dump, ThreadListStream, at, (ULONG32)(sizeof count + count * sizeof(MINIDUMP_THREAD)));
}

/* The record of a module's debug directory that names its program database; and its headers. */
static void describe_module(struct dump *dump, const struct module *module, MINIDUMP_MODULE *out)
{
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS nt;
    IMAGE_DEBUG_DIRECTORY debug;
    BYTE record[600];

    if (!read(dump, module->base, &dos, sizeof dos) ||
        !read(dump, module->base + (DWORD)dos.e_lfanew, &nt, sizeof nt) || nt.Signature != IMAGE_NT_SIGNATURE)
        return;
    out->CheckSum = nt.OptionalHeader.CheckSum;
    out->TimeDateStamp = nt.FileHeader.TimeDateStamp;
    const IMAGE_DATA_DIRECTORY *directory = &nt.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_DEBUG];
    for (DWORD i = 0; (module->flags & ModuleWriteCvRecord) && i < directory->Size / sizeof debug && i < 16;
         i++)
        if (read(dump, module->base + directory->VirtualAddress + i * sizeof debug, &debug, sizeof debug) &&
            debug.Type == IMAGE_DEBUG_TYPE_CODEVIEW && debug.SizeOfData <= sizeof record &&
            read(dump, module->base + debug.AddressOfRawData, record, debug.SizeOfData)) {
            out->CvRecord.DataSize = debug.SizeOfData;
            out->CvRecord.Rva = append(dump, record, debug.SizeOfData);
            return;
        }
}

/* Sections that are written to, for MiniDumpWithDataSegs. */
static void add_data_sections(struct dump *dump, const struct module *module)
{
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS nt;
    IMAGE_SECTION_HEADER section;

    if (!read(dump, module->base, &dos, sizeof dos) ||
        !read(dump, module->base + (DWORD)dos.e_lfanew, &nt, sizeof nt))
        return;
    ULONG64 at = module->base + (DWORD)dos.e_lfanew + offsetof(IMAGE_NT_HEADERS, OptionalHeader) +
                 nt.FileHeader.SizeOfOptionalHeader;
    for (WORD i = 0; i < nt.FileHeader.NumberOfSections; i++, at += sizeof section)
        if (read(dump, at, &section, sizeof section) && (section.Characteristics & IMAGE_SCN_MEM_WRITE))
            add_range(dump, module->base + section.VirtualAddress, section.Misc.VirtualSize, 0);
}

static void write_modules(struct dump *dump)
{
    const struct module *modules = (void *)dump->modules.data;
    const ULONG32 count = (ULONG32)(dump->modules.used / sizeof *modules);
    const ULONG32 size = (ULONG32)(sizeof count + count * sizeof(MINIDUMP_MODULE)), at = reserve(dump, size);

    for (ULONG32 i = 0; i < count && !dump->error; i++) {
        MINIDUMP_MODULE out = {.BaseOfImage = modules[i].base, .SizeOfImage = modules[i].size};
        out.VersionInfo = modules[i].version;
        out.ModuleNameRva = append_string(dump, modules[i].name);
        describe_module(dump, &modules[i], &out);
        if ((modules[i].flags & ModuleWriteDataSeg) && !(dump->type & MiniDumpWithFullMemory))
            add_data_sections(dump, &modules[i]);
        if (!dump->error)
            memcpy(dump->blob.data + at + sizeof count + i * sizeof out, &out, sizeof out);
    }
    if (!dump->error)
        memcpy(dump->blob.data + at, &count, sizeof count);
    add_stream(dump, ModuleListStream, at, size);
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
    const ULONG32 at = reserve(dump, sizeof out);
    out.CSDVersionRva = append_string(dump, version.szCSDVersion);
    if (!dump->error)
        memcpy(dump->blob.data + at, &out, sizeof out);
    add_stream(dump, SystemInfoStream, at, sizeof out);
}

static ULONG32 seconds(const FILETIME *time, ULONG64 since)
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
        out.ProcessCreateTime = seconds(&created, 116444736000000000ull);
        out.ProcessUserTime = seconds(&user, 0);
        out.ProcessKernelTime = seconds(&kernel, 0);
    }
    add_stream(dump, MiscInfoStream, append(dump, &out, sizeof out), sizeof out);
}

static BOOL fetch(const struct dump *dump, BOOL client, const void *from, void *to, SIZE_T size)
{
    if (client)
        return read(dump, (ULONG_PTR)from, to, size);
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
    out.ThreadContext.Rva = append(dump, &context, sizeof context);
    if (!(dump->type & MiniDumpWithFullMemory))
        add_range(dump, program_counter(&context) - CODE_AROUND / 2, CODE_AROUND, 0);
    add_stream(dump, ExceptionStream, append(dump, &out, sizeof out), sizeof out);
}

/* Calls for every region of the process. */
static void for_regions(struct dump *dump, void (*call)(struct dump *, const MEMORY_BASIC_INFORMATION *))
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
    const struct array *arrays[] = {&dump->threads, &dump->modules, &dump->ranges, &dump->blob};

    for (DWORD i = 0; i < ARRAYSIZE(arrays); i++)
        if (info->AllocationBase && info->AllocationBase == arrays[i]->data &&
            dump->process_id == GetCurrentProcessId())
            return TRUE;
    return FALSE;
}

static void add_region(struct dump *dump, const MEMORY_BASIC_INFORMATION *info)
{
    if (readable(info) && !is_own(dump, info))
        add_range(dump, (ULONG_PTR)info->BaseAddress, info->RegionSize, 0);
}

static void add_private(struct dump *dump, const MEMORY_BASIC_INFORMATION *info)
{
    if (info->Type == MEM_PRIVATE && (info->Protect & (PAGE_READWRITE | PAGE_EXECUTE_READWRITE)))
        add_region(dump, info);
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

    append(dump, &out, sizeof out);
}

static void write_memory_info(struct dump *dump)
{
    MINIDUMP_MEMORY_INFO_LIST head = {sizeof head, sizeof(MINIDUMP_MEMORY_INFO), 0};
    const ULONG32 at = reserve(dump, sizeof head);

    for_regions(dump, append_info);
    const ULONG32 size = (ULONG32)dump->blob.used - at;
    head.NumberOfEntries = (size - sizeof head) / sizeof(MINIDUMP_MEMORY_INFO);
    if (!dump->error)
        memcpy(dump->blob.data + at, &head, sizeof head);
    add_stream(dump, MemoryInfoListStream, at, size);
}

static ULONG64 number(const FILETIME *time)
{
    return (ULONG64)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

static void write_thread_info(struct dump *dump)
{
    const struct thread *threads = (void *)dump->threads.data;
    const ULONG count = (ULONG)(dump->threads.used / sizeof *threads);
    const MINIDUMP_THREAD_INFO_LIST head = {sizeof head, sizeof(MINIDUMP_THREAD_INFO), count};
    const ULONG32 at = append(dump, &head, sizeof head);

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
        append(dump, &out, sizeof out);
    }
    add_stream(dump, ThreadInfoListStream, at, (ULONG32)dump->blob.used - at);
}

/* ---------------------------------------------------------------- memory, and the file */

/* The table of the ranges. Their places in the file follow from their order behind the blob. */
static ULONG32 write_memory_table(struct dump *dump)
{
    const ULONG32 count = (ULONG32)(dump->ranges.used / sizeof(struct range));
    const BOOL full = dump->type & MiniDumpWithFullMemory;
    const SIZE_T head = full ? 2 * sizeof(ULONG64) : sizeof count;
    const SIZE_T entry = full ? sizeof(MINIDUMP_MEMORY_DESCRIPTOR64) : sizeof(MINIDUMP_MEMORY_DESCRIPTOR);
    const ULONG32 at = reserve(dump, head + count * entry);

    add_stream(dump, full ? Memory64ListStream : MemoryListStream, at, (ULONG32)(head + count * entry));
    return at;
}

static void fill_memory_table(struct dump *dump, ULONG32 at)
{
    const struct range *ranges = (void *)dump->ranges.data;
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
    const struct range *ranges = (void *)dump->ranges.data;

    if (!put(dump, dump->blob.data, dump->blob.used))
        return;
    for (SIZE_T i = 0; i < dump->ranges.used / sizeof *ranges; i++)
        for (SIZE_T done = 0; done < ranges[i].size;) {
            const SIZE_T left = ranges[i].size - done, size = left < sizeof chunk ? left : sizeof chunk;
            if (!read(dump, ranges[i].start + done, chunk, size))
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
    header.TimeDateStamp = seconds(&now, 116444736000000000ull);
    reserve(dump, sizeof header);
    const ULONG32 directory = reserve(dump, sizeof dump->directory);
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
        add_stream(dump, stream->Type, append(dump, stream->Buffer, stream->BufferSize), stream->BufferSize);
    }
    if (dump->type & MiniDumpWithFullMemory)
        for_regions(dump, add_region);
    else if (dump->type & MiniDumpWithPrivateReadWriteMemory)
        for_regions(dump, add_private);
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
    list_modules(&dump);
    list_threads(&dump);
    if (!dump.error) {
        suspend_threads(&dump);
        write_dump(&dump, exception, user);
    }
    resume_threads(&dump);
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
