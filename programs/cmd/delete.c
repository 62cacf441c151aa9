/*
 * del, rd, ren and md.
 */
#include "cmd.h"

/* ---- del */

struct deletion {
    BOOL force, quiet, ask_each, tree, filtered;
    struct attributes attributes;
    unsigned found;
};

static BOOL ask_about(const wchar_t *path, const wchar_t *question)
{
    wchar_t answer = 'N';
    struct text text = {0};
    text_append(&text, path);
    text_append(&text, question);
    const BOOL answered = ask(text.chars, L"YN", &answer);
    text_free(&text);
    return answered && answer == 'Y';
}

static int delete_one(const struct match *match, struct deletion *deletion)
{
    const DWORD attributes = match->entry.dwFileAttributes;
    int result = 0;
    if (deletion->filtered ? (attributes & deletion->attributes.wanted) != deletion->attributes.wanted ||
                                 attributes & deletion->attributes.unwanted
                           : (attributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM)) != 0)
        return 0;
    wchar_t *full = full_path(match->path);
    deletion->found++;
    if (!deletion->ask_each || ask_about(full, L", Delete (Y/N)? ")) {
        if (attributes & FILE_ATTRIBUTE_READONLY && deletion->force)
            SetFileAttributesW(match->path, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
        if (!DeleteFileW(match->path)) {
            const DWORD error = GetLastError();
            print_error(L"%ls\r\n", full);
            result = fail_system(error);
        } else if (deletion->tree) {
            print(L"Deleted file - %ls\r\n", full);
        }
    }
    free(full);
    return result;
}

