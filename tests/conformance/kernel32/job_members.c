/*
 * Who is in a job: children, breakaway, nested jobs, job lists, named jobs, the last handle.
 */
#include "children.h"

CHILD(sleep)
{
    (void)argc, (void)argv;
    Sleep(20000);
    return 0;
}

CHILD(code)
{
    (void)argc;
    return (int)strtoul(argv[0], NULL, 0);
}

static void close(PROCESS_INFORMATION *process)
{
    CloseHandle(process->hProcess);
    CloseHandle(process->hThread);
}

static void end(PROCESS_INFORMATION *process)
{
    TerminateProcess(process->hProcess, 1);
    WaitForSingleObject(process->hProcess, 5000);
    close(process);
}

static BOOL is_in(HANDLE process, HANDLE job)
{
    BOOL inside = 99;
    CHECK(IsProcessInJob(process, job, &inside));
    return inside;
}

static void set_flags(HANDLE job, DWORD flags)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    limits.BasicLimitInformation.LimitFlags = flags;
    CHECK(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits));
}

static DWORD active(HANDLE job)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting = {.ActiveProcesses = 99};
    CHECK(QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &accounting, sizeof accounting,
                                    NULL));
    return accounting.ActiveProcesses;
}

/* Members are counted off a little after their handles are signalled. */
static DWORD active_becomes(HANDLE job, DWORD wanted)
{
    DWORD now;
    for (int i = 0; i < 100 && (now = active(job)) != wanted; i++)
        Sleep(10);
    return now;
}

/* Starts a child in the way its flags say; it says by its exit code whether that is in the job given by name
 * (1), in another (2), in none (0); 100 + error if it cannot be started. */
CHILD(start_child)
{
    PROCESS_INFORMATION process;
    BOOL any, named;
    HANDLE job = OpenJobObjectA(JOB_OBJECT_ALL_ACCESS, FALSE, argv[1]);
    (void)argc;
    if (!start(&process, FALSE, CREATE_SUSPENDED | strtoul(argv[0], NULL, 0), "sleep"))
        return 100 + (int)GetLastError();
    IsProcessInJob(process.hProcess, NULL, &any);
    IsProcessInJob(process.hProcess, job, &named);
    end(&process);
    return named ? 1 : any ? 2 : 0;
}

static DWORD child_of_member(HANDLE job, const char *name, DWORD flags)
{
    PROCESS_INFORMATION process;
    char line[64];
    snprintf(line, sizeof line, "start_child 0x%lx %s", flags, name);
    if (!start(&process, FALSE, CREATE_SUSPENDED, "%s", line)) {
        FAIL("no process: error %lu", GetLastError());
        return 99;
    }
    CHECK(AssignProcessToJobObject(job, process.hProcess));
    ResumeThread(process.hThread);
    return finish(&process);
}

TEST(children_join)
{
    HANDLE job = CreateJobObjectA(NULL, "gastwirt children");
    CHECK_EQ(child_of_member(job, "gastwirt children", 0), 1);
    CHECK_EQ(active_becomes(job, 0), 0);
    CloseHandle(job);
}

TEST(breakaway)
{
    HANDLE job = CreateJobObjectA(NULL, "gastwirt breakaway");
    CHECK_EQ(child_of_member(job, "gastwirt breakaway", CREATE_BREAKAWAY_FROM_JOB),
             100 + ERROR_ACCESS_DENIED);
    set_flags(job, JOB_OBJECT_LIMIT_BREAKAWAY_OK);
    CHECK_EQ(child_of_member(job, "gastwirt breakaway", 0), 1);
    CHECK(child_of_member(job, "gastwirt breakaway", CREATE_BREAKAWAY_FROM_JOB) != 1);
    set_flags(job, JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK);
    CHECK(child_of_member(job, "gastwirt breakaway", 0) != 1);
    CHECK(child_of_member(job, "gastwirt breakaway", CREATE_BREAKAWAY_FROM_JOB) != 1);
    CloseHandle(job);
}

