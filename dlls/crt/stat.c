/*
 * The file system: stat.
 */
#include "filesystem_private.h"

#ifndef EOVERFLOW
#define EOVERFLOW 132
#endif

struct stat_info {
    unsigned int dev;
    unsigned short ino, mode;
    short nlink;
    int64_t size, atime, mtime, ctime;
};

#define STAT_STRUCT(name, size_type, time_type)                                                              \
    struct name {                                                                                            \
        unsigned int st_dev;                                                                                 \
        unsigned short st_ino, st_mode;                                                                      \
        short st_nlink, st_uid, st_gid;                                                                      \
        unsigned int st_rdev;                                                                                \
        size_type st_size;                                                                                   \
        time_type st_atime, st_mtime, st_ctime;                                                              \
    }
STAT_STRUCT(stat32, int32_t, int32_t);
STAT_STRUCT(stat32i64, int64_t, int32_t);
STAT_STRUCT(stat64i32, int32_t, int64_t);
STAT_STRUCT(stat64, int64_t, int64_t);

static bool has_extension(const wchar_t *path)
{
    const wchar_t *point = wcsrchr(path, '.');

    return point && (!_wcsicmp(point, L".exe") || !_wcsicmp(point, L".cmd") || !_wcsicmp(point, L".bat") ||
                     !_wcsicmp(point, L".com"));
}

static unsigned short mode_of(DWORD attributes, const wchar_t *path)
{
    unsigned int mode = attributes & FILE_ATTRIBUTE_DIRECTORY ? _S_IFDIR | _S_IEXEC : _S_IFREG;

    mode |= attributes & FILE_ATTRIBUTE_READONLY ? _S_IREAD : _S_IREAD | _S_IWRITE;
    if (path && has_extension(path))
        mode |= _S_IEXEC;
    return (unsigned short)(mode | (mode & 0700) >> 3 | (mode & 0700) >> 6);
}

/* A file system that does not keep one of the others has none. */
static void set_times(struct stat_info *info, FILETIME written, FILETIME accessed, FILETIME created)
{
    info->mtime = unix_time(written);
    info->atime = unix_time(accessed);
    info->ctime = unix_time(created);
    if (!info->atime)
        info->atime = info->mtime;
    if (!info->ctime)
        info->ctime = info->mtime;
}

static int stat_path(const wchar_t *path, struct stat_info *info)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    size_t length;

    memset(info, 0, sizeof *info);
    if (wcschr(path, '*') || (wcsncmp(path, L"\\\\?\\", 4) && wcschr(path, '?'))) {
        errno = ENOENT;
        crt_thread()->doserror = ERROR_FILE_NOT_FOUND;
        return -1;
    }
    length = wcslen(path);
    /* A name that ends in a separator is only found if it is a root. */
    if (length > 1 && (path[length - 1] == '\\' || path[length - 1] == '/') &&
        !(length == 3 && path[1] == ':') && !CRT_UCRT &&
        GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES) {
        errno = ENOENT;
        return -1;
    }
    if (!GetFileAttributesExW(path, GetFileExInfoStandard, &data)) {
        _dosmaperr(GetLastError());
        errno = ENOENT;
        return -1;
    }
    if (path[0] && path[1] == ':')
        info->dev = (path[0] | 32) - 'a';
    else {
        wchar_t folder[4] = L"";
        wchar_t buffer[MAX_PATH];
        if (GetCurrentDirectoryW(MAX_PATH, buffer) && buffer[1] == ':')
            folder[0] = buffer[0];
        info->dev = folder[0] ? (folder[0] | 32) - 'a' : 0;
    }
    info->mode = mode_of(data.dwFileAttributes, path);
    info->nlink = 1;
    info->size = (int64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    set_times(info, data.ftLastWriteTime, data.ftLastAccessTime, data.ftCreationTime);
    return 0;
}

static int stat_fd(int fd, struct stat_info *info)
{
    struct crt_fd *f = crt_fd_lock(fd);
    BY_HANDLE_FILE_INFORMATION data;
    int status = 0;

    memset(info, 0, sizeof *info);
    if (!f)
        return -1;
    DWORD type = GetFileType((HANDLE)f->handle) & 0xf;
    if (type == FILE_TYPE_CHAR || type == FILE_TYPE_PIPE) {
        DWORD available = 0;
        info->mode = type == FILE_TYPE_CHAR ? _S_IFCHR : _S_IFIFO;
        info->dev = fd;
        info->nlink = 1;
        if (type == FILE_TYPE_PIPE && PeekNamedPipe((HANDLE)f->handle, NULL, 0, NULL, &available, NULL))
            info->size = available;
    } else if (type == FILE_TYPE_UNKNOWN) {
        errno = EBADF;
        status = -1;
    } else if (!GetFileInformationByHandle((HANDLE)f->handle, &data)) {
        _dosmaperr(GetLastError());
        status = -1;
    } else {
        info->mode = mode_of(data.dwFileAttributes, NULL);
        info->nlink = (short)(CRT_UCRT ? data.nNumberOfLinks : 1);
        info->size = (int64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
        set_times(info, data.ftLastWriteTime, data.ftLastAccessTime, data.ftCreationTime);
    }
    crt_fd_unlock(f);
    return status;
}

#define STAT_FUNCTIONS(suffix, T)                                                                            \
    static int fill_##T(struct T *s, const struct stat_info *info)                                           \
    {                                                                                                        \
        memset(s, 0, sizeof *s);                                                                             \
        s->st_size = info->size;                                                                             \
        if (s->st_size != info->size) {                                                                      \
            errno = EOVERFLOW;                                                                               \
            return -1;                                                                                       \
        }                                                                                                    \
        s->st_dev = s->st_rdev = info->dev;                                                                  \
        s->st_ino = info->ino;                                                                               \
        s->st_mode = info->mode;                                                                             \
        s->st_nlink = info->nlink;                                                                           \
        s->st_atime = info->atime;                                                                           \
        s->st_mtime = info->mtime;                                                                           \
        s->st_ctime = info->ctime;                                                                           \
        return 0;                                                                                            \
    }                                                                                                        \
    int _wstat##suffix(const wchar_t *path, struct T *s)                                                     \
    {                                                                                                        \
        struct stat_info info;                                                                               \
        CRT_CHECK(s, EINVAL, -1);                                                                            \
        memset(s, 0, sizeof *s);                                                                             \
        CRT_CHECK(path, EINVAL, -1);                                                                         \
        return stat_path(path, &info) ? -1 : fill_##T(s, &info);                                             \
    }                                                                                                        \
    int _stat##suffix(const char *name, struct T *s)                                                         \
    {                                                                                                        \
        NARROW(_wstat##suffix(wide, s), -1)                                                                  \
    }                                                                                                        \
    int _fstat##suffix(int fd, struct T *s)                                                                  \
    {                                                                                                        \
        struct stat_info info;                                                                               \
        CRT_CHECK(s, EINVAL, -1);                                                                            \
        memset(s, 0, sizeof *s);                                                                             \
        return stat_fd(fd, &info) ? -1 : fill_##T(s, &info);                                                 \
    }
STAT_FUNCTIONS(32, stat32)
STAT_FUNCTIONS(32i64, stat32i64)
STAT_FUNCTIONS(64i32, stat64i32)
STAT_FUNCTIONS(64, stat64)
