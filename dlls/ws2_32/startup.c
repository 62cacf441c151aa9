/*
 * Start-up and shut-down of the library, the last error, statuses as Winsock errors, calls on sockets.
 */
#include "ws2_32.h"

static volatile LONG started;
static DWORD thread_slot = TLS_OUT_OF_INDEXES;

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved);
BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    (void)instance;
    if (reason == DLL_PROCESS_ATTACH)
        thread_slot = TlsAlloc();
    if ((reason == DLL_THREAD_DETACH || (reason == DLL_PROCESS_DETACH && !reserved)) &&
        thread_slot != TLS_OUT_OF_INDEXES) {
        ws_free(TlsGetValue(thread_slot));
        TlsSetValue(thread_slot, NULL);
    }
    if (reason == DLL_PROCESS_DETACH && !reserved && thread_slot != TLS_OUT_OF_INDEXES)
        TlsFree(thread_slot);
    return TRUE;
}

struct ws_thread *ws_thread(void)
{
    struct ws_thread *data = TlsGetValue(thread_slot);
    if (!data && (data = ws_allocate(sizeof *data)) && !TlsSetValue(thread_slot, data)) {
        ws_free(data);
        data = NULL;
    }
    return data;
}

int WINAPI WSAStartup(WORD wanted, LPWSADATA data)
{
    BYTE major = LOBYTE(wanted), minor = HIBYTE(wanted);
    if (!data)
        return WSAEFAULT;
    if (!major)
        return WSAVERNOTSUPPORTED;
    /* the highest version that both sides know: 2.2 */
    if (major > 2 || (major == 2 && minor > 2))
        major = 2, minor = 2;
    else if (major == 1)
        minor = minor ? 1 : 0;
    ZeroMemory(data, sizeof *data);
    data->wVersion = MAKEWORD(major, minor);
    data->wHighVersion = MAKEWORD(2, 2);
    lstrcpyA(data->szDescription, "WinSock 2.0");
    lstrcpyA(data->szSystemStatus, "Running");
    if (major == 1) {
        data->iMaxSockets = 32767;
        data->iMaxUdpDg = 65467;
    }
    InterlockedIncrement(&started);
    return 0;
}

int WINAPI WSACleanup(void)
{
    if (InterlockedDecrement(&started) < 0) {
        InterlockedIncrement(&started);
        return ws_fail(WSANOTINITIALISED);
    }
    return 0;
}

BOOL ws_started(void)
{
    if (started > 0)
        return TRUE;
    WSASetLastError(WSANOTINITIALISED);
    return FALSE;
}

int WINAPI WSAGetLastError(void)
{
    return (int)GetLastError();
}

void WINAPI WSASetLastError(int error)
{
    SetLastError((DWORD)error);
}

