/*
 * Named pipes between processes: by name, inherited and duplicated ends, messages, what the end of a process
 * does to its pipes.
 */
#include "harness.h"

static char names[16][96];

/* A name of this run. */
static const char *name(const char *stem)
{
    static int next;
    char *text = names[next++ % 16];
    snprintf(text, 96, "\\\\.\\pipe\\gastwirt-%lu-%s", GetCurrentProcessId(), stem);
    return text;
}

static BOOL start_with(PROCESS_INFORMATION *ret, STARTUPINFOA *info, BOOL inherit, const char *format, ...)
{
    char path[MAX_PATH], rest[512], line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(rest, sizeof rest, format, arguments);
    va_end(arguments);
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --child %s", path, rest);
    info->cb = sizeof *info;
    return CreateProcessA(NULL, line, NULL, NULL, inherit, 0, NULL, NULL, info, ret);
}

#define start(ret, inherit, ...) start_with(ret, &(STARTUPINFOA){0}, inherit, __VA_ARGS__)

static DWORD finish(PROCESS_INFORMATION *process)
{
    DWORD code = 0xdeadbeef;
    CHECK_EQ(WaitForSingleObject(process->hProcess, 15000), WAIT_OBJECT_0);
    GetExitCodeProcess(process->hProcess, &code);
    CloseHandle(process->hThread);
    CloseHandle(process->hProcess);
    return code;
}

static HANDLE make(const char *pipe, DWORD open_mode, DWORD pipe_mode, DWORD instances)
{
    HANDLE handle = CreateNamedPipeA(pipe, open_mode, pipe_mode, instances, 4096, 4096, 0, NULL);
    CHECK(handle != INVALID_HANDLE_VALUE);
    return handle;
}

/* Waits up to 10 seconds for the pipe to exist and listen. */
static HANDLE connect_to(const char *pipe)
{
    for (int i = 0; i < 1000; i++) {
        HANDLE handle = CreateFileA(pipe, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
        if (handle != INVALID_HANDLE_VALUE)
            return handle;
        Sleep(10);
    }
    return INVALID_HANDLE_VALUE;
}

static BOOL connect_client(HANDLE server)
{
    return ConnectNamedPipe(server, NULL) || GetLastError() == ERROR_PIPE_CONNECTED;
}

/* ---------------------------------------------------------------- by name */

/* Sends its message, expects it back, checks who serves. */
CHILD(echo_client)
{
    char answer[64];
    DWORD n, mode = PIPE_READMODE_MESSAGE;
    ULONG id = 0;
    HANDLE pipe = connect_to(argv[0]);
    if (pipe == INVALID_HANDLE_VALUE)
        return 100;
    if (!SetNamedPipeHandleState(pipe, &mode, NULL, NULL))
        return 101;
    if (!GetNamedPipeServerProcessId(pipe, &id) || id != strtoul(argv[1], NULL, 10))
        return 102;
    if (!WriteFile(pipe, argv[2], (DWORD)strlen(argv[2]), &n, NULL) || n != strlen(argv[2]))
        return 103;
    if (!ReadFile(pipe, answer, sizeof answer, &n, NULL) || n != strlen(argv[2]) ||
        memcmp(answer, argv[2], n) != 0)
        return 104;
    return 7;
}

TEST(client_in_another_process)
{
    PROCESS_INFORMATION process;
    const char *pipe = name("client");
    char buffer[64];
    DWORD n;
    ULONG id = 0;
    HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1);
    CHECK(start(&process, FALSE, "echo_client %s %lu hello", pipe, GetCurrentProcessId()));
    CHECK(connect_client(server));
    CHECK(GetNamedPipeClientProcessId(server, &id));
    CHECK_EQ(id, process.dwProcessId);
    CHECK(GetNamedPipeClientSessionId(server, &id));
    CHECK(ReadFile(server, buffer, sizeof buffer, &n, NULL));
    CHECK(n == 5 && memcmp(buffer, "hello", 5) == 0);
    CHECK(WriteFile(server, buffer, n, &n, NULL));
    CHECK_EQ(finish(&process), 7);
    CHECK_ERROR(ReadFile(server, buffer, sizeof buffer, &n, NULL), ERROR_BROKEN_PIPE);
    CHECK_ERROR(WriteFile(server, buffer, 1, &n, NULL), ERROR_NO_DATA);
    CHECK(DisconnectNamedPipe(server));
    CloseHandle(server);
}

/* Serves so many clients one after the other with one instance: answers a message with itself turned round.
 */
CHILD(turner)
{
    HANDLE pipe = CreateNamedPipeA(argv[0], PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1,
                                   4096, 4096, 0, NULL);
    if (pipe == INVALID_HANDLE_VALUE)
        return 100;
    for (int i = 0; i < atoi(argv[1]); i++) {
        char buffer[64], turned[64];
        DWORD n;
        if (!connect_client(pipe))
            return 101;
        if (!ReadFile(pipe, buffer, sizeof buffer, &n, NULL))
            return 102;
        for (DWORD k = 0; k < n; k++)
            turned[k] = buffer[n - 1 - k];
        if (!WriteFile(pipe, turned, n, &n, NULL))
            return 103;
        FlushFileBuffers(pipe); /* fails if the client has left something unread */
        if (!DisconnectNamedPipe(pipe))
            return 104;
    }
    return 7;
}

TEST(server_in_another_process)
{
    PROCESS_INFORMATION process;
    const char *pipe = name("turner");
    char buffer[64];
    DWORD n, mode = PIPE_READMODE_MESSAGE;
    CHECK_ERROR(WaitNamedPipeA(pipe, 10), ERROR_FILE_NOT_FOUND);
    CHECK(start(&process, FALSE, "turner %s 4", pipe));
    HANDLE client = connect_to(pipe);
    CHECK(client != INVALID_HANDLE_VALUE);
    CHECK_ERROR(TransactNamedPipe(client, "abc", 3, buffer, sizeof buffer, &n, NULL), ERROR_BAD_PIPE);
    CHECK(SetNamedPipeHandleState(client, &mode, NULL, NULL));
    CHECK(TransactNamedPipe(client, "abc", 3, buffer, sizeof buffer, &n, NULL));
    CHECK(n == 3 && memcmp(buffer, "cba", 3) == 0);
    CloseHandle(client);
    CHECK(CallNamedPipeA(pipe, "defg", 4, buffer, sizeof buffer, &n, NMPWAIT_WAIT_FOREVER));
    CHECK(n == 4 && memcmp(buffer, "gfed", 4) == 0);
    CHECK_ERROR(CallNamedPipeA(pipe, "12345", 5, buffer, 2, &n, NMPWAIT_WAIT_FOREVER), ERROR_MORE_DATA);
    CHECK(n == 2 && memcmp(buffer, "54", 2) == 0);
    CHECK(WaitNamedPipeA(pipe, 5000));
    CHECK(CallNamedPipeA(pipe, "x", 1, buffer, sizeof buffer, &n, NMPWAIT_WAIT_FOREVER));
    CHECK_EQ(finish(&process), 7);
    CHECK_ERROR(WaitNamedPipeA(pipe, 10), ERROR_FILE_NOT_FOUND);
}

