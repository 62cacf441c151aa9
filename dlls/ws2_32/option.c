/*
 * Options and control codes.
 */
#include "ws2_32.h"
#include <mstcpip.h>

#ifndef SO_BSP_STATE
#define SO_BSP_STATE 0x1009
#endif
#ifndef SIO_BSP_HANDLE
#define SIO_BSP_HANDLE _WSAIOR(IOC_WS2, 27)
#endif
#ifndef SIO_BSP_HANDLE_SELECT
#define SIO_BSP_HANDLE_SELECT _WSAIOR(IOC_WS2, 28)
#endif
#ifndef SIO_BSP_HANDLE_POLL
#define SIO_BSP_HANDLE_POLL _WSAIOR(IOC_WS2, 29)
#endif
#ifndef SIO_BASE_HANDLE
#define SIO_BASE_HANDLE _WSAIOR(IOC_WS2, 34)
#endif
#ifndef SIO_UDP_CONNRESET
#define SIO_UDP_CONNRESET _WSAIOW(IOC_VENDOR, 12)
#endif
#ifndef SIO_UDP_NETRESET
#define SIO_UDP_NETRESET _WSAIOW(IOC_VENDOR, 15)
#endif
#ifndef SIO_LOOPBACK_FAST_PATH
#define SIO_LOOPBACK_FAST_PATH _WSAIOW(IOC_VENDOR, 16)
#endif
#ifndef SIO_TCP_INITIAL_RTO
#define SIO_TCP_INITIAL_RTO _WSAIOW(IOC_VENDOR, 17)
#endif
#ifndef SIO_SET_COMPATIBILITY_MODE
#define SIO_SET_COMPATIBILITY_MODE _WSAIOW(IOC_VENDOR, 300)
#endif

void *ws_extension(const GUID *id);

static int get_protocol_info(SOCKET socket, char *value, int *length, BOOL ansi)
{
    struct afd_information own;
    int size = ansi ? sizeof(WSAPROTOCOL_INFOA) : sizeof(WSAPROTOCOL_INFOW);
    NTSTATUS status = ws_call(socket, AFD_QUERY, NULL, 0, &own, sizeof own, NULL);
    if (status != STATUS_SUCCESS)
        return ws_result(status);
    const WSAPROTOCOL_INFOW *entry = ws_protocol(own.family, own.type, own.protocol);
    if (!entry)
        return ws_fail(WSAENOPROTOOPT);
    if (*length < size) {
        *length = size;
        return ws_fail(WSAEFAULT);
    }
    if (ansi)
        ws_protocol_ansi(entry, (WSAPROTOCOL_INFOA *)value);
    else
        *(WSAPROTOCOL_INFOW *)value = *entry;
    if (own.type == SOCK_RAW)
        ((WSAPROTOCOL_INFOW *)value)->iProtocol = own.protocol;
    *length = size;
    return 0;
}

/* Both addresses of a socket, behind each other in the value. */
static int get_both_addresses(SOCKET socket, char *value, int *length)
{
    CSADDR_INFO *info = (CSADDR_INFO *)value;
    struct afd_information own;
    int room = 64;
    NTSTATUS status = ws_call(socket, AFD_QUERY, NULL, 0, &own, sizeof own, NULL);
    if (status != STATUS_SUCCESS)
        return ws_result(status);
    if (*length < (int)sizeof *info + 2 * room)
        return ws_fail(WSAEFAULT);
    ZeroMemory(info, sizeof *info);
    info->LocalAddr.lpSockaddr = (SOCKADDR *)(info + 1);
    info->LocalAddr.iSockaddrLength = room;
    if (getsockname(socket, info->LocalAddr.lpSockaddr, &info->LocalAddr.iSockaddrLength) != 0)
        info->LocalAddr.iSockaddrLength = 0;
    info->RemoteAddr.lpSockaddr = (SOCKADDR *)((char *)(info + 1) + room);
    info->RemoteAddr.iSockaddrLength = room;
    if (getpeername(socket, info->RemoteAddr.lpSockaddr, &info->RemoteAddr.iSockaddrLength) != 0)
        info->RemoteAddr.iSockaddrLength = 0;
    info->iSocketType = own.type;
    info->iProtocol = own.protocol;
    *length = (int)sizeof *info + 2 * room;
    return 0;
}

