/*
 * set /a: arithmetic on 32-bit numbers and variables.
 */
#include "cmd.h"
#include <errno.h>

enum { UNBALANCED = 1073750988, NO_OPERAND, NO_OPERATOR, NOT_A_NUMBER, TOO_LARGE, BY_ZERO };

static struct {
    const wchar_t *at;
    int depth; /* of parentheses */
    int error; /* of the table below, 0 if none; also what errorlevel becomes */
} in;

static void skip_space(void)
{
    while (iswspace(*in.at))
        in.at++;
}

static void fail(int error)
{
    if (!in.error)
        in.error = error;
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

/* What a variable holds as a number: as much of it as is one, at most what fits; 0 if it is undefined. */
static int read_variable(const wchar_t *name, size_t length)
{
    wchar_t *value = get_variable(name, length);
    const int number = value ? (int)wcstol(value, NULL, 0) : 0;
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
    skip_space();
    wchar_t c = *in.at;
    if (c == '(') {
        in.at++;
        in.depth++;
        const int value = expression(0);
        in.depth--;
        skip_space();
        if (*in.at == ')')
            in.at++;
        else
            fail(UNBALANCED);
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
        const unsigned long value = wcstoul(in.at, &end, 0);
        if (iswalnum(*end) || *end == '_')
            fail(NOT_A_NUMBER);
        else if (errno == ERANGE || (c != '0' && value > LONG_MAX))
            fail(TOO_LARGE);
        in.at = end;
        return (int)value;
    }
    size_t length = name_length(in.at);
    if (length) {
        const wchar_t *name = in.at;
        in.at += length;
        return read_variable(name, length);
    }
    fail(*in.at == ')' && !in.depth ? UNBALANCED : NO_OPERAND);
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
            fail(BY_ZERO);
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
    skip_space();
    const wchar_t *name = in.at;
    size_t length = name_length(name);
    if (!length) {
        in.at = start;
        return FALSE;
    }
    in.at += length;
    skip_space();
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
            skip_space();
        } while (!in.error && *in.at == ',' && in.at++);
        return value;
    }
    if (level > 6)
        return primary();
    value = expression(level + 1);
    for (;;) {
        const struct operation *found = NULL;
        skip_space();
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

int set_arithmetic(const wchar_t *text)
{
    static const wchar_t *const messages[] = {
        L"Unbalanced parenthesis.",
        L"Missing operand.",
        L"Missing operator.",
        L"Invalid number.  Numeric constants are either decimal (17),\r\nhexadecimal (0x11), or octal (021).",
        L"Invalid number.  Numbers are limited to 32-bits of precision.",
        L"Divide by zero error.",
    };
    wchar_t *copy = copy_string(text);
    remove_quotes(copy);
    in.at = copy;
    in.error = in.depth = 0;
    skip_space();
    if (!*in.at) {
        free(copy);
        return fail_syntax();
    }
    const int value = expression(0);
    skip_space();
    if (*in.at)
        fail(*in.at == ')' ? UNBALANCED : NO_OPERATOR);
    free(copy);
    if (in.error)
        print_error(L"%ls\r\n", messages[in.error - UNBALANCED]);
    else if (!state.batch)
        print(L"%d", value);
    return in.error;
}
