/*
 * Exact conversion between doubles and decimal digits. To decimal by big integers in base 10^9;
 * from decimal by 64-bit scaled arithmetic with an error bound, and by comparing big integers in the
 * rare cases that the bound does not decide. Integer arithmetic only: no rounding mode matters.
 */
#include "crt.h"

union double_bits {
    double value;
    uint64_t bits;
};

/* ---------------------------------------------------------------- to decimal */

#define LIMBS 128
#define BASE  1000000000u

static int multiply(uint32_t *limbs, int count, uint32_t factor)
{
    uint64_t carry = 0;

    for (int i = 0; i < count; i++) {
        carry += (uint64_t)limbs[i] * factor;
        limbs[i] = (uint32_t)(carry % BASE);
        carry /= BASE;
    }
    while (carry) {
        limbs[count++] = (uint32_t)(carry % BASE);
        carry /= BASE;
    }
    return count;
}

/* All digits of |value|; value = 0.DIGITS * 10^result. */
static int all_digits(double value, char *digits, int *ret_count)
{
    union double_bits u = {.value = value};
    uint64_t mantissa = u.bits & 0xfffffffffffffull;
    int exponent = (int)(u.bits >> 52 & 0x7ff), shift, places = 0, count = 0;
    uint32_t limbs[LIMBS];

    if (exponent)
        mantissa |= 1ull << 52;
    else
        exponent = 1;
    if (!mantissa) {
        *ret_count = 0;
        return 0;
    }
    shift = __builtin_ctzll(mantissa);
    mantissa >>= shift;
    exponent += shift - 1075;
    for (uint64_t m = mantissa; m; m /= BASE)
        limbs[count++] = (uint32_t)(m % BASE);
    if (exponent >= 0) {
        for (int left = exponent; left; left -= left < 29 ? left : 29)
            count = multiply(limbs, count, 1u << (left < 29 ? left : 29));
    } else {
        places = -exponent;
        int left = places;
        for (; left >= 13; left -= 13)
            count = multiply(limbs, count, 1220703125u);
        uint32_t rest = 1;
        while (left--)
            rest *= 5;
        count = multiply(limbs, count, rest);
    }
    int length = 0;
    char first[10];
    for (uint32_t v = limbs[count - 1]; v; v /= 10)
        first[length++] = (char)('0' + v % 10);
    for (int i = 0; i < length; i++)
        digits[i] = first[length - 1 - i];
    for (int i = count - 2; i >= 0; i--) {
        uint32_t v = limbs[i];
        for (int k = 8; k >= 0; k--, v /= 10)
            digits[length + k] = (char)('0' + v % 10);
        length += 9;
    }
    int point = length - places;
    while (length && digits[length - 1] == '0')
        length--;
    *ret_count = length;
    return point;
}

/* Rounds to `keep` digits; may carry into a new first digit. msvcrt rounds ties away from zero,
 * ucrt to even. */
static int round_digits(char *digits, int *count, int keep, int point)
{
    if (keep >= *count)
        return point;
    if (keep < 0) {
        *count = 0;
        return point;
    }
    bool up = digits[keep] >= '5';
    if (CRT_UCRT && digits[keep] == '5' && keep + 1 == *count)
        up = keep > 0 && (digits[keep - 1] & 1);
    *count = keep;
    if (up) {
        while (keep > 0 && digits[keep - 1] == '9')
            keep--;
        if (keep == 0) {
            digits[0] = '1';
            *count = 1;
            return point + 1;
        }
        digits[keep - 1]++;
        *count = keep;
    }
    while (*count && digits[*count - 1] == '0')
        --*count;
    return point;
}

int crt_fp_digits(double value, int mode, int digits, char *buffer, int *ret_count)
{
    int point = all_digits(value, buffer, ret_count);

    if (*ret_count)
        point = round_digits(buffer, ret_count, mode == 'f' ? point + digits : digits, point);
    if (!*ret_count)
        point = 0;
    return point;
}

/* ---------------------------------------------------------------- from decimal */

struct scaled {
    uint64_t mantissa;
    int exponent;
};

#include "fp_powers.h"

static uint64_t multiply_high(uint64_t a, uint64_t b, uint64_t *ret_low)
{
    uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
    uint64_t ll = al * bl, lh = al * bh, hl = ah * bl, hh = ah * bh;
    uint64_t middle = (ll >> 32) + (uint32_t)lh + (uint32_t)hl;

    *ret_low = middle << 32 | (uint32_t)ll;
    return hh + (lh >> 32) + (hl >> 32) + (middle >> 32);
}

