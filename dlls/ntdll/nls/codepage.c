/*
 * Code pages: the tables (made by tools/codepages.py), the process's ANSI and OEM code pages, and
 * the table-driven conversions.
 */
#include "ascii.h"
#include "casing.h"

extern const ULONG code_pages[]; /* count, offsets, pages */

const struct nls_code_page *NTAPI GwCodePageAt(ULONG n)
{
    return n < code_pages[0] ? (const struct nls_code_page *)((const char *)code_pages + code_pages[n + 1])
                             : NULL;
}

const struct nls_code_page *NTAPI GwFindCodePage(ULONG id)
{
    ULONG low = 0, high = code_pages[0];

    while (low < high) {
        ULONG middle = (low + high) / 2;
        const struct nls_code_page *page = GwCodePageAt(middle);

        if (page->id == id)
            return page;
        if (page->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* GB18030: a four-byte sequence, or 0 if there is none at `from`. *ret_code is its code point. */
static ULONG decode_four(const struct nls_code_page *page, const UCHAR *from, ULONG count, ULONG *ret_code)
{
    const struct nls_code_page_range *ranges = NLS_AT(page, ranges_offset, struct nls_code_page_range);
    ULONG linear, low = 0, high = page->ranges_count - 1;

    if (count < 4 || from[0] < 0x81 || from[0] == 0xff || from[1] < 0x30 || from[1] > 0x39 ||
        from[2] < 0x81 || from[2] == 0xff || from[3] < 0x30 || from[3] > 0x39)
        return 0;
    linear = (((from[0] - 0x81u) * 10 + (from[1] - 0x30u)) * 126 + (from[2] - 0x81u)) * 10 +
             (from[3] - 0x30u);
    if (linear >= 189000) {
        *ret_code = linear - 189000 + 0x10000;
        return *ret_code <= 0x10ffff ? 4 : 0;
    }
    if (linear >= ranges[page->ranges_count - 1].linear)
        return 0;
    while (high - low > 1) {
        ULONG middle = (low + high) / 2;

        if (ranges[middle].linear <= linear)
            low = middle;
        else
            high = middle;
    }
    *ret_code = ranges[low].first + (linear - ranges[low].linear);
    return 4;
}

/* GB18030: writes the four bytes of a code point that has no shorter form. */
static BOOLEAN encode_four(const struct nls_code_page *page, ULONG code, UCHAR *bytes)
{
    const struct nls_code_page_range *ranges = NLS_AT(page, ranges_offset, struct nls_code_page_range);
    ULONG linear = MAXDWORD;

    if (code >= 0x10000) {
        linear = code - 0x10000 + 189000;
    } else {
        for (ULONG i = 0; i + 1 < page->ranges_count; i++) {
            ULONG length = ranges[i + 1].linear - ranges[i].linear;

            if (code >= ranges[i].first && code < ranges[i].first + length) {
                linear = ranges[i].linear + (code - ranges[i].first);
                break;
            }
        }
        if (linear == MAXDWORD)
            return FALSE;
    }
    bytes[3] = (UCHAR)(0x30 + linear % 10);
    linear /= 10;
    bytes[2] = (UCHAR)(0x81 + linear % 126);
    linear /= 126;
    bytes[1] = (UCHAR)(0x30 + linear % 10);
    bytes[0] = (UCHAR)(0x81 + linear / 10);
    return TRUE;
}

static BOOLEAN is_placeholder(const struct nls_code_page *page, WCHAR c)
{
    /* Private-use characters that stand for undefined bytes of single-byte pages. */
    return (!page->lead_offset && c >= 0xf700 && c <= 0xf8ff && page->id != 10000 && page->id != 10029 &&
            page->id != 10079 && page->id != 10081) ||
           (page->lead_offset && c >= 0xf8f1 && c <= 0xf8f8);
}

ULONG NTAPI GwCodePageToWide(const struct nls_code_page *page, ULONG flags, const CHAR *text, ULONG count,
                             WCHAR *to, ULONG room, ULONG *ret_state)
{
    const UCHAR *from = (const UCHAR *)text;
    const WCHAR *rows = NLS_AT(page, rows_offset, WCHAR);
    const UCHAR *lead = page->lead_offset ? NLS_AT(page, lead_offset, UCHAR) : NULL;
    ULONG written = 0, state = 0, i = 0;

    if (!to)
        room = MAXDWORD;
    if (!lead && !(flags & NLS_STRICT)) {
        written = count < room ? count : room;
        for (i = 0; to && i < written; i++)
            to[i] = rows[from[i]];
        *ret_state = written < count ? NLS_OVERFLOW : 0;
        return written;
    }
    while (i < count) {
        ULONG code = rows[from[i]], size = 1, units;

        if (lead && lead[from[i]]) {
            if (i + 1 < count && from[i + 1]) {
                size = 2;
                code = rows[lead[from[i]] * 256 + from[i + 1]];
            } else {
                code = 0xffff; /* a lead byte alone */
            }
        }
        if (code == 0xffff && page->ranges_offset) {
            ULONG four = decode_four(page, from + i, count - i, &code);

            if (four)
                size = 4;
        }
        if (code == 0xffff || ((flags & NLS_STRICT) && is_placeholder(page, (WCHAR)code))) {
            state |= NLS_INVALID;
            if (flags & NLS_STRICT)
                break;
            code = size == 1 && lead && i + 1 >= count ? 0 : page->unicode_default;
            if (!code)
                code = page->unicode_default;
        }
        units = code > 0xffff ? 2 : 1;
        if (room - written < units) {
            state |= NLS_OVERFLOW;
            break;
        }
        if (to && units == 1) {
            to[written] = (WCHAR)code;
        } else if (to) {
            to[written] = (WCHAR)(0xd7c0 + (code >> 10));
            to[written + 1] = (WCHAR)(0xdc00 + (code & 0x3ff));
        }
        written += units;
        i += size;
    }
    *ret_state = state;
    return written;
}

ULONG NTAPI GwWideToCodePage(const struct nls_code_page *page, ULONG flags, const WCHAR *from, ULONG count,
                             CHAR *to, ULONG room, const CHAR *default_text, ULONG default_size,
                             ULONG *ret_state)
{
    const USHORT *index = NLS_AT(page, index_offset, USHORT);
    const UCHAR *bytes = NLS_AT(page, blocks_offset, UCHAR);
    const USHORT *words = NLS_AT(page, blocks_offset, USHORT);
    const WCHAR *rows = NLS_AT(page, rows_offset, WCHAR);
    const UCHAR *lead = page->lead_offset ? NLS_AT(page, lead_offset, UCHAR) : NULL;
    ULONG written = 0, state = 0;
    UCHAR own_default[2];

    if (!default_size) {
        if (page->default_char > 0xff) {
            own_default[0] = (UCHAR)(page->default_char >> 8);
            own_default[1] = (UCHAR)page->default_char;
            default_size = 2;
        } else {
            own_default[0] = (UCHAR)page->default_char;
            default_size = 1;
        }
        default_text = (const CHAR *)own_default;
    }
    if (!to)
        room = MAXDWORD;
    ULONG i = 0;
    if (!lead && !(flags & NLS_NO_BEST_FIT)) { /* what most text is: one byte for each, none missing */
        ULONG most = count < room ? count : room;

        for (; i < most; i++) {
            UCHAR code = bytes[((ULONG)index[from[i] >> 8] << 8) + (from[i] & 0xff)];

            if (!code && from[i])
                break;
            if (to)
                to[i] = (CHAR)code;
        }
        written = i;
    }
    for (; i < count; i++) {
        ULONG c = from[i], at = ((ULONG)index[c >> 8] << 8) + (c & 0xff), code, size;
        UCHAR four[4];
        const UCHAR *source = four;

        code = lead ? words[at] : bytes[at];
        if (code && (flags & NLS_NO_BEST_FIT)) {
            WCHAR back = code > 0xff ? rows[lead[code >> 8] * 256 + (code & 0xff)] : rows[code];

            if (back != c)
                code = 0;
        }
        if (code > 0xff) {
            four[0] = (UCHAR)(code >> 8);
            four[1] = (UCHAR)code;
            size = 2;
        } else if (code || !c) {
            four[0] = (UCHAR)code;
            size = 1;
        } else {
            BOOLEAN pair = c >= 0xd800 && c <= 0xdbff && i + 1 < count && from[i + 1] >= 0xdc00 &&
                           from[i + 1] <= 0xdfff;

            if (page->ranges_offset &&
                encode_four(page, pair ? ((c - 0xd7c0) << 10) + (from[i + 1] - 0xdc00) : c, four)) {
                size = 4;
                i += pair;
            } else {
                state |= NLS_INVALID;
                if (flags & NLS_STRICT)
                    break;
                source = (const UCHAR *)default_text;
                size = default_size;
            }
        }
        if (room - written < size) {
            state |= NLS_OVERFLOW;
            break;
        }
        if (to)
            for (ULONG j = 0; j < size; j++)
                to[written + j] = (CHAR)source[j];
        written += size;
    }
    *ret_state = state;
    return written;
}

/* ---- the process's code pages */

static struct {
    ULONG ansi, oem;                                  /* 0: not asked for yet */
    const struct nls_code_page *ansi_page, *oem_page; /* NULL with UTF-8 */
    BOOLEAN ansi_has_ascii, oem_has_ascii;            /* at its place, both ways */
} state;

USHORT NlsAnsiCodePage = 1252;
BOOLEAN NlsMbCodePageTag = FALSE, NlsMbOemCodePageTag = FALSE;

static BOOLEAN has_ascii(const struct nls_code_page *page)
{
    if (!page) /* UTF-8 */
        return TRUE;
    const WCHAR *rows = NLS_AT(page, rows_offset, WCHAR);
    ULONG block = (ULONG)NLS_AT(page, index_offset, USHORT)[0] << 8;
    for (ULONG c = 0; c < 0x80; c++)
        if (rows[c] != c || (page->lead_offset ? NLS_AT(page, blocks_offset, USHORT)[block + c]
                                               : NLS_AT(page, blocks_offset, UCHAR)[block + c]) != c)
            return FALSE;
    return TRUE;
}

VOID NTAPI GwSetAnsiCodePage(ULONG id)
{
    const struct nls_code_page *page = GwFindCodePage(id);

    if (!page && id != CP_UTF8)
        return;
    state.ansi_page = page;
    state.ansi_has_ascii = has_ascii(page);
    __atomic_store_n(&state.ansi, id, __ATOMIC_RELEASE);
    NlsAnsiCodePage = (USHORT)id;
    NlsMbCodePageTag = !page || page->lead_offset;
    if (id == CP_UTF8) { /* a UTF-8 process has UTF-8 as its OEM code page too */
        state.oem_page = NULL;
        state.oem_has_ascii = TRUE;
        __atomic_store_n(&state.oem, id, __ATOMIC_RELEASE);
        NlsMbOemCodePageTag = TRUE;
    }
}

ULONG NTAPI GwAnsiCodePage(void)
{
    ULONG id = __atomic_load_n(&state.ansi, __ATOMIC_ACQUIRE);

    if (!id) {
        const struct nls_locale *locale = GwFindLocaleById(LOCALE_SYSTEM_DEFAULT);

        GwSetAnsiCodePage(1252);
        if (locale && locale->ansi)
            GwSetAnsiCodePage(locale->ansi);
        id = state.ansi;
    }
    return id;
}

ULONG NTAPI GwOemCodePage(void)
{
    ULONG id = __atomic_load_n(&state.oem, __ATOMIC_ACQUIRE);

    if (!id) {
        const struct nls_locale *locale = GwFindLocaleById(LOCALE_SYSTEM_DEFAULT);

        id = locale ? locale->oem : 437;
        state.oem_page = GwFindCodePage(id);
        if (!state.oem_page)
            state.oem_page = GwFindCodePage(id = 437);
        state.oem_has_ascii = has_ascii(state.oem_page);
        __atomic_store_n(&state.oem, id, __ATOMIC_RELEASE);
        NlsMbOemCodePageTag = state.oem_page->lead_offset != 0;
    }
    return id;
}

static ULONG to_wide(BOOLEAN oem, const CHAR *from, ULONG count, WCHAR *to, ULONG room)
{
    ULONG id = oem ? GwOemCodePage() : GwAnsiCodePage(), done = 0, conversion;

    if (oem ? state.oem_has_ascii : state.ansi_has_ascii) {
        done = ascii_to_wide(from, to && room < count ? room : count, to);
        if (done == count || (to && done == room))
            return done;
        from += done;
        count -= done;
        to = to ? to + done : NULL;
        room -= done;
    }
    return done + (id == CP_UTF8 ? GwUtf8ToWide(0, from, count, to, room, &conversion)
                                 : GwCodePageToWide(oem ? state.oem_page : state.ansi_page, 0, from, count,
                                                    to, room, &conversion));
}

static ULONG from_wide(BOOLEAN oem, const WCHAR *from, ULONG count, CHAR *to, ULONG room, ULONG *ret_state)
{
    ULONG id = oem ? GwOemCodePage() : GwAnsiCodePage(), done = 0;

    if (oem ? state.oem_has_ascii : state.ansi_has_ascii) {
        done = ascii_from_wide(from, to && room < count ? room : count, to);
        *ret_state = done < count ? NLS_OVERFLOW : 0;
        if (done == count || (to && done == room))
            return done;
        from += done;
        count -= done;
        to = to ? to + done : NULL;
        room -= done;
    }
    return done + (id == CP_UTF8 ? GwWideToUtf8(0, from, count, to, room, ret_state)
                                 : GwWideToCodePage(oem ? state.oem_page : state.ansi_page, 0, from, count,
                                                    to, room, NULL, 0, ret_state));
}

NTSTATUS NTAPI RtlMultiByteToUnicodeN(WCHAR *to, ULONG to_size, ULONG *ret_size, const CHAR *from,
                                      ULONG from_size)
{
    ULONG count = to_wide(FALSE, from, from_size, to, to_size / sizeof(WCHAR));

    if (ret_size)
        *ret_size = count * sizeof(WCHAR);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlMultiByteToUnicodeSize(ULONG *ret_size, const CHAR *from, ULONG from_size)
{
    *ret_size = to_wide(FALSE, from, from_size, NULL, 0) * sizeof(WCHAR);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeToMultiByteN(CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from,
                                      ULONG from_size)
{
    ULONG conversion, size = from_wide(FALSE, from, from_size / sizeof(WCHAR), to, to_size, &conversion);

    if (ret_size)
        *ret_size = size;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeToMultiByteSize(ULONG *ret_size, const WCHAR *from, ULONG from_size)
{
    ULONG conversion;

    *ret_size = from_wide(FALSE, from, from_size / sizeof(WCHAR), NULL, 0, &conversion);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlOemToUnicodeN(WCHAR *to, ULONG to_size, ULONG *ret_size, const CHAR *from, ULONG from_size)
{
    ULONG count = to_wide(TRUE, from, from_size, to, to_size / sizeof(WCHAR));

    if (ret_size)
        *ret_size = count * sizeof(WCHAR);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeToOemN(CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from, ULONG from_size)
{
    ULONG conversion, size = from_wide(TRUE, from, from_size / sizeof(WCHAR), to, to_size, &conversion);

    if (ret_size)
        *ret_size = size;
    return conversion & NLS_OVERFLOW ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/* Console input: only the characters; bytes below 0x20 are not special here. */
NTSTATUS NTAPI RtlConsoleMultiByteToUnicodeN(WCHAR *to, ULONG to_size, ULONG *ret_size, const CHAR *from,
                                             ULONG from_size, ULONG *ret_special)
{
    if (ret_special)
        *ret_special = 0;
    return RtlMultiByteToUnicodeN(to, to_size, ret_size, from, from_size);
}

static NTSTATUS upcase_from_wide(BOOLEAN oem, CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from,
                                 ULONG from_size)
{
    ULONG written = 0, count = from_size / sizeof(WCHAR), conversion = 0;
    WCHAR buffer[64];

    for (ULONG i = 0; i < count && !(conversion & NLS_OVERFLOW);) {
        ULONG part = count - i < 64 ? count - i : 64;

        for (ULONG j = 0; j < part; j++)
            buffer[j] = nls_upcase(from[i + j]);
        if (part > 1 && i + part < count && buffer[part - 1] >= 0xd800 && buffer[part - 1] <= 0xdbff)
            part--;
        written += from_wide(oem, buffer, part, to + written, to_size - written, &conversion);
        i += part;
    }
    if (ret_size)
        *ret_size = written;
    return oem && (conversion & NLS_OVERFLOW) ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUpcaseUnicodeToMultiByteN(CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from,
                                            ULONG from_size)
{
    return upcase_from_wide(FALSE, to, to_size, ret_size, from, from_size);
}

NTSTATUS NTAPI RtlUpcaseUnicodeToOemN(CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from,
                                      ULONG from_size)
{
    return upcase_from_wide(TRUE, to, to_size, ret_size, from, from_size);
}

CHAR NTAPI RtlUpperChar(CHAR c)
{
    UCHAR byte = (UCHAR)c;
    WCHAR wide;
    CHAR upper;
    ULONG conversion;

    if (byte < 0x80)
        return byte >= 'a' && byte <= 'z' ? (CHAR)(byte - 0x20) : c;
    GwAnsiCodePage();
    if (NlsMbCodePageTag)
        return c;
    if (!to_wide(FALSE, &c, 1, &wide, 1))
        return c;
    wide = nls_upcase(wide);
    return from_wide(FALSE, &wide, 1, &upper, 1, &conversion) == 1 && !(conversion & NLS_INVALID) ? upper : c;
}

/* Reads one character, advancing *position by its one or two bytes. */
WCHAR NTAPI RtlAnsiCharToUnicodeChar(const UCHAR **position)
{
    const struct nls_code_page *page;
    ULONG size = 1, id = GwAnsiCodePage();
    WCHAR wide[2] = {0};

    page = state.ansi_page;
    if (id == CP_UTF8) {
        UCHAR c = **position;

        size = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    } else if (page->lead_offset && NLS_AT(page, lead_offset, UCHAR)[**position]) {
        size = 2;
    }
    to_wide(FALSE, (const CHAR *)*position, size, wide, 2);
    *position += size;
    return wide[0];
}
