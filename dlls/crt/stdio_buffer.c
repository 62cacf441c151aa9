/*
 * Streams: buffers, and what happens when one is empty or full. The stream is locked.
 */
#include "stdio_private.h"

static void get_buffer(FILE *file)
{
    char *buffer = malloc(CRT_BUFSIZ);

    if (buffer) {
        file->_flag |= _IOMYBUF;
        file->_base = buffer;
        file->_bufsiz = CRT_BUFSIZ;
    } else {
        file->_flag |= _IONBF;
        file->_base = (char *)&file->_charbuf;
        file->_bufsiz = 2;
    }
    file->_ptr = file->_base;
    file->_cnt = 0;
}

/* Standard output on a terminal, and standard error always, keep nothing between calls. */
bool stream_is_unbuffered(FILE *file)
{
    return file == stderr || (file == stdout && file->_file >= 0 && _isatty(file->_file));
}

bool crt_begin_buffer(FILE *file)
{
    if ((file != stdout && file != stderr) || stream_has_buffer(file) || file->_file < 0 ||
        !stream_is_unbuffered(file))
        return false;
    static char *buffers[2];
    char **slot = &buffers[file == stderr];
    if (!*slot && !(*slot = malloc(CRT_BUFSIZ)))
        return false;
    file->_ptr = file->_base = *slot;
    file->_cnt = file->_bufsiz = CRT_BUFSIZ;
    file->_flag |= _IOWRT | _USERBUF | _IOTEMPBUF;
    return true;
}

void crt_end_buffer(bool lent, FILE *file)
{
    if (lent && file->_flag & _IOTEMPBUF) {
        crt_flush(file);
        file->_flag &= ~(_USERBUF | _IOTEMPBUF);
        file->_base = file->_ptr = NULL;
        file->_bufsiz = file->_cnt = 0;
    }
}

int stream_write(FILE *file, const void *data, unsigned int count)
{
    struct crt_fd *f = crt_fd_lock(file->_file);

    if (!f)
        return -1;
    int result = crt_write_locked(f, data, count);
    crt_fd_unlock(f);
    return result;
}

/* Writes out what is buffered. */
int crt_flush(FILE *file)
{
    int result = 0;

    if ((file->_flag & (_IOREAD | _IOWRT)) == _IOWRT && stream_has_big_buffer(file)) {
        int count = (int)(file->_ptr - file->_base);
        if (count > 0) {
            if (stream_write(file, file->_base, count) == count) {
                if (file->_flag & _IORW)
                    file->_flag &= ~_IOWRT;
            } else {
                file->_flag |= _IOERR;
                result = EOF;
            }
        }
        file->_ptr = file->_base;
        file->_cnt = 0;
    }
    if (!result && file->_flag & _IOCOMMIT)
        return _commit(file->_file) ? EOF : 0;
    return result;
}

static int flush_all(bool count_open, bool only_writing)
{
    int open = 0, result = 0;

    for (int i = 0;; i++) {
        FILE *file = stream_at(i);
        if (!file)
            break;
        if (!stream_in_use(file))
            continue;
        _lock_file(file);
        if (stream_in_use(file) && (!only_writing || file->_flag & _IOWRT)) {
            if (crt_flush(file) == EOF)
                result = EOF;
            else
                open++;
        }
        _unlock_file(file);
    }
    return count_open ? open : result;
}

int _flushall(void)
{
    return flush_all(true, false);
}

int fflush(FILE *file)
{
    if (!file)
        return flush_all(false, true);
    _lock_file(file);
    int result = crt_flush(file);
    _unlock_file(file);
    return result;
}
int _fflush_nolock(FILE *file)
{
    return file ? crt_flush(file) : flush_all(false, true);
}

/* A character that found no room. */
int _flsbuf(int c, FILE *file)
{
    if (file->_flag & _IOSTRG) {
        file->_flag |= _IOERR;
        return EOF;
    }
    if (!(file->_flag & (_IOWRT | _IORW))) {
        errno = EBADF;
        file->_flag |= _IOERR;
        return EOF;
    }
    if (file->_flag & _IOREAD) { /* from reading to writing only at end of file */
        file->_cnt = 0;
        if (!(file->_flag & _IOEOF)) {
            file->_flag |= _IOERR;
            return EOF;
        }
        file->_ptr = file->_base;
        file->_flag &= ~_IOREAD;
    }
    file->_flag |= _IOWRT;
    file->_flag &= ~_IOEOF;
    file->_cnt = 0;
    if (!stream_has_buffer(file) && !stream_is_unbuffered(file))
        get_buffer(file);

    struct crt_fd *f = crt_fd_get(file->_file);
    bool wide = f && f->wide && f->flags & FD_TEXT;
    int written, count;
    if (stream_has_big_buffer(file)) {
        count = (int)(file->_ptr - file->_base);
        file->_ptr = file->_base + 1;
        file->_cnt = file->_bufsiz - 1;
        written = count > 0 ? stream_write(file, file->_base, count) : 0;
        *file->_base = (char)c;
    } else {
        char byte = (char)c;
        if (wide) {
            errno = EINVAL;
            file->_flag |= _IOERR;
            return EOF;
        }
        count = 1;
        written = stream_write(file, &byte, 1);
    }
    if (written != count) {
        file->_flag |= _IOERR;
        return EOF;
    }
    return c & 0xff;
}

