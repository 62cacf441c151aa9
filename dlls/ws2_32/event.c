/*
 * Event objects and network events.
 */
#include "ws2_32.h"

WSAEVENT WINAPI WSACreateEvent(void)
{
    return CreateEventW(NULL, TRUE, FALSE, NULL);
}

BOOL WINAPI WSACloseEvent(WSAEVENT event)
{
    return CloseHandle(event);
}

BOOL WINAPI WSASetEvent(WSAEVENT event)
{
    return SetEvent(event);
}

BOOL WINAPI WSAResetEvent(WSAEVENT event)
{
    return ResetEvent(event);
}

DWORD WINAPI WSAWaitForMultipleEvents(DWORD count, const WSAEVENT *events, BOOL all, DWORD timeout,
                                      BOOL alertable)
{
    return WaitForMultipleObjectsEx(count, events, all, timeout, alertable);
}

int WINAPI WSAEventSelect(SOCKET socket, WSAEVENT event, long mask)
{
    struct afd_event_select input = {.event = (ULONG_PTR)event, .mask = (uint32_t)mask};
    if (!event)
        input.mask = 0;
    if (mask && !event)
        return ws_fail(WSAEINVAL);
    return ws_result(ws_call(socket, AFD_EVENT_SELECT, &input, sizeof input, NULL, 0, NULL));
}

int WINAPI WSAEnumNetworkEvents(SOCKET socket, WSAEVENT event, LPWSANETWORKEVENTS events)
{
    struct afd_event_select input = {.event = (ULONG_PTR)event};
    struct afd_events answer;
    if (!events)
        return ws_fail(WSAEFAULT);
    NTSTATUS status = ws_call(socket, AFD_ENUM_EVENTS, &input, sizeof input, &answer, sizeof answer, NULL);
    if (status != STATUS_SUCCESS)
        return ws_result(status);
    ZeroMemory(events, sizeof *events);
    events->lNetworkEvents = (long)answer.mask;
    for (int i = 0; i < AFD_FD_COUNT; i++)
        events->iErrorCode[i] = answer.status[i] ? ws_error(answer.status[i], WSAEINTR) : 0;
    return 0;
}
