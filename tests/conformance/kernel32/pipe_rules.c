/*
 * Pipes by the book: empty writes, reading messages as bytes, what is lost when, states and their errors,
 * cancelling of blocked calls, completion routines and ports.
 */
#include "namedpipe.h"

/* ---------------------------------------------------------------- data */

TEST(empty_messages)
{
    HANDLE server, client;
    char buffer[8] = "12345";
    DWORD n = 99, available = 99, left = 99;
    pair("empty", PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, &server, &client);
    CHECK(WriteFile(client, "", 0, &n, NULL));
    CHECK_EQ(n, 0);
    CHECK(WriteFile(client, "ab", 2, &n, NULL));
    CHECK(PeekNamedPipe(server, buffer, sizeof buffer, &n, &available, &left));
    CHECK_EQ(n, 0);
    CHECK_EQ(left, 0);
    CHECK(ReadFile(server, buffer, sizeof buffer, &n, NULL));
    CHECK_EQ(n, 0);
    CHECK(ReadFile(server, buffer, sizeof buffer, &n, NULL));
    CHECK(n == 2 && memcmp(buffer, "ab", 2) == 0);
    CloseHandle(client);
    CHECK_ERROR(ReadFile(server, buffer, sizeof buffer, &n, NULL), ERROR_BROKEN_PIPE);
    CloseHandle(server);
}

/* The client's end reads bytes as long as it does not say otherwise. */
TEST(messages_read_as_bytes)
{
    const char *pipe = name("bytes");
    HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1),
           client = connect_to(pipe);
    char buffer[16];
    DWORD n, available, left, mode;
    CHECK(GetNamedPipeHandleStateA(client, &mode, NULL, NULL, NULL, NULL, 0));
    CHECK_EQ(mode & PIPE_READMODE_MESSAGE, 0);
    CHECK(WriteFile(server, "one", 3, &n, NULL));
    CHECK(WriteFile(server, "three", 5, &n, NULL));
    CHECK(PeekNamedPipe(client, NULL, 0, NULL, &available, &left));
    CHECK_EQ(available, 8);
    CHECK(ReadFile(client, buffer, 4, &n, NULL));
    CHECK(n == 4 && memcmp(buffer, "onet", 4) == 0);
    mode = PIPE_READMODE_MESSAGE;
    CHECK(SetNamedPipeHandleState(client, &mode, NULL, NULL));
    CHECK(PeekNamedPipe(client, buffer, 2, &n, &available, &left));
    CHECK(n == 2 && available == 4 && left == 2 && memcmp(buffer, "hr", 2) == 0);
    CHECK_ERROR(ReadFile(client, buffer, 1, &n, NULL), ERROR_MORE_DATA);
    CHECK(n == 1 && buffer[0] == 'h');
    CHECK(ReadFile(client, buffer, sizeof buffer, &n, NULL));
    CHECK(n == 3 && memcmp(buffer, "ree", 3) == 0);
    CloseHandle(client);
    CloseHandle(server);
}

TEST(peeking)
{
    HANDLE server, client;
    char buffer[16];
    DWORD n = 99, available = 99, left = 99;
    pair("peek", PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, &server, &client);
    CHECK(PeekNamedPipe(server, buffer, sizeof buffer, &n, &available, &left));
    CHECK(n == 0 && available == 0 && left == 0);
    CHECK(WriteFile(client, "first", 5, &n, NULL));
    CHECK(WriteFile(client, "2nd", 3, &n, NULL));
    CHECK(PeekNamedPipe(server, buffer, sizeof buffer, &n, &available, &left));
    CHECK(n == 5 && available == 8 && left == 0 && memcmp(buffer, "first", 5) == 0);
    CHECK(PeekNamedPipe(server, buffer, 3, &n, &available, &left));
    CHECK(n == 3 && available == 8 && left == 2);
    CHECK(PeekNamedPipe(server, NULL, 0, NULL, NULL, &left));
    CHECK_EQ(left, 5);
    CHECK(ReadFile(server, buffer, sizeof buffer, &n, NULL));
    CloseHandle(client);
    /* What was written stays readable when the writer has gone. */
    CHECK(PeekNamedPipe(server, NULL, 0, NULL, &available, NULL));
    CHECK_EQ(available, 3);
    CHECK(ReadFile(server, buffer, sizeof buffer, &n, NULL));
    CHECK_EQ(n, 3);
    CHECK_ERROR(PeekNamedPipe(server, NULL, 0, NULL, &available, NULL), ERROR_BROKEN_PIPE);
    CHECK(DisconnectNamedPipe(server));
    CHECK_ERROR(PeekNamedPipe(server, NULL, 0, NULL, &available, NULL), ERROR_BAD_PIPE);
    CloseHandle(server);
    CHECK_ERROR(PeekNamedPipe(server, NULL, 0, NULL, &available, NULL), ERROR_INVALID_HANDLE);
}

