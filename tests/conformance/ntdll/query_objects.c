/*
 * Objects' names and types, directories, tokens, jobs, files and completion ports by their NT calls: the
 * structures with pointers, handles or sizes in them, which the two widths lay out differently.
 */
#include "../harness.h"
#include <stddef.h>
#include <winternl.h>

NTSTATUS NTAPI NtQueryObject(HANDLE, OBJECT_INFORMATION_CLASS, PVOID, ULONG, PULONG);
NTSTATUS NTAPI NtOpenDirectoryObject(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
NTSTATUS NTAPI NtQueryDirectoryObject(HANDLE, PVOID, ULONG, BOOLEAN, BOOLEAN, ULONG *, ULONG *);
NTSTATUS NTAPI NtOpenSymbolicLinkObject(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
NTSTATUS NTAPI NtQuerySymbolicLinkObject(HANDLE, UNICODE_STRING *, ULONG *);
NTSTATUS NTAPI NtCreateSymbolicLinkObject(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, UNICODE_STRING *);
NTSTATUS NTAPI NtQueryInformationToken(HANDLE, TOKEN_INFORMATION_CLASS, PVOID, ULONG, PULONG);
NTSTATUS NTAPI NtSetInformationToken(HANDLE, TOKEN_INFORMATION_CLASS, PVOID, ULONG);

NTSTATUS NTAPI NtQuerySystemInformation(SYSTEM_INFORMATION_CLASS, PVOID, ULONG, PULONG);

typedef union {
    UNICODE_STRING string;
    ULONG_PTR words[1];
    char space[4096];
} answer_buffer;

TEST(object_names)
{
    answer_buffer answer;
    ULONG size = 0;
    char name[60];
    snprintf(name, sizeof name, "query-objects-%lu", GetCurrentProcessId());
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, name), plain = CreateEventA(NULL, TRUE, FALSE, NULL);

    ORACLE_DIFFERS("another status for a short buffer");
    CHECK_STATUS(NtQueryObject(event, 1, &answer, sizeof answer, &size), STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)answer.string.Buffer, (ULONG_PTR)(&answer.string + 1));
    CHECK_EQ(size, sizeof(UNICODE_STRING) + answer.string.MaximumLength);
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        CHECK_EQ(answer.string.Buffer[answer.string.Length / 2 - length + i], name[i]);
    ULONG needed = 0;
    CHECK_STATUS(NtQueryObject(event, 1, &answer, size - 2, &needed), STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(needed, size);
    CHECK_STATUS(NtQueryObject(event, 1, &answer, 2, &needed), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_EQ(needed, size);
    CHECK_STATUS(NtQueryObject(plain, 1, &answer, sizeof answer, &size), STATUS_SUCCESS);
    CHECK_EQ(size, sizeof(UNICODE_STRING));
    CHECK_EQ(answer.string.Length, 0);
    CHECK_EQ((ULONG_PTR)answer.string.Buffer, 0);
    CloseHandle(event);
    CloseHandle(plain);
}

TEST(object_types)
{
    answer_buffer answer;
    ULONG size = 0;
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);

    CHECK_STATUS(NtQueryObject(event, 2, &answer, sizeof answer, &size), STATUS_SUCCESS);
    CHECK_EQ(answer.string.Length, 10);
    CHECK(memcmp(answer.string.Buffer, L"Event", 10) == 0);
    /* the name lies behind a structure of 96 bytes, 104 with pointers of 64 bits */
    CHECK_EQ((ULONG_PTR)answer.string.Buffer - (ULONG_PTR)&answer, sizeof(void *) == 8 ? 104 : 96);
    CHECK_STATUS(NtQueryObject(event, 2, &answer, 8, &size), STATUS_INFO_LENGTH_MISMATCH);
    CloseHandle(event);
}

static HANDLE open_directory(const WCHAR *path)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    HANDLE directory = NULL;
    RtlInitUnicodeString(&name, path);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    CHECK_STATUS(NtOpenDirectoryObject(&directory, 1 /* DIRECTORY_QUERY */, &attributes), STATUS_SUCCESS);
    return directory;
}

struct directory_entry {
    UNICODE_STRING name, type;
};

