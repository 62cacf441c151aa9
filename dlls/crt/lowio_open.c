/*
 * Low-level I/O: opening files, with their encodings' marks.
 */
#include "lowio_private.h"

static HANDLE open_handle(const wchar_t *path, DWORD access, DWORD share, SECURITY_ATTRIBUTES *security,
                          DWORD how, DWORD attributes)
{
    return CreateFileW(path, access, share, security, how, attributes, NULL);
}

int crt_open(int *ret_fd, const wchar_t *path, int flags, int share, int mode, bool secure)
{
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, !(flags & _O_NOINHERIT)};
    DWORD access, sharing, how, attributes = FILE_ATTRIBUTE_NORMAL;
    int text = flags & (_O_WTEXT | _O_U16TEXT | _O_U8TEXT), fd_flags = 0;

    *ret_fd = -1;
    if (!(flags & _O_BINARY) &&
        (flags & (_O_TEXT | _O_WTEXT | _O_U16TEXT | _O_U8TEXT) || _fmode != _O_BINARY))
        fd_flags |= FD_TEXT;
    switch (flags & 3) {
    case _O_RDONLY: access = GENERIC_READ; break;
    case _O_WRONLY: /* an encoded file that is appended to has its mark read */
        access = flags & _O_APPEND && text ? GENERIC_READ | GENERIC_WRITE : GENERIC_WRITE;
        break;
    case _O_RDWR: access = GENERIC_READ | GENERIC_WRITE; break;
    default: CRT_CHECK(false, EINVAL, EINVAL); return EINVAL;
    }
    switch (share) {
    case _SH_DENYRW: sharing = 0; break;
    case _SH_DENYWR: sharing = FILE_SHARE_READ; break;
    case _SH_DENYRD: sharing = FILE_SHARE_WRITE; break;
    case _SH_DENYNO: sharing = FILE_SHARE_READ | FILE_SHARE_WRITE; break;
    case _SH_SECURE: sharing = access == GENERIC_READ ? FILE_SHARE_READ : 0; break;
    default: CRT_CHECK(false, EINVAL, EINVAL); return EINVAL;
    }
    switch (flags & (_O_CREAT | _O_EXCL | _O_TRUNC)) {
    case 0:
    case _O_EXCL: how = OPEN_EXISTING; break;
    case _O_CREAT: how = OPEN_ALWAYS; break;
    case _O_CREAT | _O_EXCL:
    case _O_CREAT | _O_EXCL | _O_TRUNC: how = CREATE_NEW; break;
    case _O_TRUNC:
    case _O_TRUNC | _O_EXCL: how = TRUNCATE_EXISTING; break;
    default: how = CREATE_ALWAYS; break;
    }
    if (flags & _O_CREAT) {
        if (secure)
            CRT_CHECK(!(mode & ~(_S_IREAD | _S_IWRITE)), EINVAL, EINVAL);
        if (!(mode & ~_umaskval & _S_IWRITE))
            attributes = FILE_ATTRIBUTE_READONLY;
    }
    if (flags & _O_TEMPORARY) {
        attributes |= FILE_FLAG_DELETE_ON_CLOSE;
        access |= DELETE;
        sharing |= FILE_SHARE_DELETE;
    }
    if (flags & _O_SHORT_LIVED)
        attributes |= FILE_ATTRIBUTE_TEMPORARY;
    if (flags & _O_OBTAIN_DIR)
        attributes |= FILE_FLAG_BACKUP_SEMANTICS;
    if (flags & _O_SEQUENTIAL)
        attributes |= FILE_FLAG_SEQUENTIAL_SCAN;
    else if (flags & _O_RANDOM)
        attributes |= FILE_FLAG_RANDOM_ACCESS;
    if (flags & _O_NOINHERIT)
        fd_flags |= FD_NOINHERIT;

    int fd = fd_allocate();
    if (fd < 0)
        return errno;
    struct crt_fd *f = crt_fd_slot(fd);
    HANDLE handle = open_handle(path, access, sharing, &security, how, attributes);
    if (handle == INVALID_HANDLE_VALUE && access == (GENERIC_READ | GENERIC_WRITE) &&
        (flags & 3) == _O_WRONLY)
        handle = open_handle(path, access = GENERIC_WRITE, sharing, &security, how, attributes);
    if (handle == INVALID_HANDLE_VALUE) {
        _dosmaperr(GetLastError());
        f->flags = 0;
        crt_fd_unlock(f);
        return errno;
    }
    DWORD type = GetFileType(handle);
    if (type == FILE_TYPE_UNKNOWN) {
        DWORD error = GetLastError();
        CloseHandle(handle);
        f->flags = 0;
        crt_fd_unlock(f);
        _dosmaperr(error);
        if (!error)
            errno = EACCES;
        return errno;
    }
    if (type == FILE_TYPE_CHAR)
        fd_flags |= FD_DEVICE;
    else if (type == FILE_TYPE_PIPE)
        fd_flags |= FD_PIPE;
    if (flags & _O_APPEND)
        fd_flags |= FD_APPEND;
    fd_bind(fd, (intptr_t)handle);
    f->flags = (char)(fd_flags | FD_OPEN);

    /* A Ctrl-Z that ends a text file open for updating is removed. */
    if (fd_flags & FD_TEXT && (flags & 3) == _O_RDWR && !(fd_flags & (FD_DEVICE | FD_PIPE)) && !text) {
        LARGE_INTEGER at;
        char last;
        DWORD count;
        at.QuadPart = -1;
        if (SetFilePointerEx(handle, at, &at, FILE_END)) {
            if (ReadFile(handle, &last, 1, &count, NULL) && count == 1 && last == 26) {
                SetFilePointerEx(handle, at, NULL, FILE_BEGIN);
                SetEndOfFile(handle);
            }
            at.QuadPart = 0;
            SetFilePointerEx(handle, at, NULL, FILE_BEGIN);
        }
    }
    /* Encodings: an existing file's byte-order mark decides, a new file gets one. */
    if (fd_flags & FD_TEXT && text && !(fd_flags & (FD_DEVICE | FD_PIPE))) {
        LARGE_INTEGER size, start = {.QuadPart = 0};
        enum crt_text_mode encoding = text & _O_U8TEXT    ? TEXT_UTF8
                                      : text & _O_U16TEXT ? TEXT_UTF16
                                                          : TEXT_ANSI;
        unsigned char mark[3] = {0};
        DWORD count = 0;
        bool known = false;
        if (!GetFileSizeEx(handle, &size))
            size.QuadPart = 0;
        if (size.QuadPart && access & GENERIC_READ && ReadFile(handle, mark, 3, &count, NULL)) {
            if (count == 3 && mark[0] == 0xef && mark[1] == 0xbb && mark[2] == 0xbf) {
                encoding = TEXT_UTF8;
                known = true;
            } else if (count >= 2 && mark[0] == 0xff && mark[1] == 0xfe) {
                encoding = TEXT_UTF16;
                known = true;
                start.QuadPart = 2;
            } else if (count >= 2 && mark[0] == 0xfe && mark[1] == 0xff) {
                crt_fd_unlock(f);
                _close(fd);
                errno = EINVAL;
                return EINVAL;
            }
            if (known && encoding == TEXT_UTF8)
                start.QuadPart = 3;
        } else if (!size.QuadPart && access & GENERIC_WRITE && flags & (_O_CREAT | _O_TRUNC | _O_WRONLY)) {
            if (encoding == TEXT_ANSI)
                encoding = TEXT_UTF16; /* ccs=UNICODE makes UTF-16LE files */
            if (encoding == TEXT_UTF8)
                WriteFile(handle, "\xef\xbb\xbf", 3, &count, NULL);
            else
                WriteFile(handle, "\xff\xfe", 2, &count, NULL);
            start.QuadPart = count;
        }
        SetFilePointerEx(handle, start, NULL, FILE_BEGIN);
        f->text_mode = encoding;
        f->wide = encoding != TEXT_ANSI;
    }
    crt_fd_unlock(f);
    *ret_fd = fd;
    return 0;
}

