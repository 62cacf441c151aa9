/*
 * Low-level I/O: reading, with text translation, end-of-file marks and encodings.
 */
#include "lowio_private.h"

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
