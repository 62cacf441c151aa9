/*
 * GetLocaleInfo and SetLocaleInfo. The user's changes live as long as the process.
 */
#include "locale.h"
#include <string.h>

extern const USHORT locale_rows[];
extern const ULONG locale_offsets[];
extern const WCHAR locale_strings[];

/* ---- the user's settings, by LCTYPE */

static struct {
    WCHAR text[80];
    BOOL set;
} overrides[FIELD_COUNT];
static SRWLOCK overrides_lock = SRWLOCK_INIT; /* guards overrides; a leaf */

const WCHAR *locale_text(const struct nls_locale *locale, int field, BOOL original)
{
    if (!original && overrides[field].set && locale_is_default(locale))
        return overrides[field].text;
    return locale_strings + locale_offsets[locale_rows[GwLocaleNumber(locale) * FIELD_COUNT + (ULONG)field]];
}

UINT locale_number(const struct nls_locale *locale, int field, BOOL original)
{
    if (!original && overrides[field].set && locale_is_default(locale)) {
        UINT value = 0;

        for (const WCHAR *p = overrides[field].text; *p >= '0' && *p <= '9'; p++)
            value = value * 10 + (UINT)(*p - '0');
        return value;
    }
    return locale_rows[GwLocaleNumber(locale) * FIELD_COUNT + (ULONG)field];
}

/* ---- LCTYPE to field */

static const struct type {
    USHORT type;
    SHORT field;
    BOOLEAN settable;
} types[] = {
    {0x0002, FIELD_ENGLISH_DISPLAY, 0},
    {0x0072, FIELD_ENGLISH_DISPLAY, 0},
    {0x0073, FIELD_NATIVE_DISPLAY, 0},
    {0x0003, FIELD_ABBREV_LANGUAGE, 0},
    {0x0004, FIELD_NATIVE_LANGUAGE, 0},
    {0x0006, FIELD_ENGLISH_COUNTRY, 0},
    {0x0007, FIELD_ABBREV_COUNTRY, 0},
    {0x0008, FIELD_NATIVE_COUNTRY, 0},
    {0x000c, FIELD_LIST, 1},
    {0x000e, FIELD_DECIMAL, 1},
    {0x000f, FIELD_THOUSAND, 1},
    {0x0010, FIELD_GROUPING, 1},
    {0x0013, FIELD_NATIVE_DIGITS, 1},
    {0x0014, FIELD_CURRENCY, 1},
    {0x0015, FIELD_CURRENCY_CODE, 1},
    {0x0016, FIELD_MON_DECIMAL, 1},
    {0x0017, FIELD_MON_THOUSAND, 1},
    {0x0018, FIELD_MON_GROUPING, 1},
    {0x001d, FIELD_DATE_SEPARATOR, 1},
    {0x001e, FIELD_TIME_SEPARATOR, 1},
    {0x001f, FIELD_SHORT_DATE, 1},
    {0x0020, FIELD_LONG_DATE, 1},
    {0x0028, FIELD_AM, 1},
    {0x0029, FIELD_PM, 1},
    {0x0050, FIELD_POSITIVE, 1},
    {0x0051, FIELD_NEGATIVE, 1},
    {0x0059, FIELD_LANGUAGE2, 0},
    {0x005a, FIELD_COUNTRY2, 0},
    {0x005c, FIELD_NAME, 0},
    {0x0067, FIELD_LANGUAGE3, 0},
    {0x0068, FIELD_COUNTRY3, 0},
    {0x0069, FIELD_NAN, 0},
    {0x006a, FIELD_INFINITY, 0},
    {0x006b, FIELD_NEGATIVE_INFINITY, 0},
    {0x006c, FIELD_SCRIPTS, 0},
    {0x006d, FIELD_PARENT, 0},
    {0x006e, FIELD_CONSOLE_FALLBACK, 0},
    {0x006f, FIELD_ENGLISH_LANGUAGE, 0},
    {0x1001, FIELD_ENGLISH_LANGUAGE, 0},
    {0x1002, FIELD_ENGLISH_COUNTRY, 0},
    {0x1003, FIELD_TIME_FORMAT, 1},
    {0x1006, FIELD_YEAR_MONTH, 1},
    {0x1007, FIELD_ENGLISH_CURRENCY, 0},
    {0x1008, FIELD_NATIVE_CURRENCY, 0},
    {0x0076, FIELD_PERCENT, 0},
    {0x0077, FIELD_PERMILLE, 0},
    {0x0078, FIELD_MONTH_DAY, 0},
    {0x0079, FIELD_SHORT_TIME, 1},
    {0x007b, FIELD_NAME, 0},
    {0x007e, FIELD_AM, 0},
    {0x007f, FIELD_PM, 0},
    /* numbers */
    {0x0005, FIELD_DIALLING, 0},
    {0x005b, FIELD_GEO, 0},
    {0x000d, FIELD_MEASURE, 1},
    {0x0011, FIELD_DIGITS, 1},
    {0x0012, FIELD_LEADING_ZERO, 1},
    {0x0019, FIELD_CURRENCY_DIGITS, 1},
    {0x001a, FIELD_CURRENCY_DIGITS, 0},
    {0x001b, FIELD_CURRENCY_MODE, 1},
    {0x001c, FIELD_NEGATIVE_CURRENCY, 1},
    {0x1010, FIELD_NEGATIVE_NUMBER, 1},
    {0x100c, FIELD_FIRST_DAY, 1},
    {0x100d, FIELD_FIRST_WEEK, 1},
    {0x100a, FIELD_PAPER, 1},
    {0x1014, FIELD_DIGIT_SUBSTITUTION, 1},
    {0x0070, FIELD_READING, 0},
    {0x0071, FIELD_NEUTRAL, 0},
    {0x0075, FIELD_POSITIVE_PERCENT, 0},
    {0x0074, FIELD_NEGATIVE_PERCENT, 0},
    {0x1009, FIELD_CALENDAR, 1},
};

