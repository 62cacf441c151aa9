/*
 * GetAdaptersAddresses, GetAdaptersInfo, GetNetworkParams: a caller's buffer filled from the front.
 */
#include "iphlpapi.h"

/* A buffer that only counts once it is full. */
struct filler {
    char *buffer;
    SIZE_T used, room;
};

/* Space of this size, zeroed; NULL when it does not fit any more. */
static void *take(struct filler *filler, SIZE_T size)
{
    size = (size + 7) & ~(SIZE_T)7;
    char *place = filler->used + size <= filler->room ? filler->buffer + filler->used : NULL;
    filler->used += size;
    if (place)
        ZeroMemory(place, size);
    return place;
}

static char *take_text(struct filler *filler, const char *text)
{
    char *copy = take(filler, (SIZE_T)lstrlenA(text) + 1);
    if (copy)
        lstrcpyA(copy, text);
    return copy;
}

static WCHAR *take_wide(struct filler *filler, const char *text)
{
    WCHAR wide[300];
    ip_wide(text, wide, ARRAYSIZE(wide));
    WCHAR *copy = take(filler, ((SIZE_T)lstrlenW(wide) + 1) * sizeof *copy);
    if (copy)
        lstrcpyW(copy, wide);
    return copy;
}

static BOOL take_address(struct filler *filler, SOCKET_ADDRESS *to, ULONG family, const uint8_t *bytes,
                         ULONG scope)
{
    SIZE_T size = family == AF_INET ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6);
    SOCKADDR_INET address, *copy = take(filler, sizeof address);
    ip_address(&address, family, bytes, scope);
    if (!copy)
        return FALSE;
    CopyMemory(copy, &address, size);
    to->lpSockaddr = (SOCKADDR *)copy;
    to->iSockaddrLength = (INT)size;
    return TRUE;
}

static BOOL wanted(ULONG family, ULONG asked)
{
    return asked == AF_UNSPEC || asked == family;
}

static void add_unicast(struct filler *filler, IP_ADAPTER_ADDRESSES *adapter, const struct snapshot *snapshot,
                        const struct network_interface *link, ULONG family)
{
    PIP_ADAPTER_UNICAST_ADDRESS *last = adapter ? &adapter->FirstUnicastAddress : NULL;
    for (uint32_t i = 0; i < snapshot->head->addresses; i++) {
        const struct network_address *from = &snapshot->addresses[i];
        SOCKET_ADDRESS address = {0};
        if (from->index != link->index || !wanted(from->family, family))
            continue;
        IP_ADAPTER_UNICAST_ADDRESS *to = take(filler, sizeof *to);
        if (!take_address(filler, &address, from->family, from->bytes, from->scope) || !to || !last)
            continue;
        BOOL link_local = from->family == AF_INET6 && from->scope;
        to->Length = sizeof *to;
        to->Flags = IP_ADAPTER_ADDRESS_DNS_ELIGIBLE;
        to->Address = address;
        to->PrefixOrigin = link_local ? IpPrefixOriginWellKnown : IpPrefixOriginManual;
        to->SuffixOrigin = link_local ? IpSuffixOriginLinkLayerAddress : IpSuffixOriginManual;
        to->DadState = from->tentative ? IpDadStateTentative : IpDadStatePreferred;
        to->ValidLifetime = from->valid;
        to->PreferredLifetime = from->preferred;
        to->LeaseLifetime = from->valid;
        to->OnLinkPrefixLength = (UINT8)from->prefix;
        *last = to;
        last = &to->Next;
    }
}

