/*
 * The output engine of the printf families: of the C runtimes, with locales, floating point and streams, and
 * of ntdll, with none of these. printf_spec.h comes before; printf_fields.h and this are compiled for narrow
 * and for wide formats. The result is NAME(format): how many characters were put, or -1.
 *
 * Both times the includer has T and OTHER (the two character types), WIDE (0 or 1), NAME(x) (the names of
 * functions), LENGTH(text), LENGTH_LIMITED(text, limit), and the functions below; with PRINTF_FLOATING also
 * NAME(floating) of crt/printf_floating.h.
 *
 * Once for all it has PRINTF_SINK (with `count` and `failed`), PRINTF_LOCALE, PRINTF_SINK_IS_FULL,
 * PRINTF_IS_TOO_LONG, PRINTF_ERROR (errno), PRINTF_INVALID (calls the handler), PRINTF_IS_STRICT (unknown
 * specifications are errors), PRINTF_MAY_COUNT (%n), PRINTF_HAS_CHAR_SIZE (hh), and the options
 * PRINTF_LEGACY_WIDE_SPECIFIERS and PRINTF_POSITIONAL (0: left out).
 */

static void NAME(put)(PRINTF_SINK *sink, const T *text, size_t count);

/* Up to 8 characters for one of the other width, of which *ret_taken units are taken; -1: there are none. */
static int NAME(convert)(T *out, const OTHER *text, size_t available, size_t *ret_taken, PRINTF_LOCALE l);

static void NAME(integer)(PRINTF_SINK *sink, struct spec *s, int64_t value)
{
    char digits[24];
    char prefix[4] = "";
    uint64_t u = (uint64_t)value;
    unsigned int base = 10;

    switch (s->size) {
    case SIZE_64: break;
    case SIZE_SHORT: u = s->is_signed ? (uint64_t)(int64_t)(short)value : (unsigned short)value; break;
    case SIZE_CHAR: u = s->is_signed ? (uint64_t)(int64_t)(signed char)value : (unsigned char)value; break;
    default: u = s->is_signed ? (uint64_t)(int64_t)(int)value : (unsigned int)value;
    }
    if (s->is_signed) {
        if ((int64_t)u < 0) {
            strcpy(prefix, "-");
            u = 0 - u;
        } else if (s->flags & FLAG_PLUS) {
            strcpy(prefix, "+");
        } else if (s->flags & FLAG_SPACE) {
            strcpy(prefix, " ");
        }
    }
    if (s->type == 'x' || s->type == 'X' || s->type == 'p') {
        base = 16;
        if (s->flags & FLAG_ALTERNATE && u)
            strcpy(prefix, s->type == 'x' ? "0x" : "0X");
    } else if (s->type == 'o') {
        base = 8;
    }
    int first = (int)sizeof digits;
    const char *all = s->type == 'x' ? "0123456789abcdef" : "0123456789ABCDEF";
    if (base == 10) {
        for (; u > 0xffffffffu; u /= 10)
            digits[--first] = (char)('0' + u % 10);
        for (uint32_t rest = (uint32_t)u; rest; rest /= 10)
            digits[--first] = (char)('0' + rest % 10);
    } else {
        for (int bits = base == 16 ? 4 : 3; u; u >>= bits)
            digits[--first] = all[u & (base - 1)];
    }
    int count = (int)sizeof digits - first;
    if (s->precision >= 0)
        s->flags &= ~FLAG_ZERO;
    else
        s->precision = 1;
    int zeros = s->precision > count ? s->precision - count : 0;
    if (base == 8 && s->flags & FLAG_ALTERNATE && !zeros)
        zeros = 1;
    NAME(number)(sink, s, prefix, zeros, digits + first, count);
}

