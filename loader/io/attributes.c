/*
 * File attributes and times. READONLY is the absence of write permission bits; what Unix has no
 * place for (hidden, system, creation time) is in the extended attribute user.gastwirt, whose
 * presence on a plain file is marked by the sticky bit, so that no other file costs a look.
 */
#include "io/attributes.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ATTRIBUTE_NAME "user.gastwirt"

struct stored {
    uint32_t attributes; /* what is kept of FILE_ATTRIBUTE_* */
    uint32_t tag;        /* with FILE_ATTRIBUTE_REPARSE_POINT */
    int64_t creation;    /* 0: not set */
};

enum {
    KEPT = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE |
           FILE_ATTRIBUTE_NOT_CONTENT_INDEXED | FILE_ATTRIBUTE_OFFLINE | FILE_ATTRIBUTE_TEMPORARY,
    KEPT_OF_FOLDERS = KEPT | FILE_ATTRIBUTE_READONLY,
};

int64_t io_time_from_unix(int64_t seconds, uint32_t nanoseconds)
{
    return (seconds + 11644473600) * 10000000 + nanoseconds / 100;
}

static int64_t time_of(struct statx_timestamp time)
{
    return io_time_from_unix(time.tv_sec, time.tv_nsec);
}

static bool read_stored(const char *path, int fd, struct stored *ret)
{
    ssize_t n = fd >= 0 ? fgetxattr(fd, ATTRIBUTE_NAME, ret, sizeof *ret)
                        : getxattr(path, ATTRIBUTE_NAME, ret, sizeof *ret);
    return n == sizeof *ret;
}

char *io_read_link(const char *path, bool *ret_junction, bool *ret_directory)
{
    char target[4097];
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n <= 0)
        return NULL;
    target[n] = 0;
    *ret_junction = n > 2 && target[0] == '/' && strcmp(target + n - 2, "/.") == 0;
    struct stat stat_buffer;
    *ret_directory = target[n - 1] == '/' || *ret_junction ||
                     (stat(path, &stat_buffer) == 0 && S_ISDIR(stat_buffer.st_mode));
    if (*ret_junction)
        target[n - 2] = 0;
    else if (n > 1 && target[n - 1] == '/' && strcmp(target, "//") != 0)
        target[n - 1] = 0;
    return strdup(target);
}

void io_stat_fill(const struct statx *stat, const char *path, int fd, struct io_stat *ret)
{
    bool directory = S_ISDIR(stat->stx_mode), regular = S_ISREG(stat->stx_mode);
    ULONG attributes = 0;
    struct stored stored;

    ret->reparse_tag = 0;
    ret->write = time_of(stat->stx_mtime);
    ret->access = time_of(stat->stx_atime);
    ret->change = time_of(stat->stx_ctime);
    ret->creation = ret->write < ret->change ? ret->write : ret->change;
    if (stat->stx_mask & STATX_BTIME)
        ret->creation = time_of(stat->stx_btime);
    if (S_ISLNK(stat->stx_mode)) {
        bool junction = false;
        char *target = path ? io_read_link(path, &junction, &directory) : NULL;
        free(target);
        attributes = FILE_ATTRIBUTE_REPARSE_POINT | (directory ? 0 : FILE_ATTRIBUTE_ARCHIVE);
        ret->reparse_tag = junction ? IO_REPARSE_TAG_MOUNT_POINT : IO_REPARSE_TAG_SYMLINK;
    } else if ((directory || (regular && (stat->stx_mode & S_ISVTX))) && (path || fd >= 0) &&
               read_stored(path, fd, &stored)) {
        attributes = stored.attributes;
        if (attributes & FILE_ATTRIBUTE_REPARSE_POINT)
            ret->reparse_tag = stored.tag;
        if (stored.creation)
            ret->creation = stored.creation;
    } else if (regular) {
        attributes = FILE_ATTRIBUTE_ARCHIVE;
    }
    if (directory)
        attributes |= FILE_ATTRIBUTE_DIRECTORY;
    else if (regular && !(stat->stx_mode & 0222))
        attributes |= FILE_ATTRIBUTE_READONLY;
    ret->attributes = attributes ? attributes : FILE_ATTRIBUTE_NORMAL;
    ret->directory = directory;
    ret->size = regular ? stat->stx_size : 0;
    ret->allocation = regular ? (uint64_t)stat->stx_blocks * 512 : 0;
    if (regular && ret->allocation < ret->size && stat->stx_blksize) {
        /* Holes, or not written yet: NTFS would have counted whole clusters. */
        uint64_t block = stat->stx_blksize;
        ret->allocation = ret->allocation ? ret->allocation : (ret->size + block - 1) / block * block;
    }
    ret->id = stat->stx_ino;
    ret->volume = (uint64_t)stat->stx_dev_major << 20 | stat->stx_dev_minor;
    ret->links = directory ? 1 : stat->stx_nlink;
}

