/* MiniDumpWriteDump: what is in the file, and MiniDumpReadDumpStream, which finds it again. */
#include "harness.h"
#include <dbghelp.h>

typedef BOOL(WINAPI *write_function)(HANDLE, DWORD, HANDLE, MINIDUMP_TYPE, PMINIDUMP_EXCEPTION_INFORMATION,
                                     PMINIDUMP_USER_STREAM_INFORMATION, PMINIDUMP_CALLBACK_INFORMATION);
typedef BOOL(WINAPI *read_function)(PVOID, ULONG, PMINIDUMP_DIRECTORY *, PVOID *, ULONG *);

static write_function write_dump;
static read_function read_stream;
static WCHAR path[MAX_PATH];

static void load(void)
{
    const HMODULE dbghelp = LoadLibraryW(L"dbghelp.dll");

    write_dump = (write_function)(void *)GetProcAddress(dbghelp, "MiniDumpWriteDump");
    read_stream = (read_function)(void *)GetProcAddress(dbghelp, "MiniDumpReadDumpStream");
    GetTempPathW(MAX_PATH, path);
    lstrcatW(path, L"mini.dmp");
}

/* The dump's bytes, or NULL; the caller unmaps them. */
static BYTE *dump(MINIDUMP_TYPE type, PMINIDUMP_EXCEPTION_INFORMATION exception,
                  PMINIDUMP_USER_STREAM_INFORMATION user, PMINIDUMP_CALLBACK_INFORMATION callback)
{
    load();
    const HANDLE file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(write_dump(GetCurrentProcess(), GetCurrentProcessId(), file, type, exception, user, callback));
    const HANDLE mapping = CreateFileMappingW(file, NULL, PAGE_READONLY, 0, 0, NULL);
    BYTE *base = mapping ? MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0) : NULL;
    CHECK(base != NULL);
    CloseHandle(mapping);
    CloseHandle(file);
    return base;
}

static void drop(BYTE *base)
{
    UnmapViewOfFile(base);
    DeleteFileW(path);
}

static void *stream(BYTE *base, ULONG type, ULONG *ret_size)
{
    MINIDUMP_DIRECTORY *entry = NULL;
    void *data = NULL;

    CHECK(read_stream(base, type, &entry, &data, ret_size));
    if (entry)
        CHECK_EQ(entry->StreamType, type);
    return data;
}

static DWORD WINAPI wait_for(void *event)
{
    return WaitForSingleObject(event, 10000);
}

static volatile int marker_on_stack;

TEST(threads_modules_and_stacks)
{
    ORACLE_DIFFERS("has neither the context nor the stack of the thread that calls");
    ULONG size;
    DWORD other;
    BOOL self = FALSE, waiting = FALSE, exe = FALSE, stack = FALSE;
    volatile int local = 0x5ca1ab1e;
    const HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    const HANDLE thread = CreateThread(NULL, 0, wait_for, event, 0, &other);

    Sleep(20);
    BYTE *base = dump(MiniDumpNormal, NULL, NULL, NULL);
    marker_on_stack = local;
    const MINIDUMP_HEADER *header = (void *)base;
    CHECK_EQ(header->Signature, 0x504d444d);
    CHECK_EQ(header->Version & 0xffff, 42899);
    const MINIDUMP_THREAD_LIST *threads = stream(base, ThreadListStream, &size);
    CHECK(size >= sizeof(ULONG32) + threads->NumberOfThreads * sizeof(MINIDUMP_THREAD));
    for (ULONG32 i = 0; i < threads->NumberOfThreads; i++) {
        const MINIDUMP_THREAD *t = &threads->Threads[i];
        CHECK_EQ(t->ThreadContext.DataSize, sizeof(CONTEXT));
        self |= t->ThreadId == GetCurrentThreadId();
        waiting |= t->ThreadId == other;
        const ULONG64 at = (ULONG_PTR)&local;
        if (at >= t->Stack.StartOfMemoryRange && at < t->Stack.StartOfMemoryRange + t->Stack.Memory.DataSize)
            stack = *(int *)(base + t->Stack.Memory.Rva + (at - t->Stack.StartOfMemoryRange)) == local;
    }
    CHECK(self && waiting && stack);
    const MINIDUMP_MODULE_LIST *modules = stream(base, ModuleListStream, &size);
    for (ULONG32 i = 0; i < modules->NumberOfModules; i++)
        if (modules->Modules[i].BaseOfImage == (ULONG_PTR)GetModuleHandleW(NULL)) {
            WCHAR name[MAX_PATH];
            GetModuleFileNameW(NULL, name, MAX_PATH);
            const MINIDUMP_STRING *string = (void *)(base + modules->Modules[i].ModuleNameRva);
            exe = string->Length == wcslen(name) * sizeof(WCHAR) && !_wcsicmp(string->Buffer, name);
        }
    CHECK(exe);
    const MINIDUMP_SYSTEM_INFO *system = stream(base, SystemInfoStream, &size);
    CHECK_EQ(system->ProcessorArchitecture,
             sizeof(void *) == 8 ? PROCESSOR_ARCHITECTURE_AMD64 : PROCESSOR_ARCHITECTURE_INTEL);
    CHECK(system->NumberOfProcessors >= 1);
    const MINIDUMP_MISC_INFO *misc = stream(base, MiscInfoStream, &size);
    CHECK_EQ(misc->ProcessId, GetCurrentProcessId());
    const MINIDUMP_MEMORY_LIST *memory = stream(base, MemoryListStream, &size);
    CHECK(memory->NumberOfMemoryRanges >= 2);
    drop(base);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0); /* it goes on */
    CloseHandle(thread);
    CloseHandle(event);
}

