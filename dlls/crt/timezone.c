/*
 * Time: the zone, from TZ or the system, and its rules.
 */
#include "time_private.h"

long _timezone = 8 * 3600, _dstbias = -3600;
int _daylight = 1;
static char standard_name[64] = "PST", daylight_name[64] = "PDT";
static wchar_t wide_standard_name[64] = L"PST", wide_daylight_name[64] = L"PDT";
char *_tzname[2] = {standard_name, daylight_name};

static volatile LONG zone_known;
static bool zone_is_api;           /* rules come from the system, else from TZ */
static TIME_ZONE_INFORMATION zone; /* with zone_is_api */

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

void time_need_zone(void)
{
    if (!zone_known)
        _tzset();
}

/* Seconds from the year's start at which a rule takes effect, in local standard time. */
static int64_t rule_second(int64_t year, const SYSTEMTIME *rule)
{
    const short *months = month_days[time_is_leap(year)];
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

bool time_in_daylight(const struct tm *tm)
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