/* Text of the other width, converted; false if it cannot be. A limit counts output characters. */
static bool NAME(put_converted)(PRINTF_SINK *sink, const struct spec *s, const OTHER *text, size_t length,
                                size_t limit, PRINTF_LOCALE l)
{
    size_t count = 0;

    for (int pass = 0; pass < 2; pass++) {
        size_t used = 0;
        if (pass && !(s->flags & FLAG_LEFT))
            NAME(pad)(sink, s->flags & FLAG_ZERO ? '0' : ' ', s->width - (int)count);
        for (size_t i = 0; used < limit && i < length && text[i];) {
            T characters[8];
            size_t taken;
            int n = NAME(convert)(characters, text + i, length - i, &taken, l);
            if (n < 0) {
                PRINTF_ERROR(EILSEQ);
                return false;
            }
            if ((size_t)n > limit - used)
                break;
            if (pass)
                NAME(put)(sink, characters, (size_t)n);
            used += (size_t)n;
            i += taken;
        }
        count = used;
    }
    if (s->flags & FLAG_LEFT)
        NAME(pad)(sink, ' ', s->width - (int)count);
    return true;
}

static int NAME(parse_number)(const T **format)
{
    unsigned int value = 0;

    for (; **format >= '0' && **format <= '9'; ++*format) {
        if (value > 200000000)
            return -1;
        value = value * 10 + (**format - '0');
    }
    return value > INT_MAX ? -1 : (int)value;
}

/* A "N$" at the format, or 0. */
static int NAME(parse_position)(const T **format)
{
    const T *p = *format;
    int value = NAME(parse_number)(&p);

    if (*p != '$' || value <= 0 || value > MAX_POSITIONAL)
        return 0;
    *format = p + 1;
    return value;
}

/* Reads a specification after the '%'; false if it is malformed. */
static bool NAME(parse_spec)(const T **format, struct spec *s, unsigned int options, bool positional)
{
    const T *p = *format;

    memset(s, 0, sizeof *s);
    s->precision = -1;
    if (positional)
        s->position = NAME(parse_position)(&p);
    for (;; p++) {
        if (*p == '-')
            s->flags |= FLAG_LEFT;
        else if (*p == '+')
            s->flags |= FLAG_PLUS;
        else if (*p == ' ')
            s->flags |= FLAG_SPACE;
        else if (*p == '#')
            s->flags |= FLAG_ALTERNATE;
        else if (*p == '0')
            s->flags |= FLAG_ZERO;
        else
            break;
    }
    if (*p == '*') {
        p++;
        s->width_argument = positional ? NAME(parse_position)(&p) : -1;
    } else {
        s->width = NAME(parse_number)(&p);
        if (s->width < 0)
            return false;
    }
    if (*p == '.') {
        p++;
        if (*p == '*') {
            p++;
            s->precision_argument = positional ? NAME(parse_position)(&p) : -1;
        } else {
            s->precision = NAME(parse_number)(&p);
            if (s->precision < 0)
                return false;
        }
    }
    for (;; p++) {
        if (*p == 'h') {
            if (p[1] == 'h') {
                p++;
                s->size = PRINTF_HAS_CHAR_SIZE ? SIZE_CHAR : SIZE_SHORT;
            } else {
                s->size = SIZE_SHORT;
            }
            s->text = TEXT_IS_NARROW;
        } else if (*p == 'l') {
            if (p[1] == 'l') {
                p++;
                s->size = SIZE_64;
            } else {
                s->size = sizeof(long) == 8 ? SIZE_64 : SIZE_LONG;
                s->text = TEXT_IS_WIDE;
            }
        } else if (*p == 'w') {
            s->text = TEXT_IS_WIDE;
        } else if (*p == 'L' || *p == 'F' ? *p == 'L' : *p == 'N') {
            ; /* long double is double; near and far mean nothing */
        } else if (*p == 'I' && p[1] == '6' && p[2] == '4') {
            p += 2;
            s->size = SIZE_64;
        } else if (*p == 'I' && p[1] == '3' && p[2] == '2') {
            p += 2;
            s->size = SIZE_LONG;
        } else if (*p == 'I' || *p == 'z' || *p == 't') {
            s->size = sizeof(void *) == 8 ? SIZE_64 : SIZE_LONG;
        } else if (*p == 'j') {
            s->size = SIZE_64;
        } else {
            break;
        }
    }
    s->type = *p;
    if (*p)
        p++;
    *format = p;
    switch (s->type) {
    case 'd':
    case 'i':
        s->is_signed = true;
        s->kind = s->size == SIZE_64 ? KIND_64 : KIND_32;
        break;
    case 'u':
    case 'x':
    case 'X':
    case 'o': s->kind = s->size == SIZE_64 ? KIND_64 : KIND_32; break;
    case 'p': s->kind = KIND_POINTER; break;
    case 'c':
    case 'C':
    case 's':
    case 'S': {
        bool opposite = s->type == 'C' || s->type == 'S';
        if (s->text == TEXT_DEFAULT)
#if WIDE
            s->text = !!(options & PRINTF_LEGACY_WIDE_SPECIFIERS) != opposite ? TEXT_IS_WIDE : TEXT_IS_NARROW;
        if (!(options & PRINTF_LEGACY_WIDE_SPECIFIERS) && opposite)
            s->text = TEXT_IS_WIDE;
#else
            s->text = opposite ? TEXT_IS_WIDE : TEXT_IS_NARROW;
#endif
        s->kind = s->type == 'c' || s->type == 'C' ? KIND_32 : KIND_POINTER;
        break;
    }
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A': s->kind = KIND_DOUBLE; break;
    case 'n':
    case 'Z': s->kind = KIND_POINTER; break;
    default: s->kind = KIND_NONE;
    }
    (void)options;
    return true;
}

