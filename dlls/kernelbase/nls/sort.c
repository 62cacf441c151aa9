/*
 * Comparing and sort keys. Levels: primary, diacritics, case, then (word sort) the places of
 * hyphens and apostrophes.
 */
#include "sort.h"

extern const USHORT sort_weights[];
extern const ULONG sort_expansions[];

ULONG sort_weight(WCHAR c)
{
    const ULONG *blocks = (const ULONG *)(sort_weights + 256);

    if (c >= 0x3400) {
        if (c >= 0x4e00 && c <= 0x9fff)
            return (ULONG)(SORT_HAN + c - 0x4e00) << 16 | 0x200;
        if (c <= 0x4dbf)
            return (ULONG)(SORT_HAN + 0xa000 - 0x4e00 + c - 0x3400) << 16 | 0x200;
        if (c >= 0xac00 && c <= 0xd7a3)
            return (ULONG)(SORT_HANGUL + c - 0xac00) << 16 | 0x200;
        if (c >= 0xd800 && c <= 0xdfff)
            return (ULONG)(SORT_OTHER + c - 0xd800) << 16 | 0x200;
    }
    return blocks[(sort_weights[c >> 8] << 8) + (c & 0xff)];
}

void sort_start(struct sort_iterator *iterator, const WCHAR *text, int length, DWORD flags)
{
    iterator->text = text;
    iterator->end = text + length;
    iterator->flags = flags;
    iterator->case_mask = 0xff;
    if (flags & (NORM_IGNORECASE | LINGUISTIC_IGNORECASE))
        iterator->case_mask &= (UCHAR)~SORT_UPPER;
    if (flags & NORM_IGNOREWIDTH)
        iterator->case_mask &= (UCHAR)~SORT_WIDE;
    if (flags & NORM_IGNOREKANATYPE)
        iterator->case_mask &= (UCHAR)~SORT_KATAKANA;
    iterator->punctuation = FALSE;
    iterator->expansion_left = 0;
    iterator->digits_left = 0;
}

static BOOL is_digit(ULONG weight)
{
    ULONG primary = weight >> 16;

    return primary >= SORT_DIGITS && primary < SORT_DIGITS + 10;
}

/* A run of digits: what counts are those after leading zeros. It yields SORT_DIGITS, so that numbers
 * stay before letters, then how many digits there are, then the digits. */
static void start_number(struct sort_iterator *iterator)
{
    const WCHAR *end = iterator->text;

    while (end < iterator->end && is_digit(sort_weight(*end)))
        end++;
    while (iterator->text + 1 < end && sort_weight(*iterator->text) >> 16 == SORT_DIGITS)
        iterator->text++;
    iterator->digits = iterator->text;
    iterator->digits_left = (ULONG)(end - iterator->text);
    iterator->count_pending = TRUE;
    iterator->text = end;
}

BOOL sort_next(struct sort_iterator *iterator, struct sort_element *element)
{
    DWORD flags = iterator->flags;

    for (;;) {
        ULONG weight, primary, diacritic;

        if (iterator->digits_left) {
            if (iterator->count_pending) {
                iterator->count_pending = FALSE;
                element->primary = (USHORT)(iterator->digits_left < 50000 ? iterator->digits_left : 50000);
                weight = 0;
            } else {
                iterator->digits_left--;
                weight = sort_weight(*iterator->digits++);
                element->primary = (USHORT)(weight >> 16);
            }
            element->diacritic = 2;
            element->letter_case = (UCHAR)weight & iterator->case_mask;
            return TRUE;
        }
        if (iterator->expansion_left) {
            iterator->expansion_left--;
            weight = *iterator->expansion++;
        } else {
            if (iterator->text >= iterator->end)
                return FALSE;
            weight = sort_weight(*iterator->text);
            if ((flags & SORT_DIGITSASNUMBERS) && is_digit(weight)) {
                start_number(iterator);
                element->primary = SORT_DIGITS;
                element->diacritic = 2;
                element->letter_case = 0;
                return TRUE;
            }
            iterator->text++;
            if (weight >> 16 == SORT_EXPANSION) {
                const ULONG *entry = sort_expansions + (weight & 0xffff);

                iterator->expansion = entry + 2;
                iterator->expansion_left = entry[0] - 1;
                weight = entry[1];
            }
        }
        primary = weight >> 16;
        diacritic = weight >> 8 & 0xff;
        if (!primary && (!diacritic || (flags & (NORM_IGNORENONSPACE | LINGUISTIC_IGNOREDIACRITIC))))
            continue;
        if (primary <= SORT_LAST_PUNCTUATION && primary &&
            !(flags & (SORT_STRINGSORT | NORM_IGNORESYMBOLS))) {
            iterator->punctuation = TRUE;
            continue;
        }
        if (primary && primary < SORT_DIGITS && (flags & NORM_IGNORESYMBOLS))
            continue;
        if (!iterator->expansion_left)
            while (iterator->text < iterator->end && *iterator->text >= 0x300) {
                ULONG mark = sort_weight(*iterator->text);

                if (mark >> 16 || !(mark >> 8))
                    break;
                diacritic += (mark >> 8) - 2;
                if (diacritic > 255)
                    diacritic = 255;
                iterator->text++;
            }
        if (flags & (NORM_IGNORENONSPACE | LINGUISTIC_IGNOREDIACRITIC))
            diacritic = 2;
        element->primary = (USHORT)primary;
        element->diacritic = (UCHAR)diacritic;
        element->letter_case = (UCHAR)weight & iterator->case_mask;
        return TRUE;
    }
}