CHILD(open_and_wait)
{
    HANDLE pipe = connect_to(argv[0]);
    char byte;
    DWORD n;
    if (pipe == INVALID_HANDLE_VALUE)
        return 100;
    ReadFile(pipe, &byte, 1, &n, NULL);
    return n == 1 ? byte : 101;
}

TEST(several_instances)
{
    ORACLE_DIFFERS("FILE_FLAG_FIRST_PIPE_INSTANCE is documented to fail for a second one");
    const char *pipe = name("instances");
    PROCESS_INFORMATION process[2];
    HANDLE server[3];
    DWORD n, current, maximum, flags;
    for (int i = 0; i < 2; i++)
        server[i] = make(pipe, PIPE_ACCESS_DUPLEX, 0, 3);
    CHECK_HANDLE_ERROR(
        CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE, 0, 3, 0, 0, 0, NULL),
        ERROR_ACCESS_DENIED);
    CHECK_HANDLE_ERROR(CreateNamedPipeA(pipe, PIPE_ACCESS_INBOUND, 0, 3, 0, 0, 0, NULL), ERROR_ACCESS_DENIED);
    CHECK_HANDLE_ERROR(CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE, 3, 0, 0, 0, NULL),
                       ERROR_ACCESS_DENIED);
    server[2] = make(pipe, PIPE_ACCESS_DUPLEX, 0, 3);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    CHECK_HANDLE_ERROR(CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX, 0, 3, 0, 0, 0, NULL), ERROR_PIPE_BUSY);
    CHECK(GetNamedPipeHandleStateA(server[0], NULL, &current, NULL, NULL, NULL, 0));
    CHECK_EQ(current, 3);
    CHECK(GetNamedPipeInfo(server[0], &flags, NULL, NULL, &maximum));
    CHECK_EQ(maximum, 3);
    CHECK_EQ(flags, PIPE_SERVER_END);
    for (int i = 0; i < 2; i++)
        CHECK(start(&process[i], FALSE, "open_and_wait %s", pipe));
    for (int i = 0; i < 2; i++)
        CHECK(connect_client(server[i]));
    HANDLE client = connect_to(pipe);
    CHECK(client != INVALID_HANDLE_VALUE);
    CHECK_HANDLE_ERROR(CreateFileA(pipe, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL), ERROR_PIPE_BUSY);
    CHECK_ERROR(WaitNamedPipeA(pipe, 20), ERROR_SEM_TIMEOUT);
    CHECK(WriteFile(server[0], "\x11", 1, &n, NULL));
    CHECK(WriteFile(server[1], "\x11", 1, &n, NULL));
    CHECK_EQ(finish(&process[0]), 0x11);
    CHECK_EQ(finish(&process[1]), 0x11);
    CloseHandle(client);
    for (int i = 0; i < 3; i++)
        CloseHandle(server[i]);
    CHECK_HANDLE_ERROR(CreateFileA(pipe, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
                       ERROR_FILE_NOT_FOUND);
}

CHILD(wait_then_open)
{
    if (!WaitNamedPipeA(argv[0], strtoul(argv[1], NULL, 10)))
        return (int)GetLastError();
    HANDLE pipe = CreateFileA(argv[0], GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    return pipe == INVALID_HANDLE_VALUE ? 200 : 7;
}

TEST(waiting_for_an_instance)
{
    const char *pipe = name("wait");
    PROCESS_INFORMATION process;
    HANDLE server = CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX, 0, 2, 0, 0, 60, NULL);
    HANDLE client = connect_to(pipe);
    DWORD before = GetTickCount();
    CHECK_ERROR(WaitNamedPipeA(pipe, NMPWAIT_USE_DEFAULT_WAIT), ERROR_SEM_TIMEOUT);
    CHECK(GetTickCount() - before >= 40 && GetTickCount() - before < 5000);
    CHECK(start(&process, FALSE, "wait_then_open %s 10000", pipe));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 200), WAIT_TIMEOUT);
    HANDLE second = CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX, 0, 2, 0, 0, 60, NULL);
    CHECK(second != INVALID_HANDLE_VALUE);
    CHECK_EQ(finish(&process), 7);
    CHECK(start(&process, FALSE, "wait_then_open %s 10000", pipe));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 200), WAIT_TIMEOUT);
    CHECK(DisconnectNamedPipe(server));
    CHECK(connect_client(server));
    CHECK_EQ(finish(&process), 7);
    CHECK(start(&process, FALSE, "wait_then_open %s %lu", pipe, NMPWAIT_WAIT_FOREVER));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 200), WAIT_TIMEOUT);
    CloseHandle(server);
    CloseHandle(second);
    CHECK(finish(&process) != 7);
    CloseHandle(client);
}

