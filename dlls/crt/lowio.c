/*
 * Low-level I/O: descriptors over handles, with text translation, append and end-of-file marks.
 * A descriptor's lock guards its fields and orders its operations.
 */
#include "crt.h"

struct crt_fd *__pioinfo[FD_BLOCKS];
struct crt_fd __badioinfo = {.handle = -1, .flags = FD_TEXT, .peeked = {'\n'}};
static int fd_count; /* slots that exist */
int _umaskval;

#define IS_BAD(h) ((h) == -1 || (h) == -2)

static bool add_block(void)
{
    int block = fd_count / FD_BLOCK;

    if (block >= FD_BLOCKS)
        return false;
    struct crt_fd *f = calloc(FD_BLOCK, sizeof *f);
    if (!f)
        return false;
    for (int i = 0; i < FD_BLOCK; i++) {
        f[i].handle = -1;
        f[i].peeked[0] = '\n';
    }
    __pioinfo[block] = f;
    fd_count += FD_BLOCK;
    return true;
}

static void lock_slot(struct crt_fd *f)
{
    if (!*(volatile int *)&f->lock_ready) {
        _lock(CRT_LOCK_OSFHND);
        if (!f->lock_ready) {
            InitializeCriticalSection(&f->lock);
            f->lock_ready = 1;
        }
        _unlock(CRT_LOCK_OSFHND);
    }
    EnterCriticalSection(&f->lock);
}

void crt_fd_unlock(struct crt_fd *f)
{
    LeaveCriticalSection(&f->lock);
}

struct crt_fd *crt_fd_get(int fd)
{
    if (fd < 0 || fd >= fd_count || !(crt_fd_slot(fd)->flags & FD_OPEN))
        return NULL;
    return crt_fd_slot(fd);
}

struct crt_fd *crt_fd_lock(int fd)
{
    struct crt_fd *f = crt_fd_get(fd);

    if (fd == -2) { /* a stream without a descriptor: no complaint beyond the error */
        crt_thread()->doserror = 0;
        errno = EBADF;
        return NULL;
    }
    if (f) {
        lock_slot(f);
        if (f->flags & FD_OPEN)
            return f;
        crt_fd_unlock(f);
    }
    crt_thread()->doserror = 0;
    errno = EBADF;
    _invalid_parameter_noinfo();
    return NULL;
}

/* A free slot, locked and marked open; -1 with EMFILE. */
static int allocate(void)
{
    int fd = -1;

    _lock(CRT_LOCK_IOB_SCAN);
    for (int i = 0;; i++) {
        if (i == fd_count && !add_block())
            break;
        struct crt_fd *f = crt_fd_slot(i);
        if (f->flags & FD_OPEN)
            continue;
        lock_slot(f);
        if (f->flags & FD_OPEN) {
            crt_fd_unlock(f);
            continue;
        }
        f->handle = -1;
        f->flags = FD_OPEN;
        f->peeked[0] = '\n';
        f->text_mode = TEXT_ANSI;
        f->wide = 0;
        fd = i;
        break;
    }
    _unlock(CRT_LOCK_IOB_SCAN);
    if (fd < 0) {
        crt_thread()->doserror = 0;
        errno = EMFILE;
    }
    return fd;
}

static const DWORD std_ids[3] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};

static void bind(int fd, intptr_t handle)
{
    struct crt_fd *f = crt_fd_slot(fd);

    f->handle = handle;
    if (fd < 3 && crt_app_type == 1)
        SetStdHandle(std_ids[fd], (HANDLE)handle);
}

/* ---------------------------------------------------------------- inheritance, start and end */

