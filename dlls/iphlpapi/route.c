/*
 * Addresses and routes: their tables, the best route to a destination.
 */
#include "iphlpapi.h"
#include <stdlib.h>
#include <string.h>

/* Which route packets take: the longest prefix, then the lowest metric. NULL: none. An interface's index
 * other than 0 leaves only that one's. */
static const struct network_route *best(const struct snapshot *snapshot, ULONG family,
                                        const uint8_t *destination, uint32_t index)
{
    const struct network_route *found = NULL;
    for (uint32_t i = 0; i < snapshot->head->routes; i++) {
        const struct network_route *route = &snapshot->routes[i];
        BOOL match = route->family == family && (!index || route->index == index);
        for (uint32_t bit = 0; bit < route->prefix && match; bit++)
            match = !((route->destination[bit / 8] ^ destination[bit / 8]) & (0x80 >> bit % 8));
        if (match && (!found || route->prefix > found->prefix ||
                      (route->prefix == found->prefix && route->metric < found->metric)))
            found = route;
    }
    return found;
}

static void fill_row(MIB_IPFORWARDROW *row, const struct network_route *route)
{
    ZeroMemory(row, sizeof *row);
    CopyMemory(&row->dwForwardDest, route->destination, 4);
    row->dwForwardMask = ip_mask(route->prefix);
    CopyMemory(&row->dwForwardNextHop, route->gateway, 4);
    row->dwForwardIfIndex = route->index;
    row->dwForwardType = route->has_gateway ? MIB_IPROUTE_TYPE_INDIRECT : MIB_IPROUTE_TYPE_DIRECT;
    row->dwForwardProto = MIB_IPPROTO_NETMGMT;
    row->dwForwardMetric1 = route->metric;
    row->dwForwardMetric2 = row->dwForwardMetric3 = row->dwForwardMetric4 = row->dwForwardMetric5 = ~0u;
}

static void fill_row2(MIB_IPFORWARD_ROW2 *row, const struct snapshot *snapshot,
                      const struct network_route *route)
{
    const struct network_interface *link = ip_by_index(snapshot, route->index);
    ZeroMemory(row, sizeof *row);
    if (link)
        row->InterfaceLuid = ip_luid(link);
    row->InterfaceIndex = route->index;
    ip_address(&row->DestinationPrefix.Prefix, route->family, route->destination, 0);
    row->DestinationPrefix.PrefixLength = (UINT8)route->prefix;
    ip_address(&row->NextHop, route->family, route->gateway, 0);
    row->ValidLifetime = row->PreferredLifetime = ~0u;
    row->Metric = route->metric;
    row->Protocol = MIB_IPPROTO_NETMGMT;
    row->Loopback = link && link->flags & NETWORK_LOOPBACK;
    row->Origin = NlroManual;
}

/* The interface that has this address; 0: none has, or it is no address. */
static uint32_t index_of_address(const struct snapshot *snapshot, ULONG family, const uint8_t *bytes)
{
    for (uint32_t i = 0; i < snapshot->head->addresses; i++)
        if (snapshot->addresses[i].family == family &&
            !memcmp(snapshot->addresses[i].bytes, bytes, family == AF_INET ? 4 : 16))
            return snapshot->addresses[i].index;
    return 0;
}

DWORD WINAPI GetBestRoute(DWORD destination, DWORD source, PMIB_IPFORWARDROW row)
{
    struct snapshot snapshot;
    if (!row)
        return ERROR_INVALID_PARAMETER;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    const struct network_route *route = best(&snapshot, AF_INET, (const uint8_t *)&destination,
                                             index_of_address(&snapshot, AF_INET, (const uint8_t *)&source));
    if (route)
        fill_row(row, route);
    ip_release(&snapshot);
    return route ? NO_ERROR : ERROR_NETWORK_UNREACHABLE;
}

/* The address of the interface that packets leave by; of the prefix that the next hop is in, if any is. */
static const struct network_address *source_for(const struct snapshot *snapshot,
                                                const struct network_route *route)
{
    const struct network_address *found = NULL;
    for (uint32_t i = 0; i < snapshot->head->addresses; i++) {
        const struct network_address *address = &snapshot->addresses[i];
        if (address->index == route->index && address->family == route->family && (!found || found->scope))
            found = address;
    }
    return found;
}

