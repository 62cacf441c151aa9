/*
 * The WSA forms of the socket calls: creating, accepting with a condition, connecting, messages, events,
 * protocols.
 */
#include "net.h"
#include <ws2spi.h>

TEST(creation)
{
    WSAPROTOCOL_INFOA narrow;
    WSAPROTOCOL_INFOW wide;
    int length = sizeof narrow, type = 0;
    SOCKET s = WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED), again;

    CHECK(s != INVALID_SOCKET);
    CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)&narrow, &length), 0);
    CHECK_EQ(narrow.iSocketType, SOCK_STREAM);
    again = WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &narrow, 0, 0);
    CHECK(again != INVALID_SOCKET && again != s);
    length = sizeof type;
    CHECK_EQ(getsockopt(again, SOL_SOCKET, SO_TYPE, (char *)&type, &length), 0);
    CHECK_EQ(type, SOCK_STREAM);
    closesocket(again);
    length = sizeof wide;
    CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&wide, &length), 0);
    again = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &wide, 0, 0);
    CHECK(again != INVALID_SOCKET);
    closesocket(again);
    closesocket(s);

    WSASetLastError(0);
    CHECK(WSASocketA(AF_INET, 77, 0, NULL, 0, 0) == INVALID_SOCKET);
    CHECK_EQ(WSAGetLastError(), WSAESOCKTNOSUPPORT);
    WSASetLastError(0);
    CHECK(WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_UDP, NULL, 0, 0) == INVALID_SOCKET);
    CHECK_EQ(WSAGetLastError(), WSAEPROTONOSUPPORT);
    WSASetLastError(0);
    CHECK(WSASocketA(999, SOCK_STREAM, 0, NULL, 0, 0) == INVALID_SOCKET);
    CHECK_EQ(WSAGetLastError(), WSAEAFNOSUPPORT);
}

/* The duplicate and the original are one socket. */
TEST(duplicates)
{
    SOCKET client, server, second;
    WSAPROTOCOL_INFOA narrow;
    WSAPROTOCOL_INFOW wide;
    char c = 0;

    net_pair(&client, &server);
    CHECK_EQ(WSADuplicateSocketW(client, GetCurrentProcessId(), &wide), 0);
    second = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &wide, 0, 0);
    CHECK(second != INVALID_SOCKET);
    closesocket(client);
    CHECK_EQ(send(second, "a", 1, 0), 1);
    CHECK_EQ(recv(server, &c, 1, 0), 1);
    CHECK_EQ(c, 'a');
    CHECK_EQ(WSADuplicateSocketA(second, GetCurrentProcessId(), &narrow), 0);
    client = WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &narrow, 0, 0);
    CHECK(client != INVALID_SOCKET);
    closesocket(second);
    CHECK_EQ(send(client, "b", 1, 0), 1);
    CHECK_EQ(recv(server, &c, 1, 0), 1);
    CHECK_EQ(c, 'b');
    CHECK_WSA(WSADuplicateSocketW(INVALID_SOCKET, GetCurrentProcessId(), &wide), WSAENOTSOCK);
    CHECK_WSA(WSADuplicateSocketW(client, GetCurrentProcessId(), NULL), WSAEFAULT);
    closesocket(client);
    closesocket(server);
}

static int verdict;
static DWORD_PTR asked_with;

static int CALLBACK decide(LPWSABUF caller, LPWSABUF caller_data, LPQOS qos, LPQOS group_qos, LPWSABUF callee,
                           LPWSABUF callee_data, GROUP *group, DWORD_PTR context)
{
    asked_with = context;
    CHECK(caller && caller->len >= sizeof(struct sockaddr_in));
    CHECK_EQ(((struct sockaddr *)caller->buf)->sa_family, AF_INET);
    return verdict;
}

