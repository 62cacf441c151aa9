/*
 * Symbols of a process's modules. What is known of them is what their export tables say: program databases
 * are not read, and there are no lines.
 */
#include "symbol_info.h"
#include <psapi.h>
#include <stddef.h>
#include <string.h>

/* A process that SymInitialize was called for. */
struct session {
    struct session *next;
    HANDLE process;
    WCHAR *search_path;
};

static SRWLOCK lock = SRWLOCK_INIT; /* guards sessions */
static struct session *sessions;
static DWORD options = SYMOPT_UNDNAME;

DWORD WINAPI SymSetOptions(DWORD value)
{
    return options = value;
}

DWORD WINAPI SymGetOptions(void)
{
    return options;
}

static struct session **find(HANDLE process)
{
    struct session **at = &sessions;
    while (*at && (*at)->process != process)
        at = &(*at)->next;
    return at;
}

static BOOL known(HANDLE process)
{
    AcquireSRWLockShared(&lock);
    const BOOL result = *find(process) != NULL;
    ReleaseSRWLockShared(&lock);
    if (!result)
        SetLastError(ERROR_INVALID_HANDLE);
    return result;
}

static WCHAR *copy(const WCHAR *text)
{
    const size_t size = (wcslen(text) + 1) * sizeof *text;
    WCHAR *to = HeapAlloc(GetProcessHeap(), 0, size);
    if (to)
        memcpy(to, text, size);
    return to;
}

BOOL WINAPI SymInitializeW(HANDLE process, PCWSTR search_path, BOOL invade)
{
    struct session *session = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *session);

    (void)invade; /* modules are looked up when they are asked for */
    if (session)
        session->search_path = copy(search_path ? search_path : L".");
    if (!session || !session->search_path) {
        HeapFree(GetProcessHeap(), 0, session);
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    session->process = process;
    AcquireSRWLockExclusive(&lock);
    const BOOL twice = *find(process) != NULL;
    if (!twice) {
        session->next = sessions;
        sessions = session;
    }
    ReleaseSRWLockExclusive(&lock);
    if (!twice)
        return TRUE;
    HeapFree(GetProcessHeap(), 0, session->search_path);
    HeapFree(GetProcessHeap(), 0, session);
    SetLastError(ERROR_INVALID_PARAMETER);
    return FALSE;
}

static WCHAR *widen(const char *text, WCHAR *buffer, int capacity)
{
    return text && MultiByteToWideChar(CP_ACP, 0, text, -1, buffer, capacity) ? buffer : NULL;
}

BOOL WINAPI SymInitialize(HANDLE process, PCSTR search_path, BOOL invade)
{
    WCHAR wide[1024];
    return SymInitializeW(process, widen(search_path, wide, 1024), invade);
}

BOOL WINAPI SymCleanup(HANDLE process)
{
    AcquireSRWLockExclusive(&lock);
    struct session **at = find(process), *session = *at;
    if (session)
        *at = session->next;
    ReleaseSRWLockExclusive(&lock);
    if (!session) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    HeapFree(GetProcessHeap(), 0, session->search_path);
    HeapFree(GetProcessHeap(), 0, session);
    return TRUE;
}

BOOL WINAPI SymRefreshModuleList(HANDLE process)
{
    return known(process);
}

BOOL WINAPI SymSetSearchPathW(HANDLE process, PCWSTR path)
{
    WCHAR *text = copy(path ? path : L".");
    if (!text) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    AcquireSRWLockExclusive(&lock);
    struct session *session = *find(process);
    if (session) {
        WCHAR *old = session->search_path;
        session->search_path = text;
        text = old;
    }
    ReleaseSRWLockExclusive(&lock);
    HeapFree(GetProcessHeap(), 0, text);
    if (!session)
        SetLastError(ERROR_INVALID_HANDLE);
    return session != NULL;
}

BOOL WINAPI SymSetSearchPath(HANDLE process, PCSTR path)
{
    WCHAR wide[1024];
    return SymSetSearchPathW(process, widen(path, wide, 1024));
}

BOOL WINAPI SymGetSearchPathW(HANDLE process, PWSTR path, DWORD capacity)
{
    DWORD error = ERROR_INVALID_HANDLE;
    AcquireSRWLockShared(&lock);
    struct session *session = *find(process);
    if (session) {
        error = wcslen(session->search_path) < capacity ? ERROR_SUCCESS : ERROR_INSUFFICIENT_BUFFER;
        if (!error)
            memcpy(path, session->search_path, (wcslen(session->search_path) + 1) * sizeof *path);
    }
    ReleaseSRWLockShared(&lock);
    if (error)
        SetLastError(error);
    return !error;
}

