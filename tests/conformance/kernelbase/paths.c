/*
 * Path names: full, long, short and final forms, searching, the system's folders.
 */
#include "../harness.h"

static void make(const WCHAR *name, const char *text)
{
    DWORD n;
    HANDLE file = CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);

    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(WriteFile(file, text, (DWORD)strlen(text), &n, NULL));
    CloseHandle(file);
}

TEST(full_path_forms)
{
    static const struct {
        const WCHAR *name, *full;
        int part; /* where the last component begins, -1 for none */
    } cases[] = {
        {L"C:\\a\\b", L"C:\\a\\b", 5},
        {L"C:/a/b", L"C:\\a\\b", 5},
        {L"C:\\a\\.\\b", L"C:\\a\\b", 5},
        {L"C:\\a\\..\\b", L"C:\\b", 3},
        {L"C:\\..\\..\\b", L"C:\\b", 3},
        {L"C:\\a\\\\b", L"C:\\a\\b", 5},
        {L"C:\\a\\b\\", L"C:\\a\\b\\", -1},
        {L"C:\\a\\b.", L"C:\\a\\b", 5},
        {L"C:\\a\\b  ", L"C:\\a\\b", 5},
        {L"C:\\", L"C:\\", -1},
        {L"\\\\server\\share\\x", L"\\\\server\\share\\x", 15},
        {L"\\\\server\\share\\..\\x", L"\\\\server\\share\\x", 15},
        {L"\\\\?\\C:\\a\\..\\b", L"\\\\?\\C:\\b", 7},
        {L"\\\\.\\pipe\\x", L"\\\\.\\pipe\\x", 9},
        {L"C:\\a\\nul", L"\\\\.\\nul", -2},
        {L"COM1", L"\\\\.\\COM1", -2},
    };
    WCHAR buffer[MAX_PATH], *part;

    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        part = (WCHAR *)1;
        DWORD n = GetFullPathNameW(cases[i].name, MAX_PATH, buffer, &part);
        /* Windows 11 no longer takes C:\a\nul for the device; both answers are documented. */
        if (cases[i].part == -2 && !wcsncmp(buffer, L"C:\\", 3))
            continue;
        CHECK_WSTR(buffer, cases[i].full);
        CHECK_EQ(n, lstrlenW(cases[i].full));
        if (cases[i].part == -1)
            CHECK_EQ((ULONG_PTR)part, 0);
        else if (cases[i].part >= 0)
            CHECK_EQ(part - buffer, cases[i].part);
    }
}

TEST(full_path_sizes)
{
    ORACLE_DIFFERS("0 without an error code for no name");

    WCHAR buffer[16] = L"xxxxxxxxxxxxxx", *part;
    char ansi[16] = "xxxxxxxxxxxxxx", *ansi_part;

    CHECK_EQ(GetFullPathNameW(L"C:\\a\\b", 0, NULL, NULL), 7);
    CHECK_EQ(GetFullPathNameW(L"C:\\a\\b", 6, buffer, &part), 7);
    CHECK_EQ(GetFullPathNameW(L"C:\\a\\b", 7, buffer, &part), 6);
    CHECK_EQ(GetFullPathNameA("C:\\a\\b", 6, ansi, &ansi_part), 7);
    CHECK_EQ(GetFullPathNameA("C:\\a\\b", 7, ansi, &ansi_part), 6);
    CHECK_STR(ansi, "C:\\a\\b");
    CHECK_EQ(ansi_part - ansi, 5);
    CHECK_ERROR(GetFullPathNameW(L"", 16, buffer, &part), ERROR_INVALID_NAME);
    CHECK_ERROR(GetFullPathNameW(NULL, 16, buffer, &part), ERROR_INVALID_NAME);
}

