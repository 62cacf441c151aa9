/*
 * Numbers from and to text: the strtol and strtod families, _itoa's, _ecvt's.
 */
#include "crt.h"

int crt_utoa(uint64_t value, char *buffer, unsigned int base)
{
    char digits[65];
    int count = 0;

    if (base == 10) {
        while (value > 0xffffffffu) {
            digits[count++] = (char)('0' + value % 10);
            value /= 10;
        }
        uint32_t rest = (uint32_t)value;
        do
            digits[count++] = (char)('0' + rest % 10);
        while (rest /= 10);
    } else {
        do
            digits[count++] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % base];
        while (value /= base);
    }
    for (int i = 0; i < count; i++)
        buffer[i] = digits[count - 1 - i];
    buffer[count] = 0;
    return count;
}

/* ---------------------------------------------------------------- integers from text */

static inline int digit_of(unsigned int c)
{
    if (c >= '0' && c <= '9')
        return (int)(c - '0');
    c |= 32;
    return c >= 'a' && c <= 'z' ? (int)(c - 'a' + 10) : 99;
}

/* The value of a wide digit of any script; 99 if it is none. */
static int wide_digit_of(wchar_t c)
{
    static const wchar_t zeros[] = {0x660, 0x6f0, 0x966, 0x9e6, 0xa66,  0xae6,  0xb66,  0xc66, 0xce6,
                                    0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810, 0xff10};

    if (c < 128)
        return digit_of(c);
    for (size_t i = 0; i < ARRAY_LENGTH(zeros); i++)
        if (c >= zeros[i] && c < zeros[i] + 10)
            return c - zeros[i];
    return 99;
}

struct integer {
    uint64_t magnitude;
    bool negative, overflow, any;
};

#define DEFINE_PARSE(name, T, IS_SPACE, DIGIT)                                                               \
    static struct integer name(const T *text, T **end, int base)                                             \
    {                                                                                                        \
        struct integer r = {0};                                                                              \
        const T *p = text;                                                                                   \
        while (IS_SPACE(*p))                                                                                 \
            p++;                                                                                             \
        if (*p == '-' || *p == '+')                                                                          \
            r.negative = *p++ == '-';                                                                        \
        if (DIGIT(*p) == 0 && (p[1] | 32) == 'x' && (base == 0 || base == 16) && DIGIT(p[2]) < 16) {         \
            p += 2;                                                                                          \
            base = 16;                                                                                       \
        } else if (base == 0) {                                                                              \
            base = DIGIT(*p) == 0 ? 8 : 10;                                                                  \
        }                                                                                                    \
        for (int d; (d = DIGIT(*p)) < base; p++) {                                                           \
            r.any = true;                                                                                    \
            if (__builtin_mul_overflow(r.magnitude, (uint64_t)base, &r.magnitude) ||                         \
                __builtin_add_overflow(r.magnitude, (uint64_t)d, &r.magnitude))                              \
                r.overflow = true;                                                                           \
        }                                                                                                    \
        if (end)                                                                                             \
            *end = (T *)(r.any ? p : text);                                                                  \
        return r;                                                                                            \
    }

#define NARROW_SPACE(c) ((c) == ' ' || ((c) >= 9 && (c) <= 13))
#define WIDE_SPACE(c)   ((c) < 128 ? NARROW_SPACE(c) : iswspace(c))
#define NARROW_DIGIT(c) digit_of((unsigned char)(c))
DEFINE_PARSE(parse_narrow, char, NARROW_SPACE, NARROW_DIGIT)
DEFINE_PARSE(parse_wide, wchar_t, WIDE_SPACE, wide_digit_of)

static int64_t signed_result(struct integer r, int64_t most)
{
    uint64_t limit = (uint64_t)most + r.negative;

    if (r.overflow || r.magnitude > limit) {
        errno = ERANGE;
        return r.negative ? -most - 1 : most;
    }
    return r.negative ? (int64_t)(0 - r.magnitude) : (int64_t)r.magnitude;
}

static uint64_t unsigned_result(struct integer r, uint64_t most)
{
    if (r.overflow || r.magnitude > most) {
        errno = ERANGE;
        return most;
    }
    return r.negative ? 0 - r.magnitude : r.magnitude;
}