TEST(direction)
{
    const char *in = name("in"), *out = name("out");
    HANDLE server = make(in, PIPE_ACCESS_INBOUND, 0, 1), client;
    char byte;
    DWORD n, flags;
    CHECK_HANDLE_ERROR(CreateFileA(in, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL), ERROR_ACCESS_DENIED);
    CHECK_HANDLE_ERROR(CreateFileA(in, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL),
                       ERROR_ACCESS_DENIED);
    client = CreateFileA(in, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(client != INVALID_HANDLE_VALUE);
    CHECK(WriteFile(client, "x", 1, &n, NULL));
    CHECK_ERROR(WriteFile(server, "x", 1, &n, NULL), ERROR_ACCESS_DENIED);
    CHECK_ERROR(ReadFile(client, &byte, 1, &n, NULL), ERROR_ACCESS_DENIED);
    CHECK(ReadFile(server, &byte, 1, &n, NULL));
    CHECK(GetNamedPipeInfo(client, &flags, NULL, NULL, NULL));
    CHECK_EQ(flags, 0);
    CloseHandle(client);
    CloseHandle(server);
    server = make(out, PIPE_ACCESS_OUTBOUND, 0, 1);
    CHECK_HANDLE_ERROR(CreateFileA(out, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL), ERROR_ACCESS_DENIED);
    client = CreateFileA(out, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(client != INVALID_HANDLE_VALUE);
    CHECK(WriteFile(server, "x", 1, &n, NULL));
    CHECK(ReadFile(client, &byte, 1, &n, NULL));
    CloseHandle(client);
    CloseHandle(server);
}

TEST(bad_arguments)
{
    ORACLE_DIFFERS("no instances are documented to be an invalid parameter");
    const char *pipe = name("bad");
    CHECK_HANDLE_ERROR(CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX, 0, 0, 0, 0, 0, NULL),
                       ERROR_INVALID_PARAMETER);
    CHECK_HANDLE_ERROR(CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX, 0, 256, 0, 0, 0, NULL),
                       ERROR_INVALID_PARAMETER);
    CHECK_HANDLE_ERROR(CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX, PIPE_READMODE_MESSAGE, 1, 0, 0, 0, NULL),
                       ERROR_INVALID_PARAMETER);
    CHECK_HANDLE_ERROR(CreateNamedPipeA("\\\\.\\pipe\\", PIPE_ACCESS_DUPLEX, 0, 1, 0, 0, 0, NULL),
                       ERROR_INVALID_NAME);
    CHECK_HANDLE_ERROR(CreateNamedPipeA("\\\\.\\nopipe\\x", PIPE_ACCESS_DUPLEX, 0, 1, 0, 0, 0, NULL),
                       ERROR_INVALID_NAME);
    HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX, 0, PIPE_UNLIMITED_INSTANCES), client;
    DWORD mode = PIPE_READMODE_MESSAGE, n;
    ULONG id;
    char byte;
    CHECK_ERROR(SetNamedPipeHandleState(server, &mode, NULL, NULL), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(ReadFile(server, &byte, 1, &n, NULL), ERROR_PIPE_LISTENING);
    CHECK_ERROR(WriteFile(server, &byte, 1, &n, NULL), ERROR_PIPE_LISTENING);
    client = connect_to(pipe);
    CHECK_ERROR(ConnectNamedPipe(client, NULL), ERROR_INVALID_FUNCTION);
    CHECK_ERROR(DisconnectNamedPipe(client), ERROR_INVALID_FUNCTION);
    CHECK_ERROR(ConnectNamedPipe(server, NULL), ERROR_PIPE_CONNECTED);
    CHECK_ERROR(GetNamedPipeClientProcessId(server, NULL), ERROR_INVALID_PARAMETER);
    CHECK(GetNamedPipeClientProcessId(server, &id));
    CHECK_EQ(id, GetCurrentProcessId());
    CloseHandle(client);
    CHECK_ERROR(ConnectNamedPipe(server, NULL), ERROR_NO_DATA);
    CloseHandle(server);
}

/* ---------------------------------------------------------------- messages */

static void pair(const char *stem, DWORD mode, HANDLE *ret_server, HANDLE *ret_client)
{
    const char *pipe = name(stem);
    DWORD message = PIPE_READMODE_MESSAGE;
    *ret_server = make(pipe, PIPE_ACCESS_DUPLEX, mode, 1);
    *ret_client = connect_to(pipe);
    CHECK(*ret_client != INVALID_HANDLE_VALUE);
    if (mode & PIPE_READMODE_MESSAGE)
        CHECK(SetNamedPipeHandleState(*ret_client, &message, NULL, NULL));
}

TEST(messages_in_pieces)
{
    HANDLE server, client;
    char buffer[64];
    DWORD n, available, left;
    pair("pieces", PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, &server, &client);
    CHECK(WriteFile(client, "0123456789", 10, &n, NULL));
    CHECK(WriteFile(client, "", 0, &n, NULL));
    CHECK(WriteFile(client, "abc", 3, &n, NULL));
    CHECK(PeekNamedPipe(server, buffer, 4, &n, &available, &left));
    CHECK_EQ(n, 4);
    CHECK_EQ(available, 13);
    CHECK_EQ(left, 6);
    CHECK_ERROR(ReadFile(server, buffer, 4, &n, NULL), ERROR_MORE_DATA);
    CHECK(n == 4 && memcmp(buffer, "0123", 4) == 0);
    CHECK(PeekNamedPipe(server, buffer, sizeof buffer, &n, &available, &left));
    CHECK(n == 6 && available == 9 && left == 0 && memcmp(buffer, "456789", 6) == 0);
    CHECK_ERROR(ReadFile(server, buffer, 0, &n, NULL), ERROR_MORE_DATA);
    CHECK_EQ(n, 0);
    CHECK(ReadFile(server, buffer, 6, &n, NULL));
    CHECK(n == 6 && memcmp(buffer, "456789", 6) == 0);
    CHECK(ReadFile(server, buffer, sizeof buffer, &n, NULL));
    CHECK_EQ(n, 0);
    CHECK(ReadFile(server, buffer, sizeof buffer, &n, NULL));
    CHECK_EQ(n, 3);
    /* One end reads it as a stream. */
    DWORD mode = PIPE_READMODE_BYTE;
    CHECK(SetNamedPipeHandleState(server, &mode, NULL, NULL));
    CHECK(WriteFile(client, "one", 3, &n, NULL));
    CHECK(WriteFile(client, "three", 5, &n, NULL));
    CHECK(ReadFile(server, buffer, 4, &n, NULL));
    CHECK(n == 4 && memcmp(buffer, "onet", 4) == 0);
    CHECK(ReadFile(server, buffer, sizeof buffer, &n, NULL));
    CHECK(n == 4 && memcmp(buffer, "hree", 4) == 0);
    /* What was written before the end is read before the end is. */
    CHECK(WriteFile(client, "last", 4, &n, NULL));
    CloseHandle(client);
    CHECK(ReadFile(server, buffer, sizeof buffer, &n, NULL));
    CHECK_EQ(n, 4);
    CHECK_ERROR(ReadFile(server, buffer, sizeof buffer, &n, NULL), ERROR_BROKEN_PIPE);
    CHECK_ERROR(PeekNamedPipe(server, NULL, 0, NULL, &available, NULL), ERROR_BROKEN_PIPE);
    CloseHandle(server);
}

enum { LARGE = 3 * 1024 * 1024 + 5 };

CHILD(large_writer)
{
    HANDLE pipe = connect_to(argv[0]);
    char *data = malloc(LARGE);
    DWORD n;
    for (int i = 0; i < LARGE; i++)
        data[i] = (char)(i * 7 + i / 1000);
    return WriteFile(pipe, data, LARGE, &n, NULL) && n == LARGE && FlushFileBuffers(pipe) ? 7 : 100;
}