static int delete_matches(const wchar_t *folder, size_t length, const wchar_t *pattern,
                          struct deletion *deletion)
{
    struct match *matches;
    wchar_t *path = join_path(folder, length, pattern);
    int result = 0;
    size_t count = find_matches(path, &matches);
    free(path);
    for (size_t i = 0; i < count; i++)
        if (!(matches[i].entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
            result |= delete_one(&matches[i], deletion);
    free_matches(matches, count);
    if (!deletion->tree)
        return result;
    path = join_path(folder, length, L"*");
    count = find_matches(path, &matches);
    free(path);
    for (size_t i = 0; i < count; i++) {
        const DWORD attributes = matches[i].entry.dwFileAttributes;
        if (!(attributes & FILE_ATTRIBUTE_DIRECTORY) || attributes & FILE_ATTRIBUTE_REPARSE_POINT)
            continue;
        wchar_t *below = path_into(matches[i].path, L"");
        result |= delete_matches(below, wcslen(below), pattern, deletion);
        free(below);
    }
    free_matches(matches, count);
    return result;
}

int command_del(const wchar_t *arguments)
{
    struct words words;
    int result = 0;
    read_words(arguments, &words);
    const wchar_t *letters = find_switch(&words, 'a');
    struct deletion deletion = {.force = find_switch(&words, 'f') != NULL,
                                .quiet = find_switch(&words, 'q') != NULL,
                                .ask_each = find_switch(&words, 'p') != NULL,
                                .tree = find_switch(&words, 's') != NULL,
                                .filtered = letters != NULL};
    if (!only_switches(&words, L"pfsqa") || (letters && !read_attributes(letters, &deletion.attributes))) {
        free_words(&words);
        return 1;
    }
    if (!words.count)
        result = fail_syntax();
    for (size_t i = 0; i < words.count; i++) {
        const wchar_t *name = words.names[i];
        wchar_t *pattern = is_folder(name) ? path_into(name, L"*") : copy_string(name),
                *full = full_path(pattern);
        const size_t folder = folder_length(pattern);
        const BOOL all = wcscmp(pattern + folder, L"*") == 0 || wcscmp(pattern + folder, L"*.*") == 0;
        deletion.found = 0;
        if (!all || deletion.quiet || deletion.ask_each || ask_about(full, L", Are you sure (Y/N)? ")) {
            result |= delete_matches(pattern, folder, pattern + folder, &deletion);
            if (!deletion.found && !all)
                print_error(L"Could Not Find %ls\r\n", full);
        }
        free(full);
        free(pattern);
    }
    free_words(&words);
    return result;
}

/* ---- rd: its failures are seen by || but do not set errorlevel, as documented */

static DWORD remove_tree(const wchar_t *path)
{
    struct match *matches;
    wchar_t *pattern = path_into(path, L"*");
    DWORD error = 0;
    const size_t count = find_matches(pattern, &matches);
    free(pattern);
    for (size_t i = 0; i < count; i++) {
        const DWORD attributes = matches[i].entry.dwFileAttributes;
        const wchar_t *child = matches[i].path;
        BOOL good = TRUE;
        if (attributes & FILE_ATTRIBUTE_READONLY)
            SetFileAttributesW(child, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
        if (!(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
            good = DeleteFileW(child);
        } else if (attributes & FILE_ATTRIBUTE_REPARSE_POINT) {
            good = RemoveDirectoryW(child);
        } else {
            const DWORD below = remove_tree(child);
            error = error ? error : below;
        }
        if (!good) {
            const DWORD failure = GetLastError();
            error = error ? error : failure;
            print_error(L"%ls - ", child);
            fail_system(failure);
        }
    }
    free_matches(matches, count);
    if (!RemoveDirectoryW(path) && !error)
        error = GetLastError();
    return error;
}

int command_rd(const wchar_t *arguments)
{
    struct words words;
    int result = 0;
    read_words(arguments, &words);
    if (!only_switches(&words, L"sq") || !words.count) {
        if (!words.count)
            fail_syntax();
        free_words(&words);
        return state.error_level = 1;
    }
    for (size_t i = 0; i < words.count; i++) {
        const wchar_t *name = words.names[i];
        const BOOL tree = find_switch(&words, 's') && is_folder(name);
        if (tree && !find_switch(&words, 'q') && !ask_about(name, L", Are you sure (Y/N)? "))
            continue;
        DWORD error = 0;
        if (tree) {
            const BOOL link = (GetFileAttributesW(name) & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
            error = link && RemoveDirectoryW(name) ? 0 : remove_tree(name);
        } else if (!RemoveDirectoryW(name)) {
            error = GetLastError();
        }
        if (error) {
            fail_system(error);
            result = (int)error;
        }
    }
    free_words(&words);
    return result;
}

/* ---- ren */

int command_ren(const wchar_t *arguments)
{
    struct words words;
    struct match *matches;
    int result = 0;
    BOOL any = FALSE;
    read_words(arguments, &words);
    if (words.count != 2 || wcspbrk(words.names[1], L"\\/:")) {
        free_words(&words);
        return fail_syntax();
    }
    const wchar_t *source = words.names[0], *pattern = words.names[1];
    const BOOL many = has_wildcard(source);
    const size_t folder = folder_length(source), count = find_matches(source, &matches);
    for (size_t i = 0; i < count; i++) {
        if (many && matches[i].entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        wchar_t *name = has_wildcard(pattern) ? apply_pattern(matches[i].entry.cFileName, pattern)
                                              : copy_string(pattern);
        wchar_t *target = join_path(source, folder, name);
        any = TRUE;
        if (!MoveFileExW(matches[i].path, target, 0)) {
            const DWORD error = GetLastError();
            if (error == ERROR_ALREADY_EXISTS || error == ERROR_FILE_EXISTS) {
                print_error(L"A duplicate file name exists, or the file\r\ncannot be found.\r\n");
                result = 1;
            } else {
                result = fail_system(error);
            }
        }
        free(target);
        free(name);
    }
    if (!any)
        result = fail_system(ERROR_FILE_NOT_FOUND);
    free_matches(matches, count);
    free_words(&words);
    return result;
}

/* ---- md */

static BOOL make_folder(const wchar_t *path)
{
    if (CreateDirectoryW(path, NULL))
        return TRUE;
    if (GetLastError() != ERROR_PATH_NOT_FOUND || !state.extensions)
        return FALSE;
    wchar_t *parent = copy_string(path);
    size_t length = wcslen(parent);
    while (length && wcschr(L"\\/", parent[length - 1]))
        length--;
    while (length && !wcschr(L"\\/", parent[length - 1]))
        length--;
    while (length && wcschr(L"\\/", parent[length - 1]))
        length--;
    parent[length] = 0;
    const BOOL made = length && make_folder(parent) && CreateDirectoryW(path, NULL);
    free(parent);
    return made;
}

int command_md(const wchar_t *arguments)
{
    struct words words;
    int result = 0;
    read_words(arguments, &words);
    if (!only_switches(&words, L"") || !words.count)
        result = words.switch_count ? 1 : fail_syntax();
    else
        for (size_t i = 0; i < words.count; i++) {
            if (make_folder(words.names[i]))
                continue;
            const DWORD error = GetLastError();
            if (error == ERROR_ALREADY_EXISTS || error == ERROR_FILE_EXISTS) {
                print_error(L"A subdirectory or file %ls already exists.\r\n", words.names[i]);
                result = 1;
            } else {
                result = fail_system(error);
            }
            if (words.count > 1)
                print_error(L"Error occurred while processing: %ls.\r\n", words.names[i]);
        }
    free_words(&words);
    return result;
}
