/*
 * set: showing and setting variables, /p, and the arithmetic of /a.
 */
#include "cmd.h"

static struct {
    const wchar_t *at;
    const wchar_t *error;
} in;

static void skip_blanks(void)
{
    while (iswspace(*in.at))
        in.at++;
}

static int expression(int level);

static BOOL is_name_start(wchar_t c)
{
    return iswalpha(c) || c > 127 || (c && wcschr(L"_$#@?[]{}.:\\", c));
}

static size_t name_length(const wchar_t *p)
{
    size_t n = 0;
    if (!is_name_start(*p))
        return 0;
    while (p[n] && !iswspace(p[n]) && !wcschr(L"()!~*/%+-<>&^|=,\"", p[n]))
        n++;
    return n;
}

static int read_variable(const wchar_t *name, size_t length)
{
    wchar_t *value = get_variable(name, length);
    int number = value ? (int)wcstoul(value, NULL, 0) : 0;
    if (value && *value == '-')
        number = (int)wcstol(value, NULL, 0);
    free(value);
    return number;
}

static void write_variable(const wchar_t *name, size_t length, int value)
{
    wchar_t *copy = allocate((length + 1) * sizeof *copy), number[16];
    wmemcpy(copy, name, length);
    _snwprintf(number, 16, L"%d", value);
    SetEnvironmentVariableW(copy, number);
    free(copy);
}

static int primary(void)
{
    skip_blanks();
    wchar_t c = *in.at;
    if (c == '(') {
        in.at++;
        int value = expression(0);
        skip_blanks();
        if (*in.at == ')')
            in.at++;
        else if (!in.error)
            in.error = L"Unbalanced parenthesis.";
        return value;
    }
    if (c == '-' || c == '+' || c == '~' || c == '!') {
        in.at++;
        int value = primary();
        return c == '-' ? (int)(0u - (unsigned)value) : c == '~' ? ~value : c == '!' ? !value : value;
    }
    if (iswdigit(c)) {
        wchar_t *end;
        errno = 0;
        unsigned long value = wcstoul(in.at, &end, 0);
        if (errno == ERANGE && !in.error)
            in.error = L"Invalid number.  Numbers are limited to 32-bits of precision.";
        if (iswalnum(*end) && !in.error)
            in.error = L"Invalid number.  Numeric constants are either decimal (17),\r\nhexadecimal (0x11), "
                       L"or octal (021).";
        in.at = end;
        return (int)value;
    }
    size_t length = name_length(in.at);
    if (length) {
        const wchar_t *name = in.at;
        in.at += length;
        return read_variable(name, length);
    }
    if (!in.error)
        in.error = L"Missing operand.";
    return 0;
}

static const struct operation {
    const wchar_t *text;
    int level;
} operations[] = {{L"|", 1}, {L"^", 2}, {L"&", 3}, {L"<<", 4}, {L">>", 4},
                  {L"+", 5}, {L"-", 5}, {L"*", 6}, {L"/", 6},  {L"%", 6}};

static int apply(wchar_t operation, int left, int right)
{
    unsigned a = (unsigned)left, b = (unsigned)right;
    switch (operation) {
    case '|': return left | right;
    case '^': return left ^ right;
    case '&': return left & right;
    case '<': return b < 32 ? (int)(a << b) : 0;
    case '>': return b < 32 ? left >> right : left < 0 ? -1 : 0;
    case '+': return (int)(a + b);
    case '-': return (int)(a - b);
    case '*': return (int)(a * b);
    default:
        if (!right) {
            if (!in.error)
                in.error = L"Divide by zero error.";
            return 0;
        }
        if (right == -1)
            return operation == '/' ? (int)(0u - a) : 0;
        return operation == '/' ? left / right : left % right;
    }
}

/* name op= expression, right to left; TRUE if this was one. */
static BOOL assignment(int *ret_value)
{
    const wchar_t *start = in.at;
    skip_blanks();
    const wchar_t *name = in.at;
    size_t length = name_length(name);
    if (!length) {
        in.at = start;
        return FALSE;
    }
    in.at += length;
    skip_blanks();
    wchar_t operation = 0;
    if ((in.at[0] == '<' && in.at[1] == '<' && in.at[2] == '=') ||
        (in.at[0] == '>' && in.at[1] == '>' && in.at[2] == '=')) {
        operation = in.at[0];
        in.at += 3;
    } else if (*in.at && wcschr(L"*/%+-&^|", *in.at) && in.at[1] == '=') {
        operation = in.at[0];
        in.at += 2;
    } else if (*in.at == '=') {
        in.at++;
    } else {
        in.at = start;
        return FALSE;
    }
    int value;
    if (!assignment(&value))
        value = expression(1);
    if (operation)
        value = apply(operation, read_variable(name, length), value);
    if (!in.error)
        write_variable(name, length, value);
    *ret_value = value;
    return TRUE;
}

