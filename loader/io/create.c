/*
 * Opening: NtCreateFile and NtOpenFile, dispositions, options and access.
 */
#include "io/attributes.h"
#include "io/device.h"
#include "io/lookup.h"
#include "io/share.h"
#include "mm/guest.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    DATA_READ = FILE_READ_DATA | FILE_EXECUTE,
    DATA_WRITE = FILE_WRITE_DATA | FILE_APPEND_DATA,
};

/* What an open needs to know along the way. */
struct opening {
    struct io_path path;
    ACCESS_MASK access;
    ULONG attributes, sharing, disposition, options;
    struct io_file *file;
    ULONG information;
};

static NTSTATUS check_options(ACCESS_MASK access, ULONG disposition, ULONG options)
{
    if (disposition > FILE_OVERWRITE_IF)
        return STATUS_INVALID_PARAMETER;
    if ((options & FILE_DIRECTORY_FILE) &&
        ((options & FILE_NON_DIRECTORY_FILE) ||
         (disposition != FILE_OPEN && disposition != FILE_CREATE && disposition != FILE_OPEN_IF)))
        return STATUS_INVALID_PARAMETER;
    if ((options & FILE_SYNCHRONOUS) == FILE_SYNCHRONOUS)
        return STATUS_INVALID_PARAMETER;
    if ((options & FILE_SYNCHRONOUS) && !(access & (SYNCHRONIZE | MAXIMUM_ALLOWED | GENERIC_ALL |
                                                    GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE)))
        return STATUS_INVALID_PARAMETER;
    if ((options & FILE_DELETE_ON_CLOSE) && !(access & (DELETE | MAXIMUM_ALLOWED | GENERIC_ALL)))
        return STATUS_INVALID_PARAMETER;
    if (options & FILE_OPEN_BY_FILE_ID)
        return STATUS_NOT_SUPPORTED;
    return STATUS_SUCCESS;
}

static NTSTATUS make_file(struct opening *opening, enum io_kind kind, int fd, const struct statx *stat)
{
    struct io_file *file = io_file_create(kind,
                                          kind == IO_DISK || kind == IO_DIRECTORY ? &io_disk_operations
                                          : kind == IO_NULL                       ? &io_null_operations
                                                                                  : &io_pipe_operations,
                                          fd, opening->access, opening->options);
    if (!file) {
        if (fd >= 0)
            close(fd);
        return STATUS_NO_MEMORY;
    }
    file->sharing = opening->sharing;
    file->path = opening->path.unix_path;
    file->overlay = opening->path.overlay;
    opening->path.unix_path = opening->path.overlay = NULL;
    file->append_only = (opening->access & FILE_APPEND_DATA) && !(opening->access & FILE_WRITE_DATA);
    file->read_only_media = opening->path.read_only;
    file->link_itself = S_ISLNK(stat->stx_mode);
    if (kind == IO_DISK || (kind == IO_DIRECTORY && !file->overlay)) {
        NTSTATUS status = STATUS_SUCCESS;
        if (opening->information == FILE_CREATED) /* nobody had it open before: its maker is always right */
            io_share_join(file, stat);
        else
            status = io_share_enter(file, stat);
        if (!NT_SUCCESS(status)) {
            ob_dereference(file);
            return status;
        }
    }
    file->delete_on_close = (opening->options & FILE_DELETE_ON_CLOSE) != 0;
    opening->file = file;
    return STATUS_SUCCESS;
}

static int open_flags(ACCESS_MASK access)
{
    bool reads = access & DATA_READ, writes = access & DATA_WRITE;
    return (writes ? reads ? O_RDWR : O_WRONLY : O_RDONLY) | O_CLOEXEC | O_NOCTTY;
}

static NTSTATUS create_folder(struct opening *opening)
{
    const char *path = opening->path.unix_path;
    struct statx stat;
    if (mkdir(path, 0777) != 0)
        return errno == ENOENT ? STATUS_OBJECT_PATH_NOT_FOUND : io_status_from_errno(errno);
    io_lookup_added(path);
    if (opening->attributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_READONLY))
        io_set_attributes(path, -1, opening->attributes & ~(ULONG)FILE_ATTRIBUTE_TEMPORARY);
    if (io_statx(path, &stat) != 0)
        return io_status_from_errno(errno);
    opening->information = FILE_CREATED;
    return make_file(opening, IO_DIRECTORY, -1, &stat);
}

