/* System calls on mutants, semaphores, timers, keyed events, sections, completion ports, jobs, tokens,
 * threads. */
#include "../harness.h"
#include <nt/base.h>

LONG NTAPI NtClose(HANDLE);
LONG NTAPI NtCreateMutant(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, BOOLEAN);
LONG NTAPI NtOpenMutant(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtReleaseMutant(HANDLE, LONG *);
LONG NTAPI NtQueryMutant(HANDLE, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtCreateSemaphore(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, LONG, LONG);
LONG NTAPI NtOpenSemaphore(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtReleaseSemaphore(HANDLE, LONG, LONG *);
LONG NTAPI NtQuerySemaphore(HANDLE, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtCreateTimer(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG);
LONG NTAPI NtOpenTimer(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtSetTimer(HANDLE, const LARGE_INTEGER *, void *, void *, BOOLEAN, LONG, BOOLEAN *);
LONG NTAPI NtCancelTimer(HANDLE, BOOLEAN *);
LONG NTAPI NtQueryTimer(HANDLE, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtCreateKeyedEvent(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG);
LONG NTAPI NtWaitForKeyedEvent(HANDLE, const void *, BOOLEAN, const LARGE_INTEGER *);
LONG NTAPI NtReleaseKeyedEvent(HANDLE, const void *, BOOLEAN, const LARGE_INTEGER *);
LONG NTAPI NtCreateEvent(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG, BOOLEAN);
LONG NTAPI NtClearEvent(HANDLE);
LONG NTAPI NtPulseEvent(HANDLE, LONG *);
LONG NTAPI NtSignalAndWaitForSingleObject(HANDLE, HANDLE, BOOLEAN, const LARGE_INTEGER *);
LONG NTAPI NtCreateSection(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, LARGE_INTEGER *, ULONG, ULONG, HANDLE);
LONG NTAPI NtOpenSection(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtMapViewOfSection(HANDLE, HANDLE, void **, ULONG_PTR, SIZE_T, LARGE_INTEGER *, SIZE_T *, ULONG,
                              ULONG, ULONG);
LONG NTAPI NtUnmapViewOfSection(HANDLE, void *);
LONG NTAPI NtFlushVirtualMemory(HANDLE, void **, SIZE_T *, IO_STATUS_BLOCK *);
LONG NTAPI NtReadVirtualMemory(HANDLE, const void *, void *, SIZE_T, SIZE_T *);
LONG NTAPI NtWriteVirtualMemory(HANDLE, void *, const void *, SIZE_T, SIZE_T *);
LONG NTAPI NtLockVirtualMemory(HANDLE, void **, SIZE_T *, ULONG);
LONG NTAPI NtUnlockVirtualMemory(HANDLE, void **, SIZE_T *, ULONG);
LONG NTAPI NtFlushInstructionCache(HANDLE, void *, SIZE_T);
LONG NTAPI NtCreateIoCompletion(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG);
LONG NTAPI NtSetIoCompletion(HANDLE, ULONG_PTR, ULONG_PTR, LONG, ULONG_PTR);
LONG NTAPI NtRemoveIoCompletion(HANDLE, ULONG_PTR *, ULONG_PTR *, IO_STATUS_BLOCK *, LARGE_INTEGER *);
LONG NTAPI NtQueryIoCompletion(HANDLE, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtCreateJobObject(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtOpenJobObject(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtIsProcessInJob(HANDLE, HANDLE);
LONG NTAPI NtQueryInformationJobObject(HANDLE, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtSetInformationJobObject(HANDLE, ULONG, void *, ULONG);
LONG NTAPI NtOpenProcess(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, CLIENT_ID *);
LONG NTAPI NtOpenThread(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, CLIENT_ID *);
LONG NTAPI NtOpenProcessToken(HANDLE, ACCESS_MASK, HANDLE *);
LONG NTAPI NtOpenProcessTokenEx(HANDLE, ACCESS_MASK, ULONG, HANDLE *);
LONG NTAPI NtOpenThreadToken(HANDLE, ACCESS_MASK, BOOLEAN, HANDLE *);
LONG NTAPI NtOpenThreadTokenEx(HANDLE, ACCESS_MASK, BOOLEAN, ULONG, HANDLE *);
LONG NTAPI NtDuplicateToken(HANDLE, ACCESS_MASK, OBJECT_ATTRIBUTES *, BOOLEAN, ULONG, HANDLE *);
LONG NTAPI NtPrivilegeCheck(HANDLE, PRIVILEGE_SET *, BOOLEAN *);
LONG NTAPI NtAllocateLocallyUniqueId(LUID *);
LONG NTAPI NtSuspendThread(HANDLE, ULONG *);
LONG NTAPI NtResumeThread(HANDLE, ULONG *);
LONG NTAPI NtAlertThread(HANDLE);
LONG NTAPI NtQueueApcThread(HANDLE, void *, void *, void *, void *);
LONG NTAPI NtTerminateThread(HANDLE, LONG);
LONG NTAPI NtYieldExecution(void);
LONG NTAPI NtQuerySystemTime(LARGE_INTEGER *);
LONG NTAPI NtQueryPerformanceCounter(LARGE_INTEGER *, LARGE_INTEGER *);
LONG NTAPI NtQueryTimerResolution(ULONG *, ULONG *, ULONG *);
LONG NTAPI NtSetTimerResolution(ULONG, BOOLEAN, ULONG *);
LONG NTAPI NtQueryDefaultLocale(BOOLEAN, ULONG *);
LONG NTAPI NtQueryDefaultUILanguage(USHORT *);
LONG NTAPI NtQueryInstallUILanguage(USHORT *);
LONG NTAPI NtQuerySecurityObject(HANDLE, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtSetSecurityObject(HANDLE, ULONG, void *);
LONG NTAPI NtMakeTemporaryObject(HANDLE);
LONG NTAPI NtSetInformationObject(HANDLE, ULONG, void *, ULONG);
LONG NTAPI NtDelayExecution(BOOLEAN, const LARGE_INTEGER *);

static LARGE_INTEGER none, soon = {.QuadPart = -20000};

static OBJECT_ATTRIBUTES *named(const WCHAR *text)
{
    static OBJECT_ATTRIBUTES attributes;
    static UNICODE_STRING name;

    name = (UNICODE_STRING){(USHORT)(lstrlenW(text) * 2), (USHORT)(lstrlenW(text) * 2 + 2), (WCHAR *)text};
    attributes = (OBJECT_ATTRIBUTES){sizeof attributes, NULL, &name, OBJ_CASE_INSENSITIVE, NULL, NULL};
    return &attributes;
}

TEST(mutants_and_semaphores)
{
    HANDLE mutant = NULL, semaphore = NULL, other = NULL;
    LONG previous = 77;
    struct {
        LONG count;
        BOOLEAN owned, abandoned;
    } state;
    struct {
        ULONG count;
        LONG most;
    } counts;

    CHECK_STATUS(NtCreateMutant(&mutant, MUTANT_ALL_ACCESS, NULL, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryMutant(mutant, 0, &state, sizeof state, NULL), STATUS_SUCCESS);
    CHECK_EQ(state.count, 0);
    CHECK(state.owned && !state.abandoned);
    CHECK_STATUS(NtReleaseMutant(mutant, &previous), STATUS_SUCCESS);
    CHECK_EQ(previous, 0);
    CHECK_STATUS(NtReleaseMutant(mutant, &previous), STATUS_MUTANT_NOT_OWNED);
    CHECK_STATUS(NtQueryMutant(mutant, 0, &state, 3, NULL), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtOpenMutant(&other, MUTANT_ALL_ACCESS, named(L"\\BaseNamedObjects\\confa none")),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtCreateSemaphore(&semaphore, SEMAPHORE_ALL_ACCESS, NULL, 1, 2), STATUS_SUCCESS);
    CHECK_STATUS(NtReleaseSemaphore(semaphore, 1, &previous), STATUS_SUCCESS);
    CHECK_EQ(previous, 1);
    CHECK_STATUS(NtReleaseSemaphore(semaphore, 1, &previous), STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    CHECK_STATUS(NtQuerySemaphore(semaphore, 0, &counts, sizeof counts, NULL), STATUS_SUCCESS);
    CHECK_EQ(counts.count, 2);
    CHECK_EQ(counts.most, 2);
    CHECK_STATUS(NtCreateSemaphore(&other, SEMAPHORE_ALL_ACCESS, NULL, 3, 2), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtOpenSemaphore(&other, SEMAPHORE_ALL_ACCESS, named(L"\\BaseNamedObjects\\confa none")),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtReleaseSemaphore(mutant, 1, NULL), STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(mutant);
    NtClose(semaphore);
}

TEST(timers_and_events)
{
    ORACLE_DIFFERS("the codes for a wrong period and kind");
    HANDLE timer = NULL, event = NULL, other = NULL;
    LARGE_INTEGER late = {.QuadPart = -10000000000ll};
    BOOLEAN was = 77;
    LONG previous = 77;
    struct {
        LARGE_INTEGER remaining;
        BOOLEAN signalled;
    } state;

    CHECK_STATUS(NtCreateTimer(&timer, TIMER_ALL_ACCESS, NULL, 0), STATUS_SUCCESS);
    CHECK_STATUS(NtSetTimer(timer, &late, NULL, NULL, FALSE, 0, &was), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryTimer(timer, 0, &state, sizeof state, NULL), STATUS_SUCCESS);
    CHECK_EQ(state.signalled, FALSE);
    CHECK_STATUS(NtCancelTimer(timer, &was), STATUS_SUCCESS);
    CHECK_STATUS(NtSetTimer(timer, &soon, NULL, NULL, FALSE, -1, NULL), STATUS_INVALID_PARAMETER_6);
    CHECK_STATUS(NtSetTimer(timer, &soon, NULL, NULL, FALSE, 0, NULL), STATUS_SUCCESS);
    CHECK_EQ(WaitForSingleObject(timer, 2000), WAIT_OBJECT_0);
    CHECK_STATUS(NtCreateTimer(&other, TIMER_ALL_ACCESS, NULL, 7), STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(NtOpenTimer(&other, TIMER_ALL_ACCESS, named(L"\\BaseNamedObjects\\confa none")),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtCreateEvent(&event, EVENT_ALL_ACCESS, NULL, 0, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(NtClearEvent(event), STATUS_SUCCESS);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CHECK_STATUS(NtPulseEvent(event, &previous), STATUS_SUCCESS);
    CHECK_EQ(previous, 0);
    CHECK_EQ(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CHECK_STATUS(NtSignalAndWaitForSingleObject(event, event, FALSE, &none), STATUS_SUCCESS);
    CHECK_STATUS(NtSignalAndWaitForSingleObject((HANDLE)0x7ff0, event, FALSE, &none), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtSignalAndWaitForSingleObject(GetCurrentThread(), event, FALSE, &none),
                 STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(timer);
    NtClose(event);
}

TEST(keyed_events)
{
    ORACLE_DIFFERS("flags are not checked");
    HANDLE keyed = NULL;
    int key;

    CHECK_STATUS(NtCreateKeyedEvent(&keyed, 3, NULL, 0), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForKeyedEvent(keyed, (char *)&key, FALSE, &soon), STATUS_TIMEOUT);
    CHECK_STATUS(NtReleaseKeyedEvent(keyed, (char *)&key, FALSE, &soon), STATUS_TIMEOUT);
    CHECK_STATUS(NtWaitForKeyedEvent(keyed, (char *)&key + 1, FALSE, &soon), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(NtCreateKeyedEvent(&keyed, 3, NULL, 1), STATUS_INVALID_PARAMETER_4);
}

TEST(sections)
{
    ORACLE_DIFFERS("the codes for wrong sizes");
    HANDLE section = NULL, other = NULL;
    LARGE_INTEGER size = {.QuadPart = 0x2000}, nothing = {.QuadPart = 0}, offset = {.QuadPart = 0};
    void *view = NULL, *again = NULL, *range;
    SIZE_T length = 0;
    IO_STATUS_BLOCK status;
    char copy[4] = "";

    CHECK_STATUS(NtCreateSection(&section, SECTION_ALL_ACCESS, NULL, &size, PAGE_READWRITE, SEC_COMMIT, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(
        NtCreateSection(&other, SECTION_ALL_ACCESS, NULL, &nothing, PAGE_READWRITE, SEC_COMMIT, NULL),
        STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(NtCreateSection(&other, SECTION_ALL_ACCESS, NULL, &size, 0x333, SEC_COMMIT, NULL),
                 STATUS_INVALID_PAGE_PROTECTION);
    CHECK_STATUS(NtOpenSection(&other, SECTION_MAP_READ, named(L"\\BaseNamedObjects\\confa none")),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(
        NtMapViewOfSection(section, GetCurrentProcess(), &view, 0, 0, &offset, &length, 1, 0, PAGE_READWRITE),
        STATUS_SUCCESS);
    CHECK_EQ(length, 0x2000);
    length = 0;
    offset.QuadPart = 5;
    CHECK_STATUS(
        NtMapViewOfSection(section, GetCurrentProcess(), &again, 0, 0, &offset, &length, 1, 0, PAGE_READONLY),
        STATUS_MAPPED_ALIGNMENT);
    offset.QuadPart = 0x10000;
    CHECK_STATUS(
        NtMapViewOfSection(section, GetCurrentProcess(), &again, 0, 0, &offset, &length, 1, 0, PAGE_READONLY),
        STATUS_INVALID_VIEW_SIZE);
    CHECK_STATUS(NtWriteVirtualMemory(GetCurrentProcess(), view, "abc", 4, &length), STATUS_SUCCESS);
    CHECK_EQ(length, 4);
    CHECK_STATUS(NtReadVirtualMemory(GetCurrentProcess(), view, copy, 4, &length), STATUS_SUCCESS);
    CHECK_STR(copy, "abc");
    CHECK(NtReadVirtualMemory(GetCurrentProcess(), (void *)16, copy, 4, &length) < 0);
    range = view;
    length = 0;
    CHECK_STATUS(NtFlushVirtualMemory(GetCurrentProcess(), &range, &length, &status), STATUS_SUCCESS);
    range = view;
    length = 0x1000;
    CHECK_STATUS(NtLockVirtualMemory(GetCurrentProcess(), &range, &length, 1), STATUS_SUCCESS);
    CHECK_STATUS(NtUnlockVirtualMemory(GetCurrentProcess(), &range, &length, 1), STATUS_SUCCESS);
    CHECK_STATUS(NtFlushInstructionCache(GetCurrentProcess(), view, 16), STATUS_SUCCESS);
    CHECK_STATUS(NtUnmapViewOfSection(GetCurrentProcess(), view), STATUS_SUCCESS);
    CHECK_STATUS(NtUnmapViewOfSection(GetCurrentProcess(), view), STATUS_NOT_MAPPED_VIEW);
    NtClose(section);
}

TEST(completion_ports)
{
    HANDLE port = NULL;
    ULONG_PTR key = 0, value = 0;
    IO_STATUS_BLOCK status = {{0}, 0};
    LONG depth = 77;

    CHECK_STATUS(NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, NULL, 0), STATUS_SUCCESS);
    CHECK_STATUS(NtRemoveIoCompletion(port, &key, &value, &status, &none), STATUS_TIMEOUT);
    CHECK_STATUS(NtSetIoCompletion(port, 1, 2, (LONG)STATUS_ACCESS_DENIED, 3), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryIoCompletion(port, 0, &depth, sizeof depth, NULL), STATUS_SUCCESS);
    CHECK_EQ(depth, 1);
    CHECK_STATUS(NtRemoveIoCompletion(port, &key, &value, &status, &none), STATUS_SUCCESS);
    CHECK_EQ(key, 1);
    CHECK_EQ(value, 2);
    CHECK_STATUS(status.Status, STATUS_ACCESS_DENIED);
    CHECK_EQ(status.Information, 3);
    NtClose(port);
}

TEST(jobs)
{
    ORACLE_DIFFERS("the code for an unknown class");
    HANDLE job = NULL, other = NULL;
    ULONG buffer[64] = {0};

    CHECK_STATUS(NtCreateJobObject(&job, JOB_OBJECT_ALL_ACCESS, NULL), STATUS_SUCCESS);
    CHECK_STATUS(NtIsProcessInJob(GetCurrentProcess(), job), STATUS_PROCESS_NOT_IN_JOB);
    CHECK_STATUS(
        NtQueryInformationJobObject(job, 1, buffer, sizeof(JOBOBJECT_BASIC_ACCOUNTING_INFORMATION), NULL),
        STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationJobObject(job, 1, buffer, 3, NULL), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryInformationJobObject(job, 7777, buffer, 3, NULL), STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtSetInformationJobObject(job, 7777, buffer, 3), STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtOpenJobObject(&other, JOB_OBJECT_QUERY, named(L"\\BaseNamedObjects\\confa none")),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    NtClose(job);
}

TEST(tokens)
{
    ORACLE_DIFFERS("the kind of token is not checked");
    HANDLE token = NULL, copy = NULL;
    BOOLEAN held = 77;
    PRIVILEGE_SET set = {1, PRIVILEGE_SET_ALL_NECESSARY, {{{23, 0}, 0}}}; /* SeChangeNotifyPrivilege */
    LUID first, second;

    CHECK_STATUS(NtOpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token), STATUS_SUCCESS);
    CHECK_STATUS(NtOpenProcessTokenEx((HANDLE)0x7ff0, TOKEN_QUERY, 0, &copy), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtOpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &copy), STATUS_NO_TOKEN);
    CHECK_STATUS(NtOpenThreadTokenEx(GetCurrentThread(), TOKEN_QUERY, TRUE, 0, &copy), STATUS_NO_TOKEN);
    CHECK_STATUS(NtPrivilegeCheck(token, &set, &held), STATUS_SUCCESS);
    CHECK_EQ(held, TRUE);
    CHECK_STATUS(NtDuplicateToken(token, TOKEN_QUERY, NULL, FALSE, TokenPrimary, &copy), STATUS_SUCCESS);
    NtClose(copy);
    CHECK_STATUS(NtDuplicateToken(token, TOKEN_QUERY, NULL, FALSE, 7, &copy), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtAllocateLocallyUniqueId(&first), STATUS_SUCCESS);
    CHECK_STATUS(NtAllocateLocallyUniqueId(&second), STATUS_SUCCESS);
    CHECK(memcmp(&first, &second, sizeof first) != 0);
    NtClose(token);
}

static DWORD WINAPI sleeper(void *unused)
{
    SleepEx(INFINITE, TRUE);
    return 5;
}

TEST(threads)
{
    ORACLE_DIFFERS("NtAlertThread is missing");
    HANDLE thread = CreateThread(NULL, 0, sleeper, NULL, CREATE_SUSPENDED, NULL), other = NULL;
    ULONG count = 77;
    CLIENT_ID id = {NULL, (HANDLE)(ULONG_PTR)GetThreadId(thread)};
    OBJECT_ATTRIBUTES attributes = {sizeof attributes, NULL, NULL, 0, NULL, NULL};
    DWORD code = 0;

    CHECK_STATUS(NtSuspendThread(thread, &count), STATUS_SUCCESS);
    CHECK_EQ(count, 1);
    CHECK_STATUS(NtResumeThread(thread, &count), STATUS_SUCCESS);
    CHECK_EQ(count, 2);
    CHECK_STATUS(NtResumeThread(thread, NULL), STATUS_SUCCESS);
    CHECK_STATUS(NtOpenThread(&other, SYNCHRONIZE, &attributes, &id), STATUS_SUCCESS);
    CHECK_STATUS(NtSuspendThread(other, NULL), STATUS_ACCESS_DENIED);
    NtClose(other);
    id.UniqueThread = (HANDLE)(ULONG_PTR)0x7ffffff0;
    CHECK_STATUS(NtOpenThread(&other, SYNCHRONIZE, &attributes, &id), STATUS_INVALID_CID);
    id = (CLIENT_ID){(HANDLE)(ULONG_PTR)0x7ffffff0, NULL};
    CHECK_STATUS(NtOpenProcess(&other, SYNCHRONIZE, &attributes, &id), STATUS_INVALID_CID);
    CHECK_STATUS(NtTerminateThread(thread, 77), STATUS_SUCCESS);
    CHECK_EQ(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_EQ(code, 77);
    NtClose(thread);
    CHECK_STATUS(NtAlertThread(GetCurrentThread()), STATUS_SUCCESS);
    CHECK_STATUS(NtDelayExecution(TRUE, &soon), STATUS_ALERTED);
    LONG status = NtYieldExecution();
    CHECK(status == STATUS_SUCCESS || status == STATUS_NO_YIELD_PERFORMED);
}

TEST(times_and_languages)
{
    LARGE_INTEGER now, counter, frequency;
    ULONG coarse = 0, fine = 0, current = 0, lcid = 0;
    USHORT language = 0, installed = 0;
    FILETIME file;

    CHECK_STATUS(NtQuerySystemTime(&now), STATUS_SUCCESS);
    GetSystemTimeAsFileTime(&file);
    CHECK((LONGLONG)((ULONGLONG)file.dwHighDateTime << 32 | file.dwLowDateTime) - now.QuadPart < 50000000);
    CHECK_STATUS(NtQueryPerformanceCounter(&counter, &frequency), STATUS_SUCCESS);
    CHECK(frequency.QuadPart > 0);
    CHECK_STATUS(NtQueryPerformanceCounter((LARGE_INTEGER *)16, NULL), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtQueryTimerResolution(&coarse, &fine, &current), STATUS_SUCCESS);
    CHECK(coarse >= fine && fine > 0 && current <= coarse);
    CHECK_STATUS(NtSetTimerResolution(fine, TRUE, &current), STATUS_SUCCESS);
    CHECK_STATUS(NtSetTimerResolution(0, FALSE, &current), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryDefaultLocale(TRUE, &lcid), STATUS_SUCCESS);
    CHECK_EQ(lcid, GetUserDefaultLCID());
    CHECK_STATUS(NtQueryDefaultUILanguage(&language), STATUS_SUCCESS);
    CHECK_EQ(language, GetUserDefaultUILanguage());
    CHECK_STATUS(NtQueryInstallUILanguage(&installed), STATUS_SUCCESS);
    CHECK_EQ(installed, GetSystemDefaultUILanguage());
}

TEST(security_of_objects)
{
    ORACLE_DIFFERS("the code for a wrong length");
    HANDLE event = NULL;
    ULONG room[64], size = 0, flags = 0;
    SECURITY_DESCRIPTOR descriptor;

    CHECK_STATUS(NtCreateEvent(&event, EVENT_ALL_ACCESS, NULL, 0, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(NtQuerySecurityObject(event, OWNER_SECURITY_INFORMATION, NULL, 0, &size),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK(size >= 20 && size <= sizeof room);
    CHECK_STATUS(NtQuerySecurityObject(event, OWNER_SECURITY_INFORMATION, room, size, &size), STATUS_SUCCESS);
    CHECK(IsValidSecurityDescriptor(room));
    CHECK(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    CHECK(SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE));
    CHECK_STATUS(NtSetSecurityObject(event, DACL_SECURITY_INFORMATION, &descriptor), STATUS_SUCCESS);
    descriptor.Revision = 9;
    CHECK(NtSetSecurityObject(event, DACL_SECURITY_INFORMATION, &descriptor) < 0);
    CHECK_STATUS(NtMakeTemporaryObject(event), STATUS_SUCCESS);
    CHECK_STATUS(NtSetInformationObject(event, 4, &flags, 1), STATUS_INFO_LENGTH_MISMATCH);
    NtClose(event);
}
