/*
 * The input engine, for narrow and wide formats. T, WIDE and NAME as in the output engine; IN_EOF is
 * what get returns at the end.
 */

static int NAME(get)(struct NAME(source) * in)
{
    int c;

    if (in->file) {
#if WIDE
        wint_t w = crt_getwc(in->file);
        c = w == WEOF ? EOF : (int)w;
#else
        c = crt_getc(in->file);
#endif
    } else if (in->limit && *in->text) {
        in->limit--;
        c = (UT)*in->text++;
    } else {
        c = EOF;
        in->ended = true;
    }
    in->count += c != EOF;
    return c;
}

static void NAME(unget)(struct NAME(source) * in, int c)
{
    if (c == EOF)
        return;
    in->count--;
    if (in->file) {
#if WIDE
        crt_ungetwc((wint_t)c, in->file);
#else
        crt_ungetc(c, in->file);
#endif
    } else {
        in->text--;
        in->limit++;
    }
}

static bool NAME(is_space)(int c)
{
    if (c == EOF)
        return false;
#if WIDE
    return c < 128 ? c == ' ' || (c >= 9 && c <= 13) : iswspace((wchar_t)c) != 0;
#else
    return isspace(c) != 0;
#endif
}

static int NAME(skip)(struct NAME(source) * in)
{
    int c;

    do
        c = NAME(get)(in);
    while (NAME(is_space)(c));
    return c;
}

/* An integer's text into `digits`; false if there is none. Reads at most width characters. */
static bool NAME(read_integer)(struct NAME(source) * in, int c, int width, int base, uint64_t *ret_value)
{
    bool negative = false, any = false;
    uint64_t value = 0;

    if ((c == '-' || c == '+') && width > 0) {
        negative = c == '-';
        width--;
        c = width > 0 ? NAME(get)(in) : EOF;
        if (width <= 0)
            return false;
    }
    if (c == '0' && (base == 0 || base == 16)) {
        any = true;
        width--;
        if (width > 0) {
            c = NAME(get)(in);
            if ((c | 32) == 'x' && c != EOF) {
                width--;
                base = 16;
                c = width > 0 ? NAME(get)(in) : EOF;
                if (width <= 0)
                    goto done;
            } else if (base == 0) {
                base = 8;
            }
        } else {
            goto done;
        }
    } else if (base == 0) {
        base = 10;
    }
    for (;;) {
        int d = c >= '0' && c <= '9'                             ? c - '0'
                : c != EOF && (c | 32) >= 'a' && (c | 32) <= 'z' ? (c | 32) - 'a' + 10
                                                                 : 99;
        if (d >= base) {
            NAME(unget)(in, c);
            break;
        }
        any = true;
        value = value * base + d;
        if (--width <= 0)
            break;
        c = NAME(get)(in);
    }
done:
    *ret_value = negative ? 0 - value : value;
    return any;
}

/* The longest beginning that may be a floating-point number. */
static bool NAME(read_float)(struct NAME(source) * in, int c, int width, char **ret_text, char point)
{
    size_t used = 0, room = 128;
    char *text = malloc(room);
    bool digits = false, hex = false;

#define NEXT()                                                                                               \
    do {                                                                                                     \
        if (used + 2 >= room) {                                                                              \
            char *bigger = realloc(text, room *= 2);                                                         \
            if (!bigger)                                                                                     \
                goto fail;                                                                                   \
            text = bigger;                                                                                   \
        }                                                                                                    \
        text[used++] = (char)c;                                                                              \
        c = --width > 0 ? NAME(get)(in) : EOF;                                                               \
    } while (0)
#define IS_DIGIT(c) ((c) >= '0' && (c) <= '9')
#define IS_HEX(c)   (IS_DIGIT(c) || ((c) != EOF && ((c) | 32) >= 'a' && ((c) | 32) <= 'f'))

    if (!text)
        return false;
    if (c == '-' || c == '+')
        NEXT();
    if (CRT_UCRT && c != EOF && ((c | 32) == 'i' || (c | 32) == 'n')) {
        const char *word = (c | 32) == 'i' ? "infinity" : "nan";
        int n = 0;
        while (word[n] && c != EOF && (c | 32) == word[n]) {
            NEXT();
            n++;
        }
        digits = n == 3 || n == 8;
        goto done;
    }
    if (CRT_UCRT && c == '0') {
        NEXT();
        digits = true;
        if (c != EOF && (c | 32) == 'x') {
            hex = true;
            digits = false;
            NEXT();
        }
    }
    while (hex ? IS_HEX(c) : IS_DIGIT(c)) {
        digits = true;
        NEXT();
    }
    if (c == point) {
        NEXT();
        while (hex ? IS_HEX(c) : IS_DIGIT(c)) {
            digits = true;
            NEXT();
        }
    }
    if (digits && c != EOF && (c | 32) == (hex ? 'p' : 'e')) {
        NEXT();
        if (c == '-' || c == '+')
            NEXT();
        while (IS_DIGIT(c))
            NEXT();
    }
done:
    NAME(unget)(in, c);
    text[used] = 0;
    *ret_text = text;
    if (digits)
        return true;
fail:
    free(text);
    return false;
#undef NEXT
#undef IS_DIGIT
#undef IS_HEX
}

