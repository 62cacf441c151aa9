/*
 * Processes: starting them, their ends, handles they inherit, information.
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

CHILD(echo)
{
    DWORD got;
    char line[64];
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE), output = GetStdHandle(STD_OUTPUT_HANDLE);
    (void)argc, (void)argv;
    while (ReadFile(input, line, sizeof line, &got, NULL) && got)
        WriteFile(output, line, got, &got, NULL);
    return 3;
}

CHILD(inherited)
{
    DWORD written;
    HANDLE handle = (HANDLE)(ULONG_PTR)strtoul(argv[0], NULL, 0);
    (void)argc;
    return WriteFile(handle, "inherited", 9, &written, NULL) && written == 9 ? 0 : 1;
}

CHILD(environment)
{
    char value[64] = "", directory[MAX_PATH] = "";
    (void)argc;
    GetEnvironmentVariableA("GASTWIRT_TEST", value, sizeof value);
    GetCurrentDirectoryA(sizeof directory, directory);
    return strcmp(value, "passed on") != 0 ? 1 : _stricmp(directory, argv[0]) != 0 ? 2 : 0;
}

static BOOL start_child(const char *child, BOOL inherit, DWORD flags, const char *directory,
                        STARTUPINFOA *info, PROCESS_INFORMATION *ret)
{
    static STARTUPINFOA none = {.cb = sizeof none};
    char path[MAX_PATH], line[1024];
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --child %s", path, child);
    return CreateProcessA(NULL, line, NULL, NULL, inherit, flags, NULL, directory, info ? info : &none, ret);
}

/* All 32 bits of the exit code come back. */
TEST(exit_code)
{
    PROCESS_INFORMATION process;
    CHECK(start_child("code 0", FALSE, 0, NULL, NULL, &process));
    CHECK(process.dwProcessId && process.dwProcessId % 4 == 0 && process.dwThreadId);
    CHECK_EQ(finish(&process), 0);
    CHECK(start_child("code 0x87654321", FALSE, 0, NULL, NULL, &process));
    CHECK_EQ(finish(&process), 0x87654321);
}

TEST(terminate)
{
    PROCESS_INFORMATION process;
    DWORD code;
    CHECK(start_child("sleep", FALSE, 0, NULL, NULL, &process));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 50), WAIT_TIMEOUT);
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CHECK_EQ(code, STILL_ACTIVE);
    CHECK_EQ(GetProcessId(process.hProcess), process.dwProcessId);
    HANDLE other = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE | PROCESS_QUERY_INFORMATION, FALSE,
                               process.dwProcessId);
    CHECK(other != NULL);
    CHECK(TerminateProcess(other, 0x12345678));
    CHECK_EQ(WaitForSingleObject(other, 5000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(process.hThread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(other, &code));
    CHECK_EQ(code, 0x12345678);
    if (!harness_is_wine()) /* documented for a process that has ended */
        CHECK_ERROR(TerminateProcess(other, 1), ERROR_ACCESS_DENIED);
    CloseHandle(other);
    finish(&process);
    CHECK_ERROR(TerminateProcess(NULL, 1), ERROR_INVALID_HANDLE);
}

TEST(suspended)
{
    PROCESS_INFORMATION process;
    CHECK(start_child("code 5", FALSE, CREATE_SUSPENDED, NULL, NULL, &process));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 100), WAIT_TIMEOUT);
    CHECK_EQ(ResumeThread(process.hThread), 1);
    CHECK_EQ(finish(&process), 5);
}

TEST(standard_handles)
{
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, TRUE};
    HANDLE in_read, in_write, out_read, out_write;
    STARTUPINFOA info = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    char buffer[64];
    DWORD count, total = 0;
    CHECK(CreatePipe(&in_read, &in_write, &security, 0));
    CHECK(CreatePipe(&out_read, &out_write, &security, 0));
    SetHandleInformation(in_write, HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(out_read, HANDLE_FLAG_INHERIT, 0);
    info.hStdInput = in_read;
    info.hStdOutput = out_write;
    info.hStdError = out_write;
    CHECK(start_child("echo", TRUE, 0, NULL, &info, &process));
    CloseHandle(in_read);
    CloseHandle(out_write);
    CHECK(WriteFile(in_write, "hello child", 11, &count, NULL));
    while (total < 11 && ReadFile(out_read, buffer + total, sizeof buffer - total, &count, NULL) && count)
        total += count;
    CHECK_EQ(total, 11);
    CHECK(memcmp(buffer, "hello child", 11) == 0);
    CloseHandle(in_write); /* nobody else has it: the child sees the end */
    CHECK_EQ(finish(&process), 3);
    CHECK_ERROR(ReadFile(out_read, buffer, 1, &count, NULL), ERROR_BROKEN_PIPE);
    CloseHandle(out_read);
}

TEST(inherited_handle)
{
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, TRUE};
    HANDLE read_end, write_end;
    PROCESS_INFORMATION process;
    char text[64];
    DWORD count = 0;
    CHECK(CreatePipe(&read_end, &write_end, &security, 0));
    SetHandleInformation(read_end, HANDLE_FLAG_INHERIT, 0);
    snprintf(text, sizeof text, "inherited %lu", (unsigned long)(ULONG_PTR)write_end);
    CHECK(start_child(text, TRUE, 0, NULL, NULL, &process));
    CHECK_EQ(finish(&process), 0);
    CHECK(ReadFile(read_end, text, sizeof text, &count, NULL));
    CHECK_EQ(count, 9);
    snprintf(text, sizeof text, "inherited %lu", (unsigned long)(ULONG_PTR)write_end);
    CHECK(start_child(text, FALSE, 0, NULL, NULL, &process));
    CHECK_EQ(finish(&process), 1);
    CloseHandle(read_end);
    CloseHandle(write_end);
}

