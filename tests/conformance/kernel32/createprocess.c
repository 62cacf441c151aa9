/*
 * CreateProcess: which program a command line means, batch files, what a child is told (environment, start-up
 * information, error mode), which handles it gets, creation flags and documented failures.
 */
#include "children.h"

static char folder[MAX_PATH], self[MAX_PATH];

/* What the child is called. */
CHILD(name)
{
    char path[MAX_PATH];
    (void)argc;
    GetModuleFileNameA(NULL, path, sizeof path);
    return _stricmp(strrchr(path, '\\') + 1, argv[0]) ? 1 : 40;
}

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

/* A folder of its own with copies of this program. */
static void prepare(void)
{
    static int done;
    char path[MAX_PATH];
    if (done++)
        return;
    GetModuleFileNameA(NULL, self, sizeof self);
    GetTempPathA(sizeof path, path);
    snprintf(folder, sizeof folder, "%screate process %lu", path, GetCurrentProcessId());
    CHECK(CreateDirectoryA(folder, NULL));
    CHECK(SetCurrentDirectoryA(folder));
}

static void copy(const char *name)
{
    prepare();
    CHECK(CopyFileA(self, name, FALSE));
}

static DWORD run_flags(const char *application, const char *command, DWORD flags)
{
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    char line[1024];
    snprintf(line, sizeof line, "%s", command ? command : "");
    SetLastError(0xdeadbeef);
    if (!CreateProcessA(application, command ? line : NULL, NULL, NULL, FALSE, flags, NULL, NULL, &info,
                        &process))
        return 0x10000 + GetLastError();
    return finish(&process);
}

static DWORD run(const char *application, const char *command)
{
    return run_flags(application, command, 0);
}

/* An unquoted name ends at the first blank that makes it a program's. */
TEST(blanks)
{
    char line[1024];
    copy("one two three.exe");
    snprintf(line, sizeof line, "%s\\one two three.exe --child name \"one two three.exe\"", folder);
    CHECK_EQ(run(NULL, line), 40); /* and is quoted for the child */
    CHECK_EQ(run(NULL, "\"one two three.exe\" --child name \"one two three.exe\""), 40);
    CHECK_EQ(run(NULL, "one two three --child name \"one two three.exe\""), 40);
    copy("one two.exe");
    CHECK_EQ(run("one two.exe", "x --child name \"one two.exe\""), 40);
    snprintf(line, sizeof line, "\"%s\\one two\" --child name \"one two.exe\"", folder);
    CHECK_EQ(run(NULL, line), 40);
    DeleteFileA("one two.exe");
    DeleteFileA("one two three.exe");
}

TEST(extension)
{
    copy("plain.exe");
    copy("other.ext");
    copy("bare");
    CHECK_EQ(run(NULL, "plain --child name plain.exe"), 40);
    CHECK_EQ(run(NULL, "plain.exe --child name plain.exe"), 40);
    CHECK_EQ(run(NULL, "PLAIN --child name plain.exe"), 40);
    CHECK_EQ(run(NULL, "other.ext --child name other.ext"), 40);
    CHECK_EQ(run(NULL, ".\\plain --child name plain.exe"), 40);
    CHECK_EQ(run(NULL, "bare. --child name bare"), 40);
    /* The first argument is taken as it is. */
    CHECK_EQ(run("plain", "x --child name plain.exe"), 0x10000 + ERROR_FILE_NOT_FOUND);
    CHECK_EQ(run("plain.exe", "x --child name plain.exe"), 40);
    CHECK_EQ(run("bare", "x --child name bare"), 40);
    DeleteFileA("plain.exe");
    DeleteFileA("other.ext");
    DeleteFileA("bare");
}

/* The program's folder, the current one, the system's, PATH. */
TEST(places)
{
    char old[4096], new[4096 + MAX_PATH];
    prepare();
    CreateDirectoryA("on path", NULL);
    copy("on path\\findme.exe");
    CHECK_EQ(run(NULL, "findme --child name findme.exe"), 0x10000 + ERROR_FILE_NOT_FOUND);
    GetEnvironmentVariableA("PATH", old, sizeof old);
    snprintf(new, sizeof new, "C:\\nowhere;%s\\on path;%s", folder, old);
    SetEnvironmentVariableA("PATH", new);
    CHECK_EQ(run(NULL, "findme --child name findme.exe"), 40);
    /* Only without a path of its own. */
    CHECK_EQ(run(NULL, ".\\findme --child name findme.exe"), 0x10000 + ERROR_FILE_NOT_FOUND);
    SetEnvironmentVariableA("PATH", old);
    CHECK_EQ(run(NULL, "cmd /c exit 7"), 7);
    DeleteFileA("on path\\findme.exe");
    RemoveDirectoryA("on path");
}

