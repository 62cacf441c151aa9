/*
 * Objects that several processes find by name: events, sections, jobs; private namespaces; what a process
 * leaves behind when it is killed.
 */
#include "children.h"

/* A name of this run. */
static const char *name(const char *stem)
{
    return name_of_run("gastwirt-test-", stem);
}

/* ---------------------------------------------------------------- names */

CHILD(answer)
{
    HANDLE ask = OpenEventA(EVENT_ALL_ACCESS, FALSE, argv[0]),
           reply = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[1]);
    int rounds = atoi(argv[2]);
    if (!ask || !reply)
        return 100;
    for (int i = 0; i < rounds; i++) {
        if (WaitForSingleObject(ask, 10000) != WAIT_OBJECT_0)
            return 101;
        SetEvent(reply);
    }
    return 7;
}

TEST(events_by_name)
{
    PROCESS_INFORMATION process;
    const char *ask_name = name("ask"), *reply_name = name("reply");
    HANDLE ask = CreateEventA(NULL, FALSE, FALSE, ask_name),
           reply = CreateEventA(NULL, FALSE, FALSE, reply_name);
    CHECK(ask && reply);
    CHECK(start(&process, FALSE, 0, "answer %s %s 500", ask_name, reply_name));
    int rounds = 0;
    for (; rounds < 500; rounds++) {
        SetEvent(ask);
        if (WaitForSingleObject(reply, 10000) != WAIT_OBJECT_0)
            break;
    }
    CHECK_EQ(rounds, 500);
    CHECK_EQ(finish(&process), 7);
    CHECK_EQ(WaitForSingleObject(ask, 0), WAIT_TIMEOUT);
    CloseHandle(ask);
    CHECK_ERROR(OpenEventA(SYNCHRONIZE, FALSE, ask_name), ERROR_FILE_NOT_FOUND);
    CloseHandle(reply);
}

CHILD(hold_names)
{
    HANDLE ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[0]);
    if (!CreateEventA(NULL, TRUE, TRUE, argv[1]) || !CreateSemaphoreA(NULL, 2, 5, argv[2]) || !ready)
        return 1;
    SetEvent(ready);
    Sleep(20000);
    return 0;
}

TEST(names_end_with_their_process)
{
    PROCESS_INFORMATION process;
    const char *ready_name = name("ready"), *event_name = name("held event"), *semaphore_name = name("held");
    char quoted[100];
    snprintf(quoted, sizeof quoted, "\"%s\"", event_name);
    HANDLE ready = CreateEventA(NULL, FALSE, FALSE, ready_name);
    LONG previous = 0;
    CHECK(start(&process, FALSE, 0, "hold_names %s %s %s", ready_name, quoted, semaphore_name));
    CHECK_EQ(WaitForSingleObject(ready, 10000), WAIT_OBJECT_0);
    HANDLE event = OpenEventA(SYNCHRONIZE, FALSE, event_name);
    CHECK(event != NULL);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CHECK_ERROR(OpenMutexA(SYNCHRONIZE, FALSE, event_name), ERROR_INVALID_HANDLE);
    CHECK_ERROR(CreateMutexA(NULL, FALSE, event_name), ERROR_INVALID_HANDLE);
    HANDLE semaphore = CreateSemaphoreA(NULL, 0, 1, semaphore_name);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    CHECK(ReleaseSemaphore(semaphore, 3, &previous));
    CHECK_EQ(previous, 2);
    CHECK_ERROR(ReleaseSemaphore(semaphore, 1, NULL), ERROR_TOO_MANY_POSTS);
    TerminateProcess(process.hProcess, 9);
    CHECK_EQ(finish(&process), 9);
    /* What this process still has stays; the rest is gone. */
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CloseHandle(event);
    for (int i = 0; i < 50 && (event = OpenEventA(SYNCHRONIZE, FALSE, event_name)); i++) {
        CloseHandle(event);
        Sleep(10);
    }
    CHECK(event == NULL);
    CloseHandle(semaphore);
    CloseHandle(ready);
}

/* ---------------------------------------------------------------- sections */