TEST(environment_and_directory)
{
    PROCESS_INFORMATION process;
    char text[MAX_PATH + 32];
    SetEnvironmentVariableA("GASTWIRT_TEST", "passed on");
    CHECK(start_child("environment C:\\windows", FALSE, 0, "C:\\windows", NULL, &process));
    CHECK_EQ(finish(&process), 0);
    CHECK_ERROR(start_child("environment", FALSE, 0, "C:\\no such folder", NULL, &process), ERROR_DIRECTORY);
    (void)text;
}

TEST(failures)
{
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    char line[] = "gastwirt-no-such-program argument";
    CHECK_ERROR(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process),
                ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(
        CreateProcessA("C:\\no-such-program.exe", NULL, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process),
        ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(
        CreateProcessA("C:\\no-such-folder\\x.exe", NULL, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process),
        ERROR_PATH_NOT_FOUND);
    if (!harness_is_wine()) /* a folder cannot be opened as a file */
        CHECK_ERROR(CreateProcessA("C:\\windows", NULL, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process),
                    ERROR_ACCESS_DENIED);
    CHECK_ERROR(OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, 0), ERROR_INVALID_PARAMETER);
}

TEST(handle_list)
{
    STARTUPINFOEXA info = {.StartupInfo = {.cb = sizeof info}};
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, TRUE};
    HANDLE pipes[2][2];
    PROCESS_INFORMATION process;
    char text[64];
    SIZE_T size = 0;
    CHECK_ERROR(InitializeProcThreadAttributeList(NULL, 1, 0, &size), ERROR_INSUFFICIENT_BUFFER);
    CHECK(size > 0);
    info.lpAttributeList = malloc(size);
    CHECK(InitializeProcThreadAttributeList(info.lpAttributeList, 1, 0, &size));
    for (int i = 0; i < 2; i++)
        CHECK(CreatePipe(&pipes[i][0], &pipes[i][1], &security, 0));
    CHECK(UpdateProcThreadAttribute(info.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, &pipes[0][1],
                                    sizeof(HANDLE), NULL, NULL));
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "inherited %lu", (unsigned long)(ULONG_PTR)pipes[i][1]);
        CHECK(start_child(text, TRUE, EXTENDED_STARTUPINFO_PRESENT, NULL, &info.StartupInfo, &process));
        CHECK_EQ(finish(&process), (DWORD)i); /* only the first is on the list */
    }
    DeleteProcThreadAttributeList(info.lpAttributeList);
    free(info.lpAttributeList);
    for (int i = 0; i < 4; i++)
        CloseHandle(pipes[i / 2][i % 2]);
}

TEST(information)
{
    HANDLE self = GetCurrentProcess();
    FILETIME created, exited, kernel, user;
    DWORD size = MAX_PATH, session;
    char full[MAX_PATH], module[MAX_PATH];
    BOOL wow64 = TRUE;
    CHECK_EQ(GetProcessId(self), GetCurrentProcessId());
    CHECK(GetProcessTimes(self, &created, &exited, &kernel, &user));
    CHECK(QueryFullProcessImageNameA(self, 0, full, &size));
    GetModuleFileNameA(NULL, module, sizeof module);
    CHECK(_stricmp(full, module) == 0);
    size = 1;
    CHECK_ERROR(QueryFullProcessImageNameA(self, 0, full, &size), ERROR_INSUFFICIENT_BUFFER);
    CHECK(IsWow64Process(self, &wow64));
    CHECK(wow64 == (sizeof(void *) == 4));
    CHECK(ProcessIdToSessionId(GetCurrentProcessId(), &session));
    CHECK_EQ(GetPriorityClass(self), NORMAL_PRIORITY_CLASS);
    CHECK(SetPriorityClass(self, ABOVE_NORMAL_PRIORITY_CLASS));
    CHECK_EQ(GetPriorityClass(self), ABOVE_NORMAL_PRIORITY_CLASS);
    CHECK(SetPriorityClass(self, NORMAL_PRIORITY_CLASS));
    CHECK_ERROR(SetPriorityClass(self, 3), ERROR_INVALID_PARAMETER);
    STARTUPINFOA info;
    GetStartupInfoA(&info);
    CHECK_EQ(info.cb, sizeof info);
}

CHILD(terminate)
{
    (void)argc;
    HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, strtoul(argv[0], NULL, 10));
    return TerminateProcess(process, strtoul(argv[1], NULL, 16)) ? 0 : (int)GetLastError();
}

/* In a job of its own that ends its members with the last handle, as libuv makes it. */
CHILD(own_job)
{
    (void)argc, (void)argv;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
        .BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE};
    HANDLE job = CreateJobObjectA(NULL, NULL);
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    if (!AssignProcessToJobObject(job, GetCurrentProcess()))
        return 1;
    Sleep(20000);
    return 0;
}

/* The exit code that somebody else gives reaches who waits for it. */
TEST(terminated_by_another_one)
{
    static const char *const children[] = {"sleep", "own_job"};
    for (unsigned i = 0; i < ARRAYSIZE(children); i++) {
        PROCESS_INFORMATION process, killer;
        CHECK(start(&process, FALSE, 0, "%s", children[i]));
        CHECK_EQ(WaitForSingleObject(process.hProcess, 300), WAIT_TIMEOUT);
        CHECK(start(&killer, FALSE, 0, "terminate %lu cafe0077", process.dwProcessId));
        CHECK_EQ(finish(&killer), 0);
        CHECK_EQ(finish(&process), 0xcafe0077);
    }
}
