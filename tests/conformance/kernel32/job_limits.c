/*
 * Limits of jobs and what is accounted: setting, reading back, what happens at the limit.
 */
#include "children.h"

CHILD(sleep)
{
    (void)argc, (void)argv;
    Sleep(20000);
    return 0;
}

CHILD(spin)
{
    ULONGLONG end = GetTickCount64() + strtoul(argv[0], NULL, 0);
    (void)argc;
    while (GetTickCount64() < end)
        ;
    return 0;
}

/* How much can be committed at a time, in MB. */
CHILD(commit)
{
    int megabytes = atoi(argv[0]);
    (void)argc;
    void *memory = VirtualAlloc(NULL, (SIZE_T)megabytes << 20, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    return memory ? 0 : (int)GetLastError();
}

CHILD(priority)
{
    DWORD class = GetPriorityClass(GetCurrentProcess());
    (void)argc, (void)argv;
    SetPriorityClass(GetCurrentProcess(), NORMAL_PRIORITY_CLASS);
    return GetPriorityClass(GetCurrentProcess()) == class ? (int)class : -1;
}

CHILD(write)
{
    HANDLE file = CreateFileA(argv[0], GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE,
                              NULL);
    static char block[65536];
    DWORD written;
    (void)argc;
    for (int i = 0; i < 16; i++)
        if (!WriteFile(file, block, sizeof block, &written, NULL))
            return 1;
    return 0;
}

static DWORD run_in(HANDLE job, const char *child)
{
    PROCESS_INFORMATION process;
    if (!start(&process, FALSE, CREATE_SUSPENDED, "%s", child))
        return 0xdeadbeef;
    CHECK(AssignProcessToJobObject(job, process.hProcess));
    ResumeThread(process.hThread);
    return finish(&process);
}

static BOOL set(HANDLE job, const JOBOBJECT_EXTENDED_LIMIT_INFORMATION *limits)
{
    return SetInformationJobObject(job, JobObjectExtendedLimitInformation, (void *)limits, sizeof *limits);
}

/* Starts one more than the limit allows. */
CHILD(one_more)
{
    PROCESS_INFORMATION process;
    (void)argc, (void)argv;
    if (start(&process, FALSE, 0, "sleep")) {
        TerminateProcess(process.hProcess, 0);
        return 0;
    }
    return (int)GetLastError();
}

TEST(active_processes)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    HANDLE job = CreateJobObjectA(NULL, NULL);
    PROCESS_INFORMATION first, second;
    ORACLE_DIFFERS("wine does not limit the number of processes");
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
    limits.BasicLimitInformation.ActiveProcessLimit = 1;
    CHECK(set(job, &limits));
    CHECK_EQ(run_in(job, "one_more"), ERROR_NOT_ENOUGH_QUOTA);
    /* One that is assigned is ended. */
    CHECK(start(&first, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(start(&second, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(AssignProcessToJobObject(job, first.hProcess));
    CHECK_ERROR(AssignProcessToJobObject(job, second.hProcess), ERROR_NOT_ENOUGH_QUOTA);
    CHECK_EQ(finish(&second), ERROR_NOT_ENOUGH_QUOTA);
    TerminateProcess(first.hProcess, 0);
    finish(&first);
    CloseHandle(job);
}

TEST(process_time)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting;
    HANDLE job = CreateJobObjectA(NULL, NULL);
    ORACLE_DIFFERS("wine does not limit the time of processes");
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_TIME;
    limits.BasicLimitInformation.PerProcessUserTimeLimit.QuadPart = 1500000; /* 150 ms */
    CHECK(set(job, &limits));
    CHECK_EQ(run_in(job, "spin 12000"), ERROR_NOT_ENOUGH_QUOTA);
    for (int i = 0; i < 50; i++) {
        CHECK(QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &accounting,
                                        sizeof accounting, NULL));
        if (!accounting.ActiveProcesses)
            break;
        Sleep(10);
    }
    CHECK_EQ(accounting.TotalTerminatedProcesses, 1);
    CHECK(accounting.TotalUserTime.QuadPart >= 1000000);
    CloseHandle(job);
}

/* All processes end together, and the job is signalled. */
TEST(job_time)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    PROCESS_INFORMATION sleeper, spinner;
    HANDLE job = CreateJobObjectA(NULL, NULL);
    ORACLE_DIFFERS("wine does not limit the time of jobs");
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_JOB_TIME;
    limits.BasicLimitInformation.PerJobUserTimeLimit.QuadPart = 1500000;
    CHECK(set(job, &limits));
    CHECK_EQ(WaitForSingleObject(job, 0), WAIT_TIMEOUT);
    CHECK(start(&sleeper, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(start(&spinner, FALSE, CREATE_SUSPENDED, "spin 12000"));
    CHECK(AssignProcessToJobObject(job, sleeper.hProcess));
    CHECK(AssignProcessToJobObject(job, spinner.hProcess));
    ResumeThread(sleeper.hThread);
    ResumeThread(spinner.hThread);
    CHECK_EQ(finish(&spinner), ERROR_NOT_ENOUGH_QUOTA);
    CHECK_EQ(finish(&sleeper), ERROR_NOT_ENOUGH_QUOTA);
    CHECK_EQ(WaitForSingleObject(job, 5000), WAIT_OBJECT_0);
    CloseHandle(job);
}

TEST(process_memory)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    HANDLE job = CreateJobObjectA(NULL, NULL);
    ORACLE_DIFFERS("wine does not limit memory");
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_MEMORY;
    limits.ProcessMemoryLimit = 48 << 20;
    CHECK(set(job, &limits));
    CHECK_EQ(run_in(job, "commit 8"), 0);
    CHECK_EQ(run_in(job, "commit 64"), ERROR_COMMITMENT_LIMIT);
    CHECK(QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits, NULL));
    CHECK(limits.PeakProcessMemoryUsed >= 8 << 20 && limits.PeakProcessMemoryUsed <= 48 << 20);
    CloseHandle(job);
}

TEST(job_memory)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    HANDLE job = CreateJobObjectA(NULL, NULL);
    ORACLE_DIFFERS("wine does not limit memory");
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_JOB_MEMORY;
    limits.JobMemoryLimit = 48 << 20;
    CHECK(set(job, &limits));
    CHECK_EQ(run_in(job, "commit 8"), 0);
    CHECK_EQ(run_in(job, "commit 64"), ERROR_COMMITMENT_LIMIT);
    CloseHandle(job);
}