int WINAPI getsockopt(SOCKET socket, int level, int name, char *value, int *length)
{
    struct afd_option option = {level, name};
    ULONG_PTR size;
    if (!value || !length)
        return ws_fail(WSAEFAULT);
    if (level == SOL_SOCKET && (name == SO_PROTOCOL_INFOW || name == SO_PROTOCOL_INFOA))
        return get_protocol_info(socket, value, length, name == SO_PROTOCOL_INFOA);
    if (level == SOL_SOCKET && name == SO_BSP_STATE)
        return get_both_addresses(socket, value, length);
    NTSTATUS status = ws_call(socket, AFD_GET_OPTION, &option, sizeof option, value,
                              *length < 0 ? 0 : (ULONG)*length, &size);
    if (status != STATUS_SUCCESS)
        return ws_result(status);
    if (level == SOL_SOCKET && name == SO_ERROR && *(LONG *)value)
        *(LONG *)value = ws_error((NTSTATUS) * (LONG *)value, WSAEINTR);
    *length = (int)size;
    return 0;
}

int WINAPI setsockopt(SOCKET socket, int level, int name, const char *value, int length)
{
    struct afd_option option = {level, name};
    if (level == SOL_SOCKET && name == SO_UPDATE_ACCEPT_CONTEXT) {
        uint64_t listener;
        if (!value || length < (int)sizeof(SOCKET))
            return ws_fail(WSAEFAULT);
        listener = *(const SOCKET *)value;
        return ws_result(ws_call(socket, AFD_ACCEPT_CONTEXT, &listener, sizeof listener, NULL, 0, NULL));
    }
    if (!value && !(level == SOL_SOCKET && name == SO_UPDATE_CONNECT_CONTEXT))
        return ws_fail(WSAEFAULT);
    return ws_result(ws_call(socket, AFD_SET_OPTION, &option, sizeof option, (char *)value,
                             value && length > 0 ? (ULONG)length : 0, NULL));
}

int WINAPI ioctlsocket(SOCKET socket, long command, u_long *argument)
{
    struct afd_information own;
    if (!argument)
        return ws_fail(WSAEFAULT);
    if (command == (long)FIONBIO) {
        uint32_t value = (uint32_t)*argument;
        return ws_result(ws_call(socket, AFD_SET_MODE, &value, sizeof value, NULL, 0, NULL));
    }
    if (command != FIONREAD && command != SIOCATMARK)
        return ws_fail(WSAEOPNOTSUPP);
    NTSTATUS status = ws_call(socket, AFD_QUERY, NULL, 0, &own, sizeof own, NULL);
    if (status == STATUS_SUCCESS)
        *argument = command == FIONREAD ? own.available : own.at_mark;
    return ws_result(status);
}

/* The addresses of this machine of the socket's family, in a SOCKET_ADDRESS_LIST. */
static int address_list(SOCKET socket, void *output, DWORD size, DWORD *returned)
{
    struct afd_information own;
    char name[256];
    struct addrinfo hints = {0}, *list, *info;
    SOCKET_ADDRESS_LIST *result = output;
    DWORD count = 0, need;
    NTSTATUS status = ws_call(socket, AFD_QUERY, NULL, 0, &own, sizeof own, NULL);
    if (status != STATUS_SUCCESS)
        return ws_result(status);
    hints.ai_family = own.family;
    if (gethostname(name, sizeof name) != 0 || getaddrinfo(name, NULL, &hints, &list) != 0)
        list = NULL;
    need = FIELD_OFFSET(SOCKET_ADDRESS_LIST, Address);
    for (info = list; info; info = info->ai_next, count++)
        need += (DWORD)(sizeof(SOCKET_ADDRESS) + ((info->ai_addrlen + 7) & ~(SIZE_T)7));
    *returned = need;
    if (size < need || !output) {
        if (list)
            freeaddrinfo(list);
        return ws_fail(WSAEFAULT);
    }
    char *place = (char *)&result->Address[count];
    result->iAddressCount = (INT)count;
    count = 0;
    for (info = list; info; info = info->ai_next, count++) {
        result->Address[count].lpSockaddr = (SOCKADDR *)place;
        result->Address[count].iSockaddrLength = (INT)info->ai_addrlen;
        CopyMemory(place, info->ai_addr, info->ai_addrlen);
        place += (info->ai_addrlen + 7) & ~(SIZE_T)7;
    }
    if (list)
        freeaddrinfo(list);
    return 0;
}

