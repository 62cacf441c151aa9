/*
 * Limits and messages of nested jobs: what holds for a process is the strictest of the chain, whoever looks;
 * and members of both machines.
 */
#include "harness.h"

CHILD(sleep)
{
    (void)argc, (void)argv;
    Sleep(20000);
    return 0;
}

CHILD(commit)
{
    (void)argc;
    void *memory = VirtualAlloc(NULL, (SIZE_T)atoi(argv[0]) << 20, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    return memory ? 0 : (int)GetLastError();
}

static BOOL run(const char *line, DWORD flags, PROCESS_INFORMATION *ret)
{
    STARTUPINFOA info = {.cb = sizeof info};
    char copy[MAX_PATH * 2];
    strcpy(copy, line);
    return CreateProcessA(NULL, copy, NULL, NULL, FALSE, flags, NULL, NULL, &info, ret);
}

static BOOL start(const char *child, PROCESS_INFORMATION *ret)
{
    char path[MAX_PATH], line[MAX_PATH + 64];
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --child %s", path, child);
    return run(line, CREATE_SUSPENDED, ret);
}

static DWORD finish(PROCESS_INFORMATION *process)
{
    DWORD code = 0xdeadbeef;
    CHECK_EQ(WaitForSingleObject(process->hProcess, 15000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process->hProcess, &code));
    CloseHandle(process->hProcess);
    CloseHandle(process->hThread);
    return code;
}

static BOOL set(HANDLE job, JOBOBJECT_EXTENDED_LIMIT_INFORMATION *limits)
{
    return SetInformationJobObject(job, JobObjectExtendedLimitInformation, limits, sizeof *limits);
}

static void set_priority(HANDLE job, DWORD class)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PRIORITY_CLASS;
    limits.BasicLimitInformation.PriorityClass = class;
    CHECK(set(job, &limits));
}

/* The lowest class of the chain, as the documentation of nested jobs has it. */
TEST(priority)
{
    HANDLE outer = CreateJobObjectA(NULL, NULL), inner = CreateJobObjectA(NULL, NULL);
    PROCESS_INFORMATION process;
    ORACLE_DIFFERS("wine does not set the priority of a job's processes");
    set_priority(outer, NORMAL_PRIORITY_CLASS);
    set_priority(inner, ABOVE_NORMAL_PRIORITY_CLASS);
    CHECK(start("sleep", &process));
    CHECK(AssignProcessToJobObject(outer, process.hProcess));
    CHECK(AssignProcessToJobObject(inner, process.hProcess));
    CHECK_EQ(GetPriorityClass(process.hProcess), NORMAL_PRIORITY_CLASS);
    set_priority(inner, BELOW_NORMAL_PRIORITY_CLASS);
    CHECK_EQ(GetPriorityClass(process.hProcess), BELOW_NORMAL_PRIORITY_CLASS);
    set_priority(outer, IDLE_PRIORITY_CLASS);
    CHECK_EQ(GetPriorityClass(process.hProcess), IDLE_PRIORITY_CLASS);
    TerminateProcess(process.hProcess, 0);
    finish(&process);
    CloseHandle(inner);
    CloseHandle(outer);
}

static DWORD commit_in(SIZE_T outer_limit, SIZE_T inner_limit, const char *child)
{
    HANDLE outer = CreateJobObjectA(NULL, NULL), inner = CreateJobObjectA(NULL, NULL);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    PROCESS_INFORMATION process;
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_MEMORY;
    limits.ProcessMemoryLimit = outer_limit;
    CHECK(set(outer, &limits));
    limits.ProcessMemoryLimit = inner_limit;
    CHECK(set(inner, &limits));
    CHECK(start(child, &process));
    CHECK(AssignProcessToJobObject(outer, process.hProcess));
    CHECK(AssignProcessToJobObject(inner, process.hProcess));
    ResumeThread(process.hThread);
    DWORD code = finish(&process);
    CloseHandle(inner);
    CloseHandle(outer);
    return code;
}

TEST(memory)
{
    ORACLE_DIFFERS("wine does not limit memory");
    CHECK_EQ(commit_in(48 << 20, 128 << 20, "commit 64"), ERROR_COMMITMENT_LIMIT);
    CHECK_EQ(commit_in(128 << 20, 48 << 20, "commit 64"), ERROR_COMMITMENT_LIMIT);
    CHECK_EQ(commit_in(128 << 20, 128 << 20, "commit 64"), 0);
}

static HANDLE attach_port(HANDLE job)
{
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT info = {(void *)5, port};
    CHECK(SetInformationJobObject(job, JobObjectAssociateCompletionPortInformation, &info, sizeof info));
    return port;
}

static DWORD next(HANDLE port, DWORD *ret_id)
{
    DWORD message = 0;
    ULONG_PTR key;
    OVERLAPPED *overlapped = NULL;
    if (!GetQueuedCompletionStatus(port, &message, &key, &overlapped, 5000))
        return 0;
    *ret_id = (DWORD)(ULONG_PTR)overlapped;
    return key == 5 ? message : 0;
}