static const struct type *find_type(DWORD type)
{
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == type)
            return types + i;
    return NULL;
}

/* Day and month names, in LCTYPE's order. */
static int name_field(DWORD type, BOOL genitive)
{
    if (type >= 0x2a && type <= 0x30)
        return FIELD_DAY1 + (int)(type - 0x2a);
    if (type >= 0x31 && type <= 0x37)
        return FIELD_SHORT_DAY1 + (int)(type - 0x31);
    if (type >= 0x38 && type <= 0x43)
        return (genitive ? FIELD_GENITIVE1 : FIELD_MONTH1) + (int)(type - 0x38);
    if (type >= 0x44 && type <= 0x4f)
        return FIELD_SHORT_MONTH1 + (int)(type - 0x44);
    if (type >= 0x60 && type <= 0x66)
        return FIELD_TINY_DAY1 + (int)(type - 0x60);
    return -1;
}

/* Where in a pattern the first of `letters` stands, and how often it is repeated. */
static int find_letter(const WCHAR *pattern, WCHAR letter, int *ret_count)
{
    BOOL quoted = FALSE;

    *ret_count = 0;
    for (int i = 0; pattern[i]; i++) {
        if (pattern[i] == '\'')
            quoted = !quoted;
        if (quoted || pattern[i] != letter)
            continue;
        while (pattern[i + *ret_count] == letter)
            ++*ret_count;
        return i;
    }
    return -1;
}

/* IDATE, ILDATE: which of month, day, year comes first. */
static UINT date_order(const WCHAR *pattern)
{
    int count, month = find_letter(pattern, 'M', &count), day = find_letter(pattern, 'd', &count),
               year = find_letter(pattern, 'y', &count);

    return year < month && year < day ? 2 : month < day ? 0 : 1;
}

