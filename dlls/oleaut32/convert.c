/*
 * Conversions between the types of VARIANTs: numbers, booleans, currency, dates and text. Every source
 * becomes one of four values first (a whole number, a double, currency or text), and the target is made from
 * that, with halves rounded to even and what does not fit being DISP_E_OVERFLOW. DECIMAL is not converted.
 */
#include "oleaut32.h"
#include "convert.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define CURRENCY_SCALE 10000
#define FIRST_DAY      -657434.0 /* 1 January 100 */
#define LAST_DAY       2958465.0 /* 31 December 9999 */

/* ------------------------------------------------------------------ numbers */

static double round_even(double value)
{
    double whole = floor(value), part = value - whole;
    if (part > 0.5 || (part == 0.5 && fmod(whole, 2) != 0))
        whole += 1;
    return whole;
}

/* Exact, where a double would not be. */
static LONGLONG currency_to_whole(LONGLONG value)
{
    LONGLONG whole = value / CURRENCY_SCALE, rest = value % CURRENCY_SCALE;
    LONGLONG away = value < 0 ? -1 : 1, twice = rest * 2 * away;
    return twice > CURRENCY_SCALE || (twice == CURRENCY_SCALE && whole & 1) ? whole + away : whole;
}

HRESULT convert_to_integer(const struct value *from, LONGLONG low, ULONGLONG high, ULONGLONG *ret_value)
{
    if (from->kind == VALUE_CURRENCY) {
        LONGLONG whole = currency_to_whole(from->integer);
        struct value value = {VALUE_INTEGER, whole < 0, whole, 0, FALSE, FALSE};
        return convert_to_integer(&value, low, high, ret_value);
    }
    if (from->is_huge)
        return DISP_E_OVERFLOW;
    if (from->kind == VALUE_REAL) {
        double whole = round_even(from->real);
        if (!(whole >= (double)low && whole <= (double)high) || whole >= 18446744073709551616.0 ||
            (high == 0x7fffffffffffffff && whole >= 9223372036854775808.0))
            return DISP_E_OVERFLOW;
        *ret_value = whole < 0 ? (ULONGLONG)(LONGLONG)whole : (ULONGLONG)whole;
        return S_OK;
    }
    if (from->negative ? from->integer < low : (ULONGLONG)from->integer > high)
        return DISP_E_OVERFLOW;
    *ret_value = (ULONGLONG)from->integer;
    return S_OK;
}

double convert_to_real(const struct value *from)
{
    if (from->kind == VALUE_REAL)
        return from->real;
    if (from->kind == VALUE_CURRENCY)
        return (double)from->integer / CURRENCY_SCALE;
    return from->negative ? (double)from->integer : (double)(ULONGLONG)from->integer;
}

HRESULT convert_to_date(const struct value *from, double *ret_date)
{
    double date = convert_to_real(from);
    if (!(date > FIRST_DAY - 1 && date < LAST_DAY + 1))
        return DISP_E_OVERFLOW;
    *ret_date = date;
    return S_OK;
}

HRESULT convert_to_currency(const struct value *from, LONGLONG *ret_value)
{
    if (from->kind == VALUE_CURRENCY || from->is_exact) {
        *ret_value = from->integer;
        return S_OK;
    }
    if (from->kind == VALUE_REAL) {
        double scaled = round_even(from->real * CURRENCY_SCALE);
        if (!(scaled >= -9223372036854775808.0 && scaled < 9223372036854775808.0))
            return DISP_E_OVERFLOW;
        *ret_value = (LONGLONG)scaled;
        return S_OK;
    }
    if (from->negative ? from->integer < -922337203685477 : (ULONGLONG)from->integer > 922337203685477)
        return DISP_E_OVERFLOW;
    *ret_value = from->integer * CURRENCY_SCALE;
    return S_OK;
}

/* ------------------------------------------------------------------ text to numbers */

static WCHAR decimal_separator(LCID lcid, DWORD flags)
{
    WCHAR text[8];
    return GetLocaleInfoW(lcid, LOCALE_SDECIMAL | (flags & LOCALE_NOUSEROVERRIDE), text, 8) ? text[0] : '.';
}