static void add_multicast(struct filler *filler, IP_ADAPTER_ADDRESSES *adapter,
                          const struct snapshot *snapshot, const struct network_interface *link, ULONG family)
{
    PIP_ADAPTER_MULTICAST_ADDRESS *last = adapter ? &adapter->FirstMulticastAddress : NULL;
    for (uint32_t i = 0; i < snapshot->head->groups; i++) {
        const struct network_group *group = &snapshot->groups[i];
        SOCKET_ADDRESS address = {0};
        if (group->index != link->index || !wanted(group->family, family))
            continue;
        IP_ADAPTER_MULTICAST_ADDRESS *to = take(filler, sizeof *to);
        if (!take_address(filler, &address, group->family, group->bytes, link->index) || !to || !last)
            continue;
        to->Length = sizeof *to;
        to->Address = address;
        *last = to;
        last = &to->Next;
    }
}

static void add_prefixes(struct filler *filler, IP_ADAPTER_ADDRESSES *adapter,
                         const struct snapshot *snapshot, const struct network_interface *link, ULONG family)
{
    PIP_ADAPTER_PREFIX *last = adapter ? &adapter->FirstPrefix : NULL;
    for (uint32_t i = 0; i < snapshot->head->addresses; i++) {
        const struct network_address *from = &snapshot->addresses[i];
        SOCKET_ADDRESS address = {0};
        uint8_t bytes[16];
        if (from->index != link->index || !wanted(from->family, family))
            continue;
        CopyMemory(bytes, from->bytes, 16);
        for (uint32_t bit = from->prefix; bit < (from->family == AF_INET ? 32u : 128u); bit++)
            bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
        IP_ADAPTER_PREFIX *to = take(filler, sizeof *to);
        if (!take_address(filler, &address, from->family, bytes, 0) || !to || !last)
            continue;
        to->Length = sizeof *to;
        to->Address = address;
        to->PrefixLength = from->prefix;
        *last = to;
        last = &to->Next;
    }
}

static void add_gateways(struct filler *filler, IP_ADAPTER_ADDRESSES *adapter,
                         const struct snapshot *snapshot, const struct network_interface *link, ULONG family)
{
    PIP_ADAPTER_GATEWAY_ADDRESS_LH *last = adapter ? &adapter->FirstGatewayAddress : NULL;
    for (uint32_t i = 0; i < snapshot->head->routes; i++) {
        const struct network_route *route = &snapshot->routes[i];
        SOCKET_ADDRESS address = {0};
        if (route->index != link->index || route->prefix || !route->has_gateway ||
            !wanted(route->family, family))
            continue;
        IP_ADAPTER_GATEWAY_ADDRESS_LH *to = take(filler, sizeof *to);
        if (!take_address(filler, &address, route->family, route->gateway, link->index) || !to || !last)
            continue;
        to->Length = sizeof *to;
        to->Address = address;
        *last = to;
        last = &to->Next;
    }
}

static void add_servers(struct filler *filler, IP_ADAPTER_ADDRESSES *adapter, const struct snapshot *snapshot,
                        ULONG family)
{
    PIP_ADAPTER_DNS_SERVER_ADDRESS *last = adapter ? &adapter->FirstDnsServerAddress : NULL;
    for (uint32_t i = 0; i < snapshot->head->servers; i++) {
        const struct network_server *server = &snapshot->servers[i];
        SOCKET_ADDRESS address = {0};
        if (!wanted(server->family, family))
            continue;
        IP_ADAPTER_DNS_SERVER_ADDRESS *to = take(filler, sizeof *to);
        if (!take_address(filler, &address, server->family, server->bytes, server->scope) || !to || !last)
            continue;
        to->Length = sizeof *to;
        to->Address = address;
        *last = to;
        last = &to->Next;
    }
}

static BOOL has_family(const struct snapshot *snapshot, const struct network_interface *link, ULONG family)
{
    for (uint32_t i = 0; i < snapshot->head->addresses; i++)
        if (snapshot->addresses[i].index == link->index && snapshot->addresses[i].family == family)
            return TRUE;
    return FALSE;
}