#define INTEGER_FUNCTIONS(T, parse, l_name, name, type, result)                                              \
    type l_name(const T *text, T **end, int base, crt_locale_t l)                                            \
    {                                                                                                        \
        (void)l;                                                                                             \
        if (end)                                                                                             \
            *end = (T *)text;                                                                                \
        CRT_CHECK(text && (base == 0 || (base >= 2 && base <= 36)), EINVAL, 0);                              \
        return (type)result;                                                                                 \
    }                                                                                                        \
    type name(const T *text, T **end, int base)                                                              \
    {                                                                                                        \
        return l_name(text, end, base, NULL);                                                                \
    }

#define SIGNED(parse, most)   signed_result(parse(text, end, base), most)
#define UNSIGNED(parse, most) unsigned_result(parse(text, end, base), most)
INTEGER_FUNCTIONS(char, parse_narrow, _strtol_l, strtol, long, SIGNED(parse_narrow, LONG_MAX))
INTEGER_FUNCTIONS(char, parse_narrow, _strtoul_l, strtoul, unsigned long, UNSIGNED(parse_narrow, ULONG_MAX))
INTEGER_FUNCTIONS(char, parse_narrow, _strtoi64_l, _strtoi64, int64_t, SIGNED(parse_narrow, INT64_MAX))
INTEGER_FUNCTIONS(char, parse_narrow, _strtoui64_l, _strtoui64, uint64_t, UNSIGNED(parse_narrow, UINT64_MAX))
INTEGER_FUNCTIONS(char, parse_narrow, _strtoll_l, strtoll, int64_t, SIGNED(parse_narrow, INT64_MAX))
INTEGER_FUNCTIONS(char, parse_narrow, _strtoull_l, strtoull, uint64_t, UNSIGNED(parse_narrow, UINT64_MAX))
INTEGER_FUNCTIONS(char, parse_narrow, _strtoimax_l, strtoimax, int64_t, SIGNED(parse_narrow, INT64_MAX))
INTEGER_FUNCTIONS(char, parse_narrow, _strtoumax_l, strtoumax, uint64_t, UNSIGNED(parse_narrow, UINT64_MAX))
INTEGER_FUNCTIONS(wchar_t, parse_wide, _wcstol_l, wcstol, long, SIGNED(parse_wide, LONG_MAX))
INTEGER_FUNCTIONS(wchar_t, parse_wide, _wcstoul_l, wcstoul, unsigned long, UNSIGNED(parse_wide, ULONG_MAX))
INTEGER_FUNCTIONS(wchar_t, parse_wide, _wcstoi64_l, _wcstoi64, int64_t, SIGNED(parse_wide, INT64_MAX))
INTEGER_FUNCTIONS(wchar_t, parse_wide, _wcstoui64_l, _wcstoui64, uint64_t, UNSIGNED(parse_wide, UINT64_MAX))
INTEGER_FUNCTIONS(wchar_t, parse_wide, _wcstoll_l, wcstoll, int64_t, SIGNED(parse_wide, INT64_MAX))
INTEGER_FUNCTIONS(wchar_t, parse_wide, _wcstoull_l, wcstoull, uint64_t, UNSIGNED(parse_wide, UINT64_MAX))
INTEGER_FUNCTIONS(wchar_t, parse_wide, _wcstoimax_l, wcstoimax, int64_t, SIGNED(parse_wide, INT64_MAX))
INTEGER_FUNCTIONS(wchar_t, parse_wide, _wcstoumax_l, wcstoumax, uint64_t, UNSIGNED(parse_wide, UINT64_MAX))