static WCHAR thousands_separator(LCID lcid, DWORD flags)
{
    WCHAR text[8];
    return GetLocaleInfoW(lcid, LOCALE_STHOUSAND | (flags & LOCALE_NOUSEROVERRIDE), text, 8) ? text[0] : 0;
}

/* &H and &O prefixes, as in Visual Basic. */
static BOOL parse_prefixed(const WCHAR *text, struct value *ret_value)
{
    ULONG base = (text[1] | 32) == 'h' ? 16 : (text[1] | 32) == 'o' ? 8 : 0, digits = 0;
    ULONGLONG value = 0;

    for (text += 2; base && *text && *text != ' '; text++, digits++) {
        ULONG digit = *text >= '0' && *text <= '9' ? *text - '0' + 0u : (*text | 32) - 'a' + 10u;
        if (digit >= base || digits >= 16)
            return FALSE;
        value = value * base + digit;
    }
    while (*text == ' ')
        text++;
    *ret_value = (struct value){.kind = VALUE_INTEGER, .integer = (LONGLONG)value};
    return digits && !*text;
}

/* Digits with at most one point, times ten to the power of `places`, halves to even: FALSE if it does not
 * fit. */
static BOOL scaled_digits(const char *text, int places, ULONGLONG *ret_value)
{
    ULONGLONG value = 0;
    BOOL fraction = FALSE, beyond = FALSE;
    int half = 0; /* the first digit that is left out, doubled; one more if others follow */

    for (; *text; text++) {
        if (*text == '.') {
            fraction = TRUE;
            continue;
        }
        if (*text < '0' || *text > '9')
            return FALSE;
        ULONGLONG digit = (ULONGLONG)(*text - '0');
        if (fraction && places == 0) {
            if (!beyond)
                half = (int)digit * 2;
            else if (digit)
                half |= 1;
            beyond = TRUE;
            continue;
        }
        if (value > (0xffffffffffffffffull - digit) / 10)
            return FALSE;
        value = value * 10 + digit;
        places -= fraction;
    }
    for (; places > 0; places--) {
        if (value > 0xffffffffffffffffull / 10)
            return FALSE;
        value *= 10;
    }
    *ret_value = value + (half > 10 || (half == 10 && value & 1));
    return TRUE;
}

HRESULT convert_parse(const WCHAR *text, LCID lcid, DWORD flags, struct value *ret_value)
{
    char plain[400];
    int n = 0, digits = 0;
    BOOL negative = FALSE, real = FALSE;
    WCHAR point = decimal_separator(lcid, flags), group = thousands_separator(lcid, flags);

    if (!text)
        return DISP_E_TYPEMISMATCH;
    while (*text == ' ' || *text == '\t')
        text++;
    if (*text == '&')
        return parse_prefixed(text, ret_value) ? S_OK : DISP_E_TYPEMISMATCH;
    if (*text == '-' || *text == '+')
        negative = *text++ == '-';
    while (*text == ' ')
        text++;
    for (; *text && n < 380; text++) {
        if (*text >= '0' && *text <= '9') {
            plain[n++] = (char)*text;
            digits++;
        } else if (*text == point && !real) {
            plain[n++] = '.';
            real = TRUE;
        } else if (!(group && *text == group && digits && !real)) {
            break;
        }
    }
    if (digits && (*text | 32) == 'e') {
        real = TRUE;
        plain[n++] = 'e';
        text++;
        if (*text == '-' || *text == '+')
            plain[n++] = (char)*text++;
        if (*text < '0' || *text > '9')
            return DISP_E_TYPEMISMATCH;
        while (*text >= '0' && *text <= '9' && n < 390)
            plain[n++] = (char)*text++;
    }
    while (*text == ' ' || *text == '\t')
        text++;
    if (!digits || *text)
        return DISP_E_TYPEMISMATCH;
    plain[n] = 0;
    ULONGLONG whole;
    if (!real && scaled_digits(plain, 0, &whole) && (!negative || whole <= 1ull << 63)) {
        *ret_value = (struct value){
            VALUE_INTEGER, negative && whole, (LONGLONG)(negative ? 0 - whole : whole), 0, FALSE, FALSE};
        return S_OK;
    }
    double value = atof(plain);
    if (value > 1.7976931348623157e308)
        return DISP_E_OVERFLOW;
    *ret_value = (struct value){.kind = VALUE_REAL, .real = negative ? -value : value};
    ret_value->is_huge = !real;
    if (scaled_digits(plain, 4, &whole) && whole <= 0x7fffffffffffffffull + negative) {
        ret_value->is_exact = TRUE;
        ret_value->integer = (LONGLONG)(negative ? 0 - whole : whole);
    }
    return S_OK;
}

