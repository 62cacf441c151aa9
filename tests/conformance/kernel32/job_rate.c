/*
 * CPU rates of jobs: what may be set, and that processes get no more than their portion. Only upper bounds
 * are checked closely: how much of its portion a process gets depends on what else the machine does.
 */
#include "children.h"

#ifndef JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE
#define JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE 0x10
#endif
#define ENABLE JOB_OBJECT_CPU_RATE_CONTROL_ENABLE
#define HARD   (ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP)
#define RANGE  (ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE)
#define WEIGHT (ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_WEIGHT_BASED)

static DWORD WINAPI spin_thread(void *end)
{
    while (GetTickCount64() < *(ULONGLONG *)end)
        ;
    return 0;
}

/* As many threads as there are processors. */
CHILD(spin)
{
    ULONGLONG end = GetTickCount64() + strtoul(argv[0], NULL, 0);
    SYSTEM_INFO system;
    HANDLE threads[64];
    DWORD count = 0;
    (void)argc;
    GetSystemInfo(&system);
    for (; count < system.dwNumberOfProcessors && count < 64; count++)
        threads[count] = CreateThread(NULL, 0, spin_thread, &end, 0, NULL);
    WaitForMultipleObjects(count, threads, TRUE, INFINITE);
    return 0;
}

static void end(PROCESS_INFORMATION *process)
{
    TerminateProcess(process->hProcess, 0);
    CHECK_EQ(WaitForSingleObject(process->hProcess, 15000), WAIT_OBJECT_0);
    CloseHandle(process->hProcess);
    CloseHandle(process->hThread);
}

static BOOL set_rate(HANDLE job, DWORD flags, DWORD value)
{
    JOBOBJECT_CPU_RATE_CONTROL_INFORMATION rate = {.ControlFlags = flags};
    rate.CpuRate = value;
    return SetInformationJobObject(job, JobObjectCpuRateControlInformation, &rate, sizeof rate);
}

/* 100 ns of CPU time. */
static ULONGLONG used_by(HANDLE process)
{
    FILETIME created, ended, kernel, user;
    ULARGE_INTEGER a, b;
    CHECK(GetProcessTimes(process, &created, &ended, &kernel, &user));
    a.LowPart = user.dwLowDateTime, a.HighPart = user.dwHighDateTime;
    b.LowPart = kernel.dwLowDateTime, b.HighPart = kernel.dwHighDateTime;
    return a.QuadPart + b.QuadPart;
}

/* The portion of all processors that the process gets within the time, of 10000. */
static unsigned portion_of(HANDLE process, DWORD milliseconds)
{
    SYSTEM_INFO system;
    LARGE_INTEGER begin, end, frequency;
    GetSystemInfo(&system);
    QueryPerformanceFrequency(&frequency);
    ULONGLONG before = used_by(process);
    QueryPerformanceCounter(&begin);
    Sleep(milliseconds);
    ULONGLONG after = used_by(process);
    QueryPerformanceCounter(&end);
    double elapsed = (double)(end.QuadPart - begin.QuadPart) * 1e7 / (double)frequency.QuadPart;
    return (unsigned)((double)(after - before) * 10000 / (elapsed * system.dwNumberOfProcessors));
}

