/*
 * Debug registers: hits of data and instruction breakpoints of a thread, in its own handlers and in a
 * debugger's hands. Where the system has none to give they read back and never hit.
 */
#include "debugger.h"

#ifdef _WIN64
#define CONTEXT_SP(context) ((context).Rsp)
#else
#define CONTEXT_SP(context) ((context).Esp)
#endif

#define RESUME_FLAG 0x10000

static volatile LONG watched, other;
static volatile DWORD hits, last_status;
static volatile ULONG_PTR last_address, hit_addresses[8];

__attribute__((noinline)) static void write_watched(LONG value)
{
    watched = value;
}

__attribute__((noinline)) static LONG read_watched(void)
{
    return watched;
}

__attribute__((noinline)) static void visit(void)
{
    other++;
}

static LONG CALLBACK on_step(EXCEPTION_POINTERS *pointers)
{
    if (pointers->ExceptionRecord->ExceptionCode != (DWORD)EXCEPTION_SINGLE_STEP)
        return EXCEPTION_CONTINUE_SEARCH;
    hits++;
    last_status = (DWORD)pointers->ContextRecord->Dr6;
    last_address = (ULONG_PTR)pointers->ExceptionRecord->ExceptionAddress;
    pointers->ContextRecord->EFlags |= RESUME_FLAG;
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* Slot 0. Kinds: 0 execute, 1 write, 3 access; lengths 0 one byte, 3 four bytes. */
static BOOL set_breakpoint(HANDLE thread, const volatile void *address, DWORD kind, DWORD length)
{
    CONTEXT context = {.ContextFlags = CONTEXT_DEBUG_REGISTERS};
    if (!GetThreadContext(thread, &context))
        return FALSE;
    context.Dr0 = (ULONG_PTR)address;
    context.Dr6 = 0;
    context.Dr7 = 1 | kind << 16 | length << 18;
    context.ContextFlags = CONTEXT_DEBUG_REGISTERS;
    return SetThreadContext(thread, &context);
}

static void clear_breakpoints(HANDLE thread)
{
    CONTEXT context = {.ContextFlags = CONTEXT_DEBUG_REGISTERS};
    CHECK(SetThreadContext(thread, &context));
}

/* Whether hits are to be had here at all. */
static BOOL breakpoints_work(void)
{
    static int known = -1;
    if (known < 0) {
        PVOID handler = AddVectoredExceptionHandler(1, on_step);
        hits = 0;
        CHECK(set_breakpoint(GetCurrentThread(), &watched, 1, 3));
        write_watched(1);
        clear_breakpoints(GetCurrentThread());
        RemoveVectoredExceptionHandler(handler);
        known = hits == 1;
    }
    return known;
}

TEST(read_back)
{
    CONTEXT context = {.ContextFlags = CONTEXT_DEBUG_REGISTERS};
    CHECK(set_breakpoint(GetCurrentThread(), &watched, 1, 3));
    CHECK(GetThreadContext(GetCurrentThread(), &context));
    CHECK_EQ(context.Dr0, (ULONG_PTR)&watched);
    CHECK_EQ(context.Dr7 & 0xf0001, 0xd0001);
    clear_breakpoints(GetCurrentThread());
    CHECK(GetThreadContext(GetCurrentThread(), &context));
    CHECK_EQ(context.Dr0, 0);
    CHECK_EQ(context.Dr7 & 0xffff0055, 0);
}

TEST(data_breakpoints)
{
    if (!breakpoints_work())
        SKIP("no hardware breakpoints here");
    PVOID handler = AddVectoredExceptionHandler(1, on_step);
    hits = 0;
    CHECK(set_breakpoint(GetCurrentThread(), &watched, 1, 3));
    CHECK_EQ(read_watched(), 1);
    CHECK_EQ(hits, 0); /* a read is none */
    write_watched(2);
    CHECK_EQ(hits, 1);
    CHECK_EQ(last_status & 0xf, 1);
    CHECK(last_address > (ULONG_PTR)write_watched && last_address < (ULONG_PTR)write_watched + 32);
    CHECK(set_breakpoint(GetCurrentThread(), &watched, 3, 3));
    read_watched();
    CHECK_EQ(hits, 2);
    clear_breakpoints(GetCurrentThread());
    write_watched(3);
    CHECK_EQ(hits, 2);
    RemoveVectoredExceptionHandler(handler);
}

TEST(instruction_breakpoint)
{
    if (!breakpoints_work())
        SKIP("no hardware breakpoints here");
    PVOID handler = AddVectoredExceptionHandler(1, on_step);
    hits = 0;
    CHECK(set_breakpoint(GetCurrentThread(), (void *)visit, 0, 0));
    other = 0;
    visit();
    visit();
    CHECK_EQ(hits, 2);
    CHECK_EQ(other, 2);
    CHECK_EQ(last_address, (ULONG_PTR)visit); /* before it */
    CHECK_EQ(last_status & 0xf, 1);
    clear_breakpoints(GetCurrentThread());
    RemoveVectoredExceptionHandler(handler);
}

/* A handler that sets the registers by its context. */
static LONG CALLBACK arm_in_handler(EXCEPTION_POINTERS *pointers)
{
    CONTEXT *context = pointers->ContextRecord;
    if (pointers->ExceptionRecord->ExceptionCode == 0xe0000777) {
        context->ContextFlags |= CONTEXT_DEBUG_REGISTERS;
        context->Dr0 = (ULONG_PTR)&watched;
        context->Dr7 = 1 | 1 << 16 | 3 << 18;
        return EXCEPTION_CONTINUE_EXECUTION;
    }
    if (pointers->ExceptionRecord->ExceptionCode != (DWORD)EXCEPTION_SINGLE_STEP)
        return EXCEPTION_CONTINUE_SEARCH;
    hits++;
    context->Dr0 = context->Dr7 = 0;
    return EXCEPTION_CONTINUE_EXECUTION;
}

TEST(armed_in_a_handler)
{
    CONTEXT context = {.ContextFlags = CONTEXT_DEBUG_REGISTERS};
    if (!breakpoints_work())
        SKIP("no hardware breakpoints here");
    ORACLE_CRASHES("takes a raised exception for unhandled when its handler arms a breakpoint");
    PVOID handler = AddVectoredExceptionHandler(1, arm_in_handler);
    hits = 0;
    RaiseException(0xe0000777, 0, 0, NULL);
    write_watched(5);
    write_watched(6);
    CHECK_EQ(hits, 1);
    CHECK(GetThreadContext(GetCurrentThread(), &context));
    CHECK_EQ(context.Dr7 & 0x55, 0);
    RemoveVectoredExceptionHandler(handler);
}

/* ---------------------------------------------------------------- another thread's */

static DWORD WINAPI writes(void *event)
{
    WaitForSingleObject(event, INFINITE);
    write_watched(7);
    return 0;
}

TEST(of_another_thread)
{
    CONTEXT context = {.ContextFlags = CONTEXT_DEBUG_REGISTERS};
    if (!breakpoints_work())
        SKIP("no hardware breakpoints here");
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, writes, event, CREATE_SUSPENDED, NULL);
    PVOID handler = AddVectoredExceptionHandler(1, on_step);
    hits = 0;
    CHECK(set_breakpoint(thread, &watched, 1, 3));
    ResumeThread(thread);
    write_watched(1); /* is not its thread's */
    CHECK_EQ(hits, 0);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CHECK_EQ(hits, 1);
    CloseHandle(thread);

    /* ... set while it waits; and the next thread has none */
    ResetEvent(event);
    thread = CreateThread(NULL, 0, writes, event, 0, NULL);
    CHECK(GetThreadContext(thread, &context));
    CHECK_EQ(context.Dr7 & 0x55, 0);
    Sleep(20);
    SuspendThread(thread);
    CHECK(set_breakpoint(thread, &watched, 1, 3));
    ResumeThread(thread);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CHECK_EQ(hits, 2);
    CloseHandle(thread);
    CloseHandle(event);
    RemoveVectoredExceptionHandler(handler);
}