NTSTATUS io_file_statx(struct io_file *file, struct statx *ret)
{
    unsigned mask = STATX_BASIC_STATS | STATX_BTIME;
    int result;
    if (file->fd >= 0)
        result = statx(file->fd, "", AT_EMPTY_PATH, mask, ret);
    else if (file->path)
        result = statx(AT_FDCWD, file->path, file->link_itself ? AT_SYMLINK_NOFOLLOW : 0, mask, ret);
    else
        return STATUS_INVALID_DEVICE_REQUEST;
    if (result != 0 && errno == ENOENT && file->overlay) {
        memset(ret, 0, sizeof *ret);
        ret->stx_mode = S_IFDIR | 0755;
        ret->stx_nlink = 1;
        return STATUS_SUCCESS;
    }
    return result == 0 ? STATUS_SUCCESS : errno == ENOENT ? STATUS_FILE_DELETED : io_status_from_errno(errno);
}

NTSTATUS io_file_stat(struct io_file *file, struct io_stat *ret)
{
    struct statx stat;
    NTSTATUS status = io_file_statx(file, &stat);
    if (NT_SUCCESS(status))
        io_stat_fill(&stat, file->path, file->fd >= 0 && !file->link_itself ? file->fd : -1, ret);
    return status;
}

static int change_mode(const char *path, int fd, mode_t mode)
{
    return fd >= 0 ? fchmod(fd, mode) : chmod(path, mode);
}

/* Writes or removes our extended attribute; false where the file system has none. */
static bool store(const char *path, int fd, const struct stored *stored)
{
    int result;
    if (stored)
        result = fd >= 0 ? fsetxattr(fd, ATTRIBUTE_NAME, stored, sizeof *stored, 0)
                         : setxattr(path, ATTRIBUTE_NAME, stored, sizeof *stored, 0);
    else
        result = fd >= 0 ? fremovexattr(fd, ATTRIBUTE_NAME) : removexattr(path, ATTRIBUTE_NAME);
    return result == 0;
}

/* Makes what is stored for the file so, and its mark. */
static NTSTATUS apply(const char *path, int fd, const struct stat *old, const struct stored *stored,
                      mode_t mode)
{
    bool plain = S_ISREG(old->st_mode);
    bool trivial = stored->creation == 0 && stored->attributes == (plain ? FILE_ATTRIBUTE_ARCHIVE : 0u);
    if (!trivial) {
        /* The kernel wants write permission for user attributes. */
        bool locked = plain && !(old->st_mode & 0200);
        if (locked)
            change_mode(path, fd, (old->st_mode & 07777) | 0200);
        bool good = store(path, fd, stored);
        if (plain)
            mode = good ? mode | S_ISVTX : mode & ~(mode_t)S_ISVTX;
        if (locked && good && mode == (old->st_mode & 07777))
            return change_mode(path, fd, mode) == 0 ? STATUS_SUCCESS : io_status_from_errno(errno);
    } else if (!plain || (old->st_mode & S_ISVTX)) {
        if (plain && !(old->st_mode & 0200))
            change_mode(path, fd, (old->st_mode & 07777) | 0200);
        store(path, fd, NULL);
        if (plain)
            mode &= ~(mode_t)S_ISVTX;
    }
    if (plain && (mode != (old->st_mode & 07777) || !(old->st_mode & 0200)) &&
        change_mode(path, fd, mode) != 0)
        return io_status_from_errno(errno);
    return STATUS_SUCCESS;
}

