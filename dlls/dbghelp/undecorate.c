/*
 * UnDecorateSymbolName: the names of Visual C++, read from left to right. What cannot be read stays as it is.
 */
#include "undecorate.h"

#include <stdarg.h>

const char *undecorate_join(struct reader *reader, const char *first, ...)
{
    char *begin = reader->arena + reader->used;
    va_list list;
    va_start(list, first);
    for (const char *text = first;; text = va_arg(list, const char *)) {
        if (!text)
            break;
        size_t length = strlen(text);
        if (reader->used + length + 1 > ARENA) {
            va_end(list);
            return NULL;
        }
        memcpy(reader->arena + reader->used, text, length);
        reader->used += length;
    }
    va_end(list);
    reader->arena[reader->used++] = 0;
    return begin;
}

BOOL undecorate_take(struct reader *reader, char c)
{
    if (*reader->at != c || !c)
        return FALSE;
    reader->at++;
    return TRUE;
}

/* "0" to "9" are 1 to 10; else hexadecimal digits from A to P and "@"; with "?" before them negative. */
BOOL undecorate_number(struct reader *reader, LONGLONG *ret)
{
    BOOL negative = undecorate_take(reader, '?');
    ULONGLONG value = 0;
    if (*reader->at >= '0' && *reader->at <= '9') {
        value = (ULONGLONG)(*reader->at++ - '0') + 1;
    } else {
        while (*reader->at >= 'A' && *reader->at <= 'P')
            value = value << 4 | (ULONGLONG)(*reader->at++ - 'A');
        if (!undecorate_take(reader, '@'))
            return FALSE;
    }
    *ret = (LONGLONG)(negative ? 0 - value : value);
    return TRUE;
}

const char *undecorate_decimal(struct reader *reader)
{
    LONGLONG value;
    char text[24], *begin = text + sizeof text - 1;
    if (!undecorate_number(reader, &value))
        return NULL;
    ULONGLONG rest = value < 0 ? 0 - (ULONGLONG)value : (ULONGLONG)value;
    *begin = 0;
    do
        *--begin = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        *--begin = '-';
    return undecorate_join(reader, begin, NULL);
}

static const char *remember(struct reader *reader, const char *name)
{
    struct memory *memory = &reader->memory;
    for (unsigned i = 0; name && i < memory->name_count; i++)
        if (strcmp(memory->names[i], name) == 0)
            return name;
    if (name && memory->name_count < MEMORIES)
        memory->names[memory->name_count++] = name;
    return name;
}

static const char *identifier(struct reader *reader)
{
    const char *begin = reader->at, *end = strchr(begin, '@');
    if (!end || end == begin)
        return NULL;
    char *text = reader->arena + reader->used;
    size_t length = (size_t)(end - begin);
    if (reader->used + length + 1 > ARENA)
        return NULL;
    memcpy(text, begin, length);
    text[length] = 0;
    reader->used += length + 1;
    reader->at = end + 1;
    return text;
}

/* ---------------------------------------------------------------- operators */

enum special { PLAIN, CONSTRUCTOR, DESTRUCTOR, CONVERSION, DATA };

static const char *const operators[] = {
    ['2'] = "operator new", ['3'] = "operator delete", ['4'] = "operator=",  ['5'] = "operator>>",
    ['6'] = "operator<<",   ['7'] = "operator!",       ['8'] = "operator==", ['9'] = "operator!=",
    ['A'] = "operator[]",   ['C'] = "operator->",      ['D'] = "operator*",  ['E'] = "operator++",
    ['F'] = "operator--",   ['G'] = "operator-",       ['H'] = "operator+",  ['I'] = "operator&",
    ['J'] = "operator->*",  ['K'] = "operator/",       ['L'] = "operator%",  ['M'] = "operator<",
    ['N'] = "operator<=",   ['O'] = "operator>",       ['P'] = "operator>=", ['Q'] = "operator,",
    ['R'] = "operator()",   ['S'] = "operator~",       ['T'] = "operator^",  ['U'] = "operator|",
    ['V'] = "operator&&",   ['W'] = "operator||",      ['X'] = "operator*=", ['Y'] = "operator+=",
    ['Z'] = "operator-="};
