/*
 * if: the conditions.
 */
#include "cmd.h"

static BOOL file_exists(const wchar_t *name)
{
    WIN32_FIND_DATAW entry;
    const DWORD attributes = wcspbrk(name, L"*?") ? INVALID_FILE_ATTRIBUTES : GetFileAttributesW(name);
    const size_t length = wcslen(name);
    if (attributes != INVALID_FILE_ATTRIBUTES)
        return attributes & FILE_ATTRIBUTE_DIRECTORY || !length || !wcschr(L"\\/", name[length - 1]);
    const HANDLE find = FindFirstFileW(name, &entry);
    if (find == INVALID_HANDLE_VALUE)
        return FALSE;
    FindClose(find);
    return TRUE;
}

static BOOL is_number(const wchar_t *text, long *ret_number)
{
    wchar_t *end;
    *ret_number = wcstol(text, &end, 0);
    return end != text && !*end && !iswspace(*text);
}

/* Numbers if both are, else texts in the order of the locale, as documented for these operators. */
static BOOL compare(const wchar_t *left, const wchar_t *operation, const wchar_t *right, BOOL ignore_case)
{
    long a, b;
    int order;
    if (is_number(left, &a) && is_number(right, &b))
        order = a < b ? -1 : a > b;
    else
        order = ignore_case ? lstrcmpiW(left, right) : lstrcmpW(left, right);
    switch (towlower(operation[0]) << 8 | towlower(operation[1])) {
    case 'e' << 8 | 'q': return order == 0;
    case 'n' << 8 | 'e': return order != 0;
    case 'l' << 8 | 's': return order < 0;
    case 'l' << 8 | 'e': return order <= 0;
    case 'g' << 8 | 't': return order > 0;
    default: return order >= 0;
    }
}

BOOL condition_holds(struct node *node)
{
    BOOL result = FALSE;
    const BOOL ignore_case = node->condition.ignore_case;
    wchar_t *left = expand_late(node->condition.left);
    wchar_t *right = node->condition.right ? expand_late(node->condition.right) : NULL;
    switch (node->condition.kind) {
    case IF_EQUAL: result = (ignore_case ? _wcsicmp(left, right) : wcscmp(left, right)) == 0; break;
    case IF_COMPARE: result = compare(left, node->condition.operation, right, ignore_case); break;
    case IF_EXIST:
        remove_quotes(left);
        result = file_exists(left);
        break;
    case IF_DEFINED:
        right = get_variable(left, wcslen(left));
        result = right != NULL;
        break;
    case IF_ERRORLEVEL: result = state.error_level >= wcstol(left, NULL, 0); break;
    case IF_CMDEXTVERSION: result = 2 >= wcstol(left, NULL, 0); break;
    }
    free(left);
    free(right);
    return result != node->condition.negate;
}
