/*
 * The ends of a process by exceptions: unhandled, filtered, fast fail; stack guarantee; exit codes.
 * Each is a child process.
 */
#include "harness.h"

static DWORD run_child(const char *name)
{
    char command[MAX_PATH + 64], path[MAX_PATH];
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    DWORD code = 0;
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    HANDLE nul = CreateFileA("NUL", GENERIC_WRITE, 0, &inherit, OPEN_EXISTING, 0, NULL);
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(command, sizeof command, "\"%s\" --child %s", path, name);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdOutput = startup.hStdError = nul;
    if (!CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process)) {
        FAIL("CreateProcess: %lu", GetLastError());
        return 0;
    }
    if (WaitForSingleObject(process.hProcess, 20000) != WAIT_OBJECT_0)
        TerminateProcess(process.hProcess, 999);
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(nul);
    return code;
}

CHILD(fault)
{
    SetErrorMode(SEM_NOGPFAULTERRORBOX);
    *(volatile int *volatile)16 = 1;
    return 1;
}

TEST(unhandled_fault)
{
    CHECK_EQ(run_child("fault"), (DWORD)STATUS_ACCESS_VIOLATION);
}

CHILD(raise)
{
    SetErrorMode(SEM_NOGPFAULTERRORBOX);
    RaiseException(0xe1234567, 0, 0, NULL);
    return 1;
}

TEST(unhandled_software_exception)
{
    CHECK_EQ(run_child("raise"), 0xe1234567);
}

static LONG CALLBACK exits(EXCEPTION_POINTERS *p)
{
    ExitProcess(p->ExceptionRecord->ExceptionCode == (DWORD)STATUS_INTEGER_DIVIDE_BY_ZERO ? 77 : 78);
}

CHILD(filter_exits)
{
    volatile int zero = 0;
    SetUnhandledExceptionFilter(exits);
    return 100 / zero;
}

TEST(filter_that_exits)
{
    CHECK_EQ(run_child("filter_exits"), 77);
}

static LONG CALLBACK executes(EXCEPTION_POINTERS *p)
{
    return EXCEPTION_EXECUTE_HANDLER;
}

CHILD(filter_executes)
{
    SetUnhandledExceptionFilter(executes);
    *(volatile int *volatile)16 = 1;
    return 1;
}

TEST(filter_that_executes)
{
    CHECK_EQ(run_child("filter_executes"), (DWORD)STATUS_ACCESS_VIOLATION);
}

static LONG CALLBACK continues(EXCEPTION_POINTERS *p)
{
    return EXCEPTION_CONTINUE_EXECUTION;
}

CHILD(filter_continues)
{
    SetUnhandledExceptionFilter(continues);
    RaiseException(0xe0000001, 0, 0, NULL);
    return 42;
}

TEST(filter_that_continues)
{
    CHECK_EQ(run_child("filter_continues"), 42);
}

static DWORD WINAPI faulting_thread(void *unused)
{
    *(volatile int *volatile)24 = 1;
    return 0;
}

CHILD(thread_fault)
{
    SetErrorMode(SEM_NOGPFAULTERRORBOX);
    HANDLE thread = CreateThread(NULL, 0, faulting_thread, NULL, 0, NULL);
    WaitForSingleObject(thread, 10000);
    Sleep(1000);
    return 3;
}

TEST(unhandled_fault_of_a_thread)
{
    CHECK_EQ(run_child("thread_fault"), (DWORD)STATUS_ACCESS_VIOLATION);
}

static LONG CALLBACK swallow(EXCEPTION_POINTERS *p)
{
    ExitProcess(5);
}

CHILD(fast_fail)
{
    SetErrorMode(SEM_NOGPFAULTERRORBOX);
    AddVectoredExceptionHandler(1, swallow);
    SetUnhandledExceptionFilter(exits);
    __asm__ volatile("int $0x29" : : "c"(7));
    return 1;
}

TEST(fast_fail_is_not_dispatched)
{
    if (harness_is_wine())
        SKIP("wine dispatches it");
    CHECK_EQ(run_child("fast_fail"), (DWORD)STATUS_STACK_BUFFER_OVERRUN);
}

CHILD(fail_fast_exception)
{
    SetErrorMode(SEM_NOGPFAULTERRORBOX);
    AddVectoredExceptionHandler(1, swallow);
    RaiseFailFastException(NULL, NULL, 0);
    return 1;
}

TEST(raise_fail_fast)
{
    if (harness_is_wine())
        SKIP("wine ends with another code");
    CHECK_EQ(run_child("fail_fast_exception"), (DWORD)STATUS_FAIL_FAST_EXCEPTION);
}

static volatile int endless = 1;
static int __attribute__((noinline)) recurse(volatile char *p)
{
    volatile char buffer[1000];
    buffer[0] = *p;
    return endless ? recurse(buffer) + buffer[1] : 0;
}

CHILD(overflow)
{
    volatile char c = 0;
    SetErrorMode(SEM_NOGPFAULTERRORBOX);
    return recurse(&c);
}

TEST(unhandled_stack_overflow)
{
    if (harness_is_wine())
        SKIP("the child ends with 0 there: Debian's wine has no room left to dispatch it");
    CHECK_EQ(run_child("overflow"), (DWORD)STATUS_STACK_OVERFLOW);
}

TEST(previous_filter)
{
    LPTOP_LEVEL_EXCEPTION_FILTER old = SetUnhandledExceptionFilter(executes);
    CHECK(SetUnhandledExceptionFilter(old) == executes);
}

TEST(error_modes)
{
    UINT old = SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX);
    CHECK_EQ(GetErrorMode(), SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX);
    CHECK_EQ(SetErrorMode(old), SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX);
    DWORD before = 99;
    CHECK(SetThreadErrorMode(SEM_NOGPFAULTERRORBOX, &before));
    CHECK_EQ(GetThreadErrorMode(), SEM_NOGPFAULTERRORBOX);
    CHECK(SetThreadErrorMode(before, NULL));
    CHECK_ERROR(SetThreadErrorMode(0x100, NULL), ERROR_INVALID_PARAMETER);
}

TEST(stack_guarantee)
{
    ULONG size = 0;
    CHECK(SetThreadStackGuarantee(&size));
    ULONG before = size;
    size = before + 0x2000;
    CHECK(SetThreadStackGuarantee(&size));
    CHECK_EQ(size, before);
    size = 0;
    CHECK(SetThreadStackGuarantee(&size));
    CHECK(size >= 0x2000);
}
