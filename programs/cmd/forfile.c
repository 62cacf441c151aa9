/*
 * for /f: the lines of files, of a text, or of what a command prints, split into tokens.
 */
#include "cmd.h"
#include "for.h"

#define TOKENS_MAX 31

struct options {
    wchar_t end_of_line;
    long skip;
    wchar_t delimiters[128];
    BOOL delimits[128];     /* of ASCII */
    int tokens[TOKENS_MAX]; /* numbers, in ascending order */
    int token_count;
    BOOL rest; /* a star: the rest of the line after the last token */
    BOOL use_back_quotes;
};

struct lines {
    struct node *node;
    struct options options;
    long skip; /* lines still to be left out of this file */
    int result;
};

static BOOL read_tokens(struct options *options, const wchar_t *text, size_t length)
{
    const wchar_t *end = text + length;
    BOOL chosen[TOKENS_MAX + 1] = {0};
    options->rest = FALSE;
    while (text < end) {
        wchar_t *after;
        if (*text == '*') {
            options->rest = TRUE;
            text++;
            continue;
        }
        if (*text == ',') {
            text++;
            continue;
        }
        if (!iswdigit(*text))
            return FALSE;
        const long from = wcstol(text, &after, 0);
        long to = from;
        if (*after == '-')
            to = wcstol(after + 1, &after, 0);
        if (from < 1)
            return FALSE;
        for (long n = from; n <= to && n <= TOKENS_MAX; n++)
            chosen[n] = TRUE;
        text = after;
    }
    options->token_count = 0;
    for (int n = 1; n <= TOKENS_MAX; n++)
        if (chosen[n])
            options->tokens[options->token_count++] = n;
    return TRUE;
}

static void set_delimiters(struct options *options, const wchar_t *start, size_t length)
{
    if (length >= ARRAYSIZE(options->delimiters))
        length = ARRAYSIZE(options->delimiters) - 1;
    wmemcpy(options->delimiters, start, length);
    options->delimiters[length] = 0;
    memset(options->delimits, 0, sizeof options->delimits);
    for (size_t i = 0; i < length; i++)
        if (start[i] < 128)
            options->delimits[start[i]] = TRUE;
}

/* NULL, or what is left of the options where they make no sense. The text is ours to change. */
static const wchar_t *read_options(wchar_t *text, struct options *options)
{
    *options = (struct options){.end_of_line = ';', .tokens = {1}, .token_count = 1};
    set_delimiters(options, L" \t", 2);
    if (!text)
        return NULL;
    const size_t quoted = *text == '"' ? wcslen(text) : 0;
    if (quoted > 1 && text[quoted - 1] == '"')
        text[quoted - 1] = 0;
    const wchar_t *p = text + (quoted != 0);
    while (*(p = skip_blanks(p))) {
        wchar_t *after;
        if (_wcsnicmp(p, L"eol=", 4) == 0) {
            options->end_of_line = p[4];
            p += p[4] ? 5 : 4;
        } else if (_wcsnicmp(p, L"skip=", 5) == 0) {
            options->skip = wcstol(p + 5, &after, 0);
            if (after == p + 5 || options->skip < 1)
                return p;
            p = after;
        } else if (_wcsnicmp(p, L"tokens=", 7) == 0) {
            const size_t length = wcscspn(p + 7, L" \t");
            if (!read_tokens(options, p + 7, length))
                return p;
            p += 7 + length;
        } else if (_wcsnicmp(p, L"usebackq", 8) == 0) {
            options->use_back_quotes = TRUE;
            p += 8;
        } else if (_wcsnicmp(p, L"useback", 7) == 0) {
            options->use_back_quotes = TRUE;
            p += 7;
        } else if (_wcsnicmp(p, L"delims=", 7) == 0) {
            /* up to the next blank, unless it is the last option: then blanks count too */
            size_t length = wcscspn(p + 7, L" ");
            if (!*skip_blanks(p + 7 + length))
                length = wcslen(p + 7);
            set_delimiters(options, p + 7, length);
            p += 7 + length;
        } else {
            return p;
        }
    }
    return NULL;
}

