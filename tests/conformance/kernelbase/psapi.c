/*
 * The process status functions, as kernel32 and kernelbase export them: processes, modules, drivers, memory.
 */
#include "../harness.h"
#include <psapi.h>
#include <tlhelp32.h>

static HANDLE self(void)
{
    return GetCurrentProcess();
}

TEST(processes)
{
    DWORD ids[1024], bytes = 0, found = 0;

    CHECK(K32EnumProcesses(ids, sizeof ids, &bytes));
    CHECK(bytes >= 4 && bytes % 4 == 0);
    for (DWORD i = 0; i < bytes / 4; i++)
        found += ids[i] == GetCurrentProcessId();
    CHECK_EQ(found, 1);
    bytes = 0;
    CHECK(K32EnumProcesses(ids, 4, &bytes));
    CHECK_EQ(bytes, 4);
}

TEST(modules)
{
    HMODULE modules[256], kernel32 = GetModuleHandleA("kernel32.dll");
    DWORD bytes = 0, found = 0, all = 0;
    MODULEINFO info = {0};
    WCHAR wide[MAX_PATH], full[MAX_PATH];
    char ansi[MAX_PATH];

    CHECK(K32EnumProcessModules(self(), modules, sizeof modules, &bytes));
    CHECK_EQ((ULONG_PTR)modules[0], (ULONG_PTR)GetModuleHandleA(NULL)); /* the program first */
    for (DWORD i = 0; i < bytes / sizeof *modules; i++)
        found += modules[i] == kernel32;
    CHECK_EQ(found, 1);
    CHECK(K32EnumProcessModulesEx(self(), modules, sizeof modules, &all, LIST_MODULES_DEFAULT));
    CHECK_EQ(all, bytes);
    CHECK(K32EnumProcessModules(self(), modules, sizeof *modules, &all));
    CHECK_EQ(all, bytes); /* what is needed, though less was given */
    CHECK_ERROR(K32EnumProcessModules(NULL, modules, sizeof modules, &all), ERROR_INVALID_HANDLE);

    CHECK(K32GetModuleInformation(self(), kernel32, &info, sizeof info));
    CHECK_EQ((ULONG_PTR)info.lpBaseOfDll, (ULONG_PTR)kernel32);
    IMAGE_NT_HEADERS *headers = (void *)((char *)kernel32 + ((IMAGE_DOS_HEADER *)kernel32)->e_lfanew);
    CHECK_EQ(info.SizeOfImage, headers->OptionalHeader.SizeOfImage);
    CHECK_ERROR(K32GetModuleInformation(self(), kernel32, &info, 4), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(K32GetModuleInformation(self(), (HMODULE)(ULONG_PTR)0x12340000, &info, sizeof info),
                ERROR_INVALID_HANDLE);
    CHECK_EQ(K32GetModuleBaseNameW(self(), kernel32, wide, MAX_PATH), 12);
    CHECK_EQ(lstrcmpiW(wide, L"kernel32.dll"), 0);
    CHECK_EQ(K32GetModuleBaseNameA(self(), kernel32, ansi, MAX_PATH), 12);
    CHECK_EQ(lstrcmpiA(ansi, "kernel32.dll"), 0);
    CHECK(GetModuleFileNameW(kernel32, full, MAX_PATH));
    CHECK_EQ(K32GetModuleFileNameExW(self(), kernel32, wide, MAX_PATH), lstrlenW(full));
    CHECK_EQ(lstrcmpiW(wide, full), 0);
    CHECK_EQ(K32GetModuleFileNameExA(self(), NULL, ansi, MAX_PATH), strlen(ansi));
    CHECK(strlen(ansi) > 4 && !lstrcmpiA(ansi + strlen(ansi) - 4, ".exe"));
    CHECK_EQ(K32GetModuleFileNameExW(self(), kernel32, wide, 5), 5); /* cut and terminated */
    CHECK_EQ(wide[4], 0);
    CHECK_ERROR(K32GetModuleBaseNameW(self(), (HMODULE)(ULONG_PTR)0x12340000, wide, MAX_PATH),
                ERROR_INVALID_HANDLE);
}

TEST(image_and_mapped_names)
{
    WCHAR wide[MAX_PATH];
    char ansi[MAX_PATH];
    DWORD n = K32GetProcessImageFileNameW(self(), wide, MAX_PATH);

    CHECK_EQ(n, lstrlenW(wide));
    CHECK_EQ(wcsncmp(wide, L"\\Device\\", 8), 0);
    CHECK_EQ(K32GetProcessImageFileNameA(self(), ansi, MAX_PATH), n);
    CHECK_EQ(strncmp(ansi, "\\Device\\", 8), 0);
    CHECK_ERROR(K32GetProcessImageFileNameW(self(), wide, 3), ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(K32GetProcessImageFileNameW(NULL, wide, MAX_PATH), ERROR_INVALID_HANDLE);
    n = K32GetMappedFileNameW(self(), GetModuleHandleA("ntdll.dll"), wide, MAX_PATH);
    CHECK_EQ(n, lstrlenW(wide));
    CHECK(n > 9 && !lstrcmpiW(wide + n - 9, L"ntdll.dll"));
    n = K32GetMappedFileNameA(self(), GetModuleHandleA("ntdll.dll"), ansi, MAX_PATH);
    CHECK(n > 9 && !lstrcmpiA(ansi + n - 9, "ntdll.dll"));
    CHECK_EQ(K32GetMappedFileNameW(self(), wide, wide, MAX_PATH), 0); /* the stack is no file's */
}

TEST(memory)
{
    ORACLE_DIFFERS("no PrivateUsage, no list of pages");
    PROCESS_MEMORY_COUNTERS_EX counters = {.cb = sizeof counters};
    PERFORMANCE_INFORMATION performance = {.cb = sizeof performance};
    PSAPI_WORKING_SET_EX_INFORMATION pages[2] = {0};
    ULONG_PTR list[2] = {0};
    char *block = VirtualAlloc(NULL, 8192, MEM_COMMIT, PAGE_READWRITE);

    block[0] = 'x';
    CHECK(K32GetProcessMemoryInfo(self(), (PROCESS_MEMORY_COUNTERS *)&counters, sizeof counters));
    CHECK_EQ(counters.cb, sizeof counters);
    CHECK(counters.WorkingSetSize > 4096);
    CHECK(counters.PeakWorkingSetSize >= counters.WorkingSetSize);
    CHECK(counters.PrivateUsage > 4096);
    CHECK_ERROR(K32GetProcessMemoryInfo(self(), (PROCESS_MEMORY_COUNTERS *)&counters, 4),
                ERROR_INSUFFICIENT_BUFFER);
    CHECK_ERROR(K32GetProcessMemoryInfo(NULL, (PROCESS_MEMORY_COUNTERS *)&counters, sizeof counters),
                ERROR_INVALID_HANDLE);
    CHECK(K32GetPerformanceInfo(&performance, sizeof performance));
    CHECK_EQ(performance.PageSize, 4096);
    CHECK(performance.PhysicalTotal > performance.PhysicalAvailable);
    CHECK(performance.ProcessCount >= 1);
    CHECK_ERROR(K32GetPerformanceInfo(&performance, 4), ERROR_BAD_LENGTH);
    pages[0].VirtualAddress = block;
    pages[1].VirtualAddress = (void *)4096;
    CHECK(K32QueryWorkingSetEx(self(), pages, sizeof pages));
    CHECK_EQ(pages[0].VirtualAttributes.Valid, 1);
    CHECK_EQ(pages[0].VirtualAttributes.Win32Protection, PAGE_READWRITE);
    CHECK_EQ(pages[1].VirtualAttributes.Valid, 0);
    CHECK_ERROR(K32QueryWorkingSetEx(self(), pages, 1), ERROR_BAD_LENGTH);
    CHECK_ERROR(K32QueryWorkingSet(self(), list, sizeof list), ERROR_BAD_LENGTH);
    CHECK(list[0] > 10); /* how many there are */
    CHECK(VirtualFree(block, 0, MEM_RELEASE));
}

TEST(drivers)
{
    void *bases[64];
    DWORD bytes = 0;
    char ansi[MAX_PATH];
    WCHAR wide[MAX_PATH];

    CHECK(K32EnumDeviceDrivers(bases, sizeof bases, &bytes));
    CHECK_EQ(bytes % sizeof(void *), 0);
    CHECK_EQ(K32GetDeviceDriverBaseNameA((void *)4, ansi, MAX_PATH), 0);
    CHECK_EQ(K32GetDeviceDriverBaseNameW((void *)4, wide, MAX_PATH), 0);
    CHECK_EQ(K32GetDeviceDriverFileNameA((void *)4, ansi, MAX_PATH), 0);
    CHECK_EQ(K32GetDeviceDriverFileNameW((void *)4, wide, MAX_PATH), 0);
}

TEST(snapshots)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS | TH32CS_SNAPMODULE, GetCurrentProcessId());
    PROCESSENTRY32W process = {.dwSize = sizeof process};
    MODULEENTRY32W module = {.dwSize = sizeof module};
    int mine = 0, kernel32 = 0;
    ULONG value = 0x12345678, copy = 0;
    SIZE_T read = 0;

    CHECK(snapshot != INVALID_HANDLE_VALUE);
    for (BOOL more = Process32FirstW(snapshot, &process); more; more = Process32NextW(snapshot, &process))
        mine += process.th32ProcessID == GetCurrentProcessId();
    CHECK_EQ(GetLastError(), ERROR_NO_MORE_FILES);
    CHECK_EQ(mine, 1);
    for (BOOL more = Module32FirstW(snapshot, &module); more; more = Module32NextW(snapshot, &module))
        kernel32 += !lstrcmpiW(module.szModule, L"kernel32.dll");
    CHECK_EQ(GetLastError(), ERROR_NO_MORE_FILES);
    CHECK_EQ(kernel32, 1);
    module.dwSize = 4;
    CHECK_ERROR(Module32FirstW(snapshot, &module), ERROR_INSUFFICIENT_BUFFER);
    process.dwSize = 4;
    CHECK_ERROR(Process32NextW(snapshot, &process), ERROR_INSUFFICIENT_BUFFER);
    CloseHandle(snapshot);
    CHECK(Toolhelp32ReadProcessMemory(GetCurrentProcessId(), &value, &copy, 4, &read));
    CHECK_EQ(copy, 0x12345678);
    CHECK_EQ(read, 4);
    CHECK(!Toolhelp32ReadProcessMemory(GetCurrentProcessId(), (void *)16, &copy, 4, &read));
}