int _wopen(const wchar_t *path, int flags, ...)
{
    va_list args;
    int fd, mode = 0;

    CRT_CHECK(path, EINVAL, -1);
    va_start(args, flags);
    if (flags & _O_CREAT)
        mode = va_arg(args, int);
    va_end(args);
    crt_open(&fd, path, flags, _SH_DENYNO, mode, false);
    return fd;
}

int _wsopen(const wchar_t *path, int flags, int share, ...)
{
    va_list args;
    int fd, mode = 0;

    CRT_CHECK(path, EINVAL, -1);
    va_start(args, share);
    if (flags & _O_CREAT)
        mode = va_arg(args, int);
    va_end(args);
    crt_open(&fd, path, flags, share, mode, false);
    return fd;
}

static int open_narrow(int *fd, const char *path, int flags, int share, int mode, bool secure)
{
    *fd = -1;
    CRT_CHECK(path, EINVAL, EINVAL);
    wchar_t *wide = crt_wide_path(path);
    if (!wide)
        return errno;
    int error = crt_open(fd, wide, flags, share, mode, secure);
    free(wide);
    return error;
}

int _open(const char *path, int flags, ...)
{
    va_list args;
    int fd, mode = 0;

    va_start(args, flags);
    if (flags & _O_CREAT)
        mode = va_arg(args, int);
    va_end(args);
    open_narrow(&fd, path, flags, _SH_DENYNO, mode, false);
    return fd;
}

int _sopen(const char *path, int flags, int share, ...)
{
    va_list args;
    int fd, mode = 0;

    va_start(args, share);
    if (flags & _O_CREAT)
        mode = va_arg(args, int);
    va_end(args);
    open_narrow(&fd, path, flags, share, mode, false);
    return fd;
}

int _sopen_s(int *fd, const char *path, int flags, int share, int mode)
{
    CRT_CHECK(fd, EINVAL, EINVAL);
    return open_narrow(fd, path, flags, share, mode, true);
}

int _wsopen_s(int *fd, const wchar_t *path, int flags, int share, int mode)
{
    CRT_CHECK(fd, EINVAL, EINVAL);
    *fd = -1;
    CRT_CHECK(path, EINVAL, EINVAL);
    return crt_open(fd, path, flags, share, mode, true);
}

int _sopen_dispatch(const char *path, int flags, int share, int mode, int *fd, int secure)
{
    CRT_CHECK(fd, EINVAL, EINVAL);
    return open_narrow(fd, path, flags, share, mode, secure);
}
int _wsopen_dispatch(const wchar_t *path, int flags, int share, int mode, int *fd, int secure)
{
    CRT_CHECK(fd && path, EINVAL, EINVAL);
    return crt_open(fd, path, flags, share, mode, secure);
}

int _creat(const char *path, int mode)
{
    return _open(path, _O_CREAT | _O_TRUNC | _O_RDWR, mode);
}
int _wcreat(const wchar_t *path, int mode)
{
    return _wopen(path, _O_CREAT | _O_TRUNC | _O_RDWR, mode);
}
