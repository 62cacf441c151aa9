/*
 * robocopy: one folder after the other: what is in the source, the target, or both.
 */
#include "robocopy.h"

ULONGLONG folders[COLUMNS], files[COLUMNS], bytes[COLUMNS];

static ULONGLONG size_of(const WIN32_FIND_DATAW *entry)
{
    return (ULONGLONG)entry->nFileSizeHigh << 32 | entry->nFileSizeLow;
}

static ULONGLONG time_of(const WIN32_FIND_DATAW *entry)
{
    return (ULONGLONG)entry->ftLastWriteTime.dwHighDateTime << 32 | entry->ftLastWriteTime.dwLowDateTime;
}

static BOOL fits(const wchar_t *name, const wchar_t *pattern)
{
    for (; *pattern; pattern++, name++) {
        if (*pattern == '*') {
            do
                if (fits(name, pattern + 1))
                    return TRUE;
            while (*name++);
            return FALSE;
        }
        if (*pattern == '.' && !*name && !wcscmp(pattern, L".*"))
            return TRUE;
        if (!*name || (*pattern != '?' && towupper(*pattern) != towupper(*name)))
            return FALSE;
    }
    return !*name;
}

/* A pattern with a folder in it is compared with the whole path. */
static BOOL fits_any(const struct patterns *patterns, const wchar_t *path, const wchar_t *name)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (fits(name, patterns->texts[i]))
            return TRUE;
        if (wcspbrk(patterns->texts[i], L"\\/:")) {
            wchar_t *full = full_path(patterns->texts[i]);
            const BOOL same = fits(path, full);
            free(full);
            if (same)
                return TRUE;
        }
    }
    return FALSE;
}