static BOOL delimits(const struct options *options, wchar_t c)
{
    return c < 128 ? options->delimits[c] : wcschr(options->delimiters, c) != NULL;
}

/* One line: splits it and runs the body with the variables from the loop's on. Variables behind the last
 * token are empty; a line without the first token runs nothing. */
static void run_tokens(struct lines *lines, wchar_t *line)
{
    const struct options *options = &lines->options;
    const wchar_t first = lines->node->loop.variable;
    const int variables = options->token_count + options->rest;
    wchar_t *values[TOKENS_MAX + 1], *outer[TOKENS_MAX + 1], *p = line;
    int token = 0, found = 0;
    for (int i = 0; i < variables; i++)
        values[i] = NULL;
    for (int i = 0; i < options->token_count; i++) {
        while (*p && token < options->tokens[i]) {
            while (*p && delimits(options, *p))
                p++;
            if (!*p)
                break;
            wchar_t *start = p;
            while (*p && !delimits(options, *p))
                p++;
            if (++token == options->tokens[i]) {
                values[i] = start;
                found++;
            }
            if (*p)
                *p++ = 0;
        }
    }
    if (options->rest) {
        while (*p && delimits(options, *p))
            p++;
        if (*p) {
            values[options->token_count] = p;
            found++;
        }
    }
    if (!found)
        return;
    for (int i = 1; i < variables; i++) {
        wchar_t **slot = &state.for_values[(first + i) & 127];
        outer[i] = *slot;
        *slot = values[i] ? values[i] : (wchar_t *)L"";
    }
    lines->result = run_body(lines->node, first, values[0] ? values[0] : (wchar_t *)L"");
    for (int i = 1; i < variables; i++)
        state.for_values[(first + i) & 127] = outer[i];
}

static void run_line_of_text(struct lines *lines, wchar_t *line)
{
    if (lines->skip > 0)
        lines->skip--;
    else if (*line && *line != lines->options.end_of_line)
        run_tokens(lines, line);
}

/* A text of the set; line feeds that delayed expansion brought into it separate lines. */
static void run_string(struct lines *lines, wchar_t *text)
{
    while (text && !stopped()) {
        wchar_t *feed = wcschr(text, '\n');
        if (feed)
            *feed++ = 0;
        run_line_of_text(lines, text);
        text = feed;
    }
}

/* Bytes as lines; a line's characters are converted one line at a time, so that the body sees the code page
 * that it has set. */
static void run_bytes(struct lines *lines, const char *bytes, size_t size)
{
    const UINT page = GetConsoleOutputCP() ? GetConsoleOutputCP() : CP_UTF8;
    const char *end = bytes + size;
    wchar_t *buffer = NULL;
    size_t room = 0;
    if (size >= 2 && (unsigned char)bytes[0] == 0xff && (unsigned char)bytes[1] == 0xfe) {
        const wchar_t *p = (const wchar_t *)(bytes + 2), *stop = p + (size - 2) / 2;
        while (p < stop && !stopped()) {
            const wchar_t *feed = wmemchr(p, '\n', (size_t)(stop - p)), *last = feed ? feed : stop;
            size_t length = (size_t)(last - p);
            if (length && p[length - 1] == '\r')
                length--;
            wchar_t *line = copy_chars(p, length);
            run_line_of_text(lines, line);
            free(line);
            p = last + 1;
        }
        return;
    }
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        bytes += 3;
    while (bytes < end && !stopped()) {
        const char *feed = memchr(bytes, '\n', (size_t)(end - bytes)), *last = feed ? feed : end;
        size_t length = (size_t)(last - bytes);
        if (length && bytes[length - 1] == '\r')
            length--;
        if (length + 1 > room) {
            room = length * 2 + 64;
            buffer = resize(buffer, room * sizeof *buffer);
        }
        const int units = length ? MultiByteToWideChar(page, 0, bytes, (int)length, buffer, (int)length) : 0;
        buffer[units] = 0;
        run_line_of_text(lines, buffer);
        bytes = last + 1;
    }
    free(buffer);
}