int atoi(const char *text)
{
    return (int)strtol(text, NULL, 10);
}
int _atoi_l(const char *text, crt_locale_t l)
{
    return (int)_strtol_l(text, NULL, 10, l);
}
long atol(const char *text)
{
    return strtol(text, NULL, 10);
}
long _atol_l(const char *text, crt_locale_t l)
{
    return _strtol_l(text, NULL, 10, l);
}
int64_t _atoi64(const char *text)
{
    return _strtoi64(text, NULL, 10);
}
int64_t _atoi64_l(const char *text, crt_locale_t l)
{
    return _strtoi64_l(text, NULL, 10, l);
}
int64_t atoll(const char *text)
{
    return _strtoi64(text, NULL, 10);
}
int64_t _atoll_l(const char *text, crt_locale_t l)
{
    return _strtoi64_l(text, NULL, 10, l);
}
int _wtoi(const wchar_t *text)
{
    return (int)wcstol(text, NULL, 10);
}
int _wtoi_l(const wchar_t *text, crt_locale_t l)
{
    return (int)_wcstol_l(text, NULL, 10, l);
}
long _wtol(const wchar_t *text)
{
    return wcstol(text, NULL, 10);
}
long _wtol_l(const wchar_t *text, crt_locale_t l)
{
    return _wcstol_l(text, NULL, 10, l);
}
int64_t _wtoi64(const wchar_t *text)
{
    return _wcstoi64(text, NULL, 10);
}
int64_t _wtoi64_l(const wchar_t *text, crt_locale_t l)
{
    return _wcstoi64_l(text, NULL, 10, l);
}
int64_t _wtoll(const wchar_t *text)
{
    return _wcstoi64(text, NULL, 10);
}
int64_t _wtoll_l(const wchar_t *text, crt_locale_t l)
{
    return _wcstoi64_l(text, NULL, 10, l);
}

/* ---------------------------------------------------------------- floating point from text */

double _strtod_l(const char *text, char **end, crt_locale_t l)
{
    const char *stop;
    int range;

    if (end)
        *end = (char *)text;
    CRT_CHECK(text, EINVAL, 0);
    double value = crt_strtod(text, &stop, &range, crt_locale_of(l)->lconv.decimal_point);
    if (range)
        errno = ERANGE;
    if (end)
        *end = (char *)stop;
    return value;
}
double strtod(const char *text, char **end)
{
    return _strtod_l(text, end, NULL);
}
double atof(const char *text)
{
    return _strtod_l(text, NULL, NULL);
}
double _atof_l(const char *text, crt_locale_t l)
{
    return _strtod_l(text, NULL, l);
}

float _strtof_l(const char *text, char **end, crt_locale_t l)
{
    const char *stop;
    int range;

    if (end)
        *end = (char *)text;
    CRT_CHECK(text, EINVAL, 0);
    float value = crt_strtof(text, &stop, &range, crt_locale_of(l)->lconv.decimal_point);
    if (range)
        errno = ERANGE;
    if (end)
        *end = (char *)stop;
    return value;
}
float strtof(const char *text, char **end)
{
    return _strtof_l(text, end, NULL);
}
double _strtold_l(const char *text, char **end, crt_locale_t l)
{
    return _strtod_l(text, end, l);
}
double strtold(const char *text, char **end)
{
    return _strtod_l(text, end, NULL);
}

/* The ASCII image of the wide text's beginning that could be a number; parsed as narrow. */
static double wide_to_double(const wchar_t *text, wchar_t **end, crt_locale_t l, bool is_float)
{
    char small[128], *narrow = small;
    size_t spaces = 0, length = 0;
    const char *stop;
    int range;

    if (end)
        *end = (wchar_t *)text;
    CRT_CHECK(text, EINVAL, 0);
    while (WIDE_SPACE(text[spaces]))
        spaces++;
    const wchar_t *p = text + spaces;
    while (p[length] > 0 && p[length] < 128 && !NARROW_SPACE(p[length]))
        length++;
    if (length >= sizeof small && !(narrow = malloc(length + 1)))
        return 0;
    for (size_t i = 0; i < length; i++)
        narrow[i] = (char)p[i];
    narrow[length] = 0;
    const char *point = crt_locale_of(l)->lconv.decimal_point;
    double value = is_float ? crt_strtof(narrow, &stop, &range, point)
                            : crt_strtod(narrow, &stop, &range, point);
    if (range)
        errno = ERANGE;
    if (end && stop != narrow)
        *end = (wchar_t *)p + (stop - narrow);
    if (narrow != small)
        free(narrow);
    return value;
}
double _wcstod_l(const wchar_t *text, wchar_t **end, crt_locale_t l)
{
    return wide_to_double(text, end, l, false);
}
double wcstod(const wchar_t *text, wchar_t **end)
{
    return wide_to_double(text, end, NULL, false);
}
float _wcstof_l(const wchar_t *text, wchar_t **end, crt_locale_t l)
{
    return (float)wide_to_double(text, end, l, true);
}
float wcstof(const wchar_t *text, wchar_t **end)
{
    return (float)wide_to_double(text, end, NULL, true);
}
double _wcstold_l(const wchar_t *text, wchar_t **end, crt_locale_t l)
{
    return wide_to_double(text, end, l, false);
}
double wcstold(const wchar_t *text, wchar_t **end)
{
    return wide_to_double(text, end, NULL, false);
}
double _wtof(const wchar_t *text)
{
    return wide_to_double(text, NULL, NULL, false);
}
double _wtof_l(const wchar_t *text, crt_locale_t l)
{
    return wide_to_double(text, NULL, l, false);
}

