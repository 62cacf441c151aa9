/*
 * Variable expansion: %name%, %name:a=b%, %name:~n,m%, %1, %~dpnx1, %*, and the late forms, for
 * variables (%i, %~dpnxi) and !name!.
 */
#include "cmd.h"

/* Variables that are computed when asked for and not defined otherwise. */
static wchar_t *dynamic_variable(const wchar_t *name)
{
    wchar_t *value = allocate(MAX_PATH * sizeof *value * 2);
    SYSTEMTIME now;
    if (_wcsicmp(name, L"errorlevel") == 0) {
        _snwprintf(value, 32, L"%d", state.error_level);
    } else if (_wcsicmp(name, L"cd") == 0) {
        GetCurrentDirectoryW(MAX_PATH * 2, value);
    } else if (_wcsicmp(name, L"random") == 0) {
        _snwprintf(value, 32, L"%d", rand());
    } else if (_wcsicmp(name, L"date") == 0) {
        GetLocalTime(&now);
        GetDateFormatW(LOCALE_USER_DEFAULT, 0, &now, L"ddd MM/dd/yyyy", value, MAX_PATH);
    } else if (_wcsicmp(name, L"time") == 0) {
        GetLocalTime(&now);
        _snwprintf(value, 32, L"%2d:%02d:%02d.%02d", now.wHour, now.wMinute, now.wSecond,
                   now.wMilliseconds / 10);
    } else if (_wcsicmp(name, L"cmdextversion") == 0) {
        wcscpy(value, L"2");
    } else if (_wcsicmp(name, L"cmdcmdline") == 0) {
        free(value);
        return copy_string(GetCommandLineW());
    } else {
        free(value);
        return NULL;
    }
    return value;
}

wchar_t *get_variable(const wchar_t *name, size_t length)
{
    wchar_t *copy = allocate((length + 1) * sizeof *copy);
    wmemcpy(copy, name, length);
    wchar_t *value = NULL;
    SetLastError(0);
    DWORD size = GetEnvironmentVariableW(copy, NULL, 0);
    if (size || GetLastError() == 0) {
        value = allocate((size + 1) * sizeof *value);
        GetEnvironmentVariableW(copy, value, size + 1);
    } else if (state.extensions) {
        value = dynamic_variable(copy);
    }
    free(copy);
    return value;
}

/* value with what follows the colon in %name:...% applied. */
static wchar_t *modify(wchar_t *value, const wchar_t *modifier, size_t length)
{
    struct text result = {0};
    long total = (long)wcslen(value);
    if (length && modifier[0] == '~') {
        wchar_t *end;
        long start = wcstol(modifier + 1, &end, 0), count = total;
        if (*end == ',' && end < modifier + length)
            count = wcstol(end + 1, NULL, 0);
        if (start < 0)
            start += total;
        start = start < 0 ? 0 : start > total ? total : start;
        if (count < 0)
            count = total + count - start;
        if (count < 0)
            count = 0;
        if (count > total - start)
            count = total - start;
        text_add(&result, value + start, (size_t)count);
        free(value);
        return text_take(&result);
    }
    BOOL any_prefix = length && modifier[0] == '*';
    if (any_prefix) {
        modifier++;
        length--;
    }
    const wchar_t *equals = wmemchr(modifier, '=', length);
    size_t from_length = equals ? (size_t)(equals - modifier) : 0;
    if (!from_length) {
        return value;
    }
    const wchar_t *to = equals + 1, *p = value;
    size_t to_length = length - from_length - 1;
    while (*p) {
        if (_wcsnicmp(p, modifier, from_length) == 0) {
            if (any_prefix)
                result.length = 0;
            text_add(&result, to, to_length);
            p += from_length;
            if (any_prefix) {
                text_append(&result, p);
                break;
            }
        } else {
            text_put(&result, *p++);
        }
    }
    free(value);
    return text_take(&result);
}

/* %name[:modifier]% or !...!: place is behind the opening sign. Returns FALSE if it is none; else adds
 * its value and moves place behind the closing sign. */
static BOOL expand_variable(struct text *out, const wchar_t **place, wchar_t sign, BOOL in_batch)
{
    const wchar_t *start = *place, *end = wcschr(start, sign);
    if (!end || end == start)
        return FALSE;
    const wchar_t *colon = wmemchr(start, ':', (size_t)(end - start));
    if (colon == start)
        return FALSE;
    size_t name_length = (size_t)((colon && state.extensions ? colon : end) - start);
    wchar_t *value = get_variable(start, name_length);
    if (!value) {
        if (colon && in_batch && sign == '%') {
            /* an undefined variable: the name up to the colon goes, the rest stays */
            *place = colon + 1;
            return TRUE;
        }
        if (!in_batch && sign == '%')
            return FALSE;
        *place = end + 1;
        return TRUE;
    }
    if (colon && state.extensions)
        value = modify(value, colon + 1, (size_t)(end - colon - 1));
    text_append(out, value);
    free(value);
    *place = end + 1;
    return TRUE;
}

