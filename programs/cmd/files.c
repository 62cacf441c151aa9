/*
 * File commands: copy, move, del, ren, md, rd, type.
 */
#include "cmd.h"

/* Switches and names of a file command. */
struct words {
    wchar_t **names;
    size_t count;
    wchar_t switches[64]; /* lower-case letters, '-' before a negated one */
};

static void read_words(const wchar_t *arguments, struct words *words)
{
    wchar_t *word;
    *words = (struct words){0};
    while ((word = next_word(&arguments, TRUE)) != NULL) {
        if (word[0] == '/' && word[1]) {
            size_t used = wcslen(words->switches);
            for (const wchar_t *p = word + 1; *p && *p != ':' && used < 60; p++)
                if (*p != '/')
                    words->switches[used++] = (wchar_t)towlower(*p);
            free(word);
            continue;
        }
        wchar_t **grown = realloc(words->names, (words->count + 1) * sizeof *grown);
        if (!grown)
            exit(1);
        words->names = grown;
        words->names[words->count++] = word;
    }
}

static void free_words(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->names[i]);
    free(words->names);
}

static BOOL has_switch(const struct words *words, wchar_t letter)
{
    const wchar_t *found = wcschr(words->switches, letter);
    return found && (found == words->switches || found[-1] != '-');
}

static BOOL is_folder(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
}

static void syntax_error(void)
{
    print_error(L"The syntax of the command is incorrect.\r\n");
    state.error_level = 1;
}

/* The folder part of a path, with its backslash. */
static size_t folder_length(const wchar_t *path)
{
    size_t length = wcslen(path);
    while (length && !wcschr(L"\\/:", path[length - 1]))
        length--;
    return length;
}

/* A path joined from the folder of `base` and a name. */
static void beside(wchar_t *to, size_t room, const wchar_t *base, const wchar_t *name)
{
    _snwprintf(to, room, L"%.*ls%ls", (int)folder_length(base), base, name);
    to[room - 1] = 0;
}

static void into(wchar_t *to, size_t room, const wchar_t *folder, const wchar_t *name)
{
    size_t length = wcslen(folder);
    BOOL closed = length && wcschr(L"\\/:", folder[length - 1]) != NULL;
    _snwprintf(to, room, L"%ls%ls%ls", folder, closed ? L"" : L"\\", name);
    to[room - 1] = 0;
}

/* A new name from a pattern with * and ?, as ren does. */
static void apply_pattern(wchar_t *to, size_t room, const wchar_t *name, const wchar_t *pattern)
{
    size_t n = 0;
    while (*pattern && n + 1 < room) {
        if (*pattern == '*') {
            const wchar_t *stop = pattern[1] ? wcsrchr(name, pattern[1]) : NULL;
            while (*name && name != stop && n + 1 < room)
                to[n++] = *name++;
            pattern++;
        } else if (*pattern == '?') {
            if (*name && *name != '.')
                to[n++] = *name++;
            pattern++;
        } else {
            to[n++] = *pattern;
            if (*pattern == '.') {
                while (*name && *name != '.')
                    name++;
                if (*name)
                    name++;
            } else if (*name && *name != '.') {
                name++;
            }
            pattern++;
        }
    }
    while (n && (to[n - 1] == '.' || to[n - 1] == ' '))
        n--;
    to[n] = 0;
}

typedef BOOL file_action(const wchar_t *path, const WIN32_FIND_DATAW *entry, void *context);

