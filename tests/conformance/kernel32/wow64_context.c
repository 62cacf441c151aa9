/* Contexts of 32-bit threads as the Wow64 functions give them, and of the first thread of a suspended child.
 */
#include "../harness.h"

static BOOL(WINAPI *get_context)(HANDLE, WOW64_CONTEXT *);
static BOOL(WINAPI *set_context)(HANDLE, const WOW64_CONTEXT *);

static void look_up(void)
{
    HMODULE kernel = GetModuleHandleA("kernel32.dll");
    get_context = (void *)GetProcAddress(kernel, "Wow64GetThreadContext");
    set_context = (void *)GetProcAddress(kernel, "Wow64SetThreadContext");
}

static PROCESS_INFORMATION start_child(const char *arguments)
{
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process = {0};
    char path[MAX_PATH], line[MAX_PATH + 60];

    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" %s", path, arguments);
    CHECK(CreateProcessA(path, line, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &startup, &process));
    return process;
}

CHILD(exits)
{
    return 33;
}

TEST(first_thread_of_a_suspended_child)
{
    CONTEXT context = {.ContextFlags = CONTEXT_FULL};
    DWORD code = 0;
    PROCESS_INFORMATION process = start_child("--child exits");

    CHECK(GetThreadContext(process.hThread, &context));
#ifdef _WIN64
    CHECK(context.Rip != 0 && context.Rsp != 0);
    CHECK(context.Rcx != 0); /* the program's entry point */
#else
    CHECK(context.Eip != 0 && context.Esp != 0);
    CHECK(context.Eax != 0 && context.Ebx != 0);
#endif
    CHECK(SetThreadContext(process.hThread, &context));
    CHECK_EQ(ResumeThread(process.hThread), 1);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process.hProcess, &code) && code == 33);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
}

static DWORD WINAPI waits(void *event)
{
    WaitForSingleObject(event, INFINITE);
    return 0;
}

TEST(own_threads)
{
    WOW64_CONTEXT context = {.ContextFlags = WOW64_CONTEXT_FULL};
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, waits, event, 0, NULL);

    look_up();
    CHECK_EQ(SuspendThread(thread), 0);
#ifdef _WIN64
    CHECK(!get_context(thread, &context)); /* it has none */
    CHECK(!set_context(thread, &context));
#else
    CONTEXT same = {.ContextFlags = CONTEXT_FULL};
    CHECK(get_context(thread, &context));
    CHECK(GetThreadContext(thread, &same));
    CHECK_EQ(context.Eip, same.Eip);
    CHECK_EQ(context.Esp, same.Esp);
    CHECK_EQ(context.SegCs & 0xffff, 0x23);
    CHECK(set_context(thread, &context));
    BOOL(WINAPI * entry_of)
    (HANDLE, DWORD, WOW64_LDT_ENTRY *) = (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"),
                                                                "Wow64GetThreadSelectorEntry");
    WOW64_LDT_ENTRY entry;
    CHECK(entry_of(thread, context.SegCs, &entry));
    CHECK_EQ(entry.BaseLow, 0);
    CHECK_EQ(entry.LimitLow, 0xffff);
    CHECK(entry.HighWord.Bits.Granularity && entry.HighWord.Bits.Type == 0x1b);
    CHECK(entry_of(GetCurrentThread(), context.SegFs, &entry));
    DWORD base = entry.BaseLow | entry.HighWord.Bits.BaseMid << 16 | entry.HighWord.Bits.BaseHi << 24;
    CHECK_EQ(base, (DWORD)NtCurrentTeb());
    CHECK(!entry_of(thread, 0, &entry));
#endif
    ResumeThread(thread);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CloseHandle(event);
}

/* For a 32-bit program it is SuspendThread. */
TEST(suspending)
{
    ORACLE_CRASHES("Wow64SuspendThread is missing");
    DWORD(WINAPI * suspend)
    (HANDLE) = (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"), "Wow64SuspendThread");
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, waits, event, 0, NULL);

#ifndef _WIN64
    CHECK_EQ(suspend(thread), 0);
    CHECK_EQ(suspend(thread), 1);
    CHECK_EQ(ResumeThread(thread), 2);
    CHECK_EQ(ResumeThread(thread), 1);
    CHECK_EQ(ResumeThread(thread), 0);
#endif
    CHECK_EQ(suspend((HANDLE)0x7654), (DWORD)-1);
    CHECK_EQ(GetLastError(), ERROR_INVALID_HANDLE);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CloseHandle(event);
}