void crt_lowio_init(void)
{
    STARTUPINFOW info;

    GetStartupInfoW(&info);
    add_block();
    if (info.cbReserved2 >= sizeof(int) && info.lpReserved2) {
        int count;
        memcpy(&count, info.lpReserved2, sizeof count);
        int room = (int)((info.cbReserved2 - sizeof(int)) / (1 + sizeof(HANDLE)));
        if (count > room)
            count = room;
        const char *flags = (char *)info.lpReserved2 + sizeof(int);
        const char *handles = flags + count;
        for (int i = 0; i < count && i < FD_MAX; i++) {
            intptr_t handle;
            if (i == fd_count && !add_block())
                break;
            memcpy(&handle, handles + i * sizeof handle, sizeof handle);
            if (handle == 0 || IS_BAD(handle) || !(flags[i] & FD_OPEN))
                continue;
            if (!(flags[i] & FD_PIPE) && GetFileType((HANDLE)handle) == FILE_TYPE_UNKNOWN)
                continue;
            crt_fd_slot(i)->handle = handle;
            crt_fd_slot(i)->flags = flags[i];
        }
    }
    for (int i = 0; i < 3; i++) {
        struct crt_fd *f = crt_fd_slot(i);
        if (f->flags & FD_OPEN && !IS_BAD(f->handle)) {
            f->flags |= FD_TEXT;
            continue;
        }
        f->flags = (char)(FD_OPEN | FD_TEXT);
        HANDLE handle = GetStdHandle(std_ids[i]);
        DWORD type = handle && handle != INVALID_HANDLE_VALUE ? GetFileType(handle) : FILE_TYPE_UNKNOWN;
        if (type != FILE_TYPE_UNKNOWN) {
            f->handle = (intptr_t)handle;
            if (type == FILE_TYPE_CHAR)
                f->flags |= FD_DEVICE;
            else if (type == FILE_TYPE_PIPE)
                f->flags |= FD_PIPE;
        } else {
            f->handle = -2;
            f->flags |= FD_DEVICE;
        }
    }
}

unsigned char *crt_fd_inheritance(WORD *ret_size, bool std_only)
{
    int count = std_only && fd_count > 3 ? 3 : fd_count;

    while (count && !(crt_fd_slot(count - 1)->flags & FD_OPEN))
        count--;
    size_t size = sizeof(int) + count * (1 + sizeof(HANDLE));
    if (size > 0xffff) {
        count = (int)((0xffff - sizeof(int)) / (1 + sizeof(HANDLE)));
        size = sizeof(int) + count * (1 + sizeof(HANDLE));
    }
    unsigned char *block = calloc(1, size);
    if (!block)
        return NULL;
    memcpy(block, &count, sizeof count);
    for (int i = 0; i < count; i++) {
        struct crt_fd *f = crt_fd_slot(i);
        intptr_t handle = -1;
        if (f->flags & FD_OPEN && !(f->flags & FD_NOINHERIT)) {
            block[sizeof(int) + i] = (unsigned char)f->flags;
            handle = f->handle;
        }
        memcpy(block + sizeof(int) + count + i * sizeof handle, &handle, sizeof handle);
    }
    *ret_size = (WORD)size;
    return block;
}

/* ---------------------------------------------------------------- opening and closing */

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

    int fd = allocate();
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
    bind(fd, (intptr_t)handle);
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

static int close_locked(int fd, struct crt_fd *f)
{
    int result = 0;
    intptr_t handle = f->handle;

    /* Standard output and error may be one handle: it is closed with the second. */
    bool shared = (fd == 1 && crt_fd_get(2) && crt_fd_slot(2)->handle == handle) ||
                  (fd == 2 && crt_fd_get(1) && crt_fd_slot(1)->handle == handle);
    if (!IS_BAD(handle) && !shared && !CloseHandle((HANDLE)handle)) {
        _dosmaperr(GetLastError());
        result = -1;
    }
    bind(fd, -1);
    f->flags = 0;
    return result;
}

int _close(int fd)
{
    struct crt_fd *f = crt_fd_lock(fd);

    if (!f)
        return -1;
    int result = close_locked(fd, f);
    crt_fd_unlock(f);
    return result;
}

intptr_t _get_osfhandle(int fd)
{
    struct crt_fd *f = crt_fd_get(fd);

    if (!f) {
        crt_thread()->doserror = 0;
        errno = EBADF;
        if (fd != -2)
            _invalid_parameter_noinfo();
        return -1;
    }
    return f->handle;
}

