/*
 * LCMapString and FoldString.
 */
#include "sort.h"
#include <string.h>

#define CASE_FLAGS    (LCMAP_LOWERCASE | LCMAP_UPPERCASE) /* both: title case */
#define KANA_FLAGS    (LCMAP_HIRAGANA | LCMAP_KATAKANA)
#define WIDTH_FLAGS   (LCMAP_HALFWIDTH | LCMAP_FULLWIDTH)
#define CHINESE_FLAGS (LCMAP_SIMPLIFIED_CHINESE | LCMAP_TRADITIONAL_CHINESE)
#define IGNORE_FLAGS  (NORM_IGNORENONSPACE | NORM_IGNORESYMBOLS)
#define KEY_FLAGS                                                                                            \
    (NORM_IGNORECASE | NORM_IGNORENONSPACE | NORM_IGNORESYMBOLS | NORM_IGNOREKANATYPE | NORM_IGNOREWIDTH |   \
     LINGUISTIC_IGNORECASE | LINGUISTIC_IGNOREDIACRITIC | SORT_STRINGSORT | SORT_DIGITSASNUMBERS |           \
     NORM_LINGUISTIC_CASING)

/* ---- katakana of half width: U+FF61 to U+FF9F */

static const WCHAR full_kana[] = {
    0x3002, 0x300c, 0x300d, 0x3001, 0x30fb, 0x30f2, 0x30a1, 0x30a3, 0x30a5, 0x30a7, 0x30a9, 0x30e3, 0x30e5,
    0x30e7, 0x30c3, 0x30fc, 0x30a2, 0x30a4, 0x30a6, 0x30a8, 0x30aa, 0x30ab, 0x30ad, 0x30af, 0x30b1, 0x30b3,
    0x30b5, 0x30b7, 0x30b9, 0x30bb, 0x30bd, 0x30bf, 0x30c1, 0x30c4, 0x30c6, 0x30c8, 0x30ca, 0x30cb, 0x30cc,
    0x30cd, 0x30ce, 0x30cf, 0x30d2, 0x30d5, 0x30d8, 0x30db, 0x30de, 0x30df, 0x30e0, 0x30e1, 0x30e2, 0x30e4,
    0x30e6, 0x30e8, 0x30e9, 0x30ea, 0x30eb, 0x30ec, 0x30ed, 0x30ef, 0x30f3, 0x309b, 0x309c};
static const WCHAR full_signs[][2] = {{0x20, 0x3000}, {0xa2, 0xffe0}, {0xa3, 0xffe1}, {0xac, 0xffe2},
                                      {0xaf, 0xffe3}, {0xa6, 0xffe4}, {0xa5, 0xffe5}, {0x20a9, 0xffe6}};

/* Voiced (mark 1) or half-voiced (mark 2) form of a full-width katakana, or 0. */
static WCHAR voice(WCHAR base, int mark)
{
    if (mark == 1) {
        if ((base >= 0x30ab && base <= 0x30c1 && (base & 1)) || base == 0x30c4 || base == 0x30c6 ||
            base == 0x30c8)
            return base + 1;
        if (base >= 0x30cf && base <= 0x30db && (base - 0x30cf) % 3 == 0)
            return base + 1;
        if (base == 0x30a6)
            return 0x30f4;
        return 0;
    }
    return base >= 0x30cf && base <= 0x30db && (base - 0x30cf) % 3 == 0 ? base + 2 : 0;
}

/* One step of text[*position]; returns the full-width character. */
static WCHAR to_full(const WCHAR *text, int length, int *position)
{
    WCHAR c = text[(*position)++];

    if (c >= 0x21 && c <= 0x7e)
        return c + 0xfee0;
    if (c >= 0xff61 && c <= 0xff9f) {
        WCHAR full = full_kana[c - 0xff61], voiced = 0;

        if (*position < length && (text[*position] == 0xff9e || text[*position] == 0xff9f))
            voiced = voice(full, text[*position] - 0xff9d);
        if (voiced)
            ++*position;
        return voiced ? voiced : full;
    }
    for (unsigned i = 0; i < sizeof full_signs / sizeof *full_signs; i++)
        if (full_signs[i][0] == c)
            return full_signs[i][1];
    return c;
}

