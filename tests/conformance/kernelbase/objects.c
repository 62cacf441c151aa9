/*
 * Named objects by the rarer functions, private namespaces, boundary descriptors, waits and timers of the
 * older thread pool, thread-pool I/O, pipes' state, atoms.
 */
#include "../harness.h"

static void *found(const char *name)
{
    void *function = (void *)GetProcAddress(GetModuleHandleA("kernelbase.dll"), name);

    return function ? function : (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"), name);
}

TEST(named_objects)
{
    ORACLE_DIFFERS("flags are not checked");
    HANDLE mutex = CreateMutexExA(NULL, "confa mutex", CREATE_MUTEX_INITIAL_OWNER, MUTEX_ALL_ACCESS);
    HANDLE semaphore = CreateSemaphoreExA(NULL, 1, 2, "confa semaphore", 0, SEMAPHORE_ALL_ACCESS);
    HANDLE timer = CreateWaitableTimerExA(NULL, "confa timer", CREATE_WAITABLE_TIMER_MANUAL_RESET,
                                          TIMER_ALL_ACCESS);
    HANDLE job = CreateJobObjectW(NULL, L"confa job"), other;
    LARGE_INTEGER due = {.QuadPart = -100000};

    CHECK(mutex && semaphore && timer && job);
    CHECK(ReleaseMutex(mutex)); /* it was ours */
    CHECK(CreateMutexExA(NULL, "confa mutex", 0, SYNCHRONIZE) != NULL);
    CHECK_EQ(GetLastError(), ERROR_ALREADY_EXISTS);
    CHECK_ERROR(CreateMutexExA(NULL, NULL, 8, MUTEX_ALL_ACCESS), ERROR_INVALID_PARAMETER);
    other = OpenSemaphoreA(SYNCHRONIZE, FALSE, "confa semaphore");
    CHECK(other != NULL);
    CHECK_EQ(WaitForSingleObject(other, 0), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(other, 0), WAIT_TIMEOUT);
    CHECK_ERROR(ReleaseSemaphore(other, 1, NULL), ERROR_ACCESS_DENIED);
    CloseHandle(other);
    CHECK_ERROR(OpenSemaphoreA(SYNCHRONIZE, FALSE, "confa no semaphore"), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(OpenSemaphoreA(SYNCHRONIZE, FALSE, "confa mutex"), ERROR_INVALID_HANDLE);
    CHECK_ERROR(CreateSemaphoreExA(NULL, 3, 2, NULL, 0, SEMAPHORE_ALL_ACCESS), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CreateSemaphoreExA(NULL, 0, 0, NULL, 0, SEMAPHORE_ALL_ACCESS), ERROR_INVALID_PARAMETER);
    CHECK_ERROR(CreateSemaphoreExA(NULL, 0, 1, NULL, 1, SEMAPHORE_ALL_ACCESS), ERROR_INVALID_PARAMETER);
    CHECK(SetWaitableTimerEx(timer, &due, 0, NULL, NULL, NULL, 0));
    CHECK_EQ(WaitForSingleObject(timer, 2000), WAIT_OBJECT_0);
    CHECK_EQ(WaitForSingleObject(timer, 0), WAIT_OBJECT_0);
    CHECK_ERROR(SetWaitableTimerEx(NULL, &due, 0, NULL, NULL, NULL, 0), ERROR_INVALID_HANDLE);
    CHECK_ERROR(CreateWaitableTimerExA(NULL, NULL, 0x100, TIMER_ALL_ACCESS), ERROR_INVALID_PARAMETER);
    other = OpenJobObjectW(JOB_OBJECT_QUERY, FALSE, L"confa job");
    CHECK(other != NULL);
    CloseHandle(other);
    CHECK_ERROR(OpenJobObjectW(JOB_OBJECT_QUERY, FALSE, L"confa no job"), ERROR_FILE_NOT_FOUND);
    CloseHandle(job);
    CloseHandle(timer);
    CloseHandle(semaphore);
    CloseHandle(mutex);
}

TEST(private_namespaces)
{
    ORACLE_CRASHES("missing there");
    char sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    HANDLE boundary = CreateBoundaryDescriptorA("confa boundary", 0), space, again, event;
    BOOL(WINAPI * add_label)(HANDLE *, PSID) = found("AddIntegrityLabelToBoundaryDescriptor");

    CHECK(boundary != NULL);
    CHECK(CreateWellKnownSid(WinWorldSid, NULL, sid, &size));
    CHECK(AddSIDToBoundaryDescriptor(&boundary, sid));
    space = CreatePrivateNamespaceA(NULL, boundary, "confaspace");
    CHECK(space != NULL);
    event = CreateEventA(NULL, TRUE, TRUE, "confaspace\\event");
    CHECK(event != NULL);
    again = OpenPrivateNamespaceA(boundary, "confaalias");
    CHECK(again != NULL);
    CHECK(ClosePrivateNamespace(again, 0));
    CHECK_ERROR(CreatePrivateNamespaceA(NULL, boundary, "confaspace"), ERROR_ALREADY_EXISTS);
    CloseHandle(event);
    CHECK(ClosePrivateNamespace(space, PRIVATE_NAMESPACE_FLAG_DESTROY));
    CHECK_ERROR(OpenPrivateNamespaceA(boundary, "confaspace"), ERROR_PATH_NOT_FOUND);
    if (add_label) {
        size = sizeof sid;
        CHECK(CreateWellKnownSid(WinMediumLabelSid, NULL, sid, &size));
        CHECK(add_label(&boundary, sid));
    }
    DeleteBoundaryDescriptor(boundary);
}

static HANDLE fired;
static volatile LONG fire_count;
static BOOLEAN last_timed_out;

static void CALLBACK fire(void *argument, BOOLEAN timed_out)
{
    last_timed_out = timed_out;
    InterlockedIncrement(&fire_count);
    SetEvent(fired);
}

TEST(timer_queues)
{
    HANDLE queue = CreateTimerQueue(), timer = NULL;
    HANDLE(WINAPI * set)
    (HANDLE, WAITORTIMERCALLBACK, void *, DWORD, DWORD, BOOL) = found("SetTimerQueueTimer");
    BOOL(WINAPI * cancel)(HANDLE, HANDLE) = found("CancelTimerQueueTimer");

    fired = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(queue != NULL);
    CHECK(CreateTimerQueueTimer(&timer, queue, fire, NULL, 10, 0, WT_EXECUTEDEFAULT));
    CHECK_EQ(WaitForSingleObject(fired, 2000), WAIT_OBJECT_0);
    CHECK_EQ(last_timed_out, TRUE);
    CHECK(DeleteTimerQueue(queue) || GetLastError() == ERROR_IO_PENDING);
    queue = CreateTimerQueue();
    if (!harness_is_wine()) { /* where SetTimerQueueTimer is missing */
        timer = set(queue, fire, NULL, 10, 0, FALSE);
        CHECK(timer != NULL);
        CHECK_EQ(WaitForSingleObject(fired, 2000), WAIT_OBJECT_0);
        timer = set(queue, fire, NULL, 100000, 0, FALSE);
        CHECK(cancel(queue, timer));
    }
    CHECK(DeleteTimerQueueEx(queue, INVALID_HANDLE_VALUE));
}

TEST(registered_waits)
{
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL), wait = NULL;
    HANDLE(WINAPI * extended)
    (HANDLE, WAITORTIMERCALLBACK, void *, ULONG, ULONG) = found("RegisterWaitForSingleObjectEx");

    fired = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(RegisterWaitForSingleObject(&wait, event, fire, NULL, INFINITE, WT_EXECUTEONLYONCE));
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(fired, 2000), WAIT_OBJECT_0);
    CHECK_EQ(last_timed_out, FALSE);
    CHECK(UnregisterWait(wait) || GetLastError() == ERROR_IO_PENDING);
    if (extended) {
        wait = extended(event, fire, NULL, 10, WT_EXECUTEONLYONCE);
        CHECK(wait != NULL);
        CHECK_EQ(WaitForSingleObject(fired, 2000), WAIT_OBJECT_0);
        CHECK_EQ(last_timed_out, TRUE);
        CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
    }
    CHECK_ERROR(UnregisterWait(NULL), ERROR_INVALID_HANDLE);
    CloseHandle(event);
}

