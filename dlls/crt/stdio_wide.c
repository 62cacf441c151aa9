/*
 * Streams of wide characters.
 */
#include "stdio_private.h"

/* Text streams that are not encoded hold multibyte characters; binary ones hold wide characters. */
static bool is_text(FILE *file, bool *ret_wide)
{
    struct crt_fd *f = crt_fd_get(file->_file);

    *ret_wide = f && f->wide && f->flags & FD_TEXT;
    return file->_file == -2 || (f && f->flags & FD_TEXT);
}

wint_t crt_putwc(wchar_t c, FILE *file)
{
    bool wide;

    if (file->_flag & _IOSTRG)
        return WEOF;
    if (is_text(file, &wide) && !wide) {
        char bytes[8];
        int n = crt_wctomb(bytes, c, NULL);
        if (n < 0)
            return WEOF;
        return crt_write_stream(bytes, n, file) == (size_t)n ? c : WEOF;
    }
    return crt_write_stream(&c, sizeof c, file) == sizeof c ? c : WEOF;
}

wint_t crt_getwc(FILE *file)
{
    bool wide;

    if (!(file->_flag & _IOSTRG) && is_text(file, &wide) && !wide) {
        char bytes[5];
        wchar_t c;
        for (int have = 0; have < 4;) {
            int byte = crt_getc(file);
            if (byte == EOF)
                return WEOF;
            bytes[have++] = (char)byte;
            int n = crt_mbtowc(&c, bytes, have, NULL);
            if (n >= 0)
                return c;
            if (n == -1)
                break;
        }
        errno = EILSEQ;
        return WEOF;
    }
    int low = crt_getc(file);
    if (low == EOF)
        return WEOF;
    int high = crt_getc(file);
    return high == EOF ? WEOF : (wint_t)(low | high << 8);
}

wint_t crt_ungetwc(wint_t c, FILE *file)
{
    bool wide;

    if (c == WEOF)
        return WEOF;
    if (!(file->_flag & _IOSTRG) && is_text(file, &wide) && !wide) {
        char bytes[8];
        int n = crt_wctomb(bytes, c, NULL);
        if (n < 0)
            return WEOF;
        while (n--)
            if (crt_ungetc((unsigned char)bytes[n], file) == EOF)
                return WEOF;
        return c;
    }
    if (crt_ungetc(c >> 8, file) == EOF || crt_ungetc(c & 0xff, file) == EOF)
        return WEOF;
    return c;
}

#define C          wint_t
#define CHARACTER  wchar_t
#define UNIT       wchar_t
#define END        WEOF
#define NAME(x, y) x##w##y
#define GETS_S     _getws_s
#include "stdio_template.h"

int _filwbuf(FILE *file)
{
    int low = _filbuf(file);

    if (low == EOF)
        return WEOF;
    int high = crt_getc(file);
    return high == EOF ? (int)WEOF : low | high << 8;
}
int _flswbuf(int c, FILE *file)
{
    file->_cnt = 0;
    return crt_putwc((wchar_t)c, file);
}

wchar_t *fgetws(wchar_t *text, int size, FILE *file)
{
    wchar_t *p = text;

    CRT_CHECK(file && (text || !size) && size >= 0, EINVAL, NULL);
    if (!size)
        return NULL;
    _lock_file(file);
    while (--size > 0) {
        wint_t c = crt_getwc(file);
        if (c == WEOF) {
            if (p == text)
                text = NULL;
            break;
        }
        *p++ = c;
        if (c == '\n')
            break;
    }
    if (text)
        *p = 0;
    _unlock_file(file);
    return text;
}

wchar_t *_getws(wchar_t *text)
{
    return _getws_s(text, SIZE_MAX / 4);
}

static int put_wide_text(const wchar_t *text, FILE *file, bool line)
{
    int result = 0;

    _lock_file(file);
    bool lent = crt_begin_buffer(file);
    for (; *text && !result; text++) {
        if (*text >= 0xd800 && *text < 0xdc00 && text[1] >= 0xdc00 && text[1] < 0xe000 &&
            crt_codepage(NULL) == CP_UTF8) {
            bool wide;
            if (is_text(file, &wide) && !wide) { /* a pair is one character of the file */
                char bytes[8];
                int n = WideCharToMultiByte(CP_UTF8, 0, text++, 2, bytes, 8, NULL, NULL);
                result = crt_write_stream(bytes, n, file) == (size_t)n ? 0 : WEOF;
                continue;
            }
        }
        if (crt_putwc(*text, file) == WEOF && *text != WEOF)
            result = WEOF;
    }
    if (line && !result && crt_putwc('\n', file) == WEOF)
        result = WEOF;
    crt_end_buffer(lent, file);
    _unlock_file(file);
    return result;
}
int fputws(const wchar_t *text, FILE *file)
{
    CRT_CHECK(text && file, EINVAL, WEOF);
    return put_wide_text(text, file, false);
}
int _putws(const wchar_t *text)
{
    CRT_CHECK(text, EINVAL, WEOF);
    return put_wide_text(text, stdout, true);
}