/* ---------------------------------------------------------------- states */

TEST(states_of_an_instance)
{
    ORACLE_DIFFERS(
        "documented: with PIPE_NOWAIT the first ConnectNamedPipe of a disconnected instance succeeds");
    const char *pipe = name("states");
    char buffer[8];
    DWORD n, mode = PIPE_NOWAIT;
    HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX, 0, 1), client;
    if (!harness_is_wine()) /* does nothing there */
        CHECK_ERROR(FlushFileBuffers(server), ERROR_PIPE_LISTENING);
    CHECK_ERROR(PeekNamedPipe(server, NULL, 0, NULL, &n, NULL), ERROR_BAD_PIPE);
    CHECK(SetNamedPipeHandleState(server, &mode, NULL, NULL));
    CHECK_ERROR(ConnectNamedPipe(server, NULL), ERROR_PIPE_LISTENING);
    client = connect_to(pipe);
    CHECK(client != INVALID_HANDLE_VALUE);
    CHECK_ERROR(ConnectNamedPipe(server, NULL), ERROR_PIPE_CONNECTED);
    CHECK_ERROR(ReadFile(server, buffer, sizeof buffer, &n, NULL), ERROR_NO_DATA);
    CHECK(WriteFile(server, "lost", 4, &n, NULL));
    CHECK(WriteFile(client, "lost", 4, &n, NULL));
    CHECK(DisconnectNamedPipe(server));
    CHECK_ERROR(ReadFile(client, buffer, sizeof buffer, &n, NULL), ERROR_PIPE_NOT_CONNECTED);
    CHECK_ERROR(WriteFile(client, "x", 1, &n, NULL), ERROR_PIPE_NOT_CONNECTED);
    CHECK_ERROR(PeekNamedPipe(client, NULL, 0, NULL, &n, NULL), ERROR_PIPE_NOT_CONNECTED);
    CHECK_ERROR(ReadFile(server, buffer, sizeof buffer, &n, NULL), ERROR_PIPE_NOT_CONNECTED);
    CHECK_ERROR(WriteFile(server, "x", 1, &n, NULL), ERROR_PIPE_NOT_CONNECTED);
    if (!harness_is_wine())
        CHECK_ERROR(FlushFileBuffers(server), ERROR_PIPE_NOT_CONNECTED);
    CHECK_ERROR(DisconnectNamedPipe(server), ERROR_PIPE_NOT_CONNECTED);
    /* A disconnected instance does not listen by itself. */
    CHECK_HANDLE_ERROR(CreateFileA(pipe, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL), ERROR_PIPE_BUSY);
    CHECK(ConnectNamedPipe(server, NULL)); /* PIPE_NOWAIT: it listens again */
    CHECK_ERROR(ConnectNamedPipe(server, NULL), ERROR_PIPE_LISTENING);
    CloseHandle(client);
    client = connect_to(pipe);
    CHECK(client != INVALID_HANDLE_VALUE);
    CloseHandle(client);
    CHECK_ERROR(ReadFile(server, buffer, sizeof buffer, &n, NULL), ERROR_BROKEN_PIPE);
    CHECK_ERROR(ConnectNamedPipe(server, NULL), ERROR_NO_DATA);
    CloseHandle(server);
}