TEST(values)
{
    HANDLE job = CreateJobObjectA(NULL, NULL);
    JOBOBJECT_CPU_RATE_CONTROL_INFORMATION rate = {9, {9}};
    DWORD size = 0;
    ORACLE_DIFFERS("wine knows no rates");
    CHECK(QueryInformationJobObject(job, JobObjectCpuRateControlInformation, &rate, sizeof rate, &size));
    CHECK_EQ(rate.ControlFlags, 0);
    CHECK_EQ(size, sizeof rate);
    CHECK(set_rate(job, HARD, 1));
    CHECK(set_rate(job, HARD, 10000));
    CHECK(QueryInformationJobObject(job, JobObjectCpuRateControlInformation, &rate, sizeof rate, NULL));
    CHECK_EQ(rate.ControlFlags, HARD);
    CHECK_EQ(rate.CpuRate, 10000);
    CHECK_ERROR(set_rate(job, HARD, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(set_rate(job, HARD, 10001), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(set_rate(job, ENABLE, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(set_rate(job, JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP, 1000), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(set_rate(job, JOB_OBJECT_CPU_RATE_CONTROL_MIN_MAX_RATE, 1000 << 16), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(set_rate(job, HARD | 0x20, 1000), ERROR_INVALID_PARAMETER);
    CHECK(set_rate(job, WEIGHT, 1));
    CHECK(set_rate(job, WEIGHT, 9));
    CHECK_ERROR(set_rate(job, WEIGHT, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(set_rate(job, WEIGHT, 10), ERROR_INVALID_PARAMETER);
    CHECK(set_rate(job, RANGE, 1000 | 5000 << 16));
    CHECK(set_rate(job, RANGE, 5000 << 16));
    CHECK_ERROR(set_rate(job, RANGE, 5000 | 1000 << 16), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(set_rate(job, RANGE, 10001u << 16), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(set_rate(job, RANGE | WEIGHT, 5), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(set_rate(job, RANGE | HARD, 5000 << 16), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(SetInformationJobObject(job, JobObjectCpuRateControlInformation, &rate, sizeof rate - 1),
                ERROR_BAD_LENGTH);
    CHECK(set_rate(job, 0, 0));
    CHECK(QueryInformationJobObject(job, JobObjectCpuRateControlInformation, &rate, sizeof rate, NULL));
    CHECK_EQ(rate.ControlFlags, 0);
    CHECK_EQ(rate.CpuRate, 0);
    CloseHandle(job);
}

static void check_portion(unsigned portion, unsigned low, unsigned high)
{
    if (portion <= low || portion >= high)
        FAIL("%u of 10000, not between %u and %u", portion, low, high);
}

TEST(hard_cap)
{
    HANDLE job = CreateJobObjectA(NULL, NULL);
    PROCESS_INFORMATION process;
    ORACLE_DIFFERS("wine knows no rates");
    CHECK(set_rate(job, HARD, 1000));
    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "spin 20000"));
    CHECK(AssignProcessToJobObject(job, process.hProcess));
    ResumeThread(process.hThread);
    Sleep(400);
    unsigned portion = portion_of(process.hProcess, 3000);
    check_portion(portion, 50, 1500);
    /* Higher at once, and none. */
    CHECK(set_rate(job, HARD, 4000));
    portion = portion_of(process.hProcess, 3000);
    check_portion(portion, 50, 5200);
    CHECK(set_rate(job, RANGE, 500 << 16));
    Sleep(300);
    portion = portion_of(process.hProcess, 3000);
    check_portion(portion, 20, 1000);
    /* Counts of suspension are nobody's but the program's. */
    CHECK_EQ(SuspendThread(process.hThread), 0);
    CHECK_EQ(ResumeThread(process.hThread), 1);
    CHECK(set_rate(job, 0, 0));
    end(&process);
    CloseHandle(job);
}

/* A job's rate is a portion of the one that the job around it has. */
TEST(nested)
{
    HANDLE outer = CreateJobObjectA(NULL, NULL), inner = CreateJobObjectA(NULL, NULL);
    PROCESS_INFORMATION process;
    ORACLE_DIFFERS("wine knows no rates");
    CHECK(set_rate(outer, HARD, 3000));
    CHECK(set_rate(inner, HARD, 3000));
    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "spin 20000"));
    CHECK(AssignProcessToJobObject(outer, process.hProcess));
    CHECK(AssignProcessToJobObject(inner, process.hProcess));
    ResumeThread(process.hThread);
    Sleep(400);
    unsigned portion = portion_of(process.hProcess, 3000);
    check_portion(portion, 50, 1400);
    end(&process);
    CloseHandle(inner);
    CloseHandle(outer);
}

/* Without a packet scheduler a job's traffic cannot be limited: that is said, not kept. */
TEST(network)
{
    struct {
        DWORD64 bandwidth;
        DWORD flags;
        BYTE tag;
    } rate = {1000000, 3, 0};
    HANDLE job = CreateJobObjectA(NULL, NULL);
    JOBOBJECTINFOCLASS class = (JOBOBJECTINFOCLASS)32; /* JobObjectNetRateControlInformation */
    ORACLE_DIFFERS("wine knows no rates");
    CHECK_ERROR(SetInformationJobObject(job, class, &rate, sizeof rate), ERROR_NOT_SUPPORTED);
    rate.flags = 2; /* without the one that turns it on */
    CHECK_ERROR(SetInformationJobObject(job, class, &rate, sizeof rate), ERROR_INVALID_PARAMETER);
    rate.flags = 9;
    CHECK_ERROR(SetInformationJobObject(job, class, &rate, sizeof rate), ERROR_INVALID_PARAMETER);
    rate.flags = 0;
    CHECK(SetInformationJobObject(job, class, &rate, sizeof rate));
    rate.flags = 7;
    CHECK(QueryInformationJobObject(job, class, &rate, sizeof rate, NULL));
    CHECK_EQ(rate.flags, 0);
    CHECK_ERROR(SetInformationJobObject(job, class, &rate, sizeof rate - 4), ERROR_BAD_LENGTH);
    CloseHandle(job);
}

/* What two processes use counts together; one that sleeps is no burden. */
TEST(together)
{
    HANDLE job = CreateJobObjectA(NULL, NULL);
    PROCESS_INFORMATION first, second;
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION before, after;
    SYSTEM_INFO system;
    ORACLE_DIFFERS("wine knows no rates");
    GetSystemInfo(&system);
    CHECK(set_rate(job, HARD, 2000));
    CHECK(start(&first, FALSE, CREATE_SUSPENDED, "spin 20000"));
    CHECK(start(&second, FALSE, CREATE_SUSPENDED, "spin 20000"));
    CHECK(AssignProcessToJobObject(job, first.hProcess));
    CHECK(AssignProcessToJobObject(job, second.hProcess));
    ResumeThread(first.hThread);
    ResumeThread(second.hThread);
    Sleep(400);
    CHECK(QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &before, sizeof before, NULL));
    ULONGLONG begin = GetTickCount64();
    Sleep(3000);
    CHECK(QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &after, sizeof after, NULL));
    ULONGLONG elapsed = (GetTickCount64() - begin) * 10000 * system.dwNumberOfProcessors;
    ULONGLONG used = (ULONGLONG)(after.TotalUserTime.QuadPart + after.TotalKernelTime.QuadPart -
                                 before.TotalUserTime.QuadPart - before.TotalKernelTime.QuadPart);
    CHECK(used > 0 && used * 100 / elapsed < 28);
    end(&first);
    end(&second);
    CloseHandle(job);
}

/* Without a hard cap, what nobody else wants may be used: nothing keeps the process from going on. */
TEST(soft)
{
    static const DWORD flags[] = {ENABLE, WEIGHT}, values[] = {100, 1};
    ORACLE_DIFFERS("wine knows no rates");
    for (int i = 0; i < 2; i++) {
        HANDLE job = CreateJobObjectA(NULL, NULL);
        PROCESS_INFORMATION process;
        CHECK(set_rate(job, flags[i], values[i]));
        CHECK(start(&process, FALSE, CREATE_SUSPENDED, "spin 300"));
        CHECK(AssignProcessToJobObject(job, process.hProcess));
        ResumeThread(process.hThread);
        CHECK_EQ(WaitForSingleObject(process.hProcess, 15000), WAIT_OBJECT_0);
        end(&process);
        CloseHandle(job);
    }
}

/* Being at the limit for more than 20% of ten seconds is told. */
TEST(notification)
{
    HANDLE job = CreateJobObjectA(NULL, NULL),
           port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT association = {(void *)7, port};
    JOBOBJECT_NOTIFICATION_LIMIT_INFORMATION limits = {0};
    JOBOBJECT_LIMIT_VIOLATION_INFORMATION violation;
    PROCESS_INFORMATION process;
    OVERLAPPED *overlapped;
    ULONG_PTR key;
    DWORD message = 0;
    ORACLE_DIFFERS("wine knows no rates");
    limits.LimitFlags = JOB_OBJECT_LIMIT_RATE_CONTROL;
    limits.RateControlTolerance = ToleranceLow;
    limits.RateControlToleranceInterval = ToleranceIntervalShort;
    CHECK(SetInformationJobObject(job, JobObjectNotificationLimitInformation, &limits, sizeof limits));
    limits.RateControlTolerance = 4;
    CHECK_ERROR(SetInformationJobObject(job, JobObjectNotificationLimitInformation, &limits, sizeof limits),
                ERROR_INVALID_PARAMETER);
    CHECK(set_rate(job, HARD | JOB_OBJECT_CPU_RATE_CONTROL_NOTIFY, 200));
    CHECK(SetInformationJobObject(job, JobObjectAssociateCompletionPortInformation, &association,
                                  sizeof association));
    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "spin 20000"));
    CHECK(AssignProcessToJobObject(job, process.hProcess));
    ResumeThread(process.hThread);
    CHECK(GetQueuedCompletionStatus(port, &message, &key, &overlapped, 5000));
    CHECK_EQ(message, JOB_OBJECT_MSG_NEW_PROCESS);
    CHECK(GetQueuedCompletionStatus(port, &message, &key, &overlapped, 12000));
    CHECK_EQ(message, JOB_OBJECT_MSG_NOTIFICATION_LIMIT);
    CHECK(QueryInformationJobObject(job, JobObjectLimitViolationInformation, &violation, sizeof violation,
                                    NULL));
    CHECK_EQ(violation.LimitFlags, JOB_OBJECT_LIMIT_RATE_CONTROL);
    CHECK_EQ(violation.ViolationLimitFlags, JOB_OBJECT_LIMIT_RATE_CONTROL);
    CHECK_EQ(violation.RateControlTolerance, ToleranceLow);
    CHECK_EQ(violation.RateControlToleranceLimit, ToleranceLow);
    end(&process);
    CloseHandle(job);
    CloseHandle(port);
}
