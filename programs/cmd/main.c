/*
 * cmd.exe's entry: switches, a command or batch file, or lines from standard input.
 */
#include "cmd.h"
#include <time.h>

struct state state = {.echo = TRUE, .extensions = TRUE};

static const wchar_t usage[] =
    L"Starts a command interpreter.\r\n\r\n"
    L"CMD [/A | /U] [/Q] [/D] [/E:ON | /E:OFF] [/V:ON | /V:OFF] [[/S] [/C | /K] command]\r\n\r\n"
    L"/C  carries out the command and ends      /K  carries it out and goes on\r\n"
    L"/S  strips the outer quotes only          /Q  echo off\r\n"
    L"/V  delayed expansion with !name!         /E  command extensions\r\n";

/* Prints the prompt as PROMPT says ($P$G by default). */
static void show_prompt(void)
{
    wchar_t *prompt = get_variable(L"PROMPT", 6), folder[MAX_PATH * 2];
    struct text out = {0};
    GetCurrentDirectoryW(ARRAYSIZE(folder), folder);
    for (const wchar_t *p = prompt ? prompt : L"$P$G"; *p; p++) {
        if (*p != '$') {
            text_put(&out, *p);
            continue;
        }
        switch (towupper(*++p)) {
        case 'P': text_append(&out, folder); break;
        case 'G': text_put(&out, '>'); break;
        case 'L': text_put(&out, '<'); break;
        case 'A': text_put(&out, '&'); break;
        case 'B': text_put(&out, '|'); break;
        case 'C': text_put(&out, '('); break;
        case 'F': text_put(&out, ')'); break;
        case 'E': text_put(&out, 0x1b); break;
        case 'N': text_add(&out, folder, 1); break;
        case 'Q': text_put(&out, '='); break;
        case 'S': text_put(&out, ' '); break;
        case '_': text_append(&out, L"\r\n"); break;
        case '$': text_put(&out, '$'); break;
        case 0: p--; break;
        default: break;
        }
    }
    write_text(GetStdHandle(STD_OUTPUT_HANDLE), out.chars ? out.chars : L"", out.length);
    text_free(&out);
    free(prompt);
}

/* A line of standard input, or NULL at its end. */
static wchar_t *input_line(void)
{
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    DWORD mode, done, used = 0;
    if (GetConsoleMode(input, &mode)) {
        wchar_t *line = allocate(MAX_LINE * sizeof *line);
        if (!ReadConsoleW(input, line, MAX_LINE - 1, &done, NULL) || !done) {
            free(line);
            return NULL;
        }
        while (done && (line[done - 1] == '\n' || line[done - 1] == '\r'))
            line[--done] = 0;
        return line;
    }
    static char bytes[MAX_LINE];
    BOOL any = FALSE;
    while (used < sizeof bytes - 1 && ReadFile(input, bytes + used, 1, &done, NULL) && done) {
        any = TRUE;
        if (bytes[used] == '\n')
            break;
        used++;
    }
    if (!any)
        return NULL;
    if (used && bytes[used - 1] == '\r')
        used--;
    wchar_t *line = allocate((used + 1) * sizeof *line);
    if (used)
        MultiByteToWideChar(GetConsoleCP() ? GetConsoleCP() : CP_UTF8, 0, bytes, (int)used, line, (int)used);
    return line;
}

static wchar_t *input_more(void)
{
    if (state.echo)
        print(L"More? ");
    wchar_t *raw = input_line();
    if (!raw)
        return NULL;
    wchar_t *line = expand_percent(raw);
    free(raw);
    return line;
}

static void interact(void)
{
    while (!state.leaving) {
        if (state.echo)
            show_prompt();
        wchar_t *raw = input_line();
        if (!raw)
            break;
        wchar_t *line = expand_percent(raw);
        run_line(line, input_more);
        free(line);
        free(raw);
    }
}

/* What follows /c or /k: the outer quotes go if they are the first and last and either /s is given
 * or the documented conditions for keeping them are not met. */
static wchar_t *strip_quotes(const wchar_t *command, BOOL always)
{
    wchar_t *copy = copy_string(command), *last = wcsrchr(copy, '"');
    size_t quotes = 0;
    BOOL special = FALSE, blank = FALSE;
    if (*copy != '"')
        return copy;
    for (wchar_t *p = copy; *p; p++)
        quotes += *p == '"';
    for (wchar_t *p = copy + 1; p < last; p++) {
        special |= wcschr(L"&<>()@^|", *p) != NULL;
        blank |= iswspace(*p) != 0;
    }
    if (!always && quotes == 2 && !special && blank && last) {
        wchar_t word[1024], path[MAX_PATH * 2];
        command_word(copy, word, ARRAYSIZE(word));
        if (SearchPathW(NULL, word, L".exe", ARRAYSIZE(path), path, NULL))
            return copy;
    }
    if (last && last != copy)
        memmove(last, last + 1, (wcslen(last + 1) + 1) * sizeof *last);
    memmove(copy, copy + 1, (wcslen(copy + 1) + 1) * sizeof *copy);
    return copy;
}

int wmain(void)
{
    const wchar_t *p = GetCommandLineW();
    BOOL strip = FALSE, keep = FALSE;
    wchar_t *command = NULL;
    srand((unsigned)time(NULL) ^ GetCurrentProcessId());
    /* past the program's name */
    if (*p == '"')
        for (p++; *p && *p++ != '"';) {
        }
    else
        while (*p && !iswspace(*p) && *p != '/')
            p++;
    while (*p) {
        while (iswspace(*p))
            p++;
        /* "/c command" in quotes as a whole, how programs pass one argument: the last one stays */
        p += p[0] == '"' && p[1] == '/';
        if (*p != '/' || !p[1])
            break;
        wchar_t option = (wchar_t)towlower(p[1]);
        p += 2;
        if (option == 'c' || option == 'k' || option == 'r') {
            keep = option == 'k';
            while (iswspace(*p))
                p++;
            command = strip_quotes(p, strip);
            break;
        }
        BOOL on = _wcsnicmp(p, L":off", 4) != 0;
        switch (option) {
        case 's': strip = TRUE; break;
        case 'q': state.echo = FALSE; break;
        case 'v': state.delayed = on; break;
        case 'e':
        case 'x': state.extensions = on; break;
        case 'y': state.extensions = FALSE; break;
        case '?': print(L"%ls", usage); return 0;
        default: break;
        }
        while (*p && !iswspace(*p) && *p != '/')
            p++;
    }
    if (command) {
        wchar_t *line = expand_percent(command);
        run_line(line, NULL);
        free(line);
        free(command);
    }
    if (!command || keep) {
        state.interactive = TRUE;
        interact();
    }
    return state.error_level;
}
