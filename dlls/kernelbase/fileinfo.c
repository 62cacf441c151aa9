/*
 * File attributes, times and information by handle.
 */
#include "file.h"

static FILETIME filetime(LARGE_INTEGER time)
{
    return (FILETIME){time.LowPart, (DWORD)time.HighPart};
}

static LARGE_INTEGER from_filetime(const FILETIME *time)
{
    LARGE_INTEGER result = {.QuadPart = 0};
    if (time) {
        result.LowPart = time->dwLowDateTime;
        result.HighPart = (LONG)time->dwHighDateTime;
    }
    return result;
}

/* Runs a query by name; FALSE with the last error set. */
static BOOL query_name(PCWSTR name, NTSTATUS(NTAPI *query)(OBJECT_ATTRIBUTES *, void *), void *info)
{
    UNICODE_STRING nt;
    OBJECT_ATTRIBUTES attributes;
    if (!dos_to_nt(name, &nt))
        return FALSE;
    name_attributes(&attributes, &nt);
    NTSTATUS status = query(&attributes, info);
    RtlFreeUnicodeString(&nt);
    return set_status(status);
}

DWORD WINAPI GetFileAttributesW(PCWSTR name)
{
    FILE_BASIC_INFORMATION info;
    return query_name(name, NtQueryAttributesFile, &info) ? info.FileAttributes : INVALID_FILE_ATTRIBUTES;
}

DWORD WINAPI GetFileAttributesA(PCSTR name)
{
    WITH_WIDE(name, wide, INVALID_FILE_ATTRIBUTES, GetFileAttributesW(wide));
}

BOOL WINAPI GetFileAttributesExW(PCWSTR name, GET_FILEEX_INFO_LEVELS level, void *ret)
{
    FILE_NETWORK_OPEN_INFORMATION info;
    WIN32_FILE_ATTRIBUTE_DATA *data = ret;
    if (level != GetFileExInfoStandard) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!query_name(name, NtQueryFullAttributesFile, &info))
        return FALSE;
    data->dwFileAttributes = info.FileAttributes;
    data->ftCreationTime = filetime(info.CreationTime);
    data->ftLastAccessTime = filetime(info.LastAccessTime);
    data->ftLastWriteTime = filetime(info.LastWriteTime);
    data->nFileSizeHigh = (DWORD)info.EndOfFile.HighPart;
    data->nFileSizeLow = info.EndOfFile.LowPart;
    return TRUE;
}

BOOL WINAPI GetFileAttributesExA(PCSTR name, GET_FILEEX_INFO_LEVELS level, void *ret)
{
    WITH_WIDE(name, wide, FALSE, GetFileAttributesExW(wide, level, ret));
}

BOOL WINAPI SetFileAttributesW(PCWSTR name, DWORD attributes)
{
    HANDLE file;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = open_dos_path(name, FILE_WRITE_ATTRIBUTES, SHARE_ALL,
                                    FILE_OPEN_FOR_BACKUP_INTENT | FILE_OPEN_REPARSE_POINT, &file);
    if (!set_status(status))
        return FALSE;
    FILE_BASIC_INFORMATION info = {.FileAttributes = (attributes & 0x7fa7) ? attributes & 0x7fa7
                                                                           : FILE_ATTRIBUTE_NORMAL};
    status = NtSetInformationFile(file, &iosb, &info, sizeof info, FileBasicInformation);
    NtClose(file);
    return set_status(status);
}

BOOL WINAPI SetFileAttributesA(PCSTR name, DWORD attributes)
{
    WITH_WIDE(name, wide, FALSE, SetFileAttributesW(wide, attributes));
}

BOOL WINAPI GetFileTime(HANDLE file, FILETIME *creation, FILETIME *access, FILETIME *write)
{
    IO_STATUS_BLOCK iosb;
    FILE_BASIC_INFORMATION info;
    if (!set_status(NtQueryInformationFile(file, &iosb, &info, sizeof info, FileBasicInformation)))
        return FALSE;
    if (creation)
        *creation = filetime(info.CreationTime);
    if (access)
        *access = filetime(info.LastAccessTime);
    if (write)
        *write = filetime(info.LastWriteTime);
    return TRUE;
}

