/*
 * LoadLibrary, FreeLibrary, GetModuleHandle, GetModuleFileName, GetProcAddress and the DLL directories:
 * thin over ntdll's loader, with the fast paths that programs call often.
 */
#include "../kernelbase.h"
#include <nt/ldr.h>

/* An ANSI name as a UNICODE_STRING in `buffer` if it is short ASCII, else from the heap; free_name. */
struct name {
    UNICODE_STRING string;
    WCHAR buffer[128];
    WCHAR *heap;
};

static BOOL set_name(struct name *name, const char *text)
{
    ULONG i;
    name->heap = NULL;
    for (i = 0; i < 120 && text[i] && !(text[i] & 0x80); i++)
        name->buffer[i] = text[i];
    if (i < 120 && !text[i]) {
        name->buffer[i] = 0;
        name->string.Buffer = name->buffer;
    } else {
        if (!ansi_to_wide(text, &name->heap))
            return FALSE;
        name->string.Buffer = name->heap;
        i = lstrlenW(name->heap);
        if (i > 32000) {
            free_wide(name->heap);
            SetLastError(ERROR_FILENAME_EXCED_RANGE);
            return FALSE;
        }
    }
    name->string.Length = (USHORT)(i * sizeof(WCHAR));
    name->string.MaximumLength = name->string.Length + sizeof(WCHAR);
    return TRUE;
}

/* ------------------------------------------------------------------ loading */

#define SEARCH_FLAGS                                                                                         \
    (LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_APPLICATION_DIR |                                \
     LOAD_LIBRARY_SEARCH_USER_DIRS | LOAD_LIBRARY_SEARCH_SYSTEM32 | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS)
#define DATA_FLAGS                                                                                           \
    (LOAD_LIBRARY_AS_DATAFILE | LOAD_LIBRARY_AS_DATAFILE_EXCLUSIVE | LOAD_LIBRARY_AS_IMAGE_RESOURCE)

static HANDLE open_in(const WCHAR *directory, ULONG directory_length, const WCHAR *name, DWORD share)
{
    ULONG length = lstrlenW(name);
    WCHAR *path = RtlAllocateHeap(process_heap(), 0, (directory_length + length + 2) * sizeof(WCHAR));
    HANDLE file = INVALID_HANDLE_VALUE;
    if (!path)
        return file;
    memcpy(path, directory, directory_length * sizeof(WCHAR));
    if (directory_length && path[directory_length - 1] != '\\' && path[directory_length - 1] != '/')
        path[directory_length++] = '\\';
    memcpy(path + directory_length, name, (length + 1) * sizeof(WCHAR));
    file = CreateFileW(path, GENERIC_READ, share, NULL, OPEN_EXISTING, 0, NULL);
    RtlFreeHeap(process_heap(), 0, path);
    return file;
}

/* Opens a file for reading its resources along the DLL search order. */
static HANDLE open_data_file(const WCHAR *name, DWORD share)
{
    RTL_USER_PROCESS_PARAMETERS *parameters = current_peb()->ProcessParameters;
    UNICODE_STRING *image = &parameters->ImagePathName;
    ULONG length = image->Length / sizeof(WCHAR);
    WCHAR system[MAX_PATH];
    HANDLE file;

    for (const WCHAR *c = name; *c; c++)
        if (*c == '\\' || *c == '/' || *c == ':')
            return CreateFileW(name, GENERIC_READ, share, NULL, OPEN_EXISTING, 0, NULL);
    while (length && image->Buffer[length - 1] != '\\')
        length--;
    file = open_in(image->Buffer, length, name, share);
    if (file == INVALID_HANDLE_VALUE && (length = GetSystemDirectoryW(system, MAX_PATH)))
        file = open_in(system, length, name, share);
    if (file == INVALID_HANDLE_VALUE && (length = GetWindowsDirectoryW(system, MAX_PATH)))
        file = open_in(system, length, name, share);
    if (file == INVALID_HANDLE_VALUE)
        file = open_in(NULL, 0, name, share);
    if (file == INVALID_HANDLE_VALUE && (length = GetEnvironmentVariableW(L"PATH", NULL, 0))) {
        WCHAR *path = RtlAllocateHeap(process_heap(), 0, length * sizeof(WCHAR));
        if (path && GetEnvironmentVariableW(L"PATH", path, length) < length)
            for (WCHAR *p = path; *p && file == INVALID_HANDLE_VALUE;) {
                ULONG n = 0;
                while (p[n] && p[n] != ';')
                    n++;
                if (n)
                    file = open_in(p, n, name, share);
                p += n + (p[n] == ';');
            }
        RtlFreeHeap(process_heap(), 0, path);
    }
    return file;
}

