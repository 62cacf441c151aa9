/*
 * getaddrinfo and getnameinfo with their relatives. The wide form is the one that works.
 */
#include "resolve.h"
#include <nt/ipaddr.h>

/* What a look-up asks for, once understood. */
struct query {
    int family, type, protocol, flags;
    USHORT port;  /* network order */
    BOOL udp_too; /* a service that both transports have, type left open */
};

static ADDRINFOW *new_entry(const struct query *query, const struct resolve_address *address, int type,
                            int protocol)
{
    BOOL six = address->family == AF_INET6;
    SIZE_T size = six ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
    ADDRINFOW *info = ws_allocate(sizeof *info + size);
    if (!info)
        return NULL;
    info->ai_flags = 0;
    info->ai_family = (int)address->family;
    info->ai_socktype = type;
    info->ai_protocol = protocol;
    info->ai_addrlen = size;
    info->ai_addr = (SOCKADDR *)(info + 1);
    info->ai_addr->sa_family = (ADDRESS_FAMILY)address->family;
    if (six) {
        SOCKADDR_IN6 *in6 = (SOCKADDR_IN6 *)info->ai_addr;
        CopyMemory(&in6->sin6_addr, address->bytes, 16);
        in6->sin6_scope_id = address->scope;
        in6->sin6_port = query->port;
    } else {
        SOCKADDR_IN *in = (SOCKADDR_IN *)info->ai_addr;
        CopyMemory(&in->sin_addr, address->bytes, 4);
        in->sin_port = query->port;
    }
    return info;
}

void WINAPI FreeAddrInfoW(PADDRINFOW info)
{
    while (info) {
        ADDRINFOW *next = info->ai_next;
        ws_free(info->ai_canonname);
        ws_free(info);
        info = next;
    }
}

static int understand_service(const WCHAR *service, struct query *query)
{
    DWORD number = 0;
    const WCHAR *at = service;
    if (!service || !*service)
        return 0;
    for (; *at >= '0' && *at <= '9' && number < 0x100000; at++)
        number = number * 10 + (DWORD)(*at - '0');
    if (!*at) {
        query->port = htons((USHORT)number);
        return 0;
    }
    if (query->flags & AI_NUMERICSERV)
        return WSAHOST_NOT_FOUND;
    char *name = ws_ansi(service);
    if (!name)
        return WSA_NOT_ENOUGH_MEMORY;
    const struct ws_service *found = ws_find_service(name, 0,
                                                     query->type == SOCK_STREAM  ? "tcp"
                                                     : query->type == SOCK_DGRAM ? "udp"
                                                                                 : NULL);
    ws_free(name);
    if (!found || query->type == SOCK_RAW)
        return WSATYPE_NOT_FOUND;
    query->port = htons(found->port);
    if (!query->type) {
        query->udp_too = found->tcp && found->udp;
        query->type = found->tcp ? SOCK_STREAM : SOCK_DGRAM;
        query->protocol = found->tcp ? IPPROTO_TCP : IPPROTO_UDP;
    }
    return 0;
}

static int check_hints(const ADDRINFOW *hints, struct query *query)
{
    if (!hints)
        return 0;
    if (hints->ai_addrlen || hints->ai_canonname || hints->ai_addr || hints->ai_next)
        return WSANO_RECOVERY;
    query->family = hints->ai_family;
    query->type = hints->ai_socktype;
    query->protocol = hints->ai_protocol;
    query->flags = hints->ai_flags;
    if (query->family != AF_UNSPEC && query->family != AF_INET && query->family != AF_INET6)
        return WSAEAFNOSUPPORT;
    if (query->type < 0 || query->type > SOCK_RAW)
        return WSAESOCKTNOSUPPORT;
    if (query->type == SOCK_STREAM && query->protocol && query->protocol != IPPROTO_TCP)
        return WSAESOCKTNOSUPPORT;
    if (query->type == SOCK_DGRAM && query->protocol && query->protocol != IPPROTO_UDP)
        return WSAESOCKTNOSUPPORT;
    if (!query->type && query->protocol == IPPROTO_TCP)
        query->type = SOCK_STREAM;
    if (!query->type && query->protocol == IPPROTO_UDP)
        query->type = SOCK_DGRAM;
    return 0;
}

/* A text of an address: 1 found, 0 it is none, or a Winsock error. */
static int numeric(const WCHAR *node, const struct query *query, struct resolve_address *address)
{
    struct in_addr four;
    struct in6_addr six;
    ULONG scope = 0;
    USHORT port;
    WCHAR *end;
    ZeroMemory(address, sizeof *address);
    if (NT_SUCCESS(RtlIpv4StringToAddressW(node, FALSE, &end, &four)) && !*end) {
        if (query->family == AF_INET6)
            return WSAHOST_NOT_FOUND;
        address->family = AF_INET;
        CopyMemory(address->bytes, &four, 4);
        return 1;
    }
    if (*node != '[' && NT_SUCCESS(RtlIpv6StringToAddressExW(node, &six, &scope, &port))) {
        if (query->family == AF_INET)
            return WSAHOST_NOT_FOUND;
        address->family = AF_INET6;
        address->scope = scope;
        CopyMemory(address->bytes, &six, 16);
        return 1;
    }
    return 0;
}

