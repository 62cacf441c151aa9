/*
 * Opening: NtCreateFile and NtOpenFile, dispositions, options and access; deleting by name.
 */
#include "io/attributes.h"
#include "io/device.h"
#include "io/lookup.h"
#include "io/share.h"
#include "io/socket.h"
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
        return STATUS_OBJECT_NAME_COLLISION;
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

static bool equals(const WCHAR *text, size_t length, const char *word)
{
    size_t n = strlen(word);
    if (n != length)
        return false;
    for (size_t i = 0; i < n; i++)
        if (io_upcase(text[i]) != (WCHAR)word[i])
            return false;
    return true;
}

static bool starts(const WCHAR *text, size_t length, const char *word)
{
    return length >= strlen(word) && equals(text, strlen(word), word);
}

/* Names of devices. *ret_found: it was one. */
static NTSTATUS open_device(const WCHAR *name, size_t length, ACCESS_MASK access, ULONG options,
                            struct io_file **ret_file, bool *ret_found)
{
    bool dos = starts(name, length, "\\??\\");
    const WCHAR *rest = dos ? name + 4 : name;
    size_t n = dos ? length - 4 : length;
    bool null = (dos && equals(rest, n, "NUL")) || equals(name, length, "\\DEVICE\\NULL");
    *ret_found = true;
    if (null) {
        *ret_file = io_file_create(IO_NULL, &io_null_operations, -1, access, options);
        return *ret_file ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    }
    if (dos && (equals(rest, n, "CONIN$") || equals(rest, n, "CONOUT$") || equals(rest, n, "CON"))) {
        bool input = equals(rest, n, "CONIN$") || (equals(rest, n, "CON") && !(access & FILE_WRITE_DATA));
        return io_console_open(input, access, options, ret_file);
    }
    size_t skip = io_skip_device(name, length, u"PIPE\\", u"\\DEVICE\\NAMEDPIPE\\");
    if (skip)
        return io_pipe_open(name + skip, length - skip, access, options, ret_file);
    skip = io_skip_device(name, length, u"MAILSLOT\\", u"\\DEVICE\\MAILSLOT\\");
    if (skip)
        return io_mailslot_open(name + skip, length - skip, access, options, ret_file);
    if ((dos && (equals(rest, n, "PIPE") || equals(rest, n, "PIPE\\"))) ||
        equals(name, length, "\\DEVICE\\NAMEDPIPE"))
        return io_pipe_open(NULL, 0, access, options, ret_file);
    if (equals(name, length, "\\DEVICE\\AFD") || starts(name, length, "\\DEVICE\\AFD\\")) {
        *ret_file = io_file_create(IO_DEVICE, &io_afd_operations, -1, access, options);
        return *ret_file ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    }
    /* A drive without a path is its volume. */
    if (dos && n == 2 && rest[1] == ':') {
        WCHAR root[8] = {'\\', '?', '?', '\\', rest[0], ':', '\\'};
        struct io_path path;
        NTSTATUS status = io_path_to_unix(root, 7, &path);
        if (!NT_SUCCESS(status))
            return status == STATUS_OBJECT_PATH_NOT_FOUND ? STATUS_OBJECT_NAME_NOT_FOUND : status;
        struct io_file *file = io_file_create(IO_VOLUME, &io_disk_operations, -1, access, options);
        if (file) {
            file->path = path.unix_path;
            file->overlay = path.overlay;
        } else
            io_path_free(&path);
        *ret_file = file;
        return file ? STATUS_SUCCESS : STATUS_NO_MEMORY;
    }
    *ret_found = false;
    return STATUS_SUCCESS;
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
    status = open_device(name, length, opening.access, options, &opening.file, &device);
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

NTSTATUS io_read_name(const OBJECT_ATTRIBUTES *guest, WCHAR **ret_name, size_t *ret_length,
                      ULONG *ret_attributes, struct io_file **ret_root)
{
    OBJECT_ATTRIBUTES attributes;
    struct io_file *root = NULL;
    WCHAR *name = NULL;
    size_t length = 0;

    *ret_root = NULL;
    NTSTATUS status = guest_read(&attributes, guest);
    if (!NT_SUCCESS(status))
        return status;
    if (attributes.Length != sizeof attributes)
        return STATUS_INVALID_PARAMETER;
    if (!attributes.ObjectName)
        return attributes.RootDirectory ? STATUS_OBJECT_NAME_INVALID : STATUS_OBJECT_PATH_SYNTAX_BAD;
    status = guest_read_unicode_string(attributes.ObjectName, &name, &length);
    if (!NT_SUCCESS(status))
        return status;
    if (attributes.RootDirectory) {
        status = ob_handle_lookup(attributes.RootDirectory, &io_file_type, 0, (void **)&root);
        if (NT_SUCCESS(status) && length && name[0] == '\\')
            status = STATUS_OBJECT_NAME_INVALID;
        if (NT_SUCCESS(status) && root->path) {
            WCHAR *dos = io_unix_to_dos(root->path), *joined = NULL;
            size_t n = 0;
            while (dos && dos[n])
                n++;
            joined = dos ? malloc((n + length + 8) * sizeof *joined) : NULL;
            if (joined) {
                memcpy(joined, u"\\??\\", 8);
                memcpy(joined + 4, dos, n * sizeof *dos);
                n += 4;
                if (length) {
                    if (joined[n - 1] != '\\')
                        joined[n++] = '\\';
                    memcpy(joined + n, name, length * sizeof *name);
                }
                free(name);
                name = joined;
                length += n;
            } else
                status = STATUS_NO_MEMORY;
            free(dos);
            ob_dereference(root);
            root = NULL;
        }
    }
    if (!NT_SUCCESS(status)) {
        if (root)
            ob_dereference(root);
        free(name);
        return status;
    }
    *ret_name = name;
    *ret_length = length;
    *ret_attributes = attributes.Attributes;
    *ret_root = root;
    return STATUS_SUCCESS;
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
    if (root) { /* relative to the pipe file system */
        status = root->kind == IO_NAMED_PIPE
                     ? io_pipe_open(name, length, ob_map_access(&io_file_type, access), options, &file)
                     : STATUS_OBJECT_PATH_NOT_FOUND;
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

/* ---- removing ---- */

NTSTATUS io_remove_file(struct io_file *file)
{
    if (!file->path || file->read_only_media)
        return STATUS_ACCESS_DENIED;
    io_share_follow(file);
    bool current = io_lookup_current(file->path);
    int result = file->kind == IO_DIRECTORY && !file->link_itself ? rmdir(file->path) : unlink(file->path);
    if (result != 0) {
        if (file->overlay && errno == ENOENT)
            return STATUS_ACCESS_DENIED;
        return io_status_from_errno(errno);
    }
    io_lookup_removed(file->path, current);
    file->removed = true;
    return STATUS_SUCCESS;
}

NTSTATUS NtDeleteFile(OBJECT_ATTRIBUTES *ObjectAttributes)
{
    WCHAR *name;
    size_t length;
    ULONG attributes, information;
    struct io_file *root, *file;
    NTSTATUS status = io_read_name(ObjectAttributes, &name, &length, &attributes, &root);
    if (!NT_SUCCESS(status))
        return status;
    if (root) {
        ob_dereference(root);
        free(name);
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    status = io_create(name, length, DELETE, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                       FILE_OPEN, FILE_OPEN_REPARSE_POINT, &file, &information);
    free(name);
    if (!NT_SUCCESS(status))
        return status;
    struct io_stat info;
    status = io_file_stat(file, &info);
    if (NT_SUCCESS(status))
        status = info.attributes & FILE_ATTRIBUTE_READONLY ? STATUS_CANNOT_DELETE : io_remove_file(file);
    ob_dereference(file);
    return status;
}

/* ---- attributes by name ---- */

/* Stats a name as one that opens it with FILE_OPEN_REPARSE_POINT would. */
static NTSTATUS stat_name(OBJECT_ATTRIBUTES *guest, struct io_stat *ret)
{
    WCHAR *name;
    size_t length;
    ULONG attributes;
    struct io_file *root;
    struct io_path path = {0};

    NTSTATUS status = io_read_name(guest, &name, &length, &attributes, &root);
    if (!NT_SUCCESS(status))
        return status;
    if (root) {
        ob_dereference(root);
        free(name);
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    status = io_path_to_unix(name, length, &path);
    if (starts(name, length, "\\??\\")) {
        const WCHAR *rest = name + 4;
        size_t n = length - 4;
        if (equals(rest, n, "NUL") || equals(rest, n, "CON") || equals(rest, n, "CONIN$") ||
            equals(rest, n, "CONOUT$")) {
            memset(ret, 0, sizeof *ret);
            ret->attributes = FILE_ATTRIBUTE_ARCHIVE;
            free(name);
            io_path_free(&path);
            return STATUS_SUCCESS;
        }
    }
    free(name);
    if (!NT_SUCCESS(status))
        return status;
    if (!path.exists)
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    else {
        io_stat_fill(&path.stat, path.unix_path, -1, ret);
        if (path.trailing && !ret->directory)
            status = STATUS_OBJECT_NAME_INVALID;
    }
    io_path_free(&path);
    return status;
}

NTSTATUS NtQueryAttributesFile(OBJECT_ATTRIBUTES *ObjectAttributes, void *FileInformation)
{
    struct io_stat stat;
    NTSTATUS status = stat_name(ObjectAttributes, &stat);
    if (!NT_SUCCESS(status))
        return status;
    FILE_BASIC_INFORMATION info = {{.QuadPart = stat.creation},
                                   {.QuadPart = stat.access},
                                   {.QuadPart = stat.write},
                                   {.QuadPart = stat.change},
                                   stat.attributes};
    return guest_copy(FileInformation, &info, sizeof info);
}

NTSTATUS NtQueryFullAttributesFile(OBJECT_ATTRIBUTES *ObjectAttributes, void *FileInformation)
{
    struct io_stat stat;
    NTSTATUS status = stat_name(ObjectAttributes, &stat);
    if (!NT_SUCCESS(status))
        return status;
    FILE_NETWORK_OPEN_INFORMATION info = {{.QuadPart = stat.creation},
                                          {.QuadPart = stat.access},
                                          {.QuadPart = stat.write},
                                          {.QuadPart = stat.change},
                                          {.QuadPart = (int64_t)stat.allocation},
                                          {.QuadPart = (int64_t)stat.size},
                                          stat.attributes};
    return guest_copy(FileInformation, &info, sizeof info);
}

NTSTATUS NtQueryInformationByName(OBJECT_ATTRIBUTES *ObjectAttributes, IO_STATUS_BLOCK *IoStatusBlock,
                                  void *FileInformation, ULONG Length, ULONG FileInformationClass)
{
    struct io_stat stat;
    ULONG size;
    union {
        FILE_STAT_INFORMATION stat;
        FILE_ID_INFORMATION id;
    } info = {0};
    if (FileInformationClass == FileStatInformation)
        size = sizeof info.stat;
    else if (FileInformationClass == FileIdInformation)
        size = sizeof info.id;
    else
        return STATUS_INVALID_INFO_CLASS;
    if (Length < size)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = stat_name(ObjectAttributes, &stat);
    if (!NT_SUCCESS(status))
        return status;
    if (FileInformationClass == FileStatInformation) {
        info.stat = (FILE_STAT_INFORMATION){{.QuadPart = (int64_t)stat.id},
                                            {.QuadPart = stat.creation},
                                            {.QuadPart = stat.access},
                                            {.QuadPart = stat.write},
                                            {.QuadPart = stat.change},
                                            {.QuadPart = (int64_t)stat.allocation},
                                            {.QuadPart = (int64_t)stat.size},
                                            stat.attributes,
                                            stat.reparse_tag,
                                            stat.links,
                                            FILE_ALL_ACCESS};
    } else {
        info.id.VolumeSerialNumber = stat.volume;
        memcpy(info.id.FileId, &stat.id, sizeof stat.id);
    }
    status = guest_copy(FileInformation, &info, size);
    return NT_SUCCESS(status) ? guest_write_iosb(IoStatusBlock, STATUS_SUCCESS, size) : status;
}
