/*
 * Time: the calendar, conversions between seconds and broken-down time.
 */
#include "time_private.h"

int64_t days_before_year(int64_t year)
{
    int64_t y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}

const short month_days[2][13] = {{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
                                 {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}};

void time_break_down(int64_t t, struct tm *tm)
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
    const short *months = month_days[time_is_leap(year)];
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

static int to_utc(struct tm *tm, int64_t t, int64_t most)
{
    if (t < -43200 || t > most) {
        memset(tm, 0xff, sizeof *tm);
        CRT_CHECK(false, EINVAL, EINVAL);
    }
    time_break_down(t, tm);
    return 0;
}

int time_to_local(struct tm *tm, int64_t t, int64_t most)
{
    if (t < 0 || t > most) {
        memset(tm, 0xff, sizeof *tm);
        CRT_CHECK(false, EINVAL, EINVAL);
    }
    time_need_zone();
    time_break_down(t - _timezone, tm);
    if (time_in_daylight(tm)) {
        time_break_down(t - _timezone - _dstbias, tm);
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
CONVERTER(int64_t, 64, MAX_TIME64, localtime, time_to_local)
CONVERTER(int32_t, 32, MAX_TIME32, localtime, time_to_local)

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
    int64_t t = (days_before_year(year) + month_days[time_is_leap(year)][month] + tm->tm_mday - 1) *
                    DAY_SECONDS +
                (int64_t)tm->tm_hour * 3600 + (int64_t)tm->tm_min * 60 + tm->tm_sec;
    if (local) {
        time_need_zone();
        time_break_down(t, &result);
        t += _timezone;
        if (tm->tm_isdst > 0 || (tm->tm_isdst < 0 && time_in_daylight(&result)))
            t += _dstbias;
        if (t < 0 || t > most) {
            errno = EINVAL;
            return -1;
        }
        time_to_local(&result, t, MAX_TIME64);
    } else {
        if (t < 0 || t > most) {
            errno = EINVAL;
            return -1;
        }
        time_break_down(t, &result);
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
