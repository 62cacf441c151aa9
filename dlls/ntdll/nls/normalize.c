/*
 * Unicode normalization: decompose, order the marks, compose. Tables by tools/unicode.py. A text of
 * ASCII is its own normal form.
 */
#include "casing.h"
#include <string.h>

PVOID NTAPI RtlAllocateHeap(PVOID heap, ULONG flags, SIZE_T size);
BOOLEAN NTAPI RtlFreeHeap(PVOID heap, ULONG flags, PVOID memory);

extern const ULONG unicode_decompositions[], unicode_compositions[], unicode_combining[], unicode_assigned[];
extern const WCHAR unicode_decomposed[];

enum { FORM_C = 1, FORM_D = 2, FORM_KC = 5, FORM_KD = 6, FORM_IDNA = 13, FORM_DISALLOW_UNASSIGNED = 0x100 };

static UCHAR combining_class(ULONG code)
{
    ULONG low = 0, high = unicode_combining[0];

    if (code < 0x300)
        return 0;
    while (low < high) {
        ULONG middle = (low + high) / 2, entry = unicode_combining[1 + middle];

        if (entry >> 8 == code)
            return (UCHAR)entry;
        if (entry >> 8 < code)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* The decomposition's text, or NULL. A compatibility one is preferred if asked for. */
static const WCHAR *decomposition(ULONG code, BOOLEAN compatible, ULONG *ret_length)
{
    ULONG low = 0, high = unicode_decompositions[0];
    const WCHAR *result = NULL;

    if (code < 0xa0)
        return NULL;
    while (low < high) {
        ULONG middle = (low + high) / 2;

        if (unicode_decompositions[1 + 2 * middle] >> 11 < code)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < unicode_decompositions[0]; low++) {
        ULONG entry = unicode_decompositions[1 + 2 * low];

        if (entry >> 11 != code)
            break;
        if ((entry & 1) && !compatible)
            continue;
        *ret_length = entry >> 1 & 0x3ff;
        result = unicode_decomposed + unicode_decompositions[2 + 2 * low];
    }
    return result;
}

static ULONG composition(ULONG first, ULONG second)
{
    ULONG low = 0, high = unicode_compositions[0];

    if (first >= 0x1100 && first < 0x1113 && second >= 0x1161 && second < 0x1176)
        return 0xac00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28;
    if (first >= 0xac00 && first < 0xd7a4 && (first - 0xac00) % 28 == 0 && second > 0x11a7 && second < 0x11c3)
        return first + (second - 0x11a7);
    while (low < high) {
        ULONG middle = (low + high) / 2;
        const ULONG *entry = unicode_compositions + 1 + 3 * middle;

        if (entry[0] == first && entry[1] == second)
            return entry[2];
        if (entry[0] < first || (entry[0] == first && entry[1] < second))
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

static BOOLEAN is_assigned(ULONG code)
{
    ULONG low = 0, high = unicode_assigned[0];

    while (low < high) {
        ULONG middle = (low + high) / 2;

        if (unicode_assigned[2 + 2 * middle] < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < unicode_assigned[0] && unicode_assigned[1 + 2 * low] <= code;
}

/* Code points of one text; grows. */
struct codes {
    ULONG *codes;
    ULONG count, room;
};

static BOOLEAN add(struct codes *list, ULONG code)
{
    if (list->count == list->room) {
        ULONG room = list->room ? list->room * 2 : 128;
        ULONG *larger = RtlAllocateHeap(process_heap(), 0, room * sizeof *larger);

        if (!larger)
            return FALSE;
        if (list->codes) {
            memcpy(larger, list->codes, list->count * sizeof *larger);
            RtlFreeHeap(process_heap(), 0, list->codes);
        }
        list->codes = larger;
        list->room = room;
    }
    list->codes[list->count++] = code;
    return TRUE;
}

/* Reads the code point at text[*position]; MAXDWORD for half a surrogate pair. */
static ULONG read_code(const WCHAR *text, ULONG length, ULONG *position)
{
    ULONG code = text[(*position)++];

    if (code < 0xd800 || code > 0xdfff)
        return code;
    if (code <= 0xdbff && *position < length && text[*position] >= 0xdc00 && text[*position] <= 0xdfff)
        return ((code - 0xd7c0) << 10) + (text[(*position)++] - 0xdc00);
    return MAXDWORD;
}

static BOOLEAN decompose(struct codes *list, ULONG code, BOOLEAN compatible)
{
    const WCHAR *text;
    ULONG length = 0;

    if (code >= 0xac00 && code <= 0xd7a3) {
        ULONG syllable = code - 0xac00;

        return add(list, 0x1100 + syllable / 588) && add(list, 0x1161 + syllable % 588 / 28) &&
               (syllable % 28 == 0 || add(list, 0x11a7 + syllable % 28));
    }
    text = decomposition(code, compatible, &length);
    if (!text)
        return add(list, code);
    for (ULONG i = 0; i < length;)
        if (!add(list, read_code(text, length, &i)))
            return FALSE;
    return TRUE;
}

static void order_marks(struct codes *list)
{
    for (ULONG i = 1; i < list->count; i++) {
        ULONG code = list->codes[i], j = i;
        UCHAR class = combining_class(code);

        if (!class)
            continue;
        for (; j > 0 && combining_class(list->codes[j - 1]) > class; j--)
            list->codes[j] = list->codes[j - 1];
        list->codes[j] = code;
    }
}

static void compose(struct codes *list)
{
    ULONG out = 0, starter = MAXDWORD;
    UCHAR last = 0;

    for (ULONG i = 0; i < list->count; i++) {
        ULONG code = list->codes[i], composed;
        UCHAR class = combining_class(code);

        if (starter != MAXDWORD && (out == starter + 1 || (last < class && last)) &&
            (composed = composition(list->codes[starter], code))) {
            list->codes[starter] = composed;
            continue;
        }
        if (!class)
            starter = out;
        last = class;
        list->codes[out++] = code;
    }
    list->count = out;
}

/* Ignorable characters that IDNA's preparation removes, and characters that it forbids. */
static BOOLEAN idna_ignores(ULONG code)
{
    return code == 0xad || code == 0x34f || code == 0x1806 || (code >= 0x180b && code <= 0x180d) ||
           code == 0x200b || code == 0x200c || code == 0x200d || code == 0x2060 ||
           (code >= 0xfe00 && code <= 0xfe0f) || code == 0xfeff;
}

static BOOLEAN idna_forbids(ULONG code)
{
    return code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200b) || code == 0x202f ||
           code == 0x205f || code == 0x3000 || (code >= 0x80 && code <= 0x9f) || code == 0x6dd ||
           code == 0x70f || code == 0x180e || code == 0x200e || code == 0x200f || code == 0x2028 ||
           code == 0x2029 || (code >= 0x202a && code <= 0x202e) || (code >= 0x2061 && code <= 0x206f) ||
           (code >= 0xe000 && code <= 0xf8ff) || (code >= 0xfff9 && code <= 0xfffd) ||
           (code >= 0x2ff0 && code <= 0x2ffb) || (code & 0xfffe) == 0xfffe ||
           (code >= 0xfdd0 && code <= 0xfdef) || (code >= 0xf0000);
}

/* The normal form as code points. STATUS_NO_UNICODE_TRANSLATION: *ret_bad is where. */
static NTSTATUS normalize(ULONG form, const WCHAR *text, ULONG length, struct codes *list, ULONG *ret_bad)
{
    ULONG kind = form & 0xff;
    BOOLEAN compatible = kind == FORM_KC || kind == FORM_KD || kind == FORM_IDNA;

    for (ULONG i = 0; i < length;) {
        ULONG start = i, code = read_code(text, length, &i);

        if (code == MAXDWORD || ((form & FORM_DISALLOW_UNASSIGNED) && !is_assigned(code)) ||
            (kind == FORM_IDNA && idna_forbids(code) && code != 0x3000 && code != 0xa0)) {
            *ret_bad = start;
            return STATUS_NO_UNICODE_TRANSLATION;
        }
        if (kind == FORM_IDNA) {
            if (idna_ignores(code))
                continue;
            if (code == 0xdf) {
                if (!add(list, 's') || !add(list, 's'))
                    return STATUS_NO_MEMORY;
                continue;
            }
            if (code == 0x3c2)
                code = 0x3c3;
            else if (code < 0x10000)
                code = nls_downcase((WCHAR)code);
        }
        if (!decompose(list, code, compatible))
            return STATUS_NO_MEMORY;
    }
    if (kind == FORM_IDNA)
        for (ULONG i = 0; i < list->count; i++)
            if (list->codes[i] < 0x10000)
                list->codes[i] = nls_downcase((WCHAR)list->codes[i]);
    order_marks(list);
    if (kind != FORM_D && kind != FORM_KD)
        compose(list);
    return STATUS_SUCCESS;
}

static BOOLEAN valid_form(ULONG form)
{
    ULONG kind = form & ~(ULONG)FORM_DISALLOW_UNASSIGNED;

    return kind == FORM_C || kind == FORM_D || kind == FORM_KC || kind == FORM_KD || kind == FORM_IDNA;
}

static ULONG text_length(const WCHAR *text)
{
    ULONG length = 0;

    while (text[length])
        length++;
    return length;
}

/* *to_length is the room and becomes what was written; with no room it becomes an estimate. */
NTSTATUS NTAPI RtlNormalizeString(ULONG form, const WCHAR *from, LONG from_length, WCHAR *to, LONG *to_length)
{
    struct codes list = {0};
    ULONG length, bad = 0, used = 0, room = (ULONG)*to_length;
    NTSTATUS status;

    if (!valid_form(form))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (!from || from_length < -1 || *to_length < 0 || (*to_length && !to) || (from == to && from))
        return STATUS_INVALID_PARAMETER;
    length = from_length < 0 ? text_length(from) + 1 : (ULONG)from_length;
    if (!room) {
        ULONG kind = form & 0xff;
        ULONG factor = kind == FORM_KC || kind == FORM_KD || kind == FORM_IDNA ? 18 : 3;

        *to_length = (LONG)(length > 0x7ffffff / factor ? length
                            : length < 64               ? length * factor
                                                        : length + length / 4 + 192);
        return STATUS_SUCCESS;
    }
    status = normalize(form, from, length, &list, &bad);
    if (status == STATUS_NO_UNICODE_TRANSLATION) {
        *to_length = (LONG)bad;
    } else if (status == STATUS_SUCCESS) {
        for (ULONG i = 0; i < list.count; i++) {
            ULONG units = list.codes[i] > 0xffff ? 2 : 1;

            if (used + units <= room && units == 1) {
                to[used] = (WCHAR)list.codes[i];
            } else if (used + units <= room) {
                to[used] = (WCHAR)(0xd7c0 + (list.codes[i] >> 10));
                to[used + 1] = (WCHAR)(0xdc00 + (list.codes[i] & 0x3ff));
            } else {
                status = STATUS_BUFFER_TOO_SMALL;
            }
            used += units;
        }
        *to_length = (LONG)used;
    }
    if (list.codes)
        RtlFreeHeap(process_heap(), 0, list.codes);
    return status;
}

NTSTATUS NTAPI RtlIsNormalizedString(ULONG form, const WCHAR *string, LONG length, BOOLEAN *ret_normalized)
{
    struct codes list = {0};
    ULONG count, bad = 0, i, n = 0;
    NTSTATUS status;

    if (!valid_form(form))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (!string || length < -1 || !ret_normalized)
        return STATUS_INVALID_PARAMETER;
    *ret_normalized = FALSE;
    count = length < 0 ? text_length(string) : (ULONG)length;
    for (i = 0; i < count && string[i] < 0x80; i++)
        if ((form & 0xff) == FORM_IDNA && string[i] >= 'A' && string[i] <= 'Z')
            break;
    if (i == count) {
        *ret_normalized = TRUE;
        return STATUS_SUCCESS;
    }
    status = normalize(form, string, count, &list, &bad);
    if (status == STATUS_SUCCESS) {
        for (i = 0; i < count && n < list.count; n++)
            if (read_code(string, count, &i) != list.codes[n])
                break;
        *ret_normalized = i == count && n == list.count && (!n || i);
    }
    if (list.codes)
        RtlFreeHeap(process_heap(), 0, list.codes);
    return status;
}