static IP_ADAPTER_ADDRESSES *add_adapter(struct filler *filler, const struct snapshot *snapshot,
                                         const struct network_interface *link, ULONG family, ULONG flags)
{
    IP_ADAPTER_ADDRESSES *adapter = take(filler, sizeof *adapter);
    WCHAR guid[40];
    char name[40];
    ip_guid_text(link, guid);
    for (int i = 0; i < 40 && (name[i] = (char)guid[i]); i++)
        ;
    char *copy = take_text(filler, name);
    WCHAR *friendly = flags & GAA_FLAG_SKIP_FRIENDLY_NAME ? NULL : take_wide(filler, link->name);
    WCHAR *description = take_wide(filler, ip_description(link));
    WCHAR *suffix = take_wide(filler, link->flags & NETWORK_LOOPBACK ? "" : snapshot->head->domain);
    if (adapter) {
        BOOL four = has_family(snapshot, link, AF_INET), six = has_family(snapshot, link, AF_INET6);
        adapter->Length = sizeof *adapter;
        adapter->IfIndex = four ? link->index : 0;
        adapter->Ipv6IfIndex = six ? link->index : 0;
        if (!four && !six)
            adapter->IfIndex = link->index;
        adapter->AdapterName = copy;
        adapter->FriendlyName = friendly;
        adapter->Description = description;
        adapter->DnsSuffix = suffix;
        adapter->PhysicalAddressLength = link->hardware_length;
        CopyMemory(adapter->PhysicalAddress, link->hardware, link->hardware_length);
        adapter->Mtu = link->flags & NETWORK_LOOPBACK ? 0xffffffff : link->mtu;
        adapter->IfType = link->type;
        adapter->OperStatus = ip_status(link);
        adapter->TransmitLinkSpeed = adapter->ReceiveLinkSpeed = link->speed ? link->speed : ~0ull;
        if (link->flags & NETWORK_LOOPBACK)
            adapter->TransmitLinkSpeed = adapter->ReceiveLinkSpeed = 1073741824;
        adapter->Ipv4Metric = adapter->Ipv6Metric = link->flags & NETWORK_LOOPBACK ? 75 : 25;
        adapter->Luid = ip_luid(link);
        ip_guid(link, &adapter->NetworkGuid);
        adapter->ConnectionType = NET_IF_CONNECTION_DEDICATED;
        adapter->Flags = (four ? IP_ADAPTER_IPV4_ENABLED : 0) | (six ? IP_ADAPTER_IPV6_ENABLED : 0) |
                         (link->flags & NETWORK_MULTICAST ? 0 : IP_ADAPTER_NO_MULTICAST);
        for (int i = 0; i < 16; i++)
            adapter->ZoneIndices[i] = link->index;
    }
    if (!(flags & GAA_FLAG_SKIP_UNICAST))
        add_unicast(filler, adapter, snapshot, link, family);
    if (!(flags & GAA_FLAG_SKIP_MULTICAST))
        add_multicast(filler, adapter, snapshot, link, family);
    if (flags & GAA_FLAG_INCLUDE_PREFIX)
        add_prefixes(filler, adapter, snapshot, link, family);
    if (flags & GAA_FLAG_INCLUDE_GATEWAYS)
        add_gateways(filler, adapter, snapshot, link, family);
    if (!(flags & GAA_FLAG_SKIP_DNS_SERVER) && !(link->flags & NETWORK_LOOPBACK))
        add_servers(filler, adapter, snapshot, family);
    return adapter;
}

