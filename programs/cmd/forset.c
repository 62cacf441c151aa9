/*
 * for: over words and files, /d, /r, /l, and /f with its options.
 */
#include "cmd.h"

static BOOL stopped(void)
{
    return state.leaving || state.jump || (state.batch && state.batch->ended);
}

static void run_body(struct node *node, wchar_t variable, wchar_t *value)
{
    wchar_t *outer = state.for_values[variable];
    state.for_values[variable] = value;
    execute(node->first);
    state.for_values[variable] = outer;
}

/* Files (or folders) that match a pattern, as the loop wants them named: with the pattern's own path. */
static void each_match(struct node *node, const wchar_t *pattern, const wchar_t *root)
{
    WIN32_FIND_DATAW entry;
    wchar_t full[MAX_PATH * 4];
    _snwprintf(full, ARRAYSIZE(full), L"%ls%ls", root, pattern);
    full[ARRAYSIZE(full) - 1] = 0;
    wchar_t *slash = wcsrchr(full, '\\'), *other = wcsrchr(full, '/');
    wchar_t *last = slash > other ? slash : other;
    size_t folder = last ? (size_t)(last - full) + 1 : full[0] && full[1] == ':' ? 2 : 0;
    HANDLE find = FindFirstFileW(full, &entry);
    if (find == INVALID_HANDLE_VALUE)
        return;
    /* all names first: the body may change the folder */
    wchar_t **names = NULL;
    size_t count = 0;
    do {
        BOOL is_folder = (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
        if (is_folder != (node->loop.kind == FOR_FOLDERS) || wcscmp(entry.cFileName, L".") == 0 ||
            wcscmp(entry.cFileName, L"..") == 0 || entry.dwFileAttributes & FILE_ATTRIBUTE_HIDDEN)
            continue;
        wchar_t **grown = realloc(names, (count + 1) * sizeof *names);
        if (!grown)
            exit(1);
        names = grown;
        names[count] = allocate((folder + wcslen(entry.cFileName) + 1) * sizeof(wchar_t));
        wmemcpy(names[count], full, folder);
        wcscpy(names[count++] + folder, entry.cFileName);
    } while (FindNextFileW(find, &entry));
    FindClose(find);
    for (size_t i = 0; i < count; i++) {
        if (!stopped())
            run_body(node, node->loop.variable, names[i]);
        free(names[i]);
    }
    free(names);
}

static void each_word(struct node *node, const wchar_t *set, const wchar_t *root)
{
    const wchar_t *place = set;
    wchar_t *word;
    while (!stopped() && (word = next_word(&place, FALSE)) != NULL) {
        if (wcspbrk(word, L"*?")) {
            wchar_t *to = word;
            for (wchar_t *p = word; *p; p++)
                if (*p != '"')
                    *to++ = *p;
            *to = 0;
            each_match(node, word, root);
        } else {
            struct text value = {0};
            text_append(&value, root);
            text_append(&value, word);
            wchar_t *chars = text_take(&value);
            run_body(node, node->loop.variable, chars);
            free(chars);
        }
        free(word);
    }
}

static void each_tree(struct node *node, const wchar_t *set, const wchar_t *root)
{
    WIN32_FIND_DATAW entry;
    wchar_t pattern[MAX_PATH * 4];
    each_word(node, set, root);
    _snwprintf(pattern, ARRAYSIZE(pattern), L"%ls*", root);
    HANDLE find = FindFirstFileW(pattern, &entry);
    if (find == INVALID_HANDLE_VALUE)
        return;
    do {
        if (!(entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) ||
            entry.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT || wcscmp(entry.cFileName, L".") == 0 ||
            wcscmp(entry.cFileName, L"..") == 0)
            continue;
        wchar_t below[MAX_PATH * 4];
        _snwprintf(below, ARRAYSIZE(below), L"%ls%ls\\", root, entry.cFileName);
        each_tree(node, set, below);
    } while (!stopped() && FindNextFileW(find, &entry));
    FindClose(find);
}

static void count_loop(struct node *node, const wchar_t *set)
{
    const wchar_t *place = set;
    long numbers[3] = {0, 0, 0};
    for (int i = 0; i < 3; i++) {
        wchar_t *word = next_word(&place, TRUE);
        numbers[i] = word ? wcstol(word, NULL, 0) : 0;
        free(word);
    }
    for (long n = numbers[0]; !stopped() && (numbers[1] >= 0 ? n <= numbers[2] : n >= numbers[2]);
         n += numbers[1]) {
        wchar_t value[16];
        _snwprintf(value, 16, L"%ld", n);
        run_body(node, node->loop.variable, value);
    }
}

struct options {
    wchar_t end_of_line;
    long skip;
    wchar_t delimiters[64];
    unsigned char tokens[64]; /* numbers, in ascending order */
    int token_count;
    BOOL rest; /* a star: the rest of the line after the last token */
    BOOL use_back_quotes;
};

static void read_tokens(struct options *options, const wchar_t *text, size_t length)
{
    BOOL chosen[64] = {0};
    const wchar_t *end = text + length;
    options->rest = FALSE;
    while (text < end) {
        if (*text == '*') {
            options->rest = TRUE;
            text++;
        } else if (iswdigit(*text)) {
            wchar_t *after;
            long from = wcstol(text, &after, 10), to = from;
            if (*after == '-')
                to = wcstol(after + 1, &after, 10);
            for (long n = from; n <= to && n < 64; n++)
                chosen[n > 0 ? n : 0] = n > 0;
            text = after;
        } else {
            text++;
        }
    }
    options->token_count = 0;
    for (int n = 1; n < 64; n++)
        if (chosen[n])
            options->tokens[options->token_count++] = (unsigned char)n;
}

static void read_options(const wchar_t *text, struct options *options)
{
    *options = (struct options){.end_of_line = ';', .delimiters = L" \t", .tokens = {1}, .token_count = 1};
    if (!text)
        return;
    wchar_t *copy = copy_string(text), *to = copy;
    for (const wchar_t *p = text; *p; p++)
        if (*p != '"')
            *to++ = *p;
    *to = 0;
    for (wchar_t *p = copy; *p;) {
        while (*p == ' ' || *p == '\t')
            p++;
        if (_wcsnicmp(p, L"eol=", 4) == 0) {
            options->end_of_line = p[4];
            p += p[4] ? 5 : 4;
        } else if (_wcsnicmp(p, L"skip=", 5) == 0) {
            options->skip = wcstol(p + 5, &p, 0);
        } else if (_wcsnicmp(p, L"tokens=", 7) == 0) {
            size_t length = wcscspn(p + 7, L" \t");
            read_tokens(options, p + 7, length);
            p += 7 + length;
        } else if (_wcsnicmp(p, L"usebackq", 8) == 0) {
            options->use_back_quotes = TRUE;
            p += 8;
        } else if (_wcsnicmp(p, L"delims=", 7) == 0) {
            /* up to the next blank, unless it is the last option: then blanks count too */
            wchar_t *start = p + 7, *end = start + wcscspn(start, L" ");
            wchar_t *rest = end;
            while (*rest == ' ')
                rest++;
            if (!*rest)
                end = start + wcslen(start);
            size_t length = (size_t)(end - start) < 63 ? (size_t)(end - start) : 63;
            wmemcpy(options->delimiters, start, length);
            options->delimiters[length] = 0;
            p = end;
        } else if (*p) {
            p++;
        }
    }
    free(copy);
}

/* One line: splits it and runs the body with the variables from the loop's on. */
static void run_tokens(struct node *node, const struct options *options, const wchar_t *line)
{
    wchar_t *values[64] = {0}, *outer[64];
    int count = options->token_count + options->rest, number = 1, next = 0;
    const wchar_t *p = line;
    while (*p && wcschr(options->delimiters, *p))
        p++;
    if (!*p && (*line || *options->delimiters))
        return;
    if (options->end_of_line && *p == options->end_of_line)
        return;
    while (*p && next < options->token_count) {
        size_t length = *options->delimiters ? wcscspn(p, options->delimiters) : wcslen(p);
        if (options->tokens[next] == number) {
            values[next] = allocate((length + 1) * sizeof(wchar_t));
            wmemcpy(values[next++], p, length);
        }
        p += length;
        number++;
        while (*p && wcschr(options->delimiters, *p))
            p++;
    }
    if (options->rest)
        values[options->token_count] = copy_string(p);
    if (!options->token_count && options->rest) {
        free(values[0]);
        values[0] = copy_string(line + wcsspn(line, options->delimiters));
    }
    for (int i = 0; i < count; i++) {
        size_t slot = (size_t)node->loop.variable + (size_t)i;
        if (slot >= 128)
            break;
        outer[i] = state.for_values[slot];
        state.for_values[slot] = values[i] ? values[i] : copy_string(L"");
    }
    execute(node->first);
    for (int i = 0; i < count; i++) {
        size_t slot = (size_t)node->loop.variable + (size_t)i;
        if (slot >= 128)
            break;
        free(state.for_values[slot]);
        state.for_values[slot] = outer[i];
    }
}

static void run_lines(struct node *node, const struct options *options, wchar_t *text)
{
    long skip = options->skip;
    wchar_t *p = text;
    while (*p && !stopped()) {
        wchar_t *end = p + wcscspn(p, L"\n");
        BOOL more = *end != 0;
        *end = 0;
        size_t length = wcslen(p);
        if (length && p[length - 1] == '\r')
            p[length - 1] = 0;
        if (skip > 0)
            skip--;
        else if (*p)
            run_tokens(node, options, p);
        p = end + more;
    }
}

static wchar_t *to_wide(const char *bytes, size_t size)
{
    UINT page = GetConsoleOutputCP() ? GetConsoleOutputCP() : CP_UTF8;
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        size -= 3;
    }
    int units = size ? MultiByteToWideChar(page, 0, bytes, (int)size, NULL, 0) : 0;
    wchar_t *wide = allocate(((size_t)units + 1) * sizeof *wide);
    if (units)
        MultiByteToWideChar(page, 0, bytes, (int)size, wide, units);
    return wide;
}

