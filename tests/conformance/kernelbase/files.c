/*
 * Files by their wide functions: attributes, sizes, searching, moving, copying, links, locks, scattered
 * transfers, reading with a completion routine, ANSI or OEM names.
 */
#include "../harness.h"

static HANDLE create(const WCHAR *name, const char *text)
{
    DWORD n;
    HANDLE file = CreateFileW(name, GENERIC_READ | GENERIC_WRITE | DELETE, 7, NULL, CREATE_ALWAYS, 0, NULL);

    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(WriteFile(file, text, (DWORD)strlen(text), &n, NULL));
    return file;
}

static void make(const WCHAR *name, const char *text)
{
    CloseHandle(create(name, text));
}

static void check_content(const WCHAR *name, const char *text)
{
    char buffer[256] = "";
    DWORD n = 0;
    HANDLE file = CreateFileW(name, GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);

    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(ReadFile(file, buffer, sizeof buffer - 1, &n, NULL));
    CHECK_STR(buffer, text);
    CloseHandle(file);
}

TEST(attributes)
{
    ORACLE_DIFFERS("FILE_ATTRIBUTE_ARCHIVE cannot be taken away");
    WIN32_FILE_ATTRIBUTE_DATA data;

    make(L"attributes", "12345");
    CHECK(SetFileAttributesW(L"attributes", FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN));
    CHECK_EQ(GetFileAttributesW(L"attributes"), FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN);
    CHECK(GetFileAttributesExW(L"attributes", GetFileExInfoStandard, &data));
    CHECK_EQ(data.dwFileAttributes, FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN);
    CHECK_EQ(data.nFileSizeLow, 5);
    CHECK_EQ(data.nFileSizeHigh, 0);
    CHECK_ERROR(DeleteFileW(L"attributes"), ERROR_ACCESS_DENIED);
    CHECK(SetFileAttributesW(L"attributes", FILE_ATTRIBUTE_NORMAL));
    DWORD attributes = GetFileAttributesW(L"attributes");
    CHECK(!(attributes & (FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN)));
    CHECK_EQ(GetFileAttributesW(L"C:\\windows") & FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_DIRECTORY);
    CHECK_ERROR(GetFileAttributesW(L"no such file") + 1, ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetFileAttributesW(L"no\\such file") + 1, ERROR_PATH_NOT_FOUND);
    CHECK_ERROR(GetFileAttributesW(L"a*b") + 1, ERROR_INVALID_NAME);
    CHECK_ERROR(GetFileAttributesExW(L"no such file", GetFileExInfoStandard, &data), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetFileAttributesExW(L"attributes", GetFileExMaxInfoLevel, &data), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(SetFileAttributesW(L"no such file", 0), ERROR_FILE_NOT_FOUND);
    CHECK(DeleteFileW(L"attributes"));
}

TEST(sizes)
{
    LARGE_INTEGER size;
    DWORD high = 7;
    HANDLE file = create(L"sizes", "123456789");

    CHECK(GetFileSizeEx(file, &size));
    CHECK_EQ(size.QuadPart, 9);
    CHECK(FlushFileBuffers(file));
    CHECK(GetCompressedFileSizeW(L"sizes", &high) <= 65536);
    CHECK_EQ(high, 0);
    CHECK(GetCompressedFileSizeA("sizes", NULL) != INVALID_FILE_SIZE);
    CHECK_ERROR(GetCompressedFileSizeW(L"no such file", &high) + 1, ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetCompressedFileSizeA("no such file", &high) + 1, ERROR_FILE_NOT_FOUND);
    /* SetFileValidData needs a privilege and a size it stays inside of. */
    CHECK(!SetFileValidData(file, 1000));
    CloseHandle(file);
    file = CreateFileW(L"sizes", GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
    CHECK_ERROR(FlushFileBuffers(file), ERROR_ACCESS_DENIED);
    CloseHandle(file);
    CHECK_ERROR(GetFileSizeEx(INVALID_HANDLE_VALUE, &size), ERROR_INVALID_HANDLE);
    CHECK_ERROR(FlushFileBuffers(INVALID_HANDLE_VALUE), ERROR_INVALID_HANDLE);
    CHECK(DeleteFileW(L"sizes"));
}

TEST(search)
{
    WIN32_FIND_DATAW data;
    int count = 0, folders = 0;

    CHECK(CreateDirectoryW(L"search", NULL));
    CHECK(CreateDirectoryW(L"search\\folder", NULL));
    make(L"search\\one.txt", "1");
    make(L"search\\Two.TXT", "22");
    HANDLE find = FindFirstFileExW(L"search\\*.txt", FindExInfoBasic, &data, FindExSearchNameMatch, NULL,
                                   FIND_FIRST_EX_LARGE_FETCH);
    CHECK(find != INVALID_HANDLE_VALUE);
    do {
        count++;
        CHECK_EQ(data.cAlternateFileName[0], 0);
        if (!lstrcmpW(data.cFileName, L"Two.TXT"))
            CHECK_EQ(data.nFileSizeLow, 2);
    } while (FindNextFileW(find, &data));
    CHECK_EQ(GetLastError(), ERROR_NO_MORE_FILES);
    CHECK_EQ(count, 2);
    CHECK_ERROR(FindNextFileW(find, &data), ERROR_NO_MORE_FILES);
    CHECK(FindClose(find));
    /* Directories are a wish the file system may disregard; what it may not do is leave one out. */
    find = FindFirstFileExW(L"search\\*", FindExInfoStandard, &data, FindExSearchLimitToDirectories, NULL, 0);
    CHECK(find != INVALID_HANDLE_VALUE);
    do
        folders += !lstrcmpW(data.cFileName, L"folder");
    while (FindNextFileW(find, &data));
    CHECK_EQ(folders, 1);
    CHECK(FindClose(find));
    CHECK_HANDLE_ERROR(FindFirstFileExW(L"search\\none*", FindExInfoStandard, &data, 0, NULL, 0),
                       ERROR_FILE_NOT_FOUND);
    CHECK_HANDLE_ERROR(FindFirstFileExW(L"none\\*", FindExInfoStandard, &data, 0, NULL, 0),
                       ERROR_PATH_NOT_FOUND);
    CHECK_HANDLE_ERROR(FindFirstFileExW(L"search\\*", FindExInfoMaxInfoLevel, &data, 0, NULL, 0),
                       ERROR_INVALID_PARAMETER);
    CHECK_HANDLE_ERROR(FindFirstFileExW(L"search\\*", 0, &data, FindExSearchMaxSearchOp, NULL, 0),
                       ERROR_INVALID_PARAMETER);
    CHECK_ERROR(FindNextFileW(INVALID_HANDLE_VALUE, &data), ERROR_INVALID_HANDLE);
    CHECK(DeleteFileW(L"search\\one.txt"));
    CHECK(DeleteFileW(L"search\\two.txt"));
    CHECK(RemoveDirectoryW(L"search\\folder"));
    CHECK(RemoveDirectoryW(L"search"));
}

TEST(streams)
{
    ORACLE_DIFFERS("streams are missing there");
    WIN32_FIND_STREAM_DATA data;

    make(L"streams", "12345");
    HANDLE find = FindFirstStreamW(L"streams", FindStreamInfoStandard, &data, 0);
    CHECK(find != INVALID_HANDLE_VALUE);
    CHECK_WSTR(data.cStreamName, L"::$DATA");
    CHECK_EQ(data.StreamSize.QuadPart, 5);
    CHECK_ERROR(FindNextStreamW(find, &data), ERROR_HANDLE_EOF);
    CHECK(FindClose(find));
    CHECK_HANDLE_ERROR(FindFirstStreamW(L"no such file", FindStreamInfoStandard, &data, 0),
                       ERROR_FILE_NOT_FOUND);
    CHECK_HANDLE_ERROR(FindFirstStreamW(L"streams", FindStreamInfoMaxInfoLevel, &data, 0),
                       ERROR_INVALID_PARAMETER);
    CHECK(DeleteFileW(L"streams"));
}

TEST(moving)
{
    ORACLE_DIFFERS("a name's case cannot be changed");
    make(L"from", "from");
    CHECK(MoveFileW(L"from", L"to"));
    CHECK_ERROR(GetFileAttributesW(L"from") + 1, ERROR_FILE_NOT_FOUND);
    make(L"from", "new");
    CHECK_ERROR(MoveFileW(L"from", L"to"), ERROR_ALREADY_EXISTS);
    CHECK_ERROR(MoveFileExW(L"from", L"to", 0), ERROR_ALREADY_EXISTS);
    CHECK(MoveFileExW(L"from", L"to", MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH));
    check_content(L"to", "new");
    CHECK_ERROR(MoveFileW(L"none", L"other"), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(MoveFileW(L"to", L"no folder\\other"), ERROR_PATH_NOT_FOUND);
    CHECK(MoveFileW(L"to", L"TO"));
    WIN32_FIND_DATAW data;
    HANDLE find = FindFirstFileW(L"to", &data);
    CHECK_WSTR(data.cFileName, L"TO");
    FindClose(find);
    CHECK(CreateDirectoryW(L"folder", NULL));
    CHECK_ERROR(MoveFileExW(L"to", L"folder", MOVEFILE_REPLACE_EXISTING), ERROR_ACCESS_DENIED);
    CHECK(MoveFileExW(L"folder", L"folder2", 0));
    CHECK(RemoveDirectoryW(L"folder2"));
    CHECK(DeleteFileW(L"to"));
}

static DWORD CALLBACK progress(LARGE_INTEGER total, LARGE_INTEGER done, LARGE_INTEGER stream_size,
                               LARGE_INTEGER stream_done, DWORD stream, DWORD reason, HANDLE from, HANDLE to,
                               void *argument)
{
    int *calls = argument;

    if (!*calls)
        CHECK_EQ(reason, CALLBACK_STREAM_SWITCH);
    CHECK_EQ(stream, 1);
    CHECK(done.QuadPart <= total.QuadPart);
    CHECK(stream_done.QuadPart <= stream_size.QuadPart);
    ++*calls;
    return *calls > 100 ? PROGRESS_CANCEL : PROGRESS_CONTINUE;
}

static DWORD CALLBACK refuse(LARGE_INTEGER total, LARGE_INTEGER done, LARGE_INTEGER stream_size,
                             LARGE_INTEGER stream_done, DWORD stream, DWORD reason, HANDLE from, HANDLE to,
                             void *argument)
{
    return *(DWORD *)argument;
}

TEST(copying)
{
    ORACLE_DIFFERS("no progress, no cancelling");
    int calls = 0;
    DWORD answer = PROGRESS_CANCEL;
    BOOL cancel = TRUE;

    make(L"source", "content");
    CHECK(CopyFileExW(L"source", L"copy", progress, &calls, NULL, COPY_FILE_FAIL_IF_EXISTS));
    CHECK(calls >= 2);
    check_content(L"copy", "content");
    CHECK_ERROR(CopyFileExW(L"source", L"copy", NULL, NULL, NULL, COPY_FILE_FAIL_IF_EXISTS),
                ERROR_FILE_EXISTS);
    CHECK(CopyFileExA("source", "copy", NULL, NULL, NULL, 0));
    CHECK_ERROR(CopyFileExA("none", "copy", NULL, NULL, NULL, 0), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(CopyFileExW(L"source", L"none\\copy", NULL, NULL, NULL, 0), ERROR_PATH_NOT_FOUND);
    CHECK(DeleteFileW(L"copy"));
    CHECK_ERROR(CopyFileExW(L"source", L"copy", NULL, NULL, &cancel, 0), ERROR_REQUEST_ABORTED);
    CHECK_ERROR(CopyFileExW(L"source", L"copy", refuse, &answer, NULL, 0), ERROR_REQUEST_ABORTED);
    CHECK_EQ(GetFileAttributesW(L"copy"), INVALID_FILE_ATTRIBUTES);
    answer = PROGRESS_QUIET;
    CHECK(CopyFileExW(L"source", L"copy", refuse, &answer, NULL, 0));
    CHECK(DeleteFileW(L"copy"));
    CHECK(DeleteFileW(L"source"));
}

TEST(copying_by_result)
{
    COPYFILE2_EXTENDED_PARAMETERS parameters = {sizeof parameters, COPY_FILE_FAIL_IF_EXISTS, NULL, NULL,
                                                NULL};

    ORACLE_CRASHES("CopyFile2 is missing there");
    make(L"source2", "content");
    CHECK_EQ(CopyFile2(L"source2", L"copy2", NULL), S_OK);
    check_content(L"copy2", "content");
    CHECK_EQ(CopyFile2(L"source2", L"copy2", &parameters), HRESULT_FROM_WIN32(ERROR_FILE_EXISTS));
    CHECK_EQ(CopyFile2(L"none", L"copy2", NULL), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    parameters.dwSize = 3;
    CHECK_EQ(CopyFile2(L"source2", L"copy3", &parameters), E_INVALIDARG);
    CHECK(DeleteFileW(L"copy2"));
    CHECK(DeleteFileW(L"source2"));
}

TEST(moving_with_progress)
{
    int calls = 0;

    make(L"mover", "content");
    CHECK(MoveFileWithProgressW(L"mover", L"moved", progress, &calls, 0));
    CHECK(MoveFileWithProgressA("moved", "mover", NULL, NULL, 0));
    check_content(L"mover", "content");
    CHECK_ERROR(MoveFileWithProgressW(L"none", L"moved", NULL, NULL, 0), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(MoveFileWithProgressA("none", "moved", NULL, NULL, 0), ERROR_FILE_NOT_FOUND);
    CHECK(DeleteFileW(L"mover"));
}

TEST(replacing)
{
    ORACLE_DIFFERS("replaces only once");
    make(L"replaced", "old");
    make(L"replacement", "new");
    CHECK(ReplaceFileW(L"replaced", L"replacement", L"backup", 0, NULL, NULL));
    check_content(L"replaced", "new");
    check_content(L"backup", "old");
    CHECK_ERROR(GetFileAttributesW(L"replacement") + 1, ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(ReplaceFileW(L"replaced", L"none", NULL, 0, NULL, NULL), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(ReplaceFileW(L"none", L"replaced", NULL, 0, NULL, NULL), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(ReplaceFileW(NULL, L"replaced", NULL, 0, NULL, NULL), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(ReplaceFileW(L"replaced", NULL, NULL, 0, NULL, NULL), ERROR_INVALID_PARAMETER);
    make(L"replacement", "newer");
    CHECK(ReplaceFileW(L"replaced", L"replacement", NULL, 0, NULL, NULL));
    check_content(L"replaced", "newer");
    CHECK(DeleteFileW(L"replaced"));
    CHECK(DeleteFileW(L"backup"));
}

TEST(links)
{
    BY_HANDLE_FILE_INFORMATION info;

    make(L"original", "linked");
    CHECK(CreateHardLinkW(L"link", L"original", NULL));
    check_content(L"link", "linked");
    HANDLE file = CreateFileW(L"link", 0, 7, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(GetFileInformationByHandle(file, &info));
    CHECK_EQ(info.nNumberOfLinks, 2);
    CloseHandle(file);
    CHECK_ERROR(CreateHardLinkW(L"link", L"original", NULL), ERROR_ALREADY_EXISTS);
    CHECK_ERROR(CreateHardLinkW(L"link2", L"none", NULL), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(CreateHardLinkW(L"none\\link", L"original", NULL), ERROR_PATH_NOT_FOUND);
    CHECK(DeleteFileW(L"original"));
    check_content(L"link", "linked");
    CHECK(DeleteFileW(L"link"));
}

TEST(symbolic_links)
{
    ORACLE_DIFFERS("symbolic links of files are missing there");
    make(L"target", "pointed");
    CHECK(CreateSymbolicLinkW(L"symlink", L"target", SYMBOLIC_LINK_FLAG_ALLOW_UNPRIVILEGED_CREATE));
    check_content(L"symlink", "pointed");
    CHECK(GetFileAttributesW(L"symlink") & FILE_ATTRIBUTE_REPARSE_POINT);
    CHECK_ERROR(CreateSymbolicLinkW(L"symlink", L"target", 0), ERROR_ALREADY_EXISTS);
    CHECK_ERROR(CreateSymbolicLinkW(L"none\\symlink", L"target", 0), ERROR_PATH_NOT_FOUND);
    CHECK_ERROR(CreateSymbolicLinkW(L"symlink2", L"target", 0x100), ERROR_INVALID_PARAMETER);
    CHECK(DeleteFileW(L"symlink"));
    check_content(L"target", "pointed");
    CHECK(DeleteFileW(L"target"));
}

TEST(root_relative_symbolic_links)
{
    WCHAR target[MAX_PATH];

    ORACLE_DIFFERS("symbolic links of files are missing there");
    make(L"target", "pointed");
    GetFullPathNameW(L"target", MAX_PATH, target, NULL);
    CHECK(CreateSymbolicLinkW(L"symlink", target + 2, SYMBOLIC_LINK_FLAG_ALLOW_UNPRIVILEGED_CREATE));
    check_content(L"symlink", "pointed");
    CHECK(DeleteFileW(L"symlink"));
    CHECK(DeleteFileW(L"target"));
}

TEST(directories_from_templates)
{
    ORACLE_DIFFERS("takes a template that does not exist");
    CHECK(CreateDirectoryW(L"template", NULL));
    CHECK(SetFileAttributesW(L"template", FILE_ATTRIBUTE_HIDDEN));
    CHECK(CreateDirectoryExW(L"template", L"child1", NULL));
    CHECK(GetFileAttributesW(L"child1") & FILE_ATTRIBUTE_DIRECTORY);
    CHECK(CreateDirectoryExA("template", "child2", NULL));
    CHECK_ERROR(CreateDirectoryExW(L"template", L"child1", NULL), ERROR_ALREADY_EXISTS);
    CHECK_ERROR(CreateDirectoryExA("template", "child1", NULL), ERROR_ALREADY_EXISTS);
    CHECK_ERROR(CreateDirectoryExW(L"template", L"none\\child", NULL), ERROR_PATH_NOT_FOUND);
    CHECK_ERROR(CreateDirectoryExW(L"no template", L"child3", NULL), ERROR_FILE_NOT_FOUND);
    CHECK(RemoveDirectoryW(L"child1"));
    CHECK(RemoveDirectoryW(L"child2"));
    CHECK(SetFileAttributesW(L"template", 0));
    CHECK(RemoveDirectoryW(L"template"));
}

TEST(locks)
{
    ORACLE_DIFFERS("locks are not mandatory for reading, and another error code");
    OVERLAPPED where = {0}, other = {0};
    HANDLE first = create(L"locks", "0123456789"),
           second = CreateFileW(L"locks", GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL);
    char buffer[4];
    DWORD n;

    where.Offset = 2;
    CHECK(LockFileEx(first, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 3, 0, &where));
    other.Offset = 4;
    CHECK_ERROR(LockFileEx(second, LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &other), ERROR_LOCK_VIOLATION);
    CHECK_ERROR(ReadFile(second, buffer, 4, &n, NULL), ERROR_LOCK_VIOLATION);
    other.Offset = 5;
    CHECK(LockFileEx(second, LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &other));
    CHECK(UnlockFileEx(second, 0, 1, 0, &other));
    CHECK_ERROR(UnlockFileEx(second, 0, 1, 0, &other), ERROR_NOT_LOCKED);
    CHECK_ERROR(LockFileEx(first, 0, 1, 1, 0, &where), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(UnlockFileEx(first, 1, 3, 0, &where), ERROR_INVALID_PARAMETER);
    CHECK(UnlockFileEx(first, 0, 3, 0, &where));
    /* Shared locks go together, and exclude an exclusive one. */
    CHECK(LockFileEx(first, LOCKFILE_FAIL_IMMEDIATELY, 0, 3, 0, &where));
    CHECK(LockFileEx(second, LOCKFILE_FAIL_IMMEDIATELY, 0, 3, 0, &where));
    CHECK_ERROR(LockFileEx(second, LOCKFILE_FAIL_IMMEDIATELY | LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &where),
                ERROR_LOCK_VIOLATION);
    CHECK(UnlockFileEx(second, 0, 3, 0, &where));
    CHECK(UnlockFileEx(first, 0, 3, 0, &where));
    CloseHandle(first);
    CloseHandle(second);
    CHECK(DeleteFileW(L"locks"));
}

static DWORD completed_error, completed_bytes;
static OVERLAPPED *completed;

static void CALLBACK complete(DWORD error, DWORD bytes, OVERLAPPED *overlapped)
{
    completed_error = error;
    completed_bytes = bytes;
    completed = overlapped;
}

TEST(reading_with_a_routine)
{
    char buffer[8] = "";
    OVERLAPPED overlapped = {0};

    make(L"apc", "0123456789");
    HANDLE file = CreateFileW(L"apc", GENERIC_READ, 7, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
    overlapped.Offset = 3;
    CHECK(ReadFileEx(file, buffer, 4, &overlapped, complete));
    CHECK_EQ((ULONG_PTR)completed, 0);
    CHECK_EQ(SleepEx(1000, TRUE), WAIT_IO_COMPLETION);
    CHECK_EQ((ULONG_PTR)completed, (ULONG_PTR)&overlapped);
    CHECK_EQ(completed_error, 0);
    CHECK_EQ(completed_bytes, 4);
    CHECK_STR(buffer, "3456");
    overlapped.Offset = 100;
    if (ReadFileEx(file, buffer, 4, &overlapped, complete)) {
        CHECK_EQ(SleepEx(1000, TRUE), WAIT_IO_COMPLETION);
        CHECK_EQ(completed_error, ERROR_HANDLE_EOF);
        CHECK_EQ(completed_bytes, 0);
    } else
        CHECK_EQ(GetLastError(), ERROR_HANDLE_EOF);
    CloseHandle(file);
    CHECK_ERROR(ReadFileEx(INVALID_HANDLE_VALUE, buffer, 4, &overlapped, complete), ERROR_INVALID_HANDLE);
    CHECK(DeleteFileW(L"apc"));
}

TEST(scattered_transfers)
{
    FILE_SEGMENT_ELEMENT segments[3] = {0};
    OVERLAPPED overlapped = {0};
    DWORD n = 0;
    char *pages = VirtualAlloc(NULL, 4 * 4096, MEM_COMMIT, PAGE_READWRITE);
    HANDLE file = CreateFileW(L"scatter", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                              FILE_FLAG_OVERLAPPED | FILE_FLAG_NO_BUFFERING, NULL);

    CHECK(file != INVALID_HANDLE_VALUE);
    memset(pages, 'a', 4096);
    memset(pages + 4096, 'b', 4096);
    segments[0].Buffer = pages + 4096;
    segments[1].Buffer = pages;
    CHECK(WriteFileGather(file, segments, 8192, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    CHECK(GetOverlappedResultEx(file, &overlapped, &n, 1000, FALSE));
    CHECK_EQ(n, 8192);
    segments[0].Buffer = pages + 2 * 4096;
    segments[1].Buffer = pages + 3 * 4096;
    CHECK(ReadFileScatter(file, segments, 8192, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    CHECK(GetOverlappedResultEx(file, &overlapped, &n, 1000, FALSE));
    CHECK_EQ(n, 8192);
    CHECK_EQ(pages[2 * 4096], 'b');
    CHECK_EQ(pages[3 * 4096 - 1], 'b');
    CHECK_EQ(pages[3 * 4096], 'a');
    CHECK_EQ(pages[4 * 4096 - 1], 'a');
    CloseHandle(file);
    CHECK(DeleteFileW(L"scatter"));
    CHECK(VirtualFree(pages, 0, MEM_RELEASE));
}

TEST(name_code_page)
{
    CHECK(AreFileApisANSI());
    SetFileApisToOEM();
    CHECK(!AreFileApisANSI());
    make(L"\x00e4", "x");
    if (GetOEMCP() == 437 || GetOEMCP() == 850)
        CHECK(GetFileAttributesA("\x84") != INVALID_FILE_ATTRIBUTES);
    SetFileApisToANSI();
    CHECK(AreFileApisANSI());
    if (GetACP() == 1252)
        CHECK(GetFileAttributesA("\xe4") != INVALID_FILE_ATTRIBUTES);
    CHECK(DeleteFileW(L"\x00e4"));
}

TEST(opening_with_parameters)
{
    CREATEFILE2_EXTENDED_PARAMETERS parameters = {sizeof parameters, FILE_ATTRIBUTE_HIDDEN, 0, 0, NULL, NULL};
    HANDLE file = CreateFile2(L"create2", GENERIC_WRITE, 0, CREATE_NEW, &parameters);

    CHECK(file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    CHECK(GetFileAttributesW(L"create2") & FILE_ATTRIBUTE_HIDDEN);
    CHECK_HANDLE_ERROR(CreateFile2(L"create2", GENERIC_WRITE, 0, CREATE_NEW, &parameters), ERROR_FILE_EXISTS);
    parameters.dwFileFlags = FILE_FLAG_DELETE_ON_CLOSE;
    file = CreateFile2(L"create2", GENERIC_READ | DELETE, 0, OPEN_EXISTING, &parameters);
    CHECK(file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    CHECK_HANDLE_ERROR(CreateFile2(L"create2", GENERIC_READ, 0, OPEN_EXISTING, NULL), ERROR_FILE_NOT_FOUND);
}

TEST(control_codes)
{
    ORACLE_DIFFERS("STATUS_INVALID_DEVICE_REQUEST is ERROR_INVALID_FUNCTION");
    DWORD n = 7, code = 0;
    HANDLE file = create(L"control", "x");

    CHECK_ERROR(DeviceIoControl(INVALID_HANDLE_VALUE, FSCTL_GET_COMPRESSION, NULL, 0, &code, 4, &n, NULL),
                ERROR_INVALID_HANDLE);
    CHECK_ERROR(DeviceIoControl(file, 0x12345678, NULL, 0, &code, 4, &n, NULL), ERROR_INVALID_FUNCTION);
    CHECK(DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &n, NULL));
    CHECK_EQ(n, 0);
    CHECK_ERROR(DeviceIoControl(file, FSCTL_GET_REPARSE_POINT, NULL, 0, &code, 4, &n, NULL),
                ERROR_NOT_A_REPARSE_POINT);
    CloseHandle(file);
    CHECK(DeleteFileW(L"control"));
}

TEST(overlapped_ranges)
{
    ORACLE_CRASHES("missing there");
    char buffer[4096];
    HANDLE file = create(L"range", "x");

    CHECK_ERROR(SetFileIoOverlappedRange(INVALID_HANDLE_VALUE, (UCHAR *)buffer, 4096), ERROR_INVALID_HANDLE);
    CloseHandle(file);
    CHECK(DeleteFileW(L"range"));
}

TEST(change_notification)
{
    CHECK(CreateDirectoryW(L"watched", NULL));
    HANDLE watch = FindFirstChangeNotificationW(L"watched", FALSE, FILE_NOTIFY_CHANGE_FILE_NAME);
    CHECK(watch != INVALID_HANDLE_VALUE);
    CHECK_EQ(WaitForSingleObject(watch, 0), WAIT_TIMEOUT);
    make(L"watched\\new", "x");
    CHECK_EQ(WaitForSingleObject(watch, 2000), WAIT_OBJECT_0);
    CHECK(FindNextChangeNotification(watch));
    CHECK_EQ(WaitForSingleObject(watch, 0), WAIT_TIMEOUT);
    CHECK(DeleteFileW(L"watched\\new"));
    CHECK_EQ(WaitForSingleObject(watch, 2000), WAIT_OBJECT_0);
    CHECK(FindCloseChangeNotification(watch));
    watch = FindFirstChangeNotificationA("watched", TRUE, FILE_NOTIFY_CHANGE_DIR_NAME);
    CHECK(watch != INVALID_HANDLE_VALUE);
    CHECK(CreateDirectoryW(L"watched\\inner", NULL));
    CHECK_EQ(WaitForSingleObject(watch, 2000), WAIT_OBJECT_0);
    CHECK(FindCloseChangeNotification(watch));
    CHECK_HANDLE_ERROR(FindFirstChangeNotificationW(L"none", FALSE, FILE_NOTIFY_CHANGE_SIZE),
                       ERROR_FILE_NOT_FOUND);
    CHECK_HANDLE_ERROR(FindFirstChangeNotificationA("none", FALSE, FILE_NOTIFY_CHANGE_SIZE),
                       ERROR_FILE_NOT_FOUND);
    CHECK_HANDLE_ERROR(FindFirstChangeNotificationW(L"watched", FALSE, 0), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(FindNextChangeNotification(INVALID_HANDLE_VALUE), ERROR_INVALID_HANDLE);
    CHECK_ERROR(FindCloseChangeNotification((HANDLE)0x7ff0), ERROR_INVALID_HANDLE);
    CHECK(RemoveDirectoryW(L"watched\\inner"));
    CHECK(RemoveDirectoryW(L"watched"));
}
