/*
 * Lists of a process's modules, and their exports by name.
 */
#include "symbol_info.h"
#include <psapi.h>
#include <stddef.h>
#include <string.h>

enum { MODULES_MAX = 1024, NAME_LENGTH = 512 };

static BOOL known(HANDLE process)
{
    char path[1];

    /* the only question about a session that leaves no trace: too small is as good as an answer */
    if (SymGetSearchPath(process, path, 0) || GetLastError() != ERROR_INVALID_HANDLE)
        return TRUE;
    SetLastError(ERROR_INVALID_HANDLE);
    return FALSE;
}

static DWORD list(HANDLE process, HMODULE *modules)
{
    DWORD size = 0;

    if (!K32EnumProcessModules(process, modules, MODULES_MAX * sizeof *modules, &size))
        return 0;
    return size / sizeof *modules < MODULES_MAX ? size / (DWORD)sizeof *modules : MODULES_MAX;
}

/* ---------------------------------------------------------------- modules */

/* The callback ends it with FALSE; that is no failure. */
BOOL WINAPI EnumerateLoadedModulesW64(HANDLE process, PENUMLOADED_MODULES_CALLBACKW64 callback, PVOID context)
{
    HMODULE modules[MODULES_MAX];
    WCHAR name[MAX_PATH * 2];
    MODULEINFO info;
    const DWORD count = list(process, modules);

    for (DWORD i = 0; i < count; i++)
        if (K32GetModuleInformation(process, modules[i], &info, sizeof info) &&
            K32GetModuleFileNameExW(process, modules[i], name, ARRAYSIZE(name)) &&
            !callback(name, (ULONG_PTR)info.lpBaseOfDll, info.SizeOfImage, context))
            break;
    return count != 0;
}

struct narrow_modules {
    PENUMLOADED_MODULES_CALLBACK64 callback;
    PVOID context;
};

static BOOL CALLBACK narrow_module(PCWSTR name, DWORD64 base, ULONG size, PVOID context)
{
    const struct narrow_modules *narrow = context;
    char text[MAX_PATH * 4];

    WideCharToMultiByte(CP_ACP, 0, name, -1, text, sizeof text, NULL, NULL);
    return narrow->callback(text, base, size, narrow->context);
}

BOOL WINAPI EnumerateLoadedModules64(HANDLE process, PENUMLOADED_MODULES_CALLBACK64 callback, PVOID context)
{
    struct narrow_modules narrow = {callback, context};

    return EnumerateLoadedModulesW64(process, narrow_module, &narrow);
}

BOOL WINAPI EnumerateLoadedModulesExW(HANDLE process, PENUMLOADED_MODULES_CALLBACKW64 callback, PVOID context)
{
    return EnumerateLoadedModulesW64(process, callback, context);
}

BOOL WINAPI EnumerateLoadedModulesEx(HANDLE process, PENUMLOADED_MODULES_CALLBACK64 callback, PVOID context)
{
    return EnumerateLoadedModules64(process, callback, context);
}

/* A module's name is that of its file, without folder and ending. */
static const char *module_name(HANDLE process, HMODULE module, char *name)
{
    if (!K32GetModuleBaseNameA(process, module, name, MAX_PATH))
        name[0] = 0;
    for (size_t i = strlen(name); i--;)
        if (name[i] == '.') {
            name[i] = 0;
            break;
        }
    return name;
}

BOOL WINAPI SymEnumerateModules64(HANDLE process, PSYM_ENUMMODULES_CALLBACK64 callback, PVOID context)
{
    HMODULE modules[MODULES_MAX];
    char name[MAX_PATH];

    if (!known(process))
        return FALSE;
    const DWORD count = list(process, modules);
    for (DWORD i = 0; i < count; i++)
        if (!callback(module_name(process, modules[i], name), (ULONG_PTR)modules[i], context))
            break;
    return TRUE;
}

BOOL WINAPI SymEnumerateModulesW64(HANDLE process, PSYM_ENUMMODULES_CALLBACKW64 callback, PVOID context)
{
    HMODULE modules[MODULES_MAX];
    char name[MAX_PATH];
    WCHAR wide[MAX_PATH];

    if (!known(process))
        return FALSE;
    const DWORD count = list(process, modules);
    for (DWORD i = 0; i < count; i++) {
        MultiByteToWideChar(CP_ACP, 0, module_name(process, modules[i], name), -1, wide, MAX_PATH);
        if (!callback(wide, (ULONG_PTR)modules[i], context))
            break;
    }
    return TRUE;
}

