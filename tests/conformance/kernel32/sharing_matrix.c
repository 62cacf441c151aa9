/*
 * Two processes and one file by the book: every access against every share mode, both semantics of deleting
 * and renaming what is open, and which byte ranges exclude each other.
 */
#include "harness.h"

/* Of FILE_INFO_BY_HANDLE_CLASS; old headers have no names for them. */
#define DISPOSITION_EX ((FILE_INFO_BY_HANDLE_CLASS)21)
#define RENAME_EX      ((FILE_INFO_BY_HANDLE_CLASS)22)

static HANDLE to_child, from_child;
static PROCESS_INFORMATION child;
static char file[MAX_PATH], other[MAX_PATH];

struct order {
    enum { OPEN, CLOSE, READ_ONE, LOCK, UNLOCK, DELETE_FILE, QUIT } what;
    DWORD access, sharing, flags;
    ULONGLONG from, length;
    char path[MAX_PATH];
};

/* Does what it is told and answers with the error. */
CHILD(servant)
{
    HANDLE in = GetStdHandle(STD_INPUT_HANDLE), out = GetStdHandle(STD_OUTPUT_HANDLE), handle = NULL;
    struct order order;
    DWORD n, error;
    while (ReadFile(in, &order, sizeof order, &n, NULL) && n == sizeof order && order.what != QUIT) {
        OVERLAPPED where = {.Offset = (DWORD)order.from, .OffsetHigh = (DWORD)(order.from >> 32)};
        DWORD low = (DWORD)order.length, high = (DWORD)(order.length >> 32);
        char byte;
        BOOL good = FALSE;
        switch (order.what) {
        case OPEN:
            handle = CreateFileA(order.path, order.access, order.sharing, NULL, OPEN_EXISTING, order.flags,
                                 NULL);
            good = handle != INVALID_HANDLE_VALUE;
            break;
        case CLOSE: good = CloseHandle(handle); break;
        case READ_ONE: good = ReadFile(handle, &byte, 1, &n, &where); break;
        case LOCK: good = LockFileEx(handle, order.flags, 0, low, high, &where); break;
        case UNLOCK: good = UnlockFileEx(handle, 0, low, high, &where); break;
        case DELETE_FILE: good = DeleteFileA(order.path); break;
        default: break;
        }
        error = good ? 0 : GetLastError();
        WriteFile(out, &error, sizeof error, &n, NULL);
    }
    return 0;
}

static void begin(void)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOA info = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES};
    char self[MAX_PATH], line[MAX_PATH + 32], temp[MAX_PATH];
    GetTempPathA(sizeof temp, temp);
    GetTempFileNameA(temp, "gws", 0, file);
    GetTempFileNameA(temp, "gws", 0, other);
    CHECK(CreatePipe(&info.hStdInput, &to_child, &inherit, 0));
    CHECK(CreatePipe(&from_child, &info.hStdOutput, &inherit, 0));
    SetHandleInformation(to_child, HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(from_child, HANDLE_FLAG_INHERIT, 0);
    GetModuleFileNameA(NULL, self, sizeof self);
    snprintf(line, sizeof line, "\"%s\" --child servant", self);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &child));
    CloseHandle(info.hStdInput);
    CloseHandle(info.hStdOutput);
}

static DWORD tell(struct order order)
{
    DWORD n, error = 0xdead;
    if (!WriteFile(to_child, &order, sizeof order, &n, NULL) ||
        !ReadFile(from_child, &error, sizeof error, &n, NULL))
        FAIL("the other process does not answer");
    return error;
}

static DWORD tell_open(DWORD access, DWORD sharing)
{
    struct order order = {.what = OPEN, .access = access, .sharing = sharing};
    strcpy(order.path, file);
    return tell(order);
}

static DWORD tell_close(void)
{
    return tell((struct order){.what = CLOSE});
}

static void end(void)
{
    DWORD n;
    struct order order = {.what = QUIT};
    WriteFile(to_child, &order, sizeof order, &n, NULL);
    CHECK_EQ(WaitForSingleObject(child.hProcess, 10000), WAIT_OBJECT_0);
    CloseHandle(child.hProcess);
    CloseHandle(child.hThread);
    CloseHandle(to_child);
    CloseHandle(from_child);
    DeleteFileA(file);
    DeleteFileA(other);
}

