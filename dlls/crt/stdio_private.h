/*
 * What the files of the stream functions share: the part of a stream that FILE does not show, and its states.
 */
#ifndef CRT_STDIO_PRIVATE_H
#define CRT_STDIO_PRIVATE_H

#include "crt.h"

struct stream_side {
    CRITICAL_SECTION lock;
    unsigned int raw; /* bytes of the file behind the buffer's contents */
    HANDLE process;   /* of _popen */
};

struct stream_side *stream_side_of(FILE *file);
FILE *stream_at(int index); /* the streams in the order they were made, NULL behind the last */
void stream_drop_buffer(FILE *file);
int stream_write(FILE *file, const void *data, unsigned int count); /* to the descriptor; -1 or the count */
void clearerr(FILE *file);
size_t stream_read(void *data, size_t total, FILE *file);
bool stream_is_unbuffered(FILE *file);

static inline bool stream_in_use(FILE *file)
{
    return file->_flag & (_IOREAD | _IOWRT | _IORW | _IOSTRG);
}
static inline bool stream_has_buffer(FILE *file)
{
    return file->_flag & (_IOMYBUF | _IONBF | _USERBUF);
}
static inline bool stream_has_big_buffer(FILE *file)
{
    return file->_flag & (_IOMYBUF | _USERBUF);
}

#define STREAM_CHECK(file, result) CRT_CHECK((file) != NULL, EINVAL, result)

#endif
