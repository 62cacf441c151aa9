/*
 * Time: the clock, broken-down time, time zones and their text. Years 1970 to 3000 for 64-bit times.
 */
#include "crt.h"

#define DAY_SECONDS 86400
#define EPOCH_1970  116444736000000000ull /* 1970 in 100 ns since 1601 */
#define MAX_TIME64  32535291599ll         /* the end of year 3000, and 14 hours */
#define MAX_TIME32  0x7fffffffll

long _timezone = 8 * 3600, _dstbias = -3600;
int _daylight = 1;
static char standard_name[64] = "PST", daylight_name[64] = "PDT";
static wchar_t wide_standard_name[64] = L"PST", wide_daylight_name[64] = L"PDT";
char *_tzname[2] = {standard_name, daylight_name};

static volatile LONG zone_known;
static bool zone_is_api;           /* rules come from the system, else from TZ */
static TIME_ZONE_INFORMATION zone; /* with zone_is_api */

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

int *__p__daylight(void)
{
    return &_daylight;
}
int *__daylight(void)
{
    return &_daylight;
}
long *__p__dstbias(void)
{
    return &_dstbias;
}
long *__dstbias(void)
{
    return &_dstbias;
}
long *__p__timezone(void)
{
    return &_timezone;
}
long *__timezone(void)
{
    return &_timezone;
}
char **__p__tzname(void)
{
    return _tzname;
}
char **__tzname(void)
{
    return _tzname;
}
wchar_t **__wide_tzname(void)
{
    static wchar_t *names[2] = {wide_standard_name, wide_daylight_name};
    return names;
}

/* ---------------------------------------------------------------- the calendar */

static bool is_leap(int64_t year)
{
    return !(year % 4) && (year % 100 || !(year % 400));
}

static int64_t days_before_year(int64_t year) /* since 1970 */
{
    int64_t y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}

