/*
 * Results of overlapped operations.
 */
#include <winsock2.h>
#include <windows.h>

BOOL WINAPI WSAGetOverlappedResult(SOCKET socket, LPWSAOVERLAPPED overlapped, LPDWORD transferred, BOOL wait,
                                   LPDWORD flags)
{
    if (!overlapped || !transferred || !flags) {
        WSASetLastError(WSAEFAULT);
        return FALSE;
    }
    if (!GetOverlappedResult((HANDLE)socket, overlapped, transferred, wait))
        return FALSE;
    *flags = 0;
    return TRUE;
}