#if WIDE
#define SET_HAS(set, c) (((set)[(c) >> 3] >> ((c)&7)) & 1)
#define SET_SIZE        8192
#else
#define SET_HAS(set, c) (((set)[(c) >> 3] >> ((c)&7)) & 1)
#define SET_SIZE        32
#endif

static int NAME(scan)(struct NAME(source) * in, unsigned int options, const T *format, crt_locale_t l,
                      va_list args)
{
    int converted = 0;
    bool secure = options & SCANF_SECURECRT, matched_input = false;
    const char point = *crt_locale_of(l)->lconv.decimal_point;
    unsigned char *set = NULL;

    while (*format) {
        if (NAME(is_space)((UT)*format)) {
            while (NAME(is_space)((UT)*format))
                format++;
            NAME(unget)(in, NAME(skip)(in));
            continue;
        }
        if (*format != '%' || format[1] == '%') {
            if (*format == '%') {
                format++;
                NAME(unget)(in, NAME(skip)(in));
            }
            int c = NAME(get)(in);
            if (c != (int)(UT)*format) {
                NAME(unget)(in, c);
                if (c == EOF)
                    goto input_failure;
                goto out;
            }
            matched_input = true;
            format++;
            continue;
        }
        format++;
        bool suppress = false, short_size = false, char_size = false, is64 = false, long_size = false;
        int text = 0; /* 1 narrow, 2 wide */
        int width = 0, c;
        bool has_width = false;
        if (*format == '*') {
            suppress = true;
            format++;
        }
        while (*format >= '0' && *format <= '9') {
            width = width * 10 + (*format++ - '0');
            has_width = true;
        }
        if (!has_width)
            width = INT_MAX;
        for (;; format++) {
            if (*format == 'h') {
                if (format[1] == 'h') {
                    format++;
                    char_size = true;
                } else {
                    short_size = true;
                }
                text = 1;
            } else if (*format == 'l') {
                if (format[1] == 'l') {
                    format++;
                    is64 = true;
                }
                long_size = true;
                text = 2;
            } else if (*format == 'w') {
                text = 2;
                long_size = true;
            } else if (*format == 'L') {
                long_size = true;
                is64 = CRT_UCRT;
            } else if (*format == 'I' && format[1] == '6' && format[2] == '4') {
                format += 2;
                is64 = true;
            } else if (*format == 'I' && format[1] == '3' && format[2] == '2') {
                format += 2;
            } else if (*format == 'I' || *format == 'z' || *format == 't') {
                is64 = sizeof(void *) == 8;
            } else if (*format == 'j') {
                is64 = true;
            } else if (*format != 'F' && *format != 'N') {
                break;
            } else if (*format == 'F') {
                break;
            }
        }
        T type = *format;
        if (!type)
            break;
        format++;
        switch (type) {
        case 'n':
            if (suppress)
                break;
            if (is64)
                *va_arg(args, int64_t *) = (int64_t)in->count;
            else if (char_size)
                *va_arg(args, char *) = (char)in->count;
            else if (short_size)
                *va_arg(args, short *) = (short)in->count;
            else
                *va_arg(args, int *) = (int)in->count;
            break;
        case 'd':
        case 'i':
        case 'u':
        case 'x':
        case 'X':
        case 'o':
        case 'p': {
            uint64_t value = 0;
            c = NAME(skip)(in);
            if (c == EOF)
                goto input_failure;
            int base = type == 'i' ? 0 : type == 'o' ? 8 : type == 'd' || type == 'u' ? 10 : 16;
            if (!NAME(read_integer)(in, c, width, base, &value))
                goto out;
            if (suppress)
                break;
            if (type == 'p')
                *va_arg(args, void **) = (void *)(uintptr_t)value;
            else if (is64)
                *va_arg(args, uint64_t *) = value;
            else if (char_size)
                *va_arg(args, char *) = (char)value;
            else if (short_size)
                *va_arg(args, short *) = (short)value;
            else
                *va_arg(args, int *) = (int)value;
            converted++;
            break;
        }
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G':
        case 'a':
        case 'A': {
            char *number;
            const char *end;
            int range;
            c = NAME(skip)(in);
            if (c == EOF)
                goto input_failure;
            if (!NAME(read_float)(in, c, width, &number, point))
                goto out;
            if (!suppress) {
                if (long_size)
                    *va_arg(args, double *) = crt_strtod(number, &end, &range, &point);
                else
                    *va_arg(args, float *) = crt_strtof(number, &end, &range, &point);
                converted++;
            }
            free(number);
            break;
        }
        case 'c':
        case 'C':
        case 's':
        case 'S':
        case '[': {
            bool inverted = false, is_c = type == 'c' || type == 'C', opposite = type == 'C' || type == 'S';
            if (!text)
#if WIDE
                text = (options & SCANF_LEGACY_WIDE_SPECIFIERS) ? (opposite ? 1 : 2) : (opposite ? 2 : 1);
#else
                text = opposite ? 2 : 1;
#endif
            if (type == '[') {
                if (!set && !(set = malloc(SET_SIZE)))
                    goto out;
                memset(set, 0, SET_SIZE);
                if (*format == '^') {
                    inverted = true;
                    format++;
                }
                bool first = true;
                while (*format && (first || *format != ']')) {
                    unsigned int low = (UT)*format++, high = low;
                    if (*format == '-' && format[1] && format[1] != ']') {
                        high = (UT)format[1];
                        format += 2;
                    }
                    if (low > high) {
                        unsigned int t = low;
                        low = high;
                        high = t;
                    }
                    for (unsigned int k = low; k <= high; k++)
                        set[k >> 3] |= (unsigned char)(1 << (k & 7));
                    first = false;
                }
                if (!*format)
                    goto out;
                format++;
            }
            void *target = NULL;
            size_t room = SIZE_MAX, used = 0;
            if (!suppress) {
                target = va_arg(args, void *);
                if (secure)
                    room = va_arg(args, unsigned int);
            }
            int left = is_c && !has_width ? 1 : width, taken = 0;
            c = type == '[' || is_c ? NAME(get)(in) : NAME(skip)(in);
            if (c == EOF)
                goto input_failure;
            for (; left > 0 && c != EOF; left--) {
                bool fits = is_c || (type == '[' ? SET_HAS(set, c) != inverted : !NAME(is_space)(c));
                if (!fits)
                    break;
                taken++;
                if (!suppress) {
                    if (used + 1 + !is_c > room) {
                        if (room)
                            memset(target, 0, text == 2 ? 2 : 1);
                        errno = ENOMEM;
                        goto out;
                    }
#if WIDE
                    if (text == 2) {
                        ((wchar_t *)target)[used++] = (wchar_t)c;
                    } else {
                        char bytes[8];
                        int n = crt_wctomb(bytes, (wchar_t)c, l);
                        if (n > 0 && used + n + !is_c <= room) {
                            memcpy((char *)target + used, bytes, n);
                            used += n;
                        }
                    }
#else
                    if (text == 1) {
                        ((char *)target)[used++] = (char)c;
                    } else {
                        char bytes[5] = {(char)c};
                        wchar_t w = L'?';
                        int have = 1, n;
                        while ((n = crt_mbtowc(&w, bytes, have, l)) == -2 && have < 4) {
                            int more = NAME(get)(in);
                            if (more == EOF)
                                break;
                            bytes[have++] = (char)more;
                        }
                        ((wchar_t *)target)[used++] = n < 0 ? L'?' : w;
                    }
#endif
                }
                c = left > 1 ? NAME(get)(in) : EOF;
                if (left == 1)
                    break;
            }
            NAME(unget)(in, c);
            if (!taken || (is_c && has_width && left > 1 && taken < width))
                goto out;
            if (!suppress) {
                if (!is_c) {
                    if (text == 2)
                        ((wchar_t *)target)[used] = 0;
                    else
                        ((char *)target)[used] = 0;
                }
                converted++;
            }
            break;
        }
        default:
            c = NAME(get)(in);
            if (c != (int)(UT)type) {
                NAME(unget)(in, c);
                goto out;
            }
        }
        matched_input = true;
    }
out:
    free(set);
    (void)matched_input;
    return converted;
input_failure:
    free(set);
    return converted ? converted : EOF;
}

#undef SET_HAS
#undef SET_SIZE
#undef T
#undef UT
#undef WIDE
#undef NAME