static BOOL is_word(const WCHAR *text, const WCHAR *word)
{
    return CompareStringW(LOCALE_INVARIANT, NORM_IGNORECASE, text, -1, word, -1) == CSTR_EQUAL;
}

HRESULT convert_parse_boolean(const WCHAR *text, LCID lcid, DWORD flags, VARIANT_BOOL *ret_value)
{
    struct value value;

    if (text && (is_word(text, L"True") || is_word(text, L"#TRUE#"))) {
        *ret_value = VARIANT_TRUE;
        return S_OK;
    }
    if (text && (is_word(text, L"False") || is_word(text, L"#FALSE#"))) {
        *ret_value = VARIANT_FALSE;
        return S_OK;
    }
    HRESULT result = convert_parse(text, lcid, flags, &value);
    if (SUCCEEDED(result))
        *ret_value = convert_to_real(&value) != 0 ? VARIANT_TRUE : VARIANT_FALSE;
    return result;
}

/* ------------------------------------------------------------------ numbers to text */

static HRESULT make_text(const char *text, LCID lcid, DWORD flags, BSTR *ret_text)
{
    WCHAR wide[400];
    int n = 0;
    for (; text[n]; n++)
        wide[n] = text[n] == '.' ? decimal_separator(lcid, flags) : (BYTE)text[n];
    *ret_text = SysAllocStringLen(wide, (UINT)n);
    return *ret_text ? S_OK : E_OUTOFMEMORY;
}

HRESULT convert_integer_text(LONGLONG value, BOOL negative, BSTR *ret_text)
{
    char text[24];
    int n = sizeof text - 1;
    ULONGLONG rest = negative ? 0 - (ULONGLONG)value : (ULONGLONG)value;

    text[n] = 0;
    do
        text[--n] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (negative)
        text[--n] = '-';
    return make_text(text + n, LOCALE_INVARIANT, 0, ret_text);
}

/* As Visual Basic writes it: 15 (or 7) significant digits, an exponent of at least two digits with E. */
HRESULT convert_real_text(double value, int digits, LCID lcid, DWORD flags, BSTR *ret_text)
{
    char text[64];

    _snprintf(text, sizeof text, "%.*G", digits, value == 0 ? 0.0 : value);
    text[sizeof text - 1] = 0;
    char *exponent = text;
    while (*exponent && *exponent != 'E')
        exponent++;
    if (exponent[0] && exponent[2] == '0' && exponent[3] &&
        exponent[4]) /* msvcrt's three digits become two */
        for (char *p = exponent + 2; (p[0] = p[1]) != 0; p++) {
        }
    return make_text(text, lcid, flags, ret_text);
}

HRESULT convert_currency_text(LONGLONG value, LCID lcid, DWORD flags, BSTR *ret_text)
{
    ULONGLONG rest = value < 0 ? 0 - (ULONGLONG)value : (ULONGLONG)value;
    char text[40];
    int n = _snprintf(text, sizeof text, "%s%I64u.%04u", value < 0 ? "-" : "", rest / CURRENCY_SCALE,
                      (unsigned)(rest % CURRENCY_SCALE));

    while (text[n - 1] == '0')
        n--;
    if (text[n - 1] == '.')
        n--;
    text[n] = 0;
    return make_text(text, lcid, flags, ret_text);
}