/* Every port of the chain is told, also if the innermost job has none. */
TEST(messages)
{
    HANDLE outer = CreateJobObjectA(NULL, NULL), middle = CreateJobObjectA(NULL, NULL),
           inner = CreateJobObjectA(NULL, NULL);
    HANDLE first = attach_port(outer), second = attach_port(middle);
    PROCESS_INFORMATION process;
    DWORD id = 0;
    CHECK(start("sleep", &process));
    CHECK(AssignProcessToJobObject(outer, process.hProcess));
    CHECK(AssignProcessToJobObject(middle, process.hProcess));
    CHECK(AssignProcessToJobObject(inner, process.hProcess));
    CHECK(TerminateProcess(process.hProcess, 3));
    HANDLE ports[2] = {first, second};
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(next(ports[i], &id), JOB_OBJECT_MSG_NEW_PROCESS);
        CHECK_EQ(id, process.dwProcessId);
        CHECK_EQ(next(ports[i], &id), JOB_OBJECT_MSG_EXIT_PROCESS);
        CHECK_EQ(id, process.dwProcessId);
        CHECK_EQ(next(ports[i], &id), JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO);
        CHECK_EQ(id, 0);
    }
    CHECK_EQ(finish(&process), 3);
    CloseHandle(first);
    CloseHandle(second);
    CloseHandle(inner);
    CloseHandle(middle);
    CloseHandle(outer);
}

/* What is accounted in the inner job is accounted in the outer one too. */
TEST(accounts)
{
    HANDLE outer = CreateJobObjectA(NULL, NULL), inner = CreateJobObjectA(NULL, NULL);
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounts[2];
    PROCESS_INFORMATION process;
    CHECK(start("sleep", &process));
    CHECK(AssignProcessToJobObject(outer, process.hProcess));
    CHECK(AssignProcessToJobObject(inner, process.hProcess));
    HANDLE jobs[2] = {outer, inner};
    for (int i = 0; i < 2; i++) {
        CHECK(QueryInformationJobObject(jobs[i], JobObjectBasicAccountingInformation, &accounts[i],
                                        sizeof accounts[i], NULL));
        CHECK_EQ(accounts[i].TotalProcesses, 1);
        CHECK_EQ(accounts[i].ActiveProcesses, 1);
    }
    CHECK(TerminateJobObject(outer, 9)); /* from the bottom up */
    CHECK_EQ(finish(&process), 9);
    CloseHandle(inner);
    CloseHandle(outer);
}

/* The second version of the notification limits has one for too little memory. */
TEST(second_notification)
{
    struct {
        DWORD64 read, write;
        LARGE_INTEGER time;
        DWORD64 high;
        DWORD tolerance, interval, flags, io_tolerance;
        DWORD64 low;
        DWORD io_interval, net_tolerance, net_interval;
    } limits = {0}, read;
    struct {
        DWORD flags, violated;
        DWORD64 read, read_limit, write, write_limit;
        LARGE_INTEGER time, time_limit;
        DWORD64 memory, high_limit;
        DWORD tolerance, tolerance_limit;
        DWORD64 low_limit;
        DWORD io_tolerance, io_tolerance_limit, net_tolerance, net_tolerance_limit;
    } violation = {0};
    HANDLE job = CreateJobObjectA(NULL, NULL), port = attach_port(job);
    JOBOBJECTINFOCLASS class = (JOBOBJECTINFOCLASS)33, violations = (JOBOBJECTINFOCLASS)34;
    PROCESS_INFORMATION process;
    DWORD id, size = 0;
    ORACLE_DIFFERS("wine knows no notification limits");
    limits.flags = 0x8000; /* JOB_OBJECT_LIMIT_JOB_MEMORY_LOW */
    limits.low = (DWORD64)1 << 40;
    limits.high = 77;
    CHECK(SetInformationJobObject(job, class, &limits, sizeof limits));
    CHECK(QueryInformationJobObject(job, class, &read, sizeof read, &size));
    CHECK_EQ(size, sizeof read);
    CHECK(memcmp(&limits, &read, FIELD_OFFSET(__typeof__(read), net_interval) + 4) == 0);
    CHECK(start("sleep", &process));
    CHECK(AssignProcessToJobObject(job, process.hProcess));
    CHECK_EQ(next(port, &id), JOB_OBJECT_MSG_NEW_PROCESS);
    CHECK_EQ(next(port, &id), JOB_OBJECT_MSG_NOTIFICATION_LIMIT);
    CHECK(QueryInformationJobObject(job, violations, &violation, sizeof violation, NULL));
    CHECK_EQ(violation.violated, 0x8000);
    CHECK_EQ(violation.low_limit, limits.low);
    limits.flags = 0x800000;
    CHECK_ERROR(SetInformationJobObject(job, class, &limits, sizeof limits), ERROR_INVALID_PARAMETER);
    TerminateProcess(process.hProcess, 0);
    finish(&process);
    CloseHandle(job);
    CloseHandle(port);
}

/* cmd.exe of both machines in one job, ended together. */
TEST(both_machines)
{
    HANDLE job = CreateJobObjectA(NULL, NULL);
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting = {0};
    PROCESS_INFORMATION own, other;
    char folder[MAX_PATH], line[MAX_PATH + 64];
    GetWindowsDirectoryA(folder, sizeof folder);
    snprintf(line, sizeof line, "%s\\%s\\cmd.exe /c exit 5", folder,
             sizeof(void *) == 8 ? "syswow64" : "sysnative");
    if (!run(line, CREATE_SUSPENDED, &other))
        SKIP("there is no program of the other machine");
    CHECK(start("sleep", &own));
    CHECK(AssignProcessToJobObject(job, own.hProcess));
    CHECK(AssignProcessToJobObject(job, other.hProcess));
    CHECK(QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &accounting, sizeof accounting,
                                    NULL));
    CHECK_EQ(accounting.ActiveProcesses, 2);
    CHECK(TerminateJobObject(job, 6));
    CHECK_EQ(finish(&own), 6);
    CHECK_EQ(finish(&other), 6);
    CloseHandle(job);
}