TEST(search_path)
{
    char found[MAX_PATH], *file = NULL;
    prepare();
    HANDLE made = CreateFileA("search.me", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CloseHandle(made);
    DWORD length = SearchPathA(NULL, "search.me", NULL, sizeof found, found, &file);
    CHECK_EQ(length, strlen(folder) + 10);
    CHECK_STR(file, "search.me");
    CHECK_EQ(SearchPathA(folder, "search", ".me", sizeof found, found, &file), length);
    CHECK_EQ(SearchPathA(folder, "search", ".me", 5, found, NULL), length + 1);
    CHECK_ERROR(SearchPathA("C:\\windows", "search.me", NULL, sizeof found, found, &file),
                ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(SearchPathA(NULL, "no such file.x", NULL, sizeof found, found, &file), ERROR_FILE_NOT_FOUND);
    CHECK(SearchPathA(NULL, "kernel32", ".dll", sizeof found, found, &file) != 0);
    DeleteFileA("search.me");
}

static void write_file(const char *name, const char *text)
{
    DWORD written;
    HANDLE file = CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(WriteFile(file, text, (DWORD)strlen(text), &written, NULL));
    CloseHandle(file);
}

/* Batch files run through the command interpreter, whole command lines with quotes and blanks included. */
TEST(batch)
{
    prepare();
    write_file("some batch.bat",
               "@if not \"%~1\"==\"first arg\" exit 1\r\n@if not \"%2\"==\"second\" exit 2\r\n@exit 42\r\n");
    write_file("other.cmd", "@exit %1\r\n");
    CHECK_EQ(run(NULL, "\"some batch.bat\" \"first arg\" second"), 42);
    CHECK_EQ(run("some batch.bat", "\"some batch.bat\" \"first arg\" second"), 42);
    CHECK_EQ(run(NULL, "other.cmd 17"), 17);
    CHECK_EQ(run("other.cmd", "other.cmd 18"), 18);
    DeleteFileA("some batch.bat");
    DeleteFileA("other.cmd");
}

TEST(failures)
{
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    char line[64] = "x --child code 0";
    ORACLE_DIFFERS("wine takes flags that exclude each other, and any size of the structure");
    prepare();
    CHECK_EQ(run("no such program.exe", NULL), 0x10000 + ERROR_FILE_NOT_FOUND);
    CHECK_EQ(run("no such folder\\x.exe", NULL), 0x10000 + ERROR_PATH_NOT_FOUND);
    CHECK_EQ(run(NULL, "no such program.exe"), 0x10000 + ERROR_FILE_NOT_FOUND);
    if (!harness_is_wine())
        CHECK_EQ(run(folder, NULL), 0x10000 + ERROR_ACCESS_DENIED);
    write_file("text.exe", "this is no program at all, whatever it is called");
    CHECK_EQ(run("text.exe", NULL), 0x10000 + ERROR_BAD_EXE_FORMAT);
    write_file("empty.exe", "");
    CHECK_EQ(run("empty.exe", NULL), 0x10000 + ERROR_BAD_EXE_FORMAT);
    DeleteFileA("text.exe");
    DeleteFileA("empty.exe");
    CHECK_EQ(run_flags(self, "x --child code 0", DETACHED_PROCESS | CREATE_NEW_CONSOLE),
             0x10000 + ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CreateProcessA(self, line, NULL, NULL, FALSE, 0, NULL, "no such folder", &info, &process),
                ERROR_DIRECTORY);
    CHECK_ERROR(CreateProcessA(self, line, NULL, NULL, FALSE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL, &info,
                               &process),
                ERROR_INVALID_PARAMETER);
}

CHILD(startup)
{
    STARTUPINFOA info;
    (void)argc, (void)argv;
    GetStartupInfoA(&info);
    if (info.cb != sizeof info)
        return 1;
    if (!info.lpTitle || strcmp(info.lpTitle, "a title"))
        return 2;
    if (info.dwX != 11 || info.dwY != 22 || info.dwXSize != 333 || info.dwYSize != 444)
        return 3;
    if (info.dwXCountChars != 55 || info.dwYCountChars != 66 || info.dwFillAttribute != 7)
        return 4;
    if (info.dwFlags != (STARTF_USEPOSITION | STARTF_USESIZE | STARTF_USECOUNTCHARS |
                         STARTF_USEFILLATTRIBUTE | STARTF_USESHOWWINDOW))
        return 5;
    if (info.wShowWindow != SW_SHOWMINNOACTIVE)
        return 6;
    if (!info.lpDesktop || strcmp(info.lpDesktop, "WinSta0\\Default"))
        return 7;
    return 50;
}

TEST(startup_information)
{
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    char line[MAX_PATH + 32];
    prepare();
    info.lpTitle = (char *)"a title";
    info.lpDesktop = (char *)"WinSta0\\Default";
    info.dwX = 11;
    info.dwY = 22;
    info.dwXSize = 333;
    info.dwYSize = 444;
    info.dwXCountChars = 55;
    info.dwYCountChars = 66;
    info.dwFillAttribute = 7;
    info.dwFlags = STARTF_USEPOSITION | STARTF_USESIZE | STARTF_USECOUNTCHARS | STARTF_USEFILLATTRIBUTE |
                   STARTF_USESHOWWINDOW;
    info.wShowWindow = SW_SHOWMINNOACTIVE;
    snprintf(line, sizeof line, "\"%s\" --child startup", self);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process));
    CHECK_EQ(finish(&process), 50);
}