static void CALLBACK on_timer(PTP_CALLBACK_INSTANCE instance, void *context, PTP_TIMER timer)
{
    CHECK(CallbackMayRunLong(instance) == TRUE || CallbackMayRunLong(instance) == FALSE);
    SetEvent(fired);
}

static void CALLBACK on_wait(PTP_CALLBACK_INSTANCE instance, void *context, PTP_WAIT wait,
                             TP_WAIT_RESULT result)
{
    *(TP_WAIT_RESULT *)context = result;
    SetEvent(fired);
}

static ULONG io_error;
static ULONG_PTR io_bytes;

static void CALLBACK on_io(PTP_CALLBACK_INSTANCE instance, void *context, void *overlapped, ULONG error,
                           ULONG_PTR bytes, PTP_IO io)
{
    io_error = error;
    io_bytes = bytes;
    SetEvent(fired);
}

static void CALLBACK on_bound_io(DWORD error, DWORD bytes, OVERLAPPED *overlapped)
{
    io_error = error;
    io_bytes = bytes;
    SetEvent(fired);
}

TEST(pool_timers_and_waits)
{
    BOOL(WINAPI * set_timer)(PTP_TIMER, FILETIME *, DWORD, DWORD) = found("SetThreadpoolTimerEx");
    BOOL(WINAPI * set_wait)(PTP_WAIT, HANDLE, FILETIME *, void *) = found("SetThreadpoolWaitEx");
    ULARGE_INTEGER due = {.QuadPart = (ULONGLONG)-100000};
    FILETIME time = {due.LowPart, due.HighPart};
    TP_WAIT_RESULT result = 77;

    if (!set_timer || !set_wait)
        SKIP("missing");
    fired = CreateEventA(NULL, FALSE, FALSE, NULL);
    PTP_TIMER timer = CreateThreadpoolTimer(on_timer, NULL, NULL);
    CHECK_EQ(set_timer(timer, &time, 0, 0), FALSE); /* it was not set */
    CHECK_EQ(WaitForSingleObject(fired, 2000), WAIT_OBJECT_0);
    due.QuadPart = (ULONGLONG)-1000000000;
    time = (FILETIME){due.LowPart, due.HighPart};
    CHECK_EQ(set_timer(timer, &time, 0, 0), FALSE);
    CHECK_EQ(set_timer(timer, NULL, 0, 0), TRUE); /* now it was */
    CloseThreadpoolTimer(timer);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    PTP_WAIT wait = CreateThreadpoolWait(on_wait, &result, NULL);
    CHECK_EQ(set_wait(wait, event, NULL, NULL), FALSE);
    SetEvent(event);
    CHECK_EQ(WaitForSingleObject(fired, 2000), WAIT_OBJECT_0);
    CHECK_EQ(result, WAIT_OBJECT_0);
    CHECK_EQ(set_wait(wait, event, NULL, NULL), FALSE);
    CHECK_EQ(set_wait(wait, NULL, NULL, NULL), TRUE);
    CloseThreadpoolWait(wait);
    CloseHandle(event);
}