TEST(large_messages)
{
    for (int messages = 0; messages < 2; messages++) {
        PROCESS_INFORMATION process;
        const char *pipe = name(messages ? "large" : "stream");
        char *data = calloc(1, LARGE);
        DWORD n = 0, total = 0, available, wrong = 0;
        HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX,
                             messages ? PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE : PIPE_TYPE_BYTE, 1);
        CHECK(start(&process, FALSE, "large_writer %s", pipe));
        CHECK(connect_client(server));
        if (messages) {
            CHECK_ERROR(ReadFile(server, data, 1000, &n, NULL), ERROR_MORE_DATA);
            CHECK_EQ(n, 1000);
            CHECK(PeekNamedPipe(server, NULL, 0, NULL, &available, NULL));
            CHECK_EQ(available, LARGE - 1000);
            CHECK(ReadFile(server, data + 1000, LARGE, &n, NULL));
            total = 1000 + n;
        } else {
            while (total < LARGE && ReadFile(server, data + total, LARGE - total, &n, NULL))
                total += n;
        }
        CHECK_EQ(total, LARGE);
        for (int i = 0; i < LARGE; i++)
            wrong += data[i] != (char)(i * 7 + i / 1000);
        CHECK_EQ(wrong, 0);
        CHECK_EQ(finish(&process), 7);
        CloseHandle(server);
        free(data);
    }
}

/* ---------------------------------------------------------------- overlapped */

TEST(overlapped_order)
{
    const char *pipe = name("order");
    HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, PIPE_TYPE_BYTE, 1);
    HANDLE port = CreateIoCompletionPort(server, NULL, 5, 0), client = connect_to(pipe);
    OVERLAPPED read[3] = {0}, *which;
    char buffer[3][4];
    ULONG_PTR key;
    DWORD n;
    CHECK(port != NULL);
    for (int i = 0; i < 3; i++)
        CHECK_ERROR(ReadFile(server, buffer[i], 4, NULL, &read[i]), ERROR_IO_PENDING);
    CHECK(CancelIoEx(server, &read[1]));
    CHECK_ERROR(GetQueuedCompletionStatus(port, &n, &key, &which, 5000), ERROR_OPERATION_ABORTED);
    CHECK(which == &read[1]);
    CHECK(WriteFile(client, "abcdef", 6, &n, NULL));
    CHECK(GetQueuedCompletionStatus(port, &n, &key, &which, 5000));
    CHECK(which == &read[0] && n == 4 && key == 5 && memcmp(buffer[0], "abcd", 4) == 0);
    CHECK(GetQueuedCompletionStatus(port, &n, &key, &which, 5000));
    CHECK(which == &read[2] && n == 2 && memcmp(buffer[2], "ef", 2) == 0);
    /* A read of nothing waits for something to be there. */
    CHECK_ERROR(ReadFile(server, buffer[0], 0, NULL, &read[0]), ERROR_IO_PENDING);
    CHECK_ERROR(GetQueuedCompletionStatus(port, &n, &key, &which, 30), WAIT_TIMEOUT);
    CHECK(WriteFile(client, "g", 1, &n, NULL));
    CHECK(GetQueuedCompletionStatus(port, &n, &key, &which, 5000));
    CHECK(which == &read[0] && n == 0);
    CHECK(ReadFile(server, buffer[0], 4, &n, &read[0]));
    CHECK(GetQueuedCompletionStatus(port, &n, &key, &which, 5000));
    CHECK_EQ(n, 1);
    /* The end of the other side ends a read. */
    CHECK_ERROR(ReadFile(server, buffer[0], 4, NULL, &read[0]), ERROR_IO_PENDING);
    CloseHandle(client);
    CHECK_ERROR(GetQueuedCompletionStatus(port, &n, &key, &which, 5000), ERROR_BROKEN_PIPE);
    CHECK(which == &read[0]);
    CloseHandle(server);
    CloseHandle(port);
}

TEST(overlapped_writes)
{
    const char *pipe = name("writes");
    HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, PIPE_TYPE_BYTE, 1),
           client = connect_to(pipe);
    enum { SIZE = 2 * 1024 * 1024 };
    char *data = malloc(SIZE), *back = malloc(2 * SIZE);
    OVERLAPPED write[2] = {{.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)},
                           {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)}};
    DWORD n, total = 0;
    for (int i = 0; i < SIZE; i++)
        data[i] = (char)(i * 3 + i / 512);
    CHECK_ERROR(WriteFile(server, data, SIZE, NULL, &write[0]), ERROR_IO_PENDING);
    CHECK_ERROR(WriteFile(server, "end", 3, NULL, &write[1]), ERROR_IO_PENDING);
    CHECK_EQ(WaitForSingleObject(write[0].hEvent, 20), WAIT_TIMEOUT);
    while (total < SIZE + 3 && ReadFile(client, back + total, 2 * SIZE - total, &n, NULL))
        total += n;
    CHECK_EQ(total, SIZE + 3);
    CHECK(memcmp(back, data, SIZE) == 0 && memcmp(back + SIZE, "end", 3) == 0);
    CHECK(GetOverlappedResult(server, &write[0], &n, TRUE));
    CHECK_EQ(n, SIZE);
    CHECK(GetOverlappedResult(server, &write[1], &n, TRUE));
    CHECK_EQ(n, 3);
    CHECK_ERROR(WriteFile(server, data, SIZE, NULL, &write[0]), ERROR_IO_PENDING);
    CloseHandle(client);
    CHECK(!GetOverlappedResult(server, &write[0], &n, TRUE));
    CloseHandle(server);
    for (int i = 0; i < 2; i++)
        CloseHandle(write[i].hEvent);
    free(data);
    free(back);
}

/* Messages beyond the quota wait for the reader. */
TEST(quota_of_messages)
{
    const char *pipe = name("quota");
    HANDLE server = CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                                     PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, 65536, 65536, 0, NULL),
           client = connect_to(pipe);
    char *data = calloc(1, 65536);
    OVERLAPPED write[3] = {{.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)},
                           {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)},
                           {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)}};
    DWORD n, mode = PIPE_READMODE_MESSAGE;
    CHECK(SetNamedPipeHandleState(client, &mode, NULL, NULL));
    CHECK(WriteFile(server, data, 40000, NULL, &write[0]) || GetLastError() == ERROR_IO_PENDING);
    CHECK(GetOverlappedResult(server, &write[0], &n, TRUE));
    CHECK_ERROR(WriteFile(server, data, 40000, NULL, &write[1]), ERROR_IO_PENDING);
    CHECK_ERROR(WriteFile(server, data, 10, NULL, &write[2]), ERROR_IO_PENDING);
    CHECK_EQ(WaitForSingleObject(write[1].hEvent, 20), WAIT_TIMEOUT);
    CHECK(CancelIoEx(server, &write[2]));
    CHECK_ERROR(GetOverlappedResult(server, &write[2], &n, TRUE), ERROR_OPERATION_ABORTED);
    CHECK(ReadFile(client, data, 65536, &n, NULL));
    CHECK_EQ(n, 40000);
    CHECK(ReadFile(client, data, 65536, &n, NULL));
    CHECK_EQ(n, 40000);
    CHECK(GetOverlappedResult(server, &write[1], &n, TRUE));
    CHECK_EQ(n, 40000);
    CloseHandle(client);
    CloseHandle(server);
    for (int i = 0; i < 3; i++)
        CloseHandle(write[i].hEvent);
    free(data);
}

