/*
 * The small built-in commands: echo, cd, call, goto, exit, setlocal, shift, pause, title, ver, ...
 */
#include "cmd.h"

static const wchar_t *skip(const wchar_t *text)
{
    while (*text == ' ' || *text == '\t' || *text == ',' || *text == ';' || *text == '=')
        text++;
    return text;
}

static void trim(wchar_t *text)
{
    size_t length = wcslen(text);
    while (length && iswspace(text[length - 1]))
        text[--length] = 0;
}

static void command_echo(const wchar_t *arguments)
{
    const wchar_t *word = arguments + wcsspn(arguments, L" \t"); /* other separators are text */
    /* "echo." and its like print an empty line, or what follows the one character */
    if (*arguments && wcschr(L".:/\\+([],;=", *arguments)) {
        print(L"%ls\r\n", arguments + 1);
        return;
    }
    wchar_t *copy = copy_string(word);
    trim(copy);
    if (!*copy)
        print(L"ECHO is %ls.\r\n", state.echo ? L"on" : L"off");
    else if (_wcsicmp(copy, L"on") == 0)
        state.echo = TRUE;
    else if (_wcsicmp(copy, L"off") == 0)
        state.echo = FALSE;
    else
        print(L"%ls\r\n", *arguments == ' ' || *arguments == '\t' ? arguments + 1 : arguments);
    free(copy);
}

static void remember_folder(void)
{
    wchar_t folder[MAX_PATH * 2], name[4] = L"=?:";
    if (GetCurrentDirectoryW(ARRAYSIZE(folder), folder) && folder[1] == ':') {
        name[1] = (wchar_t)towupper(folder[0]);
        SetEnvironmentVariableW(name, folder);
    }
}

static void command_cd(const wchar_t *arguments)
{
    wchar_t folder[MAX_PATH * 2], old[MAX_PATH * 2];
    BOOL drive_too = FALSE;
    const wchar_t *p = skip(arguments);
    if (_wcsnicmp(p, L"/d", 2) == 0 && (!p[2] || iswspace(p[2]) || p[2] == '"')) {
        drive_too = TRUE;
        p = skip(p + 2);
    }
    wchar_t *target = copy_string(p), *to = target;
    for (const wchar_t *c = p; *c; c++)
        if (*c != '"')
            *to++ = *c;
    *to = 0;
    trim(target);
    GetCurrentDirectoryW(ARRAYSIZE(old), old);
    if (!*target || (iswalpha(target[0]) && target[1] == ':' && !target[2])) {
        wchar_t name[4] = L"=?:";
        name[1] = (wchar_t)towupper(target[0]);
        if (*target && towupper(target[0]) != towupper(old[0])) {
            if (drive_too) {
                if (!GetEnvironmentVariableW(name, folder, ARRAYSIZE(folder)))
                    _snwprintf(folder, ARRAYSIZE(folder), L"%ls\\", target);
                SetCurrentDirectoryW(folder);
            } else if (GetEnvironmentVariableW(name, folder, ARRAYSIZE(folder))) {
                print(L"%ls\r\n", folder);
            } else {
                print(L"%lc:\\\r\n", towupper(target[0]));
            }
        } else {
            print(L"%ls\r\n", old);
        }
    } else if (!drive_too && target[1] == ':' && towupper(target[0]) != towupper(old[0])) {
        /* another drive's folder is only remembered */
        DWORD attributes = GetFileAttributesW(target);
        wchar_t name[4] = L"=?:";
        name[1] = (wchar_t)towupper(target[0]);
        if (attributes == INVALID_FILE_ATTRIBUTES || !(attributes & FILE_ATTRIBUTE_DIRECTORY))
            print_system_error(ERROR_PATH_NOT_FOUND);
        else if (GetFullPathNameW(target, ARRAYSIZE(folder), folder, NULL))
            SetEnvironmentVariableW(name, folder);
    } else if (!SetCurrentDirectoryW(target)) {
        DWORD error = GetLastError();
        print_system_error(error == ERROR_FILE_NOT_FOUND ? ERROR_PATH_NOT_FOUND : error);
        free(target);
        return;
    } else {
        remember_folder();
    }
    state.error_level = 0;
    free(target);
}

static struct folder {
    struct folder *next;
    wchar_t path[MAX_PATH * 2];
} * folders;

