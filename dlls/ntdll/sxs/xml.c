/*
 * The XML parser of manifests (xml.h). The text is converted to UTF-16 first; slices of it are what
 * the tree points to, except where references were expanded.
 */
#include "xml.h"
#include "../ldr/private.h"
#include <nt/nls.h>

enum { CHUNK_SIZE = 16 * 1024, DEPTH_MAX = 64 };

struct xml_chunk {
    struct xml_chunk *next;
    ULONG used, size;
    UCHAR bytes[];
};

struct parser {
    struct xml_document *document;
    const WCHAR *at, *end;
    NTSTATUS status; /* the first error */
};

static void *allocate(struct parser *parser, ULONG size)
{
    struct xml_chunk *chunk = parser->document->chunks;

    size = (size + 7) & ~7u;
    if (!chunk || chunk->size - chunk->used < size) {
        ULONG room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        chunk = ldr_allocate(sizeof *chunk + room);
        if (!chunk) {
            parser->status = STATUS_NO_MEMORY;
            return NULL;
        }
        chunk->size = room;
        chunk->next = parser->document->chunks;
        parser->document->chunks = chunk;
    }
    void *block = chunk->bytes + chunk->used;
    chunk->used += size;
    return block;
}

static BOOLEAN fail(struct parser *parser)
{
    if (!parser->status)
        parser->status = STATUS_SXS_MANIFEST_PARSE_ERROR;
    return FALSE;
}

