/*
 * Growing texts, output in the console's code page, argument words.
 */
#include "cmd.h"

void *allocate(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    if (!memory) {
        fputs("cmd: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

void text_add(struct text *text, const wchar_t *chars, size_t count)
{
    if (text->length + count + 1 > text->room) {
        size_t room = (text->length + count + 1) * 2;
        wchar_t *grown = realloc(text->chars, room * sizeof *grown);
        if (!grown) {
            fputs("cmd: out of memory\n", stderr);
            exit(1);
        }
        text->chars = grown;
        text->room = room;
    }
    memcpy(text->chars + text->length, chars, count * sizeof *chars);
    text->length += count;
    text->chars[text->length] = 0;
}

void text_put(struct text *text, wchar_t c)
{
    text_add(text, &c, 1);
}

void text_append(struct text *text, const wchar_t *string)
{
    text_add(text, string, wcslen(string));
}

void text_free(struct text *text)
{
    free(text->chars);
    *text = (struct text){0};
}

wchar_t *text_take(struct text *text)
{
    wchar_t *chars = text->chars ? text->chars : allocate(sizeof *chars);
    *text = (struct text){0};
    return chars;
}

wchar_t *copy_string(const wchar_t *string)
{
    size_t bytes = (wcslen(string) + 1) * sizeof *string;
    return memcpy(allocate(bytes), string, bytes);
}

void write_text(HANDLE handle, const wchar_t *text, size_t length)
{
    DWORD mode, done;
    if (!length)
        return;
    if (GetConsoleMode(handle, &mode)) {
        WriteConsoleW(handle, text, (DWORD)length, &done, NULL);
        return;
    }
    UINT page = GetConsoleOutputCP() ? GetConsoleOutputCP() : CP_UTF8;
    int size = WideCharToMultiByte(page, 0, text, (int)length, NULL, 0, NULL, NULL);
    char *bytes = allocate((size_t)size + 1);
    WideCharToMultiByte(page, 0, text, (int)length, bytes, size, NULL, NULL);
    for (int at = 0; at < size; at += (int)done)
        if (!WriteFile(handle, bytes + at, (DWORD)(size - at), &done, NULL) || !done)
            break;
    free(bytes);
}

static void print_to(DWORD which, const wchar_t *format, va_list arguments)
{
    va_list copy;
    va_copy(copy, arguments);
    int length = _vscwprintf(format, copy);
    va_end(copy);
    if (length <= 0)
        return;
    wchar_t *text = allocate(((size_t)length + 1) * sizeof *text);
    _vsnwprintf(text, (size_t)length + 1, format, arguments);
    write_text(GetStdHandle(which), text, (size_t)length);
    free(text);
}

void print(const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_to(STD_OUTPUT_HANDLE, format, arguments);
    va_end(arguments);
}

void print_error(const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_to(STD_ERROR_HANDLE, format, arguments);
    va_end(arguments);
}

void print_system_error(DWORD error)
{
    wchar_t text[512];
    state.error_level = 1;
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0,
                                  text, 512, NULL);
    while (length && iswspace(text[length - 1]))
        text[--length] = 0;
    if (length)
        print_error(L"%ls\r\n", text);
    else
        print_error(L"Error %lu.\r\n", error);
}

static BOOL is_separator(wchar_t c)
{
    return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '=' || c == 0xff;
}

wchar_t *next_word(const wchar_t **place, BOOL unquote)
{
    const wchar_t *p = *place;
    struct text word = {0};
    BOOL quoted = FALSE;
    while (*p && is_separator(*p))
        p++;
    if (!*p) {
        *place = p;
        return NULL;
    }
    for (; *p && (quoted || !is_separator(*p)); p++) {
        /* a switch begins a new word: copy a b/y */
        if (*p == '/' && word.length && !quoted && word.chars[0] == '/')
            break;
        if (*p == '"') {
            quoted = !quoted;
            if (unquote)
                continue;
        }
        text_put(&word, *p);
    }
    *place = p;
    return text_take(&word);
}
