/*
 * URL functions, once for each character set (no include guard).
 */

/* Length of the scheme without its colon, or 0. One letter is a drive. */
static DWORD NAME(scheme)(const CHAR_TYPE *url)
{
    DWORD n = 0;

    while ((url[n] >= '0' && url[n] <= '9') || ((url[n] | 32) >= 'a' && (url[n] | 32) <= 'z') ||
           url[n] == '+' || url[n] == '-' || url[n] == '.')
        n++;
    return n > 1 && url[n] == ':' ? n : 0;
}

static BOOL NAME(scheme_is)(const CHAR_TYPE *url, const char *name)
{
    DWORD i = 0;

    for (; name[i]; i++)
        if ((unsigned)(url[i] | 32) != (unsigned)name[i])
            return FALSE;
    return url[i] == ':';
}

static DWORD NAME(url_length)(const CHAR_TYPE *text)
{
    DWORD n = 0;

    while (text[n])
        n++;
    return n;
}

WINBOOL WINAPI NAME(UrlIs)(const CHAR_TYPE *url, URLIS what)
{
    if (!url)
        return FALSE;
    const DWORD length = NAME(scheme)(url);
    switch (what) {
    case URLIS_URL:
    case URLIS_APPLIABLE: return length != 0;
    case URLIS_OPAQUE:
        return NAME(scheme_is)(url, "mailto") || NAME(scheme_is)(url, "javascript") ||
               NAME(scheme_is)(url, "vbscript") || NAME(scheme_is)(url, "about");
    case URLIS_NOHISTORY:
        return NAME(scheme_is)(url, "javascript") || NAME(scheme_is)(url, "vbscript") ||
               NAME(scheme_is)(url, "about");
    case URLIS_FILEURL: return NAME(scheme_is)(url, "file");
    case URLIS_DIRECTORY: {
        const DWORD n = NAME(url_length)(url);
        return n && (url[n - 1] == '/' || url[n - 1] == '\\');
    }
    case URLIS_HASQUERY:
        for (; *url; url++)
            if (*url == '?')
                return TRUE;
        return FALSE;
    default: return FALSE;
    }
}

WINBOOL WINAPI NAME(UrlIsOpaque)(const CHAR_TYPE *url)
{
    return NAME(UrlIs)(url, URLIS_OPAQUE);
}

WINBOOL WINAPI NAME(UrlIsNoHistory)(const CHAR_TYPE *url)
{
    return NAME(UrlIs)(url, URLIS_NOHISTORY);
}

WINBOOL WINAPI NAME(PathIsURL)(const CHAR_TYPE *path)
{
    return path && NAME(scheme)(path) != 0;
}

/* The fragment with its '#', or NULL; file URLs have none. */
const CHAR_TYPE *WINAPI NAME(UrlGetLocation)(const CHAR_TYPE *url)
{
    if (!url || NAME(scheme_is)(url, "file"))
        return NULL;
    for (; *url; url++)
        if (*url == '#')
            return url;
    return NULL;
}

/* Puts text into a buffer of *size characters; too small: E_POINTER and the size that is needed. */
static HRESULT NAME(give)(const CHAR_TYPE *text, DWORD length, CHAR_TYPE *out, DWORD *size)
{
    if (*size <= length) {
        *size = length + 1;
        return E_POINTER;
    }
    memmove(out, text, length * sizeof *out);
    out[length] = 0;
    *size = length;
    return S_OK;
}

/* Replaces %xx; what follows '?' or '#' only on demand. `to` may be `from`. */
static DWORD NAME(unescape)(const CHAR_TYPE *from, CHAR_TYPE *to, DWORD flags)
{
    DWORD n = 0;

    while (*from) {
        if (flags & URL_DONT_UNESCAPE_EXTRA_INFO && (*from == '?' || *from == '#')) {
            while (*from)
                to[n++] = *from++;
            break;
        }
        if (*from == '%' && hex_digit((unsigned)from[1]) >= 0 && hex_digit((unsigned)from[2]) >= 0) {
#if WIDE
            if (flags & URL_UNESCAPE_AS_UTF8) {
                char bytes[4];
                int count = 0, used = 0;
                while (count < 4 && from[0] == '%' && hex_digit((unsigned)from[1]) >= 0 &&
                       hex_digit((unsigned)from[2]) >= 0) {
                    bytes[count++] = (char)(hex_digit((unsigned)from[1]) << 4 | hex_digit((unsigned)from[2]));
                    from += 3;
                    used = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, bytes, count, to + n, 2);
                    if (used)
                        break;
                }
                if (used)
                    n += (DWORD)used;
                else
                    to[n++] = 0xfffd;
                continue;
            }
#endif
            to[n++] = (CHAR_TYPE)(hex_digit((unsigned)from[1]) << 4 | hex_digit((unsigned)from[2]));
            from += 3;
        } else {
            to[n++] = *from++;
        }
    }
    to[n] = 0;
    return n;
}

HRESULT WINAPI NAME(UrlUnescape)(CHAR_TYPE *url, CHAR_TYPE *out, DWORD *size, DWORD flags)
{
    if (!url)
        return E_INVALIDARG;
    if (flags & URL_UNESCAPE_INPLACE) {
        NAME(unescape)(url, url, flags);
        return S_OK;
    }
    if (!out || !size || !*size)
        return E_INVALIDARG;
    CHAR_TYPE *copy = LocalAlloc(LMEM_FIXED, (NAME(url_length)(url) + 2) * sizeof *copy);
    if (!copy)
        return E_OUTOFMEMORY;
    const DWORD length = NAME(unescape)(url, copy, flags);
    const HRESULT result = NAME(give)(copy, length, out, size);
    LocalFree(copy);
    return result;
}

