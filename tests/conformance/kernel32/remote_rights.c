/*
 * What may be done to another process, with which right and with which result: rights that are missing,
 * memory that is there in part, APCs, contexts, enumeration, and processes of the other machine.
 */
#include "harness.h"
#include <psapi.h>
#include <tlhelp32.h>

static HANDLE ready, done;

/* Says that it runs, and where a buffer of its is. */
struct told {
    ULONGLONG buffer, function;
    DWORD thread, apcs;
};

static struct told *map_told(const char *name)
{
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(struct told),
                                        name);
    return MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
}

static struct told *told;
static char buffer[64] = "what the other one reads";

static void CALLBACK count_apc(ULONG_PTR argument)
{
    told->apcs += (DWORD)argument;
}

CHILD(victim)
{
    (void)argc, (void)argv;
    told = map_told("remote rights told");
    ready = CreateEventA(NULL, TRUE, FALSE, "remote rights ready");
    done = CreateEventA(NULL, TRUE, FALSE, "remote rights done");
    told->buffer = (ULONG_PTR)buffer;
    told->function = (ULONG_PTR)count_apc;
    told->thread = GetCurrentThreadId();
    SetEvent(ready);
    while (WaitForSingleObjectEx(done, 20000, TRUE) == WAIT_IO_COMPLETION)
        ;
    return 12;
}

static BOOL run(const char *line, DWORD flags, PROCESS_INFORMATION *ret)
{
    STARTUPINFOA info = {.cb = sizeof info};
    char copy[MAX_PATH * 2];
    strcpy(copy, line);
    return CreateProcessA(NULL, copy, NULL, NULL, FALSE, flags, NULL, NULL, &info, ret);
}

static BOOL begin(PROCESS_INFORMATION *process)
{
    char path[MAX_PATH], line[MAX_PATH + 64];
    told = map_told("remote rights told");
    memset(told, 0, sizeof *told);
    ready = CreateEventA(NULL, TRUE, FALSE, "remote rights ready");
    done = CreateEventA(NULL, TRUE, FALSE, "remote rights done");
    ResetEvent(ready);
    ResetEvent(done);
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --child victim", path);
    CHECK(run(line, 0, process));
    CHECK_EQ(WaitForSingleObject(ready, 20000), WAIT_OBJECT_0);
    return TRUE;
}

static void end(PROCESS_INFORMATION *process)
{
    DWORD code = 0;
    SetEvent(done);
    CHECK_EQ(WaitForSingleObject(process->hProcess, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process->hProcess, &code));
    CHECK_EQ(code, 12);
    CloseHandle(process->hProcess);
    CloseHandle(process->hThread);
    CloseHandle(ready);
    CloseHandle(done);
    UnmapViewOfFile(told);
}