HRESULT convert_date_text(double date, LCID lcid, DWORD flags, BSTR *ret_text)
{
    SYSTEMTIME time;
    WCHAR text[200];
    int n = 0;
    DWORD options = flags & LOCALE_NOUSEROVERRIDE;

    if (!VariantTimeToSystemTime(date, &time))
        return E_INVALIDARG;
    BOOL has_time = time.wHour || time.wMinute || time.wSecond;
    LONG days = (LONG)date;
    if (!(flags & VAR_TIMEVALUEONLY) && (days || !has_time || flags & VAR_DATEVALUEONLY))
        n = GetDateFormatW(lcid, options | DATE_SHORTDATE, &time, NULL, text, 100) - 1;
    if (!(flags & VAR_DATEVALUEONLY) && (has_time || flags & VAR_TIMEVALUEONLY)) {
        if (n)
            text[n++] = ' ';
        n += GetTimeFormatW(lcid, options, &time, NULL, text + n, 100) - 1;
    }
    *ret_text = SysAllocStringLen(text, (UINT)n);
    return *ret_text ? S_OK : E_OUTOFMEMORY;
}

/* ------------------------------------------------------------------ the functions by name */

#define INTEGER(v)  ((struct value){VALUE_INTEGER, (v) < 0, (LONGLONG)(v), 0, FALSE, FALSE})
#define UNSIGNED(v) ((struct value){VALUE_INTEGER, FALSE, (LONGLONG)(v), 0, FALSE, FALSE})
#define REAL(v)     ((struct value){VALUE_REAL, FALSE, 0, (v), FALSE, FALSE})
#define CURRENCY(v) ((struct value){VALUE_CURRENCY, FALSE, (v).int64, 0, FALSE, FALSE})

#define TO_INTEGER(name, type, low, high, from, from_type, make)                                             \
    HRESULT WINAPI Var##name##From##from(from_type in, type *out)                                            \
    {                                                                                                        \
        struct value value = make(in);                                                                       \
        ULONGLONG whole;                                                                                     \
        HRESULT result = convert_to_integer(&value, low, high, &whole);                                      \
        if (SUCCEEDED(result))                                                                               \
            *out = (type)whole;                                                                              \
        return result;                                                                                       \
    }
#define TO_REAL(name, type, from, from_type, make)                                                           \
    HRESULT WINAPI Var##name##From##from(from_type in, type *out)                                            \
    {                                                                                                        \
        struct value value = make(in);                                                                       \
        *out = (type)convert_to_real(&value);                                                                \
        return S_OK;                                                                                         \
    }
#define TO_DATE(from, from_type, make)                                                                       \
    HRESULT WINAPI VarDateFrom##from(from_type in, DATE *out)                                                \
    {                                                                                                        \
        struct value value = make(in);                                                                       \
        return convert_to_date(&value, out);                                                                 \
    }
#define TO_BOOL(from, from_type, make)                                                                       \
    HRESULT WINAPI VarBoolFrom##from(from_type in, VARIANT_BOOL *out)                                        \
    {                                                                                                        \
        struct value value = make(in);                                                                       \
        *out = convert_to_real(&value) != 0 ? VARIANT_TRUE : VARIANT_FALSE;                                  \
        return S_OK;                                                                                         \
    }
#define TO_CURRENCY(from, from_type, make)                                                                   \
    HRESULT WINAPI VarCyFrom##from(from_type in, CY *out)                                                    \
    {                                                                                                        \
        struct value value = make(in);                                                                       \
        return convert_to_currency(&value, &out->int64);                                                     \
    }
#define FROM_STR(name, type, low, high)                                                                      \
    HRESULT WINAPI Var##name##FromStr(OLECHAR *in, LCID lcid, ULONG flags, type *out)                        \
    {                                                                                                        \
        struct value value;                                                                                  \
        ULONGLONG whole;                                                                                     \
        HRESULT result = convert_parse(in, lcid, flags, &value);                                             \
        if (SUCCEEDED(result))                                                                               \
            result = convert_to_integer(&value, low, high, &whole);                                          \
        if (SUCCEEDED(result))                                                                               \
            *out = (type)whole;                                                                              \
        return result;                                                                                       \
    }

/* clang-format off */
#define INTEGER_TARGETS(T, from, from_type, make)                                                            \
    T##_I1(from, from_type, make) T##_UI1(from, from_type, make) T##_I2(from, from_type, make)               \
    T##_UI2(from, from_type, make) T##_I4(from, from_type, make) T##_UI4(from, from_type, make)              \
    T##_I8(from, from_type, make) T##_UI8(from, from_type, make)
