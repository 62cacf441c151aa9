/*
 * start: programs, batch files and built-in commands without waiting for them.
 */
#include "cmd.h"

struct start {
    BOOL wait;
    DWORD flags;
    STARTUPINFOW startup;
    wchar_t *title, *folder;
    DWORD_PTR affinity;
};

/* FALSE if the option is not known. */
static BOOL read_option(struct start *start, const wchar_t *option, const wchar_t **place)
{
    static const struct {
        const wchar_t *name;
        DWORD flag;
    } flags[] = {{L"/low", IDLE_PRIORITY_CLASS},
                 {L"/normal", NORMAL_PRIORITY_CLASS},
                 {L"/high", HIGH_PRIORITY_CLASS},
                 {L"/realtime", REALTIME_PRIORITY_CLASS},
                 {L"/abovenormal", ABOVE_NORMAL_PRIORITY_CLASS},
                 {L"/belownormal", BELOW_NORMAL_PRIORITY_CLASS},
                 {L"/separate", 0},
                 {L"/shared", 0},
                 {L"/i", 0},
                 {L"/b", CREATE_NEW_PROCESS_GROUP}};
    for (size_t i = 0; i < ARRAYSIZE(flags); i++)
        if (_wcsicmp(option, flags[i].name) == 0) {
            start->flags |= flags[i].flag;
            return TRUE;
        }
    if (_wcsicmp(option, L"/wait") == 0 || _wcsicmp(option, L"/w") == 0) {
        start->wait = TRUE;
    } else if (_wcsicmp(option, L"/min") == 0 || _wcsicmp(option, L"/max") == 0) {
        start->startup.dwFlags |= STARTF_USESHOWWINDOW;
        start->startup.wShowWindow = towlower(option[2]) == 'i' ? SW_SHOWMINNOACTIVE : SW_SHOWMAXIMIZED;
    } else if (_wcsicmp(option, L"/node") == 0) {
        free(next_word(place, TRUE));
    } else if (_wcsicmp(option, L"/affinity") == 0) {
        wchar_t *mask = next_word(place, TRUE);
        start->affinity = mask ? (DWORD_PTR)wcstoul(mask, NULL, 16) : 0;
        free(mask);
    } else if (_wcsnicmp(option, L"/d", 2) == 0) {
        free(start->folder);
        start->folder = option[2] ? copy_string(option + 2) : next_word(place, TRUE);
    } else {
        return FALSE;
    }
    return TRUE;
}

/* Built-in commands and batch files run in an interpreter of their own; it ends with them, since there is no
 * window that would stay open. */
static HANDLE start_interpreter(struct start *start, const wchar_t *command)
{
    wchar_t self[PATH_ROOM];
    struct text line = {0};
    own_path(self, ARRAYSIZE(self));
    text_append(&line, L" /s /c \"");
    text_append(&line, command);
    text_put(&line, '"');
    const HANDLE process = start_program(self, self, line.chars, start->flags, &start->startup);
    text_free(&line);
    return process;
}

int command_start(const wchar_t *arguments)
{
    struct start start = {0};
    wchar_t word[PATH_ROOM], path[PATH_ROOM * 2];
    const wchar_t *p = skip_delimiters(arguments);
    HANDLE process = NULL;
    int result = 0;
    if (*p == '"') {
        const wchar_t *end = wcschr(p + 1, '"');
        start.title = end ? copy_chars(p + 1, (size_t)(end - p - 1)) : copy_string(p + 1);
        p = skip_delimiters(end ? end + 1 : p + wcslen(p));
    }
    while (*p == '/') {
        wchar_t *option = next_word(&p, TRUE);
        const BOOL known = read_option(&start, option, &p);
        if (!known)
            print_error(L"Invalid switch - \"%ls\".\r\n", option);
        free(option);
        if (!known) {
            free(start.title);
            free(start.folder);
            return 1;
        }
        p = skip_delimiters(p);
    }
    const size_t used = command_word(p, word, ARRAYSIZE(word));
    start.startup.lpTitle = start.title;
    start.startup.lpReserved = start.folder;
    wchar_t *typed = copy_chars(p, used), old[PATH_ROOM];
    GetCurrentDirectoryW(ARRAYSIZE(old), old);
    if (start.folder && !SetCurrentDirectoryW(start.folder)) {
        print_error(L"The system cannot find the path specified.\r\n");
        result = 1;
    } else if (!*word) {
        process = start_interpreter(&start, L"rem");
    } else if (*p != '"' && find_builtin(word)) {
        process = start_interpreter(&start, p);
    } else if (!find_program(word, path, ARRAYSIZE(path))) {
        print_error(L"The system cannot find the file %ls.\r\n", word);
        result = 9059;
    } else if (is_batch_file(path)) {
        process = start_interpreter(&start, p);
    } else {
        process = start_program(path, typed, p + used, start.flags, &start.startup);
    }
    if (start.folder)
        SetCurrentDirectoryW(old);
    if (process) {
        if (start.affinity)
            SetProcessAffinityMask(process, start.affinity);
        if (start.wait)
            result = wait_for_process(process);
        CloseHandle(process);
    } else if (!result) {
        result = 9059;
    }
    free(typed);
    free(start.title);
    free(start.folder);
    return result;
}
