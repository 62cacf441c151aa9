/*
 * Deleting, moving, copying, replacing and linking files.
 */
#include "file.h"

BOOL WINAPI DeleteFileW(PCWSTR name)
{
    HANDLE handle;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = open_dos_path(
        name, DELETE, SHARE_ALL,
        FILE_NON_DIRECTORY_FILE | FILE_OPEN_REPARSE_POINT | FILE_OPEN_FOR_BACKUP_INTENT, &handle);
    if (status == STATUS_FILE_IS_A_DIRECTORY) {
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    if (NT_SUCCESS(status)) {
        FILE_DISPOSITION_INFORMATION_EX info = {FILE_DISPOSITION_DELETE | FILE_DISPOSITION_POSIX_SEMANTICS};
        status = NtSetInformationFile(handle, &iosb, &info, sizeof info, FileDispositionInformationEx);
        NtClose(handle);
    }
    return set_status(status);
}

BOOL WINAPI DeleteFileA(PCSTR name)
{
    WITH_WIDE(name, wide, FALSE, DeleteFileW(wide));
}

/* Sets a rename or link information on an open file. */
static NTSTATUS set_name(HANDLE file, PCWSTR name, ULONG flags, ULONG info_class)
{
    UNICODE_STRING nt;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = RtlDosPathNameToNtPathName_U_WithStatus(name, &nt, NULL, NULL);
    if (!NT_SUCCESS(status))
        return STATUS_OBJECT_PATH_NOT_FOUND;
    ULONG size = (ULONG)offsetof(FILE_RENAME_INFORMATION, FileName) + nt.Length;
    if (size < sizeof(FILE_RENAME_INFORMATION))
        size = sizeof(FILE_RENAME_INFORMATION);
    union {
        FILE_RENAME_INFORMATION info;
        char bytes[600];
    } fixed;
    FILE_RENAME_INFORMATION *info = &fixed.info;
    if (size > sizeof fixed)
        info = RtlAllocateHeap(process_heap(), 0, size);
    if (info) {
        info->Flags = flags;
        info->RootDirectory = NULL;
        info->FileNameLength = nt.Length;
        RtlCopyMemory(info->FileName, nt.Buffer, nt.Length);
        status = NtSetInformationFile(file, &iosb, info, size, info_class);
        if (info != &fixed.info)
            RtlFreeHeap(process_heap(), 0, info);
    } else
        status = STATUS_NO_MEMORY;
    RtlFreeUnicodeString(&nt);
    return status;
}

BOOL WINAPI MoveFileWithProgressW(PCWSTR from, PCWSTR to, LPPROGRESS_ROUTINE routine, void *context,
                                  DWORD flags)
{
    HANDLE file;
    if (!to) {
        if (flags & MOVEFILE_DELAY_UNTIL_REBOOT) {
            SetLastError(ERROR_ACCESS_DENIED); /* nothing ever reboots here */
            return FALSE;
        }
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (flags & (MOVEFILE_DELAY_UNTIL_REBOOT | MOVEFILE_CREATE_HARDLINK)) {
        SetLastError(flags & MOVEFILE_CREATE_HARDLINK ? ERROR_INVALID_PARAMETER : ERROR_ACCESS_DENIED);
        return FALSE;
    }
    NTSTATUS status = open_dos_path(from, DELETE | FILE_READ_ATTRIBUTES, SHARE_ALL,
                                    FILE_OPEN_REPARSE_POINT | FILE_OPEN_FOR_BACKUP_INTENT, &file);
    if (!NT_SUCCESS(status))
        return set_status(status);
    status = set_name(file, to, flags & MOVEFILE_REPLACE_EXISTING ? FILE_RENAME_REPLACE_IF_EXISTS : 0,
                      FileRenameInformation);
    NtClose(file);
    if (status == STATUS_NOT_SAME_DEVICE && (flags & MOVEFILE_COPY_ALLOWED)) {
        DWORD attributes = GetFileAttributesW(from);
        if (attributes == INVALID_FILE_ATTRIBUTES || (attributes & FILE_ATTRIBUTE_DIRECTORY)) {
            SetLastError(ERROR_ACCESS_DENIED);
            return FALSE;
        }
        return CopyFileExW(from, to, routine, context, NULL,
                           flags & MOVEFILE_REPLACE_EXISTING ? 0 : COPY_FILE_FAIL_IF_EXISTS) &&
               DeleteFileW(from);
    }
    return set_status(status);
}

BOOL WINAPI MoveFileWithProgressA(PCSTR from, PCSTR to, LPPROGRESS_ROUTINE routine, void *context,
                                  DWORD flags)
{
    WITH_WIDE2(from, wide_from, to, wide_to, FALSE,
               MoveFileWithProgressW(wide_from, wide_to, routine, context, flags));
}

BOOL WINAPI MoveFileExW(PCWSTR from, PCWSTR to, DWORD flags)
{
    return MoveFileWithProgressW(from, to, NULL, NULL, flags);
}

BOOL WINAPI MoveFileExA(PCSTR from, PCSTR to, DWORD flags)
{
    WITH_WIDE2(from, wide_from, to, wide_to, FALSE, MoveFileExW(wide_from, wide_to, flags));
}

BOOL WINAPI MoveFileW(PCWSTR from, PCWSTR to)
{
    return MoveFileWithProgressW(from, to, NULL, NULL, MOVEFILE_COPY_ALLOWED);
}

BOOL WINAPI MoveFileA(PCSTR from, PCSTR to)
{
    return MoveFileExA(from, to, MOVEFILE_COPY_ALLOWED);
}

/* ---- copying ---- */

struct copy {
    HANDLE from, to;
    LPPROGRESS_ROUTINE routine;
    void *context;
    BOOL *cancel;
    LARGE_INTEGER size, done;
};

/* Calls the progress routine; ERROR_SUCCESS or why the copy ends. */
static DWORD report(struct copy *copy, DWORD reason)
{
    if (copy->cancel && *(volatile BOOL *)copy->cancel)
        return ERROR_REQUEST_ABORTED;
    if (!copy->routine)
        return ERROR_SUCCESS;
    switch (copy->routine(copy->size, copy->done, copy->size, copy->done, 1, reason, copy->from, copy->to,
                          copy->context)) {
    case PROGRESS_CANCEL:
    case PROGRESS_STOP: return ERROR_REQUEST_ABORTED;
    case PROGRESS_QUIET: copy->routine = NULL; return ERROR_SUCCESS;
    default: return ERROR_SUCCESS;
    }
}

static DWORD copy_data(struct copy *copy)
{
    enum { CHUNK = 1 << 18 };
    void *buffer = NULL;
    SIZE_T size = CHUNK;
    DWORD got, put, error;
    if (!NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &buffer, 0, &size, MEM_COMMIT | MEM_RESERVE,
                                            PAGE_READWRITE)))
        return ERROR_NOT_ENOUGH_MEMORY;
    error = report(copy, CALLBACK_STREAM_SWITCH);
    while (error == ERROR_SUCCESS) {
        if (!ReadFile(copy->from, buffer, CHUNK, &got, NULL)) {
            error = GetLastError();
            break;
        }
        if (!got)
            break;
        if (!WriteFile(copy->to, buffer, got, &put, NULL) || put != got) {
            error = put != got ? ERROR_DISK_FULL : GetLastError();
            break;
        }
        copy->done.QuadPart += got;
        error = report(copy, CALLBACK_CHUNK_FINISHED);
    }
    size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &buffer, &size, MEM_RELEASE);
    return error;
}