/* Level 0: a list with commas, of assignments; above: binary operations by precedence. */
static int expression(int level)
{
    int value;
    if (level == 0) {
        do {
            if (!assignment(&value))
                value = expression(1);
            skip_blanks();
        } while (!in.error && *in.at == ',' && in.at++);
        return value;
    }
    if (level > 6)
        return primary();
    value = expression(level + 1);
    for (;;) {
        const struct operation *found = NULL;
        skip_blanks();
        for (size_t i = 0; i < ARRAYSIZE(operations); i++)
            if (operations[i].level == level &&
                wcsncmp(in.at, operations[i].text, wcslen(operations[i].text)) == 0)
                found = &operations[i];
        if (!found || in.error)
            return value;
        in.at += wcslen(found->text);
        value = apply(found->text[0], value, expression(level + 1));
    }
}

static void arithmetic(const wchar_t *text)
{
    wchar_t *copy = copy_string(text), *to = copy;
    for (const wchar_t *p = text; *p; p++)
        if (*p != '"')
            *to++ = *p;
    *to = 0;
    in.at = copy;
    in.error = NULL;
    int value = expression(0);
    skip_blanks();
    if (!in.error && *in.at)
        in.error = *in.at == ')' ? L"Unbalanced parenthesis." : L"Missing operator.";
    if (in.error) {
        print_error(L"%ls\r\n", in.error);
        state.error_level = 1;
    } else {
        state.error_level = 0;
        if (!state.batch)
            print(L"%d", value);
    }
    free(copy);
}

static void read_line(wchar_t *line, size_t room)
{
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    char bytes[4096];
    DWORD done, used = 0;
    while (used < sizeof bytes && ReadFile(input, bytes + used, 1, &done, NULL) && done == 1 &&
           bytes[used] != '\n')
        used++;
    while (used && (bytes[used - 1] == '\r' || bytes[used - 1] == '\n'))
        used--;
    int units = MultiByteToWideChar(GetConsoleCP() ? GetConsoleCP() : CP_UTF8, 0, bytes, (int)used, line,
                                    (int)room - 1);
    line[units] = 0;
}

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

static void show(const wchar_t *prefix)
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
    state.error_level = 0;
    if (!count) {
        print_error(L"Environment variable %ls not defined\r\n", prefix);
        state.error_level = 1;
    }
}

void command_set(const wchar_t *arguments)
{
    BOOL ask = FALSE;
    while (*arguments == ' ' || *arguments == '\t')
        arguments++;
    if (state.extensions && _wcsnicmp(arguments, L"/a", 2) == 0) {
        arithmetic(arguments + 2);
        return;
    }
    if (state.extensions && _wcsnicmp(arguments, L"/p", 2) == 0) {
        ask = TRUE;
        arguments += 2;
        while (*arguments == ' ' || *arguments == '\t')
            arguments++;
    }
    wchar_t *text = unquoted(arguments), *equals = wcschr(text, '=');
    if (ask) {
        wchar_t line[4096];
        if (!equals) {
            print_error(L"The syntax of the command is incorrect.\r\n");
            state.error_level = 1;
        } else {
            wchar_t *prompt = unquoted(equals + 1);
            *equals = 0;
            write_text(GetStdHandle(STD_OUTPUT_HANDLE), prompt, wcslen(prompt));
            free(prompt);
            read_line(line, ARRAYSIZE(line));
            state.error_level = *line ? 0 : 1;
            if (*line) /* nothing entered: the variable stays */
                SetEnvironmentVariableW(text, line);
        }
    } else if (!equals) {
        size_t length = wcslen(text);
        while (length && iswspace(text[length - 1]))
            text[--length] = 0;
        show(text);
    } else if (equals == text) {
        print_error(L"The syntax of the command is incorrect.\r\n");
        state.error_level = 1;
    } else {
        *equals = 0;
        state.error_level = 0;
        if (!SetEnvironmentVariableW(text, equals[1] ? equals + 1 : NULL) && !equals[1])
            state.error_level = 1; /* it was not defined */
    }
    free(text);
}