static HMODULE load_data_file(const WCHAR *name, DWORD flags)
{
    BOOL image = (flags & LOAD_LIBRARY_AS_IMAGE_RESOURCE) != 0;
    DWORD share = FILE_SHARE_READ | FILE_SHARE_DELETE;
    PVOID base = NULL;
    SIZE_T size = 0;
    HANDLE file, section;
    IMAGE_NT_HEADERS *nt;
    NTSTATUS status;

    if (!(flags & LOAD_LIBRARY_AS_DATAFILE_EXCLUSIVE))
        share |= FILE_SHARE_WRITE;
    file = open_data_file(name, share);
    if (file == INVALID_HANDLE_VALUE)
        return NULL;
    status = NtCreateSection(&section, SECTION_MAP_READ | SECTION_QUERY, NULL, NULL, PAGE_READONLY,
                             image ? SEC_IMAGE : SEC_COMMIT, file);
    NtClose(file);
    if (NT_SUCCESS(status)) {
        status = NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, NULL, &size, 1, 0,
                                    PAGE_READONLY);
        NtClose(section);
    }
    if (status == STATUS_MAPPED_FILE_SIZE_ZERO)
        status = STATUS_INVALID_IMAGE_FORMAT;
    if (NT_SUCCESS(status) && !image) {
        status = RtlImageNtHeaderEx(0, base, size, &nt);
        if (!NT_SUCCESS(status)) {
            NtUnmapViewOfSection(NtCurrentProcess(), base);
            status = STATUS_INVALID_IMAGE_FORMAT;
        }
    }
    if (!set_status(status))
        return NULL;
    return (HMODULE)((ULONG_PTR)base | (image ? 2 : 1));
}

/* flags as documented; a file handle is reserved. A name without an extension gets ".dll". */
HMODULE WINAPI LoadLibraryExW(LPCWSTR name, HANDLE file, DWORD flags)
{
    UNICODE_STRING string;
    PVOID module;
    ULONG length, characteristics = 0;

    if (!name || file ||
        flags & ~(DWORD)(SEARCH_FLAGS | DATA_FLAGS | DONT_RESOLVE_DLL_REFERENCES |
                         LOAD_WITH_ALTERED_SEARCH_PATH | LOAD_IGNORE_CODE_AUTHZ_LEVEL |
                         LOAD_LIBRARY_REQUIRE_SIGNED_TARGET | 0x2000 /* LOAD_LIBRARY_SAFE_CURRENT_DIRS */) ||
        (flags & LOAD_LIBRARY_AS_DATAFILE && flags & LOAD_LIBRARY_AS_DATAFILE_EXCLUSIVE) ||
        (flags & LOAD_WITH_ALTERED_SEARCH_PATH && flags & SEARCH_FLAGS)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    length = lstrlenW(name);
    while (length && name[length - 1] == ' ')
        length--;
    if (!length) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (length > 32000) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return NULL;
    }
    string.Buffer = (WCHAR *)name;
    string.Length = (USHORT)(length * sizeof(WCHAR));
    string.MaximumLength = string.Length + sizeof(WCHAR);
    if (flags & DATA_FLAGS)
        return load_data_file(name, flags);
    if (flags & LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR && !wcschr(name, '\\') && !wcschr(name, '/')) {
        SetLastError(ERROR_INVALID_PARAMETER); /* it needs a full path */
        return NULL;
    }
    if (flags & DONT_RESOLVE_DLL_REFERENCES)
        characteristics |= IMAGE_FILE_EXECUTABLE_IMAGE;
    ULONG_PTR path = (flags & (SEARCH_FLAGS | LOAD_WITH_ALTERED_SEARCH_PATH)) | 1;
    return set_status(LdrLoadDll((PWSTR)path, &characteristics, &string, &module)) ? module : NULL;
}

HMODULE WINAPI LoadLibraryExA(LPCSTR text, HANDLE file, DWORD flags)
{
    struct name name;
    HMODULE module;
    if (!text) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (!set_name(&name, text))
        return NULL;
    module = LoadLibraryExW(name.string.Buffer, file, flags);
    free_wide(name.heap);
    return module;
}

HMODULE WINAPI LoadLibraryW(LPCWSTR name)
{
    return LoadLibraryExW(name, NULL, 0);
}

