/*
 * xcopy.exe: copies files and trees.
 */
#include "xcopy.h"

struct options options;

wchar_t ask(const wchar_t *question, const wchar_t *answers)
{
    for (;;) {
        wchar_t key = 0, first = 0;
        int got;
        print(L"%ls", question);
        while ((got = read_key(INFINITE, &key)) > 0 && (!first || !is_console(STD_INPUT_HANDLE))) {
            if (key == '\n')
                break;
            if (!first && !iswspace(key))
                first = (wchar_t)towupper(key);
            if (first && is_console(STD_INPUT_HANDLE))
                break;
        }
        print(L"%lc\r\n", first ? first : ' ');
        if (first && wcschr(answers, first))
            return first;
        if (got < 0)
            return 0;
    }
}

BOOL read_exclusions(const wchar_t *names)
{
    static char line[4096];
    while (*names) {
        const size_t length = wcscspn(names, L"+");
        wchar_t name[MAX_PATH], text[4096];
        _snwprintf(name, ARRAYSIZE(name), L"%.*ls", (int)length, names);
        name[ARRAYSIZE(name) - 1] = 0;
        FILE *file = _wfopen(name, L"r");
        if (!file) {
            complain(L"Can't read file: %ls\r\n\r\n", name);
            return FALSE;
        }
        while (fgets(line, sizeof line, file)) {
            line[strcspn(line, "\r\n")] = 0;
            if (!*line || !MultiByteToWideChar(CP_UTF8, 0, line, -1, text, ARRAYSIZE(text)))
                continue;
            options.excluded = resize(options.excluded,
                                      (options.excluded_count + 1) * sizeof *options.excluded);
            options.excluded[options.excluded_count++] = _wcslwr(copy_string(text));
        }
        fclose(file);
        names += length + (names[length] == '+');
    }
    return TRUE;
}

static BOOL read_date(const wchar_t *text)
{
    SYSTEMTIME time = {0};
    FILETIME local;
    int month, day, year;
    if (!*text) {
        options.newer = TRUE;
        return TRUE;
    }
    if (swscanf(text, L"%d-%d-%d", &month, &day, &year) != 3)
        return FALSE;
    time.wMonth = (WORD)month;
    time.wDay = (WORD)day;
    time.wYear = (WORD)(year < 80 ? year + 2000 : year < 100 ? year + 1900 : year);
    options.by_date = TRUE;
    return SystemTimeToFileTime(&time, &local) && LocalFileTimeToFileTime(&local, &options.date);
}

/* One switch, as "/s" or several in one word; FALSE if it is none. */
static BOOL read_switch(const wchar_t *word)
{
    const wchar_t *value = switch_value(word, L"exclude");
    if (value)
        return read_exclusions(value);
    if ((value = switch_value(word, L"d")))
        return read_date(value);
    if (!_wcsicmp(word, L"/-y")) {
        options.ask_replace = TRUE;
        return TRUE;
    }
    for (const wchar_t *p = word + 1; *p; p++) {
        switch (towlower(*p)) {
        case '/': break;
        case 'a': options.archive = TRUE; break;
        case 'm': options.reset_archive = TRUE; break;
        case 's': options.tree = TRUE; break;
        case 'e': options.tree = options.empty_folders = TRUE; break;
        case 't': options.only_folders = TRUE; break;
        case 'c': options.keep_going = TRUE; break;
        case 'q': options.quiet = TRUE; break;
        case 'f': options.full_names = TRUE; break;
        case 'l': options.list_only = TRUE; break;
        case 'u': options.only_existing = TRUE; break;
        case 'h': options.hidden = TRUE; break;
        case 'r': options.replace_read_only = TRUE; break;
        case 'k': options.keep_attributes = TRUE; break;
        case 'p': options.ask_each = TRUE; break;
        case 'i': options.assume_folder = TRUE; break;
        case 'w': options.wait = TRUE; break;
        case 'y': options.ask_replace = FALSE; break;
        case 'd': options.newer = TRUE; break;
        case 'v':
        case 'g':
        case 'n':
        case 'o':
        case 'x':
        case 'z':
        case 'b':
        case 'j': break;
        default: return FALSE;
        }
    }
    return TRUE;
}