TEST(pool_io)
{
    char buffer[8] = "";
    OVERLAPPED overlapped = {0};
    DWORD n;
    HANDLE file = CreateFileA("pool io", GENERIC_READ | GENERIC_WRITE, 7, NULL, CREATE_ALWAYS, 0, NULL);

    fired = CreateEventA(NULL, FALSE, FALSE, NULL);
    WriteFile(file, "0123456", 7, &n, NULL);
    CloseHandle(file);
    file = CreateFileA("pool io", GENERIC_READ, 7, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
    PTP_IO io = CreateThreadpoolIo(file, on_io, NULL, NULL);
    CHECK(io != NULL);
    StartThreadpoolIo(io);
    overlapped.Offset = 2;
    CHECK(ReadFile(file, buffer, 3, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    CHECK_EQ(WaitForSingleObject(fired, 2000), WAIT_OBJECT_0);
    CHECK_EQ(io_error, NO_ERROR);
    CHECK_EQ(io_bytes, 3);
    CHECK_STR(buffer, "234");
    WaitForThreadpoolIoCallbacks(io, FALSE);
    CloseThreadpoolIo(io);
    CloseHandle(file);
    CHECK(!CreateThreadpoolIo(INVALID_HANDLE_VALUE, on_io, NULL, NULL));
    file = CreateFileA("pool io", GENERIC_READ, 7, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
    CHECK(BindIoCompletionCallback(file, on_bound_io, 0));
    io_bytes = 0;
    CHECK(ReadFile(file, buffer, 4, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    CHECK_EQ(WaitForSingleObject(fired, 2000), WAIT_OBJECT_0);
    CHECK_EQ(io_bytes, 4);
    CHECK_ERROR(BindIoCompletionCallback(INVALID_HANDLE_VALUE, on_bound_io, 0), ERROR_INVALID_HANDLE);
    CloseHandle(file);
    DeleteFileA("pool io");
}

static DWORD WINAPI answer(void *pipe)
{
    char text[16];
    DWORD n;

    if (ConnectNamedPipe(pipe, NULL) || GetLastError() == ERROR_PIPE_CONNECTED)
        while (ReadFile(pipe, text, sizeof text, &n, NULL)) {
            for (DWORD i = 0; i < n; i++)
                text[i] = (char)(text[i] - 'a' + 'A');
            WriteFile(pipe, text, n, &n, NULL);
        }
    DisconnectNamedPipe(pipe);
    return 0;
}

TEST(pipes)
{
    DWORD n = 0, state = 0, instances = 0, flags = 0, out = 0, in = 0, most = 0, mode = PIPE_READMODE_MESSAGE;
    char text[16] = "";
    HANDLE server = CreateNamedPipeW(L"\\\\.\\pipe\\confa pipe", PIPE_ACCESS_DUPLEX,
                                     PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT, 3, 256, 512, 0,
                                     NULL);

    CHECK(server != INVALID_HANDLE_VALUE);
    HANDLE thread = CreateThread(NULL, 0, answer, server, 0, NULL);
    CHECK(WaitNamedPipeW(L"\\\\.\\pipe\\confa pipe", 2000));
    CHECK(CallNamedPipeW(L"\\\\.\\pipe\\confa pipe", (void *)"abc", 3, text, sizeof text, &n, 1000));
    CHECK_EQ(n, 3);
    CHECK_STR(text, "ABC");
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CloseHandle(thread);
    thread = CreateThread(NULL, 0, answer, server, 0, NULL);
    CHECK(WaitNamedPipeA("\\\\.\\pipe\\confa pipe", 2000));
    HANDLE client = CreateFileA("\\\\.\\pipe\\confa pipe", GENERIC_READ | GENERIC_WRITE, 0, NULL,
                                OPEN_EXISTING, 0, NULL);
    CHECK(client != INVALID_HANDLE_VALUE);
    CHECK(SetNamedPipeHandleState(client, &mode, NULL, NULL));
    CHECK(GetNamedPipeHandleStateW(client, &state, &instances, NULL, NULL, NULL, 0));
    CHECK_EQ(state, PIPE_READMODE_MESSAGE);
    CHECK_EQ(instances, 1);
    CHECK(GetNamedPipeHandleStateA(client, &state, NULL, NULL, NULL, NULL, 0));
    CHECK(GetNamedPipeInfo(client, &flags, &out, &in, &most));
    CHECK_EQ(flags, PIPE_CLIENT_END | PIPE_TYPE_MESSAGE);
    CHECK_EQ(most, 3);
    CHECK(TransactNamedPipe(client, (void *)"xyz", 3, text, sizeof text, &n, NULL));
    CHECK_EQ(n, 3);
    CHECK_EQ(memcmp(text, "XYZ", 3), 0);
    CHECK_ERROR(TransactNamedPipe(client, (void *)"xyz", 3, text, 2, &n, NULL), ERROR_MORE_DATA);
    CHECK_EQ(n, 2);
    CloseHandle(client);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CloseHandle(server);
    CHECK_ERROR(WaitNamedPipeW(L"\\\\.\\pipe\\confa pipe", 10), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(WaitNamedPipeA("\\\\.\\pipe\\confa pipe", 10), ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(CallNamedPipeA("\\\\.\\pipe\\confa pipe", (void *)"abc", 3, text, 16, &n, 10),
                ERROR_FILE_NOT_FOUND);
    CHECK_ERROR(GetNamedPipeInfo(INVALID_HANDLE_VALUE, &flags, NULL, NULL, NULL), ERROR_INVALID_HANDLE);
    CHECK_HANDLE_ERROR(CreateNamedPipeW(L"not a pipe's name", PIPE_ACCESS_DUPLEX, 0, 1, 0, 0, 0, NULL),
                       ERROR_INVALID_NAME);
}

TEST(atoms)
{
    WCHAR wide[16];
    char ansi[16];
    ATOM local, global;

    CHECK(InitAtomTable(37));
    local = AddAtomW(L"Confa Atom");
    CHECK(local >= 0xc000);
    CHECK_EQ(FindAtomW(L"CONFA atom"), local);
    CHECK_EQ(GetAtomNameW(local, wide, 16), 10);
    CHECK_WSTR(wide, L"Confa Atom");
    CHECK_EQ(DeleteAtom(local), 0);
    CHECK_ERROR(GetAtomNameW(local, wide, 16), ERROR_INVALID_HANDLE);
    global = GlobalAddAtomW(L"Confa Global");
    CHECK(global >= 0xc000);
    CHECK_EQ(GlobalAddAtomA("confa GLOBAL"), global);
    CHECK_EQ(GlobalFindAtomW(L"confa global"), global);
    CHECK_EQ(GlobalGetAtomNameW(global, wide, 16), 12);
    CHECK_WSTR(wide, L"Confa Global");
    CHECK_EQ(GlobalGetAtomNameA(global, ansi, 16), 12);
    CHECK_STR(ansi, "Confa Global");
    CHECK_EQ(GlobalDeleteAtom(global), 0);
    CHECK_EQ(GlobalFindAtomW(L"confa global"), global); /* it was added twice */
    CHECK_EQ(GlobalDeleteAtom(global), 0);
    CHECK_ERROR(GlobalFindAtomW(L"confa global"), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(AddAtomW(L"#123"), 123);
    CHECK_ERROR(GlobalGetAtomNameA(0, ansi, 16), ERROR_INVALID_PARAMETER);
}
