/*
 * The output engine, compiled for narrow (T = char) and wide (T = wchar_t) formats. WIDE says which;
 * NAME(x) makes the function names. Values are formatted into narrow ASCII first and widened on the way out.
 */

static void NAME(put)(struct crt_sink *sink, const T *text, size_t count)
{
    if (sink->file) {
#if WIDE
        for (size_t i = 0; i < count && !sink->failed; i++)
            sink->failed = crt_putwc(text[i], sink->file) == WEOF && text[i] != WEOF;
#else
        if (crt_write_stream(text, count, sink->file) != count)
            sink->failed = true;
#endif
    } else if (sink->count < sink->size) {
        size_t room = sink->size - sink->count;
        memcpy((T *)sink->buffer + sink->count, text, (count < room ? count : room) * sizeof(T));
    }
    sink->count += count;
}

static void NAME(pad)(struct crt_sink *sink, T c, int count)
{
    T chunk[32];

    if (count <= 0)
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(chunk); i++)
        chunk[i] = c;
    if (!sink->file && sink->count >= sink->size) {
        sink->count += count;
        return;
    }
    for (; count > 0; count -= (int)ARRAY_LENGTH(chunk))
        NAME(put)(sink, chunk, count < (int)ARRAY_LENGTH(chunk) ? (size_t)count : ARRAY_LENGTH(chunk));
}

/* ASCII in the output's width. */
static void NAME(put_ascii)(struct crt_sink *sink, const char *text, int count)
{
#if WIDE
    wchar_t chunk[64];
    while (count > 0) {
        int n = count < 64 ? count : 64;
        for (int i = 0; i < n; i++)
            chunk[i] = (unsigned char)text[i];
        NAME(put)(sink, chunk, n);
        text += n;
        count -= n;
    }
#else
    NAME(put)(sink, text, count);
#endif
}

/* A number: sign or prefix, zeros, digits, within the width. */
static void NAME(number)(struct crt_sink *sink, const struct spec *s, const char *prefix, int zeros,
                         const char *digits, int count)
{
    int prefix_length = (int)strlen(prefix), fill = s->width - prefix_length - zeros - count;

    if (!(s->flags & (FLAG_LEFT | FLAG_ZERO)))
        NAME(pad)(sink, ' ', fill);
    NAME(put_ascii)(sink, prefix, prefix_length);
    if (s->flags & FLAG_ZERO && !(s->flags & FLAG_LEFT))
        NAME(pad)(sink, '0', fill);
    NAME(pad)(sink, '0', zeros);
    NAME(put_ascii)(sink, digits, count);
    if (s->flags & FLAG_LEFT)
        NAME(pad)(sink, ' ', fill);
}

static void NAME(integer)(struct crt_sink *sink, struct spec *s, int64_t value)
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
    int count = u ? crt_utoa(u, digits, base) : 0;
    if (base == 16 && s->type != 'x')
        for (int i = 0; i < count; i++)
            if (digits[i] >= 'a')
                digits[i] -= 32;
    if (s->precision >= 0)
        s->flags &= ~FLAG_ZERO;
    else
        s->precision = 1;
    int zeros = s->precision > count ? s->precision - count : 0;
    if (base == 8 && s->flags & FLAG_ALTERNATE && !zeros)
        zeros = 1;
    NAME(number)(sink, s, prefix, zeros, digits, count);
}

/* Digits with a point; value = 0.DIGITS * 10^point. */
static void NAME(fixed)(struct crt_sink *sink, const char *digits, int count, int point, int places, bool dot,
                        const char *decimal)
{
    if (point <= 0) {
        NAME(pad)(sink, '0', 1);
    } else {
        int n = point < count ? point : count;
        NAME(put_ascii)(sink, digits, n);
        NAME(pad)(sink, '0', point - n);
        digits += n;
        count -= n;
    }
    if (places > 0 || dot)
        NAME(put_ascii)(sink, decimal, 1);
    if (places > 0) {
        int zeros = point < 0 ? -point : 0;
        if (zeros > places)
            zeros = places;
        NAME(pad)(sink, '0', zeros);
        places -= zeros;
        int n = count < places ? count : places;
        NAME(put_ascii)(sink, digits, n);
        NAME(pad)(sink, '0', places - n);
    }
}

