/*
 * TCP over the loopback interface: connecting, sending and receiving, blocking and non-blocking, errors.
 */
#include "net.h"

TEST(start_up)
{
    WSADATA data;
    CHECK_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
    CHECK_EQ(data.wVersion, MAKEWORD(2, 2));
    CHECK_EQ(WSAStartup(MAKEWORD(1, 1), &data), 0);
    CHECK_EQ(data.wVersion, MAKEWORD(1, 1));
    CHECK_EQ(data.wHighVersion, MAKEWORD(2, 2));
    CHECK_EQ(WSAStartup(0, &data), WSAVERNOTSUPPORTED);
    CHECK_EQ(WSACleanup(), 0);
    CHECK_EQ(WSACleanup(), 0);
}

TEST(creation)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    int type = 0, length = sizeof type;
    CHECK(s != INVALID_SOCKET);
    CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &length), 0);
    CHECK_EQ(type, SOCK_STREAM);
    CHECK_EQ(length, 4);
    DWORD flags = 0;
    CHECK(GetHandleInformation((HANDLE)s, &flags));
    CHECK_EQ(flags, HANDLE_FLAG_INHERIT);
    CHECK_EQ(closesocket(s), 0);
    CHECK_WSA(closesocket(s), WSAENOTSOCK);
    CHECK_WSA((int)socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), WSAEPROTONOSUPPORT);
    CHECK_WSA((int)socket(1234, SOCK_STREAM, 0), WSAEAFNOSUPPORT);
    CHECK_WSA((int)socket(AF_INET, 77, 0), WSAESOCKTNOSUPPORT);
    s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                   WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    CHECK(GetHandleInformation((HANDLE)s, &flags));
    CHECK_EQ(flags, 0);
    closesocket(s);
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK_WSA(closesocket((SOCKET)event), WSAENOTSOCK);
    CHECK(SetEvent(event)); /* still open */
    CloseHandle(event);
}