/* ---------------------------------------------------------------- without waiting */

TEST(no_wait)
{
    ORACLE_DIFFERS("ConnectNamedPipe is documented to succeed once after a client");
    const char *pipe = name("nowait");
    HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_NOWAIT,
                         1);
    char byte;
    DWORD n, state;
    CHECK_ERROR(ConnectNamedPipe(server, NULL), ERROR_PIPE_LISTENING);
    HANDLE client = connect_to(pipe);
    CHECK_ERROR(ConnectNamedPipe(server, NULL), ERROR_PIPE_CONNECTED);
    CHECK_ERROR(ReadFile(server, &byte, 1, &n, NULL), ERROR_NO_DATA);
    CHECK(GetNamedPipeHandleStateA(server, &state, NULL, NULL, NULL, NULL, 0));
    CHECK_EQ(state, PIPE_READMODE_MESSAGE | PIPE_NOWAIT);
    CHECK(WriteFile(client, "x", 1, &n, NULL));
    CHECK(ReadFile(server, &byte, 1, &n, NULL));
    char *large = calloc(1, 65536);
    BOOL result = TRUE;
    DWORD written = 1;
    for (int i = 0; i < 100 && result && written; i++)
        result = WriteFile(server, large, 65536, &written, NULL);
    CHECK(result);
    CHECK_EQ(written, 0);
    free(large);
    CHECK(DisconnectNamedPipe(server));
    CHECK_ERROR(DisconnectNamedPipe(server), ERROR_PIPE_NOT_CONNECTED);
    CHECK(ConnectNamedPipe(server, NULL));
    CHECK_ERROR(ConnectNamedPipe(server, NULL), ERROR_PIPE_LISTENING);
    CloseHandle(client);
    CloseHandle(server);
}

/* ---------------------------------------------------------------- the end */

/* Connects, says so, and is killed while it reads. */
CHILD(victim)
{
    HANDLE pipe = connect_to(argv[0]);
    DWORD n;
    char byte;
    WriteFile(pipe, "!", 1, &n, NULL);
    ReadFile(pipe, &byte, 1, &n, NULL);
    return 1;
}

TEST(killed_client)
{
    for (int messages = 0; messages < 2; messages++) {
        const char *pipe = name(messages ? "kill-m" : "kill-b");
        PROCESS_INFORMATION process;
        OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
        char byte;
        DWORD n;
        HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                             messages ? PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE : 0, 1);
        CHECK_ERROR(ConnectNamedPipe(server, &overlapped), ERROR_IO_PENDING);
        CHECK(start(&process, FALSE, "victim %s", pipe));
        CHECK(GetOverlappedResult(server, &overlapped, &n, TRUE));
        CHECK(ReadFile(server, &byte, 1, &n, &overlapped) ||
              (GetLastError() == ERROR_IO_PENDING && GetOverlappedResult(server, &overlapped, &n, TRUE)));
        CHECK_ERROR(ReadFile(server, &byte, 1, &n, &overlapped), ERROR_IO_PENDING);
        TerminateProcess(process.hProcess, 9);
        CHECK_EQ(WaitForSingleObject(overlapped.hEvent, 5000), WAIT_OBJECT_0);
        CHECK_ERROR(GetOverlappedResult(server, &overlapped, &n, FALSE), ERROR_BROKEN_PIPE);
        CHECK_EQ(finish(&process), 9);
        /* The instance is good for the next one. */
        CHECK(DisconnectNamedPipe(server));
        CHECK_ERROR(ConnectNamedPipe(server, &overlapped), ERROR_IO_PENDING);
        HANDLE client = connect_to(pipe);
        CHECK(GetOverlappedResult(server, &overlapped, &n, TRUE));
        CloseHandle(client);
        CloseHandle(server);
        CloseHandle(overlapped.hEvent);
    }
}

CHILD(server_to_kill)
{
    HANDLE pipe = CreateNamedPipeA(argv[0], PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE, 2, 0, 0, 0, NULL);
    HANDLE listening = CreateNamedPipeA(argv[0], PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE, 2, 0, 0, 0, NULL);
    DWORD n;
    if (!connect_client(pipe))
        return 100;
    WriteFile(pipe, "data", 4, &n, NULL);
    Sleep(20000);
    return listening != pipe;
}

TEST(killed_server)
{
    ORACLE_DIFFERS("what was written before the end is lost there");
    const char *pipe = name("server");
    PROCESS_INFORMATION process;
    char buffer[16];
    DWORD n;
    CHECK(start(&process, FALSE, "server_to_kill %s", pipe));
    HANDLE client = connect_to(pipe);
    CHECK(ReadFile(client, buffer, 2, &n, NULL));
    TerminateProcess(process.hProcess, 9);
    CHECK_EQ(finish(&process), 9);
    CHECK(ReadFile(client, buffer, sizeof buffer, &n, NULL));
    CHECK_EQ(n, 2);
    CHECK_ERROR(ReadFile(client, buffer, sizeof buffer, &n, NULL), ERROR_BROKEN_PIPE);
    CHECK_ERROR(WriteFile(client, buffer, 1, &n, NULL), ERROR_NO_DATA);
    CHECK_HANDLE_ERROR(CreateFileA(pipe, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
                       ERROR_FILE_NOT_FOUND);
    CloseHandle(client);
}

CHILD(disconnected)
{
    HANDLE pipe = connect_to(argv[0]), go = OpenEventA(SYNCHRONIZE, FALSE, argv[1]);
    char byte;
    DWORD n;
    if (ReadFile(pipe, &byte, 1, &n, NULL))
        return 100;
    if (GetLastError() != ERROR_PIPE_NOT_CONNECTED)
        return (int)GetLastError();
    WaitForSingleObject(go, 10000);
    if (WriteFile(pipe, &byte, 1, &n, NULL) || GetLastError() != ERROR_PIPE_NOT_CONNECTED)
        return 101;
    return 7;
}

TEST(disconnecting)
{
    const char *pipe = name("disconnect");
    char event[64];
    PROCESS_INFORMATION process;
    char byte;
    DWORD n;
    snprintf(event, sizeof event, "gastwirt-go-%lu", GetCurrentProcessId());
    HANDLE go = CreateEventA(NULL, TRUE, FALSE, event);
    HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE, 1);
    CHECK(start(&process, FALSE, "disconnected %s %s", pipe, event));
    CHECK(connect_client(server));
    Sleep(50);
    CHECK(DisconnectNamedPipe(server));
    CHECK_ERROR(WriteFile(server, "x", 1, &n, NULL), ERROR_PIPE_NOT_CONNECTED);
    CHECK_ERROR(ReadFile(server, &byte, 1, &n, NULL), ERROR_PIPE_NOT_CONNECTED);
    CHECK_HANDLE_ERROR(CreateFileA(pipe, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL), ERROR_PIPE_BUSY);
    SetEvent(go);
    CHECK_EQ(finish(&process), 7);
    CloseHandle(server);
    CloseHandle(go);
}