static NTSTATUS current(const char *path, int fd, struct stat *ret_stat, struct stored *ret_stored)
{
    if ((fd >= 0 ? fstat(fd, ret_stat) : stat(path, ret_stat)) != 0)
        return io_status_from_errno(errno);
    bool plain = S_ISREG(ret_stat->st_mode);
    if ((plain && !(ret_stat->st_mode & S_ISVTX)) || !read_stored(path, fd, ret_stored)) {
        memset(ret_stored, 0, sizeof *ret_stored);
        ret_stored->attributes = plain ? FILE_ATTRIBUTE_ARCHIVE : 0;
    }
    return STATUS_SUCCESS;
}

NTSTATUS io_set_attributes(const char *path, int fd, ULONG attributes)
{
    struct stat stat;
    struct stored stored;
    NTSTATUS status = current(path, fd, &stat, &stored);
    if (!NT_SUCCESS(status))
        return status;
    mode_t mode = stat.st_mode & 07777;
    if (S_ISDIR(stat.st_mode)) {
        if (attributes & FILE_ATTRIBUTE_TEMPORARY)
            return STATUS_INVALID_PARAMETER;
        stored.attributes = (attributes & KEPT_OF_FOLDERS) |
                            (stored.attributes & FILE_ATTRIBUTE_REPARSE_POINT);
    } else {
        if (attributes & FILE_ATTRIBUTE_DIRECTORY)
            return STATUS_INVALID_PARAMETER;
        stored.attributes = (attributes & KEPT) | (stored.attributes & FILE_ATTRIBUTE_REPARSE_POINT);
        if (attributes & FILE_ATTRIBUTE_READONLY)
            mode &= ~0222u;
        else if (!(mode & 0222)) {
            mode_t mask = umask(022);
            umask(mask);
            mode |= ((mode >> 1) & 0222 & ~mask) | 0200;
        }
    }
    return apply(path, fd, &stat, &stored, mode);
}

NTSTATUS io_set_reparse_tag(const char *path, ULONG tag)
{
    struct stat stat;
    struct stored stored;
    NTSTATUS status = current(path, -1, &stat, &stored);
    if (!NT_SUCCESS(status))
        return status;
    stored.attributes &= ~(uint32_t)FILE_ATTRIBUTE_REPARSE_POINT;
    stored.attributes |= tag ? FILE_ATTRIBUTE_REPARSE_POINT : 0;
    stored.tag = tag;
    return apply(path, -1, &stat, &stored, stat.st_mode & 07777);
}

static struct timespec to_timespec(int64_t time)
{
    struct timespec result = {0, UTIME_OMIT};
    if (time) {
        result.tv_sec = time / 10000000 - 11644473600;
        result.tv_nsec = time % 10000000 * 100;
    }
    return result;
}

NTSTATUS io_set_times(const char *path, int fd, int64_t creation, int64_t access, int64_t write)
{
    if (access || write) {
        struct timespec times[2] = {to_timespec(access), to_timespec(write)};
        if ((fd >= 0 ? futimens(fd, times) : utimensat(AT_FDCWD, path, times, 0)) != 0)
            return io_status_from_errno(errno);
    }
    if (creation) {
        struct stat stat;
        struct stored stored;
        NTSTATUS status = current(path, fd, &stat, &stored);
        if (!NT_SUCCESS(status))
            return status;
        stored.creation = creation;
        struct timespec times[2] = {stat.st_atim, stat.st_mtim};
        status = apply(path, fd, &stat, &stored, stat.st_mode & 07777);
        if (fd >= 0)
            futimens(fd, times);
        return status;
    }
    return STATUS_SUCCESS;
}
