/*
 * What processes and threads answer and take by their NT calls: each structure that has pointers or sizes in
 * it, which the two widths lay out differently, with its exact size, and lengths that are wrong.
 */
#include "../harness.h"
#include <stddef.h>
#include <winternl.h>

NTSTATUS NTAPI NtSetInformationThread(HANDLE, ULONG, PVOID, ULONG);
NTSTATUS NTAPI NtQueryInformationProcess(HANDLE, PROCESSINFOCLASS, PVOID, ULONG, PULONG);
NTSTATUS NTAPI NtQueryInformationThread(HANDLE, THREADINFOCLASS, PVOID, ULONG, PULONG);

#define SELF   GetCurrentProcess()
#define THREAD GetCurrentThread()

struct process_basic {
    NTSTATUS exit_status;
    void *peb;
    ULONG_PTR affinity;
    LONG priority;
    ULONG_PTR id, parent;
};

TEST(process_basic_information)
{
    struct process_basic basic;
    struct {
        SIZE_T size;
        struct process_basic basic;
        ULONG flags;
    } extended;
    ULONG size = 0;
    DWORD_PTR mask, system;

    ORACLE_DIFFERS("does not know the extended structure");
    memset(&basic, 0xcc, sizeof basic);
    CHECK_STATUS(NtQueryInformationProcess(SELF, 0, &basic, sizeof basic, &size), STATUS_SUCCESS);
    CHECK_EQ(size, sizeof basic);
    CHECK_EQ(basic.exit_status, STATUS_PENDING);
    CHECK_EQ((ULONG_PTR)basic.peb, (ULONG_PTR)NtCurrentTeb()->ProcessEnvironmentBlock);
    CHECK_EQ(basic.id, GetCurrentProcessId());
    CHECK(GetProcessAffinityMask(SELF, &mask, &system));
    CHECK_EQ(basic.affinity, mask);
    CHECK(basic.priority > 0 && basic.priority < 32);
    CHECK_STATUS(NtQueryInformationProcess(SELF, 0, &basic, sizeof basic - 1, NULL),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryInformationProcess(SELF, 0, NULL, sizeof basic, NULL), STATUS_ACCESS_VIOLATION);

    extended.size = sizeof extended;
    CHECK_STATUS(NtQueryInformationProcess(SELF, 0, &extended, sizeof extended, &size), STATUS_SUCCESS);
    CHECK_EQ(extended.basic.id, GetCurrentProcessId());
}

TEST(process_memory_counters)
{
    struct {
        SIZE_T peak_virtual, virtual;
        ULONG faults;
        SIZE_T peak_working, working, quota[4], pagefile, peak_pagefile, private;
    } counters;
    ULONG size = 0;

    memset(&counters, 0, sizeof counters);
    CHECK_STATUS(NtQueryInformationProcess(SELF, 3, &counters, sizeof counters, &size), STATUS_SUCCESS);
    CHECK_EQ(size, sizeof counters);
    CHECK(counters.working > 0x10000 && counters.working <= counters.peak_working);
    CHECK(counters.private > 0);
    counters.private = 77;
    CHECK_STATUS(NtQueryInformationProcess(SELF, 3, &counters, sizeof counters - sizeof(SIZE_T), &size),
                 STATUS_SUCCESS);
    CHECK_EQ(size, sizeof counters - sizeof(SIZE_T));
    CHECK_EQ(counters.private, 77);
    CHECK_STATUS(NtQueryInformationProcess(SELF, 3, &counters, 8, NULL), STATUS_INFO_LENGTH_MISMATCH);
}

TEST(process_words)
{
    ULONG_PTR word = 7;
    ULONG size = 0;
    void *object = &object;

    CHECK_STATUS(NtQueryInformationProcess(SELF, ProcessDebugPort, &word, sizeof word, &size),
                 STATUS_SUCCESS);
    CHECK_EQ(word, 0);
    CHECK_EQ(size, sizeof word);
    CHECK_STATUS(NtQueryInformationProcess(SELF, ProcessDebugPort, &word, sizeof word + 1, NULL),
                 STATUS_INFO_LENGTH_MISMATCH);
    word = 7;
    CHECK_STATUS(NtQueryInformationProcess(SELF, ProcessWow64Information, &word, sizeof word, &size),
                 STATUS_SUCCESS);
    CHECK_EQ(size, sizeof word);
    CHECK_EQ(word != 0, sizeof(void *) == 4);
    CHECK_STATUS(
        NtQueryInformationProcess(SELF, 30 /* ProcessDebugObjectHandle */, &object, sizeof object, NULL),
        STATUS_PORT_NOT_SET);
}