static HANDLE open_here(const char *path, DWORD access, DWORD sharing)
{
    return CreateFileA(path, access, sharing, NULL, OPEN_EXISTING, 0, NULL);
}

static DWORD access_of(unsigned set)
{
    return (set & 1 ? GENERIC_READ : 0) | (set & 2 ? GENERIC_WRITE : 0) | (set & 4 ? DELETE : 0);
}

TEST(every_access_against_every_share_mode)
{
    int wrong = 0;
    begin();
    for (unsigned access = 0; access < 8; access++)
        for (unsigned sharing = 0; sharing < 8; sharing++) {
            HANDLE handle = open_here(file, access_of(access), sharing);
            CHECK(handle != INVALID_HANDLE_VALUE);
            for (unsigned his_access = 0; his_access < 8; his_access++)
                for (unsigned his_sharing = 0; his_sharing < 8; his_sharing++) {
                    /* Who wants neither of the three shares everything. */
                    BOOL conflict = access && his_access &&
                                    ((access & ~his_sharing) || (his_access & ~sharing));
                    DWORD error = tell_open(access_of(his_access), his_sharing);
                    if (error != (conflict ? ERROR_SHARING_VIOLATION : 0u) && wrong++ < 10)
                        FAIL("here %u shared %u, there %u shared %u: error %lu", access, sharing, his_access,
                             his_sharing, error);
                    if (!error)
                        tell_close();
                }
            CloseHandle(handle);
        }
    CHECK_EQ(wrong, 0);
    end();
}

/* ---------------------------------------------------------------- deleting */

static BOOL set_delete(HANDLE handle, BOOL pending)
{
    FILE_DISPOSITION_INFO info = {(BOOLEAN)pending};
    return SetFileInformationByHandle(handle, FileDispositionInfo, &info, sizeof info);
}

static BOOL set_delete_ex(HANDLE handle, DWORD flags)
{
    FILE_DISPOSITION_INFO_EX info = {flags};
    return SetFileInformationByHandle(handle, DISPOSITION_EX, &info, sizeof info);
}

TEST(deleting_at_the_last_close)
{
    ORACLE_DIFFERS("documented: a file that is to be deleted cannot be opened any more");
    begin();
    HANDLE first = open_here(file, GENERIC_READ | DELETE, 7);
    CHECK_EQ(tell_open(GENERIC_READ | DELETE, 7), 0);
    CHECK(set_delete(first, TRUE));
    CHECK_ERROR(open_here(file, GENERIC_READ, 7) != INVALID_HANDLE_VALUE, ERROR_ACCESS_DENIED);
    CHECK_ERROR(CreateFileA(file, GENERIC_WRITE, 7, NULL, CREATE_NEW, 0, NULL) != INVALID_HANDLE_VALUE,
                ERROR_ACCESS_DENIED);
    CHECK(set_delete(first, FALSE));
    HANDLE again = open_here(file, GENERIC_READ, 7);
    CHECK(again != INVALID_HANDLE_VALUE);
    CloseHandle(again);
    CHECK(set_delete(first, TRUE));
    CloseHandle(first);
    CHECK_ERROR(open_here(file, GENERIC_READ, 7) != INVALID_HANDLE_VALUE, ERROR_ACCESS_DENIED);
    CHECK_ERROR(CreateFileA(file, GENERIC_WRITE, 7, NULL, CREATE_NEW, 0, NULL) != INVALID_HANDLE_VALUE,
                ERROR_ACCESS_DENIED);
    CHECK_EQ(tell_close(), 0);
    CHECK_ERROR(open_here(file, GENERIC_READ, 7) != INVALID_HANDLE_VALUE, ERROR_FILE_NOT_FOUND);
    end();
}

