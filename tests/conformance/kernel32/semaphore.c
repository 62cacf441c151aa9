/*
 * Semaphores.
 */
#include "harness.h"

TEST(counting)
{
    LONG previous = -1;
    HANDLE semaphore = CreateSemaphoreW(NULL, 1, 3, NULL);
    CHECK(semaphore != NULL);
    CHECK_EQ(WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(semaphore, 0), WAIT_TIMEOUT);
    CHECK(ReleaseSemaphore(semaphore, 2, &previous));
    CHECK_EQ(previous, 0);
    CHECK_ERROR(ReleaseSemaphore(semaphore, 2, &previous), ERROR_TOO_MANY_POSTS);
    CHECK_EQ(previous, 0);
    CHECK(ReleaseSemaphore(semaphore, 1, NULL));
    for (int i = 0; i < 3; i++)
        CHECK_EQ(WaitForSingleObject(semaphore, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(semaphore, 0), WAIT_TIMEOUT);
    if (!harness_is_wine()) { /* documented: the count must be greater than zero */
        CHECK_ERROR(ReleaseSemaphore(semaphore, 0, NULL), ERROR_INVALID_PARAMETER);
        CHECK_ERROR(ReleaseSemaphore(semaphore, -1, NULL), ERROR_INVALID_PARAMETER);
    }
    CloseHandle(semaphore);
    CHECK_ERROR(ReleaseSemaphore(semaphore, 1, NULL), ERROR_INVALID_HANDLE);
}

TEST(parameters)
{
    CHECK_ERROR(CreateSemaphoreW(NULL, 0, 0, NULL), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CreateSemaphoreW(NULL, -1, 1, NULL), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CreateSemaphoreW(NULL, 2, 1, NULL), ERROR_INVALID_PARAMETER);
}

TEST(names)
{
    HANDLE first = CreateSemaphoreA(NULL, 1, 1, "gastwirt-semaphore");
    HANDLE second = OpenSemaphoreW(SEMAPHORE_ALL_ACCESS, FALSE, L"gastwirt-semaphore");
    CHECK(first && second);
    CHECK_EQ(WaitForSingleObject(second, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(first, 0), WAIT_TIMEOUT);
    HANDLE third = CreateSemaphoreExW(NULL, 5, 9, L"gastwirt-semaphore", 0, SEMAPHORE_MODIFY_STATE);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    CHECK(ReleaseSemaphore(third, 1, NULL));
    CHECK_ERROR(ReleaseSemaphore(third, 1, NULL), ERROR_TOO_MANY_POSTS);
    CloseHandle(first);
    CloseHandle(second);
    CloseHandle(third);
}