static const short month_days[2][13] = {{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
                                        {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}};

static void break_down(int64_t t, struct tm *tm)
{
    int64_t days = t / DAY_SECONDS;
    int seconds = (int)(t % DAY_SECONDS);

    if (seconds < 0) {
        seconds += DAY_SECONDS;
        days--;
    }
    int64_t year = 1970 + days / 365;
    while (days_before_year(year) > days)
        year--;
    tm->tm_yday = (int)(days - days_before_year(year));
    const short *months = month_days[is_leap(year)];
    int month = 0;
    while (tm->tm_yday >= months[month + 1])
        month++;
    tm->tm_year = (int)(year - 1900);
    tm->tm_mon = month;
    tm->tm_mday = tm->tm_yday - months[month] + 1;
    tm->tm_wday = (int)((days + 4) % 7);
    if (tm->tm_wday < 0)
        tm->tm_wday += 7;
    tm->tm_hour = seconds / 3600;
    tm->tm_min = seconds / 60 % 60;
    tm->tm_sec = seconds % 60;
    tm->tm_isdst = 0;
}

/* ---------------------------------------------------------------- the zone */

static int read_offset(const char **p)
{
    int sign = 1, value;

    if (**p == '-' || **p == '+')
        sign = *(*p)++ == '-' ? -1 : 1;
    value = (int)strtol(*p, (char **)p, 10) * 3600;
    if (**p == ':') {
        ++*p;
        value += (int)strtol(*p, (char **)p, 10) * 60;
        if (**p == ':') {
            ++*p;
            value += (int)strtol(*p, (char **)p, 10);
        }
    }
    return sign * value;
}

static void set_zone(void)
{
    const char *tz = getenv("TZ");

    zone_is_api = !tz || !*tz;
    if (!zone_is_api) { /* "AAA[+-]h[h[:mm[:ss]]][BBB]" with United States rules */
        memset(daylight_name, 0, sizeof daylight_name);
        memset(standard_name, 0, sizeof standard_name);
        strncpy(standard_name, tz, 3);
        const char *p = tz + strlen(standard_name);
        _timezone = read_offset(&p);
        _daylight = *p != 0;
        if (*p)
            strncpy(daylight_name, p, 3);
        _dstbias = -3600;
    } else if (GetTimeZoneInformation(&zone) != TIME_ZONE_ID_INVALID) {
        _timezone = zone.Bias * 60;
        if (zone.StandardDate.wMonth)
            _timezone += zone.StandardBias * 60;
        _daylight = zone.DaylightDate.wMonth && zone.DaylightBias;
        _dstbias = _daylight ? (zone.DaylightBias - zone.StandardBias) * 60 : 0;
        WideCharToMultiByte(CP_ACP, 0, zone.StandardName, -1, standard_name, 63, NULL, NULL);
        WideCharToMultiByte(CP_ACP, 0, zone.DaylightName, -1, daylight_name, 63, NULL, NULL);
    }
    MultiByteToWideChar(CP_ACP, 0, standard_name, -1, wide_standard_name, 64);
    MultiByteToWideChar(CP_ACP, 0, daylight_name, -1, wide_daylight_name, 64);
    zone_known = 1;
}

void _tzset(void)
{
    _lock(CRT_LOCK_TIME);
    set_zone();
    _unlock(CRT_LOCK_TIME);
}

static void need_zone(void)
{
    if (!zone_known)
        _tzset();
}

/* Seconds from the year's start at which a rule takes effect, in local standard time. */
static int64_t rule_second(int64_t year, const SYSTEMTIME *rule)
{
    const short *months = month_days[is_leap(year)];
    int month = rule->wMonth - 1, day;

    if (rule->wYear) {
        day = rule->wDay - 1;
    } else {
        int first = (int)((days_before_year(year) + months[month] + 4) % 7);
        if (first < 0)
            first += 7;
        day = (rule->wDayOfWeek - first + 7) % 7 + (rule->wDay - 1) * 7;
        while (day >= months[month + 1] - months[month])
            day -= 7;
    }
    return (int64_t)(months[month] + day) * DAY_SECONDS + rule->wHour * 3600 + rule->wMinute * 60 +
           rule->wSecond;
}

/* Whether daylight time holds at a broken-down standard time. */
static bool in_daylight(const struct tm *tm)
{
    int64_t year = tm->tm_year + 1900, start, end;
    int64_t now = (int64_t)tm->tm_yday * DAY_SECONDS + tm->tm_hour * 3600 + tm->tm_min * 60 + tm->tm_sec;

    if (!_daylight)
        return false;
    if (zone_is_api) {
        start = rule_second(year, &zone.DaylightDate);
        end = rule_second(year, &zone.StandardDate);
    } else {
        bool modern = year >= 2007;
        SYSTEMTIME from = {0, modern ? 3 : 4, 0, modern ? 2 : 1, 2, 0, 0, 0};
        SYSTEMTIME to = {0, modern ? 11 : 10, 0, modern ? 1 : 5, 2, 0, 0, 0};
        start = rule_second(year, &from);
        end = rule_second(year, &to);
    }
    end += _dstbias; /* given in daylight time */
    return start < end ? now >= start && now < end : now >= start || now < end;
}

/* ---------------------------------------------------------------- conversions */

static int to_utc(struct tm *tm, int64_t t, int64_t most)
{
    if (t < -43200 || t > most) {
        memset(tm, 0xff, sizeof *tm);
        CRT_CHECK(false, EINVAL, EINVAL);
    }
    break_down(t, tm);
    return 0;
}

static int to_local(struct tm *tm, int64_t t, int64_t most)
{
    if (t < 0 || t > most) {
        memset(tm, 0xff, sizeof *tm);
        CRT_CHECK(false, EINVAL, EINVAL);
    }
    need_zone();
    break_down(t - _timezone, tm);
    if (in_daylight(tm)) {
        break_down(t - _timezone - _dstbias, tm);
        tm->tm_isdst = 1;
    }
    return 0;
}

#define CONVERTER(T, bits, most, kind, function)                                                             \
    int _##kind##bits##_s(struct tm *tm, const T *t)                                                         \
    {                                                                                                        \
        CRT_CHECK(tm, EINVAL, EINVAL);                                                                       \
        if (!t)                                                                                              \
            memset(tm, 0xff, sizeof *tm);                                                                    \
        CRT_CHECK(t, EINVAL, EINVAL);                                                                        \
        return function(tm, *t, most);                                                                       \
    }                                                                                                        \
    struct tm *_##kind##bits(const T *t)                                                                     \
    {                                                                                                        \
        struct tm *tm = &crt_thread()->tm;                                                                   \
        CRT_CHECK(t, EINVAL, NULL);                                                                          \
        return function(tm, *t, most) ? NULL : tm;                                                           \
    }
CONVERTER(int64_t, 64, MAX_TIME64, gmtime, to_utc)
CONVERTER(int32_t, 32, MAX_TIME32, gmtime, to_utc)
CONVERTER(int64_t, 64, MAX_TIME64, localtime, to_local)
CONVERTER(int32_t, 32, MAX_TIME32, localtime, to_local)

/* Normalizes the fields and gives the time; -1 if it cannot be represented. */
static int64_t make_time(struct tm *tm, bool local, int64_t most)
{
    struct tm result;

    if (!tm) {
        CRT_CHECK(false, EINVAL, -1);
    }
    int64_t year = (int64_t)tm->tm_year + 1900 + tm->tm_mon / 12;
    int month = tm->tm_mon % 12;
    if (month < 0) {
        month += 12;
        year--;
    }
    if (year < 1969 || year > 3001) {
        errno = EINVAL;
        return -1;
    }
    int64_t t = (days_before_year(year) + month_days[is_leap(year)][month] + tm->tm_mday - 1) * DAY_SECONDS +
                (int64_t)tm->tm_hour * 3600 + (int64_t)tm->tm_min * 60 + tm->tm_sec;
    if (local) {
        need_zone();
        break_down(t, &result);
        t += _timezone;
        if (tm->tm_isdst > 0 || (tm->tm_isdst < 0 && in_daylight(&result)))
            t += _dstbias;
        if (t < 0 || t > most) {
            errno = EINVAL;
            return -1;
        }
        to_local(&result, t, MAX_TIME64);
    } else {
        if (t < 0 || t > most) {
            errno = EINVAL;
            return -1;
        }
        break_down(t, &result);
    }
    *tm = result;
    return t;
}

int64_t _mktime64(struct tm *tm)
{
    return make_time(tm, true, MAX_TIME64);
}
int32_t _mktime32(struct tm *tm)
{
    return (int32_t)make_time(tm, true, MAX_TIME32);
}
int64_t _mkgmtime64(struct tm *tm)
{
    return make_time(tm, false, MAX_TIME64);
}
int32_t _mkgmtime32(struct tm *tm)
{
    return (int32_t)make_time(tm, false, MAX_TIME32);
}

/* ---------------------------------------------------------------- the clock */

static uint64_t now_100ns(void)
{
    FILETIME ft;

    GetSystemTimeAsFileTime(&ft);
    return (uint64_t)ft.dwHighDateTime << 32 | ft.dwLowDateTime;
}

int64_t _time64(int64_t *ret_time)
{
    int64_t t = (int64_t)(now_100ns() - EPOCH_1970) / 10000000;

    if (ret_time)
        *ret_time = t;
    return t;
}
int32_t _time32(int32_t *ret_time)
{
    int64_t t = _time64(NULL);

    if (t > MAX_TIME32)
        t = -1;
    if (ret_time)
        *ret_time = (int32_t)t;
    return (int32_t)t;
}
double _difftime64(int64_t a, int64_t b)
{
    return (double)(a - b);
}
double _difftime32(int32_t a, int32_t b)
{
    return (double)((int64_t)a - b);
}

/* Milliseconds since the process began, in wall-clock time. */
long clock(void)
{
    FILETIME created, exited, kernel, user;

    if (!GetProcessTimes(GetCurrentProcess(), &created, &exited, &kernel, &user))
        return -1;
    uint64_t start = (uint64_t)created.dwHighDateTime << 32 | created.dwLowDateTime;
    return (long)((now_100ns() - start) / 10000);
}

struct timespec64 {
    int64_t tv_sec;
    long tv_nsec;
};
struct timespec32 {
    int32_t tv_sec;
    long tv_nsec;
};
int _timespec64_get(struct timespec64 *ts, int base)
{
    if (!ts || base != 1)
        return 0;
    uint64_t now = now_100ns() - EPOCH_1970;
    ts->tv_sec = (int64_t)(now / 10000000);
    ts->tv_nsec = (long)(now % 10000000) * 100;
    return base;
}
int _timespec32_get(struct timespec32 *ts, int base)
{
    if (!ts || base != 1)
        return 0;
    uint64_t now = now_100ns() - EPOCH_1970;
    ts->tv_sec = (int32_t)(now / 10000000);
    ts->tv_nsec = (long)(now % 10000000) * 100;
    return base;
}

struct timeb64 {
    int64_t time;
    unsigned short millitm;
    short timezone, dstflag;
};
struct timeb32 {
    int32_t time;
    unsigned short millitm;
    short timezone, dstflag;
};
#define FTIME(name, T)                                                                                       \
    int name##_s(struct T *tb)                                                                               \
    {                                                                                                        \
        struct tm tm;                                                                                        \
        CRT_CHECK(tb, EINVAL, EINVAL);                                                                       \
        need_zone();                                                                                         \
        uint64_t now = now_100ns() - EPOCH_1970;                                                             \
        int64_t seconds = (int64_t)(now / 10000000);                                                         \
        to_local(&tm, seconds, MAX_TIME64);                                                                  \
        tb->time = seconds;                                                                                  \
        tb->millitm = (unsigned short)(now / 10000 % 1000);                                                  \
        tb->timezone = (short)(_timezone / 60);                                                              \
        tb->dstflag = (short)tm.tm_isdst;                                                                    \
        return 0;                                                                                            \
    }                                                                                                        \
    void name(struct T *tb)                                                                                  \
    {                                                                                                        \
        name##_s(tb);                                                                                        \
    }
FTIME(_ftime64, timeb64)
FTIME(_ftime32, timeb32)

unsigned int _getsystime(struct tm *tm)
{
    SYSTEMTIME st;

    GetLocalTime(&st);
    tm->tm_isdst = -1;
    tm->tm_sec = st.wSecond;
    tm->tm_min = st.wMinute;
    tm->tm_hour = st.wHour;
    tm->tm_mday = st.wDay;
    tm->tm_mon = st.wMonth - 1;
    tm->tm_year = st.wYear - 1900;
    _mktime64(tm);
    return st.wMilliseconds;
}
unsigned int _setsystime(struct tm *tm, unsigned int milliseconds)
{
    _mktime64(tm);
    SYSTEMTIME st = {(WORD)(tm->tm_year + 1900), (WORD)(tm->tm_mon + 1), (WORD)tm->tm_wday,
                     (WORD)tm->tm_mday,          (WORD)tm->tm_hour,      (WORD)tm->tm_min,
                     (WORD)tm->tm_sec,           (WORD)milliseconds};
    return SetLocalTime(&st) ? 0 : GetLastError();
}

int _get_timezone(long *v)
{
    CRT_CHECK(v, EINVAL, EINVAL);
    *v = _timezone;
    return 0;
}
int _get_daylight(int *v)
{
    CRT_CHECK(v, EINVAL, EINVAL);
    *v = _daylight;
    return 0;
}
int _get_dstbias(long *v)
{
    CRT_CHECK(v, EINVAL, EINVAL);
    *v = _dstbias;
    return 0;
}
int _get_tzname(size_t *ret_size, char *buffer, size_t size, int index)
{
    CRT_CHECK(ret_size && ((buffer && size) || (!buffer && !size)) && (index == 0 || index == 1), EINVAL,
              EINVAL);
    *ret_size = strlen(_tzname[index]) + 1;
    if (!buffer)
        return 0;
    if (*ret_size > size)
        return ERANGE;
    strcpy(buffer, _tzname[index]);
    return 0;
}

/* ---------------------------------------------------------------- fixed texts */

#define TIME_TEXT 26

static int asctime_text(char *text, const struct tm *tm)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    CRT_CHECK(tm->tm_year >= 0 && tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_hour >= 0 &&
                  tm->tm_hour < 24 && tm->tm_min >= 0 && tm->tm_min < 60 && tm->tm_sec >= 0 &&
                  tm->tm_sec < 61 && tm->tm_wday >= 0 && tm->tm_wday < 7 && tm->tm_mday >= 1 &&
                  tm->tm_mday <= 31,
              EINVAL, EINVAL);
    _snprintf(text, TIME_TEXT, "%.3s %.3s %02d %02d:%02d:%02d %d\n", days + 3 * tm->tm_wday,
              months + 3 * tm->tm_mon, tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec, tm->tm_year + 1900);
    return 0;
}

