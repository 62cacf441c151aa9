/* Time: broken-down time, normalization, text. */
#include "crt.h"

#include <time.h>

TEST(gmtime)
{
    struct tm *(*convert)(const __time64_t *) = CRT(struct tm *, _gmtime64, (const __time64_t *));
    __time64_t t = 951782400; /* 2000-02-29 */
    struct tm *tm = convert(&t);

    CHECK_EQ(tm->tm_year, 100);
    CHECK_EQ(tm->tm_mon, 1);
    CHECK_EQ(tm->tm_mday, 29);
    CHECK_EQ(tm->tm_wday, 2);
    CHECK_EQ(tm->tm_yday, 59);
    t = 32535215999; /* the end of the year 3000 */
    tm = convert(&t);
    CHECK_EQ(tm->tm_year, 1100);
    CHECK_EQ(tm->tm_sec, 59);
}

TEST(mktime)
{
    struct tm tm = {.tm_year = 124, .tm_mon = 13, .tm_mday = 31, .tm_hour = 25, .tm_isdst = -1};
    __time64_t t = CRT(__time64_t, _mktime64, (struct tm *))(&tm);

    CHECK(t > 0);
    CHECK_EQ(tm.tm_year, 125);
    CHECK_EQ(tm.tm_mon, 2);
    CHECK_EQ(tm.tm_mday, 4);
    CHECK_EQ(tm.tm_hour, 1);
    CHECK_EQ(CRT(__time64_t, _mkgmtime64, (struct tm *))(&(struct tm){.tm_year = 70, .tm_mday = 2}), 86400);
}

TEST(text)
{
    struct tm tm = {.tm_year = 123,
                    .tm_mon = 10,
                    .tm_mday = 14,
                    .tm_hour = 22,
                    .tm_min = 13,
                    .tm_sec = 20,
                    .tm_wday = 2,
                    .tm_yday = 317};
    char text[100];
    size_t (*print)(char *, size_t, const char *, const struct tm *) = CRT(
        size_t, strftime, (char *, size_t, const char *, const struct tm *));

    CHECK_STR(CRT(char *, asctime, (const struct tm *))(&tm), "Tue Nov 14 22:13:20 2023\n");
    CHECK_EQ(print(text, 100, "%Y-%m-%d %H:%M:%S %a %A %b %B %j %p %I %y %%", &tm), 59);
    CHECK_STR(text, "2023-11-14 22:13:20 Tue Tuesday Nov November 318 PM 10 23 %");
    print(text, 100, "%U %W %w %x %X %#d", &tm);
    CHECK_STR(text, "46 46 2 11/14/23 22:13:20 14");
    CHECK_EQ(print(text, 3, "%Y", &tm), 0);
}