CHILD(environment)
{
    char value[64] = "";
    (void)argc;
    if (GetEnvironmentVariableA("ONLY", value, sizeof value) != 3 || strcmp(value, argv[0]))
        return 1;
    return GetEnvironmentVariableA("CREATEPROCESS_TEST", value, sizeof value) ? 2 : 60;
}

/* A block replaces all variables; narrow and wide. */
TEST(environment_block)
{
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    char line[MAX_PATH + 32], root[64];
    char narrow[256];
    WCHAR wide[256];
    prepare();
    SetEnvironmentVariableA("CREATEPROCESS_TEST", "set");
    GetEnvironmentVariableA("SystemRoot", root, sizeof root);
    int length = snprintf(narrow, sizeof narrow, "ONLY=abc%cSystemRoot=%s%c", 0, root, 0);
    narrow[length] = 0;
    snprintf(line, sizeof line, "\"%s\" --child environment abc", self);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, narrow, NULL, &info, &process));
    CHECK_EQ(finish(&process), 60);
    memcpy(narrow + 5, "xyz", 3);
    for (int i = 0; i <= length; i++)
        wide[i] = (unsigned char)narrow[i];
    snprintf(line, sizeof line, "\"%s\" --child environment xyz", self);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, CREATE_UNICODE_ENVIRONMENT, wide, NULL, &info,
                         &process));
    CHECK_EQ(finish(&process), 60);
    SetEnvironmentVariableA("CREATEPROCESS_TEST", NULL);
}

CHILD(error_mode)
{
    (void)argc, (void)argv;
    return (int)GetErrorMode();
}

TEST(error_mode)
{
    char line[MAX_PATH + 32];
    ORACLE_DIFFERS("wine gives no error mode to children");
    prepare();
    UINT old = SetErrorMode(SEM_NOOPENFILEERRORBOX | SEM_FAILCRITICALERRORS);
    snprintf(line, sizeof line, "\"%s\" --child error_mode", self);
    CHECK_EQ(run(NULL, line), SEM_NOOPENFILEERRORBOX | SEM_FAILCRITICALERRORS);
    CHECK_EQ(run_flags(NULL, line, CREATE_DEFAULT_ERROR_MODE), 0);
    SetErrorMode(old);
}

CHILD(priority)
{
    (void)argc, (void)argv;
    return (int)GetPriorityClass(GetCurrentProcess());
}

TEST(priority)
{
    char line[MAX_PATH + 32];
    ORACLE_DIFFERS("wine does not start children with the priority that is asked for");
    prepare();
    snprintf(line, sizeof line, "\"%s\" --child priority", self);
    CHECK_EQ(run(NULL, line), NORMAL_PRIORITY_CLASS);
    CHECK_EQ(run_flags(NULL, line, BELOW_NORMAL_PRIORITY_CLASS), BELOW_NORMAL_PRIORITY_CLASS);
    CHECK_EQ(run_flags(NULL, line, IDLE_PRIORITY_CLASS), IDLE_PRIORITY_CLASS);
}

/* Says which of the handles it can use: a bit for each. */
CHILD(handles)
{
    int good = 0;
    for (int i = 0; i < argc; i++)
        if (SetEvent((HANDLE)(ULONG_PTR)strtoul(argv[i], NULL, 16)))
            good |= 1 << i;
    return good;
}

