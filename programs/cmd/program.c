/*
 * Finding and starting programs.
 */
#include "cmd.h"

static BOOL has_ending(const wchar_t *path, const wchar_t *ending)
{
    const size_t length = wcslen(path), count = wcslen(ending);
    return length >= count && _wcsicmp(path + length - count, ending) == 0;
}

BOOL is_batch_file(const wchar_t *path)
{
    return has_ending(path, L".bat") || has_ending(path, L".cmd");
}

size_t command_word(const wchar_t *text, wchar_t *ret_word, size_t room)
{
    size_t length = 0, n = 0;
    BOOL quoted = FALSE;
    for (; text[length]; length++) {
        const wchar_t c = text[length];
        if (c == '"') {
            quoted = !quoted;
            continue;
        }
        if (!quoted && is_delimiter(c))
            break;
        /* "cd.." and "dir/b": a built-in ends at such a character behind its name, unless that is a file */
        if (!quoted && n && wcschr(L"./\\+[]:(", c)) {
            ret_word[n] = 0;
            if (find_builtin(ret_word)) {
                if (c != '.')
                    break;
                wchar_t *word = copy_chars(text, length + wcscspn(text + length, L" \t,;=\""));
                const DWORD attributes = GetFileAttributesW(word);
                const BOOL is_file = !wcspbrk(word, L"*?") && word[length + 1] && word[length + 1] != '.' &&
                                     attributes != INVALID_FILE_ATTRIBUTES &&
                                     !(attributes & FILE_ATTRIBUTE_DIRECTORY);
                free(word);
                if (!is_file)
                    break;
            }
        }
        if (n + 1 < room)
            ret_word[n++] = c;
    }
    ret_word[n] = 0;
    return length;
}

/* The next folder of a list; ";" within quotes separates nothing, the quotes are not part of the name. */
static const wchar_t *next_folder(const wchar_t *list, wchar_t *ret_folder, size_t room)
{
    BOOL quoted = FALSE;
    size_t n = 0;
    for (; *list && (quoted || *list != ';'); list++) {
        if (*list == '"')
            quoted = !quoted;
        else if (n + 1 < room)
            ret_folder[n++] = *list;
    }
    ret_folder[n] = 0;
    return list + (*list == ';');
}

/* The whole path of a file, its name spelled as the folder has it. */
static BOOL take_file(const wchar_t *path, wchar_t *ret_path, size_t room)
{
    WIN32_FIND_DATAW data;
    wchar_t *name;
    const DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES || attributes & FILE_ATTRIBUTE_DIRECTORY)
        return FALSE;
    const DWORD length = GetFullPathNameW(path, (DWORD)room, ret_path, &name);
    if (!length || length >= room)
        return FALSE;
    const HANDLE find = name ? FindFirstFileW(ret_path, &data) : INVALID_HANDLE_VALUE;
    if (find != INVALID_HANDLE_VALUE) {
        FindClose(find);
        if (!_wcsicmp(name, data.cFileName))
            wcscpy(name, data.cFileName);
    }
    return TRUE;
}

static BOOL find_in_folder(const wchar_t *folder, const wchar_t *word, const wchar_t *endings,
                           wchar_t *ret_path, size_t room)
{
    wchar_t candidate[PATH_ROOM * 2];
    const size_t last = wcslen(folder);
    const wchar_t *separator = last && folder[last - 1] != '\\' ? L"\\" : L"", *base = wcsrchr(word, '\\');
    const BOOL has_dot = wcschr(base ? base + 1 : word, '.') != NULL;
    for (const wchar_t *ending = has_dot ? L"" : endings, *next; ending; ending = next) {
        const size_t length = wcscspn(ending, L";");
        _snwprintf(candidate, ARRAYSIZE(candidate), L"%ls%ls%ls%.*ls", folder, separator, word, (int)length,
                   ending);
        candidate[ARRAYSIZE(candidate) - 1] = 0;
        if (take_file(candidate, ret_path, room))
            return TRUE;
        next = has_dot && !length && ending != endings ? endings
               : ending[length]                        ? ending + length + 1
                                                       : NULL;
    }
    /* a Unix program has no ending: only where nothing else was found in this folder */
    if (has_dot)
        return FALSE;
    _snwprintf(candidate, ARRAYSIZE(candidate), L"%ls%ls%ls", folder, separator, word);
    candidate[ARRAYSIZE(candidate) - 1] = 0;
    return take_file(candidate, ret_path, room) && ret_path[0] != 'C';
}

