/*
 * Streams: the table of FILEs, buffering, characters, blocks, position, opening and closing.
 * The FILE fields keep the classic meaning because msvcrt's macros use them: _cnt is what is left
 * to read, or the room left to write; _ptr the next character. Functions named crt_... expect the
 * stream to be locked.
 */
#include "crt.h"

struct side {
    CRITICAL_SECTION lock;
    unsigned int raw; /* bytes of the file behind the buffer's contents */
    HANDLE process;   /* of _popen */
};

struct stream {
    FILE file;
    struct side side;
};

FILE _iob[CRT_IOB_ENTRIES] = {
    {._flag = _IOREAD, ._file = 0},
    {._flag = _IOWRT, ._file = 1},
    {._flag = _IOWRT, ._file = 2},
};
static struct side iob_sides[CRT_IOB_ENTRIES];
static FILE **streams; /* by index; the first CRT_IOB_ENTRIES are _iob's */
static int stream_count, stream_limit = 512;
static bool stdio_ready;

static struct side *side_of(FILE *file)
{
    if (file >= _iob && file < _iob + CRT_IOB_ENTRIES)
        return &iob_sides[file - _iob];
    return &((struct stream *)file)->side;
}

void crt_stdio_init(void)
{
    for (int i = 0; i < CRT_IOB_ENTRIES; i++)
        InitializeCriticalSection(&iob_sides[i].lock);
    for (int i = 3; i < CRT_IOB_ENTRIES; i++)
        _iob[i]._file = -1;
    for (int i = 0; i < 3; i++)
        if (!crt_fd_get(i) || crt_fd_get(i)->handle == -1 || crt_fd_get(i)->handle == -2)
            _iob[i]._file = -2;
    stdio_ready = true;
}

void _lock_file(FILE *file)
{
    EnterCriticalSection(&side_of(file)->lock);
}
void _unlock_file(FILE *file)
{
    LeaveCriticalSection(&side_of(file)->lock);
}
FILE *__iob_func(void)
{
    return _iob;
}
FILE *__acrt_iob_func(unsigned int index)
{
    return &_iob[index];
}
FILE *__p__iob(void)
{
    return _iob;
}

static inline bool in_use(FILE *file)
{
    return file->_flag & (_IOREAD | _IOWRT | _IORW | _IOSTRG);
}
static inline bool any_buffer(FILE *file)
{
    return file->_flag & (_IOMYBUF | _IONBF | _USERBUF);
}
static inline bool big_buffer(FILE *file)
{
    return file->_flag & (_IOMYBUF | _USERBUF);
}

FILE *crt_stream_new(void)
{
    FILE *found = NULL;

    _lock(CRT_LOCK_IOB_SCAN);
    for (int i = 3; i < CRT_IOB_ENTRIES && !found; i++)
        if (!in_use(&_iob[i]))
            found = &_iob[i];
    for (int i = 0; i < stream_count && !found; i++)
        if (!in_use(streams[i]))
            found = streams[i];
    if (!found && stream_count + CRT_IOB_ENTRIES < stream_limit) {
        if (stream_count % 64 == 0) {
            FILE **table = realloc(streams, (stream_count + 64) * sizeof *table);
            if (table)
                streams = table;
            else
                goto out;
        }
        struct stream *stream = calloc(1, sizeof *stream);
        if (stream) {
            InitializeCriticalSection(&stream->side.lock);
            streams[stream_count++] = found = &stream->file;
        }
    }
out:
    if (found) {
        _lock_file(found);
        memset(found, 0, sizeof *found);
        found->_file = -1;
        found->_flag = _IORW; /* taken */
    } else {
        errno = EMFILE;
    }
    _unlock(CRT_LOCK_IOB_SCAN);
    return found;
}

void crt_stream_free(FILE *file)
{
    memset(file, 0, sizeof *file);
    file->_file = -1;
}

