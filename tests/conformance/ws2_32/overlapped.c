/*
 * Overlapped sockets: events, completion ports, routines, cancelling; AcceptEx, ConnectEx, TransmitFile.
 */
#include "net.h"

static void *extension(SOCKET s, GUID id)
{
    void *function = NULL;
    DWORD bytes;
    CHECK_EQ(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function, sizeof function,
                      &bytes, NULL, NULL),
             0);
    return function;
}

TEST(receive_with_an_event)
{
    SOCKET client, server;
    char data[16];
    WSABUF buffer = {sizeof data, data};
    WSAOVERLAPPED overlapped = {0};
    DWORD bytes = 0, flags = 0;
    net_pair(&client, &server);
    overlapped.hEvent = WSACreateEvent();
    CHECK_WSA(WSARecv(server, &buffer, 1, &bytes, &flags, &overlapped, NULL), WSA_IO_PENDING);
    CHECK(!WSAGetOverlappedResult(server, &overlapped, &bytes, FALSE, &flags));
    CHECK_EQ(WSAGetLastError(), WSA_IO_INCOMPLETE);
    CHECK_EQ(send(client, "abc", 3, 0), 3);
    CHECK_EQ(WSAWaitForMultipleEvents(1, &overlapped.hEvent, TRUE, 5000, FALSE), WSA_WAIT_EVENT_0);
    CHECK(WSAGetOverlappedResult(server, &overlapped, &bytes, FALSE, &flags));
    CHECK_EQ(bytes, 3);
    CHECK(memcmp(data, "abc", 3) == 0);
    WSACloseEvent(overlapped.hEvent);
    closesocket(client);
    closesocket(server);
}

/* The flags of a receive are a variable of the caller's that may be gone when the receive completes. */
TEST(flags_are_not_kept)
{
    SOCKET client, server;
    struct sockaddr_in from, own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int from_length = sizeof from, own_length = sizeof own;
    char data[4];
    WSABUF buffer = {sizeof data, data};
    WSAOVERLAPPED overlapped = {0};
    DWORD bytes = 0, flags = 0, late = 0;
    net_pair(&client, &server);
    overlapped.hEvent = WSACreateEvent();
    CHECK_WSA(WSARecv(server, &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    flags = 0x5a5a5a5a;
    CHECK_EQ(send(client, "abc", 3, 0), 3);
    CHECK(WSAGetOverlappedResult(server, &overlapped, &bytes, TRUE, &late));
    CHECK(bytes == 3 && late == 0);
    CHECK_EQ(flags, 0x5a5a5a5a);
    closesocket(client);
    closesocket(server);

    SOCKET datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_EQ(bind(datagrams, (void *)&own, sizeof own), 0);
    CHECK_EQ(getsockname(datagrams, (void *)&own, &own_length), 0);
    WSAResetEvent(overlapped.hEvent);
    flags = 0;
    CHECK_WSA(
        WSARecvFrom(datagrams, &buffer, 1, NULL, &flags, (void *)&from, &from_length, &overlapped, NULL),
        WSA_IO_PENDING);
    flags = 0x5a5a5a5a;
    CHECK_EQ(sendto(datagrams, "abcdef", 6, 0, (void *)&own, sizeof own), 6);
    CHECK(!WSAGetOverlappedResult(datagrams, &overlapped, &bytes, TRUE, &late));
    CHECK_EQ(WSAGetLastError(), WSAEMSGSIZE);
    CHECK(bytes == 4 && memcmp(data, "abcd", 4) == 0);
    CHECK_EQ(from.sin_port, own.sin_port);
    CHECK_EQ(flags, 0x5a5a5a5a);
    if (!harness_is_wine()) /* it leaves them 0 */
        CHECK_EQ(late, MSG_PARTIAL);
    closesocket(datagrams);
    WSACloseEvent(overlapped.hEvent);
}

TEST(completion_port)
{
    SOCKET client, server;
    char data[16];
    WSABUF buffer = {sizeof data, data}, out = {5, "hello"};
    WSAOVERLAPPED receiving = {0}, sending = {0};
    OVERLAPPED *done;
    DWORD bytes = 0, flags = 0;
    ULONG_PTR key = 0;
    net_pair(&client, &server);
    HANDLE port = CreateIoCompletionPort((HANDLE)server, NULL, 77, 0);
    CHECK(port != NULL);
    CHECK_WSA(WSARecv(server, &buffer, 1, NULL, &flags, &receiving, NULL), WSA_IO_PENDING);
    CHECK_EQ(WSASend(server, &out, 1, &bytes, 0, &sending, NULL), 0);
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &done, 5000));
    CHECK(done == &sending && bytes == 5 && key == 77);
    CHECK_EQ(send(client, "xy", 2, 0), 2);
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &done, 5000));
    CHECK(done == &receiving && bytes == 2);
    CHECK(SetFileCompletionNotificationModes((HANDLE)server, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
    CHECK_EQ(WSASend(server, &out, 1, &bytes, 0, &sending, NULL), 0);
    CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &done, 50));
    CHECK_EQ(GetLastError(), WAIT_TIMEOUT);
    CHECK_WSA(WSARecv(server, &buffer, 1, NULL, &flags, &receiving, NULL), WSA_IO_PENDING);
    CHECK(CancelIoEx((HANDLE)server, &receiving));
    CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &done, 5000));
    CHECK_EQ(GetLastError(), ERROR_OPERATION_ABORTED);
    CHECK(done == &receiving);
    CHECK_WSA(WSARecv(server, &buffer, 1, NULL, &flags, &receiving, NULL), WSA_IO_PENDING);
    closesocket(server);
    CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &done, 5000));
    CHECK(done == &receiving);
    CloseHandle(port);
    closesocket(client);
}

