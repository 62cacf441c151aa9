/*
 * What iphlpapi's files share: the snapshot of the machine's network that the host gives.
 */
#ifndef IPHLPAPI_H_OWN
#define IPHLPAPI_H_OWN

#include <winsock2.h>
#include <ws2tcpip.h>
#include <ws2ipdef.h>
#include <windows.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include <nt/rtl.h>
#include <nt/syscalls.h>
#include <gastwirt/network.h>

struct snapshot {
    struct network_header *head;
    struct network_interface *interfaces;
    struct network_address *addresses;
    struct network_route *routes;
    struct network_server *servers;
    struct network_group *groups;
};

void *ip_allocate(SIZE_T size);
void ip_free(void *block);

/* FALSE: no memory. */
BOOL ip_snapshot(struct snapshot *ret_snapshot);
void ip_release(struct snapshot *snapshot);

const struct network_interface *ip_by_index(const struct snapshot *snapshot, ULONG index);

/* The records of NETWORK_TCP or NETWORK_UDP, to be ip_free'd; *ret_count. NULL: no memory. */
struct network_connection *ip_connections(ULONG operation, ULONG *ret_count);

/* A name that programs can tell interfaces apart by: a GUID made of the index. */
void ip_guid(const struct network_interface *link, GUID *ret_guid);
void ip_guid_text(const struct network_interface *link, WCHAR text[40]);

NET_LUID ip_luid(const struct network_interface *link);

/* UTF-8 to UTF-16, always terminated. */
void ip_wide(const char *text, WCHAR *to, int room);
void ip_copy(char *to, const char *from, SIZE_T room);

void ip_address(SOCKADDR_INET *to, ULONG family, const uint8_t *bytes, ULONG scope);

/* 24 for 255.255.255.0, and back (network order). */
ULONG ip_mask(ULONG prefix);

IF_OPER_STATUS ip_status(const struct network_interface *link);
const char *ip_description(const struct network_interface *link);

#endif