static HANDLE flushed;

static DWORD CALLBACK flush_thread(void *pipe)
{
    BOOL result = FlushFileBuffers(pipe);
    SetEvent(flushed);
    return result;
}

TEST(flushing)
{
    for (int messages = 0; messages < 2; messages++) {
        HANDLE server, client;
        char buffer[16];
        DWORD n, code = 5;
        pair(messages ? "flush-m" : "flush-b", messages ? PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE : 0,
             &server, &client);
        flushed = CreateEventA(NULL, TRUE, FALSE, NULL);
        CHECK(FlushFileBuffers(server));
        CHECK(WriteFile(server, "abcd", 4, &n, NULL));
        HANDLE thread = CreateThread(NULL, 0, flush_thread, server, 0, NULL);
        CHECK_EQ(WaitForSingleObject(flushed, 50), WAIT_TIMEOUT);
        ReadFile(client, buffer, 2, &n, NULL);
        CHECK_EQ(WaitForSingleObject(flushed, 50), WAIT_TIMEOUT);
        CHECK(ReadFile(client, buffer, sizeof buffer, &n, NULL));
        CHECK_EQ(WaitForSingleObject(flushed, 5000), WAIT_OBJECT_0);
        WaitForSingleObject(thread, 5000);
        GetExitCodeThread(thread, &code);
        CHECK_EQ(code, TRUE);
        CloseHandle(thread);
        /* The end of the other side ends it as well. */
        ResetEvent(flushed);
        CHECK(WriteFile(server, "abcd", 4, &n, NULL));
        thread = CreateThread(NULL, 0, flush_thread, server, 0, NULL);
        CHECK_EQ(WaitForSingleObject(flushed, 50), WAIT_TIMEOUT);
        CloseHandle(client);
        CHECK_EQ(WaitForSingleObject(flushed, 5000), WAIT_OBJECT_0);
        WaitForSingleObject(thread, 5000);
        CloseHandle(thread);
        CloseHandle(flushed);
        CloseHandle(server);
    }
}

/* ---------------------------------------------------------------- ends in other processes */

/* Copies its standard input to its standard output, and its last line to standard error. */
CHILD(copier)
{
    HANDLE in = GetStdHandle(STD_INPUT_HANDLE), out = GetStdHandle(STD_OUTPUT_HANDLE);
    char buffer[4096];
    DWORD n;
    if (GetFileType(in) != FILE_TYPE_PIPE || GetFileType(out) != FILE_TYPE_PIPE)
        return 100;
    while (ReadFile(in, buffer, sizeof buffer, &n, NULL))
        if (!WriteFile(out, buffer, n, &n, NULL))
            return 101;
    if (GetLastError() != ERROR_BROKEN_PIPE)
        return 102;
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), "done", 4, &n, NULL);
    return 7;
}

/* A pipe whose client's end can be inherited. */
static void inheritable(const char *stem, BOOL server_too, HANDLE *ret_server, HANDLE *ret_client)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    const char *pipe = name(stem);
    *ret_server = CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, PIPE_TYPE_BYTE, 1, 65536,
                                   65536, 0, server_too ? &inherit : NULL);
    *ret_client = CreateFileA(pipe, GENERIC_READ | GENERIC_WRITE, 0, &inherit, OPEN_EXISTING, 0, NULL);
    CHECK(*ret_server != INVALID_HANDLE_VALUE && *ret_client != INVALID_HANDLE_VALUE);
}

/* Reads up to the end. */
static DWORD read_all(HANDLE pipe, char *buffer, DWORD size)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    DWORD total = 0, n;
    for (;;) {
        if (!ReadFile(pipe, buffer + total, size - total, NULL, &overlapped) &&
            GetLastError() != ERROR_IO_PENDING)
            break;
        if (WaitForSingleObject(overlapped.hEvent, 10000) != WAIT_OBJECT_0) {
            FAIL("no end");
            CancelIoEx(pipe, &overlapped);
        }
        if (!GetOverlappedResult(pipe, &overlapped, &n, TRUE))
            break;
        total += n;
    }
    CHECK_EQ(GetLastError(), ERROR_BROKEN_PIPE);
    CloseHandle(overlapped.hEvent);
    return total;
}

TEST(standard_handles)
{
    for (int elf = 0; elf < 2; elf++) {
        HANDLE server[3], client[3];
        PROCESS_INFORMATION process;
        STARTUPINFOA info = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES};
        OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
        char buffer[64];
        DWORD n;
        if (elf && harness_is_wine()) /* it cannot give pipes to Unix programs */
            break;
        for (int i = 0; i < 3; i++) {
            char stem[8];
            snprintf(stem, sizeof stem, "std%d%d", elf, i);
            inheritable(stem, FALSE, &server[i], &client[i]);
        }
        info.hStdInput = client[0];
        info.hStdOutput = client[1];
        info.hStdError = client[2];
        if (elf) {
            char line[] = "Z:\\bin\\sh -c \"cat; printf done >&2; exit 7\"";
            CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &process));
        } else {
            CHECK(start_with(&process, &info, TRUE, "copier"));
        }
        for (int i = 0; i < 3; i++)
            CloseHandle(client[i]);
        CHECK(WriteFile(server[0], "one two", 7, &n, &overlapped) ||
              GetOverlappedResult(server[0], &overlapped, &n, TRUE));
        CHECK(ReadFile(server[1], buffer, 7, &n, &overlapped) ||
              GetOverlappedResult(server[1], &overlapped, &n, TRUE));
        CHECK(n == 7 && memcmp(buffer, "one two", 7) == 0);
        CloseHandle(server[0]);
        CHECK_EQ(read_all(server[1], buffer, sizeof buffer), 0);
        n = read_all(server[2], buffer, sizeof buffer);
        CHECK(n == 4 && memcmp(buffer, "done", 4) == 0);
        CHECK_EQ(finish(&process), 7);
        CloseHandle(server[1]);
        CloseHandle(server[2]);
        CloseHandle(overlapped.hEvent);
    }
}