int _open_osfhandle(intptr_t handle, int flags)
{
    DWORD type = GetFileType((HANDLE)handle) & 0xf;
    int fd_flags = FD_OPEN;

    if (type == FILE_TYPE_UNKNOWN) {
        _dosmaperr(GetLastError());
        errno = EBADF;
        return -1;
    }
    if (type == FILE_TYPE_CHAR)
        fd_flags |= FD_DEVICE;
    else if (type == FILE_TYPE_PIPE)
        fd_flags |= FD_PIPE;
    if (flags & _O_APPEND)
        fd_flags |= FD_APPEND;
    if (flags & (_O_TEXT | _O_WTEXT | _O_U16TEXT | _O_U8TEXT))
        fd_flags |= FD_TEXT;
    if (flags & _O_NOINHERIT)
        fd_flags |= FD_NOINHERIT;
    int fd = allocate();
    if (fd < 0)
        return -1;
    struct crt_fd *f = crt_fd_slot(fd);
    bind(fd, handle);
    f->flags = (char)fd_flags;
    if (flags & (_O_WTEXT | _O_U16TEXT | _O_U8TEXT)) {
        f->text_mode = flags & _O_U8TEXT ? TEXT_UTF8 : TEXT_UTF16;
        f->wide = 1;
    }
    crt_fd_unlock(f);
    return fd;
}

int _alloc_osfhnd(void)
{
    int fd = allocate();

    if (fd >= 0)
        crt_fd_unlock(crt_fd_slot(fd));
    return fd;
}
int _free_osfhnd(int fd)
{
    struct crt_fd *f = crt_fd_get(fd);

    if (!f || f->handle == -1) {
        errno = EBADF;
        return -1;
    }
    bind(fd, -1);
    return 0;
}
int _set_osfhnd(int fd, intptr_t handle)
{
    if (fd < 0 || fd >= fd_count || crt_fd_slot(fd)->handle != -1) {
        errno = EBADF;
        return -1;
    }
    bind(fd, handle);
    return 0;
}

static int dup_to(int from, int to)
{
    struct crt_fd *f = crt_fd_lock(from);
    HANDLE copy;

    if (!f)
        return -1;
    if (!DuplicateHandle(GetCurrentProcess(), (HANDLE)f->handle, GetCurrentProcess(), &copy, 0, TRUE,
                         DUPLICATE_SAME_ACCESS)) {
        _dosmaperr(GetLastError());
        crt_fd_unlock(f);
        return -1;
    }
    char flags = f->flags & ~FD_NOINHERIT;
    unsigned char text_mode = f->text_mode, wide = f->wide;
    crt_fd_unlock(f);
    struct crt_fd *g;
    if (to < 0) {
        to = allocate();
        if (to < 0) {
            CloseHandle(copy);
            return -1;
        }
        g = crt_fd_slot(to);
    } else {
        _lock(CRT_LOCK_IOB_SCAN);
        while (to >= fd_count && add_block())
            ;
        _unlock(CRT_LOCK_IOB_SCAN);
        g = crt_fd_slot(to);
        lock_slot(g);
        if (g->flags & FD_OPEN)
            close_locked(to, g);
    }
    g->flags = flags;
    g->text_mode = text_mode;
    g->wide = wide;
    g->peeked[0] = '\n';
    bind(to, (intptr_t)copy);
    crt_fd_unlock(g);
    return to;
}

int _dup(int fd)
{
    return dup_to(fd, -1);
}

int _dup2(int from, int to)
{
    if (!crt_fd_get(from) || to < 0 || to >= FD_MAX) {
        crt_thread()->doserror = 0;
        errno = EBADF;
        _invalid_parameter_noinfo();
        return -1;
    }
    if (from == to)
        return 0;
    return dup_to(from, to) < 0 ? -1 : 0;
}

