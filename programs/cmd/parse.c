/*
 * The parser: a percent-expanded line to a tree. Carets, quotes, redirections, blocks, if, for, rem.
 */
#include "cmd.h"

static struct {
    wchar_t *line; /* ours */
    const wchar_t *at;
    wchar_t *(*more)(void);
    const wchar_t *error;
    int depth; /* open parentheses */
} in;

static wchar_t message[256];
static const wchar_t bad_syntax[] = L"The syntax of the command is incorrect.";

static struct node *parse_sequence(void);

static struct node *new_node(enum node_kind kind)
{
    struct node *node = allocate(sizeof *node);
    node->kind = kind;
    return node;
}

void free_node(struct node *node)
{
    if (!node)
        return;
    while (node->redirections) {
        struct redirection *redirection = node->redirections;
        node->redirections = redirection->next;
        free(redirection->target);
        free(redirection);
    }
    free_node(node->first);
    free_node(node->second);
    free(node->text);
    free(node->condition.left);
    free(node->condition.right);
    free(node->condition.operation);
    free(node->loop.options);
    free(node);
}

static BOOL next_line(void)
{
    wchar_t *line = in.more ? in.more() : NULL;
    if (!line)
        return FALSE;
    free(in.line);
    in.line = line;
    in.at = line;
    return TRUE;
}

static void fail(const wchar_t *text)
{
    if (!in.error)
        in.error = text;
}

static void fail_unexpected_word(const wchar_t *word)
{
    if (in.error)
        return;
    _snwprintf(message, ARRAYSIZE(message), L"%.200ls was unexpected at this time.", word);
    fail(*word ? message : bad_syntax);
}

/* What stands at in.at has no place there. */
static void fail_unexpected(void)
{
    wchar_t word[128];
    size_t n = 0;
    in.at = skip_delimiters(in.at);
    if (*in.at && wcschr(L"&|<>()", *in.at)) {
        word[n++] = *in.at;
        if (in.at[1] == *in.at && *in.at != '(' && *in.at != ')')
            word[n++] = *in.at;
    } else {
        while (in.at[n] && !is_delimiter(in.at[n]) && !wcschr(L"&|<>()", in.at[n]) &&
               n < ARRAYSIZE(word) - 1) {
            word[n] = in.at[n];
            n++;
        }
    }
    word[n] = 0;
    fail_unexpected_word(word);
}

/* One unit of a word into text: quotes are kept, a caret protects the next character (or joins the next
 * line, whose first character it protects; an empty line then is a line feed). FALSE where an unquoted
 * character of `ends` ends the word. */
static BOOL take_unit(struct text *text, BOOL *quoted, const wchar_t *ends)
{
    const wchar_t c = *in.at;
    if (!c)
        return FALSE;
    if (c == '"') {
        *quoted = !*quoted;
    } else if (!*quoted && c == '^') {
        in.at++;
        if (!*in.at) {
            if (!next_line())
                return FALSE;
            if (!*in.at) {
                text_put(text, '\n');
                return next_line();
            }
        }
        text_put(text, *in.at++);
        return TRUE;
    } else if (!*quoted && wcschr(ends, c)) {
        return FALSE;
    }
    text_put(text, c);
    in.at++;
    return TRUE;
}

/* The ends of a word: delimiters and operators, a parenthesis in a block. */
static const wchar_t *word_ends(void)
{
    return in.depth ? L" \t,;=\xa0\v\f&|<>)" : L" \t,;=\xa0\v\f&|<>";
}

static wchar_t *take_word(void)
{
    struct text word = {0};
    BOOL quoted = FALSE;
    in.at = skip_delimiters(in.at);
    while (take_unit(&word, &quoted, word_ends())) {
    }
    return text_take(&word);
}

/* A redirection at in.at ("2>&1", ">>file", "<in"), with its digit already seen. */
static struct redirection *take_redirection(int digit)
{
    struct redirection *redirection = allocate(sizeof *redirection);
    redirection->kind = *in.at++;
    redirection->handle = digit >= 0 ? digit : redirection->kind == '>';
    if (redirection->kind == '>' && *in.at == '>') {
        redirection->kind = 'a';
        in.at++;
    }
    if (*in.at == '&') {
        in.at = skip_delimiters(in.at + 1);
        redirection->duplicate = TRUE;
        redirection->target = allocate(2 * sizeof(wchar_t));
        if (*in.at >= '0' && *in.at <= '9')
            redirection->target[0] = *in.at++;
        else
            fail_unexpected();
        return redirection;
    }
    redirection->target = take_word();
    if (!*redirection->target)
        fail_unexpected();
    return redirection;
}