HMODULE WINAPI LoadLibraryA(LPCSTR name)
{
    return LoadLibraryExA(name, NULL, 0);
}

BOOL WINAPI FreeLibrary(HMODULE module)
{
    if (!module) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    if (LDR_IS_RESOURCE(module))
        return set_status(
            NtUnmapViewOfSection(NtCurrentProcess(), (PVOID)((ULONG_PTR)module & ~(ULONG_PTR)3)));
    return set_status(LdrUnloadDll(module));
}

VOID WINAPI FreeLibraryAndExitThread(HMODULE module, DWORD code)
{
    FreeLibrary(module);
    RtlExitUserThread(code);
}

BOOL WINAPI DisableThreadLibraryCalls(HMODULE module)
{
    return set_status(LdrDisableThreadCalloutsForDll(module));
}

/* ------------------------------------------------------------------ finding */

static NTSTATUS find_module(UNICODE_STRING *name, ULONG flags, PVOID *ret_module)
{
    ULONG length = name->Length / sizeof(WCHAR), dot = 0;
    WCHAR buffer[128];

    /* A plain "name.ext" that is loaded needs nothing but the table. */
    if (flags == LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT && length && length < 120) {
        for (ULONG i = 0; i < length; i++) {
            WCHAR c = name->Buffer[i];
            if (c == '\\' || c == '/' || c == ':')
                return LdrGetDllHandleEx(flags, NULL, NULL, name, ret_module);
            if (c == '.')
                dot = i + 1;
        }
        UNICODE_STRING plain = *name;
        if (!dot) {
            memcpy(buffer, name->Buffer, name->Length);
            memcpy(buffer + length, L".dll", 5 * sizeof(WCHAR));
            plain.Buffer = buffer;
            plain.Length = (USHORT)((length + 4) * sizeof(WCHAR));
        }
        if (NT_SUCCESS(LdrGetDllHandleByName(&plain, NULL, ret_module)))
            return STATUS_SUCCESS;
    }
    return LdrGetDllHandleEx(flags, NULL, NULL, name, ret_module);
}

HMODULE WINAPI GetModuleHandleW(LPCWSTR name)
{
    UNICODE_STRING string;
    PVOID module;
    if (!name)
        return current_peb()->ImageBaseAddress;
    RtlInitUnicodeString(&string, name);
    return set_status(find_module(&string, LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT, &module)) ? module
                                                                                               : NULL;
}

HMODULE WINAPI GetModuleHandleA(LPCSTR text)
{
    struct name name;
    PVOID module;
    NTSTATUS status;
    if (!text)
        return current_peb()->ImageBaseAddress;
    if (!set_name(&name, text))
        return NULL;
    status = find_module(&name.string, LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT, &module);
    free_wide(name.heap);
    return set_status(status) ? module : NULL;
}

BOOL WINAPI GetModuleHandleExW(DWORD flags, LPCWSTR name, HMODULE *ret_module)
{
    const DWORD pin = GET_MODULE_HANDLE_EX_FLAG_PIN, unchanged = GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    PVOID module = NULL;
    NTSTATUS status = STATUS_SUCCESS;

    if (ret_module)
        *ret_module = NULL;
    if (!ret_module || flags & ~(pin | unchanged | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS) ||
        (flags & pin && flags & unchanged) || (flags & GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS && !name)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!name) {
        module = current_peb()->ImageBaseAddress;
    } else if (flags & GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS) {
        if (!RtlPcToFileHeader((PVOID)name, &module))
            status = STATUS_DLL_NOT_FOUND;
        else if (!(flags & unchanged))
            status = LdrAddRefDll(flags & pin ? LDR_ADDREF_DLL_PIN : 0, module);
    } else {
        UNICODE_STRING string;
        RtlInitUnicodeString(&string, name);
        status = find_module(&string,
                             flags & unchanged ? LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT
                             : flags & pin     ? LDR_GET_DLL_HANDLE_EX_PIN
                                               : 0,
                             &module);
    }
    if (!set_status(status))
        return FALSE;
    *ret_module = module;
    return TRUE;
}

BOOL WINAPI GetModuleHandleExA(DWORD flags, LPCSTR text, HMODULE *ret_module)
{
    struct name name;
    BOOL result;
    if (!text || flags & GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS || !ret_module)
        return GetModuleHandleExW(flags, (LPCWSTR)text, ret_module);
    *ret_module = NULL;
    if (!set_name(&name, text))
        return FALSE;
    result = GetModuleHandleExW(flags, name.string.Buffer, ret_module);
    free_wide(name.heap);
    return result;
}