TEST(process_strings)
{
    static const ULONG classes[] = {ProcessImageFileName, 43 /* ..Win32 */,
                                    60 /* ProcessCommandLineInformation */};
    union {
        UNICODE_STRING string;
        char space[2000];
    } answer;

    ORACLE_DIFFERS("no terminating zero, no command line");
    for (int i = 0; i < 3; i++) {
        ULONG size = 0, again = 0;
        CHECK_STATUS(NtQueryInformationProcess(SELF, classes[i], &answer, 4, &size),
                     STATUS_INFO_LENGTH_MISMATCH);
        CHECK(size > sizeof(UNICODE_STRING));
        CHECK_STATUS(NtQueryInformationProcess(SELF, classes[i], &answer, sizeof answer, &again),
                     STATUS_SUCCESS);
        CHECK_EQ(again, size);
        CHECK_EQ((ULONG_PTR)answer.string.Buffer, (ULONG_PTR)(&answer.string + 1));
        CHECK_EQ(size, sizeof(UNICODE_STRING) + answer.string.MaximumLength);
        CHECK(answer.string.Length > 0 && answer.string.Length < answer.string.MaximumLength);
        CHECK_EQ(answer.string.Buffer[answer.string.Length / 2], 0);
        CHECK_STATUS(NtQueryInformationProcess(SELF, classes[i], &answer, size, NULL), STATUS_SUCCESS);
    }
    CHECK_EQ(answer.string.Length, lstrlenW(GetCommandLineW()) * 2);
    CHECK(memcmp(answer.string.Buffer, GetCommandLineW(), answer.string.Length) == 0);
}

TEST(process_image)
{
    struct {
        void *entry;
        ULONG zero_bits;
        SIZE_T reserve, commit;
        ULONG subsystem;
        USHORT minor, major, os_minor, os_major, characteristics, dll_characteristics, machine;
        BOOLEAN has_code;
        UCHAR flags;
        ULONG loader_flags, size, checksum;
    } image;
    const IMAGE_DOS_HEADER *dos = (void *)GetModuleHandleA(NULL);
    const IMAGE_NT_HEADERS *nt = (void *)((char *)dos + dos->e_lfanew);
    ULONG size = 0;

    CHECK_STATUS(
        NtQueryInformationProcess(SELF, 37 /* ProcessImageInformation */, &image, sizeof image, &size),
        STATUS_SUCCESS);
    CHECK_EQ(size, sizeof image);
    CHECK_EQ((ULONG_PTR)image.entry, (ULONG_PTR)dos + nt->OptionalHeader.AddressOfEntryPoint);
    CHECK_EQ(image.reserve, nt->OptionalHeader.SizeOfStackReserve);
    CHECK_EQ(image.commit, nt->OptionalHeader.SizeOfStackCommit);
    CHECK_EQ(image.subsystem, nt->OptionalHeader.Subsystem);
    CHECK_EQ(image.machine, nt->FileHeader.Machine);
    CHECK_EQ(image.characteristics, nt->FileHeader.Characteristics);
    CHECK_STATUS(NtQueryInformationProcess(SELF, 37, &image, sizeof image - 1, NULL),
                 STATUS_INFO_LENGTH_MISMATCH);
}

TEST(process_quotas_and_affinity)
{
    QUOTA_LIMITS limits;
    DWORD_PTR mask, system;
    ULONG size = 0;

    ORACLE_DIFFERS("quota limits are not implemented");
    CHECK_STATUS(NtQueryInformationProcess(SELF, 1, &limits, sizeof limits, &size), STATUS_SUCCESS);
    CHECK_EQ(size, sizeof limits);
    CHECK(limits.MinimumWorkingSetSize <= limits.MaximumWorkingSetSize);
    CHECK(GetProcessAffinityMask(SELF, &mask, &system));
    CHECK_STATUS(NtSetInformationProcess(SELF, 21 /* ProcessAffinityMask */, &mask, sizeof mask),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtSetInformationProcess(SELF, 21, &mask, sizeof mask - 1), STATUS_INFO_LENGTH_MISMATCH);
    mask = 0;
    CHECK_STATUS(NtSetInformationProcess(SELF, 21, &mask, sizeof mask), STATUS_INVALID_PARAMETER);
}

/* ---- threads ---- */

struct thread_basic {
    NTSTATUS exit_status;
    void *teb;
    ULONG_PTR process, thread, affinity;
    LONG priority, base_priority;
};

static DWORD WINAPI sleeper(void *event)
{
    WaitForSingleObject(event, INFINITE);
    return 0;
}

TEST(thread_basic_information)
{
    struct thread_basic basic;
    ULONG size = 0;
    DWORD id;
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, sleeper, event, 0, &id);

    ORACLE_DIFFERS("takes short buffers");
    CHECK_STATUS(NtQueryInformationThread(THREAD, 0, &basic, sizeof basic, &size), STATUS_SUCCESS);
    CHECK_EQ(size, sizeof basic);
    CHECK_EQ(basic.exit_status, STATUS_PENDING);
    CHECK_EQ((ULONG_PTR)basic.teb, (ULONG_PTR)NtCurrentTeb());
    CHECK_EQ(basic.process, GetCurrentProcessId());
    CHECK_EQ(basic.thread, GetCurrentThreadId());
    CHECK_STATUS(NtQueryInformationThread(thread, 0, &basic, sizeof basic, NULL), STATUS_SUCCESS);
    CHECK_EQ(basic.thread, id);
    CHECK((ULONG_PTR)basic.teb != (ULONG_PTR)NtCurrentTeb());
    if (basic.teb) /* wine: of its own thread only */
        CHECK_EQ((ULONG_PTR)((NT_TIB *)basic.teb)->Self, (ULONG_PTR)basic.teb); /* that of its width */
    CHECK_STATUS(NtQueryInformationThread(THREAD, 0, &basic, sizeof basic - 4, NULL),
                 STATUS_INFO_LENGTH_MISMATCH);

    void *start = NULL;
    CHECK_STATUS(NtQueryInformationThread(thread, 9 /* ThreadQuerySetWin32StartAddress */, &start,
                                          sizeof start, &size),
                 STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)start, (ULONG_PTR)sleeper);
    CHECK_EQ(size, sizeof start);
    SetEvent(event);
    WaitForSingleObject(thread, 5000);
    CloseHandle(thread);
    CloseHandle(event);
}