#define N_I1(f, t, m)  TO_INTEGER(I1, CHAR, -128, 127, f, t, m)
#define N_UI1(f, t, m) TO_INTEGER(UI1, BYTE, 0, 255, f, t, m)
#define N_I2(f, t, m)  TO_INTEGER(I2, SHORT, -32768, 32767, f, t, m)
#define N_UI2(f, t, m) TO_INTEGER(UI2, USHORT, 0, 65535, f, t, m)
#define N_I4(f, t, m)  TO_INTEGER(I4, LONG, -2147483647 - 1, 2147483647, f, t, m)
#define N_UI4(f, t, m) TO_INTEGER(UI4, ULONG, 0, 4294967295u, f, t, m)
#define N_I8(f, t, m)  TO_INTEGER(I8, LONG64, -9223372036854775807 - 1, 9223372036854775807, f, t, m)
#define N_UI8(f, t, m) TO_INTEGER(UI8, ULONG64, 0, 18446744073709551615u, f, t, m)
#define R_R4(f, t, m)  TO_REAL(R4, FLOAT, f, t, m)
#define R_R8(f, t, m)  TO_REAL(R8, DOUBLE, f, t, m)

/* Each source to everything but itself. */
N_UI1(I1, CHAR, INTEGER) N_I2(I1, CHAR, INTEGER) N_UI2(I1, CHAR, INTEGER)
N_I4(I1, CHAR, INTEGER) N_UI4(I1, CHAR, INTEGER) N_I8(I1, CHAR, INTEGER)
N_UI8(I1, CHAR, INTEGER) R_R4(I1, CHAR, INTEGER) R_R8(I1, CHAR, INTEGER)
TO_DATE(I1, CHAR, INTEGER) TO_BOOL(I1, CHAR, INTEGER) TO_CURRENCY(I1, CHAR, INTEGER)
N_I1(UI1, BYTE, UNSIGNED) N_I2(UI1, BYTE, UNSIGNED) N_UI2(UI1, BYTE, UNSIGNED) N_I4(UI1, BYTE, UNSIGNED)
N_UI4(UI1, BYTE, UNSIGNED) N_I8(UI1, BYTE, UNSIGNED) N_UI8(UI1, BYTE, UNSIGNED) R_R4(UI1, BYTE, UNSIGNED)
R_R8(UI1, BYTE, UNSIGNED) TO_DATE(UI1, BYTE, UNSIGNED) TO_BOOL(UI1, BYTE, UNSIGNED) TO_CURRENCY(UI1, BYTE, UNSIGNED)
N_I1(I2, SHORT, INTEGER) N_UI1(I2, SHORT, INTEGER) N_UI2(I2, SHORT, INTEGER) N_I4(I2, SHORT, INTEGER)
N_UI4(I2, SHORT, INTEGER) N_I8(I2, SHORT, INTEGER) N_UI8(I2, SHORT, INTEGER) R_R4(I2, SHORT, INTEGER)
R_R8(I2, SHORT, INTEGER) TO_DATE(I2, SHORT, INTEGER) TO_BOOL(I2, SHORT, INTEGER) TO_CURRENCY(I2, SHORT, INTEGER)
N_I1(UI2, USHORT, UNSIGNED) N_UI1(UI2, USHORT, UNSIGNED) N_I2(UI2, USHORT, UNSIGNED) N_I4(UI2, USHORT, UNSIGNED)
N_UI4(UI2, USHORT, UNSIGNED) N_I8(UI2, USHORT, UNSIGNED) N_UI8(UI2, USHORT, UNSIGNED) R_R4(UI2, USHORT, UNSIGNED)
R_R8(UI2, USHORT, UNSIGNED) TO_DATE(UI2, USHORT, UNSIGNED) TO_BOOL(UI2, USHORT, UNSIGNED)
TO_CURRENCY(UI2, USHORT, UNSIGNED)
N_I1(I4, LONG, INTEGER) N_UI1(I4, LONG, INTEGER) N_I2(I4, LONG, INTEGER) N_UI2(I4, LONG, INTEGER)
N_UI4(I4, LONG, INTEGER) N_UI8(I4, LONG, INTEGER) R_R4(I4, LONG, INTEGER)
R_R8(I4, LONG, INTEGER) TO_DATE(I4, LONG, INTEGER) TO_BOOL(I4, LONG, INTEGER) TO_CURRENCY(I4, LONG, INTEGER)
N_I1(UI4, ULONG, UNSIGNED) N_UI1(UI4, ULONG, UNSIGNED) N_I2(UI4, ULONG, UNSIGNED) N_UI2(UI4, ULONG, UNSIGNED)
N_I4(UI4, ULONG, UNSIGNED) N_I8(UI4, ULONG, UNSIGNED) N_UI8(UI4, ULONG, UNSIGNED) R_R4(UI4, ULONG, UNSIGNED)
R_R8(UI4, ULONG, UNSIGNED) TO_DATE(UI4, ULONG, UNSIGNED) TO_BOOL(UI4, ULONG, UNSIGNED) TO_CURRENCY(UI4, ULONG, UNSIGNED)
N_I1(I8, LONG64, INTEGER) N_UI1(I8, LONG64, INTEGER) N_I2(I8, LONG64, INTEGER) N_UI2(I8, LONG64, INTEGER)
N_I4(I8, LONG64, INTEGER) N_UI4(I8, LONG64, INTEGER) N_UI8(I8, LONG64, INTEGER) R_R4(I8, LONG64, INTEGER)
R_R8(I8, LONG64, INTEGER) TO_DATE(I8, LONG64, INTEGER) TO_BOOL(I8, LONG64, INTEGER) TO_CURRENCY(I8, LONG64, INTEGER)
N_I1(UI8, ULONG64, UNSIGNED) N_UI1(UI8, ULONG64, UNSIGNED) N_I2(UI8, ULONG64, UNSIGNED)
N_UI2(UI8, ULONG64, UNSIGNED) N_I4(UI8, ULONG64, UNSIGNED) N_UI4(UI8, ULONG64, UNSIGNED)
N_I8(UI8, ULONG64, UNSIGNED) R_R4(UI8, ULONG64, UNSIGNED) R_R8(UI8, ULONG64, UNSIGNED) TO_DATE(UI8, ULONG64, UNSIGNED)
TO_BOOL(UI8, ULONG64, UNSIGNED) TO_CURRENCY(UI8, ULONG64, UNSIGNED)
INTEGER_TARGETS(N, R4, FLOAT, REAL) R_R8(R4, FLOAT, REAL) TO_DATE(R4, FLOAT, REAL) TO_BOOL(R4, FLOAT, REAL)
TO_CURRENCY(R4, FLOAT, REAL)
INTEGER_TARGETS(N, R8, DOUBLE, REAL) TO_DATE(R8, DOUBLE, REAL) TO_BOOL(R8, DOUBLE, REAL) TO_CURRENCY(R8, DOUBLE, REAL)
INTEGER_TARGETS(N, Date, DATE, REAL) R_R4(Date, DATE, REAL) R_R8(Date, DATE, REAL) TO_BOOL(Date, DATE, REAL)
TO_CURRENCY(Date, DATE, REAL)
INTEGER_TARGETS(N, Cy, CY, CURRENCY) R_R4(Cy, CY, CURRENCY) R_R8(Cy, CY, CURRENCY) TO_DATE(Cy, CY, CURRENCY)
TO_BOOL(Cy, CY, CURRENCY)
N_I1(Bool, VARIANT_BOOL, INTEGER) N_I2(Bool, VARIANT_BOOL, INTEGER) N_I4(Bool, VARIANT_BOOL, INTEGER)
N_I8(Bool, VARIANT_BOOL, INTEGER) R_R4(Bool, VARIANT_BOOL, INTEGER) R_R8(Bool, VARIANT_BOOL, INTEGER)
TO_DATE(Bool, VARIANT_BOOL, INTEGER) TO_CURRENCY(Bool, VARIANT_BOOL, INTEGER)
FROM_STR(I1, CHAR, -128, 127) FROM_STR(UI1, BYTE, 0, 255) FROM_STR(I2, SHORT, -32768, 32767)
FROM_STR(UI2, USHORT, 0, 65535) FROM_STR(I4, LONG, -2147483647 - 1, 2147483647)
FROM_STR(UI4, ULONG, 0, 4294967295u) FROM_STR(I8, LONG64, -9223372036854775807 - 1, 9223372036854775807)
FROM_STR(UI8, ULONG64, 0, 18446744073709551615u)
    /* clang-format on */

    /* TRUE is all ones in the unsigned types, too. */
    HRESULT WINAPI VarUI1FromBool(VARIANT_BOOL in, BYTE *out)
{
    *out = (BYTE)in;
    return S_OK;
}

