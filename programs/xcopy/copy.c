/*
 * xcopy: the files and folders of one tree.
 */
#include "xcopy.h"

unsigned copied;
static int status;

static BOOL is_excluded(const wchar_t *path)
{
    wchar_t *lower = _wcslwr(full_path(path));
    BOOL found = FALSE;
    for (size_t i = 0; i < options.excluded_count && !found; i++)
        found = wcsstr(lower, options.excluded[i]) != NULL;
    free(lower);
    return found;
}

/* Folders of a path that do not exist yet are made. */
static BOOL make_folders(const wchar_t *path)
{
    if (is_folder(path) || CreateDirectoryW(path, NULL))
        return TRUE;
    wchar_t *parent = copy_string(path);
    size_t length = wcslen(parent);
    while (length && !wcschr(L"\\/", parent[length - 1]))
        length--;
    while (length && wcschr(L"\\/", parent[length - 1]))
        length--;
    parent[length] = 0;
    const BOOL made = length && wcscmp(parent, path) != 0 && make_folders(parent) &&
                      CreateDirectoryW(path, NULL);
    free(parent);
    return made;
}

static BOOL is_due(const wchar_t *path, const WIN32_FIND_DATAW *entry, const wchar_t *target)
{
    WIN32_FILE_ATTRIBUTE_DATA old;
    const DWORD attributes = entry->dwFileAttributes;
    const BOOL exists = GetFileAttributesExW(target, GetFileExInfoStandard, &old);
    if (!options.hidden && attributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM))
        return FALSE;
    if ((options.archive || options.reset_archive) && !(attributes & FILE_ATTRIBUTE_ARCHIVE))
        return FALSE;
    if (options.by_date && CompareFileTime(&entry->ftLastWriteTime, &options.date) < 0)
        return FALSE;
    if (options.newer && exists && CompareFileTime(&entry->ftLastWriteTime, &old.ftLastWriteTime) <= 0)
        return FALSE;
    return (!options.only_existing || exists) && !is_excluded(path);
}

/* What the user says about one file, if asked to ask: TRUE to copy it. */
static BOOL may_copy(const wchar_t *path, const wchar_t *target)
{
    wchar_t question[1200];
    if (options.ask_each) {
        _snwprintf(question, ARRAYSIZE(question), L"%ls (Y/N)? ", path);
        if (ask(question, L"YN") != 'Y')
            return FALSE;
    }
    if (options.ask_replace && GetFileAttributesW(target) != INVALID_FILE_ATTRIBUTES) {
        wchar_t *full = full_path(target);
        _snwprintf(question, ARRAYSIZE(question), L"Overwrite %ls (Yes/No/All)? ", full);
        free(full);
        const wchar_t answer = ask(question, L"YNA");
        if (answer == 'A')
            options.ask_replace = FALSE;
        return answer == 'Y' || answer == 'A';
    }
    return TRUE;
}

static BOOL copy_one(const wchar_t *path, const WIN32_FIND_DATAW *entry, const wchar_t *target)
{
    if (!options.quiet) {
        wchar_t *from = options.full_names ? full_path(path) : copy_string(path), *to = full_path(target);
        print(options.full_names ? L"%ls -> %ls\r\n" : L"%ls\r\n", from, to);
        free(from);
        free(to);
    }
    if (options.list_only) {
        copied++;
        return TRUE;
    }
    const DWORD old = GetFileAttributesW(target);
    if (old != INVALID_FILE_ATTRIBUTES && options.replace_read_only && old & FILE_ATTRIBUTE_READONLY)
        SetFileAttributesW(target, old & ~(DWORD)FILE_ATTRIBUTE_READONLY);
    if (!CopyFileW(path, target, FALSE)) {
        complain(L"%ls\r\n", error_text(GetLastError()));
        status = GetLastError() == ERROR_DISK_FULL ? UNABLE : WRITE_ERROR;
        return options.keep_going;
    }
    copied++;
    const DWORD attributes = entry->dwFileAttributes;
    if (!options.keep_attributes && attributes & FILE_ATTRIBUTE_READONLY)
        SetFileAttributesW(target, (attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY) | FILE_ATTRIBUTE_ARCHIVE);
    if (options.reset_archive)
        SetFileAttributesW(path, attributes & ~(DWORD)FILE_ATTRIBUTE_ARCHIVE);
    return TRUE;
}