/* Calls the action for each file that a pattern (or plain name, or folder\*) matches; the number. */
static int each_file(const wchar_t *pattern, file_action *action, void *context)
{
    WIN32_FIND_DATAW entry;
    wchar_t all[MAX_PATH * 4], path[MAX_PATH * 4];
    int count = 0;
    if (!wcspbrk(pattern, L"*?") && is_folder(pattern)) {
        into(all, ARRAYSIZE(all), pattern, L"*");
        pattern = all;
    }
    HANDLE find = FindFirstFileW(pattern, &entry);
    if (find == INVALID_HANDLE_VALUE)
        return 0;
    do {
        if (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        beside(path, ARRAYSIZE(path), pattern, entry.cFileName);
        count++;
        if (!action(path, &entry, context))
            break;
    } while (FindNextFileW(find, &entry));
    FindClose(find);
    return count;
}

/* ---- copy */

struct copy {
    const wchar_t *target;
    BOOL to_folder, show;
    int copied;
};

static BOOL copy_one(const wchar_t *path, const WIN32_FIND_DATAW *entry, void *context)
{
    struct copy *copy = context;
    wchar_t target[MAX_PATH * 4], name[MAX_PATH], full_from[MAX_PATH * 4], full_to[MAX_PATH * 4];
    if (copy->to_folder) {
        into(target, ARRAYSIZE(target), copy->target, entry->cFileName);
    } else {
        const wchar_t *pattern = copy->target + folder_length(copy->target);
        apply_pattern(name, ARRAYSIZE(name), entry->cFileName, pattern);
        beside(target, ARRAYSIZE(target), copy->target, wcspbrk(pattern, L"*?") ? name : pattern);
    }
    GetFullPathNameW(path, ARRAYSIZE(full_from), full_from, NULL);
    GetFullPathNameW(target, ARRAYSIZE(full_to), full_to, NULL);
    if (_wcsicmp(full_from, full_to) == 0) {
        print_error(L"The file cannot be copied onto itself.\r\n");
        state.error_level = 1;
        return FALSE;
    }
    if (copy->show)
        print(L"%ls\r\n", path);
    if (!CopyFileW(path, target, FALSE)) {
        print_system_error(GetLastError());
        return FALSE;
    }
    copy->copied++;
    return TRUE;
}

struct append {
    HANDLE target;
    BOOL text;
};

static BOOL append_one(const wchar_t *path, const WIN32_FIND_DATAW *entry, void *context)
{
    struct append *append = context;
    static char buffer[65536];
    DWORD done, written;
    (void)entry;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0,
                              NULL);
    if (file == INVALID_HANDLE_VALUE) {
        print_system_error(GetLastError());
        return FALSE;
    }
    while (ReadFile(file, buffer, sizeof buffer, &done, NULL) && done) {
        char *end = append->text ? memchr(buffer, 0x1a, done) : NULL;
        WriteFile(append->target, buffer, end ? (DWORD)(end - buffer) : done, &written, NULL);
        if (end)
            break;
    }
    CloseHandle(file);
    return TRUE;
}

/* copy a+b c */
static void join_files(wchar_t *sources, const wchar_t *target, BOOL binary)
{
    wchar_t temporary[MAX_PATH * 4];
    _snwprintf(temporary, ARRAYSIZE(temporary), L"%ls.~copy", target);
    struct append append = {CreateFileW(temporary, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL), !binary};
    if (append.target == INVALID_HANDLE_VALUE) {
        print_system_error(GetLastError());
        return;
    }
    int count = 0;
    while (sources) {
        wchar_t *plus = wcschr(sources, '+');
        if (plus)
            *plus = 0;
        count += each_file(sources, append_one, &append);
        sources = plus ? plus + 1 : NULL;
    }
    CloseHandle(append.target);
    if (count && MoveFileExW(temporary, target, MOVEFILE_REPLACE_EXISTING)) {
        print(L"        1 file(s) copied.\r\n");
        state.error_level = 0;
    } else {
        DeleteFileW(temporary);
        print_system_error(ERROR_FILE_NOT_FOUND);
    }
}