TEST(two_servers_two_kinds)
{
    const char *pipe = name("kinds");
    HANDLE first = CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                    PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, PIPE_UNLIMITED_INSTANCES,
                                    100, 200, 0, NULL),
           second;
    DWORD out, in, maximum, flags;
    CHECK(first != INVALID_HANDLE_VALUE);
    second = CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX | FILE_FLAG_WRITE_THROUGH | FILE_FLAG_OVERLAPPED,
                              PIPE_TYPE_BYTE | PIPE_NOWAIT, PIPE_UNLIMITED_INSTANCES, 100, 200, 0, NULL);
    CHECK(second != INVALID_HANDLE_VALUE);
    CHECK(GetNamedPipeInfo(first, &flags, &out, &in, &maximum));
    CHECK_EQ(flags, PIPE_SERVER_END | PIPE_TYPE_BYTE);
    CHECK(out == 100 && in == 200);
    if (!harness_is_wine()) /* counts differently */
        CHECK_EQ(maximum, PIPE_UNLIMITED_INSTANCES);
    HANDLE client = connect_to(pipe);
    CHECK(GetNamedPipeInfo(client, &flags, &out, &in, &maximum));
    CHECK_EQ(flags, PIPE_CLIENT_END | PIPE_TYPE_BYTE);
    CHECK_HANDLE_ERROR(
        CreateNamedPipeA(pipe, PIPE_ACCESS_OUTBOUND, 0, PIPE_UNLIMITED_INSTANCES, 0, 0, 0, NULL),
        ERROR_ACCESS_DENIED);
    CHECK_HANDLE_ERROR(CreateNamedPipeA(pipe, 0, 0, PIPE_UNLIMITED_INSTANCES, 0, 0, 0, NULL),
                       ERROR_INVALID_PARAMETER);
    CloseHandle(client);
    CloseHandle(second);
    CloseHandle(first);
}

/* ---------------------------------------------------------------- transactions */

static DWORD WINAPI answer_long(void *argument)
{
    char buffer[64];
    DWORD n;
    connect_client(argument);
    if (ReadFile(argument, buffer, sizeof buffer, &n, NULL))
        WriteFile(argument, "a long answer", 13, &n, NULL);
    return 0;
}

TEST(transactions)
{
    const char *pipe = name("transact");
    HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1);
    HANDLE thread = CreateThread(NULL, 0, answer_long, server, 0, NULL), client = connect_to(pipe);
    char buffer[32];
    DWORD n, mode = PIPE_READMODE_MESSAGE;
    CHECK(SetNamedPipeHandleState(client, &mode, NULL, NULL));
    CHECK_ERROR(TransactNamedPipe(client, "?", 1, buffer, 2, &n, NULL), ERROR_MORE_DATA);
    CHECK(n == 2 && memcmp(buffer, "a ", 2) == 0);
    CHECK_ERROR(ReadFile(client, buffer, 4, &n, NULL), ERROR_MORE_DATA);
    CHECK(n == 4 && memcmp(buffer, "long", 4) == 0);
    CHECK(ReadFile(client, buffer, sizeof buffer, &n, NULL));
    CHECK(n == 7 && memcmp(buffer, " answer", 7) == 0);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CloseHandle(thread);
    /* Something unread is in the way. */
    CHECK(WriteFile(server, "unread", 6, &n, NULL));
    CHECK_ERROR(TransactNamedPipe(client, "?", 1, buffer, sizeof buffer, &n, NULL), ERROR_PIPE_BUSY);
    CHECK(ReadFile(client, buffer, sizeof buffer, &n, NULL));
    CHECK_EQ(n, 6);
    CloseHandle(server);
    CHECK_ERROR(TransactNamedPipe(client, "?", 1, buffer, sizeof buffer, &n, NULL), ERROR_BAD_PIPE);
    CloseHandle(client);
    CHECK_ERROR(CallNamedPipeA(pipe, "?", 1, buffer, sizeof buffer, &n, 10), ERROR_FILE_NOT_FOUND);
    server = make(pipe, PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1);
    client = connect_to(pipe);
    CHECK_ERROR(CallNamedPipeA(pipe, "?", 1, buffer, sizeof buffer, &n, 30), ERROR_SEM_TIMEOUT);
    CloseHandle(client);
    CloseHandle(server);
    /* A pipe of bytes gives no answers. */
    server = make(pipe, PIPE_ACCESS_DUPLEX, 0, 1);
    CHECK_ERROR(CallNamedPipeA(pipe, "?", 1, buffer, sizeof buffer, &n, 30), ERROR_INVALID_PARAMETER);
    CloseHandle(server);
}