TEST(priority)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    JOBOBJECT_BASIC_LIMIT_INFORMATION read;
    HANDLE job = CreateJobObjectA(NULL, NULL);
    ORACLE_DIFFERS("wine does not set the priority of a job's processes");
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PRIORITY_CLASS;
    limits.BasicLimitInformation.PriorityClass = BELOW_NORMAL_PRIORITY_CLASS;
    CHECK(set(job, &limits));
    CHECK(QueryInformationJobObject(job, JobObjectBasicLimitInformation, &read, sizeof read, NULL));
    CHECK_EQ(read.PriorityClass, BELOW_NORMAL_PRIORITY_CLASS);
    CHECK_EQ(run_in(job, "priority"), BELOW_NORMAL_PRIORITY_CLASS);
    limits.BasicLimitInformation.PriorityClass = 3;
    CHECK_ERROR(set(job, &limits), ERROR_INVALID_PARAMETER);
    CloseHandle(job);
}

TEST(affinity)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    HANDLE job = CreateJobObjectA(NULL, NULL);
    PROCESS_INFORMATION process;
    DWORD_PTR mask = 0, system = 0;
    ORACLE_DIFFERS("wine does not set the affinity of a job's processes");
    CHECK(GetProcessAffinityMask(GetCurrentProcess(), &mask, &system));
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_AFFINITY;
    limits.BasicLimitInformation.Affinity = mask & -mask;
    CHECK(set(job, &limits));
    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(AssignProcessToJobObject(job, process.hProcess));
    CHECK(GetProcessAffinityMask(process.hProcess, &mask, &system));
    CHECK_EQ(mask, limits.BasicLimitInformation.Affinity);
    TerminateProcess(process.hProcess, 0);
    finish(&process);
    limits.BasicLimitInformation.Affinity = 0;
    CHECK_ERROR(set(job, &limits), ERROR_INVALID_PARAMETER);
    CloseHandle(job);
}

