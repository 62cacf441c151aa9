/*
 * Volumes: NtQueryVolumeInformationFile and what belongs to it.
 */
#include "io/volume.h"
#include "io/attributes.h"
#include "io/device.h"
#include "mm/guest.h"
#include <errno.h>
#include <string.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

int io_file_drive(struct io_file *file)
{
    if (file->overlay)
        return 'C';
    WCHAR *dos = file->path ? io_unix_to_dos(file->path) : NULL;
    int letter = dos ? dos[0] : 0;
    free(dos);
    return letter;
}

ULONGLONG io_volume_serial(struct io_file *file)
{
    struct statx stat;
    if (!NT_SUCCESS(io_file_statx(file, &stat)))
        return 0;
    return io_serial_of((uint64_t)stat.stx_dev_major << 20 | stat.stx_dev_minor);
}

ULONG io_serial_of(uint64_t device)
{
    return (0x47570000u ^ (ULONG)(device >> 20) << 16) + (ULONG)(device & 0xfffff);
}

void io_volume_device_name(int letter, WCHAR *ret_name)
{
    static const WCHAR prefix[] = u"\\Device\\HarddiskVolume";
    size_t used = sizeof prefix / sizeof *prefix - 1;
    unsigned number = letter ? (unsigned)letter - 'A' + 1 : 1;
    memcpy(ret_name, prefix, sizeof prefix);
    if (number >= 10)
        ret_name[used++] = (WCHAR)('0' + number / 10);
    ret_name[used++] = (WCHAR)('0' + number % 10);
    ret_name[used] = 0;
}

static bool stat_volume(struct io_file *file, struct statvfs *ret)
{
    if (file->fd >= 0)
        return fstatvfs(file->fd, ret) == 0;
    return file->path && (statvfs(file->path, ret) == 0 || statvfs("/", ret) == 0);
}

static ULONG device_type(const struct io_file *file)
{
    switch (file->kind) {
    case IO_PIPE:
    case IO_NAMED_PIPE: return FILE_DEVICE_NAMED_PIPE;
    case IO_CONSOLE: return FILE_DEVICE_CONSOLE;
    case IO_MAILSLOT: return FILE_DEVICE_MAILSLOT;
    case IO_NULL: return FILE_DEVICE_NULL;
    case IO_DEVICE: return FILE_DEVICE_CONSOLE; /* character devices: GetFileType calls them that */
    case IO_SOCKET: return FILE_DEVICE_NAMED_PIPE;
    default: return FILE_DEVICE_DISK;
    }
}