static DWORD routine_error, routine_bytes;

static void CALLBACK routine(DWORD error, DWORD bytes, WSAOVERLAPPED *overlapped, DWORD flags)
{
    (void)overlapped, (void)flags;
    routine_error = error;
    routine_bytes = bytes;
}

TEST(completion_routine)
{
    SOCKET client, server;
    char data[16];
    WSABUF buffer = {sizeof data, data};
    WSAOVERLAPPED overlapped = {0};
    DWORD flags = 0;
    net_pair(&client, &server);
    routine_error = 99;
    CHECK_WSA(WSARecv(server, &buffer, 1, NULL, &flags, &overlapped, routine), WSA_IO_PENDING);
    CHECK_EQ(send(client, "1234", 4, 0), 4);
    CHECK_EQ(SleepEx(5000, TRUE), WAIT_IO_COMPLETION);
    CHECK_EQ(routine_error, 0);
    CHECK_EQ(routine_bytes, 4);
    closesocket(client);
    closesocket(server);
}

TEST(receives_complete_in_order)
{
    SOCKET client, server;
    char data[3][4] = {"", "", ""};
    WSAOVERLAPPED overlapped[3] = {{0}, {0}, {0}};
    DWORD flags = 0, bytes;
    net_pair(&client, &server);
    for (int i = 0; i < 3; i++) {
        WSABUF buffer = {2, data[i]};
        overlapped[i].hEvent = WSACreateEvent();
        CHECK_WSA(WSARecv(server, &buffer, 1, NULL, &flags, &overlapped[i], NULL), WSA_IO_PENDING);
    }
    CHECK_EQ(send(client, "aabbcc", 6, 0), 6);
    for (int i = 0; i < 3; i++) {
        CHECK(WSAGetOverlappedResult(server, &overlapped[i], &bytes, TRUE, &flags));
        WSACloseEvent(overlapped[i].hEvent);
    }
    CHECK_STR(data[0], "aa");
    CHECK_STR(data[1], "bb");
    CHECK_STR(data[2], "cc");
    closesocket(client);
    closesocket(server);
}