static char *read_all(HANDLE handle, size_t *ret_size)
{
    char *bytes = NULL;
    size_t size = 0, room = 0;
    DWORD done;
    for (;;) {
        if (room - size < 65536) {
            room = room * 2 + 65536;
            bytes = resize(bytes, room);
        }
        if (!ReadFile(handle, bytes + size, 65536, &done, NULL) || !done)
            break;
        size += done;
    }
    *ret_size = size;
    return bytes;
}

/* What a command prints, from a child interpreter. */
static void run_output(struct lines *lines, const wchar_t *command)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    STARTUPINFOW startup = {0};
    HANDLE read_end, write_end;
    wchar_t self[PATH_ROOM];
    struct text line = {0};
    size_t size = 0;
    if (!CreatePipe(&read_end, &write_end, &inherit, 0)) {
        fail_system(GetLastError());
        return;
    }
    SetHandleInformation(read_end, HANDLE_FLAG_INHERIT, 0);
    own_path(self, ARRAYSIZE(self));
    text_append(&line, L" /c "); /* echo is on there: @ matters in loops of the command */
    text_append(&line, command);
    const HANDLE old = GetStdHandle(STD_OUTPUT_HANDLE);
    SetStdHandle(STD_OUTPUT_HANDLE, write_end);
    const HANDLE process = start_program(self, self, line.chars, 0, &startup);
    SetStdHandle(STD_OUTPUT_HANDLE, old);
    CloseHandle(write_end);
    text_free(&line);
    if (process) {
        char *output = read_all(read_end, &size);
        WaitForSingleObject(process, INFINITE);
        CloseHandle(process);
        run_bytes(lines, output, size);
        free(output);
    }
    CloseHandle(read_end);
}

static int run_files(struct lines *lines, const wchar_t *names)
{
    wchar_t *name;
    while (!stopped() && (name = next_word(&names, TRUE)) != NULL) {
        size_t size;
        const HANDLE file = CreateFileW(name, GENERIC_READ,
                                        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                        OPEN_EXISTING, 0, NULL);
        if (file == INVALID_HANDLE_VALUE) {
            print_error(L"The system cannot find the file %ls.\r\n", name);
            free(name);
            state.error_level = 1;
            return 1;
        }
        free(name);
        char *bytes = read_all(file, &size);
        CloseHandle(file);
        lines->skip = lines->options.skip;
        run_bytes(lines, bytes, size);
        free(bytes);
    }
    return 0;
}

int file_loop(struct node *node, const wchar_t *set)
{
    struct lines lines = {.node = node, .result = 1};
    wchar_t *options = node->loop.options ? copy_string(node->loop.options) : NULL;
    const wchar_t *bad = read_options(options, &lines.options);
    if (bad) {
        print_error(L"%ls was unexpected at this time.\r\n", bad);
        free(options);
        state.error_level = 255;
        end_all_batches();
        return 255;
    }
    free(options);
    lines.skip = lines.options.skip;
    wchar_t *trimmed = copy_string(skip_delimiters(set));
    size_t length = wcslen(trimmed);
    while (length && is_delimiter(trimmed[length - 1]))
        trimmed[--length] = 0;
    const wchar_t first = trimmed[0], last = length > 1 ? trimmed[length - 1] : 0;
    const wchar_t command = lines.options.use_back_quotes ? '`' : '\'';
    const wchar_t string = lines.options.use_back_quotes ? '\'' : '"';
    if (last && last == first && (first == command || first == string)) {
        trimmed[length - 1] = 0;
        if (first == command)
            run_output(&lines, trimmed + 1);
        else
            run_string(&lines, trimmed + 1);
    } else if (run_files(&lines, trimmed)) {
        lines.result = 1;
    }
    free(trimmed);
    return lines.result;
}
