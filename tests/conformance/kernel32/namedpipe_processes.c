/*
 * Ends of named pipes in other processes: inherited, duplicated, as standard handles, and what the end of a
 * process does to its pipes.
 */
#include "namedpipe.h"

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
        CHECK(start(&process, FALSE, 0, "victim %s", pipe));
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
    CHECK(start(&process, FALSE, 0, "server_to_kill %s", pipe));
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
    CHECK(start(&process, FALSE, 0, "disconnected %s %s", pipe, event));
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
            CHECK(start_with(&process, &info, TRUE, 0, "copier"));
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
    CHECK(start(&process, TRUE, 0, "inherited_server 0x%lx", (ULONG)(ULONG_PTR)server));
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
    CHECK(start_with(&process, &info, TRUE, 0, "duplicated"));
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
