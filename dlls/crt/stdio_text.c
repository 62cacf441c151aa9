/*
 * Streams: characters and lines.
 */
#include "stdio_private.h"

#define C          int
#define CHARACTER  int
#define UNIT       char
#define END        EOF
#define NAME(x, y) x##y
#define GETS_S     gets_s
#include "stdio_template.h"

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