static void unquote(wchar_t *text)
{
    wchar_t *to = text;
    for (; *text; text++)
        if (*text != '"')
            *to++ = *text;
    *to = 0;
}

/* Applies the letters of %~...: f d p n x s a t z, and $NAME: searches. */
static void add_modified(struct text *out, const wchar_t *value, const wchar_t *letters, size_t count,
                         const wchar_t *search)
{
    wchar_t *plain = copy_string(value), full[MAX_PATH * 8];
    unquote(plain);
    BOOL path = FALSE;
    for (size_t i = 0; i < count; i++)
        path |= wcschr(L"fdpnxsatz", towlower(letters[i])) != NULL;
    if (!path && !search) {
        text_append(out, plain);
        free(plain);
        return;
    }
    if (search) {
        wchar_t *paths = get_variable(search, wcslen(search));
        DWORD found = paths ? SearchPathW(paths, plain, NULL, ARRAYSIZE(full), full, NULL) : 0;
        free(paths);
        if (!found) {
            free(plain);
            return;
        }
    } else if (!GetFullPathNameW(plain, ARRAYSIZE(full), full, NULL)) {
        free(plain);
        return;
    }
    free(plain);
    WIN32_FILE_ATTRIBUTE_DATA data;
    BOOL exists = GetFileAttributesExW(full, GetFileExInfoStandard, &data);
    if (exists) { /* the case on disk, for the last component */
        WIN32_FIND_DATAW entry;
        HANDLE find = FindFirstFileW(full, &entry);
        wchar_t *last = wcsrchr(full, '\\');
        if (find != INVALID_HANDLE_VALUE) {
            if (last && wcslen(last + 1) == wcslen(entry.cFileName))
                wcscpy(last + 1, entry.cFileName);
            FindClose(find);
        }
    }
    wchar_t *name = wcsrchr(full, '\\');
    name = name ? name + 1 : full;
    wchar_t *extension = wcsrchr(name, '.');
    if (!extension)
        extension = name + wcslen(name);
    BOOL f = FALSE, d = FALSE, p = FALSE, n = FALSE, x = FALSE, any = FALSE;
    for (size_t i = 0; i < count; i++) {
        wchar_t c = (wchar_t)towlower(letters[i]);
        f |= c == 'f', d |= c == 'd', p |= c == 'p', n |= c == 'n', x |= c == 'x';
    }
    for (size_t i = 0; i < count; i++) {
        wchar_t c = (wchar_t)towlower(letters[i]), buffer[64];
        if (c == 'a') {
            static const struct {
                DWORD bit;
                wchar_t letter;
            } letters_of[] = {{FILE_ATTRIBUTE_DIRECTORY, 'd'},    {FILE_ATTRIBUTE_READONLY, 'r'},
                              {FILE_ATTRIBUTE_ARCHIVE, 'a'},      {FILE_ATTRIBUTE_HIDDEN, 'h'},
                              {FILE_ATTRIBUTE_SYSTEM, 's'},       {FILE_ATTRIBUTE_COMPRESSED, 'c'},
                              {FILE_ATTRIBUTE_OFFLINE, 'o'},      {FILE_ATTRIBUTE_TEMPORARY, 't'},
                              {FILE_ATTRIBUTE_REPARSE_POINT, 'l'}};
            for (size_t k = 0; exists && k < ARRAYSIZE(letters_of); k++)
                text_put(out, data.dwFileAttributes & letters_of[k].bit ? letters_of[k].letter : '-');
            any = TRUE;
        } else if (c == 't' && exists) {
            FILETIME local;
            SYSTEMTIME time;
            FileTimeToLocalFileTime(&data.ftLastWriteTime, &local);
            FileTimeToSystemTime(&local, &time);
            _snwprintf(buffer, 64, L"%02d/%02d/%04d %02d:%02d %ls", time.wMonth, time.wDay, time.wYear,
                       time.wHour % 12 ? time.wHour % 12 : 12, time.wMinute, time.wHour < 12 ? L"AM" : L"PM");
            if (any)
                text_put(out, ' ');
            text_append(out, buffer);
            any = TRUE;
        } else if (c == 'z' && exists) {
            _snwprintf(buffer, 64, L"%I64u", (unsigned __int64)data.nFileSizeHigh << 32 | data.nFileSizeLow);
            if (any)
                text_put(out, ' ');
            text_append(out, buffer);
            any = TRUE;
        }
    }
    if (any && (f || d || p || n || x))
        text_put(out, ' ');
    if (f || (search && !(d || p || n || x))) {
        text_append(out, full);
    } else {
        if (d)
            text_add(out, full, full[0] && full[1] == ':' ? 2 : 0);
        if (p)
            text_add(out, full + (full[1] == ':' ? 2 : 0), (size_t)(name - full) - (full[1] == ':' ? 2 : 0));
        if (n)
            text_add(out, name, (size_t)(extension - name));
        if (x)
            text_append(out, extension);
    }
}