BOOL WINAPI SymGetModuleInfoW64(HANDLE process, DWORD64 address, PIMAGEHLP_MODULEW64 ret)
{
    IMAGEHLP_MODULE64 narrow = {.SizeOfStruct = sizeof narrow};
    const DWORD size = ret->SizeOfStruct;

    if (size < offsetof(IMAGEHLP_MODULEW64, LoadedPdbName)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!SymGetModuleInfo64(process, address, &narrow))
        return FALSE;
    memset(ret, 0, size < sizeof *ret ? size : sizeof *ret);
    ret->SizeOfStruct = size;
    ret->BaseOfImage = narrow.BaseOfImage;
    ret->ImageSize = narrow.ImageSize;
    ret->SymType = narrow.SymType;
    K32GetModuleFileNameExW(process, (HMODULE)(ULONG_PTR)narrow.BaseOfImage, ret->ImageName,
                            ARRAYSIZE(ret->ImageName));
    memcpy(ret->LoadedImageName, ret->ImageName, sizeof ret->LoadedImageName);
    MultiByteToWideChar(CP_ACP, 0, narrow.ModuleName, -1, ret->ModuleName, ARRAYSIZE(ret->ModuleName));
    return TRUE;
}

/* ---------------------------------------------------------------- exports by name */

static BOOL read(HANDLE process, DWORD64 address, void *to, SIZE_T size)
{
    return ReadProcessMemory(process, (void *)(ULONG_PTR)address, to, size, NULL);
}

/* Calls for each named export that is no forwarder until it returns FALSE, and returns FALSE then. */
static BOOL for_exports(HANDLE process, HMODULE module,
                        BOOL (*call)(void *context, HMODULE module, const char *name, DWORD64 address),
                        void *context)
{
    const DWORD64 base = (ULONG_PTR)module;
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS nt;
    IMAGE_EXPORT_DIRECTORY exports;
    char name[NAME_LENGTH];
    BOOL more = TRUE;

    if (!read(process, base, &dos, sizeof dos) || !read(process, base + (DWORD)dos.e_lfanew, &nt, sizeof nt))
        return TRUE;
    const IMAGE_DATA_DIRECTORY *directory = &nt.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT];
    if (!directory->VirtualAddress ||
        !read(process, base + directory->VirtualAddress, &exports, sizeof exports))
        return TRUE;
    for (DWORD i = 0; i < exports.NumberOfNames && more; i++) {
        DWORD name_rva, rva, length = 0;
        WORD ordinal;
        if (!read(process, base + exports.AddressOfNames + i * sizeof name_rva, &name_rva, sizeof name_rva) ||
            !read(process, base + exports.AddressOfNameOrdinals + i * sizeof ordinal, &ordinal,
                  sizeof ordinal) ||
            ordinal >= exports.NumberOfFunctions ||
            !read(process, base + exports.AddressOfFunctions + ordinal * sizeof rva, &rva, sizeof rva) ||
            rva - directory->VirtualAddress < directory->Size)
            continue;
        if (!read(process, base + name_rva, name, sizeof name)) /* else it may be the last one of the image */
            while (length < sizeof name - 1 && read(process, base + name_rva + length, name + length, 1) &&
                   name[length])
                length++, name[length] = 0;
        name[sizeof name - 1] = 0;
        more = call(context, module, name, base + rva);
    }
    return more;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* "*" and "?" */
static BOOL matches(const char *mask, const char *text, BOOL ignore_case)
{
    for (; *mask; mask++, text++) {
        if (*mask == '*') {
            while (*mask == '*')
                mask++;
            for (;; text++) {
                if (matches(mask, text, ignore_case))
                    return TRUE;
                if (!*text)
                    return FALSE;
            }
        }
        const BOOL same = *mask == *text || (ignore_case && lower(*mask) == lower(*text));
        if (!*text || (*mask != '?' && !same))
            return FALSE;
    }
    return !*text;
}