int _pipe(int *fds, unsigned int size, int mode)
{
    SECURITY_ATTRIBUTES security = {sizeof security, NULL, !(mode & _O_NOINHERIT)};
    HANDLE read, write;

    CRT_CHECK(fds, EINVAL, -1);
    fds[0] = fds[1] = -1;
    CRT_CHECK(!(mode & ~(_O_NOINHERIT | _O_BINARY | _O_TEXT)), EINVAL, -1);
    if (!CreatePipe(&read, &write, &security, size)) {
        _dosmaperr(GetLastError());
        return -1;
    }
    int flags = FD_OPEN | FD_PIPE | (mode & _O_NOINHERIT ? FD_NOINHERIT : 0);
    if (mode & _O_TEXT || (!(mode & _O_BINARY) && _fmode != _O_BINARY))
        flags |= FD_TEXT;
    int a = allocate();
    int b = a < 0 ? -1 : allocate();
    if (b < 0) {
        if (a >= 0) {
            crt_fd_slot(a)->flags = 0;
            crt_fd_unlock(crt_fd_slot(a));
        }
        CloseHandle(read);
        CloseHandle(write);
        return -1;
    }
    crt_fd_slot(a)->flags = crt_fd_slot(b)->flags = (char)flags;
    bind(a, (intptr_t)read);
    bind(b, (intptr_t)write);
    crt_fd_unlock(crt_fd_slot(a));
    crt_fd_unlock(crt_fd_slot(b));
    fds[0] = a;
    fds[1] = b;
    return 0;
}

int _isatty(int fd)
{
    struct crt_fd *f = crt_fd_get(fd);

    if (!f) {
        errno = EBADF;
        if (fd != -2)
            _invalid_parameter_noinfo();
        return 0;
    }
    return f->flags & FD_DEVICE;
}

int _setmode(int fd, int mode)
{
    struct crt_fd *f;

    CRT_CHECK(mode == _O_TEXT || mode == _O_BINARY || mode == _O_WTEXT || mode == _O_U8TEXT ||
                  mode == _O_U16TEXT,
              EINVAL, -1);
    f = crt_fd_lock(fd);
    if (!f)
        return -1;
    int old = !(f->flags & FD_TEXT) ? _O_BINARY : f->text_mode == TEXT_ANSI ? _O_TEXT : _O_WTEXT;
    if (mode == _O_BINARY)
        f->flags &= ~FD_TEXT;
    else
        f->flags |= FD_TEXT;
    f->text_mode = mode == _O_U8TEXT                        ? TEXT_UTF8
                   : mode == _O_WTEXT || mode == _O_U16TEXT ? TEXT_UTF16
                                                            : TEXT_ANSI;
    f->wide = f->text_mode != TEXT_ANSI;
    crt_fd_unlock(f);
    return old;
}

/* ---------------------------------------------------------------- reading */

static int read_failed(void)
{
    DWORD error = GetLastError();

    if (error == ERROR_BROKEN_PIPE || error == ERROR_HANDLE_EOF)
        return 0;
    _dosmaperr(error);
    if (error == ERROR_ACCESS_DENIED)
        errno = EBADF; /* not open for reading */
    return -1;
}

/* Removes carriage returns before line feeds and stops at Ctrl-Z; the new count. Where the last
 * byte is a carriage return, the next byte decides; a pipe's or device's is kept in peeked. */
static DWORD translate(struct crt_fd *f, char *buffer, DWORD count)
{
    DWORD in = 0, out = 0;

    if (buffer[0] == '\n')
        f->flags |= FD_CRLF;
    else
        f->flags &= ~FD_CRLF;
    while (in < count) {
        char c = buffer[in];
        if (c == 26) {
            if (!(f->flags & FD_DEVICE))
                f->flags |= FD_EOF;
            else
                buffer[out++] = c;
            break;
        }
        if (c != '\r') {
            buffer[out++] = c;
            in++;
            continue;
        }
        if (in + 1 < count) {
            if (buffer[in + 1] == '\n') {
                buffer[out++] = '\n';
                in += 2;
            } else {
                buffer[out++] = '\r';
                in++;
            }
            continue;
        }
        char next;
        DWORD got;
        in++;
        if (!ReadFile((HANDLE)f->handle, &next, 1, &got, NULL) || !got) {
            buffer[out++] = '\r';
        } else if (f->flags & (FD_DEVICE | FD_PIPE)) {
            if (next == '\n') {
                buffer[out++] = '\n';
            } else {
                buffer[out++] = '\r';
                f->peeked[0] = next;
            }
        } else if (out == 0 && next == '\n') {
            buffer[out++] = '\n';
            crt_thread()->raw_read++;
        } else {
            LARGE_INTEGER back = {.QuadPart = -1};
            SetFilePointerEx((HANDLE)f->handle, back, NULL, FILE_CURRENT);
            if (next != '\n')
                buffer[out++] = '\r';
        }
    }
    return out;
}

