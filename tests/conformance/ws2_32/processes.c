/*
 * Sockets and processes: inherited, duplicated into another process, shared by several, left by one that
 * dies.
 */
#include "net.h"

static SOCKET parse(const char *text)
{
    return (SOCKET)_strtoui64(text, NULL, 10);
}

/* Sends a word over the socket and waits until the other side says something. */
CHILD(talks)
{
    char byte;
    SOCKET s = parse(argv[0]);
    if (argc < 2 || send(s, argv[1], (int)strlen(argv[1]), 0) != (int)strlen(argv[1]))
        return 1;
    return recv(s, &byte, 1, 0) == 1 ? 7 : 2;
}

/* The same over a socket whose description comes on standard input. */
CHILD(receives)
{
    WSAPROTOCOL_INFOW info;
    DWORD n;
    char byte;
    (void)argc, (void)argv;
    if (!ReadFile(GetStdHandle(STD_INPUT_HANDLE), &info, sizeof info, &n, NULL) || n != sizeof info)
        return 1;
    SOCKET s = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0);
    if (s == INVALID_SOCKET || send(s, "given", 5, 0) != 5)
        return 2;
    return recv(s, &byte, 1, 0) == 1 ? 7 : 3;
}

/* Takes one connection from a listener and answers it with its argument. */
CHILD(serves)
{
    SOCKET s = accept(parse(argv[0]), NULL, NULL);
    if (argc < 2 || s == INVALID_SOCKET || send(s, argv[1], 1, 0) != 1)
        return 1;
    closesocket(s);
    return 7;
}

/* Has an overlapped receive under way when it is killed. */
CHILD(hangs)
{
    static char data[4];
    WSABUF buffer = {sizeof data, data};
    WSAOVERLAPPED overlapped = {.hEvent = WSACreateEvent()};
    DWORD flags = 0;
    SOCKET s = parse(argv[0]);
    (void)argc;
    WSARecv(s, &buffer, 1, NULL, &flags, &overlapped, NULL);
    send(s, "!", 1, 0);
    Sleep(60000);
    return 0;
}

static HANDLE start(const char *what, SOCKET s, const char *word, HANDLE input, DWORD *ret_id)
{
    char path[MAX_PATH], line[MAX_PATH * 2];
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process = {0};
    GetModuleFileNameA(NULL, path, sizeof path);
    sprintf(line, "\"%s\" --child %s %llu %s", path, what, (unsigned long long)s, word);
    if (input) {
        info.dwFlags = STARTF_USESTDHANDLES;
        info.hStdInput = input;
        info.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
        info.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    }
    CHECK(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &process));
    CloseHandle(process.hThread);
    if (ret_id)
        *ret_id = process.dwProcessId;
    return process.hProcess;
}

static void finish(HANDLE process, DWORD expected)
{
    DWORD code = 0;
    CHECK_EQ(WaitForSingleObject(process, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process, &code));
    CHECK_EQ(code, expected);
    CloseHandle(process);
}

static void limit(SOCKET s)
{
    DWORD patience = 20000;
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (const char *)&patience, sizeof patience);
}

static void set_inherited(SOCKET s, BOOL inherited)
{
    CHECK(SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, inherited ? HANDLE_FLAG_INHERIT : 0));
}

/* Sockets are inherited unless one asks for the opposite, also those that accept makes. */
TEST(inheritable_by_default)
{
    SOCKET client, server;
    DWORD flags = 0;
    net_pair(&client, &server);
    CHECK(GetHandleInformation((HANDLE)client, &flags));
    CHECK_EQ(flags, HANDLE_FLAG_INHERIT);
    CHECK(GetHandleInformation((HANDLE)server, &flags));
    CHECK_EQ(flags, HANDLE_FLAG_INHERIT);
    closesocket(client);
    closesocket(server);
    SOCKET own = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0,
                            WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    CHECK(GetHandleInformation((HANDLE)own, &flags));
    CHECK_EQ(flags, 0);
    closesocket(own);
}

