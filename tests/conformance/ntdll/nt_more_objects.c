/* System calls on sections with parameters, watched memory, directories, private namespaces, handles of the
 * same object, tokens and access checks, system information with an input, processes from scratch. */
#include "../harness.h"
#include <nt/peb.h>

LONG NTAPI NtClose(HANDLE);
LONG NTAPI NtCreateEvent(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG, BOOLEAN);
LONG NTAPI NtOpenEvent(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtMapViewOfSection(HANDLE, HANDLE, void **, ULONG_PTR, SIZE_T, LARGE_INTEGER *, SIZE_T *, ULONG,
                              ULONG, ULONG);
LONG NTAPI NtCreateDirectoryObject(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtCreateKeyedEvent(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG);
LONG NTAPI NtOpenKeyedEvent(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtResetWriteWatch(HANDLE, void *, SIZE_T);
LONG NTAPI NtOpenProcessToken(HANDLE, ACCESS_MASK, HANDLE *);
LONG NTAPI NtDuplicateToken(HANDLE, ACCESS_MASK, OBJECT_ATTRIBUTES *, BOOLEAN, ULONG, HANDLE *);
LONG NTAPI NtAdjustPrivilegesToken(HANDLE, BOOLEAN, void *, ULONG, void *, ULONG *);
LONG NTAPI NtAdjustGroupsToken(HANDLE, BOOLEAN, void *, ULONG, void *, ULONG *);
LONG NTAPI NtFilterToken(HANDLE, ULONG, void *, void *, void *, HANDLE *);
LONG NTAPI NtAccessCheck(void *, HANDLE, ACCESS_MASK, GENERIC_MAPPING *, PRIVILEGE_SET *, ULONG *,
                         ACCESS_MASK *, LONG *);
LONG NTAPI NtQuerySystemInformationEx(ULONG, void *, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtResumeThread(HANDLE, ULONG *);

static void *found(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

static void set_name(OBJECT_ATTRIBUTES *attributes, UNICODE_STRING *name, const WCHAR *text)
{
    *name = (UNICODE_STRING){(USHORT)(lstrlenW(text) * 2), (USHORT)(lstrlenW(text) * 2 + 2), (WCHAR *)text};
    *attributes = (OBJECT_ATTRIBUTES){sizeof *attributes, NULL, name, OBJ_CASE_INSENSITIVE, NULL, NULL};
}

TEST(sections_with_parameters)
{
    LONG(NTAPI * create)
    (HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, LARGE_INTEGER *, ULONG, ULONG, HANDLE, void *,
     ULONG) = found("NtCreateSectionEx");
    LONG(NTAPI * unmap)(HANDLE, void *, ULONG) = found("NtUnmapViewOfSectionEx");
    LARGE_INTEGER size = {.QuadPart = 0x10000}, none = {.QuadPart = 0};
    SIZE_T view_size = 0;
    HANDLE section = NULL;
    char *view = NULL;

    if (!create || !unmap)
        SKIP("not exported there");
    CHECK_STATUS(create(&section, SECTION_ALL_ACCESS, NULL, &size, PAGE_READWRITE, SEC_COMMIT, NULL, NULL, 0),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtMapViewOfSection(section, GetCurrentProcess(), (void **)&view, 0, 0, NULL, &view_size, 2,
                                    0, PAGE_READWRITE),
                 STATUS_SUCCESS);
    view[0] = 'x';
    CHECK_STATUS(unmap(GetCurrentProcess(), view, 8), STATUS_INVALID_PARAMETER_3);
    CHECK_STATUS(unmap(GetCurrentProcess(), view, 0), STATUS_SUCCESS);
    CHECK_STATUS(unmap(GetCurrentProcess(), view, 0), STATUS_NOT_MAPPED_VIEW);
    CHECK_STATUS(unmap((HANDLE)0x7ff0, view, 0), STATUS_INVALID_HANDLE);
    NtClose(section);
    CHECK_STATUS(create(&section, SECTION_ALL_ACCESS, NULL, &none, PAGE_READWRITE, SEC_COMMIT, NULL, NULL, 0),
                 STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(create(&section, SECTION_ALL_ACCESS, NULL, &size, 0x777, SEC_COMMIT, NULL, NULL, 0),
                 STATUS_INVALID_PAGE_PROTECTION);
}

TEST(watched_memory)
{
    char *pages = VirtualAlloc(NULL, 0x4000, MEM_COMMIT | MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE);
    void *written[4];
    ULONG_PTR count = 4;
    DWORD unit;

    pages[0x2000] = 1;
    CHECK_EQ(GetWriteWatch(0, pages, 0x4000, written, &count, &unit), 0);
    CHECK_EQ(count, 1);
    CHECK_EQ((ULONG_PTR)written[0], (ULONG_PTR)pages + 0x2000);
    CHECK_STATUS(NtResetWriteWatch(GetCurrentProcess(), pages, 0x4000), STATUS_SUCCESS);
    count = 4;
    CHECK_EQ(GetWriteWatch(0, pages, 0x4000, written, &count, &unit), 0);
    CHECK_EQ(count, 0);
    CHECK_STATUS(NtResetWriteWatch((HANDLE)0x7ff0, pages, 0x4000),
                 harness_is_wine() ? STATUS_SUCCESS : STATUS_INVALID_HANDLE); /* where nobody looks */
    VirtualFree(pages, 0, MEM_RELEASE);
    pages = VirtualAlloc(NULL, 0x4000, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    CHECK(NtResetWriteWatch(GetCurrentProcess(), pages, 0x4000) < 0); /* it is not watched */
    VirtualFree(pages, 0, MEM_RELEASE);
}

TEST(directories)
{
    OBJECT_ATTRIBUTES attributes, below;
    UNICODE_STRING name, leaf;
    WCHAR text[80];
    HANDLE directory = NULL, again = NULL, event = NULL;

    wsprintfW(text, L"\\BaseNamedObjects\\gastwirt-%lu-directory", GetCurrentProcessId());
    set_name(&attributes, &name, text);
    CHECK_STATUS(NtCreateDirectoryObject(&directory, 0xf000f, &attributes), STATUS_SUCCESS);
    CHECK_STATUS(NtCreateDirectoryObject(&again, 0xf000f, &attributes), STATUS_OBJECT_NAME_COLLISION);
    set_name(&below, &leaf, L"event");
    below.RootDirectory = directory;
    CHECK_STATUS(NtCreateEvent(&event, EVENT_ALL_ACCESS, &below, 0, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(NtOpenEvent(&again, EVENT_ALL_ACCESS, &below), STATUS_SUCCESS);
    NtClose(again);
    NtClose(event);
    CHECK_STATUS(NtOpenEvent(&again, EVENT_ALL_ACCESS, &below), STATUS_OBJECT_NAME_NOT_FOUND);
    NtClose(directory);
    set_name(&attributes, &name, L"\\no such directory\\directory");
    CHECK_STATUS(NtCreateDirectoryObject(&directory, 0xf000f, &attributes), STATUS_OBJECT_PATH_NOT_FOUND);
    set_name(&attributes, &name, L"relative");
    CHECK_STATUS(NtCreateDirectoryObject(&directory, 0xf000f, &attributes), STATUS_OBJECT_PATH_SYNTAX_BAD);
    CHECK_STATUS(NtCreateDirectoryObject(&directory, 0xf000f, NULL), STATUS_SUCCESS); /* without a name */
    NtClose(directory);
}

TEST(keyed_events_by_name)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    WCHAR text[80];
    HANDLE event, again = NULL;

    wsprintfW(text, L"\\BaseNamedObjects\\gastwirt-%lu-keyed", GetCurrentProcessId());
    set_name(&attributes, &name, text);
    CHECK_STATUS(NtOpenKeyedEvent(&again, 0xf0003, &attributes), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtCreateKeyedEvent(&event, 0xf0003, &attributes, 0), STATUS_SUCCESS);
    CHECK_STATUS(NtOpenKeyedEvent(&again, 0xf0003, &attributes), STATUS_SUCCESS);
    NtClose(again);
    CHECK_STATUS(NtOpenEvent(&again, EVENT_ALL_ACCESS, &attributes), STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(event);
}

TEST(same_objects)
{
    LONG(NTAPI * compare)(HANDLE, HANDLE) = found("NtCompareObjects");
    HANDLE event, same, other;

    if (!compare)
        SKIP("not exported there");
    event = CreateEventW(NULL, TRUE, FALSE, NULL);
    other = CreateEventW(NULL, TRUE, FALSE, NULL);
    CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &same, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK_STATUS(compare(event, event), STATUS_SUCCESS);
    CHECK_STATUS(compare(event, same), STATUS_SUCCESS);
    CHECK_STATUS(compare(event, other), (LONG)0xc00001ac); /* STATUS_NOT_SAME_OBJECT */
    CHECK_STATUS(compare(event, (HANDLE)0x7ff0), STATUS_INVALID_HANDLE);
    CHECK_STATUS(compare((HANDLE)0x7ff0, event), STATUS_INVALID_HANDLE);
    CloseHandle(event);
    CloseHandle(same);
    CloseHandle(other);
}

/* A boundary as CreateBoundaryDescriptor makes it. */
TEST(private_namespaces)
{
    ORACLE_CRASHES("private namespaces are missing");
    LONG(NTAPI * create)
    (HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, void *) = found("NtCreatePrivateNamespace");
    LONG(NTAPI * open)(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, void *) = found("NtOpenPrivateNamespace");
    LONG(NTAPI * delete)(HANDLE) = found("NtDeletePrivateNamespace");
    SID world = {SID_REVISION, 1, {SECURITY_WORLD_SID_AUTHORITY}, {0}};
    HANDLE boundary = CreateBoundaryDescriptorW(L"gastwirt nt boundary", 0), space = NULL, same = NULL;
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes};

    CHECK(AddSIDToBoundaryDescriptor(&boundary, &world));
    CHECK_STATUS(open(&same, 0xf000f, &attributes, boundary), STATUS_OBJECT_PATH_NOT_FOUND);
    CHECK_STATUS(create(&space, 0xf000f, &attributes, boundary), STATUS_SUCCESS);
    CHECK_STATUS(create(&same, 0xf000f, &attributes, boundary), STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(open(&same, 0xf000f, &attributes, boundary), STATUS_SUCCESS);
    NtClose(same);
    CHECK_STATUS(delete (space), STATUS_SUCCESS);
    CHECK_STATUS(open(&same, 0xf000f, &attributes, boundary), STATUS_OBJECT_PATH_NOT_FOUND);
    CHECK(delete ((HANDLE)0x7ff0) == STATUS_INVALID_HANDLE);
    CHECK(delete (GetCurrentProcess()) == STATUS_OBJECT_TYPE_MISMATCH);
    CHECK(create(&space, 0xf000f, &attributes, NULL) < 0);
    NtClose(space);
    DeleteBoundaryDescriptor(boundary);
}

static HANDLE open_token(void)
{
    HANDLE token = NULL;

    CHECK_STATUS(NtOpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token), STATUS_SUCCESS);
    return token;
}

TEST(privileges)
{
    HANDLE token = open_token(), weak;
    TOKEN_PRIVILEGES wanted = {1, {{{23 /* SeChangeNotifyPrivilege */, 0}, SE_PRIVILEGE_ENABLED}}}, old = {0};
    ULONG length = 0;

    CHECK_STATUS(NtAdjustPrivilegesToken(token, FALSE, &wanted, sizeof old, &old, &length), STATUS_SUCCESS);
    wanted.Privileges[0].Luid.LowPart = 0x7777;
    CHECK_STATUS(NtAdjustPrivilegesToken(token, FALSE, &wanted, 0, NULL, NULL), STATUS_NOT_ALL_ASSIGNED);
    CHECK_STATUS(NtAdjustPrivilegesToken((HANDLE)0x7ff0, FALSE, &wanted, 0, NULL, NULL),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtOpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &weak), STATUS_SUCCESS);
    CHECK_STATUS(NtAdjustPrivilegesToken(weak, FALSE, &wanted, 0, NULL, NULL), STATUS_ACCESS_DENIED);
    NtClose(weak);
    NtClose(token);
}

TEST(groups)
{
    ORACLE_DIFFERS("NtAdjustGroupsToken is not implemented there");
    HANDLE token = open_token(), weak;
    SID world = {SID_REVISION, 1, {SECURITY_WORLD_SID_AUTHORITY}, {0}};
    TOKEN_GROUPS mandatory = {1, {{&world, 0}}};

    CHECK_STATUS(NtAdjustGroupsToken(token, FALSE, &mandatory, 0, NULL, NULL), STATUS_CANT_DISABLE_MANDATORY);
    CHECK_STATUS(NtAdjustGroupsToken(token, TRUE, NULL, 0, NULL, NULL), STATUS_SUCCESS);
    CHECK_STATUS(NtAdjustGroupsToken((HANDLE)0x7ff0, TRUE, NULL, 0, NULL, NULL), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtOpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &weak), STATUS_SUCCESS);
    CHECK_STATUS(NtAdjustGroupsToken(weak, TRUE, NULL, 0, NULL, NULL), STATUS_ACCESS_DENIED);
    NtClose(weak);
    NtClose(token);
}

TEST(filtered_tokens)
{
    HANDLE token = open_token(), filtered = NULL;
    TOKEN_TYPE type = 0;
    DWORD length;

    CHECK_STATUS(NtFilterToken(token, 1 /* DISABLE_MAX_PRIVILEGE */, NULL, NULL, NULL, &filtered),
                 STATUS_SUCCESS);
    CHECK(GetTokenInformation(filtered, TokenType, &type, sizeof type, &length));
    CHECK_EQ(type, TokenPrimary);
    NtClose(filtered);
    CHECK_STATUS(NtFilterToken((HANDLE)0x7ff0, 0, NULL, NULL, NULL, &filtered), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtFilterToken(GetCurrentProcess(), 0, NULL, NULL, NULL, &filtered),
                 STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(token);
}

TEST(access_checks)
{
    HANDLE token = open_token(), impersonation = NULL;
    SECURITY_QUALITY_OF_SERVICE quality = {sizeof quality, SecurityImpersonation, 0, FALSE};
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes};
    GENERIC_MAPPING mapping = {1, 2, 4, 7};
    struct {
        PRIVILEGE_SET set;
        char more[64];
    } privileges;
    SECURITY_DESCRIPTOR descriptor;
    SID world = {SID_REVISION, 1, {SECURITY_WORLD_SID_AUTHORITY}, {0}};
    ULONG length = sizeof privileges, acl_room[16];
    ACL *acl = (ACL *)acl_room;
    ACCESS_MASK granted = 0;
    LONG status = 7;

    attributes.SecurityQualityOfService = &quality;
    CHECK_STATUS(
        NtDuplicateToken(token, TOKEN_ALL_ACCESS, &attributes, FALSE, TokenImpersonation, &impersonation),
        STATUS_SUCCESS);
    CHECK(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    CHECK(InitializeAcl(acl, sizeof acl_room, ACL_REVISION));
    CHECK(AddAccessAllowedAce(acl, ACL_REVISION, 3, &world));
    CHECK(SetSecurityDescriptorDacl(&descriptor, TRUE, acl, FALSE));
    CHECK(SetSecurityDescriptorOwner(&descriptor, &world, FALSE));
    CHECK(SetSecurityDescriptorGroup(&descriptor, &world, FALSE));
    CHECK_STATUS(
        NtAccessCheck(&descriptor, impersonation, 1, &mapping, &privileges.set, &length, &granted, &status),
        STATUS_SUCCESS);
    CHECK_STATUS(status, STATUS_SUCCESS);
    CHECK_EQ(granted, 1);
    length = sizeof privileges;
    CHECK_STATUS(
        NtAccessCheck(&descriptor, impersonation, 4, &mapping, &privileges.set, &length, &granted, &status),
        STATUS_SUCCESS);
    CHECK_STATUS(status, STATUS_ACCESS_DENIED);
    CHECK_EQ(granted, 0);
    length = sizeof privileges;
    CHECK_STATUS(NtAccessCheck(&descriptor, impersonation, GENERIC_READ, &mapping, &privileges.set, &length,
                               &granted, &status),
                 STATUS_GENERIC_NOT_MAPPED);
    CHECK_STATUS(NtAccessCheck(&descriptor, token, 1, &mapping, &privileges.set, &length, &granted, &status),
                 STATUS_NO_IMPERSONATION_TOKEN);
    CHECK_STATUS(
        NtAccessCheck(&descriptor, (HANDLE)0x7ff0, 1, &mapping, &privileges.set, &length, &granted, &status),
        STATUS_INVALID_HANDLE);
    NtClose(impersonation);
    NtClose(token);
}

TEST(system_information_with_input)
{
    ULONG kind = 0xffff /* RelationAll */, length = 0;
    static char buffer[65536] __attribute__((aligned(8)));

    CHECK_STATUS(NtQuerySystemInformationEx(107, &kind, sizeof kind, NULL, 0, &length),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK(length > 0 && length < sizeof buffer);
    CHECK_STATUS(NtQuerySystemInformationEx(107, &kind, sizeof kind, buffer, sizeof buffer, &length),
                 STATUS_SUCCESS);
    CHECK(((SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX *)buffer)->Size > 0);
    if (!harness_is_wine()) { /* where it is an access violation */
        CHECK_STATUS(NtQuerySystemInformationEx(107, NULL, 0, buffer, sizeof buffer, &length),
                     STATUS_INVALID_PARAMETER);
        CHECK_STATUS(NtQuerySystemInformationEx(0x7777, &kind, sizeof kind, buffer, sizeof buffer, &length),
                     STATUS_INVALID_INFO_CLASS);
    }
}

/* ---------------------------------------------------------------- a process from scratch */

struct attribute {
    ULONG_PTR attribute;
    SIZE_T size;
    const void *value;
    SIZE_T *returned;
};

CHILD(from_scratch)
{
    return argc == 1 && !strcmp(argv[0], "argument") ? 91 : 92;
}

TEST(processes)
{
    LONG(NTAPI * create)
    (HANDLE *, HANDLE *, ACCESS_MASK, ACCESS_MASK, OBJECT_ATTRIBUTES *, OBJECT_ATTRIBUTES *, ULONG, ULONG,
     void *, void *, void *) = found("NtCreateUserProcess");
    WCHAR image[MAX_PATH] = L"\\??\\", line[MAX_PATH + 60];
    UNICODE_STRING image_name, image_path, command;
    ULONG_PTR create_info[20] = {sizeof create_info};
    struct {
        SIZE_T total;
        struct attribute image;
    } attributes;
    RTL_USER_PROCESS_PARAMETERS parameters =
        *((TEB *)NtCurrentTeb())->ProcessEnvironmentBlock->ProcessParameters;
    HANDLE process = NULL, thread = NULL;
    ULONG count = 7;
    DWORD code = 0;

    GetModuleFileNameW(NULL, image + 4, MAX_PATH - 4);
    wsprintfW(line, L"\"%s\" --child from_scratch argument", image + 4);
    image_name = (UNICODE_STRING){(USHORT)(lstrlenW(image) * 2), (USHORT)(lstrlenW(image) * 2 + 2), image};
    image_path = (UNICODE_STRING){(USHORT)(image_name.Length - 8), (USHORT)(image_name.Length - 6),
                                  image + 4};
    command = (UNICODE_STRING){(USHORT)(lstrlenW(line) * 2), (USHORT)(lstrlenW(line) * 2 + 2), line};
    parameters.ImagePathName = image_path;
    parameters.CommandLine = command;
    attributes.total = sizeof attributes;
    attributes.image = (struct attribute){0x20005 /* the image's name */, image_name.Length, image, NULL};
    create_info[0] = 88; /* sizeof(PS_CREATE_INFO) */
    if (sizeof(void *) == 4)
        create_info[0] = 72;
    CHECK_STATUS(create(&process, &thread, PROCESS_ALL_ACCESS, THREAD_ALL_ACCESS, NULL, NULL, 0,
                        1 /* suspended */, &parameters, create_info, &attributes),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtResumeThread(thread, &count), STATUS_SUCCESS);
    CHECK_EQ(count, 1);
    CHECK_EQ(WaitForSingleObject(process, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process, &code));
    CHECK_EQ(code, 91);
    NtClose(thread);
    NtClose(process);
    lstrcpyW(image + 4, L"C:\\no such program.exe");
    attributes.image.size = (SIZE_T)lstrlenW(image) * 2;
    CHECK_STATUS(create(&process, &thread, PROCESS_ALL_ACCESS, THREAD_ALL_ACCESS, NULL, NULL, 0, 1,
                        &parameters, create_info, &attributes),
                 STATUS_OBJECT_NAME_NOT_FOUND);
}
