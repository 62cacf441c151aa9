/*
 * The output engine of printf.c, compiled for narrow (T = char) and wide (T = WCHAR) formats.
 */

struct NAME(sink) {
    T *buffer;
    SIZE_T room, count; /* in characters; count goes on behind the end */
};

static void NAME(put)(struct NAME(sink) * sink, T c)
{
    if (sink->count < sink->room)
        sink->buffer[sink->count] = c;
    sink->count++;
}

static void NAME(pad)(struct NAME(sink) * sink, T c, int count)
{
    while (count-- > 0)
        NAME(put)(sink, c);
}

/* Text of `length` characters, narrow or wide, within the width. */
static void NAME(put_text)(struct NAME(sink) * sink, const struct spec *s, const void *text, BOOLEAN wide,
                           int length)
{
    if (!s->left)
        NAME(pad)(sink, s->zero ? '0' : ' ', s->width - length);
    for (int i = 0; i < length; i++) {
        WCHAR c = wide ? ((const WCHAR *)text)[i] : ((const unsigned char *)text)[i];
        NAME(put)(sink, (T)(sizeof(T) == 1 && c > 0xff ? '?' : c));
    }
    if (s->left)
        NAME(pad)(sink, ' ', s->width - length);
}

static void NAME(put_number)(struct NAME(sink) * sink, const struct spec *s, ULONGLONG value,
                             const char *sign, unsigned base, BOOLEAN upper)
{
    char digits[24];
    int count = 0, zeros, fill;

    for (; value; value /= base)
        digits[count++] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
    zeros = (s->precision < 0 ? 1 : s->precision) - count;
    if (zeros < 0)
        zeros = 0;
    if (base == 8 && s->alternate && !zeros)
        zeros = 1;
    fill = s->width - (int)strlen(sign) - zeros - count;
    BOOLEAN with_zeros = s->zero && !s->left && s->precision < 0;
    if (!s->left && !with_zeros)
        NAME(pad)(sink, ' ', fill);
    while (*sign)
        NAME(put)(sink, (unsigned char)*sign++);
    NAME(pad)(sink, '0', with_zeros && fill > 0 ? zeros + fill : zeros);
    while (count)
        NAME(put)(sink, digits[--count]);
    if (s->left)
        NAME(pad)(sink, ' ', fill);
}

static int NAME(parse_number)(const T **format)
{
    int value = 0;

    for (; **format >= '0' && **format <= '9'; ++*format)
        if (value < 100000000)
            value = value * 10 + (**format - '0');
    return value;
}

static const T *NAME(parse_spec)(const T *p, struct spec *s, va_list *arguments)
{
    *s = (struct spec){.precision = -1};
    for (;; p++) {
        if (*p == '-')
            s->left = TRUE;
        else if (*p == '+')
            s->plus = TRUE;
        else if (*p == ' ')
            s->space = TRUE;
        else if (*p == '#')
            s->alternate = TRUE;
        else if (*p == '0')
            s->zero = TRUE;
        else
            break;
    }
    if (*p == '*') {
        p++;
        s->width = va_arg(*arguments, int);
        if (s->width < 0) {
            s->left = TRUE;
            s->width = -s->width;
        }
    } else {
        s->width = NAME(parse_number)(&p);
    }
    if (*p == '.') {
        p++;
        if (*p == '*') {
            p++;
            s->precision = va_arg(*arguments, int);
        } else {
            s->precision = NAME(parse_number)(&p);
        }
    }
    for (;; p++) {
        if (*p == 'h')
            s->size = SIZE_SHORT;
        else if (*p == 'l')
            s->size = s->size == SIZE_LONG ? SIZE_64 : SIZE_LONG;
        else if (*p == 'w')
            s->size = SIZE_LONG;
        else if (*p == 'L')
            continue;
        else if (*p == 'I' && p[1] == '6' && p[2] == '4')
            s->size = SIZE_64, p += 2;
        else if (*p == 'I' && p[1] == '3' && p[2] == '2')
            p += 2;
        else if (*p == 'I' && sizeof(void *) == 8)
            s->size = SIZE_64;
        else if (*p != 'I')
            break;
    }
    return p;
}

static void NAME(put_string)(struct NAME(sink) * sink, struct spec *s, const void *text, BOOLEAN wide,
                             int length)
{
    if (!text) {
        text = "(null)";
        wide = FALSE;
        length = -1;
    }
    if (length < 0)
        for (length = 0; s->precision < 0 || length < s->precision; length++)
            if (wide ? !((const WCHAR *)text)[length] : !((const char *)text)[length])
                break;
    if (s->precision >= 0 && length > s->precision)
        length = s->precision;
    NAME(put_text)(sink, s, text, wide, length);
}