TEST(deleting_the_name_at_once)
{
    ORACLE_DIFFERS("the name stays there until the file is closed");
    begin();
    HANDLE first = open_here(file, GENERIC_WRITE, 7), second;
    DWORD n;
    CHECK(WriteFile(first, "x", 1, &n, NULL));
    CHECK_EQ(tell_open(GENERIC_READ, 7), 0);
    struct order order = {.what = DELETE_FILE};
    CHECK(DeleteFileA(file));
    CHECK_EQ(GetFileAttributesA(file), INVALID_FILE_ATTRIBUTES);
    CHECK_EQ(GetLastError(), ERROR_FILE_NOT_FOUND);
    second = CreateFileA(file, GENERIC_READ | DELETE, 7, NULL, CREATE_NEW, 0, NULL);
    CHECK(second != INVALID_HANDLE_VALUE);
    CHECK_EQ(tell((struct order){.what = READ_ONE}), 0); /* the old one */
    strcpy(order.path, file);
    CHECK(set_delete_ex(second, FILE_DISPOSITION_FLAG_DELETE | FILE_DISPOSITION_FLAG_POSIX_SEMANTICS));
    CloseHandle(second);
    CHECK_EQ(tell(order), ERROR_FILE_NOT_FOUND);
    CloseHandle(first);
    tell_close();
    end();
}

/* ---------------------------------------------------------------- renaming */

static BOOL rename_to(HANDLE handle, const char *name, DWORD flags, BOOL extended)
{
    union {
        FILE_RENAME_INFO info;
        char room[sizeof(FILE_RENAME_INFO) + MAX_PATH * sizeof(WCHAR)];
    } to = {0};
    if (extended)
        to.info.Flags = flags;
    else
        to.info.ReplaceIfExists = (BOOLEAN)flags;
    to.info.FileNameLength = (DWORD)(MultiByteToWideChar(CP_ACP, 0, name, -1, to.info.FileName, MAX_PATH) -
                                     1) *
                             sizeof(WCHAR);
    return SetFileInformationByHandle(handle, extended ? RENAME_EX : FileRenameInfo, &to, sizeof to);
}

TEST(renaming_what_is_open)
{
    ORACLE_DIFFERS("there the other one is replaced in any case");
    DWORD n;
    char byte = 0;
    begin();
    HANDLE handle = open_here(other, GENERIC_WRITE, 0);
    CHECK(WriteFile(handle, "o", 1, &n, NULL));
    CloseHandle(handle);
    /* open without FILE_SHARE_DELETE: it stays */
    CHECK_EQ(tell_open(GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE), 0);
    CHECK_ERROR(MoveFileA(file, "x"), ERROR_SHARING_VIOLATION);
    CHECK_ERROR(MoveFileExA(other, file, MOVEFILE_REPLACE_EXISTING), ERROR_ACCESS_DENIED);
    tell_close();
    /* shared for deletion: replaced with POSIX semantics only */
    CHECK_EQ(tell_open(GENERIC_READ, 7), 0);
    CHECK_ERROR(MoveFileExA(other, file, MOVEFILE_REPLACE_EXISTING), ERROR_ACCESS_DENIED);
    handle = open_here(other, DELETE | GENERIC_READ, 7);
    CHECK_ERROR(rename_to(handle, file, FALSE, FALSE), ERROR_ALREADY_EXISTS);
    CHECK_ERROR(rename_to(handle, file, TRUE, FALSE), ERROR_ACCESS_DENIED);
    CHECK_ERROR(rename_to(handle, file, FILE_RENAME_FLAG_POSIX_SEMANTICS, TRUE), ERROR_ALREADY_EXISTS);
    CHECK(
        rename_to(handle, file, FILE_RENAME_FLAG_REPLACE_IF_EXISTS | FILE_RENAME_FLAG_POSIX_SEMANTICS, TRUE));
    CHECK(ReadFile(handle, &byte, 1, &n, NULL));
    CHECK_EQ(byte, 'o');
    CHECK_EQ(GetFileAttributesA(other), INVALID_FILE_ATTRIBUTES);
    CHECK_EQ(tell((struct order){.what = READ_ONE}), ERROR_HANDLE_EOF); /* the old one was empty */
    tell_close();
    CloseHandle(handle);
    end();
}

/* ---------------------------------------------------------------- byte ranges */

static DWORD tell_lock(ULONGLONG from, ULONGLONG length, BOOL exclusive)
{
    return tell(
        (struct order){.what = LOCK,
                       .flags = LOCKFILE_FAIL_IMMEDIATELY | (exclusive ? LOCKFILE_EXCLUSIVE_LOCK : 0u),
                       .from = from,
                       .length = length});
}

