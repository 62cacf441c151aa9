/*
 * Low-level I/O: position, size, locks and the mask of new files.
 */
#include "lowio_private.h"

int64_t crt_seek_locked(struct crt_fd *f, int64_t offset, int origin)
{
    LARGE_INTEGER at = {.QuadPart = offset}, now;

    if (!SetFilePointerEx((HANDLE)f->handle, at, &now, origin)) {
        DWORD error = GetLastError();
        _dosmaperr(error);
        if (error == ERROR_NEGATIVE_SEEK)
            errno = EINVAL;
        return -1;
    }
    f->flags &= ~FD_EOF;
    return now.QuadPart;
}

int64_t _lseeki64(int fd, int64_t offset, int origin)
{
    struct crt_fd *f = crt_fd_lock(fd);

    if (!f)
        return -1;
    int64_t result = -1;
    if (origin < 0 || origin > 2) {
        errno = EINVAL;
    } else if (f->flags & FD_PIPE) {
        errno = ESPIPE;
    } else {
        result = crt_seek_locked(f, offset, origin);
    }
    crt_fd_unlock(f);
    return result;
}

long _lseek(int fd, long offset, int origin)
{
    int64_t result = _lseeki64(fd, offset, origin);

    if (result > LONG_MAX) {
        errno = EINVAL;
        return -1;
    }
    return (long)result;
}

int64_t _telli64(int fd)
{
    return _lseeki64(fd, 0, SEEK_CUR);
}
long _tell(int fd)
{
    return _lseek(fd, 0, SEEK_CUR);
}

int64_t _filelengthi64(int fd)
{
    struct crt_fd *f = crt_fd_lock(fd);
    LARGE_INTEGER size;

    if (!f)
        return -1;
    BOOL ok = GetFileSizeEx((HANDLE)f->handle, &size);
    if (!ok)
        _dosmaperr(GetLastError());
    crt_fd_unlock(f);
    return ok ? size.QuadPart : -1;
}
long _filelength(int fd)
{
    int64_t size = _filelengthi64(fd);

    if (size > LONG_MAX) {
        errno = EINVAL;
        return -1;
    }
    return (long)size;
}

int _eof(int fd)
{
    int64_t at = _lseeki64(fd, 0, SEEK_CUR), end;

    if (at < 0 || (end = _filelengthi64(fd)) < 0)
        return -1;
    return at >= end;
}

int _chsize_s(int fd, int64_t size)
{
    struct crt_fd *f;

    CRT_CHECK(size >= 0, EINVAL, EINVAL);
    f = crt_fd_lock(fd);
    if (!f)
        return EBADF;
    LARGE_INTEGER zero = {.QuadPart = 0}, old, end = {.QuadPart = size};
    int error = 0;
    if (!SetFilePointerEx((HANDLE)f->handle, zero, &old, FILE_CURRENT) ||
        !SetFilePointerEx((HANDLE)f->handle, end, NULL, FILE_BEGIN) || !SetEndOfFile((HANDLE)f->handle)) {
        DWORD code = GetLastError();
        _dosmaperr(code);
        error = errno;
    }
    SetFilePointerEx((HANDLE)f->handle, old, NULL, FILE_BEGIN);
    crt_fd_unlock(f);
    return error;
}
int _chsize(int fd, long size)
{
    return _chsize_s(fd, size) ? -1 : 0;
}

int _commit(int fd)
{
    struct crt_fd *f = crt_fd_lock(fd);

    if (!f)
        return -1;
    int result = 0;
    if (!FlushFileBuffers((HANDLE)f->handle)) {
        crt_thread()->doserror = GetLastError();
        errno = EBADF;
        result = -1;
    }
    crt_fd_unlock(f);
    return result;
}

/* Locks count bytes from the current position; LK_LOCK and LK_RLCK try ten times, a second apart. */
int _locking(int fd, int mode, long count)
{
    struct crt_fd *f;

    CRT_CHECK(count >= 0 && mode >= 0 && mode <= 4, EINVAL, -1);
    f = crt_fd_lock(fd);
    if (!f)
        return -1;
    int result = -1, tries = mode == 1 || mode == 3 ? 10 : 1;
    int64_t at = crt_seek_locked(f, 0, SEEK_CUR);
    if (at >= 0) {
        for (;;) {
            BOOL ok = mode ? LockFile((HANDLE)f->handle, (DWORD)at, (DWORD)(at >> 32), count, 0)
                           : UnlockFile((HANDLE)f->handle, (DWORD)at, (DWORD)(at >> 32), count, 0);
            if (ok) {
                result = 0;
                break;
            }
            DWORD error = GetLastError();
            if (--tries <= 0) {
                _dosmaperr(error);
                if (mode == 1 || mode == 3)
                    errno = EDEADLOCK;
                break;
            }
            Sleep(1000);
        }
    }
    crt_fd_unlock(f);
    return result;
}

int _umask(int mask)
{
    int old = _umaskval;

    _umaskval = mask & (_S_IREAD | _S_IWRITE);
    return old;
}
int _umask_s(int mask, int *old)
{
    CRT_CHECK(old && !(mask & ~(_S_IREAD | _S_IWRITE)), EINVAL, EINVAL);
    *old = _umask(mask);
    return 0;
}
int _get_umask(int *mask)
{
    CRT_CHECK(mask, EINVAL, EINVAL);
    *mask = _umaskval;
    return 0;
}
