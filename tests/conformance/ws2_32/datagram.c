/*
 * UDP over the loopback interface, options, names and addresses.
 */
#include "net.h"

TEST(datagrams)
{
    struct sockaddr_in address, from;
    char data[8] = "";
    int length = sizeof from;
    SOCKET receiver = net_bound(SOCK_DGRAM, &address), sender = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_EQ(sendto(sender, "hello", 5, 0, (struct sockaddr *)&address, sizeof address), 5);
    CHECK_EQ(recvfrom(receiver, data, sizeof data, 0, (struct sockaddr *)&from, &length), 5);
    CHECK_EQ(length, sizeof from);
    CHECK_EQ(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    CHECK_EQ(sendto(sender, "hello", 5, 0, (struct sockaddr *)&address, sizeof address), 5);
    CHECK_WSA(recvfrom(receiver, data, 2, 0, NULL, NULL), WSAEMSGSIZE);
    CHECK(memcmp(data, "he", 2) == 0);
    CHECK_EQ(connect(sender, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_EQ(send(sender, "", 0, 0), 0);
    CHECK_EQ(recv(receiver, data, sizeof data, 0), 0);
    closesocket(sender);
    closesocket(receiver);
}

TEST(nowhere_to_send)
{
    ORACLE_DIFFERS("wine 8.0 says WSAEINVAL; the documentation of send and sendto names these two");
    struct sockaddr_in none = net_address(0);
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_WSA(send(s, "x", 1, 0), WSAENOTCONN);
    CHECK_WSA(sendto(s, "x", 1, 0, (struct sockaddr *)&none, sizeof none), WSAEADDRNOTAVAIL);
    closesocket(s);
}

TEST(unbound)
{
    char data[8];
    ORACLE_CRASHES("wine 8.0 waits for ever");
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_WSA(recv(s, data, 1, 0), WSAEINVAL);
    closesocket(s);
}

TEST(unreachable_port)
{
    struct sockaddr_in address, own;
    char data[8];
    DWORD time = 2000;
    SOCKET gone = net_bound(SOCK_DGRAM, &address), s = net_bound(SOCK_DGRAM, &own);
    if (harness_is_wine())
        SKIP("wine 8.0 does not tell");
    closesocket(gone);
    CHECK_EQ(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&time, sizeof time), 0);
    CHECK_EQ(sendto(s, "x", 1, 0, (struct sockaddr *)&address, sizeof address), 1);
    CHECK_WSA(recv(s, data, sizeof data, 0), WSAECONNRESET);
    closesocket(s);
}

TEST(options)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    WSAPROTOCOL_INFOW info;
    int value = 1, length = sizeof value, size = sizeof info;
    struct linger linger = {9, 9};
    CHECK_EQ(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char *)&value, sizeof value), 0);
    value = 0;
    CHECK_EQ(getsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char *)&value, &length), 0);
    CHECK_EQ(value, 1);
    CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &size), 0);
    CHECK_EQ(info.iProtocol, IPPROTO_TCP);
    CHECK_EQ(info.iAddressFamily, AF_INET);
    length = sizeof linger;
    CHECK_EQ(getsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&linger, &length), 0);
    CHECK_EQ(linger.l_onoff, 0);
    CHECK_WSA(getsockopt(s, SOL_SOCKET, 0x1234567, (char *)&value, &length), WSAENOPROTOOPT);
    CHECK_WSA(setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, NULL, 4), WSAEFAULT);
    SOCKET base = 0;
    DWORD bytes;
    CHECK_EQ(WSAIoctl(s, 0x48000022 /* SIO_BASE_HANDLE */, NULL, 0, &base, sizeof base, &bytes, NULL, NULL),
             0);
    CHECK_EQ(base, s);
    closesocket(s);
}

TEST(texts)
{
    struct in_addr four;
    struct in6_addr six;
    char text[64];
    CHECK_EQ(inet_pton(AF_INET, "127.0.0.1", &four), 1);
    CHECK_EQ(four.s_addr, htonl(INADDR_LOOPBACK));
    CHECK_EQ(inet_pton(AF_INET, "127.1", &four), 0);
    CHECK_EQ(inet_addr("127.1"), htonl(INADDR_LOOPBACK));
    CHECK_EQ(inet_addr("nothing"), INADDR_NONE);
    static const char *const sixes[] = {
        "::", "::1", "1::", "fe80::1:2", "1:2:3:4:5:6:7:8", "2001:db8::7:0:0:1", "::ffff:1.2.3.4"};
    for (unsigned i = 0; i < ARRAYSIZE(sixes); i++) {
        CHECK_EQ(inet_pton(AF_INET6, sixes[i], &six), 1);
        CHECK_STR(inet_ntop(AF_INET6, &six, text, sizeof text), sixes[i]);
    }
    static const char *const wrong[] = {":",     ":::",     "1:2",    "1:2:3:4:5:6:7:8:9",
                                        "::1::", "12345::", "1::2%3x"};
    for (unsigned i = 0; i < ARRAYSIZE(wrong); i++)
        CHECK_EQ(inet_pton(AF_INET6, wrong[i], &six), 0);
    four.s_addr = htonl(0x01020304);
    CHECK_STR(inet_ntoa(four), "1.2.3.4");
}

TEST(names)
{
    struct addrinfo hints = {0}, *info = NULL;
    char host[256], service[32];
    hints.ai_flags = AI_NUMERICHOST;
    CHECK_EQ(getaddrinfo("127.0.0.1", "80", &hints, &info), 0);
    CHECK_EQ(info->ai_family, AF_INET);
    CHECK_EQ(info->ai_socktype, 0);
    CHECK_EQ(((struct sockaddr_in *)info->ai_addr)->sin_port, htons(80));
    CHECK_EQ(getnameinfo(info->ai_addr, (socklen_t)info->ai_addrlen, host, sizeof host, service,
                         sizeof service, NI_NUMERICHOST),
             0);
    CHECK_STR(host, "127.0.0.1");
    CHECK_STR(service, "http");
    freeaddrinfo(info);
    CHECK_EQ(getaddrinfo("not numeric", NULL, &hints, &info), WSAHOST_NOT_FOUND);
    CHECK_EQ(getaddrinfo("localhost", NULL, NULL, &info), 0);
    freeaddrinfo(info);
    CHECK_EQ(getaddrinfo(NULL, NULL, NULL, &info), WSAHOST_NOT_FOUND);
    CHECK_EQ(gethostname(host, sizeof host), 0);
    struct servent *entry = getservbyname("https", "tcp");
    CHECK(entry && entry->s_port == (short)htons(443));
    struct hostent *localhost = gethostbyname("localhost");
    CHECK(localhost && localhost->h_addrtype == AF_INET && localhost->h_length == 4);
}