TEST(naming)
{
    struct sockaddr_in address = net_address(0), name;
    int length = sizeof name;
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0), other = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_WSA(getsockname(s, (struct sockaddr *)&name, &length), WSAEINVAL);
    CHECK_WSA(listen(s, 1), WSAEINVAL);
    CHECK_WSA(bind(s, (struct sockaddr *)&address, 3), WSAEFAULT);
    CHECK_EQ(bind(s, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_WSA(bind(s, (struct sockaddr *)&address, sizeof address), WSAEINVAL);
    CHECK_EQ(getsockname(s, (struct sockaddr *)&name, &length), 0);
    CHECK_EQ(length, sizeof name);
    CHECK_EQ(name.sin_family, AF_INET);
    CHECK_EQ(name.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    CHECK(name.sin_port != 0);
    length = 4;
    CHECK_WSA(getsockname(s, (struct sockaddr *)&name, &length), WSAEFAULT);
    length = sizeof name;
    CHECK_WSA(getpeername(s, (struct sockaddr *)&address, &length), WSAENOTCONN);
    CHECK_WSA((int)accept(s, NULL, NULL), WSAEINVAL);
    CHECK_EQ(listen(s, 1), 0);
    CHECK_WSA(bind(other, (struct sockaddr *)&name, sizeof name), WSAEADDRINUSE);
    address.sin_addr.s_addr = inet_addr("1.2.3.4");
    CHECK_WSA(bind(other, (struct sockaddr *)&address, sizeof address), WSAEADDRNOTAVAIL);
    closesocket(other);
    closesocket(s);
}

/* A name belongs to the first that asks for it, whether it listens or not, until it is closed. */
TEST(names_in_use)
{
    BOOL on = TRUE;
    for (int listening = 0; listening < 2; listening++) {
        struct sockaddr_in name = net_address(0);
        int length = sizeof name;
        SOCKET first = socket(AF_INET, SOCK_STREAM, 0), second = socket(AF_INET, SOCK_STREAM, 0);
        CHECK_EQ(bind(first, (struct sockaddr *)&name, sizeof name), 0);
        CHECK_EQ(getsockname(first, (struct sockaddr *)&name, &length), 0);
        if (listening)
            CHECK_EQ(listen(first, 1), 0);
        CHECK_WSA(bind(second, (struct sockaddr *)&name, sizeof name), WSAEADDRINUSE);
        CHECK_WSA(listen(second, 1), WSAEINVAL);
        CHECK_EQ(setsockopt(second, SOL_SOCKET, SO_REUSEADDR, (const char *)&on, sizeof on), 0);
        CHECK_WSA(bind(second, (struct sockaddr *)&name, sizeof name), WSAEACCES);
        closesocket(first);
        CHECK_EQ(bind(second, (struct sockaddr *)&name, sizeof name), 0);
        closesocket(second);
        first = socket(AF_INET, SOCK_STREAM, 0);
        second = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(first, SOL_SOCKET, SO_REUSEADDR, (const char *)&on, sizeof on);
        setsockopt(second, SOL_SOCKET, SO_REUSEADDR, (const char *)&on, sizeof on);
        CHECK_EQ(bind(first, (struct sockaddr *)&name, sizeof name), 0);
        if (listening)
            CHECK_EQ(listen(first, 1), 0);
        if (!listening || !harness_is_wine()) /* there two that want to share cannot if one listens */
            CHECK_EQ(bind(second, (struct sockaddr *)&name, sizeof name), 0);
        closesocket(first);
        closesocket(second);
    }
}

/* A server that starts again gets its port although connections of the last one linger. */
TEST(name_after_connections)
{
    struct sockaddr_in name = net_address(0);
    int length = sizeof name;
    SOCKET listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(bind(listener, (struct sockaddr *)&name, sizeof name), 0);
    CHECK_EQ(getsockname(listener, (struct sockaddr *)&name, &length), 0);
    for (int turn = 0; turn < 3; turn++) {
        char byte;
        CHECK_EQ(listen(listener, 1), 0);
        CHECK_EQ(connect(client, (struct sockaddr *)&name, sizeof name), 0);
        SOCKET server = accept(listener, NULL, NULL);
        CHECK(server != INVALID_SOCKET);
        closesocket(server); /* the side that closes first lingers */
        CHECK_EQ(recv(client, &byte, 1, 0), 0);
        closesocket(client);
        closesocket(listener);
        listener = socket(AF_INET, SOCK_STREAM, 0);
        client = socket(AF_INET, SOCK_STREAM, 0);
        CHECK_EQ(bind(listener, (struct sockaddr *)&name, sizeof name), 0);
        SOCKET other = socket(AF_INET, SOCK_STREAM, 0);
        if (!turn)
            CHECK_WSA(bind(other, (struct sockaddr *)&name, sizeof name), WSAEADDRINUSE);
        closesocket(other);
    }
    closesocket(listener);
    closesocket(client);
}

TEST(echo)
{
    SOCKET client, server;
    char data[64] = "";
    struct sockaddr_in peer, own;
    int length = sizeof peer;
    net_pair(&client, &server);
    CHECK_EQ(getpeername(client, (struct sockaddr *)&peer, &length), 0);
    length = sizeof own;
    CHECK_EQ(getsockname(server, (struct sockaddr *)&own, &length), 0);
    CHECK_EQ(peer.sin_port, own.sin_port);
    CHECK_EQ(send(client, "hello, world", 12, 0), 12);
    CHECK_EQ(recv(server, data, 5, MSG_PEEK), 5);
    CHECK_EQ(recv(server, data, sizeof data, 0), 12);
    CHECK(memcmp(data, "hello, world", 12) == 0);
    CHECK_EQ(send(server, data, 0, 0), 0);
    u_long available = 99;
    CHECK_EQ(ioctlsocket(client, FIONREAD, &available), 0);
    CHECK_EQ(available, 0);
    CHECK_EQ(send(server, data, 7, 0), 7);
    Sleep(20);
    CHECK_EQ(ioctlsocket(client, FIONREAD, &available), 0);
    CHECK_EQ(available, 7);
    DWORD bytes = 0;
    CHECK(ReadFile((HANDLE)client, data, 3, &bytes, &(OVERLAPPED){0}) || GetLastError() == ERROR_IO_PENDING);
    CHECK_EQ(recv(client, data, sizeof data, 0), 4);
    CHECK_EQ(shutdown(server, SD_SEND), 0);
    CHECK_EQ(recv(client, data, sizeof data, 0), 0);
    CHECK_WSA(send(server, data, 1, 0), WSAESHUTDOWN);
    CHECK_EQ(send(client, data, 1, 0), 1);
    CHECK_EQ(recv(server, data, sizeof data, 0), 1);
    CHECK_EQ(shutdown(client, SD_BOTH), 0);
    CHECK_WSA(recv(client, data, 1, 0), WSAESHUTDOWN);
    closesocket(client);
    closesocket(server);
}

TEST(not_connected)
{
    if (harness_is_wine())
        SKIP("wine 8.0 connects to 0.0.0.0 as the host does");
    char data[4] = "";
    struct sockaddr_in none = net_address(9);
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_WSA(send(s, data, 1, 0), WSAENOTCONN);
    CHECK_WSA(recv(s, data, 1, 0), WSAENOTCONN);
    CHECK_WSA(shutdown(s, SD_BOTH), WSAENOTCONN);
    none.sin_addr.s_addr = 0;
    CHECK_WSA(connect(s, (struct sockaddr *)&none, sizeof none), WSAEADDRNOTAVAIL);
    CHECK_WSA(connect(s, (struct sockaddr *)&none, 5), WSAEFAULT);
    closesocket(s);
    CHECK_WSA(send((SOCKET)0x1234560, data, 1, 0), WSAENOTSOCK);
}

TEST(refused)
{
    struct sockaddr_in address;
    SOCKET s = net_bound(SOCK_STREAM, &address);
    closesocket(s);
    s = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_WSA(connect(s, (struct sockaddr *)&address, sizeof address), WSAECONNREFUSED);
    closesocket(s);
}

TEST(nonblocking)
{
    struct sockaddr_in address;
    char data[16];
    int error = -1, length = sizeof error;
    SOCKET listener = net_listener(&address), client = socket(AF_INET, SOCK_STREAM, 0), server;
    net_nonblocking(listener);
    net_nonblocking(client);
    CHECK_WSA((int)accept(listener, NULL, NULL), WSAEWOULDBLOCK);
    CHECK_WSA(connect(client, (struct sockaddr *)&address, sizeof address), WSAEWOULDBLOCK);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(client, &set);
    struct timeval time = {5, 0};
    CHECK_EQ(select(0, NULL, &set, NULL, &time), 1);
    CHECK(FD_ISSET(client, &set));
    CHECK_EQ(getsockopt(client, SOL_SOCKET, SO_ERROR, (char *)&error, &length), 0);
    CHECK_EQ(error, 0);
    CHECK_WSA(connect(client, (struct sockaddr *)&address, sizeof address), WSAEISCONN);
    FD_ZERO(&set);
    FD_SET(listener, &set);
    CHECK_EQ(select(0, &set, NULL, NULL, &time), 1);
    server = accept(listener, NULL, NULL);
    CHECK(server != INVALID_SOCKET);
    CHECK_WSA(recv(server, data, sizeof data, 0), WSAEWOULDBLOCK); /* inherited */
    CHECK_EQ(send(client, "x", 1, 0), 1);
    FD_ZERO(&set);
    FD_SET(server, &set);
    CHECK_EQ(select(0, &set, NULL, NULL, &time), 1);
    CHECK_EQ(recv(server, data, sizeof data, 0), 1);
    char *big = calloc(1, 1 << 20);
    int sent, total = 0;
    while ((sent = send(client, big, 1 << 20, 0)) > 0)
        total += sent;
    CHECK_EQ(WSAGetLastError(), WSAEWOULDBLOCK);
    CHECK(total > 0);
    free(big);
    closesocket(client);
    closesocket(server);
    closesocket(listener);
}

TEST(failed_connect_is_an_exception)
{
    struct sockaddr_in address;
    fd_set read, write, except;
    struct timeval time = {10, 0};
    int error = 0, length = sizeof error;
    SOCKET s = net_bound(SOCK_STREAM, &address);
    closesocket(s);
    s = socket(AF_INET, SOCK_STREAM, 0);
    net_nonblocking(s);
    CHECK_WSA(connect(s, (struct sockaddr *)&address, sizeof address), WSAEWOULDBLOCK);
    FD_ZERO(&read);
    FD_ZERO(&write);
    FD_ZERO(&except);
    FD_SET(s, &read);
    FD_SET(s, &write);
    FD_SET(s, &except);
    int count = select(0, &read, &write, &except, &time);
    CHECK(count == 1 || harness_is_wine()); /* wine 8.0 finds it writable, too */
    CHECK(FD_ISSET(s, &except));
    CHECK(!FD_ISSET(s, &write) || harness_is_wine());
    CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&error, &length), 0);
    CHECK_EQ(error, WSAECONNREFUSED);
    closesocket(s);
}