static struct scaled scale(struct scaled a, struct scaled b)
{
    uint64_t low, high = multiply_high(a.mantissa, b.mantissa, &low);
    int exponent = a.exponent + b.exponent + 64;

    if (!(high >> 63)) {
        high = high << 1 | low >> 63;
        exponent--;
    }
    return (struct scaled){high, exponent};
}

/* Big integers in base 2^32, for comparisons only. */
#define BIG 400
struct big {
    int count;
    uint32_t limb[BIG];
};

static void big_multiply_add(struct big *b, uint32_t factor, uint32_t add)
{
    uint64_t carry = add;

    for (int i = 0; i < b->count; i++) {
        carry += (uint64_t)b->limb[i] * factor;
        b->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry && b->count < BIG)
        b->limb[b->count++] = (uint32_t)carry;
}

static void big_power5(struct big *b, int power)
{
    for (; power >= 13; power -= 13)
        big_multiply_add(b, 1220703125u, 0);
    while (power-- > 0)
        big_multiply_add(b, 5, 0);
}

static void big_shift(struct big *b, int bits)
{
    int limbs = bits / 32;

    if (bits % 32)
        big_multiply_add(b, 1u << bits % 32, 0);
    if (limbs && b->count && b->count + limbs <= BIG) {
        memmove(b->limb + limbs, b->limb, b->count * sizeof b->limb[0]);
        memset(b->limb, 0, limbs * sizeof b->limb[0]);
        b->count += limbs;
    }
}

