/*
 * Byte order; addresses as texts and back.
 */
#include "ws2_32.h"
#include <nt/ipaddr.h>

u_long WINAPI htonl(u_long number)
{
    return __builtin_bswap32(number);
}

u_long WINAPI ntohl(u_long number)
{
    return __builtin_bswap32(number);
}

u_short WINAPI htons(u_short number)
{
    return __builtin_bswap16(number);
}

u_short WINAPI ntohs(u_short number)
{
    return __builtin_bswap16(number);
}

static int swap(SOCKET socket, u_long number, u_long *ret, int bits)
{
    struct afd_information own;
    if (!ret)
        return ws_fail(WSAEFAULT);
    NTSTATUS status = ws_call(socket, AFD_QUERY, NULL, 0, &own, sizeof own, NULL);
    if (status != STATUS_SUCCESS)
        return ws_result(status);
    *ret = bits == 32 ? __builtin_bswap32(number) : __builtin_bswap16((u_short)number);
    return 0;
}

int WINAPI WSAHtonl(SOCKET socket, u_long number, u_long *ret)
{
    return swap(socket, number, ret, 32);
}

int WINAPI WSANtohl(SOCKET socket, u_long number, u_long *ret)
{
    return swap(socket, number, ret, 32);
}

int WINAPI WSAHtons(SOCKET socket, u_short number, u_short *ret)
{
    u_long result = 0;
    int error = ret ? swap(socket, number, &result, 16) : ws_fail(WSAEFAULT);
    if (!error)
        *ret = (u_short)result;
    return error;
}

int WINAPI WSANtohs(SOCKET socket, u_short number, u_short *ret)
{
    return WSAHtons(socket, number, ret);
}

u_long WINAPI inet_addr(const char *text)
{
    struct in_addr address;
    char *end;
    if (!text)
        return INADDR_NONE;
    if (text[0] == ' ' && !text[1]) /* as documented: 0.0.0.0 */
        return 0;
    if (!NT_SUCCESS(RtlIpv4StringToAddressA(text, FALSE, &end, &address)) || (*end && *end != ' '))
        return INADDR_NONE;
    return address.S_un.S_addr;
}

char *WINAPI inet_ntoa(struct in_addr address)
{
    struct ws_thread *thread = ws_thread();
    if (!thread) {
        WSASetLastError(WSAENOBUFS);
        return NULL;
    }
    RtlIpv4AddressToStringA(&address, thread->text);
    return thread->text;
}

const char *WINAPI inet_ntop(int family, const void *address, char *to, size_t size)
{
    ULONG length = size > 0xffff ? 0xffff : (ULONG)size;
    NTSTATUS status;
    if (family != AF_INET && family != AF_INET6) {
        WSASetLastError(WSAEAFNOSUPPORT);
        return NULL;
    }
    if (family == AF_INET)
        status = RtlIpv4AddressToStringExA(address, 0, to, &length);
    else
        status = RtlIpv6AddressToStringExA(address, 0, 0, to, &length);
    if (!NT_SUCCESS(status)) {
        WSASetLastError(STATUS_INVALID_PARAMETER);
        return NULL;
    }
    return to;
}

const WCHAR *WINAPI InetNtopW(int family, const void *address, WCHAR *to, size_t size)
{
    ULONG length = size > 0xffff ? 0xffff : (ULONG)size;
    NTSTATUS status;
    if (family != AF_INET && family != AF_INET6) {
        WSASetLastError(WSAEAFNOSUPPORT);
        return NULL;
    }
    if (family == AF_INET)
        status = RtlIpv4AddressToStringExW(address, 0, to, &length);
    else
        status = RtlIpv6AddressToStringExW(address, 0, 0, to, &length);
    if (!NT_SUCCESS(status)) {
        WSASetLastError(STATUS_INVALID_PARAMETER);
        return NULL;
    }
    return to;
}

int WINAPI inet_pton(int family, const char *text, void *address)
{
    char *end;
    NTSTATUS status;
    if (!text || !address)
        return ws_fail(WSAEFAULT);
    if (family == AF_INET)
        status = RtlIpv4StringToAddressA(text, TRUE, &end, address);
    else if (family == AF_INET6)
        status = RtlIpv6StringToAddressA(text, &end, address);
    else
        return ws_fail(WSAEAFNOSUPPORT);
    return NT_SUCCESS(status) && !*end;
}