/* The addresses that stand for no node: any to bind to, loopback to connect to. */
static uint32_t no_node(const struct query *query, struct resolve_address *addresses)
{
    uint32_t count = 0;
    BOOL passive = query->flags & AI_PASSIVE;
    ZeroMemory(addresses, 2 * sizeof *addresses);
    if (query->family != AF_INET) {
        addresses[count].family = AF_INET6;
        addresses[count++].bytes[15] = !passive;
    }
    if (query->family != AF_INET6) {
        addresses[count].family = AF_INET;
        if (!passive) {
            addresses[count].bytes[0] = 127;
            addresses[count].bytes[3] = 1;
        }
        count++;
    }
    return count;
}

int WINAPI GetAddrInfoW(PCWSTR node, PCWSTR service, const ADDRINFOW *hints, PADDRINFOW *ret_info)
{
    struct query query = {0};
    struct ws_answer *answer = NULL;
    struct resolve_address local[2], *addresses = local;
    uint32_t count = 0;
    WCHAR own[256], *canonical = NULL;
    ADDRINFOW *first = NULL, **last = &first;
    int error;

    if (!ret_info)
        return WSAEINVAL;
    *ret_info = NULL;
    if (!ws_started())
        return WSANOTINITIALISED;
    if (!node && !service) {
        WSASetLastError(WSAHOST_NOT_FOUND);
        return WSAHOST_NOT_FOUND;
    }
    error = check_hints(hints, &query);
    if (!error && (query.flags & AI_CANONNAME) && !node)
        error = WSAEINVAL;
    if (!error)
        error = understand_service(service, &query);
    if (!error && !node)
        count = no_node(&query, local);
    else if (!error) {
        if (!*node) { /* this machine */
            error = ws_host_name(own, ARRAYSIZE(own));
            node = own;
        }
        int found = error ? error : numeric(node, &query, local);
        if (found == 1)
            count = 1;
        else if (found)
            error = found;
        else if (query.flags & AI_NUMERICHOST)
            error = WSAHOST_NOT_FOUND;
        else if ((error = ws_resolve(node, query.family,
                                     (query.flags & AI_CANONNAME ? RESOLVE_CANONICAL : 0) |
                                         (query.flags & AI_ADDRCONFIG ? RESOLVE_CONFIGURED : 0),
                                     &answer)) == 0) {
            addresses = answer->head.addresses;
            count = answer->head.count;
        }
        if (!error && (query.flags & AI_CANONNAME)) {
            const char *name = answer ? answer->head.name : NULL;
            int size = name && *name ? MultiByteToWideChar(CP_UTF8, 0, name, -1, NULL, 0)
                                     : lstrlenW(node) + 1;
            canonical = ws_allocate((SIZE_T)size * sizeof *canonical);
            if (!canonical)
                error = WSA_NOT_ENOUGH_MEMORY;
            else if (name && *name)
                MultiByteToWideChar(CP_UTF8, 0, name, -1, canonical, size);
            else
                lstrcpyW(canonical, node);
        }
    }
    for (uint32_t i = 0; !error && i < count; i++)
        for (int pass = 0; pass <= query.udp_too && !error; pass++) {
            *last = new_entry(&query, &addresses[i], pass ? SOCK_DGRAM : query.type,
                              pass ? IPPROTO_UDP : query.protocol);
            if (!*last)
                error = WSA_NOT_ENOUGH_MEMORY;
            else {
                if (query.flags & AI_NUMERICHOST)
                    (*last)->ai_flags |= AI_NUMERICHOST;
                last = &(*last)->ai_next;
            }
        }
    ws_free(answer);
    if (error || !first) {
        FreeAddrInfoW(first);
        ws_free(canonical);
        error = error ? error : WSANO_DATA;
        WSASetLastError(error);
        return error;
    }
    first->ai_canonname = canonical;
    if (canonical)
        first->ai_flags |= AI_CANONNAME;
    *ret_info = first;
    WSASetLastError(0);
    return 0;
}

void WINAPI freeaddrinfo(LPADDRINFO info)
{
    FreeAddrInfoW((PADDRINFOW)info);
}