/* One or two half-width characters for c; returns how many. */
static int to_half(WCHAR c, WCHAR out[2])
{
    out[0] = c;
    if (c >= 0xff01 && c <= 0xff5e) {
        out[0] = c - 0xfee0;
        return 1;
    }
    for (unsigned i = 0; i < sizeof full_signs / sizeof *full_signs; i++)
        if (full_signs[i][1] == c) {
            out[0] = full_signs[i][0];
            return 1;
        }
    if (c < 0x3001 || c > 0x30fc)
        return 1;
    for (unsigned i = 0; i < sizeof full_kana / sizeof *full_kana; i++) {
        if (full_kana[i] == c) {
            out[0] = (WCHAR)(0xff61 + i);
            return 1;
        }
        for (int mark = 1; mark <= 2; mark++)
            if (full_kana[i] >= 0x30a1 && voice(full_kana[i], mark) == c) {
                out[0] = (WCHAR)(0xff61 + i);
                out[1] = (WCHAR)(0xff9d + mark);
                return 2;
            }
    }
    return 1;
}

/* ---- casing */

static BOOL is_turkic(const WCHAR *locale)
{
    return locale &&
           ((locale[0] | 0x20) == 't' ? (locale[1] | 0x20) == 'r'
                                      : (locale[0] | 0x20) == 'a' && (locale[1] | 0x20) == 'z') &&
           (!locale[2] || locale[2] == '-');
}

static WCHAR map_case(WCHAR c, DWORD flags, BOOL turkic, BOOL in_word)
{
    BOOL upper = (flags & CASE_FLAGS) == LCMAP_UPPERCASE || ((flags & CASE_FLAGS) == CASE_FLAGS && !in_word);

    if (turkic) {
        if (upper && c == 'i')
            return 0x130;
        if (upper && c == 0x131)
            return 'I';
        if (!upper && c == 'I')
            return 0x131;
        if (!upper && c == 0x130)
            return 'i';
    }
    return upper ? nls_upcase(c) : nls_downcase(c);
}

struct output {
    WCHAR *to;
    int room, used;
};

static void put(struct output *output, WCHAR c)
{
    if (output->to && output->used < output->room)
        output->to[output->used] = c;
    output->used++;
}

static int map_text(const WCHAR *locale, DWORD flags, const WCHAR *text, int length, WCHAR *to, int room)
{
    struct output output = {room ? to : NULL, room, 0};
    BOOL turkic = (flags & LCMAP_LINGUISTIC_CASING) && is_turkic(locale), in_word = FALSE;

    for (int i = 0; i < length;) {
        WCHAR c, half[2];
        int count = 1;

        if (flags & LCMAP_FULLWIDTH)
            c = to_full(text, length, &i);
        else
            c = text[i++];
        if ((flags & NORM_IGNORENONSPACE) && (nls_class(c)->type3 & C3_NONSPACING))
            continue;
        if ((flags & NORM_IGNORESYMBOLS) && (nls_class(c)->type1 & C1_PUNCT))
            continue;
        if (flags & LCMAP_HIRAGANA) {
            if ((c >= 0x30a1 && c <= 0x30f6) || c == 0x30fd || c == 0x30fe)
                c -= 0x60;
        } else if (flags & LCMAP_KATAKANA) {
            if ((c >= 0x3041 && c <= 0x3096) || c == 0x309d || c == 0x309e)
                c += 0x60;
        }
        half[0] = c;
        if (flags & LCMAP_HALFWIDTH)
            count = to_half(c, half);
        for (int j = 0; j < count; j++) {
            c = half[j];
            if (flags & CASE_FLAGS) {
                BOOL letter = (nls_class(c)->type1 & C1_ALPHA) || c == '\'' ||
                              (nls_class(c)->type3 & C3_NONSPACING);

                c = map_case(c, flags, turkic, in_word);
                in_word = letter && (in_word || c != '\'');
            }
            if (flags & LCMAP_BYTEREV)
                c = (WCHAR)(c >> 8 | c << 8);
            put(&output, c);
        }
    }
    if (room && output.used > room)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    return output.used;
}

static BOOL both(DWORD flags, DWORD pair)
{
    return (flags & pair) == pair;
}

