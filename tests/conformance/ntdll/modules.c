/* The loader's functions: handles, names and addresses of modules, folders, resources, images, delayed
 * imports. */
#include "../harness.h"
#include <nt/base.h>

LONG NTAPI LdrGetDllHandleEx(ULONG, WCHAR *, ULONG *, UNICODE_STRING *, HMODULE *);
LONG NTAPI LdrGetProcedureAddressEx(HMODULE, const STRING *, ULONG, void **, ULONG);
LONG NTAPI LdrEnumerateLoadedModules(ULONG, VOID(NTAPI *)(void *, void *, BOOLEAN *), void *);
LONG NTAPI LdrDisableThreadCalloutsForDll(HMODULE);
LONG NTAPI LdrFindResource_U(HMODULE, const ULONG_PTR *, ULONG, IMAGE_RESOURCE_DATA_ENTRY **);
LONG NTAPI LdrFindResourceDirectory_U(HMODULE, const ULONG_PTR *, ULONG, IMAGE_RESOURCE_DIRECTORY **);
LONG NTAPI LdrAccessResource(HMODULE, const IMAGE_RESOURCE_DATA_ENTRY *, void **, ULONG *);
LONG NTAPI RtlImageNtHeaderEx(ULONG, void *, ULONGLONG, IMAGE_NT_HEADERS **);
IMAGE_NT_HEADERS *NTAPI RtlImageNtHeader(HMODULE);
IMAGE_SECTION_HEADER *NTAPI RtlImageRvaToSection(const IMAGE_NT_HEADERS *, HMODULE, DWORD);
void *NTAPI RtlImageRvaToVa(const IMAGE_NT_HEADERS *, HMODULE, DWORD, IMAGE_SECTION_HEADER **);
LONG NTAPI RtlFindMessage(HMODULE, ULONG, ULONG, ULONG, MESSAGE_RESOURCE_ENTRY **);