static NTSTATUS create_new(struct opening *opening)
{
    const char *path = opening->path.unix_path;
    struct statx stat;

    NTSTATUS status = io_path_make_parent(&opening->path);
    if (!NT_SUCCESS(status))
        return status;
    if (opening->options & FILE_DIRECTORY_FILE)
        return create_folder(opening);
    if (opening->path.trailing)
        return STATUS_OBJECT_NAME_INVALID;
    if ((opening->attributes & FILE_ATTRIBUTE_READONLY) && (opening->options & FILE_DELETE_ON_CLOSE))
        return STATUS_CANNOT_DELETE;
    /* Whoever creates may use what was asked for, whatever the attributes will be. */
    int fd = open(path, (open_flags(opening->access | FILE_READ_DATA)) | O_CREAT | O_EXCL, 0666);
    if (fd < 0)
        return errno == ENOENT ? STATUS_OBJECT_PATH_NOT_FOUND : io_status_from_errno(errno);
    io_lookup_added(path);
    ULONG special = opening->attributes &
                    (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_READONLY);
    if (special)
        io_set_attributes(path, fd, special | FILE_ATTRIBUTE_ARCHIVE);
    if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &stat) != 0) {
        close(fd);
        return STATUS_UNSUCCESSFUL;
    }
    opening->information = FILE_CREATED;
    return make_file(opening, IO_DISK, fd, &stat);
}

/* The kind of what is neither file nor folder. */
static NTSTATUS open_special(struct opening *opening, const struct statx *stat)
{
    int fd = open(opening->path.unix_path, open_flags(opening->access) | O_NONBLOCK);
    if (fd < 0)
        return io_status_from_errno(errno);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    opening->information = FILE_OPENED;
    if (S_ISBLK(stat->stx_mode))
        return make_file(opening, IO_DISK, fd, stat);
    if (S_ISCHR(stat->stx_mode) && stat->stx_rdev_major == 1 && stat->stx_rdev_minor == 3)
        return make_file(opening, IO_NULL, fd, stat);
    if (isatty(fd)) {
        opening->file = io_console_wrap(fd, opening->access, opening->options);
        return opening->file ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    }
    return make_file(opening, S_ISCHR(stat->stx_mode) ? IO_DEVICE : IO_PIPE, fd, stat);
}

static NTSTATUS check_attributes(struct opening *opening, const struct statx *stat, bool overwrite)
{
    struct io_stat info;
    if (S_ISREG(stat->stx_mode) && (stat->stx_mode & 0222) && !(stat->stx_mode & S_ISVTX))
        return STATUS_SUCCESS; /* nothing special, by far the most frequent */
    io_stat_fill(stat, opening->path.unix_path, -1, &info);
    if (info.attributes & FILE_ATTRIBUTE_REPARSE_POINT && !S_ISLNK(stat->stx_mode) &&
        !(opening->options & FILE_OPEN_REPARSE_POINT))
        return STATUS_IO_REPARSE_TAG_NOT_HANDLED; /* nobody here knows what it stands for */
    if (info.attributes & FILE_ATTRIBUTE_READONLY) {
        if (!info.directory && ((opening->access & DATA_WRITE) || overwrite))
            return STATUS_ACCESS_DENIED;
        if (opening->options & FILE_DELETE_ON_CLOSE)
            return STATUS_CANNOT_DELETE;
    }
    ULONG sticky = info.attributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM);
    return overwrite && (sticky & ~opening->attributes) ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