/* What the two file systems without files say of themselves. */
static NTSTATUS query_pipes(bool mailslots, ULONG info_class, char *buffer, ULONG length, ULONG *ret_length)
{
    static const WCHAR *const labels[] = {u"NamedPipe", u"Mailslot"}, *const names[] = {u"NPFS", u"MSFS"};
    const WCHAR *text = info_class == FileFsVolumeInformation ? labels[mailslots] : names[mailslots];
    ULONG head = 0, bytes = 0;
    while (text[bytes / 2])
        bytes += 2;
    if (info_class == FileFsVolumeInformation) {
        FILE_FS_VOLUME_INFORMATION *info = (void *)buffer;
        head = offsetof(FILE_FS_VOLUME_INFORMATION, VolumeLabel);
        if (length < sizeof *info)
            return STATUS_INFO_LENGTH_MISMATCH;
        memset(info, 0, sizeof *info);
        info->VolumeLabelLength = bytes;
    } else if (info_class == FileFsAttributeInformation) {
        FILE_FS_ATTRIBUTE_INFORMATION *info = (void *)buffer;
        head = offsetof(FILE_FS_ATTRIBUTE_INFORMATION, FileSystemName);
        if (length < head)
            return STATUS_INFO_LENGTH_MISMATCH;
        memset(info, 0, head);
        info->FileSystemAttributes = FILE_CASE_PRESERVED_NAMES;
        info->MaximumComponentNameLength = ~0u;
        info->FileSystemNameLength = bytes;
    } else {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    ULONG room = length - head < bytes ? length - head : bytes;
    memcpy(buffer + head, text, room);
    *ret_length = head + room;
    return room < bytes ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS query_volume(struct io_file *file, ULONG info_class, char *buffer, ULONG length,
                             ULONG *ret_length)
{
    struct statvfs stat;
    if (info_class == FileFsDeviceInformation) {
        FILE_FS_DEVICE_INFORMATION *info = (void *)buffer;
        if (length < sizeof *info)
            return STATUS_INFO_LENGTH_MISMATCH;
        info->DeviceType = device_type(file);
        info->Characteristics = info->DeviceType == FILE_DEVICE_DISK ? 0x20020 : 0;
        *ret_length = sizeof *info;
        return STATUS_SUCCESS;
    }
    if (device_type(file) == FILE_DEVICE_NAMED_PIPE || device_type(file) == FILE_DEVICE_MAILSLOT)
        return query_pipes(device_type(file) == FILE_DEVICE_MAILSLOT, info_class, buffer, length, ret_length);
    if (device_type(file) != FILE_DEVICE_DISK)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!stat_volume(file, &stat))
        return io_status_from_errno(errno);
    ULONG unit = stat.f_frsize >= 512 ? (ULONG)stat.f_frsize : 4096;
    switch (info_class) {
    case FileFsVolumeInformation: {
        FILE_FS_VOLUME_INFORMATION *info = (void *)buffer;
        if (length < sizeof *info)
            return STATUS_INFO_LENGTH_MISMATCH;
        memset(info, 0, sizeof *info);
        info->VolumeSerialNumber = (ULONG)io_volume_serial(file);
        *ret_length = offsetof(FILE_FS_VOLUME_INFORMATION, VolumeLabel);
        return STATUS_SUCCESS;
    }
    case FileFsSizeInformation: {
        FILE_FS_SIZE_INFORMATION *info = (void *)buffer;
        if (length < sizeof *info)
            return STATUS_INFO_LENGTH_MISMATCH;
        info->TotalAllocationUnits.QuadPart = (int64_t)stat.f_blocks;
        info->AvailableAllocationUnits.QuadPart = (int64_t)stat.f_bavail;
        info->SectorsPerAllocationUnit = unit / 512;
        info->BytesPerSector = 512;
        *ret_length = sizeof *info;
        return STATUS_SUCCESS;
    }
    case FileFsFullSizeInformation: {
        FILE_FS_FULL_SIZE_INFORMATION *info = (void *)buffer;
        if (length < sizeof *info)
            return STATUS_INFO_LENGTH_MISMATCH;
        info->TotalAllocationUnits.QuadPart = (int64_t)stat.f_blocks;
        info->CallerAvailableAllocationUnits.QuadPart = (int64_t)stat.f_bavail;
        info->ActualAvailableAllocationUnits.QuadPart = (int64_t)stat.f_bfree;
        info->SectorsPerAllocationUnit = unit / 512;
        info->BytesPerSector = 512;
        *ret_length = sizeof *info;
        return STATUS_SUCCESS;
    }
    case FileFsAttributeInformation: {
        FILE_FS_ATTRIBUTE_INFORMATION *info = (void *)buffer;
        static const WCHAR name[] = u"NTFS"; /* what programs look for; streams and ACLs are not claimed */
        ULONG head = offsetof(FILE_FS_ATTRIBUTE_INFORMATION, FileSystemName),
              bytes = sizeof name - sizeof *name;
        if (length < head)
            return STATUS_INFO_LENGTH_MISMATCH;
        info->FileSystemAttributes = FILE_CASE_SENSITIVE_SEARCH | FILE_CASE_PRESERVED_NAMES |
                                     FILE_UNICODE_ON_DISK | FILE_SUPPORTS_SPARSE_FILES |
                                     FILE_SUPPORTS_REPARSE_POINTS | FILE_SUPPORTS_HARD_LINKS |
                                     FILE_SUPPORTS_POSIX_UNLINK_RENAME |
                                     (stat.f_flag & ST_RDONLY ? FILE_READ_ONLY_VOLUME : 0);
        info->MaximumComponentNameLength = 255;
        info->FileSystemNameLength = bytes;
        ULONG room = length - head < bytes ? length - head : bytes;
        memcpy(info->FileSystemName, name, room);
        *ret_length = head + room;
        return room < bytes ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
    }
    case FileFsSectorSizeInformation: {
        FILE_FS_SECTOR_SIZE_INFORMATION *info = (void *)buffer;
        if (length < sizeof *info)
            return STATUS_INFO_LENGTH_MISMATCH;
        memset(info, 0, sizeof *info);
        info->LogicalBytesPerSector = 512;
        info->PhysicalBytesPerSectorForAtomicity = info->PhysicalBytesPerSectorForPerformance =
            info->FileSystemEffectivePhysicalBytesPerSectorForAtomicity = unit;
        info->Flags = 3; /* aligned device and partition */
        *ret_length = sizeof *info;
        return STATUS_SUCCESS;
    }
    case FileFsObjectIdInformation: return STATUS_OBJECT_NAME_NOT_FOUND;
    default: return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NtQueryVolumeInformationFile(HANDLE FileHandle, IO_STATUS_BLOCK *IoStatusBlock, void *FsInformation,
                                      ULONG Length, ULONG FsInformationClass)
{
    _Alignas(8) char buffer[128];
    struct io_file *file;
    ULONG written = 0;
    NTSTATUS status = ob_handle_lookup(FileHandle, &io_file_type, 0, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    status = query_volume(file, FsInformationClass, buffer, Length < sizeof buffer ? Length : sizeof buffer,
                          &written);
    ob_dereference(file);
    if (!NT_ERROR(status)) {
        NTSTATUS fault = guest_copy(FsInformation, buffer, written);
        if (NT_SUCCESS(fault))
            fault = guest_write_iosb(IoStatusBlock, status, written);
        if (!NT_SUCCESS(fault))
            status = fault;
    }
    return status;
}

NTSTATUS NtSetVolumeInformationFile(HANDLE FileHandle, IO_STATUS_BLOCK *IoStatusBlock, void *FsInformation,
                                    ULONG Length, ULONG FsInformationClass)
{
    struct io_file *file;
    (void)IoStatusBlock, (void)FsInformation, (void)Length;
    NTSTATUS status = ob_handle_lookup(FileHandle, &io_file_type, 0, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    ob_dereference(file);
    /* Labels are the host's. */
    return FsInformationClass == FileFsLabelInformation ? STATUS_ACCESS_DENIED : STATUS_INVALID_INFO_CLASS;
}

NTSTATUS NtQueryEaFile(HANDLE FileHandle, IO_STATUS_BLOCK *IoStatusBlock, void *Buffer, ULONG Length,
                       BOOLEAN ReturnSingleEntry, void *EaList, ULONG EaListLength, ULONG *EaIndex,
                       BOOLEAN RestartScan)
{
    struct io_file *file;
    (void)IoStatusBlock, (void)Buffer, (void)Length, (void)ReturnSingleEntry, (void)EaList,
        (void)EaListLength;
    (void)EaIndex, (void)RestartScan;
    NTSTATUS status = ob_handle_lookup(FileHandle, &io_file_type, FILE_READ_EA, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    ob_dereference(file);
    return STATUS_NO_EAS_ON_FILE;
}

NTSTATUS NtSetEaFile(HANDLE FileHandle, IO_STATUS_BLOCK *IoStatusBlock, void *Buffer, ULONG Length)
{
    struct io_file *file;
    (void)IoStatusBlock, (void)Buffer, (void)Length;
    NTSTATUS status = ob_handle_lookup(FileHandle, &io_file_type, FILE_WRITE_EA, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    ob_dereference(file);
    return STATUS_EAS_NOT_SUPPORTED;
}