#define OVERFLOW_RESULT  3
#define UNDERFLOW_RESULT 4
int _atodbl_l(double *result, char *text, crt_locale_t l)
{
    const char *stop;
    int range;

    *result = crt_strtod(text, &stop, &range, crt_locale_of(l)->lconv.decimal_point);
    return range == FP_RANGE_OVER ? OVERFLOW_RESULT : range ? UNDERFLOW_RESULT : 0;
}
int _atodbl(double *result, char *text)
{
    return _atodbl_l(result, text, NULL);
}
int _atoflt_l(float *result, const char *text, crt_locale_t l)
{
    const char *stop;
    int range;

    *result = crt_strtof(text, &stop, &range, crt_locale_of(l)->lconv.decimal_point);
    return range == FP_RANGE_OVER ? OVERFLOW_RESULT : range ? UNDERFLOW_RESULT : 0;
}
int _atoflt(float *result, const char *text)
{
    return _atoflt_l(result, text, NULL);
}

/* ---------------------------------------------------------------- integers to text */

#define DEFINE_TO_TEXT(name, T)                                                                              \
    static int name(uint64_t value, bool negative, T *buffer, size_t size, int base)                         \
    {                                                                                                        \
        char digits[72];                                                                                     \
        CRT_CHECK(buffer &&size, EINVAL, EINVAL);                                                            \
        *buffer = 0;                                                                                         \
        CRT_CHECK(base >= 2 && base <= 36, EINVAL, EINVAL);                                                  \
        int count = 0;                                                                                       \
        if (negative)                                                                                        \
            digits[count++] = '-';                                                                           \
        count += crt_utoa(value, digits + count, base);                                                      \
        CRT_CHECK((size_t)count < size, ERANGE, ERANGE);                                                     \
        for (int i = 0; i <= count; i++)                                                                     \
            buffer[i] = (T)digits[i];                                                                        \
        return 0;                                                                                            \
    }

DEFINE_TO_TEXT(to_narrow, char)
DEFINE_TO_TEXT(to_wide, wchar_t)

#define TO_TEXT(T, to, type, unsigned_type, negative_if, name)                                               \
    int name##_s(type value, T *buffer, size_t size, int base)                                               \
    {                                                                                                        \
        bool negative = base == 10 && (negative_if);                                                         \
        return to(negative ? 0 - (uint64_t)value : (uint64_t)(unsigned_type)value, negative, buffer, size,   \
                  base);                                                                                     \
    }                                                                                                        \
    T *name(type value, T *buffer, int base)                                                                 \
    {                                                                                                        \
        name##_s(value, buffer, 80, base);                                                                   \
        return buffer;                                                                                       \
    }

TO_TEXT(char, to_narrow, int, unsigned int, value < 0, _itoa)
TO_TEXT(char, to_narrow, long, unsigned long, value < 0, _ltoa)
TO_TEXT(char, to_narrow, unsigned long, unsigned long, false, _ultoa)
TO_TEXT(char, to_narrow, int64_t, uint64_t, value < 0, _i64toa)
TO_TEXT(char, to_narrow, uint64_t, uint64_t, false, _ui64toa)
TO_TEXT(wchar_t, to_wide, int, unsigned int, value < 0, _itow)
TO_TEXT(wchar_t, to_wide, long, unsigned long, value < 0, _ltow)
TO_TEXT(wchar_t, to_wide, unsigned long, unsigned long, false, _ultow)
TO_TEXT(wchar_t, to_wide, int64_t, uint64_t, value < 0, _i64tow)
TO_TEXT(wchar_t, to_wide, uint64_t, uint64_t, false, _ui64tow)

