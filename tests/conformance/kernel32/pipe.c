/*
 * Pipes, completion ports and overlapped I/O.
 */
#include "../harness.h"

TEST(anonymous)
{
    HANDLE in, out;
    DWORD n, available, left;
    char buffer[16];
    CHECK(CreatePipe(&in, &out, NULL, 0));
    CHECK_EQ(GetFileType(in), FILE_TYPE_PIPE);
    CHECK(PeekNamedPipe(in, NULL, 0, NULL, &available, NULL));
    CHECK_EQ(available, 0);
    CHECK(WriteFile(out, "hello", 5, &n, NULL));
    CHECK(PeekNamedPipe(in, buffer, 3, &n, &available, &left));
    CHECK_EQ(n, 3);
    CHECK_EQ(available, 5);
    CHECK(ReadFile(in, buffer, 2, &n, NULL));
    CHECK_EQ(n, 2);
    CHECK(ReadFile(in, buffer, 16, &n, NULL));
    CHECK_EQ(n, 3);
    CloseHandle(out);
    CHECK_ERROR(ReadFile(in, buffer, 16, &n, NULL), ERROR_BROKEN_PIPE);
    CHECK_ERROR(PeekNamedPipe(in, NULL, 0, NULL, &available, NULL), ERROR_BROKEN_PIPE);
    CloseHandle(in);
    CHECK(CreatePipe(&in, &out, NULL, 0));
    CloseHandle(in);
    CHECK_ERROR(WriteFile(out, "x", 1, &n, NULL), ERROR_NO_DATA);
    CloseHandle(out);
}

static DWORD CALLBACK late_writer(void *out)
{
    DWORD n;
    Sleep(30);
    WriteFile(out, "late", 4, &n, NULL);
    return 0;
}

TEST(blocking_read)
{
    HANDLE in, out;
    DWORD n = 0;
    char buffer[16];
    CHECK(CreatePipe(&in, &out, NULL, 0));
    HANDLE thread = CreateThread(NULL, 0, late_writer, out, 0, NULL);
    CHECK(ReadFile(in, buffer, 16, &n, NULL));
    CHECK_EQ(n, 4);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    CloseHandle(in);
    CloseHandle(out);
}

enum { BULK = 5000000 };

static DWORD CALLBACK bulk_writer(void *out)
{
    static BYTE block[100000];
    DWORD n, number = 0;
    for (DWORD done = 0; done < BULK; done += n) {
        DWORD size = BULK - done < sizeof block ? BULK - done : (number * 7919u) % sizeof block + 1;
        size = size > BULK - done ? BULK - done : size;
        for (DWORD i = 0; i < size; i++)
            block[i] = (BYTE)((done + i) * 2654435761u >> 24);
        if (!WriteFile(out, block, size, &n, NULL) || n != size)
            return 1;
        number++;
    }
    CloseHandle(out);
    return 0;
}

/* Pipes that carry much get more room on the way. */
TEST(bulk)
{
    static BYTE block[70000];
    HANDLE in, out;
    DWORD n = 0, done = 0, wrong = 0, code = 1;
    CHECK(CreatePipe(&in, &out, NULL, 0));
    HANDLE thread = CreateThread(NULL, 0, bulk_writer, out, 0, NULL);
    while (ReadFile(in, block, sizeof block, &n, NULL)) {
        for (DWORD i = 0; i < n; i++)
            wrong += block[i] != (BYTE)((done + i) * 2654435761u >> 24);
        done += n;
        if (done < 600000)
            Sleep(1); /* so that the writer has to wait now and then */
    }
    CHECK_EQ(GetLastError(), ERROR_BROKEN_PIPE);
    CHECK_EQ(done, BULK);
    CHECK_EQ(wrong, 0);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 0);
    CloseHandle(thread);
    CloseHandle(in);
}

struct blocked_reader {
    HANDLE pipe;
    DWORD error, n;
    BOOL result;
};

static DWORD CALLBACK reader_thread(void *argument)
{
    struct blocked_reader *reader = argument;
    char buffer[16];
    reader->result = ReadFile(reader->pipe, buffer, sizeof buffer, &reader->n, NULL);
    reader->error = GetLastError();
    return 0;
}

/* Another thread's blocking read ends when the handle's requests are cancelled. */
TEST(cancel_blocked_read)
{
    HANDLE in, out;
    CHECK(CreatePipe(&in, &out, NULL, 0));
    if (!harness_is_wine()) /* succeeds there */
        CHECK_ERROR(CancelIoEx(in, NULL), ERROR_NOT_FOUND);
    struct blocked_reader reader = {.pipe = in};
    HANDLE thread = CreateThread(NULL, 0, reader_thread, &reader, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 50), WAIT_TIMEOUT);
    CHECK(CancelIoEx(in, NULL));
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(!reader.result);
    CHECK_EQ(reader.error, ERROR_OPERATION_ABORTED);
    CloseHandle(thread);
    CloseHandle(in);
    CloseHandle(out);
}

#define NAME "\\\\.\\pipe\\gastwirt-test"

