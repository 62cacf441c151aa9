/*
 * What a dump is about: threads, which stand still while it is written, and modules.
 */
#include "minidump.h"

#include <nt/rtl.h>
#include <nt/syscalls.h>
#include <psapi.h>
#include <string.h>
#include <tlhelp32.h>

enum { ThreadBasicInformation = 0 };

struct thread_basic_information {
    NTSTATUS exit_status;
    void *teb;
    HANDLE process_id, thread_id;
    ULONG_PTR affinity;
    LONG priority, base_priority;
};

static BOOL ask(const struct dump *dump, MINIDUMP_CALLBACK_INPUT *in, MINIDUMP_CALLBACK_OUTPUT *out)
{
    if (!dump->callback || !dump->callback->CallbackRoutine)
        return TRUE;
    in->ProcessId = dump->process_id;
    in->ProcessHandle = dump->process;
    return dump->callback->CallbackRoutine(dump->callback->CallbackParam, in, out);
}

void dump_list_threads(struct dump *dump)
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
        struct dump_thread *thread = dump_extend(dump, &dump->threads, sizeof *thread);
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

void dump_list_modules(struct dump *dump)
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
        struct dump_module *module = dump_extend(dump, &dump->modules, sizeof *module);
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

/* On i386 RtlCaptureContext starts from the frame of its caller, which there must be. */
__attribute__((noinline, optimize("no-omit-frame-pointer"))) static void capture_own(CONTEXT *context)
{
    RtlCaptureContext(context);
}

void dump_suspend_threads(struct dump *dump)
{
    struct dump_thread *threads = (void *)dump->threads.data;
    const SIZE_T count = dump->threads.used / sizeof *threads;

    for (SIZE_T i = 0; i < count; i++) {
        struct dump_thread *thread = &threads[i];
        if (thread->id == GetCurrentThreadId() || !thread->handle)
            continue;
        const DWORD before = SuspendThread(thread->handle);
        thread->suspended = before != (DWORD)-1;
        thread->suspend_count = thread->suspended ? before : 0;
    }
    for (SIZE_T i = 0; i < count; i++) {
        struct dump_thread *thread = &threads[i];
        struct thread_basic_information basic;
        ULONG_PTR bounds[3]; /* at the start of the TEB: handlers, stack base, stack limit */
        thread->context.ContextFlags = CONTEXT_ALL;
        if (thread->id == GetCurrentThreadId())
            capture_own(&thread->context);
        else if (!thread->handle || !GetThreadContext(thread->handle, &thread->context))
            memset(&thread->context, 0, sizeof thread->context);
        const HANDLE handle = thread->id == GetCurrentThreadId() ? GetCurrentThread() : thread->handle;
        if (handle && !NtQueryInformationThread(handle, ThreadBasicInformation, &basic, sizeof basic, NULL)) {
            thread->teb = (ULONG_PTR)basic.teb;
            if (dump_read(dump, thread->teb, bounds, sizeof bounds)) {
                thread->stack_base = bounds[1];
                thread->stack_limit = bounds[2];
            }
        }
    }
}

void dump_resume_threads(struct dump *dump)
{
    struct dump_thread *threads = (void *)dump->threads.data;

    for (SIZE_T i = 0; i < dump->threads.used / sizeof *threads; i++) {
        if (threads[i].suspended)
            ResumeThread(threads[i].handle);
        if (threads[i].handle)
            CloseHandle(threads[i].handle);
    }
}
