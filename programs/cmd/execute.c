/*
 * Execution of the tree: redirection, pipes, conditions, programs.
 */
#include "cmd.h"
#include <fcntl.h>
#include <io.h>

static HANDLE *standard_slot(int handle, DWORD *ret_which)
{
    static const DWORD which[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    static HANDLE others[10];
    if (handle < 3) {
        *ret_which = which[handle];
        return NULL;
    }
    *ret_which = 0;
    return &others[handle];
}

static HANDLE get_handle(int handle)
{
    DWORD which;
    HANDLE *slot = standard_slot(handle, &which);
    return slot ? *slot : GetStdHandle(which);
}

static void set_handle(int handle, HANDLE value)
{
    DWORD which;
    HANDLE *slot = standard_slot(handle, &which);
    if (slot)
        *slot = value;
    else
        SetStdHandle(which, value);
}

struct saved {
    struct saved *next;
    int handle;
    HANDLE old, opened;
};

static void undo_redirections(struct saved *saved)
{
    while (saved) {
        struct saved *next = saved->next;
        if (saved->opened)
            CloseHandle(saved->opened);
        set_handle(saved->handle, saved->old);
        free(saved);
        saved = next;
    }
}

static HANDLE open_target(const struct redirection *redirection)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    HANDLE opened = INVALID_HANDLE_VALUE;
    wchar_t *name = expand_late(redirection->target), *to = name;
    for (wchar_t *p = name; *p; p++)
        if (*p != '"')
            *to++ = *p;
    *to = 0;
    if (redirection->kind == '&') {
        DuplicateHandle(GetCurrentProcess(), get_handle(redirection->target[0] - '0'), GetCurrentProcess(),
                        &opened, 0, TRUE, DUPLICATE_SAME_ACCESS);
    } else {
        BOOL input = redirection->kind == '<';
        opened = CreateFileW(name,
                             input                      ? GENERIC_READ
                             : redirection->kind == 'a' ? FILE_APPEND_DATA | SYNCHRONIZE
                                                        : GENERIC_WRITE,
                             FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, &inherit,
                             input                      ? OPEN_EXISTING
                             : redirection->kind == 'a' ? OPEN_ALWAYS
                                                        : CREATE_ALWAYS,
                             0, NULL);
        if (opened == INVALID_HANDLE_VALUE)
            print_system_error(GetLastError());
        else if (redirection->kind == 'a')
            SetFilePointer(opened, 0, NULL, FILE_END);
    }
    free(name);
    return opened;
}

static BOOL redirect(const struct redirection *redirection, struct saved **ret_saved)
{
    struct saved *saved = NULL;
    for (; redirection; redirection = redirection->next) {
        HANDLE opened = open_target(redirection);
        if (opened == INVALID_HANDLE_VALUE) {
            undo_redirections(saved);
            state.error_level = 1;
            return FALSE;
        }
        struct saved *entry = allocate(sizeof *entry);
        *entry = (struct saved){saved, redirection->handle, get_handle(redirection->handle), opened};
        saved = entry;
        set_handle(redirection->handle, opened);
    }
    *ret_saved = saved;
    return TRUE;
}

/* Without quotes, as comparisons of file names want. */
static wchar_t *plain(const wchar_t *text)
{
    wchar_t *late = expand_late(text), *to = late;
    for (wchar_t *p = late; *p; p++)
        if (*p != '"')
            *to++ = *p;
    *to = 0;
    return late;
}

static BOOL file_exists(const wchar_t *name)
{
    WIN32_FIND_DATAW entry;
    size_t length = wcslen(name);
    if (length && (name[length - 1] == '\\' || name[length - 1] == '/')) {
        DWORD attributes = GetFileAttributesW(name);
        return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
    }
    HANDLE find = FindFirstFileW(name, &entry);
    if (find == INVALID_HANDLE_VALUE)
        return GetFileAttributesW(name) != INVALID_FILE_ATTRIBUTES;
    FindClose(find);
    return TRUE;
}

static BOOL is_number(const wchar_t *text, long *ret_number)
{
    wchar_t *end;
    *ret_number = wcstol(text, &end, 0);
    return end != text && !*end;
}

static BOOL compare(struct node *node)
{
    wchar_t *left = expand_late(node->condition.left), *right = expand_late(node->condition.right);
    const wchar_t *operation = node->condition.operation;
    long a, b;
    int order;
    if (is_number(left, &a) && is_number(right, &b))
        order = a < b ? -1 : a > b;
    else
        order = node->condition.ignore_case ? _wcsicmp(left, right) : wcscmp(left, right);
    free(left);
    free(right);
    if (_wcsicmp(operation, L"equ") == 0)
        return order == 0;
    if (_wcsicmp(operation, L"neq") == 0)
        return order != 0;
    if (_wcsicmp(operation, L"lss") == 0)
        return order < 0;
    if (_wcsicmp(operation, L"leq") == 0)
        return order <= 0;
    if (_wcsicmp(operation, L"gtr") == 0)
        return order > 0;
    return order >= 0;
}