TEST(named)
{
    DWORD n, mode;
    char buffer[16];
    CHECK_HANDLE_ERROR(CreateFileA(NAME, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL),
                       ERROR_FILE_NOT_FOUND);
    HANDLE server = CreateNamedPipeA(NAME, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                                     PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, 4096, 4096, 0, NULL);
    CHECK(server != INVALID_HANDLE_VALUE);
    CHECK_HANDLE_ERROR(CreateNamedPipeA(NAME, PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE, 1, 0, 0, 0, NULL),
                       ERROR_PIPE_BUSY);
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    CHECK_ERROR(ConnectNamedPipe(server, &overlapped), ERROR_IO_PENDING);
    HANDLE client = CreateFileA(NAME, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(client != INVALID_HANDLE_VALUE);
    CHECK(GetOverlappedResult(server, &overlapped, &n, TRUE));
    CHECK_ERROR(ConnectNamedPipe(server, &overlapped), ERROR_PIPE_CONNECTED);
    CHECK_HANDLE_ERROR(CreateFileA(NAME, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL), ERROR_PIPE_BUSY);
    CHECK(WriteFile(client, "one", 3, &n, NULL));
    CHECK(WriteFile(client, "two", 3, &n, NULL));
    CHECK(ReadFile(server, buffer, 16, &n, &overlapped) ||
          GetOverlappedResult(server, &overlapped, &n, TRUE));
    CHECK_EQ(n, 3);
    CHECK_ERROR(ReadFile(server, buffer, 2, &n, &overlapped), ERROR_MORE_DATA);
    CHECK(GetOverlappedResult(server, &overlapped, &n, TRUE) || GetLastError() == ERROR_MORE_DATA);
    CHECK(ReadFile(server, buffer, 2, &n, &overlapped) || GetOverlappedResult(server, &overlapped, &n, TRUE));
    CHECK_ERROR(ReadFile(server, buffer, 16, NULL, &overlapped), ERROR_IO_PENDING);
    CHECK(WriteFile(client, "three", 5, &n, NULL));
    CHECK(GetOverlappedResult(server, &overlapped, &n, TRUE));
    CHECK(n == 5 && memcmp(buffer, "three", 5) == 0);
    CHECK_ERROR(ReadFile(server, buffer, 16, NULL, &overlapped), ERROR_IO_PENDING);
    CHECK(CancelIoEx(server, &overlapped));
    CHECK_ERROR(GetOverlappedResult(server, &overlapped, &n, TRUE), ERROR_OPERATION_ABORTED);
    mode = PIPE_READMODE_MESSAGE;
    CHECK(SetNamedPipeHandleState(client, &mode, NULL, NULL));
    CloseHandle(client);
    CHECK_ERROR(ReadFile(server, buffer, 16, &n, &overlapped), ERROR_BROKEN_PIPE);
    CHECK(DisconnectNamedPipe(server));
    CloseHandle(server);
    CloseHandle(overlapped.hEvent);
}

TEST(completion_port)
{
    DWORD n;
    ULONG_PTR key;
    OVERLAPPED *which, overlapped = {0};
    char buffer[8192];
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    CHECK(port != NULL);
    CHECK_ERROR(GetQueuedCompletionStatus(port, &n, &key, &which, 0), WAIT_TIMEOUT);
    CHECK(which == NULL);
    CHECK(PostQueuedCompletionStatus(port, 5, 7, &overlapped));
    CHECK(GetQueuedCompletionStatus(port, &n, &key, &which, INFINITE));
    CHECK(n == 5 && key == 7 && which == &overlapped);
    HANDLE file = CreateFileA("port", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                              FILE_FLAG_OVERLAPPED, NULL);
    CHECK(CreateIoCompletionPort(file, port, 9, 0) == port);
    CHECK_ERROR(CreateIoCompletionPort(file, port, 9, 0) != NULL, ERROR_INVALID_PARAMETER);
    memset(buffer, 'x', sizeof buffer);
    CHECK(WriteFile(file, buffer, sizeof buffer, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    CHECK(GetQueuedCompletionStatus(port, &n, &key, &which, 5000));
    CHECK(n == sizeof buffer && key == 9 && which == &overlapped);
    overlapped.Offset = 8000;
    CHECK(ReadFile(file, buffer, sizeof buffer, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    OVERLAPPED_ENTRY entries[4];
    ULONG count;
    CHECK(GetQueuedCompletionStatusEx(port, entries, 4, &count, 5000, FALSE));
    CHECK(count == 1 && entries[0].dwNumberOfBytesTransferred == 192);
    CloseHandle(file);
    CloseHandle(port);
    DeleteFileA("port");
}

static int apc_calls;
static DWORD apc_bytes;

static void CALLBACK completed(DWORD error, DWORD bytes, OVERLAPPED *overlapped)
{
    (void)overlapped;
    CHECK_EQ(error, 0);
    apc_calls++;
    apc_bytes = bytes;
}

TEST(apc)
{
    char buffer[16] = "apc";
    OVERLAPPED overlapped = {0};
    HANDLE file = CreateFileA("apc", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                              FILE_FLAG_OVERLAPPED, NULL);
    CHECK(WriteFileEx(file, buffer, 3, &overlapped, completed));
    CHECK_EQ(apc_calls, 0);
    CHECK_EQ(SleepEx(5000, TRUE), WAIT_IO_COMPLETION);
    CHECK_EQ(apc_calls, 1);
    CHECK_EQ(apc_bytes, 3);
    CloseHandle(file);
    DeleteFileA("apc");
}

TEST(console_of_redirected)
{
    DWORD mode;
    HANDLE in, out;
    CHECK(CreatePipe(&in, &out, NULL, 0));
    CHECK_ERROR(GetConsoleMode(out, &mode), ERROR_INVALID_HANDLE);
    CloseHandle(in);
    CloseHandle(out);
    if (!harness_is_wine()) /* it has no console at all then */
        CHECK(GetConsoleOutputCP() != 0);
}