BOOL WINAPI SetFileTime(HANDLE file, const FILETIME *creation, const FILETIME *access, const FILETIME *write)
{
    IO_STATUS_BLOCK iosb;
    FILE_BASIC_INFORMATION info = {.CreationTime = from_filetime(creation),
                                   .LastAccessTime = from_filetime(access),
                                   .LastWriteTime = from_filetime(write)};
    return set_status(NtSetInformationFile(file, &iosb, &info, sizeof info, FileBasicInformation));
}

BOOL WINAPI GetFileInformationByHandle(HANDLE file, BY_HANDLE_FILE_INFORMATION *ret)
{
    IO_STATUS_BLOCK iosb;
    gw_file_handle info;
    if (!set_status(NtQueryInformationFile(file, &iosb, &info, sizeof info, GwFileHandleInformation)))
        return FALSE;
    ret->dwFileAttributes = info.attributes;
    ret->ftCreationTime = filetime(info.creation);
    ret->ftLastAccessTime = filetime(info.access);
    ret->ftLastWriteTime = filetime(info.write);
    ret->dwVolumeSerialNumber = info.volume;
    ret->nFileSizeHigh = (DWORD)((ULONGLONG)info.size >> 32);
    ret->nFileSizeLow = (DWORD)info.size;
    ret->nNumberOfLinks = info.links;
    ret->nFileIndexHigh = (DWORD)(info.id >> 32);
    ret->nFileIndexLow = (DWORD)info.id;
    return TRUE;
}

BOOL WINAPI GetFileInformationByHandleEx(HANDLE file, FILE_INFO_BY_HANDLE_CLASS info_class, void *buffer,
                                         DWORD size)
{
    static const struct {
        UCHAR nt;
        UCHAR directory; /* 1: go on, 2: from the start */
    } classes[] = {
        [FileBasicInfo] = {FileBasicInformation, 0},
        [FileStandardInfo] = {FileStandardInformation, 0},
        [FileNameInfo] = {FileNameInformation, 0},
        [FileStreamInfo] = {FileStreamInformation, 0},
        [FileCompressionInfo] = {FileCompressionInformation, 0},
        [FileAttributeTagInfo] = {FileAttributeTagInformation, 0},
        [FileIdBothDirectoryInfo] = {FileIdBothDirectoryInformation, 1},
        [FileIdBothDirectoryRestartInfo] = {FileIdBothDirectoryInformation, 2},
        [FileRemoteProtocolInfo] = {FileRemoteProtocolInformation, 0},
        [FileFullDirectoryInfo] = {FileFullDirectoryInformation, 1},
        [FileFullDirectoryRestartInfo] = {FileFullDirectoryInformation, 2},
        [FileAlignmentInfo] = {FileAlignmentInformation, 0},
        [FileIdInfo] = {FileIdInformation, 0},
        [FileIdExtdDirectoryInfo] = {FileIdExtdDirectoryInformation, 1},
        [FileIdExtdDirectoryRestartInfo] = {FileIdExtdDirectoryInformation, 2},
    };
    IO_STATUS_BLOCK iosb;
    NTSTATUS status;
    if (info_class == FileStorageInfo) {
        struct {
            ULONG logical, atomic, performance, effective, flags, sector_offset, partition_offset;
        } *info = buffer;
        if (size < sizeof *info) {
            SetLastError(ERROR_BAD_LENGTH);
            return FALSE;
        }
        return set_status(
            NtQueryVolumeInformationFile(file, &iosb, buffer, size, FileFsSectorSizeInformation));
    }
    if ((ULONG)info_class >= sizeof classes / sizeof *classes || !classes[info_class].nt) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (classes[info_class].directory)
        status = NtQueryDirectoryFile(file, NULL, NULL, NULL, &iosb, buffer, size, classes[info_class].nt,
                                      FALSE, NULL, classes[info_class].directory == 2);
    else
        status = NtQueryInformationFile(file, &iosb, buffer, size, classes[info_class].nt);
    if (status == STATUS_BUFFER_OVERFLOW) {
        SetLastError(ERROR_MORE_DATA);
        return FALSE;
    }
    if (NT_SUCCESS(status) && info_class == FileStreamInfo && iosb.Information == 0) {
        SetLastError(ERROR_HANDLE_EOF);
        return FALSE;
    }
    if (status == STATUS_INFO_LENGTH_MISMATCH) {
        SetLastError(ERROR_BAD_LENGTH);
        return FALSE;
    }
    return set_status(status);
}

