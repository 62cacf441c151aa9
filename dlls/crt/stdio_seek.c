/*
 * Streams: the position, also in translated text, and moving it.
 */
#include "stdio_private.h"

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
    if (!stream_has_big_buffer(file))
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
    unsigned int raw = stream_side_of(file)->raw;
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
    if (!stream_in_use(file)) {
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
