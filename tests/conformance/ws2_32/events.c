/*
 * Waiting for sockets: AFD polls as event loops issue them, WSAPoll, WSAEventSelect.
 */
#include "net.h"
#include <winternl.h>

enum {
    POLL_RECEIVE = 1,
    POLL_SEND = 4,
    POLL_DISCONNECT = 8,
    POLL_CLOSE = 0x20,
    POLL_ACCEPT = 0x80,
    POLL_CONNECT_FAIL = 0x100
};

struct afd_poll {
    LARGE_INTEGER timeout;
    ULONG count, exclusive;
    struct {
        HANDLE handle;
        ULONG events;
        LONG status;
    } handles[1];
};

static HANDLE open_afd(void)
{
    static WCHAR name[] = L"\\Device\\Afd\\Gastwirt";
    UNICODE_STRING string = {sizeof name - sizeof *name, sizeof name, name};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE handle = NULL;
    InitializeObjectAttributes(&attributes, &string, 0, NULL, NULL);
    CHECK_STATUS(NtCreateFile(&handle, SYNCHRONIZE, &attributes, &iosb, NULL, 0,
                              FILE_SHARE_READ | FILE_SHARE_WRITE, 1 /* FILE_OPEN */, 0, NULL, 0),
                 STATUS_SUCCESS);
    return handle;
}

static NTSTATUS poll(HANDLE afd, HANDLE event, struct afd_poll *info, IO_STATUS_BLOCK *iosb, SOCKET s,
                     ULONG events, LONGLONG timeout)
{
    info->timeout.QuadPart = timeout;
    info->count = 1;
    info->exclusive = FALSE;
    info->handles[0].handle = (HANDLE)s;
    info->handles[0].events = events;
    info->handles[0].status = 0;
    iosb->Status = STATUS_PENDING;
    return NtDeviceIoControlFile(afd, event, NULL, NULL, iosb, 0x12024, info, sizeof *info, info,
                                 sizeof *info);
}

TEST(afd_poll)
{
    SOCKET client, server;
    HANDLE afd = open_afd(), event = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct afd_poll info;
    IO_STATUS_BLOCK iosb;
    char c;
    net_pair(&client, &server);
    CHECK_STATUS(poll(afd, event, &info, &iosb, server, POLL_SEND | POLL_RECEIVE, MAXLONGLONG),
                 STATUS_SUCCESS);
    CHECK_EQ(info.count, 1);
    CHECK_EQ(info.handles[0].events, POLL_SEND);
    CHECK_STATUS(poll(afd, event, &info, &iosb, server, POLL_RECEIVE, MAXLONGLONG), STATUS_PENDING);
    CHECK_EQ(send(client, "x", 1, 0), 1);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(iosb.Status, STATUS_SUCCESS);
    CHECK_EQ(info.handles[0].events, POLL_RECEIVE);
    /* a level: still so */
    CHECK_STATUS(poll(afd, event, &info, &iosb, server, POLL_RECEIVE, MAXLONGLONG), STATUS_SUCCESS);
    CHECK_EQ(recv(server, &c, 1, 0), 1);
    CHECK_STATUS(poll(afd, event, &info, &iosb, server, POLL_RECEIVE, -500000), STATUS_PENDING);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(iosb.Status, STATUS_TIMEOUT);
    CHECK_EQ(info.count, 0);
    CHECK_STATUS(poll(afd, event, &info, &iosb, server, POLL_RECEIVE | POLL_DISCONNECT, MAXLONGLONG),
                 STATUS_PENDING);
    CHECK_EQ(shutdown(client, SD_SEND), 0);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK(info.handles[0].events & POLL_DISCONNECT);
    CHECK_STATUS(poll(afd, event, &info, &iosb, client, POLL_RECEIVE | POLL_CLOSE, MAXLONGLONG),
                 STATUS_PENDING);
    closesocket(client);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(info.handles[0].events, POLL_CLOSE);
    CHECK_STATUS(poll(afd, event, &info, &iosb, (SOCKET)event, POLL_RECEIVE, 0), STATUS_OBJECT_TYPE_MISMATCH);
    closesocket(server);
    CloseHandle(event);
    CloseHandle(afd);
}

TEST(wsa_poll)
{
    SOCKET client, server;
    net_pair(&client, &server);
    WSAPOLLFD fds[2] = {{client, POLLIN | POLLOUT, 0}, {server, POLLRDNORM, 0}};
    CHECK_EQ(WSAPoll(fds, 2, 0), 1);
    CHECK_EQ(fds[0].revents, POLLWRNORM);
    CHECK_EQ(fds[1].revents, 0);
    fds[0].events = POLLRDNORM;
    CHECK_EQ(WSAPoll(fds, 2, 50), 0);
    CHECK_EQ(send(client, "x", 1, 0), 1);
    CHECK_EQ(WSAPoll(fds, 2, 5000), 1);
    CHECK_EQ(fds[1].revents, POLLRDNORM);
    CHECK_WSA(WSAPoll(fds, 0, 0), WSAEINVAL);
    closesocket(client);
    closesocket(server);
    CHECK_WSA(select(0, NULL, NULL, NULL, NULL), WSAEINVAL);
}

TEST(event_select)
{
    SOCKET client, server;
    WSANETWORKEVENTS events;
    char data[8];
    WSAEVENT event = WSACreateEvent();
    net_pair(&client, &server);
    CHECK_EQ(WSAEventSelect(server, event, FD_READ | FD_CLOSE), 0);
    CHECK_WSA(recv(server, data, 1, 0), WSAEWOULDBLOCK); /* non-blocking from now on */
    u_long off = 0;
    CHECK_WSA(ioctlsocket(server, FIONBIO, &off), WSAEINVAL);
    CHECK_EQ(WaitForSingleObject(event, 50), WAIT_TIMEOUT);
    CHECK_EQ(send(client, "ab", 2, 0), 2);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(WSAEnumNetworkEvents(server, event, &events), 0);
    CHECK_EQ(events.lNetworkEvents, FD_READ);
    CHECK_EQ(events.iErrorCode[FD_READ_BIT], 0);
    CHECK_EQ(WaitForSingleObject(event, 50), WAIT_TIMEOUT); /* told once */
    CHECK_EQ(recv(server, data, 1, 0), 1);                  /* enables it again, and there is more */
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(WSAEnumNetworkEvents(server, event, &events), 0);
    CHECK_EQ(events.lNetworkEvents, FD_READ);
    CHECK_EQ(recv(server, data, 8, 0), 1);
    closesocket(client);
    CHECK_EQ(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_EQ(WSAEnumNetworkEvents(server, event, &events), 0);
    CHECK(events.lNetworkEvents & FD_CLOSE);
    closesocket(server);
    WSACloseEvent(event);
}