/* Cuts to the size, terminated, and then returns size with ERROR_INSUFFICIENT_BUFFER. */
DWORD WINAPI GetModuleFileNameW(HMODULE module, LPWSTR name, DWORD size)
{
    UNICODE_STRING string = {0, (USHORT)((size < 32767 ? size : 32767) * sizeof(WCHAR)), name};
    NTSTATUS status;
    if (!size) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    status = LdrGetDllFullName(module, &string);
    ULONG length = string.Length / sizeof(WCHAR);
    if (status == STATUS_BUFFER_TOO_SMALL || (NT_SUCCESS(status) && length == size)) {
        name[size - 1] = 0;
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return size;
    }
    return set_status(status) ? length : 0;
}

DWORD WINAPI GetModuleFileNameA(HMODULE module, LPSTR name, DWORD size)
{
    WCHAR local[300], *wide = local;
    DWORD capacity = 300, length, result;

    if (!size) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    UNICODE_STRING string = {0, sizeof local - sizeof(WCHAR), local};
    NTSTATUS status = LdrGetDllFullName(module, &string);
    if (status == STATUS_BUFFER_TOO_SMALL) {
        capacity = 32767;
        wide = RtlAllocateHeap(process_heap(), 0, capacity * sizeof(WCHAR));
        if (!wide) {
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
            return 0;
        }
        string.Buffer = wide;
        string.MaximumLength = (USHORT)((capacity - 1) * sizeof(WCHAR));
        status = LdrGetDllFullName(module, &string);
    }
    length = string.Length / sizeof(WCHAR);
    if (!set_status(status)) {
        result = 0;
    } else {
        DWORD i;
        for (i = 0; i < length && i + 1 < size && wide[i] < 0x80; i++)
            name[i] = (char)wide[i];
        if (i == length) {
            name[i] = 0;
            result = length;
        } else {
            result = wide_to_ansi(wide, length, name, size);
            if (result <= size) {
                result--;
            } else {
                char *all = RtlAllocateHeap(process_heap(), 0, result);
                if (all) {
                    wide_to_ansi(wide, length, all, result);
                    memcpy(name, all, size - 1);
                    RtlFreeHeap(process_heap(), 0, all);
                }
                name[size - 1] = 0;
                result = size;
                SetLastError(ERROR_INSUFFICIENT_BUFFER);
            }
        }
    }
    if (wide != local)
        RtlFreeHeap(process_heap(), 0, wide);
    return result;
}

FARPROC WINAPI GetProcAddress(HMODULE module, LPCSTR name)
{
    PVOID address;
    NTSTATUS status;
    if (!module)
        module = current_peb()->ImageBaseAddress;
    if ((ULONG_PTR)name < 0x10000) {
        status = LdrGetProcedureAddress(module, NULL, (ULONG)(ULONG_PTR)name, &address);
    } else {
        size_t length = strlen(name);
        if (length > 0xfff0) {
            SetLastError(ERROR_PROC_NOT_FOUND);
            return NULL;
        }
        ANSI_STRING string = {(USHORT)length, (USHORT)(length + 1), (char *)name};
        status = LdrGetProcedureAddress(module, &string, 0, &address);
        if (status == STATUS_INVALID_PARAMETER)
            status = STATUS_ENTRYPOINT_NOT_FOUND; /* an empty name */
    }
    return set_status(status) ? (FARPROC)address : NULL;
}

FARPROC WINAPI GetProcAddressForCaller(HMODULE module, LPCSTR name, LPVOID caller);
FARPROC WINAPI GetProcAddressForCaller(HMODULE module, LPCSTR name, LPVOID caller)
{
    (void)caller;
    return GetProcAddress(module, name);
}

/* ------------------------------------------------------------------ directories */

BOOL WINAPI SetDllDirectoryW(LPCWSTR path)
{
    UNICODE_STRING string;
    if (path && wcschr(path, ';')) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    RtlInitUnicodeString(&string, path);
    return set_status(LdrSetDllDirectory(&string));
}

BOOL WINAPI SetDllDirectoryA(LPCSTR path)
{
    WCHAR *wide;
    BOOL result;
    if (!ansi_to_wide(path, &wide))
        return FALSE;
    result = SetDllDirectoryW(wide);
    free_wide(wide);
    return result;
}