TEST(exception_and_user_streams)
{
    CONTEXT context = {0};
    EXCEPTION_RECORD record = {
        .ExceptionCode = 0xc0000005, .NumberParameters = 2, .ExceptionInformation = {1, 16}};
    EXCEPTION_POINTERS pointers = {&record, &context};
    MINIDUMP_EXCEPTION_INFORMATION exception = {GetCurrentThreadId(), &pointers, FALSE};
    char text[] = "a user's stream";
    MINIDUMP_USER_STREAM one = {0x10001, sizeof text, text};
    MINIDUMP_USER_STREAM_INFORMATION user = {1, &one};
    ULONG size;

    RtlCaptureContext(&context);
    BYTE *base = dump(MiniDumpNormal, &exception, &user, NULL);
    const MINIDUMP_EXCEPTION_STREAM *out = stream(base, ExceptionStream, &size);
    CHECK_EQ(out->ThreadId, GetCurrentThreadId());
    CHECK_EQ(out->ExceptionRecord.ExceptionCode, 0xc0000005);
    CHECK_EQ(out->ExceptionRecord.ExceptionInformation[1], 16);
    CHECK_EQ(out->ThreadContext.DataSize, sizeof context);
    CHECK(!memcmp(base + out->ThreadContext.Rva, &context, sizeof context));
    CHECK_STR((char *)stream(base, 0x10001, &size), text);
    CHECK_EQ(size, sizeof text);
    drop(base);
}

static char data_segment[] = "something in the data segment";

TEST(full_memory)
{
    ULONG size;
    BOOL found = FALSE;

    ORACLE_CRASHES("has no Memory64ListStream");
    BYTE *base = dump(MiniDumpWithFullMemory | MiniDumpWithFullMemoryInfo, NULL, NULL, NULL);
    const MINIDUMP_MEMORY64_LIST *memory = stream(base, Memory64ListStream, &size);
    ULONG64 place = memory->BaseRva;
    for (ULONG64 i = 0; i < memory->NumberOfMemoryRanges; i++) {
        const MINIDUMP_MEMORY_DESCRIPTOR64 *range = &memory->MemoryRanges[i];
        const ULONG64 at = (ULONG_PTR)data_segment;
        if (at >= range->StartOfMemoryRange && at < range->StartOfMemoryRange + range->DataSize)
            found = !strcmp((char *)base + place + (at - range->StartOfMemoryRange), data_segment);
        place += range->DataSize;
    }
    CHECK(found);
    const MINIDUMP_MEMORY_INFO_LIST *list = stream(base, MemoryInfoListStream, &size);
    CHECK_EQ(list->SizeOfEntry, sizeof(MINIDUMP_MEMORY_INFO));
    CHECK(list->NumberOfEntries > 4);
    drop(base);
}

static int included;

static BOOL WINAPI only_this_thread(PVOID context, PMINIDUMP_CALLBACK_INPUT in, PMINIDUMP_CALLBACK_OUTPUT out)
{
    (void)context, (void)out;
    if (in->CallbackType == IncludeThreadCallback)
        return in->IncludeThread.ThreadId == GetCurrentThreadId();
    if (in->CallbackType == IncludeModuleCallback)
        included++;
    return TRUE;
}

TEST(callback)
{
    ORACLE_DIFFERS(
        "documented: the callback says which threads and modules are included; there it is not asked");
    MINIDUMP_CALLBACK_INFORMATION callback = {(MINIDUMP_CALLBACK_ROUTINE)only_this_thread, NULL};
    const HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    const HANDLE thread = CreateThread(NULL, 0, wait_for, event, 0, NULL);
    ULONG size;

    BYTE *base = dump(MiniDumpNormal, NULL, NULL, &callback);
    const MINIDUMP_THREAD_LIST *threads = stream(base, ThreadListStream, &size);
    CHECK_EQ(threads->NumberOfThreads, 1);
    CHECK(included > 0);
    drop(base);
    SetEvent(event);
    WaitForSingleObject(thread, 10000);
    CloseHandle(thread);
    CloseHandle(event);
}

TEST(failures)
{
    void *data;
    ULONG size;

    load();
    BYTE *base = dump(MiniDumpNormal, NULL, NULL, NULL);
    CHECK(!read_stream(base, 0x7777, NULL, &data, &size));
    drop(base);
}

TEST(no_file)
{
    ORACLE_DIFFERS("documented: FALSE and an HRESULT as last error; there it succeeds");
    load();
    SetLastError(0);
    CHECK(!write_dump(GetCurrentProcess(), GetCurrentProcessId(), INVALID_HANDLE_VALUE, MiniDumpNormal, NULL,
                      NULL, NULL));
    CHECK(FAILED((HRESULT)GetLastError()));
}