/* A rename information with an NT path made from the caller's DOS path. */
static NTSTATUS set_rename(HANDLE file, const FILE_RENAME_INFO *info, DWORD size, ULONG nt_class)
{
    UNICODE_STRING nt;
    IO_STATUS_BLOCK iosb;
    if (size < sizeof(FILE_RENAME_INFORMATION) ||
        info->FileNameLength > size - offsetof(FILE_RENAME_INFO, FileName))
        return STATUS_INFO_LENGTH_MISMATCH;
    DWORD units = info->FileNameLength / sizeof(WCHAR);
    WCHAR *name = RtlAllocateHeap(process_heap(), 0, (units + 1) * sizeof(WCHAR));
    if (!name)
        return STATUS_NO_MEMORY;
    for (DWORD i = 0; i < units; i++)
        name[i] = info->FileName[i];
    name[units] = 0;
    NTSTATUS status = STATUS_SUCCESS;
    nt.Buffer = name;
    nt.Length = (USHORT)(units * sizeof(WCHAR));
    if (!info->RootDirectory) {
        status = RtlDosPathNameToNtPathName_U_WithStatus(name, &nt, NULL, NULL);
        RtlFreeHeap(process_heap(), 0, name);
        if (!NT_SUCCESS(status))
            return status;
    }
    ULONG bytes = (ULONG)offsetof(FILE_RENAME_INFORMATION, FileName) + nt.Length + sizeof(WCHAR);
    FILE_RENAME_INFORMATION *out = RtlAllocateHeap(process_heap(), 0, bytes + sizeof *out);
    if (out) {
        out->Flags = 0;
        if (nt_class == FileRenameInformationEx)
            out->Flags = *(const ULONG *)info;
        else
            out->ReplaceIfExists = info->ReplaceIfExists != 0;
        out->RootDirectory = info->RootDirectory;
        out->FileNameLength = nt.Length;
        for (ULONG i = 0; i < nt.Length / sizeof(WCHAR); i++)
            out->FileName[i] = nt.Buffer[i];
        status = NtSetInformationFile(file, &iosb, out, bytes < sizeof *out ? (ULONG)sizeof *out : bytes,
                                      nt_class);
        RtlFreeHeap(process_heap(), 0, out);
    } else
        status = STATUS_NO_MEMORY;
    RtlFreeHeap(process_heap(), 0, nt.Buffer);
    return status;
}

BOOL WINAPI SetFileInformationByHandle(HANDLE file, FILE_INFO_BY_HANDLE_CLASS info_class, void *info,
                                       DWORD size)
{
    IO_STATUS_BLOCK iosb;
    ULONG nt;
    switch ((int)info_class) {
    case FileBasicInfo: nt = FileBasicInformation; break;
    case FileAllocationInfo: nt = FileAllocationInformation; break;
    case FileEndOfFileInfo: nt = FileEndOfFileInformation; break;
    case FileDispositionInfo: nt = FileDispositionInformation; break;
    case FileIoPriorityHintInfo: nt = FileIoPriorityHintInformation; break;
    case 21 /* FileDispositionInfoEx */: nt = FileDispositionInformationEx; break;
    case FileRenameInfo: return set_status(set_rename(file, info, size, FileRenameInformation));
    case 22 /* FileRenameInfoEx */: return set_status(set_rename(file, info, size, FileRenameInformationEx));
    case 23 /* FileCaseSensitiveInfo */: nt = FileCaseSensitiveInformation; break;
    default: SetLastError(ERROR_INVALID_PARAMETER); return FALSE;
    }
    NTSTATUS status = NtSetInformationFile(file, &iosb, info, size, nt);
    if (status == STATUS_INFO_LENGTH_MISMATCH) {
        SetLastError(ERROR_BAD_LENGTH);
        return FALSE;
    }
    return set_status(status);
}

