/*
 * The parser: a percent-expanded line to a tree. Carets, quotes, redirections, blocks, if, for.
 */
#include "cmd.h"

static struct {
    wchar_t *line; /* ours */
    const wchar_t *at;
    wchar_t *(*more)(void);
    const wchar_t *error;
    int depth; /* open parentheses */
} in;

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

static BOOL is_blank(wchar_t c)
{
    return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '=' || c == 0xff || c == '\v' || c == '\f';
}

static void skip_blanks(void)
{
    while (*in.at && is_blank(*in.at))
        in.at++;
}

static void fail(const wchar_t *text)
{
    if (!in.error)
        in.error = text;
}

/* One unit of a word into text: quotes are kept, a caret protects the next character (or joins the
 * next line). Returns FALSE where an unquoted special character ends the word. */
static BOOL take_unit(struct text *text, BOOL *quoted, const wchar_t *ends)
{
    wchar_t c = *in.at;
    if (!c)
        return FALSE;
    if (c == '"') {
        *quoted = !*quoted;
    } else if (!*quoted && c == '^') {
        in.at++;
        if (!*in.at) {
            if (!next_line())
                return FALSE;
            if (!*in.at)
                return TRUE;
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

/* A word up to a blank or special character; malloc'ed. */
static wchar_t *take_word(const wchar_t *ends)
{
    struct text word = {0};
    BOOL quoted = FALSE;
    skip_blanks();
    while (take_unit(&word, &quoted, ends)) {
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
        in.at++;
        redirection->kind = '&';
        skip_blanks();
        redirection->target = allocate(2 * sizeof(wchar_t));
        if (*in.at >= '0' && *in.at <= '9')
            redirection->target[0] = *in.at++;
        else
            fail(L"The syntax of the command is incorrect.");
        return redirection;
    }
    redirection->target = take_word(in.depth ? L" \t,;=&|<>)" : L" \t,;=&|<>");
    if (!*redirection->target)
        fail(L"The syntax of the command is incorrect.");
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
        skip_blanks();
        int digit = -1;
        if (*in.at >= '0' && *in.at <= '9' && (in.at[1] == '<' || in.at[1] == '>'))
            digit = *in.at++ - '0';
        if (*in.at != '<' && *in.at != '>') {
            in.at = start;
            return;
        }
        add_redirection(node, take_redirection(digit));
    }
}

/* True (and consumed) if the word comes next, any case, followed by no letter. */
static BOOL take_keyword(const wchar_t *keyword)
{
    size_t length = wcslen(keyword);
    if (_wcsnicmp(in.at, keyword, length) != 0 || iswalnum(in.at[length]) || in.at[length] == '_' ||
        in.at[length] == '.')
        return FALSE;
    in.at += length;
    return TRUE;
}

static struct node *parse_command(void);

static struct node *parse_if(void)
{
    struct node *node = new_node(NODE_IF);
    for (;;) {
        skip_blanks();
        if (_wcsnicmp(in.at, L"/i", 2) == 0 && (is_blank(in.at[2]) || in.at[2] == '"')) {
            node->condition.ignore_case = TRUE;
            in.at += 2;
        } else if (take_keyword(L"not")) {
            node->condition.negate = !node->condition.negate;
        } else {
            break;
        }
    }
    const wchar_t *ends = L" \t,;&|<>()";
    if (take_keyword(L"exist")) {
        node->condition.kind = IF_EXIST;
        node->condition.left = take_word(L" \t,;&|<>");
    } else if (take_keyword(L"defined")) {
        node->condition.kind = IF_DEFINED;
        node->condition.left = take_word(ends);
    } else if (take_keyword(L"errorlevel")) {
        node->condition.kind = IF_ERRORLEVEL;
        node->condition.left = take_word(ends);
    } else if (take_keyword(L"cmdextversion")) {
        node->condition.kind = IF_CMDEXTVERSION;
        node->condition.left = take_word(ends);
    } else {
        node->condition.left = take_word(L" \t,;=&|<>");
        skip_blanks();
        const wchar_t *before = in.at;
        while (before > in.line && is_blank(before[-1]) && before[-1] != '=')
            before--;
        if (before > in.line + 1 && before[-1] == '=' && before[-2] == '=') {
            node->condition.kind = IF_EQUAL;
        } else {
            static const wchar_t *const operations[] = {L"equ", L"neq", L"lss", L"leq", L"gtr", L"geq"};
            node->condition.kind = IF_COMPARE;
            node->condition.operation = take_word(ends);
            BOOL known = FALSE;
            for (size_t i = 0; i < 6; i++)
                known |= _wcsicmp(node->condition.operation, operations[i]) == 0;
            if (!known)
                fail(L"The syntax of the command is incorrect.");
        }
        node->condition.right = take_word(L" \t,;=&|<>");
        if (!*node->condition.right)
            fail(L"The syntax of the command is incorrect.");
    }
    skip_blanks();
    if (!in.error)
        node->first = parse_sequence(); /* all that is left of the line */
    if (!node->first)
        fail(L"The syntax of the command is incorrect.");
    const wchar_t *after = in.at;
    while (*in.at == ' ' || *in.at == '\t')
        in.at++;
    if (take_keyword(L"else")) {
        skip_blanks();
        node->second = parse_sequence(); /* all that is left of the line */
        if (!node->second)
            fail(L"The syntax of the command is incorrect.");
    } else {
        in.at = after;
    }
    return node;
}

static struct node *parse_for(void)
{
    struct node *node = new_node(NODE_FOR);
    skip_blanks();
    while (*in.at == '/') {
        wchar_t option = (wchar_t)towlower(in.at[1]);
        in.at += 2;
        skip_blanks();
        switch (option) {
        case 'd': node->loop.kind = node->loop.kind == FOR_TREE ? FOR_TREE : FOR_FOLDERS; break;
        case 'l': node->loop.kind = FOR_COUNT; break;
        case 'r':
            node->loop.kind = FOR_TREE;
            if (*in.at && *in.at != '%' && *in.at != '/')
                node->loop.options = take_word(L" \t");
            break;
        case 'f':
            node->loop.kind = FOR_FILE;
            if (*in.at && *in.at != '%')
                node->loop.options = take_word(L" \t");
            break;
        default: fail(L"The syntax of the command is incorrect."); return node;
        }
        skip_blanks();
    }
    if (in.at[0] != '%' || !in.at[1] || in.at[1] >= 128) {
        fail(L"The syntax of the command is incorrect.");
        return node;
    }
    node->loop.variable = in.at[1];
    in.at += 2;
    skip_blanks();
    if (!take_keyword(L"in")) {
        fail(L"The syntax of the command is incorrect.");
        return node;
    }
    skip_blanks();
    if (*in.at != '(') {
        fail(L"The syntax of the command is incorrect.");
        return node;
    }
    in.at++;
    struct text set = {0};
    BOOL quoted = FALSE;
    for (;;) {
        if (!*in.at) {
            quoted = FALSE;
            if (!next_line()) {
                fail(L"The syntax of the command is incorrect.");
                break;
            }
            text_put(&set, ' ');
            continue;
        }
        if (!quoted && *in.at == ')')
            break;
        if (!take_unit(&set, &quoted, L")") && *in.at)
            break;
    }
    node->text = text_take(&set);
    if (*in.at == ')')
        in.at++;
    skip_blanks();
    if (!take_keyword(L"do")) {
        fail(L"The syntax of the command is incorrect.");
        return node;
    }
    skip_blanks();
    if (!in.error)
        node->first = parse_sequence(); /* all that is left of the line */
    if (!node->first)
        fail(L"The syntax of the command is incorrect.");
    return node;
}

/* ( commands, over several lines ) */
static struct node *parse_block(void)
{
    struct node *block = new_node(NODE_BLOCK), **last = &block->first;
    in.at++;
    in.depth++;
    for (;;) {
        skip_blanks();
        if (in.error)
            break;
        if (*in.at == ')') {
            in.at++;
            break;
        }
        if (!*in.at) {
            if (!next_line()) {
                fail(L"The syntax of the command is incorrect.");
                break;
            }
            continue;
        }
        if (*in.at == ':') { /* a label inside a block: a comment */
            in.at += wcslen(in.at);
            continue;
        }
        struct node *statement = parse_sequence();
        if (!statement)
            continue;
        struct node *link = new_node(NODE_SEQUENCE);
        link->first = statement;
        *last = link;
        last = &link->second;
    }
    in.depth--;
    return block;
}

static struct node *parse_simple(void)
{
    struct node *node = new_node(NODE_COMMAND);
    struct text text = {0};
    BOOL quoted = FALSE, comment = FALSE;
    if (_wcsnicmp(in.at, L"rem", 3) == 0 && (!in.at[3] || is_blank(in.at[3])))
        comment = TRUE;
    while (*in.at) {
        if (comment) {
            text_put(&text, *in.at++);
            continue;
        }
        if (!quoted && *in.at >= '0' && *in.at <= '9' && (in.at[1] == '<' || in.at[1] == '>') &&
            (!text.length || is_blank(text.chars[text.length - 1]))) {
            int digit = *in.at++ - '0';
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
    struct node *node;
    skip_blanks();
    while (*in.at == '@') {
        silent = TRUE;
        in.at++;
        skip_blanks();
    }
    if (!*in.at || (in.depth && *in.at == ')'))
        return NULL;
    struct node prefix = {0};
    take_redirections(&prefix);
    skip_blanks();
    if (*in.at == '(') {
        node = parse_block();
        take_redirections(node);
    } else if (take_keyword(L"if")) {
        node = parse_if();
    } else if (take_keyword(L"for")) {
        node = parse_for();
    } else if (wcschr(L"&|)", *in.at)) {
        fail(L"The syntax of the command is incorrect.");
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

static struct node *parse_pipe(void)
{
    struct node *left = parse_command();
    for (;;) {
        const wchar_t *start = in.at;
        while (*in.at == ' ' || *in.at == '\t')
            in.at++;
        if (in.error || !left || *in.at != '|' || in.at[1] == '|') {
            in.at = start;
            return left;
        }
        in.at++;
        struct node *node = new_node(NODE_PIPE);
        node->first = left;
        node->second = parse_command();
        if (!node->second)
            fail(L"The syntax of the command is incorrect.");
        left = node;
    }
}

static struct node *parse_and_or(void)
{
    struct node *left = parse_pipe();
    for (;;) {
        const wchar_t *start = in.at;
        while (*in.at == ' ' || *in.at == '\t')
            in.at++;
        enum node_kind kind;
        if (in.error || !left)
            return left;
        if (in.at[0] == '&' && in.at[1] == '&') {
            kind = NODE_AND;
        } else if (in.at[0] == '|' && in.at[1] == '|') {
            kind = NODE_OR;
        } else {
            in.at = start;
            return left;
        }
        in.at += 2;
        struct node *node = new_node(kind);
        node->first = left;
        node->second = parse_pipe();
        if (!node->second)
            fail(L"The syntax of the command is incorrect.");
        left = node;
    }
}

static struct node *parse_sequence(void)
{
    struct node *left = parse_and_or();
    for (;;) {
        while (*in.at == ' ' || *in.at == '\t')
            in.at++;
        if (in.error || *in.at != '&' || in.at[1] == '&')
            return left;
        in.at++;
        struct node *right = parse_and_or();
        if (!right)
            continue;
        struct node *node = new_node(NODE_SEQUENCE);
        node->first = left;
        node->second = right;
        left = node;
    }
}

struct node *parse(const wchar_t *line, wchar_t *(*more)(void), const wchar_t **ret_error)
{
    /* parsing may run commands' lines inside lines only through execution, never re-entrantly */
    memset(&in, 0, sizeof in);
    in.line = copy_string(line);
    in.at = in.line;
    in.more = more;
    struct node *node = parse_sequence();
    skip_blanks();
    if (!in.error && *in.at && *in.at != ')')
        fail(L"The syntax of the command is incorrect.");
    free(in.line);
    in.line = NULL;
    *ret_error = in.error;
    if (in.error) {
        free_node(node);
        return NULL;
    }
    return node;
}