HRESULT WINAPI VarUI2FromBool(VARIANT_BOOL in, USHORT *out)
{
    *out = (USHORT)in;
    return S_OK;
}

HRESULT WINAPI VarUI4FromBool(VARIANT_BOOL in, ULONG *out)
{
    *out = (ULONG)in;
    return S_OK;
}

HRESULT WINAPI VarUI8FromBool(VARIANT_BOOL in, ULONG64 *out)
{
    *out = (ULONG64)in;
    return S_OK;
}

HRESULT WINAPI VarR4FromR8(DOUBLE in, FLOAT *out)
{
    if (in > 3.4028234663852886e38 || in < -3.4028234663852886e38)
        return DISP_E_OVERFLOW;
    *out = (FLOAT)in;
    return S_OK;
}

HRESULT WINAPI VarR8FromStr(OLECHAR *in, LCID lcid, ULONG flags, DOUBLE *out)
{
    struct value value;
    HRESULT result = convert_parse(in, lcid, flags, &value);
    if (SUCCEEDED(result))
        *out = convert_to_real(&value);
    return result;
}

HRESULT WINAPI VarR4FromStr(OLECHAR *in, LCID lcid, ULONG flags, FLOAT *out)
{
    DOUBLE value;
    HRESULT result = VarR8FromStr(in, lcid, flags, &value);
    return FAILED(result) ? result : VarR4FromR8(value, out);
}