/* Numbers that follow from patterns and the like; FALSE: not such a type. */
static BOOL derived_number(const struct nls_locale *locale, DWORD type, BOOL original, UINT *ret_value)
{
    const WCHAR *short_date = locale_text(locale, FIELD_SHORT_DATE, original);
    const WCHAR *time = locale_text(locale, FIELD_TIME_FORMAT, original);
    UINT negative = locale_number(locale, FIELD_NEGATIVE_CURRENCY, original);
    UINT positive = locale_number(locale, FIELD_CURRENCY_MODE, original);
    int count;

    switch (type) {
    case LOCALE_ILANGUAGE: *ret_value = locale->lcid & 0xffff; break;
    case LOCALE_IDEFAULTLANGUAGE: *ret_value = GwLocaleAt(locale->specific)->lcid; break;
    case LOCALE_IDEFAULTCOUNTRY: *ret_value = locale_number(locale, FIELD_DIALLING, TRUE); break;
    case LOCALE_IDEFAULTCODEPAGE: *ret_value = locale->oem; break;
    case LOCALE_IDEFAULTANSICODEPAGE: *ret_value = locale->ansi; break;
    case LOCALE_IDEFAULTMACCODEPAGE: *ret_value = locale->mac; break;
    case LOCALE_IDEFAULTEBCDICCODEPAGE: *ret_value = 500; break;
    case LOCALE_IDATE: *ret_value = date_order(short_date); break;
    case LOCALE_ILDATE: *ret_value = date_order(locale_text(locale, FIELD_LONG_DATE, original)); break;
    case LOCALE_ITIME: *ret_value = find_letter(time, 'H', &count) >= 0; break;
    case LOCALE_ICENTURY:
        find_letter(short_date, 'y', &count);
        *ret_value = count > 2;
        break;
    case LOCALE_ITLZERO:
        if (find_letter(time, 'H', &count) < 0)
            find_letter(time, 'h', &count);
        *ret_value = count > 1;
        break;
    case LOCALE_IDAYLZERO:
        find_letter(short_date, 'd', &count);
        *ret_value = count > 1;
        break;
    case LOCALE_IMONLZERO:
        find_letter(short_date, 'M', &count);
        *ret_value = count > 1;
        break;
    case LOCALE_ITIMEMARKPOSN: *ret_value = find_letter(time, 't', &count) == 0; break;
    case LOCALE_IPOSSIGNPOSN: *ret_value = 3; break;
    case LOCALE_INEGSIGNPOSN: { /* 0 parentheses, 1 before, 2 after, 3 before the symbol, 4 after the symbol
                                 */
        static const UCHAR places[] = {0, 3, 4, 4, 0, 1, 3, 4, 1, 3, 4, 2, 4, 3, 0, 0};

        *ret_value = places[negative & 15];
        break;
    }
    case LOCALE_IPOSSYMPRECEDES: *ret_value = !(positive & 1); break;
    case LOCALE_IPOSSEPBYSPACE: *ret_value = positive >= 2; break;
    case LOCALE_INEGSYMPRECEDES:
        *ret_value = negative <= 3 || negative == 9 || negative == 11 || negative == 12 || negative == 14;
        break;
    case LOCALE_INEGSEPBYSPACE: *ret_value = negative >= 8; break;
    case LOCALE_IOPTIONALCALENDAR: *ret_value = 0; break;
    default: return FALSE;
    }
    return TRUE;
}

/* Bits of a font's Unicode and code-page coverage: the Latin ones, and the ANSI code page's. */
static void font_signature(const struct nls_locale *locale, LOCALESIGNATURE *signature)
{
    static const USHORT bits[] = {1252, 1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258};
    static const USHORT asian[] = {874, 932, 936, 949, 950};

    memset(signature, 0, sizeof *signature);
    signature->lsUsb[0] = 3;
    for (int i = 0; i < 9; i++)
        if (bits[i] == locale->ansi)
            signature->lsCsbDefault[0] |= 1u << i;
    for (int i = 0; i < 5; i++)
        if (asian[i] == locale->ansi)
            signature->lsCsbDefault[0] |= 1u << (16 + i);
    signature->lsCsbSupported[0] = signature->lsCsbDefault[0] | 1;
}