/* ---------------------------------------------------------------- blocked calls */

struct blocked {
    HANDLE pipe;
    int what; /* 0: connects, 1: reads, 2: writes more than fits, 3: flushes, 4: locks, 5: waits for a change
               */
    DWORD error;
};

static DWORD WINAPI block(void *argument)
{
    struct blocked *blocked = argument;
    static char big[1 << 20];
    _Alignas(8) char changes[64];
    OVERLAPPED where = {0};
    char byte;
    DWORD n;
    BOOL good = blocked->what == 0   ? ConnectNamedPipe(blocked->pipe, NULL)
                : blocked->what == 1 ? ReadFile(blocked->pipe, &byte, 1, &n, NULL)
                : blocked->what == 2 ? WriteFile(blocked->pipe, big, sizeof big, &n, NULL)
                : blocked->what == 3 ? FlushFileBuffers(blocked->pipe)
                : blocked->what == 4 ? LockFileEx(blocked->pipe, LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &where)
                                     : ReadDirectoryChangesW(blocked->pipe, changes, sizeof changes, FALSE,
                                                             FILE_NOTIFY_CHANGE_FILE_NAME, &n, NULL, NULL);
    blocked->error = good ? 0 : GetLastError();
    return 0;
}

static void cancel_blocked(HANDLE pipe, int what)
{
    struct blocked blocked = {pipe, what, 77};
    HANDLE thread = CreateThread(NULL, 0, block, &blocked, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 150), WAIT_TIMEOUT);
    BOOL cancelled = FALSE;
    for (int i = 0; i < 100 && !(cancelled = CancelSynchronousIo(thread)); i++)
        Sleep(10);
    CHECK(cancelled);
    DWORD waited = WaitForSingleObject(thread, 5000);
    if (waited != WAIT_OBJECT_0 || blocked.error != ERROR_OPERATION_ABORTED)
        FAIL("call %d: wait %lu, error %lu", what, waited, blocked.error);
    CloseHandle(thread);
}

TEST(cancelled_calls)
{
    const char *pipe = name("cancel");
    HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX, 0, 1), client;
    DWORD n;
    CHECK_ERROR(CancelSynchronousIo(GetCurrentThread()), ERROR_NOT_FOUND);
    cancel_blocked(server, 0);
    client = connect_to(pipe);
    cancel_blocked(server, 1);
    cancel_blocked(client, 1);
    cancel_blocked(server, 2);
    CHECK(WriteFile(client, "x", 1, &n, NULL));
    if (!harness_is_wine()) /* that does not wait there */
        cancel_blocked(client, 3);
    CloseHandle(client);
    CloseHandle(server);
}