#if PRINTF_POSITIONAL
/* Arguments by number, if the format has them so; false if it is malformed. */
static bool NAME(collect)(struct arguments *a, union value *values, const T *format, unsigned int options)
{
    unsigned char kinds[MAX_POSITIONAL + 1] = {0};
    int most = 0;

    while (*format) {
        if (*format++ != '%')
            continue;
        if (*format == '%') {
            format++;
            continue;
        }
        struct spec s;
        if (!NAME(parse_spec)(&format, &s, options, true))
            return false;
        if (!s.position) {
            if (a->values)
                return false; /* no mixing */
            return true;
        }
        a->values = values;
        if (s.width_argument > 0)
            kinds[s.width_argument] = KIND_32;
        if (s.precision_argument > 0)
            kinds[s.precision_argument] = KIND_32;
        if (kinds[s.position] && kinds[s.position] != s.kind)
            return false;
        kinds[s.position] = (unsigned char)s.kind;
        for (int i = most; i <= MAX_POSITIONAL; i++)
            if (kinds[i])
                most = i;
    }
    for (int i = 1; i <= most; i++) {
        if (!kinds[i])
            return false; /* a gap: its size is unknown */
        fetch(a, kinds[i], &values[i]);
    }
    return true;
}
#endif

static void NAME(put_character)(PRINTF_SINK *sink, const struct spec *s, int64_t value, PRINTF_LOCALE l)
{
    if ((s->text == TEXT_IS_WIDE) == WIDE) {
        T c = (T)value;
        NAME(put_text)(sink, s, &c, 1);
    } else {
        OTHER c = (OTHER)value;
        T characters[8];
        size_t taken;
        int n = NAME(convert)(characters, &c, 1, &taken, l);
        if (n >= 0) /* else it is no character: nothing is written */
            NAME(put_text)(sink, s, characters, (size_t)n);
    }
}

/* %s; false as for put_converted. */
static bool NAME(put_string)(PRINTF_SINK *sink, const struct spec *s, const void *text, PRINTF_LOCALE l)
{
    bool wide = s->text == TEXT_IS_WIDE;
    size_t limit = s->precision < 0 ? INT_MAX : (size_t)s->precision;
    if (!text) {
        wide = WIDE;
        text = WIDE ? (const void *)L"(null)" : (const void *)"(null)";
    }
    if (wide != WIDE)
        return NAME(put_converted)(sink, s, text, SIZE_MAX, limit, l);
    NAME(put_text)(sink, s, text, s->precision < 0 ? LENGTH(text) : LENGTH_LIMITED(text, limit));
    return true;
}

