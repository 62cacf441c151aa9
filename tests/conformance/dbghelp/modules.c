/* Lists of modules, and exports found by name and by mask. */
#include "harness.h"
#include <dbghelp.h>

/* Through pointers: the test programs are not linked against dbghelp. */
#define LOAD(name) __typeof__(name) *p##name = (__typeof__(name) *)(void *)GetProcAddress(library(), #name)

static HMODULE library(void)
{
    return LoadLibraryW(L"dbghelp.dll");
}

static DWORD64 kernel32_base;

static BOOL CALLBACK see_path(PCWSTR name, DWORD64 base, ULONG size, PVOID context)
{
    if (base == (ULONG_PTR)GetModuleHandleW(L"kernel32.dll")) {
        kernel32_base = base;
        CHECK(size > 0x1000);
    }
    (*(int *)context)++;
    return TRUE;
}

static BOOL CALLBACK stop(PCWSTR name, DWORD64 base, ULONG size, PVOID context)
{
    (void)name, (void)base, (void)size;
    (*(int *)context)++;
    return FALSE;
}

TEST(loaded_modules)
{
    LOAD(EnumerateLoadedModulesW64);
    int count = 0;

    ORACLE_DIFFERS("goes on after FALSE");
    CHECK(pEnumerateLoadedModulesW64(GetCurrentProcess(), see_path, &count));
    CHECK(count >= 3);
    CHECK(kernel32_base != 0);
    count = 0;
    CHECK(pEnumerateLoadedModulesW64(GetCurrentProcess(), stop, &count));
    CHECK_EQ(count, 1);
}

static BOOL CALLBACK see_narrow_path(PCSTR name, DWORD64 base, ULONG size, PVOID context)
{
    if (base == (ULONG_PTR)GetModuleHandleW(L"kernel32.dll"))
        CHECK(size > 0x1000 && (strstr(name, "kernel32") || strstr(name, "KERNEL32")));
    (*(int *)context)++;
    return TRUE;
}

TEST(other_lists_of_loaded_modules)
{
    LOAD(EnumerateLoadedModules64);
    LOAD(EnumerateLoadedModulesEx);
    LOAD(EnumerateLoadedModulesExW);
    LOAD(EnumerateLoadedModulesW64);
    int narrow = 0, narrow_ex = 0, wide_ex = 0, wide = 0;

    kernel32_base = 0;
    CHECK(pEnumerateLoadedModules64(GetCurrentProcess(), see_narrow_path, &narrow));
    CHECK(pEnumerateLoadedModulesEx(GetCurrentProcess(), see_narrow_path, &narrow_ex));
    CHECK(pEnumerateLoadedModulesExW(GetCurrentProcess(), see_path, &wide_ex));
    CHECK(kernel32_base != 0);
    CHECK(pEnumerateLoadedModulesW64(GetCurrentProcess(), see_path, &wide));
    CHECK(narrow >= 3);
    CHECK_EQ(narrow_ex, narrow);
    CHECK_EQ(wide_ex, narrow);
    CHECK_EQ(wide, narrow);
    CHECK(!pEnumerateLoadedModules64((HANDLE)0x7654, see_narrow_path, &narrow));
    CHECK(!pEnumerateLoadedModulesEx((HANDLE)0x7654, see_narrow_path, &narrow));
    CHECK(!pEnumerateLoadedModulesExW((HANDLE)0x7654, see_path, &narrow));
    CHECK_EQ(narrow, wide);
}

static BOOL CALLBACK see_wide_name(PCWSTR name, DWORD64 base, PVOID context)
{
    if (base == (ULONG_PTR)GetModuleHandleW(L"ntdll.dll"))
        *(BOOL *)context = !_wcsicmp(name, L"ntdll");
    return TRUE;
}