TEST(read_back)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0}, read;
    JOBOBJECT_BASIC_LIMIT_INFORMATION basic;
    HANDLE job = CreateJobObjectA(NULL, NULL);
    DWORD size = 0;
    ORACLE_DIFFERS("wine does not tell the limits that were set");
    CHECK(QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &read, sizeof read, &size));
    CHECK_EQ(size, sizeof read);
    CHECK_EQ(read.BasicLimitInformation.LimitFlags, 0);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_WORKINGSET |
                                              JOB_OBJECT_LIMIT_SCHEDULING_CLASS |
                                              JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    limits.BasicLimitInformation.MinimumWorkingSetSize = 1 << 20;
    limits.BasicLimitInformation.MaximumWorkingSetSize = 16 << 20;
    limits.BasicLimitInformation.SchedulingClass = 4;
    CHECK(set(job, &limits));
    CHECK(QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &read, sizeof read, NULL));
    CHECK_EQ(read.BasicLimitInformation.LimitFlags, limits.BasicLimitInformation.LimitFlags);
    CHECK_EQ(read.BasicLimitInformation.MinimumWorkingSetSize, 1 << 20);
    CHECK_EQ(read.BasicLimitInformation.MaximumWorkingSetSize, 16 << 20);
    CHECK_EQ(read.BasicLimitInformation.SchedulingClass, 4);
    CHECK(QueryInformationJobObject(job, JobObjectBasicLimitInformation, &basic, sizeof basic, &size));
    CHECK_EQ(size, sizeof basic);
    CHECK_EQ(basic.SchedulingClass, 4);
    CHECK_ERROR(
        QueryInformationJobObject(job, JobObjectBasicLimitInformation, &basic, sizeof basic - 1, NULL),
        ERROR_BAD_LENGTH);
    CHECK_ERROR(SetInformationJobObject(job, JobObjectBasicLimitInformation, &basic, sizeof basic + 4),
                ERROR_BAD_LENGTH);
    CHECK_ERROR(QueryInformationJobObject(job, (JOBOBJECTINFOCLASS)999, &basic, sizeof basic, NULL),
                ERROR_INVALID_PARAMETER);
    CHECK_ERROR(SetInformationJobObject(job, (JOBOBJECTINFOCLASS)999, &basic, sizeof basic),
                ERROR_INVALID_PARAMETER);
    CloseHandle(job);
}

TEST(invalid)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    HANDLE job = CreateJobObjectA(NULL, NULL);
    ORACLE_DIFFERS("wine takes any values");
    limits.BasicLimitInformation.LimitFlags = 0x80000000;
    CHECK_ERROR(set(job, &limits), ERROR_INVALID_PARAMETER);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_WORKINGSET;
    limits.BasicLimitInformation.MinimumWorkingSetSize = 4096;
    CHECK_ERROR(set(job, &limits), ERROR_INVALID_PARAMETER);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_SCHEDULING_CLASS;
    limits.BasicLimitInformation.SchedulingClass = 10;
    CHECK_ERROR(set(job, &limits), ERROR_INVALID_PARAMETER);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_JOB_TIME | JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME;
    CHECK_ERROR(set(job, &limits), ERROR_INVALID_PARAMETER);
    CloseHandle(job);
    CHECK_ERROR(set(NULL, &limits), ERROR_INVALID_HANDLE);
}

TEST(ui_and_end_action)
{
    HANDLE job = CreateJobObjectA(NULL, NULL);
    JOBOBJECT_BASIC_UI_RESTRICTIONS ui = {JOB_OBJECT_UILIMIT_DESKTOP | JOB_OBJECT_UILIMIT_EXITWINDOWS};
    JOBOBJECT_END_OF_JOB_TIME_INFORMATION action = {JOB_OBJECT_POST_AT_END_OF_JOB};
    ORACLE_DIFFERS("wine knows neither");
    CHECK(SetInformationJobObject(job, JobObjectBasicUIRestrictions, &ui, sizeof ui));
    ui.UIRestrictionsClass = 0;
    CHECK(QueryInformationJobObject(job, JobObjectBasicUIRestrictions, &ui, sizeof ui, NULL));
    CHECK_EQ(ui.UIRestrictionsClass, JOB_OBJECT_UILIMIT_DESKTOP | JOB_OBJECT_UILIMIT_EXITWINDOWS);
    ui.UIRestrictionsClass = 0x1000;
    CHECK_ERROR(SetInformationJobObject(job, JobObjectBasicUIRestrictions, &ui, sizeof ui),
                ERROR_INVALID_PARAMETER);
    CHECK(SetInformationJobObject(job, JobObjectEndOfJobTimeInformation, &action, sizeof action));
    action.EndOfJobTimeAction = 99;
    CHECK(QueryInformationJobObject(job, JobObjectEndOfJobTimeInformation, &action, sizeof action, NULL));
    CHECK_EQ(action.EndOfJobTimeAction, JOB_OBJECT_POST_AT_END_OF_JOB);
    CHECK(SetInformationJobObject(job, JobObjectEndOfJobTimeInformation, &action, sizeof action));
    action.EndOfJobTimeAction = 2;
    CHECK_ERROR(SetInformationJobObject(job, JobObjectEndOfJobTimeInformation, &action, sizeof action),
                ERROR_INVALID_PARAMETER);
    CloseHandle(job);
}

