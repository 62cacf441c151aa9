/*
 * for: over words and files, /d, /r, /l.
 */
#include "cmd.h"
#include "for.h"

int run_body(struct node *node, wchar_t variable, wchar_t *value)
{
    wchar_t *outer = state.for_values[variable];
    state.for_values[variable] = value;
    state.for_depth++;
    echo_node(node->first);
    const int result = execute(node->first);
    state.for_depth--;
    state.for_values[variable] = outer;
    return result;
}

/* Files (or folders) that a pattern matches, named with the pattern's own path. All are found first: the
 * body may change the folder. */
static int each_match(struct node *node, const wchar_t *pattern)
{
    const BOOL folders = node->loop.kind == FOR_FOLDERS || node->loop.kind == FOR_FOLDER_TREE;
    struct match *matches;
    int result = 0;
    const size_t count = find_matches(pattern, &matches);
    for (size_t i = 0; i < count && !stopped(); i++) {
        const DWORD attributes = matches[i].entry.dwFileAttributes;
        if (((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) == folders &&
            !(attributes & FILE_ATTRIBUTE_HIDDEN))
            result = run_body(node, node->loop.variable, matches[i].path);
    }
    free_matches(matches, count);
    return result;
}

static int each_word(struct node *node, const wchar_t *set, const wchar_t *root)
{
    wchar_t *word;
    int result = 0;
    while (!stopped() && (word = next_word(&set, FALSE)) != NULL) {
        struct text value = {0};
        if (has_wildcard(word)) {
            remove_quotes(word);
            if (root)
                text_append(&value, root);
            text_append(&value, word);
            result = each_match(node, value.chars);
        } else {
            const BOOL quoted = root && *word == '"';
            if (quoted)
                text_put(&value, '"');
            if (root)
                text_append(&value, root);
            text_append(&value, word + quoted);
            result = run_body(node, node->loop.variable, value.chars);
        }
        text_free(&value);
        free(word);
    }
    return result;
}

static int each_tree(struct node *node, const wchar_t *set, const wchar_t *root)
{
    struct match *matches;
    int result = each_word(node, set, root);
    wchar_t *pattern = path_into(root, L"*");
    const size_t count = find_matches(pattern, &matches);
    free(pattern);
    for (size_t i = 0; i < count && !stopped(); i++) {
        const DWORD attributes = matches[i].entry.dwFileAttributes;
        if (!(attributes & FILE_ATTRIBUTE_DIRECTORY) || attributes & FILE_ATTRIBUTE_REPARSE_POINT)
            continue;
        wchar_t *below = path_into(matches[i].path, L"");
        result = each_tree(node, set, below);
        free(below);
    }
    free_matches(matches, count);
    return result;
}

static int tree_loop(struct node *node, const wchar_t *set)
{
    wchar_t *start = expand_late(node->loop.options ? node->loop.options : L".");
    remove_quotes(start);
    wchar_t *full = full_path(*start ? start : L"."), *root = path_into(full, L"");
    const int result = each_tree(node, set, root);
    free(root);
    free(full);
    free(start);
    return result;
}

static int count_loop(struct node *node, const wchar_t *set)
{
    long numbers[3] = {0, 0, 0};
    int result = 0;
    for (int i = 0; i < 3; i++) {
        wchar_t *word = next_word(&set, TRUE);
        numbers[i] = word ? wcstol(word, NULL, 0) : 0;
        free(word);
    }
    for (long n = numbers[0]; !stopped() && (numbers[1] >= 0 ? n <= numbers[2] : n >= numbers[2]);
         n = (long)((unsigned long)n + (unsigned long)numbers[1])) {
        wchar_t value[16];
        _snwprintf(value, ARRAYSIZE(value), L"%ld", n);
        result = run_body(node, node->loop.variable, value);
    }
    return result;
}

int run_for(struct node *node)
{
    wchar_t *set = expand_late(node->text);
    int result = 0;
    switch (node->loop.kind) {
    case FOR_PLAIN:
    case FOR_FOLDERS: result = each_word(node, set, NULL); break;
    case FOR_TREE:
    case FOR_FOLDER_TREE: result = tree_loop(node, set); break;
    case FOR_COUNT: result = count_loop(node, set); break;
    case FOR_FILE: result = file_loop(node, set); break;
    }
    free(set);
    return result;
}
