/*
 * Path functions, once for each character set (no include guard).
 */
typedef CHAR_TYPE *NAME(text);
typedef const CHAR_TYPE *NAME(ctext);

static SIZE_T NAME(length)(NAME(ctext) text)
{
    SIZE_T n = 0;

    while (text[n])
        n++;
    return n;
}

static BOOL NAME(is_letter)(CHAR_TYPE c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* What of the path is its root: "C:\", "\\server\share\", "\". */
static SIZE_T NAME(root_length)(NAME(ctext) path)
{
    if (NAME(is_letter)(path[0]) && path[1] == ':')
        return path[2] == '\\' ? 3 : 2;
    if (path[0] == '\\' && path[1] == '\\') {
        SIZE_T n = 2;
        for (int part = 0; part < 2; part++) {
            while (path[n] && path[n] != '\\')
                n++;
            if (!path[n])
                return n;
            n++;
        }
        return n;
    }
    return path[0] == '\\';
}

NAME(text) WINAPI NAME(PathFindFileName)(NAME(ctext) path)
{
    NAME(ctext) last = path;

    for (; path && *path; path++)
        if ((*path == '\\' || *path == '/' || *path == ':') && path[1] && path[1] != '\\' && path[1] != '/')
            last = path + 1;
    return (NAME(text))last;
}

NAME(text) WINAPI NAME(PathFindExtension)(NAME(ctext) path)
{
    NAME(ctext) dot = NULL;

    if (!path)
        return NULL;
    for (; *path; path++) {
        if (*path == '\\' || *path == ' ')
            dot = NULL;
        else if (*path == '.')
            dot = path;
    }
    return (NAME(text))(dot ? dot : path);
}

void WINAPI NAME(PathRemoveExtension)(NAME(text) path)
{
    if (path)
        *NAME(PathFindExtension)(path) = 0;
}

BOOL WINAPI NAME(PathAddExtension)(NAME(text) path, NAME(ctext) extension)
{
    if (!extension)
        extension = TEXT_(".exe");
    if (!path || *NAME(PathFindExtension)(path))
        return FALSE;
    SIZE_T n = NAME(length)(path), more = NAME(length)(extension);
    if (n + more >= MAX_PATH)
        return FALSE;
    memcpy(path + n, extension, (more + 1) * sizeof *path);
    return TRUE;
}

BOOL WINAPI NAME(PathRenameExtension)(NAME(text) path, NAME(ctext) extension)
{
    NAME(text) at = NAME(PathFindExtension)(path);
    SIZE_T more = NAME(length)(extension);

    if ((SIZE_T)(at - path) + more >= MAX_PATH)
        return FALSE;
    memcpy(at, extension, (more + 1) * sizeof *path);
    return TRUE;
}

/* Cuts off the last component; a root stays. */
BOOL WINAPI NAME(PathRemoveFileSpec)(NAME(text) path)
{
    if (!path || !*path)
        return FALSE;
    SIZE_T root = NAME(root_length)(path), n = NAME(length)(path), at = n;
    if (root > 3 && path[0] == '\\' && path[root - 1] == '\\') /* a share is a root without it */
        root--;
    while (at > root && path[at - 1] != '\\' && path[at - 1] != '/')
        at--;
    if (at > root)
        at--;
    if (at >= n)
        return FALSE;
    path[at] = 0;
    return TRUE;
}

void WINAPI NAME(PathStripPath)(NAME(text) path)
{
    if (path) {
        NAME(text) name = NAME(PathFindFileName)(path);
        memmove(path, name, (NAME(length)(name) + 1) * sizeof *path);
    }
}

NAME(text) WINAPI NAME(PathAddBackslash)(NAME(text) path)
{
    SIZE_T n = path ? NAME(length)(path) : MAX_PATH;

    if (n >= MAX_PATH - 1)
        return NULL;
    if (n && path[n - 1] != '\\') {
        path[n++] = '\\';
        path[n] = 0;
    }
    return path + n;
}

/* Gives where the backslash was or would be; a root keeps it. */
NAME(text) WINAPI NAME(PathRemoveBackslash)(NAME(text) path)
{
    if (!path)
        return NULL;
    SIZE_T n = NAME(length)(path), root = NAME(root_length)(path);
    if (!n)
        return path;
    if (path[n - 1] == '\\' && n > root)
        path[n - 1] = 0;
    return path + n - 1;
}

BOOL WINAPI NAME(PathIsRelative)(NAME(ctext) path)
{
    return !path || !*path || !(path[0] == '\\' || (NAME(is_letter)(path[0]) && path[1] == ':'));
}

BOOL WINAPI NAME(PathIsRoot)(NAME(ctext) path)
{
    if (!path || !*path)
        return FALSE;
    if (path[0] == '\\' && path[1] == '\\') {
        unsigned separators = 0;
        for (SIZE_T i = 2; path[i]; i++)
            if (path[i] == '\\' && (++separators > 1 || !path[i + 1]))
                return FALSE;
        return TRUE;
    }
    return (path[0] == '\\' && !path[1]) ||
           (NAME(is_letter)(path[0]) && path[1] == ':' && path[2] == '\\' && !path[3]);
}

BOOL WINAPI NAME(PathStripToRoot)(NAME(text) path)
{
    if (!path)
        return FALSE;
    while (!NAME(PathIsRoot)(path))
        if (!NAME(PathRemoveFileSpec)(path))
            return FALSE;
    return TRUE;
}

NAME(text) WINAPI NAME(PathSkipRoot)(NAME(ctext) path)
{
    SIZE_T root = path ? NAME(root_length)(path) : 0;
    return root > 1 && (path[0] == '\\' || root == 3) ? (NAME(text))path + root : NULL;
}

BOOL WINAPI NAME(PathIsUNC)(NAME(ctext) path)
{
    return path && path[0] == '\\' && path[1] == '\\' && path[2] != '?';
}

BOOL WINAPI NAME(PathIsFileSpec)(NAME(ctext) path)
{
    if (!path)
        return FALSE;
    for (; *path; path++)
        if (*path == '\\' || *path == ':')
            return FALSE;
    return TRUE;
}

int WINAPI NAME(PathGetDriveNumber)(NAME(ctext) path)
{
    return path && NAME(is_letter)(path[0]) && path[1] == ':' ? (path[0] | 32) - 'a' : -1;
}

/* Resolves "." and ".."; nothing goes above the root. */
BOOL WINAPI NAME(PathCanonicalize)(NAME(text) to, NAME(ctext) from)
{
    if (to)
        *to = 0;
    if (!to || !from) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    SIZE_T root = NAME(root_length)(from), n = root;
    if (NAME(length)(from) >= MAX_PATH)
        return FALSE;
    memcpy(to, from, root * sizeof *to);
    for (from += root; *from;) {
        SIZE_T part = 0;
        while (from[part] && from[part] != '\\')
            part++;
        BOOL more = from[part] == '\\';
        if (part == 1 && from[0] == '.') {
            if (!more && n > root && to[n - 1] == '\\')
                n--;
        } else if (part == 2 && from[0] == '.' && from[1] == '.') {
            if (n > root && to[n - 1] == '\\')
                n--;
            while (n > root && to[n - 1] != '\\')
                n--;
            if (!more && n > root)
                n--;
        } else {
            memcpy(to + n, from, part * sizeof *to);
            n += part;
            if (more)
                to[n++] = '\\';
        }
        from += part + more;
    }
    if (!n)
        to[n++] = '\\';
    to[n] = 0;
    if (n == 2 && to[1] == ':') {
        to[n++] = '\\';
        to[n] = 0;
    }
    return TRUE;
}

NAME(text) WINAPI NAME(PathCombine)(NAME(text) to, NAME(ctext) folder, NAME(ctext) file)
{
    CHAR_TYPE joined[MAX_PATH + 1];
    SIZE_T n = 0, more;

    if (!to || (!folder && !file)) {
        if (to)
            *to = 0;
        return NULL;
    }
    if (!file || !*file) {
        n = NAME(length)(folder ? folder : file);
        if (n >= MAX_PATH)
            goto too_long;
        memcpy(joined, folder ? folder : file, (n + 1) * sizeof *to);
    } else if (!folder || !*folder || !NAME(PathIsRelative)(file)) {
        if (folder && *folder && file[0] == '\\' && file[1] != '\\') { /* the folder's root only */
            n = NAME(root_length)(folder);
            memcpy(joined, folder, n * sizeof *to);
            while (n && joined[n - 1] == '\\')
                n--;
        }
        more = NAME(length)(file);
        if (n + more >= MAX_PATH)
            goto too_long;
        memcpy(joined + n, file, (more + 1) * sizeof *to);
    } else {
        n = NAME(length)(folder);
        more = NAME(length)(file);
        if (n + more + 1 >= MAX_PATH)
            goto too_long;
        memcpy(joined, folder, n * sizeof *to);
        if (joined[n - 1] != '\\')
            joined[n++] = '\\';
        memcpy(joined + n, file, (more + 1) * sizeof *to);
    }
    return NAME(PathCanonicalize)(to, joined) ? to : NULL;
too_long:
    *to = 0;
    return NULL;
}

BOOL WINAPI NAME(PathAppend)(NAME(text) path, NAME(ctext) more)
{
    if (!path || !more)
        return FALSE;
    while (more[0] == '\\' && more[1] != '\\')
        more++;
    CHAR_TYPE copy[MAX_PATH + 1];
    SIZE_T n = NAME(length)(path);
    if (n >= MAX_PATH)
        return FALSE;
    memcpy(copy, path, (n + 1) * sizeof *path);
    return NAME(PathCombine)(path, copy, more) != NULL;
}

void WINAPI NAME(PathQuoteSpaces)(NAME(text) path)
{
    SIZE_T n = path ? NAME(length)(path) : 0;
    BOOL spaces = FALSE;

    for (SIZE_T i = 0; i < n; i++)
        spaces |= path[i] == ' ';
    if (!spaces || n + 2 >= MAX_PATH)
        return;
    memmove(path + 1, path, n * sizeof *path);
    path[0] = path[n + 1] = '"';
    path[n + 2] = 0;
}

BOOL WINAPI NAME(PathUnquoteSpaces)(NAME(text) path)
{
    SIZE_T n = path ? NAME(length)(path) : 0;

    if (n < 2 || path[0] != '"' || path[n - 1] != '"')
        return FALSE;
    memmove(path, path + 1, (n - 2) * sizeof *path);
    path[n - 2] = 0;
    return TRUE;
}

void WINAPI NAME(PathRemoveBlanks)(NAME(text) path)
{
    SIZE_T start = 0, n = path ? NAME(length)(path) : 0;

    while (start < n && path[start] == ' ')
        start++;
    while (n > start && path[n - 1] == ' ')
        n--;
    if (path) {
        memmove(path, path + start, (n - start) * sizeof *path);
        path[n - start] = 0;
    }
}

NAME(text) WINAPI NAME(PathGetArgs)(NAME(ctext) line)
{
    BOOL quoted = FALSE;

    for (; line && *line; line++) {
        if (*line == '"')
            quoted = !quoted;
        else if (*line == ' ' && !quoted)
            return (NAME(text))line + 1;
    }
    return (NAME(text))line;
}