TEST(handle_list)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOEXA info = {.StartupInfo.cb = sizeof info};
    PROCESS_INFORMATION process;
    char room[256], line[MAX_PATH + 96];
    SIZE_T size = sizeof room;
    HANDLE first = CreateEventA(&inherit, TRUE, FALSE, NULL),
           second = CreateEventA(&inherit, TRUE, FALSE, NULL);
    HANDLE third = CreateEventA(NULL, TRUE, FALSE, NULL), list[2] = {second, NULL};
    prepare();
    info.lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)room;
    snprintf(line, sizeof line, "\"%s\" --child handles %lx %lx %lx", self, (ULONG)(ULONG_PTR)first,
             (ULONG)(ULONG_PTR)second, (ULONG)(ULONG_PTR)third);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info.StartupInfo, &process));
    CHECK_EQ(finish(&process), 3);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info.StartupInfo, &process));
    CHECK_EQ(finish(&process), 0);
    CHECK(InitializeProcThreadAttributeList(info.lpAttributeList, 1, 0, &size));
    CHECK(UpdateProcThreadAttribute(info.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, list,
                                    sizeof *list, NULL, NULL));
    CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                         &info.StartupInfo, &process));
    CHECK_EQ(finish(&process), 2);
    if (!harness_is_wine()) { /* documented; wine takes both */
        CHECK_ERROR(CreateProcessA(NULL, line, NULL, NULL, FALSE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                                   &info.StartupInfo, &process),
                    ERROR_INVALID_PARAMETER);
        list[0] = third; /* not inheritable */
        CHECK_ERROR(CreateProcessA(NULL, line, NULL, NULL, TRUE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                                   &info.StartupInfo, &process),
                    ERROR_INVALID_PARAMETER);
        list[0] = (HANDLE)(ULONG_PTR)0x7770; /* none at all */
        CHECK_ERROR(CreateProcessA(NULL, line, NULL, NULL, TRUE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                                   &info.StartupInfo, &process),
                    ERROR_INVALID_PARAMETER);
    }
    DeleteProcThreadAttributeList(info.lpAttributeList);
    CloseHandle(first);
    CloseHandle(second);
    CloseHandle(third);
}

/* No limit to how many handles are inherited: the child tries the last ones. */
CHILD(many)
{
    char byte = 'x';
    DWORD written;
    int good = SetEvent((HANDLE)(ULONG_PTR)strtoul(argv[0], NULL, 16)) ? 1 : 0;
    (void)argc;
    if (WriteFile((HANDLE)(ULONG_PTR)strtoul(argv[1], NULL, 16), &byte, 1, &written, NULL) && written == 1)
        good |= 2;
    return good;
}

TEST(many_handles)
{
    enum { EVENTS = 1500, LISTED = 300 };
    static HANDLE events[EVENTS], list[LISTED + 1];
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOEXA info = {.StartupInfo.cb = sizeof info};
    PROCESS_INFORMATION process;
    HANDLE reader, writer;
    char room[256], line[MAX_PATH + 96];
    SIZE_T size = sizeof room;
    prepare();
    for (int i = 0; i < EVENTS; i++)
        events[i] = CreateEventA(&inherit, TRUE, FALSE, NULL);
    CHECK(CreatePipe(&reader, &writer, &inherit, 0));
    snprintf(line, sizeof line, "\"%s\" --child many %lx %lx", self, (ULONG)(ULONG_PTR)events[EVENTS - 1],
             (ULONG)(ULONG_PTR)writer);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info.StartupInfo, &process));
    CHECK_EQ(finish(&process), 3);
    CHECK_EQ(WaitForSingleObject(events[EVENTS - 1], 0), WAIT_OBJECT_0);
    CHECK(ResetEvent(events[EVENTS - 1]));

    /* A list of many, one of them twice. */
    for (int i = 0; i < LISTED; i++)
        list[i] = events[EVENTS - 1 - i];
    list[LISTED] = list[0];
    info.lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)room;
    CHECK(InitializeProcThreadAttributeList(info.lpAttributeList, 1, 0, &size));
    CHECK(UpdateProcThreadAttribute(info.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, list,
                                    sizeof list, NULL, NULL));
    CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL,
                         &info.StartupInfo, &process));
    CHECK_EQ(finish(&process), 1);
    CHECK_EQ(WaitForSingleObject(events[EVENTS - 1], 0), WAIT_OBJECT_0);
    DeleteProcThreadAttributeList(info.lpAttributeList);
    for (int i = 0; i < EVENTS; i++)
        CloseHandle(events[i]);
    CloseHandle(reader);
    CloseHandle(writer);
}

