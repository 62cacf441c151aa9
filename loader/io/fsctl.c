/*
 * Control codes of files and volumes: reparse points (which are symbolic links), sparse files, disk
 * geometry.
 */
#include "io/fsctl.h"
#include "io/attributes.h"
#include "io/lookup.h"
#include "io/overlay.h"
#include "mm/guest.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static NTSTATUS reply(struct io_request *request, const void *data, ULONG size)
{
    if (request->length < size)
        return STATUS_BUFFER_TOO_SMALL;
    request->information = size;
    return guest_copy(request->buffer, data, size);
}

static size_t wide_length(const WCHAR *text)
{
    size_t n = 0;
    while (text[n])
        n++;
    return n;
}

/* A relative Unix target with backslashes; malloc'ed. */
static WCHAR *relative_target(const char *target)
{
    WCHAR *wide = malloc((strlen(target) + 1) * sizeof *wide), *out = wide;
    if (!wide)
        return NULL;
    while (*target) {
        size_t n = strcspn(target, "/");
        out += io_name_to_utf16(target, n, out);
        target += n;
        while (*target == '/') {
            target++;
            if (*target)
                *out++ = '\\';
        }
    }
    *out = 0;
    return wide;
}

/* What the link was given as. */
static WCHAR *dos_target(char *target, bool from_root)
{
    size_t length = strlen(target);
    bool trailing = length > 1 + (size_t)from_root && target[length - 1] == '/';
    if (trailing)
        target[length - 1] = 0;
    WCHAR *text = target[0] == '/' ? io_unix_to_dos(target + from_root) : relative_target(target);
    if (!text)
        return NULL;
    size_t n = wide_length(text);
    if (from_root && n > 2) {
        n -= 2; /* the drive */
        memmove(text, text + 2, (n + 1) * sizeof *text);
    }
    if (trailing && n && text[n - 1] != '\\') {
        WCHAR *longer = realloc(text, (n + 2) * sizeof *text);
        if (longer) {
            text = longer;
            text[n] = '\\';
            text[n + 1] = 0;
        }
    }
    return text;
}

static NTSTATUS get_reparse(struct io_file *file, struct io_request *request)
{
    bool junction, directory;
    if (!file->link_itself)
        return io_reparse_get(file, request);
    char *target = io_read_link(file->path, &junction, &directory);
    if (!target)
        return STATUS_NOT_A_REPARSE_POINT;
    bool from_root = target[0] == '/' && target[1] == '/', absolute = target[0] == '/' && !from_root;
    WCHAR *print = dos_target(target, from_root);
    free(target);
    if (!print)
        return STATUS_NO_MEMORY;
    size_t n = wide_length(print), prefix = absolute ? 4 : 0, head = junction ? 16 : 20;
    size_t size = head + (n + prefix + n + (junction ? 2 : 0)) * sizeof *print;
    REPARSE_DATA_BUFFER *data = calloc(1, size + 8);
    NTSTATUS status = STATUS_NO_MEMORY;
    if (data && size < 16384) {
        WCHAR *text = junction ? data->MountPointReparseBuffer.PathBuffer
                               : data->SymbolicLinkReparseBuffer.PathBuffer;
        USHORT substitute = (USHORT)((n + prefix) * sizeof *print);
        data->ReparseTag = junction ? IO_REPARSE_TAG_MOUNT_POINT : IO_REPARSE_TAG_SYMLINK;
        data->ReparseDataLength = (USHORT)(size - REPARSE_DATA_BUFFER_HEADER_SIZE);
        data->SymbolicLinkReparseBuffer.SubstituteNameLength = substitute;
        data->SymbolicLinkReparseBuffer.PrintNameOffset = (USHORT)(substitute + (junction ? 2 : 0));
        data->SymbolicLinkReparseBuffer.PrintNameLength = (USHORT)(n * sizeof *print);
        if (!junction)
            data->SymbolicLinkReparseBuffer.Flags = absolute ? 0 : SYMLINK_FLAG_RELATIVE;
        if (absolute)
            memcpy(text, u"\\??\\", 8);
        memcpy(text + prefix, print, n * sizeof *print);
        memcpy(text + prefix + n + (junction ? 1 : 0), print, n * sizeof *print);
        if (request->length < 24)
            status = STATUS_BUFFER_TOO_SMALL;
        else {
            request->information = request->length < size ? request->length : size;
            status = guest_copy(request->buffer, data, request->information);
            if (NT_SUCCESS(status) && request->length < size)
                status = STATUS_BUFFER_OVERFLOW;
        }
    }
    free(data);
    free(print);
    return status;
}