static int info(const struct nls_locale *locale, LCTYPE type, WCHAR *to, int room)
{
    BOOL original = (type & LOCALE_NOUSEROVERRIDE) != 0, number = (type & LOCALE_RETURN_NUMBER) != 0,
         is_number = FALSE;
    BOOL genitive = (type & LOCALE_RETURN_GENITIVE_NAMES) != 0;
    const struct type *known;
    const WCHAR *text = NULL;
    WCHAR digits[12];
    UINT value = 0;
    int field, length;

    if (room < 0 || (room && !to))
        return fail(ERROR_INVALID_PARAMETER);
    type &= ~(LCTYPE)(LOCALE_NOUSEROVERRIDE | LOCALE_USE_CP_ACP | LOCALE_RETURN_NUMBER |
                      LOCALE_RETURN_GENITIVE_NAMES | LOCALE_ALLOW_NEUTRAL_NAMES);
    if (genitive && !(type >= 0x38 && type <= 0x4f) && type != 0x100e && type != 0x100f)
        return fail(ERROR_INVALID_FLAGS);
    if (type == LOCALE_FONTSIGNATURE) {
        LOCALESIGNATURE signature;

        if (number)
            return fail(ERROR_INVALID_FLAGS);
        font_signature(locale, &signature);
        if (!room)
            return sizeof signature / sizeof(WCHAR);
        if (room < (int)(sizeof signature / sizeof(WCHAR)))
            return fail(ERROR_INSUFFICIENT_BUFFER);
        memcpy(to, &signature, sizeof signature);
        return sizeof signature / sizeof(WCHAR);
    }
    known = find_type(type);
    field = name_field(type, genitive);
    if (known && known->field >= FIELD_FIRST_NUMBER) {
        value = locale_number(locale, known->field, original);
        is_number = TRUE;
    } else if (known) {
        text = locale_text(locale, known->field, original);
    } else if (field >= 0) {
        text = locale_text(locale, field, original);
    } else if (derived_number(locale, type, original, &value)) {
        is_number = TRUE;
    } else if (type == 0x100e || type == 0x100f || type == 0x1013 || type == 0x5d || type == 0x5e ||
               type == 0x7a || type == 0x7c) {
        /* thirteenth month: none; sort name; duration; keyboards; OpenType tag; relative date */
        text = type == 0x1013   ? L"Default"
               : type == 0x005d ? L"H:mm:ss"
               : type == 0x7c   ? locale_text(locale, FIELD_LONG_DATE, original)
                                : L"";
    } else {
        return fail(ERROR_INVALID_FLAGS);
    }
    if (number) {
        if (!is_number)
            return fail(ERROR_INVALID_FLAGS);
        if (!room)
            return sizeof(DWORD) / sizeof(WCHAR);
        if (room < (int)(sizeof(DWORD) / sizeof(WCHAR)))
            return fail(ERROR_INSUFFICIENT_BUFFER);
        memcpy(to, &value, sizeof value);
        return sizeof(DWORD) / sizeof(WCHAR);
    }
    if (is_number) {
        BOOL hexadecimal = type == LOCALE_ILANGUAGE || type == LOCALE_IDEFAULTLANGUAGE;
        UINT base = hexadecimal ? 16 : 10, count = 1, rest = value;

        while (rest /= base)
            count++;
        if (hexadecimal && count < 4)
            count = 4;
        if ((type == LOCALE_IDEFAULTCODEPAGE) && count < 3)
            count = 1;
        digits[count] = 0;
        for (rest = value; count > 0; rest /= base)
            digits[--count] = (WCHAR) "0123456789abcdef"[rest % base];
        text = digits;
    }
    length = lstrlenW(text) + 1;
    if (!room)
        return length;
    if (room < length)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    memcpy(to, text, (size_t)length * sizeof *to);
    return length;
}

