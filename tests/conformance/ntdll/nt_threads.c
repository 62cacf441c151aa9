/* System calls on threads and processes: creation, walking, alerts, APCs with flags, contexts, suspending,
 * jobs. */
#include "../harness.h"
#include <nt/base.h>

LONG NTAPI NtClose(HANDLE);
LONG NTAPI NtCreateThreadEx(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, HANDLE, void *, void *, ULONG, SIZE_T,
                            SIZE_T, SIZE_T, void *);
LONG NTAPI NtResumeThread(HANDLE, ULONG *);
LONG NTAPI NtSuspendThread(HANDLE, ULONG *);
LONG NTAPI NtGetContextThread(HANDLE, CONTEXT *);
LONG NTAPI NtSetContextThread(HANDLE, const CONTEXT *);
LONG NTAPI NtSuspendProcess(HANDLE);
LONG NTAPI NtResumeProcess(HANDLE);
LONG NTAPI NtDelayExecution(BOOLEAN, const LARGE_INTEGER *);
LONG NTAPI NtCreateJobObject(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtAssignProcessToJobObject(HANDLE, HANDLE);
LONG NTAPI NtTerminateJobObject(HANDLE, LONG);
LONG NTAPI NtIsProcessInJob(HANDLE, HANDLE);
LONG NTAPI NtTerminateProcess(HANDLE, LONG);
LONG NTAPI NtSetSystemTime(const LARGE_INTEGER *, LARGE_INTEGER *);
LONG NTAPI NtCreateTimer(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG);
void NTAPI NtFlushProcessWriteBuffers(void);
ULONG NTAPI NtGetCurrentProcessorNumber(void);

static void *found(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

static DWORD WINAPI answers(void *argument)
{
    return (DWORD)(ULONG_PTR)argument + 1;
}

static DWORD WINAPI waits(void *event)
{
    while (WaitForSingleObjectEx(event, INFINITE, TRUE) == WAIT_IO_COMPLETION)
        ;
    return 5;
}

static HANDLE start_waiting(HANDLE *ret_event, DWORD *ret_id)
{
    *ret_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    return CreateThread(NULL, 0, waits, *ret_event, 0, ret_id);
}

static void end(HANDLE thread, HANDLE event)
{
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CloseHandle(event);
}

CHILD(sleeps)
{
    Sleep(20000);
    return 0;
}

CHILD(exits)
{
    return 44;
}

static PROCESS_INFORMATION start_child(const char *name, DWORD flags)
{
    STARTUPINFOA info = {.cb = sizeof info};
    PROCESS_INFORMATION process = {0};
    char path[MAX_PATH], line[MAX_PATH + 40];

    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --child %s", path, name);
    CHECK(CreateProcessA(NULL, line, NULL, NULL, FALSE, flags, NULL, NULL, &info, &process));
    return process;
}

static void finish(PROCESS_INFORMATION *process, DWORD expected)
{
    DWORD code = 0xdeadbeef;

    CHECK_EQ(WaitForSingleObject(process->hProcess, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process->hProcess, &code));
    CHECK_EQ(code, expected);
    CloseHandle(process->hThread);
    CloseHandle(process->hProcess);
}

TEST(creating_threads)
{
    HANDLE thread = NULL;
    ULONG count = 7;
    DWORD code = 0, id = 0;
    struct {
        SIZE_T total;
        struct {
            ULONG_PTR attribute;
            SIZE_T size;
            void *value;
            SIZE_T *returned;
        } entry;
    } attributes = {sizeof attributes, {0x10003 /* the client's id */, sizeof(CLIENT_ID), NULL, NULL}};
    CLIENT_ID client = {0};

    attributes.entry.value = &client;
    CHECK_STATUS(NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, NULL, GetCurrentProcess(),
                                  (void *)(ULONG_PTR)answers, (void *)40, 1 /* suspended */, 0, 0x10000,
                                  0x20000, &attributes),
                 STATUS_SUCCESS);
    id = GetThreadId(thread);
    CHECK_EQ((ULONG_PTR)client.UniqueThread, id);
    CHECK_EQ((ULONG_PTR)client.UniqueProcess, GetCurrentProcessId());
    CHECK_STATUS(NtResumeThread(thread, &count), STATUS_SUCCESS);
    CHECK_EQ(count, 1);
    CHECK_EQ(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 41);
    NtClose(thread);
    CHECK_STATUS(NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, NULL, (HANDLE)0x7ff0,
                                  (void *)(ULONG_PTR)answers, NULL, 0, 0, 0, 0, NULL),
                 STATUS_INVALID_HANDLE);
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    CHECK_STATUS(NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, NULL, event, (void *)(ULONG_PTR)answers, NULL,
                                  0, 0, 0, 0, NULL),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CloseHandle(event);
}