static BOOL is_link(const WIN32_FIND_DATAW *entry)
{
    return (entry->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
}

static BOOL is_selected(const wchar_t *path, const WIN32_FIND_DATAW *entry)
{
    const DWORD attributes = entry->dwFileAttributes;
    const ULONGLONG size = size_of(entry), time = time_of(entry);
    return fits_any(&options.files, path, entry->cFileName) &&
           !fits_any(&options.excluded_files, path, entry->cFileName) &&
           (!options.included || attributes & options.included) && !(attributes & options.excluded) &&
           (!options.only_archive || attributes & FILE_ATTRIBUTE_ARCHIVE) && size <= options.most &&
           size >= options.least && (!options.oldest || time >= options.oldest) &&
           (!options.newest || time <= options.newest);
}

static void report_file(const wchar_t *kind, const wchar_t *path, const WIN32_FIND_DATAW *entry)
{
    if (options.no_files)
        return;
    report(L"\t");
    if (!options.no_classes)
        report(L"%13ls\t\t", kind);
    if (!options.no_sizes)
        report(L"%8I64u\t", size_of(entry));
    report(L"%ls\r\n", options.full_names ? path : entry->cFileName);
}

static BOOL copy_file(const wchar_t *from, const wchar_t *to, const WIN32_FIND_DATAW *entry)
{
    for (unsigned tries = 0;; tries++) {
        const DWORD old = GetFileAttributesW(to);
        BOOL good;
        if (old != INVALID_FILE_ATTRIBUTES && old & FILE_ATTRIBUTE_READONLY)
            SetFileAttributesW(to, old & ~(DWORD)FILE_ATTRIBUTE_READONLY);
        if (options.skeleton) {
            const HANDLE file = CreateFileW(to, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
            good = file != INVALID_HANDLE_VALUE;
            if (good)
                CloseHandle(file);
        } else {
            good = CopyFileW(from, to, FALSE);
        }
        if (good)
            break;
        const DWORD error = GetLastError();
        report(L"ERROR %lu (0x%08lX) Copying File %ls\r\n%ls\r\n", error, error, from, error_text(error));
        if (tries >= options.retries) {
            report(L"\r\nERROR: RETRY LIMIT EXCEEDED.\r\n\r\n");
            return FALSE;
        }
        report(L"Waiting %u seconds... Retrying...\r\n", options.wait);
        Sleep(options.wait * 1000);
    }
    if (options.add || options.remove)
        SetFileAttributesW(to, (entry->dwFileAttributes | options.add) & ~options.remove);
    if (options.reset_archive)
        SetFileAttributesW(from, entry->dwFileAttributes & ~(DWORD)FILE_ATTRIBUTE_ARCHIVE);
    return TRUE;
}

static const WIN32_FIND_DATAW *find_in(const WIN32_FIND_DATAW *list, size_t count, const wchar_t *name)
{
    for (size_t i = 0; i < count; i++)
        if (!_wcsicmp(list[i].cFileName, name))
            return &list[i];
    return NULL;
}

/* One file of the source, and what the target has by its name. */
static void treat_file(const wchar_t *source, const wchar_t *target, const WIN32_FIND_DATAW *entry,
                       const WIN32_FIND_DATAW *old)
{
    wchar_t *from = join_path(source, wcslen(source), entry->cFileName);
    wchar_t *to = join_path(target, wcslen(target), entry->cFileName);
    const ULONGLONG size = size_of(entry);
    const wchar_t *kind = L"New File";
    BOOL wanted = !options.skip_lonely;
    int column = SKIPPED;
    files[TOTAL]++;
    bytes[TOTAL] += size;
    if (old && old->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) {
        kind = L"*Mismatch";
        wanted = FALSE;
        column = MISMATCH;
    } else if (old) {
        const LONGLONG age = (LONGLONG)(time_of(entry) - time_of(old)),
                       unit = options.loose_times ? 20000000 : 1;
        if (age < unit && age > -unit && size == size_of(old)) {
            kind = L"same";
            wanted = options.with_same;
        } else if (age >= unit) {
            kind = L"Newer";
            wanted = !options.skip_newer;
        } else if (age <= -unit) {
            kind = L"Older";
            wanted = !options.skip_older;
        } else {
            kind = L"Changed";
            wanted = !options.skip_changed;
        }
    }
    if (wanted || options.verbose)
        report_file(kind, from, entry);
    if (wanted) {
        column = options.list_only || copy_file(from, to, entry) ? COPIED : FAILURES;
        if (column == COPIED && options.move_files && !options.list_only && !DeleteFileW(from))
            column = FAILURES;
    }
    files[column]++;
    bytes[column] += size;
    free(from);
    free(to);
}

static void remove_tree(const wchar_t *path)
{
    WIN32_FIND_DATAW *list;
    wchar_t *all = join_path(path, wcslen(path), L"*");
    const size_t count = list_files(all, &list);
    free(all);
    for (size_t i = 0; i < count; i++) {
        wchar_t *child = join_path(path, wcslen(path), list[i].cFileName);
        SetFileAttributesW(child, FILE_ATTRIBUTE_NORMAL);
        if (!(list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
            DeleteFileW(child);
        else if (is_link(&list[i]))
            RemoveDirectoryW(child);
        else
            remove_tree(child);
        free(child);
    }
    free(list);
    RemoveDirectoryW(path);
}

/* What only the target has: counted, and with /purge taken away. */
static void treat_extra(const wchar_t *target, const WIN32_FIND_DATAW *entry)
{
    wchar_t *path = join_path(target, wcslen(target), entry->cFileName);
    const BOOL folder = (entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    if (folder ? !fits_any(&options.excluded_folders, path, entry->cFileName)
               : fits_any(&options.files, path, entry->cFileName) &&
                     !fits_any(&options.excluded_files, path, entry->cFileName)) {
        (folder ? folders : files)[EXTRAS]++;
        bytes[EXTRAS] += folder ? 0 : size_of(entry);
        if (folder && !options.no_folders)
            report(L"\t*EXTRA Dir        -1\t%ls\\\r\n", path);
        else if (!folder)
            report_file(L"*EXTRA File", path, entry);
        if (options.purge && !options.list_only) {
            SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
            if (folder && !is_link(entry))
                remove_tree(path);
            else if (folder)
                RemoveDirectoryW(path);
            else
                DeleteFileW(path);
        }
    }
    free(path);
}

static BOOL make_folders(const wchar_t *path)
{
    if (is_folder(path) || CreateDirectoryW(path, NULL))
        return TRUE;
    const size_t length = folder_length(path);
    if (length < 2 || !path[length])
        return FALSE;
    wchar_t *parent = copy_string(path);
    parent[length - 1] = 0;
    const BOOL made = make_folders(parent) && CreateDirectoryW(path, NULL);
    free(parent);
    return made;
}

static BOOL is_needed(const wchar_t *source, const WIN32_FIND_DATAW *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        wchar_t *path = join_path(source, wcslen(source), list[i].cFileName);
        const BOOL selected = !(list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) &&
                              is_selected(path, &list[i]);
        free(path);
        if (selected)
            return TRUE;
    }
    return FALSE;
}

void copy_folder(const wchar_t *source, const wchar_t *target, unsigned level)
{
    WIN32_FIND_DATAW *list, *old;
    wchar_t *all = join_path(source, wcslen(source), L"*"), *there = join_path(target, wcslen(target), L"*");
    const size_t count = list_files(all, &list), old_count = list_files(there, &old);
    const BOOL exists = is_folder(target), needed = options.empty || is_needed(source, list, count);
    size_t own = 0;
    for (size_t i = 0; i < count; i++)
        own += !(list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
    folders[TOTAL]++;
    folders[exists || !needed ? SKIPPED : COPIED]++;
    if (!options.no_folders && (needed || options.tree))
        report(exists ? L"\t                  %4u\t%ls\\\r\n" : L"\t  New Dir         %4u\t%ls\\\r\n",
               (unsigned)own, source);
    if (needed && !exists && !options.list_only && !make_folders(target)) {
        report(L"ERROR %lu Creating Destination Directory %ls\\\r\n", GetLastError(), target);
        folders[FAILURES]++;
    }
    for (size_t i = 0; i < count; i++) {
        if (list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        wchar_t *path = join_path(source, wcslen(source), list[i].cFileName);
        if (is_selected(path, &list[i]))
            treat_file(source, target, &list[i], find_in(old, old_count, list[i].cFileName));
        free(path);
    }
    for (size_t i = 0; i < old_count && !options.skip_extra; i++) {
        const BOOL folder = (old[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
        if ((!folder || options.tree) && !find_in(list, count, old[i].cFileName))
            treat_extra(target, &old[i]);
    }
    for (size_t i = 0; i < count && options.tree && level < options.levels; i++) {
        if (!(list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) ||
            (options.skip_junctions && is_link(&list[i])))
            continue;
        wchar_t *from = join_path(source, wcslen(source), list[i].cFileName);
        wchar_t *to = join_path(target, wcslen(target), list[i].cFileName);
        if (!fits_any(&options.excluded_folders, from, list[i].cFileName))
            copy_folder(from, to, level + 1);
        free(from);
        free(to);
    }
    if (options.move_folders && !options.list_only)
        RemoveDirectoryW(source);
    free(list);
    free(old);
    free(all);
    free(there);
}