/* The places of what word sort passed over: after how many elements, and what it was. */
struct punctuation {
    ULONG place;
    ULONG weight;
};

static BOOL next_punctuation(const WCHAR **text, const WCHAR *end, ULONG *place, struct punctuation *found)
{
    while (*text < end) {
        ULONG weight = sort_weight(*(*text)++), primary = weight >> 16;

        if (primary && primary <= SORT_LAST_PUNCTUATION) {
            found->place = *place;
            found->weight = weight;
            return TRUE;
        }
        if (primary)
            ++*place;
    }
    return FALSE;
}

static int compare_punctuation(const WCHAR *a, int a_length, const WCHAR *b, int b_length)
{
    const WCHAR *a_end = a + a_length, *b_end = b + b_length;
    ULONG a_place = 0, b_place = 0;

    for (;;) {
        struct punctuation x, y;
        BOOL has_x = next_punctuation(&a, a_end, &a_place, &x),
             has_y = next_punctuation(&b, b_end, &b_place, &y);

        if (!has_x || !has_y)
            return has_x ? CSTR_GREATER_THAN : has_y ? CSTR_LESS_THAN : CSTR_EQUAL;
        if (x.place != y.place)
            return x.place < y.place ? CSTR_LESS_THAN : CSTR_GREATER_THAN;
        if (x.weight != y.weight)
            return x.weight < y.weight ? CSTR_LESS_THAN : CSTR_GREATER_THAN;
    }
}

/* Compares what both strings have of plain ASCII at their beginnings. Returns where the general
 * comparison has to go on (one character early: a mark may follow), or -1 with *ret_result. */
static int skip_ascii(const struct sort_iterator *x, const struct sort_iterator *y, int *cases,
                      int *ret_result)
{
    const ULONG *weights = (const ULONG *)(sort_weights + 256) + ((ULONG)sort_weights[0] << 8);
    int x_length = (int)(x->end - x->text), y_length = (int)(y->end - y->text), i;
    int length = x_length < y_length ? x_length : y_length;

    if (x->flags & (NORM_IGNORESYMBOLS | SORT_DIGITSASNUMBERS))
        return 0;
    for (i = 0; i < length; i++) {
        WCHAR c = x->text[i], d = y->text[i];
        ULONG p, q;

        if ((c | d) >= 0x80)
            break;
        if (c == d)
            continue;
        p = weights[c];
        q = weights[d];
        if (p >> 16 <= SORT_LAST_PUNCTUATION || q >> 16 <= SORT_LAST_PUNCTUATION)
            break;
        if (p >> 16 != q >> 16) {
            *ret_result = p < q ? CSTR_LESS_THAN : CSTR_GREATER_THAN;
            return -1;
        }
        if (!*cases)
            *cases = (int)(p & x->case_mask) - (int)(q & x->case_mask);
    }
    if (i == x_length && i == y_length) {
        *ret_result = *cases < 0 ? CSTR_LESS_THAN : *cases > 0 ? CSTR_GREATER_THAN : CSTR_EQUAL;
        return -1;
    }
    return i ? i - 1 : 0;
}

