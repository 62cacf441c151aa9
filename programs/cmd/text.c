/*
 * Growing texts and the words of argument lists.
 */
#include "cmd.h"

static void *checked(void *memory)
{
    if (!memory) {
        fputs("cmd: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

void *allocate(size_t size)
{
    return checked(calloc(1, size ? size : 1));
}

void *resize(void *memory, size_t size)
{
    return checked(realloc(memory, size));
}

void text_add(struct text *text, const wchar_t *chars, size_t count)
{
    if (text->length + count + 1 > text->room) {
        text->room = (text->length + count + 1) * 2;
        text->chars = resize(text->chars, text->room * sizeof *text->chars);
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

wchar_t *copy_chars(const wchar_t *chars, size_t count)
{
    wchar_t *copy = allocate((count + 1) * sizeof *copy);
    memcpy(copy, chars, count * sizeof *chars);
    return copy;
}

wchar_t *copy_string(const wchar_t *string)
{
    return copy_chars(string, wcslen(string));
}

BOOL is_delimiter(wchar_t c)
{
    return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '=' || c == 0xa0 || c == '\v' || c == '\f';
}

const wchar_t *skip_delimiters(const wchar_t *text)
{
    while (is_delimiter(*text))
        text++;
    return text;
}

const wchar_t *skip_blanks(const wchar_t *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    return text;
}

void trim_end(wchar_t *text)
{
    size_t length = wcslen(text);
    while (length && iswspace(text[length - 1]))
        text[--length] = 0;
}

void remove_quotes(wchar_t *text)
{
    wchar_t *to = text;
    for (; *text; text++)
        if (*text != '"')
            *to++ = *text;
    *to = 0;
}

wchar_t *next_word(const wchar_t **place, BOOL unquote)
{
    const wchar_t *p = skip_delimiters(*place);
    struct text word = {0};
    BOOL quoted = FALSE;
    if (!*p) {
        *place = p;
        return NULL;
    }
    for (; *p && (quoted || !is_delimiter(*p)); p++) {
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
