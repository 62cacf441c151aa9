/*
 * Handles: closing, duplicating, flags, comparing.
 */
#include "harness.h"

TEST(close)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    CHECK(CloseHandle(event));
    CHECK_ERROR(CloseHandle(event), ERROR_INVALID_HANDLE);
    CHECK_ERROR(CloseHandle(NULL), ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(GetCurrentProcess()));
    CHECK(CloseHandle(GetCurrentThread()));
}

TEST(duplicate)
{
    HANDLE self = GetCurrentProcess(), event = CreateEventW(NULL, TRUE, FALSE, NULL), copy, weak;
    CHECK(DuplicateHandle(self, event, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(copy != event);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(copy, 0), WAIT_OBJECT_0);
    CHECK(DuplicateHandle(self, event, self, &weak, SYNCHRONIZE, FALSE, 0));
    CHECK_ERROR(ResetEvent(weak), ERROR_ACCESS_DENIED);
    HANDLE moved;
    CHECK(
        DuplicateHandle(self, copy, self, &moved, 0, FALSE, DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS));
    CHECK(CloseHandle(moved));
    CHECK_ERROR(SetEvent(copy), ERROR_INVALID_HANDLE);
    CHECK_ERROR(DuplicateHandle(self, copy, self, &moved, 0, FALSE, DUPLICATE_SAME_ACCESS),
                ERROR_INVALID_HANDLE);
    /* A real handle from a pseudo-handle. */
    CHECK(DuplicateHandle(self, GetCurrentThread(), self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(copy != GetCurrentThread());
    CHECK_EQ(GetThreadId(copy), GetCurrentThreadId());
    CloseHandle(copy);
    CloseHandle(weak);
    CloseHandle(event);
}

TEST(flags)
{
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, TRUE};
    DWORD flags = 99;
    HANDLE event = CreateEventW(&security, TRUE, FALSE, NULL);
    CHECK(GetHandleInformation(event, &flags));
    CHECK_EQ(flags, HANDLE_FLAG_INHERIT);
    CHECK(SetHandleInformation(event, HANDLE_FLAG_INHERIT | HANDLE_FLAG_PROTECT_FROM_CLOSE,
                               HANDLE_FLAG_PROTECT_FROM_CLOSE));
    CHECK(GetHandleInformation(event, &flags));
    CHECK_EQ(flags, HANDLE_FLAG_PROTECT_FROM_CLOSE);
    CHECK_ERROR(CloseHandle(event), ERROR_INVALID_HANDLE);
    CHECK(SetHandleInformation(event, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0));
    CHECK(CloseHandle(event));
    CHECK_ERROR(GetHandleInformation(event, &flags), ERROR_INVALID_HANDLE);
    CHECK_ERROR(SetHandleInformation(event, HANDLE_FLAG_INHERIT, 0), ERROR_INVALID_HANDLE);
}

TEST(reuse_is_no_leak)
{
    DWORD before, after;
    CHECK(GetProcessHandleCount(GetCurrentProcess(), &before));
    for (int i = 0; i < 1000; i++)
        CloseHandle(CreateEventW(NULL, TRUE, FALSE, NULL));
    CHECK(GetProcessHandleCount(GetCurrentProcess(), &after));
    CHECK(after <= before + 2);
}