/* Encoded files are read in wide characters: UTF-8 becomes UTF-16 here. */
static int read_encoded(struct crt_fd *f, wchar_t *buffer, unsigned int count)
{
    DWORD got;
    wchar_t *wide = buffer;
    unsigned int length;

    if (f->text_mode == TEXT_UTF8) {
        unsigned int room = count / 2;
        char *bytes = malloc(room + 4);
        if (!bytes)
            return -1;
        if (!ReadFile((HANDLE)f->handle, bytes, room, &got, NULL)) {
            free(bytes);
            return read_failed();
        }
        if (got) { /* a character cut in two is completed, or given back */
            DWORD start = got, more;
            while (start && got - start < 4 && ((unsigned char)bytes[start - 1] & 0xc0) == 0x80)
                start--;
            if (start && (unsigned char)bytes[start - 1] >= 0xc0) {
                unsigned char lead = (unsigned char)bytes[start - 1];
                DWORD need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2, have = got - start + 1;
                if (have < need && ReadFile((HANDLE)f->handle, bytes + got, need - have, &more, NULL))
                    got += more;
            }
        }
        length = MultiByteToWideChar(CP_UTF8, 0, bytes, (int)got, wide, (int)(count / 2));
        free(bytes);
    } else {
        if (!ReadFile((HANDLE)f->handle, buffer, count & ~1u, &got, NULL))
            return read_failed();
        if (got & 1) {
            DWORD more;
            if (ReadFile((HANDLE)f->handle, (char *)buffer + got, 1, &more, NULL))
                got += more;
        }
        length = got / 2;
    }
    unsigned int out = 0;
    crt_thread()->raw_read = got;
    for (unsigned int in = 0; in < length; in++) {
        if (wide[in] == 26) {
            f->flags |= FD_EOF;
            break;
        }
        if (wide[in] == '\r') {
            wchar_t next = 0;
            if (in + 1 < length) {
                if (wide[in + 1] == '\n')
                    continue;
            } else if (f->text_mode == TEXT_UTF16) {
                DWORD more;
                LARGE_INTEGER back = {.QuadPart = -2};
                if (ReadFile((HANDLE)f->handle, &next, 2, &more, NULL) && more == 2) {
                    if (next == '\n')
                        wide[in] = '\n', crt_thread()->raw_read += 2;
                    else
                        SetFilePointerEx((HANDLE)f->handle, back, NULL, FILE_CURRENT);
                }
            } else {
                char byte = 0;
                DWORD more;
                LARGE_INTEGER back = {.QuadPart = -1};
                if (ReadFile((HANDLE)f->handle, &byte, 1, &more, NULL) && more == 1) {
                    if (byte == '\n')
                        wide[in] = '\n', crt_thread()->raw_read++;
                    else
                        SetFilePointerEx((HANDLE)f->handle, back, NULL, FILE_CURRENT);
                }
            }
        }
        wide[out++] = wide[in];
    }
    return (int)(out * 2);
}

int crt_read_locked(struct crt_fd *f, void *buffer, unsigned int count)
{
    char *text = buffer;
    DWORD got = 0, prefix = 0;

    if (!count || f->flags & FD_EOF)
        return 0;
    if (f->wide && f->flags & FD_TEXT)
        return read_encoded(f, buffer, count);
    if (f->flags & (FD_DEVICE | FD_PIPE) && f->peeked[0] != '\n') {
        text[prefix++] = f->peeked[0];
        f->peeked[0] = '\n';
    }
    if (prefix < count && !ReadFile((HANDLE)f->handle, text + prefix, count - prefix, &got, NULL)) {
        int result = read_failed();
        if (result || !prefix)
            return result;
        got = 0;
    }
    got += prefix;
    crt_thread()->raw_read = got;
    if (got && f->flags & FD_TEXT)
        got = translate(f, text, got);
    return (int)got;
}