TEST(directories)
{
    union {
        struct directory_entry entries[1];
        char space[0x8000];
    } *answer = malloc(sizeof *answer);
    HANDLE root = open_directory(L"\\");
    ULONG context = 0, size = 0, found = 0, count = 0;

    ORACLE_DIFFERS("several entries at once are not implemented");
    /* one by one */
    while (NtQueryDirectoryObject(root, answer, sizeof *answer, TRUE, FALSE, &context, &size) ==
           STATUS_SUCCESS) {
        const struct directory_entry *entry = answer->entries;
        CHECK((ULONG_PTR)entry->name.Buffer > (ULONG_PTR)entry &&
              (ULONG_PTR)entry->name.Buffer < (ULONG_PTR)entry + sizeof *answer);
        if (entry->name.Length == 32 && memcmp(entry->name.Buffer, L"BaseNamedObjects", 32) == 0)
            found |= entry->type.Length == 18 && memcmp(entry->type.Buffer, L"Directory", 18) == 0;
        count++;
    }
    CHECK(found);
    CHECK(count > 3);
    /* several at once: as many, up to an entry of zeros */
    ULONG many = 0;
    context = 0;
    CHECK_STATUS(NtQueryDirectoryObject(root, answer, sizeof *answer, FALSE, TRUE, &context, &size),
                 STATUS_SUCCESS);
    while (answer->entries[many].name.Buffer)
        many++;
    CHECK_EQ(many, count);
    CHECK_EQ(context, count);
    CHECK_STATUS(NtQueryDirectoryObject(root, answer, sizeof *answer, FALSE, FALSE, &context, &size),
                 STATUS_NO_MORE_ENTRIES);
    context = 0;
    CHECK_STATUS(NtQueryDirectoryObject(root, answer, 8, TRUE, TRUE, &context, &size),
                 STATUS_BUFFER_TOO_SMALL);
    CloseHandle(root);
    free(answer);
}