/* An NT target as Unix text; malloc'ed. Absolute targets need not exist. */
static char *unix_target(const WCHAR *text, size_t length, bool relative)
{
    char *result = NULL;
    struct io_path path;
    if (!relative && NT_SUCCESS(io_path_to_unix(text, length, &path))) {
        result = path.unix_path;
        free(path.overlay);
        return result;
    }
    int letter = 0;
    if (!relative && !NT_SUCCESS(io_parse_drive(&text, &length, &letter)))
        return NULL;
    const char *root = letter == 'C' ? io_overlay_root() : "";
    result = malloc(strlen(root) + length * 3 + 2);
    if (!result)
        return NULL;
    char *out = stpcpy(result, root);
    for (size_t i = 0; i < length;) {
        size_t n = 0;
        while (i + n < length && text[i + n] != '\\' && text[i + n] != '/')
            n++;
        out += io_name_to_utf8(text + i, n, out);
        i += n;
        if (i < length) {
            *out++ = '/';
            i++;
        }
    }
    *out = 0;
    return result;
}

/* "\\x\\y": from the root of the drive that the link is on. Unix has no such links: it becomes an absolute
 * one. */
static char *root_relative_target(const struct io_file *file, const WCHAR *text, size_t length)
{
    WCHAR *link = io_unix_to_dos(file->path), *name = malloc((length + 6) * sizeof *name);
    char *target = NULL;

    if (link && name) {
        memcpy(name, u"\\??\\X:", 12);
        name[4] = link[0];
        memcpy(name + 6, text, length * sizeof *name);
        target = unix_target(name, length + 6, false);
    }
    free(link);
    free(name);
    return target;
}

