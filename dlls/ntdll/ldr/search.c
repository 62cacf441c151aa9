/*
 * Finding and mapping DLL files. Our own DLLs come from the section directory \KnownDlls, which stands
 * for the system folder; everything else from files along the search order. Loader lock held.
 */
#include "private.h"

#define PATH_CAPACITY 32768

ULONG ldr_default_directories;
UNICODE_STRING ldr_dll_directory; /* SetDllDirectory; Buffer NULL: not set */
LIST_ENTRY ldr_user_directories;

static WCHAR path_buffer[PATH_CAPACITY + 8]; /* DOS path being tried; 8 spare for "\??\UNC" */

/* DLLs that Windows always takes from the system folder, whatever lies beside the program. */
static const char known_dlls[] =
    "ntdll\0kernel32\0kernelbase\0advapi32\0user32\0gdi32\0gdi32full\0msvcrt\0ucrtbase\0ole32\0oleaut32\0comb"
    "ase\0"
    "rpcrt4\0sechost\0shell32\0shlwapi\0shcore\0comdlg32\0imm32\0ws2_32\0psapi\0normaliz\0nsi\0win32u\0"
    "msvcp_win\0imagehlp\0setupapi\0cfgmgr32\0wldap32\0clbcatq\0msctf\0coml2\0bcryptprimitives\0";

static BOOLEAN is_known_dll(const WCHAR *name, ULONG length)
{
    if (length < 5 || !ldr_equal(name + length - 4, L".dll", 4))
        return FALSE;
    length -= 4;
    for (const char *known = known_dlls; *known; known++) {
        ULONG i = 0;
        while (i < length && known[i] && (name[i] | 0x20) == known[i] && name[i] < 0x80)
            i++;
        if (i == length && !known[i])
            return TRUE;
        while (*known)
            known++;
    }
    return FALSE;
}

static NTSTATUS map_section(HANDLE section, void **ret_base)
{
    SIZE_T size = 0;
    *ret_base = NULL;
    PVOID before = ldr_teb()->NtTib.ArbitraryUserPointer;
    ldr_teb()->NtTib.ArbitraryUserPointer = path_buffer; /* for the debugger, whose event points there */
    NTSTATUS status = NtMapViewOfSection(section, NtCurrentProcess(), ret_base, 0, 0, NULL, &size,
                                         1 /* ViewShare */, 0, PAGE_EXECUTE_READ);
    ldr_teb()->NtTib.ArbitraryUserPointer = before;
    return status;
}

static ULONG append(ULONG at, const WCHAR *text, ULONG length)
{
    if (at + length >= PATH_CAPACITY)
        return PATH_CAPACITY;
    memcpy(path_buffer + at, text, length * sizeof(WCHAR));
    return at + length;
}

static ULONG system_folder(void)
{
    return append(0, LDR_SYSTEM_FOLDER, sizeof LDR_SYSTEM_FOLDER / sizeof(WCHAR) - 1);
}

NTSTATUS ldr_map_system(const WCHAR *name, ULONG length, void **ret_base, const WCHAR **ret_path,
                        ULONG *ret_length)
{
    WCHAR section_name[80] = L"\\KnownDlls\\";
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .Attributes = OBJ_CASE_INSENSITIVE};
    UNICODE_STRING string = {.Buffer = section_name};
    HANDLE section;
    NTSTATUS status;

    if (length > 64)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    memcpy(section_name + 11, name, length * sizeof(WCHAR));
    string.Length = string.MaximumLength = (11 + length) * sizeof(WCHAR);
    attributes.ObjectName = &string;
    status = NtOpenSection(&section, SECTION_MAP_READ | SECTION_MAP_EXECUTE | SECTION_QUERY, &attributes);
    if (!NT_SUCCESS(status))
        return status;
    ULONG at = append(system_folder(), name, length);
    path_buffer[at] = 0;
    status = map_section(section, ret_base);
    NtClose(section);
    if (!NT_SUCCESS(status))
        return status;
    *ret_path = path_buffer;
    *ret_length = at;
    return status;
}