/* ---------------------------------------------------------------- floating point to text */

#define CVT_SIZE 350

/* Digits, zero-padded to the count that was asked for. */
static int convert(char *buffer, size_t size, double value, int mode, int digits, int *ret_point,
                   int *ret_sign)
{
    char all[1200];
    union {
        double value;
        uint64_t bits;
    } u = {.value = value};
    int count, point;

    CRT_CHECK(buffer && size, EINVAL, EINVAL);
    *buffer = 0;
    CRT_CHECK(ret_point && ret_sign, EINVAL, EINVAL);
    *ret_sign = (int)(u.bits >> 63);
    u.bits &= ~(1ull << 63);
    if (mode == 'e' && digits < 0)
        digits = 0;
    if (u.bits >= 0x7ffull << 52) {
        strcpy(all, u.bits << 12 ? "1#QNAN" : "1#INF");
        count = (int)strlen(all);
        point = 1;
    } else {
        point = crt_fp_digits(u.value, mode, digits, all, &count);
        if (mode == 'f' && u.bits && !count)
            point = -digits; /* rounds to nothing: no digits at all, unlike a zero */
    }
    int length = mode == 'e' ? digits : digits + point;
    if (length < 0)
        length = 0;
    CRT_CHECK((size_t)length < size, ERANGE, ERANGE);
    for (int i = 0; i < length; i++)
        buffer[i] = i < count ? all[i] : '0';
    buffer[length] = 0;
    *ret_point = point;
    return 0;
}

int _ecvt_s(char *buffer, size_t size, double value, int digits, int *point, int *sign)
{
    return convert(buffer, size, value, 'e', digits, point, sign);
}
int _fcvt_s(char *buffer, size_t size, double value, int digits, int *point, int *sign)
{
    return convert(buffer, size, value, 'f', digits, point, sign);
}
static char *cvt_buffer(void)
{
    struct crt_thread *thread = crt_thread();

    if (!thread->cvt_buffer)
        thread->cvt_buffer = malloc(CVT_SIZE + 330);
    return thread->cvt_buffer;
}
char *_ecvt(double value, int digits, int *point, int *sign)
{
    char *buffer = cvt_buffer();

    if (digits > CVT_SIZE - 2)
        digits = CVT_SIZE - 2;
    return !buffer || convert(buffer, CVT_SIZE, value, 'e', digits, point, sign) ? NULL : buffer;
}
char *_fcvt(double value, int digits, int *point, int *sign)
{
    char *buffer = cvt_buffer();

    if (digits > CVT_SIZE - 12)
        digits = CVT_SIZE - 12;
    return !buffer || convert(buffer, CVT_SIZE + 330, value, 'f', digits, point, sign) ? NULL : buffer;
}

int _gcvt_s(char *buffer, size_t size, double value, int digits)
{
    char text[420];

    CRT_CHECK(buffer && size, EINVAL, EINVAL);
    *buffer = 0;
    if (digits > 400)
        digits = 400;
    _snprintf(text, sizeof text, "%.*g", digits, value);
    /* A number always has its point here: "1." and "1.e+020". */
    char *p = text + (*text == '-');
    if (*p >= '0' && *p <= '9') {
        while (*p >= '0' && *p <= '9')
            p++;
        if (*p != *crt_current_locale()->lconv.decimal_point) {
            memmove(p + 1, p, strlen(p) + 1);
            *p = *crt_current_locale()->lconv.decimal_point;
        }
    }
    CRT_CHECK(strlen(text) < size, ERANGE, ERANGE);
    strcpy(buffer, text);
    return 0;
}
char *_gcvt(double value, int digits, char *buffer)
{
    return _gcvt_s(buffer, 420, value, digits) ? NULL : buffer;
}
