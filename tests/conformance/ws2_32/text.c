/*
 * Byte order, addresses as text in all forms, names of hosts, services and protocols.
 */
#include "net.h"

TEST(byte_order)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    u_long number = 0;
    u_short word = 0;

    CHECK_EQ(ntohl(0x01020304), 0x04030201);
    CHECK_EQ(ntohs(0x0102), 0x0201);
    CHECK_EQ(WSAHtonl(s, 0x01020304, &number), 0);
    CHECK_EQ(number, 0x04030201);
    CHECK_EQ(WSANtohl(s, 0x01020304, &number), 0);
    CHECK_EQ(number, 0x04030201);
    CHECK_EQ(WSAHtons(s, 0x0102, &word), 0);
    CHECK_EQ(word, 0x0201);
    CHECK_EQ(WSANtohs(s, 0x0102, &word), 0);
    CHECK_EQ(word, 0x0201);
    closesocket(s);
}

TEST(byte_order_errors)
{
    ORACLE_DIFFERS("wine 8.0 does not look at the socket");
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    u_long number = 0;
    u_short word = 0;

    CHECK_WSA(WSAHtonl(s, 1, NULL), WSAEFAULT);
    CHECK_WSA(WSANtohs(s, 1, NULL), WSAEFAULT);
    CHECK_WSA(WSAHtonl(INVALID_SOCKET, 1, &number), WSAENOTSOCK);
    CHECK_WSA(WSANtohl(INVALID_SOCKET, 1, &number), WSAENOTSOCK);
    CHECK_WSA(WSAHtons(INVALID_SOCKET, 1, &word), WSAENOTSOCK);
    CHECK_WSA(WSANtohs(INVALID_SOCKET, 1, &word), WSAENOTSOCK);
    closesocket(s);
}

TEST(wide_addresses)
{
    struct in_addr four;
    struct in6_addr six;
    WCHAR text[64];

    CHECK_EQ(InetPtonW(AF_INET, L"127.0.0.1", &four), 1);
    CHECK_EQ(four.s_addr, htonl(INADDR_LOOPBACK));
    CHECK_EQ(InetPtonW(AF_INET, L"127.1", &four), 0);
    CHECK_EQ(InetPtonW(AF_INET6, L"2001:db8::7", &six), 1);
    CHECK(InetNtopW(AF_INET6, &six, text, 64) == text);
    CHECK_WSTR(text, L"2001:db8::7");
    CHECK(InetNtopW(AF_INET, &four, text, 64) == text);
    CHECK_WSTR(text, L"127.0.0.1");
    WSASetLastError(0);
    CHECK_EQ(InetPtonW(AF_IPX, L"1", &six), -1);
    CHECK_EQ(WSAGetLastError(), WSAEAFNOSUPPORT);
    WSASetLastError(0);
    CHECK(!InetNtopW(AF_IPX, &six, text, 64));
    CHECK_EQ(WSAGetLastError(), WSAEAFNOSUPPORT);
    CHECK(!InetNtopW(AF_INET, &four, text, 4));
}

