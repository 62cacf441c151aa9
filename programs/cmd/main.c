/*
 * cmd.exe's entry: switches, a command or batch file, or lines from standard input.
 */
#include "cmd.h"
#include <time.h>

struct state state = {.echo = TRUE, .extensions = TRUE};

static const wchar_t usage[] =
    L"Starts a command interpreter.\r\n\r\n"
    L"CMD [/A | /U] [/Q] [/D] [/E:ON | /E:OFF] [/F:ON | /F:OFF] [/V:ON | /V:OFF]\r\n"
    L"    [[/S] [/C | /K] command]\r\n\r\n"
    L"/C  carries out the command and ends      /K  carries it out and goes on\r\n"
    L"/S  strips the outer quotes only          /Q  echo off\r\n"
    L"/D  no AutoRun commands                   /T:bf  colors\r\n"
    L"/A  output in the code page               /U  output in UTF-16\r\n"
    L"/V  delayed expansion with !name!         /E  command extensions\r\n"
    L"/F  is taken and ignored: Tab completes file names\r\n";

/* A line of standard input, expanded, or NULL at its end. */
static wchar_t *next_input(void)
{
    static wchar_t line[MAX_LINE];
    return read_command(line, ARRAYSIZE(line)) ? expand_percent(line) : NULL;
}

static wchar_t *more_input(void)
{
    if (state.echo)
        print(L"More? ");
    return next_input();
}

static void interact(void)
{
    while (!state.leaving) {
        if (state.echo) {
            print(L"\r\n");
            show_prompt();
        }
        wchar_t *line = next_input();
        if (!line && !state.interrupted)
            break;
        /* Here at the latest: the event may have come behind the line that it ended. */
        InterlockedExchange(&state.interrupted, FALSE);
        if (!line)
            continue;
        run_line(line, more_input);
        free(line);
        state.jump = FALSE;
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
    if (!always && quotes == 2 && !special && blank) {
        wchar_t *word = copy_chars(copy + 1, (size_t)(last - copy - 1)), path[PATH_ROOM * 2];
        const BOOL program = find_program(word, path, ARRAYSIZE(path));
        free(word);
        if (program)
            return copy;
    }
    if (last != copy)
        memmove(last, last + 1, (wcslen(last + 1) + 1) * sizeof *last);
    memmove(copy, copy + 1, (wcslen(copy + 1) + 1) * sizeof *copy);
    return copy;
}

static int run_text(const wchar_t *command)
{
    wchar_t *line = expand_percent(command);
    int result = 1;
    if (line)
        result = run_line(line, NULL);
    else
        state.error_level = 1;
    free(line);
    state.jump = FALSE;
    return result;
}

static const wchar_t settings_key[] = L"Software\\Microsoft\\Command Processor";

static void read_setting(const wchar_t *name, BOOL *value)
{
    const HKEY roots[] = {HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER};
    for (size_t i = 0; i < ARRAYSIZE(roots); i++) {
        DWORD number, size = sizeof number;
        if (RegGetValueW(roots[i], settings_key, name, RRF_RT_REG_DWORD, NULL, &number, &size) ==
            ERROR_SUCCESS)
            *value = number != 0;
    }
}

static void run_autorun(void)
{
    const HKEY roots[] = {HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER};
    for (size_t i = 0; i < ARRAYSIZE(roots); i++) {
        wchar_t command[2048];
        DWORD size = sizeof command;
        if (RegGetValueW(roots[i], settings_key, L"AutoRun",
                         RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, NULL, command,
                         &size) == ERROR_SUCCESS &&
            *command)
            run_text(command);
    }
}

/* A program that runs gets the event itself; what the batch file does then is asked when it has ended. */
static BOOL WINAPI handle_control(DWORD event)
{
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        return FALSE;
    InterlockedExchange(&state.interrupted, TRUE);
    return TRUE;
}

int wmain(void)
{
    const wchar_t *p = GetCommandLineW();
    BOOL strip = FALSE, keep = FALSE, autorun = TRUE;
    wchar_t *command = NULL;
    srand((unsigned)time(NULL) * 2654435761u ^ GetCurrentProcessId());
    read_setting(L"DelayedExpansion", &state.delayed);
    read_setting(L"EnableExtensions", &state.extensions);
    /* past the program's name */
    if (*p == '"')
        for (p++; *p && *p++ != '"';) {
        }
    else
        while (*p && !iswspace(*p) && *p != '/')
            p++;
    while (*p) {
        while (iswspace(*p) || *p == ',' || *p == ';' || *p == '=')
            p++;
        /* "/c command" in quotes as a whole, how programs pass one argument: the last one stays */
        p += p[0] == '"' && p[1] == '/';
        if (*p != '/' || !p[1])
            break;
        const wchar_t option = (wchar_t)towlower(p[1]);
        p += 2;
        if (option == 'c' || option == 'k' || option == 'r') {
            keep = option == 'k';
            while (iswspace(*p))
                p++;
            command = strip_quotes(p, strip);
            break;
        }
        const BOOL on = _wcsnicmp(p, L":off", 4) != 0;
        switch (option) {
        case 's': strip = TRUE; break;
        case 'q': state.echo = FALSE; break;
        case 'd': autorun = FALSE; break;
        case 'a': state.unicode = FALSE; break;
        case 'u': state.unicode = TRUE; break;
        case 'v': state.delayed = on; break;
        case 'e':
        case 'x': state.extensions = on; break;
        case 'y': state.extensions = FALSE; break;
        case 't':
            if (*p == ':')
                command_color(p + 1);
            break;
        case '?': print(L"%ls", usage); return 0;
        default: break;
        }
        while (*p && !iswspace(*p) && *p != '/')
            p++;
    }
    SetConsoleCtrlHandler(handle_control, TRUE);
    if (autorun)
        run_autorun();
    if (command) {
        const int result = run_text(command);
        free(command);
        if (!keep)
            return state.interrupted ? (int)STATUS_CONTROL_C_EXIT : result;
    } else if (state.echo) {
        print(L"Microsoft Windows [Version 10.0.19045.0]\r\n");
    }
    if (!command || keep) {
        state.interactive = TRUE;
        interact();
    }
    return state.error_level;
}
