/* System calls called directly: the names they have, and the statuses documented for handles, objects, files,
 * keys, memory, waits and queries. */
#include "../harness.h"
#include <nt/base.h>

LONG NTAPI NtClose(HANDLE);
LONG NTAPI NtCreateEvent(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG, BOOLEAN);
LONG NTAPI NtOpenEvent(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtSetEvent(HANDLE, LONG *);
LONG NTAPI NtResetEvent(HANDLE, LONG *);
LONG NTAPI NtQueryEvent(HANDLE, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtWaitForSingleObject(HANDLE, BOOLEAN, const LARGE_INTEGER *);
LONG NTAPI NtWaitForMultipleObjects(ULONG, const HANDLE *, ULONG, BOOLEAN, const LARGE_INTEGER *);
LONG NTAPI NtDelayExecution(BOOLEAN, const LARGE_INTEGER *);
LONG NTAPI NtDuplicateObject(HANDLE, HANDLE, HANDLE, HANDLE *, ACCESS_MASK, ULONG, ULONG);
LONG NTAPI NtQueryObject(HANDLE, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtCreateFile(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *, LARGE_INTEGER *, ULONG,
                        ULONG, ULONG, ULONG, void *, ULONG);
LONG NTAPI NtReadFile(HANDLE, HANDLE, PIO_APC_ROUTINE, void *, IO_STATUS_BLOCK *, void *, ULONG,
                      LARGE_INTEGER *, ULONG *);
LONG NTAPI NtWriteFile(HANDLE, HANDLE, PIO_APC_ROUTINE, void *, IO_STATUS_BLOCK *, const void *, ULONG,
                       LARGE_INTEGER *, ULONG *);
LONG NTAPI NtQueryInformationFile(HANDLE, IO_STATUS_BLOCK *, void *, ULONG, ULONG);
LONG NTAPI NtSetInformationFile(HANDLE, IO_STATUS_BLOCK *, void *, ULONG, ULONG);
LONG NTAPI NtDeleteFile(OBJECT_ATTRIBUTES *);
LONG NTAPI NtCreateKey(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, ULONG, UNICODE_STRING *, ULONG, ULONG *);
LONG NTAPI NtOpenKey(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *);
LONG NTAPI NtSetValueKey(HANDLE, UNICODE_STRING *, ULONG, ULONG, const void *, ULONG);
LONG NTAPI NtQueryValueKey(HANDLE, UNICODE_STRING *, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtEnumerateKey(HANDLE, ULONG, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtEnumerateValueKey(HANDLE, ULONG, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtDeleteValueKey(HANDLE, UNICODE_STRING *);
LONG NTAPI NtDeleteKey(HANDLE);
LONG NTAPI NtAllocateVirtualMemory(HANDLE, void **, ULONG_PTR, SIZE_T *, ULONG, ULONG);
LONG NTAPI NtFreeVirtualMemory(HANDLE, void **, SIZE_T *, ULONG);
LONG NTAPI NtProtectVirtualMemory(HANDLE, void **, SIZE_T *, ULONG, ULONG *);
LONG NTAPI NtQueryVirtualMemory(HANDLE, const void *, ULONG, void *, SIZE_T, SIZE_T *);
LONG NTAPI NtQuerySystemInformation(ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtQueryInformationProcess(HANDLE, ULONG, void *, ULONG, ULONG *);
LONG NTAPI NtQueryInformationThread(HANDLE, ULONG, void *, ULONG, ULONG *);

TEST(every_call_has_both_names)
{
    const char *base = (const char *)GetModuleHandleA("ntdll.dll");
    const IMAGE_NT_HEADERS *headers = (const void *)(base + ((const IMAGE_DOS_HEADER *)base)->e_lfanew);
    const IMAGE_EXPORT_DIRECTORY *exports =
        (const void *)(base +
                       headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT].VirtualAddress);
    const DWORD *names = (const void *)(base + exports->AddressOfNames);
    int count = 0;

    ORACLE_DIFFERS("a stub of its own for some of the names");
    for (DWORD i = 0; i < exports->NumberOfNames; i++) {
        char other[128];
        const char *name = base + names[i];
        if (strncmp(name, "Zw", 2))
            continue;
        snprintf(other, sizeof other, "Nt%s", name + 2);
        void *zw = (void *)GetProcAddress((HMODULE)base, name),
             *nt = (void *)GetProcAddress((HMODULE)base, other);
        if (zw != nt)
            FAIL("%s and %s are not the same", name, other);
        count++;
    }
    CHECK(count > 400);
}

static void attributes_of(OBJECT_ATTRIBUTES *attributes, UNICODE_STRING *name, const WCHAR *text, HANDLE root)
{
    *name = (UNICODE_STRING){(USHORT)(lstrlenW(text) * 2), (USHORT)(lstrlenW(text) * 2 + 2), (WCHAR *)text};
    *attributes = (OBJECT_ATTRIBUTES){sizeof *attributes, root, name, OBJ_CASE_INSENSITIVE, NULL, NULL};
}

TEST(handles)
{
    HANDLE event = NULL, copy = NULL;
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    LONG previous = 77;
    struct {
        ULONG kind;
        LONG state;
    } information;

    CHECK_STATUS(NtClose(NULL), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtClose((HANDLE)0x7ff0), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtCreateEvent(&event, EVENT_ALL_ACCESS, NULL, 0, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryEvent(event, 0, &information, sizeof information, NULL), STATUS_SUCCESS);
    CHECK_EQ(information.kind, 0); /* NotificationEvent */
    CHECK_EQ(information.state, 0);
    CHECK_STATUS(NtQueryEvent(event, 0, &information, 4, NULL), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryEvent(event, 7, &information, sizeof information, NULL), STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtSetEvent(event, &previous), STATUS_SUCCESS);
    CHECK_EQ(previous, 0);
    CHECK_STATUS(NtResetEvent(event, &previous), STATUS_SUCCESS);
    CHECK_EQ(previous, 1);
    CHECK_STATUS(NtSetEvent(GetCurrentProcess(), NULL), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(NtDuplicateObject(GetCurrentProcess(), event, GetCurrentProcess(), &copy, SYNCHRONIZE, 0, 0),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtSetEvent(copy, NULL), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtClose(copy), STATUS_SUCCESS);
    CHECK_STATUS(NtDuplicateObject(GetCurrentProcess(), (HANDLE)0x7ff0, GetCurrentProcess(), &copy, 0, 0, 2),
                 STATUS_INVALID_HANDLE);
    attributes_of(&attributes, &name, L"no such directory\\event", NULL);
    CHECK_STATUS(NtOpenEvent(&copy, SYNCHRONIZE, &attributes), STATUS_OBJECT_PATH_SYNTAX_BAD);
    attributes_of(&attributes, &name, L"\\BaseNamedObjects\\confa no such event", NULL);
    CHECK_STATUS(NtOpenEvent(&copy, SYNCHRONIZE, &attributes), STATUS_OBJECT_NAME_NOT_FOUND);
    attributes.Length = 3;
    CHECK_STATUS(NtOpenEvent(&copy, SYNCHRONIZE, &attributes), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtCreateEvent(&copy, EVENT_ALL_ACCESS, NULL, 9, FALSE), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtClose(event), STATUS_SUCCESS);
}

TEST(waits)
{
    ORACLE_DIFFERS("the kind of wait is not checked");
    HANDLE events[2];
    LARGE_INTEGER none = {.QuadPart = 0}, soon = {.QuadPart = -20000};

    CHECK_STATUS(NtCreateEvent(&events[0], EVENT_ALL_ACCESS, NULL, 1, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(NtCreateEvent(&events[1], EVENT_ALL_ACCESS, NULL, 1, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(events[0], FALSE, &none), STATUS_TIMEOUT);
    CHECK_STATUS(NtWaitForMultipleObjects(2, events, 1, FALSE, &none), STATUS_WAIT_1); /* WaitAny */
    CHECK_STATUS(NtWaitForMultipleObjects(2, events, 0, FALSE, &soon), STATUS_TIMEOUT);
    CHECK_STATUS(NtWaitForMultipleObjects(0, events, 1, FALSE, &none), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(NtWaitForMultipleObjects(65, events, 1, FALSE, &none), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(NtWaitForMultipleObjects(2, events, 7, FALSE, &none), STATUS_INVALID_PARAMETER_3);
    CHECK_STATUS(NtWaitForSingleObject((HANDLE)0x7ff0, FALSE, &none), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtDelayExecution(FALSE, &soon), STATUS_SUCCESS);
    NtClose(events[0]);
    NtClose(events[1]);
}

TEST(files)
{
    ORACLE_DIFFERS("a file to be deleted can be opened");
    WCHAR path[MAX_PATH] = L"\\??\\";
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    IO_STATUS_BLOCK status;
    HANDLE file = NULL, other = NULL;
    char buffer[8] = "";
    LARGE_INTEGER at = {.QuadPart = 1}, position;
    BOOLEAN delete = TRUE;
    ULONG words[16];

    GetCurrentDirectoryW(MAX_PATH - 20, path + 4);
    lstrcatW(path, L"\\nt file");
    attributes_of(&attributes, &name, path, NULL);
    CHECK_STATUS(
        NtCreateFile(&file, GENERIC_READ | SYNCHRONIZE, &attributes, &status, NULL, 0, 7, 1, 0x20, NULL, 0),
        STATUS_OBJECT_NAME_NOT_FOUND); /* FILE_OPEN, synchronous */
    CHECK_STATUS(NtCreateFile(&file, GENERIC_READ | GENERIC_WRITE | DELETE | SYNCHRONIZE, &attributes,
                              &status, NULL, FILE_ATTRIBUTE_NORMAL, 7, 2, 0x20, NULL, 0),
                 STATUS_SUCCESS);    /* FILE_CREATE */
    CHECK_EQ(status.Information, 2); /* FILE_CREATED */
    CHECK_STATUS(
        NtCreateFile(&other, GENERIC_READ | SYNCHRONIZE, &attributes, &status, NULL, 0, 7, 2, 0x20, NULL, 0),
        STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(
        NtCreateFile(&other, GENERIC_READ | SYNCHRONIZE, &attributes, &status, NULL, 0, 7, 9, 0x20, NULL, 0),
        STATUS_INVALID_PARAMETER);
    CHECK_STATUS(
        NtCreateFile(&other, GENERIC_READ | SYNCHRONIZE, &attributes, &status, NULL, 0, 7, 1, 0x21, NULL, 0),
        STATUS_NOT_A_DIRECTORY); /* FILE_DIRECTORY_FILE */
    CHECK_STATUS(
        NtCreateFile(&other, GENERIC_READ | SYNCHRONIZE, &attributes, &status, NULL, 0, 0, 1, 0x20, NULL, 0),
        STATUS_SHARING_VIOLATION);
    CHECK_STATUS(NtWriteFile(file, NULL, NULL, NULL, &status, "abcdef", 6, NULL, NULL), STATUS_SUCCESS);
    CHECK_EQ(status.Information, 6);
    CHECK_STATUS(NtReadFile(file, NULL, NULL, NULL, &status, buffer, 3, &at, NULL), STATUS_SUCCESS);
    CHECK_STR(buffer, "bcd");
    CHECK_EQ(status.Information, 3);
    at.QuadPart = 100;
    CHECK_STATUS(NtReadFile(file, NULL, NULL, NULL, &status, buffer, 3, &at, NULL), STATUS_END_OF_FILE);
    CHECK_STATUS(NtReadFile((HANDLE)0x7ff0, NULL, NULL, NULL, &status, buffer, 3, &at, NULL),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtReadFile(file, NULL, NULL, NULL, &status, (void *)16, 3, NULL, NULL),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtQueryInformationFile(file, &status, &position, sizeof position, 14), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationFile(file, &status, &position, 2, 14), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryInformationFile(file, &status, words, sizeof words, 0x7777),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtSetInformationFile(file, &status, &delete, sizeof delete, 13), STATUS_SUCCESS);
    CHECK_STATUS(
        NtCreateFile(&other, GENERIC_READ | SYNCHRONIZE, &attributes, &status, NULL, 0, 7, 1, 0x20, NULL, 0),
        STATUS_DELETE_PENDING);
    CHECK_STATUS(NtClose(file), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteFile(&attributes), STATUS_OBJECT_NAME_NOT_FOUND);
    attributes_of(&attributes, &name, L"\\??\\C:\\no such folder\\file", NULL);
    CHECK_STATUS(
        NtCreateFile(&file, GENERIC_READ | SYNCHRONIZE, &attributes, &status, NULL, 0, 7, 1, 0x20, NULL, 0),
        STATUS_OBJECT_PATH_NOT_FOUND);
    attributes_of(&attributes, &name, L"relative", NULL);
    CHECK_STATUS(
        NtCreateFile(&file, GENERIC_READ | SYNCHRONIZE, &attributes, &status, NULL, 0, 7, 1, 0x20, NULL, 0),
        STATUS_OBJECT_PATH_SYNTAX_BAD);
}

TEST(keys)
{
    HANDLE software = NULL, key = NULL;
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name, value = {8, 10, (WCHAR *)L"name"}, none = {8, 10, (WCHAR *)L"none"};
    ULONG disposition = 0, size = 0, number = 0x12345678;
    struct {
        ULONG title, type, size;
        UCHAR data[64];
    } partial;

    if (RegCreateKeyExA(HKEY_CURRENT_USER, "Software\\confa nt", 0, NULL, 0, KEY_ALL_ACCESS, NULL,
                        (HKEY *)&software, NULL))
        SKIP("no registry");
    attributes_of(&attributes, &name, L"below", software);
    CHECK_STATUS(NtOpenKey(&key, KEY_READ, &attributes), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, NULL, 0, &disposition), STATUS_SUCCESS);
    CHECK_EQ(disposition, REG_CREATED_NEW_KEY);
    CHECK_STATUS(NtSetValueKey(key, &value, 0, REG_DWORD, &number, sizeof number), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryValueKey(key, &value, 2, &partial, sizeof partial, &size), STATUS_SUCCESS);
    CHECK_EQ(partial.type, REG_DWORD);
    CHECK_EQ(partial.size, 4);
    CHECK_EQ(memcmp(partial.data, &number, 4), 0);
    CHECK_EQ(size, 16);
    CHECK_STATUS(NtQueryValueKey(key, &value, 2, &partial, 4, &size), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(NtQueryValueKey(key, &value, 2, &partial, 13, &size), STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(NtQueryValueKey(key, &none, 2, &partial, sizeof partial, &size),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtEnumerateValueKey(key, 0, 2, &partial, sizeof partial, &size), STATUS_SUCCESS);
    CHECK_STATUS(NtEnumerateValueKey(key, 1, 2, &partial, sizeof partial, &size), STATUS_NO_MORE_ENTRIES);
    CHECK_STATUS(NtEnumerateKey(key, 0, 0, &partial, sizeof partial, &size), STATUS_NO_MORE_ENTRIES);
    CHECK_STATUS(NtDeleteValueKey(key, &value), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteValueKey(key, &value), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(NtDeleteKey(key), STATUS_SUCCESS);
    CHECK_STATUS(NtSetValueKey(key, &value, 0, REG_DWORD, &number, 4), STATUS_KEY_DELETED);
    NtClose(key);
    NtDeleteKey(software);
    NtClose(software);
}

TEST(memory)
{
    ORACLE_DIFFERS("the codes for wrong flags");
    void *base = NULL, *page;
    SIZE_T size = 0x3000, some;
    ULONG old = 0;
    MEMORY_BASIC_INFORMATION info;

    CHECK_STATUS(NtAllocateVirtualMemory(GetCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT,
                                         PAGE_READWRITE),
                 STATUS_SUCCESS);
    CHECK_EQ(size, 0x3000);
    page = base;
    some = 1;
    CHECK_STATUS(NtProtectVirtualMemory(GetCurrentProcess(), &page, &some, PAGE_READONLY, &old),
                 STATUS_SUCCESS);
    CHECK_EQ(old, PAGE_READWRITE);
    CHECK_EQ(some, 0x1000);
    CHECK_STATUS(NtQueryVirtualMemory(GetCurrentProcess(), base, 0, &info, sizeof info, NULL),
                 STATUS_SUCCESS);
    CHECK_EQ(info.RegionSize, 0x1000);
    CHECK_STATUS(NtQueryVirtualMemory(GetCurrentProcess(), base, 0, &info, 4, NULL),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtProtectVirtualMemory(GetCurrentProcess(), &page, &some, 0x333, &old),
                 STATUS_INVALID_PAGE_PROTECTION);
    page = (char *)base + 0x1000;
    some = 0x1000;
    CHECK_STATUS(NtFreeVirtualMemory(GetCurrentProcess(), &page, &some, MEM_RELEASE | MEM_DECOMMIT),
                 STATUS_INVALID_PARAMETER_4);
    some = 0;
    CHECK_STATUS(NtFreeVirtualMemory(GetCurrentProcess(), &page, &some, MEM_RELEASE),
                 STATUS_FREE_VM_NOT_AT_BASE);
    page = base;
    some = 0;
    CHECK_STATUS(NtFreeVirtualMemory(GetCurrentProcess(), &page, &some, MEM_RELEASE), STATUS_SUCCESS);
    CHECK_EQ(some, 0x3000);
    page = base;
    some = 0;
    CHECK_STATUS(NtFreeVirtualMemory(GetCurrentProcess(), &page, &some, MEM_RELEASE),
                 STATUS_MEMORY_NOT_ALLOCATED);
    page = NULL;
    some = 0x1000;
    CHECK_STATUS(NtAllocateVirtualMemory(GetCurrentProcess(), &page, 0, &some, MEM_COMMIT, 0x333),
                 STATUS_INVALID_PAGE_PROTECTION);
    CHECK_STATUS(
        NtAllocateVirtualMemory(GetCurrentProcess(), &page, 0, &some, 0x80000000 >> 3, PAGE_READWRITE),
        STATUS_INVALID_PARAMETER_5);
}

TEST(queries)
{
    ORACLE_DIFFERS("lengths and classes are not checked");
    ULONG buffer[64], size = 0;

    CHECK_STATUS(NtQuerySystemInformation(0, buffer, 4, &size), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_EQ(size, sizeof(void *) == 8 ? 64 : 44);
    CHECK_STATUS(NtQuerySystemInformation(0, buffer, size, &size), STATUS_SUCCESS);
    CHECK_EQ(buffer[2], 4096);
    CHECK_STATUS(NtQuerySystemInformation(0x7777, buffer, sizeof buffer, &size), STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtQueryInformationProcess(GetCurrentProcess(), 0, buffer, 6 * sizeof(void *), &size),
                 STATUS_SUCCESS);
    CHECK_EQ(size, 6 * sizeof(void *));
    CHECK_EQ(((ULONG_PTR *)buffer)[4], GetCurrentProcessId());
    CHECK_STATUS(NtQueryInformationProcess(GetCurrentProcess(), 0, buffer, 4, &size),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryInformationProcess(GetCurrentProcess(), 0x7777, buffer, 4, &size),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtQueryInformationProcess((HANDLE)0x7ff0, 0, buffer, 6 * sizeof(void *), &size),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtQueryInformationThread(GetCurrentThread(), 0, buffer, 4, &size),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryInformationThread(GetCurrentThread(), 0x7777, buffer, 4, &size),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtQueryObject(GetCurrentProcess(), 0x77, buffer, sizeof buffer, &size),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtQueryObject((HANDLE)0x7ff0, 0, buffer, 56, &size), STATUS_INVALID_HANDLE);
}
