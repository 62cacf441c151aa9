/*
 * One file in several processes: share modes, byte-range locks, delete-pending, delete on close, renaming,
 * change notification; and what is left of all that when a process is killed.
 */
#include "children.h"

static char folder[MAX_PATH], names[8][MAX_PATH];

static const char *path(const char *stem)
{
    static int next;
    char *text = names[next++ % 8];
    if (!folder[0]) {
        char temp[MAX_PATH];
        GetTempPathA(sizeof temp, temp);
        snprintf(folder, sizeof folder, "%sgwfp%lu", temp, GetCurrentProcessId());
        CreateDirectoryA(folder, NULL);
    }
    snprintf(text, MAX_PATH, "%s\\%s", folder, stem);
    return text;
}

static void clean(const char *file)
{
    DeleteFileA(file);
    RemoveDirectoryA(folder);
    if (GetFileAttributesA(folder) == INVALID_FILE_ATTRIBUTES)
        folder[0] = 0;
}

static HANDLE open_file(const char *file, DWORD access, DWORD sharing, DWORD disposition, DWORD flags)
{
    return CreateFileA(file, access, sharing, NULL, disposition, flags, NULL);
}

/* ---------------------------------------------------------------- children */

/* try FILE ACCESS SHARING DISPOSITION: the error of opening it so. */
CHILD(try)
{
    HANDLE handle = open_file(argv[0], strtoul(argv[1], NULL, 16), strtoul(argv[2], NULL, 16),
                              strtoul(argv[3], NULL, 16), 0);
    DWORD error = handle == INVALID_HANDLE_VALUE ? GetLastError() : 0;
    CloseHandle(handle);
    return (int)error;
}

static DWORD try_open(const char *file, DWORD access, DWORD sharing, DWORD disposition)
{
    PROCESS_INFORMATION process;
    CHECK(start(&process, FALSE, 0, "try \"%s\" %lx %lx %lx", file, access, sharing, disposition));
    return finish(&process);
}

CHILD(remove)
{
    return DeleteFileA(argv[0]) ? 0 : (int)GetLastError();
}

static DWORD try_delete(const char *file)
{
    PROCESS_INFORMATION process;
    CHECK(start(&process, FALSE, 0, "remove \"%s\"", file));
    return finish(&process);
}

CHILD(move)
{
    return MoveFileExA(argv[0], argv[1], (DWORD)atoi(argv[2])) ? 0 : (int)GetLastError();
}

/* lock FILE FLAGS START LENGTH: tries to. */
CHILD(lock)
{
    HANDLE handle = open_file(argv[0], GENERIC_READ | GENERIC_WRITE, 7, OPEN_EXISTING, 0);
    OVERLAPPED where = {.Offset = (DWORD)atoi(argv[2])};
    return LockFileEx(handle, (DWORD)atoi(argv[1]), 0, (DWORD)atoi(argv[3]), 0, &where) ? 0
                                                                                        : (int)GetLastError();
}

static DWORD try_lock(const char *file, DWORD flags, DWORD at, DWORD length)
{
    PROCESS_INFORMATION process;
    CHECK(start(&process, FALSE, 0, "lock \"%s\" %lu %lu %lu", file, flags, at, length));
    return finish(&process);
}

/* transfer FILE r|w START LENGTH */
CHILD(transfer)
{
    HANDLE handle = open_file(argv[0], GENERIC_READ | GENERIC_WRITE, 7, OPEN_EXISTING, 0);
    OVERLAPPED where = {.Offset = (DWORD)atoi(argv[2])};
    char buffer[256] = {0};
    DWORD done, length = (DWORD)atoi(argv[3]);
    BOOL good = *argv[1] == 'r' ? ReadFile(handle, buffer, length, &done, &where)
                                : WriteFile(handle, buffer, length, &done, &where);
    return good ? 0 : (int)GetLastError();
}

static DWORD try_transfer(const char *file, const char *what, DWORD at, DWORD length)
{
    PROCESS_INFORMATION process;
    CHECK(start(&process, FALSE, 0, "transfer \"%s\" %s %lu %lu", file, what, at, length));
    return finish(&process);
}

/* hold FILE ACCESS SHARING DISPOSITION FLAGS LOCK READY GO: opens, locks bytes 0 to 9 if LOCK is not 0 (as
 * its flags say, 4: exclusively), signals READY, waits for GO, ends (LOCK & 8: by closing first). */