TEST(symbolic_links)
{
    UNICODE_STRING name, target;
    OBJECT_ATTRIBUTES attributes;
    WCHAR text[64];
    HANDLE link = NULL;
    ULONG size = 0;

    WCHAR path[64];
    swprintf(path, 64, L"\\BaseNamedObjects\\query-link-%lu", GetCurrentProcessId());
    RtlInitUnicodeString(&name, path);
    RtlInitUnicodeString(&target, L"\\Device\\Elsewhere");
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    HANDLE made = NULL;
    CHECK_STATUS(NtCreateSymbolicLinkObject(&made, 0xf0001 /* all access */, &attributes, &target),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtOpenSymbolicLinkObject(&link, 1 /* SYMBOLIC_LINK_QUERY */, &attributes), STATUS_SUCCESS);
    target = (UNICODE_STRING){0, sizeof text, text};
    CHECK_STATUS(NtQuerySymbolicLinkObject(link, &target, &size), STATUS_SUCCESS);
    CHECK(target.Length == 34 && memcmp(text, L"\\Device\\Elsewhere", 34) == 0);
    CHECK(size >= target.Length);
    target = (UNICODE_STRING){0, 4, text};
    ULONG needed = 0;
    CHECK_STATUS(NtQuerySymbolicLinkObject(link, &target, &needed), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(needed, size);
    CloseHandle(link);
    CloseHandle(made);
}

/* ---- tokens ---- */

static ULONG query_token(HANDLE token, int class, answer_buffer *answer)
{
    ULONG size = 0, needed = 0;
    CHECK_STATUS(NtQueryInformationToken(token, class, NULL, 0, &needed), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(NtQueryInformationToken(token, class, answer, sizeof *answer, &size), STATUS_SUCCESS);
    CHECK_EQ(size, needed);
    CHECK_STATUS(NtQueryInformationToken(token, class, answer, size - 1, &needed), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(NtQueryInformationToken(token, class, answer, sizeof *answer, &size), STATUS_SUCCESS);
    return size;
}

static BOOL points_into(const void *pointer, const answer_buffer *answer, ULONG size)
{
    return (ULONG_PTR)pointer - (ULONG_PTR)answer < size;
}

TEST(token_sids)
{
    static const int single[] = {TokenUser, TokenIntegrityLevel};
    static const int lists[] = {TokenGroups, TokenLogonSid, TokenRestrictedSids};
    static const int pointers[] = {TokenOwner, TokenPrimaryGroup};
    answer_buffer answer;
    HANDLE token;

    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token));
    for (int i = 0; i < 2; i++) {
        ULONG size = query_token(token, single[i], &answer);
        const SID_AND_ATTRIBUTES *sid = (void *)&answer;
        CHECK_EQ((ULONG_PTR)sid->Sid, (ULONG_PTR)(sid + 1));
        CHECK(IsValidSid(sid->Sid));
        CHECK_EQ(size, sizeof *sid + GetLengthSid(sid->Sid));
    }
    for (int i = 0; i < 3; i++) {
        ULONG size;
        if (i == 2 && harness_is_wine())
            break; /* does not know the class */
        size = query_token(token, lists[i], &answer);
        const TOKEN_GROUPS *groups = (void *)&answer;
        CHECK(i == 2 ? groups->GroupCount == 0 : groups->GroupCount > 0);
        for (DWORD k = 0; k < groups->GroupCount; k++) {
            CHECK(points_into(groups->Groups[k].Sid, &answer, size));
            CHECK(IsValidSid(groups->Groups[k].Sid));
        }
    }
    for (int i = 0; i < 2; i++) {
        ULONG size = query_token(token, pointers[i], &answer);
        CHECK_EQ(answer.words[0], (ULONG_PTR)&answer.words[1]);
        CHECK_EQ(size, sizeof(void *) + GetLengthSid((PSID)answer.words[0]));
    }
    CloseHandle(token);
}

TEST(token_values_are_set)
{
    answer_buffer answer, user;
    HANDLE own, token;

    ORACLE_DIFFERS("the owner cannot be set");
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &own));
    CHECK(DuplicateTokenEx(own, TOKEN_ALL_ACCESS, NULL, SecurityImpersonation, TokenPrimary, &token));
    query_token(token, TokenUser, &user);
    TOKEN_OWNER owner = {((TOKEN_USER *)&user)->User.Sid};
    CHECK_STATUS(NtSetInformationToken(token, TokenOwner, &owner, sizeof owner), STATUS_SUCCESS);
    query_token(token, TokenOwner, &answer);
    CHECK(EqualSid((PSID)answer.words[0], owner.Owner));

    /* the default list: a pointer to an ACL in and out */
    char space[200];
    ACL *acl = (ACL *)space;
    CHECK(InitializeAcl(acl, sizeof space, ACL_REVISION));
    CHECK(AddAccessAllowedAce(acl, ACL_REVISION, GENERIC_READ, owner.Owner));
    TOKEN_DEFAULT_DACL dacl = {acl};
    CHECK_STATUS(NtSetInformationToken(token, TokenDefaultDacl, &dacl, sizeof dacl), STATUS_SUCCESS);
    query_token(token, TokenDefaultDacl, &answer);
    ACL *seen = (ACL *)answer.words[0];
    CHECK_EQ((ULONG_PTR)seen, (ULONG_PTR)&answer.words[1]);
    CHECK_EQ(seen->AceCount, 1);
    CHECK_STATUS(NtSetInformationToken(token, TokenDefaultDacl, &dacl, 1), STATUS_INFO_LENGTH_MISMATCH);
    CloseHandle(token);
    CloseHandle(own);
}

/* ---- jobs ---- */