static const struct {
    NTSTATUS status;
    int error;
} errors[] = {
    {STATUS_INVALID_HANDLE, WSAENOTSOCK},
    {STATUS_OBJECT_TYPE_MISMATCH, WSAENOTSOCK},
    {STATUS_INVALID_DEVICE_REQUEST, WSAENOTSOCK},
    {STATUS_NO_MEMORY, WSAENOBUFS},
    {STATUS_INSUFFICIENT_RESOURCES, WSAENOBUFS},
    {STATUS_TOO_MANY_OPENED_FILES, WSAEMFILE},
    {STATUS_ACCESS_VIOLATION, WSAEFAULT},
    {STATUS_ACCESS_DENIED, WSAEACCES},
    {STATUS_INVALID_PARAMETER, WSAEINVAL},
    {STATUS_BUFFER_TOO_SMALL, WSAEFAULT},
    {STATUS_DEVICE_NOT_READY, WSAEWOULDBLOCK},
    {STATUS_PENDING, WSA_IO_PENDING},
    {STATUS_IO_TIMEOUT, WSAETIMEDOUT},
    {STATUS_TIMEOUT, WSAETIMEDOUT},
    {STATUS_BUFFER_OVERFLOW, WSAEMSGSIZE},
    {STATUS_INVALID_BUFFER_SIZE, WSAEMSGSIZE},
    {STATUS_ADDRESS_ALREADY_EXISTS, WSAEADDRINUSE},
    {STATUS_SHARING_VIOLATION, WSAEADDRINUSE},
    {STATUS_INVALID_ADDRESS_COMPONENT, WSAEADDRNOTAVAIL},
    {STATUS_CONNECTION_ABORTED, WSAECONNABORTED},
    {STATUS_LOCAL_DISCONNECT, WSAECONNABORTED},
    {STATUS_CONNECTION_REFUSED, WSAECONNREFUSED},
    {STATUS_CONNECTION_RESET, WSAECONNRESET},
    {STATUS_CONNECTION_DISCONNECTED, WSAECONNRESET},
    {STATUS_REMOTE_DISCONNECT, WSAECONNRESET},
    {STATUS_PORT_UNREACHABLE, WSAECONNRESET},
    {STATUS_PROTOCOL_UNREACHABLE, WSAENETRESET},
    {STATUS_HOST_UNREACHABLE, WSAEHOSTUNREACH},
    {STATUS_NETWORK_UNREACHABLE, WSAENETUNREACH},
    {STATUS_CONNECTION_ACTIVE, WSAEISCONN},
    {STATUS_INVALID_CONNECTION, WSAENOTCONN},
    {STATUS_CONNECTION_INVALID, WSAENOTCONN},
    {STATUS_PIPE_DISCONNECTED, WSAESHUTDOWN},
    {STATUS_OBJECT_NAME_COLLISION, WSAEADDRINUSE},
    {STATUS_OBJECT_PATH_NOT_FOUND, WSAENETDOWN},
    {STATUS_OBJECT_NAME_NOT_FOUND, WSAECONNREFUSED},
};

int ws_error(NTSTATUS status, int cancelled)
{
    if (status == STATUS_CANCELLED)
        return cancelled;
    if ((ULONG)status >> 16 == 0xc001) /* already one of Winsock's */
        return (int)((ULONG)status & 0xffff);
    for (unsigned i = 0; i < ARRAYSIZE(errors); i++)
        if (errors[i].status == status)
            return errors[i].error;
    ULONG error = RtlNtStatusToDosError(status);
    return error == ERROR_MR_MID_NOT_FOUND ? WSASYSCALLFAILURE : (int)error;
}

int ws_fail(int error)
{
    WSASetLastError(error);
    return SOCKET_ERROR;
}

int ws_result(NTSTATUS status)
{
    return status == STATUS_SUCCESS ? 0 : ws_fail(ws_error(status, WSAEINTR));
}

NTSTATUS ws_call(SOCKET socket, ULONG code, const void *input, ULONG input_length, void *output,
                 ULONG output_length, ULONG_PTR *ret_information)
{
    IO_STATUS_BLOCK iosb;
    if (started <= 0)
        return (NTSTATUS)(0xc0010000u | WSANOTINITIALISED);
    iosb.Information = 0;
    NTSTATUS status = NtDeviceIoControlFile((HANDLE)socket, NULL, NULL, NULL, &iosb, code, (void *)input,
                                            input_length, output, output_length);
    if (ret_information && !NT_ERROR(status))
        *ret_information = iosb.Information;
    return status;
}

/* The APC of requests with a completion routine. */
static void CALLBACK completed(void *context, IO_STATUS_BLOCK *iosb, ULONG reserved)
{
    (void)reserved;
    NTSTATUS status = iosb->Status;
    ((LPWSAOVERLAPPED_COMPLETION_ROUTINE)context)(
        status == STATUS_SUCCESS ? 0 : (DWORD)ws_error(status, WSA_OPERATION_ABORTED),
        (DWORD)iosb->Information, (WSAOVERLAPPED *)iosb, 0);
}

