/*
 * Every time function, of 32 and 64 bits, narrow and wide: limits, errors, all conversions of strftime, the
 * zone.
 */
#include "crt.h"

#include <errno.h>
#include <sys/timeb.h>
#include <time.h>
#include <wchar.h>

/* 2023-11-14 22:13:20, a Tuesday */
#define MOMENT 1700000000

static const struct tm moment = {.tm_year = 123,
                                 .tm_mon = 10,
                                 .tm_mday = 14,
                                 .tm_hour = 22,
                                 .tm_min = 13,
                                 .tm_sec = 20,
                                 .tm_wday = 2,
                                 .tm_yday = 317};

/* What the runtime reads when it is asked for its zone the next time. */
static void use_zone(const char *zone)
{
    char text[60];

    snprintf(text, sizeof text, "TZ=%s", zone);
    CRT(int, _putenv, (const char *))(text);
    CRT(void, _tzset, (void))();
}

static int same(const struct tm *a, const struct tm *b)
{
    return a->tm_year == b->tm_year && a->tm_mon == b->tm_mon && a->tm_mday == b->tm_mday &&
           a->tm_hour == b->tm_hour && a->tm_min == b->tm_min && a->tm_sec == b->tm_sec &&
           a->tm_wday == b->tm_wday && a->tm_yday == b->tm_yday;
}

CRT_TEST(broken_down)
{
    ORACLE_DIFFERS("the year 3000 ends later in the west, and NULL is an invalid parameter");
    __time64_t t = MOMENT, negative = -43201, late = 32535291600ll, most = 32535291599ll;
    __time32_t u = MOMENT, negative32 = -43201;
    struct tm tm;

    use_zone("UTC0");
    CHECK(same(FN(_gmtime64)(&t), &moment));
    CHECK(same(FN(_gmtime32)(&u), &moment));
    CHECK(same(FN(_localtime64)(&t), &moment));
    CHECK(same(FN(_localtime32)(&u), &moment));
    CHECK_EQ(FN(_gmtime64_s)(&tm, &t), 0);
    CHECK(same(&tm, &moment));
    CHECK_EQ(FN(_gmtime32_s)(&tm, &u), 0);
    CHECK(same(&tm, &moment));
    CHECK_EQ(FN(_localtime64_s)(&tm, &t), 0);
    CHECK(same(&tm, &moment));
    CHECK_EQ(FN(_localtime32_s)(&tm, &u), 0);
    CHECK(same(&tm, &moment));
#if !defined UCRT && !defined _WIN64
    CHECK(same(CRT(struct tm *, localtime, (const __time32_t *))(&u), &moment));
#elif !defined UCRT
    CHECK(same(CRT(struct tm *, localtime, (const __time64_t *))(&t), &moment));
#endif
    CHECK_INVALID(FN(_gmtime64)(NULL) == NULL, 1, EINVAL);
    CHECK_ERRNO(FN(_gmtime64)(&negative) == NULL, 1, EINVAL);
    CHECK_ERRNO(FN(_gmtime32)(&negative32) == NULL, 1, EINVAL);
    CHECK_ERRNO(FN(_gmtime64)(&late) == NULL, 1, EINVAL);
    CHECK(FN(_gmtime64)(&most) != NULL);
    negative = -1;
    CHECK_ERRNO(FN(_localtime64)(&negative) == NULL, 1, EINVAL);
    CHECK_INVALID(FN(_gmtime64_s)(NULL, &t), EINVAL, EINVAL);
    CHECK_INVALID(FN(_gmtime64_s)(&tm, NULL), EINVAL, EINVAL);
    CHECK_EQ(tm.tm_year, -1);
    CHECK_EQ(tm.tm_isdst, -1);
    tm.tm_year = 5;
    CHECK_ERRNO(FN(_localtime64_s)(&tm, &negative), EINVAL, EINVAL);
    CHECK_EQ(tm.tm_year, -1);
    CHECK_INVALID(FN(_localtime32_s)(NULL, &u), EINVAL, EINVAL);
    CHECK_EQ(FN(_difftime64)(t, 1000), (double)MOMENT - 1000);
    CHECK_EQ(FN(_difftime32)(u, 1000), (double)MOMENT - 1000);
}

