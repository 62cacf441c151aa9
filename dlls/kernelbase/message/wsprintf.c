/*
 * wsprintf: at most 1024 characters with the terminator; a conversion it does not know is copied.
 */
#include "format.h"
#include <stdarg.h>

#define MOST 1024

struct variable_arguments {
    struct format_arguments arguments;
    va_list list;
};

static ULONGLONG next_argument(struct format_arguments *arguments, BOOL wide)
{
    struct variable_arguments *mine = (struct variable_arguments *)arguments;

    return wide ? va_arg(mine->list, ULONGLONG) : va_arg(mine->list, UINT);
}

static SIZE_T format(WCHAR buffer[MOST], const WCHAR *text, BOOL ansi, struct variable_arguments *arguments)
{
    struct format_output output = {.text = buffer, .room = MOST - 1};

    while (*text) {
        if (*text == '%') {
            const WCHAR *conversion = text + 1;

            if (*conversion == '%') {
                format_put(&output, '%');
                text += 2;
                continue;
            }
            if (format_conversion(&output, &conversion, ansi, &arguments->arguments)) {
                text = conversion;
                continue;
            }
            text++; /* the percent sign disappears */
            if (!*text)
                break;
        }
        format_put(&output, *text++);
    }
    buffer[output.used] = 0;
    return output.used;
}

int WINAPI wvsprintfW(LPWSTR to, LPCWSTR text, va_list list)
{
    struct variable_arguments arguments = {.arguments.next = next_argument};
    WCHAR buffer[MOST];
    SIZE_T length;

    va_copy(arguments.list, list);
    length = format(buffer, text, FALSE, &arguments);
    va_end(arguments.list);
    for (SIZE_T i = 0; i <= length; i++)
        to[i] = buffer[i];
    return (int)length;
}

int WINAPI wvsprintfA(LPSTR to, LPCSTR text, va_list list)
{
    struct variable_arguments arguments = {.arguments.next = next_argument};
    struct nls_wide wide;
    WCHAR buffer[MOST];
    int length;

    if (!nls_wide_from_ansi(&wide, CP_ACP, text, -1) || !wide.text)
        return 0;
    va_copy(arguments.list, list);
    length = (int)format(buffer, wide.text, TRUE, &arguments);
    va_end(arguments.list);
    nls_wide_free(&wide);
    length = length ? WideCharToMultiByte(CP_ACP, 0, buffer, length, to, MOST - 1, NULL, NULL) : 0;
    to[length] = 0;
    return length;
}

int WINAPIV wsprintfW(LPWSTR to, LPCWSTR text, ...)
{
    va_list list;
    int length;

    va_start(list, text);
    length = wvsprintfW(to, text, list);
    va_end(list);
    return length;
}

int WINAPIV wsprintfA(LPSTR to, LPCSTR text, ...)
{
    va_list list;
    int length;

    va_start(list, text);
    length = wvsprintfA(to, text, list);
    va_end(list);
    return length;
}