int WINAPI LCMapStringEx(LPCWSTR locale, DWORD flags, LPCWSTR text, int length, LPWSTR to, int room,
                         LPNLSVERSIONINFO version, LPVOID reserved, LPARAM handle)
{
    (void)version, (void)reserved, (void)handle;
    if (!text || !length || room < 0 || (room && !to))
        return fail(ERROR_INVALID_PARAMETER);
    if (locale && *locale && !IsValidLocaleName(locale) &&
        CompareStringOrdinal(locale, -1, LOCALE_NAME_SYSTEM_DEFAULT, -1, TRUE) != CSTR_EQUAL)
        return fail(ERROR_INVALID_PARAMETER);
    flags &= ~(DWORD)LOCALE_USE_CP_ACP;
    if (length < 0)
        length = lstrlenW(text) + 1;
    if (flags & LCMAP_SORTKEY) {
        int key_length = length, needed;

        if (flags & ~(LCMAP_SORTKEY | LCMAP_BYTEREV | KEY_FLAGS | 0x10000000))
            return fail(ERROR_INVALID_FLAGS);
        if ((const void *)text == (const void *)to)
            return fail(ERROR_INVALID_FLAGS);
        if (key_length && !text[key_length - 1])
            key_length--; /* the terminator is no part of it */
        needed = sort_key(flags & KEY_FLAGS, text, key_length, (BYTE *)to, room);
        if (room && needed > room)
            return fail(ERROR_INSUFFICIENT_BUFFER);
        if (room && (flags & LCMAP_BYTEREV))
            for (int i = 0; i + 1 < needed; i += 2) {
                BYTE byte = ((BYTE *)to)[i];

                ((BYTE *)to)[i] = ((BYTE *)to)[i + 1];
                ((BYTE *)to)[i + 1] = byte;
            }
        return needed;
    }
    if (flags & LCMAP_HASH) {
        BYTE key[256], *bytes = key;
        ULONG hash = 0;
        int needed;

        if (flags & ~(LCMAP_HASH | KEY_FLAGS))
            return fail(ERROR_INVALID_FLAGS);
        if (room && room < (int)sizeof(ULONG))
            return fail(ERROR_INSUFFICIENT_BUFFER);
        needed = sort_key(flags & KEY_FLAGS, text, length, key, sizeof key);
        if (needed > (int)sizeof key) {
            bytes = RtlAllocateHeap(process_heap(), 0, (SIZE_T)needed);
            if (!bytes)
                return fail(ERROR_NOT_ENOUGH_MEMORY);
            sort_key(flags & KEY_FLAGS, text, length, bytes, needed);
        }
        for (int i = 0; i < needed; i++)
            hash = (hash ^ bytes[i]) * 0x01000193u;
        if (bytes != key)
            RtlFreeHeap(process_heap(), 0, bytes);
        if (room)
            memcpy(to, &hash, sizeof hash);
        return sizeof(ULONG);
    }
    if (!flags || both(flags, KANA_FLAGS) || both(flags, WIDTH_FLAGS) || both(flags, CHINESE_FLAGS) ||
        (flags &
         ~(CASE_FLAGS | KANA_FLAGS | WIDTH_FLAGS | IGNORE_FLAGS | LCMAP_BYTEREV | LCMAP_LINGUISTIC_CASING)) ||
        ((flags & IGNORE_FLAGS) && (flags & ~(DWORD)(IGNORE_FLAGS | LCMAP_BYTEREV))) ||
        ((flags & LCMAP_LINGUISTIC_CASING) && !(flags & CASE_FLAGS)))
        return fail(ERROR_INVALID_FLAGS);
    if (text == to && (flags & ~(DWORD)(CASE_FLAGS | LCMAP_LINGUISTIC_CASING)))
        return fail(ERROR_INVALID_FLAGS);
    return map_text(locale, flags, text, length, to, room);
}

int WINAPI LCMapStringW(LCID lcid, DWORD flags, LPCWSTR text, int length, LPWSTR to, int room)
{
    WCHAR name[LOCALE_NAME_MAX_LENGTH];

    if (!LCIDToLocaleName(lcid, name, LOCALE_NAME_MAX_LENGTH, 0))
        return fail(ERROR_INVALID_PARAMETER);
    return LCMapStringEx(name, flags, text, length, to, room, NULL, NULL, 0);
}

int WINAPI LCMapStringA(LCID lcid, DWORD flags, LPCSTR text, int length, LPSTR to, int room)
{
    UINT code_page = nls_locale_code_page(lcid, flags);
    struct nls_wide wide;
    int result = 0, count;

    if (!text || !length || room < 0 || (room && !to))
        return fail(ERROR_INVALID_PARAMETER);
    if (text == to && (flags & ~(DWORD)(CASE_FLAGS | LCMAP_LINGUISTIC_CASING | LOCALE_USE_CP_ACP)))
        return fail(ERROR_INVALID_FLAGS);
    if (!nls_wide_from_ansi(&wide, code_page, text, length))
        return 0;
    count = length < 0 ? wide.length + 1 : wide.length;
    if (flags & (LCMAP_SORTKEY | LCMAP_HASH)) {
        result = LCMapStringW(lcid, flags, wide.text, count, (WCHAR *)(void *)to, room);
    } else {
        int needed = LCMapStringW(lcid, flags, wide.text, count, NULL, 0);
        WCHAR *mapped = needed ? RtlAllocateHeap(process_heap(), 0, (SIZE_T)needed * sizeof *mapped) : NULL;

        if (mapped) {
            LCMapStringW(lcid, flags, wide.text, count, mapped, needed);
            result = WideCharToMultiByte(code_page, 0, mapped, needed, to, room, NULL, NULL);
            RtlFreeHeap(process_heap(), 0, mapped);
        } else if (needed) {
            fail(ERROR_NOT_ENOUGH_MEMORY);
        }
    }
    nls_wide_free(&wide);
    return result;
}

