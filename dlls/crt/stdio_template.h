/*
 * Characters of streams, narrow and wide: C is what reading gives, CHARACTER what writing takes, UNIT what
 * strings consist of; END is the end of the file, NAME(x, y) makes xy or xwy.
 */

C NAME(fget, c)(FILE *file)
{
    STREAM_CHECK(file, END);
    _lock_file(file);
    C c = NAME(crt_get, c)(file);
    _unlock_file(file);
    return c;
}
C NAME(get, c)(FILE *file)
{
    return NAME(fget, c)(file);
}
C NAME(_fget, c_nolock)(FILE *file)
{
    return NAME(crt_get, c)(file);
}
C NAME(_get, c_nolock)(FILE *file)
{
    return NAME(crt_get, c)(file);
}
C NAME(get, char)(void)
{
    return NAME(fget, c)(stdin);
}
C NAME(_fget, char)(void)
{
    return NAME(fget, c)(stdin);
}

C NAME(fput, c)(CHARACTER c, FILE *file)
{
    STREAM_CHECK(file, END);
    _lock_file(file);
    C result = NAME(crt_put, c)(c, file);
    _unlock_file(file);
    return result;
}
C NAME(put, c)(CHARACTER c, FILE *file)
{
    return NAME(fput, c)(c, file);
}
C NAME(_fput, c_nolock)(CHARACTER c, FILE *file)
{
    return NAME(crt_put, c)(c, file);
}
C NAME(_put, c_nolock)(CHARACTER c, FILE *file)
{
    return NAME(crt_put, c)(c, file);
}
C NAME(put, char)(CHARACTER c)
{
    return NAME(fput, c)(c, stdout);
}
C NAME(_fput, char)(CHARACTER c)
{
    return NAME(fput, c)(c, stdout);
}

C NAME(unget, c)(C c, FILE *file)
{
    STREAM_CHECK(file, END);
    _lock_file(file);
    C result = NAME(crt_unget, c)(c, file);
    _unlock_file(file);
    return result;
}
C NAME(_unget, c_nolock)(C c, FILE *file)
{
    return NAME(crt_unget, c)(c, file);
}

/* A line that does not fit is read to its end all the same. */
UNIT *GETS_S(UNIT *text, size_t size)
{
    size_t used = 0;
    C c;

    CRT_CHECK(text && size, EINVAL, NULL);
    _lock_file(stdin);
    while ((c = NAME(crt_get, c)(stdin)) != END && c != '\n')
        if (used < size)
            text[used++] = (UNIT)c;
    _unlock_file(stdin);
    if (c == END && !used) {
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
