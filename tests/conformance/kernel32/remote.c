/*
 * Working on another process: its memory, its threads, children in its name.
 */
#include "../harness.h"
#define PSAPI_VERSION 2
#include <psapi.h>
#include <tlhelp32.h>
#include <winternl.h>

static volatile LONG answer = 41;

static DWORD CALLBACK add_one(void *argument)
{
    return (DWORD)InterlockedIncrement(&answer) + (DWORD)(ULONG_PTR)argument;
}

/* Waits for the event that the parent names, or for a minute. */
CHILD(waits)
{
    HANDLE event = argc > 0 ? OpenEventA(SYNCHRONIZE, FALSE, argv[0]) : NULL;
    return WaitForSingleObject(event, 60000) == WAIT_OBJECT_0 ? (int)answer : 99;
}

/* Reads where the program of the process with that id lies, in its PEB. */
CHILD(reads_peb)
{
    PROCESS_BASIC_INFORMATION information;
    void *base = NULL;
    SIZE_T n;
    HANDLE process = argc > 1 ? OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE,
                                            strtoul(argv[0], NULL, 10))
                              : NULL;
    if (!process || NtQueryInformationProcess(process, ProcessBasicInformation, &information,
                                              sizeof information, NULL) != 0)
        return 1;
    if (!ReadProcessMemory(process, &information.PebBaseAddress->Reserved3[1], &base, sizeof base, &n))
        return 2;
    return (ULONG_PTR)base == _strtoui64(argv[1], NULL, 16) ? 7 : 3;
}

/* Writes its parent's id to a file. */
CHILD(parent_id)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    PROCESSENTRY32 entry = {.dwSize = sizeof entry};
    (void)argc, (void)argv;
    for (BOOL more = Process32First(snapshot, &entry); more; more = Process32Next(snapshot, &entry))
        if (entry.th32ProcessID == GetCurrentProcessId()) {
            DWORD n;
            WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), &entry.th32ParentProcessID, 4, &n, NULL);
            return n == 4 ? 7 : 8;
        }
    return 9;
}

static void command_line(char *line, const char *child, const char *argument)
{
    char path[MAX_PATH];
    GetModuleFileNameA(NULL, path, sizeof path);
    sprintf(line, "\"%s\" --child %s %s", path, child, argument);
}

static HANDLE start_waiting(PROCESS_INFORMATION *ret, DWORD flags)
{
    static int number;
    char name[64], line[MAX_PATH * 2];
    STARTUPINFOA info = {.cb = sizeof info};
    sprintf(name, "remote-%lu-%d", GetCurrentProcessId(), number++);
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, name);
    command_line(line, "waits", name);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, flags, NULL, NULL, &info, ret));
    return event;
}

static DWORD finish(PROCESS_INFORMATION *process, HANDLE event)
{
    DWORD code = 0;
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(process->hProcess, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process->hProcess, &code));
    CloseHandle(process->hProcess);
    CloseHandle(process->hThread);
    CloseHandle(event);
    return code;
}

