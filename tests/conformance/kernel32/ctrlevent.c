/*
 * Control events of consoles: groups, handlers, what a process does without one.
 */
#include "../harness.h"

static HANDLE told;
static volatile DWORD last_event;

static BOOL WINAPI note_event(DWORD event)
{
    last_event = event;
    SetEvent(told);
    return TRUE;
}

/* Says on standard output that it listens, and ends with the event's number + 10. */
CHILD(listens)
{
    DWORD n;
    told = CreateEventA(NULL, FALSE, FALSE, NULL);
    if (argc > 0 && strcmp(argv[0], "enable") == 0)
        SetConsoleCtrlHandler(NULL, FALSE);
    SetConsoleCtrlHandler(note_event, TRUE);
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "x", 1, &n, NULL);
    return WaitForSingleObject(told, 3000) == WAIT_OBJECT_0 ? (int)last_event + 10 : 1;
}

CHILD(sleeps)
{
    DWORD n;
    (void)argc, (void)argv;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "x", 1, &n, NULL);
    Sleep(10000);
    return 2;
}

/* A child of the child, in its group. */
CHILD(has_child)
{
    char line[MAX_PATH * 2], path[MAX_PATH];
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    DWORD code = 3;
    (void)argc, (void)argv;
    SetConsoleCtrlHandler(note_event, TRUE);
    GetModuleFileNameA(NULL, path, sizeof path);
    sprintf(line, "\"%s\" --child listens", path);
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &process))
        return 4;
    WaitForSingleObject(process.hProcess, 10000);
    GetExitCodeProcess(process.hProcess, &code);
    return (int)code;
}

static DWORD send_event(const char *child, DWORD flags, DWORD event)
{
    char line[MAX_PATH * 2], path[MAX_PATH], byte;
    HANDLE in, out;
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOA info = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    DWORD n, code = 0;
    GetModuleFileNameA(NULL, path, sizeof path);
    sprintf(line, "\"%s\" --child %s", path, child);
    CHECK(CreatePipe(&in, &out, &inherit, 0));
    info.hStdOutput = out;
    info.hStdError = out;
    CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, flags, NULL, NULL, &info, &process));
    CHECK(ReadFile(in, &byte, 1, &n, NULL));
    CHECK(GenerateConsoleCtrlEvent(event, process.dwProcessId));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(in);
    CloseHandle(out);
    return code;
}

TEST(break_to_group)
{
    ORACLE_CRASHES("wine's programs have no console where the oracle runs: no event is sent");
    CHECK_EQ(send_event("listens", CREATE_NEW_PROCESS_GROUP, CTRL_BREAK_EVENT), 10 + CTRL_BREAK_EVENT);
    CHECK_EQ(send_event("has_child", CREATE_NEW_PROCESS_GROUP, CTRL_BREAK_EVENT), 10 + CTRL_BREAK_EVENT);
}

TEST(without_handler)
{
    ORACLE_CRASHES("wine's programs have no console where the oracle runs: no event is sent");
    CHECK_EQ(send_event("sleeps", CREATE_NEW_PROCESS_GROUP, CTRL_BREAK_EVENT), (DWORD)STATUS_CONTROL_C_EXIT);
}

/* A new group ignores Ctrl-C until it asks for it. */
TEST(ctrl_c_of_new_group)
{
    ORACLE_CRASHES("wine's programs have no console where the oracle runs: no event is sent");
    CHECK_EQ(send_event("listens", CREATE_NEW_PROCESS_GROUP, CTRL_C_EVENT), 1);
    CHECK_EQ(send_event("listens enable", CREATE_NEW_PROCESS_GROUP, CTRL_C_EVENT), 10 + CTRL_C_EVENT);
}

TEST(bad_event)
{
    if (!harness_is_wine()) /* has no console there */
        CHECK_ERROR(GenerateConsoleCtrlEvent(7, 0), ERROR_INVALID_PARAMETER);
    CHECK(SetConsoleCtrlHandler(note_event, TRUE));
    CHECK(SetConsoleCtrlHandler(note_event, FALSE));
    CHECK_ERROR(SetConsoleCtrlHandler(note_event, FALSE), ERROR_INVALID_PARAMETER);
}