HRESULT WINAPI VarCyFromStr(OLECHAR *in, LCID lcid, ULONG flags, CY *out)
{
    struct value value;
    HRESULT result = convert_parse(in, lcid, flags, &value);
    return FAILED(result) ? result : convert_to_currency(&value, &out->int64);
}

HRESULT WINAPI VarBoolFromStr(OLECHAR *in, LCID lcid, ULONG flags, VARIANT_BOOL *out)
{
    return convert_parse_boolean(in, lcid, flags, out);
}

#define BSTR_FROM(from, type, negative)                                                                      \
    HRESULT WINAPI VarBstrFrom##from(type in, LCID lcid, ULONG flags, BSTR *out)                             \
    {                                                                                                        \
        (void)lcid, (void)flags;                                                                             \
        return convert_integer_text((LONGLONG)in, negative, out);                                            \
    }
BSTR_FROM(I1, CHAR, in < 0)
BSTR_FROM(UI1, BYTE, FALSE)
BSTR_FROM(I2, SHORT, in < 0)
BSTR_FROM(UI2, USHORT, FALSE)
BSTR_FROM(I4, LONG, in < 0)
BSTR_FROM(UI4, ULONG, FALSE)
BSTR_FROM(I8, LONG64, in < 0)
BSTR_FROM(UI8, ULONG64, FALSE)

HRESULT WINAPI VarBstrFromR4(FLOAT in, LCID lcid, ULONG flags, BSTR *out)
{
    return convert_real_text(in, 7, lcid, flags, out);
}

HRESULT WINAPI VarBstrFromR8(DOUBLE in, LCID lcid, ULONG flags, BSTR *out)
{
    return convert_real_text(in, 15, lcid, flags, out);
}

HRESULT WINAPI VarBstrFromCy(CY in, LCID lcid, ULONG flags, BSTR *out)
{
    return convert_currency_text(in.int64, lcid, flags, out);
}

HRESULT WINAPI VarBstrFromDate(DATE in, LCID lcid, ULONG flags, BSTR *out)
{
    return convert_date_text(in, lcid, flags, out);
}

HRESULT WINAPI VarBstrFromBool(VARIANT_BOOL in, LCID lcid, ULONG flags, BSTR *out)
{
    (void)lcid, (void)flags;
    *out = SysAllocString(in ? L"True" : L"False");
    return *out ? S_OK : E_OUTOFMEMORY;
}
