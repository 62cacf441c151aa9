/*
 * Time: texts of a fixed form.
 */
#include "time_private.h"

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
