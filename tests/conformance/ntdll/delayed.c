/* Delayed imports that a program has ntdll resolve: by name and ordinal, with hooks, and what is missing. */
#include "harness.h"

static void *found(const char *dll, const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA(dll), name);
}

/* Everything is addressed from the program's base. */
static char dll_name[32];
static struct {
    WORD hint;
    char name[30];
} by_name, missing = {0, "NoSuchFunctionInThere"};
static IMAGE_THUNK_DATA names[4], table[4];
static HMODULE module;
static IMAGE_DELAYLOAD_DESCRIPTOR descriptor;

static DWORD rva(const void *at)
{
    return (DWORD)((const char *)at - (char *)GetModuleHandleA(NULL));
}

static void begin(const char *dll, const char *function)
{
    strcpy(dll_name, dll);
    strcpy(by_name.name, function);
    memset(table, 0, sizeof table);
    memset(names, 0, sizeof names);
    names[0].u1.AddressOfData = rva(&by_name);
    names[1].u1.AddressOfData = rva(&missing);
    names[2].u1.Ordinal = IMAGE_ORDINAL_FLAG | 0xfff0;
    module = NULL;
    memset(&descriptor, 0, sizeof descriptor);
    descriptor.Attributes.RvaBased = 1;
    descriptor.DllNameRVA = rva(dll_name);
    descriptor.ModuleHandleRVA = rva(&module);
    descriptor.ImportAddressTableRVA = rva(table);
    descriptor.ImportNameTableRVA = rva(names);
}

struct load_info { /* DELAYLOAD_INFO */
    ULONG size;
    const void *descriptor;
    IMAGE_THUNK_DATA *thunk;
    const char *dll;
    struct {
        ULONG by_name;
        union {
            const char *name;
            ULONG ordinal;
        };
    } which;
    PVOID base, unused;
    ULONG last_error;
};

static struct load_info hooked;
static ULONG hook_reason;
static char hooked_name[40];

static PVOID WINAPI failure_hook(ULONG reason, struct load_info *info)
{
    hook_reason = reason;
    hooked = *info;
    if (info->which.by_name && !harness_is_wine()) /* where it is not an address, but one from the base */
        strcpy(hooked_name, info->which.name);
    return (PVOID)0x1234;
}

static PVOID(WINAPI *resolve)(PVOID, const IMAGE_DELAYLOAD_DESCRIPTOR *, PVOID, PVOID, IMAGE_THUNK_DATA *,
                              ULONG);

TEST(by_name_and_again)
{
    resolve = found("ntdll.dll", "LdrResolveDelayLoadedAPI");
    begin("version.dll", "VerQueryValueW");
    PVOID got = resolve(GetModuleHandleA(NULL), &descriptor, (PVOID)failure_hook, NULL, &table[0], 0);
    CHECK(got != NULL);
    CHECK_EQ((ULONG_PTR)got, (ULONG_PTR)GetProcAddress(GetModuleHandleA("version.dll"), "VerQueryValueW"));
    CHECK_EQ((ULONG_PTR)table[0].u1.Function, (ULONG_PTR)got);
    CHECK_EQ((ULONG_PTR)module, (ULONG_PTR)GetModuleHandleA("version.dll"));
}

TEST(by_kernel32)
{
    ORACLE_DIFFERS("ResolveDelayLoadedAPI is known by another name only");
    PVOID(WINAPI * by_kernel)
    (PVOID, const IMAGE_DELAYLOAD_DESCRIPTOR *, PVOID, PVOID, IMAGE_THUNK_DATA *,
     ULONG) = found("kernel32.dll", "ResolveDelayLoadedAPI");

    begin("version.dll", "VerQueryValueA");
    CHECK(by_kernel != NULL);
    if (by_kernel)
        CHECK_EQ((ULONG_PTR)by_kernel(GetModuleHandleA(NULL), &descriptor, (PVOID)failure_hook, NULL,
                                      &table[0], 0),
                 (ULONG_PTR)GetProcAddress(GetModuleHandleA("version.dll"), "VerQueryValueA"));
}

TEST(failures_go_to_the_hook)
{
    resolve = found("ntdll.dll", "LdrResolveDelayLoadedAPI");
    begin("version.dll", "VerQueryValueW");
    CHECK_EQ((ULONG_PTR)resolve(GetModuleHandleA(NULL), &descriptor, (PVOID)failure_hook, NULL, &table[1], 0),
             0x1234);
    CHECK_EQ(hook_reason, 4); /* a failure */
    CHECK_STR(hooked.dll, "version.dll");
    CHECK_EQ(hooked.which.by_name, 1);
    if (!harness_is_wine())
        CHECK_STR(hooked_name, "NoSuchFunctionInThere");
    CHECK_EQ((ULONG_PTR)hooked.thunk, (ULONG_PTR)&table[1]);
}

TEST(ordinals)
{
    resolve = found("ntdll.dll", "LdrResolveDelayLoadedAPI");
    begin("version.dll", "VerQueryValueW");
    resolve(GetModuleHandleA(NULL), &descriptor, (PVOID)failure_hook, NULL, &table[2], 0);
    CHECK_EQ(hooked.which.by_name, 0);
    CHECK_EQ(hooked.which.ordinal, 0xfff0);
}

TEST(missing_libraries)
{
    resolve = found("ntdll.dll", "LdrResolveDelayLoadedAPI");
    begin("no such library.dll", "Function");
    CHECK_EQ((ULONG_PTR)resolve(GetModuleHandleA(NULL), &descriptor, (PVOID)failure_hook, NULL, &table[0], 0),
             0x1234);
    CHECK_STR(hooked.dll, "no such library.dll");
}

/* A program without delayed imports from there. */
TEST(whole_libraries)
{
    ORACLE_CRASHES("LdrResolveDelayLoadsFromDll is missing");
    HRESULT(WINAPI * by_kernel)(PVOID, LPCSTR, ULONG) = found("kernel32.dll", "ResolveDelayLoadsFromDll");
    LONG(NTAPI * by_ntdll)(PVOID, LPCSTR, ULONG) = found("ntdll.dll", "LdrResolveDelayLoadsFromDll");

    CHECK_EQ(by_kernel(GetModuleHandleA(NULL), "none.dll", 0), HRESULT_FROM_WIN32(ERROR_MOD_NOT_FOUND));
    CHECK_STATUS(by_ntdll(GetModuleHandleA(NULL), "none.dll", 0), STATUS_DLL_NOT_FOUND);
}
