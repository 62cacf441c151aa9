/*
 * Folders, the working directory, moving, temporary files, changes.
 */
#include "../harness.h"

TEST(create_and_remove)
{
    CHECK(CreateDirectoryA("d", NULL));
    CHECK_ERROR(CreateDirectoryA("D", NULL), ERROR_ALREADY_EXISTS);
    CHECK_ERROR(CreateDirectoryA("no\\d", NULL), ERROR_PATH_NOT_FOUND);
    CHECK(CreateDirectoryA("d\\e", NULL));
    CHECK_ERROR(RemoveDirectoryA("d"), ERROR_DIR_NOT_EMPTY);
    CHECK(RemoveDirectoryA("d\\E"));
    CHECK_ERROR(RemoveDirectoryA("d\\e"), ERROR_FILE_NOT_FOUND);
    CHECK(RemoveDirectoryA("d"));
    CHECK_ERROR(RemoveDirectoryA("no\\d"), ERROR_PATH_NOT_FOUND);
    CloseHandle(CreateFileA("plain", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL));
    CHECK_ERROR(RemoveDirectoryA("plain"), ERROR_DIRECTORY);
    CHECK_ERROR(CreateDirectoryA("plain", NULL), ERROR_ALREADY_EXISTS);
    CHECK(DeleteFileA("plain"));
}

TEST(working_directory)
{
    char old[MAX_PATH], now[MAX_PATH], full[MAX_PATH], *part;
    DWORD n = GetCurrentDirectoryA(MAX_PATH, old);
    CHECK_EQ(n, strlen(old));
    CHECK_EQ(GetCurrentDirectoryA(1, now), n + 1);
    CHECK(CreateDirectoryA("w", NULL));
    CHECK(SetCurrentDirectoryA("w"));
    GetCurrentDirectoryA(MAX_PATH, now);
    CHECK(strncmp(now, old, n) == 0 && strcmp(now + n, "\\w") == 0);
    CHECK(GetFullPathNameA("..\\x.txt", MAX_PATH, full, &part));
    CHECK(strncmp(full, old, n) == 0 && strcmp(full + n, "\\x.txt") == 0);
    CHECK_STR(part, "x.txt");
    CHECK_ERROR(SetCurrentDirectoryA("nowhere"), ERROR_FILE_NOT_FOUND);
    CHECK(SetCurrentDirectoryA(".."));
    CHECK(RemoveDirectoryA("w"));
}

static void check_full(const char *path, const char *expected)
{
    char full[MAX_PATH];
    CHECK_EQ(GetFullPathNameA(path, MAX_PATH, full, NULL), strlen(expected));
    CHECK_STR(full, expected);
}

TEST(full_paths)
{
    check_full("C:\\a\\..\\b", "C:\\b");
    check_full("C:/a/./b//c", "C:\\a\\b\\c");
    check_full("C:\\..\\a", "C:\\a");
    check_full("C:\\a\\", "C:\\a\\");
    check_full("C:\\a.", "C:\\a");
    check_full("C:\\a..", "C:\\a");
    check_full("C:\\a ", "C:\\a");
    check_full("C:\\a\\..", "C:\\");
    check_full("C:\\a\\b\\..", "C:\\a");
    check_full("\\\\server\\share\\..\\x", "\\\\server\\share\\x");
    check_full("\\\\.\\pipe\\x", "\\\\.\\pipe\\x");
    check_full("nul", "\\\\.\\nul");
    check_full("\\\\?\\C:\\x", "\\\\?\\C:\\x");
}