/* Serves on an end that it inherited: argv[0] is the handle. */
CHILD(inherited_server)
{
    HANDLE pipe = (HANDLE)(ULONG_PTR)strtoul(argv[0], NULL, 0);
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    char buffer[16];
    DWORD n, flags;
    if (!GetNamedPipeInfo(pipe, &flags, NULL, NULL, NULL) || !(flags & PIPE_SERVER_END))
        return 100;
    for (int i = 0; i < 2; i++) {
        if (!ConnectNamedPipe(pipe, &overlapped) && GetLastError() != ERROR_PIPE_CONNECTED &&
            (GetLastError() != ERROR_IO_PENDING || !GetOverlappedResult(pipe, &overlapped, &n, TRUE)))
            return 101;
        if (!ReadFile(pipe, buffer, sizeof buffer, &n, &overlapped) &&
            !GetOverlappedResult(pipe, &overlapped, &n, TRUE))
            return 102;
        if (!WriteFile(pipe, buffer, n, &n, &overlapped) && !GetOverlappedResult(pipe, &overlapped, &n, TRUE))
            return 103;
        if (!FlushFileBuffers(pipe) || !DisconnectNamedPipe(pipe))
            return 104;
    }
    return 7;
}

TEST(inherited_listening_end)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    const char *pipe = name("inherited");
    PROCESS_INFORMATION process;
    char buffer[16];
    DWORD n;
    HANDLE server = CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, PIPE_TYPE_BYTE, 1, 0, 0,
                                     0, &inherit);
    CHECK(start(&process, TRUE, "inherited_server 0x%lx", (ULONG)(ULONG_PTR)server));
    CloseHandle(server);
    for (int i = 0; i < 2; i++) {
        HANDLE client = connect_to(pipe);
        CHECK(WriteFile(client, "ping", 4, &n, NULL));
        CHECK(ReadFile(client, buffer, sizeof buffer, &n, NULL));
        CHECK_EQ(n, 4);
        CHECK_ERROR(ReadFile(client, buffer, sizeof buffer, &n, NULL),
                    i ? GetLastError() : ERROR_PIPE_NOT_CONNECTED);
        CloseHandle(client);
    }
    CHECK_EQ(finish(&process), 7);
    CHECK_ERROR(WaitNamedPipeA(pipe, 1), ERROR_FILE_NOT_FOUND);
}

/* Waits for a handle's number on its standard input, reads a message in pieces from that pipe. */
CHILD(duplicated)
{
    HANDLE in = GetStdHandle(STD_INPUT_HANDLE), pipe;
    char buffer[16];
    DWORD n, state;
    ULONG number;
    if (!ReadFile(in, &number, sizeof number, &n, NULL) || n != sizeof number)
        return 100;
    pipe = (HANDLE)(ULONG_PTR)number;
    if (!GetNamedPipeHandleStateA(pipe, &state, NULL, NULL, NULL, NULL, 0) || state != PIPE_READMODE_MESSAGE)
        return 101;
    /* The first piece was read in the other process. */
    if (ReadFile(pipe, buffer, 2, &n, NULL) || GetLastError() != ERROR_MORE_DATA ||
        memcmp(buffer, "cd", 2) != 0)
        return 102;
    return WriteFile(pipe, "answer", 6, &n, NULL) ? 7 : 103;
}

TEST(duplicated_end)
{
    HANDLE server, client, in, out, target;
    PROCESS_INFORMATION process;
    STARTUPINFOA info = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES};
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    char buffer[16];
    DWORD n;
    CHECK(CreatePipe(&in, &out, &inherit, 0));
    SetHandleInformation(out, HANDLE_FLAG_INHERIT, 0);
    info.hStdInput = in;
    info.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    info.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    pair("duplicated", PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, &server, &client);
    CHECK(start_with(&process, &info, TRUE, "duplicated"));
    CloseHandle(in);
    CHECK(WriteFile(server, "abcdefg", 7, &n, NULL));
    CHECK_ERROR(ReadFile(client, buffer, 2, &n, NULL), ERROR_MORE_DATA);
    CHECK(DuplicateHandle(GetCurrentProcess(), client, process.hProcess, &target, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    ULONG number = (ULONG)(ULONG_PTR)target;
    CHECK(WriteFile(out, &number, sizeof number, &n, NULL));
    CHECK(ReadFile(server, buffer, sizeof buffer, &n, NULL));
    CHECK(n == 6 && memcmp(buffer, "answer", 6) == 0);
    CHECK_EQ(finish(&process), 7);
    CHECK(ReadFile(client, buffer, sizeof buffer, &n, NULL));
    CHECK(n == 3 && memcmp(buffer, "efg", 3) == 0);
    CloseHandle(client);
    CHECK_ERROR(ReadFile(server, buffer, sizeof buffer, &n, NULL), ERROR_BROKEN_PIPE);
    CloseHandle(server);
    CloseHandle(out);
}

/* ---------------------------------------------------------------- the rest */

TEST(listing)
{
    ORACLE_DIFFERS("pipes are not listed there");
    const char *pipe = name("listed");
    HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX, 0, 5);
    WIN32_FIND_DATAA data;
    HANDLE find = FindFirstFileA("\\\\.\\pipe\\*", &data);
    BOOL found = FALSE;
    CHECK(find != INVALID_HANDLE_VALUE);
    if (find != INVALID_HANDLE_VALUE) {
        do
            found |= strcmp(data.cFileName, strrchr(pipe, '\\') + 1) == 0;
        while (FindNextFileA(find, &data));
        CHECK_EQ(GetLastError(), ERROR_NO_MORE_FILES);
        FindClose(find);
    }
    CHECK(found);
    CloseHandle(server);
}

TEST(impersonation)
{
    HANDLE server, client, token;
    char byte;
    DWORD n;
    pair("impersonate", 0, &server, &client);
    if (!harness_is_wine()) /* does it before anything was read */
        CHECK_ERROR(ImpersonateNamedPipeClient(server), ERROR_CANNOT_IMPERSONATE);
    CHECK(WriteFile(client, "x", 1, &n, NULL));
    CHECK(ReadFile(server, &byte, 1, &n, NULL));
    CHECK_ERROR(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token), ERROR_NO_TOKEN);
    CHECK(ImpersonateNamedPipeClient(server));
    CHECK(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token));
    TOKEN_TYPE type = 0;
    CHECK(GetTokenInformation(token, TokenType, &type, sizeof type, &n));
    CHECK_EQ(type, TokenImpersonation);
    CloseHandle(token);
    CHECK(RevertToSelf());
    CHECK_ERROR(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token), ERROR_NO_TOKEN);
    CloseHandle(client);
    CloseHandle(server);
}