TEST(thread_affinity)
{
    DWORD_PTR mask, system, old;
    struct {
        ULONG_PTR mask;
        USHORT group, reserved[3];
    } group = {0};
    ULONG size = 0;

    ORACLE_DIFFERS("another status for a short buffer");
    CHECK(GetProcessAffinityMask(SELF, &mask, &system));
    CHECK_STATUS(
        NtQueryInformationThread(THREAD, 30 /* ThreadGroupInformation */, &group, sizeof group, &size),
        STATUS_SUCCESS);
    CHECK_EQ(size, sizeof group);
    CHECK_EQ(group.mask, mask);
    CHECK_EQ(group.group, 0);
    old = mask & -mask;
    CHECK_STATUS(NtSetInformationThread(THREAD, 4 /* ThreadAffinityMask */, &old, sizeof old),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationThread(THREAD, 30, &group, sizeof group, NULL), STATUS_SUCCESS);
    CHECK_EQ(group.mask, old);
    group.mask = mask;
    CHECK_STATUS(NtSetInformationThread(THREAD, 30, &group, sizeof group), STATUS_SUCCESS);
    CHECK_EQ(SetThreadAffinityMask(THREAD, mask), mask);
    CHECK_STATUS(NtSetInformationThread(THREAD, 4, &mask, 1), STATUS_INFO_LENGTH_MISMATCH);
}

TEST(thread_name)
{
    UNICODE_STRING name;
    union {
        UNICODE_STRING string;
        char space[200];
    } answer;
    ULONG size = 0;

    ORACLE_DIFFERS("names cannot be queried");
    RtlInitUnicodeString(&name, L"a name");
    CHECK_STATUS(NtSetInformationThread(THREAD, 38 /* ThreadNameInformation */, &name, sizeof name),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtSetInformationThread(THREAD, 38, &name, sizeof name - 1), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryInformationThread(THREAD, 38, &answer, 4, &size), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(size, sizeof name + 12);
    CHECK_STATUS(NtQueryInformationThread(THREAD, 38, &answer, sizeof answer, &size), STATUS_SUCCESS);
    CHECK_EQ(answer.string.Length, 12);
    CHECK_EQ((ULONG_PTR)answer.string.Buffer, (ULONG_PTR)(&answer.string + 1));
    CHECK(memcmp(answer.string.Buffer, L"a name", 12) == 0);
}

TEST(thread_teb_information)
{
    ULONG_PTR copied[2] = {0};
    struct {
        void *data;
        ULONG offset, bytes;
    } request = {copied, offsetof(NT_TIB, StackBase), sizeof copied};

    ORACLE_DIFFERS("ThreadTebInformation is not implemented");
    CHECK_STATUS(NtQueryInformationThread(THREAD, 26, &request, sizeof request, NULL), STATUS_SUCCESS);
    CHECK_EQ(copied[0], (ULONG_PTR)((NT_TIB *)NtCurrentTeb())->StackBase);
    CHECK_EQ(copied[1], (ULONG_PTR)((NT_TIB *)NtCurrentTeb())->StackLimit);
    CHECK_STATUS(NtQueryInformationThread(THREAD, 26, &request, 4, NULL), STATUS_INFO_LENGTH_MISMATCH);
}

TEST(impersonation_by_handle)
{
    HANDLE own, token, seen = NULL;

    CHECK(OpenProcessToken(SELF, TOKEN_DUPLICATE, &own));
    CHECK(DuplicateTokenEx(own, TOKEN_ALL_ACCESS, NULL, SecurityImpersonation, TokenImpersonation, &token));
    CHECK_STATUS(NtSetInformationThread(THREAD, 5 /* ThreadImpersonationToken */, &token, sizeof token),
                 STATUS_SUCCESS);
    CHECK(OpenThreadToken(THREAD, TOKEN_QUERY, TRUE, &seen));
    CloseHandle(seen);
    HANDLE none = NULL;
    CHECK_STATUS(NtSetInformationThread(THREAD, 5, &none, sizeof none), STATUS_SUCCESS);
    CHECK_ERROR(OpenThreadToken(THREAD, TOKEN_QUERY, TRUE, &seen), ERROR_NO_TOKEN);
    CloseHandle(token);
    CloseHandle(own);
}
