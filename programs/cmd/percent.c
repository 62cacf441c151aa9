/*
 * Percent expansion of a whole line, before anything else: %name%, %name:a=b%, %name:~n,m%, and in batch
 * files %%, %1, %*, %~dpnx1.
 */
#include "cmd.h"

static const wchar_t *argument(int index)
{
    return index < state.batch->word_count ? state.batch->words[index] : L"";
}

/* %~letters$NAME:digit behind the tilde; what follows, or NULL if it is malformed. */
static const wchar_t *expand_argument_parts(struct text *out, const wchar_t *p)
{
    const wchar_t *letters = p;
    wchar_t *search = NULL;
    while (*p && wcschr(L"fdpnxsatzFDPNXSATZ", *p))
        p++;
    const size_t count = (size_t)(p - letters);
    if (*p == '$') {
        const wchar_t *colon = wcschr(p, ':');
        if (!colon)
            return NULL;
        search = copy_chars(p + 1, (size_t)(colon - p - 1));
        p = colon + 1;
    }
    if (!iswdigit(*p)) {
        free(search);
        return NULL;
    }
    const int index = *p - '0';
    const wchar_t *value = argument(index);
    /* %~f0 names the batch file, also in a called label, where %0 is the label */
    if (index == 0 && !state.batch->name_shifted && (count || search))
        value = state.batch->path;
    add_path_parts(out, value, letters, count, search);
    free(search);
    return p + 1;
}

/* %name...: place is behind the sign, and moves behind what was read. FALSE after a fatal error. */
static BOOL expand_variable(struct text *out, const wchar_t **place)
{
    const wchar_t *start = *place, *p = start;
    const BOOL in_batch = state.batch != NULL;
    while (*p && *p != '%' && !(*p == ':' && state.extensions))
        p++;
    if (*p == ':' && p[1] == '%')
        p++; /* %=C:% */
    if (!*p || p == start) {
        if (!in_batch)
            text_put(out, '%');
        return TRUE;
    }
    wchar_t *value = get_variable(start, (size_t)(p - start));
    if (*p == '%') {
        if (value) {
            text_append(out, value);
        } else if (!in_batch) {
            text_put(out, '%');
            return TRUE;
        }
        free(value);
        *place = p + 1;
        return TRUE;
    }
    const wchar_t *modifier = p + 1, *end = wcschr(modifier, '%');
    if (!value) { /* in a batch file the name and its colon go, the rest is text */
        if (in_batch)
            *place = modifier;
        else
            text_put(out, '%');
        return TRUE;
    }
    if (!end) {
        free(value);
        if (!in_batch)
            text_put(out, '%');
        return TRUE;
    }
    if (*modifier != '~' && (*modifier == '=' || (*modifier == '*' && modifier[1] == '='))) {
        free(value);
        print_error(L"%.*ls was unexpected at this time.\r\n", (int)(end - modifier), modifier);
        return FALSE;
    }
    /* a replacement may not end before its equals sign */
    wchar_t *result = modify_value(value, modifier, (size_t)(end - modifier));
    if (!result) {
        if (!in_batch)
            text_put(out, '%');
        return TRUE;
    }
    text_append(out, result);
    free(result);
    *place = end + 1;
    return TRUE;
}

wchar_t *expand_percent(const wchar_t *line)
{
    struct text out = {0};
    const wchar_t *p = line;
    while (*p) {
        const size_t plain = wcscspn(p, L"%");
        text_add(&out, p, plain);
        p += plain;
        if (!*p)
            break;
        p++;
        BOOL good = TRUE;
        if (!state.batch) {
            good = expand_variable(&out, &p);
        } else if (*p == '%') {
            text_put(&out, '%');
            p++;
        } else if (iswdigit(*p)) {
            text_append(&out, argument(*p - '0'));
            p++;
        } else if (*p == '*' && state.extensions) {
            text_append(&out, state.batch->arguments);
            p++;
        } else if (*p == '~' && state.extensions) {
            const wchar_t *after = expand_argument_parts(&out, p + 1);
            if (after) {
                p = after;
            } else {
                const wchar_t *end = p + 1;
                while (*end && !is_delimiter(*end) && *end != '%')
                    end++;
                print_error(L"The following usage of the path operator in batch-parameter\r\n"
                            L"substitution is invalid: %%%.*ls\r\n\r\n\r\n"
                            L"For valid formats type CALL /? or FOR /?\r\n",
                            (int)(end - p), p);
                good = FALSE;
            }
        } else {
            good = expand_variable(&out, &p);
        }
        if (!good) {
            text_free(&out);
            return NULL;
        }
    }
    return text_take(&out);
}
