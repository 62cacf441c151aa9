/*
 * Symbols by exports, walking a stack, folders of a path. The library is loaded at run time.
 */
#include "harness.h"
#include <dbghelp.h>

#define FUNCTION(result, name, arguments)                                                                    \
    typedef result(WINAPI *name##_type) arguments;                                                           \
    static name##_type p##name;
FUNCTION(DWORD, SymSetOptions, (DWORD))
FUNCTION(DWORD, SymGetOptions, (void))
FUNCTION(BOOL, SymInitialize, (HANDLE, PCSTR, BOOL))
FUNCTION(BOOL, SymCleanup, (HANDLE))
FUNCTION(BOOL, SymFromAddr, (HANDLE, DWORD64, PDWORD64, PSYMBOL_INFO))
FUNCTION(DWORD64, SymGetModuleBase64, (HANDLE, DWORD64))
FUNCTION(PVOID, SymFunctionTableAccess64, (HANDLE, DWORD64))
FUNCTION(BOOL, MakeSureDirectoryPathExists, (PCSTR))
FUNCTION(BOOL, StackWalk64,
         (DWORD, HANDLE, HANDLE, LPSTACKFRAME64, PVOID, PREAD_PROCESS_MEMORY_ROUTINE64,
          PFUNCTION_TABLE_ACCESS_ROUTINE64, PGET_MODULE_BASE_ROUTINE64, PTRANSLATE_ADDRESS_ROUTINE64))

static BOOL load(void)
{
    HMODULE module = LoadLibraryA("dbghelp.dll");
    return module && (pSymSetOptions = (void *)GetProcAddress(module, "SymSetOptions")) &&
           (pSymGetOptions = (void *)GetProcAddress(module, "SymGetOptions")) &&
           (pSymInitialize = (void *)GetProcAddress(module, "SymInitialize")) &&
           (pSymCleanup = (void *)GetProcAddress(module, "SymCleanup")) &&
           (pSymFromAddr = (void *)GetProcAddress(module, "SymFromAddr")) &&
           (pSymGetModuleBase64 = (void *)GetProcAddress(module, "SymGetModuleBase64")) &&
           (pSymFunctionTableAccess64 = (void *)GetProcAddress(module, "SymFunctionTableAccess64")) &&
           (pMakeSureDirectoryPathExists = (void *)GetProcAddress(module, "MakeSureDirectoryPathExists")) &&
           (pStackWalk64 = (void *)GetProcAddress(module, "StackWalk64"));
}

static union {
    SYMBOL_INFO info;
    char space[sizeof(SYMBOL_INFO) + 256];
} symbol = {.info = {.SizeOfStruct = sizeof(SYMBOL_INFO), .MaxNameLen = 256}};

TEST(exports)
{
    HANDLE self = GetCurrentProcess();
    const DWORD64 address = (ULONG_PTR)GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlInitUnicodeString");
    DWORD64 displacement = 99;
    CHECK(load());
    CHECK(!pSymFromAddr(self, address, &displacement, &symbol.info));
    pSymSetOptions(SYMOPT_UNDNAME | SYMOPT_DEFERRED_LOADS);
    CHECK_EQ(pSymGetOptions(), SYMOPT_UNDNAME | SYMOPT_DEFERRED_LOADS);
    CHECK(pSymInitialize(self, NULL, TRUE));
    CHECK_EQ(pSymGetModuleBase64(self, address), (ULONG_PTR)GetModuleHandleA("ntdll.dll"));
    CHECK(pSymFromAddr(self, address + 1, &displacement, &symbol.info));
    CHECK_EQ(displacement, 1);
    CHECK(!strcmp(symbol.info.Name, "RtlInitUnicodeString"));
    CHECK_EQ(symbol.info.Address, address);
    CHECK_ERROR(pSymGetModuleBase64(self, 0x10), ERROR_MOD_NOT_FOUND);
    CHECK(!pSymFromAddr(self, 0x10, &displacement, &symbol.info));
    CHECK(pSymCleanup(self));
    CHECK(!pSymCleanup(self));
}

static __attribute__((noinline, optimize("no-omit-frame-pointer"))) int walk(DWORD64 *callers)
{
    HANDLE self = GetCurrentProcess();
    STACKFRAME64 frame = {.AddrPC.Mode = AddrModeFlat, .AddrFrame.Mode = AddrModeFlat};
    CONTEXT context = {.ContextFlags = CONTEXT_FULL};
    int n = 0;
#ifdef _WIN64
    DWORD machine = IMAGE_FILE_MACHINE_AMD64;
    RtlCaptureContext(&context);
    frame.AddrPC.Offset = context.Rip;
    frame.AddrStack.Offset = context.Rsp;
    frame.AddrFrame.Offset = context.Rbp;
#else
    DWORD machine = IMAGE_FILE_MACHINE_I386;
    context.Eip = (DWORD)(ULONG_PTR)walk;
    context.Ebp = (DWORD)(ULONG_PTR)__builtin_frame_address(0);
    context.Esp = context.Ebp - 64;
    frame.AddrPC.Offset = context.Eip;
    frame.AddrStack.Offset = context.Esp;
    frame.AddrFrame.Offset = context.Ebp;
#endif
    frame.AddrStack.Mode = AddrModeFlat;
    while (n < 8 && pStackWalk64(machine, self, GetCurrentThread(), &frame, &context, NULL,
                                 pSymFunctionTableAccess64, pSymGetModuleBase64, NULL))
        callers[n++] = frame.AddrPC.Offset;
    return n;
}

TEST(stack)
{
    DWORD64 callers[8] = {0};
    CHECK(load());
    CHECK(pSymInitialize(GetCurrentProcess(), NULL, TRUE));
    const int n = walk(callers);
    CHECK(n >= 2);
    CHECK(callers[0] - (ULONG_PTR)walk < 0x400);
    CHECK(callers[1] - (ULONG_PTR)test_stack < 0x400);
    pSymCleanup(GetCurrentProcess());
}

TEST(folders)
{
    char path[MAX_PATH];
    CHECK(load());
    GetCurrentDirectoryA(sizeof path, path);
    strcat(path, "\\a\\b\\file");
    CHECK(pMakeSureDirectoryPathExists(path));
    CHECK(GetFileAttributesA("a\\b") != INVALID_FILE_ATTRIBUTES);
    CHECK_EQ(GetFileAttributesA("a\\b\\file"), INVALID_FILE_ATTRIBUTES);
    RemoveDirectoryA("a\\b");
    RemoveDirectoryA("a");
}