TEST(accept_and_connect)
{
    struct sockaddr_in address, any = net_address(0), name, *local, *remote;
    int local_length, remote_length, length = sizeof name;
    char data[128] = "";
    DWORD bytes = 0, flags;
    SOCKET listener = net_listener(&address), client = socket(AF_INET, SOCK_STREAM, 0),
           server = socket(AF_INET, SOCK_STREAM, 0);
    LPFN_ACCEPTEX accept_ex = (LPFN_ACCEPTEX)extension(listener, (GUID)WSAID_ACCEPTEX);
    LPFN_CONNECTEX connect_ex = (LPFN_CONNECTEX)extension(client, (GUID)WSAID_CONNECTEX);
    WSAOVERLAPPED accepting = {0}, connecting = {0};
    accepting.hEvent = WSACreateEvent();
    connecting.hEvent = WSACreateEvent();
    CHECK(
        !accept_ex(listener, server, data, 8, sizeof address + 16, sizeof address + 16, &bytes, &accepting));
    CHECK_EQ(WSAGetLastError(), ERROR_IO_PENDING);
    CHECK(!connect_ex(client, (struct sockaddr *)&address, sizeof address, NULL, 0, NULL, &connecting));
    CHECK_EQ(WSAGetLastError(), WSAEINVAL); /* not bound */
    CHECK_EQ(bind(client, (struct sockaddr *)&any, sizeof any), 0);
    CHECK(connect_ex(client, (struct sockaddr *)&address, sizeof address, "first", 5, NULL, &connecting) ||
          WSAGetLastError() == ERROR_IO_PENDING);
    CHECK(WSAGetOverlappedResult(client, &connecting, &bytes, TRUE, &flags));
    CHECK_EQ(bytes, 5);
    CHECK_EQ(setsockopt(client, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    CHECK(WSAGetOverlappedResult(listener, &accepting, &bytes, TRUE, &flags));
    CHECK_EQ(bytes, 5);
    CHECK(memcmp(data, "first", 5) == 0);
    CHECK_EQ(setsockopt(server, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, sizeof listener), 0);
    CHECK_EQ(getsockname(client, (struct sockaddr *)&name, &length), 0);
    if (!harness_is_wine()) { /* wine 8.0's gives pointers to nowhere */
        GetAcceptExSockaddrs(data, 8, sizeof address + 16, sizeof address + 16, (struct sockaddr **)&local,
                             &local_length, (struct sockaddr **)&remote, &remote_length);
        CHECK_EQ(local->sin_port, address.sin_port);
        CHECK_EQ(remote->sin_port, name.sin_port);
    }
    CHECK_EQ(getpeername(server, (struct sockaddr *)&name, &length), 0);
    CHECK_EQ(send(server, "z", 1, 0), 1);
    CHECK_EQ(recv(client, data, 1, 0), 1);
    WSACloseEvent(accepting.hEvent);
    WSACloseEvent(connecting.hEvent);
    closesocket(client);
    closesocket(server);
    closesocket(listener);
}

TEST(transmit_file)
{
    SOCKET client, server;
    WCHAR folder[MAX_PATH], path[MAX_PATH];
    char data[64] = "";
    DWORD bytes;
    TRANSMIT_FILE_BUFFERS ends = {"<", 1, ">", 1};
    net_pair(&client, &server);
    GetTempPathW(MAX_PATH, folder);
    GetTempFileNameW(folder, L"net", 0, path);
    HANDLE file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                              FILE_FLAG_DELETE_ON_CLOSE, NULL);
    CHECK(WriteFile(file, "0123456789", 10, &bytes, NULL));
    SetFilePointer(file, 2, NULL, FILE_BEGIN);
    CHECK(TransmitFile(client, file, 5, 0, NULL, &ends, 0));
    CHECK_EQ(recv(server, data, 7, MSG_WAITALL), 7);
    CHECK_STR(data, "<23456>");
    CloseHandle(file);
    closesocket(client);
    closesocket(server);
}
