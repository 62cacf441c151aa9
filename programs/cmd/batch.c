/*
 * Batch files: reading lines, labels, arguments, call frames.
 */
#include "cmd.h"

/* Reads the file if it has changed since; FALSE when it is gone. A batch file may write to itself. */
static BOOL refresh(struct batch *batch)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    if (!GetFileAttributesExW(batch->path, GetFileExInfoStandard, &data))
        return FALSE;
    if (batch->content && data.nFileSizeLow == batch->size &&
        !CompareFileTime(&data.ftLastWriteTime, &batch->written))
        return TRUE;
    const HANDLE file = CreateFileW(batch->path, GENERIC_READ,
                                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                    OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return FALSE;
    DWORD done = 0;
    const DWORD size = GetFileSize(file, NULL);
    char *content = allocate((size_t)size + 1);
    const BOOL good = ReadFile(file, content, size, &done, NULL);
    CloseHandle(file);
    if (!good) {
        free(content);
        return FALSE;
    }
    free(batch->content);
    batch->content = content;
    batch->size = done;
    batch->written = data.ftLastWriteTime;
    return TRUE;
}

/* The next raw line of a batch file; NULL at the end. */
static wchar_t *read_line(struct batch *batch)
{
    if (!refresh(batch)) {
        print_error(L"The batch file cannot be found.\r\n");
        state.error_level = 1;
        batch->ended = TRUE;
        return NULL;
    }
    if (batch->at >= batch->size)
        return NULL;
    size_t start = batch->at, end = start;
    while (end < batch->size && batch->content[end] != '\n' && batch->content[end] != 0x1a)
        end++;
    batch->at = end + (end < batch->size);
    if (end > start && batch->content[end - 1] == '\r')
        end--;
    if (start == 0 && end >= 3 && memcmp(batch->content, "\xef\xbb\xbf", 3) == 0)
        start = 3;
    const UINT page = GetConsoleOutputCP() ? GetConsoleOutputCP() : CP_UTF8;
    wchar_t *line = allocate((end - start + 1) * sizeof *line);
    if (end > start)
        MultiByteToWideChar(page, 0, batch->content + start, (int)(end - start), line, (int)(end - start));
    if (wcslen(line) >= MAX_LINE) {
        print_error(L"The input line is too long.\r\n");
        line[MAX_LINE - 1] = 0;
    }
    return line;
}

wchar_t *batch_more(void)
{
    if (!state.batch || state.batch->ended)
        return NULL;
    wchar_t *raw = read_line(state.batch);
    if (!raw)
        return NULL;
    wchar_t *line = expand_percent(raw);
    free(raw);
    return line;
}

void end_all_batches(void)
{
    for (struct batch *batch = state.batch; batch; batch = batch->caller)
        batch->ended = TRUE;
    state.jump = TRUE;
}

static void set_words(struct batch *batch, const wchar_t *name, const wchar_t *arguments)
{
    const wchar_t *place = skip_delimiters(arguments);
    int room = 0;
    batch->arguments = copy_string(place);
    trim_end(batch->arguments);
    batch->word_count = 0;
    for (wchar_t *word = copy_string(name); word; word = next_word(&place, FALSE)) {
        if (batch->word_count == room) {
            room = room ? room * 2 : 16;
            batch->words = resize(batch->words, (size_t)room * sizeof *batch->words);
        }
        batch->words[batch->word_count++] = word;
    }
    batch->name_shifted = FALSE;
}

static void free_words_of(struct batch *batch)
{
    for (int i = 0; i < batch->word_count; i++)
        free(batch->words[i]);
    free(batch->words);
    free(batch->arguments);
    batch->words = NULL;
}

/* The file that was started without call takes the place of the running one. */
static void follow_chain(struct batch *batch)
{
    restore_environment(batch->setlocal_depth);
    batch->setlocal_depth = 0;
    free_words_of(batch);
    free(batch->content);
    free(batch->path);
    batch->content = NULL;
    batch->path = state.chain.path;
    batch->frame = FALSE;
    batch->at = 0;
    batch->is_cmd = wcslen(batch->path) > 4 && _wcsicmp(batch->path + wcslen(batch->path) - 4, L".cmd") == 0;
    set_words(batch, state.chain.name, state.chain.arguments);
    free(state.chain.name);
    free(state.chain.arguments);
    memset(&state.chain, 0, sizeof state.chain);
    batch->ended = !refresh(batch);
}

static void ask_to_terminate(void)
{
    wchar_t answer = 'Y';
    const BOOL answered = ask(L"Terminate batch job (Y/N)? ", L"YN", &answer);
    InterlockedExchange(&state.interrupted, FALSE);
    if (!answered || answer == 'Y') {
        state.error_level = (int)STATUS_CONTROL_C_EXIT;
        end_all_batches();
    }
}