CRT_TEST(zones)
{
    __time64_t winter = 1704110400, summer = 1719835200; /* 2024-01-01 and 2024-07-01, noon in Greenwich */
    size_t size;
    char text[20];
    long bias;
    int daylight;

    ORACLE_DIFFERS("TZ is a variable of the runtime");
    use_zone("PST8PDT");
    CHECK_EQ(FN(_localtime64)(&winter)->tm_hour, 4);
    CHECK_EQ(FN(_localtime64)(&winter)->tm_isdst, 0);
    CHECK_EQ(FN(_localtime64)(&summer)->tm_hour, 5);
    CHECK_EQ(FN(_localtime64)(&summer)->tm_isdst, 1);
    CHECK_EQ(CRT(int, _get_timezone, (long *))(&bias), 0);
    CHECK_EQ(bias, 8 * 3600);
    CHECK_EQ(CRT(int, _get_daylight, (int *))(&daylight), 0);
    CHECK_EQ(!!daylight, 1);
    CHECK_EQ(CRT(int, _get_dstbias, (long *))(&bias), 0);
    CHECK_EQ(bias, -3600);
    CHECK_EQ(CRT(int, _get_tzname, (size_t *, char *, size_t, int))(&size, text, sizeof text, 0), 0);
    CHECK_STR(text, "PST");
    CHECK_EQ(size, 4);
    CHECK_EQ(CRT(int, _get_tzname, (size_t *, char *, size_t, int))(&size, text, sizeof text, 1), 0);
    CHECK_STR(text, "PDT");
    CHECK_EQ(CRT(int, _get_tzname, (size_t *, char *, size_t, int))(&size, NULL, 0, 1), 0);
    CHECK_EQ(size, 4);
    CHECK_EQ(CRT(int, _get_tzname, (size_t *, char *, size_t, int))(&size, text, 3, 1), ERANGE);
    CHECK_INVALID(CRT(int, _get_tzname, (size_t *, char *, size_t, int))(&size, text, 3, 2), EINVAL, EINVAL);
    CHECK_INVALID(CRT(int, _get_timezone, (long *))(NULL), EINVAL, EINVAL);
    CHECK_INVALID(CRT(int, _get_daylight, (int *))(NULL), EINVAL, EINVAL);
    CHECK_INVALID(CRT(int, _get_dstbias, (long *))(NULL), EINVAL, EINVAL);
#ifdef UCRT
    CHECK_EQ(*CRT(long *, __timezone, (void))(), 8 * 3600);
    CHECK_EQ(*CRT(int *, __daylight, (void))(), 1);
    CHECK_EQ(*CRT(long *, __dstbias, (void))(), -3600);
    CHECK_STR(CRT(char **, __tzname, (void))()[1], "PDT");
#else
    CHECK_EQ(*CRT(long *, __p__timezone, (void))(), 8 * 3600);
    CHECK_EQ(*CRT(int *, __p__daylight, (void))(), 1);
    CHECK_EQ(*CRT(long *, __p__dstbias, (void))(), -3600);
    CHECK_STR(CRT(char **, __p__tzname, (void))()[1], "PDT");
#endif
    use_zone("CET-1:30");
    CHECK_EQ(FN(_localtime64)(&winter)->tm_min, 30);
    CHECK_EQ(FN(_localtime64)(&winter)->tm_hour, 13);
    CHECK_EQ(FN(_localtime64)(&summer)->tm_isdst, 0);
    use_zone("UTC0");
}

