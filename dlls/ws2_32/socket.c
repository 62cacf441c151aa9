/*
 * Sockets: making, naming, connecting and closing them.
 */
#include "ws2_32.h"

/* Fills in what the caller left open; 0 or an error. */
static int complete_triple(int *family, int *type, int *protocol)
{
    if (*family == AF_UNSPEC) {
        if (!*type && !*protocol)
            return WSAEINVAL;
        *family = AF_INET;
    }
    if (!*type)
        *type = *family == AF_UNIX || *protocol == IPPROTO_TCP ? SOCK_STREAM
                : *protocol == IPPROTO_UDP                     ? SOCK_DGRAM
                : *protocol                                    ? SOCK_RAW
                                                               : SOCK_STREAM;
    if (*family != AF_INET && *family != AF_INET6 && *family != AF_UNIX)
        return WSAEAFNOSUPPORT;
    if (*type < SOCK_STREAM || *type > SOCK_SEQPACKET)
        return WSAESOCKTNOSUPPORT;
    if (*family == AF_UNIX) {
        if (*type != SOCK_STREAM)
            return WSAESOCKTNOSUPPORT;
        return *protocol ? WSAEPROTONOSUPPORT : 0;
    }
    if (*type == SOCK_RAW)
        return *protocol < 0 || *protocol > 255 ? WSAEPROTONOSUPPORT : 0;
    if (*type != SOCK_STREAM && *type != SOCK_DGRAM)
        return WSAESOCKTNOSUPPORT;
    int own = *type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
    if (!*protocol)
        *protocol = own;
    return *protocol == own ? 0 : WSAEPROTONOSUPPORT;
}

SOCKET WINAPI WSASocketW(int family, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP group,
                         DWORD flags)
{
    HANDLE handle;
    (void)group;
    if (!ws_started())
        return INVALID_SOCKET;
    if (info) {
        if (info->dwProviderReserved) /* from WSADuplicateSocket: the socket exists */
            return (SOCKET)info->dwProviderReserved;
        if (family == FROM_PROTOCOL_INFO || !family)
            family = info->iAddressFamily;
        if (type == FROM_PROTOCOL_INFO || !type)
            type = info->iSocketType;
        if (protocol == FROM_PROTOCOL_INFO || !protocol)
            protocol = info->iProtocol;
    }
    int error = complete_triple(&family, &type, &protocol);
    if (error) {
        WSASetLastError(error);
        return INVALID_SOCKET;
    }
    NTSTATUS status = GwSocket(&handle, (ULONG)family, (ULONG)type, (ULONG)protocol,
                               flags & WSA_FLAG_OVERLAPPED ? 0 : FILE_SYNCHRONOUS_IO_NONALERT,
                               flags & WSA_FLAG_NO_HANDLE_INHERIT ? 0 : OBJ_INHERIT);
    if (!NT_SUCCESS(status)) {
        ws_result(status);
        return INVALID_SOCKET;
    }
    return (SOCKET)handle;
}

SOCKET WINAPI WSASocketA(int family, int type, int protocol, LPWSAPROTOCOL_INFOA info, GROUP group,
                         DWORD flags)
{
    WSAPROTOCOL_INFOW wide;
    if (!info)
        return WSASocketW(family, type, protocol, NULL, group, flags);
    CopyMemory(&wide, info, FIELD_OFFSET(WSAPROTOCOL_INFOA, szProtocol));
    wide.szProtocol[0] = 0;
    return WSASocketW(family, type, protocol, &wide, group, flags);
}

SOCKET WINAPI socket(int family, int type, int protocol)
{
    return WSASocketW(family, type, protocol, NULL, 0, WSA_FLAG_OVERLAPPED);
}

static int get_information(SOCKET socket, struct afd_information *ret)
{
    return ws_result(ws_call(socket, AFD_QUERY, NULL, 0, ret, sizeof *ret, NULL));
}

int WINAPI WSADuplicateSocketW(SOCKET socket, DWORD process_id, LPWSAPROTOCOL_INFOW info)
{
    struct afd_information own;
    HANDLE copy;
    if (!info)
        return ws_fail(WSAEFAULT);
    if (get_information(socket, &own) != 0)
        return SOCKET_ERROR;
    const WSAPROTOCOL_INFOW *entry = ws_protocol(own.family, own.type, own.protocol);
    HANDLE process = process_id == GetCurrentProcessId() ? GetCurrentProcess()
                                                         : OpenProcess(PROCESS_DUP_HANDLE, FALSE, process_id);
    if (!entry || !process)
        return ws_fail(WSAEINVAL);
    BOOL good = DuplicateHandle(GetCurrentProcess(), (HANDLE)socket, process, &copy, 0, FALSE,
                                DUPLICATE_SAME_ACCESS);
    if (process_id != GetCurrentProcessId())
        CloseHandle(process);
    if (!good)
        return ws_fail(WSAEINVAL);
    *info = *entry;
    info->dwServiceFlags3 = GetCurrentProcessId();
    info->dwProviderReserved = (DWORD)(ULONG_PTR)copy;
    return 0;
}

int WINAPI WSADuplicateSocketA(SOCKET socket, DWORD process_id, LPWSAPROTOCOL_INFOA info)
{
    WSAPROTOCOL_INFOW wide;
    if (!info)
        return ws_fail(WSAEFAULT);
    if (WSADuplicateSocketW(socket, process_id, &wide) != 0)
        return SOCKET_ERROR;
    ws_protocol_ansi(&wide, info);
    return 0;
}

