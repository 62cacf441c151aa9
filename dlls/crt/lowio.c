/*
 * Low-level I/O: the table of descriptors over handles, its inheritance by child processes, duplicating
 * and closing. A descriptor's lock guards its fields and orders its operations.
 */
#include "lowio_private.h"

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

int fd_allocate(void)
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

void fd_bind(int fd, intptr_t handle)
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
    fd_bind(fd, -1);
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
    int fd = fd_allocate();
    if (fd < 0)
        return -1;
    struct crt_fd *f = crt_fd_slot(fd);
    fd_bind(fd, handle);
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
    int fd = fd_allocate();

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
    fd_bind(fd, -1);
    return 0;
}
int _set_osfhnd(int fd, intptr_t handle)
{
    if (fd < 0 || fd >= fd_count || crt_fd_slot(fd)->handle != -1) {
        errno = EBADF;
        return -1;
    }
    fd_bind(fd, handle);
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
        to = fd_allocate();
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
    fd_bind(to, (intptr_t)copy);
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
    int a = fd_allocate();
    int b = a < 0 ? -1 : fd_allocate();
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
    fd_bind(a, (intptr_t)read);
    fd_bind(b, (intptr_t)write);
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