void command_copy(const wchar_t *arguments)
{
    struct words words;
    read_words(arguments, &words);
    if (!words.count || words.count > 2) {
        syntax_error();
        free_words(&words);
        return;
    }
    const wchar_t *target = words.count > 1 ? words.names[1] : L".";
    if (wcschr(words.names[0], '+')) {
        join_files(words.names[0], target, has_switch(&words, 'b'));
        free_words(&words);
        return;
    }
    BOOL many = wcspbrk(words.names[0], L"*?") != NULL || is_folder(words.names[0]);
    struct copy copy = {.target = target, .to_folder = is_folder(target), .show = many};
    size_t length = wcslen(target);
    if (length && (target[length - 1] == '\\' || target[length - 1] == '/'))
        copy.to_folder = TRUE;
    int found;
    if (_wcsicmp(words.names[0], L"nul") == 0) {
        HANDLE file = CreateFileW(target, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
        found = copy.copied = file != INVALID_HANDLE_VALUE;
        if (found)
            CloseHandle(file);
    } else {
        state.error_level = 0;
        found = each_file(words.names[0], copy_one, &copy);
    }
    if (!found)
        print_system_error(ERROR_FILE_NOT_FOUND);
    else
        print(L"%9d file(s) copied.\r\n", copy.copied);
    state.error_level = copy.copied == 0;
    free_words(&words);
}

/* ---- move */

static BOOL move_one(const wchar_t *path, const WIN32_FIND_DATAW *entry, void *context)
{
    struct copy *copy = context;
    wchar_t target[MAX_PATH * 4];
    if (copy->to_folder)
        into(target, ARRAYSIZE(target), copy->target, entry->cFileName);
    else
        _snwprintf(target, ARRAYSIZE(target), L"%ls", copy->target);
    if (copy->show)
        print(L"%ls\r\n", path);
    if (!MoveFileExW(path, target, MOVEFILE_REPLACE_EXISTING | MOVEFILE_COPY_ALLOWED)) {
        print_system_error(GetLastError());
        return FALSE;
    }
    copy->copied++;
    return TRUE;
}

void command_move(const wchar_t *arguments)
{
    struct words words;
    read_words(arguments, &words);
    if (!words.count || words.count > 2) {
        syntax_error();
        free_words(&words);
        return;
    }
    const wchar_t *target = words.count > 1 ? words.names[1] : L".";
    if (!wcspbrk(words.names[0], L"*?") && is_folder(words.names[0])) {
        wchar_t path[MAX_PATH * 4];
        const wchar_t *name = words.names[0] + folder_length(words.names[0]);
        if (is_folder(target))
            into(path, ARRAYSIZE(path), target, name);
        else
            _snwprintf(path, ARRAYSIZE(path), L"%ls", target);
        state.error_level = 0;
        if (MoveFileExW(words.names[0], path, 0))
            print(L"        1 dir(s) moved.\r\n");
        else
            print_system_error(GetLastError());
        free_words(&words);
        return;
    }
    struct copy copy = {
        .target = target, .to_folder = is_folder(target), .show = wcspbrk(words.names[0], L"*?") != NULL};
    state.error_level = 0;
    if (!each_file(words.names[0], move_one, &copy))
        print_system_error(ERROR_FILE_NOT_FOUND);
    else
        print(L"%9d file(s) moved.\r\n", copy.copied);
    state.error_level = copy.copied == 0;
    free_words(&words);
}

/* ---- del */

struct deletion {
    BOOL force, quiet, tree;
    int failed;
};

static BOOL delete_one(const wchar_t *path, const WIN32_FIND_DATAW *entry, void *context)
{
    struct deletion *deletion = context;
    if (entry->dwFileAttributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM))
        return TRUE;
    if (deletion->force && entry->dwFileAttributes & FILE_ATTRIBUTE_READONLY)
        SetFileAttributesW(path, entry->dwFileAttributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
    if (!DeleteFileW(path)) {
        int level = state.error_level;
        print_error(L"%ls\r\n", path);
        print_system_error(GetLastError());
        state.error_level = level; /* del reports and goes on */
        deletion->failed++;
    }
    return TRUE;
}

static int delete_tree(const wchar_t *pattern, struct deletion *deletion)
{
    WIN32_FIND_DATAW entry;
    wchar_t folders[MAX_PATH * 4], below[MAX_PATH * 4], name[MAX_PATH * 4];
    int count = each_file(pattern, delete_one, deletion);
    if (!deletion->tree)
        return count;
    beside(folders, ARRAYSIZE(folders), pattern, L"*");
    HANDLE find = FindFirstFileW(folders, &entry);
    if (find == INVALID_HANDLE_VALUE)
        return count;
    do {
        if (!(entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) || wcscmp(entry.cFileName, L".") == 0 ||
            wcscmp(entry.cFileName, L"..") == 0)
            continue;
        beside(name, ARRAYSIZE(name), pattern, entry.cFileName);
        into(below, ARRAYSIZE(below), name, pattern + folder_length(pattern));
        count += delete_tree(below, deletion);
    } while (FindNextFileW(find, &entry));
    FindClose(find);
    return count;
}

void command_del(const wchar_t *arguments)
{
    struct words words;
    read_words(arguments, &words);
    struct deletion deletion = {has_switch(&words, 'f'), has_switch(&words, 'q'), has_switch(&words, 's'), 0};
    if (!words.count) {
        syntax_error();
        free_words(&words);
        return;
    }
    state.error_level = 0;
    for (size_t i = 0; i < words.count; i++)
        if (!delete_tree(words.names[i], &deletion) && !deletion.tree && !is_folder(words.names[i])) {
            wchar_t full[MAX_PATH * 4];
            GetFullPathNameW(words.names[i], ARRAYSIZE(full), full, NULL);
            print_error(L"Could Not Find %ls\r\n", full);
        }
    free_words(&words);
}

/* ---- ren */

static BOOL rename_one(const wchar_t *path, const WIN32_FIND_DATAW *entry, void *context)
{
    wchar_t name[MAX_PATH], target[MAX_PATH * 4];
    apply_pattern(name, ARRAYSIZE(name), entry->cFileName, context);
    beside(target, ARRAYSIZE(target), path, wcspbrk(context, L"*?") ? name : (const wchar_t *)context);
    if (!MoveFileW(path, target)) {
        DWORD error = GetLastError();
        if (error == ERROR_ALREADY_EXISTS || error == ERROR_FILE_EXISTS) {
            print_error(L"A duplicate file name exists, or the file\r\ncannot be found.\r\n");
            state.error_level = 1;
        } else {
            print_system_error(error);
        }
        return FALSE;
    }
    return TRUE;
}

void command_ren(const wchar_t *arguments)
{
    struct words words;
    read_words(arguments, &words);
    if (words.count != 2 || wcspbrk(words.names[1], L"\\/:")) {
        syntax_error();
    } else if (!wcspbrk(words.names[0], L"*?") && is_folder(words.names[0])) {
        wchar_t target[MAX_PATH * 4];
        beside(target, ARRAYSIZE(target), words.names[0], words.names[1]);
        state.error_level = 0;
        if (!MoveFileW(words.names[0], target))
            print_system_error(GetLastError());
    } else {
        state.error_level = 0;
        if (!each_file(words.names[0], rename_one, words.names[1]))
            print_system_error(ERROR_FILE_NOT_FOUND);
    }
    free_words(&words);
}

/* ---- folders */

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
    BOOL made = length && make_folder(parent) && CreateDirectoryW(path, NULL);
    free(parent);
    return made;
}