CHILD(hold)
{
    HANDLE handle = open_file(argv[0], strtoul(argv[1], NULL, 16), strtoul(argv[2], NULL, 16),
                              strtoul(argv[3], NULL, 16), strtoul(argv[4], NULL, 16)),
           ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[6]),
           go = OpenEventA(SYNCHRONIZE, FALSE, argv[7]);
    OVERLAPPED where = {0};
    DWORD lock = strtoul(argv[5], NULL, 16);
    if (handle == INVALID_HANDLE_VALUE)
        return (int)GetLastError();
    if (lock & 3 && !LockFileEx(handle, lock & 3, 0, 10, 0, &where))
        return (int)GetLastError();
    SetEvent(ready);
    WaitForSingleObject(go, 20000);
    if (lock & 8)
        CloseHandle(handle);
    return 0;
}

struct holder {
    PROCESS_INFORMATION process;
    HANDLE ready, go;
};

enum {
    TRY_SHARED = LOCKFILE_FAIL_IMMEDIATELY,
    TRY_EXCLUSIVE = LOCKFILE_FAIL_IMMEDIATELY | LOCKFILE_EXCLUSIVE_LOCK
};

static void hold(struct holder *holder, const char *file, DWORD access, DWORD sharing, DWORD disposition,
                 DWORD flags, DWORD lock)
{
    static int number;
    char ready[64], go[64];
    snprintf(ready, sizeof ready, "gwfp-ready-%lu-%d", GetCurrentProcessId(), ++number);
    snprintf(go, sizeof go, "gwfp-go-%lu-%d", GetCurrentProcessId(), number);
    holder->ready = CreateEventA(NULL, FALSE, FALSE, ready);
    holder->go = CreateEventA(NULL, TRUE, FALSE, go);
    CHECK(start(&holder->process, FALSE, 0, "hold \"%s\" %lx %lx %lx %lx %lx %s %s", file, access, sharing,
                disposition, flags, lock, ready, go));
    CHECK_EQ(WaitForSingleObject(holder->ready, 15000), WAIT_OBJECT_0);
}

static DWORD release(struct holder *holder)
{
    SetEvent(holder->go);
    DWORD code = finish(&holder->process);
    CloseHandle(holder->ready);
    CloseHandle(holder->go);
    return code;
}

static void kill(struct holder *holder)
{
    TerminateProcess(holder->process.hProcess, 9);
    CHECK_EQ(finish(&holder->process), 9);
    CloseHandle(holder->ready);
    CloseHandle(holder->go);
}

static void make(const char *file, const char *text)
{
    DWORD done;
    HANDLE handle = open_file(file, GENERIC_WRITE, 0, CREATE_ALWAYS, 0);
    CHECK(handle != INVALID_HANDLE_VALUE);
    WriteFile(handle, text, (DWORD)strlen(text), &done, NULL);
    CloseHandle(handle);
}

/* ---------------------------------------------------------------- share modes */

TEST(share_modes)
{
    static const struct {
        DWORD access, sharing, other_access, other_sharing;
    } cases[] = {
        {GENERIC_READ, FILE_SHARE_READ, GENERIC_READ, FILE_SHARE_READ},
        {GENERIC_READ, FILE_SHARE_READ, GENERIC_WRITE, 7},
        {GENERIC_READ, 0, GENERIC_READ, 7},
        {GENERIC_WRITE, FILE_SHARE_READ, GENERIC_READ, FILE_SHARE_READ},
        {GENERIC_WRITE, FILE_SHARE_READ, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE},
        {GENERIC_READ | GENERIC_WRITE, 7, GENERIC_READ | GENERIC_WRITE, 7},
        {GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, DELETE, 7},
        {GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, DELETE, 7},
        {GENERIC_READ, 0, FILE_READ_ATTRIBUTES, 0}, /* attributes are free for all */
        {DELETE, 7, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE},
    };
    static const DWORD expected[] = {0,
                                     ERROR_SHARING_VIOLATION,
                                     ERROR_SHARING_VIOLATION,
                                     ERROR_SHARING_VIOLATION,
                                     0,
                                     0,
                                     ERROR_SHARING_VIOLATION,
                                     0,
                                     0,
                                     ERROR_SHARING_VIOLATION};
    const char *file = path("shared");
    make(file, "text");
    for (unsigned i = 0; i < ARRAYSIZE(cases); i++) {
        HANDLE handle = open_file(file, cases[i].access, cases[i].sharing, OPEN_EXISTING, 0);
        CHECK(handle != INVALID_HANDLE_VALUE);
        DWORD error = try_open(file, cases[i].other_access, cases[i].other_sharing, OPEN_EXISTING);
        if (error != expected[i])
            FAIL("case %u: error %lu, not %lu", i, error, expected[i]);
        CloseHandle(handle);
        CHECK_EQ(try_open(file, cases[i].other_access, cases[i].other_sharing, OPEN_EXISTING), 0);
    }
    clean(file);
}

