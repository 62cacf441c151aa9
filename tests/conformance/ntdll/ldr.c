/*
 * ntdll's loader interface and the structures in the PEB that programs walk.
 */
#include "harness.h"
#include <nt/base.h>
#include <nt/peb.h>

typedef struct {
    LIST_ENTRY InLoadOrderLinks, InMemoryOrderLinks, InInitializationOrderLinks;
    PVOID DllBase, EntryPoint;
    ULONG SizeOfImage;
    UNICODE_STRING FullDllName, BaseDllName;
    ULONG Flags;
    USHORT ObsoleteLoadCount, TlsIndex;
    LIST_ENTRY HashLinks;
    ULONG TimeDateStamp;
} ENTRY;

typedef VOID(CALLBACK *NOTIFY)(ULONG reason, const void *data, PVOID context);
NTSTATUS NTAPI LdrGetDllHandle(PWSTR, ULONG *, UNICODE_STRING *, PVOID *);
NTSTATUS NTAPI LdrGetProcedureAddress(PVOID, const ANSI_STRING *, ULONG, PVOID *);
NTSTATUS NTAPI LdrFindEntryForAddress(PVOID, ENTRY **);
NTSTATUS NTAPI LdrLoadDll(PWSTR, ULONG *, UNICODE_STRING *, PVOID *);
NTSTATUS NTAPI LdrUnloadDll(PVOID);
NTSTATUS NTAPI LdrAddRefDll(ULONG, PVOID);
NTSTATUS NTAPI LdrLockLoaderLock(ULONG, ULONG *, ULONG_PTR *);
NTSTATUS NTAPI LdrUnlockLoaderLock(ULONG, ULONG_PTR);
NTSTATUS NTAPI LdrRegisterDllNotification(ULONG, NOTIFY, PVOID, PVOID *);
NTSTATUS NTAPI LdrUnregisterDllNotification(PVOID);
IMAGE_NT_HEADERS *NTAPI RtlImageNtHeader(PVOID);
PVOID NTAPI RtlImageDirectoryEntryToData(PVOID, BOOLEAN, USHORT, ULONG *);

static PEB *peb(void)
{
    return ((TEB *)NtCurrentTeb())->ProcessEnvironmentBlock;
}

static UNICODE_STRING string(const WCHAR *text)
{
    UNICODE_STRING s = {(USHORT)(lstrlenW(text) * 2), (USHORT)(lstrlenW(text) * 2 + 2), (WCHAR *)text};
    return s;
}

TEST(lists)
{
    PEB_LDR_DATA *data = peb()->Ldr;
    LIST_ENTRY *head = &data->InLoadOrderModuleList;
    CHECK(data->Initialized);
    ENTRY *program = CONTAINING_RECORD(head->Flink, ENTRY, InLoadOrderLinks);
    CHECK(program->DllBase == GetModuleHandleA(NULL));
    CHECK(program->DllBase == peb()->ImageBaseAddress);
    ENTRY *second = CONTAINING_RECORD(head->Flink->Flink, ENTRY, InLoadOrderLinks);
    CHECK(second->DllBase == GetModuleHandleA("ntdll"));
    ENTRY *third = CONTAINING_RECORD(head->Flink->Flink->Flink, ENTRY, InLoadOrderLinks);
    CHECK(third->DllBase == GetModuleHandleA("kernel32"));
    CHECK(CONTAINING_RECORD(data->InMemoryOrderModuleList.Flink, ENTRY, InMemoryOrderLinks) == program);
    CHECK(CONTAINING_RECORD(data->InInitializationOrderModuleList.Flink, ENTRY, InInitializationOrderLinks) ==
          second);
    int load = 0, memory = 0, initialization = 0;
    for (LIST_ENTRY *link = head->Flink; link != head; link = link->Flink, load++)
        CHECK(link->Flink->Blink == link);
    for (LIST_ENTRY *link = data->InMemoryOrderModuleList.Flink; link != &data->InMemoryOrderModuleList;
         link = link->Flink)
        memory++;
    for (LIST_ENTRY *link = data->InInitializationOrderModuleList.Flink;
         link != &data->InInitializationOrderModuleList; link = link->Flink)
        initialization++;
    CHECK(load == memory);
    CHECK(initialization == load - 1); /* all but the program */
    CHECK(program->SizeOfImage == RtlImageNtHeader(program->DllBase)->OptionalHeader.SizeOfImage);
    CHECK(third->BaseDllName.Length == 24 && !_wcsnicmp(third->BaseDllName.Buffer, L"kernel32.dll", 12));
}