/* The same for what waits elsewhere. */
TEST(other_cancelled_calls)
{
    ORACLE_DIFFERS("there a lock that is waited for cannot be cancelled");
    char folder[MAX_PATH], path[MAX_PATH];
    OVERLAPPED where = {0};
    GetTempPathA(sizeof folder, folder);
    GetTempFileNameA(folder, "gwc", 0, path);
    HANDLE directory = CreateFileA(folder, FILE_LIST_DIRECTORY, 7, NULL, OPEN_EXISTING,
                                   FILE_FLAG_BACKUP_SEMANTICS, NULL),
           holder = CreateFileA(path, GENERIC_READ, 7, NULL, OPEN_EXISTING, 0, NULL),
           other = CreateFileA(path, GENERIC_READ | DELETE, 7, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE,
                               NULL);
    CHECK(LockFileEx(holder, LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &where));
    cancel_blocked(other, 4);
    CHECK(UnlockFileEx(holder, 0, 1, 0, &where));
    CHECK(LockFileEx(other, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &where));
    CloseHandle(other);
    CloseHandle(holder);
    cancel_blocked(directory, 5);
    CloseHandle(directory);
}

/* The other end goes while a call waits. */
TEST(ends_that_go)
{
    static const DWORD expected[2][4] = {
        {0, ERROR_BROKEN_PIPE, ERROR_BROKEN_PIPE, ERROR_BROKEN_PIPE},
        {0, ERROR_PIPE_NOT_CONNECTED, ERROR_PIPE_NOT_CONNECTED, ERROR_PIPE_NOT_CONNECTED}};
    for (int disconnect = 0; disconnect < 2; disconnect++)
        for (int what = 1; what < 4; what++) {
            struct blocked blocked = {NULL, what, 77};
            HANDLE server, client;
            DWORD n;
            if (what == 3 && harness_is_wine())
                continue;
            pair("go", 0, &server, &client);
            if (what == 3)
                CHECK(WriteFile(client, "x", 1, &n, NULL));
            blocked.pipe = client;
            HANDLE thread = CreateThread(NULL, 0, block, &blocked, 0, NULL);
            CHECK_EQ(WaitForSingleObject(thread, 100), WAIT_TIMEOUT);
            if (disconnect)
                CHECK(DisconnectNamedPipe(server));
            else
                CloseHandle(server);
            CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
            if (blocked.error != expected[disconnect][what])
                FAIL("disconnect %d, call %d: error %lu, not %lu", disconnect, what, blocked.error,
                     expected[disconnect][what]);
            CloseHandle(thread);
            CloseHandle(client);
            if (disconnect)
                CloseHandle(server);
        }
}

/* ---------------------------------------------------------------- overlapped */

static DWORD order[8], orders, last_error;

static void CALLBACK told(DWORD error, DWORD size, OVERLAPPED *overlapped)
{
    last_error = error;
    order[orders++ & 7] = size * 100 + overlapped->Offset;
}

TEST(routines)
{
    const char *pipe = name("routines");
    HANDLE server = CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, 0, 1, 4096, 4096, 0,
                                     NULL),
           client = connect_to(pipe);
    OVERLAPPED first = {.Offset = 1}, second = {.Offset = 2};
    char a[4], b[4];
    DWORD n;
    orders = 0;
    CHECK(ReadFileEx(server, a, sizeof a, &first, told));
    CHECK(ReadFileEx(server, b, sizeof b, &second, told));
    CHECK_EQ(SleepEx(50, TRUE), 0);
    CHECK(WriteFile(client, "abcdef", 6, &n, NULL));
    for (int i = 0; i < 10 && orders < 2; i++)
        SleepEx(500, TRUE);
    CHECK(orders == 2 && order[0] == 401 && order[1] == 202);
    CHECK(memcmp(a, "abcd", 4) == 0 && memcmp(b, "ef", 2) == 0);
    orders = 0;
    CHECK(WriteFileEx(server, "xyz", 3, &first, told));
    CHECK_EQ(orders, 0); /* not before the thread waits */
    CHECK_EQ(SleepEx(1000, TRUE), WAIT_IO_COMPLETION);
    CHECK(orders == 1 && order[0] == 301);
    CHECK(ReadFileEx(server, a, sizeof a, &first, told));
    CHECK(CancelIo(server));
    CHECK_EQ(SleepEx(1000, TRUE), WAIT_IO_COMPLETION);
    CHECK_EQ(last_error, ERROR_OPERATION_ABORTED);
    CHECK(ReadFileEx(server, a, sizeof a, &first, told));
    CloseHandle(client);
    CHECK_EQ(SleepEx(1000, TRUE), WAIT_IO_COMPLETION);
    CHECK_EQ(last_error, ERROR_BROKEN_PIPE);
    CHECK_ERROR(ReadFileEx(server, a, sizeof a, &first, told), ERROR_BROKEN_PIPE);
    CloseHandle(server);
}

