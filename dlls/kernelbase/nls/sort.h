/*
 * Sort weights (tools/collation.py makes the table) and the iterator that both comparing and sort
 * keys use: it yields one element for each character with what combines with it.
 */
#ifndef KERNELBASE_SORT_H
#define KERNELBASE_SORT_H

#include "nls.h"
#include <sort_constants.h>

#define SORT_UPPER            1 /* bits of the case weight */
#define SORT_WIDE             2
#define SORT_KATAKANA         4
#define SORT_LAST_PUNCTUATION 8 /* primaries up to here: what word sort passes over */
#define SORT_EXPANSION        0xffff

struct sort_element {
    USHORT primary;
    UCHAR diacritic, letter_case;
};

struct sort_iterator {
    const WCHAR *text, *end;
    DWORD flags;
    UCHAR case_mask;
    BOOLEAN punctuation;    /* some was passed over */
    const ULONG *expansion; /* the rest of an expansion */
    ULONG expansion_left;
    const WCHAR *digits; /* the rest of a number (SORT_DIGITSASNUMBERS) */
    ULONG digits_left;
    BOOLEAN count_pending; /* the number of digits is yet to come */
};

/* The weight of one character: primary << 16 | diacritic << 8 | case. */
ULONG sort_weight(WCHAR c);

void sort_start(struct sort_iterator *iterator, const WCHAR *text, int length, DWORD flags);
BOOL sort_next(struct sort_iterator *iterator, struct sort_element *element);

/* CSTR_LESS_THAN and so on; arguments are valid and lengths known. */
int sort_compare(DWORD flags, const WCHAR *a, int a_length, const WCHAR *b, int b_length);

/* The sort key's bytes needed; writes it if it fits. */
int sort_key(DWORD flags, const WCHAR *text, int length, BYTE *to, int room);

/* Where `value` is in `text` as if compared with flags: characters from the start, or -1; *ret_found is the
 * length matched. search: FIND_*. */
int sort_find(DWORD flags, DWORD search, const WCHAR *text, int length, const WCHAR *value, int value_length,
              int *ret_found);

#endif
