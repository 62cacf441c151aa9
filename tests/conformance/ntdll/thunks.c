/*
 * System calls whose structures differ between i386 and x86-64, called directly: those that nothing else
 * calls by name, with every structure in both directions.
 */
#include "../harness.h"
#include <nt/base.h>

#define NT(name, ...)                                                                                        \
    ((NTSTATUS(NTAPI *)(__VA_ARGS__))(void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), #name))
#define OBJECT_INSENSITIVE 0x40

/* Debian's wine lacks some of them. */
#define NEEDS(name)                                                                                          \
    do {                                                                                                     \
        if (!GetProcAddress(GetModuleHandleA("ntdll.dll"), name))                                            \
            SKIP("no " name);                                                                                \
    } while (0)

/* What `describe` makes of a name. */
struct object {
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
};

static OBJECT_ATTRIBUTES *describe(struct object *object, HANDLE root, const WCHAR *name)
{
    object->name.Buffer = (WCHAR *)name;
    object->name.Length = (USHORT)(wcslen(name) * sizeof *name);
    object->name.MaximumLength = (USHORT)(object->name.Length + sizeof *name);
    memset(&object->attributes, 0, sizeof object->attributes);
    object->attributes.Length = sizeof object->attributes;
    object->attributes.RootDirectory = root;
    object->attributes.Attributes = OBJECT_INSENSITIVE;
    object->attributes.ObjectName = &object->name;
    return &object->attributes;
}

static WCHAR folder[MAX_PATH + 4];

/* "\??\C:\...\name" of a file in the temporary folder. */
static const WCHAR *in_folder(const WCHAR *name)
{
    static WCHAR path[2 * MAX_PATH];
    if (!*folder) {
        wcscpy(folder, L"\\??\\");
        GetTempPathW(MAX_PATH, folder + 4);
    }
    swprintf(path, 2 * MAX_PATH, L"%ls%ls", folder, name);
    return path;
}

struct coalescable_timer {
    LARGE_INTEGER due;
    void *routine, *context, *wake_context;
    ULONG period, delay;
    BOOLEAN *previous;
};

static void *apc_context;
static LARGE_INTEGER apc_time;

static void NTAPI timer_apc(void *context, ULONG low, LONG high)
{
    apc_context = context;
    apc_time.LowPart = low;
    apc_time.HighPart = high;
}

TEST(set_timer_ex)
{
    HANDLE timer = CreateWaitableTimerW(NULL, TRUE, NULL);
    BOOLEAN previous = 7;
    struct coalescable_timer set = {{.QuadPart = -100000}, timer_apc, &previous, NULL, 0, 0, &previous};
    FILETIME now;
    NEEDS("NtSetTimerEx");
    CHECK_STATUS(NT(NtSetTimerEx, HANDLE, ULONG, void *, ULONG)(timer, 0, &set, sizeof set), STATUS_SUCCESS);
    CHECK_EQ(previous, FALSE);
    CHECK_EQ(SleepEx(5000, TRUE), WAIT_IO_COMPLETION);
    CHECK(apc_context == &previous);
    GetSystemTimeAsFileTime(&now);
    CHECK(apc_time.HighPart == (LONG)now.dwHighDateTime || apc_time.HighPart == (LONG)now.dwHighDateTime - 1);
    CHECK_EQ(WaitForSingleObject(timer, 0), WAIT_OBJECT_0);
    set.routine = NULL;
    CHECK_STATUS(NT(NtSetTimerEx, HANDLE, ULONG, void *, ULONG)(timer, 0, &set, sizeof set), STATUS_SUCCESS);
    CHECK_EQ(previous, TRUE);
    CHECK_STATUS(NT(NtSetTimerEx, HANDLE, ULONG, void *, ULONG)(timer, 0, &set, sizeof set - 4),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NT(NtSetTimerEx, HANDLE, ULONG, void *, ULONG)(timer, 9, &set, sizeof set),
                 STATUS_INVALID_INFO_CLASS);
    CloseHandle(timer);
}

TEST(several_completions)
{
    struct completion {
        void *key, *context;
        IO_STATUS_BLOCK status;
    } entries[4];
    HANDLE port;
    ULONG removed = 99;
    LARGE_INTEGER none = {0};
    NEEDS("NtRemoveIoCompletionEx");
    memset(entries, 0, sizeof entries);
    CHECK_STATUS(
        NT(NtCreateIoCompletion, HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG)(&port, 0x1f0003, NULL, 1),
        STATUS_SUCCESS);
    for (ULONG_PTR i = 1; i <= 3; i++)
        CHECK_STATUS(NT(NtSetIoCompletion, HANDLE, void *, void *, NTSTATUS, ULONG_PTR)(
                         port, (void *)(i * 0x10), (void *)(0 - i), (NTSTATUS)(0x100 + i), i * 1000),
                     STATUS_SUCCESS);
#define REMOVE NT(NtRemoveIoCompletionEx, HANDLE, void *, ULONG, ULONG *, LARGE_INTEGER *, BOOLEAN)
    CHECK_STATUS(REMOVE(port, entries, 2, &removed, &none, FALSE), STATUS_SUCCESS);
    CHECK_EQ(removed, 2);
    CHECK_STATUS(REMOVE(port, entries + 2, 2, &removed, NULL, FALSE), STATUS_SUCCESS);
    CHECK_EQ(removed, 1);
    for (ULONG_PTR i = 1; i <= 3; i++) {
        CHECK(entries[i - 1].key == (void *)(i * 0x10));
        CHECK(entries[i - 1].context == (void *)(0 - i));
        CHECK_EQ(entries[i - 1].status.Status, (NTSTATUS)(0x100 + i));
        CHECK_EQ(entries[i - 1].status.Information, i * 1000);
    }
    CHECK(entries[3].key == NULL);
    CHECK_STATUS(REMOVE(port, entries, 2, &removed, &none, FALSE), STATUS_TIMEOUT);
    CloseHandle(port);
}

TEST(wait_for_many)
{
    HANDLE handles[64];
    LARGE_INTEGER none = {0};
    for (int i = 0; i < 64; i++)
        handles[i] = CreateEventW(NULL, FALSE, FALSE, NULL);
#define WAIT NT(NtWaitForMultipleObjects, ULONG, const HANDLE *, ULONG, BOOLEAN, const LARGE_INTEGER *)
    CHECK_STATUS(WAIT(64, handles, 1, FALSE, &none), STATUS_TIMEOUT);
    SetEvent(handles[63]);
    CHECK_STATUS(WAIT(64, handles, 1, FALSE, NULL), 63);
    CHECK_STATUS(WAIT(64, handles, 0, FALSE, &none), STATUS_TIMEOUT);
    for (int i = 0; i < 64; i++)
        SetEvent(handles[i]);
    CHECK_STATUS(WAIT(64, handles, 0, FALSE, NULL), STATUS_SUCCESS);
    CHECK_STATUS(WAIT(0, handles, 1, FALSE, &none), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(WAIT(65, handles, 1, FALSE, &none), STATUS_INVALID_PARAMETER_1);
    HANDLE last = handles[63];
    handles[63] = GetCurrentProcess();
    CHECK_STATUS(WAIT(64, handles, 1, FALSE, &none), STATUS_TIMEOUT);
    handles[63] = (HANDLE)(ULONG_PTR)0xfffffff0;
    CHECK_STATUS(WAIT(64, handles, 1, FALSE, &none), STATUS_INVALID_HANDLE);
    handles[63] = last;
    for (int i = 0; i < 64; i++)
        CloseHandle(handles[i]);
}

struct attribute {
    ULONG_PTR attribute;
    SIZE_T size;
    union {
        ULONG_PTR value;
        void *pointer;
    };
    SIZE_T *returned;
};

struct attribute_list {
    SIZE_T total;
    struct attribute attributes[3];
};

#define ATTRIBUTE_CLIENT_ID   0x10003
#define ATTRIBUTE_TEB_ADDRESS 0x10004
#define ATTRIBUTE_IMAGE_NAME  0x20005

static volatile ULONG_PTR told;

static DWORD WINAPI tell(void *argument)
{
    told = (ULONG_PTR)argument;
    return GetCurrentThreadId();
}

TEST(thread_with_attributes)
{
    CLIENT_ID id = {0};
    void *teb = NULL;
    SIZE_T returned = 0;
    DWORD code = 0;
    HANDLE thread;
    struct attribute_list list = {sizeof list - sizeof list.attributes[2],
                                  {{ATTRIBUTE_CLIENT_ID, sizeof id, {.pointer = &id}, &returned},
                                   {ATTRIBUTE_TEB_ADDRESS, sizeof teb, {.pointer = &teb}, NULL}}};
    CHECK_STATUS(NT(NtCreateThreadEx, HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, HANDLE, void *, void *,
                    ULONG, ULONG_PTR, SIZE_T, SIZE_T,
                    void *)(&thread, THREAD_ALL_ACCESS, NULL, GetCurrentProcess(), tell,
                            (void *)(ULONG_PTR)0x87654321, 1, 0, 0, 0, &list),
                 STATUS_SUCCESS);
    CHECK_EQ(returned, sizeof id);
    CHECK_EQ((ULONG_PTR)id.UniqueProcess, GetCurrentProcessId());
    CHECK_EQ((ULONG_PTR)id.UniqueThread, GetThreadId(thread));
    CHECK(teb != NULL && teb != NtCurrentTeb());
    CHECK(((NT_TIB *)teb)->Self == teb);

    CONTEXT context = {.ContextFlags = CONTEXT_FULL};
    CHECK_STATUS(NT(NtGetContextThread, HANDLE, CONTEXT *)(thread, &context), STATUS_SUCCESS);
    CHECK_STATUS(NT(NtSetContextThread, HANDLE, const CONTEXT *)(thread, &context), STATUS_SUCCESS);
    CHECK_EQ(ResumeThread(thread), 1);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, (ULONG_PTR)id.UniqueThread);
    CHECK_EQ(told, 0x87654321);
    CloseHandle(thread);
}

TEST(next_thread_and_process)
{
    HANDLE thread = NULL, process = NULL, next;
    unsigned threads = 0;
    BOOL self = FALSE;
    HANDLE other = CreateThread(NULL, 0, tell, NULL, CREATE_SUSPENDED, NULL);
    NEEDS("NtGetNextProcess");
    while (NT(NtGetNextThread, HANDLE, HANDLE, ACCESS_MASK, ULONG, ULONG, HANDLE *)(
               GetCurrentProcess(), thread, THREAD_QUERY_INFORMATION, 0, 0, &next) == STATUS_SUCCESS) {
        if (thread)
            CloseHandle(thread);
        thread = next;
        threads++;
        self |= GetThreadId(thread) == GetThreadId(other);
    }
    CloseHandle(thread);
    CHECK(threads >= 2);
    CHECK(self);
    self = FALSE;
    while (NT(NtGetNextProcess, HANDLE, ACCESS_MASK, ULONG, ULONG,
              HANDLE *)(process, PROCESS_QUERY_INFORMATION, 0, 0, &next) == STATUS_SUCCESS) {
        if (process)
            CloseHandle(process);
        process = next;
        self |= GetProcessId(process) == GetCurrentProcessId();
    }
    CloseHandle(process);
    CHECK(self);
    ResumeThread(other);
    WaitForSingleObject(other, 5000);
    CloseHandle(other);
}

CHILD(forty_two)
{
    (void)argc;
    return argv[0] && !strcmp(argv[0], "with") ? 42 : 1;
}

TEST(user_process)
{
    struct {
        SIZE_T size;
        ULONG_PTR rest[20];
    } create = {sizeof(void *) == 8 ? 0x58 : 0x48, {0}};
    WCHAR path[MAX_PATH + 4] = L"\\??\\", command[2 * MAX_PATH];
    struct object image, line;
    void *parameters = NULL;
    CLIENT_ID id = {0};
    HANDLE process = NULL, thread = NULL;
    DWORD code = 0;
    NEEDS("NtCreateUserProcess");
    GetModuleFileNameW(NULL, path + 4, MAX_PATH);
    swprintf(command, 2 * MAX_PATH, L"\"%ls\" --child forty_two with", path + 4);
    describe(&image, NULL, path);
    describe(&line, NULL, command);
    struct object plain;
    describe(&plain, NULL, path + 4);
    CHECK_STATUS(NT(RtlCreateProcessParametersEx, void **, UNICODE_STRING *, UNICODE_STRING *,
                    UNICODE_STRING *, UNICODE_STRING *, void *, UNICODE_STRING *, UNICODE_STRING *,
                    UNICODE_STRING *, UNICODE_STRING *,
                    ULONG)(&parameters, &plain.name, NULL, NULL, &line.name, NULL, NULL, NULL, NULL, NULL, 1),
                 STATUS_SUCCESS);
    struct attribute_list list = {sizeof list - sizeof list.attributes[2],
                                  {{ATTRIBUTE_IMAGE_NAME, image.name.Length, {.pointer = path}, NULL},
                                   {ATTRIBUTE_CLIENT_ID, sizeof id, {.pointer = &id}, NULL}}};
#define CREATE                                                                                               \
    NT(NtCreateUserProcess, HANDLE *, HANDLE *, ACCESS_MASK, ACCESS_MASK, OBJECT_ATTRIBUTES *,               \
       OBJECT_ATTRIBUTES *, ULONG, ULONG, void *, void *, void *)
    CHECK_STATUS(CREATE(&process, &thread, PROCESS_ALL_ACCESS, THREAD_ALL_ACCESS, NULL, NULL, 0, 0,
                        parameters, &create, &list),
                 STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)id.UniqueProcess, GetProcessId(process));
    CHECK_EQ((ULONG_PTR)id.UniqueThread, GetThreadId(thread));
    CHECK_EQ(WaitForSingleObject(process, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process, &code));
    CHECK_EQ(code, 42);
    CloseHandle(thread);
    CloseHandle(process);
    NT(RtlDestroyProcessParameters, void *)(parameters);
}