void command_md(const wchar_t *arguments)
{
    struct words words;
    read_words(arguments, &words);
    state.error_level = 0;
    if (!words.count)
        syntax_error();
    for (size_t i = 0; i < words.count; i++)
        if (!make_folder(words.names[i])) {
            DWORD error = GetLastError();
            if (error == ERROR_ALREADY_EXISTS || error == ERROR_FILE_EXISTS) {
                print_error(L"A subdirectory or file %ls already exists.\r\n", words.names[i]);
                state.error_level = 1;
            } else {
                print_system_error(error);
            }
        }
    free_words(&words);
}

static BOOL remove_tree(const wchar_t *path)
{
    WIN32_FIND_DATAW entry;
    wchar_t pattern[MAX_PATH * 4], child[MAX_PATH * 4];
    BOOL good = TRUE;
    into(pattern, ARRAYSIZE(pattern), path, L"*");
    HANDLE find = FindFirstFileW(pattern, &entry);
    if (find != INVALID_HANDLE_VALUE) {
        do {
            if (wcscmp(entry.cFileName, L".") == 0 || wcscmp(entry.cFileName, L"..") == 0)
                continue;
            into(child, ARRAYSIZE(child), path, entry.cFileName);
            if (entry.dwFileAttributes & FILE_ATTRIBUTE_READONLY)
                SetFileAttributesW(child, entry.dwFileAttributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
            if (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY &&
                !(entry.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT))
                good &= remove_tree(child);
            else if (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
                good &= RemoveDirectoryW(child);
            else
                good &= DeleteFileW(child);
        } while (FindNextFileW(find, &entry));
        FindClose(find);
    }
    return RemoveDirectoryW(path) && good;
}

void command_rd(const wchar_t *arguments)
{
    struct words words;
    read_words(arguments, &words);
    state.error_level = 0;
    if (!words.count)
        syntax_error();
    for (size_t i = 0; i < words.count; i++) {
        BOOL removed;
        if (has_switch(&words, 's') && is_folder(words.names[i]))
            removed = remove_tree(words.names[i]);
        else
            removed = RemoveDirectoryW(words.names[i]);
        if (!removed)
            print_system_error(GetLastError());
    }
    free_words(&words);
}

/* ---- type */

static BOOL type_one(const wchar_t *path, const WIN32_FIND_DATAW *entry, void *context)
{
    static char buffer[65536];
    DWORD done, written;
    HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
    (void)entry;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                              NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        print_system_error(GetLastError());
        return TRUE;
    }
    if (*(BOOL *)context)
        print_error(L"\r\n%ls\r\n\r\n\r\n", path);
    while (ReadFile(file, buffer, sizeof buffer, &done, NULL) && done)
        if (!WriteFile(output, buffer, done, &written, NULL))
            break;
    CloseHandle(file);
    return TRUE;
}

void command_type(const wchar_t *arguments)
{
    struct words words;
    read_words(arguments, &words);
    BOOL many = words.count > 1 || (words.count && wcspbrk(words.names[0], L"*?"));
    state.error_level = 0;
    if (!words.count)
        syntax_error();
    for (size_t i = 0; i < words.count; i++)
        if (is_folder(words.names[i]))
            print_system_error(ERROR_ACCESS_DENIED);
        else if (!each_file(words.names[i], type_one, &many))
            print_system_error(ERROR_FILE_NOT_FOUND);
    free_words(&words);
}