TEST(conditional_accept)
{
    struct sockaddr_in address, from;
    SOCKET listener = net_listener(&address), client, server;
    int length = sizeof from;

    client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(WSAConnect(client, (struct sockaddr *)&address, sizeof address, NULL, NULL, NULL, NULL), 0);
    verdict = CF_ACCEPT;
    server = WSAAccept(listener, (struct sockaddr *)&from, &length, decide, 0x77);
    CHECK(server != INVALID_SOCKET);
    CHECK_EQ(asked_with, 0x77);
    CHECK_EQ(length, sizeof from);
    CHECK_EQ(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    closesocket(client);
    closesocket(server);

    client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(WSAConnect(client, (struct sockaddr *)&address, sizeof address, NULL, NULL, NULL, NULL), 0);
    verdict = CF_REJECT;
    WSASetLastError(0);
    CHECK(WSAAccept(listener, NULL, NULL, decide, 1) == INVALID_SOCKET);
    CHECK_EQ(WSAGetLastError(), WSAECONNREFUSED);
    closesocket(client);

    net_nonblocking(listener);
    WSASetLastError(0);
    CHECK(WSAAccept(listener, NULL, NULL, NULL, 0) == INVALID_SOCKET);
    CHECK_EQ(WSAGetLastError(), WSAEWOULDBLOCK);
    closesocket(listener);
    CHECK_WSA(WSAConnect(INVALID_SOCKET, (struct sockaddr *)&address, sizeof address, NULL, NULL, NULL, NULL),
              WSAENOTSOCK);
}

TEST(datagrams)
{
    struct sockaddr_in address, own, from;
    SOCKET receiver = net_bound(SOCK_DGRAM, &address), sender = net_bound(SOCK_DGRAM, &own);
    char data[8] = "", one[4] = "ab", two[4] = "cd";
    WSABUF parts[] = {{2, one}, {2, two}}, buffer = {sizeof data, data};
    DWORD bytes = 0, flags = 0;
    int length = sizeof from;

    CHECK_EQ(WSASendTo(sender, parts, 2, &bytes, 0, (struct sockaddr *)&address, sizeof address, NULL, NULL),
             0);
    CHECK_EQ(bytes, 4);
    bytes = 0;
    CHECK_EQ(WSARecvFrom(receiver, &buffer, 1, &bytes, &flags, (struct sockaddr *)&from, &length, NULL, NULL),
             0);
    CHECK_EQ(bytes, 4);
    CHECK(memcmp(data, "abcd", 4) == 0);
    CHECK_EQ(from.sin_port, own.sin_port);
    CHECK_EQ(length, sizeof from);

    WSAMSG message = {.name = (struct sockaddr *)&address,
                      .namelen = sizeof address,
                      .lpBuffers = parts,
                      .dwBufferCount = 2};
    CHECK_EQ(WSASendMsg(sender, &message, 0, &bytes, NULL, NULL), 0);
    CHECK_EQ(bytes, 4);
    memset(data, 0, sizeof data);
    flags = 0;
    CHECK_EQ(WSARecvFrom(receiver, &buffer, 1, &bytes, &flags, NULL, NULL, NULL, NULL), 0);
    CHECK(bytes == 4 && memcmp(data, "abcd", 4) == 0);
    closesocket(sender);
    closesocket(receiver);
}

TEST(partial_datagrams)
{
    ORACLE_DIFFERS("wine 8.0 has no WSARecvEx");
    struct sockaddr_in address, own;
    SOCKET receiver = net_bound(SOCK_DGRAM, &address), sender = net_bound(SOCK_DGRAM, &own);
    char data[8] = "";
    int partial = 0;
    CHECK_EQ(sendto(sender, "abcd", 4, 0, (struct sockaddr *)&address, sizeof address), 4);
    CHECK_EQ(WSARecvEx(receiver, data, 2, &partial), 2);
    CHECK_EQ(partial, MSG_PARTIAL);
    CHECK_EQ(sendto(sender, "ab", 2, 0, (struct sockaddr *)&address, sizeof address), 2);
    partial = 0;
    CHECK_EQ(WSARecvEx(receiver, data, sizeof data, &partial), 2);
    CHECK_EQ(partial, 0);
    closesocket(sender);
    closesocket(receiver);
}

TEST(disconnecting)
{
    SOCKET client, server;
    char c;
    net_pair(&client, &server);
    CHECK_EQ(WSASendDisconnect(client, NULL), 0);
    CHECK_WSA(send(client, "x", 1, 0), WSAESHUTDOWN);
    CHECK_EQ(recv(server, &c, 1, 0), 0);
    CHECK_EQ(send(server, "y", 1, 0), 1); /* the other way stays open */
    CHECK_EQ(recv(client, &c, 1, 0), 1);
    CHECK_EQ(WSARecvDisconnect(client, NULL), 0);
    CHECK_WSA(recv(client, &c, 1, 0), WSAESHUTDOWN);
    CHECK_WSA(WSASendDisconnect(INVALID_SOCKET, NULL), WSAENOTSOCK);
    CHECK_WSA(WSARecvDisconnect(INVALID_SOCKET, NULL), WSAENOTSOCK);
    closesocket(client);
    closesocket(server);
    client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_WSA(WSASendDisconnect(client, NULL), WSAENOTCONN);
    closesocket(client);
}

TEST(event_objects)
{
    WSAEVENT event = WSACreateEvent();
    CHECK(event != WSA_INVALID_EVENT);
    CHECK_EQ(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_TIMEOUT);
    CHECK(WSASetEvent(event));
    CHECK_EQ(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_EVENT_0);
    CHECK_EQ(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_EVENT_0); /* manual reset */
    CHECK(WSAResetEvent(event));
    CHECK_EQ(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_TIMEOUT);
    CHECK(WSACloseEvent(event));
    WSASetLastError(0);
    CHECK(!WSASetEvent((WSAEVENT)0x7770));
    CHECK_EQ(WSAGetLastError(), WSA_INVALID_HANDLE);
    WSASetLastError(0);
    CHECK(!WSAResetEvent((WSAEVENT)0x7770));
    CHECK_EQ(WSAGetLastError(), WSA_INVALID_HANDLE);
}

TEST(sets)
{
    fd_set set;
    SOCKET one = socket(AF_INET, SOCK_STREAM, 0), two = socket(AF_INET, SOCK_STREAM, 0);
    FD_ZERO(&set);
    CHECK_EQ(__WSAFDIsSet(one, &set), 0);
    FD_SET(one, &set);
    CHECK(__WSAFDIsSet(one, &set) != 0);
    CHECK_EQ(__WSAFDIsSet(two, &set), 0);
    closesocket(one);
    closesocket(two);
}

TEST(protocols)
{
    DWORD length = 0;
    int error = 0, wanted[] = {IPPROTO_TCP, 0};

    CHECK_WSA(WSAEnumProtocolsW(NULL, NULL, &length), WSAENOBUFS);
    CHECK(length >= 2 * sizeof(WSAPROTOCOL_INFOW));
    WSAPROTOCOL_INFOW *all = malloc(length);
    int count = WSAEnumProtocolsW(NULL, all, &length), tcp = 0, udp = 0;
    CHECK(count >= 2);
    for (int i = 0; i < count; i++) {
        tcp += all[i].iAddressFamily == AF_INET && all[i].iProtocol == IPPROTO_TCP;
        udp += all[i].iAddressFamily == AF_INET && all[i].iProtocol == IPPROTO_UDP;
        CHECK(all[i].szProtocol[0] != 0);
    }
    CHECK_EQ(tcp, 1);
    CHECK_EQ(udp, 1);
    int tcps = WSAEnumProtocolsW(wanted, all, &length);
    CHECK(tcps >= 1 && tcps < count);
    for (int i = 0; i < tcps; i++)
        CHECK_EQ(all[i].iProtocol, IPPROTO_TCP);
    free(all);

    length = 0;
    CHECK_WSA(WSAEnumProtocolsA(NULL, NULL, &length), WSAENOBUFS);
    WSAPROTOCOL_INFOA *narrow = malloc(length);
    CHECK_EQ(WSAEnumProtocolsA(NULL, narrow, &length), count);
    free(narrow);

    length = 0;
    CHECK_EQ(WSCEnumProtocols(NULL, NULL, &length, &error), SOCKET_ERROR);
    CHECK_EQ(error, WSAENOBUFS);
    all = malloc(length);
    CHECK(WSCEnumProtocols(NULL, all, &length, &error) >= count);
    free(all);
}

/* As mswsock exports it, not by its GUID. */
TEST(accept_ex)
{
    struct sockaddr_in address;
    SOCKET listener = net_listener(&address), client = socket(AF_INET, SOCK_STREAM, 0),
           server = socket(AF_INET, SOCK_STREAM, 0);
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    char buffer[2 * (sizeof address + 16)];
    DWORD bytes = 0;
    CHECK(!AcceptEx(listener, server, buffer, 0, sizeof address + 16, sizeof address + 16, &bytes,
                    &overlapped));
    CHECK_EQ(WSAGetLastError(), ERROR_IO_PENDING);
    CHECK_EQ(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_EQ(WaitForSingleObject(overlapped.hEvent, 5000), WAIT_OBJECT_0);
    CHECK(GetOverlappedResult((HANDLE)listener, &overlapped, &bytes, FALSE));
    CHECK_EQ(send(client, "x", 1, 0), 1);
    CHECK_EQ(recv(server, buffer, 1, 0), 1);
    CHECK(!AcceptEx(INVALID_SOCKET, server, buffer, 0, sizeof address + 16, sizeof address + 16, &bytes,
                    &overlapped));
    CHECK_EQ(WSAGetLastError(), WSAENOTSOCK);
    CloseHandle(overlapped.hEvent);
    closesocket(client);
    closesocket(server);
    closesocket(listener);
}