/* Maps the DOS path in path_buffer. */
static NTSTATUS map_file(ULONG length, void **ret_base)
{
    static WCHAR nt_buffer[PATH_CAPACITY + 8];
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .Attributes = OBJ_CASE_INSENSITIVE};
    UNICODE_STRING string = {.Buffer = nt_buffer};
    IO_STATUS_BLOCK iosb;
    HANDLE file, section;
    NTSTATUS status;
    ULONG skip = 0, prefix = 4;

    memcpy(nt_buffer, L"\\??\\", 8);
    if (length > 4 && path_buffer[0] == '\\' && path_buffer[1] == '\\') {
        if ((path_buffer[2] == '?' || path_buffer[2] == '.') && path_buffer[3] == '\\') {
            skip = 4;
        } else {
            memcpy(nt_buffer + 4, L"UNC", 6);
            prefix = 7, skip = 1;
        }
    }
    memcpy(nt_buffer + prefix, path_buffer + skip, (length - skip) * sizeof(WCHAR));
    for (ULONG i = prefix; i < prefix + length - skip; i++)
        if (nt_buffer[i] == '/')
            nt_buffer[i] = '\\';
    ULONG bytes = (prefix + length - skip) * sizeof(WCHAR);
    if (bytes > 65532)
        return STATUS_NAME_TOO_LONG;
    string.Length = string.MaximumLength = bytes;
    attributes.ObjectName = &string;
    status = NtOpenFile(&file, FILE_READ_DATA | FILE_EXECUTE | SYNCHRONIZE, &attributes, &iosb,
                        FILE_SHARE_READ | FILE_SHARE_DELETE, 0x60 /* non-directory, synchronous */);
    if (!NT_SUCCESS(status))
        return status;
    status = NtCreateSection(&section, SECTION_MAP_READ | SECTION_MAP_EXECUTE | SECTION_QUERY, NULL, NULL,
                             PAGE_EXECUTE, SEC_IMAGE, file);
    NtClose(file);
    if (!NT_SUCCESS(status))
        return status;
    status = map_section(section, ret_base);
    NtClose(section);
    return status;
}

/* "Not there, look further" as against "there, and not usable". */
static BOOLEAN is_absent(NTSTATUS status)
{
    return status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_OBJECT_PATH_NOT_FOUND ||
           status == STATUS_NO_SUCH_FILE || status == STATUS_OBJECT_NAME_INVALID ||
           status == STATUS_FILE_IS_A_DIRECTORY || status == STATUS_NOT_A_DIRECTORY ||
           status == STATUS_OBJECT_PATH_SYNTAX_BAD || status == STATUS_NO_SUCH_DEVICE ||
           status == STATUS_BAD_NETWORK_PATH || status == STATUS_NOT_IMPLEMENTED ||
           status == STATUS_OBJECT_PATH_INVALID;
}

struct attempt {
    const WCHAR *name;
    ULONG length;
    void **ret_base;
    const WCHAR **ret_path;
    ULONG *ret_length;
};

static NTSTATUS try_directory(const struct attempt *attempt, const WCHAR *directory, ULONG length)
{
    ULONG at;
    if (!length)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    at = append(0, directory, length);
    if (at < PATH_CAPACITY && directory[length - 1] != '\\' && directory[length - 1] != '/')
        at = append(at, L"\\", 1);
    at = append(at, attempt->name, attempt->length);
    if (at >= PATH_CAPACITY)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    path_buffer[at] = 0;
    *attempt->ret_path = path_buffer;
    *attempt->ret_length = at;
    return map_file(at, attempt->ret_base);
}

static BOOLEAN has_separator(const WCHAR *name, ULONG length)
{
    for (ULONG i = 0; i < length; i++)
        if (name[i] == '\\' || name[i] == '/')
            return TRUE;
    return FALSE;
}

static NTSTATUS try_system(const struct attempt *attempt, BOOLEAN *ret_builtin)
{
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    if (!has_separator(attempt->name, attempt->length))
        status = ldr_map_system(attempt->name, attempt->length, attempt->ret_base, attempt->ret_path,
                                attempt->ret_length);
    if (NT_SUCCESS(status)) {
        *ret_builtin = TRUE;
        return status;
    }
    if (!is_absent(status))
        return status;
    ULONG folder = system_folder();
    WCHAR directory[300];
    if (folder > 300)
        return status;
    memcpy(directory, path_buffer, folder * sizeof(WCHAR));
    return try_directory(attempt, directory, folder);
}

static ULONG directory_length(const UNICODE_STRING *path)
{
    ULONG length = path->Length / sizeof(WCHAR);
    while (length && path->Buffer[length - 1] != '\\' && path->Buffer[length - 1] != '/')
        length--;
    return length;
}

static NTSTATUS try_list(const struct attempt *attempt, const WCHAR *list)
{
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    while (*list && is_absent(status)) {
        ULONG length = 0, quoted = 0;
        if (*list == '"')
            quoted = 1, list++;
        while (list[length] && (quoted ? list[length] != '"' : list[length] != ';'))
            length++;
        status = try_directory(attempt, list, length);
        list += length;
        while (*list && *list != ';')
            list++;
        while (*list == ';')
            list++;
    }
    return status;
}

/* PATH, as it stands now; on the process heap. */
static WCHAR *copy_path_variable(void)
{
    PEB *peb = ldr_peb();
    WCHAR *copy = NULL;
    if (peb->FastPebLock)
        RtlEnterCriticalSection(peb->FastPebLock);
    for (const WCHAR *p = peb->ProcessParameters->Environment; p && *p; p += ldr_wcslen(p) + 1)
        if (ldr_equal(p, L"PATH=", 5)) {
            ULONG length = ldr_wcslen(p + 5) + 1;
            if ((copy = ldr_allocate(length * sizeof(WCHAR))))
                memcpy(copy, p + 5, length * sizeof(WCHAR));
            break;
        }
    if (peb->FastPebLock)
        RtlLeaveCriticalSection(peb->FastPebLock);
    return copy;
}

