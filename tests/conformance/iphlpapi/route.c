/*
 * Routes, addresses, and the tables of connections.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include "harness.h"

__attribute__((constructor(101))) static void start(void)
{
    WSADATA data;
    WSAStartup(MAKEWORD(2, 2), &data);
}

TEST(best_route)
{
    DWORD index = 0, other = 0;
    MIB_IPFORWARDROW row;
    MIB_IPFORWARD_ROW2 row2;
    SOCKADDR_INET destination = {.Ipv4 = {.sin_family = AF_INET}}, source;

    ORACLE_DIFFERS("wine 8.0 has no GetBestRoute2");
    destination.Ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(GetBestInterface(htonl(INADDR_LOOPBACK), &index), NO_ERROR);
    CHECK_EQ(GetBestInterfaceEx((SOCKADDR *)&destination, &other), NO_ERROR);
    CHECK_EQ(other, index);
    CHECK_EQ(GetBestRoute2(NULL, 0, NULL, &destination, 0, &row2, &source), NO_ERROR);
    CHECK_EQ(row2.InterfaceIndex, index);
    CHECK_EQ(source.si_family, AF_INET);
    CHECK_EQ(source.Ipv4.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    CHECK_EQ(row2.DestinationPrefix.Prefix.si_family, AF_INET);
    CHECK(row2.DestinationPrefix.PrefixLength >= 8);

    CHECK_EQ(GetBestInterface(htonl(INADDR_LOOPBACK), NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetBestInterfaceEx(NULL, &other), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetBestInterfaceEx((SOCKADDR *)&destination, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetBestRoute(htonl(INADDR_LOOPBACK), 0, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetBestRoute2(NULL, 0, NULL, NULL, 0, &row2, &source), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetBestRoute2(NULL, 0x7ffffff, NULL, &destination, 0, &row2, &source), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(GetBestRoute2(NULL, 0, NULL, &destination, 0, NULL, &source), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetBestRoute2(NULL, 0, NULL, &destination, 0, &row2, NULL), ERROR_INVALID_PARAMETER);
    if (GetBestRoute(htonl(INADDR_LOOPBACK), 0, &row) == NO_ERROR) /* where there is a row for it */
        CHECK_EQ((htonl(INADDR_LOOPBACK) ^ row.dwForwardDest) & row.dwForwardMask, 0);
}