TEST(long_names)
{
    ORACLE_DIFFERS("keeps the caller's case, and other error codes");

    WCHAR buffer[MAX_PATH], here[MAX_PATH], full[MAX_PATH * 2];
    char ansi[MAX_PATH];

    CHECK(CreateDirectoryW(L"Long Folder Name", NULL));
    make(L"Long Folder Name\\Some Long File.text", "x");
    DWORD n = GetLongPathNameW(L"long folder NAME\\SOME long file.TEXT", buffer, MAX_PATH);
    CHECK_WSTR(buffer, L"Long Folder Name\\Some Long File.text");
    CHECK_EQ(n, lstrlenW(buffer));
    CHECK_EQ(GetLongPathNameW(L"long folder name", NULL, 0), 17);
    CHECK_EQ(GetLongPathNameW(L"long folder name", buffer, 16), 17);
    CHECK_EQ(GetLongPathNameW(L"long folder name", buffer, 17), 16);
    CHECK_EQ(GetLongPathNameA("LONG FOLDER NAME", ansi, 16), 17);
    CHECK_EQ(GetLongPathNameA("LONG FOLDER NAME", ansi, 17), 16);
    CHECK_STR(ansi, "Long Folder Name");
    CHECK_ERROR(GetLongPathNameW(L"no such file", buffer, MAX_PATH), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetLongPathNameW(L"no\\such file", buffer, MAX_PATH), ERROR_PATH_NOT_FOUND);
    CHECK_ERROR(GetLongPathNameW(NULL, buffer, MAX_PATH), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetLongPathNameA(NULL, ansi, MAX_PATH), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(GetLongPathNameA("no such file", ansi, MAX_PATH), ERROR_FILE_NOT_FOUND);

    /* A short name, whatever it is, leads to the same file, and its long name is the file's. */
    CHECK(GetCurrentDirectoryW(MAX_PATH, here));
    lstrcpyW(full, here);
    lstrcatW(full, L"\\Long Folder Name\\Some Long File.text");
    n = GetShortPathNameW(full, buffer, MAX_PATH);
    CHECK_EQ(n, lstrlenW(buffer));
    CHECK(GetFileAttributesW(buffer) != INVALID_FILE_ATTRIBUTES);
    CHECK_EQ(GetShortPathNameW(full, NULL, 0), n + 1);
    WCHAR again[MAX_PATH];
    CHECK(GetLongPathNameW(buffer, again, MAX_PATH));
    CHECK_EQ(lstrcmpiW(again + lstrlenW(again) - 36, full + lstrlenW(full) - 36), 0);
    n = GetShortPathNameA("Long Folder Name", ansi, MAX_PATH);
    CHECK_EQ(n, strlen(ansi));
    CHECK_EQ(GetShortPathNameA("Long Folder Name", ansi, 1), n + 1);
    CHECK_ERROR(GetShortPathNameW(L"no such file", buffer, MAX_PATH), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetShortPathNameA("no such file", ansi, MAX_PATH), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetShortPathNameW(NULL, buffer, MAX_PATH), ERROR_INVALID_PARAMETER);
    CHECK(DeleteFileW(L"Long Folder Name\\Some Long File.text"));
    CHECK(RemoveDirectoryW(L"Long Folder Name"));
}

TEST(final_path)
{
    WCHAR here[MAX_PATH], buffer[MAX_PATH], guid[MAX_PATH], none[MAX_PATH], nt[MAX_PATH];

    make(L"Final.Name", "x");
    CHECK(GetCurrentDirectoryW(MAX_PATH, here));
    HANDLE file = CreateFileW(L".\\final.NAME", 0, 7, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    DWORD n = GetFinalPathNameByHandleW(file, buffer, MAX_PATH, 0);
    CHECK_EQ(n, lstrlenW(buffer));
    CHECK_EQ(wcsncmp(buffer, L"\\\\?\\", 4), 0);
    CHECK_EQ(buffer[5], ':');
    CHECK_WSTR(buffer + n - 10, L"Final.Name");
    /* Too small: the size with the terminator. */
    CHECK_EQ(GetFinalPathNameByHandleW(file, NULL, 0, 0), n + 1);
    CHECK_EQ(GetFinalPathNameByHandleW(file, guid, n, 0), n + 1);
    CHECK_EQ(GetFinalPathNameByHandleW(file, guid, n + 1, 0), n);
    n = GetFinalPathNameByHandleW(file, none, MAX_PATH, VOLUME_NAME_NONE);
    CHECK_EQ(n, lstrlenW(none));
    CHECK_WSTR(none, buffer + 6);
    n = GetFinalPathNameByHandleW(file, nt, MAX_PATH, VOLUME_NAME_NT);
    CHECK_EQ(n, lstrlenW(nt));
    CHECK_EQ(wcsncmp(nt, L"\\Device\\", 8), 0);
    CHECK_WSTR(nt + n - lstrlenW(none), none);
    n = GetFinalPathNameByHandleW(file, guid, MAX_PATH, VOLUME_NAME_GUID);
    CHECK_EQ(wcsncmp(guid, L"\\\\?\\Volume{", 11), 0);
    CHECK_WSTR(guid + 48, none);
    CHECK_ERROR(GetFinalPathNameByHandleW(file, buffer, MAX_PATH, 7), ERROR_INVALID_PARAMETER);
    CloseHandle(file);
    CHECK_ERROR(GetFinalPathNameByHandleW(INVALID_HANDLE_VALUE, buffer, MAX_PATH, 0), ERROR_INVALID_HANDLE);
    CHECK(DeleteFileW(L"Final.Name"));
}

TEST(search_path)
{
    WCHAR buffer[MAX_PATH], *part, here[MAX_PATH], expected[MAX_PATH * 2];
    char ansi[MAX_PATH], *ansi_part;

    CHECK(GetCurrentDirectoryW(MAX_PATH, here));
    CHECK(CreateDirectoryW(L"one", NULL));
    CHECK(CreateDirectoryW(L"two", NULL));
    make(L"two\\sought.dat", "x");
    lstrcpyW(expected, here);
    lstrcatW(expected, L"\\two\\sought.dat");
    DWORD n = SearchPathW(L"one;two", L"sought", L".dat", MAX_PATH, buffer, &part);
    CHECK_WSTR(buffer, expected);
    CHECK_EQ(n, lstrlenW(expected));
    CHECK_WSTR(part, L"sought.dat");
    CHECK_EQ(SearchPathW(L"one;two", L"sought.dat", NULL, n, buffer, NULL), n + 1);
    CHECK_EQ(SearchPathW(L"one;two", L"sought.dat", NULL, n + 1, buffer, NULL), n);
    CHECK_EQ(SearchPathW(L"one;two", L"sought.dat", L".exe", MAX_PATH, buffer, NULL), n);
    CHECK_EQ(SearchPathA("one;two", "sought", ".dat", MAX_PATH, ansi, &ansi_part), n);
    CHECK_STR(ansi_part, "sought.dat");
    CHECK_EQ(SearchPathA("one;two", "sought", ".dat", 3, ansi, NULL), n + 1);
    CHECK_ERROR(SearchPathW(L"one", L"sought.dat", NULL, MAX_PATH, buffer, &part), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(SearchPathA("one", "sought.dat", NULL, MAX_PATH, ansi, NULL), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(SearchPathW(L"one", L"", NULL, MAX_PATH, buffer, &part), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(SearchPathW(L"one", NULL, NULL, MAX_PATH, buffer, &part), ERROR_INVALID_PARAMETER);
    /* Without a path: the system's folder. */
    n = SearchPathW(NULL, L"kernel32", L".dll", MAX_PATH, buffer, &part);
    CHECK(n > 12);
    CHECK_EQ(lstrcmpiW(part, L"kernel32.dll"), 0);
    CHECK(DeleteFileW(L"two\\sought.dat"));
    CHECK(RemoveDirectoryW(L"one"));
    CHECK(RemoveDirectoryW(L"two"));
}

TEST(executables_of_the_current_folder)
{
    SetEnvironmentVariableA("NoDefaultCurrentDirectoryInExePath", NULL);
    CHECK(NeedCurrentDirectoryForExePathW(L"app"));
    CHECK(NeedCurrentDirectoryForExePathA("app"));
    CHECK(NeedCurrentDirectoryForExePathW(L".\\app"));
    SetEnvironmentVariableA("NoDefaultCurrentDirectoryInExePath", "1");
    CHECK(!NeedCurrentDirectoryForExePathW(L"app"));
    CHECK(!NeedCurrentDirectoryForExePathA("app.exe"));
    CHECK(NeedCurrentDirectoryForExePathW(L".\\app"));
    CHECK(NeedCurrentDirectoryForExePathA("sub\\app.exe"));
    SetEnvironmentVariableA("NoDefaultCurrentDirectoryInExePath", NULL);
}

TEST(system_folders)
{
    WCHAR wide[MAX_PATH];
    char ansi[MAX_PATH];
    UINT n = GetWindowsDirectoryW(wide, MAX_PATH);

    CHECK_EQ(n, lstrlenW(wide));
    CHECK_EQ(lstrcmpiW(wide, L"C:\\windows"), 0);
    CHECK_EQ(GetWindowsDirectoryW(NULL, 0), n + 1);
    wide[0] = 'x';
    CHECK_EQ(GetWindowsDirectoryW(wide, n), n + 1);
    CHECK_EQ(GetWindowsDirectoryW(wide, n + 1), n);
    CHECK_EQ(GetWindowsDirectoryA(ansi, MAX_PATH), n);
    CHECK_EQ(lstrcmpiA(ansi, "C:\\windows"), 0);
    CHECK_EQ(GetWindowsDirectoryA(ansi, n), n + 1);
    CHECK_EQ(GetSystemWindowsDirectoryW(wide, MAX_PATH), n);
    CHECK_EQ(lstrcmpiW(wide, L"C:\\windows"), 0);
    CHECK_EQ(GetSystemWindowsDirectoryW(wide, n), n + 1);
    CHECK_EQ(GetSystemWindowsDirectoryA(ansi, MAX_PATH), n);
    CHECK_EQ(GetSystemWindowsDirectoryA(ansi, 2), n + 1);
    n = GetSystemDirectoryW(wide, MAX_PATH);
    CHECK_EQ(lstrcmpiW(wide, L"C:\\windows\\system32"), 0);
    CHECK_EQ(GetSystemDirectoryW(wide, n), n + 1);
    CHECK_EQ(GetSystemDirectoryA(ansi, MAX_PATH), n);
}

TEST(wow64_folder)
{
    WCHAR wide[MAX_PATH];
    UINT n = GetSystemWow64DirectoryW(wide, MAX_PATH);

    CHECK_EQ(n, lstrlenW(wide));
    CHECK_EQ(lstrcmpiW(wide, L"C:\\windows\\syswow64"), 0);
    CHECK_EQ(GetSystemWow64DirectoryW(NULL, 0), n + 1);
    CHECK_EQ(GetSystemWow64DirectoryW(wide, n), n + 1);
    CHECK_EQ(GetSystemWow64DirectoryW(wide, n + 1), n);
}

TEST(current_directory)
{
    WCHAR old[MAX_PATH], now[MAX_PATH];

    CHECK(GetCurrentDirectoryW(MAX_PATH, old));
    CHECK(CreateDirectoryW(L"inner", NULL));
    CHECK(SetCurrentDirectoryW(L"INNER"));
    DWORD n = GetCurrentDirectoryW(MAX_PATH, now);
    CHECK_EQ(n, lstrlenW(old) + 6);
    CHECK_EQ(GetCurrentDirectoryW(n, now), n + 1);
    CHECK(SetCurrentDirectoryW(L".."));
    CHECK(GetCurrentDirectoryW(MAX_PATH, now));
    CHECK_WSTR(now, old);
    CHECK_ERROR(SetCurrentDirectoryW(L"no such folder"), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(SetCurrentDirectoryW(L""), ERROR_INVALID_NAME);
    make(L"plain", "x");
    CHECK_ERROR(SetCurrentDirectoryW(L"plain"), ERROR_DIRECTORY);
    CHECK(DeleteFileW(L"plain"));
    CHECK(RemoveDirectoryW(L"inner"));
}

TEST(dll_directory)
{
    ORACLE_DIFFERS("a semicolon is documented as ERROR_INVALID_PARAMETER");

    WCHAR wide[MAX_PATH];
    char ansi[MAX_PATH];

    CHECK_EQ(GetDllDirectoryW(MAX_PATH, wide), 0);
    CHECK_WSTR(wide, L"");
    CHECK(SetDllDirectoryW(L"C:\\windows"));
    CHECK_EQ(GetDllDirectoryW(MAX_PATH, wide), 10);
    CHECK_WSTR(wide, L"C:\\windows");
    CHECK_EQ(GetDllDirectoryW(10, wide), 11);
    CHECK_EQ(GetDllDirectoryA(MAX_PATH, ansi), 10);
    CHECK_STR(ansi, "C:\\windows");
    CHECK_ERROR(SetDllDirectoryW(L"C:\\windows;C:\\"), ERROR_INVALID_PARAMETER);
    CHECK(SetDllDirectoryW(L""));
    CHECK_EQ(GetDllDirectoryW(MAX_PATH, wide), 0);
    CHECK(SetDllDirectoryW(NULL));
}
