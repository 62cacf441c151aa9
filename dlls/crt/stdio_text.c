/*
 * Streams: characters and lines.
 */
#include "stdio_private.h"

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