TEST(rates_and_groups)
{
    HANDLE job = CreateJobObjectA(NULL, NULL);
    JOBOBJECT_CPU_RATE_CONTROL_INFORMATION rate = {0};
    GROUP_AFFINITY group = {0};
    USHORT number = 9;
    DWORD size = 0;
    ORACLE_DIFFERS("wine knows neither");
    rate.ControlFlags = JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED;
    rate.Weight = 7;
    CHECK(SetInformationJobObject(job, JobObjectCpuRateControlInformation, &rate, sizeof rate));
    memset(&rate, 0, sizeof rate);
    CHECK(QueryInformationJobObject(job, JobObjectCpuRateControlInformation, &rate, sizeof rate, NULL));
    CHECK_EQ(rate.Weight, 7);
    rate.Weight = 10;
    CHECK_ERROR(SetInformationJobObject(job, JobObjectCpuRateControlInformation, &rate, sizeof rate),
                ERROR_INVALID_PARAMETER);
    rate.ControlFlags = JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP;
    rate.CpuRate = 10001;
    CHECK_ERROR(SetInformationJobObject(job, JobObjectCpuRateControlInformation, &rate, sizeof rate),
                ERROR_INVALID_PARAMETER);
    CHECK(QueryInformationJobObject(job, JobObjectGroupInformation, &number, sizeof number, &size));
    CHECK_EQ(number, 0);
    CHECK_EQ(size, sizeof number);
    CHECK(QueryInformationJobObject(job, JobObjectGroupInformationEx, &group, sizeof group, &size));
    CHECK(group.Mask != 0 && group.Group == 0);
    CHECK_EQ(size, sizeof group);
    CHECK(SetInformationJobObject(job, JobObjectGroupInformation, &number, sizeof number));
    number = 5;
    CHECK_ERROR(SetInformationJobObject(job, JobObjectGroupInformation, &number, sizeof number),
                ERROR_INVALID_PARAMETER);
    CloseHandle(job);
}

TEST(accounting)
{
    ORACLE_DIFFERS("wine keeps no accounts of jobs");
    JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION accounting = {0};
    HANDLE job = CreateJobObjectA(NULL, NULL);
    char folder[MAX_PATH], command[MAX_PATH + 32];
    GetTempPathA(sizeof folder, folder);
    snprintf(command, sizeof command, "write \"%sgastwirt_job_io\"", folder);
    CHECK_EQ(run_in(job, command), 0);
    CHECK_EQ(run_in(job, "spin 100"), 0);
    for (int i = 0; i < 50; i++) {
        CHECK(QueryInformationJobObject(job, JobObjectBasicAndIoAccountingInformation, &accounting,
                                        sizeof accounting, NULL));
        if (!accounting.BasicInfo.ActiveProcesses)
            break;
        Sleep(10);
    }
    CHECK_EQ(accounting.BasicInfo.TotalProcesses, 2);
    CHECK_EQ(accounting.BasicInfo.ActiveProcesses, 0);
    CHECK_EQ(accounting.BasicInfo.TotalTerminatedProcesses, 0);
    if (!harness_is_wine()) {
        /* How much of the time it gets depends on what else the machine does. */
        CHECK(accounting.BasicInfo.TotalUserTime.QuadPart + accounting.BasicInfo.TotalKernelTime.QuadPart >=
              100000);
        CHECK(accounting.IoInfo.WriteOperationCount >= 16);
        CHECK(accounting.IoInfo.WriteTransferCount >= 16 * 65536);
    }
    CloseHandle(job);
}