/* A new name from the target's pattern: its stars and question marks take from the old one. */
static wchar_t *renamed(const wchar_t *name, const wchar_t *pattern)
{
    wchar_t *to = allocate((wcslen(name) + wcslen(pattern) + 2) * sizeof *to);
    size_t n = 0;
    if (!pattern)
        return wcscpy(to, name);
    for (; *pattern; pattern++) {
        if (*pattern == '*') {
            const wchar_t *stop = pattern[1] ? wcsrchr(name, pattern[1]) : NULL;
            while (*name && name != stop)
                to[n++] = *name++;
        } else if (*pattern == '?') {
            if (*name && *name != '.')
                to[n++] = *name++;
        } else {
            to[n++] = *pattern;
            if (*pattern == '.') {
                name += wcscspn(name, L".");
                name += *name == '.';
            } else if (*name && *name != '.') {
                name++;
            }
        }
    }
    return to;
}

static BOOL copy_files(const wchar_t *source, const wchar_t *pattern, const wchar_t *target,
                       const wchar_t *new_name, const wchar_t *shown)
{
    WIN32_FIND_DATAW *list;
    wchar_t *all = join_path(source, wcslen(source), pattern);
    const size_t count = list_files(all, &list);
    BOOL goes_on = TRUE, made = FALSE;
    for (size_t i = 0; i < count && goes_on; i++) {
        if (list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        wchar_t *name = new_name ? renamed(list[i].cFileName, new_name) : copy_string(list[i].cFileName);
        wchar_t *to = join_path(target, wcslen(target), name),
                *from = join_path(shown, wcslen(shown), list[i].cFileName);
        if (is_due(from, &list[i], to) && may_copy(from, to)) {
            if (!made && !options.list_only && !make_folders(target)) {
                complain(L"Unable to create directory - %ls\r\n", target);
                status = UNABLE;
                goes_on = FALSE;
            } else {
                made = TRUE;
                goes_on = copy_one(from, &list[i], to);
            }
        }
        free(from);
        free(to);
        free(name);
    }
    free(list);
    free(all);
    return goes_on;
}

static BOOL walk(const wchar_t *source, const wchar_t *pattern, const wchar_t *target,
                 const wchar_t *new_name, const wchar_t *shown)
{
    WIN32_FIND_DATAW *list;
    if ((options.empty_folders || options.only_folders) && !options.list_only && !make_folders(target)) {
        complain(L"Unable to create directory - %ls\r\n", target);
        status = UNABLE;
        return FALSE;
    }
    if (!options.only_folders && !copy_files(source, pattern, target, new_name, shown))
        return FALSE;
    if (!options.tree && !options.only_folders)
        return TRUE;
    wchar_t *all = join_path(source, wcslen(source), L"*");
    const size_t count = list_files(all, &list);
    BOOL goes_on = TRUE;
    free(all);
    for (size_t i = 0; i < count && goes_on; i++) {
        const DWORD attributes = list[i].dwFileAttributes;
        if (!(attributes & FILE_ATTRIBUTE_DIRECTORY) || attributes & FILE_ATTRIBUTE_REPARSE_POINT ||
            (!options.hidden && attributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM)))
            continue;
        wchar_t *from = join_path(source, wcslen(source), list[i].cFileName);
        wchar_t *to = join_path(target, wcslen(target), list[i].cFileName);
        wchar_t *below = join_path(shown, wcslen(shown), list[i].cFileName);
        wchar_t *closed = join_path(from, wcslen(from), L"");
        if (!is_excluded(closed))
            goes_on = walk(from, pattern, to, new_name, below);
        free(closed);
        free(below);
        free(to);
        free(from);
    }
    free(list);
    return goes_on;
}

int copy_tree(const wchar_t *source, const wchar_t *pattern, const wchar_t *target, const wchar_t *new_name,
              const wchar_t *shown)
{
    status = DONE;
    walk(source, pattern, target, new_name, shown);
    return status;
}
