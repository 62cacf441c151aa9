/*
 * Finding, loading and enumerating resources. Type and name are a string, an integer (MAKEINTRESOURCE) or
 * "#number".
 */
#include "../kernelbase.h"
#include <nt/ldr.h>

/* An integer for an integer or "#number"; otherwise the string in upper case from the heap. */
static BOOL resource_key(const WCHAR *name, ULONG_PTR *ret_key)
{
    if (IS_INTRESOURCE(name)) {
        *ret_key = (ULONG_PTR)name;
        return TRUE;
    }
    if (name[0] == '#') {
        ULONG value = 0;
        const WCHAR *p = name + 1;
        while (*p >= '0' && *p <= '9' && value < 0x10000)
            value = value * 10 + (*p++ - '0');
        if (*p || value > 0xffff || p == name + 1) {
            SetLastError(ERROR_INVALID_PARAMETER);
            return FALSE;
        }
        *ret_key = value;
        return TRUE;
    }
    *ret_key = (ULONG_PTR)name; /* ntdll compares without case */
    return TRUE;
}

/* The Unicode form of an ANSI type or name; integers stay. */
static BOOL widen_key(const char *text, WCHAR **ret_wide)
{
    if (IS_INTRESOURCE(text)) {
        *ret_wide = (WCHAR *)text;
        return TRUE;
    }
    return ansi_to_wide(text, ret_wide);
}

static void free_key(WCHAR *key)
{
    if (!IS_INTRESOURCE(key))
        free_wide(key);
}

static HMODULE module_or_program(HMODULE module)
{
    return module ? module : current_peb()->ImageBaseAddress;
}

HRSRC WINAPI FindResourceExW(HMODULE module, LPCWSTR type, LPCWSTR name, WORD language)
{
    LDR_RESOURCE_INFO info = {.Language = language};
    IMAGE_RESOURCE_DATA_ENTRY *entry;
    if (!resource_key(name, &info.Name) || !resource_key(type, &info.Type))
        return NULL;
    if (!set_status(LdrFindResource_U(module_or_program(module), &info, 3, &entry)))
        return NULL;
    return (HRSRC)entry;
}

HRSRC WINAPI FindResourceW(HMODULE module, LPCWSTR name, LPCWSTR type)
{
    return FindResourceExW(module, type, name, MAKELANGID(LANG_NEUTRAL, SUBLANG_NEUTRAL));
}

HRSRC WINAPI FindResourceExA(HMODULE module, LPCSTR type, LPCSTR name, WORD language)
{
    WCHAR *wide_type, *wide_name;
    HRSRC result = NULL;
    if (!widen_key(type, &wide_type))
        return NULL;
    if (widen_key(name, &wide_name)) {
        result = FindResourceExW(module, wide_type, wide_name, language);
        free_key(wide_name);
    }
    free_key(wide_type);
    return result;
}

HRSRC WINAPI FindResourceA(HMODULE module, LPCSTR name, LPCSTR type)
{
    return FindResourceExA(module, type, name, MAKELANGID(LANG_NEUTRAL, SUBLANG_NEUTRAL));
}

HGLOBAL WINAPI LoadResource(HMODULE module, HRSRC resource)
{
    PVOID data;
    if (!resource) {
        SetLastError(ERROR_RESOURCE_DATA_NOT_FOUND);
        return NULL;
    }
    return set_status(LdrAccessResource(module_or_program(module), (void *)resource, &data, NULL)) ? data
                                                                                                   : NULL;
}

DWORD WINAPI SizeofResource(HMODULE module, HRSRC resource)
{
    (void)module;
    if (!resource) {
        SetLastError(ERROR_RESOURCE_DATA_NOT_FOUND);
        return 0;
    }
    return ((IMAGE_RESOURCE_DATA_ENTRY *)resource)->Size;
}

LPVOID WINAPI LockResource(HGLOBAL data)
{
    return data;
}

BOOL WINAPI FreeResource(HGLOBAL data)
{
    (void)data;
    return FALSE; /* as documented: nothing to free */
}

/* ------------------------------------------------------------------ enumeration */

struct walk {
    const char *tree;
    const IMAGE_RESOURCE_DIRECTORY_ENTRY *entries;
    ULONG count;
};