TEST(system_information_with_input)
{
    struct { /* SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX, its start */
        ULONG relationship, size;
        BYTE rest[4088];
    } buffer;
    ULONG relation = 0xffff, length = 0; /* RelationAll */
    NEEDS("NtQuerySystemInformationEx");
    NTSTATUS status = NT(NtQuerySystemInformationEx, ULONG, void *, ULONG, void *, ULONG,
                         ULONG *)(107, &relation, sizeof relation, &buffer, sizeof buffer, &length);
    CHECK_STATUS(status, STATUS_SUCCESS);
    CHECK(length >= buffer.size && buffer.size >= 32 && buffer.relationship < 8);
    CHECK_STATUS(NT(NtQuerySystemInformationEx, ULONG, void *, ULONG, void *, ULONG,
                    ULONG *)(107, &relation, sizeof relation, &buffer, 1, &length),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK(length > 1);
}

TEST(files_by_attributes)
{
    struct object object;
    struct {
        LARGE_INTEGER times[4];
        ULONG attributes;
    } basic;
    struct {
        LARGE_INTEGER times[4], allocation, size;
        ULONG attributes;
    } full;
    IO_STATUS_BLOCK block;
    HANDLE file, section, directory;
    DWORD written;
    HANDLE made = CreateFileW(in_folder(L"gw_thunks.tmp") + 4, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0,
                              NULL);
    CHECK(WriteFile(made, "twelve bytes", 12, &written, NULL));
    CloseHandle(made);
    OBJECT_ATTRIBUTES *attributes = describe(&object, NULL, in_folder(L"gw_thunks.tmp"));
    CHECK_STATUS(NT(NtQueryAttributesFile, OBJECT_ATTRIBUTES *, void *)(attributes, &basic), STATUS_SUCCESS);
    CHECK(basic.attributes & FILE_ATTRIBUTE_ARCHIVE);
    CHECK_STATUS(NT(NtQueryFullAttributesFile, OBJECT_ATTRIBUTES *, void *)(attributes, &full),
                 STATUS_SUCCESS);
    CHECK_EQ(full.size.QuadPart, 12);
    CHECK_EQ(full.attributes, basic.attributes);
#define OPEN NT(NtOpenFile, HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *, ULONG, ULONG)
    CHECK_STATUS(OPEN(&file, GENERIC_READ | SYNCHRONIZE, attributes, &block, 1, 0x20), STATUS_SUCCESS);
    CHECK_EQ(block.Information, 1); /* FILE_OPENED */
    if (GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtCreateSectionEx")) {
        CHECK_STATUS(NT(NtCreateSectionEx, HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, LARGE_INTEGER *, ULONG,
                        ULONG, HANDLE, void *, ULONG)(&section, SECTION_MAP_READ, NULL, NULL, PAGE_READONLY,
                                                      SEC_COMMIT, file, NULL, 0),
                     STATUS_SUCCESS);
        const char *view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
        CHECK(view && !memcmp(view, "twelve bytes", 12));
        UnmapViewOfFile(view);
        CloseHandle(section);
    }
    CloseHandle(file);

    /* By name relative to the folder, and in its list. */
    ORACLE_DIFFERS("the oracle looks attributes up without the root directory");
    CHECK_STATUS(OPEN(&directory, FILE_LIST_DIRECTORY | SYNCHRONIZE, describe(&object, NULL, in_folder(L"")),
                      &block, 7, 0x21),
                 STATUS_SUCCESS);
    CHECK_STATUS(NT(NtQueryAttributesFile, OBJECT_ATTRIBUTES *,
                    void *)(describe(&object, directory, L"gw_thunks.tmp"), &basic),
                 STATUS_SUCCESS);
    struct {
        ULONG next, index;
        LARGE_INTEGER times[4], size, allocation;
        ULONG attributes, length;
        WCHAR name[256];
    } entry;
    struct object pattern;
    describe(&pattern, NULL, L"gw_thunks.t?p");
    memset(&entry, 0, sizeof entry);
    CHECK_STATUS(NT(NtQueryDirectoryFile, HANDLE, HANDLE, void *, void *, IO_STATUS_BLOCK *, void *, ULONG,
                    ULONG, BOOLEAN, UNICODE_STRING *, BOOLEAN)(directory, NULL, NULL, NULL, &block, &entry,
                                                               sizeof entry, 1, TRUE, &pattern.name, TRUE),
                 STATUS_SUCCESS);
    CHECK_WSTR(entry.name, L"gw_thunks.tmp");
    CHECK_EQ(entry.size.QuadPart, 12);
    CHECK_EQ(block.Information, 64 + entry.length);
    CloseHandle(directory);
    DeleteFileW(in_folder(L"gw_thunks.tmp") + 4);
    CHECK_STATUS(NT(NtQueryAttributesFile, OBJECT_ATTRIBUTES *,
                    void *)(describe(&object, NULL, in_folder(L"gw_thunks.tmp")), &basic),
                 STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST(directory_query_ex)
{
    NTSTATUS(NTAPI * query)
    (HANDLE, HANDLE, void *, void *, IO_STATUS_BLOCK *, void *, ULONG, ULONG, ULONG,
     UNICODE_STRING *) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtQueryDirectoryFileEx");
    struct object object;
    IO_STATUS_BLOCK block;
    HANDLE directory;
    BYTE entry[600];
    if (!query)
        SKIP("no NtQueryDirectoryFileEx");
    CHECK_STATUS(OPEN(&directory, FILE_LIST_DIRECTORY | SYNCHRONIZE,
                      describe(&object, NULL, L"\\??\\C:\\windows\\system32"), &block, 7, 0x21),
                 STATUS_SUCCESS);
    describe(&object, NULL, L"KERNEL32.DLL");
    CHECK_STATUS(
        query(directory, NULL, NULL, NULL, &block, entry, sizeof entry, 1, 2 /* one entry */, &object.name),
        STATUS_SUCCESS);
    CHECK(!_wcsnicmp((WCHAR *)(entry + 64), L"kernel32.dll", 12));
    CHECK_STATUS(query(directory, NULL, NULL, NULL, &block, entry, sizeof entry, 1, 0, NULL),
                 STATUS_NO_MORE_FILES);
    CloseHandle(directory);
}

TEST(information_by_name)
{
    NTSTATUS(NTAPI * query)
    (OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *, void *, ULONG,
     ULONG) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtQueryInformationByName");
    struct {
        LARGE_INTEGER id, times[4], allocation, end;
        ULONG attributes, tag, links, access;
    } stat;
    struct object object;
    IO_STATUS_BLOCK block;
    if (!query)
        SKIP("no NtQueryInformationByName");
    ORACLE_DIFFERS("the oracle has no FileStatInformation here");
    CHECK_STATUS(query(describe(&object, NULL, L"\\??\\C:\\windows"), &block, &stat, sizeof stat, 68),
                 STATUS_SUCCESS);
    CHECK(stat.attributes & FILE_ATTRIBUTE_DIRECTORY);
    CHECK_EQ(block.Information, sizeof stat);
}

TEST(pipes_and_mailslots)
{
    struct object object;
    IO_STATUS_BLOCK block;
    HANDLE pipe, client, slot;
    LARGE_INTEGER timeout = {.QuadPart = -500000};
    WCHAR name[64];
    char read[8] = "";
    DWORD done;
    swprintf(name, 64, L"\\??\\pipe\\gw_thunks_%u", (unsigned)GetCurrentProcessId());
    CHECK_STATUS(NT(NtCreateNamedPipeFile, HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *,
                    ULONG, ULONG, ULONG, ULONG, ULONG, ULONG, ULONG, ULONG, ULONG, LARGE_INTEGER *)(
                     &pipe, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, describe(&object, NULL, name), &block,
                     3, 2, 0x20, 0, 0, 0, 1, 4096, 4096, &timeout),
                 STATUS_SUCCESS);
    CHECK_STATUS(
        OPEN(&client, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &object.attributes, &block, 3, 0x20),
        STATUS_SUCCESS);
    CHECK(WriteFile(client, "hello", 6, &done, NULL));
    CHECK(ReadFile(pipe, read, sizeof read, &done, NULL));
    CHECK_STR(read, "hello");
    CloseHandle(client);
    CloseHandle(pipe);
    swprintf(name, 64, L"\\??\\mailslot\\gw_thunks_%u", (unsigned)GetCurrentProcessId());
    CHECK_STATUS(NT(NtCreateMailslotFile, HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *,
                    ULONG, ULONG, ULONG, LARGE_INTEGER *)(&slot, GENERIC_READ | SYNCHRONIZE,
                                                          describe(&object, NULL, name), &block, 0x20, 0, 100,
                                                          &timeout),
                 STATUS_SUCCESS);
    CHECK(GetMailslotInfo(slot, &done, NULL, NULL, NULL));
    CHECK_EQ(done, 100);
    CloseHandle(slot);
}

TEST(keys)
{
    struct object object, to;
    HANDLE key, parent;
    RegDeleteTreeW(HKEY_CURRENT_USER, L"gw_thunks");
    CHECK_EQ(RegCreateKeyExW(HKEY_CURRENT_USER, L"gw_thunks\\before", 0, NULL, 0, KEY_ALL_ACCESS, NULL,
                             (HKEY *)&key, NULL),
             0);
    describe(&to, NULL, L"after");
    CHECK_STATUS(NT(NtRenameKey, HANDLE, UNICODE_STRING *)(key, &to.name), STATUS_SUCCESS);
    CloseHandle(key);
    CHECK_EQ(RegOpenKeyExW(HKEY_CURRENT_USER, L"gw_thunks", 0, KEY_ALL_ACCESS, (HKEY *)&parent), 0);
#define OPEN_KEY NT(NtOpenKeyEx, HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG)
    CHECK_STATUS(OPEN_KEY(&key, KEY_READ, describe(&object, parent, L"before"), 0),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(OPEN_KEY(&key, KEY_READ, describe(&object, parent, L"AFTER"), 0), STATUS_SUCCESS);
    CloseHandle(key);
    CloseHandle(parent);
    CHECK_EQ(RegDeleteTreeW(HKEY_CURRENT_USER, L"gw_thunks"), 0);
}

TEST(named_objects)
{
    struct object object;
    HANDLE directory, event, keyed, again;
    CHECK_STATUS(
        NT(NtCreateDirectoryObject, HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *)(&directory, 0xf000f, NULL),
        STATUS_SUCCESS);
#define CREATE_KEYED NT(NtCreateKeyedEvent, HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG)
#define OPEN_KEYED   NT(NtOpenKeyedEvent, HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *)
    CHECK_STATUS(CREATE_KEYED(&keyed, 0xf0003, describe(&object, directory, L"keyed"), 0), STATUS_SUCCESS);
    CHECK_STATUS(OPEN_KEYED(&again, 0xf0003, describe(&object, directory, L"Keyed")), STATUS_SUCCESS);
    CloseHandle(again);
    CHECK_STATUS(NT(NtCreateEvent, HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG,
                    BOOLEAN)(&event, EVENT_ALL_ACCESS, describe(&object, directory, L"event"), 0, 1),
                 STATUS_SUCCESS);
    CHECK_STATUS(OPEN_KEYED(&again, 0xf0003, &object.attributes), STATUS_OBJECT_TYPE_MISMATCH);
    CloseHandle(event);
    CloseHandle(keyed);
    CloseHandle(directory);
}

TEST(filtered_token)
{
    HANDLE token, filtered;
    struct {
        DWORD count;
        LUID_AND_ATTRIBUTES privilege;
    } privileges = {1, {{0, 0}, 0}};
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    TOKEN_GROUPS groups = {1, {{sid, 0}}};
    NEEDS("NtFilterToken");
    CHECK(CreateWellKnownSid(WinWorldSid, NULL, sid, &size));
    CHECK(LookupPrivilegeValueA(NULL, "SeChangeNotifyPrivilege", &privileges.privilege.Luid));
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token));
    CHECK_STATUS(NT(NtFilterToken, HANDLE, ULONG, void *, void *, void *,
                    HANDLE *)(token, 0, &groups, &privileges, NULL, &filtered),
                 STATUS_SUCCESS);
    union {
        TOKEN_GROUPS groups;
        BYTE room[4096];
    } have;
    CHECK(GetTokenInformation(filtered, TokenGroups, &have, sizeof have, &size));
    BOOL denied = FALSE;
    for (DWORD i = 0; i < have.groups.GroupCount; i++)
        if (EqualSid(have.groups.Groups[i].Sid, sid))
            denied = (have.groups.Groups[i].Attributes & (SE_GROUP_USE_FOR_DENY_ONLY | SE_GROUP_ENABLED)) ==
                     SE_GROUP_USE_FOR_DENY_ONLY;
    CHECK(denied);
    CloseHandle(filtered);
    CloseHandle(token);
}

static volatile int continued;

#ifdef _WIN64
#define CAPTURE RtlCaptureContext
#else
/* There the context is that behind the caller's return. */
static __attribute__((noinline, optimize("no-omit-frame-pointer"))) void CAPTURE(CONTEXT *context)
{
    RtlCaptureContext(context);
    __asm__ volatile("" : : : "memory");
}
#endif

TEST(continue_ex)
{
    NTSTATUS(NTAPI * go_on)
    (CONTEXT *, void *) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtContinueEx");
    struct { /* KCONTINUE_ARGUMENT */
        ULONG type, flags;
        ULONGLONG reserved[2];
    } argument = {0, 1, {0, 0}};
    CONTEXT context;
    if (!go_on)
        SKIP("no NtContinueEx");
    continued = 0;
    CAPTURE(&context);
    if (continued++ == 0)
        go_on(&context, (void *)1); /* as NtContinue with TestAlert */
    CHECK_EQ(continued, 2);
    continued = 0;
    CAPTURE(&context);
    if (continued++ == 0)
        go_on(&context, &argument);
    CHECK_EQ(continued, 2);
}