static void add_redirection(struct node *node, struct redirection *redirection)
{
    struct redirection **last = &node->redirections;
    while (*last)
        last = &(*last)->next;
    *last = redirection;
}

/* Redirections before or after a command or block. */
static void take_redirections(struct node *node)
{
    for (;;) {
        const wchar_t *start = in.at;
        int digit = -1;
        in.at = skip_delimiters(in.at);
        if (*in.at >= '0' && *in.at <= '9' && (in.at[1] == '<' || in.at[1] == '>'))
            digit = *in.at++ - '0';
        if (*in.at != '<' && *in.at != '>') {
            in.at = start;
            return;
        }
        add_redirection(node, take_redirection(digit));
    }
}

/* True (and consumed) if the word comes next, any case, and ends there. */
static BOOL take_keyword(const wchar_t *keyword)
{
    const size_t length = wcslen(keyword);
    if (_wcsnicmp(in.at, keyword, length) != 0)
        return FALSE;
    const wchar_t c = in.at[length];
    if (c && !is_delimiter(c) && !wcschr(L"&|<>()/\"", c))
        return FALSE;
    in.at += length;
    return TRUE;
}

/* ---- if */

static BOOL is_comparison(const wchar_t *word)
{
    static const wchar_t *const operations[] = {L"equ", L"neq", L"lss", L"leq", L"gtr", L"geq"};
    for (size_t i = 0; i < ARRAYSIZE(operations); i++)
        if (_wcsicmp(word, operations[i]) == 0)
            return TRUE;
    return FALSE;
}

static void parse_condition(struct node *node)
{
    for (;;) {
        in.at = skip_delimiters(in.at);
        if (state.extensions && take_keyword(L"/i"))
            node->condition.ignore_case = TRUE;
        else if (take_keyword(L"not"))
            node->condition.negate = !node->condition.negate;
        else
            break;
    }
    static const struct {
        const wchar_t *word;
        enum if_kind kind;
        BOOL extension;
    } tests[] = {{L"exist", IF_EXIST, FALSE},
                 {L"errorlevel", IF_ERRORLEVEL, FALSE},
                 {L"defined", IF_DEFINED, TRUE},
                 {L"cmdextversion", IF_CMDEXTVERSION, TRUE}};
    for (size_t i = 0; i < ARRAYSIZE(tests); i++) {
        const wchar_t *start = in.at;
        if ((tests[i].extension && !state.extensions) || !take_keyword(tests[i].word))
            continue;
        if (in.at[0] == '=' && in.at[1] == '=') { /* if exist==exist: a comparison of words */
            in.at = start;
            break;
        }
        node->condition.kind = tests[i].kind;
        node->condition.left = take_word();
        if (!*node->condition.left)
            fail_unexpected();
        return;
    }
    node->condition.left = take_word();
    if (!*node->condition.left) {
        fail_unexpected();
        return;
    }
    in.at = skip_blanks(in.at);
    if (in.at[0] == '=' && in.at[1] == '=') {
        node->condition.kind = IF_EQUAL;
        in.at += 2;
    } else {
        in.at = skip_delimiters(in.at);
        if (*in.at && wcschr(L"&|<>()", *in.at)) {
            fail_unexpected();
            return;
        }
        node->condition.kind = IF_COMPARE;
        node->condition.operation = take_word();
        if (!state.extensions || !is_comparison(node->condition.operation)) {
            fail_unexpected_word(node->condition.operation);
            return;
        }
    }
    node->condition.right = take_word();
    if (!*node->condition.right)
        fail_unexpected();
}

/* What a condition or a loop runs: all that is left of the line. */
static struct node *parse_body(void)
{
    if (in.error)
        return NULL;
    in.at = skip_delimiters(in.at);
    struct node *body = parse_sequence();
    if (!body)
        fail_unexpected();
    return body;
}

static struct node *parse_if(void)
{
    struct node *node = new_node(NODE_IF);
    parse_condition(node);
    node->first = parse_body();
    const wchar_t *after = in.at;
    in.at = skip_delimiters(in.at);
    if (!in.error && take_keyword(L"else"))
        node->second = parse_body();
    else
        in.at = after;
    return node;
}

