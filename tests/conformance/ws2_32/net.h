/*
 * What the socket tests share: start-up and pairs of connected sockets on the loopback interface.
 */
#ifndef NET_H
#define NET_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include "harness.h"

__attribute__((constructor(101))) static void net_start(void)
{
    WSADATA data;
    WSAStartup(MAKEWORD(2, 2), &data);
}

#define CHECK_WSA(call, error)                                                                               \
    do {                                                                                                     \
        WSASetLastError(0);                                                                                  \
        if ((call) != SOCKET_ERROR)                                                                          \
            FAIL("%s succeeded", #call);                                                                     \
        else if (WSAGetLastError() != (error))                                                               \
            FAIL("%s: error %d, not %s", #call, WSAGetLastError(), #error);                                  \
    } while (0)

static inline struct sockaddr_in net_address(USHORT port)
{
    struct sockaddr_in address = {0};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* A bound socket of this type; its address in *ret_address. */
static inline SOCKET net_bound(int type, struct sockaddr_in *ret_address)
{
    int length = sizeof *ret_address;
    SOCKET s = socket(AF_INET, type, 0);
    *ret_address = net_address(0);
    if (s == INVALID_SOCKET || bind(s, (struct sockaddr *)ret_address, length) != 0 ||
        getsockname(s, (struct sockaddr *)ret_address, &length) != 0)
        FAIL("no bound socket: %d", WSAGetLastError());
    return s;
}

static inline SOCKET net_listener(struct sockaddr_in *ret_address)
{
    SOCKET s = net_bound(SOCK_STREAM, ret_address);
    if (listen(s, 5) != 0)
        FAIL("listen: %d", WSAGetLastError());
    return s;
}

/* Two connected stream sockets. */
static inline void net_pair(SOCKET *ret_client, SOCKET *ret_server)
{
    struct sockaddr_in address;
    SOCKET listener = net_listener(&address);
    *ret_client = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(*ret_client, (struct sockaddr *)&address, sizeof address) != 0)
        FAIL("connect: %d", WSAGetLastError());
    *ret_server = accept(listener, NULL, NULL);
    if (*ret_server == INVALID_SOCKET)
        FAIL("accept: %d", WSAGetLastError());
    closesocket(listener);
}

static inline void net_nonblocking(SOCKET s)
{
    u_long on = 1;
    if (ioctlsocket(s, FIONBIO, &on) != 0)
        FAIL("FIONBIO: %d", WSAGetLastError());
}

#endif
