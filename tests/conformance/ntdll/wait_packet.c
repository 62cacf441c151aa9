/*
 * Wait completion packets: an object's signal becomes a packet in a completion port.
 */
#include "harness.h"

static LONG(WINAPI *create)(HANDLE *, ACCESS_MASK, void *);
static LONG(WINAPI *associate)(HANDLE, HANDLE, HANDLE, PVOID, PVOID, LONG, ULONG_PTR, BOOLEAN *);
static LONG(WINAPI *cancel)(HANDLE, BOOLEAN);

static BOOL find_functions(void)
{
    HMODULE module = GetModuleHandleA("ntdll.dll");
    create = (void *)GetProcAddress(module, "NtCreateWaitCompletionPacket");
    associate = (void *)GetProcAddress(module, "NtAssociateWaitCompletionPacket");
    cancel = (void *)GetProcAddress(module, "NtCancelWaitCompletionPacket");
    return create && associate && cancel;
}

TEST(signal_becomes_a_packet)
{
    HANDLE packet;
    BOOLEAN already = 99;
    DWORD bytes;
    ULONG_PTR key;
    OVERLAPPED *overlapped;

    if (!find_functions())
        SKIP("not there");
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1),
           event = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK_STATUS(create(&packet, GENERIC_ALL, NULL), STATUS_SUCCESS);
    CHECK_STATUS(cancel(packet, TRUE), STATUS_CANCELLED);
    CHECK_STATUS(associate(packet, port, event, (void *)7, (void *)8, 0, 9, &already), STATUS_SUCCESS);
    CHECK_EQ(already, FALSE);
    CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 0));
    SetEvent(event);
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 1000));
    CHECK_EQ(key, 7);
    CHECK(overlapped == (void *)8);
    CHECK_EQ(bytes, 9);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT); /* the packet took the signal */

    /* signalled before */
    SetEvent(event);
    CHECK_STATUS(associate(packet, port, event, (void *)1, NULL, 0, 0, &already), STATUS_SUCCESS);
    CHECK_EQ(already, TRUE);
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 1000));
    CHECK_EQ(key, 1);

    /* cancelled while waiting, and while queued */
    CHECK_STATUS(associate(packet, port, event, (void *)2, NULL, 0, 0, NULL), STATUS_SUCCESS);
    CHECK_STATUS(cancel(packet, FALSE), STATUS_SUCCESS);
    SetEvent(event);
    CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 0));
    CHECK_STATUS(associate(packet, port, event, (void *)3, NULL, 0, 0, NULL), STATUS_SUCCESS);
    CHECK_STATUS(cancel(packet, FALSE), STATUS_PENDING);
    CHECK_STATUS(cancel(packet, TRUE), STATUS_SUCCESS);
    CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 0));
    CloseHandle(packet);
    CloseHandle(event);
    CloseHandle(port);
}

TEST(timers)
{
    HANDLE packet;
    DWORD bytes;
    ULONG_PTR key;
    OVERLAPPED *overlapped;
    LARGE_INTEGER due = {.QuadPart = -100000}; /* 10 ms */

    if (!find_functions())
        SKIP("not there");
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1),
           timer = CreateWaitableTimerA(NULL, FALSE, NULL);
    CHECK_STATUS(create(&packet, GENERIC_ALL, NULL), STATUS_SUCCESS);
    for (ULONG_PTR i = 1; i <= 3; i++) {
        CHECK(SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE));
        CHECK_STATUS(associate(packet, port, timer, (void *)i, NULL, 0, 0, NULL), STATUS_SUCCESS);
        CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, 5000));
        CHECK_EQ(key, i);
    }
    CloseHandle(packet);
    CloseHandle(timer);
    CloseHandle(port);
}