int _getmaxstdio(void)
{
    return stream_limit;
}
int _setmaxstdio(int limit)
{
    CRT_CHECK(limit >= CRT_IOB_ENTRIES && limit <= (CRT_UCRT ? 8192 : FD_MAX), EINVAL, -1);
    stream_limit = limit;
    return limit;
}

/* ---------------------------------------------------------------- buffers */

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
static bool is_unbuffered_standard(FILE *file)
{
    return file == stderr || (file == stdout && file->_file >= 0 && _isatty(file->_file));
}

bool crt_begin_buffer(FILE *file)
{
    if ((file != stdout && file != stderr) || any_buffer(file) || file->_file < 0 ||
        !is_unbuffered_standard(file))
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

static int fd_write(FILE *file, const void *data, unsigned int count)
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

    if ((file->_flag & (_IOREAD | _IOWRT)) == _IOWRT && big_buffer(file)) {
        int count = (int)(file->_ptr - file->_base);
        if (count > 0) {
            if (fd_write(file, file->_base, count) == count) {
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
        _lock(CRT_LOCK_IOB_SCAN);
        FILE *file = i < CRT_IOB_ENTRIES                  ? &_iob[i]
                     : i - CRT_IOB_ENTRIES < stream_count ? streams[i - CRT_IOB_ENTRIES]
                                                          : NULL;
        _unlock(CRT_LOCK_IOB_SCAN);
        if (!file)
            break;
        if (!in_use(file))
            continue;
        _lock_file(file);
        if (in_use(file) && (!only_writing || file->_flag & _IOWRT)) {
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

void crt_stdio_exit(void)
{
    if (!stdio_ready)
        return;
    /* At the end of the process a lock may belong to a thread that is no more. */
    for (int i = 0; i < CRT_IOB_ENTRIES + stream_count; i++) {
        FILE *file = i < CRT_IOB_ENTRIES ? &_iob[i] : streams[i - CRT_IOB_ENTRIES];
        if (in_use(file) && file->_flag & _IOWRT && TryEnterCriticalSection(&side_of(file)->lock)) {
            crt_flush(file);
            LeaveCriticalSection(&side_of(file)->lock);
        }
    }
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
    if (!any_buffer(file) && !is_unbuffered_standard(file))
        get_buffer(file);

    struct crt_fd *f = crt_fd_get(file->_file);
    bool wide = f && f->wide && f->flags & FD_TEXT;
    int written, count;
    if (big_buffer(file)) {
        count = (int)(file->_ptr - file->_base);
        file->_ptr = file->_base + 1;
        file->_cnt = file->_bufsiz - 1;
        written = count > 0 ? fd_write(file, file->_base, count) : 0;
        *file->_base = (char)c;
    } else {
        char byte = (char)c;
        if (wide) {
            errno = EINVAL;
            file->_flag |= _IOERR;
            return EOF;
        }
        count = 1;
        written = fd_write(file, &byte, 1);
    }
    if (written != count) {
        file->_flag |= _IOERR;
        return EOF;
    }
    return c & 0xff;
}

int _filbuf(FILE *file)
{
    if (!in_use(file) || file->_flag & _IOSTRG)
        return EOF;
    if (file->_flag & _IOWRT) {
        errno = EBADF;
        file->_flag |= _IOERR;
        return EOF;
    }
    file->_flag |= _IOREAD;
    if (!any_buffer(file))
        get_buffer(file);
    else
        file->_ptr = file->_base;
    if (file == stdin && stdout->_flag & _IOLBF)
        fflush(stdout);
    struct crt_fd *f = crt_fd_lock(file->_file);
    int count = f ? crt_read_locked(f, file->_base, file->_bufsiz) : -1;
    if (f)
        crt_fd_unlock(f);
    side_of(file)->raw = crt_thread()->raw_read;
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

/* ---------------------------------------------------------------- characters and lines */

#define STREAM_CHECK(file, result) CRT_CHECK((file) != NULL, EINVAL, result)

int fgetc(FILE *file)
{
    STREAM_CHECK(file, EOF);
    _lock_file(file);
    int c = crt_getc(file);
    _unlock_file(file);
    return c;
}
int getc(FILE *file)
{
    return fgetc(file);
}
int _fgetc_nolock(FILE *file)
{
    return crt_getc(file);
}
int _getc_nolock(FILE *file)
{
    return crt_getc(file);
}
int getchar(void)
{
    return fgetc(stdin);
}
int _fgetchar(void)
{
    return fgetc(stdin);
}

int fputc(int c, FILE *file)
{
    STREAM_CHECK(file, EOF);
    _lock_file(file);
    int result = crt_putc(c, file);
    _unlock_file(file);
    return result;
}
int putc(int c, FILE *file)
{
    return fputc(c, file);
}
int _fputc_nolock(int c, FILE *file)
{
    return crt_putc(c, file);
}
int _putc_nolock(int c, FILE *file)
{
    return crt_putc(c, file);
}
int putchar(int c)
{
    return fputc(c, stdout);
}
int _fputchar(int c)
{
    return fputc(c, stdout);
}

int ungetc(int c, FILE *file)
{
    STREAM_CHECK(file, EOF);
    _lock_file(file);
    int result = crt_ungetc(c, file);
    _unlock_file(file);
    return result;
}
int _ungetc_nolock(int c, FILE *file)
{
    return crt_ungetc(c, file);
}

char *fgets(char *text, int size, FILE *file)
{
    CRT_CHECK(file && (text || !size) && size >= 0, EINVAL, NULL);
    if (!size)
        return NULL;
    char *p = text;
    bool end = false;
    _lock_file(file);
    while (--size > 0 && !end) {
        if (file->_cnt > 0) { /* take what the buffer has of this line */
            int room = size < file->_cnt ? size : file->_cnt;
            char *line = memchr(file->_ptr, '\n', room);
            int count = line ? (int)(line - file->_ptr) + 1 : room;
            memcpy(p, file->_ptr, count);
            p += count;
            file->_ptr += count;
            file->_cnt -= count;
            size -= count - 1;
            end = line != NULL;
            continue;
        }
        int c = crt_getc(file);
        if (c == EOF) {
            if (p == text || file->_flag & _IOERR)
                text = NULL;
            break;
        }
        *p++ = (char)c;
        end = c == '\n';
    }
    if (text)
        *p = 0;
    _unlock_file(file);
    return text;
}

char *gets(char *text)
{
    char *p = text;

    CRT_CHECK(text, EINVAL, NULL);
    _lock_file(stdin);
    for (;;) {
        int c = crt_getc(stdin);
        if (c == EOF && (p == text || stdin->_flag & _IOERR)) {
            text = NULL;
            break;
        }
        if (c == '\n' || c == EOF) {
            *p = 0;
            break;
        }
        *p++ = (char)c;
    }
    _unlock_file(stdin);
    return text;
}

char *gets_s(char *text, size_t size)
{
    size_t used = 0;
    int c;

    CRT_CHECK(text && size, EINVAL, NULL);
    _lock_file(stdin);
    while ((c = crt_getc(stdin)) != EOF && c != '\n')
        if (used < size)
            text[used++] = (char)c;
    bool none = c == EOF && !used;
    _unlock_file(stdin);
    if (none) {
        *text = 0;
        return NULL;
    }
    if (used == size) {
        *text = 0;
        CRT_CHECK(false, ERANGE, NULL);
    }
    text[used] = 0;
    return text;
}

/* Writes bytes; how many were taken. */
size_t crt_write_stream(const void *data, size_t size, FILE *file)
{
    const char *p = data;
    size_t left = size;

    while (left) {
        if (big_buffer(file) && file->_cnt > 0 && file->_flag & _IOWRT) {
            size_t count = left < (size_t)file->_cnt ? left : (size_t)file->_cnt;
            memcpy(file->_ptr, p, count);
            file->_ptr += count;
            file->_cnt -= (int)count;
            p += count;
            left -= count;
        } else if (left >= (any_buffer(file) && file->_bufsiz ? (size_t)file->_bufsiz : CRT_BUFSIZ) &&
                   file->_flag & _IOWRT && !(file->_flag & (_IOREAD | _IOSTRG))) {
            if (crt_flush(file))
                break;
            file->_flag |= _IOWRT;
            /* Whole buffers; without one, all there is. */
            size_t unit = file->_bufsiz > 2 ? (size_t)file->_bufsiz : 1;
            size_t count = left > 0x40000000 ? 0x40000000 : left - left % unit;
            int written = fd_write(file, p, (unsigned int)count);
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

static size_t read_stream(void *data, size_t total, FILE *file)
{
    char *p = data;
    size_t left = total;

    while (left) {
        if (file->_cnt > 0 && (any_buffer(file) || file->_flag & _IOSTRG)) {
            size_t count = left < (size_t)file->_cnt ? left : (size_t)file->_cnt;
            memcpy(p, file->_ptr, count);
            file->_ptr += count;
            file->_cnt -= (int)count;
            p += count;
            left -= count;
            continue;
        }
        size_t unit = file->_bufsiz > 2 ? file->_bufsiz : CRT_BUFSIZ;
        if (left >= unit && in_use(file) && !(file->_flag & (_IOWRT | _IOSTRG)) &&
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
    return read_stream(data, size * count, file) / size;
}

size_t fread(void *data, size_t size, size_t count, FILE *file)
{
    if (!size || !count)
        return 0;
    CRT_CHECK(file && data && count <= SIZE_MAX / size, EINVAL, 0);
    _lock_file(file);
    size_t done = read_stream(data, size * count, file) / size;
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
    return read_stream(data, size * count, file) / size;
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

/* ---------------------------------------------------------------- state */

int feof(FILE *file)
{
    STREAM_CHECK(file, 0);
    return file->_flag & _IOEOF;
}
int ferror(FILE *file)
{
    STREAM_CHECK(file, 0);
    return file->_flag & _IOERR;
}
int clearerr_s(FILE *file)
{
    STREAM_CHECK(file, EINVAL);
    _lock_file(file);
    file->_flag &= ~(_IOERR | _IOEOF);
    struct crt_fd *f = crt_fd_get(file->_file);
    if (f)
        f->flags &= ~FD_EOF;
    _unlock_file(file);
    return 0;
}
void clearerr(FILE *file)
{
    clearerr_s(file);
}
int _fileno(FILE *file)
{
    STREAM_CHECK(file, -1);
    return file->_file;
}
FILE *_get_stream(int index)
{
    return &_iob[index];
}
int _get_stream_buffer_pointers(FILE *file, char ***base, char ***next, int **count)
{
    STREAM_CHECK(file, EINVAL);
    if (base)
        *base = &file->_base;
    if (next)
        *next = &file->_ptr;
    if (count)
        *count = &file->_cnt;
    return 0;
}

static void drop_buffer(FILE *file)
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
    drop_buffer(file);
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

/* ---------------------------------------------------------------- position */

/* How many of the raw bytes behind the buffer the consumed part stands for, by reading them again. */
static int64_t raw_offset(FILE *file, struct crt_fd *f, int64_t start, unsigned int raw, size_t consumed)
{
    char *bytes = malloc(raw + 1);
    LARGE_INTEGER at = {.QuadPart = start}, end = {.QuadPart = start + raw};
    DWORD got = 0;
    int64_t result = -1;

    (void)file;
    if (!bytes)
        return -1;
    if (SetFilePointerEx((HANDLE)f->handle, at, NULL, FILE_BEGIN) &&
        ReadFile((HANDLE)f->handle, bytes, raw, &got, NULL)) {
        DWORD i = 0;
        size_t out = 0;
        while (i < got && out < consumed) {
            if (!f->wide) {
                if (bytes[i] == '\r' && i + 1 < got && bytes[i + 1] == '\n')
                    i++;
                i++;
                out++;
            } else if (f->text_mode == TEXT_UTF16) {
                if (bytes[i] == '\r' && !bytes[i + 1] && i + 3 < got && bytes[i + 2] == '\n' && !bytes[i + 3])
                    i += 2;
                i += 2;
                out += 2;
            } else {
                unsigned char c = (unsigned char)bytes[i];
                if (c == '\r' && i + 1 < got && bytes[i + 1] == '\n')
                    i++;
                i += c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
                out += c >= 0xf0 ? 4 : 2;
            }
        }
        result = i;
    }
    SetFilePointerEx((HANDLE)f->handle, end, NULL, FILE_BEGIN);
    free(bytes);
    return result;
}

static int64_t tell(FILE *file)
{
    if (file->_cnt < 0)
        file->_cnt = 0;
    int64_t at = _lseeki64(file->_file, 0, SEEK_CUR);
    if (at < 0)
        return -1;
    if (!big_buffer(file))
        return file->_flag & _IOREAD ? at - file->_cnt : at;
    struct crt_fd *f = crt_fd_get(file->_file);
    size_t offset = file->_ptr - file->_base;
    if (file->_flag & _IOWRT) {
        if (f->flags & FD_APPEND && offset) {
            LARGE_INTEGER size;
            if (GetFileSizeEx((HANDLE)f->handle, &size))
                at = size.QuadPart;
        }
        at += offset;
        if (f->flags & FD_TEXT) {
            if (f->wide && f->text_mode == TEXT_UTF8)
                at += WideCharToMultiByte(CP_UTF8, 0, (wchar_t *)file->_base, (int)(offset / 2), NULL, 0,
                                          NULL, NULL) -
                      (int64_t)offset;
            if (f->wide) {
                for (size_t i = 0; i < offset / 2; i++)
                    at += ((wchar_t *)file->_base)[i] == '\n' ? (f->text_mode == TEXT_UTF8 ? 1 : 2) : 0;
            } else {
                for (size_t i = 0; i < offset; i++)
                    at += file->_base[i] == '\n';
            }
        }
        return at;
    }
    if (!(file->_flag & _IOREAD) || !file->_cnt)
        return at;
    unsigned int raw = side_of(file)->raw;
    size_t length = offset + file->_cnt;
    if (!(f->flags & FD_TEXT) || (raw == length && !(f->flags & FD_EOF)))
        return at - file->_cnt;
    int64_t start = at - raw;
    int64_t mapped = raw_offset(file, f, start, raw, offset);
    return mapped < 0 ? -1 : start + mapped;
}

int64_t _ftelli64_nolock(FILE *file)
{
    return tell(file);
}
int64_t _ftelli64(FILE *file)
{
    STREAM_CHECK(file, -1);
    _lock_file(file);
    int64_t at = tell(file);
    _unlock_file(file);
    return at;
}
long ftell(FILE *file)
{
    int64_t at = _ftelli64(file);

    if (at > LONG_MAX) {
        errno = EINVAL;
        return -1;
    }
    return (long)at;
}
long _ftell_nolock(FILE *file)
{
    return (long)tell(file);
}

static int seek(FILE *file, int64_t offset, int origin)
{
    if (!in_use(file)) {
        errno = EINVAL;
        return -1;
    }
    file->_flag &= ~_IOEOF;
    if (origin == SEEK_CUR) {
        int64_t at = tell(file);
        if (at < 0)
            return -1;
        offset += at;
        origin = SEEK_SET;
    }
    if (crt_flush(file) && file->_flag & _IOERR)
        return -1;
    if (file->_flag & _IORW)
        file->_flag &= ~(_IOREAD | _IOWRT);
    file->_ptr = file->_base;
    file->_cnt = 0;
    return _lseeki64(file->_file, offset, origin) < 0 ? -1 : 0;
}

int _fseeki64(FILE *file, int64_t offset, int origin)
{
    STREAM_CHECK(file, -1);
    CRT_CHECK(origin >= 0 && origin <= 2, EINVAL, -1);
    _lock_file(file);
    int result = seek(file, offset, origin);
    _unlock_file(file);
    return result;
}
int _fseeki64_nolock(FILE *file, int64_t offset, int origin)
{
    return seek(file, offset, origin);
}
int fseek(FILE *file, long offset, int origin)
{
    return _fseeki64(file, offset, origin);
}
int _fseek_nolock(FILE *file, long offset, int origin)
{
    return seek(file, offset, origin);
}

void rewind(FILE *file)
{
    if (_fseeki64(file, 0, SEEK_SET) == 0)
        clearerr(file);
}

int fgetpos(FILE *file, int64_t *position)
{
    CRT_CHECK(file && position, EINVAL, -1);
    *position = _ftelli64(file);
    return *position == -1 ? -1 : 0;
}
int fsetpos(FILE *file, const int64_t *position)
{
    CRT_CHECK(file && position, EINVAL, -1);
    return _fseeki64(file, *position, SEEK_SET);
}

/* ---------------------------------------------------------------- opening and closing */

static bool eat(const wchar_t **p, const wchar_t *word)
{
    size_t length = wcslen(word);

    if (_wcsnicmp(*p, word, length))
        return false;
    *p += length;
    return true;
}

/* "rwa+bt..." and ", ccs=ENCODING"; 0 or EINVAL. */
int crt_parse_mode(const wchar_t *mode, int *ret_open, int *ret_stream)
{
    int open, stream = _commode & _IOCOMMIT;
    bool translation = false, scan = false;

    while (*mode == ' ')
        mode++;
    switch (*mode) {
    case 'r':
        open = _O_RDONLY;
        stream |= _IOREAD;
        break;
    case 'w':
        open = _O_WRONLY | _O_CREAT | _O_TRUNC;
        stream |= _IOWRT;
        break;
    case 'a':
        open = _O_WRONLY | _O_CREAT | _O_APPEND;
        stream |= _IOWRT;
        break;
    default: return EINVAL;
    }
    for (mode++; *mode && *mode != ','; mode++) {
        switch (*mode) {
        case ' ': break;
        case '+':
            if (open & _O_RDWR)
                return EINVAL;
            open = (open & ~(_O_RDONLY | _O_WRONLY)) | _O_RDWR;
            stream = (stream & ~(_IOREAD | _IOWRT)) | _IORW;
            break;
        case 'b':
            if (translation)
                return EINVAL;
            translation = true;
            open |= _O_BINARY;
            break;
        case 't':
            if (translation)
                return EINVAL;
            translation = true;
            open |= _O_TEXT;
            break;
        case 'c': stream |= _IOCOMMIT; break;
        case 'n': stream &= ~_IOCOMMIT; break;
        case 'S':
            if (scan)
                return EINVAL;
            scan = true;
            open |= _O_SEQUENTIAL;
            break;
        case 'R':
            if (scan)
                return EINVAL;
            scan = true;
            open |= _O_RANDOM;
            break;
        case 'T': open |= _O_SHORT_LIVED; break;
        case 'D': open |= _O_TEMPORARY; break;
        case 'N': open |= _O_NOINHERIT; break;
        case 'x':
            if (!CRT_UCRT || !(open & _O_TRUNC))
                return EINVAL;
            open |= _O_EXCL;
            break;
        default: return EINVAL;
        }
    }
    if (*mode == ',') {
        mode++;
        while (*mode == ' ')
            mode++;
        if (wcsncmp(mode, L"ccs", 3))
            return EINVAL;
        mode += 3;
        while (*mode == ' ')
            mode++;
        if (*mode++ != '=')
            return EINVAL;
        while (*mode == ' ')
            mode++;
        if (eat(&mode, L"utf-8"))
            open |= _O_U8TEXT;
        else if (eat(&mode, L"utf-16le"))
            open |= _O_U16TEXT;
        else if (eat(&mode, L"unicode"))
            open |= _O_WTEXT;
        else
            return EINVAL;
        while (*mode == ' ')
            mode++;
        if (*mode)
            return EINVAL;
    }
    *ret_open = open;
    *ret_stream = stream;
    return 0;
}

static int open_stream(FILE *file, const wchar_t *path, const wchar_t *mode, int share)
{
    int open, stream, fd;

    if (crt_parse_mode(mode, &open, &stream)) {
        CRT_CHECK(false, EINVAL, EINVAL);
    }
    int error = crt_open(&fd, path, open, share, _S_IREAD | _S_IWRITE, false);
    if (error)
        return error;
    file->_flag = stream;
    file->_file = fd;
    return 0;
}

FILE *_wfsopen(const wchar_t *path, const wchar_t *mode, int share)
{
    CRT_CHECK(path && mode && *mode, EINVAL, NULL);
    if (!*path) { /* no invalid parameter, as documented */
        errno = EINVAL;
        return NULL;
    }
    FILE *file = crt_stream_new();
    if (!file)
        return NULL;
    FILE *result = file;
    if (open_stream(file, path, mode, share)) {
        crt_stream_free(file);
        result = NULL;
    }
    _unlock_file(file);
    return result;
}

FILE *_fsopen(const char *path, const char *mode, int share)
{
    CRT_CHECK(path && mode && *mode, EINVAL, NULL);
    wchar_t *wide_path = crt_wide_path(path), *wide_mode = crt_wide(mode, CP_ACP);
    FILE *file = wide_path && wide_mode ? _wfsopen(wide_path, wide_mode, share) : NULL;
    free(wide_path);
    free(wide_mode);
    return file;
}

FILE *fopen(const char *path, const char *mode)
{
    return _fsopen(path, mode, _SH_DENYNO);
}
FILE *_wfopen(const wchar_t *path, const wchar_t *mode)
{
    return _wfsopen(path, mode, _SH_DENYNO);
}

int fopen_s(FILE **file, const char *path, const char *mode)
{
    CRT_CHECK(file, EINVAL, EINVAL);
    *file = _fsopen(path, mode, _SH_SECURE);
    return *file ? 0 : errno;
}
int _wfopen_s(FILE **file, const wchar_t *path, const wchar_t *mode)
{
    CRT_CHECK(file, EINVAL, EINVAL);
    *file = _wfsopen(path, mode, _SH_SECURE);
    return *file ? 0 : errno;
}

FILE *_wfdopen(int fd, const wchar_t *mode)
{
    int open, stream;

    CRT_CHECK(mode, EINVAL, NULL);
    struct crt_fd *f = crt_fd_get(fd);
    if (!f) {
        errno = EBADF;
        _invalid_parameter_noinfo();
        return NULL;
    }
    CRT_CHECK(!crt_parse_mode(mode, &open, &stream), EINVAL, NULL);
    FILE *file = crt_stream_new();
    if (!file)
        return NULL;
    file->_flag = stream;
    file->_file = fd;
    if (open & _O_APPEND)
        f->flags |= FD_APPEND;
    if (open & _O_BINARY)
        f->flags &= ~FD_TEXT;
    else if (open & _O_TEXT)
        f->flags |= FD_TEXT;
    _unlock_file(file);
    return file;
}

FILE *_fdopen(int fd, const char *mode)
{
    wchar_t wide[64];

    CRT_CHECK(mode && MultiByteToWideChar(CP_ACP, 0, mode, -1, wide, 64), EINVAL, NULL);
    return _wfdopen(fd, wide);
}

int crt_stream_close(FILE *file)
{
    int result = EOF;

    if (file->_flag & _IOSTRG) {
        crt_stream_free(file);
        return EOF;
    }
    if (in_use(file)) {
        result = crt_flush(file);
        drop_buffer(file);
        if (file->_file >= 0 && _close(file->_file) < 0)
            result = EOF;
        if (file->_tmpfname) {
            free(file->_tmpfname);
            file->_tmpfname = NULL;
        }
    }
    file->_flag = 0;
    file->_file = -1;
    return result;
}

int fclose(FILE *file)
{
    STREAM_CHECK(file, EOF);
    _lock_file(file);
    int result = crt_stream_close(file);
    _unlock_file(file);
    return result;
}
int _fclose_nolock(FILE *file)
{
    return crt_stream_close(file);
}

static int close_all(bool temporary_only)
{
    int count = 0;

    for (int i = 3; i < CRT_IOB_ENTRIES + stream_count; i++) {
        FILE *file = i < CRT_IOB_ENTRIES ? &_iob[i] : streams[i - CRT_IOB_ENTRIES];
        if (in_use(file) && (!temporary_only || file->_tmpfname) && fclose(file) != EOF)
            count++;
    }
    return count;
}
int _fcloseall(void)
{
    return close_all(false);
}
int _rmtmp(void)
{
    return close_all(true);
}

static FILE *reopen(const wchar_t *path, const wchar_t *mode, FILE *file, int share)
{
    CRT_CHECK(file && mode && *mode, EINVAL, NULL);
    FILE *result = NULL;
    _lock_file(file);
    if (!path) { /* change the mode of the open descriptor */
        int open, stream;
        struct crt_fd *f = crt_fd_get(file->_file);
        if (f && !crt_parse_mode(mode, &open, &stream)) {
            crt_flush(file);
            f->flags = (char)((f->flags & ~FD_TEXT) | (open & _O_BINARY ? 0 : FD_TEXT));
            file->_flag = (file->_flag & ~(_IOREAD | _IOWRT | _IORW)) | stream;
            file->_cnt = 0;
            file->_ptr = file->_base;
            result = file;
        } else {
            errno = f ? EINVAL : EBADF;
        }
        _unlock_file(file);
        return result;
    }
    if (!*path) {
        errno = EINVAL;
    } else {
        /* The new file takes the old one's descriptor number where it is the lowest free. */
        crt_stream_close(file);
        file->_flag = _IORW;
        if (!open_stream(file, path, mode, share))
            result = file;
        else
            crt_stream_free(file);
    }
    _unlock_file(file);
    return result;
}

FILE *_wfreopen(const wchar_t *path, const wchar_t *mode, FILE *file)
{
    return reopen(path, mode, file, _SH_DENYNO);
}
FILE *freopen(const char *path, const char *mode, FILE *file)
{
    CRT_CHECK(mode, EINVAL, NULL);
    wchar_t *wide_path = path ? crt_wide_path(path) : NULL, *wide_mode = crt_wide(mode, CP_ACP);
    FILE *result = wide_mode ? reopen(wide_path, wide_mode, file, _SH_DENYNO) : NULL;
    free(wide_path);
    free(wide_mode);
    return result;
}
int freopen_s(FILE **result, const char *path, const char *mode, FILE *file)
{
    CRT_CHECK(result, EINVAL, EINVAL);
    *result = freopen(path, mode, file);
    return *result ? 0 : errno;
}
int _wfreopen_s(FILE **result, const wchar_t *path, const wchar_t *mode, FILE *file)
{
    CRT_CHECK(result, EINVAL, EINVAL);
    *result = reopen(path, mode, file, _SH_SECURE);
    return *result ? 0 : errno;
}

/* ---------------------------------------------------------------- popen's process */

void crt_stream_set_process(FILE *file, HANDLE process);
HANDLE crt_stream_process(FILE *file);
void crt_stream_set_process(FILE *file, HANDLE process)
{
    side_of(file)->process = process;
}
HANDLE crt_stream_process(FILE *file)
{
    return side_of(file)->process;
}

void perror(const char *message)
{
    char *strerror(int number);
    int number = errno;

    if (message && *message)
        fprintf(stderr, "%s: ", message);
    fprintf(stderr, "%s\n", strerror(number));
}
void _wperror(const wchar_t *message)
{
    char *strerror(int number);
    int number = errno;

    if (message && *message)
        fprintf(stderr, "%ls: ", message);
    fprintf(stderr, "%s\n", strerror(number));
}