TEST(memory)
{
    PROCESS_INFORMATION process;
    HANDLE event = start_waiting(&process, 0);
    MEMORY_BASIC_INFORMATION information;
    char buffer[0x3000];
    SIZE_T n;
    DWORD old;
    char *theirs = VirtualAllocEx(process.hProcess, NULL, 0x3000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    CHECK(theirs != NULL);
    CHECK(WriteProcessMemory(process.hProcess, theirs + 10, "across", 7, &n));
    CHECK_EQ(n, 7);
    memset(buffer, 1, sizeof buffer);
    CHECK(ReadProcessMemory(process.hProcess, theirs, buffer, sizeof buffer, &n));
    CHECK_EQ(n, sizeof buffer);
    CHECK(memcmp(buffer + 10, "across", 7) == 0);
    CHECK_EQ(buffer[0x2fff], 0);
    CHECK_EQ(VirtualQueryEx(process.hProcess, theirs + 0x1000, &information, sizeof information),
             sizeof information);
    CHECK(information.AllocationBase == theirs);
    CHECK_EQ(information.RegionSize, 0x2000);
    CHECK_EQ(information.State, MEM_COMMIT);
    CHECK_EQ(information.Protect, PAGE_READWRITE);
    CHECK(VirtualProtectEx(process.hProcess, theirs, 0x1000, PAGE_READONLY, &old));
    CHECK_EQ(old, PAGE_READWRITE);
    CHECK(VirtualProtectEx(process.hProcess, theirs + 0x2000, 0x1000, PAGE_NOACCESS, &old));
    if (!harness_is_wine()) /* which does not look at the protection */
        CHECK_ERROR(ReadProcessMemory(process.hProcess, theirs, buffer, sizeof buffer, &n),
                    ERROR_PARTIAL_COPY);
    CHECK(VirtualFreeEx(process.hProcess, theirs, 0, MEM_RELEASE));
    CHECK_EQ(VirtualQueryEx(process.hProcess, theirs, &information, sizeof information), sizeof information);
    CHECK_EQ(information.State, MEM_FREE);
    if (!harness_is_wine())
        CHECK(!WriteProcessMemory(process.hProcess, theirs, "x", 1, &n));
    CHECK_EQ(finish(&process, event), 41);
}

/* Both processes have the program at the same place: a function's address holds in the other one. */
TEST(thread)
{
    PROCESS_INFORMATION process;
    HANDLE event = start_waiting(&process, 0);
    DWORD id, code, here, there;
    SIZE_T n;
    HANDLE base = GetModuleHandleA(NULL);
    here = *(DWORD *)base;
    if (!ReadProcessMemory(process.hProcess, base, &there, sizeof there, &n) || here != there) {
        finish(&process, event);
        SKIP("the image is elsewhere");
    }
    HANDLE thread = CreateRemoteThread(process.hProcess, NULL, 0, add_one, (void *)100, CREATE_SUSPENDED,
                                       &id);
    CHECK(thread != NULL);
    CHECK_EQ(WaitForSingleObject(thread, 30), WAIT_TIMEOUT);
    CHECK_EQ(GetProcessIdOfThread(thread), process.dwProcessId);
    CHECK_EQ(GetThreadId(thread), id);
    CHECK_EQ(ResumeThread(thread), 1);
    CHECK_EQ(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 142);
    CloseHandle(thread);
    CHECK_EQ(finish(&process, event), 42);
    CHECK_EQ(answer, 41);
}

/* What one cannot do to a process that has ended, although there is a handle. */
TEST(ended)
{
    PROCESS_INFORMATION process;
    HANDLE event = start_waiting(&process, 0), copy;
    char buffer[8];
    DWORD old, code;
    SIZE_T n;
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 20000), WAIT_OBJECT_0);
    CHECK_ERROR(CreateRemoteThread(process.hProcess, NULL, 0, add_one, NULL, 0, NULL), ERROR_ACCESS_DENIED);
    CHECK_ERROR(VirtualAllocEx(process.hProcess, NULL, 1, MEM_COMMIT, PAGE_READWRITE), ERROR_ACCESS_DENIED);
    CHECK_ERROR(VirtualProtectEx(process.hProcess, buffer, 1, PAGE_READWRITE, &old), ERROR_ACCESS_DENIED);
    CHECK(!ReadProcessMemory(process.hProcess, GetModuleHandleA(NULL), buffer, 1, &n));
    CHECK(!WriteProcessMemory(process.hProcess, GetModuleHandleA(NULL), buffer, 1, &n));
    CHECK_EQ(SuspendThread(process.hThread), (DWORD)-1);
    CHECK_EQ(GetLastError(), ERROR_ACCESS_DENIED);
    if (!harness_is_wine()) { /* which terminates the dead, and knows no handle of theirs */
        CHECK_ERROR(TerminateProcess(process.hProcess, 5), ERROR_ACCESS_DENIED);
        CHECK_ERROR(DuplicateHandle(process.hProcess, event, GetCurrentProcess(), &copy, 0, FALSE,
                                    DUPLICATE_SAME_ACCESS),
                    ERROR_ACCESS_DENIED);
        CHECK_ERROR(DuplicateHandle(GetCurrentProcess(), event, process.hProcess, &copy, 0, FALSE,
                                    DUPLICATE_SAME_ACCESS),
                    ERROR_ACCESS_DENIED);
    }
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CHECK_EQ(code, 41);
    CHECK(GetExitCodeThread(process.hThread, &code));
    CHECK_EQ(code, 41);
    CHECK_EQ(finish(&process, event), 41);
}

