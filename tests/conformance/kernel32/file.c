/*
 * Files: dispositions, access and sharing, positions, attributes, times, information by handle,
 * deletion, locks.
 */
#include "../harness.h"

static HANDLE make(const char *name, const char *text)
{
    DWORD n;
    HANDLE file = CreateFileA(name, GENERIC_READ | GENERIC_WRITE | DELETE, 7, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(WriteFile(file, text, (DWORD)strlen(text), &n, NULL));
    CHECK_EQ(n, strlen(text));
    return file;
}

TEST(dispositions)
{
    HANDLE file;
    CHECK_HANDLE_ERROR(CreateFileA("new", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
                       ERROR_FILE_NOT_FOUND);
    CHECK_HANDLE_ERROR(CreateFileA("no\\new", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
                       ERROR_PATH_NOT_FOUND);
    CHECK_HANDLE_ERROR(CreateFileA("no\\new", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL),
                       ERROR_PATH_NOT_FOUND);
    CHECK_HANDLE_ERROR(CreateFileA("", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL), ERROR_PATH_NOT_FOUND);
    CHECK_HANDLE_ERROR(CreateFileA("a*b", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL), ERROR_INVALID_NAME);
    CHECK_HANDLE_ERROR(CreateFileA("new", GENERIC_READ, 0, NULL, 9, 0, NULL), ERROR_INVALID_PARAMETER);
    SetLastError(1);
    file = CreateFileA("new", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK_EQ(GetLastError(), 0);
    CloseHandle(file);
    CHECK_HANDLE_ERROR(CreateFileA("NEW", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL), ERROR_FILE_EXISTS);
    file = CreateFileA("New", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    CloseHandle(file);
    file = CreateFileA("new", GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, 0, NULL);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    CloseHandle(file);
    file = make("new", "12345");
    CloseHandle(file);
    file = CreateFileA("new", GENERIC_WRITE, 0, NULL, TRUNCATE_EXISTING, 0, NULL);
    CHECK_EQ(GetFileSize(file, NULL), 0);
    CloseHandle(file);
    CHECK(DeleteFileA("new"));
    CHECK_ERROR(DeleteFileA("new"), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(DeleteFileA("no\\new"), ERROR_PATH_NOT_FOUND);
}

TEST(folders_are_not_files)
{
    CHECK(CreateDirectoryA("folder", NULL));
    CHECK_HANDLE_ERROR(CreateFileA("folder", GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL),
                       ERROR_ACCESS_DENIED);
    CHECK_ERROR(DeleteFileA("folder"), ERROR_ACCESS_DENIED);
    HANDLE folder = CreateFileA("folder", GENERIC_READ, 7, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
                                NULL);
    CHECK(folder != INVALID_HANDLE_VALUE);
    BY_HANDLE_FILE_INFORMATION info;
    CHECK(GetFileInformationByHandle(folder, &info));
    CHECK(info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
    CloseHandle(folder);
    CHECK(RemoveDirectoryA("folder"));
}

TEST(sharing)
{
    HANDLE other, file = CreateFileA("share", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK_HANDLE_ERROR(CreateFileA("share", GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL),
                       ERROR_SHARING_VIOLATION);
    CHECK_ERROR(DeleteFileA("share"), ERROR_SHARING_VIOLATION);
    other = CreateFileA("share", FILE_READ_ATTRIBUTES, 0, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(other != INVALID_HANDLE_VALUE);
    CloseHandle(other);
    CloseHandle(file);
    file = CreateFileA("share", GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    CHECK_HANDLE_ERROR(CreateFileA("share", GENERIC_WRITE, 7, NULL, OPEN_EXISTING, 0, NULL),
                       ERROR_SHARING_VIOLATION);
    other = CreateFileA("share", GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(other != INVALID_HANDLE_VALUE);
    CloseHandle(other);
    CloseHandle(file);
    CHECK(DeleteFileA("share"));
}

TEST(positions)
{
    DWORD n;
    char buffer[16];
    LARGE_INTEGER distance, position;
    HANDLE file = make("position", "0123456789");
    CHECK_EQ(SetFilePointer(file, 0, NULL, FILE_CURRENT), 10);
    CHECK_EQ(SetFilePointer(file, -3, NULL, FILE_END), 7);
    CHECK(ReadFile(file, buffer, 16, &n, NULL));
    CHECK_EQ(n, 3);
    CHECK(ReadFile(file, buffer, 16, &n, NULL));
    CHECK_EQ(n, 0);
    SetLastError(0);
    CHECK_EQ(SetFilePointer(file, -1, NULL, FILE_BEGIN), INVALID_SET_FILE_POINTER);
    CHECK_EQ(GetLastError(), ERROR_NEGATIVE_SEEK);
    distance.QuadPart = 0x100000004ll;
    CHECK(SetFilePointerEx(file, distance, &position, FILE_BEGIN));
    CHECK_EQ(position.QuadPart, 0x100000004ll);
    CHECK_EQ(SetFilePointer(file, 4, NULL, FILE_BEGIN), 4);
    CHECK(SetEndOfFile(file));
    CHECK_EQ(GetFileSize(file, NULL), 4);
    OVERLAPPED at = {.Offset = 1};
    CHECK(ReadFile(file, buffer, 2, &n, &at));
    CHECK(n == 2 && memcmp(buffer, "12", 2) == 0);
    CHECK_EQ(SetFilePointer(file, 0, NULL, FILE_CURRENT), 3);
    at.Offset = 100;
    CHECK_ERROR(ReadFile(file, buffer, 2, &n, &at), ERROR_HANDLE_EOF);
    CloseHandle(file);
    file = CreateFileA("position", FILE_APPEND_DATA, 7, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(WriteFile(file, "xy", 2, &n, NULL));
    CloseHandle(file);
    file = CreateFileA("position", GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
    CHECK_EQ(GetFileSize(file, NULL), 6);
    CHECK_ERROR(WriteFile(file, "a", 1, &n, NULL), ERROR_ACCESS_DENIED);
    CHECK_EQ(GetFileType(file), FILE_TYPE_DISK);
    CloseHandle(file);
    CHECK(DeleteFileA("position"));
    CHECK_ERROR(ReadFile((HANDLE)0xdead0, buffer, 2, &n, NULL), ERROR_INVALID_HANDLE);
}

TEST(attributes)
{
    if (harness_is_wine())
        SKIP("wine as root honours no read-only attribute and cannot take ARCHIVE away; NTFS does both");
    CloseHandle(make("attributes", "x"));
    CHECK_EQ(GetFileAttributesA("ATTRIBUTES") & ~FILE_ATTRIBUTE_NOT_CONTENT_INDEXED, FILE_ATTRIBUTE_ARCHIVE);
    CHECK(SetFileAttributesA("attributes", FILE_ATTRIBUTE_READONLY));
    CHECK(GetFileAttributesA("attributes") & FILE_ATTRIBUTE_READONLY);
    CHECK_HANDLE_ERROR(CreateFileA("attributes", GENERIC_WRITE, 7, NULL, OPEN_EXISTING, 0, NULL),
                       ERROR_ACCESS_DENIED);
    CHECK_ERROR(DeleteFileA("attributes"), ERROR_ACCESS_DENIED);
    CHECK(SetFileAttributesA("attributes", FILE_ATTRIBUTE_HIDDEN));
    CHECK_EQ(GetFileAttributesA("attributes"), FILE_ATTRIBUTE_HIDDEN);
    CHECK_HANDLE_ERROR(CreateFileA("attributes", GENERIC_WRITE, 7, NULL, CREATE_ALWAYS, 0, NULL),
                       ERROR_ACCESS_DENIED);
    CHECK(SetFileAttributesA("attributes", FILE_ATTRIBUTE_NORMAL));
    CHECK_EQ(GetFileAttributesA("attributes"), FILE_ATTRIBUTE_NORMAL);
    CHECK(DeleteFileA("attributes"));
    SetLastError(0);
    CHECK_EQ(GetFileAttributesA("attributes"), INVALID_FILE_ATTRIBUTES);
    CHECK_EQ(GetLastError(), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(GetFileAttributesA("no\\attributes"), INVALID_FILE_ATTRIBUTES);
    CHECK_EQ(GetLastError(), ERROR_PATH_NOT_FOUND);
    WIN32_FILE_ATTRIBUTE_DATA data;
    CHECK_ERROR(GetFileAttributesExA("attributes", GetFileExInfoStandard, &data), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetFileAttributesExA("attributes", 7, &data), ERROR_INVALID_PARAMETER);
}

TEST(times)
{
    FILETIME creation, access, write, wanted = {0x12345680, 0x01d00000}, old = {0x80000000, 0x01c00000};
    HANDLE file = make("times", "x");
    CHECK(SetFileTime(file, NULL, NULL, &wanted));
    CHECK(GetFileTime(file, &creation, &access, &write));
    CHECK_EQ(CompareFileTime(&write, &wanted), 0);
    CHECK(SetFileTime(file, &old, NULL, NULL));
    CHECK(GetFileTime(file, &creation, NULL, &write));
    if (!harness_is_wine()) /* Debian's wine keeps no creation times */
        CHECK_EQ(CompareFileTime(&creation, &old), 0);
    CHECK_EQ(CompareFileTime(&write, &wanted), 0);
    CloseHandle(file);
    CHECK(DeleteFileA("times"));
}

TEST(by_handle)
{
    BY_HANDLE_FILE_INFORMATION info, other;
    FILE_STANDARD_INFO standard;
    FILE_NAME_INFO *name;
    char buffer[1024], path[MAX_PATH];
    HANDLE file = make("Handle.txt", "12345");
    CHECK(GetFileInformationByHandle(file, &info));
    CHECK_EQ(info.nFileSizeLow, 5);
    CHECK_EQ(info.nNumberOfLinks, 1);
    CHECK(CreateHardLinkA("link", "handle.TXT", NULL));
    CHECK(GetFileInformationByHandle(file, &info));
    CHECK_EQ(info.nNumberOfLinks, 2);
    HANDLE link = CreateFileA("link", 0, 7, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(GetFileInformationByHandle(link, &other));
    CHECK(info.nFileIndexLow == other.nFileIndexLow && info.nFileIndexHigh == other.nFileIndexHigh);
    CloseHandle(link);
    CHECK_ERROR(CreateHardLinkA("link", "handle.txt", NULL), ERROR_ALREADY_EXISTS);
    CHECK(DeleteFileA("link"));
    CHECK(GetFileInformationByHandleEx(file, FileStandardInfo, &standard, sizeof standard));
    CHECK_EQ(standard.EndOfFile.QuadPart, 5);
    CHECK_ERROR(GetFileInformationByHandleEx(file, FileStandardInfo, &standard, 4), ERROR_BAD_LENGTH);
    name = (FILE_NAME_INFO *)buffer;
    CHECK(GetFileInformationByHandleEx(file, FileNameInfo, name, sizeof buffer));
    CHECK(name->FileNameLength > 20 &&
          wcsncmp(name->FileName + name->FileNameLength / 2 - 10, L"Handle.txt", 10) == 0);
    DWORD n = GetFinalPathNameByHandleA(file, path, MAX_PATH, 0);
    CHECK(n > 14 && strncmp(path, "\\\\?\\", 4) == 0 && strcmp(path + n - 11, "\\Handle.txt") == 0);
    if (harness_is_wine()) { /* Debian's ignores FileDispositionInfo on a second handle's file */
        CloseHandle(file);
        DeleteFileA("handle.txt");
        return;
    }
    FILE_DISPOSITION_INFO gone = {TRUE};
    CHECK(SetFileInformationByHandle(file, FileDispositionInfo, &gone, sizeof gone));
    CHECK(GetFileInformationByHandleEx(file, FileStandardInfo, &standard, sizeof standard));
    CHECK(standard.DeletePending);
    CHECK_HANDLE_ERROR(CreateFileA("handle.txt", GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL),
                       ERROR_ACCESS_DENIED);
    CloseHandle(file);
    CHECK_EQ(GetFileAttributesA("handle.txt"), INVALID_FILE_ATTRIBUTES);
}

TEST(delete_on_close)
{
    HANDLE file = CreateFileA("temporary", GENERIC_WRITE, 7, NULL, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE,
                              NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(GetFileAttributesA("temporary") != INVALID_FILE_ATTRIBUTES);
    CloseHandle(file);
    CHECK_EQ(GetFileAttributesA("temporary"), INVALID_FILE_ATTRIBUTES);
}

TEST(locks)
{
    if (harness_is_wine())
        SKIP("wine's locks are advisory; the documented ones fail other handles' reads");
    DWORD n;
    char buffer[4];
    HANDLE file = make("locks", "0123456789");
    HANDLE other = CreateFileA("locks", GENERIC_READ | GENERIC_WRITE, 7, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(LockFile(file, 2, 0, 4, 0));
    CHECK_ERROR(LockFile(other, 4, 0, 4, 0), ERROR_LOCK_VIOLATION);
    CHECK(LockFile(other, 6, 0, 4, 0));
    SetFilePointer(other, 3, NULL, FILE_BEGIN);
    CHECK_ERROR(ReadFile(other, buffer, 1, &n, NULL), ERROR_LOCK_VIOLATION);
    SetFilePointer(file, 3, NULL, FILE_BEGIN);
    CHECK(ReadFile(file, buffer, 1, &n, NULL));
    CHECK(UnlockFile(file, 2, 0, 4, 0));
    CHECK_ERROR(UnlockFile(file, 2, 0, 4, 0), ERROR_NOT_LOCKED);
    CHECK(ReadFile(other, buffer, 1, &n, NULL));
    CloseHandle(other);
    CloseHandle(file);
    CHECK(DeleteFileA("locks"));
}

TEST(nul)
{
    DWORD n;
    char buffer[4];
    HANDLE file = CreateFileA("NUL", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(WriteFile(file, "abc", 3, &n, NULL));
    CHECK_EQ(n, 3);
    CHECK(ReadFile(file, buffer, 4, &n, NULL));
    CHECK_EQ(n, 0);
    CHECK_EQ(GetFileType(file), FILE_TYPE_CHAR);
    CloseHandle(file);
}

TEST(unicode_names)
{
    HANDLE file = CreateFileW(L"\x00dc"
                              L"ber \x4e16\xd83d\xde00.txt",
                              GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    WIN32_FIND_DATAW data;
    HANDLE find = FindFirstFileW(L"\x00fc*", &data);
    CHECK(find != INVALID_HANDLE_VALUE);
    CHECK_WSTR(data.cFileName, L"\x00dc"
                               L"ber \x4e16\xd83d\xde00.txt");
    FindClose(find);
    CHECK(DeleteFileW(L"\x00dc"
                      L"BER \x4e16\xd83d\xde00.TXT"));
}

/* The network tables that programs read themselves. */
TEST(network_tables)
{
    static const char *const names[] = {"hosts", "networks", "protocol", "services"};
    char folder[MAX_PATH], path[MAX_PATH + 64];
    GetSystemDirectoryA(folder, sizeof folder);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        BY_HANDLE_FILE_INFORMATION information;
        snprintf(path, sizeof path, "%s\\drivers\\etc\\%s", folder, names[i]);
        HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
        CHECK(file != INVALID_HANDLE_VALUE);
        CHECK(GetFileInformationByHandle(file, &information));
        CHECK(information.nFileSizeLow > 0);
        CloseHandle(file);
    }
    WIN32_FIND_DATAA found;
    snprintf(path, sizeof path, "%s\\drivers\\etc\\serv*", folder);
    HANDLE find = FindFirstFileA(path, &found);
    CHECK(find != INVALID_HANDLE_VALUE);
    CHECK(strcmp(found.cFileName, "services") == 0);
    FindClose(find);
}

TEST(reopen)
{
    DWORD n;
    char buffer[8];
    HANDLE file = CreateFileA("reopen.tmp", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL,
                              CREATE_ALWAYS, 0, NULL);
    CHECK(WriteFile(file, "again", 5, &n, NULL));
    HANDLE other = ReOpenFile(file, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, 0);
    CHECK(other != INVALID_HANDLE_VALUE);
    CHECK(ReadFile(other, buffer, sizeof buffer, &n, NULL));
    CHECK_EQ(n, 5);
    CHECK(!WriteFile(other, "x", 1, &n, NULL));
    CloseHandle(other);
    CHECK_HANDLE_ERROR(ReOpenFile(file, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, 0),
                       ERROR_SHARING_VIOLATION);
    CloseHandle(file);
    CHECK_HANDLE_ERROR(ReOpenFile(file, GENERIC_READ, FILE_SHARE_READ, 0), ERROR_INVALID_HANDLE);
    DeleteFileA("reopen.tmp");
}
