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