/* Outside of jobs the flag means nothing. */
TEST(breakaway_without_job)
{
    PROCESS_INFORMATION process;
    if (is_in(GetCurrentProcess(), NULL))
        SKIP("the test itself is in a job");
    CHECK(start(&process, FALSE, CREATE_BREAKAWAY_FROM_JOB, "code 3"));
    CHECK_EQ(finish(&process), 3);
}

TEST(assign_errors)
{
    PROCESS_INFORMATION process;
    HANDLE job = CreateJobObjectA(NULL, NULL), weak;
    CHECK_ERROR(AssignProcessToJobObject(NULL, GetCurrentProcess()), ERROR_INVALID_HANDLE);
    CHECK_ERROR(AssignProcessToJobObject(GetCurrentProcess(), GetCurrentProcess()), ERROR_INVALID_HANDLE);
    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "code 5"));
    CHECK(DuplicateHandle(GetCurrentProcess(), process.hProcess, GetCurrentProcess(), &weak,
                          PROCESS_TERMINATE | SYNCHRONIZE, FALSE, 0));
    CHECK_ERROR(AssignProcessToJobObject(job, weak), ERROR_ACCESS_DENIED);
    CloseHandle(weak);
    CHECK(DuplicateHandle(GetCurrentProcess(), job, GetCurrentProcess(), &weak, JOB_OBJECT_QUERY, FALSE, 0));
    CHECK_ERROR(AssignProcessToJobObject(weak, process.hProcess), ERROR_ACCESS_DENIED);
    CHECK_ERROR(TerminateJobObject(weak, 1), ERROR_ACCESS_DENIED);
    CHECK_EQ(active(weak), 0);
    CloseHandle(weak);
    ResumeThread(process.hThread);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 10000), WAIT_OBJECT_0);
    CHECK_ERROR(AssignProcessToJobObject(job, process.hProcess), ERROR_ACCESS_DENIED);
    close(&process);
    CHECK_ERROR(IsProcessInJob(NULL, job, &(BOOL){0}), ERROR_INVALID_HANDLE);
    CHECK_ERROR(IsProcessInJob(GetCurrentProcess(), GetCurrentProcess(), &(BOOL){0}), ERROR_INVALID_HANDLE);
    CloseHandle(job);
}

/* A second job goes inside the first; both count the process, and its end in the inner one is no end in the
 * outer. */