static BOOL holds(struct node *node)
{
    BOOL result = FALSE;
    wchar_t *left, *right;
    switch (node->condition.kind) {
    case IF_EQUAL:
        left = expand_late(node->condition.left);
        right = expand_late(node->condition.right);
        result = (node->condition.ignore_case ? _wcsicmp(left, right) : wcscmp(left, right)) == 0;
        free(left);
        free(right);
        break;
    case IF_COMPARE: result = compare(node); break;
    case IF_EXIST:
        left = plain(node->condition.left);
        result = file_exists(left);
        free(left);
        break;
    case IF_DEFINED:
        left = expand_late(node->condition.left);
        right = get_variable(left, wcslen(left));
        result = right != NULL;
        free(right);
        free(left);
        break;
    case IF_ERRORLEVEL:
        left = expand_late(node->condition.left);
        result = state.error_level >= _wtoi(left);
        free(left);
        break;
    case IF_CMDEXTVERSION: result = 2 >= _wtoi(node->condition.left); break;
    }
    return result != node->condition.negate;
}

size_t command_word(const wchar_t *text, wchar_t *ret_word, size_t room)
{
    size_t length = 0, n = 0;
    BOOL quoted = FALSE;
    while (text[length]) {
        wchar_t c = text[length];
        if (c == '"') {
            quoted = !quoted;
        } else if (!quoted) {
            if (wcschr(L" \t,;=", c))
                break;
            /* "cd.." and "dir/b": a built-in ends at a dot, slash or backslash after its name */
            if (wcschr(L"./\\+[]:(", c) && n) {
                ret_word[n] = 0;
                if ((c != ':' || !_wcsicmp(ret_word, L"goto") || !_wcsicmp(ret_word, L"call")) &&
                    find_builtin(ret_word) &&
                    !(c == '.' && GetFileAttributesW(text) != INVALID_FILE_ATTRIBUTES))
                    break;
            }
        }
        if (c != '"' && n + 1 < room)
            ret_word[n++] = c;
        length++;
    }
    ret_word[n] = 0;
    return length;
}

static BOOL has_ending(const wchar_t *path, const wchar_t *ending)
{
    size_t length = wcslen(path), count = wcslen(ending);
    return length >= count && _wcsicmp(path + length - count, ending) == 0;
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

/* Finds what a command word names: with PATHEXT's endings, in the directory, then in PATH. */
static BOOL find_program(const wchar_t *word, wchar_t *ret_path, size_t room)
{
    wchar_t *endings = get_variable(L"PATHEXT", 7), *path = get_variable(L"PATH", 4);
    wchar_t folder[MAX_PATH * 2] = L"", candidate[MAX_PATH * 4];
    BOOL found = FALSE;
    const wchar_t *base = wcsrchr(word, '\\'), *folders = path && !wcspbrk(word, L"\\/:") ? path : L"";
    BOOL has_dot = wcschr(base ? base + 1 : word, '.') != NULL;

    for (;;) {
        const size_t last = wcslen(folder);
        const wchar_t *separator = last && folder[last - 1] != '\\' ? L"\\" : L"";
        for (int pass = has_dot ? 0 : 1; pass < 2 && !found; pass++) {
            const wchar_t *ending = pass ? (endings ? endings : L".COM;.EXE;.BAT;.CMD") : L"";
            do {
                size_t length = wcscspn(ending, L";");
                _snwprintf(candidate, ARRAYSIZE(candidate), L"%ls%ls%ls%.*ls", folder, separator, word,
                           (int)length, ending);
                candidate[ARRAYSIZE(candidate) - 1] = 0;
                found = take_file(candidate, ret_path, room);
                ending += length + (ending[length] == ';');
            } while (!found && *ending);
        }
        /* a Unix program has no ending: only where nothing else was found in this folder */
        if (!found && !has_dot) {
            _snwprintf(candidate, ARRAYSIZE(candidate), L"%ls%ls%ls", folder, separator, word);
            candidate[ARRAYSIZE(candidate) - 1] = 0;
            found = take_file(candidate, ret_path, room) && ret_path[0] != 'C';
        }
        if (found || !*folders)
            break;
        folders = next_folder(folders, folder, ARRAYSIZE(folder));
    }
    free(endings);
    free(path);
    return found;
}

static int start_process(const wchar_t *path, wchar_t *line, BOOL wait)
{
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    DWORD code = 0;
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!CreateProcessW(path, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process)) {
        print_system_error(GetLastError());
        return state.error_level = 9009;
    }
    CloseHandle(process.hThread);
    if (wait) {
        WaitForSingleObject(process.hProcess, INFINITE);
        GetExitCodeProcess(process.hProcess, &code);
    }
    CloseHandle(process.hProcess);
    return (int)code;
}