/* Returned handles are the creator's alone unless asked otherwise, and have all rights. */
TEST(returned_handles)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    DWORD flags = 99;
    char line[MAX_PATH + 32];
    ORACLE_DIFFERS("wine does not make the returned handles inheritable");
    prepare();
    snprintf(line, sizeof line, "\"%s\" --child sleep", self);
    CHECK(CreateProcessA(NULL, line, &inherit, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &info, &process));
    CHECK(GetHandleInformation(process.hProcess, &flags));
    CHECK_EQ(flags, HANDLE_FLAG_INHERIT);
    CHECK(GetHandleInformation(process.hThread, &flags));
    CHECK_EQ(flags, 0);
    CHECK_EQ(GetProcessId(process.hProcess), process.dwProcessId);
    CHECK_EQ(GetThreadId(process.hThread), process.dwThreadId);
    CHECK_EQ(GetProcessIdOfThread(process.hThread), process.dwProcessId);
    /* Suspended twice, resumed once: it does not run. */
    CHECK_EQ(SuspendThread(process.hThread), 1);
    CHECK_EQ(ResumeThread(process.hThread), 2);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 30), WAIT_TIMEOUT);
    /* One that never ran can be ended, with its exit code. */
    CHECK(TerminateProcess(process.hProcess, 0x1234));
    CHECK_EQ(finish(&process), 0x1234);
}

/* As long as there is a handle the id belongs to that process, even when it has ended. */
TEST(ids)
{
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    DWORD code = 0;
    char line[MAX_PATH + 32];
    ORACLE_DIFFERS("wine lets an ended process be ended again");
    prepare();
    snprintf(line, sizeof line, "\"%s\" --child code 9", self);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 10000), WAIT_OBJECT_0);
    HANDLE again = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process.dwProcessId);
    CHECK(again != NULL);
    CHECK(GetExitCodeProcess(again, &code));
    CHECK_EQ(code, 9);
    CloseHandle(again);
    CHECK_ERROR(TerminateProcess(process.hProcess, 1), ERROR_ACCESS_DENIED);
    finish(&process);
}

TEST(clean_up)
{
    char path[MAX_PATH];
    prepare();
    GetTempPathA(sizeof path, path);
    SetCurrentDirectoryA(path);
    CHECK(RemoveDirectoryA(folder));
}

TEST(as_user)
{
    STARTUPINFOA info = {.cb = sizeof info};
    STARTUPINFOW wide_info = {.cb = sizeof wide_info};
    PROCESS_INFORMATION process;
    HANDLE token;
    char line[MAX_PATH + 40];
    WCHAR wide[MAX_PATH + 40];

    prepare();
    snprintf(line, sizeof line, "\"%s\" --child code 61", self);
    MultiByteToWideChar(CP_ACP, 0, line, -1, wide, MAX_PATH + 40);
    CHECK(
        OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY, &token));
    CHECK(CreateProcessAsUserA(token, NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process));
    CHECK_EQ(finish(&process), 61);
    CHECK(CreateProcessAsUserW(token, NULL, wide, NULL, NULL, FALSE, 0, NULL, NULL, &wide_info, &process));
    CHECK_EQ(finish(&process), 61);
    strcpy(line, "\"no such program\"");
    CHECK_ERROR(CreateProcessAsUserA(token, NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process),
                ERROR_FILE_NOT_FOUND);
    wcscpy(wide, L"\"no such program\"");
    CHECK_ERROR(
        CreateProcessAsUserW(token, NULL, wide, NULL, NULL, FALSE, 0, NULL, NULL, &wide_info, &process),
        ERROR_FILE_NOT_FOUND);
    CloseHandle(token);
}

TEST(as_nobody)
{
    ORACLE_DIFFERS("the token is not looked at there");
    STARTUPINFOA info = {.cb = sizeof info};
    STARTUPINFOW wide_info = {.cb = sizeof wide_info};
    PROCESS_INFORMATION process;
    char line[] = "\"no such program\"";
    WCHAR wide[] = L"\"no such program\"";

    CHECK_ERROR(
        CreateProcessAsUserA((HANDLE)0x7654, NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process),
        ERROR_INVALID_HANDLE);
    CHECK_ERROR(CreateProcessAsUserW((HANDLE)0x7654, NULL, wide, NULL, NULL, FALSE, 0, NULL, NULL, &wide_info,
                                     &process),
                ERROR_INVALID_HANDLE);
}