static void command_pushd(const wchar_t *arguments)
{
    const wchar_t *p = skip(arguments);
    if (!*p) {
        for (struct folder *folder = folders; folder; folder = folder->next)
            print(L"%ls\r\n", folder->path);
        return;
    }
    wchar_t *target = next_word(&p, TRUE);
    struct folder *folder = allocate(sizeof *folder);
    GetCurrentDirectoryW(ARRAYSIZE(folder->path), folder->path);
    if (target && SetCurrentDirectoryW(target)) {
        folder->next = folders;
        folders = folder;
        state.error_level = 0;
    } else {
        print_system_error(ERROR_PATH_NOT_FOUND);
        free(folder);
    }
    free(target);
}

static void command_popd(const wchar_t *arguments)
{
    struct folder *folder = folders;
    (void)arguments;
    if (!folder) {
        state.error_level = 1;
        return;
    }
    folders = folder->next;
    if (!SetCurrentDirectoryW(folder->path))
        print_system_error(GetLastError());
    free(folder);
}

static void command_call(const wchar_t *arguments)
{
    wchar_t word[1024];
    const wchar_t *p = skip(arguments);
    wchar_t *line = expand_percent(p); /* call expands a second time */
    p = skip(line);
    size_t used = command_word(p, word, ARRAYSIZE(word));
    if (p[0] == ':' && state.batch) {
        size_t length = wcscspn(p, L" \t,;=");
        wchar_t label[1024];
        _snwprintf(label, ARRAYSIZE(label), L"%.*ls", (int)length, p);
        call_label(label, p + length);
    } else if (*p) {
        builtin *function = find_builtin(word);
        if (function) {
            function(p + used);
        } else if (_wcsicmp(word, L"if") == 0 || _wcsicmp(word, L"for") == 0) {
            run_line(p, NULL);
        } else if (run_program(word, p + used, 2) == -1) {
            print_error(L"'%ls' is not recognized as an internal or external command,\r\n"
                        L"operable program or batch file.\r\n",
                        word);
            state.error_level = 1;
        }
    }
    free(line);
}

static void command_goto(const wchar_t *arguments)
{
    if (!state.batch)
        return;
    const wchar_t *p = skip(arguments);
    if (!*p) {
        print_error(L"No batch label specified to GOTO command.\r\n");
        state.error_level = 1;
        return;
    }
    goto_label(p);
}

static void command_exit(const wchar_t *arguments)
{
    const wchar_t *p = skip(arguments);
    BOOL batch_only = FALSE;
    if (_wcsnicmp(p, L"/b", 2) == 0) {
        batch_only = TRUE;
        p = skip(p + 2);
    }
    if (*p == '-' || iswdigit(*p))
        state.error_level = (int)wcstol(p, NULL, 10);
    if (batch_only && state.batch) {
        state.batch->ended = TRUE;
        state.jump = TRUE;
    } else {
        state.leaving = TRUE;
    }
}

/* ---- setlocal and endlocal */

static struct environment {
    struct environment *next;
    wchar_t *block;
    BOOL extensions, delayed;
    wchar_t folder[MAX_PATH * 2];
} * environments;

static void command_setlocal(const wchar_t *arguments)
{
    wchar_t *word;
    if (!state.batch)
        return;
    struct environment *saved = allocate(sizeof *saved);
    wchar_t *block = GetEnvironmentStringsW();
    size_t length = 0;
    while (block[length] || block[length + 1])
        length++;
    saved->block = allocate((length + 2) * sizeof *block);
    wmemcpy(saved->block, block, length + 2);
    FreeEnvironmentStringsW(block);
    saved->extensions = state.extensions;
    saved->delayed = state.delayed;
    GetCurrentDirectoryW(ARRAYSIZE(saved->folder), saved->folder);
    saved->next = environments;
    environments = saved;
    state.batch->setlocal_depth++;
    state.error_level = 0;
    while ((word = next_word(&arguments, TRUE)) != NULL) {
        if (_wcsicmp(word, L"enabledelayedexpansion") == 0)
            state.delayed = TRUE;
        else if (_wcsicmp(word, L"disabledelayedexpansion") == 0)
            state.delayed = FALSE;
        else if (_wcsicmp(word, L"enableextensions") == 0)
            state.extensions = TRUE;
        else if (_wcsicmp(word, L"disableextensions") == 0)
            state.extensions = FALSE;
        else
            state.error_level = 1;
        free(word);
    }
}