/* ---- for */

static void parse_set(struct node *node)
{
    struct text set = {0};
    BOOL quoted = FALSE;
    for (;;) {
        if (!*in.at) {
            quoted = FALSE;
            if (!next_line()) {
                fail(bad_syntax);
                break;
            }
            text_put(&set, ' ');
            continue;
        }
        if (!quoted && *in.at == ')')
            break;
        if (!take_unit(&set, &quoted, L")&|<>") && *in.at) {
            fail_unexpected();
            break;
        }
    }
    node->text = text_take(&set);
    if (*in.at == ')')
        in.at++;
}

static void parse_for_options(struct node *node)
{
    BOOL folders = FALSE, tree = FALSE;
    in.at = skip_delimiters(in.at);
    while (state.extensions && *in.at == '/') {
        const wchar_t option = (wchar_t)towlower(in.at[1]);
        if (!option || !wcschr(L"dlrf", option)) {
            fail_unexpected();
            return;
        }
        in.at = skip_delimiters(in.at + 2);
        if (option == 'd')
            folders = TRUE;
        else if (option == 'l')
            node->loop.kind = FOR_COUNT;
        else if (option == 'f')
            node->loop.kind = FOR_FILE;
        else
            tree = TRUE;
        if ((option == 'r' || option == 'f') && *in.at && *in.at != '%' && *in.at != '/') {
            free(node->loop.options);
            node->loop.options = take_word();
        }
        in.at = skip_delimiters(in.at);
    }
    if (node->loop.kind == FOR_PLAIN && (folders || tree))
        node->loop.kind = folders ? tree ? FOR_FOLDER_TREE : FOR_FOLDERS : FOR_TREE;
}

static struct node *parse_for(void)
{
    struct node *node = new_node(NODE_FOR);
    parse_for_options(node);
    if (in.error)
        return node;
    if (in.at[0] != '%' || !in.at[1] || in.at[1] >= 128 || !is_delimiter(in.at[2])) {
        fail_unexpected();
        return node;
    }
    node->loop.variable = in.at[1];
    in.at = skip_delimiters(in.at + 2);
    if (!take_keyword(L"in")) {
        fail_unexpected();
        return node;
    }
    in.at = skip_delimiters(in.at);
    if (*in.at != '(') {
        fail_unexpected();
        return node;
    }
    in.at++;
    parse_set(node);
    in.at = skip_delimiters(in.at);
    if (in.error)
        return node;
    if (!take_keyword(L"do")) {
        fail_unexpected();
        return node;
    }
    node->first = parse_body();
    return node;
}

/* ---- blocks and commands */

/* ( commands, over several lines ) */
static struct node *parse_block(void)
{
    struct node *block = new_node(NODE_BLOCK), **last = &block->first;
    in.at++;
    in.depth++;
    while (!in.error) {
        in.at = skip_delimiters(in.at);
        if (*in.at == ')') {
            if (!block->first)
                fail_unexpected();
            in.at++;
            break;
        }
        if (!*in.at || *in.at == ':') { /* a label inside a block: a comment */
            if (!next_line())
                fail(bad_syntax);
            continue;
        }
        struct node *statement = parse_sequence();
        if (in.error || !statement) {
            free_node(statement);
            if (!in.error && *in.at && *in.at != ')')
                fail_unexpected();
            continue;
        }
        struct node *link = new_node(NODE_SEQUENCE);
        link->first = statement;
        *last = link;
        last = &link->second;
        in.at = skip_delimiters(in.at);
        if (*in.at && *in.at != ')')
            fail_unexpected();
    }
    in.depth--;
    return block;
}

/* rem: nothing in the line counts but an operator right behind it; a caret that ends its only word joins
 * the next line. */
static struct node *parse_comment(void)
{
    struct node *node = new_node(NODE_COMMAND);
    struct text text = {0};
    text_add(&text, in.at, 3);
    in.at += 3;
    for (;;) {
        const wchar_t *word = skip_delimiters(in.at);
        size_t length = 0;
        if (*word == '&' || *word == '|')
            break;
        while (word[length] && !is_delimiter(word[length]))
            length++;
        if (!word[length] && length && word[length - 1] == '^' && (length < 2 || word[length - 2] != '^') &&
            next_line()) {
            text_put(&text, ' ');
            continue;
        }
        text_append(&text, in.at);
        in.at += wcslen(in.at);
        break;
    }
    node->text = text_take(&text);
    return node;
}

