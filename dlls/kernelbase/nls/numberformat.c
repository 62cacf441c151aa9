/*
 * GetNumberFormat and GetCurrencyFormat.
 */
#include "locale.h"
#include <string.h>

/* A number's decimal digits taken apart: [-]digits[.digits]. */
struct parts {
    BOOL negative;
    const WCHAR *whole, *fraction;
    int whole_count, fraction_count;
};

static BOOL take_apart(const WCHAR *text, struct parts *parts)
{
    memset(parts, 0, sizeof *parts);
    if (*text == '-') {
        parts->negative = TRUE;
        text++;
    }
    parts->whole = text;
    while (*text >= '0' && *text <= '9')
        text++;
    parts->whole_count = (int)(text - parts->whole);
    if (*text == '.') {
        parts->fraction = ++text;
        while (*text >= '0' && *text <= '9')
            text++;
        parts->fraction_count = (int)(text - parts->fraction);
    }
    return !*text && parts->whole_count + parts->fraction_count > 0;
}

/* Groups as in NUMBERFMT: 3 thousands, 32 Indian, 0 none, 30 once only. */
struct style {
    UINT digits, leading_zero, grouping;
    const WCHAR *decimal, *thousand;
};

/* The digits rounded to style->digits places, grouped; *ret_zero: nothing but zeros is left. In heap
 * memory. */
static WCHAR *format_digits(const struct parts *parts, const struct style *style, BOOL *ret_zero)
{
    int whole = parts->whole_count, places = (int)style->digits, count = 0, first, sizes[10], groups = 0;
    int capacity = whole + places + 4;
    int thousand_length = lstrlenW(style->thousand), decimal_length = lstrlenW(style->decimal);
    WCHAR *digits = RtlAllocateHeap(process_heap(), 0, (SIZE_T)capacity * sizeof *digits);
    WCHAR *text, *out;
    UINT grouping = style->grouping;
    BOOL carry, repeat = TRUE;

    *ret_zero = TRUE;
    if (!digits)
        return NULL;
    digits[count++] = '0'; /* room for a carry */
    for (int i = 0; i < whole; i++)
        digits[count++] = parts->whole[i];
    for (int i = 0; i < places; i++)
        digits[count++] = i < parts->fraction_count ? parts->fraction[i] : '0';
    carry = places < parts->fraction_count && parts->fraction[places] >= '5';
    for (int i = count - 1; carry && i >= 0; i--) {
        carry = digits[i] == '9';
        digits[i] = carry ? '0' : digits[i] + 1;
    }
    for (int i = 0; i < count; i++)
        if (digits[i] != '0')
            *ret_zero = FALSE;
    whole = count - places;
    for (first = 0; first < whole && digits[first] == '0'; first++)
        ;

    if (grouping % 10 == 0 && grouping) { /* a trailing zero: the last size is not repeated */
        repeat = FALSE;
        grouping /= 10;
    }
    for (; grouping && groups < 9; grouping /= 10)
        sizes[groups++] = (int)(grouping % 10);
    /* The digits of `grouping` from the left are the groups from the right. */
    for (int i = 0; i < groups / 2; i++) {
        int size = sizes[i];

        sizes[i] = sizes[groups - 1 - i];
        sizes[groups - 1 - i] = size;
    }
    text = RtlAllocateHeap(process_heap(), 0,
                           (SIZE_T)(count + 2 + (count + 1) * thousand_length + decimal_length) *
                               sizeof *text);
    if (!text) {
        RtlFreeHeap(process_heap(), 0, digits);
        return NULL;
    }
    out = text;
    if (first == whole && style->leading_zero)
        *out++ = '0';
    for (int i = first; i < whole; i++) {
        int left = whole - i, at = 0, group = 0;

        *out++ = digits[i];
        /* Is there a separator with `left - 1` digits still to come? */
        while (groups && at < left - 1) {
            int size = group < groups ? sizes[group] : repeat ? sizes[groups - 1] : 0;

            if (!size)
                break;
            at += size;
            group++;
        }
        if (groups && at == left - 1 && left > 1) {
            memcpy(out, style->thousand, (SIZE_T)thousand_length * sizeof *out);
            out += thousand_length;
        }
    }
    if (places) {
        memcpy(out, style->decimal, (SIZE_T)decimal_length * sizeof *out);
        out += decimal_length;
        for (int i = whole; i < count; i++)
            *out++ = digits[i];
    }
    *out = 0;
    RtlFreeHeap(process_heap(), 0, digits);
    return text;
}

/* "3;2;0" as NUMBERFMT has it: 32; "3;0": 3; "3": 30. */
static UINT grouping_number(const WCHAR *text)
{
    UINT value = 0;
    BOOL repeats = FALSE;

    for (; *text; text++) {
        if (*text == '0') {
            repeats = TRUE;
            break;
        }
        if (*text >= '1' && *text <= '9')
            value = value * 10 + (UINT)(*text - '0');
    }
    return value && !repeats ? value * 10 : value;
}