/* Writes text with escapes to `out`, which has room for nine times its length; returns the length. */
static DWORD NAME(escape)(const CHAR_TYPE *text, CHAR_TYPE *out, DWORD flags)
{
    DWORD n = 0;

    for (; *text; text++) {
        unsigned c = (unsigned)*text;
        unsigned char bytes[4];
        int count = 1;
#if WIDE
        if (c > 0x7f && flags & URL_ESCAPE_AS_UTF8) {
            const int units = c >= 0xd800 && c < 0xdc00 && text[1] ? 2 : 1;
            count = WideCharToMultiByte(CP_UTF8, 0, text, units, (char *)bytes, 4, NULL, NULL);
            text += units - 1;
        } else if (c > 0xff) {
            out[n++] = *text;
            continue;
        } else {
            bytes[0] = (unsigned char)c;
        }
#else
        c &= 0xff;
        bytes[0] = (unsigned char)c;
#endif
        if (flags & URL_DONT_ESCAPE_EXTRA_INFO && (c == '?' || c == '#')) {
            while (*text)
                out[n++] = *text++;
            break;
        }
        if (is_unescaped(c, flags)) {
            out[n++] = *text;
            continue;
        }
        for (int i = 0; i < count; i++) {
            out[n++] = '%';
            out[n++] = (CHAR_TYPE)("0123456789ABCDEF"[bytes[i] >> 4]);
            out[n++] = (CHAR_TYPE)("0123456789ABCDEF"[bytes[i] & 15]);
        }
    }
    out[n] = 0;
    return n;
}

HRESULT WINAPI NAME(UrlEscape)(const CHAR_TYPE *url, CHAR_TYPE *out, DWORD *size, DWORD flags)
{
    if (!url || !out || !size || !*size)
        return E_INVALIDARG;
    CHAR_TYPE *text = LocalAlloc(LMEM_FIXED, (9 * NAME(url_length)(url) + 1) * sizeof *text);
    if (!text)
        return E_OUTOFMEMORY;
    /* In the part before '?' backslashes of known schemes are slashes; not here: segments come one by one. */
    const DWORD length = NAME(escape)(url, text, flags);
    const HRESULT result = NAME(give)(text, length, out, size);
    LocalFree(text);
    return result;
}

/* "file:" URLs only; E_INVALIDARG for others. */
HRESULT WINAPI NAME(PathCreateFromUrl)(const CHAR_TYPE *url, CHAR_TYPE *path, DWORD *size, DWORD reserved)
{
    (void)reserved;
    if (!url || !path || !size || !*size || !NAME(scheme_is)(url, "file"))
        return E_INVALIDARG;
    const CHAR_TYPE *at = url + 5;
    const DWORD room = NAME(url_length)(at) + 4;
    CHAR_TYPE *text = LocalAlloc(LMEM_FIXED, 2 * room * sizeof *text), *from = text + room;
    DWORD slashes = 0, n = 0;

    if (!text)
        return E_OUTOFMEMORY;
    while (at[slashes] == '/' || at[slashes] == '\\')
        slashes++;
    at += slashes;
    /* Two slashes: a server, unless it is this machine; four and more: a share, too. */
    const BOOL drive = at[0] && (at[1] == ':' || at[1] == '|');
    if (slashes == 2 && !drive) {
        static const char local[] = "localhost";
        DWORD i = 0;
        while (local[i] && (unsigned)(at[i] | 32) == (unsigned)local[i])
            i++;
        if (!local[i] && (at[i] == '/' || at[i] == '\\')) {
            at += i;
            if (at[1] && (at[2] == ':' || at[2] == '|'))
                at++;
        } else if (*at) {
            text[n++] = '\\';
            text[n++] = '\\';
        }
    } else if (slashes >= 4) {
        text[n++] = '\\';
        text[n++] = '\\';
    } else if (!drive && slashes) {
        text[n++] = '\\';
    }
    NAME(unescape)(at, from, 0);
    for (DWORD i = 0; from[i]; i++)
        text[n++] = from[i] == '/' ? '\\' : from[i];
    text[n] = 0;
    if (n > 1 && text[1] == '|')
        text[1] = ':';
    const HRESULT result = NAME(give)(text, n, path, size);
    LocalFree(text);
    return result;
}

/* S_FALSE: it is a URL already, which is copied. */
HRESULT WINAPI NAME(UrlCreateFromPath)(const CHAR_TYPE *path, CHAR_TYPE *url, DWORD *size, DWORD reserved)
{
    static const char scheme[] = "file:";
    DWORD n = 0;

    if (reserved || !path || !url || !size || !*size)
        return E_INVALIDARG;
    if (NAME(scheme)(path)) {
        const HRESULT result = NAME(give)(path, NAME(url_length)(path), url, size);
        return result == S_OK ? S_FALSE : result;
    }
    CHAR_TYPE *text = LocalAlloc(LMEM_FIXED, (9 * NAME(url_length)(path) + 16) * sizeof *text);
    if (!text)
        return E_OUTOFMEMORY;
    for (; scheme[n]; n++)
        text[n] = scheme[n];
    if (path[0] && path[1] == ':') {
        text[n++] = '/';
        text[n++] = '/';
        text[n++] = '/';
    } else if (path[0] == '\\' && path[1] != '\\') {
        text[n++] = '/';
        text[n++] = '/';
    }
    for (; *path; path++) {
        const CHAR_TYPE one[2] = {*path == '\\' ? '/' : *path, 0};
        n += NAME(escape)(one, text + n, URL_ESCAPE_PERCENT);
    }
    text[n] = 0;
    const HRESULT result = NAME(give)(text, n, url, size);
    LocalFree(text);
    return result;
}
