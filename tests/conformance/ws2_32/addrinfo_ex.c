/*
 * GetAddrInfoEx: at once, in the background, with a time limit, cancelled.
 */
#include "net.h"

#ifndef AI_EXTENDED
#define AI_EXTENDED 0x80000000
#endif

/* mingw-w64's header has no prototypes of these. */
int WINAPI GetAddrInfoExCancel(LPHANDLE handle);
int WINAPI GetAddrInfoExOverlappedResult(LPOVERLAPPED overlapped);

static const ADDRINFOEXW stream = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};

static void check_loopback(const ADDRINFOEXW *info, USHORT port)
{
    CHECK(info != NULL);
    if (!info)
        return;
    const struct sockaddr_in *address = (const struct sockaddr_in *)info->ai_addr;
    CHECK_EQ(info->ai_family, AF_INET);
    CHECK_EQ(info->ai_socktype, SOCK_STREAM);
    CHECK_EQ(info->ai_addrlen, sizeof *address);
    CHECK_EQ(address->sin_family, AF_INET);
    CHECK_EQ(address->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    CHECK_EQ(address->sin_port, htons(port));
    CHECK(info->ai_blob == NULL);
    CHECK_EQ(info->ai_bloblen, 0);
    CHECK(info->ai_next == NULL);
}

TEST(at_once)
{
    ADDRINFOEXW hints = stream, *list = (ADDRINFOEXW *)1;
    CHECK_EQ(GetAddrInfoExW(L"127.0.0.1", L"80", NS_DNS, NULL, &hints, &list, NULL, NULL, NULL, NULL), 0);
    check_loopback(list, 80);
    FreeAddrInfoExW(list);
    hints.ai_flags = AI_CANONNAME;
    CHECK_EQ(GetAddrInfoExW(L"localhost", L"http", NS_ALL, NULL, &hints, &list, NULL, NULL, NULL, NULL), 0);
    CHECK(list && list->ai_canonname && *list->ai_canonname);
    if (list)
        CHECK_EQ(((struct sockaddr_in *)list->ai_addr)->sin_port, htons(80));
    FreeAddrInfoExW(list);
    CHECK_EQ(GetAddrInfoExW(NULL, L"7", NS_ALL, NULL, NULL, &list, NULL, NULL, NULL, NULL), 0);
    FreeAddrInfoExW(list);
    FreeAddrInfoExW(NULL);
}

TEST(failures)
{
    ADDRINFOEXW hints = stream, *list = (ADDRINFOEXW *)1;
    CHECK_EQ(GetAddrInfoExW(NULL, NULL, NS_DNS, NULL, NULL, &list, NULL, NULL, NULL, NULL),
             WSAHOST_NOT_FOUND);
    CHECK(list == NULL);
    CHECK_EQ(WSAGetLastError(), WSAHOST_NOT_FOUND);
    hints.ai_flags = AI_NUMERICHOST;
    CHECK_EQ(GetAddrInfoExW(L"localhost", NULL, NS_DNS, NULL, &hints, &list, NULL, NULL, NULL, NULL),
             WSAHOST_NOT_FOUND);
    hints = stream;
    hints.ai_family = AF_IPX;
    CHECK_EQ(GetAddrInfoExW(L"127.0.0.1", NULL, NS_DNS, NULL, &hints, &list, NULL, NULL, NULL, NULL),
             WSAEAFNOSUPPORT);
    hints = stream;
    hints.ai_socktype = 77;
    CHECK_EQ(GetAddrInfoExW(L"127.0.0.1", NULL, NS_DNS, NULL, &hints, &list, NULL, NULL, NULL, NULL),
             WSAESOCKTNOSUPPORT);
    CHECK_EQ(GetAddrInfoExW(L"127.0.0.1", L"no-such-service", NS_DNS, NULL, &stream, &list, NULL, NULL, NULL,
                            NULL),
             WSATYPE_NOT_FOUND);
    if (harness_is_wine()) /* which looks at few of the rest */
        return;
    hints = stream;
    hints.ai_addrlen = 4;
    CHECK_EQ(GetAddrInfoExW(L"127.0.0.1", NULL, NS_DNS, NULL, &hints, &list, NULL, NULL, NULL, NULL),
             WSANO_RECOVERY);
    hints = stream;
    hints.ai_flags = (int)AI_EXTENDED;
    CHECK_EQ(GetAddrInfoExW(L"127.0.0.1", NULL, NS_DNS, NULL, &hints, &list, NULL, NULL, NULL, NULL),
             WSAEINVAL);
    CHECK_EQ(GetAddrInfoExW(L"127.0.0.1", NULL, NS_EMAIL, NULL, NULL, &list, NULL, NULL, NULL, NULL),
             WSASERVICE_NOT_FOUND);
    CHECK_EQ(GetAddrInfoExW(L"127.0.0.1", NULL, NS_DNS, NULL, NULL, NULL, NULL, NULL, NULL, NULL), WSAEINVAL);
    OVERLAPPED neither = {0};
    CHECK_EQ(GetAddrInfoExW(L"127.0.0.1", NULL, NS_DNS, NULL, NULL, &list, NULL, &neither, NULL, NULL),
             WSAEINVAL);
    CHECK_EQ(GetAddrInfoExOverlappedResult(NULL), WSAEINVAL);
}

TEST(ansi)
{
    ADDRINFOEXA hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME},
                *list = NULL;
    if (harness_is_wine())
        SKIP("wine 8.0 ends the program: it has no GetAddrInfoExA");
    CHECK_EQ(GetAddrInfoExA("127.0.0.1", "81", NS_DNS, NULL, &hints, &list, NULL, NULL, NULL, NULL), 0);
    CHECK(list && list->ai_canonname && !strcmp(list->ai_canonname, "127.0.0.1"));
    if (list)
        CHECK_EQ(((struct sockaddr_in *)list->ai_addr)->sin_port, htons(81));
    FreeAddrInfoEx(list);
    OVERLAPPED overlapped = {0};
    TIMEVAL second = {1, 0};
    CHECK_EQ(GetAddrInfoExA("127.0.0.1", NULL, NS_DNS, NULL, &hints, &list, NULL, &overlapped, NULL, NULL),
             WSAEINVAL);
    CHECK_EQ(GetAddrInfoExA("127.0.0.1", NULL, NS_DNS, NULL, &hints, &list, &second, NULL, NULL, NULL),
             WSAEINVAL);
}