CHILD(increment)
{
    HANDLE section = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, argv[0]),
           mutex = OpenMutexA(SYNCHRONIZE, FALSE, argv[1]);
    volatile LONG *view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    (void)argc;
    if (!view || !mutex)
        return 1;
    for (int i = 0; i < 1000; i++) {
        if (WaitForSingleObject(mutex, 10000) != WAIT_OBJECT_0)
            return 2;
        view[0] = view[0] + 1;
        ReleaseMutex(mutex);
    }
    return 0;
}

TEST(sections_by_name)
{
    PROCESS_INFORMATION processes[3];
    const char *section_name = name("section"), *mutex_name = name("section mutex");
    char quoted[100];
    snprintf(quoted, sizeof quoted, "\"%s\"", mutex_name);
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x20000, section_name);
    HANDLE mutex = CreateMutexA(NULL, FALSE, mutex_name);
    LONG *view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    MEMORY_BASIC_INFORMATION info;
    for (int i = 0; i < 3; i++)
        CHECK(start(&processes[i], FALSE, 0, "increment %s %s", section_name, quoted));
    for (int i = 0; i < 3; i++)
        CHECK_EQ(finish(&processes[i]), 0);
    CHECK_EQ(view[0], 3000);
    HANDLE again = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x1000, section_name);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    LONG *other = MapViewOfFile(again, FILE_MAP_READ, 0, 0, 0);
    VirtualQuery(other, &info, sizeof info);
    CHECK_EQ(info.RegionSize, 0x20000);
    CHECK_EQ(other[0], 3000);
    UnmapViewOfFile(other);
    CloseHandle(again);
    UnmapViewOfFile(view);
    CloseHandle(section);
    CHECK_ERROR(OpenFileMappingA(FILE_MAP_READ, FALSE, section_name), ERROR_FILE_NOT_FOUND);
    CloseHandle(mutex);
}

/* ---------------------------------------------------------------- jobs */

CHILD(lie_still)
{
    (void)argc, (void)argv;
    Sleep(20000);
    return 0;
}

CHILD(hold_job)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    HANDLE job = OpenJobObjectA(JOB_OBJECT_ALL_ACCESS, FALSE, argv[0]),
           ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[1]);
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting;
    BOOL inside = FALSE;
    (void)argc;
    if (!job || !IsProcessInJob(GetCurrentProcess(), job, &inside) || !inside)
        return 1;
    if (!QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &accounting, sizeof accounting,
                                   NULL) ||
        accounting.ActiveProcesses != 2)
        return 2;
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (!SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
        return 3;
    SetEvent(ready);
    Sleep(20000);
    return 4;
}

TEST(jobs_by_name)
{
    PROCESS_INFORMATION first, second;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    const char *job_name = name("job"), *ready_name = name("job-ready");
    HANDLE job = CreateJobObjectA(NULL, job_name), ready = CreateEventA(NULL, FALSE, FALSE, ready_name);
    CHECK(job && ready);
    CHECK_ERROR(CreateEventA(NULL, FALSE, FALSE, job_name), ERROR_INVALID_HANDLE);
    CHECK(start(&first, FALSE, 0, "lie_still"));
    CHECK(start(&second, FALSE, CREATE_SUSPENDED, "hold_job %s %s", job_name, ready_name));
    CHECK(AssignProcessToJobObject(job, first.hProcess));
    CHECK(AssignProcessToJobObject(job, second.hProcess));
    ResumeThread(second.hThread);
    CHECK_EQ(WaitForSingleObject(ready, 10000), WAIT_OBJECT_0);
    CHECK(QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits, NULL));
    if (!harness_is_wine()) /* wine does not say what was set */
        CHECK_EQ(limits.BasicLimitInformation.LimitFlags, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE);
    CloseHandle(job);
    /* The second still has the job, until it ends. */
    CHECK_EQ(WaitForSingleObject(first.hProcess, 100), WAIT_TIMEOUT);
    TerminateProcess(second.hProcess, 5);
    CHECK_EQ(finish(&second), 5);
    CHECK_EQ(WaitForSingleObject(first.hProcess, 10000), WAIT_OBJECT_0);
    finish(&first);
    CloseHandle(ready);
}

/* ---------------------------------------------------------------- private namespaces */

static HANDLE make_boundary(const WCHAR *text, WELL_KNOWN_SID_TYPE type)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    HANDLE boundary = CreateBoundaryDescriptorW(text, 0);
    CHECK(boundary != NULL);
    CHECK(CreateWellKnownSid(type, NULL, sid, &size));
    CHECK(AddSIDToBoundaryDescriptor(&boundary, sid));
    return boundary;
}