TEST(what_two_handles_have_adds_up)
{
    const char *file = path("sum");
    make(file, "text");
    HANDLE first = open_file(file, GENERIC_READ, 7, OPEN_EXISTING, 0),
           second = open_file(file, GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING, 0);
    CHECK_EQ(try_open(file, GENERIC_WRITE, 7, OPEN_EXISTING), ERROR_SHARING_VIOLATION);
    CloseHandle(second);
    CHECK_EQ(try_open(file, GENERIC_WRITE, 7, OPEN_EXISTING), 0);
    CHECK_EQ(try_open(file, GENERIC_WRITE, 0, OPEN_EXISTING), ERROR_SHARING_VIOLATION);
    CloseHandle(first);
    CHECK_EQ(try_open(file, GENERIC_WRITE, 0, OPEN_EXISTING), 0);
    clean(file);
}

TEST(the_other_one_ends)
{
    struct holder holder;
    const char *file = path("ends");
    make(file, "text");
    hold(&holder, file, GENERIC_READ | GENERIC_WRITE, 0, OPEN_EXISTING, 0, 0);
    CHECK_ERROR(open_file(file, GENERIC_READ, 7, OPEN_EXISTING, 0) != INVALID_HANDLE_VALUE,
                ERROR_SHARING_VIOLATION);
    CHECK_ERROR(DeleteFileA(file), ERROR_SHARING_VIOLATION);
    CHECK_ERROR(MoveFileA(file, path("ends2")), ERROR_SHARING_VIOLATION);
    CHECK_ERROR(open_file(file, GENERIC_WRITE, 7, CREATE_ALWAYS, 0) != INVALID_HANDLE_VALUE,
                ERROR_SHARING_VIOLATION);
    CHECK_EQ(release(&holder), 0);
    CHECK_EQ(try_open(file, GENERIC_READ, 0, OPEN_EXISTING), 0);
    hold(&holder, file, GENERIC_READ, 0, OPEN_EXISTING, 0, 0);
    CHECK_ERROR(DeleteFileA(file), ERROR_SHARING_VIOLATION);
    kill(&holder);
    CHECK(DeleteFileA(file));
    clean(file);
}

CHILD(inherited)
{
    HANDLE handle = (HANDLE)(ULONG_PTR)strtoull(argv[0], NULL, 16),
           ready = (HANDLE)(ULONG_PTR)strtoull(argv[1], NULL, 16),
           go = (HANDLE)(ULONG_PTR)strtoull(argv[2], NULL, 16);
    DWORD done;
    SetEvent(ready);
    WaitForSingleObject(go, 20000);
    return WriteFile(handle, "x", 1, &done, NULL) ? 0 : (int)GetLastError();
}

TEST(an_inherited_handle_keeps_the_file)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    PROCESS_INFORMATION process;
    const char *file = path("inherited");
    HANDLE handle = CreateFileA(file, GENERIC_WRITE, 0, &inherit, CREATE_ALWAYS, 0, NULL),
           ready = CreateEventA(&inherit, FALSE, FALSE, NULL),
           go = CreateEventA(&inherit, FALSE, FALSE, NULL);
    CHECK(start(&process, TRUE, 0, "inherited %llx %llx %llx", (unsigned long long)(ULONG_PTR)handle,
                (unsigned long long)(ULONG_PTR)ready, (unsigned long long)(ULONG_PTR)go));
    CHECK_EQ(WaitForSingleObject(ready, 15000), WAIT_OBJECT_0);
    CloseHandle(handle);
    CHECK_ERROR(open_file(file, GENERIC_READ, 7, OPEN_EXISTING, 0) != INVALID_HANDLE_VALUE,
                ERROR_SHARING_VIOLATION);
    SetEvent(go);
    CHECK_EQ(finish(&process), 0);
    handle = open_file(file, GENERIC_READ, 0, OPEN_EXISTING, 0);
    CHECK(handle != INVALID_HANDLE_VALUE);
    CHECK_EQ(GetFileSize(handle, NULL), 1);
    CloseHandle(handle);
    CloseHandle(ready);
    CloseHandle(go);
    clean(file);
}