static BOOL open_level(HMODULE module, const LDR_RESOURCE_INFO *info, ULONG level, struct walk *ret_walk)
{
    IMAGE_RESOURCE_DIRECTORY *root, *directory;
    NTSTATUS status = LdrFindResourceDirectory_U(module, info, 0, &root);
    if (NT_SUCCESS(status))
        status = LdrFindResourceDirectory_U(module, info, level, &directory);
    if (!set_status(status))
        return FALSE;
    ret_walk->tree = (const char *)root;
    ret_walk->entries = (const void *)(directory + 1);
    ret_walk->count = directory->NumberOfNamedEntries + directory->NumberOfIdEntries;
    return TRUE;
}

/* A name entry as the callback gets it: an integer, or a copy that the caller frees. */
static WCHAR *entry_name(const struct walk *walk, ULONG index)
{
    const IMAGE_RESOURCE_DIRECTORY_ENTRY *entry = &walk->entries[index];
    if (!entry->NameIsString)
        return MAKEINTRESOURCEW(entry->Id);
    const IMAGE_RESOURCE_DIR_STRING_U *string = (const void *)(walk->tree + entry->NameOffset);
    WCHAR *copy = RtlAllocateHeap(process_heap(), 0, (string->Length + 1) * sizeof(WCHAR));
    if (!copy) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    memcpy(copy, string->NameString, string->Length * sizeof(WCHAR));
    copy[string->Length] = 0;
    return copy;
}

static char *narrow_name(WCHAR *wide)
{
    if (IS_INTRESOURCE(wide))
        return (char *)wide;
    DWORD size = wide_to_ansi(wide, -1, NULL, 0);
    char *text = RtlAllocateHeap(process_heap(), 0, size);
    if (text)
        wide_to_ansi(wide, -1, text, size);
    else
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return text;
}

static void free_narrow(char *text)
{
    if (!IS_INTRESOURCE(text))
        RtlFreeHeap(process_heap(), 0, text);
}

