/* What a program may register for its crash report: the lists, their limits and what is not found. */
#include "harness.h"

/* From werapi.h, which mingw-w64 cannot compile. */
#define WER_FILE_ANONYMOUS_DATA 2
typedef enum {
    WerRegFileTypeUserDocument = 1,
    WerRegFileTypeOther,
    WerRegFileTypeMax
} WER_REGISTER_FILE_TYPE;

#define NOT_FOUND HRESULT_FROM_WIN32(ERROR_NOT_FOUND) /* WER_E_NOT_FOUND */
#define FULL      HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER)

/* By name: import libraries and Debian's wine know only some of them. */
static void *get(const char *name)
{
    return (void *)(ULONG_PTR)GetProcAddress(GetModuleHandleW(L"kernel32.dll"), name);
}

#define FUNCTION(name, ...)                                                                                  \
    HRESULT(WINAPI *name)(__VA_ARGS__) = (HRESULT(WINAPI *)(__VA_ARGS__))get(#name);                         \
    if (!name && harness_is_wine())                                                                          \
    SKIP("not in this wine")

TEST(exception_modules)
{
    ORACLE_DIFFERS("accepts everything and keeps nothing");
    FUNCTION(WerRegisterRuntimeExceptionModule, PCWSTR, PVOID);
    FUNCTION(WerUnregisterRuntimeExceptionModule, PCWSTR, PVOID);
    const WCHAR *module = L"C:\\runtime.dll";

    CHECK_EQ(WerUnregisterRuntimeExceptionModule(module, NULL), NOT_FOUND);
    CHECK_EQ(WerRegisterRuntimeExceptionModule(NULL, NULL), E_INVALIDARG);
    for (int i = 0; i < 16; i++)
        CHECK_EQ(WerRegisterRuntimeExceptionModule(module, (void *)(ULONG_PTR)i), S_OK);
    CHECK_EQ(WerRegisterRuntimeExceptionModule(module, (void *)16), FULL);
    CHECK_EQ(WerRegisterRuntimeExceptionModule(module, (void *)15), S_OK);
    for (int i = 0; i < 16; i++)
        CHECK_EQ(WerUnregisterRuntimeExceptionModule(module, (void *)(ULONG_PTR)i), S_OK);
    CHECK_EQ(WerUnregisterRuntimeExceptionModule(module, NULL), NOT_FOUND);
}

TEST(files)
{
    ORACLE_DIFFERS("accepts everything and keeps nothing");
    FUNCTION(WerRegisterFile, PCWSTR, WER_REGISTER_FILE_TYPE, DWORD);
    FUNCTION(WerUnregisterFile, PCWSTR);

    CHECK_EQ(WerRegisterFile(NULL, WerRegFileTypeOther, 0), E_INVALIDARG);
    CHECK_EQ(WerRegisterFile(L"a.log", WerRegFileTypeMax, 0), E_INVALIDARG);
    CHECK_EQ(WerUnregisterFile(L"a.log"), NOT_FOUND);
    CHECK_EQ(WerRegisterFile(L"a.log", WerRegFileTypeOther, WER_FILE_ANONYMOUS_DATA), S_OK);
    CHECK_EQ(WerUnregisterFile(L".\\A.LOG"), S_OK);
    CHECK_EQ(WerUnregisterFile(L"a.log"), NOT_FOUND);
}

TEST(memory)
{
    static char block[600];
    ORACLE_DIFFERS("accepts everything and keeps nothing");
    FUNCTION(WerRegisterMemoryBlock, PVOID, DWORD);
    FUNCTION(WerUnregisterMemoryBlock, PVOID);

    CHECK_EQ(WerUnregisterMemoryBlock(block), NOT_FOUND);
    CHECK_EQ(WerRegisterMemoryBlock(block, 65537), E_INVALIDARG);
    for (int i = 0; i < 512; i++)
        CHECK_EQ(WerRegisterMemoryBlock(block + i, 1), S_OK);
    CHECK_EQ(WerRegisterMemoryBlock(block + 512, 1), FULL);
    for (int i = 0; i < 512; i++)
        CHECK_EQ(WerUnregisterMemoryBlock(block + i), S_OK);
    CHECK_EQ(WerUnregisterMemoryBlock(block), NOT_FOUND);
}

TEST(excluded_memory)
{
    static char block[4];
    ORACLE_DIFFERS("accepts everything and keeps nothing");
    FUNCTION(WerRegisterExcludedMemoryBlock, const void *, DWORD);
    FUNCTION(WerUnregisterExcludedMemoryBlock, const void *);

    CHECK_EQ(WerRegisterExcludedMemoryBlock(NULL, 1), E_INVALIDARG);
    CHECK_EQ(WerRegisterExcludedMemoryBlock(block, 0), E_INVALIDARG);
    CHECK_EQ(WerUnregisterExcludedMemoryBlock(block), NOT_FOUND);
    CHECK_EQ(WerRegisterExcludedMemoryBlock(block, sizeof block), S_OK);
    CHECK_EQ(WerUnregisterExcludedMemoryBlock(block), S_OK);
}

TEST(metadata)
{
    ORACLE_DIFFERS("accepts everything and keeps nothing");
    FUNCTION(WerRegisterCustomMetadata, PCWSTR, PCWSTR);
    FUNCTION(WerUnregisterCustomMetadata, PCWSTR);
    WCHAR key[80] = L"", name[] = L"key0";

    for (int i = 0; i < 64; i++)
        key[i] = 'k';
    CHECK_EQ(WerRegisterCustomMetadata(key, L"v"), E_INVALIDARG);
    CHECK_EQ(WerRegisterCustomMetadata(L"two words", L"v"), E_INVALIDARG);
    CHECK_EQ(WerRegisterCustomMetadata(L"key", NULL), E_INVALIDARG);
    CHECK_EQ(WerUnregisterCustomMetadata(L"key0"), NOT_FOUND);
    for (int i = 0; i < 8; i++, name[3]++)
        CHECK_EQ(WerRegisterCustomMetadata(name, L"value"), S_OK);
    CHECK_EQ(WerRegisterCustomMetadata(name, L"value"), FULL);
    CHECK_EQ(WerRegisterCustomMetadata(L"key0", L"another"), S_OK);
    for (int i = 0; i < 8; i++) {
        name[3]--;
        CHECK_EQ(WerUnregisterCustomMetadata(name), S_OK);
    }
}

TEST(processes_and_dumps)
{
    ORACLE_DIFFERS("accepts everything and keeps nothing");
    FUNCTION(WerRegisterAdditionalProcess, DWORD, DWORD);
    FUNCTION(WerUnregisterAdditionalProcess, DWORD);
    FUNCTION(WerRegisterAppLocalDump, PCWSTR);
    FUNCTION(WerUnregisterAppLocalDump, void);

    CHECK_EQ(WerRegisterAdditionalProcess(0, 0), E_INVALIDARG);
    CHECK_EQ(WerUnregisterAdditionalProcess(GetCurrentProcessId()), NOT_FOUND);
    CHECK_EQ(WerRegisterAdditionalProcess(GetCurrentProcessId(), GetCurrentThreadId()), S_OK);
    CHECK_EQ(WerUnregisterAdditionalProcess(GetCurrentProcessId()), S_OK);
    CHECK_EQ(WerRegisterAppLocalDump(NULL), E_INVALIDARG);
    CHECK_EQ(WerRegisterAppLocalDump(L"dumps"), S_OK);
    CHECK_EQ(WerRegisterAppLocalDump(L"others"), S_OK);
    CHECK_EQ(WerUnregisterAppLocalDump(), S_OK);
}