TEST(find)
{
    PVOID handle = NULL, address, base;
    ENTRY *entry;
    UNICODE_STRING name = string(L"kernel32.dll");
    CHECK_STATUS(LdrGetDllHandle(NULL, NULL, &name, &handle), STATUS_SUCCESS);
    CHECK(handle == GetModuleHandleA("kernel32"));
    name = string(L"no_such_library.dll");
    CHECK_STATUS(LdrGetDllHandle(NULL, NULL, &name, &address), STATUS_DLL_NOT_FOUND);
    CHECK_STATUS(LdrLoadDll(NULL, NULL, &name, &address), STATUS_DLL_NOT_FOUND);
    ANSI_STRING function = {12, 13, (char *)"GetTickCount"};
    CHECK_STATUS(LdrGetProcedureAddress(handle, &function, 0, &address), STATUS_SUCCESS);
    CHECK(address == (PVOID)GetProcAddress(handle, "GetTickCount"));
    function.Length = 11;
    if (!harness_is_wine()) /* the length counts, not the terminator */
        CHECK_STATUS(LdrGetProcedureAddress(handle, &function, 0, &address), STATUS_ENTRYPOINT_NOT_FOUND);
    CHECK_STATUS(LdrFindEntryForAddress((char *)handle + 0x1000, &entry), STATUS_SUCCESS);
    CHECK(entry->DllBase == handle);
    CHECK_STATUS(LdrFindEntryForAddress((PVOID)0x10000, &entry), STATUS_NO_MORE_ENTRIES);
    CHECK(RtlPcToFileHeader((char *)handle + 0x1000, &base) == handle && base == handle);
    CHECK(RtlPcToFileHeader((PVOID)0x10000, &base) == NULL && base == NULL);
    CHECK_STATUS(LdrAddRefDll(0, (PVOID)0x10000), STATUS_INVALID_PARAMETER);
}

TEST(loader_lock)
{
    ULONG_PTR cookie = 0;
    ULONG disposition = 0;
    CHECK_STATUS(LdrLockLoaderLock(0, &disposition, &cookie), STATUS_SUCCESS);
    CHECK(disposition == 1 && cookie);
    CHECK_STATUS(LdrUnlockLoaderLock(0, cookie), STATUS_SUCCESS);
    CHECK_STATUS(LdrLockLoaderLock(0, NULL, NULL), STATUS_INVALID_PARAMETER_3);
    CHECK_STATUS(LdrLockLoaderLock(0x10, NULL, &cookie), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(LdrLockLoaderLock(2, NULL, &cookie), STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(LdrUnlockLoaderLock(0, 0), STATUS_SUCCESS);
}

static ULONG reasons[8];
static int reason_count;

static VOID CALLBACK notified(ULONG reason, const void *data, PVOID context)
{
    if (reason_count < 8)
        reasons[reason_count++] = reason;
}

TEST(notification)
{
    char path[2 * MAX_PATH];
    PVOID cookie;
    CHECK_STATUS(LdrRegisterDllNotification(0, notified, NULL, &cookie), STATUS_SUCCESS);
    GetModuleFileNameA(NULL, path, MAX_PATH);
    strcpy(strrchr(path, '\\'), "\\..\\kernel32\\dlls\\ldr_plain.dll");
    HMODULE module = LoadLibraryA(path);
    CHECK(module != NULL);
    FreeLibrary(module);
    CHECK(reason_count == 2 && reasons[0] == 1 && reasons[1] == 2);
    CHECK_STATUS(LdrUnregisterDllNotification(cookie), STATUS_SUCCESS);
    if (!harness_is_wine()) /* documented for a cookie that is not registered */
        CHECK_STATUS(LdrUnregisterDllNotification(cookie), STATUS_DLL_NOT_FOUND);
}

TEST(images)
{
    ULONG size;
    HMODULE ntdll = GetModuleHandleA("ntdll");
    IMAGE_EXPORT_DIRECTORY *exports = RtlImageDirectoryEntryToData(ntdll, TRUE, IMAGE_DIRECTORY_ENTRY_EXPORT,
                                                                   &size);
    CHECK(exports && size > sizeof *exports && exports->NumberOfNames > 100);
    CHECK(RtlImageDirectoryEntryToData(ntdll, TRUE, 15, &size) == NULL);
    static char nothing[4096] = "no image";
    CHECK(RtlImageNtHeader(nothing) == NULL);
    CHECK(RtlImageNtHeader(NULL) == NULL);
}
