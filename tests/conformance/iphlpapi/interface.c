/*
 * Interfaces: index, LUID, GUID, name and alias lead to each other; rows and tables agree.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include "harness.h"

#define NOWHERE 0x7ffffff0

static NET_LUID nobody(void)
{
    NET_LUID luid;
    luid.Value = 0x123456789;
    return luid;
}

/* The loopback interface, which every machine has. */
static NET_IFINDEX loopback(void)
{
    ULONG size = 0;
    DWORD index = 0;
    GetIpAddrTable(NULL, &size, FALSE);
    MIB_IPADDRTABLE *table = malloc(size);
    CHECK_EQ(GetIpAddrTable(table, &size, FALSE), NO_ERROR);
    for (DWORD i = 0; i < table->dwNumEntries; i++)
        if (table->table[i].dwAddr == htonl(INADDR_LOOPBACK))
            index = table->table[i].dwIndex;
    free(table);
    return index;
}

TEST(conversions)
{
    NET_IFINDEX index = loopback(), back = 0;
    NET_LUID luid, again;
    GUID guid;
    WCHAR wide[NDIS_IF_MAX_STRING_SIZE + 1], alias[NDIS_IF_MAX_STRING_SIZE + 1];
    char name[NDIS_IF_MAX_STRING_SIZE + 1], text[IF_MAX_STRING_SIZE + 1];

    CHECK_EQ(ConvertInterfaceIndexToLuid(index, &luid), NO_ERROR);
    CHECK_EQ(luid.Info.IfType, IF_TYPE_SOFTWARE_LOOPBACK);
    CHECK_EQ(ConvertInterfaceLuidToIndex(&luid, &back), NO_ERROR);
    CHECK_EQ(back, index);
    CHECK_EQ(ConvertInterfaceLuidToGuid(&luid, &guid), NO_ERROR);
    again.Value = 0;
    CHECK_EQ(ConvertInterfaceGuidToLuid(&guid, &again), NO_ERROR);
    CHECK(again.Value == luid.Value);
    CHECK_EQ(ConvertInterfaceLuidToNameW(&luid, wide, sizeof wide / sizeof *wide), NO_ERROR);
    CHECK_EQ(ConvertInterfaceLuidToNameA(&luid, name, sizeof name), NO_ERROR);
    again.Value = 0;
    CHECK_EQ(ConvertInterfaceNameToLuidW(wide, &again), NO_ERROR);
    CHECK(again.Value == luid.Value);
    again.Value = 0;
    CHECK_EQ(ConvertInterfaceNameToLuidA(name, &again), NO_ERROR);
    CHECK(again.Value == luid.Value);
    CHECK_EQ(ConvertInterfaceLuidToAlias(&luid, alias, sizeof alias / sizeof *alias), NO_ERROR);
    again.Value = 0;
    CHECK_EQ(ConvertInterfaceAliasToLuid(alias, &again), NO_ERROR);
    CHECK(again.Value == luid.Value);
    CHECK(if_indextoname(index, text) == text);
    CHECK_STR(text, name);
    CHECK_EQ(if_nametoindex(text), index);
}