static void *found(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

static UNICODE_STRING wide(const WCHAR *text)
{
    return (UNICODE_STRING){(USHORT)(lstrlenW(text) * 2), (USHORT)(lstrlenW(text) * 2 + 2), (WCHAR *)text};
}

TEST(handles)
{
    HMODULE module = NULL, expected = GetModuleHandleA("kernel32.dll");
    UNICODE_STRING name = wide(L"kernel32.dll"), full = {0}, none = wide(L"no such module.dll");
    LONG(NTAPI * by_name)(UNICODE_STRING *, UNICODE_STRING *, HMODULE *) = found("LdrGetDllHandleByName");
    LONG(NTAPI * by_mapping)(void *, HMODULE *) = found("LdrGetDllHandleByMapping");
    LONG(NTAPI * full_name)(HMODULE, UNICODE_STRING *) = found("LdrGetDllFullName");
    WCHAR buffer[MAX_PATH];

    CHECK_STATUS(LdrGetDllHandleEx(1, NULL, NULL, &name, &module), STATUS_SUCCESS); /* unchanged count */
    CHECK_EQ((ULONG_PTR)module, (ULONG_PTR)expected);
    CHECK_STATUS(LdrGetDllHandleEx(1, NULL, NULL, &none, &module), STATUS_DLL_NOT_FOUND);
    if (by_name) {
        CHECK_STATUS(by_name(&name, NULL, &module), STATUS_SUCCESS);
        CHECK_EQ((ULONG_PTR)module, (ULONG_PTR)expected);
        CHECK_STATUS(by_name(&none, NULL, &module), STATUS_DLL_NOT_FOUND);
    }
    if (by_mapping) {
        CHECK_STATUS(by_mapping(expected, &module), STATUS_SUCCESS);
        CHECK_EQ((ULONG_PTR)module, (ULONG_PTR)expected);
        CHECK_STATUS(by_mapping((void *)0x10000, &module), STATUS_DLL_NOT_FOUND);
    }
    if (full_name) {
        full = (UNICODE_STRING){0, sizeof buffer, buffer};
        CHECK_STATUS(full_name(expected, &full), STATUS_SUCCESS);
        CHECK(full.Length > 24);
        CHECK_EQ(_wcsnicmp(full.Buffer + full.Length / 2 - 12, L"kernel32.dll", 12), 0);
        full.MaximumLength = 4;
        CHECK_STATUS(full_name(expected, &full), STATUS_BUFFER_TOO_SMALL);
    }
}

TEST(addresses)
{
    ORACLE_CRASHES("LdrGetProcedureAddressEx is missing");
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    STRING name = {7, 8, (char *)"NtClose"}, none = {4, 5, (char *)"None"};
    void *address = NULL;
    LONG(NTAPI * for_caller)
    (HMODULE, const STRING *, ULONG, void **, ULONG, void **) = found("LdrGetProcedureAddressForCaller");

    CHECK_STATUS(LdrGetProcedureAddressEx(ntdll, &name, 0, &address, 0), STATUS_SUCCESS);
    CHECK_EQ((ULONG_PTR)address, (ULONG_PTR)GetProcAddress(ntdll, "NtClose"));
    CHECK_STATUS(LdrGetProcedureAddressEx(ntdll, &none, 0, &address, 0), STATUS_ENTRYPOINT_NOT_FOUND);
    CHECK_STATUS(LdrGetProcedureAddressEx(ntdll, NULL, 0xfff0, &address, 0), STATUS_ORDINAL_NOT_FOUND);
    if (for_caller) {
        CHECK_STATUS(for_caller(ntdll, &name, 0, &address, 0, NULL), STATUS_SUCCESS);
        CHECK_EQ((ULONG_PTR)address, (ULONG_PTR)GetProcAddress(ntdll, "NtClose"));
    }
}

static int seen_modules;

static VOID NTAPI count_module(void *entry, void *context, BOOLEAN *stop)
{
    CHECK(entry != NULL);
    *stop = ++seen_modules >= (int)(INT_PTR)context;
}

TEST(enumerating)
{
    struct {
        ULONG count;
        struct {
            HANDLE section;
            void *mapped, *base;
            ULONG size, flags;
            USHORT load, init, references, name_offset;
            UCHAR path[256];
        } modules[128];
    } *list = calloc(1, sizeof *list);
    ULONG needed = 0;
    LONG(NTAPI * query)(void *, ULONG, ULONG *) = found("LdrQueryProcessModuleInformation");

    CHECK_STATUS(LdrEnumerateLoadedModules(0, count_module, (void *)10000), STATUS_SUCCESS);
    CHECK(seen_modules >= 3);
    seen_modules = 0;
    CHECK_STATUS(LdrEnumerateLoadedModules(0, count_module, (void *)2), STATUS_SUCCESS);
    CHECK_EQ(seen_modules, 2);
    if (!harness_is_wine()) { /* which calls NULL, and writes to it */
        CHECK_STATUS(LdrEnumerateLoadedModules(0, NULL, NULL), STATUS_INVALID_PARAMETER);
        CHECK_STATUS(query(NULL, 0, &needed), STATUS_INFO_LENGTH_MISMATCH);
        CHECK(needed > sizeof list->modules[0]);
    }
    CHECK_STATUS(query(list, sizeof *list, &needed), STATUS_SUCCESS);
    CHECK(list->count >= 3 && list->count < 128);
    int found_kernel32 = 0;
    for (ULONG i = 0; i < list->count && i < 128; i++)
        found_kernel32 += list->modules[i].base == GetModuleHandleA("kernel32.dll");
    CHECK_EQ(found_kernel32, 1);
    free(list);
    CHECK_STATUS(LdrDisableThreadCalloutsForDll(GetModuleHandleA("kernel32.dll")), STATUS_SUCCESS);
    CHECK_STATUS(LdrDisableThreadCalloutsForDll((HMODULE)0x10000), STATUS_DLL_NOT_FOUND);
}

TEST(folders)
{
    UNICODE_STRING windows = wide(L"C:\\windows"), empty = wide(L""), relative = wide(L"windows"), now;
    WCHAR buffer[64];
    void *cookie = NULL;
    LONG(NTAPI * set)(UNICODE_STRING *) = found("LdrSetDllDirectory");
    LONG(NTAPI * get)(UNICODE_STRING *) = found("LdrGetDllDirectory");
    LONG(NTAPI * add)(UNICODE_STRING *, void **) = found("LdrAddDllDirectory");
    LONG(NTAPI * drop)(void *) = found("LdrRemoveDllDirectory");
    LONG(NTAPI * defaults)(ULONG) = found("LdrSetDefaultDllDirectories");

    CHECK_STATUS(set(&windows), STATUS_SUCCESS);
    now = (UNICODE_STRING){0, sizeof buffer, buffer};
    CHECK_STATUS(get(&now), STATUS_SUCCESS);
    CHECK_EQ(now.Length, 20);
    CHECK_EQ(memcmp(buffer, L"C:\\windows", 20), 0);
    now.MaximumLength = 4;
    CHECK_STATUS(get(&now), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(set(&empty), STATUS_SUCCESS);
    CHECK_STATUS(add(&windows, &cookie), STATUS_SUCCESS);
    CHECK(cookie != NULL);
    CHECK_STATUS(drop(cookie), STATUS_SUCCESS);
    CHECK_STATUS(add(&relative, &cookie), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(defaults(0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(defaults(0x80), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(defaults(LOAD_LIBRARY_SEARCH_DEFAULT_DIRS), STATUS_SUCCESS);
}

TEST(resources)
{
    HMODULE kernel32 = GetModuleHandleA("kernel32.dll");
    ULONG_PTR path[3] = {(ULONG_PTR)RT_VERSION, 1, 0}, none[3] = {777, 1, 0};
    IMAGE_RESOURCE_DATA_ENTRY *entry = NULL;
    IMAGE_RESOURCE_DIRECTORY *directory = NULL;
    void *data = NULL;
    ULONG size = 0;

    CHECK_STATUS(LdrFindResource_U(kernel32, path, 3, &entry), STATUS_SUCCESS);
    CHECK_STATUS(LdrAccessResource(kernel32, entry, &data, &size), STATUS_SUCCESS);
    CHECK_EQ(size,
             SizeofResource(kernel32, FindResourceA(kernel32, MAKEINTRESOURCEA(1), (char *)RT_VERSION)));
    CHECK_EQ(memcmp((char *)data + 6, L"VS_VERSION_INFO", 30), 0);
    CHECK_STATUS(LdrFindResource_U(kernel32, none, 3, &entry), STATUS_RESOURCE_TYPE_NOT_FOUND);
    none[0] = (ULONG_PTR)RT_VERSION;
    none[1] = 777;
    CHECK_STATUS(LdrFindResource_U(kernel32, none, 3, &entry), STATUS_RESOURCE_NAME_NOT_FOUND);
    CHECK_STATUS(LdrFindResourceDirectory_U(kernel32, path, 2, &directory), STATUS_SUCCESS);
    CHECK(directory->NumberOfIdEntries + directory->NumberOfNamedEntries >= 1); /* its languages */
}

TEST(messages)
{
    MESSAGE_RESOURCE_ENTRY *message = NULL;
    /* wine keeps the table of system messages in another module */
    HMODULE kernel32 = GetModuleHandleA(harness_is_wine() ? "kernelbase.dll" : "kernel32.dll");

    CHECK_STATUS(RtlFindMessage(kernel32, 11, 0, ERROR_FILE_NOT_FOUND, &message), STATUS_SUCCESS);
    CHECK(message->Length > 8);
    CHECK_STATUS(RtlFindMessage(kernel32, 11, 0, 0x1fffffff, &message), STATUS_MESSAGE_NOT_FOUND);
}

TEST(resources_by_level_and_all)
{
    ORACLE_CRASHES("LdrFindResourceEx_U and LdrEnumResources are missing");
    HMODULE kernel32 = GetModuleHandleA("kernel32.dll");
    ULONG_PTR path[3] = {(ULONG_PTR)RT_VERSION, 1, 0};
    IMAGE_RESOURCE_DATA_ENTRY *entry = NULL;
    ULONG count = 8;
    struct {
        ULONG_PTR path[3];
        void *data;
        ULONG size, reserved;
    } list[8];
    LONG(NTAPI * extended)
    (ULONG, HMODULE, const ULONG_PTR *, ULONG, IMAGE_RESOURCE_DATA_ENTRY **) = found("LdrFindResourceEx_U");
    LONG(NTAPI * enumerate)(HMODULE, const ULONG_PTR *, ULONG, ULONG *, void *) = found("LdrEnumResources");

    CHECK_STATUS(extended(0, kernel32, path, 3, &entry), STATUS_SUCCESS);
    CHECK_STATUS(enumerate(kernel32, path, 2, &count, list), STATUS_SUCCESS);
    CHECK_EQ(count, 1);
    CHECK_EQ(list[0].path[0], (ULONG_PTR)RT_VERSION);
    CHECK_EQ(list[0].size,
             SizeofResource(kernel32, FindResourceA(kernel32, MAKEINTRESOURCEA(1), (char *)RT_VERSION)));
}

TEST(image_headers)
{
    ORACLE_CRASHES("RtlImageNtHeaderEx is missing");
    HMODULE image = GetModuleHandleA(NULL);
    IMAGE_NT_HEADERS *headers = NULL;

    CHECK_STATUS(RtlImageNtHeaderEx(0, image, 0x1000, &headers), STATUS_SUCCESS);
    CHECK_EQ(headers->Signature, IMAGE_NT_SIGNATURE);
    CHECK_STATUS(RtlImageNtHeaderEx(0, image, 0x40, &headers), STATUS_INVALID_IMAGE_FORMAT);
    CHECK_STATUS(RtlImageNtHeaderEx(1, image, 0, &headers), STATUS_SUCCESS); /* unchecked */
    CHECK_STATUS(RtlImageNtHeaderEx(4, image, 0, &headers), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlImageNtHeaderEx(0, NULL, 0, &headers), STATUS_INVALID_PARAMETER);
}

TEST(sections_of_an_image)
{
    HMODULE image = GetModuleHandleA(NULL);
    IMAGE_NT_HEADERS *headers = RtlImageNtHeader(image);
    IMAGE_SECTION_HEADER *first = IMAGE_FIRST_SECTION(headers), *got;
    CHECK_EQ((ULONG_PTR)RtlImageRvaToSection(headers, image, first->VirtualAddress + 1), (ULONG_PTR)first);
    CHECK(!RtlImageRvaToSection(headers, image, 0x10));
    got = NULL;
    CHECK_EQ((char *)RtlImageRvaToVa(headers, image, first->VirtualAddress + 5, &got) - (char *)image,
             first->PointerToRawData + 5);
    CHECK_EQ((ULONG_PTR)got, (ULONG_PTR)first);
    CHECK(!RtlImageRvaToVa(headers, image, 0x7fffffff, NULL));
}

TEST(delayed_imports)
{
    LONG(NTAPI * resolve)(HMODULE, const char *, ULONG) = found("LdrResolveDelayLoadsFromDll");
    LONG(NTAPI * query)(HMODULE, const char *, const char *, ULONG) = found("LdrQueryOptionalDelayLoadedAPI");

    if (resolve)
        CHECK_STATUS(resolve(GetModuleHandleA(NULL), "none.dll", 0), STATUS_DLL_NOT_FOUND);
    if (query)
        CHECK(query(GetModuleHandleA(NULL), "none.dll", "None", 0) < 0);
}