ULONG WINAPI GetAdaptersAddresses(ULONG family, ULONG flags, PVOID reserved, PIP_ADAPTER_ADDRESSES addresses,
                                  PULONG size)
{
    struct snapshot snapshot;
    (void)reserved;
    if (!size || (family != AF_UNSPEC && family != AF_INET && family != AF_INET6))
        return ERROR_INVALID_PARAMETER;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    struct filler filler = {.buffer = (char *)addresses, .room = addresses ? *size : 0};
    IP_ADAPTER_ADDRESSES *first = NULL, **last = &first;
    ULONG count = 0, error = ERROR_SUCCESS;
    for (uint32_t i = 0; i < snapshot.head->interfaces; i++) {
        const struct network_interface *link = &snapshot.interfaces[i];
        if (!(link->flags & NETWORK_UP) && !(flags & GAA_FLAG_INCLUDE_ALL_INTERFACES))
            continue;
        if (family != AF_UNSPEC && !has_family(&snapshot, link, family))
            continue;
        IP_ADAPTER_ADDRESSES *adapter = add_adapter(&filler, &snapshot, link, family, flags);
        count++;
        if (adapter) {
            *last = adapter;
            last = &adapter->Next;
        }
    }
    if (!count)
        error = ERROR_NO_DATA;
    else if (filler.used > filler.room) {
        *size = (ULONG)filler.used;
        error = ERROR_BUFFER_OVERFLOW;
    }
    ip_release(&snapshot);
    return error;
}

/* ---- the older call: IPv4 only ---- */

static void address_text(char *to, const uint8_t *bytes)
{
    int n = 0;
    for (int i = 0; i < 4; i++) {
        ULONG value = bytes[i];
        if (i)
            to[n++] = '.';
        if (value >= 100)
            to[n++] = (char)('0' + value / 100);
        if (value >= 10)
            to[n++] = (char)('0' + value / 10 % 10);
        to[n++] = (char)('0' + value % 10);
    }
    to[n] = 0;
}

static void fill_list(struct filler *filler, IP_ADDR_STRING *first, BOOL *ret_used, const uint8_t *bytes,
                      ULONG prefix, ULONG context, IP_ADDR_STRING **tail)
{
    static const uint8_t zero[4];
    ULONG mask = ip_mask(prefix);
    IP_ADDR_STRING *to = first;
    if (*ret_used) {
        to = take(filler, sizeof *to);
        if (!to)
            return;
        (*tail)->Next = to;
    }
    *ret_used = TRUE;
    *tail = to;
    address_text(to->IpAddress.String, bytes ? bytes : zero);
    address_text(to->IpMask.String, (uint8_t *)&mask);
    to->Context = context;
}

DWORD WINAPI GetAdaptersInfo(PIP_ADAPTER_INFO info, PULONG size)
{
    struct snapshot snapshot;
    if (!size)
        return ERROR_INVALID_PARAMETER;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    struct filler filler = {.buffer = (char *)info, .room = info ? *size : 0};
    IP_ADAPTER_INFO *first = NULL, **last = &first, scratch;
    ULONG count = 0, error = ERROR_SUCCESS;
    for (uint32_t i = 0; i < snapshot.head->interfaces; i++) {
        const struct network_interface *link = &snapshot.interfaces[i];
        if (!(link->flags & NETWORK_UP) || (link->flags & NETWORK_LOOPBACK))
            continue;
        IP_ADAPTER_INFO *place = take(&filler, sizeof *place), *adapter = place ? place : &scratch;
        IP_ADDR_STRING *tail = NULL;
        BOOL used = FALSE, gateway = FALSE;
        WCHAR guid[40];
        ZeroMemory(adapter, sizeof *adapter);
        ip_guid_text(link, guid);
        for (int j = 0; j < 40 && (adapter->AdapterName[j] = (char)guid[j]); j++)
            ;
        ip_copy(adapter->Description, ip_description(link), sizeof adapter->Description);
        adapter->AddressLength = link->hardware_length;
        CopyMemory(adapter->Address, link->hardware, link->hardware_length);
        adapter->Index = adapter->ComboIndex = link->index;
        adapter->Type = link->type;
        for (uint32_t j = 0; j < snapshot.head->addresses; j++)
            if (snapshot.addresses[j].index == link->index && snapshot.addresses[j].family == AF_INET)
                fill_list(&filler, &adapter->IpAddressList, &used, snapshot.addresses[j].bytes,
                          snapshot.addresses[j].prefix, j, &tail);
        if (!used)
            fill_list(&filler, &adapter->IpAddressList, &used, NULL, 0, 0, &tail);
        for (uint32_t j = 0; j < snapshot.head->routes; j++)
            if (snapshot.routes[j].index == link->index && snapshot.routes[j].family == AF_INET &&
                !snapshot.routes[j].prefix && snapshot.routes[j].has_gateway)
                fill_list(&filler, &adapter->GatewayList, &gateway, snapshot.routes[j].gateway, 32, 0, &tail);
        if (!gateway)
            fill_list(&filler, &adapter->GatewayList, &gateway, NULL, 0, 0, &tail);
        adapter->CurrentIpAddress = &adapter->IpAddressList;
        count++;
        if (place) {
            *last = place;
            last = &place->Next;
        }
    }
    if (!count)
        error = ERROR_NO_DATA;
    else if (filler.used > filler.room)
        error = ERROR_BUFFER_OVERFLOW;
    *size = (ULONG)filler.used;
    ip_release(&snapshot);
    return error;
}

