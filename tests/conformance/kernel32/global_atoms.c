/*
 * Global atoms: one table for all processes, counted.
 */
#include "harness.h"

/* The atom's number if it finds the name, having added another one and deleted a third. */
CHILD(other)
{
    char name[64];
    ATOM atom = GlobalFindAtomA("gastwirt global atom");
    (void)argc;
    if (!atom || GlobalGetAtomNameA(atom, name, sizeof name) != 20 || strcmp(name, "Gastwirt Global Atom"))
        return 1;
    if (GlobalAddAtomA("GASTWIRT GLOBAL ATOM") != atom) /* a second reference */
        return 2;
    if (GlobalDeleteAtom((ATOM)strtoul(argv[0], NULL, 0)) || GlobalFindAtomA("gastwirt third"))
        return 3;
    GlobalAddAtomW(L"gastwirt left behind");
    return atom;
}

TEST(between_processes)
{
    char path[MAX_PATH], line[MAX_PATH + 64];
    WCHAR name[64];
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process;
    DWORD code = 0;
    ATOM atom = GlobalAddAtomA("Gastwirt Global Atom"), third = GlobalAddAtomW(L"Gastwirt third");
    CHECK(atom >= 0xc000 && third >= 0xc000 && atom != third);
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --child other %u", path, third);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &process));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CHECK_EQ(code, atom);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CHECK_EQ(GlobalFindAtomW(L"gastwirt third"), 0);
    CHECK_EQ(GetLastError(), ERROR_FILE_NOT_FOUND);
    /* What the other one has added stays, its references too. */
    ATOM left = GlobalFindAtomA("gastwirt left behind");
    CHECK(left != 0);
    CHECK_EQ(GlobalDeleteAtom(left), 0);
    CHECK_EQ(GlobalFindAtomA("gastwirt left behind"), 0);
    CHECK_EQ(GlobalDeleteAtom(atom), 0);
    CHECK_EQ(GlobalFindAtomW(L"gastwirt global atom"), atom);
    CHECK_EQ(GlobalDeleteAtom(atom), 0);
    CHECK_EQ(GlobalFindAtomW(L"gastwirt global atom"), 0);
    SetLastError(0);
    CHECK_EQ(GlobalDeleteAtom(atom), atom);
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
    CHECK_EQ(GlobalGetAtomNameW(atom, name, 64), 0);
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
}

TEST(integers_and_names)
{
    char name[300], longest[300];
    CHECK_EQ(GlobalAddAtomA("#123"), 123);
    CHECK_EQ(GlobalFindAtomW(L"#123"), 123);
    CHECK_EQ(GlobalAddAtomA((LPCSTR)77), 77);
    CHECK_EQ(GlobalDeleteAtom(77), 0);
    CHECK_EQ(GlobalGetAtomNameA(123, name, sizeof name), 4);
    CHECK(strcmp(name, "#123") == 0);
    memset(longest, 'x', sizeof longest);
    longest[255] = 0;
    ATOM atom = GlobalAddAtomA(longest);
    CHECK(atom != 0);
    CHECK_EQ(GlobalGetAtomNameA(atom, name, sizeof name), 255);
    CHECK_EQ(GlobalDeleteAtom(atom), 0);
    longest[255] = 'x';
    longest[256] = 0;
    CHECK_EQ(GlobalAddAtomA(longest), 0);
    CHECK_EQ(GetLastError(), ERROR_INVALID_PARAMETER);
    /* The process's own atoms are others. */
    CHECK(AddAtomA("gastwirt local only") != 0);
    CHECK_EQ(GlobalFindAtomA("gastwirt local only"), 0);
}
