/*
 * Interfaces by index, name, LUID and GUID; their rows and tables.
 */
#include "iphlpapi.h"

enum find { BY_INDEX, BY_LUID, BY_GUID, BY_ALIAS };

/* Finds an interface and copies it out; NETIO_STATUS. */
static DWORD find(enum find by, const void *key, struct network_interface *ret)
{
    struct snapshot snapshot;
    WCHAR name[32];
    GUID guid;
    DWORD error = ERROR_FILE_NOT_FOUND;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    for (uint32_t i = 0; i < snapshot.head->interfaces && error; i++) {
        const struct network_interface *link = &snapshot.interfaces[i];
        BOOL found = FALSE;
        switch (by) {
        case BY_INDEX: found = link->index == *(const ULONG *)key; break;
        case BY_LUID: found = ip_luid(link).Value == ((const NET_LUID *)key)->Value; break;
        case BY_GUID:
            ip_guid(link, &guid);
            found = RtlCompareMemory(&guid, key, sizeof guid) == sizeof guid;
            break;
        case BY_ALIAS:
            ip_wide(link->name, name, ARRAYSIZE(name));
            found = lstrcmpiW(name, key) == 0;
            break;
        }
        if (found) {
            *ret = *link;
            error = NO_ERROR;
        }
    }
    ip_release(&snapshot);
    return error;
}

NETIO_STATUS WINAPI ConvertInterfaceIndexToLuid(NET_IFINDEX index, PNET_LUID luid)
{
    struct network_interface link;
    ULONG key = index;
    if (!luid)
        return ERROR_INVALID_PARAMETER;
    luid->Value = 0;
    DWORD error = find(BY_INDEX, &key, &link);
    if (!error)
        *luid = ip_luid(&link);
    return error;
}

NETIO_STATUS WINAPI ConvertInterfaceLuidToIndex(const NET_LUID *luid, PNET_IFINDEX index)
{
    struct network_interface link;
    if (!luid || !index)
        return ERROR_INVALID_PARAMETER;
    DWORD error = find(BY_LUID, luid, &link);
    *index = error ? 0 : link.index;
    return error;
}

NETIO_STATUS WINAPI ConvertInterfaceLuidToGuid(const NET_LUID *luid, GUID *guid)
{
    struct network_interface link;
    if (!luid || !guid)
        return ERROR_INVALID_PARAMETER;
    DWORD error = find(BY_LUID, luid, &link);
    if (!error)
        ip_guid(&link, guid);
    return error;
}

NETIO_STATUS WINAPI ConvertInterfaceGuidToLuid(const GUID *guid, PNET_LUID luid)
{
    struct network_interface link;
    if (!guid || !luid)
        return ERROR_INVALID_PARAMETER;
    DWORD error = find(BY_GUID, guid, &link);
    if (!error)
        *luid = ip_luid(&link);
    return error;
}

static NETIO_STATUS give(const WCHAR *text, PWSTR to, SIZE_T room)
{
    if ((SIZE_T)lstrlenW(text) >= room)
        return ERROR_NOT_ENOUGH_MEMORY;
    lstrcpyW(to, text);
    return NO_ERROR;
}

NETIO_STATUS WINAPI ConvertInterfaceLuidToAlias(const NET_LUID *luid, PWSTR alias, SIZE_T room)
{
    struct network_interface link;
    WCHAR name[32];
    if (!luid || !alias)
        return ERROR_INVALID_PARAMETER;
    DWORD error = find(BY_LUID, luid, &link);
    if (error)
        return error;
    ip_wide(link.name, name, ARRAYSIZE(name));
    return give(name, alias, room);
}

NETIO_STATUS WINAPI ConvertInterfaceAliasToLuid(const WCHAR *alias, PNET_LUID luid)
{
    struct network_interface link;
    if (!alias || !luid)
        return ERROR_INVALID_PARAMETER;
    DWORD error = find(BY_ALIAS, alias, &link);
    if (!error)
        *luid = ip_luid(&link);
    return error == ERROR_FILE_NOT_FOUND ? ERROR_INVALID_PARAMETER : error;
}