static void NAME(floating)(struct crt_sink *sink, struct spec *s, double value, unsigned int options,
                           const char *decimal)
{
    union {
        double value;
        uint64_t bits;
    } u = {.value = value};
    char prefix[4] = "", digits[1200], tail[16] = "";
    const char *text = NULL;
    int count, point, precision = s->precision, lower = s->type | 32, tail_length = 0;
    bool upper = s->type < 'a', special = false;

    if (u.bits >> 63) {
        strcpy(prefix, "-");
        u.bits &= ~(1ull << 63);
        value = u.value;
    } else if (s->flags & FLAG_PLUS) {
        strcpy(prefix, "+");
    } else if (s->flags & FLAG_SPACE) {
        strcpy(prefix, " ");
    }
    if (u.bits >= 0x7ffull << 52) {
        uint64_t fraction = u.bits & 0xfffffffffffffull;
        bool indefinite = fraction == 1ull << 51 && *prefix == '-', signaling = fraction && !(fraction >> 51);
        if (!(options & PRINTF_MSVCRT_TEXTS)) {
            text = !fraction ? "inf" : indefinite ? "nan(ind)" : signaling ? "nan(snan)" : "nan";
            count = (int)strlen(text);
            for (int i = 0; i <= count; i++)
                digits[i] = upper && text[i] >= 'a' ? text[i] - 32 : text[i];
            s->flags &= ~FLAG_ZERO;
            NAME(number)(sink, s, prefix, 0, digits, count);
            return;
        }
        /* The older runtime treats these letters as if they were digits, rounding included. */
        strcpy(digits, !fraction ? "1#INF" : indefinite ? "1#IND" : signaling ? "1#SNAN" : "1#QNAN");
        count = (int)strlen(digits);
        special = true;
    }
    if (lower == 'a') {
        if (special) {
            lower = 'f';
            if (precision < 0)
                precision = 13;
        } else {
            int exponent = (int)(u.bits >> 52), lead = exponent != 0;
            uint64_t m = u.bits & 0xfffffffffffffull;
            if (precision < 0)
                precision = 13;
            exponent = u.bits ? (lead ? exponent - 1023 : -1022) : 0;
            m |= (uint64_t)lead << 52;
            if (precision < 13) {
                int drop = 52 - 4 * precision;
                uint64_t half = 1ull << (drop - 1), low = m & ((1ull << drop) - 1);
                m >>= drop;
                if (low > half || (low == half && (!CRT_UCRT || m & 1)))
                    m++;
                m <<= drop;
            }
            strcpy(prefix + strlen(prefix), upper ? "0X" : "0x");
            digits[0] = (char)('0' + (m >> 52));
            count = 1;
            if (precision > 0 || s->flags & FLAG_ALTERNATE)
                digits[count++] = *decimal;
            for (int i = 0; i < precision && i < 13; i++)
                digits[count++] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[m >> (48 - 4 * i) & 15];
            char exponent_text[8];
            int n = _snprintf(exponent_text, sizeof exponent_text, "%c%+d", upper ? 'P' : 'p', exponent);
            int zeros = precision > 13 ? precision - 13 : 0,
                fill = s->width - (int)strlen(prefix) - count - zeros - n;
            if (!(s->flags & (FLAG_LEFT | FLAG_ZERO)))
                NAME(pad)(sink, ' ', fill);
            NAME(put_ascii)(sink, prefix, (int)strlen(prefix));
            if (s->flags & FLAG_ZERO && !(s->flags & FLAG_LEFT))
                NAME(pad)(sink, '0', fill);
            NAME(put_ascii)(sink, digits, count);
            NAME(pad)(sink, '0', zeros);
            NAME(put_ascii)(sink, exponent_text, n);
            if (s->flags & FLAG_LEFT)
                NAME(pad)(sink, ' ', fill);
            return;
        }
    }
    if (precision < 0)
        precision = 6;
    if (lower == 'g' && !precision)
        precision = 1;
    int wanted = lower == 'f' ? precision : lower == 'e' ? precision + 1 : precision;
    if (special) {
        int keep = lower == 'f' ? precision + 1 : wanted;
        point = 1;
        if (keep < count) {
            if (digits[keep] >= '5')
                digits[keep - 1]++;
            count = keep;
        }
    } else {
        point = crt_fp_digits(value, lower == 'f' ? 'f' : 'e', wanted, digits, &count);
    }
    bool exponential = lower == 'e', zero = !count;
    if (zero)
        point = 1;
    if (lower == 'g') {
        exponential = point - 1 < -4 || point - 1 >= precision;
        if (s->flags & FLAG_ALTERNATE)
            precision = exponential ? precision - 1 : precision - point;
        else if (exponential)
            precision = count > 1 ? count - 1 : 0;
        else
            precision = count > point ? count - point : 0;
        if (zero)
            precision = s->flags & FLAG_ALTERNATE ? wanted - 1 : 0;
    }
    bool dot = s->flags & FLAG_ALTERNATE;
    int length, exponent = point - 1;
    if (zero) {
        digits[0] = '0';
        count = 1;
    }
    if (exponential) {
        tail[0] = upper ? 'E' : 'e';
        tail[1] = exponent < 0 ? '-' : '+';
        int e = exponent < 0 ? -exponent : exponent;
        tail_length = 2;
        if (e >= 100 || options & PRINTF_LEGACY_THREE_DIGIT_EXPONENTS)
            tail[tail_length++] = (char)('0' + e / 100);
        tail[tail_length++] = (char)('0' + e / 10 % 10);
        tail[tail_length++] = (char)('0' + e % 10);
        point = 1;
    }
    length = (point > 0 ? point : 1) + (precision > 0 ? 1 + precision : dot) + tail_length;
    int fill = s->width - (int)strlen(prefix) - length;
    if (!(s->flags & (FLAG_LEFT | FLAG_ZERO)))
        NAME(pad)(sink, ' ', fill);
    NAME(put_ascii)(sink, prefix, (int)strlen(prefix));
    if (s->flags & FLAG_ZERO && !(s->flags & FLAG_LEFT))
        NAME(pad)(sink, '0', fill);
    NAME(fixed)(sink, digits, count, point, precision, dot, decimal);
    NAME(put_ascii)(sink, tail, tail_length);
    if (s->flags & FLAG_LEFT)
        NAME(pad)(sink, ' ', fill);
}