/* ---------------------------------------------------------------- deletion */

TEST(delete_pending)
{
    ORACLE_DIFFERS("documented: a file that is to be deleted cannot be opened any more");
    struct holder holder;
    FILE_DISPOSITION_INFO disposition = {TRUE};
    const char *file = path("pending");
    make(file, "text");
    hold(&holder, file, GENERIC_READ, 7, OPEN_EXISTING, 0, 8);
    HANDLE handle = open_file(file, DELETE, 7, OPEN_EXISTING, 0);
    CHECK(SetFileInformationByHandle(handle, FileDispositionInfo, &disposition, sizeof disposition));
    /* nobody gets in any more, and it stays until the last one has closed it */
    CHECK_EQ(try_open(file, GENERIC_READ, 7, OPEN_EXISTING), ERROR_ACCESS_DENIED);
    CloseHandle(handle);
    CHECK_EQ(try_open(file, GENERIC_READ, 7, OPEN_EXISTING), ERROR_ACCESS_DENIED);
    CHECK_EQ(release(&holder), 0);
    CHECK_EQ(try_open(file, GENERIC_READ, 7, OPEN_EXISTING), ERROR_FILE_NOT_FOUND);
    /* the one who changes his mind */
    make(file, "text");
    hold(&holder, file, GENERIC_READ, 7, OPEN_EXISTING, 0, 0);
    handle = open_file(file, DELETE, 7, OPEN_EXISTING, 0);
    CHECK(SetFileInformationByHandle(handle, FileDispositionInfo, &disposition, sizeof disposition));
    disposition.DeleteFile = FALSE;
    CHECK(SetFileInformationByHandle(handle, FileDispositionInfo, &disposition, sizeof disposition));
    CHECK_EQ(try_open(file, GENERIC_READ, 7, OPEN_EXISTING), 0);
    CloseHandle(handle);
    CHECK_EQ(release(&holder), 0);
    CHECK_EQ(GetFileAttributesA(file) & FILE_ATTRIBUTE_DIRECTORY, 0);
    clean(file);
}

TEST(delete_on_close)
{
    ORACLE_DIFFERS("documented: deleted when all handles are closed, not opened meanwhile");
    struct holder holder;
    const char *file = path("temporary");
    hold(&holder, file, GENERIC_WRITE | DELETE, 7, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE, 8);
    HANDLE handle = open_file(file, GENERIC_READ, 7, OPEN_EXISTING, 0);
    CHECK(handle != INVALID_HANDLE_VALUE);
    CHECK_EQ(release(&holder), 0);
    CHECK_ERROR(open_file(file, GENERIC_READ, 7, OPEN_EXISTING, 0) != INVALID_HANDLE_VALUE,
                ERROR_ACCESS_DENIED);
    CloseHandle(handle);
    CHECK_EQ(GetFileAttributesA(file), INVALID_FILE_ATTRIBUTES);
    /* without closing it: the end of the process is one */
    hold(&holder, file, GENERIC_WRITE | DELETE, 7, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE, 0);
    CHECK(GetFileAttributesA(file) != INVALID_FILE_ATTRIBUTES);
    CHECK_EQ(release(&holder), 0);
    CHECK_EQ(GetFileAttributesA(file), INVALID_FILE_ATTRIBUTES);
    hold(&holder, file, GENERIC_WRITE | DELETE, 7, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE, 0);
    kill(&holder);
    CHECK_EQ(GetFileAttributesA(file), INVALID_FILE_ATTRIBUTES);
    clean(file);
}

TEST(deleted_while_another_one_has_it)
{
    struct holder holder;
    const char *file = path("victim");
    make(file, "text");
    hold(&holder, file, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, OPEN_EXISTING, 0, 0);
    CHECK_EQ(try_delete(file), ERROR_SHARING_VIOLATION);
    CHECK_EQ(release(&holder), 0);
    CHECK_EQ(try_delete(file), 0);
    CHECK_EQ(try_delete(file), ERROR_FILE_NOT_FOUND);
    clean(file);
}