static const char *const more_operators[] = {['0'] = "operator/=",
                                             ['1'] = "operator%=",
                                             ['2'] = "operator>>=",
                                             ['3'] = "operator<<=",
                                             ['4'] = "operator&=",
                                             ['5'] = "operator|=",
                                             ['6'] = "operator^=",
                                             ['7'] = "`vftable'",
                                             ['8'] = "`vbtable'",
                                             ['9'] = "`vcall'",
                                             ['A'] = "`typeof'",
                                             ['B'] = "`local static guard'",
                                             ['C'] = "`string'",
                                             ['D'] = "`vbase destructor'",
                                             ['E'] = "`vector deleting destructor'",
                                             ['F'] = "`default constructor closure'",
                                             ['G'] = "`scalar deleting destructor'",
                                             ['H'] = "`vector constructor iterator'",
                                             ['I'] = "`vector destructor iterator'",
                                             ['J'] = "`vector vbase constructor iterator'",
                                             ['K'] = "`virtual displacement map'",
                                             ['L'] = "`eh vector constructor iterator'",
                                             ['M'] = "`eh vector destructor iterator'",
                                             ['N'] = "`eh vector vbase constructor iterator'",
                                             ['O'] = "`copy constructor closure'",
                                             ['S'] = "`local vftable'",
                                             ['T'] = "`local vftable constructor closure'",
                                             ['U'] = "operator new[]",
                                             ['V'] = "operator delete[]",
                                             ['X'] = "`placement delete closure'",
                                             ['Y'] = "`placement delete[] closure'"};

static const char *type_information(struct reader *reader)
{
    const char *at = "", *number;
    switch (*reader->at++) {
    case '0': return undecorate_join(reader, undecorate_type(reader), " `RTTI Type Descriptor'", NULL);
    case '1':
        for (int i = 0; i < 4; i++) {
            if (!(number = undecorate_decimal(reader)))
                return NULL;
            at = undecorate_join(reader, at, i ? "," : "", number, NULL);
        }
        return undecorate_join(reader, "`RTTI Base Class Descriptor at (", at, ")'", NULL);
    case '2': return "`RTTI Base Class Array'";
    case '3': return "`RTTI Class Hierarchy Descriptor'";
    case '4': return "`RTTI Complete Object Locator'";
    default: return NULL;
    }
}

/* Behind the question mark of an operator's name. */
static const char *operator_name(struct reader *reader, enum special *ret_special)
{
    char c = *reader->at++;
    *ret_special = PLAIN;
    if (c == '0' || c == '1') {
        *ret_special = c == '0' ? CONSTRUCTOR : DESTRUCTOR;
        return "";
    }
    if (c == 'B') {
        *ret_special = CONVERSION;
        return "operator";
    }
    if (c != '_')
        return c > 0 && (size_t)c < ARRAYSIZE(operators) ? operators[(int)c] : NULL;
    c = *reader->at++;
    if (c == 'R') {
        *ret_special = DATA;
        return type_information(reader);
    }
    if (c == '_') {
        const char *of;
        c = *reader->at++;
        switch (c) {
        case 'E':
        case 'F':
            of = undecorate_take(reader, '?') ? undecorate_symbol(reader) : identifier(reader);
            if (of && *reader->at == '@' && reader->at[1] == '@')
                reader->at++;
            return undecorate_join(
                reader, c == 'E' ? "`dynamic initializer for '" : "`dynamic atexit destructor for '", of,
                "''", NULL);
        case 'K': return undecorate_join(reader, "operator \"\" ", identifier(reader), NULL);
        case 'L': return "operator co_await";
        case 'M': return "operator<=>";
        default: return NULL;
        }
    }
    if (c == '7' || c == '8' || c == 'S')
        *ret_special = DATA;
    return c > 0 && (size_t)c < ARRAYSIZE(more_operators) ? more_operators[(int)c] : NULL;
}

/* ---------------------------------------------------------------- names */

const char *undecorate_template(struct reader *reader)
{
    struct memory outer = reader->memory;
    enum special special = PLAIN;
    if (++reader->depth > DEPTH)
        return NULL;
    reader->memory.name_count = reader->memory.type_count = 0;
    const char *name = undecorate_take(reader, '?') ? operator_name(reader, &special)
                                                    : remember(reader, identifier(reader));
    const char *arguments = name ? undecorate_template_arguments(reader) : NULL;
    reader->memory = outer;
    reader->depth--;
    return name && arguments ? undecorate_join(reader, name, arguments, NULL) : NULL;
}

