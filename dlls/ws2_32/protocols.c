/*
 * The catalogue of transport protocols. It is empty: there are no sockets yet.
 */
#include <winsock2.h>

int WINAPI WSAEnumProtocolsW(LPINT wanted, LPWSAPROTOCOL_INFOW buffer, LPDWORD length)
{
    (void)wanted;
    (void)buffer;
    if (!length) {
        SetLastError(WSAEFAULT);
        return SOCKET_ERROR;
    }
    *length = 0;
    return 0;
}

int WINAPI WSAEnumProtocolsA(LPINT protocols, LPWSAPROTOCOL_INFOA buffer, LPDWORD size)
{
    /* an empty catalogue has no names to convert */
    return WSAEnumProtocolsW(protocols, (LPWSAPROTOCOL_INFOW)buffer, size);
}