/* Whether a target that does not exist is a folder: by its last character, the source or the user's word. */
static int decide_folder(const wchar_t *target, BOOL many)
{
    const size_t length = wcslen(target);
    if (is_folder(target) || (length && wcschr(L"\\/:", target[length - 1])))
        return TRUE;
    if (GetFileAttributesW(target) != INVALID_FILE_ATTRIBUTES || has_wildcard(target + folder_length(target)))
        return FALSE;
    if (options.assume_folder && many)
        return TRUE;
    wchar_t question[1200];
    _snwprintf(
        question, ARRAYSIZE(question),
        L"Does %ls specify a file name\r\nor directory name on the target\r\n(F = file, D = directory)? ",
        target);
    const wchar_t answer = ask(question, L"FD");
    return answer ? answer == 'D' : -1;
}

static int run(const wchar_t *source, const wchar_t *target)
{
    const BOOL folder = is_folder(source);
    const size_t length = folder_length(source);
    wchar_t *root, *pattern, *into = copy_string(target), *new_name = NULL;
    if (folder) {
        root = copy_string(source);
        pattern = copy_string(L"*");
    } else {
        root = copy_string(source);
        root[length] = 0;
        pattern = copy_string(source + length);
    }
    WIN32_FIND_DATAW *list;
    const size_t count = list_files(source, &list);
    free(list);
    if (!count && !folder) {
        complain(L"File not found - %ls\r\n", source + length);
        print(L"0 File(s) copied\r\n");
        return UNABLE;
    }
    const int is_target_folder = decide_folder(target, folder || has_wildcard(pattern));
    if (is_target_folder < 0)
        return ENDED;
    if (!is_target_folder) {
        const size_t at = folder_length(into);
        new_name = copy_string(into + at);
        into[at] = 0;
        if (!*into) {
            free(into);
            into = copy_string(L".");
        }
    }
    if (options.wait) {
        wchar_t key;
        print(L"Press any key when ready to copy file(s)");
        read_key(INFINITE, &key);
        print(L"\r\n");
    }
    const int status = copy_tree(root, pattern, into, new_name, root);
    print(L"%u File(s)%ls\r\n", copied, options.list_only ? L"" : L" copied");
    free(root);
    free(pattern);
    free(into);
    free(new_name);
    return status;
}

int wmain(int argc, wchar_t **argv)
{
    const wchar_t *names[2] = {NULL, L"."};
    wchar_t preset[256];
    int count = 0;
    /* without a batch file around it nobody is there to ask */
    if (GetEnvironmentVariableW(L"COPYCMD", preset, ARRAYSIZE(preset)) && !_wcsicmp(preset, L"/-y"))
        options.ask_replace = TRUE;
    for (int i = 1; i < argc; i++) {
        if (!wcscmp(argv[i], L"/?")) {
            print(L"XCOPY source [destination] [/A | /M] [/D[:date]] [/P] [/S [/E]] [/V] [/W] [/C] [/I] [/Q] "
                  L"[/F]\r\n"
                  L"      [/L] [/G] [/H] [/R] [/T] [/U] [/K] [/N] [/O] [/X] [/Y] [/-Y] [/Z] [/B] [/J]\r\n"
                  L"      [/EXCLUDE:file1[+file2][+file3]...]\r\n");
            return 0;
        }
        if (argv[i][0] == '/') {
            if (!read_switch(argv[i])) {
                complain(L"Invalid switch - %ls\r\n", argv[i]);
                return UNABLE;
            }
        } else if (count == 2) {
            complain(L"Invalid number of parameters\r\n");
            return UNABLE;
        } else {
            names[count++] = argv[i];
        }
    }
    if (!count) {
        complain(L"Invalid number of parameters\r\n");
        return UNABLE;
    }
    return run(names[0], names[1]);
}