/* Writes a pattern: n the number, $ the symbol, - the negative sign; the rest as it is. */
static int put_pattern(const char *pattern, const WCHAR *number, const WCHAR *symbol, const WCHAR *negative,
                       WCHAR *to, int room)
{
    struct locale_output output = {room ? to : NULL, room, 0};

    for (; *pattern; pattern++) {
        if (*pattern == 'n')
            locale_puts(&output, number);
        else if (*pattern == '$')
            locale_puts(&output, symbol);
        else if (*pattern == '-')
            locale_puts(&output, negative);
        else
            locale_put(&output, (WCHAR)*pattern);
    }
    return locale_finish(&output);
}

static int number_format(const struct nls_locale *locale, DWORD flags, const WCHAR *value,
                         const NUMBERFMTW *format, WCHAR *to, int room)
{
    static const char *const negative[] = {"(n)", "-n", "- n", "n-", "n -"};
    BOOL original = (flags & LOCALE_NOUSEROVERRIDE) != 0, zero;
    struct style style;
    struct parts parts;
    WCHAR *digits;
    UINT order;
    int result;

    if (!locale)
        return 0;
    if (room < 0 || (room && !to) || !value || !take_apart(value, &parts))
        return fail(ERROR_INVALID_PARAMETER);
    if ((flags & ~(DWORD)(LOCALE_NOUSEROVERRIDE | LOCALE_USE_CP_ACP)) || (format && flags))
        return fail(ERROR_INVALID_FLAGS);
    if (format) {
        if (!format->lpDecimalSep || !format->lpThousandSep || format->NumDigits > 99 ||
            format->LeadingZero > 1 || format->NegativeOrder > 4)
            return fail(ERROR_INVALID_PARAMETER);
        style = (struct style){format->NumDigits, format->LeadingZero, format->Grouping, format->lpDecimalSep,
                               format->lpThousandSep};
        order = format->NegativeOrder;
    } else {
        style = (struct style){locale_number(locale, FIELD_DIGITS, original),
                               locale_number(locale, FIELD_LEADING_ZERO, original),
                               grouping_number(locale_text(locale, FIELD_GROUPING, original)),
                               locale_text(locale, FIELD_DECIMAL, original),
                               locale_text(locale, FIELD_THOUSAND, original)};
        order = locale_number(locale, FIELD_NEGATIVE_NUMBER, original);
    }
    digits = format_digits(&parts, &style, &zero);
    if (!digits)
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    result = put_pattern(parts.negative && !zero && order < 5 ? negative[order] : "n", digits, L"",
                         locale_text(locale, FIELD_NEGATIVE, original), to, room);
    RtlFreeHeap(process_heap(), 0, digits);
    return result;
}

static int currency_format(const struct nls_locale *locale, DWORD flags, const WCHAR *value,
                           const CURRENCYFMTW *format, WCHAR *to, int room)
{
    static const char *const positives[] = {"$n", "n$", "$ n", "n $"};
    static const char *const negatives[] = {"($n)", "-$n",  "$-n",  "$n-",  "(n$)", "-n$",  "n-$",   "n$-",
                                            "-n $", "-$ n", "n $-", "$ n-", "$ -n", "n- $", "($ n)", "(n $)"};
    BOOL original = (flags & LOCALE_NOUSEROVERRIDE) != 0, zero;
    UINT positive, negative;
    const WCHAR *symbol;
    struct style style;
    struct parts parts;
    WCHAR *digits;
    int result;

    if (!locale)
        return 0;
    if (room < 0 || (room && !to) || !value || !take_apart(value, &parts))
        return fail(ERROR_INVALID_PARAMETER);
    if ((flags & ~(DWORD)(LOCALE_NOUSEROVERRIDE | LOCALE_USE_CP_ACP)) || (format && flags))
        return fail(ERROR_INVALID_FLAGS);
    if (format) {
        if (!format->lpDecimalSep || !format->lpThousandSep || !format->lpCurrencySymbol ||
            format->NumDigits > 99 || format->LeadingZero > 1 || format->NegativeOrder > 15 ||
            format->PositiveOrder > 3)
            return fail(ERROR_INVALID_PARAMETER);
        style = (struct style){format->NumDigits, format->LeadingZero, format->Grouping, format->lpDecimalSep,
                               format->lpThousandSep};
        symbol = format->lpCurrencySymbol;
        positive = format->PositiveOrder;
        negative = format->NegativeOrder;
    } else {
        style = (struct style){locale_number(locale, FIELD_CURRENCY_DIGITS, original),
                               locale_number(locale, FIELD_LEADING_ZERO, original),
                               grouping_number(locale_text(locale, FIELD_MON_GROUPING, original)),
                               locale_text(locale, FIELD_MON_DECIMAL, original),
                               locale_text(locale, FIELD_MON_THOUSAND, original)};
        symbol = locale_text(locale, FIELD_CURRENCY, original);
        positive = locale_number(locale, FIELD_CURRENCY_MODE, original) & 3;
        negative = locale_number(locale, FIELD_NEGATIVE_CURRENCY, original) & 15;
    }
    digits = format_digits(&parts, &style, &zero);
    if (!digits)
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    result = put_pattern(parts.negative && !zero ? negatives[negative] : positives[positive], digits, symbol,
                         locale_text(locale, FIELD_NEGATIVE, original), to, room);
    RtlFreeHeap(process_heap(), 0, digits);
    return result;
}