TEST(job_structures)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION extended = {0}, seen = {0};
    JOBOBJECT_BASIC_LIMIT_INFORMATION basic = {0};
    HANDLE job = CreateJobObjectA(NULL, NULL);
    DWORD size = 0;

    extended.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_WORKINGSET |
                                                JOB_OBJECT_LIMIT_PROCESS_MEMORY |
                                                JOB_OBJECT_LIMIT_PROCESS_TIME |
                                                JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
    extended.BasicLimitInformation.PerProcessUserTimeLimit.QuadPart = 0x123456789aLL;
    extended.BasicLimitInformation.MinimumWorkingSetSize = 0x200000;
    extended.BasicLimitInformation.MaximumWorkingSetSize = 0x1230000;
    extended.BasicLimitInformation.ActiveProcessLimit = 5;
    extended.ProcessMemoryLimit = 0x56780000;
    ORACLE_DIFFERS("the limits are not kept");
    CHECK(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &extended, sizeof extended));
    CHECK(QueryInformationJobObject(job, JobObjectExtendedLimitInformation, &seen, sizeof seen, &size));
    CHECK_EQ(size, sizeof seen);
    CHECK_EQ(seen.BasicLimitInformation.LimitFlags, extended.BasicLimitInformation.LimitFlags);
    CHECK_EQ(seen.BasicLimitInformation.PerProcessUserTimeLimit.QuadPart, 0x123456789aLL);
    CHECK_EQ(seen.BasicLimitInformation.MinimumWorkingSetSize, 0x200000);
    CHECK_EQ(seen.BasicLimitInformation.MaximumWorkingSetSize, 0x1230000);
    CHECK_EQ(seen.BasicLimitInformation.ActiveProcessLimit, 5);
    CHECK_EQ(seen.ProcessMemoryLimit, 0x56780000);
    CHECK(QueryInformationJobObject(job, JobObjectBasicLimitInformation, &basic, sizeof basic, &size));
    CHECK_EQ(size, sizeof basic);
    CHECK_EQ(basic.MaximumWorkingSetSize, 0x1230000);
    CHECK_ERROR(
        QueryInformationJobObject(job, JobObjectBasicLimitInformation, &basic, sizeof basic - 4, NULL),
        ERROR_BAD_LENGTH);
    CHECK_ERROR(SetInformationJobObject(job, JobObjectExtendedLimitInformation, &extended, 8),
                ERROR_BAD_LENGTH);
    CloseHandle(job);
}

TEST(job_members_and_port)
{
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT port;
    JOBOBJECT_BASIC_PROCESS_ID_LIST ids;
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    char line[MAX_PATH + 30], path[MAX_PATH];
    ULONG_PTR key = 0;
    DWORD message = 0, size = 0;
    OVERLAPPED *value = NULL;
    HANDLE job = CreateJobObjectA(NULL, NULL);

    port.CompletionKey = (PVOID)(ULONG_PTR)0x87654321;
    port.CompletionPort = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    CHECK(SetInformationJobObject(job, JobObjectAssociateCompletionPortInformation, &port, sizeof port));
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" --list", path);
    CHECK(CreateProcessA(path, line, NULL, NULL, FALSE, CREATE_SUSPENDED | DETACHED_PROCESS, NULL, NULL,
                         &startup, &process));
    CHECK(AssignProcessToJobObject(job, process.hProcess));
    CHECK(QueryInformationJobObject(job, JobObjectBasicProcessIdList, &ids, sizeof ids, &size));
    CHECK_EQ(size, sizeof ids);
    CHECK_EQ(ids.NumberOfAssignedProcesses, 1);
    CHECK_EQ(ids.NumberOfProcessIdsInList, 1);
    CHECK_EQ(ids.ProcessIdList[0], process.dwProcessId);
    CHECK(GetQueuedCompletionStatus(port.CompletionPort, &message, &key, &value, 5000));
    CHECK_EQ(message, JOB_OBJECT_MSG_NEW_PROCESS);
    CHECK_EQ(key, 0x87654321);
    CHECK_EQ((ULONG_PTR)value, process.dwProcessId);
    TerminateProcess(process.hProcess, 0);
    WaitForSingleObject(process.hProcess, 5000);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    CloseHandle(port.CompletionPort);
    CloseHandle(job);
}

/* ---- files and completion ports ---- */