/* ---------------------------------------------------------------- a debugger's */

CHILD(is_watched)
{
    const ULONG_PTR addresses[2] = {(ULONG_PTR)&watched, (ULONG_PTR)visit};
    RaiseException(DEBUGGER_MESSAGE, 0, 2, addresses);
    write_watched(9);
    visit();
    return watched + other;
}

static DWORD watch(struct debugger *debugger, DEBUG_EVENT *event)
{
    DWORD *seen = debugger->data;
    CONTEXT context = {.ContextFlags = CONTEXT_FULL | CONTEXT_DEBUG_REGISTERS};
    if (event->dwDebugEventCode != EXCEPTION_DEBUG_EVENT)
        return debugger_default(event);
    const EXCEPTION_RECORD *record = &event->u.Exception.ExceptionRecord;
    if (record->ExceptionCode == DEBUGGER_MESSAGE) {
        CHECK(GetThreadContext(debugger->process.hThread, &context));
        context.Dr0 = record->ExceptionInformation[0];
        context.Dr1 = record->ExceptionInformation[1];
        context.Dr6 = 0;
        context.Dr7 = 0x5 | 0xd0000;
        CHECK(SetThreadContext(debugger->process.hThread, &context));
        return DBG_CONTINUE;
    }
    if (record->ExceptionCode == (DWORD)EXCEPTION_SINGLE_STEP) {
        CHECK(GetThreadContext(debugger->process.hThread, &context));
        CHECK_EQ(context.Dr6 & 0xf, seen[0] ? 2 : 1);
        seen[0]++;
        context.EFlags |= RESUME_FLAG;
        CHECK(SetThreadContext(debugger->process.hThread, &context));
    }
    return debugger_default(event);
}

TEST(of_a_debuggee)
{
    DWORD seen[1] = {0};
    struct debugger debugger = {.react = watch, .data = seen};
    if (!breakpoints_work())
        SKIP("no hardware breakpoints here");
    CHECK(debugger_start(&debugger, "is_watched", DEBUG_ONLY_THIS_PROCESS));
    debugger_run(&debugger);
    CHECK_EQ(seen[0], 2);
    CHECK_EQ(debugger.exit_code, 10);
    debugger_end(&debugger);
}