static struct node *parse_simple(void)
{
    struct node *node = new_node(NODE_COMMAND);
    struct text text = {0};
    BOOL quoted = FALSE;
    if (_wcsnicmp(in.at, L"rem", 3) == 0 && (!in.at[3] || is_delimiter(in.at[3]))) {
        free_node(node);
        return parse_comment();
    }
    while (*in.at) {
        if (!quoted && *in.at >= '0' && *in.at <= '9' && (in.at[1] == '<' || in.at[1] == '>') &&
            (!text.length || is_delimiter(text.chars[text.length - 1]))) {
            const int digit = *in.at++ - '0';
            add_redirection(node, take_redirection(digit));
            continue;
        }
        if (!quoted && (*in.at == '<' || *in.at == '>')) {
            add_redirection(node, take_redirection(-1));
            continue;
        }
        if (!take_unit(&text, &quoted, in.depth ? L"&|<>)" : L"&|<>"))
            break;
    }
    node->text = text_take(&text);
    return node;
}

static struct node *parse_command(void)
{
    BOOL silent = FALSE;
    struct node *node, prefix = {0};
    in.at = skip_delimiters(in.at);
    while (*in.at == '@') {
        silent = TRUE;
        in.at = skip_delimiters(in.at + 1);
    }
    if (*in.at == ')' && !in.depth) /* of no block: the line is a comment */
        in.at += wcslen(in.at);
    if (!*in.at || *in.at == ')')
        return NULL;
    take_redirections(&prefix);
    in.at = skip_delimiters(in.at);
    if (*in.at == '(') {
        node = parse_block();
        take_redirections(node);
    } else if (take_keyword(L"if")) {
        node = parse_if();
    } else if (take_keyword(L"for")) {
        node = parse_for();
    } else if (!*in.at || wcschr(L"&|)", *in.at)) {
        fail_unexpected();
        node = new_node(NODE_BLOCK);
    } else {
        node = parse_simple();
    }
    if (prefix.redirections) {
        struct redirection *last = prefix.redirections;
        while (last->next)
            last = last->next;
        last->next = node->redirections;
        node->redirections = prefix.redirections;
    }
    node->silent = silent;
    return node;
}

/* ---- operators, the tightest first: | && || & */

static struct node *parse_pair(enum node_kind kind, const wchar_t *operation, struct node *(*operand)(void))
{
    struct node *left = operand();
    const size_t length = wcslen(operation);
    while (left && !in.error) {
        const wchar_t *p = skip_delimiters(in.at);
        if (wcsncmp(p, operation, length) != 0 || (length == 1 && p[1] == *operation))
            break;
        in.at = p + length;
        struct node *node = new_node(kind);
        node->first = left;
        node->second = operand();
        if (!node->second)
            fail_unexpected();
        left = node;
    }
    return left;
}

static struct node *parse_pipe(void)
{
    return parse_pair(NODE_PIPE, L"|", parse_command);
}

static struct node *parse_and(void)
{
    return parse_pair(NODE_AND, L"&&", parse_pipe);
}

static struct node *parse_or(void)
{
    return parse_pair(NODE_OR, L"||", parse_and);
}

/* a & b & c; a trailing & is fine. */
static struct node *parse_sequence(void)
{
    struct node *left = parse_or();
    while (left && !in.error) {
        const wchar_t *p = skip_delimiters(in.at);
        if (*p != '&' || p[1] == '&')
            break;
        in.at = p + 1;
        struct node *right = parse_or();
        if (!right) {
            p = skip_delimiters(in.at);
            if (*p && *p != ')')
                fail_unexpected();
            break;
        }
        struct node *node = new_node(NODE_SEQUENCE);
        node->first = left;
        node->second = right;
        left = node;
    }
    return left;
}

struct node *parse(const wchar_t *line, wchar_t *(*more)(void), const wchar_t **ret_error)
{
    /* commands run after parsing, so this is never entered twice */
    memset(&in, 0, sizeof in);
    in.line = copy_string(line);
    in.at = in.line;
    in.more = more;
    struct node *node = parse_sequence();
    in.at = skip_delimiters(in.at);
    if (!in.error && *in.at)
        fail_unexpected();
    free(in.line);
    in.line = NULL;
    *ret_error = in.error;
    if (in.error) {
        free_node(node);
        return NULL;
    }
    return node;
}