CRT_TEST(making)
{
    struct tm tm = moment;

    use_zone("UTC0");
    tm.tm_wday = tm.tm_yday = 99; /* are not looked at */
    CHECK_EQ(FN(_mktime64)(&tm), MOMENT);
    CHECK(same(&tm, &moment));
    CHECK_EQ(FN(_mktime32)(&tm), MOMENT);
    CHECK_EQ(FN(_mkgmtime64)(&tm), MOMENT);
    CHECK_EQ(CRT(__time32_t, _mkgmtime32, (struct tm *))(&tm), MOMENT);
    static const struct {
        struct tm in;
        __time64_t out;
    } cases[] = {
        {{.tm_year = 70, .tm_mday = 1}, 0},
        {{.tm_year = 70, .tm_mday = 32}, 31 * 86400},             /* day over the month */
        {{.tm_year = 71, .tm_mon = -12, .tm_mday = 1}, 0},        /* months below zero */
        {{.tm_year = 70, .tm_mon = 1, .tm_mday = 0}, 30 * 86400}, /* the day before the first */
        {{.tm_year = 70, .tm_mday = 1, .tm_sec = 86399}, 86399},
        {{.tm_year = 70, .tm_mday = 2, .tm_hour = -1}, 86400 - 3600},
        {{.tm_year = 70, .tm_mday = 1, .tm_min = 60 * 24 * 365}, 365 * 86400},
        {{.tm_year = 100, .tm_mon = 1, .tm_mday = 30}, 951868800}, /* 2000-02-30 is March the 1st */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tm = cases[i].in;
        CHECK_EQ(FN(_mktime64)(&tm), cases[i].out);
        tm = cases[i].in;
        CHECK_EQ(FN(_mkgmtime64)(&tm), cases[i].out);
        CHECK(same(&tm, FN(_gmtime64)(&cases[i].out)));
    }
    CHECK_INVALID(FN(_mktime64)(NULL), -1, EINVAL);
    CHECK_INVALID(FN(_mkgmtime64)(NULL), -1, EINVAL);
    tm = (struct tm){.tm_year = 69, .tm_mon = 11, .tm_mday = 30};
    CHECK_ERRNO(FN(_mktime64)(&tm), -1, EINVAL);
    tm = (struct tm){.tm_year = 138, .tm_mon = 5, .tm_mday = 1};
    CHECK_ERRNO(FN(_mktime32)(&tm), -1, EINVAL);
    tm = (struct tm){.tm_year = 1200, .tm_mday = 1};
    CHECK_ERRNO(FN(_mktime64)(&tm), -1, EINVAL);
}

CRT_TEST(fixed_texts)
{
    __time64_t t = MOMENT;
    __time32_t u = MOMENT;
    char text[30];
    wchar_t wide[30];
    struct tm bad = moment;
#define TEXT_OF_MOMENT "Tue Nov 14 22:13:20 2023\n"

    ORACLE_DIFFERS("every failure sets errno and leaves an empty text");
    use_zone("UTC0");
    CHECK_STR(FN(asctime)(&moment), TEXT_OF_MOMENT);
    CHECK_WSTR(FN(_wasctime)(&moment), L"" TEXT_OF_MOMENT);
    CHECK_EQ(FN(asctime_s)(text, 26, &moment), 0);
    CHECK_STR(text, TEXT_OF_MOMENT);
    CHECK_EQ(FN(_wasctime_s)(wide, 26, &moment), 0);
    CHECK_WSTR(wide, L"" TEXT_OF_MOMENT);
    CHECK_STR(FN(_ctime64)(&t), TEXT_OF_MOMENT);
    CHECK_STR(FN(_ctime32)(&u), TEXT_OF_MOMENT);
    CHECK_WSTR(FN(_wctime64)(&t), L"" TEXT_OF_MOMENT);
    CHECK_WSTR(FN(_wctime32)(&u), L"" TEXT_OF_MOMENT);
    CHECK_EQ(FN(_ctime64_s)(text, 26, &t), 0);
    CHECK_STR(text, TEXT_OF_MOMENT);
    CHECK_EQ(FN(_ctime32_s)(text, 26, &u), 0);
    CHECK_STR(text, TEXT_OF_MOMENT);
    CHECK_EQ(FN(_wctime64_s)(wide, 26, &t), 0);
    CHECK_WSTR(wide, L"" TEXT_OF_MOMENT);
    CHECK_EQ(FN(_wctime32_s)(wide, 26, &u), 0);
    CHECK_WSTR(wide, L"" TEXT_OF_MOMENT);
    CHECK_INVALID(FN(asctime_s)(text, 25, &moment), EINVAL, EINVAL);
    CHECK_EQ(text[0], 0);
    CHECK_INVALID(FN(asctime_s)(NULL, 26, &moment), EINVAL, EINVAL);
    CHECK_INVALID(FN(asctime_s)(text, 26, NULL), EINVAL, EINVAL);
    CHECK_INVALID(FN(_wasctime_s)(wide, 25, &moment), EINVAL, EINVAL);
    bad.tm_mon = 12;
    CHECK_INVALID(FN(asctime_s)(text, 26, &bad), EINVAL, EINVAL);
    CHECK_INVALID(FN(_ctime64_s)(text, 10, &t), EINVAL, EINVAL);
    t = -5;
    CHECK_ERRNO(FN(_ctime64)(&t) == NULL, 1, EINVAL);
#if !defined UCRT
#ifdef _WIN64
    t = MOMENT;
    CHECK_STR(CRT(char *, ctime, (const __time64_t *))(&t), TEXT_OF_MOMENT);
    CHECK_WSTR(CRT(wchar_t *, _wctime, (const __time64_t *))(&t), L"" TEXT_OF_MOMENT);
#else
    CHECK_STR(CRT(char *, ctime, (const __time32_t *))(&u), TEXT_OF_MOMENT);
    CHECK_WSTR(CRT(wchar_t *, _wctime, (const __time32_t *))(&u), L"" TEXT_OF_MOMENT);
#endif
#endif
}

