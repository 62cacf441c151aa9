/*
 * Floating point for printf_template.h: exact digits, in the notation of the runtime's age.
 */

/* Digits with a point; value = 0.DIGITS * 10^point. */
static void NAME(fixed)(PRINTF_SINK *sink, const char *digits, int count, int point, int places, bool dot,
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

static void NAME(floating)(PRINTF_SINK *sink, struct spec *s, double value, unsigned int options,
                           PRINTF_LOCALE l)
{
    const char *decimal = crt_locale_of(l)->lconv.decimal_point;
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