/* ---- FoldString */

/* The decimal digit that c is, or -1. Sort weights know. */
static int digit_value(WCHAR c)
{
    ULONG weight = sort_weight(c), primary = weight >> 16;

    return primary >= SORT_DIGITS && primary < SORT_DIGITS + 10 ? (int)(primary - SORT_DIGITS) : -1;
}

/* A ligature's letters; 0 if c is none. */
static int expand_ligature(WCHAR c, WCHAR out[3])
{
    static const struct {
        WCHAR c, out[3];
    } ligatures[] = {
        {0xc6, L"AE"},           {0xe6, L"ae"},          {0xdf, L"ss"},    {0x132, L"IJ"},
        {0x133, L"ij"},          {0x152, L"OE"},         {0x153, L"oe"},   {0x1c4, {0x44, 0x17d}},
        {0x1c5, {0x44, 0x17e}},  {0x1c6, {0x64, 0x17e}}, {0x1c7, L"LJ"},   {0x1c8, L"Lj"},
        {0x1c9, L"lj"},          {0x1ca, L"NJ"},         {0x1cb, L"Nj"},   {0x1cc, L"nj"},
        {0x1f1, L"DZ"},          {0x1f2, L"Dz"},         {0x1f3, L"dz"},   {0xfb00, L"ff"},
        {0xfb01, L"fi"},         {0xfb02, L"fl"},        {0xfb03, L"ffi"}, {0xfb04, L"ffl"},
        {0xfb05, {0x17f, 0x74}}, {0xfb06, L"st"}};

    for (unsigned i = 0; i < sizeof ligatures / sizeof *ligatures; i++)
        if (ligatures[i].c == c) {
            int n = 0;

            while (n < 3 && ligatures[i].out[n]) {
                out[n] = ligatures[i].out[n];
                n++;
            }
            return n;
        }
    return 0;
}

static int normalize(NORM_FORM form, const WCHAR *text, int length, WCHAR *to, int room)
{
    int estimate = length * 3 + 16, result;
    WCHAR *buffer;

    if (room) {
        result = NormalizeString(form, text, length, to, room);
        return result > 0 ? result : fail(GetLastError() ? GetLastError() : ERROR_INSUFFICIENT_BUFFER);
    }
    buffer = RtlAllocateHeap(process_heap(), 0, (SIZE_T)estimate * sizeof *buffer);
    if (!buffer)
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    result = NormalizeString(form, text, length, buffer, estimate);
    RtlFreeHeap(process_heap(), 0, buffer);
    return result > 0 ? result : 0;
}

int WINAPI FoldStringW(DWORD flags, LPCWCH text, int length, LPWSTR to, int room)
{
    struct output output = {room ? to : NULL, room, 0};

    if (!text || !length || room < 0 || (room && !to) || text == to)
        return fail(ERROR_INVALID_PARAMETER);
    if (!flags ||
        (flags &
         ~(DWORD)(MAP_FOLDCZONE | MAP_PRECOMPOSED | MAP_COMPOSITE | MAP_FOLDDIGITS | MAP_EXPAND_LIGATURES)) ||
        both(flags, MAP_PRECOMPOSED | MAP_COMPOSITE) || both(flags, MAP_EXPAND_LIGATURES | MAP_PRECOMPOSED) ||
        both(flags, MAP_EXPAND_LIGATURES | MAP_COMPOSITE))
        return fail(ERROR_INVALID_FLAGS);
    if (length < 0)
        length = lstrlenW(text) + 1;
    if (flags == MAP_PRECOMPOSED)
        return normalize(NormalizationC, text, length, to, room);
    if (flags == MAP_COMPOSITE)
        return normalize(NormalizationD, text, length, to, room);
    if (flags & (MAP_PRECOMPOSED | MAP_COMPOSITE)) {
        /* With folding, too: fold, then compose or decompose. */
        int count = FoldStringW(flags & (MAP_FOLDCZONE | MAP_FOLDDIGITS), text, length, NULL, 0), result;
        WCHAR *folded = count ? RtlAllocateHeap(process_heap(), 0, (SIZE_T)count * sizeof *folded) : NULL;

        if (!folded)
            return fail(ERROR_NOT_ENOUGH_MEMORY);
        FoldStringW(flags & (MAP_FOLDCZONE | MAP_FOLDDIGITS), text, length, folded, count);
        result = normalize(flags & MAP_PRECOMPOSED ? NormalizationC : NormalizationD, folded, count, to,
                           room);
        RtlFreeHeap(process_heap(), 0, folded);
        return result;
    }
    for (int i = 0; i < length; i++) {
        WCHAR c = text[i], expanded[18];
        int count, digit;

        if (flags & MAP_EXPAND_LIGATURES && (count = expand_ligature(c, expanded))) {
            for (int j = 0; j < count; j++)
                put(&output, expanded[j]);
            continue;
        }
        if (flags & MAP_FOLDDIGITS && c >= 0x80 && (digit = digit_value(c)) >= 0) {
            put(&output, (WCHAR)('0' + digit));
            continue;
        }
        if (flags & MAP_FOLDCZONE && c >= 0xa0 &&
            (count = NormalizeString(NormalizationKC, &c, 1, expanded, 18)) == 1 && expanded[0])
            c = expanded[0];
        put(&output, c);
    }
    if (room && output.used > room)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    return output.used;
}