#ifndef UCRT
/* The plain names of msvcrt follow the width of pointers. */
#ifdef _WIN64
typedef __time64_t plain_time;
#else
typedef __time32_t plain_time;
#endif
CRT_TEST(plain_names)
{
    struct tm tm = moment;
    struct {
        plain_time time;
        unsigned short millitm;
        short timezone, dstflag;
    } tb = {0};

    CHECK_EQ(CRT(plain_time, _mkgmtime, (struct tm *))(&tm), MOMENT);
    CHECK(CRT(double, difftime, (plain_time, plain_time))(1000, 400) == 600);
    CRT(void, _ftime, (void *))(&tb);
    CHECK(tb.time > MOMENT && tb.millitm < 1000);
    tb.time = 0;
    CHECK_EQ(CRT(int, _ftime_s, (void *))(&tb), 0);
    CHECK(tb.time > MOMENT);
    CHECK_INVALID(CRT(int, _ftime_s, (void *))(NULL), EINVAL, EINVAL);
}
#endif

CRT_TEST(dates_of_now)
{
    ORACLE_DIFFERS("a size of zero is EINVAL, and failures are reported");
    char text[9], before[20], after[20];
    wchar_t wide[9], wide_before[20];
    SYSTEMTIME now;

    for (int tries = 0; tries < 3; tries++) { /* the second may turn */
        GetLocalTime(&now);
        snprintf(before, sizeof before, "%02d:%02d:%02d", now.wHour, now.wMinute, now.wSecond);
        CHECK(FN(_strtime)(text) == text);
        GetLocalTime(&now);
        snprintf(after, sizeof after, "%02d:%02d:%02d", now.wHour, now.wMinute, now.wSecond);
        if (!strcmp(before, after))
            break;
    }
    CHECK(!strcmp(text, before) || !strcmp(text, after));
    CHECK_EQ(FN(_strtime_s)(text, 9), 0);
    CHECK_EQ(strlen(text), 8);
    CHECK(FN(_wstrtime)(wide) == wide);
    CHECK_EQ(wide[2], ':');
    CHECK_EQ(FN(_wstrtime_s)(wide, 9), 0);
    snprintf(before, sizeof before, "%02d/%02d/%02d", now.wMonth, now.wDay, now.wYear % 100);
    MultiByteToWideChar(CP_ACP, 0, before, -1, wide_before, 20);
    CHECK_STR(FN(_strdate)(text), before);
    CHECK_EQ(FN(_strdate_s)(text, 9), 0);
    CHECK_STR(text, before);
    CHECK_WSTR(FN(_wstrdate)(wide), wide_before);
    CHECK_EQ(FN(_wstrdate_s)(wide, 9), 0);
    CHECK_WSTR(wide, wide_before);
    CHECK_INVALID(FN(_strdate_s)(text, 8), ERANGE, ERANGE);
    CHECK_EQ(text[0], 0);
    CHECK_INVALID(FN(_strtime_s)(text, 8), ERANGE, ERANGE);
    CHECK_INVALID(FN(_strdate_s)(NULL, 9), EINVAL, EINVAL);
    CHECK_INVALID(FN(_strtime_s)(text, 0), EINVAL, EINVAL);
    CHECK_INVALID(FN(_wstrdate_s)(wide, 8), ERANGE, ERANGE);
    CHECK_INVALID(FN(_wstrtime_s)(NULL, 9), EINVAL, EINVAL);
}

