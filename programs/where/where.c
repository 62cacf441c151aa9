/*
 * where.exe: files that match a pattern in the current folder and in PATH, in another variable's folders
 * ($NAME:pattern), in given ones (a;b:pattern), or below a folder (/r).
 */
#include "../include/console.h"

static BOOL quiet, quoted, detailed;
static unsigned found;

static void report(const wchar_t *path, const WIN32_FIND_DATAW *entry)
{
    found++;
    if (quiet)
        return;
    if (detailed) {
        SYSTEMTIME time;
        FILETIME local;
        FileTimeToLocalFileTime(&entry->ftLastWriteTime, &local);
        FileTimeToSystemTime(&local, &time);
        print(L"%10I64u   %02d/%02d/%04d  %02d:%02d:%02d %ls  ",
              (unsigned __int64)entry->nFileSizeHigh << 32 | entry->nFileSizeLow, time.wMonth, time.wDay,
              time.wYear, time.wHour % 12 ? time.wHour % 12 : 12, time.wMinute, time.wSecond,
              time.wHour < 12 ? L"AM" : L"PM");
    }
    print(quoted ? L"\"%ls\"\r\n" : L"%ls\r\n", path);
}

/* The files of one folder: the pattern itself, and with each of PATHEXT's endings. */
static void search_folder(const wchar_t *folder, const wchar_t *pattern)
{
    static wchar_t endings[1024];
    if (!*endings && !GetEnvironmentVariableW(L"PATHEXT", endings, ARRAYSIZE(endings)))
        wcscpy(endings, L".COM;.EXE;.BAT;.CMD");
    for (const wchar_t *ending = L"", *next = endings; ending; next = next && *next ? next : NULL) {
        const size_t length = wcscspn(ending, L";");
        wchar_t *name = allocate((wcslen(pattern) + length + 1) * sizeof *name);
        WIN32_FIND_DATAW *list;
        wcscpy(name, pattern);
        wcsncat(name, ending, length);
        wchar_t *path = join_path(folder, wcslen(folder), name);
        const size_t count = list_files(path, &list);
        for (size_t i = 0; i < count; i++) {
            wchar_t *hit = join_path(folder, wcslen(folder), list[i].cFileName), *full = full_path(hit);
            if (!(list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
                report(full, &list[i]);
            free(full);
            free(hit);
        }
        free(list);
        free(path);
        free(name);
        if (!*ending && wcschr(pattern, '*'))
            break; /* a star has the endings in it */
        ending = next;
        if (next)
            next += wcscspn(next, L";") + (next[wcscspn(next, L";")] == ';');
    }
}

static void search_list(const wchar_t *folders, const wchar_t *pattern)
{
    while (*folders) {
        const size_t length = wcscspn(folders, L";");
        wchar_t folder[MAX_PATH * 2];
        if (length && length < ARRAYSIZE(folder)) {
            wmemcpy(folder, folders, length);
            folder[length] = 0;
            search_folder(folder, pattern);
        }
        folders += length + (folders[length] == ';');
    }
}

static void search_tree(const wchar_t *folder, const wchar_t *pattern)
{
    WIN32_FIND_DATAW *list;
    search_folder(folder, pattern);
    wchar_t *all = join_path(folder, wcslen(folder), L"*");
    const size_t count = list_files(all, &list);
    for (size_t i = 0; i < count; i++) {
        if (!(list[i].dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) ||
            list[i].dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
            continue;
        wchar_t *below = join_path(folder, wcslen(folder), list[i].cFileName);
        search_tree(below, pattern);
        free(below);
    }
    free(list);
    free(all);
}

static wchar_t *variable(const wchar_t *name)
{
    const DWORD room = GetEnvironmentVariableW(name, NULL, 0);
    wchar_t *value = allocate((room + 1) * sizeof *value);
    GetEnvironmentVariableW(name, value, room);
    return value;
}

static void search_one(wchar_t *word)
{
    wchar_t *colon = wcsrchr(word, ':');
    if (*word == '$' && colon) {
        *colon = 0;
        wchar_t *folders = variable(word + 1);
        search_list(folders, colon + 1);
        free(folders);
    } else if (colon && colon > word) {
        *colon = 0;
        search_list(word, colon + 1);
    } else {
        wchar_t *path = variable(L"PATH");
        search_folder(L".", word);
        search_list(path, word);
        free(path);
    }
}

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *root = NULL;
    int patterns = 0, failed = 0;
    for (int i = 1; i < argc; i++) {
        if (!_wcsicmp(argv[i], L"/r") && i + 1 < argc)
            root = argv[++i];
        else if (!_wcsicmp(argv[i], L"/q"))
            quiet = TRUE;
        else if (!_wcsicmp(argv[i], L"/f"))
            quoted = TRUE;
        else if (!_wcsicmp(argv[i], L"/t"))
            detailed = TRUE;
        else if (!wcscmp(argv[i], L"/?")) {
            print(L"WHERE [/R dir] [/Q] [/F] [/T] pattern...\r\n");
            return 0;
        } else if (argv[i][0] == '/') {
            complain(L"ERROR: Invalid argument or option - '%ls'.\r\nType \"WHERE /?\" for usage help.\r\n",
                     argv[i]);
            return 2;
        } else {
            argv[++patterns] = argv[i];
        }
    }
    if (!patterns) {
        complain(L"The syntax of this command is:\r\n\r\nWHERE [/R dir] [/Q] [/F] [/T] pattern...\r\n");
        return 2;
    }
    if (root && !is_folder(root)) {
        complain(L"ERROR: The directory name is invalid.\r\n");
        return 2;
    }
    for (int i = 1; i <= patterns; i++) {
        found = 0;
        if (root)
            search_tree(root, argv[i]);
        else
            search_one(argv[i]);
        if (!found && !quiet)
            complain(L"INFO: Could not find files for the given pattern(s).\r\n");
        failed |= !found;
    }
    return failed;
}
