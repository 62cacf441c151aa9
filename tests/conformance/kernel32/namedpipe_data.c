/*
 * What goes through a named pipe: messages, overlapped and waiting requests, quotas, flushing.
 */
#include "namedpipe.h"

/* ---------------------------------------------------------------- messages */

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
        CHECK(start(&process, FALSE, 0, "large_writer %s", pipe));
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

/* ---------------------------------------------------------------- flushing */

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