/* Reads "letters" and an optional $NAME: of %~; returns what follows, or NULL if it is malformed. */
static const wchar_t *read_modifiers(const wchar_t *p, const wchar_t **ret_letters, size_t *ret_count,
                                     wchar_t **ret_search, BOOL (*is_variable)(wchar_t))
{
    const wchar_t *start = p;
    *ret_search = NULL;
    while (*p && wcschr(L"fdpnxsatzFDPNXSATZ", *p)) {
        /* the last letter may be the variable itself */
        if (is_variable(*p) && !(p[1] && (wcschr(L"fdpnxsatzFDPNXSATZ$", p[1]) || is_variable(p[1]))))
            break;
        p++;
    }
    *ret_letters = start;
    *ret_count = (size_t)(p - start);
    if (*p == '$') {
        const wchar_t *colon = wcschr(p, ':');
        if (!colon)
            return NULL;
        *ret_search = allocate((size_t)(colon - p) * sizeof(wchar_t));
        wmemcpy(*ret_search, p + 1, (size_t)(colon - p - 1));
        p = colon + 1;
    }
    return p;
}

static BOOL is_digit(wchar_t c)
{
    return c >= '0' && c <= '9';
}

static BOOL is_for_variable(wchar_t c)
{
    return c > ' ' && c < 128 && state.for_values[c] != NULL;
}

static const wchar_t *argument(int index)
{
    return index < state.batch->word_count ? state.batch->words[index] : L"";
}

wchar_t *expand_percent(const wchar_t *line)
{
    struct text out = {0};
    const wchar_t *p = line;
    while (*p) {
        if (*p != '%') {
            text_put(&out, *p++);
            continue;
        }
        p++;
        if (!state.batch) {
            if (!expand_variable(&out, &p, '%', FALSE))
                text_put(&out, '%');
            continue;
        }
        if (*p == '%') {
            text_put(&out, '%');
            p++;
        } else if (is_digit(*p)) {
            text_append(&out, argument(*p - '0'));
            p++;
        } else if (*p == '*') {
            text_append(&out, state.batch->arguments);
            p++;
        } else if (*p == '~') {
            const wchar_t *letters;
            size_t count;
            wchar_t *search;
            const wchar_t *end = read_modifiers(p + 1, &letters, &count, &search, is_digit);
            if (end && is_digit(*end)) {
                /* %~...0 names the batch file, in a called label too, where %0 is the label */
                add_modified(&out, *end == '0' ? state.batch->path : argument(*end - '0'), letters, count,
                             search);
                p = end + 1;
            } else {
                expand_variable(&out, &p, '%', TRUE); /* a lone percent sign vanishes in a batch file */
            }
            free(search);
        } else {
            expand_variable(&out, &p, '%', TRUE);
        }
    }
    return text_take(&out);
}

static wchar_t *expand_for(const wchar_t *text)
{
    struct text out = {0};
    for (const wchar_t *p = text; *p;) {
        if (*p != '%') {
            text_put(&out, *p++);
            continue;
        }
        if (is_for_variable(p[1])) {
            text_append(&out, state.for_values[p[1]]);
            p += 2;
            continue;
        }
        if (p[1] == '~') {
            const wchar_t *letters;
            size_t count;
            wchar_t *search;
            const wchar_t *end = read_modifiers(p + 2, &letters, &count, &search, is_for_variable);
            if (end && is_for_variable(*end)) {
                add_modified(&out, state.for_values[*end], letters, count, search);
                p = end + 1;
                free(search);
                continue;
            }
            free(search);
        }
        text_put(&out, *p++);
    }
    return text_take(&out);
}

wchar_t *expand_late(const wchar_t *text)
{
    wchar_t *with_for = expand_for(text);
    if (!state.delayed || !wcschr(with_for, '!'))
        return with_for;
    struct text out = {0};
    for (const wchar_t *p = with_for; *p;) {
        if (*p == '^' && p[1]) { /* protects here too, once an exclamation mark is in the line */
            text_put(&out, p[1]);
            p += 2;
        } else if (*p == '!') {
            p++;
            expand_variable(&out, &p, '!', TRUE);
        } else {
            text_put(&out, *p++);
        }
    }
    free(with_for);
    return text_take(&out);
}