TEST(nested)
{
    PROCESS_INFORMATION first, second;
    HANDLE outer = CreateJobObjectA(NULL, NULL), inner = CreateJobObjectA(NULL, NULL);
    CHECK(start(&first, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(start(&second, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(AssignProcessToJobObject(outer, first.hProcess));
    CHECK(AssignProcessToJobObject(outer, second.hProcess));
    CHECK(AssignProcessToJobObject(inner, second.hProcess));
    CHECK(is_in(second.hProcess, outer) && is_in(second.hProcess, inner) && is_in(second.hProcess, NULL));
    CHECK(is_in(first.hProcess, outer) && !is_in(first.hProcess, inner));
    CHECK_EQ(active(outer), 2);
    CHECK_EQ(active(inner), 1);
    CHECK(TerminateJobObject(inner, 7));
    CHECK_EQ(finish(&second), 7);
    CHECK_EQ(WaitForSingleObject(first.hProcess, 0), WAIT_TIMEOUT);
    CHECK_EQ(active_becomes(outer, 1), 1);
    CHECK_EQ(active_becomes(inner, 0), 0);
    CHECK(TerminateJobObject(outer, 8));
    CHECK_EQ(finish(&first), 8);
    CloseHandle(inner);
    CloseHandle(outer);
}

/* A job with processes that are not in the other one cannot be put inside it. */
TEST(nested_errors)
{
    PROCESS_INFORMATION first, second;
    HANDLE a = CreateJobObjectA(NULL, NULL), b = CreateJobObjectA(NULL, NULL),
           c = CreateJobObjectA(NULL, NULL);
    JOBOBJECT_BASIC_UI_RESTRICTIONS ui = {JOB_OBJECT_UILIMIT_HANDLES};
    CHECK(start(&first, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(start(&second, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(AssignProcessToJobObject(a, first.hProcess));
    CHECK(AssignProcessToJobObject(b, second.hProcess));
    CHECK_ERROR(AssignProcessToJobObject(b, first.hProcess), ERROR_ACCESS_DENIED);
    CHECK(SetInformationJobObject(c, JobObjectBasicUIRestrictions, &ui, sizeof ui));
    if (!harness_is_wine()) /* documented for nested jobs; wine does not look */
        CHECK_ERROR(AssignProcessToJobObject(c, first.hProcess), ERROR_ACCESS_DENIED);
    CHECK_EQ(active(a), 1);
    end(&first);
    end(&second);
    CloseHandle(a);
    CloseHandle(b);
    CloseHandle(c);
}

/* The end of the outer job's last handle ends what is inside the inner one. */
TEST(nested_kill_on_close)
{
    PROCESS_INFORMATION process;
    HANDLE outer = CreateJobObjectA(NULL, NULL), inner = CreateJobObjectA(NULL, NULL);
    set_flags(outer, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE);
    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(AssignProcessToJobObject(outer, process.hProcess));
    CHECK(AssignProcessToJobObject(inner, process.hProcess));
    CloseHandle(inner);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 50), WAIT_TIMEOUT);
    CloseHandle(outer);
    CHECK_EQ(finish(&process), 0);
}

/* Without the limit a job outlives its handles. */
TEST(closed_job_goes_on)
{
    PROCESS_INFORMATION process;
    HANDLE job = CreateJobObjectA(NULL, NULL);
    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(AssignProcessToJobObject(job, process.hProcess));
    CloseHandle(job);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 50), WAIT_TIMEOUT);
    CHECK(is_in(process.hProcess, NULL));
    end(&process);
}

/* Holds the only handle of a job that kills, with a process in it. */
CHILD(holder)
{
    PROCESS_INFORMATION process;
    HANDLE job = CreateJobObjectA(NULL, NULL), ready = OpenEventA(EVENT_ALL_ACCESS, FALSE, argv[0]);
    (void)argc;
    set_flags(job, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE);
    if (!start(&process, FALSE, CREATE_SUSPENDED, "sleep") ||
        !AssignProcessToJobObject(job, process.hProcess))
        return 1;
    HANDLE shared = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, argv[1]);
    *(DWORD *)MapViewOfFile(shared, FILE_MAP_ALL_ACCESS, 0, 0, 4) = process.dwProcessId;
    ResumeThread(process.hThread);
    SetEvent(ready);
    Sleep(20000);
    return 0;
}

TEST(holder_is_killed)
{
    PROCESS_INFORMATION holder;
    HANDLE ready = CreateEventA(NULL, TRUE, FALSE, "gastwirt holder ready");
    HANDLE shared = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4,
                                       "gastwirt_holder_id");
    DWORD *id = MapViewOfFile(shared, FILE_MAP_ALL_ACCESS, 0, 0, 4);
    CHECK(start(&holder, FALSE, 0, "holder \"gastwirt holder ready\" gastwirt_holder_id"));
    CHECK_EQ(WaitForSingleObject(ready, 10000), WAIT_OBJECT_0);
    HANDLE member = OpenProcess(SYNCHRONIZE, FALSE, *id);
    CHECK(member != NULL);
    CHECK_EQ(WaitForSingleObject(member, 20), WAIT_TIMEOUT);
    CHECK(TerminateProcess(holder.hProcess, 9));
    CHECK_EQ(WaitForSingleObject(member, 5000), WAIT_OBJECT_0);
    CloseHandle(member);
    CHECK_EQ(finish(&holder), 9);
    UnmapViewOfFile(id);
    CloseHandle(shared);
    CloseHandle(ready);
}

/* In the job from its first instruction, and its children's job too. */
TEST(job_list)
{
    STARTUPINFOEXA info = {.StartupInfo.cb = sizeof info};
    PROCESS_INFORMATION process;
    char room[256], path[MAX_PATH], line[MAX_PATH + 64];
    SIZE_T size = sizeof room;
    HANDLE jobs[2] = {CreateJobObjectA(NULL, NULL), CreateJobObjectA(NULL, NULL)};
    ORACLE_DIFFERS("wine puts a process into the first job of the list only");
    info.lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)room;
    CHECK(InitializeProcThreadAttributeList(info.lpAttributeList, 1, 0, &size));
    CHECK(UpdateProcThreadAttribute(info.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_JOB_LIST, jobs,
                                    sizeof jobs, NULL, NULL));
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --child code 4", path);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, CREATE_SUSPENDED | EXTENDED_STARTUPINFO_PRESENT, NULL,
                         NULL, &info.StartupInfo, &process));
    CHECK(is_in(process.hProcess, jobs[0]) && is_in(process.hProcess, jobs[1]));
    CHECK_EQ(active(jobs[0]), 1);
    CHECK_EQ(active(jobs[1]), 1);
    ResumeThread(process.hThread);
    CHECK_EQ(finish(&process), 4);
    CHECK_EQ(active_becomes(jobs[0], 0), 0);
    DeleteProcThreadAttributeList(info.lpAttributeList);
    CloseHandle(jobs[0]);
    CloseHandle(jobs[1]);
}

