/*
 * What can be asked about processes and threads, and set: times, affinity, working sets, priority boost,
 * memory, information classes, mitigation, processor groups and NUMA nodes.
 */
#include "../harness.h"
#include <psapi.h>

/* Newer than mingw's headers for this version. */
WINBASEAPI BOOL WINAPI IsProcessCritical(HANDLE, BOOL *);
WINBASEAPI HRESULT WINAPI SetThreadDescription(HANDLE, const WCHAR *);
WINBASEAPI HRESULT WINAPI GetThreadDescription(HANDLE, WCHAR **);
WINBASEAPI void WINAPI RestoreLastError(DWORD);

static HANDLE self(void)
{
    return GetCurrentProcess();
}

TEST(counters)
{
    ORACLE_DIFFERS("cycles are not counted");
    IO_COUNTERS before = {0}, after = {0};
    ULONG64 cycles = 0, thread_cycles = 0;
    DWORD n;

    CHECK(GetProcessIoCounters(self(), &before));
    HANDLE file = CreateFileA("io", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    WriteFile(file, "1234567", 7, &n, NULL);
    CloseHandle(file);
    CHECK(GetProcessIoCounters(self(), &after));
    CHECK(after.WriteTransferCount >= before.WriteTransferCount);
    CHECK_ERROR(GetProcessIoCounters(NULL, &after), ERROR_INVALID_HANDLE);
    CHECK(QueryProcessCycleTime(self(), &cycles));
    CHECK(cycles > 0);
    CHECK(QueryThreadCycleTime(GetCurrentThread(), &thread_cycles));
    CHECK(thread_cycles > 0);
    CHECK_ERROR(QueryProcessCycleTime(NULL, &cycles), ERROR_INVALID_HANDLE);
    CHECK_ERROR(QueryThreadCycleTime(NULL, &cycles), ERROR_INVALID_HANDLE);
}

TEST(working_sets)
{
    ORACLE_DIFFERS("handles and limits are not checked");
    SIZE_T least = 0, most = 0, other = 0;
    DWORD flags = 77;

    CHECK(GetProcessWorkingSetSize(self(), &least, &most));
    CHECK(least > 0 && least <= most);
    CHECK(SetProcessWorkingSetSize(self(), least, most));
    CHECK(SetProcessWorkingSetSize(self(), (SIZE_T)-1, (SIZE_T)-1)); /* gives all pages back */
    CHECK(GetProcessWorkingSetSizeEx(self(), &least, &other, &flags));
    CHECK_EQ(flags & ~0xfu, 0);
    CHECK(SetProcessWorkingSetSizeEx(self(), least, other, 0));
    CHECK_ERROR(GetProcessWorkingSetSize(NULL, &least, &most), ERROR_INVALID_HANDLE);
    CHECK_ERROR(SetProcessWorkingSetSize(NULL, least, most), ERROR_INVALID_HANDLE);
    CHECK_ERROR(SetProcessWorkingSetSize(self(), most, 4096), ERROR_INVALID_PARAMETER);
    CHECK(K32EmptyWorkingSet(self()));
    CHECK_ERROR(K32EmptyWorkingSet(NULL), ERROR_INVALID_HANDLE);
}

TEST(affinity_of_processes)
{
    DWORD_PTR process = 0, system_mask = 0;

    CHECK(GetProcessAffinityMask(self(), &process, &system_mask));
    CHECK(process != 0);
    CHECK_EQ(process & ~system_mask, 0);
    CHECK(SetProcessAffinityMask(self(), process));
    CHECK_ERROR(SetProcessAffinityMask(self(), 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(SetProcessAffinityMask(NULL, process), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetProcessAffinityMask(NULL, &process, &system_mask), ERROR_INVALID_HANDLE);
}

TEST(affinity)
{
    ORACLE_CRASHES("groups and ideal processors are missing");
    DWORD_PTR process = 0, system_mask = 0;
    USHORT groups[4] = {77}, count = 4;
    GROUP_AFFINITY thread = {0}, old = {0};
    PROCESSOR_NUMBER number = {7, 7, 7}, previous;
    DWORD flags = 77;

    CHECK(GetProcessAffinityMask(self(), &process, &system_mask));
    CHECK(GetProcessGroupAffinity(self(), &count, groups));
    CHECK_EQ(count, 1);
    CHECK_EQ(groups[0], 0);
    count = 0;
    CHECK_ERROR(GetProcessGroupAffinity(self(), &count, groups), ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(count, 1);
    CHECK(GetThreadGroupAffinity(GetCurrentThread(), &thread));
    CHECK_EQ(thread.Group, 0);
    CHECK_EQ(thread.Mask, process);
    CHECK(SetThreadGroupAffinity(GetCurrentThread(), &thread, &old));
    CHECK_EQ(old.Mask, process);
    thread.Group = 99;
    CHECK_ERROR(SetThreadGroupAffinity(GetCurrentThread(), &thread, NULL), ERROR_INVALID_PARAMETER);
    CHECK(GetThreadIdealProcessorEx(GetCurrentThread(), &number));
    CHECK_EQ(number.Group, 0);
    CHECK(number.Number < 64);
    CHECK(SetThreadIdealProcessorEx(GetCurrentThread(), &number, &previous));
    CHECK_EQ(previous.Number, number.Number);
    CHECK(SetThreadIdealProcessor(GetCurrentThread(), MAXIMUM_PROCESSORS) != (DWORD)-1);
    CHECK_ERROR(SetThreadIdealProcessor(GetCurrentThread(), 1000) + 1, ERROR_INVALID_PARAMETER);
    CHECK(QueryProcessAffinityUpdateMode(self(), &flags));
    CHECK_EQ(flags & ~1u, 0);
    CHECK(SetProcessAffinityUpdateMode(self(), PROCESS_AFFINITY_ENABLE_AUTO_UPDATE));
    GetCurrentProcessorNumberEx(&number);
    CHECK_EQ(number.Group, 0);
    CHECK(number.Number < 64);
    CHECK_EQ(GetMaximumProcessorGroupCount(), 1);
    CHECK(GetMaximumProcessorCount(0) >= GetActiveProcessorCount(0));
    CHECK_EQ(GetMaximumProcessorCount(ALL_PROCESSOR_GROUPS), GetMaximumProcessorCount(0));
    CHECK_ERROR(GetMaximumProcessorCount(7), ERROR_INVALID_PARAMETER);
}

TEST(nodes)
{
    ORACLE_DIFFERS("nodes are missing");
    ULONG highest = 77;
    ULONGLONG memory = 0, mask = 0;
    GROUP_AFFINITY affinity = {0};
    PROCESSOR_NUMBER processor = {0};
    UCHAR node = 77;
    USHORT wide_node = 77;

    CHECK(GetNumaHighestNodeNumber(&highest));
    CHECK(highest < 64);
    CHECK(GetNumaNodeProcessorMask(0, &mask));
    CHECK(mask != 0);
    CHECK(GetNumaNodeProcessorMaskEx(0, &affinity));
    CHECK_EQ(affinity.Mask, (KAFFINITY)mask);
    CHECK_EQ(affinity.Group, 0);
    CHECK(GetNumaAvailableMemoryNode(0, &memory));
    CHECK(memory > 0);
    memory = 0;
    CHECK(GetNumaAvailableMemoryNodeEx(0, &memory));
    CHECK(memory > 0);
    CHECK(GetNumaProcessorNode(0, &node));
    CHECK(node <= highest);
    CHECK(GetNumaProcessorNodeEx(&processor, &wide_node));
    CHECK_EQ(wide_node, node);
    CHECK_ERROR(GetNumaNodeProcessorMask(200, &mask), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetNumaNodeProcessorMaskEx(200, &affinity), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetNumaAvailableMemoryNode(200, &memory), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetNumaProcessorNode(200, &node), ERROR_INVALID_PARAMETER);
    CHECK(GetNumaProximityNode(0, &node) || GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(GetNumaProximityNodeEx(0, &wide_node) || GetLastError() == ERROR_INVALID_PARAMETER);
}

TEST(boosts)
{
    ORACLE_DIFFERS("boosts are not kept");
    BOOL disabled = 77;

    CHECK(SetProcessPriorityBoost(self(), TRUE));
    CHECK(GetProcessPriorityBoost(self(), &disabled));
    CHECK_EQ(disabled, TRUE);
    CHECK(SetProcessPriorityBoost(self(), FALSE));
    CHECK(GetProcessPriorityBoost(self(), &disabled));
    CHECK_EQ(disabled, FALSE);
    CHECK_ERROR(SetProcessPriorityBoost(NULL, TRUE), ERROR_INVALID_HANDLE);
    CHECK_ERROR(GetProcessPriorityBoost(NULL, &disabled), ERROR_INVALID_HANDLE);
}

TEST(shutdown_parameters)
{
    DWORD level = 0, flags = 77;

    CHECK(GetProcessShutdownParameters(&level, &flags));
    CHECK_EQ(level, 0x280);
    CHECK_EQ(flags, 0);
    CHECK(SetProcessShutdownParameters(0x300, SHUTDOWN_NORETRY));
    CHECK(GetProcessShutdownParameters(&level, &flags));
    CHECK_EQ(level, 0x300);
    CHECK_EQ(flags, SHUTDOWN_NORETRY);
    CHECK(SetProcessShutdownParameters(0x280, 0));
}

TEST(information_classes)
{
    ORACLE_CRASHES("missing there");
    MEMORY_PRIORITY_INFORMATION priority = {77};
    PROCESS_MITIGATION_DEP_POLICY dep;
    PROCESS_MITIGATION_ASLR_POLICY aslr;
    BOOL critical = 77;

    CHECK(GetProcessInformation(self(), ProcessMemoryPriority, &priority, sizeof priority));
    CHECK_EQ(priority.MemoryPriority, MEMORY_PRIORITY_NORMAL);
    priority.MemoryPriority = MEMORY_PRIORITY_LOW;
    CHECK(SetProcessInformation(self(), ProcessMemoryPriority, &priority, sizeof priority));
    priority.MemoryPriority = 0;
    CHECK(GetProcessInformation(self(), ProcessMemoryPriority, &priority, sizeof priority));
    CHECK_EQ(priority.MemoryPriority, MEMORY_PRIORITY_LOW);
    CHECK(!SetProcessInformation(self(), ProcessMemoryPriority, &priority, 1));
    CHECK(!GetProcessInformation(self(), 99, &priority, sizeof priority));
    CHECK(GetThreadInformation(GetCurrentThread(), ThreadMemoryPriority, &priority, sizeof priority));
    priority.MemoryPriority = MEMORY_PRIORITY_VERY_LOW;
    CHECK(SetThreadInformation(GetCurrentThread(), ThreadMemoryPriority, &priority, sizeof priority));
    priority.MemoryPriority = 0;
    CHECK(GetThreadInformation(GetCurrentThread(), ThreadMemoryPriority, &priority, sizeof priority));
    CHECK_EQ(priority.MemoryPriority, MEMORY_PRIORITY_VERY_LOW);
    CHECK(!GetThreadInformation(GetCurrentThread(), 99, &priority, sizeof priority));
    CHECK(IsProcessCritical(self(), &critical));
    CHECK_EQ(critical, FALSE);
    CHECK(GetProcessMitigationPolicy(self(), ProcessDEPPolicy, &dep, sizeof dep));
    CHECK(GetProcessMitigationPolicy(self(), ProcessASLRPolicy, &aslr, sizeof aslr));
    CHECK_ERROR(GetProcessMitigationPolicy(self(), ProcessDEPPolicy, &dep, 1), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(SetProcessMitigationPolicy(99, &dep, sizeof dep), ERROR_INVALID_PARAMETER);
    PROCESS_MITIGATION_STRICT_HANDLE_CHECK_POLICY strict = {.Flags = 0};
    CHECK(SetProcessMitigationPolicy(ProcessStrictHandleCheckPolicy, &strict, sizeof strict));
}

TEST(thread_descriptions)
{
    WCHAR *text = NULL;

    CHECK(SUCCEEDED(SetThreadDescription(GetCurrentThread(), L"a thread's name")));
    CHECK(SUCCEEDED(GetThreadDescription(GetCurrentThread(), &text)));
    CHECK_WSTR(text, L"a thread's name");
    LocalFree(text);
    CHECK(SUCCEEDED(SetThreadDescription(GetCurrentThread(), L"")));
    CHECK(SUCCEEDED(GetThreadDescription(GetCurrentThread(), &text)));
    CHECK_WSTR(text, L"");
    LocalFree(text);
    CHECK_EQ(SetThreadDescription(NULL, L"x"), HRESULT_FROM_NT(STATUS_INVALID_HANDLE));
}

TEST(threads)
{
    BOOL pending = 77;

    CHECK(GetThreadIOPendingFlag(GetCurrentThread(), &pending));
    CHECK_EQ(pending, FALSE);
    if (!harness_is_wine()) /* the handle is not looked at there */
        CHECK_ERROR(GetThreadIOPendingFlag(NULL, &pending), ERROR_INVALID_HANDLE);
    CHECK_ERROR(CancelSynchronousIo(GetCurrentThread()), ERROR_NOT_FOUND);
    CHECK_ERROR(CancelSynchronousIo(NULL), ERROR_INVALID_HANDLE);
    FlushProcessWriteBuffers();
    RestoreLastError(1234);
    CHECK_EQ(GetLastError(), 1234);
}

static DWORD WINAPI add_one(void *argument)
{
    ++*(volatile LONG *)argument;
    return 55;
}

TEST(remote_threads)
{
    volatile LONG value = 1;
    DWORD id = 0, code = 0;
    HANDLE thread = CreateRemoteThreadEx(self(), NULL, 0, add_one, (void *)&value, CREATE_SUSPENDED, NULL,
                                         &id);

    CHECK(thread != NULL);
    CHECK_EQ(GetThreadId(thread), id);
    CHECK_EQ(ResumeThread(thread), 1);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 55);
    CHECK_EQ(value, 2);
    CloseHandle(thread);
    CHECK_ERROR(CreateRemoteThreadEx(NULL, NULL, 0, add_one, NULL, 0, NULL, NULL), ERROR_INVALID_HANDLE);
}

TEST(image_names)
{
    WCHAR name[MAX_PATH], module[MAX_PATH];
    DWORD size = MAX_PATH;

    CHECK(QueryFullProcessImageNameW(self(), 0, name, &size));
    CHECK_EQ(size, lstrlenW(name));
    CHECK(GetModuleFileNameW(NULL, module, MAX_PATH));
    CHECK_EQ(lstrcmpiW(name, module), 0);
    size = 3;
    CHECK_ERROR(QueryFullProcessImageNameW(self(), 0, name, &size), ERROR_INSUFFICIENT_BUFFER);
    size = MAX_PATH;
    CHECK(QueryFullProcessImageNameW(self(), PROCESS_NAME_NATIVE, name, &size));
    CHECK_EQ(wcsncmp(name, L"\\Device\\", 8), 0);
    if (!harness_is_wine()) /* documented: 0 or PROCESS_NAME_NATIVE; other bits are ignored there */
        CHECK_ERROR(QueryFullProcessImageNameW(self(), 7, name, &size), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(QueryFullProcessImageNameW(NULL, 0, name, &size), ERROR_INVALID_HANDLE);
    DWORD version = GetProcessVersion(0);
    CHECK(HIWORD(version) >= 4);
    CHECK_EQ(GetProcessVersion(GetCurrentProcessId()), version);
}