/* The connection ends when the last process lets go of it. */
TEST(inherited)
{
    SOCKET client, server;
    char data[16];
    if (harness_is_wine())
        SKIP("wine 8.0 ends a connection when one of its holders closes it");
    net_pair(&client, &server);
    limit(server);
    set_inherited(client, TRUE);
    set_inherited(server, FALSE);
    HANDLE child = start("talks", client, "hello", NULL, NULL);
    closesocket(client);
    CHECK_EQ(recv(server, data, 5, MSG_WAITALL), 5);
    CHECK(memcmp(data, "hello", 5) == 0);
    CHECK_EQ(send(server, "x", 1, 0), 1);
    CHECK_EQ(recv(server, data, 1, 0), 0);
    finish(child, 7);
    closesocket(server);
}

TEST(given)
{
    SOCKET client, server;
    HANDLE in, out;
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    WSAPROTOCOL_INFOW info;
    DWORD id = 0, n;
    char data[16];
    net_pair(&client, &server);
    limit(server);
    set_inherited(client, FALSE);
    set_inherited(server, FALSE);
    CHECK(CreatePipe(&in, &out, &inherit, 0));
    SetHandleInformation(out, HANDLE_FLAG_INHERIT, 0);
    HANDLE child = start("receives", 0, "", in, &id);
    CHECK_EQ(WSADuplicateSocketW(client, id, &info), 0);
    CHECK_EQ(info.iSocketType, SOCK_STREAM);
    CHECK(WriteFile(out, &info, sizeof info, &n, NULL));
    CHECK_EQ(recv(server, data, 5, MSG_WAITALL), 5);
    CHECK(memcmp(data, "given", 5) == 0);
    CHECK_EQ(send(client, "both", 4, 0), 4); /* it is one connection */
    CHECK_EQ(recv(server, data, 4, MSG_WAITALL), 4);
    closesocket(client);
    CHECK_EQ(send(server, "x", 1, 0), 1);
    CHECK_EQ(recv(server, data, 1, 0), 0);
    finish(child, 7);
    CHECK_WSA(WSADuplicateSocketW(server, 0xfffffff0, &info), WSAEINVAL);
    closesocket(server);
    CloseHandle(in);
    CloseHandle(out);
}

TEST(listener_of_two)
{
    struct sockaddr_in address;
    SOCKET listener = net_bound(SOCK_STREAM, &address), first = socket(AF_INET, SOCK_STREAM, 0),
           second = socket(AF_INET, SOCK_STREAM, 0);
    char data[1];
    CHECK_EQ(listen(listener, 5), 0);
    limit(first);
    limit(second);
    set_inherited(listener, TRUE);
    set_inherited(first, FALSE);
    set_inherited(second, FALSE);
    HANDLE one = start("serves", listener, "1", NULL, NULL), two = start("serves", listener, "2", NULL, NULL);
    CHECK_EQ(connect(first, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_EQ(connect(second, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_EQ(recv(first, data, 1, 0), 1);
    char sum = data[0];
    CHECK_EQ(recv(second, data, 1, 0), 1);
    sum = (char)(sum + data[0]);
    CHECK_EQ(sum, '1' + '2');
    finish(one, 7);
    finish(two, 7);
    /* and the parent still can */
    SOCKET third = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(connect(third, (struct sockaddr *)&address, sizeof address), 0);
    SOCKET accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    closesocket(accepted);
    closesocket(third);
    closesocket(first);
    closesocket(second);
    closesocket(listener);
}

TEST(killed)
{
    SOCKET client, server;
    char data[4];
    if (harness_is_wine())
        SKIP("wine 8.0 ends a connection when one of its holders closes it");
    net_pair(&client, &server);
    limit(server);
    set_inherited(client, TRUE);
    set_inherited(server, FALSE);
    HANDLE child = start("hangs", client, "", NULL, NULL);
    closesocket(client);
    CHECK_EQ(recv(server, data, 1, 0), 1);
    CHECK(TerminateProcess(child, 9));
    int got = recv(server, data, 1, 0);
    CHECK(got == 0 || (got == SOCKET_ERROR && WSAGetLastError() == WSAECONNRESET));
    finish(child, 9);
    closesocket(server);
}