int ws_overlapped(SOCKET socket, ULONG code, const void *input, ULONG input_length, void *output,
                  ULONG output_length, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                  DWORD *ret_bytes)
{
    IO_STATUS_BLOCK *iosb = (IO_STATUS_BLOCK *)overlapped;
    /* An event with its lowest bit set keeps the request from completion ports. */
    HANDLE event = (HANDLE)((ULONG_PTR)overlapped->hEvent & ~(ULONG_PTR)1);
    void *context = (ULONG_PTR)overlapped->hEvent & 1 ? NULL : overlapped;
    if (!ws_started())
        return SOCKET_ERROR;
    overlapped->Internal = (ULONG_PTR)STATUS_PENDING;
    overlapped->InternalHigh = 0;
    NTSTATUS status = NtDeviceIoControlFile(
        (HANDLE)socket, routine ? NULL : event, routine ? (PIO_APC_ROUTINE)completed : NULL,
        routine ? (void *)routine : context, iosb, code, (void *)input, input_length, output, output_length);
    if (status == STATUS_BUFFER_OVERFLOW) /* a warning: the completion tells of it */
        return ws_fail(WSA_IO_PENDING);
    if (status != STATUS_SUCCESS)
        return ws_fail(ws_error(status, WSA_OPERATION_ABORTED));
    if (ret_bytes)
        *ret_bytes = (DWORD)overlapped->InternalHigh;
    return 0;
}

BOOL WINAPI WSAGetOverlappedResult(SOCKET socket, LPWSAOVERLAPPED overlapped, LPDWORD transferred, BOOL wait,
                                   LPDWORD flags)
{
    if (!ws_started())
        return FALSE;
    if (!overlapped || !transferred || !flags) {
        WSASetLastError(WSAEFAULT);
        return FALSE;
    }
    while ((NTSTATUS) * (volatile ULONG_PTR *)&overlapped->Internal == STATUS_PENDING) {
        HANDLE event = (HANDLE)((ULONG_PTR)overlapped->hEvent & ~(ULONG_PTR)1);
        if (!wait) {
            WSASetLastError(WSA_IO_INCOMPLETE);
            return FALSE;
        }
        if (NtWaitForSingleObject(event ? event : (HANDLE)socket, FALSE, NULL) != STATUS_WAIT_0) {
            WSASetLastError(WSAENOTSOCK);
            return FALSE;
        }
        if (event)
            break;
    }
    NTSTATUS status = (NTSTATUS)overlapped->Internal;
    *transferred = (DWORD)overlapped->InternalHigh;
    *flags = status == STATUS_BUFFER_OVERFLOW ? MSG_PARTIAL : 0;
    if (status == STATUS_SUCCESS)
        return TRUE;
    WSASetLastError(ws_error(status, WSA_OPERATION_ABORTED));
    return FALSE;
}

/* ---- memory and text ---- */

void *ws_allocate(SIZE_T size)
{
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

void ws_free(void *block)
{
    if (block)
        HeapFree(GetProcessHeap(), 0, block);
}

char *ws_ansi(const WCHAR *text)
{
    if (!text)
        return NULL;
    int size = WideCharToMultiByte(CP_ACP, 0, text, -1, NULL, 0, NULL, NULL);
    char *result = size ? ws_allocate((SIZE_T)size) : NULL;
    if (result)
        WideCharToMultiByte(CP_ACP, 0, text, -1, result, size, NULL, NULL);
    return result;
}

WCHAR *ws_wide(const char *text)
{
    if (!text)
        return NULL;
    int size = MultiByteToWideChar(CP_ACP, 0, text, -1, NULL, 0);
    WCHAR *result = size ? ws_allocate((SIZE_T)size * sizeof *result) : NULL;
    if (result)
        MultiByteToWideChar(CP_ACP, 0, text, -1, result, size);
    return result;
}
