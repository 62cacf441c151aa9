/*
 * A file's position, size and type.
 */
#include "file.h"

BOOL WINAPI SetFilePointerEx(HANDLE file, LARGE_INTEGER distance, LARGE_INTEGER *ret_position, DWORD method)
{
    IO_STATUS_BLOCK iosb;
    gw_file_seek seek = {.distance = distance.QuadPart, .method = method};
    if (method > FILE_END) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    NTSTATUS status = NtQueryInformationFile(file, &iosb, &seek, sizeof seek, GwFileSeek);
    if (!NT_SUCCESS(status)) {
        SetLastError(status == STATUS_INVALID_PARAMETER ? ERROR_NEGATIVE_SEEK
                                                        : RtlNtStatusToDosError(status));
        return FALSE;
    }
    if (ret_position)
        ret_position->QuadPart = seek.distance;
    return TRUE;
}

DWORD WINAPI SetFilePointer(HANDLE file, LONG distance, LONG *high, DWORD method)
{
    LARGE_INTEGER offset, position;
    if (high) {
        offset.LowPart = (DWORD)distance;
        offset.HighPart = *high;
    } else
        offset.QuadPart = distance;
    if (!SetFilePointerEx(file, offset, &position, method))
        return INVALID_SET_FILE_POINTER;
    if (!high && position.HighPart) {
        /* The position would not fit: as if it had not been asked for. */
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_SET_FILE_POINTER;
    }
    if (high)
        *high = position.HighPart;
    if (position.LowPart == INVALID_SET_FILE_POINTER)
        SetLastError(0);
    return position.LowPart;
}

BOOL WINAPI SetEndOfFile(HANDLE file)
{
    IO_STATUS_BLOCK iosb;
    FILE_POSITION_INFORMATION position;
    NTSTATUS status = NtQueryInformationFile(file, &iosb, &position, sizeof position,
                                             FilePositionInformation);
    if (NT_SUCCESS(status))
        status = NtSetInformationFile(file, &iosb, &position, sizeof position, FileEndOfFileInformation);
    return set_status(status);
}

BOOL WINAPI SetFileValidData(HANDLE file, LONGLONG length)
{
    IO_STATUS_BLOCK iosb;
    return set_status(
        NtSetInformationFile(file, &iosb, &length, sizeof length, FileValidDataLengthInformation));
}

BOOL WINAPI GetFileSizeEx(HANDLE file, LARGE_INTEGER *ret_size)
{
    IO_STATUS_BLOCK iosb;
    FILE_STANDARD_INFORMATION info;
    if (!set_status(NtQueryInformationFile(file, &iosb, &info, sizeof info, FileStandardInformation)))
        return FALSE;
    *ret_size = info.EndOfFile;
    return TRUE;
}

DWORD WINAPI GetFileSize(HANDLE file, DWORD *high)
{
    LARGE_INTEGER size;
    if (!GetFileSizeEx(file, &size))
        return INVALID_FILE_SIZE;
    if (high)
        *high = (DWORD)size.HighPart;
    if (size.LowPart == INVALID_FILE_SIZE)
        SetLastError(0);
    return size.LowPart;
}

BOOL WINAPI FlushFileBuffers(HANDLE file)
{
    IO_STATUS_BLOCK iosb;
    return set_status(NtFlushBuffersFile(real_handle(file), &iosb));
}

DWORD WINAPI GetFileType(HANDLE file)
{
    IO_STATUS_BLOCK iosb;
    FILE_FS_DEVICE_INFORMATION info;
    NTSTATUS status = NtQueryVolumeInformationFile(real_handle(file), &iosb, &info, sizeof info,
                                                   FileFsDeviceInformation);
    if (!NT_SUCCESS(status)) {
        set_status(status);
        return FILE_TYPE_UNKNOWN;
    }
    SetLastError(0);
    switch (info.DeviceType) {
    case FILE_DEVICE_NULL:
    case FILE_DEVICE_CONSOLE: return FILE_TYPE_CHAR;
    case FILE_DEVICE_NAMED_PIPE: return FILE_TYPE_PIPE;
    default: return FILE_TYPE_DISK;
    }
}
