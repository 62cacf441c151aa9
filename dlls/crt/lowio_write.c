/*
 * Low-level I/O: writing, with line ends, append and encodings.
 */
#include "lowio_private.h"

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