static NTSTATUS open_existing(struct opening *opening)
{
    struct statx *stat = &opening->path.stat;
    const char *path = opening->path.unix_path;
    bool overwrite = opening->disposition == FILE_SUPERSEDE || opening->disposition == FILE_OVERWRITE ||
                     opening->disposition == FILE_OVERWRITE_IF;
    bool link = S_ISLNK(stat->stx_mode), directory;
    NTSTATUS status;
    int fd = -1;

    if (link && !(opening->options & FILE_OPEN_REPARSE_POINT)) {
        if (statx(AT_FDCWD, path, 0, STATX_BASIC_STATS | STATX_BTIME, stat) != 0) {
            if (errno != ENOENT)
                return io_status_from_errno(errno);
            return opening->disposition == FILE_CREATE ? STATUS_OBJECT_NAME_COLLISION
                                                       : STATUS_OBJECT_NAME_NOT_FOUND;
        }
        link = false;
    }
    if (opening->disposition == FILE_CREATE)
        return io_share_is_pending(stat) ? STATUS_DELETE_PENDING : STATUS_OBJECT_NAME_COLLISION;
    if (link) {
        struct io_stat info;
        io_stat_fill(stat, path, -1, &info);
        directory = info.directory;
    } else
        directory = S_ISDIR(stat->stx_mode);
    if (directory && (opening->options & FILE_NON_DIRECTORY_FILE))
        return STATUS_FILE_IS_A_DIRECTORY;
    if (!directory && (opening->options & FILE_DIRECTORY_FILE))
        return STATUS_NOT_A_DIRECTORY;
    if (!directory && opening->path.trailing)
        return STATUS_OBJECT_NAME_INVALID;
    if (directory && overwrite)
        return STATUS_OBJECT_NAME_COLLISION;
    if (opening->path.read_only) {
        if ((opening->access & (DATA_WRITE | DELETE)) && !(opening->access & MAXIMUM_ALLOWED))
            return STATUS_ACCESS_DENIED;
    }
    status = check_attributes(opening, stat, overwrite);
    if (!NT_SUCCESS(status))
        return status;
    opening->information = FILE_OPENED;

    if (link) /* acts by path */
        return make_file(opening, directory ? IO_DIRECTORY : IO_DISK, -1, stat);
    if (directory) {
        if (opening->access & FILE_LIST_DIRECTORY) {
            fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (fd < 0 && !opening->path.overlay)
                return io_status_from_errno(errno);
        }
        return make_file(opening, IO_DIRECTORY, fd, stat);
    }
    if (S_ISSOCK(stat->stx_mode) && !overwrite && !(opening->access & (DATA_READ | DATA_WRITE)))
        return make_file(opening, IO_DISK, -1, stat); /* a Unix socket's name: to look at, or to remove */
    if (!S_ISREG(stat->stx_mode))
        return open_special(opening, stat);
    if (overwrite || (opening->access & (DATA_READ | DATA_WRITE))) {
        int flags = open_flags(opening->access);
        if (overwrite && !(opening->access & DATA_WRITE))
            flags = (flags & ~O_ACCMODE) | ((opening->access & DATA_READ) ? O_RDWR : O_WRONLY);
        fd = open(path, flags);
        if (fd < 0)
            return errno == ENOENT ? STATUS_OBJECT_NAME_NOT_FOUND : io_status_from_errno(errno);
    }
    status = make_file(opening, IO_DISK, fd, stat);
    if (NT_SUCCESS(status) && overwrite) {
        opening->information = opening->disposition == FILE_SUPERSEDE ? FILE_SUPERSEDED : FILE_OVERWRITTEN;
        if (stat->stx_size && ftruncate(fd, 0) != 0)
            status = io_status_from_errno(errno);
        ULONG special = opening->attributes &
                        (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_READONLY);
        if (special || (stat->stx_mode & S_ISVTX))
            io_set_attributes(opening->file->path, fd, special | FILE_ATTRIBUTE_ARCHIVE);
        if (!NT_SUCCESS(status)) {
            ob_dereference(opening->file);
            opening->file = NULL;
        }
    }
    return status;
}

