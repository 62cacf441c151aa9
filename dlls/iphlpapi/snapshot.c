/*
 * The machine's network as the host sees it, and names for what is in it.
 */
#include "iphlpapi.h"

void *ip_allocate(SIZE_T size)
{
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

void ip_free(void *block)
{
    if (block)
        HeapFree(GetProcessHeap(), 0, block);
}

/* The answer of the host to an operation; what it says may grow between two calls. */
static void *ask(ULONG operation, ULONG *ret_size)
{
    ULONG room = 16384, size;
    for (;;) {
        void *data = ip_allocate(room);
        if (!data)
            return NULL;
        NTSTATUS status = GwNetwork(operation, data, room, &size);
        if (NT_SUCCESS(status)) {
            *ret_size = size;
            return data;
        }
        ip_free(data);
        if (status != STATUS_BUFFER_TOO_SMALL)
            return NULL;
        room = size + 4096;
    }
}

BOOL ip_snapshot(struct snapshot *ret_snapshot)
{
    ULONG size;
    struct network_header *head = ask(NETWORK_INTERFACES, &size);
    if (!head)
        return FALSE;
    ret_snapshot->head = head;
    ret_snapshot->interfaces = (struct network_interface *)(head + 1);
    ret_snapshot->addresses = (struct network_address *)(ret_snapshot->interfaces + head->interfaces);
    ret_snapshot->routes = (struct network_route *)(ret_snapshot->addresses + head->addresses);
    ret_snapshot->servers = (struct network_server *)(ret_snapshot->routes + head->routes);
    ret_snapshot->groups = (struct network_group *)(ret_snapshot->servers + head->servers);
    return TRUE;
}

void ip_release(struct snapshot *snapshot)
{
    ip_free(snapshot->head);
}

const struct network_interface *ip_by_index(const struct snapshot *snapshot, ULONG index)
{
    for (uint32_t i = 0; i < snapshot->head->interfaces; i++)
        if (snapshot->interfaces[i].index == index)
            return &snapshot->interfaces[i];
    return NULL;
}

struct network_connection *ip_connections(ULONG operation, ULONG *ret_count)
{
    ULONG size;
    struct network_connection *connections = ask(operation, &size);
    if (connections)
        *ret_count = size / sizeof *connections;
    return connections;
}

void ip_guid(const struct network_interface *link, GUID *ret_guid)
{
    ULONG hash = 2166136261u;
    for (const char *c = link->name; *c; c++)
        hash = (hash ^ (UCHAR)*c) * 16777619;
    *ret_guid = (GUID){0x67776e65u, (USHORT)link->index, 0x4e69, {0x80, 0x47, 0x61, 0x73}};
    CopyMemory(ret_guid->Data4 + 4, &hash, sizeof hash);
}

void ip_guid_text(const struct network_interface *link, WCHAR text[40])
{
    static const char digits[] = "0123456789ABCDEF";
    GUID guid;
    UCHAR bytes[16];
    int n = 0;
    ip_guid(link, &guid);
    for (int i = 0; i < 4; i++)
        bytes[i] = (UCHAR)(guid.Data1 >> (24 - 8 * i));
    bytes[4] = (UCHAR)(guid.Data2 >> 8), bytes[5] = (UCHAR)guid.Data2;
    bytes[6] = (UCHAR)(guid.Data3 >> 8), bytes[7] = (UCHAR)guid.Data3;
    CopyMemory(bytes + 8, guid.Data4, 8);
    text[n++] = '{';
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[n++] = '-';
        text[n++] = (WCHAR)digits[bytes[i] >> 4];
        text[n++] = (WCHAR)digits[bytes[i] & 15];
    }
    text[n++] = '}';
    text[n] = 0;
}

NET_LUID ip_luid(const struct network_interface *link)
{
    NET_LUID luid = {0};
    luid.Info.IfType = link->type;
    luid.Info.NetLuidIndex = link->index;
    return luid;
}

void ip_wide(const char *text, WCHAR *to, int room)
{
    to[0] = 0;
    MultiByteToWideChar(CP_UTF8, 0, text, -1, to, room);
    to[room - 1] = 0;
}

void ip_copy(char *to, const char *from, SIZE_T room)
{
    SIZE_T i = 0;
    for (; i + 1 < room && from[i]; i++)
        to[i] = from[i];
    to[i] = 0;
}

void ip_address(SOCKADDR_INET *to, ULONG family, const uint8_t *bytes, ULONG scope)
{
    ZeroMemory(to, sizeof *to);
    to->si_family = (ADDRESS_FAMILY)family;
    if (family == AF_INET) {
        CopyMemory(&to->Ipv4.sin_addr, bytes, 4);
    } else {
        CopyMemory(&to->Ipv6.sin6_addr, bytes, 16);
        to->Ipv6.sin6_scope_id = scope;
    }
}

ULONG ip_mask(ULONG prefix)
{
    return prefix ? __builtin_bswap32(0xffffffffu << (32 - prefix)) : 0;
}

IF_OPER_STATUS ip_status(const struct network_interface *link)
{
    return link->flags & NETWORK_RUNNING ? IfOperStatusUp : IfOperStatusDown;
}

const char *ip_description(const struct network_interface *link)
{
    return link->flags & NETWORK_LOOPBACK ? "Software Loopback Interface 1" : link->name;
}