TEST(receive_timeout)
{
    SOCKET client, server;
    DWORD time = 100, got = 0;
    int length = sizeof got;
    char c;
    net_pair(&client, &server);
    CHECK_EQ(setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, (char *)&time, sizeof time), 0);
    CHECK_EQ(getsockopt(client, SOL_SOCKET, SO_RCVTIMEO, (char *)&got, &length), 0);
    CHECK_EQ(got, 100);
    DWORD start = GetTickCount();
    CHECK_WSA(recv(client, &c, 1, 0), WSAETIMEDOUT);
    DWORD took = GetTickCount() - start;
    CHECK(took >= 80 && took < 3000);
    closesocket(client);
    closesocket(server);
}

TEST(reset)
{
    SOCKET client, server;
    struct linger linger = {1, 0};
    char data[8];
    net_pair(&client, &server);
    CHECK_EQ(setsockopt(server, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger), 0);
    closesocket(server);
    if (!harness_is_wine()) /* the accepted socket is inherited by wine's server, and stays */
        CHECK_WSA(recv(client, data, sizeof data, 0), WSAECONNRESET);
    closesocket(client);
}

static DWORD WINAPI close_soon(void *argument)
{
    Sleep(100);
    closesocket((SOCKET)argument);
    return 0;
}

TEST(close_ends_a_blocked_call)
{
    SOCKET client, server;
    char c;
    net_pair(&client, &server);
    HANDLE thread = CreateThread(NULL, 0, close_soon, (void *)client, 0, NULL);
    int n = recv(client, &c, 1, 0), error = WSAGetLastError();
    CHECK_EQ(n, SOCKET_ERROR);
    CHECK(error == WSAEINTR || error == WSAECONNABORTED || error == WSAENOTSOCK || harness_is_wine());
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    closesocket(server);
}