TEST(selectors)
{
    ORACLE_CRASHES("64-bit programs have no GetThreadSelectorEntry there");
    BOOL(WINAPI * entry_of)
    (HANDLE, DWORD, LDT_ENTRY *) = (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"),
                                                          "GetThreadSelectorEntry");
    LDT_ENTRY entry;

#ifdef _WIN64
    /* documented: for x86 only */
    CHECK_ERROR(entry_of(GetCurrentThread(), 0x33, &entry), ERROR_NOT_SUPPORTED);
#else
    CHECK(entry_of(GetCurrentThread(), 0x23, &entry));
    CHECK_EQ(entry.BaseLow, 0);
    CHECK_EQ(entry.HighWord.Bits.BaseMid, 0);
    CHECK_EQ(entry.HighWord.Bits.BaseHi, 0);
    CHECK_EQ(entry.LimitLow, 0xffff);
    CHECK_EQ(entry.HighWord.Bits.LimitHi, 0xf);
    CHECK(entry.HighWord.Bits.Pres && entry.HighWord.Bits.Default_Big && entry.HighWord.Bits.Granularity);
    CHECK_EQ(entry.HighWord.Bits.Dpl, 3);
    CHECK(!entry_of(GetCurrentThread(), 0, &entry));
    CHECK_ERROR(entry_of((HANDLE)0x7654, 0x23, &entry), ERROR_INVALID_HANDLE);
#endif
}

/* ntdll's, with statuses. */
TEST(by_ntdll)
{
    ORACLE_CRASHES("RtlWow64SuspendThread and RtlWow64GetThreadSelectorEntry are missing");
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    LONG(NTAPI * get)(HANDLE, WOW64_CONTEXT *) = (void *)GetProcAddress(ntdll, "RtlWow64GetThreadContext");
    LONG(NTAPI * set)
    (HANDLE, const WOW64_CONTEXT *) = (void *)GetProcAddress(ntdll, "RtlWow64SetThreadContext");
    LONG(NTAPI * suspend)(HANDLE, ULONG *) = (void *)GetProcAddress(ntdll, "RtlWow64SuspendThread");
    LONG(NTAPI * entry_of)
    (HANDLE, void *, ULONG, ULONG *) = (void *)GetProcAddress(ntdll, "RtlWow64GetThreadSelectorEntry");
    WOW64_CONTEXT context = {.ContextFlags = WOW64_CONTEXT_FULL};
    struct {
        ULONG selector;
        WOW64_LDT_ENTRY entry;
    } request = {.selector = 0x23};
    ULONG count = 7, length = 0;

#ifndef _WIN64 /* a 64-bit thread has none of this */
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, waits, event, 0, NULL);
    CHECK_STATUS(suspend(thread, &count), STATUS_SUCCESS);
    CHECK_EQ(count, 0);
    CHECK_STATUS(get(thread, &context), STATUS_SUCCESS);
    CHECK(context.Eip && context.Esp);
    CHECK_STATUS(set(thread, &context), STATUS_SUCCESS);
    CHECK_STATUS(entry_of(thread, &request, sizeof request, &length), STATUS_SUCCESS);
    CHECK_EQ(length, sizeof request);
    CHECK_EQ(request.entry.LimitLow, 0xffff);
    CHECK_EQ(ResumeThread(thread), 1);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CloseHandle(event);
#endif
    CHECK_STATUS(entry_of(GetCurrentThread(), &request, 4, &length), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(entry_of((HANDLE)0x7654, &request, sizeof request, &length), STATUS_INVALID_HANDLE);
    CHECK_STATUS(get((HANDLE)0x7654, &context), STATUS_INVALID_HANDLE);
    CHECK_STATUS(set((HANDLE)0x7654, &context), STATUS_INVALID_HANDLE);
    CHECK_STATUS(suspend((HANDLE)0x7654, &count), STATUS_INVALID_HANDLE);
}