NETIO_STATUS WINAPI GetBestRoute2(NET_LUID *luid, NET_IFINDEX index, const SOCKADDR_INET *source,
                                  const SOCKADDR_INET *destination, ULONG options, PMIB_IPFORWARD_ROW2 row,
                                  SOCKADDR_INET *best_source)
{
    struct snapshot snapshot;
    (void)options; /* none is defined */
    if (!destination || !row || !best_source)
        return ERROR_INVALID_PARAMETER;
    if (destination->si_family != AF_INET && destination->si_family != AF_INET6)
        return ERROR_INVALID_PARAMETER;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    DWORD error = NO_ERROR;
    if (luid) { /* it wins over the index */
        index = 0;
        for (uint32_t i = 0; i < snapshot.head->interfaces && !index; i++)
            if (ip_luid(&snapshot.interfaces[i]).Value == luid->Value)
                index = snapshot.interfaces[i].index;
        error = index ? NO_ERROR : ERROR_FILE_NOT_FOUND;
    } else if (index && !ip_by_index(&snapshot, index)) {
        error = ERROR_FILE_NOT_FOUND;
    }
    const uint8_t *from = NULL;
    if (source && source->si_family == destination->si_family)
        from = source->si_family == AF_INET ? (const uint8_t *)&source->Ipv4.sin_addr
                                            : (const uint8_t *)&source->Ipv6.sin6_addr;
    uint32_t own = from ? index_of_address(&snapshot, source->si_family, from) : 0;
    const struct network_route *route = best(&snapshot, destination->si_family,
                                             destination->si_family == AF_INET
                                                 ? (const uint8_t *)&destination->Ipv4.sin_addr
                                                 : (const uint8_t *)&destination->Ipv6.sin6_addr,
                                             index ? index : own);
    if (error)
        route = NULL;
    else if (!route)
        error = ERROR_NETWORK_UNREACHABLE;
    if (route) {
        const struct network_address *address = source_for(&snapshot, route);
        fill_row2(row, &snapshot, route);
        ZeroMemory(best_source, sizeof *best_source);
        if (own && own == route->index) /* the caller's own choice */
            ip_address(best_source, source->si_family, from,
                       source->si_family == AF_INET6 ? source->Ipv6.sin6_scope_id : 0);
        else if (address)
            ip_address(best_source, address->family, address->bytes, address->scope);
        else
            error = ERROR_NOT_FOUND;
    }
    ip_release(&snapshot);
    return error;
}

DWORD WINAPI GetBestInterfaceEx(struct sockaddr *destination, PDWORD index)
{
    MIB_IPFORWARD_ROW2 row;
    SOCKADDR_INET full, source;
    if (!destination || !index)
        return ERROR_INVALID_PARAMETER;
    if (destination->sa_family != AF_INET && destination->sa_family != AF_INET6)
        return ERROR_NOT_SUPPORTED;
    ZeroMemory(&full, sizeof full);
    CopyMemory(&full, destination,
               destination->sa_family == AF_INET ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6));
    DWORD error = GetBestRoute2(NULL, 0, NULL, &full, 0, &row, &source);
    if (!error || error == ERROR_NOT_FOUND)
        *index = row.InterfaceIndex;
    return error == ERROR_NOT_FOUND ? NO_ERROR : error;
}

DWORD WINAPI GetBestInterface(IPAddr destination, PDWORD index)
{
    SOCKADDR_IN address = {.sin_family = AF_INET};
    address.sin_addr.S_un.S_addr = destination;
    return GetBestInterfaceEx((struct sockaddr *)&address, index);
}

/* By destination, then by next hop. */
static int __cdecl compare_routes(const void *left, const void *right)
{
    const struct network_route *a = left, *b = right;
    int result = memcmp(a->destination, b->destination, sizeof a->destination);
    return result ? result : memcmp(a->gateway, b->gateway, sizeof a->gateway);
}

