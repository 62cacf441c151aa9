/*
 * A tree as text again: what echo shows before a command runs, and what the child interpreter for one side
 * of a pipe is given. Carets are gone by then, as documented: a pipe parses its sides a second time.
 */
#include "cmd.h"

/* In front of the command on one line: behind it, the blank before them would be part of its text. */
static void unparse_redirections(const struct redirection *redirection, struct text *out, BOOL one_line)
{
    for (; redirection; redirection = redirection->next) {
        wchar_t *target = expand_for(redirection->target);
        if (!one_line)
            text_put(out, ' ');
        text_put(out, (wchar_t)('0' + redirection->handle));
        text_append(out, redirection->kind == 'a' ? L">>" : redirection->kind == '<' ? L"<" : L">");
        if (redirection->duplicate)
            text_put(out, '&');
        text_append(out, target);
        if (one_line)
            text_put(out, ' ');
        free(target);
    }
}

static void unparse_condition(const struct node *node, struct text *out)
{
    static const wchar_t *const tests[] = {
        [IF_EXIST] = L"exist ",
        [IF_DEFINED] = L"defined ",
        [IF_ERRORLEVEL] = L"errorlevel ",
        [IF_CMDEXTVERSION] = L"cmdextversion ",
    };
    wchar_t *left = expand_for(node->condition.left);
    text_append(out, L"if ");
    if (node->condition.ignore_case)
        text_append(out, L"/I ");
    if (node->condition.negate)
        text_append(out, L"not ");
    if (node->condition.kind != IF_EQUAL && node->condition.kind != IF_COMPARE)
        text_append(out, tests[node->condition.kind]);
    text_append(out, left);
    text_put(out, ' ');
    if (node->condition.right) {
        wchar_t *right = expand_for(node->condition.right);
        text_append(out, node->condition.kind == IF_EQUAL ? L"==" : node->condition.operation);
        text_put(out, ' ');
        text_append(out, right);
        text_put(out, ' ');
        free(right);
    }
    free(left);
}

static void unparse_loop(const struct node *node, struct text *out)
{
    static const wchar_t *const kinds[] = {
        [FOR_PLAIN] = L"",    [FOR_FOLDERS] = L"/D ", [FOR_TREE] = L"/R ", [FOR_FOLDER_TREE] = L"/D /R ",
        [FOR_COUNT] = L"/L ", [FOR_FILE] = L"/F ",
    };
    wchar_t *set = expand_for(node->text);
    text_append(out, L"for ");
    text_append(out, kinds[node->loop.kind]);
    if (node->loop.options) {
        text_append(out, node->loop.options);
        text_put(out, ' ');
    }
    text_put(out, '%');
    text_put(out, node->loop.variable);
    text_append(out, L" in (");
    text_append(out, set);
    text_append(out, L") do ");
    free(set);
}

void unparse(const struct node *node, struct text *out, BOOL one_line)
{
    static const wchar_t *const links[] = {
        [NODE_SEQUENCE] = L"& ", [NODE_AND] = L"&& ", [NODE_OR] = L"|| ", [NODE_PIPE] = L"| "};
    if (one_line)
        unparse_redirections(node->redirections, out, TRUE);
    if (node->silent)
        text_put(out, '@');
    switch (node->kind) {
    case NODE_COMMAND: {
        wchar_t *text = one_line ? expand_late(node->text) : expand_for(node->text);
        text_append(out, text);
        free(text);
        break;
    }
    case NODE_BLOCK: {
        const BOOL folded = one_line || !node->first->second; /* one command stays on the line */
        text_append(out, folded ? L"(" : L"(\r\n");
        for (const struct node *link = node->first; link; link = link->second) {
            unparse(link->first, out, one_line);
            if (link->second)
                text_append(out, one_line ? L"&" : L"\r\n ");
        }
        text_append(out, folded ? L")" : L"\r\n)");
        break;
    }
    case NODE_IF:
        unparse_condition(node, out);
        unparse(node->first, out, one_line);
        if (node->second) {
            text_append(out, L" else ");
            unparse(node->second, out, one_line);
        }
        break;
    case NODE_FOR:
        unparse_loop(node, out);
        unparse(node->first, out, one_line);
        break;
    default:
        unparse(node->first, out, one_line);
        text_append(out, links[node->kind]);
        unparse(node->second, out, one_line);
    }
    if (!one_line) {
        unparse_redirections(node->redirections, out, FALSE);
        if (node->kind == NODE_COMMAND || node->kind == NODE_BLOCK)
            text_put(out, ' ');
    }
}

void echo_node(const struct node *node)
{
    struct text line = {0};
    if (!state.echo || node->silent)
        return;
    unparse(node, &line, FALSE);
    print(L"\r\n");
    show_prompt();
    write_text(GetStdHandle(STD_OUTPUT_HANDLE), line.chars, line.length);
    print(L"\r\n");
    text_free(&line);
}