TEST(with_an_event)
{
    ADDRINFOEXW *list = NULL;
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    HANDLE handle = NULL;
    int error = GetAddrInfoExW(L"127.0.0.1", L"82", NS_DNS, NULL, &stream, &list, NULL, &overlapped, NULL,
                               &handle);
    CHECK_EQ(error, WSA_IO_PENDING);
    CHECK_EQ(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    CHECK_EQ(GetAddrInfoExOverlappedResult(&overlapped), 0);
    CHECK(overlapped.Pointer == &list);
    check_loopback(list, 82);
    FreeAddrInfoExW(list);
    CHECK_EQ(GetAddrInfoExCancel(&handle), WSA_INVALID_HANDLE); /* too late */
    ResetEvent(overlapped.hEvent);
    overlapped.Pointer = NULL;
    CHECK_EQ(GetAddrInfoExW(L"no.such.host.invalid", NULL, NS_DNS, NULL, &stream, &list, NULL, &overlapped,
                            NULL, NULL),
             WSA_IO_PENDING);
    CHECK_EQ(WaitForSingleObject(overlapped.hEvent, 30000), WAIT_OBJECT_0);
    CHECK(GetAddrInfoExOverlappedResult(&overlapped) != 0);
    CHECK(list == NULL);
    CloseHandle(overlapped.hEvent);
}

static struct {
    HANDLE event;
    DWORD error;
    OVERLAPPED *overlapped;
} called;

static void CALLBACK routine(DWORD error, DWORD bytes, OVERLAPPED *overlapped)
{
    (void)bytes;
    called.error = error;
    called.overlapped = overlapped;
    SetEvent(called.event);
}

TEST(with_a_routine)
{
    ADDRINFOEXW *list = NULL;
    OVERLAPPED overlapped = {0};
    called.event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK_EQ(GetAddrInfoExW(L"127.0.0.1", L"83", NS_ALL, NULL, &stream, &list, NULL, &overlapped,
                            (void *)routine, NULL),
             WSA_IO_PENDING);
    CHECK_EQ(WaitForSingleObject(called.event, 10000), WAIT_OBJECT_0);
    CHECK_EQ(called.error, 0);
    CHECK(called.overlapped == &overlapped);
    CHECK(overlapped.Pointer == &list);
    check_loopback(list, 83);
    FreeAddrInfoExW(list);
    CloseHandle(called.event);
}

/* Whether the look-up or its cancellation is faster, the end is told once, and it is one of both. */
TEST(cancelled)
{
    HANDLE bad = (HANDLE)(ULONG_PTR)0x77777;
    int cancelled = 0, ended = 0;
    called.event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK_EQ(GetAddrInfoExCancel(&bad), WSA_INVALID_HANDLE);
    if (!harness_is_wine())
        CHECK_EQ(GetAddrInfoExCancel(NULL), WSA_INVALID_HANDLE);
    for (int i = 0; i < 200; i++) {
        ADDRINFOEXW *list = NULL;
        OVERLAPPED overlapped = {0};
        HANDLE handle;
        CHECK_EQ(GetAddrInfoExW(i & 1 ? L"127.0.0.1" : L"localhost", L"84", NS_ALL, NULL, &stream, &list,
                                NULL, &overlapped, (void *)routine, &handle),
                 WSA_IO_PENDING);
        int error = GetAddrInfoExCancel(&handle);
        CHECK_EQ(WaitForSingleObject(called.event, 10000), WAIT_OBJECT_0);
        if (error) {
            ended++;
            CHECK_EQ(error, WSA_INVALID_HANDLE);
            CHECK_EQ(called.error, 0);
            CHECK(list != NULL);
            FreeAddrInfoExW(list);
        } else {
            cancelled++;
            CHECK_EQ(called.error, WSA_E_CANCELLED);
            CHECK_EQ(GetAddrInfoExOverlappedResult(&overlapped), WSA_E_CANCELLED);
            CHECK(list == NULL);
        }
        CHECK_EQ(GetAddrInfoExCancel(&handle), WSA_INVALID_HANDLE);
    }
    CHECK_EQ(cancelled + ended, 200);
    CHECK_EQ(WaitForSingleObject(called.event, 50), WAIT_TIMEOUT);
    CloseHandle(called.event);
}

TEST(time_limit)
{
    ADDRINFOEXW *list = NULL;
    TIMEVAL enough = {20, 0};
    CHECK_EQ(GetAddrInfoExW(L"127.0.0.1", L"85", NS_ALL, NULL, &stream, &list, &enough, NULL, NULL, NULL), 0);
    check_loopback(list, 85);
    FreeAddrInfoExW(list);
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    CHECK_EQ(
        GetAddrInfoExW(L"127.0.0.1", L"86", NS_ALL, NULL, &stream, &list, &enough, &overlapped, NULL, NULL),
        WSA_IO_PENDING);
    CHECK_EQ(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    CHECK_EQ(GetAddrInfoExOverlappedResult(&overlapped), 0);
    check_loopback(list, 86);
    FreeAddrInfoExW(list);
    /* No time at all: one of both ends, and says so once. */
    TIMEVAL none = {0, 1};
    for (int i = 0; i < 100; i++) {
        list = NULL;
        int error = GetAddrInfoExW(L"localhost", L"87", NS_ALL, NULL, &stream, &list, &none, NULL, NULL,
                                   NULL);
        CHECK(error == 0 || error == WSAETIMEDOUT);
        CHECK_EQ(list != NULL, error == 0);
        FreeAddrInfoExW(list);
    }
    CloseHandle(overlapped.hEvent);
}
