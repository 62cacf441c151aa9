/*
 * Streams: mode texts, opening, reopening and closing.
 */
#include "stdio_private.h"

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
    if (stream_in_use(file)) {
        result = crt_flush(file);
        stream_drop_buffer(file);
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
    FILE *file;
    int count = 0;

    for (int i = 3; (file = stream_at(i)); i++) {
        if (stream_in_use(file) && (!temporary_only || file->_tmpfname) && fclose(file) != EOF)
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
