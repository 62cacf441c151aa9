/*
 * NtQueryInformationFile: what is known about an open file, by class.
 */
#include "io/attributes.h"
#include "io/device.h"
#include "io/share.h"
#include "io/volume.h"
#include "mm/guest.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void io_fill_basic(const struct io_stat *stat, FILE_BASIC_INFORMATION *ret)
{
    ret->CreationTime.QuadPart = stat->creation;
    ret->LastAccessTime.QuadPart = stat->access;
    ret->LastWriteTime.QuadPart = stat->write;
    ret->ChangeTime.QuadPart = stat->change;
    ret->FileAttributes = stat->attributes;
}

static void fill_standard(struct io_file *file, const struct io_stat *stat, FILE_STANDARD_INFORMATION *ret)
{
    ret->DeletePending = io_share_delete_pending(file);
    ret->Directory = stat->directory;
    ret->NumberOfLinks = stat->links - (ret->DeletePending && stat->links ? 1 : 0);
    ret->AllocationSize.QuadPart = (int64_t)stat->allocation;
    ret->EndOfFile.QuadPart = (int64_t)stat->size;
}

/* Length, then the name; as much as there is room for. */
static NTSTATUS put_name(const WCHAR *name, FILE_NAME_INFORMATION *info, ULONG length, ULONG *ret_length)
{
    size_t n = 0;
    while (name[n])
        n++;
    ULONG room = length - (ULONG)offsetof(FILE_NAME_INFORMATION, FileName), bytes = (ULONG)(n * sizeof *name);
    info->FileNameLength = bytes;
    memcpy(info->FileName, name, bytes < room ? bytes : room & ~1u);
    *ret_length = (ULONG)offsetof(FILE_NAME_INFORMATION, FileName) + (bytes < room ? bytes : room & ~1u);
    return bytes <= room ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

/* The name below the device: "\folder\file". */
static NTSTATUS query_name(struct io_file *file, FILE_NAME_INFORMATION *info, ULONG length, ULONG *ret_length)
{
    if (file->device_name)
        return put_name(file->device_name, info, length, ret_length);
    WCHAR *dos = file->path ? io_final_dos_name(file) : NULL;
    if (!dos)
        return file->path ? STATUS_NO_MEMORY : put_name(u"", info, length, ret_length);
    NTSTATUS status = put_name(dos + 2, info, length, ret_length);
    free(dos);
    return status;
}

static NTSTATUS query_links(struct io_file *file, FILE_LINKS_INFORMATION *info, ULONG length,
                            ULONG *ret_length)
{
    /* Unix does not know a file's other names; this is the one we have. */
    WCHAR *dos = file->path ? io_unix_to_dos(file->path) : NULL;
    if (!dos)
        return STATUS_INVALID_DEVICE_REQUEST;
    size_t n = 0, last = 2;
    for (; dos[n]; n++)
        if (dos[n] == '\\')
            last = n + 1;
    ULONG bytes = (ULONG)((n - last) * sizeof *dos);
    ULONG need = (ULONG)(offsetof(FILE_LINKS_INFORMATION, Entry) +
                         offsetof(FILE_LINK_ENTRY_INFORMATION, FileName)) +
                 bytes;
    struct stat parent;
    char *copy = strdup(file->path);
    info->BytesNeeded = need;
    info->EntriesReturned = need <= length;
    *ret_length = (ULONG)offsetof(FILE_LINKS_INFORMATION, Entry);
    if (need <= length && copy) {
        memset(&info->Entry, 0, sizeof info->Entry);
        char *slash = strrchr(copy, '/');
        slash[slash == copy] = 0;
        if (stat(copy, &parent) == 0)
            info->Entry.ParentFileId = (int64_t)parent.st_ino;
        info->Entry.FileNameLength = bytes / 2;
        memcpy(info->Entry.FileName, dos + last, bytes);
        *ret_length = need;
    }
    free(copy);
    free(dos);
    return need <= length ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

static NTSTATUS seek(struct io_file *file, gw_file_seek *seek)
{
    struct stat stat;
    int64_t base = 0;
    NTSTATUS status = STATUS_SUCCESS;
    if (file->kind != IO_DISK && file->kind != IO_DIRECTORY && file->kind != IO_NULL)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (seek->method == 2 && file->kind != IO_NULL) {
        if (file->fd >= 0) {
            if (fstat(file->fd, &stat) != 0)
                return STATUS_INVALID_DEVICE_REQUEST;
        } else {
            struct io_stat info;
            status = io_file_stat(file, &info);
            if (!NT_SUCCESS(status))
                return status;
            stat.st_size = (off_t)info.size;
        }
        base = stat.st_size;
    }
    pthread_mutex_lock(&file->lock);
    if (seek->method == 1)
        base = file->kernel_position && file->fd >= 0 ? lseek(file->fd, 0, SEEK_CUR) : file->position;
    int64_t position;
    if (__builtin_add_overflow(base, seek->distance, &position) || position < 0)
        status = STATUS_INVALID_PARAMETER;
    else {
        file->position = position;
        if (file->kernel_position && file->fd >= 0)
            lseek(file->fd, position, SEEK_SET);
        seek->distance = position;
    }
    pthread_mutex_unlock(&file->lock);
    return status;
}

static const struct {
    USHORT info_class, size;
} minimum[] = {
    {FileBasicInformation, sizeof(FILE_BASIC_INFORMATION)},
    {FileStandardInformation, sizeof(FILE_STANDARD_INFORMATION)},
    {FileInternalInformation, 8},
    {FileEaInformation, 4},
    {FileAccessInformation, 4},
    {FileNameInformation, 8},
    {FileNormalizedNameInformation, 8},
    {FileAlternateNameInformation, 8},
    {FileVolumeNameInformation, 8},
    {FilePositionInformation, 8},
    {FileModeInformation, 4},
    {FileAlignmentInformation, 4},
    {FileAllInformation, sizeof(FILE_ALL_INFORMATION)},
    {FileStreamInformation, sizeof(FILE_STREAM_INFORMATION)},
    {FileCompressionInformation, 16},
    {FileNetworkOpenInformation, sizeof(FILE_NETWORK_OPEN_INFORMATION)},
    {FileAttributeTagInformation, sizeof(FILE_ATTRIBUTE_TAG_INFORMATION)},
    {FileIoCompletionNotificationInformation, 4},
    {FileIoPriorityHintInformation, 4},
    {FileHardLinkInformation, 8},
    {FileIsRemoteDeviceInformation, 1},
    {FileStandardLinkInformation, sizeof(FILE_STANDARD_LINK_INFORMATION)},
    {FileIdInformation, sizeof(FILE_ID_INFORMATION)},
    {FileStatInformation, sizeof(FILE_STAT_INFORMATION)},
    {FileCaseSensitiveInformation, 4},
    {FilePipeInformation, sizeof(FILE_PIPE_INFORMATION)},
    {FilePipeLocalInformation, sizeof(FILE_PIPE_LOCAL_INFORMATION)},
    {FileMailslotQueryInformation, sizeof(FILE_MAILSLOT_QUERY_INFORMATION)},
    {GwFileHandleInformation, sizeof(gw_file_handle)},
    {GwFileSeek, sizeof(gw_file_seek)},
};

/* Classes that need the file's Unix state. */
static NTSTATUS query_all(struct io_file *file, const struct io_stat *stat, FILE_ALL_INFORMATION *all,
                          ULONG length, ULONG *ret_length)
{
    io_fill_basic(stat, &all->BasicInformation);
    fill_standard(file, stat, &all->StandardInformation);
    all->InternalInformation.IndexNumber.QuadPart = (int64_t)stat->id;
    all->EaInformation.EaSize = 0;
    all->AccessInformation.AccessFlags = file->access;
    all->PositionInformation.CurrentByteOffset.QuadPart = file->position;
    all->ModeInformation.Mode = file->options;
    all->AlignmentInformation.AlignmentRequirement = 0;
    ULONG head = offsetof(FILE_ALL_INFORMATION, NameInformation);
    NTSTATUS status = query_name(file, &all->NameInformation, length - head, ret_length);
    *ret_length += head;
    return status;
}

void io_fill_network(const struct io_stat *stat, FILE_NETWORK_OPEN_INFORMATION *info)
{
    info->CreationTime.QuadPart = stat->creation;
    info->LastAccessTime.QuadPart = stat->access;
    info->LastWriteTime.QuadPart = stat->write;
    info->ChangeTime.QuadPart = stat->change;
    info->AllocationSize.QuadPart = (int64_t)stat->allocation;
    info->EndOfFile.QuadPart = (int64_t)stat->size;
    info->FileAttributes = stat->attributes;
}

static NTSTATUS query_streams(const struct io_stat *stat, FILE_STREAM_INFORMATION *info, ULONG length,
                              ULONG *ret_length)
{
    static const WCHAR name[] = u"::$DATA";
    *ret_length = 0;
    if (stat->directory)
        return STATUS_SUCCESS;
    if (length < offsetof(FILE_STREAM_INFORMATION, StreamName) + sizeof name - 2)
        return STATUS_BUFFER_OVERFLOW;
    info->NextEntryOffset = 0;
    info->StreamNameLength = sizeof name - 2;
    info->StreamSize.QuadPart = (int64_t)stat->size;
    info->StreamAllocationSize.QuadPart = (int64_t)stat->allocation;
    memcpy(info->StreamName, name, sizeof name - 2);
    *ret_length = (ULONG)(offsetof(FILE_STREAM_INFORMATION, StreamName) + sizeof name - 2);
    return STATUS_SUCCESS;
}

static void fill_links(struct io_file *file, const struct io_stat *stat, FILE_STANDARD_LINK_INFORMATION *info)
{
    info->TotalNumberOfLinks = stat->links;
    info->DeletePending = io_share_delete_pending(file);
    info->NumberOfAccessibleLinks = stat->links - (info->DeletePending ? 1 : 0);
    info->Directory = stat->directory;
}

void io_fill_stat(const struct io_stat *stat, ACCESS_MASK access, FILE_STAT_INFORMATION *info)
{
    *info = (FILE_STAT_INFORMATION){.FileId.QuadPart = (int64_t)stat->id,
                                    .CreationTime.QuadPart = stat->creation,
                                    .LastAccessTime.QuadPart = stat->access,
                                    .LastWriteTime.QuadPart = stat->write,
                                    .ChangeTime.QuadPart = stat->change,
                                    .AllocationSize.QuadPart = (int64_t)stat->allocation,
                                    .EndOfFile.QuadPart = (int64_t)stat->size,
                                    .FileAttributes = stat->attributes,
                                    .ReparseTag = stat->reparse_tag,
                                    .NumberOfLinks = stat->links,
                                    .EffectiveAccess = access};
}

static void fill_handle(const struct io_stat *stat, gw_file_handle *info)
{
    info->creation.QuadPart = stat->creation;
    info->access.QuadPart = stat->access;
    info->write.QuadPart = stat->write;
    info->size = (int64_t)stat->size;
    info->id = stat->id;
    info->attributes = stat->attributes;
    info->links = stat->links;
    info->volume = io_serial_of(stat->volume);
}

static NTSTATUS query_stat(struct io_file *file, ULONG info_class, void *buffer, ULONG length,
                           ULONG *ret_length)
{
    struct io_stat stat;
    NTSTATUS status = STATUS_SUCCESS;
    if (file->kind == IO_NAMED_PIPE || file->kind == IO_MAILSLOT)
        stat = (struct io_stat){.attributes = FILE_ATTRIBUTE_NORMAL, .links = 1};
    else
        status = io_file_stat(file, &stat);
    if (!NT_SUCCESS(status))
        return status;
    switch (info_class) {
    case FileBasicInformation: io_fill_basic(&stat, buffer); return STATUS_SUCCESS;
    case FileStandardInformation: fill_standard(file, &stat, buffer); return STATUS_SUCCESS;
    case FileInternalInformation:
        ((FILE_INTERNAL_INFORMATION *)buffer)->IndexNumber.QuadPart = (int64_t)stat.id;
        return STATUS_SUCCESS;
    case FileAllInformation: return query_all(file, &stat, buffer, length, ret_length);
    case FileNetworkOpenInformation: io_fill_network(&stat, buffer); return STATUS_SUCCESS;
    case FileAttributeTagInformation: {
        FILE_ATTRIBUTE_TAG_INFORMATION *info = buffer;
        info->FileAttributes = stat.attributes;
        info->ReparseTag = stat.reparse_tag;
        return STATUS_SUCCESS;
    }
    case FileStreamInformation: return query_streams(&stat, buffer, length, ret_length);
    case FileCompressionInformation:
        memset(buffer, 0, 16);
        ((LARGE_INTEGER *)buffer)->QuadPart = (int64_t)stat.size;
        return STATUS_SUCCESS;
    case FileStandardLinkInformation: fill_links(file, &stat, buffer); return STATUS_SUCCESS;
    case FileIdInformation: {
        FILE_ID_INFORMATION *info = buffer;
        memset(info, 0, sizeof *info);
        info->VolumeSerialNumber = io_serial_of(stat.volume);
        memcpy(info->FileId, &stat.id, sizeof stat.id);
        return STATUS_SUCCESS;
    }
    case FileStatInformation: io_fill_stat(&stat, file->access, buffer); return STATUS_SUCCESS;
    case GwFileHandleInformation: fill_handle(&stat, buffer); return STATUS_SUCCESS;
    }
    return STATUS_INVALID_INFO_CLASS;
}

NTSTATUS io_query_information(struct io_file *file, ULONG info_class, void *buffer, ULONG length,
                              ULONG *ret_length)
{
    ULONG size = 0;
    for (size_t i = 0; i < sizeof minimum / sizeof *minimum && !size; i++)
        if (minimum[i].info_class == info_class)
            size = minimum[i].size;
    if (!size)
        return info_class && info_class <= 76 ? STATUS_INVALID_PARAMETER : STATUS_INVALID_INFO_CLASS;
    if (length < size)
        return STATUS_INFO_LENGTH_MISMATCH;
    *ret_length = size;

    if (file->operations->query) {
        NTSTATUS status = file->operations->query(file, info_class, buffer, length, ret_length);
        if (status != STATUS_INVALID_INFO_CLASS)
            return status;
    }
    switch (info_class) {
    case FileEaInformation:
    case FileAlignmentInformation:
    case FileCaseSensitiveInformation: *(ULONG *)buffer = 0; return STATUS_SUCCESS;
    case FileAccessInformation: *(ULONG *)buffer = file->access; return STATUS_SUCCESS;
    case FileModeInformation:
        *(ULONG *)buffer = file->options &
                           (FILE_WRITE_THROUGH | FILE_SEQUENTIAL_ONLY | FILE_NO_INTERMEDIATE_BUFFERING |
                            FILE_SYNCHRONOUS | FILE_DELETE_ON_CLOSE);
        return STATUS_SUCCESS;
    case FileIoPriorityHintInformation: *(ULONG *)buffer = 2; return STATUS_SUCCESS;
    case FileIsRemoteDeviceInformation: *(BOOLEAN *)buffer = 0; return STATUS_SUCCESS;
    case FileIoCompletionNotificationInformation:
        *(ULONG *)buffer = file->completion_flags;
        return STATUS_SUCCESS;
    case FilePositionInformation:
        pthread_mutex_lock(&file->lock);
        if (file->kernel_position && file->fd >= 0)
            file->position = lseek(file->fd, 0, SEEK_CUR);
        ((FILE_POSITION_INFORMATION *)buffer)->CurrentByteOffset.QuadPart = file->position;
        pthread_mutex_unlock(&file->lock);
        return STATUS_SUCCESS;
    case FileNameInformation:
    case FileNormalizedNameInformation: return query_name(file, buffer, length, ret_length);
    case FileAlternateNameInformation:
        return STATUS_OBJECT_NAME_NOT_FOUND; /* no short names are kept, as on volumes that have them off */
    case FileVolumeNameInformation: {
        WCHAR name[40], *dos = file->path ? io_final_dos_name(file) : NULL;
        io_volume_device_name(dos ? dos[0] : io_file_drive(file), name);
        free(dos);
        return put_name(name, buffer, length, ret_length);
    }
    case FileHardLinkInformation: return query_links(file, buffer, length, ret_length);
    case GwFileSeek: return seek(file, buffer);
    case FileStandardInformation:
        if (file->fd >= 0 && file->kind == IO_DISK) {
            struct stat stat;
            struct io_stat info = {0};
            if (fstat(file->fd, &stat) == 0 && S_ISREG(stat.st_mode)) {
                info.size = (uint64_t)stat.st_size;
                info.allocation = (uint64_t)stat.st_blocks * 512;
                if (info.allocation < info.size && stat.st_blksize)
                    info.allocation = info.allocation
                                          ? info.allocation
                                          : (info.size + (uint64_t)stat.st_blksize - 1) /
                                                (uint64_t)stat.st_blksize * (uint64_t)stat.st_blksize;
                info.links = (ULONG)stat.st_nlink;
                fill_standard(file, &info, buffer);
                return STATUS_SUCCESS;
            }
        }
        break;
    }
    if (!file->path && file->fd < 0 && file->kind != IO_NAMED_PIPE && file->kind != IO_MAILSLOT)
        return STATUS_INVALID_PARAMETER;
    return query_stat(file, info_class, buffer, length, ret_length);
}

NTSTATUS NtQueryInformationFile(HANDLE FileHandle, IO_STATUS_BLOCK *IoStatusBlock, void *FileInformation,
                                ULONG Length, ULONG FileInformationClass)
{
    union {
        char bytes[1024];
        uint64_t align;
    } small;
    struct io_file *file;
    void *buffer = &small;
    ULONG written = 0, room = Length < 70000 ? Length : 70000;
    static const ACCESS_MASK wanted[] = {[FileBasicInformation] = FILE_READ_ATTRIBUTES,
                                         [FileAllInformation] = FILE_READ_ATTRIBUTES,
                                         [FileNetworkOpenInformation] = FILE_READ_ATTRIBUTES,
                                         [FileAttributeTagInformation] = FILE_READ_ATTRIBUTES};
    ACCESS_MASK access = FileInformationClass < sizeof wanted / sizeof *wanted ? wanted[FileInformationClass]
                                                                               : 0;

    NTSTATUS status = ob_handle_lookup(FileHandle, &io_file_type, access, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    if (file->share)
        io_share_follow(file);
    if (room > sizeof small && !(buffer = malloc(room))) {
        ob_dereference(file);
        return STATUS_NO_MEMORY;
    }
    if (FileInformationClass == GwFileSeek && room >= sizeof(gw_file_seek))
        status = guest_copy(buffer, FileInformation, sizeof(gw_file_seek));
    else if (room)
        memset(buffer, 0, room < 256 ? room : 256);
    if (NT_SUCCESS(status))
        status = io_query_information(file, FileInformationClass, buffer, room, &written);
    ob_dereference(file);
    if (!NT_ERROR(status)) {
        NTSTATUS fault = guest_copy(FileInformation, buffer, written);
        if (NT_SUCCESS(fault))
            fault = guest_write_iosb(IoStatusBlock, status, written);
        if (!NT_SUCCESS(fault))
            status = fault;
    }
    if (buffer != &small)
        free(buffer);
    return status;
}