int _filbuf(FILE *file)
{
    if (!stream_in_use(file) || file->_flag & _IOSTRG)
        return EOF;
    if (file->_flag & _IOWRT) {
        errno = EBADF;
        file->_flag |= _IOERR;
        return EOF;
    }
    file->_flag |= _IOREAD;
    if (!stream_has_buffer(file))
        get_buffer(file);
    else
        file->_ptr = file->_base;
    if (file == stdin && stdout->_flag & _IOLBF)
        fflush(stdout);
    struct crt_fd *f = crt_fd_lock(file->_file);
    int count = f ? crt_read_locked(f, file->_base, file->_bufsiz) : -1;
    if (f)
        crt_fd_unlock(f);
    stream_side_of(file)->raw = crt_thread()->raw_read;
    if (count <= 0) {
        file->_flag |= count ? _IOERR : _IOEOF;
        file->_cnt = 0;
        return EOF;
    }
    file->_cnt = count - 1;
    return (unsigned char)*file->_ptr++;
}

int crt_getc(FILE *file)
{
    if (--file->_cnt >= 0)
        return (unsigned char)*file->_ptr++;
    return _filbuf(file);
}

int crt_putc(int c, FILE *file)
{
    if (--file->_cnt >= 0) {
        *file->_ptr++ = (char)c;
        return c & 0xff;
    }
    return _flsbuf(c, file);
}

int crt_ungetc(int c, FILE *file)
{
    if (c == EOF || !(file->_flag & _IOREAD || (file->_flag & _IORW && !(file->_flag & _IOWRT))))
        return EOF;
    if (!file->_base)
        get_buffer(file);
    if (file->_ptr == file->_base) {
        if (file->_cnt)
            return EOF;
        file->_ptr++;
    }
    if (file->_flag & _IOSTRG) {
        if (*--file->_ptr != (char)c) {
            file->_ptr++;
            return EOF;
        }
    } else {
        *--file->_ptr = (char)c;
    }
    file->_cnt++;
    file->_flag &= ~_IOEOF;
    file->_flag |= _IOREAD;
    return c & 0xff;
}

void stream_drop_buffer(FILE *file)
{
    if (file->_flag & _IOMYBUF)
        free(file->_base);
    file->_flag &= ~(_IOMYBUF | _USERBUF | _IOTEMPBUF);
    file->_ptr = file->_base = NULL;
    file->_cnt = file->_bufsiz = 0;
}

int setvbuf(FILE *file, char *buffer, int mode, size_t size)
{
    STREAM_CHECK(file, -1);
    CRT_CHECK(mode == _IONBF || mode == _IOLBF || mode == _IOFBF, EINVAL, -1);
    CRT_CHECK(mode == _IONBF || (size >= 2 && size <= INT_MAX), EINVAL, -1);
    size &= ~(size_t)1;
    _lock_file(file);
    crt_flush(file);
    stream_drop_buffer(file);
    file->_flag &= ~(_IONBF | _IOSETVBUF | _IOFEOF | _IOFLRTN | _IOCTRLZ);
    int result = 0;
    if (mode == _IONBF) {
        file->_flag |= _IONBF;
        file->_base = (char *)&file->_charbuf;
        file->_bufsiz = 2;
    } else if (!buffer) {
        buffer = malloc(size);
        if (buffer)
            file->_flag |= _IOMYBUF | _IOSETVBUF;
        else
            result = -1;
        file->_base = buffer;
        file->_bufsiz = buffer ? (int)size : 0;
    } else {
        file->_flag |= _USERBUF | _IOSETVBUF;
        file->_base = buffer;
        file->_bufsiz = (int)size;
    }
    file->_ptr = file->_base;
    file->_cnt = 0;
    _unlock_file(file);
    return result;
}

void setbuf(FILE *file, char *buffer)
{
    setvbuf(file, buffer, buffer ? _IOFBF : _IONBF, 512);
}