int WINAPI closesocket(SOCKET socket)
{
    struct afd_information own;
    /* Only sockets: other handles stay open. */
    if (get_information(socket, &own) != 0)
        return SOCKET_ERROR;
    return ws_result(NtClose((HANDLE)socket));
}

int WINAPI bind(SOCKET socket, const struct sockaddr *address, int length)
{
    if (!address)
        return ws_fail(WSAEFAULT);
    return ws_result(ws_call(socket, AFD_BIND, address, length < 0 ? 0 : (ULONG)length, NULL, 0, NULL));
}

int WINAPI listen(SOCKET socket, int backlog)
{
    int32_t value = backlog;
    return ws_result(ws_call(socket, AFD_LISTEN, &value, sizeof value, NULL, 0, NULL));
}

SOCKET WINAPI accept(SOCKET socket, struct sockaddr *address, int *length)
{
    struct afd_accept input = {0};
    struct afd_accepted accepted;
    if (address && (!length || *length < (int)sizeof(struct sockaddr))) {
        WSASetLastError(WSAEFAULT);
        return INVALID_SOCKET;
    }
    NTSTATUS status = ws_call(socket, AFD_ACCEPT, &input, sizeof input, &accepted, sizeof accepted, NULL);
    if (status != STATUS_SUCCESS) {
        ws_result(status);
        return INVALID_SOCKET;
    }
    if (length) {
        int room = *length;
        if (address)
            CopyMemory(address, accepted.address,
                       (SIZE_T)(room < accepted.address_length ? room : accepted.address_length));
        *length = accepted.address_length;
    }
    return (SOCKET)accepted.handle;
}

SOCKET WINAPI WSAAccept(SOCKET socket, struct sockaddr *address, LPINT length, LPCONDITIONPROC condition,
                        DWORD_PTR context)
{
    struct sockaddr_storage peer;
    int peer_length = sizeof peer;
    if (!condition)
        return accept(socket, address, length);
    SOCKET accepted = accept(socket, (struct sockaddr *)&peer, &peer_length);
    if (accepted == INVALID_SOCKET)
        return INVALID_SOCKET;
    WSABUF caller = {(ULONG)peer_length, (char *)&peer}, none = {0, NULL}, callee;
    struct sockaddr_storage own;
    int own_length = sizeof own;
    GROUP group = 0;
    getsockname(accepted, (struct sockaddr *)&own, &own_length);
    callee.len = (ULONG)own_length;
    callee.buf = (char *)&own;
    int answer = condition(&caller, &none, NULL, NULL, &callee, &none, &group, context);
    if (answer != CF_ACCEPT) {
        struct linger linger = {1, 0}; /* refused: the peer sees a reset */
        setsockopt(accepted, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof linger);
        closesocket(accepted);
        WSASetLastError(answer == CF_DEFER ? WSATRY_AGAIN : WSAECONNREFUSED);
        return INVALID_SOCKET;
    }
    if (address && length) {
        int room = *length;
        if (room < peer_length) {
            closesocket(accepted);
            WSASetLastError(WSAEFAULT);
            return INVALID_SOCKET;
        }
        CopyMemory(address, &peer, (SIZE_T)peer_length);
    }
    if (length)
        *length = peer_length;
    return accepted;
}

int WINAPI connect(SOCKET socket, const struct sockaddr *address, int length)
{
    struct afd_connect input = {.address = (ULONG_PTR)address, .address_length = length};
    if (!address)
        return ws_fail(WSAEFAULT);
    return ws_result(ws_call(socket, AFD_CONNECT, &input, sizeof input, NULL, 0, NULL));
}

int WINAPI WSAConnect(SOCKET socket, const struct sockaddr *address, int length, LPWSABUF caller_data,
                      LPWSABUF callee_data, LPQOS sqos, LPQOS gqos)
{
    (void)caller_data, (void)callee_data, (void)sqos, (void)gqos;
    return connect(socket, address, length);
}

int WINAPI shutdown(SOCKET socket, int how)
{
    int32_t value = how;
    return ws_result(ws_call(socket, AFD_SHUTDOWN, &value, sizeof value, NULL, 0, NULL));
}

int WINAPI WSASendDisconnect(SOCKET socket, LPWSABUF data)
{
    (void)data;
    return shutdown(socket, SD_SEND);
}

int WINAPI WSARecvDisconnect(SOCKET socket, LPWSABUF data)
{
    (void)data;
    return shutdown(socket, SD_RECEIVE);
}

static int get_name(SOCKET socket, struct sockaddr *address, int *length, uint32_t peer)
{
    ULONG_PTR size;
    uint8_t name[AFD_ADDRESS_SIZE];
    NTSTATUS status = ws_call(socket, AFD_GET_NAME, &peer, sizeof peer, name, sizeof name, &size);
    if (status != STATUS_SUCCESS)
        return ws_result(status);
    if (!address || !length || *length < (int)size)
        return ws_fail(WSAEFAULT);
    CopyMemory(address, name, size);
    *length = (int)size;
    return 0;
}

int WINAPI getsockname(SOCKET socket, struct sockaddr *address, int *length)
{
    return get_name(socket, address, length, 0);
}

int WINAPI getpeername(SOCKET socket, struct sockaddr *address, int *length)
{
    return get_name(socket, address, length, 1);
}