/* Text of the other width, converted; false with EILSEQ. A limit counts output characters. */
static bool NAME(put_converted)(struct crt_sink *sink, const struct spec *s, const void *text, int limit,
                                crt_locale_t l)
{
    int count = 0;

#if WIDE
    const char *p = text;
    for (int pass = 0; pass < 2; pass++) {
        int used = 0;
        if (pass && !(s->flags & FLAG_LEFT))
            NAME(pad)(sink, s->flags & FLAG_ZERO ? '0' : ' ', s->width - count);
        for (const char *q = p; used < limit && *q;) {
            wchar_t c;
            int n = crt_mbtowc(&c, q, crt_locale_of(l)->mb_cur_max, l);
            if (n <= 0) {
                errno = EILSEQ;
                return false;
            }
            if (pass)
                NAME(put)(sink, &c, 1);
            used++;
            q += n;
        }
        count = used;
    }
#else
    const wchar_t *p = text;
    for (int pass = 0; pass < 2; pass++) {
        int used = 0;
        if (pass && !(s->flags & FLAG_LEFT))
            NAME(pad)(sink, s->flags & FLAG_ZERO ? '0' : ' ', s->width - count);
        for (const wchar_t *q = p; used < limit && *q; q++) {
            char bytes[8];
            int n;
            if (*q >= 0xd800 && *q < 0xdc00 && q[1] >= 0xdc00 && q[1] < 0xe000 &&
                crt_codepage(l) == CP_UTF8) {
                n = WideCharToMultiByte(CP_UTF8, 0, q, 2, bytes, sizeof bytes, NULL, NULL);
                q++;
            } else {
                n = crt_wctomb(bytes, *q, l);
            }
            if (n < 0) {
                errno = EILSEQ;
                return false;
            }
            if (n > limit - used)
                break;
            if (pass)
                NAME(put)(sink, bytes, n);
            used += n;
        }
        count = used;
    }
#endif
    if (s->flags & FLAG_LEFT)
        NAME(pad)(sink, ' ', s->width - count);
    return true;
}

static void NAME(put_text)(struct crt_sink *sink, const struct spec *s, const T *text, size_t length)
{
    if (!(s->flags & FLAG_LEFT))
        NAME(pad)(sink, s->flags & FLAG_ZERO ? '0' : ' ', s->width - (int)length);
    NAME(put)(sink, text, length);
    if (s->flags & FLAG_LEFT)
        NAME(pad)(sink, ' ', s->width - (int)length);
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
                s->size = CRT_UCRT ? SIZE_CHAR : SIZE_SHORT;
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

static bool NAME(collect)(struct arguments *a, const T *format, unsigned int options)
{
    unsigned char kinds[MAX_POSITIONAL + 1] = {0};
    int most = 0;

    a->positional = false;
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
            if (a->positional)
                return false; /* no mixing */
            return true;
        }
        a->positional = true;
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
        fetch(a, kinds[i], &a->values[i]);
    }
    return true;
}