int WINAPI getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **ret_info)
{
    ADDRINFOW wide_hints, *result = NULL;
    if (!ret_info)
        return WSAEINVAL;
    *ret_info = NULL;
    if (hints) {
        CopyMemory(&wide_hints, hints, sizeof wide_hints);
    }
    WCHAR *wide_node = ws_wide(node), *wide_service = ws_wide(service);
    int error = (node && !wide_node) || (service && !wide_service)
                    ? WSA_NOT_ENOUGH_MEMORY
                    : GetAddrInfoW(wide_node, wide_service, hints ? &wide_hints : NULL, &result);
    ws_free(wide_node);
    ws_free(wide_service);
    if (!error && result->ai_canonname) { /* the structures are the same but for this text */
        char *name = ws_ansi(result->ai_canonname);
        ws_free(result->ai_canonname);
        result->ai_canonname = (WCHAR *)name;
    }
    if (!error)
        *ret_info = (struct addrinfo *)result;
    return error;
}

/* ---- names of addresses ---- */

static int service_name(const SOCKADDR *address, WCHAR *to, DWORD size, int flags)
{
    USHORT port = address->sa_family == AF_INET6 ? ((const SOCKADDR_IN6 *)address)->sin6_port
                                                 : ((const SOCKADDR_IN *)address)->sin_port;
    const struct ws_service *service = flags & NI_NUMERICSERV
                                           ? NULL
                                           : ws_find_service(NULL, ntohs(port),
                                                             flags & NI_DGRAM ? "udp" : "tcp");
    WCHAR text[32];
    if (service)
        MultiByteToWideChar(CP_ACP, 0, service->name, -1, text, ARRAYSIZE(text));
    else {
        WCHAR digits[8];
        int n = 0, i = 0;
        USHORT value = ntohs(port);
        do
            digits[n++] = (WCHAR)('0' + value % 10);
        while (value /= 10);
        while (n)
            text[i++] = digits[--n];
        text[i] = 0;
    }
    if ((DWORD)lstrlenW(text) >= size)
        return ERROR_INSUFFICIENT_BUFFER;
    lstrcpyW(to, text);
    return 0;
}

static int host_name(const SOCKADDR *address, WCHAR *to, DWORD size, int flags)
{
    WCHAR text[80];
    ULONG length = ARRAYSIZE(text);
    if (!(flags & NI_NUMERICHOST)) {
        int error = ws_resolve_address(address, flags & NI_NOFQDN ? RESOLVE_NO_DOMAIN : 0, to, size);
        if (!error || (flags & NI_NAMEREQD))
            return error;
    } else if (flags & NI_NAMEREQD)
        return WSAEINVAL;
    if (address->sa_family == AF_INET)
        RtlIpv4AddressToStringExW(&((const SOCKADDR_IN *)address)->sin_addr, 0, text, &length);
    else
        RtlIpv6AddressToStringExW(&((const SOCKADDR_IN6 *)address)->sin6_addr,
                                  ((const SOCKADDR_IN6 *)address)->sin6_scope_id, 0, text, &length);
    if (length > size)
        return ERROR_INSUFFICIENT_BUFFER;
    lstrcpyW(to, text);
    return 0;
}

INT WINAPI GetNameInfoW(const SOCKADDR *address, socklen_t address_length, PWCHAR host, DWORD host_size,
                        PWCHAR service, DWORD service_size, INT flags)
{
    int error = 0;
    if (!ws_started())
        return WSANOTINITIALISED;
    if (!address || address_length < (socklen_t)sizeof address->sa_family)
        error = WSAEFAULT;
    else if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
        error = WSAEAFNOSUPPORT;
    else if (address_length <
             (socklen_t)(address->sa_family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN)))
        error = WSAEFAULT;
    else if ((!host || !host_size) && (!service || !service_size))
        error = WSAHOST_NOT_FOUND;
    if (!error && service && service_size)
        error = service_name(address, service, service_size, flags);
    if (!error && host && host_size)
        error = host_name(address, host, host_size, flags);
    WSASetLastError(error);
    return error;
}

INT WINAPI getnameinfo(const SOCKADDR *address, socklen_t address_length, PCHAR host, DWORD host_size,
                       PCHAR service, DWORD service_size, INT flags)
{
    WCHAR wide_host[NI_MAXHOST], wide_service[NI_MAXSERV];
    INT error = GetNameInfoW(address, address_length, host ? wide_host : NULL, host_size ? NI_MAXHOST : 0,
                             service ? wide_service : NULL, service_size ? NI_MAXSERV : 0, flags);
    if (!error && host && host_size &&
        !WideCharToMultiByte(CP_ACP, 0, wide_host, -1, host, (int)host_size, NULL, NULL))
        error = ERROR_INSUFFICIENT_BUFFER;
    if (!error && service && service_size &&
        !WideCharToMultiByte(CP_ACP, 0, wide_service, -1, service, (int)service_size, NULL, NULL))
        error = ERROR_INSUFFICIENT_BUFFER;
    WSASetLastError(error);
    return error;
}
