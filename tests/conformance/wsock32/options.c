/* Winsock 1.1's numbers of the socket options: those of multicasts differ from Winsock 2's. */
#include <winsock2.h>
#include <ws2tcpip.h>

#include "harness.h"

#define LOAD(name)                                                                                           \
    __typeof__(name) *p##name = (__typeof__(name) *)(void *)GetProcAddress(LoadLibraryW(L"wsock32.dll"),     \
                                                                           #name)

/* winsock.h's, which winsock2.h replaces */
enum { OLD_MULTICAST_TTL = 3, OLD_MULTICAST_LOOP = 4, OLD_TTL = 7 };

static SOCKET udp(void)
{
    WSADATA data;

    CHECK_EQ(WSAStartup(MAKEWORD(1, 1), &data), 0);
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(s != INVALID_SOCKET);
    return s;
}

static int option(SOCKET s, int level, int name)
{
    int value = -1, length = sizeof value;

    CHECK_EQ(getsockopt(s, level, name, (char *)&value, &length), 0);
    return value;
}

TEST(multicast_options)
{
    LOAD(setsockopt);
    LOAD(getsockopt);
    SOCKET s = udp();
    int value = 9, length = sizeof value;

    CHECK_EQ(psetsockopt(s, IPPROTO_IP, OLD_MULTICAST_TTL, (char *)&value, sizeof value), 0);
    CHECK_EQ(option(s, IPPROTO_IP, IP_MULTICAST_TTL), 9);
    value = 0;
    CHECK_EQ(psetsockopt(s, IPPROTO_IP, OLD_MULTICAST_LOOP, (char *)&value, sizeof value), 0);
    CHECK_EQ(option(s, IPPROTO_IP, IP_MULTICAST_LOOP), 0);
    value = 33;
    CHECK_EQ(psetsockopt(s, IPPROTO_IP, OLD_TTL, (char *)&value, sizeof value), 0);
    CHECK_EQ(option(s, IPPROTO_IP, IP_TTL), 33);
    value = 0;
    CHECK_EQ(pgetsockopt(s, IPPROTO_IP, OLD_TTL, (char *)&value, &length), 0);
    CHECK_EQ(value, 33);
    CHECK_EQ(pgetsockopt(s, IPPROTO_IP, OLD_MULTICAST_TTL, (char *)&value, &length), 0);
    CHECK_EQ(value, 9);
    closesocket(s);
    WSACleanup();
}

TEST(other_options)
{
    LOAD(setsockopt);
    LOAD(getsockopt);
    SOCKET s = udp();
    int value = 1, length = sizeof value;

    CHECK_EQ(psetsockopt(s, SOL_SOCKET, SO_BROADCAST, (char *)&value, sizeof value), 0);
    value = 0;
    CHECK_EQ(pgetsockopt(s, SOL_SOCKET, SO_BROADCAST, (char *)&value, &length), 0);
    CHECK(value != 0);
    CHECK_EQ(length, sizeof value);
    CHECK_EQ(pgetsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&value, &length), 0);
    CHECK_EQ(value, SOCK_DGRAM);
    closesocket(s);
    WSACleanup();
}

TEST(failures)
{
    LOAD(setsockopt);
    LOAD(getsockopt);
    SOCKET s = udp();
    int value = 1, length = sizeof value;

    CHECK_EQ(psetsockopt(INVALID_SOCKET, SOL_SOCKET, SO_BROADCAST, (char *)&value, sizeof value),
             SOCKET_ERROR);
    CHECK_EQ(WSAGetLastError(), WSAENOTSOCK);
    CHECK_EQ(pgetsockopt(INVALID_SOCKET, SOL_SOCKET, SO_BROADCAST, (char *)&value, &length), SOCKET_ERROR);
    CHECK_EQ(WSAGetLastError(), WSAENOTSOCK);
    CHECK_EQ(psetsockopt(s, SOL_SOCKET, 0x7777, (char *)&value, sizeof value), SOCKET_ERROR);
    CHECK_EQ(WSAGetLastError(), WSAENOPROTOOPT);
    CHECK_EQ(pgetsockopt(s, SOL_SOCKET, 0x7777, (char *)&value, &length), SOCKET_ERROR);
    CHECK_EQ(WSAGetLastError(), WSAENOPROTOOPT);
    CHECK_EQ(psetsockopt(s, SOL_SOCKET, SO_BROADCAST, NULL, sizeof value), SOCKET_ERROR);
    CHECK_EQ(WSAGetLastError(), WSAEFAULT);
    length = 1;
    CHECK_EQ(pgetsockopt(s, SOL_SOCKET, SO_RCVBUF, (char *)&value, &length), SOCKET_ERROR);
    CHECK_EQ(WSAGetLastError(), WSAEFAULT);
    closesocket(s);
    WSACleanup();
}