static void replace_environment(const wchar_t *block)
{
    wchar_t *now = GetEnvironmentStringsW();
    for (wchar_t *item = now; *item; item += wcslen(item) + 1) {
        wchar_t *equals = wcschr(item + 1, '=');
        if (!equals || item[0] == '=')
            continue;
        *equals = 0;
        SetEnvironmentVariableW(item, NULL);
        *equals = '=';
    }
    FreeEnvironmentStringsW(now);
    for (const wchar_t *item = block; *item; item += wcslen(item) + 1) {
        wchar_t *copy = copy_string(item), *equals = wcschr(copy + 1, '=');
        if (equals) {
            *equals = 0;
            SetEnvironmentVariableW(copy, equals + 1);
        }
        free(copy);
    }
}

void restore_environment(int depth)
{
    while (depth-- > 0 && environments) {
        struct environment *saved = environments;
        environments = saved->next;
        replace_environment(saved->block);
        state.extensions = saved->extensions;
        state.delayed = saved->delayed;
        SetCurrentDirectoryW(saved->folder);
        free(saved->block);
        free(saved);
    }
}

static void command_endlocal(const wchar_t *arguments)
{
    (void)arguments;
    if (state.batch && state.batch->setlocal_depth > 0) {
        state.batch->setlocal_depth--;
        restore_environment(1);
    }
}

static void command_shift(const wchar_t *arguments)
{
    const wchar_t *p = skip(arguments);
    int first = *p == '/' && iswdigit(p[1]) ? p[1] - '0' : 0;
    struct batch *batch = state.batch;
    if (!batch || first >= batch->word_count)
        return;
    free(batch->words[first]);
    memmove(batch->words + first, batch->words + first + 1,
            (size_t)(batch->word_count - first - 1) * sizeof *batch->words);
    batch->word_count--;
}

static void command_pause(const wchar_t *arguments)
{
    char c;
    DWORD done;
    (void)arguments;
    print(L"Press any key to continue . . . ");
    ReadFile(GetStdHandle(STD_INPUT_HANDLE), &c, 1, &done, NULL);
    print(L"\r\n");
    state.error_level = 0;
}

static void command_title(const wchar_t *arguments)
{
    SetConsoleTitleW(skip(arguments));
}

static void command_ver(const wchar_t *arguments)
{
    (void)arguments;
    print(L"\r\nMicrosoft Windows [Version 10.0.19045.0]\r\n");
    state.error_level = 0;
}

static void command_cls(const wchar_t *arguments)
{
    DWORD mode;
    (void)arguments;
    if (GetConsoleMode(GetStdHandle(STD_OUTPUT_HANDLE), &mode))
        print(L"\x1b[2J\x1b[H");
}

static void command_rem(const wchar_t *arguments)
{
    (void)arguments;
}

static void command_prompt(const wchar_t *arguments)
{
    const wchar_t *p = skip(arguments);
    SetEnvironmentVariableW(L"PROMPT", *p ? p : NULL);
}

static void command_path(const wchar_t *arguments)
{
    const wchar_t *p = arguments;
    while (*p == ' ' || *p == '\t' || *p == '=')
        p++;
    if (!*p) {
        wchar_t *path = get_variable(L"PATH", 4);
        print(path ? L"PATH=%ls\r\n" : L"No Path\r\n", path);
        free(path);
    } else {
        SetEnvironmentVariableW(L"PATH", wcscmp(p, L";") == 0 ? NULL : p);
    }
}

static void command_verify(const wchar_t *arguments)
{
    static BOOL on;
    wchar_t *copy = copy_string(skip(arguments));
    trim(copy);
    if (!*copy)
        print(L"VERIFY is %ls.\r\n", on ? L"on" : L"off");
    else if (_wcsicmp(copy, L"on") == 0 || _wcsicmp(copy, L"off") == 0)
        on = _wcsicmp(copy, L"on") == 0;
    else {
        print_error(L"An incorrect parameter was\r\nentered for the command.\r\n");
        state.error_level = 1;
    }
    free(copy);
}