static BOOL check_flags(DWORD flags)
{
    if (flags &
        ~(DWORD)(RESOURCE_ENUM_LN | RESOURCE_ENUM_MUI | RESOURCE_ENUM_MUI_SYSTEM | RESOURCE_ENUM_VALIDATE)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return TRUE;
}

BOOL WINAPI EnumResourceTypesExW(HMODULE module, ENUMRESTYPEPROCW callback, LONG_PTR context, DWORD flags,
                                 LANGID language)
{
    struct walk walk;
    BOOL result = FALSE;
    (void)language;
    if (!check_flags(flags) || !open_level(module_or_program(module), NULL, 0, &walk))
        return FALSE;
    for (ULONG i = 0; i < walk.count; i++) {
        WCHAR *type = entry_name(&walk, i);
        if (!type)
            return FALSE;
        result = callback(module, type, context);
        free_key(type);
        if (!result)
            break;
    }
    return result;
}

BOOL WINAPI EnumResourceTypesExA(HMODULE module, ENUMRESTYPEPROCA callback, LONG_PTR context, DWORD flags,
                                 LANGID language)
{
    struct walk walk;
    BOOL result = FALSE;
    (void)language;
    if (!check_flags(flags) || !open_level(module_or_program(module), NULL, 0, &walk))
        return FALSE;
    for (ULONG i = 0; i < walk.count; i++) {
        WCHAR *type = entry_name(&walk, i);
        char *text = type ? narrow_name(type) : NULL;
        result = text && callback(module, text, context);
        free_narrow(text);
        free_key(type);
        if (!result)
            break;
    }
    return result;
}

BOOL WINAPI EnumResourceNamesExW(HMODULE module, LPCWSTR type, ENUMRESNAMEPROCW callback, LONG_PTR context,
                                 DWORD flags, LANGID language)
{
    LDR_RESOURCE_INFO info = {0};
    struct walk walk;
    BOOL result = FALSE;
    (void)language;
    if (!check_flags(flags) || !resource_key(type, &info.Type) ||
        !open_level(module_or_program(module), &info, 1, &walk))
        return FALSE;
    for (ULONG i = 0; i < walk.count; i++) {
        WCHAR *name = entry_name(&walk, i);
        if (!name)
            return FALSE;
        result = callback(module, (WCHAR *)(IS_INTRESOURCE(type) ? type : (WCHAR *)info.Type), name, context);
        free_key(name);
        if (!result)
            break;
    }
    return result;
}

BOOL WINAPI EnumResourceNamesExA(HMODULE module, LPCSTR type, ENUMRESNAMEPROCA callback, LONG_PTR context,
                                 DWORD flags, LANGID language)
{
    LDR_RESOURCE_INFO info = {0};
    struct walk walk;
    WCHAR *wide;
    BOOL result = FALSE;
    (void)language;
    if (!check_flags(flags) || !widen_key(type, &wide))
        return FALSE;
    if (resource_key(wide, &info.Type) && open_level(module_or_program(module), &info, 1, &walk))
        for (ULONG i = 0; i < walk.count; i++) {
            WCHAR *name = entry_name(&walk, i);
            char *text = name ? narrow_name(name) : NULL;
            result = text && callback(module, (char *)type, text, context);
            free_narrow(text);
            free_key(name);
            if (!result)
                break;
        }
    free_key(wide);
    return result;
}

BOOL WINAPI EnumResourceLanguagesExW(HMODULE module, LPCWSTR type, LPCWSTR name, ENUMRESLANGPROCW callback,
                                     LONG_PTR context, DWORD flags, LANGID language)
{
    LDR_RESOURCE_INFO info = {0};
    struct walk walk;
    BOOL result = FALSE;
    (void)language;
    if (!check_flags(flags) || !resource_key(type, &info.Type) || !resource_key(name, &info.Name) ||
        !open_level(module_or_program(module), &info, 2, &walk))
        return FALSE;
    for (ULONG i = 0; i < walk.count; i++) {
        result = callback(module, type, name, walk.entries[i].Id, context);
        if (!result)
            break;
    }
    return result;
}

BOOL WINAPI EnumResourceLanguagesExA(HMODULE module, LPCSTR type, LPCSTR name, ENUMRESLANGPROCA callback,
                                     LONG_PTR context, DWORD flags, LANGID language)
{
    LDR_RESOURCE_INFO info = {0};
    struct walk walk;
    WCHAR *wide_type, *wide_name;
    BOOL result = FALSE;
    (void)language;
    if (!check_flags(flags) || !widen_key(type, &wide_type))
        return FALSE;
    if (widen_key(name, &wide_name)) {
        if (resource_key(wide_type, &info.Type) && resource_key(wide_name, &info.Name) &&
            open_level(module_or_program(module), &info, 2, &walk))
            for (ULONG i = 0; i < walk.count; i++) {
                result = callback(module, type, name, walk.entries[i].Id, context);
                if (!result)
                    break;
            }
        free_key(wide_name);
    }
    free_key(wide_type);
    return result;
}

BOOL WINAPI EnumResourceTypesW(HMODULE module, ENUMRESTYPEPROCW callback, LONG_PTR context)
{
    return EnumResourceTypesExW(module, callback, context, 0, 0);
}

BOOL WINAPI EnumResourceTypesA(HMODULE module, ENUMRESTYPEPROCA callback, LONG_PTR context)
{
    return EnumResourceTypesExA(module, callback, context, 0, 0);
}

BOOL WINAPI EnumResourceNamesW(HMODULE module, LPCWSTR type, ENUMRESNAMEPROCW callback, LONG_PTR context)
{
    return EnumResourceNamesExW(module, type, callback, context, 0, 0);
}

BOOL WINAPI EnumResourceNamesA(HMODULE module, LPCSTR type, ENUMRESNAMEPROCA callback, LONG_PTR context)
{
    return EnumResourceNamesExA(module, type, callback, context, 0, 0);
}

BOOL WINAPI EnumResourceLanguagesW(HMODULE module, LPCWSTR type, LPCWSTR name, ENUMRESLANGPROCW callback,
                                   LONG_PTR context)
{
    return EnumResourceLanguagesExW(module, type, name, callback, context, 0, 0);
}

BOOL WINAPI EnumResourceLanguagesA(HMODULE module, LPCSTR type, LPCSTR name, ENUMRESLANGPROCA callback,
                                   LONG_PTR context)
{
    return EnumResourceLanguagesExA(module, type, name, callback, context, 0, 0);
}
