/*
 * Fields of a width, for printf_template.h, which says what is defined here.
 */

static void NAME(pad)(PRINTF_SINK *sink, T c, int count)
{
    T chunk[32];

    if (count <= 0)
        return;
    for (int i = 0; i < (int)(sizeof chunk / sizeof *chunk); i++)
        chunk[i] = c;
    if (PRINTF_SINK_IS_FULL(sink)) {
        sink->count += count;
        return;
    }
    for (; count > 0; count -= (int)(int)(sizeof chunk / sizeof *chunk))
        NAME(put)
    (sink, chunk,
     count < (int)(int)(sizeof chunk / sizeof *chunk) ? (size_t)count : (int)(sizeof chunk / sizeof *chunk));
}

/* ASCII in the output's width. */
static void NAME(put_ascii)(PRINTF_SINK *sink, const char *text, int count)
{
#if WIDE
    wchar_t chunk[64];
    while (count > 0) {
        int n = count < 64 ? count : 64;
        for (int i = 0; i < n; i++)
            chunk[i] = (unsigned char)text[i];
        NAME(put)(sink, chunk, n);
        text += n;
        count -= n;
    }
#else
    NAME(put)(sink, text, count);
#endif
}

/* A number: sign or prefix, zeros, digits, within the width. */
static void NAME(number)(PRINTF_SINK *sink, const struct spec *s, const char *prefix, int zeros,
                         const char *digits, int count)
{
    int prefix_length = (int)strlen(prefix), fill = s->width - prefix_length - zeros - count;

    if (!(s->flags & (FLAG_LEFT | FLAG_ZERO)))
        NAME(pad)(sink, ' ', fill);
    NAME(put_ascii)(sink, prefix, prefix_length);
    if (s->flags & FLAG_ZERO && !(s->flags & FLAG_LEFT))
        NAME(pad)(sink, '0', fill);
    NAME(pad)(sink, '0', zeros);
    NAME(put_ascii)(sink, digits, count);
    if (s->flags & FLAG_LEFT)
        NAME(pad)(sink, ' ', fill);
}

static void NAME(put_text)(PRINTF_SINK *sink, const struct spec *s, const T *text, size_t length)
{
    if (!(s->flags & FLAG_LEFT))
        NAME(pad)(sink, s->flags & FLAG_ZERO ? '0' : ' ', s->width - (int)length);
    NAME(put)(sink, text, length);
    if (s->flags & FLAG_LEFT)
        NAME(pad)(sink, ' ', s->width - (int)length);
}