/* ---------------------------------------------------------------- renaming */

TEST(renamed_by_another_one)
{
    ORACLE_DIFFERS("the handle follows the file");
    PROCESS_INFORMATION process;
    char name[MAX_PATH * 2];
    const char *file = path("old name"), *other = path("new name"), *third = path("third");
    make(file, "text");
    HANDLE handle = open_file(file, GENERIC_READ | DELETE, 7, OPEN_EXISTING, 0);
    CHECK(start(&process, FALSE, 0, "move \"%s\" \"%s\" 0", file, other));
    CHECK_EQ(finish(&process), 0);
    DWORD length = GetFinalPathNameByHandleA(handle, name, sizeof name, 0);
    CHECK(length > 8 && strcmp(name + length - 8, "new name") == 0);
    /* what is done through the handle is done to the file, wherever it is */
    FILE_DISPOSITION_INFO disposition = {TRUE};
    CHECK(SetFileInformationByHandle(handle, FileDispositionInfo, &disposition, sizeof disposition));
    CloseHandle(handle);
    CHECK_EQ(GetFileAttributesA(other), INVALID_FILE_ATTRIBUTES);
    /* one that others do not share for deletion is not replaced */
    make(file, "text");
    make(third, "other");
    handle = open_file(third, GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING, 0);
    CHECK(start(&process, FALSE, 0, "move \"%s\" \"%s\" %d", file, third, MOVEFILE_REPLACE_EXISTING));
    CHECK_EQ(finish(&process), ERROR_ACCESS_DENIED);
    CloseHandle(handle);
    CHECK(start(&process, FALSE, 0, "move \"%s\" \"%s\" %d", file, third, MOVEFILE_REPLACE_EXISTING));
    CHECK_EQ(finish(&process), 0);
    clean(third);
}