TEST(suspended)
{
    PROCESS_INFORMATION process;
    HANDLE event = start_waiting(&process, CREATE_SUSPENDED);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 50), WAIT_TIMEOUT);
    void *page = VirtualAllocEx(process.hProcess, NULL, 0x1000, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    CHECK(page != NULL);
    CHECK_EQ(ResumeThread(process.hThread), 1);
    CHECK_EQ(finish(&process, event), 41);
    event = start_waiting(&process, 0);
    CHECK_EQ(SuspendThread(process.hThread), 0);
    CHECK_EQ(SuspendThread(process.hThread), 1);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 50), WAIT_TIMEOUT);
    CHECK_EQ(ResumeThread(process.hThread), 2);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 30), WAIT_TIMEOUT);
    CHECK_EQ(ResumeThread(process.hThread), 1);
    CHECK_EQ(finish(&process, event), 41);
}

TEST(parent_process)
{
    PROCESS_INFORMATION parent, child;
    HANDLE event = start_waiting(&parent, 0), in, out, theirs = NULL;
    char line[MAX_PATH * 2], room[256];
    SIZE_T size = sizeof room;
    DWORD n, id = 0, code;
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    CHECK(CreatePipe(&in, &out, &inherit, 0));
    CHECK(
        DuplicateHandle(GetCurrentProcess(), out, parent.hProcess, &theirs, 0, TRUE, DUPLICATE_SAME_ACCESS));
    STARTUPINFOEXA info = {.StartupInfo = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES}};
    info.StartupInfo.hStdOutput = theirs;
    info.lpAttributeList = (void *)room;
    CHECK(InitializeProcThreadAttributeList(info.lpAttributeList, 1, 0, &size));
    CHECK(UpdateProcThreadAttribute(info.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_PARENT_PROCESS,
                                    &parent.hProcess, sizeof parent.hProcess, NULL, NULL));
    command_line(line, "parent_id", "");
    CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                         &info.StartupInfo, &child));
    CloseHandle(out);
    CHECK(ReadFile(in, &id, sizeof id, &n, NULL));
    CHECK_EQ(id, parent.dwProcessId);
    CHECK_EQ(WaitForSingleObject(child.hProcess, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(child.hProcess, &code));
    CHECK_EQ(code, 7);
    CloseHandle(child.hProcess);
    CloseHandle(child.hThread);
    CloseHandle(in);
    DeleteProcThreadAttributeList(info.lpAttributeList);
    CHECK_EQ(finish(&parent, event), 41);
}

/* Also of a process that is no child of the one that asks. */
TEST(peb_of_another)
{
    char line[MAX_PATH * 2], arguments[64];
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    DWORD code = 0;
    sprintf(arguments, "%lu %llx", GetCurrentProcessId(),
            (unsigned long long)(ULONG_PTR)GetModuleHandleA(NULL));
    command_line(line, "reads_peb", arguments);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CHECK_EQ(code, 7);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
}

TEST(modules)
{
    PROCESS_INFORMATION process;
    HANDLE event = start_waiting(&process, 0);
    HMODULE modules[64];
    MODULEENTRY32 entry = {.dwSize = sizeof entry};
    char name[MAX_PATH], own[MAX_PATH];
    DWORD needed = 0;
    Sleep(300); /* for its modules to be loaded */
    CHECK(EnumProcessModules(process.hProcess, modules, sizeof modules, &needed));
    CHECK(needed / sizeof *modules >= 3);
    CHECK(GetModuleFileNameExA(process.hProcess, modules[0], name, sizeof name) > 0);
    GetModuleFileNameA(NULL, own, sizeof own);
    CHECK(lstrcmpiA(name, own) == 0);
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPMODULE, process.dwProcessId);
    CHECK(snapshot != INVALID_HANDLE_VALUE);
    CHECK(Module32First(snapshot, &entry));
    CHECK_EQ(entry.th32ProcessID, process.dwProcessId);
    CHECK(entry.hModule == modules[0]);
    CHECK(lstrcmpiA(entry.szExePath, own) == 0);
    CHECK(Module32Next(snapshot, &entry));
    CHECK(lstrcmpiA(entry.szModule, "ntdll.dll") == 0);
    CloseHandle(snapshot);
    CHECK_EQ(finish(&process, event), 41);
}