static const struct {
    ULONG type;
    const WCHAR *name;
} kinds[] = {{IF_TYPE_ETHERNET_CSMACD, L"ethernet"},
             {IF_TYPE_PPP, L"ppp"},
             {IF_TYPE_SOFTWARE_LOOPBACK, L"loopback"},
             {IF_TYPE_TUNNEL, L"tunnel"},
             {IF_TYPE_OTHER, L"other"}};

NETIO_STATUS WINAPI ConvertInterfaceLuidToNameW(const NET_LUID *luid, PWSTR name, SIZE_T room)
{
    struct network_interface link;
    WCHAR text[64], digits[12];
    int n = 0, end;
    if (!luid || !name)
        return ERROR_INVALID_PARAMETER;
    DWORD error = find(BY_LUID, luid, &link);
    if (error)
        return error;
    lstrcpyW(text, L"iftype");
    for (unsigned i = 0; i < ARRAYSIZE(kinds); i++)
        if (kinds[i].type == link.type)
            lstrcpyW(text, kinds[i].name);
    end = lstrlenW(text);
    text[end++] = '_';
    ULONG number = link.index;
    do
        digits[n++] = (WCHAR)('0' + number % 10);
    while (number /= 10);
    while (n)
        text[end++] = digits[--n];
    text[end] = 0;
    return give(text, name, room);
}

NETIO_STATUS WINAPI ConvertInterfaceLuidToNameA(const NET_LUID *luid, PSTR name, SIZE_T room)
{
    WCHAR wide[64];
    if (!name)
        return ERROR_INVALID_PARAMETER;
    NETIO_STATUS status = ConvertInterfaceLuidToNameW(luid, wide, ARRAYSIZE(wide));
    if (status)
        return status;
    if ((SIZE_T)lstrlenW(wide) >= room)
        return ERROR_NOT_ENOUGH_MEMORY;
    for (int i = 0; (name[i] = (char)wide[i]); i++)
        ;
    return NO_ERROR;
}

NETIO_STATUS WINAPI ConvertInterfaceNameToLuidW(const WCHAR *name, PNET_LUID luid)
{
    if (!luid)
        return ERROR_INVALID_PARAMETER;
    luid->Value = 0;
    if (!name)
        return ERROR_INVALID_NAME;
    for (unsigned i = 0; i < ARRAYSIZE(kinds); i++) {
        int n = lstrlenW(kinds[i].name), j = 0;
        ULONG number = 0;
        while (j < n && name[j] == kinds[i].name[j])
            j++;
        if (j < n || name[j++] != '_' || !name[j])
            continue;
        for (; name[j] >= '0' && name[j] <= '9'; j++)
            number = number * 10 + (ULONG)(name[j] - '0');
        if (name[j])
            break;
        luid->Info.IfType = kinds[i].type;
        luid->Info.NetLuidIndex = number;
        return NO_ERROR;
    }
    return ERROR_INVALID_NAME;
}

NETIO_STATUS WINAPI ConvertInterfaceNameToLuidA(const CHAR *name, PNET_LUID luid)
{
    WCHAR wide[64];
    if (!name)
        return ERROR_INVALID_NAME;
    ip_wide(name, wide, ARRAYSIZE(wide));
    return ConvertInterfaceNameToLuidW(wide, luid);
}

NET_IFINDEX WINAPI if_nametoindex(PCSTR name)
{
    NET_LUID luid;
    NET_IFINDEX index = 0;
    struct network_interface link;
    WCHAR wide[64];
    if (!name)
        return 0;
    if (ConvertInterfaceNameToLuidA(name, &luid) == NO_ERROR &&
        ConvertInterfaceLuidToIndex(&luid, &index) == 0)
        return index;
    ip_wide(name, wide, ARRAYSIZE(wide)); /* the friendly name serves, too */
    return find(BY_ALIAS, wide, &link) ? 0 : link.index;
}