int WINAPI GetLocaleInfoEx(LPCWSTR name, LCTYPE type, LPWSTR to, int room)
{
    const struct nls_locale *locale = locale_by_name(name);

    return locale ? info(locale, type, to, room) : 0;
}

int WINAPI GetLocaleInfoW(LCID lcid, LCTYPE type, LPWSTR to, int room)
{
    const struct nls_locale *locale = locale_by_id(lcid);

    return locale ? info(locale, type, to, room) : 0;
}

int WINAPI GetLocaleInfoA(LCID lcid, LCTYPE type, LPSTR to, int room)
{
    const struct nls_locale *locale = locale_by_id(lcid);
    WCHAR buffer[256];
    int count;

    if (!locale)
        return 0;
    if (room < 0 || (room && !to))
        return fail(ERROR_INVALID_PARAMETER);
    count = info(locale, type, buffer, 256);
    if (!count)
        return 0;
    if ((type & LOCALE_RETURN_NUMBER) || (type & 0xffff) == LOCALE_FONTSIGNATURE) {
        int size = count * (int)sizeof(WCHAR);

        if (!room)
            return size;
        if (room < size)
            return fail(ERROR_INSUFFICIENT_BUFFER);
        memcpy(to, buffer, (size_t)size);
        return size;
    }
    return WideCharToMultiByte(nls_locale_code_page(lcid, type), 0, buffer, count, to, room, NULL, NULL);
}

/* For this process only, and for the user's locale, whatever `lcid` says, as documented. */
BOOL WINAPI SetLocaleInfoW(LCID lcid, LCTYPE type, LPCWSTR text)
{
    const struct type *known = find_type(type & 0xffff);
    int length;

    if (!text || !locale_by_id(lcid))
        return fail(ERROR_INVALID_PARAMETER);
    if (!known || !known->settable)
        return fail(ERROR_INVALID_FLAGS);
    length = lstrlenW(text);
    if (length >= 80)
        return fail(ERROR_INVALID_PARAMETER);
    RtlAcquireSRWLockExclusive(&overrides_lock);
    memcpy(overrides[known->field].text, text, ((size_t)length + 1) * sizeof *text);
    overrides[known->field].set = TRUE;
    RtlReleaseSRWLockExclusive(&overrides_lock);
    return TRUE;
}

BOOL WINAPI SetLocaleInfoA(LCID lcid, LCTYPE type, LPCSTR text)
{
    struct nls_wide wide;
    BOOL result;

    if (!text)
        return fail(ERROR_INVALID_PARAMETER);
    if (!nls_wide_from_ansi(&wide, nls_locale_code_page(lcid, type), text, -1))
        return FALSE;
    result = SetLocaleInfoW(lcid, type, wide.text);
    nls_wide_free(&wide);
    return result;
}

/* ---- output of the formatting functions */

void locale_put(struct locale_output *output, WCHAR c)
{
    if (output->to && output->used < output->room)
        output->to[output->used] = c;
    output->used++;
}

void locale_puts(struct locale_output *output, const WCHAR *text)
{
    while (*text)
        locale_put(output, *text++);
}

int locale_finish(struct locale_output *output)
{
    locale_put(output, 0);
    if (output->to && output->used > output->room)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    return output->used;
}

int locale_to_ansi(UINT code_page, char *to, int room, int (*function)(void *context, WCHAR *to, int room),
                   void *context)
{
    int count = function(context, NULL, 0), result = 0;
    WCHAR *buffer;

    if (!count)
        return 0;
    buffer = RtlAllocateHeap(process_heap(), 0, (SIZE_T)count * sizeof *buffer);
    if (!buffer)
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    count = function(context, buffer, count);
    if (count)
        result = WideCharToMultiByte(code_page, 0, buffer, count, to, room, NULL, NULL);
    RtlFreeHeap(process_heap(), 0, buffer);
    return result;
}
