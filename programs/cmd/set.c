/*
 * set: showing and setting variables, and /p.
 */
#include "cmd.h"

/* "name=value" with the quotes that may enclose both; what follows the last quote is dropped. */
static wchar_t *unquoted(const wchar_t *text)
{
    if (*text != '"')
        return copy_string(text);
    wchar_t *copy = copy_string(text + 1), *last = wcsrchr(copy, '"');
    if (last)
        *last = 0;
    return copy;
}

static int compare_items(const void *a, const void *b)
{
    return _wcsicmp(*(wchar_t *const *)a, *(wchar_t *const *)b);
}

static int show(const wchar_t *prefix)
{
    wchar_t *block = GetEnvironmentStringsW(), **items = NULL;
    size_t count = 0, length = wcslen(prefix);
    for (wchar_t *item = block; *item; item += wcslen(item) + 1) {
        if (*item == '=' || _wcsnicmp(item, prefix, length) != 0)
            continue;
        items = realloc(items, (count + 1) * sizeof *items);
        if (!items)
            exit(1);
        items[count++] = item;
    }
    if (count)
        qsort(items, count, sizeof *items, compare_items);
    for (size_t i = 0; i < count; i++)
        print(L"%ls\r\n", items[i]);
    free(items);
    FreeEnvironmentStringsW(block);
    if (!count)
        print_error(L"Environment variable %ls not defined\r\n", prefix);
    return !count;
}

/* set /p: nothing entered leaves the variable as it was; without a name it only shows the prompt. */
static int ask_for(wchar_t *text)
{
    wchar_t line[1024], *equals = wcschr(text, '=');
    if (!equals)
        return fail_syntax();
    wchar_t *prompt = unquoted(skip_blanks(equals + 1));
    *equals = 0;
    print(L"%ls", prompt);
    free(prompt);
    if (!read_input(line, ARRAYSIZE(line)) || !*line)
        return 1;
    if (*text)
        SetEnvironmentVariableW(text, line);
    return 0;
}

int command_set(const wchar_t *arguments)
{
    int result = 0;
    arguments = skip_blanks(arguments);
    if (state.extensions && _wcsnicmp(arguments, L"/a", 2) == 0)
        return set_arithmetic(arguments + 2);
    const BOOL asks = state.extensions && _wcsnicmp(arguments, L"/p", 2) == 0;
    wchar_t *text = unquoted(skip_blanks(arguments + (asks ? 2 : 0))), *equals = wcschr(text, '=');
    if (asks) {
        result = ask_for(text);
    } else if (!equals) {
        trim_end(text);
        result = show(text);
    } else if (equals == text) {
        result = fail_syntax();
    } else {
        *equals = 0;
        /* taking away what is not defined is a failure that only && and || see in a .bat */
        if (!SetEnvironmentVariableW(text, equals[1] ? equals + 1 : NULL) && !equals[1])
            result = 1;
    }
    free(text);
    return result;
}
