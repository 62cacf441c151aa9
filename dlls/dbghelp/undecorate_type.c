/*
 * Types in decorated names: fundamental ones, classes, pointers, arrays, functions, template arguments.
 */
#include "undecorate.h"

static const char *keyword(const struct reader *reader, const char *word)
{
    return reader->flags & UNDNAME_NO_MS_KEYWORDS ? "" : word;
}

const char *undecorate_convention(struct reader *reader)
{
    static const char *const names[] = {"__cdecl ",    "__pascal ",  "__thiscall ", "__stdcall ",
                                        "__fastcall ", "__clrcall ", "__eabi ",     "__vectorcall "};
    char c = *reader->at;
    if (c >= 'A' && c <= 'N') {
        reader->at++;
        return keyword(reader, c <= 'L' ? names[c >= 'K' ? 0 : (c - 'A') / 2] : names[5]);
    }
    if (c == 'Q' || c == 'w') {
        reader->at++;
        return keyword(reader, c == 'Q' ? names[7] : "__regcall ");
    }
    return NULL;
}

static const char *fundamental(struct reader *reader)
{
    static const struct {
        char code[4];
        const char *name;
    } types[] = {{"X", "void"},
                 {"C", "signed char"},
                 {"D", "char"},
                 {"E", "unsigned char"},
                 {"F", "short"},
                 {"G", "unsigned short"},
                 {"H", "int"},
                 {"I", "unsigned int"},
                 {"J", "long"},
                 {"K", "unsigned long"},
                 {"M", "float"},
                 {"N", "double"},
                 {"O", "long double"},
                 {"_N", "bool"},
                 {"_J", "__int64"},
                 {"_K", "unsigned __int64"},
                 {"_D", "__int8"},
                 {"_E", "unsigned __int8"},
                 {"_F", "__int16"},
                 {"_G", "unsigned __int16"},
                 {"_H", "__int32"},
                 {"_I", "unsigned __int32"},
                 {"_L", "__int128"},
                 {"_M", "unsigned __int128"},
                 {"_W", "wchar_t"},
                 {"_Q", "char8_t"},
                 {"_S", "char16_t"},
                 {"_U", "char32_t"},
                 {"_P", "auto"},
                 {"_T", "decltype(auto)"},
                 {"$$T", "std::nullptr_t"}};
    for (unsigned i = 0; i < ARRAYSIZE(types); i++) {
        size_t n = strlen(types[i].code);
        if (strncmp(reader->at, types[i].code, n) == 0) {
            reader->at += n;
            return types[i].name;
        }
    }
    return NULL;
}

/* T, U, V and W: kind and name. */
static const char *class_type(struct reader *reader)
{
    const char *kind = *reader->at == 'T' ? "union " : *reader->at == 'U' ? "struct " : "class ";
    if (*reader->at == 'W') {
        if (reader->at[1] < '0' || reader->at[1] > '7')
            return NULL;
        reader->at++;
        kind = "enum ";
    }
    reader->at++;
    return undecorate_join(reader, kind, undecorate_qualified(reader), NULL);
}

/* A const, B, C, D: what is const or volatile about it. */
static const char *qualification(struct reader *reader)
{
    static const char *const words[] = {"", " const", " volatile", " const volatile"};
    char c = *reader->at;
    if (c >= 'A' && c <= 'D') {
        reader->at++;
        return words[c - 'A'];
    }
    return NULL;
}

/* __ptr64, __restrict, __unaligned, in the order in which they are written. */
static const char *extensions(struct reader *reader)
{
    const char *text = "";
    for (;;) {
        if (undecorate_take(reader, 'E'))
            text = undecorate_join(reader, text, keyword(reader, " __ptr64"), NULL);
        else if (undecorate_take(reader, 'I'))
            text = undecorate_join(reader, text, keyword(reader, " __restrict"), NULL);
        else if (undecorate_take(reader, 'F'))
            text = undecorate_join(reader, text, keyword(reader, " __unaligned"), NULL);
        else
            return text;
    }
}

BOOL undecorate_this(struct reader *reader, const char **ret_behind)
{
    const char *extended = extensions(reader), *reference = "", *cv;
    if (undecorate_take(reader, 'G'))
        reference = " &";
    else if (undecorate_take(reader, 'H'))
        reference = " &&";
    cv = qualification(reader);
    if (!cv || !extended)
        return FALSE;
    if (reader->flags & UNDNAME_NO_CV_THISTYPE)
        cv = "";
    if (reader->flags & UNDNAME_NO_MS_THISTYPE)
        extended = "";
    if (*cv) /* a space behind it in any case */
        cv = undecorate_join(reader, cv + 1, " ", NULL);
    *ret_behind = undecorate_join(reader, cv, *cv && *extended ? extended + 1 : extended, reference, NULL);
    return TRUE;
}