int _read(int fd, void *buffer, unsigned int count)
{
    struct crt_fd *f = crt_fd_lock(fd);

    if (!f)
        return -1;
    if (count > CRT_INT_MAX || (!buffer && count) || (f->wide && f->flags & FD_TEXT && count & 1)) {
        crt_fd_unlock(f);
        CRT_CHECK(false, EINVAL, -1);
    }
    int result = crt_read_locked(f, buffer, count);
    crt_fd_unlock(f);
    return result;
}

/* ---------------------------------------------------------------- writing */

static int write_failed(void)
{
    DWORD error = GetLastError();

    _dosmaperr(error);
    if (error == ERROR_ACCESS_DENIED)
        errno = EBADF; /* not open for writing */
    return -1;
}

static bool write_all(struct crt_fd *f, const void *data, DWORD count, DWORD *ret_written)
{
    DWORD written = 0;

    bool ok = WriteFile((HANDLE)f->handle, data, count, &written, NULL);
    *ret_written += written;
    return ok && written == count;
}

int crt_write_locked(struct crt_fd *f, const void *buffer, unsigned int count)
{
    DWORD written = 0;

    if (!count)
        return 0;
    if (f->flags & FD_APPEND) {
        LARGE_INTEGER zero = {.QuadPart = 0};
        SetFilePointerEx((HANDLE)f->handle, zero, NULL, FILE_END);
    }
    if (!(f->flags & FD_TEXT)) {
        if (!write_all(f, buffer, count, &written) && !written)
            return GetLastError() == ERROR_SUCCESS ? (errno = ENOSPC, -1) : write_failed();
        return (int)written;
    }
    if (f->wide) {
        const wchar_t *wide = buffer;
        unsigned int length = count / 2, in = 0;
        wchar_t chunk[1026];
        char bytes[1026 * 3];
        DWORD mode, console_written;
        bool console = f->flags & FD_DEVICE && GetConsoleMode((HANDLE)f->handle, &mode);
        while (in < length) {
            int used = 0;
            while (in < length && used < 1024) {
                if (wide[in] == '\n')
                    chunk[used++] = '\r';
                chunk[used++] = wide[in++];
            }
            if (used && chunk[used - 1] >= 0xd800 && chunk[used - 1] < 0xdc00 && in < length)
                chunk[used++] = wide[in++];
            bool ok;
            if (console) {
                ok = WriteConsoleW((HANDLE)f->handle, chunk, used, &console_written, NULL);
            } else if (f->text_mode == TEXT_UTF8) {
                int size = WideCharToMultiByte(CP_UTF8, 0, chunk, used, bytes, sizeof bytes, NULL, NULL);
                ok = write_all(f, bytes, size, &written);
            } else {
                ok = write_all(f, chunk, used * 2, &written);
            }
            if (!ok)
                return write_failed();
        }
        return (int)(length * 2);
    }
    const char *text = buffer;
    if (!memchr(text, '\n', count)) {
        if (!write_all(f, text, count, &written) && !written)
            return GetLastError() == ERROR_SUCCESS ? (errno = ENOSPC, -1) : write_failed();
        return (int)written;
    }
    char chunk[4097];
    unsigned int in = 0, done = 0;
    while (in < count) {
        unsigned int used = 0;
        while (in < count && used < sizeof chunk - 1) {
            char c = text[in++];
            if (c == '\n')
                chunk[used++] = '\r';
            chunk[used++] = c;
        }
        written = 0;
        if (!write_all(f, chunk, used, &written)) {
            if (written) { /* count what went out of the caller's bytes */
                for (unsigned int i = 0; i < written; i++)
                    done += !(chunk[i] == '\r' && i + 1 < used && chunk[i + 1] == '\n');
            }
            return done ? (int)done : write_failed();
        }
        done = in;
    }
    return (int)done;
}

int _write(int fd, const void *buffer, unsigned int count)
{
    struct crt_fd *f = crt_fd_lock(fd);

    if (!f)
        return -1;
    if ((!buffer && count) || (f->wide && f->flags & FD_TEXT && count & 1)) {
        crt_fd_unlock(f);
        CRT_CHECK(false, EINVAL, -1);
    }
    int result = crt_write_locked(f, buffer, count);
    crt_fd_unlock(f);
    return result;
}

/* ---------------------------------------------------------------- position and size */

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
