/*
 * The catalogue of transport protocols: empty, since there are no sockets yet.
 */
#include <winsock2.h>
#include <windows.h>

int WINAPI WSAEnumProtocolsW(LPINT protocols, LPWSAPROTOCOL_INFOW buffer, LPDWORD size)
{
    (void)protocols, (void)buffer;
    if (!size) {
        WSASetLastError(WSAEFAULT);
        return SOCKET_ERROR;
    }
    return 0;
}

int WINAPI WSAEnumProtocolsA(LPINT protocols, LPWSAPROTOCOL_INFOA buffer, LPDWORD size)
{
    return WSAEnumProtocolsW(protocols, (LPWSAPROTOCOL_INFOW)buffer, size);
}