static int __cdecl compare_addresses(const void *left, const void *right)
{
    const struct network_address *a = left, *b = right;
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

DWORD WINAPI GetIpForwardTable(PMIB_IPFORWARDTABLE table, PULONG size, BOOL order)
{
    struct snapshot snapshot;
    ULONG count = 0;
    if (!size)
        return ERROR_INVALID_PARAMETER;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    for (uint32_t i = 0; i < snapshot.head->routes; i++)
        count += snapshot.routes[i].family == AF_INET;
    ULONG need = (ULONG)(FIELD_OFFSET(MIB_IPFORWARDTABLE, table) + count * sizeof table->table[0]);
    DWORD error = !table || *size < need ? ERROR_INSUFFICIENT_BUFFER : NO_ERROR;
    if (!error) {
        table->dwNumEntries = 0;
        if (order)
            qsort(snapshot.routes, snapshot.head->routes, sizeof *snapshot.routes, compare_routes);
        for (uint32_t i = 0; i < snapshot.head->routes; i++)
            if (snapshot.routes[i].family == AF_INET)
                fill_row(&table->table[table->dwNumEntries++], &snapshot.routes[i]);
    }
    *size = need;
    ip_release(&snapshot);
    return error;
}

NETIO_STATUS WINAPI GetIpForwardTable2(ADDRESS_FAMILY family, PMIB_IPFORWARD_TABLE2 *ret_table)
{
    struct snapshot snapshot;
    if (!ret_table || (family != AF_UNSPEC && family != AF_INET && family != AF_INET6))
        return ERROR_INVALID_PARAMETER;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    MIB_IPFORWARD_TABLE2 *table = ip_allocate(sizeof *table + snapshot.head->routes * sizeof table->Table[0]);
    for (uint32_t i = 0; table && i < snapshot.head->routes; i++)
        if (family == AF_UNSPEC || snapshot.routes[i].family == family)
            fill_row2(&table->Table[table->NumEntries++], &snapshot, &snapshot.routes[i]);
    ip_release(&snapshot);
    *ret_table = table;
    return table ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}

DWORD WINAPI GetIpAddrTable(PMIB_IPADDRTABLE table, PULONG size, BOOL order)
{
    struct snapshot snapshot;
    ULONG count = 0;
    if (!size)
        return ERROR_INVALID_PARAMETER;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    for (uint32_t i = 0; i < snapshot.head->addresses; i++)
        count += snapshot.addresses[i].family == AF_INET;
    ULONG need = (ULONG)(FIELD_OFFSET(MIB_IPADDRTABLE, table) + count * sizeof table->table[0]);
    DWORD error = !table || *size < need ? ERROR_INSUFFICIENT_BUFFER : NO_ERROR;
    if (!error) {
        table->dwNumEntries = 0;
        if (order)
            qsort(snapshot.addresses, snapshot.head->addresses, sizeof *snapshot.addresses,
                  compare_addresses);
        for (uint32_t i = 0; i < snapshot.head->addresses; i++) {
            const struct network_address *from = &snapshot.addresses[i];
            if (from->family != AF_INET)
                continue;
            MIB_IPADDRROW *row = &table->table[table->dwNumEntries++];
            ZeroMemory(row, sizeof *row);
            CopyMemory(&row->dwAddr, from->bytes, 4);
            row->dwIndex = from->index;
            row->dwMask = ip_mask(from->prefix);
            row->dwBCastAddr = 1;
            row->dwReasmSize = 65535;
            row->wType = MIB_IPADDR_PRIMARY;
        }
    }
    *size = need;
    ip_release(&snapshot);
    return error;
}

NETIO_STATUS WINAPI GetUnicastIpAddressTable(ADDRESS_FAMILY family, PMIB_UNICASTIPADDRESS_TABLE *ret_table)
{
    struct snapshot snapshot;
    if (!ret_table || (family != AF_UNSPEC && family != AF_INET && family != AF_INET6))
        return ERROR_INVALID_PARAMETER;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    MIB_UNICASTIPADDRESS_TABLE *table = ip_allocate(sizeof *table +
                                                    snapshot.head->addresses * sizeof table->Table[0]);
    for (uint32_t i = 0; table && i < snapshot.head->addresses; i++) {
        const struct network_address *from = &snapshot.addresses[i];
        const struct network_interface *link = ip_by_index(&snapshot, from->index);
        if ((family != AF_UNSPEC && from->family != family) || !link)
            continue;
        MIB_UNICASTIPADDRESS_ROW *row = &table->Table[table->NumEntries++];
        ip_address(&row->Address, from->family, from->bytes, from->scope);
        row->InterfaceLuid = ip_luid(link);
        row->InterfaceIndex = from->index;
        row->PrefixOrigin = IpPrefixOriginManual;
        row->SuffixOrigin = IpSuffixOriginManual;
        row->ValidLifetime = from->valid;
        row->PreferredLifetime = from->preferred;
        row->OnLinkPrefixLength = (UINT8)from->prefix;
        row->DadState = from->tentative ? IpDadStateTentative : IpDadStatePreferred;
        row->ScopeId.Value = from->scope;
    }
    ip_release(&snapshot);
    *ret_table = table;
    return table ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}
