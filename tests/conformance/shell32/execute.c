/* Starting programs through the shell. */
#include "../harness.h"
#include <shellapi.h>

CHILD(exits)
{
    return argc ? atoi(argv[0]) : 1;
}

TEST(program)
{
    char self[MAX_PATH];
    SHELLEXECUTEINFOA info = {.cbSize = sizeof info, .fMask = SEE_MASK_NOCLOSEPROCESS | SEE_MASK_FLAG_NO_UI};
    DWORD code = 0;
    GetModuleFileNameA(NULL, self, sizeof self);
    info.lpFile = self;
    info.lpParameters = "--child exits 7";
    CHECK(ShellExecuteExA(&info));
    CHECK((INT_PTR)info.hInstApp > 32);
    CHECK(info.hProcess != NULL);
    CHECK_EQ(WaitForSingleObject(info.hProcess, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(info.hProcess, &code));
    CHECK_EQ(code, 7);
    CloseHandle(info.hProcess);
}

TEST(errors)
{
    SHELLEXECUTEINFOA info = {
        .cbSize = sizeof info, .fMask = SEE_MASK_FLAG_NO_UI, .lpFile = "no such program here"};
    char path[MAX_PATH];
    CHECK_ERROR(ShellExecuteExA(&info), ERROR_FILE_NOT_FOUND);
    CHECK_EQ((INT_PTR)info.hInstApp, SE_ERR_FNF);
    info.cbSize = 3;
    CHECK(!ShellExecuteExA(&info));
    CHECK_EQ((INT_PTR)FindExecutableA("no such document.xyz", NULL, path), SE_ERR_FNF);
}
