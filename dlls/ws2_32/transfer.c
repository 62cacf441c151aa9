/*
 * Sending and receiving, blocking and overlapped.
 */
#include "ws2_32.h"

static void fill(struct afd_transfer *transfer, const WSABUF *buffers, DWORD count, uint32_t mode,
                 DWORD flags)
{
    ZeroMemory(transfer, sizeof *transfer);
    transfer->buffers = (ULONG_PTR)buffers;
    transfer->count = count;
    transfer->pointer_size = sizeof(void *);
    transfer->mode = mode;
    transfer->flags = flags;
}

static int blocking(SOCKET socket, struct afd_transfer *transfer)
{
    ULONG_PTR bytes = 0;
    NTSTATUS status = ws_call(socket, AFD_TRANSFER, transfer, sizeof *transfer, NULL, 0, &bytes);
    return status == STATUS_SUCCESS ? (int)bytes : ws_result(status);
}

int WINAPI send(SOCKET socket, const char *data, int length, int flags)
{
    WSABUF buffer = {(ULONG)length, (char *)data};
    struct afd_transfer transfer;
    fill(&transfer, &buffer, 1, AFD_TRANSFER_SEND, (DWORD)flags);
    return blocking(socket, &transfer);
}

int WINAPI sendto(SOCKET socket, const char *data, int length, int flags, const struct sockaddr *address,
                  int address_length)
{
    WSABUF buffer = {(ULONG)length, (char *)data};
    struct afd_transfer transfer;
    fill(&transfer, &buffer, 1, AFD_TRANSFER_SEND, (DWORD)flags);
    transfer.address = (ULONG_PTR)address;
    transfer.address_length = address_length < 0 ? 0 : (uint64_t)address_length;
    return blocking(socket, &transfer);
}

int WINAPI recv(SOCKET socket, char *data, int length, int flags)
{
    WSABUF buffer = {(ULONG)length, data};
    struct afd_transfer transfer;
    fill(&transfer, &buffer, 1, 0, (DWORD)flags);
    return blocking(socket, &transfer);
}

int WINAPI recvfrom(SOCKET socket, char *data, int length, int flags, struct sockaddr *address,
                    int *address_length)
{
    WSABUF buffer = {(ULONG)length, data};
    struct afd_transfer transfer;
    if (address && !address_length)
        return ws_fail(WSAEFAULT);
    fill(&transfer, &buffer, 1, 0, (DWORD)flags);
    transfer.address = (ULONG_PTR)address;
    transfer.address_length = (ULONG_PTR)address_length;
    return blocking(socket, &transfer);
}

static int run(SOCKET socket, struct afd_transfer *transfer, DWORD *ret_bytes, WSAOVERLAPPED *overlapped,
               LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    if (!overlapped) {
        ULONG_PTR bytes = 0;
        if (!ret_bytes)
            return ws_fail(WSAEFAULT);
        NTSTATUS status = ws_call(socket, AFD_TRANSFER, transfer, sizeof *transfer, NULL, 0, &bytes);
        if (!NT_ERROR(status))
            *ret_bytes = (DWORD)bytes;
        return ws_result(status);
    }
    transfer->mode |= AFD_TRANSFER_OVERLAPPED;
    return ws_overlapped(socket, AFD_TRANSFER, transfer, sizeof *transfer, NULL, 0, overlapped, routine,
                         ret_bytes);
}

int WINAPI WSASendTo(SOCKET socket, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                     const struct sockaddr *address, int address_length, LPWSAOVERLAPPED overlapped,
                     LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct afd_transfer transfer;
    if (!buffers)
        return ws_fail(WSAEFAULT);
    fill(&transfer, buffers, count, AFD_TRANSFER_SEND, flags);
    transfer.address = (ULONG_PTR)address;
    transfer.address_length = address_length < 0 ? 0 : (uint64_t)address_length;
    return run(socket, &transfer, sent, overlapped, routine);
}

int WINAPI WSASend(SOCKET socket, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                   LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    return WSASendTo(socket, buffers, count, sent, flags, NULL, 0, overlapped, routine);
}

int WINAPI WSARecvFrom(SOCKET socket, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                       struct sockaddr *address, LPINT address_length, LPWSAOVERLAPPED overlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct afd_transfer transfer;
    if (!buffers || !flags || (address && !address_length))
        return ws_fail(WSAEFAULT);
    fill(&transfer, buffers, count, 0, *flags);
    transfer.address = (ULONG_PTR)address;
    transfer.address_length = (ULONG_PTR)address_length;
    transfer.ret_flags = (ULONG_PTR)flags;
    return run(socket, &transfer, received, overlapped, routine);
}

int WINAPI WSARecv(SOCKET socket, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                   LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    return WSARecvFrom(socket, buffers, count, received, flags, NULL, NULL, overlapped, routine);
}

int WINAPI WSASendMsg(SOCKET socket, LPWSAMSG message, DWORD flags, LPDWORD sent, LPWSAOVERLAPPED overlapped,
                      LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct afd_transfer transfer;
    if (!message)
        return ws_fail(WSAEFAULT);
    fill(&transfer, message->lpBuffers, message->dwBufferCount, AFD_TRANSFER_SEND | AFD_TRANSFER_MESSAGE,
         flags);
    transfer.address = message->namelen ? (ULONG_PTR)message->name : 0;
    transfer.address_length = (uint64_t)message->namelen;
    transfer.control = (ULONG_PTR)message->Control.buf;
    transfer.control_length = message->Control.buf ? message->Control.len : 0;
    return run(socket, &transfer, sent, overlapped, routine);
}

/* Not exported: reached through WSAIoctl. */
int WINAPI ws_receive_message(SOCKET socket, LPWSAMSG message, LPDWORD received, LPWSAOVERLAPPED overlapped,
                              LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);
int WINAPI ws_receive_message(SOCKET socket, LPWSAMSG message, LPDWORD received, LPWSAOVERLAPPED overlapped,
                              LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct afd_transfer transfer;
    if (!message)
        return ws_fail(WSAEFAULT);
    fill(&transfer, message->lpBuffers, message->dwBufferCount, AFD_TRANSFER_MESSAGE, message->dwFlags);
    transfer.address = (ULONG_PTR)message->name;
    transfer.address_length = (ULONG_PTR)&message->namelen;
    transfer.ret_flags = (ULONG_PTR)&message->dwFlags;
    transfer.control = (ULONG_PTR)message->Control.buf;
    transfer.control_length = (ULONG_PTR)&message->Control.len;
    return run(socket, &transfer, received, overlapped, routine);
}