/* A function's type, around `name` (the star of a pointer to it). */
static BOOL function_type(struct reader *reader, const char *scope, const char *star, const char *behind,
                          struct declared *ret)
{
    const char *convention = undecorate_convention(reader), *arguments;
    struct declared result = {"", ""};
    if (!convention)
        return FALSE;
    if (!undecorate_take(reader, '@')) {
        if (undecorate_take(reader, '?') && !qualification(reader))
            return FALSE;
        if (!undecorate_declared(reader, &result))
            return FALSE;
    }
    arguments = undecorate_arguments(reader);
    if (!arguments)
        return FALSE;
    if (!*scope && *convention) { /* "(__cdecl*" */
        char *copy = (char *)undecorate_join(reader, convention, NULL);
        if (!copy)
            return FALSE;
        copy[strlen(copy) - 1] = 0;
        convention = copy;
    }
    ret->left = star ? undecorate_join(reader, result.left, " (", convention, scope, star, NULL)
                     : undecorate_join(reader, result.left, *convention ? " " : "", convention, NULL);
    ret->right = undecorate_join(reader, star ? ")" : "", arguments, behind, result.right, NULL);
    return ret->left && ret->right;
}

/* P, Q, R, S, A, B, $$Q, $$R. */
static BOOL pointer(struct reader *reader, const char *star, struct declared *ret)
{
    const char *extended = extensions(reader), *scope = "", *behind = "", *cv;
    struct declared to;
    char c = *reader->at;
    star = undecorate_join(reader, star, extended, NULL);
    if (c == '6' || c == '8') {
        reader->at++;
        if (c == '8') {
            scope = undecorate_join(reader, undecorate_qualified(reader), "::", NULL);
            if (!scope || !undecorate_this(reader, &behind))
                return FALSE;
        }
        return function_type(reader, scope, star, behind, ret);
    }
    if (c >= 'Q' && c <= 'T') { /* a member's */
        static const char *const words[] = {"", " const", " volatile", " const volatile"};
        reader->at++;
        cv = words[c - 'Q'];
        scope = undecorate_join(reader, undecorate_qualified(reader), "::", NULL);
    } else {
        cv = qualification(reader);
    }
    if (!cv || !scope)
        return FALSE;
    if (*reader->at == 'Y') { /* an array */
        if (!undecorate_declared(reader, &to))
            return FALSE;
        ret->left = undecorate_join(reader, to.left, cv, " (", scope, star, NULL);
        ret->right = undecorate_join(reader, ")", to.right, NULL);
    } else {
        if (!undecorate_declared(reader, &to))
            return FALSE;
        BOOL open = *to.right == ')' || *to.right == '('; /* a pointer to a pointer to a function */
        ret->left = undecorate_join(reader, to.left, cv, open ? "" : " ", scope, star, NULL);
        ret->right = to.right;
    }
    return ret->left && ret->right;
}

static BOOL array(struct reader *reader, struct declared *ret)
{
    LONGLONG count;
    const char *sizes = "";
    struct declared of;
    if (!undecorate_number(reader, &count) || count < 1 || count > 16)
        return FALSE;
    while (count--) {
        const char *size = undecorate_decimal(reader);
        if (!size)
            return FALSE;
        sizes = undecorate_join(reader, sizes, "[", size, "]", NULL);
    }
    const char *cv = "";
    if (strncmp(reader->at, "$$C", 3) == 0) {
        reader->at += 3;
        cv = qualification(reader);
    }
    if (!cv || !undecorate_declared(reader, &of))
        return FALSE;
    ret->left = undecorate_join(reader, of.left, cv, NULL);
    ret->right = undecorate_join(reader, sizes, of.right, NULL);
    return ret->left && ret->right;
}