CHILD(open_namespace)
{
    HANDLE boundary = make_boundary(L"gastwirt-test", WinWorldSid);
    HANDLE space = OpenPrivateNamespaceW(boundary, L"theirs");
    (void)argc, (void)argv;
    if (!space)
        return (int)GetLastError() + 1000;
    HANDLE event = OpenEventA(EVENT_MODIFY_STATE, FALSE, "theirs\\event");
    if (!event || OpenEventA(SYNCHRONIZE, FALSE, "event"))
        return 2;
    SetEvent(event);
    return ClosePrivateNamespace(space, 0) ? 0 : 3;
}

TEST(private_namespaces)
{
    PROCESS_INFORMATION process;
    if (harness_is_wine())
        SKIP("wine's are stubs");
    HANDLE boundary = make_boundary(L"gastwirt-test", WinWorldSid), foreign = make_boundary(L"x", WinNullSid);
    HANDLE space = CreatePrivateNamespaceW(NULL, boundary, L"mine");
    CHECK(space != NULL);
    CHECK_ERROR(CreatePrivateNamespaceW(NULL, boundary, L"again"), ERROR_ALREADY_EXISTS);
    CHECK_ERROR(CreatePrivateNamespaceW(NULL, foreign, L"foreign"), ERROR_ACCESS_DENIED);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, "mine\\event");
    CHECK(event != NULL);
    CHECK_ERROR(OpenEventA(SYNCHRONIZE, FALSE, "other\\event"), ERROR_PATH_NOT_FOUND);
    CHECK(start(&process, FALSE, 0, "open_namespace"));
    CHECK_EQ(finish(&process), 0);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CHECK(ClosePrivateNamespace(space, PRIVATE_NAMESPACE_FLAG_DESTROY));
    CHECK_ERROR(OpenEventA(SYNCHRONIZE, FALSE, "mine\\event"), ERROR_PATH_NOT_FOUND);
    CHECK(start(&process, FALSE, 0, "open_namespace"));
    CHECK_EQ(finish(&process), ERROR_PATH_NOT_FOUND + 1000);
    CloseHandle(event);
    DeleteBoundaryDescriptor(boundary);
    DeleteBoundaryDescriptor(foreign);
}

/* ---------------------------------------------------------------- security */

TEST(security_is_shared)
{
    const char *event_name = name("security");
    BYTE buffer[512], acl[256];
    DWORD needed = 0;
    SECURITY_DESCRIPTOR descriptor;
    BOOL present = FALSE, defaulted;
    PACL list = NULL;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, FALSE};
    BYTE world[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof world;
    CreateWellKnownSid(WinWorldSid, NULL, world, &size);
    CHECK(InitializeAcl((ACL *)acl, sizeof acl, ACL_REVISION));
    CHECK(AddAccessAllowedAce((ACL *)acl, ACL_REVISION, EVENT_ALL_ACCESS, world));
    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&descriptor, TRUE, (ACL *)acl, FALSE);
    HANDLE event = CreateEventA(&attributes, FALSE, FALSE, event_name);
    HANDLE other = OpenEventA(EVENT_ALL_ACCESS, FALSE, event_name);
    CHECK(GetKernelObjectSecurity(other, DACL_SECURITY_INFORMATION, (SECURITY_DESCRIPTOR *)buffer,
                                  sizeof buffer, &needed));
    CHECK(GetSecurityDescriptorDacl((SECURITY_DESCRIPTOR *)buffer, &present, &list, &defaulted));
    CHECK(present && list && list->AceCount == 1);
    SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE);
    CHECK(SetKernelObjectSecurity(other, DACL_SECURITY_INFORMATION, &descriptor));
    CHECK(GetKernelObjectSecurity(event, DACL_SECURITY_INFORMATION, (SECURITY_DESCRIPTOR *)buffer,
                                  sizeof buffer, &needed));
    CHECK(GetSecurityDescriptorDacl((SECURITY_DESCRIPTOR *)buffer, &present, &list, &defaulted));
    CHECK(present && !list);
    CloseHandle(event);
    CloseHandle(other);
}
