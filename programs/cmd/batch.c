/*
 * Batch files: reading lines, labels, arguments, call frames.
 */
#include "cmd.h"

static char *read_file(const wchar_t *path, size_t *ret_size)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                              NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return NULL;
    LARGE_INTEGER size;
    DWORD done = 0;
    char *content = NULL;
    if (GetFileSizeEx(file, &size) && size.QuadPart < 0x10000000) {
        content = allocate((size_t)size.QuadPart + 1);
        if (!ReadFile(file, content, (DWORD)size.QuadPart, &done, NULL))
            done = 0;
    }
    CloseHandle(file);
    *ret_size = done;
    return content;
}

/* The next raw line of a batch file, malloc'ed; NULL at the end. */
static wchar_t *read_line(struct batch *batch)
{
    if (!batch || batch->ended || batch->at >= batch->size)
        return NULL;
    size_t start = batch->at, end = start;
    while (end < batch->size && batch->content[end] != '\n' && batch->content[end] != 0x1a)
        end++;
    batch->at = end < batch->size && batch->content[end] == '\n' ? end + 1
                : end < batch->size                              ? batch->size
                                                                 : end;
    if (end > start && batch->content[end - 1] == '\r')
        end--;
    if (start == 0 && end >= 3 && memcmp(batch->content, "\xef\xbb\xbf", 3) == 0)
        start = 3;
    UINT page = GetConsoleOutputCP() ? GetConsoleOutputCP() : CP_UTF8;
    int units = end > start
                    ? MultiByteToWideChar(page, 0, batch->content + start, (int)(end - start), NULL, 0)
                    : 0;
    wchar_t *line = allocate(((size_t)units + 1) * sizeof *line);
    if (units)
        MultiByteToWideChar(page, 0, batch->content + start, (int)(end - start), line, units);
    return line;
}

wchar_t *batch_more(void)
{
    wchar_t *raw = read_line(state.batch);
    if (!raw)
        return NULL;
    wchar_t *line = expand_percent(raw);
    free(raw);
    return line;
}

void split_words(struct batch *batch, const wchar_t *arguments)
{
    const wchar_t *place = arguments;
    wchar_t *word;
    batch->word_count = 1;
    while (batch->word_count < (int)ARRAYSIZE(batch->words) && (word = next_word(&place, FALSE)) != NULL)
        batch->words[batch->word_count++] = word;
}

static void run_lines(struct batch *batch)
{
    while (!batch->ended && !state.leaving) {
        state.jump = FALSE;
        wchar_t *raw = read_line(state.batch);
        if (!raw)
            break;
        const wchar_t *p = raw;
        while (*p == ' ' || *p == '\t')
            p++;
        if (*p && *p != ':') {
            wchar_t *line = expand_percent(raw);
            run_line(line, batch_more);
            free(line);
        }
        free(raw);
    }
    state.jump = FALSE;
}

static int run_frame(struct batch *batch, const wchar_t *name, const wchar_t *arguments)
{
    while (iswspace(*arguments))
        arguments++;
    batch->caller = state.batch;
    batch->arguments = copy_string(arguments);
    batch->words[0] = copy_string(name);
    split_words(batch, arguments);
    state.batch = batch;
    wchar_t *saved[128];
    memcpy(saved, state.for_values, sizeof saved);
    memset(state.for_values, 0, sizeof state.for_values);
    run_lines(batch);
    memcpy(state.for_values, saved, sizeof saved);
    restore_environment(batch->setlocal_depth);
    state.batch = batch->caller;
    for (int i = 0; i < batch->word_count; i++)
        free(batch->words[i]);
    free(batch->arguments);
    return state.error_level;
}

int run_batch(const wchar_t *path, const wchar_t *arguments)
{
    struct batch *batch = allocate(sizeof *batch);
    batch->content = read_file(path, &batch->size);
    if (!batch->content) {
        print_system_error(GetLastError());
        free(batch);
        return 1;
    }
    batch->path = copy_string(path);
    int result = run_frame(batch, path, arguments);
    free(batch->content);
    free(batch->path);
    free(batch);
    return result;
}

/* True if the line is the label; what a label's name ends at is documented loosely, blanks and
 * separators do. */
static BOOL is_label(const wchar_t *line, const wchar_t *label, size_t length)
{
    while (*line == ' ' || *line == '\t')
        line++;
    if (*line++ != ':')
        return FALSE;
    while (*line == ' ' || *line == '\t')
        line++;
    return _wcsnicmp(line, label, length) == 0 && (!line[length] || wcschr(L" \t:+,;=&|<>^", line[length]));
}

/* Moves the batch behind the label, looking from here to the end, then from the start. */
static BOOL find_label(struct batch *batch, const wchar_t *label)
{
    while (*label == ':' || *label == ' ' || *label == '\t')
        label++;
    size_t length = wcscspn(label, L" \t:+,;=");
    size_t from = batch->at;
    for (int pass = 0; pass < 2; pass++) {
        batch->at = pass ? 0 : from;
        while (batch->at < batch->size && (!pass || batch->at < from)) {
            wchar_t *line = read_line(batch);
            if (!line)
                break;
            BOOL found = is_label(line, label, length);
            free(line);
            if (found)
                return TRUE;
        }
    }
    batch->at = from;
    return FALSE;
}

BOOL goto_label(const wchar_t *label)
{
    struct batch *batch = state.batch;
    const wchar_t *name = label;
    while (*name == ' ' || *name == '\t')
        name++;
    if (state.extensions && _wcsnicmp(name, L":eof", 4) == 0 && (!name[4] || iswspace(name[4]))) {
        batch->ended = TRUE;
        state.jump = TRUE;
        return TRUE;
    }
    if (!find_label(batch, label)) {
        while (*label == ':')
            label++;
        print_error(L"The system cannot find the batch label specified - %ls\r\n", label);
        state.error_level = 1;
        batch->ended = TRUE;
        state.jump = TRUE;
        return FALSE;
    }
    state.jump = TRUE;
    return TRUE;
}

int call_label(const wchar_t *label, const wchar_t *arguments)
{
    struct batch *caller = state.batch, *batch = allocate(sizeof *batch);
    batch->frame = TRUE;
    batch->path = caller->path;
    batch->content = caller->content;
    batch->size = caller->size;
    batch->at = caller->at;
    if (_wcsicmp(label, L":eof") == 0) {
        free(batch);
        return state.error_level;
    }
    if (!find_label(batch, label)) {
        print_error(L"The system cannot find the batch label specified - %ls\r\n", label + 1);
        state.error_level = 1;
        free(batch);
        return 1;
    }
    int result = run_frame(batch, label, arguments);
    free(batch);
    return result;
}