TEST(missing_rights)
{
    PROCESS_INFORMATION process;
    MEMORY_BASIC_INFORMATION memory;
    FILETIME times[4];
    char data[16];
    DWORD code;
    SIZE_T n;
    ORACLE_DIFFERS("wine writes with one of the two documented rights");
    begin(&process);
    HANDLE weak = OpenProcess(SYNCHRONIZE, FALSE, process.dwProcessId);
    CHECK(weak != NULL);
    CHECK_ERROR(TerminateProcess(weak, 1), ERROR_ACCESS_DENIED);
    CHECK_ERROR(GetExitCodeProcess(weak, &code), ERROR_ACCESS_DENIED);
    CHECK_ERROR(ReadProcessMemory(weak, buffer, data, 1, &n), ERROR_ACCESS_DENIED);
    CHECK_ERROR(WriteProcessMemory(weak, buffer, data, 1, &n), ERROR_ACCESS_DENIED);
    CHECK_ERROR(VirtualAllocEx(weak, NULL, 1, MEM_COMMIT, PAGE_READWRITE), ERROR_ACCESS_DENIED);
    CHECK_ERROR(VirtualFreeEx(weak, buffer, 0, MEM_RELEASE), ERROR_ACCESS_DENIED);
    CHECK_ERROR(VirtualProtectEx(weak, buffer, 1, PAGE_READONLY, &code), ERROR_ACCESS_DENIED);
    CHECK_ERROR(VirtualQueryEx(weak, buffer, &memory, sizeof memory), ERROR_ACCESS_DENIED);
    CHECK_ERROR(CreateRemoteThread(weak, NULL, 0, (void *)buffer, NULL, 0, NULL), ERROR_ACCESS_DENIED);
    CHECK_ERROR(GetProcessTimes(weak, times, times + 1, times + 2, times + 3), ERROR_ACCESS_DENIED);
    CHECK_ERROR(GetPriorityClass(weak), ERROR_ACCESS_DENIED);
    CHECK_ERROR(SetPriorityClass(weak, NORMAL_PRIORITY_CLASS), ERROR_ACCESS_DENIED);
    CHECK_EQ(WaitForSingleObject(weak, 0), WAIT_TIMEOUT);
    CloseHandle(weak);
    weak = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process.dwProcessId);
    CHECK(GetExitCodeProcess(weak, &code));
    CHECK_EQ(code, STILL_ACTIVE);
    CHECK(GetProcessTimes(weak, times, times + 1, times + 2, times + 3));
    CHECK_EQ(WaitForSingleObject(weak, 0), WAIT_FAILED);
    CHECK_EQ(GetLastError(), ERROR_ACCESS_DENIED);
    CHECK_EQ(GetProcessId(weak), process.dwProcessId);
    CloseHandle(weak);
    weak = OpenProcess(PROCESS_VM_READ, FALSE, process.dwProcessId);
    CHECK(ReadProcessMemory(weak, (void *)(ULONG_PTR)told->buffer, data, sizeof data, &n));
    CHECK(memcmp(data, buffer, sizeof data) == 0);
    CHECK_ERROR(WriteProcessMemory(weak, (void *)(ULONG_PTR)told->buffer, data, 1, &n), ERROR_ACCESS_DENIED);
    CHECK_ERROR(GetProcessId(weak), ERROR_ACCESS_DENIED);
    CloseHandle(weak);
    /* Writing wants both. */
    weak = OpenProcess(PROCESS_VM_WRITE, FALSE, process.dwProcessId);
    CHECK_ERROR(WriteProcessMemory(weak, (void *)(ULONG_PTR)told->buffer, data, 1, &n), ERROR_ACCESS_DENIED);
    CloseHandle(weak);
    CHECK_ERROR(OpenProcess(PROCESS_ALL_ACCESS, FALSE, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(OpenProcess(PROCESS_ALL_ACCESS, FALSE, 0x7ffffff0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(OpenThread(THREAD_ALL_ACCESS, FALSE, 0x7ffffff0), ERROR_INVALID_PARAMETER);
    HANDLE thread = OpenThread(SYNCHRONIZE, FALSE, process.dwThreadId);
    CONTEXT context = {.ContextFlags = CONTEXT_INTEGER};
    CHECK(thread != NULL);
    if (thread) {
        CHECK_EQ(SuspendThread(thread), (DWORD)-1);
        CHECK_EQ(GetLastError(), ERROR_ACCESS_DENIED);
        CHECK_EQ(ResumeThread(thread), (DWORD)-1);
        CHECK_ERROR(TerminateThread(thread, 1), ERROR_ACCESS_DENIED);
        CHECK_ERROR(GetThreadContext(thread, &context), ERROR_ACCESS_DENIED);
        CHECK_ERROR(SetThreadContext(thread, &context), ERROR_ACCESS_DENIED);
        CHECK(!QueueUserAPC(count_apc, thread, 1));
        CHECK_EQ(GetLastError(), ERROR_ACCESS_DENIED);
        CHECK_ERROR(GetThreadPriority(thread) == THREAD_PRIORITY_ERROR_RETURN ? 0 : 1, ERROR_ACCESS_DENIED);
        CHECK_EQ(WaitForSingleObject(thread, 0), WAIT_TIMEOUT);
        CloseHandle(thread);
    }
    end(&process);
}

/* What is read up to a page that is not there is none; how much is told where it is known. */
TEST(partial_copies)
{
    PROCESS_INFORMATION process;
    char data[0x3000];
    SIZE_T n;
    ORACLE_DIFFERS("wine reads what is reserved, and has other errors for its own side");
    begin(&process);
    char *page = VirtualAllocEx(process.hProcess, NULL, 0x3000, MEM_RESERVE, PAGE_READWRITE);
    CHECK(VirtualAllocEx(process.hProcess, page, 0x1000, MEM_COMMIT, PAGE_READWRITE) == page);
    memset(data, 3, sizeof data);
    CHECK(WriteProcessMemory(process.hProcess, page, data, 0x1000, &n));
    n = 99;
    CHECK_ERROR(ReadProcessMemory(process.hProcess, page + 0x800, data, 0x1000, &n), ERROR_PARTIAL_COPY);
    CHECK(n == 0 || n == 0x800);
    n = 99;
    CHECK_ERROR(ReadProcessMemory(process.hProcess, page + 0x1000, data, 0x1000, &n), ERROR_PARTIAL_COPY);
    CHECK_EQ(n, 0);
    n = 99;
    CHECK_ERROR(ReadProcessMemory(process.hProcess, NULL, data, 4, &n), ERROR_PARTIAL_COPY);
    CHECK_EQ(n, 0);
    n = 99;
    CHECK(ReadProcessMemory(process.hProcess, page, data, 0, &n));
    CHECK_EQ(n, 0);
    /* To a buffer of one's own that is not there. */
    CHECK_ERROR(ReadProcessMemory(process.hProcess, page, (void *)0x10, 16, &n), ERROR_NOACCESS);
    CHECK_ERROR(WriteProcessMemory(process.hProcess, page, (void *)0x10, 16, &n), ERROR_NOACCESS);
    CHECK(ReadProcessMemory(process.hProcess, page, data, 16, NULL));
    /* Code and constants are written through. */
    CHECK(WriteProcessMemory(process.hProcess, (void *)(ULONG_PTR)told->function, "\xc3", 1, &n));
    CHECK_EQ(n, 1);
    CHECK(VirtualFreeEx(process.hProcess, page, 0x1000, MEM_DECOMMIT));
    CHECK_ERROR(VirtualFreeEx(process.hProcess, page, 0x1000, MEM_RELEASE), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(VirtualFreeEx(process.hProcess, page + 0x1000, 0, MEM_RELEASE), ERROR_INVALID_ADDRESS);
    CHECK(VirtualFreeEx(process.hProcess, page, 0, MEM_RELEASE));
    CHECK_ERROR(VirtualAllocEx(process.hProcess, page, 0x1000, MEM_COMMIT, PAGE_READWRITE),
                ERROR_INVALID_ADDRESS);
    CHECK_ERROR(VirtualAllocEx(process.hProcess, NULL, 0, MEM_COMMIT, PAGE_READWRITE),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(VirtualAllocEx(process.hProcess, NULL, 1, MEM_COMMIT, 0x3), ERROR_INVALID_PARAMETER);
    end(&process);
}

TEST(apcs_of_others)
{
    PROCESS_INFORMATION process;
    begin(&process);
    CHECK(QueueUserAPC((PAPCFUNC)(ULONG_PTR)told->function, process.hThread, 3));
    CHECK(QueueUserAPC((PAPCFUNC)(ULONG_PTR)told->function, process.hThread, 4));
    for (int i = 0; i < 200 && *(volatile DWORD *)&told->apcs != 7; i++)
        Sleep(10);
    CHECK_EQ(told->apcs, 7);
    HANDLE opened = OpenThread(THREAD_SET_CONTEXT, FALSE, told->thread);
    CHECK(opened != NULL);
    CHECK(QueueUserAPC((PAPCFUNC)(ULONG_PTR)told->function, opened, 100));
    for (int i = 0; i < 200 && *(volatile DWORD *)&told->apcs != 107; i++)
        Sleep(10);
    CHECK_EQ(told->apcs, 107);
    CloseHandle(opened);
    end(&process);
}

static HANDLE open_first_thread(DWORD id, DWORD access)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0), found = NULL;
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    for (BOOL more = Thread32First(snapshot, &entry); more && !found; more = Thread32Next(snapshot, &entry))
        if (entry.th32OwnerProcessID == id)
            found = OpenThread(access, FALSE, entry.th32ThreadID);
    CloseHandle(snapshot);
    return found;
}

TEST(contexts_of_others)
{
    PROCESS_INFORMATION process;
    CONTEXT context = {.ContextFlags = CONTEXT_FULL}, again = {.ContextFlags = CONTEXT_FULL};
    begin(&process);
    HANDLE thread = open_first_thread(process.dwProcessId,
                                      THREAD_GET_CONTEXT | THREAD_SET_CONTEXT | THREAD_SUSPEND_RESUME);
    CHECK(thread != NULL);
    CHECK_EQ(SuspendThread(thread), 0);
    CHECK(GetThreadContext(thread, &context));
#ifdef _WIN64
    CHECK(context.Rip != 0 && context.Rsp != 0);
    CHECK(SetThreadContext(thread, &context));
    CHECK(GetThreadContext(thread, &again));
    CHECK_EQ(again.Rip, context.Rip);
    CHECK_EQ(again.Rsp, context.Rsp);
#else
    CHECK(context.Eip != 0 && context.Esp != 0);
    CHECK(SetThreadContext(thread, &context));
    CHECK(GetThreadContext(thread, &again));
    CHECK_EQ(again.Eip, context.Eip);
    CHECK_EQ(again.Esp, context.Esp);
#endif
    CHECK_EQ(ResumeThread(thread), 1);
    CloseHandle(thread);
    end(&process);
}

/* A handle that is made in, taken out of, and closed in another process. */
TEST(handles_of_others)
{
    PROCESS_INFORMATION process;
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL), theirs = NULL, back = NULL, own = NULL;
    ORACLE_DIFFERS("wine knows no pseudo-handles of others, and does not just close");
    begin(&process);
    CHECK(DuplicateHandle(GetCurrentProcess(), event, process.hProcess, &theirs, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(DuplicateHandle(process.hProcess, theirs, GetCurrentProcess(), &back, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(SetEvent(back));
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CloseHandle(back);
    /* Moved: it is there no more. */
    CHECK(DuplicateHandle(process.hProcess, theirs, GetCurrentProcess(), &back, SYNCHRONIZE, FALSE,
                          DUPLICATE_CLOSE_SOURCE));
    CHECK_ERROR(SetEvent(back), ERROR_ACCESS_DENIED);
    CHECK_EQ(WaitForSingleObject(back, 0), WAIT_OBJECT_0);
    CHECK_ERROR(
        DuplicateHandle(process.hProcess, theirs, GetCurrentProcess(), &own, 0, FALSE, DUPLICATE_SAME_ACCESS),
        ERROR_INVALID_HANDLE);
    /* More than the source has cannot be had of a handle without the right to it, but of the object. */
    CHECK(DuplicateHandle(GetCurrentProcess(), back, process.hProcess, &theirs, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CloseHandle(back);
    CHECK(DuplicateHandle(process.hProcess, theirs, NULL, NULL, 0, FALSE, DUPLICATE_CLOSE_SOURCE));
    CHECK_ERROR(
        DuplicateHandle(process.hProcess, theirs, GetCurrentProcess(), &own, 0, FALSE, DUPLICATE_SAME_ACCESS),
        ERROR_INVALID_HANDLE);
    /* Pseudo-handles stand for what they are here, or there. */
    CHECK(DuplicateHandle(process.hProcess, GetCurrentProcess(), GetCurrentProcess(), &own, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK_EQ(GetProcessId(own), process.dwProcessId);
    CloseHandle(own);
    CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &own,
                          PROCESS_QUERY_INFORMATION, FALSE, 0));
    CHECK_EQ(GetProcessId(own), GetCurrentProcessId());
    CHECK_ERROR(TerminateProcess(own, 1), ERROR_ACCESS_DENIED);
    CloseHandle(own);
    HANDLE weak = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, process.dwProcessId);
    CHECK_ERROR(DuplicateHandle(weak, event, GetCurrentProcess(), &own, 0, FALSE, DUPLICATE_SAME_ACCESS),
                ERROR_ACCESS_DENIED);
    CHECK_ERROR(DuplicateHandle(GetCurrentProcess(), event, weak, &own, 0, FALSE, DUPLICATE_SAME_ACCESS),
                ERROR_ACCESS_DENIED);
    CHECK_ERROR(DuplicateHandle(event, event, GetCurrentProcess(), &own, 0, FALSE, DUPLICATE_SAME_ACCESS),
                ERROR_INVALID_HANDLE);
    CloseHandle(weak);
    CloseHandle(event);
    end(&process);
}

TEST(modules_of_others)
{
    PROCESS_INFORMATION process;
    HMODULE modules[64];
    MODULEINFO info = {0};
    char name[MAX_PATH];
    DWORD needed = 0;
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
    begin(&process);
    CHECK(EnumProcessModulesEx(process.hProcess, modules, sizeof modules, &needed, LIST_MODULES_ALL));
    CHECK(needed >= 3 * sizeof *modules);
    CHECK(EnumProcessModulesEx(process.hProcess, modules, sizeof modules, &needed, LIST_MODULES_DEFAULT));
    CHECK(EnumProcessModules(process.hProcess, modules, sizeof *modules, &needed)); /* says how many */
    CHECK(needed > sizeof *modules);
    CHECK(GetModuleInformation(process.hProcess, modules[0], &info, sizeof info));
    CHECK(info.lpBaseOfDll == modules[0] && info.SizeOfImage > 0x1000 && info.EntryPoint);
    CHECK(GetModuleBaseNameA(process.hProcess, NULL, name, sizeof name) > 0);
    CHECK(_stricmp(name, "remote_rights.exe") == 0);
    CHECK(GetProcessImageFileNameA(process.hProcess, name, sizeof name) > 0);
    CHECK(GetProcessMemoryInfo(process.hProcess, &counters, sizeof counters));
    CHECK(counters.WorkingSetSize > 0 && counters.PeakWorkingSetSize >= counters.WorkingSetSize);
    HANDLE weak = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process.dwProcessId);
    CHECK_ERROR(EnumProcessModules(weak, modules, sizeof modules, &needed), ERROR_ACCESS_DENIED);
    CloseHandle(weak);
    CHECK_ERROR(CreateToolhelp32Snapshot(TH32CS_SNAPMODULE, 0x7ffffff0) == INVALID_HANDLE_VALUE ? 0 : 1,
                ERROR_INVALID_PARAMETER);
    end(&process);
}

/* The heaps and their blocks of another process, and one's own. */
TEST(heaps)
{
    PROCESS_INFORMATION process;
    ORACLE_CRASHES("wine has no such functions");
    void *block = HeapAlloc(GetProcessHeap(), 0, 12345);
    begin(&process);
    for (int own = 0; own < 2; own++) {
        DWORD id = own ? GetCurrentProcessId() : process.dwProcessId;
        HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPHEAPLIST, id);
        HEAPLIST32 list = {.dwSize = sizeof list}, more = {.dwSize = sizeof more};
        HEAPENTRY32 entry = {.dwSize = sizeof entry};
        SIZE_T busy = 0, count = 0;
        BOOL found = FALSE;
        CHECK(snapshot != INVALID_HANDLE_VALUE);
        CHECK(Heap32ListFirst(snapshot, &list));
        CHECK_EQ(list.th32ProcessID, id);
        CHECK_EQ(list.dwFlags, HF32_DEFAULT);
        while (Heap32ListNext(snapshot, &more))
            CHECK(more.th32HeapID != list.th32HeapID);
        CHECK_EQ(GetLastError(), ERROR_NO_MORE_FILES);
        for (BOOL good = Heap32First(&entry, id, list.th32HeapID); good; good = Heap32Next(&entry)) {
            count++;
            busy += entry.dwFlags == LF32_FIXED;
            found |= entry.dwAddress == (ULONG_PTR)block && entry.dwBlockSize == 12345;
            if (entry.th32ProcessID != id || entry.th32HeapID != list.th32HeapID)
                break;
        }
        CHECK_EQ(GetLastError(), ERROR_NO_MORE_FILES);
        CHECK(count > 5 && busy > 3);
        if (own) {
            CHECK(found);
            CHECK_EQ(list.th32HeapID, (ULONG_PTR)GetProcessHeap());
        }
        CHECK_ERROR(Heap32First(&entry, id, 0x1230), ERROR_NO_MORE_FILES);
        list.dwSize = 4;
        CHECK_ERROR(Heap32ListFirst(snapshot, &list), ERROR_INSUFFICIENT_BUFFER);
        CloseHandle(snapshot);
    }
    HeapFree(GetProcessHeap(), 0, block);
    end(&process);
}

/* Its threads by their ids: they are what it says they are, and other than everybody else's. */
TEST(threads_of_others)
{
    PROCESS_INFORMATION process;
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    BOOL found = FALSE;
    DWORD code = 0;
    ORACLE_DIFFERS("wine lets go of a thread before its process");
    begin(&process);
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    for (BOOL more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry)) {
        if (entry.th32ThreadID == told->thread) {
            CHECK_EQ(entry.th32OwnerProcessID, process.dwProcessId);
            found = TRUE;
        }
        CHECK(entry.th32ThreadID != process.dwProcessId || entry.th32OwnerProcessID != process.dwProcessId);
    }
    CHECK(found);
    CloseHandle(snapshot);
    HANDLE thread = OpenThread(THREAD_ALL_ACCESS, FALSE, told->thread), again;
    CHECK(thread != NULL);
    CHECK_EQ(GetThreadId(thread), told->thread);
    CHECK_EQ(GetProcessIdOfThread(thread), process.dwProcessId);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, STILL_ACTIVE);
    CHECK(SetThreadPriority(thread, THREAD_PRIORITY_BELOW_NORMAL));
    CHECK_EQ(GetThreadPriority(thread), THREAD_PRIORITY_BELOW_NORMAL);
    again = OpenThread(THREAD_QUERY_LIMITED_INFORMATION, FALSE, told->thread);
    CHECK_EQ(GetThreadPriority(again), THREAD_PRIORITY_BELOW_NORMAL);
    CloseHandle(again);
    CHECK_EQ(WaitForSingleObject(thread, 0), WAIT_TIMEOUT);
    SetEvent(done);
    CHECK_EQ(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 12);
    CloseHandle(thread);
    end(&process);
}

/* cmd.exe of the other machine, which waits at its first instruction. */
TEST(the_other_machine)
{
    char folder[MAX_PATH], line[MAX_PATH + 64];
    PROCESS_INFORMATION process;
    BOOL wow = 99;
    SIZE_T n;
    char data[64] = {0};
    GetWindowsDirectoryA(folder, sizeof folder);
    snprintf(line, sizeof line, "%s\\%s\\cmd.exe /c exit 5", folder,
             sizeof(void *) == 8 ? "syswow64" : "sysnative");
    if (!run(line, CREATE_SUSPENDED, &process)) {
        SKIP("there is no such program");
    }
    CHECK(IsWow64Process(process.hProcess, &wow));
    CHECK_EQ(wow, sizeof(void *) == 8);
    char *page = VirtualAllocEx(process.hProcess, NULL, 0x2000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    CHECK(page != NULL);
    CHECK(WriteProcessMemory(process.hProcess, page, "there and back", 15, &n));
    CHECK(ReadProcessMemory(process.hProcess, page, data, 15, &n));
    CHECK(strcmp(data, "there and back") == 0);
    MEMORY_BASIC_INFORMATION memory;
    CHECK_EQ(VirtualQueryEx(process.hProcess, page, &memory, sizeof memory), sizeof memory);
    CHECK_EQ(memory.RegionSize, 0x2000);
    CHECK(VirtualFreeEx(process.hProcess, page, 0, MEM_RELEASE));
    HANDLE job = CreateJobObjectA(NULL, NULL);
    BOOL inside = FALSE;
    CHECK(AssignProcessToJobObject(job, process.hProcess));
    CHECK(IsProcessInJob(process.hProcess, job, &inside) && inside);
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL), theirs = NULL, back = NULL;
    CHECK(DuplicateHandle(GetCurrentProcess(), event, process.hProcess, &theirs, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(DuplicateHandle(process.hProcess, theirs, GetCurrentProcess(), &back, 0, FALSE,
                          DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    CHECK(SetEvent(back));
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CloseHandle(back);
    CloseHandle(event);
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPMODULE | TH32CS_SNAPMODULE32, process.dwProcessId);
    if (sizeof(void *) == 4)
        CHECK(snapshot == INVALID_HANDLE_VALUE && GetLastError() == ERROR_PARTIAL_COPY);
    if (snapshot != INVALID_HANDLE_VALUE)
        CloseHandle(snapshot);
    CHECK_EQ(ResumeThread(process.hThread), 1);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 20000), WAIT_OBJECT_0);
    DWORD code = 0;
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CHECK_EQ(code, 5);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(job);
}

/* TerminateThread of another process's only thread ends it; so does the exit code that was given. */
TEST(the_last_thread_ends)
{
    PROCESS_INFORMATION process;
    DWORD code = 0;
    begin(&process);
    CHECK(TerminateThread(process.hThread, 77));
    CHECK_EQ(WaitForSingleObject(process.hThread, 10000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(process.hThread, &code));
    CHECK_EQ(code, 77);
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CHECK_EQ(code, 77);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(ready);
    CloseHandle(done);
    UnmapViewOfFile(told);
}