static BOOLEAN is_space(WCHAR c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static BOOLEAN is_name_start(WCHAR c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0xc0;
}

static BOOLEAN is_name_part(WCHAR c)
{
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == 0xb7;
}

/* What XML 1.0 calls a character; surrogates are taken as they come in pairs or not. */
static BOOLEAN is_character(WCHAR c)
{
    return c >= 0x20 ? c < 0xfffe : is_space(c);
}

static BOOLEAN skip_space(struct parser *parser)
{
    const WCHAR *start = parser->at;
    while (parser->at < parser->end && is_space(*parser->at))
        parser->at++;
    return parser->at != start;
}

static BOOLEAN looks_at(const struct parser *parser, const WCHAR *literal)
{
    ULONG i = 0;
    for (; literal[i]; i++)
        if ((ULONG_PTR)(parser->end - parser->at) <= i || parser->at[i] != literal[i])
            return FALSE;
    return TRUE;
}

static BOOLEAN accept(struct parser *parser, const WCHAR *literal)
{
    if (!looks_at(parser, literal))
        return FALSE;
    parser->at += ldr_wcslen(literal);
    return TRUE;
}

/* Goes behind the next occurrence; *ret_text is what was before it. */
static BOOLEAN skip_until(struct parser *parser, const WCHAR *literal, struct xml_text *ret_text)
{
    const WCHAR *start = parser->at;
    for (; parser->at < parser->end; parser->at++) {
        if (looks_at(parser, literal)) {
            *ret_text = (struct xml_text){start, (ULONG)(parser->at - start)};
            parser->at += ldr_wcslen(literal);
            return TRUE;
        }
        if (!is_character(*parser->at))
            break;
    }
    return fail(parser);
}

static BOOLEAN parse_simple_name(struct parser *parser, struct xml_text *ret_name)
{
    const WCHAR *start = parser->at;
    if (parser->at == parser->end || !is_name_start(*parser->at))
        return fail(parser);
    while (parser->at < parser->end && is_name_part(*parser->at))
        parser->at++;
    *ret_name = (struct xml_text){start, (ULONG)(parser->at - start)};
    return TRUE;
}

static BOOLEAN parse_name(struct parser *parser, struct xml_text *ret_prefix, struct xml_text *ret_name)
{
    *ret_prefix = (struct xml_text){NULL, 0};
    if (!parse_simple_name(parser, ret_name))
        return FALSE;
    if (parser->at < parser->end && *parser->at == ':') {
        parser->at++;
        *ret_prefix = *ret_name;
        return parse_simple_name(parser, ret_name);
    }
    return TRUE;
}

/* One reference, the parser behind its '&': writes one or two WCHARs. */
static ULONG parse_reference(struct parser *parser, WCHAR *to)
{
    static const struct {
        const WCHAR *name;
        WCHAR value;
    } entities[] = {{L"amp;", '&'}, {L"lt;", '<'}, {L"gt;", '>'}, {L"quot;", '"'}, {L"apos;", '\''}};
    ULONG value = 0, digits = 0, base = 10;

    for (ULONG i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (accept(parser, entities[i].name)) {
            *to = entities[i].value;
            return 1;
        }
    if (!accept(parser, L"#"))
        return fail(parser);
    if (accept(parser, L"x"))
        base = 16;
    for (; parser->at < parser->end && *parser->at != ';'; parser->at++, digits++) {
        WCHAR c = *parser->at;
        ULONG digit = c >= '0' && c <= '9'   ? c - '0' + 0u
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10u
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10u
                                             : 99;
        if (digit >= base || (value = value * base + digit) > 0x10ffff)
            return fail(parser);
    }
    if (!digits || !accept(parser, L";") || (value < 0x10000 && !is_character((WCHAR)value)) ||
        (value >= 0xd800 && value < 0xe000))
        return fail(parser);
    if (value < 0x10000) {
        *to = (WCHAR)value;
        return 1;
    }
    to[0] = (WCHAR)(0xd7c0 + (value >> 10));
    to[1] = (WCHAR)(0xdc00 + (value & 0x3ff));
    return 2;
}

/* Text up to `stop` (not consumed) with its references expanded and, in attributes, white space as blanks. */
static BOOLEAN parse_text(struct parser *parser, WCHAR stop, struct xml_text *ret_text)
{
    const WCHAR *start = parser->at, *scan = start;
    BOOLEAN plain = TRUE;

    for (; scan < parser->end && *scan != stop; scan++) {
        if (!is_character(*scan) || (*scan == '<' && stop != '<'))
            return fail(parser);
        plain &= *scan != '&' && !(stop != '<' && *scan < ' ');
    }
    if (scan == parser->end)
        return fail(parser);
    if (plain) {
        *ret_text = (struct xml_text){start, (ULONG)(scan - start)};
        parser->at = scan;
        return TRUE;
    }
    WCHAR *copy = allocate(parser, (ULONG)(scan - start + 2) * sizeof(WCHAR));
    ULONG length = 0;
    if (!copy)
        return FALSE;
    while (parser->at < scan) {
        WCHAR c = *parser->at++;
        if (c == '&') {
            ULONG count = parse_reference(parser, copy + length);
            if (!count)
                return FALSE;
            length += count;
        } else {
            copy[length++] = stop != '<' && c < ' ' ? ' ' : c;
        }
    }
    *ret_text = (struct xml_text){copy, length};
    return TRUE;
}

static BOOLEAN same(struct xml_text a, struct xml_text b)
{
    return a.length == b.length && memcmp(a.text, b.text, a.length * sizeof(WCHAR)) == 0;
}

/* What a prefix (empty: the default) stands for at the element. */
static BOOLEAN resolve(const struct xml_element *element, struct xml_text prefix, struct xml_text *ret_space)
{
    for (; element; element = element->parent)
        for (const struct xml_attribute *a = element->attributes; a; a = a->next)
            if (a->declares &&
                (prefix.length ? a->prefix.length && same(a->name, prefix) : !a->prefix.length)) {
                *ret_space = a->value;
                return TRUE;
            }
    *ret_space = (struct xml_text){L"", 0};
    return !prefix.length || xml_equal(prefix, L"xml");
}

static BOOLEAN parse_attribute(struct parser *parser, struct xml_element *element)
{
    struct xml_attribute *attribute = allocate(parser, sizeof *attribute), **link = &element->attributes;

    if (!attribute || !parse_name(parser, &attribute->prefix, &attribute->name))
        return FALSE;
    skip_space(parser);
    if (!accept(parser, L"="))
        return fail(parser);
    skip_space(parser);
    if (parser->at == parser->end || (*parser->at != '"' && *parser->at != '\''))
        return fail(parser);
    if (!parse_text(parser, *parser->at++, &attribute->value))
        return FALSE;
    parser->at++;
    attribute->declares = attribute->prefix.length ? xml_equal(attribute->prefix, L"xmlns")
                                                   : xml_equal(attribute->name, L"xmlns");
    while (*link) {
        if (same((*link)->name, attribute->name) && same((*link)->prefix, attribute->prefix))
            return fail(parser);
        link = &(*link)->next;
    }
    *link = attribute;
    return TRUE;
}

/* A start tag behind its '<'; *ret_open tells whether content follows. */
static struct xml_element *parse_start_tag(struct parser *parser, struct xml_element *parent,
                                           BOOLEAN *ret_open)
{
    struct xml_element *element = allocate(parser, sizeof *element);

    if (!element || !parse_name(parser, &element->prefix, &element->name))
        return NULL;
    element->parent = parent;
    for (;;) {
        BOOLEAN space = skip_space(parser);
        if (accept(parser, L"/>")) {
            *ret_open = FALSE;
            break;
        }
        if (accept(parser, L">")) {
            *ret_open = TRUE;
            break;
        }
        if (!space) {
            fail(parser);
            return NULL;
        }
        if (!parse_attribute(parser, element))
            return NULL;
    }
    if (!resolve(element, element->prefix, &element->space)) {
        fail(parser);
        return NULL;
    }
    for (struct xml_attribute *a = element->attributes; a; a = a->next)
        if (!a->declares && a->prefix.length && !resolve(element, a->prefix, &a->space)) {
            fail(parser);
            return NULL;
        }
    if (parent) {
        if (parent->last_child)
            parent->last_child->next = element;
        else
            parent->children = element;
        parent->last_child = element;
    }
    return element;
}

static BOOLEAN append_text(struct parser *parser, struct xml_element *element, struct xml_text text)
{
    if (!element->text.length) {
        element->text = text;
        return TRUE;
    }
    if (!text.length)
        return TRUE;
    WCHAR *joined = allocate(parser, (element->text.length + text.length) * sizeof(WCHAR));
    if (!joined)
        return FALSE;
    memcpy(joined, element->text.text, element->text.length * sizeof(WCHAR));
    memcpy(joined + element->text.length, text.text, text.length * sizeof(WCHAR));
    element->text = (struct xml_text){joined, element->text.length + text.length};
    return TRUE;
}

/* Comments and processing instructions; FALSE if there is none here or it is wrong (status says). */
static BOOLEAN skip_misc(struct parser *parser)
{
    struct xml_text text, target, prefix;

    if (accept(parser, L"<!--")) {
        if (!skip_until(parser, L"--", &text))
            return FALSE;
        return accept(parser, L">") || fail(parser);
    }
    if (accept(parser, L"<?")) {
        if (!parse_name(parser, &prefix, &target) || xml_equal(target, L"xml"))
            return fail(parser);
        return skip_until(parser, L"?>", &text);
    }
    return FALSE;
}

static BOOLEAN parse_content(struct parser *parser)
{
    struct xml_element *open, *element;
    struct xml_text prefix, name, text;
    ULONG depth = 1;
    BOOLEAN has_content;

    if (!accept(parser, L"<"))
        return fail(parser);
    open = parse_start_tag(parser, NULL, &has_content);
    parser->document->root = open;
    if (!open || !has_content)
        return open != NULL;
    while (depth) {
        if (accept(parser, L"</")) {
            if (!parse_name(parser, &prefix, &name) || !same(prefix, open->prefix) || !same(name, open->name))
                return fail(parser);
            skip_space(parser);
            if (!accept(parser, L">"))
                return fail(parser);
            open = open->parent;
            depth--;
        } else if (accept(parser, L"<![CDATA[")) {
            if (!skip_until(parser, L"]]>", &text) || !append_text(parser, open, text))
                return FALSE;
        } else if (looks_at(parser, L"<!--") || looks_at(parser, L"<?")) {
            if (!skip_misc(parser))
                return FALSE;
        } else if (accept(parser, L"<")) {
            if (!(element = parse_start_tag(parser, open, &has_content)))
                return FALSE;
            if (has_content) {
                open = element;
                if (++depth > DEPTH_MAX)
                    return fail(parser);
            }
        } else if (!parse_text(parser, '<', &text) || !append_text(parser, open, text)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* The XML declaration: version first, then encoding and standalone. The encoding's name is not used: the
 * byte order mark decides. */
static BOOLEAN parse_declaration(struct parser *parser)
{
    struct xml_element declaration = {0};

    if (!looks_at(parser, L"<?xml") || parser->end - parser->at < 6 || !is_space(parser->at[5]))
        return TRUE;
    parser->at += 5;
    while (skip_space(parser) && !looks_at(parser, L"?>"))
        if (!parse_attribute(parser, &declaration))
            return FALSE;
    if (!accept(parser, L"?>") || !declaration.attributes ||
        !xml_equal(declaration.attributes->name, L"version"))
        return fail(parser);
    return TRUE;
}

/* The text as UTF-16 in the document's memory. */
static BOOLEAN decode(struct parser *parser, const UCHAR *bytes, ULONG size)
{
    ULONG length = 0;
    WCHAR *text;

    if (size >= 2 && ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff))) {
        BOOLEAN swap = bytes[0] == 0xfe;
        if (!(text = allocate(parser, size)))
            return FALSE;
        length = size / 2 - 1;
        for (ULONG i = 0; i < length; i++)
            text[i] = swap ? (WCHAR)(bytes[i * 2 + 2] << 8 | bytes[i * 2 + 3])
                           : (WCHAR)(bytes[i * 2 + 3] << 8 | bytes[i * 2 + 2]);
    } else {
        if (size >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf)
            bytes += 3, size -= 3;
        if (!(text = allocate(parser, size * sizeof(WCHAR) + sizeof(WCHAR))))
            return FALSE;
        if (RtlUTF8ToUnicodeN(text, size * sizeof(WCHAR), &length, (const char *)bytes, size) !=
            STATUS_SUCCESS)
            return fail(parser);
        length /= sizeof(WCHAR);
    }
    while (length && !text[length - 1]) /* resources are sometimes padded */
        length--;
    parser->at = text;
    parser->end = text + length;
    return TRUE;
}

NTSTATUS xml_parse(const void *bytes, ULONG size, struct xml_document *document)
{
    struct parser parser = {.document = document};

    *document = (struct xml_document){NULL, NULL};
    if (size > 0x1000000)
        return STATUS_SXS_MANIFEST_TOO_BIG;
    if (!decode(&parser, bytes, size) || !parse_declaration(&parser))
        return parser.status;
    do
        skip_space(&parser);
    while (skip_misc(&parser));
    if (!parser.status && parse_content(&parser)) {
        do
            skip_space(&parser);
        while (skip_misc(&parser));
        if (parser.at != parser.end)
            fail(&parser);
    }
    return parser.status;
}

void xml_free(struct xml_document *document)
{
    while (document->chunks) {
        struct xml_chunk *next = document->chunks->next;
        ldr_free(document->chunks);
        document->chunks = next;
    }
    document->root = NULL;
}

BOOLEAN xml_equal(struct xml_text text, const WCHAR *literal)
{
    return text.length == ldr_wcslen(literal) && memcmp(text.text, literal, text.length * sizeof(WCHAR)) == 0;
}

BOOLEAN xml_is(const struct xml_element *element, const WCHAR *space, const WCHAR *name)
{
    return xml_equal(element->name, name) && xml_equal(element->space, space);
}

const struct xml_element *xml_child(const struct xml_element *element, const WCHAR *space, const WCHAR *name)
{
    for (const struct xml_element *child = element->children; child; child = child->next)
        if (xml_is(child, space, name))
            return child;
    return NULL;
}

struct xml_text xml_attribute(const struct xml_element *element, const WCHAR *name)
{
    for (const struct xml_attribute *a = element->attributes; a; a = a->next)
        if (!a->declares && !a->prefix.length && xml_equal(a->name, name))
            return a->value;
    return (struct xml_text){NULL, 0};
}

struct xml_text xml_trim(struct xml_text text)
{
    while (text.length && is_space(text.text[0]))
        text.text++, text.length--;
    while (text.length && is_space(text.text[text.length - 1]))
        text.length--;
    return text;
}