DWORD WINAPI GetNetworkParams(PFIXED_INFO info, PULONG size)
{
    struct snapshot snapshot;
    FIXED_INFO scratch, *to;
    if (!size)
        return ERROR_INVALID_PARAMETER;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    struct filler filler = {.buffer = (char *)info, .room = info ? *size : 0};
    to = take(&filler, sizeof *to);
    if (!to) {
        to = &scratch;
        ZeroMemory(to, sizeof *to);
    }
    ip_copy(to->HostName, snapshot.head->host, sizeof to->HostName);
    ip_copy(to->DomainName, snapshot.head->domain, sizeof to->DomainName);
    to->NodeType = HYBRID_NODETYPE;
    BOOL used = FALSE;
    IP_ADDR_STRING *tail = NULL;
    for (uint32_t i = 0; i < snapshot.head->servers; i++)
        if (snapshot.servers[i].family == AF_INET) {
            fill_list(&filler, &to->DnsServerList, &used, snapshot.servers[i].bytes, 0, 0, &tail);
            if (tail)
                ZeroMemory(&tail->IpMask, sizeof tail->IpMask);
        }
    to->CurrentDnsServer = NULL;
    DWORD error = filler.used > filler.room ? ERROR_BUFFER_OVERFLOW : ERROR_SUCCESS;
    *size = (ULONG)filler.used;
    ip_release(&snapshot);
    return error;
}

DWORD WINAPI GetNumberOfInterfaces(PDWORD count)
{
    struct snapshot snapshot;
    if (!count)
        return ERROR_INVALID_PARAMETER;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    *count = snapshot.head->interfaces;
    ip_release(&snapshot);
    return ERROR_SUCCESS;
}

DWORD WINAPI GetInterfaceInfo(PIP_INTERFACE_INFO info, PULONG size)
{
    struct snapshot snapshot;
    ULONG count = 0;
    if (!size)
        return ERROR_INVALID_PARAMETER;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    for (uint32_t i = 0; i < snapshot.head->interfaces; i++)
        count += !(snapshot.interfaces[i].flags & NETWORK_LOOPBACK);
    ULONG need = (ULONG)(FIELD_OFFSET(IP_INTERFACE_INFO, Adapter) + count * sizeof info->Adapter[0]);
    DWORD error = count ? ERROR_SUCCESS : ERROR_NO_DATA;
    if (count && (!info || *size < need))
        error = ERROR_INSUFFICIENT_BUFFER;
    else if (count) {
        info->NumAdapters = 0;
        for (uint32_t i = 0; i < snapshot.head->interfaces; i++) {
            const struct network_interface *link = &snapshot.interfaces[i];
            if (link->flags & NETWORK_LOOPBACK)
                continue;
            IP_ADAPTER_INDEX_MAP *map = &info->Adapter[info->NumAdapters++];
            map->Index = link->index;
            lstrcpyW(map->Name, L"\\DEVICE\\TCPIP_");
            ip_guid_text(link, map->Name + lstrlenW(map->Name));
        }
    }
    *size = need;
    ip_release(&snapshot);
    return error;
}
