/*
 * Job objects: members, limits, ending them.
 */
#include "children.h"

CHILD(sleep)
{
    (void)argc, (void)argv;
    Sleep(20000);
    return 0;
}

TEST(terminate)
{
    HANDLE job = CreateJobObjectW(NULL, NULL);
    PROCESS_INFORMATION process;
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting;
    BOOL inside = TRUE;
    DWORD code;
    CHECK(job != NULL);
    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(IsProcessInJob(process.hProcess, job, &inside));
    CHECK(!inside);
    CHECK(AssignProcessToJobObject(job, process.hProcess));
    CHECK(IsProcessInJob(process.hProcess, job, &inside));
    CHECK(inside);
    CHECK(QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &accounting, sizeof accounting,
                                    NULL));
    CHECK_EQ(accounting.ActiveProcesses, 1);
    CHECK_EQ(accounting.TotalProcesses, 1);
    ResumeThread(process.hThread);
    CHECK(TerminateJobObject(job, 0x1234567));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CHECK_EQ(code, 0x1234567);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(job);
    CHECK_ERROR(TerminateJobObject(job, 0), ERROR_INVALID_HANDLE);
}

TEST(kill_on_close)
{
    HANDLE job = CreateJobObjectA(NULL, NULL);
    PROCESS_INFORMATION process;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0}, read;
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    CHECK_ERROR(SetInformationJobObject(job, JobObjectBasicLimitInformation, &limits,
                                        sizeof limits.BasicLimitInformation),
                ERROR_INVALID_PARAMETER);
    CHECK(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits));
    CHECK(QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &read, sizeof read, NULL));
    if (!harness_is_wine()) /* wine does not tell the limits that were set */
        CHECK_EQ(read.BasicLimitInformation.LimitFlags, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE);
    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(AssignProcessToJobObject(job, process.hProcess));
    CHECK_EQ(ResumeThread(process.hThread), 1);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 50), WAIT_TIMEOUT);
    CloseHandle(job);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 5000), WAIT_OBJECT_0);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
}