TEST(packets_of_a_port)
{
    OVERLAPPED_ENTRY entries[3];
    OVERLAPPED overlapped[2];
    ULONG count = 0;
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);

    CHECK(PostQueuedCompletionStatus(port, 0xf0000001, (ULONG_PTR)0x89abcdef, &overlapped[0]));
    CHECK(PostQueuedCompletionStatus(port, 2, 3, &overlapped[1]));
    memset(entries, 0xcc, sizeof entries);
    CHECK(GetQueuedCompletionStatusEx(port, entries, 3, &count, 1000, FALSE));
    CHECK_EQ(count, 2);
    CHECK_EQ(entries[0].lpCompletionKey, 0x89abcdef);
    CHECK_EQ((ULONG_PTR)entries[0].lpOverlapped, (ULONG_PTR)&overlapped[0]);
    CHECK_EQ(entries[0].dwNumberOfBytesTransferred, 0xf0000001);
    CHECK_EQ(entries[1].lpCompletionKey, 3);
    CHECK_EQ((ULONG_PTR)entries[1].lpOverlapped, (ULONG_PTR)&overlapped[1]);
    CHECK_EQ(*(unsigned char *)&entries[2], 0xcc);
    CHECK_ERROR(GetQueuedCompletionStatusEx(port, entries, 3, &count, 0, FALSE), WAIT_TIMEOUT);
    CloseHandle(port);
}

static NTSTATUS set_file(HANDLE file, IO_STATUS_BLOCK *iosb, void *data, ULONG length, int class)
{
    return NtSetInformationFile(file, iosb, data, length, (FILE_INFORMATION_CLASS) class);
}

