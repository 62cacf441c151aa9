/*
 * The parts of a path that %~fdpnxsatz and %~$NAME: ask for.
 */
#include "cmd.h"

static void add_attributes(struct text *out, DWORD attributes)
{
    static const struct {
        DWORD bit;
        wchar_t letter;
    } letters[] = {{FILE_ATTRIBUTE_DIRECTORY, 'd'},    {FILE_ATTRIBUTE_READONLY, 'r'},
                   {FILE_ATTRIBUTE_ARCHIVE, 'a'},      {FILE_ATTRIBUTE_HIDDEN, 'h'},
                   {FILE_ATTRIBUTE_SYSTEM, 's'},       {FILE_ATTRIBUTE_COMPRESSED, 'c'},
                   {FILE_ATTRIBUTE_OFFLINE, 'o'},      {FILE_ATTRIBUTE_TEMPORARY, 't'},
                   {FILE_ATTRIBUTE_REPARSE_POINT, 'l'}};
    for (size_t i = 0; i < ARRAYSIZE(letters); i++)
        text_put(out, attributes & letters[i].bit ? letters[i].letter : '-');
}

static void add_time(struct text *out, const FILETIME *written)
{
    wchar_t buffer[64];
    FILETIME local;
    SYSTEMTIME time;
    FileTimeToLocalFileTime(written, &local);
    FileTimeToSystemTime(&local, &time);
    _snwprintf(buffer, ARRAYSIZE(buffer), L"%02d/%02d/%04d %02d:%02d %ls", time.wMonth, time.wDay, time.wYear,
               time.wHour % 12 ? time.wHour % 12 : 12, time.wMinute, time.wHour < 12 ? L"AM" : L"PM");
    text_append(out, buffer);
}

/* The full path as the disk spells its last part; found through `search`'s folders if given. */
static BOOL resolve(const wchar_t *plain, const wchar_t *search, BOOL short_names, wchar_t *full, DWORD room,
                    WIN32_FILE_ATTRIBUTE_DATA *ret_data, BOOL *ret_exists)
{
    if (search) {
        wchar_t *paths = get_variable(search, wcslen(search));
        const DWORD found = paths ? SearchPathW(paths, plain, NULL, room, full, NULL) : 0;
        free(paths);
        if (!found || found >= room)
            return FALSE;
    } else {
        const DWORD length = GetFullPathNameW(*plain ? plain : L".", room, full, NULL);
        if (!length || length >= room)
            return FALSE;
        if (!*plain && full[length - 1] != '\\' && length + 1 < room)
            wcscat(full, L"\\");
    }
    *ret_exists = !wcspbrk(full, L"*?") && GetFileAttributesExW(full, GetFileExInfoStandard, ret_data);
    if (!*ret_exists)
        return TRUE;
    if (short_names) {
        wchar_t *copy = copy_string(full);
        const DWORD length = GetShortPathNameW(copy, full, room);
        if (!length || length >= room)
            wcscpy(full, copy);
        free(copy);
        return TRUE;
    }
    WIN32_FIND_DATAW entry;
    wchar_t *last = wcsrchr(full, '\\');
    const HANDLE find = last && last[1] ? FindFirstFileW(full, &entry) : INVALID_HANDLE_VALUE;
    if (find != INVALID_HANDLE_VALUE) {
        if (_wcsicmp(last + 1, entry.cFileName) == 0)
            wcscpy(last + 1, entry.cFileName);
        FindClose(find);
    }
    return TRUE;
}

void add_path_parts(struct text *out, const wchar_t *value, const wchar_t *letters, size_t count,
                    const wchar_t *search)
{
    BOOL has[128] = {0};
    wchar_t full[PATH_ROOM * 2], *plain = copy_string(value);
    WIN32_FILE_ATTRIBUTE_DATA data = {0};
    BOOL exists = FALSE;
    const size_t start = out->length;
    for (size_t i = 0; i < count; i++)
        has[towlower(letters[i]) & 127] = TRUE;
    const BOOL quotes = *plain == '"';
    if (quotes) { /* %~1 takes the quotes that enclose, a path has none at all */
        const size_t length = wcslen(plain);
        if (count || search) {
            remove_quotes(plain);
        } else {
            if (length > 1 && plain[length - 1] == '"')
                plain[length - 1] = 0;
            memmove(plain, plain + 1, (wcslen(plain + 1) + 1) * sizeof *plain);
        }
    } else if (count || search) {
        remove_quotes(plain);
    }
    if (!count && !search) {
        text_append(out, plain);
    } else if ((value[0] || search) &&
               resolve(plain, search, has['s'], full, ARRAYSIZE(full), &data, &exists)) {
        const wchar_t *path = full[0] && full[1] == ':' ? full + 2 : full, *name = wcsrchr(path, '\\');
        name = name ? name + 1 : path;
        const wchar_t *extension = wcsrchr(name, '.');
        wchar_t number[32];
        if (!extension)
            extension = name + wcslen(name);
        /* the order of the letters does not matter */
        const BOOL shows_path = has['f'] || has['d'] || has['p'] || has['n'] || has['x'];
        if (has['a'] && exists)
            add_attributes(out, data.dwFileAttributes);
        if (has['t'] && exists) {
            if (out->length > start)
                text_put(out, ' ');
            add_time(out, &data.ftLastWriteTime);
        }
        if (has['z'] && exists) {
            _snwprintf(number, ARRAYSIZE(number), L"%I64u",
                       (unsigned __int64)data.nFileSizeHigh << 32 | data.nFileSizeLow);
            if (out->length > start)
                text_put(out, ' ');
            text_append(out, number);
        }
        if ((shows_path || has['s']) && out->length > start)
            text_put(out, ' ');
        if (has['f'] || (!shows_path && (has['s'] || !count))) {
            text_append(out, full);
        } else {
            if (has['d'])
                text_add(out, full, (size_t)(path - full));
            if (has['p'])
                text_add(out, path, (size_t)(name - path));
            if (has['n'])
                text_add(out, name, (size_t)(extension - name));
            if (has['x'])
                text_append(out, extension);
        }
    }
    free(plain);
}
