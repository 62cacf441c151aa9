/*
 * Structures described by text, and their conversion between the two widths. Knows nothing else.
 */
#include "wow/layout.h"
#include <string.h>

/* The next field: its letter and how often; advances the text. */
static char next_field(const char **text, unsigned *ret_count)
{
    unsigned count = 0;
    while (**text == ' ')
        ++*text;
    while (**text >= '0' && **text <= '9')
        count = count * 10 + (unsigned)(*(*text)++ - '0');
    *ret_count = count ? count : 1;
    return **text ? *(*text)++ : 0;
}

static size_t field_size(char field, bool wide)
{
    switch (field) {
    case 'b': return 1;
    case 's': return 2;
    case 'i': return 4;
    case 'l': return 8;
    case 'p': return wide ? 8 : 4;
    }
    return 1;
}

/* The alignment of the fields up to the end or the closing parenthesis. */
static size_t alignment(const char *text, bool wide)
{
    size_t result = 1;
    unsigned count, depth = 0;
    for (char field; (field = next_field(&text, &count));) {
        if (field == '(')
            depth++;
        else if (field == ')' && depth-- == 0)
            break;
        else if (field != ')' && field_size(field, wide) > result)
            result = field_size(field, wide);
    }
    return result;
}

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) & ~(unit - 1);
}

/* Walks over a layout in both widths at once. */
struct cursor {
    size_t wide, narrow;
};

typedef void (*visit)(void *context, char field, struct cursor at);

static void walk(const char **text, struct cursor *at, visit function, void *context)
{
    const char *begin = *text;
    unsigned count;
    for (char field; (field = next_field(text, &count)) && field != ')';) {
        if (field == '(') {
            at->wide = round_up(at->wide, alignment(*text, true));
            at->narrow = round_up(at->narrow, alignment(*text, false));
            walk(text, at, function, context);
            continue;
        }
        for (; count > 0; count--) {
            at->wide = round_up(at->wide, field_size(field, true));
            at->narrow = round_up(at->narrow, field_size(field, false));
            if (function)
                function(context, field, *at);
            at->wide += field_size(field, true);
            at->narrow += field_size(field, false);
        }
    }
    at->wide = round_up(at->wide, alignment(begin, true));
    at->narrow = round_up(at->narrow, alignment(begin, false));
}

size_t wow_size(const char *layout, bool wide)
{
    struct cursor at = {0, 0};
    walk(&layout, &at, NULL, NULL);
    return wide ? at.wide : at.narrow;
}

struct conversion {
    const uint8_t *from;
    uint8_t *to;
    const struct wow_relocation *relocation;
};

static uint32_t relocate(const struct wow_relocation *relocation, uint64_t pointer)
{
    if (!relocation || pointer - relocation->from > relocation->size || pointer < relocation->from)
        return (uint32_t)pointer;
    uint64_t distance = pointer - relocation->from;
    if (distance >= relocation->head_from)
        distance = distance - relocation->head_from + relocation->head_to;
    return (uint32_t)(relocation->to + distance);
}

static void narrow_field(void *context, char field, struct cursor at)
{
    const struct conversion *conversion = context;
    if (field == 'p') {
        uint64_t pointer;
        memcpy(&pointer, conversion->from + at.wide, 8);
        uint32_t word = relocate(conversion->relocation, pointer);
        memcpy(conversion->to + at.narrow, &word, 4);
    } else {
        memcpy(conversion->to + at.narrow, conversion->from + at.wide, field_size(field, false));
    }
}

static void widen_field(void *context, char field, struct cursor at)
{
    const struct conversion *conversion = context;
    if (field == 'p') {
        uint32_t word;
        memcpy(&word, conversion->from + at.narrow, 4);
        uint64_t pointer = word;
        memcpy(conversion->to + at.wide, &pointer, 8);
    } else {
        memcpy(conversion->to + at.wide, conversion->from + at.narrow, field_size(field, false));
    }
}

void wow_narrow(const char *layout, const void *wide, void *narrow, const struct wow_relocation *relocation)
{
    struct conversion conversion = {wide, narrow, relocation};
    struct cursor at = {0, 0};
    walk(&layout, &at, narrow_field, &conversion);
}

void wow_widen(const char *layout, const void *narrow, void *wide)
{
    struct conversion conversion = {narrow, wide, NULL};
    struct cursor at = {0, 0};
    walk(&layout, &at, widen_field, &conversion);
}