DWORD WINAPI GetDllDirectoryW(DWORD size, LPWSTR path)
{
    UNICODE_STRING string = {0, (USHORT)((size < 32767 ? size : 32767) * sizeof(WCHAR)), path};
    NTSTATUS status = LdrGetDllDirectory(&string);
    if (status == STATUS_BUFFER_TOO_SMALL) {
        if (size && path)
            path[0] = 0;
        return string.Length / sizeof(WCHAR);
    }
    return set_status(status) ? string.Length / sizeof(WCHAR) : 0;
}

DWORD WINAPI GetDllDirectoryA(DWORD size, LPSTR path)
{
    WCHAR wide[MAX_PATH + 1];
    DWORD length = GetDllDirectoryW(MAX_PATH + 1, wide);
    if (length > MAX_PATH)
        return length;
    length = wide_to_ansi(wide, -1, path, size);
    return length <= size ? length - 1 : length;
}

DLL_DIRECTORY_COOKIE WINAPI AddDllDirectory(PCWSTR path)
{
    UNICODE_STRING string;
    PVOID cookie;
    RtlInitUnicodeString(&string, path);
    if (!path) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES &&
        ((path[0] && path[1] == ':' && path[2] == '\\') || path[0] == '\\'))
        return NULL; /* ERROR_FILE_NOT_FOUND or what the path deserves */
    return set_status(LdrAddDllDirectory(&string, &cookie)) ? cookie : NULL;
}

WINBOOL WINAPI RemoveDllDirectory(DLL_DIRECTORY_COOKIE cookie)
{
    return set_status(LdrRemoveDllDirectory(cookie));
}

WINBOOL WINAPI SetDefaultDllDirectories(DWORD flags)
{
    return set_status(LdrSetDefaultDllDirectories(flags));
}

BOOL WINAPI IsApiSetImplemented(PCSTR contract);
NTSTATUS NTAPI ApiSetQueryApiSetPresence(const UNICODE_STRING *name, BOOLEAN *ret_present);
BOOL WINAPI IsApiSetImplemented(PCSTR contract)
{
    struct name name;
    BOOLEAN present = FALSE;
    if (!set_name(&name, contract))
        return FALSE;
    if (!NT_SUCCESS(ApiSetQueryApiSetPresence(&name.string, &present)))
        present = FALSE;
    free_wide(name.heap);
    return present;
}

PVOID WINAPI ResolveDelayLoadedAPI(PVOID base, const IMAGE_DELAYLOAD_DESCRIPTOR *descriptor, PVOID dll_hook,
                                   PVOID system_hook, PIMAGE_THUNK_DATA thunk, ULONG flags);
PVOID WINAPI ResolveDelayLoadedAPI(PVOID base, const IMAGE_DELAYLOAD_DESCRIPTOR *descriptor, PVOID dll_hook,
                                   PVOID system_hook, PIMAGE_THUNK_DATA thunk, ULONG flags)
{
    return LdrResolveDelayLoadedAPI(base, descriptor, dll_hook, system_hook, thunk, flags);
}

HRESULT WINAPI ResolveDelayLoadsFromDll(PVOID base, LPCSTR dll, ULONG flags);
HRESULT WINAPI ResolveDelayLoadsFromDll(PVOID base, LPCSTR dll, ULONG flags)
{
    NTSTATUS status = LdrResolveDelayLoadsFromDll(base, dll, flags);
    return NT_SUCCESS(status) ? S_OK : HRESULT_FROM_WIN32(RtlNtStatusToDosError(status));
}

BOOL WINAPI QueryOptionalDelayLoadedAPI(HMODULE module, LPCSTR dll, LPCSTR function, DWORD reserved);
BOOL WINAPI QueryOptionalDelayLoadedAPI(HMODULE module, LPCSTR dll, LPCSTR function, DWORD reserved)
{
    return set_status(LdrQueryOptionalDelayLoadedAPI(module, dll, function, reserved));
}

/* What system DLLs give ResolveDelayLoadedAPI as their hook: nothing can take the function's place, so the
 * exception of Visual C++'s helper says which of the two is not there. */
FARPROC WINAPI DelayLoadFailureHook(LPCSTR dll, LPCSTR function)
{
    enum { MODULE_NOT_FOUND = 0xc06d007e, PROCEDURE_NOT_FOUND };
    ULONG_PTR names[] = {(ULONG_PTR)dll, (ULONG_PTR)function};

    RaiseException(GetModuleHandleA(dll) ? (DWORD)PROCEDURE_NOT_FOUND : (DWORD)MODULE_NOT_FOUND, 0, 2, names);
    return NULL;
}