TEST(addresses_with_ports)
{
    static const struct {
        const char *text;
        int family;
        USHORT port;
        const char *back;
    } cases[] = {{"1.2.3.4", AF_INET, 0, "1.2.3.4"},
                 {"1.2.3.4:80", AF_INET, 80, "1.2.3.4:80"},
                 {"::1", AF_INET6, 0, "::1"},
                 {"[::1]:443", AF_INET6, 443, "[::1]:443"},
                 {"[2001:db8::1]", AF_INET6, 0, "2001:db8::1"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sockaddr_storage address = {0};
        int size = sizeof address;
        char text[64];
        WCHAR wide[64];
        CHECK_EQ(WSAStringToAddressA((char *)cases[i].text, cases[i].family, NULL,
                                     (struct sockaddr *)&address, &size),
                 0);
        CHECK_EQ(size, cases[i].family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
        CHECK_EQ(address.ss_family, cases[i].family);
        CHECK_EQ(((struct sockaddr_in *)&address)->sin_port, htons(cases[i].port));
        DWORD length = sizeof text;
        CHECK_EQ(WSAAddressToStringA((struct sockaddr *)&address, (DWORD)size, NULL, text, &length), 0);
        CHECK_STR(text, cases[i].back);
        CHECK_EQ(length, strlen(cases[i].back) + 1);
        length = 64;
        CHECK_EQ(WSAAddressToStringW((struct sockaddr *)&address, (DWORD)size, NULL, wide, &length), 0);
        CHECK_EQ(length, strlen(cases[i].back) + 1);
        size = sizeof address;
        CHECK_EQ(WSAStringToAddressW(wide, cases[i].family, NULL, (struct sockaddr *)&address, &size), 0);
        CHECK_EQ(((struct sockaddr_in *)&address)->sin_port, htons(cases[i].port));
    }
}

TEST(bad_addresses)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int size = sizeof address;
    CHECK_WSA(WSAStringToAddressA((char *)"1.2.3.4.5", AF_INET, NULL, (struct sockaddr *)&address, &size),
              WSAEINVAL);
    CHECK_WSA(WSAStringToAddressA((char *)"::1", AF_INET, NULL, (struct sockaddr *)&address, &size),
              WSAEINVAL);
    size = sizeof address;
    CHECK_WSA(WSAStringToAddressW((WCHAR *)L"nothing", AF_INET, NULL, (struct sockaddr *)&address, &size),
              WSAEINVAL);
    size = 4;
    CHECK_WSA(WSAStringToAddressA((char *)"1.2.3.4", AF_INET, NULL, (struct sockaddr *)&address, &size),
              WSAEFAULT);
    CHECK_EQ(size, sizeof address);
}

TEST(no_room_for_text)
{
    ORACLE_DIFFERS("wine 8.0 says WSAEINVAL and not how much is needed");
    struct sockaddr_in address = {.sin_family = AF_INET};
    char text[64];
    DWORD length = 4;
    CHECK_WSA(WSAAddressToStringA((struct sockaddr *)&address, sizeof address, NULL, text, &length),
              WSAEFAULT);
    CHECK_EQ(length, sizeof "0.0.0.0");
    CHECK_WSA(WSAAddressToStringA((struct sockaddr *)&address, sizeof address, NULL, NULL, &length),
              WSAEFAULT);
}

TEST(wide_names)
{
    ADDRINFOW hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *info = NULL;
    WCHAR host[NI_MAXHOST], service[NI_MAXSERV], name[256];
    char narrow[256], wide_as_narrow[256];

    CHECK_EQ(GetAddrInfoW(L"127.0.0.1", L"80", &hints, &info), 0);
    CHECK_EQ(info->ai_family, AF_INET);
    CHECK_EQ(info->ai_socktype, SOCK_STREAM);
    CHECK_EQ(((struct sockaddr_in *)info->ai_addr)->sin_port, htons(80));
    CHECK(!info->ai_next);
    CHECK_EQ(GetNameInfoW(info->ai_addr, (socklen_t)info->ai_addrlen, host, NI_MAXHOST, service, NI_MAXSERV,
                          NI_NUMERICHOST | NI_NUMERICSERV),
             0);
    CHECK_WSTR(host, L"127.0.0.1");
    CHECK_WSTR(service, L"80");
    CHECK_EQ(GetNameInfoW(info->ai_addr, (socklen_t)info->ai_addrlen, host, 4, NULL, 0, NI_NUMERICHOST),
             harness_is_wine() ? -12 : ERROR_INSUFFICIENT_BUFFER);
    FreeAddrInfoW(info);
    CHECK_EQ(GetAddrInfoW(L"not numeric", NULL, &hints, &info), WSAHOST_NOT_FOUND);
    CHECK_EQ(GetAddrInfoW(NULL, NULL, NULL, &info), WSAHOST_NOT_FOUND);

    CHECK_EQ(gethostname(narrow, sizeof narrow), 0);
    CHECK_EQ(GetHostNameW(name, 256), 0);
    WideCharToMultiByte(CP_ACP, 0, name, -1, wide_as_narrow, sizeof wide_as_narrow, NULL, NULL);
    CHECK_STR(wide_as_narrow, narrow);
    CHECK_WSA(GetHostNameW(name, 1), WSAEFAULT);
    CHECK_WSA(GetHostNameW(NULL, 256), WSAEFAULT);
}

TEST(databases)
{
    struct in_addr loopback = {.s_addr = htonl(INADDR_LOOPBACK)};
    struct hostent *host = gethostbyaddr((char *)&loopback, sizeof loopback, AF_INET);
    CHECK(host && host->h_addrtype == AF_INET && host->h_name[0]);
    WSASetLastError(0);
    CHECK(!gethostbyaddr(NULL, 4, AF_INET));
    CHECK(WSAGetLastError() == WSAEFAULT || harness_is_wine());

    struct protoent *protocol = getprotobyname("tcp");
    CHECK(protocol && protocol->p_proto == IPPROTO_TCP);
    protocol = getprotobynumber(IPPROTO_UDP);
    CHECK(protocol && strcmp(protocol->p_name, "udp") == 0);
    WSASetLastError(0);
    CHECK(!getprotobyname("no such protocol"));
    CHECK_EQ(WSAGetLastError(), WSANO_DATA);
    CHECK(!getprotobynumber(251));
    CHECK_EQ(WSAGetLastError(), WSANO_DATA);

    struct servent *service = getservbyport(htons(443), "tcp");
    CHECK((service && strcmp(service->s_name, "https") == 0 && strcmp(service->s_proto, "tcp") == 0) ||
          harness_is_wine()); /* it asks the host's list, which not every machine has */
    service = getservbyport(htons(53), NULL);
    CHECK((service && strcmp(service->s_name, "domain") == 0) || harness_is_wine());
    WSASetLastError(0);
    CHECK(!getservbyport(htons(64999), "tcp"));
    CHECK_EQ(WSAGetLastError(), WSANO_DATA);
}