TEST(conversion_errors)
{
    NET_LUID luid = nobody();
    NET_IFINDEX index = 99;
    GUID guid = {0};
    WCHAR wide[64];
    char name[64];

    CHECK_EQ(ConvertInterfaceIndexToLuid(NOWHERE, &luid), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(ConvertInterfaceIndexToLuid(1, NULL), ERROR_INVALID_PARAMETER);
    luid = nobody();
    CHECK_EQ(ConvertInterfaceLuidToIndex(&luid, &index), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(ConvertInterfaceLuidToIndex(NULL, &index), ERROR_INVALID_PARAMETER);
    CHECK_EQ(ConvertInterfaceLuidToIndex(&luid, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(ConvertInterfaceLuidToGuid(NULL, &guid), ERROR_INVALID_PARAMETER);
    CHECK_EQ(ConvertInterfaceLuidToGuid(&luid, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(ConvertInterfaceGuidToLuid(NULL, &luid), ERROR_INVALID_PARAMETER);
    CHECK_EQ(ConvertInterfaceGuidToLuid(&guid, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(ConvertInterfaceLuidToNameW(NULL, wide, 64), ERROR_INVALID_PARAMETER);
    CHECK_EQ(ConvertInterfaceLuidToNameA(NULL, name, 64), ERROR_INVALID_PARAMETER);
    CHECK_EQ(ConvertInterfaceNameToLuidW(NULL, &luid), ERROR_INVALID_NAME);
    CHECK_EQ(ConvertInterfaceNameToLuidA(NULL, &luid), ERROR_INVALID_NAME);
    CHECK_EQ(ConvertInterfaceNameToLuidW(L"no such interface", NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(ConvertInterfaceNameToLuidA("no such interface", NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(ConvertInterfaceLuidToAlias(NULL, wide, 64), ERROR_INVALID_PARAMETER);
    CHECK_EQ(ConvertInterfaceAliasToLuid(NULL, &luid), ERROR_INVALID_PARAMETER);
    CHECK_EQ(ConvertInterfaceAliasToLuid(L"no such alias", &luid), ERROR_INVALID_PARAMETER);
    CHECK(!if_indextoname(NOWHERE, name));
    CHECK_EQ(if_nametoindex("no such interface"), 0);

    CHECK_EQ(ConvertInterfaceIndexToLuid(loopback(), &luid), NO_ERROR);
    CHECK_EQ(ConvertInterfaceLuidToNameW(&luid, wide, 1), ERROR_NOT_ENOUGH_MEMORY);
    CHECK_EQ(ConvertInterfaceLuidToNameA(&luid, name, 1),
             harness_is_wine() ? ERROR_INSUFFICIENT_BUFFER : ERROR_NOT_ENOUGH_MEMORY); /* documented */
    CHECK_EQ(ConvertInterfaceLuidToAlias(&luid, wide, 1), ERROR_NOT_ENOUGH_MEMORY);
}

TEST(rows)
{
    MIB_IFROW row = {0};
    MIB_IF_ROW2 row2;

    row.dwIndex = loopback();
    CHECK_EQ(GetIfEntry(&row), NO_ERROR);
    CHECK_EQ(row.dwType, IF_TYPE_SOFTWARE_LOOPBACK);
    CHECK_EQ(row.dwAdminStatus, 1);
    memset(&row2, 0, sizeof row2);
    row2.InterfaceIndex = row.dwIndex;
    CHECK_EQ(GetIfEntry2(&row2), NO_ERROR);
    CHECK_EQ(row2.Type, IF_TYPE_SOFTWARE_LOOPBACK);
    CHECK_EQ(row2.InterfaceLuid.Info.IfType, IF_TYPE_SOFTWARE_LOOPBACK);
    CHECK_EQ(row2.AdminStatus, NET_IF_ADMIN_STATUS_UP);
    CHECK_EQ(row2.OperStatus, IfOperStatusUp);
    NET_LUID luid = row2.InterfaceLuid;
    memset(&row2, 0, sizeof row2);
    row2.InterfaceLuid = luid;
    CHECK_EQ(GetIfEntry2(&row2), NO_ERROR);
    CHECK_EQ(row2.InterfaceIndex, row.dwIndex);

    CHECK_EQ(GetIfEntry(NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetIfEntry2(NULL), ERROR_INVALID_PARAMETER);
    memset(&row2, 0, sizeof row2);
    CHECK_EQ(GetIfEntry2(&row2), ERROR_INVALID_PARAMETER); /* neither LUID nor index */
    row2.InterfaceIndex = NOWHERE;
    CHECK_EQ(GetIfEntry2(&row2), ERROR_FILE_NOT_FOUND);
    row.dwIndex = NOWHERE;
    CHECK_EQ(GetIfEntry(&row), harness_is_wine() ? ERROR_FILE_NOT_FOUND : ERROR_INVALID_DATA);
}

TEST(tables)
{
    DWORD size = 0, number = 0;
    MIB_IF_TABLE2 *table2 = NULL;
    BOOL found = FALSE;

    CHECK_EQ(GetIfTable(NULL, NULL, FALSE), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetIfTable(NULL, &size, FALSE), ERROR_INSUFFICIENT_BUFFER);
    MIB_IFTABLE *table = malloc(size);
    CHECK_EQ(GetIfTable(table, &size, TRUE), NO_ERROR);
    CHECK_EQ(GetNumberOfInterfaces(&number), NO_ERROR);
    CHECK_EQ(number, table->dwNumEntries);
    CHECK(number >= 1);
    for (DWORD i = 0; i < table->dwNumEntries; i++) {
        found |= table->table[i].dwIndex == loopback();
        CHECK(i == 0 || table->table[i - 1].dwIndex < table->table[i].dwIndex); /* in order, as asked for */
    }
    CHECK(found);
    free(table);
    CHECK_EQ(GetNumberOfInterfaces(NULL), ERROR_INVALID_PARAMETER);

    CHECK_EQ(GetIfTable2(NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetIfTable2(&table2), NO_ERROR);
    CHECK(table2->NumEntries >= number);
    found = FALSE;
    for (ULONG i = 0; i < table2->NumEntries; i++)
        found |= table2->Table[i].InterfaceIndex == loopback();
    CHECK(found);
    FreeMibTable(table2);
    CHECK_EQ(GetIfTable2Ex(MibIfTableNormal, &table2), NO_ERROR);
    CHECK(table2->NumEntries >= 1);
    FreeMibTable(table2);
    CHECK_EQ(GetIfTable2Ex((MIB_IF_TABLE_LEVEL)99, &table2), ERROR_INVALID_PARAMETER);
    FreeMibTable(NULL);
}

/* A number that a socket of another address family can tell: the lowest 24 bits of the index. */
TEST(friendly_index)
{
    DWORD index = loopback();
    CHECK_EQ(GetFriendlyIfIndex(index), index & 0xffffff);
}

TEST(adapters)
{
    ULONG size = 0, error = GetInterfaceInfo(NULL, &size);
    CHECK(error == ERROR_INSUFFICIENT_BUFFER || error == ERROR_NO_DATA);
    if (error == ERROR_INSUFFICIENT_BUFFER) {
        IP_INTERFACE_INFO *info = malloc(size);
        CHECK_EQ(GetInterfaceInfo(info, &size), NO_ERROR);
        CHECK(info->NumAdapters >= 1);
        for (LONG i = 0; i < info->NumAdapters; i++)
            CHECK(wcsncmp(info->Adapter[i].Name, L"\\DEVICE\\TCPIP_{", 15) == 0);
        free(info);
    }
    CHECK_EQ(GetInterfaceInfo(NULL, NULL), ERROR_INVALID_PARAMETER);

    size = 0;
    error = GetAdaptersInfo(NULL, &size);
    CHECK(error == ERROR_BUFFER_OVERFLOW || error == ERROR_NO_DATA);
    if (error == ERROR_BUFFER_OVERFLOW) {
        IP_ADAPTER_INFO *info = malloc(size);
        CHECK_EQ(GetAdaptersInfo(info, &size), NO_ERROR);
        for (IP_ADAPTER_INFO *at = info; at; at = at->Next) {
            CHECK(at->AdapterName[0] == '{');
            CHECK(at->Type != IF_TYPE_SOFTWARE_LOOPBACK); /* never listed here */
            CHECK(at->AddressLength <= MAX_ADAPTER_ADDRESS_LENGTH);
            CHECK(inet_addr(at->IpAddressList.IpAddress.String) != INADDR_NONE);
        }
        free(info);
    }
    CHECK_EQ(GetAdaptersInfo(NULL, NULL), ERROR_INVALID_PARAMETER);
}

TEST(adapter_addresses)
{
    ULONG size = 0, flags = GAA_FLAG_INCLUDE_PREFIX;
    BOOL found = FALSE;

    CHECK_EQ(GetAdaptersAddresses(AF_UNSPEC, flags, NULL, NULL, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetAdaptersAddresses(AF_UNSPEC, flags, NULL, NULL, &size), ERROR_BUFFER_OVERFLOW);
    IP_ADAPTER_ADDRESSES *all = malloc(size);
    CHECK_EQ(GetAdaptersAddresses(AF_UNSPEC, flags, NULL, all, &size), NO_ERROR);
    for (IP_ADAPTER_ADDRESSES *at = all; at; at = at->Next) {
        CHECK(at->Length >= sizeof(IP_ADAPTER_ADDRESSES_XP));
        CHECK(at->AdapterName && at->AdapterName[0] == '{');
        CHECK(at->FriendlyName && at->FriendlyName[0]);
        CHECK(at->Description && at->DnsSuffix);
        if (at->IfType != IF_TYPE_SOFTWARE_LOOPBACK)
            continue;
        CHECK_EQ(at->IfIndex, loopback());
        CHECK_EQ(at->OperStatus, IfOperStatusUp);
        for (IP_ADAPTER_UNICAST_ADDRESS *address = at->FirstUnicastAddress; address;
             address = address->Next) {
            SOCKADDR_IN *in = (SOCKADDR_IN *)address->Address.lpSockaddr;
            if (in->sin_family == AF_INET && in->sin_addr.s_addr == htonl(INADDR_LOOPBACK)) {
                found = TRUE;
                CHECK_EQ(address->OnLinkPrefixLength, 8);
                CHECK_EQ(address->Address.iSockaddrLength, sizeof *in);
            }
        }
    }
    CHECK(found);
    /* Whoever speaks IPv4 is in 224.0.0.1. Wine gives no groups. */
    found = FALSE;
    for (IP_ADAPTER_ADDRESSES *at = all; at; at = at->Next)
        for (IP_ADAPTER_MULTICAST_ADDRESS *group = at->FirstMulticastAddress; group; group = group->Next) {
            SOCKADDR_IN *in = (SOCKADDR_IN *)group->Address.lpSockaddr;
            CHECK_EQ(group->Length, sizeof *group);
            found |= in->sin_family == AF_INET && in->sin_addr.s_addr == htonl(0xe0000001);
        }
    CHECK(found || harness_is_wine());
    CHECK_EQ(GetAdaptersAddresses(AF_INET, GAA_FLAG_SKIP_UNICAST | GAA_FLAG_SKIP_MULTICAST, NULL, all, &size),
             NO_ERROR);
    for (IP_ADAPTER_ADDRESSES *at = all; at; at = at->Next)
        CHECK(!at->FirstUnicastAddress && !at->FirstMulticastAddress);
    free(all);
    size = 0;
    CHECK_EQ(GetAdaptersAddresses(AF_IPX, 0, NULL, NULL, &size),
             harness_is_wine() ? ERROR_BUFFER_OVERFLOW : ERROR_INVALID_PARAMETER);
}

TEST(parameters)
{
    ULONG size = 0;
    CHECK_EQ(GetNetworkParams(NULL, NULL), ERROR_INVALID_PARAMETER);
    CHECK_EQ(GetNetworkParams(NULL, &size), ERROR_BUFFER_OVERFLOW);
    FIXED_INFO *info = malloc(size);
    CHECK_EQ(GetNetworkParams(info, &size), NO_ERROR);
    CHECK(info->HostName[0] && !strchr(info->HostName, '.'));
    CHECK_EQ(info->EnableRouting & ~1u, 0);
    free(info);
}
