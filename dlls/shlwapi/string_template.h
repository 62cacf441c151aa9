/*
 * The string functions of string_more.c, compiled for ANSI (a character is a byte) and Unicode.
 */

static BOOL NAME(contains)(const CHAR_TYPE *set, CHAR_TYPE c)
{
    for (; *set; set++)
        if (*set == c)
            return TRUE;
    return FALSE;
}

static BOOL NAME(is_space)(CHAR_TYPE c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

int WINAPI NAME(StrCSpn)(const CHAR_TYPE *text, const CHAR_TYPE *set)
{
    int n = 0;
    while (text && set && text[n] && !NAME(contains)(set, text[n]))
        n++;
    return n;
}

int WINAPI NAME(StrCSpnI)(const CHAR_TYPE *text, const CHAR_TYPE *set)
{
    for (int n = 0; text && set; n++) {
        if (!text[n])
            return n;
        for (const CHAR_TYPE *p = set; *p; p++)
            if (NAME(fold_case)(*p) == NAME(fold_case)(text[n]))
                return n;
    }
    return 0;
}

int WINAPI NAME(StrSpn)(const CHAR_TYPE *text, const CHAR_TYPE *set)
{
    int n = 0;
    while (text && set && text[n] && NAME(contains)(set, text[n]))
        n++;
    return n;
}

CHAR_TYPE *WINAPI NAME(StrPBrk)(const CHAR_TYPE *text, const CHAR_TYPE *set)
{
    for (; text && set && *text; text++)
        if (NAME(contains)(set, *text))
            return (CHAR_TYPE *)text;
    return NULL;
}

/* The last place before `end` (NULL: the text's end) where `what` begins, whatever its case. */
CHAR_TYPE *WINAPI NAME(StrRStrI)(const CHAR_TYPE *text, const CHAR_TYPE *end, const CHAR_TYPE *what)
{
    if (!text || !what || !*what)
        return NULL;
    if (!end)
        for (end = text; *end; end++) {
        }
    while (end-- > text) {
        SIZE_T i = 0;
        while (what[i] && end[i] && NAME(fold_case)(end[i]) == NAME(fold_case)(what[i]))
            i++;
        if (!what[i])
            return (CHAR_TYPE *)end;
    }
    return NULL;
}

CHAR_TYPE *WINAPI NAME(StrRChrI)(const CHAR_TYPE *text, const CHAR_TYPE *end, WORD c)
{
    const CHAR_TYPE *found = NULL;
    for (; text && (end ? text < end : *text); text++)
        if (NAME(fold_case)(*text) == NAME(fold_case)((CHAR_TYPE)c))
            found = text;
    return (CHAR_TYPE *)found;
}

/* At most `count` characters with the zero in the whole of `to`. */
CHAR_TYPE *WINAPI NAME(StrCatBuff)(CHAR_TYPE *to, const CHAR_TYPE *more, int count)
{
    int n = 0;
    if (!to)
        return NULL;
    while (n < count && to[n])
        n++;
    if (n < count) {
        while (more && *more && n < count - 1)
            to[n++] = *more++;
        to[n] = 0;
    }
    return to;
}

/* `count` is the room that is left behind the text, with the zero. */
CHAR_TYPE *WINAPI NAME(StrNCat)(CHAR_TYPE *to, const CHAR_TYPE *more, int count)
{
    if (!to)
        return NULL;
    CHAR_TYPE *p = to;
    while (*p)
        p++;
    while (more && *more && --count > 0)
        *p++ = *more++;
    *p = 0;
    return to;
}

BOOL WINAPI NAME(StrToInt64Ex)(const CHAR_TYPE *text, DWORD flags, LONGLONG *ret_value)
{
    ULONGLONG value = 0;
    BOOL negative = FALSE, digits = FALSE;

    if (!text || !ret_value)
        return FALSE;
    while (NAME(is_space)(*text))
        text++;
    if (*text == '-' || *text == '+')
        negative = *text++ == '-';
    if (flags & 1 /* STIF_SUPPORT_HEX */ && text[0] == '0' && (text[1] | 32) == 'x') {
        for (text += 2;; text++, digits = TRUE) {
            CHAR_TYPE c = *text;
            if (c >= '0' && c <= '9')
                value = value * 16 + (ULONGLONG)(c - '0');
            else if ((c | 32) >= 'a' && (c | 32) <= 'f')
                value = value * 16 + (ULONGLONG)((c | 32) - 'a') + 10;
            else
                break;
        }
        negative = FALSE;
    } else {
        for (; *text >= '0' && *text <= '9'; text++, digits = TRUE)
            value = value * 10 + (ULONGLONG)(*text - '0');
    }
    if (!digits)
        return FALSE;
    *ret_value = (LONGLONG)(negative ? 0 - value : value);
    return TRUE;
}

/* Formats as printf does; cut and terminated if there is no room, and -1 then. */
int WINAPI NAME(wvnsprintf)(CHAR_TYPE *to, int room, const CHAR_TYPE *format, va_list arguments)
{
    if (!to || room <= 0 || !format)
        return -1;
    int n = NAME(format_text)(to, (SIZE_T)room, format, arguments);
    if (n < 0 || n >= room) {
        to[room - 1] = 0;
        return -1;
    }
    return n;
}

int WINAPIV NAME(wnsprintf)(CHAR_TYPE *to, int room, const CHAR_TYPE *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = NAME(wvnsprintf)(to, room, format, arguments);
    va_end(arguments);
    return n;
}

/* "1.23 KB" and "1.234.567 KB": three digits with the locale's marks. */
CHAR_TYPE *WINAPI NAME(StrFormatKBSize)(LONGLONG size, CHAR_TYPE *to, UINT room)
{
    WCHAR text[64];
    if (!to || !room)
        return NULL;
    group((ULONGLONG)size / 1024 + ((ULONGLONG)size % 1024 != 0), text);
    wcscat(text, L" KB");
    return NAME(give)(text, to, room) ? to : NULL;
}