static void NAME(format)(struct NAME(sink) * sink, const T *p, va_list *arguments)
{
    struct spec s;

    for (; *p; p++) {
        if (*p != '%') {
            NAME(put)(sink, *p);
            continue;
        }
        p = NAME(parse_spec)(p + 1, &s, arguments);
        BOOLEAN wide = s.size == SIZE_LONG || (sizeof(T) == 2 && s.size != SIZE_SHORT);
        LONGLONG value;
        switch (*p) {
        case 0: return;
        case 'd':
        case 'i':
            value = s.size == SIZE_64 ? va_arg(*arguments, LONGLONG) : va_arg(*arguments, int);
            if (s.size == SIZE_SHORT)
                value = (short)value;
            NAME(put_number)
            (sink, &s, value < 0 ? 0 - (ULONGLONG)value : (ULONGLONG)value,
             value < 0 ? "-"
             : s.plus  ? "+"
             : s.space ? " "
                       : "",
             10, FALSE);
            break;
        case 'p':
            s.precision = 2 * (int)sizeof(void *);
            NAME(put_number)(sink, &s, (ULONG_PTR)va_arg(*arguments, void *), "", 16, TRUE);
            break;
        case 'o':
        case 'u':
        case 'x':
        case 'X':
            value = s.size == SIZE_64 ? va_arg(*arguments, LONGLONG)
                                      : (LONGLONG)va_arg(*arguments, unsigned int);
            if (s.size == SIZE_SHORT)
                value = (unsigned short)value;
            NAME(put_number)
            (sink, &s, (ULONGLONG)value,
             !s.alternate || !value ? ""
             : *p == 'x'            ? "0x"
             : *p == 'X'            ? "0X"
                                    : "",
             *p == 'u'   ? 10
             : *p == 'o' ? 8
                         : 16,
             *p == 'X');
            break;
        case 'C': wide = s.size == SIZE_LONG || (sizeof(T) == 1 && s.size != SIZE_SHORT); /* fallthrough */
        case 'c': {
            WCHAR c = (WCHAR)va_arg(*arguments, int);
            if (!wide)
                c &= 0xff;
            NAME(put_text)(sink, &s, &c, TRUE, 1);
            break;
        }
        case 'S': wide = s.size == SIZE_LONG || (sizeof(T) == 1 && s.size != SIZE_SHORT); /* fallthrough */
        case 's': NAME(put_string)(sink, &s, va_arg(*arguments, void *), wide, -1); break;
        case 'Z': { /* a counted string: ANSI, with `w` or `l` Unicode */
            const UNICODE_STRING *counted = va_arg(*arguments, void *);
            wide = s.size == SIZE_LONG;
            NAME(put_string)
            (sink, &s, counted ? counted->Buffer : NULL, wide,
             counted ? counted->Length / (wide ? (int)sizeof(WCHAR) : 1) : -1);
            break;
        }
        case 'n': *va_arg(*arguments, int *) = (int)sink->count; break;
        case 'a':
        case 'A':
        case 'e':
        case 'E':
        case 'f':
        case 'g':
        case 'G': /* there is no floating point in this runtime: the argument is skipped */
            (void)va_arg(*arguments, double);
            NAME(put)(sink, *p);
            break;
        default: NAME(put)(sink, *p);
        }
    }
}

/* Too long: -1; terminated where there is room for that, as the old functions do. */
static int NAME(run)(T *buffer, SIZE_T room, const T *format, va_list arguments)
{
    struct NAME(sink) sink = {buffer, buffer ? room : 0, 0};
    va_list copy;

    va_copy(copy, arguments);
    NAME(format)(&sink, format, &copy);
    va_end(copy);
    if (sink.count < sink.room)
        buffer[sink.count] = 0;
    return buffer && sink.count > room ? -1 : (int)sink.count;
}

/* Too long: nothing and -1, or with a smaller limit as much as that. */
static int NAME(run_secure)(T *buffer, SIZE_T size, SIZE_T limit, const T *format, va_list arguments)
{
    if (!buffer || !size || !format)
        return -1;
    SIZE_T room = limit < size ? limit : size - 1;
    int length = NAME(run)(buffer, room, format, arguments);
    if (length >= 0)
        buffer[length] = 0;
    else
        buffer[limit < size || limit == TRUNCATE ? room : 0] = 0;
    return length;
}
#undef T
#undef NAME
