/*
 * What jobs tell their completion port.
 */
#include "children.h"

CHILD(code)
{
    (void)argc;
    return (int)strtoul(argv[0], NULL, 0);
}

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

CHILD(commit)
{
    (void)argc;
    void *memory = VirtualAlloc(NULL, (SIZE_T)atoi(argv[0]) << 20, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    Sleep(500); /* until that has been noticed */
    return memory != NULL;
}

static BOOL start_in(HANDLE job, const char *child, PROCESS_INFORMATION *ret)
{
    if (!start(ret, FALSE, CREATE_SUSPENDED, "%s", child) || !AssignProcessToJobObject(job, ret->hProcess))
        return FALSE;
    return ResumeThread(ret->hThread) == 1;
}

static void close(PROCESS_INFORMATION *process)
{
    CloseHandle(process->hProcess);
    CloseHandle(process->hThread);
}

/* Processes that start a child have a message about that one as well. */
CHILD(parent)
{
    PROCESS_INFORMATION process;
    (void)argc, (void)argv;
    if (!start(&process, FALSE, 0, "code 0"))
        return (int)GetLastError();
    WaitForSingleObject(process.hProcess, 10000);
    close(&process);
    return 0;
}

static BOOL attach(HANDLE job, HANDLE port, void *key)
{
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT info = {key, port};
    return SetInformationJobObject(job, JobObjectAssociateCompletionPortInformation, &info, sizeof info);
}

/* The next message; 0: none. */
static DWORD next(HANDLE port, void *key, DWORD *ret_id)
{
    DWORD message = 0;
    ULONG_PTR got_key = 0;
    OVERLAPPED *value = NULL;
    if (!GetQueuedCompletionStatus(port, &message, &got_key, &value, 5000))
        return 0;
    CHECK_EQ(got_key, (ULONG_PTR)key);
    *ret_id = (DWORD)(ULONG_PTR)value;
    return message;
}

#define CHECK_MESSAGE(port, expected, expected_id)                                                           \
    do {                                                                                                     \
        DWORD check_id = 0;                                                                                  \
        CHECK_EQ(next(port, (void *)7, &check_id), expected);                                                \
        CHECK_EQ(check_id, expected_id);                                                                     \
    } while (0)

TEST(life)
{
    HANDLE job = CreateJobObjectA(NULL, NULL),
           port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    PROCESS_INFORMATION process;
    CHECK(attach(job, port, (void *)7));
    CHECK(start_in(job, "code 3", &process));
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_NEW_PROCESS, process.dwProcessId);
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_EXIT_PROCESS, process.dwProcessId);
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, 0);
    close(&process);
    CHECK(start_in(job, "code 0xc0000005", &process));
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_NEW_PROCESS, process.dwProcessId);
    CHECK_MESSAGE(port,
                  harness_is_wine() ? JOB_OBJECT_MSG_EXIT_PROCESS : JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS,
                  process.dwProcessId);
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, 0);
    close(&process);
    CloseHandle(job);
    CloseHandle(port);
}

TEST(children)
{
    HANDLE job = CreateJobObjectA(NULL, NULL),
           port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    PROCESS_INFORMATION process;
    DWORD id, child = 0, messages[8] = {0}, count = 0;
    CHECK(attach(job, port, (void *)7));
    CHECK(start_in(job, "parent", &process));
    while (count < 8 && (messages[count] = next(port, (void *)7, &id))) {
        if (messages[count] == JOB_OBJECT_MSG_NEW_PROCESS && id != process.dwProcessId)
            child = id;
        if (messages[count++] == JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO)
            break;
    }
    CHECK_EQ(count, 5);
    CHECK_EQ(messages[0], JOB_OBJECT_MSG_NEW_PROCESS);
    CHECK_EQ(messages[1], JOB_OBJECT_MSG_NEW_PROCESS);
    CHECK_EQ(messages[2], JOB_OBJECT_MSG_EXIT_PROCESS);
    CHECK(child != 0);
    close(&process);
    CloseHandle(job);
    CloseHandle(port);
}

/* Those that are there already are told of. */
TEST(late_port)
{
    HANDLE job = CreateJobObjectA(NULL, NULL),
           port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    PROCESS_INFORMATION process;
    CHECK(start_in(job, "sleep", &process));
    CHECK(attach(job, port, (void *)7));
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_NEW_PROCESS, process.dwProcessId);
    TerminateProcess(process.hProcess, 1);
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_EXIT_PROCESS, process.dwProcessId);
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, 0);
    close(&process);
    CloseHandle(job);
    CloseHandle(port);
}

TEST(nested)
{
    HANDLE outer = CreateJobObjectA(NULL, NULL), inner = CreateJobObjectA(NULL, NULL);
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    PROCESS_INFORMATION process;
    CHECK(attach(outer, port, (void *)7));
    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(AssignProcessToJobObject(outer, process.hProcess));
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_NEW_PROCESS, process.dwProcessId);
    CHECK(AssignProcessToJobObject(inner, process.hProcess));
    CHECK(TerminateJobObject(inner, 2));
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_EXIT_PROCESS, process.dwProcessId);
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, 0);
    close(&process);
    CloseHandle(inner);
    CloseHandle(outer);
    CloseHandle(port);
}

