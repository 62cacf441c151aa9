/*
 * Named pipes: servers and clients that meet by name, what is told about a pipe, and its limits.
 */
#include "namedpipe.h"

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
    CHECK(start(&process, FALSE, 0, "echo_client %s %lu hello", pipe, GetCurrentProcessId()));
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
    CHECK(start(&process, FALSE, 0, "turner %s 4", pipe));
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
        CHECK(start(&process[i], FALSE, 0, "open_and_wait %s", pipe));
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
    CHECK(start(&process, FALSE, 0, "wait_then_open %s 10000", pipe));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 200), WAIT_TIMEOUT);
    HANDLE second = CreateNamedPipeA(pipe, PIPE_ACCESS_DUPLEX, 0, 2, 0, 0, 60, NULL);
    CHECK(second != INVALID_HANDLE_VALUE);
    CHECK_EQ(finish(&process), 7);
    CHECK(start(&process, FALSE, 0, "wait_then_open %s 10000", pipe));
    CHECK_EQ(WaitForSingleObject(process.hProcess, 200), WAIT_TIMEOUT);
    CHECK(DisconnectNamedPipe(server));
    CHECK(connect_client(server));
    CHECK_EQ(finish(&process), 7);
    CHECK(start(&process, FALSE, 0, "wait_then_open %s %lu", pipe, (ULONG)NMPWAIT_WAIT_FOREVER));
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