int WINAPI InetPtonW(int family, const WCHAR *text, void *address)
{
    WCHAR *end;
    NTSTATUS status;
    if (!text || !address)
        return ws_fail(WSAEFAULT);
    if (family == AF_INET)
        status = RtlIpv4StringToAddressW(text, TRUE, &end, address);
    else if (family == AF_INET6)
        status = RtlIpv6StringToAddressW(text, &end, address);
    else
        return ws_fail(WSAEAFNOSUPPORT);
    return NT_SUCCESS(status) && !*end;
}

/* ---- whole socket addresses ---- */

INT WINAPI WSAStringToAddressW(LPWSTR text, INT family, LPWSAPROTOCOL_INFOW info, LPSOCKADDR address,
                               LPINT length)
{
    (void)info;
    if (!ws_started())
        return SOCKET_ERROR;
    if (!text || !length || !address)
        return ws_fail(WSAEFAULT);
    if (family == AF_INET) {
        SOCKADDR_IN result = {.sin_family = AF_INET};
        if (!NT_SUCCESS(RtlIpv4StringToAddressExW(text, FALSE, &result.sin_addr, &result.sin_port)))
            return ws_fail(WSAEINVAL);
        if (*length < (INT)sizeof result) {
            *length = sizeof result;
            return ws_fail(WSAEFAULT);
        }
        *length = sizeof result;
        CopyMemory(address, &result, sizeof result);
        return 0;
    }
    if (family == AF_INET6) {
        SOCKADDR_IN6 result = {.sin6_family = AF_INET6};
        ULONG scope;
        if (!NT_SUCCESS(RtlIpv6StringToAddressExW(text, &result.sin6_addr, &scope, &result.sin6_port)))
            return ws_fail(WSAEINVAL);
        result.sin6_scope_id = scope;
        if (*length < (INT)sizeof result) {
            *length = sizeof result;
            return ws_fail(WSAEFAULT);
        }
        *length = sizeof result;
        CopyMemory(address, &result, sizeof result);
        return 0;
    }
    return ws_fail(WSAEINVAL);
}

INT WINAPI WSAStringToAddressA(LPSTR text, INT family, LPWSAPROTOCOL_INFOA info, LPSOCKADDR address,
                               LPINT length)
{
    (void)info;
    if (!ws_started())
        return SOCKET_ERROR;
    if (!text)
        return ws_fail(WSAEFAULT);
    WCHAR *wide = ws_wide(text);
    if (!wide)
        return ws_fail(WSAENOBUFS);
    INT result = WSAStringToAddressW(wide, family, NULL, address, length);
    ws_free(wide);
    return result;
}

INT WINAPI WSAAddressToStringW(LPSOCKADDR address, DWORD size, LPWSAPROTOCOL_INFOW info, LPWSTR text,
                               LPDWORD length)
{
    WCHAR result[80];
    ULONG n = ARRAYSIZE(result);
    NTSTATUS status;
    (void)info;
    if (!ws_started())
        return SOCKET_ERROR;
    if (!address || !text || !length)
        return ws_fail(WSAEFAULT);
    if (size < sizeof address->sa_family)
        return ws_fail(WSAEFAULT);
    if (address->sa_family == AF_INET) {
        const SOCKADDR_IN *in = (SOCKADDR_IN *)address;
        if (size < sizeof *in)
            return ws_fail(WSAEFAULT);
        status = RtlIpv4AddressToStringExW(&in->sin_addr, in->sin_port, result, &n);
    } else if (address->sa_family == AF_INET6) {
        const SOCKADDR_IN6 *in = (SOCKADDR_IN6 *)address;
        if (size < sizeof *in)
            return ws_fail(WSAEFAULT);
        status = RtlIpv6AddressToStringExW(&in->sin6_addr, in->sin6_scope_id, in->sin6_port, result, &n);
    } else
        return ws_fail(WSAEINVAL);
    if (!NT_SUCCESS(status))
        return ws_fail(WSAEINVAL);
    DWORD room = *length;
    *length = n;
    if (room < n)
        return ws_fail(WSAEFAULT);
    CopyMemory(text, result, n * sizeof *text);
    return 0;
}

INT WINAPI WSAAddressToStringA(LPSOCKADDR address, DWORD size, LPWSAPROTOCOL_INFOA info, LPSTR text,
                               LPDWORD length)
{
    WCHAR wide[80];
    DWORD n = ARRAYSIZE(wide);
    (void)info;
    if (!text || !length)
        return ws_started() ? ws_fail(WSAEFAULT) : SOCKET_ERROR;
    if (WSAAddressToStringW(address, size, NULL, wide, &n) != 0)
        return SOCKET_ERROR;
    DWORD room = *length;
    *length = n;
    if (room < n)
        return ws_fail(WSAEFAULT);
    for (DWORD i = 0; i < n; i++)
        text[i] = (char)wide[i];
    return 0;
}