static int get_handle(SOCKET socket, void *output, DWORD size, DWORD *bytes)
{
    struct afd_information own;
    NTSTATUS status = ws_call(socket, AFD_QUERY, NULL, 0, &own, sizeof own, NULL);
    if (status != STATUS_SUCCESS)
        return ws_result(status);
    if (!output || size < sizeof socket)
        return ws_fail(WSAEFAULT);
    *(SOCKET *)output = socket;
    *bytes = sizeof socket;
    return 0;
}

static int control(SOCKET socket, DWORD code, void *input, DWORD input_size, void *output, DWORD output_size,
                   DWORD *bytes)
{
    struct afd_information own;
    NTSTATUS status;
    u_long value;
    uint32_t word;
    ULONG_PTR information;
    *bytes = 0;
    switch (code) {
    case FIONBIO:
        if (!input || input_size < sizeof value)
            return ws_fail(WSAEFAULT);
        return ioctlsocket(socket, (long)FIONBIO, input);
    case FIONREAD:
    case SIOCATMARK:
        if (!output || output_size < (code == FIONREAD ? sizeof value : 1))
            return ws_fail(WSAEFAULT);
        if (ioctlsocket(socket, (long)code, &value) != 0)
            return SOCKET_ERROR;
        *bytes = output_size < sizeof value ? 1 : sizeof value;
        CopyMemory(output, &value, *bytes);
        return 0;
    case SIO_GET_EXTENSION_FUNCTION_POINTER: {
        status = ws_call(socket, AFD_QUERY, NULL, 0, &own, sizeof own, NULL);
        if (status != STATUS_SUCCESS)
            return ws_result(status);
        if (!input || input_size < sizeof(GUID) || !output || output_size < sizeof(void *))
            return ws_fail(WSAEFAULT);
        void *function = ws_extension(input);
        if (!function)
            return ws_fail(WSAEINVAL);
        *(void **)output = function;
        *bytes = sizeof function;
        return 0;
    }
    case SIO_BASE_HANDLE:
    case SIO_BSP_HANDLE:
    case SIO_BSP_HANDLE_SELECT:
    case SIO_BSP_HANDLE_POLL: return get_handle(socket, output, output_size, bytes);
    case SIO_KEEPALIVE_VALS:
        return ws_result(ws_call(socket, AFD_KEEPALIVE, input, input ? input_size : 0, NULL, 0, NULL));
    case SIO_UDP_CONNRESET:
        if (!input || !input_size)
            return ws_fail(WSAEFAULT);
        word = input_size < sizeof word ? *(BYTE *)input : *(uint32_t *)input;
        return ws_result(ws_call(socket, AFD_CONNRESET, &word, sizeof word, NULL, 0, NULL));
    case SIO_ROUTING_INTERFACE_QUERY:
        if (!input || !output)
            return ws_fail(WSAEFAULT);
        status = ws_call(socket, AFD_ROUTE, input, input_size, output, output_size, &information);
        if (status == STATUS_SUCCESS)
            *bytes = (DWORD)information;
        return ws_result(status);
    case SIO_ADDRESS_LIST_QUERY: return address_list(socket, output, output_size, bytes);
    case SIO_UDP_NETRESET:
    case SIO_LOOPBACK_FAST_PATH:
    case SIO_TCP_INITIAL_RTO:
    case SIO_SET_COMPATIBILITY_MODE: /* hints */
        return ws_result(ws_call(socket, AFD_QUERY, NULL, 0, &own, sizeof own, NULL));
    default:
        status = ws_call(socket, AFD_QUERY, NULL, 0, &own, sizeof own, NULL);
        return status != STATUS_SUCCESS ? ws_result(status) : ws_fail(WSAEOPNOTSUPP);
    }
}

/* None of these codes takes long: with an overlapped structure they are complete on return. */
int WINAPI WSAIoctl(SOCKET socket, DWORD code, LPVOID input, DWORD input_size, LPVOID output,
                    DWORD output_size, LPDWORD returned, LPWSAOVERLAPPED overlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    DWORD bytes = 0;
    (void)routine;
    if (!returned && !overlapped)
        return ws_fail(WSAEFAULT);
    int result = control(socket, code, input, input_size, output, output_size, &bytes);
    if (returned)
        *returned = bytes;
    if (overlapped && result == 0) {
        overlapped->Internal = 0;
        overlapped->InternalHigh = bytes;
        if (overlapped->hEvent)
            SetEvent((HANDLE)((ULONG_PTR)overlapped->hEvent & ~(ULONG_PTR)1));
    }
    return result;
}