/* %Z: an ANSI_STRING or UNICODE_STRING. */
static bool NAME(put_counted)(PRINTF_SINK *sink, const struct spec *s, const void *string, PRINTF_LOCALE l)
{
    const struct {
        USHORT length, room;
        const void *text;
    } *counted = string;
    if (!counted || !counted->text)
        NAME(put_ascii)(sink, "(null)", 6);
    else if ((s->text == TEXT_IS_WIDE || s->size == SIZE_64) != WIDE)
        return NAME(put_converted)(sink, s, counted->text, counted->length / sizeof(OTHER), INT_MAX, l);
    else
        NAME(put_text)(sink, s, counted->text, counted->length / sizeof(T));
    return true;
}

static int NAME(format)(PRINTF_SINK *sink, unsigned int options, const T *format, PRINTF_LOCALE l,
                        va_list args)
{
    struct arguments a;

    va_copy(a.list, args);
    a.values = NULL;
#if PRINTF_POSITIONAL
    union value values[MAX_POSITIONAL + 1];
    if (options & PRINTF_POSITIONAL && !NAME(collect)(&a, values, format, options))
        goto invalid;
#endif
    while (*format && !sink->failed) {
        const T *start = format;
        while (*format && *format != '%')
            format++;
        if (format != start) {
            NAME(put)(sink, start, format - start);
            continue;
        }
        format++;
        if (*format == '%') {
            NAME(put)(sink, format++, 1);
            continue;
        }
        start = format;
        struct spec s;
        union value v = {.i64 = 0};
        if (!NAME(parse_spec)(&format, &s, options, a.values != NULL))
            goto invalid;
        fetch_stars(&a, &s);
        if (s.kind != KIND_NONE)
            v = argument(&a, s.position, s.kind);
        switch (s.type) {
        case 'd':
        case 'i':
        case 'u':
        case 'x':
        case 'X':
        case 'o': NAME(integer)(sink, &s, v.i64); break;
        case 'p':
            s.size = sizeof(void *) == 8 ? SIZE_64 : SIZE_LONG;
            s.precision = 2 * sizeof(void *);
            NAME(integer)(sink, &s, (int64_t)(uintptr_t)v.pointer);
            break;
        case 'c':
        case 'C': NAME(put_character)(sink, &s, v.i64, l); break;
        case 's':
        case 'S':
            if (!NAME(put_string)(sink, &s, v.pointer, l))
                goto fail;
            break;
        case 'Z':
            if (!NAME(put_counted)(sink, &s, v.pointer, l))
                goto fail;
            break;
        case 'n':
            if (!PRINTF_MAY_COUNT || !v.pointer)
                goto invalid;
            store_count(&s, v.pointer, sink->count);
            break;
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G':
        case 'a':
        case 'A':
#if PRINTF_FLOATING
            NAME(floating)(sink, &s, v.real, options, l);
            break;
#endif
            /* fall through */
        default:
            if (PRINTF_IS_STRICT(options))
                goto invalid;
            if (s.type) { /* unknown: written as it stands */
                T c = (T)s.type;
                NAME(put)(sink, &c, 1);
            }
        }
        if (PRINTF_IS_TOO_LONG(sink)) {
            PRINTF_ERROR(EOVERFLOW);
            goto fail;
        }
    }
    va_end(a.list);
    return sink->failed ? -1 : (int)sink->count;
invalid:
    PRINTF_ERROR(EINVAL);
    va_end(a.list);
    PRINTF_INVALID();
    return -1;
fail:
    va_end(a.list);
    return -1;
}

#undef T
#undef OTHER
#undef WIDE
#undef NAME
#undef LENGTH
#undef LENGTH_LIMITED