NTSTATUS io_create(const WCHAR *name, size_t length, ACCESS_MASK access, ULONG file_attributes, ULONG sharing,
                   ULONG disposition, ULONG options, struct io_file **ret_file, ULONG *ret_information)
{
    struct opening opening = {
        .attributes = file_attributes, .sharing = sharing, .disposition = disposition, .options = options};
    bool device;

    NTSTATUS status = check_options(access, disposition, options);
    if (!NT_SUCCESS(status))
        return status;
    opening.access = ob_map_access(&io_file_type, access);
    status = io_device_open(name, length, opening.access, options, &opening.file, &device);
    if (device) {
        if (NT_SUCCESS(status)) {
            *ret_file = opening.file;
            *ret_information = FILE_OPENED;
        }
        return status;
    }
    for (int attempt = 0; attempt < 4; attempt++) {
        status = io_path_to_unix(name, length, &opening.path);
        if (!NT_SUCCESS(status))
            return status;
        bool creates = disposition != FILE_OPEN && disposition != FILE_OVERWRITE;
        if (opening.path.exists)
            status = open_existing(&opening);
        else if (creates)
            status = create_new(&opening);
        else
            status = STATUS_OBJECT_NAME_NOT_FOUND;
        /* Somebody else was faster: look again. */
        bool race = opening.path.exists
                        ? status == STATUS_OBJECT_NAME_NOT_FOUND && creates
                        : status == STATUS_OBJECT_NAME_COLLISION && disposition != FILE_CREATE;
        io_path_free(&opening.path);
        if (!race)
            break;
    }
    if (NT_SUCCESS(status)) {
        *ret_file = opening.file;
        *ret_information = opening.information;
    }
    return status;
}

static NTSTATUS create(HANDLE *guest_handle, ACCESS_MASK access, OBJECT_ATTRIBUTES *guest_attributes,
                       IO_STATUS_BLOCK *guest_iosb, ULONG file_attributes, ULONG sharing, ULONG disposition,
                       ULONG options, const LARGE_INTEGER *guest_allocation)
{
    WCHAR *name;
    size_t length;
    ULONG attributes, information;
    struct io_file *root, *file = NULL;
    LARGE_INTEGER allocation = {.QuadPart = 0};
    HANDLE handle;

    if (guest_allocation && !NT_SUCCESS(guest_read(&allocation, guest_allocation)))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = io_read_name(guest_attributes, &name, &length, &attributes, &root);
    if (!NT_SUCCESS(status))
        return status;
    if (root) { /* relative to the pipe file system, or to a pipe without a name */
        ACCESS_MASK mapped = ob_map_access(&io_file_type, access);
        if (root->kind != IO_NAMED_PIPE || (root->device && length))
            status = STATUS_OBJECT_PATH_NOT_FOUND;
        else if (root->device)
            status = io_pipe_open_relative(root, mapped, options, &file);
        else
            status = io_pipe_open(name, length, mapped, options, &file);
        information = FILE_OPENED;
        ob_dereference(root);
    } else
        status = io_create(name, length, access, file_attributes, sharing, disposition, options, &file,
                           &information);
    free(name);
    if (!NT_SUCCESS(status))
        return status;
    if (allocation.QuadPart > 0 && information != FILE_OPENED && file->fd >= 0)
        fallocate(file->fd, FALLOC_FL_KEEP_SIZE, 0, allocation.QuadPart);
    status = ob_handle_create(file, file->access, attributes, &handle);
    ob_dereference(file);
    if (!NT_SUCCESS(status))
        return status;
    status = guest_write_iosb(guest_iosb, STATUS_SUCCESS, information);
    if (NT_SUCCESS(status))
        status = guest_write(guest_handle, handle);
    if (!NT_SUCCESS(status))
        ob_handle_close(handle);
    return status;
}

NTSTATUS NtCreateFile(HANDLE *FileHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                      IO_STATUS_BLOCK *IoStatusBlock, LARGE_INTEGER *AllocationSize, ULONG FileAttributes,
                      ULONG ShareAccess, ULONG CreateDisposition, ULONG CreateOptions, void *EaBuffer,
                      ULONG EaLength)
{
    if (EaBuffer && EaLength)
        return STATUS_EAS_NOT_SUPPORTED;
    return create(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, FileAttributes, ShareAccess,
                  CreateDisposition, CreateOptions, AllocationSize);
}

NTSTATUS NtOpenFile(HANDLE *FileHandle, ACCESS_MASK DesiredAccess, OBJECT_ATTRIBUTES *ObjectAttributes,
                    IO_STATUS_BLOCK *IoStatusBlock, ULONG ShareAccess, ULONG OpenOptions)
{
    return create(FileHandle, DesiredAccess, ObjectAttributes, IoStatusBlock, 0, ShareAccess, FILE_OPEN,
                  OpenOptions, NULL);
}