BOOL WINAPI SymGetSearchPath(HANDLE process, PSTR path, DWORD capacity)
{
    WCHAR wide[1024];
    if (!SymGetSearchPathW(process, wide, 1024))
        return FALSE;
    return WideCharToMultiByte(CP_ACP, 0, wide, -1, path, (int)capacity, NULL, NULL) != 0;
}

/* ---------------------------------------------------------------- modules */

static HMODULE module_at(HANDLE process, DWORD64 address, MODULEINFO *ret_info)
{
    HMODULE modules[1024];
    DWORD size;

    if (!K32EnumProcessModules(process, modules, sizeof modules, &size))
        return NULL;
    const DWORD count = size < sizeof modules ? size / sizeof *modules : sizeof modules / sizeof *modules;
    for (DWORD i = 0; i < count; i++)
        if (K32GetModuleInformation(process, modules[i], ret_info, sizeof *ret_info) &&
            address - (DWORD64)(ULONG_PTR)ret_info->lpBaseOfDll < ret_info->SizeOfImage)
            return modules[i];
    return NULL;
}

DWORD64 WINAPI SymGetModuleBase64(HANDLE process, DWORD64 address)
{
    MODULEINFO info;
    if (!known(process))
        return 0;
    if (module_at(process, address, &info))
        return (DWORD64)(ULONG_PTR)info.lpBaseOfDll;
    SetLastError(ERROR_MOD_NOT_FOUND);
    return 0;
}

BOOL WINAPI SymGetModuleInfo64(HANDLE process, DWORD64 address, PIMAGEHLP_MODULE64 ret)
{
    MODULEINFO info;

    if (!known(process))
        return FALSE;
    if (ret->SizeOfStruct < offsetof(IMAGEHLP_MODULE64, LoadedPdbName)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    HMODULE module = module_at(process, address, &info);
    if (!module) {
        SetLastError(ERROR_MOD_NOT_FOUND);
        return FALSE;
    }
    const DWORD size = ret->SizeOfStruct;
    memset(ret, 0, size < sizeof *ret ? size : sizeof *ret);
    ret->SizeOfStruct = size;
    ret->BaseOfImage = (DWORD64)(ULONG_PTR)info.lpBaseOfDll;
    ret->ImageSize = info.SizeOfImage;
    ret->SymType = SymExport;
    K32GetModuleFileNameExA(process, module, ret->ImageName, sizeof ret->ImageName);
    memcpy(ret->LoadedImageName, ret->ImageName, sizeof ret->LoadedImageName);
    K32GetModuleBaseNameA(process, module, ret->ModuleName, sizeof ret->ModuleName);
    for (size_t i = strlen(ret->ModuleName); i--;)
        if (ret->ModuleName[i] == '.') {
            ret->ModuleName[i] = 0;
            break;
        }
    return TRUE;
}

static BOOL read(HANDLE process, DWORD64 address, void *to, SIZE_T size)
{
    return ReadProcessMemory(process, (void *)(ULONG_PTR)address, to, size, NULL);
}

/* The export at or before an address: its address and name. */
static BOOL find_export(HANDLE process, DWORD64 address, const MODULEINFO *info, DWORD64 *ret_at, char *name,
                        DWORD capacity)
{
    const DWORD64 base = (DWORD64)(ULONG_PTR)info->lpBaseOfDll;
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS nt;
    IMAGE_EXPORT_DIRECTORY exports;
    DWORD best = 0, best_index = 0;

    if (!read(process, base, &dos, sizeof dos) || !read(process, base + (DWORD)dos.e_lfanew, &nt, sizeof nt))
        return FALSE;
    const IMAGE_DATA_DIRECTORY *directory = &nt.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT];
    if (!directory->VirtualAddress ||
        !read(process, base + directory->VirtualAddress, &exports, sizeof exports))
        return FALSE;
    const DWORD names = exports.NumberOfNames, functions = exports.NumberOfFunctions;
    if (names > 0x100000 || functions > 0x100000)
        return FALSE;
    DWORD *rvas = HeapAlloc(GetProcessHeap(), 0, (names + functions + 1) * sizeof *rvas);
    WORD *ordinals = HeapAlloc(GetProcessHeap(), 0, (names + 1) * sizeof *ordinals);
    if (rvas && ordinals &&
        read(process, base + exports.AddressOfFunctions, rvas, functions * sizeof *rvas) &&
        read(process, base + exports.AddressOfNames, rvas + functions, names * sizeof *rvas) &&
        read(process, base + exports.AddressOfNameOrdinals, ordinals, names * sizeof *ordinals)) {
        for (DWORD i = 0; i < names; i++) {
            const DWORD rva = ordinals[i] < functions ? rvas[ordinals[i]] : 0;
            if (rva > best && base + rva <= address &&
                rva - directory->VirtualAddress >= directory->Size) { /* not a forwarder */
                best = rva;
                best_index = rvas[functions + i];
            }
        }
    }
    HeapFree(GetProcessHeap(), 0, ordinals);
    HeapFree(GetProcessHeap(), 0, rvas);
    if (!best)
        return FALSE;
    for (DWORD i = 0; i < capacity; i++)
        if (!read(process, base + best_index + i, name + i, 1) || !name[i])
            break;
    name[capacity - 1] = 0;
    *ret_at = base + best;
    return TRUE;
}

