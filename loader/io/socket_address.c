/*
 * Socket addresses between Windows' and the host's form. IPv4 and IPv6 differ in the family's number
 * only; a Unix socket's name is a DOS path to Windows.
 */
#include "io/socket.h"
#include "mm/guest.h"
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { WSAEFAULT = 10014, WSAEINVAL = 10022, WSAEAFNOSUPPORT = 10047 };

/* A DOS path (UTF-8) as a Unix one: its folder must exist, the last part need not. */
static NTSTATUS unix_name(const char *name, size_t length, struct sockaddr_un *ret, socklen_t *ret_length)
{
    WCHAR wide[sizeof ret->sun_path + 4] = {'\\', '?', '?', '\\'};
    struct io_path path;
    char text[sizeof ret->sun_path + 1];
    memcpy(text, name, length);
    text[length] = 0;
    if (!text[0] || (text[0] && text[1] != ':')) { /* abstract, or relative: as it is */
        size_t n = text[0] ? strlen(text) + 1 : length;
        for (size_t i = 0; text[0] && i < n; i++)
            if (text[i] == '\\')
                text[i] = '/';
        memcpy(ret->sun_path, text, n);
        *ret_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
        return STATUS_SUCCESS;
    }
    size_t n = io_utf8_to_utf16(text, wide + 4, sizeof ret->sun_path);
    for (size_t i = 4; i < n + 4; i++)
        if (wide[i] == '/')
            wide[i] = '\\';
    NTSTATUS status = io_path_to_unix(wide, n + 4, &path);
    if (!NT_SUCCESS(status))
        return status;
    status = io_path_make_parent(&path);
    if (NT_SUCCESS(status) && strlen(path.unix_path) >= sizeof ret->sun_path)
        status = STATUS_OBJECT_NAME_INVALID;
    if (NT_SUCCESS(status)) {
        strcpy(ret->sun_path, path.unix_path);
        *ret_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path.unix_path) + 1);
    }
    io_path_free(&path);
    return status;
}

NTSTATUS socket_address_in(int family, const void *address, size_t length, union host_address *ret,
                           socklen_t *ret_length)
{
    uint16_t given;
    size_t needed = family == WIN_AF_INET    ? sizeof ret->in
                    : family == WIN_AF_INET6 ? sizeof ret->in6 - sizeof ret->in6.sin6_scope_id
                                             : sizeof given + 1;
    memset(ret, 0, sizeof *ret);
    if (length < needed || length > AFD_ADDRESS_SIZE)
        return STATUS_WINSOCK(WSAEFAULT);
    memcpy(&given, address, sizeof given);
    if (given != family)
        return STATUS_WINSOCK(WSAEAFNOSUPPORT);
    switch (family) {
    case WIN_AF_INET:
        memcpy(&ret->in, address, sizeof ret->in);
        ret->in.sin_family = AF_INET;
        memset(ret->in.sin_zero, 0, sizeof ret->in.sin_zero);
        *ret_length = sizeof ret->in;
        return STATUS_SUCCESS;
    case WIN_AF_INET6:
        memcpy(&ret->in6, address, length < sizeof ret->in6 ? length : sizeof ret->in6);
        ret->in6.sin6_family = AF_INET6;
        *ret_length = sizeof ret->in6;
        return STATUS_SUCCESS;
    case WIN_AF_UNIX:
        ret->un.sun_family = AF_UNIX;
        if (length > sizeof ret->un)
            length = sizeof ret->un;
        return unix_name((const char *)address + sizeof given, length - sizeof given, &ret->un, ret_length);
    default: return STATUS_WINSOCK(WSAEAFNOSUPPORT);
    }
}

NTSTATUS socket_address_read(int family, const void *guest, size_t length, union host_address *ret,
                             socklen_t *ret_length)
{
    uint8_t copy[AFD_ADDRESS_SIZE];
    if (length > sizeof copy)
        length = sizeof copy;
    if (!guest || !NT_SUCCESS(guest_copy(copy, guest, length)))
        return STATUS_WINSOCK(WSAEFAULT);
    return socket_address_in(family, copy, length, ret, ret_length);
}

size_t socket_address_out(int family, const union host_address *address, socklen_t length,
                          uint8_t ret[AFD_ADDRESS_SIZE])
{
    uint16_t windows = (uint16_t)family;
    size_t size = family == WIN_AF_INET    ? sizeof address->in
                  : family == WIN_AF_INET6 ? sizeof address->in6
                                           : sizeof address->un;
    memset(ret, 0, AFD_ADDRESS_SIZE);
    if (family != WIN_AF_UNIX) {
        memcpy(ret, address, size);
        memcpy(ret, &windows, sizeof windows);
        return size;
    }
    memcpy(ret, &windows, sizeof windows);
    size_t named = length > offsetof(struct sockaddr_un, sun_path)
                       ? length - offsetof(struct sockaddr_un, sun_path)
                       : 0;
    if (named && address->un.sun_path[0] == '/') {
        WCHAR *dos = io_unix_to_dos(address->un.sun_path);
        size_t n = 0;
        while (dos && dos[n])
            n++;
        if (dos)
            io_utf16_to_utf8(dos, n, (char *)ret + sizeof windows, sizeof address->un.sun_path - 1);
        free(dos);
    } else
        memcpy(ret + sizeof windows, address->un.sun_path, named);
    return size;
}

bool socket_address_is_any(const union host_address *address)
{
    if (address->any.sa_family == AF_INET)
        return address->in.sin_addr.s_addr == 0;
    return address->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&address->in6.sin6_addr);
}

uint16_t socket_address_port(const union host_address *address)
{
    return address->any.sa_family == AF_INET    ? ntohs(address->in.sin_port)
           : address->any.sa_family == AF_INET6 ? ntohs(address->in6.sin6_port)
                                                : 1;
}