int WINAPI FoldStringA(DWORD flags, LPCSTR text, int length, LPSTR to, int room)
{
    struct nls_wide wide;
    int result = 0, needed;
    WCHAR *folded;

    if (!text || !length || room < 0 || (room && !to) || text == to)
        return fail(ERROR_INVALID_PARAMETER);
    if (!nls_wide_from_ansi(&wide, CP_ACP, text, length))
        return 0;
    if (length < 0)
        wide.length++;
    needed = FoldStringW(flags, wide.text, wide.length, NULL, 0);
    folded = needed ? RtlAllocateHeap(process_heap(), 0, (SIZE_T)needed * sizeof *folded) : NULL;
    if (folded) {
        FoldStringW(flags, wide.text, wide.length, folded, needed);
        result = WideCharToMultiByte(CP_ACP, 0, folded, needed, to, room, NULL, NULL);
        RtlFreeHeap(process_heap(), 0, folded);
    } else if (needed) {
        fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    nls_wide_free(&wide);
    return result;
}

/* ---- normalization and internationalised names, from ntdll */

int WINAPI NormalizeString(NORM_FORM form, LPCWSTR text, int length, LPWSTR to, int room)
{
    LONG result = room;
    NTSTATUS status = RtlNormalizeString((ULONG)form, text, length, to, &result);

    SetLastError(status == STATUS_SUCCESS ? ERROR_SUCCESS : RtlNtStatusToDosError(status));
    if (status == STATUS_BUFFER_TOO_SMALL || status == STATUS_NO_UNICODE_TRANSLATION)
        return -result;
    return NT_SUCCESS(status) ? result : 0;
}

WINBOOL WINAPI IsNormalizedString(NORM_FORM form, LPCWSTR text, int length)
{
    BOOLEAN normalized = FALSE;
    NTSTATUS status = RtlIsNormalizedString((ULONG)form, text, length, &normalized);

    SetLastError(status == STATUS_SUCCESS ? ERROR_SUCCESS : RtlNtStatusToDosError(status));
    return NT_SUCCESS(status) && normalized;
}

static int idn(DWORD flags, NTSTATUS status, LONG result)
{
    if (flags &
        ~(DWORD)(IDN_ALLOW_UNASSIGNED | IDN_USE_STD3_ASCII_RULES | IDN_EMAIL_ADDRESS | IDN_RAW_PUNYCODE))
        return fail(ERROR_INVALID_FLAGS);
    return set_status(status) ? result : 0;
}

int WINAPI IdnToAscii(DWORD flags, LPCWSTR text, int length, LPWSTR to, int room)
{
    LONG result = room;
    NTSTATUS status = RtlIdnToAscii(flags, text, length, to, &result);

    return idn(flags, status, result);
}

int WINAPI IdnToUnicode(DWORD flags, LPCWSTR text, int length, LPWSTR to, int room)
{
    LONG result = room;
    NTSTATUS status = RtlIdnToUnicode(flags, text, length, to, &result);

    return idn(flags, status, result);
}

int WINAPI IdnToNameprepUnicode(DWORD flags, LPCWSTR text, int length, LPWSTR to, int room)
{
    LONG result = room;
    NTSTATUS status = RtlIdnToNameprepUnicode(flags, text, length, to, &result);

    return idn(flags, status, result);
}
