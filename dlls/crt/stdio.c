/*
 * Streams: the table of FILEs and what one is asked about its state.
 * The FILE fields keep the classic meaning because msvcrt's macros use them: _cnt is what is left
 * to read, or the room left to write; _ptr the next character. Functions named crt_... expect the
 * stream to be locked.
 */
#include "stdio_private.h"

struct stream {
    FILE file;
    struct stream_side side;
};

FILE _iob[CRT_IOB_ENTRIES] = {
    {._flag = _IOREAD, ._file = 0},
    {._flag = _IOWRT, ._file = 1},
    {._flag = _IOWRT, ._file = 2},
};
static struct stream_side iob_sides[CRT_IOB_ENTRIES];
static FILE **streams; /* by index; the first CRT_IOB_ENTRIES are _iob's */
static int stream_count, stream_limit = 512;
static bool stdio_ready;

struct stream_side *stream_side_of(FILE *file)
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
    EnterCriticalSection(&stream_side_of(file)->lock);
}
void _unlock_file(FILE *file)
{
    LeaveCriticalSection(&stream_side_of(file)->lock);
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

FILE *crt_stream_new(void)
{
    FILE *found = NULL;

    _lock(CRT_LOCK_IOB_SCAN);
    for (int i = 3; i < CRT_IOB_ENTRIES && !found; i++)
        if (!stream_in_use(&_iob[i]))
            found = &_iob[i];
    for (int i = 0; i < stream_count && !found; i++)
        if (!stream_in_use(streams[i]))
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

FILE *stream_at(int index)
{
    _lock(CRT_LOCK_IOB_SCAN);
    FILE *file = index < CRT_IOB_ENTRIES                  ? &_iob[index]
                 : index - CRT_IOB_ENTRIES < stream_count ? streams[index - CRT_IOB_ENTRIES]
                                                          : NULL;
    _unlock(CRT_LOCK_IOB_SCAN);
    return file;
}

void crt_stdio_exit(void)
{
    if (!stdio_ready)
        return;
    /* At the end of the process a lock may belong to a thread that is no more. */
    for (int i = 0; i < CRT_IOB_ENTRIES + stream_count; i++) {
        FILE *file = i < CRT_IOB_ENTRIES ? &_iob[i] : streams[i - CRT_IOB_ENTRIES];
        if (stream_in_use(file) && file->_flag & _IOWRT &&
            TryEnterCriticalSection(&stream_side_of(file)->lock)) {
            crt_flush(file);
            LeaveCriticalSection(&stream_side_of(file)->lock);
        }
    }
}

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

void crt_stream_set_process(FILE *file, HANDLE process);
HANDLE crt_stream_process(FILE *file);
void crt_stream_set_process(FILE *file, HANDLE process)
{
    stream_side_of(file)->process = process;
}
HANDLE crt_stream_process(FILE *file)
{
    return stream_side_of(file)->process;
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