int asctime_s(char *buffer, size_t size, const struct tm *tm)
{
    CRT_CHECK(buffer && size, EINVAL, EINVAL);
    *buffer = 0;
    CRT_CHECK(size >= TIME_TEXT && tm, EINVAL, EINVAL);
    return asctime_text(buffer, tm);
}
int _wasctime_s(wchar_t *buffer, size_t size, const struct tm *tm)
{
    char text[TIME_TEXT];

    CRT_CHECK(buffer && size, EINVAL, EINVAL);
    *buffer = 0;
    CRT_CHECK(size >= TIME_TEXT && tm, EINVAL, EINVAL);
    int error = asctime_text(text, tm);
    for (int i = 0; !error && i < TIME_TEXT; i++)
        buffer[i] = text[i];
    return error;
}
char *asctime(const struct tm *tm)
{
    struct crt_thread *thread = crt_thread();

    if (!thread->asctime_buffer)
        thread->asctime_buffer = malloc(TIME_TEXT);
    return thread->asctime_buffer && !asctime_s(thread->asctime_buffer, TIME_TEXT, tm)
               ? thread->asctime_buffer
               : NULL;
}
wchar_t *_wasctime(const struct tm *tm)
{
    struct crt_thread *thread = crt_thread();

    if (!thread->wasctime_buffer)
        thread->wasctime_buffer = malloc(TIME_TEXT * 2);
    return thread->wasctime_buffer && !_wasctime_s(thread->wasctime_buffer, TIME_TEXT, tm)
               ? thread->wasctime_buffer
               : NULL;
}
char *_ctime64(const int64_t *t)
{
    struct tm *tm = _localtime64(t);
    return tm ? asctime(tm) : NULL;
}
char *_ctime32(const int32_t *t)
{
    struct tm *tm = _localtime32(t);
    return tm ? asctime(tm) : NULL;
}
wchar_t *_wctime64(const int64_t *t)
{
    struct tm *tm = _localtime64(t);
    return tm ? _wasctime(tm) : NULL;
}
wchar_t *_wctime32(const int32_t *t)
{
    struct tm *tm = _localtime32(t);
    return tm ? _wasctime(tm) : NULL;
}
int _ctime64_s(char *buffer, size_t size, const int64_t *t)
{
    struct tm tm;
    int error = _localtime64_s(&tm, t);
    return error ? error : asctime_s(buffer, size, &tm);
}
int _ctime32_s(char *buffer, size_t size, const int32_t *t)
{
    struct tm tm;
    int error = _localtime32_s(&tm, t);
    return error ? error : asctime_s(buffer, size, &tm);
}
int _wctime64_s(wchar_t *buffer, size_t size, const int64_t *t)
{
    struct tm tm;
    int error = _localtime64_s(&tm, t);
    return error ? error : _wasctime_s(buffer, size, &tm);
}
int _wctime32_s(wchar_t *buffer, size_t size, const int32_t *t)
{
    struct tm tm;
    int error = _localtime32_s(&tm, t);
    return error ? error : _wasctime_s(buffer, size, &tm);
}

