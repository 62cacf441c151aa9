/*
 * Time: text by format, with the locale's names and pictures.
 */
#include "time_private.h"

const struct crt_time_names crt_c_time = {
    {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
    {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
    {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
    {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
     "November", "December"},
    {"AM", "PM"},
    "MM/dd/yy",
    "dddd, MMMM dd, yyyy",
    "HH:mm:ss",
    {L"Sun", L"Mon", L"Tue", L"Wed", L"Thu", L"Fri", L"Sat"},
    {L"Sunday", L"Monday", L"Tuesday", L"Wednesday", L"Thursday", L"Friday", L"Saturday"},
    {L"Jan", L"Feb", L"Mar", L"Apr", L"May", L"Jun", L"Jul", L"Aug", L"Sep", L"Oct", L"Nov", L"Dec"},
    {L"January", L"February", L"March", L"April", L"May", L"June", L"July", L"August", L"September",
     L"October", L"November", L"December"},
    {L"AM", L"PM"},
    L"MM/dd/yy",
    L"dddd, MMMM dd, yyyy",
    L"HH:mm:ss"};

struct out {
    wchar_t *text;
    size_t size, count;
    bool overflow;
};

static void put(struct out *o, const wchar_t *text)
{
    for (; *text; text++) {
        if (o->count + 1 >= o->size) {
            o->overflow = true;
            return;
        }
        o->text[o->count++] = *text;
    }
}

static void put_number(struct out *o, int value, int width, bool no_zeros)
{
    wchar_t text[16];

    _snwprintf(text, 16, no_zeros ? L"%d" : L"%0*d", no_zeros ? value : width, value);
    put(o, text);
}

/* The system's date and time pictures: "dddd, d MMMM yyyy", "HH:mm:ss tt". */
static void put_picture(struct out *o, const wchar_t *p, const struct tm *tm, const struct crt_time_names *n)
{
    while (*p && !o->overflow) {
        wchar_t c = *p, literal[2] = {c, 0};
        int count = 0;
        if (c == '\'') {
            for (p++; *p && *p != '\''; p++) {
                literal[0] = *p;
                put(o, literal);
            }
            if (*p)
                p++;
            continue;
        }
        while (p[count] == c)
            count++;
        p += count;
        int hour12 = tm->tm_hour % 12 ? tm->tm_hour % 12 : 12;
        switch (c) {
        case 'd':
            if (count <= 2)
                put_number(o, tm->tm_mday, 2, count == 1);
            else
                put(o, count == 3 ? n->wide_day_short[tm->tm_wday] : n->wide_day_long[tm->tm_wday]);
            break;
        case 'M':
            if (count <= 2)
                put_number(o, tm->tm_mon + 1, 2, count == 1);
            else
                put(o, count == 3 ? n->wide_month_short[tm->tm_mon] : n->wide_month_long[tm->tm_mon]);
            break;
        case 'y':
            put_number(o, count <= 2 ? tm->tm_year % 100 : tm->tm_year + 1900, count <= 2 ? 2 : 4,
                       count == 1);
            break;
        case 'h': put_number(o, hour12, 2, count == 1); break;
        case 'H': put_number(o, tm->tm_hour, 2, count == 1); break;
        case 'm': put_number(o, tm->tm_min, 2, count == 1); break;
        case 's': put_number(o, tm->tm_sec, 2, count == 1); break;
        case 't': {
            wchar_t first[2] = {n->wide_ampm[tm->tm_hour >= 12][0], 0};
            put(o, count == 1 ? first : n->wide_ampm[tm->tm_hour >= 12]);
            break;
        }
        default:
            while (count--)
                put(o, literal);
        }
    }
}

/* Days of the ISO 8601 week's year. */
static int iso_week(const struct tm *tm, int *ret_year)
{
    int year = tm->tm_year + 1900, weekday = (tm->tm_wday + 6) % 7, week = (tm->tm_yday - weekday + 10) / 7;

    if (week < 1) {
        year--;
        int last = tm->tm_yday + (time_is_leap(year) ? 366 : 365);
        week = (last - weekday + 10) / 7;
    } else if (week == 53) {
        int days = time_is_leap(year) ? 366 : 365;
        if (tm->tm_yday - weekday + 3 >= days) {
            week = 1;
            year++;
        }
    }
    *ret_year = year;
    return week;
}

static bool expand(struct out *o, wchar_t c, bool alternate, const struct tm *tm, const struct crt_locale *l)
{
    const struct crt_time_names *n = l->time;
    int hour12 = tm->tm_hour % 12 ? tm->tm_hour % 12 : 12, year;

#define NEED(field, low, high) CRT_CHECK(tm->field >= (low) && tm->field <= (high), EINVAL, false)
    switch (c) {
    case 'a':
        NEED(tm_wday, 0, 6);
        put(o, n->wide_day_short[tm->tm_wday]);
        break;
    case 'A':
        NEED(tm_wday, 0, 6);
        put(o, n->wide_day_long[tm->tm_wday]);
        break;
    case 'b':
    case 'h':
        NEED(tm_mon, 0, 11);
        put(o, n->wide_month_short[tm->tm_mon]);
        break;
    case 'B':
        NEED(tm_mon, 0, 11);
        put(o, n->wide_month_long[tm->tm_mon]);
        break;
    case 'c':
        NEED(tm_wday, 0, 6);
        NEED(tm_mon, 0, 11);
        if (CRT_UCRT && !l->lc_name[LC_TIME] && !alternate) {
            put(o, n->wide_day_short[tm->tm_wday]);
            put(o, L" ");
            put(o, n->wide_month_short[tm->tm_mon]);
            put(o, L" ");
            wchar_t text[40];
            _snwprintf(text, 40, L"%2d %02d:%02d:%02d %d", tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec,
                       tm->tm_year + 1900);
            put(o, text);
            break;
        }
        put_picture(o, alternate ? n->wide_date_long : n->wide_date_short, tm, n);
        put(o, L" ");
        put_picture(o, n->wide_time, tm, n);
        break;
    case 'C': put_number(o, (tm->tm_year + 1900) / 100, 2, alternate); break;
    case 'd':
        NEED(tm_mday, 1, 31);
        put_number(o, tm->tm_mday, 2, alternate);
        break;
    case 'D':
        return expand(o, 'm', alternate, tm, l) && (put(o, L"/"), expand(o, 'd', alternate, tm, l)) &&
               (put(o, L"/"), expand(o, 'y', alternate, tm, l));
    case 'e': {
        wchar_t text[8];
        NEED(tm_mday, 1, 31);
        _snwprintf(text, 8, alternate ? L"%d" : L"%2d", tm->tm_mday);
        put(o, text);
        break;
    }
    case 'F':
        return expand(o, 'Y', alternate, tm, l) && (put(o, L"-"), expand(o, 'm', alternate, tm, l)) &&
               (put(o, L"-"), expand(o, 'd', alternate, tm, l));
    case 'g':
        iso_week(tm, &year);
        put_number(o, year % 100, 2, alternate);
        break;
    case 'G':
        iso_week(tm, &year);
        put_number(o, year, 4, alternate);
        break;
    case 'H':
        NEED(tm_hour, 0, 23);
        put_number(o, tm->tm_hour, 2, alternate);
        break;
    case 'I':
        NEED(tm_hour, 0, 23);
        put_number(o, hour12, 2, alternate);
        break;
    case 'j':
        NEED(tm_yday, 0, 365);
        put_number(o, tm->tm_yday + 1, 3, alternate);
        break;
    case 'm':
        NEED(tm_mon, 0, 11);
        put_number(o, tm->tm_mon + 1, 2, alternate);
        break;
    case 'M':
        NEED(tm_min, 0, 59);
        put_number(o, tm->tm_min, 2, alternate);
        break;
    case 'n': put(o, L"\n"); break;
    case 'p':
        NEED(tm_hour, 0, 23);
        put(o, n->wide_ampm[tm->tm_hour >= 12]);
        break;
    case 'r':
        if (l->lc_name[LC_TIME]) {
            put_picture(o, n->wide_time, tm, n);
            break;
        }
        return expand(o, 'I', alternate, tm, l) && (put(o, L":"), expand(o, 'M', alternate, tm, l)) &&
               (put(o, L":"), expand(o, 'S', alternate, tm, l)) &&
               (put(o, L" "), expand(o, 'p', alternate, tm, l));
    case 'R': return expand(o, 'H', alternate, tm, l) && (put(o, L":"), expand(o, 'M', alternate, tm, l));
    case 'S':
        NEED(tm_sec, 0, 60);
        put_number(o, tm->tm_sec, 2, alternate);
        break;
    case 't': put(o, L"\t"); break;
    case 'T':
        return expand(o, 'H', alternate, tm, l) && (put(o, L":"), expand(o, 'M', alternate, tm, l)) &&
               (put(o, L":"), expand(o, 'S', alternate, tm, l));
    case 'u':
        NEED(tm_wday, 0, 6);
        put_number(o, tm->tm_wday ? tm->tm_wday : 7, 1, alternate);
        break;
    case 'U':
        NEED(tm_yday, 0, 365);
        put_number(o, (tm->tm_yday + 7 - tm->tm_wday) / 7, 2, alternate);
        break;
    case 'V': put_number(o, iso_week(tm, &year), 2, alternate); break;
    case 'w':
        NEED(tm_wday, 0, 6);
        put_number(o, tm->tm_wday, 1, alternate);
        break;
    case 'W':
        NEED(tm_yday, 0, 365);
        put_number(o, (tm->tm_yday + 7 - (tm->tm_wday + 6) % 7) / 7, 2, alternate);
        break;
    case 'x':
        NEED(tm_mon, 0, 11);
        NEED(tm_wday, 0, 6);
        put_picture(o, alternate ? n->wide_date_long : n->wide_date_short, tm, n);
        break;
    case 'X': put_picture(o, n->wide_time, tm, n); break;
    case 'y':
        CRT_CHECK(tm->tm_year >= -1900, EINVAL, false);
        put_number(o, (tm->tm_year + 1900) % 100, 2, alternate);
        break;
    case 'Y':
        CRT_CHECK(tm->tm_year >= -1900, EINVAL, false);
        put_number(o, tm->tm_year + 1900, 4, alternate);
        break;
    case 'z':
        time_need_zone();
        {
            long offset = -(_timezone + (tm->tm_isdst > 0 ? _dstbias : 0)) / 60;
            wchar_t text[12];
            _snwprintf(text, 12, L"%lc%02ld%02ld", offset < 0 ? '-' : '+',
                       (offset < 0 ? -offset : offset) / 60, (offset < 0 ? -offset : offset) % 60);
            put(o, CRT_UCRT ? text : __wide_tzname()[tm->tm_isdst > 0]);
        }
        break;
    case 'Z':
        time_need_zone();
        put(o, __wide_tzname()[tm->tm_isdst > 0]);
        break;
    case '%': put(o, L"%"); break;
    default: CRT_CHECK(false, EINVAL, false);
    }
    return true;
}

size_t _wcsftime_l(wchar_t *text, size_t size, const wchar_t *format, const struct tm *tm,
                   crt_locale_t locale)
{
    const struct crt_locale *l = crt_locale_of(locale);
    struct out o = {text, size, 0, false};

    CRT_CHECK(text && size, EINVAL, 0);
    *text = 0;
    CRT_CHECK(format && tm, EINVAL, 0);
    while (*format && !o.overflow) {
        wchar_t literal[2] = {*format++, 0};
        if (*literal != '%') {
            put(&o, literal);
            continue;
        }
        bool alternate = *format == '#';
        format += alternate;
        if (CRT_UCRT && (*format == 'E' || *format == 'O'))
            format++;
        if (!*format)
            break;
        if (!expand(&o, *format++, alternate, tm, l)) {
            *text = 0;
            return 0;
        }
    }
    if (o.overflow) {
        *text = 0;
        errno = ERANGE;
        return 0;
    }
    text[o.count] = 0;
    return o.count;
}
size_t wcsftime(wchar_t *text, size_t size, const wchar_t *format, const struct tm *tm)
{
    return _wcsftime_l(text, size, format, tm, NULL);
}

size_t _strftime_l(char *text, size_t size, const char *format, const struct tm *tm, crt_locale_t locale)
{
    unsigned int cp = crt_locale_of(locale)->codepage;

    CRT_CHECK(text && size, EINVAL, 0);
    *text = 0;
    CRT_CHECK(format && tm, EINVAL, 0);
    if (!cp)
        cp = 28591; /* a byte is the character of its number */
    size_t length = strlen(format) + 1, room = size < 0x10000 ? size : 0x10000, result = 0;
    wchar_t *wide_format = malloc(length * sizeof *wide_format), *wide = malloc(room * sizeof *wide);
    if (wide_format && wide) {
        if (crt_locale_of(locale)->codepage)
            MultiByteToWideChar(cp, 0, format, -1, wide_format, (int)length);
        else
            for (size_t i = 0; i < length; i++)
                wide_format[i] = (unsigned char)format[i];
        size_t count = _wcsftime_l(wide, room, wide_format, tm, locale);
        if (count && crt_locale_of(locale)->codepage) {
            result = WideCharToMultiByte(cp, 0, wide, (int)count, text, (int)room - 1, NULL, NULL);
            if (!result)
                errno = ERANGE;
        } else if (count) {
            for (result = 0; result < count; result++)
                text[result] = (char)wide[result];
        }
        text[result] = 0;
    }
    free(wide_format);
    free(wide);
    return result;
}
size_t strftime(char *text, size_t size, const char *format, const struct tm *tm)
{
    return _strftime_l(text, size, format, tm, NULL);
}
size_t _Strftime(char *text, size_t size, const char *format, const struct tm *tm, void *names)
{
    (void)names;
    return _strftime_l(text, size, format, tm, NULL);
}
size_t _Wcsftime(wchar_t *text, size_t size, const wchar_t *format, const struct tm *tm, void *names)
{
    (void)names;
    return _wcsftime_l(text, size, format, tm, NULL);
}

/* ":Sun:Sunday:Mon..." in memory of the caller, for C++ libraries. */
static char *joined(const char *const *a, const char *const *b, int count)
{
    size_t size = 1;

    for (int i = 0; i < count; i++)
        size += strlen(a[i]) + strlen(b[i]) + 2;
    char *text = malloc(size), *p = text;
    for (int i = 0; text && i < count; i++)
        p += _snprintf(p, size - (p - text), ":%s:%s", a[i], b[i]);
    return text;
}
char *_Getdays(void)
{
    const struct crt_time_names *n = crt_current_locale()->time;
    return joined(n->day_short, n->day_long, 7);
}
char *_Getmonths(void)
{
    const struct crt_time_names *n = crt_current_locale()->time;
    return joined(n->month_short, n->month_long, 12);
}
static wchar_t *wide_joined(const wchar_t *const *a, const wchar_t *const *b, int count)
{
    size_t size = 1;

    for (int i = 0; i < count; i++)
        size += wcslen(a[i]) + wcslen(b[i]) + 2;
    wchar_t *text = malloc(size * sizeof *text), *p = text;
    for (int i = 0; text && i < count; i++)
        p += _snwprintf(p, size - (p - text), L":%ls:%ls", a[i], b[i]);
    return text;
}
wchar_t *_W_Getdays(void)
{
    const struct crt_time_names *n = crt_current_locale()->time;
    return wide_joined(n->wide_day_short, n->wide_day_long, 7);
}
wchar_t *_W_Getmonths(void)
{
    const struct crt_time_names *n = crt_current_locale()->time;
    return wide_joined(n->wide_month_short, n->wide_month_long, 12);
}
/* A copy of the names that the caller frees; _Strftime takes them from the locale anyway. */
void *_Gettnames(void)
{
    struct crt_time_names *copy = malloc(sizeof *copy);

    if (copy)
        *copy = *crt_current_locale()->time;
    return copy;
}
void *_W_Gettnames(void)
{
    return _Gettnames();
}
