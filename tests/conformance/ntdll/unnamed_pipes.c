/*
 * Pipes without a name, as Rust's std makes them: created relative to the pipe file system, their other end
 * opened relative to the first one.
 */
#include "../harness.h"
#include <winternl.h>

NTSTATUS NTAPI NtCreateNamedPipeFile(HANDLE *, ULONG, OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *, ULONG, ULONG,
                                     ULONG, ULONG, ULONG, ULONG, ULONG, ULONG, ULONG, LARGE_INTEGER *);

#ifndef FILE_CREATE
#define FILE_CREATE 2
#endif

static HANDLE pipe_system(void)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle = NULL;
    RtlInitUnicodeString(&name, L"\\??\\PIPE\\");
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    CHECK_EQ(NtOpenFile(&handle, GENERIC_READ | SYNCHRONIZE, &attributes, &iosb,
                        FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT),
             0);
    return handle;
}

static NTSTATUS make(HANDLE system, ACCESS_MASK access, ULONG sharing, ULONG options, HANDLE *ret)
{
    UNICODE_STRING empty = {0};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER timeout = {.QuadPart = -500000};
    InitializeObjectAttributes(&attributes, &empty, 0, system, NULL);
    return NtCreateNamedPipeFile(ret, access | SYNCHRONIZE, &attributes, &iosb, sharing, FILE_CREATE, options,
                                 0, 0, 0, 1, 65536, 65536, &timeout);
}

static NTSTATUS other_end(HANDLE server, ACCESS_MASK access, ULONG flags, HANDLE *ret)
{
    UNICODE_STRING empty = {0};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    InitializeObjectAttributes(&attributes, &empty, flags, server, NULL);
    return NtOpenFile(ret, access | SYNCHRONIZE, &attributes, &iosb, 0,
                      FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT);
}

CHILD(echo)
{
    char buffer[64];
    DWORD n;
    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), buffer, sizeof buffer, &n, NULL) && n)
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), buffer, n, &n, NULL);
    return 9;
}

TEST(both_ends_here)
{
    HANDLE system = pipe_system(), server = NULL, client = NULL, again = NULL;
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    char buffer[8];
    DWORD n = 0;
    CHECK_EQ(make(system, GENERIC_READ, FILE_SHARE_WRITE, 0, &server), 0);
    CHECK_EQ(GetFileType(server), FILE_TYPE_PIPE);
    CHECK_EQ(other_end(server, GENERIC_READ, 0, &client), STATUS_ACCESS_DENIED);
    CHECK_EQ(other_end(server, GENERIC_WRITE | FILE_READ_ATTRIBUTES, 0, &client), 0);
    CHECK_EQ(other_end(server, GENERIC_WRITE | FILE_READ_ATTRIBUTES, 0, &again), STATUS_PIPE_NOT_AVAILABLE);
    CHECK_ERROR(ReadFile(server, buffer, sizeof buffer, NULL, &overlapped), ERROR_IO_PENDING);
    CHECK(WriteFile(client, "abc", 3, &n, NULL));
    CHECK(GetOverlappedResult(server, &overlapped, &n, TRUE));
    CHECK(n == 3 && memcmp(buffer, "abc", 3) == 0);
    CHECK_ERROR(ReadFile(server, buffer, sizeof buffer, NULL, &overlapped), ERROR_IO_PENDING);
    CloseHandle(client);
    CHECK_ERROR(GetOverlappedResult(server, &overlapped, &n, TRUE), ERROR_BROKEN_PIPE);
    CloseHandle(server);
    CloseHandle(overlapped.hEvent);
    CloseHandle(system);
}

TEST(standard_handles_of_a_child)
{
    HANDLE system = pipe_system(), in = NULL, out = NULL, child_in = NULL, child_out = NULL;
    STARTUPINFOA info = {.cb = sizeof info, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    char self[MAX_PATH], line[MAX_PATH + 32], buffer[16];
    DWORD n = 0, code = 0;
    CHECK_EQ(make(system, GENERIC_WRITE, FILE_SHARE_READ, FILE_SYNCHRONOUS_IO_NONALERT, &in), 0);
    CHECK_EQ(other_end(in, GENERIC_READ, OBJ_INHERIT, &child_in), 0);
    CHECK_EQ(make(system, GENERIC_READ, FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT, &out), 0);
    CHECK_EQ(other_end(out, GENERIC_WRITE, OBJ_INHERIT, &child_out), 0);
    info.hStdInput = child_in;
    info.hStdOutput = child_out;
    info.hStdError = child_out;
    GetModuleFileNameA(NULL, self, sizeof self);
    snprintf(line, sizeof line, "\"%s\" --child echo", self);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &process));
    CloseHandle(child_in);
    CloseHandle(child_out);
    CHECK(WriteFile(in, "ping", 4, &n, NULL));
    CHECK(ReadFile(out, buffer, sizeof buffer, &n, NULL));
    CHECK(n == 4 && memcmp(buffer, "ping", 4) == 0);
    CloseHandle(in);
    CHECK_ERROR(ReadFile(out, buffer, sizeof buffer, &n, NULL), ERROR_BROKEN_PIPE);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 10000), WAIT_OBJECT_0);
    GetExitCodeProcess(process.hProcess, &code);
    CHECK_EQ(code, 9);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    CloseHandle(out);
    CloseHandle(system);
}