TEST(contexts)
{
    HANDLE event, thread = start_waiting(&event, NULL);
    CONTEXT context = {.ContextFlags = CONTEXT_FULL}, same = {.ContextFlags = CONTEXT_FULL};

    CHECK_STATUS(NtSuspendThread(thread, NULL), STATUS_SUCCESS);
    CHECK_STATUS(NtGetContextThread(thread, &context), STATUS_SUCCESS);
    CHECK_STATUS(NtSetContextThread(thread, &context), STATUS_SUCCESS);
    CHECK_STATUS(NtGetContextThread(thread, &same), STATUS_SUCCESS);
#ifdef _WIN64
    CHECK(same.Rip == context.Rip && same.Rsp == context.Rsp && context.Rsp);
#else
    CHECK(same.Eip == context.Eip && same.Esp == context.Esp && context.Esp);
#endif
    CHECK_STATUS(NtGetContextThread((HANDLE)0x7ff0, &context), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtSetContextThread((HANDLE)0x7ff0, &context), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtGetContextThread(event, &context), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(NtResumeThread(thread, NULL), STATUS_SUCCESS);
    end(thread, event);
}

#ifdef _WIN64 /* RtlCaptureContext for x86 gives the caller's frame as it is after its return */
TEST(continuing)
{
    LONG(NTAPI * go_on)(CONTEXT *, void *) = found("NtContinueEx");
    static volatile int passes;
    CONTEXT context = {.ContextFlags = CONTEXT_FULL};

    if (!go_on)
        SKIP("not exported there");
    passes = 0;
    RtlCaptureContext(&context);
    if (passes++ < 2)
        go_on(&context, (void *)(ULONG_PTR)(passes == 1)); /* a BOOLEAN: test for alerts */
    CHECK_EQ(passes, 3);
}
#endif

TEST(alerts_by_id)
{
    LONG(NTAPI * alert)(HANDLE) = found("NtAlertThreadByThreadId");
    LONG(NTAPI * wait)(const void *, const LARGE_INTEGER *) = found("NtWaitForAlertByThreadId");
    LARGE_INTEGER soon = {.QuadPart = -20000}, long_time = {.QuadPart = -100000000};

    CHECK_STATUS(wait(NULL, &soon), STATUS_TIMEOUT);
    CHECK_STATUS(alert((HANDLE)(ULONG_PTR)GetCurrentThreadId()), STATUS_SUCCESS);
    CHECK_STATUS(wait(NULL, &long_time), STATUS_ALERTED);
    CHECK_STATUS(wait(NULL, &soon), STATUS_TIMEOUT); /* it is used up */
    CHECK_STATUS(alert((HANDLE)0x7ffffff0), STATUS_INVALID_CID);
}

static LONG waited;
static volatile LONG ready;

static DWORD WINAPI waits_for_alert(void *unused)
{
    LARGE_INTEGER long_time = {.QuadPart = -50000000};

    ready = 1;
    waited = NtDelayExecution(TRUE, &long_time);
    return 0;
}

TEST(alert_and_resume)
{
    ORACLE_DIFFERS("NtAlertResumeThread does not alert there");
    LONG(NTAPI * alert)(HANDLE, ULONG *) = found("NtAlertResumeThread");
    ULONG count = 7;
    HANDLE thread = CreateThread(NULL, 0, waits_for_alert, NULL, 0, NULL);

    while (!ready)
        Sleep(1);
    Sleep(20);
    CHECK_EQ(SuspendThread(thread), 0);
    CHECK_STATUS(alert(thread, &count), STATUS_SUCCESS);
    CHECK_EQ(count, 1);
    CHECK_EQ(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CHECK_STATUS(waited, STATUS_ALERTED);
    CHECK_STATUS(alert((HANDLE)0x7ff0, &count), STATUS_INVALID_HANDLE);
    CHECK_STATUS(alert(GetCurrentProcess(), &count), STATUS_OBJECT_TYPE_MISMATCH);
    CloseHandle(thread);
}

static volatile LONG apc_sum;

static void NTAPI add(void *a, void *b, void *c)
{
    apc_sum += (LONG)((ULONG_PTR)a + (ULONG_PTR)b + (ULONG_PTR)c);
}

TEST(apcs)
{
    LONG(NTAPI * queue)(HANDLE, HANDLE, void *, void *, void *, void *) = found("NtQueueApcThreadEx");
    LARGE_INTEGER none = {.QuadPart = 0};

    if (!queue)
        SKIP("not exported there");
    apc_sum = 0;
    CHECK_STATUS(queue(GetCurrentThread(), NULL, (void *)(ULONG_PTR)add, (void *)1, (void *)2, (void *)3),
                 STATUS_SUCCESS);
    CHECK_EQ(apc_sum, 0);
    CHECK_STATUS(NtDelayExecution(TRUE, &none), STATUS_USER_APC);
    CHECK_EQ(apc_sum, 6);
    CHECK_STATUS(queue((HANDLE)0x7ff0, NULL, (void *)(ULONG_PTR)add, NULL, NULL, NULL),
                 STATUS_INVALID_HANDLE);
}

TEST(apcs_with_flags)
{
    LONG(NTAPI * queue)(HANDLE, HANDLE, ULONG, void *, void *, void *, void *) = found("NtQueueApcThreadEx2");
    LARGE_INTEGER none = {.QuadPart = 0};

    if (!queue)
        SKIP("not exported there");
    apc_sum = 0;
    CHECK_STATUS(queue(GetCurrentThread(), NULL, 0, (void *)(ULONG_PTR)add, (void *)1, (void *)2, (void *)4),
                 STATUS_SUCCESS);
    CHECK_EQ(apc_sum, 0);
    CHECK_STATUS(NtDelayExecution(TRUE, &none), STATUS_USER_APC);
    CHECK_EQ(apc_sum, 7);
    /* a special one does not wait for an alertable wait */
    CHECK_STATUS(queue(GetCurrentThread(), NULL, 1, (void *)(ULONG_PTR)add, (void *)1, (void *)2, (void *)5),
                 STATUS_SUCCESS);
    NtDelayExecution(FALSE, &none);
    CHECK_EQ(apc_sum, 15);
    CHECK_STATUS(queue((HANDLE)0x7ff0, NULL, 0, (void *)(ULONG_PTR)add, NULL, NULL, NULL),
                 STATUS_INVALID_HANDLE);
}

TEST(walking_threads)
{
    LONG(NTAPI * next)(HANDLE, HANDLE, ACCESS_MASK, ULONG, ULONG, HANDLE *) = found("NtGetNextThread");
    HANDLE event, thread, before = NULL, after = NULL;
    DWORD id = 0;
    int count = 0, seen = 0;
    LONG status;

    thread = start_waiting(&event, &id);
    while (!(status = next(GetCurrentProcess(), before, THREAD_QUERY_LIMITED_INFORMATION, 0, 0, &after))) {
        count++;
        seen += GetThreadId(after) == id;
        if (before)
            NtClose(before);
        before = after;
    }
    CHECK_STATUS(status, STATUS_NO_MORE_ENTRIES);
    NtClose(before);
    CHECK(count >= 2);
    CHECK_EQ(seen, 1);
    CHECK_STATUS(next((HANDLE)0x7ff0, NULL, THREAD_QUERY_LIMITED_INFORMATION, 0, 0, &after),
                 STATUS_INVALID_HANDLE);
    if (!harness_is_wine()) /* no flags are known; there they are ignored */
        CHECK_STATUS(next(GetCurrentProcess(), NULL, THREAD_QUERY_LIMITED_INFORMATION, 0, 1, &after),
                     STATUS_INVALID_PARAMETER_5);
    end(thread, event);
}

TEST(walking_processes)
{
    LONG(NTAPI * next)(HANDLE, ACCESS_MASK, ULONG, ULONG, HANDLE *) = found("NtGetNextProcess");
    HANDLE before = NULL, after = NULL;
    int seen = 0, count = 0;
    LONG status;

    if (!next)
        SKIP("not exported there");
    while (!(status = next(before, PROCESS_QUERY_LIMITED_INFORMATION, 0, 0, &after)) && count++ < 10000) {
        seen += GetProcessId(after) == GetCurrentProcessId();
        if (before)
            NtClose(before);
        before = after;
    }
    CHECK_STATUS(status, STATUS_NO_MORE_ENTRIES);
    NtClose(before);
    CHECK_EQ(seen, 1);
    CHECK_STATUS(next((HANDLE)0x7ff0, PROCESS_QUERY_LIMITED_INFORMATION, 0, 0, &after),
                 STATUS_INVALID_HANDLE);
}

TEST(processors)
{
    ULONG(NTAPI * get)(PROCESSOR_NUMBER *) = found("NtGetCurrentProcessorNumberEx");
    SYSTEM_INFO info;
    PROCESSOR_NUMBER number = {77, 77, 77};

    GetSystemInfo(&info);
    CHECK(NtGetCurrentProcessorNumber() < 64);
    NtFlushProcessWriteBuffers();
    if (!get)
        return;
    get(&number);
    CHECK(number.Group < 4 && number.Number < 64);
    CHECK_EQ(number.Reserved, 0);
}

TEST(suspended_processes)
{
    PROCESS_INFORMATION process = start_child("exits", CREATE_SUSPENDED);

    CHECK_STATUS(NtSuspendProcess(process.hProcess), STATUS_SUCCESS);
    CHECK_EQ(ResumeThread(process.hThread), 2);
    CHECK_EQ(WaitForSingleObject(process.hProcess, 50), WAIT_TIMEOUT);
    CHECK_STATUS(NtResumeProcess(process.hProcess), STATUS_SUCCESS);
    finish(&process, 44);
    CHECK_STATUS(NtSuspendProcess((HANDLE)0x7ff0), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtResumeProcess((HANDLE)0x7ff0), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtSuspendProcess(GetCurrentThread()), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(NtResumeProcess(GetCurrentThread()), STATUS_OBJECT_TYPE_MISMATCH);
}

TEST(jobs)
{
    PROCESS_INFORMATION process = start_child("sleeps", CREATE_SUSPENDED);
    HANDLE job = NULL;

    CHECK_STATUS(NtCreateJobObject(&job, JOB_OBJECT_ALL_ACCESS, NULL), STATUS_SUCCESS);
    CHECK_STATUS(NtAssignProcessToJobObject(job, process.hProcess), STATUS_SUCCESS);
    CHECK_STATUS(NtIsProcessInJob(process.hProcess, job), STATUS_PROCESS_IN_JOB);
    CHECK_STATUS(NtAssignProcessToJobObject(job, (HANDLE)0x7ff0), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtAssignProcessToJobObject((HANDLE)0x7ff0, process.hProcess), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtAssignProcessToJobObject(process.hProcess, process.hProcess), STATUS_OBJECT_TYPE_MISMATCH);
    ResumeThread(process.hThread);
    CHECK_STATUS(NtTerminateJobObject(job, 88), STATUS_SUCCESS);
    finish(&process, 88);
    CHECK_STATUS(NtTerminateJobObject((HANDLE)0x7ff0, 88), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtTerminateJobObject(GetCurrentProcess(), 88), STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(job);
}

TEST(setting_the_time_needs_a_privilege)
{
    ORACLE_CRASHES("would set the host's clock");
    LARGE_INTEGER time, old;

    GetSystemTimeAsFileTime((FILETIME *)&time);
    CHECK_STATUS(NtSetSystemTime(&time, &old), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(NtSetSystemTime(NULL, &old), STATUS_PRIVILEGE_NOT_HELD);
}

TEST(coalescable_timers)
{
    LONG(NTAPI * set)(HANDLE, ULONG, void *, ULONG) = found("NtSetTimerEx");
    struct {
        LARGE_INTEGER due;
        void *apc, *context, *wake;
        ULONG period, delay;
        BOOLEAN *previous;
    } information = {{.QuadPart = -100000}, NULL, NULL, NULL, 0, 0, NULL};
    BOOLEAN previous = 7;
    HANDLE timer;

    if (!set)
        SKIP("not exported there");
    information.previous = &previous;
    CHECK_STATUS(NtCreateTimer(&timer, TIMER_ALL_ACCESS, NULL, 0), STATUS_SUCCESS);
    CHECK_STATUS(set(timer, 0, &information, sizeof information), STATUS_SUCCESS);
    CHECK_EQ(previous, FALSE);
    CHECK_EQ(WaitForSingleObject(timer, 5000), WAIT_OBJECT_0);
    CHECK_STATUS(set(timer, 0, &information, sizeof information), STATUS_SUCCESS);
    CHECK_EQ(previous, TRUE);
    CHECK_STATUS(set(timer, 9, &information, sizeof information), STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(set(timer, 0, &information, 4), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(set((HANDLE)0x7ff0, 0, &information, sizeof information), STATUS_INVALID_HANDLE);
    CHECK_STATUS(set(GetCurrentProcess(), 0, &information, sizeof information), STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(timer);
}