static DWORD tell_unlock(ULONGLONG from, ULONGLONG length)
{
    return tell((struct order){.what = UNLOCK, .from = from, .length = length});
}

static BOOL lock_here(HANDLE handle, ULONGLONG from, ULONGLONG length, BOOL exclusive)
{
    OVERLAPPED where = {.Offset = (DWORD)from, .OffsetHigh = (DWORD)(from >> 32)};
    return LockFileEx(handle, LOCKFILE_FAIL_IMMEDIATELY | (exclusive ? LOCKFILE_EXCLUSIVE_LOCK : 0), 0,
                      (DWORD)length, (DWORD)(length >> 32), &where);
}

static BOOL unlock_here(HANDLE handle, ULONGLONG from, ULONGLONG length)
{
    OVERLAPPED where = {.Offset = (DWORD)from, .OffsetHigh = (DWORD)(from >> 32)};
    return UnlockFileEx(handle, 0, (DWORD)length, (DWORD)(length >> 32), &where);
}

TEST(ranges)
{
    static const struct {
        ULONGLONG from, length;
        BOOL overlaps;
    } cases[] = {{0, 10, FALSE},
                 {0, 11, TRUE},
                 {10, 1, TRUE},
                 {15, 2, TRUE},
                 {19, 1, TRUE},
                 {20, 5, FALSE},
                 {5, 30, TRUE},
                 {0x100000000, 5, FALSE},
                 {0, 0xffffffff, TRUE},
                 {12, 0x7fffffffffff, TRUE},
                 {20, 0x7fffffffffffffff, FALSE}};
    ORACLE_DIFFERS("to unlock what is not locked is ERROR_LOCK_VIOLATION there");
    begin();
    HANDLE handle = open_here(file, GENERIC_READ | GENERIC_WRITE, 7);
    CHECK_EQ(tell_open(GENERIC_READ | GENERIC_WRITE, 7), 0);
    CHECK(lock_here(handle, 10, 10, TRUE));
    for (unsigned i = 0; i < ARRAYSIZE(cases); i++)
        for (int exclusive = 0; exclusive < 2; exclusive++) {
            DWORD error = tell_lock(cases[i].from, cases[i].length, exclusive);
            if (error != (cases[i].overlaps ? ERROR_LOCK_VIOLATION : 0u))
                FAIL("case %u (%d): error %lu", i, exclusive, error);
            if (!error)
                CHECK_EQ(tell_unlock(cases[i].from, cases[i].length), 0);
        }
    /* Only what was locked is unlocked, as a whole and by its handle. */
    CHECK_ERROR(unlock_here(handle, 10, 5), ERROR_NOT_LOCKED);
    CHECK_ERROR(unlock_here(handle, 10, 11), ERROR_NOT_LOCKED);
    CHECK_EQ(tell_unlock(10, 10), ERROR_NOT_LOCKED);
    CHECK_ERROR(lock_here(handle, 12, 2, TRUE), ERROR_LOCK_VIOLATION); /* one's own counts as well */
    CHECK(unlock_here(handle, 10, 10));
    CHECK_ERROR(unlock_here(handle, 10, 10), ERROR_NOT_LOCKED);
    /* Shared ones add up. */
    CHECK(lock_here(handle, 0, 100, FALSE));
    CHECK(lock_here(handle, 0, 100, FALSE));
    CHECK_EQ(tell_lock(50, 100, FALSE), 0);
    CHECK_EQ(tell_lock(60, 1, TRUE), ERROR_LOCK_VIOLATION);
    CHECK(unlock_here(handle, 0, 100));
    CHECK_EQ(tell_lock(10, 1, TRUE), ERROR_LOCK_VIOLATION);
    CHECK(unlock_here(handle, 0, 100));
    CHECK_EQ(tell_lock(10, 1, TRUE), 0);
    CHECK_ERROR(lock_here(handle, 60, 1, TRUE), ERROR_LOCK_VIOLATION);
    /* Closing gives all back. */
    CHECK_EQ(tell_close(), 0);
    CHECK(lock_here(handle, 0, 1000, TRUE));
    CloseHandle(handle);
    end();
}