int sort_compare(DWORD flags, const WCHAR *a, int a_length, const WCHAR *b, int b_length)
{
    struct sort_iterator x, y;
    struct sort_element p, q;
    int diacritics = 0, cases = 0, result, start;

    sort_start(&x, a, a_length, flags);
    sort_start(&y, b, b_length, flags);
    start = skip_ascii(&x, &y, &cases, &result);
    if (start < 0)
        return result;
    x.text += start;
    y.text += start;
    for (;;) {
        BOOL has_p = sort_next(&x, &p), has_q = sort_next(&y, &q);

        if (!has_p || !has_q) {
            if (has_p != has_q)
                return has_p ? CSTR_GREATER_THAN : CSTR_LESS_THAN;
            break;
        }
        if (p.primary != q.primary)
            return p.primary < q.primary ? CSTR_LESS_THAN : CSTR_GREATER_THAN;
        if (!diacritics)
            diacritics = (int)p.diacritic - (int)q.diacritic;
        if (!cases)
            cases = (int)p.letter_case - (int)q.letter_case;
    }
    if (diacritics)
        return diacritics < 0 ? CSTR_LESS_THAN : CSTR_GREATER_THAN;
    if (cases)
        return cases < 0 ? CSTR_LESS_THAN : CSTR_GREATER_THAN;
    return x.punctuation || y.punctuation ? compare_punctuation(a, a_length, b, b_length) : CSTR_EQUAL;
}

/* Primaries (two bytes of at least 2 each), 1, diacritics, 1, cases, 1, 1, punctuation, 0. A level's
 * trailing defaults are left out. */
int sort_key(DWORD flags, const WCHAR *text, int length, BYTE *to, int room)
{
    struct sort_iterator iterator;
    struct sort_element element;
    int used = 0, last;

#define PUT(byte)                                                                                            \
    do {                                                                                                     \
        if (used < room)                                                                                     \
            to[used] = (BYTE)(byte);                                                                         \
        used++;                                                                                              \
    } while (0)
    sort_start(&iterator, text, length, flags);
    while (sort_next(&iterator, &element)) {
        PUT(2 + element.primary / 254);
        PUT(2 + element.primary % 254);
    }
    PUT(1);
    last = used;
    sort_start(&iterator, text, length, flags);
    while (sort_next(&iterator, &element)) {
        PUT(element.diacritic < 2 ? 2 : element.diacritic);
        if (element.diacritic > 2)
            last = used;
    }
    used = last;
    PUT(1);
    last = used;
    sort_start(&iterator, text, length, flags);
    while (sort_next(&iterator, &element)) {
        PUT(element.letter_case > 253 ? 255 : 2 + element.letter_case);
        if (element.letter_case)
            last = used;
    }
    used = last;
    PUT(1);
    PUT(1);
    if (iterator.punctuation) {
        const WCHAR *position = text;
        struct punctuation found;
        ULONG place = 0;

        while (next_punctuation(&position, text + length, &place, &found)) {
            ULONG shown = found.place > 0x7000 ? 0x7000 : found.place;

            PUT(0x80 | shown >> 8);
            PUT(2 + (shown & 0xff) % 254);
            PUT(2 + (found.weight >> 16));
            PUT(2 + (found.weight & 0x7f));
        }
    }
    PUT(0);
#undef PUT
    return used;
}

/* Does text[0..length) begin with value? The shortest and then longer pieces are tried, since an
 * expansion or a mark may make them differ in length. */
static int match_length(DWORD flags, const WCHAR *text, int length, const WCHAR *value, int value_length)
{
    struct sort_iterator x, y;
    struct sort_element p, q;

    sort_start(&y, value, value_length, flags | SORT_STRINGSORT);
    sort_start(&x, text, length, flags | SORT_STRINGSORT);
    while (sort_next(&y, &q)) {
        if (!sort_next(&x, &p) || p.primary != q.primary || p.diacritic != q.diacritic ||
            p.letter_case != q.letter_case)
            return -1;
    }
    if (x.expansion_left || x.digits_left)
        return -1;
    return (int)(x.text - text);
}

int sort_find(DWORD flags, DWORD search, const WCHAR *text, int length, const WCHAR *value, int value_length,
              int *ret_found)
{
    BOOL backwards = (search & (FIND_FROMEND | FIND_ENDSWITH)) != 0;

    for (int n = 0; n <= length; n++) {
        int start = backwards ? length - n : n;
        int found = match_length(flags, text + start, length - start, value, value_length);

        if (found >= 0 && (!(search & FIND_ENDSWITH) || start + found == length)) {
            *ret_found = found;
            return start;
        }
        if (search & FIND_STARTSWITH)
            break;
    }
    return -1;
}