static DWORD WINAPI send_all(void *argument)
{
    static char data[3000000];
    for (int i = 0; i < (int)sizeof data; i++)
        data[i] = (char)(i * 7);
    return (DWORD)send((SOCKET)argument, data, sizeof data, 0);
}

TEST(a_blocking_send_sends_all)
{
    SOCKET client, server;
    net_pair(&client, &server);
    HANDLE thread = CreateThread(NULL, 0, send_all, (void *)client, 0, NULL);
    int total = 0, n;
    static char data[100000];
    BOOL good = TRUE;
    while (total < 3000000 && (n = recv(server, data, sizeof data, 0)) > 0) {
        for (int i = 0; i < n; i++)
            good = good && data[i] == (char)((total + i) * 7);
        total += n;
    }
    DWORD result;
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &result);
    CHECK_EQ(result, 3000000);
    CHECK_EQ(total, 3000000);
    CHECK(good);
    CloseHandle(thread);
    closesocket(client);
    closesocket(server);
}

TEST(wait_for_all)
{
    SOCKET client, server;
    char data[8];
    net_pair(&client, &server);
    CHECK_EQ(send(client, "ab", 2, 0), 2);
    CHECK_EQ(send(client, "cd", 2, 0), 2);
    CHECK_EQ(recv(server, data, 4, MSG_WAITALL), 4);
    CHECK(memcmp(data, "abcd", 4) == 0);
    closesocket(client);
    closesocket(server);
}

TEST(ipv6)
{
    struct sockaddr_in6 address = {0}, peer;
    int length = sizeof address, value = 0, size = sizeof value;
    SOCKET listener = socket(AF_INET6, SOCK_STREAM, 0), client, server;
    char data[4];
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    CHECK_EQ(getsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&value, &size), 0);
    CHECK_EQ(value, 1);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0)
        SKIP("no IPv6 here");
    CHECK_EQ(listen(listener, 1), 0);
    CHECK_EQ(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    CHECK_EQ(length, sizeof address);
    client = socket(AF_INET6, SOCK_STREAM, 0);
    CHECK_EQ(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    length = sizeof peer;
    server = accept(listener, (struct sockaddr *)&peer, &length);
    CHECK_EQ(peer.sin6_family, AF_INET6);
    CHECK_EQ(length, sizeof peer);
    CHECK_EQ(send(server, "6", 1, 0), 1);
    CHECK_EQ(recv(client, data, 4, 0), 1);
    closesocket(client);
    closesocket(server);
    closesocket(listener);
}
