/* Ends that an application asks for when nothing else is left. */
#include "harness.h"

static DWORD run_child(const char *name)
{
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process = {0};
    char path[MAX_PATH], line[MAX_PATH + 40];
    DWORD code = 0xdeadbeef;

    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --child %s", path, name);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return code;
}

/* The harness would see an ordinary exit: these must not get that far. */
CHILD(exits)
{
    FatalExit(55);
    return 1000;
}

CHILD(narrow)
{
    FatalAppExitA(0, "a narrow message");
    return 1000;
}

CHILD(wide)
{
    FatalAppExitW(0, L"a wide message");
    return 1000;
}

CHILD(without_words)
{
    FatalAppExitW(0, NULL);
    return 1000;
}

TEST(fatal_exit)
{
    CHECK_EQ(run_child("exits"), 55);
}

TEST(fatal_messages)
{
    ORACLE_CRASHES("shows a box and waits for somebody to close it");
    CHECK_EQ(run_child("narrow"), 1);
    CHECK_EQ(run_child("wide"), 1);
    CHECK_EQ(run_child("without_words"), 1);
}
