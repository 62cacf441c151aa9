/*
 * What the files of the time functions share: the calendar and the zone. Years 1970 to 3000 for 64-bit times.
 */
#ifndef CRT_TIME_PRIVATE_H
#define CRT_TIME_PRIVATE_H

#include "crt.h"

#define DAY_SECONDS 86400
#define EPOCH_1970  116444736000000000ull /* 1970 in 100 ns since 1601 */
#define MAX_TIME64  32535291599ll         /* the end of year 3000, and 14 hours */
#define MAX_TIME32  0x7fffffffll

extern long _timezone, _dstbias;
extern int _daylight;
extern char *_tzname[2];
wchar_t **__wide_tzname(void); /* standard, daylight */

static inline bool time_is_leap(int64_t year)
{
    return !(year % 4) && (year % 100 || !(year % 400));
}
int64_t days_before_year(int64_t year); /* since 1970 */
extern const short month_days[2][13];
void time_break_down(int64_t t, struct tm *tm);
bool time_in_daylight(const struct tm *tm); /* whether daylight time holds at a broken-down standard time */
int time_to_local(struct tm *tm, int64_t t, int64_t most);
void time_need_zone(void);

struct tm *_localtime64(const int64_t *t);
struct tm *_localtime32(const int32_t *t);
int _localtime64_s(struct tm *tm, const int64_t *t);
int _localtime32_s(struct tm *tm, const int32_t *t);
int64_t _mktime64(struct tm *tm);

#endif