TEST(modules_with_symbols)
{
    LOAD(SymInitialize);
    LOAD(SymCleanup);
    LOAD(SymEnumerateModulesW64);
    const HANDLE process = GetCurrentProcess();
    BOOL seen = FALSE;

    CHECK(!pSymEnumerateModulesW64(process, see_wide_name, &seen));
    CHECK(pSymInitialize(process, NULL, TRUE));
    CHECK(pSymEnumerateModulesW64(process, see_wide_name, &seen));
    CHECK(seen);
    CHECK(pSymCleanup(process));
}

static BOOL CALLBACK see_name(PCSTR name, DWORD64 base, PVOID context)
{
    if (base == (ULONG_PTR)GetModuleHandleW(L"ntdll.dll"))
        *(BOOL *)context = !_stricmp(name, "ntdll");
    return TRUE;
}

static BOOL CALLBACK see_symbol(PSYMBOL_INFO symbol, ULONG size, PVOID context)
{
    (void)size;
    if (!strcmp(symbol->Name, "RtlAllocateHeap"))
        *(BOOL *)context = symbol->Address ==
                           (ULONG_PTR)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlAllocateHeap");
    CHECK(!strncmp(symbol->Name, "RtlAlloc", 8));
    return TRUE;
}

TEST(symbols_by_name)
{
    LOAD(SymInitialize);
    LOAD(SymCleanup);
    LOAD(SymFromName);
    LOAD(SymEnumSymbols);
    LOAD(SymEnumerateModules64);
    LOAD(SymGetModuleInfoW64);
    LOAD(SymGetSymFromAddr64);
    const HANDLE process = GetCurrentProcess();
    const HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    const ULONG_PTR function = (ULONG_PTR)GetProcAddress(ntdll, "RtlAllocateHeap");
    IMAGEHLP_MODULEW64 module = {.SizeOfStruct = sizeof module};
    BOOL seen = FALSE;
    DWORD64 displacement;
    union {
        SYMBOL_INFO info;
        IMAGEHLP_SYMBOL64 old;
        char space[1024];
    } symbol = {.info = {.SizeOfStruct = sizeof(SYMBOL_INFO), .MaxNameLen = 256}};

    ORACLE_DIFFERS("has symbols of its own beside the exports");
    CHECK(!pSymFromName(process, "RtlAllocateHeap", &symbol.info));
    CHECK(pSymInitialize(process, NULL, TRUE));
    CHECK(pSymFromName(process, "RtlAllocateHeap", &symbol.info));
    CHECK_EQ(symbol.info.Address, function);
    CHECK_EQ(symbol.info.ModBase, (ULONG_PTR)ntdll);
    CHECK_STR(symbol.info.Name, "RtlAllocateHeap");
    CHECK(pSymFromName(process, "NTDLL!RtlAllocateHeap", &symbol.info));
    CHECK(!pSymFromName(process, "kernel32!RtlAllocateHeap", &symbol.info));
    CHECK(!pSymFromName(process, "NoSuchFunction", &symbol.info));
    CHECK(pSymEnumSymbols(process, (ULONG_PTR)ntdll, "RtlAlloc*", see_symbol, &seen));
    CHECK(seen);
    seen = FALSE;
    CHECK(pSymEnumSymbols(process, 0, "nt*!RtlAlloc*", see_symbol, &seen));
    CHECK(seen);
    seen = FALSE;
    CHECK(pSymEnumerateModules64(process, see_name, &seen));
    CHECK(seen);
    CHECK(pSymGetModuleInfoW64(process, function, &module));
    CHECK_EQ(module.BaseOfImage, (ULONG_PTR)ntdll);
    CHECK_WSTR(module.ModuleName, L"ntdll");
    memset(&symbol, 0, sizeof symbol);
    symbol.old.SizeOfStruct = sizeof symbol.old;
    symbol.old.MaxNameLength = 256;
    CHECK(pSymGetSymFromAddr64(process, function + 1, &displacement, &symbol.old));
    CHECK_STR(symbol.old.Name, "RtlAllocateHeap");
    CHECK_EQ(displacement, 1);
    CHECK(pSymCleanup(process));
    CHECK(!pSymEnumSymbols(process, 0, "nt*!RtlAlloc*", see_symbol, &seen));
}
