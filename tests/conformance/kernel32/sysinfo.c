/* System information: processors, memory, version, computer name. */
#include "../harness.h"

TEST(system_info)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    CHECK_EQ(info.dwPageSize, 4096u);
    CHECK_EQ(info.dwAllocationGranularity, 65536u);
    CHECK(info.dwNumberOfProcessors >= 1);
    CHECK_EQ((ULONG_PTR)info.lpMinimumApplicationAddress, 0x10000u);
    CHECK_EQ(GetActiveProcessorCount(ALL_PROCESSOR_GROUPS), info.dwNumberOfProcessors);
    CHECK_EQ(GetActiveProcessorGroupCount(), 1);
}

TEST(memory)
{
    MEMORYSTATUSEX status = {.dwLength = sizeof status};
    CHECK(GlobalMemoryStatusEx(&status));
    CHECK(status.ullTotalPhys > 0x1000000);
    CHECK(status.ullAvailPhys <= status.ullTotalPhys);
    CHECK(status.dwMemoryLoad <= 100);
    CHECK(status.ullAvailVirtual <= status.ullTotalVirtual);
    status.dwLength = 1;
    CHECK_ERROR(GlobalMemoryStatusEx(&status), ERROR_INVALID_PARAMETER);
}

TEST(logical_processors)
{
    DWORD length = 0, cores = 0;
    CHECK_ERROR(GetLogicalProcessorInformation(NULL, &length), ERROR_INSUFFICIENT_BUFFER);
    SYSTEM_LOGICAL_PROCESSOR_INFORMATION *info = malloc(length);
    CHECK(GetLogicalProcessorInformation(info, &length));
    for (DWORD i = 0; i < length / sizeof *info; i++)
        cores += info[i].Relationship == RelationProcessorCore;
    CHECK(cores >= 1);
    free(info);
    length = 0;
    CHECK_ERROR(GetLogicalProcessorInformationEx(RelationAll, NULL, &length), ERROR_INSUFFICIENT_BUFFER);
    char *buffer = malloc(length);
    CHECK(GetLogicalProcessorInformationEx(RelationAll, (void *)buffer, &length));
    int groups = 0;
    for (DWORD at = 0; at < length;) {
        SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX *entry = (void *)(buffer + at);
        CHECK(entry->Size > 0 && entry->Size <= length - at);
        if (!entry->Size)
            break;
        if (entry->Relationship == RelationGroup) {
            groups++;
            CHECK_EQ(entry->Group.ActiveGroupCount, 1);
            CHECK_EQ(entry->Group.GroupInfo[0].ActiveProcessorCount, GetActiveProcessorCount(0));
        }
        at += entry->Size;
    }
    CHECK_EQ(groups, 1);
    free(buffer);
}

TEST(version)
{
    OSVERSIONINFOEXW info = {.dwOSVersionInfoSize = sizeof info};
    ULONGLONG condition = VerSetConditionMask(0, VER_MAJORVERSION, VER_GREATER_EQUAL);
    CHECK(GetVersionExW((OSVERSIONINFOW *)&info));
    CHECK(info.dwMajorVersion >= 6);
    CHECK_EQ(info.dwPlatformId, (DWORD)VER_PLATFORM_WIN32_NT);
    CHECK_EQ(GetVersion() & 0xff, info.dwMajorVersion);
    OSVERSIONINFOEXW want = {.dwOSVersionInfoSize = sizeof want, .dwMajorVersion = 6};
    CHECK(VerifyVersionInfoW(&want, VER_MAJORVERSION, condition));
    want.dwMajorVersion = 99;
    CHECK_ERROR(VerifyVersionInfoW(&want, VER_MAJORVERSION, condition), ERROR_OLD_WIN_VERSION);
    info.dwOSVersionInfoSize = 3;
    if (!harness_is_wine()) /* fails there too, and sets no error */
        CHECK_ERROR(GetVersionExW((OSVERSIONINFOW *)&info), ERROR_INSUFFICIENT_BUFFER);
}

TEST(computer_name)
{
    char name[64];
    DWORD size = sizeof name;
    CHECK(GetComputerNameA(name, &size));
    CHECK_EQ(strlen(name), size);
    CHECK(size >= 1 && size <= MAX_COMPUTERNAME_LENGTH);
    size = 0;
    CHECK_ERROR(GetComputerNameA(name, &size), ERROR_BUFFER_OVERFLOW);
}

TEST(pointers)
{
    void *encoded = EncodePointer((void *)0x12345678);
    CHECK(encoded != (void *)0x12345678);
    CHECK(DecodePointer(encoded) == (void *)0x12345678);
    CHECK(IsProcessorFeaturePresent(PF_XMMI64_INSTRUCTIONS_AVAILABLE));
    CHECK(!IsProcessorFeaturePresent(1000));
}