CRT_TEST(clocks)
{
    FILETIME file_time;
    struct __timeb64 tb;
    struct __timeb32 tb32;

    GetSystemTimeAsFileTime(&file_time);
    long long now = (((long long)file_time.dwHighDateTime << 32 | file_time.dwLowDateTime) -
                     116444736000000000ll) /
                    10000000;
    __time64_t t = 0;
    __time32_t u = 0;
    CHECK(llabs(FN(_time64)(&t) - now) <= 2 && llabs(t - now) <= 2);
    CHECK(llabs(FN(_time32)(&u) - now) <= 2 && llabs(u - now) <= 2);
    CHECK(llabs(FN(_time64)(NULL) - now) <= 2);
    memset(&tb, 0xee, sizeof tb);
    FN(_ftime64)(&tb);
    CHECK(llabs(tb.time - now) <= 2 && tb.millitm < 1000);
    CHECK_EQ(FN(_ftime64_s)(&tb), 0);
    FN(_ftime32)(&tb32);
    CHECK(llabs(tb32.time - now) <= 2 && tb32.millitm < 1000);
    CHECK_EQ(FN(_ftime32_s)(&tb32), 0);
    CHECK_INVALID(FN(_ftime64_s)(NULL), EINVAL, EINVAL);
    clock_t c = FN(clock)();
    Sleep(30);
    CHECK(c >= 0 && FN(clock)() >= c + 15);
#ifdef UCRT
    struct {
        __time64_t sec;
        long nsec;
    } ts = {0, -1};
    struct {
        __time32_t sec;
        long nsec;
    } ts32 = {0, -1};
    CHECK_EQ(CRT(int, _timespec64_get, (void *, int))(&ts, 1), 1);
    CHECK(llabs(ts.sec - now) <= 2 && ts.nsec >= 0 && ts.nsec < 1000000000);
    CHECK_EQ(CRT(int, _timespec32_get, (void *, int))(&ts32, 1), 1);
    CHECK(llabs(ts32.sec - now) <= 2 && ts32.nsec >= 0 && ts32.nsec < 1000000000);
    CHECK_EQ(CRT(int, _timespec64_get, (void *, int))(&ts, 2), 0);
#endif
    struct tm tm;
    unsigned milliseconds = CRT(unsigned, _getsystime, (struct tm *))(&tm);
    SYSTEMTIME st;
    GetLocalTime(&st);
    CHECK(milliseconds < 1000);
    CHECK_EQ(tm.tm_year + 1900, st.wYear);
}

CRT_TEST(formats)
{
    if (IS_UCRT)
        ORACLE_DIFFERS("E and O modify conversions, as in C");
    static const struct {
        const char *format, *text;
        int ucrt_only;
    } cases[] = {
        {"%a %A", "Tue Tuesday", 0},
        {"%b %B", "Nov November", 0},
        {"%d %#d", "14 14", 0},
        {"%H %I %#I", "22 10 10", 0},
        {"%j", "318", 0},
        {"%m %M", "11 13", 0},
        {"%p", "PM", 0},
        {"%S", "20", 0},
        {"%U %W %w", "46 46 2", 0},
        {"%x", "11/14/23", 0},
        {"%#x", "Tuesday, November 14, 2023", 0},
        {"%X", "22:13:20", 0},
        {"%y %Y", "23 2023", 0},
        {"100%%", "100%", 0},
        {"%c", "Tue Nov 14 22:13:20 2023", 1},
        {"%C", "20", 1},
        {"%D", "11/14/23", 1},
        {"%e", "14", 1},
        {"%F", "2023-11-14", 1},
        {"%g %G %V", "23 2023 46", 1},
        {"%h", "Nov", 1},
        {"%n%t", "\n\t", 1},
        {"%r", "10:13:20 PM", 1},
        {"%R %T", "22:13 22:13:20", 1},
        {"%u", "2", 1},
        {"%Ey %Od", "23 14", 1},
    };
    char text[100];
    wchar_t wide[100], format_text[100], expected[100];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].ucrt_only && !IS_UCRT)
            continue;
        size_t length = strlen(cases[i].text);
        MultiByteToWideChar(CP_ACP, 0, cases[i].format, -1, format_text, 100);
        MultiByteToWideChar(CP_ACP, 0, cases[i].text, -1, expected, 100);
        CHECK_EQ(FN(strftime)(text, 100, cases[i].format, &moment), length);
        CHECK_STR(text, cases[i].text);
        CHECK_EQ(CRT(size_t, _Strftime, (char *, size_t, const char *, const struct tm *, void *))(
                     text, 100, cases[i].format, &moment, NULL),
                 length);
        CHECK_STR(text, cases[i].text);
        CHECK_EQ(FN(wcsftime)(wide, 100, format_text, &moment), length);
        CHECK_WSTR(wide, expected);
        CHECK_EQ(CRT(size_t, _wcsftime_l, (wchar_t *, size_t, const wchar_t *, const struct tm *, void *))(
                     wide, 100, format_text, &moment, NULL),
                 length);
        CHECK_WSTR(wide, expected);
        CHECK_EQ(CRT(size_t, _Wcsftime, (wchar_t *, size_t, const wchar_t *, const struct tm *, void *))(
                     wide, 100, format_text, &moment, NULL),
                 length);
        CHECK_WSTR(wide, expected);
        CHECK_ERRNO(FN(strftime)(text, length, cases[i].format, &moment), 0,
                    ERANGE); /* no room for the end */
    }