static void command_date_time(const wchar_t *name, const wchar_t *arguments)
{
    const wchar_t *p = skip(arguments);
    wchar_t *value = get_variable(name, wcslen(name));
    if (_wcsnicmp(p, L"/t", 2) == 0)
        print(L"%ls\r\n", value);
    else if (!*p)
        print(L"The current %ls is: %ls\r\n", name, value);
    else
        print_system_error(ERROR_PRIVILEGE_NOT_HELD);
    free(value);
}

static void command_date(const wchar_t *arguments)
{
    command_date_time(L"date", arguments);
}

static void command_time(const wchar_t *arguments)
{
    command_date_time(L"time", arguments);
}

static void command_vol(const wchar_t *arguments)
{
    wchar_t root[4] = L"C:\\", label[MAX_PATH], folder[MAX_PATH * 2];
    DWORD serial;
    const wchar_t *p = skip(arguments);
    GetCurrentDirectoryW(ARRAYSIZE(folder), folder);
    root[0] = (wchar_t)towupper(*p && p[1] == ':' ? *p : folder[0]);
    if (!GetVolumeInformationW(root, label, ARRAYSIZE(label), &serial, NULL, NULL, NULL, 0)) {
        print_system_error(GetLastError());
        return;
    }
    if (*label)
        print(L" Volume in drive %lc is %ls\r\n", root[0], label);
    else
        print(L" Volume in drive %lc has no label.\r\n", root[0]);
    print(L" Volume Serial Number is %04X-%04X\r\n", HIWORD(serial), LOWORD(serial));
}

/* start ["title"] [/b] [/wait] [/d folder] program arguments */
static void command_start(const wchar_t *arguments)
{
    const wchar_t *p = skip(arguments);
    BOOL wait = FALSE;
    wchar_t *folder = NULL, old[MAX_PATH * 2];
    if (*p == '"')
        free(next_word(&p, FALSE));
    for (p = skip(p); *p == '/'; p = skip(p)) {
        wchar_t *option = next_word(&p, TRUE);
        if (_wcsicmp(option, L"/wait") == 0 || _wcsicmp(option, L"/w") == 0) {
            wait = TRUE;
        } else if (_wcsnicmp(option, L"/d", 2) == 0) {
            free(folder);
            folder = option[2] ? copy_string(option + 2) : next_word(&p, TRUE);
        }
        free(option);
    }
    wchar_t word[1024];
    size_t used = command_word(p, word, ARRAYSIZE(word));
    GetCurrentDirectoryW(ARRAYSIZE(old), old);
    if (folder)
        SetCurrentDirectoryW(folder);
    if (!*word || run_program(word, p + used, wait) == -1) {
        print_error(L"The system cannot find the file %ls.\r\n", *word ? word : L"");
        state.error_level = 9059;
    }
    if (folder)
        SetCurrentDirectoryW(old);
    free(folder);
}

static const struct {
    const wchar_t *name;
    builtin *function;
} builtins[] = {
    {L"call", command_call},
    {L"cd", command_cd},
    {L"chdir", command_cd},
    {L"cls", command_cls},
    {L"copy", command_copy},
    {L"date", command_date},
    {L"del", command_del},
    {L"dir", command_dir},
    {L"echo", command_echo},
    {L"endlocal", command_endlocal},
    {L"erase", command_del},
    {L"exit", command_exit},
    {L"goto", command_goto},
    {L"md", command_md},
    {L"mkdir", command_md},
    {L"mklink", command_mklink},
    {L"move", command_move},
    {L"path", command_path},
    {L"pause", command_pause},
    {L"popd", command_popd},
    {L"prompt", command_prompt},
    {L"pushd", command_pushd},
    {L"rd", command_rd},
    {L"rem", command_rem},
    {L"ren", command_ren},
    {L"rename", command_ren},
    {L"rmdir", command_rd},
    {L"set", command_set},
    {L"setlocal", command_setlocal},
    {L"shift", command_shift},
    {L"start", command_start},
    {L"time", command_time},
    {L"title", command_title},
    {L"type", command_type},
    {L"ver", command_ver},
    {L"verify", command_verify},
    {L"vol", command_vol},
};

builtin *find_builtin(const wchar_t *word)
{
    for (size_t i = 0; i < ARRAYSIZE(builtins); i++)
        if (_wcsicmp(word, builtins[i].name) == 0)
            return builtins[i].function;
    return NULL;
}