static wchar_t *read_all(HANDLE handle)
{
    char *bytes = NULL;
    size_t size = 0;
    DWORD done;
    for (;;) {
        char *grown = realloc(bytes, size + 65536);
        if (!grown)
            exit(1);
        bytes = grown;
        if (!ReadFile(handle, bytes + size, 65536, &done, NULL) || !done)
            break;
        size += done;
    }
    wchar_t *wide = to_wide(bytes, size);
    free(bytes);
    return wide;
}

/* What a command prints, from a child interpreter. */
static wchar_t *command_output(const wchar_t *command)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    HANDLE read_end, write_end;
    wchar_t self[MAX_PATH * 2];
    struct text line = {0};
    if (!CreatePipe(&read_end, &write_end, &inherit, 0))
        return copy_string(L"");
    SetHandleInformation(read_end, HANDLE_FLAG_INHERIT, 0);
    GetModuleFileNameW(NULL, self, ARRAYSIZE(self));
    text_append(&line, L"cmd.exe /s /d /c \"");
    text_append(&line, command);
    text_put(&line, '"');
    wchar_t *chars = text_take(&line), *output = NULL;
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = write_end;
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    BOOL started = CreateProcessW(self, chars, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process);
    CloseHandle(write_end);
    free(chars);
    if (started) {
        output = read_all(read_end);
        WaitForSingleObject(process.hProcess, INFINITE);
        CloseHandle(process.hThread);
        CloseHandle(process.hProcess);
    } else {
        print_system_error(GetLastError());
    }
    CloseHandle(read_end);
    return output ? output : copy_string(L"");
}