TEST(move)
{
    CHECK(CreateDirectoryA("m", NULL));
    CloseHandle(CreateFileA("a", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL));
    CloseHandle(CreateFileA("b", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL));
    CHECK_ERROR(MoveFileA("a", "b"), ERROR_ALREADY_EXISTS);
    CHECK_ERROR(MoveFileA("x", "y"), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(MoveFileA("a", "no\\a"), ERROR_PATH_NOT_FOUND);
    CHECK(MoveFileExA("a", "B", MOVEFILE_REPLACE_EXISTING));
    CHECK_EQ(GetFileAttributesA("a"), INVALID_FILE_ATTRIBUTES);
    CHECK(MoveFileA("b", "m\\c"));
    CHECK(MoveFileA("m", "n"));
    CHECK(GetFileAttributesA("N\\C") != INVALID_FILE_ATTRIBUTES);
    CHECK(MoveFileA("n\\c", "n\\C"));
    WIN32_FIND_DATAA data;
    HANDLE find = FindFirstFileA("n\\c", &data);
    if (!harness_is_wine()) /* Debian's leaves a change of case out */
        CHECK_STR(data.cFileName, "C");
    FindClose(find);
    CHECK(DeleteFileA("n\\c"));
    CHECK(RemoveDirectoryA("n"));
}

TEST(copy)
{
    DWORD n;
    char buffer[8];
    HANDLE file = CreateFileA("from", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    CHECK(WriteFile(file, "copy me", 7, &n, NULL));
    CloseHandle(file);
    CHECK(CopyFileA("from", "to", TRUE));
    CHECK_ERROR(CopyFileA("from", "to", TRUE), ERROR_FILE_EXISTS);
    CHECK(CopyFileA("from", "to", FALSE));
    CHECK_ERROR(CopyFileA("nothing", "to", FALSE), ERROR_FILE_NOT_FOUND);
    file = CreateFileA("to", GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(ReadFile(file, buffer, 8, &n, NULL));
    CHECK(n == 7 && memcmp(buffer, "copy me", 7) == 0);
    CloseHandle(file);
    CHECK(ReplaceFileA("to", "from", "backup", 0, NULL, NULL));
    CHECK(GetFileAttributesA("backup") != INVALID_FILE_ATTRIBUTES);
    CHECK_EQ(GetFileAttributesA("from"), INVALID_FILE_ATTRIBUTES);
    DeleteFileA("to");
    DeleteFileA("backup");
}

TEST(temporary)
{
    char path[MAX_PATH], name[MAX_PATH];
    DWORD n = GetTempPathA(MAX_PATH, path);
    CHECK(n && path[n - 1] == '\\');
    CHECK(GetTempFileNameA(".", "abcd", 0, name));
    CHECK(strstr(name, "abc") && !strstr(name, "abcd"));
    CHECK(GetFileAttributesA(name) != INVALID_FILE_ATTRIBUTES);
    CHECK(DeleteFileA(name));
    CHECK_EQ(GetTempFileNameA(".", "x", 0x1234, name), 0x1234);
    CHECK_EQ(GetFileAttributesA(name), INVALID_FILE_ATTRIBUTES);
    CHECK_ERROR(GetTempFileNameA("nowhere", "x", 0, name), ERROR_DIRECTORY);
}

TEST(volumes)
{
    char text[MAX_PATH];
    DWORD serial, component, flags;
    CHECK(GetLogicalDrives() & 4);
    CHECK_EQ(GetDriveTypeA("C:\\"), DRIVE_FIXED);
    CHECK_EQ(GetDriveTypeA("Q:\\"), DRIVE_NO_ROOT_DIR);
    CHECK(GetVolumeInformationA("C:\\", NULL, 0, &serial, &component, &flags, text, MAX_PATH));
    CHECK_EQ(component, 255);
    CHECK_STR(text, "NTFS");
    CHECK(GetVolumePathNameA("C:\\windows\\system32", text, MAX_PATH));
    CHECK_STR(text, "C:\\");
    ULARGE_INTEGER available, total, left;
    CHECK(GetDiskFreeSpaceExA(NULL, &available, &total, &left));
    CHECK(total.QuadPart >= available.QuadPart && total.QuadPart > 0);
    CHECK_ERROR(GetVolumeInformationA("Q:\\", NULL, 0, NULL, NULL, NULL, NULL, 0), ERROR_PATH_NOT_FOUND);
    CHECK(GetFileAttributesA("C:\\Windows\\SYSTEM32\\Kernel32.DLL") != INVALID_FILE_ATTRIBUTES);
}

TEST(changes)
{
    char buffer[1024];
    DWORD n;
    CHECK(CreateDirectoryA("watched", NULL));
    HANDLE folder = CreateFileA("watched", FILE_LIST_DIRECTORY, 7, NULL, OPEN_EXISTING,
                                FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OVERLAPPED, NULL);
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, FALSE, FALSE, NULL)};
    CHECK(ReadDirectoryChangesW(folder, buffer, sizeof buffer, FALSE, FILE_NOTIFY_CHANGE_FILE_NAME, NULL,
                                &overlapped, NULL));
    CHECK_EQ(WaitForSingleObject(overlapped.hEvent, 0), WAIT_TIMEOUT);
    CloseHandle(CreateFileA("watched\\new", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL));
    CHECK_EQ(WaitForSingleObject(overlapped.hEvent, 5000), WAIT_OBJECT_0);
    CHECK(GetOverlappedResult(folder, &overlapped, &n, FALSE));
    FILE_NOTIFY_INFORMATION *info = (void *)buffer;
    CHECK(n >= sizeof *info);
    CHECK_EQ(info->Action, FILE_ACTION_ADDED);
    CHECK(info->FileNameLength == 6 && wcsncmp(info->FileName, L"new", 3) == 0);
    CHECK(ReadDirectoryChangesW(folder, buffer, sizeof buffer, FALSE, FILE_NOTIFY_CHANGE_FILE_NAME, NULL,
                                &overlapped, NULL));
    CHECK(CancelIo(folder));
    CHECK_EQ(WaitForSingleObject(overlapped.hEvent, 5000), WAIT_OBJECT_0);
    CHECK_ERROR(GetOverlappedResult(folder, &overlapped, &n, FALSE), ERROR_OPERATION_ABORTED);
    CloseHandle(folder);
    CloseHandle(overlapped.hEvent);
    DeleteFileA("watched\\new");
    RemoveDirectoryA("watched");
}

TEST(links)
{
    if (harness_is_wine())
        SKIP("wine's own symbolic links are not relative to their folder");
    if (!CreateSymbolicLinkA("soft", "target", SYMBOLIC_LINK_FLAG_ALLOW_UNPRIVILEGED_CREATE))
        SKIP("no symbolic links here");
    CHECK(GetFileAttributesA("soft") & FILE_ATTRIBUTE_REPARSE_POINT);
    CHECK_HANDLE_ERROR(CreateFileA("soft", GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL),
                       ERROR_FILE_NOT_FOUND);
    HANDLE file = CreateFileA("target", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    CloseHandle(file);
    file = CreateFileA("soft", GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    CHECK(DeleteFileA("soft"));
    CHECK(GetFileAttributesA("target") != INVALID_FILE_ATTRIBUTES);
    CHECK(DeleteFileA("target"));
}

/* Folders that come and go in several threads have nothing to do with each other, however the file system
 * numbers them. */
static DWORD CALLBACK make_and_remove(void *argument)
{
    WCHAR name[32];
    DWORD failures = 0;

    for (unsigned i = 0; i < 1500; i++) {
        wsprintfW(name, L"come_and_go_%u_%u", (unsigned)(ULONG_PTR)argument, i);
        failures += !CreateDirectoryW(name, NULL);
        failures += !RemoveDirectoryW(name);
    }
    return failures;
}

TEST(come_and_go)
{
    HANDLE threads[4];
    DWORD failures = 0;

    for (ULONG_PTR i = 0; i < ARRAYSIZE(threads); i++)
        CHECK((threads[i] = CreateThread(NULL, 0, make_and_remove, (void *)i, 0, NULL)) != NULL);
    for (int i = 0; i < (int)ARRAYSIZE(threads); i++) {
        CHECK_EQ(WaitForSingleObject(threads[i], 60000), WAIT_OBJECT_0);
        CHECK(GetExitCodeThread(threads[i], &failures));
        CHECK_EQ(failures, 0);
        CloseHandle(threads[i]);
    }
}

/* To begin to watch is no change of what is watched, however little is excluded. */
TEST(watching_changes_nothing)
{
    ORACLE_DIFFERS("wine does not watch what is below");
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    DWORD buffer[256], n = 0;

    CHECK(CreateDirectoryW(L"watched", NULL));
    CHECK(CreateDirectoryW(L"watched\\below", NULL));
    HANDLE folder = CreateFileW(L"watched", FILE_LIST_DIRECTORY,
                                FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                                FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OVERLAPPED, NULL);
    CHECK(folder != INVALID_HANDLE_VALUE);
    CHECK(ReadDirectoryChangesW(folder, buffer, sizeof buffer, TRUE, 0x17f, NULL, &overlapped, NULL));
    CHECK_EQ(WaitForSingleObject(overlapped.hEvent, 100), WAIT_TIMEOUT);
    CHECK(CreateDirectoryW(L"watched\\below\\new", NULL));
    CHECK_EQ(WaitForSingleObject(overlapped.hEvent, 5000), WAIT_OBJECT_0);
    CHECK(GetOverlappedResult(folder, &overlapped, &n, FALSE));
    CHECK(n > 0);
    CloseHandle(folder);
    CloseHandle(overlapped.hEvent);
    CHECK(RemoveDirectoryW(L"watched\\below\\new"));
    CHECK(RemoveDirectoryW(L"watched\\below"));
    CHECK(RemoveDirectoryW(L"watched"));
}
