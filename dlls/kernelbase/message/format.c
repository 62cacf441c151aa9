/*
 * One printf conversion; see format.h.
 */
#include "format.h"
#include <string.h>

void format_put(struct format_output *output, WCHAR c)
{
    if (output->used >= output->room && output->grows) {
        SIZE_T room = output->room ? output->room * 2 : 256;
        WCHAR *larger = RtlAllocateHeap(process_heap(), 0, room * sizeof *larger);

        if (!larger) {
            output->failed = TRUE;
            return;
        }
        if (output->text) {
            memcpy(larger, output->text, output->used * sizeof *larger);
            RtlFreeHeap(process_heap(), 0, output->text);
        }
        output->text = larger;
        output->room = room;
    }
    if (output->used < output->room)
        output->text[output->used++] = c;
}

static void pad(struct format_output *output, WCHAR c, int count)
{
    while (count-- > 0)
        format_put(output, c);
}

struct conversion {
    BOOL left, alternate, zero, plus, space;
    int width, precision; /* precision -1: none */
};

static void put_integer(struct format_output *output, const struct conversion *how, ULONGLONG value,
                        BOOL is_signed, UINT base, BOOL upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    WCHAR buffer[32], sign = 0;
    int count = 0, precision = how->precision, total;

    if (is_signed && (LONGLONG)value < 0) {
        sign = '-';
        value = 0 - value;
    } else if (is_signed && how->plus) {
        sign = '+';
    } else if (is_signed && how->space) {
        sign = ' ';
    }
    do
        buffer[count++] = (WCHAR)digits[value % base];
    while (value /= base);
    total = count + (sign != 0) + (how->alternate && base == 16 ? 2 : 0);
    if (precision < 0 && how->zero && !how->left)
        precision = how->width - (total - count);
    if (precision > count)
        total += precision - count;
    if (!how->left)
        pad(output, ' ', how->width - total);
    if (sign)
        format_put(output, sign);
    if (how->alternate && base == 16) {
        format_put(output, '0');
        format_put(output, upper ? 'X' : 'x');
    }
    pad(output, '0', precision - count);
    while (count)
        format_put(output, buffer[--count]);
    if (how->left)
        pad(output, ' ', how->width - total);
}

static void put_wide(struct format_output *output, const struct conversion *how, const WCHAR *text,
                     int length)
{
    if (!how->left)
        pad(output, how->zero ? '0' : ' ', how->width - length);
    for (int i = 0; i < length; i++)
        format_put(output, text[i]);
    if (how->left)
        pad(output, ' ', how->width - length);
}

static void put_narrow(struct format_output *output, const struct conversion *how, const char *text,
                       int length)
{
    struct nls_wide wide;

    if (!nls_wide_from_ansi(&wide, CP_ACP, text, length)) {
        output->failed = TRUE;
        return;
    }
    put_wide(output, how, wide.text, wide.length);
    nls_wide_free(&wide);
}

/* Strings need not be terminated where the precision ends them. */
static int narrow_length(const char *text, int precision)
{
    int length = 0;

    while ((precision < 0 || length < precision) && text[length])
        length++;
    return length;
}

static int wide_length(const WCHAR *text, int precision)
{
    int length = 0;

    while ((precision < 0 || length < precision) && text[length])
        length++;
    return length;
}

static int number(const WCHAR **position, struct format_arguments *arguments)
{
    int value = 0;

    if (**position == '*') {
        ++*position;
        return (int)arguments->next(arguments, FALSE);
    }
    for (; **position >= '0' && **position <= '9'; ++*position)
        value = value < 100000 ? value * 10 + (**position - '0') : value;
    return value;
}

BOOL format_conversion(struct format_output *output, const WCHAR **conversion, BOOL ansi,
                       struct format_arguments *arguments)
{
    struct conversion how = {.precision = -1};
    const WCHAR *p = *conversion;
    BOOL wide_integer = FALSE, is_long = FALSE, is_short = FALSE, narrow;
    ULONGLONG value;

    for (;; p++) {
        if (*p == '-')
            how.left = TRUE;
        else if (*p == '#')
            how.alternate = TRUE;
        else if (*p == '0')
            how.zero = TRUE;
        else if (*p == '+')
            how.plus = TRUE;
        else if (*p == ' ')
            how.space = TRUE;
        else
            break;
    }
    how.width = number(&p, arguments);
    if (how.width < 0) {
        how.left = TRUE;
        how.width = -how.width;
    }
    if (*p == '.') {
        p++;
        how.precision = number(&p, arguments);
    }
    for (;; p++) {
        if (*p == 'l' || *p == 'w') {
            if (*p == 'l' && is_long)
                wide_integer = TRUE;
            is_long = TRUE;
        } else if (*p == 'h') {
            is_short = TRUE;
        } else if (*p == 'I') {
            if (p[1] == '6' && p[2] == '4') {
                wide_integer = TRUE;
                p += 2;
            } else if (p[1] == '3' && p[2] == '2') {
                p += 2;
            } else {
                wide_integer = sizeof(void *) == 8;
            }
        } else {
            break;
        }
    }
    switch (*p) {
    case 'd':
    case 'i':
        value = arguments->next(arguments, wide_integer);
        if (!wide_integer)
            value = (ULONGLONG)(LONGLONG)(is_short ? (SHORT)value : (LONG)value);
        put_integer(output, &how, value, TRUE, 10, FALSE);
        break;
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        value = arguments->next(arguments, wide_integer);
        if (!wide_integer)
            value = is_short ? (USHORT)value : (ULONG)value;
        put_integer(output, &how, value, FALSE, *p == 'u' ? 10 : *p == 'o' ? 8 : 16, *p == 'X');
        break;
    case 'p':
        how.precision = sizeof(void *) * 2;
        put_integer(output, &how, arguments->next(arguments, sizeof(void *) == 8), FALSE, 16, TRUE);
        break;
    case 'c':
    case 'C':
        narrow = is_short || (!is_long && (*p == 'C' ? !ansi : ansi));
        value = arguments->next(arguments, FALSE);
        if (narrow) {
            char c = (char)value;

            put_narrow(output, &how, &c, 1);
        } else {
            WCHAR c = (WCHAR)value;

            put_wide(output, &how, &c, 1);
        }
        break;
    case 's':
    case 'S':
        narrow = is_short || (!is_long && (*p == 'S' ? !ansi : ansi));
        value = arguments->next(arguments, sizeof(void *) == 8);
        if (!value)
            put_wide(output, &how, L"(null)", wide_length(L"(null)", how.precision));
        else if (narrow)
            put_narrow(output, &how, (const char *)(ULONG_PTR)value,
                       narrow_length((const char *)(ULONG_PTR)value, how.precision));
        else
            put_wide(output, &how, (const WCHAR *)(ULONG_PTR)value,
                     wide_length((const WCHAR *)(ULONG_PTR)value, how.precision));
        break;
    default: return FALSE;
    }
    *conversion = p + 1;
    return TRUE;
}
