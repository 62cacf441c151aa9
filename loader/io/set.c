/*
 * NtSetInformationFile: times and attributes, size, position, renaming, links, deletion, completion
 * ports.
 */
#include "io/attributes.h"
#include "io/device.h"
#include "io/lookup.h"
#include "io/share.h"
#include "mm/guest.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

static NTSTATUS set_basic(struct io_file *file, const FILE_BASIC_INFORMATION *info)
{
    int64_t times[] = {info->CreationTime.QuadPart, info->LastAccessTime.QuadPart,
                       info->LastWriteTime.QuadPart};
    for (int i = 0; i < 3; i++) {
        if (times[i] < -2)
            return STATUS_INVALID_PARAMETER;
        if (times[i] < 0)
            times[i] = 0; /* -1, -2: whether this handle's use changes them; Unix decides that itself */
    }
    if (file->link_itself) {
        struct timespec both[2];
        for (int i = 0; i < 2; i++)
            both[i] = times[i + 1] ? (struct timespec){times[i + 1] / 10000000 - 11644473600,
                                                       times[i + 1] % 10000000 * 100}
                                   : (struct timespec){0, UTIME_OMIT};
        /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): a link that is itself open has its path */
        if ((times[1] || times[2]) && utimensat(AT_FDCWD, file->path, both, AT_SYMLINK_NOFOLLOW) != 0)
            return io_status_from_errno(errno);
        return STATUS_SUCCESS;
    }
    if (file->read_only_media)
        return STATUS_ACCESS_DENIED;
    NTSTATUS status = STATUS_SUCCESS;
    if (info->FileAttributes)
        status = io_set_attributes(file->path, file->fd, info->FileAttributes);
    if (NT_SUCCESS(status))
        status = io_set_times(file->path, file->fd, times[0], times[1], times[2]);
    return status;
}