PCHAR WINAPI if_indextoname(NET_IFINDEX index, PCHAR name)
{
    NET_LUID luid;
    if (ConvertInterfaceIndexToLuid(index, &luid) || ConvertInterfaceLuidToNameA(&luid, name, IF_NAMESIZE))
        return NULL;
    return name;
}

DWORD WINAPI GetFriendlyIfIndex(DWORD index)
{
    return index & 0x00ffffff;
}

/* ---- rows ---- */

static void fill_row(MIB_IFROW *row, const struct network_interface *from)
{
    ZeroMemory(row, sizeof *row);
    ip_wide(from->name, row->wszName, ARRAYSIZE(row->wszName));
    row->dwIndex = from->index;
    row->dwType = from->type;
    row->dwMtu = from->mtu;
    row->dwSpeed = from->speed > 0xffffffff ? 0xffffffff : (DWORD)from->speed;
    row->dwPhysAddrLen = from->hardware_length;
    CopyMemory(row->bPhysAddr, from->hardware, from->hardware_length);
    row->dwAdminStatus = from->flags & NETWORK_UP ? 1 : 2;
    row->dwOperStatus = from->flags & NETWORK_RUNNING ? IF_OPER_STATUS_OPERATIONAL
                                                      : IF_OPER_STATUS_DISCONNECTED;
    row->dwInOctets = (DWORD)from->received_bytes;
    row->dwInUcastPkts = (DWORD)from->received_packets;
    row->dwInNUcastPkts = (DWORD)from->received_multicast;
    row->dwInDiscards = (DWORD)from->received_dropped;
    row->dwInErrors = (DWORD)from->received_errors;
    row->dwOutOctets = (DWORD)from->sent_bytes;
    row->dwOutUcastPkts = (DWORD)from->sent_packets;
    row->dwOutDiscards = (DWORD)from->sent_dropped;
    row->dwOutErrors = (DWORD)from->sent_errors;
    ip_copy((char *)row->bDescr, ip_description(from), sizeof row->bDescr);
    row->dwDescrLen = (DWORD)lstrlenA((char *)row->bDescr);
}

static void fill_row2(MIB_IF_ROW2 *row, const struct network_interface *from)
{
    ZeroMemory(row, sizeof *row);
    row->InterfaceLuid = ip_luid(from);
    row->InterfaceIndex = from->index;
    ip_guid(from, &row->InterfaceGuid);
    ip_wide(from->name, row->Alias, ARRAYSIZE(row->Alias));
    ip_wide(ip_description(from), row->Description, ARRAYSIZE(row->Description));
    row->PhysicalAddressLength = from->hardware_length;
    CopyMemory(row->PhysicalAddress, from->hardware, from->hardware_length);
    CopyMemory(row->PermanentPhysicalAddress, from->hardware, from->hardware_length);
    row->Mtu = from->mtu;
    row->Type = from->type;
    row->TunnelType = TUNNEL_TYPE_NONE;
    row->MediaType = from->flags & NETWORK_LOOPBACK ? NdisMediumLoopback : NdisMedium802_3;
    row->AccessType = from->flags & NETWORK_LOOPBACK         ? NET_IF_ACCESS_LOOPBACK
                      : from->flags & NETWORK_POINT_TO_POINT ? NET_IF_ACCESS_POINT_TO_POINT
                                                             : NET_IF_ACCESS_BROADCAST;
    row->DirectionType = NET_IF_DIRECTION_SENDRECEIVE;
    row->InterfaceAndOperStatusFlags.ConnectorPresent = !(from->flags & NETWORK_LOOPBACK);
    row->InterfaceAndOperStatusFlags.HardwareInterface = from->type == IF_TYPE_ETHERNET_CSMACD;
    row->OperStatus = ip_status(from);
    row->AdminStatus = from->flags & NETWORK_UP ? NET_IF_ADMIN_STATUS_UP : NET_IF_ADMIN_STATUS_DOWN;
    row->MediaConnectState = from->flags & NETWORK_RUNNING ? MediaConnectStateConnected
                                                           : MediaConnectStateDisconnected;
    row->ConnectionType = NET_IF_CONNECTION_DEDICATED;
    row->TransmitLinkSpeed = row->ReceiveLinkSpeed = from->speed;
    row->InOctets = row->InUcastOctets = from->received_bytes;
    row->InUcastPkts = from->received_packets;
    row->InNUcastPkts = from->received_multicast;
    row->InDiscards = from->received_dropped;
    row->InErrors = from->received_errors;
    row->OutOctets = row->OutUcastOctets = from->sent_bytes;
    row->OutUcastPkts = from->sent_packets;
    row->OutDiscards = from->sent_dropped;
    row->OutErrors = from->sent_errors;
}