struct search {
    const char *mask;
    PSYM_ENUMERATESYMBOLS_CALLBACK callback;
    PVOID context;
    SYMBOL_INFO *found;
};

static BOOL found_name(void *context, HMODULE module, const char *name, DWORD64 address)
{
    struct search *search = context;

    if (strcmp(name, search->mask) != 0)
        return TRUE;
    dbghelp_fill_export(search->found, (ULONG_PTR)module, name, address);
    return FALSE;
}

/* Splits "module!symbol"; no module: all. */
static const char *split(const char *name, char *module)
{
    const char *mark = strchr(name, '!');
    const size_t length = mark ? (size_t)(mark - name) : 0;

    module[0] = 0;
    if (length && length < MAX_PATH) {
        memcpy(module, name, length);
        module[length] = 0;
    }
    return mark ? mark + 1 : name;
}

BOOL WINAPI SymFromName(HANDLE process, PCSTR name, PSYMBOL_INFO symbol)
{
    HMODULE modules[MODULES_MAX];
    char wanted[MAX_PATH], own[MAX_PATH];
    struct search search = {.found = symbol};

    if (!known(process))
        return FALSE;
    if (!name || symbol->SizeOfStruct < sizeof *symbol) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    search.mask = split(name, wanted);
    const DWORD count = list(process, modules);
    for (DWORD i = 0; i < count; i++)
        if ((!wanted[0] || !lstrcmpiA(wanted, module_name(process, modules[i], own))) &&
            !for_exports(process, modules[i], found_name, &search))
            return TRUE;
    SetLastError(ERROR_MOD_NOT_FOUND);
    return FALSE;
}

static BOOL found_match(void *context, HMODULE module, const char *name, DWORD64 address)
{
    struct search *search = context;

    if (!matches(search->mask, name, (SymGetOptions() & SYMOPT_CASE_INSENSITIVE) != 0))
        return TRUE;
    dbghelp_fill_export(search->found, (ULONG_PTR)module, name, address);
    return search->callback(search->found, 0, search->context);
}

/* No base: the mask names the modules, as in "kernel*!Create*". */
BOOL WINAPI SymEnumSymbols(HANDLE process, ULONG64 base, PCSTR mask, PSYM_ENUMERATESYMBOLS_CALLBACK callback,
                           PVOID context)
{
    union {
        SYMBOL_INFO info;
        char space[sizeof(SYMBOL_INFO) + NAME_LENGTH];
    } symbol = {.info = {.SizeOfStruct = sizeof(SYMBOL_INFO), .MaxNameLen = NAME_LENGTH}};
    HMODULE modules[MODULES_MAX];
    char wanted[MAX_PATH], own[MAX_PATH];
    struct search search = {"*", callback, context, &symbol.info};

    if (!known(process))
        return FALSE;
    wanted[0] = 0;
    if (mask && *mask)
        search.mask = split(mask, wanted);
    if (!base && !wanted[0]) {
        SetLastError(ERROR_INVALID_PARAMETER); /* local symbols of a context, which nobody knows here */
        return FALSE;
    }
    const DWORD count = list(process, modules);
    for (DWORD i = 0; i < count; i++)
        if (base ? base == (ULONG_PTR)modules[i]
                 : matches(wanted, module_name(process, modules[i], own), TRUE))
            if (!for_exports(process, modules[i], found_match, &search))
                break;
    return TRUE;
}

BOOL WINAPI SymGetSymFromAddr64(HANDLE process, DWORD64 address, PDWORD64 displacement,
                                PIMAGEHLP_SYMBOL64 ret)
{
    union {
        SYMBOL_INFO info;
        char space[sizeof(SYMBOL_INFO) + NAME_LENGTH];
    } symbol = {.info = {.SizeOfStruct = sizeof(SYMBOL_INFO), .MaxNameLen = NAME_LENGTH}};

    if (ret->SizeOfStruct < sizeof *ret) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!SymFromAddr(process, address, displacement, &symbol.info))
        return FALSE;
    ret->Address = symbol.info.Address;
    ret->Size = 0;
    ret->Flags = symbol.info.Flags;
    if (ret->MaxNameLength)
        lstrcpynA(ret->Name, symbol.info.Name, (int)ret->MaxNameLength);
    return TRUE;
}
