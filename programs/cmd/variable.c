/*
 * The values of variables, also of those that are computed, and what may follow their name behind a colon.
 */
#include "cmd.h"

/* Variables that are computed when asked for and not defined otherwise; NULL if it is none. */
static wchar_t *dynamic_variable(const wchar_t *name)
{
    wchar_t value[PATH_ROOM];
    SYSTEMTIME now;
    if (_wcsicmp(name, L"errorlevel") == 0) {
        _snwprintf(value, 32, L"%d", state.error_level);
    } else if (_wcsicmp(name, L"cd") == 0) {
        GetCurrentDirectoryW(ARRAYSIZE(value), value);
    } else if (_wcsicmp(name, L"__cd__") == 0) {
        GetCurrentDirectoryW(ARRAYSIZE(value) - 1, value);
        if (*value && value[wcslen(value) - 1] != '\\')
            wcscat(value, L"\\");
    } else if (_wcsicmp(name, L"random") == 0) {
        _snwprintf(value, 32, L"%d", rand() & 0x7fff);
    } else if (_wcsicmp(name, L"date") == 0) {
        GetLocalTime(&now);
        GetDateFormatW(LOCALE_USER_DEFAULT, 0, &now, L"ddd MM/dd/yyyy", value, ARRAYSIZE(value));
    } else if (_wcsicmp(name, L"time") == 0) {
        GetLocalTime(&now);
        _snwprintf(value, 32, L"%2d:%02d:%02d.%02d", now.wHour, now.wMinute, now.wSecond,
                   now.wMilliseconds / 10);
    } else if (_wcsicmp(name, L"cmdextversion") == 0) {
        wcscpy(value, L"2");
    } else if (_wcsicmp(name, L"highestnumanodenumber") == 0) {
        wcscpy(value, L"0");
    } else if (_wcsicmp(name, L"cmdcmdline") == 0) {
        return copy_string(GetCommandLineW());
    } else {
        return NULL;
    }
    return copy_string(value);
}

wchar_t *get_variable(const wchar_t *name, size_t length)
{
    wchar_t buffer[64], *copy = buffer, small[512], *value = NULL;
    if (length >= ARRAYSIZE(buffer))
        copy = allocate((length + 1) * sizeof *copy);
    wmemcpy(copy, name, length);
    copy[length] = 0;
    SetLastError(0);
    DWORD size = GetEnvironmentVariableW(copy, small, ARRAYSIZE(small));
    if (size >= ARRAYSIZE(small)) {
        value = allocate((size + 1) * sizeof *value);
        GetEnvironmentVariableW(copy, value, size + 1);
    } else if (size || GetLastError() == 0) {
        value = copy_chars(small, size);
    } else if (state.extensions) {
        value = dynamic_variable(copy);
    }
    if (copy != buffer)
        free(copy);
    return value;
}

/* A number of a substring: decimal, hexadecimal or octal, with a sign; the end of the text is `end`. */
static long take_number(const wchar_t **place, const wchar_t *end)
{
    wchar_t *after;
    const long number = wcstol(*place, &after, 0);
    *place = after < end ? after : end;
    return number;
}

static wchar_t *substring(wchar_t *value, const wchar_t *p, const wchar_t *end)
{
    const long total = (long)wcslen(value);
    long start = take_number(&p, end), count = total;
    if (p < end && *p == ',') {
        p++;
        if (p < end)
            count = take_number(&p, end);
    }
    if (p < end) {
        free(value);
        return NULL;
    }
    if (start < 0)
        start += total;
    start = start < 0 ? 0 : start > total ? total : start;
    if (count < 0)
        count = total + count - start;
    count = count < 0 ? 0 : count > total - start ? total - start : count;
    wchar_t *result = copy_chars(value + start, (size_t)count);
    free(value);
    return result;
}

static wchar_t *replace(wchar_t *value, const wchar_t *modifier, size_t length)
{
    struct text result = {0};
    const BOOL prefix = length && *modifier == '*';
    if (prefix) {
        modifier++;
        length--;
    }
    const wchar_t *equals = wmemchr(modifier, '=', length);
    const size_t from_length = equals ? (size_t)(equals - modifier) : 0;
    if (!from_length) {
        free(value);
        return NULL;
    }
    const wchar_t *to = equals + 1, *p = value;
    const size_t to_length = length - from_length - 1;
    while (*p) {
        if (_wcsnicmp(p, modifier, from_length) != 0) {
            text_put(&result, *p++);
            continue;
        }
        p += from_length;
        if (prefix) {
            result.length = 0;
            text_add(&result, to, to_length);
            text_append(&result, p);
            break;
        }
        text_add(&result, to, to_length);
    }
    free(value);
    return text_take(&result);
}

wchar_t *modify_value(wchar_t *value, const wchar_t *modifier, size_t length)
{
    if (length && *modifier == '~')
        return substring(value, modifier + 1, modifier + length);
    return replace(value, modifier, length);
}