DWORD WINAPI GetIfEntry(PMIB_IFROW row)
{
    struct network_interface link;
    if (!row)
        return ERROR_INVALID_PARAMETER;
    ULONG index = row->dwIndex;
    DWORD error = find(BY_INDEX, &index, &link);
    if (!error)
        fill_row(row, &link);
    return error == ERROR_FILE_NOT_FOUND ? ERROR_INVALID_DATA : error;
}

DWORD WINAPI GetIfTable(PMIB_IFTABLE table, PULONG size, BOOL order)
{
    struct snapshot snapshot;
    (void)order; /* the kernel's is by index */
    if (!size)
        return ERROR_INVALID_PARAMETER;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    ULONG count = snapshot.head->interfaces;
    ULONG need = (ULONG)(FIELD_OFFSET(MIB_IFTABLE, table) + count * sizeof table->table[0]);
    DWORD error = !table || *size < need ? ERROR_INSUFFICIENT_BUFFER : NO_ERROR;
    if (!error) {
        table->dwNumEntries = count;
        for (ULONG i = 0; i < count; i++)
            fill_row(&table->table[i], &snapshot.interfaces[i]);
    }
    *size = need;
    ip_release(&snapshot);
    return error;
}

NETIO_STATUS WINAPI GetIfEntry2(PMIB_IF_ROW2 row)
{
    struct network_interface link;
    if (!row)
        return ERROR_INVALID_PARAMETER;
    ULONG index = row->InterfaceIndex;
    DWORD error = row->InterfaceLuid.Value ? find(BY_LUID, &row->InterfaceLuid, &link)
                  : index                  ? find(BY_INDEX, &index, &link)
                                           : ERROR_INVALID_PARAMETER;
    if (!error)
        fill_row2(row, &link);
    return error;
}

NETIO_STATUS WINAPI GetIfTable2(PMIB_IF_TABLE2 *ret_table)
{
    struct snapshot snapshot;
    if (!ret_table)
        return ERROR_INVALID_PARAMETER;
    if (!ip_snapshot(&snapshot))
        return ERROR_NOT_ENOUGH_MEMORY;
    ULONG count = snapshot.head->interfaces;
    MIB_IF_TABLE2 *table = ip_allocate(sizeof *table + count * sizeof table->Table[0]);
    if (table) {
        table->NumEntries = count;
        for (ULONG i = 0; i < count; i++)
            fill_row2(&table->Table[i], &snapshot.interfaces[i]);
    }
    ip_release(&snapshot);
    *ret_table = table;
    return table ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}

NETIO_STATUS WINAPI GetIfTable2Ex(MIB_IF_TABLE_LEVEL level, PMIB_IF_TABLE2 *ret_table)
{
    return level == MibIfTableNormal || level == MibIfTableRaw ? GetIfTable2(ret_table)
                                                               : ERROR_INVALID_PARAMETER;
}

VOID WINAPI FreeMibTable(PVOID table)
{
    ip_free(table);
}