TEST(a_folder_with_open_files_below_stays)
{
    ORACLE_CRASHES(
        "NTFS renames no folder below which something is open; wine does, and never gets to the end");
    char inner[MAX_PATH], file[MAX_PATH];
    struct holder holder;
    const char *outer = path("outer"), *other = path("renamed");
    CHECK(CreateDirectoryA(outer, NULL));
    snprintf(inner, sizeof inner, "%s\\inner", outer);
    snprintf(file, sizeof file, "%s\\file", inner);
    CHECK(CreateDirectoryA(inner, NULL));
    make(file, "text");
    /* here */
    HANDLE handle = open_file(file, GENERIC_READ, 7, OPEN_EXISTING, 0);
    CHECK_ERROR(MoveFileA(outer, other), ERROR_ACCESS_DENIED);
    CHECK_ERROR(MoveFileA(inner, other), ERROR_ACCESS_DENIED);
    CloseHandle(handle);
    /* in another process */
    hold(&holder, file, GENERIC_READ, 7, OPEN_EXISTING, 0, 0);
    CHECK_ERROR(MoveFileA(outer, other), ERROR_ACCESS_DENIED);
    CHECK_EQ(release(&holder), 0);
    hold(&holder, inner, GENERIC_READ, 7, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, 0);
    CHECK_ERROR(MoveFileA(outer, other), ERROR_ACCESS_DENIED);
    kill(&holder);
    /* what is open is not in its own way, nor what lies beside it with a similar name */
    const char *beside = path("outer file");
    make(beside, "text");
    handle = open_file(beside, GENERIC_READ, 7, OPEN_EXISTING, 0);
    HANDLE itself = open_file(outer, GENERIC_READ, 7, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
    CHECK(MoveFileA(outer, other));
    CloseHandle(itself);
    CloseHandle(handle);
    DeleteFileA(beside);
    snprintf(file, sizeof file, "%s\\inner\\file", other);
    CHECK(DeleteFileA(file));
    snprintf(file, sizeof file, "%s\\inner", other);
    CHECK(RemoveDirectoryA(file));
    CHECK(RemoveDirectoryA(other));
    clean(beside);
}

/* ---------------------------------------------------------------- byte-range locks */

TEST(locks)
{
    ORACLE_DIFFERS("documented: a region that somebody else locked cannot be read or written");
    const char *file = path("locked");
    make(file, "0123456789abcdef");
    HANDLE handle = open_file(file, GENERIC_READ | GENERIC_WRITE, 7, OPEN_EXISTING, 0);
    CHECK(LockFile(handle, 4, 0, 4, 0));
    CHECK_EQ(try_lock(file, TRY_EXCLUSIVE, 0, 4), 0);
    CHECK_EQ(try_lock(file, TRY_EXCLUSIVE, 0, 5), ERROR_LOCK_VIOLATION);
    CHECK_EQ(try_lock(file, TRY_SHARED, 7, 1), ERROR_LOCK_VIOLATION);
    CHECK_EQ(try_lock(file, TRY_SHARED, 8, 100), 0);
    CHECK_EQ(try_transfer(file, "r", 0, 4), 0);
    CHECK_EQ(try_transfer(file, "r", 0, 5), ERROR_LOCK_VIOLATION);
    CHECK_EQ(try_transfer(file, "w", 7, 1), ERROR_LOCK_VIOLATION);
    CHECK_EQ(try_transfer(file, "w", 8, 1), 0);
    CHECK(UnlockFile(handle, 4, 0, 4, 0));
    CHECK_EQ(try_transfer(file, "w", 7, 1), 0);
    CHECK_EQ(try_lock(file, TRY_EXCLUSIVE, 0, 5), 0);
    /* a shared one: all may read, none may write */
    OVERLAPPED where = {0};
    CHECK(LockFileEx(handle, TRY_SHARED, 0, 10, 0, &where));
    CHECK_EQ(try_lock(file, TRY_SHARED, 0, 10), 0);
    CHECK_EQ(try_lock(file, TRY_EXCLUSIVE, 0, 10), ERROR_LOCK_VIOLATION);
    CHECK_EQ(try_transfer(file, "r", 0, 5), 0);
    CHECK_EQ(try_transfer(file, "w", 0, 5), ERROR_LOCK_VIOLATION);
    CloseHandle(handle);
    CHECK_EQ(try_transfer(file, "w", 0, 5), 0);
    clean(file);
}

TEST(locks_are_released_with_their_process)
{
    ORACLE_DIFFERS("documented: a region that somebody else locked cannot be read");
    struct holder holder;
    char byte;
    DWORD done;
    OVERLAPPED where = {0};
    const char *file = path("locked2");
    make(file, "0123456789abcdef");
    HANDLE handle = open_file(file, GENERIC_READ | GENERIC_WRITE, 7, OPEN_EXISTING, 0);
    for (int killed = 0; killed < 2; killed++) {
        hold(&holder, file, GENERIC_READ | GENERIC_WRITE, 7, OPEN_EXISTING, 0, TRY_EXCLUSIVE);
        SetFilePointer(handle, 9, NULL, FILE_BEGIN);
        CHECK_ERROR(ReadFile(handle, &byte, 1, &done, NULL), ERROR_LOCK_VIOLATION);
        CHECK(ReadFile(handle, &byte, 1, &done, NULL) == FALSE);
        CHECK_ERROR(LockFileEx(handle, TRY_EXCLUSIVE, 0, 1, 0, &where), ERROR_LOCK_VIOLATION);
        if (killed)
            kill(&holder);
        else
            CHECK_EQ(release(&holder), 0);
        CHECK(ReadFile(handle, &byte, 1, &done, NULL));
        CHECK_EQ(byte, '9');
        CHECK(LockFileEx(handle, TRY_EXCLUSIVE, 0, 1, 0, &where));
        CHECK(UnlockFileEx(handle, 0, 1, 0, &where));
    }
    CloseHandle(handle);
    clean(file);
}

static DWORD WINAPI let_go(void *argument)
{
    struct holder *holder = argument;
    Sleep(100);
    SetEvent(holder->go);
    return 0;
}

static DWORD WINAPI do_kill(void *argument)
{
    struct holder *holder = argument;
    Sleep(100);
    TerminateProcess(holder->process.hProcess, 9);
    return 0;
}

TEST(waiting_for_a_lock)
{
    ORACLE_DIFFERS("documented: a pending request for a lock can be cancelled");
    struct holder holder;
    const char *file = path("locked3");
    make(file, "0123456789abcdef");
    HANDLE handle = open_file(file, GENERIC_READ | GENERIC_WRITE, 7, OPEN_EXISTING, 0);
    for (int killed = 0; killed < 2; killed++) {
        OVERLAPPED where = {.Offset = 5};
        hold(&holder, file, GENERIC_READ | GENERIC_WRITE, 7, OPEN_EXISTING, 0, TRY_EXCLUSIVE | 8);
        HANDLE thread = CreateThread(NULL, 0, killed ? do_kill : let_go, &holder, 0, NULL);
        DWORD begin = GetTickCount();
        CHECK(LockFileEx(handle, LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &where));
        DWORD took = GetTickCount() - begin;
        if (took < 60 || took > 5000)
            FAIL("the wait took %lu ms", took);
        CHECK(UnlockFileEx(handle, 0, 1, 0, &where));
        WaitForSingleObject(thread, 5000);
        CloseHandle(thread);
        CHECK_EQ(finish(&holder.process), killed ? 9 : 0);
        CloseHandle(holder.ready);
        CloseHandle(holder.go);
    }
    CloseHandle(handle);
    /* the overlapped way, and given up */
    handle = open_file(file, GENERIC_READ | GENERIC_WRITE, 7, OPEN_EXISTING, FILE_FLAG_OVERLAPPED);
    OVERLAPPED where = {.Offset = 5, .hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    DWORD done;
    hold(&holder, file, GENERIC_READ | GENERIC_WRITE, 7, OPEN_EXISTING, 0, TRY_SHARED | 8);
    CHECK_ERROR(LockFileEx(handle, LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &where), ERROR_IO_PENDING);
    CHECK_EQ(WaitForSingleObject(where.hEvent, 50), WAIT_TIMEOUT);
    CHECK(CancelIoEx(handle, &where));
    CHECK_ERROR(GetOverlappedResult(handle, &where, &done, TRUE), ERROR_OPERATION_ABORTED);
    ResetEvent(where.hEvent);
    CHECK_ERROR(LockFileEx(handle, LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &where), ERROR_IO_PENDING);
    CHECK_EQ(WaitForSingleObject(where.hEvent, 50), WAIT_TIMEOUT);
    SetEvent(holder.go);
    CHECK_EQ(WaitForSingleObject(where.hEvent, 5000), WAIT_OBJECT_0);
    CHECK(GetOverlappedResult(handle, &where, &done, FALSE));
    CHECK_EQ(release(&holder), 0);
    CloseHandle(handle);
    CloseHandle(where.hEvent);
    clean(file);
}

/* Two processes that count in one file under a lock: none of the steps is lost. */
CHILD(count)
{
    HANDLE handle = open_file(argv[0], GENERIC_READ | GENERIC_WRITE, 7, OPEN_EXISTING, 0);
    for (int i = 0; i < atoi(argv[1]); i++) {
        OVERLAPPED range = {.Offset = 0}, all = {.Offset = 0};
        DWORD value = 0, done;
        if (!LockFileEx(handle, LOCKFILE_EXCLUSIVE_LOCK, 0, 4, 0, &range))
            return 100;
        if (!ReadFile(handle, &value, 4, &done, &all))
            return 101;
        value++;
        if (!WriteFile(handle, &value, 4, &done, &all))
            return 102;
        if (!UnlockFileEx(handle, 0, 4, 0, &range))
            return 103;
    }
    return 0;
}

TEST(counting_under_a_lock)
{
    PROCESS_INFORMATION processes[3];
    DWORD value = 0, done;
    const char *file = path("counter");
    HANDLE handle = open_file(file, GENERIC_READ | GENERIC_WRITE, 7, CREATE_ALWAYS, 0);
    CHECK(WriteFile(handle, &value, 4, &done, NULL));
    for (int i = 0; i < 3; i++)
        CHECK(start(&processes[i], FALSE, 0, "count \"%s\" 50", file));
    for (int i = 0; i < 3; i++)
        CHECK_EQ(finish(&processes[i]), 0);
    SetFilePointer(handle, 0, NULL, FILE_BEGIN);
    CHECK(ReadFile(handle, &value, 4, &done, NULL));
    CHECK_EQ(value, 150);
    CloseHandle(handle);
    clean(file);
}

/* ---------------------------------------------------------------- the working directory */

CHILD(work_in)
{
    HANDLE ready = OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[0]),
           go = OpenEventA(SYNCHRONIZE, FALSE, argv[1]);
    if (argc > 2 && !SetCurrentDirectoryA(argv[2]))
        return 1;
    CloseHandle(open_file("..\\nothing", GENERIC_READ, 7, OPEN_EXISTING, 0));
    CloseHandle(open_file("\\\\.\\NUL", GENERIC_READ, 7, OPEN_EXISTING, 0));
    SetEvent(ready);
    WaitForSingleObject(go, 20000);
    return 0;
}

/* A program keeps its working directory from being removed, and has a handle to it. */
TEST(working_directory_of_another_one)
{
    PROCESS_INFORMATION process;
    const char *inner = path("inner");
    char ready_name[64], go_name[64], before[MAX_PATH];
    snprintf(ready_name, sizeof ready_name, "gwfp-cwd-%lu", GetCurrentProcessId());
    snprintf(go_name, sizeof go_name, "gwfp-cwd-go-%lu", GetCurrentProcessId());
    HANDLE ready = CreateEventA(NULL, FALSE, FALSE, ready_name),
           go = CreateEventA(NULL, TRUE, FALSE, go_name);
    CHECK(CreateDirectoryA(inner, NULL));
    CHECK(start(&process, FALSE, 0, "work_in %s %s \"%s\"", ready_name, go_name, inner));
    CHECK_EQ(WaitForSingleObject(ready, 15000), WAIT_OBJECT_0);
    CHECK_ERROR(RemoveDirectoryA(inner), ERROR_SHARING_VIOLATION);
    SetEvent(go);
    CHECK_EQ(finish(&process), 0);
    CHECK(RemoveDirectoryA(inner));
    CHECK(CreateDirectoryA(inner, NULL));
    GetCurrentDirectoryA(sizeof before, before);
    CHECK(SetCurrentDirectoryA(inner));
    CHECK_ERROR(RemoveDirectoryA(inner), ERROR_SHARING_VIOLATION);
    CHECK(SetCurrentDirectoryA(before));
    CHECK(RemoveDirectoryA(inner));
    CloseHandle(ready);
    CloseHandle(go);
    clean(inner);
}

/* ---------------------------------------------------------------- change notification */

TEST(changes_by_another_one)
{
    PROCESS_INFORMATION process;
    _Alignas(8) BYTE buffer[1024];
    DWORD done;
    const char *file = path("a"), *other = path("b");
    make(file, "text");
    HANDLE directory = open_file(folder, FILE_LIST_DIRECTORY, 7, OPEN_EXISTING,
                                 FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OVERLAPPED),
           change = FindFirstChangeNotificationA(folder, FALSE, FILE_NOTIFY_CHANGE_FILE_NAME);
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    CHECK(ReadDirectoryChangesW(directory, buffer, sizeof buffer, FALSE, FILE_NOTIFY_CHANGE_FILE_NAME, NULL,
                                &overlapped, NULL));
    CHECK_EQ(WaitForSingleObject(change, 0), WAIT_TIMEOUT);
    CHECK(start(&process, FALSE, 0, "move \"%s\" \"%s\" 0", file, other));
    CHECK_EQ(finish(&process), 0);
    CHECK_EQ(WaitForSingleObject(change, 5000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(overlapped.hEvent, 5000), WAIT_OBJECT_0);
    CHECK(GetOverlappedResult(directory, &overlapped, &done, FALSE));
    FILE_NOTIFY_INFORMATION *info = (void *)buffer;
    CHECK_EQ(info->Action, FILE_ACTION_RENAMED_OLD_NAME);
    CHECK(info->FileNameLength == 2 && info->FileName[0] == 'a');
    CHECK(info->NextEntryOffset != 0);
    info = (void *)(buffer + info->NextEntryOffset);
    CHECK_EQ(info->Action, FILE_ACTION_RENAMED_NEW_NAME);
    CHECK(info->FileNameLength == 2 && info->FileName[0] == 'b');
    CHECK(FindNextChangeNotification(change));
    ResetEvent(overlapped.hEvent);
    CHECK(ReadDirectoryChangesW(directory, buffer, sizeof buffer, FALSE, FILE_NOTIFY_CHANGE_FILE_NAME, NULL,
                                &overlapped, NULL));
    CHECK_EQ(try_delete(other), 0);
    CHECK_EQ(WaitForSingleObject(overlapped.hEvent, 5000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(change, 5000), WAIT_OBJECT_0);
    info = (void *)buffer;
    CHECK_EQ(info->Action, FILE_ACTION_REMOVED);
    FindCloseChangeNotification(change);
    CloseHandle(directory);
    CloseHandle(overlapped.hEvent);
    clean(other);
}