int run_program(const wchar_t *word, const wchar_t *arguments, BOOL wait)
{
    wchar_t path[MAX_PATH * 4];
    if (!find_program(word, path, ARRAYSIZE(path)))
        return -1;
    if (has_ending(path, L".bat") || has_ending(path, L".cmd")) {
        BOOL was_in_batch = state.batch != NULL;
        run_batch(path, arguments);
        /* without call, the batch that started another one does not go on */
        if (was_in_batch && wait == 2)
            return state.error_level;
        if (was_in_batch && state.batch) {
            for (struct batch *batch = state.batch; batch; batch = batch->frame ? batch->caller : NULL)
                batch->ended = TRUE;
            state.jump = TRUE;
        }
        return state.error_level;
    }
    struct text line = {0};
    if (wcschr(word, ' ')) {
        text_put(&line, '"');
        text_append(&line, word);
        text_put(&line, '"');
    } else {
        text_append(&line, word);
    }
    while (*arguments == ' ' || *arguments == '\t')
        arguments++;
    if (*arguments) {
        text_put(&line, ' ');
        text_append(&line, arguments);
    }
    wchar_t *chars = text_take(&line);
    int code = start_process(path, chars, wait != 0);
    free(chars);
    state.error_level = code;
    return code;
}

static void run_command(struct node *node)
{
    wchar_t *text = expand_late(node->text), word[1024];
    size_t length = wcslen(text);
    const wchar_t *p = text;
    while (*p == ' ' || *p == '\t')
        p++;
    (void)length;
    size_t used = command_word(p, word, ARRAYSIZE(word));
    if (*p && *p != ':') {
        builtin *function = wcschr(p, '"') == p ? NULL : find_builtin(word);
        if (function) {
            function(p + used);
        } else if (iswalpha(word[0]) && word[1] == ':' && !word[2]) {
            wchar_t folder[MAX_PATH * 2], name[4] = {'=', word[0], ':', 0};
            name[1] = (wchar_t)towupper(word[0]);
            if (!GetEnvironmentVariableW(name, folder, ARRAYSIZE(folder)))
                _snwprintf(folder, ARRAYSIZE(folder), L"%ls\\", word);
            if (!SetCurrentDirectoryW(folder))
                print_system_error(ERROR_INVALID_DRIVE);
        } else if (run_program(word, p + used, TRUE) == -1) {
            print_error(L"'%ls' is not recognized as an internal or external command,\r\n"
                        L"operable program or batch file.\r\n",
                        word);
            state.error_level = 9009;
        }
    }
    free(text);
}

/* A tree as text again, for the child that runs one side of a pipe. */
static void unparse(struct node *node, struct text *out)
{
    static const wchar_t *const links[] = {
        [NODE_SEQUENCE] = L"&", [NODE_AND] = L"&&", [NODE_OR] = L"||", [NODE_PIPE] = L"|"};
    switch (node->kind) {
    case NODE_COMMAND: {
        wchar_t *text = expand_late(node->text);
        BOOL quoted = FALSE;
        for (wchar_t *p = text; *p; p++) {
            if (*p == '"')
                quoted = !quoted;
            if (!quoted && wcschr(L"&|<>^()", *p))
                text_put(out, '^');
            text_put(out, *p);
        }
        free(text);
        break;
    }
    case NODE_BLOCK:
        text_put(out, '(');
        for (struct node *link = node->first; link; link = link->second) {
            unparse(link->first, out);
            if (link->second)
                text_put(out, '&');
        }
        text_put(out, ')');
        break;
    case NODE_IF:
    case NODE_FOR: break; /* run in this process instead, see runs_here */
    default:
        unparse(node->first, out);
        text_append(out, links[node->kind]);
        if (node->second)
            unparse(node->second, out);
    }
    for (struct redirection *r = node->redirections; r; r = r->next) {
        wchar_t number[16];
        wchar_t *target = expand_late(r->target);
        _snwprintf(number, 16, L" %d%ls", r->handle,
                   r->kind == 'a'   ? L">>"
                   : r->kind == '<' ? L"<"
                   : r->kind == '&' ? L">&"
                                    : L">");
        text_append(out, number);
        text_append(out, target);
        free(target);
    }
}

static BOOL runs_here(struct node *node)
{
    if (!node)
        return FALSE;
    return node->kind == NODE_IF || node->kind == NODE_FOR || runs_here(node->first) ||
           runs_here(node->second);
}

