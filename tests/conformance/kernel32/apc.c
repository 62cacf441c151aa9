/*
 * User APCs.
 */
#include "harness.h"

static int order[8], count;

static void CALLBACK note(ULONG_PTR data)
{
    if (count < 8)
        order[count++] = (int)data;
}

TEST(self)
{
    count = 0;
    for (int i = 1; i <= 3; i++)
        CHECK(QueueUserAPC(note, GetCurrentThread(), (ULONG_PTR)i));
    Sleep(10); /* not alertable */
    CHECK_EQ(count, 0);
    CHECK_EQ(SleepEx(1000, TRUE), WAIT_IO_COMPLETION);
    CHECK_EQ(count, 3);
    CHECK(order[0] == 1 && order[1] == 2 && order[2] == 3);
    CHECK_EQ(SleepEx(0, TRUE), 0);
}

TEST(waits)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    count = 0;
    CHECK(QueueUserAPC(note, GetCurrentThread(), 1));
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CHECK_EQ(WaitForSingleObjectEx(event, 1000, TRUE), WAIT_IO_COMPLETION);
    CHECK_EQ(count, 1);
    CHECK(QueueUserAPC(note, GetCurrentThread(), 2));
    CHECK_EQ(WaitForMultipleObjectsEx(1, &event, FALSE, 1000, TRUE), WAIT_IO_COMPLETION);
    CHECK_EQ(count, 2);
    CloseHandle(event);
}

static void CALLBACK again(ULONG_PTR data)
{
    note(data);
    if (data)
        QueueUserAPC(again, GetCurrentThread(), data - 1);
}

/* One that queues another: it runs in the same alertable wait. */
TEST(nested)
{
    count = 0;
    CHECK(QueueUserAPC(again, GetCurrentThread(), 3));
    CHECK_EQ(SleepEx(100, TRUE), WAIT_IO_COMPLETION);
    CHECK_EQ(count, 4);
}

static DWORD WINAPI sleeper(void *argument)
{
    (void)argument;
    return SleepEx(5000, TRUE);
}

TEST(other_thread)
{
    DWORD code;
    HANDLE thread = CreateThread(NULL, 0, sleeper, NULL, 0, NULL);
    count = 0;
    Sleep(50);
    CHECK(QueueUserAPC(note, thread, 5));
    CHECK_EQ(WaitForSingleObject(thread, 2000), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &code);
    CHECK_EQ(code, WAIT_IO_COMPLETION);
    CHECK_EQ(count, 1);
    CHECK_ERROR(QueueUserAPC(note, thread, 5), ERROR_GEN_FAILURE); /* it has ended */
    CloseHandle(thread);
    CHECK_ERROR(QueueUserAPC(note, thread, 5), ERROR_INVALID_HANDLE);
}

static int at_start;

static DWORD WINAPI look(void *argument)
{
    (void)argument;
    at_start = count;
    return 0;
}

/* Queued before a thread begins: runs before its start routine. */
TEST(before_start)
{
    count = 0;
    HANDLE thread = CreateThread(NULL, 0, look, NULL, CREATE_SUSPENDED, NULL);
    CHECK(QueueUserAPC(note, thread, 9));
    CHECK_EQ(ResumeThread(thread), 1);
    CHECK_EQ(WaitForSingleObject(thread, 2000), WAIT_OBJECT_0);
    CHECK_EQ(at_start, 1);
    CloseHandle(thread);
}
