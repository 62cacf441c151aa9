/*
 * Snapshots of processes, threads and modules.
 */
#include "harness.h"
#include <tlhelp32.h>

TEST(processes)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    PROCESSENTRY32 entry = {.dwSize = sizeof entry};
    BOOL found = FALSE;
    CHECK(snapshot != INVALID_HANDLE_VALUE);
    for (BOOL more = Process32First(snapshot, &entry); more; more = Process32Next(snapshot, &entry)) {
        if (entry.th32ProcessID == GetCurrentProcessId()) {
            found = TRUE;
            CHECK(_stricmp(entry.szExeFile, "toolhelp.exe") == 0);
            CHECK(entry.cntThreads >= 1);
        }
    }
    CHECK_EQ(GetLastError(), ERROR_NO_MORE_FILES);
    CHECK(found);
    PROCESSENTRY32W wide = {.dwSize = sizeof wide};
    CHECK(Process32FirstW(snapshot, &wide));
    CHECK(CloseHandle(snapshot));
    CHECK_ERROR(Process32FirstW(snapshot, &wide), ERROR_INVALID_HANDLE);
}

CHILD(wait)
{
    (void)argc, (void)argv;
    Sleep(20000);
    return 0;
}

/* A child by its full name, with its parent, and gone when it has ended. */
TEST(child)
{
    static const char name[] = "a program with quite a long name.exe";
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    PROCESSENTRY32 entry = {.dwSize = sizeof entry};
    char self[MAX_PATH], path[MAX_PATH], line[MAX_PATH + 32];
    GetModuleFileNameA(NULL, self, sizeof self);
    GetTempPathA(sizeof path, path);
    strcat(path, name);
    CHECK(CopyFileA(self, path, FALSE));
    snprintf(line, sizeof line, "\"%s\" --child wait", path);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process));
    for (int round = 0; round < 2; round++) {
        int found = 0;
        for (int attempt = 0; attempt < 100 && !found && !round; attempt++) { /* it has to get that far */
            HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
            for (BOOL more = Process32First(snapshot, &entry); more; more = Process32Next(snapshot, &entry))
                if (entry.th32ProcessID == process.dwProcessId && !_stricmp(entry.szExeFile, name)) {
                    found = 1;
                    CHECK_EQ(entry.th32ParentProcessID, GetCurrentProcessId());
                    CHECK(entry.cntThreads >= 1);
                }
            CloseHandle(snapshot);
            Sleep(20);
        }
        if (!round) {
            CHECK(found);
            TerminateProcess(process.hProcess, 0);
            CHECK_EQ(WaitForSingleObject(process.hProcess, 10000), WAIT_OBJECT_0);
            continue;
        }
        HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
        for (BOOL more = Process32First(snapshot, &entry); more; more = Process32Next(snapshot, &entry))
            found |= entry.th32ProcessID == process.dwProcessId;
        CHECK(!found);
        CloseHandle(snapshot);
    }
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    DeleteFileA(path);
}

TEST(threads)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    BOOL found = FALSE;
    CHECK(snapshot != INVALID_HANDLE_VALUE);
    for (BOOL more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry))
        found |= entry.th32ThreadID == GetCurrentThreadId() &&
                 entry.th32OwnerProcessID == GetCurrentProcessId();
    CHECK_EQ(GetLastError(), ERROR_NO_MORE_FILES);
    CHECK(found);
    CloseHandle(snapshot);
}

TEST(modules)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPMODULE, GetCurrentProcessId());
    MODULEENTRY32 entry = {.dwSize = sizeof entry};
    BOOL kernel32 = FALSE;
    CHECK(snapshot != INVALID_HANDLE_VALUE);
    CHECK(Module32First(snapshot, &entry));
    CHECK(entry.hModule == GetModuleHandleA(NULL)); /* the program comes first */
    CHECK(_stricmp(entry.szModule, "toolhelp.exe") == 0);
    while (Module32Next(snapshot, &entry))
        if (_stricmp(entry.szModule, "kernel32.dll") == 0)
            kernel32 = entry.hModule == GetModuleHandleA("kernel32") && entry.modBaseSize > 0x1000;
    CHECK_EQ(GetLastError(), ERROR_NO_MORE_FILES);
    CHECK(kernel32);
    CloseHandle(snapshot);
}