/* One level of a name. */
static const char *piece(struct reader *reader)
{
    if (*reader->at >= '0' && *reader->at <= '9') {
        unsigned index = (unsigned)(*reader->at++ - '0');
        return index < reader->memory.name_count ? reader->memory.names[index] : NULL;
    }
    if (!undecorate_take(reader, '?'))
        return remember(reader, identifier(reader));
    if (undecorate_take(reader, '$'))
        return remember(reader, undecorate_template(reader));
    if (*reader->at == 'A' && (reader->at[1] == '0' || reader->at[1] == '@')) {
        if (!identifier(reader))
            return NULL;
        return remember(reader, "`anonymous namespace'");
    }
    if (undecorate_take(reader, '?')) { /* inside a function that is told in full */
        if (++reader->depth > DEPTH)
            return NULL;
        const char *function = undecorate_symbol(reader);
        reader->depth--;
        return function ? undecorate_join(reader, "`", function, "'", NULL) : NULL;
    }
    const char *number = undecorate_decimal(reader);
    return number ? undecorate_join(reader, "`", number, "'", NULL) : NULL;
}

/* The scopes around `name` up to the "@" that ends them; *ret_inner: the innermost one's own name. */
static const char *scopes(struct reader *reader, const char *name, const char **ret_inner)
{
    const char *around = "";
    BOOL first = TRUE;
    while (!undecorate_take(reader, '@')) {
        const char *one = *reader->at ? piece(reader) : NULL;
        if (!one)
            return NULL;
        if (first && ret_inner)
            *ret_inner = one;
        first = FALSE;
        around = undecorate_join(reader, one, "::", around, NULL);
        if (!around)
            return NULL;
    }
    return undecorate_join(reader, around, name, NULL);
}

const char *undecorate_qualified(struct reader *reader)
{
    const char *name = piece(reader);
    return name ? scopes(reader, name, NULL) : NULL;
}

/* ---------------------------------------------------------------- what has the name */

static const char *storage(struct reader *reader, const char **ret_cv)
{
    static const char *const words[] = {"", "const ", "volatile ", "const volatile "};
    BOOL pointer = undecorate_take(reader, 'E');
    char c = *reader->at;
    if (c < 'A' || c > 'D')
        return NULL;
    reader->at++;
    *ret_cv = words[c - 'A'];
    return pointer && !(reader->flags & UNDNAME_NO_MS_KEYWORDS) ? " __ptr64" : "";
}

static const char *variable(struct reader *reader, char kind, const char *name)
{
    static const char *const access[] = {"private: static ", "protected: static ", "public: static ", "", ""};
    struct declared type;
    const char *cv = "", *place = access[kind - '0'], *extended;
    if (!undecorate_declared(reader, &type) || !(extended = storage(reader, &cv)))
        return NULL;
    if (reader->flags & UNDNAME_NAME_ONLY)
        return name;
    if (reader->flags & UNDNAME_NO_ACCESS_SPECIFIERS)
        place = kind < '3' && !(reader->flags & UNDNAME_NO_MEMBER_TYPE) ? "static " : "";
    return undecorate_join(reader, place, type.left, " ", cv, name, type.right, NULL);
}

/* A table of virtual functions or bases, perhaps for one base only. */
static const char *table(struct reader *reader, const char *name)
{
    const char *cv = "", *extended = storage(reader, &cv), *bases = "";
    if (!extended)
        return NULL;
    while (*reader->at && *reader->at != '@') {
        const char *base = undecorate_qualified(reader);
        if (!base)
            return NULL;
        bases = undecorate_join(reader, bases, *bases ? "s `" : "`", base, "'", NULL);
    }
    undecorate_take(reader, '@');
    if (reader->flags & UNDNAME_NAME_ONLY)
        return name;
    return bases && *bases ? undecorate_join(reader, cv, name, "{for ", bases, "}", NULL)
                           : undecorate_join(reader, cv, name, NULL);
}