TEST(information)
{
    HANDLE server, client;
    BY_HANDLE_FILE_INFORMATION info;
    WCHAR volume[32], system[32];
    union {
        FILE_NAME_INFO name;
        char room[512];
    } name;
    DWORD flags, longest;
    pair("information", 0, &server, &client);
    CHECK_EQ(GetFileType(server), FILE_TYPE_PIPE);
    CHECK_EQ(GetFileType(client), FILE_TYPE_PIPE);
    CHECK(GetFileInformationByHandleEx(client, FileNameInfo, &name, sizeof name));
    CHECK_EQ(name.name.FileName[0], '\\');
    CHECK(memcmp(name.name.FileName + 1, L"gastwirt-", 18) == 0);
    if (!harness_is_wine()) { /* not implemented there */
        CHECK(GetFileInformationByHandle(client, &info));
        CHECK_EQ(info.dwFileAttributes, FILE_ATTRIBUTE_NORMAL);
        CHECK(GetVolumeInformationByHandleW(client, volume, 32, NULL, &longest, &flags, system, 32));
        CHECK_WSTR(volume, L"NamedPipe");
        CHECK_WSTR(system, L"NPFS");
    }
    CHECK_ERROR(SetFilePointer(client, 0, NULL, FILE_CURRENT) != INVALID_SET_FILE_POINTER,
                ERROR_INVALID_FUNCTION);
    CloseHandle(client);
    CloseHandle(server);
}

/* More than the handles that Unix gives a program by itself. */
TEST(many_pipes)
{
    enum { COUNT = 400 };
    static HANDLE server[COUNT], client[COUNT];
    const char *pipe = name("many");
    DWORD n, bad = 0;
    char byte;
    ORACLE_CRASHES("it has no more handles than Unix gives it");
    for (int i = 0; i < COUNT; i++) {
        server[i] = CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX, 0, PIPE_UNLIMITED_INSTANCES, 0, 0, 0, NULL);
        client[i] = CreateFileA(pipe, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
        bad += server[i] == INVALID_HANDLE_VALUE || client[i] == INVALID_HANDLE_VALUE;
    }
    CHECK_EQ(bad, 0);
    for (int i = 0; i < COUNT; i++)
        bad += !WriteFile(client[i], "x", 1, &n, NULL) || !ReadFile(server[i], &byte, 1, &n, NULL);
    CHECK_EQ(bad, 0);
    for (int i = 0; i < COUNT; i++) {
        CloseHandle(server[i]);
        CloseHandle(client[i]);
    }
}

TEST(other_end)
{
    HANDLE server, client;
    ULONG id = 99, other = 98;
    char text[64];
    WCHAR wide[64];
    pair("other", 0, &server, &client);
    CHECK(GetNamedPipeServerProcessId(client, &id));
    CHECK_EQ(id, GetCurrentProcessId());
    CHECK(GetNamedPipeServerSessionId(client, &id));
    CHECK(ProcessIdToSessionId(GetCurrentProcessId(), &other));
    CHECK_EQ(id, other);
    CHECK(GetNamedPipeClientSessionId(server, &id));
    CHECK_EQ(id, other);
    if (!harness_is_wine()) { /* not implemented there */
        CHECK_ERROR(GetNamedPipeClientComputerNameA(server, text, sizeof text), ERROR_PIPE_LOCAL);
        CHECK_ERROR(GetNamedPipeClientComputerNameW(server, wide, sizeof wide), ERROR_PIPE_LOCAL);
    }
    CloseHandle(client);
    CloseHandle(server);
}

static DWORD flush_error;

static DWORD CALLBACK flush_until_cancelled(void *pipe)
{
    flush_error = FlushFileBuffers(pipe) ? 0 : GetLastError();
    return 0;
}

TEST(cancelled_flush)
{
    HANDLE server, client;
    DWORD n;
    pair("cancelled", 0, &server, &client);
    CHECK(WriteFile(server, "abcd", 4, &n, NULL));
    HANDLE thread = CreateThread(NULL, 0, flush_until_cancelled, server, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 50), WAIT_TIMEOUT);
    CHECK(CancelSynchronousIo(thread));
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK_EQ(flush_error, ERROR_OPERATION_ABORTED);
    CloseHandle(thread);
    CloseHandle(client);
    CloseHandle(server);
}

TEST(client_user)
{
    HANDLE server, client;
    char user[128], own[128];
    WCHAR wide[128];
    DWORD n, size = sizeof own;
    char byte;
    ORACLE_DIFFERS("it does not tell the user");
    pair("user", 0, &server, &client);
    CHECK_ERROR(GetNamedPipeHandleStateA(server, NULL, NULL, NULL, NULL, user, sizeof user),
                ERROR_CANNOT_IMPERSONATE);
    CHECK(WriteFile(client, "x", 1, &n, NULL));
    CHECK(ReadFile(server, &byte, 1, &n, NULL));
    CHECK(GetUserNameA(own, &size));
    CHECK(GetNamedPipeHandleStateA(server, NULL, NULL, NULL, NULL, user, sizeof user));
    CHECK_STR(user, own);
    CHECK(GetNamedPipeHandleStateW(server, NULL, NULL, NULL, NULL, wide, 128));
    CHECK_EQ(wcslen(wide), strlen(own));
    CHECK_ERROR(GetNamedPipeHandleStateA(client, NULL, NULL, NULL, NULL, user, sizeof user),
                ERROR_INVALID_PARAMETER);
    CloseHandle(client);
    CloseHandle(server);
}

TEST(names_of_this_computer)
{
    static const char *const hosts[] = {".", "localhost", "127.0.0.1", NULL};
    char own[MAX_COMPUTERNAME_LENGTH + 1];
    DWORD size = sizeof own;
    const char *pipe = name("host");
    HANDLE server = make(pipe, PIPE_ACCESS_DUPLEX, 0, 1);
    ORACLE_DIFFERS("it knows the name with a dot only");
    CHECK(GetComputerNameA(own, &size));
    for (int i = 0; i < 4; i++) {
        char path[160];
        snprintf(path, sizeof path, "\\\\%s\\PIPE\\%s", hosts[i] ? hosts[i] : own, strrchr(pipe, '\\') + 1);
        CHECK(WaitNamedPipeA(path, 1000));
        HANDLE client = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
        CHECK(client != INVALID_HANDLE_VALUE);
        CloseHandle(client);
        CHECK(DisconnectNamedPipe(server));
        DWORD mode = PIPE_NOWAIT;
        CHECK(SetNamedPipeHandleState(server, &mode, NULL, NULL));
        CHECK(ConnectNamedPipe(server, NULL));
    }
    CloseHandle(server);
}