/* Finds what a command word names: with PATHEXT's endings, in the directory, then in PATH. */
BOOL find_program(const wchar_t *word, wchar_t *ret_path, size_t room)
{
    wchar_t *endings = get_variable(L"PATHEXT", 7), *path = get_variable(L"PATH", 4), folder[PATH_ROOM];
    const wchar_t *suffixes = endings ? endings : L".COM;.EXE;.BAT;.CMD";
    const BOOL plain_name = !wcspbrk(word, L"\\/:");
    BOOL found = FALSE;
    if (!has_wildcard(word) && *word) {
        if (!plain_name || !GetEnvironmentVariableW(L"NoDefaultCurrentDirectoryInExePath", folder, 1))
            found = find_in_folder(L"", word, suffixes, ret_path, room);
        for (const wchar_t *folders = path && plain_name ? path : L""; !found && *folders;) {
            folders = next_folder(folders, folder, ARRAYSIZE(folder));
            if (*folder)
                found = find_in_folder(folder, word, suffixes, ret_path, room);
        }
    }
    free(endings);
    free(path);
    return found;
}

void own_path(wchar_t *to, size_t room)
{
    GetModuleFileNameW(NULL, to, (DWORD)room);
}

int wait_for_process(HANDLE process)
{
    DWORD code = 0;
    wchar_t text[16];
    WaitForSingleObject(process, INFINITE);
    GetExitCodeProcess(process, &code);
    _snwprintf(text, ARRAYSIZE(text), L"%08X", (unsigned)code);
    SetEnvironmentVariableW(L"=ExitCode", text);
    text[0] = code >= ' ' && code < 127 ? (wchar_t)code : 0;
    text[1] = 0;
    SetEnvironmentVariableW(L"=ExitCodeAscii", *text ? text : NULL);
    if (code == (DWORD)STATUS_CONTROL_C_EXIT) {
        /* The event comes here, too, on a thread of its own: awaited, so that it is not taken for a second
         * one. */
        for (int i = 0; i < 500 && !state.interrupted; i++)
            Sleep(1);
        InterlockedExchange(&state.interrupted, TRUE);
    }
    return (int)code;
}

HANDLE start_program(const wchar_t *path, const wchar_t *word, const wchar_t *arguments, DWORD flags,
                     STARTUPINFOW *startup)
{
    PROCESS_INFORMATION process;
    struct text line = {0};
    const wchar_t *folder = startup->lpReserved;
    startup->lpReserved = NULL;
    startup->cb = sizeof *startup;
    startup->dwFlags |= STARTF_USESTDHANDLES;
    startup->hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup->hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup->hStdError = GetStdHandle(STD_ERROR_HANDLE);
    text_append(&line, word);
    if (*arguments && !is_delimiter(*arguments) && *arguments != '/')
        text_put(&line, ' ');
    text_append(&line, arguments);
    wchar_t *chars = text_take(&line);
    const BOOL started = CreateProcessW(path, chars, NULL, NULL, TRUE, flags, NULL, folder, startup,
                                        &process);
    free(chars);
    if (!started) {
        const DWORD error = GetLastError();
        if (error == ERROR_BAD_EXE_FORMAT)
            print_error(L"%ls is not a valid Win32 application.\r\n", path);
        else
            fail_system(error);
        return NULL;
    }
    CloseHandle(process.hThread);
    return process.hProcess;
}
