/*
 * The catalogue of transport protocols: TCP, UDP and raw sockets over IPv4 and IPv6, Unix sockets.
 */
#include "ws2_32.h"

#define STREAM_FLAGS                                                                                         \
    (XP1_GUARANTEED_DELIVERY | XP1_GUARANTEED_ORDER | XP1_GRACEFUL_CLOSE | XP1_EXPEDITED_DATA |              \
     XP1_IFS_HANDLES)
#define DATAGRAM_FLAGS                                                                                       \
    (XP1_CONNECTIONLESS | XP1_MESSAGE_ORIENTED | XP1_SUPPORT_BROADCAST | XP1_SUPPORT_MULTIPOINT |            \
     XP1_IFS_HANDLES)
#define PROVIDER_4                                                                                           \
    {                                                                                                        \
        0xe70f1aa0, 0xab8b, 0x11cf,                                                                          \
        {                                                                                                    \
            0x8c, 0xa3, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92                                                   \
        }                                                                                                    \
    }
#define PROVIDER_6                                                                                           \
    {                                                                                                        \
        0xf9eab0c0, 0x26d4, 0x11d0,                                                                          \
        {                                                                                                    \
            0xbb, 0xbf, 0x00, 0xaa, 0x00, 0x6c, 0x34, 0xe4                                                   \
        }                                                                                                    \
    }
#define PROVIDER_UNIX                                                                                        \
    {                                                                                                        \
        0xa00943d9, 0x9c2e, 0x4633,                                                                          \
        {                                                                                                    \
            0x9b, 0x59, 0x00, 0x57, 0xa3, 0x16, 0x09, 0x94                                                   \
        }                                                                                                    \
    }

#define ENTRY(flags1, flags2, provider, id, family, size, type, protocol, offset, message, name)             \
    {                                                                                                        \
        .dwServiceFlags1 = flags1, .dwProviderFlags = PFL_MATCHES_PROTOCOL_ZERO * (flags2),                  \
        .ProviderId = provider, .dwCatalogEntryId = id, .ProtocolChain = {1, {0}}, .iVersion = 2,            \
        .iAddressFamily = family, .iMaxSockAddr = size, .iMinSockAddr = size, .iSocketType = type,           \
        .iProtocol = protocol, .iProtocolMaxOffset = offset, .dwMessageSize = message, .szProtocol = name    \
    }

static const WSAPROTOCOL_INFOW catalogue[] = {
    ENTRY(STREAM_FLAGS, 1, PROVIDER_4, 1001, AF_INET, 16, SOCK_STREAM, IPPROTO_TCP, 0, 0,
          L"MSAFD Tcpip [TCP/IP]"),
    ENTRY(DATAGRAM_FLAGS, 1, PROVIDER_4, 1002, AF_INET, 16, SOCK_DGRAM, IPPROTO_UDP, 0, 65507,
          L"MSAFD Tcpip [UDP/IP]"),
    ENTRY(DATAGRAM_FLAGS, 1 + 0, PROVIDER_4, 1003, AF_INET, 16, SOCK_RAW, IPPROTO_IP, 255, 32768,
          L"MSAFD Tcpip [RAW/IP]"),
    ENTRY(STREAM_FLAGS, 1, PROVIDER_6, 1004, AF_INET6, 28, SOCK_STREAM, IPPROTO_TCP, 0, 0,
          L"MSAFD Tcpip [TCP/IPv6]"),
    ENTRY(DATAGRAM_FLAGS, 1, PROVIDER_6, 1005, AF_INET6, 28, SOCK_DGRAM, IPPROTO_UDP, 0, 65527,
          L"MSAFD Tcpip [UDP/IPv6]"),
    ENTRY(DATAGRAM_FLAGS, 1, PROVIDER_6, 1006, AF_INET6, 28, SOCK_RAW, IPPROTO_IP, 255, 32768,
          L"MSAFD Tcpip [RAW/IPv6]"),
    ENTRY(XP1_GUARANTEED_DELIVERY | XP1_GUARANTEED_ORDER | XP1_GRACEFUL_CLOSE | XP1_IFS_HANDLES, 1,
          PROVIDER_UNIX, 1007, AF_UNIX, 110, SOCK_STREAM, 0, 0, 0, L"AF_UNIX"),
};

const WSAPROTOCOL_INFOW *ws_protocol(int family, int type, int protocol)
{
    for (unsigned i = 0; i < ARRAYSIZE(catalogue); i++)
        if (catalogue[i].iAddressFamily == family && catalogue[i].iSocketType == type &&
            (catalogue[i].iProtocol == protocol || type == SOCK_RAW))
            return &catalogue[i];
    return NULL;
}

void ws_protocol_ansi(const WSAPROTOCOL_INFOW *info, WSAPROTOCOL_INFOA *ret_info)
{
    CopyMemory(ret_info, info, FIELD_OFFSET(WSAPROTOCOL_INFOA, szProtocol));
    WideCharToMultiByte(CP_ACP, 0, info->szProtocol, -1, ret_info->szProtocol, sizeof ret_info->szProtocol,
                        NULL, NULL);
}

static BOOL wanted_protocol(const INT *wanted, INT protocol)
{
    if (!wanted)
        return TRUE;
    while (*wanted && *wanted != protocol)
        wanted++;
    return *wanted == protocol && protocol;
}

static int enumerate(const INT *wanted, void *buffer, DWORD *length, BOOL ansi, int *error)
{
    SIZE_T each = ansi ? sizeof(WSAPROTOCOL_INFOA) : sizeof(WSAPROTOCOL_INFOW);
    DWORD count = 0, n = 0;
    if (!length) {
        *error = WSAEFAULT;
        return SOCKET_ERROR;
    }
    for (unsigned i = 0; i < ARRAYSIZE(catalogue); i++)
        count += (DWORD)wanted_protocol(wanted, catalogue[i].iProtocol);
    if (!buffer || *length < count * each) {
        *length = (DWORD)(count * each);
        *error = WSAENOBUFS;
        return SOCKET_ERROR;
    }
    for (unsigned i = 0; i < ARRAYSIZE(catalogue); i++) {
        if (!wanted_protocol(wanted, catalogue[i].iProtocol))
            continue;
        if (ansi)
            ws_protocol_ansi(&catalogue[i], (WSAPROTOCOL_INFOA *)buffer + n++);
        else
            ((WSAPROTOCOL_INFOW *)buffer)[n++] = catalogue[i];
    }
    return (int)n;
}

int WINAPI WSAEnumProtocolsW(LPINT wanted, LPWSAPROTOCOL_INFOW buffer, LPDWORD length)
{
    int error = 0;
    if (!ws_started())
        return SOCKET_ERROR;
    int result = enumerate(wanted, buffer, length, FALSE, &error);
    return error ? ws_fail(error) : result;
}

int WINAPI WSAEnumProtocolsA(LPINT wanted, LPWSAPROTOCOL_INFOA buffer, LPDWORD length)
{
    int error = 0;
    if (!ws_started())
        return SOCKET_ERROR;
    int result = enumerate(wanted, buffer, length, TRUE, &error);
    return error ? ws_fail(error) : result;
}

/* The catalogue as an installer sees it: there are no layered providers, so it is the same. */
int WINAPI WSCEnumProtocols(LPINT wanted, LPWSAPROTOCOL_INFOW buffer, LPDWORD length, LPINT error)
{
    int failure = 0, result = enumerate(wanted, buffer, length, FALSE, &failure);
    if (failure && error)
        *error = failure;
    return result;
}