TEST(route_tables)
{
    ULONG size = 0;
    MIB_IPFORWARD_TABLE2 *table2 = NULL;

    CHECK_EQ(GetIpForwardTable(NULL, NULL, FALSE), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetIpForwardTable(NULL, &size, FALSE), ERROR_INSUFFICIENT_BUFFER);
    MIB_IPFORWARDTABLE *table = malloc(size);
    CHECK_EQ(GetIpForwardTable(table, &size, TRUE), NO_ERROR);
    for (DWORD i = 0; i < table->dwNumEntries; i++) {
        const MIB_IPFORWARDROW *row = &table->table[i];
        CHECK_EQ(row->dwForwardDest & ~row->dwForwardMask, 0);
        CHECK(i == 0 || ntohl(row[-1].dwForwardDest) <= ntohl(row->dwForwardDest));
    }
    free(table);
    CHECK_EQ(GetIpForwardTable2(AF_INET, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetIpForwardTable2(AF_IPX, &table2), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetIpForwardTable2(AF_INET, &table2), NO_ERROR);
    for (ULONG i = 0; i < table2->NumEntries; i++)
        CHECK_EQ(table2->Table[i].DestinationPrefix.Prefix.si_family, AF_INET);
    FreeMibTable(table2);
}

TEST(address_tables)
{
    ULONG size = 0;
    BOOL found = FALSE;
    MIB_UNICASTIPADDRESS_TABLE *unicast = NULL;

    CHECK_EQ(GetIpAddrTable(NULL, NULL, FALSE), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetIpAddrTable(NULL, &size, FALSE), ERROR_INSUFFICIENT_BUFFER);
    MIB_IPADDRTABLE *table = malloc(size);
    CHECK_EQ(GetIpAddrTable(table, &size, TRUE), NO_ERROR);
    for (DWORD i = 0; i < table->dwNumEntries; i++) {
        const MIB_IPADDRROW *row = &table->table[i];
        CHECK(i == 0 || ntohl(row[-1].dwAddr) <= ntohl(row->dwAddr));
        if (row->dwAddr == htonl(INADDR_LOOPBACK)) {
            found = TRUE;
            CHECK_EQ(row->dwMask, htonl(0xff000000));
        }
    }
    CHECK(found);
    free(table);

    found = FALSE;
    CHECK_EQ(GetUnicastIpAddressTable(AF_INET, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetUnicastIpAddressTable(AF_IPX, &unicast), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetUnicastIpAddressTable(AF_INET, &unicast), NO_ERROR);
    for (ULONG i = 0; i < unicast->NumEntries; i++) {
        const MIB_UNICASTIPADDRESS_ROW *row = &unicast->Table[i];
        CHECK_EQ(row->Address.si_family, AF_INET);
        if (row->Address.Ipv4.sin_addr.s_addr == htonl(INADDR_LOOPBACK)) {
            found = TRUE;
            CHECK_EQ(row->OnLinkPrefixLength, 8);
        }
    }
    CHECK(found);
    FreeMibTable(unicast);
}

static SOCKET bound(int type, USHORT *ret_port)
{
    SOCKADDR_IN address = {.sin_family = AF_INET};
    int length = sizeof address;
    SOCKET s = socket(AF_INET, type, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(s, (SOCKADDR *)&address, sizeof address), 0);
    CHECK_EQ(getsockname(s, (SOCKADDR *)&address, &length), 0);
    *ret_port = address.sin_port;
    return s;
}

/* Other programs open and close sockets meanwhile: more room than asked for, and again if it is too little.
 */
#define FETCH(table, size, call)                                                                             \
    do {                                                                                                     \
        free(table);                                                                                         \
        (size) += 4096;                                                                                      \
        (table) = malloc(size);                                                                              \
    } while ((call) == ERROR_INSUFFICIENT_BUFFER)

TEST(tcp)
{
    USHORT port;
    SOCKET s = bound(SOCK_STREAM, &port);
    ULONG size = 0;
    BOOL found = FALSE;
    MIB_TCPTABLE *table = NULL;
    MIB_TCPTABLE_OWNER_PID *owners = NULL;

    CHECK_EQ(listen(s, 1), 0);
    CHECK_EQ(GetTcpTable(NULL, &size, FALSE), ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(GetTcpTable(NULL, NULL, FALSE), ERROR_INVALID_PARAMETER);
    FETCH(table, size, GetTcpTable(table, &size, TRUE));
    for (DWORD i = 0; i < table->dwNumEntries; i++) {
        const MIB_TCPROW *row = &table->table[i];
        CHECK(i == 0 || ntohl(row[-1].dwLocalAddr) <= ntohl(row->dwLocalAddr));
        if ((USHORT)row->dwLocalPort == port && row->dwState == MIB_TCP_STATE_LISTEN) {
            found = TRUE;
            CHECK_EQ(row->dwLocalAddr, htonl(INADDR_LOOPBACK));
            CHECK_EQ(row->dwRemoteAddr, 0);
        }
    }
    CHECK(found);
    free(table);

    found = FALSE;
    size = 0;
    CHECK_EQ(GetExtendedTcpTable(NULL, &size, FALSE, AF_INET, TCP_TABLE_OWNER_PID_LISTENER, 0),
             ERROR_INSUFFICIENT_BUFFER);
    FETCH(owners, size, GetExtendedTcpTable(owners, &size, TRUE, AF_INET, TCP_TABLE_OWNER_PID_LISTENER, 0));
    for (DWORD i = 0; i < owners->dwNumEntries; i++) {
        CHECK_EQ(owners->table[i].dwState, MIB_TCP_STATE_LISTEN);
        if ((USHORT)owners->table[i].dwLocalPort == port) {
            found = TRUE;
            CHECK(owners->table[i].dwOwningPid == GetCurrentProcessId() || harness_is_wine());
        }
    }
    CHECK(found);
    free(owners);
    CHECK_EQ(GetExtendedTcpTable(NULL, NULL, FALSE, AF_INET, TCP_TABLE_BASIC_ALL, 0),
             ERROR_INVALID_PARAMETER);
    closesocket(s);
}

TEST(udp)
{
    USHORT port;
    SOCKET s = bound(SOCK_DGRAM, &port);
    ULONG size = 0;
    BOOL found = FALSE;
    MIB_UDPTABLE *table = NULL;
    MIB_UDPTABLE_OWNER_PID *owners = NULL;

    CHECK_EQ(GetUdpTable(NULL, &size, FALSE), ERROR_INSUFFICIENT_BUFFER);
    CHECK_EQ(GetUdpTable(NULL, NULL, FALSE), ERROR_INVALID_PARAMETER);
    FETCH(table, size, GetUdpTable(table, &size, TRUE));
    for (DWORD i = 0; i < table->dwNumEntries; i++) {
        const MIB_UDPROW *row = &table->table[i];
        CHECK(i == 0 || ntohl(row[-1].dwLocalAddr) <= ntohl(row->dwLocalAddr));
        found |= (USHORT)row->dwLocalPort == port && row->dwLocalAddr == htonl(INADDR_LOOPBACK);
    }
    CHECK(found);
    free(table);

    found = FALSE;
    size = 0;
    CHECK_EQ(GetExtendedUdpTable(NULL, &size, FALSE, AF_INET, UDP_TABLE_OWNER_PID, 0),
             ERROR_INSUFFICIENT_BUFFER);
    FETCH(owners, size, GetExtendedUdpTable(owners, &size, TRUE, AF_INET, UDP_TABLE_OWNER_PID, 0));
    for (DWORD i = 0; i < owners->dwNumEntries; i++)
        found |= (USHORT)owners->table[i].dwLocalPort == port &&
                 (owners->table[i].dwOwningPid == GetCurrentProcessId() || harness_is_wine());
    CHECK(found);
    free(owners);
    CHECK_EQ(GetExtendedUdpTable(NULL, NULL, FALSE, AF_INET, UDP_TABLE_BASIC, 0), ERROR_INVALID_PARAMETER);
    closesocket(s);
}