void dbghelp_fill_export(SYMBOL_INFO *symbol, DWORD64 module, const char *name, DWORD64 address)
{
    symbol->TypeIndex = symbol->Size = 0;
    symbol->ModBase = module;
    symbol->Flags = SYMFLAG_EXPORT;
    symbol->Value = 0;
    symbol->Address = address;
    symbol->Register = symbol->Scope = 0;
    symbol->Tag = 10; /* SymTagPublicSymbol */
    symbol->NameLen = (ULONG)strlen(name);
    if (symbol->MaxNameLen) {
        const ULONG length = symbol->NameLen < symbol->MaxNameLen ? symbol->NameLen : symbol->MaxNameLen - 1;
        memcpy(symbol->Name, name, length);
        symbol->Name[length] = 0;
    }
}

BOOL WINAPI SymFromAddr(HANDLE process, DWORD64 address, PDWORD64 displacement, PSYMBOL_INFO symbol)
{
    MODULEINFO info;
    char name[512];
    DWORD64 at;

    if (!known(process))
        return FALSE;
    if (symbol->SizeOfStruct < sizeof *symbol) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!module_at(process, address, &info)) {
        SetLastError(ERROR_MOD_NOT_FOUND);
        return FALSE;
    }
    if (!find_export(process, address, &info, &at, name, sizeof name)) {
        SetLastError(ERROR_INVALID_ADDRESS);
        return FALSE;
    }
    dbghelp_fill_export(symbol, (ULONG_PTR)info.lpBaseOfDll, name, at);
    if (displacement)
        *displacement = address - at;
    return TRUE;
}

BOOL WINAPI SymFromAddrW(HANDLE process, DWORD64 address, PDWORD64 displacement, PSYMBOL_INFOW symbol)
{
    union {
        SYMBOL_INFO info;
        char space[sizeof(SYMBOL_INFO) + 512];
    } narrow = {.info = {.SizeOfStruct = sizeof(SYMBOL_INFO), .MaxNameLen = 512}};

    if (symbol->SizeOfStruct < sizeof *symbol) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!SymFromAddr(process, address, displacement, &narrow.info))
        return FALSE;
    symbol->TypeIndex = symbol->Size = 0;
    symbol->ModBase = narrow.info.ModBase;
    symbol->Flags = narrow.info.Flags;
    symbol->Value = 0;
    symbol->Address = narrow.info.Address;
    symbol->Register = symbol->Scope = 0;
    symbol->Tag = narrow.info.Tag;
    symbol->NameLen = narrow.info.NameLen;
    for (ULONG i = 0; i < symbol->MaxNameLen; i++) {
        symbol->Name[i] = i + 1 < symbol->MaxNameLen ? (WCHAR)(BYTE)narrow.info.Name[i] : 0;
        if (!symbol->Name[i])
            break;
    }
    return TRUE;
}

/* No line is known. */
BOOL WINAPI SymGetLineFromAddr64(HANDLE process, DWORD64 address, PDWORD displacement, PIMAGEHLP_LINE64 line)
{
    MODULEINFO info;

    (void)displacement, (void)line;
    if (known(process))
        SetLastError(module_at(process, address, &info) ? ERROR_INVALID_ADDRESS : ERROR_MOD_NOT_FOUND);
    return FALSE;
}

BOOL WINAPI SymGetLineFromAddrW64(HANDLE process, DWORD64 address, PDWORD displacement,
                                  PIMAGEHLP_LINEW64 line)
{
    (void)line;
    return SymGetLineFromAddr64(process, address, displacement, NULL);
}