TEST(renaming_by_handle_and_port_of_a_file)
{
    struct {
        BOOLEAN replace;
        HANDLE root;
        ULONG length;
        WCHAR name[80];
    } rename = {0};
    struct {
        HANDLE port;
        PVOID key;
    } completion;
    ORACLE_DIFFERS("another status for a short structure");
    IO_STATUS_BLOCK iosb;
    WCHAR folder[MAX_PATH], first[MAX_PATH], second[MAX_PATH];
    GetTempPathW(MAX_PATH, folder);
    wcscat(folder, L"query-objects");
    CreateDirectoryW(folder, NULL);
    swprintf(first, MAX_PATH, L"%ls\\one", folder);
    swprintf(second, MAX_PATH, L"%ls\\two", folder);
    DeleteFileW(second);
    HANDLE file = CreateFileW(first, GENERIC_READ | GENERIC_WRITE | DELETE, FILE_SHARE_DELETE, NULL,
                              CREATE_ALWAYS, FILE_FLAG_OVERLAPPED, NULL);
    HANDLE root = CreateFileW(folder, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
                              FILE_FLAG_BACKUP_SEMANTICS, NULL);
    CHECK(file != INVALID_HANDLE_VALUE && root != INVALID_HANDLE_VALUE);
    rename.root = root;
    rename.length = 6;
    memcpy(rename.name, L"two", 6);
    CHECK_STATUS(set_file(file, &iosb, &rename, offsetof(__typeof__(rename), name) + 6,
                          10 /* FileRenameInformation */),
                 STATUS_SUCCESS);
    CHECK(GetFileAttributesW(first) == INVALID_FILE_ATTRIBUTES);
    CHECK(GetFileAttributesW(second) != INVALID_FILE_ATTRIBUTES);
    CHECK_STATUS(set_file(file, &iosb, &rename, 4, 10), STATUS_INFO_LENGTH_MISMATCH);

    completion.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    completion.key = (PVOID)(ULONG_PTR)0x9876abcd;
    CHECK_STATUS(
        set_file(file, &iosb, &completion, sizeof completion - 1, 30 /* FileCompletionInformation */),
        STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(set_file(file, &iosb, &completion, sizeof completion, 30), STATUS_SUCCESS);
    OVERLAPPED overlapped = {0}, *seen = NULL;
    DWORD n = 0;
    ULONG_PTR key = 0;
    WriteFile(file, "hello", 5, NULL, &overlapped);
    CHECK(GetQueuedCompletionStatus(completion.port, &n, &key, &seen, 5000));
    CHECK_EQ(n, 5);
    CHECK_EQ(key, 0x9876abcd);
    CHECK_EQ((ULONG_PTR)seen, (ULONG_PTR)&overlapped);
    CloseHandle(completion.port);
    CloseHandle(file);
    CloseHandle(root);
    DeleteFileW(second);
    RemoveDirectoryW(folder);
}

/* ---- the system ---- */

struct process_entry {
    ULONG next, threads;
    LARGE_INTEGER working_set_private;
    ULONG faults, high_water;
    ULONGLONG cycles;
    LARGE_INTEGER created, user, kernel;
    UNICODE_STRING name;
    LONG priority;
    HANDLE id, parent;
    ULONG handles, session;
    ULONG_PTR unique;
    SIZE_T peak_virtual, virtual;
    ULONG page_faults;
    SIZE_T memory[9];
    LARGE_INTEGER io[6];
};

struct thread_entry {
    LARGE_INTEGER kernel, user, created;
    ULONG wait;
    PVOID start;
    CLIENT_ID id;
    LONG priority, base;
    ULONG switches, state, reason;
};

TEST(list_of_processes)
{
    static char space[0x40000] __attribute__((aligned(16)));
    ULONG size = 0, found = 0;

    CHECK_STATUS(NtQuerySystemInformation(SystemProcessInformation, space, 16, &size),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK(size > sizeof(struct process_entry));
    CHECK_STATUS(NtQuerySystemInformation(SystemProcessInformation, space, sizeof space, &size),
                 STATUS_SUCCESS);
    for (ULONG at = 0;;) {
        const struct process_entry *entry = (void *)(space + at);
        const struct thread_entry *threads = (void *)(entry + 1);
        if ((ULONG_PTR)entry->id == GetCurrentProcessId()) {
            found++;
            CHECK(entry->threads >= 1);
            CHECK((ULONG_PTR)entry->name.Buffer >= (ULONG_PTR)(threads + entry->threads));
            CHECK((ULONG_PTR)entry->name.Buffer < (ULONG_PTR)space + size);
            CHECK(entry->name.Length >= 8 &&
                  _wcsnicmp(entry->name.Buffer + entry->name.Length / 2 - 4, L".exe", 4) == 0);
            BOOL own = FALSE;
            for (ULONG i = 0; i < entry->threads; i++) {
                CHECK_EQ((ULONG_PTR)threads[i].id.UniqueProcess, GetCurrentProcessId());
                own |= (ULONG_PTR)threads[i].id.UniqueThread == GetCurrentThreadId();
            }
            CHECK(own);
        }
        if (!entry->next)
            break;
        at += entry->next;
    }
    CHECK_EQ(found, 1);
}

TEST(processors)
{
    SYSTEM_LOGICAL_PROCESSOR_INFORMATION list[256];
    static char space[0x10000] __attribute__((aligned(16)));
    DWORD size = sizeof list, cores = 0;
    ULONG_PTR all = 0;
    DWORD_PTR mask, system;

    CHECK(GetLogicalProcessorInformation(list, &size));
    CHECK_EQ(size % sizeof *list, 0);
    for (DWORD i = 0; i < size / sizeof *list; i++)
        if (list[i].Relationship == RelationProcessorCore) {
            CHECK_EQ(all & list[i].ProcessorMask, 0);
            all |= list[i].ProcessorMask;
            cores++;
        }
    CHECK(GetProcessAffinityMask(GetCurrentProcess(), &mask, &system));
    CHECK_EQ(all, system);
    size = 0;
    CHECK_ERROR(GetLogicalProcessorInformation(list, &size), ERROR_INSUFFICIENT_BUFFER);

    size = sizeof space;
    ULONG_PTR all_ex = 0;
    DWORD cores_ex = 0;
    CHECK(GetLogicalProcessorInformationEx(RelationAll, (void *)space, &size));
    for (DWORD at = 0; at < size;) {
        const SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX *entry = (void *)(space + at);
        CHECK(entry->Size >= 8);
        if (entry->Size < 8)
            break;
        if (entry->Relationship == RelationProcessorCore) {
            CHECK_EQ(entry->Processor.GroupCount, 1);
            all_ex |= entry->Processor.GroupMask[0].Mask;
            cores_ex++;
        } else if (entry->Relationship == RelationCache) {
            CHECK(entry->Cache.Level >= 1 && entry->Cache.Level <= 4);
            CHECK(entry->Cache.GroupMask.Mask != 0);
        } else if (entry->Relationship == RelationGroup) {
            CHECK_EQ(entry->Group.GroupInfo[0].ActiveProcessorMask, system);
        }
        at += entry->Size;
    }
    CHECK_EQ(all_ex, all);
    CHECK_EQ(cores_ex, cores);
}