static NTSTATUS set_end(struct io_file *file, int64_t size)
{
    struct stat stat;
    if (size < 0)
        return STATUS_INVALID_PARAMETER;
    if (file->kind != IO_DISK || file->fd < 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (ftruncate(file->fd, size) != 0)
        return errno == EINVAL && fstat(file->fd, &stat) == 0 && !S_ISREG(stat.st_mode)
                   ? STATUS_INVALID_DEVICE_REQUEST
                   : io_status_from_errno(errno);
    return STATUS_SUCCESS;
}

static NTSTATUS set_allocation(struct io_file *file, int64_t size)
{
    struct stat stat;
    if (size < 0)
        return STATUS_INVALID_PARAMETER;
    if (file->kind != IO_DISK || file->fd < 0)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (fstat(file->fd, &stat) != 0)
        return io_status_from_errno(errno);
    if (size < stat.st_size)
        return set_end(file, size);
    if (size > stat.st_size && fallocate(file->fd, FALLOC_FL_KEEP_SIZE, 0, size) != 0 && errno == ENOSPC)
        return STATUS_DISK_FULL;
    return STATUS_SUCCESS;
}

static NTSTATUS set_disposition(struct io_file *file, ULONG flags)
{
    struct io_stat stat;
    if (!file->path || (file->kind != IO_DISK && file->kind != IO_DIRECTORY))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (!(flags & FILE_DISPOSITION_DELETE)) {
        if (file->removed)
            return STATUS_FILE_DELETED;
        if (flags & FILE_DISPOSITION_ON_CLOSE)
            file->delete_on_close = false;
        io_share_set_delete(file, false);
        return STATUS_SUCCESS;
    }
    if (file->removed)
        return STATUS_SUCCESS;
    if (file->overlay || file->read_only_media)
        return file->overlay && !*file->overlay ? STATUS_CANNOT_DELETE : STATUS_ACCESS_DENIED;
    NTSTATUS status = io_file_stat(file, &stat);
    if (!NT_SUCCESS(status))
        return status;
    if ((stat.attributes & FILE_ATTRIBUTE_READONLY) && !(flags & FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE))
        return STATUS_CANNOT_DELETE;
    if (flags & FILE_DISPOSITION_ON_CLOSE) {
        file->delete_on_close = true;
        return STATUS_SUCCESS;
    }
    if (flags & FILE_DISPOSITION_POSIX_SEMANTICS) {
        status = io_remove_file(file);
        return status;
    }
    /* Failures are to be known now, not at the close that removes it. */
    if (stat.directory && !file->link_itself) {
        int fd = open(file->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0 && !io_directory_is_empty(fd))
            status = STATUS_DIRECTORY_NOT_EMPTY;
        if (fd >= 0)
            close(fd);
    }
    char *parent = strdup(file->path);
    if (parent && NT_SUCCESS(status)) {
        char *slash = strrchr(parent, '/');
        slash[slash == parent] = 0;
        if (access(parent, W_OK) != 0)
            status = STATUS_CANNOT_DELETE;
    }
    free(parent);
    if (NT_SUCCESS(status))
        io_share_set_delete(file, true);
    return status;
}

/* The target of a rename or link: resolved, with the last component spelled as asked for. */
static NTSTATUS resolve_target(struct io_file *file, HANDLE root, const WCHAR *name, size_t length,
                               struct io_path *ret_path, char **ret_wanted)
{
    size_t last = length, n = 0;
    WCHAR *full = NULL, *dos = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    struct io_file *base = file;
    bool simple = !root;

    for (size_t i = 0; i < length && simple; i++)
        simple = name[i] != '\\';
    if (!length)
        return STATUS_OBJECT_NAME_INVALID;
    if (root) {
        status = ob_handle_lookup(root, &io_file_type, 0, (void **)&base);
        if (!NT_SUCCESS(status))
            return status;
    }
    if (root || simple) { /* in the base folder, or beside the file */
        dos = base->path ? io_unix_to_dos(base->path) : NULL;
        while (dos && dos[n])
            n++;
        while (dos && simple && n && dos[n - 1] != '\\')
            n--;
    }
    if (root)
        ob_dereference(base);
    full = malloc((n + length + 8) * sizeof *full);
    if (!full || ((root || simple) && !dos)) {
        free(full);
        free(dos);
        return STATUS_NO_MEMORY;
    }
    size_t used = 0;
    if (dos) {
        memcpy(full, u"\\??\\", 8);
        memcpy(full + 4, dos, n * sizeof *dos);
        used = n + 4;
        if (full[used - 1] != '\\')
            full[used++] = '\\';
    }
    memcpy(full + used, name, length * sizeof *name);
    used += length;
    free(dos);
    while (used && full[used - 1] == '\\')
        used--;
    status = io_path_to_unix(full, used, ret_path);
    if (NT_SUCCESS(status)) {
        for (last = used; last && full[last - 1] != '\\'; last--)
            ;
        const char *slash = strrchr(ret_path->unix_path, '/');
        size_t folder = (size_t)(slash - ret_path->unix_path) + 1;
        char *wanted = malloc(folder + (used - last) * 3 + 1);
        if (wanted) {
            memcpy(wanted, ret_path->unix_path, folder);
            folder += io_name_to_utf8(full + last, used - last, wanted + folder);
            wanted[folder] = 0;
            *ret_wanted = wanted;
        } else {
            io_path_free(ret_path);
            status = STATUS_NO_MEMORY;
        }
    }
    free(full);
    return status;
}

/* May what is at the target be replaced? */
static NTSTATUS check_replace(const struct io_path *target, ULONG flags)
{
    struct io_stat stat;
    if (!(flags & FILE_RENAME_REPLACE_IF_EXISTS))
        return STATUS_OBJECT_NAME_COLLISION;
    if (target->read_only || target->overlay || !target->statx_valid)
        return STATUS_ACCESS_DENIED;
    io_stat_fill(&target->stat, target->unix_path, -1, &stat);
    if (stat.directory && !(flags & FILE_RENAME_POSIX_SEMANTICS))
        return STATUS_ACCESS_DENIED;
    if ((stat.attributes & FILE_ATTRIBUTE_READONLY) && !(flags & FILE_RENAME_IGNORE_READONLY_ATTRIBUTE))
        return STATUS_ACCESS_DENIED;
    if (io_share_in_use(&target->stat, !(flags & FILE_RENAME_POSIX_SEMANTICS)))
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

static NTSTATUS set_rename(struct io_file *file, HANDLE root, const WCHAR *name, size_t length, ULONG flags)
{
    struct io_path target;
    struct statx source;
    char *wanted;

    if (!file->path || file->overlay || file->read_only_media || file->removed)
        return STATUS_ACCESS_DENIED;
    NTSTATUS status = resolve_target(file, root, name, length, &target, &wanted);
    if (!NT_SUCCESS(status))
        return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_OBJECT_PATH_NOT_FOUND : status;
    bool same = false, same_folder;
    if (target.exists && target.statx_valid && io_statx(file->path, &source) == 0)
        same = source.stx_ino == target.stat.stx_ino && source.stx_dev_major == target.stat.stx_dev_major &&
               source.stx_dev_minor == target.stat.stx_dev_minor && strcmp(file->path, target.unix_path) == 0;
    if (target.exists && !same)
        status = check_replace(&target, flags);
    if (NT_SUCCESS(status) && file->kind == IO_DIRECTORY && !file->link_itself &&
        io_share_open_below(file->path))
        status = STATUS_ACCESS_DENIED;
    if (NT_SUCCESS(status))
        status = io_path_make_parent(&target);
    if (NT_SUCCESS(status) && !(same && strcmp(file->path, wanted) == 0)) {
        size_t a = (size_t)(strrchr(file->path, '/') - file->path),
               b = (size_t)(strrchr(wanted, '/') - wanted);
        same_folder = a == b && memcmp(file->path, wanted, a) == 0;
        bool known = !target.exists || io_lookup_current(wanted); /* a lookup that missed has just looked */
        bool current = same_folder ? known : io_lookup_current(file->path);
        int result = renameat2(AT_FDCWD, file->path, AT_FDCWD, wanted, target.exists ? 0 : RENAME_NOREPLACE);
        if (result != 0 && errno == EINVAL && !target.exists)
            result = rename(file->path, wanted);
        if (result != 0) {
            status = errno == EXDEV    ? STATUS_NOT_SAME_DEVICE
                     : errno == EISDIR ? STATUS_ACCESS_DENIED
                     : errno == ENOENT ? STATUS_OBJECT_PATH_NOT_FOUND
                     : errno == EINVAL ? STATUS_ACCESS_DENIED
                                       : io_status_from_errno(errno);
        } else {
            if (target.exists && !same && strcmp(wanted, target.unix_path) != 0)
                unlink(target.unix_path); /* the replaced file was spelled differently */
            io_lookup_removed(file->path, current);
            if (known)
                io_lookup_added(wanted);
            io_share_renamed(file, wanted);
        }
    }
    free(wanted);
    io_path_free(&target);
    return status;
}

static NTSTATUS set_link(struct io_file *file, HANDLE root, const WCHAR *name, size_t length, ULONG flags)
{
    struct io_path target;
    char *wanted;
    if (!file->path || file->removed)
        return STATUS_ACCESS_DENIED;
    if (file->kind == IO_DIRECTORY)
        return STATUS_FILE_IS_A_DIRECTORY;
    NTSTATUS status = resolve_target(file, root, name, length, &target, &wanted);
    if (!NT_SUCCESS(status))
        return status;
    if (target.exists)
        status = check_replace(&target, flags);
    if (NT_SUCCESS(status))
        status = io_path_make_parent(&target);
    if (NT_SUCCESS(status) && target.exists && unlink(target.unix_path) != 0)
        status = io_status_from_errno(errno);
    if (NT_SUCCESS(status)) {
        if (linkat(AT_FDCWD, file->path, AT_FDCWD, wanted, file->link_itself ? 0 : AT_SYMLINK_FOLLOW) != 0)
            status = io_status_from_errno(errno);
        else if (!target.exists)
            io_lookup_added(wanted);
    }
    free(wanted);
    io_path_free(&target);
    return status;
}

static NTSTATUS set_completion(struct io_file *file, const FILE_COMPLETION_INFORMATION *info, bool replace)
{
    struct io_completion *port = NULL, *old;
    if (file->options & FILE_SYNCHRONOUS)
        return STATUS_INVALID_PARAMETER;
    if (info->Port || !replace) {
        NTSTATUS status = ob_handle_lookup(info->Port, &io_completion_type, IO_COMPLETION_MODIFY_STATE,
                                           (void **)&port);
        if (!NT_SUCCESS(status))
            return status;
    }
    pthread_mutex_lock(&file->lock);
    old = file->port;
    bool taken = old && !replace;
    if (!taken) {
        file->port = port;
        file->port_key = info->Key;
    }
    pthread_mutex_unlock(&file->lock);
    if (taken)
        ob_dereference(port);
    else if (old)
        ob_dereference(old);
    return taken ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

/* What a class needs: the least length, and access of the handle. */
static const struct {
    USHORT info_class, size;
    ACCESS_MASK access;
} classes[] = {
    {FileBasicInformation, sizeof(FILE_BASIC_INFORMATION), FILE_WRITE_ATTRIBUTES},
    {FileRenameInformation, offsetof(FILE_RENAME_INFORMATION, FileName), DELETE},
    {FileRenameInformationEx, offsetof(FILE_RENAME_INFORMATION, FileName), DELETE},
    {FileLinkInformation, offsetof(FILE_RENAME_INFORMATION, FileName), 0},
    {FileLinkInformationEx, offsetof(FILE_RENAME_INFORMATION, FileName), 0},
    {FileDispositionInformation, sizeof(FILE_DISPOSITION_INFORMATION), DELETE},
    {FileDispositionInformationEx, sizeof(FILE_DISPOSITION_INFORMATION_EX), DELETE},
    {FilePositionInformation, sizeof(FILE_POSITION_INFORMATION), 0},
    {FileModeInformation, 4, 0},
    {FileAllocationInformation, 8, FILE_WRITE_DATA},
    {FileEndOfFileInformation, 8, FILE_WRITE_DATA},
    {FileValidDataLengthInformation, 8, FILE_WRITE_DATA},
    {FileCompletionInformation, sizeof(FILE_COMPLETION_INFORMATION), 0},
    {FileReplaceCompletionInformation, sizeof(FILE_COMPLETION_INFORMATION), 0},
    {FileIoCompletionNotificationInformation, 4, 0},
    {FileIoPriorityHintInformation, 4, 0},
    {FilePipeInformation, sizeof(FILE_PIPE_INFORMATION), FILE_WRITE_ATTRIBUTES},
    {FileMailslotSetInformation, 4, 0},
    {FileShortNameInformation, 8, DELETE},
    {FileCaseSensitiveInformation, 4, FILE_WRITE_ATTRIBUTES},
};

static NTSTATUS set_information(struct io_file *file, ULONG info_class, const void *buffer, ULONG length)
{
    if (file->operations->set) {
        NTSTATUS status = file->operations->set(file, info_class, buffer, length);
        if (status != STATUS_INVALID_INFO_CLASS)
            return status;
    }
    switch (info_class) {
    case FileBasicInformation:
        return file->path || file->fd >= 0 ? set_basic(file, buffer) : STATUS_INVALID_PARAMETER;
    case FilePositionInformation: {
        gw_file_seek position = {
            .distance = ((const FILE_POSITION_INFORMATION *)buffer)->CurrentByteOffset.QuadPart};
        ULONG ignored;
        return io_query_information(file, GwFileSeek, &position, sizeof position, &ignored);
    }
    case FileEndOfFileInformation: return set_end(file, ((const LARGE_INTEGER *)buffer)->QuadPart);
    case FileAllocationInformation: return set_allocation(file, ((const LARGE_INTEGER *)buffer)->QuadPart);
    case FileDispositionInformation:
        return set_disposition(
            file, ((const FILE_DISPOSITION_INFORMATION *)buffer)->DeleteFile ? FILE_DISPOSITION_DELETE : 0);
    case FileDispositionInformationEx: return set_disposition(file, *(const ULONG *)buffer);
    case FileRenameInformation:
    case FileRenameInformationEx:
    case FileLinkInformation:
    case FileLinkInformationEx: {
        const FILE_RENAME_INFORMATION *info = buffer;
        bool ex = info_class == FileRenameInformationEx || info_class == FileLinkInformationEx;
        ULONG flags = ex ? info->Flags : info->ReplaceIfExists ? FILE_RENAME_REPLACE_IF_EXISTS : 0;
        if ((info->FileNameLength & 1) ||
            info->FileNameLength > length - offsetof(FILE_RENAME_INFORMATION, FileName))
            return STATUS_INVALID_PARAMETER;
        return (info_class == FileRenameInformation || info_class == FileRenameInformationEx
                    ? set_rename
                    : set_link)(file, info->RootDirectory, info->FileName, info->FileNameLength / 2, flags);
    }
    case FileCompletionInformation: return set_completion(file, buffer, false);
    case FileReplaceCompletionInformation: return set_completion(file, buffer, true);
    case FileIoCompletionNotificationInformation:
        if (file->options & FILE_SYNCHRONOUS)
            return STATUS_INVALID_PARAMETER;
        file->completion_flags |= (uint8_t) * (const ULONG *)buffer; /* cannot be taken back */
        return STATUS_SUCCESS;
    case FileModeInformation:
    case FileIoPriorityHintInformation: return STATUS_SUCCESS; /* hints */
    case FileValidDataLengthInformation: return STATUS_PRIVILEGE_NOT_HELD;
    case FileShortNameInformation: return STATUS_SHORT_NAMES_NOT_ENABLED_ON_VOLUME;
    case FileCaseSensitiveInformation: return STATUS_NOT_SUPPORTED;
    default: return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS NtSetInformationFile(HANDLE FileHandle, IO_STATUS_BLOCK *IoStatusBlock, void *FileInformation,
                              ULONG Length, ULONG FileInformationClass)
{
    union {
        char bytes[1024];
        uint64_t align;
    } small;
    void *buffer = &small;
    struct io_file *file;
    size_t index = 0;

    while (index < sizeof classes / sizeof *classes && classes[index].info_class != FileInformationClass)
        index++;
    if (index == sizeof classes / sizeof *classes)
        return STATUS_INVALID_INFO_CLASS;
    if (Length < classes[index].size)
        return STATUS_INFO_LENGTH_MISMATCH;
    if (Length > 70000)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = ob_handle_lookup(FileHandle, &io_file_type, classes[index].access, (void **)&file);
    if (!NT_SUCCESS(status))
        return status;
    if (file->share)
        io_share_follow(file);
    if (Length > sizeof small && !(buffer = malloc(Length)))
        status = STATUS_NO_MEMORY;
    if (NT_SUCCESS(status))
        status = guest_copy(buffer, FileInformation, Length);
    if (NT_SUCCESS(status))
        status = set_information(file, FileInformationClass, buffer, Length);
    if (buffer != &small)
        free(buffer);
    ob_dereference(file);
    if (NT_SUCCESS(status)) {
        NTSTATUS fault = guest_write_iosb(IoStatusBlock, status, 0);
        if (!NT_SUCCESS(fault))
            status = fault;
    }
    return status;
}