static const char *function(struct reader *reader, char kind, const char *name, enum special special)
{
    static const char *const accesses[] = {"private: ", "protected: ", "public: "};
    unsigned sort = (unsigned)(kind - 'A');
    BOOL global = kind >= 'Y', member = !global && (sort & 6) != 2, thunk = !global && (sort & 6) == 6;
    const char *access = global ? "" : accesses[sort / 8], *behind = "", *convention, *arguments;
    const char *what = global || (sort & 6) == 0 ? "" : (sort & 6) == 2 ? "static " : "virtual ";
    struct declared result = {"", ""};
    const char *adjustor = "";
    if (kind > 'Z' || kind < 'A')
        return NULL;
    if (thunk) {
        const char *adjustment = undecorate_decimal(reader);
        if (!adjustment)
            return NULL;
        adjustor = undecorate_join(reader, "`adjustor{", adjustment, "}' ", NULL);
    }
    if (member && !undecorate_this(reader, &behind))
        return NULL;
    convention = undecorate_convention(reader);
    if (!convention)
        return NULL;
    if (!undecorate_take(reader, '@') && !undecorate_declared(reader, &result))
        return NULL;
    arguments = undecorate_arguments(reader);
    if (!arguments)
        return NULL;
    if (special == CONVERSION) { /* its type is its name */
        name = undecorate_join(reader, name, " ", result.left, result.right, NULL);
        result = (struct declared){"", ""};
    }
    if (reader->flags & UNDNAME_NAME_ONLY)
        return name;
    if (reader->flags & UNDNAME_NO_ACCESS_SPECIFIERS)
        access = "";
    if (reader->flags & UNDNAME_NO_MEMBER_TYPE)
        what = "";
    if (reader->flags & UNDNAME_NO_FUNCTION_RETURNS)
        result = (struct declared){"", ""};
    if (reader->flags & UNDNAME_NO_ARGUMENTS)
        arguments = behind = "";
    return undecorate_join(reader, thunk ? "[thunk]:" : "", access, what, result.left,
                           *result.left ? " " : "", convention, name, adjustor, arguments, behind,
                           result.right, NULL);
}

const char *undecorate_symbol(struct reader *reader)
{
    enum special special = PLAIN;
    const char *name, *inner = NULL;
    if (undecorate_take(reader, '?')) {
        if (undecorate_take(reader, '$')) {
            name = remember(reader, undecorate_template(reader));
        } else if (strncmp(reader->at, "_C@_", 4) == 0) { /* a literal: what follows is its hash and text */
            reader->at += strlen(reader->at);
            return "`string'";
        } else {
            name = operator_name(reader, &special);
        }
    } else {
        name = piece(reader);
    }
    if (!name)
        return NULL;
    const char *full = scopes(reader, special == CONSTRUCTOR || special == DESTRUCTOR ? "" : name, &inner);
    if (!full)
        return NULL;
    if (special == CONSTRUCTOR || special == DESTRUCTOR)
        full = inner ? undecorate_join(reader, full, special == DESTRUCTOR ? "~" : "", inner, NULL) : NULL;
    char kind = *reader->at;
    if (!full || !kind)
        return full;
    reader->at++;
    if (kind >= '0' && kind <= '4')
        return variable(reader, kind, full);
    if (kind == '5') {
        const char *number = undecorate_decimal(reader);
        return number ? undecorate_join(reader, full, "{", number, "}'", NULL) : NULL;
    }
    if (kind == '6' || kind == '7')
        return table(reader, full);
    if (kind == '8' || kind == '9' || kind == '@')
        return full;
    return function(reader, kind, full, special);
}

/* ---------------------------------------------------------------- exported */

DWORD WINAPI UnDecorateSymbolName(PCSTR name, PSTR output, DWORD size, DWORD flags)
{
    struct reader reader = {.flags = flags};
    const char *text = NULL;
    if (!name || !output || !size) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    if (*name == '?' && (reader.arena = HeapAlloc(GetProcessHeap(), 0, ARENA))) {
        reader.at = name + 1;
        text = undecorate_symbol(&reader);
    }
    if (!text)
        text = name;
    DWORD length = 0;
    while (text[length] && length + 1 < size) {
        output[length] = text[length];
        length++;
    }
    output[length] = 0;
    HeapFree(GetProcessHeap(), 0, reader.arena);
    return length;
}

DWORD WINAPI UnDecorateSymbolNameW(PCWSTR name, PWSTR output, DWORD size, DWORD flags)
{
    enum { LONGEST = 16384 };
    DWORD length = 0;
    if (!name || !output || !size) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    char *narrow = HeapAlloc(GetProcessHeap(), 0, 2 * LONGEST), *result = narrow ? narrow + LONGEST : NULL;
    if (narrow && WideCharToMultiByte(CP_ACP, 0, name, -1, narrow, LONGEST, NULL, NULL) &&
        UnDecorateSymbolName(narrow, result, LONGEST, flags)) {
        length = (DWORD)MultiByteToWideChar(CP_ACP, 0, result, (int)strlen(result), output, (int)size - 1);
        output[length] = 0;
    }
    HeapFree(GetProcessHeap(), 0, narrow);
    return length;
}