static wchar_t *inside(const wchar_t *text)
{
    size_t length = wcslen(text);
    wchar_t *copy = allocate((length + 1) * sizeof *copy);
    if (length >= 2)
        wmemcpy(copy, text + 1, length - 2);
    return copy;
}

static void file_loop(struct node *node, const wchar_t *set)
{
    struct options options;
    wchar_t *late = node->loop.options ? expand_late(node->loop.options) : NULL;
    read_options(late, &options);
    free(late);
    while (iswspace(*set))
        set++;
    wchar_t *trimmed = copy_string(set);
    size_t length = wcslen(trimmed);
    while (length && iswspace(trimmed[length - 1]))
        trimmed[--length] = 0;
    wchar_t first = trimmed[0], last = length ? trimmed[length - 1] : 0;
    wchar_t command = options.use_back_quotes ? '`' : '\'', string = options.use_back_quotes ? '\'' : '"';
    if (length >= 2 && first == command && last == command) {
        wchar_t *line = inside(trimmed), *output = command_output(line);
        run_lines(node, &options, output);
        free(output);
        free(line);
    } else if (length >= 2 && first == string && last == string) {
        wchar_t *line = inside(trimmed);
        if (options.skip == 0)
            run_tokens(node, &options, line);
        free(line);
    } else {
        const wchar_t *place = trimmed;
        wchar_t *name;
        while (!stopped() && (name = next_word(&place, TRUE)) != NULL) {
            HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                      OPEN_EXISTING, 0, NULL);
            if (file == INVALID_HANDLE_VALUE) {
                print_error(L"The system cannot find the file %ls.\r\n", name);
                state.error_level = 1;
                free(name);
                break;
            }
            wchar_t *text = read_all(file);
            CloseHandle(file);
            run_lines(node, &options, text);
            free(text);
            free(name);
        }
    }
    free(trimmed);
}

void command_for_set(struct node *node)
{
    wchar_t *set = expand_late(node->text), root[MAX_PATH * 4];
    switch (node->loop.kind) {
    case FOR_PLAIN:
    case FOR_FOLDERS: each_word(node, set, L""); break;
    case FOR_COUNT: count_loop(node, set); break;
    case FOR_FILE: file_loop(node, set); break;
    case FOR_TREE: {
        wchar_t *start = expand_late(node->loop.options ? node->loop.options : L".");
        const wchar_t *place = start;
        wchar_t *name = next_word(&place, TRUE);
        GetFullPathNameW(name ? name : L".", ARRAYSIZE(root) - 2, root, NULL);
        if (*root && root[wcslen(root) - 1] != '\\')
            wcscat(root, L"\\");
        each_tree(node, set, root);
        free(name);
        free(start);
        break;
    }
    }
    free(set);
}
