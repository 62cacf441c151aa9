/*
 * The functions that WSAIoctl gives out by GUID: AcceptEx, ConnectEx, DisconnectEx, TransmitFile ...
 */
#include "ws2_32.h"

int WINAPI ws_receive_message(SOCKET socket, LPWSAMSG message, LPDWORD received, LPWSAOVERLAPPED overlapped,
                              LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);
void *ws_extension(const GUID *id);

static BOOL WINAPI accept_ex(SOCKET listener, SOCKET socket, void *buffer, DWORD data_length,
                             DWORD local_length, DWORD remote_length, DWORD *received, OVERLAPPED *overlapped)
{
    struct afd_accept_ex input = {.socket = socket,
                                  .buffer = (ULONG_PTR)buffer,
                                  .data_length = data_length,
                                  .local_length = local_length,
                                  .remote_length = remote_length};
    if (!overlapped) {
        WSASetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!buffer) {
        WSASetLastError(WSAEFAULT);
        return FALSE;
    }
    return ws_overlapped(listener, AFD_ACCEPT_EX, &input, sizeof input, NULL, 0, overlapped, NULL,
                         received) == 0;
}

static void WINAPI get_accept_ex_addresses(void *buffer, DWORD data_length, DWORD local_length,
                                           DWORD remote_length, struct sockaddr **local,
                                           int *ret_local_length, struct sockaddr **remote,
                                           int *ret_remote_length)
{
    char *first = (char *)buffer + data_length, *second = first + local_length;
    (void)remote_length;
    *local = (struct sockaddr *)(first + sizeof(USHORT));
    *ret_local_length = *(USHORT *)first;
    *remote = (struct sockaddr *)(second + sizeof(USHORT));
    *ret_remote_length = *(USHORT *)second;
}

static BOOL WINAPI connect_ex(SOCKET socket, const struct sockaddr *address, int length, void *data,
                              DWORD data_length, DWORD *sent, OVERLAPPED *overlapped)
{
    struct afd_connect input = {.address = (ULONG_PTR)address,
                                .address_length = length,
                                .overlapped = 1,
                                .data = (ULONG_PTR)data,
                                .data_length = data ? data_length : 0};
    if (!overlapped) {
        WSASetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return ws_overlapped(socket, AFD_CONNECT, &input, sizeof input, NULL, 0, overlapped, NULL, sent) == 0;
}

static BOOL WINAPI disconnect_ex(SOCKET socket, OVERLAPPED *overlapped, DWORD flags, DWORD reserved)
{
    uint32_t input = flags;
    if (reserved) {
        WSASetLastError(WSAEINVAL);
        return FALSE;
    }
    if (overlapped)
        return ws_overlapped(socket, AFD_DISCONNECT, &input, sizeof input, NULL, 0, overlapped, NULL, NULL) ==
               0;
    OVERLAPPED own = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    DWORD bytes, result_flags;
    BOOL good = ws_overlapped(socket, AFD_DISCONNECT, &input, sizeof input, NULL, 0, &own, NULL, NULL) == 0;
    if (!good && WSAGetLastError() == WSA_IO_PENDING)
        good = WSAGetOverlappedResult(socket, &own, &bytes, TRUE, &result_flags);
    int error = WSAGetLastError();
    CloseHandle(own.hEvent);
    if (!good)
        WSASetLastError(error);
    return good;
}

static BOOL WINAPI transmit_file(SOCKET socket, HANDLE file, DWORD length, DWORD per_send,
                                 OVERLAPPED *overlapped, TRANSMIT_FILE_BUFFERS *buffers, DWORD flags)
{
    struct afd_transmit input = {.file = (ULONG_PTR)file, .length = length, .flags = flags};
    (void)per_send;
    if (buffers) {
        input.head = (ULONG_PTR)buffers->Head;
        input.head_length = buffers->HeadLength;
        input.tail = (ULONG_PTR)buffers->Tail;
        input.tail_length = buffers->TailLength;
    }
    if (!overlapped)
        return ws_result(ws_call(socket, AFD_TRANSMIT, &input, sizeof input, NULL, 0, NULL)) == 0;
    input.overlapped = input.use_offset = 1;
    input.offset = (uint64_t)overlapped->OffsetHigh << 32 | overlapped->Offset;
    return ws_overlapped(socket, AFD_TRANSMIT, &input, sizeof input, NULL, 0, overlapped, NULL, NULL) == 0;
}

void *ws_extension(const GUID *id)
{
    static const struct {
        GUID id;
        void *function;
    } functions[] = {
        {WSAID_ACCEPTEX, (void *)accept_ex},
        {WSAID_GETACCEPTEXSOCKADDRS, (void *)get_accept_ex_addresses},
        {WSAID_CONNECTEX, (void *)connect_ex},
        {WSAID_DISCONNECTEX, (void *)disconnect_ex},
        {WSAID_TRANSMITFILE, (void *)transmit_file},
        {WSAID_WSARECVMSG, (void *)ws_receive_message},
        {WSAID_WSASENDMSG, (void *)WSASendMsg},
    };
    for (unsigned i = 0; i < ARRAYSIZE(functions); i++)
        if (RtlCompareMemory(&functions[i].id, id, sizeof *id) == sizeof *id)
            return functions[i].function;
    return NULL;
}