static int big_compare(const struct big *a, const struct big *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (int i = a->count - 1; i >= 0; i--)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

/* Compares DIGITS * 10^power with half * 2^exponent. */
static __attribute__((noinline)) int compare_exact(const char *digits, int count, int power, uint64_t half,
                                                   int exponent)
{
    struct big a = {.count = 0}, b = {.count = 0};
    int shift_a = 0, shift_b = 0;

    for (int i = 0; i < count;) {
        uint32_t chunk = 0, factor = 1;
        for (int k = 0; k < 9 && i < count; k++, i++) {
            chunk = chunk * 10 + (digits[i] - '0');
            factor *= 10;
        }
        big_multiply_add(&a, factor, chunk);
    }
    while (a.count && !a.limb[a.count - 1])
        a.count--;
    b.limb[0] = (uint32_t)half;
    b.limb[1] = (uint32_t)(half >> 32);
    b.count = b.limb[1] ? 2 : 1;
    if (power >= 0) {
        big_power5(&a, power);
        shift_a += power;
    } else {
        big_power5(&b, -power);
        shift_b += -power;
    }
    if (exponent >= 0)
        shift_b += exponent;
    else
        shift_a += -exponent;
    int common = shift_a < shift_b ? shift_a : shift_b;
    big_shift(&a, shift_a - common);
    big_shift(&b, shift_b - common);
    return big_compare(&a, &b);
}

/* value = 0.DIGITS * 10^exponent; the first digit is not zero. */
double crt_fp_from_digits(const char *digits, int count, int exponent, bool is_float, int *ret_range)
{
    int precision = is_float ? 24 : 53, least = is_float ? -149 : -1074, most = is_float ? 128 : 1024;
    union double_bits result = {.bits = 0};

    *ret_range = 0;
    while (count && digits[count - 1] == '0')
        count--;
    if (!count)
        return 0;
    if (exponent > 400) {
        *ret_range = FP_RANGE_OVER;
        result.bits = 0x7ffull << 52;
        return result.value;
    }
    if (exponent < -400) {
        *ret_range = FP_RANGE_UNDER;
        return 0;
    }
    int used = count < 19 ? count : 19, power = exponent - used;
    uint64_t d = 0;
    for (int i = 0; i < used; i++)
        d = d * 10 + (digits[i] - '0');
    unsigned int error = count > 19 ? 40 : 2; /* in units of the mantissa's last bit, twice the real one */
    struct scaled s = {d, 0};
    int shift = __builtin_clzll(d);
    s.mantissa <<= shift;
    s.exponent = -shift;
    const struct scaled *powers = power < 0 ? negative_powers : positive_powers;
    for (int left = power < 0 ? -power : power, i = 0; left; left >>= 1, i++)
        if (left & 1) {
            s = scale(s, powers[i]);
            error += 4; /* relative errors add: the table's, the product's; normalized */
        }
    if (power == 0 && count <= 19)
        error = 0;
    /* The value is about s.mantissa * 2^s.exponent; keep `precision` bits, fewer when subnormal. */
    int drop = 64 - precision;
    if (s.exponent + drop < least)
        drop = least - s.exponent;
    uint64_t m;
    bool up;
    if (drop > 64) {
        m = 0;
        up = false;
        if (drop == 65 && s.mantissa > (uint64_t)-1 - 2 * error) /* just below half of the least value? */
            up = compare_exact(digits, count, exponent - count, 1, s.exponent + drop - 1) > 0;
    } else {
        uint64_t low = drop == 64 ? s.mantissa : s.mantissa & ((1ull << drop) - 1), half = 1ull << (drop - 1);
        m = drop == 64 ? 0 : s.mantissa >> drop;
        uint64_t distance = low > half ? low - half : half - low;
        if (distance > error) {
            up = low > half;
        } else {
            int order = compare_exact(digits, count, exponent - count, 2 * m + 1, s.exponent + drop - 1);
            up = order > 0 || (order == 0 && m & 1);
        }
    }
    int e = s.exponent + drop;
    m += up;
    if (m >> precision) {
        m >>= 1;
        e++;
    }
    if (m && e + precision > most && (m >> (precision - 1))) {
        *ret_range = FP_RANGE_OVER;
        result.bits = 0x7ffull << 52;
        return result.value;
    }
    if (!m || !(m >> (precision - 1)))
        *ret_range = FP_RANGE_UNDER;
    if (!m)
        return 0;
    /* Make a double of m * 2^e: exact. */
    int lead = 63 - __builtin_clzll(m), biased = e + lead + 1023;
    if (biased > 0)
        result.bits = (uint64_t)biased << 52 | ((m << (52 - lead)) & 0xfffffffffffffull);
    else
        result.bits = m << (e + 1074);
    return result.value;
}

#define MAX_DIGITS 800

static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool starts_with(const char *p, const char *word)
{
    while (*word && (*p | 0x20) == *word)
        p++, word++;
    return !*word;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* After "0x". */
static double parse_hex(const char *p, const char **ret_end, const char *point, bool is_float, int *ret_range)
{
    int precision = is_float ? 24 : 53, least = is_float ? -149 : -1074, most = is_float ? 128 : 1024;
    uint64_t m = 0;
    int64_t e = 0;
    bool sticky = false, digits = false, seen_point = false;

    for (;; p++) {
        int d = hex_digit(*p);
        if (d >= 0) {
            digits = true;
            if (m >> 60) {
                sticky |= d != 0;
                e += seen_point ? 0 : 4;
            } else {
                m = m << 4 | d;
                e -= seen_point ? 4 : 0;
            }
        } else if (!seen_point && *p == *point) {
            seen_point = true;
        } else {
            break;
        }
    }
    if (!digits) {
        *ret_end = NULL;
        return 0;
    }
    if ((*p | 32) == 'p') {
        const char *q = p + 1;
        bool negative = *q == '-';
        if (*q == '-' || *q == '+')
            q++;
        if (*q >= '0' && *q <= '9') {
            int64_t power = 0;
            for (; *q >= '0' && *q <= '9'; q++)
                if (power < 1000000)
                    power = power * 10 + (*q - '0');
            e += negative ? -power : power;
            p = q;
        }
    }
    *ret_end = p;
    if (!m)
        return 0;
    int shift = __builtin_clzll(m);
    m <<= shift;
    e -= shift;
    union double_bits result = {.bits = 0x7ffull << 52};
    if (e + 64 > most) {
        *ret_range = FP_RANGE_OVER;
        return result.value;
    }
    int64_t drop = 64 - precision;
    if (e + drop < least)
        drop = least - e;
    if (drop > 65) {
        *ret_range = FP_RANGE_UNDER;
        return 0;
    }
    uint64_t kept = drop >= 64 ? 0 : m >> drop;
    uint64_t half = drop == 65 ? 0 : 1ull << (drop - 1), low = drop >= 64 ? m : m & ((1ull << drop) - 1);
    bool up = drop != 65 && (low > half || (low == half && (sticky || kept & 1)));
    kept += up;
    e += drop;
    if (low || sticky)
        if (!(kept >> (precision - 1)))
            *ret_range = FP_RANGE_UNDER;
    if (kept >> precision)
        kept >>= 1, e++;
    if (!kept)
        return 0;
    int lead = 63 - __builtin_clzll(kept);
    if (e + lead + 1 > most) {
        *ret_range = FP_RANGE_OVER;
        return result.value;
    }
    int biased = (int)e + lead + 1023;
    result.bits = biased > 0 ? (uint64_t)biased << 52 | ((kept << (52 - lead)) & 0xfffffffffffffull)
                             : kept << (e + 1074);
    return result.value;
}

static double parse(const char *text, const char **ret_end, int *ret_range, const char *point, bool is_float)
{
    const char *p = text;
    char digits[MAX_DIGITS + 2];
    int count = 0, exponent = 0;
    bool negative = false, any = false, seen_point = false, lost = false;
    double value;

    *ret_range = 0;
    while (*p == ' ' || (*p >= 9 && *p <= 13))
        p++;
    if (*p == '-' || *p == '+')
        negative = *p++ == '-';
    if (CRT_UCRT) {
        union double_bits u;
        if (starts_with(p, "inf")) {
            *ret_end = p + (starts_with(p, "infinity") ? 8 : 3);
            u.bits = 0x7ffull << 52 | (uint64_t)negative << 63;
            return u.value;
        }
        if (starts_with(p, "nan")) {
            p += 3;
            if (*p == '(') {
                const char *q = p + 1;
                while ((*q >= '0' && *q <= '9') || ((*q | 32) >= 'a' && (*q | 32) <= 'z') || *q == '_')
                    q++;
                if (*q == ')')
                    p = q + 1;
            }
            *ret_end = p;
            u.bits = 0x7ff8ull << 48 | (uint64_t)negative << 63;
            return u.value;
        }
        if (*p == '0' && (p[1] | 32) == 'x') {
            const char *end;
            value = parse_hex(p + 2, &end, point, is_float, ret_range);
            *ret_end = end ? end : p + 1;
            return negative ? -value : value;
        }
    }
    for (;; p++) {
        if (*p >= '0' && *p <= '9') {
            any = true;
            if (count || *p != '0') {
                if (count < MAX_DIGITS)
                    digits[count++] = *p;
                else
                    lost |= *p != '0';
                exponent += !seen_point;
            } else {
                exponent -= seen_point;
            }
        } else if (!seen_point && *p == *point) {
            seen_point = true;
        } else {
            break;
        }
    }
    if (!any) {
        *ret_end = text;
        return 0;
    }
    if ((*p | 32) == 'e' || (!CRT_UCRT && (*p | 32) == 'd')) {
        const char *q = p + 1;
        bool minus = *q == '-';
        if (*q == '-' || *q == '+')
            q++;
        if (*q >= '0' && *q <= '9') {
            int power = 0;
            for (; *q >= '0' && *q <= '9'; q++)
                if (power < 100000000)
                    power = power * 10 + (*q - '0');
            exponent += minus ? -power : power;
            p = q;
        }
    }
    *ret_end = p;
    if (lost)
        digits[count++] = '1'; /* what was cut off only matters for being there */
    while (count && digits[count - 1] == '0')
        count--;
    if (!count)
        return negative ? -0.0 : 0.0;
    int power = exponent - count;
#if defined(__SSE2_MATH__)
    /* Both exact: one rounding. Only where arithmetic is in double precision. */
    if (!is_float && count <= 15 && power >= -22 && power <= 22) {
        uint64_t d = 0;
        for (int i = 0; i < count; i++)
            d = d * 10 + (digits[i] - '0');
        value = power < 0 ? (double)d / exact_powers[-power] : (double)d * exact_powers[power];
        return negative ? -value : value;
    }
#else
    (void)power, (void)exact_powers;
#endif
    value = crt_fp_from_digits(digits, count, exponent, is_float, ret_range);
    return negative ? -value : value;
}

double crt_strtod(const char *text, const char **ret_end, int *ret_range, const char *point)
{
    return parse(text, ret_end, ret_range, point, false);
}

float crt_strtof(const char *text, const char **ret_end, int *ret_range, const char *point)
{
    return (float)parse(text, ret_end, ret_range, point, true);
}
