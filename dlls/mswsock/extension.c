/*
 * AcceptEx and its relatives: ws2_32 has them, and gives them out by GUID.
 */
#include <winsock2.h>
#include <mswsock.h>
#include <windows.h>

/* The function for this GUID, asked of any socket; NULL with the last error set. */
static void *extension(SOCKET socket, const GUID *id)
{
    void *function = NULL;
    DWORD bytes;
    if (WSAIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, (void *)id, sizeof *id, &function,
                 sizeof function, &bytes, NULL, NULL) != 0)
        return NULL;
    return function;
}

BOOL WINAPI AcceptEx(SOCKET listener, SOCKET socket, PVOID buffer, DWORD data_length, DWORD local_length,
                     DWORD remote_length, LPDWORD received, LPOVERLAPPED overlapped)
{
    static const GUID id = WSAID_ACCEPTEX;
    LPFN_ACCEPTEX function = (LPFN_ACCEPTEX)extension(listener, &id);
    return function &&
           function(listener, socket, buffer, data_length, local_length, remote_length, received, overlapped);
}

/* What AcceptEx left behind the data: each address after its length in two bytes. */
VOID WINAPI GetAcceptExSockaddrs(PVOID buffer, DWORD data_length, DWORD local_length, DWORD remote_length,
                                 struct sockaddr **local, LPINT ret_local_length, struct sockaddr **remote,
                                 LPINT ret_remote_length)
{
    char *first = (char *)buffer + data_length, *second = first + local_length;
    (void)remote_length;
    *local = (struct sockaddr *)(first + sizeof(USHORT));
    *ret_local_length = *(USHORT *)first;
    *remote = (struct sockaddr *)(second + sizeof(USHORT));
    *ret_remote_length = *(USHORT *)second;
}

BOOL WINAPI TransmitFile(SOCKET socket, HANDLE file, DWORD length, DWORD per_send, LPOVERLAPPED overlapped,
                         LPTRANSMIT_FILE_BUFFERS buffers, DWORD flags)
{
    static const GUID id = WSAID_TRANSMITFILE;
    LPFN_TRANSMITFILE function = (LPFN_TRANSMITFILE)extension(socket, &id);
    return function && function(socket, file, length, per_send, overlapped, buffers, flags);
}

/* recv that tells of a datagram which was longer through the flags. */
int WINAPI WSARecvEx(SOCKET socket, char *data, int length, int *flags)
{
    WSABUF buffer = {(ULONG)length, data};
    DWORD bytes = 0, result_flags;
    if (!flags) {
        WSASetLastError(WSAEFAULT);
        return SOCKET_ERROR;
    }
    result_flags = (DWORD)*flags;
    int result = WSARecv(socket, &buffer, 1, &bytes, &result_flags, NULL, NULL);
    if (result == SOCKET_ERROR && WSAGetLastError() == WSAEMSGSIZE)
        result_flags |= MSG_PARTIAL;
    else if (result == SOCKET_ERROR)
        return SOCKET_ERROR;
    *flags = (int)result_flags;
    return (int)bytes;
}
