/*
 * What an i386 program sees of 64-bit processes: NtWow64ReadVirtualMemory64 and its like.
 */
#include "../harness.h"
#include <nt/base.h>

#ifndef _WIN64
#define NT(name, ...)                                                                                        \
    ((NTSTATUS(NTAPI *)(__VA_ARGS__))(void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), #name))
#define QUERY    NT(NtWow64QueryInformationProcess64, HANDLE, ULONG, void *, ULONG, ULONG *)
#define READ     NT(NtWow64ReadVirtualMemory64, HANDLE, ULONGLONG, void *, ULONGLONG, ULONGLONG *)
#define WRITE    NT(NtWow64WriteVirtualMemory64, HANDLE, ULONGLONG, void *, ULONGLONG, ULONGLONG *)
#define ALLOCATE NT(NtWow64AllocateVirtualMemory64, HANDLE, ULONGLONG *, ULONGLONG, ULONGLONG *, ULONG, ULONG)

struct basic64 {
    ULONGLONG status, peb, affinity, priority, id, parent;
};

TEST(own_memory)
{
    char from[] = "some bytes", to[sizeof from] = "";
    ULONGLONG done = 99;
    CHECK_STATUS(READ(GetCurrentProcess(), (ULONG_PTR)from, to, sizeof to, &done), STATUS_SUCCESS);
    CHECK_EQ(done, sizeof to);
    CHECK_STR(to, "some bytes");
    CHECK_STATUS(WRITE(GetCurrentProcess(), (ULONG_PTR)to, (void *)"SOME", 4, NULL), STATUS_SUCCESS);
    CHECK_STR(to, "SOME bytes");
    struct basic64 basic;
    ULONG length = 0;
    CHECK_STATUS(QUERY(GetCurrentProcess(), 0, &basic, sizeof basic, &length), STATUS_SUCCESS);
    CHECK_EQ(length, sizeof basic);
    CHECK_EQ(basic.id, GetCurrentProcessId());
    CHECK(basic.peb != 0);
    CHECK(!NT_SUCCESS(QUERY(GetCurrentProcess(), 0, &basic, sizeof basic - 8, NULL)));
}

TEST(child_of_64_bits)
{
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    struct basic64 basic = {0};
    ULONGLONG base = 0, done = 0, address = 0, size = 5000;
    char header[2] = "", back[6] = "";
    CHECK(CreateProcessA("C:\\windows\\sysnative\\cmd.exe", NULL, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL,
                         NULL, &startup, &process));
    CHECK_STATUS(QUERY(process.hProcess, 0, &basic, sizeof basic, NULL), STATUS_SUCCESS);
    CHECK_EQ(basic.id, process.dwProcessId);
    for (int i = 0; i < 500 && !basic.peb; i++) { /* a new process may still be about to make it */
        Sleep(10);
        CHECK_STATUS(QUERY(process.hProcess, 0, &basic, sizeof basic, NULL), STATUS_SUCCESS);
    }
    CHECK(basic.peb != 0);
    CHECK_STATUS(READ(process.hProcess, basic.peb + 0x10, &base, sizeof base, &done), STATUS_SUCCESS);
    CHECK_EQ(done, sizeof base);
    CHECK_STATUS(READ(process.hProcess, base, header, sizeof header, NULL), STATUS_SUCCESS);
    CHECK(header[0] == 'M' && header[1] == 'Z');
    CHECK_STATUS(ALLOCATE(process.hProcess, &address, 0, &size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE),
                 STATUS_SUCCESS);
    CHECK_EQ(size, 0x2000);
    CHECK_STATUS(WRITE(process.hProcess, address + 4999, (void *)"hello", 6, &done), STATUS_SUCCESS);
    CHECK_STATUS(READ(process.hProcess, address + 4999, back, 6, &done), STATUS_SUCCESS);
    CHECK_STR(back, "hello");
    CHECK(!NT_SUCCESS(READ(process.hProcess, 0x10, back, 6, NULL)));
    TerminateProcess(process.hProcess, 0);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
}

TEST(native_system)
{
    SYSTEM_INFO native;
    struct {
        ULONG reserved, resolution, page, pages[3], granularity;
        BYTE rest[64];
    } basic;
    ULONG length = 0;
    CHECK_STATUS(NT(NtWow64GetNativeSystemInformation, ULONG, void *, ULONG, ULONG *)(0, &basic, 44, &length),
                 STATUS_SUCCESS);
    GetNativeSystemInfo(&native);
    CHECK_EQ(basic.page, native.dwPageSize);
    CHECK_EQ(basic.granularity, native.dwAllocationGranularity);
}
#else
TEST(only_for_i386)
{
    CHECK(!GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtWow64ReadVirtualMemory64"));
}
#endif