#define NOW_TEXT(T, name, print, format, a, b, c)                                                            \
    int name##_s(T *buffer, size_t size)                                                                     \
    {                                                                                                        \
        SYSTEMTIME st;                                                                                       \
        CRT_CHECK(buffer &&size, EINVAL, EINVAL);                                                            \
        *buffer = 0;                                                                                         \
        CRT_CHECK(size >= 9, ERANGE, ERANGE);                                                                \
        GetLocalTime(&st);                                                                                   \
        print(buffer, 9, format, a, b, c);                                                                   \
        return 0;                                                                                            \
    }                                                                                                        \
    T *name(T *buffer)                                                                                       \
    {                                                                                                        \
        return name##_s(buffer, 9) ? NULL : buffer;                                                          \
    }
NOW_TEXT(char, _strdate, _snprintf, "%02d/%02d/%02d", st.wMonth, st.wDay, st.wYear % 100)
NOW_TEXT(char, _strtime, _snprintf, "%02d:%02d:%02d", st.wHour, st.wMinute, st.wSecond)
NOW_TEXT(wchar_t, _wstrdate, _snwprintf, L"%02d/%02d/%02d", st.wMonth, st.wDay, st.wYear % 100)
NOW_TEXT(wchar_t, _wstrtime, _snwprintf, L"%02d:%02d:%02d", st.wHour, st.wMinute, st.wSecond)

/* ---------------------------------------------------------------- strftime */

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
        int last = tm->tm_yday + (is_leap(year) ? 366 : 365);
        week = (last - weekday + 10) / 7;
    } else if (week == 53) {
        int days = is_leap(year) ? 366 : 365;
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
        need_zone();
        {
            long offset = -(_timezone + (tm->tm_isdst > 0 ? _dstbias : 0)) / 60;
            wchar_t text[12];
            _snwprintf(text, 12, L"%lc%02ld%02ld", offset < 0 ? '-' : '+',
                       (offset < 0 ? -offset : offset) / 60, (offset < 0 ? -offset : offset) % 60);
            put(o, CRT_UCRT ? text : tm->tm_isdst > 0 ? wide_daylight_name : wide_standard_name);
        }
        break;
    case 'Z':
        need_zone();
        put(o, tm->tm_isdst > 0 ? wide_daylight_name : wide_standard_name);
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
