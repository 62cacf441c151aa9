/*
 * What is replaced just before a command runs: `for` variables (%i, %~dpnxi), then !name! if delayed
 * expansion is on.
 */
#include "cmd.h"

static BOOL is_for_variable(wchar_t c)
{
    return c > ' ' && c < 128 && state.for_values[c] != NULL;
}

/* %~letters$NAME:variable behind the tilde, as many letters as leave a variable; what follows, or NULL. */
static const wchar_t *expand_value_parts(struct text *out, const wchar_t *p)
{
    const wchar_t *letters = p;
    while (*p && wcschr(L"fdpnxsatzFDPNXSATZ", *p))
        p++;
    if (*p == '$') {
        const wchar_t *colon = wcschr(p, ':');
        if (colon && is_for_variable(colon[1])) {
            wchar_t *search = copy_chars(p + 1, (size_t)(colon - p - 1));
            add_path_parts(out, state.for_values[colon[1]], letters, (size_t)(p - letters), search);
            free(search);
            return colon + 2;
        }
    }
    while (!is_for_variable(*p)) {
        if (p == letters)
            return NULL;
        p--;
    }
    add_path_parts(out, state.for_values[*p], letters, (size_t)(p - letters), NULL);
    return p + 1;
}

wchar_t *expand_for(const wchar_t *text)
{
    struct text out = {0};
    if (!state.for_depth || !wcschr(text, '%'))
        return copy_string(text);
    for (const wchar_t *p = text; *p;) {
        const size_t plain = wcscspn(p, L"%");
        text_add(&out, p, plain);
        p += plain;
        if (!*p)
            break;
        if (is_for_variable(p[1])) {
            text_append(&out, state.for_values[p[1]]);
            p += 2;
            continue;
        }
        const wchar_t *after = p[1] == '~' ? expand_value_parts(&out, p + 2) : NULL;
        if (after)
            p = after;
        else
            text_put(&out, *p++);
    }
    return text_take(&out);
}

/* !name...! with the sign before place; place moves behind it, a sign without partner goes. */
static void expand_variable(struct text *out, const wchar_t **place)
{
    const wchar_t *start = *place;
    while (*start == '!') /* several opening signs are one */
        start++;
    *place = start;
    const wchar_t *end = wcschr(start, '!'), *p = start;
    if (!end)
        return;
    while (p < end && !(*p == ':' && state.extensions))
        p++;
    if (p < end && p + 1 == end)
        p++;
    wchar_t *value = get_variable(start, (size_t)(p - start));
    *place = end + 1;
    if (value && p < end)
        value = modify_value(value, p + 1, (size_t)(end - p - 1));
    if (value)
        text_append(out, value);
    free(value);
}

static wchar_t *expand_delayed(wchar_t *text)
{
    struct text out = {0};
    if (!state.delayed || !wcschr(text, '!'))
        return text;
    for (const wchar_t *p = text; *p;) {
        if (*p == '^') { /* protects here too, once an exclamation mark is in the token */
            p++;
            if (*p)
                text_put(&out, *p++);
        } else if (*p == '!') {
            p++;
            expand_variable(&out, &p);
        } else {
            text_put(&out, *p++);
        }
    }
    free(text);
    return text_take(&out);
}

wchar_t *expand_late(const wchar_t *text)
{
    return expand_delayed(expand_for(text));
}

wchar_t *expand_command(const wchar_t *text)
{
    wchar_t *whole = expand_for(text);
    if (!state.delayed || !wcschr(whole, '!'))
        return whole;
    const wchar_t *end = whole;
    BOOL quoted = FALSE;
    for (; *end && (quoted || !is_delimiter(*end)); end++)
        quoted ^= *end == '"';
    struct text out = {0};
    wchar_t *word = expand_delayed(copy_chars(whole, (size_t)(end - whole))),
            *rest = expand_delayed(copy_string(end));
    text_append(&out, word);
    text_append(&out, rest);
    free(word);
    free(rest);
    free(whole);
    return text_take(&out);
}
