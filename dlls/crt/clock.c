/*
 * Time: the clock.
 */
#include "time_private.h"

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
    /* The clock that is read may be a tick behind the one that the process was stamped with. */
    int64_t elapsed = (int64_t)(now_100ns() - start);
    return elapsed < 0 ? 0 : (long)(elapsed / 10000);
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
        time_need_zone();                                                                                    \
        uint64_t now = now_100ns() - EPOCH_1970;                                                             \
        int64_t seconds = (int64_t)(now / 10000000);                                                         \
        time_to_local(&tm, seconds, MAX_TIME64);                                                             \
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
