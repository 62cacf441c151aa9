/*
 * The string functions that exist narrow and wide, written once. The includer defines T (the
 * character type), UT (its unsigned type), S(name) (the function's name: strNAME or wcsNAME),
 * X(name) (_strNAME or _wcsNAME), TOKEN (the strtok field of crt_thread).
 */

T *S(cpy)(T *restrict to, const T *restrict from)
{
    memcpy(to, from, (S(len)(from) + 1) * sizeof(T));
    return to;
}

T *S(cat)(T *to, const T *from)
{
    S(cpy)(to + S(len)(to), from);
    return to;
}

T *S(ncpy)(T *to, const T *from, size_t count)
{
    size_t length = S(nlen)(from, count);

    memcpy(to, from, length * sizeof(T));
    memset(to + length, 0, (count - length) * sizeof(T));
    return to;
}

T *S(ncat)(T *to, const T *from, size_t count)
{
    T *end = to + S(len)(to);
    size_t length = S(nlen)(from, count);

    memcpy(end, from, length * sizeof(T));
    end[length] = 0;
    return to;
}

int S(cmp)(const T *a, const T *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (UT)*a < (UT)*b ? -1 : (UT)*a > (UT)*b;
}

int S(ncmp)(const T *a, const T *b, size_t count)
{
    for (; count; count--, a++, b++) {
        if (*a != *b)
            return (UT)*a < (UT)*b ? -1 : 1;
        if (!*a)
            break;
    }
    return 0;
}

size_t S(nlen)(const T *text, size_t limit)
{
    size_t i = 0;

    while (i < limit && text[i])
        i++;
    return i;
}

T *S(chr)(const T *text, CHR c)
{
    for (;; text++) {
        if (*text == (T)c)
            return (T *)text;
        if (!*text)
            return NULL;
    }
}

T *S(rchr)(const T *text, CHR c)
{
    const T *found = NULL;

    for (;; text++) {
        if (*text == (T)c)
            found = text;
        if (!*text)
            return (T *)found;
    }
}

T *S(str)(const T *text, const T *part)
{
    size_t length = S(len)(part);

    if (!length)
        return (T *)text;
    for (; (text = S(chr)(text, *part)); text++)
        if (!S(ncmp)(text, part, length))
            return (T *)text;
    return NULL;
}

size_t S(spn)(const T *text, const T *set)
{
    size_t i = 0;

    while (text[i] && S(chr)(set, text[i]))
        i++;
    return i;
}

size_t S(cspn)(const T *text, const T *set)
{
    size_t i = 0;

    while (text[i] && !S(chr)(set, text[i]))
        i++;
    return i;
}

T *S(pbrk)(const T *text, const T *set)
{
    text += S(cspn)(text, set);
    return *text ? (T *)text : NULL;
}

T *S(tok_s)(T *text, const T *separators, T **context)
{
    CRT_CHECK(context && separators && (text || *context), EINVAL, NULL);
    if (!text)
        text = *context;
    text += S(spn)(text, separators);
    if (!*text) {
        *context = text;
        return NULL;
    }
    T *end = text + S(cspn)(text, separators);
    if (*end)
        *end++ = 0;
    *context = end;
    return text;
}

T *X(rev)(T *text)
{
    size_t length = S(len)(text);

    for (size_t i = 0; i < length / 2; i++) {
        T c = text[i];
        text[i] = text[length - 1 - i];
        text[length - 1 - i] = c;
    }
    return text;
}

T *X(set)(T *text, CHR c)
{
    for (T *p = text; *p; p++)
        *p = (T)c;
    return text;
}

T *X(nset)(T *text, CHR c, size_t count)
{
    for (T *p = text; *p && count; p++, count--)
        *p = (T)c;
    return text;
}

T *X(dup)(const T *text)
{
    if (!text)
        return NULL;
    size_t size = (S(len)(text) + 1) * sizeof(T);
    T *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

/* The checked forms: the buffer is emptied when the text does not fit. */
#define FAIL(code)                                                                                           \
    do {                                                                                                     \
        *to = 0;                                                                                             \
        errno = (code);                                                                                      \
        _invalid_parameter_noinfo();                                                                         \
        return (code);                                                                                       \
    } while (0)

int S(cpy_s)(T *to, size_t size, const T *from)
{
    CRT_CHECK(to && size, EINVAL, EINVAL);
    if (!from)
        FAIL(EINVAL);
    size_t length = S(nlen)(from, size);
    if (length == size)
        FAIL(ERANGE);
    memcpy(to, from, length * sizeof(T));
    to[length] = 0;
    return 0;
}

int S(cat_s)(T *to, size_t size, const T *from)
{
    CRT_CHECK(to && size, EINVAL, EINVAL);
    if (!from)
        FAIL(EINVAL);
    size_t used = S(nlen)(to, size);
    if (used == size)
        FAIL(EINVAL);
    size_t length = S(nlen)(from, size - used);
    if (length == size - used)
        FAIL(ERANGE);
    memcpy(to + used, from, length * sizeof(T));
    to[used + length] = 0;
    return 0;
}

static int S(put_s)(T *to, size_t used, size_t size, const T *from, size_t count)
{
    size_t room = size - used, length = S(nlen)(from, count < room ? count : room);
    T *end = to + used;

    if (length == room) {
        if (count == _TRUNCATE) {
            memcpy(end, from, (room - 1) * sizeof(T));
            end[room - 1] = 0;
            return STRUNCATE;
        }
        FAIL(ERANGE);
    }
    memcpy(end, from, length * sizeof(T));
    end[length] = 0;
    return 0;
}

int S(ncpy_s)(T *to, size_t size, const T *from, size_t count)
{
    if (!count && !to && !size)
        return 0;
    CRT_CHECK(to && size, EINVAL, EINVAL);
    if (!count) {
        *to = 0;
        return 0;
    }
    if (!from)
        FAIL(EINVAL);
    return S(put_s)(to, 0, size, from, count);
}

int S(ncat_s)(T *to, size_t size, const T *from, size_t count)
{
    if (!count && !to && !size)
        return 0;
    CRT_CHECK(to && size, EINVAL, EINVAL);
    size_t used = S(nlen)(to, size);
    if (used == size)
        FAIL(EINVAL);
    if (!count)
        return 0;
    if (!from)
        FAIL(EINVAL);
    return S(put_s)(to, used, size, from, count);
}

int X(set_s)(T *to, size_t size, CHR c)
{
    CRT_CHECK(to && size, EINVAL, EINVAL);
    if (S(nlen)(to, size) == size)
        FAIL(EINVAL);
    X(set)(to, c);
    return 0;
}

int X(nset_s)(T *to, size_t size, CHR c, size_t count)
{
    CRT_CHECK(to && size, EINVAL, EINVAL);
    if (S(nlen)(to, size) == size)
        FAIL(EINVAL);
    X(nset)(to, c, count);
    return 0;
}

#undef FAIL