static void run_lines(struct batch *batch)
{
    while (!batch->ended && !batch->popped && !state.leaving) {
        wchar_t *raw = read_line(batch);
        if (!raw)
            break;
        const wchar_t *p = skip_delimiters(raw);
        if (*p && *p != ':') {
            wchar_t *line = expand_percent(raw);
            if (line)
                run_line(line, batch_more);
            else
                end_all_batches();
            free(line);
        }
        free(raw);
        state.jump = FALSE;
        if (state.interrupted)
            ask_to_terminate();
        if (state.chain.path && !batch->popped)
            follow_chain(batch);
    }
    state.jump = FALSE;
}

/* Back in the caller, as at the end of the file; the line that is under way goes on there. */
void pop_batch(struct batch *batch)
{
    if (batch->popped)
        return;
    batch->popped = TRUE;
    restore_environment(batch->setlocal_depth);
    batch->setlocal_depth = 0;
    state.batch = batch->caller;
}

static void run_frame(struct batch *batch, const wchar_t *name, const wchar_t *arguments)
{
    const int for_depth = state.for_depth;
    set_words(batch, name, arguments);
    batch->caller = state.batch;
    state.batch = batch;
    state.for_depth = 0;
    state.depth++;
    run_lines(batch);
    state.depth--;
    state.for_depth = for_depth;
    pop_batch(batch);
    free_words_of(batch);
    free(batch->content);
    free(batch->path);
    free(batch);
}

/* A tenth of the stack is kept for what the innermost batch file does. */
static BOOL too_deep(void)
{
    ULONG_PTR low, high;
    GetCurrentThreadStackLimits(&low, &high);
    if ((ULONG_PTR)&low - low > (high - low) / 10)
        return FALSE;
    print_error(L"****** B A T C H   R E C U R S I O N  exceeds STACK limits ******\r\n"
                L"Recursion Count=%d, Stack Usage=90 percent\r\n"
                L"******       B A T C H   PROCESSING IS   A B O R T E D      ******\r\n",
                state.depth);
    state.error_level = 255;
    end_all_batches();
    return TRUE;
}

int run_batch(const wchar_t *path, const wchar_t *name, const wchar_t *arguments, BOOL called)
{
    if (state.batch && !called) {
        state.chain.path = copy_string(path);
        state.chain.name = copy_string(name);
        state.chain.arguments = copy_string(arguments);
        state.jump = TRUE;
        return 0;
    }
    if (too_deep())
        return 255;
    struct batch *batch = allocate(sizeof *batch);
    const size_t length = wcslen(path);
    batch->path = copy_string(path);
    batch->is_cmd = length > 4 && _wcsicmp(path + length - 4, L".cmd") == 0;
    run_frame(batch, name, arguments);
    return state.error_level;
}

/* ---- labels */

static BOOL ends_label(wchar_t c)
{
    return !c || wcschr(L" \t:+,;=&|<>^()\xa0\v\f\r\n", c) != NULL;
}

/* Moves the batch behind the label, looking from here to the end, then from the start. */
static BOOL find_label(struct batch *batch, const wchar_t *label)
{
    label = skip_delimiters(label);
    label = skip_delimiters(label + (*label == ':'));
    size_t length = 0;
    while (!ends_label(label[length]))
        length++;
    const size_t from = batch->at;
    if (!length || !refresh(batch))
        return FALSE;
    const UINT page = GetConsoleOutputCP() ? GetConsoleOutputCP() : CP_UTF8;
    for (int pass = 0; pass < 2; pass++) {
        size_t at = pass ? 0 : from;
        const size_t stop = pass && from < batch->size ? from : batch->size;
        while (at < stop) {
            const char *feed = memchr(batch->content + at, '\n', batch->size - at);
            const size_t end = feed ? (size_t)(feed - batch->content) : batch->size;
            size_t p = at;
            while (p < end && is_delimiter((unsigned char)batch->content[p]))
                p++;
            if (p < end && batch->content[p] == ':') {
                wchar_t line[512];
                const int bytes = (int)(end - p - 1 < 500 ? end - p - 1 : 500);
                const int units = bytes
                                      ? MultiByteToWideChar(page, 0, batch->content + p + 1, bytes, line, 511)
                                      : 0;
                line[units] = 0;
                const wchar_t *name = skip_delimiters(line);
                if (_wcsnicmp(name, label, length) == 0 && ends_label(name[length])) {
                    batch->at = end + (feed != NULL);
                    return TRUE;
                }
            }
            at = end + 1;
        }
    }
    return FALSE;
}

static int no_label(const wchar_t *label)
{
    wchar_t *name = copy_string(label);
    trim_end(name);
    print_error(L"The system cannot find the batch label specified - %ls\r\n", name + (*name == ':'));
    free(name);
    return state.error_level = 1;
}