#ifdef UCRT
    void *german = CRT(void *, _create_locale, (int, const char *))(0, "German_Germany.1252");
    CHECK_EQ(CRT(size_t, _strftime_l, (char *, size_t, const char *, const struct tm *, void *))(
                 text, 100, "%A, %d. %B", &moment, german),
             22);
    CHECK_STR(text, "Dienstag, 14. November");
    CRT(void, _free_locale, (void *))(german);
#endif
    CHECK_INVALID(FN(strftime)(NULL, 9, "%d", &moment), 0, EINVAL);
    CHECK_INVALID(FN(strftime)(text, 0, "%d", &moment), 0, EINVAL);
    CHECK_INVALID(FN(strftime)(text, 9, NULL, &moment), 0, EINVAL);
    CHECK_INVALID(FN(strftime)(text, 9, "%d", NULL), 0, EINVAL);
    CHECK_INVALID(FN(strftime)(text, 9, "%J", &moment), 0, EINVAL);
    struct tm bad = {.tm_mon = 12};
    CHECK_INVALID(FN(strftime)(text, 9, "%B", &bad), 0, EINVAL);
    CHECK_INVALID(FN(wcsftime)(wide, 9, L"%H", &(struct tm){.tm_hour = 24}), 0, EINVAL);
}

/* ISO weeks at the turn of years: year, month, day; week and its year. */
CRT_TEST(iso_weeks)
{
    static const short cases[][5] = {
        {2005, 1, 1, 53, 2004}, {2005, 1, 3, 1, 2005},   {2008, 12, 29, 1, 2009},
        {2010, 1, 3, 53, 2009}, {2012, 1, 1, 52, 2011},  {2020, 12, 31, 53, 2020},
        {2021, 1, 3, 53, 2020}, {2024, 12, 30, 1, 2025}, {2026, 6, 15, 25, 2026}};
    if (!IS_UCRT) /* msvcrt has no ISO weeks */
        return;
    use_zone("UTC0");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tm tm = {.tm_year = cases[i][0] - 1900, .tm_mon = cases[i][1] - 1, .tm_mday = cases[i][2]};
        char text[20], expected[20];
        FN(_mkgmtime64)(&tm);
        FN(strftime)(text, sizeof text, "%V %G", &tm);
        snprintf(expected, sizeof expected, "%02d %d", cases[i][3], cases[i][4]);
        CHECK_STR(text, expected);
    }
}

CRT_TEST(names)
{
    char *days = CRT(char *, _Getdays, (void))(), *months = CRT(char *, _Getmonths, (void))();
    wchar_t *wide_days = CRT(wchar_t *, _W_Getdays, (void))(),
            *wide_months = CRT(wchar_t *, _W_Getmonths, (void))();

    CHECK_STR(days, ":Sun:Sunday:Mon:Monday:Tue:Tuesday:Wed:Wednesday:Thu:Thursday:Fri:Friday:Sat:Saturday");
    CHECK(strncmp(months, ":Jan:January:Feb:February:", 26) == 0);
    CHECK(wide_days && wcsncmp(wide_days, L":Sun:Sunday:", 12) == 0);
    CHECK(wide_months && wcsstr(wide_months, L":Dec:December") != NULL);
    void *names = CRT(void *, _Gettnames, (void))(), *wide_names = CRT(void *, _W_Gettnames, (void))();
    CHECK(names != NULL && wide_names != NULL);
    FN(free)(days);
    FN(free)(months);
    FN(free)(wide_days);
    FN(free)(wide_months);
    FN(free)(names);
    FN(free)(wide_names);
}
