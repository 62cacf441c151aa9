/*
 * The file system: access, names, folders and the times of files.
 */
#include "filesystem_private.h"

int64_t unix_time(FILETIME ft)
{
    uint64_t t = (uint64_t)ft.dwHighDateTime << 32 | ft.dwLowDateTime;

    if (!t)
        return 0;
    return (int64_t)(t - EPOCH_1970) / 10000000 -
           ((int64_t)(t - EPOCH_1970) < 0 && (t - EPOCH_1970) % 10000000);
}

static FILETIME file_time(int64_t t)
{
    uint64_t v = (uint64_t)t * 10000000 + EPOCH_1970;

    return (FILETIME){(DWORD)v, (DWORD)(v >> 32)};
}

int win32_result(BOOL ok)
{
    if (ok)
        return 0;
    _dosmaperr(GetLastError());
    return -1;
}

int _waccess_s(const wchar_t *path, int mode)
{
    CRT_CHECK(path && !(mode & ~6), EINVAL, EINVAL);
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES) {
        _dosmaperr(GetLastError());
        return errno;
    }
    if (attributes & FILE_ATTRIBUTE_READONLY && mode & 2 && !(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
        crt_thread()->doserror = ERROR_ACCESS_DENIED;
        errno = EACCES;
        return EACCES;
    }
    return 0;
}
int _waccess(const wchar_t *path, int mode)
{
    return _waccess_s(path, mode) ? -1 : 0;
}
int _access(const char *name, int mode)
{
    NARROW(_waccess(wide, mode), -1)
}
int _access_s(const char *name, int mode)
{
    NARROW(_waccess_s(wide, mode), EINVAL)
}

int _wchmod(const wchar_t *path, int mode)
{
    CRT_CHECK(path, EINVAL, -1);
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return win32_result(FALSE);
    attributes = mode & _S_IWRITE ? attributes & ~FILE_ATTRIBUTE_READONLY
                                  : attributes | FILE_ATTRIBUTE_READONLY;
    return win32_result(SetFileAttributesW(path, attributes));
}
int _chmod(const char *name, int mode)
{
    NARROW(_wchmod(wide, mode), -1)
}
int _wunlink(const wchar_t *path)
{
    CRT_CHECK(path, EINVAL, -1);
    return win32_result(DeleteFileW(path));
}
int _unlink(const char *name)
{
    NARROW(_wunlink(wide), -1)
}
int _wremove(const wchar_t *path)
{
    return _wunlink(path);
}
int remove(const char *path)
{
    return _unlink(path);
}
int _wrename(const wchar_t *old, const wchar_t *new)
{
    CRT_CHECK(old && new, EINVAL, -1);
    return win32_result(MoveFileExW(old, new, MOVEFILE_COPY_ALLOWED));
}
int rename(const char *old, const char *new)
{
    wchar_t *from = crt_wide_path(old), *to = crt_wide_path(new);
    int status = from && to ? _wrename(from, to) : -1;

    free(from);
    free(to);
    return status;
}
int _wmkdir(const wchar_t *path)
{
    CRT_CHECK(path, EINVAL, -1);
    return win32_result(CreateDirectoryW(path, NULL));
}
int _mkdir(const char *name)
{
    NARROW(_wmkdir(wide), -1)
}
int _wrmdir(const wchar_t *path)
{
    CRT_CHECK(path, EINVAL, -1);
    return win32_result(RemoveDirectoryW(path));
}
int _rmdir(const char *name){NARROW(_wrmdir(wide), -1)}

#define UTIME(bits, T)                                                                                       \
    struct utimbuf##bits {                                                                                   \
        T actime, modtime;                                                                                   \
    };                                                                                                       \
    int _futime##bits(int fd, struct utimbuf##bits *times)                                                   \
    {                                                                                                        \
        FILETIME access, write;                                                                              \
        intptr_t handle = _get_osfhandle(fd);                                                                \
        if (handle == -1)                                                                                    \
            return -1;                                                                                       \
        if (times) {                                                                                         \
            access = file_time(times->actime);                                                               \
            write = file_time(times->modtime);                                                               \
        } else {                                                                                             \
            GetSystemTimeAsFileTime(&write);                                                                 \
            access = write;                                                                                  \
        }                                                                                                    \
        if (!SetFileTime((HANDLE)handle, NULL, &access, &write)) {                                           \
            errno = EINVAL;                                                                                  \
            return -1;                                                                                       \
        }                                                                                                    \
        return 0;                                                                                            \
    }                                                                                                        \
    int _wutime##bits(const wchar_t *path, struct utimbuf##bits *times)                                      \
    {                                                                                                        \
        int fd;                                                                                              \
        CRT_CHECK(path, EINVAL, -1);                                                                         \
        if (crt_open(&fd, path, _O_RDWR | _O_BINARY, _SH_DENYNO, 0, false))                                  \
            return -1;                                                                                       \
        int status = _futime##bits(fd, times), error = errno;                                                \
        _close(fd);                                                                                          \
        if (status)                                                                                          \
            errno = error;                                                                                   \
        return status;                                                                                       \
    }                                                                                                        \
    int _utime##bits(const char *name, struct utimbuf##bits *times)                                          \
    {                                                                                                        \
        NARROW(_wutime##bits(wide, times), -1)                                                               \
    }
UTIME(32, int32_t) UTIME(64, int64_t)