TEST(port_errors)
{
    HANDLE job = CreateJobObjectA(NULL, NULL),
           port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT info = {(void *)1, port};
    ORACLE_DIFFERS("wine lets a job have a second port");
    CHECK_ERROR(attach(job, job, NULL), ERROR_INVALID_HANDLE);
    CHECK_ERROR(
        SetInformationJobObject(job, JobObjectAssociateCompletionPortInformation, &info, sizeof info - 1),
        ERROR_BAD_LENGTH);
    CHECK(attach(job, port, (void *)1));
    CHECK_ERROR(attach(job, port, (void *)2), ERROR_INVALID_PARAMETER);
    CHECK(attach(job, NULL, NULL));
    CHECK(attach(job, port, (void *)3));
    CloseHandle(job);
    CloseHandle(port);
}

TEST(active_process_limit)
{
    HANDLE job = CreateJobObjectA(NULL, NULL),
           port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    JOBOBJECT_BASIC_LIMIT_INFORMATION limits = {.LimitFlags = JOB_OBJECT_LIMIT_ACTIVE_PROCESS,
                                                .ActiveProcessLimit = 1};
    PROCESS_INFORMATION process, second;
    ORACLE_DIFFERS("wine does not limit the number of processes");
    CHECK(SetInformationJobObject(job, JobObjectBasicLimitInformation, &limits, sizeof limits));
    CHECK(attach(job, port, (void *)7));
    CHECK(start_in(job, "sleep", &process));
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_NEW_PROCESS, process.dwProcessId);
    CHECK(start(&second, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK_ERROR(AssignProcessToJobObject(job, second.hProcess), ERROR_NOT_ENOUGH_QUOTA);
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT, 0);
    TerminateProcess(process.hProcess, 0);
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_EXIT_PROCESS, process.dwProcessId);
    close(&process);
    close(&second);
    CloseHandle(job);
    CloseHandle(port);
}

TEST(times)
{
    HANDLE job = CreateJobObjectA(NULL, NULL),
           port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    JOBOBJECT_BASIC_LIMIT_INFORMATION limits = {.LimitFlags = JOB_OBJECT_LIMIT_JOB_TIME};
    JOBOBJECT_END_OF_JOB_TIME_INFORMATION action = {JOB_OBJECT_POST_AT_END_OF_JOB};
    PROCESS_INFORMATION process;
    DWORD code = 0;
    ORACLE_DIFFERS("wine does not limit times");
    limits.PerJobUserTimeLimit.QuadPart = 1000000;
    CHECK(SetInformationJobObject(job, JobObjectBasicLimitInformation, &limits, sizeof limits));
    CHECK(SetInformationJobObject(job, JobObjectEndOfJobTimeInformation, &action, sizeof action));
    CHECK(attach(job, port, (void *)7));
    CHECK(start_in(job, "spin 12000", &process));
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_NEW_PROCESS, process.dwProcessId);
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_END_OF_JOB_TIME, 0);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 100), WAIT_TIMEOUT); /* it goes on */
    limits.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_TIME;
    limits.PerProcessUserTimeLimit.QuadPart = 2000000;
    CHECK(SetInformationJobObject(job, JobObjectBasicLimitInformation, &limits, sizeof limits));
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_END_OF_PROCESS_TIME, process.dwProcessId);
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_EXIT_PROCESS, process.dwProcessId);
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    close(&process);
    CloseHandle(job);
    CloseHandle(port);
}

TEST(memory)
{
    HANDLE job = CreateJobObjectA(NULL, NULL),
           port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    PROCESS_INFORMATION process;
    ORACLE_DIFFERS("wine does not limit memory");
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_MEMORY;
    limits.ProcessMemoryLimit = 48 << 20;
    CHECK(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits));
    CHECK(attach(job, port, (void *)7));
    CHECK(start_in(job, "commit 64", &process));
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_NEW_PROCESS, process.dwProcessId);
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_PROCESS_MEMORY_LIMIT, process.dwProcessId);
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_EXIT_PROCESS, process.dwProcessId);
    close(&process);
    CloseHandle(job);
    CloseHandle(port);
}

/* A notification only tells. */
TEST(notification)
{
    HANDLE job = CreateJobObjectA(NULL, NULL),
           port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    JOBOBJECT_NOTIFICATION_LIMIT_INFORMATION limits = {0};
    JOBOBJECT_LIMIT_VIOLATION_INFORMATION violation = {0};
    PROCESS_INFORMATION process;
    ORACLE_DIFFERS("wine knows no notification limits");
    limits.LimitFlags = JOB_OBJECT_LIMIT_JOB_MEMORY;
    limits.JobMemoryLimit = 24 << 20;
    CHECK(SetInformationJobObject(job, JobObjectNotificationLimitInformation, &limits, sizeof limits));
    memset(&limits, 0, sizeof limits);
    CHECK(
        QueryInformationJobObject(job, JobObjectNotificationLimitInformation, &limits, sizeof limits, NULL));
    CHECK_EQ(limits.JobMemoryLimit, 24 << 20);
    CHECK(attach(job, port, (void *)7));
    CHECK(start_in(job, "commit 64", &process));
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_NEW_PROCESS, process.dwProcessId);
    CHECK_MESSAGE(port, JOB_OBJECT_MSG_NOTIFICATION_LIMIT, 0);
    CHECK(QueryInformationJobObject(job, JobObjectLimitViolationInformation, &violation, sizeof violation,
                                    NULL));
    CHECK_EQ(violation.LimitFlags, JOB_OBJECT_LIMIT_JOB_MEMORY);
    CHECK_EQ(violation.ViolationLimitFlags, JOB_OBJECT_LIMIT_JOB_MEMORY);
    CHECK(violation.JobMemory >= 64 << 20);
    CHECK_EQ(violation.JobMemoryLimit, 24 << 20);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 5000), WAIT_OBJECT_0);
    close(&process);
    CloseHandle(job);
    CloseHandle(port);
}
