/*
 * Thread stacks: growth through the guard page, their layout, stack overflow and recovery from it.
 */
#include "harness.h"

#include <malloc.h>

#define PAGE 0x1000

static MEMORY_BASIC_INFORMATION query(const void *address)
{
    MEMORY_BASIC_INFORMATION info;
    CHECK_EQ(VirtualQuery(address, &info, sizeof info), sizeof info);
    return info;
}

static __attribute__((noinline)) int recurse(int depth)
{
    volatile char room[1000];
    room[0] = (char)depth;
    room[999] = 1;
    return depth ? recurse(depth - 1) + room[999] : 0;
}

TEST(growth)
{
    volatile NT_TIB *tib = (NT_TIB *)NtCurrentTeb();
    char *limit = tib->StackLimit;
    CHECK_EQ(recurse(700), 700);
    if (!harness_is_wine()) /* wine commits the whole stack of the first thread */
        CHECK((char *)tib->StackLimit < limit);
    MEMORY_BASIC_INFORMATION info = query(tib->StackLimit);
    CHECK_EQ(info.State, MEM_COMMIT);
    CHECK_EQ(info.Protect, PAGE_READWRITE);
    CHECK((char *)info.BaseAddress + info.RegionSize == tib->StackBase);
    info = query((char *)tib->StackLimit - PAGE);
    CHECK_EQ(info.Protect, PAGE_READWRITE | PAGE_GUARD);
    if (!harness_is_wine()) /* wine's guard page lies right above the bottom */
        CHECK_EQ(query(info.AllocationBase).State, MEM_RESERVE);
}

static DWORD WINAPI deep_thread(void *arg)
{
    return recurse(*(int *)arg) == *(int *)arg;
}

TEST(reserve_of_a_thread)
{
    int depth = 30000;
    DWORD code = 0;
    HANDLE thread = CreateThread(NULL, 64 << 20, deep_thread, &depth, STACK_SIZE_PARAM_IS_A_RESERVATION,
                                 NULL);
    CHECK(thread != NULL);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &code);
    CHECK_EQ(code, 1);
    CloseHandle(thread);
}

static DWORD WINAPI system_writes(void *arg)
{
    /* the system writes below the committed part, through the guard page */
    char *low = (char *)((NT_TIB *)NtCurrentTeb())->StackLimit - 100;
    SIZE_T done = 0;
    return ReadProcessMemory(GetCurrentProcess(), "abc", low, 4, &done) && done == 4 && !strcmp(low, "abc");
}

TEST(growth_by_the_system)
{
    DWORD code = 0;
    if (harness_is_wine())
        SKIP("wine's ReadProcessMemory does not grow the stack");
    HANDLE thread = CreateThread(NULL, 0, system_writes, NULL, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &code);
    CHECK_EQ(code, 1);
    CloseHandle(thread);
}

static volatile DWORD overflow_code;

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static __attribute__((noinline)) int endless(int depth)
{
    volatile char room[500];
    room[0] = (char)depth;
    if (depth < 0)
        return 0;
    return endless(depth + 1) + room[0];
}

static LONG CALLBACK on_overflow(EXCEPTION_POINTERS *pointers)
{
    overflow_code = pointers->ExceptionRecord->ExceptionCode;
    if (overflow_code == (DWORD)EXCEPTION_STACK_OVERFLOW)
        ExitThread(77);
    return EXCEPTION_CONTINUE_SEARCH;
}

static DWORD WINAPI overflowing_thread(void *arg)
{
    return (DWORD)endless(1);
}

TEST(overflow)
{
    DWORD code = 0;
    void *handler = AddVectoredExceptionHandler(1, on_overflow);
    HANDLE thread = CreateThread(NULL, 0, overflowing_thread, NULL, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &code);
    CHECK_EQ(code, 77);
    CHECK_EQ(overflow_code, (DWORD)EXCEPTION_STACK_OVERFLOW);
    CloseHandle(thread);
    RemoveVectoredExceptionHandler(handler);
}