DWORD WINAPI GetCompressedFileSizeW(PCWSTR name, DWORD *high)
{
    FILE_NETWORK_OPEN_INFORMATION info;
    if (!query_name(name, NtQueryFullAttributesFile, &info))
        return INVALID_FILE_SIZE;
    LARGE_INTEGER size = info.AllocationSize;
    if (!(info.FileAttributes & (FILE_ATTRIBUTE_SPARSE_FILE | FILE_ATTRIBUTE_COMPRESSED)))
        size = info.EndOfFile;
    if (high)
        *high = (DWORD)size.HighPart;
    SetLastError(0);
    return size.LowPart;
}

DWORD WINAPI GetCompressedFileSizeA(PCSTR name, DWORD *high)
{
    WITH_WIDE(name, wide, INVALID_FILE_SIZE, GetCompressedFileSizeW(wide, high));
}

/* ---- GetFinalPathNameByHandle ---- */

static DWORD put(WCHAR *path, DWORD size, const WCHAR *prefix, const WCHAR *rest, DWORD rest_length)
{
    DWORD head = (DWORD)lstrlenW(prefix), need = head + rest_length;
    if (need + 1 > size)
        return need + 1;
    for (DWORD i = 0; i < head; i++)
        path[i] = prefix[i];
    for (DWORD i = 0; i < rest_length; i++)
        path[head + i] = rest[i];
    path[need] = 0;
    return need;
}

DWORD WINAPI GetFinalPathNameByHandleW(HANDLE file, WCHAR *path, DWORD size, DWORD flags)
{
    IO_STATUS_BLOCK iosb;
    struct {
        FILE_NAME_INFORMATION head;
        WCHAR more[32768];
    } * name;
    union {
        FILE_NAME_INFORMATION head;
        char bytes[128];
    } volume;
    WCHAR prefix[64], *out = prefix;
    DWORD result = 0;

    DWORD kind = flags & ~(DWORD)FILE_NAME_OPENED;
    if (kind != VOLUME_NAME_DOS && kind != VOLUME_NAME_GUID && kind != VOLUME_NAME_NT &&
        kind != VOLUME_NAME_NONE) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    name = RtlAllocateHeap(process_heap(), 0, sizeof *name);
    if (!name) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return 0;
    }
    NTSTATUS status = NtQueryInformationFile(file, &iosb, name, sizeof *name, FileNameInformation);
    if (NT_SUCCESS(status))
        status = NtQueryInformationFile(file, &iosb, &volume, sizeof volume, FileVolumeNameInformation);
    if (set_status(status)) {
        DWORD length = name->head.FileNameLength / sizeof(WCHAR),
              n = volume.head.FileNameLength / sizeof(WCHAR);
        int number = 0;
        for (DWORD i = 0; i < n; i++)
            number = volume.head.FileName[i] >= '0' && volume.head.FileName[i] <= '9'
                         ? number * 10 + volume.head.FileName[i] - '0'
                         : 0;
        switch (kind) {
        case VOLUME_NAME_NT:
            for (DWORD i = 0; i < n; i++)
                *out++ = volume.head.FileName[i];
            *out = 0;
            break;
        case VOLUME_NAME_NONE: *out = 0; break;
        case VOLUME_NAME_GUID:
            lstrcpyW(prefix, L"\\\\?\\Volume{47617374-7769-7274-0000-0000000000");
            out = prefix + lstrlenW(prefix);
            *out++ = L"0123456789abcdef"[('A' + number - 1) >> 4];
            *out++ = L"0123456789abcdef"[('A' + number - 1) & 15];
            *out++ = '}';
            *out = 0;
            break;
        default: lstrcpyW(prefix, L"\\\\?\\X:"); prefix[4] = (WCHAR)('A' + number - 1);
        }
        result = put(path, size, prefix, name->head.FileName, length);
        if (result > size)
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    }
    RtlFreeHeap(process_heap(), 0, name);
    return result;
}

DWORD WINAPI GetFinalPathNameByHandleA(HANDLE file, char *path, DWORD size, DWORD flags)
{
    DWORD result = 0, need = GetFinalPathNameByHandleW(file, NULL, 0, flags);
    if (!need)
        return 0;
    WCHAR *wide = RtlAllocateHeap(process_heap(), 0, need * sizeof(WCHAR));
    if (!wide) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return 0;
    }
    DWORD length = GetFinalPathNameByHandleW(file, wide, need, flags);
    if (length && length < need)
        result = result_to_ansi(wide, length, path, size);
    RtlFreeHeap(process_heap(), 0, wide);
    return result;
}