/* One side of a pipe in a child interpreter, so that both run at the same time. */
static HANDLE start_side(struct node *node, HANDLE input, HANDLE output)
{
    wchar_t self[MAX_PATH * 2];
    struct text line = {0};
    STARTUPINFOW startup = {.cb = sizeof startup,
                            .dwFlags = STARTF_USESTDHANDLES,
                            .hStdInput = input,
                            .hStdOutput = output,
                            .hStdError = GetStdHandle(STD_ERROR_HANDLE)};
    PROCESS_INFORMATION process;
    GetModuleFileNameW(NULL, self, ARRAYSIZE(self));
    text_append(&line, L"cmd.exe /s /d /c \"");
    unparse(node, &line);
    text_put(&line, '"');
    wchar_t *chars = text_take(&line);
    BOOL started = CreateProcessW(self, chars, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process);
    free(chars);
    if (!started) {
        print_system_error(GetLastError());
        return NULL;
    }
    CloseHandle(process.hThread);
    return process.hProcess;
}

static void run_pipe(struct node *node)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    HANDLE read_end, write_end, left = NULL;
    if (!CreatePipe(&read_end, &write_end, &inherit, 0)) {
        print_system_error(GetLastError());
        return;
    }
    HANDLE old_input = GetStdHandle(STD_INPUT_HANDLE), old_output = GetStdHandle(STD_OUTPUT_HANDLE);
    HANDLE right = NULL;
    SetHandleInformation(read_end, HANDLE_FLAG_INHERIT, 0);
    if (!runs_here(node->first)) {
        left = start_side(node->first, old_input, write_end);
        CloseHandle(write_end);
        SetHandleInformation(read_end, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
        if (!runs_here(node->second)) {
            right = start_side(node->second, read_end, old_output);
            CloseHandle(read_end);
            read_end = NULL;
        }
    } else {
        /* the left side runs here: the right one must be reading already */
        SetHandleInformation(write_end, HANDLE_FLAG_INHERIT, 0);
        SetHandleInformation(read_end, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
        if (!runs_here(node->second)) {
            right = start_side(node->second, read_end, old_output);
            CloseHandle(read_end);
            read_end = NULL;
        }
        SetHandleInformation(write_end, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
        SetStdHandle(STD_OUTPUT_HANDLE, write_end);
        execute(node->first);
        SetStdHandle(STD_OUTPUT_HANDLE, old_output);
        CloseHandle(write_end);
    }
    if (read_end) {
        SetStdHandle(STD_INPUT_HANDLE, read_end);
        execute(node->second);
        SetStdHandle(STD_INPUT_HANDLE, old_input);
        CloseHandle(read_end);
    }
    DWORD code;
    if (right) {
        WaitForSingleObject(right, INFINITE);
        GetExitCodeProcess(right, &code);
        state.error_level = (int)code;
        CloseHandle(right);
    }
    if (left) {
        WaitForSingleObject(left, INFINITE);
        CloseHandle(left);
    }
}

static BOOL stopped(void)
{
    return state.leaving || state.jump || (state.batch && state.batch->ended);
}

static void echo_node(struct node *node)
{
    struct text line = {0};
    wchar_t folder[MAX_PATH * 2];
    if (!state.echo || node->silent || !state.batch || node->kind == NODE_FOR || node->kind == NODE_IF)
        return;
    unparse(node, &line);
    wchar_t *chars = text_take(&line);
    GetCurrentDirectoryW(ARRAYSIZE(folder), folder);
    print(L"\r\n%ls>%ls \r\n", folder, chars);
    free(chars);
}

void execute(struct node *node)
{
    struct saved *saved = NULL;
    if (!node || stopped())
        return;
    if (!redirect(node->redirections, &saved))
        return;
    switch (node->kind) {
    case NODE_COMMAND: run_command(node); break;
    case NODE_BLOCK:
        for (struct node *link = node->first; link && !stopped(); link = link->second)
            execute(link->first);
        break;
    case NODE_SEQUENCE:
        execute(node->first);
        execute(node->second);
        break;
    case NODE_AND:
        execute(node->first);
        if (state.error_level == 0)
            execute(node->second);
        break;
    case NODE_OR:
        execute(node->first);
        if (state.error_level != 0)
            execute(node->second);
        break;
    case NODE_PIPE: run_pipe(node); break;
    case NODE_IF: execute(holds(node) ? node->first : node->second); break;
    case NODE_FOR: command_for_set(node); break;
    }
    undo_redirections(saved);
}

void run_line(const wchar_t *line, wchar_t *(*more)(void))
{
    const wchar_t *error;
    struct node *node = parse(line, more, &error);
    if (error) {
        print_error(L"%ls\r\n", error);
        state.error_level = 255;
        if (state.batch) { /* a syntax error ends the batch file */
            for (struct batch *batch = state.batch; batch; batch = batch->caller)
                batch->ended = TRUE;
        }
        return;
    }
    if (node)
        echo_node(node);
    execute(node);
    free_node(node);
}
