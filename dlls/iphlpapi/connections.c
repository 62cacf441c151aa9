/*
 * Tables of TCP connections and UDP end points. Only this process's own are told by process.
 */
#include "iphlpapi.h"
#include <stdlib.h>
#include <string.h>

/* Which connections a table class lists. */
static BOOL listed(const struct network_connection *connection, BOOL tcp, ULONG family, ULONG class)
{
    if (connection->family != family)
        return FALSE;
    if (!tcp)
        return TRUE;
    switch (class) {
    case TCP_TABLE_BASIC_LISTENER:
    case TCP_TABLE_OWNER_PID_LISTENER:
    case TCP_TABLE_OWNER_MODULE_LISTENER: return connection->state == MIB_TCP_STATE_LISTEN;
    case TCP_TABLE_BASIC_CONNECTIONS:
    case TCP_TABLE_OWNER_PID_CONNECTIONS:
    case TCP_TABLE_OWNER_MODULE_CONNECTIONS: return connection->state != MIB_TCP_STATE_LISTEN;
    default: return TRUE;
    }
}

static DWORD word(const uint8_t *bytes)
{
    return *(const UNALIGNED DWORD *)bytes;
}

static void fill_tcp(void *to, const struct network_connection *from, ULONG family, BOOL owner)
{
    if (family == AF_INET6) {
        MIB_TCP6ROW_OWNER_PID *row = to;
        ZeroMemory(row, sizeof *row);
        CopyMemory(row->ucLocalAddr, from->local, 16);
        CopyMemory(row->ucRemoteAddr, from->remote, 16);
        row->dwLocalPort = from->local_port;
        row->dwRemotePort = from->remote_port;
        row->dwState = from->state;
        row->dwOwningPid = from->process;
        return;
    }
    MIB_TCPROW_OWNER_PID row = {.dwState = from->state,
                                .dwLocalAddr = word(from->local),
                                .dwLocalPort = from->local_port,
                                .dwRemoteAddr = word(from->remote),
                                .dwRemotePort = from->remote_port,
                                .dwOwningPid = from->process};
    CopyMemory(to, &row, owner ? sizeof row : sizeof(MIB_TCPROW));
}

static void fill_udp(void *to, const struct network_connection *from, ULONG family, BOOL owner)
{
    if (family == AF_INET6) {
        MIB_UDP6ROW_OWNER_PID row = {0};
        CopyMemory(row.ucLocalAddr, from->local, 16);
        row.dwLocalPort = from->local_port;
        row.dwOwningPid = from->process;
        CopyMemory(to, &row, owner ? sizeof row : sizeof(MIB_UDP6ROW));
        return;
    }
    MIB_UDPROW_OWNER_PID row = {word(from->local), from->local_port, from->process};
    CopyMemory(to, &row, owner ? sizeof row : sizeof(MIB_UDPROW));
}

static int port(uint32_t network_order)
{
    return (int)((network_order & 0xff) << 8 | (network_order >> 8 & 0xff));
}

/* By local address and port, then remote address and port, as numbers; both ports in network order. */
static int __cdecl compare(const void *left, const void *right)
{
    const struct network_connection *a = left, *b = right;
    int result = memcmp(a->local, b->local, sizeof a->local);
    if (!result)
        result = port(a->local_port) - port(b->local_port);
    if (!result)
        result = memcmp(a->remote, b->remote, sizeof a->remote);
    if (!result)
        result = port(a->remote_port) - port(b->remote_port);
    return result;
}

static DWORD table(void *to, DWORD *size, BOOL order, ULONG family, ULONG class, BOOL tcp, BOOL owner)
{
    ULONG total, count = 0;
    if (!size || (family != AF_INET && family != AF_INET6))
        return ERROR_INVALID_PARAMETER;
    struct network_connection *all = ip_connections(tcp ? NETWORK_TCP : NETWORK_UDP, &total);
    if (!all)
        return ERROR_NOT_ENOUGH_MEMORY;
    SIZE_T each = tcp                  ? family == AF_INET6 ? sizeof(MIB_TCP6ROW_OWNER_PID)
                                         : owner            ? sizeof(MIB_TCPROW_OWNER_PID)
                                                            : sizeof(MIB_TCPROW)
                                   : family == AF_INET6 ? owner ? sizeof(MIB_UDP6ROW_OWNER_PID) : sizeof(MIB_UDP6ROW)
                                   : owner ? sizeof(MIB_UDPROW_OWNER_PID)
                                       : sizeof(MIB_UDPROW);
    for (ULONG i = 0; i < total; i++)
        count += (ULONG)listed(&all[i], tcp, family, class);
    DWORD need = (DWORD)(sizeof(DWORD) + count * each);
    DWORD error = !to || *size < need ? ERROR_INSUFFICIENT_BUFFER : NO_ERROR;
    if (!error) {
        char *place = (char *)to + sizeof(DWORD);
        *(DWORD *)to = count;
        if (order)
            qsort(all, total, sizeof *all, compare);
        for (ULONG i = 0; i < total; i++) {
            if (!listed(&all[i], tcp, family, class))
                continue;
            if (tcp)
                fill_tcp(place, &all[i], family, owner);
            else
                fill_udp(place, &all[i], family, owner);
            place += each;
        }
    }
    *size = need;
    ip_free(all);
    return error;
}

DWORD WINAPI GetExtendedTcpTable(PVOID to, PDWORD size, BOOL order, ULONG family, TCP_TABLE_CLASS class,
                                 ULONG reserved)
{
    (void)reserved;
    BOOL basic = class <= TCP_TABLE_BASIC_ALL;
    if (class > TCP_TABLE_OWNER_PID_ALL || (basic && family == AF_INET6))
        return ERROR_NOT_SUPPORTED;
    return table(to, size, order, family, class, TRUE, !basic);
}

DWORD WINAPI GetExtendedUdpTable(PVOID to, PDWORD size, BOOL order, ULONG family, UDP_TABLE_CLASS class,
                                 ULONG reserved)
{
    (void)reserved;
    if (class > UDP_TABLE_OWNER_PID)
        return ERROR_NOT_SUPPORTED;
    return table(to, size, order, family, class, FALSE, class == UDP_TABLE_OWNER_PID);
}

ULONG WINAPI GetTcpTable(PMIB_TCPTABLE to, PULONG size, BOOL order)
{
    return table(to, size, order, AF_INET, TCP_TABLE_BASIC_ALL, TRUE, FALSE);
}

ULONG WINAPI GetUdpTable(PMIB_UDPTABLE to, PULONG size, BOOL order)
{
    return table(to, size, order, AF_INET, UDP_TABLE_BASIC, FALSE, FALSE);
}