TEST(ports)
{
    const char *pipe = name("ports");
    HANDLE server = CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                                     PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, 4096, 4096, 0, NULL),
           port = CreateIoCompletionPort(server, NULL, 3, 0);
    OVERLAPPED overlapped = {0}, *done = NULL;
    char buffer[4];
    DWORD n = 0;
    ULONG_PTR key = 0;
    CHECK_ERROR(ConnectNamedPipe(server, &overlapped), ERROR_IO_PENDING);
    HANDLE client = connect_to(pipe);
    CHECK(GetQueuedCompletionStatus(port, &n, &key, &done, 5000));
    CHECK(key == 3 && done == &overlapped);
    CHECK(WriteFile(client, "abcdef", 6, &n, NULL));
    CHECK_ERROR(ReadFile(server, buffer, sizeof buffer, NULL, &overlapped), ERROR_MORE_DATA);
    done = NULL;
    CHECK_ERROR(GetQueuedCompletionStatus(port, &n, &key, &done, 5000), ERROR_MORE_DATA);
    CHECK(n == 4 && done == &overlapped);
    CHECK(ReadFile(server, buffer, sizeof buffer, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    CHECK(GetQueuedCompletionStatus(port, &n, &key, &done, 5000));
    CHECK(n == 2 && memcmp(buffer, "ef", 2) == 0);
    CHECK_ERROR(ReadFile(server, buffer, sizeof buffer, NULL, &overlapped), ERROR_IO_PENDING);
    CHECK(CancelIoEx(server, NULL));
    CHECK_ERROR(GetQueuedCompletionStatus(port, &n, &key, &done, 5000), ERROR_OPERATION_ABORTED);
    CHECK_ERROR(ReadFile(server, buffer, sizeof buffer, NULL, &overlapped), ERROR_IO_PENDING);
    CHECK(DisconnectNamedPipe(server));
    CHECK_ERROR(GetQueuedCompletionStatus(port, &n, &key, &done, 5000), ERROR_PIPE_NOT_CONNECTED);
    CHECK_ERROR(ConnectNamedPipe(server, &overlapped), ERROR_IO_PENDING);
    CloseHandle(server);
    done = NULL;
    GetQueuedCompletionStatus(port, &n, &key, &done, 5000);
    CHECK(done == &overlapped);
    CloseHandle(client);
    CloseHandle(port);
}

/* ---------------------------------------------------------------- limits */

/* A writer waits until what does not fit is taken; PIPE_NOWAIT writes what fits, and a message not at all. */
TEST(back_pressure)
{
    enum { BIG = 1 << 20 };
    static char big[BIG];
    HANDLE server, client;
    DWORD n, mode = PIPE_NOWAIT, total = 0;
    pair("pressure", 0, &server, &client);
    CHECK(SetNamedPipeHandleState(client, &mode, NULL, NULL));
    for (int i = 0; i < 64; i++) {
        CHECK(WriteFile(client, big, BIG, &n, NULL));
        total += n;
        if (!n)
            break;
    }
    CHECK_EQ(n, 0);
    while (total) {
        CHECK(ReadFile(server, big, BIG, &n, NULL));
        if (!n)
            break;
        total -= n;
    }
    CHECK(WriteFile(client, big, 100, &n, NULL));
    CHECK_EQ(n, 100);
    CloseHandle(client);
    CloseHandle(server);
}