TEST(process_ids)
{
    PROCESS_INFORMATION first, second;
    HANDLE job = CreateJobObjectA(NULL, NULL);
    struct {
        JOBOBJECT_BASIC_PROCESS_ID_LIST list;
        ULONG_PTR more[3];
    } ids;
    DWORD size = 0;
    CHECK(QueryInformationJobObject(job, JobObjectBasicProcessIdList, &ids, sizeof ids, &size));
    CHECK_EQ(ids.list.NumberOfAssignedProcesses, 0);
    CHECK_EQ(ids.list.NumberOfProcessIdsInList, 0);
    CHECK_EQ(size, FIELD_OFFSET(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList));
    CHECK(start(&first, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(start(&second, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(AssignProcessToJobObject(job, first.hProcess));
    CHECK(AssignProcessToJobObject(job, second.hProcess));
    CHECK(QueryInformationJobObject(job, JobObjectBasicProcessIdList, &ids, sizeof ids, &size));
    CHECK_EQ(ids.list.NumberOfAssignedProcesses, 2);
    CHECK_EQ(ids.list.NumberOfProcessIdsInList, 2);
    CHECK_EQ(ids.list.ProcessIdList[0], first.dwProcessId);
    CHECK_EQ(ids.list.ProcessIdList[1], second.dwProcessId);
    CHECK_EQ(size, FIELD_OFFSET(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList) + 2 * sizeof(ULONG_PTR));
    memset(&ids, 0, sizeof ids);
    CHECK_ERROR(QueryInformationJobObject(job, JobObjectBasicProcessIdList, &ids, sizeof ids.list, &size),
                ERROR_MORE_DATA);
    CHECK_EQ(ids.list.NumberOfAssignedProcesses, 2);
    CHECK_EQ(ids.list.NumberOfProcessIdsInList, 1);
    CHECK_EQ(ids.list.ProcessIdList[0], first.dwProcessId);
    CHECK_ERROR(QueryInformationJobObject(job, JobObjectBasicProcessIdList, &ids, 4, NULL), ERROR_BAD_LENGTH);
    end(&first);
    end(&second);
    CloseHandle(job);
}

TEST(named)
{
    PROCESS_INFORMATION process;
    HANDLE job = CreateJobObjectW(NULL, L"gastwirt named job"), other, again;
    CHECK_EQ(GetLastError(), 0);
    again = CreateJobObjectA(NULL, "gastwirt named job");
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    other = OpenJobObjectW(JOB_OBJECT_QUERY | JOB_OBJECT_TERMINATE, FALSE, L"gastwirt named job");
    CHECK(job && again && other);
    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(AssignProcessToJobObject(job, process.hProcess));
    CHECK(is_in(process.hProcess, other) && is_in(process.hProcess, again));
    CHECK_ERROR(AssignProcessToJobObject(other, process.hProcess), ERROR_ACCESS_DENIED);
    CHECK(TerminateJobObject(other, 11));
    CHECK_EQ(finish(&process), 11);
    CloseHandle(job);
    CloseHandle(again);
    CloseHandle(other);
    /* What is left of the process may keep it for a moment. */
    for (int i = 0; i < 100 && (job = OpenJobObjectA(JOB_OBJECT_QUERY, FALSE, "gastwirt named job")); i++) {
        CloseHandle(job);
        Sleep(10);
    }
    CHECK_ERROR(OpenJobObjectA(JOB_OBJECT_QUERY, FALSE, "gastwirt named job"), ERROR_FILE_NOT_FOUND);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, "gastwirt named event");
    CHECK_ERROR(OpenJobObjectA(JOB_OBJECT_QUERY, FALSE, "gastwirt named event"), ERROR_INVALID_HANDLE);
    CloseHandle(event);
}

/* A process that nobody started here, known by its id. */
TEST(opened_process)
{
    PROCESS_INFORMATION process;
    HANDLE job = CreateJobObjectA(NULL, NULL);
    CHECK(start(&process, FALSE, 0, "sleep"));
    HANDLE opened = OpenProcess(PROCESS_SET_QUOTA | PROCESS_TERMINATE, FALSE, process.dwProcessId);
    CHECK(AssignProcessToJobObject(job, opened));
    CHECK(is_in(process.hProcess, job));
    CHECK(TerminateJobObject(job, 0x12345678));
    CHECK_EQ(finish(&process), 0x12345678);
    CloseHandle(opened);
    CloseHandle(job);
}

/* A member that ends the whole job. */
CHILD(suicide)
{
    HANDLE job = OpenJobObjectA(JOB_OBJECT_ALL_ACCESS, FALSE, argv[0]);
    (void)argc;
    if (!AssignProcessToJobObject(job, GetCurrentProcess()) || !is_in(GetCurrentProcess(), job))
        return 1;
    TerminateJobObject(job, 0x4321);
    Sleep(10000);
    return 2;
}

TEST(own_end)
{
    PROCESS_INFORMATION process, other;
    HANDLE job = CreateJobObjectA(NULL, "gastwirt suicide");
    CHECK(start(&other, FALSE, CREATE_SUSPENDED, "sleep"));
    CHECK(AssignProcessToJobObject(job, other.hProcess));
    CHECK(start(&process, FALSE, 0, "suicide \"gastwirt suicide\""));
    CHECK_EQ(finish(&process), 0x4321);
    CHECK_EQ(finish(&other), 0x4321);
    CloseHandle(job);
}

/* What a member asks about its own job with no handle. */
CHILD(own_job)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    JOBOBJECT_BASIC_PROCESS_ID_LIST ids;
    (void)argc, (void)argv;
    if (!QueryInformationJobObject(NULL, JobObjectBasicAccountingInformation, &accounting, sizeof accounting,
                                   NULL))
        return 100 + (int)GetLastError();
    if (!QueryInformationJobObject(NULL, JobObjectExtendedLimitInformation, &limits, sizeof limits, NULL) ||
        limits.BasicLimitInformation.ActiveProcessLimit != 77)
        return 2;
    if (!QueryInformationJobObject(NULL, JobObjectBasicProcessIdList, &ids, sizeof ids, NULL) ||
        ids.ProcessIdList[0] != GetCurrentProcessId())
        return 3;
    return accounting.ActiveProcesses == 1 ? 50 : 4;
}

TEST(own_job)
{
    PROCESS_INFORMATION process;
    HANDLE job = CreateJobObjectA(NULL, NULL);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    ORACLE_DIFFERS("wine does not tell the limits that were set");
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
    limits.BasicLimitInformation.ActiveProcessLimit = 77;
    CHECK(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits));
    CHECK(start(&process, FALSE, CREATE_SUSPENDED, "own_job"));
    CHECK(AssignProcessToJobObject(job, process.hProcess));
    ResumeThread(process.hThread);
    CHECK_EQ(finish(&process), 50);
    CloseHandle(job);
}
