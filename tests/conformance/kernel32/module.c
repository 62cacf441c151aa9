/*
 * GetProcAddress, GetModuleFileName, module enumeration, the loader's lists in the PEB.
 */
#include "harness.h"
#include <psapi.h>

TEST(proc_address)
{
    HMODULE kernel = GetModuleHandleA("kernel32");
    CHECK(GetProcAddress(kernel, "GetTickCount") != NULL);
    CHECK(GetProcAddress(kernel, "GetTickCount") == GetProcAddress(kernel, "GetTickCount"));
    CHECK_ERROR(GetProcAddress(kernel, "gettickcount"), ERROR_PROC_NOT_FOUND);
    CHECK_ERROR(GetProcAddress(kernel, "NoSuchFunctionAtAll"), ERROR_PROC_NOT_FOUND);
    CHECK(GetProcAddress(kernel, (char *)0xffff) == NULL);
    CHECK(GetProcAddress((HMODULE)0x10000, "x") == NULL);
    /* forwarded to ntdll */
    CHECK(GetProcAddress(kernel, "HeapAlloc") ==
          GetProcAddress(GetModuleHandleA("ntdll"), "RtlAllocateHeap"));
    char name[] = "GetTickCount"; /* the pointer does not matter, the text does */
    CHECK(GetProcAddress(kernel, name) == GetProcAddress(kernel, "GetTickCount"));
    name[0] = 'X';
    CHECK(GetProcAddress(kernel, name) == NULL);
}

TEST(file_name)
{
    char path[MAX_PATH], small[5];
    WCHAR wide[MAX_PATH];
    DWORD length = GetModuleFileNameA(NULL, path, MAX_PATH);
    CHECK(length > 4 && length == strlen(path));
    CHECK(!lstrcmpiA(path + length - 4, ".exe"));
    CHECK(GetModuleFileNameA(GetModuleHandleA(NULL), path, MAX_PATH) == length);
    CHECK(GetModuleFileNameW(NULL, wide, MAX_PATH) == length);
    SetLastError(0);
    CHECK(GetModuleFileNameA(NULL, small, 5) == 5);
    CHECK(GetLastError() == ERROR_INSUFFICIENT_BUFFER);
    if (!harness_is_wine()) /* documented: cut and terminated */
        CHECK(small[4] == 0 && !strncmp(small, path, 4));
    CHECK(GetModuleFileNameA(NULL, path, length) == length && GetLastError() == ERROR_INSUFFICIENT_BUFFER);
    CHECK(GetModuleFileNameA(NULL, path, length + 1) == length);
    CHECK_ERROR(GetModuleFileNameA((HMODULE)0x10000, path, MAX_PATH), ERROR_MOD_NOT_FOUND);
    length = GetModuleFileNameA(GetModuleHandleA("kernel32"), path, MAX_PATH);
    CHECK(length == 32 && !lstrcmpiA(path, "C:\\windows\\system32\\kernel32.dll"));
}

TEST(enumeration)
{
    HMODULE modules[256];
    MODULEINFO information;
    char name[MAX_PATH];
    DWORD needed = 0;
    CHECK(EnumProcessModules(GetCurrentProcess(), modules, sizeof modules, &needed));
    CHECK(needed >= 3 * sizeof *modules && needed <= sizeof modules);
    CHECK(modules[0] == GetModuleHandleA(NULL));
    CHECK(modules[1] == GetModuleHandleA("ntdll"));
    CHECK(GetModuleInformation(GetCurrentProcess(), modules[1], &information, sizeof information));
    CHECK(information.lpBaseOfDll == modules[1] && information.SizeOfImage >= 0x1000);
    CHECK(GetModuleBaseNameA(GetCurrentProcess(), modules[1], name, sizeof name) == 9);
    CHECK(!lstrcmpiA(name, "ntdll.dll"));
    CHECK(GetModuleFileNameExA(GetCurrentProcess(), NULL, name, sizeof name) > 4);
    CHECK_ERROR(GetModuleInformation(GetCurrentProcess(), (HMODULE)0x10000, &information, sizeof information),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetModuleInformation(GetCurrentProcess(), modules[1], &information, 4),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK(EnumProcessModules(GetCurrentProcess(), modules, sizeof *modules, &needed));
    CHECK(needed >= 3 * sizeof *modules);
}

TEST(command_line)
{
    CHECK(GetCommandLineW() == GetCommandLineW());
    CHECK(GetCommandLineA() == GetCommandLineA());
    CHECK(lstrlenW(GetCommandLineW()) >= lstrlenA(GetCommandLineA()) / 3);
}

TEST(memory_info)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
    CHECK(GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters));
    CHECK(counters.WorkingSetSize > 0x10000);
    CHECK(counters.PeakWorkingSetSize >= counters.WorkingSetSize);
    CHECK_ERROR(GetProcessMemoryInfo(GetCurrentProcess(), &counters, 4), ERROR_INSUFFICIENT_BUFFER);
}