static NTSTATUS search_flags(const struct attempt *attempt, const struct ldr_load *load, ULONG flags,
                             BOOLEAN *ret_builtin)
{
    UNICODE_STRING *image = &ldr_peb()->ProcessParameters->ImagePathName;
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    if (flags & LOAD_LIBRARY_SEARCH_DEFAULT_DIRS)
        flags |= LOAD_LIBRARY_SEARCH_APPLICATION_DIR | LOAD_LIBRARY_SEARCH_USER_DIRS |
                 LOAD_LIBRARY_SEARCH_SYSTEM32;
    if (is_absent(status) && flags & LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR && load->altered)
        status = try_directory(attempt, load->altered, ldr_wcslen(load->altered));
    if (is_absent(status) && flags & LOAD_LIBRARY_SEARCH_APPLICATION_DIR)
        status = try_directory(attempt, image->Buffer, directory_length(image));
    if (is_absent(status) && flags & LOAD_LIBRARY_SEARCH_USER_DIRS) {
        if (ldr_dll_directory.Length)
            status = try_directory(attempt, ldr_dll_directory.Buffer,
                                   ldr_dll_directory.Length / sizeof(WCHAR));
        for (LIST_ENTRY *link = ldr_user_directories.Flink;
             link && link != &ldr_user_directories && is_absent(status); link = link->Flink) {
            const WCHAR *directory = (const WCHAR *)(link + 1);
            status = try_directory(attempt, directory, ldr_wcslen(directory));
        }
    }
    if (is_absent(status) && flags & LOAD_LIBRARY_SEARCH_SYSTEM32)
        status = try_system(attempt, ret_builtin);
    return status;
}

static NTSTATUS search_default(const struct attempt *attempt, const struct ldr_load *load,
                               BOOLEAN *ret_builtin)
{
    RTL_USER_PROCESS_PARAMETERS *parameters = ldr_peb()->ProcessParameters;
    NTSTATUS status;

    if (load->search_path) {
        status = try_list(attempt, load->search_path);
        return is_absent(status) ? try_system(attempt, ret_builtin) : status;
    }
    if (load->altered)
        status = try_directory(attempt, load->altered, ldr_wcslen(load->altered));
    else
        status = try_directory(attempt, parameters->ImagePathName.Buffer,
                               directory_length(&parameters->ImagePathName));
    if (is_absent(status) && ldr_dll_directory.Length)
        status = try_directory(attempt, ldr_dll_directory.Buffer, ldr_dll_directory.Length / sizeof(WCHAR));
    if (is_absent(status))
        status = try_system(attempt, ret_builtin);
    if (is_absent(status)) { /* the Windows folder */
        WCHAR directory[300];
        ULONG folder = system_folder() - 9;
        memcpy(directory, path_buffer, folder * sizeof(WCHAR));
        status = try_directory(attempt, directory, folder);
    }
    if (is_absent(status) && !ldr_dll_directory.Buffer)
        status = try_directory(attempt, parameters->CurrentDirectory.DosPath.Buffer,
                               parameters->CurrentDirectory.DosPath.Length / sizeof(WCHAR));
    if (is_absent(status)) {
        WCHAR *path = copy_path_variable();
        if (path)
            status = try_list(attempt, path);
        ldr_free(path);
    }
    return status;
}

/* Looks for a completed name and maps it. *ret_path lives until the next search. STATUS_DLL_NOT_FOUND if
 * no place has it. */
NTSTATUS ldr_search(const struct ldr_load *load, const WCHAR *name, ULONG length, void **ret_base,
                    const WCHAR **ret_path, ULONG *ret_length, BOOLEAN *ret_builtin)
{
    struct attempt attempt = {name, length, ret_base, ret_path, ret_length};
    ULONG flags = load->flags & 0x1f00;
    NTSTATUS status;

    *ret_builtin = FALSE;
    if (!flags)
        flags = ldr_default_directories;
    if ((length > 2 && name[1] == ':') || (length > 1 && (name[0] == '\\' || name[0] == '/'))) {
        ULONG folder = system_folder();
        status = STATUS_OBJECT_NAME_NOT_FOUND;
        if (length > folder && ldr_equal(name, path_buffer, folder) &&
            !has_separator(name + folder, length - folder)) {
            attempt.name += folder, attempt.length -= folder;
            status = try_system(&attempt, ret_builtin);
        } else {
            ULONG at = append(0, name, length);
            path_buffer[at < PATH_CAPACITY ? at : 0] = 0;
            *ret_path = path_buffer, *ret_length = at;
            if (at < PATH_CAPACITY)
                status = map_file(at, ret_base);
        }
    } else if (is_known_dll(name, length)) {
        status = try_system(&attempt, ret_builtin);
        if (is_absent(status))
            status = flags ? search_flags(&attempt, load, flags, ret_builtin)
                           : search_default(&attempt, load, ret_builtin);
    } else if (flags) {
        status = search_flags(&attempt, load, flags, ret_builtin);
    } else {
        status = search_default(&attempt, load, ret_builtin);
    }
    return is_absent(status) ? STATUS_DLL_NOT_FOUND : status;
}