static BOOL declared(struct reader *reader, struct declared *ret)
{
    const char *name;
    ret->right = "";
    if (*reader->at >= '0' && *reader->at <= '9') {
        unsigned index = (unsigned)(*reader->at++ - '0');
        ret->left = index < reader->memory.type_count ? reader->memory.types[index] : NULL;
        return ret->left != NULL;
    }
    switch (*reader->at) {
    case 'T':
    case 'U':
    case 'V':
    case 'W': return (ret->left = class_type(reader)) != NULL;
    case 'A': reader->at++; return pointer(reader, "&", ret);
    case 'B': reader->at++; return pointer(reader, "& volatile", ret);
    case 'P': reader->at++; return pointer(reader, "*", ret);
    case 'Q': reader->at++; return pointer(reader, "* const", ret);
    case 'R': reader->at++; return pointer(reader, "* volatile", ret);
    case 'S': reader->at++; return pointer(reader, "* const volatile", ret);
    case 'Y': reader->at++; return array(reader, ret);
    case '?': { /* of a result or an argument: what is const about it */
        reader->at++;
        const char *cv = qualification(reader);
        if (!cv || !undecorate_declared(reader, ret))
            return FALSE;
        ret->left = undecorate_join(reader, ret->left, cv, NULL);
        return ret->left != NULL;
    }
    case '$':
        if (strncmp(reader->at, "$$Q", 3) == 0 || strncmp(reader->at, "$$R", 3) == 0) {
            BOOL is_volatile = reader->at[2] == 'R';
            reader->at += 3;
            return pointer(reader, is_volatile ? "&& volatile" : "&&", ret);
        }
        if (strncmp(reader->at, "$$C", 3) == 0) {
            reader->at += 3;
            const char *cv = qualification(reader);
            if (!cv || !undecorate_declared(reader, ret))
                return FALSE;
            ret->left = undecorate_join(reader, ret->left, cv, NULL);
            return ret->left != NULL;
        }
        if (strncmp(reader->at, "$$B", 3) == 0) {
            reader->at += 3;
            return undecorate_declared(reader, ret);
        }
        if (strncmp(reader->at, "$$A", 3) == 0 && (reader->at[3] == '6' || reader->at[3] == '8')) {
            const char *behind = "";
            BOOL member = reader->at[3] == '8';
            reader->at += 4;
            if (member && (!undecorate_take(reader, '@') || !undecorate_take(reader, '@') ||
                           !undecorate_this(reader, &behind)))
                return FALSE;
            return function_type(reader, "", NULL, behind, ret);
        }
        break;
    default: break;
    }
    name = fundamental(reader);
    ret->left = name;
    return name != NULL;
}

BOOL undecorate_declared(struct reader *reader, struct declared *ret)
{
    if (++reader->depth > DEPTH)
        return FALSE;
    BOOL good = declared(reader, ret);
    reader->depth--;
    return good;
}

const char *undecorate_type(struct reader *reader)
{
    struct declared type;
    return undecorate_declared(reader, &type) ? undecorate_join(reader, type.left, type.right, NULL) : NULL;
}

/* One of a list; long ones are remembered. */
static const char *listed(struct reader *reader)
{
    const char *begin = reader->at, *text = undecorate_type(reader);
    if (text && reader->at - begin > 1 && reader->memory.type_count < MEMORIES)
        reader->memory.types[reader->memory.type_count++] = text;
    return text;
}

const char *undecorate_arguments(struct reader *reader)
{
    const char *text = "";
    if (undecorate_take(reader, 'X')) {
        text = "void";
    } else {
        while (*reader->at != '@' && *reader->at != 'Z') {
            const char *one = *reader->at ? listed(reader) : NULL;
            if (!one)
                return NULL;
            text = undecorate_join(reader, text, *text ? "," : "", one, NULL);
        }
        if (*reader->at++ == 'Z')
            text = undecorate_join(reader, text, *text ? ",..." : "...", NULL);
    }
    const char *promise = "";
    if (strncmp(reader->at, "_E", 2) == 0) { /* noexcept */
        reader->at += 2;
        promise = " noexcept";
    } else if (!undecorate_take(reader, 'Z')) {
        return NULL;
    }
    return undecorate_join(reader, "(", text, ")", promise, NULL);
}

static const char *template_argument(struct reader *reader)
{
    if (*reader->at != '$' || reader->at[1] == '$')
        return listed(reader);
    reader->at++;
    switch (*reader->at++) {
    case '0': return undecorate_decimal(reader);
    case '1':
    case 'H':
        return undecorate_take(reader, '?') ? undecorate_join(reader, "&", undecorate_symbol(reader), NULL)
                                            : NULL;
    case 'E': return undecorate_take(reader, '?') ? undecorate_symbol(reader) : NULL;
    case 'M': return undecorate_type(reader) ? template_argument(reader) : NULL; /* of a type that is said */
    case 'F': {
        const char *first = undecorate_decimal(reader), *second = first ? undecorate_decimal(reader) : NULL;
        return second ? undecorate_join(reader, "{", first, ",", second, "}", NULL) : NULL;
    }
    case 'D': {
        const char *index = undecorate_decimal(reader);
        return index ? undecorate_join(reader, "`template-parameter-", index, "'", NULL) : NULL;
    }
    default: return NULL;
    }
}

const char *undecorate_template_arguments(struct reader *reader)
{
    const char *text = "";
    BOOL first = TRUE;
    while (!undecorate_take(reader, '@')) {
        if (strncmp(reader->at, "$$V", 3) == 0 || strncmp(reader->at, "$$Z", 3) == 0) { /* an empty pack */
            reader->at += 3;
            continue;
        }
        if (strncmp(reader->at, "$S", 2) == 0) {
            reader->at += 2;
            continue;
        }
        const char *one = *reader->at ? template_argument(reader) : NULL;
        if (!one)
            return NULL;
        text = undecorate_join(reader, text, first ? "" : ",", one, NULL);
        first = FALSE;
    }
    size_t length = text ? strlen(text) : 0;
    return undecorate_join(reader, "<", text, length && text[length - 1] == '>' ? " >" : ">", NULL);
}