#if WIDE
int crt_format_wide(struct crt_sink *sink, unsigned int options, const wchar_t *format, crt_locale_t l,
                    va_list args)
#else
int crt_format(struct crt_sink *sink, unsigned int options, const char *format, crt_locale_t l, va_list args)
#endif
{
    struct arguments a;
    const char *decimal = crt_locale_of(l)->lconv.decimal_point;

    va_copy(a.list, args);
    a.positional = false;
    if (options & PRINTF_POSITIONAL && !NAME(collect)(&a, format, options))
        goto invalid;
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
        if (!NAME(parse_spec)(&format, &s, options, a.positional))
            goto invalid;
        if (s.width_argument) {
            s.width = (int)argument(&a, s.width_argument, KIND_32).i64;
            if (s.width < 0) {
                s.flags |= FLAG_LEFT;
                s.width = s.width == INT_MIN ? INT_MAX : -s.width;
            }
        }
        if (s.precision_argument) {
            s.precision = (int)argument(&a, s.precision_argument, KIND_32).i64;
            if (s.precision < 0)
                s.precision = -1;
        }
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
        case 'C': {
            T c = (T)v.i64;
#if WIDE
            if (s.text == TEXT_IS_NARROW) {
                char byte = (char)v.i64;
                wchar_t w = 0;
                if (byte && crt_mbtowc(&w, &byte, 1, l) < 0)
                    break; /* not a character: nothing is written */
                c = w;
            }
            NAME(put_text)(sink, &s, &c, 1);
#else
            if (s.text == TEXT_IS_WIDE) {
                char bytes[8];
                int n = crt_wctomb(bytes, (wchar_t)v.i64, l);
                if (n < 0)
                    break;
                NAME(put_text)(sink, &s, bytes, n);
            } else {
                NAME(put_text)(sink, &s, &c, 1);
            }
#endif
            break;
        }
        case 's':
        case 'S': {
            bool wide = s.text == TEXT_IS_WIDE;
            size_t limit = s.precision < 0 ? INT_MAX : (size_t)s.precision;
            if (!v.pointer) {
                wide = WIDE;
                v.pointer = WIDE ? (void *)L"(null)" : (void *)"(null)";
            }
            if (wide == WIDE) {
                const T *text = v.pointer;
                NAME(put_text)(sink, &s, text, s.precision < 0 ? LENGTH(text) : LENGTH_LIMITED(text, limit));
            } else if (!NAME(put_converted)(sink, &s, v.pointer, (int)limit, l)) {
                goto fail;
            }
            break;
        }
        case 'Z': {
            struct {
                USHORT length, room;
                const void *text;
            } *counted = v.pointer;
            if (!counted || !counted->text) {
                NAME(put_ascii)(sink, "(null)", 6);
            } else if ((s.text == TEXT_IS_WIDE || s.size == SIZE_64) == WIDE) {
                NAME(put_text)(sink, &s, counted->text, counted->length / sizeof(T));
            } else {
                char *copy = calloc(1, counted->length + 2);
                bool ok = copy && (memcpy(copy, counted->text, counted->length),
                                   NAME(put_converted)(sink, &s, copy, INT_MAX, l));
                free(copy);
                if (!ok)
                    goto fail;
            }
            break;
        }
        case 'n':
            if (!crt_count_output || !v.pointer)
                goto invalid;
            if (s.size == SIZE_64)
                *(int64_t *)v.pointer = (int64_t)sink->count;
            else if (s.size == SIZE_SHORT)
                *(short *)v.pointer = (short)sink->count;
            else if (s.size == SIZE_CHAR)
                *(signed char *)v.pointer = (signed char)sink->count;
            else
                *(int *)v.pointer = (int)sink->count;
            break;
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G':
        case 'a':
        case 'A': NAME(floating)(sink, &s, v.real, options, decimal); break;
        default:
            if (CRT_UCRT || options & PRINTF_SECURE)
                goto invalid;
            if (s.type) { /* unknown: written as it stands */
                T c = (T)s.type;
                NAME(put)(sink, &c, 1);
            }
        }
        if (!sink->file && sink->count > INT_MAX) {
            errno = EOVERFLOW;
            goto fail;
        }
    }
    va_end(a.list);
    return sink->failed ? -1 : (int)sink->count;
invalid:
    errno = EINVAL;
    va_end(a.list);
    _invalid_parameter_noinfo();
    return -1;
fail:
    va_end(a.list);
    return -1;
}

#undef T
#undef WIDE
#undef NAME
#undef LENGTH
#undef LENGTH_LIMITED