int WINAPI GetNumberFormatEx(LPCWSTR name, DWORD flags, LPCWSTR value, const NUMBERFMTW *format, LPWSTR to,
                             int room)
{
    return number_format(locale_by_name(name), flags, value, format, to, room);
}

int WINAPI GetNumberFormatW(LCID lcid, DWORD flags, LPCWSTR value, const NUMBERFMTW *format, LPWSTR to,
                            int room)
{
    return number_format(locale_by_id(lcid), flags, value, format, to, room);
}

int WINAPI GetCurrencyFormatEx(LPCWSTR name, DWORD flags, LPCWSTR value, const CURRENCYFMTW *format,
                               LPWSTR to, int room)
{
    return currency_format(locale_by_name(name), flags, value, format, to, room);
}

int WINAPI GetCurrencyFormatW(LCID lcid, DWORD flags, LPCWSTR value, const CURRENCYFMTW *format, LPWSTR to,
                              int room)
{
    return currency_format(locale_by_id(lcid), flags, value, format, to, room);
}

/* ---- ANSI */

struct ansi_call {
    LCID lcid;
    DWORD flags;
    const WCHAR *value;
    const NUMBERFMTW *number;
    const CURRENCYFMTW *currency;
};

static int call_number(void *context, WCHAR *to, int room)
{
    struct ansi_call *call = context;

    return GetNumberFormatW(call->lcid, call->flags, call->value, call->number, to, room);
}

static int call_currency(void *context, WCHAR *to, int room)
{
    struct ansi_call *call = context;

    return GetCurrencyFormatW(call->lcid, call->flags, call->value, call->currency, to, room);
}

int WINAPI GetNumberFormatA(LCID lcid, DWORD flags, LPCSTR value, const NUMBERFMTA *format, LPSTR to,
                            int room)
{
    UINT code_page = nls_locale_code_page(lcid, flags);
    struct nls_wide wide, decimal = {0}, thousand = {0};
    struct ansi_call call = {lcid, flags, NULL, NULL, NULL};
    NUMBERFMTW copy;
    int result = 0;

    if (room < 0 || (room && !to) || !value)
        return fail(ERROR_INVALID_PARAMETER);
    if (!nls_wide_from_ansi(&wide, code_page, value, -1))
        return 0;
    if (!format || (nls_wide_from_ansi(&decimal, code_page, format->lpDecimalSep, -1) &&
                    nls_wide_from_ansi(&thousand, code_page, format->lpThousandSep, -1))) {
        if (format) {
            copy = (NUMBERFMTW){format->NumDigits, format->LeadingZero, format->Grouping,
                                decimal.text,      thousand.text,       format->NegativeOrder};
            call.number = &copy;
        }
        call.value = wide.text;
        result = locale_to_ansi(code_page, to, room, call_number, &call);
    }
    nls_wide_free(&decimal);
    nls_wide_free(&thousand);
    nls_wide_free(&wide);
    return result;
}

int WINAPI GetCurrencyFormatA(LCID lcid, DWORD flags, LPCSTR value, const CURRENCYFMTA *format, LPSTR to,
                              int room)
{
    UINT code_page = nls_locale_code_page(lcid, flags);
    struct nls_wide wide, decimal = {0}, thousand = {0}, symbol = {0};
    struct ansi_call call = {lcid, flags, NULL, NULL, NULL};
    CURRENCYFMTW copy;
    int result = 0;

    if (room < 0 || (room && !to) || !value)
        return fail(ERROR_INVALID_PARAMETER);
    if (!nls_wide_from_ansi(&wide, code_page, value, -1))
        return 0;
    if (!format || (nls_wide_from_ansi(&decimal, code_page, format->lpDecimalSep, -1) &&
                    nls_wide_from_ansi(&thousand, code_page, format->lpThousandSep, -1) &&
                    nls_wide_from_ansi(&symbol, code_page, format->lpCurrencySymbol, -1))) {
        if (format) {
            copy = (CURRENCYFMTW){format->NumDigits,     format->LeadingZero, format->Grouping,
                                  decimal.text,          thousand.text,       format->NegativeOrder,
                                  format->PositiveOrder, symbol.text};
            call.currency = &copy;
        }
        call.value = wide.text;
        result = locale_to_ansi(code_page, to, room, call_currency, &call);
    }
    nls_wide_free(&decimal);
    nls_wide_free(&thousand);
    nls_wide_free(&symbol);
    nls_wide_free(&wide);
    return result;
}
