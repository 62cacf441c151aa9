/*
 * Events: creation, names, both kinds, pulse, access.
 */
#include "harness.h"

TEST(manual_reset)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    CHECK(event != NULL);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CHECK(SetEvent(event));
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CHECK(ResetEvent(event));
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CHECK(CloseHandle(event));
    CHECK_ERROR(SetEvent(event), ERROR_INVALID_HANDLE);
    CHECK_ERROR(ResetEvent(NULL), ERROR_INVALID_HANDLE);
}

TEST(auto_reset)
{
    HANDLE event = CreateEventA(NULL, FALSE, TRUE, NULL);
    CHECK(event != NULL);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CloseHandle(event);
}

TEST(create_ex)
{
    HANDLE event = CreateEventExW(NULL, NULL, CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET,
                                  SYNCHRONIZE);
    CHECK(event != NULL);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CHECK_ERROR(SetEvent(event), ERROR_ACCESS_DENIED);
    CloseHandle(event);
    event = CreateEventExA(NULL, NULL, 0, EVENT_MODIFY_STATE);
    CHECK(SetEvent(event));
    SetLastError(0);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_FAILED);
    CHECK_EQ(GetLastError(), ERROR_ACCESS_DENIED);
    CloseHandle(event);
}

TEST(names)
{
    SetLastError(1);
    HANDLE first = CreateEventW(NULL, TRUE, TRUE, L"gastwirt-event");
    CHECK(first != NULL);
    CHECK_EQ(GetLastError(), ERROR_SUCCESS);
    HANDLE second = CreateEventW(NULL, FALSE, FALSE, L"gastwirt-event");
    CHECK(second != NULL);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    CHECK_EQ(WaitForSingleObject(second, 0), WAIT_OBJECT_0);
    HANDLE third = OpenEventA(EVENT_ALL_ACCESS, FALSE, "Local\\gastwirt-event");
    CHECK(third != NULL);
    CHECK(ResetEvent(third));
    CHECK_EQ(WaitForSingleObject(first, 0), WAIT_TIMEOUT);
    /* Names are case-sensitive, kinds of objects share them, Global is another place. */
    CHECK_ERROR(OpenEventW(EVENT_ALL_ACCESS, FALSE, L"Gastwirt-Event"), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(OpenEventW(EVENT_ALL_ACCESS, FALSE, L"Global\\gastwirt-event"), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(CreateMutexW(NULL, FALSE, L"gastwirt-event"), ERROR_INVALID_HANDLE);
    CHECK_ERROR(OpenMutexW(MUTEX_ALL_ACCESS, FALSE, L"gastwirt-event"), ERROR_INVALID_HANDLE);
    CloseHandle(first);
    CloseHandle(second);
    CloseHandle(third);
    CHECK_ERROR(OpenEventW(EVENT_ALL_ACCESS, FALSE, L"gastwirt-event"), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(OpenEventW(EVENT_ALL_ACCESS, FALSE, NULL), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CreateEventW(NULL, FALSE, FALSE, L"no\\such\\folder"), ERROR_PATH_NOT_FOUND);
}

static DWORD WINAPI waiter(void *event)
{
    return WaitForSingleObject(event, 5000);
}

/* A pulse lets go those who wait and leaves the event reset. */
TEST(pulse)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE threads[2];
    DWORD code;
    for (int i = 0; i < 2; i++)
        threads[i] = CreateThread(NULL, 0, waiter, event, 0, NULL);
    Sleep(100);
    CHECK(PulseEvent(event));
    CHECK_EQ(WaitForMultipleObjects(2, threads, TRUE, 2000), WAIT_OBJECT_0);
    for (int i = 0; i < 2; i++) {
        CHECK(GetExitCodeThread(threads[i], &code));
        CHECK_EQ(code, WAIT_OBJECT_0);
        CloseHandle(threads[i]);
    }
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CloseHandle(event);
}
