/* How threads and processes end by ntdll's own functions: who is told, and with which code. */
#include "children.h"

static void *found(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

#define LOAD(result, name, parameters) result(NTAPI *name) parameters = found(#name)

static DWORD slot;
static volatile LONG freed;

static void WINAPI note_value(void *value)
{
    freed += (LONG)(LONG_PTR)value;
}

static DWORD WINAPI exits(void *argument)
{
    LOAD(void, RtlExitUserThread, (LONG));

    FlsSetValue(slot, argument);
    RtlExitUserThread(0x1234567);
    return 1;
}

TEST(threads)
{
    HANDLE thread;
    DWORD code = 0;

    slot = FlsAlloc(note_value);
    freed = 0;
    thread = CreateThread(NULL, 0, exits, (void *)5, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 0x1234567);
    CHECK_EQ(freed, 5); /* what a thread holds goes with it */
    CloseHandle(thread);
    FlsFree(slot);
}

/* What RtlExitUserThread does before the thread is gone. */
static DWORD WINAPI shuts_down(void *argument)
{
    LOAD(void, LdrShutdownThread, (void));
    LOAD(LONG, NtTerminateThread, (HANDLE, LONG));

    FlsSetValue(slot, argument);
    LdrShutdownThread();
    NtTerminateThread(GetCurrentThread(), freed == 9 ? 77 : 78);
    return 1;
}

TEST(thread_is_shut_down)
{
    DWORD code = 0;

    slot = FlsAlloc(note_value);
    freed = 0;
    HANDLE thread = CreateThread(NULL, 0, shuts_down, (void *)9, 0, NULL);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 77);
    CloseHandle(thread);
    FlsFree(slot);
}

static DWORD WINAPI sleeps(void *argument)
{
    Sleep(INFINITE);
    return 0;
}

CHILD(exits_by_itself)
{
    LOAD(void, RtlExitUserProcess, (LONG));

    CloseHandle(CreateThread(NULL, 0, sleeps, NULL, 0, NULL));
    RtlExitUserProcess(4711);
    return 1;
}

CHILD(shuts_down_first)
{
    LOAD(void, LdrShutdownProcess, (void));
    LOAD(BOOLEAN, RtlDllShutdownInProgress, (void));
    LOAD(LONG, NtTerminateProcess, (HANDLE, LONG));
    BOOLEAN before = RtlDllShutdownInProgress();

    slot = FlsAlloc(note_value);
    FlsSetValue(slot, (void *)1);
    LdrShutdownProcess();
    NtTerminateProcess(GetCurrentProcess(), before == FALSE && RtlDllShutdownInProgress() ? 4712 : 1);
    return 2;
}

/* The last thread takes the process with it. */
CHILD(last_thread)
{
    LOAD(void, RtlExitUserThread, (LONG));

    RtlExitUserThread(4713);
    return 1;
}

TEST(processes)
{
    CHECK_EQ(run_child("exits_by_itself"), 4711);
    CHECK_EQ(run_child("shuts_down_first"), 4712);
    CHECK_EQ(run_child("last_thread"), 4713);
}

static DWORD WINAPI returns_argument(void *argument)
{
    return (DWORD)(ULONG_PTR)argument;
}

static DWORD WINAPI starts_as_windows_does(void *argument)
{
    void(__fastcall * thunk)(ULONG, LPTHREAD_START_ROUTINE, void *) = (void *)GetProcAddress(
        GetModuleHandleA("kernel32.dll"), "BaseThreadInitThunk");

    thunk(0, returns_argument, argument);
    return 1;
}

/* The frame below every thread: it ends the thread with what its function returns. */
TEST(start_of_threads)
{
    DWORD code = 0;
    HANDLE thread = CreateThread(NULL, 0, starts_as_windows_does, (void *)321, 0, NULL);

    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 321);
    CloseHandle(thread);
}

static DWORD WINAPI starts_from_the_bottom(void *argument)
{
    LOAD(void, RtlUserThreadStart, (LPTHREAD_START_ROUTINE, void *));
#ifdef _WIN64
    RtlUserThreadStart(returns_argument, argument);
#else
    /* its arguments come in registers */
    __asm__ volatile("call *%2" : : "a"(returns_argument), "b"(argument), "r"(RtlUserThreadStart));
#endif
    return 1;
}

TEST(first_frame_of_threads)
{
    DWORD code = 0;
    HANDLE thread = CreateThread(NULL, 0, starts_from_the_bottom, (void *)322, 0, NULL);

    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 322);
    CloseHandle(thread);
}