BOOL WINAPI CopyFileExW(PCWSTR from, PCWSTR to, LPPROGRESS_ROUTINE routine, void *context, BOOL *cancel,
                        DWORD flags)
{
    struct copy copy = {.routine = routine, .context = context, .cancel = cancel};
    FILE_BASIC_INFORMATION info;
    FILE_ID_INFORMATION from_id, to_id;
    IO_STATUS_BLOCK iosb;
    DWORD error;

    if (flags & COPY_FILE_COPY_SYMLINK) {
        DWORD attributes = GetFileAttributesW(from);
        if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_REPARSE_POINT)) {
            union {
                REPARSE_GUID_DATA_BUFFER align;
                char bytes[16384];
            } *data = RtlAllocateHeap(process_heap(), 0, sizeof *data);
            DWORD n = 0;
            BOOL good = FALSE;
            HANDLE link = CreateFileW(from, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL, OPEN_EXISTING,
                                      FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS, NULL);
            if (data && link != INVALID_HANDLE_VALUE &&
                DeviceIoControl(link, FSCTL_GET_REPARSE_POINT, NULL, 0, data, sizeof *data, &n, NULL)) {
                HANDLE out = CreateFileW(to, GENERIC_WRITE, 0, NULL,
                                         flags & COPY_FILE_FAIL_IF_EXISTS ? CREATE_NEW : CREATE_ALWAYS, 0,
                                         NULL);
                if (out != INVALID_HANDLE_VALUE) {
                    good = DeviceIoControl(out, FSCTL_SET_REPARSE_POINT, data, n, NULL, 0, &n, NULL);
                    NtClose(out);
                }
            }
            if (link != INVALID_HANDLE_VALUE)
                NtClose(link);
            RtlFreeHeap(process_heap(), 0, data);
            return good;
        }
    }
    copy.from = CreateFileW(from, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
                            FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    if (copy.from == INVALID_HANDLE_VALUE)
        return FALSE;
    if (!set_status(NtQueryInformationFile(copy.from, &iosb, &info, sizeof info, FileBasicInformation))) {
        NtClose(copy.from);
        return FALSE;
    }
    GetFileSizeEx(copy.from, &copy.size);
    /* Onto itself would empty it. */
    HANDLE probe = CreateFileW(to, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    if (probe != INVALID_HANDLE_VALUE) {
        BOOL same = NT_SUCCESS(NtQueryInformationFile(copy.from, &iosb, &from_id, sizeof from_id,
                                                      FileIdInformation)) &&
                    NT_SUCCESS(
                        NtQueryInformationFile(probe, &iosb, &to_id, sizeof to_id, FileIdInformation)) &&
                    RtlCompareMemory(&from_id, &to_id, sizeof from_id) == sizeof from_id;
        NtClose(probe);
        if (same) {
            NtClose(copy.from);
            SetLastError(flags & COPY_FILE_FAIL_IF_EXISTS ? ERROR_FILE_EXISTS : ERROR_SHARING_VIOLATION);
            return FALSE;
        }
    }
    ULONG attributes = info.FileAttributes &
                       (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_READONLY);
    copy.to = CreateFileW(to, GENERIC_WRITE | DELETE, 0, NULL,
                          flags & COPY_FILE_FAIL_IF_EXISTS ? CREATE_NEW : CREATE_ALWAYS,
                          attributes ? attributes : FILE_ATTRIBUTE_NORMAL, NULL);
    if (copy.to == INVALID_HANDLE_VALUE) {
        error = GetLastError();
        NtClose(copy.from);
        SetLastError(error);
        return FALSE;
    }
    error = copy_data(&copy);
    if (error == ERROR_SUCCESS) {
        info.CreationTime.QuadPart = info.LastAccessTime.QuadPart = info.ChangeTime.QuadPart = 0;
        info.FileAttributes = 0;
        NtSetInformationFile(copy.to, &iosb, &info, sizeof info, FileBasicInformation);
    } else {
        FILE_DISPOSITION_INFORMATION_EX gone = {FILE_DISPOSITION_DELETE |
                                                FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE};
        NtSetInformationFile(copy.to, &iosb, &gone, sizeof gone, FileDispositionInformationEx);
    }
    NtClose(copy.to);
    NtClose(copy.from);
    if (error == ERROR_SUCCESS)
        return TRUE;
    SetLastError(error);
    return FALSE;
}

BOOL WINAPI CopyFileExA(PCSTR from, PCSTR to, LPPROGRESS_ROUTINE routine, void *context, BOOL *cancel,
                        DWORD flags)
{
    WITH_WIDE2(from, wide_from, to, wide_to, FALSE,
               CopyFileExW(wide_from, wide_to, routine, context, cancel, flags));
}

BOOL WINAPI CopyFileW(PCWSTR from, PCWSTR to, BOOL fail_if_exists)
{
    return CopyFileExW(from, to, NULL, NULL, NULL, fail_if_exists ? COPY_FILE_FAIL_IF_EXISTS : 0);
}

BOOL WINAPI CopyFileA(PCSTR from, PCSTR to, BOOL fail_if_exists)
{
    return CopyFileExA(from, to, NULL, NULL, NULL, fail_if_exists ? COPY_FILE_FAIL_IF_EXISTS : 0);
}

HRESULT WINAPI CopyFile2(PCWSTR from, PCWSTR to, COPYFILE2_EXTENDED_PARAMETERS *parameters)
{
    if (parameters && parameters->dwSize < sizeof *parameters)
        return E_INVALIDARG;
    DWORD flags = parameters ? parameters->dwCopyFlags : 0;
    BOOL *cancel = parameters ? parameters->pfCancel : NULL;
    return CopyFileExW(from, to, NULL, NULL, cancel, flags) ? S_OK : HRESULT_FROM_WIN32(GetLastError());
}

/* The replacement takes over when the file was created, its attributes and who may access it. */
static NTSTATUS merge(PCWSTR replaced, PCWSTR replacement, DWORD flags)
{
    HANDLE from, to;
    IO_STATUS_BLOCK iosb;
    FILE_BASIC_INFORMATION old, basic = {0};
    BYTE small[1024];
    PSECURITY_DESCRIPTOR descriptor = (PSECURITY_DESCRIPTOR)small;
    ULONG size;

    NTSTATUS status = open_dos_path(replaced, FILE_READ_ATTRIBUTES | READ_CONTROL, SHARE_ALL, 0, &from);
    if (!NT_SUCCESS(status))
        return status;
    status = open_dos_path(replacement, FILE_WRITE_ATTRIBUTES, SHARE_ALL, 0, &to);
    if (NT_SUCCESS(status)) {
        status = NtQueryInformationFile(from, &iosb, &old, sizeof old, FileBasicInformation);
        if (NT_SUCCESS(status)) {
            basic.CreationTime = old.CreationTime;
            basic.FileAttributes = old.FileAttributes;
            status = NtSetInformationFile(to, &iosb, &basic, sizeof basic, FileBasicInformation);
        }
        NtClose(to);
    }
    if (!NT_SUCCESS(status) && !(flags & REPLACEFILE_IGNORE_MERGE_ERRORS)) {
        NtClose(from);
        return status;
    }
    status = open_dos_path(replacement, WRITE_DAC, SHARE_ALL, 0, &to);
    if (NT_SUCCESS(status)) {
        status = NtQuerySecurityObject(from, DACL_SECURITY_INFORMATION, descriptor, sizeof small, &size);
        if (status == STATUS_BUFFER_TOO_SMALL && size > sizeof small) {
            descriptor = RtlAllocateHeap(process_heap(), 0, size);
            status = descriptor
                         ? NtQuerySecurityObject(from, DACL_SECURITY_INFORMATION, descriptor, size, &size)
                         : STATUS_NO_MEMORY;
        }
        if (NT_SUCCESS(status))
            status = NtSetSecurityObject(to, DACL_SECURITY_INFORMATION, descriptor);
        if (descriptor && descriptor != (PSECURITY_DESCRIPTOR)small)
            RtlFreeHeap(process_heap(), 0, descriptor);
        NtClose(to);
    }
    NtClose(from);
    return flags & (REPLACEFILE_IGNORE_MERGE_ERRORS | 4 /* REPLACEFILE_IGNORE_ACL_ERRORS */) ? STATUS_SUCCESS
                                                                                             : status;
}

BOOL WINAPI ReplaceFileW(PCWSTR replaced, PCWSTR replacement, PCWSTR backup, DWORD flags, void *exclude,
                         void *reserved)
{
    DWORD attributes, error;
    if (!replaced || !replacement || exclude || reserved || flags & ~7u) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    attributes = GetFileAttributesW(replaced);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return FALSE;
    if (attributes & (FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_DIRECTORY)) {
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    if (GetFileAttributesW(replacement) == INVALID_FILE_ATTRIBUTES)
        return FALSE;
    if (!set_status(merge(replaced, replacement, flags)))
        return FALSE;
    if (backup && !MoveFileExW(replaced, backup, MOVEFILE_REPLACE_EXISTING)) {
        SetLastError(ERROR_UNABLE_TO_REMOVE_REPLACED);
        return FALSE;
    }
    if (!MoveFileExW(replacement, replaced, MOVEFILE_REPLACE_EXISTING)) {
        error = GetLastError();
        if (backup) {
            MoveFileExW(backup, replaced, 0);
            error = ERROR_UNABLE_TO_MOVE_REPLACEMENT;
        }
        SetLastError(error);
        return FALSE;
    }
    return TRUE;
}

BOOL WINAPI ReplaceFileA(PCSTR replaced, PCSTR replacement, PCSTR backup, DWORD flags, void *exclude,
                         void *reserved)
{
    WCHAR *wide;
    if (!name_to_wide(backup, &wide))
        return FALSE;
    WCHAR *a = NULL, *b = NULL;
    BOOL result = name_to_wide(replaced, &a) && name_to_wide(replacement, &b) &&
                  ReplaceFileW(a, b, wide, flags, exclude, reserved);
    DWORD error = GetLastError();
    free_wide(a);
    free_wide(b);
    free_wide(wide);
    SetLastError(error);
    return result;
}

/* ---- links ---- */

BOOL WINAPI CreateHardLinkW(PCWSTR link, PCWSTR target, SECURITY_ATTRIBUTES *security)
{
    HANDLE file;
    (void)security;
    NTSTATUS status = open_dos_path(target, FILE_WRITE_ATTRIBUTES, SHARE_ALL,
                                    FILE_OPEN_REPARSE_POINT | FILE_OPEN_FOR_BACKUP_INTENT, &file);
    if (NT_SUCCESS(status)) {
        status = set_name(file, link, 0, FileLinkInformation);
        NtClose(file);
        if (status == STATUS_FILE_IS_A_DIRECTORY)
            status = STATUS_ACCESS_DENIED;
    }
    return set_status(status);
}

BOOL WINAPI CreateHardLinkA(PCSTR link, PCSTR target, SECURITY_ATTRIBUTES *security)
{
    WITH_WIDE2(link, wide_link, target, wide_target, FALSE,
               CreateHardLinkW(wide_link, wide_target, security));
}

BOOLEAN WINAPI CreateSymbolicLinkW(PCWSTR link, PCWSTR target, DWORD flags)
{
    UNICODE_STRING nt_link, nt_target = {0, 0, NULL};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE file;
    RTL_PATH_TYPE type;

    if (!link || !target || !*link || !*target || (flags & ~(DWORD)3)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    type = RtlDetermineDosPathNameType_U(target);
    BOOL relative = type == RtlPathTypeRelative || type == RtlPathTypeRooted;
    if (!relative && !dos_to_nt(target, &nt_target))
        return FALSE;
    ULONG print = (ULONG)lstrlenW(target) * sizeof(WCHAR), substitute = relative ? print : nt_target.Length;
    ULONG size = 20 + substitute + print;
    struct {
        ULONG tag;
        USHORT length, reserved, substitute_offset, substitute_length, print_offset, print_length;
        ULONG flags;
        WCHAR text[];
    } *data = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, size);
    if (!data) {
        if (nt_target.Buffer)
            RtlFreeUnicodeString(&nt_target);
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    data->tag = IO_REPARSE_TAG_SYMLINK;
    data->length = (USHORT)(size - 8);
    data->substitute_length = (USHORT)substitute;
    data->print_offset = (USHORT)substitute;
    data->print_length = (USHORT)print;
    data->flags = relative ? 1 : 0;
    RtlCopyMemory(data->text, relative ? target : nt_target.Buffer, substitute);
    RtlCopyMemory((char *)data->text + substitute, target, print);
    if (nt_target.Buffer)
        RtlFreeUnicodeString(&nt_target);

    NTSTATUS status = STATUS_OBJECT_PATH_NOT_FOUND;
    if (dos_to_nt(link, &nt_link)) {
        name_attributes(&attributes, &nt_link);
        status = NtCreateFile(
            &file, FILE_WRITE_ATTRIBUTES | DELETE | SYNCHRONIZE, &attributes, &iosb, NULL,
            FILE_ATTRIBUTE_NORMAL, 0, FILE_CREATE,
            FILE_SYNCHRONOUS_IO_NONALERT | FILE_OPEN_REPARSE_POINT |
                (flags & SYMBOLIC_LINK_FLAG_DIRECTORY ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE),
            NULL, 0);
        RtlFreeUnicodeString(&nt_link);
        if (NT_SUCCESS(status)) {
            status = NtFsControlFile(file, NULL, NULL, NULL, &iosb, FSCTL_SET_REPARSE_POINT, data, size, NULL,
                                     0);
            if (!NT_SUCCESS(status)) {
                FILE_DISPOSITION_INFORMATION gone = {TRUE};
                NtSetInformationFile(file, &iosb, &gone, sizeof gone, FileDispositionInformation);
            }
            NtClose(file);
        }
    }
    RtlFreeHeap(process_heap(), 0, data);
    return (BOOLEAN)set_status(status);
}

BOOLEAN WINAPI CreateSymbolicLinkA(PCSTR link, PCSTR target, DWORD flags)
{
    WITH_WIDE2(link, wide_link, target, wide_target, FALSE,
               CreateSymbolicLinkW(wide_link, wide_target, flags));
}