/* A label that is missing ends the file; what is left of the line runs in the caller. */
int command_goto(const wchar_t *arguments)
{
    const wchar_t *name = skip_delimiters(arguments);
    struct batch *batch = state.batch;
    if (!batch)
        return 0;
    if (!*name) {
        print_error(L"No batch label specified to GOTO command.\r\n");
        state.error_level = 1;
        pop_batch(batch);
        return 1;
    }
    if (state.extensions && _wcsnicmp(name, L":eof", 4) == 0 && ends_label(name[4])) {
        batch->ended = TRUE;
    } else if (!find_label(batch, name)) {
        no_label(name);
        pop_batch(batch);
        return 1;
    }
    state.jump = TRUE;
    return 0;
}

int call_label(const wchar_t *label, const wchar_t *arguments)
{
    struct batch *caller = state.batch;
    if (_wcsicmp(label, L":eof") == 0)
        return state.error_level;
    if (too_deep())
        return 255;
    struct batch *batch = allocate(sizeof *batch);
    batch->frame = TRUE;
    batch->is_cmd = caller->is_cmd;
    batch->path = copy_string(caller->path);
    batch->at = caller->at;
    batch->size = caller->size;
    batch->written = caller->written;
    batch->content = memcpy(allocate(caller->size + 1), caller->content, caller->size);
    if (!find_label(batch, label)) {
        free(batch->content);
        free(batch->path);
        free(batch);
        return no_label(label);
    }
    run_frame(batch, label, arguments);
    return state.error_level;
}

/* call :label, call file or call command: expanded a second time, its carets doubled before. */
int command_call(const wchar_t *arguments)
{
    const wchar_t *error, *p = skip_delimiters(arguments);
    struct text doubled = {0};
    struct saved_handle *saved = NULL;
    int result = 0;
    if (!*p) { /* "(call )" clears the level and "(call)" sets it, by the blank */
        state.error_level = *arguments ? 0 : 1;
        return state.error_level;
    }
    for (; *p; p++) {
        if (*p == '^')
            text_put(&doubled, '^');
        text_put(&doubled, *p);
    }
    wchar_t *line = expand_percent(doubled.chars);
    text_free(&doubled);
    if (!line) {
        end_all_batches();
        return 1;
    }
    struct node *node = parse(line, NULL, &error);
    free(line);
    if (error || (node && node->kind != NODE_COMMAND)) {
        const BOOL keyword = node && (node->kind == NODE_IF || node->kind == NODE_FOR);
        if (keyword)
            print_error(L"'%ls' is not recognized as an internal or external command,\r\n"
                        L"operable program or batch file.\r\n",
                        node->kind == NODE_IF ? L"if" : L"for");
        free_node(node);
        return state.error_level = 1;
    }
    if (!node)
        return 0;
    if (!redirect(node->redirections, &saved)) {
        free_node(node);
        return 1;
    }
    p = skip_delimiters(node->text);
    if (*p == ':' && state.batch) {
        size_t length = 0;
        while (p[length] && (!length || !ends_label(p[length]) || p[length] == '('))
            length++;
        wchar_t *label = copy_chars(p, length);
        result = call_label(label, p + length);
        free(label);
    } else if (*p == ':') {
        print_error(L"Invalid attempt to call batch label outside of batch script.\r\n");
        result = state.error_level = 1;
    } else {
        result = run_command_text(p, TRUE);
    }
    undo_redirections(saved);
    free_node(node);
    return result;
}

int command_shift(const wchar_t *arguments)
{
    struct batch *batch = state.batch;
    const wchar_t *p = skip_delimiters(arguments);
    int first = 0;
    if (!batch)
        return 0;
    if (*p == '/' && state.extensions) {
        if (p[1] < '0' || p[1] > '8') {
            print_error(L"Invalid parameter to SHIFT command\r\n");
            return 1;
        }
        first = p[1] - '0';
    }
    if (first >= batch->word_count)
        return 0;
    free(batch->words[first]);
    batch->word_count--;
    memmove(batch->words + first, batch->words + first + 1,
            (size_t)(batch->word_count - first) * sizeof *batch->words);
    batch->name_shifted |= first == 0;
    return 0;
}

int command_exit(const wchar_t *arguments)
{
    const wchar_t *p = skip_delimiters(arguments);
    BOOL batch_only = FALSE;
    if (_wcsnicmp(p, L"/b", 2) == 0) {
        batch_only = TRUE;
        p = skip_delimiters(p + 2);
    }
    if (*p == '-' || *p == '+' || iswdigit(*p))
        state.error_level = (int)wcstol(p, NULL, 0);
    if (batch_only && state.batch) {
        state.batch->ended = TRUE;
        state.jump = TRUE;
    } else {
        state.leaving = TRUE;
    }
    return state.error_level;
}
