/*
 * Streams: blocks of bytes and whole texts.
 */
#include "stdio_private.h"

/* Writes bytes; how many were taken. */
size_t crt_write_stream(const void *data, size_t size, FILE *file)
{
    const char *p = data;
    size_t left = size;

    while (left) {
        if (stream_has_big_buffer(file) && file->_cnt > 0 && file->_flag & _IOWRT) {
            size_t count = left < (size_t)file->_cnt ? left : (size_t)file->_cnt;
            memcpy(file->_ptr, p, count);
            file->_ptr += count;
            file->_cnt -= (int)count;
            p += count;
            left -= count;
        } else if (left >= (stream_has_buffer(file) && file->_bufsiz ? (size_t)file->_bufsiz : CRT_BUFSIZ) &&
                   file->_flag & _IOWRT && !(file->_flag & (_IOREAD | _IOSTRG))) {
            if (crt_flush(file))
                break;
            file->_flag |= _IOWRT;
            /* Whole buffers; without one, all there is. */
            size_t unit = file->_bufsiz > 2 ? (size_t)file->_bufsiz : 1;
            size_t count = left > 0x40000000 ? 0x40000000 : left - left % unit;
            int written = stream_write(file, p, (unsigned int)count);
            if (written < 0 || (size_t)written != count) {
                file->_flag |= _IOERR;
                if (written > 0)
                    left -= written;
                break;
            }
            p += count;
            left -= count;
        } else {
            file->_cnt = 0;
            if (_flsbuf((unsigned char)*p, file) == EOF)
                break;
            p++;
            left--;
        }
    }
    return size - left;
}

size_t _fwrite_nolock(const void *data, size_t size, size_t count, FILE *file)
{
    bool lent = crt_begin_buffer(file);
    size_t done = crt_write_stream(data, size * count, file);

    crt_end_buffer(lent, file);
    return done == size * count ? count : done / size;
}

size_t fwrite(const void *data, size_t size, size_t count, FILE *file)
{
    if (!size || !count)
        return 0;
    CRT_CHECK(file && data && count <= SIZE_MAX / size, EINVAL, 0);
    _lock_file(file);
    size_t done = _fwrite_nolock(data, size, count, file);
    _unlock_file(file);
    return done;
}

int fputs(const char *text, FILE *file)
{
    CRT_CHECK(text && file, EINVAL, EOF);
    size_t length = strlen(text);
    return !length || fwrite(text, 1, length, file) == length ? 0 : EOF;
}

int puts(const char *text)
{
    CRT_CHECK(text, EINVAL, EOF);
    size_t length = strlen(text);
    _lock_file(stdout);
    bool lent = crt_begin_buffer(stdout);
    int result = crt_write_stream(text, length, stdout) == length && crt_putc('\n', stdout) != EOF ? 0 : EOF;
    crt_end_buffer(lent, stdout);
    _unlock_file(stdout);
    return result;
}

size_t stream_read(void *data, size_t total, FILE *file)
{
    char *p = data;
    size_t left = total;

    while (left) {
        if (file->_cnt > 0 && (stream_has_buffer(file) || file->_flag & _IOSTRG)) {
            size_t count = left < (size_t)file->_cnt ? left : (size_t)file->_cnt;
            memcpy(p, file->_ptr, count);
            file->_ptr += count;
            file->_cnt -= (int)count;
            p += count;
            left -= count;
            continue;
        }
        size_t unit = file->_bufsiz > 2 ? file->_bufsiz : CRT_BUFSIZ;
        if (left >= unit && stream_in_use(file) && !(file->_flag & (_IOWRT | _IOSTRG)) &&
            !(crt_fd_get(file->_file) && crt_fd_get(file->_file)->wide)) {
            size_t count = left > 0x40000000 ? 0x40000000 : left - left % unit;
            file->_cnt = 0;
            file->_ptr = file->_base;
            file->_flag |= _IOREAD;
            struct crt_fd *f = crt_fd_lock(file->_file);
            int got = f ? crt_read_locked(f, p, (unsigned int)count) : -1;
            if (f)
                crt_fd_unlock(f);
            if (got <= 0) {
                file->_flag |= got ? _IOERR : _IOEOF;
                break;
            }
            p += got;
            left -= got;
            continue;
        }
        int c = _filbuf(file);
        if (c == EOF)
            break;
        *p++ = (char)c;
        left--;
    }
    return total - left;
}

size_t _fread_nolock(void *data, size_t size, size_t count, FILE *file)
{
    if (!size || !count)
        return 0;
    return stream_read(data, size * count, file) / size;
}

size_t fread(void *data, size_t size, size_t count, FILE *file)
{
    if (!size || !count)
        return 0;
    CRT_CHECK(file && data && count <= SIZE_MAX / size, EINVAL, 0);
    _lock_file(file);
    size_t done = stream_read(data, size * count, file) / size;
    _unlock_file(file);
    return done;
}

size_t _fread_nolock_s(void *data, size_t room, size_t size, size_t count, FILE *file)
{
    if (!size || !count)
        return 0;
    CRT_CHECK(data, EINVAL, 0);
    if (!file || count > SIZE_MAX / size || size * count > room) {
        memset(data, 0, room);
        CRT_CHECK(file, EINVAL, 0);
        CRT_CHECK(false, ERANGE, 0);
    }
    return stream_read(data, size * count, file) / size;
}
size_t fread_s(void *data, size_t room, size_t size, size_t count, FILE *file)
{
    if (!size || !count)
        return 0;
    CRT_CHECK(file, EINVAL, 0);
    _lock_file(file);
    size_t done = _fread_nolock_s(data, room, size, count, file);
    _unlock_file(file);
    return done;
}

int _getw(FILE *file)
{
    int value = EOF;
    return fread(&value, sizeof value, 1, file) == 1 ? value : EOF;
}
int _putw(int value, FILE *file)
{
    return fwrite(&value, sizeof value, 1, file) == 1 ? value : EOF;
}