/* Puts a link where the (empty) file or folder is. */
static NTSTATUS replace_with_link(struct io_file *file, const char *target)
{
    if (file->kind == IO_DIRECTORY && !file->link_itself) {
        if (rmdir(file->path) != 0)
            return errno == ENOTEMPTY ? STATUS_DIRECTORY_NOT_EMPTY : io_status_from_errno(errno);
        if (symlink(target, file->path) != 0) {
            int error = errno;
            mkdir(file->path, 0777);
            return io_status_from_errno(error);
        }
    } else {
        char *other;
        if (asprintf(&other, "%s.gw%lx", file->path, (long)getpid()) < 0)
            return STATUS_NO_MEMORY;
        int result = symlink(target, other);
        if (result == 0 && (result = rename(other, file->path)) != 0)
            unlink(other);
        int error = errno;
        free(other);
        if (result != 0)
            return io_status_from_errno(error);
    }
    file->link_itself = true;
    if (file->fd >= 0) {
        close(file->fd);
        file->fd = -1;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS set_reparse(struct io_file *file, struct io_request *request)
{
    if (request->input_length < REPARSE_DATA_BUFFER_HEADER_SIZE || request->input_length > 16384)
        return STATUS_IO_REPARSE_DATA_INVALID;
    if (!file->path || file->overlay || file->read_only_media)
        return STATUS_ACCESS_DENIED;
    REPARSE_DATA_BUFFER *data = calloc(1, request->input_length + sizeof *data);
    if (!data)
        return STATUS_NO_MEMORY;
    NTSTATUS status = guest_copy(data, request->input, request->input_length);
    bool junction = NT_SUCCESS(status) && data->ReparseTag == IO_REPARSE_TAG_MOUNT_POINT;
    if (NT_SUCCESS(status) && !junction && data->ReparseTag != IO_REPARSE_TAG_SYMLINK) {
        status = io_reparse_set(file, data, request->input_length);
        free(data);
        return status;
    }
    if (NT_SUCCESS(status) && junction && file->kind != IO_DIRECTORY)
        status = STATUS_NOT_A_DIRECTORY;
    if (NT_SUCCESS(status)) {
        size_t head = junction ? 16 : 20, offset = data->SymbolicLinkReparseBuffer.SubstituteNameOffset;
        size_t length = data->SymbolicLinkReparseBuffer.SubstituteNameLength;
        bool relative = !junction && (data->SymbolicLinkReparseBuffer.Flags & SYMLINK_FLAG_RELATIVE);
        if (head > request->input_length || offset + length > request->input_length - head || (length & 1) ||
            !length)
            status = STATUS_IO_REPARSE_DATA_INVALID;
        else {
            const WCHAR *text = (WCHAR *)((char *)data + head + offset);
            bool from_root = relative && (*text == '\\' || *text == '/');
            char *target = from_root ? root_relative_target(file, text, length / 2)
                                     : unix_target(text, length / 2, relative),
                 *marked;
            const WCHAR *last = text + length / 2 - 1;
            bool trailing = file->kind == IO_DIRECTORY && last > text && (*last == '\\' || *last == '/') &&
                            last[-1] != ':';
            const char *mark = junction ? "/." : file->kind == IO_DIRECTORY ? "/" : "";
            while (target && strlen(target) > 1 && target[strlen(target) - 1] == '/')
                target[strlen(target) - 1] = 0;
            /* A link to an existing folder needs no mark. */
            struct stat stat_buffer;
            if (target && !junction && !trailing && *mark && target[0] == '/' &&
                stat(target, &stat_buffer) == 0)
                mark = "";
            if (!target ||
                asprintf(&marked, "%s%s%s%s", from_root ? "/" : "", target, trailing ? "/" : "", mark) < 0)
                status = STATUS_IO_REPARSE_DATA_INVALID;
            else {
                status = replace_with_link(file, marked);
                free(marked);
            }
            free(target);
        }
    }
    free(data);
    return status;
}

static NTSTATUS delete_reparse(struct io_file *file, struct io_request *request)
{
    if (!file->link_itself)
        return io_reparse_delete(file, request);
    if (unlink(file->path) != 0)
        return io_status_from_errno(errno);
    file->link_itself = false;
    if (file->kind == IO_DIRECTORY)
        return mkdir(file->path, 0777) == 0 ? STATUS_SUCCESS : io_status_from_errno(errno);
    int fd = open(file->path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0)
        return io_status_from_errno(errno);
    close(fd);
    return STATUS_SUCCESS;
}

static NTSTATUS zero_data(struct io_file *file, struct io_request *request)
{
    struct {
        LARGE_INTEGER start, end;
    } range;
    struct stat stat;
    if (request->input_length < sizeof range)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = guest_read(&range, (void *)request->input);
    if (!NT_SUCCESS(status))
        return status;
    if (range.start.QuadPart < 0 || range.end.QuadPart < range.start.QuadPart)
        return STATUS_INVALID_PARAMETER;
    if (fstat(file->fd, &stat) != 0)
        return io_status_from_errno(errno);
    int64_t end = range.end.QuadPart < stat.st_size ? range.end.QuadPart : stat.st_size;
    if (end <= range.start.QuadPart)
        return STATUS_SUCCESS;
    if (fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, range.start.QuadPart,
                  end - range.start.QuadPart) == 0)
        return STATUS_SUCCESS;
    static const char zeros[65536];
    for (int64_t at = range.start.QuadPart; at < end;) {
        size_t step = end - at < (int64_t)sizeof zeros ? (size_t)(end - at) : sizeof zeros;
        ssize_t n = pwrite(file->fd, zeros, step, at);
        if (n <= 0)
            return io_status_from_errno(errno);
        at += n;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS allocated_ranges(struct io_file *file, struct io_request *request)
{
    struct {
        LARGE_INTEGER start, length;
    } range, out;
    ULONG used = 0;
    if (request->input_length < sizeof range)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = guest_read(&range, (void *)request->input);
    if (!NT_SUCCESS(status))
        return status;
    if (range.start.QuadPart < 0 || range.length.QuadPart < 0)
        return STATUS_INVALID_PARAMETER;
    int64_t at = range.start.QuadPart, end = at + range.length.QuadPart, keep = lseek(file->fd, 0, SEEK_CUR);
    while (NT_SUCCESS(status) && at < end) {
        int64_t start = lseek(file->fd, at, SEEK_DATA);
        if (start < 0 || start >= end)
            break;
        at = lseek(file->fd, start, SEEK_HOLE);
        if (at < 0 || at > end)
            at = end;
        if (request->length - used < sizeof out) {
            status = used ? STATUS_BUFFER_OVERFLOW : STATUS_BUFFER_TOO_SMALL;
            break;
        }
        out.start.QuadPart = start;
        out.length.QuadPart = at - start;
        status = guest_copy((char *)request->buffer + used, &out, sizeof out);
        used += sizeof out;
    }
    lseek(file->fd, keep, SEEK_SET);
    request->information = used;
    return status;
}

static NTSTATUS disk_size(struct io_file *file, int64_t *ret)
{
    struct statvfs stat;
    if ((file->fd >= 0 ? fstatvfs(file->fd, &stat) : statvfs(file->path, &stat)) != 0)
        return io_status_from_errno(errno);
    *ret = (int64_t)(stat.f_blocks * stat.f_frsize);
    return STATUS_SUCCESS;
}

NTSTATUS io_disk_control(struct io_file *file, struct io_request *request)
{
    NTSTATUS status;
    int64_t size;
    switch (request->code) {
    case FSCTL_GET_REPARSE_POINT: return get_reparse(file, request);
    case FSCTL_SET_REPARSE_POINT: return set_reparse(file, request);
    case FSCTL_DELETE_REPARSE_POINT: return delete_reparse(file, request);
    case FSCTL_SET_SPARSE: return file->kind == IO_DISK ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    case FSCTL_SET_ZERO_DATA:
        return file->kind == IO_DISK && file->fd >= 0 ? zero_data(file, request) : STATUS_INVALID_PARAMETER;
    case FSCTL_QUERY_ALLOCATED_RANGES:
        return file->kind == IO_DISK && file->fd >= 0 ? allocated_ranges(file, request)
                                                      : STATUS_INVALID_PARAMETER;
    case FSCTL_GET_COMPRESSION: {
        USHORT none = 0;
        return reply(request, &none, sizeof none);
    }
    case FSCTL_IS_VOLUME_MOUNTED: return STATUS_SUCCESS;
    case IOCTL_DISK_GET_LENGTH_INFO:
        if (file->kind != IO_VOLUME)
            return STATUS_INVALID_PARAMETER;
        status = disk_size(file, &size);
        return NT_SUCCESS(status) ? reply(request, &size, sizeof size) : status;
    case IOCTL_DISK_GET_DRIVE_GEOMETRY: {
        struct {
            int64_t cylinders;
            ULONG media, tracks, sectors, bytes;
        } geometry = {0, 12, 255, 63, 512};
        if (file->kind != IO_VOLUME)
            return STATUS_INVALID_PARAMETER;
        status = disk_size(file, &size);
        geometry.cylinders = size / (255 * 63 * 512);
        return NT_SUCCESS(status) ? reply(request, &geometry, sizeof geometry) : status;
    }
    case IOCTL_STORAGE_GET_DEVICE_NUMBER: {
        ULONG number[3] = {FILE_DEVICE_DISK, 0, 1};
        return file->kind == IO_VOLUME ? reply(request, number, sizeof number) : STATUS_INVALID_PARAMETER;
    }
    default: return STATUS_INVALID_DEVICE_REQUEST;
    }
}
